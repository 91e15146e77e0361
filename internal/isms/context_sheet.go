package isms

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/cadence"
	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/people"
	"github.com/toucan-grc/toucan/internal/sheet"
)

// sheetRegister is a register as a file: its columns, and how an entry is read from
// a row and written to one.
type sheetRegister[T entryBody] struct {
	r       Register
	columns []sheet.Column
	name    string // column by which a row without a code is found
	read    func(e *T, s *sheet.Sheet, row sheet.Row, p sheetPeople)
	write   func(e T, p sheetPeople) map[string]string
	check   func(e T) (T, error)
	care    func(e *T) *Care
}

// sheetPeople says who is meant by an address or a name, and what to write for somebody.
type sheetPeople struct {
	byWord map[string]string // person by address, or by a name that is nobody else's
	words  map[string]string // address or name by person
}

func readSheetPeople(ctx context.Context, tx *db.Tx, org string) (sheetPeople, error) {
	out := sheetPeople{map[string]string{}, map[string]string{}}
	rows, err := tx.Query(ctx, `SELECT id, name, email FROM person WHERE org = $1`, org)
	if err != nil {
		return out, err
	}
	return out, db.Each(rows, func(scan func(...any) error) error {
		var id, name, email string
		if err := scan(&id, &name, &email); err != nil {
			return err
		}
		out.words[id] = name
		for _, w := range []string{name, email} {
			w = strings.ToLower(strings.TrimSpace(w))
			if _, taken := out.byWord[w]; taken {
				out.byWord[w] = ""
			} else if w != "" {
				out.byWord[w] = id
			}
		}
		if email != "" {
			out.words[id] = email
		}
		return nil
	})
}

// owner reads a person out of a cell.
func (p sheetPeople) owner(s *sheet.Sheet, row sheet.Row) string {
	text := row.Text("owner")
	if text == "" {
		return ""
	}
	id, known := p.byWord[strings.ToLower(text)]
	switch {
	case id != "":
		return id
	case known:
		s.Fault(row, "owner", "“%s” is the name of several people. Write the e-mail address.", shortened(text))
	default:
		s.Fault(row, "owner", "“%s” is nobody in the register of people. Write the e-mail address or the name as it stands there.", shortened(text))
	}
	return ""
}

var careColumns = []sheet.Column{
	{Key: "owner", Title: "Owner", Help: "E-mail address or name of a person of the register; empty: the Security Officer."},
	{Key: "review_every", Title: "Review every", Also: []string{"Review interval"}, OneOf: []string{"P1M", "P3M", "P6M", "P1Y", "P2Y"}, Help: "How often somebody looks at it again: P1M, P3M, P6M, P1Y or P2Y."},
	{Key: "risks", Title: "Risks", Many: true, Max: 1000, Help: "Codes of the register of risks, with semicolons between: R-004; R-012."},
	{Key: "requirements", Title: "Requirements", Many: true, Max: 4000, Help: "Framework and number, with semicolons between: iso27001-2022:4.2."},
}

// readCare reads what parties and issues have in common.
func readCareCells(c *Care, risks, requirements *[]string, s *sheet.Sheet, row sheet.Row, p sheetPeople) {
	if row.Has("owner") {
		c.Owner = p.owner(s, row)
	}
	if row.Has("review_every") {
		c.ReviewEvery = row.Text("review_every")
	}
	if row.Has("risks") {
		list, err := checkRisks(row.List("risks"))
		if err != nil {
			s.Fault(row, "risks", "%s", faultText(err))
		}
		*risks = list
	}
	if row.Has("requirements") {
		list, err := checkRequirements(row.List("requirements"))
		if err != nil {
			s.Fault(row, "requirements", "%s", faultText(err))
		}
		*requirements = list
	}
}

func setText(into *string, row sheet.Row, key string) {
	if row.Has(key) {
		*into = row.Text(key)
	}
}

