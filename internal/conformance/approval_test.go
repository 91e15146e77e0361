package conformance

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/approval"
	"github.com/toucan-grc/toucan/internal/control"
	"github.com/toucan-grc/toucan/internal/crosswalk"
	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/problem"
	"github.com/toucan-grc/toucan/internal/task"
)

// waitingText makes a control and new text of it that waits.
func (h *house) waitingText(t testing.TB, code string, at time.Time) (control.Control, control.Version) {
	t.Helper()
	author := h.actors[access.Contributor]
	c, err := h.controls.Create(t.Context(), author, control.Control{Code: code, Title: "Access review", Statement: "Quarterly."}, at)
	must(t, err)
	c.Statement = "Each quarter, by the system owner."
	v, err := h.controls.Edit(t.Context(), author, c, at)
	must(t, err)
	return c, v
}

// titles are the open tasks of a role.
func (h *house) titles(t testing.TB, r access.Role) []string {
	t.Helper()
	var out []string
	for _, k := range h.mine(t, r).Open {
		out = append(out, k.Title)
	}
	return out
}

func TestWhoMayDecideHasATask(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx := t.Context()
		c, v := h.waitingText(t, "AC-4", now)
		want := []string{"Approve or reject the new text of AC-4 (version 2)"}
		for _, r := range []access.Role{access.Administrator, access.Manager} {
			if got := h.titles(t, r); !slices.Equal(got, want) {
				t.Errorf("the %s has %q, want %q", r, got, want)
			}
		}
		if got := h.titles(t, access.Contributor); len(got) != 0 {
			t.Errorf("the author has %q", got)
		}
		if k := h.mine(t, access.Manager).Open[0]; k.Subject.Kind != "control" || k.Subject.ID != c.ID || !k.Fixed || k.ByHand {
			t.Errorf("the task is %+v", k)
		}
		must(t, h.controls.Approve(ctx, h.actors[access.Manager], "AC-4", v.Number, now.Add(time.Minute)))
		for r, state := range map[access.Role]task.State{access.Manager: task.Done, access.Administrator: task.Cancelled} {
			l := h.mine(t, r)
			if len(l.Open) != 0 || len(l.Ended) != 1 || l.Ended[0].State != state {
				t.Errorf("the %s has %+v", r, l)
			}
		}
	})
}

func TestAQuorumInTwoSteps(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx, admin, manager := t.Context(), h.actors[access.Administrator], h.actors[access.Manager]
		h.join(t, access.Manager, "second@one.test", "Mia Manager")
		tiers := []approval.Tier{{Need: 2, Roles: []access.Role{access.Manager}}, {Need: 1, Accounts: []string{admin.Account()}}}
		must(t, h.approvals.SetPolicy(ctx, admin, approval.ControlText, tiers, now))
		_, v := h.waitingText(t, "AC-4", now.Add(time.Minute))

		_, err := h.controls.Decide(ctx, admin, "AC-4", v.Number, true, "", now.Add(time.Hour))
		refused(t, "the second step before the first", err, problem.Forbidden)
		a, err := h.controls.Decide(ctx, manager, "AC-4", v.Number, true, "", now.Add(time.Hour))
		if must(t, err); a.State != approval.Open {
			t.Errorf("after one of two it is %s", a.State)
		}
		_, err = h.controls.Decide(ctx, manager, "AC-4", v.Number, true, "", now.Add(time.Hour))
		refused(t, "agreeing twice", err, problem.Conflict)
		if c, err := h.controls.Find(ctx, manager, "AC-4"); err != nil || c.Statement != "Quarterly." {
			t.Errorf("in force before everybody agreed: %q, %v", c.Statement, err)
		}
		if len(h.titles(t, access.Administrator)) != 0 {
			t.Error("the second step has a task before the first is over")
		}
		second, err := h.access.AccountByEmail(ctx, "second@one.test")
		must(t, err)
		mia, err := h.access.Enter(ctx, second, "one")
		must(t, err)
		must(t, h.controls.Approve(ctx, mia, "AC-4", v.Number, now.Add(2*time.Hour)))
		if got := h.titles(t, access.Administrator); len(got) != 1 {
			t.Errorf("the second step has the tasks %q", got)
		}
		must(t, h.controls.Approve(ctx, admin, "AC-4", v.Number, now.Add(3*time.Hour)))
		if c, err := h.controls.Find(ctx, manager, "AC-4"); err != nil || c.Statement != "Each quarter, by the system owner." {
			t.Errorf("in force after everybody agreed: %q, %v", c.Statement, err)
		}
		list, err := h.approvals.Of(ctx, manager, approval.ControlText, v.ID)
		must(t, err)
		if len(list) != 1 || list[0].State != approval.Approved || len(list[0].Decisions) != 3 || list[0].Decisions[2].Tier != 1 || list[0].Subject.Digest == "" {
			t.Errorf("the approval says %+v", list)
		}
		must(t, h.log.Verify(ctx, h.d, admin.Org()))
	})
}

