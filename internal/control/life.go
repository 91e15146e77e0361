package control

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/cadence"
	"github.com/toucan-grc/toucan/internal/db"
)

// Life is a control over time, as far as it decides when it had to be carried out.
type Life struct {
	Control           // as it stands now
	Stages  []Stage   // oldest first; there is always one
	Retired time.Time // UTC; when another one took its place; zero while in use
}

// Stage is what a control was from a moment on.
type Stage struct {
	At        time.Time // UTC
	Kind      Kind
	Frequency string
	Status    Status
}

// At returns the stage in force at a moment. Before the first one, the first
// holds: what was written down later was so before.
func (l Life) At(t time.Time) Stage {
	i, _ := slices.BinarySearchFunc(l.Stages, t, func(s Stage, t time.Time) int {
		if s.At.After(t) {
			return 1
		}
		return -1 // the last of those at or before t is wanted
	})
	return l.Stages[max(0, i-1)]
}

// Operates returns the first and the last day on which the control is said to
// operate. No first day: nobody ever said so. No last day: it still does. The first
// day is the one that was entered, else the day it was first declared operated; a
// pause between two declarations is not told apart. The zone is in day, which tells
// the day a moment falls on.
func (l Life) Operates(day func(time.Time) cadence.Date) (since, until cadence.Date) {
	since = l.Since
	declared := false
	for _, s := range l.Stages {
		if s.Status == Operated {
			declared, until = true, 0
			if !since.Known() {
				since = day(s.At)
			}
		} else if declared {
			declared, until = false, day(s.At)
		}
	}
	if !l.Retired.IsZero() && since.Known() && (!until.Known() || day(l.Retired) < until) {
		until = day(l.Retired)
	}
	if until < since {
		until = 0
	}
	return since, until
}

// Lives returns all controls over time, by code, without statement and population;
// also those that are retired. Text that waits for a second
// person changes nothing here.
func (s *Store) Lives(ctx context.Context, who access.Actor) ([]Life, error) {
	if err := who.May(access.ViewControls); err != nil {
		return nil, err
	}
	var out []Life
	err := s.db.Read(ctx, who.Org(), func(tx *db.Tx) error {
		rows, err := tx.Query(ctx, query+`WHERE org = $1`, who.Org())
		if err != nil {
			return err
		}
		defer rows.Close()
		place := map[string]int{}
		for rows.Next() {
			c, err := scan(rows.Scan)
			if err != nil {
				return err
			}
			c.Statement, c.Population = "", ""
			place[c.ID] = len(out)
			out = append(out, Life{Control: c})
		}
		if err := rows.Err(); err != nil {
			return err
		}
		if err := stages(ctx, tx, who.Org(), func(id string, st Stage) {
			if i, ok := place[id]; ok {
				out[i].Stages = append(out[i].Stages, st)
			}
		}); err != nil {
			return err
		}
		gone, err := readRetirements(ctx, tx, retirements, who.Org())
		for _, r := range gone {
			out[place[r.Control]].Retired = r.At
		}
		return err
	})
	for i := range out {
		if len(out[i].Stages) == 0 { // no version was ever stored: it is as it always was
			c := out[i].Control
			out[i].Stages = []Stage{{c.UpdatedAt, c.Kind, c.Frequency, c.Status}}
		}
	}
	slices.SortFunc(out, func(a, b Life) int { return CompareCodes(a.Code, b.Code) })
	return out, err
}

// stages reads the versions that took effect as they were written. A text that was
// approved later changed nothing but the text.
func stages(ctx context.Context, tx *db.Tx, org string, fn func(id string, st Stage)) error {
	rows, err := tx.Query(ctx, `SELECT control, at, content FROM control_version WHERE org = $1 AND approval = '' ORDER BY control, number`, org)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var id, raw string
		var at int64
		if err := rows.Scan(&id, &at, &raw); err != nil {
			return err
		}
		var v struct {
			Kind      Kind   `json:"kind"`
			Frequency string `json:"frequency"`
			Status    Status `json:"status"`
		}
		if err := json.Unmarshal([]byte(raw), &v); err != nil {
			return fmt.Errorf("a version of a control cannot be read: %w", err)
		}
		fn(id, Stage{db.Time(at), v.Kind, v.Frequency, v.Status})
	}
	return rows.Err()
}
