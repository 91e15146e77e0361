package api

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/cadence"
	"github.com/toucan-grc/toucan/internal/control"
	"github.com/toucan-grc/toucan/internal/document"
	"github.com/toucan-grc/toucan/internal/problem"
	"github.com/toucan-grc/toucan/internal/register"
	"github.com/toucan-grc/toucan/internal/sheet"
)

// RegisterEntry is what a register knows of each of its entries.
type RegisterEntry struct {
	ID         string    `json:"id"`
	Code       string    `json:"code" doc:"What people call it; one entry each, never given again." example:"SYS-3"`
	Version    int       `json:"version"`
	CreatedAt  time.Time `json:"created_at"`
	ChangedAt  time.Time `json:"changed_at"`
	RetiredAt  time.Time `json:"retired_at,omitzero" doc:"Absent while it is in use."`
	RetiredFor string    `json:"retired_for,omitempty" doc:"Why it was retired."`
}

func registerEntry(e register.Entry) RegisterEntry {
	return RegisterEntry{e.ID, e.Code, e.Version, e.CreatedAt, e.ChangedAt, e.RetiredAt, e.RetiredFor}
}

// RegisterVersion is one version of an entry.
type RegisterVersion struct {
	Number int             `json:"number"`
	Act    string          `json:"act" enum:"added,changed,retired,restored"`
	At     time.Time       `json:"at"`
	By     string          `json:"by,omitempty" doc:"Id of the account; absent when nobody did it."`
	ByName string          `json:"by_name,omitempty"`
	Reason string          `json:"reason,omitempty"`
	Fields []RegisterField `json:"fields" doc:"What differs from the version before."`
}

// RegisterField is one part that a version changed.
type RegisterField struct {
	Field string `json:"field"`
	From  string `json:"from"`
	To    string `json:"to"`
}

// Because says why something ends, or begins again.
type Because struct {
	Reason string `json:"reason" maxLength:"2000" doc:"Kept in the history."`
}

// InCode names an entry of a register in the path.
type InCode struct {
	InOrg
	Code string `path:"code" maxLength:"60" doc:"Its code, in whatever case, or its id."`
}

// InState narrows a register to what is in use.
type InState struct {
	State string `query:"state" enum:"in_use,retired,all" default:"in_use" doc:"What was retired is left out unless asked for."`
	Text  string `query:"text" maxLength:"200" doc:"Only those with this in code, name or description."`
	Owner string `query:"owner" maxLength:"100" doc:"Id in the register of persons; nobody: those without an owner."`
}

func (q InState) which() string { return q.State + "\x00" + q.Text + "\x00" + q.Owner }

// owned reports whether an owner is the one asked for.
func owned(asked, owner string) bool {
	return asked == "" || asked == owner && owner != "" || asked == "nobody" && owner == ""
}

// said reports whether one of some texts has what is looked for.
func said(text string, in ...string) bool {
	text = strings.ToLower(strings.TrimSpace(text))
	return text == "" || slices.ContainsFunc(in, func(s string) bool { return strings.Contains(strings.ToLower(s), text) })
}

// book is how the API deals with one register: E is an entry as the store has it, T
// what can be said of one, and V what is answered.
type book[E, T, V any] struct {
	path, label string // "systems", "system"
	entry       func(*E) *register.Entry
	view        func(E) V
	say         func(s *Server, ctx context.Context, who access.Actor, e E, t T) (E, error)

	all     func(s *Server, ctx context.Context, who access.Actor) ([]E, error)
	put     func(s *Server, ctx context.Context, who access.Actor, e E) (E, error)
	history func(s *Server, ctx context.Context, who access.Actor, id string) ([]register.Version, error)
	retire  func(s *Server, ctx context.Context, who access.Actor, ids []string, reason string) error
	restore func(s *Server, ctx context.Context, who access.Actor, ids []string) error
	file    sheetFile
}

