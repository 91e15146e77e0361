package web

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"path"
	"strconv"
	"strings"
	"time"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/cadence"
	"github.com/toucan-grc/toucan/internal/document"
	"github.com/toucan-grc/toucan/internal/evidence"
	"github.com/toucan-grc/toucan/internal/people"
	"github.com/toucan-grc/toucan/internal/problem"
	"github.com/toucan-grc/toucan/internal/training"
)

// trainingProgressPage is how people stand with one training.
type trainingProgressPage struct {
	frame
	Track      training.Track
	Progress   training.Progress
	Pills      []pill
	State      people.State
	Text       string
	Pager      pager
	CanRecord  bool
	CanManage  bool
	Connection string // id of the one it is completed through, or empty
	Typed      string // reason of a reset
	Problem    *problem.Error
}

const progressRows = 50

// Files reports whether a certificate filed by hand is how it is completed.
func (p trainingProgressPage) Files() bool {
	m := p.Progress.Setting.Method
	return m.Files() || m == training.ByOrganiser
}

// getTraining leads to the first training: GET /o/{org}/training.
func (s *Server) getTraining(w http.ResponseWriter, r *http.Request, who visitor) error {
	list, err := s.Training.Settings(r.Context(), who.Actor, s.Now())
	if err != nil {
		return err
	}
	for _, c := range list {
		if c.Method != training.OptedOut {
			http.Redirect(w, r, orgPath(who.Slug(), "training", string(c.Track), "progress"), http.StatusSeeOther)
			return nil
		}
	}
	return problem.New(problem.NotFound, "No training is asked of anybody here.")
}

// getTrainingProgress shows it: GET /o/{org}/training/{track}/progress?state=&text=&page=.
func (s *Server) getTrainingProgress(w http.ResponseWriter, r *http.Request, who visitor) error {
	return s.showTrainingProgress(w, r, who, http.StatusOK, trainingProgressPage{})
}

func (s *Server) showTrainingProgress(w http.ResponseWriter, r *http.Request, who visitor, status int, p trainingProgressPage) error {
	p.Track, p.State, p.Text = training.Track(r.PathValue("track")), people.State(r.FormValue("state")), strings.TrimSpace(r.FormValue("text"))
	page, _ := strconv.Atoi(r.FormValue("page"))
	pick := training.Pick{State: p.State, Text: p.Text, Offset: max(page-1, 0) * progressRows, Limit: progressRows}
	var err error
	if p.Progress, err = s.Training.ProgressOf(r.Context(), who.Actor, p.Track, pick, s.Now()); err != nil {
		return err
	}
	home := orgPath(who.Slug(), "training", string(p.Track), "progress")
	_, _, p.Pager = pageOf(p.Progress.Total, r.FormValue("page"), progressRows, func(n string) string {
		return query(home, "state", string(p.State), "text", p.Text, "page", n)
	})
	all := 0
	for _, st := range training.States() {
		all += p.Progress.Counts[st]
	}
	p.Pills = []pill{{Text: "All", To: query(home, "text", p.Text), N: all, On: p.State == ""}}
	for _, st := range training.States() {
		if n := p.Progress.Counts[st]; n > 0 || p.State == st {
			mark, words := trainingState(st)
			p.Pills = append(p.Pills, pill{Text: words, To: query(home, "state", string(st), "text", p.Text), N: n, On: p.State == st, Mark: mark})
		}
	}
	p.CanRecord, p.CanManage = who.Can(access.RecordTraining), who.Can(access.ManageTraining)
	if p.Progress.Setting.Method == training.Connected {
		p.Connection = p.Progress.Setting.Provider
	}
	if p.frame, err = s.progressFrame(w, r, who, p.Track, p.Track.Label()); err != nil {
		return err
	}
	return s.render(w, r, status, showTrainingProgress(p))
}

