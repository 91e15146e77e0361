package finding

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/problem"
	"github.com/toucan-grc/toucan/internal/sheet"
)

// ActionColumns are those of the backlog as a file. Source, frameworks, state and
// outcome are written for the reader and not read.
func ActionColumns() []sheet.Column {
	return []sheet.Column{
		{Key: "code", Title: "Code", Also: []string{"ID", "Number"}, Max: 20, Help: "Leave it empty for a new action."},
		{Key: "title", Title: "Title", Also: []string{"Action", "Task"}, Required: true, Max: maxTitle, Help: "Say in one line what there is to do."},
		{Key: "detail", Title: "Detail", Also: []string{"Description"}, Max: maxText},
		{Key: "owner", Title: "Owner", Also: []string{"Assignee", "Responsible"}, Help: "An e-mail address or a name of the people register."},
		{Key: "due", Title: "Due", Also: []string{"Due date", "Deadline"}},
		{Key: "why", Title: "Reason of the new day", Max: maxTitle},
		{Key: "requirements", Title: "Requirements", Many: true, Max: 4000, Help: "Such as iso27001-2022:A.8.8."},
		{Key: "controls", Title: "Controls", Many: true, Max: 4000, Help: "Codes of controls."},
		{Key: "source", Title: "Source"},
		{Key: "frameworks", Title: "Frameworks", Max: 4000},
		{Key: "state", Title: "State"},
		{Key: "standing", Title: "Standing", Max: maxText},
		{Key: "outcome", Title: "Outcome", Max: maxText},
	}
}

// ExportActions returns the backlog, a row for each action with a cell for each
// column.
func (s *Store) ExportActions(ctx context.Context, who access.Actor, now time.Time) ([][]string, error) {
	reg, err := s.All(ctx, who, now)
	if err != nil {
		return nil, err
	}
	var out [][]string
	for _, a := range reg.Actions {
		out = append(out, []string{a.Code(), a.Title, a.Detail, a.OwnerName, a.Due.String(), "", strings.Join(refCells(a.Requirements), ";"), strings.Join(reg.codes(a.Controls), ";"),
			cut(SourceLabel(a.Source.Kind)+": "+a.Source.Words, maxTitle), strings.Join(reg.FrameworksOf(a), ";"), string(a.State), a.Standing(reg.Today), a.Outcome})
	}
	return out, nil
}

// incomingAction is one row of a file, ready to be entered.
type incomingAction struct {
	action Action
	was    *Action // nil: a new one
}

func plannedActions(sh *sheet.Sheet, have []Action, names Names) (sheet.Plan, []incomingAction) {
	byCode := map[string]*Action{}
	for i := range have {
		byCode[strings.ToLower(have[i].Code())] = &have[i]
	}
	seen, titles := map[string]int{}, map[string]int{}
	var list []incomingAction
	var lines []sheet.Line
	for _, r := range sh.Rows {
		if !sh.Once(seen, r, "code") || r.Text("code") == "" && !sh.Once(titles, r, "title") {
			continue
		}
		var was *Action
		if code := r.Text("code"); code != "" {
			if was = byCode[strings.ToLower(code)]; was == nil {
				sh.Fault(r, "code", "There is no action %s. Leave the cell empty for a new one.", cut(code, 20))
				continue
			}
		} else if i := slices.IndexFunc(have, func(a Action) bool {
			return a.State == Open && a.Source.Kind == FromSelf && sheet.Key(a.Title) == sheet.Key(r.Text("title"))
		}); i >= 0 {
			was = &have[i]
		}
		in := incomingAction{rowAction(sh, r, was, names), was}
		list = append(list, in)
		lines = append(lines, sheet.Line{Row: r.Number, Name: in.action.Title})
	}
	p := sh.Plan()
	for i, in := range list {
		if in.was == nil {
			p.New = append(p.New, lines[i])
		} else if fields := in.action.differing(*in.was); len(fields) == 0 {
			p.Same++
		} else {
			lines[i].Code, lines[i].Fields = in.was.Code(), fields
			p.Changed = append(p.Changed, lines[i])
		}
	}
	return p, list
}

