package risk

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/finding"
	"github.com/toucan-grc/toucan/internal/framework"
)

// Tables are the tables a register is read from: while none of them was written,
// it stands as it was.
func Tables() []string {
	return []string{"risk", "risk_link", "risk_score", "risk_plan", "risk_acceptance", "risk_trigger", "risk_method",
		"finding_action", "person", "control", "organisation_zone"}
}

// ReadRegister reads the whole register in the caller's transaction. States of
// controls are not in it: whoever has them asks Operating.
func ReadRegister(ctx context.Context, tx *db.Tx, org string, now time.Time) (*Register, error) {
	r, err := readFrame(ctx, tx, org, now)
	if err != nil {
		return nil, err
	}
	for _, part := range []func(context.Context, *db.Tx, string) error{r.readRisks, r.readLinks, r.readScores, r.readPlans, r.readAcceptances, r.readTriggers} {
		if err := part(ctx, tx, ""); err != nil {
			return nil, err
		}
	}
	actions, err := finding.ReadActions(ctx, tx, org, finding.Source{Kind: finding.FromRisk})
	if err != nil {
		return nil, err
	}
	for _, a := range actions {
		if e := r.byID[a.Source.ID]; e != nil {
			e.Actions = append(e.Actions, a)
		}
	}
	r.settle()
	return r, nil
}

// readEntry reads one risk as the register would show it.
func readEntry(ctx context.Context, tx *db.Tx, org, id string, now time.Time) (*Register, *Entry, error) {
	r, err := readFrame(ctx, tx, org, now)
	if err != nil {
		return nil, nil, err
	}
	if id = known(id); id == "" {
		return nil, nil, errNoRisk()
	}
	for _, part := range []func(context.Context, *db.Tx, string) error{r.readRisks, r.readLinks, r.readScores, r.readPlans, r.readAcceptances, r.readTriggers} {
		if err := part(ctx, tx, id); err != nil {
			return nil, nil, err
		}
	}
	e := r.byID[id]
	if e == nil {
		return nil, nil, errNoRisk()
	}
	if e.Actions, err = finding.ReadActions(ctx, tx, org, finding.Source{Kind: finding.FromRisk, ID: id}); err != nil {
		return nil, nil, err
	}
	r.settle()
	return r, e, nil
}

// readFrame reads what holds for all risks.
func readFrame(ctx context.Context, tx *db.Tx, org string, now time.Time) (*Register, error) {
	zones, err := access.Days(ctx, tx, org)
	if err != nil {
		return nil, err
	}
	r := &Register{Org: org, Now: now, Today: zones.DateOf(now), zones: zones, byID: map[string]*Entry{}}
	r.Methods, err = readMethods(ctx, tx, org)
	r.Method = inForce(r.Methods, now)
	return r, err
}

// readMethods reads all versions, the shipped one first, then as they were written.
func readMethods(ctx context.Context, tx *db.Tx, org string) ([]*Method, error) {
	rows, err := tx.Query(ctx, `SELECT m.id, m.body, m.matrix, m.note, m.state, m.at, m.account, a.name, m.approved_at FROM risk_method m JOIN account a ON a.id = m.account
		WHERE m.org = $1 ORDER BY m.at, m.id`, org)
	if err != nil {
		return nil, err
	}
	out := []*Method{Shipped()}
	err = db.Each(rows, func(scan func(...any) error) error {
		var id, body, matrix, note, account, name string
		var state MethodState
		var at, approved int64
		if err := scan(&id, &body, &matrix, &note, &state, &at, &account, &name, &approved); err != nil {
			return err
		}
		m, err := parsed(body, matrix)
		if err != nil {
			return fmt.Errorf("method %s: %w", id, err)
		}
		own := *m
		own.ID, own.Note, own.State, own.At, own.By, own.ByName, own.ApprovedAt = id, note, state, db.Time(at), account, name, db.Time(approved)
		out = append(out, &own)
		return nil
	})
	return out, err
}

// inForce is the last method approved at or before a moment.
func inForce(list []*Method, now time.Time) *Method {
	best := list[0]
	for _, m := range list[1:] {
		if m.State == MethodApproved && !m.ApprovedAt.After(now) && !m.ApprovedAt.Before(best.ApprovedAt) {
			best = m
		}
	}
	return best
}

// only narrows a query to one risk.
func only(org, column, id string) (string, []any) {
	if id == "" {
		return "", []any{org}
	}
	return ` AND ` + column + ` = $2`, []any{org, id}
}

