package web

import (
	"bytes"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/audit"
	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/document"
	"github.com/toucan-grc/toucan/internal/framework"
	"github.com/toucan-grc/toucan/internal/problem"
)

// matrix is the part of the selection that a page shows: items by attributes.
type matrix struct {
	Items []audit.Item
	Pills []pill
	Show  string
	Pager pager
	Seen  int64 // microseconds; the newest judgement the page knows
}

const matrixItems = 100 // of one page

// matrixOf picks the items of a page: ?show=open|exceptions&page=.
func matrixOf(p populationPage, r *http.Request) matrix {
	m := matrix{Show: r.FormValue("show")}
	to := orgPath(r.PathValue("org"), "samples", p.Population.ID)
	n := map[string]int{}
	var list []audit.Item
	for _, i := range p.Selection.Items {
		for _, j := range i.Found {
			m.Seen = max(m.Seen, db.Micros(j.At))
		}
		key := "done"
		switch o := i.Outcome(p.Selection.Attributes); {
		case i.ReplacedBy != "":
			key = "replaced"
		case o == audit.Exception:
			key = "exceptions"
		case o == audit.Open:
			key = "open"
		}
		n[key]++
		if m.Show == "" || m.Show == key {
			list = append(list, i)
		}
	}
	m.Pills = []pill{{Text: "All", To: to + "#items", N: len(p.Selection.Items), On: m.Show == ""}}
	for _, k := range []struct{ key, text, mark string }{{"open", "To judge", "waiting"}, {"exceptions", "Exceptions", "bad"}, {"done", "Judged", "good"}, {"replaced", "Replaced", "left"}} {
		if n[k.key] > 0 || m.Show == k.key {
			m.Pills = append(m.Pills, pill{Text: k.text, To: query(to, "show", k.key) + "#items", N: n[k.key], On: m.Show == k.key, Mark: k.mark})
		}
	}
	m.Items, m.Pager = paged(list, r.FormValue("page"), matrixItems, func(page string) string { return query(to, "show", m.Show, "page", page) + "#items" })
	return m
}

// postAttributes says what is tested: POST /o/{org}/samples/{population}/attributes.
func (s *Server) postAttributes(w http.ResponseWriter, r *http.Request, who visitor) error {
	id, typed := r.PathValue("population"), r.FormValue("attributes")
	if err := s.Samples.SetAttributes(r.Context(), who.Actor, id, strings.Split(typed, "\n"), s.Now()); err != nil {
		return s.sampleTrouble(w, r, who, populationPage{Attributes: typed}, "attributes", err)
	}
	return back(w, r, orgPath(who.Slug(), "samples", id), "Saved.")
}

// postDraw draws items: POST /o/{org}/samples/{population}/draw.
func (s *Server) postDraw(w http.ResponseWriter, r *http.Request, who visitor) error {
	id := r.PathValue("population")
	p := populationPage{Size: strings.TrimSpace(r.FormValue("size")), Plan: audit.Plan{Method: audit.Method(r.FormValue("method")), Reason: r.FormValue("reason")}}
	for line := range strings.Lines(r.FormValue("keys")) {
		if k := strings.TrimSpace(line); k != "" {
			p.Plan.Keys = append(p.Plan.Keys, k)
		}
	}
	var err error
	if p.Plan.Method.Seeded() {
		if p.Plan.Size, err = strconv.Atoi(p.Size); err != nil {
			return s.sampleTrouble(w, r, who, p, "draw", problem.Field("size", "Write how many items to draw, as a number."))
		}
	}
	round, err := s.Samples.Draw(r.Context(), who.Actor, id, p.Plan, s.Now())
	if err != nil {
		return s.sampleTrouble(w, r, who, p, "draw", err)
	}
	said := plural(round.Size, "item is", "items are") + " in the selection."
	if round.Note != "" {
		said += fmt.Sprintf(" The seed comes from the checkpoint of %s leaves that was signed just now.", group(int(round.LogSize)))
	}
	return back(w, r, orgPath(who.Slug(), "samples", id), said)
}

// fieldOf is the name of the field of one judgement.
func fieldOf(item, attribute string) string { return "r-" + item + "-" + attribute }

// marksOf reads the judgements of a form. The one reason that the matrix has for an
// item belongs to what is no plain pass, and to what is judged anew.
func marksOf(r *http.Request, sel audit.Selection, only string) []audit.Mark {
	var out []audit.Mark
	for _, i := range sel.Items {
		if only != "" && i.ID != only {
			continue
		}
		for _, a := range sel.Attributes {
			name := fieldOf(i.ID, a.Letter)
			if _, sent := r.Form[name]; !sent {
				continue
			}
			m := audit.Mark{Item: i.ID, Attribute: a.Letter, Result: audit.Result(r.FormValue(name))}
			if own, ok := r.Form["why-"+i.ID+"-"+a.Letter]; ok {
				m.Reason = own[0]
			} else if was, judged := i.Found[a.Letter]; judged && was.Result != m.Result || !judged && (m.Result == audit.Exception || m.Result == audit.NotApplicable) {
				m.Reason = r.FormValue("why-" + i.ID)
			}
			out = append(out, m)
		}
	}
	return out
}

