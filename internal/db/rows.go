package db

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
)

// Rows is a multi-row insert in the making: thousands of rows cost a few
// statements.
type Rows struct {
	into  string
	width int
	args  []any
}

// Into begins an insert into a table, whose columns are named as in SQL: "link (org, id)".
func Into(table string) *Rows {
	return &Rows{into: table, width: strings.Count(table, ",") + 1}
}

// Add adds a row, one value for each column.
func (r *Rows) Add(values ...any) {
	if len(values) != r.width {
		panic(fmt.Sprintf("%d values for %s", len(values), r.into))
	}
	r.args = append(r.args, values...)
}

// Len returns the number of rows added and not yet inserted.
func (r *Rows) Len() int { return len(r.args) / r.width }

// Insert writes the rows, some hundred a statement, on PostgreSQL up to a thousand
// as arrays: both engines limit how many
// parameters one may have.
func (r *Rows) Insert(ctx context.Context, tx *Tx) error { return r.InsertOr(ctx, tx, "") }

// fewRows are too few for arrays to pay.
const fewRows = 50

// InsertOr is Insert with an end of the statement, such as ON CONFLICT and what to
// do then. A row may be named once only in that case.
func (r *Rows) InsertOr(ctx context.Context, tx *Tx, end string) error {
	for args := r.args; len(args) > 0; {
		n := min(len(args), 200*r.width)
		if many := min(len(args), 1000*r.width); tx.Engine() == postgresName && many >= fewRows*r.width {
			if columns, places, ok := arrays(args[:many], r.width); ok {
				if _, err := tx.Exec(ctx, `INSERT INTO `+r.into+` SELECT * FROM unnest(`+places+`)`+end, columns...); err != nil {
					return err
				}
				args = args[many:]
				continue
			}
		}
		if _, err := tx.Exec(ctx, `INSERT INTO `+r.into+` VALUES `+places(n/r.width, r.width, 0)+end, args[:n]...); err != nil {
			return err
		}
		args = args[n:]
	}
	r.args = nil
	return nil
}

// Part returns the insert as a part of a bigger statement, whose parameters so far
// are given, and the parameters then. It is for a few rows: the limit of Insert is
// not kept.
func (r *Rows) Part(args []any) (string, []any) {
	return `INSERT INTO ` + r.into + ` VALUES ` + places(r.Len(), r.width, len(args)), append(args, r.args...)
}

// places writes ($1, $2), ($3, $4) ..., counted from after so many.
func places(n, width, after int) string {
	var b strings.Builder
	for i := range n * width {
		switch {
		case i == 0:
			b.WriteByte('(')
		case i%width == 0:
			b.WriteString("), (")
		default:
			b.WriteString(", ")
		}
		fmt.Fprintf(&b, "$%d", after+i+1)
	}
	b.WriteByte(')')
	return b.String()
}

// Each calls fn for every row and closes them.
func Each(rows *sql.Rows, fn func(scan func(...any) error) error) error {
	defer rows.Close()
	for rows.Next() {
		if err := fn(rows.Scan); err != nil {
			return err
		}
	}
	return rows.Err()
}
