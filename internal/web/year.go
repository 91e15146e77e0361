package web

import (
	"fmt"
	"strconv"

	"github.com/toucan-grc/toucan/internal/cadence"
	"github.com/toucan-grc/toucan/internal/posture"
	"github.com/toucan-grc/toucan/internal/result"
)

// year is how a control was carried out over a stretch of days, drawn as one strip:
// when it had to be done and what became of it, what was filed, what tests found.
type year struct {
	ID      string // of the drawing within the page
	Label   string // the whole in one sentence
	Days    cadence.Days
	Rows    []yearRow
	Ticks   []yearTick
	Edges   []string    // where the window begins and ends, and where the control began or ended
	Outside []stripBand // days on which it is not judged
	Now     string      // or empty
	Height  int
	Lines   []yearLine // the same as a table
}

// yearRow is one line of the drawing.
type yearRow struct {
	Name  string
	Y     int // top
	Bands []stripBand
	Marks []yearMark
}

type stripBand struct{ Class, X, Width, Title string }

type yearMark struct{ Kind, X, Title string }

type yearTick struct{ X, Text string }

// yearLine is one line of the table beneath: what happened, when, and what it means.
type yearLine struct {
	From, To, What string
	Kind, Words    string
}

const (
	yearHead = 18 // height of the names of the months
	yearTall = 22 // height of a row
)

// scale places days and moments on the strip.
type scale struct {
	days  cadence.Days
	zones cadence.Zones
	from  posture.Moment
	to    posture.Moment
}

func scaleOf(days cadence.Days, zones cadence.Zones) scale {
	return scale{days, zones, posture.MomentOf(zones.Start(days.From)), posture.MomentOf(zones.End(days.To))}
}

// at is the place of a moment, from 0 to 100.
func (s scale) at(m posture.Moment) float64 {
	m = max(s.from, min(s.to, m))
	return 100 * float64(m-s.from) / float64(s.to-s.from)
}

func (s scale) day(d cadence.Date) float64 {
	d = max(s.days.From, min(s.days.To+1, d))
	return 100 * float64(d-s.days.From) / float64(s.days.Len())
}

func pct(x float64) string { return strconv.FormatFloat(x, 'f', 2, 64) + "%" }

// band returns the stretch between two places, at least as wide as can be seen.
func (s scale) band(class string, from, to float64, title string) (stripBand, bool) {
	if to <= from {
		return stripBand{}, false
	}
	return stripBand{class, pct(from), pct(max(to-from, .25)), title}, true
}

func (s scale) onDay(m posture.Moment) string { return onDay(s.zones.DateOf(m.Time())) }

// yearOf draws what posture said of a control, over the days that are shown.
func yearOf(o *posture.Operation, f posture.Operated, q posture.Question, days cadence.Days) year {
	s := scaleOf(days, q.Zones)
	y := year{ID: "y-" + o.Control, Days: days, Ticks: s.ticks()}
	y.Label = o.Code + ", " + f.State.Words() + ": " + yearSums(f)
	y.outside(s, o, q)
	y.occurrences(s, f)
	y.evidence(s, o, f, q)
	y.tests(s, o, f, q)
	y.Height = yearHead + yearTall*len(y.Rows)
	for i := range y.Rows {
		y.Rows[i].Y = yearHead + yearTall*i
	}
	return y
}

// yearSums counts what is in the strip.
func yearSums(f posture.Operated) string {
	count := map[posture.Outcome]int{}
	for _, x := range f.Occurrences {
		count[x.Outcome]++
	}
	out := ""
	for _, k := range []posture.Outcome{posture.Met, posture.Late, posture.Missed, posture.Due} {
		if count[k] > 0 {
			out += fmt.Sprintf("%d %s, ", count[k], k.Words())
		}
	}
	return out + plural(len(f.Holes), "uncovered stretch", "uncovered stretches") + ", " + plural(len(f.Failures), "failed stretch", "failed stretches")
}

// ticks are the months, each at its first day; a long stretch names every third.
func (s scale) ticks() []yearTick {
	y, m, _ := s.days.From.Civil()
	months := s.days.Len() / 30
	step := 1 + months/14
	var out []yearTick
	for d := cadence.On(y, m, 1); d <= s.days.To; d = d.AddMonths(1) {
		dy, dm, _ := d.Civil()
		if d < s.days.From && s.days.From-d > 12 {
			continue // the name of a month that is nearly over would run into the next
		}
		if (int(dm)-1)%step != 0 {
			continue
		}
		text := dm.String()[:3]
		if dm == 1 {
			text = strconv.Itoa(dy) // January is where the year begins; both would run into February
		}
		out = append(out, yearTick{pct(s.day(d)), text})
	}
	return out
}

