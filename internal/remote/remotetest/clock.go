// Package remotetest holds what tests of training providers share: a clock that
// does not wait.
package remotetest

import (
	"context"
	"sync"
	"time"
)

// Clock is a clock on which waiting takes no time. It is safe for concurrent use.
type Clock struct {
	mu    sync.Mutex
	now   time.Time
	slept time.Duration
}

// NewClock returns a clock that begins at a moment.
func NewClock(at time.Time) *Clock { return &Clock{now: at} }

// Now implements remote.Clock.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

// Sleep implements remote.Clock.
func (c *Clock) Sleep(ctx context.Context, d time.Duration) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
	c.slept += d
	return ctx.Err()
}

// Slept is how long was waited on it.
func (c *Clock) Slept() time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.slept
}
