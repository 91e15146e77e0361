package main

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"sync"
	"time"
)

// figures are what was seen, in the order in which they are told.
type figures struct{ list []figure }

type figure struct{ what, value string }

func (f *figures) add(what, value string) { f.list = append(f.list, figure{what, value}) }

func (f *figures) print(w io.Writer) {
	for _, x := range f.list {
		fmt.Fprintf(w, "%-34s %s\n", x.what, x.value)
	}
}

// MarshalJSON writes them as one object.
func (f figures) MarshalJSON() ([]byte, error) {
	m := make(map[string]string, len(f.list))
	for _, x := range f.list {
		m[x.what] = x.value
	}
	return json.Marshal(m)
}

// waits gathers how long answers took. It is safe for concurrent use.
type waits struct {
	mu   sync.Mutex
	list []time.Duration
}

func (w *waits) add(d time.Duration) {
	w.mu.Lock()
	w.list = append(w.list, d)
	w.mu.Unlock()
}

// words are the median and what one in a hundred and one in a thousand waited longer than.
func (w *waits) words() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.list) == 0 {
		return "nothing was answered"
	}
	slices.Sort(w.list)
	at := func(q float64) time.Duration {
		return w.list[min(len(w.list)-1, int(q*float64(len(w.list))))].Round(100 * time.Microsecond)
	}
	return fmt.Sprintf("p50 %s, p99 %s, p99.9 %s, longest %s", at(0.5), at(0.99), at(0.999), w.list[len(w.list)-1].Round(100*time.Microsecond))
}

// rate tells how many were done in a time, and by how much processor time.
func (f *figures) rate(what string, n int, took, cpu time.Duration) {
	f.add(what, fmt.Sprintf("%d in %.1f s: %.0f/s", n, took.Seconds(), float64(n)/took.Seconds()))
	f.add("processor time of the server", fmt.Sprintf("%.1f s: %.0f a core second", cpu.Seconds(), float64(n)/cpu.Seconds()))
}
