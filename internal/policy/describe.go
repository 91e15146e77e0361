package policy

import (
	"context"
	"time"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/problem"
)

// Describe says what changed in a draft and whether the change is material, and
// leaves its text or its document, and who wrote it, as they are. The body of t is
// not used.
func (s *Store) Describe(ctx context.Context, who access.Actor, policy string, t Text, now time.Time) (Version, error) {
	if err := who.May(access.WritePolicies); err != nil {
		return Version{}, err
	}
	t.Body = ""
	if err := t.check(false); err != nil {
		return Version{}, err
	}
	now = moment(now)
	var v Version
	err := s.db.Write(ctx, who.Org(), db.People, func(ctx context.Context, tx *db.Tx) error {
		p, list, have, err := s.open(ctx, tx, who.Org(), policy)
		if err != nil {
			return err
		}
		if have.State != Draft || have.Stamp != t.Stamp {
			return problem.New(problem.Conflict, "The draft changed since you opened it. Look at it again, then hand it in.")
		}
		before, published := inForce(list)
		v = have
		v.Change, v.Material, v.Stamp = t.Change, t.Material || !published, newID()
		v.Major, v.Minor = next(list, v.Material)
		_, err = tx.Exec(ctx, `UPDATE policy_version SET major = $3, minor = $4, material = $5, changed = $6, stamp = $7 WHERE org = $1 AND id = $2 AND state = 'draft'`,
			who.Org(), v.ID, v.Major, v.Minor, v.Material, v.Change, v.Stamp)
		if err != nil {
			return err
		}
		return s.record(ctx, tx, who, act{p.ID, v.ID, writtenKind, v.fact(before)}, now)
	})
	return v, err
}

// ReviewedPolicy returns the id of the policy that a review is about.
func (s *Store) ReviewedPolicy(ctx context.Context, who access.Actor, review string) (string, error) {
	if err := who.May(access.ViewPolicies); err != nil {
		return "", err
	}
	var id string
	err := s.db.Read(ctx, who.Org(), func(tx *db.Tx) error {
		list, err := readReviews(ctx, tx, who.Org(), `AND id = $2`, known(review))
		if err == nil && len(list) == 0 {
			err = problem.New(problem.NotFound, "There is no such review here. Open the policy.")
		}
		if err == nil {
			id = list[0].Policy
		}
		return err
	})
	return id, err
}
