package control

import (
	"fmt"
	"slices"
	"sort"
	"strconv"
	"strings"
	"sync"

	"github.com/toucan-grc/toucan/internal/document"
	"github.com/toucan-grc/toucan/internal/framework"
)

const (
	headerDepth = 100 // rows searched for headings
	sampleRows  = 100 // rows below the headings whose content is looked at
	maxColumns  = 400 // columns a layout speaks of
)

// headings lists what people call each field, folded. A heading that is one of
// these is certain; one that contains it is likely.
var headings = map[Field][]string{
	FieldCode: {"code", "control code", "control id", "control ids", "ctrl id", "id", "control no", "control nr", "control number", "control #", "control ref", "control reference", "control identifier",
		"identifier", "ref", "ref no", "reference id", "no", "nr", "number", "#", "kontroll id", "kontrollnummer", "kontroll nr", "massnahmen id", "massnahmennummer", "kennung", "nummer", "lfd nr",
		"numero", "n°", "identifiant", "code controle", "ref controle", "key", "uid"},
	FieldTitle: {"title", "control title", "control name", "name", "control", "short description", "short name", "summary", "heading", "control objective", "titel", "bezeichnung", "kontrolle", "kontrollname", "massnahme", "kurzbeschreibung",
		"titre", "intitule", "nom", "nom du controle", "libelle", "mesure", "controle", "intitule du controle"},
	FieldStatement: {"statement", "control statement", "description", "control description", "description of control", "control activity", "control activities", "activity", "control text", "control wording", "control detail", "control details", "details",
		"what we do", "what is done", "beschreibung", "kontrollbeschreibung", "massnahmenbeschreibung", "kontrollaktivitat", "description du controle", "activite", "activite de controle", "enonce", "implementation description", "narrative", "control narrative"},
	FieldDomain: {"domain", "control domain", "category", "control category", "area", "control area", "family", "control family", "section", "group", "theme", "topic", "process", "bereich", "themenbereich", "kategorie", "gruppe", "thema",
		"domaine", "categorie", "famille", "theme", "processus"},
	FieldOwner: {"owner", "control owner", "owned by", "responsible", "responsible person", "responsibility", "accountable", "assigned to", "assignee", "control operator", "process owner", "owner name", "owner email", "who", "verantwortlich", "verantwortliche", "verantwortlicher", "verantwortliche r", "verantwortliche person",
		"eigentumer", "zustandig", "inhaber", "responsable", "proprietaire", "porteur", "pilote", "responsable du controle"},
	FieldKind: {"kind", "control kind", "kind of control", "operation type"},
	FieldFrequency: {"frequency", "control frequency", "how often", "performed", "cadence", "periodicity", "interval", "recurrence", "frequency of operation", "review frequency", "haufigkeit", "frequenz", "turnus", "intervall", "wie oft",
		"frequence", "periodicite", "rythme"},
	FieldEvidence: {"evidence", "evidence retained", "evidence required", "evidence kept", "evidence kinds", "evidence types", "evidence of operation", "proof", "proof kept", "proofs", "artifacts", "artefacts", "records", "documentation", "nachweis", "nachweise", "belege", "evidenz",
		"preuve", "preuves", "elements probants", "justificatifs", "elements de preuve"},
	FieldPopulation: {"population", "population source", "source of population", "grundgesamtheit", "population de reference"},
	FieldReferences: {"criteria", "criterion", "tsc", "tsc criteria", "trust services criteria", "trust service criteria", "trust services criterion", "mapped criteria", "soc 2", "soc2", "soc 2 criteria", "iso", "iso 27001", "iso27001", "iso iec 27001", "annex a", "annexe a", "anhang a", "annex a control", "annex a controls",
		"mapping", "mappings", "mapped to", "maps to", "framework", "frameworks", "framework mapping", "requirement", "requirements", "requirement ids", "clause", "clauses", "nist csf", "csf", "pci", "pci dss", "hipaa", "gdpr", "cis", "cis controls", "nist 800 53", "800 53", "standard", "standards", "references", "reference", "framework references",
		"norm", "normbezug", "normverweis", "kriterien", "kriterium", "anforderung", "anforderungen", "referenz", "referenzen", "criteres", "critere", "exigence", "exigences", "referentiel", "soc", "cc", "points of focus", "iso 42001", "iso 27701", "dsgvo", "rgpd"},
	FieldStatus: {"status", "state", "control status", "implementation status", "implementation state", "implemented", "is implemented", "operating", "operated", "operational", "operating status", "in operation", "in place", "in place yes no", "live", "implemented yes no", "umsetzungsstatus", "umgesetzt", "umsetzung", "stand der umsetzung", "in betrieb", "zustand",
		"statut", "etat", "mis en oeuvre", "mise en oeuvre", "en place", "etat de mise en oeuvre", "documented", "implementation"},
	FieldSince: {"in operation since", "operating since", "operated since", "operates since", "in place since", "live since", "in use since", "operational since", "effective since", "effective from", "effective date", "implemented on", "implemented since",
		"implementation date", "date implemented", "date of implementation", "go live date", "live date", "start date", "in betrieb seit", "umgesetzt seit", "umgesetzt am", "wirksam seit", "umsetzungsdatum", "en service depuis", "en place depuis", "date de mise en oeuvre"},
}