// page narrows a register to what passes, and cuts out a page.
func (b book[E, T, V]) page(s *Server, ctx context.Context, who access.Actor, in InPage, q InState, more string, name func(E) (owner string, texts []string), keep func(E) bool) (*listOut[V], error) {
	all, err := b.all(s, ctx, who)
	if err != nil {
		return nil, err
	}
	all = slices.DeleteFunc(all, func(e E) bool {
		k := b.entry(&e)
		owner, texts := name(e)
		return q.State == "retired" && k.InUse() || q.State != "retired" && q.State != "all" && !k.InUse() ||
			!owned(q.Owner, owner) || !said(q.Text, append(texts, k.Code)...) || !keep(e)
	})
	page, err := paged(in, all, b.path+" "+fingerprint([]byte(q.which()+"\x00"+more)), func(e E) string { return b.entry(&e).Code }, control.CompareCodes)
	if err != nil {
		return nil, err
	}
	return shown(page, b.view), nil
}

// shown is a page with each item as it is answered.
func shown[E, V any](page *listOut[E], view func(E) V) *listOut[V] {
	out := &listOut[V]{List[V]{Items: []V{}, Next: page.Body.Next, Total: page.Body.Total}}
	for _, e := range page.Body.Items {
		out.Body.Items = append(out.Body.Items, view(e))
	}
	return out
}

// find returns an entry by code or id.
func (b book[E, T, V]) find(s *Server, ctx context.Context, who access.Actor, code string) (E, error) {
	all, err := b.all(s, ctx, who)
	i := slices.IndexFunc(all, func(e E) bool {
		k := b.entry(&e)
		return k.ID == code || strings.EqualFold(k.Code, code)
	})
	if err == nil && i < 0 {
		err = problem.New(problem.NotFound, "There is no %s %q here. Look in the list.", b.label, code)
	}
	if err != nil {
		var none E
		return none, err
	}
	return all[i], nil
}

func (b book[E, T, V]) get(s *Server, ctx context.Context, who access.Actor, in *InCode) (*oneOut[V], error) {
	e, err := b.find(s, ctx, who, in.Code)
	return single(b.view(e), err)
}

// inEntryText is what creates an entry.
type inEntryText[T any] struct {
	InOrg
	InOnce
	Body T
}

func (b book[E, T, V]) create(s *Server, ctx context.Context, who access.Actor, in *inEntryText[T]) (*createdOut[V], error) {
	var e E
	e, err := b.say(s, ctx, who, e, in.Body)
	if err == nil {
		e, err = b.put(s, ctx, who, e)
	}
	if read, unread := b.find(s, ctx, who, b.entry(&e).ID); err == nil && unread == nil { // a token may be let write and not read
		e = read
	}
	return fresh(b.view(e), address(who, b.path, b.entry(&e).Code), err)
}

// inEntryChange is what changes an entry.
type inEntryChange[T any] struct {
	InCode
	InMatch
	Body T
}

func (b book[E, T, V]) change(s *Server, ctx context.Context, who access.Actor, in *inEntryChange[T]) (*oneOut[V], error) {
	var have E
	read := func() (v V, err error) {
		have, err = b.find(s, ctx, who, in.Code)
		return b.view(have), err
	}
	return replace(s, ctx, who, in.InMatch, read, func(ctx context.Context, _ V) error {
		e, err := b.say(s, ctx, who, have, in.Body)
		if err == nil {
			_, err = b.put(s, ctx, who, e)
		}
		return err
	})
}

// inEnd ends an entry.
type inEnd struct {
	InCode
	InOnce
	Body Because
}

func (b book[E, T, V]) end(s *Server, ctx context.Context, who access.Actor, in *inEnd) (*oneOut[V], error) {
	return b.turn(s, ctx, who, in.InCode, func(id string) error { return b.retire(s, ctx, who, []string{id}, in.Body.Reason) })
}

// inBack brings an entry back.
type inBack struct {
	InCode
	InOnce
}

func (b book[E, T, V]) back(s *Server, ctx context.Context, who access.Actor, in *inBack) (*oneOut[V], error) {
	return b.turn(s, ctx, who, in.InCode, func(id string) error { return b.restore(s, ctx, who, []string{id}) })
}

