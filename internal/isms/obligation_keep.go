package isms

import (
	"context"
	"reflect"
	"slices"
	"sync"
	"time"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/db"
)

// keptObligations is the list last made for an organisation, and what it was made
// from. It holds for its day, until something is written.
type keptObligations struct {
	mu      sync.Mutex
	written db.Written
	c       *cycle
	list    ObligationList
}

// Obligations returns them with how each stands. The list is shared: nobody may
// change it.
func (s *Store) Obligations(ctx context.Context, who access.Actor, now time.Time) (ObligationList, error) {
	if err := who.May(access.ViewISMS); err != nil {
		return ObligationList{}, err
	}
	org := who.Org()
	written, err := s.DB.Written(ctx, org)
	if err != nil {
		return ObligationList{}, err
	}
	slot, _ := s.obligations.LoadOrStore(org, &keptObligations{})
	k := slot.(*keptObligations)
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.c != nil && k.c.stillHolds(now) && written.Revision == k.written.Revision {
		return k.list, nil
	}
	err = s.DB.Read(ctx, org, func(tx *db.Tx) error {
		c, err := readCycleWith(ctx, tx, org, now, dutyKinds, func() ([]Obligation, error) {
			if k.c != nil && !written.Since(k.written, "obligation", "obligation_text") {
				return k.c.Obligations, nil
			}
			return readObligations(ctx, tx, org, "", k.c.texts())
		})
		if err == nil {
			k.written, k.list, k.c = written, c.listed(k.c, k.list), c
		}
		return err
	})
	return k.list, err
}

// stillHolds reports whether what was judged then is what would be judged now, from
// the same. A record of a moment to come counts once it is there.
func (c *cycle) stillHolds(now time.Time) bool {
	if now.Before(c.Now) || c.Binding.Zones.DateOf(now) != c.Today {
		return false
	}
	for _, l := range c.Trail.kinds {
		if n := len(l); n > 0 && l[n-1].At.After(c.Now) {
			return false
		}
	}
	return true
}

// texts are the texts of the obligations, by id.
func (c *cycle) texts() map[string]ObligationText {
	if c == nil {
		return nil
	}
	out := make(map[string]ObligationText, len(c.Obligations))
	for _, o := range c.Obligations {
		for _, t := range o.Texts {
			out[t.id] = t
		}
	}
	return out
}

// listed makes the list. An obligation of which nothing changed since the last one
// stands as it stood there.
func (c *cycle) listed(old *cycle, last ObligationList) ObligationList {
	out := ObligationList{Today: c.Today, Rows: make([]ObligationRow, 0, len(c.Obligations))}
	span := c.horizonOf()
	j := NewJudging(c.Binding.Zones, span.From, c.Now)
	stood := map[string]ObligationRow{}
	if old != nil && old.stillHolds(c.Now) && span == old.horizonOf() && reflect.DeepEqual(c.Binding, old.Binding) {
		for _, r := range last.Rows {
			stood[r.ID] = r
		}
	}
	sameKind := map[string]bool{}
	same := func(o Obligation, was ObligationRow) bool {
		if !slices.EqualFunc(o.Texts, was.Texts, func(a, b ObligationText) bool { return a.id == b.id }) || !slices.Equal(c.Acts[o.ID], old.Acts[o.ID]) {
			return false
		}
		kind := was.Text.Kind
		if _, ok := sameKind[kind]; !ok {
			sameKind[kind] = slices.Equal(c.Trail.kinds[kind], old.Trail.kinds[kind])
		}
		return sameKind[kind]
	}
	has := map[string]bool{}
	for _, o := range c.Obligations {
		r, ok := stood[o.ID]
		if ok && same(o, r) {
			r.Obligation, r.Holders = o, c.holderNames(o, r.Text)
		} else {
			r, _ = c.row(o, j, span)
		}
		out.Rows, has[o.Code] = append(out.Rows, r), true
	}
	for _, o := range ShippedObligations() {
		if !has[o.Code] {
			out.Offer = append(out.Offer, o)
		}
	}
	return out
}
