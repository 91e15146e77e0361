package risk

import (
	"context"
	"time"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/cadence"
	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/finding"
	"github.com/toucan-grc/toucan/internal/people"
	"github.com/toucan-grc/toucan/internal/problem"
	"github.com/toucan-grc/toucan/internal/task"
)

// planFact is what the log says of a plan.
type planFact struct {
	Risk       string       `json:"risk"`
	Plan       string       `json:"plan"`
	Choice     Choice       `json:"choice"`
	Reason     string       `json:"reason"`
	Cost       string       `json:"cost"`
	ShownBy    string       `json:"shown_by"`
	Due        cadence.Date `json:"due_day"`
	Likelihood int          `json:"likelihood"`
	Impact     int          `json:"impact"`
}

// on reads a risk for a change of it, and runs do in the transaction; tasks about
// the risk are put right afterwards.
func (s *Store) on(ctx context.Context, who access.Actor, id string, now time.Time, do func(ctx context.Context, tx *db.Tx, r *Register, e *Entry) error) error {
	return s.DB.Write(ctx, who.Org(), db.People, func(ctx context.Context, tx *db.Tx) error {
		r, e, err := readEntry(ctx, tx, who.Org(), id, now)
		if err != nil {
			return err
		}
		if e.Closed() {
			return problem.New(problem.Conflict, "%s is closed. Open it again before you decide about it.", e.Code)
		}
		if err := do(ctx, tx, r, e); err != nil {
			return err
		}
		if r, e, err = readEntry(ctx, tx, who.Org(), id, now); err != nil {
			return err
		}
		return s.align(ctx, tx, who.Org(), who.Account(), r, e, now)
	})
}

// Plan says what is done about a risk. It takes the place of the plan before, and
// its owner has to approve it anew. The target is kept as a score.
func (s *Store) Plan(ctx context.Context, who access.Actor, id string, p Plan, now time.Time) error {
	if err := who.May(access.ManageRisks); err != nil {
		return err
	}
	now = moment(now)
	return s.on(ctx, who, id, now, func(ctx context.Context, tx *db.Tx, r *Register, e *Entry) error {
		p, err := p.checked(r.Method, r.Today)
		if err != nil {
			return err
		}
		count := e.Counting()
		switch {
		case count == nil:
			return problem.New(problem.Conflict, "Nobody here has scored this risk yet. Score it first: a plan answers a score.")
		case e.Breach:
			return problem.New(problem.Conflict, "A law is broken. Put that right in the finding; there is nothing to choose.")
		case p.Target.Known() && p.Target.Score() > count.Point.Score():
			return problem.Field("target", "The expected score lies above the one it has now.")
		}
		p.ID, p.Risk = newID(), e.ID
		_, err = tx.Exec(ctx, `INSERT INTO risk_plan (org, id, risk, choice, reason, cost, shown_by, due, likelihood, impact, at, account) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`,
			who.Org(), p.ID, e.ID, string(p.Choice), p.Reason, p.Cost, p.ShownBy, p.Due, p.Target.Likelihood, p.Target.Impact, db.Micros(now), who.Account())
		if err != nil {
			return err
		}
		acts := []act{{e.ID, kindPlanned, planFact{e.ID, p.ID, p.Choice, p.Reason, p.Cost, p.ShownBy, p.Due, p.Target.Likelihood, p.Target.Impact}}}
		if p.Target.Known() && (e.Target == nil || e.Target.Point != p.Target) {
			person, err := s.personOf(ctx, tx, who)
			if err != nil {
				return err
			}
			t := Score{ID: newID(), Risk: e.ID, Kind: Target, Point: p.Target, Column: count.Column, Basis: Judgement, Reasons: p.Reason, Account: who.Account(), Person: person, Method: r.Method.Version, At: now, On: r.Today}
			if err := s.putScores(ctx, tx, who.Org(), []Score{t}); err != nil {
				return err
			}
			acts = append(acts, act{e.ID, kindScored, t.fact()})
		}
		return s.record(ctx, tx, who.Org(), who.Account(), now, acts...)
	})
}