// outside shades what is not judged: before the control began, after it ended,
// before and after the window, and what is still to come.
func (y *year) outside(s scale, o *posture.Operation, q posture.Question) {
	shade := func(from, to float64, title string) {
		if b, ok := s.band("outside", from, to, title); ok {
			y.Outside = append(y.Outside, b)
		}
	}
	window := q.Window
	if !window.Known() {
		window = s.days
	}
	begin, end := s.day(window.From), s.day(window.To+1)
	if o.Since > window.From {
		begin = s.day(o.Since)
		y.Lines = append(y.Lines, yearLine{onDay(o.Since), "", "Began to operate; it is judged from here.", "", ""})
	}
	if o.Until.Known() && o.Until < window.To {
		end = s.day(o.Until + 1)
		y.Lines = append(y.Lines, yearLine{onDay(o.Until), "", "Operated for the last time.", "", ""})
	}
	horizon := s.at(q.Horizon())
	shade(0, begin, "Not judged")
	shade(min(end, horizon), 100, "Not judged")
	for _, x := range []float64{begin, end} {
		if x > 0 && x < 100 {
			y.Edges = append(y.Edges, pct(x))
		}
	}
	if horizon > 0 && horizon < 100 {
		y.Now = pct(horizon)
	}
}

// occurrences draws the periods, each with what became of it on the day it fell due.
func (y *year) occurrences(s scale, f posture.Operated) {
	if len(f.Occurrences) == 0 {
		return
	}
	row := yearRow{Name: "When due"}
	if len(f.Occurrences) > maxPeriods {
		y.runs(s, f, &row)
		y.Rows = append(y.Rows, row)
		return
	}
	for _, x := range f.Occurrences {
		words := x.Outcome.Words()
		title := onDay(x.Period.From) + " to " + onDay(x.Period.To) + ": " + words
		if b, ok := s.band("held", s.day(x.Period.From), s.day(x.Period.To+1), title); ok {
			row.Bands = append(row.Bands, b)
		}
		row.Marks = append(row.Marks, yearMark{string(x.Outcome), pct((s.day(x.Period.From) + s.day(x.Period.To+1)) / 2), title})
		what := "Had to be done by " + onDay(x.Due)
		if x.Partly {
			what = "Could be done; a change of interval closed the period early"
		}
		if n := len(x.Proofs); n > 0 {
			what += ", " + plural(n, "item", "items") + " filed for it"
		}
		y.Lines = append(y.Lines, yearLine{onDay(x.Period.From), onDay(x.Period.To), what + ".", string(x.Outcome), words})
	}
	y.Rows = append(y.Rows, row)
}

// maxPeriods is how many periods are drawn one by one; a daily control over a year
// is drawn, and listed, by what became of it so many times in a row.
const maxPeriods = 60

func (y *year) runs(s scale, f posture.Operated, row *yearRow) {
	for from := 0; from < len(f.Occurrences); {
		first, to := f.Occurrences[from], from
		for to < len(f.Occurrences) && f.Occurrences[to].Outcome == first.Outcome {
			to++
		}
		last, n, words := f.Occurrences[to-1], to-from, first.Outcome.Words()
		title := onDay(first.Period.From) + " to " + onDay(last.Period.To) + ": " + words + ", " + plural(n, "period", "periods in a row")
		class := map[posture.Outcome]string{posture.Met: "band-proof", posture.Due: "held"}[first.Outcome]
		if class == "" {
			class = "band-fail"
		}
		if b, ok := s.band(class, s.day(first.Period.From), s.day(last.Period.To+1), title); ok {
			row.Bands = append(row.Bands, b)
		}
		if first.Outcome != posture.Met && class != "band-fail" || n <= 3 && first.Outcome != posture.Met {
			row.Marks = append(row.Marks, yearMark{string(first.Outcome), pct((s.day(first.Period.From) + s.day(last.Period.To+1)) / 2), title})
		}
		y.Lines = append(y.Lines, yearLine{onDay(first.Period.From), onDay(last.Period.To), plural(n, "period", "periods in a row") + ".", string(first.Outcome), words})
		from = to
	}
}

// maxDots is how many items one strip draws; a control with more is drawn by its stretches.
const maxDots = 400

