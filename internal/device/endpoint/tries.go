package endpoint

import (
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// tries counts what failed, by address, in bounded memory.
type tries struct {
	mu   sync.Mutex
	keys map[string]*rate.Limiter
}

const (
	triesEvery = 10 * time.Second // another one after this long
	triesBurst = 20
	triesKeys  = 10_000
)

// left reports whether an address may try again.
func (t *tries) left(key string, now time.Time) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	l := t.keys[key]
	return l == nil || l.TokensAt(now) >= 1
}

// take counts a failure.
func (t *tries) take(key string, now time.Time) {
	t.mu.Lock()
	defer t.mu.Unlock()
	l := t.keys[key]
	if l == nil {
		if len(t.keys) >= triesKeys || t.keys == nil {
			t.keys = map[string]*rate.Limiter{} // memory before memory of who failed
		}
		l = rate.NewLimiter(rate.Every(triesEvery), triesBurst)
		t.keys[key] = l
	}
	l.AllowN(now, 1)
}
