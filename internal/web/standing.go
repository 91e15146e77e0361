package web

import (
	"fmt"
	"maps"
	"slices"

	"github.com/toucan-grc/toucan/internal/control"
	"github.com/toucan-grc/toucan/internal/framework"
	"github.com/toucan-grc/toucan/internal/gap"
	"github.com/toucan-grc/toucan/internal/posture"
)

// question is the gap analysis of this organisation between two frameworks.
func (b *book) question(from, to *framework.Framework) gap.Question {
	q := gap.Question{
		Library: b.library, Stack: b.Stack, From: from, To: to, Source: "the controls of " + b.Name,
		Adopted: b.Adopted, Reach: b.reach,
		Controls: make([]gap.Tagged, 0, len(b.Controls)), Categories: b.Scope.Categories[from.ID], Excluded: b.excluded(to),
		Attested: b.attested(from, to),
	}
	for _, c := range b.Controls {
		q.Controls = append(q.Controls, gap.Tagged{Code: c.Code, Title: c.Title, Owner: b.owner(c), Status: c.Status, Requirements: b.Links[c.ID]})
	}
	return q
}

// excluded lists what was scoped out of a framework, with the reasons.
func (b *book) excluded(f *framework.Framework) map[string]string {
	out := map[string]string{}
	for ref, reason := range b.Scope.Excluded {
		if ref.Framework == f.ID {
			out[ref.ID] = reason
		}
	}
	return out
}

// attested lists what was attested between two frameworks and holds.
func (b *book) attested(from, to *framework.Framework) []posture.Attestation {
	var out []posture.Attestation
	for _, a := range b.Attested {
		if a.From == from.ID && a.Target.Framework == to.ID {
			out = append(out, posture.Attestation{Target: a.Target.ID, Sources: a.Sources, By: a.ByName, Reason: a.Reason, Until: a.Until})
		}
	}
	return out
}

// report returns that gap analysis; it is worked out once per revision.
func (b *book) report(from, to *framework.Framework) (*gap.Report, error) {
	key := [2]string{from.ID, to.ID}
	b.mu.Lock()
	defer b.mu.Unlock()
	if r := b.reports[key]; r != nil {
		return r, nil
	}
	r, err := gap.Analyse(b.question(from, to), b.At)
	if err == nil {
		b.reports[key] = r
	}
	return r, err
}

// design is the same question for posture, with what the report took as met.
func (b *book) design(from, to *framework.Framework, r *gap.Report) posture.Design {
	d := posture.Design{Library: b.library, Stack: b.Stack, From: from, To: to, Met: map[string]bool{}, InScope: map[string]bool{},
		Attested: b.attested(from, to), Excluded: b.excluded(to), Own: b.meets(to)}
	for _, id := range r.Met {
		d.Met[id], d.InScope[id] = true, true
	}
	for _, id := range r.Unmet {
		d.InScope[id] = true
	}
	return d
}

// operated counts the requirements of f that have an operated control.
func (b *book) operated(f *framework.Framework) int { return b.Operated[f.ID] }

// countOperated fills in those numbers, and the sources each framework can be
// read through; every page asks for them.
func (b *book) countOperated() {
	for ref := range b.Tagged {
		f, ok := b.library.Frameworks.Find(ref.Framework)
		if !ok {
			continue
		}
		if q, ok := f.Find(ref.ID); ok && q.Kind == framework.KindRequirement && b.own(ref) == ownOperated {
			b.Operated[f.ID]++
		}
	}
	for _, to := range b.library.Frameworks.Frameworks {
		for _, f := range b.Enabled {
			if f.ID != to.ID && b.operated(f) > 0 && len(b.Stack.Relate(f.ID, to.ID).Pairs()) > 0 {
				b.readable[to.ID] = append(b.readable[to.ID], f)
			}
		}
	}
}

