package demo

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/cadence"
	"github.com/toucan-grc/toucan/internal/finding"
	"github.com/toucan-grc/toucan/internal/risk"
	"github.com/toucan-grc/toucan/internal/sheet"
)

// unscored were taken from the library three months ago, and nobody here has scored
// them.
var unscored = []string{"RS-044", "RS-057", "RS-074", "RS-084"}

// assess plans the method and the register of risks.
func (t *story) assess(m *management) {
	t.deed(t.before(6, 9), 14, 0, "write the risk method", func(ctx context.Context, at time.Time) error {
		all, _, err := t.Risks.Methods(ctx, t.admin, at)
		if err != nil {
			return err
		}
		matrix := strings.Replace(all[0].Matrix, `version: "1.0.0"`, `version: "1.1.0"`, 1)
		written, err := t.Risks.WriteMethod(ctx, t.admin, all[0].Text, matrix, "The method that ships, with our revenue of last year behind the column of money. Steps and appetite were gone through with leadership and stay.", at)
		if err != nil {
			return err
		}
		t.deed(t.before(6, 15), 15, 0, "approve the risk method", func(ctx context.Context, at time.Time) error {
			_, err := t.Risks.DecideMethod(ctx, t.lena(), written.ID, true, "", at)
			return err
		})
		return nil
	})
	t.deed(t.before(6, 18), 10, 0, "adopt scenarios", func(ctx context.Context, at time.Time) error { return t.scenarios(ctx, m, at) })
	t.deed(t.before(5, 2), 15, 0, "score the risks", func(ctx context.Context, at time.Time) error { return t.scores(ctx, m, at) })
	t.treat(m)
	t.accept(m)
	t.freeze(t.before(5, 12), "First risk assessment", "Three workshops with the owners; the numbers of the library were no more than a start.")
	t.freeze(t.before(1, -6), "Risk assessment before the certification audit", "Scores renewed where treatment was done; two risks of our own since.")
	t.deed(t.before(3, 5), 10, 0, "take in scenarios that were left out", func(ctx context.Context, at time.Time) error {
		_, err := t.Risks.Adopt(ctx, t.mara(), unscored, at)
		return err
	})
	t.seconds()
	t.deed(t.before(3, -5), 16, 0, "look through the register", func(ctx context.Context, at time.Time) error {
		return t.Risks.Review(ctx, t.admin, "With all owners in two meetings. Two scores were renewed; the treatment of the pipeline credentials waits for the provider.", at)
	})
	t.deed(t.before(1, 8), 16, 0, "look through the register", func(ctx context.Context, at time.Time) error {
		return t.Risks.Review(ctx, t.mara(), "With the owners of everything above appetite. The assistants stay above it until two are approved.", at)
	})
}

// scenarios takes over what the library has of the risks that are scored later.
func (t *story) scenarios(ctx context.Context, m *management, at time.Time) error {
	rows, err := read("data/risks.csv")
	if err != nil {
		return err
	}
	var ids []string
	for _, r := range rows {
		ids = append(ids, r["scenario"])
	}
	list, err := t.Risks.Adopt(ctx, t.admin, ids, at)
	for _, r := range list {
		m.risks[r.Scenario] = r.ID
	}
	return err
}

// The two risks the company found itself.
var ownRisks = []map[string]string{
	{"title": "A demonstration shows data of a customer", "cause": "The demonstration account was copied from a customer's tenant two years ago, with consent, and never made anew.", "event": "Sales shows it to a prospect, who recognises the customer.",
		"consequence": "One customer's names and figures are disclosed to a competitor.", "category": "data-handling", "affects": "confidentiality; compliance", "owner": "zoe.bergman@meridian.example",
		"controls": "CH-05:preventive; TR-01:preventive", "inherent_likelihood": "3", "inherent_impact": "3", "current_likelihood": "2", "current_impact": "3", "column": "information and privacy", "basis": "own",
		"reasons": "It nearly happened once. The account is to be made anew from invented data."},
	{"title": "The second region has never carried a working day", "cause": "The take-over was tried for an hour at night, with little load.", "event": "The first region fails in the morning and the second does not bear what comes.",
		"consequence": "Customers cannot work for most of a day, and the promise of four hours is broken.", "category": "continuity", "affects": "availability; compliance", "owner": "ada.brandt@meridian.example",
		"controls": "BC-01:restoring", "inherent_likelihood": "3", "inherent_impact": "4", "current_likelihood": "3", "current_impact": "4", "column": "service to customers", "basis": "judgement",
		"reasons": "Nobody knows how the second region behaves under the load of a Monday."},
}

