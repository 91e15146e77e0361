package isms

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/cadence"
	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/finding"
	"github.com/toucan-grc/toucan/internal/framework"
	"github.com/toucan-grc/toucan/internal/problem"
	"github.com/toucan-grc/toucan/internal/task"
)

// auditFact is what the log says of an audit as it was planned. Auditors from
// outside are counted, not named.
type auditFact struct {
	Audit    string       `json:"audit"`
	Code     string       `json:"code"`
	Entry    string       `json:"entry"`
	Title    string       `json:"title"`
	Criteria string       `json:"criteria"`
	Method   string       `json:"method"`
	Sample   string       `json:"sample"`
	From     cadence.Date `json:"period_from_day"`
	To       cadence.Date `json:"period_to_day"`
	Starts   cadence.Date `json:"starts_day"`
	Ends     cadence.Date `json:"ends_day"`
	Scope    []string     `json:"scope"`
	Auditors []string     `json:"auditors"`
	Outside  int          `json:"outside"`
	Auditees []string     `json:"auditees"`
	Lines    int          `json:"lines"`
}

func (a Audit) fact() auditFact {
	list := func(l []string) []string { return append([]string{}, l...) }
	f := auditFact{a.ID, a.Code(), a.Entry, a.Title, a.Criteria, a.Method, a.Sample, a.Period.From, a.Period.To, a.Days.From, a.Days.To, []string{}, list(a.Auditors), len(a.Outside), list(a.Auditees), len(a.Lines)}
	for _, r := range a.Scope {
		f.Scope = append(f.Scope, r.String())
	}
	return f
}

// auditStepFact is what the log says of a step of an audit.
type auditStepFact struct {
	Audit  string `json:"audit"`
	Code   string `json:"code"`
	Lines  int    `json:"lines"`
	Item   string `json:"item"`
	Reason string `json:"reason"`
}

// PlanAudit plans an audit, or changes the plan of one that has not begun. Somebody
// who may look at none of its lines is refused, with the reasons.
func (s *Store) PlanAudit(ctx context.Context, who access.Actor, id string, p AuditDraft, now time.Time) (Audit, error) {
	if err := who.May(access.ManageISMS); err != nil {
		return Audit{}, err
	}
	now = auditMoment(now)
	p, err := p.checked()
	if err != nil {
		return Audit{}, err
	}
	var out Audit
	err = s.DB.Write(ctx, who.Org(), db.People, func(ctx context.Context, tx *db.Tx) error {
		var a, have Audit
		kind := kindAuditChanged
		if id == "" {
			if a, err = s.newAudit(ctx, tx, who.Org(), p, now); err != nil {
				return err
			}
			kind = kindAuditPlanned
		} else {
			if have, err = s.auditOf(ctx, tx, who.Org(), id, now); err != nil {
				return err
			}
			if have.State != AuditPlanned {
				return problem.New(problem.Conflict, "%s has begun: its plan is what it was carried out by. Plan another audit for what is missing.", have.Code())
			}
			a = have
			a.AuditDraft = p
			if a.AuditDraft.Entry == "" {
				a.AuditDraft.Entry = have.Entry
			}
		}
		if err := s.writePlan(ctx, tx, who, &a, have, now); err != nil {
			return err
		}
		out = a
		return s.recordAudit(ctx, tx, who.Org(), auditAct{audit: a.ID, kind: kind, account: who.Account(), at: now, payload: a.fact()})
	})
	return out, err
}

