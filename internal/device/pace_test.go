package device

import (
	"fmt"
	"runtime"
	"testing"
	"time"
	"unique"

	"github.com/toucan-grc/toucan/internal/wire"
)

func TestWhatWasUsedLastIsKeptInBoundedMemory(t *testing.T) {
	r := recent[int, int]{n: 100}
	for i := range 10_000 {
		r.put(i, i)
		if _, ok := r.get(7); i >= 7 && !ok {
			t.Fatalf("what is used all the time is gone after %d others", i)
		}
		if n := len(r.young) + len(r.old); n > 200 {
			t.Fatalf("%d are kept, 200 at most", n)
		}
	}
	for i := 9_901; i < 10_000; i++ {
		if v, ok := r.get(i); !ok || v != i {
			t.Errorf("%d of the last hundred is gone", i)
		}
	}
	if _, ok := r.get(5_000); ok {
		t.Error("what was used long ago is still there")
	}
	r.forget(9_999)
	if _, ok := r.get(9_999); ok {
		t.Error("what was to be forgotten is still there")
	}
}

func TestAPaceGivesABurstAndThenATurnEverySoOften(t *testing.T) {
	p := NewPace(3*time.Second, 20, 10)
	at := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	for i := range 20 {
		if !p.Left("a", at) || !p.Take("a", at) {
			t.Fatalf("turn %d of the burst", i)
		}
	}
	for _, tt := range []struct {
		key   string
		after time.Duration
		want  bool
	}{
		{"a", 0, false}, {"b", 0, true}, {"a", 2999 * time.Millisecond, false}, {"a", 3 * time.Second, true}, {"a", 3 * time.Second, false}, {"a", 9 * time.Second, true}, {"a", 9 * time.Second, true}, {"a", 9 * time.Second, false},
		{"a", -time.Hour, true}, // our clock was put back
	} {
		if left, got := p.Left(tt.key, at.Add(tt.after)), p.Take(tt.key, at.Add(tt.after)); got != tt.want || left != tt.want {
			t.Errorf("%s after %v: %v and %v, want %v", tt.key, tt.after, left, got, tt.want)
		}
	}
}

func TestTheDevicesInMemoryAreFewAndSmall(t *testing.T) {
	const most = 160 // bytes each
	r := keyring{of: recent[knownKey, known]{n: knownDevices}}
	key := make([]byte, 32)
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	for i := range 5 * knownDevices / 2 {
		at, ok := keyOfKnown("an organisation", wire.ID(fmt.Sprintf("%032x", i)))
		if !ok {
			t.Fatal("an id is none")
		}
		r.learn(at, key)
	}
	runtime.GC()
	runtime.ReadMemStats(&after)
	n := len(r.of.young) + len(r.of.old)
	each := float64(after.HeapAlloc-before.HeapAlloc) / float64(n)
	t.Logf("%d devices, %.0f bytes each", n, each)
	if n > 2*knownDevices || each > most {
		t.Errorf("%d devices of %.0f bytes", n, each)
	}
	runtime.KeepAlive(&r)
}

func TestWhoSendsWhatADeviceDidNotSignGivesItNoMoreTurns(t *testing.T) {
	r := keyring{of: recent[knownKey, known]{n: 10}}
	k := knownKey{org: unique.Make("o")}
	at := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	key := make([]byte, 32)
	for range deliverBurst {
		if !r.allow(k, key, 1, at) {
			t.Fatal("within the burst")
		}
	}
	r.learn(k, key) // read again
	if r.allow(k, key, 1, at) {
		t.Error("its key was read again, and it may deliver more than others")
	}
}

func TestADeliveryOfManyReportsCountsAsSeveral(t *testing.T) {
	for reports, want := range map[int]int{1: 20, 7: 20, 8: 10, 20: 6, 64: 2} {
		r := keyring{of: recent[knownKey, known]{n: 10}}
		at, n := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC), 0
		for r.allow(knownKey{}, make([]byte, 32), reports, at) {
			n++
		}
		if n != want {
			t.Errorf("of %d reports each %d deliveries are taken at once, want %d", reports, n, want)
		}
	}
}
