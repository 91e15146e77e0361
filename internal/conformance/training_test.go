package conformance

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/cadence"
	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/evidence"
	"github.com/toucan-grc/toucan/internal/people"
	"github.com/toucan-grc/toucan/internal/problem"
	"github.com/toucan-grc/toucan/internal/training"
)

// staff adds somebody to the register of "one".
func (h *house) staff(t testing.TB, name, start string, at time.Time) people.Person {
	t.Helper()
	p, err := h.people.Add(t.Context(), h.actors[access.Administrator], people.Person{Name: name, Email: name + "@one.test", Kind: people.Employee, StartOn: start}, at)
	must(t, err)
	return p
}

func TestASyncNeverTouchesWhatIsDone(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		org := h.actors[access.Administrator].Org()
		ann, bob, cem := h.staff(t, "ann", "2026-03-01", now), h.staff(t, "bob", "2026-03-01", now), h.staff(t, "cem", "2026-03-01", now)
		later := now.AddDate(0, 0, 10)
		sync := training.Sync{Track: training.Security, Connection: "c1", Provider: "KnowBe4", Account: h.admin.ID, Said: []training.Enrolment{
			{Person: ann.ID, State: training.Completed, At: now.AddDate(0, 0, 5), Course: "Phishing 101"},
			{Person: bob.ID, State: training.Enrolled, Reason: "Enrolled in Phishing 101, not finished."},
			{Person: cem.ID, State: training.Completed, At: now.AddDate(0, -3, 0), Course: "Phishing 101"},
			{Person: "nobody", State: training.Completed, At: now},
		}}
		out, err := h.training.Take(t.Context(), org, sync, later)
		must(t, err)
		if len(out.Completed) != 1 || out.Completed[0].Person != ann.ID || out.Evidence == "" || len(out.Changed) != 2 || out.Strangers != 1 || len(out.Refused) != 1 {
			t.Fatalf("the sync did %+v", out)
		}
		want, err := h.training.Wanting(t.Context(), org, training.Security, later)
		must(t, err)
		if len(want) != 2 {
			t.Errorf("%d people may still be asked about, want bob and cem", len(want))
		}
		sync.Said[0].State, sync.Said[0].Reason = training.NotEnrolled, "Not enrolled."
		out, err = h.training.Take(t.Context(), org, sync, later.Add(time.Hour))
		must(t, err)
		if out.Already != 1 || out.Same != 2 || len(out.Completed)+len(out.Changed) != 0 || out.Batch != "" {
			t.Errorf("the same again did %+v", out)
		}
	})
}

// joined links the account of a role to somebody of the register who began on a day.
func (h *house) joined(t testing.TB, r access.Role, start string) people.Person {
	t.Helper()
	p := h.staff(t, string(r)+"-person", start, now)
	must(t, h.people.LinkAccount(t.Context(), h.actors[access.Administrator], p.ID, h.accounts[r].ID, now))
	return p
}

// answerAll answers the course to its end, wrong times wrongly.
func (h *house) answerAll(t testing.TB, who access.Actor, track training.Track, wrong int, at time.Time) {
	t.Helper()
	r, err := h.training.Begin(t.Context(), who, track, at)
	must(t, err)
	for _, l := range r.Course.Lessons {
		must(t, h.training.ReadLesson(t.Context(), who, track, l.Slug, at))
		for _, q := range l.Questions {
			chosen := q.Judge(nil).Correct
			if wrong > 0 {
				wrong--
				for _, o := range q.Options {
					if q.Multiple || o.ID != chosen[0] {
						chosen = []string{o.ID}
						break
					}
				}
			}
			_, err := h.training.Answer(t.Context(), who, track, q.ID, chosen, at)
			must(t, err)
		}
	}
}

func (h *house) trained(t testing.TB, person string, track training.Track, at time.Time) people.Standing {
	t.Helper()
	var out people.Standing
	org := h.actors[access.Administrator].Org()
	must(t, h.d.Read(t.Context(), org, func(tx *db.Tx) error {
		roster, err := people.ReadRoster(t.Context(), tx, org)
		if err != nil {
			return err
		}
		list, err := h.training.Standings(t.Context(), tx, org, roster, at)
		for _, s := range list {
			if s.Person == person && s.Check == track.Check() {
				out = s
			}
		}
		return err
	}))
	return out
}

