package standing

import (
	"context"
	"errors"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/cadence"
	"github.com/toucan-grc/toucan/internal/control"
	"github.com/toucan-grc/toucan/internal/crosswalk"
	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/policy"
	"github.com/toucan-grc/toucan/internal/posture"
)

// The tables each part of a book is read from.
var (
	controlTables = []string{"control", "control_version", "retirement", "link", "adoption", "merge_decision", "framework_change", "pin_change", "organisation_zone",
		"policy_version", "policy_setting", "policy_conflict_decision"}
	evidenceTables = []string{"evidence_item", "evidence_tag"}
	resultTables   = []string{"result_series", "result_interval", "test_assignment", "adoption"}
	sampleTables   = []string{"population", "population_row", "sample_round", "sample_item", "sample_result"}
)

// read fills a book. What was written is asked first: should something be written
// meanwhile, the book is newer than it says and is only read once more. What nobody
// wrote since is taken from the book before.
func (s *Store) read(ctx context.Context, who access.Actor, old *Book, now time.Time) (*Book, error) {
	written, err := s.DB.Written(ctx, who.Org())
	if err != nil {
		return nil, err
	}
	b := &Book{written: written, ReadAt: now.UTC()}
	if old == nil {
		old = &Book{}
	}
	fresh := func(tables []string) bool { return old.places != nil && !written.Since(old.written, tables...) }
	unchanged := fresh(controlTables)
	if unchanged {
		b.Zones, b.Lives, b.places, b.codes, b.heirs = old.Zones, old.Lives, old.places, old.codes, old.heirs
		b.Operations = slices.Clone(old.Operations)
	} else if err := s.readControls(ctx, who, b, now); err != nil {
		return nil, err
	}
	if b.Direct, b.proofs = old.Direct, old.proofs; !unchanged {
		b.carry(old)
	}
	var wg sync.WaitGroup
	var checks map[string][]posture.Check
	var samples map[string][]posture.Sample
	var unproven, unchecked, unsampled error
	if s.Evidence != nil && (!fresh(evidenceTables) || b.asksOther(old)) {
		wg.Go(func() { unproven = s.prove(ctx, who, b, old) })
	}
	if s.Results != nil && !fresh(resultTables) {
		wg.Go(func() { checks, unchecked = s.readChecks(ctx, who, now) })
	}
	if s.Audit != nil && !fresh(sampleTables) {
		wg.Go(func() { samples, unsampled = s.Audit.Samples(ctx, who) })
	}
	if wg.Wait(); unproven != nil || unchecked != nil || unsampled != nil {
		return nil, errors.Join(unproven, unchecked, unsampled)
	}
	for i := range b.Operations {
		o := &b.Operations[i]
		if checks != nil {
			o.Checks = checks[o.Control]
		}
		if samples != nil {
			o.Samples = samples[o.Control]
		}
	}
	if unchanged {
		b.inherit(old, now)
	}
	for _, o := range b.Operations {
		b.weight += 8 + len(o.Proofs)
		for _, c := range o.Checks {
			b.weight += len(c.Intervals)
		}
	}
	return b, nil
}

// readControls fills in the controls, since when they operate, and how often they
// had to be done.
func (s *Store) readControls(ctx context.Context, who access.Actor, b *Book, now time.Time) error {
	zones, err := s.Access.Zones(ctx, who)
	if err != nil {
		return err
	}
	b.Zones = zonesOf(zones)
	var line *crosswalk.Timeline
	var bindings *policy.Bindings
	var unlinked, unbound error
	var wg sync.WaitGroup
	wg.Go(func() { line, unlinked = s.Crosswalk.Timeline(ctx, who, now) })
	wg.Go(func() {
		unbound = s.DB.Read(ctx, who.Org(), func(tx *db.Tx) (err error) {
			bindings, err = policy.ReadBindings(ctx, tx, who.Org())
			return err
		})
	})
	b.Lives, err = s.Controls.Lives(ctx, who)
	if wg.Wait(); err != nil || unlinked != nil || unbound != nil {
		return errors.Join(err, unlinked, unbound)
	}
	b.Operations = make([]posture.Operation, len(b.Lives))
	b.places, b.codes = make(map[string]int, len(b.Lives)), make(map[string]int, len(b.Lives))
	for i, l := range b.Lives {
		b.Operations[i] = operation(l, line, b.Zones)
		b.Operations[i].Rhythms = bound(b.Operations[i].Rhythms, bindings.Of(line.Entry(l.ID, now), l.ID), b.Zones.DateOf)
		b.places[l.ID], b.codes[l.Code] = i, i
	}
	merged, err := s.Controls.Retirements(ctx, who)
	b.heirs = b.heirsOf(merged)
	return err
}

