package isms

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"time"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/cadence"
	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/framework"
	"github.com/toucan-grc/toucan/internal/people"
)

// auditEach calls fn for every row and closes them.
func auditEach(rows *sql.Rows, err error, fn func(scan func(...any) error) error) error {
	if err != nil {
		return err
	}
	return db.Each(rows, fn)
}

// readAuditPast reads who had to do with what, over all time. Without the audit,
// which is left out of who audited.
func readAuditPast(ctx context.Context, tx *db.Tx, org, audit string) (AuditPast, error) {
	p := AuditPast{Names: map[string]string{}, Controls: map[string]ControlPast{}, Policies: map[string]PolicyPast{}, Linked: map[framework.Ref][]string{}, Counted: map[framework.Ref][]Counted{}}
	zones, err := access.Days(ctx, tx, org)
	if err != nil {
		return p, err
	}
	day := func(us int64) cadence.Date { return zones.DateOf(db.Time(us)) }
	rows, err := tx.Query(ctx, `SELECT id, name FROM person WHERE org = $1`, org)
	if err = auditEach(rows, err, func(scan func(...any) error) error {
		var id, name string
		err := scan(&id, &name)
		p.Names[id] = name
		return err
	}); err != nil {
		return p, err
	}
	if err := p.readControls(ctx, tx, org, day); err != nil {
		return p, err
	}
	if err := p.readDeeds(ctx, tx, org, day); err != nil {
		return p, err
	}
	if err := p.readPolicies(ctx, tx, org, day); err != nil {
		return p, err
	}
	if p.Duties, err = people.ReadDuties(ctx, tx, org); err != nil {
		return p, err
	}
	rows, err = tx.Query(ctx, `SELECT DISTINCT l.framework, l.requirement, l.control FROM link l WHERE l.org = $1 AND l.to_at IS NULL
		AND NOT EXISTS (SELECT 1 FROM retirement r WHERE r.org = l.org AND r.control = l.control AND r.to_at IS NULL) ORDER BY l.framework, l.requirement, l.control`, org)
	if err = auditEach(rows, err, func(scan func(...any) error) error {
		var r framework.Ref
		var c string
		err := scan(&r.Framework, &r.ID, &c)
		p.Linked[r] = append(p.Linked[r], c)
		return err
	}); err != nil {
		return p, err
	}
	if err := p.readCounted(ctx, tx, org, day); err != nil {
		return p, err
	}
	rows, err = tx.Query(ctx, `SELECT p.person, a.starts_on, a.ends_on FROM audit_person p JOIN internal_audit a ON a.org = p.org AND a.id = p.audit
		WHERE p.org = $1 AND p.part = 'auditor' AND p.person IS NOT NULL AND NOT p.gone AND a.id <> $2 AND a.state IN ('running', 'reported', 'closed') AND a.starts_on > 0 ORDER BY a.starts_on, a.id`, org, audit)
	err = auditEach(rows, err, func(scan func(...any) error) error {
		var t Tenure
		err := scan(&t.Person, &t.Days.From, &t.Days.To)
		p.Auditors = append(p.Auditors, t)
		return err
	})
	return p, err
}

// readCounted reads which controls counted for a requirement once. A link that was
// taken away on the day it was made was a slip.
func (p *AuditPast) readCounted(ctx context.Context, tx *db.Tx, org string, day func(int64) cadence.Date) error {
	rows, err := tx.Query(ctx, `SELECT framework, requirement, control, from_at, to_at FROM link WHERE org = $1 AND to_at IS NOT NULL
		UNION ALL SELECT l.framework, l.requirement, l.control, l.from_at, r.from_at FROM link l JOIN retirement r ON r.org = l.org AND r.control = l.control AND r.to_at IS NULL
		WHERE l.org = $1 AND l.to_at IS NULL ORDER BY 1, 2, 3, 5`, org)
	return auditEach(rows, err, func(scan func(...any) error) error {
		var r framework.Ref
		var c Counted
		var from, to int64
		err := scan(&r.Framework, &r.ID, &c.Control, &from, &to)
		if c.Until = day(to); c.Until > day(from) {
			p.Counted[r] = append(p.Counted[r], c)
		}
		return err
	})
}

