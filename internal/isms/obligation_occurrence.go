package isms

import (
	"crypto/sha256"
	"time"

	"github.com/toucan-grc/toucan/internal/cadence"
	"github.com/toucan-grc/toucan/internal/control"
	"github.com/toucan-grc/toucan/internal/posture"
)

// DutyState says how one time an obligation falls due stands on a day.
type DutyState string

const (
	DutyDone   DutyState = "done"        // in the period or its days of grace
	DutyLate   DutyState = "late"        // done for the period, after its days of grace
	DutyMissed DutyState = "missed"      // the days of grace are over and nothing shows it
	DutyDue    DutyState = "due"         // time to do it, or in its days of grace
	DutyAhead  DutyState = "not_yet_due" // there is time
)

// DutyStates lists them, what needs a person first.
func DutyStates() []DutyState {
	return []DutyState{DutyMissed, DutyDue, DutyLate, DutyAhead, DutyDone}
}

// Words is the state as a person reads it.
func (s DutyState) Words() string {
	if s == DutyAhead {
		return "not yet due"
	}
	return string(s)
}

// Occurrence is one time an obligation falls due.
type Occurrence struct {
	Period  cadence.Days
	Due     cadence.Date // last day of the period
	Until   cadence.Date // last day of grace; the next due day stays where it is
	State   DutyState
	Partly  bool // the obligation began or changed within the period: done counts, not done is not missed
	Every   cadence.Frequency
	Because string
	Shown   []Record     // what shows it, the oldest first
	Filed   cadence.Date // first day on which any of that was on record here; none: nothing shows it
}

// FiledLate reports whether it counts as done in time by the day somebody named,
// and nothing was on record here until the days of grace were over.
func (x Occurrence) FiledLate() bool { return x.State == DutyDone && x.Filed > x.Until }

// Words is how it stands, as a person reads it.
func (x Occurrence) Words() string {
	if x.FiledLate() {
		return "done, filed late"
	}
	return x.State.Words()
}

// Mark is the shape it is shown with.
func (x Occurrence) Mark() string {
	if x.FiledLate() {
		return "warn"
	}
	return x.State.Mark()
}

// ObligationAct is a person's word that an obligation was met for a period, with evidence.
type ObligationAct struct {
	ID         string
	Obligation string
	Period     cadence.Days
	On         cadence.Date // when it was done
	Item       string       // of evidence
	ItemTitle  string
	Note       string
	At         time.Time
	By         string // account
}

// Ahead is how many days before the due day somebody is asked: a quarter of the
// time there is, from three days to thirty.
func Ahead(period cadence.Days) int { return min(max(period.Len()/4, 3), 30) }

// Occurrences works out what becomes of every time the obligation falls due within
// span: those up to today as they are, those after as they will be asked. Judge
// must look back as far. What the trail has counts when it closes the obligation.
func (o Obligation) Occurrences(j *Judging, b Binding, t *Trail, acts []ObligationAct, span cadence.Days) []Occurrence {
	return o.occurrences(o.Intervals(b), j, b, t, acts, span)
}

func (o Obligation) occurrences(intervals []Interval, j *Judging, b Binding, t *Trail, acts []ObligationAct, span cadence.Days) []Occurrence {
	op := o.operation(intervals)
	planned := op.Schedule(span)
	out := make([]Occurrence, 0, len(planned))
	said, wants := saidRecords(acts, b.Zones), o.wants()
	for i, w := range wants {
		op.Proofs = w.proofs(wants[:i], t, acts, b.Zones)
		judged := j.judge.Occurrences(op.Operation) // by period, as those planned are
		for len(planned) > 0 && (!w.until.Known() || planned[0].Due < w.until) {
			x := planned[0]
			planned = planned[1:]
			for len(judged) > 0 && judged[0].Period.From < x.Period.From {
				judged = judged[1:]
			}
			if len(judged) > 0 && judged[0].Period.From == x.Period.From {
				x.Outcome, x.Proofs = judged[0].Outcome, judged[0].Proofs
			}
			oc := op.occurrence(x, j.Today, b.Zones, t, said)
			if x.Partly && x.Due < j.Today && oc.State != DutyDone {
				continue // closed early and nothing was missed
			}
			out = append(out, oc)
		}
	}
	return out
}

