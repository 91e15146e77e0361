package web

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/cadence"
	"github.com/toucan-grc/toucan/internal/isms"
	"github.com/toucan-grc/toucan/internal/people"
	"github.com/toucan-grc/toucan/internal/sheet"
	"github.com/toucan-grc/toucan/internal/upload"
)

func contextRegisters() []register {
	base := func(g register, here string) register {
		g.Path, g.Here, g.View, g.Change = []string{"isms", here}, "isms", access.ViewISMS, access.ManageISMS
		g.Crumbs = contextCrumbs
		g.Tabs = func(slug string) []pill { return ismsTabs(slug, here) }
		return g
	}
	return []register{
		base(register{Title: "Interested parties", Sub: "Who expects what of the management system, and how it is met (ISO/IEC 27001:2022, 4.2).", One: "party", Many: "parties", Rows: partyRows, New: "new",
			Bulk: contextBulk(isms.PartyRegister), Columns: isms.PartyColumns, Purpose: upload.ISMS,
			Export: func(ctx context.Context, s *Server, who visitor) ([][]string, error) {
				return s.ISMS.ExportParties(ctx, who.Actor, s.Now())
			},
			Plan: func(ctx context.Context, s *Server, who visitor, sh *sheet.Sheet) (sheet.Plan, error) {
				return s.ISMS.PlanParties(ctx, who.Actor, sh, s.Now())
			},
			Enter: func(ctx context.Context, s *Server, who visitor, sh *sheet.Sheet) (sheet.Plan, error) {
				return s.ISMS.ImportParties(ctx, who.Actor, sh, s.Now())
			},
			Icon: "users-group", None: "Nobody is in the register yet", First: "Take those that fit from the list that ships, enter your own, or import the list you keep."}, "parties"),
		base(register{Title: "Issues", Sub: "What outside and inside bears on what the management system can reach (4.1), and whether climate change is part of it.", One: "issue", Many: "issues", Rows: issueRows, New: "new",
			Bulk: contextBulk(isms.IssueRegister), Columns: isms.IssueColumns, Purpose: upload.ISMS,
			Export: func(ctx context.Context, s *Server, who visitor) ([][]string, error) {
				return s.ISMS.ExportIssues(ctx, who.Actor, s.Now())
			},
			Plan: func(ctx context.Context, s *Server, who visitor, sh *sheet.Sheet) (sheet.Plan, error) {
				return s.ISMS.PlanIssues(ctx, who.Actor, sh, s.Now())
			},
			Enter: func(ctx context.Context, s *Server, who visitor, sh *sheet.Sheet) (sheet.Plan, error) {
				return s.ISMS.ImportIssues(ctx, who.Actor, sh, s.Now())
			},
			Icon: "flag", None: "No issue is in the register yet", First: "Take those that fit from the list that ships, enter your own, or import the list you keep."}, "issues"),
		base(register{Title: "Objectives", Sub: "What the management system wants to reach, and how far it is (6.2). A period without data counts as a miss.", One: "objective", Many: "objectives", Rows: objectiveRows, New: "new",
			Columns: isms.ObjectiveColumns, Export: func(ctx context.Context, s *Server, who visitor) ([][]string, error) {
				return s.ISMS.ExportObjectives(ctx, who.Actor, s.Now())
			},
			Icon: "progress", None: "No objective is set yet", First: "Take those that fit from the list that ships, or set your own. Four of them are measured live."}, "objectives"),
		base(register{Title: "Management reviews", Sub: "Top management looks at the system at planned times and decides (9.3).", One: "review", Many: "reviews", Rows: reviewRows, New: "new",
			Icon: "clipboard-list", None: "No review is planned", First: "Plan the first one: a day, and who takes part. The pack is drawn from live data."}, "reviews"),
	}
}

func contextCrumbs(slug string) []crumb {
	return []crumb{{"Management system", orgPath(slug, "isms")}}
}

