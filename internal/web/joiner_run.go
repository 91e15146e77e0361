package web

import (
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/control"
	"github.com/toucan-grc/toucan/internal/joiner"
	"github.com/toucan-grc/toucan/internal/problem"
)

// joinerPage is one checklist: all of it, or the reader's part.
type joinerPage struct {
	frame
	View         joiner.View
	Groups       []joinerGroup
	Settled, All int
	Late         int
	Mark, Word   string
	Open         string // id of the step that is shown open
	CanCheck     bool   // may see the record of the background check
	CanRecord    bool
	CanSeeItems  bool
	Typed        joinerTyped
	Problem      *problem.Error
}

// joinerTyped is what was typed into the form of a step.
type joinerTyped struct{ Note, At string }

// joinerGroup is the steps of those who do them.
type joinerGroup struct {
	Title, Who, Why string
	Steps           []joinerStep
	Left            int
}

// joinerStep is a step as a page shows it.
type joinerStep struct {
	joiner.RunStep
	Mark, Word string
	Due        string
	Said       string // who said it, and when
	Kind       string // of evidence, in words
	Mine       bool
	CanSettle  bool
	CanAttach  bool
	Refused    string // why no file is taken
	ByCheck    string // what closes it, in words
	ToCheck    string // address where that is done, or empty
	Open       bool
	Problem    *problem.Error
	Typed      joinerTyped
}

// getJoiner shows a checklist: GET /o/{org}/joiner/{run}?step=.
func (s *Server) getJoiner(w http.ResponseWriter, r *http.Request, who visitor) error {
	return s.showJoiner(w, r, who, http.StatusOK, joinerPage{Open: r.FormValue("step")})
}

func (s *Server) showJoiner(w http.ResponseWriter, r *http.Request, who visitor, status int, p joinerPage) error {
	v, err := s.Joiners.Find(r.Context(), who.Actor, r.PathValue("run"), s.Now())
	if err != nil {
		return err
	}
	p.View = v
	p.CanCheck, p.CanRecord, p.CanSeeItems = who.Can(access.ViewBackground), who.Can(access.RecordBackground), who.Can(access.ViewEvidence)
	p.Settled, p.All, p.Late = v.Count(v.Today)
	row := joiner.Row{Progress: joiner.Progress{Run: v.Run, Late: p.Late}, Removed: v.Removed}
	p.Mark, p.Word = joinerState(row)
	p.frame = s.frame(w, r, who, joinerHere(v), joinerTitle(v), joinerCrumb(who))
	p.group(who)
	return s.render(w, r, status, showJoinerRun(p))
}

// joinerHere is the entry of the navigation a checklist belongs to for its reader.
func joinerHere(v joiner.View) string {
	if v.Whole {
		return "joiners"
	}
	return "tasks"
}

func joinerCrumb(who visitor) crumb {
	if who.Can(access.ViewJoiners) {
		return crumb{"Joiners and leavers", orgPath(who.Slug(), "joiners")}
	}
	return crumb{"My tasks", orgPath(who.Slug(), "tasks")}
}

func joinerTitle(v joiner.View) string {
	switch {
	case !v.Whole && v.Me == v.Person && v.List == joiner.Joining:
		return "Your first weeks"
	case !v.Whole && v.Me == v.Person:
		return "Before you go"
	case v.List == joiner.Joining:
		return v.Name + " joins"
	}
	return v.Name + " leaves"
}

// group puts the steps with those who do them.
func (p *joinerPage) group(who visitor) {
	for _, d := range joiner.Doers() {
		var g joinerGroup
		for _, s := range p.View.Steps {
			if s.Doer == d && (p.View.Whole || s.State != joiner.Withdrawn) {
				x := p.step(who, s)
				if g.Steps = append(g.Steps, x); s.State == joiner.ToDo {
					g.Left++
					g.Who, g.Why = p.View.Names[s.Assignee], s.Chosen
				}
			}
		}
		if len(g.Steps) == 0 {
			continue
		}
		if g.Title = d.Label(); !p.View.Whole {
			g.Title, g.Who = "Your steps", ""
			if d != joiner.Self {
				g.Title = "Yours as " + lowerFirst(d.Label())
			}
			if d == joiner.Line {
				g.Title = "Yours as manager"
			}
		}
		p.Groups = append(p.Groups, g)
	}
}

