package web

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/approval"
	"github.com/toucan-grc/toucan/internal/cadence"
	"github.com/toucan-grc/toucan/internal/evidence"
	"github.com/toucan-grc/toucan/internal/isms"
	"github.com/toucan-grc/toucan/internal/joiner"
	"github.com/toucan-grc/toucan/internal/policy"
	"github.com/toucan-grc/toucan/internal/problem"
	"github.com/toucan-grc/toucan/internal/risk"
	"github.com/toucan-grc/toucan/internal/task"
	"github.com/toucan-grc/toucan/internal/training"
)

// taskRow is one task as a list shows it.
type taskRow struct {
	task.Task
	To      string // address of the page of the task
	Kind    string // in words
	Due     string // "2 days late", "tomorrow", "12 Mar 2026"
	When    task.When
	EndedOn string
}

func rowOf(slug string, t task.Task, l task.List) taskRow {
	row := taskRow{Task: t, To: orgPath(slug, "tasks", t.ID), Kind: taskWords(t.Kind), When: t.When(l.Today), Due: lateWords(t.New.Due, l.Today)}
	if t.State != task.Open {
		row.EndedOn = dayWords(cadence.DateOf(t.EndedAt, l.Zone))
	}
	return row
}

// taskWords is a kind of task as a page writes it.
func taskWords(kind string) string {
	if w, ok := map[string]string{
		"control.approve": "Control text", "attestation.approve": "Attestation", "evidence.approve": "Evidence review", "asked": "Asked of you", isms.TaskObligation: "Obligation",
		policy.TaskConsolidate: "Documents that disagree",
		joiner.TaskJoining:     "Joining", joiner.TaskLeaving: "Leaving",
		evidence.TaskFile: "Evidence request", evidence.TaskLook: "Evidence that came", evidence.TaskReview: "Evidence review",
	}[kind]; ok {
		return w
	}
	if at, ok := taskPlaces[kind]; ok {
		return at.Words
	}
	return upperFirst(strings.ReplaceAll(kind, ".", " "))
}

// lateWords says how far a day is from today.
func lateWords(due, today cadence.Date) string {
	switch d := int(due - today); {
	case !due.Known():
		return ""
	case d == 0:
		return "due today"
	case d == 1:
		return "due tomorrow"
	case d == -1:
		return "a day late"
	case d < 0:
		return plural(-d, "day", "days") + " late"
	default:
		return "due " + dayWords(due)
	}
}

// getTask leads to the place where a task is done: GET /o/{org}/tasks/{task}. A
// task that was made by hand is done on its own page.
func (s *Server) getTask(w http.ResponseWriter, r *http.Request, who visitor) error {
	t, history, err := s.Tasks.Find(r.Context(), who.Actor, r.PathValue("task"))
	if err != nil {
		return err
	}
	place, err := s.placeOf(r.Context(), who, t)
	if err != nil {
		return err
	}
	if place != "" && r.FormValue("show") == "" && t.State == task.Open {
		http.Redirect(w, r, place, http.StatusSeeOther)
		return nil
	}
	return s.showTask(w, r, who, http.StatusOK, taskPage{Task: t, History: history, Place: place})
}