func TestACourseIsPassedOverTheWholeOfIt(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		who := h.actors[access.Employee]
		_, err := h.training.Begin(t.Context(), who, training.Security, now)
		refused(t, "an account of nobody", err, problem.NotFound)
		p := h.joined(t, access.Employee, "2026-03-01")
		must(t, h.training.Tend(t.Context(), who.Org(), now))
		if l := h.mine(t, access.Employee); len(l.Open) != 1 || l.Open[0].Kind != training.TaskComplete || l.Open[0].Due.String() != "2026-03-31" || !l.Open[0].Fixed {
			t.Fatalf("the joiner has %+v", l.Open)
		}

		h.answerAll(t, who, training.Security, 8, now) // 28 of 36 are 77 per cent
		r, err := h.training.Reading(t.Context(), who, training.Security, now)
		must(t, err)
		if !r.Attempt.Ended() || r.Attempt.Passed || r.Attempt.Score() != 77 || r.Standing.State != people.Due {
			t.Fatalf("eight wrong: %+v, %+v", r.Attempt, r.Standing)
		}
		h.answerAll(t, who, training.Security, 7, now.Add(time.Hour)) // 29 of 36 are 80
		r, err = h.training.Reading(t.Context(), who, training.Security, now.Add(time.Hour))
		must(t, err)
		if !r.Attempt.Passed || r.Attempt.Number != 2 || r.Standing.State != people.Done || r.Done.Score != 80 || r.Done.Code == "" {
			t.Fatalf("seven wrong: %+v, %+v, %+v", r.Attempt, r.Standing, r.Done)
		}
		if l := h.mine(t, access.Employee); len(l.Open) != 0 {
			t.Errorf("the task is still there: %+v", l.Open)
		}

		// the certificate is evidence, can be opened by its holder, and checked by anybody
		i, err := h.evidence.Find(t.Context(), h.actors[access.Manager], r.Done.Evidence)
		must(t, err)
		if i.Kind != "training-record" || i.Source != "system" || len(i.Files) != 1 || i.Files[0].Media != "application/pdf" {
			t.Errorf("the evidence is %+v", i)
		}
		_, file, err := h.training.Certificate(t.Context(), who, r.Done.ID)
		must(t, err)
		must(t, file.Close())
		_, _, err = h.training.Certificate(t.Context(), h.actors[access.Viewer], r.Done.ID)
		refused(t, "somebody else's certificate", err, problem.NotFound)
		c, err := h.training.Check(t.Context(), training.Spaced(r.Done.Code), now.Add(2*time.Hour))
		must(t, err)
		if c.Organisation != "One" || c.Course != "Security awareness" || c.On.String() != "2026-03-01" || c.Void != "" || c.SHA256 == "" {
			t.Errorf("the code says %+v", c)
		}
		_, err = h.training.Check(t.Context(), "AAAAA-AAAAA-AAAAA-AAAAA-AAAAA-A", now)
		refused(t, "a code that is none", err, problem.NotFound)

		// a certificate that a reviewer rejects shows nothing
		must(t, h.evidence.Review(t.Context(), h.actors[access.Manager], i.ID, "rejected", "Not hers.", now.Add(3*time.Hour)))
		if s := h.trained(t, p.ID, training.Security, now.Add(4*time.Hour)); s.State != people.Due {
			t.Errorf("after the rejection: %+v", s)
		}
		if c, err = h.training.Check(t.Context(), r.Done.Code, now.Add(4*time.Hour)); err != nil || c.Void == "" {
			t.Errorf("the code of a rejected certificate says %+v, %v", c, err)
		}
		must(t, h.log.Verify(t.Context(), h.d, who.Org()))
	})
}

