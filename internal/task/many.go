package task

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/toucan-grc/toucan/internal/db"
)

// CloseFor ends the open tasks of one kind and subject that these people have, in
// a few statements however many they are, and returns how many there were. The
// noun has a leaf of its own for what happened, so the tasks get none.
func CloseFor(ctx context.Context, tx *db.Tx, org, by string, c Closing, of []Assignee, now time.Time) (int, error) {
	if c.State != Done && c.State != Cancelled || c.Kind == "" || !c.Quiet {
		return 0, errors.New("task: many tasks end as done or cancelled, are of one kind, and quiet")
	}
	now = now.UTC().Truncate(time.Microsecond)
	n := 0
	for part := range slices.Chunk(of, 500) {
		args := []any{org, c.Kind, c.Subject.Kind, c.Subject.ID, string(c.State), db.Micros(now), by, c.Reason}
		var in strings.Builder
		for _, a := range part {
			args = append(args, a.key())
			fmt.Fprintf(&in, ", $%d", len(args))
		}
		history := db.Into(`task_change (` + changeColumns + `)`)
		ended, err := endedBy(ctx, tx, `UPDATE task SET state = $5, ended_at = $6, ended_by = $7, reason = $8
			WHERE org = $1 AND kind = $2 AND subject_kind = $3 AND subject = $4 AND state = 'open' AND assignee IN (`+in.String()[2:]+`) RETURNING id, assignee, due`, args)
		if err != nil {
			return n, err
		}
		for _, t := range ended {
			history.Add(changed(org, t.ID, by, t.Assignee, t.Due, c.State, c.Reason, now)...)
		}
		n += len(ended)
		if err := history.Insert(ctx, tx); err != nil {
			return n, err
		}
	}
	return n, nil
}

// endedBy reads the tasks that a statement ended.
func endedBy(ctx context.Context, tx *db.Tx, sql string, args []any) ([]Task, error) {
	rows, err := tx.Query(ctx, sql, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []Task
	for rows.Next() {
		var t Task
		var key string
		if err := rows.Scan(&t.ID, &key, &t.Due); err != nil {
			return nil, err
		}
		t.Assignee = assignee(key)
		out = append(out, t)
	}
	return out, rows.Err()
}
