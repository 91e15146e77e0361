package cadence

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// words are the single words for a frequency. Words that people read in two ways
// are missing on purpose: bimonthly, biweekly.
var words = map[string]Frequency{
	"hourly": {1, Hour}, "daily": Daily, "nightly": Daily, "weekly": Weekly, "fortnightly": {2, Week}, "monthly": Monthly, "quarterly": Quarterly,
	"semiannual": Semiannual, "semiannually": Semiannual, "biannual": Semiannual, "biannually": Semiannual, "halfyearly": Semiannual,
	"annual": Annual, "annually": Annual, "yearly": Annual, "biennial": {24, Month}, "biennially": {24, Month}, "triennial": {36, Month}, "triennially": {36, Month},
}

// unitWords are the words for a stretch of time, and how many units it has.
var unitWords = map[string]Frequency{
	"hour": {1, Hour}, "day": Daily, "night": Daily, "week": Weekly, "fortnight": {2, Week}, "month": Monthly, "quarter": Quarterly, "year": Annual,
	"half-year": Semiannual,
}

var numbers = []string{"one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"}

const (
	count = `(\d{1,4}|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve)`
	unit  = `(?:calendar |business |working )?(hour|day|night|week|fortnight|month|quarter|half-year|year)`
	every = `(?:per|each|every|a|an)`
)

// forms are the ways a frequency is written in several words, the longest first,
// each with how its parts are read. They are tried where a word of starts stands.
var forms = []struct {
	re   *regexp.Regexp
	read func(part []string) Frequency
}{
	// twice a year, three times per month
	{regexp.MustCompile(`^(?:(once|twice|thrice)|` + count + ` times) ` + every + ` ` + unit + `\b`), func(p []string) Frequency {
		times := map[string]int{"once": 1, "twice": 2, "thrice": 3}[p[1]]
		if times == 0 {
			times = number(p[2])
		}
		return divided(unitWords[p[3]], times)
	}},
	// every other week, every second month
	{regexp.MustCompile(`^every (?:other|second) ` + unit + `\b`), func(p []string) Frequency { return times(unitWords[p[1]], 2) }},
	// every 6 months, once in three years, every 90 days
	{regexp.MustCompile(`^(?:every|each|once in|once every|per) ` + count + `[ -]` + unit + `s?\b`), func(p []string) Frequency { return times(unitWords[p[2]], number(p[1])) }},
	// six-monthly, 6-monthly
	{regexp.MustCompile(`^` + count + `[ -]monthly\b`), func(p []string) Frequency { return times(Monthly, number(p[1])) }},
	// half yearly, half-yearly, semi annually
	{regexp.MustCompile(`^(?:half|semi|bi)[ -](?:yearly|annual|annually)\b`), func([]string) Frequency { return Semiannual }},
	{regexp.MustCompile(`^(?:every|each) half(?:[ -]year)?\b`), func([]string) Frequency { return Semiannual }},
	// each quarter, per month, every day
	{regexp.MustCompile(`^(?:per|each|every|once an?) ` + unit + `\b`), func(p []string) Frequency { return unitWords[p[1]] }},
}

// starts are the words a form begins with, beside numbers.
var starts = []string{"once", "twice", "thrice", "every", "each", "per", "half", "semi", "bi"}

// times is a period n times as long, or no frequency beyond what anybody promises.
func times(f Frequency, n int) Frequency {
	if n < 1 || n > 9999 {
		return Frequency{}
	}
	return Frequency{f.N * n, f.Unit}.plain()
}

// divided is n occurrences in each f: four times a year is quarterly. What does
// not divide into whole units is turned into days, rounded to the stricter side.
func divided(f Frequency, n int) Frequency {
	if n < 1 {
		return Frequency{}
	}
	if f.N%n == 0 {
		return Frequency{f.N / n, f.Unit}.plain()
	}
	if days := f.seconds() / int64(n) / 86_400; days > 0 {
		return Frequency{int(days), Day}.plain()
	}
	return Frequency{max(1, int(f.seconds()/int64(n)/3600)), Hour}
}

// plain writes a frequency in its largest unit: 24 hours are a day, 7 days a week.
func (f Frequency) plain() Frequency {
	if f.Unit == Hour && f.N%24 == 0 {
		f = Frequency{f.N / 24, Day}
	}
	if f.Unit == Day && f.N%7 == 0 && f.N <= 28 {
		f = Frequency{f.N / 7, Week}
	}
	return f
}

