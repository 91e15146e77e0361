package framework

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// Hint says what a text is likely to speak of, so that a bare number can be read.
type Hint struct {
	Frameworks []string // ids; a bare number is looked for in these only
	Layer      Layer    // which numbering of one standard is meant
	Header     string   // heading of the column; a standard or layer it names goes before the other two
}

// Layer tells numberings of one standard apart where a number alone does not.
type Layer string

const (
	LayerClause Layer = "clause" // the clauses of an ISO standard
	LayerAnnex  Layer = "annex"  // its Annex A
	LayerCommon Layer = "common" // the Common Criteria of SOC 2
)

const (
	soc2      = "soc2-2017"
	iso27001  = "iso27001-2022"
	iso42001  = "iso42001-2023"
	iso27701  = "iso27701-2019"
	nist80053 = "nist-800-53-rev5"
	nistCSF   = "nist-csf-2.0"
	aiRMF     = "nist-ai-rmf-1.0"
	hipaa     = "hipaa-security"
	gdpr      = "gdpr"
	pciDSS    = "pci-dss-4.0.1"
	cis       = "cis-v8.1"
)

// standardNames finds the standards a text speaks of, the more particular first.
// Every match of a pattern holds one of its signs, whatever the case: a text
// without them need not be tried, nor the pattern compiled.
var standardNames = []struct {
	id, pattern string
	signs       []string
}{
	{iso27701, `iso(?:\s*/\s*iec)?[\s-]*27701(?:\s*:\s*20\d\d)?|\b27701(?:\s*:\s*20\d\d)?\b`, []string{"27701"}},
	{iso42001, `iso(?:\s*/\s*iec)?[\s-]*42001(?:\s*:\s*20\d\d)?|\b42001(?:\s*:\s*20\d\d)?\b|\baims\b`, []string{"42001", "aims"}},
	{iso27001, `iso(?:\s*/\s*iec)?[\s-]*2700[12](?:\s*:\s*20\d\d)?|\b2700[12](?:\s*:\s*20\d\d)?\b|\biso(?:\s*/\s*iec)?\b|\bisms\b`, []string{"2700", "iso", "isms"}},
	{soc2, `\bsoc[\s-]*(?:2|ii)\b(?:\s*type\s*(?:1|2|ii?)\b)?|\btsc\b(?:\s*2017\b)?|\btrust\s+services?\s+(?:criteri(?:a|on)|principles?|categor(?:y|ies))(?:\s*\(?2017\)?)?|\baicpa\b|\btsp\s*(?:section\s*)?100\b`, []string{"soc", "tsc", "trust", "aicpa", "tsp"}},
	{aiRMF, `\b(?:nist\s+)?ai\s*rmf\b(?:\s*1\.0)?|\bai\s+100-1\b`, []string{"rmf", "100-1"}},
	{nistCSF, `\b(?:nist\s+)?csf\b(?:\s*v?[12]\.[01])?|\bcybersecurity\s+framework\b`, []string{"csf", "cybersecurity"}},
	{nist80053, `\b(?:nist\s*)?(?:sp\s*)?800-53\b(?:\s*(?:rev(?:ision)?\.?|r)\s*5(?:\.\d(?:\.\d)?)?)?`, []string{"800-53"}},
	{hipaa, `\bhipaa\b|\b45\s*cfr\b`, []string{"hipaa", "cfr"}},
	{gdpr, `\b(?:uk\s*)?gdpr\b|\bdsgvo\b|\bds-gvo\b|\brgpd\b`, []string{"gdpr", "dsgvo", "ds-gvo", "rgpd"}},
	{pciDSS, `\bpci(?:[\s-]*dss)?\b(?:\s*v?\.?\s*[34]\.[0-2](?:\.[0-9])?)?(?:\s*(?:req(?:uirement)?s?\.?))?`, []string{"pci"}},
	{cis, `\bcis\b(?:\s*(?:controls?|safeguards?|csc))?(?:\s*v\.?\s*[78](?:\.1)?)?(?:\s*(?:controls?|safeguards?))?`, []string{"cis"}},
}

