package standing

import (
	"bytes"
	"cmp"
	"context"
	"maps"
	"slices"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/evidence"
	"github.com/toucan-grc/toucan/internal/framework"
	"github.com/toucan-grc/toucan/internal/posture"
)

// prove fills in the evidence of each control: all of it, or only that of the
// items that changed since the book before.
func (s *Store) prove(ctx context.Context, who access.Actor, b, old *Book) error {
	if old.places == nil || b.asksOther(old) {
		return s.proveAll(ctx, who, b)
	}
	c, err := s.Evidence.ProofsSince(ctx, who, old.proofs)
	if err != nil {
		return err
	}
	if c.All {
		return s.proveAll(ctx, who, b)
	}
	b.proofs = c.Place
	return b.renew(c)
}

func (s *Store) proveAll(ctx context.Context, who access.Actor, b *Book) error {
	for i := range b.Operations {
		b.Operations[i].Proofs = nil
	}
	b.Direct = map[framework.Ref][]posture.Proof{}
	takes := accepting{}
	var run []posture.Proof // of one control
	at := ""
	put := func() {
		if i, ok := b.places[at]; ok && len(run) > 0 {
			b.Operations[i].Proofs = append(b.Operations[i].Proofs, run...)
		}
		run = run[:0]
	}
	pos, err := s.Evidence.Proofs(ctx, who, func(r evidence.Proof) error {
		if r.Control != at {
			put()
			at = r.Control
		}
		p, err := b.proof(r, takes)
		if r.Control == "" {
			b.Direct[r.Requirement] = append(b.Direct[r.Requirement], p)
		} else {
			run = append(run, p)
		}
		for _, h := range b.heirs[r.Control] {
			o := &b.Operations[h.place]
			o.Proofs = append(o.Proofs, b.inherited(p, r.Kind, h, takes))
		}
		return err
	})
	put()
	for _, list := range b.heirs {
		for _, h := range list {
			o := &b.Operations[h.place]
			o.Proofs = settled(o.Proofs)
		}
	}
	b.proofs = pos
	return err
}

// inherited is an item of a merged control as it counts for the one that took its
// place: known to be offered for it from the merge on.
func (b *Book) inherited(p posture.Proof, kind string, h heir, takes accepting) posture.Proof {
	p.Filed = max(p.Filed, h.since)
	p.Accepts = takes.by(b.Lives[h.place].ID, kind, b.Lives[h.place].Evidence)
	return p
}

// settled returns a list by capture, and each item once: what was offered for a
// control and for one merged into it counts for it once, by the better of the two.
func settled(list []posture.Proof) []posture.Proof {
	slices.SortStableFunc(list, func(a, b posture.Proof) int {
		return cmp.Or(cmp.Compare(a.Captured, b.Captured), bytes.Compare(a.ID[:], b.ID[:]), untrue(a.Wrong)-untrue(b.Wrong), cmp.Compare(a.Filed, b.Filed))
	})
	return slices.CompactFunc(list, func(a, b posture.Proof) bool { return a.ID == b.ID })
}

func untrue(b bool) int {
	if b {
		return 1
	}
	return 0
}

// renew replaces the evidence of the items that changed. A tag that ended is still
// told, so whatever an item was ever offered for is among them. What the book
// before holds is shared, so nothing of it is written to.
func (b *Book) renew(c evidence.Changes) error {
	if len(c.Items) == 0 {
		return nil
	}
	changed := make(map[posture.ID]bool, len(c.Items))
	for _, id := range c.Items {
		item, err := posture.ParseID(id)
		if err != nil {
			return err
		}
		changed[item] = true
	}
	byControl, direct := map[string][]posture.Proof{}, map[framework.Ref][]posture.Proof{}
	takes := accepting{}
	for _, r := range c.Proofs {
		p, err := b.proof(r, takes)
		if err != nil {
			return err
		}
		if r.Control == "" {
			direct[r.Requirement] = append(direct[r.Requirement], p)
		} else {
			byControl[r.Control] = append(byControl[r.Control], p)
		}
		for _, h := range b.heirs[r.Control] {
			id := b.Lives[h.place].ID
			byControl[id] = append(byControl[id], b.inherited(p, r.Kind, h, takes))
		}
	}
	for i := range b.Operations {
		o := &b.Operations[i]
		if more, named := byControl[o.Control]; named {
			o.Proofs = replaced(o.Proofs, more, changed)
		}
	}
	b.Direct = maps.Clone(b.Direct)
	for ref, more := range direct {
		b.Direct[ref] = replaced(b.Direct[ref], more, changed)
	}
	return nil
}

// replaced returns list without the changed items and with those that took their
// place, by capture.
func replaced(list, more []posture.Proof, changed map[posture.ID]bool) []posture.Proof {
	out := make([]posture.Proof, 0, len(list)+len(more))
	for _, p := range list {
		if !changed[p.ID] {
			out = append(out, p)
		}
	}
	out = append(out, more...)
	return settled(out)
}

func (b *Book) proof(r evidence.Proof, takes accepting) (posture.Proof, error) {
	id, err := posture.ParseID(r.Item)
	p := posture.Proof{ID: id, Captured: posture.Moment(r.Captured), Filed: posture.Moment(r.Known), Lapses: posture.Moment(r.Lapses), Out: posture.Moment(r.Out),
		Wrong: r.Wrong, Period: r.Period, Reviewed: r.Reviewed, Accepts: posture.ByAll}
	if i, ok := b.places[r.Control]; ok {
		p.Accepts = takes.by(r.Control, r.Kind, b.Lives[i].Evidence)
	}
	return p, err
}

// accepting remembers which families of frameworks take a kind of evidence for a
// control: the rule is asked for a pair, and there are a million items.
type accepting map[[2]string]posture.Accepts

func (a accepting) by(control, kind string, kinds []string) posture.Accepts {
	key := [2]string{control, kind}
	if by, known := a[key]; known {
		return by
	}
	var by posture.Accepts
	takes := evidence.Takes(kind, kinds)
	if takes.ISO {
		by |= posture.ByISO
	}
	if takes.Others {
		by |= posture.ByOthers
	}
	a[key] = by
	return by
}
