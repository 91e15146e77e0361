package web

import (
	"context"
	"slices"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/control"
	"github.com/toucan-grc/toucan/internal/crosswalk"
	"github.com/toucan-grc/toucan/internal/framework"
	"github.com/toucan-grc/toucan/internal/posture"
)

// adopt fills in what was taken from the library. links are those of all controls.
func (b *book) adopt(ctx context.Context, s *Server, who access.Actor, links map[string][]crosswalk.Link) error {
	list, err := s.Crosswalk.Adoptions(ctx, who, b.At)
	if err != nil {
		return err
	}
	b.reach, b.Adoptions, b.stated = s.Crosswalk.Reach(), map[string]crosswalk.Adoption{}, map[string][]crosswalk.Link{}
	for _, a := range list {
		b.Adoptions[a.Control] = a
		b.stated[a.Control] = links[a.Control]
	}
	for _, c := range b.Controls {
		if a, ok := b.Adoptions[c.ID]; ok {
			b.Adopted = append(b.Adopted, posture.Adopted{Code: c.Code, Entry: a.Entry, Status: c.Status, Edited: b.drift(c).Worded(), Links: links[c.ID]})
		}
	}
	slices.SortFunc(b.Adopted, func(x, y posture.Adopted) int { return control.CompareCodes(x.Entry, y.Entry) })
	return nil
}

// drift compares an adopted control with its entry in the library.
func (b *book) drift(c control.Control) crosswalk.Drift {
	a := b.Adoptions[c.ID]
	shipped, ok := b.reach.Take(a.Entry)
	if !ok { // the library no longer has it
		shipped = a.Base
	}
	return crosswalk.DriftOf(c, b.stated[c.ID], a, shipped, b.reach.Digest(a.Entry), b.library.Frameworks.Has)
}

// metBy counts the requirements of f in scope that are taken as met: by covers
// where a control of the cover is adopted, by a tag elsewhere.
func (b *book) metBy(f *framework.Framework, own map[string]posture.Own) int {
	out, n := b.outside(f), 0
	for _, q := range f.Asked() {
		o := own[q.ID]
		if !out[q.ID] && (o.Coverage.Closed() || !o.Governed && b.own(framework.Ref{Framework: f.ID, ID: q.ID}) == ownOperated) {
			n++
		}
	}
	return n
}

// meets returns what adopted controls say themselves about the requirements of f;
// it is worked out once per revision.
func (b *book) meets(f *framework.Framework) map[string]posture.Own {
	if len(b.Adopted) == 0 {
		return nil
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if o, ok := b.answers[f.ID]; ok {
		return o
	}
	o := posture.OwnCoverage(f, b.Adopted, b.reach)
	b.answers[f.ID] = o
	return o
}
