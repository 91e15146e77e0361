// Package trail lets people look at the log of their organisation: the entries,
// the checkpoints over them, a proof for each, and where checkpoints were sent.
// The trees and the signatures are those of package ledger, which knows no roles.
package trail

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/ledger"
	"github.com/toucan-grc/toucan/internal/notify"
	"github.com/toucan-grc/toucan/internal/problem"
)

// Config is what the store is built from.
type Config struct {
	DB        *db.DB
	Ledger    *ledger.Log
	Keeper    *ledger.Keeper
	Authority *ledger.Authority // nil: checkpoints get no time stamps
	Outbox    *notify.Outbox    // nil: checkpoints are sent to nobody
}

// Store reads the log and has it signed. It is safe for concurrent use.
type Store struct{ c Config }

// New returns a store.
func New(c Config) *Store { return &Store{c} }

// Filter says which entries to list. The zero value is all of them.
type Filter struct {
	Kind    string    // such as "control.version"; one that ends in a dot stands for all that begin so
	ID      string    // of the row they speak of
	Account string    // who made them
	From    time.Time // recorded at or after; zero means from the beginning
	To      time.Time // recorded before; zero means to the end
	Before  int64     // position; 0 means from the newest on
}

// Page is a stretch of the log, the newest entry first.
type Page struct {
	Leaves []ledger.Record
	Size   int64 // of the whole log
	Next   int64 // what Before is for the next page; 0 on the last
}

const pageLimit = 500

// Leaves lists up to limit entries that fit.
func (s *Store) Leaves(ctx context.Context, who access.Actor, f Filter, limit int) (Page, error) {
	if err := who.May(access.ViewLog); err != nil {
		return Page{}, err
	}
	limit = min(max(limit, 1), pageLimit)
	var p Page
	err := s.c.DB.Read(ctx, who.Org(), func(tx *db.Tx) (err error) {
		if p.Size, err = size(ctx, tx, who.Org()); err != nil {
			return err
		}
		where, args := f.where(tx.Engine(), who.Org())
		rows, err := tx.Query(ctx, fmt.Sprintf(`SELECT n, data FROM log_leaf WHERE %s ORDER BY n DESC LIMIT %d`, where, limit+1), args...)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var n int64
			var data string
			if err := rows.Scan(&n, &data); err != nil {
				return err
			}
			r, err := ledger.ParseRecord(n, data)
			if err != nil {
				return err
			}
			p.Leaves = append(p.Leaves, r)
		}
		return rows.Err()
	})
	if len(p.Leaves) > limit {
		p.Leaves = p.Leaves[:limit]
		p.Next = p.Leaves[limit-1].N
	}
	return p, err
}

// where turns a filter into SQL. What an id or an account is stands in the data;
// an index of each engine finds the id there.
func (f Filter) where(engine, org string) (string, []any) {
	args := []any{org}
	parts := []string{"org = $1"}
	add := func(condition string, value any) {
		args = append(args, value)
		parts = append(parts, fmt.Sprintf(condition, len(args)))
	}
	id, account := `split_part(data, '"', 10)`, `split_part(data, '"', 18)`
	if engine == "sqlite" {
		id, account = `json_extract(data, '$.id')`, `json_extract(data, '$.actor')`
	}
	if f.Before > 0 {
		add("n < $%d", f.Before)
	}
	if area, many := strings.CutSuffix(f.Kind, "."); many {
		add("kind >= $%d", area+".")
		add("kind < $%d", area+"/") // the character after the dot
	} else if f.Kind != "" {
		add("kind = $%d", f.Kind)
	}
	if f.ID != "" {
		add(id+" = $%d", f.ID)
	}
	if f.Account != "" {
		add(account+" = $%d", f.Account)
	}
	if !f.From.IsZero() {
		add("at >= $%d", db.Micros(f.From))
	}
	if !f.To.IsZero() {
		add("at < $%d", db.Micros(f.To))
	}
	return strings.Join(parts, " AND "), args
}

func size(ctx context.Context, tx *db.Tx, org string) (int64, error) {
	var n int64
	err := tx.QueryRow(ctx, `SELECT size FROM log_head WHERE org = $1`, org).Scan(&n)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, nil
	}
	return n, err
}

// Evidence is an entry and what shows that it is in the log.
type Evidence struct {
	Leaf       ledger.Record
	Proof      *ledger.Proof   // nil while no checkpoint covers it
	Checkpoint *ledger.Signed  // that the proof leads to
	Stamp      *ledger.Stamped // on it, or on the oldest one that covers the entry; nil without
	First      *ledger.Signed  // the oldest checkpoint that covers it: from then on it could not be changed unseen
}

// Proof returns entry n and the proof for the newest checkpoint that covers it.
func (s *Store) Proof(ctx context.Context, who access.Actor, n int64) (Evidence, error) {
	if err := who.May(access.ViewLog); err != nil {
		return Evidence{}, err
	}
	var out Evidence
	err := s.c.DB.Read(ctx, who.Org(), func(tx *db.Tx) (err error) {
		out, err = prove(ctx, tx, who.Org(), n)
		return err
	})
	return out, err
}

// ProofOf is Proof for the newest entry of a kind about the row with this id.
func (s *Store) ProofOf(ctx context.Context, who access.Actor, kind, id string) (Evidence, error) {
	p, err := s.Leaves(ctx, who, Filter{Kind: kind, ID: id}, 1)
	if err != nil {
		return Evidence{}, err
	}
	if len(p.Leaves) == 0 {
		return Evidence{}, problem.New(problem.NotFound, "The log has no such entry.")
	}
	return s.Proof(ctx, who, p.Leaves[0].N)
}

func prove(ctx context.Context, tx *db.Tx, org string, n int64) (Evidence, error) {
	var data string
	err := tx.QueryRow(ctx, `SELECT data FROM log_leaf WHERE org = $1 AND n = $2`, org, n).Scan(&data)
	if errors.Is(err, sql.ErrNoRows) {
		return Evidence{}, problem.New(problem.NotFound, "The log has no entry %d.", n)
	}
	if err != nil {
		return Evidence{}, err
	}
	var out Evidence
	if out.Leaf, err = ledger.ParseRecord(n, data); err != nil {
		return out, err
	}
	if _, err := ledger.Covering(ctx, tx, org, n); err != nil {
		if problem.Of(err).Code == problem.Conflict { // nothing covers it yet
			return out, nil
		}
		return out, err
	}
	p, c, err := ledger.Prove(ctx, tx, org, n)
	if err != nil {
		return out, err
	}
	out.Proof, out.Checkpoint = &p, &c
	if out.First, err = ledger.FirstCovering(ctx, tx, org, c.Epoch, n); err != nil {
		return out, err
	}
	stamps, err := ledger.Stamps(ctx, tx, org, c.Epoch, n+1)
	for _, st := range stamps {
		if st.Token != nil {
			out.Stamp = &st
			break
		}
	}
	return out, err
}

// Growth returns the hashes that show that a checkpoint grew out of an older one.
func (s *Store) Growth(ctx context.Context, who access.Actor, old, next int64) (tlog.TreeProof, error) {
	if err := who.May(access.ViewLog); err != nil {
		return nil, err
	}
	var out tlog.TreeProof
	err := s.c.DB.Read(ctx, who.Org(), func(tx *db.Tx) (err error) {
		out, err = ledger.ProveGrowth(ctx, tx, who.Org(), old, next)
		return err
	})
	return out, err
}
