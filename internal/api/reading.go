package api

import (
	"context"
	"slices"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/control"
	"github.com/toucan-grc/toucan/internal/crosswalk"
	"github.com/toucan-grc/toucan/internal/framework"
	"github.com/toucan-grc/toucan/internal/gap"
	"github.com/toucan-grc/toucan/internal/people"
	"github.com/toucan-grc/toucan/internal/problem"
)

// standing is what an organisation decided about frameworks, at this moment.
type standing struct {
	library *crosswalk.Library
	stack   *crosswalk.Stack
	chosen  []string // the sets of the stack; empty: the default
	enabled []string // ids of frameworks
	scope   crosswalk.Scope
}

func (s *Server) standing(ctx context.Context, who access.Actor) (standing, error) {
	now := s.Now()
	var st standing
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
	ids := st.chosen
	if len(ids) == 0 {
		ids = st.library.DefaultStack()
	}
	st.stack, err = st.library.Stack(ids)
	return st, err
}

// framework finds one by id; location is where the request names it.
func (st standing) framework(id, location string) (*framework.Framework, error) {
	f, ok := st.library.Frameworks.Find(id)
	if ok {
		return f, nil
	}
	p := problemOf(problem.New(problem.NotFound, "There is no framework %q here. Choose one of those listed.", id))
	p.Errors = []FieldError{{location, p.Detail}}
	return nil, p
}

// requirement finds one of a framework.
func (st standing) requirement(f *framework.Framework, id string) (framework.Requirement, error) {
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
}

func (s *Server) inventory(ctx context.Context, who access.Actor) (inventory, error) {
	v := inventory{people: map[string]people.Person{}}
	var err error
	if v.controls, err = s.Controls.List(ctx, who, control.Filter{}); err != nil {
		return v, err
	}
	if v.links, err = s.Crosswalk.AllLinks(ctx, who, s.Now()); err != nil {
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

// report is the gap analysis of the organisation's own controls.
func (s *Server) report(ctx context.Context, who access.Actor, st standing, v inventory, from, to *framework.Framework) (*gap.Report, error) {
	o, err := s.Access.Organisation(ctx, who)
	if err != nil {
		return nil, err
	}
	q := gap.Question{Library: st.library, Stack: st.stack, From: from, To: to, Source: "the controls of " + o.Name,
		Categories: st.scope.Categories[from.ID], Excluded: map[string]string{}}
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
func (st standing) ways(from, to string) (*framework.Framework, *framework.Framework, error) {
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

func (st standing) follows(id string) bool { return slices.Contains(st.enabled, id) }