// AddAction adds a line of the backlog to the plan of a risk, or changes one.
func (s *Store) AddAction(ctx context.Context, who access.Actor, id string, a finding.Action, now time.Time) error {
	if err := who.May(access.ManageRisks); err != nil {
		return err
	}
	now = moment(now)
	return s.on(ctx, who, id, now, func(ctx context.Context, tx *db.Tx, r *Register, e *Entry) error {
		if e.Plan == nil || e.Plan.Choice == Accept {
			return problem.New(problem.Conflict, "Choose a treatment first; its plan names the actions.")
		}
		a.Source = source(e.Risk)
		_, err := s.Findings.PutAction(ctx, tx, who.Org(), who.Account(), a, now)
		return err
	})
}

// decideFact is what the log says of a yes to a plan, or of its end.
type decideFact struct {
	Risk  string `json:"risk"`
	Plan  string `json:"plan"`
	Words string `json:"words"`
}

// ApprovePlan records that the owner of a risk agrees with its plan and with what
// it expects to remain. Nobody else may.
func (s *Store) ApprovePlan(ctx context.Context, who access.Actor, id string, now time.Time) error {
	if err := who.May(access.DecideRisks); err != nil {
		return err
	}
	now = moment(now)
	return s.on(ctx, who, id, now, func(ctx context.Context, tx *db.Tx, r *Register, e *Entry) error {
		person, err := s.personOf(ctx, tx, who)
		switch {
		case err != nil:
			return err
		case e.Plan == nil:
			return problem.New(problem.Conflict, "There is no plan to approve. Choose a treatment first.")
		case e.Plan.Approved() || e.Plan.Completed():
			return problem.New(problem.Conflict, "This plan is approved already.")
		case e.Owner == "":
			return problem.New(problem.Conflict, "The risk has no owner, and only the owner approves its plan. Name one.")
		case person == "" || person != e.Owner:
			return problem.New(problem.Forbidden, "Only the owner of the risk approves its plan: %s.", e.OwnerName)
		}
		if _, err := tx.Exec(ctx, `UPDATE risk_plan SET approved_at = $3, approved_by = $4 WHERE org = $1 AND id = $2 AND approved_at = 0`, who.Org(), e.Plan.ID, db.Micros(now), who.Account()); err != nil {
			return err
		}
		return s.record(ctx, tx, who.Org(), who.Account(), now, act{e.ID, kindApproved, decideFact{e.ID, e.Plan.ID, ""}})
	})
}

// CompletePlan records that everything of a plan was done, and what shows it. The
// risk has to be scored again then.
func (s *Store) CompletePlan(ctx context.Context, who access.Actor, id, shown string, now time.Time) error {
	if err := who.May(access.ManageRisks); err != nil {
		return err
	}
	shown, err := db.Prose("completion", "What shows it", shown, maxPart)
	if err != nil {
		return err
	}
	if shown == "" {
		return problem.Field("completion", "Say what shows that the treatment is complete, such as the evidence that was filed.")
	}
	now = moment(now)
	return s.on(ctx, who, id, now, func(ctx context.Context, tx *db.Tx, r *Register, e *Entry) error {
		open, _ := e.Late(r.Today)
		switch {
		case !e.Plan.Approved():
			return problem.New(problem.Conflict, "The owner of the risk has not approved the plan yet.")
		case e.Plan.Completed():
			return problem.New(problem.Conflict, "This plan is complete already.")
		case open > 0:
			return problem.New(problem.Conflict, "There are %s still open. Finish them, or give them up with a reason.", counted(open, "action"))
		}
		if _, err := tx.Exec(ctx, `UPDATE risk_plan SET completed_at = $3, completed_by = $4, completion = $5 WHERE org = $1 AND id = $2`, who.Org(), e.Plan.ID, db.Micros(now), who.Account(), shown); err != nil {
			return err
		}
		if err := s.record(ctx, tx, who.Org(), who.Account(), now, act{e.ID, kindCompleted, decideFact{e.ID, e.Plan.ID, shown}}); err != nil {
			return err
		}
		t := Trigger{Kind: PlanComplete, Words: "The treatment is complete. Score what remains.", Due: r.Method.Numbers.Review.Trigger.After(r.Today)}
		return s.trigger(ctx, tx, who.Org(), who.Account(), e, t, now)
	})
}

