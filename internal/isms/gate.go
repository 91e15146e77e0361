package isms

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/toucan-grc/toucan/internal/cadence"
	"github.com/toucan-grc/toucan/internal/control"
	"github.com/toucan-grc/toucan/internal/evidence"
	"github.com/toucan-grc/toucan/internal/framework"
	"github.com/toucan-grc/toucan/internal/posture"
)

// GateStage is the kind of audit a row of the gate is asked at. The values stand in
// the data.
type GateStage string

const (
	GateStageOne     GateStage = "stage-1"
	GateStageTwo     GateStage = "stage-2"
	GateSurveillance GateStage = "surveillance"
	GateTypeTwo      GateStage = "soc2-type-2"
)

// Words is the stage as a person reads it.
func (g GateStage) Words() string {
	return map[GateStage]string{GateStageOne: "ISO stage 1", GateStageTwo: "ISO stage 2", GateSurveillance: "ISO surveillance", GateTypeTwo: "SOC 2 Type 2"}[g]
}

// stageOf is the stage that a date of the audits is looked at as; recertification
// asks what stage 2 does. Other dates have none.
func stageOf(k EngagementKind) (GateStage, bool) {
	switch k {
	case StageOne:
		return GateStageOne, true
	case StageTwo, Recertification:
		return GateStageTwo, true
	case Surveillance:
		return GateSurveillance, true
	case TypeTwo:
		return GateTypeTwo, true
	}
	return "", false
}

// GateRow is one thing an auditor wants to see, and how old its trail should be.
type GateRow struct {
	ID           string
	Stage        GateStage
	Item         string
	Wants        string
	Kinds        []string // of evidence; any of them shows it
	MinCount     int      // records; zero: a dated plan is enough
	MinDays      int      // age of the oldest record on the day of the audit
	Basis        Basis
	Each         bool // each of the kinds is wanted, and not any of them
	Blocker      bool // without it do not go to the audit; otherwise expect a finding
	Requirements []framework.Ref
}

// alsoShows names other kinds that show what a row asks for.
var alsoShows = map[string][]string{
	"MG-03": {"policy-approval"},
	"MG-04": {"responsibility-matrix"},
	"MG-28": {"onboarding-checklist"},
	"MG-31": {visitReport},
	"MG-32": {"management-review-minutes"},
	"MG-33": {visitReport},
}

// Rows that are looked at in a way of their own.
const (
	wholeCase     = "MG-18" // wants a case from finding to check of effect
	stageConcerns = "MG-31" // wants every concern of stage 1 answered
	yearlyPair    = "MG-32" // wants internal audit and management review
	lastFindings  = "MG-33" // wants every concern of the last visit answered
	windowLength  = "MG-35"
	insideWindow  = "MG-36" // wants what is done again and again done in the window
	populations   = "MG-37" // wants lists that speak of the window, whenever they were taken
)

// GateRows are the rows that ship.
var GateRows = sync.OnceValue(func() []GateRow {
	var out []GateRow
	for _, r := range cycleRows("maturity-gate") {
		count, err := strconv.Atoi(r["min_count"])
		if err != nil {
			panic(err)
		}
		days, err := strconv.Atoi(r["min_trail_days"])
		if err != nil {
			panic(err)
		}
		out = append(out, GateRow{ID: r["id"], Stage: GateStage(r["stage"]), Item: r["item"], Wants: r["auditor_wants"], Kinds: append([]string{r["evidence_kind"]}, alsoShows[r["id"]]...),
			Each: r["id"] == yearlyPair, MinCount: count, MinDays: days, Basis: Basis(r["basis"]), Blocker: r["severity_if_missing"] == "blocker", Requirements: cycleRefs(r["requirements"])})
	}
	return out
})

// GateState says how a row stands on the day of the audit.
type GateState string

const (
	GateReady   GateState = "ready"
	GatePlanned GateState = "planned" // nothing yet, and a dated plan is enough
	GateYoung   GateState = "too_young"
	GateFew     GateState = "too_few"
	GateMissing GateState = "missing"
)

// Words is the state as a person reads it.
func (g GateState) Words() string {
	switch g {
	case GateYoung:
		return "too young"
	case GateFew:
		return "too few"
	}
	return string(g)
}

// GateLine is a row judged for one audit.
type GateLine struct {
	GateRow
	State     GateState
	Count     int          // records by the day of the audit
	Oldest    Record       // the zero Record when there is none
	Age       int          // days of the oldest on the day of the audit
	ReadyOn   cadence.Date // first day on which an audit would find it old enough, if what is missing is made today
	Why       string
	Carries   string // what evidence of SOC 2 does for it; empty for rows of SOC 2
	ISOOnly   bool   // nothing replaces it
	Requested bool
}