// newAudit gives a new audit its number and its row.
func (s *Store) newAudit(ctx context.Context, tx *db.Tx, org string, p AuditDraft, now time.Time) (Audit, error) {
	zones, err := access.Days(ctx, tx, org)
	if err != nil {
		return Audit{}, err
	}
	on := p.Days.From
	if !on.Known() {
		on = zones.DateOf(now)
	}
	a := Audit{AuditDraft: p, ID: newID(), State: AuditPlanned}
	a.Year, _, _ = on.Civil()
	if err := tx.QueryRow(ctx, `INSERT INTO audit_number (org, id, n) VALUES ($1, $2, 1) ON CONFLICT (org, id) DO UPDATE SET n = audit_number.n + 1 RETURNING n`,
		org, strconv.Itoa(a.Year)).Scan(&a.N); err != nil {
		return a, err
	}
	if p.Entry != "" {
		var n int
		if err := tx.QueryRow(ctx, `SELECT count(*) FROM audit_entry WHERE org = $1 AND id = $2`, org, auditKnown(p.Entry)).Scan(&n); err != nil {
			return a, err
		}
		if n == 0 {
			return a, problem.Field("entry", "The programme has no such entry.")
		}
	}
	rows := db.Into(`internal_audit (org, id, year, n, entry, title, criteria, method, sample, period_from, period_to, starts_on, ends_on, state)`)
	rows.Add(org, a.ID, a.Year, a.N, auditNull(a.Entry), a.Title, a.Criteria, a.Method, a.Sample, a.Period.From, a.Period.To, a.Days.From, a.Days.To, string(a.State))
	return a, rows.Insert(ctx, tx)
}

// writePlan writes the plan of an audit, its team and its checklist.
func (s *Store) writePlan(ctx context.Context, tx *db.Tx, who access.Actor, a *Audit, have Audit, now time.Time) error {
	org := who.Org()
	_, err := tx.Exec(ctx, `UPDATE internal_audit SET title = $3, criteria = $4, method = $5, sample = $6, period_from = $7, period_to = $8, starts_on = $9, ends_on = $10 WHERE org = $1 AND id = $2`,
		org, a.ID, a.Title, a.Criteria, a.Method, a.Sample, a.Period.From, a.Period.To, a.Days.From, a.Days.To)
	if err != nil {
		return err
	}
	if err := setAuditScope(ctx, tx, org, "", a.ID, have.Scope, a.Scope, now); err != nil {
		return err
	}
	if err := s.seatTeam(ctx, tx, org, a, have); err != nil {
		return err
	}
	past, err := readAuditPast(ctx, tx, org, a.ID)
	if err != nil {
		return err
	}
	m, err := s.readMaterial(ctx, tx, org, past.Linked, now)
	if err != nil {
		return err
	}
	for _, r := range a.Scope {
		if f, ok := m.Library.Frameworks.Find(r.Framework); !ok {
			return problem.Field("scope", "There is no framework "+r.Framework+" here.")
		} else if q, ok := f.Find(r.ID); !ok || q.Kind != framework.KindRequirement {
			return problem.Field("scope", r.String()+" is no requirement known here.")
		}
	}
	if _, err := tx.Exec(ctx, `DELETE FROM audit_line WHERE org = $1 AND audit = $2`, org, a.ID); err != nil {
		return err
	}
	a.Lines = m.checklist(a.Scope)
	rows := db.Into(`audit_line (org, id, audit, n, framework, requirement, control, policy, question, hint)`)
	for i := range a.Lines {
		l := &a.Lines[i]
		l.ID = newID()
		rows.Add(org, l.ID, a.ID, l.N, l.Ref.Framework, l.Ref.ID, auditNull(l.Control), auditNull(l.Policy), l.Question, l.Hint)
	}
	if err := rows.Insert(ctx, tx); err != nil {
		return err
	}
	a.judge(past)
	a.Counts = AuditCounts{Lines: len(a.Lines)}
	if err := a.refuseBiased(); err != nil {
		return err
	}
	return s.askAuditors(ctx, tx, who, *a, now)
}

