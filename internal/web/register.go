package web

import (
	"bytes"
	"cmp"
	"context"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/a-h/templ"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/problem"
	"github.com/toucan-grc/toucan/internal/sheet"
	"github.com/toucan-grc/toucan/internal/upload"
)

// register is the list of one noun: how it is shown, narrowed and changed many at
// once, and how it comes and goes as a file. The noun says what its rows are; the
// pages are the same for all.
type register struct {
	Path         []string // below the organisation, such as "systems", "sites"
	Here         string   // entry of the navigation
	Title, Sub   string
	One, Many    string // "site", "sites"
	Crumbs       func(slug string) []crumb
	Tabs         func(slug string) []pill // of the pages it belongs to, this one marked; nil: none
	View, Change access.Action
	Class        string // more for the style sheet, or empty

	Rows func(ctx context.Context, s *Server, who visitor) (registerRows, error)
	New  string         // last part of the address of an empty form; empty: nobody adds one by hand
	Bulk []registerBulk // what can be done to many at once

	// A register without columns neither comes nor goes as a file; one without Plan
	// only goes.
	Columns func() []sheet.Column
	Export  func(ctx context.Context, s *Server, who visitor) ([][]string, error)
	Purpose upload.Purpose
	Plan    func(ctx context.Context, s *Server, who visitor, sh *sheet.Sheet) (sheet.Plan, error)
	Enter   func(ctx context.Context, s *Server, who visitor, sh *sheet.Sheet) (sheet.Plan, error)

	Icon, None, First string // while there is nothing: what is missing, and what to do first
}

// registerRows are what a register holds, and how it can be narrowed.
type registerRows struct {
	Heads   []registerHead // of the cells; the first column, code and name, has none
	Rows    []registerRow
	Filters []registerFilter // the first is shown as pills with numbers
	Above   templ.Component  // shown between the title and the list, or nil
	Acts    []registerAct    // more buttons beside the title
}

// begins says whether something ships to begin with.
func (r registerRows) begins() bool {
	return slices.ContainsFunc(r.Acts, func(a registerAct) bool { return a.Begins })
}

// registerHead is the heading of a column.
type registerHead struct {
	Text string
	Num  bool // a number, aligned to the right
	Wide bool // left out where there is little room
	Mid  bool // a mark in the middle
}

// registerRow is one entry. Gone ones, such as what was retired, are only shown
// where a filter asks for them.
type registerRow struct {
	ID              string
	Code, Name, Sub string
	To              string                // address of its page
	Cells           func() []registerCell // made for a row that is shown, and for all when they are searched or sorted by one
	Facets          map[string][]string   // values of the filters, by name
	Gone            bool
}

// registerCell is one cell of a row.
type registerCell struct {
	Text   string
	Sub    string          // a second, fainter line
	Mark   string          // kind of the chip the text is shown as; empty: plain text
	To     string          // address it leads to, or empty
	Person bool            // the text is the name of a person, or empty for nobody
	Draw   templ.Component // shown instead of the text, which is still searched and sorted by; nil: the text
	Order  string          // what it is sorted by, when the text does not do; the same length sorts numbers
}

// registerFilter is one way to narrow a list.
type registerFilter struct {
	Name, Label string
	Options     []option // without the one for everything
	All         string   // what everything is called, such as "All kinds"
}

// registerAct is a button beside the title.
type registerAct struct {
	Text, Icon, To string
	Begins         bool // the best way to begin while there is nothing
}

// registerBulk is something done to many entries at once.
type registerBulk struct {
	Key, Text string
	Ask       func(ctx context.Context, s *Server, who visitor) ([]registerAsked, error) // fields of the form; nil: none
	Do        func(ctx context.Context, s *Server, who visitor, ids []string, form url.Values) (done string, err error)
}

// registerAsked is a field of a form about many entries.
type registerAsked struct {
	input
	Options []option // a choice among these; nil: a line of text, or Long text
	Long    bool
}

// registers lists all of them; a test opens every page.
func registers() []register {
	return slices.Concat(systemRegisters(), vendorRegisters(), riskRegisters(), findingRegisters(), statementRegisters(), contextRegisters(), cycleRegisters(), deviceRegisters())
}

// registerRoutes are the pages of every register.
func registerRoutes() []route {
	var out []route
	for _, g := range registers() {
		at := "/o/{org}/" + strings.Join(g.Path, "/")
		out = append(out, route{"GET", at, member, g.View, 0, g.getList})
		if g.Columns != nil {
			out = append(out, route{"GET", at + "/export", member, g.View, 0, g.getExport})
		}
		if g.Plan != nil {
			out = append(out, route{"GET", at + "/import", member, g.Change, 0, g.getImport},
				route{"POST", at + "/import", member, g.Change, uploadLimit, g.postImport},
				route{"POST", at + "/import/confirm", member, g.Change, 0, g.postConfirm})
		}
		if len(g.Bulk) > 0 {
			out = append(out, route{"GET", at + "/many", member, g.Change, 0, g.getMany}, route{"POST", at + "/many", member, g.Change, 0, g.postMany})
		}
	}
	return out
}