// PartyColumns are the columns of the register of interested parties as a file.
func PartyColumns() []sheet.Column {
	return append([]sheet.Column{
		{Key: "code", Title: "Code", Also: []string{"id"}, Max: 40, Help: "Of a party that is in the register; empty: a new one."},
		{Key: "name", Title: "Party", Also: []string{"Interested party"}, Required: true, Max: maxEntryLine, Help: "Write who it is."},
		{Key: "side", Title: "Side", Required: true, OneOf: Sides()},
		{Key: "needs", Title: "Needs", Also: []string{"Requirements of the party", "Expectations"}, Required: true, Max: maxEntryText, Help: "Write what they need or expect."},
		{Key: "how", Title: "How met", Also: []string{"how_addressed", "How addressed"}, Max: maxEntryText},
		{Key: "basis", Title: "Source of need", Also: []string{"source_of_need"}, OneOf: PartyBases(), Many: true},
		{Key: "climate", Title: "Climate", Also: []string{"climate_note"}, Max: maxEntryText, Help: "What they ask about climate change, or “None known”."},
	}, careColumns...)
}

var partySheet = sheetRegister[Party]{
	r: PartyRegister, columns: PartyColumns(), name: "name", care: func(p *Party) *Care { return &p.Care },
	read: func(e *Party, s *sheet.Sheet, row sheet.Row, p sheetPeople) {
		for key, into := range map[string]*string{"name": &e.Name, "side": &e.Side, "needs": &e.Needs, "how": &e.How, "climate": &e.Climate} {
			setText(into, row, key)
		}
		if row.Has("basis") {
			e.Basis = row.List("basis")
		}
		readCareCells(&e.Care, &e.Risks, &e.Requirements, s, row, p)
	},
	write: func(e Party, p sheetPeople) map[string]string {
		return map[string]string{"code": e.Code, "name": e.Name, "side": e.Side, "needs": e.Needs, "how": e.How, "basis": strings.Join(e.Basis, "; "), "climate": e.Climate,
			"owner": p.words[e.Owner], "review_every": e.ReviewEvery, "risks": strings.Join(e.Risks, "; "), "requirements": strings.Join(e.Requirements, "; ")}
	},
	check: func(e Party) (Party, error) { return e.checked(context.Background(), nil, "") },
}

// IssueColumns are the columns of the register of issues as a file.
func IssueColumns() []sheet.Column {
	return append([]sheet.Column{
		{Key: "code", Title: "Code", Also: []string{"id"}, Max: 40, Help: "Of an issue that is in the register; empty: a new one."},
		{Key: "side", Title: "Side", Required: true, OneOf: Sides()},
		{Key: "topic", Title: "Topic", Required: true, Max: maxEntryLine, Help: "Write the topic in a few words."},
		{Key: "text", Title: "Issue", Required: true, Max: maxEntryText, Help: "Write what the issue is."},
		{Key: "effect", Title: "Effect", Also: []string{"effect_on_isms", "Effect on the ISMS"}, Max: maxEntryText},
		{Key: "response", Title: "Response", Max: maxEntryText},
		{Key: "climate", Title: "Climate", Help: "Whether it speaks of climate change: yes or no."},
	}, careColumns...)
}

var issueSheet = sheetRegister[Issue]{
	r: IssueRegister, columns: IssueColumns(), name: "text", care: func(i *Issue) *Care { return &i.Care },
	read: func(e *Issue, s *sheet.Sheet, row sheet.Row, p sheetPeople) {
		for key, into := range map[string]*string{"side": &e.Side, "topic": &e.Topic, "text": &e.Text, "effect": &e.Effect, "response": &e.Response} {
			setText(into, row, key)
		}
		if row.Has("climate") {
			e.Climate = s.Yes(row, "climate")
		}
		readCareCells(&e.Care, &e.Risks, &e.Requirements, s, row, p)
	},
	write: func(e Issue, p sheetPeople) map[string]string {
		climate := "no"
		if e.Climate {
			climate = "yes"
		}
		return map[string]string{"code": e.Code, "side": e.Side, "topic": e.Topic, "text": e.Text, "effect": e.Effect, "response": e.Response, "climate": climate,
			"owner": p.words[e.Owner], "review_every": e.ReviewEvery, "risks": strings.Join(e.Risks, "; "), "requirements": strings.Join(e.Requirements, "; ")}
	},
	check: func(e Issue) (Issue, error) { return e.checked(context.Background(), nil, "") },
}

// intake is one row of a file that would be written.
type intake[T entryBody] struct {
	e   T
	row int
}

