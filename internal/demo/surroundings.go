package demo

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/toucan-grc/toucan/internal/cadence"
	"github.com/toucan-grc/toucan/internal/framework"
	"github.com/toucan-grc/toucan/internal/isms"
)

// iso names requirements of ISO/IEC 27001:2022 by their numbers.
func iso(ids string) []framework.Ref {
	var out []framework.Ref
	for _, id := range strings.Fields(ids) {
		out = append(out, framework.Ref{Framework: "iso27001-2022", ID: id})
	}
	return out
}

// surroundings plans parties, issues, the decision on the climate, and objectives.
func (t *story) surroundings() {
	day := t.before(6, 2)
	t.deed(day, 11, 0, "adopt parties", func(ctx context.Context, at time.Time) error {
		var codes []string
		for _, p := range isms.ShippedParties() { // no health authority, no payment partner, no models that judge people
			if p.Seed != "IP-05" && p.Seed != "IP-18" && p.Seed != "IP-19" {
				codes = append(codes, p.Seed)
			}
		}
		_, err := t.ISMS.SeedParties(ctx, t.admin, codes, at)
		return err
	})
	t.deed(day, 11, 30, "adopt issues", func(ctx context.Context, at time.Time) error {
		var codes []string
		for _, i := range isms.ShippedIssues() {
			codes = append(codes, i.Seed)
		}
		_, err := t.ISMS.SeedIssues(ctx, t.admin, codes, at)
		return err
	})
	t.deed(day, 14, 0, "decide on the climate", func(ctx context.Context, at time.Time) error {
		_, err := t.ISMS.DecideClimate(ctx, t.admin, true, "Two of three regions of our hosting provider lie where heat stopped cooling twice in two years, and both offices stood empty for a day in the last storms. It matters for availability and for the people on call; our own effect on the climate is small. Heat and storms are in the risk register and in the choice of regions.", at)
		return err
	})
	t.deed(t.before(6, 4), 10, 0, "say more about parties", t.parties)
	t.deed(t.before(6, 4), 10, 30, "say more about issues", t.issues)
	t.deed(t.before(6, 5), 10, 0, "adopt objectives", t.objectives)
	t.deed(t.before(1, -4), 10, 0, "look at the surroundings again", t.again)
	for i := range 26 { // live figures are taken when a period ends
		t.deed(t.started()+cadence.Date(7*(i+1)), 6, 30, "take live figures", func(ctx context.Context, at time.Time) error {
			return t.ISMS.TendContext(ctx, t.admin.Org(), at)
		})
	}
	for i := range 6 {
		t.deed(t.workday(t.in(months-5+i, 7)), 15, 30, "measure by hand", t.measure)
	}
}

// parties says of some parties what they want here.
func (t *story) parties(ctx context.Context, at time.Time) error {
	own := map[string][2]string{
		"IP-01": {"Nora Grigoryan", "Availability of 99.9 % a month, data kept apart and deleted at the end, notice of incidents within 48 hours, the SOC 2 report each year; eleven of them ask for ISO/IEC 27001 within the year."},
		"IP-04": {"Tomas Lind", "The Danish authority expects notice of breaches within 72 hours and a record of processing that is current."},
		"IP-08": {"Celia Raman", "The owners want the certificate before the next round of funding, and no surprise on the way."},
		"IP-13": {"Kofi Mensah", "Nordhost asks that we keep to the split of duties, patch our own images and report abuse within a day."},
		"IP-15": {"Celia Raman", "The insurer asks each year for second factors, backups that cannot be deleted and a tried plan for incidents."},
	}
	list, err := t.ISMS.Parties(ctx, t.admin, at)
	if err != nil {
		return err
	}
	for _, p := range list {
		if o, ok := own[p.Code]; ok {
			p.Owner, p.Needs, p.Note = t.persons[o[0]], o[1], "In our own words, from contracts and conversations."
			if _, err := t.ISMS.PutParty(ctx, t.admin, p, at); err != nil {
				return fmt.Errorf("%s: %w", p.Code, err)
			}
		}
	}
	return nil
}

// issues says of some issues what they mean here.
func (t *story) issues(ctx context.Context, at time.Time) error {
	own := map[string][2]string{
		"IS-02": {"Zoe Bergman", "Of thirty deals that were lost or late this year, nine waited for proof of security."},
		"IS-05": {"Sam Whitfield", "Half of the staff use an assistant each week, and one is approved."},
		"IS-06": {"Priya Raman", "The post in security operations was open for five months."},
		"IS-18": {"Ada Brandt", "One engineer alone knows the billing jobs."},
	}
	list, err := t.ISMS.Issues(ctx, t.admin, at)
	if err != nil {
		return err
	}
	for _, i := range list {
		if o, ok := own[i.Code]; ok {
			i.Owner, i.Text, i.Note = t.persons[o[0]], i.Text+". Here: "+o[1], "As it shows here."
			if _, err := t.ISMS.PutIssue(ctx, t.admin, i, at); err != nil {
				return fmt.Errorf("%s: %w", i.Code, err)
			}
		}
	}
	return nil
}

