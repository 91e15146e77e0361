package policy

import (
	"context"
	"fmt"
	"time"

	"github.com/toucan-grc/toucan/internal/db"
)

// LeaverAccess is the subject of the undertaking that says how soon the access of
// leavers is removed.
const LeaverAccess = "offboarding-access-removal"

// Stated is a length of time that a policy in force promises to keep to.
type Stated struct {
	Hours int    // zero: no policy states one
	Says  string // the policy and its sentence
}

// DeadlineAt is the deadline that the policies in force at a moment state for a
// subject, in the caller's transaction: of several the shortest.
func DeadlineAt(ctx context.Context, tx *db.Tx, org, subject string, at time.Time) (Stated, error) {
	versions, err := readVersions(ctx, tx, org, true, `AND v.published_at > 0 AND v.published_at <= $2 AND (v.ended_at = 0 OR v.ended_at > $2)`, db.Micros(at))
	if err != nil {
		return Stated{}, err
	}
	return shortest(versions, subject), nil
}

func shortest(versions []Version, subject string) Stated {
	var out Stated
	for _, v := range versions {
		for _, u := range v.Undertakings {
			if u.Subject != subject || u.Property != Deadline {
				continue
			}
			l, ok := ParseLength(u.Value)
			if hours := int(l.longest() * 24); ok && hours > 0 && (out.Hours == 0 || hours < out.Hours) {
				out = Stated{hours, fmt.Sprintf("%s: “%s”", v.Words(), v.Cited(u))}
			}
		}
	}
	return out
}