// plan says what a file would change. It reads nothing but its arguments.
func (g sheetRegister[T]) plan(s *sheet.Sheet, have []T, p sheetPeople, today cadence.Date) (sheet.Plan, []intake[T]) {
	byCode, byName := map[string]T{}, map[string]T{}
	for i := range have {
		k := keptOf(&have[i])
		byCode[strings.ToLower(k.Code)] = have[i]
		if k.Retired == "" {
			byName[sheet.Key(g.write(have[i], p)[g.name])] = have[i]
		}
	}
	var lines []sheet.Line
	var fresh []bool
	var out []intake[T]
	same := 0
	codes, names := map[string]int{}, map[string]int{}
	for _, row := range s.Rows {
		var e T
		var known bool
		if code := row.Text("code"); code != "" {
			if !s.Once(codes, row, "code") {
				continue
			}
			if e, known = byCode[strings.ToLower(code)]; !known {
				s.Fault(row, "code", "There is no “%s” in the register. Correct the code, or leave it empty for a new entry.", shortened(code))
				continue
			}
		} else {
			if !s.Once(names, row, g.name) {
				continue
			}
			e, known = byName[sheet.Key(row.Text(g.name))]
		}
		if k := keptOf(&e); known && k.Retired != "" {
			s.Fault(row, "code", "%s is retired. Take it back first, or leave the row out.", k.Code)
			continue
		}
		before := e
		g.read(&e, s, row, p)
		checked, err := g.check(e)
		if err != nil && len(s.Faults) == 0 {
			s.Fault(row, faultField(err), "%s", faultText(err))
		}
		line := sheet.Line{Row: row.Number, Code: keptOf(&e).Code, Name: shortened(g.write(e, p)[g.name])}
		if known {
			if line.Fields = changedEntry(before, checked); len(line.Fields) == 0 {
				same++
				continue
			}
		}
		g.care(&checked).Reviewed = today
		lines, fresh = append(lines, line), append(fresh, !known)
		out = append(out, intake[T]{checked, row.Number})
	}
	plan := s.Plan()
	plan.Same = same
	for i, l := range lines {
		if fresh[i] {
			plan.New = append(plan.New, l)
		} else {
			plan.Changed = append(plan.Changed, l)
		}
	}
	if n := len(have) + len(plan.New); n > maxEntries && len(plan.Faults) == 0 {
		plan.Faults = append(plan.Faults, sheet.Fault{File: s.File, Row: 1, Field: "Code", Text: fmt.Sprintf("The register would have %d entries, and at most %d fit.", n, maxEntries)})
	}
	return plan, out
}

func faultText(err error) string { return fieldProblem(err).Text }

func faultField(err error) string { return fieldProblem(err).Field }

func planSheet[T entryBody](ctx context.Context, st *Store, who access.Actor, g sheetRegister[T], s *sheet.Sheet, now time.Time) (sheet.Plan, error) {
	var plan sheet.Plan
	if err := who.May(access.ManageISMS); err != nil {
		return plan, err
	}
	return plan, st.DB.Read(ctx, who.Org(), func(tx *db.Tx) error {
		have, p, today, err := sheetAround[T](ctx, tx, who.Org(), g.r, now)
		if err == nil {
			plan, _ = g.plan(s, have, p, today)
		}
		return err
	})
}

func sheetAround[T entryBody](ctx context.Context, tx *db.Tx, org string, r Register, now time.Time) ([]T, sheetPeople, cadence.Date, error) {
	have, err := readEntries[T](ctx, tx, org, r, now, "")
	if err != nil {
		return nil, sheetPeople{}, 0, err
	}
	p, err := readSheetPeople(ctx, tx, org)
	if err != nil {
		return nil, p, 0, err
	}
	today, err := people.Today(ctx, tx, org, now)
	return have, p, today, err
}

func importSheet[T entryBody](ctx context.Context, st *Store, who access.Actor, g sheetRegister[T], s *sheet.Sheet, now time.Time) (sheet.Plan, error) {
	var plan sheet.Plan
	if err := who.May(access.ManageISMS); err != nil {
		return plan, err
	}
	now = entryMoment(now)
	return plan, st.writeEntries(ctx, who, g.r, now, func(ctx context.Context, tx *db.Tx, w *entryWriter) error {
		have, p, today, err := sheetAround[T](ctx, tx, who.Org(), g.r, now)
		if err != nil {
			return err
		}
		var list []intake[T]
		if plan, list = g.plan(s, have, p, today); plan.Err() != nil {
			return plan.Err()
		}
		for _, x := range list {
			k := *keptOf(&x.e)
			k.Note = "From the file " + shortened(s.File) + "."
			if _, err := w.put(ctx, tx, k, x.e); err != nil {
				return err
			}
		}
		return nil
	})
}