func (b book[E, T, V]) turn(s *Server, ctx context.Context, who access.Actor, in InCode, act func(id string) error) (*oneOut[V], error) {
	e, err := b.find(s, ctx, who, in.Code)
	if err == nil {
		err = act(b.entry(&e).ID)
	}
	if err != nil {
		return nil, err
	}
	return b.get(s, ctx, who, &in)
}

// inHistory asks for what became of an entry.
type inHistory struct {
	InCode
	InPage
}

func (b book[E, T, V]) past(s *Server, ctx context.Context, who access.Actor, in *inHistory) (*listOut[RegisterVersion], error) {
	e, err := b.find(s, ctx, who, in.Code)
	if err != nil {
		return nil, err
	}
	vs, err := b.history(s, ctx, who, b.entry(&e).ID)
	if err != nil {
		return nil, err
	}
	list := make([]RegisterVersion, len(vs))
	for i, v := range vs {
		list[i] = RegisterVersion{v.Number, string(v.Act), v.At, v.By, v.ByName, v.Reason, []RegisterField{}}
		for _, f := range v.Fields {
			list[i].Fields = append(list[i].Fields, RegisterField{f.Key, f.From, f.To})
		}
	}
	return byNumber(in.InPage, list, b.path+" history "+b.entry(&e).ID, func(v RegisterVersion) int { return v.Number })
}

// byNumber is paged for what has numbers that grow with time: the newest first.
func byNumber[T any](in InPage, list []T, which string, number func(T) int) (*listOut[T], error) {
	slices.SortStableFunc(list, func(a, b T) int { return cmp.Compare(number(b), number(a)) })
	return paged(in, list, which, func(t T) string { return strconv.Itoa(number(t)) }, func(a, b string) int {
		x, _ := strconv.Atoi(a)
		y, _ := strconv.Atoi(b)
		return cmp.Compare(y, x)
	})
}

// sheetFile is a register as a file.
type sheetFile struct {
	title   string
	columns func() []sheet.Column
	rows    func(s *Server, ctx context.Context, who access.Actor) ([][]string, error)
	plan    func(s *Server, ctx context.Context, who access.Actor, sh *sheet.Sheet) (sheet.Plan, error)
	enter   func(s *Server, ctx context.Context, who access.Actor, sh *sheet.Sheet) (sheet.Plan, error)
}

// inSheet asks for a register as a file.
type inSheet struct {
	InOrg
	Format string `query:"format" enum:"csv,xlsx" default:"csv"`
}

const xlsxType = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

func (f sheetFile) export(s *Server, ctx context.Context, who access.Actor, in *inSheet) (*fileOut, error) {
	rows, err := f.rows(s, ctx, who)
	if err != nil {
		return nil, err
	}
	format, kind := "csv", "text/csv; charset=utf-8"
	if in.Format == "xlsx" {
		format, kind = in.Format, xlsxType
	}
	var b bytes.Buffer
	if err := sheet.Write(&b, format, f.title, f.columns(), rows); err != nil {
		return nil, err
	}
	return attached(kind, who.Slug()+"-"+strings.ToLower(f.title)+"."+format, b.Bytes()), nil
}

// withSheet describes what an export answers.
func withSheet(register func(*Server, operation)) func(*Server, operation) {
	return handsOut(register, "The file, as a download. The same columns can be imported.", "text/csv", xlsxType)
}

// handsOut describes an answer that is a file of one of some types.
func handsOut(register func(*Server, operation), about string, types ...string) func(*Server, operation) {
	return func(s *Server, o operation) {
		register(s, o)
		answer := &huma.Response{Description: about, Content: map[string]*huma.MediaType{}}
		for _, t := range types {
			answer.Content[t] = &huma.MediaType{Schema: &huma.Schema{Type: huma.TypeString, Format: "binary"}}
		}
		s.huma.OpenAPI().Paths[base+o.Path].Get.Responses["200"] = answer
	}
}

