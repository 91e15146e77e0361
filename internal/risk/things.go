package risk

import (
	"context"
	"slices"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/framework"
	"github.com/toucan-grc/toucan/internal/policy"
	"github.com/toucan-grc/toucan/internal/system"
	"github.com/toucan-grc/toucan/internal/vendor"
)

// Thing is something a risk can be linked to.
type Thing struct {
	Kind      LinkKind
	ID        string
	Code      string
	Name      string
	Sort      string          // such as the kind of an asset
	Criteria  []framework.Ref // that a commitment bears on
	Scenarios []string        // of the library, that threaten a commitment
	Gone      bool            // retired: links stay, and none is made
}

// Words is the thing as a list writes it.
func (t Thing) Words() string {
	if t.Code == "" {
		return t.Name
	}
	return t.Code + " " + t.Name
}

// Things is everything a risk can be linked to, requirements apart.
type Things struct {
	list []Thing
	by   map[LinkKind]map[string]int
}

// NewThings returns the things of a list.
func NewThings(list []Thing) *Things {
	t := &Things{list: list, by: map[LinkKind]map[string]int{}}
	for i, x := range list {
		if t.by[x.Kind] == nil {
			t.by[x.Kind] = map[string]int{}
		}
		t.by[x.Kind][x.ID] = i
	}
	return t
}

// All returns all of them, kind by kind.
func (t *Things) All() []Thing { return slices.Clone(t.list) }

// Of returns those of a kind that are there today.
func (t *Things) Of(kind LinkKind) []Thing {
	var out []Thing
	for _, x := range t.list {
		if x.Kind == kind && !x.Gone {
			out = append(out, x)
		}
	}
	return out
}

// Find returns a thing by its id.
func (t *Things) Find(kind LinkKind, id string) (Thing, bool) {
	i, ok := t.by[kind][id]
	if !ok {
		return Thing{}, false
	}
	return t.list[i], true
}

// Words says what a link leads to.
func (t *Things) Words(l Link) string {
	if l.Kind == ToRequirement {
		return l.Requirement.Words()
	}
	if x, ok := t.Find(l.Kind, l.Target); ok {
		return x.Words()
	}
	return "something that is not there any more"
}

// Things returns everything a risk can be linked to.
func (s *Store) Things(ctx context.Context, who access.Actor) (*Things, error) {
	if err := who.May(access.ViewRisks); err != nil {
		return nil, err
	}
	var out *Things
	err := s.DB.Read(ctx, who.Org(), func(tx *db.Tx) (err error) {
		out, err = readThings(ctx, tx, who.Org())
		return err
	})
	return out, err
}

func readThings(ctx context.Context, tx *db.Tx, org string) (*Things, error) {
	inv, err := system.Snapshot(ctx, tx, org)
	if err != nil {
		return nil, err
	}
	fill, err := policy.Filler(ctx, tx, org)
	if err != nil {
		return nil, err
	}
	var out []Thing
	for _, c := range inv.Commitments {
		c.Text, _ = fill(c.Statement)
		out = append(out, Thing{Kind: ToCommitment, ID: c.ID, Code: c.Code, Name: c.Words(), Sort: c.Category, Criteria: c.Refs(), Scenarios: c.Scenarios, Gone: !c.InUse()})
	}
	for _, a := range inv.Assets {
		out = append(out, Thing{Kind: ToAsset, ID: a.ID, Code: a.Code, Name: a.Name, Sort: a.Kind, Gone: !a.InUse()})
	}
	for _, x := range inv.Systems {
		out = append(out, Thing{Kind: ToSystem, ID: x.ID, Code: x.Code, Name: x.Name, Sort: x.Kind, Gone: !x.InUse()})
	}
	vendors, err := vendor.All(ctx, tx, org)
	if err != nil {
		return nil, err
	}
	for _, v := range vendors {
		out = append(out, Thing{Kind: ToVendor, ID: v.ID, Code: v.Code, Name: v.Name, Gone: !v.InUse()})
	}
	rows, err := tx.Query(ctx, `SELECT c.id, c.code, c.title, CASE WHEN r.control IS NULL THEN 0 ELSE 1 END FROM control c
		LEFT JOIN retirement r ON r.org = c.org AND r.control = c.id AND r.to_at IS NULL WHERE c.org = $1 ORDER BY c.code`, org)
	if err != nil {
		return nil, err
	}
	err = db.Each(rows, func(scan func(...any) error) error {
		t := Thing{Kind: ToControl}
		var gone int
		err := scan(&t.ID, &t.Code, &t.Name, &gone)
		t.Gone = gone != 0
		out = append(out, t)
		return err
	})
	return NewThings(out), err
}
