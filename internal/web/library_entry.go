package web

import (
	"net/http"
	"slices"
	"strings"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/control"
	"github.com/toucan-grc/toucan/internal/crosswalk"
	"github.com/toucan-grc/toucan/internal/framework"
	"github.com/toucan-grc/toucan/internal/problem"
)

// entryPage shows one control of the library, and how the adopted one differs.
type entryPage struct {
	frame
	Row        entryRow
	Owner      string
	Adoption   crosswalk.Adoption
	Digest     string // of the entry as it is now
	Waits      bool   // a changed text of the adopted control waits for a second person
	Mapped     []mappedGroup
	Intervals  []control.Interval
	Kinds      []control.EvidenceKind
	Covers     []coverRow
	CanAdopt   bool
	Prev, Next string
}

// mappedGroup is what an entry counts for in one framework.
type mappedGroup struct {
	Framework *framework.Framework
	Rows      []mappedRow
	Followed  bool
}

type mappedRow struct {
	Link  crosswalk.Link
	Label string
}

// coverRow is a requirement that the entry helps to complete.
type coverRow struct {
	Cover  crosswalk.Cover
	Label  string
	Others []string
}

// getEntry shows it: GET /o/{org}/library/{code}.
func (s *Server) getEntry(w http.ResponseWriter, r *http.Request, who visitor) error {
	b, err := s.shelf.open(r.Context(), who.Actor)
	if err != nil {
		return err
	}
	rows := b.entries()
	i := slices.IndexFunc(rows, func(row entryRow) bool { return strings.EqualFold(row.Entry.Code, r.PathValue("code")) })
	if i < 0 {
		return problem.New(problem.NotFound, "The library has no control %q. Open the library and search there.", r.PathValue("code"))
	}
	p := entryPage{Row: rows[i], CanAdopt: who.Can(access.AdoptControls), Digest: b.reach.Digest(rows[i].Entry.Code)}
	e := p.Row.Entry
	if p.Row.adopted() {
		p.Adoption, p.Owner = b.Adoptions[p.Row.Control.ID], b.owner(p.Row.Control)
		pending, err := s.Controls.PendingVersions(r.Context(), who.Actor)
		if err != nil {
			return err
		}
		p.Waits = slices.ContainsFunc(pending, func(v control.Version) bool { return v.ID == p.Row.Control.ID })
	}
	for _, f := range b.library.Frameworks.Frameworks {
		g := mappedGroup{Framework: f, Followed: b.enabled(f.ID)}
		for _, l := range b.reach.Links(e.Code) {
			if l.Ref.Framework == f.ID {
				g.Rows = append(g.Rows, mappedRow{l, b.label(l.Ref)})
			}
		}
		if len(g.Rows) > 0 {
			p.Mapped = append(p.Mapped, g)
		}
	}
	slices.SortStableFunc(p.Mapped, func(x, y mappedGroup) int { return boolRank(y.Followed) - boolRank(x.Followed) })
	p.Intervals = b.reach.Library.IntervalsOf(e.Code)
	for _, k := range e.Evidence {
		kind, _ := b.reach.Library.Kind(k)
		p.Kinds = append(p.Kinds, kind)
	}
	for _, c := range b.reach.Covers {
		if slices.Contains(c.Controls, e.Code) && b.enabled(c.Target.Framework) {
			p.Covers = append(p.Covers, coverRow{c, b.label(c.Target), slices.DeleteFunc(slices.Clone(c.Controls), func(x string) bool { return x == e.Code })})
		}
	}
	if i > 0 {
		p.Prev = orgPath(who.Slug(), "library", rows[i-1].Entry.Code)
	}
	if i+1 < len(rows) {
		p.Next = orgPath(who.Slug(), "library", rows[i+1].Entry.Code)
	}
	p.frame = s.frame(w, r, who, "library", e.Code, crumb{"Library", orgPath(who.Slug(), "library")})
	p.frame.Title = e.Code + " " + e.Title
	return s.render(w, r, http.StatusOK, showEntry(p))
}

func boolRank(b bool) int {
	if b {
		return 1
	}
	return 0
}

// label returns what a requirement is called, or nothing.
func (b *book) label(ref framework.Ref) string {
	if f, ok := b.library.Frameworks.Find(ref.Framework); ok {
		q, _ := f.Find(ref.ID)
		return q.Label
	}
	return ""
}

// postUpdate takes over parts of a newer wording, or the library's words where
// they were edited here: POST /o/{org}/library/{code}/update.
func (s *Server) postUpdate(w http.ResponseWriter, r *http.Request, who visitor) error {
	if err := r.ParseForm(); err != nil {
		return err
	}
	code := r.PathValue("code")
	u := crosswalk.AdoptUpdate{Digest: r.FormValue("digest"), Fields: r.Form["field"], Links: r.FormValue("links") != ""}
	pending, err := s.Crosswalk.TakeUpdate(r.Context(), who.Actor, code, u, s.Now())
	if err != nil {
		return err
	}
	said := code + " now says what the library says, in the parts you chose."
	if pending {
		said = "The new title or statement waits for a second person to agree. Everything else is in force."
	}
	return back(w, r, orgPath(who.Slug(), "library", code), said)
}

// postDecline keeps one's own words: POST /o/{org}/library/{code}/decline.
func (s *Server) postDecline(w http.ResponseWriter, r *http.Request, who visitor) error {
	code := r.PathValue("code")
	if err := s.Crosswalk.DeclineUpdate(r.Context(), who.Actor, code, r.FormValue("digest"), s.Now()); err != nil {
		return err
	}
	return back(w, r, orgPath(who.Slug(), "library", code), "Noted: you keep your words. The next change of the library is offered again.")
}

// fromLibrary says where a control came from, for the page of the control.
type fromLibrary struct {
	Entry   control.Entry
	Adopted bool // else the library has a control that says the same
	Drift   crosswalk.Drift
	At      string
}

// origin returns it; false where the library has nothing like the control.
func (b *book) origin(c control.Control) (fromLibrary, bool) {
	if a, ok := b.Adoptions[c.ID]; ok {
		e, known := b.reach.Library.Find(a.Entry)
		if !known {
			e = a.Base.Entry
		}
		return fromLibrary{e, true, b.drift(c), a.At.UTC().Format("2 January 2006")}, true
	}
	e, ok := b.reach.Library.Find(c.Code)
	return fromLibrary{Entry: e}, ok && e.Says(c) && !b.taken()[e.Code]
}
