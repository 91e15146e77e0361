package web

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/toucan-grc/toucan/internal/control"
	"github.com/toucan-grc/toucan/internal/crosswalk"
	"github.com/toucan-grc/toucan/internal/document"
	"github.com/toucan-grc/toucan/internal/people"
	"github.com/toucan-grc/toucan/internal/problem"
	"github.com/toucan-grc/toucan/internal/upload"
)

// importPage is the first step: choose a file.
type importPage struct {
	frame
	Runs    []crosswalk.ImportRun
	Running []jobView // lists that are being entered
	Problem *problem.Error
}

// getImport asks for a file: GET /o/{org}/import.
func (s *Server) getImport(w http.ResponseWriter, r *http.Request, who visitor) error {
	return s.showImport(w, r, who, http.StatusOK, nil)
}

func (s *Server) showImport(w http.ResponseWriter, r *http.Request, who visitor, status int, trouble *problem.Error) error {
	runs, err := s.Crosswalk.Imports(r.Context(), who.Actor)
	if err != nil {
		return err
	}
	p := importPage{Runs: runs, Problem: trouble, frame: s.frame(w, r, who, "import", "Import")}
	if p.Running, err = s.importsUnderWay(r, who); err != nil {
		return err
	}
	return s.render(w, r, status, chooseFile(p))
}

// postImport keeps a file until it is confirmed; nothing else is written: POST /o/{org}/import.
func (s *Server) postImport(w http.ResponseWriter, r *http.Request, who visitor) error {
	b, err := s.shelf.open(r.Context(), who.Actor)
	if err != nil {
		return err
	}
	name, data, err := uploaded(r)
	if err == nil {
		_, err = b.inventory(name, data, nil)
	}
	if err != nil {
		if p := problem.Of(err); p.Code != problem.Internal {
			return s.showImport(w, r, who, statusOf(p.Code), p)
		}
		return err
	}
	id, err := s.uploads.Put(r.Context(), who.Actor, upload.Controls, name, data, s.Now())
	if err != nil {
		if p := problem.Of(err); p.Code != problem.Internal {
			return s.showImport(w, r, who, statusOf(p.Code), p)
		}
		return err
	}
	return back(w, r, orgPath(who.Slug(), "import", id), "")
}

// uploaded reads the one file of a form.
func uploaded(r *http.Request) (name string, data []byte, err error) {
	if err := r.ParseMultipartForm(8 << 20); err != nil {
		if tooLarge, ok := errors.AsType[*http.MaxBytesError](err); ok {
			return "", nil, problem.Field("file", fmt.Sprintf("The file is larger than %d MB, so nothing was read. Split it and send the parts one by one.", tooLarge.Limit>>20))
		}
		return "", nil, &problem.Error{Code: problem.Invalid, Field: "file", Text: "The form did not arrive whole. Choose the file and send it again.", Err: err}
	}
	defer r.MultipartForm.RemoveAll()
	f, head, err := r.FormFile("file")
	if err != nil {
		return "", nil, problem.Field("file", "Choose a CSV or XLSX file first.")
	}
	defer f.Close()
	if head.Size > document.DefaultLimits.Bytes {
		return "", nil, problem.Field("file", fmt.Sprintf("%s is larger than %d MB, so it was not read. Split it and send the parts one by one.", head.Filename, document.DefaultLimits.Bytes>>20))
	}
	data, err = io.ReadAll(f)
	return head.Filename, data, err
}

// inventory reads a file as a list of controls; want nil proposes the layout.
func (b *book) inventory(name string, data []byte, want *control.Layout) (*control.Inventory, error) {
	return b.library.Inventory(name, data, want)
}

// previewPage is the second step: what would happen, row by row.
type previewPage struct {
	frame
	Upload    string
	Inventory *control.Inventory
	Layout    control.Layout
	Corrected bool // the person changed the proposal
	Query     url.Values
	Rows      []previewRow
	Pager     pager
	New       int
	Known     int
	Linked    int
	Owners    int // rows whose owner was found
	Status    statusCounts
	Problem   *problem.Error
	Sheets    []option
}