// tenures turns a sequence of owners into stretches. The first owner is taken to
// have had it before that was written down, as everywhere: what was entered later
// was so before. The day of a change is a day of both.
type tenures struct {
	list []Tenure
	last string
	any  bool
}

func (t *tenures) next(owner string, on cadence.Date) {
	if t.any && owner == t.last {
		return
	}
	if n := len(t.list); t.any && t.last != "" {
		t.list[n-1].Days.To = on
	}
	if !t.any {
		on = 1
	}
	if owner != "" {
		t.list = append(t.list, Tenure{owner, cadence.Days{From: on}})
	}
	t.last, t.any = owner, true
}

func (p *AuditPast) readControls(ctx context.Context, tx *db.Tx, org string, day func(int64) cadence.Date) error {
	owners := map[string]*tenures{}
	rows, err := tx.Query(ctx, `SELECT control, at, content FROM control_version WHERE org = $1 AND approval = '' ORDER BY control, number`, org)
	if err = auditEach(rows, err, func(scan func(...any) error) error {
		var id, raw string
		var at int64
		if err := scan(&id, &at, &raw); err != nil {
			return err
		}
		var v struct {
			Owner string `json:"owner"`
		}
		if err := json.Unmarshal([]byte(raw), &v); err != nil {
			return fmt.Errorf("a version of a control cannot be read: %w", err)
		}
		if owners[id] == nil {
			owners[id] = &tenures{}
		}
		owners[id].next(v.Owner, day(at))
		return nil
	}); err != nil {
		return err
	}
	rows, err = tx.Query(ctx, `SELECT id, code, coalesce(owner, ''), updated_at FROM control WHERE org = $1`, org)
	return auditEach(rows, err, func(scan func(...any) error) error {
		var id, owner string
		var c ControlPast
		var at int64
		if err := scan(&id, &c.Code, &owner, &at); err != nil {
			return err
		}
		t := owners[id]
		if t == nil {
			t = &tenures{}
		}
		t.next(owner, day(at)) // it says the same, unless something changed it beside its versions
		c.Owners = t.list
		p.Controls[id] = c
		return nil
	})
}

// readDeeds reads who filed evidence for which control. An account counts for the
// person it was ever linked to.
func (p *AuditPast) readDeeds(ctx context.Context, tx *db.Tx, org string, day func(int64) cadence.Date) error {
	rows, err := tx.Query(ctx, `SELECT DISTINCT t.control, a.person, i.id, i.filed_at FROM evidence_item i
		JOIN evidence_tag t ON t.org = i.org AND t.item = i.id AND t.control IS NOT NULL
		JOIN person_account a ON a.org = i.org AND a.account = i.filed_by WHERE i.org = $1 AND i.source = 'person' ORDER BY i.filed_at, i.id`, org)
	return auditEach(rows, err, func(scan func(...any) error) error {
		var control, item string
		var d Deed
		var at int64
		if err := scan(&control, &d.Person, &item, &at); err != nil {
			return err
		}
		d.On = day(at)
		c := p.Controls[control]
		c.Deeds = append(c.Deeds, d)
		p.Controls[control] = c
		return nil
	})
}

func (p *AuditPast) readPolicies(ctx context.Context, tx *db.Tx, org string, day func(int64) cadence.Date) error {
	owners := map[string]*tenures{}
	rows, err := tx.Query(ctx, `SELECT policy, title, coalesce(owner, ''), at FROM policy_setting WHERE org = $1 ORDER BY policy, at, id`, org)
	return auditEach(rows, err, func(scan func(...any) error) error {
		var id, title, owner string
		var at int64
		if err := scan(&id, &title, &owner, &at); err != nil {
			return err
		}
		if owners[id] == nil {
			owners[id] = &tenures{}
		}
		owners[id].next(owner, day(at))
		p.Policies[id] = PolicyPast{Title: title, Owners: owners[id].list}
		return nil
	})
}

// auditMoment is a time as the tables hold it.
func auditMoment(t time.Time) time.Time { return t.UTC().Truncate(time.Microsecond) }
