package isms

import (
	"strings"
	"testing"
	"time"

	"github.com/toucan-grc/toucan/internal/cadence"
	"github.com/toucan-grc/toucan/internal/joiner"
	"github.com/toucan-grc/toucan/internal/people"
	"github.com/toucan-grc/toucan/internal/problem"
)

func monthOf(y int, m time.Month) cadence.Days {
	return cadence.Days{From: cadence.On(y, m, 1), To: cadence.On(y, m+1, 1) - 1}
}

func measured(days cadence.Days, value float64) Measure {
	return Measure{ID: days.String(), Days: days, Known: Valued, Value: value, Num: -1, Den: -1, At: days.To.End(time.UTC)}
}

var trained = Objective{Kept: Kept{Code: "OBJ-1", At: time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC)}, Title: "Trained", Metric: "Share", Unit: "percent", Target: ObjectiveTarget{">=", 98}, MeasureEvery: "P1M", From: cadence.On(2026, 1, 5)}

func TestPeriodsOfAnObjective(t *testing.T) {
	raised := trained
	raised.Target, raised.No, raised.At = ObjectiveTarget{">=", 99}, 2, time.Date(2026, 2, 28, 23, 0, 0, 0, time.UTC)
	late := trained
	late.At = time.Date(2026, 9, 1, 0, 0, 0, 0, time.UTC)
	nobody := Measure{Days: monthOf(2026, 2), Known: Nothing, Words: "Nobody left in this period."}
	cannot := Measure{Days: monthOf(2026, 2), Known: NoValue, Words: "The register is empty."}
	old, corrected := measured(monthOf(2026, 2), 90), measured(monthOf(2026, 2), 99)
	corrected.At = old.At.Add(time.Hour)
	for _, tt := range []struct {
		name     string
		versions []Objective
		measures []Measure
		today    cadence.Date
		month    time.Month
		verdict  PeriodVerdict
		why      string
	}{
		{"a value that reaches the target", nil, []Measure{measured(monthOf(2026, 2), 98)}, cadence.On(2026, 3, 20), 2, TargetMet, "98 % against a target of ≥ 98 %."},
		{"a value just below it", nil, []Measure{measured(monthOf(2026, 2), 97.9)}, cadence.On(2026, 3, 20), 2, TargetMissed, "97.9 % against"},
		{"a month without data is a miss", nil, []Measure{measured(monthOf(2026, 1), 99)}, cadence.On(2026, 3, 20), 2, NoData, "Nobody measured this period, which counts as a miss."},
		{"there is a week to measure it", nil, nil, cadence.On(2026, 3, 7), 2, Awaited, "It counts as a miss if nobody measures it by 7 March 2026."},
		{"and not a day more", nil, nil, cadence.On(2026, 3, 8), 2, NoData, "Nobody measured"},
		{"on its last day it still runs", nil, nil, cadence.On(2026, 2, 28), 2, Running, "The period runs until 28 February 2026."},
		{"a value that is there early does not judge it", nil, []Measure{measured(monthOf(2026, 2), 10)}, cadence.On(2026, 2, 28), 2, Running, "10 % so far."},
		{"nothing to measure is neither", nil, []Measure{nobody}, cadence.On(2026, 3, 20), 2, NothingToDo, "Nobody left in this period."},
		{"what nobody can tell is a miss", nil, []Measure{cannot}, cadence.On(2026, 3, 20), 2, NoData, "No value, which counts as a miss: The register is empty."},
		{"of two measures the later one counts", nil, []Measure{corrected, old}, cadence.On(2026, 3, 20), 2, TargetMet, "99 %"},
		{"a target raised on the last day holds for the month", []Objective{trained, raised}, []Measure{measured(monthOf(2026, 2), 98)}, cadence.On(2026, 3, 20), 2, TargetMissed, "target of ≥ 99 %"},
		{"and not for the month before", []Objective{trained, raised}, []Measure{measured(monthOf(2026, 1), 98)}, cadence.On(2026, 3, 20), 1, TargetMet, "target of ≥ 98 %"},
		{"an objective written later judges its past by its first target", []Objective{late}, []Measure{measured(monthOf(2026, 1), 98)}, cadence.On(2026, 9, 20), 1, TargetMet, "target of ≥ 98 %"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			versions := tt.versions
			if versions == nil {
				versions = []Objective{trained}
			}
			got := JudgeObjective(versions, tt.measures, cadence.In(time.UTC), tt.today)
			for _, p := range got.Periods {
				if p.Days != monthOf(2026, tt.month) {
					continue
				}
				if p.Verdict != tt.verdict || !strings.Contains(p.Why, tt.why) {
					t.Errorf("%s: %q, want %s: %q", p.Verdict, p.Why, tt.verdict, tt.why)
				}
				return
			}
			t.Errorf("no such period in %v", got.Periods)
		})
	}
}

