package conformance

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/approval"
	"github.com/toucan-grc/toucan/internal/cadence"
	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/people"
	"github.com/toucan-grc/toucan/internal/policy"
	"github.com/toucan-grc/toucan/internal/problem"
	"github.com/toucan-grc/toucan/internal/task"
)

// worker puts somebody into the register of "one" and links the account of a role.
func (h *house) worker(t testing.TB, r access.Role, kind people.Kind, start string) people.Person {
	t.Helper()
	admin := h.actors[access.Administrator]
	p, err := h.people.Add(t.Context(), admin, people.Person{Name: "Worker " + r.Label(), Email: string(r) + "@work.test", Title: "Head of " + r.Label(), Kind: kind, StartOn: start}, now.AddDate(0, 0, -60))
	must(t, err)
	must(t, h.people.LinkAccount(t.Context(), admin, p.ID, h.accounts[r].ID, now.AddDate(0, 0, -60)))
	return p
}

// rules is a policy that everybody has to acknowledge, as a contributor writes it.
func (h *house) rules(t testing.TB, title string) policy.Policy {
	t.Helper()
	p, err := h.policies.Create(t.Context(), h.actors[access.Contributor], policy.Policy{Title: title, Audience: []string{"all-personnel"}, Acknowledge: true, ReviewEvery: 12},
		"## Purpose\n\nAccess ends within 24 hours.\n", now)
	must(t, err)
	return p
}

// publish sends the draft of a policy, has a manager agree and publishes it.
func (h *house) publish(t testing.TB, id string, at time.Time) policy.Version {
	t.Helper()
	ctx, manager := t.Context(), h.actors[access.Manager]
	_, err := h.policies.Submit(ctx, h.actors[access.Contributor], id, at)
	must(t, err)
	a, err := h.policies.Decide(ctx, manager, id, true, "", at.Add(time.Minute))
	if must(t, err); a.State != approval.Approved {
		t.Fatalf("the approval is %s", a.State)
	}
	v, err := h.policies.Publish(ctx, manager, id, at.Add(2*time.Minute))
	must(t, err)
	return v
}

func (h *house) folder(t testing.TB, id string, at time.Time) policy.Folder {
	t.Helper()
	f, err := h.policies.Find(t.Context(), h.actors[access.Manager], id, at)
	must(t, err)
	return f
}

// read reads the policies of an organisation's people at a moment.
func (h *house) stand(t testing.TB, at time.Time) (map[string]people.Standing, []policy.Fact) {
	t.Helper()
	org := h.actors[access.Administrator].Org()
	out := map[string]people.Standing{}
	var facts []policy.Fact
	must(t, h.d.Read(t.Context(), org, func(tx *db.Tx) error {
		r, err := people.ReadRoster(t.Context(), tx, org)
		if err != nil {
			return err
		}
		list, err := policy.Standings(t.Context(), tx, org, r, at)
		for _, s := range list {
			out[s.Person] = s
		}
		if err == nil {
			facts, err = policy.Facts(t.Context(), tx, org, r, at)
		}
		return err
	}))
	return out, facts
}

func codeOf(err error) problem.Code {
	if err == nil {
		return ""
	}
	return problem.Of(err).Code
}

