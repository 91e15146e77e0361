package standing

import (
	"context"
	"errors"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/control"
	"github.com/toucan-grc/toucan/internal/crosswalk"
	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/framework"
	"github.com/toucan-grc/toucan/internal/gap"
	"github.com/toucan-grc/toucan/internal/posture"
)

// design is what the coverage of frameworks is worked out from, at one revision of
// the tables it is read from. It is filled once and then only read.
type design struct {
	written  db.Written
	at       time.Time
	library  *crosswalk.Library
	stack    *crosswalk.Stack
	scope    crosswalk.Scope
	enabled  []string
	attested []crosswalk.Attestation
	controls []control.Control                   // by code
	links    map[string][]framework.Ref          // by control id
	tagged   map[framework.Ref][]control.Control // by code
	adopted  []posture.Adopted
	reach    *crosswalk.Reach

	mu       sync.Mutex
	readings map[string]Reading // by framework
}

var designTables = []string{"control", "control_version", "retirement", "link", "adoption", "merge_decision",
	"framework_change", "stack_change", "edge_decision", "attestation", "edition", "pin_change", "upgrade"}

// holds reports whether nothing the design rests on was written or has lapsed since.
func (d *design) holds(written db.Written, now time.Time) bool {
	return d != nil && !written.Since(d.written, designTables...) &&
		!slices.ContainsFunc(d.attested, func(a crosswalk.Attestation) bool { return !now.Before(a.Until) })
}

// readDesign reads it as of now.
func (s *Store) readDesign(ctx context.Context, who access.Actor, written db.Written, now time.Time) (*design, error) {
	d := &design{written: written, at: now, links: map[string][]framework.Ref{}, tagged: map[framework.Ref][]control.Control{}, readings: map[string]Reading{}, reach: s.Crosswalk.Reach()}
	var links map[string][]crosswalk.Link
	var unlinked, unruled, err error
	var wg sync.WaitGroup
	wg.Go(func() { links, unlinked = s.Crosswalk.AllLinks(ctx, who, now) })
	wg.Go(func() { unruled = d.rules(ctx, s.Crosswalk, who) })
	d.controls, err = s.Controls.List(ctx, who, control.Filter{})
	if wg.Wait(); err != nil || unlinked != nil || unruled != nil {
		return nil, errors.Join(err, unlinked, unruled)
	}
	slices.SortFunc(d.controls, func(a, b control.Control) int { return control.CompareCodes(a.Code, b.Code) })
	for _, c := range d.controls {
		for _, l := range links[c.ID] {
			d.links[c.ID] = append(d.links[c.ID], l.Ref)
			d.tagged[l.Ref] = append(d.tagged[l.Ref], c)
		}
	}
	list, err := s.Crosswalk.Adoptions(ctx, who, now)
	if err != nil {
		return nil, err
	}
	entries := make(map[string]crosswalk.Adoption, len(list))
	for _, a := range list {
		entries[a.Control] = a
	}
	for _, c := range d.controls {
		if a, ok := entries[c.ID]; ok {
			d.adopted = append(d.adopted, posture.Adopted{Code: c.Code, Entry: a.Entry, Status: c.Status, Edited: d.edited(c, a, links[c.ID]), Links: links[c.ID]})
		}
	}
	slices.SortFunc(d.adopted, func(x, y posture.Adopted) int { return control.CompareCodes(x.Entry, y.Entry) })
	return d, nil
}

// rules reads the frameworks followed, their scope, and the stack with what was
// decided about it.
func (d *design) rules(ctx context.Context, from *crosswalk.Store, who access.Actor) (err error) {
	if d.library, err = from.Library(ctx, who, d.at); err != nil {
		return err
	}
	if d.enabled, err = from.Frameworks(ctx, who, d.at); err != nil {
		return err
	}
	if d.scope, err = from.Scope(ctx, who, d.at); err != nil {
		return err
	}
	sets, err := from.Selected(ctx, who, d.at)
	if err != nil {
		return err
	}
	if len(sets) == 0 {
		sets = d.library.DefaultStack()
	}
	decided, err := from.Decisions(ctx, who, d.at)
	if err != nil {
		return err
	}
	if d.stack, err = d.library.StackWith(sets, decided); err != nil {
		return err
	}
	d.attested, err = from.Attestations(ctx, who, d.at)
	return err
}

