package crosswalk

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/cadence"
	"github.com/toucan-grc/toucan/internal/control"
	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/framework"
)

// Timeline is what decides how often controls must be done, over all of time: a
// framework followed today asks nothing of yesterday.
type Timeline struct {
	asked   []askedSince              // oldest first
	entries map[string][]entryDuring  // by control id: which entry of the library it is
	links   map[string][]linkedDuring // by control id, of controls that are an entry
}

type askedSince struct {
	at    time.Time
	asked Asked
}

// during is a stretch of time; to is no longer part of it, and zero when it still holds.
type during struct{ from, to time.Time }

func (s during) has(t time.Time) bool {
	return !t.Before(s.from) && (s.to.IsZero() || t.Before(s.to))
}

type entryDuring struct {
	during
	kind  JudgementKind // empty: by adoption
	entry string
}

type linkedDuring struct {
	during
	ref framework.Ref
}

// Step is how often a control must be done from a moment on.
type Step struct {
	From time.Time // UTC; zero: from the beginning
	Effective
}

// Sets says in a few words what sets the interval.
func (e Effective) Sets() string {
	switch {
	case !e.Frequency.Known():
		return ""
	case e.Basis == Own && e.Binding:
		return "the company's own interval, which a standard holds it to"
	case e.Basis == Own:
		return "the company's own interval"
	case e.Basis == control.Stated:
		return e.SetBy.Words() + " asks for it " + e.Frequency.Phrase()
	}
	return e.Frequency.Phrase() + " is customary for " + e.SetBy.Words()
}

// Steps returns how often a control had to be done, the oldest first; there is
// always one, from the beginning. Changes of one day count as one, as of its end:
// day tells the day a moment falls on.
func (t *Timeline) Steps(l control.Life, day func(time.Time) cadence.Date) []Step {
	moments := t.moments(l)
	out := []Step{{Effective: t.at(l, time.Time{})}}
	for i, m := range moments {
		if i+1 < len(moments) && day(moments[i+1]) == day(m) {
			continue
		}
		e := t.at(l, m)
		if last := out[len(out)-1]; e.Frequency != last.Frequency || e.Sets() != last.Sets() {
			out = append(out, Step{m, e})
		}
	}
	return out
}

// moments lists when something changed that may decide about the control.
func (t *Timeline) moments(l control.Life) []time.Time {
	var out []time.Time
	for _, s := range l.Stages[1:] {
		out = append(out, s.At)
	}
	entries := t.entries[l.ID]
	for _, e := range entries {
		out = append(out, e.from, e.to)
	}
	if len(entries) > 0 {
		for _, x := range t.links[l.ID] {
			out = append(out, x.from, x.to)
		}
		for _, a := range t.asked {
			out = append(out, a.at)
		}
	}
	out = slices.DeleteFunc(out, time.Time.IsZero)
	slices.SortFunc(out, time.Time.Compare)
	return slices.CompactFunc(out, time.Time.Equal)
}

// at works out how often the control had to be done at a moment.
func (t *Timeline) at(l control.Life, m time.Time) Effective {
	stage := l.At(m)
	p := Performed{Control: l.Control, Entry: t.entryAt(l.ID, m)}
	p.Control.Kind, p.Control.Frequency, p.Control.Status = stage.Kind, stage.Frequency, stage.Status
	if p.Entry == "" {
		return EffectiveFrequency(p, Asked{})
	}
	for _, x := range t.links[l.ID] {
		if x.has(m) {
			p.Links = append(p.Links, x.ref)
		}
	}
	return EffectiveFrequency(p, t.askedAt(m))
}

func (t *Timeline) askedAt(m time.Time) Asked {
	for _, a := range slices.Backward(t.asked) {
		if !a.at.After(m) {
			return a.asked
		}
	}
	return Asked{}
}

// Entry returns the code of the library control that a control is at a moment, or
// nothing.
func (t *Timeline) Entry(id string, m time.Time) string { return t.entryAt(id, m) }

// entryAt is the rule of Entries at a moment.
func (t *Timeline) entryAt(id string, m time.Time) string {
	entry := ""
	for _, e := range t.entries[id] { // adoptions come first
		switch {
		case !e.has(m):
		case e.kind == NotEntry && entry != e.entry:
		case e.kind == NotEntry:
			entry = ""
		default:
			entry = e.entry
		}
	}
	return entry
}

// Timeline reads it, up to a moment.
func (s *Store) Timeline(ctx context.Context, who access.Actor, now time.Time) (*Timeline, error) {
	if err := who.May(access.ViewPosture); err != nil {
		return nil, err
	}
	if err := who.May(access.ViewControls); err != nil {
		return nil, err
	}
	t := &Timeline{entries: map[string][]entryDuring{}, links: map[string][]linkedDuring{}}
	err := s.db.Read(ctx, who.Org(), func(tx *db.Tx) error {
		if err := s.readAsked(ctx, tx, who.Org(), now, t); err != nil {
			return err
		}
		if err := s.readEntries(ctx, tx, who.Org(), now, t); err != nil {
			return err
		}
		return readLinked(ctx, tx, who.Org(), t)
	})
	return t, err
}