// weak headings name a field only when nothing better does.
var weakHeadings = map[string]bool{"no": true, "nr": true, "number": true, "#": true, "lfd nr": true, "n°": true, "numero": true, "nummer": true, "documented": true, "documentation": true, "key": true, "implementation": true, "who": true, "cc": true, "key control": true}

// phrase is a heading of the table: the field it names and how surely.
type phrase struct {
	field  Field
	weight float64
	weak   bool
}

// phrases finds the headings of the table by their text.
var phrases = sync.OnceValue(func() map[string][]phrase {
	m := map[string][]phrase{}
	for _, f := range Fields {
		for _, p := range headings[f] {
			w := phrase{f, 1, weakHeadings[p]}
			if w.weak {
				w.weight = 0.5
			}
			m[p] = append(m[p], w)
		}
	}
	return m
})

// longestPhrase is how many words a heading of the table has at most.
const longestPhrase = 4

// headingField says what a heading names and how surely, from 0 to 1: by the
// whole of it, or by the longest phrase it begins with, ends with or contains.
func headingField(header string) map[Field]float64 {
	if len(header) > 100 {
		return nil
	}
	h := fold(header)
	if h == "" || len(h) > 80 {
		return nil
	}
	var scores map[Field]float64
	keep := func(f Field, s float64) {
		if scores == nil {
			scores = map[Field]float64{}
		}
		scores[f] = max(scores[f], s)
	}
	known := phrases()
	for _, p := range known[h] {
		keep(p.field, p.weight)
	}
	starts := []int{0}
	for i := range len(h) {
		if h[i] == ' ' {
			starts = append(starts, i+1)
		}
	}
	for i, from := range starts {
		for n := 1; n <= longestPhrase && i+n <= len(starts); n++ {
			to := len(h)
			if i+n < len(starts) {
				to = starts[i+n] - 1
			}
			if to-from < 3 || to-from == len(h) {
				continue
			}
			base := 0.4
			if from == 0 || to == len(h) {
				base = 0.5
			}
			for _, p := range known[h[from:to]] {
				if !p.weak {
					keep(p.field, base+0.4*float64(to-from)/float64(len(h)))
				}
			}
		}
	}
	return scores
}

// fieldsNamed returns how many different fields a row of headings names for certain
// or nearly so, and the sum of their scores.
func fieldsNamed(cells []string) (fields int, sum float64) {
	best := map[Field]float64{}
	for i, cell := range cells {
		if i >= maxColumns {
			break
		}
		if cell = clean(cell); len(cell) > 80 {
			sum -= 0.7
			continue
		}
		top, field := 0.0, FieldIgnored
		for f, s := range headingField(cell) {
			if s > top || s == top && f < field {
				top, field = s, f
			}
		}
		best[field] = max(best[field], top)
	}
	for f, s := range best {
		if f != FieldIgnored && s >= 0.5 {
			fields++
			sum += s
		}
	}
	return fields, sum
}