func TestAPolicyFromDraftToEveryReader(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx, author, manager, reader := t.Context(), h.actors[access.Contributor], h.actors[access.Manager], h.actors[access.Employee]
		me := h.worker(t, access.Employee, people.Employee, "2020-01-01")
		p := h.rules(t, "Access Control Policy")
		if p.Slug != "access-control-policy" {
			t.Errorf("the slug is %q", p.Slug)
		}
		_, err := h.policies.Publish(ctx, manager, p.ID, now)
		if codeOf(err) != problem.Conflict {
			t.Errorf("a draft that nobody approved was published: %v", err)
		}
		if _, err := h.policies.Read(ctx, reader, p.Slug, now); codeOf(err) != problem.NotFound {
			t.Errorf("a draft was shown to an employee: %v", err)
		}
		_, err = h.policies.Submit(ctx, author, p.ID, now)
		must(t, err)
		if _, err := h.policies.Save(ctx, author, p.ID, policy.Text{Body: "other"}, now); codeOf(err) != problem.Conflict {
			t.Errorf("a text that waits was changed: %v", err)
		}
		if got := h.titles(t, access.Manager); !slices.Contains(got, "Approve or reject Access Control Policy 1.0") {
			t.Errorf("the manager has %q", got)
		}
		_, err = h.policies.Decide(ctx, manager, p.ID, true, "Good.", now.Add(time.Hour))
		must(t, err)
		if got := h.folder(t, p.Slug, now); len(got.Versions) != 1 || got.Versions[0].State != policy.Approved {
			t.Fatalf("after the approval: %+v", got.Versions)
		}
		v, err := h.policies.Publish(ctx, manager, p.ID, now.Add(2*time.Hour))
		must(t, err)
		if got := h.titles(t, access.Employee); !slices.Equal(got, []string{"Read and acknowledge: Access Control Policy"}) {
			t.Errorf("the employee has %q", got)
		}
		k := h.mine(t, access.Employee).Open[0]
		if k.Due != today+30 || k.Subject.Kind != policy.SubjectReading || !k.Fixed {
			t.Errorf("the task is %+v", k)
		}
		page, err := h.policies.Read(ctx, reader, p.Slug, now.Add(3*time.Hour))
		must(t, err)
		if !page.Bound || page.State != people.Due || page.Due != today+30 || !strings.Contains(page.Text, "24 hours") || len(page.Approved) != 1 || page.Approved[0].Note != "Good." {
			t.Errorf("the page is %+v", page)
		}
		if s, facts := h.stand(t, now.AddDate(0, 0, 3)); s[me.ID].State != people.Due || facts[1].State != people.Due || facts[0].State != people.Done {
			t.Errorf("in time: %+v, %+v", s[me.ID], facts)
		}
		if s, facts := h.stand(t, now.AddDate(0, 0, 31)); s[me.ID].State != people.Missing || facts[1].State != people.Missing || s[me.ID].Reason != "1 of 1 not acknowledged in time: Access Control Policy." {
			t.Errorf("too late: %+v, %+v", s[me.ID], facts)
		}
		if err := h.policies.Acknowledge(ctx, manager, p.ID, v.ID, now.Add(3*time.Hour)); codeOf(err) != problem.Conflict {
			t.Errorf("an account of nobody in the register acknowledged: %v", err)
		}
		at := now.Add(4 * time.Hour)
		must(t, h.policies.Acknowledge(ctx, reader, p.ID, v.ID, at))
		must(t, h.policies.Acknowledge(ctx, reader, p.ID, v.ID, at.Add(time.Second)))
		if l := h.mine(t, access.Employee); len(l.Open) != 0 || len(l.Ended) != 1 || l.Ended[0].State != task.Done {
			t.Errorf("after acknowledging the tasks are %+v", l)
		}
		s, facts := h.stand(t, at)
		if got := s[me.ID]; got.State != people.Done || !got.Since.Equal(at.Truncate(time.Microsecond)) || facts[1].State != people.Done || facts[1].Reason != "All 1 have acknowledged version 1." {
			t.Errorf("done: %+v, %+v", got, facts)
		}
		list, err := h.policies.AcknowledgementsOf(ctx, manager, me.ID)
		must(t, err)
		if len(list) != 1 || list[0].Version != "1.0" || list[0].Title != "Access Control Policy" || !list[0].At.Equal(at.Truncate(time.Microsecond)) {
			t.Errorf("acknowledgements %+v", list)
		}
	})
}

