package web

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/cadence"
	"github.com/toucan-grc/toucan/internal/control"
	"github.com/toucan-grc/toucan/internal/evidence"
)

// kindOf returns what the vocabulary calls a kind of evidence; a word of the
// organisation's own stays as it is.
func kindOf(kind string) string {
	if k, ok := control.Shipped().Kind(kind); ok {
		return k.Label
	}
	return kind
}

// kindsOf returns what the vocabulary calls each kind.
func kindsOf(kinds []string) []string {
	out := make([]string, len(kinds))
	for i, k := range kinds {
		out[i] = kindOf(k)
	}
	return out
}

// kindAbout says in a sentence what a kind of evidence shows.
func kindAbout(kind string) string {
	k, _ := control.Shipped().Kind(kind)
	return k.Description
}

// kindTyped returns the kind that a person meant: its key or its label in any case.
func kindTyped(text string) string {
	text = strings.TrimSpace(text)
	for _, k := range control.Shipped().Kinds {
		if strings.EqualFold(k.Label, text) || k.Kind == text {
			return k.Kind
		}
	}
	return text
}

// itemStanding is how an item stands on a day, as a mark, a word, and until when.
type itemStanding struct {
	Mark, Words string
	Until       string // "until 3 March 2027", or empty
	Gone        bool   // it may not be relied on whatever the day
}

// standingOf says how an item stands: what a person decided about it comes before
// what the calendar says.
func standingOf(i evidence.Item, now time.Time, zone *time.Location) itemStanding {
	switch {
	case i.Erased != nil:
		return itemStanding{Mark: "left", Words: "erased", Gone: true}
	case i.SupersededBy != "":
		return itemStanding{Mark: "left", Words: "superseded", Gone: true}
	case i.Review == evidence.Rejected:
		return itemStanding{Mark: "bad", Words: "rejected", Gone: true}
	case i.ValidFor == 0:
		return itemStanding{Mark: "good", Words: "current", Until: "does not lapse"}
	}
	lapse := i.CapturedAt.Add(i.ValidFor)
	until := dayWords(cadence.DateOf(lapse, zone))
	days := int(cadence.DateOf(lapse, zone) - cadence.DateOf(now, zone))
	switch {
	case !now.Before(lapse):
		return itemStanding{Mark: "bad", Words: "lapsed", Until: until}
	case lapse.Sub(now) <= evidence.LapsesSoon:
		return itemStanding{Mark: "warn", Words: "lapses " + inDays(days), Until: until}
	}
	return itemStanding{Mark: "good", Words: "current", Until: "until " + until}
}

// inDays says a number of days from now as a person would.
func inDays(days int) string {
	switch {
	case days == 0:
		return "today"
	case days == 1:
		return "tomorrow"
	case days == -1:
		return "yesterday"
	case days < 0:
		return plural(-days, "day", "days") + " ago"
	}
	return "in " + plural(days, "day", "days")
}

// dayWords writes a civil day, such as "3 Mar 2026".
func dayWords(d cadence.Date) string { return d.Words() }

// momentWords writes a moment in the organisation's zone.
func momentWords(t time.Time, zone *time.Location) string {
	if t.IsZero() {
		return ""
	}
	return t.In(zone).Format("2 Jan 2006, 15:04 MST")
}

func daysWords(s cadence.Days) string {
	if !s.Known() {
		return ""
	}
	return dayWords(s.From) + " to " + dayWords(s.To)
}

// bytesWords writes a size such as "1.4 MB".
func bytesWords(n int64) string {
	units := []string{"B", "kB", "MB", "GB"}
	x, i := float64(n), 0
	for x >= 1000 && i < len(units)-1 {
		x /= 1000
		i++
	}
	if i > 0 && x < 10 {
		return strconv.FormatFloat(x, 'f', 1, 64) + " " + units[i]
	}
	return strconv.FormatFloat(x, 'f', 0, 64) + " " + units[i]
}

