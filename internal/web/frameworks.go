package web

import (
	"net/http"
	"slices"
	"strings"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/framework"
	"github.com/toucan-grc/toucan/internal/gap"
	"github.com/toucan-grc/toucan/internal/problem"
)

// frameworksPage lists every standard that ships.
type frameworksPage struct {
	frame
	Followed, Others []frameworkRow
	CanSet           bool
}

// frameworkRow is one standard in the list.
type frameworkRow struct {
	Framework *framework.Framework
	Asked     int
	Operated  int // requirements with an operated control
	Tagged    int // controls tagged to it
	From      *framework.Framework
	Report    *gap.Report
	Older     bool     // another edition took its place
	Reach     reachRow // what adopted library controls close, without Report
}

// getFrameworks lists them: GET /o/{org}/frameworks.
func (s *Server) getFrameworks(w http.ResponseWriter, r *http.Request, who visitor) error {
	b, err := s.shelf.open(r.Context(), who.Actor)
	if err != nil {
		return err
	}
	p := frameworksPage{CanSet: who.Can(access.ManageFrameworks)}
	for _, f := range b.library.Frameworks.Frameworks {
		row := frameworkRow{Framework: f, Asked: len(f.Asked()), Operated: b.operated(f), Tagged: b.taggedTo(f), Older: b.versions(f).Upgraded != nil}
		if !b.enabled(f.ID) {
			p.Others = append(p.Others, row)
			continue
		}
		if row.From = b.through(f, ""); row.From != nil {
			if row.Report, err = b.report(row.From, f); err != nil {
				return err
			}
		} else if len(b.Adopted) > 0 {
			row.Reach = b.reaches(f)
		}
		p.Followed = append(p.Followed, row)
	}
	p.frame = s.frame(w, r, who, "frameworks", "Frameworks")
	return s.render(w, r, http.StatusOK, frameworkList(p))
}

// taggedTo counts the controls tagged to a framework.
func (b *book) taggedTo(f *framework.Framework) int {
	n := 0
	for _, refs := range b.Links {
		if slices.ContainsFunc(refs, func(r framework.Ref) bool { return r.Framework == f.ID }) {
			n++
		}
	}
	return n
}

// frameworkPage shows one standard: what it asks and how far each point is covered.
type frameworkPage struct {
	frame
	Framework *framework.Framework
	Enabled   bool
	CanSet    bool
	CanExport bool
	From      *framework.Framework // nil: by its own controls
	Sources   []*framework.Framework
	Report    *gap.Report
	Covered   bool     // read by its own controls, some of them adopted from the library
	Reach     reachRow // with Covered
	Themes    []themed
	Groups    []lineGroup
	Shown, Of int
	Pills     []pill
	Theme     []option
	Query     frameworkQuery
	Versions  versionNote
}

// frameworkQuery is what a person asked the list for.
type frameworkQuery struct{ Via, State, Theme, Text string }

func (q frameworkQuery) with(path, state string) string {
	return query(path, "via", q.Via, "state", state, "theme", q.Theme, "text", q.Text)
}

// lineGroup is a theme with its lines.
type lineGroup struct {
	Theme framework.Requirement
	Lines []line
}

// getFramework shows it: GET /o/{org}/frameworks/{framework}?via=&state=&theme=&text=.
func (s *Server) getFramework(w http.ResponseWriter, r *http.Request, who visitor) error {
	b, err := s.shelf.open(r.Context(), who.Actor)
	if err != nil {
		return err
	}
	f, err := b.framework(r)
	if err != nil {
		return err
	}
	q := frameworkQuery{Via: r.FormValue("via"), State: r.FormValue("state"), Theme: r.FormValue("theme"), Text: strings.TrimSpace(r.FormValue("text"))}
	p := frameworkPage{Versions: b.versions(f), Framework: f, Enabled: b.enabled(f.ID), CanSet: who.Can(access.ManageFrameworks),
		CanExport: who.Can(access.ExportReports), Query: q}
	p.From, p.Sources = b.through(f, q.Via), b.sources(f)
	list, report, err := b.lines(f, p.From)
	if err != nil {
		return err
	}
	p.Report, p.Of = report, len(list)
	if p.Covered = report == nil && len(b.meets(f)) > 0; p.Covered {
		p.Reach = b.reaches(f)
	}
	p.Themes = strips(who.Slug(), f, list)
	p.frame = s.frame(w, r, who, "frameworks", f.Title, crumb{"Frameworks", orgPath(who.Slug(), "frameworks")})
	p.Pills = statePills(p.path("frameworks", f.ID), q, list)
	p.Theme = []option{{"", "All themes"}}
	for _, t := range p.Themes {
		p.Theme = append(p.Theme, option{t.Theme.ID, t.Theme.ID + " " + t.Theme.Label})
	}
	for _, l := range list {
		if !q.takes(l) {
			continue
		}
		p.Shown++
		if n := len(p.Groups); n == 0 || p.Groups[n-1].Theme.ID != l.Theme.ID {
			p.Groups = append(p.Groups, lineGroup{Theme: l.Theme})
		}
		g := &p.Groups[len(p.Groups)-1]
		g.Lines = append(g.Lines, l)
	}
	return s.render(w, r, http.StatusOK, showFramework(p))
}

