package demo

import (
	"context"
	"strings"
	"time"

	"github.com/toucan-grc/toucan/internal/result"
)

// watched is a test that feeds a control, and what it looks at.
type watched struct {
	control, test string
	subjects      []string
}

func tests() ([]watched, error) {
	rows, err := read("data/tests.csv")
	if err != nil {
		return nil, err
	}
	var out []watched
	for _, r := range rows {
		w := watched{control: r["control"], test: r["test"]}
		if r["subjects"] != "" { // what devices report comes from devices
			w.subjects = strings.Split(r["subjects"], ";")
		}
		out = append(out, w)
	}
	return out, nil
}

const (
	everyWeek = 7 * 24 * time.Hour
	holds     = 8 * 24 * time.Hour // a report of a week, and a day to spare
)

// watch plans that the tests are assigned on the eve of the first day and report every week
// from then on, the last time an hour ago.
func (t *story) watch(list []watched) {
	start := t.at(t.begin, 0, 0)
	t.then(start.Add(-time.Hour), func(ctx context.Context, at time.Time) error {
		for _, w := range list {
			if err := t.Results.Assign(ctx, t.admin, w.test, t.controls[w.control].ID, at); err != nil {
				return err
			}
		}
		return nil
	})
	from, to := t.down()
	last := t.now.Add(-time.Hour)
	for at := start; at.Before(last); at = at.Add(everyWeek) {
		t.report(list, at, holds, func(w watched) bool { return w.control == silent && !at.Before(from) && at.Before(to) })
	}
	t.report(list, to, holds, func(w watched) bool { return w.control != silent })
	t.report(list, last, 26*time.Hour, func(watched) bool { return false })
}

// report plans one report of all tests but those left out. What is reported before
// the identity provider went down holds up to then.
func (t *story) report(list []watched, at time.Time, valid time.Duration, left func(watched) bool) {
	var batch []result.Report
	from, _ := t.down()
	for _, w := range list {
		if left(w) {
			continue
		}
		until := at.Add(valid)
		if w.control == silent && at.Before(from) && until.After(from) {
			until = from
		}
		for _, s := range w.subjects {
			batch = append(batch, result.Report{Test: w.test, Subject: s, State: result.Pass, At: at, Until: until})
		}
	}
	t.push(batch, at)
}

// failure is when the encryption of a laptop was suspended in the second month, and when
// that was put right: long before the window.
func (t *story) failure() (failed, mended time.Time) {
	return t.at(t.in(1, 5), 8, 0), t.at(t.in(1, 9), 8, 0)
}

func (t *story) push(batch []result.Report, at time.Time) {
	t.then(at.Add(2*time.Minute), func(ctx context.Context, at time.Time) error {
		_, err := t.Results.Push(ctx, t.admin, batch, at)
		return err
	})
}