// contextBulk is what can be done to many parties or issues at once.
func contextBulk(r isms.Register) []registerBulk {
	return []registerBulk{
		{Key: "confirm", Text: "Still right", Ask: func(context.Context, *Server, visitor) ([]registerAsked, error) {
			return []registerAsked{{input: input{Name: "note", Label: "What was looked at", Hint: "May stay empty. Today becomes the day they were looked at last."}, Long: true}}, nil
		}, Do: func(ctx context.Context, s *Server, who visitor, ids []string, form url.Values) (string, error) {
			err := s.ISMS.ConfirmEntries(ctx, who.Actor, r, ids, form.Get("note"), s.Now())
			return plural(len(ids), "entry", "entries") + " looked at and found still right.", err
		}},
		{Key: "own", Text: "Set owner", Ask: func(ctx context.Context, s *Server, who visitor) ([]registerAsked, error) {
			list, err := s.contextPeople(ctx, who)
			return []registerAsked{{input: input{Name: "owner", Label: "Owner"}, Options: append([]option{{"", "Whoever is Security Officer"}}, list...)}}, err
		}, Do: func(ctx context.Context, s *Server, who visitor, ids []string, form url.Values) (string, error) {
			err := s.ISMS.OwnEntries(ctx, who.Actor, r, ids, form.Get("owner"), s.Now())
			return "Owner set for " + plural(len(ids), "entry", "entries") + ".", err
		}},
	}
}

// contextPeople are the people who are here, for a choice.
func (s *Server) contextPeople(ctx context.Context, who visitor) ([]option, error) {
	roster, err := s.People.Roster(ctx, who.Actor)
	if err != nil {
		return nil, err
	}
	var out []option
	for _, p := range roster.Current(roster.Today(s.Now())) {
		out = append(out, option{p.ID, p.Name})
	}
	return out, nil
}

// contextToday is the day where the organisation is.
func (s *Server) contextToday(ctx context.Context, who visitor) (cadence.Date, error) {
	roster, err := s.People.RosterOf(ctx, who.Actor.Org())
	if err != nil {
		return 0, err
	}
	return roster.Today(s.Now()), nil
}

// nearMark is how a day is drawn in a list: only what is near stands out.
var nearMark = map[cadence.Nearness]string{cadence.Overdue: "bad", cadence.Soon: "warn"}

// careCell says when an entry has to be looked at again.
func careCell(c isms.Care, retired bool, today cadence.Date) (registerCell, string) {
	due, near := c.Due(), c.Near(today)
	if retired || near == cadence.Unset {
		return registerCell{}, string(cadence.Unset)
	}
	if mark := nearMark[near]; mark != "" {
		return registerCell{Text: string(near), Mark: mark, Sub: dayWords(due), Order: due.String()}, string(near)
	}
	return registerCell{Text: dayWords(due), Order: due.String()}, string(near)
}

var careFilter = registerFilter{Name: "due", Label: "To be looked at", All: "Whenever due", Options: []option{{"overdue", "Overdue"}, {"soon", "Within 30 days"}, {"none", "No day"}}}

func sideFilter(retired bool) registerFilter {
	f := registerFilter{Name: "side", Label: "side", Options: []option{{"external", "External"}, {"internal", "Internal"}}}
	if retired {
		f.Options = append(f.Options, option{"retired", "Retired"})
	}
	return f
}

func sideFacet(side, retired string) []string {
	if retired != "" {
		return []string{"retired"}
	}
	return []string{side}
}

// listAct is the button that leads to the list that ships.
func listAct(who visitor, part string) []registerAct {
	if !who.Can(access.ManageISMS) {
		return nil
	}
	return []registerAct{{"Take from the list", "books", orgPath(who.Slug(), "isms", part, "list"), true}}
}

