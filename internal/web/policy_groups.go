package web

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/toucan-grc/toucan/internal/cadence"
	"github.com/toucan-grc/toucan/internal/people"
)

// policyGroups are the groups of people by key, in the order in which forms offer them.
type policyGroups []option

// policyGroups reads the groups of the organisation.
func (s *Server) policyGroups(ctx context.Context, who visitor) (policyGroups, error) {
	roster, err := s.People.Roster(ctx, who.Actor)
	if err != nil {
		return nil, err
	}
	var out policyGroups
	for _, g := range roster.Groups() {
		out = append(out, option{g.Key, g.Label})
	}
	return out, nil
}

// label is what a group is called; a key nobody knows any more stands for itself.
func (g policyGroups) label(key string) string {
	for _, o := range g {
		if o.Value == key {
			return o.Text
		}
	}
	return key
}

// words names the groups a policy binds.
func (g policyGroups) words(keys []string) string {
	var out []string
	for _, k := range keys {
		out = append(out, g.label(k))
	}
	if len(out) == 0 {
		return "nobody"
	}
	return strings.Join(out, ", ")
}

// policyReach counts the people who are here and in one of the groups, and are not
// excluded: those who would be asked to acknowledge a policy.
func (s *Server) policyReach(ctx context.Context, who visitor, audience []string, zone *time.Location) (int, error) {
	roster, err := s.People.Roster(ctx, who.Actor)
	if err != nil {
		return 0, err
	}
	now, n := s.Now(), 0
	for _, p := range roster.Current(cadence.DateOf(now, zone)) {
		if _, excluded := roster.Excluded(p.ID, people.PoliciesCheck, now); !excluded && slices.ContainsFunc(audience, func(g string) bool { return roster.In(g, p.ID) }) {
			n++
		}
	}
	return n, nil
}
