package training

import (
	"context"
	"time"

	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/ledger"
	"github.com/toucan-grc/toucan/internal/problem"
)

// The kinds of leaf. They are stored.
const (
	settingKind   = "training.setting"
	completedKind = "training.completed"
	syncKind      = "training.sync"
	resetKind     = "training.reset"
)

func errNobody() error {
	return problem.New(problem.NotFound, "This person is not in the register.")
}

func errUnlinked() error {
	return problem.New(problem.NotFound, "Your account is linked to nobody in the people register, so no training can be kept for you. Ask your compliance manager to link it.")
}

func errOff(t Track) error {
	return problem.New(problem.NotFound, "There is no such training here.")
}

// batch is many completions or resets that are one fact of the log.
type batch struct {
	id, kind, source, reason, account string
	track                             Track
	changes                           []any // as the root has them
}

// batchFact is what the log says of a batch.
type batchFact struct {
	Track   Track  `json:"track"`
	Source  string `json:"source"`
	Reason  string `json:"reason"`
	Changes int    `json:"changes"`
	Root    string `json:"root"` // of the Merkle tree over the changes, each salted as the batch
}

// completionFact is what the log says of a completion.
type completionFact struct {
	Person   string `json:"person"`
	Track    Track  `json:"track"`
	Method   Method `json:"method"`
	Course   string `json:"course"`
	Version  string `json:"version"`
	Score    int    `json:"score"`
	At       int64  `json:"at_us"`
	Source   string `json:"source"`
	Evidence string `json:"evidence"`
	Code     string `json:"code"` // of the certificate, or empty
}

func (c Completion) fact() completionFact {
	return completionFact{c.Person, c.Track, c.Method, c.Course, c.Version, c.Score, db.Micros(c.At), c.Source, c.Evidence, c.Code}
}

// resetFact is what the log says of a reset.
type resetFact struct {
	Person string `json:"person"`
	Due    string `json:"due"`
}

// knownFact is what the log says of what a provider said.
type knownFact struct {
	Person string         `json:"person"`
	State  EnrolmentState `json:"state"`
	Reason string         `json:"reason"`
}

// record writes a batch and its leaf, before the rows that name it.
func (s *Store) record(ctx context.Context, tx *db.Tx, org string, b batch, now time.Time) error {
	salt := ledger.Salt()
	root, err := ledger.Root(b.changes, salt)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `INSERT INTO training_batch (org, id, kind, track, source, reason, at, account, changes, root, salt) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
		org, b.id, b.kind, string(b.track), b.source, b.reason, db.Micros(now), b.account, len(b.changes), root, salt)
	if err != nil {
		return err
	}
	return s.log.Append(ctx, tx, ledger.Leaf{Org: org, At: now, Actor: b.account, Kind: b.kind, ID: b.id, Salt: salt,
		Payload: batchFact{b.track, b.source, b.reason, len(b.changes), root}})
}

// completionRows begins an insert of completions.
func completionRows() *db.Rows {
	return db.Into(`training_completion (org, id, person, track, method, course, version, score, at, heard_at, source, evidence, code, batch, salt)`)
}

func (c Completion) add(rows *db.Rows, org, batch, salt string) {
	rows.Add(org, c.ID, c.Person, string(c.Track), string(c.Method), c.Course, c.Version, c.Score, db.Micros(c.At), db.Micros(c.HeardAt), c.Source, orNull(c.Evidence), c.Code, orNull(batch), salt)
}

// insert writes one completion and its leaf. by is the account, or empty.
func (s *Store) insert(ctx context.Context, tx *db.Tx, org, by string, c Completion) error {
	salt := ledger.Salt()
	rows := completionRows()
	c.add(rows, org, "", salt)
	if err := rows.Insert(ctx, tx); err != nil {
		return err
	}
	return s.log.Append(ctx, tx, ledger.Leaf{Org: org, At: c.HeardAt, Actor: by, Kind: completedKind, ID: c.ID, Salt: salt, Payload: c.fact()})
}

var errRace = problem.New(problem.Busy, "The register changed while this was taken in. Try again.")