// Gate is what the trail says of one audit.
type Gate struct {
	Audit    Engagement
	Stage    GateStage
	Lines    []GateLine
	Blockers int          // not ready, and not to be without
	Majors   int          // not ready, a finding to expect
	Ready    int          // ready or planned
	Honest   cadence.Date // earliest day on which every line is ready, if what is missing is made today
	HonestBy string       // the line that decides it
	Verdict  string       // one sentence
}

// GatePast is what the gate looks at beside the trail.
type GatePast struct {
	Since    cadence.Date   // first day whose records count: after the last visit, for a surveillance visit; none: all do
	Planned  []cadence.Date // days of management reviews that are planned
	Visit    Engagement     // the last visit that was held and whose concerns have to be answered; no kind: none was
	Before   Engagement     // the visit before the audit that is yet to be held; no kind: none is entered
	Next     Engagement     // stage 2 after a stage 1; no kind: none is entered
	Concerns []Concern      // what auditors from outside raised
	Duties   []WindowDuty   // what fell due again and again in the window
}

// GateFor judges the rows of an audit's stage by a trail and what else is known. It is
// pure: asked twice, it answers the same.
func GateFor(audit Engagement, t *Trail, past GatePast, today cadence.Date) Gate {
	stage, ok := stageOf(audit.Kind)
	g := Gate{Audit: audit, Stage: stage}
	if !ok {
		return g
	}
	for _, row := range GateRows() {
		if row.Stage != stage {
			continue
		}
		l := row.judge(audit, t, past, today)
		switch l.State {
		case GateReady, GatePlanned:
			g.Ready++
		default:
			if l.Blocker {
				g.Blockers++
			} else {
				g.Majors++
			}
		}
		if l.ReadyOn > g.Honest {
			g.Honest, g.HonestBy = l.ReadyOn, l.Item
		}
		g.Lines = append(g.Lines, l)
	}
	slices.SortStableFunc(g.Lines, func(a, b GateLine) int { return cmp.Compare(a.rank(), b.rank()) })
	g.Verdict = g.verdict(today)
	return g
}

// rank puts what keeps one from going first.
func (l GateLine) rank() int {
	switch {
	case l.State == GateReady:
		return 3
	case l.State == GatePlanned:
		return 2
	case l.Blocker:
		return 0
	}
	return 1
}

func (g Gate) verdict(today cadence.Date) string {
	on := g.Audit.Judged().Words()
	switch {
	case g.Audit.Judged() < today:
		return fmt.Sprintf("On %s, %d of %d lines were old enough.", on, g.Ready, len(g.Lines))
	case g.Blockers == 0 && g.Majors == 0:
		return fmt.Sprintf("Everything here will be old enough on %s.", on)
	case g.Honest > g.Audit.Judged() && g.Blockers > 0:
		return fmt.Sprintf("%s is too early: %s not old enough by then. The earliest honest date is %s, decided by %q, if what is missing is made today.", on, linesWord(g.Blockers, "line that you should not go without is", "lines that you should not go without are"), g.Honest.Words(), g.HonestBy)
	case g.Blockers > 0:
		return fmt.Sprintf("%s can be kept if what is missing is made now: %s missing.", on, linesWord(g.Blockers, "line that you should not go without is", "lines that you should not go without are"))
	case g.Honest > g.Audit.Judged():
		return fmt.Sprintf("%s can be kept, and you should expect findings on %s. Without them the earliest date is %s, if what is missing is made today.", on, linesWord(g.Majors, "line", "lines"), g.Honest.Words())
	}
	return fmt.Sprintf("%s can be kept if %s made now; otherwise expect findings.", on, linesWord(g.Majors, "line that is missing is", "lines that are missing are"))
}

func linesWord(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}

// judge looks at one row.
func (row GateRow) judge(audit Engagement, t *Trail, past GatePast, today cadence.Date) GateLine {
	l := GateLine{GateRow: row}
	l.Carries, l.ISOOnly = row.carries()
	switch row.ID {
	case windowLength:
		return l.window(audit)
	case stageConcerns, lastFindings:
		return l.concerns(audit, t, past, today)
	case populations:
		return l.populations(audit, t, today)
	}
	if audit.Kind == TypeTwo { // what lies in the window is in it, on its first day or its last
		l.MinDays = 0
	}
	if !row.Each {
		l = l.records(audit, t, row.Kinds, past, today)
	} else {
		l = l.pair(audit, t, past, today)
	}
	if row.ID == insideWindow {
		return l.duties(audit, past.Duties, today)
	}
	return l
}

