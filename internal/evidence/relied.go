package evidence

import (
	"context"
	"time"

	"github.com/toucan-grc/toucan/internal/cadence"
	"github.com/toucan-grc/toucan/internal/db"
)

// Relied is an item that may be relied on while it has not lapsed, as other nouns
// read it.
type Relied struct {
	ID, Kind, Title     string
	Source              Source
	CapturedAt, FiledAt time.Time
	LapsesAt            time.Time    // zero: it never lapses
	Speaks              cadence.Days // the period it speaks of
}

// Rely calls fn for the items of some kinds in the caller's transaction; without
// kinds, of all. What was rejected, corrected or erased shows nothing.
func Rely(ctx context.Context, tx *db.Tx, org string, kinds []string, fn func(Relied)) error {
	where, args := "", []any{org}
	if len(kinds) > 0 {
		where = ` AND kind IN (` + db.Among(&args, kinds) + `)`
	}
	rows, err := tx.Query(ctx, `SELECT kind, id, title, source, captured_at, filed_at, lapses_at, period_from, period_to FROM evidence_item
		WHERE org = $1 AND review <> 'rejected' AND superseded_by = '' AND erased_at = 0`+where, args...)
	if err != nil {
		return err
	}
	return db.Each(rows, func(scan func(...any) error) error {
		var i Relied
		var captured, filed, lapses int64
		err := scan(&i.Kind, &i.ID, &i.Title, &i.Source, &captured, &filed, &lapses, &i.Speaks.From, &i.Speaks.To)
		i.CapturedAt, i.FiledAt, i.LapsesAt = db.Time(captured), db.Time(filed), db.Time(lapses)
		fn(i)
		return err
	})
}
