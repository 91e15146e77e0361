package system

import (
	"context"
	"slices"
	"time"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/problem"
	"github.com/toucan-grc/toucan/internal/register"
)

// Noun is one of the registers of this package.
type Noun string

const (
	Systems     Noun = "system"
	Sites       Noun = "site"
	Assets      Noun = "asset"
	Commitments Noun = "commitment"
)

// entry is what the four registers have in common.
type entry[T any] interface {
	checked() (T, error)
	exist(ctx context.Context, tx *db.Tx, org string) error
}

// put keeps one entry and returns it as it is now.
func put[T entry[T]](ctx context.Context, s *Store, who access.Actor, k register.Kind[T], e T, now time.Time, tell func(context.Context, *db.Tx, []register.Change[T]) error) (T, error) {
	var none T
	if err := who.May(access.ManageSystems); err != nil {
		return none, err
	}
	e, err := e.checked()
	if err != nil {
		return none, err
	}
	err = s.DB.Write(ctx, who.Org(), db.People, func(ctx context.Context, tx *db.Tx) error {
		if err := e.exist(ctx, tx, who.Org()); err != nil {
			return err
		}
		changes, err := k.Put(ctx, tx, s.writer(who, now), []T{e})
		if err != nil {
			return err
		}
		if len(changes) == 0 {
			list, err := k.Some(ctx, tx, who.Org(), []string{k.Entry(&e).ID})
			if err == nil && len(list) > 0 {
				e = list[0]
			}
			return err
		}
		if e = changes[0].After; tell != nil {
			return tell(ctx, tx, changes)
		}
		return nil
	})
	return e, err
}

func (s *Store) writer(who access.Actor, now time.Time) register.Writer {
	return register.Writer{Log: s.Log, Org: who.Org(), By: who.Account(), Now: now}
}

// PutSystem keeps a system: a new one without an id, else the next version of one.
// With Version set, it is refused when somebody changed the system since.
func (s *Store) PutSystem(ctx context.Context, who access.Actor, e System, now time.Time) (System, error) {
	return put(ctx, s, who, systemKind, e, now, func(ctx context.Context, tx *db.Tx, c []register.Change[System]) error {
		return tell(ctx, tx, who.Org(), c)
	})
}

// PutSite keeps a site, as PutSystem does.
func (s *Store) PutSite(ctx context.Context, who access.Actor, e Site, now time.Time) (Site, error) {
	return put(ctx, s, who, siteKind, e, now, nil)
}

// PutAsset keeps an asset, as PutSystem does.
func (s *Store) PutAsset(ctx context.Context, who access.Actor, e Asset, now time.Time) (Asset, error) {
	return put(ctx, s, who, assetKind, e, now, nil)
}

// PutCommitment keeps a commitment, as PutSystem does. Where it came from stays.
func (s *Store) PutCommitment(ctx context.Context, who access.Actor, e Commitment, now time.Time) (Commitment, error) {
	e.Text, e.Unfilled = "", nil
	return put(ctx, s, who, commitmentKind, e, now, func(ctx context.Context, tx *db.Tx, changes []register.Change[Commitment]) error {
		for _, c := range changes {
			var have []Commitment
			if c.Before != nil {
				have = append(have, *c.Before)
			}
			if err := s.criteria(ctx, tx, who.Org(), have, now)(c.After); err != nil {
				return err
			}
		}
		return nil
	})
}

// Adopt takes commitments of the library into the register, under the codes they
// have there. What was adopted before is left alone, retired or not.
func (s *Store) Adopt(ctx context.Context, who access.Actor, library []string, now time.Time) ([]Commitment, error) {
	if err := who.May(access.ManageSystems); err != nil {
		return nil, err
	}
	var fresh []Commitment
	for _, id := range register.Tidy(library) {
		c, ok := FindShipped(id)
		if !ok {
			return nil, problem.Field("library", "The library has no commitment “"+id+"”. Choose from the list.")
		}
		c.Code = c.Library
		fresh = append(fresh, c.Commitment)
	}
	if len(fresh) == 0 {
		return nil, problem.Field("library", "Choose at least one commitment of the library.")
	}
	var out []Commitment
	err := s.DB.Write(ctx, who.Org(), db.People, func(ctx context.Context, tx *db.Tx) error {
		have, err := commitmentKind.All(ctx, tx, who.Org())
		if err != nil {
			return err
		}
		fresh = slices.DeleteFunc(fresh, func(c Commitment) bool {
			return slices.ContainsFunc(have, func(h Commitment) bool { return h.Library == c.Library })
		})
		changes, err := commitmentKind.Put(ctx, tx, s.writer(who, now), fresh)
		for _, c := range changes {
			out = append(out, c.After)
		}
		return err
	})
	return out, err
}

