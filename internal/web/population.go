package web

import (
	"net/http"
	"slices"
	"strings"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/audit"
	"github.com/toucan-grc/toucan/internal/cadence"
	"github.com/toucan-grc/toucan/internal/control"
	"github.com/toucan-grc/toucan/internal/problem"
	"github.com/toucan-grc/toucan/internal/upload"
)

// populationPage is one population: its draft, or the workbench once it is fixed.
type populationPage struct {
	frame
	Population audit.Population
	Control    control.Control
	State      sampleState
	Selection  audit.Selection
	Summary    audit.Summary
	Preview    []audit.Row // the first rows of a draft
	Spread     []string    // what is to be remarked about dates
	Strata     []stratum
	Band       audit.Band
	Low, High  audit.Suggestion
	Advice     []string
	Matrix     matrix
	MadeBy     string
	CanManage  bool
	CanDraw    bool
	CanJudge   bool
	CanExport  bool
	HasPeriods bool // the control's own frequency gives a list of periods
	Plan       audit.Plan
	Size       string            // as typed
	Typed      map[string]string // of the matrix, by the name of the field
	Attributes string            // as typed, one a line
	Step       string            // where the problem belongs: rows, fix, attributes, draw, judge
	Problem    *problem.Error
}

// at returns the problem if it belongs to a part of the page.
func (p populationPage) at(step string) *problem.Error {
	if p.Step == step {
		return p.Problem
	}
	return nil
}

type stratum struct {
	Name        string
	Items, Here int // in the population, in the selection
}

const previewSample = 20 // rows of a draft that its page shows

// getPopulation shows it: GET /o/{org}/samples/{population}?page=&show=.
func (s *Server) getPopulation(w http.ResponseWriter, r *http.Request, who visitor) error {
	return s.showPopulation(w, r, who, http.StatusOK, populationPage{})
}

func (s *Server) showPopulation(w http.ResponseWriter, r *http.Request, who visitor, status int, p populationPage) error {
	b, err := s.shelf.open(r.Context(), who.Actor)
	if err != nil {
		return err
	}
	id := r.PathValue("population")
	if p.Population, err = s.Samples.Find(r.Context(), who.Actor, id); err != nil {
		return err
	}
	if p.Selection, err = s.Samples.Selection(r.Context(), who.Actor, id); err != nil {
		return err
	}
	rows, err := s.Samples.Outline(r.Context(), who.Actor, id)
	if err != nil {
		return err
	}
	if !p.Population.Fixed() {
		if p.Preview, err = s.Samples.Rows(r.Context(), who.Actor, id, 1, previewSample); err != nil {
			return err
		}
	}
	bands, err := s.Samples.Bands(r.Context(), who.Actor, s.Now())
	if err != nil {
		return err
	}
	p.Control = b.control(p.Population.Control)
	f, _ := cadence.Parse(p.Control.Frequency)
	p.HasPeriods = f.Known()
	p.Summary = audit.Summarise(p.Population.Rows, p.Selection)
	p.State = stateOf(p.Population, p.Summary)
	p.Band = bands.Of(p.Population.Pace)
	p.Low, p.High = p.Band.Suggest(p.Population.Rows, audit.LowRisk), p.Band.Suggest(p.Population.Rows, audit.HighRisk)
	p.Advice = p.Summary.Advice(p.Population.Rows, p.Low)
	p.look(rows)
	p.Matrix = matrixOf(p, r)
	p.CanManage, p.CanDraw, p.CanJudge, p.CanExport = who.Can(access.ManagePopulations), who.Can(access.DrawSamples), who.Can(access.JudgeSamples), who.Can(access.ExportReports)
	p.frame = s.frame(w, r, who, "samples", p.Population.Name, crumb{"Sampling", orgPath(who.Slug(), "samples")})
	if p.Population.Fixed() {
		return s.render(w, r, status, showWorkbench(p))
	}
	return s.render(w, r, status, showDraft(p))
}

// look fills in what the rows tell: how they are spread over the window and among
// the strata.
func (p *populationPage) look(rows []audit.Row) {
	if len(rows) == 0 {
		return
	}
	var all, chosen []cadence.Date
	for _, r := range rows {
		all = append(all, r.Date)
	}
	here := map[string]int{}
	for _, i := range p.Selection.Items {
		if i.ReplacedBy == "" {
			chosen = append(chosen, i.Row.Date)
			here[i.Row.Stratum]++
		}
	}
	p.Spread = audit.Spread(p.Population.Window, all, chosen)
	for name, n := range audit.Strata(rows) {
		p.Strata = append(p.Strata, stratum{name, n, here[name]})
	}
	slices.SortFunc(p.Strata, func(a, b stratum) int {
		if a.Items != b.Items {
			return b.Items - a.Items
		}
		return strings.Compare(a.Name, b.Name)
	})
}