// placeOf is the page where a task is done, or "".
func (s *Server) placeOf(ctx context.Context, who visitor, t task.Task) (string, error) {
	if at, ok := taskPlaces[t.Kind]; ok {
		return at.To(who.Slug(), t), nil
	}
	switch t.Subject.Kind {
	case isms.SubjectObligation:
		if code, _, ok := strings.Cut(t.Subject.Words, " "); ok && who.Can(access.ViewISMS) {
			return orgPath(who.Slug(), "isms", "obligations", code), nil
		}
	case evidence.SubjectRequest:
		return orgPath(who.Slug(), "requests", t.Subject.ID), nil
	case training.SubjectTrack:
		return orgPath(who.Slug(), "training", t.Subject.ID), nil
	case evidence.SubjectItem:
		return orgPath(who.Slug(), "evidence", t.Subject.ID), nil
	case joiner.SubjectStep:
		v, err := s.Joiners.FindByStep(ctx, who.Actor, t.Subject.ID, s.Now())
		if err != nil {
			return "", err
		}
		return query(orgPath(who.Slug(), "joiner", v.ID), "step", t.Subject.ID) + "#step-" + t.Subject.ID, nil
	case "attestation":
		if !who.Can(access.ViewPosture) {
			return "", nil
		}
		a, err := s.Crosswalk.FindAttestation(ctx, who.Actor, t.Subject.ID)
		if err != nil {
			return "", err
		}
		return query(orgPath(who.Slug(), "frameworks", a.Target.Framework, a.Target.ID), "via", a.From), nil
	case policy.SubjectPolicy, string(approval.PolicyVersion), string(approval.PolicyReview):
		return s.policyPlace(ctx, who, t)
	case policy.SubjectConflict:
		if who.Can(access.ViewPolicies) {
			return orgPath(who.Slug(), "policies", "conflicts") + "?show=decided", nil
		}
	case risk.SubjectRisk, risk.SubjectRegister, string(approval.RiskMethod), string(approval.RiskAssessment):
		return riskPlace(who, t), nil
	case "control":
		if !who.Can(access.ViewPosture) {
			return "", nil
		}
		b, err := s.shelf.open(ctx, who.Actor)
		if err != nil {
			return "", err
		}
		if c, ok := b.byID(t.Subject.ID); ok {
			return orgPath(who.Slug(), "control", c.Code) + "#pending", nil
		}
	}
	return "", nil
}

// taskPage is one task, its history, and what can be done about it.
type taskPage struct {
	frame
	Task      task.Task
	Row       taskRow
	History   []task.Change
	Place     string // where it is done, or empty
	Mine      bool
	CanManage bool
	People    []option
	Problem   *problem.Error
	Words     string // as typed
	Zone      func(task.Change) string
}

func (s *Server) showTask(w http.ResponseWriter, r *http.Request, who visitor, status int, p taskPage) error {
	l, err := s.Tasks.Mine(r.Context(), who.Actor, s.Now())
	if err != nil {
		return err
	}
	p.Row = rowOf(who.Slug(), p.Task, l)
	p.Mine = slices.ContainsFunc(l.Open, func(t task.Task) bool { return t.ID == p.Task.ID })
	p.Zone = func(c task.Change) string { return momentWords(c.At, l.Zone) }
	if p.CanManage = who.Can(access.ManageTasks); p.CanManage {
		if p.People, err = s.assignees(r.Context(), who); err != nil {
			return err
		}
	}
	p.frame = s.frame(w, r, who, "tasks", p.Task.Title, crumb{"My tasks", orgPath(who.Slug(), "tasks")})
	return s.render(w, r, status, oneTask(p))
}

// assignees lists who can be asked: members, then the persons of the register
// whose tasks nobody would see.
func (s *Server) assignees(ctx context.Context, who visitor) ([]option, error) {
	members, err := s.Access.Members(ctx, who.Actor)
	if err != nil {
		return nil, err
	}
	persons, err := s.People.List(ctx, who.Actor)
	if err != nil {
		return nil, err
	}
	linked, err := s.People.Accounts(ctx, who.Actor)
	if err != nil {
		return nil, err
	}
	out := []option{{"", "Choose somebody"}}
	for _, m := range members {
		out = append(out, option{task.Assignee{Account: m.Account}.String(), m.Name})
	}
	for _, p := range persons {
		if _, ok := linked[p.ID]; !ok {
			out = append(out, option{task.Assignee{Person: p.ID}.String(), p.Name + " (no account)"})
		}
	}
	return out, nil
}

// postTaskDone finishes one: POST /o/{org}/tasks/{task}/done.
func (s *Server) postTaskDone(w http.ResponseWriter, r *http.Request, who visitor) error {
	if err := s.Tasks.Finish(r.Context(), who.Actor, r.PathValue("task"), r.FormValue("words"), s.Now()); err != nil {
		return s.taskTrouble(w, r, who, err)
	}
	return back(w, r, orgPath(who.Slug(), "tasks"), "Done.")
}

