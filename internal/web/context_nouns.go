package web

import (
	"context"
	"net/http"
	"strconv"
	"strings"

	"github.com/toucan-grc/toucan/internal/crosswalk"
	"github.com/toucan-grc/toucan/internal/isms"
	"github.com/toucan-grc/toucan/internal/people"
	"github.com/toucan-grc/toucan/internal/problem"
)

// contextFrameworkWord is the short name of a framework, or its id.
func contextFrameworkWord(id string) string {
	if f, ok := crosswalk.Shipped().Frameworks.Find(id); ok {
		return f.Short
	}
	return id
}

func sideOptions() []option { return []option{{"external", "External"}, {"internal", "Internal"}} }

var partyNoun = &contextNoun{Part: "parties", One: "party", Many: "interested parties", Register: isms.PartyRegister,
	Shipped: func() []contextShipped {
		var out []contextShipped
		for _, p := range isms.ShippedParties() {
			out = append(out, contextShipped{Code: p.Seed, Name: p.Name, Sub: p.Needs, Group: upperFirst(p.Side)})
		}
		return out
	},
	Seed: func(ctx context.Context, s *Server, who visitor, codes []string) (int, error) {
		return s.ISMS.SeedParties(ctx, who.Actor, codes, s.Now())
	},
	Open: openParty,
	Form: func(ctx context.Context, s *Server, who visitor, code string) (contextFormPage, error) {
		out := contextFormPage{Intro: "Who it is, what they need, and how the management system meets it."}
		var p isms.Party
		persons, err := s.contextPeople(ctx, who)
		if err == nil && code != "" {
			p, _, err = s.ISMS.Party(ctx, who.Actor, code)
		}
		out.ID, out.No = p.ID, p.Kept.No
		bases := contextField{input: input{Name: "basis", Label: "Where the need comes from"}, Many: true, On: p.Basis, Wide: true}
		for _, b := range isms.PartyBases() {
			bases.Options = append(bases.Options, option{b, upperFirst(b)})
		}
		out.Fields = append([]contextField{
			{input: input{Name: "name", Label: "Party", Value: p.Name, Required: true}},
			{input: input{Name: "side", Label: "Side", Value: p.Side}, Options: sideOptions()},
			{input: input{Name: "needs", Label: "What they need or expect", Value: p.Needs, Required: true}, Rows: "3", Wide: true},
			{input: input{Name: "how", Label: "Which of it the management system meets, and how", Value: p.How}, Rows: "3", Wide: true},
			bases,
			{input: input{Name: "climate", Label: "What they ask about climate change", Value: p.Climate, Hint: "Or that nothing is known."}, Rows: "2", Wide: true},
		}, careFields(p.Care, p.Risks, p.Requirements, persons)...)
		return out, err
	},
	Put: func(s *Server, r *http.Request, who visitor, id string, no int) (string, error) {
		p := isms.Party{}
		if id != "" {
			have, _, err := s.ISMS.Party(r.Context(), who.Actor, id)
			if err != nil {
				return "", err
			}
			p = have
		}
		p.Kept = isms.Kept{ID: id, No: no, Note: r.FormValue("note")}
		p.Name, p.Side, p.Needs, p.How, p.Climate, p.Care = r.FormValue("name"), r.FormValue("side"), r.FormValue("needs"), r.FormValue("how"), r.FormValue("climate"), careOf(r)
		p.Basis, p.Risks, p.Requirements = r.Form["basis"], formList(r, "risks"), formList(r, "requirements")
		p, err := s.ISMS.PutParty(r.Context(), who.Actor, p, s.Now())
		return p.Code, err
	}}

func openParty(ctx context.Context, s *Server, who visitor, code string) (contextPage, error) {
	p, past, err := s.ISMS.Party(ctx, who.Actor, code)
	if err != nil {
		return contextPage{}, err
	}
	names, err := s.ISMS.EntryNames(ctx, who.Actor)
	return contextPage{Kept: p.Kept, Name: p.Name, Sub: "Interested party", Past: past, Due: p.Due(), Chips: []registerCell{{Text: p.Side, Mark: "info"}}, Facts: append([]contextFact{
		{Label: "Needs", Text: p.Needs}, {Label: "How it is met", Text: p.How}, {Label: "Comes from", Text: strings.Join(p.Basis, ", ")}, {Label: "About climate", Text: p.Climate},
	}, careFacts(who.Slug(), p.Care, p.Risks, nil, p.Requirements, names)...)}, err
}

