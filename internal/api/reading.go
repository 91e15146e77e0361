package api

import (
	"context"
	"slices"
	"sync"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/control"
	"github.com/toucan-grc/toucan/internal/crosswalk"
	"github.com/toucan-grc/toucan/internal/framework"
	"github.com/toucan-grc/toucan/internal/gap"
	"github.com/toucan-grc/toucan/internal/people"
	"github.com/toucan-grc/toucan/internal/posture"
	"github.com/toucan-grc/toucan/internal/problem"
)

// design is what an organisation decided about frameworks, at this moment.
type design struct {
	library   *crosswalk.Library
	stack     *crosswalk.Stack
	chosen    []string // the sets of the stack; empty: the default
	enabled   []string // ids of frameworks
	scope     crosswalk.Scope
	decisions crosswalk.Decisions
	attested  []crosswalk.Attestation
}

func (s *Server) design(ctx context.Context, who access.Actor) (design, error) {
	now := s.Now()
	var st design
	var err error
	if st.library, err = s.Crosswalk.Library(ctx, who, now); err != nil {
		return st, err
	}
	if st.chosen, err = s.Crosswalk.Selected(ctx, who, now); err != nil {
		return st, err
	}
	if st.enabled, err = s.Crosswalk.Frameworks(ctx, who, now); err != nil {
		return st, err
	}
	if st.scope, err = s.Crosswalk.Scope(ctx, who, now); err != nil {
		return st, err
	}
	if st.decisions, err = s.Crosswalk.Decisions(ctx, who, now); err != nil {
		return st, err
	}
	if st.attested, err = s.Crosswalk.Attestations(ctx, who, now); err != nil {
		return st, err
	}
	ids := st.chosen
	if len(ids) == 0 {
		ids = st.library.DefaultStack()
	}
	st.stack, err = st.library.StackWith(ids, st.decisions)
	return st, err
}

// framework finds one by id; location is where the request names it.
func (st design) framework(id, location string) (*framework.Framework, error) {
	f, ok := st.library.Frameworks.Find(id)
	if ok {
		return f, nil
	}
	p := problemOf(problem.New(problem.NotFound, "There is no framework %q here. Choose one of those listed.", id))
	p.Errors = []FieldError{{location, p.Detail}}
	return nil, p
}

// requirement finds one of a framework.
func (st design) requirement(f *framework.Framework, id string) (framework.Requirement, error) {
	r, ok := f.Find(id)
	if !ok {
		return r, problem.New(problem.NotFound, "%s has no %s %q. Check the number.", f.Title, f.Noun, id)
	}
	return r, nil
}

// inventory is the organisation's controls with their links and owners.
type inventory struct {
	controls []control.Control
	links    map[string][]crosswalk.Link // by id of control
	people   map[string]people.Person    // by id
	adopted  []adoption                  // by entry
}

// adoption is a control that was taken from the library.
type adoption struct {
	crosswalk.Adoption
	control control.Control
	links   []crosswalk.Link
	drift   crosswalk.Drift
}

// inventory reads it, or returns what was read at the present revision: a program
// that walks through pages asks for the same again and again.
func (s *Server) inventory(ctx context.Context, who access.Actor, lib *crosswalk.Library) (inventory, error) {
	if err := who.May(access.ViewControls); err != nil {
		return inventory{}, err
	}
	key := keptKey{who.Org(), who.Can(access.ViewPeople), lib}
	revision, err := s.DB.Revision(ctx, who.Org())
	if err != nil {
		return inventory{}, err
	}
	if v, ok := s.kept.get(key, revision); ok {
		return v, nil
	}
	v, err := s.readInventory(ctx, who, lib)
	if err == nil {
		s.kept.put(key, revision, v)
	}
	return v, err
}

func (s *Server) readInventory(ctx context.Context, who access.Actor, lib *crosswalk.Library) (inventory, error) {
	v := inventory{people: map[string]people.Person{}}
	var err error
	if v.controls, err = s.Controls.List(ctx, who, control.Filter{}); err != nil {
		return v, err
	}
	if v.links, err = s.Crosswalk.AllLinks(ctx, who, s.Now()); err != nil {
		return v, err
	}
	if err := s.adoptions(ctx, who, lib, &v); err != nil {
		return v, err
	}
	if !who.Can(access.ViewPeople) { // a report names owners only to whom the register is open
		return v, nil
	}
	list, err := s.People.List(ctx, who)
	for _, p := range list {
		v.people[p.ID] = p
	}
	return v, err
}

// kept holds the inventories last read, each with its revision. Every write raises
// the revision, so none is older than the database, on any node. What is in it is
// only read.
type kept struct {
	mu    sync.Mutex
	items []keptItem // the last used at the end
}

