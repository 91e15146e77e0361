package policy

import (
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/toucan-grc/toucan/internal/cadence"
)

// mention is a value in a sentence, before it is known what it speaks of. from and
// to are words of the sentence.
type mention struct {
	from, to int
	admits   []Property // what the words around it allow it to be
	every    cadence.Frequency
	length   Length
	minutes  int // a length in minutes, which only thresholds have
	before   bool
	limited  bool // "within", "no later than" or a point in time stands beside it
}

// line is a sentence prepared for matching: its words, where each stands in the
// words joined by spaces, and what they mention.
type line struct {
	words    []string
	low      string
	at       []int // offset of each word in low
	mentions []mention
}

func lineOf(text string) *line {
	l := &line{words: wordsOf(text)}
	var b strings.Builder
	for _, w := range l.words {
		if b.Len() > 0 {
			b.WriteByte(' ')
		}
		l.at = append(l.at, b.Len())
		b.WriteString(w)
	}
	l.low = b.String()
	return l
}

// word is the number of the word at an offset of low.
func (l *line) word(offset int) int {
	i, found := slices.BinarySearch(l.at, offset)
	if !found {
		i--
	}
	return i
}

var (
	lengthWords = regexp.MustCompile(`\b(\d{1,4}|an?) (?:(calendar|consecutive|full|elapsed|clear|whole|business|working) )?(minute|min|hour|hr|day|week|fortnight|month|quarter|year)s?\b`)
	nextDay     = regexp.MustCompile(`\b(?:(?:the )?(?:end|close) of )?(?:the )?(?:next|following) (?:business|working) day\b`)
	nounAfter   = regexp.MustCompile(`^(?:leave|revenue|turnover|fee|fees|accounts|budget|income|salary|bonus|general|subscription|subscriptions|newsletter|invoice|invoices|earnings|allowance|work|business|operation|operations|life|use|basis of|holiday|statements|rate|cost|charge|wage)\b`)
)

// mentions finds the frequencies and lengths of a sentence. bare says that a value
// counts without words around it, as in a table.
func (l *line) find(bare bool) {
	low := l.low
	for _, m := range cadence.Mentions(low) {
		from := strings.Index(low[l.last():], m.Words)
		if from < 0 {
			continue
		}
		from += l.last()
		to := from + len(m.Words)
		if nounAfter.MatchString(strings.TrimPrefix(low[to:], " ")) {
			continue
		}
		every := m.Frequency
		if n := l.timesBefore(l.word(from), m.Words); n > 1 {
			f, ok := cadence.Parse(strconv.Itoa(n) + " times " + m.Words)
			if !ok {
				continue
			}
			every = f
		}
		if every.Known() {
			l.mentions = append(l.mentions, mention{from: l.word(from), to: l.word(to-1) + 1, admits: []Property{Frequency}, every: every})
		}
	}
	taken := func(from, to int) bool {
		return slices.ContainsFunc(l.mentions, func(m mention) bool { return from < m.to && m.from < to })
	}
	var next [][]int
	if strings.Contains(low, "next ") || strings.Contains(low, "following ") {
		next = nextDay.FindAllStringIndex(low, -1)
	}
	for _, p := range next {
		if from, to := l.word(p[0]), l.word(p[1]-1)+1; !taken(from, to) {
			l.mentions = append(l.mentions, mention{from: from, to: to, admits: []Property{Deadline}, length: Length{1, 'D', true}, limited: true})
		}
	}
	for _, p := range lengthWords.FindAllStringSubmatchIndex(low, -1) {
		m := mention{from: l.word(p[0]), to: l.word(p[1]-1) + 1}
		if taken(m.from, m.to) {
			continue
		}
		n, err := strconv.Atoi(low[p[2]:p[3]])
		if err != nil {
			n = 1 // a month, an hour
		}
		kind := ""
		if p[4] >= 0 {
			kind = low[p[4]:p[5]]
		}
		m.length, m.minutes = lengthOf(n, low[p[6]:p[7]], kind == "business" || kind == "working")
		if m.length.N > 0 || m.minutes > 0 {
			if l.around(&m, bare); len(m.admits) > 0 {
				l.mentions = append(l.mentions, m)
			}
		}
	}
	slices.SortFunc(l.mentions, func(a, b mention) int { return a.from - b.from })
}

// last is where the mention found last ends.
func (l *line) last() int {
	if n := len(l.mentions); n > 0 {
		w := l.mentions[n-1].to - 1
		return l.at[w] + len(l.words[w])
	}
	return 0
}

// timesBefore is how often something is done in a period: "two tests per year".
func (l *line) timesBefore(at int, words string) int {
	if !strings.HasPrefix(words, "per ") && !strings.HasPrefix(words, "each ") && !strings.HasPrefix(words, "every ") {
		return 1
	}
	for i := at - 1; i >= max(0, at-4); i-- {
		switch w := l.words[i]; {
		case w == "," || w == ";" || w == ":" || slices.Contains([]string{"day", "days", "hours", "weeks", "months", "years", "minutes", "within", "least", "in", "on", "percent", "of", "usd"}, w):
			return 1
		case len(w) < 3 && w[0] >= '0' && w[0] <= '9' && !strings.Contains(w, "."):
			n, _ := strconv.Atoi(w)
			return n
		}
	}
	return 1
}

func lengthOf(n int, unit string, business bool) (Length, int) {
	switch unit {
	case "minute", "min":
		return Length{}, n
	case "hour", "hr":
		return Length{N: n, Unit: 'H'}, 0
	case "week":
		if business {
			return Length{}, 0
		}
		return Length{N: 7 * n, Unit: 'D'}, 0
	case "fortnight":
		return Length{N: 14 * n, Unit: 'D'}, 0
	case "month":
		return Length{N: n, Unit: 'M'}, 0
	case "quarter":
		return Length{N: 3 * n, Unit: 'M'}, 0
	case "year":
		return Length{N: 12 * n, Unit: 'M'}, 0
	}
	return Length{N: n, Unit: 'D', Business: business}, 0
}