func TestAMaterialChangeAsksAgainAndAMinorOneDoesNot(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx, author, manager, reader := t.Context(), h.actors[access.Contributor], h.actors[access.Manager], h.actors[access.Employee]
		me := h.worker(t, access.Employee, people.Employee, "2020-01-01")
		p := h.rules(t, "Access")
		first := h.publish(t, p.ID, now)
		must(t, h.policies.Acknowledge(ctx, reader, p.ID, first.ID, now.Add(time.Hour)))

		small, err := h.policies.Save(ctx, author, p.ID, policy.Text{Body: "## Purpose\n\nAccess ends within 24 hours!\n", Change: "A mark."}, now.AddDate(0, 1, 0))
		if must(t, err); small.Number() != "1.1" {
			t.Errorf("a small change makes %s", small.Number())
		}
		if _, err := h.policies.Submit(ctx, author, p.ID, now.AddDate(0, 1, 0)); codeOf(err) != problem.Conflict {
			t.Errorf("a small change was sent for approval: %v", err)
		}
		second, err := h.policies.Publish(ctx, manager, p.ID, now.AddDate(0, 1, 0))
		must(t, err)
		if s, _ := h.stand(t, now.AddDate(0, 2, 0)); s[me.ID].State != people.Done {
			t.Errorf("after a small change: %+v", s[me.ID])
		}
		if l := h.mine(t, access.Employee); len(l.Open) != 0 {
			t.Errorf("a small change asked anew: %+v", l.Open)
		}
		f := h.folder(t, p.ID, now.AddDate(0, 2, 0))
		if v := f.Versions[1]; v.ID != first.ID || v.State != policy.Archived || !v.EndedAt.Equal(now.AddDate(0, 1, 0).Truncate(time.Microsecond)) {
			t.Errorf("the version before is %+v", v)
		}
		if err := h.policies.Acknowledge(ctx, reader, p.ID, first.ID, now.AddDate(0, 2, 0)); codeOf(err) != problem.Conflict {
			t.Errorf("a version that is over was acknowledged: %v", err)
		}

		large, err := h.policies.Save(ctx, author, p.ID, policy.Text{Body: "Access ends at once.", Change: "At once.", Material: true}, now.AddDate(0, 3, 0))
		if must(t, err); large.Number() != "2.0" {
			t.Errorf("a material change makes %s", large.Number())
		}
		if _, err := h.policies.Save(ctx, author, p.ID, policy.Text{Body: "Mine.", Stamp: second.Stamp}, now.AddDate(0, 3, 0)); codeOf(err) != problem.Conflict {
			t.Errorf("a draft somebody else saved was overwritten: %v", err)
		}
		v := h.publish(t, p.ID, now.AddDate(0, 3, 0))
		if s, facts := h.stand(t, now.AddDate(0, 3, 1)); s[me.ID].State != people.Due || facts[1].Reason != "1 of 1 still have time to acknowledge version 2." {
			t.Errorf("after a material change: %+v, %+v", s[me.ID], facts)
		}
		must(t, h.policies.Acknowledge(ctx, reader, p.ID, v.ID, now.AddDate(0, 3, 2)))
		list, err := h.policies.AcknowledgementsTo(ctx, manager, p.ID)
		if must(t, err); len(list) != 2 || list[0].Version != "2.0" || list[1].Version != "1.0" {
			t.Errorf("both acknowledgements should stay: %+v", list)
		}
		if got := h.titles(t, access.Employee); len(got) != 0 {
			t.Errorf("the tasks are %q", got)
		}
	})
}

func TestARejectedPolicyComesBack(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx, author, manager := t.Context(), h.actors[access.Contributor], h.actors[access.Manager]
		p := h.rules(t, "Access")
		_, err := h.policies.Submit(ctx, author, p.ID, now)
		must(t, err)
		a, err := h.policies.Decide(ctx, manager, p.ID, false, "Not what happens.", now)
		if must(t, err); a.State != approval.Rejected {
			t.Errorf("a no leaves it %s", a.State)
		}
		f := h.folder(t, p.ID, now)
		if f.Versions[0].State != policy.Draft {
			t.Errorf("after a no it is %s", f.Versions[0].State)
		}
		_, err = h.policies.Save(ctx, author, p.ID, policy.Text{Body: "What happens.", Stamp: f.Versions[0].Stamp}, now)
		must(t, err)
		_, err = h.policies.Submit(ctx, author, p.ID, now)
		must(t, err)
		must(t, h.policies.Withdraw(ctx, author, p.ID, now))
		v := h.publish(t, p.ID, now.Add(time.Hour))
		acts, err := h.policies.History(ctx, manager, p.ID)
		must(t, err)
		var kinds []string
		for _, a := range acts {
			kinds = append(kinds, a.Kind)
		}
		want := "policy.published policy.approved policy.sent policy.withdrawn policy.sent policy.written policy.rejected policy.sent policy.written policy.settings policy.created"
		if got := strings.Join(kinds, " "); got != want {
			t.Errorf("the history is %s, want %s", got, want)
		}
		if v.Number() != "1.0" {
			t.Errorf("the third attempt is %s", v.Number())
		}
	})
}

func TestTheAuthorOfAPolicyDoesNotApproveIt(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx, manager := t.Context(), h.actors[access.Manager]
		p, err := h.policies.Create(ctx, manager, policy.Policy{Title: "Mine"}, "Text.", now)
		must(t, err)
		_, err = h.policies.Submit(ctx, manager, p.ID, now)
		must(t, err)
		if _, err := h.policies.Decide(ctx, manager, p.ID, true, "", now); codeOf(err) != problem.Forbidden {
			t.Errorf("the author approved: %v", err)
		}
		if _, err := h.policies.Publish(ctx, manager, p.ID, now); codeOf(err) != problem.Conflict {
			t.Errorf("it was published without approval: %v", err)
		}
	})
}

