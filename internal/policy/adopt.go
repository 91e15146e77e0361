package policy

import (
	"context"
	"slices"
	"time"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/crosswalk"
	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/problem"
)

// Templates returns the shipped templates by title: which of them suit the
// frameworks that are followed, and what was made of them already.
func (s *Store) Templates(ctx context.Context, who access.Actor, now time.Time) ([]Template, error) {
	if err := who.May(access.ViewPolicies); err != nil {
		return nil, err
	}
	out := Templates()
	err := s.db.Read(ctx, who.Org(), func(tx *db.Tx) error {
		followed, err := crosswalk.Followed(ctx, tx, who.Org(), now)
		if err != nil {
			return err
		}
		list, err := readPolicies(ctx, tx, who.Org(), `AND p.template <> ''`)
		if err != nil {
			return err
		}
		for i, t := range out {
			out[i].Offers = len(t.Needs) == 0 || slices.ContainsFunc(t.Needs, func(f string) bool { _, ok := followed[f]; return ok })
			for _, p := range list {
				if p.Template == t.Slug {
					out[i].Policy = p.ID
				}
			}
		}
		return nil
	})
	return out, err
}

// Adopt makes a draft of each template; roles says which person keeps or approves
// the policies of a role, such as "security-officer", and may leave any out. A
// template there is a policy of already is a Conflict, and nothing is made.
func (s *Store) Adopt(ctx context.Context, who access.Actor, slugs []string, roles map[string]string, now time.Time) ([]Policy, error) {
	if err := who.May(access.WritePolicies); err != nil {
		return nil, err
	}
	now = moment(now)
	var chosen []Template
	for _, slug := range slugs {
		i := slices.IndexFunc(templates(), func(t Template) bool { return t.Slug == slug })
		if i < 0 {
			return nil, problem.Field("templates", "One of the templates does not ship with this Toucan. Choose from the list.")
		}
		chosen = append(chosen, templates()[i])
	}
	if len(chosen) == 0 {
		return nil, problem.Field("templates", "Choose at least one template.")
	}
	var out []Policy
	err := s.db.Write(ctx, who.Org(), db.People, func(ctx context.Context, tx *db.Tx) error {
		out = nil
		for _, t := range chosen {
			p, err := s.begin(ctx, tx, who, Policy{Slug: t.Slug, Title: t.Title, Template: t.Slug, Owner: roles[t.OwnerRole], Approver: roles[t.ApproverRole], Audience: t.Audience,
				Acknowledge: t.Acknowledge, ReviewEvery: t.ReviewEvery, Governs: t.Governs, Topics: t.Topics}, now)
			if err != nil {
				return err
			}
			undertakings := t.Undertakings
			if undertakings == nil {
				undertakings = []Undertaking{}
			}
			if _, err := s.save(ctx, tx, who, p, nil, Version{Body: t.Body, Material: true, Undertakings: undertakings}, now); err != nil {
				return err
			}
			out = append(out, p)
		}
		return nil
	})
	return out, err
}

// SetUndertakings says what a version binds us to, corrected by a person. The text
// stays as it is, so this may be done to a version in force as well.
func (s *Store) SetUndertakings(ctx context.Context, who access.Actor, version string, list []Undertaking, now time.Time) error {
	if err := who.May(access.WritePolicies); err != nil {
		return err
	}
	now = moment(now)
	if len(list) > maxUndertakings {
		return problem.New(problem.Invalid, "More than %d undertakings do not fit. Divide the document.", maxUndertakings)
	}
	return s.db.Write(ctx, who.Org(), db.People, func(ctx context.Context, tx *db.Tx) error {
		found, err := readVersions(ctx, tx, who.Org(), true, `AND v.id = $2`, known(version))
		if err != nil {
			return err
		}
		if len(found) == 0 {
			return errNoVersion()
		}
		v := found[0]
		if v.State == Archived {
			return problem.New(problem.Conflict, "%s is not in force any more. What it bound us to stays as it was.", v.Words())
		}
		if list, err = corrected(list, v); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `UPDATE policy_version SET undertakings = $3 WHERE org = $1 AND id = $2`, who.Org(), v.ID, undertakingsText(list)); err != nil {
			return err
		}
		return s.record(ctx, tx, who, act{v.Policy, v.ID, correctedKind, correctedFact{v.Policy, v.Number(), list}}, now)
	})
}
