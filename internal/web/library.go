package web

import (
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/control"
	"github.com/toucan-grc/toucan/internal/crosswalk"
	"github.com/toucan-grc/toucan/internal/framework"
	"github.com/toucan-grc/toucan/internal/posture"
	"github.com/toucan-grc/toucan/internal/problem"
)

// libraryPage lists the controls that can be adopted, and what that would complete.
type libraryPage struct {
	frame
	All, Adopted, Operated, Edited, Newer int
	Frameworks                            []reachRow
	Rows                                  []entryRow
	Alike                                 int // controls that say what an entry says, and are not attached to it
	Query                                 libraryQuery
	Pills                                 []pill
	Domains, Mapped                       []option
	Areas                                 []domainRow
	CanAdopt, CanDeclare                  bool
}

// reachRow says what the library completes of one framework.
type reachRow struct {
	Framework *framework.Framework
	Of        int         // requirements
	Closed    int         // by adopted controls that operate
	Operating int         // once all adopted controls operate
	Whole     int         // once the whole library is adopted and operates
	Open      []openCover // what the library cannot complete
	Unstated  int         // requirements of which it does not say what would complete them
}

// openCover is a requirement that the library by itself does not complete.
type openCover struct {
	Cover    crosswalk.Cover
	Label    string
	Coverage posture.Coverage // by adopted controls as they stand; empty when none bears on it
}

// entryRow is one control of the library as it stands here.
type entryRow struct {
	Entry   control.Entry
	Control control.Control // the adopted one; no ID when there is none
	Drift   crosswalk.Drift
	Counts  []reachCount // links by framework that is followed
	Links   int          // to all frameworks
}

type reachCount struct {
	Framework *framework.Framework
	N         int
}

func (r entryRow) adopted() bool { return r.Control.ID != "" }

// domainRow is a domain of the library and how much of it is adopted.
type domainRow struct {
	Name           string
	All, Adopted   int
	To, Kind, Said string
}

// areas counts the domains; each leads to the preview of adopting it, or to its list.
func areas(slug string, rows []entryRow, adopt bool) []domainRow {
	var out []domainRow
	for _, row := range rows {
		i := slices.IndexFunc(out, func(a domainRow) bool { return a.Name == row.Entry.Domain })
		if i < 0 {
			i = len(out)
			out = append(out, domainRow{Name: row.Entry.Domain})
		}
		out[i].All++
		if row.adopted() {
			out[i].Adopted++
		}
	}
	for i, a := range out {
		out[i].To, out[i].Kind = query(orgPath(slug, "library"), "domain", a.Name), "operated"
		if a.Adopted < a.All {
			out[i].Kind = ownNone
			if a.Adopted > 0 {
				out[i].Kind = ownWaiting
			}
			if adopt {
				out[i].To = query(orgPath(slug, "library", "adopt"), "domain", a.Name)
			}
		}
		out[i].Said = fmt.Sprintf("%d of %d adopted", a.Adopted, a.All)
	}
	slices.SortFunc(out, func(x, y domainRow) int { return strings.Compare(x.Name, y.Name) })
	return out
}

// libraryQuery is what a person asked the list for.
type libraryQuery struct{ Text, Domain, Framework, State string }

func (q libraryQuery) address(path string) string {
	return query(path, "text", q.Text, "domain", q.Domain, "framework", q.Framework, "state", q.State)
}

func libraryQueryOf(r *http.Request) libraryQuery {
	return libraryQuery{strings.TrimSpace(r.FormValue("text")), r.FormValue("domain"), r.FormValue("framework"), r.FormValue("state")}
}

// entryStates are the filters of the list.
var entryStates = []struct {
	key, words, mark string
	is               func(entryRow) bool
}{
	{"", "All", "", func(entryRow) bool { return true }},
	{"new", "Not adopted", "untagged", func(r entryRow) bool { return !r.adopted() }},
	{"operated", "Operated", "operated", func(r entryRow) bool { return r.adopted() && r.Control.Status == control.Operated }},
	{"waiting", "Adopted, not operated", "waiting", func(r entryRow) bool { return r.adopted() && r.Control.Status != control.Operated }},
	{"edited", "Edited here", "info", func(r entryRow) bool { return r.adopted() && edited(r.Drift) }},
	{"newer", "Update available", "warn", func(r entryRow) bool { return r.adopted() && outdated(r.Drift) }},
}

