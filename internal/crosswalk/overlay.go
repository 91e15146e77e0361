package crosswalk

import (
	"cmp"
	"slices"
	"strings"

	"github.com/toucan-grc/toucan/internal/framework"
)

// The sets that rows of people are said to come from. No set of a library may be
// called so.
const (
	SetOfProposals    = "own-rows"
	SetOfOrganisation = "organisation-override"
	SetOfAuditor      = "auditor-override"
)

// State says in a word where a row stands.
type State string

const (
	Draft      State = "draft"      // nobody has looked at it yet
	Suggested  State = "proposed"   // a proposal that waits for a second person
	Confirmed  State = "confirmed"  // somebody confirmed it
	Challenged State = "challenged" // somebody says it is wrong: it counts for nothing
	Overridden State = "overridden" // an override on the pair holds in its place
	Deciding   State = "override"   // it is that override
)

// States lists every state, the most settled first.
func States() []State { return []State{Deciding, Confirmed, Suggested, Draft, Challenged, Overridden} }

// Status is what people decided about one row, and whether inference uses it.
type Status struct {
	State    State
	Firm     bool      // it narrows what is possible
	Takes    bool      // it takes part at all: a candidate does, a challenged row does not
	Judged   *Decision // the confirmation or challenge that holds, or nil
	Override *Decision // the override that holds on the pair, or nil
	Proposal *Decision // where the row was proposed
	Changed  bool      // it was confirmed when it said something else, so the confirmation no longer counts
}

// overlay is decisions as the compiler looks them up.
type overlay struct {
	library  *Library
	standing map[subject]*standing
	pairs    map[[2]framework.Ref]bool // those with any decision
	keys     map[uint64]bool           // the same as numbers of nodes
}

func (l *Library) overlay(ds Decisions) *overlay {
	o := &overlay{library: l, standing: make(map[subject]*standing), pairs: make(map[[2]framework.Ref]bool), keys: make(map[uint64]bool)}
	sorted := slices.Clone(ds) // by pair and subject, so that the order given decides nothing
	slices.SortFunc(sorted, compareDecisions)
	o.standing = fold(sorted)
	for s := range o.standing {
		o.pairs[[2]framework.Ref{s.a, s.b}] = true
		a, okA := l.numbered().of(s.a)
		b, okB := l.numbered().of(s.b)
		if okA && okB {
			o.keys[row{}.between(a, b).key] = true
		}
	}
	return o
}

func pairKey(a, b framework.Ref) [2]framework.Ref {
	if compareRefs(a, b) > 0 {
		a, b = b, a
	}
	return [2]framework.Ref{a, b}
}

// override returns the override that holds on a pair, or nil. The organisation's
// gives way where an auditor confirmed a row on the pair.
func (o *overlay) override(pair [2]framework.Ref) *Decision {
	d := o.standing[subject{pair[0], pair[1], EverySet}].holds()
	if d == nil || d.Authority == OfAuditor {
		return d
	}
	for _, set := range o.library.Sets {
		if j := o.standing[subject{pair[0], pair[1], set.ID}]; j != nil && j.auditor != nil && j.auditor.Kind == Confirm && o.still(set, j.auditor) {
			return nil
		}
	}
	if j := o.standing[subject{pair[0], pair[1], Proposed}]; j != nil && j.proposal != nil && j.auditor != nil && j.auditor.Kind == Confirm {
		return nil
	}
	return d
}

// still reports whether the set says what it said when the decision was made.
func (o *overlay) still(set *Set, d *Decision) bool {
	says, ok := set.says(d.Source, d.Target)
	return ok && (d.Relation == 0 || d.Relation == says)
}

// of returns the status of a row of a set of the library.
func (o *overlay) of(set *Set, source, target framework.Ref, chosen bool) Status {
	st := Status{State: Draft, Takes: chosen, Firm: chosen && set.Kind != Derived}
	pair := pairKey(source, target)
	if !o.pairs[pair] {
		return st
	}
	st.Judged = o.standing[subject{pair[0], pair[1], set.ID}].holds()
	if st.Judged != nil {
		if st.Judged.Kind == Dispute {
			st.State, st.Takes, st.Firm = Challenged, false, false
		} else if o.still(set, st.Judged) {
			st.State, st.Takes, st.Firm = Confirmed, true, true
		} else {
			st.Changed = true
		}
	}
	return o.overruled(st, pair)
}