// scores enters the scores of the workshops: one list, as it lay on the table.
func (t *story) scores(ctx context.Context, m *management, at time.Time) error {
	rows, err := read("data/risks.csv")
	if err != nil {
		return err
	}
	mails := map[string]string{}
	people, err := read("data/people.csv")
	for _, p := range people {
		mails[p["name"]] = p["email"]
	}
	if err != nil {
		return err
	}
	register, err := t.Risks.Register(ctx, t.admin, at)
	if err != nil {
		return err
	}
	things, err := t.concerns(ctx)
	if err != nil {
		return err
	}
	file := &sheet.Sheet{File: "workshops.csv"}
	for i, r := range rows {
		e, ok := register.Find(m.risks[r["scenario"]])
		if !ok {
			return fmt.Errorf("data/risks.csv: %s is not in the register", r["scenario"])
		}
		cells := map[string]string{"code": e.Code, "title": e.Title, "owner": mails[r["owner"]], "controls": r["controls"], "inherent_likelihood": r["likelihood"], "inherent_impact": r["impact"],
			"current_likelihood": r["current_likelihood"], "current_impact": r["current_impact"], "column": r["column"], "basis": string(basisOf(r["reasons"])), "reasons": r["reasons"], "contingency": r["contingency"]}
		for kind, codes := range things(r["scenario"]) {
			cells[kind] = strings.Join(codes, "; ")
		}
		file.Rows = append(file.Rows, sheet.Row{Number: i + 2, Cells: cells})
	}
	for i, r := range ownRisks {
		file.Rows = append(file.Rows, sheet.Row{Number: len(rows) + i + 2, Cells: r})
	}
	if p, err := t.Risks.Import(ctx, t.admin, file, at); err != nil {
		return fmt.Errorf("%w %v", err, p.Faults)
	}
	if register, err = t.Risks.Register(ctx, t.admin, at); err != nil {
		return err
	}
	for _, e := range register.Risks {
		if e.Scenario == "" {
			m.risks[e.Title] = e.ID
		}
	}
	return nil
}

// basisOf says what a likelihood rests on: most reasons tell of what happened here.
func basisOf(reasons string) risk.Basis {
	if hash(reasons)%3 == 0 {
		return risk.Judgement
	}
	return risk.OwnExperience
}

// concerns says what a scenario concerns here: commitments that name it, the first
// assets of its kinds, and the suppliers it speaks of.
func (t *story) concerns(ctx context.Context) (func(scenario string) map[string][]string, error) {
	inv, err := t.Systems.Inventory(ctx, t.admin)
	if err != nil {
		return nil, err
	}
	suppliers := map[string][]string{"RS-038": {"Nordhost Cloud"}, "RS-039": {"Nordhost Cloud", "Deskline", "Postbud Mail"}, "RS-041": {"Nordhost Cloud", "Runnerline"}, "RS-007": {"Keyring Identity"}, "RS-017": {"Runnerline"}, "RS-035": {"Leasewell Devices"}}
	return func(scenario string) map[string][]string {
		out := map[string][]string{}
		for _, c := range inv.Commitments {
			if slices.Contains(c.Scenarios, scenario) {
				out["commitments"] = append(out["commitments"], c.Code)
			}
		}
		s, _ := risk.FindScenario(scenario)
		taken := map[string]bool{}
		for _, a := range inv.Assets {
			if slices.Contains(s.Assets, a.Kind) && !taken[a.Kind] {
				taken[a.Kind] = true
				out["assets"] = append(out["assets"], a.Code)
			}
		}
		if v := suppliers[scenario]; v != nil {
			out["vendors"] = v
		}
		return out
	}, nil
}

