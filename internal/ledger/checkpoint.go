package ledger

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/problem"
)

// putCheckpoint stores a checkpoint that the folder holds already. Storing it
// again changes nothing.
func putCheckpoint(ctx context.Context, tx *db.Tx, s Signed) error {
	_, err := tx.Exec(ctx, `INSERT INTO log_checkpoint (org, epoch, size, note, at, behind) VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (org, epoch, size) DO NOTHING`,
		s.Org, s.Epoch, s.Size, s.Note, db.Micros(s.At), s.Behind.Microseconds())
	if err != nil {
		return fmt.Errorf("ledger: storing a checkpoint: %w", err)
	}
	return nil
}

const checkpointColumns = `epoch, size, note, at, behind`

func scanCheckpoint(org string, scan func(...any) error) (Signed, error) {
	s := Signed{Org: org}
	var size, at, behind int64
	var text string
	if err := scan(&s.Epoch, &size, &text, &at, &behind); err != nil {
		return s, err
	}
	c, err := ReadCheckpoint(text)
	if err != nil {
		return s, fmt.Errorf("ledger: the checkpoint over %d leaves: %w", size, err)
	}
	s.Checkpoint, s.At, s.Behind = c, db.Time(at), time.Duration(behind)*time.Microsecond
	return s, nil
}

// newestCheckpoint returns the biggest checkpoint of an epoch, or nil.
func newestCheckpoint(ctx context.Context, tx *db.Tx, org string, epoch int) (*Signed, error) {
	return optional(scanCheckpoint(org, tx.QueryRow(ctx,
		`SELECT `+checkpointColumns+` FROM log_checkpoint WHERE org = $1 AND epoch = $2 ORDER BY size DESC LIMIT 1`, org, epoch).Scan))
}

func optional(s Signed, err error) (*Signed, error) {
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return &s, nil
}

// Checkpoints returns up to limit stored checkpoints, the newest first, leaving
// out the first skip.
func Checkpoints(ctx context.Context, tx *db.Tx, org string, skip, limit int) ([]Signed, error) {
	rows, err := tx.Query(ctx, `SELECT `+checkpointColumns+` FROM log_checkpoint WHERE org = $1 ORDER BY epoch DESC, size DESC LIMIT $2 OFFSET $3`, org, limit, skip)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []Signed
	for rows.Next() {
		s, err := scanCheckpoint(org, rows.Scan)
		if err != nil {
			return nil, err
		}
		out = append(out, s)
	}
	return out, rows.Err()
}

// FindCheckpoint returns a stored checkpoint by its epoch and size.
func FindCheckpoint(ctx context.Context, tx *db.Tx, org string, epoch int, size int64) (Signed, error) {
	s, err := scanCheckpoint(org, tx.QueryRow(ctx,
		`SELECT `+checkpointColumns+` FROM log_checkpoint WHERE org = $1 AND epoch = $2 AND size = $3`, org, epoch, size).Scan)
	if errors.Is(err, sql.ErrNoRows) {
		return s, problem.New(problem.NotFound, "There is no checkpoint over %d leaves in epoch %d.", size, epoch)
	}
	return s, err
}

// Covering returns the newest stored checkpoint whose tree holds leaf n. It
// returns a Conflict problem if none does yet.
func Covering(ctx context.Context, tx *db.Tx, org string, n int64) (Signed, error) {
	s, err := scanCheckpoint(org, tx.QueryRow(ctx,
		`SELECT `+checkpointColumns+` FROM log_checkpoint WHERE org = $1 AND size > $2 ORDER BY epoch DESC, size DESC LIMIT 1`, org, n).Scan)
	if errors.Is(err, sql.ErrNoRows) {
		return s, problem.New(problem.Conflict, "No checkpoint covers this entry yet. One is signed every few minutes, or at once on the page Log.")
	}
	return s, err
}

// FirstCovering returns the oldest checkpoint of an epoch whose tree holds leaf n, or nil.
func FirstCovering(ctx context.Context, tx *db.Tx, org string, epoch int, n int64) (*Signed, error) {
	return optional(scanCheckpoint(org, tx.QueryRow(ctx,
		`SELECT `+checkpointColumns+` FROM log_checkpoint WHERE org = $1 AND epoch = $2 AND size > $3 ORDER BY size LIMIT 1`, org, epoch, n).Scan))
}

// Prove returns the proof that leaf n is in the log of the newest checkpoint that
// covers it, and the checkpoint.
func Prove(ctx context.Context, tx *db.Tx, org string, n int64) (Proof, Signed, error) {
	c, err := Covering(ctx, tx, org, n)
	if err != nil {
		return Proof{}, c, err
	}
	hashes, err := ProveIn(ctx, tx, org, c.Size, n)
	if err != nil {
		return Proof{}, c, err
	}
	p := Proof{Index: n, Hashes: hashes, Checkpoint: c.Note}
	var leaf string
	if err := tx.QueryRow(ctx, `SELECT data FROM log_leaf WHERE org = $1 AND n = $2`, org, n).Scan(&leaf); err != nil {
		return Proof{}, c, fmt.Errorf("ledger: reading leaf %d: %w", n, err)
	}
	if err := tlog.CheckRecord(hashes, c.Size, c.Root, n, tlog.RecordHash([]byte(leaf))); err != nil {
		return Proof{}, c, &problem.Error{Code: problem.Conflict, Err: err,
			Text: fmt.Sprintf("Entry %d does not lead to the root that was signed over %d leaves: the log in the database is not the one that was signed. Put back a database that is.", n, c.Size)}
	}
	return p, c, nil
}

// ProveIn returns the hashes that lead from leaf n to the root of the first size
// leaves, for tlog.CheckRecord.
func ProveIn(ctx context.Context, tx *db.Tx, org string, size, n int64) (tlog.RecordProof, error) {
	p, err := tlog.ProveRecord(size, n, storedHashes(ctx, tx, org))
	if err != nil {
		return nil, fmt.Errorf("ledger: proving leaf %d: %w", n, err)
	}
	return p, nil
}

// ProveGrowth returns the hashes that lead from the tree of the first old leaves
// to that of the first next, for tlog.CheckTree.
func ProveGrowth(ctx context.Context, tx *db.Tx, org string, old, next int64) (tlog.TreeProof, error) {
	size, _, err := head(ctx, tx, org, false)
	if err != nil {
		return nil, err
	}
	if old < 1 || next < old || size < next {
		return nil, problem.New(problem.Invalid, "A log of %d leaves cannot be shown to have grown from %d to %d.", size, old, next)
	}
	p, err := tlog.ProveTree(next, old, storedHashes(ctx, tx, org))
	if err != nil {
		return nil, fmt.Errorf("ledger: proving growth from %d to %d: %w", old, next, err)
	}
	return p, nil
}
