package web

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/cadence"
	"github.com/toucan-grc/toucan/internal/finding"
	"github.com/toucan-grc/toucan/internal/problem"
	"github.com/toucan-grc/toucan/internal/sheet"
	"github.com/toucan-grc/toucan/internal/task"
	"github.com/toucan-grc/toucan/internal/upload"
)

func init() {
	to := func(slug string, t task.Task) string { return orgPath(slug, "findings", t.Subject.ID) }
	action := func(slug string, t task.Task) string { return orgPath(slug, "findings", "backlog", t.Subject.ID) }
	taskPlaces["finding.work"] = taskPlace{Words: "Finding", Verb: "Work on it", To: to}
	taskPlaces["finding.check"] = taskPlace{Words: "Check of a cure", Verb: "Check", To: to}
	taskPlaces["finding.action"] = taskPlace{Words: "Action", Verb: "Open", To: action}
	taskPlaces["finding.late"] = taskPlace{Words: "Overdue action", Verb: "Decide", To: action}
	taskPlaces["internal_audit.carry_out"] = taskPlace{Words: "Internal audit", Verb: "Open", To: func(slug string, t task.Task) string { return orgPath(slug, "isms", "audits", t.Subject.ID) }}
	taskPlaces["internal_audit.plan"] = taskPlace{Words: "Internal audit", Verb: "Plan", To: func(slug string, t task.Task) string { return orgPath(slug, "isms", "programme", t.Subject.ID) }}
}

// findingTabs are the two lists about findings; here is the key of the page.
func findingTabs(slug, here string) []pill {
	return []pill{
		{Text: "Findings", To: orgPath(slug, "findings"), On: here == "findings"},
		{Text: "Actions of all sources", To: orgPath(slug, "findings", "backlog"), On: here == "backlog"},
	}
}

func findingRegisters() []register {
	return []register{
		{
			Path: []string{"findings"}, Here: "findings", Title: "Findings", One: "finding", Many: "findings",
			Sub:  "What audits, tests and colleagues turned up, for all frameworks: each goes from the problem to a cure that was shown to work.",
			Tabs: func(slug string) []pill { return findingTabs(slug, "findings") },
			View: access.ViewFindings, Change: access.ManageFindings,
			Rows: listFindings, New: "new",
			Columns: finding.Columns, Purpose: upload.Findings,
			Export: func(ctx context.Context, s *Server, who visitor) ([][]string, error) {
				return s.Findings.Export(ctx, who.Actor, s.Now())
			},
			Plan: func(ctx context.Context, s *Server, who visitor, sh *sheet.Sheet) (sheet.Plan, error) {
				return s.Findings.PlanImport(ctx, who.Actor, sh, s.Now())
			},
			Enter: func(ctx context.Context, s *Server, who visitor, sh *sheet.Sheet) (sheet.Plan, error) {
				return s.Findings.Import(ctx, who.Actor, sh, s.Now())
			},
			Icon: "flag", None: "Nothing was found yet", First: "Report what does not conform or could be better, or take over the log you kept elsewhere. Internal audits and confirmations of owners raise findings by themselves.",
		},
		{
			Path: []string{"findings", "backlog"}, Here: "findings", Title: "Actions", One: "action", Many: "actions",
			Sub:    "Everything somebody has to do about findings, risks, reviews and gaps, in one list for all frameworks.",
			Crumbs: func(slug string) []crumb { return []crumb{{"Findings", orgPath(slug, "findings")}} },
			Tabs:   func(slug string) []pill { return findingTabs(slug, "backlog") },
			View:   access.ViewFindings, Change: access.ManageFindings,
			Rows: listActions, New: "new",
			Bulk: []registerBulk{
				{Key: "hand", Text: "Hand over", Ask: askFindingOwner, Do: handActions},
				{Key: "move", Text: "Move the day", Ask: askFindingDay, Do: moveActions},
			},
			Columns: finding.ActionColumns, Purpose: upload.Findings,
			Export: func(ctx context.Context, s *Server, who visitor) ([][]string, error) {
				return s.Findings.ExportActions(ctx, who.Actor, s.Now())
			},
			Plan: func(ctx context.Context, s *Server, who visitor, sh *sheet.Sheet) (sheet.Plan, error) {
				return s.Findings.PlanImportActions(ctx, who.Actor, sh, s.Now())
			},
			Enter: func(ctx context.Context, s *Server, who visitor, sh *sheet.Sheet) (sheet.Plan, error) {
				return s.Findings.ImportActions(ctx, who.Actor, sh, s.Now())
			},
			Icon: "checklist", None: "Nothing is to be done", First: "Actions come from findings, treatments of risks, management reviews and the gap analysis; an action without any of these can be entered here.",
		},
	}
}

// findingRows makes the rows of the two lists.
type findingRows struct {
	*finding.Register
	b    *book
	slug string
}

func openFindings(ctx context.Context, s *Server, who visitor) (*findingRows, error) {
	reg, err := s.Findings.All(ctx, who.Actor, s.Now())
	if err != nil {
		return nil, err
	}
	b, err := s.shelf.open(ctx, who.Actor)
	return &findingRows{reg, b, who.Slug()}, err
}

