package isms

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/toucan-grc/toucan/internal/cadence"
	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/policy"
	"github.com/toucan-grc/toucan/internal/vendor"
)

// due is an entry of one day: past it, it is overdue.
func (c *cycle) due(kind CalendarKind, id string, on cadence.Date, title, source, ref string) CalendarEntry {
	e := CalendarEntry{ID: string(kind) + ":" + id, Kind: kind, From: on, To: on, Title: title, State: "due", Mark: "waiting", Source: source, Ref: ref, Sure: true}
	if on < c.Today {
		e.State, e.Mark = "overdue", "bad"
	}
	return e
}

// policyEntries are the days by which policies have to be looked at again.
func policyEntries(ctx context.Context, tx *db.Tx, c *cycle, _ cadence.Days) ([]CalendarEntry, error) {
	list, err := policy.Folders(ctx, tx, c.org, c.Now)
	var out []CalendarEntry
	for _, f := range list {
		if f.ReviewDue.Known() {
			out = append(out, c.due(CalendarPolicy, f.ID+":"+f.ReviewDue.String(), f.ReviewDue, "Review: "+f.Title, "policy", f.Slug))
		}
	}
	return out, err
}

// evidenceEntries are the days on which evidence may be relied on no more: one entry
// a day, however many items there are.
func evidenceEntries(ctx context.Context, tx *db.Tx, c *cycle, span cadence.Days) ([]CalendarEntry, error) {
	zones := c.Binding.Zones
	rows, err := tx.Query(ctx, `SELECT lapses_at, count(*), min(title) FROM evidence_item
		WHERE org = $1 AND lapses_at > 0 AND lapses_at >= $2 AND lapses_at < $3 AND tags > 0 AND review <> 'rejected' AND superseded_by = '' AND erased_at = 0
		GROUP BY lapses_at ORDER BY lapses_at`, c.org, db.Micros(zones.Start(span.From)), db.Micros(zones.End(span.To)))
	if err != nil {
		return nil, err
	}
	var out []CalendarEntry
	n := map[cadence.Date]int{}
	titles := map[cadence.Date]string{}
	var order []cadence.Date
	err = db.Each(rows, func(scan func(...any) error) error {
		var at int64
		var count int
		var title string
		err := scan(&at, &count, &title)
		d := zones.DateOf(db.Time(at))
		if n[d] == 0 {
			order, titles[d] = append(order, d), title
		}
		n[d] += count
		return err
	})
	for _, d := range order {
		title := "Evidence lapses: " + titles[d]
		if n[d] > 1 {
			title = fmt.Sprintf("%d pieces of evidence lapse", n[d])
		}
		e := CalendarEntry{ID: "evidence:" + d.String(), Kind: CalendarEvidence, From: d, To: d, Title: title, State: "lapses", Mark: "warn", Source: "evidence", Ref: d.String(), Sure: true}
		if d <= c.Today {
			e.State, e.Mark = "lapsed", "bad"
		}
		out = append(out, e)
	}
	return out, err
}

// attestedEntries are the days on which attestations that stand end.
func attestedEntries(ctx context.Context, tx *db.Tx, c *cycle, _ cadence.Days) ([]CalendarEntry, error) {
	rows, err := tx.Query(ctx, `SELECT id, target_framework, target, until FROM attestation WHERE org = $1 AND ended_at = 0`, c.org)
	if err != nil {
		return nil, err
	}
	var out []CalendarEntry
	err = db.Each(rows, func(scan func(...any) error) error {
		var id, framework, requirement string
		var at int64
		err := scan(&id, &framework, &requirement, &at)
		e := c.due(CalendarAttested, id, c.Binding.Zones.DateOf(db.Time(at)), "Attestation ends: "+frameworkShort(framework)+" "+requirement, "requirement", framework+" "+requirement)
		e.State, e.Mark = "ends", "warn"
		if e.From < c.Today {
			e.State = "ended"
		}
		out = append(out, e)
		return err
	})
	return out, err
}

// reviewEntries are the management reviews.
func reviewEntries(ctx context.Context, tx *db.Tx, c *cycle, _ cadence.Days) ([]CalendarEntry, error) {
	rows, err := tx.Query(ctx, `SELECT id, code, state, on_day FROM isms_review WHERE org = $1 AND state <> 'cancelled'`, c.org)
	if err != nil {
		return nil, err
	}
	var out []CalendarEntry
	err = db.Each(rows, func(scan func(...any) error) error {
		var id, code string
		var state ReviewState
		var on cadence.Date
		err := scan(&id, &code, &state, &on)
		e := c.due(CalendarReview, id, on, "Management review "+code, "review", code)
		e.Sure = state != ReviewPlanned
		switch {
		case state == ReviewSent || state == ReviewApproved:
			e.State, e.Mark = "held", "good"
		case on >= c.Today:
			e.State = "planned"
		}
		out = append(out, e)
		return err
	})
	return out, err
}

