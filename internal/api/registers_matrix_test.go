package api

import (
	"fmt"
	"net/http"
	"strings"

	"github.com/toucan-grc/toucan/internal/finding"
	"github.com/toucan-grc/toucan/internal/risk"
	"github.com/toucan-grc/toucan/internal/system"
	"github.com/toucan-grc/toucan/internal/vendor"
)

// keepsRegisters enters one thing into each register.
func (s *site) keepsRegisters() {
	s.t.Helper()
	ctx := s.t.Context()
	sys, err := s.Systems.PutSystem(ctx, s.boss, system.System{Name: "Platform", Kind: "production", Criticality: "critical"}, s.now)
	s.must(err)
	place, err := s.Systems.PutSite(ctx, s.boss, system.Site{Name: "Berlin", Kind: "office"}, s.now)
	s.must(err)
	asset, err := s.Systems.PutAsset(ctx, s.boss, system.Asset{Name: "Main database", Kind: "database", Classification: "restricted", System: sys.ID}, s.now)
	s.must(err)
	promise, err := s.Systems.PutCommitment(ctx, s.boss, system.Commitment{Statement: "The service is there.", Kind: "service-commitment", Category: "availability"}, s.now)
	s.must(err)
	seller, err := s.Vendors.Put(ctx, s.boss, vendor.Vendor{Name: "Northwind", Kind: "cloud-service", Tier: "high"}, s.now)
	s.must(err)
	scored, err := s.Risks.Put(ctx, s.boss, risk.Risk{Title: "Backups fail", Event: "Backups cannot be restored.", Category: "continuity", Affects: []string{"availability"}}, s.now)
	s.must(err)
	_, err = s.Risks.Score(ctx, s.boss, scored.ID, risk.NewScore{Kind: risk.Inherent, Point: risk.Point{Likelihood: 4, Impact: 4}, Column: risk.Shipped().Scales.Columns[0], Basis: risk.Judgement, Reasons: "Never tried."}, s.now)
	s.must(err)
	_, err = s.Risks.DrawSeconds(ctx, s.boss, s.now)
	s.must(err)
	bare, err := s.Risks.Put(ctx, s.boss, risk.Risk{Title: "Fraud", Event: "Somebody cheats.", Category: "fraud", Affects: []string{"integrity"}}, s.now)
	s.must(err)
	frozen, err := s.Risks.Freeze(ctx, s.boss, "Assessment", "", []string{s.ann.ID}, s.now)
	s.must(err)
	found, err := s.Findings.Report(ctx, s.boss, finding.Draft{Kind: finding.Nonconformity, Grade: finding.Minor, Reason: "Once.", Source: finding.Source{Kind: finding.FromSelf}, Title: "A review was late", Statement: "It came in May."}, s.now)
	s.must(err)
	act, err := s.Findings.AddAction(ctx, s.boss, finding.Action{Title: "Tidy up"}, s.now)
	s.must(err)
	s.codes = map[string]string{"systems": sys.Code, "sites": place.Code, "assets": asset.Code, "commitments": promise.Code, "vendors": seller.Code, "risks": scored.Code,
		"bare": bare.Code, "snapshot": frozen.ID, "finding": found.Code(), "action": act}
}

// registerPath fills in what an operation about a register names.
func (s *site) registerPath(o operation) string {
	noun, _, _ := strings.Cut(strings.TrimPrefix(o.Path, "/"), "/")
	code, kept := s.codes[noun]
	act, _, _ := strings.Cut(o.ID, "-")
	switch {
	case !kept && noun != "findings" && noun != "actions" && !strings.HasPrefix(noun, "risk-"):
		return o.Path
	case act == "retire" || act == "restore" || o.ID == "close-risk" || o.ID == "decide-risk-snapshot" || o.ID == "decide-risk-method":
		return strings.NewReplacer("{code}", "none", "{snapshot}", "none", "{method}", "none").Replace(o.Path)
	case o.ID == "accept-risk" || o.ID == "second-risk" || o.ID == "withdraw-acceptance":
		code = s.codes["bare"]
	case noun == "findings" && o.Method != http.MethodGet && o.Action == "report_findings": // only for whoever answers for it
		return strings.NewReplacer("{finding}", "none", "{action}", "none").Replace(o.Path)
	case o.ID == "complete-action", o.ID == "drop-action":
		return strings.ReplaceAll(o.Path, "{action}", "none")
	}
	return strings.NewReplacer("{code}", code, "{snapshot}", s.codes["snapshot"], "{finding}", s.codes["finding"], "{action}", s.codes["action"]).Replace(o.Path)
}

