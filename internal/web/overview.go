package web

import (
	"context"
	"fmt"
	"net/http"
	"slices"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/framework"
	"github.com/toucan-grc/toucan/internal/gap"
	"github.com/toucan-grc/toucan/internal/isms"
)

// overviewPage is where somebody starts the day.
type overviewPage struct {
	frame
	Status   statusCounts
	Pending  int // texts that wait for a second person
	Standing []followedCard
	Tasks    []nextTask
	System   []nextTask    // what the management system asks; nil: it is not to be seen
	Operated *operatedSums // nil: there is no control
	CanSet   bool          // may enable frameworks
	CanAdd   bool          // may import
}

// followedCard is one enabled framework on the overview.
type followedCard struct {
	Framework *framework.Framework
	From      *framework.Framework // nil: by its own controls
	Report    *gap.Report          // nil without From
	Themes    []themed
	Operated  int
	Of        int
	Reach     reachRow // what adopted library controls close, without From
}

// nextTask is one thing to do next, with the page to do it on.
type nextTask struct{ What, Why, To, Mark string }

// getOverview shows how things stand: GET /o/{org}.
func (s *Server) getOverview(w http.ResponseWriter, r *http.Request, who visitor) error {
	b, err := s.shelf.open(r.Context(), who.Actor)
	if err != nil {
		return err
	}
	p := overviewPage{Status: countStatus(b.Controls), CanSet: who.Can(access.ManageFrameworks), CanAdd: who.Can(access.ImportInventory)}
	var open []nextTask
	for _, f := range b.Enabled {
		from := b.through(f, "")
		list, report, err := b.lines(f, from)
		if err != nil {
			return err
		}
		left := b.leftOut(f)
		st := followedCard{Framework: f, From: from, Report: report, Themes: strips(who.Slug(), f, inScope(list)), Operated: b.operated(f), Of: len(list) - len(left)}
		if report == nil && len(b.meets(f)) > 0 {
			st.Reach = b.reaches(f)
			open = append(open, ownTasks(who.Slug(), f, inScope(list))...)
		}
		p.Standing = append(p.Standing, st)
	}
	if who.Can(access.ViewControls) {
		pending, err := s.Controls.PendingVersions(r.Context(), who.Actor)
		if err != nil {
			return err
		}
		p.Pending = len(pending)
		for _, v := range pending {
			p.Tasks = append(p.Tasks, nextTask{What: "Agree to a changed text", Why: v.Code + " " + v.Title + ", changed by " + v.ByName, To: orgPath(who.Slug(), "control", v.Code)})
		}
	}
	if p.System, err = s.systemTasks(r.Context(), who, b); err != nil {
		return err
	}
	if len(b.People) == 0 && who.Can(access.ManagePeople) {
		p.Tasks = append(p.Tasks, nextTask{What: "Enter the people of the company", Why: "Owners, auditors and holders of roles are chosen among them.", To: orgPath(who.Slug(), "people")})
	}
	if len(b.Adopted) == 0 && who.Can(access.AdoptControls) {
		p.Tasks = append(p.Tasks, libraryTask(b, who.Slug()))
	}
	p.Tasks = append(append(p.Tasks, s.nextTasks(b, who.Slug(), p)...), open...)
	if len(p.Tasks) > 8 {
		p.Tasks = p.Tasks[:8]
	}
	if p.Status.All > 0 {
		if p.Operated, err = s.operatedSums(r.Context(), who, s.Now()); err != nil {
			return err
		}
	}
	p.frame = s.frame(w, r, who, "overview", "Overview")
	p.frame.Crumbs = []crumb{{Text: who.Org}, {Text: "Overview"}}
	return s.render(w, r, http.StatusOK, overview(p))
}

// systemTasks are what the management system says to do next; nil where ISO 27001 is
// not followed, or who looks may not see it.
func (s *Server) systemTasks(ctx context.Context, who visitor, b *book) ([]nextTask, error) {
	if !who.Can(access.ViewISMS) || !slices.ContainsFunc(b.Enabled, func(f *framework.Framework) bool { return f.ID == isms.ProgrammeFramework }) {
		return nil, nil
	}
	h, err := s.ISMS.Home(ctx, who.Actor, s.Now())
	if err != nil {
		return nil, err
	}
	out := []nextTask{}
	for _, n := range h.Next() {
		out = append(out, nextTask{n.Title, n.Why, orgPath(who.Slug(), n.To...), n.Mark})
	}
	return out, nil
}

// libraryTask offers the library to an organisation that never used it.
func libraryTask(b *book, slug string) nextTask {
	why := plural(len(b.reach.Library.Entries), "control", "controls") + " to adopt, each written once for all frameworks."
	for _, f := range b.Enabled {
		if r := b.reaches(f); b.taggedTo(f) == 0 && r.Whole > 0 {
			why = fmt.Sprintf("Adopted and operated, it completes %d of %d %s of %s in design.", r.Whole, r.Of, f.Nouns, f.Short)
			break
		}
	}
	return nextTask{What: "Adopt controls from the library", Why: why, To: orgPath(slug, "library")}
}

// ownTasks lists the first task of what adopted library controls leave open.
func ownTasks(slug string, f *framework.Framework, list []line) []nextTask {
	var out []nextTask
	for _, l := range list {
		if l.First != "" && len(out) < 4 {
			out = append(out, nextTask{What: l.ID + " " + l.Label, Why: l.First, To: orgPath(slug, "frameworks", f.ID, l.ID)})
		}
	}
	return out
}

// nextTasks lists what to do next: what nobody owns, what only paper holds, and
// the first task of what is net new or open.
func (s *Server) nextTasks(b *book, slug string, p overviewPage) []nextTask {
	var out []nextTask
	if n := p.Status.Unowned; n > 0 {
		out = append(out, nextTask{What: "Give " + plural(n, "control", "controls") + " an owner", Why: "Nobody answers for them yet.", To: query(orgPath(slug, "controls"), "owner", "nobody")})
	}
	if n := p.Status.Unknown; n > 0 {
		out = append(out, nextTask{What: "Declare the status of " + plural(n, "control", "controls"), Why: "What nobody declared counts for nothing.", To: query(orgPath(slug, "controls"), "status", "unknown")})
	}
	for _, st := range p.Standing {
		if st.Report == nil {
			continue
		}
		for _, netNew := range []bool{true, false} {
			for _, q := range st.Report.Requirements {
				if len(out) >= 10 {
					return out
				}
				if p.System != nil && isms.KeptBySystem(st.Framework.ID, q.ID) {
					continue
				}
				if q.NetNew == netNew && (q.Coverage == "none" || (netNew && !q.Coverage.Closed() && q.Coverage != "not_applicable")) {
					out = append(out, nextTask{What: fmt.Sprintf("%s %s", q.ID, q.Label), Why: q.FirstTask, To: orgPath(slug, "frameworks", st.Framework.ID, q.ID)})
				}
			}
		}
	}
	return out
}

// getKeys names the keys, for those without a script: GET /o/{org}/keys.
func (s *Server) getKeys(w http.ResponseWriter, r *http.Request, who visitor) error {
	return s.render(w, r, http.StatusOK, keysPage(s.frame(w, r, who, "", "Keyboard")))
}
