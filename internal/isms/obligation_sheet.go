package isms

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/framework"
	"github.com/toucan-grc/toucan/internal/people"
	"github.com/toucan-grc/toucan/internal/problem"
	"github.com/toucan-grc/toucan/internal/sheet"
)

// ReadRefs reads requirements as "iso27001-2022:9.3.1; soc2-2017:CC4.2".
func ReadRefs(text string) ([]framework.Ref, error) {
	var out []framework.Ref
	for s := range strings.FieldsFuncSeq(text, func(r rune) bool { return r == ';' || r == '\n' || r == ',' }) {
		if s = strings.TrimSpace(s); s == "" {
			continue
		}
		f, id, ok := strings.Cut(s, ":")
		if !ok || f == "" || id == "" || len(s) > 120 {
			return nil, problem.Field("requirements", fmt.Sprintf("“%.60s” is no requirement. Write framework, colon, requirement: iso27001-2022:9.3.1.", s))
		}
		if r := (framework.Ref{Framework: strings.TrimSpace(f), ID: strings.TrimSpace(id)}); !slices.Contains(out, r) {
			out = append(out, r)
		}
	}
	return out, nil
}

// ObligationColumns are the columns of obligations as a file.
func ObligationColumns() []sheet.Column {
	var roles, bases, closings []string
	for _, r := range people.DutyRoles() {
		roles = append(roles, r.ID)
	}
	for _, b := range Bases() {
		bases = append(bases, string(b))
	}
	for _, c := range Closings() {
		closings = append(closings, string(c))
	}
	return []sheet.Column{
		{Key: "code", Title: "Code", Also: []string{"id"}, Max: 20, Help: "OBL-01 and on ship; your own begin with OBL-101. Empty: a new one."},
		{Key: "title", Title: "Title", Required: true, Max: maxObligationTitle, Help: "What is to be done."},
		{Key: "detail", Title: "Detail", Max: maxObligationText},
		{Key: "every", Title: "Every", Also: []string{"frequency", "interval"}, Max: 10, Help: "P7D, P1M, P3M, P6M, P1Y."},
		{Key: "basis", Title: "Basis", Also: []string{"frequency_basis"}, OneOf: bases},
		{Key: "role", Title: "Role", Also: []string{"owner_role"}, OneOf: roles},
		{Key: "evidence_kind", Title: "Kind of evidence", Max: 60},
		{Key: "grace_days", Title: "Days of grace", Max: 4},
		{Key: "closes", Title: "What shows it", OneOf: closings, Help: "item: any record of the kind; own: what Toucan recorded; person: somebody says so."},
		{Key: "policy_subject", Title: "Subject in policies", Max: 60},
		{Key: "requirements", Title: "Asked by", Max: 1000, Help: "iso27001-2022:9.3.1; soc2-2017:CC4.2"},
	}
}

// ObligationExport returns the rows of a file, by code; what is asked no more is left out.
func (s *Store) ObligationExport(ctx context.Context, who access.Actor, now time.Time) ([][]string, error) {
	if err := who.May(access.ViewISMS); err != nil {
		return nil, err
	}
	var out [][]string
	err := s.DB.Read(ctx, who.Org(), func(tx *db.Tx) error {
		list, err := readObligations(ctx, tx, who.Org(), "")
		for _, o := range list {
			t := o.Texts[len(o.Texts)-1]
			if t.Ended {
				continue
			}
			var asked []string
			for _, r := range t.Requirements {
				asked = append(asked, r.Framework+":"+r.ID)
			}
			out = append(out, []string{o.Code, t.Title, t.Detail, t.Every, string(t.Basis), t.Role, t.Kind, strconv.Itoa(t.Grace), string(t.Closes), t.Subject, strings.Join(asked, "; ")})
		}
		return err
	})
	return out, err
}

// obligationPlan is what an import would do: texts by the code of what they change,
// or of what they begin.
type obligationPlan struct {
	sheet.Plan
	put []plannedObligation
}

type plannedObligation struct {
	id, code string // id is empty for a new one
	text     ObligationText
}