// NewAcceptance is that somebody wants to keep a risk as it is.
type NewAcceptance struct {
	Reason     string
	Conditions string
	Until      cadence.Date
}

// acceptFact is what the log says of an acceptance.
type acceptFact struct {
	Risk       string       `json:"risk"`
	Acceptance string       `json:"acceptance"`
	Score      string       `json:"score"`
	Likelihood int          `json:"likelihood"`
	Impact     int          `json:"impact"`
	Level      string       `json:"level"`
	Method     string       `json:"method"`
	Reason     string       `json:"reason"`
	Conditions string       `json:"conditions"`
	From       cadence.Date `json:"from_day"`
	Until      cadence.Date `json:"until_day"`
	Person     string       `json:"person"`
}

// Accept records that the actor accepts a risk until a day. The domain refuses
// whoever lacks the authority, and says who has it.
func (s *Store) Accept(ctx context.Context, who access.Actor, id string, n NewAcceptance, now time.Time) error {
	if err := who.May(access.DecideRisks); err != nil {
		return err
	}
	var err error
	if n.Reason, err = db.Prose("reason", "The reason", n.Reason, maxPart); err != nil {
		return err
	}
	if n.Conditions, err = db.Prose("conditions", "The conditions", n.Conditions, maxPart); err != nil {
		return err
	}
	if n.Reason == "" {
		return problem.Field("reason", "Say why the risk is kept. Silence is not acceptance.")
	}
	now = moment(now)
	states, err := s.statesFor(ctx, who, id, now)
	if err != nil {
		return err
	}
	return s.on(ctx, who, id, now, func(ctx context.Context, tx *db.Tx, r *Register, e *Entry) error {
		r.States = states
		r.settle()
		c, err := s.caseOf(ctx, tx, who, r, e, n.Until)
		if err != nil {
			return err
		}
		m := r.Method
		score := e.Counting()
		if score != nil {
			m = r.MethodOf(score.Method)
		}
		if err := m.MayAccept(c); err != nil {
			return err
		}
		a := acceptFact{e.ID, newID(), score.ID, c.Likelihood, c.Impact, e.Verdict.Level.ID, m.Version, n.Reason, n.Conditions, r.Today, n.Until, c.Acceptor}
		_, err = tx.Exec(ctx, `INSERT INTO risk_acceptance (org, id, risk, score, likelihood, impact, level, method, reason, conditions, from_day, until_day, at, account, person)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)`,
			who.Org(), a.Acceptance, e.ID, a.Score, a.Likelihood, a.Impact, a.Level, a.Method, a.Reason, a.Conditions, a.From, a.Until, db.Micros(now), who.Account(), a.Person)
		if err != nil {
			return err
		}
		if err := s.record(ctx, tx, who.Org(), who.Account(), now, act{e.ID, kindAccepted, a}); err != nil {
			return err
		}
		return s.tell(ctx, tx, who, m.Authority(e.Verdict).Level, e, c, now)
	})
}

// caseOf is the actor who wants to accept a risk, as the method judges it.
func (s *Store) caseOf(ctx context.Context, tx *db.Tx, who access.Actor, r *Register, e *Entry, until cadence.Date) (Case, error) {
	person, err := s.personOf(ctx, tx, who)
	if err != nil {
		return Case{}, err
	}
	duties, err := people.ReadDuties(ctx, tx, r.Org)
	if err != nil {
		return Case{}, err
	}
	roster, err := people.ReadRoster(ctx, tx, r.Org)
	if err != nil {
		return Case{}, err
	}
	c := e.caseOn(r, duties, roster)
	c.Acceptor, c.Account, c.Until = person, who.Account(), until
	return c, nil
}

