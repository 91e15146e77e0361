package remote

import (
	"context"
	"time"

	"github.com/toucan-grc/toucan/internal/problem"
)

// Clock is what time it is, and waiting. A test passes one that does not wait.
type Clock interface {
	Now() time.Time
	Sleep(ctx context.Context, d time.Duration) error // returns early only with the context's error
}

// Wall is the clock on the wall.
type Wall struct{}

// Now implements Clock.
func (Wall) Now() time.Time { return time.Now() }

// Sleep implements Clock.
func (Wall) Sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}

// Limits is how often a provider may be asked. Zero fields are no limit.
type Limits struct {
	Gap    time.Duration // between one question and the next
	Minute int           // questions in any minute
	Day    int           // questions in 24 hours, counted from the first
}

// Usage is how much of the limit of a day is used up. It outlives a sync: whoever
// keeps a connection keeps it too.
type Usage struct {
	Since time.Time // of the first question of the day, or zero
	Calls int
}

const day = 24 * time.Hour

// Pace makes the questions to one provider wait their turn. It is for one
// goroutine.
type Pace struct {
	Clock  Clock
	Limits Limits
	Usage  Usage

	asked []time.Time // of the last minute, oldest first
}

// wait returns when the next question may be asked, and counts it. It is a Busy
// problem when that would be tomorrow.
func (p *Pace) wait(ctx context.Context, name string) error {
	now := p.Clock.Now()
	if until := p.free(now); until.After(now) {
		if err := p.Clock.Sleep(ctx, until.Sub(now)); err != nil {
			return err
		}
		now = p.Clock.Now()
	}
	if p.Usage.Since.IsZero() || now.Sub(p.Usage.Since) >= day || now.Before(p.Usage.Since) {
		p.Usage = Usage{Since: now}
	}
	if p.Limits.Day > 0 && p.Usage.Calls >= p.Limits.Day {
		return problem.New(problem.Busy, "%s allows %d questions a day, and they are used up until %s. Nothing was changed; sync again after that.",
			name, p.Limits.Day, p.Usage.Since.Add(day).UTC().Format("2 January 2006, 15:04 UTC"))
	}
	p.Usage.Calls++
	p.asked = append(p.asked, now)
	return nil
}

// free is the first moment from now on at which both the gap and the limit of a
// minute allow another question.
func (p *Pace) free(now time.Time) time.Time {
	at := now
	if len(p.asked) == 0 && p.Usage.Calls > 0 { // another sync may have ended just now
		at = now.Add(p.Limits.Gap)
	}
	if n := len(p.asked); n > 0 && p.asked[n-1].Add(p.Limits.Gap).After(at) {
		at = p.asked[n-1].Add(p.Limits.Gap)
	}
	if n := p.Limits.Minute; n > 0 && len(p.asked) >= n {
		p.asked = p.asked[len(p.asked)-n:]
		if until := p.asked[0].Add(time.Minute); until.After(at) {
			at = until
		}
	}
	return at
}