// refuseBiased refuses an auditor who may look at nothing.
func (a Audit) refuseBiased() error {
	for _, x := range a.Team {
		if x.Gone || len(a.Lines) == 0 {
			continue
		}
		free := slices.ContainsFunc(a.Lines, func(l AuditLine) bool { return len(l.Conflicts[x.ID]) == 0 })
		if !free {
			return problem.Field("auditors", fmt.Sprintf("%s may audit none of this: %s Choose somebody else, or an auditor from outside.", x.Name, strings.Join(a.Lines[0].Conflicts[x.ID], " ")))
		}
	}
	return nil
}

// seatTeam writes who audits and who is audited. Who is taken off stays in the
// table, for answers they gave.
func (s *Store) seatTeam(ctx context.Context, tx *db.Tx, org string, a *Audit, have Audit) error {
	rows := db.Into(`audit_person (org, id, audit, person, name, part, gone)`)
	team, asked := slices.Clone(have.Team), slices.Clone(have.Asked)
	seat := func(list []Auditor, persons, outside []string, part string) ([]Auditor, error) {
		for i, x := range list {
			stays := slices.Contains(persons, x.Person) && !x.Outside() || x.Outside() && slices.Contains(outside, x.Name)
			if x.Gone == stays {
				list[i].Gone = !stays
				if _, err := tx.Exec(ctx, `UPDATE audit_person SET gone = $3 WHERE org = $1 AND id = $2`, org, x.ID, !stays); err != nil {
					return nil, err
				}
			}
		}
		add := func(x Auditor) {
			if x.ID = newID(); !slices.ContainsFunc(list, func(o Auditor) bool { return o.Person == x.Person && (x.Person != "" || o.Name == x.Name) }) {
				list = append(list, x)
				name := x.Name
				if !x.Outside() {
					name = ""
				}
				rows.Add(org, x.ID, a.ID, auditNull(x.Person), name, part, false)
			}
		}
		for _, p := range persons {
			var name string
			if err := tx.QueryRow(ctx, `SELECT name FROM person WHERE org = $1 AND id = $2`, org, auditKnown(p)).Scan(&name); err != nil {
				return nil, problem.Field("auditors", "Somebody chosen is not in the people register. Choose people who are.")
			}
			add(Auditor{Person: p, Name: name})
		}
		for _, n := range outside {
			add(Auditor{Name: n})
		}
		return list, nil
	}
	var err error
	if a.Team, err = seat(team, a.Auditors, a.Outside, "auditor"); err != nil {
		return err
	}
	if a.Asked, err = seat(asked, a.Auditees, nil, "auditee"); err != nil {
		return err
	}
	return rows.Insert(ctx, tx)
}

const taskAudit = "internal_audit.carry_out"

func (a Audit) subject() task.Subject {
	return task.Subject{Kind: "internal_audit", ID: a.ID, Words: a.Code()}
}

// askAuditors gives the auditors of the register the task to carry it out, until it
// is reported.
func (s *Store) askAuditors(ctx context.Context, tx *db.Tx, who access.Actor, a Audit, now time.Time) error {
	open, err := task.Of(ctx, tx, who.Org(), a.subject())
	if err != nil {
		return err
	}
	over := a.State != AuditPlanned && a.State != AuditRunning
	for _, t := range open {
		if over || !slices.Contains(a.Auditors, t.Assignee.Person) {
			state := task.Cancelled
			if a.State == AuditReported {
				state = task.Done
			}
			if _, err := task.Close(ctx, tx, s.Log, who.Org(), who.Account(), task.Closing{Kind: t.Kind, Subject: a.subject(), Assignee: t.Assignee, State: state, Quiet: true}, now); err != nil {
				return err
			}
		}
	}
	if over {
		return nil
	}
	for _, p := range a.Auditors {
		_, err := task.Put(ctx, tx, who.Org(), who.Account(), task.New{Assignee: task.Assignee{Person: p}, Kind: taskAudit, Subject: a.subject(), Title: "Carry out the internal audit " + a.Code() + " and report it", Due: a.dueWords(), Fixed: true}, now)
		if err != nil {
			return err
		}
	}
	return nil
}

