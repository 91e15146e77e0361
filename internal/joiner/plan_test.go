package joiner

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/toucan-grc/toucan/internal/cadence"
	"github.com/toucan-grc/toucan/internal/people"
)

// day is the day on which the tests take place.
var day = cadence.On(2026, time.March, 10)

var noon = time.Date(2026, 3, 10, 12, 0, 0, 0, time.UTC)

// firm is a small company: Ada leads Bob and Cyd, Ivo does IT, Pia leads the people team.
func firm(more ...people.Person) people.Facts {
	return people.Facts{People: append([]people.Person{
		{ID: "ada", Name: "Ada", Kind: people.Employee, StartOn: "2020-01-01"},
		{ID: "ivo", Name: "Ivo", Kind: people.Employee, StartOn: "2020-01-01", Function: "it"},
		{ID: "pia", Name: "Pia", Kind: people.Employee, StartOn: "2020-01-01", Function: "people"},
	}, more...)}
}

func begun() Setting {
	s := Default()
	s.Begins, s.Background = day-60, day-60
	s.Offices = map[Doer]string{"it": "ivo", "people": "pia"}
	return s
}

func world(f people.Facts) *World {
	return &World{Roster: people.NewRoster(f), Setting: begun(), Zones: cadence.In(time.UTC), Now: noon}
}

func person(id, from, to string) people.Person {
	return people.Person{ID: id, Name: strings.ToUpper(id[:1]) + id[1:], Kind: people.Employee, Manager: "ada", StartOn: from, EndOn: to}
}

// settle makes the changes of a round and returns them.
func (w *World) settle(t *testing.T) []Change {
	t.Helper()
	changes := w.Next()
	for _, c := range changes {
		is := c.Is
		if c.Was.ID == "" {
			is.ID = string(is.List) + " " + is.Person + " " + is.Day.String()
			w.Runs = append(w.Runs, Run{ID: is.ID})
		}
		for i := range is.Steps {
			is.Steps[i].ID = is.ID + " " + is.Steps[i].Step.ID
		}
		i := slices.IndexFunc(w.Runs, func(r Run) bool { return r.ID == is.ID })
		w.Runs[i] = is
	}
	if again := w.Next(); len(again) > 0 {
		t.Errorf("a second round changes %d checklists again", len(again))
	}
	return changes
}

