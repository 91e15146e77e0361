package finding

import (
	"cmp"
	"context"
	"strings"
	"time"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/cadence"
	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/problem"
)

// stepFact is what the log says of a step a finding took.
type stepFact struct {
	Finding string       `json:"finding"`
	On      cadence.Date `json:"day"`
	Person  string       `json:"owner"` // who is to check
	Worked  string       `json:"worked"`
	Outcome string       `json:"outcome"` // what was written
	Items   []string     `json:"items"`
}

func (f Finding) stepFact(on cadence.Date, outcome string, items []string) stepFact {
	if items == nil {
		items = []string{}
	}
	return stepFact{Finding: f.ID, On: on, Outcome: outcome, Items: items}
}

// Correct says what was done about the present case, and when. No day is today.
func (s *Store) Correct(ctx context.Context, who access.Actor, id, text string, on cadence.Date, items []string, now time.Time) error {
	if err := who.May(access.ReportFindings); err != nil {
		return err
	}
	_, err := s.alter(ctx, who, id, true, now, func(ctx context.Context, tx *db.Tx, f *Finding, today cadence.Date) (string, any, error) {
		text, err := f.says(Correction, "text", "The correction", text)
		if err != nil {
			return "", nil, err
		}
		day, err := between("on", on, f.FoundOn, today, "the day it was found and today")
		if err == nil {
			err = attach(ctx, tx, who.Org(), who.Account(), f.ID, "", "correction", f.CorrectionItems, items, moment(now))
		}
		if err == nil {
			_, err = tx.Exec(ctx, `UPDATE finding SET correction = $3, corrected_on = $4 WHERE org = $1 AND id = $2`, who.Org(), f.ID, text, day)
		}
		return kindCorrected, f.stepFact(day, text, items), err
	})
	return err
}

// says checks the text of a step of an open finding.
func (f Finding) says(at Stage, field, label, text string) (string, error) {
	if err := f.mustBeOpen(); err != nil {
		return "", err
	}
	if !f.Kind.Asks(at) {
		return "", problem.New(problem.Conflict, "%s is an %s: nobody asks for this part.", f.Code(), strings.ToLower(f.Kind.Label()))
	}
	return prose(field, label, text)
}

// between checks a day, none being today.
func between(field string, d, from, to cadence.Date, words string) (cadence.Date, error) {
	if !d.Known() {
		return to, nil
	}
	if d < from || d > to {
		return d, problem.Field(field, "The day lies between "+words+": from "+from.Words()+" to "+to.Words()+".")
	}
	return d, nil
}

// minCause is how short a cause may be: "human error" is none.
const minCause = 20

// StateCause says what made it possible.
func (s *Store) StateCause(ctx context.Context, who access.Actor, id, text string, now time.Time) error {
	if err := who.May(access.ReportFindings); err != nil {
		return err
	}
	_, err := s.alter(ctx, who, id, true, now, func(ctx context.Context, tx *db.Tx, f *Finding, today cadence.Date) (string, any, error) {
		text, err := f.says(Cause, "cause", "The cause", text)
		if err == nil && (len([]rune(text)) < minCause || strings.EqualFold(strings.Trim(text, ". "), "human error")) {
			err = problem.Field("cause", "Say what allowed it to happen, as something you can change: “human error” alone is no cause.")
		}
		if err == nil {
			_, err = tx.Exec(ctx, `UPDATE finding SET cause = $3 WHERE org = $1 AND id = $2`, who.Org(), f.ID, text)
		}
		return kindCause, f.stepFact(today, text, nil), err
	})
	return err
}

// Respond says what was decided about it.
func (s *Store) Respond(ctx context.Context, who access.Actor, id, text string, now time.Time) error {
	if err := who.May(access.ReportFindings); err != nil {
		return err
	}
	_, err := s.alter(ctx, who, id, true, now, func(ctx context.Context, tx *db.Tx, f *Finding, today cadence.Date) (string, any, error) {
		text, err := f.says(Response, "response", "The answer", text)
		if err == nil {
			_, err = tx.Exec(ctx, `UPDATE finding SET response = $3 WHERE org = $1 AND id = $2`, who.Org(), f.ID, text)
		}
		return kindResponse, f.stepFact(today, text, nil), err
	})
	return err
}