// overruled is the status where an override holds on the pair.
func (o *overlay) overruled(st Status, pair [2]framework.Ref) Status {
	if st.Override = o.override(pair); st.Override != nil {
		st.Takes, st.Firm = false, false
		if st.State != Challenged {
			st.State = Overridden
		}
	}
	return st
}

// ofProposal returns the status of what was proposed on a pair.
func (o *overlay) ofProposal(pair [2]framework.Ref) Status {
	j := o.standing[subject{pair[0], pair[1], Proposed}]
	st := Status{State: Suggested, Takes: true, Judged: j.holds(), Proposal: j.proposal}
	switch {
	case st.Judged == nil:
	case st.Judged.Kind == Dispute:
		st.State, st.Takes = Challenged, false
	default:
		st.State, st.Firm = Confirmed, true
	}
	return o.overruled(st, pair)
}

// ofOverride returns the status of an override that the authority wrote.
func (o *overlay) ofOverride(pair [2]framework.Ref, of Authority) Status {
	mine := *o.standing[subject{pair[0], pair[1], EverySet}].of(of)
	held := o.override(pair)
	if held == mine {
		return Status{State: Deciding, Takes: true, Firm: true, Override: held}
	}
	return Status{State: Overridden, Override: held}
}

// ownRow is a row that stands in no chosen set, because a person wrote it or
// brought it in.
type ownRow struct {
	edge   Edge
	status Status
}

// own lists the rows of people and the confirmed rows of sets outside the stack,
// in a fixed order.
func (o *overlay) own(chosen []*Set) []ownRow {
	var out []ownRow
	for s, j := range o.standing {
		pair := [2]framework.Ref{s.a, s.b}
		switch s.set {
		case EverySet:
			for _, d := range []*Decision{j.organisation, j.auditor} {
				if d != nil {
					out = append(out, ownRow{d.edge(), o.ofOverride(pair, d.Authority)})
				}
			}
		case Proposed:
			if j.proposal != nil {
				out = append(out, ownRow{j.proposal.edge(), o.ofProposal(pair)})
			}
		default:
			set, ok := o.library.Set(s.set)
			if !ok || slices.Contains(chosen, set) {
				continue
			}
			if st := o.of(set, s.a, s.b, false); st.Takes {
				for i := range set.touching(s.a) {
					if e := set.Edges[i]; e.Source == s.b || e.Target == s.b {
						out = append(out, ownRow{e, st})
					}
				}
			}
		}
	}
	slices.SortFunc(out, func(x, y ownRow) int {
		a, b := x.edge, y.edge
		if c := compareRefs(a.Source, b.Source); c != 0 {
			return c
		}
		if c := compareRefs(a.Target, b.Target); c != 0 {
			return c
		}
		if c := strings.Compare(a.Set, b.Set); c != 0 {
			return c
		}
		return a.Line - b.Line
	})
	return out
}

// edge returns what a proposal or an override states as a row.
func (d *Decision) edge() Edge {
	e := Edge{Set: SetOfProposals, Source: d.Source, Target: d.Target, Relation: d.Relation, Strength: d.Strength,
		Provenance: d.ByName, Rationale: d.Rationale, Residual: d.Residual}
	if d.Kind == Override {
		e.Set = SetOfOrganisation
		if d.Authority == OfAuditor {
			e.Set = SetOfAuditor
		}
	}
	return e
}

// StackWith is Stack with the decisions of an organisation over it, those in
// force at one moment. Their order decides nothing. A confirmed row is firm,
// whatever set it comes from; a challenged row counts for nothing; an override
// stands in the place of every row on its pair; a proposal is a candidate until
// it is confirmed. What was decided remains visible: EdgesOf and Direct list
// every row, and Status says where it stands. Stacks are kept, so that asking
// again costs nothing.
func (l *Library) StackWith(ids []string, ds Decisions) (*Stack, error) {
	sets, err := l.named(ids)
	if err != nil {
		return nil, err
	}
	key := stackKey(sets, ds)
	l.mu.Lock()
	defer l.mu.Unlock()
	if s := l.kept[key]; s != nil {
		return s, nil
	}
	var over *overlay
	if len(ds) > 0 {
		over = l.overlay(ds)
	}
	s := l.compile(sets, false, over)
	if l.kept == nil {
		l.kept = make(map[string]*Stack)
	}
	l.kept[key] = s
	if l.order = append(l.order, key); len(l.order) > maxKept {
		delete(l.kept, l.order[0])
		l.order = slices.Delete(l.order, 0, 1)
	}
	return s, nil
}

