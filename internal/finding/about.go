package finding

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/toucan-grc/toucan/internal/crosswalk"
	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/framework"
	"github.com/toucan-grc/toucan/internal/problem"
)

// about is what a finding or an action concerns.
type about struct {
	controls []string
	refs     []framework.Ref
}

const aboutColumns = `finding_about (org, id, finding, action, control, framework, requirement, from_at)`

// addAbout adds the rows of what a finding or an action concerns.
func addAbout(rows *db.Rows, org, finding, action string, a about, now time.Time) {
	for _, c := range a.controls {
		rows.Add(org, newID(), orNull(finding), orNull(action), orNull(c), "", "", db.Micros(now))
	}
	for _, r := range a.refs {
		rows.Add(org, newID(), orNull(finding), orNull(action), orNull(""), r.Framework, r.ID, db.Micros(now))
	}
}

// setAbout ends what does not hold any more and adds what is new.
func setAbout(ctx context.Context, tx *db.Tx, org, finding, action string, have, want about, now time.Time) error {
	where, id := "finding", finding
	if action != "" {
		where, id = "action", action
	}
	for _, c := range have.controls {
		if slices.Contains(want.controls, c) {
			continue
		}
		if _, err := tx.Exec(ctx, `UPDATE finding_about SET to_at = $4 WHERE org = $1 AND `+where+` = $2 AND control = $3 AND to_at IS NULL`, org, id, c, db.Micros(now)); err != nil {
			return err
		}
	}
	for _, r := range have.refs {
		if slices.Contains(want.refs, r) {
			continue
		}
		if _, err := tx.Exec(ctx, `UPDATE finding_about SET to_at = $5 WHERE org = $1 AND `+where+` = $2 AND control IS NULL AND framework = $3 AND requirement = $4 AND to_at IS NULL`,
			org, id, r.Framework, r.ID, db.Micros(now)); err != nil {
			return err
		}
	}
	fresh := about{
		slices.DeleteFunc(slices.Clone(want.controls), func(c string) bool { return slices.Contains(have.controls, c) }),
		slices.DeleteFunc(slices.Clone(want.refs), func(r framework.Ref) bool { return slices.Contains(have.refs, r) }),
	}
	rows := db.Into(aboutColumns)
	addAbout(rows, org, finding, action, fresh, now)
	return rows.Insert(ctx, tx)
}

// readAbout reads what findings or actions concern: column says which of the two,
// and where may narrow it, with its parameters from $2 on.
func readAbout(ctx context.Context, tx *db.Tx, org, column, where string, args ...any) (map[string]about, error) {
	rows, err := tx.Query(ctx, `SELECT a.`+column+`, coalesce(a.control, ''), a.framework, a.requirement FROM finding_about a
		WHERE a.org = $1 AND a.`+column+` IS NOT NULL AND a.to_at IS NULL`+where+` ORDER BY a.`+column+`, a.id`, append([]any{org}, args...)...)
	if err != nil {
		return nil, err
	}
	out := map[string]about{}
	err = db.Each(rows, func(scan func(...any) error) error {
		var id, control string
		var r framework.Ref
		if err := scan(&id, &control, &r.Framework, &r.ID); err != nil {
			return err
		}
		a := out[id]
		if control != "" {
			a.controls = append(a.controls, control)
		} else {
			a.refs = append(a.refs, r)
		}
		out[id] = a
		return nil
	})
	return out, err
}

// existing checks that the controls and the persons named are there.
func existing(ctx context.Context, tx *db.Tx, org string, controls []string, persons map[string]string) error {
	if len(controls) > 0 {
		ids := make([]string, len(controls))
		for i, c := range controls {
			ids[i] = known(c)
		}
		args := []any{org}
		var n int
		if err := tx.QueryRow(ctx, `SELECT count(*) FROM control WHERE org = $1 AND id IN (`+db.Among(&args, ids)+`)`, args...).Scan(&n); err != nil {
			return err
		}
		if n < len(controls) {
			return problem.Field("controls", "One of these controls does not exist. Choose from the list of controls.")
		}
	}
	for field, p := range persons {
		if p == "" {
			continue
		}
		var n int
		if err := tx.QueryRow(ctx, `SELECT count(*) FROM person WHERE org = $1 AND id = $2`, org, known(p)).Scan(&n); err != nil {
			return err
		}
		if n == 0 {
			return problem.Field(field, "This person is not in the people register. Choose somebody who is.")
		}
	}
	return nil
}

// required checks that the requirements named anew are there: what a finding was
// about before stays as it is, also when its edition is gone.
func (s *Store) required(ctx context.Context, tx *db.Tx, org string, have, want []framework.Ref, now time.Time) error {
	var l *crosswalk.Library
	for _, r := range want {
		if slices.Contains(have, r) {
			continue
		}
		if l == nil {
			var err error
			if l, err = s.Links.LibraryIn(ctx, tx, org, now); err != nil {
				return err
			}
		}
		if !l.Frameworks.Has(r) {
			return problem.Field("requirements", fmt.Sprintf("There is no requirement “%s” of a framework “%s” here. Write ids as they are listed, such as A.8.8 of iso27001-2022.", cut(r.ID, 60), cut(r.Framework, 60)))
		}
	}
	return nil
}

// attach adds pieces of evidence to a part of a finding or an action. One that is
// there already stays once.
func attach(ctx context.Context, tx *db.Tx, org, by, finding, action, part string, have, items []string, now time.Time) error {
	rows := db.Into(`finding_item (org, id, finding, action, part, item, at, account)`)
	have = slices.Clone(have)
	for _, i := range items {
		if slices.Contains(have, i) {
			continue
		}
		have = append(have, i)
		var n int
		if err := tx.QueryRow(ctx, `SELECT count(*) FROM evidence_item WHERE org = $1 AND id = $2 AND erased_at = 0`, org, known(i)).Scan(&n); err != nil {
			return err
		}
		if n == 0 {
			return problem.Field("items", "There is no such evidence. Copy its id from the library.")
		}
		rows.Add(org, newID(), orNull(finding), orNull(action), part, i, db.Micros(now), by)
	}
	if len(have) > maxItems {
		return problem.Field("items", fmt.Sprintf("%d pieces of evidence are enough. Put what is left into one file.", maxItems))
	}
	return rows.Insert(ctx, tx)
}
