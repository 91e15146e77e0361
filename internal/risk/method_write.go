package risk

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"time"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/approval"
	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/problem"
)

// methodFact is what the log says of a version of the method.
type methodFact struct {
	Method  string      `json:"method"`
	Version string      `json:"version"`
	Digest  string      `json:"digest"` // of the text and the numbers
	Note    string      `json:"note"`
	State   MethodState `json:"state"`
}

// Digest is the SHA-256 of a method's text and numbers, in hex.
func (m *Method) Digest() string {
	sum := sha256.Sum256([]byte(m.Text + "\x00" + m.Matrix))
	return hex.EncodeToString(sum[:])
}

func (m *Method) subject() approval.Subject {
	return approval.Subject{Kind: approval.RiskMethod, ID: m.ID, Version: m.Version, Digest: m.Digest(), Words: "Risk method " + m.Version}
}

// Methods returns all versions, the shipped one first, and the one in force now.
func (s *Store) Methods(ctx context.Context, who access.Actor, now time.Time) (all []*Method, force *Method, err error) {
	if err := who.May(access.ViewRisks); err != nil {
		return nil, nil, err
	}
	err = s.DB.Read(ctx, who.Org(), func(tx *db.Tx) (err error) {
		all, err = readMethods(ctx, tx, who.Org())
		return err
	})
	if err != nil {
		return nil, nil, err
	}
	return all, inForce(all, now), nil
}

// WriteMethod keeps a new version of the method. It is used once somebody other
// than its author approved it; scores given before stay with their version.
func (s *Store) WriteMethod(ctx context.Context, who access.Actor, text, matrix, note string, now time.Time) (*Method, error) {
	if err := who.May(access.ManageRiskMethod); err != nil {
		return nil, err
	}
	m, err := ParseMethod(text, matrix)
	if err != nil {
		return nil, err
	}
	if m.Note, err = db.Prose("note", "What is different", note, maxPart); err != nil {
		return nil, err
	}
	if m.Note == "" {
		return nil, problem.Field("note", "Say what is different and why, for whoever approves it.")
	}
	now = moment(now)
	m.ID, m.At, m.By, m.ByName, m.State = newID(), now, who.Account(), who.Name(), MethodWaits
	err = s.DB.Write(ctx, who.Org(), db.People, func(ctx context.Context, tx *db.Tx) error {
		all, err := readMethods(ctx, tx, who.Org())
		if err != nil {
			return err
		}
		for _, x := range all {
			switch {
			case x.State == MethodWaits:
				return problem.New(problem.Conflict, "Version %s waits for approval. Have it decided first.", x.Version)
			case !newer(m.Version, x.Version):
				return problem.Field("matrix", fmt.Sprintf("There is a version %s already. Give the new one a higher number than %s.", x.Version, x.Version))
			}
		}
		_, err = tx.Exec(ctx, `INSERT INTO risk_method (org, id, version, body, matrix, note, state, at, account) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
			who.Org(), m.ID, m.Version, m.Text, m.Matrix, m.Note, string(m.State), db.Micros(now), who.Account())
		if err != nil {
			return err
		}
		if err := s.record(ctx, tx, who.Org(), who.Account(), now, act{"", kindMethod, methodFact{m.ID, m.Version, m.Digest(), m.Note, m.State}}); err != nil {
			return err
		}
		a, err := s.approvals.Open(ctx, tx, who.Org(), who.Account(), approval.Ask{Subject: m.subject(), Author: who.Account()}, now)
		if err != nil || a.State != approval.Approved {
			return err
		}
		return s.endMethod(ctx, tx, who, m, MethodApproved, now)
	})
	return m, err
}

// endMethod writes whether a version may be used.
func (s *Store) endMethod(ctx context.Context, tx *db.Tx, who access.Actor, m *Method, to MethodState, now time.Time) error {
	m.State = to
	if to == MethodApproved {
		m.ApprovedAt = now
	}
	if _, err := tx.Exec(ctx, `UPDATE risk_method SET state = $3, approved_at = $4 WHERE org = $1 AND id = $2`, who.Org(), m.ID, string(to), db.Micros(m.ApprovedAt)); err != nil {
		return err
	}
	return s.record(ctx, tx, who.Org(), who.Account(), now, act{"", kindMethodEnd, methodFact{m.ID, m.Version, m.Digest(), m.Note, to}})
}

// DecideMethod records a yes or a no to the version that waits. Its author does not
// decide.
func (s *Store) DecideMethod(ctx context.Context, who access.Actor, id string, yes bool, reason string, now time.Time) (approval.Approval, error) {
	if err := who.May(access.ManageRiskMethod); err != nil {
		return approval.Approval{}, err
	}
	now = moment(now)
	var a approval.Approval
	err := s.DB.Write(ctx, who.Org(), db.People, func(ctx context.Context, tx *db.Tx) error {
		all, err := readMethods(ctx, tx, who.Org())
		if err != nil {
			return err
		}
		var m *Method
		for _, x := range all {
			if x.ID == id && id != "" {
				m = x
			}
		}
		if m == nil {
			return problem.New(problem.NotFound, "There is no such version of the method.")
		}
		if m.State != MethodWaits {
			return problem.New(problem.Conflict, "This version no longer waits for approval.")
		}
		if a, err = s.approvals.Decide(ctx, tx, who, approval.Ask{Subject: m.subject(), Author: m.By, At: m.At}, yes, reason, now); err != nil {
			return err
		}
		switch a.State {
		case approval.Approved:
			return s.endMethod(ctx, tx, who, m, MethodApproved, now)
		case approval.Rejected:
			return s.endMethod(ctx, tx, who, m, MethodRejected, now)
		}
		return nil
	})
	return a, err
}
