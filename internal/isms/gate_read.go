package isms

import (
	"context"
	"fmt"
	"slices"

	"github.com/toucan-grc/toucan/internal/cadence"
	"github.com/toucan-grc/toucan/internal/db"
)

// own are the readers of records that Toucan keeps itself and that stand for
// evidence of a kind, each a statement of id, words, moment and item.
var ownRecords = []struct{ kind, source, query string }{
	{"policy-approval", "policy", `SELECT p.slug, v.title || ' ' || v.major || '.' || v.minor, v.approved_at, '' FROM policy_version v JOIN policy p ON p.org = v.org AND p.id = v.policy
		WHERE v.org = $1 AND v.approved_at > 0`},
	{"policy-document", "policy", `SELECT p.slug, v.title || ' ' || v.major || '.' || v.minor, v.published_at, '' FROM policy_version v JOIN policy p ON p.org = v.org AND p.id = v.policy
		WHERE v.org = $1 AND v.published_at > 0`},
	{"policy-acknowledgement", "policy", `SELECT p.slug, v.title || ' ' || v.major || '.' || v.minor || ', first acknowledgement', min(a.at), '' FROM policy_acknowledgement a
		JOIN policy_version v ON v.org = a.org AND v.id = a.version JOIN policy p ON p.org = v.org AND p.id = v.policy
		WHERE a.org = $1 GROUP BY p.slug, v.title, v.major, v.minor`},
	{"training-record", "training", `SELECT track, 'Training completed: ' || track, min(at), '' FROM training_completion WHERE org = $1 GROUP BY track`},
	{"onboarding-checklist", "joiner", `SELECT id, 'Checklist of joining', ended_at, '' FROM joiner_run WHERE org = $1 AND list = 'joining' AND state = 'done'`},
	{"offboarding-checklist", "joiner", `SELECT id, 'Checklist of leaving', ended_at, '' FROM joiner_run WHERE org = $1 AND list = 'leaving' AND state = 'done'`},
	{"population-record", "sample", `SELECT id, name, fixed_at, '' FROM population WHERE org = $1 AND fixed_at > 0 AND erased_at = 0`},
	{"responsibility-matrix", "duty", `SELECT role, 'Who holds the role ' || role, min(at), '' FROM duty WHERE org = $1 GROUP BY role`},
}

// readTrail reads what there is of some kinds; without kinds, of all. Evidence that
// was rejected, corrected or erased shows nothing.
func readTrail(ctx context.Context, tx *db.Tx, org string, zones cadence.Zones, kinds []string) ([]Record, error) {
	var out []Record
	where, args := "", []any{org}
	if len(kinds) > 0 {
		where = ` AND kind IN (` + db.Among(&args, kinds) + `)`
	}
	rows, err := tx.Query(ctx, `SELECT kind, id, title, captured_at, lapses_at FROM evidence_item
		WHERE org = $1 AND review <> 'rejected' AND superseded_by = '' AND erased_at = 0`+where, args...)
	if err != nil {
		return nil, err
	}
	err = cycleEach(rows, func(scan func(...any) error) error {
		r := Record{Source: "evidence"}
		var captured, lapses int64
		err := scan(&r.Kind, &r.ID, &r.Words, &captured, &lapses)
		r.Item, r.At, r.Lapses = r.ID, db.Time(captured), zones.DateOf(db.Time(lapses))
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
		err = cycleEach(rows, func(scan func(...any) error) error {
			r := Record{Kind: o.kind, Source: o.source}
			var at int64
			err := scan(&r.ID, &r.Words, &at, &r.Item)
			r.At = db.Time(at)
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
	err = cycleEach(rows, func(scan func(...any) error) error {
		var d cadence.Date
		err := scan(&d)
		out = append(out, d)
		return err
	})
	return out, err
}
