package policy

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/toucan-grc/toucan/internal/db"
)

// Gap is the longest time that the governing policy lets pass between two times a
// control is carried out, from a moment on.
type Gap struct {
	From time.Time // when the policy was published, or the decision made
	Days int       // at most; zero: no policy binds any more
	Says string    // policy and sentence, or empty

	Title string // of the policy
	Every string // as the policy was read, such as "P3M"
}

// Bindings is what policies say of how often controls are carried out, over all of
// time: a policy published today asks nothing of yesterday.
type Bindings struct {
	spans   []span
	rulings []Decision
}

// span is a version of a policy while it was in force under one set of settings.
type span struct {
	policy, title string
	governs       []string
	controls      []string // ids of controls; empty: all that its subjects speak of
	from, to      time.Time
	undertakings  []Undertaking
	text          string
}

func (s span) has(t time.Time) bool {
	return !t.Before(s.from) && (s.to.IsZero() || t.Before(s.to))
}

// Of returns the gaps that bound a control, the oldest first: entry is the code of
// the library control it is, and id its own.
func (b *Bindings) Of(entry, id string) []Gap {
	if b == nil || entry == "" {
		return nil
	}
	var about []Subject
	for _, s := range Words().Subjects {
		if s.Property == Frequency && slices.Contains(s.Controls, entry) {
			about = append(about, s)
		}
	}
	if len(about) == 0 {
		return nil
	}
	var out []Gap
	for _, t := range b.moments() {
		best := Gap{From: t}
		for _, s := range about {
			if g := b.at(s, id, t); g.Days > 0 && (best.Days == 0 || g.Days < best.Days) {
				best = g
			}
		}
		out = changed(out, best)
	}
	return out
}

// changed adds a gap unless it says what the last one said.
func changed(list []Gap, next Gap) []Gap {
	last := Gap{}
	if len(list) > 0 {
		last = list[len(list)-1]
	}
	if next.Days == last.Days && next.Says == last.Says {
		return list
	}
	return append(list, next)
}

// About returns the gaps that hold for a subject whatever control it concerns, the
// oldest first: for what is done again and again and is no control.
func (b *Bindings) About(subject string) []Gap {
	s, ok := Words().Subject(subject)
	if b == nil || !ok {
		return nil
	}
	var out []Gap
	for _, t := range b.moments() {
		out = changed(out, b.at(s, "", t))
	}
	return out
}

// moments lists when something changed that may decide about a gap.
func (b *Bindings) moments() []time.Time {
	var out []time.Time
	for _, s := range b.spans {
		out = append(out, s.from, s.to)
	}
	for _, r := range b.rulings {
		out = append(out, r.At)
	}
	out = slices.DeleteFunc(out, time.Time.IsZero)
	slices.SortFunc(out, time.Time.Compare)
	return slices.CompactFunc(out, time.Time.Equal)
}

// at is what the policy that governs a subject at a moment says of it. A person who
// decided which of two policies holds is followed; otherwise the one that governs the
// topic holds, and of several the strictest.
func (b *Bindings) at(s Subject, control string, t time.Time) Gap {
	var said []spanSaid
	for _, x := range b.spans {
		if !x.has(t) || len(x.controls) > 0 && !slices.Contains(x.controls, control) {
			continue
		}
		for _, u := range x.undertakings {
			if u.Subject != s.ID || u.Property != Frequency {
				continue
			}
			if l, ok := ParseLength(u.Value); ok {
				said = append(said, spanSaid{x, u, int(math.Ceil(l.longest()))})
			}
		}
	}
	said = b.ruled(said, s, t)
	if len(said) == 0 {
		return Gap{From: t}
	}
	slices.SortStableFunc(said, func(a, b spanSaid) int { return cmp.Compare(a.days, b.days) })
	x := said[0]
	return Gap{From: t, Days: x.days, Says: fmt.Sprintf("%s: “%s”", x.title, filled(x.u.Sentence, x.text)), Title: x.title, Every: x.u.Value}
}

type spanSaid struct {
	span
	u    Undertaking
	days int
}

