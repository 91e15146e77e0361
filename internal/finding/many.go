package finding

import (
	"context"
	"fmt"
	"time"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/cadence"
	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/problem"
)

// maxMany is how many entries change at once.
const maxMany = 500

// HandActions gives open actions to somebody else, all of them or none.
func (s *Store) HandActions(ctx context.Context, who access.Actor, ids []string, owner string, now time.Time) error {
	if err := who.May(access.ManageFindings); err != nil {
		return err
	}
	if owner == "" {
		return problem.Field("owner", "Choose who gets them.")
	}
	return s.changeMany(ctx, who, ids, now, func(a *Action) { a.Owner = owner })
}

// MoveActions moves the day of open actions, all of them or none, with one reason.
func (s *Store) MoveActions(ctx context.Context, who access.Actor, ids []string, due cadence.Date, why string, now time.Time) error {
	if err := who.May(access.ManageFindings); err != nil {
		return err
	}
	if !due.Known() {
		return problem.Field("due", "Choose the new day.")
	}
	return s.changeMany(ctx, who, ids, now, func(a *Action) { a.Due, a.Why = due, why })
}

func (s *Store) changeMany(ctx context.Context, who access.Actor, ids []string, now time.Time, change func(*Action)) error {
	if len(ids) == 0 || len(ids) > maxMany {
		return problem.Field("id", fmt.Sprintf("Choose from 1 to %d actions.", maxMany))
	}
	return s.DB.Write(ctx, who.Org(), db.People, func(ctx context.Context, tx *db.Tx) error {
		for _, id := range ids {
			a, err := actionOf(ctx, tx, who.Org(), id)
			if err != nil {
				return err
			}
			change(&a)
			if _, err := s.PutAction(ctx, tx, who.Org(), who.Account(), a, now); err != nil {
				return err
			}
		}
		return nil
	})
}

// ChangeAction changes one action of any source: its text, owner and day. Who
// leads the programme may; the noun it belongs to keeps what it is about.
func (s *Store) ChangeAction(ctx context.Context, who access.Actor, next Action, now time.Time) error {
	if err := who.May(access.ManageFindings); err != nil {
		return err
	}
	return s.DB.Write(ctx, who.Org(), db.People, func(ctx context.Context, tx *db.Tx) error {
		a, err := actionOf(ctx, tx, who.Org(), next.ID)
		if err != nil {
			return err
		}
		a.Title, a.Detail, a.Owner, a.Due, a.Why = next.Title, next.Detail, next.Owner, next.Due, next.Why
		_, err = s.PutAction(ctx, tx, who.Org(), who.Account(), a, now)
		return err
	})
}

// AddAction enters an action that nothing else stands behind.
func (s *Store) AddAction(ctx context.Context, who access.Actor, a Action, now time.Time) (string, error) {
	if err := who.May(access.ManageFindings); err != nil {
		return "", err
	}
	a.ID, a.Source = "", Source{Kind: FromSelf, Words: a.Source.Words}
	var id string
	err := s.DB.Write(ctx, who.Org(), db.People, func(ctx context.Context, tx *db.Tx) (err error) {
		if err := s.required(ctx, tx, who.Org(), nil, a.Requirements, now); err != nil {
			return err
		}
		id, err = s.PutAction(ctx, tx, who.Org(), who.Account(), a, now)
		return err
	})
	return id, err
}
