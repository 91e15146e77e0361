package isms

import (
	"cmp"
	"context"
	"reflect"
	"slices"
	"sync"
	"time"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/register"
)

// keptObligations is the list last made for an organisation, and what it was made
// from. It holds for its day, until something is written.
type keptObligations struct {
	mu      sync.Mutex
	written db.Written
	texts   register.Acts // those in it: each change adds one, and none is changed
	c       *cycle
	list    ObligationList
}

// patchedTexts is how many new texts are read one by one; of more, everything is.
const patchedTexts = 20

// Obligations returns them with how each stands. The list is shared: nobody may
// change it.
func (s *Store) Obligations(ctx context.Context, who access.Actor, now time.Time) (ObligationList, error) {
	if err := who.May(access.ViewISMS); err != nil {
		return ObligationList{}, err
	}
	var list ObligationList
	err := s.withObligations(ctx, who.Org(), now, func(k *keptObligations) { list = k.list })
	return list, err
}

// withObligations calls fn with what is kept, made anew where something was written
// since. Only until fn returns it may be read by one goroutine alone.
func (s *Store) withObligations(ctx context.Context, org string, now time.Time, fn func(*keptObligations)) error {
	written, err := s.DB.Written(ctx, org)
	if err != nil {
		return err
	}
	slot, _ := s.obligations.LoadOrStore(org, &keptObligations{})
	k := slot.(*keptObligations)
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.c != nil && k.c.stillHolds(now) && written.Revision == k.written.Revision {
		fn(k)
		return nil
	}
	err = s.DB.Read(ctx, org, func(tx *db.Tx) error {
		texts, err := register.ReadActs(ctx, tx, org, "obligation_text")
		if err != nil {
			return err
		}
		c, err := readCycleWith(ctx, tx, org, now, dutyKinds, func() ([]Obligation, error) {
			if k.c != nil && !written.Since(k.written, "obligation", "obligation_text") {
				return k.c.Obligations, nil
			}
			if k.c != nil {
				if list, err := k.c.patched(ctx, tx, k.texts); err != nil || list != nil {
					return list, err
				}
			}
			return readObligations(ctx, tx, org, "")
		})
		if err == nil {
			k.written, k.texts, k.list, k.c = written, texts, c.listed(k.c, k.list), c
		}
		return err
	})
	if err == nil {
		fn(k)
	}
	return err
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

// patched returns the obligations with those read anew that got a text since; nil
// when those are many.
func (c *cycle) patched(ctx context.Context, tx *db.Tx, since register.Acts) ([]Obligation, error) {
	codes := map[string]bool{}
	known, err := since.Since(ctx, tx, c.org, `(SELECT o.code FROM obligation o WHERE o.org = obligation_text.org AND o.id = obligation_text.obligation)`, patchedTexts, func(scan func(...any) error) error {
		var code string
		err := scan(&code)
		codes[code] = true
		return err
	})
	if err != nil || !known {
		return nil, err
	}
	out := slices.DeleteFunc(slices.Clone(c.Obligations), func(o Obligation) bool { return codes[o.Code] })
	for code := range codes {
		list, err := readObligations(ctx, tx, c.org, code)
		if err != nil {
			return nil, err
		}
		out = append(out, list...)
	}
	slices.SortFunc(out, func(a, b Obligation) int {
		return cmp.Or(cmp.Compare(len(a.Code), len(b.Code)), cmp.Compare(a.Code, b.Code))
	})
	return out, nil
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
		for _, kind := range o.kinds() {
			if _, ok := sameKind[kind]; !ok {
				sameKind[kind] = slices.Equal(c.Trail.kinds[kind], old.Trail.kinds[kind])
			}
			if !sameKind[kind] {
				return false
			}
		}
		return true
	}
	has := map[string]bool{}
	for _, o := range c.Obligations {
		r, ok := stood[o.ID]
		if ok && same(o, r) {
			r.Obligation, r.Holders = o, c.holderNames(o, r.Text)
		} else {
			r = c.row(o, j, span)
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
