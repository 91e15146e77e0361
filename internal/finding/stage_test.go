package finding

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/toucan-grc/toucan/internal/cadence"
	"github.com/toucan-grc/toucan/internal/framework"
)

var (
	day0 = cadence.On(2026, time.March, 1)
	noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	a88  = framework.Ref{Framework: "iso27001-2022", ID: "A.8.8"}
)

func minor(n int, found cadence.Date) Finding {
	return Finding{ID: string(rune('a' + n)), N: n, Draft: Draft{Kind: Nonconformity, Grade: Minor, Owner: "olga", FoundOn: found, Requirements: []framework.Ref{a88}}}
}

func TestWhatIsMissingBeforeTheNextStep(t *testing.T) {
	base := minor(1, day0)
	with := func(f Finding, change ...func(*Finding)) Finding {
		for _, c := range change {
			c(&f)
		}
		return f
	}
	corrected := func(f *Finding) { f.Correction, f.CorrectedOn = "Put right.", day0+1 }
	caused := func(f *Finding) { f.Cause = "Nobody was told." }
	acting := func(f *Finding) { f.Actions = Tally{Open: 1, Owners: []string{"olga"}} }
	late := func(f *Finding) { f.Actions = Tally{Open: 2, Overdue: 1} }
	allLate := func(f *Finding) { f.Actions = Tally{Open: 1, Overdue: 1} }
	acted := func(f *Finding) { f.Actions = Tally{Done: 1, LastDone: day0 + 10, LastSaid: noon} }
	planned := func(f *Finding) { f.CheckOn, f.Checker = day0+40, "max" }
	worked := func(f *Finding) { f.Worked, f.CheckedOn, f.CheckedAt = "yes", day0+40, noon.Add(time.Hour) }
	failed := func(f *Finding) { f.Worked, f.CheckedOn, f.CheckedAt = "no", day0+40, noon.Add(time.Hour) }
	acted2 := func(f *Finding) {
		f.Actions = Tally{Done: 2, LastDone: day0 + 50, LastSaid: noon.Add(2 * time.Hour)}
	}
	of := func(k Kind) Finding { return Finding{Draft: Draft{Kind: k, FoundOn: day0}} }
	answered := func(f *Finding) { f.Response = "Agreed." }
	for _, tt := range []struct {
		name  string
		f     Finding
		stage Stage
		words string
		due   cadence.Date
	}{
		{"a new one", base, Correction, "A correction is missing", day0 + 30},
		{"corrected", with(base, corrected), Cause, "A cause is missing", day0 + 30},
		{"with a cause before the correction", with(base, caused), Correction, "A correction is missing", day0 + 30},
		{"with a cause", with(base, corrected, caused), Acting, "An action is missing", day0 + 30},
		{"with an open action", with(base, corrected, caused, acting), Acting, "1 action is still open.", day0 + 365},
		{"with an open action by a day", with(base, corrected, caused, acting, func(f *Finding) { f.Actions.NextDue = day0 + 20 }), Acting, "1 action is still open.", day0 + 20},
		{"with a late one", with(base, corrected, caused, late), Acting, "2 actions are still open, 1 of them overdue.", day0 + 365},
		{"with late ones only", with(base, corrected, caused, allLate), Acting, "1 action is still open and overdue.", day0 + 365},
		{"acted, nobody named to check", with(base, corrected, caused, acted), Check, "A check is missing", day0 + 10 + CheckWithin},
		{"to be checked", with(base, corrected, caused, acted, planned), Check, "To be checked on 10 Apr 2026.", day0 + 40},
		{"checked", with(base, corrected, caused, acted, worked), Closing, "Ready to be closed.", day0 + 365},
		{"it did not work", with(base, corrected, caused, acted, failed), Acting, "A new action is missing", day0 + 30},
		{"it did not work, and more was done", with(base, corrected, caused, acted2, failed), Check, "A check is missing", day0 + 50 + CheckWithin},
		{"more was done after a check", with(base, corrected, caused, acted2, worked), Check, "Check again", day0 + 50 + CheckWithin},
		{"an exception asks what management says", with(of(Exception), corrected, caused), Response, "what management says", day0 + 30},
		{"an exception needs no check", with(of(Exception), corrected, caused, answered, acted), Closing, "Ready", day0 + 180},
		{"an observation needs an answer", of(Observation), Response, "or why nothing is", day0 + 60},
		{"an opportunity needs no cause", with(of(Opportunity), answered), Closing, "Ready", 0},
		{"an opportunity with an open action", with(of(Opportunity), answered, acting), Acting, "still open", 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := tt.f.Now()
			if got.Stage != tt.stage || !strings.Contains(got.Words, tt.words) || got.Due != tt.due {
				t.Errorf("it waits for %s, %q, by %s", got.Stage, got.Words, got.Due)
			}
		})
	}
}

