package risk

import (
	"context"
	"slices"
	"time"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/cadence"
	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/job"
	"github.com/toucan-grc/toucan/internal/people"
	"github.com/toucan-grc/toucan/internal/problem"
	"github.com/toucan-grc/toucan/internal/task"
)

// The kinds of task about risks. They are stored.
const (
	TaskDecide      = "risk.decide"      // treat the risk, or have it accepted
	TaskApprove     = "risk.approve"     // approve the plan
	TaskComplete    = "risk.complete"    // complete the plan
	TaskRenew       = "risk.renew"       // an acceptance nears its end
	TaskReassess    = "risk.reassess"    // score it again
	TaskContingency = "risk.contingency" // write down what is done should it happen
	TaskNote        = "risk.note"        // take note of an acceptance
	TaskReview      = "risk.review"      // look through the register
	TaskAssess      = "risk.assess"      // the assessment as a whole
)

// SubjectRegister is the kind of subject of tasks about the whole register.
const SubjectRegister = "risk.register"

// TendEvery is how often the job runs.
const TendEvery = time.Hour

// Work is the job that asks owners for what is due.
type Work struct{}

// Kind implements job.Work.
func (Work) Kind() string { return "risk.tend" }

// WatchWork is the job that looks whether controls still carry the scores that rest
// on them. It runs on behalf of somebody who scored: it sees what they see.
type WatchWork struct{}

// Kind implements job.Work.
func (WatchWork) Kind() string { return "risk.watch" }

var (
	_ job.Work = Work{}
	_ job.Work = WatchWork{}
)

// asks are the tasks there should be about a risk on a day.
func (e *Entry) asks(r *Register, officers []string) []task.New {
	if e.Closed() {
		return nil
	}
	who := officers
	if e.Owner != "" {
		who = []string{e.Owner}
	}
	var out []task.New
	ask := func(kind, title string, due cadence.Date, to ...string) {
		for _, id := range to {
			out = append(out, task.New{Assignee: task.Assignee{Person: id}, Kind: kind, Subject: subject(e.Risk), Title: cut(title, 190), Due: due})
		}
	}
	switch e.State {
	case Untreated, Lapsed:
		ask(TaskDecide, "Treat "+e.Code+" or have it accepted: "+e.Title, e.PlanDue(r), who...)
	case Treated:
		ask(TaskDecide, "Accept what remains of "+e.Code+", or plan anew: "+e.Title, 0, who...)
	case Planned:
		ask(TaskApprove, "Approve the plan for "+e.Code+": "+e.Title, e.PlanDue(r), who...)
	case Treating, Overdue:
		if e.Plan.Due.Known() && e.Plan.Due-30 <= r.Today {
			ask(TaskComplete, "Complete the treatment of "+e.Code+": "+e.Title, e.Plan.Due, who...)
		}
	}
	if a := e.Acceptance; a != nil && e.State == Accepted {
		remind := r.MethodOf(a.Method).Numbers.Acceptance.Remind
		if remind.After(r.Today) >= a.Until {
			ask(TaskRenew, "The acceptance of "+e.Code+" ends: "+e.Title, a.Until, a.Person)
		}
	}
	if len(e.Triggers) > 0 && e.Scored() {
		ask(TaskReassess, "Score "+e.Code+" again: "+e.Title, e.Triggers[0].Due, who...)
	}
	if e.Verdict.Lacks != "" {
		ask(TaskContingency, "Write down a contingency for "+e.Code+": "+e.Title, 0, who...)
	}
	return out
}

// PlanDue is the day by which a risk outside the appetite has an approved plan, or
// no day: counted from the day the score was given.
func (e *Entry) PlanDue(r *Register) cadence.Date {
	s := e.Counting()
	if s == nil || e.Verdict.Within || !e.Verdict.Level.PlanDue.Known() {
		return 0
	}
	return e.Verdict.Level.PlanDue.After(s.On)
}

// align makes the tasks about a risk those there should be.
func (s *Store) align(ctx context.Context, tx *db.Tx, org, by string, r *Register, e *Entry, now time.Time) error {
	r.settle()
	duties, err := people.ReadDuties(ctx, tx, org)
	if err != nil {
		return err
	}
	have, err := task.Of(ctx, tx, org, subject(e.Risk))
	if err != nil {
		return err
	}
	return s.ask(ctx, tx, org, by, subject(e.Risk), e.asks(r, duties.Holders(officer, r.Today)), have, now)
}

// officer is the role that keeps the register.
const officer = "security-officer"