// heirsOf says which controls each merged one lives on in: its successor, the one
// that took the successor's place, and so on.
func (b *Book) heirsOf(merged []control.Retirement) map[string][]heir {
	next := make(map[string]control.Retirement, len(merged))
	for _, r := range merged {
		next[r.Control] = r
	}
	out := make(map[string][]heir, len(merged))
	for id := range next {
		var since time.Time
		for r, ok := next[id]; ok && len(out[id]) < len(merged); r, ok = next[r.Successor] {
			if r.At.After(since) {
				since = r.At
			}
			if i, known := b.places[r.Successor]; known {
				out[id] = append(out[id], heir{i, posture.MomentOf(since)})
			}
		}
	}
	return out
}

// zonesOf turns changes of zone into civil days.
func zonesOf(list []access.Zone) cadence.Zones {
	var out cadence.Zones
	for _, z := range list {
		if z.From.IsZero() {
			out = cadence.In(z.Place)
		} else {
			out = out.Move(z.From, z.Place)
		}
	}
	return out
}

// operation is a control without what shows that it was carried out.
func operation(l control.Life, line *crosswalk.Timeline, zones cadence.Zones) posture.Operation {
	o := posture.Operation{Control: l.ID, Code: l.Code, Kind: l.Kind}
	o.Since, o.Until = l.Operates(zones.DateOf)
	for _, step := range line.Steps(l, zones.DateOf) {
		o.Rhythms = append(o.Rhythms, posture.Rhythm{From: zones.DateOf(step.From), Every: step.Frequency, Because: step.Sets()})
	}
	if o.Kind == "" && o.Rhythms[len(o.Rhythms)-1].Every.Known() {
		o.Kind = control.Periodic // nobody said, and it has an interval
	}
	return o
}

// bound lays the longest gaps that policies allow over rhythms, each from the day on
// which it was published or decided.
func bound(rhythms []posture.Rhythm, gaps []policy.Gap, day func(time.Time) cadence.Date) []posture.Rhythm {
	if len(gaps) == 0 {
		return rhythms
	}
	days := make([]cadence.Date, 0, len(rhythms)+len(gaps))
	for _, r := range rhythms {
		days = append(days, r.From)
	}
	for _, g := range gaps {
		days = append(days, max(day(g.From), rhythms[0].From))
	}
	slices.Sort(days)
	var out []posture.Rhythm
	for _, d := range slices.Compact(days) {
		var r posture.Rhythm
		for _, x := range rhythms {
			if x.From <= d {
				r = x
			}
		}
		r.From = d
		for _, g := range gaps { // of several on one day the last holds
			if day(g.From) <= d {
				r.LongestGap, r.GapBecause = g.Days, g.Says
			}
		}
		out = append(out, r)
	}
	return out
}

// carry takes what is known of each control from the book before.
func (b *Book) carry(old *Book) {
	for i := range b.Operations {
		o := &b.Operations[i]
		if j, ok := old.places[o.Control]; ok {
			was := old.Operations[j]
			o.Proofs, o.Checks, o.Samples = was.Proofs, was.Checks, was.Samples
		}
	}
}

// asksOther reports whether a control leaves other kinds of evidence, or stands for
// other merged ones, than in the book before: then what its items count for has to
// be read again.
func (b *Book) asksOther(old *Book) bool {
	if len(b.Lives) == 0 || len(old.Lives) == 0 || &b.Lives[0] == &old.Lives[0] {
		return false // the same controls
	}
	if !maps.EqualFunc(b.heirs, old.heirs, slices.Equal[[]heir]) {
		return true
	}
	for _, l := range b.Lives {
		if i, ok := old.places[l.ID]; ok && !slices.Equal(l.Evidence, old.Lives[i].Evidence) {
			return true
		}
	}
	return false
}