// isHeader reports whether a row below the first headings is a row of headings too.
func isHeader(cells []string) bool {
	for _, cell := range cells {
		if len(cell) > 60 {
			return false
		}
	}
	filled, exact := 0, 0
	fields, known := map[Field]bool{}, phrases()
	for i, cell := range cells {
		cell = clean(cell)
		if cell == "" {
			continue
		}
		if filled++; i >= maxColumns {
			return false
		}
		if names := known[fold(cell)]; len(names) > 0 && !names[0].weak {
			exact++
			fields[names[0].field] = true
		}
	}
	return len(fields) >= 3 && exact*2 >= filled
}

// sameRow reports whether a row repeats the headings.
func sameRow(cells, headings []string) bool {
	same, filled := 0, 0
	for i, h := range headings {
		if filled >= 10 && same*2 < filled {
			return false
		}
		if h = fold(h); h == "" {
			continue
		}
		filled++
		if cell := at(cells, i); cell == headings[i] || len(cell) <= 2*len(headings[i]) && fold(cell) == h {
			same++
		}
	}
	return filled >= 2 && same*10 >= filled*8
}

// underHeading reports whether a row continues the headings: short words that
// name fields or frameworks, mostly below merged or blank headings.
func underHeading(cells, headings []string) bool {
	filled, words, below := 0, 0, 0
	for i, cell := range cells {
		if cell = clean(cell); cell == "" {
			continue
		}
		if filled++; len(cell) > 40 {
			return false
		}
		top := 0.0
		for _, s := range headingField(cell) {
			top = max(top, s)
		}
		if top >= 0.9 {
			words++
		}
		if clean(at(headings, i)) == "" || fold(cell) == fold(at(headings, i)) {
			below++
		}
	}
	return filled >= 2 && words*3 >= filled*2 && below >= 1
}

// propose finds the sheet and the row of headings that look most like a list of
// controls; others that look like one too come back as alternatives.
func propose(book *document.Workbook, parse Parse) (*document.Table, Layout, []Layout, bool) {
	type candidate struct {
		table *document.Table
		row   int
		score float64
	}
	var all []candidate
	for i := range book.Tables {
		t := &book.Tables[i]
		var best candidate
		for row := 1; row <= min(len(t.Rows), headerDepth); row++ {
			if s := headerScore(t, row, parse); s > best.score {
				best = candidate{t, row, s}
			}
		}
		if best.score < 2 {
			if s := bareScore(t, parse); s > best.score {
				best = candidate{t, 0, s}
			}
		}
		if best.score >= 1.5 {
			if t.Hidden {
				best.score -= 2
			}
			all = append(all, best)
		}
	}
	if len(all) == 0 {
		return nil, Layout{}, nil, false
	}
	sort.SliceStable(all, func(i, j int) bool { return all[i].score > all[j].score })
	var others []Layout
	for _, c := range all[1:] {
		others = append(others, layoutAt(c.table, c.row, parse))
	}
	return all[0].table, layoutAt(all[0].table, all[0].row, parse), others, true
}

// headerScore says how much a row looks like the headings of a list of controls;
// below 2 it does not.
func headerScore(t *document.Table, row int, parse Parse) float64 {
	cells := t.Rows[row-1]
	if len(cells) == 0 {
		return 0
	}
	fields, sum := fieldsNamed(cells)
	if fields < 2 {
		return 0
	}
	criteria := 0
	for i, cell := range cells {
		if i < maxColumns && isReference(cell, parse) {
			criteria++
		}
	}
	sum += min(1.5, 0.3*float64(criteria))
	filled := 0
	for _, c := range cells {
		if clean(c) != "" {
			filled++
		}
	}
	below, full := 0, 0
	for _, next := range t.Rows[row:min(len(t.Rows), row+40)] {
		n := 0
		for _, c := range next {
			if clean(c) != "" {
				n++
			}
		}
		if n == 0 {
			continue
		}
		if below++; n >= 2 && n*5 >= filled*2 || criteria > 2 && n >= 2 {
			full++
		}
	}
	if below == 0 {
		return 0
	}
	return sum + float64(full)/float64(below) + 0.5*min(1, float64(len(t.Rows)-row)/50)
}

