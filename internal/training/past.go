package training

import (
	"context"
	"time"

	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/evidence"
	"github.com/toucan-grc/toucan/internal/people"
)

// Shown returns everything that some persons completed of the tracks in use and
// that still stands, whatever was reset since, in the caller's transaction.
func (s *Store) Shown(ctx context.Context, tx *db.Tx, org string, persons []string, now time.Time) ([]people.Artefact, error) {
	on, err := regimes(ctx, tx, org, now)
	if err != nil {
		return nil, err
	}
	fates, err := evidence.Fates(ctx, tx, org, recordKind)
	if err != nil {
		return nil, err
	}
	args := []any{org}
	rows, err := tx.Query(ctx, `SELECT `+completionColumns+`, coalesce(batch, id) FROM training_completion WHERE org = $1 AND person IN (`+db.Among(&args, persons)+`) ORDER BY at, id`, args...)
	if err != nil {
		return nil, err
	}
	var out []people.Artefact
	return out, db.Each(rows, func(scan func(...any) error) error {
		var leaf string
		c, err := scanCompletion(func(to ...any) error { return scan(append(to, &leaf)...) })
		c.judge(fates)
		if _, used := on[c.Track]; err != nil || !used || !c.stands(now) || c.HeardAt.After(now) {
			return err
		}
		a := people.Artefact{Person: c.Person, Check: c.Track.Check(), At: c.At, What: c.words(), Leaf: leaf}
		if c.Evidence != "" {
			a.Evidence = []string{c.Evidence}
		}
		out = append(out, a)
		return nil
	})
}

// words names what was completed.
func (c Completion) words() string {
	if course, ships := Courses()[c.Track]; ships && c.Method == Embedded {
		return course.Title + " " + c.Version
	}
	if c.Course == "" {
		return c.Track.Label()
	}
	return c.Course
}