func TestOneNoDropsTheText(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx, manager := t.Context(), h.actors[access.Manager]
		_, v := h.waitingText(t, "AC-4", now)
		_, err := h.controls.Decide(ctx, manager, "AC-4", v.Number, false, " ", now)
		refused(t, "a no without a reason", err, problem.Invalid)
		from := h.leaves(t, manager.Org())
		a, err := h.controls.Decide(ctx, manager, "AC-4", v.Number, false, "Nobody does this.", now)
		if must(t, err); a.State != approval.Rejected {
			t.Errorf("it is %s", a.State)
		}
		if got, want := h.kinds(t, manager.Org(), from), []string{"approval.decided", "control.rejected"}; !slices.Equal(got, want) {
			t.Errorf("the log says %v, want %v", got, want)
		}
		vs, err := h.controls.History(ctx, manager, "AC-4")
		if must(t, err); vs[0].Approval != control.Rejected {
			t.Errorf("the version is %q", vs[0].Approval)
		}
		if len(h.titles(t, access.Administrator)) != 0 {
			t.Error("somebody still has a task")
		}
	})
}

func TestWithdrawnTextIsNobodysTask(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		_, v := h.waitingText(t, "AC-4", now)
		must(t, h.controls.Withdraw(t.Context(), h.actors[access.Contributor], "AC-4", v.Number, now))
		if got := h.titles(t, access.Manager); len(got) != 0 {
			t.Errorf("the manager has %q", got)
		}
		list, err := h.approvals.Waiting(t.Context(), h.actors[access.Manager])
		if must(t, err); len(list) != 0 {
			t.Errorf("waiting are %+v", list)
		}
	})
}

// An earlier Toucan knew texts that wait and no approvals.
func TestTextThatWaitedBeforeKeepsWorking(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx, manager := t.Context(), h.actors[access.Manager]
		org := manager.Org()
		_, first := h.waitingText(t, "AC-4", now)
		_, second := h.waitingText(t, "AC-5", now)
		h.forget(t, org)
		must(t, h.controls.Approve(ctx, manager, "AC-4", first.Number, now.Add(time.Hour)))
		if c, err := h.controls.Find(ctx, manager, "AC-4"); err != nil || c.Statement != "Each quarter, by the system owner." {
			t.Errorf("approved without an approval: %q, %v", c.Statement, err)
		}
		for range 2 {
			must(t, h.controls.AskApprovals(ctx, org, now.Add(2*time.Hour)))
		}
		if got := h.titles(t, access.Manager); len(got) != 1 || got[0] != "Approve or reject the new text of AC-5 (version 2)" {
			t.Errorf("the manager has %q", got)
		}
		must(t, h.controls.Withdraw(ctx, h.actors[access.Contributor], "AC-5", second.Number, now))
		if got := h.titles(t, access.Manager); len(got) != 0 {
			t.Errorf("the manager still has %q", got)
		}
	})
}

