package web

import (
	"context"
	"strings"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/isms"
	"github.com/toucan-grc/toucan/internal/people"
	"github.com/toucan-grc/toucan/internal/sheet"
	"github.com/toucan-grc/toucan/internal/upload"
)

func cycleRegisters() []register {
	return []register{{
		Path: []string{"isms", "obligations"}, Here: "isms", Title: "Obligations", Sub: "What is done again and again, by whom and by when. Whoever holds the role is asked in time; what shows it counts by itself.",
		One: "obligation", Many: "obligations", Crumbs: func(slug string) []crumb { return []crumb{{"Management system", orgPath(slug, "isms")}} },
		Tabs: func(slug string) []pill { return ismsTabs(slug, "obligations") }, View: access.ViewISMS, Change: access.ManageISMS, New: "new", Rows: obligationRows,
		Columns: isms.ObligationColumns, Purpose: upload.ISMS,
		Export: func(ctx context.Context, s *Server, who visitor) ([][]string, error) {
			return s.ISMS.ObligationExport(ctx, who.Actor, s.Now())
		},
		Plan: func(ctx context.Context, s *Server, who visitor, sh *sheet.Sheet) (sheet.Plan, error) {
			return s.ISMS.ObligationPlan(ctx, who.Actor, sh, s.Now())
		},
		Enter: func(ctx context.Context, s *Server, who visitor, sh *sheet.Sheet) (sheet.Plan, error) {
			return s.ISMS.ObligationImport(ctx, who.Actor, sh, s.Now())
		},
		Icon: "calendar-repeat", None: "Nothing is asked again and again yet", First: "Take over those that ship, 39 of them with interval, role and evidence, or enter one of your own. Nothing is asked of days that are over.",
	}}
}

func obligationRows(ctx context.Context, s *Server, who visitor) (registerRows, error) {
	l, err := s.ISMS.Obligations(ctx, who.Actor, s.Now())
	if err != nil {
		return registerRows{}, err
	}
	out := registerRows{Heads: []registerHead{{Text: "How often"}, {Text: "Who"}, {Text: "Due"}, {Text: "State"}, {Text: "Kept in time", Num: true, Wide: true}}}
	states := registerFilter{Name: "state", Label: "State", All: "All"}
	for _, x := range isms.DutyStates() {
		states.Options = append(states.Options, option{string(x), upperFirst(x.Words())})
	}
	states.Options = append(states.Options, option{gone, "Asked no more"})
	roles := registerFilter{Name: "role", Label: "Role", All: "All roles", Options: append(cycleRoleOptions(), option{"nobody", "Nobody holds it"})}
	basis := registerFilter{Name: "basis", Label: "Basis", All: "Any basis", Options: []option{{"stated", "Stated"}, {"customary", "Customary"}, {"own", "Own"}, {"differ", "Does not agree"}}}
	for i := range l.Rows {
		r := &l.Rows[i]
		row := registerRow{ID: r.Code, Code: r.Code, Name: r.Text.Title, Sub: r.Text.Detail, To: orgPath(who.Slug(), "isms", "obligations", r.Code), Gone: r.Text.Ended,
			Facets: map[string][]string{"role": {r.Text.Role}, "basis": {string(r.Text.Basis)}}}
		if len(r.Differences) > 0 {
			row.Facets["basis"] = append(row.Facets["basis"], "differ")
		}
		if len(r.Holders) == 0 {
			row.Facets["role"] = append(row.Facets["role"], "nobody")
		}
		switch {
		case r.Text.Ended:
			row.Facets["state"] = []string{gone}
		case r.Known:
			row.Facets["state"] = []string{string(r.Present.State)}
		}
		row.Cells = func() []registerCell { return obligationCells(r) }
		out.Rows = append(out.Rows, row)
	}
	out.Filters = []registerFilter{states, roles, basis}
	if who.Can(access.ManageISMS) && len(l.Offer) > 0 {
		out.Acts = append(out.Acts, registerAct{"Take over " + group(len(l.Offer)) + " that ship", "books", orgPath(who.Slug(), "isms", "obligations", "adopt"), true})
	}
	return out, nil
}

func obligationCells(r *isms.ObligationRow) []registerCell {
	every := registerCell{Text: r.Interval.Every.String(), Order: orderOf(r.Interval.Every.PerYear())}
	if len(r.Differences) > 0 {
		every.Sub = "does not agree"
	}
	person := registerCell{Text: strings.Join(r.Holders, ", "), Person: true}
	switch {
	case len(r.Holders) == 0:
		person = registerCell{Text: "nobody: " + dutyRoleLabel(r.Text.Role), Mark: "warn"}
	case r.Text.Person == "" && r.Text.Role == people.SystemOwner:
		person = registerCell{Text: plural(len(r.Holders), "owner of systems", "owners of systems")}
	}
	due, state := registerCell{}, registerCell{Text: "asked no more", Mark: "left"}
	switch {
	case r.Text.Ended:
	case r.Known:
		due = registerCell{Text: dayWords(r.Present.Due), Order: r.Present.Due.String()}
		state = registerCell{Text: r.Present.State.Words(), Mark: r.Present.State.Mark()}
	default:
		state = registerCell{Text: "not yet due", Mark: "waiting"}
	}
	kept := registerCell{Text: "none due yet"}
	if r.Past > 0 {
		kept = registerCell{Text: group(r.Kept) + " of " + group(r.Past)}
	}
	return []registerCell{every, person, due, state, kept}
}
