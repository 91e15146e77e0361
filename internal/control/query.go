package control

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/cadence"
	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/problem"
)

const (
	columns        = `org, id, code, code_key, title, statement, domain, owner, kind, frequency, evidence, population, status, version, updated_at, origin, since`
	versionColumns = `org, id, control, number, at, author, what, content, salt, approval, approved_by, approved_at`

	query = `SELECT id, code, title, statement, domain, coalesce(owner, ''), kind, frequency, evidence, population, status, version, updated_at, origin, since FROM control `
)

// row returns the values of columns.
func (c Control) row(org string) []any {
	owner := sql.NullString{String: c.Owner, Valid: c.Owner != ""}
	return []any{org, c.ID, c.Code, keyOf(c.Code), c.Title, c.Statement, c.Domain, owner, string(c.Kind), c.Frequency,
		strings.Join(c.Evidence, "\n"), c.Population, string(c.Status), c.Version, db.Micros(c.UpdatedAt), c.Origin, int32(c.Since)}
}

func scan(from func(...any) error) (Control, error) {
	var c Control
	var evidence string
	var updated int64
	err := from(&c.ID, &c.Code, &c.Title, &c.Statement, &c.Domain, &c.Owner, &c.Kind, &c.Frequency, &evidence, &c.Population, &c.Status, &c.Version, &updated, &c.Origin, &c.Since)
	if evidence != "" {
		c.Evidence = strings.Split(evidence, "\n")
	}
	c.UpdatedAt = db.Time(updated)
	return c, err
}

func scanOne(row *sql.Row, code string) (Control, error) {
	c, err := scan(row.Scan)
	if errors.Is(err, sql.ErrNoRows) {
		return c, problem.New(problem.NotFound, "There is no control %s. It may have another code by now; look in the list.", code)
	}
	return c, err
}

func find(ctx context.Context, tx *db.Tx, org, code string) (Control, error) {
	return scanOne(tx.QueryRow(ctx, query+`WHERE org = $1 AND code_key = $2`, org, keyOf(code)), code)
}

// keyOf is what makes two codes one: their letters, whatever the case.
func keyOf(code string) string { return strings.ToLower(strings.TrimSpace(code)) }

// Filter chooses controls; an empty field chooses all. Text is looked for in
// code, title and statement, in whatever case.
type Filter struct {
	Text   string
	Domain string
	Owner  string // people id
	Status string // a Status, or "unknown"
	Kind   string
}

// wants reports whether the control passes the filter; text is in lower case.
func (f Filter) wants(c Control, text string) bool {
	status := string(c.Status)
	if status == "" {
		status = "unknown"
	}
	return (f.Domain == "" || c.Domain == f.Domain) && (f.Owner == "" || c.Owner == f.Owner) &&
		(f.Status == "" || status == f.Status) && (f.Kind == "" || string(c.Kind) == f.Kind) &&
		(text == "" || strings.Contains(strings.ToLower(c.Code+"\n"+c.Title+"\n"+c.Statement), text))
}

// List returns the controls in use that pass the filter, by code: AC-2 before AC-10.
func (s *Store) List(ctx context.Context, who access.Actor, f Filter) ([]Control, error) {
	if err := who.May(access.ViewControls); err != nil {
		return nil, err
	}
	var out []Control
	err := s.db.Read(ctx, who.Org(), func(tx *db.Tx) error {
		gone, err := retired(ctx, tx, who.Org())
		if err != nil {
			return err
		}
		rows, err := tx.Query(ctx, query+`WHERE org = $1`, who.Org())
		if err != nil {
			return err
		}
		defer rows.Close()
		text := strings.ToLower(strings.TrimSpace(f.Text))
		for rows.Next() {
			c, err := scan(rows.Scan)
			if err != nil {
				return err
			}
			if !gone[c.ID] && f.wants(c, text) {
				out = append(out, c)
			}
		}
		return rows.Err()
	})
	slices.SortFunc(out, func(a, b Control) int { return CompareCodes(a.Code, b.Code) })
	return out, err
}

// CompareCodes orders codes as people number them: runs of digits by value.
func CompareCodes(a, b string) int {
	x, y := a, b
	for x != "" && y != "" {
		dx, dy := digits(x), digits(y)
		if dx > 0 && dy > 0 {
			nx, ny := strings.TrimLeft(x[:dx], "0"), strings.TrimLeft(y[:dy], "0")
			if len(nx) != len(ny) {
				return len(nx) - len(ny)
			}
			if c := strings.Compare(nx, ny); c != 0 {
				return c
			}
			x, y = x[dx:], y[dy:]
			continue
		}
		if cx, cy := lower(x[0]), lower(y[0]); cx != cy {
			return int(cx) - int(cy)
		}
		x, y = x[1:], y[1:]
	}
	if len(x) != len(y) {
		return len(x) - len(y)
	}
	return strings.Compare(a, b)
}

func digits(s string) int {
	n := 0
	for n < len(s) && '0' <= s[n] && s[n] <= '9' {
		n++
	}
	return n
}

func lower(c byte) byte {
	if 'A' <= c && c <= 'Z' {
		return c + 'a' - 'A'
	}
	return c
}

