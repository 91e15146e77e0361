package control

import (
	"context"
	"slices"
	"time"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/problem"
)

// Adopt adds controls taken from the library, in the caller's transaction. A code
// in use is a Conflict: what is there is never overwritten. The outcomes are in
// the order of list.
func (s *Store) Adopt(ctx context.Context, tx *db.Tx, who access.Actor, list []Control, now time.Time) ([]Outcome, error) {
	if err := who.May(access.AdoptControls); err != nil {
		return nil, err
	}
	list = slices.Clone(list)
	for i := range list {
		list[i].Origin = "library"
	}
	return s.put(ctx, tx, who, list, now, true)
}

// ListIn returns all controls as the caller's transaction sees them, in no order;
// also those that were merged into another one, which still hold their code.
func (s *Store) ListIn(ctx context.Context, tx *db.Tx, who access.Actor) ([]Control, error) {
	if err := who.May(access.ViewControls); err != nil {
		return nil, err
	}
	gone, err := readRetirements(ctx, tx, retirements, who.Org())
	if err != nil {
		return nil, err
	}
	into := map[string]string{}
	for _, r := range gone {
		into[r.Control] = r.To
	}
	rows, err := tx.Query(ctx, query+`WHERE org = $1`, who.Org())
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []Control
	for rows.Next() {
		c, err := scan(rows.Scan)
		if err != nil {
			return nil, err
		}
		c.MergedInto = into[c.ID]
		out = append(out, c)
	}
	return out, rows.Err()
}

// EditIn is Edit in the caller's transaction: have becomes next, and changed text
// waits for a second person when there is one. how begins the sentence that says
// what changed.
func (s *Store) EditIn(ctx context.Context, tx *db.Tx, who access.Actor, have, next Control, how string, now time.Time) (Outcome, error) {
	if err := who.May(access.EditControls); err != nil {
		return Outcome{}, err
	}
	out := Outcome{ID: have.ID, Code: have.Code}
	next, err := next.checked()
	if err != nil || next.same(have) {
		return out, err
	}
	out.Updated = true
	out.Pending, err = s.changedNow(ctx, tx, who, have, next, how, now)
	return out, err
}

const maxDeclare = 5_000

// Declare says of many controls at once how they stand. Each that stood otherwise
// gets a version and a leaf; the others stay as they are. The outcomes are in the
// order of codes.
func (s *Store) Declare(ctx context.Context, who access.Actor, codes []string, status Status, now time.Time) ([]Outcome, error) {
	if err := who.May(access.EditControls); err != nil {
		return nil, err
	}
	if !slices.Contains([]Status{Planned, OnPaper, Operated}, status) {
		return nil, problem.Field("status", "Choose planned, on paper or operated.")
	}
	if len(codes) == 0 || len(codes) > maxDeclare {
		return nil, problem.Field("code", "Choose the controls to declare, at most 5,000 at once.")
	}
	var out []Outcome
	err := s.db.Write(ctx, who.Org(), db.People, func(ctx context.Context, tx *db.Tx) error {
		all, err := s.ListIn(ctx, tx, who)
		if err != nil {
			return err
		}
		byCode := make(map[string]Control, len(all))
		for _, c := range all {
			byCode[keyOf(c.Code)] = c
		}
		out = make([]Outcome, 0, len(codes))
		for _, code := range codes {
			have, ok := byCode[keyOf(code)]
			if !ok {
				return problem.New(problem.NotFound, "There is no control %s. It may have another code by now; look in the list.", code)
			}
			if have.MergedInto != "" {
				return problem.New(problem.Conflict, "%s was merged into %s. Declare that one, or take the merge back first.", have.Code, have.MergedInto)
			}
			next := have
			next.Status = status
			o := Outcome{ID: have.ID, Code: have.Code, Updated: have.Status != status}
			if o.Updated {
				if _, err := s.changedNow(ctx, tx, who, have, next, "", now); err != nil {
					return ofControl(err, have)
				}
				byCode[keyOf(code)] = next
			}
			out = append(out, o)
		}
		return nil
	})
	return out, err
}