var layerNames = []struct {
	layer   Layer
	pattern string
	signs   []string
}{
	{LayerAnnex, `\b(?:annexe?|anhang)\b`, []string{"annex", "anhang"}},
	{LayerClause, `\b(?:clauses?|klauseln?|kapitel|chapitres?)\b`, []string{"clause", "klausel", "kapitel", "chapitre"}},
	{LayerCommon, `\bcommon\s+criteria\b|\bcc\b`, []string{"common", "cc"}},
}

// lazy compiles an expression when it is first used: a command that reads no
// references starts sooner.
func lazy(pattern string) func() *regexp.Regexp {
	return sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(pattern) })
}

// grammar holds the expressions made from the tables above.
type grammar struct {
	names, layers []func() *regexp.Regexp // of standardNames and layerNames
	tokens        *regexp.Regexp
}

var (
	rangeGap    = lazy(`(?i)^\s*(?:-|to|bis|through|thru|until|à|\.\.+)\s*$`)
	continueGap = lazy(`(?i)^\s*(?:[/,&+|]|and|und|et|or|,\s*and)?\s*$`)
	slashGap    = lazy(`^\s*/\s*$`)
)

var words = sync.OnceValue(func() *grammar {
	g := &grammar{}
	var all []string
	for _, s := range standardNames {
		g.names = append(g.names, lazy(`(?i)(?:`+s.pattern+`)`))
		all = append(all, s.pattern)
	}
	for _, l := range layerNames {
		g.layers = append(g.layers, lazy(`(?i)`+l.pattern))
	}
	g.tokens = regexp.MustCompile(`(?i)(?P<name>` + strings.Join(all, "|") + `)` +
		`|(?P<annex>\b(?:annexe?|anhang)\b(?:\s*a\b\.?)?)` +
		`|(?P<clause>\b(?:clauses?|klauseln?|kapitel|chapitres?)\b|\bcl\.)` +
		`|(?P<common>\bcommon\s+criteria\b|\bcc\b\s*:)` +
		`|(?P<id>§?\s?\b164\.3\d\d(?:\s?\([a-z0-9]{1,4}\))*` +
		`|\bart(?:icle|ikel)?s?\.?\s*\d{1,2}(?:\s?\(\d{1,2}\))?(?:\s?\([a-z]\))?` +
		`|\b(?:gv|id|pr|de|rs|rc)\.[a-z]{2}\b(?:\s?[-.]?\s?\d{1,3}\b)?` +
		`|\b(?:govern|map|measure|manage)[\s-]\d(?:\.\d{1,2})?` +
		`|\b(?:cc|pi|[abcp])\s?[.-]?\s?\d{1,2}(?:\.\d{1,3}){0,3}(?:\.[x*])?` +
		`|\b[a-z]{1,8}[-.]?\d{1,4}(?:[.-]\d{1,4}){0,4}(?:\s?\(\d{1,2}\))?)` +
		`|(?P<number>\d{1,4}(?:\.\d{1,3}){0,4}(?:\.[x*])?)`)
	return g
})

// signed reports whether a text in lower case holds one of the signs.
func signed(lower string, signs []string) bool {
	for _, s := range signs {
		if strings.Contains(lower, s) {
			return true
		}
	}
	return false
}

// HintOf reads a column heading, a sheet name or a title: which standards it
// names, and which numbering of them.
func HintOf(heading string) Hint {
	var h Hint
	text, g := plain(heading), words()
	lower := strings.ToLower(text)
	for i, s := range standardNames {
		if signed(lower, s.signs) && g.names[i]().MatchString(text) {
			h.Frameworks = append(h.Frameworks, s.id)
			text = g.names[i]().ReplaceAllString(text, " ") // ISO 27701 is not also ISO 27001
		}
	}
	layers := 0
	for i, l := range layerNames {
		if signed(lower, l.signs) && g.layers[i]().MatchString(text) {
			h.Layer = l.layer
			layers++
		}
	}
	if layers > 1 {
		h.Layer = "" // "clause / Annex A" tells nothing
	}
	if len(h.Frameworks) == 0 {
		switch h.Layer {
		case LayerAnnex, LayerClause:
			h.Frameworks = []string{iso27001}
		case LayerCommon:
			h.Frameworks = []string{soc2}
		}
	}
	return h
}

