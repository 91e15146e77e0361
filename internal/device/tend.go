package device

import (
	"context"
	"slices"
	"time"

	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/people"
)

// TendEvery is how often what is known of devices is brought in line with the clock.
const TendEvery = 15 * time.Minute

// Work is the job that does so.
type Work struct{}

// Kind implements job.Work.
func (Work) Kind() string { return "device.tend" }

const (
	tendAhead = 12 * time.Hour // what lapses within this is told again, so that a night without a server leaves no hole
	tendGroup = 100            // devices in one transaction
)

// Tend tells results what no report did: that devices which went on saying the same
// still do, that others fell silent, that an exception ended, that an owner left. What
// changed by itself is told as of the moment it did. Done twice, it does nothing the
// second time.
func (s *Store) Tend(ctx context.Context, org string, now time.Time) error {
	now = now.UTC().Truncate(time.Microsecond)
	var ids []string
	err := s.DB.Read(ctx, org, func(tx *db.Tx) error {
		today, err := people.Today(ctx, tx, org, now)
		if err != nil {
			return err
		}
		return query(ctx, tx, `
			SELECT d.id FROM device d LEFT JOIN person p ON p.org = d.org AND p.id = d.owner
			WHERE d.org = $1 AND (d.lapses_at <= $2 OR d.state = 'in_use' AND d.owned <> CASE WHEN d.owner IS NULL THEN 'nobody' WHEN p.end_on <> '' AND p.end_on < $3 THEN 'left' ELSE 'pass' END)
			ORDER BY d.id`, []any{org, db.Micros(now.Add(tendAhead)), today.String()}, func(scan func(...any) error) error {
			ids = append(ids, "")
			return scan(&ids[len(ids)-1])
		})
	})
	if err != nil {
		return err
	}
	for part := range slices.Chunk(ids, tendGroup) {
		if err := s.tend(ctx, org, part, now); err != nil {
			return err
		}
	}
	return nil
}

func (s *Store) tend(ctx context.Context, org string, ids []string, now time.Time) error {
	work := func(ctx context.Context, tx *db.Tx, write bool) (bool, error) {
		list, err := load(ctx, tx, org, ids, write, now)
		if err != nil {
			return false, err
		}
		b := &batch{s: s, org: org, now: now}
		changed := list[:0]
		for _, f := range list {
			was, lapse := formatTold(f.told), f.lapsesAt
			b.tell(f, f.catchUp(db.Micros(now), tendAhead.Microseconds()))
			if formatTold(f.told) != was || f.lapsesAt != lapse {
				changed = append(changed, f)
			}
		}
		if !write || len(changed) == 0 {
			return len(changed) > 0, nil
		}
		return true, b.store(ctx, tx, changed)
	}
	var due bool
	err := s.DB.Read(ctx, org, func(tx *db.Tx) (err error) {
		due, err = work(ctx, tx, false)
		return err
	})
	if err != nil || !due {
		return err
	}
	return s.DB.Write(ctx, org, db.Jobs, func(ctx context.Context, tx *db.Tx) error {
		if _, err := tx.Revision(ctx, org); err != nil {
			return err
		}
		_, err := work(ctx, tx, true)
		return err
	})
}