// caseOn is what the method asks of whoever accepts the risk, without saying who.
func (e *Entry) caseOn(r *Register, duties *people.Duties, roster *people.Roster) Case {
	c := Case{Facts: e.Facts(e.Effective.Point), Scored: e.Scored(), Owner: e.Owner, Planned: e.Worked(), On: r.Today, Holders: map[string][]string{},
		Name: func(id string) string { p, _ := roster.Person(id); return p.Name }}
	if s := e.Counting(); s != nil {
		c.Scorers = append(c.Scorers, s.scorer())
		for _, x := range e.Seconds {
			if x.Seconds == s.ID {
				c.Scorers = append(c.Scorers, x.scorer())
			}
		}
	}
	m := r.Method
	if s := e.Counting(); s != nil {
		m = r.MethodOf(s.Method) // who may accept is a matter of the method the score was given by
	}
	for _, l := range m.Numbers.Levels {
		for _, role := range l.AcceptBy {
			c.Holders[role] = duties.Holders(role, r.Today)
		}
	}
	return c
}

// scorer is who gave the score: the person, or the account of nobody.
func (s Score) scorer() string {
	if s.Person != "" {
		return s.Person
	}
	return s.Account
}

// tell asks those who have to know of an acceptance to take note.
func (s *Store) tell(ctx context.Context, tx *db.Tx, who access.Actor, l Level, e *Entry, c Case, now time.Time) error {
	if len(l.Inform) == 0 {
		return nil
	}
	duties, err := people.ReadDuties(ctx, tx, who.Org())
	if err != nil {
		return err
	}
	var list []task.New
	for _, role := range l.Inform {
		for _, id := range duties.Holders(role, c.On) {
			if id != c.Acceptor {
				list = append(list, task.New{Assignee: task.Assignee{Person: id}, Kind: TaskNote, Subject: subject(e.Risk), Title: cut("Take note: "+e.Code+" was accepted, "+e.Title, 190), Due: c.On + 14, ByHand: true})
			}
		}
	}
	if len(list) == 0 {
		return nil
	}
	_, err = task.PutAll(ctx, tx, who.Org(), who.Account(), list, now)
	return err
}

// withdrawFact is what the log says of an acceptance that was taken back.
type withdrawFact struct {
	Risk       string `json:"risk"`
	Acceptance string `json:"acceptance"`
	Reason     string `json:"reason"`
}

// Withdraw takes an acceptance back, with a reason.
func (s *Store) Withdraw(ctx context.Context, who access.Actor, id, reason string, now time.Time) error {
	if err := who.May(access.DecideRisks); err != nil {
		return err
	}
	reason, err := db.Prose("reason", "The reason", reason, maxPart)
	if err != nil {
		return err
	}
	if reason == "" {
		return problem.Field("reason", "Say why it is taken back.")
	}
	now = moment(now)
	return s.on(ctx, who, id, now, func(ctx context.Context, tx *db.Tx, r *Register, e *Entry) error {
		a := e.Acceptance
		if a == nil || !a.WithdrawnAt.IsZero() || r.Today > a.Until {
			return problem.New(problem.Conflict, "There is no acceptance in force to take back.")
		}
		if _, err := tx.Exec(ctx, `UPDATE risk_acceptance SET withdrawn_at = $3, withdrawn_by = $4, withdrawn_why = $5 WHERE org = $1 AND id = $2`, who.Org(), a.ID, db.Micros(now), who.Account(), reason); err != nil {
			return err
		}
		return s.record(ctx, tx, who.Org(), who.Account(), now, act{e.ID, kindWithdrawn, withdrawFact{e.ID, a.ID, reason}})
	})
}