func TestWhoGetsAChecklist(t *testing.T) {
	stint := func(from, to string) people.Span {
		s := people.Span{Person: "bob", Kind: people.Stint}
		s.From, _ = cadence.ParseDate(from)
		s.To, _ = cadence.ParseDate(to)
		return s
	}
	for _, tt := range []struct {
		name string
		is   people.Person
		also []people.Span
		set  func(*Setting)
		runs []Run
		want []string
	}{
		{"who starts next week", person("bob", "2026-03-17", ""), nil, nil, nil, []string{"joining bob 2026-03-17"}},
		{"who started last week, entered late", person("bob", "2026-03-02", ""), nil, nil, nil, []string{"joining bob 2026-03-02"}},
		{"nobody who was here when the programme began", person("bob", "2025-12-01", ""), nil, nil, nil, nil},
		{"nobody whose first day is not known", person("bob", "", ""), nil, nil, nil, nil},
		{"not yet who starts in half a year", person("bob", "2026-09-01", ""), nil, nil, nil, nil},
		{"nobody before it is switched on", person("bob", "2026-03-17", ""), nil, func(s *Setting) { s.Begins = 0 }, nil, nil},
		{"no machine", people.Person{ID: "bot", Kind: people.Service, StartOn: "2026-03-17"}, nil, nil, nil, nil},
		{"nobody out of scope", person("bob", "2026-03-17", ""), []people.Span{{Person: "bob", Kind: people.NoScope, From: day - 1, Reason: "Board member."}}, nil, nil, nil},
		{"a leaver whose last day is near, who was here all along", person("bob", "2020-01-01", "2026-03-31"), nil, nil, nil, []string{"leaving bob 2026-03-31"}},
		{"not yet a contractor whose contract ends in a year", person("bob", "2020-01-01", "2027-03-31"), nil, nil, nil, nil},
		{"nobody who left before the programme began", person("bob", "2020-01-01", "2025-12-31"), nil, nil, nil, nil},
		{"both, for a short contract", person("bob", "2026-03-09", "2026-03-20"), nil, nil, nil, []string{"joining bob 2026-03-09", "leaving bob 2026-03-20"}},
		{"only the leaving, when it was over before it was entered", person("bob", "2026-03-02", "2026-03-06"), nil, nil, nil, []string{"leaving bob 2026-03-06"}},
		{"who comes back, anew", person("bob", "2026-03-16", ""), []people.Span{stint("2020-01-01", "2025-06-30")}, nil, nil, []string{"joining bob 2026-03-16"}},
		{"who left and comes back: the leaving of the first time too", person("bob", "2026-03-16", ""), []people.Span{stint("2020-01-01", "2026-03-01")}, nil, nil,
			[]string{"joining bob 2026-03-16", "leaving bob 2026-03-01"}},
		{"no second one once it is done", person("bob", "2026-03-02", ""), nil, nil, []Run{{ID: "x", List: Joining, Person: "bob", Day: day - 8, State: Done}}, nil},
		{"no second one when somebody cancelled it", person("bob", "2026-03-02", ""), nil, nil, []Run{{ID: "x", List: Joining, Person: "bob", Day: day - 8, State: Cancelled, EndedBy: "a1"}}, nil},
		{"again, when it was cancelled by itself", person("bob", "2026-03-02", ""), nil, nil, []Run{{ID: "x", List: Joining, Person: "bob", Day: day - 8, State: Cancelled}}, []string{"joining bob 2026-03-02"}},
		{"who comes back although the first joining is done", person("bob", "2026-03-16", ""), []people.Span{stint("2026-01-12", "2026-02-20")}, nil,
			[]Run{{ID: "x", List: Joining, Person: "bob", Day: cadence.On(2026, 1, 12), State: Done}, {ID: "y", List: Leaving, Person: "bob", Day: cadence.On(2026, 2, 20), State: Done}}, []string{"joining bob 2026-03-16"}},
		{"no second leaving when the last day is corrected after it was done", person("bob", "2020-01-01", "2026-03-03"), nil, nil, []Run{{ID: "x", List: Leaving, Person: "bob", Day: day - 9, State: Done}}, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f := firm(tt.is)
			f.Spans = tt.also
			w := world(f)
			w.Runs = tt.runs
			if tt.set != nil {
				tt.set(&w.Setting)
			}
			var got []string
			for _, c := range w.settle(t) {
				if c.Was.ID == "" {
					got = append(got, string(c.Is.List)+" "+c.Is.Person+" "+c.Is.Day.String())
				}
			}
			slices.Sort(got)
			if !slices.Equal(got, tt.want) {
				t.Errorf("checklists begin: %q, want %q", got, tt.want)
			}
		})
	}
}

// one returns the only checklist of a kind.
func (w *World) one(t *testing.T, l List) Run {
	t.Helper()
	var out []Run
	for _, r := range w.Runs {
		if r.List == l {
			out = append(out, r)
		}
	}
	if len(out) != 1 {
		t.Fatalf("there are %d checklists of %s", len(out), l)
	}
	return out[0]
}

func (r Run) step(t *testing.T, id string) RunStep {
	t.Helper()
	i := r.find(id)
	if i < 0 {
		t.Fatalf("%s is not on the list of %s", id, r.Person)
	}
	return r.Steps[i]
}

func TestTheStepsOfAJoiner(t *testing.T) {
	bob := person("bob", "2026-03-16", "")
	bob.Function = "engineering"
	w := world(firm(bob))
	w.settle(t)
	r := w.one(t, Joining)
	for _, tt := range []struct{ step, due, who, why string }{
		{"ON-01", "2026-03-10", "pia", ""}, // ten days before the first day is over already, so today
		{"ON-02", "2026-03-13", "pia", ""},
		{"ON-06", "2026-03-16", "ivo", ""},
		{"ON-09", "2026-03-19", "bob", ""},
		{"ON-11", "2026-03-17", "ada", ""},
		{"ON-17", "2026-04-15", "bob", ""},
		{"ON-05", "2026-03-16", "pia", "Nobody is named for Legal. It falls to the people team."},
	} {
		s := r.step(t, tt.step)
		if s.Due.String() != tt.due || s.Assignee != tt.who || s.Chosen != tt.why {
			t.Errorf("%s is due %s and falls to %s (%s), want %s, %s (%s)", tt.step, s.Due, s.Assignee, s.Chosen, tt.due, tt.who, tt.why)
		}
	}
	for _, not := range []string{"ON-12", "ON-15", "ON-16", "ON-22", "ON-23", "ON-24", "ON-25", "ON-27", "OF-01"} {
		if r.find(not) >= 0 {
			t.Errorf("%s is asked of an engineer without other groups", not)
		}
	}
	w.Followed = []string{"soc2-2017", "iso42001-2023"}
	w.settle(t)
	if r := w.one(t, Joining); r.find("ON-16") < 0 || r.find("ON-15") >= 0 {
		t.Error("following ISO 42001 must add training about AI, and none about HIPAA")
	}
}