// rowAction reads a row over what is there, if anything is.
func rowAction(sh *sheet.Sheet, r sheet.Row, was *Action, names Names) Action {
	a := Action{Source: Source{Kind: FromSelf}}
	if was != nil {
		a = *was
	}
	a.Title = strings.Join(strings.Fields(r.Text("title")), " ")
	if r.Has("detail") {
		a.Detail = r.Text("detail")
	}
	if r.Has("owner") {
		a.Owner = names.person(sh, r, "owner")
	}
	if r.Has("due") {
		a.Due = sh.Date(r, "due")
	}
	if was == nil || was.Source.Kind == FromSelf {
		about := names.about(sh, r)
		if r.Has("controls") {
			a.Controls = about.controls
		}
		if r.Has("requirements") {
			a.Requirements = about.refs
		}
	}
	a.Why = r.Text("why")
	if was != nil && was.Due.Known() && a.Due != was.Due && a.Why == "" {
		sh.Fault(r, "due", "The day moves from %s to %s. Add a column “Reason of the new day” and say why: it stays in the history.", was.Due.Words(), a.Due.Words())
	}
	if was != nil && was.State != Open && len(a.differing(*was)) > 0 {
		sh.Fault(r, "code", "%s is over. Open it again on its page before a file changes it.", was.Code())
	}
	checked, err := a.checked()
	if err != nil {
		if len(sh.Faults) == 0 {
			p := problem.Of(err)
			sh.Fault(r, p.Field, "%s", p.Text)
		}
		return a
	}
	return checked
}

// differing are the titles of the columns in which two actions differ.
func (a Action) differing(o Action) []string {
	var out []string
	for _, x := range []struct {
		title string
		same  bool
	}{
		{"Title", a.Title == o.Title}, {"Detail", a.Detail == o.Detail}, {"Owner", a.Owner == o.Owner}, {"Due", a.Due == o.Due},
		{"Requirements", sameSet(refWords(a.Requirements), refWords(o.Requirements))}, {"Controls", sameSet(a.Controls, o.Controls)},
	} {
		if !x.same {
			out = append(out, x.title)
		}
	}
	return out
}

// PlanImportActions says what a file would change of the backlog.
func (s *Store) PlanImportActions(ctx context.Context, who access.Actor, sh *sheet.Sheet, now time.Time) (sheet.Plan, error) {
	if err := who.May(access.ManageFindings); err != nil {
		return sheet.Plan{}, err
	}
	var p sheet.Plan
	err := s.DB.Read(ctx, who.Org(), func(tx *db.Tx) (err error) {
		p, _, err = s.planActionsIn(ctx, tx, who.Org(), sh, now)
		return err
	})
	return p, err
}

func (s *Store) planActionsIn(ctx context.Context, tx *db.Tx, org string, sh *sheet.Sheet, now time.Time) (sheet.Plan, []incomingAction, error) {
	names, err := s.readNames(ctx, tx, org, now)
	if err != nil {
		return sheet.Plan{}, nil, err
	}
	have, err := ReadActions(ctx, tx, org, Source{})
	if err != nil {
		return sheet.Plan{}, nil, err
	}
	again := *sh
	again.Faults = slices.Clone(sh.Faults)
	p, list := plannedActions(&again, have, names)
	return p, list, nil
}

// ImportActions enters a file into the backlog, all of it or nothing.
func (s *Store) ImportActions(ctx context.Context, who access.Actor, sh *sheet.Sheet, now time.Time) (sheet.Plan, error) {
	if err := who.May(access.ManageFindings); err != nil {
		return sheet.Plan{}, err
	}
	var p sheet.Plan
	err := s.DB.Write(ctx, who.Org(), db.People, func(ctx context.Context, tx *db.Tx) error {
		plan, list, err := s.planActionsIn(ctx, tx, who.Org(), sh, now)
		if err == nil {
			err = plan.Err()
		}
		if err != nil {
			return err
		}
		p = plan
		for _, in := range list {
			if in.was != nil && len(in.action.differing(*in.was)) == 0 {
				continue
			}
			if _, err := s.PutAction(ctx, tx, who.Org(), who.Account(), in.action, now); err != nil {
				return err
			}
		}
		return nil
	})
	return p, err
}