func TestAChangeOfAnObjectiveLeavesWhatWasBefore(t *testing.T) {
	version := func(no int, at time.Time, change func(*Objective)) Objective {
		o := trained
		o.No, o.At = no, at
		change(&o)
		return o
	}
	on := func(m time.Month, d int) time.Time { return time.Date(2026, m, d, 9, 0, 0, 0, time.UTC) }
	same := func(*Objective) {}
	quarterly := func(o *Objective) { o.MeasureEvery = "P3M" }
	weekly := func(o *Objective) { o.MeasureEvery = "P7D" }
	retired := func(o *Objective) { o.Retired = "No longer needed" }
	moved := func(o *Objective) { o.From = cadence.On(2026, 5, 20) }
	earlier := func(o *Objective) { o.From = cadence.On(2025, 3, 1) }
	measures := []Measure{measured(monthOf(2026, 1), 98), measured(monthOf(2026, 3), 97)}
	for _, tt := range []struct {
		name     string
		versions []Objective
		today    cadence.Date
		want     string // the periods that were judged, and the running one
	}{
		{"before any change", []Objective{trained}, cadence.On(2026, 5, 20), "2026-01-31 met, 2026-02-28 no_data, 2026-03-31 missed, 2026-04-30 no_data, 2026-05-31 running"},
		{"measured less often", []Objective{trained, version(2, on(5, 20), quarterly)}, cadence.On(2026, 5, 20), "2026-01-31 met, 2026-02-28 no_data, 2026-03-31 missed, 2026-04-30 no_data, 2026-05-31 running"},
		{"a month later, the period under way ended as it began", []Objective{trained, version(2, on(5, 20), quarterly)}, cadence.On(2026, 7, 1), "2026-01-31 met, 2026-02-28 no_data, 2026-03-31 missed, 2026-04-30 no_data, 2026-05-31 no_data, 2026-09-30 running"},
		{"measured more often, the month is cut short and is no miss", []Objective{trained, version(2, on(4, 20), weekly)}, cadence.On(2026, 5, 3), "2026-01-31 met, 2026-02-28 no_data, 2026-03-31 missed, 2026-04-26 awaited, 2026-05-03 running"},
		{"changed in the first period it is set anew", []Objective{trained, version(2, on(1, 20), quarterly)}, cadence.On(2026, 4, 20), "2026-03-31 no_data, 2026-06-30 running"},
		{"the first day cannot be moved past a miss", []Objective{trained, version(2, on(5, 20), moved)}, cadence.On(2026, 5, 20), "2026-01-31 met, 2026-02-28 no_data, 2026-03-31 missed, 2026-04-30 no_data, 2026-05-31 running"},
		{"nor back", []Objective{trained, version(2, on(1, 20), earlier)}, cadence.On(2026, 3, 1), "2026-01-31 met, 2026-02-28 awaited, 2026-03-31 running"},
		{"retired it misses nothing", []Objective{trained, version(2, on(3, 10), retired)}, cadence.On(2026, 9, 1), "2026-01-31 met, 2026-02-28 no_data"},
		{"and nothing of that time when it returns", []Objective{trained, version(2, on(3, 10), retired), version(3, on(5, 20), same)}, cadence.On(2026, 7, 20), "2026-01-31 met, 2026-02-28 no_data, 2026-06-30 no_data, 2026-07-31 running"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var got []string
			for _, p := range JudgeObjective(tt.versions, measures, cadence.In(time.UTC), tt.today).Periods {
				got = append(got, p.Days.To.String()+" "+string(p.Verdict))
			}
			if s := strings.Join(got, ", "); s != tt.want {
				t.Errorf("got  %s\nwant %s", s, tt.want)
			}
		})
	}
}

