package conformance

import (
	"strings"
	"testing"
	"time"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/cadence"
	"github.com/toucan-grc/toucan/internal/joiner"
	"github.com/toucan-grc/toucan/internal/monitor"
	"github.com/toucan-grc/toucan/internal/people"
	"github.com/toucan-grc/toucan/internal/policy"
	"github.com/toucan-grc/toucan/internal/training"
)

// cast is whom a sample is drawn of, by name.
type cast struct {
	*house
	persons map[string]people.Person
	actors  map[string]access.Actor // of those who acknowledge
}

// onDay is the morning of a day so many days from the first of the window.
func onDay(day int) time.Time { return now.AddDate(0, 0, day) }

func (c *cast) add(t *testing.T, name, function string, start, end int, kind people.Kind) {
	t.Helper()
	p := people.Person{Name: name, Email: name + "@one.test", Function: function, Kind: kind, StartOn: dayFrom(start).String()}
	if end != 0 {
		p.EndOn = dayFrom(end).String()
	}
	p, err := c.people.Add(t.Context(), c.house.actors[access.Administrator], p, now)
	must(t, err)
	c.persons[name] = p
}

// completes tells that somebody completed the training on a day.
func (c *cast) completes(t *testing.T, name string, when time.Time) {
	t.Helper()
	heard := when
	if heard.Before(now) {
		heard = now
	}
	_, err := c.training.Take(t.Context(), c.house.actors[access.Administrator].Org(), training.Sync{Track: training.Security, Connection: "c1", Provider: "KnowBe4", Account: c.admin.ID, Said: []training.Enrolment{
		{Person: c.persons[name].ID, State: training.Completed, At: when, Course: "Phishing 101"}}}, heard)
	must(t, err)
}

func (c *cast) resets(t *testing.T, name string, day int) {
	t.Helper()
	_, err := c.training.Reset(t.Context(), c.house.actors[access.Administrator], training.Asking{Track: training.Security, People: []string{c.persons[name].ID}, Reason: "A new course."}, onDay(day))
	must(t, err)
}

func (c *cast) acknowledges(t *testing.T, name string, v policy.Version, day int) {
	t.Helper()
	who, ok := c.actors[name]
	if !ok {
		account := c.join(t, access.Contributor, name+"@reader.test", name)
		must(t, c.people.LinkAccount(t.Context(), c.house.actors[access.Administrator], c.persons[name].ID, account.ID, now))
		var err error
		who, err = c.access.Enter(t.Context(), account, "one")
		must(t, err)
		c.actors[name] = who
	}
	must(t, c.policies.Acknowledge(t.Context(), who, v.Policy, v.ID, onDay(day)))
}

func (c *cast) excuses(t *testing.T, name string, check people.Check, reason string) {
	t.Helper()
	_, err := c.people.Exclude(t.Context(), c.house.actors[access.Administrator], people.Waiver{People: []string{c.persons[name].ID}, Check: check, Reason: reason}, onDay(1))
	must(t, err)
}

func (c *cast) away(t *testing.T, name string, kind people.SpanKind, from, to int, reason string) {
	t.Helper()
	s := people.Span{Person: c.persons[name].ID, Kind: kind, From: dayFrom(from), Reason: reason}
	if to != 0 {
		s.To = dayFrom(to)
	}
	_, err := c.people.AddSpan(t.Context(), c.house.actors[access.Administrator], s, now)
	must(t, err)
}

// settles brings a checklist of somebody to its end on a day.
func (c *cast) settles(t *testing.T, name string, list joiner.List, day int) {
	t.Helper()
	who := c.house.actors[access.Manager]
	must(t, c.joiners.Tend(t.Context(), who.Org(), onDay(day).Add(-time.Hour)))
	o, err := c.joiners.Overview(t.Context(), who, onDay(day))
	must(t, err)
	for _, r := range o.Rows {
		if r.Person != c.persons[name].ID || r.List != list {
			continue
		}
		v, err := c.joiners.Find(t.Context(), who, r.ID, onDay(day))
		must(t, err)
		for _, s := range v.Steps {
			if s.State == joiner.ToDo {
				must(t, c.joiners.Settle(t.Context(), who, s.ID, joiner.Said{State: joiner.NotNeeded, Note: "There was none."}, onDay(day)))
			}
		}
		return
	}
	t.Fatalf("%s has no list of %s", name, list)
}

// newPolicy publishes a policy for a group on the first day.
func (c *cast) newPolicy(t *testing.T, title, group string) policy.Version {
	t.Helper()
	p, err := c.policies.Create(t.Context(), c.house.actors[access.Contributor], policy.Policy{Title: title, Audience: []string{group}, Acknowledge: true}, "Be kind.", now)
	must(t, err)
	return c.publish(t, p.ID, now)
}

