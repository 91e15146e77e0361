package result

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/problem"
)

// perRead is how many series are read with one statement.
const perRead = 200

// writer enters a batch in one transaction.
type writer struct {
	ctx context.Context
	tx  *db.Tx
	org string

	leave bool // leave out what comes too late

	held   map[string]*held // by test and subject
	number map[string]int64 // highest number of a subject, by test
	fresh  *db.Rows
	pieces *db.Rows
	recent *rowUpdates // of series
	longer *rowUpdates // of intervals
}

// held is a series as it is stored.
type held struct {
	id string // empty: it is new
	series
	stored []piece
}

func seriesKey(test, subject string) string { return test + "\n" + subject }

// load reads the series of a batch, and of their intervals those that its reports
// can touch.
func (w *writer) load(batch []*sorted) error {
	w.held, w.number = map[string]*held{}, map[string]int64{}
	for part := range slices.Chunk(batch, perRead) {
		if err := w.loadSeries(part); err != nil {
			return err
		}
		if err := w.loadPieces(part); err != nil {
			return err
		}
	}
	return nil
}

// loadSeries and loadPieces say CROSS JOIN: SQLite then looks up each row of the list,
// where otherwise from fifty rows on it reads all there is of the organisation.
func (w *writer) loadSeries(part []*sorted) error {
	args := []any{w.org}
	var pairs []string
	for _, s := range part {
		args = append(args, s.test, s.subject)
		pairs = append(pairs, fmt.Sprintf("(CAST($%d AS TEXT), CAST($%d AS TEXT))", len(args)-1, len(args)))
	}
	rows, err := w.tx.Query(w.ctx, `
		SELECT s.id, s.test, s.subject, s.sealed_at, s.recent
		FROM (VALUES `+strings.Join(pairs, ", ")+`) AS v CROSS JOIN result_series s WHERE s.org = $1 AND s.test = v.column1 AND s.subject = v.column2`, args...)
	if err != nil {
		return err
	}
	return db.Each(rows, func(scan func(...any) error) error {
		h := &held{}
		var test, subject, recent string
		if err := scan(&h.id, &test, &subject, &h.sealed, &recent); err != nil {
			return err
		}
		var err error
		if h.recent, err = parseClaims(recent); err != nil {
			return err
		}
		w.held[seriesKey(test, subject)] = h
		return nil
	})
}

func (w *writer) loadPieces(part []*sorted) error {
	args := []any{w.org}
	var wants []string
	byID := map[string]*held{}
	for _, s := range part {
		h := w.held[seriesKey(s.test, s.subject)]
		if h == nil {
			w.held[seriesKey(s.test, s.subject)] = &held{}
			continue
		}
		byID[h.id] = h
		args = append(args, h.id, min(h.sealed, s.claims[0].at))
		wants = append(wants, fmt.Sprintf("(CAST($%d AS TEXT), CAST($%d AS BIGINT))", len(args)-1, len(args)))
	}
	if len(wants) == 0 {
		return nil
	}
	rows, err := w.tx.Query(w.ctx, `
		SELECT i.series, i.from_at, i.to_at, i.last_at, i.state, i.reason, i.filed_at
		FROM (VALUES `+strings.Join(wants, ", ")+`) AS v CROSS JOIN result_interval i WHERE i.org = $1 AND i.series = v.column1 AND i.to_at >= v.column2
		ORDER BY i.series, i.from_at`, args...)
	if err != nil {
		return err
	}
	return db.Each(rows, func(scan func(...any) error) error {
		var id string
		var p piece
		err := scan(&id, &p.from, &p.to, &p.last, &p.state, &p.reason, &p.filed)
		if h := byID[id]; err == nil {
			h.stored = append(h.stored, p)
		}
		return err
	})
}

// enter works out what the reports change and prepares the rows.
func (w *writer) enter(batch []*sorted, now time.Time, out *Pushed) ([]entered, error) {
	w.fresh = db.Into(`result_series (org, id, test, subject, n, sealed_at, recent)`)
	w.pieces = db.Into(`result_interval (org, series, from_at, to_at, last_at, state, reason, filed_at)`)
	w.recent = updates(`result_series`, `sealed_at = v.column2, recent = v.column3`, `result_series.id = v.column1`, "TEXT", "BIGINT", "TEXT")
	w.longer = updates(`result_interval`, `to_at = v.column3, last_at = v.column4, state = v.column5, reason = v.column6, filed_at = v.column7`,
		`result_interval.series = v.column1 AND result_interval.from_at = v.column2`, "TEXT", "BIGINT", "BIGINT", "BIGINT", "TEXT", "TEXT", "BIGINT")
	var all []entered
	for _, s := range batch {
		h := w.held[seriesKey(s.test, s.subject)]
		h.pieces = slices.Clone(h.stored)
		recent := formatClaims(h.recent)
		changes, refused := h.take(s.claims, db.Micros(now))
		for w.leave && refused >= 0 {
			s.claims, s.rows = slices.Delete(s.claims, refused, refused+1), slices.Delete(s.rows, refused, refused+1)
			changes, refused = h.take(s.claims, db.Micros(now))
		}
		if refused >= 0 {
			c := s.claims[refused]
			return nil, fault(s.rows[refused], "at", fmt.Sprintf("It says that %s of %s %s on %s, and otherwise is known from before and after. So long afterwards it cannot be entered any more. Leave it out.",
				s.test, clip(s.subject), c.state.Words(), stamp(db.Time(c.at))))
		}
		written, err := w.store(s, h, recent)
		if err != nil {
			return nil, err
		}
		switch {
		case len(changes) > 0:
			for _, c := range changes {
				all = append(all, entered{c, h.id, s.test, s.subject})
			}
		case written:
			out.Extended++
		default:
			out.Unchanged++
		}
	}
	return all, nil
}