func TestADayOfAPeriodIsMeasuredAsThePeriodWasThen(t *testing.T) {
	quarterly := trained
	quarterly.MeasureEvery, quarterly.No, quarterly.At = "P3M", 2, time.Date(2026, 5, 20, 9, 0, 0, 0, time.UTC)
	versions, zones := []Objective{trained, quarterly}, cadence.In(time.UTC)
	for _, tt := range []struct {
		on, today cadence.Date
		want      string // the period, or the field at fault
	}{
		{cadence.On(2026, 2, 10), cadence.On(2026, 7, 1), "2026-02-01 to 2026-02-28"},
		{cadence.On(2026, 5, 31), cadence.On(2026, 7, 1), "2026-05-01 to 2026-05-31"},
		{cadence.On(2026, 6, 10), cadence.On(2026, 10, 1), "2026-06-01 to 2026-09-30"},
		{cadence.On(2026, 6, 10), cadence.On(2026, 9, 30), "on"},
		{cadence.On(2025, 12, 31), cadence.On(2026, 7, 1), "on"},
	} {
		days, err := periodOf(versions, zones, tt.on, tt.today)
		got := days.String()
		if err != nil {
			got = problem.Of(err).Field
		}
		if got != tt.want {
			t.Errorf("%s on %s: %s (%v), want %s", tt.on, tt.today, got, err, tt.want)
		}
	}
	if err := quarterly.checkFrom(versions, zones, cadence.On(2026, 7, 1)); err != nil {
		t.Errorf("the first day as it is: %v", err)
	}
	later := quarterly
	later.From = cadence.On(2026, 6, 1)
	if err := later.checkFrom(versions, zones, cadence.On(2026, 7, 1)); problem.Of(err).Field != "from" {
		t.Errorf("the first day moved past a miss: %v", err)
	}
	if err := later.checkFrom([]Objective{trained}, zones, cadence.On(2026, 1, 31)); err != nil {
		t.Errorf("the first day moved within the first period: %v", err)
	}
}

func TestAValueThatIsEnteredLateSaysSo(t *testing.T) {
	m := measured(monthOf(2026, 2), 98)
	for at, want := range map[cadence.Date]bool{cadence.On(2026, 3, 7): false, cadence.On(2026, 3, 8): true} {
		m.At = at.Start(time.UTC)
		got := JudgeObjective([]Objective{trained}, []Measure{m}, cadence.In(time.UTC), cadence.On(2026, 6, 1))
		if why := got.Periods[1].Why; strings.Contains(why, "It was entered on") != want {
			t.Errorf("entered on %s: %q", at, why)
		}
	}
}

func TestHowAnObjectiveWent(t *testing.T) {
	got := JudgeObjective([]Objective{trained}, []Measure{measured(monthOf(2026, 1), 98), measured(monthOf(2026, 2), 99), {Days: monthOf(2026, 3), Known: Nothing, Words: "Nobody."}, measured(monthOf(2026, 5), 97)}, cadence.In(time.UTC), cadence.On(2026, 6, 20))
	if got.Met != 2 || got.Missed != 2 || got.NoData != 1 || got.Nothing != 1 || got.Judged() != 4 {
		t.Errorf("met %d, missed %d, without data %d, nothing %d", got.Met, got.Missed, got.NoData, got.Nothing)
	}
	if got.State != TargetMissed || got.Move != "worse" {
		t.Errorf("state %s, move %q", got.State, got.Move)
	}
	if want := "Met in 2 of 4 periods, 1 of them without data."; !strings.HasSuffix(got.Why, want) {
		t.Errorf("why = %q, want it to end with %q", got.Why, want)
	}
	lower := trained
	lower.Target, lower.Unit = ObjectiveTarget{"<=", 4}, "hours"
	if got := JudgeObjective([]Objective{lower}, []Measure{measured(monthOf(2026, 1), 5), measured(monthOf(2026, 2), 3)}, cadence.In(time.UTC), cadence.On(2026, 3, 5)); got.Move != "better" || got.State != TargetMet {
		t.Errorf("less is better: state %s, move %q", got.State, got.Move)
	}
}

func TestAPlanSaysWhatSixTwoAsks(t *testing.T) {
	p := ObjectivePlan{What: "Train", Who: "People", When: cadence.On(2026, 3, 1)}
	if got := strings.Join(p.Missing(), "; "); got != "with which resources; how results are evaluated" {
		t.Errorf("missing = %q", got)
	}
}