// progressFrame is the frame of a page of one training, with a tab for each.
func (s *Server) progressFrame(w http.ResponseWriter, r *http.Request, who visitor, t training.Track, title string) (frame, error) {
	f := s.frame(w, r, who, "training", title, crumb{"Training", orgPath(who.Slug(), "training")})
	list, err := s.Training.Settings(r.Context(), who.Actor, s.Now())
	for _, c := range list {
		if c.Method != training.OptedOut {
			f.Tabs = append(f.Tabs, pill{Text: c.Track.Label(), To: f.path("training", string(c.Track), "progress"), On: c.Track == t})
		}
	}
	return f, err
}

// trainingState is a state as a mark and a word.
func trainingState(st people.State) (string, string) {
	switch st {
	case people.Done:
		return "good", "done"
	case people.Due:
		return "info", "due"
	case people.Missing:
		return "bad", "overdue"
	case people.Unclear:
		return "warn", "unclear"
	case people.Excluded:
		return "excluded", "let off"
	case people.Paused:
		return "unknown", "on leave"
	}
	return "unknown", "not asked"
}

// postTrainingReset asks people again: POST /o/{org}/training/{track}/progress/reset.
func (s *Server) postTrainingReset(w http.ResponseWriter, r *http.Request, who visitor) error {
	if err := r.ParseForm(); err != nil {
		return err
	}
	a := training.Asking{Track: training.Track(r.PathValue("track")), People: r.Form["person"], All: r.FormValue("all") != "", Reason: r.FormValue("reason")}
	if a.All {
		a.People = nil
	}
	list, err := s.Training.Reset(r.Context(), who.Actor, a, s.Now())
	if err != nil {
		p := problem.Of(err)
		if p.Code != problem.Invalid && p.Code != problem.Conflict {
			return err
		}
		return s.showTrainingProgress(w, r, who, statusOf(p.Code), trainingProgressPage{Problem: p, Typed: a.Reason})
	}
	return back(w, r, orgPath(who.Slug(), "training", string(a.Track), "progress"), plural(len(list), "person is", "people are")+" asked again. What they completed stays in the history.")
}

// getTrainingExport hands out who stands how as CSV: GET /o/{org}/training/{track}/progress/export?state=&text=.
func (s *Server) getTrainingExport(w http.ResponseWriter, r *http.Request, who visitor) error {
	t := training.Track(r.PathValue("track"))
	p, err := s.Training.ProgressOf(r.Context(), who.Actor, t, training.Pick{State: people.State(r.FormValue("state")), Text: r.FormValue("text"), Limit: training.AllLines}, s.Now())
	if err != nil {
		return err
	}
	rows := [][]string{{"name", "email", "kind", "training", "state", "reason", "due_on", "completed_at", "course", "score", "evidence"}}
	for _, l := range p.Rows {
		_, word := trainingState(l.State)
		due, at := "", ""
		if l.Standing.Due.Known() {
			due = l.Standing.Due.String()
		}
		if !l.Last.At.IsZero() {
			at = l.Last.At.UTC().Format(time.RFC3339)
		}
		score := ""
		if l.Last.Score > 0 {
			score = strconv.Itoa(l.Last.Score)
		}
		rows = append(rows, []string{l.Person.Name, l.Person.Email, string(l.Person.Kind), t.Label(), word, lineReason(l), due, at, l.Last.Course, score, l.Last.Evidence})
	}
	var file bytes.Buffer
	if err := document.WriteCSV(&file, document.Table{Rows: rows}); err != nil {
		return fmt.Errorf("write the list: %w", err)
	}
	h := w.Header()
	h.Set("Content-Type", "text/csv; charset=utf-8")
	h.Set("Content-Disposition", fmt.Sprintf("attachment; filename=%q", fmt.Sprintf("training-%s-%s.csv", who.Slug(), t)))
	h.Set("Cache-Control", "no-store")
	_, err = w.Write(file.Bytes())
	return quiet(err)
}

