package web

import (
	"bytes"
	"context"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/isms"
	"github.com/toucan-grc/toucan/internal/problem"
	"github.com/toucan-grc/toucan/internal/sheet"
	"github.com/toucan-grc/toucan/internal/upload"
)

// statementRows is how many rows a page shows: the whole of Annex A stands on one.
const statementRows = 100

// statementPage is the list.
type statementPage struct {
	frame
	Query     statementQuery
	Pills     []pill
	Groups    []statementGroup
	Pages     pager
	Lints     []isms.LintGroup
	Stops     int
	Counts    isms.StatementCounts
	Latest    *isms.StatementVersion // approved last
	Waits     *isms.StatementVersion
	Followed  bool
	CanChange bool
	Themes    []option
	Edit      *statementForm // the row that is open
	Back      string         // the list as it is now
}

// statementGroup is the rows of one theme that are shown.
type statementGroup struct {
	Title string
	Rows  []statementLineView
}

// statementLineView is one row of the list.
type statementLineView struct {
	isms.StatementRow
	To, EditTo string
	Entry      isms.StatementEntry
	Newest     string
	Remarks    []isms.StatementLint // without those that another column shows
	Open       bool                 // in the form
}

// statementQuery narrows the list.
type statementQuery struct {
	Show, Text, Theme, Claim, Derived, Lint, Edit, Page string
}

// showPills are the ways to look at the statement, the first one at everything.
var showPills = []struct {
	key, text string
	fits      func(isms.StatementRow) bool
}{
	{"", "All", func(isms.StatementRow) bool { return true }},
	{"included", "Included", func(r isms.StatementRow) bool { return r.Included }},
	{"excluded", "Left out", func(r isms.StatementRow) bool { return !r.Included }},
	{"differs", "Claim and derived differ", func(r isms.StatementRow) bool {
		return r.Agreement == isms.ClaimAhead || r.Agreement == isms.ClaimBehind
	}},
	{"remarks", "With remarks", func(r isms.StatementRow) bool { return len(r.Lints) > 0 }},
	{"new", "New in 2022", func(r isms.StatementRow) bool { return r.New }},
	{"own", "Our own", func(r isms.StatementRow) bool { return r.Custom }},
}

func (q statementQuery) at(path string) string {
	return query(path, "show", q.Show, "text", q.Text, "theme", q.Theme, "claim", q.Claim, "derived", q.Derived, "lint", q.Lint, "page", q.Page)
}

func readStatementQuery(v url.Values) statementQuery {
	t := func(name string) string { return strings.TrimSpace(v.Get(name)) }
	return statementQuery{t("show"), t("text"), t("theme"), t("claim"), t("derived"), t("lint"), t("edit"), t("page")}
}

const ownTheme = "own"

func themeOf(r isms.StatementRow) string {
	if r.Custom {
		return ownTheme
	}
	return r.Theme.ID
}

// fits reports whether a row passes the filters beside the pills.
func (q statementQuery) fits(r *isms.StatementRow) bool {
	if q.Theme != "" && themeOf(*r) != q.Theme || q.Derived != "" && string(r.Status.State) != q.Derived {
		return false
	}
	if q.Claim == "none" && (!r.Included || r.Claim != isms.ClaimNone) || q.Claim != "" && q.Claim != "none" && string(r.Claim) != q.Claim {
		return false
	}
	if q.Lint != "" && !slices.ContainsFunc(r.Lints, func(l isms.StatementLint) bool { return string(l.Kind) == q.Lint }) {
		return false
	}
	return q.Text == "" || matches(q.Text, r.Code, r.Title, r.WhyOut, r.Note, r.OwnerName)
}

// getStatement shows the list: GET /o/{org}/isms/statement?show=&text=&theme=&claim=&derived=&lint=&edit=&page=.
func (s *Server) getStatement(w http.ResponseWriter, r *http.Request, who visitor) error {
	return s.showStatement(w, r, who, http.StatusOK, readStatementQuery(r.URL.Query()), nil)
}

