package people

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/ledger"
	"github.com/toucan-grc/toucan/internal/problem"
)

// entry is a person with what was set by hand.
type entry struct {
	Person
	hand byHand
}

// fact is what the log says of an entry. Editing or erasing the entry replaces
// its salt, and the old leaf can no longer be guessed.
type fact struct {
	Name     string `json:"name"`
	Email    string `json:"email"`
	Function string `json:"function"`
	Title    string `json:"title"`
	Kind     Kind   `json:"kind"`
	StartOn  string `json:"start_on"`
	EndOn    string `json:"end_on"`
	Manager  string `json:"manager,omitempty"`
}

// write puts entries into the register or replaces them, with a leaf each.
// progress is told how many are written, and may stop it; it may be nil.
func (s *Store) write(ctx context.Context, tx *db.Tx, who access.Actor, list []entry, progress func(done int) error) error {
	rows := db.Into(`person (org, id, name, email, function, title, kind, manager, by_hand, start_on, end_on, updated_at, salt)`)
	for i, e := range list {
		salt := ledger.Salt()
		rows.Add(who.Org(), e.ID, e.Name, e.Email, e.Function, e.Title, string(e.Kind), e.Manager, e.hand.text(), e.StartOn, e.EndOn, db.Micros(e.UpdatedAt), salt)
		err := s.log.Append(ctx, tx, ledger.Leaf{Org: who.Org(), At: e.UpdatedAt, Actor: who.Account(), Kind: "person.put", ID: e.ID, Salt: salt,
			Payload: fact{e.Name, e.Email, e.Function, e.Title, e.Kind, e.StartOn, e.EndOn, e.Manager}})
		if err != nil {
			return err
		}
		if rows.Len() < 1000 && i < len(list)-1 {
			continue
		}
		err = rows.InsertOr(ctx, tx, ` ON CONFLICT (org, id) DO UPDATE SET name = excluded.name, email = excluded.email, function = excluded.function, title = excluded.title, kind = excluded.kind,
			manager = excluded.manager, by_hand = excluded.by_hand, start_on = excluded.start_on, end_on = excluded.end_on, updated_at = excluded.updated_at, salt = excluded.salt`)
		if err != nil {
			return clash(err, e.Person)
		}
		if progress != nil {
			if err := progress(i + 1); err != nil {
				return err
			}
		}
	}
	return nil
}

func clash(err error, p Person) error {
	if !db.IsUnique(err) {
		return err
	}
	return &problem.Error{Code: problem.Conflict, Field: "email", Err: err,
		Text: "Somebody with the e-mail address " + p.Email + " is in the register already. Change that entry instead."}
}

// find returns an entry, or a NotFound problem.
func find(ctx context.Context, tx *db.Tx, org, id string) (entry, error) {
	p, err := scanOne(tx.QueryRow(ctx, query+`WHERE org = $1 AND id = $2`, org, id))
	if err != nil {
		return entry{}, err
	}
	var text string
	if err := tx.QueryRow(ctx, `SELECT by_hand FROM person WHERE org = $1 AND id = $2`, org, id).Scan(&text); err != nil {
		return entry{}, err
	}
	hand, err := parseHand(text)
	return entry{p, hand}, err
}

// checkManager returns an Invalid problem if a person cannot report to their manager.
func checkManager(ctx context.Context, tx *db.Tx, org string, p Person) error {
	if p.Manager == "" {
		return nil
	}
	names := map[string]string{}
	var failed error
	ids := chain(p.ID, func(id string) string {
		var name, manager string
		err := tx.QueryRow(ctx, `SELECT name, manager FROM person WHERE org = $1 AND id = $2`, org, id).Scan(&name, &manager)
		if id == p.ID {
			name, manager, err = p.Name, p.Manager, nil
		}
		switch {
		case errors.Is(err, sql.ErrNoRows):
			failed = problem.Field("manager", "This manager is not in the register. Choose somebody who is.")
		case err != nil:
			failed = err
		}
		if names[id] = name; failed != nil {
			return ""
		}
		return manager
	})
	if failed != nil || len(ids) == 0 {
		return failed
	}
	if len(ids) == 2 {
		return problem.Field("manager", "Nobody reports to themselves. Choose somebody else, or nobody.")
	}
	for i, id := range ids {
		ids[i] = names[id]
	}
	return problem.Field("manager", "This would make a circle: "+circle(ids)+" Change one of them first.")
}

// keepSpan writes a span and its leaf.
func (s *Store) keepSpan(ctx context.Context, tx *db.Tx, who access.Actor, x Span, at int64) error {
	salt := ledger.Salt()
	_, err := tx.Exec(ctx, `INSERT INTO person_span (org, id, person, kind, from_day, to_day, reason, account, at, salt) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
		who.Org(), x.ID, x.Person, string(x.Kind), x.From, x.To, x.Reason, who.Account(), at, salt)
	if err != nil {
		return fmt.Errorf("keeping a span: %w", err)
	}
	return s.recordSpan(ctx, tx, who, x, salt, at, false)
}

// spanFact is what the log says of a span.
type spanFact struct {
	Person    string   `json:"person"`
	Kind      SpanKind `json:"kind"`
	From      string   `json:"from"`
	To        string   `json:"to"`
	Reason    string   `json:"reason,omitempty"`
	TakenBack bool     `json:"taken_back,omitempty"`
}

func (s *Store) recordSpan(ctx context.Context, tx *db.Tx, who access.Actor, x Span, salt string, at int64, taken bool) error {
	return s.log.Append(ctx, tx, ledger.Leaf{Org: who.Org(), At: db.Time(at), Actor: who.Account(), Kind: "person.span", ID: x.ID, Salt: salt,
		Payload: spanFact{x.Person, x.Kind, x.From.String(), x.To.String(), x.Reason, taken}})
}

// dropSpan says that a span does not count any more: it was a mistake, or another
// one takes its place.
func (s *Store) dropSpan(ctx context.Context, tx *db.Tx, who access.Actor, x Span, at int64) error {
	salt := ledger.Salt()
	if _, err := tx.Exec(ctx, `UPDATE person_span SET ended_at = $3, salt = $4 WHERE org = $1 AND id = $2`, who.Org(), x.ID, at, salt); err != nil {
		return fmt.Errorf("taking back a span: %w", err)
	}
	return s.recordSpan(ctx, tx, who, x, salt, at, true)
}