func TestLiveFigures(t *testing.T) {
	say := func(states ...people.State) []people.Standing {
		checks := []people.Check{people.PoliciesCheck, people.SecurityCheck, people.LeavingCheck}
		var out []people.Standing
		for i, s := range states {
			out = append(out, people.Standing{Check: checks[i], State: s})
		}
		return out
	}
	gone := func(list ...joiner.Timing) []joiner.Gone {
		var out []joiner.Gone
		for _, x := range list {
			out = append(out, joiner.Gone{Removed: joiner.Removed{Timing: x}})
		}
		return out
	}
	quarter := cadence.Days{From: cadence.On(2026, 7, 1), To: cadence.On(2026, 9, 30)}
	two := 2
	for _, tt := range []struct {
		name   string
		source string
		f      Figures
		known  MeasureKnown
		value  float64
		share  [2]int
	}{
		{"nobody is here", SourcePeople, Figures{}, NoValue, 0, [2]int{-1, -1}},
		{"nobody is asked", SourcePeople, Figures{People: [][]people.Standing{say(people.NotAsked), nil}}, NoValue, 0, [2]int{-1, -1}},
		{"who still has time is not done", SourcePeople, Figures{People: [][]people.Standing{say(people.Done, people.Due), say(people.Done, people.Done), say(people.Excluded, people.NotAsked), say(people.Unclear, people.Done)}}, Valued, 50, [2]int{2, 4}},
		{"steps of leaving are not asked about", SourcePeople, Figures{People: [][]people.Standing{say(people.Done, people.Done, people.Missing)}}, Valued, 100, [2]int{1, 1}},
		{"nobody left", SourceLeavers, Figures{}, Nothing, 0, [2]int{0, 0}},
		{"one in time, one late, one open, one without a step, one who had nothing", SourceLeavers, Figures{Left: gone(joiner.InTime, joiner.LateDone, joiner.Waiting, joiner.NoRemoval, joiner.NotAsked)}, Valued, 40, [2]int{2, 5}},
		{"no restore test in a year", SourceRestores, Figures{Days: quarter, Restores: []Restore{{cadence.On(2025, 9, 30), false}}}, NoValue, 0, [2]int{-1, -1}},
		{"restore tests of twelve months", SourceRestores, Figures{Days: quarter, Restores: []Restore{{cadence.On(2025, 10, 1), false}, {cadence.On(2026, 9, 30), true}, {cadence.On(2026, 10, 1), false}}}, Valued, 50, [2]int{1, 2}},
		{"no register of risks", SourceRisks, Figures{}, NoValue, 0, [2]int{-1, -1}},
		{"an empty register of risks", SourceRisks, Figures{Risks: &RiskFigures{}}, NoValue, 0, [2]int{-1, -1}},
		{"risks that nobody scored", SourceRisks, Figures{Risks: &RiskFigures{All: 5}}, NoValue, 0, [2]int{-1, -1}},
		{"risks nobody decided about", SourceRisks, Figures{Risks: &RiskFigures{All: 5, Scored: 4, Above: 2, Undecided: []string{"R-001"}}}, Valued, 1, [2]int{-1, -1}},
		{"actions overdue", SourceActions, Figures{Overdue: &two}, Valued, 2, [2]int{-1, -1}},
		{"no control operates", SourceControls, Figures{}, NoValue, 0, [2]int{-1, -1}},
		{"controls", SourceControls, Figures{Controls: []ControlState{{"AC-1", true}, {"AC-2", false}}}, Valued, 50, [2]int{1, 2}},
		{"surroundings nobody decided about", SourceReviews, Figures{Today: cadence.On(2026, 9, 1), Climate: ClimateStanding{State: "missing"}, Care: []Care{{ReviewEvery: "P1Y", Reviewed: cadence.On(2025, 9, 1)}, {ReviewEvery: "P1Y", Reviewed: cadence.On(2025, 8, 31)}, {}}}, Valued, 100.0 / 3, [2]int{1, 3}},
		{"a figure that is gone", "weather", Figures{}, NoValue, 0, [2]int{-1, -1}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := TakeFigure(tt.source, tt.f)
			if got.Known != tt.known || got.Value != tt.value || got.Num != tt.share[0] || got.Den != tt.share[1] {
				t.Errorf("got %+v, want %s %v %v", got, tt.known, tt.value, tt.share)
			}
			if got.Known != Valued && got.Words == "" {
				t.Error("it does not say why there is no value")
			}
		})
	}
}