func (s *Server) showStatement(w http.ResponseWriter, r *http.Request, who visitor, status int, q statementQuery, form *statementForm) error {
	live, err := s.ISMS.Statement(r.Context(), who.Actor, s.Now())
	if err != nil {
		return err
	}
	b, err := s.shelf.open(r.Context(), who.Actor)
	if err != nil {
		return err
	}
	p := statementPage{Query: q, Lints: live.LintGroups(), Stops: len(live.Stops()), Counts: live.Counts(), Followed: b.enabled(isms.StatementFramework), CanChange: who.Can(access.ManageISMS)}
	if err := p.versions(r.Context(), s, who); err != nil {
		return err
	}
	p.frame = s.frame(w, r, who, "soa", "Statement of applicability")
	p.frame.Tabs = statementTabs(who.Slug(), "rows")
	p.Back = q.at(statementPath(who.Slug()))
	if p.CanChange && q.Edit != "" {
		if row, ok := live.Row(q.Edit); ok {
			if p.Edit = form; p.Edit == nil {
				f := statementFormOf(live, row, b)
				p.Edit = &f
			}
			p.Edit.Back, p.Edit.SeesRisks = p.Back, who.Can(access.ViewRisks)
		}
	}
	p.fill(live, who.Slug())
	return s.render(w, r, status, showStatementList(p))
}

// versions finds what was approved last and what waits.
func (p *statementPage) versions(ctx context.Context, s *Server, who visitor) error {
	list, err := s.ISMS.StatementVersions(ctx, who.Actor)
	for i, v := range list {
		switch {
		case v.State == isms.VersionSent:
			p.Waits = &list[i]
		case v.State == isms.VersionApproved && p.Latest == nil:
			p.Latest = &list[i]
		}
	}
	return err
}

// fill narrows the rows and puts them into groups.
func (p *statementPage) fill(live *isms.Statement, slug string) {
	path, counts := statementPath(slug), make([]int, len(showPills))
	var found []int
	for i := range live.Rows {
		r := &live.Rows[i]
		if t := themeOf(*r); len(p.Themes) == 0 || p.Themes[len(p.Themes)-1].Value != t {
			p.Themes = append(p.Themes, option{t, themeTitle(*r)})
		}
		if !p.Query.fits(r) {
			continue
		}
		for k, x := range showPills {
			if x.fits(*r) {
				if counts[k]++; x.key == p.Query.Show {
					found = append(found, i)
				}
			}
		}
	}
	for k, x := range showPills {
		q := p.Query
		q.Show, q.Page = x.key, ""
		p.Pills = append(p.Pills, pill{Text: x.text, To: q.at(path), N: counts[k], On: x.key == p.Query.Show})
	}
	shown, pages := paged(found, p.Query.Page, statementRows, func(n string) string {
		q := p.Query
		q.Page = n
		return q.at(path)
	})
	p.Pages = pages
	for _, i := range shown {
		r := live.Rows[i]
		title := themeTitle(r)
		if n := len(p.Groups); n == 0 || p.Groups[n-1].Title != title {
			p.Groups = append(p.Groups, statementGroup{Title: title})
		}
		g := &p.Groups[len(p.Groups)-1]
		g.Rows = append(g.Rows, p.line(r, live, slug))
	}
}

func themeTitle(r isms.StatementRow) string {
	if r.Custom {
		return "Controls of our own"
	}
	return r.Theme.ID + " " + r.Theme.Label
}

func (p *statementPage) line(r isms.StatementRow, live *isms.Statement, slug string) statementLineView {
	v := statementLineView{StatementRow: r, To: statementPath(slug, "rows", r.Code), Entry: r.Entry()}
	q := p.Query.at(statementPath(slug))
	sep := "?"
	if strings.Contains(q, "?") {
		sep = "&"
	}
	v.EditTo = q + sep + "edit=" + url.QueryEscape(r.Code) + "#row-" + url.PathEscape(r.Code)
	if t := r.Judged.Evidence.Newest; !t.IsZero() {
		v.Newest = dayWords(dateIn(t, live.Zone))
	}
	for _, l := range r.Lints {
		if !slices.Contains(shownElsewhere, l.Kind) {
			v.Remarks = append(v.Remarks, l)
		}
	}
	v.Open = p.Edit != nil && p.Edit.Code == r.Code
	return v
}

