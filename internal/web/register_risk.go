package web

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/risk"
	"github.com/toucan-grc/toucan/internal/sheet"
	"github.com/toucan-grc/toucan/internal/upload"
)

func riskRegisters() []register {
	return []register{{
		Path: []string{"risks"}, Here: "risks", Title: "Risks", One: "risk", Many: "risks",
		Sub:  "What may happen and would harm customers, people or commitments; who decides about it, and until when that holds.",
		Tabs: func(slug string) []pill { return riskTabs(slug, "register") },
		View: access.ViewRisks, Change: access.ManageRisks, Rows: riskRows, New: "new",
		Columns: risk.Columns, Purpose: upload.Risks,
		Export: func(ctx context.Context, s *Server, who visitor) ([][]string, error) {
			return s.Risks.Export(ctx, who.Actor, s.Now())
		},
		Plan: func(ctx context.Context, s *Server, who visitor, sh *sheet.Sheet) (sheet.Plan, error) {
			return s.Risks.PlanImport(ctx, who.Actor, sh, s.Now())
		},
		Enter: func(ctx context.Context, s *Server, who visitor, sh *sheet.Sheet) (sheet.Plan, error) {
			return s.Risks.Import(ctx, who.Actor, sh, s.Now())
		},
		Bulk: []registerBulk{{Key: "own", Text: "Give an owner", Ask: riskAskOwner, Do: riskDoOwner}},
		Icon: "alert-triangle", None: "No risk yet", First: "Begin with the library: it holds 84 scenarios for a cloud software company. Their numbers count for nothing until you score them.",
	}}
}

// riskTabs are the pages about risks.
func riskTabs(slug, here string) []pill {
	to := func(parts ...string) string { return orgPath(slug, append([]string{"risks"}, parts...)...) }
	list := []struct{ key, text, to string }{
		{"register", "Register", to()}, {"heat", "Heat map", to("heat")}, {"library", "Library", to("library")}, {"views", "Two views", to("views")},
		{"seconds", "Second scores", to("seconds")}, {"snapshots", "Assessments", to("snapshots")}, {"method", "Method", to("method")},
	}
	var out []pill
	for _, x := range list {
		out = append(out, pill{Text: x.text, To: x.to, On: x.key == here})
	}
	return out
}

// riskRows are the rows of the register.
func riskRows(ctx context.Context, s *Server, who visitor) (registerRows, error) {
	r, err := s.Risks.Register(ctx, who.Actor, s.Now())
	if err != nil {
		return registerRows{}, err
	}
	cycle, err := s.Risks.Cycle(ctx, who.Actor, s.Now())
	if err != nil {
		return registerRows{}, err
	}
	out := registerRows{Heads: []registerHead{{Text: "Owner", Wide: true}, {Text: "Inherent", Num: true, Wide: true}, {Text: "Current", Num: true}, {Text: "Level"}, {Text: "State"}, {Text: "Next", Wide: true}}}
	counts := r.Count()
	if counts.Open > 0 {
		out.Above = riskFigures(riskFiguresOf(who, r, counts, cycle))
	}
	owners := map[string]string{}
	for _, e := range r.Risks {
		out.Rows = append(out.Rows, riskRow(who, r, e))
		if e.Owner != "" {
			owners[e.Owner] = e.OwnerName
		}
	}
	out.Filters = riskFilters(r, counts, owners)
	out.Acts = []registerAct{{Text: "Report", Icon: "file-text", To: orgPath(who.Slug(), "risks", "report")}}
	if who.Can(access.ManageRisks) {
		out.Acts = append(out.Acts, registerAct{"Adopt from the library", "books", orgPath(who.Slug(), "risks", "library"), true})
	}
	return out, nil
}

