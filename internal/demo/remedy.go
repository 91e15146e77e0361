package demo

import (
	"context"
	"time"

	"github.com/toucan-grc/toucan/internal/cadence"
	"github.com/toucan-grc/toucan/internal/finding"
)

// remedy plans what becomes of findings: those of the audits, and three that the
// company found by itself in what had gone wrong before.
func (t *story) remedy(m *management) {
	t.missedReview(m)
	t.silence(m)
	t.leaver(m)
	jun, mara := t.actors["Jun Okada"], t.mara()

	begun := t.inspections()[0].day
	act := t.steps(m, "plans")
	act(begun+9, "plan what follows", func(ctx context.Context, id string, at time.Time) error {
		if err := t.Findings.Correct(ctx, mara, id, "Both owners looked at their plans; one approved, the other asks for a cheaper way.", 0, nil, at); err != nil {
			return err
		}
		if err := t.Findings.StateCause(ctx, mara, id, "A plan can be worked on as soon as it is written. Nobody is asked before its first action begins.", at.Add(time.Minute)); err != nil {
			return err
		}
		for _, a := range []finding.Action{
			{Title: "Ask for the owner's yes in the weekly stand-up", Owner: t.persons["Ada Brandt"], Due: begun + 35},
			{Title: "Go through all plans with their owners, and settle the job database", Owner: t.persons["Ada Brandt"], Due: t.workday(t.today - 11)},
		} {
			if _, err := t.Findings.PlanAction(ctx, mara, id, a, at.Add(2*time.Minute)); err != nil {
				return err
			}
		}
		return nil
	})
	act(begun+33, "do the first action", func(ctx context.Context, id string, at time.Time) error {
		return t.complete(ctx, finding.Source{Kind: finding.FromFinding, ID: id}, planned{title: "Ask for the owner's yes in the weekly stand-up", outcome: "It stands on the board of the stand-up; two plans were approved there."}, at)
	})
	act = t.steps(m, "asks")
	act(begun+30, "answer the proposal", func(ctx context.Context, id string, at time.Time) error {
		if err := t.Findings.Respond(ctx, t.admin, id, "Taken up: sales enters what customers ask for with the interested parties, once a month.", at); err != nil {
			return err
		}
		_, err := t.Findings.PlanAction(ctx, t.admin, id, finding.Action{Title: "Enter what eleven customers ask for", Owner: t.persons["Zoe Bergman"], Due: t.today + 17}, at.Add(time.Minute))
		return err
	})
	act = t.steps(m, "reviews")
	act(t.today-24, "answer the concern", func(ctx context.Context, id string, at time.Time) error {
		if err := t.Findings.Respond(ctx, jun, id, "The review begins on the first day of the last month of a quarter, and no owner gets more than forty accounts a day.", at); err != nil {
			return err
		}
		_, err := t.Findings.PlanAction(ctx, jun, id, finding.Action{Title: "Begin the review of this quarter by its last month", Owner: t.persons["Jun Okada"], Due: t.today + 9}, at.Add(time.Minute))
		return err
	})
}

// steps plans what is done about a finding on later days.
func (t *story) steps(m *management, key string) func(day cadence.Date, what string, do func(ctx context.Context, id string, at time.Time) error) {
	return func(day cadence.Date, what string, do func(ctx context.Context, id string, at time.Time) error) {
		t.deed(t.workday(day), 11, 30, what+" of “"+key+"”", func(ctx context.Context, at time.Time) error { return do(ctx, m.findings[key], at) })
	}
}

// raise plans that somebody reports a finding.
func (t *story) raise(m *management, key string, day cadence.Date, d finding.Draft, owner string, controls string) {
	t.deed(day, 11, 0, "report “"+key+"”", func(ctx context.Context, at time.Time) error {
		d.Owner, d.Controls = t.persons[owner], t.ids(controls)
		f, err := t.Findings.Report(ctx, t.admin, d, at)
		m.findings[key] = f.ID
		return err
	})
}

