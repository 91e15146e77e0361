package isms

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/approval"
	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/evidence"
	"github.com/toucan-grc/toucan/internal/framework"
	"github.com/toucan-grc/toucan/internal/ledger"
	"github.com/toucan-grc/toucan/internal/problem"
)

// VersionState says how a version of the statement stands.
type VersionState string

// The states of a version. The values are stored.
const (
	VersionSent      VersionState = "sent"
	VersionApproved  VersionState = "approved"
	VersionRejected  VersionState = "rejected"
	VersionWithdrawn VersionState = "withdrawn"
)

// StatementVersion is a statement as it was sent for approval. Its rows never
// change; once it is approved nothing of it does.
type StatementVersion struct {
	ID       string
	Number   int // from 1; one that was rejected leaves its number to the next
	Round    int // how often that number was sent
	State    VersionState
	Note     string // what changed, in a sentence
	Digest   string // hex SHA-256 of the rows
	Counts   StatementCounts
	SentAt   time.Time
	SentBy   string    // account
	SentName string    // what the account is called
	EndedAt  time.Time // zero: it waits
	Evidence string    // id of the item it is kept as; empty: not approved
	Entries  []StatementEntry
}

// Words is what the version is called.
func (v StatementVersion) Words() string {
	return fmt.Sprintf("Statement of Applicability, version %d", v.Number)
}

// ask is what others are asked to agree to.
func (v StatementVersion) ask() approval.Ask {
	version := fmt.Sprint(v.Number)
	if v.Round > 1 {
		version = fmt.Sprintf("%d (%d)", v.Number, v.Round)
	}
	return approval.Ask{Author: v.SentBy, Subject: approval.Subject{Kind: approval.StatementVersion, ID: v.ID, Version: version, Digest: v.Digest, Words: v.Words()}}
}

// versionFact is what the log says of a version.
type versionFact struct {
	Version string          `json:"version"`
	Number  int             `json:"number"`
	Round   int             `json:"round"`
	State   VersionState    `json:"state"`
	Digest  string          `json:"digest"`
	Counts  StatementCounts `json:"counts"`
	Note    string          `json:"note"`
	Item    string          `json:"item,omitempty"` // evidence it is kept as
}

func (s *Store) versionLeaf(ctx context.Context, tx *db.Tx, who access.Actor, v StatementVersion, salt string, now time.Time) error {
	return s.Log.Append(ctx, tx, ledger.Leaf{Org: who.Org(), At: now, Actor: who.Account(), Kind: "statement." + string(v.State), ID: v.ID, Salt: salt,
		Payload: versionFact{v.ID, v.Number, v.Round, v.State, v.Digest, v.Counts, v.Note, v.Evidence}})
}

const maxVersionNote = 500

