package control

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// fold returns a text in lower case without accents, every run of other
// characters a single space.
func fold(s string) string {
	var b strings.Builder
	b.Grow(len(s))
	space := false
	for _, c := range norm.NFKD.String(strings.ToLower(s)) { // NFKD returns plain ASCII as it is
		switch {
		case unicode.Is(unicode.Mn, c):
		case unicode.IsLetter(c) || unicode.IsDigit(c) || c == '#' || c == '%':
			if space && b.Len() > 0 {
				b.WriteByte(' ')
			}
			space = false
			switch c {
			case 'ß':
				b.WriteString("ss")
			case 'œ':
				b.WriteString("oe")
			case 'æ':
				b.WriteString("ae")
			default:
				b.WriteRune(c)
			}
		default:
			space = true
		}
	}
	return b.String()
}

// lazy compiles an expression when it is first used, so that commands that read
// no inventory start sooner.
func lazy(pattern string) func() *regexp.Regexp {
	return sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(pattern) })
}

type mark int

const (
	markNone mark = iota
	markYes
	markNo
)

// markOf reads a tick, a cross or the words that stand for them in a matrix.
func markOf(text string) mark {
	text = strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(text), "\ufe0f"))
	switch strings.ToLower(text) {
	case "x", "✓", "✔", "☑", "✅", "●", "•", "■", "y", "yes", "ja", "oui", "j", "o", "1", "true", "wahr", "vrai", "(x)", "[x]":
		return markYes
	case "", "-", "–", "—", "✗", "✘", "❌", "☒", "☐", "○", "n", "no", "nein", "non", "0", "false", "falsch", "faux", "n/a", "na", "none", "[ ]", "( )":
		return markNo
	}
	return markNone
}

// Words of a status, one class each. Longer phrases are found before words.
const (
	saysNot      = 'N'
	saysPlanned  = 'P'
	saysPaper    = 'D'
	saysOperated = 'O'
	saysPartly   = 'H'
	saysEnded    = 'E'
	saysNothing  = 'S'
)

var statusPhrases = []struct {
	phrase string
	class  rune
}{
	{"no exceptions noted", saysNothing}, {"no exceptions", saysNothing}, {"no exception", saysNothing}, {"no issues", saysNothing}, {"no findings", saysNothing}, {"no deviations", saysNothing}, {"without exception", saysNothing},
	{"to be implemented", saysPlanned}, {"to be done", saysPlanned}, {"to do", saysPlanned}, {"a faire", saysPlanned}, {"not started", saysPlanned}, {"not yet started", saysPlanned},
	{"in progress", saysPlanned}, {"in development", saysPlanned}, {"being implemented", saysPlanned}, {"en cours", saysPlanned}, {"in umsetzung", saysPlanned}, {"in arbeit", saysPlanned}, {"in planung", saysPlanned}, {"in bearbeitung", saysPlanned}, {"under way", saysPlanned},
	{"on paper", saysPaper}, {"paper only", saysPaper}, {"policy only", saysPaper}, {"design only", saysPaper}, {"design effective", saysPaper}, {"designed effectively", saysPaper}, {"auf dem papier", saysPaper}, {"auf papier", saysPaper}, {"nur dokumentiert", saysPaper}, {"sur papier", saysPaper}, {"sur le papier", saysPaper}, {"policy exists", saysPaper}, {"policy approved", saysPaper},
	{"in operation", saysOperated}, {"in place", saysOperated}, {"in force", saysOperated}, {"in use", saysOperated}, {"in production", saysOperated}, {"up and running", saysOperated}, {"in betrieb", saysOperated}, {"in kraft", saysOperated}, {"en place", saysOperated}, {"en service", saysOperated}, {"en vigueur", saysOperated}, {"mis en oeuvre", saysOperated}, {"mise en oeuvre", saysOperated}, {"mise en place", saysOperated}, {"mis en place", saysOperated}, {"operating effectively", saysOperated},
	{"out of use", saysEnded}, {"out of operation", saysEnded}, {"ausser betrieb", saysEnded}, {"hors service", saysEnded},
}