// ReferencesUnder reads a cell under a column heading. See References.
func (c *Catalogue) ReferencesUnder(text, heading string) (refs []Ref, unknown []string) {
	return c.References(text, Hint{Header: heading})
}

// headed is HintOf with a memory of one heading.
func headed(heading string) Hint {
	last := lastHint.Load()
	if last == nil || last.heading != heading {
		last = &headingHint{heading, HintOf(heading)}
		lastHint.Store(last)
	}
	return last.hint
}

// headingHint is what a heading was found to say: a column has one heading and
// thousands of cells.
type headingHint struct {
	heading string
	hint    Hint
}

var lastHint atomic.Pointer[headingHint]

// References finds the requirements a free text names, in order and once each.
// It never guesses: what could be two things, or is a group rather than a
// requirement, comes back in unknown as written, followed by a colon and what
// to write instead. A group tags none of its members.
func (c *Catalogue) References(text string, hint Hint) (refs []Ref, unknown []string) {
	if len(text) > 20_000 {
		text = strings.ToValidUTF8(text[:20_000], "")
		unknown = append(unknown, "…: the text is longer than 20,000 characters and was read up to there; shorten it")
	}
	if f, ok := c.own(hint.Frameworks); ok {
		refs, missed := f.exact(plain(text))
		return refs, append(unknown, missed...)
	}
	s := scan{catalogue: c, text: plain(text)}
	s.within, s.layer, s.told = hint.Frameworks, hint.Layer, len(hint.Frameworks) > 0
	if hint.Header != "" {
		h := headed(hint.Header)
		s.told = len(h.Frameworks) > 0
		if s.told {
			s.within = h.Frameworks
		}
		if h.Layer != "" {
			s.layer = h.Layer
		}
	}
	s.run()
	return s.refs, append(unknown, s.unknown...)
}

// plain writes a text with ordinary digits, letters, spaces and hyphens.
func plain(text string) string {
	ascii := true
	for i := range len(text) {
		if text[i] >= 0x80 {
			ascii = false
			break
		}
	}
	if ascii {
		return text
	}
	return strings.Map(func(r rune) rune {
		switch {
		case unicode.Is(unicode.Dash, r) || r == '−':
			return '-'
		case r == '\n':
			return r
		case unicode.IsSpace(r):
			return ' '
		case unicode.Is(unicode.Cf, r):
			return -1
		}
		return r
	}, norm.NFKC.String(text))
}

// scan is one reading of one text.
type scan struct {
	catalogue *Catalogue
	text      string

	within []string // standards a bare number is looked for in
	told   bool     // the heading or the text names them; otherwise they are only likely
	layer  Layer

	last    Ref // for "CC6.1/6.2" and ranges; empty when nothing can continue
	end     int // behind the last token
	refs    []Ref
	unknown []string
}

func (s *scan) run() {
	const name, annex, clause, common, id, number = 2, 4, 6, 8, 10, 12
	grammar := words()
	for pos := 0; pos < len(s.text); {
		if from, to, ok := s.criterion(pos); ok {
			s.item(from, to, false)
			s.end, pos = to, to
			continue
		}
		m := grammar.tokens.FindStringSubmatchIndex(s.text[pos:])
		if m == nil {
			return
		}
		from, to := pos+m[0], pos+m[1]
		switch {
		case m[name] >= 0:
			s.named(s.text[from:to])
		case m[annex] >= 0:
			s.layer, s.last = LayerAnnex, Ref{}
			s.isoIfNone()
		case m[clause] >= 0:
			s.layer, s.last = LayerClause, Ref{}
			s.isoIfNone()
		case m[common] >= 0:
			s.layer, s.last, s.within = LayerCommon, Ref{}, []string{soc2}
		default:
			whole := s.word(from, to)
			if whole > to { // "CC6.1b", "A.5.15x": more than an id
				if m[id] >= 0 || strings.Contains(s.text[from:to], ".") {
					s.strange(s.text[from:whole], "is no id that is known")
				}
				to, s.last = whole, Ref{}
				break
			}
			s.item(from, to, m[number] >= 0)
		}
		s.end = to
		pos = max(to, pos+1)
	}
}