func TestTheNamedApproverIsAsked(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx, author := t.Context(), h.actors[access.Contributor]
		boss := h.worker(t, access.Administrator, people.Employee, "2020-01-01")
		p, err := h.policies.Create(ctx, author, policy.Policy{Title: "Access", Approver: boss.ID}, "Approved by {{policy_approver}}.", now)
		must(t, err)
		_, err = h.policies.Submit(ctx, author, p.ID, now)
		must(t, err)
		if _, err := h.policies.Decide(ctx, h.actors[access.Manager], p.ID, true, "", now); codeOf(err) != problem.Forbidden {
			t.Errorf("somebody else approved in the place of the approver: %v", err)
		}
		_, err = h.policies.Decide(ctx, h.actors[access.Administrator], p.ID, true, "", now)
		must(t, err)
		if f := h.folder(t, p.ID, now); f.Versions[0].Text != "Approved by Head of Administrator." {
			t.Errorf("the text is %q", f.Versions[0].Text)
		}
	})
}

func TestTemplatesWaitForTheirVariables(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx, author, manager := t.Context(), h.actors[access.Contributor], h.actors[access.Manager]
		boss := h.worker(t, access.Administrator, people.Employee, "2020-01-01")
		list, err := h.policies.Templates(ctx, author, now)
		must(t, err)
		offered := map[string]bool{}
		for _, x := range list {
			offered[x.Slug] = x.Offers
		}
		if len(list) != 28 || offered["hipaa-safeguards"] || offered["ai-governance"] || !offered["access-control"] {
			t.Errorf("%d templates, offered %v", len(list), offered)
		}
		must(t, h.links.Enable(ctx, h.actors[access.Administrator], "hipaa-security", now))
		list, err = h.policies.Templates(ctx, author, now)
		must(t, err)
		for _, x := range list {
			if x.Slug == "hipaa-safeguards" && !x.Offers || x.Slug == "ai-governance" && x.Offers {
				t.Errorf("with HIPAA %s is offered: %t", x.Slug, x.Offers)
			}
		}
		made, err := h.policies.Adopt(ctx, author, []string{"incident-response", "privacy"}, map[string]string{"security-officer": boss.ID, "chief-executive": boss.ID}, now)
		must(t, err)
		if _, err := h.policies.Adopt(ctx, author, []string{"backup-and-recovery", "privacy"}, nil, now); codeOf(err) != problem.Conflict {
			t.Errorf("a template was adopted twice: %v", err)
		}
		if all, err := h.policies.List(ctx, manager, now); err != nil || len(all) != 2 {
			t.Errorf("%d policies, %v", len(all), err)
		}
		p := made[0]
		if p.Owner != boss.ID || !p.Acknowledge || p.ReviewEvery != 12 || !slices.Contains(p.Governs, "breach-notification") || !slices.Equal(p.Audience, []string{"all-personnel"}) {
			t.Errorf("the policy is %+v", p)
		}
		f := h.folder(t, p.ID, now)
		v0 := f.Versions[0]
		read := slices.DeleteFunc(slices.Clone(v0.Undertakings), func(u policy.Undertaking) bool { return !u.Read })
		if len(v0.Undertakings)-len(read) != 15 || !slices.Contains(v0.Unfilled, "security_contact") || slices.Contains(v0.Unfilled, "policy_owner") {
			t.Errorf("the draft has %d undertakings of its template and lacks %q", len(v0.Undertakings)-len(read), v0.Unfilled)
		}
		if len(read) != 2 || read[0].Property != "governs" || read[1].Property != "governs" { // "This policy governs incident response and breach notification."
			t.Errorf("read in its text besides: %+v", read)
		}
		if _, err := h.policies.Submit(ctx, author, p.ID, now); codeOf(err) != problem.Invalid {
			t.Errorf("a text with gaps was sent: %v", err)
		}
		values := map[string]string{}
		vars, err := h.policies.Variables(ctx, author)
		must(t, err)
		for _, v := range vars {
			values[v.Name] = v.Example
		}
		must(t, h.policies.SetVariables(ctx, manager, values, now))
		v, err := h.policies.Submit(ctx, author, p.ID, now)
		must(t, err)
		if strings.Contains(v.Text, "{{") || !strings.Contains(v.Text, "Head of Administrator") {
			t.Errorf("the text still has gaps: %s", v.Text)
		}
		must(t, h.policies.SetVariables(ctx, manager, map[string]string{"company": "Another Ltd"}, now))
		if got := h.folder(t, p.ID, now).Versions[0]; got.Text != v.Text || got.Digest != v.Digest {
			t.Error("a text that was sent changed with a variable")
		}
	})
}