// missedReview is the review of access that was never held: a nonconformity that went
// all the way, and was closed once somebody else had seen that it is held again.
func (t *story) missedReview(m *management) {
	day := t.before(6, 6)
	quarter := words(t.quarter(2))
	t.raise(m, "missed review", day, finding.Draft{Kind: finding.Nonconformity, Grade: finding.Minor, Reason: "One review of the year; those before and after it were held.", Title: "Access was not reviewed in " + quarter,
		Statement: "AC-04 and the access policy ask for a review of all accounts each quarter. For " + quarter + " there is none.", Objective: "The list of reviews, and the calendar of the person who should have begun it.", Requirements: iso("A.5.18")}, "Jun Okada", missed)
	jun, act := t.actors["Jun Okada"], t.steps(m, "missed review")
	act(day+7, "correct and explain", func(ctx context.Context, id string, at time.Time) error {
		if err := t.Findings.Correct(ctx, jun, id, "The administrators and all accounts outside sign-on were reviewed at once; two rights were taken away.", 0, nil, at); err != nil {
			return err
		}
		if err := t.Findings.StateCause(ctx, jun, id, "The review hung on one person's calendar. That person was on leave when the quarter ended, and nothing else asked for it.", at.Add(time.Minute)); err != nil {
			return err
		}
		for _, a := range []finding.Action{{Title: "Let two people be asked for the review", Owner: t.persons["Jun Okada"], Due: day + 30}, {Title: "Make the review an obligation with reminders", Owner: t.persons[name], Due: day + 30}} {
			if _, err := t.Findings.PlanAction(ctx, jun, id, a, at.Add(2*time.Minute)); err != nil {
				return err
			}
		}
		return nil
	})
	act(day+24, "do the actions", func(ctx context.Context, id string, at time.Time) error {
		of := finding.Source{Kind: finding.FromFinding, ID: id}
		if err := t.complete(ctx, of, planned{title: "Let two people be asked for the review", outcome: "Wim Ferrara is asked as well."}, at); err != nil {
			return err
		}
		if err := t.complete(ctx, of, planned{title: "Make the review an obligation with reminders", outcome: "OBL-16 is adopted, and asks two weeks before the end of the quarter."}, at.Add(time.Minute)); err != nil {
			return err
		}
		return t.Findings.PlanCheck(ctx, t.lena(), id, t.persons["Priya Raman"], t.before(2, -2), at.Add(2*time.Minute))
	})
	act(t.before(2, -2), "check the effect", func(ctx context.Context, id string, at time.Time) error {
		return t.Findings.CheckEffect(ctx, t.actors["Priya Raman"], id, true, "The reviews of both quarters since are complete, with decisions by every owner; the second person was asked, too.", 0, nil, at)
	})
	act(t.before(2, 1), "close", func(ctx context.Context, id string, at time.Time) error {
		return t.Findings.Close(ctx, t.lena(), id, "Held twice since.", at)
	})
}

// silence is what a test showed: nobody noticed for two days that nothing came in.
func (t *story) silence(m *management) {
	day := t.before(6, 8)
	t.raise(m, "silence", day, finding.Draft{Kind: finding.Exception, Source: finding.Source{Kind: finding.FromTest, Words: "tests of signing in"}, Title: "The link to the identity provider was silent for nine days",
		Statement: "AC-06 is tested each day. For nine days no result came in, and for two of them nobody noticed.", Objective: "The results of both tests, with the gap.", Requirements: iso("A.8.16")}, "Jun Okada", silent)
	jun, act := t.actors["Jun Okada"], t.steps(m, "silence")
	act(day+6, "answer", func(ctx context.Context, id string, at time.Time) error {
		if err := t.Findings.Correct(ctx, jun, id, "The link was made anew, and the settings of the nine days were read afterwards from the provider's log: nothing had been changed.", 0, nil, at); err != nil {
			return err
		}
		if err := t.Findings.StateCause(ctx, jun, id, "The provider changed its interface, and a source that says nothing raised no alert.", at.Add(30*time.Second)); err != nil {
			return err
		}
		if err := t.Findings.Respond(ctx, jun, id, "A silent source raises an alert after one day. A second path for reports is agreed with the provider.", at.Add(time.Minute)); err != nil {
			return err
		}
		_, err := t.Findings.PlanAction(ctx, jun, id, finding.Action{Title: "Set up the second path for results", Owner: t.persons["Jun Okada"], Due: t.today + 12}, at.Add(2*time.Minute))
		return err
	})
}

// leaver is what the service auditor found in a sample.
func (t *story) leaver(m *management) {
	day := t.before(6, 9)
	t.raise(m, "leaver", day, finding.Draft{Kind: finding.Exception, Source: finding.Source{Kind: finding.FromSample, Words: "leavers, first half of the window"}, Title: "A leaver kept an account for three days",
		Statement: "AC-03 asks for removal within 24 hours. For one of nine leavers of the first half one account stayed open for three days.", Objective: "The ticket, and the time at which the account was disabled.", Requirements: iso("A.6.5")}, "Jun Okada", "AC-03")
	jun, act := t.actors["Jun Okada"], t.steps(m, "leaver")
	act(day+8, "answer", func(ctx context.Context, id string, at time.Time) error {
		if err := t.Findings.Correct(ctx, jun, id, "The account was disabled. It had not been used after the last day.", 0, nil, at); err != nil {
			return err
		}
		if err := t.Findings.StateCause(ctx, jun, id, "The account lay outside sign-on, and the list of such accounts was in the head of one person.", at.Add(30*time.Second)); err != nil {
			return err
		}
		if err := t.Findings.Respond(ctx, jun, id, "Accounts outside sign-on are on the checklist of leaving, and the list is run here since then.", at.Add(time.Minute)); err != nil {
			return err
		}
		_, err := t.Findings.PlanAction(ctx, jun, id, finding.Action{Title: "Put accounts outside sign-on on the checklist", Owner: t.persons["Elin Costa"], Due: day + 40}, at.Add(2*time.Minute))
		return err
	})
	act(t.kept()+2, "do the action", func(ctx context.Context, id string, at time.Time) error {
		return t.complete(ctx, finding.Source{Kind: finding.FromFinding, ID: id}, planned{title: "Put accounts outside sign-on on the checklist", outcome: "Steps for four systems are in the list; all leavers since then were in time."}, at)
	})
	act(t.before(2, 4), "close", func(ctx context.Context, id string, at time.Time) error {
		return t.Findings.Close(ctx, t.mara(), id, "No leaver since then was late.", at)
	})
}
