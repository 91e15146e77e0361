package web

import (
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/control"
	"github.com/toucan-grc/toucan/internal/crosswalk"
	"github.com/toucan-grc/toucan/internal/framework"
)

// controlsPage is the list of controls with its filters.
type controlsPage struct {
	frame
	Query   controlsQuery
	Rows    []controlRow
	Pager   pager
	All     int
	Pills   []pill
	Domains []option
	Owners  []option
	Linked  []option
	Hints   []option
	CanAdd  bool
	CanLoad bool
}

type controlRow struct {
	Control control.Control
	Owner   string
	Links   []framework.Ref
	Often   crosswalk.Effective
}

// controlsQuery is what a person asked the list for.
type controlsQuery struct {
	Text, Domain, Owner, Status, Framework, Requirement, Pending, Hint string
	Page                                                               int
}

func (q controlsQuery) address(path string) string {
	page := ""
	if q.Page > 1 {
		page = strconv.Itoa(q.Page)
	}
	return query(path, "text", q.Text, "domain", q.Domain, "owner", q.Owner, "status", q.Status, "framework", q.Framework, "requirement", q.Requirement, "pending", q.Pending, "hint", q.Hint, "page", page)
}

const perPage = 100

// getControls lists them: GET /o/{org}/controls?text=&domain=&owner=&status=&framework=&page=.
func (s *Server) getControls(w http.ResponseWriter, r *http.Request, who visitor) error {
	b, err := s.shelf.open(r.Context(), who.Actor)
	if err != nil {
		return err
	}
	q := controlsQuery{
		Text: strings.TrimSpace(r.FormValue("text")), Domain: r.FormValue("domain"), Owner: r.FormValue("owner"),
		Status: r.FormValue("status"), Framework: r.FormValue("framework"), Requirement: r.FormValue("requirement"), Pending: r.FormValue("pending"), Hint: r.FormValue("hint"),
	}
	q.Page, _ = strconv.Atoi(r.FormValue("page"))
	q.Page = max(1, q.Page)
	pending := map[string]bool{}
	if q.Pending != "" {
		list, err := s.Controls.PendingVersions(r.Context(), who.Actor)
		if err != nil {
			return err
		}
		for _, v := range list {
			pending[v.Code] = true
		}
	}
	var found []int
	counts := statusCounts{}
	for i, c := range b.Controls {
		if !q.takes(b, c) || (q.Pending != "" && !pending[c.Code]) || !b.hinted(i, q.Hint) {
			continue
		}
		counts = counts.with(c.Status)
		if q.Status == "" || q.Status == statusKind(c.Status) {
			found = append(found, i)
		}
	}
	p := controlsPage{Query: q, All: len(b.Controls), CanAdd: who.Can(access.EditControls), CanLoad: who.Can(access.ImportInventory)}
	p.frame = s.frame(w, r, who, "controls", "Controls")
	path := p.path("controls")
	from := min((q.Page-1)*perPage, len(found))
	to := min(from+perPage, len(found))
	for _, i := range found[from:to] {
		c := b.Controls[i]
		p.Rows = append(p.Rows, controlRow{c, b.owner(c), b.Links[c.ID], crosswalk.EffectiveFrequency(b.performed(c), b.rhythm.asked)})
	}
	p.Pager = pager{From: from + 1, To: to, Of: len(found)}
	if q.Page > 1 {
		back := q
		back.Page--
		p.Pager.Prev = back.address(path)
	}
	if to < len(found) {
		on := q
		on.Page++
		p.Pager.Next = on.address(path)
	}
	p.Pills = counts.pills(path, q)
	p.Domains, p.Owners, p.Linked = b.controlChoices()
	p.Hints = hintOptions()
	return s.render(w, r, http.StatusOK, controlList(p))
}

// takes reports whether everything but the status fits.
func (q controlsQuery) takes(b *book, c control.Control) bool {
	switch {
	case q.Domain != "" && q.Domain != c.Domain:
		return false
	case q.Owner == "nobody" && c.Owner != "":
		return false
	case q.Owner != "" && q.Owner != "nobody" && q.Owner != c.Owner:
		return false
	case q.Framework == "none" && len(b.Links[c.ID]) > 0:
		return false
	case q.Requirement != "" && !slices.Contains(b.Links[c.ID], framework.Ref{Framework: q.Framework, ID: q.Requirement}):
		return false
	case q.Framework != "" && q.Framework != "none" && !slices.ContainsFunc(b.Links[c.ID], func(r framework.Ref) bool { return r.Framework == q.Framework }):
		return false
	}
	return q.Text == "" || matches(q.Text, c.Code, c.Title, c.Statement, c.Domain, b.owner(c))
}

func (n statusCounts) with(s control.Status) statusCounts {
	n.All++
	switch s {
	case control.Operated:
		n.Operated++
	case control.OnPaper:
		n.OnPaper++
	case control.Planned:
		n.Planned++
	default:
		n.Unknown++
	}
	return n
}

func (n statusCounts) pills(path string, q controlsQuery) []pill {
	q.Page = 0
	var out []pill
	for _, c := range []struct {
		status, words string
		n             int
	}{{"", "All", n.All}, {"operated", "Operated", n.Operated}, {"on_paper", "On paper", n.OnPaper}, {"planned", "Planned", n.Planned}, {"unknown", "Not declared", n.Unknown}} {
		on := q
		on.Status = c.status
		out = append(out, pill{Text: c.words, N: c.n, To: on.address(path), On: q.Status == c.status, Mark: c.status})
	}
	return out
}

// controlChoices lists what the filters offer.
func (b *book) controlChoices() (domains, owners, linked []option) {
	domains, owners, linked = []option{{"", "All domains"}}, []option{{"", "All owners"}, {"nobody", "Nobody yet"}}, []option{{"", "All frameworks"}}
	seenDomain, seenOwner, seenFramework := map[string]bool{}, map[string]bool{}, map[string]bool{}
	for _, c := range b.Controls {
		if c.Domain != "" && !seenDomain[c.Domain] {
			seenDomain[c.Domain] = true
			domains = append(domains, option{c.Domain, c.Domain})
		}
		if c.Owner != "" && !seenOwner[c.Owner] {
			seenOwner[c.Owner] = true
			owners = append(owners, option{c.Owner, b.owner(c)})
		}
		for _, ref := range b.Links[c.ID] {
			seenFramework[ref.Framework] = true
		}
	}
	slices.SortFunc(domains[1:], func(x, y option) int { return strings.Compare(x.Text, y.Text) })
	slices.SortFunc(owners[2:], func(x, y option) int { return strings.Compare(x.Text, y.Text) })
	for _, f := range b.library.Frameworks.Frameworks {
		if seenFramework[f.ID] {
			linked = append(linked, option{f.ID, f.Short})
		}
	}
	return domains, owners, append(linked, option{"none", "No framework"})
}
