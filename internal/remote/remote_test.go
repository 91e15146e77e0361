package remote

import (
	"context"
	"encoding/json"
	"net/http"
	"testing"
	"time"

	"github.com/toucan-grc/toucan/internal/problem"
)

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func TestAMomentIsReadOrRefusedNeverGuessed(t *testing.T) {
	for in, want := range map[string]time.Time{
		`"2026-03-01T12:00:00Z"`:          noon,
		`"2026-03-01T14:00:00.000+02:00"`: noon,
		`null`:                            {},
		`""`:                              {},
	} {
		var m Moment
		if err := json.Unmarshal([]byte(in), &m); err != nil || !m.Equal(want) || m.Location() != time.UTC && !m.IsZero() {
			t.Errorf("%s is %v, %v, want %v", in, m.Time, err, want)
		}
	}
	for _, in := range []string{`true`, `1772366400`, `"yesterday"`, `"2026-03-01"`, `"0001-01-01T00:00:00Z"`, `"2926-03-01T12:00:00Z"`} {
		var m Moment
		if err := json.Unmarshal([]byte(in), &m); err == nil {
			t.Errorf("%s was read as %v", in, m.Time)
		}
	}
}

func TestHowLongABusyProviderAsksToWait(t *testing.T) {
	for value, want := range map[string]time.Duration{
		"": 0, "soon": 0, "-5": 0, "0": 0, "30": 30 * time.Second, "86401": 0,
		noon.Add(time.Minute).Format(http.TimeFormat):    time.Minute,
		noon.Add(-time.Hour).Format(http.TimeFormat):     0,
		noon.Add(48 * time.Hour).Format(http.TimeFormat): 24 * time.Hour,
	} {
		if got := retryAfter(value, noon); got != want {
			t.Errorf("Retry-After %q waits %s, want %s", value, got, want)
		}
	}
}

// idle is a clock that notes how long it was told to sleep.
type idle struct {
	now   time.Time
	slept time.Duration
}

func (c *idle) Now() time.Time { return c.now }

func (c *idle) Sleep(_ context.Context, d time.Duration) error {
	c.now, c.slept = c.now.Add(d), c.slept+d
	return nil
}

func TestQuestionsKeepTheLimitsOfTheProvider(t *testing.T) {
	for name, tt := range map[string]struct {
		limits Limits
		ask    int
		slept  time.Duration
	}{
		"no limit":             {Limits{}, 100, 0},
		"four a second":        {Limits{Gap: 250 * time.Millisecond}, 5, time.Second},
		"fifty a minute":       {Limits{Minute: 50}, 51, time.Minute},
		"both, the longer":     {Limits{Gap: 250 * time.Millisecond, Minute: 50}, 51, time.Minute},
		"two minutes' worth":   {Limits{Minute: 50}, 101, 2 * time.Minute},
		"exactly the minute's": {Limits{Minute: 50}, 50, 0},
	} {
		c := &idle{now: noon}
		p := Pace{Clock: c, Limits: tt.limits}
		for range tt.ask {
			if err := p.wait(t.Context(), "Example"); err != nil {
				t.Fatalf("%s: %v", name, err)
			}
		}
		if c.slept != tt.slept {
			t.Errorf("%s: %d questions waited %s, want %s", name, tt.ask, c.slept, tt.slept)
		}
	}
}

func TestTheDayEndsTwentyFourHoursAfterItsFirstQuestion(t *testing.T) {
	c := &idle{now: noon}
	p := Pace{Clock: c, Limits: Limits{Day: 2}}
	for range 2 {
		if err := p.wait(t.Context(), "Example"); err != nil {
			t.Fatal(err)
		}
	}
	c.now = noon.Add(day - time.Second)
	if err := p.wait(t.Context(), "Example"); problem.Of(err).Code != problem.Busy {
		t.Errorf("the third question of a day: %v, want busy", err)
	}
	c.now = noon.Add(day)
	if err := p.wait(t.Context(), "Example"); err != nil || p.Usage.Calls != 1 {
		t.Errorf("the first question of the next day: %v, %d counted", err, p.Usage.Calls)
	}
}
