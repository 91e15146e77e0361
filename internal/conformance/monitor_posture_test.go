package conformance

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/cadence"
	"github.com/toucan-grc/toucan/internal/control"
	"github.com/toucan-grc/toucan/internal/crosswalk"
	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/monitor"
	"github.com/toucan-grc/toucan/internal/people"
	"github.com/toucan-grc/toucan/internal/policy"
	"github.com/toucan-grc/toucan/internal/posture"
	"github.com/toucan-grc/toucan/internal/result"
	"github.com/toucan-grc/toucan/internal/standing"
)

// tellsPolicies is the house's monitor that also tells what is true of policies.
func (h *house) tellsPolicies() *monitor.Store {
	c := h.monitor.Config
	c.Facts = []monitor.Facts{{Tables: policy.Tables(), Ask: func(ctx context.Context, tx *db.Tx, org string, r *people.Roster, at time.Time) ([]monitor.Fact, error) {
		list, err := policy.Facts(ctx, tx, org, r, at)
		var out []monitor.Fact
		for _, f := range list {
			out = append(out, monitor.Fact{Test: f.Test, Subject: f.Policy, State: f.State, Reason: f.Reason, Since: f.Since})
		}
		return out, err
	}}}
	return monitor.New(c)
}

// over is how a control stands over days, and why.
func (h *house) over(t *testing.T, code string, from, to int) posture.Operated {
	t.Helper()
	end := onDay(to + 1)
	b, err := h.standing().Open(t.Context(), h.actors[access.Administrator], end)
	must(t, err)
	o, ok := b.ByCode(code)
	if !ok {
		t.Fatalf("there is no control %s", code)
	}
	a := b.Answer(standing.Asked{Window: cadence.Days{From: dayFrom(from), To: dayFrom(to)}}, end)
	return a.Judge.Of(o)
}

// TestAcknowledgedByAllIsAResultOverTime has one of two never acknowledge in time.
func TestAcknowledgedByAllIsAResultOverTime(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx, who := t.Context(), h.actors[access.Administrator]
		h.worker(t, access.Employee, people.Employee, "2020-01-01")
		h.worker(t, access.Auditor, people.Employee, "2020-01-01")
		p := h.rules(t, "Conduct")
		v := h.publish(t, p.ID, now)
		m := h.tellsPolicies()
		must(t, h.policies.Acknowledge(ctx, h.actors[access.Employee], p.ID, v.ID, onDay(2)))
		for day := 0; day <= 45; day++ {
			must(t, h.policies.Tend(ctx, who.Org(), onDay(day).Add(time.Hour)))
			if day == 40 {
				must(t, h.policies.Acknowledge(ctx, h.actors[access.Auditor], p.ID, v.ID, onDay(day).Add(2*time.Hour)))
			}
			for _, hours := range []time.Duration{3, 11, 19} {
				must(t, m.Tend(ctx, who.Org(), onDay(day).Add(hours*time.Hour)))
			}
		}
		list, err := h.results.Timeline(ctx, who, result.Window{Tests: []string{result.PolicyAcknowledged}, From: now.AddDate(0, -1, 0), To: onDay(45).Add(20 * time.Hour)})
		must(t, err)
		var got []string
		for _, i := range list {
			got = append(got, string(i.State)+" "+i.Reason)
		}
		want := []string{"not_applicable 1 of 2 still have time to acknowledge version 1.", "fail 1 of 2 have not acknowledged version 1 in time.", "pass "}
		if !slices.Equal(got, want) {
			t.Errorf("over time\n%q, want\n%q", got, want)
		}
		for _, i := range list {
			if i.State == result.Fail && (!i.From.Equal(onDay(30).Add(19*time.Hour)) || !i.To.Equal(onDay(40).Add(3*time.Hour))) {
				t.Errorf("it failed from %s to %s, want from the first round of day 31 to the one after it was acknowledged", i.From, i.To)
			}
		}
	})
}

