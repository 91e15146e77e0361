package conformance

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/cadence"
	"github.com/toucan-grc/toucan/internal/people"
	"github.com/toucan-grc/toucan/internal/task"
	"github.com/toucan-grc/toucan/internal/training"
)

// yearDay is a day of the simulated year as the register has it.
func yearDay(t testing.TB, s string) cadence.Date {
	t.Helper()
	d, err := cadence.ParseDate(s)
	must(t, err)
	return d
}

// TestAYearOfTraining runs thirteen months in Berlin: a joiner, a leave, somebody
// who leaves and comes back, somebody who never does it; the course, a provider,
// certificates filed by an administrator; a reset, a rejected certificate, and two
// ways to renew. What has to come out was worked out by hand:
//
//	1 Mar 2026  Toucan begins. The course, renewed after 12 months, 30 days: ann, cem,
//	            dee, eva and fay have until 31 March. fay is excluded from it.
//	            cem is on leave from 20 March to 19 May: 61 days more, until 31 May.
//	10 Mar      ann passes the course: done until 10 March 2027.
//	15 Apr      bob joins: until 15 May.
//	2 May       From now on a provider. What ann did goes on counting.
//	3 May       Sync: bob (1 May) and dee (20 April) are done; eva is enrolled in nothing.
//	10 June     Sync: cem (5 June) is done, five days late. bob is at work there again,
//	            which touches nothing here.
//	1 July      bob is reset: until 31 July.
//	5 July      Sync: the provider still has bob's 1 May. That does not count.
//	5 Aug       Sync: bob (3 August) is done until 3 August 2027.
//	30 Sep      dee's last day.
//	1 Nov       From now on an administrator files certificates; eva's is of 30 October.
//	10 Nov      A second person rejects it: eva is overdue again, since 31 March.
//	11 Jan      dee is back and new: until 10 February.
//	20 Jan      dee's certificate is filed: done.
//	1 Feb       From now on renewed each 1 March, for everybody.
//	1 Mar 2027  ann, bob, cem and dee are asked again, until 31 March. eva is not
//	            given a later day.
//	14 Mar      ann's certificate: done until 1 March 2028.
//	1 Apr       bob, cem and dee are overdue.
func TestAYearOfTraining(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx, admin := t.Context(), h.actors[access.Administrator]
		org := admin.Org()
		berlin, err := time.LoadLocation("Europe/Berlin")
		must(t, err)
		clock := func(s string) time.Time {
			x, err := time.ParseInLocation("2006-01-02 15:04", s, berlin)
			must(t, err)
			return x.UTC()
		}
		must(t, h.access.EditOrganisation(ctx, admin, "One", "Europe/Berlin", now.Add(-time.Hour)))
		who := map[string]string{}
		for name, start := range map[string]string{"ann": "2025-06-01", "cem": "2024-01-15", "dee": "2023-05-02", "eva": "2025-06-01", "fay": "2025-06-01", "bob": "2026-04-15"} {
			who[name] = h.staff(t, name, start, now).ID
		}
		must(t, h.people.LinkAccount(ctx, admin, who["ann"], h.accounts[access.Employee].ID, now))
		_, err = h.people.AddSpan(ctx, admin, people.Span{Person: who["cem"], Kind: people.Leave, From: yearDay(t, "2026-03-20"), To: yearDay(t, "2026-05-19")}, now)
		must(t, err)
		_, err = h.people.Exclude(ctx, admin, people.Waiver{People: []string{who["fay"]}, Check: people.SecurityCheck, Reason: "Board member with training of her own"}, now)
		must(t, err)

		names := []string{"ann", "bob", "cem", "dee", "eva", "fay"}
		state := func(at time.Time) string {
			var out []string
			for _, n := range names {
				s := h.trained(t, who[n], training.Security, at)
				word := string(s.State)
				if s.State == people.Due {
					word += " " + s.Due.String()[5:]
				}
				if s.State == people.Done && !s.Until.IsZero() {
					word += " " + s.Until.In(berlin).Format("2006-01-02")
				}
				out = append(out, word)
			}
			return strings.Join(out, " | ")
		}
		sync := func(at string, said ...training.Enrolment) training.Taken {
			out, err := h.training.Take(ctx, org, training.Sync{Track: training.Security, Connection: "knowbe4", Provider: "KnowBe4", Account: h.admin.ID, Said: said}, clock(at))
			must(t, err)
			return out
		}
		completed := func(name, at string) training.Enrolment {
			return training.Enrolment{Person: who[name], State: training.Completed, At: clock(at), Course: "Awareness 2026"}
		}
		way := training.Default(training.Security)
		change := func(at string) {
			v, err := h.training.Preview(ctx, admin, way, clock(at))
			must(t, err)
			if len(v.Flips) != 0 {
				t.Errorf("%s: %d people would be asked again at once", at, len(v.Flips))
			}
			must(t, h.training.Change(ctx, admin, way, 0, clock(at)))
		}
		file := func(at, name, on string) training.Filed {
			f, err := h.training.File(ctx, admin, training.Paper{Person: who[name], Track: training.Security, On: yearDay(t, on), File: h.paper(t, admin, "%PDF-1.4 "+name+on, clock(at))}, clock(at))
			must(t, err)
			return f
		}
		var rejected training.Filed

		for _, step := range []struct {
			at   string
			do   func()
			want string // at that moment, after it was done
		}{
			{"2026-03-01 12:00", nil, "due 03-31 | not_asked | due 05-31 | due 03-31 | due 03-31 | due 03-31"},
			{"2026-03-10 10:00", func() { h.answerAll(t, h.actors[access.Employee], training.Security, 3, clock("2026-03-10 10:00")) },
				"done 2027-03-10 | not_asked | due 05-31 | due 03-31 | due 03-31 | due 03-31"},
			{"2026-03-31 23:59", nil, "done 2027-03-10 | not_asked | due 05-31 | due 03-31 | due 03-31 | due 03-31"}, // 21:59 UTC: summer time has begun
			{"2026-04-01 00:00", nil, "done 2027-03-10 | not_asked | due 05-31 | missing | missing | missing"},
			{"2026-04-15 00:00", nil, "done 2027-03-10 | due 05-15 | due 05-31 | missing | missing | missing"},
			{"2026-05-02 09:00", func() { way.Method, way.Provider = training.Connected, "knowbe4"; change("2026-05-02 09:00") },
				"done 2027-03-10 | due 05-15 | due 05-31 | missing | missing | missing"},
			{"2026-05-03 04:00", func() {
				out := sync("2026-05-03 04:00", completed("bob", "2026-05-01 16:00"), completed("dee", "2026-04-20 11:00"),
					training.Enrolment{Person: who["eva"], State: training.NotEnrolled, Reason: "Enrolled in none of the selected campaigns."})
				if len(out.Completed) != 2 || len(out.Changed) != 1 {
					t.Errorf("the first sync did %+v", out)
				}
			}, "done 2027-03-10 | done 2027-05-01 | due 05-31 | done 2027-04-20 | missing | missing"},
			{"2026-06-01 00:00", nil, "done 2027-03-10 | done 2027-05-01 | missing | done 2027-04-20 | missing | missing"},
			{"2026-06-10 04:00", func() {
				out := sync("2026-06-10 04:00", completed("cem", "2026-06-05 09:00"), training.Enrolment{Person: who["bob"], State: training.Enrolled, Reason: "Enrolled, not finished."})
				if len(out.Completed) != 1 || out.Already != 1 || len(out.Rerun) != 1 {
					t.Errorf("the second sync did %+v", out)
				}
			}, "done 2027-03-10 | done 2027-05-01 | done 2027-06-05 | done 2027-04-20 | missing | missing"},
			{"2026-07-01 10:00", func() {
				_, err := h.training.Reset(ctx, admin, training.Asking{Track: training.Security, People: []string{who["bob"], who["eva"]}, Reason: "Gave a password to a test mail"}, clock("2026-07-01 10:00"))
				must(t, err)
			}, "done 2027-03-10 | due 07-31 | done 2027-06-05 | done 2027-04-20 | missing | missing"},
			{"2026-07-05 04:00", func() {
				if out := sync("2026-07-05 04:00", completed("bob", "2026-05-01 16:00")); len(out.Completed) != 0 || len(out.Refused) != 1 {
					t.Errorf("an old completion after a reset: %+v", out)
				}
			}, "done 2027-03-10 | due 07-31 | done 2027-06-05 | done 2027-04-20 | missing | missing"},
			{"2026-08-01 00:00", nil, "done 2027-03-10 | missing | done 2027-06-05 | done 2027-04-20 | missing | missing"},
			{"2026-08-05 04:00", func() { sync("2026-08-05 04:00", completed("bob", "2026-08-03 15:00")) },
				"done 2027-03-10 | done 2027-08-03 | done 2027-06-05 | done 2027-04-20 | missing | missing"},
			{"2026-10-01 00:00", func() {
				must(t, h.people.End(ctx, admin, who["dee"], yearDay(t, "2026-09-30"), clock("2026-10-01 00:00")))
			}, "done 2027-03-10 | done 2027-08-03 | done 2027-06-05 | not_asked | missing | missing"},
			{"2026-11-01 12:00", func() {
				way.Method = training.ByOrganiser
				change("2026-11-01 10:00")
				rejected = file("2026-11-01 12:00", "eva", "2026-10-30")
			}, "done 2027-03-10 | done 2027-08-03 | done 2027-06-05 | not_asked | done 2027-10-30 | missing"},
			{"2026-11-10 10:00", func() {
				must(t, h.evidence.Review(ctx, h.actors[access.Manager], rejected.Completion.Evidence, "rejected", "Somebody else's certificate.", clock("2026-11-10 10:00")))
			}, "done 2027-03-10 | done 2027-08-03 | done 2027-06-05 | not_asked | missing | missing"},
			{"2027-01-11 09:00", func() {
				must(t, h.people.Return(ctx, admin, who["dee"], yearDay(t, "2027-01-11"), clock("2027-01-11 09:00")))
			}, "done 2027-03-10 | done 2027-08-03 | done 2027-06-05 | due 02-10 | missing | missing"},
			{"2027-01-21 09:00", func() { file("2027-01-21 09:00", "dee", "2027-01-20") },
				"done 2027-03-10 | done 2027-08-03 | done 2027-06-05 | done 2028-01-20 | missing | missing"},
			{"2027-02-01 09:00", func() {
				way.Renewal = training.Renewal{Kind: training.OnOneDate, Month: time.March, Day: 1}
				change("2027-02-01 09:00")
			}, "done 2027-03-01 | done 2027-03-01 | done 2027-03-01 | done 2027-03-01 | missing | missing"},
			{"2027-03-01 00:00", nil, "due 03-31 | due 03-31 | due 03-31 | due 03-31 | missing | missing"},
			{"2027-03-15 09:00", func() { file("2027-03-15 09:00", "ann", "2027-03-14") },
				"done 2028-03-01 | due 03-31 | due 03-31 | due 03-31 | missing | missing"},
			{"2027-03-31 23:59", nil, "done 2028-03-01 | due 03-31 | due 03-31 | due 03-31 | missing | missing"},
			{"2027-04-01 00:00", nil, "done 2028-03-01 | missing | missing | missing | missing | missing"},
		} {
			at := clock(step.at)
			if step.do != nil {
				step.do()
			}
			if got := state(at); got != step.want {
				t.Errorf("%s\n got %s\nwant %s", step.at, got, step.want)
			}
			must(t, h.training.Tend(ctx, org, at)) // the hourly round changes tasks, and nothing of this
			if got := state(at); got != step.want {
				t.Errorf("%s, after the hourly round\n got %s\nwant %s", step.at, got, step.want)
			}
		}

		// Nothing of the history is gone: completions, resets by a person and by renewal.
		end := clock("2027-04-01 00:00")
		for name, want := range map[string]string{"ann": "2 1", "bob": "2 2", "cem": "1 1", "dee": "2 1", "eva": "1 0", "fay": "0 0"} {
			x, err := h.training.HistoryOf(ctx, admin, who[name], end)
			must(t, err)
			if got := fmt.Sprint(len(x.Completions), " ", len(x.Resets)); got != want {
				t.Errorf("%s has %s completions and resets, want %s", name, got, want)
			}
		}
		// Certificates are filed for people, so nobody has a task of their own; one waits
		// for whoever files them: bob, cem, dee and eva. fay is excluded.
		list, err := h.tasks.List(ctx, admin, task.Filter{}, end)
		must(t, err)
		var open []string
		for _, x := range list.Open {
			if strings.HasPrefix(x.Kind, "training.") {
				open = append(open, x.Title)
			}
		}
		if got := strings.Join(open, "; "); got != "File certificates: Security awareness training, 4 people" {
			t.Errorf("the tasks of the last day are %q", got)
		}
		// Every row and every leaf agree, and twice the same round writes nothing new.
		before := h.rows(t, org)
		must(t, h.training.Tend(ctx, org, end))
		after := h.rows(t, org)
		for _, table := range tenantTables {
			if before[table] != after[table] {
				t.Errorf("the same round again changed %s from %d to %d rows", table, before[table], after[table])
			}
		}
		must(t, h.log.Verify(ctx, h.d, org))
	})
}
