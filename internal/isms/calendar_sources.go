package isms

import (
	"context"
	"fmt"

	"github.com/toucan-grc/toucan/internal/cadence"
	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/policy"
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
	err = cycleEach(rows, func(scan func(...any) error) error {
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
	err = cycleEach(rows, func(scan func(...any) error) error {
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
