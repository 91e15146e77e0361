package people

import (
	"context"
	"time"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/problem"
)

// Preview says what Import would do, and writes nothing.
func (s *Store) Preview(ctx context.Context, who access.Actor, sheet *Sheet, l List, now time.Time) (Result, []Fault, error) {
	if err := who.May(access.ManagePeople); err != nil {
		return Result{}, nil, err
	}
	if err := l.checked(); err != nil || len(sheet.Faults) > 0 {
		return Result{}, sheet.Faults, err
	}
	var in *intake
	err := s.db.Read(ctx, who.Org(), func(tx *db.Tx) (err error) {
		in, err = plan(ctx, tx, who.Org(), sheet, l, now.UTC().Truncate(time.Microsecond))
		return err
	})
	if err != nil {
		return Result{}, nil, err
	}
	return in.result, in.faults, nil
}

func (l List) checked() error {
	if l.Source != HR && l.Source != Directory {
		return problem.Field("source", "Say where the list comes from: the personnel list, or the directory.")
	}
	return nil
}

// Import enters a list: who is not in the register yet is added, and who is follows
// what the list says, but for what was set by hand. An empty cell leaves what is
// there, and nobody is ended because a list does not name them. A second import of
// the same sheet changes nothing. A sheet with faults is refused whole.
func (s *Store) Import(ctx context.Context, who access.Actor, sheet *Sheet, l List, now time.Time) (Result, error) {
	return s.enter(ctx, who, sheet, l, steps{}, now)
}

// steps are what an import tells, and what is to be done in its transaction. Both
// may be nil.
type steps struct {
	progress func(words string, done, total int) error
	finish   func(context.Context, *db.Tx, Result) error
}

func (t steps) report(words string, done, total int) error {
	if t.progress == nil {
		return nil
	}
	return t.progress(words, done, total)
}

func (s *Store) enter(ctx context.Context, who access.Actor, sheet *Sheet, l List, t steps, now time.Time) (Result, error) {
	if err := who.May(access.ManagePeople); err != nil {
		return Result{}, err
	}
	if err := l.checked(); err != nil {
		return Result{}, err
	}
	if err := sheet.problem(); err != nil {
		return Result{}, err
	}
	now = now.UTC().Truncate(time.Microsecond)
	var res Result
	err := s.db.Write(ctx, who.Org(), db.People, func(ctx context.Context, tx *db.Tx) error {
		if err := t.report("Comparing the list with the register", 0, 0); err != nil {
			return err
		}
		in, err := plan(ctx, tx, who.Org(), sheet, l, now)
		if err != nil {
			return err
		}
		if len(in.faults) > 0 {
			return refused(sheet.File, in.faults)
		}
		if err := s.keep(ctx, tx, who, in, t); err != nil {
			return err
		}
		if res = in.result; t.finish != nil {
			return t.finish(ctx, tx, res)
		}
		return nil
	})
	return res, err
}

// keep writes what a list means.
func (s *Store) keep(ctx context.Context, tx *db.Tx, who access.Actor, in *intake, t steps) error {
	for ids := in.clear; len(ids) > 0; ids = ids[1:] { // so that two can swap their addresses
		if _, err := tx.Exec(ctx, `UPDATE person SET email = '' WHERE org = $1 AND id = $2`, who.Org(), ids[0]); err != nil {
			return err
		}
	}
	err := s.write(ctx, tx, who, in.writes, func(done int) error { return t.report("People entered", done, len(in.writes)) })
	if err != nil {
		return err
	}
	if err := writeListings(ctx, tx, who.Org(), in.notes); err != nil {
		return err
	}
	for _, x := range in.drop {
		if err := s.dropSpan(ctx, tx, who, x, db.Micros(in.now)); err != nil {
			return err
		}
	}
	for _, x := range in.add {
		if err := s.keepSpan(ctx, tx, who, x, db.Micros(in.now)); err != nil {
			return err
		}
	}
	for key, ids := range in.members {
		if _, err := s.addMembers(ctx, tx, who, *in.groups[key], ids, in.now); err != nil {
			return err
		}
	}
	return nil
}

// plan reads what the register holds and compares it with a sheet.
func plan(ctx context.Context, tx *db.Tx, org string, sheet *Sheet, l List, now time.Time) (*intake, error) {
	var k known
	var err error
	if k.people, err = entries(ctx, tx, org); err != nil {
		return nil, err
	}
	if k.listings, err = readListings(ctx, tx, org, ""); err != nil {
		return nil, err
	}
	if k.spans, err = readSpans(ctx, tx, org, ""); err != nil {
		return nil, err
	}
	if k.groups, err = readGroups(ctx, tx, org); err != nil {
		return nil, err
	}
	today, err := Today(ctx, tx, org, now)
	if err != nil {
		return nil, err
	}
	return sheet.plan(k, l, today, now), nil
}

// entries returns everybody with what was set by hand; the erased are left out,
// for no list knows them any more.
func entries(ctx context.Context, tx *db.Tx, org string) ([]entry, error) {
	all, err := list(ctx, tx, org)
	if err != nil {
		return nil, err
	}
	rows, err := tx.Query(ctx, `SELECT id, by_hand FROM person WHERE org = $1 AND by_hand <> ''`, org)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	hands := map[string]byHand{}
	for rows.Next() {
		var id, text string
		if err := rows.Scan(&id, &text); err != nil {
			return nil, err
		}
		if hands[id], err = parseHand(text); err != nil {
			return nil, err
		}
	}
	out := make([]entry, 0, len(all))
	for _, p := range all {
		if !p.ErasedAt.IsZero() {
			continue
		}
		hand := hands[p.ID]
		if hand == nil {
			hand = byHand{}
		}
		out = append(out, entry{p, hand})
	}
	return out, rows.Err()
}