// TestTwentyFivePeopleAreTwentyFiveArtefactsOrNamedExceptions draws a sample over
// the days 0 to 90 and asks on day 100. What is expected was derived by hand.
func TestTwentyFivePeopleAreTwentyFiveArtefactsOrNamedExceptions(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx, admin := t.Context(), h.actors[access.Administrator]
		c := &cast{h, map[string]people.Person{}, map[string]access.Actor{}}
		s := joiner.Default()
		s.Begins, s.Background = today-5, today-5
		must(t, h.joiners.SetSetting(ctx, h.actors[access.Manager], s, now))
		security, policies := people.SecurityCheck, people.PoliciesCheck
		for _, name := range []string{"inside", "first", "last", "reset", "again", "before", "excused", "away", "went", "elsewhere", "old-hand", "after", "nothing", "late-away"} {
			c.add(t, name, "people", -200, 0, people.Employee)
		}
		for _, name := range []string{"reader", "waived-reader", "late-reader", "early-reader"} {
			c.add(t, name, "engineering", -200, 0, people.Employee)
		}
		for _, name := range []string{"twice", "half"} {
			c.add(t, name, "finance", -200, 0, people.Employee)
		}
		c.add(t, "new", "people", 88, 0, people.Employee)
		c.add(t, "to-come", "people", 120, 0, people.Employee)
		c.add(t, "gone", "people", -300, -10, people.Employee)
		c.add(t, "left", "people", -200, 50, people.Employee)
		c.add(t, "left-soon", "people", -200, 15, people.Employee)
		c.add(t, "left-late", "people", -200, 50, people.Employee)
		c.add(t, "robot", "people", -200, 0, people.Service)
		c.add(t, "checked", "people", 5, 0, people.Employee)
		c.add(t, "welcomed", "people", 5, 0, people.Employee)
		c.add(t, "left-over", "people", -200, 89, people.Employee)
		conduct, ledgers := c.newPolicy(t, "Conduct", "engineering"), c.newPolicy(t, "Ledgers", "finance")

		c.completes(t, "before", onDay(-100))
		c.completes(t, "first", now.Add(time.Hour))
		c.excuses(t, "excused", security, "Trained by the parent company.")
		c.excuses(t, "waived-reader", policies, "A hearing is under way.")
		c.away(t, "away", people.Leave, -20, 120, "")
		c.away(t, "went", people.Leave, 10, 0, "")
		c.away(t, "late-away", people.Leave, 40, 0, "")
		c.away(t, "elsewhere", people.NoScope, -5, 0, "Works for the sister company.")
		_, err := h.joiners.Record(ctx, h.actors[access.Manager], joiner.Background{Person: c.persons["checked"].ID, Kinds: []string{"identity"}, Provider: "Verifix",
			OrderedOn: today + 1, Completed: today + 3, Outcome: joiner.Clear, DecidedBy: "Head of People", Decided: today + 4}, onDay(4))
		must(t, err)
		c.acknowledges(t, "reader", conduct, 10)
		c.acknowledges(t, "twice", ledgers, 10)
		c.acknowledges(t, "half", ledgers, 11)
		c.settles(t, "welcomed", joiner.Joining, 12)
		for _, name := range []string{"inside", "reset", "again", "left"} {
			c.completes(t, name, onDay(20))
		}
		c.resets(t, "reset", 40)
		c.resets(t, "again", 40)
		c.settles(t, "left", joiner.Leaving, 51)
		c.completes(t, "again", onDay(60))
		_, err = h.policies.Save(ctx, h.actors[access.Contributor], ledgers.Policy, policy.Text{Body: "Be kind, and exact.", Change: "Exact.", Material: true}, onDay(70))
		must(t, err)
		second := h.publish(t, ledgers.Policy, onDay(70))
		c.acknowledges(t, "twice", second, 80)
		c.completes(t, "last", dayFrom(90).End(time.UTC).Add(-time.Minute))
		// after the window
		c.completes(t, "after", onDay(95))
		c.completes(t, "left-over", onDay(20)) // told late, dated inside
		c.acknowledges(t, "half", second, 95)
		c.acknowledges(t, "late-reader", conduct, 95)
		c.settles(t, "left-over", joiner.Leaving, 96)

		const found, earlier, exception, lacking = monitor.Found, monitor.Earlier, monitor.Exception, monitor.Lacking
		type row struct {
			name   string
			check  people.Check // none: nothing is asked of the person at all
			want   monitor.Verdict
			on     int // day, where it is found
			reason string
		}
		sample := []row{
			{"inside", security, found, 20, "Phishing 101."},
			{"first", security, found, 0, "Phishing 101."},
			{"last", security, found, 90, "Phishing 101."},
			{"reset", security, found, 20, "Phishing 101. At the end of the window: Not done by"},
			{"again", security, found, 60, "Phishing 101, Phishing 101."},
			{"before", security, earlier, -100, "Completed on 21 November 2025."},
			{"left", security, found, 20, "Phishing 101."},
			{"reader", policies, found, 10, "Conduct 1.0."},
			{"twice", policies, found, 80, "Ledgers 2.0, Ledgers 1.0."},
			{"checked", people.BackgroundCheck, found, 4, "The record of the check, decided."},
			{"welcomed", people.JoiningCheck, found, 12, "All steps of the list for joining on 2026-03-06."},
			{"left", people.LeavingCheck, found, 51, "All steps of the list for leaving on 2026-04-20."},
			{"left-over", security, found, 20, "Phishing 101."},
			{"half", policies, exception, 0, "Not yet due, due on 9 June 2026. 1 of 1 still to acknowledge: Ledgers."},
			{"excused", security, exception, 0, "Let off: Trained by the parent company."},
			{"waived-reader", policies, exception, 0, "Let off: A hearing is under way."},
			{"away", security, exception, 0, "On leave until 29 June 2026."},
			{"went", security, exception, 0, "Not yet due"}, // judged the day before the leave
			{"new", security, exception, 0, "Not yet due, due on 27 June 2026."},
			{"left-soon", security, exception, 0, "Not yet due, due on 31 March 2026."},
			{"old-hand", people.BackgroundCheck, exception, 0, "They started before 2026-02-24"},
			{"old-hand", policies, exception, 0, "No policy in force has them in its audience."},
			{"to-come", "", exception, 0, "Joined on 29 June 2026, after the window."},
			{"gone", "", exception, 0, "Left on 19 February 2026, before the window."},
			{"elsewhere", "", exception, 0, "Out of scope: Works for the sister company."},
		}
		if len(sample) != 25 {
			t.Fatalf("the sample has %d rows", len(sample))
		}
		others := []row{ // what does not count is a finding, and says so
			{"robot", "", exception, 0, "not a person"},
			{"after", security, lacking, 0, "Nothing was found in the window. Not done by 31 March 2026."},
			{"nothing", security, lacking, 0, "Nothing was found in the window. Not done by 31 March 2026."},
			{"late-away", security, lacking, 0, "Nothing was found in the window. Not done by 31 March 2026."},
			{"left-late", security, lacking, 0, "Nothing was found in the window. Not done by 31 March 2026."},
			{"late-reader", policies, lacking, 0, "Nothing was found in the window. 1 of 1 not acknowledged in time: Conduct."},
			{"early-reader", policies, lacking, 0, "Nothing was found in the window."},
			{"left-over", people.LeavingCheck, lacking, 0, "Nothing was found in the window."},
		}
		window := cadence.Days{From: dayFrom(0), To: dayFrom(90)}
		answered := 0
		for _, r := range append(sample, others...) {
			list, err := h.monitor.Sample(ctx, h.actors[access.Auditor], []string{c.persons[r.name].ID}, window, onDay(100))
			must(t, err)
			if r.check == "" {
				if !strings.Contains(list[0].Why, r.reason) {
					t.Errorf("%s: %q, want %q", r.name, list[0].Why, r.reason)
				}
				answered++
				continue
			}
			p := pickOf(list[0], r.check)
			if p.Verdict != r.want || !strings.HasPrefix(p.Reason, r.reason) {
				t.Errorf("%s, %s: %s %q, want %s %q", r.name, r.check, p.Verdict, p.Reason, r.want, r.reason)
			}
			dated := p.Verdict == found || p.Verdict == earlier
			if dated && p.On != dayFrom(r.on) || dated != p.On.Known() {
				t.Errorf("%s, %s: on %s, want %s", r.name, r.check, p.On, dayFrom(r.on))
			}
			for _, a := range p.Shown {
				if day := cadence.DateOf(a.At, time.UTC); !window.Has(day) || a.Leaf == "" {
					t.Errorf("%s, %s: %+v is shown", r.name, r.check, a)
				}
			}
			if p.Verdict == found && (len(p.Shown) == 0 || r.check == security && len(p.Evidence) == 0) {
				t.Errorf("%s, %s: found without an artefact: %+v", r.name, r.check, p)
			}
			if p.Verdict != lacking {
				answered++
			}
		}
		if answered != len(sample)+1 {
			t.Errorf("%d of the sample are answered, want all 25 and the robot", answered)
		}
		// all at once say what each says alone
		var ids []string
		for _, r := range sample {
			ids = append(ids, c.persons[r.name].ID)
		}
		list, err := h.monitor.Sample(ctx, admin, ids, window, onDay(100))
		must(t, err)
		for i, r := range sample {
			if r.check != "" && pickOf(list[i], r.check).Verdict != r.want {
				t.Errorf("%s among all: %+v", r.name, pickOf(list[i], r.check))
			}
		}
	})
}

func pickOf(s monitor.Sampled, c people.Check) monitor.Picked {
	for _, p := range s.Picked {
		if p.Check == c {
			return p
		}
	}
	return monitor.Picked{}
}