// validWords says how long something stays current.
func validWords(d time.Duration) string {
	if d == 0 {
		return "does not lapse"
	}
	for _, v := range validFor {
		if v.days > 0 && d == time.Duration(v.days)*24*time.Hour {
			return v.words
		}
	}
	return plural(int(d/(24*time.Hour)), "day", "days")
}

// validFor lists how long evidence may be said to stay current.
var validFor = []struct {
	days  int
	words string
}{{1, "one day"}, {7, "a week"}, {31, "a month"}, {92, "a quarter"}, {184, "half a year"}, {366, "a year"}, {0, "does not lapse"}}

func validOptions() []option {
	out := []option{{"", "Choose"}}
	for _, v := range validFor {
		out = append(out, option{strconv.Itoa(v.days), upperFirst(v.words)})
	}
	return out
}

// validDays proposes how long evidence of a control that is done so often stays
// current: until the next one is due.
func validDays(often cadence.Frequency) string {
	switch often {
	case cadence.Daily:
		return "1"
	case cadence.Weekly:
		return "7"
	case cadence.Monthly:
		return "31"
	case cadence.Quarterly:
		return "92"
	case cadence.Semiannual:
		return "184"
	}
	return "366"
}

// capturedByWords says who or what captured an item.
func capturedByWords(s evidence.Source) string {
	switch s {
	case evidence.Connector:
		return "a connector"
	case evidence.Agent:
		return "the device agent"
	case evidence.System:
		return "Toucan"
	}
	return "a person"
}

// reviewChip returns the mark and the words of a review.
func reviewChip(r evidence.Review) (mark, words string) {
	switch r {
	case evidence.Accepted:
		return "good", "accepted"
	case evidence.Rejected:
		return "bad", "rejected"
	}
	return "waiting", "not reviewed"
}

// quickPeriod is one click for the stretch an item speaks of.
type quickPeriod struct{ Text, Fill string }

// quickPeriods offers the stretches people mean most often.
func quickPeriods(today cadence.Date) []quickPeriod {
	y, m, _ := today.Civil()
	quarter := cadence.On(y, (m-1)/3*3+1, 1)
	month := cadence.On(y, m, 1)
	offer := func(text string, from, to cadence.Date) quickPeriod {
		return quickPeriod{text, fmt.Sprintf("from=%s&to=%s", from, to)}
	}
	return []quickPeriod{
		offer("This quarter", quarter, quarter.AddMonths(3)-1), offer("Last quarter", quarter.AddMonths(-3), quarter-1),
		offer("Last month", month.AddMonths(-1), month-1), offer("This year", cadence.On(y, 1, 1), cadence.On(y+1, 1, 1)-1),
		offer("Last year", cadence.On(y-1, 1, 1), cadence.On(y, 1, 1)-1), {"None", "from=&to="},
	}
}

// evidenceHome is where the entry of the navigation leads: to the library, or for
// those who may only answer to what they were asked.
func evidenceHome(slug string, can func(access.Action) bool) string {
	if can(access.ViewEvidence) {
		return orgPath(slug, "evidence")
	}
	return orgPath(slug, "requests")
}

// trailLine says what became of an item.
func (b *book) trailLine(a evidence.Act, names map[string]string) trailLine {
	line := trailLine{What: upperFirst(a.Words), By: nameOf(names, a.Account), At: momentWords(a.At, b.Zone), Note: a.Note}
	var codes []string
	for _, t := range a.Tags {
		if c, ok := b.byID(t.Control); ok {
			codes = append(codes, c.Code)
		} else if t.Requirement.ID != "" {
			codes = append(codes, t.Requirement.ID)
		}
	}
	if len(codes) > 0 && line.Note == "" {
		line.Note = strings.Join(codes, ", ")
	}
	return line
}

// countsTitle is the head of the card of an item's tags; what was erased counts no more.
func countsTitle(i evidence.Item) string {
	if i.Erased != nil {
		return "What it was filed for"
	}
	return "What it counts for"
}
