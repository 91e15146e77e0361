package web

import (
	"bytes"
	"fmt"
	"net/http"
	"slices"
	"strconv"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/framework"
	"github.com/toucan-grc/toucan/internal/gap"
	"github.com/toucan-grc/toucan/internal/problem"
)

// analysesPage lists gap analyses that are kept.
type analysesPage struct {
	frame
	Rows      []analysisRow
	All       []option
	From, To  string
	Name      string
	CanManage bool
	Problem   *problem.Error
}

// analysisRow is one of them.
type analysisRow struct {
	gap.Analysis
	FromTitle, ToTitle, Day string
}

// getAnalyses shows them: GET /o/{org}/gap/analyses.
func (s *Server) getAnalyses(w http.ResponseWriter, r *http.Request, who visitor) error {
	return s.showAnalyses(w, r, who, http.StatusOK, nil)
}

func (s *Server) showAnalyses(w http.ResponseWriter, r *http.Request, who visitor, status int, wrong *problem.Error) error {
	b, err := s.shelf.open(r.Context(), who.Actor)
	if err != nil {
		return err
	}
	list, err := s.Gaps.Analyses(r.Context(), who.Actor)
	if err != nil {
		return err
	}
	p := analysesPage{CanManage: who.Can(access.ManageISMS), All: b.frameworkOptions(), Problem: wrong, Name: r.FormValue("name"), From: r.FormValue("from"), To: r.FormValue("to")}
	if p.From == "" {
		if f, t := b.pair("", ""); f != nil && t != nil {
			p.From, p.To = f.ID, t.ID
		}
	}
	for _, a := range list {
		p.Rows = append(p.Rows, analysisRow{a, b.titleOf(a.From), b.titleOf(a.To), dayWords(dateIn(a.At, b.Zone))})
	}
	p.frame = s.frame(w, r, who, "gap", "Gap analyses that are kept", crumb{"Gap analysis", orgPath(who.Slug(), "gap")})
	return s.render(w, r, status, showAnalyses(p))
}

// postAnalyses opens one: POST /o/{org}/gap/analyses with name, from and to.
func (s *Server) postAnalyses(w http.ResponseWriter, r *http.Request, who visitor) error {
	a, err := s.Gaps.Open(r.Context(), who.Actor, r.FormValue("name"), r.FormValue("from"), r.FormValue("to"), s.Now())
	if err != nil {
		if p := problem.Of(err); p.Code == problem.Invalid {
			return s.showAnalyses(w, r, who, http.StatusUnprocessableEntity, p)
		}
		return err
	}
	return back(w, r, orgPath(who.Slug(), "gap", "analyses", a.ID), "Opened. Begin with the inventory.")
}

// analysisPage is one analysis with its five steps.
type analysisPage struct {
	frame
	analysisRow
	CanManage bool
	Days      [5]string // when each step last moved
}

// analysisOf reads the analysis a page is about.
func (s *Server) analysisOf(r *http.Request, who visitor) (analysisRow, *book, error) {
	b, err := s.shelf.open(r.Context(), who.Actor)
	if err != nil {
		return analysisRow{}, nil, err
	}
	a, err := s.Gaps.Find(r.Context(), who.Actor, r.PathValue("id"))
	return analysisRow{a, b.titleOf(a.From), b.titleOf(a.To), dayWords(dateIn(a.At, b.Zone))}, b, err
}

func analysisCrumbs(slug string) []crumb {
	return []crumb{{"Gap analysis", orgPath(slug, "gap")}, {"Kept analyses", orgPath(slug, "gap", "analyses")}}
}

// getAnalysis shows it: GET /o/{org}/gap/analyses/{id}.
func (s *Server) getAnalysis(w http.ResponseWriter, r *http.Request, who visitor) error {
	a, b, err := s.analysisOf(r, who)
	if err != nil {
		return err
	}
	p := analysisPage{analysisRow: a, CanManage: who.Can(access.ManageISMS)}
	for i, x := range a.Steps {
		p.Days[i] = momentWords(x.At, b.Zone)
	}
	p.frame = s.frame(w, r, who, "gap", a.Name, analysisCrumbs(who.Slug())...)
	return s.render(w, r, http.StatusOK, showAnalysis(p))
}

// stepPage is one step: what it comes to today, and what was kept.
type stepPage struct {
	frame
	analysisRow
	gap.StepState
	Today     *gap.Output // nil: the reader may not see what it is made of
	Moved     []gap.Moved // the figures of today beside those kept; nil where nothing was kept
	Kept      string      // when and by whom
	Acts      []stepAct
	Places    []stepPlace // where things are decided
	Open      []stepOpen  // of the fifth: what can be handed out
	People    []option
	Due       string
	CanManage bool
	Typed     string
	Problem   *problem.Error
}

