package risk

import (
	"context"
	"slices"
	"time"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/job"
)

// Watchers orders the look at the controls that scores rest on, on behalf of the
// last member who gave such a score.
func (s *Store) Watchers(ctx context.Context, org string) error {
	var account string
	err := s.DB.Read(ctx, org, func(tx *db.Tx) error {
		rows, err := tx.Query(ctx, `SELECT s.account FROM risk_score s JOIN member m ON m.org = s.org AND m.account = s.account
			WHERE s.org = $1 AND s.kind = 'current' AND m.role IN ('administrator', 'manager', 'contributor') ORDER BY s.at DESC, s.id DESC LIMIT 1`, org)
		if err != nil {
			return err
		}
		return db.Each(rows, func(scan func(...any) error) error { return scan(&account) })
	})
	if err != nil || account == "" {
		return err
	}
	return s.DB.Note(ctx, org, db.Jobs, func(ctx context.Context, tx *db.Tx) error {
		_, err := job.Insert(ctx, tx, job.Order{Org: org, Account: account, Once: true}, WatchWork{})
		return err
	})
}

// Watch notes for each risk whose controls fail that its score has to be looked at
// again, once for each control, and asks its owner.
func (s *Store) Watch(ctx context.Context, who access.Actor, now time.Time) error {
	r, err := s.Register(ctx, who, now)
	if err != nil {
		return err
	}
	now = moment(now)
	for _, e := range r.Open() {
		if len(e.Effective.Back) == 0 {
			continue
		}
		err := s.DB.Write(ctx, who.Org(), db.Jobs, func(ctx context.Context, tx *db.Tx) error {
			fresh, x, err := readEntry(ctx, tx, who.Org(), e.ID, now)
			if err != nil {
				return err
			}
			fresh.States = r.States
			fresh.settle()
			changed := false
			for _, b := range x.Effective.Back {
				if slices.ContainsFunc(x.Triggers, func(t Trigger) bool { return t.Control == b.Control }) {
					continue
				}
				t := Trigger{Kind: ControlFails, Control: b.Control, Words: cut(b.Code+" carries less: "+b.Now.Why, maxPart), Due: fresh.Method.Numbers.Review.Trigger.After(fresh.Today)}
				if err := s.trigger(ctx, tx, who.Org(), "", x, t, now); err != nil {
					return err
				}
				changed = true
			}
			if !changed {
				return nil
			}
			return s.align(ctx, tx, who.Org(), "", fresh, x, now)
		})
		if err != nil {
			return err
		}
	}
	return nil
}
