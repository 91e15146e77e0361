package crosswalk

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"time"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/approval"
	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/problem"
)

// holding chooses the attestations that count at the moment $2: those nobody had
// to agree to, and those everybody has agreed to who must.
const holding = `t.at <= $2 AND t.until > $2 AND (t.ended_at = 0 OR t.ended_at > $2) AND (t.approval = '' OR t.approval = 'approved' AND t.approved_at <= $2)`

// ask is what others are asked to agree to.
func (a Attestation) ask() approval.Ask {
	content, _ := json.Marshal(a.fact(false)) // strings and numbers: it cannot fail
	sum := sha256.Sum256(content)
	return approval.Ask{Author: a.By, At: a.At, Subject: approval.Subject{Kind: approval.Attestation, ID: a.ID, Version: "1",
		Digest: hex.EncodeToString(sum[:]), Words: "the attestation for " + a.Target.Words()}}
}

// settleAttestation writes how the approval of an attestation stands.
func (s *Store) settleAttestation(ctx context.Context, tx *db.Tx, org, id string, to approval.State, at time.Time) error {
	_, err := tx.Exec(ctx, `UPDATE attestation SET approval = $3, approved_at = $4 WHERE org = $1 AND id = $2`, org, id, string(to), db.Micros(at))
	return err
}

// DecideAttestation records whether the actor agrees to an attestation that
// waits, and returns how its approval stands then. It counts from the moment
// everybody has agreed who must; one no, which needs a reason, drops it. The log
// has the decisions.
func (s *Store) DecideAttestation(ctx context.Context, who access.Actor, id string, yes bool, reason string, now time.Time) (approval.Approval, error) {
	if err := who.May(access.Attest); err != nil {
		return approval.Approval{}, err
	}
	now = now.UTC().Truncate(time.Microsecond)
	var out approval.Approval
	err := s.db.Write(ctx, who.Org(), db.People, func(ctx context.Context, tx *db.Tx) error {
		list, err := readAttestations(ctx, tx, who.Org(), ` AND t.id = $2`, id)
		if err != nil {
			return err
		}
		if len(list) == 0 {
			return problem.New(problem.NotFound, "There is no such attestation. Open the page again.")
		}
		a := list[0]
		if a.Approval != approval.Open || !a.EndedAt.IsZero() || !now.Before(a.Until) {
			return problem.New(problem.Conflict, "This attestation does not wait for anybody any more.")
		}
		if out, err = s.approvals.Decide(ctx, tx, who, a.ask(), yes, reason, now); err != nil || out.State == approval.Open {
			return err
		}
		return s.settleAttestation(ctx, tx, who.Org(), id, out.State, now)
	})
	return out, err
}

// FindAttestation returns one attestation, in force or not.
func (s *Store) FindAttestation(ctx context.Context, who access.Actor, id string) (Attestation, error) {
	if err := who.May(access.ViewPosture); err != nil {
		return Attestation{}, err
	}
	var list []Attestation
	err := s.db.Read(ctx, who.Org(), func(tx *db.Tx) (err error) {
		list, err = readAttestations(ctx, tx, who.Org(), ` AND t.id = $2`, id)
		return err
	})
	if err == nil && len(list) == 0 {
		err = problem.New(problem.NotFound, "There is no such attestation.")
	}
	if err != nil {
		return Attestation{}, err
	}
	return list[0], nil
}