func exportSheet[T entryBody](ctx context.Context, st *Store, who access.Actor, g sheetRegister[T], now time.Time) ([][]string, error) {
	if err := who.May(access.ViewISMS); err != nil {
		return nil, err
	}
	var out [][]string
	return out, st.DB.Read(ctx, who.Org(), func(tx *db.Tx) error {
		have, p, _, err := sheetAround[T](ctx, tx, who.Org(), g.r, now)
		have = slices.DeleteFunc(have, func(e T) bool { return keptOf(&e).Retired != "" })
		for _, e := range have {
			cells := g.write(e, p)
			row := make([]string, len(g.columns))
			for i, c := range g.columns {
				row[i] = cells[c.Key]
			}
			out = append(out, row)
		}
		return err
	})
}

// PlanParties says what a file would change in the register of interested parties.
func (s *Store) PlanParties(ctx context.Context, who access.Actor, sh *sheet.Sheet, now time.Time) (sheet.Plan, error) {
	return planSheet(ctx, s, who, partySheet, sh, now)
}

// ImportParties enters a file into the register of interested parties, all of it or
// nothing.
func (s *Store) ImportParties(ctx context.Context, who access.Actor, sh *sheet.Sheet, now time.Time) (sheet.Plan, error) {
	return importSheet(ctx, s, who, partySheet, sh, now)
}

// ExportParties returns the interested parties that count, as rows of PartyColumns.
func (s *Store) ExportParties(ctx context.Context, who access.Actor, now time.Time) ([][]string, error) {
	return exportSheet(ctx, s, who, partySheet, now)
}

// PlanIssues says what a file would change in the register of issues.
func (s *Store) PlanIssues(ctx context.Context, who access.Actor, sh *sheet.Sheet, now time.Time) (sheet.Plan, error) {
	return planSheet(ctx, s, who, issueSheet, sh, now)
}

// ImportIssues enters a file into the register of issues, all of it or nothing.
func (s *Store) ImportIssues(ctx context.Context, who access.Actor, sh *sheet.Sheet, now time.Time) (sheet.Plan, error) {
	return importSheet(ctx, s, who, issueSheet, sh, now)
}

// ExportIssues returns the issues that count, as rows of IssueColumns.
func (s *Store) ExportIssues(ctx context.Context, who access.Actor, now time.Time) ([][]string, error) {
	return exportSheet(ctx, s, who, issueSheet, now)
}

// ObjectiveColumns are the columns of the objectives as a file.
func ObjectiveColumns() []sheet.Column {
	return []sheet.Column{{Key: "code", Title: "Code"}, {Key: "objective", Title: "Objective"}, {Key: "metric", Title: "Metric"}, {Key: "unit", Title: "Unit"}, {Key: "target", Title: "Target"},
		{Key: "every", Title: "Measured every"}, {Key: "source", Title: "Source"}, {Key: "period", Title: "Last period"}, {Key: "value", Title: "Value"}, {Key: "verdict", Title: "Verdict"}, {Key: "met", Title: "Periods met"}, {Key: "judged", Title: "Periods judged"}}
}

// ExportObjectives returns the objectives that count, with the last period that was
// judged, as rows of ObjectiveColumns.
func (s *Store) ExportObjectives(ctx context.Context, who access.Actor, now time.Time) ([][]string, error) {
	list, err := s.Objectives(ctx, who, now)
	var out [][]string
	for _, t := range list {
		o := t.Objective
		if o.Retired != "" {
			continue
		}
		source := "by hand"
		if src, ok := FindSource(o.Source); ok {
			source = src.Label
		}
		period, value, verdict := "", "", ""
		if last, ok := t.Last(); ok {
			period, verdict = last.Days.String(), last.Verdict.Label()
			if last.Measure != nil && last.Measure.Known == Valued {
				value = Amount(last.Measure.Value, "")
			}
		}
		out = append(out, []string{o.Code, o.Title, o.Metric, o.Unit, o.Target.String(), o.MeasureEvery, source, period, value, verdict, fmt.Sprint(t.Met), fmt.Sprint(t.Judged())})
	}
	return out, err
}
