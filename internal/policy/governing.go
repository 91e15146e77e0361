package policy

import (
	"cmp"
	"context"
	"slices"

	"github.com/toucan-grc/toucan/internal/db"
)

// Governed is a policy in force, as far as another noun names it.
type Governed struct{ ID, Slug, Title string }

// Governing returns the policies in force by the id of each control they govern, by
// title. It reads in the caller's transaction.
func Governing(ctx context.Context, tx *db.Tx, org string) (map[string][]Governed, error) {
	list, err := readPolicies(ctx, tx, org, `AND p.archived_at = 0 AND EXISTS (SELECT 1 FROM policy_version v WHERE v.org = p.org AND v.policy = p.id AND v.state = 'published')`)
	if err != nil {
		return nil, err
	}
	slices.SortFunc(list, func(a, b Policy) int { return cmp.Compare(a.Title, b.Title) })
	out := map[string][]Governed{}
	for _, p := range list {
		for _, c := range p.Controls {
			out[c] = append(out[c], Governed{p.ID, p.Slug, p.Title})
		}
	}
	return out, nil
}
