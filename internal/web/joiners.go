package web

import (
	"bytes"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/cadence"
	"github.com/toucan-grc/toucan/internal/document"
	"github.com/toucan-grc/toucan/internal/joiner"
	"github.com/toucan-grc/toucan/internal/people"
	"github.com/toucan-grc/toucan/internal/problem"
)

// joinersPage lists who begins and who leaves.
type joinersPage struct {
	frame
	Overview   joiner.Overview
	Rows       []joinerRow
	Pager      pager
	Pills      []pill
	Show, Text string
	From, To   string // of the export
	People     []option
	CanManage  bool
	Problem    *problem.Error
}

// joinerRow is one checklist in the list.
type joinerRow struct {
	joiner.Row
	What, On   string
	Mark, Word string // how far it is
	Due        string
}

const joinersShown = 50

// joinerFilters are what the list can be narrowed to.
var joinerFilters = []struct {
	key, words, mark string
	has              func(joiner.Row) bool
}{
	{"", "Under way", "", func(r joiner.Row) bool { return r.State == joiner.Open }},
	{"joining", "Joining", "info", func(r joiner.Row) bool { return r.State == joiner.Open && r.List == joiner.Joining }},
	{"leaving", "Leaving", "waiting", func(r joiner.Row) bool { return r.State == joiner.Open && r.List == joiner.Leaving }},
	{"overdue", "Overdue", "bad", func(r joiner.Row) bool {
		return r.State == joiner.Open && (r.Late > 0 || r.Removed.Timing == joiner.Overdue)
	}},
	{"nobody", "Nobody found", "warn", func(r joiner.Row) bool { return r.State == joiner.Open && r.Nobody > 0 }},
	{"over", "Done or cancelled", "good", func(r joiner.Row) bool { return r.State != joiner.Open }},
}

// getJoiners lists them: GET /o/{org}/joiners?show=&text=&page=.
func (s *Server) getJoiners(w http.ResponseWriter, r *http.Request, who visitor) error {
	return s.showJoiners(w, r, who, http.StatusOK, nil)
}

func (s *Server) showJoiners(w http.ResponseWriter, r *http.Request, who visitor, status int, fault *problem.Error) error {
	o, err := s.Joiners.Overview(r.Context(), who.Actor, s.Now())
	if err != nil {
		return err
	}
	p := joinersPage{Overview: o, Show: r.FormValue("show"), Text: strings.TrimSpace(r.FormValue("text")), CanManage: who.Can(access.ManageJoiners), Problem: fault}
	p.frame = s.frame(w, r, who, "joiners", "Joiners and leavers")
	p.From, p.To = (o.Today - 364).String(), o.Today.String()
	n := map[string]int{}
	for _, row := range o.Rows {
		if !matches(p.Text, row.Name, row.Title) {
			continue
		}
		for _, f := range joinerFilters {
			if !f.has(row) {
				continue
			}
			if n[f.key]++; f.key == p.Show {
				p.Rows = append(p.Rows, joinerRowOf(row, o.Today))
			}
		}
	}
	for _, f := range joinerFilters {
		if n[f.key] > 0 || f.key == "" || f.key == p.Show {
			p.Pills = append(p.Pills, pill{Text: f.words, N: n[f.key], Mark: f.mark, On: f.key == p.Show, To: query(p.path("joiners"), "show", f.key, "text", p.Text)})
		}
	}
	p.Rows, p.Pager = paged(p.Rows, r.FormValue("page"), joinersShown, func(page string) string {
		return query(p.path("joiners"), "show", p.Show, "text", p.Text, "page", page)
	})
	if p.CanManage {
		if p.People, err = s.joinerPeople(r, who, o.Today); err != nil {
			return err
		}
	}
	return s.render(w, r, status, listJoiners(p))
}

