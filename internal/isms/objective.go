package isms

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/toucan-grc/toucan/internal/cadence"
	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/people"
	"github.com/toucan-grc/toucan/internal/problem"
)

// Objective is something the management system wants to reach, and how that is
// measured (ISO/IEC 27001:2022, 6.2).
type Objective struct {
	Kept         `json:"-"`
	Seed         string          `json:"seed,omitempty"`
	Title        string          `json:"title"`
	Metric       string          `json:"metric"` // what is measured
	Unit         string          `json:"unit"`
	Target       ObjectiveTarget `json:"target"`
	Source       string          `json:"source"`    // of the live figures; empty: measured by hand
	ReadFrom     string          `json:"read_from"` // where the figure comes from, in words
	MeasureEvery string          `json:"measure_every"`
	From         cadence.Date    `json:"from"`            // day in the first period that is measured
	Owner        string          `json:"owner,omitempty"` // person; empty: who holds OwnerRole
	OwnerRole    string          `json:"owner_role,omitempty"`
	Requirements []string        `json:"requirements,omitempty"`
	Plan         ObjectivePlan   `json:"plan"`
}

// ObjectivePlan is how the objective is to be reached.
type ObjectivePlan struct {
	What      string       `json:"what"`
	Resources string       `json:"resources"`
	Who       string       `json:"who"`
	When      cadence.Date `json:"when"`
	Evaluated string       `json:"evaluated"`
}

// Missing names what 6.2 asks of a plan and the plan does not say.
func (p ObjectivePlan) Missing() []string {
	var out []string
	for _, x := range []struct {
		there bool
		word  string
	}{{p.What != "", "what will be done"}, {p.Resources != "", "with which resources"}, {p.Who != "", "who answers for it"}, {p.When.Known(), "by when"}, {p.Evaluated != "", "how results are evaluated"}} {
		if !x.there {
			out = append(out, x.word)
		}
	}
	return out
}

var targetOps = []string{">=", "<=", ">", "<", "="}

// TargetOps are the ways in which a value can lie to a target.
func TargetOps() []string { return slices.Clone(targetOps) }

// ObjectiveTarget is what a value is held against.
type ObjectiveTarget struct {
	Op     string  `json:"op"`
	Number float64 `json:"number"`
}

// Met reports whether a value reaches the target.
func (t ObjectiveTarget) Met(v float64) bool {
	switch t.Op {
	case ">=":
		return v >= t.Number
	case "<=":
		return v <= t.Number
	case ">":
		return v > t.Number
	case "<":
		return v < t.Number
	case "=":
		return v == t.Number
	}
	return false
}

// Lower reports whether less is better.
func (t ObjectiveTarget) Lower() bool { return strings.HasPrefix(t.Op, "<") }

// Words is the target as a page writes it: "≥ 98 percent".
func (t ObjectiveTarget) Words(unit string) string {
	op := t.Op
	switch op {
	case ">=":
		op = "≥"
	case "<=":
		op = "≤"
	}
	return op + " " + Amount(t.Number, unit)
}

// String is the target as a file holds it: ">=98".
func (t ObjectiveTarget) String() string { return t.Op + strconv.FormatFloat(t.Number, 'f', -1, 64) }

func errTarget() error {
	return problem.Field("target", "A target is an operator and a number, such as >=98 or <=0. The operators are >=, <=, >, < and =.")
}

// Amount is a value in its unit: "98.5 percent", "3 hours", "2".
func Amount(v float64, unit string) string {
	n := strconv.FormatFloat(math.Round(v*10)/10, 'f', -1, 64)
	switch unit {
	case "count", "":
		return n
	case "percent":
		return n + " %"
	case "hours", "days":
		if v == 1 {
			return n + " " + strings.TrimSuffix(unit, "s")
		}
	}
	return n + " " + unit
}

// ObjectiveUnits are the units a figure can have.
func ObjectiveUnits() []string { return []string{"percent", "count", "hours", "days"} }

