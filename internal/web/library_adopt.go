package web

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/control"
	"github.com/toucan-grc/toucan/internal/crosswalk"
	"github.com/toucan-grc/toucan/internal/framework"
	"github.com/toucan-grc/toucan/internal/posture"
	"github.com/toucan-grc/toucan/internal/problem"
)

// adoptPage shows what adopting would do, before anything is written.
type adoptPage struct {
	frame
	Title     string
	Entries   []string
	Steps     []crosswalk.AdoptStep
	Counts    map[crosswalk.AdoptAction]int
	Gains     []gain
	Effort    crosswalk.Effort // of the controls that would be new
	Status    string
	RunBy     map[string]string // function, by entry
	Functions []function
	People    []option
	Falls     bool                   // a framework would have fewer requirements taken as met
	Left      int                    // controls here that say what an entry says, and are not part of this
	Widens    []*framework.Framework // their categories were never chosen, so that links alone set the scope
	Problem   *problem.Error
	As        map[string]string // as typed
}

// function is who runs some of the new controls.
type function struct {
	Name  string
	N     int
	Owner string
}

// gain is what adopting would close of one framework.
type gain struct {
	Framework   *framework.Framework
	Of          int
	Met, Then   int // taken as met, by covers or by tags: now, and right after
	Now         int
	Adopted     int // right after, as declared
	Operating   int // once the adopted controls operate
	Whole       int // that the library can close at all
	NewlyCloses []string
}

// getAdopt previews an adoption:
// GET /o/{org}/library/adopt?whole=yes|domain=|framework=&n=|entry=AC-01,AC-02&status=.
func (s *Server) getAdopt(w http.ResponseWriter, r *http.Request, who visitor) error {
	b, err := s.shelf.open(r.Context(), who.Actor)
	if err != nil {
		return err
	}
	entries, title, err := b.chosen(r)
	if err != nil {
		return err
	}
	return s.previewAdopt(w, r, who, b, http.StatusOK, adoptPage{Entries: entries, Title: title, As: map[string]string{}})
}

// chosen returns the entries a request speaks of, and what they are called.
func (b *book) chosen(r *http.Request) ([]string, string, error) {
	if err := r.ParseForm(); err != nil {
		return nil, "", err
	}
	var out []string
	lib := b.reach.Library
	switch domain, id := r.FormValue("domain"), r.FormValue("framework"); {
	case r.FormValue("whole") != "":
		for _, e := range lib.Entries {
			out = append(out, e.Code)
		}
		return out, "Adopt the whole library", nil
	case r.FormValue("have") != "":
		for _, c := range b.Controls {
			if o, ok := b.origin(c); ok && !o.Adopted {
				out = append(out, o.Entry.Code)
			}
		}
		return out, "Attach what you have", nil
	case domain != "":
		for _, e := range lib.Entries {
			if e.Domain == domain {
				out = append(out, e.Code)
			}
		}
		return out, "Adopt the domain " + domain, nil
	case id != "":
		f, ok := b.library.Frameworks.Find(id)
		if !ok {
			return nil, "", problem.New(problem.NotFound, "There is no framework %q here. Choose one of the list.", id)
		}
		plan := b.reach.PlanFor(f, b.taken(), b.outside(f))
		n, err := strconv.Atoi(r.FormValue("n"))
		if err != nil || n < 1 {
			n = len(plan.Steps)
		}
		out = plan.First(n)
		return out, fmt.Sprintf("Adopt %s for %s", plural(len(out), "control", "controls"), f.Short), nil
	}
	for _, list := range r.Form["entry"] {
		for code := range strings.SplitSeq(list, ",") {
			if code = strings.TrimSpace(code); code != "" && !slices.Contains(out, code) {
				out = append(out, code)
			}
		}
	}
	if len(out) > 2*len(lib.Entries) {
		return nil, "", problem.Field("entry", "That is more than the library holds. Choose from the list.")
	}
	return out, "Adopt " + plural(len(out), "control", "controls"), nil
}

// taken names the entries that are adopted.
func (b *book) taken() map[string]bool {
	out := map[string]bool{}
	for _, a := range b.Adopted {
		out[a.Entry] = true
	}
	return out
}

// plan reads the rest of the form: status, owners and codes.
func (p *adoptPage) plan(r *http.Request, lib *control.Library) crosswalk.AdoptPlan {
	plan := crosswalk.AdoptPlan{Entries: p.Entries, Status: control.Status(r.FormValue("status")), Owners: map[string]string{}, As: map[string]string{}}
	for _, f := range lib.Functions() {
		if owner := r.FormValue("owner-" + f); owner != "" {
			plan.Owners[f] = owner
		}
	}
	for _, code := range p.Entries {
		if as := strings.TrimSpace(r.FormValue("as-" + code)); as != "" {
			plan.As[code] = as
		}
	}
	p.As = plan.As
	return plan
}

