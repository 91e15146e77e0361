package evidence

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/cadence"
	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/framework"
)

// Proof is an item offered for one control, or for one requirement, as far as
// working out how things stand needs to know it. Moments are microseconds since
// 1970 in UTC, as there may be a million of them; zero is no moment.
type Proof struct {
	Control     string        // id, or empty
	Requirement framework.Ref // the zero Ref when Control is set
	Item        string
	Kind        string
	Captured    int64
	Known       int64 // when Toucan knew it was offered for this: filed or tagged, whichever came later
	Lapses      int64 // first moment at which it is no longer current
	Out         int64 // when it was rejected, superseded, untagged or erased; zero: it still stands
	Wrong       bool  // it was rejected, superseded or taken back: with what is known now it never counted
	Reviewed    bool  // a second person accepted it
	Period      cadence.Days
}

// proofColumns are what a Proof is read from. What is small goes into one number,
// since every column of a million rows is felt: the two marks in the lowest bits,
// then how many days the period has after its first, then its first day.
const proofColumns = `control, captured_at, item, kind, from_at, lapses_at, out_at,
	(CAST(period_from AS BIGINT) * 1048576 + period_to - period_from) * 4 + CASE WHEN wrong THEN 2 ELSE 0 END + CASE WHEN reviewed THEN 1 ELSE 0 END`

// proofs reads rows of proofColumns, and of framework and requirement where they
// follow. Kinds, controls and requirements are few, so each is one string, however
// many rows have it.
type proofs struct {
	seen              map[string]string
	control, kind, id sql.RawBytes
	framework, number sql.RawBytes
	packed            int64
}

func (p *proofs) once(b []byte) string {
	if s, ok := p.seen[string(b)]; ok {
		return s
	}
	s := string(b)
	p.seen[s] = s
	return s
}

func (p *proofs) scan(scan func(...any) error, direct bool) (Proof, error) {
	var x Proof
	into := []any{&p.control, &x.Captured, &p.id, &p.kind, &x.Known, &x.Lapses, &x.Out, &p.packed}
	if direct {
		into = append(into, &p.framework, &p.number)
	}
	if err := scan(into...); err != nil {
		return x, err
	}
	x.Control, x.Kind, x.Item = p.once(p.control), p.once(p.kind), string(p.id)
	if direct && len(p.framework) > 0 {
		x.Requirement = framework.Ref{Framework: p.once(p.framework), ID: p.once(p.number)}
	}
	x.Reviewed, x.Wrong = p.packed&1 != 0, p.packed&2 != 0
	if from := cadence.Date(p.packed >> 22); from.Known() {
		x.Period = cadence.Days{From: from, To: from + cadence.Date(p.packed>>2&(1<<20-1))}
	}
	return x, nil
}

// Proofs calls fn for everything that was ever offered: first what is offered for
// requirements directly, then by control, each with the oldest capture first. It returns
// the place in the log up to which that is told; ProofsSince goes on from there.
func (s *Store) Proofs(ctx context.Context, who access.Actor, fn func(Proof) error) (place int64, err error) {
	if err := who.May(access.ViewPosture); err != nil {
		return 0, err
	}
	err = s.db.Read(ctx, who.Org(), func(tx *db.Tx) error {
		if place, err = logSize(ctx, tx, who.Org()); err != nil {
			return err
		}
		p := proofs{seen: map[string]string{}}
		for _, part := range []struct {
			columns, where string
			direct         bool
		}{{`, framework, requirement`, ` AND control IS NULL`, true}, {``, ` AND control IS NOT NULL`, false}} {
			rows, err := tx.Query(ctx, `SELECT `+proofColumns+part.columns+` FROM evidence_tag WHERE org = $1`+part.where+` ORDER BY control, captured_at`, who.Org())
			if err != nil {
				return err
			}
			err = db.Each(rows, func(scan func(...any) error) error {
				x, err := p.scan(scan, part.direct)
				if err != nil {
					return err
				}
				return fn(x)
			})
			if err != nil {
				return err
			}
		}
		return nil
	})
	return place, err
}

func logSize(ctx context.Context, tx *db.Tx, org string) (int64, error) {
	var n int64
	err := tx.QueryRow(ctx, `SELECT coalesce(max(size), 0) FROM log_head WHERE org = $1`, org).Scan(&n)
	return n, err
}