var statusWords = sync.OnceValue(func() map[string]rune {
	m := map[string]rune{}
	for class, words := range map[rune]string{
		saysNot:      "no not non nein nicht pas kein keine never nie jamais without n false 0 0%",
		saysPlanned:  "planned plan planning planed todo future backlog pending open missing roadmap wip scheduled proposed draft started ongoing geplant offen ausstehend vorgesehen prevu prevue planifie planifiee",
		saysPaper:    "documented document designed design written defined paper policy described drafted dokumentiert beschrieben definiert documente documentee redige redigee defini definie",
		saysOperated: "operated operating operational operates operate yes y live implemented effective active running done complete completed enabled established deployed performed applied true 1 100% ok ja j umgesetzt implementiert wirksam aktiv eingefuhrt erledigt gelebt oui actif active operationnel operationnelle effectif effective deploye applique realise implemente implementee",
		saysPartly:   "partial partially partly some limited mostly partiel partielle partiellement teilweise teils half 50%",
		saysEnded:    "retired decommissioned suspended stopped abandoned expired ineffective failed failing removed discontinued cancelled canceled rejected paused inactive obsolete deprecated disabled eingestellt abandonne",
		saysNothing:  "fully full only yet still already is are the a an and since from as of by in to on at for now control seit und ist voll vollstandig depuis et est pleinement totalement entierement nur seulement encore noch due target eta q1 q2 q3 q4 h1 h2 fy january february march april may june july august september october november december jan feb mar apr jun jul aug sep sept oct nov dec januar februar marz mai juni juli oktober dezember",
	} {
		for w := range strings.FieldsSeq(words) {
			m[w] = class
		}
	}
	return m
})

var (
	clauseBreak   = lazy(`[,;:./()\[\]\n–—|]+|\s-\s|\b(?i:but|however|aber|mais|jedoch)\b`)
	percentage    = lazy(`\b(\d{1,3}) ?%`)
	notApplicable = lazy(`^(n a|na|not applicable|nicht anwendbar|entfallt|non applicable|sans objet|out of scope|not in scope|excluded)\b`)
	paperHeading  = lazy(`\b(document|documented|documentation|design|designed|written|policy|dokumentiert|documente|redige)\b`)
	operatedToo   = lazy(`\b(operat|implement|live|place|status|state|umgesetzt|betrieb)`)
	digitsOnly    = lazy(`^\d+$`)
)

// ParseStatus understands what people write about whether a control runs.
// header is the heading of the column: "yes" under "Documented?" is not a claim
// that anything operates. Whatever is not clearly understood is Unknown, never
// Operated; note then says so in a sentence, and is empty otherwise.
func ParseStatus(text, header string) (status Status, note string) {
	text = clean(text)
	folded := fold(text)
	switch {
	case text == "":
		return Unknown, "The status is blank, so it is unknown and does not count as operated."
	case notApplicable().MatchString(folded):
		return Unknown, fmt.Sprintf("The status “%s” says the control does not apply here, so it does not count as operated.", shorten(text, 40))
	}
	switch strings.TrimSuffix(text, "\ufe0f") {
	case "✓", "✔", "☑", "✅", "●", "🟢":
		text = "yes"
	case "✗", "✘", "❌", "☒", "☐", "○", "-", "–", "—", "🔴":
		return Planned, ""
	}
	if p := percentage().FindStringSubmatch(text); p != nil && p[1] != "100" && p[1] != "0" {
		return OnPaper, fmt.Sprintf("The status “%s” says it runs in part only, so it is taken as on paper and does not count as operated.", shorten(text, 40))
	}
	said, strange := statusClaims(text)
	unknown := func(why string) (Status, string) {
		return Unknown, fmt.Sprintf("The status “%s” %s, so it is unknown and does not count as operated. Write operated, on paper or planned.", shorten(text, 40), why)
	}
	switch has := func(c string) bool { return said[c] }; {
	case has("E"):
		return unknown("says the control no longer runs")
	case has("H"):
		return OnPaper, fmt.Sprintf("The status “%s” says it runs in part only, so it is taken as on paper and does not count as operated.", shorten(text, 40))
	case has("NP"):
		return unknown("says it is not even planned")
	case has("O") && (has("P") || has("N") || has("NO") || has("ND")):
		return unknown("says two things")
	case has("ND"):
		return Planned, ""
	case has("D") && !has("O"):
		return OnPaper, ""
	case has("P") || has("N") || has("NO"):
		return Planned, ""
	case has("O") && len(strange) > 0:
		return unknown("has words that are not understood (" + shorten(strings.Join(strange, " "), 40) + ")")
	case has("O"):
		if h := fold(header); paperHeading().MatchString(h) && !operatedToo().MatchString(h) {
			return OnPaper, ""
		}
		return Operated, ""
	}
	return unknown("is not understood")
}