const registerPageSize = 100

// registerPage is the list.
type registerPage struct {
	frame
	register
	Held      registerRows
	Query     url.Values
	Pills     []pill
	Shown     []registerRow
	All       int // entries, gone ones too
	Pager     pager
	CanChange bool
	CanEnter  bool
}

// at is an address below the register.
func (g register) at(f frame, parts ...string) string {
	return f.path(append(slices.Clone(g.Path), parts...)...)
}

// frame is the shell around one of its pages; title is that of a page below the list.
func (g register) frame(s *Server, w http.ResponseWriter, r *http.Request, who visitor, title string) frame {
	var above []crumb
	if g.Crumbs != nil {
		above = g.Crumbs(who.Slug())
	}
	if title != g.Title {
		above = append(above, crumb{g.Title, orgPath(who.Slug(), g.Path...)})
	}
	f := s.frame(w, r, who, g.Here, title, above...)
	if g.Tabs != nil {
		f.Tabs = g.Tabs(who.Slug())
	}
	return f
}

// getList shows the list: GET /o/{org}/{register}?text=&sort=&page= and the filters.
func (g register) getList(s *Server, w http.ResponseWriter, r *http.Request, who visitor) error {
	rows, err := g.Rows(r.Context(), s, who)
	if err != nil {
		return err
	}
	p := registerPage{register: g, Held: rows, Query: url.Values{}, All: len(rows.Rows), CanChange: who.Can(g.Change)}
	p.CanEnter = p.CanChange && g.Plan != nil
	for _, name := range p.names() {
		if v := strings.TrimSpace(r.FormValue(name)); v != "" {
			p.Query.Set(name, v)
		}
	}
	p.frame = g.frame(s, w, r, who, g.Title)
	found := p.narrowed()
	p.sorted(found)
	p.Shown, p.Pager = paged(found, r.FormValue("page"), registerPageSize, func(page string) string { return p.with("page", page) })
	return s.render(w, r, http.StatusOK, registerList(p))
}

// names are the values of the address that narrow and sort the list.
func (p *registerPage) names() []string {
	out := []string{"text", "sort"}
	for _, f := range p.Held.Filters {
		out = append(out, f.Name)
	}
	return out
}

// with is the address of the list with another value.
func (p registerPage) with(name, value string) string {
	q := url.Values{}
	for k, v := range p.Query {
		q[k] = v
	}
	q.Del("page")
	if q.Del(name); value != "" {
		q.Set(name, value)
	}
	if len(q) == 0 {
		return p.at(p.frame)
	}
	return p.at(p.frame) + "?" + q.Encode()
}

// narrowed returns the rows that fit, and counts those of each pill.
func (p *registerPage) narrowed() []registerRow {
	text := p.Query.Get("text")
	counts, every := map[string]int{}, 0
	var out []registerRow
	for _, row := range p.Held.Rows {
		if text != "" && !row.matches(text) || !p.fits(row) {
			continue
		}
		if len(p.Held.Filters) > 0 {
			for _, v := range row.Facets[p.Held.Filters[0].Name] {
				counts[v]++
			}
		}
		if !row.Gone {
			every++
		}
		if p.first(row) {
			out = append(out, row)
		}
	}
	if len(p.Held.Filters) > 0 {
		f := p.Held.Filters[0]
		on := p.Query.Get(f.Name)
		p.Pills = append(p.Pills, pill{Text: cmp.Or(f.All, "All"), To: p.with(f.Name, ""), N: every, On: on == ""})
		for _, o := range f.Options {
			p.Pills = append(p.Pills, pill{Text: o.Text, To: p.with(f.Name, o.Value), N: counts[o.Value], On: on == o.Value})
		}
	}
	return out
}

// first reports whether a row fits the pill; gone rows fit none but their own.
func (p *registerPage) first(row registerRow) bool {
	if len(p.Held.Filters) == 0 {
		return !row.Gone
	}
	on := p.Query.Get(p.Held.Filters[0].Name)
	if on == "" {
		return !row.Gone
	}
	return slices.Contains(row.Facets[p.Held.Filters[0].Name], on)
}

// fits reports whether a row fits the filters behind the first.
func (p *registerPage) fits(row registerRow) bool {
	for i, f := range p.Held.Filters {
		if v := p.Query.Get(f.Name); i > 0 && v != "" && !slices.Contains(row.Facets[f.Name], v) {
			return false
		}
	}
	return true
}