type keptKey struct {
	org     string
	people  bool
	library *crosswalk.Library
}

type keptItem struct {
	key      keptKey
	revision int64
	value    inventory
}

const keptRoom = 16

func (k *kept) get(key keptKey, revision int64) (inventory, bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	i := slices.IndexFunc(k.items, func(x keptItem) bool { return x.key == key && x.revision == revision })
	if i < 0 {
		return inventory{}, false
	}
	x := k.items[i]
	k.items = append(slices.Delete(k.items, i, i+1), x)
	return x.value, true
}

func (k *kept) put(key keptKey, revision int64, v inventory) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.items = slices.DeleteFunc(k.items, func(x keptItem) bool { return x.key.org == key.org && x.revision < revision || x.key == key })
	if len(k.items) >= keptRoom {
		k.items = slices.Delete(k.items, 0, 1)
	}
	k.items = append(k.items, keptItem{key, revision, v})
}

// adoptions fills in what was taken from the library, and how it differs by now.
func (s *Server) adoptions(ctx context.Context, who access.Actor, lib *crosswalk.Library, v *inventory) error {
	list, err := s.Crosswalk.Adoptions(ctx, who, s.Now())
	if err != nil {
		return err
	}
	reach, byID := s.Crosswalk.Reach(), map[string]control.Control{}
	for _, c := range v.controls {
		byID[c.ID] = c
	}
	for _, a := range list {
		c, ok := byID[a.Control]
		if !ok {
			continue
		}
		shipped, ok := reach.Take(a.Entry)
		if !ok { // the library no longer has it
			shipped = a.Base
		}
		links := v.links[c.ID]
		v.adopted = append(v.adopted, adoption{a, c, links, crosswalk.DriftOf(c, links, a, shipped, reach.Digest(a.Entry), lib.Frameworks.Has)})
	}
	return nil
}

// tagged lists the controls that are tagged to each requirement of f.
func (v inventory) tagged(f *framework.Framework) map[string][]Tagged {
	out := map[string][]Tagged{}
	for _, c := range v.controls {
		for _, l := range v.links[c.ID] {
			if l.Ref.Framework == f.ID {
				out[l.Ref.ID] = append(out[l.Ref.ID], Tagged{c.Code, c.Title, statusOf(c.Status)})
			}
		}
	}
	return out
}

// outside names the requirements of f that are out of scope.
func (st design) outside(f *framework.Framework, v inventory) map[string]bool {
	return st.scope.Outside(f, crosswalk.Tagged(v.links))
}

// report is the gap analysis of the organisation's own controls.
func (s *Server) report(ctx context.Context, who access.Actor, st design, v inventory, from, to *framework.Framework) (*gap.Report, error) {
	o, err := s.Access.Organisation(ctx, who)
	if err != nil {
		return nil, err
	}
	q := gap.Question{Library: st.library, Stack: st.stack, From: from, To: to, Source: "the controls of " + o.Name,
		Categories: st.scope.Categories[from.ID], Excluded: map[string]string{}, Reach: s.Crosswalk.Reach()}
	for _, a := range v.adopted {
		q.Adopted = append(q.Adopted, posture.Adopted{Code: a.control.Code, Entry: a.Entry, Status: a.control.Status, Edited: a.drift.Worded(), Links: a.links})
	}
	for _, a := range st.attested {
		if a.From == from.ID && a.Target.Framework == to.ID {
			q.Attested = append(q.Attested, posture.Attestation{Target: a.Target.ID, Sources: a.Sources, By: a.ByName, Reason: a.Reason, Until: a.Until})
		}
	}
	for ref, reason := range st.scope.Excluded {
		if ref.Framework == to.ID {
			q.Excluded[ref.ID] = reason
		}
	}
	for _, c := range v.controls {
		t := gap.Tagged{Code: c.Code, Title: c.Title, Owner: v.people[c.Owner].Name, Status: c.Status}
		for _, l := range v.links[c.ID] {
			t.Requirements = append(t.Requirements, l.Ref)
		}
		q.Controls = append(q.Controls, t)
	}
	return gap.Analyse(q, s.Now())
}

// ways are the two frameworks of a question, which must differ.
func (st design) ways(from, to string) (*framework.Framework, *framework.Framework, error) {
	f, err := st.framework(from, "query.from")
	if err != nil {
		return nil, nil, err
	}
	t, err := st.framework(to, "query.to")
	if err != nil {
		return nil, nil, err
	}
	if f.ID == t.ID {
		return nil, nil, problem.New(problem.Invalid, "Name two different frameworks.")
	}
	return f, t, nil
}

func (st design) follows(id string) bool { return slices.Contains(st.enabled, id) }
