package result

import (
	"context"
	"fmt"
	"slices"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/ledger"
)

// Proved are the changes of one batch that are shown, each with the way to the root that
// its leaf holds.
type Proved struct {
	Batch string
	Facts []ledger.Fact
}

// Proven is what the log and the intervals hold of a window, both of one moment.
type Proven struct {
	Batches   []Proved // in the order of the log
	Left      int      // changes of the window that are not among them
	Intervals []Interval
}

// MaxProved is how many changes are shown at once.
const MaxProved = 50_000

// Proofs returns the changes of tests in a window, up to MaxProved of the latest, and the
// intervals as Timeline has them of each test. Of batches that hold others too nothing but
// these is told. Batches made before each change had a salt of its own are left out unless
// all that they hold is shown.
func (s *Store) Proofs(ctx context.Context, who access.Actor, in Window) (out Proven, err error) {
	if err := who.May(access.ViewResults); err != nil {
		return Proven{}, err
	}
	if len(in.Tests) == 0 {
		return Proven{}, nil
	}
	err = s.db.Read(ctx, who.Org(), func(tx *db.Tx) error {
		out = Proven{}
		if err := out.prove(ctx, tx, who.Org(), in); err != nil {
			return err
		}
		for _, test := range in.Tests {
			list, err := timeline(ctx, tx, who.Org(), Window{Tests: []string{test}, From: in.From, To: in.To})
			if err != nil {
				return err
			}
			out.Intervals = append(out.Intervals, list...)
		}
		return nil
	})
	return out, err
}

// prove finds the batches.
func (p *Proven) prove(ctx context.Context, tx *db.Tx, org string, in Window) error {
	counts, args := in.counts(org)
	rows, err := tx.Query(ctx, `
		SELECT c.batch, count(*) FROM result_change c JOIN result_series s ON s.org = c.org AND s.id = c.series
		WHERE c.org = $1 AND `+counts+`
		GROUP BY c.batch ORDER BY c.batch DESC`, args...)
	if err != nil {
		return err
	}
	type wanted struct {
		batch string
		n     int
	}
	var all []wanted
	err = db.Each(rows, func(scan func(...any) error) error {
		var w wanted
		err := scan(&w.batch, &w.n)
		all = append(all, w)
		return err
	})
	if err != nil {
		return err
	}
	shown := 0
	for _, w := range all {
		if shown+w.n > MaxProved {
			p.Left += w.n
			continue
		}
		b, ok, err := prove(ctx, tx, org, w.batch, in)
		if err != nil {
			return err
		}
		if !ok {
			p.Left += w.n
			continue
		}
		shown += w.n
		p.Batches = append(p.Batches, b)
	}
	slices.Reverse(p.Batches)
	return nil
}

// counts is the condition on a change c of a series s to speak of the window, with the
// organisation and the window as its arguments. What went on as it was leaves no change,
// so one from before the window counts if the stretch it speaks of reaches into it.
func (in Window) counts(org string) (string, []any) {
	args := []any{org, db.Micros(in.From), db.Micros(in.To)}
	return `c.from_at < $3 AND (c.to_at > $2 OR EXISTS (
		SELECT 1 FROM result_interval i WHERE i.org = c.org AND i.series = c.series AND i.from_at <= c.from_at AND c.from_at < i.to_at AND i.to_at > $2))
		AND s.test IN (` + places(&args, in.Tests) + `)`, args
}

// prove shows of a batch what lies in the window; false: nothing of it can be, without
// showing more.
func prove(ctx context.Context, tx *db.Tx, org, batch string, in Window) (Proved, bool, error) {
	var root, salt, secret string
	if err := tx.QueryRow(ctx, `SELECT root, salt, secret FROM result_batch WHERE org = $1 AND id = $2`, org, batch).Scan(&root, &salt, &secret); err != nil {
		return Proved{}, false, err
	}
	counts, args := in.counts(org)
	args = append(args, batch)
	rows, err := tx.Query(ctx, fmt.Sprintf(`SELECT s.test, s.subject, c.state, c.reason, c.from_at, c.to_at, CASE WHEN %s THEN 1 ELSE 0 END
		FROM result_change c JOIN result_series s ON s.org = c.org AND s.id = c.series
		WHERE c.org = $1 AND c.batch = $%d ORDER BY c.n`, counts, len(args)), args...)
	if err != nil {
		return Proved{}, false, err
	}
	var list []any
	var show []int
	err = db.Each(rows, func(scan func(...any) error) error {
		var c Change
		var counts int
		err := scan(&c.Test, &c.Subject, &c.State, &c.Reason, &c.From, &c.To, &counts)
		if counts == 1 {
			show = append(show, len(list))
		}
		list = append(list, c)
		return err
	})
	if err != nil || secret == "" && len(show) < len(list) {
		return Proved{}, false, err
	}
	tree, err := ledger.FactsBehind(list, secret, salt)
	if err != nil {
		return Proved{}, false, err
	}
	got, err := tree.Root()
	if err == nil && got != root {
		err = fmt.Errorf("the results of batch %s are not those that were recorded: they give another root", batch)
	}
	if err != nil {
		return Proved{}, false, err
	}
	out := Proved{Batch: batch}
	for _, i := range show {
		f, err := tree.Prove(i)
		if err != nil {
			return Proved{}, false, err
		}
		out.Facts = append(out.Facts, f)
	}
	return out, true, nil
}