func (row registerRow) matches(text string) bool {
	fields := []string{row.Code, row.Name, row.Sub}
	for _, c := range row.Cells() {
		fields = append(fields, c.Text, c.Sub)
	}
	return matches(text, fields...)
}

// sorted puts rows in the order asked for: "0" by code, "1" and so on by column, a
// minus in front turns it round. Without a wish they stay as the noun gave them.
func (p *registerPage) sorted(rows []registerRow) {
	wish := p.Query.Get("sort")
	if wish == "" {
		return
	}
	text, down := strings.CutPrefix(wish, "-")
	n, err := strconv.Atoi(text)
	if err != nil || n < 0 || n > len(p.Held.Heads) {
		return
	}
	type keyed struct {
		by  string
		row registerRow
	}
	list := make([]keyed, len(rows))
	for i, row := range rows {
		list[i] = keyed{row.order(n), row}
	}
	slices.SortStableFunc(list, func(a, b keyed) int {
		if down {
			a, b = b, a
		}
		return strings.Compare(a.by, b.by)
	})
	for i := range list {
		rows[i] = list[i].row
	}
}

// order is what a row is sorted by in a column.
func (row registerRow) order(n int) string {
	if n == 0 {
		return strings.ToLower(row.Name)
	}
	cells := row.Cells()
	if n > len(cells) {
		return ""
	}
	c := cells[n-1]
	return cmp.Or(c.Order, strings.ToLower(c.Text))
}

// sortTo is the address that sorts by a column, or turns the order round.
func (p registerPage) sortTo(n int) string {
	if key := strconv.Itoa(n); p.Query.Get("sort") == key {
		return p.with("sort", "-"+key)
	}
	return p.with("sort", strconv.Itoa(n))
}

// sortedBy says for a screen reader how a column is sorted.
func (p registerPage) sortedBy(n int) string {
	switch p.Query.Get("sort") {
	case strconv.Itoa(n):
		return "ascending"
	case "-" + strconv.Itoa(n):
		return "descending"
	}
	return "none"
}

// hidden are the values a search keeps: the pill and the order.
func (p registerPage) hidden() []string {
	out := []string{"sort"}
	if len(p.Held.Filters) > 0 {
		out = append(out, p.Held.Filters[0].Name)
	}
	return slices.DeleteFunc(out, func(n string) bool { return p.Query.Get(n) == "" })
}

// choices are the filters behind the first, with everything on top.
func (f registerFilter) choices() []option {
	return append([]option{{"", cmp.Or(f.All, f.Label)}}, f.Options...)
}

// getExport hands the register out: GET /o/{org}/{register}/export?format=.
func (g register) getExport(s *Server, w http.ResponseWriter, r *http.Request, who visitor) error {
	rows, err := g.Export(r.Context(), s, who)
	if err != nil {
		return err
	}
	format := cmp.Or(r.FormValue("format"), "csv")
	var b bytes.Buffer
	if err := sheet.Write(&b, format, g.Title, g.Columns(), rows); err != nil {
		return err
	}
	kind := "text/csv; charset=utf-8"
	if format == "xlsx" {
		kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
	}
	return sendFile(w, kind, who.Slug()+"-"+strings.Join(g.Path, "-")+"."+format, b.Bytes())
}

// registerImportPage is both steps of an import.
type registerImportPage struct {
	frame
	register
	Upload  string // empty in the first step, and when the file cannot be entered
	File    string
	Read    bool // a file was read
	Plan    sheet.Plan
	Problem *problem.Error
}

// getImport asks for a file: GET /o/{org}/{register}/import.
func (g register) getImport(s *Server, w http.ResponseWriter, r *http.Request, who visitor) error {
	return g.showImport(s, w, r, who, http.StatusOK, registerImportPage{})
}

func (g register) showImport(s *Server, w http.ResponseWriter, r *http.Request, who visitor, status int, p registerImportPage) error {
	p.register, p.frame = g, g.frame(s, w, r, who, "Import "+g.Many)
	return s.render(w, r, status, registerImport(p))
}

// postImport shows what a file would change: POST /o/{org}/{register}/import.
func (g register) postImport(s *Server, w http.ResponseWriter, r *http.Request, who visitor) error {
	p := registerImportPage{}
	name, data, err := uploaded(r)
	if err == nil {
		p.File = name
		p.Plan, err = g.plan(r.Context(), s, who, name, data)
	}
	if err == nil && len(p.Plan.Faults) == 0 {
		p.Upload, err = s.uploads.Put(r.Context(), who.Actor, g.Purpose, name, data, s.Now())
	}
	if err != nil {
		if p.Problem = problem.Of(err); p.Problem.Code == problem.Internal {
			return err
		}
		return g.showImport(s, w, r, who, statusOf(p.Problem.Code), registerImportPage{Problem: p.Problem})
	}
	p.Read = true
	return g.showImport(s, w, r, who, http.StatusOK, p)
}