// forget removes what an earlier Toucan would not have written.
func (h *house) forget(t testing.TB, org string) {
	t.Helper()
	must(t, h.d.Write(t.Context(), org, db.People, func(ctx context.Context, tx *db.Tx) error {
		drop, make := `DROP TRIGGER approval_delete`, `CREATE TRIGGER approval_delete BEFORE DELETE ON approval BEGIN SELECT RAISE(ABORT, 'an approval is never changed'); END`
		if h.d.Engine() == "postgres" {
			drop, make = `ALTER TABLE approval DISABLE TRIGGER approval_kept`, `ALTER TABLE approval ENABLE TRIGGER approval_kept`
		}
		for _, q := range []string{drop, `DELETE FROM approval`, make, `DELETE FROM task_change`, `DELETE FROM task`} {
			if _, err := tx.Exec(ctx, q); err != nil {
				return fmt.Errorf("%s: %w", q, err)
			}
		}
		return nil
	}))
}

func TestAPolicyHoldsForWhatIsAskedAfterIt(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx, admin, manager := t.Context(), h.actors[access.Administrator], h.actors[access.Manager]
		_, before := h.waitingText(t, "AC-4", now)
		must(t, h.approvals.SetPolicy(ctx, admin, approval.ControlText, []approval.Tier{{Need: 2}}, now.Add(time.Minute)))
		must(t, h.controls.Approve(ctx, manager, "AC-4", before.Number, now.Add(time.Hour)))
		if c, err := h.controls.Find(ctx, manager, "AC-4"); err != nil || c.Version != before.Number {
			t.Errorf("what waited before needs more than one: version %d, %v", c.Version, err)
		}
		_, after := h.waitingText(t, "AC-5", now.Add(2*time.Minute))
		must(t, h.controls.Approve(ctx, manager, "AC-5", after.Number, now.Add(time.Hour)))
		if c, err := h.controls.Find(ctx, manager, "AC-5"); err != nil || c.Version == after.Number {
			t.Errorf("what waits after is in force with one: version %d, %v", c.Version, err)
		}

		must(t, h.approvals.SetPolicy(ctx, admin, approval.ControlText, nil, now.Add(3*time.Minute)))
		c, err := h.controls.Find(ctx, manager, "AC-4")
		must(t, err)
		c.Title = "Access review, by hand"
		v, err := h.controls.Edit(ctx, h.actors[access.Contributor], c, now.Add(4*time.Minute))
		if must(t, err); v.Approval != control.NotNeeded || v.What != "Changed the title. Here nobody has to approve it." {
			t.Errorf("with nobody to agree: %+v", v)
		}
		was, _, err := h.approvals.Policies(ctx, manager, now)
		must(t, err)
		is, _, err := h.approvals.Policies(ctx, manager, now.Add(time.Hour))
		must(t, err)
		if was[0].Chosen || len(was[0].Tiers) != 1 || !is[0].Chosen || len(is[0].Tiers) != 0 || is[0].ByName != "Ada Administrator" {
			t.Errorf("the policy was %+v and is %+v", was[0], is[0])
		}
	})
}

func TestAPolicyThatCannotWorkIsRefused(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		admin := h.actors[access.Administrator]
		for name, tiers := range map[string][]approval.Tier{
			"more people than there are": {{Need: 3}},
			"nobody to agree":            {{Need: 0}},
			"a role that may not":        {{Need: 1, Roles: []access.Role{access.Viewer}}},
			"an account that may not":    {{Need: 1, Accounts: []string{h.accounts[access.Employee].ID}}},
			"an account that is none":    {{Need: 1, Accounts: []string{"none"}}},
			"too many steps":             {{Need: 1}, {Need: 1}, {Need: 1}, {Need: 1}, {Need: 1}},
		} {
			refused(t, name, h.approvals.SetPolicy(t.Context(), admin, approval.ControlText, tiers, now), problem.Invalid)
		}
		refused(t, "no review of evidence at all", h.approvals.SetPolicy(t.Context(), admin, approval.EvidenceReview, nil, now), problem.Invalid)
		refused(t, "an unknown kind", h.approvals.SetPolicy(t.Context(), admin, "lunch", nil, now), problem.NotFound)
	})
}

