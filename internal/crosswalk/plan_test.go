package crosswalk

import (
	"reflect"
	"slices"
	"testing"

	"github.com/toucan-grc/toucan/internal/control"
	"github.com/toucan-grc/toucan/internal/framework"
)

// TestTheReachOfTheLibraryIsWhole is the checker of what ships: every requirement
// a control or a cover speaks of exists.
func TestTheReachOfTheLibraryIsWhole(t *testing.T) {
	r, frameworks := ShippedReach(), framework.Shipped()
	links := 0
	for _, e := range r.Library.Entries {
		links += len(r.Links(e.Code))
		for _, l := range r.Links(e.Code) {
			if !frameworks.Has(l.Ref) {
				t.Errorf("%s counts for %s, which does not exist", e.Code, l.Ref)
			}
			if l.Rationale == "" {
				t.Errorf("%s counts for %s without a reason", e.Code, l.Ref)
			}
		}
	}
	for _, i := range r.Library.Intervals {
		if !frameworks.Has(i.Ref) {
			t.Errorf("%s is asked for by %s, which does not exist", i.Control, i.Ref)
		}
		if _, ok := r.Link(i.Control, i.Ref); !ok {
			t.Errorf("%s asks how often %s runs, which does not count for it", i.Ref, i.Control)
		}
	}
	var incomplete []string
	byFramework := map[string]int{}
	for _, c := range r.Covers {
		byFramework[c.Target.Framework]++
		if !frameworks.Has(c.Target) {
			t.Errorf("the cover of %s covers what does not exist", c.Target)
		}
		if !c.Complete {
			incomplete = append(incomplete, c.Target.ID)
		}
		full := slices.ContainsFunc(r.serving[c.Target], func(code string) bool { l, _ := r.Link(code, c.Target); return l.Mask().Full() })
		if full != (c.Complete && len(c.Controls) == 1) {
			t.Errorf("%s: a control holds all of it: %t; its cover is %v, complete %t", c.Target, full, c.Controls, c.Complete)
		}
	}
	if links != 1955 || len(r.Covers) != 184 || byFramework["soc2-2017"] != 61 || byFramework["iso27001-2022"] != 123 {
		t.Errorf("%d links, %d covers (%v); want 1955 and 184", links, len(r.Covers), byFramework)
	}
	if want := []string{"4.4", "5.1", "A.5.4", "A.5.14", "A.5.32"}; !slices.Equal(incomplete, want) {
		t.Errorf("not completed: %v, want %v", incomplete, want)
	}
}

func planFor(t *testing.T, r *Reach, id string, have map[string]bool) Plan {
	t.Helper()
	f, ok := framework.Shipped().Find(id)
	if !ok {
		t.Fatal(id)
	}
	return r.PlanFor(f, have, nil)
}

func TestAPlanClosesWhatTheLibraryCan(t *testing.T) {
	for _, tt := range []struct {
		framework           string
		closed, steps, knee int
		open                []string
	}{
		{"iso27001-2022", 118, 109, 65, []string{"4.4", "5.1", "A.5.4", "A.5.14", "A.5.32"}},
		{"soc2-2017", 61, 99, 24, nil},
	} {
		p := planFor(t, ShippedReach(), tt.framework, nil)
		var open []string
		for _, c := range p.Open {
			open = append(open, c.Target.ID)
			if c.Note == "" {
				t.Errorf("%s is not completed, and nothing says what is missing", c.Target)
			}
		}
		if p.Closed != tt.closed || len(p.Steps) != tt.steps || p.Knee != tt.knee || !slices.Equal(open, tt.open) {
			t.Errorf("%s: %d closed by %d controls, knee %d, open %v; want %+v", tt.framework, p.Closed, len(p.Steps), p.Knee, open, tt)
		}
		checkPlan(t, p)
	}
}

// checkPlan holds what is true of every plan: a control stands in it once, what
// is closed only grows, and each requirement is closed once.
func checkPlan(t *testing.T, p Plan) {
	t.Helper()
	closed, seen, codes := p.Before, map[string]bool{}, map[string]bool{}
	for i, s := range p.Steps {
		if codes[s.Entry.Code] {
			t.Errorf("%s stands in the plan twice", s.Entry.Code)
		}
		codes[s.Entry.Code] = true
		for _, id := range s.Closes {
			if seen[id] {
				t.Errorf("%s is closed twice", id)
			}
			seen[id] = true
		}
		if closed += len(s.Closes); s.Closed != closed {
			t.Errorf("step %d says %d are closed, counted %d", i+1, s.Closed, closed)
		}
	}
	if closed != p.Closed {
		t.Errorf("the plan says it closes %d, its steps %d", p.Closed, closed)
	}
	if last := len(p.Steps) - 1; last >= 0 && !reflect.DeepEqual(p.Steps[last].Effort, EffortOf(entriesOf(p))) {
		t.Errorf("effort %+v", p.Steps[last].Effort)
	}
}