// bareScore judges a sheet without headings by its content alone.
func bareScore(t *document.Table, parse Parse) float64 {
	has := map[Field]bool{}
	for _, c := range layoutAt(t, 0, parse).Columns {
		has[c.Field] = true
	}
	if has[FieldReferences] && (has[FieldTitle] || has[FieldStatement]) {
		return 1.6
	}
	return 0
}

// heading returns the text above a column: its cell in the header row or, if
// that is blank or says too little, the short text right above it.
func heading(t *document.Table, row, column int) string {
	own := clean(at(t.Rows[row-1], column))
	if own != "" || row < 2 {
		return own
	}
	above, filled := t.Rows[row-2], 0
	for _, c := range above {
		if clean(c) != "" {
			filled++
		}
	}
	if text := clean(at(above, column)); filled >= 2 && len(text) <= 60 {
		return text
	}
	if row < len(t.Rows) && underHeading(t.Rows[row], t.Rows[row-1]) {
		return clean(at(t.Rows[row], column))
	}
	return ""
}

// contextOf returns what stands around a list and may tell its standard: the
// name of the sheet or file, and the titles above the headings.
func contextOf(t *document.Table, headerRow int) string {
	context := t.Name
	for i := 0; i < headerRow-1; i++ {
		if text := rowText(t.Rows[i]); len(text) < 300 {
			context += " " + text
		}
	}
	return context
}

// under reads a cell under its heading; where that names no standard and the
// cell is not understood, the titles around the list may.
func under(parse Parse, text, header, context string) ([]framework.Ref, []string) {
	refs, unknown := parse(text, header)
	if len(unknown) > 0 && len(framework.HintOf(header).Frameworks) == 0 {
		if more, fewer := parse(text, header+" "+context); len(fewer) < len(unknown) {
			return more, fewer
		}
	}
	return refs, unknown
}

// content is what a sample of a column's cells looks like, as shares of those filled.
type content struct {
	filled                               int
	refs, status, words, frequency       float64 // words: status words other than yes and no
	code, ordinal, unique, person, marks float64
	length                               float64 // mean characters
}

var (
	codeShape   = lazy(`^[\p{L}]{0,12}(?:[-_. /]?[\p{L}\d]{1,10}){0,4}[-_. /]?\d{1,6}[a-zA-Z]?$`)
	personShape = lazy(`^(\p{Lu}[\p{L}'’.-]+ ){1,3}\p{Lu}[\p{L}'’-]+$|^[^\s@]+@[^\s@]+\.\w+$`)
)

// isCode reports whether a cell looks like the code of a control. How it ends
// rules most texts out before the expression is tried.
func isCode(cell string) bool {
	last := len(cell) - 1
	if last < 0 || last >= maxCode {
		return false
	}
	if c := cell[last] | 0x20; c >= 'a' && c <= 'z' && last > 0 {
		last--
	}
	return cell[last] >= '0' && cell[last] <= '9' && codeShape().MatchString(cell)
}

// isPerson reports whether a cell looks like a name of two to four words or an
// address.
func isPerson(cell string) bool {
	spaces := strings.Count(cell, " ")
	return (spaces >= 1 && spaces <= 3 || strings.Contains(cell, "@")) && personShape().MatchString(cell)
}