// PlanAction adds or changes an action of a finding.
func (s *Store) PlanAction(ctx context.Context, who access.Actor, finding string, a Action, now time.Time) (string, error) {
	if err := who.May(access.ReportFindings); err != nil {
		return "", err
	}
	var id string
	now = moment(now)
	err := s.DB.Write(ctx, who.Org(), db.People, func(ctx context.Context, tx *db.Tx) error {
		f, err := findingOf(ctx, tx, who.Org(), finding, now)
		if err == nil {
			err = mayWork(ctx, tx, who, f)
		}
		if err == nil {
			err = f.mustBeOpen()
		}
		if err != nil {
			return err
		}
		if a.ID != "" {
			have, err := actionOf(ctx, tx, who.Org(), a.ID)
			if err != nil {
				return err
			}
			if have.Source.ID != f.ID {
				return problem.New(problem.NotFound, "%s has no such action.", f.Code())
			}
			if have.Due.Known() && a.Due != have.Due && !who.Can(access.ManageFindings) {
				return problem.Field("due", "Only a manager moves a day that was set. Ask for it, with the reason.")
			}
		}
		a.Source, a.Controls, a.Requirements = f.source(), nil, nil
		if id, err = s.PutAction(ctx, tx, who.Org(), who.Account(), a, now); err != nil {
			return err
		}
		if f, err = findingOf(ctx, tx, who.Org(), f.ID, now); err != nil {
			return err
		}
		return s.askFor(ctx, tx, who.Org(), who.Account(), f, now)
	})
	return id, err
}

// PlanCheck says who looks when whether it worked: somebody who neither answers
// for the finding nor did one of its actions.
func (s *Store) PlanCheck(ctx context.Context, who access.Actor, id, checker string, on cadence.Date, now time.Time) error {
	if err := who.May(access.ManageFindings); err != nil {
		return err
	}
	_, err := s.alter(ctx, who, id, false, now, func(ctx context.Context, tx *db.Tx, f *Finding, today cadence.Date) (string, any, error) {
		err := f.mustBeOpen()
		switch {
		case err != nil:
		case !f.Kind.Asks(Check):
			err = problem.New(problem.Conflict, "Only a nonconformity is checked for effect.")
		case checker == "":
			err = problem.Field("checker", "Choose who checks.")
		case f.MayCheck(checker) != "":
			err = problem.Field("checker", f.MayCheck(checker))
		case !on.Known():
			err = problem.Field("on", "Choose the day of the check: late enough to see an effect.")
		default:
			if err = checkDay("on", on); err == nil {
				err = existing(ctx, tx, who.Org(), nil, map[string]string{"checker": checker})
			}
		}
		if err != nil {
			return "", nil, err
		}
		_, err = tx.Exec(ctx, `UPDATE finding SET checker = $3, check_on = $4 WHERE org = $1 AND id = $2`, who.Org(), f.ID, checker, on)
		fact := f.stepFact(on, "", nil)
		fact.Person = checker
		return kindPlanned, fact, err
	})
	return err
}

