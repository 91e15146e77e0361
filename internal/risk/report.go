package risk

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/document"
	"github.com/toucan-grc/toucan/internal/people"
)

// ReportTitle is what the report is called.
const ReportTitle = "Risk assessment and treatment plan"

const reportAbout = "This report says how risks are scored and decided here, which risks are known, how they stand, and what is done about them. A score is the judgement of the person named, under the version of the method named, with the controls that have evidence of operating. A number nobody here gave is not in it."

// Report is the register as a document: method, appetite, heat map, register,
// treatment plan and acceptances.
func (s *Store) Report(ctx context.Context, who access.Actor, now time.Time) (document.Report, error) {
	r, err := s.Register(ctx, who, now)
	if err != nil {
		return document.Report{}, err
	}
	var name string
	var persons map[string]string
	err = s.DB.Read(ctx, who.Org(), func(tx *db.Tx) (err error) {
		name, persons, err = readReportNames(ctx, tx, who.Org())
		return err
	})
	if err != nil {
		return document.Report{}, err
	}
	return r.report(name, persons), nil
}

// readReportNames reads what the organisation and its people are called now.
func readReportNames(ctx context.Context, tx *db.Tx, org string) (string, map[string]string, error) {
	var name string
	if err := tx.QueryRow(ctx, `SELECT name FROM organisation WHERE id = $1`, org).Scan(&name); err != nil {
		return "", nil, err
	}
	roster, err := people.ReadRoster(ctx, tx, org)
	if err != nil {
		return "", nil, err
	}
	persons := map[string]string{}
	for _, p := range roster.All() {
		persons[p.ID] = p.Name
	}
	return name, persons, nil
}

// report composes the document; persons are names by id.
func (r *Register) report(name string, persons map[string]string) document.Report {
	c := r.Count()
	d := document.Report{Title: ReportTitle, Of: name, At: r.local(r.Now), About: reportAbout, Wide: true}
	d.Facts = [][2]string{
		{"Risks in the register", fmt.Sprintf("%d, of which %d scored", c.Open, c.Open-c.Unscored)},
		{"Outside the appetite", strconv.Itoa(c.Above)},
		{"Not yet scored", strconv.Itoa(c.Unscored)},
		{"Method", "Version " + r.Method.Version},
		{"Newest score", dayOr(r.Assessed().String(), "none")},
	}
	d.Parts = append(d.Parts, r.methodPart()...)
	d.Parts = append(d.Parts, r.heatPart(Inherent, true), r.heatPart(Current, false))
	d.Parts = append(d.Parts, r.registerPart(), r.planPart(persons), r.acceptancePart(persons))
	return d
}

func dayOr(day, none string) string {
	if day == "" {
		return none
	}
	return day
}

// methodPart says how risks are scored and who accepts what.
func (r *Register) methodPart() []document.Part {
	m := r.Method
	scales := &document.Grid{Caption: "Scales", Head: []string{"Step", "Likelihood", "Chance within twelve months", "Impact", "Total loss, as a share of yearly revenue"}, Weights: []float64{1, 2, 3, 2, 4}}
	for i, l := range m.Numbers.Scales.Likelihood {
		x := m.Numbers.Scales.Impact[i]
		scales.Rows = append(scales.Rows, []string{strconv.Itoa(i + 1), l.Name, between(l), x.Name, between(x)})
	}
	levels := &document.Grid{Caption: "Levels", Head: []string{"Level", "Score", "Appetite", "Accepted by", "For at most", "Plan within"}, Weights: []float64{2, 2, 2, 5, 2, 2}}
	for _, l := range m.Numbers.Levels {
		within, plan := "outside", "-"
		if l.Within {
			within = "within"
		}
		if l.PlanDue.Known() {
			plan = l.PlanDue.Words()
		}
		levels.Rows = append(levels.Rows, []string{l.ID, fmt.Sprintf("%d to %d", l.Min, l.Max), within, RoleWords(l.AcceptBy), l.AcceptFor.Words(), plan})
	}
	rules := []string{}
	for _, o := range m.Numbers.Appetite.Overrides {
		rules = append(rules, overrideWords(o))
	}
	return []document.Part{
		{Heading: "Method and appetite", Text: []string{fmt.Sprintf("Method version %s. A score is likelihood times impact, from 1 to 25. The appetite is a score of %d. Older scores are read by the version under which they were given.", m.Version, m.Numbers.Appetite.MaxScore)}, List: rules},
		{Heading: "Scales", Level: 2, Table: scales, Note: "Impact is the highest of the columns that apply, for one realistic bad case; the other columns stand in the text of the method."},
		{Heading: "Levels and who accepts them", Level: 2, Table: levels},
	}
}

