package api

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/control"
	"github.com/toucan-grc/toucan/internal/crosswalk"
	"github.com/toucan-grc/toucan/internal/document"
	"github.com/toucan-grc/toucan/internal/gap"
	"github.com/toucan-grc/toucan/internal/people"
	"github.com/toucan-grc/toucan/internal/problem"
)

// Import is an import that changed something.
type Import struct {
	ID        string    `json:"id"`
	File      string    `json:"file"`
	By        string    `json:"by" doc:"Id of the account."`
	ByName    string    `json:"by_name"`
	At        time.Time `json:"at"`
	Created   int       `json:"created"`
	Updated   int       `json:"updated"`
	Unchanged int       `json:"unchanged"`
}

func listImports(s *Server, ctx context.Context, who access.Actor, in *struct {
	InOrg
	InPage
}) (*listOut[Import], error) {
	runs, err := s.Crosswalk.Imports(ctx, who)
	if err != nil {
		return nil, err
	}
	list := make([]Import, len(runs))
	for i, r := range runs {
		list[i] = Import{r.ID, r.File, r.By, r.ByName, r.At, r.Created, r.Updated, r.Unchanged}
	}
	return newest(in.InPage, list, "imports", func(x Import) string { return x.ID })
}

// ImportResult says what an import did, or would do.
type ImportResult struct {
	File      string           `json:"file"`
	DryRun    bool             `json:"dry_run" doc:"Nothing was written."`
	Sheet     string           `json:"sheet,omitempty"`
	HeaderRow int              `json:"header_row" doc:"Counted from 1; 0 when there is none."`
	Columns   []Column         `json:"columns" doc:"What each column was taken for."`
	Created   []string         `json:"created" doc:"Codes. In a dry run: those that are new."`
	Updated   []string         `json:"updated" doc:"Codes. In a dry run: those that are there already, changed or not."`
	Unchanged []string         `json:"unchanged"`
	Pending   []string         `json:"pending" doc:"Of updated: the new text waits for a second person."`
	Links     int              `json:"links" doc:"Links that were not there before; 0 in a dry run."`
	Owners    int              `json:"owners" doc:"Rows whose owner was found in the register of persons."`
	Skipped   []gap.SkippedRow `json:"skipped" doc:"Rows that became no control, and why."`
	Notes     []string         `json:"notes" doc:"What the reader of the file had to say."`
}

// Column is one column of an inventory and what it was taken for.
type Column struct {
	Index  int    `json:"index" doc:"From 0."`
	Header string `json:"header"`
	Field  string `json:"field" doc:"Empty when the column is left out."`
	Why    string `json:"why"`
}

type importForm struct {
	File huma.FormFile `form:"file" contentType:"application/octet-stream,text/csv,application/vnd.openxmlformats-officedocument.spreadsheetml.sheet" required:"true" doc:"CSV or XLSX, in any layout."`
}

func createImport(s *Server, ctx context.Context, who access.Actor, in *struct {
	InOrg
	InOnce
	DryRun  bool `query:"dry_run" doc:"Say what would happen, and write nothing."`
	RawBody huma.MultipartFormFiles[importForm]
}) (*oneOut[ImportResult], error) {
	f := in.RawBody.Data().File
	if !f.IsSet {
		return nil, errNoFile
	}
	if f.Size > document.DefaultLimits.Bytes {
		return nil, problem.Field("file", fmt.Sprintf("%s is larger than %d MB, so it was not read. Split it and send the parts one by one.", f.Filename, document.DefaultLimits.Bytes>>20))
	}
	data, err := io.ReadAll(f)
	if err != nil {
		return nil, err
	}
	lib, err := s.library(ctx, who)
	if err != nil {
		return nil, err
	}
	read, err := lib.Inventory(f.Filename, data, nil)
	if err != nil {
		return nil, err
	}
	plan, out, err := s.plan(ctx, who, read)
	if err != nil {
		return nil, err
	}
	if in.DryRun {
		out.DryRun = true
		return single(out, nil)
	}
	res, err := s.Crosswalk.Import(ctx, who, plan, s.Now())
	if err != nil {
		return nil, err
	}
	out.Created, out.Updated, out.Unchanged, out.Pending, out.Links = nonNil(res.Created), nonNil(res.Updated), nonNil(res.Unchanged), nonNil(res.Pending), res.Links
	return single(out, nil)
}

// library is the organisation's, or what ships for a token that may only import.
func (s *Server) library(ctx context.Context, who access.Actor) (*crosswalk.Library, error) {
	if !who.Can(access.ViewPosture) {
		return crosswalk.Shipped(), nil
	}
	return s.Crosswalk.Library(ctx, who, s.Now())
}

// plan matches owners and says which codes are there already.
func (s *Server) plan(ctx context.Context, who access.Actor, read *control.Inventory) (crosswalk.ImportPlan, ImportResult, error) {
	plan := crosswalk.ImportPlan{File: read.File}
	out := ImportResult{File: read.File, Sheet: read.Layout.Sheet, HeaderRow: read.Layout.HeaderRow, Columns: []Column{},
		Created: []string{}, Updated: []string{}, Unchanged: []string{}, Pending: []string{}}
	for _, c := range read.Layout.Columns {
		out.Columns = append(out.Columns, Column{c.Index, c.Header, string(c.Field), c.Why})
	}
	_, skipped, notes := gap.FromInventory(read)
	out.Skipped, out.Notes = nonNil(skipped), nonNil(notes)
	var list []people.Person
	if who.Can(access.ViewPeople) {
		var err error
		if list, err = s.People.List(ctx, who); err != nil {
			return plan, out, err
		}
	}
	known := map[string]bool{}
	if who.Can(access.ViewControls) {
		have, err := s.Controls.List(ctx, who, control.Filter{})
		if err != nil {
			return plan, out, err
		}
		for _, c := range have {
			known[c.Code] = true
		}
	}
	register := people.NewRegister(list)
	for _, row := range read.Rows {
		c := row.Control
		if row.OwnerText != "" {
			if m := register.Match(row.OwnerText); m.Found {
				c.Owner = m.Person.ID
				out.Owners++
			}
		}
		if known[c.Code] {
			out.Updated = append(out.Updated, c.Code)
		} else {
			out.Created = append(out.Created, c.Code)
		}
		plan.Rows = append(plan.Rows, crosswalk.ImportRow{Control: c, Refs: row.References})
	}
	return plan, out, nil
}

func getGap(s *Server, ctx context.Context, who access.Actor, in *struct {
	InOrg
	From string `query:"from" required:"true" maxLength:"100" doc:"Framework whose controls are looked at." example:"soc2-2017"`
	To   string `query:"to" required:"true" maxLength:"100" doc:"Framework that is asked about." example:"iso27001-2022"`
}) (*oneOut[*gap.Report], error) {
	st, err := s.design(ctx, who)
	if err != nil {
		return nil, err
	}
	from, to, err := st.ways(in.From, in.To)
	if err != nil {
		return nil, err
	}
	v, err := s.inventory(ctx, who, st.library)
	if err != nil {
		return nil, err
	}
	r, err := s.report(ctx, who, st, v, from, to)
	return single(r, err)
}