func number(s string) int {
	if i := slices.Index(numbers, s); i >= 0 {
		return i + 1
	}
	n, _ := strconv.Atoi(s)
	return n
}

// Mention is a frequency somewhere in a text.
type Mention struct {
	Frequency Frequency
	Words     string // as they stand in the text
	at, end   int
}

// Mentions finds the frequencies a text states, in the order of the text. A
// deadline, such as "within 30 days", is none.
func Mentions(text string) []Mention {
	low := lower(text)
	var out []Mention
	for at := 0; at < len(low); {
		if !letter(low[at]) {
			at++
			continue
		}
		end := at
		for end < len(low) && letter(low[end]) {
			end++
		}
		f, length := mentioned(low[at:], low[at:end])
		if !f.Known() || strings.HasSuffix(low[:at], "bi-") { // bi-monthly is read in two ways
			at = end
			continue
		}
		out = append(out, Mention{f, text[at : at+length], at, at + length})
		at += length
	}
	return out
}

// mentioned reads the frequency that begins a text, whose first word is given, and
// says how long it is.
func mentioned(text, word string) (Frequency, int) {
	if slices.Contains(starts, word) || number(word) > 0 {
		for _, form := range forms {
			if p := form.re.FindStringSubmatch(text); p != nil {
				if f := form.read(p); f.Known() {
					return f, len(p[0])
				}
			}
		}
	}
	return words[word], len(word)
}

// letter reports whether a byte belongs to a word; a byte beyond ASCII does, so
// that no word begins in the middle of one.
func letter(c byte) bool { return 'a' <= c && c <= 'z' || '0' <= c && c <= '9' || c >= 0x80 }

// lower turns ASCII letters to lower case and leaves every byte in its place.
func lower(s string) string {
	b := []byte(s)
	for i, c := range b {
		switch {
		case 'A' <= c && c <= 'Z':
			b[i] = c + 'a' - 'A'
		case c == '\n' || c == '\t' || c == '\r':
			b[i] = ' '
		}
	}
	return string(b)
}

// none are the words of inventories for what has no frequency.
var none = regexp.MustCompile(`^(?:continuous(?:ly)?|ongoing|real[- ]?time|always(?: on)?|automatic(?:ally)?|automated|n/?a|none|-|–|(?:as|when|if) (?:needed|required|necessary)|ad[- ]?hoc|on (?:demand|change|event|occurrence|hire|termination)|once|one[- ]time|` +
	`(?:per|each|every|by|on each) (?:event|change|occurrence|instance|release|incident|hire|request|transaction|deployment|termination)|event(?:[- ](?:driven|based))?|upon .+|when .+|at hire)$`)

// Parse reads what an inventory gives as the frequency of a control, such as
// "every 6 months" or "Quarterly". Several of them give the strictest. Words that
// mean no frequency, such as "continuous", give the zero Frequency and true; what
// is not understood gives false.
func Parse(text string) (Frequency, bool) {
	if strings.TrimSpace(text) == "" {
		return Frequency{}, true
	}
	if f, ok := words[strings.ToLower(text)]; ok {
		return f, true // as nearly every inventory has it
	}
	if m := Mentions(text); len(m) > 0 {
		return Strictest(m), true
	}
	line := strings.Trim(strings.Join(strings.Fields(lower(text)), " "), ".;, ")
	if f, ok := units(line); ok {
		return f, true
	}
	return Frequency{}, none.MatchString(line)
}

var bare = regexp.MustCompile(`^` + count + `?[ -]?` + unit + `s?$`)

// units reads "6 months" or "year", which mean a frequency only in a column of frequencies.
func units(line string) (Frequency, bool) {
	p := bare.FindStringSubmatch(line)
	if p == nil {
		return Frequency{}, false
	}
	n := 1
	if p[1] != "" {
		n = number(p[1])
	}
	f := times(unitWords[p[2]], n)
	return f, f.Known()
}

// Strictest is the strictest frequency of several, or none.
func Strictest(list []Mention) Frequency {
	var best Frequency
	for _, m := range list {
		if m.Frequency.Stricter(best) {
			best = m.Frequency
		}
	}
	return best
}
