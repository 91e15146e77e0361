package finding

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/cadence"
	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/problem"
)

// FromFinding is the kind of source of the actions of a finding.
const FromFinding = "finding"

// readActions reads actions with what they are about; where may use $2 and on.
// wide is whether so many come back that reading all rows beside them is cheaper
// than asking for theirs.
func readActions(ctx context.Context, tx *db.Tx, org, where string, args ...any) ([]Action, error) {
	if where != "" {
		where = ` AND ` + where
	}
	rows, err := tx.Query(ctx, `SELECT a.id, a.n, a.source_kind, a.source, a.source_words, a.title, a.detail, coalesce(a.owner, ''), coalesce(p.name, ''), a.due, a.state, a.outcome,
		a.moved, a.created_at, a.created_by, a.done_on, a.ended_at, a.ended_by
		FROM finding_action a LEFT JOIN person p ON p.org = a.org AND p.id = a.owner WHERE a.org = $1`+where, append([]any{org}, args...)...)
	if err != nil {
		return nil, err
	}
	var out []Action
	err = db.Each(rows, func(scan func(...any) error) error {
		var a Action
		var created, ended int64
		err := scan(&a.ID, &a.N, &a.Source.Kind, &a.Source.ID, &a.Source.Words, &a.Title, &a.Detail, &a.Owner, &a.OwnerName, &a.Due, &a.State, &a.Outcome,
			&a.Moved, &created, &a.CreatedBy, &a.DoneOn, &ended, &a.EndedBy)
		a.CreatedAt, a.EndedAt = db.Time(created), db.Time(ended)
		out = append(out, a)
		return err
	})
	if err != nil || len(out) == 0 {
		return nil, err
	}
	return out, beside(ctx, tx, org, out, where, args)
}

// beside adds what the actions are about and the evidence that they were done.
func beside(ctx context.Context, tx *db.Tx, org string, list []Action, where string, args []any) error {
	if where != "" {
		where = ` AND a.action IN (SELECT a.id FROM finding_action a WHERE a.org = $1` + where + `)`
	}
	concerns, err := readAbout(ctx, tx, org, "action", where, args...)
	if err != nil {
		return err
	}
	items, err := readItems(ctx, tx, org, "action", where, args...)
	for i := range list {
		a := &list[i]
		a.Controls, a.Requirements = concerns[a.ID].controls, concerns[a.ID].refs
		a.Items = items[a.ID]["done"]
	}
	return err
}

// readItems reads the evidence of findings or actions, by their id and by part.
func readItems(ctx context.Context, tx *db.Tx, org, column, where string, args ...any) (map[string]map[string][]string, error) {
	rows, err := tx.Query(ctx, `SELECT a.`+column+`, a.part, a.item FROM finding_item a WHERE a.org = $1 AND a.`+column+` IS NOT NULL`+where+` ORDER BY a.at, a.id`, append([]any{org}, args...)...)
	if err != nil {
		return nil, err
	}
	out := map[string]map[string][]string{}
	err = db.Each(rows, func(scan func(...any) error) error {
		var id, part, item string
		if err := scan(&id, &part, &item); err != nil {
			return err
		}
		if out[id] == nil {
			out[id] = map[string][]string{}
		}
		out[id][part] = append(out[id][part], item)
		return nil
	})
	return out, err
}

// byUrgency sorts actions: open ones first, the earliest day first, those without
// a day after them, then what ended, the newest first.
func byUrgency(list []Action) { slices.SortStableFunc(list, urgency) }

func urgency(a, b Action) int {
	rank := func(d cadence.Date) cadence.Date {
		if !d.Known() {
			return 1 << 30
		}
		return d
	}
	if open := a.State == Open; open != (b.State == Open) {
		if open {
			return -1
		}
		return 1
	} else if !open {
		return cmp.Or(b.EndedAt.Compare(a.EndedAt), cmp.Compare(b.N, a.N))
	}
	return cmp.Or(cmp.Compare(rank(a.Due), rank(b.Due)), cmp.Compare(a.N, b.N))
}

// ReadActions returns the actions of a source, the most urgent first, for the noun
// they belong to. A source without an id stands for all of its kind, and the zero
// source for all there are.
func ReadActions(ctx context.Context, tx *db.Tx, org string, of Source) ([]Action, error) {
	where, args := "", []any(nil)
	if of.Kind != "" {
		where, args = `a.source_kind = $2`, []any{of.Kind}
	}
	if of.ID != "" {
		where, args = where+` AND a.source = $3`, append(args, of.ID)
	}
	out, err := readActions(ctx, tx, org, where, args...)
	byUrgency(out)
	return out, err
}

// actionOf reads one action.
func actionOf(ctx context.Context, tx *db.Tx, org, id string) (Action, error) {
	list, err := readActions(ctx, tx, org, `a.id = $2`, known(id))
	if err == nil && len(list) == 0 {
		err = problem.New(problem.NotFound, "There is no such action. Look in the list of actions.")
	}
	if err != nil {
		return Action{}, err
	}
	return list[0], nil
}

// ActionView is one action as somebody looks at it.
type ActionView struct {
	Action
	Today cadence.Date
	Zone  *time.Location // of its days
	Mine  bool           // whoever looks has it
}

// Action returns one action with what became of it, to those who see findings and
// to the person who has it.
func (s *Store) Action(ctx context.Context, who access.Actor, id string, now time.Time) (ActionView, []Past, error) {
	if !who.Can(access.ViewFindings) { // a token may be let read and do nothing
		if err := who.May(access.OwnTasks); err != nil {
			return ActionView{}, nil, err
		}
	}
	var v ActionView
	var past []Past
	err := s.DB.Read(ctx, who.Org(), func(tx *db.Tx) error {
		a, err := actionOf(ctx, tx, who.Org(), id)
		if err != nil {
			return err
		}
		if err := mayAction(ctx, tx, who, a, access.ViewFindings); err != nil {
			return err
		}
		person, err := personOf(ctx, tx, who)
		if err != nil {
			return err
		}
		zones, err := access.Days(ctx, tx, who.Org())
		if err != nil {
			return err
		}
		today := zones.DateOf(now)
		v = ActionView{a, today, zones.Of(today), person != "" && person == a.Owner}
		past, err = readPast(ctx, tx, who.Org(), "action", a.ID)
		return err
	})
	return v, past, err
}

// mayAction lets the owner of an action through, and who may do the action of the
// table.
func mayAction(ctx context.Context, tx *db.Tx, who access.Actor, a Action, other access.Action) error {
	if who.Can(other) {
		return nil
	}
	person, err := personOf(ctx, tx, who)
	if err != nil || person != "" && person == a.Owner {
		return err
	}
	return who.May(other)
}
