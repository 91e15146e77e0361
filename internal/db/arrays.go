package db

import (
	"database/sql/driver"
	"fmt"
	"reflect"
	"strings"
)

// arrays returns rows as one array for each column and the places of them in a
// statement. PostgreSQL plans a statement with a dozen arrays in no time, and one
// with thousands of values anew each time. It is false when a value is of a kind
// that has no array here.
func arrays(rows []any, width int) ([]any, string, bool) {
	out, places := make([]any, width), make([]string, width)
	for c := range width {
		column, kind := array(rows, c, width)
		if column == nil {
			return nil, "", false
		}
		out[c], places[c] = column, fmt.Sprintf("$%d::%s[]", c+1, kind)
	}
	return out, strings.Join(places, ", "), true
}

// array returns one column and its type, or nil.
func array(rows []any, at, width int) (any, string) {
	n := len(rows) / width
	kind := reflect.Invalid
	for i := at; i < len(rows) && kind == reflect.Invalid; i += width {
		if rows[i] != nil {
			kind = reflect.TypeOf(rows[i]).Kind()
		}
	}
	switch kind {
	case reflect.String:
		return gather(rows, at, width, make([]*string, n), reflect.Value.String, kind), "text"
	case reflect.Bool:
		return gather(rows, at, width, make([]*bool, n), reflect.Value.Bool, kind), "boolean"
	case reflect.Int, reflect.Int32, reflect.Int64:
		return gather(rows, at, width, make([]*int64, n), reflect.Value.Int, kind), "bigint"
	}
	return nil, ""
}

// gather fills a column of values of one kind; nil when there are others in it.
func gather[T any](rows []any, at, width int, out []*T, get func(reflect.Value) T, kind reflect.Kind) any {
	values := make([]T, len(out))
	for i := range out {
		v := rows[i*width+at]
		if v == nil {
			continue
		}
		x := reflect.ValueOf(v)
		if _, special := v.(driver.Valuer); special || x.Kind() != kind {
			return nil
		}
		values[i] = get(x)
		out[i] = &values[i]
	}
	return out
}
