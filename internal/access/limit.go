package access

import (
	"sync"
	"time"

	"golang.org/x/time/rate"

	"github.com/toucan-grc/toucan/internal/problem"
)

// limiter counts tries by key in bounded memory. It is per process: several
// servers allow several times as much, which is still little.
type limiter struct {
	every time.Duration // one more try after this long
	burst int           // tries allowed at once

	mu   sync.Mutex
	keys map[string]*rate.Limiter
}

const limiterKeys = 20_000

func newLimiter(every time.Duration, burst int) *limiter {
	return &limiter{every: every, burst: burst, keys: map[string]*rate.Limiter{}}
}

// try takes one try of key, or returns a Busy problem that says how long to wait.
func (l *limiter) try(key string, now time.Time) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	r := l.keys[key]
	if r == nil {
		if len(l.keys) >= limiterKeys {
			l.forget(now)
		}
		r = rate.NewLimiter(rate.Every(l.every), l.burst)
		l.keys[key] = r
	}
	if r.AllowN(now, 1) {
		return nil
	}
	return problem.New(problem.Busy, "Too many tries. Wait %s and try again.", wait(l.every))
}

// forget drops the keys that have all their tries again, and if that is too few,
// some of the others: memory is bounded before fairness.
func (l *limiter) forget(now time.Time) {
	for k, r := range l.keys {
		if r.TokensAt(now) >= float64(l.burst) {
			delete(l.keys, k)
		}
	}
	for k := range l.keys {
		if len(l.keys) < limiterKeys*9/10 {
			return
		}
		delete(l.keys, k)
	}
}

// clear gives key all its tries again.
func (l *limiter) clear(key string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.keys, key)
}

func wait(d time.Duration) string {
	if d <= time.Minute {
		return "a minute"
	}
	return "a few minutes"
}

// AllowPublic takes one try of an address at a page that needs no account and
// could be asked for one code after another.
func (s *Store) AllowPublic(c Client, now time.Time) error {
	return s.byIP.try("public "+c.Network(), now)
}