// previewRow is one control as it would be entered.
type previewRow struct {
	Row    control.Row
	Action string // "new", "update", "same"
	Owner  string // the person it was matched to, or empty
	Why    string // how
}

const previewRows = 200

// getPreview shows every row with what will happen to it:
// GET /o/{org}/import/{upload}?sheet=&header=&c0=&c1=...
func (s *Server) getPreview(w http.ResponseWriter, r *http.Request, who visitor) error {
	return s.preview(w, r, who, http.StatusOK, nil)
}

func (s *Server) preview(w http.ResponseWriter, r *http.Request, who visitor, status int, trouble *problem.Error) error {
	u, err := s.uploads.Open(r.Context(), who.Actor, upload.Controls, r.PathValue("upload"), s.Now())
	if err != nil {
		return err
	}
	if u.Job != 0 { // confirmed: there is nothing left to look through
		return back(w, r, jobPath(who.Slug(), u.Job), "")
	}
	b, err := s.shelf.open(r.Context(), who.Actor)
	if err != nil {
		return err
	}
	if err := r.ParseForm(); err != nil {
		return err
	}
	p := previewPage{Upload: r.PathValue("upload"), Query: corrections(r.Form), Problem: trouble}
	want := layoutOf(p.Query)
	p.Corrected = want != nil
	inv, err := b.inventory(u.Name, u.Data, want)
	if err != nil {
		fault := problem.Of(err)
		if fault.Code == problem.Internal || want == nil {
			return err
		}
		// the correction cannot be read: show it again beside the proposal
		p.Problem, status = fault, statusOf(fault.Code)
		if inv, err = b.inventory(u.Name, u.Data, nil); err != nil {
			return err
		}
	}
	p.Inventory, p.Layout = inv, inv.Layout
	p.Sheets = sheetOptions(inv)
	register := people.NewRegister(b.list())
	var rows []previewRow
	for _, row := range inv.Rows {
		rows = append(rows, b.previewRow(row, register))
	}
	for _, row := range rows {
		p.Status = p.Status.with(row.Row.Control.Status)
		if row.Action == "new" {
			p.New++
		} else {
			p.Known++
		}
		if len(row.Row.References) > 0 {
			p.Linked++
		}
		if row.Owner != "" {
			p.Owners++
		}
	}
	page, _ := strconv.Atoi(r.FormValue("page"))
	page = max(1, page)
	p.frame = s.frame(w, r, who, "import", inv.File, crumb{"Import", orgPath(who.Slug(), "import")})
	from := min((page-1)*previewRows, len(rows))
	to := min(from+previewRows, len(rows))
	p.Rows = rows[from:to]
	p.Pager = pager{From: from + 1, To: to, Of: len(rows)}
	address := func(n int) string {
		v := url.Values{}
		for k := range p.Query {
			v.Set(k, p.Query.Get(k))
		}
		v.Set("page", strconv.Itoa(n))
		return p.path("import", p.Upload) + "?" + v.Encode()
	}
	if page > 1 {
		p.Pager.Prev = address(page - 1)
	}
	if to < len(rows) {
		p.Pager.Next = address(page + 1)
	}
	return s.render(w, r, status, showPreview(p))
}

// previewRow says what will happen to a row. The store decides; this only looks ahead.
func (b *book) previewRow(row control.Row, register *people.Register) previewRow {
	p := previewRow{Row: row, Action: "new"}
	if row.OwnerText != "" {
		m := register.Match(row.OwnerText)
		p.Owner, p.Why = m.Person.Name, m.Why
	}
	i, known := b.byCode[row.Control.Code]
	if !known {
		return p
	}
	p.Action = "update"
	c, links := b.Controls[i], b.Links[b.Controls[i].ID]
	same := c.Title == row.Control.Title && c.Statement == row.Control.Statement && c.Domain == row.Control.Domain &&
		c.Status == row.Control.Status && c.Frequency == row.Control.Frequency && len(links) == len(row.References)
	for _, ref := range row.References {
		same = same && slices.Contains(links, ref)
	}
	if same {
		p.Action = "same"
	}
	return p
}