// pair looks at each of the kinds by itself: the line stands as the worst of them.
func (l GateLine) pair(audit Engagement, t *Trail, past GatePast, today cadence.Date) GateLine {
	var worst GateLine
	var why []string
	var ready cadence.Date
	for i, k := range l.Kinds {
		x := l.records(audit, t, []string{k}, past, today)
		label := k
		if v, ok := control.Shipped().Kind(k); ok {
			label = v.Label
		}
		why, ready = append(why, label+": "+x.Why), max(ready, x.ReadyOn)
		if i == 0 || x.rank() < worst.rank() || x.rank() == worst.rank() && x.ReadyOn > worst.ReadyOn {
			worst = x
		}
	}
	worst.Why, worst.ReadyOn = strings.Join(why, " "), ready
	return worst
}

// records looks at the records of some kinds.
func (l GateLine) records(audit Engagement, t *Trail, kinds []string, past GatePast, today cadence.Date) GateLine {
	on := audit.Judged()
	var have []Record
	for _, r := range t.Of(kinds...) {
		if r.On <= on && r.On >= past.Since && (r.Whole || l.ID != wholeCase) && (audit.Kind != TypeTwo || r.On >= audit.From) {
			have = append(have, r)
		}
	}
	if len(have) > 0 {
		l.Oldest, l.Age = have[0], int(on-have[0].On)
	}
	l.Count = len(have)
	wanted, days := l.MinCount, cadence.Date(l.MinDays)
	switch {
	case l.Count == 0 && wanted == 0:
		return l.plan(on, today, past)
	case l.Count == 0:
		l.State, l.ReadyOn = GateMissing, today+days
		l.Why = fmt.Sprintf("There is none. Made today, it is %s old on %s.", cycleDays(l.MinDays), l.ReadyOn.Words())
		switch {
		case audit.Kind == TypeTwo:
			l.ReadyOn = max(today, audit.From)
			l.Why = fmt.Sprintf("There is none in the window, which ends on %s. What is to count in it has to be done by then.", audit.To.Words())
		case l.MinDays == 0:
			l.Why = "There is none. Made before the audit, it is early enough."
		}
	case l.Count < wanted:
		l.State, l.ReadyOn = GateFew, max(today, l.Oldest.On+days)
		l.Why = fmt.Sprintf("%d of %d are there.", l.Count, wanted)
	case l.Age < l.MinDays:
		l.State, l.ReadyOn = GateYoung, l.Oldest.On+days
		l.Why = fmt.Sprintf("The oldest is of %s and will be %s old; %s are wanted. It is old enough on %s.", l.Oldest.On.Words(), cycleDays(l.Age), cycleDays(l.MinDays), l.ReadyOn.Words())
	default:
		l.State, l.ReadyOn = GateReady, l.Oldest.On+days
		l.Why = fmt.Sprintf("%s; the oldest is of %s.", linesWord(l.Count, "record", "records"), l.Oldest.On.Words())
	}
	return l
}

// plan is a line for which a date before stage 2 is enough; without stage 2 in the
// plan, one within three months of the audit.
func (l GateLine) plan(on, today cadence.Date, past GatePast) GateLine {
	last := on.AddMonths(3)
	if past.Next.Kind != "" {
		last = past.Next.From - 1
	}
	for _, d := range past.Planned {
		if d >= today && d <= last {
			l.State, l.ReadyOn, l.Why = GatePlanned, today, fmt.Sprintf("Planned for %s. At stage 1 a date is enough; at stage 2 it must be held.", d.Words())
			return l
		}
	}
	l.State, l.ReadyOn, l.Why = GateMissing, today, fmt.Sprintf("Neither held nor planned by %s. A date before stage 2 is enough: enter one.", last.Words())
	return l
}

// window is the line that looks at the length of the observation window itself.
func (l GateLine) window(audit Engagement) GateLine {
	d := audit.Days()
	l.Count, l.Age = 1, d.Len()
	l.State, l.ReadyOn, l.Why = GateReady, audit.To, fmt.Sprintf("The window %s to %s has %s.", d.From.Words(), d.To.Words(), cycleDays(d.Len()))
	shortest, longest := posture.ShortestWindow(audit.From), posture.LongestWindow(audit.From)
	switch {
	case audit.To < shortest.To:
		l.State, l.ReadyOn = GateYoung, shortest.To
		l.Why = fmt.Sprintf("The window %s to %s has %s; at least three months are customary. It is long enough on %s.", d.From.Words(), d.To.Words(), cycleDays(d.Len()), l.ReadyOn.Words())
	case audit.To > longest.To:
		l.Why += " More than twelve months is unusual."
	}
	return l
}

// carries says what evidence collected for SOC 2 does for a row of ISO.
func (row GateRow) carries() (string, bool) {
	if row.Stage == GateTypeTwo {
		return "", false
	}
	taken := evidence.Takes(row.Kinds[0], nil)
	switch {
	case taken.ISO && taken.Others:
		return "What was collected for SOC 2 counts here too.", false
	case taken.ISO:
		return "Nothing from SOC 2 replaces it.", true
	}
	return taken.Why, false
}
