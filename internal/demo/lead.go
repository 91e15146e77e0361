package demo

import (
	"context"
	"fmt"
	"time"

	"github.com/toucan-grc/toucan/internal/finding"
	"github.com/toucan-grc/toucan/internal/isms"
)

// lead plans the management review that was held two months ago, and the next one.
func (t *story) lead(m *management) {
	on := t.before(2, 0)
	who := append([]string{chief, "Mara Velasco", "Priya Raman", name}, leaders...)
	var people, there []string
	gather := func() {
		people, there = nil, nil
		for _, n := range who {
			if people = append(people, t.persons[n]); n != "Nils Eriksen" { // he was at a customer's
				there = append(there, t.persons[n])
			}
		}
	}
	const title = "Management review of the first half-year"
	t.deed(t.before(3, 0), 10, 0, "plan the management review", func(ctx context.Context, at time.Time) error {
		gather()
		r, err := t.ISMS.PlanReview(ctx, t.admin, isms.NewReview{Title: title, On: on, Participants: people}, at)
		m.review = r.Code
		return err
	})
	t.deed(on-7, 10, 0, "bring what no register holds", func(ctx context.Context, at time.Time) error {
		return t.ISMS.BringReview(ctx, t.admin, m.review, brought, at)
	})
	t.deed(on-6, 16, 0, "freeze the pack", func(ctx context.Context, at time.Time) error { return t.ISMS.FreezePack(ctx, t.admin, m.review, at) })
	t.deed(on, 16, 0, "write the minutes", func(ctx context.Context, at time.Time) error {
		gather()
		if err := t.ISMS.ChangeReview(ctx, t.admin, m.review, isms.NewReview{Title: title, On: on, Participants: people, Present: there}, at); err != nil {
			return err
		}
		if err := t.ISMS.WriteMinutes(ctx, t.admin, m.review, minuted, at.Add(time.Minute)); err != nil {
			return err
		}
		for i, d := range t.resolutions() {
			if _, err := t.ISMS.DecideReview(ctx, t.admin, m.review, d, at.Add(time.Duration(2+i)*time.Minute)); err != nil {
				return fmt.Errorf("“%s”: %w", d.Words, err)
			}
		}
		return t.ISMS.SendMinutes(ctx, t.admin, m.review, at.Add(30*time.Minute))
	})
	t.deed(t.workday(on+5), 17, 0, "approve the minutes", func(ctx context.Context, at time.Time) error {
		_, err := t.ISMS.DecideMinutes(ctx, t.lena(), m.review, true, "", at)
		return err
	})
	for i, a := range []planned{
		{title: "Give engineering one day in ten for weaknesses", done: t.workday(on + 16), outcome: "In the plan of all teams since this month."},
		{title: "Pay for the penetration test of the second region", done: t.workday(on + 27), outcome: "Ordered; the testers come in ten weeks."},
	} {
		t.deed(a.done, 15, 40+i, "do what was decided", func(ctx context.Context, at time.Time) error {
			f, err := t.ISMS.Review(ctx, t.admin, m.review, at)
			if err != nil {
				return err
			}
			return t.complete(ctx, finding.Source{Kind: finding.FromReview, ID: f.ID}, a, at)
		})
	}
	t.deed(t.workday(t.today-15), 10, 0, "plan the next management review", func(ctx context.Context, at time.Time) error {
		gather()
		r, err := t.ISMS.PlanReview(ctx, t.mara(), isms.NewReview{Title: "Management review before stage 2", On: t.workday(t.today + 54), Participants: people}, at)
		m.next = r.Code
		return err
	})
}

// resolutions are what was decided. One of them is overdue.
func (t *story) resolutions() []isms.Decision {
	on := t.before(2, 0)
	return []isms.Decision{
		{Item: "MR-18", Words: "Give engineering one day in ten for weaknesses", Why: "Two of the last months lay near the target, and the reason was always time.", Effect: "Every critical weakness is fixed within its days.", Owner: t.persons["Ada Brandt"], Due: on + 20},
		{Item: "MR-19", Words: "Write the manual of the management system", Why: "Who tells what to whom stands in four places.", Effect: "One document that a new person can read in an hour.", Owner: t.persons[name], Due: t.workday(t.today - 6)},
		{Item: "MR-20", Words: "Pay for the penetration test of the second region", Why: "It was never tried from outside.", Effect: "Known weaknesses before it carries a working day.", Owner: t.persons["Omar Castellan"], Due: on + 30},
		{Item: "MR-20", Words: "Refuse the platform for managing suppliers", Unchanged: true, Why: "Eighteen suppliers fit in the register; the money goes into the second person for operations."},
		{Item: "MR-21", Words: "Take a decision on assistants", Why: "It is the highest risk of the register, and nobody stops it.", Effect: "Two approved, the others stopped.", Owner: t.persons["Mara Velasco"], Due: t.today + 30},
	}
}

// brought is what participants told before the pack was frozen.
var brought = map[string]string{
	"MR-09": "Two complaints about late answers of support; eleven customers ask for ISO/IEC 27001 within the year; one deal was lost to a competitor with a certificate.",
	"MR-13": "Availability kept in all months but one, by nine minutes. Two notices of maintenance went out a day late.",
	"MR-16": "Half of the staff use an assistant weekly. The product contains no model of its own.",
	"MR-17": "The post in security operations is filled. Training is two weeks behind for four people.",
}

// minuted is what the minutes say.
var minuted = map[string]string{
	"MR-01":  "It is the first review of the management system. From the yearly review before it one action was open, a second person for security operations, and it is done.",
	"MR-02":  "The night service desk was given up; sales came into the scope. A new European rule on resilience concerns two customers, who pass it on to us by contract.",
	"MR-03":  "The decision of this year stands: heat and storms matter for hosting and for the people on call. Nothing has to be added.",
	"MR-04":  "Customers ask for a certificate within the year. The owners expect it before the next round of funding.",
	"MR-05":  "Two nonconformities so far. The access review is held again, and the check showed it; treatment without the owner's yes is being cured.",
	"MR-06":  "Tests fail rarely and are put right within days. One source was silent for nine days; an alert stands since.",
	"MR-07":  "The first internal audit looked at clauses 4 to 6 and found one lapse and one proposal. The examination for the report is under way.",
	"MR-08":  "Most objectives are on their way. Weaknesses were not measured in one month, which counts as missed.",
	"MR-09":  "Support will answer within the hours that are promised; the numbers come to the next review.",
	"MR-10":  "What lies above the line has a plan or an acceptance, but for the assistants, about which we decided.",
	"MR-11":  "One proposal from the audit, taken up by sales.",
	"MR-12":  "Nine events, two of them incidents, none of which touched customer data. Time to triage lies under two hours.",
	"MR-13":  "Kept but for nine minutes in one month. The customer concerned was told and paid.",
	"MR-14":  "Hosting is what we depend on most; its papers were read. The review of two suppliers is due.",
	"MR-15":  "Four requests by individuals, all in time. No breach that had to be told.",
	"MR-16":  "See the decision on assistants.",
	"MR-17":  "People and money suffice for the way to the certificate; time of engineers was short, about which we decided.",
	"MR-22a": "The management system fits a company of our size and what customers ask of it. Nothing in it is there for its own sake.",
	"MR-22b": "It is enough for stage 1. Competence of those who run it is not yet written down, and the manual is missing.",
	"MR-22c": "It works where it has run for some months: access, leavers, training and restore. Treatment of risks is too young to tell.",
}
