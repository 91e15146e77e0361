package control

import (
	"context"
	"time"

	"github.com/google/uuid"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/ledger"
	"github.com/toucan-grc/toucan/internal/problem"
)

// Retirement says that a control no longer counts, because another one took its
// place. Its versions stay readable and its code leads to the other.
type Retirement struct {
	ID            string
	Control, Code string // the one retired: id and code
	Title         string
	Successor, To string // the one that took its place: id and code
	At            time.Time
	By, ByName    string
}

const retirements = `
	SELECT r.id, r.control, c.code, c.title, r.successor, s.code, r.from_at, r.account, coalesce(a.name, '')
	FROM retirement r JOIN control c ON c.org = r.org AND c.id = r.control JOIN control s ON s.org = r.org AND s.id = r.successor
		LEFT JOIN account a ON a.id = r.account
	WHERE r.org = $1 AND r.to_at IS NULL`

// Retirements returns the controls that are retired now, the newest first.
func (s *Store) Retirements(ctx context.Context, who access.Actor) ([]Retirement, error) {
	if err := who.May(access.ViewControls); err != nil {
		return nil, err
	}
	var out []Retirement
	err := s.db.Read(ctx, who.Org(), func(tx *db.Tx) (err error) {
		out, err = readRetirements(ctx, tx, retirements+` ORDER BY r.from_at DESC, r.id DESC`, who.Org())
		return err
	})
	return out, err
}

func readRetirements(ctx context.Context, tx *db.Tx, sql string, args ...any) ([]Retirement, error) {
	rows, err := tx.Query(ctx, sql, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []Retirement
	for rows.Next() {
		var r Retirement
		var at int64
		if err := rows.Scan(&r.ID, &r.Control, &r.Code, &r.Title, &r.Successor, &r.To, &at, &r.By, &r.ByName); err != nil {
			return nil, err
		}
		r.At = db.Time(at)
		out = append(out, r)
	}
	return out, rows.Err()
}

// retired returns the ids of all controls that are retired now.
func retired(ctx context.Context, tx *db.Tx, org string) (map[string]bool, error) {
	rows, err := tx.Query(ctx, `SELECT control FROM retirement WHERE org = $1 AND to_at IS NULL`, org)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	out := map[string]bool{}
	for rows.Next() {
		var id string
		if err := rows.Scan(&id); err != nil {
			return nil, err
		}
		out[id] = true
	}
	return out, rows.Err()
}

// successor returns the retirement of a control, if it is retired now.
func successor(ctx context.Context, tx *db.Tx, org, id string) (Retirement, bool, error) {
	list, err := readRetirements(ctx, tx, retirements+` AND r.control = $2`, org, id)
	if err != nil || len(list) == 0 {
		return Retirement{}, false, err
	}
	return list[0], true, nil
}

// standing refuses a change to a control that is retired.
func standing(ctx context.Context, tx *db.Tx, org string, c Control) error {
	r, is, err := successor(ctx, tx, org, c.ID)
	if err != nil || !is {
		return err
	}
	return problem.New(problem.Conflict, "%s was merged into %s, so it is left as it was. Change %s, or take the merge back first.", r.Code, r.To, r.To)
}

// Standing refuses, in the caller's transaction, a change to a control that is retired.
func (s *Store) Standing(ctx context.Context, tx *db.Tx, who access.Actor, id string) error {
	if err := who.May(access.ViewControls); err != nil {
		return err
	}
	return standing(ctx, tx, who.Org(), Control{ID: id})
}

// retirementFact is what the log says of a retirement and of its end.
type retirementFact struct {
	Retirement string `json:"retirement"`
	Control    string `json:"control"`
	Successor  string `json:"successor"`
	At         int64  `json:"at_us"`
}

// Retire takes a control out of use, in the caller's transaction, because
// successor took its place. Both must be in use.
func (s *Store) Retire(ctx context.Context, tx *db.Tx, who access.Actor, id, successorID string, now time.Time) error {
	if err := who.May(access.MergeControls); err != nil {
		return err
	}
	if id == successorID {
		return problem.New(problem.Invalid, "A control cannot be merged into itself. Choose two.")
	}
	org, now := who.Org(), now.UTC().Truncate(time.Microsecond)
	for _, x := range []string{id, successorID} {
		c, err := scanOne(tx.QueryRow(ctx, query+`WHERE org = $1 AND id = $2`, org, x), x)
		if err != nil {
			return err
		}
		if err := standing(ctx, tx, org, c); err != nil {
			return err
		}
	}
	row, salt := uuid.Must(uuid.NewV7()).String(), ledger.Salt()
	_, err := tx.Exec(ctx, `INSERT INTO retirement (org, id, control, successor, from_at, account, salt) VALUES ($1, $2, $3, $4, $5, $6, $7)`,
		org, row, id, successorID, db.Micros(now), who.Account(), salt)
	if err != nil {
		return err
	}
	return s.log.Append(ctx, tx, ledger.Leaf{Org: org, At: now, Actor: who.Account(), Kind: "control.retired", ID: row, Salt: salt,
		Payload: retirementFact{row, id, successorID, db.Micros(now)}})
}

// Restore brings a retired control back, in the caller's transaction, and returns
// the retirement that ended.
func (s *Store) Restore(ctx context.Context, tx *db.Tx, who access.Actor, id string, now time.Time) (Retirement, error) {
	if err := who.May(access.MergeControls); err != nil {
		return Retirement{}, err
	}
	org, now := who.Org(), now.UTC().Truncate(time.Microsecond)
	r, is, err := successor(ctx, tx, org, id)
	if err != nil {
		return r, err
	}
	if !is {
		return r, problem.New(problem.NotFound, "This control is not merged into another one. Somebody may have taken the merge back already.")
	}
	salt := ledger.Salt()
	if _, err := tx.Exec(ctx, `UPDATE retirement SET to_at = CASE WHEN from_at > $3 THEN from_at ELSE $3 END, ended_by = $4, end_salt = $5 WHERE org = $1 AND id = $2`,
		org, r.ID, db.Micros(now), who.Account(), salt); err != nil {
		return r, err
	}
	return r, s.log.Append(ctx, tx, ledger.Leaf{Org: org, At: now, Actor: who.Account(), Kind: "control.restored", ID: uuid.Must(uuid.NewV7()).String(), Salt: salt,
		Payload: retirementFact{r.ID, r.Control, r.Successor, db.Micros(now)}})
}