// treatment is what is done about a risk. Actions are done on their day, unless they
// are open, as the last of them may be.
type treatment struct {
	risk, owner, reason, cost, shown string
	likelihood, impact               int // expected afterwards
	due                              cadence.Date
	actions                          []planned
	complete                         string // what shows that all is done
}

type planned struct {
	title, owner string
	due          cadence.Date
	done         cadence.Date // none: it is open
	outcome      string
}

// treatments are the plans.
func (t *story) treatments() []treatment {
	ago := func(n int) cadence.Date { return t.workday(t.today - cadence.Date(n)) }
	return []treatment{
		{"RS-001", "Jun Okada", "Two services outside sign-on remain; both can be taken in.", "Two days of IT", "The sign-on settings of the identity provider", 2, 3, ago(60), []planned{
			{"Bring the survey tool under sign-on", "Jun Okada", ago(100), ago(108), "Done with the supplier's help; local passwords are switched off."},
			{"Bring the training library under sign-on", "Jun Okada", ago(70), ago(66), "Done, four days late: the supplier had to change our plan first."}}, "Sign-on settings of this half-year show both services."},
		{"RS-006", "Kofi Mensah", "Short-lived credentials where the provider offers them; narrow rights where not.", "Ten days of the platform team", "The list of service accounts", 2, 3, t.today + 40, []planned{
			{"Cut the rights of both credentials to what the jobs need", "Kofi Mensah", ago(80), ago(84), "Both reach one store each; tried by a deploy and by a denied call."},
			{"Move both jobs to short-lived credentials", "Kofi Mensah", t.today + 38, 0, ""}}, ""},
		{"RS-010", "Jun Okada", "Shorter sessions and devices that must be known.", "Four days of IT", "The passphrase and session settings", 2, 3, ago(5), []planned{
			{"Let only managed devices sign in", "Jun Okada", ago(50), ago(52), "On for everybody; phones follow in the container."},
			{"Shorten sessions of administrators to four hours", "Jun Okada", ago(9), 0, ""}}, ""},
		{"RS-034", "Tomas Lind", "Deletion by a job that starts with the end of the contract, with a record.", "Fifteen days of engineering", "Deletion records", 2, 3, t.today + 70, []planned{
			{"Say for each store what is deleted when", "Tomas Lind", ago(40), ago(43), "Retention schedule, new section for ended contracts."},
			{"Build the deletion job", "Kofi Mensah", t.today + 61, 0, ""}}, ""},
		{"RS-045", "Mara Velasco", "Payments and changes of details are confirmed by a call to a known number.", "Nothing but minutes", "A sample of payments", 3, 3, t.today + 25, []planned{
			{"Write the call-back rule into the payment process", "Clara Moreau", ago(90), ago(92), "In force; finance was shown three recordings."},
			{"Try it with a staged call each quarter", "Mara Velasco", t.today + 21, 0, ""}}, ""},
		{"RS-055", "Ada Brandt", "The job database is what takes longest; a standby shortens it.", "A database more, about 900 euro a month", "The report of the next exercise", 2, 3, t.today + 35, []planned{
			{"Set up a standby of the job database", "Ada Brandt", t.today + 30, 0, ""}}, ""},
		{"RS-059", "Ada Brandt", "Releases reach a tenth of customers first, and come back by themselves.", "Twelve days of engineering", "The deployment log", 2, 3, ago(35), []planned{
			{"Roll out in steps", "Kofi Mensah", ago(75), ago(80), "Since then every release goes through three steps."},
			{"Take back by itself on errors", "Ada Brandt", ago(45), ago(46), "Tried twice on purpose; eleven minutes each."}}, "Four weeks of releases in the deployment log."},
		{"RS-075", "Mara Velasco", "Approve two assistants with terms we can live with, and stop the others on company devices.", "About 14 euro a month for each person", "The list of software in use, and the settings of devices", 3, 3, t.today + 28, []planned{
			{"Write the rules for assistants", "Mara Velasco", ago(18), ago(17), "In the acceptable use policy, version 2.0."},
			{"Approve two assistants", "Sam Whitfield", t.today + 14, 0, ""},
			{"Stop the others on company devices", "Jun Okada", t.today + 25, 0, ""}}, ""},
		{"RS-083", "Omar Castellan", "A second person for security operations.", "One salary", "The structure and roles of the year", 2, 3, t.today + 60, []planned{
			{"Find the second person for security operations", "Priya Raman", ago(20), ago(22), "Signed; starts in nine weeks."},
			{"Hand over alerts and reviews", "Mara Velasco", t.today + 55, 0, ""}}, ""},
		{"The second region has never carried a working day", "Ada Brandt", "Run a working day from the second region.", "Two days of the platform team", "The report of the exercise", 2, 3, t.today + 50, []planned{
			{"Measure the second region under the load of a Monday", "Kofi Mensah", t.today + 20, 0, ""},
			{"Run a working day from it", "Ada Brandt", t.today + 48, 0, ""}}, ""},
	}
}