func entriesOf(p Plan) []control.Entry {
	var out []control.Entry
	for _, s := range p.Steps {
		out = append(out, s.Entry)
	}
	return out
}

func TestAPlanDependsOnNoOrder(t *testing.T) {
	r := ShippedReach()
	turned := &Reach{Library: &control.Library{}, links: r.links, covers: map[framework.Ref]int{}, serving: map[framework.Ref][]string{}}
	*turned.Library = *r.Library
	turned.Covers = slices.Clone(r.Covers)
	slices.Reverse(turned.Covers)
	for i, c := range turned.Covers {
		c.Controls = slices.Clone(c.Controls)
		slices.Reverse(c.Controls)
		turned.Covers[i], turned.covers[c.Target] = c, i
	}
	for ref, codes := range r.serving {
		codes = slices.Clone(codes)
		slices.Reverse(codes)
		turned.serving[ref] = codes
	}
	a, b := planFor(t, r, "iso27001-2022", nil), planFor(t, turned, "iso27001-2022", nil)
	for i := range min(len(a.Steps), len(b.Steps)) {
		if a.Steps[i].Entry.Code != b.Steps[i].Entry.Code {
			t.Fatalf("step %d is %s, and %s with the rows in another order", i+1, a.Steps[i].Entry.Code, b.Steps[i].Entry.Code)
		}
	}
	if a.Closed != b.Closed || len(a.Steps) != len(b.Steps) {
		t.Errorf("%d closed by %d, and %d by %d", a.Closed, len(a.Steps), b.Closed, len(b.Steps))
	}
}

func TestAPlanStartsFromWhatThereIs(t *testing.T) {
	r := ShippedReach()
	whole := planFor(t, r, "iso27001-2022", nil)
	for _, n := range []int{1, 34, whole.Knee, 200} {
		have := map[string]bool{}
		for _, code := range whole.First(n) {
			have[code] = true
		}
		rest := planFor(t, r, "iso27001-2022", have)
		checkPlan(t, rest)
		if want := whole.Steps[min(n, len(whole.Steps))-1].Closed; rest.Before != want || rest.Closed != whole.Closed {
			t.Errorf("after %d controls %d are closed and %d will be; want %d and %d", n, rest.Before, rest.Closed, want, whole.Closed)
		}
		for _, s := range rest.Steps {
			if have[s.Entry.Code] {
				t.Errorf("%s is planned though it is there", s.Entry.Code)
			}
		}
	}
}

func TestAPlanLeavesOutWhatIsOutOfScope(t *testing.T) {
	soc2, _ := framework.Shipped().Find("soc2-2017")
	out := map[string]bool{}
	for _, q := range soc2.Asked() {
		if !soc2.Within(q.ID, "CC") {
			out[q.ID] = true
		}
	}
	p := ShippedReach().PlanFor(soc2, nil, out)
	checkPlan(t, p)
	if p.Of != 33 || p.Closed != 33 {
		t.Errorf("%d of %d closed, want all 33 of Security", p.Closed, p.Of)
	}
	for _, s := range p.Steps {
		if out[s.For] {
			t.Errorf("%s is planned for %s, which is out of scope", s.Entry.Code, s.For)
		}
	}
}

func TestEffortCountsWhatItSays(t *testing.T) {
	got := EffortOf([]control.Entry{
		{Kind: control.Periodic, Frequency: "quarterly", Evidence: []string{"a", "b"}},
		{Kind: control.Periodic, Frequency: "daily", Evidence: []string{"b"}},
		{Kind: control.Event, Evidence: []string{"c"}},
		{Kind: control.Continuous},
	})
	if want := (Effort{369, 2, 3}); got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
}