// postTaskCancel ends one that need not be done: POST /o/{org}/tasks/{task}/cancel.
func (s *Server) postTaskCancel(w http.ResponseWriter, r *http.Request, who visitor) error {
	if err := s.Tasks.Cancel(r.Context(), who.Actor, r.PathValue("task"), r.FormValue("reason"), s.Now()); err != nil {
		return s.taskTrouble(w, r, who, err)
	}
	return back(w, r, orgPath(who.Slug(), "tasks", "all"), "The task is cancelled.")
}

// postTaskAssign hands one on: POST /o/{org}/tasks/{task}/assign.
func (s *Server) postTaskAssign(w http.ResponseWriter, r *http.Request, who visitor) error {
	a, err := task.ParseAssignee(r.FormValue("assignee"))
	if err != nil {
		return s.taskTrouble(w, r, who, err)
	}
	due, err := formDay(r, "due")
	if err == nil {
		err = s.Tasks.Reassign(r.Context(), who.Actor, r.PathValue("task"), a, due, s.Now())
	}
	if err != nil {
		return s.taskTrouble(w, r, who, err)
	}
	return back(w, r, orgPath(who.Slug(), "tasks", "all"), "The task is handed on.")
}

func (s *Server) taskTrouble(w http.ResponseWriter, r *http.Request, who visitor, err error) error {
	p := taskPage{Problem: problem.Of(err), Words: r.FormValue("words") + r.FormValue("reason")}
	if p.Problem.Code != problem.Invalid && p.Problem.Code != problem.Conflict {
		return err
	}
	if p.Task, p.History, err = s.Tasks.Find(r.Context(), who.Actor, r.PathValue("task")); err != nil {
		return err
	}
	return s.showTask(w, r, who, statusOf(p.Problem.Code), p)
}

// formDay reads a date of a form; empty is no date.
func formDay(r *http.Request, name string) (cadence.Date, error) {
	text := strings.TrimSpace(r.FormValue(name))
	if text == "" {
		return 0, nil
	}
	d, err := cadence.ParseDate(text)
	if err != nil {
		return 0, problem.Field(name, "This is not a date. It looks like 2026-03-01.")
	}
	return d, nil
}

// postTaskMail switches the reader's reminders on or off: POST /o/{org}/tasks/mail.
func (s *Server) postTaskMail(w http.ResponseWriter, r *http.Request, who visitor) error {
	wants := r.FormValue("mail") == "on"
	if err := s.Tasks.WantMail(r.Context(), who.Actor, wants); err != nil {
		return err
	}
	said := "You get no more reminders."
	if wants {
		said = "You are reminded once a day at most, on days with news."
	}
	return back(w, r, orgPath(who.Slug(), "tasks"), said)
}

// allTasksPage is what everybody has to do.
type allTasksPage struct {
	frame
	Rows      []taskRow
	Ended     []taskRow
	Pills     []pill
	People    []personLoad
	Assignees []option
	Kinds     []option
	Filter    task.Filter
	All       int
	CanManage bool
}

// personLoad is how much one person has to do.
type personLoad struct {
	Name, To      string
	Open, Overdue int
	Reachable     bool
}

// getAllTasks shows it: GET /o/{org}/tasks/all.
func (s *Server) getAllTasks(w http.ResponseWriter, r *http.Request, who visitor) error {
	f := task.Filter{Assignee: r.FormValue("who"), When: task.When(r.FormValue("when")), Kind: r.FormValue("kind"), Text: r.FormValue("text")}
	all, err := s.Tasks.List(r.Context(), who.Actor, task.Filter{}, s.Now())
	if err != nil {
		return err
	}
	list, err := s.Tasks.List(r.Context(), who.Actor, f, s.Now())
	if err != nil {
		return err
	}
	p := allTasksPage{Filter: f, All: len(all.Open), CanManage: who.Can(access.ManageTasks)}
	for _, t := range list.Open {
		p.Rows = append(p.Rows, rowOf(who.Slug(), t, list))
	}
	for _, t := range list.Ended {
		p.Ended = append(p.Ended, rowOf(who.Slug(), t, list))
	}
	to := func(when task.When) string {
		return query(orgPath(who.Slug(), "tasks", "all"), "when", string(when), "who", f.Assignee, "kind", f.Kind, "text", f.Text)
	}
	p.Pills = []pill{{Text: "All open", To: to(""), N: len(all.Open), On: f.When == ""}}
	for _, x := range []struct {
		when       task.When
		text, mark string
	}{{task.Overdue, "Overdue", "bad"}, {task.Today, "Due today", "warn"}, {task.Soon, "Within a week", "info"}, {task.Later, "Later", "unknown"}} {
		p.Pills = append(p.Pills, pill{Text: x.text, To: to(x.when), N: all.Count(x.when), On: f.When == x.when, Mark: x.mark})
	}
	p.load(who.Slug(), all)
	p.frame = s.frame(w, r, who, "tasks", "All tasks", crumb{"My tasks", orgPath(who.Slug(), "tasks")})
	return s.render(w, r, http.StatusOK, allTasks(p))
}

