package crosswalk

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/toucan-grc/toucan/internal/framework"
	"github.com/toucan-grc/toucan/internal/problem"
)

var day = time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)

// decided numbers decisions and dates them a minute apart.
func decided(list ...Decision) []Decision {
	for i := range list {
		list[i].ID = fmt.Sprintf("d%03d", i)
		list[i].At = day.Add(time.Duration(i) * time.Minute)
		if list[i].Authority == "" {
			list[i].Authority = OfOrganisation
		}
		if list[i].ByName == "" {
			list[i].ByName = "Ann"
		}
	}
	return list
}

func over(t *testing.T, l *Library, ids []string, list ...Decision) *Stack {
	t.Helper()
	s, err := l.StackWith(ids, InForce(decided(list...)))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// sets of the little world: "pair" is authored, "theirs" published and outside
// the stack, "guess" derived.
func decisionWorld(t *testing.T) *Library {
	const head = "source_framework,source_id,relationship,target_framework,target_id\n"
	return read(t, small("left,a1,superset,right,b1,,\nleft,a2,intersects,right,b2,,\n",
		"mappings/theirs.csv", head+"right,b1,superset,left,a2\n",
		"mappings/guess.csv", head+"left,a1,equal,right,b2\nleft,a3,subset,right,b1\n",
		"mappings/sets.csv", "id,file,title,kind,source,licence,default\npair,pair.csv,P,authored,us,ours,yes\ntheirs,theirs.csv,S,published,them,theirs,no\nguess,guess.csv,G,derived,us,ours,no\n"))
}

func TestDecisionsChangeWhatFollows(t *testing.T) {
	on := func(set, a, b string, kind DecisionKind) Decision {
		return Decision{Set: set, Source: left(a), Target: right(b), Kind: kind}
	}
	with := func(d Decision, m Mask, who Authority) Decision {
		d.Relation, d.Authority = m, who
		return d
	}
	propose := with(on(Proposed, "a3", "b2", Propose), Equal, OfOrganisation)
	override := with(on(EverySet, "a1", "b1", Override), Intersects, OfOrganisation)
	judge := with(on(EverySet, "a1", "b1", Override), None, OfAuditor)
	for name, tt := range map[string]struct {
		list      []Decision
		a, b      string
		want      Mask
		candidate bool
	}{
		"nothing decided":                                 {nil, "a1", "b1", Superset, false},
		"a derived row is a suggestion":                   {nil, "a3", "b1", Subset, true},
		"a derived row that is confirmed is firm":         {[]Decision{with(on("guess", "a3", "b1", Confirm), Subset, "")}, "a3", "b1", Subset, false},
		"confirmed when it said something else":           {[]Decision{with(on("guess", "a3", "b1", Confirm), Equal, "")}, "a3", "b1", Subset, true},
		"a confirmation withdrawn":                        {[]Decision{on("guess", "a3", "b1", Confirm), on("guess", "a3", "b1", Retract)}, "a3", "b1", Subset, true},
		"a challenged row counts for nothing":             {[]Decision{on("pair", "a1", "b1", Dispute)}, "a1", "b1", 0, false},
		"a challenged derived row is no suggestion":       {[]Decision{on("guess", "a3", "b1", Dispute)}, "a3", "b1", 0, false},
		"confirmed after it was challenged":               {[]Decision{on("pair", "a1", "b1", Dispute), on("pair", "a1", "b1", Confirm)}, "a1", "b1", Superset, false},
		"a row outside the stack that is confirmed":       {[]Decision{{Set: "theirs", Source: right("b1"), Target: left("a2"), Kind: Confirm}}, "a2", "b1", Subset, false},
		"seen from the other side":                        {[]Decision{{Set: "pair", Source: right("b1"), Target: left("a1"), Kind: Dispute}}, "a1", "b1", 0, false},
		"an override holds in place of the rows":          {[]Decision{override}, "a1", "b1", Intersects, false},
		"an override withdrawn":                           {[]Decision{override, on(EverySet, "a1", "b1", Retract)}, "a1", "b1", Superset, false},
		"the auditor's override over the organisation's":  {[]Decision{judge, override}, "a1", "b1", None, false},
		"an auditor confirms what we overrode":            {[]Decision{with(on("pair", "a1", "b1", Confirm), Superset, OfAuditor), override}, "a1", "b1", Superset, false},
		"we confirm what we overrode":                     {[]Decision{on("pair", "a1", "b1", Confirm), override}, "a1", "b1", Intersects, false},
		"the auditor's challenge over our confirmation":   {[]Decision{with(on("pair", "a1", "b1", Dispute), 0, OfAuditor), on("pair", "a1", "b1", Confirm)}, "a1", "b1", 0, false},
		"the auditor's confirmation over our challenge":   {[]Decision{with(on("pair", "a1", "b1", Confirm), 0, OfAuditor), on("pair", "a1", "b1", Dispute)}, "a1", "b1", Superset, false},
		"we withdraw, and the auditor's stays":            {[]Decision{with(on("pair", "a1", "b1", Dispute), 0, OfAuditor), on("pair", "a1", "b1", Retract)}, "a1", "b1", 0, false},
		"a proposal is a suggestion":                      {[]Decision{propose}, "a3", "b2", Equal, true},
		"a proposal confirmed":                            {[]Decision{propose, on(Proposed, "a3", "b2", Confirm)}, "a3", "b2", Equal, false},
		"a proposal challenged":                           {[]Decision{propose, on(Proposed, "a3", "b2", Dispute)}, "a3", "b2", 0, false},
		"a proposal confirmed by the auditor":             {[]Decision{propose, with(on(Proposed, "a3", "b2", Confirm), 0, OfAuditor)}, "a3", "b2", Equal, false},
		"a new proposal drops what was said of the first": {[]Decision{propose, on(Proposed, "a3", "b2", Confirm), with(propose, Subset, "")}, "a3", "b2", Subset, true},
		"a proposal withdrawn":                            {[]Decision{propose, on(Proposed, "a3", "b2", Retract)}, "a3", "b2", 0, false},
		"its confirmation withdrawn":                      {[]Decision{propose, on(Proposed, "a3", "b2", Confirm), on(Proposed, "a3", "b2", Retract)}, "a3", "b2", Equal, true},
		"an override over a proposal":                     {[]Decision{propose, with(on(EverySet, "a3", "b2", Override), None, "")}, "a3", "b2", None, false},
		"a pair the catalogue does not have":              {[]Decision{on("pair", "a9", "b9", Confirm), with(on(EverySet, "a9", "b9", Override), None, "")}, "a1", "b1", Superset, false},
		"a set the library does not have":                 {[]Decision{on("gone", "a1", "b1", Dispute)}, "a1", "b1", Superset, false},
	} {
		// a1 to b2 and others would lead around, so each case has a stack of its own
		s := over(t, decisionWorld(t), []string{"pair", "guess"}, tt.list...)
		edges := s.Direct(left(tt.a), right(tt.b))
		got := Any
		taking, candidate := 0, false
		for _, p := range s.Paths(left(tt.a), right(tt.b)) {
			if len(p.Hops) == 1 {
				got, candidate = got&p.Mask, p.Candidate
				taking++
			}
		}
		if taking == 0 {
			got = 0
		}
		if got != tt.want || candidate != tt.candidate {
			t.Errorf("%s: %v, candidate %t, want %v, %t; rows %v", name, got, candidate, tt.want, tt.candidate, edges)
		}
	}
}

func TestStatusOfRows(t *testing.T) {
	l := decisionWorld(t)
	s := over(t, l, []string{"pair", "guess"},
		Decision{Set: "pair", Source: left("a1"), Target: right("b1"), Kind: Confirm, Relation: Superset},
		Decision{Set: "pair", Source: left("a2"), Target: right("b2"), Kind: Dispute, Rationale: "No."},
		Decision{Set: "theirs", Source: left("a2"), Target: right("b1"), Kind: Confirm},
		Decision{Set: EverySet, Source: left("a3"), Target: right("b1"), Kind: Override, Relation: Intersects, Rationale: "Looked."},
		Decision{Set: Proposed, Source: left("a3"), Target: right("b2"), Kind: Propose, Relation: Equal, Rationale: "Same."})
	var got []string
	for _, ref := range []framework.Ref{left("a1"), left("a2"), left("a3")} {
		for _, e := range s.EdgesOf(ref) {
			st := s.Status(e)
			got = append(got, fmt.Sprintf("%s %s-%s %s %t %t", e.Set, e.Source.ID, e.Target.ID, st.State, st.Takes, st.Firm))
		}
	}
	want := []string{
		"pair a1-b1 confirmed true true",
		"guess a1-b2 draft true false",
		"pair a2-b2 challenged false false",
		"theirs b1-a2 confirmed true true",
		"guess a3-b1 overridden false false",
		"organisation-override a3-b1 override true true",
		"own-rows a3-b2 proposed true false",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	plain := stackFrom(t, l, "pair")
	for set, want := range map[string]Status{"pair": {State: Draft, Takes: true, Firm: true}, "guess": {State: Draft}, "gone": {State: Draft}} {
		if got := plain.Status(Edge{Set: set, Source: left("a1"), Target: right("b1")}); got != want {
			t.Errorf("without decisions %s has %+v", set, got)
		}
	}
	if rows := l.Outside(s, left("a2"), "right"); len(rows) != 0 {
		t.Errorf("a confirmed row is no suggestion any more: %v", rows)
	}
	if rows := l.Outside(stackFrom(t, l, "pair"), left("a2"), "right"); len(rows) != 1 {
		t.Errorf("rows outside the stack: %v", rows)
	}
}

func TestDecisionsAreChecked(t *testing.T) {
	l := decisionWorld(t)
	good := Decision{Set: "pair", Source: left("a1"), Target: right("b1"), Kind: Confirm}
	if d, err := good.checked(l); err != nil || d.Relation != Superset {
		t.Errorf("%+v, %v", d, err)
	}
	back := Decision{Set: "pair", Source: right("b1"), Target: left("a1"), Kind: Dispute, Rationale: " Because. "}
	if d, err := back.checked(l); err != nil || d.Relation != Subset || d.Rationale != "Because." {
		t.Errorf("%+v, %v", d, err)
	}
	for field, d := range map[string]Decision{
		"target":      {Set: "pair", Source: left("a1"), Target: left("a1"), Kind: Confirm},
		"source":      {Set: "pair", Source: left("a9"), Target: right("b1"), Kind: Confirm},
		"set":         {Set: "gone", Source: left("a1"), Target: right("b1"), Kind: Confirm},
		"set/2":       {Set: EverySet, Source: left("a1"), Target: right("b1"), Kind: Confirm},
		"rationale":   {Set: "pair", Source: left("a1"), Target: right("b1"), Kind: Dispute},
		"/no row":     {Set: "pair", Source: left("a1"), Target: right("b2"), Kind: Confirm},
		"relation":    {Source: left("a1"), Target: right("b1"), Kind: Override, Rationale: "x"},
		"relation/":   {Source: left("a1"), Target: right("b1"), Kind: Propose, Rationale: "x", Relation: Equal | None},
		"rationale/2": {Source: left("a1"), Target: right("b1"), Kind: Propose, Relation: Equal},
		"rationale/3": {Source: left("a1"), Target: right("b1"), Kind: Override, Relation: Equal, Rationale: strings.Repeat("x", 2001)},
		"residual":    {Source: left("a1"), Target: right("b1"), Kind: Propose, Relation: Equal, Rationale: "x", Residual: "\x00"},
		"strength":    {Source: left("a1"), Target: right("b1"), Kind: Propose, Relation: Equal, Rationale: "x", Strength: 11},
		"target/2":    {Source: left("a1"), Target: right("b"), Kind: Propose, Relation: Equal, Rationale: "x"},
		"kind":        {Source: left("a1"), Target: right("b1"), Kind: "guess"},
	} {
		_, err := d.checked(l)
		want, _, _ := strings.Cut(field, "/")
		if err == nil || problem.Of(err).Field != want || problem.Of(err).Code == problem.Internal {
			t.Errorf("%+v: %v, want a problem with %q", d, err, want)
		}
	}
}

// randomDecisions draws decisions of every kind, on pairs that have rows and on others.
func (w world) randomDecisions(r *rand.Rand) []Decision {
	var refs []framework.Ref
	for _, f := range w.library.Frameworks.Frameworks {
		for _, q := range f.Requirements {
			refs = append(refs, framework.Ref{Framework: f.ID, ID: q.ID})
		}
	}
	var out []Decision
	for range r.IntN(24) {
		a, b := refs[r.IntN(len(refs))], refs[r.IntN(len(refs))]
		if a == b {
			continue
		}
		d := Decision{Source: a, Target: b, Authority: []Authority{OfOrganisation, OfOrganisation, OfAuditor}[r.IntN(3)], Rationale: "Drawn."}
		stated := []Mask{Equal, Subset, Superset, Intersects, None, Overlaps}[r.IntN(6)]
		set := w.library.Sets[r.IntN(len(w.library.Sets))]
		switch r.IntN(6) {
		case 0:
			d.Kind, d.Set, d.Relation = Override, EverySet, stated
		case 1:
			d.Kind, d.Relation = Propose, stated
		case 2:
			d.Kind = Confirm
		case 3:
			d.Kind, d.Set = Retract, []string{set.ID, EverySet, Proposed}[r.IntN(3)]
		default:
			e := Edge{Source: a, Target: b}
			if len(set.Edges) > 0 {
				e = set.Edges[r.IntN(len(set.Edges))]
			}
			d.Kind, d.Set, d.Source, d.Target = []DecisionKind{Confirm, Dispute}[r.IntN(2)], set.ID, e.Source, e.Target
			d.Relation, _ = set.says(e.Source, e.Target)
		}
		out = append(out, d)
	}
	return decided(out...)
}

// toldWith is told with decisions over the stack.
func (w world) toldWith(ids []string, ds Decisions) []string {
	s, err := w.library.StackWith(ids, ds)
	if err != nil {
		panic(err)
	}
	var out []string
	w.pairs(func(a, b framework.Ref) {
		p, ok := s.Relate(a.Framework, b.Framework).Pair(a.ID, b.ID)
		out = append(out, fmt.Sprint(a, b, p.Mask, p.Candidate, p.Contradiction, ok))
		for _, path := range s.Paths(a, b) {
			out = append(out, path.Sentence())
			for _, h := range path.Hops {
				out = append(out, h.Edge.Set, fmt.Sprint(len(h.Also)))
			}
		}
		rows := 0
		for _, e := range s.Direct(a, b) {
			st := s.Status(e)
			out = append(out, fmt.Sprint(e.Set, e.Relation, st.State, st.Takes, st.Firm))
			rows++
		}
		out = append(out, fmt.Sprint(rows, len(w.library.Outside(s, a, b.Framework))))
	})
	return out
}

func TestDecisionOrderChangesNothing(t *testing.T) {
	worlds(t, 60, true, func(t *testing.T, w world, r *rand.Rand) {
		ids := w.library.SetIDs()[:1+r.IntN(3)]
		ds := InForce(w.randomDecisions(r))
		before := w.toldWith(ids, ds)
		shuffled := slices.Clone(ds)
		r.Shuffle(len(shuffled), func(i, j int) { shuffled[i], shuffled[j] = shuffled[j], shuffled[i] })
		for i := range shuffled {
			if r.IntN(2) == 0 { // the pair is the same from either side
				d := &shuffled[i]
				d.Source, d.Target, d.Relation = d.Target, d.Source, d.Relation.Inverse()
			}
		}
		w.library.kept = nil
		after := w.toldWith(ids, shuffled)
		turned := func(s []string) []string { // a row of a person reads from where it was written; what follows does not
			return slices.DeleteFunc(slices.Clone(s), func(x string) bool {
				return strings.HasPrefix(x, SetOfProposals) || strings.HasPrefix(x, SetOfOrganisation) || strings.HasPrefix(x, SetOfAuditor)
			})
		}
		if a, b := turned(before), turned(after); !slices.Equal(a, b) {
			for i := range a {
				if a[i] != b[i] {
					t.Fatalf("%q, and in another order %q", a[i], b[i])
				}
			}
		}
	})
}

// TestDecisionsEqualEditedSets compares the overlay with sets in which somebody
// crossed out, moved and added the rows by hand.
func TestDecisionsEqualEditedSets(t *testing.T) {
	worlds(t, 200, true, func(t *testing.T, w world, r *rand.Rand) {
		ids := w.library.SetIDs()[:1+r.IntN(3)]
		ds := InForce(w.randomDecisions(r))
		s, err := w.library.StackWith(ids, ds)
		if err != nil {
			t.Fatal(err)
		}
		edited := w.edited(ids, ds)
		byHand, err := edited.Stack(edited.SetIDs())
		if err != nil {
			t.Fatal(err)
		}
		w.pairs(func(a, b framework.Ref) {
			p, ok := s.Relate(a.Framework, b.Framework).Pair(a.ID, b.ID)
			q, same := byHand.Relate(a.Framework, b.Framework).Pair(a.ID, b.ID)
			if p != q || ok != same {
				t.Errorf("%v to %v: %+v %t, by hand %+v %t", a, b, p, ok, q, same)
			}
		})
	})
}

// edited applies decisions to the rows by plain search: a firm set and a loose one.
func (w world) edited(ids []string, ds Decisions) *Library {
	find := func(kind func(Decision) bool, a, b framework.Ref, set string) *Decision {
		var best *Decision
		for i, d := range ds {
			on := d.Source == a && d.Target == b || d.Source == b && d.Target == a
			if on && d.Set == set && kind(d) && (best == nil || d.Authority == OfAuditor) {
				best = &ds[i]
			}
		}
		return best
	}
	judged := func(d Decision) bool { return d.Kind == Confirm || d.Kind == Dispute }
	override := func(d Decision) bool { return d.Kind == Override }
	proposal := func(d Decision) bool { return d.Kind == Propose }
	confirmedByAuditor := func(a, b framework.Ref) bool {
		for _, set := range w.library.Sets {
			if j := find(judged, a, b, set.ID); j != nil && j.Kind == Confirm && j.Authority == OfAuditor {
				return true
			}
		}
		j := find(judged, a, b, Proposed)
		return find(proposal, a, b, Proposed) != nil && j != nil && j.Kind == Confirm && j.Authority == OfAuditor
	}
	overruled := func(a, b framework.Ref) *Decision {
		d := find(override, a, b, EverySet)
		if d != nil && d.Authority == OfOrganisation && confirmedByAuditor(a, b) {
			return nil
		}
		return d
	}
	firm, loose := &Set{ID: "firm", Kind: Authored}, &Set{ID: "loose", Kind: Derived}
	for _, set := range w.library.Sets {
		for _, e := range set.Edges {
			if overruled(e.Source, e.Target) != nil {
				continue
			}
			j := find(judged, e.Source, e.Target, set.ID)
			switch {
			case j != nil && j.Kind == Confirm:
				firm.Edges = append(firm.Edges, e)
			case j != nil || !slices.Contains(ids, set.ID):
			case set.Kind == Derived:
				loose.Edges = append(loose.Edges, e)
			default:
				firm.Edges = append(firm.Edges, e)
			}
		}
	}
	for _, d := range ds {
		held := overruled(d.Source, d.Target)
		j := find(judged, d.Source, d.Target, Proposed)
		switch {
		case d.Kind == Override && held != nil && held.ID == d.ID:
			firm.Edges = append(firm.Edges, d.edge())
		case d.Kind != Propose || held != nil || j != nil && j.Kind == Dispute:
		case j != nil:
			firm.Edges = append(firm.Edges, d.edge())
		default:
			loose.Edges = append(loose.Edges, d.edge())
		}
	}
	return &Library{Frameworks: w.library.Frameworks, Sets: []*Set{firm, loose}}
}

func TestStacksAreKept(t *testing.T) {
	l := decisionWorld(t)
	d := decided(Decision{Set: "pair", Source: left("a1"), Target: right("b1"), Kind: Dispute, Rationale: "No."})
	first, err := l.StackWith([]string{"pair"}, InForce(d))
	if err != nil {
		t.Fatal(err)
	}
	again, _ := l.StackWith([]string{"pair"}, InForce(d))
	without, _ := l.StackWith([]string{"pair"}, nil)
	if first != again || first == without {
		t.Error("a stack is compiled once for each choice of sets and decisions")
	}
	for i := range 2 * maxKept {
		d[0].ID = fmt.Sprint("other", i)
		if _, err := l.StackWith([]string{"pair"}, InForce(d)); err != nil {
			t.Fatal(err)
		}
	}
	if len(l.kept) != maxKept || len(l.order) != maxKept {
		t.Errorf("%d stacks kept, want %d", len(l.kept), maxKept)
	}
	if _, err := l.StackWith([]string{"no-such-set"}, nil); problem.Of(err).Code != problem.Invalid {
		t.Errorf("an unknown set: %v", err)
	}
}

// BenchmarkCompileWithDecisions compiles every shipped set with a thousand
// decisions over them.
func BenchmarkCompileWithDecisions(b *testing.B) {
	l := Shipped()
	var ds Decisions
	for _, s := range l.Sets {
		for i := 0; i < len(s.Edges) && len(ds) < 1000; i += 5 {
			e := s.Edges[i]
			ds = append(ds, Decision{ID: fmt.Sprint(len(ds)), Set: s.ID, Source: e.Source, Target: e.Target, Kind: Confirm, Authority: OfOrganisation, Relation: e.Relation})
		}
	}
	sets, _ := l.named(l.SetIDs())
	for b.Loop() {
		l.compile(sets, false, l.overlay(ds))
	}
}