type stepAct struct{ Words, By, When, Note string }

type stepPlace struct{ Text, To string }

// stepOpen is a requirement that is left open.
type stepOpen struct {
	gap.Requirement
	Planned []gap.Planned
}

// getAnalysisStep shows it: GET /o/{org}/gap/analyses/{id}/steps/{step}.
func (s *Server) getAnalysisStep(w http.ResponseWriter, r *http.Request, who visitor) error {
	return s.showStep(w, r, who, http.StatusOK, nil)
}

func (s *Server) showStep(w http.ResponseWriter, r *http.Request, who visitor, status int, wrong *problem.Error) error {
	a, b, err := s.analysisOf(r, who)
	if err != nil {
		return err
	}
	n, _ := strconv.Atoi(r.PathValue("step"))
	if _, ok := gap.Step(n).Info(); !ok {
		return problem.New(problem.NotFound, "A gap analysis has five steps, 1 to 5. Open the analysis and choose one.")
	}
	p := stepPage{analysisRow: a, StepState: *a.Of(gap.Step(n)), CanManage: who.Can(access.ManageISMS), Problem: wrong, Typed: r.FormValue("note")}
	today, err := s.Gaps.Today(r.Context(), who.Actor, a.Analysis, p.Step, s.Now())
	switch {
	case err == nil:
		p.Today = &today
	case problem.Of(err).Code != problem.Forbidden:
		return err
	}
	if p.Output != nil {
		p.Kept = momentWords(p.KeptAt, b.Zone) + " by " + p.KeptBy
		if p.Today != nil {
			p.Moved = p.Today.Against(p.Output)
		}
	}
	for _, x := range p.StepState.Acts {
		p.Acts = append(p.Acts, stepAct{actWords(x.What), x.ByName, momentWords(x.At, b.Zone), x.Note})
	}
	p.Places = s.stepPlaces(who, a.Analysis, p.Step)
	if p.Step == gap.StepUnified && p.CanManage {
		if err := s.fillWork(r, who, b, &p); err != nil {
			return err
		}
	}
	p.frame = s.frame(w, r, who, "gap", fmt.Sprintf("Step %d: %s", n, p.StepInfo.Title), append(analysisCrumbs(who.Slug()), crumb{a.Name, orgPath(who.Slug(), "gap", "analyses", a.ID)})...)
	return s.render(w, r, status, showStep(p))
}

// fillWork lists what can be handed out.
func (s *Server) fillWork(r *http.Request, who visitor, b *book, p *stepPage) error {
	report, planned, err := s.Gaps.Work(r.Context(), who.Actor, p.Analysis, s.Now())
	if err != nil {
		return err
	}
	for _, q := range report.Requirements {
		if q.Open() {
			p.Open = append(p.Open, stepOpen{q, planned[q.ID]})
		}
	}
	slices.SortStableFunc(p.Open, func(x, y stepOpen) int { return len(x.Planned) - len(y.Planned) })
	today := dateIn(s.Now(), b.Zone)
	p.People, p.Due = b.working(today), (today + 60).String()
	if d := r.FormValue("due"); d != "" {
		p.Due = d
	}
	return nil
}

// stepPlaces are the pages where what a step shows is decided.
func (s *Server) stepPlaces(who visitor, a gap.Analysis, step gap.Step) []stepPlace {
	slug := who.Slug()
	all := map[gap.Step][]struct {
		stepPlace
		needs access.Action
	}{
		gap.StepInventory: {{stepPlace{"Controls", orgPath(slug, "controls")}, access.ViewControls}, {stepPlace{"Ask the owners", orgPath(slug, "confirmations")}, access.ViewControls}, {stepPlace{"Evidence", orgPath(slug, "evidence")}, access.ViewEvidence}},
		gap.StepRisks:     {{stepPlace{"Risks", orgPath(slug, "risks")}, access.ViewRisks}},
		gap.StepDocuments: {{stepPlace{"Decide conflicts", orgPath(slug, "policies", "conflicts")}, access.ViewPolicies}, {stepPlace{"Policies", orgPath(slug, "policies")}, access.ViewPolicies}},
		gap.StepScope:     {{stepPlace{"Scope and boundary", orgPath(slug, "isms", "scope")}, access.ViewISMS}},
		gap.StepUnified:   {{stepPlace{"The whole gap analysis", query(orgPath(slug, "gap"), "from", a.From, "to", a.To)}, access.ViewPosture}, {stepPlace{"The control library", orgPath(slug, "library")}, access.ViewControls}},
	}
	var out []stepPlace
	for _, x := range all[step] {
		if who.Can(x.needs) {
			out = append(out, x.stepPlace)
		}
	}
	return out
}