func (s *Server) previewAdopt(w http.ResponseWriter, r *http.Request, who visitor, b *book, status int, p adoptPage) error {
	plan := p.plan(r, b.reach.Library)
	if plan.Status == "" {
		plan.Status = control.Planned
	}
	p.Status = string(plan.Status)
	var taken []crosswalk.Adoption
	for _, a := range b.Adoptions {
		taken = append(taken, a)
	}
	steps, err := b.reach.Prepare(plan, b.Controls, taken, b.rhythm.said)
	if err != nil {
		if p.Problem = problem.Of(err); p.Problem.Field != "as" {
			return err
		}
		status, plan.As = http.StatusUnprocessableEntity, nil // show the rows again, with what was typed
		if steps, err = b.reach.Prepare(plan, b.Controls, taken, b.rhythm.said); err != nil {
			return err
		}
	}
	p.Steps, p.Counts = steps, map[crosswalk.AdoptAction]int{}
	p.RunBy = map[string]string{}
	p.fill(b, plan)
	for id, person := range b.People {
		p.People = append(p.People, option{id, person.Name})
	}
	slices.SortFunc(p.People, func(x, y option) int { return strings.Compare(x.Text, y.Text) })
	p.People = append([]option{{"", "Nobody yet"}}, p.People...)
	p.frame = s.frame(w, r, who, "library", "Adopt", crumb{"Library", orgPath(who.Slug(), "library")})
	p.frame.Title = p.Title
	return s.render(w, r, status, showAdopt(p))
}

// fill counts what the steps do and what they close.
func (p *adoptPage) fill(b *book, plan crosswalk.AdoptPlan) {
	after := slices.Clone(b.Adopted)
	var fresh []control.Entry
	runs := map[string]int{}
	for _, st := range p.Steps {
		p.Counts[st.Action]++
		e, _ := b.reach.Library.Find(st.Entry)
		p.RunBy[st.Entry] = e.OwnerFunction
		if st.Action != crosswalk.AdoptNew && st.Action != crosswalk.AdoptAttach {
			continue
		}
		links := b.reach.Links(st.Entry)
		if st.Action == crosswalk.AdoptNew {
			fresh = append(fresh, e)
			runs[e.OwnerFunction]++
		}
		after = append(after, posture.Adopted{Code: st.Code, Entry: st.Entry, Status: st.Control.Status, Links: links})
	}
	for _, name := range b.reach.Library.Functions() {
		if runs[name] > 0 {
			p.Functions = append(p.Functions, function{name, runs[name], plan.Owners[name]})
		}
	}
	p.Effort = crosswalk.EffortOf(fresh)
	for _, c := range b.Controls {
		if o, ok := b.origin(c); ok && !o.Adopted && !slices.Contains(p.Entries, o.Entry.Code) {
			p.Left++
		}
	}
	for _, f := range b.Enabled {
		if _, chosen := b.Scope.Categories[f.ID]; !chosen && len(f.Categories()) > 0 {
			p.Widens = append(p.Widens, f)
		}
		g, out := gain{Framework: f}, b.outside(f)
		before, then, running := b.meets(f), posture.OwnCoverage(f, after, b.reach), posture.OwnCoverage(f, operated(after), b.reach)
		for _, q := range f.Asked() {
			if out[q.ID] {
				continue
			}
			g.Of++
			was, is := before[q.ID].Coverage.Closed(), then[q.ID].Coverage.Closed()
			for of, closed := range map[*int]bool{&g.Now: was, &g.Adopted: is, &g.Operating: running[q.ID].Coverage.Closed(),
				&g.Whole: len(b.reach.Ways(framework.Ref{Framework: f.ID, ID: q.ID})) > 0} {
				if closed {
					*of++
				}
			}
			if is && !was {
				g.NewlyCloses = append(g.NewlyCloses, q.ID)
			}
		}
		g.Met, g.Then = b.metBy(f, before), b.metBy(f, then)
		p.Falls = p.Falls || g.Then < g.Met
		p.Gains = append(p.Gains, g)
	}
}

// postAdopt adopts what was previewed: POST /o/{org}/library/adopt.
func (s *Server) postAdopt(w http.ResponseWriter, r *http.Request, who visitor) error {
	b, err := s.shelf.open(r.Context(), who.Actor)
	if err != nil {
		return err
	}
	entries, title, err := b.chosen(r)
	if err != nil {
		return err
	}
	p := adoptPage{Entries: entries, Title: title}
	res, err := s.Crosswalk.Adopt(r.Context(), who.Actor, p.plan(r, b.reach.Library), s.Now())
	if err != nil {
		if p.Problem = problem.Of(err); p.Problem.Field != "as" {
			return err
		}
		return s.previewAdopt(w, r, who, b, http.StatusUnprocessableEntity, p)
	}
	return back(w, r, orgPath(who.Slug(), "library"), adoptedSentence(res)+s.moved(r, who, b))
}