// store writes what differs of one series and says whether its intervals do.
func (w *writer) store(s *sorted, h *held, was string) (bool, error) {
	switch now := formatClaims(h.recent); {
	case h.id == "":
		n, err := w.next(s)
		if err != nil {
			return false, err
		}
		h.id = newID()
		w.fresh.Add(w.org, h.id, s.test, s.subject, n, h.sealed, now)
	case now != was:
		w.recent.add(h.id, h.sealed, now)
	}
	written := false
	for _, p := range h.stored {
		if !slices.ContainsFunc(h.pieces, func(q piece) bool { return q.from == p.from }) {
			written = true
			if _, err := w.tx.Exec(w.ctx, `DELETE FROM result_interval WHERE org = $1 AND series = $2 AND from_at = $3`, w.org, h.id, p.from); err != nil {
				return false, err
			}
		}
	}
	for _, p := range h.pieces {
		i := slices.IndexFunc(h.stored, func(q piece) bool { return q.from == p.from })
		if i >= 0 && h.stored[i] == p {
			continue
		}
		if i < 0 {
			w.pieces.Add(w.org, h.id, p.from, p.to, p.last, string(p.state), p.reason, p.filed)
			written = true
			continue
		}
		old := h.stored[i]
		written = written || old.to != p.to || old.state != p.state || old.reason != p.reason
		w.longer.add(h.id, p.from, p.to, p.last, string(p.state), p.reason, p.filed)
	}
	return written, nil
}

// next is the number of a new subject of a test.
func (w *writer) next(s *sorted) (int64, error) {
	n, ok := w.number[s.test]
	if !ok {
		err := w.tx.QueryRow(w.ctx, `SELECT n FROM result_series WHERE org = $1 AND test = $2 ORDER BY n DESC LIMIT 1`, w.org, s.test).Scan(&n)
		if err != nil && !errors.Is(err, sql.ErrNoRows) {
			return 0, err
		}
	}
	if n++; n > maxSubjects && !w.leave { // devices are counted by who enrols them
		return 0, problem.Field(fmt.Sprintf("results[%d].subject", s.rows[0]),
			fmt.Sprintf("Result %d: %s has %d subjects already, the most that a test may have. Nothing of the batch was kept. Use names that stay the same from run to run.", s.rows[0]+1, s.test, maxSubjects))
	}
	w.number[s.test] = n
	return n, nil
}

func (w *writer) flush() error {
	for _, u := range []*rowUpdates{w.recent, w.longer} {
		if err := u.run(w.ctx, w.tx, w.org); err != nil {
			return err
		}
	}
	if err := w.fresh.Insert(w.ctx, w.tx); err != nil {
		return err
	}
	return w.pieces.Insert(w.ctx, w.tx)
}

// rowUpdates are updates of many rows of a table, some hundred a statement.
type rowUpdates struct {
	table, set, where string
	types             []string
	args              []any
}

// updates begins updates of rows, whose values are v.column1 and so on.
func updates(table, set, where string, types ...string) *rowUpdates {
	return &rowUpdates{table: table, set: set, where: where, types: types}
}

func (u *rowUpdates) add(values ...any) { u.args = append(u.args, values...) }

func (u *rowUpdates) run(ctx context.Context, tx *db.Tx, org string) error {
	width := len(u.types)
	for part := range slices.Chunk(u.args, perRead*width) {
		var rows []string
		for i := 0; i < len(part); i += width {
			var row []string
			for j, t := range u.types {
				row = append(row, fmt.Sprintf("CAST($%d AS %s)", i+j+2, t))
			}
			rows = append(rows, "("+strings.Join(row, ", ")+")")
		}
		_, err := tx.Exec(ctx, `UPDATE `+u.table+` SET `+u.set+` FROM (VALUES `+strings.Join(rows, ", ")+`) AS v WHERE `+u.table+`.org = $1 AND `+u.where, append([]any{org}, part...)...)
		if err != nil {
			return err
		}
	}
	return nil
}

// formatClaims writes reports as they are kept: a line each.
func formatClaims(claims []claim) string {
	var b strings.Builder
	for _, c := range claims {
		fmt.Fprintf(&b, "%d %d %s %s\n", c.at, c.until, c.state, c.reason)
	}
	return b.String()
}

func parseClaims(text string) ([]claim, error) {
	var out []claim
	for line := range strings.Lines(text) {
		f := strings.SplitN(strings.TrimSuffix(line, "\n"), " ", 4)
		if len(f) != 4 {
			return nil, fmt.Errorf("result: %q is no report", line)
		}
		at, err := strconv.ParseInt(f[0], 10, 64)
		until, err2 := strconv.ParseInt(f[1], 10, 64)
		if err := errors.Join(err, err2); err != nil {
			return nil, fmt.Errorf("result: %w", err)
		}
		out = append(out, claim{at, until, State(f[2]), f[3]})
	}
	return out, nil
}
