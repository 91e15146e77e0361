// Package register keeps what every register of the company has in common: codes
// people read, versions that say who changed what and when, an end with a reason
// in the place of deletion, and entries that come from a file. What is in a register, and
// what follows from a change, is said by the noun it belongs to.
package register

import (
	"context"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/ledger"
)

// Entry is what a register knows of each of its entries beside their content.
type Entry struct {
	ID         string
	Code       string // such as "SYS-3": one entry each, never given again
	Version    int    // of the content; 1 is the first
	CreatedAt  time.Time
	ChangedAt  time.Time
	RetiredAt  time.Time // zero: in use
	RetiredFor string    // the reason
}

// InUse reports whether the entry was not retired.
func (e Entry) InUse() bool { return e.RetiredAt.IsZero() }

// Act says what a version came from.
type Act string

const (
	Added    Act = "added"
	Changed  Act = "changed"
	Retired  Act = "retired"
	Restored Act = "restored"
)

// Kind says how the entries of one register are kept: a table with the columns of
// Entry and those of the content. The content is what T marshals to as JSON; its
// Entry stays out of it.
type Kind[T any] struct {
	Noun    string // "system": names the rows of the history
	Leaf    string // kind of the leaves, "system.changed"
	Label   string // how a sentence begins: "The system"
	Prefix  string // of the codes: "SYS-"
	Width   int    // of the number in a code, filled with zeros
	First   int    // the first number that is given; 0 means 1
	Table   string
	Columns string // those of the content, "name, kind, owner"
	Entry   func(*T) *Entry
	Name    func(*T) string // what no two entries in use share; empty: nothing
	Cells   func(*T) []any  // where the content is, in the order of Columns: pointers, Null or Words
}

// Code is the code of a number.
func (k Kind[T]) Code(number int) string { return fmt.Sprintf("%s%0*d", k.Prefix, k.Width, number) }

// number is the number of a code, or 0.
func (k Kind[T]) number(code string) int {
	digits, ok := strings.CutPrefix(strings.ToUpper(strings.TrimSpace(code)), k.Prefix)
	n, err := strconv.Atoi(digits)
	if !ok || err != nil || n < 1 || n > 1<<30 {
		return 0
	}
	return n
}

// body is the content of an entry as it is kept in the history.
func body[T any](e *T) (string, error) {
	data, err := json.Marshal(e)
	return string(data), err
}

// ByCode finds an entry by its code, however it is written.
func (k Kind[T]) ByCode(list []T, code string) (int, bool) {
	n := k.number(code)
	if n == 0 {
		return -1, false
	}
	i := slices.IndexFunc(list, func(e T) bool { return k.number(k.Entry(&e).Code) == n })
	return i, i >= 0
}

const entryColumns = "id, number, version, created_at, changed_at, retired_at, retired_for"

// All returns the entries of a register in the order of their codes, the retired
// ones among them.
func (k Kind[T]) All(ctx context.Context, tx *db.Tx, org string) ([]T, error) {
	return k.read(ctx, tx, org, "")
}

// Some returns those of the entries that have one of the ids.
func (k Kind[T]) Some(ctx context.Context, tx *db.Tx, org string, ids []string) ([]T, error) {
	if len(ids) > 200 { // a statement has a limit of parameters, and a register is small
		all, err := k.All(ctx, tx, org)
		return slices.DeleteFunc(all, func(e T) bool { return !slices.Contains(ids, k.Entry(&e).ID) }), err
	}
	args := []any{org}
	return k.read(ctx, tx, org, "AND id IN ("+db.Among(&args, ids)+")", args[1:]...)
}

// Matching returns the entries for which a condition on columns holds; its values are
// $2 and on.
func (k Kind[T]) Matching(ctx context.Context, tx *db.Tx, org, condition string, values ...any) ([]T, error) {
	return k.read(ctx, tx, org, "AND ("+condition+")", values...)
}

func (k Kind[T]) read(ctx context.Context, tx *db.Tx, org, where string, args ...any) ([]T, error) {
	rows, err := tx.Query(ctx, `SELECT `+entryColumns+`, `+k.Columns+` FROM `+k.Table+` WHERE org = $1 `+where+` ORDER BY number`, append([]any{org}, args...)...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []T
	for rows.Next() {
		var e T
		h := k.Entry(&e)
		var number int
		var created, changed, retired int64
		if err := rows.Scan(append([]any{&h.ID, &number, &h.Version, &created, &changed, &retired, &h.RetiredFor}, k.Cells(&e)...)...); err != nil {
			return nil, err
		}
		h.Code, h.CreatedAt, h.ChangedAt, h.RetiredAt = k.Code(number), db.Time(created), db.Time(changed), db.Time(retired)
		out = append(out, e)
	}
	return out, rows.Err()
}

// Writer is who writes, and when.
type Writer struct {
	Log *ledger.Log
	Org string
	By  string // account; empty: nobody, time did it
	Now time.Time
}

// newID returns the id of a row.
func newID() string { return uuid.Must(uuid.NewV7()).String() }

// values are what the cells of an entry hold, for a statement.
func values(cells []any) []any {
	out := make([]any, len(cells))
	for i, c := range cells {
		if v, ok := c.(interface{ value() any }); ok {
			out[i] = v.value()
			continue
		}
		out[i] = reflect.ValueOf(c).Elem().Interface()
	}
	return out
}

// Null is a cell whose empty text is kept as NULL, as a foreign key asks for.
func Null(s *string) any { return &null{s} }

type null struct{ to *string }

func (n *null) value() any {
	if *n.to == "" {
		return nil
	}
	return *n.to
}

// Scan implements sql.Scanner.
func (n *null) Scan(from any) error {
	*n.to = text(from)
	return nil
}

func text(from any) string {
	switch v := from.(type) {
	case string:
		return v
	case []byte:
		return string(v)
	}
	return ""
}

// Words is a cell that keeps a list of words without spaces, such as ids.
func Words(list *[]string) any { return &words{list} }

type words struct{ to *[]string }

func (w *words) value() any { return strings.Join(*w.to, " ") }

// Scan implements sql.Scanner.
func (w *words) Scan(from any) error {
	*w.to = nil
	if s := text(from); s != "" {
		*w.to = strings.Split(s, " ")
	}
	return nil
}
