package isms

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/cadence"
	"github.com/toucan-grc/toucan/internal/crosswalk"
	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/framework"
	"github.com/toucan-grc/toucan/internal/policy"
	"github.com/toucan-grc/toucan/internal/problem"
)

// DryRunFrameworks lists the frameworks whose required documents ship.
func DryRunFrameworks() []string {
	var out []string
	for _, d := range RequiredDocuments() {
		if !slices.Contains(out, d.Requirement.Framework) {
			out = append(out, d.Requirement.Framework)
		}
	}
	return out
}

// Documents runs a dry stage 1 over the required documented information of a
// framework, judged for the next audit of it or, where none is booked, for today.
func (s *Store) Documents(ctx context.Context, who access.Actor, frameworkID string, now time.Time) (DryRun, error) {
	if err := who.May(access.ViewISMS); err != nil {
		return DryRun{}, err
	}
	if !slices.Contains(DryRunFrameworks(), frameworkID) {
		return DryRun{}, problem.New(problem.NotFound, "The required documents of this framework are not among those that ship.")
	}
	scope, err := s.Crosswalk.Scope(ctx, who, now)
	if err != nil {
		return DryRun{}, err
	}
	excluded := map[framework.Ref]string{}
	for ref, why := range scope.Excluded {
		excluded[ref] = "Excluded: " + why
	}
	if f, ok := framework.Shipped().Find(frameworkID); ok && len(f.Categories()) > 0 {
		links, err := s.Crosswalk.AllLinks(ctx, who, now)
		if err != nil {
			return DryRun{}, err
		}
		outOfCategory(excluded, f, scope.CategoriesOf(f, crosswalk.Tagged(links)))
	}
	var out DryRun
	err = s.DB.Read(ctx, who.Org(), func(tx *db.Tx) error {
		c, err := readCycle(ctx, tx, who.Org(), now, documentKinds)
		if err != nil {
			return err
		}
		c.hideFrom(who)
		policies, err := policy.Folders(ctx, tx, who.Org(), c.Now)
		if err != nil {
			return err
		}
		out = DryRunOf(frameworkID, c.nextAudit(frameworkID), c.Trail, policyFacts(policies, c.Binding.Zones), excluded, c.Today)
		return nil
	})
	return out, err
}

// outOfCategory marks what belongs to categories that are not in scope: of SOC 2, all
// but Security is a choice.
func outOfCategory(excluded map[framework.Ref]string, f *framework.Framework, categories []framework.Scoped) {
	for _, d := range RequiredDocuments() {
		for _, c := range categories {
			if d.Requirement.Framework == f.ID && !c.In() && f.Within(d.Requirement.ID, c.ID) {
				excluded[d.Requirement] = "The category " + c.Label + " is not in the scope of your report."
			}
		}
	}
}

// nextAudit is the next audit of a framework that somebody planned or booked.
func (c *cycle) nextAudit(frameworkID string) Engagement {
	soc2 := frameworkID == "soc2-2017"
	for _, e := range c.Engagements {
		if e.State == Held || e.State == Cancelled || e.Judged() < c.Today || e.Kind.SOC2() != soc2 || e.Kind == BridgeLetter || e.Kind == Certification || e.Kind == OtherVisit {
			continue
		}
		return e
	}
	return Engagement{}
}

// documentKinds are the kinds of evidence that required documents are satisfied by.
func documentKinds(*cycle) []string {
	var out []string
	for _, d := range RequiredDocuments() {
		if d.Record != "" {
			out = append(out, d.Record)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// policyFacts says how far each policy is, those in force first.
func policyFacts(list []policy.Folder, zones cadence.Zones) []PolicyFact {
	rank := map[policy.State]int{policy.Published: 0, policy.Approved: 1, policy.InApproval: 2, policy.Draft: 3}
	var out []PolicyFact
	for _, f := range list {
		v, ok := f.InForce()
		if !ok {
			v, ok = f.Next()
		}
		if !ok {
			continue
		}
		at := v.WrittenAt
		if !v.ApprovedAt.IsZero() {
			at = v.ApprovedAt
		}
		if v.State == policy.Published {
			at = v.PublishedAt
		}
		out = append(out, PolicyFact{Slug: f.Slug, Title: cmp.Or(v.Title, f.Title), Template: f.Template, State: v.State, Number: v.Number(), On: zones.DateOf(at), ReviewDue: f.ReviewDue})
	}
	slices.SortStableFunc(out, func(a, b PolicyFact) int { return cmp.Compare(rank[a.State], rank[b.State]) })
	return out
}
