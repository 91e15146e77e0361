package risk

import (
	"context"
	"slices"
	"time"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/register"
	"github.com/toucan-grc/toucan/internal/sheet"
)

// scene reads what a file is compared with.
func (s *Store) scene(ctx context.Context, tx *db.Tx, org string, states map[string]Operating, now time.Time) (sc scene, err error) {
	sc.states = states
	if sc.r, err = ReadRegister(ctx, tx, org, now); err != nil {
		return sc, err
	}
	if sc.things, err = readThings(ctx, tx, org); err != nil {
		return sc, err
	}
	if sc.names, err = register.ReadNames(ctx, tx, org, register.Person); err != nil {
		return sc, err
	}
	sc.has, err = s.requirements(ctx, tx, org, now)
	return sc, err
}

// PlanImport says what a file would change. Nothing is written.
func (s *Store) PlanImport(ctx context.Context, who access.Actor, file *sheet.Sheet, now time.Time) (sheet.Plan, error) {
	if err := who.May(access.ManageRisks); err != nil {
		return sheet.Plan{}, err
	}
	states, err := s.allStates(ctx, who, now)
	if err != nil {
		return sheet.Plan{}, err
	}
	var p sheet.Plan
	err = s.DB.Read(ctx, who.Org(), func(tx *db.Tx) error {
		sc, err := s.scene(ctx, tx, who.Org(), states, now)
		if err == nil {
			p, _ = sc.plan(aside(file))
		}
		return err
	})
	return p, err
}

// aside is a copy whose faults are its own: a file may be planned more than once.
func aside(s *sheet.Sheet) *sheet.Sheet {
	out := *s
	out.Faults = slices.Clone(s.Faults)
	return &out
}

// allStates asks how all controls operate: a file may name any of them.
func (s *Store) allStates(ctx context.Context, who access.Actor, now time.Time) (map[string]Operating, error) {
	var all []string
	err := s.DB.Read(ctx, who.Org(), func(tx *db.Tx) error {
		codes, err := controlCodes(ctx, tx, who.Org())
		for id := range codes {
			all = append(all, id)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return s.operating(ctx, who, all, now)
}

// Import takes a file into the register: all of it, or nothing while there is a
// fault. Scores are those of the actor.
func (s *Store) Import(ctx context.Context, who access.Actor, file *sheet.Sheet, now time.Time) (sheet.Plan, error) {
	if err := who.May(access.ManageRisks); err != nil {
		return sheet.Plan{}, err
	}
	states, err := s.allStates(ctx, who, now)
	if err != nil {
		return sheet.Plan{}, err
	}
	now = moment(now)
	var p sheet.Plan
	err = s.DB.Write(ctx, who.Org(), db.People, func(ctx context.Context, tx *db.Tx) error {
		sc, err := s.scene(ctx, tx, who.Org(), states, now)
		if err != nil {
			return err
		}
		var list []intake
		if p, list = sc.plan(aside(file)); p.Err() != nil {
			return p.Err()
		}
		return s.takeIn(ctx, tx, who, sc, list, now)
	})
	return p, err
}

// takeIn writes what a plan found: the new risks at once, then the changed ones.
func (s *Store) takeIn(ctx context.Context, tx *db.Tx, who access.Actor, sc scene, list []intake, now time.Time) error {
	var fresh []Risk
	for _, in := range list {
		if in.entry == nil {
			fresh = append(fresh, in.risk)
		}
	}
	if err := s.enter(ctx, tx, who, fresh, now); err != nil {
		return err
	}
	person, err := s.personOf(ctx, tx, who)
	if err != nil {
		return err
	}
	n := 0
	var links []Link
	var linked []Risk
	var scores []Score
	var acts []act
	for _, in := range list {
		e := in.entry
		if e == nil {
			e = &Entry{Risk: fresh[n]}
			n++
			for _, l := range in.links {
				links, linked = append(links, l), append(linked, e.Risk)
			}
		} else {
			if _, err := s.change(ctx, tx, who, e.Risk, in.risk, now); err != nil {
				return err
			}
			if err := s.relink(ctx, tx, who, e, in.kinds, in.links, sc.things, sc.has, now); err != nil {
				return err
			}
			if len(in.scores) > 0 {
				if err := s.answer(ctx, tx, who.Org(), Score{Risk: e.ID}, now); err != nil {
					return err
				}
			}
		}
		for _, x := range in.scores {
			given := Score{ID: newID(), Risk: e.ID, Kind: x.Kind, Point: x.Point, Column: x.Column, Basis: x.Basis, Reasons: x.Reasons, Relied: x.Relied,
				Account: who.Account(), Person: person, Method: sc.r.Method.Version, At: now, On: sc.r.Today}
			scores = append(scores, given)
			acts = append(acts, act{e.ID, kindScored, given.fact()})
		}
	}
	if err := s.insertLinks(ctx, tx, who, linked, links, now); err != nil {
		return err
	}
	if err := s.putScores(ctx, tx, who.Org(), scores); err != nil {
		return err
	}
	return s.record(ctx, tx, who.Org(), who.Account(), now, acts...)
}