// occurrence is one that was judged, with what shows it.
func (op operated) occurrence(x posture.Occurrence, today cadence.Date, zones cadence.Zones, t *Trail, said map[posture.ID]Record) Occurrence {
	r := op.intervals[x.Rhythm]
	oc := Occurrence{Period: x.Period, Due: x.Due, Until: x.Late - 1, Partly: x.Partly, Every: r.Every, Because: r.Because, State: stateOf(x, today)}
	if len(x.Proofs) > 0 {
		oc.Shown = make([]Record, 0, len(x.Proofs))
	}
	for _, id := range x.Proofs {
		r, ok := said[id]
		if !ok {
			r = t.byID[id]
		}
		oc.Shown = append(oc.Shown, r)
		if on := max(r.On, zones.DateOf(r.FiledAt)); !oc.Filed.Known() || on < oc.Filed {
			oc.Filed = on
		}
	}
	return oc
}

func stateOf(x posture.Occurrence, today cadence.Date) DutyState {
	switch x.Outcome {
	case posture.Met:
		return DutyDone
	case posture.Late:
		return DutyLate
	case posture.Missed:
		return DutyMissed
	}
	if today > x.Due-cadence.Date(Ahead(x.Period)) {
		return DutyDue
	}
	return DutyAhead
}

// Judging asks of any number of obligations how they stand on a day. It is safe for
// concurrent use.
type Judging struct {
	Today cadence.Date
	judge *posture.Judge
}

// NewJudging looks back as far as from.
func NewJudging(zones cadence.Zones, from cadence.Date, now time.Time) *Judging {
	today := zones.DateOf(now)
	q := posture.Question{Window: cadence.Days{From: min(from, today), To: today + 4000}, Zones: zones, Now: posture.MomentOf(now)}
	return &Judging{today, posture.Ask(q)}
}

// operated is an obligation as package posture judges what has a rhythm.
type operated struct {
	*posture.Operation
	intervals []Interval
}

func (o Obligation) operation(intervals []Interval) operated {
	op := operated{&posture.Operation{Control: o.ID, Code: o.Code, Kind: control.Periodic, Since: o.Since()}, intervals}
	for i, v := range intervals {
		if !v.Every.Known() && i == len(intervals)-1 {
			op.Until = v.From - 1
			op.intervals = intervals[:i]
			break
		}
		op.Rhythms = append(op.Rhythms, posture.Rhythm{From: v.From, Every: v.Every, Grace: v.Grace, Because: v.Because})
	}
	return op
}

// idOf is an id as package posture holds it; what is none of ours is hashed.
func idOf(id string) posture.ID {
	if p, err := posture.ParseID(id); err == nil {
		return p
	}
	sum := sha256.Sum256([]byte(id))
	return posture.ID(sum[:16])
}

// Present picks the occurrence to show of many: the first that needs somebody, else
// the next one, else the last.
func Present(list []Occurrence) (Occurrence, bool) {
	last := lastPast(list)
	for i, x := range list {
		if x.State == DutyDue || x.State == DutyMissed && i == last {
			return x, true
		}
	}
	for _, x := range list {
		if x.State == DutyAhead {
			return x, true
		}
	}
	if len(list) == 0 {
		return Occurrence{}, false
	}
	return list[len(list)-1], true
}

// lastPast is the place of the last occurrence that is not ahead.
func lastPast(list []Occurrence) int {
	at := -1
	for i, x := range list {
		if x.State != DutyAhead {
			at = i
		}
	}
	return at
}