// lineReason is why somebody stands as they do.
func lineReason(l training.Line) string {
	if l.State == people.Excluded {
		return l.Exclusion.Reason
	}
	if l.State == people.Paused {
		return "On leave: nothing is asked until they are back."
	}
	return l.Standing.Reason
}

// trainingPaperPage is the form with which a certificate is filed on behalf.
type trainingPaperPage struct {
	frame
	Track      training.Track
	Person     people.Person
	On, Course string // as typed
	Problem    *problem.Error
}

// getTrainingPaper shows it: GET /o/{org}/training/{track}/people/{person}.
func (s *Server) getTrainingPaper(w http.ResponseWriter, r *http.Request, who visitor) error {
	return s.showTrainingPaper(w, r, who, http.StatusOK, trainingPaperPage{})
}

func (s *Server) showTrainingPaper(w http.ResponseWriter, r *http.Request, who visitor, status int, p trainingPaperPage) error {
	roster, err := s.People.Roster(r.Context(), who.Actor)
	if err != nil {
		return err
	}
	p.Track = training.Track(r.PathValue("track"))
	var ok bool
	if p.Person, ok = roster.Person(r.PathValue("person")); !ok || !p.Track.Valid() {
		return problem.New(problem.NotFound, "There is no such person, or no such training.")
	}
	if p.frame, err = s.progressFrame(w, r, who, p.Track, "File a certificate"); err != nil {
		return err
	}
	p.Crumbs = append(p.Crumbs[:len(p.Crumbs)-1], crumb{p.Track.Label(), p.path("training", string(p.Track), "progress")}, crumb{Text: p.Title})
	return s.render(w, r, status, trainingPaperForm(p))
}

// postTrainingPaper files one: POST /o/{org}/training/{track}/people/{person}.
func (s *Server) postTrainingPaper(w http.ResponseWriter, r *http.Request, who visitor) error {
	p, file, fault, err := s.readPaper(r, who)
	if err != nil {
		return err
	}
	on, bad := cadence.ParseDate(p.On)
	if fault == nil && bad != nil {
		fault = problem.Field("on", "Say on which day it was completed, as the certificate has it.")
	}
	var done training.Filed
	if fault == nil {
		done, fault = s.Training.File(r.Context(), who.Actor, training.Paper{Person: r.PathValue("person"), Track: training.Track(r.PathValue("track")), On: on, Course: p.Course, File: file}, s.Now())
	}
	if fault != nil {
		if p.Problem = problem.Of(fault); p.Problem.Code != problem.Invalid && p.Problem.Code != problem.Conflict {
			return fault
		}
		return s.showTrainingPaper(w, r, who, statusOf(p.Problem.Code), p)
	}
	return back(w, r, orgPath(who.Slug(), "training", r.PathValue("track"), "progress"), strings.TrimSpace("The certificate is filed. "+done.Warn))
}

// readPaper reads the form; fault is what is wrong with the file in it.
func (s *Server) readPaper(r *http.Request, who visitor) (p trainingPaperPage, file evidence.File, fault, err error) {
	form, err := r.MultipartReader()
	if err != nil {
		return p, file, nil, problem.New(problem.Invalid, "The form did not arrive as a form with a file. Open the page and send it again.")
	}
	for {
		part, err := form.NextPart()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return p, file, nil, problem.New(problem.Invalid, "The form did not arrive whole. Open the page and send it again.")
		}
		if part.FormName() == "file" {
			if part.FileName() != "" {
				file, fault = s.Training.KeepPaper(r.Context(), who.Actor, path.Base(part.FileName()), part, s.Now())
			}
			continue
		}
		text, err := io.ReadAll(io.LimitReader(part, 4096))
		if err != nil {
			return p, file, nil, problem.New(problem.Invalid, "The form did not arrive whole. Open the page and send it again.")
		}
		switch part.FormName() {
		case "on":
			p.On = strings.TrimSpace(string(text))
		case "course":
			p.Course = strings.TrimSpace(string(text))
		}
	}
	return p, file, fault, nil
}