func (r *Register) readRisks(ctx context.Context, tx *db.Tx, id string) error {
	where, args := only(r.Org, "r.id", id)
	rows, err := tx.Query(ctx, `SELECT r.id, r.num, r.title, r.cause, r.event, r.consequence, r.category, r.affects, r.rights, r.breach, r.finding, r.contingency,
		coalesce(r.owner, ''), coalesce(p.name, ''), r.scenario, r.created_at, r.created_by, r.updated_at, r.closed_at, r.closed_why
		FROM risk r LEFT JOIN person p ON p.org = r.org AND p.id = r.owner WHERE r.org = $1`+where+` ORDER BY r.num`, args...)
	if err != nil {
		return err
	}
	return db.Each(rows, func(scan func(...any) error) error {
		e := &Entry{}
		var num int
		var affects string
		var created, updated, closed int64
		err := scan(&e.ID, &num, &e.Title, &e.Cause, &e.Event, &e.Consequence, &e.Category, &affects, &e.Rights, &e.Breach, &e.Finding, &e.Contingency,
			&e.Owner, &e.OwnerName, &e.Scenario, &created, &e.CreatedBy, &updated, &closed, &e.ClosedWhy)
		e.Code, e.Affects = codeOf(num), parts(affects)
		e.CreatedAt, e.UpdatedAt, e.ClosedAt = db.Time(created), db.Time(updated), db.Time(closed)
		r.Risks, r.byID[e.ID] = append(r.Risks, e), e
		return err
	})
}

// codeOf is what people call a risk.
func codeOf(num int) string { return fmt.Sprintf("R-%03d", num) }

func (r *Register) readLinks(ctx context.Context, tx *db.Tx, id string) error {
	where, args := only(r.Org, "risk", id)
	rows, err := tx.Query(ctx, `SELECT id, risk, kind, target, framework, requirement, nature, from_at, account FROM risk_link WHERE org = $1`+where+` AND to_at IS NULL ORDER BY id`, args...)
	if err != nil {
		return err
	}
	return db.Each(rows, func(scan func(...any) error) error {
		var l Link
		var risk string
		var from int64
		err := scan(&l.ID, &risk, &l.Kind, &l.Target, &l.Requirement.Framework, &l.Requirement.ID, &l.Nature, &from, &l.By)
		l.From = db.Time(from)
		if e := r.byID[risk]; e != nil {
			e.Links = append(e.Links, l)
		}
		return err
	})
}

const scoreColumns = `id, risk, kind, likelihood, impact, decided, basis, reasons, relied, account, person, method, seconds, at, on_day`

func scanScore(scan func(...any) error) (Score, error) {
	var s Score
	var relied string
	var at int64
	if err := scan(&s.ID, &s.Risk, &s.Kind, &s.Likelihood, &s.Impact, &s.Column, &s.Basis, &s.Reasons, &relied, &s.Account, &s.Person, &s.Method, &s.Seconds, &at, &s.On); err != nil {
		return s, err
	}
	s.At = db.Time(at)
	if relied == "" {
		return s, nil
	}
	return s, json.Unmarshal([]byte(relied), &s.Relied)
}

// readScores puts the newest score of each kind into its place, and the second ones
// beside it.
func (r *Register) readScores(ctx context.Context, tx *db.Tx, id string) error {
	codes := map[string]string{}
	if id == "" { // of one risk, few controls are looked up
		var err error
		if codes, err = controlCodes(ctx, tx, r.Org); err != nil {
			return err
		}
	}
	where, args := only(r.Org, "risk", id)
	rows, err := tx.Query(ctx, `SELECT `+scoreColumns+` FROM risk_score WHERE org = $1`+where+` ORDER BY at, id`, args...)
	if err != nil {
		return err
	}
	err = db.Each(rows, func(scan func(...any) error) error {
		s, err := scanScore(scan)
		if err != nil {
			return err
		}
		for i := range s.Relied {
			s.Relied[i].Code = codes[s.Relied[i].Control]
		}
		if e := r.byID[s.Risk]; e != nil {
			e.take(s)
		}
		return nil
	})
	if e := r.byID[id]; err == nil && e != nil && e.Current != nil {
		for i := range e.Current.Relied {
			x := &e.Current.Relied[i]
			if err := tx.QueryRow(ctx, `SELECT code FROM control WHERE org = $1 AND id = $2`, r.Org, x.Control).Scan(&x.Code); err != nil {
				return err
			}
		}
	}
	return err
}

