package agent

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"runtime/debug"
	"time"

	"github.com/toucan-grc/toucan/internal/agent/check"
	"github.com/toucan-grc/toucan/internal/wire"
)

const (
	idle  = 2 * time.Second  // how often an agent that is not enrolled looks whether it is
	doze  = 15 * time.Second // how long it waits at most: timers stand still while a laptop sleeps
	crash = time.Minute      // after the state could not be read or written
)

// plan is what is to come, as long as the process runs. Nothing of it is kept: a new
// process makes a new one.
type plan struct {
	enrolled Enrolled      // as it was read last; its zero value is that there is none
	written  time.Time     // of the file it was read from
	device   wire.ID       // whose plan it is; empty before the first enrolment
	ended    wire.ID       // a device that does not report any more
	every    time.Duration // between two heartbeats
	look     time.Time
	beat     time.Time
	try      time.Time // not to be sent before
	waiting  bool      // whether something is in the queue
	fails    int       // tries in a row that failed
	most     int       // reports to bring at once
	woken    bool      // whether look was set by a change
	worked   bool      // whether the last turn did anything
	budget   budget
}

// Run works until ctx ends. ready is called once, when the agent is at work, enrolled or
// not. A failure never ends it: it is said in the state and tried again.
func (a *Agent) Run(ctx context.Context, ready func()) {
	wake := make(chan struct{}, 1)
	if a.Machine.Watch != nil {
		go func() {
			err := a.Machine.Watch(ctx, func() {
				select {
				case wake <- struct{}{}:
				default: // one is enough
				}
			})
			if err != nil && ctx.Err() == nil {
				a.Log("changes cannot be watched for, the clock is left: " + err.Error())
			}
		}()
	}
	ready()
	var p plan
	for ctx.Err() == nil {
		next := a.turn(ctx, &p)
		if p.worked { // the next time is far away: until then the memory is for others
			debug.FreeOSMemory()
			p.worked = false
		}
		select {
		case <-ctx.Done():
		case <-wake:
			p.wake(a.Clock.Now())
		case <-a.Clock.After(max(next.Sub(a.Clock.Now()), 0)):
		}
	}
}

// wake brings the next look forward to a second from now.
func (p *plan) wake(now time.Time) {
	if p.woken || p.device == "" {
		return
	}
	if at := p.budget.take(now).Add(settle); at.Before(p.look) {
		p.look, p.woken = at, true
	}
}

// turn does what is due and returns when to come back.
func (a *Agent) turn(ctx context.Context, p *plan) time.Time {
	now := a.Clock.Now().Round(0)
	if written := a.Dir.enrolledAt(); written != p.written { // read again only when it was written again
		p.enrolled, p.written = Enrolled{}, written
		if err := a.Dir.trusted(); err != nil {
			a.Log(err.Error())
		} else if e, err := a.Dir.Enrolled(); err == nil {
			p.enrolled = e
		} else if !errors.Is(err, ErrNotEnrolled) {
			a.Log(err.Error())
		}
	}
	e := p.enrolled
	if e.Device == "" {
		p.device = ""
		return now.Add(idle)
	}
	if p.ended == e.Device {
		return now.Add(idle)
	}
	if p.device == e.Device && !p.due(now) {
		return p.next(now)
	}
	err := a.locked(ctx, p, e, now)
	p.worked = true
	switch {
	case err == nil || ctx.Err() != nil:
		return p.next(a.Clock.Now().Round(0))
	case errors.Is(err, errEnded) || errors.Is(err, ErrDamaged):
		a.Log(err.Error())
		p.device, p.ended = "", e.Device
		return now.Add(idle)
	}
	a.Log(err.Error())
	p.device = ""
	return now.Add(crash)
}

func (p *plan) due(now time.Time) bool {
	return !now.Before(p.look) || p.waiting && !now.Before(p.try) || p.astray(now)
}