// trouble shows the page again with a problem that can be put right on it.
func (s *Server) sampleTrouble(w http.ResponseWriter, r *http.Request, who visitor, p populationPage, step string, err error) error {
	p.Step, p.Problem = step, problem.Of(err)
	if p.Problem.Code != problem.Invalid && p.Problem.Code != problem.Conflict {
		return err
	}
	return s.showPopulation(w, r, who, statusOf(p.Problem.Code), p)
}

// postFix fixes it: POST /o/{org}/samples/{population}/fix.
func (s *Server) postFix(w http.ResponseWriter, r *http.Request, who visitor) error {
	id := r.PathValue("population")
	if r.FormValue("sure") != "yes" {
		if _, err := s.Samples.Find(r.Context(), who.Actor, id); err != nil {
			return err
		}
		return s.sampleTrouble(w, r, who, populationPage{}, "fix", problem.Field("sure", "Tick the box: once it is fixed, nothing about the population changes."))
	}
	if _, err := s.Samples.Fix(r.Context(), who.Actor, id, s.Now()); err != nil {
		return s.sampleTrouble(w, r, who, populationPage{}, "fix", err)
	}
	return back(w, r, orgPath(who.Slug(), "samples", id), "The population is fixed, and its hash is in the log. Now a sample can be drawn.")
}

// postDropPopulation removes a draft: POST /o/{org}/samples/{population}/drop.
func (s *Server) postDropPopulation(w http.ResponseWriter, r *http.Request, who visitor) error {
	if err := s.Samples.Drop(r.Context(), who.Actor, r.PathValue("population"), s.Now()); err != nil {
		return err
	}
	return back(w, r, orgPath(who.Slug(), "samples"), "The draft is dropped.")
}

// postErasePopulation erases the rows: POST /o/{org}/samples/{population}/erase.
func (s *Server) postErasePopulation(w http.ResponseWriter, r *http.Request, who visitor) error {
	id := r.PathValue("population")
	if err := s.Samples.Erase(r.Context(), who.Actor, id, r.FormValue("reason"), s.Now()); err != nil {
		return s.sampleTrouble(w, r, who, populationPage{}, "erase", err)
	}
	return back(w, r, orgPath(who.Slug(), "samples", id), "The rows are erased. Their hash, the numbers and the results stay.")
}

// rowsPage is the preview of a list: how it is read, and what would be kept.
type rowsPage struct {
	frame
	Population audit.Population
	Upload     string
	Sheet      *audit.Sheet
	Spread     []string
	Corrected  bool
	Problem    *problem.Error
}

// postRows takes a list in: a file to look through first, a pasted text, or what
// the control's own frequency gives: POST /o/{org}/samples/{population}/rows.
func (s *Server) postRows(w http.ResponseWriter, r *http.Request, who visitor) error {
	id := r.PathValue("population")
	x, err := s.Samples.Find(r.Context(), who.Actor, id)
	if err != nil {
		return err
	}
	var name string
	var data []byte
	if strings.HasPrefix(r.Header.Get("Content-Type"), "multipart/") {
		name, data, err = uploaded(r)
	} else if own := r.FormValue("own"); own != "" {
		return s.ownRows(w, r, who, x, own)
	} else if text := strings.TrimSpace(r.FormValue("pasted")); text != "" {
		name, data = "pasted list", []byte(text)
	} else {
		err = problem.Field("pasted", "Paste a list first: one item a line, headings on top.")
	}
	if err == nil {
		_, err = audit.ReadSheet(name, data, nil)
	}
	var kept string
	if err == nil {
		kept, err = s.uploads.Put(r.Context(), who.Actor, upload.Instances, name, data, s.Now())
	}
	if err != nil {
		return s.sampleTrouble(w, r, who, populationPage{}, "rows", err)
	}
	return back(w, r, orgPath(who.Slug(), "samples", id, "rows", kept), "")
}

// ownRows makes rows of what Toucan itself knows: the periods of the control's
// frequency that end in the window, or the evidence captured in it.
func (s *Server) ownRows(w http.ResponseWriter, r *http.Request, who visitor, x audit.Population, own string) error {
	b, err := s.shelf.open(r.Context(), who.Actor)
	if err != nil {
		return err
	}
	c := b.control(x.Control)
	rows, columns, file := audit.Periods(x.Window, c.Frequency, c.Since), []string{"from", "to"}, "the periods of "+c.Code+", "+c.Frequency
	if own == "evidence" {
		columns, file = []string{"title", "kind"}, "the evidence filed for "+c.Code
		if rows, err = s.instancesFiled(r, who, x, b.Zone); err != nil {
			return err
		}
		rows = audit.FromKeys(columns, rows)
	}
	if err := s.Samples.SetRows(r.Context(), who.Actor, x.ID, file, columns, rows, s.Now()); err != nil {
		return s.sampleTrouble(w, r, who, populationPage{}, "rows", err)
	}
	return back(w, r, orgPath(who.Slug(), "samples", x.ID), plural(len(rows), "row is", "rows are")+" in the draft. Nothing is fixed yet.")
}