// again is the look at parties and issues before the internal audit.
func (t *story) again(ctx context.Context, at time.Time) error {
	parties, err := t.ISMS.Parties(ctx, t.mara(), at)
	if err != nil {
		return err
	}
	var ids []string
	for _, p := range parties {
		ids = append(ids, p.ID)
	}
	if err := t.ISMS.ConfirmEntries(ctx, t.mara(), isms.PartyRegister, ids, "Gone through with support, sales and finance.", at); err != nil {
		return err
	}
	issues, err := t.ISMS.Issues(ctx, t.mara(), at)
	if err != nil {
		return err
	}
	ids = nil
	for _, i := range issues {
		ids = append(ids, i.ID)
	}
	return t.ISMS.ConfirmEntries(ctx, t.mara(), isms.IssueRegister, ids, "Gone through in the leadership meeting.", at)
}

// objectives adopts seven; the check of devices is left to the tests.
func (t *story) objectives(ctx context.Context, at time.Time) error {
	if _, err := t.ISMS.SeedObjectives(ctx, t.admin, []string{"OBJ-1", "OBJ-2", "OBJ-4", "OBJ-5", "OBJ-6", "OBJ-7", "OBJ-8"}, at); err != nil {
		return err
	}
	plans := map[string]isms.ObjectivePlan{
		"OBJ-1": {What: "Reminders two weeks and two days before; managers see who is missing.", Resources: "No money; half a day of the people team each month", Who: "Head of People", When: t.today.AddMonths(6), Evaluated: "Each month by the security officer, each quarter by leadership"},
		"OBJ-2": {What: "Leaving runs by the checklist; accounts outside sign-on are listed in it.", Resources: "IT, one hour for each leaver", Who: "Head of IT", When: t.today.AddMonths(6), Evaluated: "Each month from the checklists"},
		"OBJ-4": {What: "A weakness belongs to the team whose service it is; the weekly stand-up goes through what is due.", Resources: "One day in ten of each team", Who: "Head of Engineering", When: t.today.AddMonths(6), Evaluated: "Each month from the tickets"},
		"OBJ-5": {What: "One form for everybody, and one person on call who decides.", Resources: "The rota of the engineers", Who: "Security Officer", When: t.today.AddMonths(9), Evaluated: "Each quarter from the incident records"},
		"OBJ-6": {What: "No release on Fridays; the second region takes over by itself.", Resources: "Budget of the platform team", Who: "Head of Engineering", When: t.today.AddMonths(9), Evaluated: "Each month from the measurements of availability"},
	}
	list, err := t.ISMS.Objectives(ctx, t.admin, at)
	if err != nil {
		return err
	}
	for _, tr := range list {
		o := tr.Objective
		plan, ok := plans[o.Code]
		if !ok { // of the other two nobody has written the plan yet
			continue
		}
		o.Plan, o.Note = plan, "With the plan, as agreed in the leadership meeting."
		if o.Code == "OBJ-6" {
			o.Title, o.Metric, o.Unit, o.Target = "The service is available as promised", "Minutes in the month in which customers could not work", "count", isms.ObjectiveTarget{Op: "<=", Number: 43}
		}
		if _, err := t.ISMS.PutObjective(ctx, t.admin, o, at.Add(10*time.Minute)); err != nil {
			return fmt.Errorf("%s: %w", o.Code, err)
		}
	}
	return nil
}

// byHand are the values of the periods of objectives that are measured by hand, the
// first period first. One month of OBJ-4 was never measured, and its last value lies
// below the target.
var byHand = map[string][]isms.HandMeasure{
	"OBJ-4": {{Num: 61, Den: 63}, {Num: 44, Den: 46}, {}, {Num: 52, Den: 54}, {Num: 48, Den: 53}, {Num: 40, Den: 45}, {Num: 40, Den: 45}},
	"OBJ-5": {{Value: 2.5}, {Value: 1.8}, {Value: 1.8}},
	"OBJ-6": {{Value: 4}, {Value: 0}, {Value: 12}, {Value: 31}, {Value: 7}, {Value: 3}, {Value: 3}},
}

// measure enters what is known of the periods that are over, with the record it was
// read from.
func (t *story) measure(ctx context.Context, at time.Time) error {
	list, err := t.ISMS.Objectives(ctx, t.admin, at)
	if err != nil {
		return err
	}
	today := cadence.DateOf(at, t.zone)
	title := "Measures of " + today.AddMonths(-1).String()[:7]
	f := t.note(t.admin, "metrics-report", title, at.Add(-time.Hour), "Weaknesses: from the tickets closed in the month. Availability: from the probes outside. Incidents: from the records.", "Read by the compliance manager, and looked at by the security officer.")
	f.Requirements, f.review, f.key = iso("9.1 6.2"), true, title
	if err := t.put(ctx, f, at.Add(-30*time.Minute)); err != nil {
		return err
	}
	for _, tr := range list {
		for n, p := range tr.Periods {
			values := byHand[tr.Objective.Code]
			if n >= len(values) || p.Measure != nil || p.Days.To >= today || values[n] == (isms.HandMeasure{}) {
				continue
			}
			h := values[n]
			h.Objective, h.On, h.Known, h.Item = tr.Objective.ID, p.Days.To, isms.Valued, t.items[title]
			if _, err := t.ISMS.Measure(ctx, t.admin, h, at); err != nil {
				return fmt.Errorf("%s: %w", tr.Objective.Code, err)
			}
		}
	}
	return nil
}