// astray is a plan further ahead than any is made: the clock was set back.
func (p *plan) astray(now time.Time) bool {
	return p.look.After(now.Add(2*lookEvery)) || p.try.After(now.Add(27*time.Hour)) || p.beat.After(now.Add(2*p.every))
}

func (p *plan) next(now time.Time) time.Time {
	next := now.Add(doze)
	if p.look.Before(next) {
		next = p.look
	}
	if p.waiting && p.try.Before(next) {
		next = p.try
	}
	return next
}

// errEnded is an agent that has nothing to do until it is enrolled anew.
var errEnded = errors.New("this device does not report any more, until it is enrolled anew")

// locked is the part of a turn during which the state is ours.
func (a *Agent) locked(ctx context.Context, p *plan, e Enrolled, now time.Time) error {
	release, err := a.Dir.lock(ctx, time.Minute)
	if err != nil {
		return err
	}
	defer release()
	again, err := a.Dir.Enrolled()
	if errors.Is(err, ErrNotEnrolled) || err == nil && again.Device != e.Device {
		return nil // it changed while we waited; the next turn sees what to
	}
	if err != nil {
		return err
	}
	s, err := a.Dir.State(e)
	if err != nil {
		return err
	}
	if s.End != "" {
		return errEnded
	}
	p.start(e.Device, s, now, a.Rand)
	if !now.Before(p.look) {
		if err := a.look(ctx, p, &s, now); err != nil {
			return err
		}
	}
	p.waiting = len(s.Queue) > 0
	if p.waiting && !now.Before(p.try) && ctx.Err() == nil {
		return a.deliver(ctx, p, e, &s)
	}
	return nil
}

// start makes the plan of a new process, of a new enrolment, and of a clock that was set
// back.
func (p *plan) start(device wire.ID, s State, now time.Time, rnd func() float64) {
	if p.device == device {
		if p.astray(now) {
			p.look, p.try = now, now
			p.beat = nextBeat(device, s.interval(), now, rnd())
		}
		return
	}
	*p = plan{enrolled: p.enrolled, written: p.written, device: device, every: s.interval(), look: now, beat: now, try: now, most: wire.MaxReports}
	if s.Newest != nil { // else it has just enrolled, and somebody waits to see it
		p.look = now.Add(afterBoot(rnd()))
		p.beat, p.try = p.look, p.look
	}
}

func (s State) interval() time.Duration {
	return time.Duration(s.Settings.IntervalMinutes) * time.Minute
}

// look makes the checks, and a report of them if one is due.
func (a *Agent) look(ctx context.Context, p *plan, s *State, now time.Time) error {
	answers := a.Machine.Look(ctx, s.Settings, now)
	if ctx.Err() != nil {
		return ctx.Err() // what was asked while everything ended says nothing
	}
	p.woken = false
	beat := !now.Before(p.beat)
	rules := Rules(a.Machine.Platform, a.Build, s.Settings)
	results := resultsOf(answers)
	p.look = now.Add(lookEvery)
	if s.due(results, rules, now, beat) {
		if err := a.report(s, answers, results, rules, now); err != nil {
			return err
		}
	}
	if beat {
		p.beat = nextBeat(p.device, s.interval(), now, a.Rand())
	}
	if p.beat.Before(p.look) {
		p.look = p.beat
	}
	s.NextAt = p.beat.Unix()
	return nil
}

// report adds a report to the queue, on the disk first.
func (a *Agent) report(s *State, answers []check.Answer, results []wire.Result, rules wire.Hash, now time.Time) error {
	seq := uint64(1)
	if s.Newest != nil {
		seq = s.Newest.Seq + 1
	}
	detail, err := a.Dir.putDetail(seq, now, answers)
	if err != nil {
		return err
	}
	s.add(results, rules, detail, now)
	return a.Dir.putState(*s)
}

func resultsOf(answers []check.Answer) []wire.Result {
	out := make([]wire.Result, len(answers))
	for i, a := range answers {
		out[i] = a.Result
	}
	return out
}