// Find returns the control with a code, in whatever case; also one that is retired.
func (s *Store) Find(ctx context.Context, who access.Actor, code string) (Control, error) {
	if err := who.May(access.ViewControls); err != nil {
		return Control{}, err
	}
	var c Control
	err := s.db.Read(ctx, who.Org(), func(tx *db.Tx) (err error) {
		if c, err = find(ctx, tx, who.Org(), code); err != nil {
			return err
		}
		r, is, err := successor(ctx, tx, who.Org(), c.ID)
		if is {
			c.MergedInto = r.To
		}
		return err
	})
	return c, err
}

// History returns all versions of a control, the newest first.
func (s *Store) History(ctx context.Context, who access.Actor, code string) ([]Version, error) {
	if err := who.May(access.ViewControls); err != nil {
		return nil, err
	}
	var out []Version
	err := s.db.Read(ctx, who.Org(), func(tx *db.Tx) error {
		c, err := find(ctx, tx, who.Org(), code)
		if err == nil {
			out, err = history(ctx, tx, who.Org(), `v.control = $2`, c.ID)
		}
		return err
	})
	return out, err
}

// PendingVersions returns the texts that wait for a second person, the newest
// first; text of a retired control waits for nobody.
func (s *Store) PendingVersions(ctx context.Context, who access.Actor) ([]Version, error) {
	if err := who.May(access.ViewControls); err != nil {
		return nil, err
	}
	var out []Version
	err := s.db.Read(ctx, who.Org(), func(tx *db.Tx) (err error) {
		out, err = history(ctx, tx, who.Org(), `v.approval = 'pending'
			AND NOT EXISTS (SELECT 1 FROM retirement r WHERE r.org = v.org AND r.control = v.control AND r.to_at IS NULL)`)
		return err
	})
	return out, err
}

// history reads versions; where may use $2 and on.
func history(ctx context.Context, tx *db.Tx, org, where string, args ...any) ([]Version, error) {
	rows, err := tx.Query(ctx, `
		SELECT v.number, v.at, v.author, coalesce(a.name, ''), v.what, v.content, v.approval, v.approved_by, v.approved_at
		FROM control_version v LEFT JOIN account a ON a.id = v.author
		WHERE v.org = $1 AND `+where+` ORDER BY v.at DESC, v.number DESC`, append([]any{org}, args...)...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []Version
	for rows.Next() {
		var v Version
		var at, approved int64
		var raw string
		if err := rows.Scan(&v.Number, &at, &v.By, &v.ByName, &v.What, &raw, &v.Approval, &v.ApprovedBy, &approved); err != nil {
			return nil, err
		}
		var c snapshot
		if err := json.Unmarshal([]byte(raw), &c); err != nil {
			return nil, fmt.Errorf("a version of a control cannot be read: %w", err)
		}
		since, _ := cadence.ParseDate(c.Since) // none when nobody said
		v.At, v.ApprovedAt = db.Time(at), db.Time(approved)
		v.Control = Control{ID: c.Control, Code: c.Code, Title: c.Title, Statement: c.Statement, Domain: c.Domain, Owner: c.Owner, Kind: c.Kind,
			Frequency: c.Frequency, Evidence: c.Evidence, Population: c.Population, Status: c.Status, Version: c.Number, UpdatedAt: v.At, Origin: c.Origin, Since: since}
		out = append(out, v)
	}
	return out, rows.Err()
}

func lastNumber(ctx context.Context, tx *db.Tx, org, control string) (int, error) {
	var n int
	err := tx.QueryRow(ctx, `SELECT coalesce(max(number), 0) FROM control_version WHERE org = $1 AND control = $2`, org, control).Scan(&n)
	return n, err
}

// codes reads the controls of an organisation that may share a code with list,
// by code in lower case. One is looked for alone, many by reading all.
func codes(ctx context.Context, tx *db.Tx, org string, list []Control) (map[string]Control, error) {
	where, args := `WHERE org = $1`, []any{org}
	if len(list) == 1 {
		where, args = where+` AND code_key = $2`, append(args, keyOf(list[0].Code))
	}
	rows, err := tx.Query(ctx, query+where, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	out := map[string]Control{}
	for rows.Next() {
		c, err := scan(rows.Scan)
		if err != nil {
			return nil, err
		}
		out[keyOf(c.Code)] = c
	}
	return out, rows.Err()
}

// owners checks that every owner named is in the people register.
func owners(ctx context.Context, tx *db.Tx, org string, list []Control) error {
	known := map[string]bool{"": true}
	for _, c := range list {
		if known[c.Owner] {
			continue
		}
		var n int
		if err := tx.QueryRow(ctx, `SELECT count(*) FROM person WHERE org = $1 AND id = $2`, org, c.Owner).Scan(&n); err != nil {
			return err
		}
		if n == 0 {
			return ofControl(problem.Field("owner", "This owner is not in the people register. Choose somebody who is."), c)
		}
		known[c.Owner] = true
	}
	return nil
}

// text is the part of a control that a second person approves.
type text struct{ title, statement string }

// pendingTexts reads the texts that wait, by control.
func pendingTexts(ctx context.Context, tx *db.Tx, org string) (map[string]text, error) {
	vs, err := history(ctx, tx, org, `v.approval = 'pending'`)
	if err != nil {
		return nil, err
	}
	out := map[string]text{}
	for _, v := range vs {
		if _, newer := out[v.ID]; !newer {
			out[v.ID] = text{v.Title, v.Statement}
		}
	}
	return out, nil
}
