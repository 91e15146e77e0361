package standing

import (
	"slices"
	"time"

	"github.com/toucan-grc/toucan/internal/cadence"
	"github.com/toucan-grc/toucan/internal/posture"
)

// Answer is how every control stands on one question.
type Answer struct {
	Question posture.Question
	Judge    *posture.Judge  // for the reasons of one control
	States   []posture.State // by place in Book.Operations
}

// Asked is a question as a person asks it.
type Asked struct {
	Window  cadence.Days    // Type 2; none asks about On
	On      cadence.Date    // Type 1: the end of that day
	Known   cadence.Date    // as known at the end of that day; none: as true, with what is known now
	Accepts posture.Accepts // the family of frameworks that must take the evidence; zero: any
}

// pace is how old an answer may be that nothing was written to since. What only
// time changes, a day that ends, is noticed that much later.
const pace = 10 * time.Minute

// answers kept for each book
const answersKept = 24

// Question is what is asked, as posture takes it.
func (b *Book) Question(a Asked, now time.Time) posture.Question {
	at := now.UTC().Truncate(pace)
	if at.Before(b.ReadAt) {
		at = b.ReadAt
	}
	q := posture.Question{Window: a.Window, Zones: b.Zones, Accepts: a.Accepts, Now: posture.MomentOf(at)}
	if !a.Window.Known() {
		q.At = min(posture.MomentOf(b.Zones.End(a.On))-1, q.Now)
	}
	if a.Known.Known() {
		q.KnownAt = posture.MomentOf(b.Zones.End(a.Known))
	}
	return q
}

// Answer judges every control, once for each question.
func (b *Book) Answer(a Asked, now time.Time) *Answer {
	q := b.Question(a, now)
	b.mu.Lock()
	defer b.mu.Unlock()
	if x, ok := b.answers[a]; ok && x.Question.Now == q.Now {
		return x
	}
	x := &Answer{Question: q, Judge: posture.Ask(q)}
	x.States = x.Judge.States(b.Operations)
	b.put(a, x)
	return x
}

func (b *Book) put(a Asked, x *Answer) {
	if b.answers == nil {
		b.answers = map[Asked]*Answer{}
	}
	if _, ok := b.answers[a]; !ok {
		b.asked = append(b.asked, a)
	}
	b.answers[a] = x
	for len(b.asked) > answersKept {
		delete(b.answers, b.asked[0])
		b.asked = b.asked[1:]
	}
}

// inherit takes the answers of the book before and judges only the controls of
// which something else is known now. Answers that time has passed are left behind.
func (b *Book) inherit(old *Book, now time.Time) {
	old.mu.Lock()
	defer old.mu.Unlock()
	var changed []int
	for i := range b.Operations {
		if !same(&b.Operations[i], &old.Operations[i]) {
			changed = append(changed, i)
		}
	}
	for _, a := range old.asked {
		was := old.answers[a]
		if now.Sub(was.Question.Now.Time()) > pace {
			continue
		}
		q := b.Question(a, now)
		x := &Answer{Question: q, Judge: posture.Ask(q), States: slices.Clone(was.States)}
		for _, i := range changed {
			x.States[i] = x.Judge.State(&b.Operations[i])
		}
		b.put(a, x)
	}
}

// same reports whether two operations share what is known of them. Nothing shared
// is ever written to, so that is so when their lists are the same ones.
func same(a, b *posture.Operation) bool {
	return shared(a.Proofs, b.Proofs) && shared(a.Checks, b.Checks) && shared(a.Samples, b.Samples)
}

func shared[T any](a, b []T) bool { return len(a) == len(b) && (len(a) == 0 || &a[0] == &b[0]) }