func TestWhoJoinsAndLeavesAnAudience(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx, org, admin, manager, reader := t.Context(), h.actors[access.Administrator].Org(), h.actors[access.Administrator], h.actors[access.Manager], h.actors[access.Employee]
		me := h.worker(t, access.Employee, people.Employee, "2026-03-20")
		p := h.rules(t, "Access")
		v := h.publish(t, p.ID, now)
		if got := h.titles(t, access.Employee); len(got) != 0 {
			t.Errorf("somebody who has not begun is asked: %q", got)
		}
		if err := h.policies.Acknowledge(ctx, reader, p.ID, v.ID, now.Add(time.Hour)); codeOf(err) != problem.Forbidden {
			t.Errorf("somebody who has not begun acknowledged: %v", err)
		}
		start := time.Date(2026, 3, 20, 9, 0, 0, 0, time.UTC)
		must(t, h.policies.Tend(ctx, org, start))
		must(t, h.policies.Tend(ctx, org, start.Add(time.Hour)))
		if l := h.mine(t, access.Employee); len(l.Open) != 1 || l.Open[0].Due != today+19+30 {
			t.Errorf("on the first day the tasks are %+v", l.Open)
		}
		must(t, h.policies.Acknowledge(ctx, reader, p.ID, v.ID, start.Add(2*time.Hour)))

		me.EndOn = "2026-04-30"
		must(t, h.people.Edit(ctx, admin, me, start.AddDate(0, 0, 20)))
		must(t, h.policies.Tend(ctx, org, time.Date(2026, 5, 2, 9, 0, 0, 0, time.UTC)))
		if s, _ := h.stand(t, time.Date(2026, 5, 2, 9, 0, 0, 0, time.UTC)); len(s) != 0 {
			t.Errorf("somebody who left is asked: %+v", s)
		}
		if list, err := h.policies.AcknowledgementsOf(ctx, manager, me.ID); err != nil || len(list) != 1 {
			t.Errorf("what they acknowledged should stay: %v %v", list, err)
		}

		me.StartOn, me.EndOn = "2026-09-01", ""
		back := time.Date(2026, 9, 1, 9, 0, 0, 0, time.UTC)
		must(t, h.people.Edit(ctx, admin, me, back))
		must(t, h.policies.Tend(ctx, org, back))
		if s, _ := h.stand(t, back.AddDate(0, 0, 1)); s[me.ID].State != people.Due {
			t.Errorf("somebody who came back is %+v, want asked anew", s[me.ID])
		}
		must(t, h.policies.Acknowledge(ctx, reader, p.ID, v.ID, back.Add(time.Hour)))
		if list, err := h.policies.AcknowledgementsOf(ctx, manager, me.ID); err != nil || len(list) != 2 {
			t.Errorf("both acknowledgements should be there: %v %v", list, err)
		}

		f := h.folder(t, p.ID, back)
		f.Policy.Audience = []string{"engineering"}
		must(t, h.policies.Change(ctx, manager, f.Policy, back.Add(2*time.Hour)))
		if s, _ := h.stand(t, back.Add(3*time.Hour)); len(s) != 0 {
			t.Errorf("outside the audience: %+v", s)
		}
	})
}

