package control

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/approval"
	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/ledger"
	"github.com/toucan-grc/toucan/internal/problem"
)

// decision is what the log says of a text that waited.
type decision struct {
	Control  string   `json:"control"`
	Number   int      `json:"number"`
	Approval Approval `json:"approval"`
	By       string   `json:"by"`
}

// settle ends the waiting of a version.
func (s *Store) settle(ctx context.Context, tx *db.Tx, who access.Actor, v Version, to Approval, now time.Time) error {
	var id, salt string
	err := tx.QueryRow(ctx, `
		UPDATE control_version SET approval = $4, approved_by = $5, approved_at = $6
		WHERE org = $1 AND control = $2 AND number = $3 AND approval = 'pending' RETURNING id, salt`,
		who.Org(), v.ID, v.Number, string(to), who.Account(), db.Micros(now)).Scan(&id, &salt)
	if errors.Is(err, sql.ErrNoRows) {
		return problem.New(problem.Conflict, "Version %d of %s no longer waits for approval.", v.Number, v.Code)
	}
	if err != nil {
		return err
	}
	kind := "control." + string(to)
	return s.log.Append(ctx, tx, ledger.Leaf{Org: who.Org(), At: now, Actor: who.Account(), Kind: kind, ID: id, Salt: salt, Payload: decision{v.ID, v.Number, to, who.Account()}})
}

// Approve agrees to the text of a waiting version. It comes into force once
// everybody has agreed who must; that is one second person unless the
// organisation chose otherwise. The author cannot agree. Fields changed since the
// text was written keep their newer values.
func (s *Store) Approve(ctx context.Context, who access.Actor, code string, number int, now time.Time) error {
	_, err := s.Decide(ctx, who, code, number, true, "", now)
	return err
}

// Decide records whether the actor agrees to the text of a waiting version, and
// returns how its approval stands then. Once everybody has agreed the text comes
// into force; one no, which needs a reason, drops it.
func (s *Store) Decide(ctx context.Context, who access.Actor, code string, number int, yes bool, reason string, now time.Time) (approval.Approval, error) {
	if err := who.May(access.ApproveControls); err != nil {
		return approval.Approval{}, err
	}
	now = now.UTC().Truncate(time.Microsecond)
	var a approval.Approval
	err := s.db.Write(ctx, who.Org(), db.People, func(ctx context.Context, tx *db.Tx) error {
		have, v, err := s.waiting(ctx, tx, who, code, number)
		if err != nil {
			return err
		}
		if v.By == who.Account() {
			return problem.New(problem.Forbidden, "You wrote this text. Somebody else has to approve it.")
		}
		if a, err = s.approvals.Decide(ctx, tx, who, askFor(v), yes, reason, now); err != nil {
			return err
		}
		switch a.State {
		case approval.Approved:
			return s.enforce(ctx, tx, who, have, v, now)
		case approval.Rejected:
			return s.settle(ctx, tx, who, v, Rejected, now)
		}
		return nil
	})
	return a, err
}

// askFor is what is asked about text that waits.
func askFor(v Version) approval.Ask {
	content, _ := json.Marshal(snapshotOf(v)) // strings and numbers: it cannot fail
	sum := sha256.Sum256(content)
	return approval.Ask{Author: v.By, At: v.At, Subject: approval.Subject{Kind: approval.ControlText, ID: v.ID, Version: strconv.Itoa(v.Number),
		Digest: hex.EncodeToString(sum[:]), Words: fmt.Sprintf("the new text of %s (version %d)", v.Code, v.Number)}}
}