// SendStatement freezes the statement as it stands and asks for its approval. With
// remarks that stop it, it is refused: it would not say what the standard asks.
// When nobody has to agree it is approved at once.
func (s *Store) SendStatement(ctx context.Context, who access.Actor, note string, now time.Time) (StatementVersion, error) {
	if err := who.May(access.ManageISMS); err != nil {
		return StatementVersion{}, err
	}
	now = now.UTC().Truncate(time.Microsecond)
	v := StatementVersion{ID: newID(), Round: 1, State: VersionSent, SentAt: now, SentBy: who.Account(), SentName: who.Name()}
	var err error
	if v.Note, err = db.Line("note", "What changed", note, maxVersionNote); err != nil {
		return v, err
	}
	live, err := s.Statement(ctx, who, now)
	if err != nil {
		return v, err
	}
	if stops := live.Stops(); len(stops) > 0 {
		return v, stopped(stops)
	}
	v.Entries, v.Counts = live.Entries(), live.Counts()
	content, err := json.Marshal(v.Entries)
	if err != nil {
		return v, err
	}
	v.Digest = statementDigest(content)
	counts, err := json.Marshal(v.Counts)
	if err != nil {
		return v, err
	}
	if err := s.numberVersion(ctx, who, &v); err != nil {
		return v, err
	}
	file, err := s.printVersion(ctx, who, v, now, nil)
	if err != nil {
		return v, err
	}
	err = s.DB.Write(ctx, who.Org(), db.People, func(ctx context.Context, tx *db.Tx) error {
		have := v
		if err := s.numberIn(ctx, tx, who.Org(), &have); err != nil {
			return err
		}
		if have.Number != v.Number || have.Round != v.Round {
			return problem.New(problem.Conflict, "Somebody else sent the statement at this very moment. Look at the versions, then send it again.")
		}
		salt := ledger.Salt()
		_, err := tx.Exec(ctx, `INSERT INTO statement_version (org, id, number, round, state, note, content, digest, counts, sent_at, sent_by, salt) VALUES ($1, $2, $3, $4, 'sent', $5, $6, $7, $8, $9, $10, $11)`,
			who.Org(), v.ID, v.Number, v.Round, v.Note, string(content), v.Digest, string(counts), db.Micros(now), who.Account(), salt)
		if err != nil {
			return err
		}
		if err := s.versionLeaf(ctx, tx, who, v, salt, now); err != nil {
			return err
		}
		a, err := s.Approvals.Open(ctx, tx, who.Org(), who.Account(), v.ask(), now)
		if err != nil || a.State != approval.Approved {
			return err
		}
		return s.approveVersion(ctx, tx, who, &v, file, salt, now)
	})
	return v, err
}

// stopped says why a statement cannot be sent.
func stopped(stops []StatementLint) error {
	var first []string
	for i, l := range stops {
		if i == maxNamedInSentence {
			break
		}
		first = append(first, l.Code)
	}
	text := firstFew(first)
	if len(stops) > len(first) {
		text += fmt.Sprintf(" and %d more", len(stops)-len(first))
	}
	return problem.New(problem.Conflict, "The statement cannot be sent yet: %d remarks stop it, about %s. Every row needs a reason, and every included one somebody who says whether it is implemented.", len(stops), text)
}

// numberVersion gives the version its number.
func (s *Store) numberVersion(ctx context.Context, who access.Actor, v *StatementVersion) error {
	return s.DB.Read(ctx, who.Org(), func(tx *db.Tx) error { return s.numberIn(ctx, tx, who.Org(), v) })
}

func (s *Store) numberIn(ctx context.Context, tx *db.Tx, org string, v *StatementVersion) error {
	list, err := readStatementVersions(ctx, tx, org, false, ``)
	if err != nil {
		return err
	}
	v.Number, v.Round = 1, 1
	for _, x := range list {
		if x.State == VersionSent {
			return problem.New(problem.Conflict, "%s waits for approval. Wait for it, or withdraw it first.", x.Words())
		}
		if x.State == VersionApproved {
			v.Number = max(v.Number, x.Number+1)
		}
	}
	for _, x := range list {
		if x.Number == v.Number {
			v.Round = max(v.Round, x.Round+1)
		}
	}
	return nil
}

// printVersion makes the PDF of a version as it will be kept, and puts it away. An
// account that agrees last is named in it.
func (s *Store) printVersion(ctx context.Context, who access.Actor, v StatementVersion, now time.Time, last *StatementSignature) (evidence.File, error) {
	p, err := s.versionPaper(ctx, who, v)
	if err != nil {
		return evidence.File{}, err
	}
	p.Version.State, p.Version.EndedAt = VersionApproved, now
	if last != nil {
		p.Signatures = append(p.Signatures, *last)
	}
	data, err := p.PDF()
	if err != nil {
		return evidence.File{}, err
	}
	return s.Evidence.Stage(ctx, who.Org(), who.Account(), fmt.Sprintf("statement-of-applicability-%d.pdf", v.Number), bytes.NewReader(data), now)
}