// ruled leaves what holds: what a decision chose, or what the governing policies say.
func (b *Bindings) ruled(said []spanSaid, s Subject, t time.Time) []spanSaid {
	value := func(policy string) string {
		for _, x := range said {
			if x.policy == policy {
				return x.u.Value
			}
		}
		return ""
	}
	judged := map[string]bool{}
	for _, d := range b.rulings { // the newest first
		if d.Subject != s.ID || d.Property != Frequency || d.At.After(t) || judged[d.Key()] || d.Values != [2]string{value(d.First), value(d.Second)} {
			continue
		}
		judged[d.Key()] = true
		if d.Choice != OneGoverns {
			continue
		}
		return slices.DeleteFunc(slices.Clone(said), func(x spanSaid) bool { return x.policy != d.Governing })
	}
	return slices.DeleteFunc(slices.Clone(said), func(x spanSaid) bool { return !slices.Contains(x.governs, s.Topic) })
}

// ReadBindings reads what binds controls, in the caller's transaction.
func ReadBindings(ctx context.Context, tx *db.Tx, org string) (*Bindings, error) {
	return readBindings(ctx, tx, org, func(s Subject) bool { return len(s.Controls) > 0 })
}

// ReadIntervals reads all that policies say of how often anything is done, in the
// caller's transaction, for About.
func ReadIntervals(ctx context.Context, tx *db.Tx, org string) (*Bindings, error) {
	return readBindings(ctx, tx, org, func(Subject) bool { return true })
}

func readBindings(ctx context.Context, tx *db.Tx, org string, wanted func(Subject) bool) (*Bindings, error) {
	settings, err := readSettings(ctx, tx, org)
	if err != nil || len(settings) == 0 {
		return nil, err
	}
	versions, err := readVersions(ctx, tx, org, true, `AND v.published_at > 0`)
	if err != nil {
		return nil, err
	}
	b := &Bindings{}
	for _, v := range versions {
		var speaks []Undertaking
		for _, u := range v.Undertakings {
			if about, ok := Words().Subject(u.Subject); ok && u.Property == Frequency && u.Value != "" && wanted(about) {
				speaks = append(speaks, u)
			}
		}
		if len(speaks) == 0 {
			continue
		}
		b.spans = append(b.spans, spansOf(v, speaks, settings[v.Policy])...)
	}
	if len(b.spans) == 0 {
		return nil, nil
	}
	decided, err := readDecisions(ctx, tx, org)
	for _, list := range decided {
		b.rulings = append(b.rulings, list...)
	}
	slices.SortFunc(b.rulings, func(x, y Decision) int { return cmp.Or(y.At.Compare(x.At), cmp.Compare(y.ID, x.ID)) })
	return b, err
}

// setting is what a policy's settings said from a moment on.
type setting struct {
	at       time.Time
	title    string
	governs  []string
	controls []string
}

// spansOf cuts the time in which a version was in force by the settings of its policy.
func spansOf(v Version, speaks []Undertaking, list []setting) []span {
	var out []span
	for i, s := range list {
		x := span{policy: v.Policy, title: v.Title, governs: s.governs, controls: s.controls, from: v.PublishedAt, to: v.EndedAt, undertakings: speaks, text: v.Reading()}
		if x.title == "" {
			x.title = s.title
		}
		if i > 0 && s.at.After(x.from) {
			x.from = s.at
		}
		if i+1 < len(list) && (x.to.IsZero() || list[i+1].at.Before(x.to)) {
			x.to = list[i+1].at
		}
		if x.to.IsZero() || x.from.Before(x.to) {
			out = append(out, x)
		}
	}
	return out
}

func readSettings(ctx context.Context, tx *db.Tx, org string) (map[string][]setting, error) {
	rows, err := tx.Query(ctx, `SELECT policy, at, title, governs, controls FROM policy_setting WHERE org = $1 ORDER BY policy, at, id`, org)
	if err != nil {
		return nil, err
	}
	out := map[string][]setting{}
	return out, db.Each(rows, func(scan func(...any) error) error {
		var policy, governs, controls string
		var at int64
		var s setting
		if err := scan(&policy, &at, &s.title, &governs, &controls); err != nil {
			return err
		}
		s.at = db.Time(at)
		if err := json.Unmarshal([]byte(governs), &s.governs); err != nil {
			return err
		}
		out[policy] = append(out[policy], s)
		return json.Unmarshal([]byte(controls), &out[policy][len(out[policy])-1].controls)
	})
}