// MeasureIntervals are how often an objective can be measured.
func MeasureIntervals() []string { return []string{"P7D", "P1M", "P3M", "P6M", "P1Y"} }

// Every is how often it is measured.
func (o Objective) Every() cadence.Frequency {
	f, _ := ReadEvery(o.MeasureEvery)
	return f
}

// Hand reports whether a person has to measure it.
func (o Objective) Hand() bool { return o.Source == "" }

func (o Objective) checked(ctx context.Context, tx *db.Tx, org string, today cadence.Date) (Objective, error) {
	var err error
	if o.Title, err = entryLine("title", "The objective", o.Title); err != nil {
		return o, err
	}
	if o.Metric, err = entryLine("metric", "What is measured", o.Metric); err != nil {
		return o, err
	}
	if !slices.Contains(ObjectiveUnits(), o.Unit) {
		return o, problem.Field("unit", "Choose a unit: percent, count, hours or days.")
	}
	if !slices.Contains(targetOps, o.Target.Op) || math.IsNaN(o.Target.Number) || math.Abs(o.Target.Number) > 1e9 {
		return o, errTarget()
	}
	if !slices.Contains(MeasureIntervals(), o.MeasureEvery) {
		return o, problem.Field("measure_every", "Say how often it is measured: P7D, P1M, P3M, P6M or P1Y.")
	}
	if o.Source != "" {
		src, ok := FindSource(o.Source)
		if !ok {
			return o, problem.Field("source", "Toucan has no such figure. Choose one of the list, or measure by hand.")
		}
		if src.Unit != o.Unit {
			return o, problem.Field("unit", fmt.Sprintf("%s is counted in %s. Choose that unit, or measure by hand.", src.Label, src.Unit))
		}
	}
	if !o.From.Known() {
		o.From = today
	}
	if o.From > today+366 || o.From < today-5*366 {
		return o, problem.Field("from", "The first day lies too far away. Write it like 2026-03-01.")
	}
	if o.ReadFrom, err = db.Line("read_from", "Where it is read", o.ReadFrom, maxEntryLine); err != nil {
		return o, err
	}
	if o.OwnerRole != "" {
		if _, ok := people.FindDutyRole(o.OwnerRole); !ok {
			return o, problem.Field("owner_role", "There is no such role. Choose one of the list.")
		}
	}
	if o.Owner == "" && o.OwnerRole == "" {
		return o, problem.Field("owner", "Say who answers for it: a person or a role.")
	}
	if err := checkPerson(ctx, tx, org, "owner", o.Owner); err != nil {
		return o, err
	}
	if o.Plan, err = o.Plan.checked(); err != nil {
		return o, err
	}
	o.Requirements, err = checkRequirements(o.Requirements)
	return o, err
}

func (p ObjectivePlan) checked() (ObjectivePlan, error) {
	var err error
	for _, x := range []struct {
		text         *string
		field, label string
	}{{&p.What, "what", "What will be done"}, {&p.Resources, "resources", "The resources"}, {&p.Who, "who", "Who answers for it"}, {&p.Evaluated, "evaluated", "How results are evaluated"}} {
		if *x.text, err = db.Prose(x.field, x.label, *x.text, maxEntryText); err != nil {
			return p, err
		}
	}
	if p.When.Known() && (p.When < cadence.On(2000, time.January, 1) || p.When > cadence.On(2100, time.January, 1)) {
		return p, problem.Field("when", "This day lies too far away. Write it like 2026-03-01.")
	}
	return p, nil
}

// MeasureKnown says what a measure knows. The values are stored.
type MeasureKnown string

const (
	Valued  MeasureKnown = "value"
	Nothing MeasureKnown = "empty" // whoever looked found nothing to measure: nobody left in the month
	NoValue MeasureKnown = "none"  // nobody can tell
)