// internalEntries are the internal audits.
func internalEntries(ctx context.Context, tx *db.Tx, c *cycle, _ cadence.Days) ([]CalendarEntry, error) {
	rows, err := tx.Query(ctx, `SELECT id, year, n, state, starts_on, ends_on FROM internal_audit WHERE org = $1 AND state <> 'cancelled'`, c.org)
	if err != nil {
		return nil, err
	}
	var out []CalendarEntry
	err = db.Each(rows, func(scan func(...any) error) error {
		var id, state string
		var year, n int
		var from, to cadence.Date
		err := scan(&id, &year, &n, &state, &from, &to)
		e := c.due(CalendarInternal, id, from, fmt.Sprintf("Internal audit IA-%d-%d", year, n), "internal_audit", id)
		e.To, e.Sure = max(from, to), state != "planned"
		switch {
		case state == "reported" || state == "closed":
			e.State, e.Mark = "reported", "good"
		case to >= c.Today:
			e.State, e.Mark = state, "info"
		}
		out = append(out, e)
		return err
	})
	return out, err
}

// vendorEntries are the days on which vendors are looked at again, and on which
// their contracts renew.
func vendorEntries(ctx context.Context, tx *db.Tx, c *cycle, span cadence.Days) ([]CalendarEntry, error) {
	list, err := vendor.Coming(ctx, tx, c.org, span)
	var out []CalendarEntry
	for _, v := range list {
		if v.ReviewOn.Known() {
			out = append(out, c.due(CalendarVendor, v.ID+":"+v.ReviewOn.String(), v.ReviewOn, "Review of vendor "+v.Name, "vendor", v.ID))
		}
		if v.RenewsOn.Known() {
			e := c.due(CalendarVendor, v.ID+":renews", v.RenewsOn, "Contract with "+v.Name+" renews", "vendor", v.ID)
			e.State, e.Mark = "renews", "info"
			out = append(out, e)
		}
	}
	return out, err
}

// riskEntries are the days on which acceptances of risks end. Only codes are named.
func riskEntries(ctx context.Context, tx *db.Tx, c *cycle, _ cadence.Days) ([]CalendarEntry, error) {
	rows, err := tx.Query(ctx, `SELECT a.id, r.num, a.until_day FROM risk_acceptance a JOIN risk r ON r.org = a.org AND r.id = a.risk
		WHERE a.org = $1 AND a.withdrawn_at = 0 AND r.closed_at = 0
		AND a.id = (SELECT b.id FROM risk_acceptance b WHERE b.org = a.org AND b.risk = a.risk ORDER BY b.at DESC, b.id DESC LIMIT 1)`, c.org)
	if err != nil {
		return nil, err
	}
	var out []CalendarEntry
	err = db.Each(rows, func(scan func(...any) error) error {
		var id string
		var num int
		var until cadence.Date
		err := scan(&id, &num, &until)
		code := fmt.Sprintf("R-%03d", num)
		e := c.due(CalendarAttested, id, until, "Acceptance of "+code+" ends", "risk", code)
		if e.State, e.Mark = "ends", "warn"; until < c.Today {
			e.State, e.Mark = "ended", "bad"
		}
		out = append(out, e)
		return err
	})
	return out, err
}

// actionEntries are the days by which open actions are to be done. Only codes are named.
func actionEntries(ctx context.Context, tx *db.Tx, c *cycle, span cadence.Days) ([]CalendarEntry, error) {
	rows, err := tx.Query(ctx, `SELECT id, n, due FROM finding_action WHERE org = $1 AND state = 'open' AND due > 0 AND due BETWEEN $2 AND $3`, c.org, span.From, span.To)
	if err != nil {
		return nil, err
	}
	var out []CalendarEntry
	err = db.Each(rows, func(scan func(...any) error) error {
		var id string
		var n int
		var due cadence.Date
		err := scan(&id, &n, &due)
		out = append(out, c.due(CalendarAction, id, due, fmt.Sprintf("Action ACT-%03d is due", n), "action", id))
		return err
	})
	return out, err
}

// objectiveEntries are the days by which objectives are to be reached.
func objectiveEntries(ctx context.Context, tx *db.Tx, c *cycle, _ cadence.Days) ([]CalendarEntry, error) {
	rows, err := tx.Query(ctx, `SELECT e.id, e.code, v.body FROM isms_entry e JOIN isms_entry_version v ON v.org = e.org AND v.entry = e.id
		WHERE e.org = $1 AND e.register = 'objective' AND v.to_at IS NULL AND v.retired = ''`, c.org)
	if err != nil {
		return nil, err
	}
	var out []CalendarEntry
	err = db.Each(rows, func(scan func(...any) error) error {
		var id, code, body string
		if err := scan(&id, &code, &body); err != nil {
			return err
		}
		var o Objective
		err := json.Unmarshal([]byte(body), &o)
		if o.Plan.When.Known() {
			out = append(out, c.due(CalendarObjective, id+":"+o.Plan.When.String(), o.Plan.When, "Objective "+code+" is to be reached: "+o.Title, "objective", code))
		}
		return err
	})
	return out, err
}