// CheckEffect says whether what was done worked, with what was looked at. One that
// did not work puts the finding back to its cause.
func (s *Store) CheckEffect(ctx context.Context, who access.Actor, id string, worked bool, note string, on cadence.Date, items []string, now time.Time) error {
	if err := who.May(access.ReportFindings); err != nil {
		return err
	}
	_, err := s.alter(ctx, who, id, false, now, func(ctx context.Context, tx *db.Tx, f *Finding, today cadence.Date) (string, any, error) {
		note, err := f.says(Check, "note", "What was looked at", note)
		if err != nil {
			return "", nil, err
		}
		if err := mayCheck(ctx, tx, who, *f); err != nil {
			return "", nil, err
		}
		if f.Actions.Open > 0 || f.Actions.Done == 0 {
			return "", nil, problem.New(problem.Conflict, "Whether it worked shows once every action is done. %s", f.Now().Words)
		}
		day, err := between("on", on, f.Actions.LastDone, today, "the day the last action was done and today")
		if err == nil {
			err = attach(ctx, tx, who.Org(), who.Account(), f.ID, "", "check", f.CheckItems, items, moment(now))
		}
		if err != nil {
			return "", nil, err
		}
		said, failed, cause := "yes", f.Failed, f.Cause
		if !worked {
			said, failed, cause = "no", f.Failed+1, ""
		}
		_, err = tx.Exec(ctx, `UPDATE finding SET worked = $3, check_note = $4, checked_on = $5, checked_at = $6, checked_by = $7, failed = $8, cause = $9, check_on = 0 WHERE org = $1 AND id = $2`,
			who.Org(), f.ID, said, note, day, db.Micros(moment(now)), who.Account(), failed, cause)
		fact := f.stepFact(day, note, items)
		fact.Worked = said
		return kindChecked, fact, err
	})
	return err
}

// mayCheck lets a manager and the person who was asked to check through, unless
// they would look at their own work. An account is every person it was ever linked
// to: to take the link away makes nobody somebody else.
func mayCheck(ctx context.Context, tx *db.Tx, who access.Actor, f Finding) error {
	person, err := personOf(ctx, tx, who)
	if err != nil {
		return err
	}
	rows, err := tx.Query(ctx, `SELECT DISTINCT person FROM person_account WHERE org = $1 AND account = $2 ORDER BY person`, who.Org(), who.Account())
	if err != nil {
		return err
	}
	var why string
	if err := db.Each(rows, func(scan func(...any) error) error {
		var ever string
		err := scan(&ever)
		why = cmp.Or(why, f.MayCheck(ever))
		return err
	}); err != nil {
		return err
	}
	if why != "" {
		return problem.New(problem.Forbidden, "%s", why)
	}
	if person != "" && person == f.Checker {
		return nil
	}
	return who.May(access.ManageFindings)
}

// Close closes a finding of which nothing is missing.
func (s *Store) Close(ctx context.Context, who access.Actor, id, note string, now time.Time) error {
	if err := who.May(access.ManageFindings); err != nil {
		return err
	}
	_, err := s.alter(ctx, who, id, false, now, func(ctx context.Context, tx *db.Tx, f *Finding, today cadence.Date) (string, any, error) {
		if err := f.mustBeOpen(); err != nil {
			return "", nil, err
		}
		if missing := f.Missing(); len(missing) > 0 {
			return "", nil, problem.New(problem.Conflict, "%s cannot be closed yet. %s", f.Code(), strings.Join(missing, " "))
		}
		note, err := db.Prose("note", "The note", note, maxText)
		if err == nil {
			_, err = tx.Exec(ctx, `UPDATE finding SET closed_on = $3, closed_at = $4, closed_by = $5, close_note = $6 WHERE org = $1 AND id = $2`,
				who.Org(), f.ID, today, db.Micros(moment(now)), who.Account(), note)
		}
		return kindClosed, f.stepFact(today, note, nil), err
	})
	return err
}

// Reopen opens a closed finding again, with a reason. What was written stays, but
// the check does not count any more.
func (s *Store) Reopen(ctx context.Context, who access.Actor, id, reason string, now time.Time) error {
	if err := who.May(access.ManageFindings); err != nil {
		return err
	}
	_, err := s.alter(ctx, who, id, false, now, func(ctx context.Context, tx *db.Tx, f *Finding, today cadence.Date) (string, any, error) {
		if !f.Closed() {
			return "", nil, problem.New(problem.Conflict, "%s is open already.", f.Code())
		}
		reason, err := prose("reason", "The reason", reason)
		if err == nil {
			_, err = tx.Exec(ctx, `UPDATE finding SET closed_on = 0, closed_at = 0, closed_by = '', close_note = '', worked = '', checked_on = 0, checked_at = 0, checked_by = '', check_note = '', check_on = 0,
				reopened = reopened + 1 WHERE org = $1 AND id = $2`, who.Org(), f.ID)
		}
		return kindReopened, f.stepFact(today, reason, nil), err
	})
	return err
}