func TestArchivingAPolicyEndsWhatItAsked(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx, manager, reader := t.Context(), h.actors[access.Manager], h.actors[access.Employee]
		h.worker(t, access.Employee, people.Employee, "2020-01-01")
		p := h.rules(t, "Access")
		v := h.publish(t, p.ID, now)
		if err := h.policies.Archive(ctx, manager, p.ID, "", now); codeOf(err) != problem.Invalid {
			t.Errorf("archived without a reason: %v", err)
		}
		must(t, h.policies.Archive(ctx, manager, p.ID, "The new one holds.", now.Add(time.Hour)))
		l := h.mine(t, access.Employee)
		if len(l.Open) != 0 || len(l.Ended) != 1 || l.Ended[0].State != task.Cancelled {
			t.Errorf("the tasks are %+v", l)
		}
		if err := h.policies.Acknowledge(ctx, reader, p.ID, v.ID, now.Add(2*time.Hour)); codeOf(err) != problem.Conflict {
			t.Errorf("an archived policy was acknowledged: %v", err)
		}
		if _, err := h.policies.Save(ctx, manager, p.ID, policy.Text{Body: "x"}, now.Add(2*time.Hour)); codeOf(err) != problem.Conflict {
			t.Errorf("an archived policy got a draft: %v", err)
		}
		if _, facts := h.stand(t, now.Add(2*time.Hour)); len(facts) != 0 {
			t.Errorf("an archived policy says %+v", facts)
		}
	})
}

func TestReviewsWithoutNewText(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx, org, author, manager := t.Context(), h.actors[access.Administrator].Org(), h.actors[access.Contributor], h.actors[access.Manager]
		owner := h.worker(t, access.Contributor, people.Employee, "2020-01-01")
		p := h.rules(t, "Access")
		p.Owner, p.Acknowledge = owner.ID, false
		must(t, h.policies.Change(ctx, manager, p, now))
		h.publish(t, p.ID, now)
		soon := now.AddDate(0, 11, 15)
		must(t, h.policies.Tend(ctx, org, soon))
		must(t, h.policies.Tend(ctx, org, soon))
		if l := h.mine(t, access.Contributor); len(l.Open) != 1 || l.Open[0].Title != "Review: Access" || l.Open[0].Due != cadence.On(2027, time.March, 1) {
			t.Errorf("the owner has %+v", l.Open)
		}
		late := now.AddDate(0, 12, 5)
		if f := h.folder(t, p.ID, late); f.Review != policy.ReviewOverdue {
			t.Errorf("after a year the review is %q", f.Review)
		}
		if _, facts := h.stand(t, late); facts[0].State != people.Missing {
			t.Errorf("an overdue policy is %+v", facts[0])
		}
		if _, err := h.policies.Reviewed(ctx, author, p.ID, cadence.On(2027, time.December, 1), "", late); codeOf(err) != problem.Invalid {
			t.Errorf("a review in the future: %v", err)
		}
		_, err := h.policies.Reviewed(ctx, author, p.ID, cadence.On(2027, time.March, 6), "Still what we do.", late)
		must(t, err)
		f := h.folder(t, p.ID, late)
		if f.Review != policy.ReviewLater || f.ReviewDue != cadence.On(2028, time.March, 6) || f.ReviewWhy != "Last reviewed on 2027-03-06; every year." {
			t.Errorf("after the review: %s %s %s", f.Review, f.ReviewDue, f.ReviewWhy)
		}
		if l := h.mine(t, access.Contributor); len(l.Open) != 0 {
			t.Errorf("the task stays: %+v", l.Open)
		}
		f.Policy.ReviewApproval = true
		must(t, h.policies.Change(ctx, manager, f.Policy, late))
		r, err := h.policies.Reviewed(ctx, author, p.ID, cadence.On(2027, time.March, 6), "Again.", late)
		if must(t, err); r.State != policy.ReviewWaits {
			t.Errorf("the review is %s", r.State)
		}
		_, err = h.policies.DecideReview(ctx, manager, p.ID, false, "Look closer.", late)
		must(t, err)
		_, err = h.policies.Reviewed(ctx, author, p.ID, cadence.On(2027, time.March, 6), "Closer.", late)
		must(t, err)
		_, err = h.policies.DecideReview(ctx, manager, p.ID, true, "", late)
		must(t, err)
		if f := h.folder(t, p.ID, late); f.Reviews[0].State != policy.ReviewCounts || f.Reviews[1].State != policy.ReviewRejected {
			t.Errorf("the reviews are %+v", f.Reviews)
		}
	})
}