// planObligations works out what a file changes. It is pure.
func planObligations(sh *sheet.Sheet, have []Obligation) obligationPlan {
	p := obligationPlan{}
	next := 101
	find := func(code, title string) *Obligation {
		for i, o := range have {
			if code != "" && strings.EqualFold(o.Code, code) || code == "" && strings.EqualFold(o.Texts[len(o.Texts)-1].Title, title) {
				return &have[i]
			}
		}
		return nil
	}
	taken := map[string]bool{}
	for _, o := range have {
		taken[o.Code] = true
	}
	var lines []sheet.Line
	var fresh []bool
	for _, row := range sh.Rows {
		code, title := row.Text("code"), row.Text("title")
		was := find(code, title)
		x := plannedObligation{code: code, text: ObligationText{Basis: BasisOwn, Closes: ByPerson, Every: "P1Y", Grace: 14, Kind: "procedure-document"}}
		if was != nil {
			x.id, x.code, x.text = was.ID, was.Code, was.Texts[len(was.Texts)-1]
			x.text.Ended, x.text.From, x.text.Why = false, 0, ""
		} else if shipped, ok := FindShipped(strings.ToUpper(code)); ok {
			x.code, x.text = shipped.Code, shipped.ObligationText
		} else if code != "" {
			sh.Fault(row, "code", "There is no obligation %s here. Leave the code empty for a new one.", code)
			continue
		}
		x.text = x.text.filled(sh, row)
		checked, err := x.text.checked()
		if err != nil {
			f := problem.Of(err)
			sh.Fault(row, sheetField(f.Field), "%s", f.Text)
			continue
		}
		x.text = checked
		if was != nil && x.text.same(was.Texts[len(was.Texts)-1]) {
			p.Same++
			continue
		}
		if x.code == "" {
			for taken[fmt.Sprintf("OBL-%d", next)] {
				next++
			}
			x.code = fmt.Sprintf("OBL-%d", next)
		}
		if was == nil && taken[x.code] {
			sh.Fault(row, "code", "%s stands twice in the file.", x.code)
			continue
		}
		taken[x.code] = true
		p.put = append(p.put, x)
		lines, fresh = append(lines, sheet.Line{Row: row.Number, Code: x.code, Name: x.text.Title}), append(fresh, was == nil)
	}
	same := p.Same
	p.Plan = sh.Plan()
	p.Same = same
	for i, l := range lines {
		if fresh[i] {
			p.New = append(p.New, l)
		} else {
			p.Changed = append(p.Changed, l)
		}
	}
	return p
}

// sheetField is the column of a field of the form.
func sheetField(field string) string {
	switch field {
	case "kind":
		return "evidence_kind"
	case "grace":
		return "grace_days"
	case "subject":
		return "policy_subject"
	}
	return field
}

// filled takes over the cells of a row that the file has.
func (t ObligationText) filled(sh *sheet.Sheet, row sheet.Row) ObligationText {
	set := func(key string, into *string) {
		if row.Has(key) {
			*into = row.Text(key)
		}
	}
	basis, closes := string(t.Basis), string(t.Closes)
	for key, into := range map[string]*string{"title": &t.Title, "detail": &t.Detail, "every": &t.Every, "basis": &basis, "role": &t.Role, "evidence_kind": &t.Kind, "closes": &closes, "policy_subject": &t.Subject} {
		set(key, into)
	}
	t.Basis, t.Closes = Basis(basis), Closing(closes)
	if row.Has("grace_days") {
		n, err := strconv.Atoi(row.Text("grace_days"))
		if err != nil {
			sh.Fault(row, "grace_days", "“%s” is no number of days.", row.Text("grace_days"))
		}
		t.Grace = n
	}
	if row.Has("requirements") {
		refs, err := ReadRefs(row.Text("requirements"))
		if err != nil {
			sh.Fault(row, "requirements", "%s", problem.Of(err).Text)
		}
		t.Requirements = refs
	}
	return t
}

// ObligationPlan says what an import of a file would do.
func (s *Store) ObligationPlan(ctx context.Context, who access.Actor, sh *sheet.Sheet, _ time.Time) (sheet.Plan, error) {
	if err := who.May(access.ManageISMS); err != nil {
		return sheet.Plan{}, err
	}
	var p obligationPlan
	err := s.DB.Read(ctx, who.Org(), func(tx *db.Tx) error {
		have, err := readObligations(ctx, tx, who.Org(), "")
		p = planObligations(sh, have)
		return err
	})
	return p.Plan, err
}

// ObligationImport takes a file over, all of it or nothing. What it brings holds
// from today on.
func (s *Store) ObligationImport(ctx context.Context, who access.Actor, sh *sheet.Sheet, now time.Time) (sheet.Plan, error) {
	if err := who.May(access.ManageISMS); err != nil {
		return sheet.Plan{}, err
	}
	var p obligationPlan
	err := s.DB.Write(ctx, who.Org(), db.People, func(ctx context.Context, tx *db.Tx) error {
		have, err := readObligations(ctx, tx, who.Org(), "")
		if err != nil {
			return err
		}
		if p = planObligations(sh, have); p.Err() != nil {
			return p.Err()
		}
		if len(have)+len(p.New) > maxObligations {
			return problem.New(problem.Conflict, "There would be more than %d obligations, which is as many as fit.", maxObligations)
		}
		today, err := cycleToday(ctx, tx, who.Org(), now)
		if err != nil {
			return err
		}
		for _, x := range p.put {
			x.text.From = today
			for _, o := range have {
				if o.ID == x.id {
					x.text.From = max(today, o.Texts[len(o.Texts)-1].From)
				}
			}
			if err := s.putObligation(ctx, tx, who, x.id, x.code, x.text, now); err != nil {
				return err
			}
		}
		return nil
	})
	return p.Plan, err
}