// Changes is what became of proof since a place in the log.
type Changes struct {
	Items  []string // ids of the items that changed or are new
	Proofs []Proof  // everything those items are or were offered for; it takes the place of what was known of them
	Place  int64    // where to go on
	All    bool     // too much changed to tell it one by one: read Proofs anew
}

const mostChanges = 2000

// ProofsSince returns what changed since a place that Proofs or an earlier call returned.
func (s *Store) ProofsSince(ctx context.Context, who access.Actor, place int64) (Changes, error) {
	if err := who.May(access.ViewPosture); err != nil {
		return Changes{}, err
	}
	c := Changes{Place: place}
	err := s.db.Read(ctx, who.Org(), func(tx *db.Tx) error {
		var err error
		if c.Place, err = logSize(ctx, tx, who.Org()); err != nil || c.Place == place {
			return err
		}
		if c.Place < place || c.Place-place > 4*mostChanges {
			c.All = true
			return nil
		}
		if c.Items, err = changedItems(ctx, tx, who.Org(), place); err != nil || len(c.Items) == 0 {
			return err
		}
		if len(c.Items) > mostChanges {
			c.All = true
			return nil
		}
		for from := 0; from < len(c.Items); from += 500 {
			if err := c.read(ctx, tx, who.Org(), c.Items[from:min(from+500, len(c.Items))]); err != nil {
				return err
			}
		}
		return nil
	})
	return c, err
}

// changedItems lists the items that leaves from a place on speak of, and those
// that newer ones superseded.
func changedItems(ctx context.Context, tx *db.Tx, org string, place int64) ([]string, error) {
	rows, err := tx.Query(ctx, `SELECT data FROM log_leaf WHERE org = $1 AND n >= $2 AND kind IN ('evidence.filed', 'evidence.tagged', 'evidence.untagged', 'evidence.carried', 'evidence.reviewed', 'evidence.erased') ORDER BY n`, org, place)
	if err != nil {
		return nil, err
	}
	var ids []string
	err = db.Each(rows, func(scan func(...any) error) error {
		var data sql.RawBytes
		if err := scan(&data); err != nil {
			return err
		}
		var leaf struct {
			ID string `json:"id"`
		}
		err := json.Unmarshal(data, &leaf)
		ids = append(ids, leaf.ID)
		return err
	})
	if err != nil {
		return nil, err
	}
	seen := map[string]bool{}
	var items []string
	for from := 0; from < len(ids); from += 500 {
		part := ids[from:min(from+500, len(ids))]
		args, list := in(org, part)
		rows, err := tx.Query(ctx, `SELECT id FROM evidence_item WHERE org = $1 AND id IN (`+list+`)
			UNION ALL SELECT supersedes FROM evidence_item WHERE org = $1 AND id IN (`+list+`) AND supersedes IS NOT NULL
			UNION ALL SELECT item FROM evidence_act WHERE org = $1 AND id IN (`+list+`) AND item IS NOT NULL`, args...)
		if err != nil {
			return nil, err
		}
		err = db.Each(rows, func(scan func(...any) error) error {
			var id string
			err := scan(&id)
			if !seen[id] {
				seen[id] = true
				items = append(items, id)
			}
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	return items, nil
}

// in makes the arguments of an IN: the organisation is $1, the ids follow.
func in(org string, ids []string) (args []any, list string) {
	args = []any{org}
	var b strings.Builder
	for _, id := range ids {
		args = append(args, id)
		fmt.Fprintf(&b, ", $%d", len(args))
	}
	return args, strings.TrimPrefix(b.String(), ", ")
}

func (c *Changes) read(ctx context.Context, tx *db.Tx, org string, ids []string) error {
	args, list := in(org, ids)
	rows, err := tx.Query(ctx, `SELECT `+proofColumns+`, framework, requirement FROM evidence_tag WHERE org = $1 AND item IN (`+list+`) ORDER BY control, captured_at`, args...)
	if err != nil {
		return err
	}
	p := proofs{seen: map[string]string{}}
	return db.Each(rows, func(scan func(...any) error) error {
		x, err := p.scan(scan, true)
		c.Proofs = append(c.Proofs, x)
		return err
	})
}
