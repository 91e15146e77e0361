package system

import (
	"context"
	"slices"
	"time"

	"github.com/toucan-grc/toucan/internal/db"
)

// Inventory is everything these registers hold, the retired entries among them, in
// the order of their codes.
type Inventory struct {
	Systems     []System
	Sites       []Site
	Assets      []Asset
	Commitments []Commitment // the statements are not filled in
}

// Snapshot reads the registers in the caller's transaction.
func Snapshot(ctx context.Context, tx *db.Tx, org string) (*Inventory, error) {
	var v Inventory
	var err error
	if v.Systems, err = systemKind.All(ctx, tx, org); err != nil {
		return nil, err
	}
	if v.Sites, err = siteKind.All(ctx, tx, org); err != nil {
		return nil, err
	}
	if v.Assets, err = assetKind.All(ctx, tx, org); err != nil {
		return nil, err
	}
	v.Commitments, err = commitmentKind.All(ctx, tx, org)
	return &v, err
}

// SnapshotAt reads the registers as they were at a moment.
func SnapshotAt(ctx context.Context, tx *db.Tx, org string, at time.Time) (*Inventory, error) {
	var v Inventory
	var err error
	if v.Systems, err = systemKind.At(ctx, tx, org, at); err != nil {
		return nil, err
	}
	if v.Sites, err = siteKind.At(ctx, tx, org, at); err != nil {
		return nil, err
	}
	if v.Assets, err = assetKind.At(ctx, tx, org, at); err != nil {
		return nil, err
	}
	v.Commitments, err = commitmentKind.At(ctx, tx, org, at)
	return &v, err
}

// System returns a system by id.
func (v *Inventory) System(id string) (System, bool) {
	return pick(v.Systems, func(e System) bool { return e.ID == id })
}

// Site returns a site by id.
func (v *Inventory) Site(id string) (Site, bool) {
	return pick(v.Sites, func(e Site) bool { return e.ID == id })
}

// Asset returns an asset by id.
func (v *Inventory) Asset(id string) (Asset, bool) {
	return pick(v.Assets, func(e Asset) bool { return e.ID == id })
}

// Commitment returns a commitment by id.
func (v *Inventory) Commitment(id string) (Commitment, bool) {
	return pick(v.Commitments, func(e Commitment) bool { return e.ID == id })
}

func pick[T any](list []T, is func(T) bool) (T, bool) {
	if i := slices.IndexFunc(list, is); i >= 0 {
		return list[i], true
	}
	var none T
	return none, false
}

// Owners returns the ids of the persons who own a system in use, each once.
func Owners(ctx context.Context, tx *db.Tx, org string) ([]string, error) {
	rows, err := tx.Query(ctx, `SELECT DISTINCT owner FROM system WHERE org = $1 AND retired_at = 0 AND owner IS NOT NULL ORDER BY owner`, org)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []string
	for rows.Next() {
		var id string
		if err := rows.Scan(&id); err != nil {
			return nil, err
		}
		out = append(out, id)
	}
	return out, rows.Err()
}
