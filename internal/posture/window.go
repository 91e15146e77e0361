package posture

import (
	"slices"
	"time"

	"github.com/toucan-grc/toucan/internal/cadence"
)

// Question is what is asked about operation: an observation window, which is
// Type 2, or one moment, which is Type 1.
type Question struct {
	Window  cadence.Days  // both days part of it; none asks about a moment
	At      Moment        // the moment, when there is no window
	Zones   cadence.Zones // of the organisation; a day is what they say
	KnownAt Moment        // as known then: only what was filed by then and not yet out; zero: as true then, with what is known now
	Accepts Accepts       // proof counts that one of these families takes; zero: any
	Now     Moment        // nothing is judged beyond it
}

// State says how a control operated over a window, or stood at a moment.
type State string

// The states of operation, best first: a control has the worst of its parts. A
// stretch about which nobody can say anything is worse than an exception, which
// at least was seen.
const (
	Effective  State = "effective"   // all of it holds
	NotYetDue  State = "not_yet_due" // nothing was due yet and nothing was done
	Exceptions State = "exceptions"  // missed, late, failed, or an exception in a sample
	Gap        State = "gap"         // stretches without data
	Unknown    State = "unknown"     // no data at all, or nobody said what would be asked
)

// States lists every state of operation, best first.
func States() []State { return []State{Effective, NotYetDue, Exceptions, Gap, Unknown} }

// Words returns the state as a person reads it.
func (s State) Words() string {
	if s == NotYetDue {
		return "not yet due"
	}
	return string(s)
}

// worse returns the worse of two states; no state is better than any.
func worse(a, b State) State {
	if a.rank() >= b.rank() {
		return a
	}
	return b
}

// rank is the place of a state in States; no state comes before all.
func (s State) rank() int {
	switch s {
	case Effective:
		return 1
	case NotYetDue:
		return 2
	case Exceptions:
		return 3
	case Gap:
		return 4
	case Unknown:
		return 5
	}
	return 0
}

// ShortestWindow is the shortest customary window of a Type 2 report that begins on a
// day: three months, however many days these have.
func ShortestWindow(from cadence.Date) cadence.Days {
	return cadence.Days{From: from, To: from.AddMonths(3) - 1}
}

// LongestWindow is the longest customary one: twelve months.
func LongestWindow(from cadence.Date) cadence.Days {
	return cadence.Days{From: from, To: from.AddMonths(12) - 1}
}

// Warnings says what is unusual about the question itself, in sentences. It is
// answered all the same.
func (q Question) Warnings() []string {
	if !q.Window.Known() {
		return nil
	}
	var out []string
	switch {
	case q.Window.To < ShortestWindow(q.Window.From).To:
		out = append(out, "The window is shorter than three months; auditors seldom accept that for a Type 2 report.")
	case q.Window.To > LongestWindow(q.Window.From).To:
		out = append(out, "The window is longer than twelve months; a Type 2 report usually covers twelve at most.")
	}
	if q.Horizon() < MomentOf(q.Zones.End(q.Window.To)) {
		out = append(out, "The window reaches beyond "+q.Zones.DateOf(q.Horizon().Time()).String()+", so it is judged up to then.")
	}
	return out
}

// Horizon is the last moment of which anything is known: now, or the moment as
// of which knowledge is asked for.
func (q Question) Horizon() Moment {
	if q.KnownAt != 0 && q.KnownAt < q.Now {
		return q.KnownAt
	}
	return q.Now
}

// Judge answers one question for any number of controls. It is immutable once
// made and safe for concurrent use.
type Judge struct {
	q       Question
	days    cadence.Days // the window, or the day of the moment
	horizon Moment       // nothing later is known
	opens   Moment       // first moment of the window
	closes  Moment       // first moment after the window, or the horizon where that comes first
	today   cadence.Date // the day of the horizon
	last    cadence.Date // last day judged: of the window, or today where that comes first
	first   cadence.Date // day of starts[0]
	starts  []Moment     // first moments of the days around the window
}

// Days before the window and after today that are looked up in a table, and how far
// back it goes at most. Days beyond it only take longer.
const (
	margin  = 3 * 366
	ahead   = 366
	longest = 12 * 366
)

// Ask prepares a question.
func Ask(q Question) *Judge {
	if q.Accepts == 0 {
		q.Accepts = ByAll
	}
	j := &Judge{q: q, horizon: q.Horizon()}
	window := q.Window
	if !window.Known() {
		j.horizon = min(j.horizon, q.At)
		d := q.Zones.DateOf(q.At.Time())
		window = cadence.Days{From: d, To: d}
	}
	j.today = q.Zones.DateOf(j.horizon.Time())
	j.first = max(min(window.From, j.today)-margin, j.today-longest)
	j.starts = starts(q.Zones, j.first, j.today+ahead)
	j.days = window
	j.opens, j.closes = j.start(window.From), min(j.start(window.To+1), j.horizon)
	j.last = min(window.To, j.today)
	return j
}

// starts returns the first moments of the days from first to last. Most begin at
// midnight, 24 hours after the one before and with its offset; the others are looked up.
func starts(zones cadence.Zones, first, last cadence.Date) []Moment {
	out := make([]Moment, last-first+1)
	var before time.Time
	offset := 0
	for i := range out {
		d := first + cadence.Date(i)
		zone := zones.Of(d)
		t := before.Add(24 * time.Hour).In(zone)
		_, now := t.Zone()
		midnight := t.Unix()+int64(now) == int64(d)*86_400
		if i == 0 || now != offset || !midnight || slices.ContainsFunc(zones, func(z cadence.Zone) bool { return z.From == d }) {
			t = zones.Start(d).In(zone)
			_, now = t.Zone()
		}
		out[i], before, offset = Moment(t.UnixMicro()), t, now
	}
	return out
}

// Question returns what the judge was asked.
func (j *Judge) Question() Question { return j.q }

// start is the first moment of a day.
func (j *Judge) start(d cadence.Date) Moment {
	if i := int(d - j.first); i >= 0 && i < len(j.starts) {
		return j.starts[i]
	}
	return MomentOf(j.q.Zones.Start(d))
}

const day = Moment(24 * time.Hour / time.Microsecond)

// dayOf is the civil day of a moment.
func (j *Judge) dayOf(m Moment) cadence.Date {
	n := len(j.starts)
	if m < j.starts[0] || m >= j.starts[n-1] {
		return j.q.Zones.DateOf(m.Time())
	}
	i := min(int((m-j.starts[0])/day), n-2)
	for j.starts[i] > m {
		i--
	}
	for j.starts[i+1] <= m {
		i++
	}
	return j.first + cadence.Date(i)
}

// counts reports whether a proof says anything in this question.
func (j *Judge) counts(p *Proof) bool {
	switch {
	case p.Captured > j.horizon || p.Accepts&j.q.Accepts == 0:
		return false
	case j.q.KnownAt != 0:
		return p.Filed <= j.q.KnownAt && (p.Out == 0 || p.Out > j.q.KnownAt)
	}
	return !p.Wrong
}

// ends is the first moment at which a proof may no longer be relied on; zero
// when there is none yet.
func (j *Judge) ends(p *Proof) Moment {
	if j.q.KnownAt == 0 && p.Out != 0 && (p.Lapses == 0 || p.Out < p.Lapses) {
		return p.Out
	}
	return p.Lapses
}