// actWords says what was done about a step.
func actWords(what string) string {
	switch what {
	case "begun":
		return "Begun"
	case "noted":
		return "Noted"
	case "done":
		return "Done"
	case "reopened":
		return "Opened again"
	}
	return what
}

// postAnalysisStep moves a step: POST /o/{org}/gap/analyses/{id}/steps/{step} with do and note.
func (s *Server) postAnalysisStep(w http.ResponseWriter, r *http.Request, who visitor) error {
	n, _ := strconv.Atoi(r.PathValue("step"))
	id, step, note := r.PathValue("id"), gap.Step(n), r.FormValue("note")
	var err error
	said, to := "", orgPath(who.Slug(), "gap", "analyses", id, "steps", strconv.Itoa(n))
	switch r.FormValue("do") {
	case "begin":
		err, said = s.Gaps.Begin(r.Context(), who.Actor, id, step, s.Now()), "Under way."
	case "note":
		err, said = s.Gaps.Note(r.Context(), who.Actor, id, step, note, s.Now()), "Noted."
	case "done":
		err, said = s.Gaps.Complete(r.Context(), who.Actor, id, step, note, s.Now()), "Done. What the step came to is kept."
		to = orgPath(who.Slug(), "gap", "analyses", id)
	case "reopen":
		err, said = s.Gaps.Reopen(r.Context(), who.Actor, id, step, note, s.Now()), "Open again. What was kept stays in the history."
	default:
		err = problem.New(problem.Invalid, "A step is begun, noted, done or opened again. Use the buttons of the page.")
	}
	if err != nil {
		if p := problem.Of(err); p.Field == "note" {
			return s.showStep(w, r, who, http.StatusUnprocessableEntity, p)
		}
		return err
	}
	return back(w, r, to, said)
}

// postAnalysisWork hands work out: POST /o/{org}/gap/analyses/{id}/work with requirement, owner and due.
func (s *Server) postAnalysisWork(w http.ResponseWriter, r *http.Request, who visitor) error {
	if err := r.ParseForm(); err != nil {
		return err
	}
	due, err := formDay(r, "due")
	var list []gap.Chosen
	for _, id := range r.Form["requirement"] {
		list = append(list, gap.Chosen{Requirement: id, Owner: r.FormValue("owner"), Due: due})
	}
	n := 0
	if err == nil {
		n, err = s.Gaps.Plan(r.Context(), who.Actor, r.PathValue("id"), list, s.Now())
	}
	if err != nil {
		if p := problem.Of(err); p.Code == problem.Invalid {
			r.SetPathValue("step", strconv.Itoa(int(gap.StepUnified)))
			return s.showStep(w, r, who, http.StatusUnprocessableEntity, p)
		}
		return err
	}
	said := plural(n, "action is", "actions are") + " in the backlog."
	if n < len(list) {
		said += " The others were handed out already."
	}
	return back(w, r, orgPath(who.Slug(), "gap", "analyses", r.PathValue("id"), "steps", "5")+"#work", said)
}

// getAnalysisReport shows everything that was kept: GET /o/{org}/gap/analyses/{id}/report?format=pdf|xlsx.
func (s *Server) getAnalysisReport(w http.ResponseWriter, r *http.Request, who visitor) error {
	a, b, err := s.analysisOf(r, who)
	if err != nil {
		return err
	}
	if f := r.FormValue("format"); f != "" {
		if err := who.May(access.ExportReports); err != nil {
			return err
		}
	}
	if r.FormValue("format") == "xlsx" {
		var file bytes.Buffer
		if err := a.WriteXLSX(&file, a.FromTitle, a.ToTitle, b.Zone); err != nil {
			return err
		}
		return sendFile(w, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", who.Slug()+"-gap-"+framework.IDFrom(a.Name)+".xlsx", file.Bytes())
	}
	f := s.frame(w, r, who, "gap", "Report", append(analysisCrumbs(who.Slug()), crumb{a.Name, orgPath(who.Slug(), "gap", "analyses", a.ID)})...)
	return s.showReport(w, r, f, a.Document(b.Name, a.FromTitle, a.ToTitle, s.Now(), b.Zone), registerAct{Text: "Spreadsheet (XLSX)", Icon: "download", To: query(orgPath(who.Slug(), "gap", "analyses", a.ID, "report"), "format", "xlsx")})
}

// stageMark is the mark beside how far a step is.
func stageMark(s gap.Stage) string {
	switch s {
	case gap.Done:
		return "good"
	case gap.UnderWay:
		return "warn"
	}
	return "not_applicable"
}
