package joiner

import (
	"slices"
	"testing"
	"time"

	"github.com/toucan-grc/toucan/internal/cadence"
	"github.com/toucan-grc/toucan/internal/people"
)

// stand says how Bob stands with a check.
func (w *World) stand(t *testing.T, c people.Check, list []Progress, records ...Background) people.Standing {
	t.Helper()
	for i := range list {
		list[i].Person = "bob"
	}
	for _, s := range w.Stand(list, map[string][]Background{"bob": records}) {
		if s.Person == "bob" && s.Check == c {
			return s
		}
	}
	t.Fatalf("nothing is said of %s", c)
	return people.Standing{}
}

func TestHowAPersonStandsWithJoiningAndLeaving(t *testing.T) {
	run := func(l List, on cadence.Date, state RunState) Run {
		return Run{ID: "r", List: l, Day: on, State: state, BeganAt: noon.Add(-48 * time.Hour), EndedAt: noon.Add(-time.Hour), Reason: "Moved to a sister company."}
	}
	removal := func(state StepState, at time.Time) []RunStep {
		return []RunStep{{Step: Step{Removal: true}, State: state, At: at}}
	}
	leaver := person("bob", "2020-01-01", "2026-03-08")
	left := run(Leaving, day-2, Open)
	left.Steps = removal(ToDo, time.Time{})
	late := run(Leaving, day-2, Done)
	late.Steps = removal(StepDone, time.Date(2026, 3, 10, 2, 0, 0, 0, time.UTC))
	for _, tt := range []struct {
		name  string
		is    people.Person
		check people.Check
		list  []Progress
		state people.State
		due   cadence.Date
		since time.Time
		why   string
	}{
		{"steps to come", person("bob", "2026-03-09", ""), people.JoiningCheck, []Progress{{Run: run(Joining, day-1, Open), Left: 3, Next: day + 2}}, people.Due, day + 2, noon.Add(-48 * time.Hour), "3 steps are still to be done."},
		{"an overdue step", person("bob", "2026-03-09", ""), people.JoiningCheck, []Progress{{Run: run(Joining, day-1, Open), Left: 3, Late: 1, Next: day - 1, Nobody: 1}}, people.Missing, day - 1,
			time.Date(2026, 3, 10, 0, 0, 0, 0, time.UTC), "One step is overdue, the first since 2026-03-09. Nobody was found to do one of them."},
		{"all done", person("bob", "2026-03-09", ""), people.JoiningCheck, []Progress{{Run: run(Joining, day-1, Done)}}, people.Done, 0, noon.Add(-time.Hour), ""},
		{"cancelled", person("bob", "2026-03-09", ""), people.JoiningCheck, []Progress{{Run: run(Joining, day-1, Cancelled)}}, people.NotAsked, 0, time.Time{}, "The checklist was cancelled: Moved to a sister company."},
		{"should have begun", person("bob", "2026-03-09", ""), people.JoiningCheck, nil, people.Unclear, 0, time.Time{}, "The checklist should have begun and has not yet; it begins within the hour."},
		{"here before the programme", person("bob", "2020-01-01", ""), people.JoiningCheck, nil, people.NotAsked, 0, time.Time{}, "They started before 2026-01-09, when checklists began."},
		{"far away", person("bob", "2026-09-01", ""), people.JoiningCheck, nil, people.NotAsked, 0, time.Time{}, "The checklist begins 30 days before the first day."},
		{"not leaving", person("bob", "2020-01-01", ""), people.LeavingCheck, nil, people.NotAsked, 0, time.Time{}, "They are not leaving."},
		{"access left too long", leaver, people.LeavingCheck, []Progress{{Run: left, Left: 2, Late: 0, Next: day}}, people.Missing, day, time.Date(2026, 3, 10, 0, 0, 0, 0, time.UTC), "1 of 1 removals are overdue by 12 hours."},
		{"access removed late, all done", leaver, people.LeavingCheck, []Progress{{Run: late}}, people.Done, 0, noon.Add(-time.Hour), "All access is removed, the last of it 2 hours too late."},
		{"left without a checklist", leaver, people.LeavingCheck, nil, people.Unclear, 0, time.Time{}, "The checklist should have begun and has not yet; it begins within the hour."},
		{"joining of somebody who left", leaver, people.JoiningCheck, nil, people.NotAsked, 0, time.Time{}, "They have left."},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := world(firm(tt.is)).stand(t, tt.check, tt.list)
			if got.State != tt.state || got.Due != tt.due || !got.Since.Equal(tt.since) || got.Reason != tt.why {
				t.Errorf("%s, due %s, since %s: %q; want %s, due %s, since %s: %q", got.State, got.Due, got.Since, got.Reason, tt.state, tt.due, tt.since, tt.why)
			}
		})
	}
}