// deliver brings the queue to the server and keeps what came of it.
func (a *Agent) deliver(ctx context.Context, p *plan, e Enrolled, s *State) error {
	sent, got, err := a.send(ctx, p, e, s)
	if ctx.Err() != nil {
		return nil //nolint:nilerr // the process ends; the queue is on the disk
	}
	now := a.Clock.Now().Round(0)
	s.TriedAt = now.Unix()
	v := verdict{failure: fmt.Sprint(err)}
	if err == nil {
		v = judge(got, sent, e)
	}
	switch {
	case v.receipt != nil:
		a.received(p, s, *v.receipt, now)
	case v.revoked != nil:
		return a.end(s, Revoked, v.revoked.Why)
	case v.code == wire.Behind:
		return a.end(s, Copied, "")
	default:
		p.failed(v, got, now, a.Rand)
		s.Refusal, s.Failure = v.code, v.failure
		a.Log(v.failure)
	}
	return a.Dir.putState(*s)
}

// received takes a receipt in, and the settings that come with it.
func (a *Agent) received(p *plan, s *State, r wire.Receipt, now time.Time) {
	before := s.Settings
	s.received(r)
	p.fails, p.most, p.waiting, p.try = 0, wire.MaxReports, len(s.Queue) > 0, now
	if s.Settings != before {
		p.look = p.budget.take(now) // by the new thresholds
	}
	if p.every != s.interval() {
		p.every = s.interval()
		p.beat = nextBeat(p.device, p.every, now, a.Rand())
	}
	if p.beat.Before(p.look) {
		p.look = p.beat
	}
	s.NextAt = p.beat.Unix()
	a.Log(fmt.Sprintf("report %d was received", r.Seq))
}

// send signs and brings as much of the queue as is asked for at once. What is about to
// leave the machine is recorded before; if nothing left, the record is taken back.
func (a *Agent) send(ctx context.Context, p *plan, e Enrolled, s *State) (wire.Delivery, answer, error) {
	d := wire.Delivery{V: wire.Version, Device: e.Device, Build: a.Build, SentAt: max(a.Clock.Now().Unix(), 1),
		Reports: s.Queue[:min(len(s.Queue), p.most)]}
	key, err := a.Dir.key(e)
	if errors.Is(err, fs.ErrNotExist) {
		err = errors.New("the key of the device is gone; enrol this machine anew")
	}
	if err != nil {
		return d, answer{}, err
	}
	c, err := newClient(e.Base, e.CA)
	if err != nil {
		return d, answer{}, err
	}
	message := wire.Sign(d, key)
	number, err := a.Dir.sending(message)
	if err != nil {
		return d, answer{}, err
	}
	got, err := c.post(ctx, "/device/report", message)
	if !got.left {
		a.Dir.unsend(number)
	}
	if err != nil {
		return d, got, fmt.Errorf("the server could not be reached: %w", err)
	}
	return d, got, a.Dir.answered(number, got.body)
}

// failed plans the next try.
func (p *plan) failed(v verdict, got answer, now time.Time, rnd func() float64) {
	p.fails++
	wait := pause(p.fails, rnd())
	if v.code == wire.TooLarge {
		p.most = max(p.most/2, 1)
	}
	if asked, ok := retryAfter(got.header, now); ok {
		wait = asked + time.Duration(rnd()*float64(asked)/10) // not all at the same moment
	}
	p.try = now.Add(wait)
}

// end stops the reports of this enrolment. A revocation takes the key with it; a copy
// keeps it, so that nothing is lost by a server that was wrong.
func (a *Agent) end(s *State, how End, why wire.Why) error {
	s.End, s.Why = how, why
	if how == Revoked {
		if err := a.Dir.dropKey(); err != nil {
			return err
		}
	}
	if err := a.Dir.putState(*s); err != nil {
		return err
	}
	return errEnded
}