func TestAnUnassignableStepIsShown(t *testing.T) {
	bob := person("bob", "2026-03-16", "")
	bob.Manager = ""
	w := world(firm(bob))
	w.Setting.Offices = map[Doer]string{}
	w.settle(t)
	s := w.one(t, Joining).step(t, "ON-06")
	if s.Assignee != "" || s.Chosen != "Nobody is named for IT. Name somebody in the settings, or enter the manager." {
		t.Errorf("it falls to %q: %q", s.Assignee, s.Chosen)
	}
	w.Setting.Offices["it"] = "ivo"
	w.settle(t)
	if s := w.one(t, Joining).step(t, "ON-06"); s.Assignee != "ivo" || s.Chosen != "" {
		t.Errorf("once somebody is named it falls to %q: %q", s.Assignee, s.Chosen)
	}
}

func TestOfficesOfThoseWhoLeftFallBack(t *testing.T) {
	f := firm(person("bob", "2026-03-16", ""))
	f.People[1].EndOn = "2026-03-01"
	w := world(f)
	w.Setting.Begins = day // Ivo's own leaving is not what this is about
	id, why := w.Setting.Assign(w.Roster, "it", "bob", day)
	if id != "pia" || why != "Who is named for IT is not here. It falls to the people team." {
		t.Errorf("it falls to %q: %q", id, why)
	}
	w.Setting.Offices["people"] = ""
	if id, why = w.Setting.Assign(w.Roster, "it", "bob", day); id != "ada" || why != "Who is named for IT is not here. It falls to the manager." {
		t.Errorf("it falls to %q: %q", id, why)
	}
	if id, _ = w.Setting.Assign(w.Roster, Self, "bob", day); id != "bob" {
		t.Errorf("the person's own step falls to %q", id)
	}
}

func TestDatesMoveWithTheRegister(t *testing.T) {
	w := world(firm(person("bob", "2026-03-16", ""), person("cyd", "2020-01-01", "2026-03-20")))
	w.settle(t)
	w.Roster = people.NewRoster(firm(person("bob", "2026-04-01", ""), person("cyd", "2020-01-01", "2026-03-27")))
	w.settle(t)
	if r := w.one(t, Joining); r.Day.String() != "2026-04-01" || r.step(t, "ON-09").Due.String() != "2026-04-04" || len(w.Runs) != 2 {
		t.Errorf("the joining is of %s, ON-09 due %s", r.Day, r.step(t, "ON-09").Due)
	}
	if r := w.one(t, Leaving); r.Day.String() != "2026-03-27" || r.step(t, "OF-07").Due.String() != "2026-03-28" {
		t.Errorf("the leaving is of %s, OF-07 due %s", r.Day, r.step(t, "OF-07").Due)
	}
	w.Roster = people.NewRoster(firm(person("bob", "2026-04-01", ""), person("cyd", "2020-01-01", "")))
	w.settle(t)
	r := w.one(t, Leaving)
	if r.State != Cancelled || r.Reason != "The leaving was withdrawn: the register names no last day any more." || r.step(t, "OF-07").State != Withdrawn {
		t.Errorf("the withdrawn leaving is %s: %s, OF-07 %s", r.State, r.Reason, r.step(t, "OF-07").State)
	}
	w.Roster = people.NewRoster(firm(person("bob", "2026-04-01", ""), person("cyd", "2020-01-01", "2026-03-30")))
	w.settle(t)
	if n := len(w.Runs); n != 3 || w.Runs[2].State != Open || w.Runs[2].List != Leaving {
		t.Errorf("leaving after all makes %d checklists: %+v", n, w.Runs[n-1])
	}
}

