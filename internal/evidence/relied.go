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
	CapturedAt, FiledAt time.Time    // of a correction, FiledAt is when the first of its line came on record
	LapsesAt            time.Time    // zero: it never lapses
	Speaks              cadence.Days // the period it speaks of
}

// FirstFiled is when a row i of evidence_item came on record, in the words of the
// database: a correction is as old as the first of its line. What was rejected showed
// nothing, so the line begins after it.
const FirstFiled = `CASE WHEN i.supersedes IS NULL THEN i.filed_at ELSE (
	WITH RECURSIVE line (older, at) AS (SELECT i.supersedes, i.filed_at
		UNION ALL SELECT o.supersedes, o.filed_at FROM line JOIN evidence_item o ON o.org = i.org AND o.id = line.older WHERE o.review <> 'rejected')
	SELECT min(at) FROM line) END`

// Rely calls fn for the items of some kinds in the caller's transaction; without
// kinds, of all. What was rejected, corrected or erased shows nothing.
func Rely(ctx context.Context, tx *db.Tx, org string, kinds []string, fn func(Relied)) error {
	where, args := "", []any{org}
	if len(kinds) > 0 {
		where = ` AND i.kind IN (` + db.Among(&args, kinds) + `)`
	}
	rows, err := tx.Query(ctx, `SELECT i.kind, i.id, i.title, i.source, i.captured_at, `+FirstFiled+`, i.lapses_at, i.period_from, i.period_to FROM evidence_item i
		WHERE i.org = $1 AND i.review <> 'rejected' AND i.superseded_by = '' AND i.erased_at = 0`+where, args...)
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