// take puts a score into its place; scores come in the order of time.
func (e *Entry) take(s Score) {
	if s.Seconds != "" {
		e.Seconds = append(e.Seconds, s)
		return
	}
	switch s.Kind {
	case Inherent:
		e.Inherent = &s
	case Current:
		e.Current = &s
	case Target:
		e.Target = &s
	}
	e.Seconds = slices.DeleteFunc(e.Seconds, func(x Score) bool {
		return (e.Inherent == nil || x.Seconds != e.Inherent.ID) && (e.Current == nil || x.Seconds != e.Current.ID)
	})
}

func controlCodes(ctx context.Context, tx *db.Tx, org string) (map[string]string, error) {
	rows, err := tx.Query(ctx, `SELECT id, code FROM control WHERE org = $1`, org)
	if err != nil {
		return nil, err
	}
	out := map[string]string{}
	err = db.Each(rows, func(scan func(...any) error) error {
		var id, code string
		err := scan(&id, &code)
		out[id] = code
		return err
	})
	return out, err
}

func (r *Register) readPlans(ctx context.Context, tx *db.Tx, id string) error {
	where, args := only(r.Org, "risk", id)
	rows, err := tx.Query(ctx, `SELECT id, risk, choice, reason, cost, shown_by, due, likelihood, impact, at, account, approved_at, approved_by, completed_at, completed_by, completion
		FROM risk_plan WHERE org = $1`+where+` ORDER BY at, id`, args...)
	if err != nil {
		return err
	}
	return db.Each(rows, func(scan func(...any) error) error {
		var p Plan
		var at, approved, completed int64
		err := scan(&p.ID, &p.Risk, &p.Choice, &p.Reason, &p.Cost, &p.ShownBy, &p.Due, &p.Target.Likelihood, &p.Target.Impact, &at, &p.By, &approved, &p.ApprovedBy, &completed, &p.CompletedBy, &p.Completion)
		p.At, p.ApprovedAt, p.CompletedAt = db.Time(at), db.Time(approved), db.Time(completed)
		if e := r.byID[p.Risk]; e != nil {
			e.Plan = &p
			e.seen()
		}
		return err
	})
}

func (r *Register) readAcceptances(ctx context.Context, tx *db.Tx, id string) error {
	where, args := only(r.Org, "risk", id)
	rows, err := tx.Query(ctx, `SELECT id, risk, score, likelihood, impact, level, method, reason, conditions, from_day, until_day, at, account, person, withdrawn_at, withdrawn_why
		FROM risk_acceptance WHERE org = $1`+where+` ORDER BY at, id`, args...)
	if err != nil {
		return err
	}
	return db.Each(rows, func(scan func(...any) error) error {
		var a Acceptance
		var at, withdrawn int64
		err := scan(&a.ID, &a.Risk, &a.Score, &a.Likelihood, &a.Impact, &a.Level, &a.Method, &a.Reason, &a.Conditions, &a.From, &a.Until, &at, &a.By, &a.Person, &withdrawn, &a.WithdrawnWhy)
		a.At, a.WithdrawnAt = db.Time(at), db.Time(withdrawn)
		if e := r.byID[a.Risk]; e != nil {
			e.Acceptance = &a
			e.seen()
		}
		return err
	})
}

func (r *Register) readTriggers(ctx context.Context, tx *db.Tx, id string) error {
	where, args := only(r.Org, "risk", id)
	rows, err := tx.Query(ctx, `SELECT id, risk, kind, words, control, due, at, account, done_at FROM risk_trigger WHERE org = $1`+where+` AND done_at = 0 ORDER BY due, id`, args...)
	if err != nil {
		return err
	}
	return db.Each(rows, func(scan func(...any) error) error {
		var t Trigger
		var at, done int64
		err := scan(&t.ID, &t.Risk, &t.Kind, &t.Words, &t.Control, &t.Due, &at, &t.By, &done)
		t.At, t.DoneAt = db.Time(at), db.Time(done)
		if e := r.byID[t.Risk]; e != nil {
			e.Triggers = append(e.Triggers, t)
		}
		return err
	})
}

// refs of a link as a person writes them.
func refWords(ref framework.Ref) string { return strings.TrimSpace(ref.Framework + ":" + ref.ID) }