// shownElsewhere are remarks that a column of the list shows by being empty.
var shownElsewhere = []isms.LintKind{isms.LintInNoReason, isms.LintNoClaim, isms.LintNoOwner, isms.LintAhead, isms.LintBehind}

// sub is the line under the title.
func (p statementPage) sub() string {
	text := "Every control of Annex A and your own: whether it applies, why, and how far it is implemented."
	if p.Latest != nil {
		return text + " Approved last: version " + strconv.Itoa(p.Latest.Number) + "."
	}
	return text + " No version was approved yet."
}

// lintTo is the list narrowed to the rows of a remark.
func (p statementPage) lintTo(g isms.LintGroup) string {
	if g.Kind == isms.LintUntreated {
		return p.path("risks")
	}
	return query(p.path("isms", "statement"), "lint", string(g.Kind))
}

// statementRegister lends the statement the pages on which a register is imported.
func statementRegister() register {
	return register{Path: []string{"isms", "statement"}, Here: "soa", Title: "Statement of applicability", One: "row", Many: "rows of the statement",
		Tabs: func(slug string) []pill { return statementTabs(slug, "") }, View: access.ViewISMS, Change: access.ManageISMS, Columns: isms.StatementColumns, Purpose: upload.ISMS,
		Plan: func(ctx context.Context, s *Server, who visitor, sh *sheet.Sheet) (sheet.Plan, error) {
			return s.ISMS.PlanStatement(ctx, who.Actor, sh, s.Now())
		},
		Enter: func(ctx context.Context, s *Server, who visitor, sh *sheet.Sheet) (sheet.Plan, error) {
			return s.ISMS.ImportStatement(ctx, who.Actor, sh, s.Now())
		}}
}

// statementPaper is the statement as it stands, or the version that was asked for.
func (s *Server) statementPaper(r *http.Request, who visitor) (isms.StatementPaper, error) {
	if id := r.FormValue("version"); id != "" {
		return s.ISMS.StatementVersionPaper(r.Context(), who.Actor, id)
	}
	return s.ISMS.StatementPaper(r.Context(), who.Actor, s.Now())
}

// getStatementExport hands it out: GET /o/{org}/isms/statement/export?format=&version=.
func (s *Server) getStatementExport(w http.ResponseWriter, r *http.Request, who visitor) error {
	p, err := s.statementPaper(r, who)
	if err != nil {
		return err
	}
	var b bytes.Buffer
	name := p.File()
	var kind string
	switch r.FormValue("format") {
	case "", "csv":
		name, kind, err = name+".csv", "text/csv; charset=utf-8", p.WriteCSV(&b)
	case "xlsx":
		name, kind, err = name+".xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", p.WriteXLSX(&b)
	case "oscal":
		name, kind, err = name+".oscal.json", "application/json", p.WriteOSCAL(&b)
	case "pdf":
		var data []byte
		data, err = p.PDF()
		b.Write(data)
		name, kind = name+".pdf", "application/pdf"
	default:
		return problem.Field("format", "The statement leaves as csv, xlsx, oscal or pdf. Choose one of them.")
	}
	if err != nil {
		return err
	}
	return sendFile(w, kind, who.Slug()+"-"+name, b.Bytes())
}

// getStatementDocument shows it as a page to read and to print: GET
// /o/{org}/isms/statement/document?version=.
func (s *Server) getStatementDocument(w http.ResponseWriter, r *http.Request, who visitor) error {
	p, err := s.statementPaper(r, who)
	if err != nil {
		return err
	}
	f := s.frame(w, r, who, "soa", p.Title(), crumb{"Statement of applicability", statementPath(who.Slug())})
	f.Tabs = statementTabs(who.Slug(), "document")
	to := func(format string) string {
		return query(statementPath(who.Slug(), "export"), "format", format, "version", r.FormValue("version"))
	}
	return s.showReport(w, r, f, p.Report(), registerAct{Text: "XLSX", Icon: "download", To: to("xlsx")}, registerAct{Text: "CSV", Icon: "download", To: to("csv")}, registerAct{Text: "OSCAL", Icon: "download", To: to("oscal")})
}
