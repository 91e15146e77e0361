package evidence

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/crosswalk"
	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/framework"
)

// carrier takes what items are offered for directly from one edition of a
// framework to another. What they are offered for through controls follows the
// controls.
type carrier struct{ s *Store }

// Kind implements crosswalk.Carrier.
func (carrier) Kind() string { return "evidence" }

// carriedTag is one tag that ended or began with an upgrade.
type carriedTag struct {
	item, kind string
	captured   time.Time
	ref        framework.Ref
}

// openOn reads the tags in force on requirements of a framework.
func openOn(ctx context.Context, tx *db.Tx, org, id string, at time.Time) ([]carriedTag, error) {
	rows, err := tx.Query(ctx, `SELECT item, kind, captured_at, requirement FROM evidence_tag
		WHERE org = $1 AND framework = $2 AND control IS NULL AND from_at <= $3 AND (to_at IS NULL OR to_at > $3) AND out_at = 0 ORDER BY item, requirement`, org, id, db.Micros(at))
	if err != nil {
		return nil, err
	}
	var out []carriedTag
	err = db.Each(rows, func(scan func(...any) error) error {
		t := carriedTag{ref: framework.Ref{Framework: id}}
		var captured int64
		err := scan(&t.item, &t.kind, &captured, &t.ref.ID)
		t.captured = db.Time(captured)
		out = append(out, t)
		return err
	})
	return out, err
}

// Hanging implements crosswalk.Carrier. It names items by kind and day only: a
// title would outlive their erasure.
func (carrier) Hanging(ctx context.Context, tx *db.Tx, org, id string, at time.Time) ([]crosswalk.Hanging, error) {
	tags, err := openOn(ctx, tx, org, id, at)
	var out []crosswalk.Hanging
	for _, t := range tags {
		out = append(out, crosswalk.Hanging{Kind: "evidence", Requirement: t.ref.ID, Text: label(t.kind) + " of " + day(t.captured, time.UTC)})
	}
	return out, err
}

// carriedFact is what the log says of an item whose tags an upgrade carried.
type carriedFact struct {
	Item  string    `json:"item"`
	At    int64     `json:"at_us"`
	Ended []refFact `json:"ended"`
	Added []refFact `json:"added"`
}

const carriedKind = "evidence.carried"

// Carry implements crosswalk.Carrier.
func (c carrier) Carry(ctx context.Context, tx *db.Tx, who access.Actor, p *crosswalk.UpgradePlan, now time.Time) (any, error) {
	tags, err := openOn(ctx, tx, who.Org(), p.From.Ref, now)
	if err != nil {
		return nil, err
	}
	trace := []carriedFact{}
	for _, t := range tags {
		added, stays := p.Targets(t.ref.ID)
		if stays && len(added) == 0 {
			continue
		}
		if n := len(trace); n == 0 || trace[n-1].Item != t.item {
			trace = append(trace, carriedFact{Item: t.item, At: db.Micros(now), Ended: []refFact{}, Added: []refFact{}})
		}
		f := &trace[len(trace)-1]
		if !stays {
			f.Ended = append(f.Ended, refFact{t.ref.Framework, t.ref.ID})
		}
		for _, id := range added {
			if to := (refFact{p.To.Ref, id}); !slices.Contains(f.Added, to) {
				f.Added = append(f.Added, to)
			}
		}
	}
	for n := range trace {
		if err := c.move(ctx, tx, who, &trace[n], now); err != nil {
			return nil, err
		}
	}
	return trace, nil
}

// move ends and adds tags of one item. What it is offered for already is not
// added, and f says so afterwards.
func (c carrier) move(ctx context.Context, tx *db.Tx, who access.Actor, f *carriedFact, now time.Time) error {
	i, err := readItem(ctx, tx, who.Org(), f.Item)
	if err != nil {
		return err
	}
	for _, r := range f.Ended {
		// it was right until now, so it is not taken back
		_, err := tx.Exec(ctx, `UPDATE evidence_tag SET to_at = $5, out_at = CASE WHEN out_at > 0 AND out_at < $5 THEN out_at ELSE $5 END
			WHERE org = $1 AND item = $2 AND control IS NULL AND framework = $3 AND requirement = $4 AND to_at IS NULL`, who.Org(), i.ID, r.Framework, r.ID, db.Micros(now))
		if err != nil {
			return err
		}
	}
	a := act{org: who.Org(), id: newID(), item: i.ID, kind: carriedKind, at: now, account: who.Account()}
	rows := db.Into(tagColumns)
	f.Added = slices.DeleteFunc(f.Added, func(r refFact) bool {
		return i.place(Tag{Requirement: framework.Ref{Framework: r.Framework, ID: r.ID}}) >= 0 && !slices.Contains(f.Ended, r)
	})
	for _, r := range f.Added {
		addTag(rows, who.Org(), i, Tag{Requirement: framework.Ref{Framework: r.Framework, ID: r.ID}, At: now, By: who.Account()}, a.id)
	}
	if err := rows.Insert(ctx, tx); err != nil {
		return err
	}
	if err := recount(ctx, tx, who.Org(), i.ID); err != nil {
		return err
	}
	a.payload = *f
	return c.s.record(ctx, tx, a)
}

// Undo implements crosswalk.Carrier.
func (c carrier) Undo(ctx context.Context, tx *db.Tx, who access.Actor, p *crosswalk.UpgradePlan, trace json.RawMessage, now time.Time) ([]string, error) {
	var moved []carriedFact
	if err := json.Unmarshal(trace, &moved); err != nil {
		return nil, err
	}
	var way []string
	for _, m := range moved {
		i, err := readItem(ctx, tx, who.Org(), m.Item)
		if err != nil {
			return nil, err
		}
		if i.Erased != nil {
			continue // it counts for nothing, here or there
		}
		for _, r := range m.Added {
			if ref := (framework.Ref{Framework: r.Framework, ID: r.ID}); i.place(Tag{Requirement: ref}) < 0 {
				way = append(way, fmt.Sprintf("Evidence was carried to %s and somebody took that back since.", ref.Words()))
			}
		}
		back := carriedFact{Item: m.Item, At: db.Micros(now), Ended: m.Added, Added: m.Ended}
		if err := c.move(ctx, tx, who, &back, now); err != nil {
			return nil, err
		}
	}
	if !p.InPlace() {
		return way, nil
	}
	// with the older content in force, these would point at nothing
	tags, err := openOn(ctx, tx, who.Org(), p.From.Ref, now)
	for _, t := range tags {
		if _, ok := p.Old.Find(t.ref.ID); !ok {
			way = append(way, fmt.Sprintf("Evidence was filed for %s since, which the older edition does not have.", t.ref.Words()))
		}
	}
	return way, err
}