// sources lists the enabled frameworks through which to can be read: the stack
// joins the two, and something in the source has a control.
func (b *book) sources(to *framework.Framework) []*framework.Framework { return b.readable[to.ID] }

// through picks the framework to read to through: the one asked for, else its
// own controls (nil) where it has any, else the source that says most about it.
func (b *book) through(to *framework.Framework, asked string) *framework.Framework {
	list := b.sources(to)
	if i := slices.IndexFunc(list, func(f *framework.Framework) bool { return f.ID == asked }); i >= 0 {
		return list[i]
	}
	if asked == "own" || b.taggedTo(to) > 0 && b.ownSaysMore(to, list) {
		return nil
	}
	return b.nearest(to, list)
}

// ownSaysMore reports whether the own controls of a framework close at least as
// much of it as the crosswalk does by itself. Tags of one's own always say more;
// a few adopted controls, which count for every framework, may not.
func (b *book) ownSaysMore(to *framework.Framework, sources []*framework.Framework) bool {
	meets := b.meets(to)
	met := b.metBy(to, meets)
	if len(meets) == 0 || 2*met >= len(to.Asked())-len(b.outside(to)) {
		return true
	}
	from := b.nearest(to, sources)
	if from == nil {
		return true
	}
	r, err := b.report(from, to)
	if err != nil {
		return true
	}
	crossed := 0
	for _, q := range r.Requirements {
		if q.Coverage.Closed() && (q.Own == nil || !q.Own.Decides) {
			crossed++
		}
	}
	return met >= crossed
}

// nearest returns the source that says most about to, by the rule of gap; nil if
// there is none.
func (b *book) nearest(to *framework.Framework, sources []*framework.Framework) *framework.Framework {
	var best *gap.Report
	var from *framework.Framework
	for _, f := range sources {
		if r, err := b.report(f, to); err == nil && (best == nil || r.SaysMoreThan(best)) {
			best, from = r, f
		}
	}
	return from
}

// The states of a requirement by the controls that are tagged to it directly.
const (
	ownOperated = "operated" // at least one of them is operated
	ownWaiting  = "waiting"  // there are some, none operated
	ownNone     = "untagged" // no control is tagged to it
	ownLeft     = "left"     // its category is out of scope
)

// own returns the state of a requirement by the controls tagged to it.
func (b *book) own(ref framework.Ref) string {
	state := ownNone
	for _, i := range b.Tagged[ref] {
		if b.Controls[i].Status == control.Operated {
			return ownOperated
		}
		state = ownWaiting
	}
	return state
}

func ownWords(state string) string {
	switch state {
	case ownOperated:
		return "control operated"
	case ownWaiting:
		return "control not operated"
	case ownLeft:
		return "category not in scope"
	}
	return "no control"
}

// line is one requirement in a list: its coverage through another framework, or,
// without one, the state by its own controls.
type line struct {
	ID, Label  string
	Theme      framework.Requirement
	Kind       string // a coverage or a state by own controls
	Words      string
	NetNew     bool
	Why, First string
	Controls   []control.Control // tagged to it directly, the first few
	Tagged     int               // how many there are
	Bearing    []string          // codes of operated controls behind the sources, the first few
	Behind     int               // how many there are
}

