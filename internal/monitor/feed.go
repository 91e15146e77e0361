package monitor

import (
	"context"
	"slices"
	"time"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/people"
	"github.com/toucan-grc/toucan/internal/result"
)

// feeds says which entries of the library each check typically shows the operation
// of. The library names tests of its own for some; what it names needs no assigning.
var feeds = []struct {
	test, label string
	entries     []string
}{
	{string(people.PoliciesCheck), people.PoliciesCheck.Label(), []string{"GV-05", "AM-05", "GV-01"}},
	{string(people.SecurityCheck), people.SecurityCheck.Label(), []string{"TR-01"}},
	{string(people.HIPAACheck), people.HIPAACheck.Label(), []string{"TR-04"}},
	{string(people.AICheck), people.AICheck.Label(), []string{"TR-04"}},
	{string(people.BackgroundCheck), people.BackgroundCheck.Label(), []string{"HR-01"}},
	{string(people.JoiningCheck), people.JoiningCheck.Label(), []string{"HR-02"}},
	{string(people.LeavingCheck), people.LeavingCheck.Label(), []string{"AC-03", "HR-05"}},
	{result.PolicyApproved, "Policies approved", []string{"GV-04"}},
}

// Suggestion is a control adopted from the library that a check typically feeds.
type Suggestion struct {
	Test     string // key
	Label    string // of the test
	Entry    string // code in the library
	Control  string // id
	Assigned bool   // it feeds the control already
}

// Suggestions returns which of the checks that anybody is asked could feed which
// adopted controls, in the order of the checks.
func (s *Store) Suggestions(ctx context.Context, who access.Actor, now time.Time) ([]Suggestion, error) {
	b, err := s.Board(ctx, who, now)
	if err != nil {
		return nil, err
	}
	adopted, err := s.Links.Adoptions(ctx, who, now)
	if err != nil {
		return nil, err
	}
	have, err := s.Results.Feeds(ctx, who, now)
	if err != nil {
		return nil, err
	}
	var out []Suggestion
	for _, f := range feeds {
		if c := people.Check(f.test); slices.Contains(people.Checks(), c) && !slices.Contains(b.Checks(), c) {
			continue
		}
		for _, entry := range f.entries {
			for _, a := range adopted {
				if a.Entry != entry {
					continue
				}
				out = append(out, Suggestion{f.test, f.label, entry, a.Control, slices.ContainsFunc(have, func(x result.Feed) bool {
					return x.Test == f.test && x.Control == a.Control && x.Until.IsZero()
				})})
			}
		}
	}
	return out, nil
}

// AssignSuggested assigns what Suggestions offers and says how many were new.
func (s *Store) AssignSuggested(ctx context.Context, who access.Actor, now time.Time) (int, error) {
	if err := who.May(access.AssignTests); err != nil {
		return 0, err
	}
	list, err := s.Suggestions(ctx, who, now)
	if err != nil {
		return 0, err
	}
	n := 0
	for _, x := range list {
		if x.Assigned {
			continue
		}
		if err := s.Results.Assign(ctx, who, x.Test, x.Control, now); err != nil {
			return n, err
		}
		n++
	}
	return n, nil
}
