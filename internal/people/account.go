package people

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"github.com/google/uuid"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/ledger"
	"github.com/toucan-grc/toucan/internal/problem"
)

// linkFact is what the log says of a link between a person and an account.
type linkFact struct {
	Person  string `json:"person"`
	Account string `json:"account"` // empty: the link ended
}

// LinkAccount says that a person of the register and an account are the same human
// being, from now on, so that what is asked of the person shows when the account
// signs in. An equal e-mail address alone never does that. An empty account ends
// the link. An account linked to somebody else is a Conflict.
func (s *Store) LinkAccount(ctx context.Context, who access.Actor, person, account string, now time.Time) error {
	if err := who.May(access.ManagePeople); err != nil {
		return err
	}
	now = now.UTC().Truncate(time.Microsecond)
	return s.db.Write(ctx, who.Org(), db.People, func(ctx context.Context, tx *db.Tx) error {
		if _, err := scanOne(tx.QueryRow(ctx, query+`WHERE org = $1 AND id = $2`, who.Org(), person)); err != nil {
			return err
		}
		var have string
		err := tx.QueryRow(ctx, `SELECT account FROM person_account WHERE org = $1 AND person = $2 AND to_at IS NULL`, who.Org(), person).Scan(&have)
		if err != nil && !errors.Is(err, sql.ErrNoRows) || have == account {
			return err
		}
		id, salt := uuid.Must(uuid.NewV7()).String(), ledger.Salt()
		if have != "" {
			var old string
			err := tx.QueryRow(ctx, `UPDATE person_account SET to_at = $3, salt = $4 WHERE org = $1 AND person = $2 AND to_at IS NULL RETURNING id`,
				who.Org(), person, db.Micros(now), salt).Scan(&old)
			if err != nil {
				return err
			}
			if account == "" {
				return s.recordLink(ctx, tx, who, old, salt, linkFact{person, ""}, now)
			}
		}
		if err := s.insertLink(ctx, tx, who, id, person, account, salt, now); err != nil {
			return err
		}
		return s.recordLink(ctx, tx, who, id, salt, linkFact{person, account}, now)
	})
}

func (s *Store) insertLink(ctx context.Context, tx *db.Tx, who access.Actor, id, person, account, salt string, now time.Time) error {
	var member int
	err := tx.QueryRow(ctx, `SELECT count(*) FROM member WHERE org = $1 AND account = $2 AND role <> ''`, who.Org(), account).Scan(&member)
	if err != nil {
		return err
	}
	if member == 0 {
		return problem.Field("account", "This account is no member here. Invite the person first, then link the account.")
	}
	_, err = tx.Exec(ctx, `INSERT INTO person_account (org, id, person, account, from_at, salt) VALUES ($1, $2, $3, $4, $5, $6)`,
		who.Org(), id, person, account, db.Micros(now), salt)
	if db.IsUnique(err) {
		return &problem.Error{Code: problem.Conflict, Field: "account", Err: err, Text: "This account belongs to somebody else of the register. End that link first."}
	}
	return err
}

func (s *Store) recordLink(ctx context.Context, tx *db.Tx, who access.Actor, id, salt string, f linkFact, now time.Time) error {
	return s.log.Append(ctx, tx, ledger.Leaf{Org: who.Org(), At: now, Actor: who.Account(), Kind: "person.account", ID: id, Salt: salt, Payload: f})
}

// Accounts returns the account of each person of the register who has one.
func (s *Store) Accounts(ctx context.Context, who access.Actor) (map[string]string, error) {
	if err := who.May(access.ViewPeople); err != nil {
		return nil, err
	}
	out := map[string]string{}
	err := s.db.Read(ctx, who.Org(), func(tx *db.Tx) error {
		rows, err := tx.Query(ctx, `SELECT person, account FROM person_account WHERE org = $1 AND to_at IS NULL`, who.Org())
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var person, account string
			if err := rows.Scan(&person, &account); err != nil {
				return err
			}
			out[person] = account
		}
		return rows.Err()
	})
	return out, err
}

// PersonOf returns the entry of the register an account is linked to, or "". It
// reads in the caller's transaction.
func (s *Store) PersonOf(ctx context.Context, tx *db.Tx, org, account string) (string, error) {
	var person string
	err := tx.QueryRow(ctx, `SELECT person FROM person_account WHERE org = $1 AND account = $2 AND to_at IS NULL`, org, account).Scan(&person)
	if errors.Is(err, sql.ErrNoRows) {
		return "", nil
	}
	return person, err
}
