package crosswalk

import (
	"context"
	"time"

	"github.com/toucan-grc/toucan/internal/db"
)

// Followings is when frameworks were followed, by id.
type Followings map[string][]Following

// Following is the moment from which a framework is followed, or is not any more.
type Following struct {
	At time.Time
	On bool
}

// At reports whether a framework was followed at a moment.
func (f Followings) At(id string, t time.Time) bool {
	on := false
	for _, c := range f[id] {
		if c.At.After(t) {
			break
		}
		on = c.On
	}
	return on
}

// ReadFollowings reads when frameworks were followed, in the caller's transaction.
func ReadFollowings(ctx context.Context, tx *db.Tx, org string) (Followings, error) {
	rows, err := tx.Query(ctx, `SELECT framework, included, withdrawn, at FROM framework_change WHERE org = $1 AND part = '' ORDER BY at, id`, org)
	if err != nil {
		return nil, err
	}
	out := Followings{}
	return out, db.Each(rows, func(scan func(...any) error) error {
		var id string
		var included, withdrawn bool
		var at int64
		err := scan(&id, &included, &withdrawn, &at)
		out[id] = append(out[id], Following{db.Time(at), included && !withdrawn})
		return err
	})
}
