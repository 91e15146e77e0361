package standing

import (
	"context"
	"sync"
	"time"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/control"
	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/framework"
	"github.com/toucan-grc/toucan/internal/isms"
	"github.com/toucan-grc/toucan/internal/posture"
	"github.com/toucan-grc/toucan/internal/problem"
)

// judged is what was answered last for an organisation.
type judged struct {
	mu     sync.Mutex
	design *design
	kept   map[string]*isms.Judgement // by framework
	book   *Book                      // they were judged from
	from   *design                    // likewise
	now    posture.Moment             // likewise
}

var _ isms.Judge = (*Store)(nil)

// Judge says how the requirements of a framework and the controls stand at the
// moment, to the pace of answers. It is worked out again when something of it was
// written.
func (s *Store) Judge(ctx context.Context, who access.Actor, framework string, now time.Time) (*isms.Judgement, error) {
	b, err := s.Open(ctx, who, now)
	if err != nil {
		return nil, err
	}
	written, err := s.DB.Written(ctx, who.Org())
	if err != nil {
		return nil, err
	}
	slot, _ := s.judged.LoadOrStore(who.Org(), &judged{})
	j := slot.(*judged)
	j.mu.Lock()
	defer j.mu.Unlock()
	if err := s.design(ctx, who, j, written, now); err != nil {
		return nil, err
	}
	f, ok := j.design.library.Frameworks.Find(framework)
	if !ok {
		return nil, problem.New(problem.NotFound, "There is no framework %q here. Choose one of those listed.", framework)
	}
	asked := Asked{On: b.Zones.DateOf(now), Accepts: FamilyOf(f.ID)}
	at := b.Question(asked, now).Now
	if j.kept == nil || !b.alike(j.book) || j.from != j.design || j.now != at {
		j.kept, j.book, j.from, j.now = map[string]*isms.Judgement{}, b, j.design, at
	}
	if x := j.kept[f.ID]; x != nil {
		return x, nil
	}
	reading, err := j.design.reading(f)
	if err != nil {
		return nil, err
	}
	x := b.judge(reading, j.design, asked, now)
	j.kept[f.ID] = x
	return x, nil
}

// design reads what coverage rests on, unless what was read still holds.
func (s *Store) design(ctx context.Context, who access.Actor, j *judged, written db.Written, now time.Time) error {
	if j.design.holds(written, now) {
		return nil
	}
	d, err := s.readDesign(ctx, who, written, now)
	if err == nil {
		j.design = d
	}
	return err
}

// alike reports whether the operations of two books are the same ones.
func (b *Book) alike(old *Book) bool {
	if old == nil || len(b.Operations) != len(old.Operations) || len(b.Lives) > 0 && &b.Lives[0] != &old.Lives[0] {
		return false
	}
	for i := range b.Operations {
		if !same(&b.Operations[i], &old.Operations[i]) {
			return false
		}
	}
	return len(b.Direct) == len(old.Direct) && b.proofs == old.proofs
}

// judge writes down how everything stands on one question.
func (b *Book) judge(reading Reading, d *design, asked Asked, now time.Time) *isms.Judgement {
	ready := b.Readiness(reading, asked, now)
	f := reading.Framework
	out := &isms.Judgement{Framework: f.ID, At: now, Requirements: make(map[string]isms.Judged, len(ready.Requirements)), Controls: make(map[string]isms.JudgedControl, len(d.controls))}
	if reading.Report != nil {
		out.Through = reading.Report.From
		if from, ok := d.library.Frameworks.Find(reading.Report.From); ok {
			out.Through = from.Short
		}
	}
	q := ready.Question
	states := b.Answer(asked, now).States
	for _, c := range d.controls {
		x := isms.JudgedControl{ID: c.ID, Code: c.Code, Title: c.Title, Owner: c.Owner, Status: c.Status, Operation: posture.Unknown}
		if i, ok := b.Place(c.Code); ok {
			x.Operation, x.Evidence = states[i], proofsOf(q, nil, b.Operations[i].Proofs)
		}
		out.Controls[c.Code] = x
	}
	for i, r := range ready.Requirements {
		out.Requirements[r.ID] = b.judgedOf(reading, d, r, q, i)
	}
	var mu sync.Mutex
	out.Explain = func(code string) []string {
		mu.Lock()
		defer mu.Unlock()
		o, known := ready.Control(code)
		if !known {
			return nil
		}
		return o.Why
	}
	return out
}

// judgedOf is one requirement.
func (b *Book) judgedOf(reading Reading, d *design, r Ready, q posture.Question, place int) isms.Judged {
	ref := framework.Ref{Framework: reading.Framework.ID, ID: r.ID}
	x := isms.Judged{Coverage: r.Coverage, Why: reading.why(r.ID, r.Coverage, place), Operation: r.Operation, Readiness: r.Readiness, Next: r.Next}
	lists := [][]posture.Proof{b.Direct[ref]}
	for _, c := range r.Controls {
		x.Controls = append(x.Controls, c.Code)
		if o, ok := b.ByCode(c.Code); ok {
			lists = append(lists, o.Proofs)
		}
	}
	for _, c := range d.tagged[ref] {
		if c.Status == control.Operated {
			x.Operated = append(x.Operated, c.Code)
		} else {
			x.Waiting = append(x.Waiting, c.Code)
		}
	}
	if x.Readiness == posture.Open {
		x.First = x.Next
	}
	var seen map[posture.ID]bool
	if len(lists) > 1 {
		seen = map[posture.ID]bool{}
	}
	x.Evidence = proofsOf(q, seen, lists...)
	return x
}

// why says in a sentence what the coverage of a requirement rests on.
func (r Reading) why(id string, c posture.Coverage, place int) string {
	switch {
	case c == posture.NotApplicable:
		return "It is out of scope."
	case r.Report != nil:
		return r.Report.Requirements[place].Why
	}
	if o, ok := r.Own[id]; ok && (o.Coverage.Touched() || len(r.Operated[id]) == 0) {
		return o.Why
	}
	if c == posture.Full {
		return "An operated control is tagged to it, which is taken to meet it."
	}
	return "No operated control is tagged to it."
}

// proofsOf counts the proofs that stand and that the family asked about takes, each
// once where seen is given.
func proofsOf(q posture.Question, seen map[posture.ID]bool, lists ...[]posture.Proof) isms.Proofs {
	var out isms.Proofs
	for _, list := range lists {
		for i := range list {
			p := &list[i]
			if p.Wrong || p.Accepts&q.Accepts == 0 || p.Captured > q.Now || p.Out != 0 && p.Out <= q.Now || seen[p.ID] {
				continue
			}
			if seen != nil {
				seen[p.ID] = true
			}
			out.All++
			if p.Lapses == 0 || p.Lapses > q.Now {
				out.Current++
			}
			at := p.Captured.Time()
			if at.After(out.Newest) {
				out.Newest = at
			}
			if out.Oldest.IsZero() || at.Before(out.Oldest) {
				out.Oldest = at
			}
		}
	}
	return out
}