func TestTheFirstAnswerCounts(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		who := h.actors[access.Employee]
		h.joined(t, access.Employee, "2026-03-01")
		_, err := h.training.Answer(t.Context(), who, training.Security, "SA-01-Q1", []string{"c"}, now)
		refused(t, "an answer before the course began", err, problem.Conflict)
		_, err = h.training.Begin(t.Context(), who, training.Security, now)
		must(t, err)
		for _, chosen := range [][]string{nil, {"a", "c"}, {"z"}} {
			_, err = h.training.Answer(t.Context(), who, training.Security, "SA-01-Q1", chosen, now)
			refused(t, "an answer that is none", err, problem.Invalid)
		}
		v, err := h.training.Answer(t.Context(), who, training.Security, "SA-01-Q1", []string{"a"}, now)
		must(t, err)
		if v.Right || len(v.Correct) != 1 || v.Correct[0] != "c" || v.Explanation == "" {
			t.Errorf("the answer came to %+v", v)
		}
		v, err = h.training.Answer(t.Context(), who, training.Security, "SA-01-Q1", []string{"c"}, now)
		must(t, err)
		if v.Right {
			t.Error("a second answer counted")
		}
		// single answers go a day after the result, the result stays
		h.answerAll(t, who, training.Security, 0, now)
		must(t, h.training.Tend(t.Context(), who.Org(), now.Add(25*time.Hour)))
		if n := h.rows(t, who.Org())["training_answer"]; n != 0 {
			t.Errorf("%d answers are still kept", n)
		}
		r, err := h.training.Reading(t.Context(), who, training.Security, now.Add(25*time.Hour))
		must(t, err)
		if !r.Attempt.Passed || r.Attempt.Right != 35 {
			t.Errorf("the result is %+v", r.Attempt)
		}
	})
}

func TestATrackIsThereWhileItsFrameworkIsFollowed(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		admin, day := h.actors[access.Administrator], 24*time.Hour
		tracks := func(at time.Time) string {
			list, err := h.training.Tracks(t.Context(), admin, at)
			must(t, err)
			out := ""
			for _, x := range list {
				out += string(x) + " "
			}
			return out
		}
		p := h.joined(t, access.Employee, "2026-03-01")
		must(t, h.links.Enable(t.Context(), admin, "hipaa-security", now.Add(day)))
		must(t, h.links.Enable(t.Context(), admin, "nist-ai-rmf-1.0", now.Add(2*day)))
		for at, want := range map[time.Time]string{now: "security ", now.Add(day): "security hipaa ", now.Add(3 * day): "security hipaa ai "} {
			if got := tracks(at); got != want {
				t.Errorf("on %s the tracks are %s, want %s", at, got, want)
			}
		}
		if s := h.trained(t, p.ID, training.HIPAA, now.Add(3*day)); s.State != people.Due || s.Due.String() != "2026-04-01" {
			t.Errorf("HIPAA: %+v, want it asked from the day it came into use", s)
		}
		out := training.Default(training.HIPAA)
		out.Method = training.OptedOut
		refused(t, "no reason", h.training.Change(t.Context(), admin, out, 0, now.Add(4*day)), problem.Invalid)
		out.Reason = "No health information is processed."
		refused(t, "a manager", h.training.Change(t.Context(), h.actors[access.Manager], out, 0, now.Add(4*day)), problem.Forbidden)
		must(t, h.training.Tend(t.Context(), admin.Org(), now.Add(3*day)))
		must(t, h.training.Change(t.Context(), admin, out, 0, now.Add(4*day)))
		if got := tracks(now.Add(5 * day)); got != "security ai " {
			t.Errorf("after opting out the tracks are %s", got)
		}
		for _, x := range h.mine(t, access.Employee).Open {
			if x.Subject.ID == "hipaa" {
				t.Error("the task of HIPAA is still there")
			}
		}
		for role, want := range map[access.Role]int{access.Administrator: 3, access.Auditor: 2} {
			list, err := h.training.Settings(t.Context(), h.actors[role], now.Add(5*day))
			must(t, err)
			if len(list) != want {
				t.Errorf("%s sees %d settings, want %d", role, len(list), want)
			}
		}
		must(t, h.links.Disable(t.Context(), admin, "nist-ai-rmf-1.0", now.Add(6*day)))
		if got := tracks(now.Add(7 * day)); got != "security " {
			t.Errorf("with the framework left the tracks are %s", got)
		}
	})
}