// criterion finds the commonest token, such as CC6.1 or cc 6.1, right behind
// separators, without the general expression. It finds nothing that the general
// expression would read differently.
func (s *scan) criterion(pos int) (from, to int, ok bool) {
	t := s.text
	for pos < len(t) && strings.IndexByte(" ,;/\n&", t[pos]) >= 0 {
		pos++
	}
	from = pos
	if from > 0 && (isWordByte(t[from-1])) || from+5 > len(t) || t[from]|0x20 != 'c' || t[from+1]|0x20 != 'c' {
		return 0, 0, false
	}
	pos += 2
	if t[pos] == ' ' {
		pos++
	}
	if pos+3 > len(t) || !digit(t[pos]) || t[pos+1] != '.' || !digit(t[pos+2]) {
		return 0, 0, false
	}
	pos += 3
	if pos < len(t) && strings.IndexByte(" ,;/\n)", t[pos]) < 0 {
		return 0, 0, false
	}
	return from, pos, true
}

func digit(c byte) bool { return c >= '0' && c <= '9' }

// word returns the end of the word that goes on at to.
func (s *scan) word(from, to int) int {
	for to < len(s.text) {
		if c := s.text[to]; c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '_' || c >= 0x80 {
			to++
			continue
		}
		break
	}
	return to
}

// named takes a standard that the text names for what follows.
func (s *scan) named(text string) {
	lower := strings.ToLower(text)
	for i, st := range standardNames {
		if signed(lower, st.signs) && words().names[i]().MatchString(text) {
			if st.id != iso27001 {
				s.layer = ""
			}
			s.within, s.told, s.last = []string{st.id}, true, Ref{}
			return
		}
	}
}

func (s *scan) isoIfNone() {
	for _, f := range s.within {
		if strings.HasPrefix(f, "iso") {
			return
		}
	}
	s.within = []string{iso27001}
}

// item reads one id or number, alone, as the end of a range, or as a
// continuation of what stands before it.
func (s *scan) item(from, to int, number bool) {
	text := s.text[from:to]
	gap := s.text[min(s.end, from):from]
	before := s.last
	isRange := before.ID != "" && rangeGap().MatchString(gap)
	continues := before.ID != "" && (isRange || continueGap().MatchString(gap) && !strings.Contains(gap, "\n"))
	if number {
		if from > s.end && isWordByte(s.text[from-1]) {
			return // the digits of a word, such as a version
		}
		whole := !strings.Contains(text, ".")
		switch {
		case whole && continues && (isRange || slashGap().MatchString(gap)):
			s.last = Ref{}
			if ref, ok := s.sibling(before, text); ok {
				s.take(before, ref, isRange, from, to)
				return
			}
			s.strange(text, "does not continue "+before.ID+" to anything that is known; write the id in full")
			return
		case continues && !whole:
			s.last = Ref{}
			if ref, ok := s.alike(before, text); ok {
				s.take(before, ref, isRange, from, to)
				return
			}
		case whole && continues && len(text) <= 2:
			s.last = Ref{}
			s.strange(text, "is no id by itself; write it in full, such as CC6.1 or A.5.15")
			return
		case whole && (len(text) > 2 || s.afterWord(from) || s.layer == "" && !slices.Contains(s.within, pciDSS) && !slices.Contains(s.within, cis)):
			return // a year, a count, "principle 3"
		}
	}
	s.last = Ref{}
	found, why := s.resolve(text, number)
	switch len(found) {
	case 1:
		s.take(before, found[0], isRange && before.Framework == found[0].Framework, from, to)
	default:
		s.strange(text, why)
	}
}

