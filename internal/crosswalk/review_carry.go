package crosswalk

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/framework"
)

// doubtStack puts in doubt what other sets bring or no longer bear out; no sets
// stand for the default stack.
func (s *Store) doubtStack(ctx context.Context, tx *db.Tx, who access.Actor, was, is []string, now time.Time) error {
	l, err := s.libraryAt(ctx, tx, who.Org(), now)
	if err != nil {
		return err
	}
	if len(was) == 0 {
		was = l.DefaultStack()
	}
	if len(is) == 0 {
		is = l.DefaultStack()
	}
	t := Trigger{Kind: OfStack, ID: "stack", Key: "stack:" + newID(), Words: "Other mapping sets are relied on", Name: "the stack"}
	for _, id := range is {
		if !slices.Contains(was, id) {
			t.Sets = append(t.Sets, id)
		}
	}
	for _, id := range was {
		if set, ok := l.Set(id); ok && !slices.Contains(is, id) {
			t.Lost = append(t.Lost, set)
		}
	}
	if len(t.Sets) == 0 && len(t.Lost) == 0 {
		return nil // the same sets in another order
	}
	return s.doubt(ctx, tx, who.Org(), who.Account(), []Trigger{t}, now)
}

// doubt puts in doubt what touches the requirements, or the rows, that an upgrade changed.
func (j changeover) doubt(ctx context.Context, tx *db.Tx, upgrade string) error {
	p := j.plan
	t := Trigger{Kind: OfEdition, ID: p.To.Ref, Key: "upgrade:" + upgrade, Words: fmt.Sprintf("%s took the place of %s", p.To.Name(), p.From.Name()), Name: p.To.Name()}
	if p.Kind == SetEdition {
		t.Kind = OfSet
		for _, r := range p.SetRows {
			if r.Fate != framework.Kept {
				t.Rows = append(t.Rows, RowOf{p.To.Ref, r.Source, r.Target})
			}
		}
	}
	for _, r := range p.Rows {
		if r.Fate == framework.Kept {
			continue
		}
		if r.Old != "" {
			t.Refs = append(t.Refs, framework.Ref{Framework: p.From.Ref, ID: r.Old})
		}
		for _, id := range append(slices.Clone(r.New), r.To...) {
			t.Refs = append(t.Refs, framework.Ref{Framework: p.To.Ref, ID: id})
		}
	}
	if len(t.Refs) == 0 && len(t.Rows) == 0 {
		return nil
	}
	return j.s.doubt(ctx, tx, j.who.Org(), j.who.Account(), []Trigger{t}, j.now)
}

// reviewCarrier carries the lines of the open review that wait for an answer: a link
// that moved is asked about in its new place, and a row whose end is gone is asked
// about no longer. What was answered stays as it was said.
type reviewCarrier struct{}

func (reviewCarrier) kind() string { return "review" }

func (reviewCarrier) stranded(p *UpgradePlan, r UpgradeRow, h Hanging) string {
	return linkCarrier{}.stranded(p, r, h)
}

// waiting reads the lines of the open review without an answer that touch a framework.
func (reviewCarrier) waiting(ctx context.Context, tx *db.Tx, org, id string) ([]ReviewItem, string, error) {
	list, err := readReviews(ctx, tx, org, ` AND r.closed_at = 0`)
	if err != nil || len(list) == 0 {
		return nil, "", err
	}
	items, err := readItems(ctx, tx, org, list[0].ID)
	return slices.DeleteFunc(items, func(i ReviewItem) bool {
		return !i.Waits() || i.Target.Framework != id && i.Source.Framework != id
	}), list[0].ID, err
}

func (c reviewCarrier) hanging(ctx context.Context, tx *db.Tx, org, id string, at time.Time) ([]Hanging, error) {
	items, _, err := c.waiting(ctx, tx, org, id)
	var out []Hanging
	for _, i := range items {
		for _, end := range []framework.Ref{i.Source, i.Target} {
			if end.Framework == id {
				out = append(out, Hanging{Requirement: end.ID, Kind: c.kind(), Text: "in review: " + i.Line()})
			}
		}
	}
	return out, err
}

// movedItems is what carry did to the open review.
type movedItems struct {
	Gone  []string `json:"gone"`
	Added []string `json:"added"`
}

func (c reviewCarrier) carry(ctx context.Context, tx *db.Tx, j changeover) (any, error) {
	items, review, err := c.waiting(ctx, tx, j.who.Org(), j.plan.From.Ref)
	if err != nil {
		return nil, err
	}
	rows := db.Into(`crosswalk_item (org, id, review, control, mapping_set, source_framework, source, framework, requirement, reason, asked_at)`)
	var m movedItems
	seen := map[Affected]bool{}
	for _, i := range items {
		stays := true
		var added []string
		for _, end := range []framework.Ref{i.Source, i.Target} {
			if end.Framework == j.plan.From.Ref {
				to, still := j.plan.Targets(end.ID)
				added, stays = to, stays && still
			}
		}
		if i.IsLink() {
			for _, id := range added {
				a := i.Affected
				a.Target = framework.Ref{Framework: j.plan.To.Ref, ID: id}
				if seen[a.line()] {
					continue
				}
				seen[a.line()] = true
				n := newID()
				rows.Add(j.who.Org(), n, review, a.Control, "", "", "", a.Target.Framework, a.Target.ID, a.Reason, db.Micros(j.now))
				m.Added = append(m.Added, n)
			}
		}
		if !stays {
			m.Gone = append(m.Gone, i.ID)
			if err := setGone(ctx, tx, j.who.Org(), i.ID, db.Micros(j.now)); err != nil {
				return nil, err
			}
		}
	}
	return m, rows.Insert(ctx, tx)
}

func (reviewCarrier) undo(ctx context.Context, tx *db.Tx, j changeover, trace json.RawMessage) ([]string, error) {
	var m movedItems
	if err := json.Unmarshal(trace, &m); err != nil {
		return nil, err
	}
	for _, id := range m.Gone {
		if err := setGone(ctx, tx, j.who.Org(), id, 0); err != nil {
			return nil, err
		}
	}
	for _, id := range m.Added {
		if err := setGone(ctx, tx, j.who.Org(), id, db.Micros(j.now)); err != nil {
			return nil, err
		}
	}
	return nil, nil
}

func setGone(ctx context.Context, tx *db.Tx, org, id string, at int64) error {
	_, err := tx.Exec(ctx, `UPDATE crosswalk_item SET gone_at = $3 WHERE org = $1 AND id = $2`, org, id, at)
	return err
}