func (p *joinerPage) step(who visitor, s joiner.RunStep) joinerStep {
	x := joinerStep{RunStep: s, Mine: p.View.Me != "" && s.Assignee == p.View.Me, Open: s.ID == p.Open}
	if k, ok := control.Shipped().Kind(s.Evidence); ok {
		x.Kind = k.Label
	}
	zone := p.View.Zones.Of(p.View.Today)
	by := p.View.Names[s.By]
	if by == "" {
		by = "Toucan"
	}
	switch s.State {
	case joiner.ToDo:
		x.Due = lateWords(s.Due, p.View.Today)
		if x.Mark, x.Word = "unknown", x.Due; s.Late(p.View.Today) {
			x.Mark = "bad"
		} else if s.Due <= p.View.Today+7 {
			x.Mark = "info"
		}
		if s.Assignee == "" {
			x.Mark, x.Word = "warn", "nobody found"
		}
	case joiner.StepDone:
		x.Mark, x.Word = "good", "done"
		x.Said = momentWords(s.At, zone) + ", " + by
		if d := s.SaidAt.Sub(s.At); d > time.Minute {
			x.Said += ", said on " + momentWords(s.SaidAt, zone)
		}
	case joiner.NotNeeded:
		x.Mark, x.Word, x.Said = "left", "not needed", by+" on "+momentWords(s.SaidAt, zone)
	case joiner.Withdrawn:
		x.Mark, x.Word = "left", "withdrawn"
	}
	over := p.View.State == joiner.Cancelled || s.State == joiner.Withdrawn
	x.CanSettle = !over && (x.Mine || p.View.Settling)
	if err := joiner.RefuseFile(s.Evidence); err != nil {
		x.Refused = problem.Of(err).Text
	}
	x.CanAttach = x.CanSettle && x.Refused == "" && !s.ByItself()
	if s.Check != "" {
		x.ByCheck = s.Check.Label()
	}
	switch {
	case s.Evidence == joiner.BackgroundEvidence && p.CanCheck:
		x.ToCheck = p.path("joiner", p.View.ID, "background")
	case s.ByItself() && x.Mine:
		x.ToCheck = p.path("tasks")
	}
	if x.Open {
		x.Problem, x.Typed = p.Problem, p.Typed
	}
	return x
}

// postJoinerStep settles a step, with a note and a file if there is one: POST /o/{org}/joiner/{run}/step/{step}.
func (s *Server) postJoinerStep(w http.ResponseWriter, r *http.Request, who visitor) error {
	run, step := r.PathValue("run"), r.PathValue("step")
	if err := r.ParseMultipartForm(8 << 20); err != nil && !errors.Is(err, http.ErrNotMultipart) {
		return err
	}
	if r.MultipartForm != nil {
		defer r.MultipartForm.RemoveAll()
	}
	typed := joinerTyped{Note: r.FormValue("note"), At: r.FormValue("at")}
	said, err := s.settleJoinerStep(r, who, step, typed)
	if err != nil {
		p := problem.Of(err)
		if p.Code != problem.Invalid && p.Code != problem.Conflict {
			return err
		}
		return s.showJoiner(w, r, who, statusOf(p.Code), joinerPage{Open: step, Problem: p, Typed: typed})
	}
	return back(w, r, query(orgPath(who.Slug(), "joiner", run), "step", r.FormValue("stay"))+"#step-"+step, said)
}