func TestNobodyChecksTheirOwnWork(t *testing.T) {
	f := minor(1, day0)
	f.Actions.Owners = []string{"ivo", "pia"}
	for person, free := range map[string]bool{"olga": false, "ivo": false, "pia": false, "max": true, "": true} {
		if why := f.MayCheck(person); (why == "") != free {
			t.Errorf("%q may check: %q", person, why)
		}
	}
}

func TestWhatRepeats(t *testing.T) {
	f := minor(5, day0)
	other := minor(1, day0-200)
	other.Requirements = []framework.Ref{{Framework: "iso27001-2022", ID: "A.8.9"}}
	idea := minor(2, day0-200)
	idea.Kind = Opportunity
	sample := minor(3, day0-200)
	sample.Kind, sample.Grade = Exception, ""
	byControl := minor(4, day0-300)
	byControl.Requirements, byControl.Controls = nil, []string{"c"}
	f.Controls = []string{"c"}
	all := []Finding{f, other, idea, sample, byControl, minor(6, day0), minor(7, day0+1), minor(8, day0.AddMonths(-12)), minor(9, day0.AddMonths(-12)-1)}
	var got []int
	for _, r := range f.Repeats(all) {
		got = append(got, r.N)
	}
	if want := []int{3, 4, 8}; !slices.Equal(got, want) {
		t.Errorf("it repeats %v, want %v", got, want)
	}
	reg := NewRegister(day0, all, nil)
	if n := len(reg.Repeats(f)); n != 3 {
		t.Errorf("the register finds %d", n)
	}
}

func TestWhenAMinorOneMayBeMajor(t *testing.T) {
	fresh, old := minor(1, day0), minor(2, day0-31)
	major := old
	major.Grade = Major
	again := minor(3, day0)
	again.Failed = 1
	closed := old
	closed.ClosedAt = noon
	for _, tt := range []struct {
		name    string
		f       Finding
		repeats []Finding
		want    int
	}{
		{"a fresh one is not", fresh, nil, 0},
		{"not corrected after 30 days", old, nil, 1},
		{"it repeats another", fresh, []Finding{old}, 1},
		{"the cure did not work", again, nil, 1},
		{"all of it", func() Finding { f := old; f.Failed = 1; f.FoundOn = day0 - 400; return f }(), []Finding{old}, 4},
		{"a major one is already", major, nil, 0},
		{"a closed one", closed, nil, 0},
	} {
		if got := tt.f.Escalation(tt.repeats, day0); len(got) != tt.want {
			t.Errorf("%s: %q", tt.name, got)
		}
	}
}

func TestHowAnActionStands(t *testing.T) {
	for _, tt := range []struct {
		a    Action
		want string
	}{
		{Action{State: Open}, "Nobody has it yet."},
		{Action{State: Open, Owner: "o"}, "Open, and no day was set."},
		{Action{State: Open, Owner: "o", Due: day0}, "Due today."},
		{Action{State: Open, Owner: "o", Due: day0 + 1, Moved: 2}, "Open, 1 day left. Its day was moved 2 times."},
		{Action{State: Open, Owner: "o", Due: day0 - 3}, "Overdue by 3 days."},
		{Action{State: Done, Owner: "o", Due: day0 - 3, DoneOn: day0 - 3}, "Done on 26 Feb 2026."},
		{Action{State: Done, Owner: "o", Due: day0 - 3, DoneOn: day0 - 2}, "Done on 27 Feb 2026, 1 day late."},
		{Action{State: Dropped, DoneOn: day0}, "Given up on 1 Mar 2026."},
	} {
		if got := tt.a.Standing(day0); got != tt.want {
			t.Errorf("%+v: %q, want %q", tt.a, got, tt.want)
		}
	}
}
