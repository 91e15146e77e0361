package result

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/problem"
)

// Row is an interval as posture needs it, in microseconds.
type Row struct {
	Test            string
	Subject         int32 // number of the subject within the test; whom or what it is, is not told
	State           State
	From, To, Filed int64
}

// Checks calls fn with every interval of the organisation, by test, subject and
// time. Intervals of one subject do not overlap. Two of the same state may touch:
// then the second was filed so late that the first had lapsed meanwhile.
func (s *Store) Checks(ctx context.Context, who access.Actor, fn func(Row) error) error {
	if err := who.May(access.ViewPosture); err != nil {
		return err
	}
	return s.db.Read(ctx, who.Org(), func(tx *db.Tx) error {
		rows, err := tx.Query(ctx, `
			SELECT s.test, s.n, i.state, i.from_at, i.to_at, i.filed_at
			FROM result_series s JOIN result_interval i ON i.org = s.org AND i.series = s.id
			WHERE s.org = $1 ORDER BY s.test, s.n, i.from_at`, who.Org())
		if err != nil {
			return err
		}
		return db.Each(rows, func(scan func(...any) error) error {
			var r Row
			if err := scan(&r.Test, &r.Subject, &r.State, &r.From, &r.To, &r.Filed); err != nil {
				return err
			}
			return fn(r)
		})
	})
}

// Window asks for intervals.
type Window struct {
	Tests    []string  // at least one
	Subject  string    // empty: all
	From, To time.Time // To is not part of it
}

const (
	maxTests     = 500
	maxIntervals = 50_000
)

// Timeline returns the intervals that have some time in common with a window, and
// the last one before it, by test, subject and time. Fill cuts them to the window
// and makes the stretches in between visible. A window with too much in it is an
// Invalid problem.
func (s *Store) Timeline(ctx context.Context, who access.Actor, w Window) (list []Interval, err error) {
	if err := who.May(access.ViewResults); err != nil {
		return nil, err
	}
	err = s.db.Read(ctx, who.Org(), func(tx *db.Tx) error {
		list, err = timeline(ctx, tx, who.Org(), w)
		return err
	})
	return list, err
}

func timeline(ctx context.Context, tx *db.Tx, org string, w Window) ([]Interval, error) {
	if len(w.Tests) == 0 || len(w.Tests) > maxTests {
		return nil, problem.Field("tests", fmt.Sprintf("Name 1 to %d tests.", maxTests))
	}
	args := []any{org, db.Micros(w.From), db.Micros(w.To), w.Subject, maxIntervals + 1}
	rows, err := tx.Query(ctx, `
		SELECT s.test, s.subject, i.state, i.reason, i.from_at, i.to_at, i.filed_at
		FROM result_series s JOIN result_interval i ON i.org = s.org AND i.series = s.id
		WHERE s.org = $1 AND i.from_at < $3
			AND (i.to_at > $2 OR i.from_at = (SELECT max(j.from_at) FROM result_interval j WHERE j.org = s.org AND j.series = s.id AND j.from_at <= $2))
			AND (s.subject = $4 OR $4 = '') AND s.test IN (`+places(&args, w.Tests)+`)
		ORDER BY s.test, s.n, i.from_at LIMIT $5`, args...)
	if err != nil {
		return nil, err
	}
	var out []Interval
	err = db.Each(rows, func(scan func(...any) error) error {
		i, err := scanInterval(scan)
		out = append(out, i)
		return err
	})
	if len(out) > maxIntervals {
		return nil, problem.New(problem.Invalid, "More than %d intervals lie in this window. Ask for fewer tests, one subject or a shorter window.", maxIntervals)
	}
	return out, err
}

// places adds texts to args and returns their places in a statement.
func places(args *[]any, texts []string) string {
	var out []string
	for _, t := range texts {
		*args = append(*args, t)
		out = append(out, fmt.Sprintf("$%d", len(*args)))
	}
	return strings.Join(out, ", ")
}

func scanInterval(scan func(...any) error) (Interval, error) {
	var i Interval
	var from, to, filed int64
	err := scan(&i.Test, &i.Subject, &i.State, &i.Reason, &from, &to, &filed)
	i.From, i.To, i.FiledAt = db.Time(from), db.Time(to), db.Time(filed)
	return i, err
}

// Filter chooses results. The zero value chooses all.
type Filter struct {
	Tests []string // any of them; none: all
	State State    // as of now; empty: any
	Text  string   // in the test's key or the subject
	After string   // Next of the page before
	Limit int      // 0: 100; at most 1,000
}

// Page is a part of a list.
type Page struct {
	Results []Interval
	Next    string // for Filter.After; empty on the last page
}

