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
		out = append(out, watched{r["control"], r["test"], strings.Split(r["subjects"], ";")})
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
	t.fail()
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
			r := result.Report{Test: w.test, Subject: s, State: result.Pass, At: at, Until: until}
			if failed, mended := t.failure(); w.test == failedTest && s == failedSubject && at.After(failed) && at.Before(mended) {
				r.State, r.Reason = result.Fail, failedBecause
			}
			batch = append(batch, r)
		}
	}
	t.push(batch, at)
}

// What failed in the second month and was put right in four days, long before the
// window.
const (
	failedTest    = "device.disk-encrypted"
	failedSubject = "laptop-04"
	failedBecause = "Encryption was suspended for an update and not resumed"
)

func (t *story) failure() (failed, mended time.Time) {
	return t.at(t.in(1, 5), 8, 0), t.at(t.in(1, 9), 8, 0)
}

func (t *story) fail() {
	failed, mended := t.failure()
	r := result.Report{Test: failedTest, Subject: failedSubject, State: result.Fail, Reason: failedBecause, At: failed, ValidFor: holds}
	t.push([]result.Report{r}, failed)
	r.State, r.Reason, r.At = result.Pass, "", mended
	t.push([]result.Report{r}, mended)
}

func (t *story) push(batch []result.Report, at time.Time) {
	t.then(at.Add(2*time.Minute), func(ctx context.Context, at time.Time) error {
		_, err := t.Results.Push(ctx, t.admin, batch, at)
		return err
	})
}
