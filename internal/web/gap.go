package web

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/framework"
	"github.com/toucan-grc/toucan/internal/gap"
	"github.com/toucan-grc/toucan/internal/problem"
)

// gapPage is the gap analysis of the organisation's own controls.
type gapPage struct {
	frame
	From, To  *framework.Framework
	Froms     []option
	Tos       []option
	Report    *gap.Report // nil when there is nothing to analyse
	Query     gapQuery
	Pills     []pill
	Themes    []themed
	Theme     []option
	Groups    []gapGroup
	Shown     int
	CanExport bool
	NothingIn bool // the organisation has no control
}

// gapQuery is what a person asked for.
type gapQuery struct{ From, To, State, Theme, Text string }

func (q gapQuery) with(path, state string) string {
	return query(path, "from", q.From, "to", q.To, "state", state, "theme", q.Theme, "text", q.Text)
}

// gapGroup is a theme with its requirements.
type gapGroup struct {
	Title string
	Rows  []gap.Requirement
}

// getGap shows it: GET /o/{org}/gap?from=&to=&state=&theme=&text=.
func (s *Server) getGap(w http.ResponseWriter, r *http.Request, who visitor) error {
	b, err := s.shelf.open(r.Context(), who.Actor)
	if err != nil {
		return err
	}
	p := gapPage{CanExport: who.Can(access.ExportReports), NothingIn: len(b.Controls) == 0}
	p.Query = gapQuery{r.FormValue("from"), r.FormValue("to"), r.FormValue("state"), r.FormValue("theme"), strings.TrimSpace(r.FormValue("text"))}
	p.From, p.To = b.pair(p.Query.From, p.Query.To)
	for _, f := range b.library.Frameworks.Frameworks {
		if n := b.taggedTo(f); n > 0 {
			p.Froms = append(p.Froms, option{f.ID, f.Title})
		}
		p.Tos = append(p.Tos, option{f.ID, f.Title})
	}
	p.frame = s.frame(w, r, who, "gap", "Gap analysis")
	if p.From == nil || p.To == nil {
		return s.render(w, r, http.StatusOK, showGap(p))
	}
	p.Query.From, p.Query.To = p.From.ID, p.To.ID
	if p.Report, err = b.report(p.From, p.To); err != nil {
		return err
	}
	list, _, err := b.lines(p.To, p.From)
	if err != nil {
		return err
	}
	p.Themes = strips(who.Slug(), p.To, list)
	path := p.path("gap")
	p.Pills = statePills(path, frameworkQuery{}, list)
	for i, pl := range p.Pills {
		state := pl.Mark
		if state == "info" {
			state = "net_new"
		}
		p.Pills[i].To, p.Pills[i].On = p.Query.with(path, state), p.Query.State == state
	}
	p.Theme = []option{{"", "All themes"}}
	for _, t := range p.Themes {
		p.Theme = append(p.Theme, option{t.Theme.ID, t.Theme.ID + " " + t.Theme.Label})
	}
	fq := frameworkQuery{State: p.Query.State, Theme: p.Query.Theme, Text: p.Query.Text}
	for i, q := range p.Report.Requirements {
		if !fq.takes(list[i]) {
			continue
		}
		p.Shown++
		if n := len(p.Groups); n == 0 || p.Groups[n-1].Title != q.Group {
			p.Groups = append(p.Groups, gapGroup{Title: q.Group})
		}
		g := &p.Groups[len(p.Groups)-1]
		g.Rows = append(g.Rows, q)
	}
	return s.render(w, r, http.StatusOK, showGap(p))
}

// pair picks the two frameworks: those asked for, else the one that is followed
// without controls of its own, read through the source that says most about it.
func (b *book) pair(from, to string) (*framework.Framework, *framework.Framework) {
	f, fromAsked := b.library.Frameworks.Find(from)
	t, toAsked := b.library.Frameworks.Find(to)
	if !toAsked {
		t = b.mostOpen(f)
	}
	if !fromAsked && t != nil {
		var tagged []*framework.Framework
		for _, list := range [][]*framework.Framework{b.Enabled, b.library.Frameworks.Frameworks} {
			for _, x := range list {
				if x.ID != t.ID && b.taggedTo(x) > 0 {
					tagged = append(tagged, x)
				}
			}
			if len(tagged) > 0 { // adopted controls are tagged to all there is; what is followed comes first
				break
			}
		}
		f = b.nearest(t, tagged)
	}
	if f != nil && t != nil && f.ID == t.ID {
		return f, nil
	}
	return f, t
}

// mostOpen returns the framework whose gap is most likely asked about: followed
// and without controls of its own, else followed and with most that is not taken
// as met, else the other side of the first set of the stack that starts at something tagged. from is left out.
func (b *book) mostOpen(from *framework.Framework) *framework.Framework {
	for _, f := range b.Enabled {
		if (from == nil || f.ID != from.ID) && b.taggedTo(f) == 0 {
			return f
		}
	}
	var most *framework.Framework
	open := -1
	for _, f := range b.Enabled {
		if n := len(f.Asked()) - len(b.outside(f)) - b.metBy(f, b.meets(f)); (from == nil || f.ID != from.ID) && n > open {
			most, open = f, n
		}
	}
	if most != nil {
		return most
	}
	for _, id := range b.Stack.IDs {
		set, ok := b.library.Set(id)
		if !ok || len(set.Edges) == 0 {
			continue
		}
		one, _ := b.library.Frameworks.Find(set.Edges[0].Source.Framework)
		other, _ := b.library.Frameworks.Find(set.Edges[0].Target.Framework)
		if one == nil || other == nil {
			continue
		}
		switch tagged, tags := b.taggedTo(one), b.taggedTo(other); {
		case tagged > 0 && tags == 0:
			return other
		case tags > 0 && tagged == 0:
			return one
		}
	}
	return nil
}

// exports are the forms a report leaves in.
var exports = []struct {
	key, words, kind string
	write            func(io.Writer, *gap.Report) error
}{
	{"xlsx", "Spreadsheet (XLSX)", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", gap.WriteXLSX},
	{"csv", "Table (CSV)", "text/csv; charset=utf-8", gap.WriteCSV},
	{"html", "Page to send (HTML)", "text/html; charset=utf-8", gap.WriteHTML},
	{"json", "Data (JSON)", "application/json", gap.WriteJSON},
}

// getGapExport hands the report out as a file: GET /o/{org}/gap/export?from=&to=&format=.
func (s *Server) getGapExport(w http.ResponseWriter, r *http.Request, who visitor) error {
	b, err := s.shelf.open(r.Context(), who.Actor)
	if err != nil {
		return err
	}
	from, to := b.pair(r.FormValue("from"), r.FormValue("to"))
	if from == nil || to == nil {
		return problem.New(problem.Invalid, "Choose two different frameworks on the page of the gap analysis, then export.")
	}
	for _, e := range exports {
		if e.key != r.FormValue("format") {
			continue
		}
		report, err := b.report(from, to)
		if err != nil {
			return err
		}
		var file bytes.Buffer
		if err := e.write(&file, report); err != nil {
			return fmt.Errorf("write the report: %w", err)
		}
		h := w.Header()
		h.Set("Content-Type", e.kind)
		h.Set("Content-Disposition", fmt.Sprintf("attachment; filename=%q", fmt.Sprintf("gap-%s-%s-%s.%s", who.Slug(), from.ID, to.ID, e.key)))
		h.Set("Cache-Control", "no-store")
		_, err = w.Write(file.Bytes())
		return quiet(err)
	}
	return problem.New(problem.Invalid, "A report leaves as xlsx, csv, html or json. Choose one of the four on the page.")
}
