package check

import (
	"context"
	"fmt"
	"strings"

	"github.com/toucan-grc/toucan/internal/wire"
)

// probe asks a source on behalf of one check, and keeps what was answered: that is the
// detail of the verdict, which stays on the device.
type probe struct {
	ctx    context.Context
	src    Source
	in     Input
	detail []string
}

func newProbe(ctx context.Context, src Source, in Input) *probe {
	return &probe{ctx: ctx, src: src, in: in}
}

// note keeps an answer.
func (p *probe) note(r Read, fill []string, answer any, err error) {
	head := r.ID
	if len(fill) > 0 {
		head += " " + strings.Join(fill, " ")
	}
	if err != nil {
		answer = err
	}
	p.detail = append(p.detail, fmt.Sprintf("%s: %v", head, answer))
}

func (p *probe) file(r Read, fill ...string) ([]byte, error) {
	b, err := p.src.File(p.ctx, r, fill...)
	p.note(r, fill, fmt.Sprintf("%d bytes", len(b)), err)
	return b, err
}

func (p *probe) stat(r Read, fill ...string) (Info, error) {
	i, err := p.src.Stat(p.ctx, r, fill...)
	p.note(r, fill, "changed "+i.ModTime.UTC().Format("2006-01-02"), err)
	return i, err
}

func (p *probe) run(r Read, fill ...string) (Output, error) {
	o, err := p.src.Run(p.ctx, r, fill...)
	p.note(r, fill, fmt.Sprintf("exit %d, %q, %q", o.Exit, o.Stdout, o.Stderr), err)
	return o, err
}

func (p *probe) registry(r Read, fill ...string) (Value, error) {
	v, err := p.src.Registry(p.ctx, r, fill...)
	answer := any(v.Number)
	if v.IsText {
		answer = fmt.Sprintf("%q", v.Text)
	}
	p.note(r, fill, answer, err)
	return v, err
}

func (p *probe) call(r Read, fill ...string) (int64, error) {
	n, err := p.src.Call(p.ctx, r, fill...)
	p.note(r, fill, n, err)
	return n, err
}

// number is a value of the registry that is set and a number.
func (p *probe) number(r Read, fill ...string) (int64, bool) {
	v, err := p.registry(r, fill...)
	return int64(v.Number), err == nil && !v.IsText
}

// answer ends the check.
func (p *probe) answer(v wire.Verdict, reason wire.Reason) Answer {
	return Answer{Result: wire.Result{Verdict: v, Reason: reason}, Detail: p.detail}
}

func (p *probe) pass() Answer                 { return p.answer(wire.Pass, "") }
func (p *probe) fail(r wire.Reason) Answer    { return p.answer(wire.Fail, r) }
func (p *probe) unknown(r wire.Reason) Answer { return p.answer(wire.CouldNotTell, r) }
func (p *probe) because(err error) Answer     { return p.unknown(because(err)) }

// finding is a verdict before it belongs to a check.
type finding struct {
	verdict wire.Verdict
	reason  wire.Reason
}

var (
	fine    = finding{verdict: wire.Pass}
	failing = func(r wire.Reason) finding { return finding{wire.Fail, r} }
	untold  = func(r wire.Reason) finding { return finding{wire.CouldNotTell, r} }
)

// worst is the finding that counts for several: a fail before what could not be told,
// and that before a pass.
func worst(all []finding) finding {
	rank := map[wire.Verdict]int{wire.Pass: 1, wire.NotApplicable: 1, wire.CouldNotTell: 2, wire.Fail: 3}
	var out finding
	for _, f := range all {
		if rank[f.verdict] > rank[out.verdict] {
			out = f
		}
	}
	return out
}

// everyUser makes a finding for each person who used the device in the last 30 days. What
// only a session can answer is not known of whoever is not signed in.
func (p *probe) everyUser(look func(User) finding) Answer {
	users, err := p.src.Users(p.ctx)
	if err != nil {
		return p.because(err)
	}
	all := []finding{}
	for _, u := range users {
		if !u.Session {
			all = append(all, untold(wire.NoSession))
			continue
		}
		all = append(all, look(u))
	}
	if len(all) == 0 {
		return p.unknown(wire.NoSession)
	}
	w := worst(all)
	return p.answer(w.verdict, w.reason)
}