func edited(d crosswalk.Drift) bool {
	return d.State == crosswalk.EditedHere || d.State == crosswalk.BothMoved
}

func outdated(d crosswalk.Drift) bool {
	return d.State == crosswalk.Newer || d.State == crosswalk.BothMoved
}

// getLibrary shows it: GET /o/{org}/library?text=&domain=&framework=&state=.
func (s *Server) getLibrary(w http.ResponseWriter, r *http.Request, who visitor) error {
	b, err := s.shelf.open(r.Context(), who.Actor)
	if err != nil {
		return err
	}
	p := libraryPage{Query: libraryQueryOf(r), CanAdopt: who.Can(access.AdoptControls), CanDeclare: who.Can(access.EditControls)}
	p.frame = s.frame(w, r, who, "library", "Library")
	rows := b.entries()
	p.All = len(rows)
	for _, c := range b.Controls {
		if o, ok := b.origin(c); ok && !o.Adopted {
			p.Alike++
		}
	}
	n := map[string]int{}
	for _, row := range rows {
		if !p.Query.fits(row) {
			continue
		}
		for _, st := range entryStates {
			if st.is(row) {
				n[st.key]++
				if st.key == p.Query.State {
					p.Rows = append(p.Rows, row)
				}
			}
		}
	}
	for _, row := range rows {
		for of, is := range map[*int]bool{&p.Adopted: row.adopted(), &p.Operated: row.adopted() && row.Control.Status == control.Operated, &p.Edited: row.adopted() && edited(row.Drift), &p.Newer: row.adopted() && outdated(row.Drift)} {
			if is {
				*of++
			}
		}
	}
	for _, st := range entryStates {
		q := p.Query
		q.State = st.key
		if n[st.key] > 0 || st.key == p.Query.State || st.key == "" {
			p.Pills = append(p.Pills, pill{Text: st.words, N: n[st.key], To: q.address(p.path("library")), On: st.key == p.Query.State, Mark: st.mark})
		}
	}
	p.Areas = areas(who.Slug(), rows, p.CanAdopt)
	for _, f := range b.Enabled {
		p.Frameworks = append(p.Frameworks, b.reaches(f))
	}
	p.Domains, p.Mapped = []option{{"", "All domains"}}, []option{{"", "All frameworks"}}
	for _, d := range b.reach.Library.Domains() {
		p.Domains = append(p.Domains, option{d, domainWords(d)})
	}
	for _, f := range b.library.Frameworks.Frameworks {
		p.Mapped = append(p.Mapped, option{f.ID, f.Short})
	}
	return s.render(w, r, http.StatusOK, showLibrary(p))
}

// fits reports whether everything but the state does.
func (q libraryQuery) fits(r entryRow) bool {
	e := r.Entry
	if q.Domain != "" && q.Domain != e.Domain {
		return false
	}
	if q.Framework != "" && !slices.ContainsFunc(r.Counts, func(c reachCount) bool { return c.Framework.ID == q.Framework }) {
		return false
	}
	return matches(q.Text, e.Code, e.Title, e.Statement, e.Domain, e.OwnerFunction, r.Control.Code)
}

// shown returns the rows that a query chooses.
func (b *book) shown(q libraryQuery) []entryRow {
	var out []entryRow
	for _, row := range b.entries() {
		for _, st := range entryStates {
			if st.key == q.State && st.is(row) && q.fits(row) {
				out = append(out, row)
			}
		}
	}
	return out
}