// What may stand right before a length, and what it then can be.
var (
	afterWithin = regexp.MustCompile(`\b(?:within|no later than|not later than|at the latest|latest|in under|in less than|in fewer than|in no more than|in at most|under|inside|in|by) (?:the |a maximum of |the first |at most |no more than )?$`)
	afterUpTo   = regexp.MustCompile(`\b(?:at most|no more than|not more than|up to|maximum of|max|exceed|exceeds|exceeding|maximum|no longer than|not longer than|less than|fewer than)(?: of)? $`)
	afterFor    = regexp.MustCompile(`\bfor (?:(?:at least|a minimum of|not less than|no less than|up to|a period of|a maximum of|at most|no longer than|no more than|longer than|more than|a further|another|the|the full|a total of|approximately|about|over) )?(?:the )?(?:last |past |first |previous )?$`)
	afterLast   = regexp.MustCompile(`\b(?:last|past|previous|latest|recent|preceding|newest) $`)
	afterLeast  = regexp.MustCompile(`\b(?:at least|minimum of|minimum|not less than|no less than|no fewer than|period of|period is|period :|retention of|retention :|retention is|set to|is) $`)
	afterAfter  = regexp.MustCompile(`\b(?:after|older than|longer than|more than|once|beyond|over|upon|exceeds)(?: (?:more than|at least|at most|no more than|a maximum of|a period of|the first))? $`)
	beforeOf    = regexp.MustCompile(`^ (?:(?:at the latest|or less|at most) )?(?:of|after|from|following|at the latest|since)\b`)
	beforeAhead = regexp.MustCompile(`^ (?:(?:written |prior )?notice )?(?:before|prior|in advance|ahead|beforehand|notice)\b`)
	deleting    = regexp.MustCompile(`\b(?:delet|eras|purg|destroy|destruct|dispos|wipe|discard|overwrit|expir|drop|remov|gone|age out|aged out|rolled off)`)
)

// around works out what a length can be from the words beside it.
func (l *line) around(m *mention, bare bool) {
	low := l.low[:l.at[m.from]]
	rest := ""
	if m.to < len(l.words) {
		rest = " " + l.low[l.at[m.to]:]
	}
	m.before = beforeAhead.MatchString(rest)
	deletes := deleting.MatchString(l.low)
	admit := func(list ...Property) { m.admits = append(m.admits, list...) }
	switch {
	case afterFor.MatchString(low), afterLast.MatchString(low):
		admit(Retention, Threshold)
	case afterUpTo.MatchString(low):
		m.limited = true
		admit(Deadline, Threshold, Retention)
	case afterWithin.MatchString(low):
		m.limited = true
		if admit(Deadline, Threshold); deletes {
			admit(Retention)
		}
	case afterLeast.MatchString(low):
		if admit(Retention, Threshold); m.before || bare {
			m.limited = true
			admit(Deadline)
		}
	case beforeOf.MatchString(rest):
		m.limited = true
		admit(Deadline, Retention, Threshold)
	case afterAfter.MatchString(low):
		m.limited = deletes
		if admit(Retention, Threshold); deletes {
			admit(Deadline)
		}
	case m.before:
		m.limited = true
		admit(Deadline, Threshold)
	case bare:
		m.limited = true
		admit(Deadline, Retention, Threshold)
	default:
		admit(Retention, Threshold)
	}
	if m.minutes > 0 {
		m.admits = []Property{Threshold}
	}
}

// value writes a mention as the value of a property.
func (m mention) value(p Property) string {
	if p != Frequency {
		return m.length.As(p)
	}
	l := Length{N: m.every.N, Unit: 'D'}
	switch m.every.Unit {
	case cadence.Hour:
		l.Unit = 'H'
	case cadence.Week:
		l.N *= 7
	case cadence.Month:
		l.Unit = 'M'
	}
	return l.As(Frequency)
}

// Every turns the value of a frequency into what rhythms are made of.
func Every(value string) (cadence.Frequency, bool) {
	l, ok := ParseLength(value)
	if !ok {
		return cadence.Frequency{}, false
	}
	return cadence.Frequency{N: l.N, Unit: map[byte]cadence.Unit{'H': cadence.Hour, 'D': cadence.Day, 'M': cadence.Month}[l.Unit]}, true
}

var timeUnits = map[string]bool{"minutes": true, "hours": true, "days": true, "months": true}

// as writes a length as a number of a unit of thresholds; false where that cannot
// be done without rounding.
func (m mention) as(unit string) (string, bool) {
	minutes, months := m.minutes, 0
	switch m.length.Unit {
	case 'H':
		minutes = 60 * m.length.N
	case 'D':
		if m.length.Business {
			return strconv.Itoa(m.length.N) + " business days", true
		}
		minutes = 24 * 60 * m.length.N
	case 'M':
		months = m.length.N
	}
	if months > 0 {
		if unit == "months" {
			return strconv.Itoa(months) + " months", true
		}
		return strconv.Itoa(months) + " months", unit == "days"
	}
	per := map[string]int{"minutes": 1, "hours": 60, "days": 24 * 60}
	if n := per[unit]; n > 0 && minutes%n == 0 {
		return strconv.Itoa(minutes/n) + " " + unit, true
	}
	for _, other := range []string{"days", "hours", "minutes"} {
		if minutes%per[other] == 0 {
			return strconv.Itoa(minutes/per[other]) + " " + other, unit != "months" || other == "days"
		}
	}
	return "", false
}