// enforce puts approved text into force.
func (s *Store) enforce(ctx context.Context, tx *db.Tx, who access.Actor, have Control, v Version, now time.Time) error {
	if err := s.settle(ctx, tx, who, v, Approved, now); err != nil {
		return err
	}
	if err := announce(ctx, tx, who.Org()); err != nil {
		return err
	}
	next := have
	next.Title, next.Statement, next.Version, next.UpdatedAt = v.Title, v.Statement, v.Number, now
	if have.Version < v.Number {
		return s.store(ctx, tx, who.Org(), next)
	}
	// other fields moved on while the text waited: say how the two came together
	var err error
	if next.Version, err = lastNumber(ctx, tx, who.Org(), have.ID); err != nil {
		return err
	}
	next.Version++
	if err := s.store(ctx, tx, who.Org(), next); err != nil {
		return err
	}
	rows := db.Into(`control_version (` + versionColumns + `)`)
	err = s.version(ctx, tx, who.Org(), rows, Version{Control: next, Number: next.Version, At: now, By: who.Account(),
		What: fmt.Sprintf("The approved text of version %d, with the other fields as of version %d.", v.Number, have.Version)})
	if err != nil {
		return err
	}
	return rows.Insert(ctx, tx)
}

// AskApprovals opens an approval for every text that waits without one: what was
// written before there were any, or by an earlier Toucan that still serves.
func (s *Store) AskApprovals(ctx context.Context, org string, now time.Time) error {
	var waiting []Version
	err := s.db.Read(ctx, org, func(tx *db.Tx) (err error) {
		waiting, err = history(ctx, tx, org, `v.approval = 'pending' AND NOT EXISTS (
			SELECT 1 FROM approval a WHERE a.org = v.org AND a.kind = 'control' AND a.subject = v.control AND a.version = CAST(v.number AS TEXT))`)
		return err
	})
	if err != nil || len(waiting) == 0 {
		return err
	}
	asks := make([]approval.Ask, len(waiting))
	for i, v := range waiting {
		asks[i] = askFor(v)
	}
	return s.db.Write(ctx, org, db.Jobs, func(ctx context.Context, tx *db.Tx) error {
		_, err := s.approvals.OpenAll(ctx, tx, org, "", asks, now)
		return err
	})
}

// Withdraw drops text that waits. Its author may, and whoever may approve.
func (s *Store) Withdraw(ctx context.Context, who access.Actor, code string, number int, now time.Time) error {
	if err := who.May(access.EditControls); err != nil {
		return err
	}
	return s.db.Write(ctx, who.Org(), db.People, func(ctx context.Context, tx *db.Tx) error {
		_, v, err := s.waiting(ctx, tx, who, code, number)
		if err != nil {
			return err
		}
		if v.By != who.Account() {
			if err := who.May(access.ApproveControls); err != nil {
				return err
			}
		}
		return s.withdraw(ctx, tx, who, v, now.UTC().Truncate(time.Microsecond))
	})
}

func (s *Store) withdraw(ctx context.Context, tx *db.Tx, who access.Actor, v Version, now time.Time) error {
	if err := s.settle(ctx, tx, who, v, Withdrawn, now); err != nil {
		return err
	}
	return s.approvals.Withdraw(ctx, tx, who.Org(), who.Account(), askFor(v).Subject, now)
}

// waiting reads a control and one of its versions that waits.
func (s *Store) waiting(ctx context.Context, tx *db.Tx, who access.Actor, code string, number int) (Control, Version, error) {
	have, err := find(ctx, tx, who.Org(), code)
	if err != nil {
		return have, Version{}, err
	}
	vs, err := history(ctx, tx, who.Org(), `v.control = $2 AND v.number = $3`, have.ID, number)
	if err != nil {
		return have, Version{}, err
	}
	if len(vs) == 0 {
		return have, Version{}, problem.New(problem.NotFound, "%s has no version %d.", have.Code, number)
	}
	if vs[0].Approval != Pending {
		return have, Version{}, problem.New(problem.Conflict, "Version %d of %s does not wait for approval.", number, have.Code)
	}
	if err := standing(ctx, tx, who.Org(), have); err != nil {
		return have, Version{}, err
	}
	return have, vs[0], nil
}