// statusClaims returns what each clause of a status says: a class, with N in
// front when it is denied. strange are the words nobody knows.
func statusClaims(text string) (said map[string]bool, strange []string) {
	said, words := map[string]bool{}, statusWords()
	for _, clause := range clauseBreak().Split(text, -1) {
		// The section sign marks phrases below, so one that somebody typed becomes a word that is not understood.
		clause = " " + fold(strings.ReplaceAll(clause, "§", " section ")) + " "
		for i, p := range statusPhrases {
			if strings.Contains(clause, p.phrase) {
				clause = strings.ReplaceAll(clause, " "+p.phrase+" ", fmt.Sprintf(" §%d ", i))
			}
		}
		denied, bare := "", false // the word that denies, and nothing behind it yet
		for word := range strings.FieldsSeq(clause) {
			class := words[word]
			if n, ok := strings.CutPrefix(word, "§"); ok {
				if i, err := strconv.Atoi(n); err == nil {
					class = statusPhrases[i].class
				}
			} else if class == 0 && !digitsOnly().MatchString(word) {
				strange = append(strange, word)
			}
			switch {
			case class == saysNot:
				denied, bare = word, true
			case class == 0 || class == saysNothing:
			case class == saysPlanned && (denied == "no" || denied == "nein" || denied == "non"):
				said["N"], said["P"], bare = true, true, false // "no planned" is an answer and a plan
			case denied != "":
				said["N"+string(class)], bare = true, false
			default:
				said[string(class)] = true
			}
		}
		if bare {
			said["N"] = true
		}
	}
	if said["NE"] || said["NH"] { // "not suspended", "not partial": too clever to be believed
		strange = append(strange, "not")
	}
	return said, strange
}

// frequencies are the names kept, the stricter first, and the words for them.
var frequencies = []struct {
	name  string
	words func() *regexp.Regexp
}{
	{"continuous", lazy(`\b(continuous|continuously|continual|continually|ongoing|real ?time|always|24 ?x ?7|24 7|kontinuierlich|laufend|permanent|fortlaufend|dauerhaft|en continu|continu|permanente?)\b`)},
	{"daily", lazy(`\b(daily|every day|each day|per day|taglich|jeden tag|quotidien|quotidienne|quotidiennement|chaque jour|every 24 hours|nightly)\b`)},
	{"weekly", lazy(`\b(weekly|every week|each week|per week|once a week|wochentlich|jede woche|hebdomadaire|chaque semaine|every 7 days)\b`)},
	{"monthly", lazy(`\b(monthly|every month|each month|per month|once a month|monatlich|jeden monat|mensuel|mensuelle|mensuellement|chaque mois|every 30 days|12 ?x (a|per) year)\b`)},
	{"quarterly", lazy(`\b(quarterly|quaterly|every quarter|each quarter|per quarter|once a quarter|every (3|three) months|vierteljahrlich|quartalsweise|pro quartal|jedes quartal|trimestriel|trimestrielle|chaque trimestre|4 ?x (a|per) year|four times a year|every 90 days)\b`)},
	{"semiannual", lazy(`\b(semi ?annual|semi ?annually|semi ?yearly|half ?yearly|biannual|biannually|bi annual|bi annually|twice a year|twice yearly|twice per year|two times a year|every (6|six) months|halbjahrlich|zweimal jahrlich|semestriel|semestrielle|deux fois par an|2 ?x (a|per) year|every 180 days)\b`)},
	{"annual", lazy(`\b(annual|annually|yearly|every year|each year|per year|once a year|once per year|per annum|every (12|twelve) months|jahrlich|einmal jahrlich|jedes jahr|annuel|annuelle|annuellement|chaque annee|une fois par an|1 ?x (a|per) year|every 365 days)\b`)},
	{"event", lazy(`\b(event|events|event driven|ad ?hoc|as needed|when needed|as required|when required|on demand|on change|on changes|on hire|upon \w+|on request|per (change|release|hire|incident|request|occurrence|project|case)|each (change|release|time|hire)|every (change|release|hire)|as it occurs|when it occurs|as they occur|when .* change\w*|anlassbezogen|ereignisbezogen|bei bedarf|pro ereignis|nach bedarf|par evenement|evenement|a la demande|au besoin|ponctuel)\b`)},
}

