package isms

import (
	"context"
	"fmt"
	"slices"

	"github.com/toucan-grc/toucan/internal/cadence"
	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/evidence"
)

// ownRecord reads records that Toucan keeps itself and that stand for evidence of a
// kind: a statement of id, words, moment and whether the case went all the way.
type ownRecord struct {
	kind, source string
	part         bool // it shows a part, or that a register exists: it closes no obligation
	query        string
	speaks       bool // the query also gives the first and the last day it speaks of
}

var ownRecords = []ownRecord{
	{"policy-approval", "policy", true, `SELECT p.slug, v.title || ' ' || v.major || '.' || v.minor, v.approved_at, 1 FROM policy_version v JOIN policy p ON p.org = v.org AND p.id = v.policy
		WHERE v.org = $1 AND v.approved_at > 0`, false},
	{"policy-document", "policy", true, `SELECT p.slug, v.title || ' ' || v.major || '.' || v.minor, v.published_at, 1 FROM policy_version v JOIN policy p ON p.org = v.org AND p.id = v.policy
		WHERE v.org = $1 AND v.published_at > 0`, false},
	{"policy-acknowledgement", "policy", true, `SELECT p.slug, 'Acknowledged: ' || v.title || ' ' || v.major || '.' || v.minor, min(a.at), 1 FROM policy_acknowledgement a
		JOIN policy_version v ON v.org = a.org AND v.id = a.version JOIN policy p ON p.org = v.org AND p.id = v.policy
		WHERE a.org = $1 GROUP BY p.slug, v.title, v.major, v.minor`, false},
	{"training-record", "training", true, `SELECT track, 'Training completed: ' || track, min(at), 1 FROM training_completion WHERE org = $1 GROUP BY track`, false},
	{"onboarding-checklist", "joiner", true, `SELECT id, 'Checklist of joining', ended_at, 1 FROM joiner_run WHERE org = $1 AND list = 'joining' AND state = 'done'`, false},
	{"offboarding-checklist", "joiner", true, `SELECT id, 'Checklist of leaving', ended_at, 1 FROM joiner_run WHERE org = $1 AND list = 'leaving' AND state = 'done'`, false},
	{"population-record", "sample", true, `SELECT id, name, fixed_at, 1, from_day, to_day FROM population WHERE org = $1 AND fixed_at > 0 AND erased_at = 0`, true},
	{"responsibility-matrix", "duty", true, `SELECT role, 'Who holds the role ' || role, min(at), 1 FROM duty WHERE org = $1 GROUP BY role`, false},
	{"isms-scope", "scope", true, `SELECT id, 'Scope, version ' || number, approved_at, 1 FROM isms_scope WHERE org = $1 AND side = 'isms' AND approved_at > 0`, false},
	{"context-record", "context", true, `SELECT register, CASE register WHEN 'party' THEN 'Register of interested parties' ELSE 'Register of issues' END, min(at), 1 FROM isms_entry
		WHERE org = $1 AND register <> 'objective' GROUP BY register`, false},
	{"objectives-plan", "objective", true, `SELECT code, 'Objective ' || code, at, 1 FROM isms_entry WHERE org = $1 AND register = 'objective'`, false},
	{"metrics-report", "objective", true, `SELECT e.code, 'Value of objective ' || e.code, min(m.at), 1 FROM isms_measure m JOIN isms_entry e ON e.org = m.org AND e.id = m.objective
		WHERE m.org = $1 AND m.known = 'value' GROUP BY e.code, m.to_day`, false},
	{"risk-method", "risk", true, `SELECT id, 'Risk method ' || version, approved_at, 1 FROM risk_method WHERE org = $1 AND approved_at > 0`, false},
	{"risk-treatment-plan", "risk", true, `SELECT p.risk, 'Treatment of ' || r.title, p.approved_at, 1 FROM risk_plan p JOIN risk r ON r.org = p.org AND r.id = p.risk WHERE p.org = $1 AND p.approved_at > 0`, false},
	{"risk-acceptance", "risk", true, `SELECT a.risk, 'Accepted: ' || r.title, a.at, 1 FROM risk_acceptance a JOIN risk r ON r.org = a.org AND r.id = a.risk WHERE a.org = $1 AND a.withdrawn_at = 0`, false},
	{"nonconformity-log", "finding", true, `SELECT id, title, raised_at, CASE WHEN worked = 'yes' THEN 1 ELSE 0 END FROM finding WHERE org = $1 AND kind = 'nonconformity'`, false},
	{"finding-record", "finding", true, `SELECT id, title, raised_at, 1 FROM finding WHERE org = $1`, false},
	{"corrective-action-record", "finding", true, `SELECT id, title, checked_at, 1 FROM finding WHERE org = $1 AND worked = 'yes' AND checked_at > 0`, false},
	{"audit-programme", "programme", true, `SELECT id, 'Programme of internal audits', at, 1 FROM audit_programme WHERE org = $1`, false},
	{"vendor-register", "vendor", true, `SELECT '', 'Register of vendors', min(created_at), 1 FROM vendor WHERE org = $1 AND retired_at = 0 HAVING count(*) > 0`, false},
	{"software-inventory", "system", true, `SELECT '', 'Register of systems', min(created_at), 1 FROM system WHERE org = $1 AND retired_at = 0 HAVING count(*) > 0`, false},
	{"commitment-register", "commitment", true, `SELECT '', 'Register of commitments', min(created_at), 1 FROM commitment WHERE org = $1 AND retired_at = 0 HAVING count(*) > 0`, false},
	{"owner-confirmation", "confirmation", true, `SELECT id, 'Answer of a control owner', at, 1 FROM confirmation_answer WHERE org = $1`, false},
	{"crosswalk-review", "crosswalk", false, `SELECT id, 'Review of the crosswalk', closed_at, 1 FROM crosswalk_review WHERE org = $1 AND closed_at > 0`, false},
}