// treat plans them: chosen, given actions, approved by the owner, carried out.
func (t *story) treat(m *management) {
	day := t.before(5, 6)
	for i, x := range t.treatments() {
		minute := 4 * i
		t.deed(day, 9, minute, "plan the treatment of "+x.risk, func(ctx context.Context, at time.Time) error {
			p := risk.Plan{Choice: risk.Reduce, Reason: x.reason, Cost: x.cost, ShownBy: x.shown, Due: x.due, Target: risk.Point{Likelihood: x.likelihood, Impact: x.impact}}
			if err := t.Risks.Plan(ctx, t.admin, m.risks[x.risk], p, at); err != nil {
				return err
			}
			for _, a := range x.actions {
				if err := t.Risks.AddAction(ctx, t.admin, m.risks[x.risk], finding.Action{Title: a.title, Owner: t.persons[a.owner], Due: a.due}, at.Add(time.Minute)); err != nil {
					return err
				}
			}
			return nil
		})
		if who, ok := t.actors[x.owner]; ok && x.risk != "RS-055" { // one plan still waits for its owner's yes
			t.deed(day+5, 10, minute, "approve the treatment of "+x.risk, func(ctx context.Context, at time.Time) error {
				return t.Risks.ApprovePlan(ctx, who, m.risks[x.risk], at)
			})
		}
		last := cadence.Date(0)
		for _, a := range x.actions {
			if last = max(last, a.done); a.done == 0 {
				continue
			}
			t.deed(a.done, 15, minute, "do “"+a.title+"”", func(ctx context.Context, at time.Time) error {
				return t.complete(ctx, finding.Source{Kind: finding.FromRisk, ID: m.risks[x.risk]}, a, at)
			})
		}
		if x.complete != "" {
			t.deed(last+8, 11, minute, "complete the treatment of "+x.risk, func(ctx context.Context, at time.Time) error {
				if err := t.Risks.CompletePlan(ctx, t.admin, m.risks[x.risk], x.complete, at); err != nil || x.risk != "RS-001" {
					return err // of the other one nobody has scored yet what remains
				}
				_, err := t.Risks.Score(ctx, t.admin, m.risks[x.risk], risk.NewScore{Kind: risk.Current, Point: risk.Point{Likelihood: 2, Impact: 3}, Column: "information and privacy", Basis: risk.OwnExperience,
					Reasons: "Everything stands behind sign-on now; in eight weeks nobody got past the second factor."}, at.Add(time.Hour))
				return err
			})
		}
	}
}

// complete ends one action of a source, by its owner where they have an account.
func (t *story) complete(ctx context.Context, of finding.Source, a planned, at time.Time) error {
	all, err := t.Findings.All(ctx, t.admin, at)
	if err != nil {
		return err
	}
	for _, x := range all.Actions {
		if x.Source.Kind == of.Kind && x.Source.ID == of.ID && x.Title == a.title && x.State == finding.Open {
			return t.Findings.CompleteAction(ctx, t.does(x.Owner), x.ID, finding.Completion{Outcome: a.outcome}, at)
		}
	}
	return fmt.Errorf("there is no open action “%s”", a.title)
}

