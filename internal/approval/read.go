package approval

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/problem"
)

func errNone() error { return problem.New(problem.NotFound, "This does not wait for approval.") }

// find reads the approval of one version of a subject.
func find(ctx context.Context, tx *db.Tx, org string, s Subject) (Approval, error) {
	list, err := read(ctx, tx, org, `a.kind = $2 AND a.subject = $3 AND a.version = $4`, string(s.Kind), s.ID, s.Version)
	if err == nil && len(list) == 0 {
		err = errNone()
	}
	if err != nil {
		return Approval{}, err
	}
	return list[0], nil
}

func read(ctx context.Context, tx *db.Tx, org, where string, args ...any) ([]Approval, error) {
	rows, err := tx.Query(ctx, `SELECT a.id, a.kind, a.subject, a.version, a.digest, a.words, a.author, a.tiers, a.chosen, a.state, a.at, a.ended_at FROM approval a
		WHERE a.org = $1 AND `+where+` ORDER BY a.at DESC, a.id DESC`, append([]any{org}, args...)...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []Approval
	for rows.Next() {
		var a Approval
		var tiers string
		var at, ended int64
		err := rows.Scan(&a.ID, &a.Subject.Kind, &a.Subject.ID, &a.Subject.Version, &a.Subject.Digest, &a.Subject.Words, &a.Author, &tiers, &a.Chosen, &a.State, &at, &ended)
		if err != nil {
			return nil, err
		}
		if err := json.Unmarshal([]byte(tiers), &a.Tiers); err != nil {
			return nil, fmt.Errorf("the steps of an approval cannot be read: %w", err)
		}
		a.At, a.EndedAt = db.Time(at), db.Time(ended)
		out = append(out, a)
	}
	if err := errors.Join(rows.Err(), rows.Close()); err != nil {
		return nil, err
	}
	for i := range out {
		if out[i].Decisions, err = decisions(ctx, tx, org, out[i].ID); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func decisions(ctx context.Context, tx *db.Tx, org, id string) ([]Decision, error) {
	rows, err := tx.Query(ctx, `SELECT d.tier, d.account, coalesce(c.name, ''), d.yes, d.reason, d.at FROM approval_decision d LEFT JOIN account c ON c.id = d.account
		WHERE d.org = $1 AND d.approval = $2 ORDER BY d.at, d.id`, org, id)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []Decision
	for rows.Next() {
		var d Decision
		var at int64
		if err := rows.Scan(&d.Tier, &d.Account, &d.Name, &d.Yes, &d.Reason, &at); err != nil {
			return nil, err
		}
		d.At = db.Time(at)
		out = append(out, d)
	}
	return out, rows.Err()
}

func membersOf(ctx context.Context, tx *db.Tx, org string) ([]Member, error) {
	rows, err := tx.Query(ctx, `SELECT m.account, a.name, m.role FROM member m JOIN account a ON a.id = m.account WHERE m.org = $1 AND m.role <> '' ORDER BY lower(a.name), a.id`, org)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []Member
	for rows.Next() {
		var m Member
		if err := rows.Scan(&m.Account, &m.Name, &m.Role); err != nil {
			return nil, err
		}
		out = append(out, m)
	}
	return out, rows.Err()
}

// Waiting is an approval and how it stands now.
type Waiting struct {
	Approval
	Standing Standing
}

// Of returns the approvals of a subject and how they stand, the newest first.
func (s *Store) Of(ctx context.Context, who access.Actor, kind Kind, subject string) ([]Waiting, error) {
	if err := who.May(access.ViewPosture); err != nil {
		return nil, err
	}
	return s.standing(ctx, who.Org(), `a.kind = $2 AND a.subject = $3`, string(kind), subject)
}

// Waiting returns the open approvals and how they stand, the newest first.
func (s *Store) Waiting(ctx context.Context, who access.Actor) ([]Waiting, error) {
	if err := who.May(access.ViewPosture); err != nil {
		return nil, err
	}
	return s.standing(ctx, who.Org(), `a.state = 'open'`)
}

func (s *Store) standing(ctx context.Context, org, where string, args ...any) ([]Waiting, error) {
	var out []Waiting
	err := s.db.Read(ctx, org, func(tx *db.Tx) error {
		members, err := membersOf(ctx, tx, org)
		if err != nil {
			return err
		}
		list, err := read(ctx, tx, org, where, args...)
		for _, a := range list {
			out = append(out, Waiting{a, a.Stand(members)})
		}
		return err
	})
	return out, err
}
