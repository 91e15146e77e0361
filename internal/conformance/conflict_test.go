package conformance

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/cadence"
	"github.com/toucan-grc/toucan/internal/policy"
	"github.com/toucan-grc/toucan/internal/problem"
)

// binding puts a policy of one text into force.
func (h *house) binding(t testing.TB, title, text string, at time.Time) policy.Policy {
	t.Helper()
	p, err := h.policies.Create(t.Context(), h.actors[access.Contributor], policy.Policy{Title: title}, text, at)
	must(t, err)
	h.publish(t, p.ID, at)
	return p
}

// rewrite puts another text of a policy into force.
func (h *house) rewrite(t testing.TB, p policy.Policy, text string, at time.Time) {
	t.Helper()
	_, err := h.policies.Save(t.Context(), h.actors[access.Contributor], p.ID, policy.Text{Body: text, Change: "Another time.", Material: true}, at)
	must(t, err)
	h.publish(t, p.ID, at)
}

func (h *house) conflicts(t testing.TB, beats ...policy.Beat) []policy.Clash {
	t.Helper()
	list, err := h.policies.Conflicts(t.Context(), h.actors[access.Manager], beats)
	must(t, err)
	return list
}

func TestConflictsAreFoundAndDecided(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx, manager := t.Context(), h.actors[access.Manager]
		owner := h.worker(t, access.Contributor, "employee", "2020-01-01")
		logs := h.binding(t, "Logging Policy", "Audit logs are kept for 12 months.\n", now)
		if list := h.conflicts(t); len(list) != 0 {
			t.Fatalf("one document contradicts itself: %+v", list)
		}
		standard := h.binding(t, "Log Standard", "Audit logs are deleted after 90 days.\n", now)
		list := h.conflicts(t)
		if len(list) != 1 || list[0].Subject != "audit-log-retention" || list[0].Settled() || list[0].Reopened || !slices.Contains(list[0].Values[:], "P90D") || !slices.Contains(list[0].Values[:], "P1Y") {
			t.Fatalf("conflicts: %+v", list)
		}
		pair := list[0].Pair
		decide := func(d policy.Decision, at time.Time) error {
			d.Pair = pair
			return h.policies.DecideConflicts(ctx, manager, []policy.Decision{d}, nil, at)
		}
		for field, wrong := range map[string]policy.Decision{
			"governing": {Choice: policy.OneGoverns, Reason: "It does."},
			"reason":    {Choice: policy.NoConflict},
			"owner":     {Choice: policy.Consolidate, Due: cadence.DateOf(now, time.UTC) + 10},
			"due":       {Choice: policy.Consolidate, Owner: owner.ID},
			"choice":    {Choice: "perhaps"},
		} {
			if err := decide(wrong, now); err == nil || problem.Of(err).Field != field {
				t.Errorf("%+v: %v, want a problem with %s", wrong, err, field)
			}
		}
		past := policy.Decision{Choice: policy.Consolidate, Owner: owner.ID, Due: cadence.DateOf(now, time.UTC) - 1}
		if err := decide(past, now); err == nil || problem.Of(err).Field != "due" {
			t.Errorf("a day that is over: %v", err)
		}
		due := cadence.DateOf(now, time.UTC) + 30
		must(t, decide(policy.Decision{Choice: policy.Consolidate, Owner: owner.ID, Due: due}, now))
		list = h.conflicts(t)
		if x := list[0].Decision; x == nil || x.Choice != policy.Consolidate || x.Due != due || x.OwnerName != owner.Name || x.ByName == "" {
			t.Fatalf("decided: %+v", list[0])
		}
		open := func() int {
			mine, err := h.tasks.Mine(ctx, h.actors[access.Contributor], now)
			must(t, err)
			n := 0
			for _, x := range mine.Open {
				if x.Kind == policy.TaskConsolidate {
					n++
				}
			}
			return n
		}
		if open() != 1 {
			t.Errorf("the owner has %d tasks, want 1", open())
		}
		must(t, decide(policy.Decision{Choice: policy.OneGoverns, Governing: logs.ID, Reason: "The log store keeps a year."}, now.Add(time.Hour)))
		if x := h.conflicts(t)[0]; x.Decision.Governing != logs.ID || len(x.Earlier) != 2 || open() != 0 {
			t.Errorf("decided again: %+v, %d tasks", x, open())
		}
		must(t, decide(policy.Decision{Choice: policy.TakenBack, Reason: "It was the wrong one."}, now.Add(2*time.Hour)))
		if x := h.conflicts(t)[0]; x.Settled() || x.Reopened {
			t.Errorf("taken back: %+v", x)
		}
		must(t, decide(policy.Decision{Choice: policy.Consolidate, Owner: owner.ID, Due: due}, now.Add(3*time.Hour)))

		h.rewrite(t, standard, "Audit logs are deleted after 180 days.\n", now.Add(24*time.Hour))
		if x := h.conflicts(t)[0]; x.Settled() || !x.Reopened {
			t.Errorf("one side says something else: %+v", x)
		}
		if err := decide(policy.Decision{Choice: policy.NoConflict, Reason: "As before."}, now.Add(25*time.Hour)); err == nil || problem.Of(err).Code != problem.Conflict {
			t.Errorf("decided about what nobody says any more: %v", err)
		}
		h.rewrite(t, standard, "Audit logs are kept for one year.\n", now.Add(48*time.Hour))
		if list := h.conflicts(t); len(list) != 0 {
			t.Errorf("they agree: %+v", list)
		}
		must(t, h.policies.Tend(ctx, manager.Org(), now.Add(49*time.Hour)))
		if open() != 0 {
			t.Error("the task outlives the conflict")
		}
		if list, err := h.policies.Conflicts(ctx, h.actors[access.Employee], nil); err == nil {
			t.Errorf("an employee reads %+v", list)
		}
	})
}