func partyRows(ctx context.Context, s *Server, who visitor) (registerRows, error) {
	out := registerRows{Heads: []registerHead{{Text: "Needs", Wide: true}, {Text: "Owner"}, {Text: "Look at again"}}, Acts: listAct(who, "parties")}
	list, err := s.ISMS.Parties(ctx, who.Actor, s.Now())
	if err != nil {
		return out, err
	}
	names, today, err := s.contextAround(ctx, who)
	if err != nil {
		return out, err
	}
	retired := false
	for _, p := range list {
		due, when := careCell(p.Care, p.Retired != "", today)
		retired = retired || p.Retired != ""
		out.Rows = append(out.Rows, registerRow{ID: p.ID, Code: p.Code, Name: p.Name, Sub: p.How, To: orgPath(who.Slug(), "isms", "parties", p.Code), Gone: p.Retired != "",
			Cells: func() []registerCell {
				return []registerCell{{Text: p.Needs}, {Text: names[p.Owner], Person: true}, due}
			},
			Facets: map[string][]string{"side": sideFacet(p.Side, p.Retired), "due": {when}}})
	}
	out.Filters = []registerFilter{sideFilter(retired), careFilter}
	return out, nil
}

// contextAround reads what lists need: names and the day.
func (s *Server) contextAround(ctx context.Context, who visitor) (map[string]string, cadence.Date, error) {
	names, err := s.ISMS.EntryNames(ctx, who.Actor)
	if err != nil {
		return nil, 0, err
	}
	today, err := s.contextToday(ctx, who)
	return names, today, err
}

func issueRows(ctx context.Context, s *Server, who visitor) (registerRows, error) {
	out := registerRows{Heads: []registerHead{{Text: "Effect", Wide: true}, {Text: "Response", Wide: true}, {Text: "Owner"}, {Text: "Look at again"}}, Acts: listAct(who, "issues")}
	list, err := s.ISMS.Issues(ctx, who.Actor, s.Now())
	if err != nil {
		return out, err
	}
	names, today, err := s.contextAround(ctx, who)
	if err != nil {
		return out, err
	}
	climate, past, err := s.ISMS.Climate(ctx, who.Actor, s.Now())
	if err != nil {
		return out, err
	}
	out.Above = climateCard(climatePage{slug: who.Slug(), Standing: climate, Past: past, CanDecide: who.Can(access.ManageISMS)})
	retired := false
	topics := map[string]bool{}
	for _, i := range list {
		due, when := careCell(i.Care, i.Retired != "", today)
		retired = retired || i.Retired != ""
		topics[i.Topic] = true
		facets := map[string][]string{"side": sideFacet(i.Side, i.Retired), "due": {when}, "topic": {i.Topic}}
		out.Rows = append(out.Rows, registerRow{ID: i.ID, Code: i.Code, Name: i.Text, Sub: i.Topic, To: orgPath(who.Slug(), "isms", "issues", i.Code), Gone: i.Retired != "",
			Cells: func() []registerCell {
				return []registerCell{{Text: i.Effect}, {Text: i.Response}, {Text: names[i.Owner], Person: true}, due}
			}, Facets: facets})
	}
	topic := registerFilter{Name: "topic", Label: "Topic", All: "All topics"}
	for t := range topics {
		topic.Options = append(topic.Options, option{t, upperFirst(t)})
	}
	slices.SortFunc(topic.Options, func(a, b option) int { return strings.Compare(a.Text, b.Text) })
	out.Filters = []registerFilter{sideFilter(retired), topic, careFilter}
	return out, nil
}

// periodMark is the chip of a verdict.
func periodMark(v isms.PeriodVerdict) string {
	switch v {
	case isms.TargetMet:
		return "good"
	case isms.TargetMissed, isms.NoData:
		return "bad"
	case isms.Awaited:
		return "warn"
	}
	return "info"
}