func overrideWords(o Override) string {
	switch o.When {
	case whenSevere:
		return "Impact 5 always needs a written contingency, however unlikely the event is."
	case whenPeople:
		return fmt.Sprintf("A risk that affects safety or the rights of people lies outside the appetite above a score of %d.", o.MaxScore)
	}
	return "A law that is known to be broken is a nonconformity and not a risk that somebody may accept."
}

// between is the stretch of a step: "2 % to below 10 %".
func between(s Step) string {
	switch {
	case s.Min <= 0:
		return "below " + percent(s.Max)
	case s.Max >= 1:
		return percent(s.Min) + " and more"
	}
	return percent(s.Min) + " to below " + percent(s.Max)
}

func percent(share float64) string {
	return strconv.FormatFloat(share*100, 'f', -1, 64) + " %"
}

// heatPart is a heat map in words: counts, level and codes.
func (r *Register) heatPart(kind ScoreKind, first bool) document.Part {
	g := &document.Grid{Caption: "Heat map of the " + string(kind) + " scores", Head: []string{"Likelihood"}, Weights: []float64{2}}
	for i, s := range r.Method.Numbers.Scales.Impact {
		g.Head = append(g.Head, fmt.Sprintf("Impact %d, %s", i+1, s.Name))
		g.Weights = append(g.Weights, 3)
	}
	for _, row := range r.Heat(kind) {
		n := row[0].Likelihood
		line := []string{fmt.Sprintf("%d, %s", n, r.Method.StepName(Likelihood, n))}
		for _, c := range row {
			text := c.Level.ID
			if len(c.Risks) > 0 {
				text = fmt.Sprintf("%s: %s", c.Level.ID, counted(len(c.Risks), "risk"))
				if len(c.Risks) <= 6 {
					text += " (" + codes(c.Risks) + ")"
				}
			}
			line = append(line, text)
		}
		g.Rows = append(g.Rows, line)
	}
	return document.Part{Heading: kind.Label() + " scores", Level: 2, Table: g, Break: first}
}

func codes(list []*Entry) string {
	var out []string
	for _, e := range list {
		out = append(out, e.Code)
	}
	return strings.Join(out, ", ")
}

func (r *Register) registerPart() document.Part {
	g := &document.Grid{Caption: "Register", Head: []string{"Code", "Risk", "Owner", "Inherent", "Current", "Level", "State"}, Weights: []float64{2, 9, 4, 2, 2, 3, 4}, None: "The register is empty."}
	for _, e := range r.Open() {
		level := e.Verdict.Level.ID
		if !e.Scored() {
			level = "not scored"
		}
		g.Rows = append(g.Rows, []string{e.Code, e.Title, orNobody(e.OwnerName), scoreWords(e.Inherent, Point{}), scoreWords(e.Current, e.Effective.Point), level, e.State.Label()})
	}
	return document.Part{Heading: "Register", Text: []string{"Scores are written likelihood × impact = score. A current score is shown with what failing controls gave back."}, Table: g, Break: true}
}

// scoreWords is a score as a table writes it; at is where it stands today.
func scoreWords(s *Score, at Point) string {
	if s == nil {
		return "-"
	}
	p := s.Point
	if at.Known() {
		p = at
	}
	return fmt.Sprintf("%d × %d = %d", p.Likelihood, p.Impact, p.Score())
}

func orNobody(name string) string {
	if name == "" {
		return "nobody"
	}
	return name
}