// SheetImport says what an import of a register did, or would do.
type SheetImport struct {
	File      string      `json:"file"`
	DryRun    bool        `json:"dry_run" doc:"Nothing was written."`
	Created   []SheetLine `json:"created"`
	Updated   []SheetLine `json:"updated"`
	Unchanged int         `json:"unchanged"`
	Notes     []RowFault  `json:"notes" doc:"What somebody should look at; it stops nothing."`
	Faults    []RowFault  `json:"faults" doc:"Only in a dry run: what refuses the file. All of it is entered or nothing."`
	More      int         `json:"more,omitempty" doc:"Faults beyond those listed."`
}

// SheetLine is one row of a file and what becomes of it.
type SheetLine struct {
	Row    int      `json:"row" doc:"As a spreadsheet numbers it."`
	Code   string   `json:"code,omitempty" doc:"Absent for a new entry that gets its code when it is entered."`
	Name   string   `json:"name"`
	Fields []string `json:"fields" doc:"Headings of the columns that change."`
}

func sheetLines(list []sheet.Line) []SheetLine {
	out := []SheetLine{}
	for _, l := range list {
		out = append(out, SheetLine{l.Row, l.Code, l.Name, nonNil(l.Fields)})
	}
	return out
}

func sheetFaults(list []sheet.Fault) []RowFault {
	out := []RowFault{}
	for _, f := range list {
		out = append(out, RowFault{f.Row, f.Field, f.Text})
	}
	return out
}

type sheetForm struct {
	File huma.FormFile `form:"file" contentType:"application/octet-stream,text/csv,application/vnd.openxmlformats-officedocument.spreadsheetml.sheet" required:"true" doc:"CSV or XLSX with the headings of the export. A column that is missing leaves what is there."`
}

// inSheetFile brings a register as a file.
type inSheetFile struct {
	InOrg
	InOnce
	DryRun  bool `query:"dry_run" doc:"Say what would happen, and write nothing."`
	RawBody huma.MultipartFormFiles[sheetForm]
}

func (f sheetFile) take(s *Server, ctx context.Context, who access.Actor, in *inSheetFile) (*oneOut[SheetImport], error) {
	file := in.RawBody.Data().File
	if !file.IsSet {
		return nil, errNoFile
	}
	if file.Size > document.DefaultLimits.Bytes {
		return nil, problem.Field("file", fmt.Sprintf("%s is larger than %d MB, so it was not read. Split it and send the parts one by one.", file.Filename, document.DefaultLimits.Bytes>>20))
	}
	data, err := io.ReadAll(file)
	if err != nil {
		return nil, err
	}
	sh, err := sheet.Read(file.Filename, data, f.columns())
	if err != nil {
		return nil, err
	}
	act := f.enter
	if in.DryRun {
		act = f.plan
	}
	p, err := act(s, ctx, who, sh)
	return single(SheetImport{file.Filename, in.DryRun, sheetLines(p.New), sheetLines(p.Changed), p.Same, sheetFaults(p.Notes), sheetFaults(p.Faults), p.More}, err)
}

// renamed is an error about a field that the body of a request calls otherwise.
func renamed(err error, field, body string) error {
	if p := problem.Of(err); err != nil && p.Field == field {
		return &problem.Error{Code: p.Code, Field: body, Text: p.Text, Err: p.Err}
	}
	return err
}

// queryDay reads a day of an address; an empty text is no day.
func queryDay(name, text string) (cadence.Date, error) {
	d, err := dayOf(name, text)
	return d, inQuery(name, err)
}

// controlIDs are the ids of controls that are named by code or id. A token that may
// not see controls names them by id; the store says which are not there.
func (s *Server) controlIDs(ctx context.Context, who access.Actor, field string, list []string) ([]string, error) {
	if !who.Can(access.ViewControls) {
		return list, nil
	}
	out := []string{}
	for _, name := range list {
		c, err := s.Controls.Find(ctx, who, name)
		if err != nil && problem.Of(err).Code == problem.NotFound {
			err = problem.Field(field, fmt.Sprintf("There is no control %q here. Name controls by code, such as AC-04, or by id.", name))
		}
		if err != nil {
			return nil, err
		}
		out = append(out, c.ID)
	}
	return out, nil
}