// look samples a column below the headings.
func look(rows [][]string, column int, header, context string, parse Parse) content {
	var c content
	names := headingField(header)
	mayStatus, mayFrequency := len(names) == 0 || names[FieldStatus] > 0, len(names) == 0 || names[FieldFrequency] > 0
	views := map[string]struct{ refs, status, frequency bool }{} // cells repeat
	last := -1
	tally := func(share *float64, yes bool) {
		if yes {
			*share++
		}
	}
	for _, row := range rows {
		cell := clean(at(row, column))
		if cell == "" {
			continue
		}
		c.filled++
		c.length += float64(len([]rune(cell)))
		tally(&c.marks, markOf(cell) != markNone)
		v, known := views[cell]
		if !known {
			if len(cell) <= 200 && strings.ContainsAny(cell, "0123456789") {
				refs, unknown := under(parse, cell, header, context)
				v.refs = len(refs) > 0 && len(refs) >= len(unknown)
			}
			if len(cell) <= 60 && mayStatus {
				status, _ := ParseStatus(cell, "")
				v.status = status != Unknown
			}
			if len(cell) <= 60 && mayFrequency {
				frequency, _ := ParseFrequency(cell)
				v.frequency = frequency != ""
			}
			views[cell] = v
		}
		tally(&c.refs, v.refs)
		if len(cell) > 80 {
			continue
		}
		tally(&c.status, v.status)
		tally(&c.words, v.status && markOf(cell) == markNone)
		tally(&c.frequency, v.frequency)
		tally(&c.code, isCode(cell))
		tally(&c.person, isPerson(cell))
		if digitsOnly().MatchString(cell) && len(cell) < 7 {
			n, err := strconv.Atoi(cell)
			tally(&c.ordinal, err == nil && n > last)
			last = n
		}
	}
	if c.filled == 0 {
		return c
	}
	n := float64(c.filled)
	for _, share := range []*float64{&c.refs, &c.status, &c.words, &c.frequency, &c.code, &c.ordinal, &c.person, &c.marks, &c.length} {
		*share /= n
	}
	c.unique = float64(len(views)) / n
	return c
}

// guess scores what a column may be, by its heading and its content together.
func guess(header string, c content) map[Field]float64 {
	score := headingField(header)
	if score == nil {
		score = map[Field]float64{}
	}
	name := make(map[Field]float64, len(score))
	for f, s := range score {
		name[f] = s
	}
	if c.filled == 0 {
		return score
	}
	add := func(f Field, known, alone float64) {
		if name[f] > 0 {
			score[f] += known
		} else if alone > 0 {
			score[f] = alone
		}
	}
	alone := func(is bool, s float64) float64 {
		if is {
			return s
		}
		return 0
	}
	add(FieldReferences, 0.9*c.refs-alone(c.refs < 0.05, 0.5), alone(c.refs > 0.6 && c.length < 80 && !(c.unique > 0.9 && c.filled > 20), 0.75))
	if c.refs > 0.8 && c.length < 40 && name[FieldReferences] == 0 && c.filled >= 3 {
		score[FieldReferences] = max(score[FieldReferences], 0.7)
	}
	add(FieldStatus, 0.8*c.status-alone(c.status < 0.05, 0.3), alone(c.status > 0.8 && c.words > 0.5, 0.6))
	add(FieldFrequency, 0.6*c.frequency-alone(c.frequency < 0.05, 0.3), alone(c.frequency > 0.7, 0.6))
	codes := c.code * c.unique
	if c.ordinal > 0.9 {
		codes = 0.2
	}
	add(FieldCode, 0.9*codes-alone(c.length > maxCode, 0.6), alone(codes > 0.8 && c.refs < 0.5 && c.filled >= 2 && c.ordinal < 0.5, 0.6))
	add(FieldTitle, alone(c.length >= 8 && c.length <= 120, 0.2)-alone(c.length > 250 || c.refs > 0.8 && c.length < 20 || c.person > 0.8, 0.5), alone(header == "" && c.length > 15 && c.length <= 90 && c.unique > 0.8 && c.refs < 0.3 && c.person < 0.3, 0.5))
	add(FieldStatement, alone(c.length > 60, 0.3), alone(c.length > 90 && c.unique > 0.8, 0.5))
	add(FieldOwner, 0.3*c.person, alone(c.person > 0.8 && header == "", 0.5))
	add(FieldDomain, -alone(c.length > 60, 0.4)-alone(c.refs > 0.8, 0.5), 0)
	add(FieldKind, 0, 0)
	return score
}

