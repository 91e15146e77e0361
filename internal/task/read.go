package task

import (
	"context"

	"github.com/toucan-grc/toucan/internal/db"
)

// query reads tasks with the name of who has them: that of the account, or of the
// entry in the register, whose account, if one is linked, is what can see it.
const query = `
	SELECT t.id, t.assignee, t.kind, t.subject_kind, t.subject, t.words, t.title, t.due, t.by_hand, t.fixed, t.state,
		t.created_at, t.created_by, t.ended_at, t.ended_by, t.reason, coalesce(p.name, a.name, ''), m.account IS NOT NULL, coalesce(m.account, ''), coalesce(e.name, '')
	FROM task t
	LEFT JOIN person p ON p.org = t.org AND substr(t.assignee, 1, 2) = 'p:' AND p.id = substr(t.assignee, 3)
	LEFT JOIN person_account l ON l.org = p.org AND l.person = p.id AND l.to_at IS NULL
	LEFT JOIN account a ON substr(t.assignee, 1, 2) = 'a:' AND a.id = substr(t.assignee, 3)
	LEFT JOIN member m ON m.org = t.org AND m.account = coalesce(l.account, a.id) AND m.role <> ''
	LEFT JOIN account e ON e.id = t.ended_by
	WHERE t.org = $1 AND `

func read(ctx context.Context, tx *db.Tx, org, where string, args ...any) ([]Task, error) {
	rows, err := tx.Query(ctx, query+where, append([]any{org}, args...)...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []Task
	for rows.Next() {
		var t Task
		var key string
		var created, ended int64
		err := rows.Scan(&t.ID, &key, &t.Kind, &t.Subject.Kind, &t.Subject.ID, &t.Subject.Words, &t.Title, &t.Due, &t.ByHand, &t.Fixed, &t.State,
			&created, &t.CreatedBy, &ended, &t.EndedBy, &t.Reason, &t.Name, &t.Reachable, &t.Account, &t.EnderName)
		if err != nil {
			return nil, err
		}
		t.Assignee, t.CreatedAt, t.EndedAt = assignee(key), db.Time(created), db.Time(ended)
		out = append(out, t)
	}
	byDue(out)
	return out, rows.Err()
}

// Of returns the open tasks about a subject, for the noun it belongs to.
func Of(ctx context.Context, tx *db.Tx, org string, s Subject) ([]Task, error) {
	return read(ctx, tx, org, `t.state = 'open' AND t.subject_kind = $2 AND t.subject = $3`, s.Kind, s.ID)
}

// OfKind returns the open tasks about all subjects of a kind, for the noun they
// belong to.
func OfKind(ctx context.Context, tx *db.Tx, org, subjectKind string) ([]Task, error) {
	return read(ctx, tx, org, `t.state = 'open' AND t.subject_kind = $2`, subjectKind)
}