func isWordByte(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '.' || c == '_' || c >= 0x80
}

// afterWord reports whether a word stands right before an offset.
func (s *scan) afterWord(from int) bool {
	before := strings.TrimRight(s.text[s.end:from], " ")
	return before != "" && len(before) < len(s.text[s.end:from]) && isWordByte(before[len(before)-1])
}

// sibling is what "/2" or "-3" means behind an id: its last number replaced.
func (s *scan) sibling(of Ref, number string) (Ref, bool) {
	i := strings.LastIndexAny(of.ID, ".-")
	if i < 0 {
		return Ref{}, false
	}
	return s.find(of.Framework, of.ID[:i+1]+pad(number, of.ID[i+1:]))
}

// pad writes a number with as many digits as its model has, if that is zero-padded.
func pad(number, model string) string {
	n := strings.TrimLeft(number, "0")
	if strings.HasPrefix(model, "0") || len(model) == 2 && model != strconv.Itoa(len(model)) && strings.HasPrefix(number, "0") {
		for len(n) < len(model) {
			n = "0" + n
		}
	}
	return n
}

// alike is what "6.2" means behind "CC6.1": the letters of that id kept.
func (s *scan) alike(of Ref, number string) (Ref, bool) {
	letters := of.ID[:strings.IndexFunc(of.ID+"0", unicode.IsDigit)]
	if of.Framework == hipaa || of.Framework == gdpr || of.Framework == nistCSF || of.Framework == nist80053 {
		return Ref{}, false
	}
	return s.find(of.Framework, letters+trimZeros(number))
}

func (s *scan) find(framework, id string) (Ref, bool) {
	f, ok := s.catalogue.Find(framework)
	if !ok {
		return Ref{}, false
	}
	if _, ok = f.Find(id); !ok {
		return Ref{}, false
	}
	return Ref{framework, id}, true
}

// take keeps what was found: a requirement, a range of them, or a word about a group.
func (s *scan) take(before, ref Ref, isRange bool, from, to int) {
	f, _ := s.catalogue.Find(ref.Framework)
	req, _ := f.Find(ref.ID)
	if req.Kind == KindGroup {
		s.strange(s.text[from:to], s.group(f, req))
		return
	}
	s.last = ref
	if !isRange {
		s.add(ref)
		return
	}
	first, _ := f.Position(before.ID)
	last, _ := f.Position(ref.ID)
	if last < first {
		s.add(ref)
		s.strange(before.ID+"-"+ref.ID, "is a range that runs backwards, so only its two ends were taken; write the lower id first")
		return
	}
	for _, r := range f.Requirements[first : last+1] {
		if r.Kind == KindRequirement {
			s.add(Ref{ref.Framework, r.ID})
		}
	}
	s.last = Ref{} // "CC6.1-CC6.3-CC6.5" is not two ranges
}

// group says that a heading tags nothing, and what to write instead.
func (s *scan) group(f *Framework, g Requirement) string {
	example := ""
	for _, r := range f.Requirements {
		if r.Kind == KindRequirement && f.Within(r.ID, g.ID) {
			example = ", such as " + r.ID
			break
		}
	}
	return fmt.Sprintf("is the group %s (%s) of %s and tags none of its %s; write those the control serves%s", g.ID, g.Label, f.Short, f.Nouns, example)
}

func (s *scan) add(ref Ref) {
	if !slices.Contains(s.refs, ref) {
		s.refs = append(s.refs, ref)
	}
}

func (s *scan) strange(text, why string) {
	if len(s.unknown) >= 50 {
		return
	}
	entry := strings.TrimSpace(text) + ": " + why
	if !slices.Contains(s.unknown, entry) {
		s.unknown = append(s.unknown, entry)
	}
}