// layoutAt proposes what each column holds when the headings stand in a row; 0
// means there are none.
func layoutAt(t *document.Table, row int, parse Parse) Layout {
	l := Layout{Sheet: t.Name, HeaderRow: row}
	sample := t.Rows[row:min(len(t.Rows), row+sampleRows)]
	width := 0
	if row > 0 {
		width = len(t.Rows[row-1])
	}
	for _, cells := range sample {
		width = max(width, len(cells))
	}
	width = min(width, maxColumns)
	type choice struct {
		column int
		field  Field
		score  float64
	}
	var choices []choice
	looks, context := make([]content, width), contextOf(t, row)
	for i := range width {
		header := ""
		if row > 0 {
			header = heading(t, row, i)
		}
		looks[i] = look(sample, i, header, context, parse)
		l.Columns = append(l.Columns, Column{Index: i, Header: header})
		if row > 0 && isReference(header, parse) && (looks[i].filled == 0 || looks[i].marks >= 0.3) {
			l.Columns[i].Field, l.Columns[i].Why = FieldReferences, "Its heading is a requirement and its cells are marks."
			continue
		}
		for f, s := range guess(header, looks[i]) {
			if s >= 0.45 {
				choices = append(choices, choice{i, f, s})
			}
		}
	}
	sort.Slice(choices, func(i, j int) bool {
		a, b := choices[i], choices[j]
		if a.score != b.score {
			return a.score > b.score
		}
		if a.column != b.column {
			return a.column < b.column
		}
		return slices.Index(Fields, a.field) < slices.Index(Fields, b.field)
	})
	taken := map[Field]int{}
	for _, c := range choices {
		col := &l.Columns[c.column]
		if col.Field != FieldIgnored {
			continue
		}
		if first, used := taken[c.field]; used && c.field != FieldReferences {
			if col.Why == "" {
				col.Why = fmt.Sprintf("It could hold the %s too, but column %s fits better.", c.field, document.ColumnName(first))
			}
			continue
		}
		if c.field == FieldReferences && looks[c.column].filled > 0 && looks[c.column].refs == 0 {
			col.Why = "Its heading speaks of requirements, but no cell names one."
			continue
		}
		taken[c.field] = c.column
		col.Field, col.Why = c.field, why(c.field, *col, looks[c.column])
	}
	for i := range l.Columns {
		if c := &l.Columns[i]; c.Field == FieldIgnored && c.Why == "" {
			c.Why = "Neither its heading nor its content is known."
		}
	}
	return l
}

// why says in a sentence what made a column what it is.
func why(f Field, c Column, seen content) string {
	if headingField(c.Header)[f] > 0 {
		return fmt.Sprintf("Its heading is “%s”.", shorten(c.Header, 60))
	}
	share := map[Field]float64{FieldReferences: seen.refs, FieldStatus: seen.status, FieldFrequency: seen.frequency, FieldCode: seen.code, FieldOwner: seen.person}[f]
	if share > 0 {
		return fmt.Sprintf("%d of its first %d cells read as %s.", int(share*float64(seen.filled)+0.5), seen.filled,
			map[Field]string{FieldReferences: "requirements", FieldStatus: "a status", FieldFrequency: "a frequency", FieldCode: "codes", FieldOwner: "names of persons"}[f])
	}
	return fmt.Sprintf("Its cells hold %.0f characters on average and differ from each other.", seen.length)
}

// isReference reports whether a heading is a requirement itself, as in a matrix.
func isReference(header string, parse Parse) bool {
	if header = oneLine(header); header == "" || len(header) > 30 || !strings.ContainsAny(header, "0123456789") {
		return false
	}
	refs, unknown := parse(header, header)
	return len(refs) == 1 && len(unknown) == 0
}
