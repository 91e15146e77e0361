package crosswalk

import (
	"context"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/cadence"
	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/people"
)

// reviewerRole is the role of the programme that reviews the crosswalk.
const reviewerRole = "security-officer"

// reviewer is the person who reviews the crosswalk: who holds the role, if their
// account may; otherwise nobody in particular.
func reviewer(ctx context.Context, tx *db.Tx, org string, on cadence.Date) (string, error) {
	duties, err := people.ReadDuties(ctx, tx, org)
	if err != nil {
		return "", err
	}
	for _, person := range duties.Holders(reviewerRole, on) {
		rows, err := tx.Query(ctx, `SELECT m.role FROM person_account p JOIN member m ON m.org = p.org AND m.account = p.account WHERE p.org = $1 AND p.person = $2 AND p.to_at IS NULL`, org, person)
		if err != nil {
			return "", err
		}
		may := false
		if err := db.Each(rows, func(scan func(...any) error) error {
			var role access.Role
			err := scan(&role)
			may = may || access.Allowed(role, access.ReviewCrosswalk)
			return err
		}); err != nil {
			return "", err
		}
		if may {
			return person, nil
		}
	}
	return "", nil
}