func TestConflictsWithControls(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		manager := h.actors[access.Manager]
		h.binding(t, "Access Policy", "User access is reviewed once a year.\n", now)
		beat := policy.Beat{Control: "0190a000-0000-7000-8000-000000000001", Code: "AC-04", Library: []string{"AC-04"}, Every: cadence.Quarterly, Because: "SOC 2 CC6.2 asks for it every quarter"}
		list := h.conflicts(t, beat)
		if len(list) != 1 || list[0].Kind != policy.TooLoose || list[0].Values != [2]string{"P1Y", "P3M"} || !strings.Contains(list[0].Why, "AC-04 has to be done every quarter") {
			t.Fatalf("conflicts: %+v", list)
		}
		d1 := policy.Decision{Pair: list[0].Pair, Choice: policy.NoConflict, Reason: "The control is done by another team."}
		must(t, h.policies.DecideConflicts(t.Context(), manager, []policy.Decision{d1}, []policy.Beat{beat}, now))
		if !h.conflicts(t, beat)[0].Settled() {
			t.Error("the decision does not hold")
		}
		beat.Every = cadence.Monthly
		if x := h.conflicts(t, beat)[0]; x.Settled() || !x.Reopened {
			t.Errorf("the control has to be done more often: %+v", x)
		}
		beat.Every = cadence.Annual
		if list := h.conflicts(t, beat); len(list) != 0 {
			t.Errorf("the policy is not looser: %+v", list)
		}
	})
}

// TestUndertakingsAreReadAtWriting also shows that what a person said of a sentence
// is not read anew.
func TestUndertakingsAreReadAtWriting(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		who := h.actors[access.Contributor]
		p, err := h.policies.Create(t.Context(), who, policy.Policy{Title: "Logs"}, "Audit logs are kept for 12 months.\n\nSecurity logs are examined daily.\n", now)
		must(t, err)
		v, _ := h.folder(t, p.ID, now).Next()
		if len(v.Undertakings) != 2 || !v.Undertakings[0].Read || v.Undertakings[0].ID == "" || v.Undertakings[0].Value != "P1Y" {
			t.Fatalf("read: %+v", v.Undertakings)
		}
		list := slices.Clone(v.Undertakings)
		list[0].Read = false
		list[1].Value, list[1].Read = "", false // a person took it out
		must(t, h.policies.SetUndertakings(t.Context(), who, v.ID, list, now))
		_, err = h.policies.Save(t.Context(), who, p.ID, policy.Text{Body: v.Body + "\nA restore is tested every 6 months.\n", Change: "More.", Stamp: v.Stamp}, now.Add(time.Minute))
		must(t, err)
		again, _ := h.folder(t, p.ID, now).Next()
		if len(again.Undertakings) != 3 || again.Undertakings[0] != list[0] || again.Undertakings[1].Value != "" || again.Undertakings[2].Subject != "restore-test" {
			t.Errorf("after another change: %+v", again.Undertakings)
		}
	})
}