// Latest returns the newest interval of each test and subject, by test and subject,
// as it is at a moment: one whose time has run out is stale, since then.
func (s *Store) Latest(ctx context.Context, who access.Actor, f Filter, now time.Time) (Page, error) {
	if err := who.May(access.ViewResults); err != nil {
		return Page{}, err
	}
	if len(f.Tests) > maxTests {
		return Page{}, problem.Field("tests", fmt.Sprintf("Name at most %d tests.", maxTests))
	}
	if f.State != "" && f.State != Stale {
		if err := checkState(f.State); err != nil {
			return Page{}, err
		}
	}
	limit := min(f.Limit, 1000)
	if limit <= 0 {
		limit = 100
	}
	test, subject, _ := strings.Cut(f.After, "\n")
	args := []any{who.Org(), test, subject, limit + 1}
	where := ` AND (s.test > $2 OR s.test = $2 AND s.subject > $3)`
	if len(f.Tests) > 0 {
		where += ` AND s.test IN (` + places(&args, f.Tests) + `)`
	}
	switch f.State {
	case "":
	case Stale:
		args = append(args, db.Micros(now))
		where += fmt.Sprintf(` AND i.to_at <= $%d`, len(args))
	default:
		args = append(args, db.Micros(now), string(f.State))
		where += fmt.Sprintf(` AND i.to_at > $%d AND i.state = $%d`, len(args)-1, len(args))
	}
	if text := strings.ToLower(strings.TrimSpace(f.Text)); text != "" {
		args = append(args, "%"+escape(text)+"%")
		where += fmt.Sprintf(` AND (s.test LIKE $%d ESCAPE '\' OR lower(s.subject) LIKE $%d ESCAPE '\')`, len(args), len(args))
	}
	var page Page
	err := s.db.Read(ctx, who.Org(), func(tx *db.Tx) error {
		rows, err := tx.Query(ctx, `
			SELECT s.test, s.subject, i.state, i.reason, i.from_at, i.to_at, i.filed_at
			FROM result_series s JOIN result_interval i ON i.org = s.org AND i.series = s.id
				AND i.from_at = (SELECT max(j.from_at) FROM result_interval j WHERE j.org = s.org AND j.series = s.id)
			WHERE s.org = $1`+where+` ORDER BY s.test, s.subject LIMIT $4`, args...)
		if err != nil {
			return err
		}
		return db.Each(rows, func(scan func(...any) error) error {
			i, err := scanInterval(scan)
			page.Results = append(page.Results, i)
			return err
		})
	})
	if err != nil {
		return Page{}, err
	}
	if len(page.Results) > limit {
		page.Results = page.Results[:limit]
		last := page.Results[limit-1]
		page.Next = last.Test + "\n" + last.Subject
	}
	for n, i := range page.Results {
		if !i.To.After(now) {
			page.Results[n] = Interval{Test: i.Test, Subject: i.Subject, State: Stale, From: i.To, To: now, FiledAt: i.To,
				Reason: "Last heard of it: it " + i.State.Words() + "."}
		}
	}
	return page, nil
}

func escape(text string) string {
	return strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`).Replace(text)
}

// Summary counts the newest states of one test.
type Summary struct {
	Test     string
	Subjects int
	Counts   map[State]int // stale ones as well
	LastAt   time.Time     // when a report that is known last was found
}

// Summaries returns how all subjects of each test stand at a moment, by test.
func (s *Store) Summaries(ctx context.Context, who access.Actor, now time.Time) ([]Summary, error) {
	if err := who.May(access.ViewResults); err != nil {
		return nil, err
	}
	var out []Summary
	err := s.db.Read(ctx, who.Org(), func(tx *db.Tx) error {
		rows, err := tx.Query(ctx, `
			SELECT s.test, CASE WHEN i.to_at > $2 THEN i.state ELSE 'stale' END AS now_state, count(*), max(i.last_at)
			FROM result_series s JOIN result_interval i ON i.org = s.org AND i.series = s.id
				AND i.from_at = (SELECT max(j.from_at) FROM result_interval j WHERE j.org = s.org AND j.series = s.id)
			WHERE s.org = $1 GROUP BY 1, 2 ORDER BY 1, 2`, who.Org(), db.Micros(now))
		if err != nil {
			return err
		}
		return db.Each(rows, func(scan func(...any) error) error {
			var test string
			var state State
			var n int
			var last int64
			if err := scan(&test, &state, &n, &last); err != nil {
				return err
			}
			if len(out) == 0 || out[len(out)-1].Test != test {
				out = append(out, Summary{Test: test, Counts: map[State]int{}})
			}
			t := &out[len(out)-1]
			t.Subjects += n
			t.Counts[state] = n
			if at := db.Time(last); at.After(t.LastAt) {
				t.LastAt = at
			}
			return nil
		})
	})
	return out, err
}