// load counts what each person has, and fills the choices of the filter.
func (p *allTasksPage) load(slug string, all task.List) {
	loads, kinds := map[string]*personLoad{}, map[string]bool{}
	for _, t := range all.Open {
		key := t.Holder().String()
		x, ok := loads[key]
		if !ok {
			x = &personLoad{Name: t.Name, Reachable: t.Reachable, To: query(orgPath(slug, "tasks", "all"), "who", key)}
			loads[key] = x
			p.Assignees = append(p.Assignees, option{key, t.Name})
		}
		x.Open++
		if t.When(all.Today) == task.Overdue {
			x.Overdue++
		}
		if !kinds[t.Kind] {
			kinds[t.Kind] = true
			p.Kinds = append(p.Kinds, option{t.Kind, taskWords(t.Kind)})
		}
	}
	for _, x := range loads {
		p.People = append(p.People, *x)
	}
	slices.SortFunc(p.People, func(a, b personLoad) int {
		return cmp.Or(b.Overdue-a.Overdue, b.Open-a.Open, cmp.Compare(a.Name, b.Name))
	})
	byText := func(a, b option) int { return cmp.Compare(a.Text, b.Text) }
	slices.SortFunc(p.Assignees, byText)
	slices.SortFunc(p.Kinds, byText)
	p.Assignees = append([]option{{"", "Everybody"}}, append(p.Assignees, option{"unreachable", "Nobody who could see it"})...)
	p.Kinds = append([]option{{"", "Every kind"}}, p.Kinds...)
}

// askTaskPage is the form that asks somebody to do something.
type askTaskPage struct {
	frame
	People          []option
	Who, Title, Due string // as typed
	Problem         *problem.Error
}

// getAskTask shows it: GET /o/{org}/tasks/new.
func (s *Server) getAskTask(w http.ResponseWriter, r *http.Request, who visitor) error {
	return s.showAskTask(w, r, who, http.StatusOK, askTaskPage{})
}

func (s *Server) showAskTask(w http.ResponseWriter, r *http.Request, who visitor, status int, p askTaskPage) error {
	var err error
	if p.People, err = s.assignees(r.Context(), who); err != nil {
		return err
	}
	title := p.Title
	p.frame = s.frame(w, r, who, "tasks", "Ask somebody", crumb{"My tasks", orgPath(who.Slug(), "tasks")}, crumb{"All tasks", orgPath(who.Slug(), "tasks", "all")})
	return s.render(w, r, status, askTaskForm(p, title))
}

// postAskTask makes the task: POST /o/{org}/tasks.
func (s *Server) postAskTask(w http.ResponseWriter, r *http.Request, who visitor) error {
	p := askTaskPage{Who: r.FormValue("assignee"), Title: r.FormValue("title"), Due: r.FormValue("due")}
	a, err := task.ParseAssignee(p.Who)
	var due cadence.Date
	if err == nil {
		due, err = formDay(r, "due")
	}
	if err == nil {
		_, err = s.Tasks.Ask(r.Context(), who.Actor, a, p.Title, due, s.Now())
	}
	if err != nil {
		if p.Problem = problem.Of(err); p.Problem.Code != problem.Invalid {
			return err
		}
		return s.showAskTask(w, r, who, statusOf(p.Problem.Code), p)
	}
	return back(w, r, orgPath(who.Slug(), "tasks", "all"), "Asked. It is on their list now.")
}

// hourWords is an hour of the day.
func hourWords(h int) string { return fmt.Sprintf("%02d:00", h) }