func (h *house) paper(t testing.TB, who access.Actor, text string, at time.Time) evidence.File {
	t.Helper()
	f, err := h.training.KeepPaper(t.Context(), who, "certificate.pdf", strings.NewReader(text), at)
	must(t, err)
	return f
}

func TestOnlyACertificateOfThePresentRoundCounts(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		admin, who := h.actors[access.Administrator], h.actors[access.Employee]
		p := h.joined(t, access.Employee, "2026-02-10")
		_, err := h.training.KeepPaper(t.Context(), who, "c.pdf", strings.NewReader("x"), now)
		refused(t, "nobody asked for a certificate", err, problem.Forbidden)
		s := training.Default(training.Security)
		s.Method = training.ByPerson
		must(t, h.training.Change(t.Context(), admin, s, 0, now))
		file := h.paper(t, who, "%PDF-1.4 a certificate", now)
		on := func(day string) error {
			d, err := cadence.ParseDate(day)
			must(t, err)
			_, err = h.training.File(t.Context(), who, training.Paper{Track: training.Security, On: d, Course: "Phishing 101", File: file}, now)
			return err
		}
		refused(t, "of tomorrow", on("2026-03-02"), problem.Invalid)
		refused(t, "before the first day", on("2026-02-09"), problem.Invalid)
		refused(t, "of 1999", on("1999-01-01"), problem.Invalid)
		_, err = h.training.File(t.Context(), h.actors[access.Contributor], training.Paper{Person: p.ID, Track: training.Security, On: cadence.On(2026, 2, 20), File: file}, now)
		refused(t, "for somebody else", err, problem.Forbidden)
		must(t, on("2026-02-10"))
		if x := h.trained(t, p.ID, training.Security, now); x.State != people.Done || x.Until.Format(time.DateOnly) != "2027-02-10" {
			t.Errorf("after filing: %+v", x)
		}

		// asked again: what was before stays in the history and counts no longer
		later := now.Add(48 * time.Hour)
		_, err = h.training.Reset(t.Context(), admin, training.Asking{Track: training.Security, People: []string{p.ID}}, later)
		refused(t, "no reason", err, problem.Invalid)
		list, err := h.training.Reset(t.Context(), admin, training.Asking{Track: training.Security, People: []string{p.ID}, Reason: "Clicked a test mail"}, later)
		must(t, err)
		if x := h.trained(t, p.ID, training.Security, later); len(list) != 1 || x.State != people.Due || x.Due.String() != "2026-04-02" {
			t.Errorf("after the reset of %v: %+v", list, x)
		}
		_, err = h.training.Reset(t.Context(), admin, training.Asking{Track: training.Security, All: true, Reason: "Again"}, later.Add(time.Hour))
		refused(t, "nobody is left to ask again", err, problem.Conflict)
		if l := h.mine(t, access.Employee); len(l.Open) != 1 || l.Open[0].Title != "File your certificate of security awareness training" {
			t.Errorf("the tasks are %+v", l.Open)
		}
		past := h.paper(t, who, "%PDF-1.4 another", later)
		_, err = h.training.File(t.Context(), who, training.Paper{Track: training.Security, On: cadence.On(2026, 3, 2), File: past}, later)
		refused(t, "of before the reset", err, problem.Invalid)
		done, err := h.training.File(t.Context(), admin, training.Paper{Person: p.ID, Track: training.Security, On: cadence.On(2026, 3, 3), File: past}, later.Add(time.Hour))
		must(t, err)
		if done.Completion.Method != training.ByOrganiser {
			t.Errorf("filed on behalf: %+v", done)
		}
		hist, err := h.training.HistoryOf(t.Context(), who, p.ID, later.Add(2*time.Hour))
		must(t, err)
		if len(hist.Completions) != 2 || len(hist.Resets) != 1 || hist.Standings[0].State != people.Done {
			t.Errorf("the history is %+v", hist)
		}
		_, err = h.training.HistoryOf(t.Context(), h.actors[access.Viewer], p.ID, later)
		refused(t, "somebody else's history", err, problem.Forbidden)
	})
}