// dueWords is the day by which its auditors have to be done: the report follows the
// work.
func (a Audit) dueWords() cadence.Date {
	if !a.Days.Known() {
		return 0
	}
	return a.ReportBy()
}

// auditStep is a change of an audit: it looks at it as it stands, writes, and says
// what the log is to hold.
type auditStep func(ctx context.Context, tx *db.Tx, a *Audit) (kind string, payload any, err error)

func (s *Store) stepAudit(ctx context.Context, who access.Actor, id string, now time.Time, fn auditStep) error {
	now = auditMoment(now)
	return s.DB.Write(ctx, who.Org(), db.People, func(ctx context.Context, tx *db.Tx) error {
		a, err := s.auditOf(ctx, tx, who.Org(), id, now)
		if err != nil {
			return err
		}
		kind, payload, err := fn(ctx, tx, &a)
		if err != nil {
			return err
		}
		if err := s.askAuditors(ctx, tx, who, a, now); err != nil {
			return err
		}
		return s.recordAudit(ctx, tx, who.Org(), auditAct{audit: a.ID, kind: kind, account: who.Account(), at: now, payload: payload})
	})
}

// moveTo writes the state of an audit.
func (a *Audit) moveTo(ctx context.Context, tx *db.Tx, org string, to AuditState, ended time.Time, reason string) error {
	a.State = to
	_, err := tx.Exec(ctx, `UPDATE internal_audit SET state = $3, ended_at = $4, reason = $5 WHERE org = $1 AND id = $2`, org, a.ID, string(to), db.Micros(ended), reason)
	return err
}

// BeginAudit begins an audit. Every line needs somebody of the team who is
// independent of it.
func (s *Store) BeginAudit(ctx context.Context, who access.Actor, id string, now time.Time) error {
	if err := who.May(access.AuditInternally); err != nil {
		return err
	}
	return s.stepAudit(ctx, who, id, now, func(ctx context.Context, tx *db.Tx, a *Audit) (string, any, error) {
		if err := s.mayAudit(ctx, tx, who, *a); err != nil {
			return "", nil, err
		}
		if a.State != AuditPlanned {
			return "", nil, problem.New(problem.Conflict, "%s has begun already.", a.Code())
		}
		if missing := a.Missing(); len(missing) > 0 {
			return "", nil, problem.New(problem.Conflict, "%s cannot begin yet. %s", a.Code(), strings.Join(missing, " "))
		}
		return kindAuditBegun, auditStepFact{Audit: a.ID, Code: a.Code(), Lines: len(a.Lines)}, a.moveTo(ctx, tx, who.Org(), AuditRunning, time.Time{}, "")
	})
}

// mayAudit lets the auditors of an audit through, and who keeps the management
// system: they enter what an auditor from outside says.
func (s *Store) mayAudit(ctx context.Context, tx *db.Tx, who access.Actor, a Audit) error {
	if who.Can(access.ManageISMS) {
		return nil
	}
	person, err := auditPerson(ctx, tx, who)
	if err != nil || person != "" && slices.Contains(a.Auditors, person) {
		return err
	}
	return problem.New(problem.Forbidden, "Only the auditors of %s may do this.", a.Code())
}

// LineAnswer is what an auditor says of one line.
type LineAnswer struct {
	Answer  AuditAnswer
	Note    string
	Auditor string   // id of the row that names who looked; empty: the actor
	Items   []string // evidence that was seen
}

// auditAnswerFact is what the log says of an answer.
type auditAnswerFact struct {
	Audit       string      `json:"audit"`
	Line        string      `json:"line"`
	Requirement string      `json:"requirement"`
	Control     string      `json:"control"`
	Policy      string      `json:"policy"`
	Answer      AuditAnswer `json:"answer"`
	Note        string      `json:"note"`
	Auditor     string      `json:"auditor"` // person, or "outside"
	Items       []string    `json:"items"`
}