func seenIn(r *http.Request) time.Time {
	us, err := strconv.ParseInt(r.FormValue("seen"), 10, 64)
	if err != nil || us <= 0 {
		return time.Time{}
	}
	return db.Time(us)
}

// postJudge writes what was found, for all items of a page at once:
// POST /o/{org}/samples/{population}/judge.
func (s *Server) postJudge(w http.ResponseWriter, r *http.Request, who visitor) error {
	id := r.PathValue("population")
	sel, err := s.Samples.Selection(r.Context(), who.Actor, id)
	if err != nil {
		return err
	}
	if err := r.ParseForm(); err != nil {
		return err
	}
	n, err := s.Samples.Judge(r.Context(), who.Actor, id, marksOf(r, sel, ""), seenIn(r), s.Now())
	if err != nil {
		typed := map[string]string{}
		for k := range r.Form {
			typed[k] = r.FormValue(k)
		}
		return s.sampleTrouble(w, r, who, populationPage{Typed: typed}, "judge", err)
	}
	said := plural(n, "result is", "results are") + " recorded."
	if n == 0 {
		said = "Nothing was different, so nothing was recorded."
	}
	to := query(orgPath(who.Slug(), "samples", id), "show", r.FormValue("show"), "page", r.FormValue("page"))
	return back(w, r, to, said)
}

// pickedPage is one item with its history.
type pickedPage struct {
	frame
	Population audit.Population
	Item       audit.Item
	Attributes []audit.Attribute
	History    []audit.Judgement
	Prev, Next string
	Other      *audit.Item // it replaces, or that took its place
	Seen       int64
	Offered    []offeredItem
	Links      map[string][]offeredItem // by attribute: the evidence behind the last judgement
	CanJudge   bool
	CanReplace bool
	Typed      map[string]string
	Problem    *problem.Error
}

// getPicked shows it: GET /o/{org}/samples/{population}/items/{item}.
func (s *Server) getPicked(w http.ResponseWriter, r *http.Request, who visitor) error {
	return s.showPicked(w, r, who, http.StatusOK, pickedPage{})
}

func (s *Server) showPicked(w http.ResponseWriter, r *http.Request, who visitor, status int, p pickedPage) error {
	var err error
	if p.Population, err = s.Samples.Find(r.Context(), who.Actor, r.PathValue("population")); err != nil {
		return err
	}
	sel, err := s.Samples.Selection(r.Context(), who.Actor, p.Population.ID)
	if err != nil {
		return err
	}
	at := slices.IndexFunc(sel.Items, func(i audit.Item) bool { return i.ID == r.PathValue("item") })
	if at < 0 {
		return problem.New(problem.NotFound, "There is no such item in this selection.")
	}
	p.Item, p.Attributes = sel.Items[at], sel.Attributes
	if p.History, err = s.Samples.History(r.Context(), who.Actor, p.Item.ID); err != nil {
		return err
	}
	if len(p.History) > 0 {
		p.Seen = db.Micros(p.History[0].At)
	}
	to := func(i int) string {
		return orgPath(who.Slug(), "samples", p.Population.ID, "items", sel.Items[i].ID)
	}
	if at > 0 {
		p.Prev = to(at - 1)
	}
	if at+1 < len(sel.Items) {
		p.Next = to(at + 1)
	}
	for k, i := range sel.Items {
		if i.ID == p.Item.Replaces || i.ID == p.Item.ReplacedBy {
			p.Other = &sel.Items[k]
		}
	}
	if err := s.offerEvidence(r, who, &p); err != nil {
		return err
	}
	exception := slices.ContainsFunc(slices.Collect(maps.Values(p.Item.Found)), func(j audit.Judgement) bool { return j.Result == audit.Exception })
	p.CanJudge = who.Can(access.JudgeSamples) && p.Item.ReplacedBy == "" && !p.Population.Erased() && len(p.Attributes) > 0
	p.CanReplace = who.Can(access.DrawSamples) && p.Item.ReplacedBy == "" && !p.Population.Erased() && !exception && (p.Item.Method.Seeded() || p.Item.Method == audit.Replacement)
	p.frame = s.frame(w, r, who, "samples", fmt.Sprintf("Item %d", p.Item.Place), crumb{"Sampling", orgPath(who.Slug(), "samples")}, crumb{p.Population.Name, orgPath(who.Slug(), "samples", p.Population.ID)})
	return s.render(w, r, status, showPicked(p))
}