func riskRow(who visitor, r *risk.Register, e *risk.Entry) registerRow {
	level, mark := "not scored", "candidate"
	if e.Scored() {
		level, mark = e.Verdict.Level.ID, riskMark(r.MethodOf(e.Counting().Method), e.Verdict.Level.ID)
	}
	facets := map[string][]string{"state": {string(e.State)}, "category": {e.Category}, "level": {level}, "owner": {e.Owner}}
	if e.Scored() {
		facets["scored"] = []string{"yes"}
	} else {
		facets["scored"] = []string{"no"}
	}
	if e.Above() {
		facets["scored"] = append(facets["scored"], "above")
	}
	if e.Owner == "" {
		facets["owner"] = []string{"none"}
	}
	return registerRow{ID: e.ID, Code: e.Code, Name: e.Title, Sub: risk.Label(e.Category), To: orgPath(who.Slug(), "risks", e.Code), Gone: e.Closed(), Facets: facets, Cells: func() []registerCell {
		return []registerCell{
			{Text: e.OwnerName, Person: true},
			riskScoreCell(e.Inherent, risk.Point{}),
			riskCurrentCell(e),
			{Text: level, Mark: mark, Order: fmt.Sprintf("%02d", 30-e.Verdict.Score)},
			{Text: e.State.Label(), Mark: riskStateMark(e.State), Order: fmt.Sprintf("%02d", slices.Index(risk.States(), e.State))},
			{Text: e.Next()},
		}
	}}
}

func riskScoreCell(s *risk.Score, at risk.Point) registerCell {
	if s == nil {
		return registerCell{Text: "–", Order: "00"}
	}
	if !at.Known() {
		at = s.Point
	}
	return registerCell{Text: fmt.Sprint(at.Score()), Sub: fmt.Sprintf("%d × %d", at.Likelihood, at.Impact), Order: fmt.Sprintf("%02d", at.Score())}
}

// riskCurrentCell is the score that counts; a number of the library stands in
// brackets, so that nobody takes it for one.
func riskCurrentCell(e *risk.Entry) registerCell {
	if e.Scored() {
		c := riskScoreCell(e.Counting(), e.Effective.Point)
		if e.Current == nil {
			c.Sub = "inherent"
		}
		if len(e.Effective.Back) > 0 {
			c.Sub = "risen from " + fmt.Sprint(e.Current.Point.Score())
		}
		return c
	}
	if d, ok := e.Default(); ok {
		return registerCell{Text: fmt.Sprintf("(%d)", d.Score()), Sub: "library", Order: "00"}
	}
	return registerCell{Text: "–", Order: "00"}
}

func riskFilters(r *risk.Register, c risk.Counts, owners map[string]string) []registerFilter {
	state := registerFilter{Name: "state", Label: "State", All: "All"}
	for _, x := range risk.States() {
		if c.States[x] > 0 {
			state.Options = append(state.Options, option{string(x), x.Label()})
		}
	}
	level := registerFilter{Name: "level", Label: "Level", All: "All levels"}
	for _, l := range r.Method.Numbers.Levels {
		level.Options = append(level.Options, option{l.ID, l.ID})
	}
	level.Options = append(level.Options, option{"not scored", "not scored"})
	category := registerFilter{Name: "category", Label: "Category", All: "All categories"}
	for _, n := range risk.Categories() {
		category.Options = append(category.Options, option{n.ID, n.Label})
	}
	scored := registerFilter{Name: "scored", Label: "Appetite", All: "All scores", Options: []option{{"above", "Outside the appetite"}, {"yes", "Scored"}, {"no", "Not yet scored"}}}
	owner := registerFilter{Name: "owner", Label: "Owner", All: "All owners", Options: []option{{"none", "Nobody"}}}
	var list []option
	for id, name := range owners {
		list = append(list, option{id, name})
	}
	slices.SortFunc(list, func(a, b option) int { return strings.Compare(a.Text+a.Value, b.Text+b.Value) })
	owner.Options = append(owner.Options, list...)
	return []registerFilter{state, level, scored, category, owner}
}

func riskAskOwner(ctx context.Context, s *Server, who visitor) ([]registerAsked, error) {
	b, err := s.shelf.open(ctx, who.Actor)
	if err != nil {
		return nil, err
	}
	return []registerAsked{{input: input{Name: "owner", Label: "Owner", Required: true, Hint: "Decides about the treatment and answers for it."}, Options: b.personOptions()}}, nil
}

func riskDoOwner(ctx context.Context, s *Server, who visitor, ids []string, form url.Values) (string, error) {
	if err := s.Risks.Own(ctx, who.Actor, ids, form.Get("owner"), s.Now()); err != nil {
		return "", err
	}
	return plural(len(ids), "risk has", "risks have") + " a new owner.", nil
}
