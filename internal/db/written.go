package db

import (
	"context"
	"database/sql"
	"errors"
	"slices"
	"strconv"
	"strings"

	"github.com/toucan-grc/toucan/internal/problem"
)

// Written says when the tables of an organisation were last written, so that what
// was read from one need not be read again because another changed.
type Written struct {
	Revision  int64            // of the organisation
	untracked int64            // changes that did not say what they wrote: those of an earlier Toucan
	tables    map[string]int64 // the revision at which each was last written
}

// Since reports whether any of the tables was written after the moment of then.
func (w Written) Since(then Written, tables ...string) bool {
	return w.untracked != then.untracked || slices.ContainsFunc(tables, func(t string) bool { return w.tables[t] > then.Revision })
}

// everyTable is the line that counts the changes which said what they wrote.
const everyTable = ""

// Written returns the revision of an organisation and what was written when, as
// of one moment.
func (d *DB) Written(ctx context.Context, org string) (Written, error) {
	w := Written{tables: map[string]int64{}}
	err := d.Read(ctx, org, func(tx *Tx) error {
		err := tx.QueryRow(ctx, `SELECT revision FROM organisation WHERE id = $1`, org).Scan(&w.Revision)
		if errors.Is(err, sql.ErrNoRows) {
			return problem.New(problem.NotFound, "There is no such organisation.")
		}
		if err != nil {
			return err
		}
		rows, err := tx.Query(ctx, `SELECT part, revision FROM written WHERE org = $1`, org)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var t string
			var n int64
			if err := rows.Scan(&t, &n); err != nil {
				return err
			}
			w.tables[t] = n
		}
		return rows.Err()
	})
	w.untracked = w.Revision - w.tables[everyTable]
	return w, err
}

// note remembers which table a statement of a change writes. It reads the
// statement itself, so no store can forget to say so.
func (t *Tx) note(query string) {
	if t.change == nil {
		return
	}
	if table := target(query); table != "" && !strings.HasPrefix(table, "log_") && !slices.Contains(t.change.tables, table) {
		t.change.tables = append(t.change.tables, table)
	}
}

// target returns the table that an INSERT, UPDATE or DELETE writes, or "".
func target(query string) string {
	verb, rest := word(query)
	switch strings.ToUpper(verb) {
	case "UPDATE":
		table, _ := word(rest)
		return table
	case "INSERT", "DELETE":
		for verb, rest = word(rest); verb != ""; verb, rest = word(rest) {
			if strings.EqualFold(verb, "INTO") || strings.EqualFold(verb, "FROM") {
				table, _ := word(rest)
				return table
			}
		}
	}
	return ""
}

// word cuts the first word off a statement.
func word(s string) (string, string) {
	s = strings.TrimLeft(s, " \t\n")
	end := strings.IndexAny(s, " \t\n(")
	if end < 0 {
		return s, ""
	}
	if end == 0 {
		return s[:1], s[1:]
	}
	return s[:end], s[end:]
}

// raise raises the revision of an organisation by the changes made to it and
// writes down which tables they wrote.
func (t *Tx) raise(ctx context.Context, org string, changes int, tables []string) error {
	if t.d.engine == postgresName && len(tables) > 0 {
		return t.raiseAtOnce(ctx, org, changes, tables)
	}
	if _, err := t.Exec(ctx, `UPDATE organisation SET revision = revision + $2 WHERE id = $1`, org, changes); err != nil {
		return err
	}
	_, err := t.Exec(ctx, `
		INSERT INTO written (org, part, revision) VALUES ($1, '', $2) ON CONFLICT (org, part) DO UPDATE SET revision = written.revision + excluded.revision`, org, changes)
	if err != nil || len(tables) == 0 {
		return err
	}
	rows := strings.Repeat(", ($1, $%, (SELECT revision FROM organisation WHERE id = $1))", len(tables))[2:]
	args := []any{org}
	for _, table := range tables {
		args = append(args, table)
		rows = strings.Replace(rows, "$%", "$"+strconv.Itoa(len(args)), 1)
	}
	_, err = t.Exec(ctx, `INSERT INTO written (org, part, revision) VALUES `+rows+` ON CONFLICT (org, part) DO UPDATE SET revision = excluded.revision`, args...)
	return err
}

// raiseAtOnce is raise in one statement: each is a trip to PostgreSQL.
func (t *Tx) raiseAtOnce(ctx context.Context, org string, changes int, tables []string) error {
	args := []any{org, changes}
	var parts []string
	for _, table := range tables {
		args = append(args, table)
		parts = append(parts, "($"+strconv.Itoa(len(args))+"::text)")
	}
	_, err := t.Exec(ctx, `
		WITH o AS (UPDATE organisation SET revision = revision + $2::bigint WHERE id = $1 RETURNING revision),
			every AS (INSERT INTO written (org, part, revision) VALUES ($1, '', $2::bigint) ON CONFLICT (org, part) DO UPDATE SET revision = written.revision + excluded.revision)
		INSERT INTO written (org, part, revision) SELECT $1, p.part, o.revision FROM o, (VALUES `+strings.Join(parts, ", ")+`) AS p (part)
		ON CONFLICT (org, part) DO UPDATE SET revision = excluded.revision`, args...)
	return err
}