// takes reports whether the list shows the line.
func (q frameworkQuery) takes(l line) bool {
	switch {
	case q.State == "net_new" && !l.NetNew:
		return false
	case q.State != "" && q.State != "net_new" && q.State != l.Kind:
		return false
	case q.Theme != "" && q.Theme != l.Theme.ID:
		return false
	}
	return matches(q.Text, l.ID, l.Label)
}

// matches reports whether every word of the text is in one of the fields.
func matches(text string, fields ...string) bool {
	all := strings.ToLower(strings.Join(fields, "\n"))
	for word := range strings.FieldsSeq(strings.ToLower(text)) {
		if !strings.Contains(all, word) {
			return false
		}
	}
	return true
}

// statePills offers each state that occurs, with how often it does.
func statePills(path string, q frameworkQuery, list []line) []pill {
	n := map[string]int{}
	words := map[string]string{}
	var order []string
	for _, l := range list {
		if n[l.Kind] == 0 {
			order = append(order, l.Kind)
			words[l.Kind] = l.Words
		}
		n[l.Kind]++
		if l.NetNew {
			n["net_new"]++
		}
	}
	rank := []string{"full", "full_union", "full_attested", "partial", "candidate", "none", "not_applicable", ownOperated, ownWaiting, ownNone, ownLeft}
	slices.SortFunc(order, func(a, b string) int { return slices.Index(rank, a) - slices.Index(rank, b) })
	out := []pill{{Text: "All", N: len(list), To: q.with(path, ""), On: q.State == ""}}
	for _, k := range order {
		out = append(out, pill{Text: upperFirst(words[k]), N: n[k], To: q.with(path, k), On: q.State == k, Mark: k})
	}
	if n["net_new"] > 0 {
		out = append(out, pill{Text: "Net new", N: n["net_new"], To: q.with(path, "net_new"), On: q.State == "net_new", Mark: "info"})
	}
	return out
}

func upperFirst(s string) string {
	if s == "" {
		return s
	}
	return strings.ToUpper(s[:1]) + s[1:]
}

// framework returns the standard named in the path.
func (b *book) framework(r *http.Request) (*framework.Framework, error) {
	f, ok := b.library.Frameworks.Find(r.PathValue("framework"))
	if !ok {
		return nil, problem.New(problem.NotFound, "There is no framework %q here. Open the list of frameworks.", r.PathValue("framework"))
	}
	return f, nil
}

// postEnable begins to follow a framework: POST /o/{org}/frameworks/{framework}/enable.
func (s *Server) postEnable(w http.ResponseWriter, r *http.Request, who visitor) error {
	b, err := s.shelf.open(r.Context(), who.Actor)
	if err != nil {
		return err
	}
	f, err := b.framework(r)
	if err != nil {
		return err
	}
	if err := s.Crosswalk.Enable(r.Context(), who.Actor, f.ID, s.Now()); err != nil {
		return err
	}
	return back(w, r, orgPath(who.Slug(), "frameworks"), f.Title+" is followed from today on.")
}

// postDisable ends it, without touching what was true before: POST /o/{org}/frameworks/{framework}/disable.
func (s *Server) postDisable(w http.ResponseWriter, r *http.Request, who visitor) error {
	b, err := s.shelf.open(r.Context(), who.Actor)
	if err != nil {
		return err
	}
	f, err := b.framework(r)
	if err != nil {
		return err
	}
	if err := s.Crosswalk.Disable(r.Context(), who.Actor, f.ID, s.Now()); err != nil {
		return err
	}
	return back(w, r, orgPath(who.Slug(), "frameworks"), f.Title+" is no longer followed. Its links and its history stay.")
}

// postCategories chooses the optional parts: POST /o/{org}/frameworks/{framework}/categories.
func (s *Server) postCategories(w http.ResponseWriter, r *http.Request, who visitor) error {
	b, err := s.shelf.open(r.Context(), who.Actor)
	if err != nil {
		return err
	}
	f, err := b.framework(r)
	if err != nil {
		return err
	}
	if err := r.ParseForm(); err != nil {
		return err
	}
	ids := []string{}
	for _, c := range f.Categories() {
		if c.Mandatory || slices.Contains(r.Form["category"], c.Key) { // a browser does not send what cannot be unticked
			ids = append(ids, c.ID)
		}
	}
	if err := s.Crosswalk.SetCategories(r.Context(), who.Actor, f.ID, ids, s.Now()); err != nil {
		return err
	}
	return back(w, r, orgPath(who.Slug(), "settings", "frameworks"), "The categories of "+f.Title+" are set.")
}