func careFacts(slug string, c isms.Care, risks, scenarios, refs []string, names map[string]string) []contextFact {
	owner := contextFact{Label: "Owner", Text: names[c.Owner], Person: true}
	if c.Owner == "" {
		owner = contextFact{Label: "Owner", Text: "whoever is Security Officer"}
	}
	out := []contextFact{owner, {Label: "Looked at last", Text: dayWords(c.Reviewed)}, {Label: "Looked at", Text: measuredEvery(c.ReviewEvery)}, {Label: "Risks", Links: linkedRisks(slug, risks)}}
	if len(scenarios) > 0 {
		out = append(out, contextFact{Label: "Scenarios", Text: strings.Join(scenarios, ", ") + " of the library of risks"})
	}
	return append(out, contextFact{Label: "Requirements", Links: requirementLinks(slug, refs)})
}

var issueNoun = &contextNoun{Part: "issues", One: "issue", Many: "issues", Register: isms.IssueRegister,
	Shipped: func() []contextShipped {
		var out []contextShipped
		for _, i := range isms.ShippedIssues() {
			out = append(out, contextShipped{Code: i.Seed, Name: i.Text, Sub: upperFirst(i.Topic) + ". " + i.Effect, Group: upperFirst(i.Side)})
		}
		return out
	},
	Seed: func(ctx context.Context, s *Server, who visitor, codes []string) (int, error) {
		return s.ISMS.SeedIssues(ctx, who.Actor, codes, s.Now())
	},
	Open: func(ctx context.Context, s *Server, who visitor, code string) (contextPage, error) {
		i, past, err := s.ISMS.Issue(ctx, who.Actor, code)
		if err != nil {
			return contextPage{}, err
		}
		names, err := s.ISMS.EntryNames(ctx, who.Actor)
		p := contextPage{Kept: i.Kept, Name: i.Text, Sub: upperFirst(i.Topic), Past: past, Due: i.Due(), Chips: []registerCell{{Text: i.Side, Mark: "info"}}, Facts: append([]contextFact{
			{Label: "Effect on the management system", Text: i.Effect}, {Label: "Response", Text: i.Response},
		}, careFacts(who.Slug(), i.Care, i.Risks, i.Scenarios, i.Requirements, names)...)}
		if i.Climate {
			p.Chips = append(p.Chips, registerCell{Text: "climate", Mark: "info"})
		}
		return p, err
	},
	Form: func(ctx context.Context, s *Server, who visitor, code string) (contextFormPage, error) {
		out := contextFormPage{Intro: "What bears on what the management system can reach, and what you do about it."}
		var i isms.Issue
		persons, err := s.contextPeople(ctx, who)
		if err == nil && code != "" {
			i, _, err = s.ISMS.Issue(ctx, who.Actor, code)
		}
		out.ID, out.No = i.ID, i.Kept.No
		climate := contextField{input: input{Name: "climate", Label: "It speaks of climate change"}, Tick: true, Wide: true}
		if i.Climate {
			climate.Value = "yes"
		}
		out.Fields = append([]contextField{
			{input: input{Name: "topic", Label: "Topic", Value: i.Topic, Required: true}},
			{input: input{Name: "side", Label: "Side", Value: i.Side}, Options: sideOptions()},
			{input: input{Name: "text", Label: "Issue", Value: i.Text, Required: true}, Rows: "2", Wide: true},
			{input: input{Name: "effect", Label: "Effect on the management system", Value: i.Effect}, Rows: "2", Wide: true},
			{input: input{Name: "response", Label: "Response", Value: i.Response}, Rows: "2", Wide: true},
			climate,
		}, careFields(i.Care, i.Risks, i.Requirements, persons)...)
		return out, err
	},
	Put: func(s *Server, r *http.Request, who visitor, id string, no int) (string, error) {
		i := isms.Issue{}
		if id != "" {
			have, _, err := s.ISMS.Issue(r.Context(), who.Actor, id)
			if err != nil {
				return "", err
			}
			i = have
		}
		i.Kept = isms.Kept{ID: id, No: no, Note: r.FormValue("note")}
		i.Side, i.Topic, i.Text, i.Effect, i.Response, i.Climate, i.Care = r.FormValue("side"), r.FormValue("topic"), r.FormValue("text"), r.FormValue("effect"), r.FormValue("response"), r.FormValue("climate") == "yes", careOf(r)
		i.Risks, i.Requirements = formList(r, "risks"), formList(r, "requirements")
		i, err := s.ISMS.PutIssue(r.Context(), who.Actor, i, s.Now())
		return i.Code, err
	}}