// AnswerLine answers one line of a running audit. Who looked must be independent
// of what the line is about, over the whole audited period.
func (s *Store) AnswerLine(ctx context.Context, who access.Actor, audit, line string, in LineAnswer, now time.Time) error {
	if err := who.May(access.AuditInternally); err != nil {
		return err
	}
	return s.stepAudit(ctx, who, audit, now, func(ctx context.Context, tx *db.Tx, a *Audit) (string, any, error) {
		l, x, err := s.looking(ctx, tx, who, *a, line, in.Auditor)
		if err != nil {
			return "", nil, err
		}
		if !slices.Contains(AuditAnswers(), in.Answer) {
			return "", nil, problem.Field("answer", "Choose one of the answers.")
		}
		note, err := db.Prose("note", "What was seen", in.Note, maxAuditText)
		if err == nil && note == "" {
			err = problem.Field("note", "Say what you saw, when, and from which source: without it nobody can follow the answer.")
		}
		if err == nil {
			err = attachSeen(ctx, tx, who, l, in.Items, auditMoment(now))
		}
		if err != nil {
			return "", nil, err
		}
		_, err = tx.Exec(ctx, `UPDATE audit_line SET answer = $3, note = $4, auditor = $5, at = $6, account = $7 WHERE org = $1 AND id = $2`,
			who.Org(), l.ID, string(in.Answer), note, x.ID, db.Micros(auditMoment(now)), who.Account())
		f := auditAnswerFact{a.ID, l.ID, l.Ref.String(), l.Control, l.Policy, in.Answer, note, x.Person, append([]string{}, in.Items...)}
		if x.Outside() {
			f.Auditor = "outside"
		}
		return kindAuditAnswered, f, err
	})
}

// looking returns the line and who looks at it, who must be independent.
func (s *Store) looking(ctx context.Context, tx *db.Tx, who access.Actor, a Audit, line, auditor string) (AuditLine, Auditor, error) {
	i := slices.IndexFunc(a.Lines, func(l AuditLine) bool { return l.ID == line })
	if i < 0 {
		return AuditLine{}, Auditor{}, problem.New(problem.NotFound, "%s has no such line.", a.Code())
	}
	l := a.Lines[i]
	if a.State != AuditRunning {
		return l, Auditor{}, problem.New(problem.Conflict, "%s is %s: lines are answered while it runs.", a.Code(), a.State)
	}
	person, err := auditPerson(ctx, tx, who)
	if err != nil {
		return l, Auditor{}, err
	}
	j := slices.IndexFunc(a.Team, func(x Auditor) bool {
		return !x.Gone && (auditor != "" && x.ID == auditor || auditor == "" && person != "" && x.Person == person)
	})
	if j < 0 {
		return l, Auditor{}, problem.Field("auditor", "Choose which auditor of "+a.Code()+" looked.")
	}
	x := a.Team[j]
	if (x.Outside() || x.Person != person) && !who.Can(access.ManageISMS) {
		return l, x, problem.New(problem.Forbidden, "Only a manager enters what another auditor saw.")
	}
	if why := l.Conflicts[x.ID]; len(why) > 0 {
		return l, x, problem.New(problem.Conflict, "%s may not look at this line. %s Nobody audits their own work.", x.Name, strings.Join(why, " "))
	}
	return l, x, nil
}

// attachSeen notes the evidence an auditor saw.
func attachSeen(ctx context.Context, tx *db.Tx, who access.Actor, l AuditLine, items []string, now time.Time) error {
	rows := db.Into(`audit_item (org, id, line, item, at, account)`)
	have := slices.Clone(l.Items)
	for _, i := range items {
		if slices.Contains(have, i) {
			continue
		}
		have = append(have, i)
		var n int
		if err := tx.QueryRow(ctx, `SELECT count(*) FROM evidence_item WHERE org = $1 AND id = $2 AND erased_at = 0`, who.Org(), auditKnown(i)).Scan(&n); err != nil {
			return err
		}
		if n == 0 {
			return problem.Field("items", "There is no such evidence. Copy its id from the library.")
		}
		rows.Add(who.Org(), newID(), l.ID, i, db.Micros(now), who.Account())
	}
	if len(have) > 50 {
		return problem.Field("items", "50 pieces of evidence for one line are enough.")
	}
	return rows.Insert(ctx, tx)
}