// Retire ends entries of one register, with a reason. They stay to be read, and
// their codes are never given again. Either all of them are retired or none.
func (s *Store) Retire(ctx context.Context, who access.Actor, n Noun, ids []string, reason string, now time.Time) error {
	return s.turn(ctx, who, n, func(ctx context.Context, tx *db.Tx, k turner) error {
		return k.retire(ctx, tx, s.writer(who, now), ids, reason)
	})
}

// Restore brings retired entries back.
func (s *Store) Restore(ctx context.Context, who access.Actor, n Noun, ids []string, now time.Time) error {
	return s.turn(ctx, who, n, func(ctx context.Context, tx *db.Tx, k turner) error {
		return k.restore(ctx, tx, s.writer(who, now), ids)
	})
}

// Own gives entries of one register to another owner, a person of the register, or
// to nobody. Either all of them are given or none.
func (s *Store) Own(ctx context.Context, who access.Actor, n Noun, ids []string, owner string, now time.Time) error {
	return s.turn(ctx, who, n, func(ctx context.Context, tx *db.Tx, k turner) error {
		if err := register.Owners(ctx, tx, who.Org(), []string{owner}); err != nil {
			return err
		}
		return k.own(ctx, tx, s.writer(who, now), ids, owner)
	})
}

func (s *Store) turn(ctx context.Context, who access.Actor, n Noun, act func(context.Context, *db.Tx, turner) error) error {
	if err := who.May(access.ManageSystems); err != nil {
		return err
	}
	k, ok := turners[n]
	if !ok {
		return problem.New(problem.NotFound, "There is no such register.")
	}
	return s.DB.Write(ctx, who.Org(), db.People, func(ctx context.Context, tx *db.Tx) error { return act(ctx, tx, k) })
}

// turner retires, restores and hands over the entries of one register.
type turner interface {
	retire(ctx context.Context, tx *db.Tx, w register.Writer, ids []string, reason string) error
	restore(ctx context.Context, tx *db.Tx, w register.Writer, ids []string) error
	own(ctx context.Context, tx *db.Tx, w register.Writer, ids []string, owner string) error
}

type turning[T any] struct {
	kind  register.Kind[T]
	owner func(*T) *string
	tell  func(ctx context.Context, tx *db.Tx, org string, c []register.Change[T]) error
}

func (t turning[T]) retire(ctx context.Context, tx *db.Tx, w register.Writer, ids []string, reason string) error {
	c, err := t.kind.Retire(ctx, tx, w, ids, reason)
	return t.end(ctx, tx, w, c, err)
}

func (t turning[T]) restore(ctx context.Context, tx *db.Tx, w register.Writer, ids []string) error {
	c, err := t.kind.Restore(ctx, tx, w, ids)
	return t.end(ctx, tx, w, c, err)
}

func (t turning[T]) own(ctx context.Context, tx *db.Tx, w register.Writer, ids []string, owner string) error {
	list, err := t.kind.Some(ctx, tx, w.Org, ids)
	if err != nil {
		return err
	}
	for i := range list {
		*t.owner(&list[i]) = owner
	}
	c, err := t.kind.Put(ctx, tx, w, list)
	return t.end(ctx, tx, w, c, err)
}

func (t turning[T]) end(ctx context.Context, tx *db.Tx, w register.Writer, c []register.Change[T], err error) error {
	if err != nil || t.tell == nil {
		return err
	}
	return t.tell(ctx, tx, w.Org, c)
}

var turners = map[Noun]turner{
	Systems: turning[System]{systemKind, func(e *System) *string { return &e.Owner }, tell}, Sites: turning[Site]{siteKind, func(e *Site) *string { return &e.Owner }, nil},
	Assets: turning[Asset]{assetKind, func(e *Asset) *string { return &e.Owner }, nil}, Commitments: turning[Commitment]{commitmentKind, func(e *Commitment) *string { return &e.Owner }, nil},
}
