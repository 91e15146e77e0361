package crosswalk

import (
	"context"
	"encoding/json"
	"slices"
	"time"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/db"
)

// Carrier takes answers that a store above this package keeps, and that rest on
// requirements, from an edition to another. All of it happens in the transaction
// of the upgrade.
type Carrier interface {
	// Kind names the answers, such as "evidence"; it is stored and never changes.
	Kind() string
	// Hanging lists the answers in force on requirements of a framework. Their text
	// is stored with the upgrade: it holds nothing that may have to be erased.
	Hanging(ctx context.Context, tx *db.Tx, org, framework string, at time.Time) ([]Hanging, error)
	// Carry writes the answers anew where p.Targets sends them, and returns what Undo needs.
	Carry(ctx context.Context, tx *db.Tx, who access.Actor, p *UpgradePlan, now time.Time) (any, error)
	// Undo puts back what Carry wrote. What somebody changed since comes back as
	// sentences; then nothing of the undo is kept. Of the plan, only From, To and Old are known.
	Undo(ctx context.Context, tx *db.Tx, who access.Actor, p *UpgradePlan, trace json.RawMessage, now time.Time) (inTheWay []string, err error)
}

// CarryAlso makes upgrades carry the answers of a store above. It is called while
// the stores are put together; of two with one kind, the later one counts.
func (s *Store) CarryAlso(c Carrier) {
	s.also = append(slices.DeleteFunc(s.also, func(x Carrier) bool { return x.Kind() == c.Kind() }), c)
}

// carriers are all kinds of answers the store carries: its own first.
func (s *Store) carriers() []carrier {
	out := slices.Clone(carriers)
	for _, c := range s.also {
		out = append(out, outside{c})
	}
	return out
}

// outside is a carrier of a store above.
type outside struct{ Carrier }

func (o outside) kind() string { return o.Kind() }

func (o outside) stranded(p *UpgradePlan, r UpgradeRow, h Hanging) string {
	return linkCarrier{}.stranded(p, r, h)
}

func (o outside) hanging(ctx context.Context, tx *db.Tx, org, id string, at time.Time) ([]Hanging, error) {
	return o.Hanging(ctx, tx, org, id, at)
}

func (o outside) carry(ctx context.Context, tx *db.Tx, j changeover) (any, error) {
	return o.Carry(ctx, tx, j.who, j.plan, j.now)
}

func (o outside) undo(ctx context.Context, tx *db.Tx, j changeover, trace json.RawMessage) ([]string, error) {
	return o.Undo(ctx, tx, j.who, j.plan, trace, j.now)
}

// Targets returns where what hangs on a requirement of the old edition hangs from
// now on: added anew, and whether it stays on the old one as well. Nothing added
// and stays means that nothing changes; neither, that its place is gone.
func (p *UpgradePlan) Targets(id string) (added []string, stays bool) {
	to, _ := p.route(id)
	if p.inPlace() {
		_, still := p.New.Find(id)
		if len(to) == 0 {
			return nil, still
		}
		stays = slices.Contains(to, id)
		return slices.DeleteFunc(slices.Clone(to), func(x string) bool { return x == id }), stays
	}
	return to, len(to) == 0
}

// InPlace reports whether the upgrade gives one id another content.
func (p *UpgradePlan) InPlace() bool { return p.inPlace() }