// getRows shows how a list is read: GET /o/{org}/samples/{population}/rows/{upload}?sheet=&header=&c0=...
func (s *Server) getRows(w http.ResponseWriter, r *http.Request, who visitor) error {
	p, status, err := s.readRows(r, who)
	if err != nil {
		return err
	}
	return s.showRows(w, r, who, status, p)
}

func (s *Server) showRows(w http.ResponseWriter, r *http.Request, who visitor, status int, p rowsPage) error {
	p.frame = s.frame(w, r, who, "samples", p.Sheet.File, crumb{"Sampling", orgPath(who.Slug(), "samples")}, crumb{p.Population.Name, orgPath(who.Slug(), "samples", p.Population.ID)})
	return s.render(w, r, status, previewRowsOf(p))
}

// readRows reads an upload as the form says, or as proposed where that cannot be.
func (s *Server) readRows(r *http.Request, who visitor) (rowsPage, int, error) {
	p := rowsPage{Upload: r.PathValue("upload")}
	var err error
	if p.Population, err = s.Samples.Find(r.Context(), who.Actor, r.PathValue("population")); err != nil {
		return p, 0, err
	}
	u, err := s.uploads.Open(r.Context(), who.Actor, upload.Instances, p.Upload, s.Now())
	if err != nil {
		return p, 0, err
	}
	if err := r.ParseForm(); err != nil {
		return p, 0, err
	}
	want := rowsLayout(r)
	p.Corrected = want != nil
	status := http.StatusOK
	if p.Sheet, err = audit.ReadSheet(u.Name, u.Data, want); err != nil {
		p.Problem = problem.Of(err)
		if p.Problem.Code == problem.Internal || want == nil {
			return p, 0, err
		}
		status = statusOf(p.Problem.Code)
		if p.Sheet, err = audit.ReadSheet(u.Name, u.Data, nil); err != nil {
			return p, 0, err
		}
	}
	var days []cadence.Date
	for _, row := range p.Sheet.Rows {
		days = append(days, row.Date)
	}
	p.Spread = audit.Spread(p.Population.Window, days, nil)
	return p, status, nil
}

// rowsLayout reads what a person said about the columns; nil when nothing.
func rowsLayout(r *http.Request) *audit.Layout {
	v := corrections(r.Form)
	l := layoutOf(v)
	if l == nil {
		return nil
	}
	out := &audit.Layout{Sheet: l.Sheet, Header: l.HeaderRow}
	for _, c := range l.Columns {
		for len(out.Parts) <= c.Index {
			out.Parts = append(out.Parts, audit.LeftOut)
		}
		switch part := audit.Part(c.Field); part {
		case audit.IsKey, audit.IsDate, audit.IsStratum, audit.IsText:
			out.Parts[c.Index] = part
		}
	}
	return out
}

// postRowsConfirm keeps the list: POST /o/{org}/samples/{population}/rows/{upload}.
func (s *Server) postRowsConfirm(w http.ResponseWriter, r *http.Request, who visitor) error {
	p, status, err := s.readRows(r, who)
	if err != nil {
		return err
	}
	if p.Problem != nil || len(p.Sheet.Faults) > 0 {
		return s.showRows(w, r, who, max(status, http.StatusUnprocessableEntity), p)
	}
	if err := s.Samples.SetRows(r.Context(), who.Actor, p.Population.ID, p.Sheet.File, p.Sheet.Columns, p.Sheet.Rows, s.Now()); err != nil {
		if p.Problem = problem.Of(err); p.Problem.Code != problem.Invalid {
			return err
		}
		return s.showRows(w, r, who, statusOf(p.Problem.Code), p)
	}
	if err := s.uploads.Drop(r.Context(), who.Actor, upload.Instances, p.Upload); err != nil {
		s.Log.Error("drop an upload", "request", requestID(r.Context()), "error", err) // it goes by itself in two hours
	}
	return back(w, r, orgPath(who.Slug(), "samples", p.Population.ID), plural(len(p.Sheet.Rows), "row is", "rows are")+" in the draft. Nothing is fixed yet.")
}

func partOptions() []option {
	return []option{{string(audit.IsText), "Keep"}, {string(audit.IsKey), "Key"}, {string(audit.IsDate), "Date"}, {string(audit.IsStratum), "Stratum"}, {string(audit.LeftOut), "Leave out"}}
}
