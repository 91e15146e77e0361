package api

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/control"
	"github.com/toucan-grc/toucan/internal/finding"
	"github.com/toucan-grc/toucan/internal/problem"
	"github.com/toucan-grc/toucan/internal/risk"
)

// TestATokenThatWritesNeedNotRead: what a narrow token enters is told back to it as
// it was entered, and nothing else of the register.
func TestATokenThatWritesNeedNotRead(t *testing.T) {
	s := newSite(t)
	s.keepsRegisters()
	narrow := s.newToken(s.boss, []access.Action{access.ManageSystems, access.ManageVendors, access.ManageRisks, access.ReportFindings, access.ManageFindings}, s.now.Add(time.Hour))
	for path, body := range map[string]any{
		"/systems": SystemText{Name: "Farm", Kind: "ci-cd", Criticality: "low"}, "/vendors": VendorText{Name: "Southwind", Kind: "software", Tier: "low"},
		"/risks":    RiskText{Title: "Theft", Event: "A laptop is stolen.", Category: "physical", Affects: []string{"confidentiality"}},
		"/findings": NewFinding{FindingText: FindingText{Title: "No minutes", Statement: "Nobody wrote any."}, Kind: "observation", Source: "self"},
		"/actions":  NewAction{ActionPlan: ActionPlan{Title: "Write minutes"}},
	} {
		r := s.call(call{method: "POST", path: path, token: narrow, body: body}).want(http.StatusCreated)
		if r.header.Get("Location") == "" {
			t.Errorf("%s: %s", path, r.body)
		}
		if p := s.call(call{method: "GET", path: path, token: narrow}).want(403).problem(); p.Code != problem.Forbidden {
			t.Errorf("%s: %+v", path, p)
		}
	}
}

// TestATokenThatActsNeedNotRead: an act that was carried out is never answered as if
// it had been refused.
func TestATokenThatActsNeedNotRead(t *testing.T) {
	s := newSite(t)
	ctx := t.Context()
	writer := s.member(access.Manager, "Mia")
	s.must(s.People.LinkAccount(ctx, s.boss, s.ann.ID, s.admin.ID, s.now)) // the tokens act for Ann
	f, err := s.Findings.Report(ctx, s.boss, finding.Draft{Kind: finding.Nonconformity, Grade: finding.Minor, Reason: "Once.", Source: finding.Source{Kind: finding.FromSelf}, Title: "A review was late", Statement: "It came in May.", Owner: s.ann.ID}, s.now)
	s.must(err)
	action, err := s.Findings.AddAction(ctx, s.boss, finding.Action{Title: "Tidy up", Owner: s.ann.ID}, s.now)
	s.must(err)
	x, err := s.Risks.Put(ctx, s.boss, risk.Risk{Title: "Backups fail", Event: "Backups cannot be restored.", Category: "continuity", Affects: []string{"availability"}}, s.now)
	s.must(err)
	_, err = s.Risks.Score(ctx, s.boss, x.ID, risk.NewScore{Kind: risk.Inherent, Point: risk.Point{Likelihood: 4, Impact: 4}, Column: risk.Shipped().Scales.Columns[0], Basis: risk.Judgement, Reasons: "Never tried."}, s.now)
	s.must(err)
	written, err := s.Risks.WriteMethod(ctx, writer, risk.Shipped().Text, strings.Replace(risk.Shipped().Matrix, risk.ShippedVersion, "1.1.0", 1), "Clearer words.", s.now)
	s.must(err)
	for code, author := range map[string]access.Actor{"AC-01": s.boss, "AC-02": writer} {
		c, err := s.Controls.Create(ctx, s.boss, control.Control{Code: code, Title: "Named accounts", Statement: "Yearly."}, s.now)
		s.must(err)
		c.Statement = "Quarterly."
		_, err = s.Controls.Edit(ctx, author, c, s.now)
		s.must(err)
	}
	next := NewRiskMethod{risk.Shipped().Text, strings.Replace(risk.Shipped().Matrix, risk.ShippedVersion, "1.2.0", 1), "Clearer still."}
	for _, k := range []struct {
		may  access.Action
		path string
		body any
		says string
	}{
		{access.ReportFindings, "/findings/" + f.ID + "/correction", FindingCorrection{Text: "It was done."}, `"id":"` + f.ID},
		{access.ReportFindings, "/findings/" + f.ID + "/cause", FindingCause{"Nobody was asked to do it in time."}, `"id":"` + f.ID},
		{access.ManageFindings, "/actions/" + action + "/drop", Because{"No."}, `"state":"dropped"`},
		{access.ManageFindings, "/actions/" + action + "/reopen", Because{"Again."}, `"state":"open"`},
		{access.OwnTasks, "/actions/" + action + "/complete", ActionDone{Outcome: "Done."}, `"state":"done"`},
		{access.ManageRiskMethod, "/risk-seconds", nil, `"pool":1`},
		{access.ManageRiskMethod, "/risk-methods/" + written.ID + "/decide", Verdict{Yes: true}, `"state":"approved"`},
		{access.ManageRiskMethod, "/risk-methods", next, `"version":"1.2.0"`},
		{access.EditControls, "/controls/AC-01/versions/2/withdraw", nil, `"code":"AC-01"`},
		{access.ApproveControls, "/controls/AC-02/versions/2/approve", nil, `"code":"AC-02"`},
	} {
		token := s.newToken(s.boss, []access.Action{k.may}, s.now.Add(time.Hour))
		r := s.call(call{method: "POST", path: k.path, token: token, body: k.body})
		if r.status != http.StatusOK || !strings.Contains(r.body, k.says) {
			t.Errorf("%s with %s: %d, want 200 and %s: %s", k.path, k.may, r.status, k.says, r.body)
		}
		for _, secret := range []string{"A review was late", "Tidy up", "Backups", "Named accounts"} {
			if strings.Contains(r.body, secret) {
				t.Errorf("%s tells a token that may only %s of %q", k.path, k.may, secret)
			}
		}
	}
}

// TestWhatIsRefusedWroteNothing walks all that writes with a token for that alone.
func TestWhatIsRefusedWroteNothing(t *testing.T) {
	s := newSite(t)
	_, err := s.Controls.Create(t.Context(), s.boss, control.Control{Code: "AC-01", Title: "Named accounts", Status: control.Operated}, s.now)
	s.must(err)
	s.proof = s.filed("AC-01", "review.txt", "All accounts were looked at.\n")
	s.knowsADevice()
	s.keepsRegisters()
	s.keepsCycle()
	leaves := func() int64 {
		n, _, err := s.log.Root(t.Context(), s.DB, s.boss.Org())
		s.must(err)
		return n
	}
	tokens, n := map[access.Action]string{}, 0
	for i, o := range operations() {
		if o.Method == http.MethodGet || o.Action == "" {
			continue
		}
		if tokens[o.Action] == "" {
			tokens[o.Action] = s.newToken(s.boss, []access.Action{o.Action}, s.now.Add(48*time.Hour))
		}
		s.now = s.now.Add(5 * time.Second) // so that nobody asks too often
		c := s.sample(o, i)
		c.token = tokens[o.Action]
		before := leaves()
		if r := s.call(c); r.status >= 400 && leaves() != before {
			t.Errorf("%s wrote, and answered %d: %s", o.ID, r.status, r.body)
		}
		n++
	}
	if n < 100 {
		t.Errorf("%d operations, want all that write", n)
	}
}