// accept plans what is kept as it is, each by who has the authority.
func (t *story) accept(m *management) {
	omar := t.actors["Omar Castellan"]
	for i, x := range []struct {
		risk               string
		day                cadence.Date
		who                access.Actor
		until              cadence.Date
		reason, conditions string
	}{
		{"RS-032", t.before(5, 10), omar, t.today - 14, "Misdirected mail cannot be stopped by a machine we would want. Three in a year, all to known recipients.", "Each one is written up; a fourth ends the acceptance."},
		{"RS-004", t.before(2, 0), omar, t.today.AddMonths(3), "The review of the last two quarters was held in time. Doing it monthly would cost more than it brings.", "The next review is held by the middle of the quarter."},
		{"RS-036", t.before(4, 0), omar, t.today.AddMonths(1), "The scanner finds secrets within minutes, and all were changed on the same day.", "The count is reported each month."},
		{"RS-047", t.before(1, 0), omar, t.today.AddMonths(4), "A second engineer learns the billing jobs; hiring for it would take as long.", "The second engineer runs one closing of the month alone."},
		{"RS-041", t.before(4, 6), omar, t.today.AddMonths(7), "Leaving the hosting provider takes five weeks, and nothing points to its end.", ""},
		{"RS-019", t.before(3, -6), t.mara(), t.today.AddMonths(8), "Reports are rare and are read within a day.", "A written time for the answer comes with the next version of the policy."},
		{"RS-075", t.before(1, 2), t.lena(), t.today.AddMonths(1) + 20, "Stopping assistants at once would only move them to private devices. Approval of two is under way.", "Ends at once if customer data is found in one that is not approved."},
	} {
		t.deed(x.day, 16, 5*i, "accept "+x.risk, func(ctx context.Context, at time.Time) error {
			return t.Risks.Accept(ctx, x.who, m.risks[x.risk], risk.NewAcceptance{Reason: x.reason, Conditions: x.conditions, Until: x.until}, at)
		})
	}
}

// freeze plans that the register is frozen on a day and approved within the week.
func (t *story) freeze(day cadence.Date, title, note string) {
	t.deed(day, 17, 0, "freeze the register", func(ctx context.Context, at time.Time) error {
		var took []string
		for _, n := range []string{name, "Mara Velasco", "Jun Okada", "Kofi Mensah", "Ada Brandt", "Omar Castellan", "Tomas Lind"} {
			took = append(took, t.persons[n])
		}
		s, err := t.Risks.Freeze(ctx, t.admin, title, note, took, at)
		if err != nil {
			return err
		}
		t.deed(t.workday(day+6), 14, 30, "approve the assessment", func(ctx context.Context, at time.Time) error {
			_, err := t.Risks.DecideSnapshot(ctx, t.lena(), s.ID, true, "", at)
			return err
		})
		return nil
	})
}

// seconds plans that some risks are scored a second time by somebody who has not seen
// the first score.
func (t *story) seconds() {
	t.deed(t.before(2, 8), 10, 0, "draw risks for a second score", func(ctx context.Context, at time.Time) error {
		_, err := t.Risks.DrawSeconds(ctx, t.admin, at)
		return err
	})
	t.deed(t.before(2, 14), 10, 0, "give second scores", func(ctx context.Context, at time.Time) error {
		list, err := t.Risks.Seconds(ctx, t.mara(), at)
		if err != nil {
			return err
		}
		n := 0
		for _, d := range list.Drawn {
			if d.Mine || n == 6 { // the others are still to be done
				continue
			}
			first, apart := d.Entry.Counting(), 0
			if n++; n%3 == 0 && first.Likelihood < 5 { // two people see it alike but in every third case
				apart = 1
			}
			s := risk.NewScore{Kind: risk.Current, Point: risk.Point{Likelihood: first.Likelihood + apart, Impact: first.Impact}, Column: first.Column, Basis: risk.Judgement, Reasons: "Scored from the records of the last half-year, without the first score."}
			if err := t.Risks.Second(ctx, t.mara(), d.Entry.ID, s, at.Add(time.Duration(n)*time.Minute)); err != nil {
				return err
			}
		}
		return nil
	})
}
