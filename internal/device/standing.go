package device

import (
	"context"
	"time"

	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/people"
	"github.com/toucan-grc/toucan/internal/result"
)

// What devices say of their owners. No page asks people for either: they close steps of
// joining and leaving.
const (
	Enrolled     people.Check = "device.enrolled"     // a device of theirs reports, and no check of it fails
	Unregistered people.Check = "device.unregistered" // they had a device, and none of theirs is in use
)

// Standings says of whom either is so. It reads in the caller's transaction.
func Standings(ctx context.Context, tx *db.Tx, org string, _ *people.Roster, now time.Time) ([]people.Standing, error) {
	list, err := load(ctx, tx, org, nil, false, now)
	if err != nil || len(list) == 0 {
		return nil, err
	}
	var out []people.Standing
	inUse, done := map[string]bool{}, map[string]bool{}
	for _, f := range list {
		if f.state != InUse || f.owner == "" {
			continue
		}
		inUse[f.owner] = true
		if at, ok := f.fine(now); ok && !done[f.owner] {
			done[f.owner] = true
			out = append(out, people.Standing{Person: f.owner, Check: Enrolled, State: people.Done, Since: at})
		}
	}
	return out, query(ctx, tx, `
		SELECT o.person, max(CASE WHEN o.to_at > 0 THEN o.to_at ELSE d.state_at END)
		FROM device_owner o JOIN device d ON d.org = o.org AND d.id = o.device
		WHERE o.org = $1 AND o.person IS NOT NULL GROUP BY o.person ORDER BY o.person`, []any{org}, func(scan func(...any) error) error {
		var person string
		var at int64
		err := scan(&person, &at)
		if !inUse[person] {
			out = append(out, people.Standing{Person: person, Check: Unregistered, State: people.Done, Since: db.Time(at)})
		}
		return err
	})
}

// fine reports whether the device reports and no check of it fails, and since when.
func (f *facts) fine(now time.Time) (time.Time, bool) {
	d := f.device(now)
	var at time.Time
	for _, v := range d.Checks {
		if v.State == result.Fail {
			return at, false
		}
		if v.Since.After(at) {
			at = v.Since
		}
	}
	return at, d.Reporting()
}