var (
	socID    = lazy(`^(CC|PI|A|C|P)([ .-]*)(\d{1,2}(?:\.\d{1,3})?)$`)
	annexID  = lazy(`^([AB])[ .-]*(\d{1,2}(?:\.\d{1,3}){0,3})$`)
	csfID    = lazy(`^(GV|ID|PR|DE|RS|RC)\.([A-Z]{2})(?:[ .-]*(\d{1,3}))?$`)
	nistID   = lazy(`^([A-Z]{2})-(\d{1,2})(\(\d{1,2}\))?$`)
	aiID     = lazy(`^(GOVERN|MAP|MEASURE|MANAGE)[ -](\d(?:\.\d{1,2})?)$`)
	gdprID   = lazy(`^ART(?:ICLE|IKEL)?S?\.? ?(\d{1,2})((?:\([0-9A-Z]{1,2}\))*)$`)
	hipaaID  = lazy(`^§?164\.3\d\d`)
	pciAnnex = lazy(`^A[ .]?([123](?:\.\d{1,2})?)$`)
)

// resolve returns every requirement or group a text may mean, and why when that
// is not exactly one.
func (s *scan) resolve(text string, number bool) (found []Ref, why string) {
	text = strings.ToUpper(strings.TrimSpace(text))
	text = strings.TrimSuffix(strings.TrimSuffix(text, ".X"), ".*")
	if number {
		return s.number(text)
	}
	try := func(framework, id string) bool {
		ref, ok := s.find(framework, id)
		if ok && !slices.Contains(found, ref) {
			found = append(found, ref)
		}
		return ok
	}
	hinted := func(framework string) bool { return slices.Contains(s.within, framework) }
	tight := strings.ReplaceAll(text, " ", "")
	switch {
	case hipaaID().MatchString(tight):
		id := strings.ToLower(strings.TrimPrefix(tight, "§"))
		for _, r := range s.rows(hipaa) {
			if strings.EqualFold(r.ID, id) {
				try(hipaa, r.ID)
			}
		}
	case gdprID().MatchString(tight):
		m := gdprID().FindStringSubmatch(tight)
		try(gdpr, "Art."+m[1]+strings.ToLower(m[2]))
	case csfID().MatchString(text):
		m := csfID().FindStringSubmatch(text)
		id := m[1] + "." + m[2]
		if m[3] != "" {
			id += fmt.Sprintf("-%02s", m[3])
		}
		try(nistCSF, id)
	case aiID().MatchString(text):
		m := aiID().FindStringSubmatch(text)
		try(aiRMF, m[1]+" "+m[2])
	case nistID().MatchString(tight):
		m := nistID().FindStringSubmatch(tight)
		switch {
		case s.told && !hinted(nist80053):
			return nil, "reads like a control of SP 800-53, but the column speaks of another standard; write “800-53 " + tight + "” if it is meant"
		case strings.HasPrefix(m[2], "0") && !hinted(nist80053):
			return nil, "may be a code of your own rather than SP 800-53; write “800-53 " + m[1] + "-" + strings.TrimLeft(m[2], "0") + "” if that is meant"
		case m[3] != "":
			if try(nist80053, m[1]+"-"+strings.TrimLeft(m[2], "0")+m[3]) {
				break
			}
			return nil, "is an enhancement, and only base controls are listed; write " + m[1] + "-" + strings.TrimLeft(m[2], "0") + " if that is what the control serves"
		default:
			try(nist80053, m[1]+"-"+strings.TrimLeft(m[2], "0"))
		}
	default:
		s.lettered(tight, hinted, try)
	}
	switch len(found) {
	case 1:
		return found, ""
	case 0:
		return nil, s.missing(tight)
	}
	return found, "may be " + list(found) + "; name the standard in front of it"
}