// list returns the people of the register.
func (b *book) list() []people.Person {
	out := make([]people.Person, 0, len(b.People))
	for _, p := range b.People {
		out = append(out, p)
	}
	slices.SortFunc(out, func(x, y people.Person) int { return strings.Compare(x.ID, y.ID) })
	return out
}

// corrections keeps what a person said about the layout and nothing else of the form.
func corrections(form url.Values) url.Values {
	out := url.Values{}
	for k := range form {
		if k == "sheet" || k == "header" || (strings.HasPrefix(k, "c") && isNumber(k[1:])) {
			out.Set(k, form.Get(k))
		}
	}
	return out
}

func isNumber(s string) bool {
	_, err := strconv.ParseUint(s, 10, 16)
	return err == nil
}

// layoutOf makes a layout of the corrections; nil when there are none.
func layoutOf(v url.Values) *control.Layout {
	if len(v) == 0 {
		return nil
	}
	l := &control.Layout{Sheet: v.Get("sheet")}
	l.HeaderRow, _ = strconv.Atoi(v.Get("header"))
	for k := range v {
		if k != "sheet" && k != "header" {
			i, _ := strconv.Atoi(k[1:])
			l.Columns = append(l.Columns, control.Column{Index: i, Field: control.Field(v.Get(k))})
		}
	}
	slices.SortFunc(l.Columns, func(a, b control.Column) int { return a.Index - b.Index })
	return l
}

// sheetOptions offers the sheet in use and the others that look like lists.
func sheetOptions(inv *control.Inventory) []option {
	out := []option{{inv.Layout.Sheet, inv.Layout.Sheet}}
	for _, l := range inv.Alternatives {
		o := option{l.Sheet, l.Sheet}
		if !slices.Contains(out, o) {
			out = append(out, o)
		}
	}
	return out
}

// postConfirm enters the controls, all or none; a long list is left to a job:
// POST /o/{org}/import/{upload}/confirm.
func (s *Server) postConfirm(w http.ResponseWriter, r *http.Request, who visitor) error {
	if err := r.ParseForm(); err != nil {
		return err
	}
	c, err := s.importer.Confirm(r.Context(), who.Actor, r.PathValue("upload"), layoutOf(corrections(r.Form)), s.Now())
	if err != nil {
		if p := problem.Of(err); p.Code != problem.Internal && p.Code != problem.NotFound {
			return s.preview(w, r, who, statusOf(p.Code), p)
		}
		return err
	}
	if c.Job != 0 {
		return back(w, r, jobPath(who.Slug(), c.Job), "")
	}
	if c.Unfollowed != nil {
		s.Log.Error("follow the frameworks of an import", "request", requestID(r.Context()), "error", c.Unfollowed)
	}
	return back(w, r, orgPath(who.Slug(), "controls"), c.File+": "+c.Result.Sentence())
}

// postDropUpload forgets the file: POST /o/{org}/import/{upload}/drop.
func (s *Server) postDropUpload(w http.ResponseWriter, r *http.Request, who visitor) error {
	u, err := s.uploads.Open(r.Context(), who.Actor, upload.Controls, r.PathValue("upload"), s.Now())
	if err != nil {
		return err
	}
	if u.Job != 0 {
		return problem.New(problem.Conflict, "This file was confirmed already. Cancel its job if it should not be entered.")
	}
	if err := s.uploads.Drop(r.Context(), who.Actor, upload.Controls, u.ID); err != nil {
		return err
	}
	return back(w, r, orgPath(who.Slug(), "import"), "The file is dropped. Nothing was written.")
}

func fieldWords(f control.Field) string {
	switch f {
	case control.FieldIgnored:
		return "Leave out"
	case control.FieldKind:
		return "Kind"
	case control.FieldEvidence:
		return "Evidence it leaves"
	case control.FieldReferences:
		return "Requirements it answers"
	case control.FieldStatus:
		return "Declared status"
	case control.FieldSince:
		return "In operation since"
	}
	return upperFirst(string(f))
}

func fieldOptions() []option {
	out := []option{{"", fieldWords(control.FieldIgnored)}}
	for _, f := range control.Fields {
		out = append(out, option{string(f), fieldWords(f)})
	}
	return out
}