// TestPeopleChecksFeedPosture assigns a check of people to a control and asks how
// it stood while somebody was late, and before and after.
func TestPeopleChecksFeedPosture(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx, who := t.Context(), h.actors[access.Administrator]
		c := &cast{h, map[string]people.Person{}, map[string]access.Actor{}}
		c.add(t, "ann", "people", -200, 0, people.Employee)
		c.add(t, "bob", "people", -200, 0, people.Employee)
		made, err := h.controls.Create(ctx, who, control.Control{Code: "TRN-1", Title: "Everybody is trained", Kind: control.Continuous, Status: control.Operated, Since: dayFrom(-30)}, now)
		must(t, err)
		must(t, h.results.Assign(ctx, who, string(people.SecurityCheck), made.ID, now))
		c.completes(t, "ann", now.Add(time.Minute))
		for day := 0; day <= 60; day++ {
			if day == 45 {
				c.completes(t, "bob", onDay(day))
			}
			for _, hours := range []time.Duration{1, 9, 17} { // what was told holds for a day at least
				must(t, h.monitor.Tend(ctx, who.Org(), onDay(day).Add(hours*time.Hour)))
			}
		}
		if o := h.over(t, "TRN-1", 1, 29); o.State != posture.Effective {
			t.Errorf("while bob had time it is %s: %q", o.State, o.Why)
		}
		o := h.over(t, "TRN-1", 1, 59)
		if o.State != posture.Exceptions || len(o.Failures) != 1 || !strings.Contains(strings.Join(o.Why, " "), "people.training-security") {
			t.Errorf("over all it is %s: %q, %+v", o.State, o.Why, o.Failures)
		}
		if o := h.over(t, "TRN-1", 46, 59); o.State != posture.Effective {
			t.Errorf("once bob was done it is %s: %q", o.State, o.Why)
		}
	})
}

// TestAPublishedPolicyBindsAControlFromItsDay lets fifty days pass between two reviews.
func TestAPublishedPolicyBindsAControlFromItsDay(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx, who := t.Context(), h.actors[access.Administrator]
		_, err := h.links.Adopt(ctx, who, crosswalk.AdoptPlan{Entries: []string{"AC-04"}}, now.AddDate(0, 0, -200))
		must(t, err)
		adopted, err := h.links.Adoptions(ctx, who, now)
		must(t, err)
		all, err := h.controls.List(ctx, who, control.Filter{})
		must(t, err)
		i := slices.IndexFunc(all, func(c control.Control) bool { return c.ID == adopted[0].Control })
		review := all[i]
		review.Kind, review.Frequency, review.Status, review.Since = control.Periodic, "annual", control.Operated, dayFrom(-180)
		_, err = h.controls.Edit(ctx, who, review, now.AddDate(0, 0, -199))
		must(t, err)
		for _, day := range []int{-170, -100, -20, 35, 85, 110} {
			h.prove(t, who, review.Code, onDay(day))
		}
		before, after := [2]int{-180, 29}, [2]int{30, 112}
		is := func(what string, w [2]int, want posture.State) posture.Operated {
			t.Helper()
			o := h.over(t, review.Code, w[0], w[1])
			if o.State != want {
				t.Errorf("%s, days %v: %s, want %s: %q", what, w, o.State, want, o.Why)
			}
			return o
		}
		is("no policy", before, posture.Effective)
		is("no policy", after, posture.Effective)
		p, err := h.policies.Create(ctx, h.actors[access.Contributor], policy.Policy{Title: "Access Policy", Governs: []string{"access-review"}}, "User access is reviewed every month.\n", onDay(30))
		must(t, err)
		h.publish(t, p.ID, onDay(30))
		is("what passed before it", before, posture.Effective)
		o := is("from its day on", after, posture.Exceptions)
		if len(o.LongGaps) == 0 || !strings.Contains(strings.Join(o.Why, " "), "Access Policy") {
			t.Errorf("it does not say why: %q, %+v", o.Why, o.LongGaps)
		}
	})
}
