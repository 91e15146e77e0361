package isms

import (
	"context"
	"slices"

	"github.com/toucan-grc/toucan/internal/cadence"
	"github.com/toucan-grc/toucan/internal/crosswalk"
	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/evidence"
	"github.com/toucan-grc/toucan/internal/finding"
	"github.com/toucan-grc/toucan/internal/joiner"
	"github.com/toucan-grc/toucan/internal/people"
	"github.com/toucan-grc/toucan/internal/policy"
	"github.com/toucan-grc/toucan/internal/record"
	"github.com/toucan-grc/toucan/internal/risk"
	"github.com/toucan-grc/toucan/internal/system"
	"github.com/toucan-grc/toucan/internal/training"
	"github.com/toucan-grc/toucan/internal/vendor"
)

// ownRecords are the records that stand for evidence of a kind, noun by noun. Those of
// populations are read here, since the noun that draws samples stands below this one.
var ownRecords = slices.Concat(policy.Records(), training.Records(), joiner.Records(), people.Records(), risk.Records(), finding.Records(),
	vendor.Records(), system.Records(), crosswalk.Records(), []record.Kind{
		{Evidence: "population-record", Source: "sample", Part: true, Period: true, Query: `SELECT id, name, fixed_at, 1, from_day, to_day FROM population WHERE org = $1 AND fixed_at > 0 AND erased_at = 0`},
		{Evidence: "isms-scope", Source: "scope", Part: true, Query: `SELECT id, 'Scope, version ' || number, approved_at, 1 FROM isms_scope WHERE org = $1 AND side = 'isms' AND approved_at > 0`},
		{Evidence: "context-record", Source: "context", Part: true, Query: `SELECT register, CASE register WHEN 'party' THEN 'Register of interested parties' ELSE 'Register of issues' END, min(at), 1 FROM isms_entry
			WHERE org = $1 AND register <> 'objective' GROUP BY register`},
		{Evidence: "objectives-plan", Source: "objective", Part: true, Query: `SELECT code, 'Objective ' || code, at, 1 FROM isms_entry WHERE org = $1 AND register = 'objective'`},
		{Evidence: "metrics-report", Source: "objective", Part: true, Query: `SELECT e.code, 'Value of objective ' || e.code, min(m.at), 1 FROM isms_measure m JOIN isms_entry e ON e.org = m.org AND e.id = m.objective
			WHERE m.org = $1 AND m.known = 'value' GROUP BY e.code, m.to_day`},
		{Evidence: "audit-programme", Source: "programme", Part: true, Query: `SELECT id, 'Programme of internal audits', at, 1 FROM audit_programme WHERE org = $1`},
	})

// readTrail reads what there is of some kinds; without kinds, of all.
func readTrail(ctx context.Context, tx *db.Tx, org string, zones cadence.Zones, kinds []string) ([]Record, error) {
	var out []Record
	err := evidence.Rely(ctx, tx, org, kinds, func(i evidence.Relied) {
		out = append(out, Record{Kind: i.Kind, Source: "evidence", ID: i.ID, Words: i.Title, Item: i.ID, At: i.CapturedAt, FiledAt: i.FiledAt,
			Own: i.Source == evidence.System, Whole: true, Lapses: zones.DateOf(i.LapsesAt), Speaks: i.Speaks})
	})
	if err != nil {
		return nil, err
	}
	err = record.Read(ctx, tx, org, ownRecords, kinds, func(r record.Record) {
		out = append(out, Record{Kind: r.Evidence, Source: r.Source, ID: r.ID, Words: r.Words, At: r.At, Own: true, Part: r.Part, Whole: r.Whole, Speaks: r.Speaks})
	})
	return out, err
}

// plannedReviews are the days of management reviews that are planned and not over.
func plannedReviews(ctx context.Context, tx *db.Tx, org string) ([]cadence.Date, error) {
	rows, err := tx.Query(ctx, `SELECT on_day FROM isms_review WHERE org = $1 AND state IN ('planned', 'prepared') ORDER BY on_day`, org)
	if err != nil {
		return nil, err
	}
	var out []cadence.Date
	err = db.Each(rows, func(scan func(...any) error) error {
		var d cadence.Date
		err := scan(&d)
		out = append(out, d)
		return err
	})
	return out, err
}