// maxKept is how many compiled stacks are kept: as many as there are books of
// organisations in memory.
const maxKept = 128

// stackKey tells stacks apart. A decision never changes; the name of whoever made
// it may.
func stackKey(sets []*Set, ds Decisions) string {
	var b strings.Builder
	for _, s := range sets {
		b.WriteString(s.ID + "\x00")
	}
	for _, d := range ds {
		b.WriteString("\x01" + d.ID + "\x00" + d.ByName)
		if d.ID == "" { // not stored: a preview
			b.WriteString(strings.Join([]string{d.Source.String(), d.Target.String(), d.Set, string(d.Kind), string(d.Authority), token(d.Relation), d.Rationale, d.Residual}, "\x02"))
		}
	}
	return b.String()
}

// Status says where a row of the library or of people stands in this stack.
func (s *Stack) Status(e Edge) Status {
	switch {
	case s.overlay == nil:
	case e.Set == SetOfProposals:
		if _, ok := s.overlay.standing[subjectOf(e, Proposed)]; ok {
			return s.overlay.ofProposal(pairKey(e.Source, e.Target))
		}
	case e.Set == SetOfOrganisation, e.Set == SetOfAuditor:
		if _, ok := s.overlay.standing[subjectOf(e, EverySet)]; ok {
			of := OfOrganisation
			if e.Set == SetOfAuditor {
				of = OfAuditor
			}
			return s.overlay.ofOverride(pairKey(e.Source, e.Target), of)
		}
	}
	set, ok := s.library.Set(e.Set)
	if !ok {
		return Status{State: Draft}
	}
	chosen := slices.Contains(s.IDs, e.Set)
	if s.overlay == nil {
		return Status{State: Draft, Takes: chosen, Firm: chosen && set.Kind != Derived}
	}
	return s.overlay.of(set, e.Source, e.Target, chosen)
}

func subjectOf(e Edge, set string) subject {
	p := pairKey(e.Source, e.Target)
	return subject{p[0], p[1], set}
}

// Rows returns every row of every set of the library that joins two frameworks,
// and those of people, in whichever direction they were written: in catalogue
// order of the end in from, then of the other, then as the stack orders the sets,
// those outside it last.
func (s *Stack) Rows(from, to string) []Edge {
	type placed struct {
		at   uint64 // the two ends, as the catalogue has them
		n    int
		edge *Edge
	}
	pair := pairOf(from, to)
	var found []placed
	for _, set := range s.everySet() {
		if !slices.Contains(set.joins(), pair) {
			continue
		}
		for i := range set.Edges {
			e := &set.Edges[i]
			if !s.lists(set, e) || pairOf(e.Source.Framework, e.Target.Framework) != pair {
				continue
			}
			a, _ := s.nodes.of(e.Source)
			b, _ := s.nodes.of(e.Target)
			if e.Source.Framework != from {
				a, b = b, a
			}
			found = append(found, placed{uint64(a)<<32 | uint64(b), len(found), e})
		}
	}
	slices.SortFunc(found, func(x, y placed) int { return cmp.Or(cmp.Compare(x.at, y.at), x.n-y.n) })
	out := make([]Edge, len(found))
	for i, f := range found {
		out[i] = *f.edge
	}
	return out
}

// RowsOn returns every row of Rows on one pair.
func (s *Stack) RowsOn(a, b framework.Ref) []Edge {
	var out []Edge
	for _, set := range s.everySet() {
		for i := range set.touching(a) {
			if e := &set.Edges[i]; s.lists(set, e) && (e.Source == b || e.Target == b) {
				out = append(out, *e)
			}
		}
	}
	return out
}

// everySet returns the sets in the stack, then those of people, then the others.
func (s *Stack) everySet() []*Set {
	out := slices.Clone(s.sets)
	for _, set := range s.library.Sets {
		if !slices.Contains(out, set) {
			out = append(out, set)
		}
	}
	return out
}

// lists reports whether a row is listed with this set: the rows that people
// brought in from outside are listed with their own.
func (s *Stack) lists(set *Set, e *Edge) bool {
	return e.Set == set.ID || e.Set == SetOfProposals || e.Set == SetOfOrganisation || e.Set == SetOfAuditor
}