// moved says how many requirements of the followed frameworks are closed now,
// where that is another number than before.
func (s *Server) moved(r *http.Request, who visitor, before *book) string {
	after, err := s.shelf.open(r.Context(), who.Actor)
	if err != nil {
		return "" // it is done; only the sentence is missing, and the page will say it
	}
	said, n := "", 0
	for _, f := range after.Enabled {
		was, is := before.reaches(f).Closed, after.reaches(f)
		if was != is.Closed && n < 4 {
			n++
			said += fmt.Sprintf(" %s: %d of %d closed, before %d.", f.Short, is.Closed, is.Of, was)
		}
	}
	return said
}

func adoptedSentence(res crosswalk.AdoptResult) string {
	var parts []string
	for _, x := range []struct {
		n    int
		text string
	}{{len(res.Created), "entered"}, {len(res.Attached), "attached to what you had"}, {len(res.Unchanged), "adopted before"}, {len(res.Clashes), "left alone, because another control has the code"}} {
		if x.n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", x.n, x.text))
		}
	}
	said := "Of the library: " + strings.Join(parts, ", ") + "."
	if res.Links > 0 {
		said += " " + plural(res.Links, "link is", "links are") + " new."
	}
	return said
}

// planPage shows in which order the library closes most of a framework.
type planPage struct {
	frame
	Plan     crosswalk.Plan
	N        int
	Choices  []option
	Marks    []planMark
	Curve    string // points of the line
	CanAdopt bool
}

// planMark is a point of the plan worth choosing.
type planMark struct {
	N, Closed int
	Why       string
}

// getPlan shows it: GET /o/{org}/library/plan?framework=&n=.
func (s *Server) getPlan(w http.ResponseWriter, r *http.Request, who visitor) error {
	b, err := s.shelf.open(r.Context(), who.Actor)
	if err != nil {
		return err
	}
	id := r.FormValue("framework")
	if id == "" && len(b.Enabled) > 0 {
		id = b.Enabled[0].ID
	}
	f, ok := b.library.Frameworks.Find(id)
	if !ok {
		f = b.library.Frameworks.Frameworks[0]
	}
	p := planPage{Plan: b.reach.PlanFor(f, b.taken(), b.outside(f)), CanAdopt: who.Can(access.AdoptControls)}
	if p.N, err = strconv.Atoi(r.FormValue("n")); err != nil || p.N < 1 || p.N > len(p.Plan.Steps) {
		p.N = p.Plan.Knee
	}
	if p.N == 0 {
		p.N = len(p.Plan.Steps)
	}
	for _, x := range b.library.Frameworks.Frameworks {
		p.Choices = append(p.Choices, option{x.ID, x.Title})
	}
	p.Marks = planMarks(p.Plan)
	p.Curve = curve(p.Plan)
	p.frame = s.frame(w, r, who, "library", "Plan", crumb{"Library", orgPath(who.Slug(), "library")})
	p.frame.Title = "Plan for " + f.Short
	return s.render(w, r, http.StatusOK, showPlan(p))
}

// planMarks names the points of a plan worth choosing: half of what it closes, the
// point from which each control closes less than one requirement, and all of it.
func planMarks(plan crosswalk.Plan) []planMark {
	var out []planMark
	add := func(n int, why string) {
		if n > 0 && !slices.ContainsFunc(out, func(m planMark) bool { return m.N == n }) {
			out = append(out, planMark{n, plan.Steps[n-1].Closed, why})
		}
	}
	half := (plan.Closed - plan.Before + 1) / 2
	for i, st := range plan.Steps {
		if st.Closed-plan.Before >= half && half > 0 {
			add(i+1, "half of what it closes")
			break
		}
	}
	add(plan.Knee, "after these, each further control closes less than one requirement")
	for i := len(plan.Steps); i > 0; i-- {
		if !plan.Steps[i-1].Partial {
			add(i, "everything the library can close")
			break
		}
	}
	add(len(plan.Steps), "and what it has for those it cannot complete")
	return out
}

// curve is the line of closed requirements over adopted controls, in a box of 100 by 40.
func curve(plan crosswalk.Plan) string {
	var s strings.Builder
	n, of := len(plan.Steps), plan.Of
	if n == 0 || of == 0 {
		return ""
	}
	fmt.Fprintf(&s, "0,%.2f", 40-40*float64(plan.Before)/float64(of))
	for i, st := range plan.Steps {
		fmt.Fprintf(&s, " %.2f,%.2f", 100*float64(i+1)/float64(n), 40-40*float64(st.Closed)/float64(of))
	}
	return s.String()
}
