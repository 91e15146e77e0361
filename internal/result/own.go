package result

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/people"
)

// The tests about policies that Toucan answers itself; their subjects are the
// policies. With a dot and a name behind it each is the test of one policy.
const (
	PolicyApproved     = "policy.approved"
	PolicyAcknowledged = "policy.acknowledged"
)

// ours reports whether Toucan itself finds out the answer to a test, so that
// nobody else may report it.
func ours(test string) bool {
	if slices.Contains(people.Checks(), people.Check(test)) {
		return true
	}
	for _, p := range []string{PolicyApproved, PolicyAcknowledged} {
		if test == p || strings.HasPrefix(test, p+".") {
			return true
		}
	}
	return false
}

// MaxReports is how many reports a batch may have.
const MaxReports = maxReports

// MaxValidFor is the longest that a result may be relied on.
const MaxValidFor = maxValidFor

// Tell takes a batch of what Toucan itself found, as Push takes those of others. Its
// leaf names no account. It is for the server, which acts for nobody.
func (s *Store) Tell(ctx context.Context, org string, reports []Report, now time.Time) (Pushed, error) {
	return s.push(ctx, org, "", reports, now)
}

// TellIn is Tell in the caller's transaction, for who has rows of their own to keep
// beside. One subject does not spoil the batch: of a series that the reports contradict
// so late that they cannot be entered any more, those reports are left out.
func (s *Store) TellIn(ctx context.Context, tx *db.Tx, org string, reports []Report, now time.Time) (Pushed, error) {
	now = now.UTC().Truncate(time.Microsecond)
	batch, err := check(reports, now)
	if err != nil {
		return Pushed{}, err
	}
	return s.enter(ctx, tx, org, "", batch, len(reports), true, now)
}

// Told is what is known last of a test and a subject.
type Told struct {
	State  State
	Reason string
	Last   time.Time // when the last report found it
	Until  time.Time // when it lapses
}

// Own calls fn with what Toucan itself told last, of each subject of each of its
// tests. It reads in the caller's transaction.
func (s *Store) Own(ctx context.Context, tx *db.Tx, org string, fn func(test, subject string, t Told)) error {
	args := []any{org, PolicyApproved + "%", PolicyAcknowledged + "%"}
	var keys []string
	for _, c := range people.Checks() {
		keys = append(keys, string(c))
	}
	rows, err := tx.Query(ctx, `
		SELECT s.test, s.subject, i.state, i.reason, i.last_at, i.to_at
		FROM result_series s JOIN result_interval i ON i.org = s.org AND i.series = s.id
			AND i.from_at = (SELECT max(j.from_at) FROM result_interval j WHERE j.org = s.org AND j.series = s.id)
		WHERE s.org = $1 AND (s.test LIKE $2 OR s.test LIKE $3 OR s.test IN (`+places(&args, keys)+`))`, args...)
	if err != nil {
		return err
	}
	return db.Each(rows, func(scan func(...any) error) error {
		var test, subject string
		var t Told
		var last, until int64
		err := scan(&test, &subject, &t.State, &t.Reason, &last, &until)
		if t.Last, t.Until = db.Time(last), db.Time(until); ours(test) {
			fn(test, subject, t)
		}
		return err
	})
}

// Of returns the intervals of one subject of some tests that have some time in common
// with a window, and the last before it, by test and time. It reads in the caller's
// transaction, for whose subjects they are.
func (s *Store) Of(ctx context.Context, tx *db.Tx, org, subject string, tests []string, from, to time.Time) ([]Interval, error) {
	args := []any{org, subject, db.Micros(from), db.Micros(to)}
	rows, err := tx.Query(ctx, `
		SELECT s.test, s.subject, i.state, i.reason, i.from_at, i.to_at, i.filed_at
		FROM result_series s JOIN result_interval i ON i.org = s.org AND i.series = s.id
		WHERE s.org = $1 AND s.subject = $2 AND i.from_at < $4
			AND (i.to_at > $3 OR i.from_at = (SELECT max(j.from_at) FROM result_interval j WHERE j.org = s.org AND j.series = s.id AND j.from_at <= $3))
			AND s.test IN (`+places(&args, tests)+`)
		ORDER BY s.test, i.from_at`, args...)
	if err != nil {
		return nil, err
	}
	var out []Interval
	err = db.Each(rows, func(scan func(...any) error) error {
		i, err := scanInterval(scan)
		out = append(out, i)
		return err
	})
	return out, err
}