// evidence draws each item at its capture and as long as it may be relied on, and
// hatches what nothing covers.
func (y *year) evidence(s scale, o *posture.Operation, f posture.Operated, q posture.Question) {
	row := yearRow{Name: "Evidence"}
	for _, c := range f.Covered {
		if b, ok := s.band("band-proof", s.at(c.From), s.at(c.To), "Covered"); ok {
			row.Bands = append(row.Bands, b)
		}
	}
	shown, reach := 0, posture.Moment(0) // until when it is drawn already: bands are translucent
	for i := range o.Proofs {
		p := &o.Proofs[i]
		if p.Captured < s.from && (p.Lapses == 0 || p.Lapses < s.from) || p.Captured >= s.to || p.Captured > q.Horizon() || q.KnownAt != 0 && p.Filed > q.KnownAt {
			continue
		}
		if shown++; shown > maxDots {
			break
		}
		void := q.KnownAt == 0 && p.Wrong || p.Out != 0 && q.KnownAt != 0 && p.Out <= q.KnownAt
		if end := lapse(p); !void && len(f.Covered) == 0 && end > reach {
			from := max(p.Captured, reach)
			reach = end
			if b, ok := s.band("band-proof", s.at(from), s.at(end), "Current from "+s.onDay(p.Captured)+" until "+s.onDay(end)); ok {
				row.Bands = append(row.Bands, b)
			}
		}
		if p.Captured < s.from {
			continue
		}
		kind, title := "dot-proof", "Captured "+s.onDay(p.Captured)
		if void {
			kind, title = "dot-void", title+"; does not count"
		}
		row.Marks = append(row.Marks, yearMark{kind, pct(s.at(p.Captured)), title})
	}
	for _, h := range f.Holes {
		title := "Nothing covers " + s.onDay(h.From) + " to " + s.onDay(h.To-1)
		if b, ok := s.band("band-silent", s.at(h.From), s.at(h.To), title); ok {
			row.Bands = append(row.Bands, b)
		}
		y.Lines = append(y.Lines, yearLine{s.onDay(h.From), s.onDay(h.To - 1), "Nothing covers these days: " + holeWords(h.Cause) + ".", string(posture.Gap), "gap"})
	}
	if len(row.Bands)+len(row.Marks) > 0 {
		y.Rows = append(y.Rows, row)
	}
}

func lapse(p *posture.Proof) posture.Moment {
	if p.Out != 0 && (p.Lapses == 0 || p.Out < p.Lapses) {
		return p.Out
	}
	return p.Lapses
}

func holeWords(c posture.Cause) string {
	switch c {
	case posture.Never:
		return "nothing had been filed or found before"
	case posture.Lapsed:
		return "what there was had lapsed, or speaks of other days"
	}
	return "a test said nothing, or could not tell"
}

// passed is a stretch in which a test passed for some subject.
type passed struct {
	test     string
	from, to posture.Moment
}

// passes are the stretches in which tests passed: however many devices or accounts a
// test looks at, they are drawn as one.
func passes(o *posture.Operation, q posture.Question) []passed {
	var out []passed
	for _, c := range o.Checks {
		first := len(out)
		for _, x := range c.Intervals { // by From
			if x.State != result.Pass || q.KnownAt != 0 && x.Filed > q.KnownAt {
				continue
			}
			to := min(x.To, q.Horizon())
			if last := len(out) - 1; last >= first && x.From <= out[last].to {
				out[last].to = max(out[last].to, to)
				continue
			}
			out = append(out, passed{c.Test, x.From, to})
		}
	}
	return out
}

// tests draws what tests found for all subjects together: a failure of one is a
// failure in that stretch.
func (y *year) tests(s scale, o *posture.Operation, f posture.Operated, q posture.Question) {
	if len(o.Checks) == 0 {
		return
	}
	row := yearRow{Name: "Tests"}
	for _, p := range passes(o, q) {
		if b, ok := s.band("band-pass", s.at(p.from), s.at(p.to), p.test+" passed"); ok && len(row.Bands) < maxDots {
			row.Bands = append(row.Bands, b)
		}
	}
	for _, x := range f.Failures {
		title := x.Test + " failed for " + plural(len(x.Subjects), "subject", "subjects") + ", " + s.onDay(x.From) + " to " + s.onDay(x.To-1)
		if b, ok := s.band("band-fail", s.at(x.From), s.at(x.To), title); ok {
			row.Bands = append(row.Bands, b)
			row.Marks = append(row.Marks, yearMark{"missed", b.X, title})
		}
		y.Lines = append(y.Lines, yearLine{s.onDay(x.From), s.onDay(x.To - 1), x.Test + " failed for " + plural(len(x.Subjects), "subject", "subjects") + ".", "exceptions", "failed"})
	}
	y.Rows = append(y.Rows, row)
}