func (r *Register) planPart(persons map[string]string) document.Part {
	g := &document.Grid{Caption: "Treatment plan", Head: []string{"Code", "Risk", "Treatment and actions", "Cost", "Due", "Target", "Owner approved", "Shown by"}, Weights: []float64{2, 5, 9, 3, 3, 2, 3, 4}, None: "No treatment was chosen."}
	for _, e := range r.Open() {
		p := e.Plan
		if p == nil {
			continue
		}
		text := []string{string(p.Choice) + ": " + p.Reason}
		for _, a := range e.Actions {
			who := persons[a.Owner]
			text = append(text, fmt.Sprintf("%s %s (%s). %s", a.Code(), stop(a.Title), orNobody(who), a.Standing(r.Today)))
		}
		target, approved := "-", "not yet"
		if p.Target.Known() {
			target = fmt.Sprintf("%d × %d = %d", p.Target.Likelihood, p.Target.Impact, p.Target.Score())
		}
		if p.Approved() {
			approved = r.local(p.ApprovedAt).Format(time.DateOnly)
		}
		shown := p.ShownBy
		if p.Completed() {
			shown = "Complete: " + p.Completion
		}
		g.Rows = append(g.Rows, []string{e.Code, e.Title, strings.Join(text, "\n"), p.Cost, p.Due.String(), target, approved, shown})
	}
	return document.Part{Heading: "Treatment plan", Table: g, Break: true}
}

func (r *Register) acceptancePart(persons map[string]string) document.Part {
	g := &document.Grid{Caption: "Acceptances", Head: []string{"Code", "Risk", "Score", "Accepted by", "From", "Until", "Reason and conditions", "Today"}, Weights: []float64{2, 5, 2, 4, 3, 3, 7, 4}, None: "Nobody accepted a risk."}
	for _, e := range r.Open() {
		a := e.Acceptance
		if a == nil {
			continue
		}
		_, today := a.Holds(r.Today, e.Effective.Point)
		why := a.Reason
		if a.Conditions != "" {
			why += "\nConditions: " + a.Conditions
		}
		g.Rows = append(g.Rows, []string{e.Code, e.Title, strconv.Itoa(a.Point.Score()), orNobody(persons[a.Person]), a.From.String(), a.Until.String(), why, today})
	}
	return document.Part{Heading: "Acceptances", Text: []string{"An acceptance ends on the day it names. Silence does not prolong it."}, Table: g, Break: len(g.Rows) > 0}
}

// frozenReport is a snapshot as a document.
func (s *Store) frozenReport(ctx context.Context, who access.Actor, x Snapshot) (document.Report, error) {
	var name string
	var persons map[string]string
	all, _, err := s.Methods(ctx, who, x.At)
	if err != nil {
		return document.Report{}, err
	}
	r := &Register{Now: x.At, Methods: all, Method: all[0]}
	r.Method = r.MethodOf(x.Method)
	err = s.DB.Read(ctx, who.Org(), func(tx *db.Tx) (err error) {
		if r.zones, err = access.Days(ctx, tx, who.Org()); err != nil {
			return err
		}
		name, persons, err = readReportNames(ctx, tx, who.Org())
		return err
	})
	if err != nil {
		return document.Report{}, err
	}
	var took []string
	for _, p := range x.Participants {
		took = append(took, orNobody(persons[p]))
	}
	d := document.Report{Title: x.Title, Of: name, At: r.local(x.At), About: "The register of risks as it was frozen on the day above. Nothing in it was changed since; its digest stands in the log.", Wide: true}
	d.Facts = [][2]string{{"Risks", strconv.Itoa(x.Count)}, {"Method", "Version " + x.Method}, {"Took part", strings.Join(took, ", ")}, {"Digest", x.Digest}}
	if x.Note != "" {
		d.Facts = append(d.Facts, [2]string{"Note", x.Note})
	}
	d.Parts = r.methodPart()
	g := &document.Grid{Caption: "Register", Head: []string{"Code", "Risk", "Owner", "Inherent", "Current", "Level", "State", "Treatment", "Accepted until"}, Weights: []float64{2, 8, 4, 2, 2, 3, 4, 2, 3}}
	for _, f := range x.Risks {
		level := f.Level
		if level == "" {
			level = "not scored"
		}
		g.Rows = append(g.Rows, []string{f.Code, f.Title, orNobody(persons[f.Owner]), pointWords(f.Inherent.Point()), pointWords(f.Current.Point()), level, f.State.Label(), string(f.Choice), f.AcceptedTo.String()})
	}
	d.Parts = append(d.Parts, document.Part{Heading: "Register", Table: g, Break: true})
	return d, nil
}

func pointWords(p Point) string {
	if !p.Known() {
		return "-"
	}
	return fmt.Sprintf("%d × %d = %d", p.Likelihood, p.Impact, p.Score())
}
