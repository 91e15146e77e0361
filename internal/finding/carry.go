package finding

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/crosswalk"
	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/framework"
)

// carrier takes what findings and actions are about from one edition of a
// framework to another. What is closed keeps the requirement it was raised
// against: that is what an auditor was told.
type carrier struct{ s *Store }

// Kind implements crosswalk.Carrier.
func (carrier) Kind() string { return "finding" }

// carriedRow is a row of finding_about that an upgrade moves.
type carriedRow struct {
	ID      string `json:"id"`
	Finding string `json:"finding"`
	Action  string `json:"action"`
	Ref     string `json:"requirement"`
	Code    string `json:"code"`
}

// openOn reads the rows in force on requirements of a framework, of what is open.
func openOn(ctx context.Context, tx *db.Tx, org, id string) ([]carriedRow, error) {
	rows, err := tx.Query(ctx, `SELECT a.id, coalesce(a.finding, ''), coalesce(a.action, ''), a.requirement, coalesce(f.n, 0), coalesce(x.n, 0) FROM finding_about a
		LEFT JOIN finding f ON f.org = a.org AND f.id = a.finding LEFT JOIN finding_action x ON x.org = a.org AND x.id = a.action
		WHERE a.org = $1 AND a.framework = $2 AND a.to_at IS NULL AND (f.closed_at = 0 OR x.state = 'open') ORDER BY a.finding, a.action, a.requirement`, org, id)
	if err != nil {
		return nil, err
	}
	var out []carriedRow
	err = db.Each(rows, func(scan func(...any) error) error {
		var r carriedRow
		var f, a int
		err := scan(&r.ID, &r.Finding, &r.Action, &r.Ref, &f, &a)
		r.Code = Finding{N: f}.Code()
		if r.Action != "" {
			r.Code = Action{N: a}.Code()
		}
		out = append(out, r)
		return err
	})
	return out, err
}

// Hanging implements crosswalk.Carrier.
func (carrier) Hanging(ctx context.Context, tx *db.Tx, org, id string, _ time.Time) ([]crosswalk.Hanging, error) {
	list, err := openOn(ctx, tx, org, id)
	var out []crosswalk.Hanging
	for _, r := range list {
		out = append(out, crosswalk.Hanging{Kind: "finding", Requirement: r.Ref, Text: r.Code})
	}
	return out, err
}

// carriedFact is what the log says of what an upgrade moved.
type carriedFact struct {
	Ended []string `json:"ended"`
	Added []string `json:"added"`
}

const (
	kindCarried       = "finding.carried"
	kindActionCarried = "action.carried"
)

// carriedTrace is what Undo needs.
type carriedTrace struct {
	Row   carriedRow `json:"row"`
	Ended bool       `json:"ended"`
	Added []string   `json:"added"` // ids of the rows
}

// Carry implements crosswalk.Carrier.
func (c carrier) Carry(ctx context.Context, tx *db.Tx, who access.Actor, p *crosswalk.UpgradePlan, now time.Time) (any, error) {
	list, err := openOn(ctx, tx, who.Org(), p.From.Ref)
	if err != nil {
		return nil, err
	}
	have, err := aboutAlready(ctx, tx, who.Org(), p)
	if err != nil {
		return nil, err
	}
	trace := []carriedTrace{}
	rows := db.Into(aboutColumns)
	for _, r := range list {
		added, stays := p.Targets(r.Ref)
		if stays && len(added) == 0 {
			continue
		}
		t := carriedTrace{Row: r, Ended: !stays, Added: []string{}}
		f := carriedFact{Ended: []string{}, Added: []string{}}
		if !stays {
			if _, err := tx.Exec(ctx, `UPDATE finding_about SET to_at = $3 WHERE org = $1 AND id = $2`, who.Org(), r.ID, db.Micros(now)); err != nil {
				return nil, err
			}
			f.Ended = append(f.Ended, framework.Ref{Framework: p.From.Ref, ID: r.Ref}.String())
		}
		for _, to := range added {
			key := carriedRow{Finding: r.Finding, Action: r.Action, Ref: to}
			if have[key] {
				continue // two requirements became one
			}
			have[key] = true
			id := newID()
			rows.Add(who.Org(), id, orNull(r.Finding), orNull(r.Action), orNull(""), p.To.Ref, to, db.Micros(now))
			t.Added = append(t.Added, id)
			f.Added = append(f.Added, framework.Ref{Framework: p.To.Ref, ID: to}.String())
		}
		trace = append(trace, t)
		if err := c.s.record(ctx, tx, who.Org(), carriedAct(r, f, who.Account(), now)); err != nil {
			return nil, err
		}
	}
	return trace, rows.Insert(ctx, tx)
}

// aboutAlready says what findings and actions are about in the newer edition before
// anything is carried, apart from what the upgrade takes away.
func aboutAlready(ctx context.Context, tx *db.Tx, org string, p *crosswalk.UpgradePlan) (map[carriedRow]bool, error) {
	list, err := openOn(ctx, tx, org, p.To.Ref)
	have := map[carriedRow]bool{}
	for _, r := range list {
		if p.InPlace() {
			if _, stays := p.Targets(r.Ref); !stays {
				continue
			}
		}
		have[carriedRow{Finding: r.Finding, Action: r.Action, Ref: r.Ref}] = true
	}
	return have, err
}

func carriedAct(r carriedRow, f carriedFact, by string, now time.Time) act {
	a := act{finding: r.Finding, kind: kindCarried, account: by, at: now, payload: f}
	if r.Action != "" {
		a.finding, a.action, a.kind = "", r.Action, kindActionCarried
	}
	return a
}

// Undo implements crosswalk.Carrier.
func (c carrier) Undo(ctx context.Context, tx *db.Tx, who access.Actor, p *crosswalk.UpgradePlan, raw json.RawMessage, now time.Time) ([]string, error) {
	var trace []carriedTrace
	if err := json.Unmarshal(raw, &trace); err != nil {
		return nil, err
	}
	var way []string
	for _, t := range trace {
		f := carriedFact{Ended: t.Added, Added: []string{}}
		for _, id := range t.Added {
			res, err := tx.Exec(ctx, `UPDATE finding_about SET to_at = $3 WHERE org = $1 AND id = $2 AND to_at IS NULL`, who.Org(), id, db.Micros(now))
			if err != nil {
				return nil, err
			}
			if n, err := res.RowsAffected(); err != nil || n == 0 {
				way = append(way, fmt.Sprintf("%s was carried to the newer edition and somebody changed what it is about since.", t.Row.Code))
			}
		}
		if t.Ended {
			if _, err := tx.Exec(ctx, `UPDATE finding_about SET to_at = NULL WHERE org = $1 AND id = $2`, who.Org(), t.Row.ID); err != nil {
				return nil, err
			}
			f.Added = append(f.Added, framework.Ref{Framework: p.From.Ref, ID: t.Row.Ref}.String())
		}
		if err := c.s.record(ctx, tx, who.Org(), carriedAct(t.Row, f, who.Account(), now)); err != nil {
			return nil, err
		}
	}
	if !p.InPlace() {
		return way, nil
	}
	// with the older content in force, these would point at nothing
	list, err := openOn(ctx, tx, who.Org(), p.From.Ref)
	for _, r := range list {
		if _, ok := p.Old.Find(r.Ref); !ok {
			way = append(way, fmt.Sprintf("%s names %s since, which the older edition does not have.", r.Code, r.Ref))
		}
	}
	return way, err
}