func (g register) plan(ctx context.Context, s *Server, who visitor, name string, data []byte) (sheet.Plan, error) {
	sh, err := sheet.Read(name, data, g.Columns())
	if err != nil {
		return sheet.Plan{}, err
	}
	return g.Plan(ctx, s, who, sh)
}

// postConfirm enters the file, all of it or nothing: POST /o/{org}/{register}/import/confirm.
func (g register) postConfirm(s *Server, w http.ResponseWriter, r *http.Request, who visitor) error {
	f, err := s.uploads.Open(r.Context(), who.Actor, g.Purpose, r.FormValue("upload"), s.Now())
	var plan sheet.Plan
	if err == nil {
		var sh *sheet.Sheet
		if sh, err = sheet.Read(f.Name, f.Data, g.Columns()); err == nil {
			plan, err = g.Enter(r.Context(), s, who, sh)
		}
	}
	if err != nil {
		if p := problem.Of(err); p.Code == problem.Invalid || p.Code == problem.Conflict || p.Code == problem.NotFound {
			return g.showImport(s, w, r, who, statusOf(p.Code), registerImportPage{Problem: p})
		}
		return err
	}
	return back(w, r, orgPath(who.Slug(), g.Path...), f.Name+": "+g.planSentence(plan))
}

func (g register) planSentence(p sheet.Plan) string {
	return plural(len(p.New), g.One, g.Many) + " entered, " + group(len(p.Changed)) + " changed, " + group(p.Same) + " as they were."
}

// registerManyPage asks what is to be done to many entries.
type registerManyPage struct {
	frame
	register
	Do      registerBulk
	Chosen  []registerRow
	Asked   []registerAsked
	Problem *problem.Error
}

// getMany asks for what is missing: GET /o/{org}/{register}/many?do=&id=.
func (g register) getMany(s *Server, w http.ResponseWriter, r *http.Request, who visitor) error {
	return g.showMany(s, w, r, who, nil)
}

func (g register) bulk(key string) (registerBulk, error) {
	for _, b := range g.Bulk {
		if b.Key == key {
			return b, nil
		}
	}
	return registerBulk{}, problem.Field("do", "Choose one of the buttons below the list.")
}

func (g register) showMany(s *Server, w http.ResponseWriter, r *http.Request, who visitor, wrong *problem.Error) error {
	if err := r.ParseForm(); err != nil {
		return problem.New(problem.Invalid, "The form did not arrive whole. Send it again.")
	}
	do, err := g.bulk(r.FormValue("do"))
	if err != nil {
		return err
	}
	rows, err := g.Rows(r.Context(), s, who)
	if err != nil {
		return err
	}
	p := registerManyPage{register: g, Do: do, Problem: wrong, frame: g.frame(s, w, r, who, do.Text)}
	for _, row := range rows.Rows {
		if slices.Contains(r.Form["id"], row.ID) {
			p.Chosen = append(p.Chosen, row)
		}
	}
	if do.Ask != nil && len(p.Chosen) > 0 {
		if p.Asked, err = do.Ask(r.Context(), s, who); err != nil {
			return err
		}
	}
	status := http.StatusOK
	for i, a := range p.Asked {
		if v, typed := r.Form[a.Name]; typed {
			p.Asked[i].Value = v[0]
		}
		if wrong != nil && wrong.Field == a.Name {
			p.Asked[i].Wrong = wrong.Text
		}
	}
	if wrong != nil {
		status = statusOf(wrong.Code)
	}
	return s.render(w, r, status, registerMany(p))
}

// askedNames are the fields of the form, whose problems stand beside them.
func (p registerManyPage) askedNames() []string {
	var out []string
	for _, a := range p.Asked {
		out = append(out, a.Name)
	}
	return out
}

// postMany does it, to all or to none: POST /o/{org}/{register}/many.
func (g register) postMany(s *Server, w http.ResponseWriter, r *http.Request, who visitor) error {
	if err := r.ParseForm(); err != nil {
		return problem.New(problem.Invalid, "The form did not arrive whole. Send it again.")
	}
	do, err := g.bulk(r.PostFormValue("do"))
	if err != nil {
		return err
	}
	ids := r.PostForm["id"]
	if len(ids) == 0 || len(ids) > sheet.MaxRows {
		return back(w, r, orgPath(who.Slug(), g.Path...), "Nothing was chosen, so nothing was changed.")
	}
	done, err := do.Do(r.Context(), s, who, ids, r.PostForm)
	if err != nil {
		if p := problem.Of(err); p.Code == problem.Invalid || p.Code == problem.Conflict {
			return g.showMany(s, w, r, who, p)
		}
		return err
	}
	return back(w, r, orgPath(who.Slug(), g.Path...), done)
}