// entries lists the whole library as it stands here.
func (b *book) entries() []entryRow {
	kept := map[string]control.Control{}
	for _, c := range b.Controls {
		if a, ok := b.Adoptions[c.ID]; ok {
			kept[a.Entry] = c
		}
	}
	out := make([]entryRow, 0, len(b.reach.Library.Entries))
	for _, e := range b.reach.Library.Entries {
		row := entryRow{Entry: e, Control: kept[e.Code], Links: len(b.reach.Links(e.Code))}
		if row.adopted() {
			row.Drift = b.drift(row.Control)
		}
		per := map[string]int{}
		for _, l := range b.reach.Links(e.Code) {
			per[l.Ref.Framework]++
		}
		for _, f := range b.library.Frameworks.Frameworks {
			if per[f.ID] > 0 {
				row.Counts = append(row.Counts, reachCount{f, per[f.ID]})
			}
		}
		out = append(out, row)
	}
	return out
}

// reaches says what the library completes of a framework.
func (b *book) reaches(f *framework.Framework) reachRow {
	row := reachRow{Framework: f}
	now, operating := b.meets(f), posture.OwnCoverage(f, operated(b.Adopted), b.reach)
	out := b.outside(f)
	for _, q := range f.Asked() {
		ref := framework.Ref{Framework: f.ID, ID: q.ID}
		if out[q.ID] {
			continue
		}
		row.Of++
		if now[q.ID].Coverage.Closed() {
			row.Closed++
		}
		if operating[q.ID].Coverage.Closed() {
			row.Operating++
		}
		cover, stated := b.reach.Cover(ref)
		switch {
		case len(b.reach.Ways(ref)) > 0:
			row.Whole++
		case stated:
			row.Open = append(row.Open, openCover{cover, q.Label, now[q.ID].Coverage})
		default:
			row.Unstated++
		}
	}
	return row
}

// operated returns the same controls as if all of them ran.
func operated(list []posture.Adopted) []posture.Adopted {
	out := slices.Clone(list)
	for i := range out {
		out[i].Status = control.Operated
	}
	return out
}

// postLibrary does one thing to many controls of the list:
// POST /o/{org}/library with do=adopt|operated|on_paper|planned, which=ticked|shown.
func (s *Server) postLibrary(w http.ResponseWriter, r *http.Request, who visitor) error {
	b, err := s.shelf.open(r.Context(), who.Actor)
	if err != nil {
		return err
	}
	if err := r.ParseForm(); err != nil {
		return err
	}
	rows := b.picked(r)
	if r.FormValue("do") != "adopt" {
		return s.declare(w, r, who, b, rows)
	}
	if len(rows) == 0 {
		return problem.Field("entry", "Tick the controls to adopt, or choose all that are shown.")
	}
	codes := make([]string, len(rows))
	for i, row := range rows {
		codes[i] = row.Entry.Code
	}
	http.Redirect(w, r, orgPath(who.Slug(), "library", "adopt")+"?entry="+strings.Join(codes, ","), http.StatusSeeOther)
	return nil
}

// picked returns the rows that are ticked, or all that are shown.
func (b *book) picked(r *http.Request) []entryRow {
	if r.FormValue("which") == "shown" {
		return b.shown(libraryQueryOf(r))
	}
	return slices.DeleteFunc(b.entries(), func(row entryRow) bool { return !slices.Contains(r.Form["entry"], row.Entry.Code) })
}

// declare says of adopted controls how they stand.
func (s *Server) declare(w http.ResponseWriter, r *http.Request, who visitor, b *book, rows []entryRow) error {
	var codes []string
	for _, row := range rows {
		if row.adopted() {
			codes = append(codes, row.Control.Code)
		}
	}
	if len(codes) == 0 {
		return problem.Field("entry", "Tick controls that are adopted: only those have a status here.")
	}
	status := control.Status(r.FormValue("do"))
	out, err := s.Controls.Declare(r.Context(), who.Actor, codes, status, s.Now())
	if err != nil {
		return err
	}
	changed := 0
	for _, o := range out {
		if o.Updated {
			changed++
		}
	}
	said := plural(changed, "control is", "controls are") + " now declared " + status.Words() + "."
	if same := len(out) - changed; same > 0 {
		said += fmt.Sprintf(" %d were already.", same)
	}
	if left := len(rows) - len(codes); left > 0 {
		said += fmt.Sprintf(" %d of those chosen are not adopted yet and were left alone.", left)
	}
	return back(w, r, libraryQueryOf(r).address(orgPath(who.Slug(), "library")), said+s.moved(r, who, b))
}