var objectiveNoun = &contextNoun{Part: "objectives", One: "objective", Many: "objectives", Register: isms.ObjectiveRegister,
	Shipped: func() []contextShipped {
		var out []contextShipped
		for _, o := range isms.ShippedObjectives() {
			how := "Measured by hand"
			if !o.Hand() {
				how = "Measured live"
			}
			out = append(out, contextShipped{Code: o.Seed, Name: o.Title, Sub: o.Metric + ": " + o.Target.Words(o.Unit), Group: how})
		}
		return out
	},
	Seed: func(ctx context.Context, s *Server, who visitor, codes []string) (int, error) {
		return s.ISMS.SeedObjectives(ctx, who.Actor, codes, s.Now())
	},
	Open: openObjective,
	Form: objectiveForm,
	Put:  putObjective,
}

func objectiveForm(ctx context.Context, s *Server, who visitor, code string) (contextFormPage, error) {
	out := contextFormPage{Intro: "What you want to reach, how it is measured, and how you get there (6.2). A new target holds from now on: periods that are over keep the one they had."}
	o := isms.Objective{Unit: "percent", Target: isms.ObjectiveTarget{Op: ">=", Number: 100}, MeasureEvery: "P1M", OwnerRole: "security-officer"}
	persons, err := s.contextPeople(ctx, who)
	if err == nil && code != "" {
		var f isms.ObjectiveFolder
		f, err = s.ISMS.Objective(ctx, who.Actor, code, s.Now())
		o = f.Track.Objective
	}
	out.ID, out.No = o.ID, o.Kept.No
	sources := []option{{"", "Measured by hand"}}
	for _, x := range isms.Sources() {
		sources = append(sources, option{x.Key, x.Label + " (" + x.Unit + ")"})
	}
	var units, every, ops []option
	for _, u := range isms.ObjectiveUnits() {
		units = append(units, option{u, upperFirst(u)})
	}
	for _, e := range isms.MeasureIntervals() {
		every = append(every, option{e, upperFirst(measuredEvery(e))})
	}
	for _, op := range isms.TargetOps() {
		ops = append(ops, option{op, map[string]string{">=": "at least", "<=": "at most", ">": "more than", "<": "less than", "=": "exactly"}[op]})
	}
	out.Fields = []contextField{
		{input: input{Name: "title", Label: "Objective", Value: o.Title, Required: true}, Wide: true},
		{input: input{Name: "metric", Label: "What is measured", Value: o.Metric, Required: true}, Wide: true},
		{input: input{Name: "source", Label: "Where the figure comes from", Value: o.Source, Hint: "Toucan reads some figures by itself. The others are entered by hand, with the evidence they were read from."}, Options: sources, Wide: true},
		{input: input{Name: "unit", Label: "Unit", Value: o.Unit}, Options: units},
		{input: input{Name: "measure_every", Label: "Measured", Value: o.MeasureEvery}, Options: every},
		{input: input{Name: "op", Label: "Target", Value: o.Target.Op}, Options: ops},
		{input: input{Name: "target", Label: "Number", Value: strconv.FormatFloat(o.Target.Number, 'f', -1, 64), Required: true}},
		{input: input{Name: "from", Label: "Measured from", Value: o.From.String(), Type: "date", Hint: "A day of the first period. Empty: today."}},
		{input: input{Name: "read_from", Label: "Where it is read, in words", Value: o.ReadFrom}},
		{input: input{Name: "owner", Label: "Answers for it", Value: o.Owner}, Options: append([]option{{"", "Whoever holds the role"}}, persons...)},
		{input: input{Name: "owner_role", Label: "Role", Value: o.OwnerRole}, Options: dutyRoleOptions()},
		{input: input{Name: "requirements", Label: "Requirements", Value: strings.Join(o.Requirements, "; ")}, Wide: true},
		{input: input{Name: "what", Label: "What will be done", Value: o.Plan.What}, Rows: "2", Wide: true, Head: "The plan"},
		{input: input{Name: "resources", Label: "With which resources", Value: o.Plan.Resources}, Rows: "2", Wide: true},
		{input: input{Name: "who", Label: "Who does it", Value: o.Plan.Who}},
		{input: input{Name: "when", Label: "By when", Value: o.Plan.When.String(), Type: "date"}},
		{input: input{Name: "evaluated", Label: "How results are evaluated", Value: o.Plan.Evaluated}, Rows: "2", Wide: true},
	}
	return out, err
}