func TestThePDFOfAVersionStaysTheSame(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx, org, manager := t.Context(), h.actors[access.Administrator].Org(), h.actors[access.Manager]
		p := h.rules(t, "Access")
		v := h.publish(t, p.ID, now)
		name, first, err := h.policies.PDF(ctx, manager, v.ID, now.Add(time.Hour))
		must(t, err)
		if name != "access-1.0.pdf" || !bytes.HasPrefix(first, []byte("%PDF-")) {
			t.Errorf("%s begins with %q", name, first[:8])
		}
		f := h.folder(t, p.ID, now)
		f.Policy.Title = "Another name"
		must(t, h.policies.Change(ctx, manager, f.Policy, now.Add(time.Hour)))
		must(t, h.evidence.Sweep(ctx, org, now.AddDate(0, 0, 9)))
		_, again, err := h.policies.PDF(ctx, manager, v.ID, now.AddDate(1, 0, 0))
		must(t, err)
		if !bytes.Equal(first, again) {
			t.Error("the PDF changed after it was published")
		}
		if _, _, err := h.policies.PDF(ctx, h.actors[access.Employee], v.ID, now); codeOf(err) != problem.NotFound {
			t.Errorf("a policy that does not bind them was given to an employee: %v", err)
		}
		err = h.d.Write(ctx, org, db.People, func(ctx context.Context, tx *db.Tx) error {
			_, err := tx.Exec(ctx, `UPDATE policy_version SET text = 'other' WHERE org = $1 AND id = $2`, org, v.ID)
			return err
		})
		if err == nil {
			t.Error("a published text was changed in the database")
		}
	})
}

func TestAnUploadedPolicy(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx, org, author, manager := t.Context(), h.actors[access.Administrator].Org(), h.actors[access.Contributor], h.actors[access.Manager]
		p, err := h.policies.Create(ctx, author, policy.Policy{Title: "Uploaded"}, "", now)
		must(t, err)
		stamp := h.folder(t, p.ID, now).Versions[0].Stamp
		for name, content := range map[string]string{"old.doc": "\xd0\xcf\x11\xe0 old", "x.docx": "PK\x03\x04 no zip", "x.txt": "text", "empty.pdf": ""} {
			if _, err := h.policies.Upload(ctx, author, p.ID, name, strings.NewReader(content), policy.Text{Stamp: stamp}, now); codeOf(err) != problem.Invalid || !strings.Contains(problem.Of(err).Text, name) {
				t.Errorf("%s: %v", name, err)
			}
		}
		v, err := h.policies.Upload(ctx, author, p.ID, `C:\policies\rules.pdf`, strings.NewReader("%PDF-1.7 rules"), policy.Text{Stamp: stamp}, now)
		must(t, err)
		if v.File.Name != "rules.pdf" || v.File.Text != "" || v.File.Note == "" {
			t.Errorf("the file is %+v", v.File)
		}
		must(t, h.evidence.Sweep(ctx, org, now.AddDate(0, 0, 9)))
		h.publish(t, p.ID, now.AddDate(0, 0, 10))
		f, data, err := h.policies.File(ctx, manager, v.ID, now)
		must(t, err)
		if string(data) != "%PDF-1.7 rules" || f.SHA256 != v.File.SHA256 {
			t.Errorf("the file came back as %q", data)
		}
	})
}

func TestTheTimeToAcknowledgeIsASetting(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx, manager := t.Context(), h.actors[access.Manager]
		h.worker(t, access.Employee, people.Employee, "2020-01-01")
		a, b := h.rules(t, "First"), h.rules(t, "Second")
		h.publish(t, a.ID, now)
		must(t, h.policies.SetDays(ctx, manager, 7, now))
		h.publish(t, b.ID, now)
		var got []string
		for _, k := range h.mine(t, access.Employee).Open {
			got = append(got, fmt.Sprintf("%s %d", k.Subject.Words, k.Due-today))
		}
		if !slices.Equal(got, []string{"Second 7", "First 30"}) {
			t.Errorf("the tasks are %q", got)
		}
	})
}

func TestPoliciesOfAnotherOrganisationAreNotThere(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx := t.Context()
		p := h.rules(t, "Access")
		v := h.publish(t, p.ID, now)
		if _, err := h.policies.Find(ctx, h.other, p.ID, now); codeOf(err) != problem.NotFound {
			t.Errorf("found by id: %v", err)
		}
		if _, err := h.policies.Find(ctx, h.other, p.Slug, now); codeOf(err) != problem.NotFound {
			t.Errorf("found by slug: %v", err)
		}
		if _, _, err := h.policies.PDF(ctx, h.other, v.ID, now); codeOf(err) != problem.NotFound {
			t.Errorf("its PDF: %v", err)
		}
		if err := h.policies.SetUndertakings(ctx, h.other, v.ID, nil, now); codeOf(err) != problem.NotFound {
			t.Errorf("its undertakings: %v", err)
		}
	})
}