// ask puts the tasks there should be about a subject and ends the others.
func (s *Store) ask(ctx context.Context, tx *db.Tx, org, by string, about task.Subject, want []task.New, have []task.Task, now time.Time) error {
	for _, t := range have {
		if t.Kind == TaskNote || slices.ContainsFunc(want, func(n task.New) bool { return n.Kind == t.Kind && n.Assignee == t.Assignee }) {
			continue
		}
		c := task.Closing{Kind: t.Kind, Subject: about, Assignee: t.Assignee, State: task.Done, Reason: "There is nothing left to do about it.", Quiet: true}
		if _, err := task.Close(ctx, tx, s.Log, org, by, c, now); err != nil {
			return err
		}
	}
	want = slices.DeleteFunc(want, func(n task.New) bool {
		return slices.ContainsFunc(have, func(t task.Task) bool {
			return t.Kind == n.Kind && t.Assignee == n.Assignee && t.Due == n.Due && t.Title == n.Title
		})
	})
	if len(want) == 0 {
		return nil
	}
	_, err := task.PutAll(ctx, tx, org, by, want, now)
	return err
}

// Tend asks for what comes with the passing of time: acceptances that end, plans
// and reassessments that are due, the review of the register and the yearly
// assessment. It may run as often as one likes.
func (s *Store) Tend(ctx context.Context, org string, now time.Time) error {
	now = moment(now)
	var r *Register
	var open map[string][]task.Task
	var officers []string
	var last, assessed cadence.Date
	err := s.DB.Read(ctx, org, func(tx *db.Tx) (err error) {
		if r, err = ReadRegister(ctx, tx, org, now); err != nil {
			return err
		}
		duties, err := people.ReadDuties(ctx, tx, org)
		if err != nil {
			return err
		}
		officers = duties.Holders(officer, r.Today)
		if last, assessed, err = readReviews(ctx, tx, r); err != nil {
			return err
		}
		open, err = openTasks(ctx, tx, org)
		return err
	})
	if err != nil || len(r.Risks) == 0 {
		return err
	}
	var todo []*Entry
	for _, e := range r.Risks {
		if want, have := e.asks(r, officers), open[e.ID]; !alike(e.timely(want), e.timelyOpen(have)) {
			todo = append(todo, e)
		}
	}
	for part := range slices.Chunk(todo, 200) {
		err := s.DB.Write(ctx, org, db.Jobs, func(ctx context.Context, tx *db.Tx) error {
			for _, e := range part {
				fresh, x, err := readEntry(ctx, tx, org, e.ID, now)
				if err != nil {
					return err
				}
				fresh.settle()
				have, err := task.Of(ctx, tx, org, subject(x.Risk))
				if err != nil {
					return err
				}
				if err := s.ask(ctx, tx, org, "", subject(x.Risk), x.timely(x.asks(fresh, officers)), x.timelyOpen(have), now); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return s.tendRegister(ctx, org, r, officers, last, assessed, open[org], now)
}

// rests reports whether the score that counts rests on controls. How they are is not
// known while only time passes: whether to decide anew is left to the watch.
func (e *Entry) rests() bool { s := e.Counting(); return s != nil && len(s.Relied) > 0 }

// timely are the tasks that the passing of time may make or end.
func (e *Entry) timely(want []task.New) []task.New {
	return slices.DeleteFunc(want, func(n task.New) bool { return e.rests() && n.Kind == TaskDecide })
}

func (e *Entry) timelyOpen(have []task.Task) []task.Task {
	return slices.DeleteFunc(slices.Clone(have), func(t task.Task) bool { return e.rests() && t.Kind == TaskDecide })
}

// alike reports whether open tasks are those there should be.
func alike(want []task.New, have []task.Task) bool {
	have = slices.DeleteFunc(slices.Clone(have), func(t task.Task) bool { return t.Kind == TaskNote })
	return len(want) == len(have) && !slices.ContainsFunc(want, func(n task.New) bool {
		return !slices.ContainsFunc(have, func(t task.Task) bool {
			return t.Kind == n.Kind && t.Assignee == n.Assignee && t.Due == n.Due && t.Title == n.Title
		})
	})
}

// openTasks reads the open tasks about risks, by risk; those about the register by organisation.
func openTasks(ctx context.Context, tx *db.Tx, org string) (map[string][]task.Task, error) {
	out := map[string][]task.Task{}
	for _, kind := range []string{SubjectRisk, SubjectRegister} {
		list, err := task.OfKind(ctx, tx, org, kind)
		if err != nil {
			return nil, err
		}
		for _, t := range list {
			out[t.Subject.ID] = append(out[t.Subject.ID], t)
		}
	}
	return out, nil
}

// tendRegister asks for the review of the register and for the assessment.
func (s *Store) tendRegister(ctx context.Context, org string, r *Register, officers []string, last, assessed cadence.Date, have []task.Task, now time.Time) error {
	about := task.Subject{Kind: SubjectRegister, ID: org, Words: "Register of risks"}
	review, assess := r.ReviewDue(last), r.AssessDue(assessed)
	var want []task.New
	for _, id := range officers {
		if review-30 <= r.Today {
			want = append(want, task.New{Assignee: task.Assignee{Person: id}, Kind: TaskReview, Subject: about, Title: "Look through the register of risks with its owners", Due: review})
		}
		if assess-60 <= r.Today {
			want = append(want, task.New{Assignee: task.Assignee{Person: id}, Kind: TaskAssess, Subject: about, Title: "Assess all risks, and have the assessment approved", Due: assess})
		}
	}
	if alike(want, have) {
		return nil
	}
	return s.DB.Write(ctx, org, db.Jobs, func(ctx context.Context, tx *db.Tx) error {
		have, err := task.Of(ctx, tx, org, about)
		if err != nil {
			return err
		}
		return s.ask(ctx, tx, org, "", about, want, have, now)
	})
}

// began is the day the first risk was entered, from which the cycle counts.
func (r *Register) began() cadence.Date {
	first := r.Now
	for _, e := range r.Risks {
		if e.CreatedAt.Before(first) {
			first = e.CreatedAt
		}
	}
	return min(r.Today, r.zones.DateOf(first))
}

// ReviewDue is the day by which the register is looked through next.
func (r *Register) ReviewDue(last cadence.Date) cadence.Date {
	return r.Method.Numbers.Review.Every.After(max(last, r.began()))
}

// AssessDue is the day by which the assessment as a whole is approved next. The
// first one is due with the first look through the register: until then nothing
// shows how the organisation stands.
func (r *Register) AssessDue(last cadence.Date) cadence.Date {
	if !last.Known() {
		return r.ReviewDue(0)
	}
	return r.Method.Numbers.Review.Full.After(last)
}

// readReviews reads when the register was last looked through, and when an
// assessment as a whole was last approved; an approved assessment is a review.
func readReviews(ctx context.Context, tx *db.Tx, r *Register) (last, assessed cadence.Date, err error) {
	var reviewed, frozen int64
	if err := tx.QueryRow(ctx, `SELECT coalesce(max(at), 0) FROM risk_act WHERE org = $1 AND kind = $2`, r.Org, kindReviewed).Scan(&reviewed); err != nil {
		return 0, 0, err
	}
	if err := tx.QueryRow(ctx, `SELECT coalesce(max(at), 0) FROM risk_snapshot WHERE org = $1 AND state = 'approved'`, r.Org).Scan(&frozen); err != nil {
		return 0, 0, err
	}
	if frozen > 0 {
		assessed = r.zones.DateOf(db.Time(frozen))
	}
	if reviewed > 0 {
		last = r.zones.DateOf(db.Time(reviewed))
	}
	return max(last, assessed), assessed, nil
}

// reviewFact is what the log says of a look through the register.
type reviewFact struct {
	Risks int    `json:"risks"`
	Note  string `json:"note"`
}

// Review records that the register was looked through with the owners of its risks.
func (s *Store) Review(ctx context.Context, who access.Actor, note string, now time.Time) error {
	if err := who.May(access.ManageRiskMethod); err != nil {
		return err
	}
	note, err := db.Prose("note", "The note", note, maxPart)
	if err != nil {
		return err
	}
	if note == "" {
		return problem.Field("note", "Say who took part and what came of it, even if nothing changed.")
	}
	now = moment(now)
	return s.DB.Write(ctx, who.Org(), db.People, func(ctx context.Context, tx *db.Tx) error {
		var n int
		if err := tx.QueryRow(ctx, `SELECT count(*) FROM risk WHERE org = $1 AND closed_at = 0`, who.Org()).Scan(&n); err != nil {
			return err
		}
		about := task.Subject{Kind: SubjectRegister, ID: who.Org()}
		if _, err := task.Close(ctx, tx, s.Log, who.Org(), who.Account(), task.Closing{Kind: TaskReview, Subject: about, State: task.Done, Reason: cut(note, 200), Quiet: true}, now); err != nil {
			return err
		}
		return s.record(ctx, tx, who.Org(), who.Account(), now, act{"", kindReviewed, reviewFact{n, note}})
	})
}

// Cycle says when the register was last looked through and assessed as a whole.
type Cycle struct {
	Reviewed, ReviewDue cadence.Date // none: never
	Assessed, AssessDue cadence.Date
}

// Cycle returns where the register stands in its year.
func (s *Store) Cycle(ctx context.Context, who access.Actor, now time.Time) (Cycle, error) {
	if err := who.May(access.ViewRisks); err != nil {
		return Cycle{}, err
	}
	r, err := s.bare(ctx, who.Org(), now)
	if err != nil {
		return Cycle{}, err
	}
	var c Cycle
	err = s.DB.Read(ctx, who.Org(), func(tx *db.Tx) (err error) {
		c.Reviewed, c.Assessed, err = readReviews(ctx, tx, r)
		return err
	})
	c.ReviewDue, c.AssessDue = r.ReviewDue(c.Reviewed), r.AssessDue(c.Assessed)
	return c, err
}