func putObjective(s *Server, r *http.Request, who visitor, id string, no int) (string, error) {
	o := isms.Objective{}
	if id != "" {
		f, err := s.ISMS.Objective(r.Context(), who.Actor, id, s.Now())
		if err != nil {
			return "", err
		}
		o = f.Track.Objective
	}
	o.Kept = isms.Kept{ID: id, No: no, Note: r.FormValue("note")}
	number, err := strconv.ParseFloat(strings.TrimSpace(r.FormValue("target")), 64)
	if err != nil {
		return "", problem.Field("target", "This is no number. Write it like 98 or 0.5.")
	}
	o.Title, o.Metric, o.Source, o.Unit, o.MeasureEvery, o.Target = r.FormValue("title"), r.FormValue("metric"), r.FormValue("source"), r.FormValue("unit"), r.FormValue("measure_every"), isms.ObjectiveTarget{Op: r.FormValue("op"), Number: number}
	if o.From, err = formDay(r, "from"); err != nil {
		return "", err
	}
	when, err := formDay(r, "when")
	if err != nil {
		return "", err
	}
	o.ReadFrom, o.Owner, o.OwnerRole, o.Requirements = r.FormValue("read_from"), r.FormValue("owner"), r.FormValue("owner_role"), formList(r, "requirements")
	o.Plan = isms.ObjectivePlan{What: r.FormValue("what"), Resources: r.FormValue("resources"), Who: r.FormValue("who"), When: when, Evaluated: r.FormValue("evaluated")}
	o, err = s.ISMS.PutObjective(r.Context(), who.Actor, o, s.Now())
	return o.Code, err
}

func openObjective(ctx context.Context, s *Server, who visitor, code string) (contextPage, error) {
	f, err := s.ISMS.Objective(ctx, who.Actor, code, s.Now())
	if err != nil {
		return contextPage{}, err
	}
	names, err := s.ISMS.EntryNames(ctx, who.Actor)
	o := f.Track.Objective
	view := objectiveView{slug: who.Slug(), ObjectiveFolder: f, names: names, CanChange: who.Can(objectiveChange)}
	if err == nil && view.CanChange {
		view.Evidence, err = s.evidenceNames(ctx, who)
	}
	p := contextPage{Kept: o.Kept, Name: o.Title, Sub: o.Metric, Past: f.Past, Chips: []registerCell{{Text: f.State.Label(), Mark: periodMark(f.State)}}, Main: objectiveMain(view), Side: objectiveSide(view)}
	return p, err
}

// holderWords names who answers for an objective now.
func holderWords(f isms.ObjectiveFolder, names map[string]string) string {
	var out []string
	for _, h := range f.Holders {
		out = append(out, names[h])
	}
	role, ok := people.FindDutyRole(f.Track.Objective.OwnerRole)
	switch {
	case len(out) == 0 && ok:
		return "nobody: " + role.Label + " is not given to anybody"
	case len(out) == 0:
		return "nobody"
	case f.Track.Objective.Owner == "" && ok:
		return strings.Join(out, ", ") + " as " + role.Label
	}
	return strings.Join(out, ", ")
}