// findingShort is what a framework is called in a line.
func (b *book) findingShort(id string) string {
	if f, ok := b.library.Frameworks.Find(id); ok {
		return f.Short
	}
	return id
}

func (r *findingRows) shorts(ids []string) string {
	var out []string
	for _, id := range ids {
		out = append(out, r.b.findingShort(id))
	}
	return strings.Join(out, ", ")
}

// findingMark is the mark of a kind and grade.
func findingMark(f finding.Finding) string {
	switch {
	case f.Grade == finding.Major:
		return "bad"
	case f.Kind == finding.Nonconformity, f.Kind == finding.Exception:
		return "warn"
	}
	return "info"
}

// listFindings makes the rows of the log.
func listFindings(ctx context.Context, s *Server, who visitor) (registerRows, error) {
	r, err := openFindings(ctx, s, who)
	if err != nil {
		return registerRows{}, err
	}
	out := registerRows{Heads: []registerHead{{Text: "What"}, {Text: "Stands at"}, {Text: "Due"}, {Text: "Answers for it"}, {Text: "Counts for", Wide: true}}}
	owners, frameworks := map[string]string{}, map[string]bool{}
	for i := range r.Findings {
		f := &r.Findings[i]
		step, ids := f.Now(), r.Frameworks(*f)
		state := "open"
		if f.Closed() {
			state = "closed"
		}
		row := registerRow{ID: f.ID, Code: f.Code(), Name: f.Title, To: orgPath(r.slug, "findings", f.ID), Sub: finding.SourceLabel(f.Source.Kind) + ", found on " + dayWords(f.FoundOn), Gone: f.Closed(),
			Facets: map[string][]string{"state": {state}, "kind": {string(f.Kind) + string(f.Grade)}, "owner": {f.Owner}, "framework": ids, "source": {f.Source.Kind}}}
		if !f.Closed() && f.Overdue(r.Today) {
			row.Facets["state"] = append(row.Facets["state"], "overdue")
		}
		if r.MayBeMajor(*f) {
			row.Facets["state"] = append(row.Facets["state"], "escalate")
		}
		row.Cells = func() []registerCell { return r.findingCells(f, step, ids) }
		if f.OwnerName != "" {
			owners[f.Owner] = f.OwnerName
		}
		for _, id := range ids {
			frameworks[id] = true
		}
		out.Rows = append(out.Rows, row)
	}
	kinds := []option{}
	for _, k := range finding.Kinds() {
		if k == finding.Nonconformity {
			kinds = append(kinds, option{string(k) + string(finding.Major), finding.What(k, finding.Major)}, option{string(k) + string(finding.Minor), finding.What(k, finding.Minor)})
			continue
		}
		kinds = append(kinds, option{string(k), k.Label()})
	}
	out.Filters = []registerFilter{
		{Name: "state", Label: "state", All: "Open", Options: []option{{"overdue", "Overdue"}, {"escalate", "May be major"}, {"closed", "Closed"}}},
		{Name: "kind", Label: "What", All: "All kinds", Options: kinds}, {Name: "owner", Label: "Who answers for it", All: "Everybody", Options: findingOptions(owners)},
		{Name: "framework", Label: "Framework", All: "All frameworks", Options: r.frameworkChoices(frameworks)}, {Name: "source", Label: "Source", All: "All sources", Options: findingSourceOptions(finding.Sources())},
	}
	out.Acts = []registerAct{{Text: "Report", Icon: "file-text", To: orgPath(r.slug, "findings", "report")}}
	return out, nil
}

// findingCells are the cells of a row of the log.
func (r *findingRows) findingCells(f *finding.Finding, step finding.Step, frameworks []string) []registerCell {
	due := registerCell{Text: dayWords(step.Due), Order: step.Due.String()}
	switch {
	case f.Closed():
		due = registerCell{}
	case f.Overdue(r.Today):
		due.Sub = "overdue"
	case !step.Due.Known():
		due.Order = "9999"
	}
	return []registerCell{{Text: f.What(), Mark: findingMark(*f), Order: fmt.Sprint(slices.Index(finding.Kinds(), f.Kind), f.Grade)}, {Text: step.Stage.Label(), Sub: step.Words, Order: string(step.Stage)}, due,
		{Text: f.OwnerName, Person: true}, {Text: r.shorts(frameworks)}}
}

func findingOptions(names map[string]string) []option {
	var out []option
	for id, name := range names {
		out = append(out, option{id, name})
	}
	slices.SortFunc(out, func(a, b option) int { return strings.Compare(a.Text+a.Value, b.Text+b.Value) })
	return out
}

func findingSourceOptions(kinds []string) []option {
	var out []option
	for _, k := range kinds {
		out = append(out, option{k, finding.SourceLabel(k)})
	}
	return out
}

func (r *findingRows) frameworkChoices(ids map[string]bool) []option {
	names := map[string]string{}
	for id := range ids {
		names[id] = r.b.findingShort(id)
	}
	return findingOptions(names)
}