// Measure is the value of an objective over one period, as it was taken then.
type Measure struct {
	ID        string
	Objective string
	Days      cadence.Days
	Known     MeasureKnown
	Value     float64
	Num, Den  int    // of a share: 48 of 50; Den is negative when it is none
	Source    string // of the live figures; empty: by hand
	Item      string // id of the evidence it was read from
	Words     string // how it came about, or what was said
	At        time.Time
	By        string // account; empty: Toucan took it by itself
	ByName    string
}

// Share is "48 of 50", or empty.
func (m Measure) Share() string {
	if m.Den < 0 {
		return ""
	}
	return fmt.Sprintf("%d of %d", m.Num, m.Den)
}

// PeriodVerdict says how a period went.
type PeriodVerdict string

const (
	TargetMet    PeriodVerdict = "met"
	TargetMissed PeriodVerdict = "missed"
	NoData       PeriodVerdict = "no_data" // counts as a miss
	NothingToDo  PeriodVerdict = "nothing" // neither met nor missed
	Awaited      PeriodVerdict = "awaited" // the period is over and there is still time to measure it
	Running      PeriodVerdict = "running"
)

// Label is the verdict as a page writes it.
func (v PeriodVerdict) Label() string {
	switch v {
	case TargetMet:
		return "Met"
	case TargetMissed:
		return "Missed"
	case NoData:
		return "No data, a miss"
	case NothingToDo:
		return "Nothing to measure"
	case Awaited:
		return "To be measured"
	}
	return "Running"
}

// measureDays is how many days after the end of a period somebody has to measure it
// before it counts as a miss.
const measureDays = 7

// ObjectivePeriod is one period of an objective and how it went.
type ObjectivePeriod struct {
	Days    cadence.Days
	Target  ObjectiveTarget // as it was on the last day
	Unit    string
	Partly  bool     // a change or a return cut it short: it counts when measured, and is no miss otherwise
	Measure *Measure // the one that counts, or nil
	Earlier int      // measures of the period that were corrected
	Verdict PeriodVerdict
	Why     string
}

// Track is an objective and how it went so far.
type Track struct {
	Objective Objective
	Periods   []ObjectivePeriod // the oldest first, the running one last
	Met       int               // periods that are over
	Missed    int               // those without data among them
	NoData    int
	Nothing   int
	State     PeriodVerdict // of the last period that was judged; Running while there is none
	Move      string        // "better", "worse", "the same" since the period before, or empty
	Why       string
	Plan      []string // what the plan does not say
}

// Judged is how many periods count.
func (t Track) Judged() int { return t.Met + t.Missed }

// Last returns the last period that is over and was judged.
func (t Track) Last() (ObjectivePeriod, bool) {
	for i := len(t.Periods) - 1; i >= 0; i-- {
		if v := t.Periods[i].Verdict; v != Running && v != Awaited {
			return t.Periods[i], true
		}
	}
	return ObjectivePeriod{}, false
}

// maxPeriods is how many periods of an objective are judged: of older ones the
// measures stay and are not shown.
const maxPeriods = 130

// JudgeObjective works out how each period of an objective went. versions are all
// versions of it, the oldest first: each period is held against the target of its
// last day. A period that is over and has no value is a miss.
func JudgeObjective(versions []Objective, measures []Measure, zones cadence.Zones, today cadence.Date) Track {
	t := Track{State: Running}
	if len(versions) == 0 {
		return t
	}
	o := versions[len(versions)-1]
	t.Objective, t.Plan = o, o.Plan.Missing()
	if !o.Every().Known() || !o.From.Known() {
		t.Why = "It does not say how often it is measured."
		return t
	}
	newest := map[cadence.Days]*Measure{}
	earlier := map[cadence.Days]int{}
	for i := range measures {
		m := &measures[i]
		if have := newest[m.Days]; have != nil {
			earlier[m.Days]++
			if m.At.Before(have.At) || m.At.Equal(have.At) && m.ID < have.ID {
				continue
			}
		}
		newest[m.Days] = m
	}
	list := objectiveRhythm(versions, zones).periods(today)
	if n := len(list) - maxPeriods; n > 0 {
		list = list[n:]
	}
	for _, x := range list {
		p := ObjectivePeriod{Days: x.Period, Partly: x.Partly, Measure: newest[x.Period], Earlier: earlier[x.Period]}
		if p.Partly && p.Measure == nil && today > p.Days.To {
			continue // cut short, and nothing was measured
		}
		in := targetAt(versions, zones.End(p.Days.To))
		p.Target, p.Unit = in.Target, in.Unit
		p.judge(zones, today)
		t.count(p)
	}
	t.conclude()
	return t
}

