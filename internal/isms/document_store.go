package isms

import (
	"context"
	"slices"
	"time"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/cadence"
	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/framework"
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
	outOfCategory(excluded, frameworkID, scope.Categories[frameworkID])
	var out DryRun
	err = s.DB.Read(ctx, who.Org(), func(tx *db.Tx) error {
		c, err := readCycle(ctx, tx, who.Org(), now, documentKinds)
		if err != nil {
			return err
		}
		policies, err := readPolicyFacts(ctx, tx, who.Org(), c.Binding.Zones)
		if err != nil {
			return err
		}
		out = DryRunOf(frameworkID, c.nextAudit(frameworkID), c.Trail, policies, excluded, c.Today)
		return nil
	})
	return out, err
}

// outOfCategory marks what belongs to categories that were not chosen: of SOC 2, all
// but Security is a choice.
func outOfCategory(excluded map[framework.Ref]string, frameworkID string, chosen []string) {
	f, ok := framework.Shipped().Find(frameworkID)
	if !ok || len(f.Categories()) == 0 {
		return
	}
	for _, d := range RequiredDocuments() {
		ref := d.Requirement
		if ref.Framework != frameworkID || ref.ID == "" {
			continue
		}
		if c := f.CategoryOf(ref.ID); c != "" && !f.Mandatory(c) && !slices.Contains(chosen, c) {
			excluded[ref] = "The category is not in the scope of your report."
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

// readPolicyFacts reads how far each policy is, those in force first.
func readPolicyFacts(ctx context.Context, tx *db.Tx, org string, zones cadence.Zones) ([]PolicyFact, error) {
	rows, err := tx.Query(ctx, `SELECT p.slug, p.template, v.title, v.state, v.major, v.minor, v.published_at, v.approved_at, v.written_at,
			coalesce((SELECT s.review_every FROM policy_setting s WHERE s.org = p.org AND s.policy = p.id ORDER BY s.at DESC, s.id DESC LIMIT 1), 0),
			coalesce((SELECT max(r.on_day) FROM policy_review r WHERE r.org = p.org AND r.policy = p.id AND r.state = 'counts'), 0)
		FROM policy p JOIN policy_version v ON v.org = p.org AND v.policy = p.id
		WHERE p.org = $1 AND p.archived_at = 0 AND v.state <> 'archived'
		ORDER BY CASE v.state WHEN 'published' THEN 0 WHEN 'approved' THEN 1 WHEN 'in_approval' THEN 2 ELSE 3 END, p.slug`, org)
	if err != nil {
		return nil, err
	}
	var out []PolicyFact
	seen := map[string]bool{}
	err = cycleEach(rows, func(scan func(...any) error) error {
		var p PolicyFact
		var major, minor, every int
		var published, approved, written int64
		var reviewed cadence.Date
		if err := scan(&p.Slug, &p.Template, &p.Title, &p.State, &major, &minor, &published, &approved, &written, &every, &reviewed); err != nil {
			return err
		}
		at := published
		if at == 0 {
			at = max(approved, written)
		}
		p.Number, p.On = versionNumber(major, minor), zones.DateOf(db.Time(at))
		if published > 0 && every > 0 {
			p.ReviewDue = max(p.On, reviewed).AddMonths(every)
		}
		if !seen[p.Slug] {
			out = append(out, p)
		}
		seen[p.Slug] = true
		return nil
	})
	return out, err
}
