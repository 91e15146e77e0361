// Package vendor is the register of suppliers: what they do for the company, what
// they hold of it, and who answers for the relation.
package vendor

import (
	"context"
	"slices"
	"time"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/ledger"
	"github.com/toucan-grc/toucan/internal/problem"
	"github.com/toucan-grc/toucan/internal/register"
)

// Config is what a store needs.
type Config struct {
	DB  *db.DB
	Log *ledger.Log
}

// Store keeps them in SQL. It is safe for concurrent use.
type Store struct {
	Config
	kept *register.Kept[[]Vendor]
}

// New returns a store.
func New(c Config) *Store {
	return &Store{c, &register.Kept[[]Vendor]{Tables: []string{"vendor"}}}
}

func (s *Store) writer(who access.Actor, now time.Time) register.Writer {
	return register.Writer{Log: s.Log, Org: who.Org(), By: who.Account(), Now: now}
}

// List returns all vendors in the order of their codes, the retired ones among them.
func (s *Store) List(ctx context.Context, who access.Actor) ([]Vendor, error) {
	if err := who.May(access.ViewVendors); err != nil {
		return nil, err
	}
	list, err := s.kept.Of(ctx, s.DB, who.Org(), func(ctx context.Context, tx *db.Tx) ([]Vendor, error) { return All(ctx, tx, who.Org()) })
	return slices.Clone(list), err
}

// History returns the versions of a vendor, the newest first. It returns a NotFound
// problem when the register has no such vendor.
func (s *Store) History(ctx context.Context, who access.Actor, id string) ([]register.Version, error) {
	if err := who.May(access.ViewVendors); err != nil {
		return nil, err
	}
	var out []register.Version
	err := s.DB.Read(ctx, who.Org(), func(tx *db.Tx) (err error) {
		out, err = register.History(ctx, tx, who.Org(), kind.Noun, id)
		return err
	})
	if err == nil && len(out) == 0 {
		err = problem.New(problem.NotFound, "This vendor is not in the register. Somebody may have followed an old link.")
	}
	return out, err
}

// Put keeps a vendor: a new one without an id, else the next version of one. With
// Version set, it is refused when somebody changed the vendor since.
func (s *Store) Put(ctx context.Context, who access.Actor, v Vendor, now time.Time) (Vendor, error) {
	if err := who.May(access.ManageVendors); err != nil {
		return Vendor{}, err
	}
	v, err := v.checked()
	if err != nil {
		return Vendor{}, err
	}
	err = s.DB.Write(ctx, who.Org(), db.People, func(ctx context.Context, tx *db.Tx) error {
		if err := v.exist(ctx, tx, who.Org()); err != nil {
			return err
		}
		changes, err := kind.Put(ctx, tx, s.writer(who, now), []Vendor{v})
		if err != nil {
			return err
		}
		if len(changes) == 0 {
			list, err := kind.Some(ctx, tx, who.Org(), []string{v.ID})
			if err == nil && len(list) > 0 {
				v = list[0]
			}
			return err
		}
		v = changes[0].After
		return s.follow(ctx, tx, who.Org(), who.Account(), changes, now)
	})
	return v, err
}

// follow does what follows from changes: others are told, and owners asked to review.
func (s *Store) follow(ctx context.Context, tx *db.Tx, org, by string, changes []register.Change[Vendor], now time.Time) error {
	if len(changes) == 0 {
		return nil
	}
	if err := tell(ctx, tx, org, changes); err != nil {
		return err
	}
	return s.ask(ctx, tx, org, by, now)
}

// Retire ends vendors, with a reason. They stay to be read, and their codes are
// never given again. Either all of them are retired or none.
func (s *Store) Retire(ctx context.Context, who access.Actor, ids []string, reason string, now time.Time) error {
	return s.turn(ctx, who, func(ctx context.Context, tx *db.Tx, w register.Writer) ([]register.Change[Vendor], error) {
		return kind.Retire(ctx, tx, w, ids, reason)
	}, now)
}

// Restore brings retired vendors back.
func (s *Store) Restore(ctx context.Context, who access.Actor, ids []string, now time.Time) error {
	return s.turn(ctx, who, func(ctx context.Context, tx *db.Tx, w register.Writer) ([]register.Change[Vendor], error) {
		return kind.Restore(ctx, tx, w, ids)
	}, now)
}

// Own gives vendors to another owner, a person of the register, or to nobody.
func (s *Store) Own(ctx context.Context, who access.Actor, ids []string, owner string, now time.Time) error {
	return s.turn(ctx, who, func(ctx context.Context, tx *db.Tx, w register.Writer) ([]register.Change[Vendor], error) {
		if err := register.Owners(ctx, tx, who.Org(), []string{owner}); err != nil {
			return nil, err
		}
		list, err := kind.Some(ctx, tx, who.Org(), ids)
		if err != nil {
			return nil, err
		}
		for i := range list {
			list[i].Owner = owner
		}
		return kind.Put(ctx, tx, w, list)
	}, now)
}

func (s *Store) turn(ctx context.Context, who access.Actor, act func(context.Context, *db.Tx, register.Writer) ([]register.Change[Vendor], error), now time.Time) error {
	if err := who.May(access.ManageVendors); err != nil {
		return err
	}
	return s.DB.Write(ctx, who.Org(), db.People, func(ctx context.Context, tx *db.Tx) error {
		c, err := act(ctx, tx, s.writer(who, now))
		if err != nil {
			return err
		}
		return s.follow(ctx, tx, who.Org(), who.Account(), c, now)
	})
}