// lines lists every requirement of to, in catalogue order.
func (b *book) lines(to, from *framework.Framework) ([]line, *gap.Report, error) {
	var report *gap.Report
	if from != nil {
		var err error
		if report, err = b.report(from, to); err != nil {
			return nil, nil, err
		}
	}
	left, meets := b.leftOut(to), b.meets(to)
	var out []line
	for i, r := range to.Asked() {
		ref := framework.Ref{Framework: to.ID, ID: r.ID}
		l := line{ID: r.ID, Label: r.Label, Controls: b.few(ref), Tagged: len(b.Tagged[ref])}
		l.Theme, _ = to.Theme(r.ID)
		if report != nil {
			q := report.Requirements[i]
			l.Kind, l.Words, l.NetNew, l.Why, l.First = string(q.Coverage), q.Coverage.Words(), q.NetNew, q.Why, q.FirstTask
			l.Bearing, l.Behind = q.Behind(4)
		} else {
			l.Kind = b.own(ref)
			if left[r.ID] && (l.Kind == ownNone || meets != nil) {
				l.Kind = ownLeft
			}
			l.Words = ownWords(l.Kind)
			if reason, out := b.Scope.Excluded[ref]; out && len(meets) > 0 && to.Excludable(r.ID) {
				l.Kind, l.Words, l.Why = string(posture.NotApplicable), posture.NotApplicable.Words(), reason
			} else if o, ok := meets[r.ID]; ok && l.Kind != ownLeft {
				l.answer(o)
			}
		}
		out = append(out, l)
	}
	return out, report, nil
}

// answer fills in what adopted library controls say of the requirement. Where
// they only bear on it, the state by what is tagged stays.
func (l *line) answer(o posture.Own) {
	l.Why = o.Why
	if o.Coverage.Touched() {
		l.Kind, l.Words = string(o.Coverage), o.Coverage.Words()
	}
	if len(o.Residual) > 0 {
		l.First = o.Residual[0]
	}
}

// leftOut names the requirements of categories that are not in scope.
func (b *book) leftOut(f *framework.Framework) map[string]bool {
	return b.Scope.LeftOut(f, maps.Keys(b.Tagged))
}

// outside names the requirements of f that are out of scope.
func (b *book) outside(f *framework.Framework) map[string]bool {
	return b.Scope.Outside(f, maps.Keys(b.Tagged))
}

// inScope leaves out the lines of categories that are not in scope.
func inScope(list []line) []line {
	return slices.DeleteFunc(slices.Clone(list), func(l line) bool { return l.Kind == ownLeft })
}

// themed is a row of strips: the cells of one theme.
type themed struct {
	Theme framework.Requirement
	Cells []stripCell
	Sum   string
}

// strips groups lines by theme.
func strips(slug string, f *framework.Framework, list []line) []themed {
	var out []themed
	done := map[string]int{}
	closed, of := map[string]int{}, map[string]int{}
	for _, l := range list {
		i, ok := done[l.Theme.ID]
		if !ok {
			i = len(out)
			done[l.Theme.ID] = i
			out = append(out, themed{Theme: l.Theme})
		}
		words := l.Words
		if l.NetNew {
			words += ", net new"
		}
		out[i].Cells = append(out[i].Cells, stripCell{l.Kind, l.ID + " " + l.Label + ": " + words, orgPath(slug, "frameworks", f.ID, l.ID)})
		of[l.Theme.ID]++
		if l.Kind == ownOperated || posture.Coverage(l.Kind).Closed() {
			closed[l.Theme.ID]++
		}
	}
	for i, t := range out {
		out[i].Sum = fmt.Sprintf("%d of %d", closed[t.Theme.ID], of[t.Theme.ID])
	}
	return out
}

// statusCounts counts controls by declared status.
type statusCounts struct{ All, Operated, OnPaper, Planned, Unknown, Unowned int }

func countStatus(list []control.Control) statusCounts {
	n := statusCounts{All: len(list)}
	for _, c := range list {
		switch c.Status {
		case control.Operated:
			n.Operated++
		case control.OnPaper:
			n.OnPaper++
		case control.Planned:
			n.Planned++
		default:
			n.Unknown++
		}
		if c.Owner == "" {
			n.Unowned++
		}
	}
	return n
}

func statusKind(s control.Status) string {
	if s == control.Unknown {
		return "unknown"
	}
	return string(s)
}

func statusWords(s control.Status) string {
	switch s {
	case control.Operated:
		return "operated"
	case control.OnPaper:
		return "on paper"
	case control.Planned:
		return "planned"
	}
	return "not declared"
}