func objectiveRows(ctx context.Context, s *Server, who visitor) (registerRows, error) {
	out := registerRows{Heads: []registerHead{{Text: "Target", Wide: true}, {Text: "Last value", Num: true}, {Text: "Last period"}, {Text: "Met", Num: true}, {Text: "Answers for it"}}, Acts: listAct(who, "objectives")}
	list, err := s.ISMS.Objectives(ctx, who.Actor, s.Now())
	if err != nil {
		return out, err
	}
	names, _, err := s.contextAround(ctx, who)
	if err != nil {
		return out, err
	}
	retired := false
	for _, t := range list {
		o := t.Objective
		value, verdict := registerCell{}, registerCell{Text: "not judged yet", Mark: "info"}
		if last, ok := t.Last(); ok {
			verdict = registerCell{Text: last.Verdict.Label(), Mark: periodMark(last.Verdict), Sub: daysWords(last.Days)}
			if last.Measure != nil && last.Measure.Known == isms.Valued {
				value = registerCell{Text: isms.Amount(last.Measure.Value, last.Unit), Sub: last.Measure.Share(), Order: fmt.Sprintf("%020.4f", last.Measure.Value+1e9)}
			}
		}
		how := "live"
		if o.Hand() {
			how = "hand"
		}
		state := []string{string(t.State), how}
		if o.Retired != "" {
			state, retired = []string{"retired"}, true
		}
		out.Rows = append(out.Rows, registerRow{ID: o.ID, Code: o.Code, Name: o.Title, Sub: o.Metric, To: orgPath(who.Slug(), "isms", "objectives", o.Code), Gone: o.Retired != "",
			Cells: func() []registerCell {
				return []registerCell{{Text: o.Target.Words(o.Unit), Sub: measuredEvery(o.MeasureEvery) + ", " + sourceWord(o)}, value, verdict, {Text: fmt.Sprintf("%d of %d", t.Met, t.Judged())}, {Text: answersFor(o, names)}}
			},
			Facets: map[string][]string{"state": state}})
	}
	out.Filters = []registerFilter{{Name: "state", Label: "state", Options: []option{{string(isms.TargetMet), "Met"}, {string(isms.TargetMissed), "Missed"}, {string(isms.NoData), "No data"}, {"hand", "Measured by hand"}, {"live", "Measured live"}}}}
	if retired {
		out.Filters[0].Options = append(out.Filters[0].Options, option{"retired", "Retired"})
	}
	return out, nil
}

func measuredEvery(every string) string {
	f, ok := isms.ReadEvery(every)
	if !ok {
		return "never"
	}
	return f.String()
}

func sourceWord(o isms.Objective) string {
	if o.Hand() {
		return "by hand"
	}
	return "live"
}

func answersFor(o isms.Objective, names map[string]string) string {
	if o.Owner != "" {
		return names[o.Owner]
	}
	if r, ok := people.FindDutyRole(o.OwnerRole); ok {
		return r.Label
	}
	return ""
}

func mreviewMark(st isms.ReviewState) string {
	switch st {
	case isms.ReviewApproved:
		return "good"
	case isms.ReviewSent, isms.ReviewPrepared:
		return "warn"
	}
	return "info"
}

func reviewRows(ctx context.Context, s *Server, who visitor) (registerRows, error) {
	out := registerRows{Heads: []registerHead{{Text: "Meeting"}, {Text: "State"}, {Text: "Takes part", Wide: true}, {Text: "Decisions", Num: true}}}
	list, err := s.ISMS.Reviews(ctx, who.Actor)
	if err != nil {
		return out, err
	}
	for _, r := range list {
		var invited []string
		for _, p := range r.Participants {
			invited = append(invited, p.Name)
		}
		out.Rows = append(out.Rows, registerRow{ID: r.ID, Code: r.Code, Name: r.Title, To: orgPath(who.Slug(), "isms", "reviews", r.Code), Gone: r.State == isms.ReviewCancelled,
			Cells: func() []registerCell {
				return []registerCell{{Text: dayWords(r.On), Order: r.On.String()}, {Text: r.State.Label(), Mark: mreviewMark(r.State)}, {Text: strings.Join(invited, ", ")}, {Text: fmt.Sprint(len(r.Decisions)), Order: fmt.Sprintf("%06d", len(r.Decisions))}}
			},
			Facets: map[string][]string{"state": {string(r.State)}}})
	}
	f := registerFilter{Name: "state", Label: "state"}
	for _, st := range []isms.ReviewState{isms.ReviewPlanned, isms.ReviewPrepared, isms.ReviewSent, isms.ReviewApproved, isms.ReviewCancelled} {
		f.Options = append(f.Options, option{string(st), st.Label()})
	}
	out.Filters = []registerFilter{f}
	return out, nil
}