// joinerPeople lists those whom a checklist can be begun for or given to.
func (s *Server) joinerPeople(r *http.Request, who visitor, today cadence.Date) ([]option, error) {
	list, err := s.People.List(r.Context(), who.Actor)
	if err != nil {
		return nil, err
	}
	out := []option{{"", "Choose"}}
	for _, x := range list {
		if x.Kind == people.Service || x.EndOn != "" && x.EndOn < (today-30).String() {
			continue
		}
		out = append(out, option{x.ID, x.Name})
	}
	return out, nil
}

func joinerRowOf(r joiner.Row, today cadence.Date) joinerRow {
	row := joinerRow{Row: r, What: "Joining", On: "first day " + dayWords(r.Day)}
	if r.List == joiner.Leaving {
		row.What, row.On = "Leaving", "last day "+dayWords(r.Day)
	}
	row.Mark, row.Word = joinerState(r)
	if r.State == joiner.Open {
		row.Due = lateWords(r.Next, today)
	}
	return row
}

// joinerState is how far a checklist is, as a mark and a word.
func joinerState(r joiner.Row) (mark, word string) {
	switch {
	case r.State == joiner.Done && r.Removed.Timing == joiner.LateDone:
		return "warn", "done, access late"
	case r.State == joiner.Done:
		return "good", "done"
	case r.State == joiner.Cancelled:
		return "left", "cancelled"
	case r.Removed.Timing == joiner.Overdue:
		return "bad", "access overdue"
	case r.Late > 0:
		return "bad", plural(r.Late, "step", "steps") + " overdue"
	case r.Nobody > 0:
		return "warn", "nobody for " + plural(r.Nobody, "step", "steps")
	}
	return "info", "under way"
}

// removalMark is the mark of a judgement of removal.
func removalMark(t joiner.Timing) string {
	switch t {
	case joiner.InTime:
		return "good"
	case joiner.LateDone, joiner.Overdue:
		return "bad"
	case joiner.Waiting:
		return "waiting"
	}
	return "unknown"
}

// postBeginJoiner begins a checklist by hand: POST /o/{org}/joiners.
func (s *Server) postBeginJoiner(w http.ResponseWriter, r *http.Request, who visitor) error {
	id, err := s.Joiners.Begin(r.Context(), who.Actor, r.FormValue("person"), joiner.List(r.FormValue("list")), s.Now())
	if err != nil {
		if p := problem.Of(err); p.Code == problem.Invalid || p.Code == problem.Conflict {
			return s.showJoiners(w, r, who, statusOf(p.Code), p)
		}
		return err
	}
	return back(w, r, orgPath(who.Slug(), "joiner", id), "Begun. Everybody who has a step finds it among their tasks.")
}

// getJoinerExport writes who began or left in a window: GET /o/{org}/joiners/export?list=&from=&to=.
func (s *Server) getJoinerExport(w http.ResponseWriter, r *http.Request, who visitor) error {
	from, err1 := cadence.ParseDate(r.FormValue("from"))
	to, err2 := cadence.ParseDate(r.FormValue("to"))
	if err1 != nil || err2 != nil {
		return problem.Field("from", "Give the first and the last day of the window, such as 2026-01-01 and 2026-12-31.")
	}
	list := joiner.List(r.FormValue("list"))
	if !slices.Contains(joiner.Lists(), list) {
		return problem.Field("list", "Choose joiners or leavers.")
	}
	t, err := s.Joiners.Population(r.Context(), who.Actor, list, cadence.Days{From: from, To: to}, s.Now())
	if err != nil {
		return err
	}
	var file bytes.Buffer
	if err := document.WriteCSV(&file, t); err != nil {
		return fmt.Errorf("write joiners: %w", err)
	}
	h := w.Header()
	h.Set("Content-Type", "text/csv; charset=utf-8")
	h.Set("Content-Disposition", fmt.Sprintf("attachment; filename=%q", fmt.Sprintf("%s-%s-%s-%s.csv", strings.ToLower(t.Name), who.Slug(), from, to)))
	h.Set("Cache-Control", "no-store")
	_, err = w.Write(file.Bytes())
	return quiet(err)
}
