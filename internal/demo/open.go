package demo

import (
	"context"
	"time"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/cadence"
	"github.com/toucan-grc/toucan/internal/evidence"
)

// note makes an item out of a title and a few sentences.
func (t *story) note(by access.Actor, kind, title string, at time.Time, lines ...string) filed {
	body := append([]string{title, Organisation, "Done on " + cadence.DateOf(at, t.zone).String() + " by " + by.Name() + ".", ""}, lines...)
	return filed{by: by, papers: []paper{{fileName(title) + ".txt", text(body)}}, Filing: evidence.Filing{Title: title, Kind: kind, CapturedAt: at}}
}

// loose is what the company has on its desk beside the routine: what is corrected,
// erased, held, about to lapse, asked for, and waiting for a second person.
func (t *story) loose() {
	jun, kofi, priya := t.actors["Jun Okada"], t.actors["Kofi Mensah"], t.actors["Priya Raman"]

	certificate := t.note(kofi, "key-inventory", "Certificate of app.meridian.example", t.at(t.today-70, 11, 10), "Issued for ninety days; renewal is due two weeks before.")
	certificate.Controls, certificate.ValidFor, certificate.review = []string{"CR-02"}, 90*24*time.Hour, true
	t.file(certificate)

	draft := t.note(kofi, "network-diagram", "Network map of the new region, draft", t.at(t.in(11, 5), 10, 0), "Two subnets are still missing.")
	draft.Controls, draft.key = []string{"NW-01"}, "draft"
	t.file(draft)
	final := t.note(kofi, "network-diagram", "Network map of the new region", t.at(t.in(11, 9), 10, 0), "All subnets; agreed with operations.")
	final.review = true
	t.then(t.at(t.in(11, 9), 18, 40), func(ctx context.Context, at time.Time) error {
		final.Supersedes = t.items["draft"]
		return t.put(ctx, final, at)
	})

	wrong := t.note(priya, "background-check", "Screening report sent by mistake", t.at(t.in(12, 3), 9, 0), "Holds more about a person than we may keep.")
	wrong.Controls, wrong.key = []string{"HR-01"}, "wrong"
	t.file(wrong)
	t.then(t.at(t.in(12, 4), 9, 30), func(ctx context.Context, at time.Time) error {
		return t.Evidence.Erase(ctx, t.admin, t.items["wrong"], "Private details of a person that we have no ground to keep; the result is in the starters' list.", at)
	})

	t.then(t.at(t.in(12, 20), 11, 0), func(ctx context.Context, at time.Time) error {
		_, err := t.Evidence.Hold(ctx, t.admin, evidence.Held{Control: "AC-03"}, "Questions of the auditor about a leaver of the first half; released with the report.", at)
		return err
	})
	t.then(t.at(t.begin, 10, 0), func(ctx context.Context, at time.Time) error {
		return t.Evidence.SetRetention(ctx, t.admin, "", 36, at)
	})
	t.asked(jun)
	t.waiting(jun, kofi)
}

// asked are the requests: one answered and settled, one overdue, one that is due
// soon, and one to the administrator.
func (t *story) asked(jun access.Actor) {
	asking := t.actors["Mara Velasco"]
	ask := func(at time.Time, person, kind, control, note string, due cadence.Date, then func(ctx context.Context, r evidence.Request, at time.Time)) {
		t.then(at, func(ctx context.Context, at time.Time) error {
			r, err := t.Evidence.Ask(ctx, asking, evidence.Ask{Person: t.persons[person], Kind: kind, Controls: []string{control}, DueOn: due, Note: note}, at)
			if err == nil && then != nil {
				then(ctx, r, at)
			}
			return err
		})
	}
	answered := t.at(t.in(9, 11), 9, 0)
	ask(answered, "Jun Okada", "exception-record", "AM-06", "The exception for the test laptops, with its end date.", t.in(9, 20), func(_ context.Context, r evidence.Request, _ time.Time) {
		answer := t.note(jun, "exception-record", "Exception for three test laptops", t.at(t.in(9, 16), 14, 0), "They run the next version of the system before the others; agreed until the end of the year.")
		answer.Request, answer.review = r.ID, true
		t.file(answer)
		t.then(t.at(t.in(9, 18), 10, 0), func(ctx context.Context, at time.Time) error {
			return t.Evidence.Settle(ctx, asking, r.ID, true, "", at)
		})
	})
	ask(t.at(t.today-24, 9, 20), "Kofi Mensah", "config-snapshot", "MO-02", "The retention of the new log store, as it is set.", t.today-9, nil)
	ask(t.at(t.today-6, 10, 15), "Jun Okada", "exception-record", "AM-02", "Is the old reporting tool still needed? If so, for how long?", t.today+8, nil)
	ask(t.at(t.today-4, 11, 40), name, "owner-confirmation", "GV-09", "Your confirmation for the access review and the vendor register.", t.today+5, nil)
}

// waiting are two items that a second person has not looked at yet.
func (t *story) waiting(jun, kofi access.Actor) {
	for _, f := range []filed{
		t.note(jun, "exception-record", "Exception for a device in repair", t.at(t.yesterday, 13, 20), "The device reports again once it is back; until then it holds no company data."),
		t.note(kofi, "config-snapshot", "Log store of the new region", t.at(t.yesterday, 14, 5), "Retention of twelve months; deletion is locked."),
	} {
		f.Controls, f.key = []string{"AM-06"}, f.Title
		if f.by.Account() == kofi.Account() {
			f.Controls = []string{"MO-02"}
		}
		t.file(f)
		t.then(t.at(t.yesterday, 18, 45), func(ctx context.Context, at time.Time) error {
			_, err := t.Evidence.AskReview(ctx, f.by, []string{t.items[f.key]}, t.admin.Account(), t.today+5, at)
			return err
		})
	}
}