func TestAJoinerWhoLeavesNeedsNoJoining(t *testing.T) {
	w := world(firm(person("bob", "2026-03-02", "")))
	w.settle(t)
	r := &w.Runs[0]
	r.Steps[r.find("ON-06")].State = StepDone
	w.Roster = people.NewRoster(firm(person("bob", "2026-03-02", "2026-03-09")))
	w.settle(t)
	got := w.one(t, Joining)
	if got.State != Cancelled || got.Reason != "The person left on 2026-03-09 before every step was done." || got.step(t, "ON-06").State != StepDone {
		t.Errorf("the joining is %s: %s; what was done is %s", got.State, got.Reason, got.step(t, "ON-06").State)
	}
	if l := w.one(t, Leaving); l.State != Open {
		t.Errorf("the leaving is %s", l.State)
	}
}

func TestAChangeOfAStepIsNeverRetroactive(t *testing.T) {
	w := world(firm(person("bob", "2026-03-16", "")))
	w.settle(t)
	was := Shipped()[0]
	changed := was
	changed.Title = "Confirm role and place"
	w.Versions = []Version{{Step: changed, From: noon.Add(time.Hour)}}
	w.Now = noon.Add(2 * time.Hour)
	if c := w.settle(t); len(c) != 0 || w.one(t, Joining).step(t, "ON-01").Title != was.Title {
		t.Errorf("a running checklist took over a change that was not meant for it: %+v", c)
	}
	w.Roster = people.NewRoster(firm(person("bob", "2026-03-16", ""), person("cyd", "2026-03-17", "")))
	w.settle(t)
	if got := w.Runs[1].step(t, "ON-01").Title; got != changed.Title {
		t.Errorf("a checklist begun after it asks %q", got)
	}
	changed.Title = "Confirm the role"
	own := Step{ID: "own", List: Joining, Title: "Welcome lunch", Doer: Line}
	w.Versions = append(w.Versions, Version{Step: changed, From: w.Now, Running: true}, Version{Step: own, From: w.Now, Running: true}, Version{Step: Shipped()[3], From: w.Now, Running: true, Retired: true})
	w.Runs[0].Steps[w.Runs[0].find("ON-08")].State = StepDone
	done := Shipped()[7]
	done.Title = "Something else"
	w.Versions = append(w.Versions, Version{Step: done, From: w.Now, Running: true})
	w.settle(t)
	for _, r := range w.Runs {
		if r.step(t, "ON-01").Title != "Confirm the role" || r.step(t, "own").State != ToDo || r.step(t, "ON-04").State != Withdrawn {
			t.Errorf("a change for running checklists did not reach that of %s", r.Person)
		}
	}
	if got := w.Runs[0].step(t, "ON-08"); got.State != StepDone || got.Title != Shipped()[7].Title {
		t.Errorf("what was done became %s, %q", got.State, got.Title)
	}
}

func TestStepsCloseByWhatWasFulfilledElsewhere(t *testing.T) {
	w := world(firm(person("bob", "2026-03-02", "")))
	w.settle(t)
	at := noon.Add(-time.Hour)
	w.Closed = map[people.Check]map[string]time.Time{people.PoliciesCheck: {"bob": at}, people.BackgroundCheck: {"ada": at}}
	w.settle(t)
	r := w.one(t, Joining)
	if s := r.step(t, "ON-13"); s.State != StepDone || !s.At.Equal(at) || s.By != "" {
		t.Errorf("the policies are acknowledged, and the step is %s since %s", s.State, s.At)
	}
	if s := r.step(t, "ON-02"); s.State != ToDo {
		t.Errorf("somebody else's check closed the step: %s", s.State)
	}
	for i := range w.Runs[0].Steps {
		w.Runs[0].Steps[i].State = NotNeeded
	}
	w.settle(t)
	if r := w.one(t, Joining); r.State != Done || !r.EndedAt.Equal(noon) {
		t.Errorf("a checklist with nothing left is %s", r.State)
	}
}

func TestShippedSteps(t *testing.T) {
	var removal []string
	n := map[List]int{}
	for _, s := range Shipped() {
		n[s.List]++
		if s.Removal {
			removal = append(removal, s.ID)
		}
	}
	if n[Joining] != 28 || n[Leaving] != 25 {
		t.Errorf("%d steps of joining and %d of leaving ship", n[Joining], n[Leaving])
	}
	if want := []string{"OF-07", "OF-08", "OF-09", "OF-10", "OF-11", "OF-12", "OF-17", "OF-21"}; !slices.Equal(removal, want) {
		t.Errorf("removal of access is shown by %v, want %v", removal, want)
	}
}