// readAsked works out what was asked after each change of the frameworks followed
// and their scope. Changes made within a second are one: enabling a framework and
// choosing its categories are not two states of the world.
func (s *Store) readAsked(ctx context.Context, tx *db.Tx, org string, now time.Time, t *Timeline) error {
	rows, err := tx.Query(ctx, `SELECT DISTINCT at FROM framework_change WHERE org = $1 AND at <= $2 ORDER BY at`, org, db.Micros(now))
	if err != nil {
		return err
	}
	var at []time.Time
	err = db.Each(rows, func(scan func(...any) error) error {
		var us int64
		err := scan(&us)
		if m := db.Time(us); len(at) > 0 && m.Sub(at[len(at)-1]) < time.Second {
			at[len(at)-1] = m
		} else {
			at = append(at, m)
		}
		return err
	})
	if err != nil {
		return err
	}
	for _, m := range at {
		l, err := s.libraryAt(ctx, tx, org, m)
		if err != nil {
			return err
		}
		sc, on := Scope{Categories: map[string][]string{}, Excluded: map[framework.Ref]string{}}, map[string]bool{}
		err = s.decisions(ctx, tx, org, m, func(f, part string, included bool, reason string) {
			if part == whole {
				on[f] = included
			}
			sc.take(f, part, included, reason)
		})
		if err != nil {
			return err
		}
		var followed []*framework.Framework
		for _, f := range l.Frameworks.Frameworks {
			if on[f.ID] {
				followed = append(followed, f)
			}
		}
		t.asked = append(t.asked, askedSince{m, AskedOf(followed, sc)})
	}
	return nil
}

// take adds a decision about a part of a framework to the scope.
func (sc *Scope) take(f, part string, included bool, reason string) {
	if id, ok := strings.CutPrefix(part, categoryOf); ok {
		if _, chosen := sc.Categories[f]; !chosen {
			sc.Categories[f] = []string{}
		}
		if included {
			sc.Categories[f] = append(sc.Categories[f], id)
		}
	}
	if id, ok := strings.CutPrefix(part, requirement); ok && !included {
		sc.Excluded[framework.Ref{Framework: f, ID: id}] = reason
	}
}

func (s *Store) readEntries(ctx context.Context, tx *db.Tx, org string, now time.Time, t *Timeline) error {
	adopted, err := s.adoptions(ctx, tx, org, now)
	if err != nil {
		return err
	}
	for _, a := range adopted {
		t.entries[a.Control] = append(t.entries[a.Control], entryDuring{during: during{from: a.At}, entry: a.Entry})
	}
	rows, err := tx.Query(ctx, `SELECT kind, control, entry, from_at, coalesce(to_at, 0) FROM merge_decision WHERE org = $1 AND kind <> 'distinct' ORDER BY from_at, id`, org)
	if err != nil {
		return err
	}
	return db.Each(rows, func(scan func(...any) error) error {
		var e entryDuring
		var id string
		var from, to int64
		err := scan(&e.kind, &id, &e.entry, &from, &to)
		e.during = duringOf(from, to)
		t.entries[id] = append(t.entries[id], e)
		return err
	})
}

// readLinked reads what controls were linked to, of those that are an entry of the
// library or were one: intervals are known for no others.
func readLinked(ctx context.Context, tx *db.Tx, org string, t *Timeline) error {
	if len(t.entries) == 0 {
		return nil
	}
	rows, err := tx.Query(ctx, `
		SELECT control, framework, requirement, from_at, coalesce(to_at, 0) FROM link WHERE org = $1
			AND (control IN (SELECT control FROM adoption WHERE org = $1) OR control IN (SELECT control FROM merge_decision WHERE org = $1 AND kind <> 'distinct')
				OR control IN (SELECT successor FROM retirement WHERE org = $1))`, org)
	if err != nil {
		return err
	}
	names := map[string]string{}
	return db.Each(rows, func(scan func(...any) error) error {
		var id, f, r string
		var from, to int64
		if err := scan(&id, &f, &r, &from, &to); err != nil {
			return err
		}
		t.links[id] = append(t.links[id], linkedDuring{duringOf(from, to), framework.Ref{Framework: once(names, []byte(f)), ID: once(names, []byte(r))}})
		return nil
	})
}

func duringOf(from, to int64) during {
	s := during{from: db.Time(from)}
	if to > 0 {
		s.to = db.Time(to)
	}
	return s
}