// listActions makes the rows of the backlog.
func listActions(ctx context.Context, s *Server, who visitor) (registerRows, error) {
	r, err := openFindings(ctx, s, who)
	if err != nil {
		return registerRows{}, err
	}
	out := registerRows{Heads: []registerHead{{Text: "Comes from"}, {Text: "Due"}, {Text: "Who"}, {Text: "How it stands"}, {Text: "Counts for", Wide: true}}}
	owners, frameworks, kinds := map[string]string{}, map[string]bool{}, map[string]bool{}
	for i := range r.Actions {
		a := &r.Actions[i]
		ids := r.FrameworksOf(*a)
		row := registerRow{ID: a.ID, Code: a.Code(), Name: a.Title, To: orgPath(r.slug, "findings", "backlog", a.ID), Gone: a.State != finding.Open,
			Facets: map[string][]string{"state": {string(a.State)}, "owner": {a.Owner}, "framework": ids, "source": {a.Source.Kind}}}
		mark := "info"
		switch {
		case a.State == finding.Done:
			mark = "good"
		case a.State == finding.Dropped:
			mark = "left"
		case a.Overdue(r.Today):
			mark = "bad"
			row.Facets["state"] = append(row.Facets["state"], "overdue")
		case a.Owner == "":
			mark = "warn"
			row.Facets["state"] = append(row.Facets["state"], "free")
		}
		row.Cells = func() []registerCell { return r.actionCells(a, mark, ids) }
		if a.OwnerName != "" {
			owners[a.Owner] = a.OwnerName
		}
		for _, id := range ids {
			frameworks[id] = true
		}
		kinds[a.Source.Kind] = true
		out.Rows = append(out.Rows, row)
	}
	var known []string
	for _, k := range append([]string{finding.FromFinding}, finding.Sources()...) {
		if kinds[k] {
			known = append(known, k)
		}
	}
	out.Filters = []registerFilter{
		{Name: "state", Label: "state", All: "Open", Options: []option{{"overdue", "Overdue"}, {"free", "Nobody has it"}, {"done", "Done"}, {"dropped", "Given up"}}},
		{Name: "owner", Label: "Who", All: "Everybody", Options: findingOptions(owners)},
		{Name: "framework", Label: "Framework", All: "All frameworks", Options: r.frameworkChoices(frameworks)}, {Name: "source", Label: "Source", All: "All sources", Options: findingSourceOptions(known)},
	}
	return out, nil
}

// actionCells are the cells of a row of the backlog.
func (r *findingRows) actionCells(a *finding.Action, mark string, frameworks []string) []registerCell {
	words, rest, _ := strings.Cut(strings.TrimSuffix(a.Standing(r.Today), "."), ". ")
	order := a.Due.String()
	if !a.Due.Known() {
		order = "9999"
	}
	from := finding.SourceLabel(a.Source.Kind)
	if a.Source.Kind == finding.FromSelf {
		from = "Entered by hand"
	}
	return []registerCell{{Text: from, Sub: a.Source.Words}, {Text: dayWords(a.Due), Order: order}, {Text: a.OwnerName, Person: true}, {Text: words, Mark: mark, Sub: rest}, {Text: r.shorts(frameworks)}}
}

func askFindingOwner(ctx context.Context, s *Server, who visitor) ([]registerAsked, error) {
	b, err := s.shelf.open(ctx, who.Actor)
	if err != nil {
		return nil, err
	}
	return []registerAsked{{input: input{Name: "owner", Label: "Who gets them", Required: true}, Options: b.personOptions()}}, nil
}

func handActions(ctx context.Context, s *Server, who visitor, ids []string, form url.Values) (string, error) {
	if err := s.Findings.HandActions(ctx, who.Actor, ids, form.Get("owner"), s.Now()); err != nil {
		return "", err
	}
	return plural(len(ids), "action", "actions") + " handed over.", nil
}

func askFindingDay(context.Context, *Server, visitor) ([]registerAsked, error) {
	return []registerAsked{{input: input{Name: "due", Label: "New day", Type: "date", Required: true}}, {input: input{Name: "why", Label: "Why", Required: true, Hint: "It stays in the history of each."}}}, nil
}

func moveActions(ctx context.Context, s *Server, who visitor, ids []string, form url.Values) (string, error) {
	due, err := findingDay(form.Get("due"), "due")
	if err != nil {
		return "", err
	}
	if err := s.Findings.MoveActions(ctx, who.Actor, ids, due, form.Get("why"), s.Now()); err != nil {
		return "", err
	}
	return plural(len(ids), "action", "actions") + " moved to " + dayWords(due) + ".", nil
}

// findingDay reads a day of a form; nothing is no day.
func findingDay(text, field string) (cadence.Date, error) {
	text = strings.TrimSpace(text)
	if text == "" {
		return 0, nil
	}
	d, err := cadence.ParseDate(text)
	if err != nil {
		return 0, problem.Field(field, "This is not a date. It looks like 2026-03-01.")
	}
	return d, nil
}