// RaiseFinding raises a finding from a line of a running audit: it is about the
// requirement and the control of the line, and its source is the audit.
func (s *Store) RaiseFinding(ctx context.Context, who access.Actor, audit, line string, d finding.Draft, now time.Time) (finding.Finding, error) {
	if err := who.May(access.AuditInternally); err != nil {
		return finding.Finding{}, err
	}
	var out finding.Finding
	now = auditMoment(now)
	err := s.DB.Write(ctx, who.Org(), db.People, func(ctx context.Context, tx *db.Tx) error {
		a, err := s.auditOf(ctx, tx, who.Org(), audit, now)
		if err == nil {
			err = s.mayAudit(ctx, tx, who, a)
		}
		if err != nil {
			return err
		}
		i := slices.IndexFunc(a.Lines, func(l AuditLine) bool { return l.ID == line })
		if i < 0 {
			return problem.New(problem.NotFound, "%s has no such line.", a.Code())
		}
		l := a.Lines[i]
		if a.State != AuditRunning || l.Answer == "" {
			return problem.New(problem.Conflict, "A finding is raised from a line that was answered, while the audit runs.")
		}
		d.Source = finding.Source{Kind: finding.FromAudit, ID: l.ID, Words: fmt.Sprintf("%s, line %d (%s)", a.Code(), l.N, l.where())}
		d.Requirements, d.Items = append(d.Requirements, l.Ref), append(d.Items, l.Items...)
		if l.Control != "" {
			d.Controls = append(d.Controls, l.Control)
		}
		out, err = s.Findings.Raise(ctx, tx, who.Org(), who.Account(), d, now)
		return err
	})
	return out, err
}

// CloseAudit closes an audit that was reported.
func (s *Store) CloseAudit(ctx context.Context, who access.Actor, id string, now time.Time) error {
	if err := who.May(access.ManageISMS); err != nil {
		return err
	}
	return s.stepAudit(ctx, who, id, now, func(ctx context.Context, tx *db.Tx, a *Audit) (string, any, error) {
		if a.State != AuditReported {
			return "", nil, problem.New(problem.Conflict, "%s is %s: it is closed once it was reported.", a.Code(), a.State)
		}
		return kindAuditClosed, auditStepFact{Audit: a.ID, Code: a.Code(), Item: a.Item}, a.moveTo(ctx, tx, who.Org(), AuditClosed, auditMoment(now), "")
	})
}

// CancelAudit gives an audit up that was not reported, with a reason.
func (s *Store) CancelAudit(ctx context.Context, who access.Actor, id, reason string, now time.Time) error {
	if err := who.May(access.ManageISMS); err != nil {
		return err
	}
	return s.stepAudit(ctx, who, id, now, func(ctx context.Context, tx *db.Tx, a *Audit) (string, any, error) {
		said, err := auditReason(reason)
		if err != nil {
			return "", nil, err
		}
		if a.State != AuditPlanned && a.State != AuditRunning {
			return "", nil, problem.New(problem.Conflict, "%s is %s already.", a.Code(), a.State)
		}
		return kindAuditCancelled, auditStepFact{Audit: a.ID, Code: a.Code(), Reason: said}, a.moveTo(ctx, tx, who.Org(), AuditCancelled, auditMoment(now), said)
	})
}

func auditReason(text string) (string, error) {
	text, err := db.Prose("reason", "The reason", text, 2_000)
	if err == nil && text == "" {
		err = problem.Field("reason", "Say why: it stays in the history.")
	}
	return text, err
}
