package monitor

import (
	"cmp"
	"context"
	"hash/fnv"
	"slices"
	"time"

	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/people"
	"github.com/toucan-grc/toucan/internal/result"
)

// Work is the job that turns the boards of all organisations into results.
type Work struct{}

// Kind implements job.Args.
func (Work) Kind() string { return "monitor.tend" }

// TendEvery is how often it runs. A change is told within that time.
const TendEvery = 5 * time.Minute

// How long what is told may be relied on. It is told anew when less than half a day
// is left, and each person at another hour, so that one round of a large
// organisation tells a small part of it; a server that stands still goes stale
// within two days. What is said of somebody who has left changes by nothing but
// their coming back, so it holds longer.
const (
	holds      = 24 * time.Hour // and up to as much again
	renewUnder = 12 * time.Hour
	goneHolds  = 90 * 24 * time.Hour
	goneUnder  = 30 * 24 * time.Hour
)

// sweep is what the last round of an organisation saw.
type sweep struct {
	written db.Written
	next    time.Time // when something is to be told although nothing is written
}

// told is a test and a subject.
type told struct{ test, subject string }

// Tend tells results what the board says, where it says something else than before
// or where what was told is about to lapse. A second round at once tells nothing.
func (s *Store) Tend(ctx context.Context, org string, now time.Time) error {
	now = now.UTC().Truncate(time.Microsecond)
	b, err := s.board(ctx, org, now, 0)
	if err != nil {
		return err
	}
	s.mu.Lock()
	last, known := s.swept[org]
	s.mu.Unlock()
	if known && now.Before(last.next) && !b.written.Since(last.written, s.tables()...) {
		return nil
	}
	have := map[told]result.Told{}
	var facts []Fact
	err = s.DB.Read(ctx, org, func(tx *db.Tx) error {
		for _, f := range s.Facts {
			list, err := f.Ask(ctx, tx, org, b.Roster, now)
			if err != nil {
				return err
			}
			facts = append(facts, list...)
		}
		return s.Results.Own(ctx, tx, org, func(test, subject string, t result.Told) { have[told{test, subject}] = t })
	})
	if err != nil {
		return err
	}
	reports, next := tell(b, facts, have, now)
	for part := range slices.Chunk(reports, result.MaxReports) {
		if _, err := s.Results.Tell(ctx, org, part, now); err != nil {
			return err
		}
	}
	s.mu.Lock()
	s.swept[org] = sweep{b.written, sooner(next, b.next)}
	s.mu.Unlock()
	return nil
}

// tables are all whose writing may change what is told.
func (s *Store) tables() []string {
	out := slices.Clone(register)
	for _, p := range s.Parts {
		out = append(out, p.Tables...)
	}
	for _, f := range s.Facts {
		out = append(out, f.Tables...)
	}
	return out
}

// tell says what is to be reported of a board and of facts, given what was told
// before, and when there will be something to tell although nothing is written.
func tell(b *Board, facts []Fact, have map[told]result.Told, now time.Time) ([]result.Report, time.Time) {
	seen := make(map[told]bool, len(have))
	t := teller{have: have, now: now}
	for i := range b.rows {
		for _, s := range b.rows[i].cells {
			if s == nil {
				continue
			}
			state, reason := stateOf(s.State, s.Reason)
			key := told{string(s.Check), s.Person}
			if _, ever := have[key]; !ever && s.State == people.NotAsked {
				continue // whom it never concerned is no subject of the test
			}
			seen[key] = true
			t.say(key, state, reason, s.Since, s.State == people.NotAsked)
		}
	}
	for _, f := range facts {
		key := told{f.Test, f.Subject}
		if _, ever := have[key]; !ever && f.State == people.NotAsked {
			continue
		}
		seen[key] = true
		state, reason := stateOf(f.State, f.Reason)
		t.say(key, state, reason, f.Since, false)
	}
	for key := range have {
		if !seen[key] {
			t.say(key, result.NotApplicable, "Not asked any more.", time.Time{}, true)
		}
	}
	slices.SortStableFunc(t.out, func(a, b result.Report) int {
		return cmp.Or(cmp.Compare(a.Test, b.Test), cmp.Compare(a.Subject, b.Subject), a.At.Compare(b.At))
	})
	return t.out, t.next
}

// stateOf is a standing as the result of a test. Only Done is a pass.
func stateOf(s people.State, reason string) (result.State, string) {
	switch s {
	case people.Done:
		return result.Pass, ""
	case people.Missing:
		return result.Fail, reason
	case people.Due, people.Excluded, people.Paused, people.NotAsked:
		return result.NotApplicable, reason
	}
	return result.CouldNotTell, reason
}

type teller struct {
	have map[told]result.Told
	now  time.Time
	out  []result.Report
	next time.Time
}

// say reports a state since a moment, if it is another one than before or what was
// told is about to lapse. What was told before is not taken back: a state begins
// after the last report of another one at the earliest.
func (t *teller) say(key told, state result.State, reason string, since time.Time, gone bool) {
	reason = clip(reason)
	last, ever := t.have[key]
	whole, under := holds+spread(key.subject), renewUnder
	if gone {
		whole, under = goneHolds, goneUnder
	}
	until := t.now.Add(whole)
	same := ever && last.State == state && last.Reason == reason && last.Until.After(t.now)
	if same && last.Until.Sub(t.now) > under {
		t.next = sooner(t.next, last.Until.Add(-under))
		return
	}
	t.next = sooner(t.next, until.Add(-under))
	at := t.now
	switch {
	case same || since.IsZero():
	case ever:
		at = later(since, last.Last.Add(time.Microsecond))
	default:
		at = since
	}
	if at.After(t.now) {
		at = t.now
	}
	if oldest := t.now.AddDate(-9, 0, 0); at.Before(oldest) {
		at = oldest
	}
	const step = result.MaxValidFor - 24*time.Hour
	for ; until.Sub(at) > result.MaxValidFor; at = at.Add(step) {
		t.out = append(t.out, result.Report{Test: key.test, Subject: key.subject, State: state, Reason: reason, At: at, Until: at.Add(result.MaxValidFor)})
	}
	t.out = append(t.out, result.Report{Test: key.test, Subject: key.subject, State: state, Reason: reason, At: at, Until: until})
}

// spread is up to a day, another one for each subject and always the same.
func spread(subject string) time.Duration {
	h := fnv.New64a()
	h.Write([]byte(subject))                //nolint:errcheck // it never fails
	mixed := h.Sum64() * 0x9e3779b97f4a7c15 // names that differ in the last letter only lie close together before
	return time.Duration(mixed>>40%(24*60)) * time.Minute
}

// clip makes a reason fit a result.
func clip(s string) string {
	const most = 290
	if r := []rune(s); len(r) > most {
		return string(r[:most]) + "…"
	}
	return s
}