// lettered tries ids such as CC6.1, A1.2 and A.5.15. SOC 2 writes no full stop
// behind its letters, ISO does; where only one of them has the id, sloppy
// writing does no harm.
func (s *scan) lettered(tight string, hinted func(string) bool, try func(framework, id string) bool) {
	if m := annexID().FindStringSubmatch(tight); m != nil {
		id := m[1] + "." + trimZeros(m[2])
		for _, f := range []string{iso42001, iso27701} {
			if hinted(f) {
				try(f, id)
			}
		}
		if hinted(iso42001) || hinted(iso27701) {
			if !hinted(iso27001) && !hinted(soc2) {
				return
			}
		}
		if m[1] == "A" && strings.Contains(m[2], ".") || strings.HasPrefix(tight, "A.") {
			try(iso27001, id)
		}
	}
	if m := pciAnnex().FindStringSubmatch(tight); m != nil && hinted(pciDSS) {
		try(pciDSS, "A"+m[1])
	}
	if m := socID().FindStringSubmatch(tight); m != nil {
		dotted := m[2] != ""
		if !dotted || m[1] == "CC" || m[1] == "PI" || hinted(soc2) {
			if hinted(pciDSS) && !hinted(soc2) && m[1] == "A" {
				return
			}
			try(soc2, m[1]+trimZeros(m[3]))
		}
	}
}

func (s *scan) rows(framework string) []Requirement {
	f, ok := s.catalogue.Find(framework)
	if !ok {
		return nil
	}
	return f.Requirements
}

// missing says why an id was found nowhere.
func (s *scan) missing(tight string) string {
	if annexID().MatchString(tight) {
		if strings.Count(tight, ".") >= 3 || strings.HasPrefix(tight, "A.9") || strings.HasPrefix(tight, "A.1") {
			return "is not in Annex A of ISO 27001:2022 (it may be of the 2013 edition); write the id of the 2022 edition, such as A.5.15"
		}
	}
	if m := socID().FindStringSubmatch(tight); m != nil && m[2] != "" {
		return "is no id that is known; SOC 2 writes it without a full stop behind the letters, such as A1.2, and ISO with one, such as A.5.15"
	}
	return "is no id that is known; check it against the standard"
}

// number reads a bare number, which means something only where the standard is told.
func (s *scan) number(text string) (found []Ref, why string) {
	text = trimZeros(text)
	if len(s.within) == 0 {
		return nil, "is a number without a standard; write it in full, such as CC6.1, A.5.15 or “clause 6.2”"
	}
	for _, f := range s.within {
		var ids []string
		switch f {
		case soc2:
			ids = []string{"CC" + text}
			if s.layer != LayerCommon {
				ids = append(ids, "A"+text, "PI"+text, "C"+text, "P"+text)
			}
		case iso27001, iso42001, iso27701:
			switch s.layer {
			case LayerAnnex:
				ids = []string{"A." + text}
			case LayerClause:
				ids = []string{text}
			default:
				ids = []string{text, "A." + text, "B." + text}
			}
		case pciDSS, cis:
			ids = []string{text}
		case hipaa:
			ids = nil
		case gdpr:
			ids = []string{"Art." + text}
		}
		for _, id := range ids {
			if ref, ok := s.find(f, id); ok {
				found = append(found, ref)
			}
		}
	}
	switch len(found) {
	case 1:
		return found, ""
	case 0:
		return nil, "is not known in " + s.standards()
	}
	if slices.Contains(found, Ref{iso27001, text}) && slices.Contains(found, Ref{iso27001, "A." + text}) && len(found) == 2 {
		return found, "may be clause " + text + " or Annex A " + text + "; write “clause " + text + "” or A." + text
	}
	return found, "may be " + list(found) + "; write the one that is meant in full"
}

// standards names the standards a number was looked for in.
func (s *scan) standards() string {
	var names []string
	for _, id := range s.within {
		if f, ok := s.catalogue.Find(id); ok {
			names = append(names, f.Short)
		}
	}
	if len(names) == 0 {
		return "the standards that are known"
	}
	return strings.Join(names, " or ")
}

func list(refs []Ref) string {
	ids := make([]string, len(refs))
	for i, r := range refs {
		ids[i] = r.Words()
	}
	return strings.Join(ids, " or ")
}

// trimZeros writes 05.01 as 5.1.
func trimZeros(number string) string {
	parts := strings.Split(number, ".")
	for i, p := range parts {
		if t := strings.TrimLeft(p, "0"); t != "" {
			parts[i] = t
		}
	}
	return strings.Join(parts, ".")
}
