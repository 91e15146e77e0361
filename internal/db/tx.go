package db

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
	"sync"
)

// Tx is one transaction, handed to the functions given to Write and Read. It is
// for one goroutine and must not outlive the function. Statements are written
// with $1, $2 for both engines.
type Tx struct {
	d      *DB
	tx     *sql.Tx
	write  bool
	change *change // being run, or nil
	late   []*late // what BeforeCommit gathered, in order of first use

	changed map[string]int // changes so far, by organisation
}

// late is work of one kind that waits for the end of the transaction.
type late struct {
	key   string
	items []any
	flush func(context.Context, *Tx, []any) error
}

// Engine returns "sqlite" or "postgres", for the few statements that differ.
func (t *Tx) Engine() string { return t.d.engine }

// Exec runs a statement that returns no rows.
func (t *Tx) Exec(ctx context.Context, query string, args ...any) (sql.Result, error) {
	t.note(query)
	return t.tx.ExecContext(t.steady(ctx), t.d.rewrite(query), args...)
}

// Query runs a statement that returns rows. The caller closes them before the
// next statement: PostgreSQL has one conversation per connection.
func (t *Tx) Query(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	t.note(query)
	return t.tx.QueryContext(t.steady(ctx), t.d.rewrite(query), args...)
}

// QueryRow runs a statement that returns at most one row.
func (t *Tx) QueryRow(ctx context.Context, query string, args ...any) *sql.Row {
	t.note(query)
	return t.tx.QueryRowContext(t.steady(ctx), t.d.rewrite(query), args...)
}

// BeforeCommit keeps item for flush, which is called once for all items of a
// key, after every change of the batch and just before it is committed. Items
// of a change that fails are dropped with it. A failing flush fails the batch,
// so flush must fail only when the database does.
func (t *Tx) BeforeCommit(key string, item any, flush func(ctx context.Context, tx *Tx, items []any) error) {
	for _, l := range t.late {
		if l.key == key {
			l.items = append(l.items, item)
			return
		}
	}
	t.late = append(t.late, &late{key: key, items: []any{item}, flush: flush})
}

// mark and cut let a savepoint drop what was gathered after it.
func (t *Tx) mark() []int {
	m := make([]int, len(t.late))
	for i, l := range t.late {
		m[i] = len(l.items)
	}
	return m
}

func (t *Tx) cut(m []int) {
	t.late = t.late[:len(m)]
	for i, n := range m {
		t.late[i].items = t.late[i].items[:n]
	}
}

// steady takes the cancellation out of a writer's context: a change shares its
// transaction with others, and a person who walks away in the middle of a
// statement must not take theirs down as well.
func (t *Tx) steady(ctx context.Context) context.Context {
	if t.write {
		return context.WithoutCancel(ctx)
	}
	return ctx
}

// Read runs fn in a read-only transaction, so that all its queries see the same
// moment. On PostgreSQL row-level security lets through the rows of org only.
func (d *DB) Read(ctx context.Context, org string, fn func(tx *Tx) error) error {
	return d.read(ctx, "toucan.org", org, fn)
}

// ReadAccount is Read for the rows that belong to one account in any
// organisation, its memberships; row-level security lets nothing else through.
func (d *DB) ReadAccount(ctx context.Context, account string, fn func(tx *Tx) error) error {
	return d.read(ctx, "toucan.account", account, fn)
}

func (d *DB) read(ctx context.Context, setting, value string, fn func(tx *Tx) error) error {
	tx, err := d.reader.BeginTx(ctx, &sql.TxOptions{ReadOnly: true, Isolation: d.snapshot()})
	if err != nil {
		return fmt.Errorf("beginning to read: %w", err)
	}
	defer tx.Rollback()
	t := &Tx{d: d, tx: tx}
	if err := t.scope(ctx, setting, value); err != nil {
		return err
	}
	return fn(t)
}

// snapshot is the isolation in which every query of a read sees one moment.
// SQLite's readers always do.
func (d *DB) snapshot() sql.IsolationLevel {
	if d.engine == postgresName {
		return sql.LevelRepeatableRead
	}
	return sql.LevelDefault
}

// scope tells row-level security on whose behalf the transaction runs. It lasts
// until the transaction ends.
func (t *Tx) scope(ctx context.Context, setting, value string) error {
	if t.d.engine != postgresName {
		return nil
	}
	if _, err := t.tx.ExecContext(t.steady(ctx), `SELECT set_config($1, $2, true)`, setting, value); err != nil {
		return fmt.Errorf("setting the scope: %w", err)
	}
	return nil
}

// rewritten remembers the statements already turned into SQLite's form; there
// are as many as there are statements in the source.
var rewritten sync.Map

// rewrite turns $1 into ?1 for SQLite, whose driver binds $1 by order of
// appearance and not by number. This is the only place that does.
func (d *DB) rewrite(query string) string {
	if d.engine != sqliteName || !strings.Contains(query, "$") {
		return query
	}
	if q, ok := rewritten.Load(query); ok {
		return q.(string)
	}
	q := numbered(query)
	rewritten.Store(query, q)
	return q
}

// numbered replaces $N by ?N outside string literals, quoted names and comments.
func numbered(query string) string {
	b := []byte(query)
	for i := 0; i < len(b); i++ {
		switch c := b[i]; {
		case c == '\'' || c == '"':
			for i++; i < len(b) && b[i] != c; i++ { // a doubled quote ends one literal and begins the next
			}
		case c == '-' && i+1 < len(b) && b[i+1] == '-':
			for ; i < len(b) && b[i] != '\n'; i++ {
			}
		case c == '/' && i+1 < len(b) && b[i+1] == '*':
			for i += 2; i+1 < len(b) && (b[i] != '*' || b[i+1] != '/'); i++ {
			}
			i++
		case c == '$' && i+1 < len(b) && '1' <= b[i+1] && b[i+1] <= '9':
			b[i] = '?'
		}
	}
	return string(b)
}