// settleJoinerStep does what the form asks, and says what was done.
func (s *Server) settleJoinerStep(r *http.Request, who visitor, step string, typed joinerTyped) (string, error) {
	said := joiner.Said{State: joiner.StepState(r.FormValue("state")), Note: typed.Note}
	if typed.At != "" {
		v, err := s.Joiners.FindByStep(r.Context(), who.Actor, step, s.Now())
		if err != nil {
			return "", err
		}
		if said.At, err = time.ParseInLocation(localTime, typed.At, v.Zones.Of(v.Today)); err != nil {
			return "", problem.Field("at", "This is not a moment. It looks like 2026-03-01T09:30.")
		}
	}
	words := ""
	if f, head, err := r.FormFile("file"); err == nil {
		defer f.Close()
		if _, err := s.Joiners.Attach(r.Context(), who.Actor, step, head.Filename, f, s.Now()); err != nil {
			return "", err
		}
		words = "Attached."
	} else if said.State == "attach" {
		return "", problem.Field("file", "Choose a file first.")
	}
	if said.State == "attach" {
		return words, nil
	}
	if err := s.Joiners.Settle(r.Context(), who.Actor, step, said, s.Now()); err != nil {
		return "", err
	}
	return map[joiner.StepState]string{joiner.StepDone: "Done.", joiner.NotNeeded: "Noted: it is not needed.", joiner.ToDo: "It is to be done again."}[said.State], nil
}

// postCancelJoiner ends a checklist: POST /o/{org}/joiner/{run}/cancel.
func (s *Server) postCancelJoiner(w http.ResponseWriter, r *http.Request, who visitor) error {
	run := r.PathValue("run")
	if err := s.Joiners.Cancel(r.Context(), who.Actor, run, r.FormValue("reason"), s.Now()); err != nil {
		if p := problem.Of(err); p.Code == problem.Invalid || p.Code == problem.Conflict {
			return s.showJoiner(w, r, who, statusOf(p.Code), joinerPage{Problem: p})
		}
		return err
	}
	return back(w, r, orgPath(who.Slug(), "joiner", run), "Cancelled. It does not begin again by itself.")
}

// joinerEvent is a line of a checklist's history in words.
func joinerEvent(e joiner.Event) string {
	switch e.Kind {
	case "joiner.began":
		return "Begun with " + plural(e.Steps, "step", "steps") + "."
	case "joiner.ended":
		if e.State == string(joiner.Done) {
			return "All done."
		}
		return "Cancelled: " + e.Reason
	case "joiner.attached":
		return "Evidence attached to " + joinerStepName(e.Step) + "."
	case "joiner.step":
		words := map[string]string{"done": " is done.", "not_needed": " is not needed.", "open": " is to be done again."}[e.State]
		return upperFirst(joinerStepName(e.Step)) + words + said(e.Reason)
	}
	if e.Steps == 0 {
		return "Opened again."
	}
	return plural(e.Steps, "step", "steps") + " came, moved, changed hands or closed by " + map[bool]string{true: "itself.", false: "themselves."}[e.Steps == 1]
}

// joinerEventBy says when and by whom.
func joinerEventBy(e joiner.Event, when string) string {
	if e.By == "" {
		return when
	}
	return when + ", " + e.By
}

// joinerStepName is a step in a sentence: its number, or that it is one of the
// organisation's own.
func joinerStepName(id string) string {
	if len(id) > 8 {
		return "a step of your own"
	}
	return "step " + id
}

// joinerDays says when a step is due in words.
func joinerDays(l joiner.List, days int) string {
	of := "the first day"
	if l == joiner.Leaving {
		of = "the last day"
	}
	switch {
	case days == 0:
		return "on " + of
	case days < 0:
		return plural(-days, "day", "days") + " before " + of
	}
	return plural(days, "day", "days") + " after " + of
}

// joinerSub is the line below the title.
func joinerSub(p joinerPage) string {
	day := "First day " + dayWords(p.View.Day)
	if p.View.List == joiner.Leaving {
		day = "Last day " + dayWords(p.View.Day)
	}
	var parts []string
	if p.View.Title != "" && p.View.Me != p.View.Person {
		parts = append(parts, p.View.Title)
	}
	parts = append(parts, day)
	if p.View.Manager != "" && p.View.Me != p.View.Person {
		parts = append(parts, "reports to "+p.View.Manager)
	}
	return strings.Join(parts, " · ")
}

// joinerDone says how many steps are settled.
func joinerDone(settled, all int) string {
	return strconv.Itoa(settled) + " of " + strconv.Itoa(all)
}