// statementKeptFor is how long an approved statement counts as current evidence.
const statementKeptFor = 366 * 24 * time.Hour

// approveVersion ends a version that everybody agreed to and keeps it as evidence.
func (s *Store) approveVersion(ctx context.Context, tx *db.Tx, who access.Actor, v *StatementVersion, file evidence.File, salt string, now time.Time) error {
	item, err := s.Evidence.Issue(ctx, tx, who.Org(), who.Account(), evidence.Filing{
		Title: v.Words(), Kind: "soa", CapturedAt: now, ValidFor: statementKeptFor, Files: []evidence.File{file}, Key: "statement-" + v.ID, Collector: "toucan",
		Note:         fmt.Sprintf("%d rows, %d of them left out. SHA-256 of the rows: %s.", v.Counts.Rows, v.Counts.Excluded, v.Digest),
		Requirements: []framework.Ref{{Framework: StatementFramework, ID: "6.1.3"}}}, now)
	if err != nil {
		return err
	}
	v.State, v.EndedAt, v.Evidence = VersionApproved, now, item.ID
	return s.endVersion(ctx, tx, who, *v, salt, now)
}

func (s *Store) endVersion(ctx context.Context, tx *db.Tx, who access.Actor, v StatementVersion, salt string, now time.Time) error {
	_, err := tx.Exec(ctx, `UPDATE statement_version SET state = $3, ended_at = $4, evidence = $5 WHERE org = $1 AND id = $2 AND state = 'sent'`, who.Org(), v.ID, string(v.State), db.Micros(now), v.Evidence)
	if err != nil {
		return err
	}
	return s.versionLeaf(ctx, tx, who, v, salt, now)
}

// DecideStatement records whether the actor agrees to the version that waits. The
// last yes makes it approved, and it is kept as evidence; one no, which needs a
// reason, ends it.
func (s *Store) DecideStatement(ctx context.Context, who access.Actor, id string, yes bool, reason string, now time.Time) (approval.Approval, error) {
	if err := who.May(access.ApproveISMS); err != nil {
		return approval.Approval{}, err
	}
	now = now.UTC().Truncate(time.Microsecond)
	v, err := s.StatementVersion(ctx, who, id)
	if err != nil {
		return approval.Approval{}, err
	}
	var file evidence.File
	if yes {
		if file, err = s.printVersion(ctx, who, v, now, &StatementSignature{who.Name(), true, now, reason}); err != nil {
			return approval.Approval{}, err
		}
	}
	var out approval.Approval
	err = s.DB.Write(ctx, who.Org(), db.People, func(ctx context.Context, tx *db.Tx) error {
		v, salt, err := waitingVersion(ctx, tx, who.Org(), id)
		if err != nil {
			return err
		}
		if out, err = s.Approvals.Decide(ctx, tx, who, v.ask(), yes, reason, now); err != nil {
			return err
		}
		switch out.State {
		case approval.Approved:
			return s.approveVersion(ctx, tx, who, &v, file, salt, now)
		case approval.Rejected:
			v.State = VersionRejected
			return s.endVersion(ctx, tx, who, v, salt, now)
		}
		return nil
	})
	return out, err
}

// WithdrawStatement takes back the version that waits for approval.
func (s *Store) WithdrawStatement(ctx context.Context, who access.Actor, id string, now time.Time) error {
	if err := who.May(access.ManageISMS); err != nil {
		return err
	}
	now = now.UTC().Truncate(time.Microsecond)
	return s.DB.Write(ctx, who.Org(), db.People, func(ctx context.Context, tx *db.Tx) error {
		v, salt, err := waitingVersion(ctx, tx, who.Org(), id)
		if err != nil {
			return err
		}
		if err := s.Approvals.Withdraw(ctx, tx, who.Org(), who.Account(), v.ask().Subject, now); err != nil {
			return err
		}
		v.State = VersionWithdrawn
		return s.endVersion(ctx, tx, who, v, salt, now)
	})
}
