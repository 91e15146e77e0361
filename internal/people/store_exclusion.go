package people

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/cadence"
	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/ledger"
	"github.com/toucan-grc/toucan/internal/problem"
)

// Waiver lets some people off a check. Each gets an exclusion of their own.
type Waiver struct {
	People []string // ids; or
	Group  string   // everybody in a group who is here or will be
	Check  Check
	Reason string       // why an auditor should agree
	Until  cadence.Date // last day on which it holds, or none
}

const maxReason = 1000 // characters

// checked returns the waiver as it is kept, or an Invalid problem.
func (w Waiver) checked() (Waiver, error) {
	var err error
	if w.Reason, err = db.Prose("reason", "The reason", w.Reason, maxReason); err != nil {
		return w, err
	}
	switch {
	case !slices.Contains(Checks(), w.Check):
		return w, problem.Field("check", "Choose one of the checks listed.")
	case w.Reason == "":
		return w, problem.Field("reason", "Say why, so that an auditor can judge it. Without a reason nobody is excluded.")
	case (len(w.People) == 0) == (w.Group == ""):
		return w, problem.Field("people", "Choose people, or a group.")
	}
	return w, nil
}

// exclusionFact is what the log says of an exclusion.
type exclusionFact struct {
	Person string `json:"person"`
	Check  Check  `json:"check"`
	Reason string `json:"reason"`
	Until  int64  `json:"until,omitempty"`
	Ended  bool   `json:"ended,omitempty"`
}

// Exclude lets people off a check from now on, all of them or nobody. Of several
// exclusions the newest in force counts.
func (s *Store) Exclude(ctx context.Context, who access.Actor, w Waiver, now time.Time) ([]Exclusion, error) {
	if err := who.May(access.ExcludePeople); err != nil {
		return nil, err
	}
	w, err := w.checked()
	if err != nil {
		return nil, err
	}
	now = now.UTC().Truncate(time.Microsecond)
	var out []Exclusion
	err = s.db.Write(ctx, who.Org(), db.People, func(ctx context.Context, tx *db.Tx) error {
		until, people, err := w.resolve(ctx, tx, who.Org(), now)
		if err != nil {
			return err
		}
		out = nil
		batch := uuid.Must(uuid.NewV7()).String()
		rows := db.Into(`person_exclusion (org, id, batch, person, asked, reason, from_at, until_at, account, salt)`)
		for _, id := range people {
			x := Exclusion{ID: uuid.Must(uuid.NewV7()).String(), Batch: batch, Person: id, Check: w.Check, Reason: w.Reason, From: now, Until: until, By: who.Account()}
			salt := ledger.Salt()
			rows.Add(who.Org(), x.ID, x.Batch, x.Person, string(x.Check), x.Reason, db.Micros(x.From), db.Micros(x.Until), x.By, salt)
			if err := s.recordExclusion(ctx, tx, who, x, salt, now); err != nil {
				return err
			}
			out = append(out, x)
		}
		return rows.Insert(ctx, tx)
	})
	return out, err
}

// resolve returns the moment a waiver ends, and whom it is for.
func (w Waiver) resolve(ctx context.Context, tx *db.Tx, org string, now time.Time) (time.Time, []string, error) {
	var until time.Time
	zone, err := zoneOf(ctx, tx, org)
	if err != nil {
		return until, nil, err
	}
	if w.Until.Known() {
		if until = w.Until.End(zone); !now.Before(until) {
			return until, nil, problem.Field("until", "The last day is over already. Choose today or later, or leave it open.")
		}
	}
	r, err := ReadRoster(ctx, tx, org)
	if err != nil {
		return until, nil, err
	}
	if w.Group == "" {
		list := slices.Compact(slices.Sorted(slices.Values(w.People)))
		for _, id := range list {
			if _, ok := r.Person(id); !ok {
				return until, nil, problem.New(problem.NotFound, "One of these people is not in the register. Open the list again.")
			}
		}
		return until, list, nil
	}
	if !slices.ContainsFunc(r.groups, func(g Group) bool { return g.Key == w.Group }) {
		return until, nil, problem.Field("group", "There is no such group.")
	}
	var list []string
	today := cadence.DateOf(now, zone)
	for _, p := range r.people {
		if st := r.StatusOn(p.ID, today); (st == Current || st == OnLeave || st == Future) && r.In(w.Group, p.ID) {
			list = append(list, p.ID)
		}
	}
	if len(list) == 0 {
		return until, nil, problem.Field("group", "Nobody in this group is here. There is nobody to exclude.")
	}
	return until, list, nil
}

func (s *Store) recordExclusion(ctx context.Context, tx *db.Tx, who access.Actor, x Exclusion, salt string, now time.Time) error {
	return s.log.Append(ctx, tx, ledger.Leaf{Org: who.Org(), At: now, Actor: who.Account(), Kind: "person.exclusion", ID: x.ID, Salt: salt,
		Payload: exclusionFact{x.Person, x.Check, x.Reason, db.Micros(x.Until), !x.EndedAt.IsZero()}})
}

// EndExclusions ends exclusions, so that what was asked before is asked again,
// unless an older exclusion still holds. One that has ended stays as it is. It
// returns how many were ended.
func (s *Store) EndExclusions(ctx context.Context, who access.Actor, ids []string, now time.Time) (int, error) {
	if err := who.May(access.ExcludePeople); err != nil {
		return 0, err
	}
	now = now.UTC().Truncate(time.Microsecond)
	n := 0
	err := s.db.Write(ctx, who.Org(), db.People, func(ctx context.Context, tx *db.Tx) error {
		n = 0
		all, err := readExclusions(ctx, tx, who.Org(), "")
		if err != nil {
			return err
		}
		have := make(map[string]Exclusion, len(all))
		for _, x := range all {
			have[x.ID] = x
		}
		for _, id := range slices.Compact(slices.Sorted(slices.Values(ids))) {
			x, ok := have[id]
			if !ok {
				return problem.New(problem.NotFound, "There is no such exclusion.")
			}
			if !x.Holds(now) {
				continue
			}
			x.EndedAt, x.EndedBy = now, who.Account()
			salt := ledger.Salt()
			if _, err := tx.Exec(ctx, `UPDATE person_exclusion SET ended_at = $3, ended_by = $4, salt = $5 WHERE org = $1 AND id = $2`, who.Org(), id, db.Micros(now), x.EndedBy, salt); err != nil {
				return fmt.Errorf("ending an exclusion: %w", err)
			}
			if err := s.recordExclusion(ctx, tx, who, x, salt, now); err != nil {
				return err
			}
			n++
		}
		return nil
	})
	return n, err
}