func TestHowAPersonStandsWithTheBackgroundCheck(t *testing.T) {
	clear := Background{ID: "1", Day: day - 1, Outcome: Clear, Completed: day - 3, Decided: day - 2}
	with := func(change func(*Background)) Background {
		b := clear
		change(&b)
		return b
	}
	starts := person("bob", "2026-03-09", "")
	for _, tt := range []struct {
		name    string
		is      people.Person
		records []Background
		set     func(*Setting)
		state   people.State
		why     string
	}{
		{"clear before the first day", starts, []Background{clear}, nil, people.Done, ""},
		{"clear after the first day", starts, []Background{with(func(b *Background) { b.Completed, b.Decided = day, day })}, nil, people.Done, "Completed on 2026-03-10, after the first day."},
		{"waived, with something in its place", starts, []Background{with(func(b *Background) { b.Outcome, b.Completed = Waived, 0 })}, nil, people.Done, ""},
		{"not cleared is not done, and nobody reads why", starts, []Background{with(func(b *Background) { b.Outcome = NotCleared })}, nil, people.Missing, "The check does not count as done. Who may see the record finds more."},
		{"under way", starts, []Background{with(func(b *Background) { b.Outcome = Undecided })}, nil, people.Missing, "A background check is under way and not decided, and they have started or are about to."},
		{"started without", starts, nil, nil, people.Missing, "No background check is decided, and they have started or are about to."},
		{"starts tomorrow", person("bob", "2026-03-12", ""), nil, nil, people.Due, "To be completed before the first day."},
		{"erased is no check", starts, []Background{with(func(b *Background) { b.ErasedAt, b.Outcome = noon, Undecided })}, nil, people.Missing, "A background check is under way and not decided, and they have started or are about to."},
		{"here before", person("bob", "2020-01-01", ""), nil, nil, people.NotAsked, "They started before 2026-01-09, when the programme began to ask for it."},
		{"first day unknown", person("bob", "", ""), nil, nil, people.NotAsked, "The register names no first day, so they count as having been here before the programme began."},
		{"not part of the programme", starts, nil, func(s *Setting) { s.Background = 0 }, people.NotAsked, "The programme asks for no background checks."},
		{"of the former stint only", starts, []Background{with(func(b *Background) { b.Day = day - 500 })}, nil, people.Missing, "No background check is decided, and they have started or are about to."},
		{"a later doubt goes before an earlier clearance", starts, []Background{clear, with(func(b *Background) { b.ID, b.Outcome, b.Decided = "2", NotCleared, day })}, nil, people.Missing, "The check does not count as done. Who may see the record finds more."},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f := firm(tt.is)
			f.Spans = []people.Span{{Person: "bob", Kind: people.Stint, From: day - 600, To: day - 400}}
			if tt.is.StartOn != "2026-03-09" {
				f.Spans = nil
			}
			w := world(f)
			if tt.set != nil {
				tt.set(&w.Setting)
			}
			got := w.stand(t, people.BackgroundCheck, nil, tt.records...)
			if got.State != tt.state || got.Reason != tt.why {
				t.Errorf("%s: %q, want %s: %q", got.State, got.Reason, tt.state, tt.why)
			}
		})
	}
}

func TestWhatABackgroundCheckMustSay(t *testing.T) {
	good := Background{Kinds: []string{"identity"}, Provider: "internal", NoticeOn: day - 9, OrderedOn: day - 8, Completed: day - 3, Outcome: Clear, DecidedBy: "Head of People", Decided: day - 2}
	for _, tt := range []struct {
		name   string
		change func(*Background)
		field  string
	}{
		{"all that is asked", func(*Background) {}, ""},
		{"ordered only", func(b *Background) { *b = Background{OrderedOn: day - 1} }, ""},
		{"waived with a reason and a substitute", func(b *Background) {
			b.Outcome, b.Waiver, b.Instead, b.Completed = Waived, "The law forbids it.", "Two references.", 0
		}, ""},
		{"waived without a substitute", func(b *Background) { b.Outcome, b.Waiver = Waived, "The law forbids it." }, "substitute"},
		{"waived without a reason", func(b *Background) { b.Outcome = NotPermitted }, "waiver"},
		{"a reason where none belongs", func(b *Background) { b.Outcome, b.Waiver = Reviewed, "An old story." }, "waiver"},
		{"nobody decided", func(b *Background) { b.DecidedBy = "" }, "decided_by"},
		{"decided on no day", func(b *Background) { b.Decided = 0 }, "decided_on"},
		{"decided without an outcome", func(b *Background) { b.Outcome = Undecided }, "outcome"},
		{"no such outcome", func(b *Background) { b.Outcome = "bad" }, "outcome"},
		{"decided before it was completed", func(b *Background) { b.Decided = day - 4 }, "decided_on"},
		{"completed before it was ordered", func(b *Background) { b.Completed = day - 9 }, "completed_on"},
		{"completed tomorrow", func(b *Background) { b.Completed = day + 1 }, "completed_on"},
		{"no kind", func(b *Background) { b.Kinds = nil }, "kinds"},
		{"a kind that is none", func(b *Background) { b.Kinds = []string{"gossip"} }, "kinds"},
		{"nobody did it", func(b *Background) { b.Provider = "" }, "provider"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			b := good
			b.Kinds = slices.Clone(b.Kinds)
			tt.change(&b)
			_, err := b.checked(day)
			if got := fieldOf(err); got != tt.field {
				t.Errorf("the fault is with %q (%v), want %q", got, err, tt.field)
			}
		})
	}
}
