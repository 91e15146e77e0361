package device

import (
	"sync"
	"time"
)

// recent keeps the entries that were used last: at least n of them, and never more than
// twice as many. The zero value with n set is empty. It is not safe for concurrent use.
type recent[K comparable, V any] struct {
	n          int
	young, old map[K]V // what was used since the last turn, and before it
}

func (r *recent[K, V]) get(k K) (V, bool) {
	v, ok := r.young[k]
	if ok {
		return v, true
	}
	if v, ok = r.old[k]; ok {
		delete(r.old, k)
		r.put(k, v)
	}
	return v, ok
}

func (r *recent[K, V]) put(k K, v V) {
	if _, ok := r.young[k]; !ok && (r.young == nil || len(r.young) >= r.n) {
		r.young, r.old = make(map[K]V), r.young
	}
	r.young[k] = v
}

func (r *recent[K, V]) forget(k K) {
	delete(r.young, k)
	delete(r.old, k)
}

// spent is how much of a burst is used up: the moment, in microseconds, at which all of
// it is there again.
type spent int64

// take uses n turns, of which there is another one every so often and so many at once; it
// reports whether there were as many.
func (s spent) take(n int, every time.Duration, burst int, now time.Time) (spent, bool) {
	at, most := now.UnixMicro(), int64(burst)*every.Microseconds()
	if int64(s) > at+most { // the clock was put back
		s = spent(at)
	}
	next := max(int64(s), at) + int64(n)*every.Microseconds()
	if next-at > most {
		return s, false
	}
	return spent(next), true
}

// Pace says how often something may happen, by key, in bounded memory: of the keys that
// came last, Keys at least are known and twice as many at most. It is safe for concurrent
// use.
type Pace struct {
	every time.Duration
	burst int

	mu   sync.Mutex
	keys recent[string, spent]
}

// NewPace returns one that gives each key a turn every so often, and burst of them at
// once.
func NewPace(every time.Duration, burst, keys int) *Pace {
	return &Pace{every: every, burst: burst, keys: recent[string, spent]{n: keys}}
}

// Left reports whether a key has a turn, and leaves it.
func (p *Pace) Left(key string, now time.Time) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	s, _ := p.keys.get(key)
	_, ok := s.take(1, p.every, p.burst, now)
	return ok
}

// Take uses a turn of a key, and reports whether there was one.
func (p *Pace) Take(key string, now time.Time) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	s, _ := p.keys.get(key)
	s, ok := s.take(1, p.every, p.burst, now)
	p.keys.put(key, s)
	return ok
}