var severalPeriods = lazy(`\b(every|each|alle|tous les|toutes les) (2|two|zwei|deux|4|four|5|five|8|eight|9|nine|18|24|36) (\w+)|\b(biennial|biennially|bi ?monthly|bimonthly|bi ?weekly|biweekly|fortnightly|triennial)\b|\bevery other\b`)

// ParseFrequency names how often a control acts: continuous, daily, weekly,
// monthly, quarterly, semiannual, annual or event. Empty means not understood,
// and note says so; note is also set when two were named.
func ParseFrequency(text string) (frequency, note string) {
	folded := fold(text)
	if folded == "" || folded == "n a" || folded == "na" {
		return "", ""
	}
	if severalPeriods().MatchString(folded) {
		return "", fmt.Sprintf("The frequency “%s” is none of daily, weekly, monthly, quarterly, twice a year and annual; it was kept as text only.", shorten(text, 60))
	}
	var found []string
	for _, f := range frequencies {
		if loc := f.words().FindStringIndex(folded); loc != nil {
			found = append(found, f.name)
			folded = folded[:loc[0]] + "~" + folded[loc[1]:] // so that "half yearly" is not yearly too
		}
	}
	switch {
	case len(found) == 0:
		return "", fmt.Sprintf("The frequency “%s” is not understood; it was kept as text only. Write daily, weekly, monthly, quarterly, twice a year, annual, continuous or per event.", shorten(text, 60))
	case len(found) > 1:
		note = fmt.Sprintf("The frequency “%s” names %s; %s was taken.", shorten(text, 60), strings.Join(found, " and "), found[0])
	}
	return found[0], note
}

func kindOf(frequency string) Kind {
	switch frequency {
	case "":
		return ""
	case "continuous":
		return Continuous
	case "event":
		return Event
	}
	return Periodic
}

// parseKind reads a column that says what makes a control act.
func parseKind(text string) (Kind, bool) {
	switch fold(text) {
	case "periodic", "periodically", "recurring", "scheduled", "periodisch", "periodique":
		return Periodic, true
	case "continuous", "ongoing", "kontinuierlich", "continu":
		return Continuous, true
	case "event", "event driven", "per event", "ad hoc", "ereignis", "evenement":
		return Event, true
	}
	return "", false
}

// evidenceKinds splits a cell into the kinds of evidence it names.
func evidenceKinds(text string) []string {
	var kinds []string
	for _, part := range strings.FieldsFunc(text, func(c rune) bool { return c == ';' || c == ',' || c == '\n' }) {
		part = oneLine(strings.TrimLeft(strings.TrimSpace(part), "-*•·–▪ "))
		if part != "" && markOf(part) == markNone && !slices.Contains(kinds, part) {
			kinds = append(kinds, part)
		}
	}
	return kinds
}

var trailer = lazy(`^(grand total|total|totals|subtotal|sum|summe|gesamt|anzahl|count|number of controls|note|notes|notice|legend|legende|key|prepared by|reviewed by|approved by|created by|erstellt|gepruft|freigegeben|end of|ende|fin de|source|quelle|version|last updated|last review|updated|stand|confidential|vertraulich|confidentiel|page|seite|export|exported|generated|printed|copyright|hinweis|anmerkung|remarque|remarques|prepare par|etabli par|nombre|disclaimer|internal use|signed|signature|date)\b`)

// isTrailer reports whether a row that starts with this text closes a list
// rather than belonging to it.
func isTrailer(text string) bool {
	return trailer().MatchString(fold(text)) || strings.HasPrefix(strings.TrimSpace(text), "©") || strings.HasPrefix(strings.TrimSpace(text), "*")
}
