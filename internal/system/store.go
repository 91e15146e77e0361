// Package system is what the company runs and promises: systems, sites, assets,
// service commitments and system requirements. Which of them an audit looks at is
// said by package isms.
package system

import (
	"context"
	"slices"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/crosswalk"
	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/ledger"
	"github.com/toucan-grc/toucan/internal/problem"
	"github.com/toucan-grc/toucan/internal/register"
)

// Fill puts values in the place of the variables of a text, and names those that
// nobody filled in.
type Fill = func(text string) (filled string, unfilled []string)

// Config is what a store needs.
type Config struct {
	DB    *db.DB
	Log   *ledger.Log
	Links *crosswalk.Store // carries the criteria of commitments to new editions

	// Filler reads what the organisation filled in for variables. Without it
	// statements are shown as they are kept.
	Filler func(ctx context.Context, tx *db.Tx, org string) (Fill, error)
}

// Store keeps them in SQL. It is safe for concurrent use.
type Store struct {
	Config
	kept *register.Kept[*Inventory]
}

// New returns a store.
func New(c Config) *Store {
	s := &Store{c, &register.Kept[*Inventory]{Tables: inventoryTables}}
	if c.Links != nil {
		c.Links.CarryAlso(carrier{s})
	}
	return s
}

// inventoryTables are those an inventory is read from: the values of variables stand
// in the statements of commitments.
var inventoryTables = []string{"system", "site", "asset", "commitment", "policy_variable"}

// Inventory returns everything the registers hold, with the statements of
// commitments filled in. The lists are the caller's own; what they point to is shared.
func (s *Store) Inventory(ctx context.Context, who access.Actor) (*Inventory, error) {
	if err := who.May(access.ViewSystems); err != nil {
		return nil, err
	}
	v, err := s.kept.Of(ctx, s.DB, who.Org(), func(ctx context.Context, tx *db.Tx) (*Inventory, error) {
		v, err := Snapshot(ctx, tx, who.Org())
		if err != nil {
			return nil, err
		}
		return v, s.fill(ctx, tx, who.Org(), v.Commitments)
	})
	if err != nil {
		return nil, err
	}
	return &Inventory{slices.Clone(v.Systems), slices.Clone(v.Sites), slices.Clone(v.Assets), slices.Clone(v.Commitments)}, nil
}

// fill fills in the statements of commitments.
func (s *Store) fill(ctx context.Context, tx *db.Tx, org string, list []Commitment) error {
	if s.Filler == nil || len(list) == 0 {
		return nil
	}
	fill, err := s.Filler(ctx, tx, org)
	for i := range list {
		if err != nil {
			return err
		}
		list[i].Text, list[i].Unfilled = fill(list[i].Statement)
	}
	return err
}

// Filling returns how texts with variables are filled in now.
func (s *Store) Filling(ctx context.Context, who access.Actor) (Fill, error) {
	if err := who.May(access.ViewSystems); err != nil {
		return nil, err
	}
	if s.Filler == nil {
		return func(text string) (string, []string) { return text, nil }, nil
	}
	var fill Fill
	err := s.DB.Read(ctx, who.Org(), func(tx *db.Tx) (err error) {
		fill, err = s.Filler(ctx, tx, who.Org())
		return err
	})
	return fill, err
}

// Systems returns all systems in the order of their codes, the retired ones among them.
func (s *Store) Systems(ctx context.Context, who access.Actor) ([]System, error) {
	v, err := s.Inventory(ctx, who)
	if err != nil {
		return nil, err
	}
	return v.Systems, nil
}

// Sites returns all sites, as Systems does.
func (s *Store) Sites(ctx context.Context, who access.Actor) ([]Site, error) {
	v, err := s.Inventory(ctx, who)
	if err != nil {
		return nil, err
	}
	return v.Sites, nil
}

// Assets returns all assets, as Systems does.
func (s *Store) Assets(ctx context.Context, who access.Actor) ([]Asset, error) {
	v, err := s.Inventory(ctx, who)
	if err != nil {
		return nil, err
	}
	return v.Assets, nil
}

// Commitments returns all commitments, as Systems does, with their statements filled in.
func (s *Store) Commitments(ctx context.Context, who access.Actor) ([]Commitment, error) {
	v, err := s.Inventory(ctx, who)
	if err != nil {
		return nil, err
	}
	return v.Commitments, nil
}

// History returns the versions of an entry, the newest first. It returns a NotFound
// problem when the register has no such entry.
func (s *Store) History(ctx context.Context, who access.Actor, n Noun, id string) ([]register.Version, error) {
	if err := who.May(access.ViewSystems); err != nil {
		return nil, err
	}
	var out []register.Version
	err := s.DB.Read(ctx, who.Org(), func(tx *db.Tx) (err error) {
		out, err = register.History(ctx, tx, who.Org(), string(n), id)
		return err
	})
	if err == nil && len(out) == 0 {
		err = problem.New(problem.NotFound, "This is not in the register. Somebody may have followed an old link.")
	}
	return out, err
}
