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
	ItemFiled  time.Time // when the evidence came on record
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
	op, shown := o.operation(intervals), shownBy{t, saidRecords(acts, b.Zones)}
	var out []Occurrence
	o.judged(op, j, b, t, acts, span, func(x posture.Occurrence) { out = append(out, op.occurrence(x, j.Today, shown)) })
	return out
}

// judged calls fn with what becomes of every time the obligation falls due within span.
func (o Obligation) judged(op operated, j *Judging, b Binding, t *Trail, acts []ObligationAct, span cadence.Days, fn func(posture.Occurrence)) {
	planned, wants := op.Schedule(span), o.wants()
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
			if x.Partly && x.Due < j.Today && x.Outcome != posture.Met {
				continue // closed early and nothing was missed
			}
			fn(x)
		}
	}
}

// shownBy finds the records behind proofs.
type shownBy struct {
	t    *Trail
	said map[posture.ID]Record // what persons said
}

func (s shownBy) record(id posture.ID) Record {
	if r, ok := s.said[id]; ok {
		return r
	}
	return s.t.byID[id]
}

// filed is the first day on which any of the proofs was on record here.
func (s shownBy) filed(proofs []posture.ID) cadence.Date {
	var out cadence.Date
	for _, id := range proofs {
		if on := s.record(id).filed; !out.Known() || on < out {
			out = on
		}
	}
	return out
}

// occurrence is one that was judged, with what shows it.
func (op operated) occurrence(x posture.Occurrence, today cadence.Date, shown shownBy) Occurrence {
	r := op.intervals[x.Rhythm]
	oc := Occurrence{Period: x.Period, Due: x.Due, Until: x.Late - 1, Partly: x.Partly, Every: r.Every, Because: r.Because, State: stateOf(x, today), Filed: shown.filed(x.Proofs)}
	if len(x.Proofs) > 0 {
		oc.Shown = make([]Record, 0, len(x.Proofs))
	}
	for _, id := range x.Proofs {
		oc.Shown = append(oc.Shown, shown.record(id))
	}
	return oc
}

// dutySum adds up what became of an obligation, without a list of it.
type dutySum struct {
	past, kept int                // what fell due, and what of it was done and on record in time
	due        posture.Occurrence // the first that is due
	before     posture.Occurrence // the last that is not ahead
	missed     bool               // before was
	ahead      posture.Occurrence // the first ahead
	last       posture.Occurrence
}

func (t *dutySum) add(x posture.Occurrence, state DutyState, inTime bool) {
	switch state {
	case DutyDone:
		t.past++
		if inTime {
			t.kept++
		}
	case DutyLate, DutyMissed:
		t.past++
	case DutyDue:
		if !t.due.Due.Known() {
			t.due = x
		}
	case DutyAhead:
		if !t.ahead.Due.Known() {
			t.ahead = x
		}
	}
	if state != DutyAhead {
		t.before, t.missed = x, state == DutyMissed
	}
	t.last = x
}

// present picks the occurrence to show of many: the first that needs somebody, else
// the next one, else the last.
func (t *dutySum) present() (posture.Occurrence, bool) {
	switch {
	case t.due.Due.Known():
		return t.due, true
	case t.missed:
		return t.before, true
	case t.ahead.Due.Known():
		return t.ahead, true
	}
	return t.last, t.last.Due.Known()
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