func TestWhenAFigureCanBeTaken(t *testing.T) {
	live := func(source string) Objective {
		o := trained
		o.Source = source
		return o
	}
	for _, tt := range []struct {
		name  string
		o     Objective
		today cadence.Date
		by    bool
		want  string // last day of each period
	}{
		{"a snapshot on the first day after", live(SourcePeople), cadence.On(2026, 2, 1), false, "2026-01-31"},
		{"a snapshot a week after", live(SourcePeople), cadence.On(2026, 2, 7), false, "2026-01-31"},
		{"a snapshot later would be of another day", live(SourcePeople), cadence.On(2026, 2, 8), false, ""},
		{"not while the period runs", live(SourcePeople), cadence.On(2026, 1, 31), false, ""},
		{"leavers of the last day have 24 hours", live(SourceLeavers), cadence.On(2026, 2, 1), false, ""},
		{"leavers from the second day on, for all months", live(SourceLeavers), cadence.On(2026, 3, 2), false, "2026-01-31 2026-02-28"},
		{"what needs eyes is not taken by itself", live(SourceControls), cadence.On(2026, 2, 1), false, ""},
		{"but by a person", live(SourceControls), cadence.On(2026, 2, 1), true, "2026-01-31"},
		{"by hand is never taken", live(""), cadence.On(2026, 2, 1), true, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			track := JudgeObjective([]Objective{tt.o}, nil, cadence.In(time.UTC), tt.today)
			var got []string
			for _, d := range track.open(tt.today, tt.by) {
				got = append(got, d.To.String())
			}
			if strings.Join(got, " ") != tt.want {
				t.Errorf("open = %v, want %q", got, tt.want)
			}
		})
	}
}

func TestIntervals(t *testing.T) {
	for _, tt := range []struct {
		text string
		want cadence.Frequency
		ok   bool
	}{
		{"P7D", cadence.Weekly, true}, {"P10D", cadence.Frequency{N: 10, Unit: cadence.Day}, true}, {"P1M", cadence.Monthly, true}, {"P1Y", cadence.Annual, true}, {"P2W", cadence.Frequency{N: 2, Unit: cadence.Week}, true},
		{"P0M", cadence.Frequency{}, false}, {"P-1M", cadence.Frequency{}, false}, {"1M", cadence.Frequency{}, false}, {"P", cadence.Frequency{}, false}, {"", cadence.Frequency{}, false}, {"PXM", cadence.Frequency{}, false},
	} {
		if got, ok := ReadEvery(tt.text); ok != tt.ok || got != tt.want {
			t.Errorf("ReadEvery(%q) = %v, %t", tt.text, got, ok)
		}
	}
	leap := Care{ReviewEvery: "P1Y", Reviewed: cadence.On(2024, 2, 29)}
	if got := leap.Due(); got != cadence.On(2025, 2, 28) {
		t.Errorf("a year after 29 February is %s", got)
	}
}

func TestTargets(t *testing.T) {
	for _, o := range ShippedObjectives() {
		if o.Target.Op == "" {
			t.Errorf("%s has no target", o.Seed)
		}
		if _, ok := ReadEvery(o.MeasureEvery); !ok {
			t.Errorf("%s: %q is no interval", o.Seed, o.MeasureEvery)
		}
		if src, ok := FindSource(o.Source); o.Source != "" && (!ok || src.Unit != o.Unit) {
			t.Errorf("%s: source %q does not fit its unit %q", o.Seed, o.Source, o.Unit)
		}
	}
	for _, bad := range []string{"", "98", ">=", "≥98", ">= many"} {
		if _, err := ParseTarget(bad); err == nil {
			t.Errorf("ParseTarget(%q) took it", bad)
		}
	}
}

func TestClimate(t *testing.T) {
	day := cadence.On(2025, 6, 10)
	list := []ClimateDecision{{ID: "b", On: day, Relevant: true}, {ID: "a", On: day}}
	for _, tt := range []struct {
		name  string
		list  []ClimateDecision
		today cadence.Date
		state string
	}{
		{"nobody decided", nil, day, "missing"},
		{"the day it was decided", list, day, "current"},
		{"before it was decided", list, day - 1, "missing"},
		{"a month before its end", list, cadence.On(2026, 5, 11), "soon"},
		{"two days earlier", list, cadence.On(2026, 5, 10), "current"},
		{"its last day", list, cadence.On(2026, 6, 10), "soon"},
		{"the day after", list, cadence.On(2026, 6, 11), "overdue"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := JudgeClimate(tt.list, tt.today)
			if got.State != tt.state || got.Why == "" {
				t.Errorf("state %s (%s), want %s", got.State, got.Why, tt.state)
			}
			if got.Last != nil && !got.Last.Relevant {
				t.Error("of two decisions of a day the later one holds")
			}
		})
	}
}
