package isms

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

// auditCarrier takes what the programme and planned audits cover from one edition
// of a framework to another. An audit that has begun stays on the edition it was
// carried out against.
type auditCarrier struct{ s *Store }

// Kind implements crosswalk.Carrier.
func (auditCarrier) Kind() string { return "internal_audit" }

// carriedAuditScope is a row of audit_scope that an upgrade moves.
type carriedAuditScope struct {
	ID    string   `json:"id"`
	Entry string   `json:"entry"`
	Audit string   `json:"audit"`
	Ref   string   `json:"requirement"`
	Code  string   `json:"code"`
	Ended bool     `json:"ended"`
	Added []string `json:"added"` // ids of the rows
}

// openAuditScope reads the rows in force on a framework, of what has not begun.
func openAuditScope(ctx context.Context, tx *db.Tx, org, id string) ([]carriedAuditScope, error) {
	rows, err := tx.Query(ctx, `SELECT s.id, coalesce(s.entry, ''), coalesce(s.audit, ''), s.requirement, coalesce(e.code, ''), coalesce(a.year, 0), coalesce(a.n, 0) FROM audit_scope s
		LEFT JOIN audit_entry e ON e.org = s.org AND e.id = s.entry LEFT JOIN internal_audit a ON a.org = s.org AND a.id = s.audit
		WHERE s.org = $1 AND s.framework = $2 AND s.to_at IS NULL AND (a.state = 'planned' OR e.programme = (SELECT p.id FROM audit_programme p WHERE p.org = s.org ORDER BY p.at DESC, p.id DESC LIMIT 1))
		ORDER BY s.entry, s.audit, s.requirement`, org, id)
	var out []carriedAuditScope
	err = auditEach(rows, err, func(scan func(...any) error) error {
		var c carriedAuditScope
		var a Audit
		err := scan(&c.ID, &c.Entry, &c.Audit, &c.Ref, &c.Code, &a.Year, &a.N)
		if c.Audit != "" {
			c.Code = a.Code()
		}
		out = append(out, c)
		return err
	})
	return out, err
}

// Hanging implements crosswalk.Carrier.
func (auditCarrier) Hanging(ctx context.Context, tx *db.Tx, org, id string, _ time.Time) ([]crosswalk.Hanging, error) {
	list, err := openAuditScope(ctx, tx, org, id)
	var out []crosswalk.Hanging
	for _, c := range list {
		out = append(out, crosswalk.Hanging{Kind: "internal_audit", Requirement: c.Ref, Text: c.Code})
	}
	return out, err
}

// carriedAuditScopeFact is what the log says of scope an upgrade moved.
type carriedAuditScopeFact struct {
	Ended []string `json:"ended"`
	Added []string `json:"added"`
}

// Carry implements crosswalk.Carrier.
func (c auditCarrier) Carry(ctx context.Context, tx *db.Tx, who access.Actor, p *crosswalk.UpgradePlan, now time.Time) (any, error) {
	list, err := openAuditScope(ctx, tx, who.Org(), p.From.Ref)
	if err != nil {
		return nil, err
	}
	have, err := auditScopeAlready(ctx, tx, who.Org(), p)
	if err != nil {
		return nil, err
	}
	trace := []carriedAuditScope{}
	rows := db.Into(`audit_scope (org, id, entry, audit, framework, requirement, from_at)`)
	var acts []auditAct
	for _, x := range list {
		added, stays := p.Targets(x.Ref)
		if stays && len(added) == 0 {
			continue
		}
		f := carriedAuditScopeFact{[]string{}, []string{}}
		if x.Ended = !stays; x.Ended {
			if _, err := tx.Exec(ctx, `UPDATE audit_scope SET to_at = $3 WHERE org = $1 AND id = $2`, who.Org(), x.ID, db.Micros(now)); err != nil {
				return nil, err
			}
			f.Ended = append(f.Ended, framework.Ref{Framework: p.From.Ref, ID: x.Ref}.String())
		}
		x.Added = []string{}
		for _, to := range added {
			key := auditScopeKey{x.Entry, x.Audit, to}
			if have[key] {
				continue // two requirements became one
			}
			have[key] = true
			id := newID()
			rows.Add(who.Org(), id, auditNull(x.Entry), auditNull(x.Audit), p.To.Ref, to, db.Micros(now))
			x.Added, f.Added = append(x.Added, id), append(f.Added, framework.Ref{Framework: p.To.Ref, ID: to}.String())
		}
		trace = append(trace, x)
		acts = append(acts, x.act(f, who.Account(), now))
	}
	if err := rows.Insert(ctx, tx); err != nil {
		return nil, err
	}
	return trace, c.s.recordAudit(ctx, tx, who.Org(), acts...)
}

func (x carriedAuditScope) act(f carriedAuditScopeFact, by string, now time.Time) auditAct {
	a := auditAct{entry: x.Entry, audit: x.Audit, kind: kindAuditEntryCarried, account: by, at: now, payload: f}
	if x.Audit != "" {
		a.kind = kindAuditCarried
	}
	return a
}

// auditScopeKey is one requirement that an entry or an audit covers.
type auditScopeKey struct{ entry, audit, requirement string }

// auditScopeAlready says what entries and audits cover of the newer edition before
// anything is carried, apart from what the upgrade takes away.
func auditScopeAlready(ctx context.Context, tx *db.Tx, org string, p *crosswalk.UpgradePlan) (map[auditScopeKey]bool, error) {
	list, err := openAuditScope(ctx, tx, org, p.To.Ref)
	have := map[auditScopeKey]bool{}
	for _, x := range list {
		if p.InPlace() {
			if _, stays := p.Targets(x.Ref); !stays {
				continue
			}
		}
		have[auditScopeKey{x.Entry, x.Audit, x.Ref}] = true
	}
	return have, err
}

// Undo implements crosswalk.Carrier.
func (c auditCarrier) Undo(ctx context.Context, tx *db.Tx, who access.Actor, p *crosswalk.UpgradePlan, raw json.RawMessage, now time.Time) ([]string, error) {
	var trace []carriedAuditScope
	if err := json.Unmarshal(raw, &trace); err != nil {
		return nil, err
	}
	var way []string
	var acts []auditAct
	for _, x := range trace {
		for _, id := range x.Added {
			res, err := tx.Exec(ctx, `UPDATE audit_scope SET to_at = $3 WHERE org = $1 AND id = $2 AND to_at IS NULL`, who.Org(), id, db.Micros(now))
			if err != nil {
				return nil, err
			}
			if n, err := res.RowsAffected(); err != nil || n == 0 {
				way = append(way, fmt.Sprintf("What %s covers was carried to the newer edition, and somebody changed it since.", x.Code))
			}
		}
		f := carriedAuditScopeFact{[]string{}, []string{}}
		if x.Ended {
			if _, err := tx.Exec(ctx, `UPDATE audit_scope SET to_at = NULL WHERE org = $1 AND id = $2`, who.Org(), x.ID); err != nil {
				return nil, err
			}
			f.Added = append(f.Added, framework.Ref{Framework: p.From.Ref, ID: x.Ref}.String())
		}
		acts = append(acts, x.act(f, who.Account(), now))
	}
	if err := c.s.recordAudit(ctx, tx, who.Org(), acts...); err != nil || !p.InPlace() {
		return way, err
	}
	list, err := openAuditScope(ctx, tx, who.Org(), p.From.Ref)
	for _, x := range list {
		if _, ok := p.Old.Find(x.Ref); !ok {
			way = append(way, fmt.Sprintf("%s covers %s since, which the older edition does not have.", x.Code, x.Ref))
		}
	}
	return way, err
}