func TestRecurrenceShowsWhoFlipsFirst(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		admin := h.actors[access.Administrator]
		p := h.staff(t, "old", "2020-01-01", now)
		q := h.staff(t, "new", "2025-01-01", now)
		s := training.Default(training.Security)
		s.Method, s.Renewal.Kind = training.ByOrganiser, training.Never
		must(t, h.training.Change(t.Context(), admin, s, 0, now))
		if l := h.mine(t, access.Administrator); len(l.Open) != 1 || l.Open[0].Kind != training.TaskOrganise {
			t.Errorf("whoever chose to file for all has %+v", l.Open)
		}
		for person, day := range map[string]cadence.Date{p.ID: cadence.On(2024, 2, 29), q.ID: cadence.On(2026, 2, 1)} {
			_, err := h.training.File(t.Context(), admin, training.Paper{Person: person, Track: training.Security, On: day, File: h.paper(t, admin, "%PDF-1.4 "+person, now)}, now)
			must(t, err)
		}
		must(t, h.training.Tend(t.Context(), admin.Org(), now))
		if l := h.mine(t, access.Administrator); len(l.Open) != 0 {
			t.Errorf("with everything filed there is still %+v", l.Open)
		}
		s.Renewal.Kind = training.AfterAYear
		at := now.Add(time.Hour)
		v, err := h.training.Preview(t.Context(), admin, s, at)
		must(t, err)
		if len(v.Flips) != 1 || v.Flips[0].ID != p.ID || v.Stays != 1 || len(v.Warn) == 0 {
			t.Fatalf("the preview is %+v", v)
		}
		refused(t, "unseen", h.training.Change(t.Context(), admin, s, 0, at), problem.Conflict)
		must(t, h.training.Change(t.Context(), admin, s, 1, at))
		if x := h.trained(t, p.ID, training.Security, at); x.State != people.Due || !x.Since.Equal(at) || x.Due.String() != "2026-03-31" {
			t.Errorf("the old one stands %+v", x)
		}
		if x := h.trained(t, q.ID, training.Security, at); x.State != people.Done || x.Until.Format(time.DateOnly) != "2027-02-01" {
			t.Errorf("the new one stands %+v", x)
		}
	})
}

func TestANewMajorVersionAsksForARepeat(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		org := h.actors[access.Administrator].Org()
		of := map[string]people.Person{"0.9.0": h.staff(t, "old", "2026-02-01", now), "1.0.0": h.staff(t, "same", "2026-02-01", now)}
		for version, p := range of {
			must(t, h.d.Write(t.Context(), org, db.People, func(ctx context.Context, tx *db.Tx) error {
				_, err := tx.Exec(ctx, `INSERT INTO training_completion (org, id, person, track, method, course, version, score, at, heard_at, source, code, salt) VALUES ($1, $2, $3, 'security', 'embedded', 'security-awareness', $4, 90, $5, $5, '', '', '')`,
					org, p.ID, p.ID, version, db.Micros(now.AddDate(0, 0, -1)))
				return err
			}))
		}
		must(t, h.training.Tend(t.Context(), org, now))
		for version, want := range map[string]people.State{"0.9.0": people.Due, "1.0.0": people.Done} {
			if s := h.trained(t, of[version].ID, training.Security, now); s.State != want {
				t.Errorf("whoever passed version %s stands %+v, want %s", version, s, want)
			}
		}
		x, err := h.training.HistoryOf(t.Context(), h.actors[access.Administrator], of["0.9.0"].ID, now)
		must(t, err)
		if len(x.Resets) != 1 || x.Resets[0].By != "" || x.Resets[0].Reason != "Version 1.0.0 of the course is out" {
			t.Errorf("the resets are %+v", x.Resets)
		}
	})
}
