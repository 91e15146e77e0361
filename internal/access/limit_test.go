package access

import (
	"fmt"
	"testing"
	"time"
)

func TestTheLimiterStaysSmall(t *testing.T) {
	l := newLimiter(time.Minute, 3)
	now := time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)
	for i := range 3 * limiterKeys {
		if err := l.try(fmt.Sprint(i), now); err != nil {
			t.Fatal(err)
		}
	}
	if len(l.keys) > limiterKeys {
		t.Errorf("%d keys are kept", len(l.keys))
	}
}

func TestTriesComeBack(t *testing.T) {
	l := newLimiter(time.Minute, 2)
	now := time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)
	for i, want := range []bool{true, true, false} {
		if got := l.try("k", now) == nil; got != want {
			t.Errorf("try %d: %t", i+1, got)
		}
	}
	if l.try("k", now.Add(time.Minute)) != nil {
		t.Error("a minute gives one try back")
	}
	l.clear("k")
	if l.try("k", now) != nil {
		t.Error("signing in gives all of them back")
	}
}