// edited reports whether the text of an adopted control is no longer the library's.
func (d *design) edited(c control.Control, a crosswalk.Adoption, links []crosswalk.Link) bool {
	shipped, ok := d.reach.Take(a.Entry)
	if !ok { // the library no longer has it
		shipped = a.Base
	}
	return crosswalk.DriftOf(c, links, a, shipped, d.reach.Digest(a.Entry), d.library.Frameworks.Has).Worded()
}

// reading is how a framework is covered in design: by the organisation's own
// controls where they say most, else read through the framework that says most
// about it. It is worked out once.
func (d *design) reading(to *framework.Framework) (Reading, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if r, ok := d.readings[to.ID]; ok {
		return r, nil
	}
	r := Reading{Framework: to, Operated: map[string][]string{}, Outside: d.scope.Outside(to, maps.Keys(d.tagged))}
	if len(d.adopted) > 0 {
		r.Own = posture.OwnCoverage(to, d.adopted, d.reach)
	}
	tags := false
	for _, q := range to.Asked() {
		for _, c := range d.tagged[framework.Ref{Framework: to.ID, ID: q.ID}] {
			tags = true
			if c.Status == control.Operated {
				r.Operated[q.ID] = append(r.Operated[q.ID], c.Code)
			}
		}
	}
	best, err := d.nearest(to, r.Own)
	if err != nil {
		return r, err
	}
	if best != nil && !(tags && d.ownSaysMore(to, r, best)) {
		r.Report, r.Operated = best, nil
	}
	d.readings[to.ID] = r
	return r, nil
}

// nearest returns the analysis of the framework that says most about to; nil if
// none says anything.
func (d *design) nearest(to *framework.Framework, own map[string]posture.Own) (*gap.Report, error) {
	var best *gap.Report
	for _, f := range d.library.Frameworks.Frameworks {
		if f.ID == to.ID || !slices.Contains(d.enabled, f.ID) || !d.operates(f) || len(d.stack.Relate(f.ID, to.ID).Pairs()) == 0 {
			continue
		}
		r, err := gap.Analyse(d.question(f, to), d.at)
		if err != nil {
			return nil, err
		}
		if best == nil || r.SaysMoreThan(best) {
			best = r
		}
	}
	return best, nil
}

// operates reports whether a requirement of the framework has an operated control.
func (d *design) operates(f *framework.Framework) bool {
	return slices.ContainsFunc(f.Asked(), func(q framework.Requirement) bool {
		return slices.ContainsFunc(d.tagged[framework.Ref{Framework: f.ID, ID: q.ID}], func(c control.Control) bool { return c.Status == control.Operated })
	})
}

// ownSaysMore reports whether the organisation's own controls close at least as
// much of a framework as the crosswalk does by itself. Tags of one's own always say
// more; a few adopted controls, which count for every framework, may not.
func (d *design) ownSaysMore(to *framework.Framework, r Reading, crossed *gap.Report) bool {
	met := 0
	for _, q := range to.Asked() {
		o := r.Own[q.ID]
		if !r.Outside[q.ID] && (o.Coverage.Closed() || !o.Governed && len(r.Operated[q.ID]) > 0) {
			met++
		}
	}
	if len(r.Own) == 0 || 2*met >= len(to.Asked())-len(r.Outside) {
		return true
	}
	closed := 0
	for _, q := range crossed.Requirements {
		if q.Coverage.Closed() && (q.Own == nil || !q.Own.Decides) {
			closed++
		}
	}
	return met >= closed
}

// question is the gap analysis of the organisation between two frameworks.
func (d *design) question(from, to *framework.Framework) gap.Question {
	q := gap.Question{Library: d.library, Stack: d.stack, From: from, To: to, Source: "the controls of the organisation",
		Adopted: d.adopted, Reach: d.reach, Categories: d.scope.Categories[from.ID], Excluded: map[string]string{}}
	for ref, reason := range d.scope.Excluded {
		if ref.Framework == to.ID {
			q.Excluded[ref.ID] = reason
		}
	}
	for _, a := range d.attested {
		if a.From == from.ID && a.Target.Framework == to.ID {
			q.Attested = append(q.Attested, posture.Attestation{Target: a.Target.ID, Sources: a.Sources, By: a.ByName, Reason: a.Reason, Until: a.Until})
		}
	}
	for _, c := range d.controls {
		q.Controls = append(q.Controls, gap.Tagged{Code: c.Code, Title: c.Title, Status: c.Status, Requirements: d.links[c.ID]})
	}
	return q
}
