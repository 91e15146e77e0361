package register

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/toucan-grc/toucan/internal/db"
)

// Version is one version of an entry, with what it changed.
type Version struct {
	Number int
	Act    Act
	At     time.Time
	By     string // account
	ByName string // now; empty for somebody whose account is gone
	Reason string
	Fields []Field // what differs from the version before; none for the first
}

// Field is one part of the content that a version changed: the key it has in JSON,
// and the values as they are kept.
type Field struct{ Key, From, To string }

// History returns the versions of an entry of the register with this noun, the
// newest first.
func History(ctx context.Context, tx *db.Tx, org, noun, id string) ([]Version, error) {
	rows, err := tx.Query(ctx, `SELECT v.version, v.act, v.reason, v.body, v.at, v.account, coalesce(a.name, '') FROM register_version v LEFT JOIN account a ON a.id = v.account
		WHERE v.org = $1 AND v.noun = $2 AND v.subject = $3 ORDER BY v.version`, org, noun, id)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []Version
	before := ""
	for rows.Next() {
		var v Version
		var content string
		var at int64
		if err := rows.Scan(&v.Number, &v.Act, &v.Reason, &content, &at, &v.By, &v.ByName); err != nil {
			return nil, err
		}
		v.At = db.Time(at)
		if before != "" {
			if v.Fields, err = differ(before, content); err != nil {
				return nil, err
			}
		}
		before = content
		out = append([]Version{v}, out...)
	}
	return out, rows.Err()
}

// At returns the entries of a register as they were at a moment, without their
// codes' dates: id, code is left to All, version and content are there.
func (k Kind[T]) At(ctx context.Context, tx *db.Tx, org string, at time.Time) ([]T, error) {
	rows, err := tx.Query(ctx, `SELECT v.subject, t.number, v.version, v.act, v.reason, v.body, v.at, t.created_at FROM register_version v
		JOIN `+k.Table+` t ON t.org = v.org AND t.id = v.subject
		WHERE v.org = $1 AND v.noun = $2 AND v.at <= $3 ORDER BY t.number, v.version`, org, k.Noun, db.Micros(at))
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []T
	last := ""
	for rows.Next() {
		var h Entry
		var number int
		var act Act
		var content string
		var changed, created int64
		if err := rows.Scan(&h.ID, &number, &h.Version, &act, &h.RetiredFor, &content, &changed, &created); err != nil {
			return nil, err
		}
		h.Code, h.CreatedAt, h.ChangedAt = k.Code(number), db.Time(created), db.Time(changed)
		if act == Retired {
			h.RetiredAt = h.ChangedAt
		}
		var e T
		if err := json.Unmarshal([]byte(content), &e); err != nil {
			return nil, fmt.Errorf("a version of %s cannot be read: %w", h.Code, err)
		}
		*k.Entry(&e) = h
		if h.ID == last {
			out[len(out)-1] = e
			continue
		}
		out, last = append(out, e), h.ID
	}
	return out, rows.Err()
}

// differ returns the fields in which two contents differ, in the order of the
// second one.
func differ(before, after string) ([]Field, error) {
	was, _, err := fields(before)
	if err != nil {
		return nil, err
	}
	is, keys, err := fields(after)
	if err != nil {
		return nil, err
	}
	var out []Field
	for _, k := range keys {
		if was[k] != is[k] {
			out = append(out, Field{k, was[k], is[k]})
		}
	}
	return out, nil
}

// fields reads an object as texts by key, and the keys in their order.
func fields(content string) (map[string]string, []string, error) {
	d := json.NewDecoder(bytes.NewReader([]byte(content)))
	if _, err := d.Token(); err != nil {
		return nil, nil, err
	}
	out := map[string]string{}
	var keys []string
	for d.More() {
		t, err := d.Token()
		if err != nil {
			return nil, nil, err
		}
		var v any
		if err := d.Decode(&v); err != nil {
			return nil, nil, err
		}
		key, _ := t.(string)
		keys = append(keys, key)
		out[key] = plain(v)
	}
	return out, keys, nil
}

// plain is a value of JSON as text: lists with spaces between, true as yes.
func plain(v any) string {
	switch v := v.(type) {
	case nil:
		return ""
	case string:
		return v
	case bool:
		if v {
			return "yes"
		}
		return "no"
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	case []any:
		var out []string
		for _, x := range v {
			out = append(out, plain(x))
		}
		return strings.Join(out, " ")
	}
	return fmt.Sprint(v)
}