// registerSample fills in the body of a request about a register.
func (s *site) registerSample(o operation, n int, c *call) {
	if noun, ok := strings.CutPrefix(o.ID, "import-"); ok && registerFiles[noun] != "" {
		c.path += "?dry_run=true"
		c.body = &upload{noun + ".csv", registerFiles[noun]}
		return
	}
	score := RiskScoring{Kind: "inherent", Likelihood: 4, Impact: 4, Column: risk.Shipped().Scales.Columns[0], Basis: "judgement", Reasons: "Never tried."}
	body, ok := map[string]any{
		"create-system": SystemText{Name: fmt.Sprint("System ", n), Kind: "internal", Criticality: "low"}, "put-system": SystemText{Name: "Platform", Kind: "production", Criticality: "critical"},
		"create-site": SiteText{Name: fmt.Sprint("Site ", n), Kind: "office"}, "put-site": SiteText{Name: "Berlin", Kind: "office"},
		"create-asset": AssetText{Name: fmt.Sprint("Asset ", n), Kind: "logs", Classification: "internal"}, "put-asset": AssetText{Name: "Main database", Kind: "database", Classification: "restricted"},
		"create-commitment": CommitmentText{Statement: fmt.Sprint("Promise ", n), Kind: "service-commitment", Category: "security"},
		"put-commitment":    CommitmentText{Statement: "The service is there.", Kind: "service-commitment", Category: "availability"},
		"adopt-commitments": CommitmentChoice{[]string{system.Library()[0].Library}},
		"create-vendor":     VendorText{Name: fmt.Sprint("Vendor ", n), Kind: "software", Tier: "low"}, "put-vendor": VendorText{Name: "Northwind", Kind: "cloud-service", Tier: "high"},
		"retire-system": Because{"Gone."}, "retire-site": Because{"Gone."}, "retire-asset": Because{"Gone."}, "retire-commitment": Because{"Gone."}, "retire-vendor": Because{"Gone."},

		"create-risk":    RiskText{Title: fmt.Sprint("Risk ", n), Event: "It may happen.", Category: "people", Affects: []string{"integrity"}},
		"put-risk":       RiskText{Title: "Backups fail", Event: "Backups cannot be restored.", Category: "continuity", Affects: []string{"availability"}},
		"put-risk-links": RiskLinks{[]RiskLink{{Kind: "asset", Target: s.codes["assets"]}}}, "score-risk": score, "second-risk": SecondScoring{score.Likelihood, score.Impact, score.Column, score.Basis, score.Reasons},
		"plan-risk":          RiskPlanText{Choice: "reduce", Reason: "Restore once a quarter.", Due: "2026-12-31", Target: &RiskStep{2, 4}},
		"complete-risk-plan": PlanCompletion{"The record."}, "add-risk-action": ActionPlan{Title: fmt.Sprint("Step ", n)},
		"accept-risk": RiskAccepting{Reason: "Rare.", Until: "2026-06-30"}, "withdraw-acceptance": Because{"It is not rare."}, "trigger-risk": NewTrigger{"incident", "A disk broke."},
		"close-risk": Because{"Gone."}, "reopen-risk": Because{"Back."}, "adopt-risks": ScenarioChoice{[]string{"RS-001"}}, "review-risks": RiskReview{"All were there."},
		"create-risk-snapshot": NewSnapshot{Title: "Assessment", Participants: []string{s.ann.ID}}, "decide-risk-snapshot": Verdict{Yes: true},
		"create-risk-method": NewRiskMethod{risk.Shipped().Text, risk.Shipped().Matrix, "The same."}, "decide-risk-method": Verdict{Yes: true},

		"create-finding": NewFinding{FindingText: FindingText{Title: fmt.Sprint("Finding ", n), Statement: "It was so."}, Kind: "observation", Source: "self"},
		"put-finding":    FindingText{Title: "A review was late", Statement: "It came in May."}, "correct-finding": FindingCorrection{Text: "It was done."}, "cause-finding": FindingCause{"Nobody was asked to do it in time."},
		"respond-finding": FindingResponse{"We ask."}, "plan-finding-action": ActionPlan{Title: "Ask"}, "change-finding-action": ActionChange{ActionPlan: ActionPlan{Title: "Ask"}}, "plan-finding-check": PlannedCheck{s.ann.ID, "2026-09-01"}, "check-finding": EffectCheck{Worked: true, Note: "Two reviews."},
		"grade-finding": FindingGrade{"nonconformity", "minor", "Once."}, "close-finding": FindingEnd{}, "reopen-finding": Because{"It came back."},
		"create-action": NewAction{ActionPlan: ActionPlan{Title: fmt.Sprint("Action ", n)}}, "put-action": ActionChange{ActionPlan{Title: "Tidy up", Due: "2026-09-01"}, "As planned."},
		"hand-actions": ActionsHanded{[]string{s.codes["action"]}, s.ann.ID}, "move-actions": ActionsMoved{[]string{s.codes["action"]}, "2026-09-01", "Later."},
		"complete-action": ActionDone{Outcome: "Done."}, "drop-action": Because{"No."}, "reopen-action": Because{"Again."},
	}[o.ID]
	if ok {
		c.body = body
	}
}

// registerFiles is a right file for each import.
var registerFiles = map[string]string{
	"systems": "Name\nBuild farm\n", "sites": "Name\nParis\n", "assets": "Name,Kind\nKeys,secrets\n", "commitments": "Statement\nWe answer within a day.\n", "vendors": "Name\nSouthwind\n",
	"risks": "Title,Event,Category,Affects\nTheft,A laptop is stolen.,physical,confidentiality\n", "findings": "Title,Kind,Statement\nNo minutes,observation,Nobody wrote any.\n", "actions": "Title\nWrite minutes\n",
}

// expectedRegister is what an operation about a register answers to its sample, or 0.
func expectedRegister(o operation) int {
	switch o.ID {
	case "create-system", "create-site", "create-asset", "create-commitment", "create-vendor", "create-risk", "create-finding", "create-action":
		return http.StatusCreated
	case "retire-system", "retire-site", "retire-asset", "retire-commitment", "retire-vendor", "restore-system", "restore-site", "restore-asset", "restore-commitment", "restore-vendor",
		"close-risk", "decide-risk-snapshot", "decide-risk-method", "put-finding", "correct-finding", "cause-finding", "respond-finding", "plan-finding-action", "change-finding-action", "check-finding", "complete-action", "drop-action":
		return http.StatusNotFound // the sample names none that is there
	case "second-risk", "accept-risk", "withdraw-acceptance": // nobody has scored it
		return http.StatusConflict
	case "approve-risk-plan", "complete-risk-plan", "draw-risk-seconds", "reopen-risk", "close-finding", "reopen-finding", "reopen-action":
		return http.StatusConflict // nobody owns it, something is missing, or it is so already
	case "create-risk-method":
		return http.StatusUnprocessableEntity // there is such a version
	}
	return 0
}