func TestANewManagerIsAsked(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx, admin := t.Context(), h.actors[access.Administrator]
		h.waitingText(t, "AC-4", now)
		must(t, h.access.SetRole(ctx, admin, h.accounts[access.Viewer].ID, access.Manager, now))
		must(t, h.access.SetRole(ctx, admin, h.accounts[access.Manager].ID, access.Viewer, now))
		for range 2 {
			must(t, h.approvals.Align(ctx, admin.Org(), now.Add(time.Minute)))
		}
		if got := h.titles(t, access.Viewer); len(got) != 1 {
			t.Errorf("who became a manager has %q", got)
		}
		if got := h.titles(t, access.Manager); len(got) != 0 {
			t.Errorf("who is no manager any more has %q", got)
		}
	})
}

func TestAnAttestationCountsOnceOthersAgree(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx, admin, manager := t.Context(), h.actors[access.Administrator], h.actors[access.Manager]
		attest := func(at time.Time) crosswalk.Attestation {
			a, err := h.links.Attest(ctx, manager, crosswalk.Attestation{Target: annexA, From: "soc2-2017", Sources: []string{"CC6.4"}, Reason: "One building.", Until: at.AddDate(1, 0, 0)}, at)
			must(t, err)
			return a
		}
		counting := func(at time.Time) int {
			list, err := h.links.Attestations(ctx, manager, at)
			must(t, err)
			return len(list)
		}
		attest(now)
		if n := counting(now); n != 1 {
			t.Errorf("%d count where nobody has to agree, want 1", n)
		}
		must(t, h.approvals.SetPolicy(ctx, admin, approval.Attestation, []approval.Tier{{Need: 1, Roles: []access.Role{access.Administrator}}}, now.Add(time.Minute)))
		waits, dropped := attest(now.Add(time.Hour)), attest(now.Add(time.Hour))
		if n := counting(now.Add(2 * time.Hour)); n != 1 || waits.Approval != approval.Open || waits.InForce(now.Add(2*time.Hour)) {
			t.Errorf("%d count before anybody agreed, want the 1 of before: %+v", n, waits)
		}
		if got := h.titles(t, access.Administrator); len(got) != 2 {
			t.Errorf("the administrator has %q", got)
		}
		_, err := h.links.DecideAttestation(ctx, manager, waits.ID, true, "", now.Add(3*time.Hour))
		refused(t, "the author agreeing", err, problem.Forbidden)
		_, err = h.links.DecideAttestation(ctx, admin, waits.ID, true, "", now.Add(3*time.Hour))
		must(t, err)
		_, err = h.links.DecideAttestation(ctx, admin, dropped.ID, false, "Two buildings.", now.Add(3*time.Hour))
		must(t, err)
		if before, after := counting(now.Add(3*time.Hour-time.Second)), counting(now.Add(3*time.Hour)); before != 1 || after != 2 {
			t.Errorf("%d counted before and %d after, want 1 and 2", before, after)
		}
		_, err = h.links.DecideAttestation(ctx, admin, dropped.ID, true, "", now.Add(4*time.Hour))
		refused(t, "agreeing to what was dropped", err, problem.Conflict)
		if got := h.titles(t, access.Administrator); len(got) != 0 {
			t.Errorf("the administrator still has %q", got)
		}
		must(t, h.log.Verify(ctx, h.d, admin.Org()))
	})
}