// readTrail reads what there is of some kinds; without kinds, of all. Evidence that
// was rejected, corrected or erased shows nothing.
func readTrail(ctx context.Context, tx *db.Tx, org string, zones cadence.Zones, kinds []string) ([]Record, error) {
	var out []Record
	where, args := "", []any{org}
	if len(kinds) > 0 {
		where = ` AND kind IN (` + db.Among(&args, kinds) + `)`
	}
	rows, err := tx.Query(ctx, `SELECT kind, id, title, source, captured_at, filed_at, lapses_at, period_from, period_to FROM evidence_item
		WHERE org = $1 AND review <> 'rejected' AND superseded_by = '' AND erased_at = 0`+where, args...)
	if err != nil {
		return nil, err
	}
	err = db.Each(rows, func(scan func(...any) error) error {
		r := Record{Source: "evidence", Whole: true}
		var captured, filed, lapses int64
		var source evidence.Source
		err := scan(&r.Kind, &r.ID, &r.Words, &source, &captured, &filed, &lapses, &r.Speaks.From, &r.Speaks.To)
		r.Own = source == evidence.System
		r.Item, r.At, r.FiledAt, r.Lapses = r.ID, db.Time(captured), db.Time(filed), zones.DateOf(db.Time(lapses))
		out = append(out, r)
		return err
	})
	if err != nil {
		return nil, err
	}
	for _, o := range ownRecords {
		if len(kinds) > 0 && !slices.Contains(kinds, o.kind) {
			continue
		}
		rows, err := tx.Query(ctx, o.query, org)
		if err != nil {
			return nil, fmt.Errorf("records of %s: %w", o.kind, err)
		}
		err = db.Each(rows, func(scan func(...any) error) error {
			r := Record{Kind: o.kind, Source: o.source, Own: true, Part: o.part}
			var at int64
			var whole int
			into := []any{&r.ID, &r.Words, &at, &whole}
			if o.speaks {
				into = append(into, &r.Speaks.From, &r.Speaks.To)
			}
			err := scan(into...)
			r.At, r.Whole = db.Time(at), whole == 1
			out = append(out, r)
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	return out, nil
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