// TestWhatSomebodyMatchedIsAdopted: a control that a person called an entry becomes
// that entry's, so that adopting the library whole makes no twin of it.
func TestWhatSomebodyMatchedIsAdopted(t *testing.T) {
	mine := control.Control{ID: "3", Code: "UR-7", Title: "User access review"}
	said := []Judgement{{Kind: IsEntry, Control: "3", Entry: "AC-04"}, {Kind: NotEntry, Control: "3", Entry: "AC-05"}}
	steps, err := ShippedReach().Prepare(AdoptPlan{Entries: []string{"AC-04", "AC-05"}}, []control.Control{mine}, nil, said)
	if err != nil {
		t.Fatal(err)
	}
	if len(steps) != 2 || steps[0].Action != AdoptAttach || steps[0].Code != "UR-7" || steps[1].Action != AdoptNew {
		t.Errorf("steps %+v, want AC-04 attached to UR-7 and AC-05 made", steps)
	}
}

func TestPrepareOverwritesNothing(t *testing.T) {
	r := ShippedReach()
	e, _ := r.Library.Find("AC-01")
	same := e.Control()
	same.ID, same.Title, same.Origin = "1", "NAMED accounts after  an identity check", "imported"
	other := control.Control{ID: "2", Code: "ac-02", Title: "Our own", Statement: "Something else."}
	mine := control.Control{ID: "3", Code: "UAR", Title: "User access review"}
	steps, err := r.Prepare(AdoptPlan{
		Entries: []string{"AC-05", "AC-03", "AC-02", "AC-01", "AC-04", "AC-06"},
		Owners:  map[string]string{"it": "person"},
		As:      map[string]string{"AC-04": "uar", "AC-05": "L-05"},
	}, []control.Control{same, other, mine}, []Adoption{{Control: "9", Entry: "AC-06"}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, s := range steps {
		got = append(got, s.Entry+" "+string(s.Action)+" "+s.Code)
		if s.Action == AdoptNew && (s.Control.Status != control.Planned || s.Control.Origin != "library") {
			t.Errorf("%s would be entered as %+v", s.Entry, s.Control)
		}
	}
	want := []string{"AC-01 attach AC-01", "AC-02 clash ac-02", "AC-03 create AC-03", "AC-04 attach UAR", "AC-05 create L-05", "AC-06 unchanged "}
	if !slices.Equal(got, want) {
		t.Errorf("steps %q, want %q", got, want)
	}
	for name, plan := range map[string]AdoptPlan{
		"nothing":                    {},
		"a control nobody wrote":     {Entries: []string{"XX-1"}},
		"two entries as one control": {Entries: []string{"AC-01", "AC-02"}, As: map[string]string{"AC-01": "UAR", "AC-02": "UAR"}},
		"two entries under one code": {Entries: []string{"AC-01", "AC-02"}, As: map[string]string{"AC-01": "NEW", "AC-02": "new"}},
	} {
		if _, err := r.Prepare(plan, []control.Control{mine}, nil, nil); err == nil {
			t.Errorf("%s was prepared", name)
		}
	}
}

func TestJoinedLinksKeepWhatSomebodyStated(t *testing.T) {
	ref := func(id string) framework.Ref { return framework.Ref{Framework: "iso27001-2022", ID: id} }
	have := []Link{{Ref: ref("A.5.1")}, {Ref: ref("A.5.2"), Relation: "subset", Rationale: "ours"}, {Ref: ref("A.5.3"), Rationale: "noted"}, {Ref: ref("A.5.9")}}
	entry := []Link{{ref("A.5.1"), "superset", "lib"}, {ref("A.5.2"), "superset", "lib"}, {ref("A.5.3"), "subset", "lib"}, {ref("A.5.4"), "intersects", "lib"}, {framework.Ref{Framework: "gone", ID: "1"}, "subset", "lib"}}
	got := Joined(have, entry, func(r framework.Ref) bool { return r.Framework != "gone" })
	want := []Link{{ref("A.5.1"), "superset", "lib"}, {ref("A.5.2"), "subset", "ours"}, {ref("A.5.3"), "subset", "noted"}, {ref("A.5.4"), "intersects", "lib"}, {Ref: ref("A.5.9")}}
	if !slices.Equal(got, want) {
		t.Errorf("joined %+v, want %+v", got, want)
	}
	if again := Joined(got, entry, func(r framework.Ref) bool { return r.Framework != "gone" }); !slices.Equal(again, got) {
		t.Errorf("joined twice: %+v", again)
	}
}