// postPicked writes what was found of one item: POST /o/{org}/samples/{population}/items/{item}.
func (s *Server) postPicked(w http.ResponseWriter, r *http.Request, who visitor) error {
	id, item := r.PathValue("population"), r.PathValue("item")
	sel, err := s.Samples.Selection(r.Context(), who.Actor, id)
	if err != nil {
		return err
	}
	if err := r.ParseForm(); err != nil {
		return err
	}
	marks := marksOf(r, sel, item)
	if r.FormValue("offered") == "yes" { // the form had a list of evidence to tick
		for i := range marks {
			marks[i].Evidence = append([]string{}, r.Form["evidence"]...)
			if marks[i].Result == audit.Open {
				marks[i].Evidence = nil
			}
		}
	}
	if _, err := s.Samples.Judge(r.Context(), who.Actor, id, marks, seenIn(r), s.Now()); err != nil {
		p := pickedPage{Typed: map[string]string{}, Problem: problem.Of(err)}
		if p.Problem.Code != problem.Invalid && p.Problem.Code != problem.Conflict {
			return err
		}
		for k := range r.Form {
			p.Typed[k] = r.FormValue(k)
		}
		return s.showPicked(w, r, who, statusOf(p.Problem.Code), p)
	}
	return back(w, r, orgPath(who.Slug(), "samples", id, "items", item), "Recorded.")
}

// postReplace takes the next item of the order instead:
// POST /o/{org}/samples/{population}/items/{item}/replace.
func (s *Server) postReplace(w http.ResponseWriter, r *http.Request, who visitor) error {
	id, item := r.PathValue("population"), r.PathValue("item")
	if _, err := s.Samples.Replace(r.Context(), who.Actor, id, item, r.FormValue("reason"), s.Now()); err != nil {
		p := problem.Of(err)
		if p.Code != problem.Invalid && p.Code != problem.Conflict {
			return err
		}
		return s.showPicked(w, r, who, statusOf(p.Code), pickedPage{Problem: p})
	}
	return back(w, r, orgPath(who.Slug(), "samples", id), "The next item of the order took its place.")
}

// againPage says how to draw the same items without Toucan.
type againPage struct {
	frame
	Population audit.Population
	Seeded     audit.Round
	Has        bool // a round was seeded
	Drawn      []audit.Item
	Strata     bool
	CanExport  bool
}

// getAgain shows it: GET /o/{org}/samples/{population}/again.
func (s *Server) getAgain(w http.ResponseWriter, r *http.Request, who visitor) error {
	x, err := s.Samples.Find(r.Context(), who.Actor, r.PathValue("population"))
	if err != nil {
		return err
	}
	sel, err := s.Samples.Selection(r.Context(), who.Actor, x.ID)
	if err != nil {
		return err
	}
	p := againPage{Population: x, CanExport: who.Can(access.ExportReports)}
	p.Seeded, p.Has = sel.Seeded()
	p.Strata = p.Seeded.Method == audit.Stratified
	for _, i := range sel.Items {
		if len(p.Drawn) < 10 && (i.Method.Seeded() || i.Method == audit.Replacement) {
			p.Drawn = append(p.Drawn, i)
		}
	}
	p.frame = s.frame(w, r, who, "samples", "Check the draw", crumb{"Sampling", orgPath(who.Slug(), "samples")}, crumb{x.Name, orgPath(who.Slug(), "samples", x.ID)})
	return s.render(w, r, http.StatusOK, showAgain(p))
}

// getSampleExport hands a table out: the rows as they were hashed, or the items
// with what was found: GET /o/{org}/samples/{population}/export?what=population|results.
func (s *Server) getSampleExport(w http.ResponseWriter, r *http.Request, who visitor) error {
	x, err := s.Samples.Find(r.Context(), who.Actor, r.PathValue("population"))
	if err != nil {
		return err
	}
	var file bytes.Buffer
	what := r.FormValue("what")
	switch what {
	case "population":
		rows, err := s.Samples.Rows(r.Context(), who.Actor, x.ID, 1, audit.MaxRows)
		if err != nil {
			return err
		}
		data, err := audit.Canonical(x.Columns, rows)
		if err != nil {
			return err
		}
		file.Write(data)
	case "results":
		sel, err := s.Samples.Selection(r.Context(), who.Actor, x.ID)
		if err != nil {
			return err
		}
		if err := document.WriteCSV(&file, audit.Results(x, sel)); err != nil {
			return err
		}
	default:
		return problem.New(problem.Invalid, "Two tables leave from here: population and results. Choose one of them on the page.")
	}
	h := w.Header()
	h.Set("Content-Type", "text/csv; charset=utf-8")
	h.Set("Content-Disposition", fmt.Sprintf("attachment; filename=%q", fmt.Sprintf("%s-%s-%s.csv", who.Slug(), framework.IDFrom(x.Name), what)))
	h.Set("Cache-Control", "no-store")
	_, err = w.Write(file.Bytes())
	return quiet(err)
}