// targetAt returns the version that held just before a moment; the first one where
// it was written later, because the objective was set for a day in the past.
func targetAt(versions []Objective, end time.Time) Objective {
	out := versions[0]
	for _, v := range versions {
		if v.At.Before(end) {
			out = v
		}
	}
	return out
}

func (p *ObjectivePeriod) judge(zones cadence.Zones, today cadence.Date) {
	over := today > p.Days.To
	m := p.Measure
	switch {
	case m != nil && m.Known == Valued:
		value := Amount(m.Value, p.Unit)
		if s := m.Share(); s != "" {
			value += " (" + s + ")"
		}
		if !over {
			p.Verdict, p.Why = Running, value+" so far."
			return
		}
		p.Verdict, p.Why = TargetMissed, value+" against a target of "+p.Target.Words(p.Unit)+"."
		if p.Target.Met(m.Value) {
			p.Verdict = TargetMet
		}
		if on := zones.DateOf(m.At); on > p.Days.To+measureDays {
			p.Why += fmt.Sprintf(" It was entered on %s, after the %d days there are.", statementDay(on), measureDays)
		}
	case m != nil && m.Known == Nothing && over:
		p.Verdict, p.Why = NothingToDo, m.Words
	case m != nil && over:
		p.Verdict, p.Why = NoData, "No value, which counts as a miss: "+m.Words
	case !over:
		p.Verdict, p.Why = Running, fmt.Sprintf("The period runs until %s.", statementDay(p.Days.To))
	case today <= p.Days.To+measureDays:
		p.Verdict, p.Why = Awaited, fmt.Sprintf("The period is over. It counts as a miss if nobody measures it by %s.", statementDay(p.Days.To+measureDays))
	default:
		p.Verdict, p.Why = NoData, "Nobody measured this period, which counts as a miss."
	}
}

func (t *Track) count(p ObjectivePeriod) {
	t.Periods = append(t.Periods, p)
	switch p.Verdict {
	case TargetMet:
		t.Met++
	case TargetMissed:
		t.Missed++
	case NoData:
		t.Missed++
		t.NoData++
	case NothingToDo:
		t.Nothing++
	}
}

// conclude says how the objective stands as a whole.
func (t *Track) conclude() {
	last, ok := t.Last()
	if !ok {
		t.Why = "No period is over yet."
		return
	}
	t.State = last.Verdict
	t.Why = fmt.Sprintf("%s: %s", last.Days, last.Why)
	if n := t.Judged(); n > 0 {
		t.Why += fmt.Sprintf(" Met in %d of %d periods", t.Met, n)
		if t.NoData > 0 {
			t.Why += fmt.Sprintf(", %d of them without data", t.NoData)
		}
		t.Why += "."
	}
	var values []float64
	for i := len(t.Periods) - 1; i >= 0 && len(values) < 2; i-- {
		if m := t.Periods[i].Measure; m != nil && m.Known == Valued && t.Periods[i].Verdict != Running {
			values = append(values, m.Value)
		}
	}
	if len(values) < 2 {
		return
	}
	switch d := values[0] - values[1]; {
	case d == 0:
		t.Move = "the same"
	case d > 0 != t.Objective.Target.Lower():
		t.Move = "better"
	default:
		t.Move = "worse"
	}
}
