package api

import (
	"slices"
	"testing"

	"github.com/toucan-grc/toucan/internal/access"
)

// coverage reads how far a requirement of ISO 27001 is covered through SOC 2.
func (s *site) coverage(id string) RequirementDetail {
	s.t.Helper()
	var d RequirementDetail
	s.get("/frameworks/iso27001-2022/requirements/" + id + "?via=soc2-2017").want(200).into(&d)
	if d.Answer == nil {
		s.t.Fatalf("no answer for %s", id)
	}
	return d
}

func TestADecisionChangesCoverageAtOnce(t *testing.T) {
	s := newSite(t)
	s.call(call{method: "POST", path: "/imports", body: &upload{"controls.csv", inventoryText}}).want(200)
	if c := s.coverage("A.7.4").Answer.Coverage; c == "full" {
		t.Fatalf("A.7.4 is %s before anything was decided", c)
	}
	override := NewDecision{Kind: "override", Set: "*", Source: Ref{"soc2-2017", "CC6.1"}, Target: Ref{"iso27001-2022", "A.7.4"}, Relation: "superset", Rationale: "Our CC6.1 holds it."}
	var d Decision
	s.call(call{method: "POST", path: "/decisions", body: override}).want(200).into(&d)
	if d.ID == "" || d.Authority != "organisation" || d.Relation != "superset" || d.ByName != "Ada" {
		t.Errorf("%+v", d)
	}
	if c := s.coverage("A.7.4").Answer.Coverage; c != "full" {
		t.Errorf("A.7.4 is %s after the override, want full", c)
	}
	var r Relation
	s.get("/relation?from=soc2-2017&source=CC6.1&to=iso27001-2022&target=A.7.4").want(200).into(&r)
	if !slices.Equal(r.Relations, []string{"superset"}) {
		t.Errorf("%+v", r)
	}
	override.Kind, override.Relation, override.Rationale = "withdraw", "", ""
	s.call(call{method: "POST", path: "/decisions", body: override}).want(200)
	if c := s.coverage("A.7.4").Answer.Coverage; c == "full" {
		t.Error("A.7.4 is still full after the override was withdrawn")
	}
	var l List[Decision]
	if s.get("/decisions").want(200).into(&l); l.Total != 0 {
		t.Errorf("in force %+v", l)
	}
	if s.get("/decisions?history=true").want(200).into(&l); l.Total != 2 || l.Items[0].Kind != "withdraw" {
		t.Errorf("history %+v", l)
	}
	contributor := s.newToken(s.member(access.Contributor, "Cleo"), access.Grantable(access.Contributor), s.now.AddDate(0, 0, 1))
	override.Kind, override.Relation, override.Rationale = "override", "superset", "Mine."
	s.call(call{method: "POST", path: "/decisions", token: contributor, body: override}).want(403)
	override.Rationale, override.Kind = "", "challenge"
	s.call(call{method: "POST", path: "/decisions", body: override}).want(422)
}

func TestAnAttestationCountsUntilItEnds(t *testing.T) {
	s := newSite(t)
	s.call(call{method: "POST", path: "/imports", body: &upload{"controls.csv", inventoryText}}).want(200)
	a := NewAttestation{Target: Ref{"iso27001-2022", "A.7.4"}, From: "soc2-2017", Sources: []string{"CC6.1", "CC6.2"}, Reason: "Looked at in person.", Until: s.now.AddDate(0, 6, 0)}
	var made Attestation
	s.call(call{method: "POST", path: "/attestations", body: a}).want(200).into(&made)
	if c := s.coverage("A.7.4").Answer.Coverage; c != "full_attested" {
		t.Errorf("A.7.4 is %s", c)
	}
	s.call(call{method: "POST", path: "/attestations/" + made.ID + "/end"}).want(200)
	if c := s.coverage("A.7.4").Answer.Coverage; c == "full_attested" {
		t.Error("A.7.4 is attested still")
	}
	var l List[Attestation]
	if s.get("/attestations").into(&l); l.Total != 0 {
		t.Errorf("in force %+v", l)
	}
	if s.get("/attestations?framework=iso27001-2022&requirement=A.7.4").into(&l); l.Total != 1 || l.Items[0].EndedBy != "Ada" {
		t.Errorf("ever %+v", l)
	}
	a.Until = s.now.AddDate(3, 0, 0)
	s.call(call{method: "POST", path: "/attestations", body: a}).want(422)
}

func TestTheLibraryIsPlannedAndAdopted(t *testing.T) {
	s := newSite(t)
	var plan Plan
	s.get("/library/plan?framework=iso27001-2022").want(200).into(&plan)
	if plan.Before != 0 || plan.Closed == 0 || plan.Of < plan.Closed || len(plan.Steps) == 0 || len(plan.Open) == 0 {
		t.Fatalf("%+v", plan)
	}
	entries := []string{}
	for _, x := range plan.Steps[:plan.Knee] {
		entries = append(entries, x.Entry)
	}
	var dry, done AdoptionResult
	s.call(call{method: "POST", path: "/library/adopt?dry_run=true", body: Adoption{Entries: entries}}).want(200).into(&dry)
	var l List[Control]
	if s.get("/controls").into(&l); l.Total != 0 || !dry.DryRun || len(dry.Created) != len(entries) {
		t.Errorf("a dry run made %d controls: %+v", l.Total, dry)
	}
	s.call(call{method: "POST", path: "/library/adopt", body: Adoption{Entries: entries, Status: "operated"}}).want(200).into(&done)
	if len(done.Created) != len(entries) || done.Links == 0 {
		t.Errorf("%+v", done)
	}
	var adopted List[Entry]
	s.get("/library?adopted=true&limit=200").want(200).into(&adopted)
	if adopted.Total != len(entries) || adopted.Items[0].Control == "" || adopted.Items[0].Drift != "same" {
		t.Errorf("%d adopted: %+v", adopted.Total, adopted.Items[0])
	}
	var after Plan
	if s.get("/library/plan?framework=iso27001-2022").into(&after); after.Before != plan.Steps[plan.Knee-1].Closed {
		t.Errorf("closed after adopting %d, the plan promised %d", after.Before, plan.Steps[plan.Knee-1].Closed)
	}
	var e EntryDetail
	s.get("/library/" + entries[0]).want(200).into(&e)
	if len(e.Links) == 0 || e.Control == "" || len(e.Changes) != 0 {
		t.Errorf("%+v", e)
	}
	s.get("/library/NONE").want(404)
	s.call(call{method: "POST", path: "/library/adopt", body: Adoption{Entries: []string{"NONE"}}}).want(422)
}
