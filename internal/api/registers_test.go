package api

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/risk"
	"github.com/toucan-grc/toucan/internal/system"
)

// change changes what is there, on the tag it was read with.
func (s *site) change(path, tag string, body any) reply {
	s.t.Helper()
	return s.call(call{method: "PUT", path: path, body: body, header: map[string]string{"If-Match": tag}})
}

// registerCase is one register with what is said of an entry, right and wrong.
type registerCase struct {
	path         string
	first, next  any    // an entry, and what it becomes
	wrong        any    // refused
	field        string // where the fault is
	filter, none string // a filter it passes, and one it does not
	was, is      string // words of the entry before and after the change
}

func registerCases(s *site) []registerCase {
	return []registerCase{
		{"systems", SystemText{Name: "Platform", Kind: "production", Criticality: "critical", Owner: s.ann.ID, Controls: []string{"ac-01"}}, SystemText{Name: "Core platform", Kind: "production", Criticality: "high", Cloud: true},
			SystemText{Name: " ", Kind: "production", Criticality: "low"}, "name", "kind=production&owner=" + s.ann.ID, "criticality=low", "Platform", "Core platform"},
		{"sites", SiteText{Name: "Berlin", Kind: "office", Country: "Germany", Owner: s.ann.ID}, SiteText{Name: "Hamburg", Kind: "office"}, SiteText{Name: "Berlin 2", Kind: "office", Owner: "nobody-known"}, "owner",
			"kind=office&text=german", "owner=nobody", "Berlin", "Hamburg"},
		{"assets", AssetText{Name: "Keys", Kind: "secrets", Classification: "restricted", ReviewedOn: "2026-02-01"}, AssetText{Name: "Signing keys", Kind: "secrets", Classification: "restricted"},
			AssetText{Name: "Keys 2", Kind: "secrets", Classification: "internal", ReviewedOn: "last year"}, "reviewed_on", "classification=restricted&reviewed_before=2026-02-02", "reviewed_before=2026-02-01", "Keys", "Signing keys"},
		{"commitments", CommitmentText{Statement: "The service is there.", Kind: "service-commitment", Category: "availability", Criteria: []Ref{{"soc2-2017", "A1.1"}}, Controls: []string{"AC-01"}},
			CommitmentText{Statement: "The service is there, day and night.", Kind: "service-commitment", Category: "availability"},
			CommitmentText{Statement: "It is.", Kind: "service-commitment", Category: "security", Controls: []string{"XX-99"}}, "controls", "category=availability", "unfilled=true", "The service is there.", "The service is there, day and night."},
		{"vendors", VendorText{Name: "Northwind", Kind: "cloud-service", Tier: "high", Data: []string{"customer-data"}, ReviewOn: "2026-06-01"}, VendorText{Name: "Northwind Hosting", Kind: "cloud-service", Tier: "critical"},
			VendorText{Name: "X", Kind: "software", Tier: "low", ContractFrom: "2026-05-01", RenewsOn: "2026-01-01"}, "renews_on", "tier=high&data=customer-data&review_before=2026-06-02", "review_before=2026-06-01", "Northwind", "Northwind Hosting"},
	}
}

func TestAnEntryOfEachRegisterLivesByTheAPI(t *testing.T) {
	s := newSite(t)
	s.post("/controls", ControlText{Code: "AC-01", Title: "Named accounts"}).want(201)
	viewer := s.newToken(s.member(access.Viewer, "Vera"), access.Grantable(access.Viewer), s.now.Add(time.Hour))
	for _, k := range registerCases(s) {
		t.Run(k.path, func(t *testing.T) {
			list := "/" + k.path
			made := s.post(list, k.first).want(201)
			var e RegisterEntry
			made.into(&e)
			at := strings.TrimPrefix(made.header.Get("Location"), "/api/v1/o/meridian")
			if at != list+"/"+e.Code || e.Version != 1 || !strings.Contains(made.body, `"`+k.was+`"`) {
				t.Fatalf("at %q: %s", at, made.body)
			}
			read := s.get(at).want(200)
			if read.body != s.get(list+"/"+strings.ToLower(e.Code)).want(200).body || read.body != s.get(list+"/"+e.ID).want(200).body || read.header.Get("ETag") != made.header.Get("ETag") {
				t.Errorf("code, other case and id are not the same entry, or its tag is another: %s", read.body)
			}
			for query, want := range map[string]int{"": 1, "?" + k.filter: 1, "?" + k.none: 0, "?text=" + strings.ToLower(e.Code): 1, "?state=retired": 0} {
				var l List[RegisterEntry]
				if s.get(list + query).want(200).into(&l); l.Total != want || len(l.Items) != want {
					t.Errorf("%q: %d of %d, want %d", query, len(l.Items), l.Total, want)
				}
			}

			s.call(call{method: "POST", path: list, body: k.next, token: viewer}).want(403)
			s.call(call{method: "PUT", path: at, body: k.next, token: viewer, header: map[string]string{"If-Match": "*"}}).want(403)
			s.call(call{method: "GET", path: at, token: viewer}).want(200)
			s.call(call{method: "GET", path: "/api/v1/o/umbra" + at}).want(404)
			p := s.post(list, k.wrong).want(422).problem()
			if len(p.Errors) != 1 || p.Errors[0].Location != "body."+k.field || !strings.Contains(p.Errors[0].Detail, ".") {
				t.Errorf("wrong input: %+v", p)
			}
			s.get(list + "/NONE-1").want(404)

			changed := s.change(at, read.header.Get("ETag"), k.next).want(200)
			if !strings.Contains(changed.body, `"`+k.is+`"`) || strings.Contains(changed.body, "reviewed_on") {
				t.Errorf("what was left out stays, or the change is not there: %s", changed.body)
			}
			s.change(at, read.header.Get("ETag"), k.next).want(412)

			var gone RegisterEntry
			s.post(at+"/retire", Because{"Nobody uses it."}).want(200).into(&gone)
			if gone.RetiredAt.IsZero() || gone.RetiredFor != "Nobody uses it." {
				t.Errorf("retired: %+v", gone)
			}
			var l List[RegisterEntry]
			if s.get(list + "?state=retired").into(&l); l.Total != 1 {
				t.Errorf("%d are retired", l.Total)
			}
			if s.get(list).into(&l); l.Total != 0 {
				t.Errorf("%d are in use", l.Total)
			}
			s.post(at+"/restore", nil).want(200)
			var past List[RegisterVersion]
			s.get(at + "/versions").want(200).into(&past)
			acts := []string{}
			for _, v := range past.Items {
				acts = append(acts, v.Act)
			}
			if !slices.Equal(acts, []string{"restored", "retired", "changed", "added"}) && !slices.Equal(acts, []string{"changed", "added"}) {
				t.Errorf("its versions are %q", acts)
			}
		})
	}
	s.must(s.log.Verify(t.Context(), s.DB, s.boss.Org()))
}

func TestARegisterGoesOutAndComesBackAsAFile(t *testing.T) {
	s := newSite(t)
	for noun, text := range registerFiles {
		t.Run(noun, func(t *testing.T) {
			var dry, done SheetImport
			s.post("/"+noun+"/import?dry_run=true", &upload{"list.csv", text}).want(200).into(&dry)
			if !dry.DryRun || len(dry.Created) != 1 || len(dry.Faults) != 0 || dry.Created[0].Row != 2 {
				t.Fatalf("tried: %+v", dry)
			}
			var l List[RegisterEntry]
			if s.get("/" + noun + "?state=all").want(200).into(&l); l.Total != 0 {
				t.Fatalf("trying wrote %d", l.Total)
			}
			once := call{method: "POST", path: "/" + noun + "/import", body: &upload{"list.csv", text}, header: map[string]string{"Idempotency-Key": noun}}
			s.call(once).want(200).into(&done)
			if s.call(once).want(200).header.Get("Idempotency-Replayed") != "true" {
				t.Error("the same file under the same key was entered again")
			}
			if s.get("/" + noun + "?state=all").into(&l); done.DryRun || l.Total != 1 {
				t.Errorf("entered: %+v, %d there", done, l.Total)
			}
			out := s.get("/" + noun + "/export").want(200)
			if out.header.Get("Content-Type") != "text/csv; charset=utf-8" || !strings.Contains(out.header.Get("Content-Disposition"), "meridian-"+noun+".csv") || strings.Count(out.body, "\n") != 2 {
				t.Errorf("taken out: %v %s", out.header, out.body)
			}
			var same SheetImport
			s.post("/"+noun+"/import?dry_run=true", &upload{"again.csv", out.body}).want(200).into(&same)
			if same.Unchanged != 1 || len(same.Created)+len(same.Updated)+len(same.Faults) != 0 {
				t.Errorf("what was taken out changes something: %+v", same)
			}
			if x := s.get("/" + noun + "/export?format=xlsx").want(200); !strings.HasPrefix(x.body, "PK") || x.header.Get("Content-Type") != xlsxType {
				t.Errorf("no workbook: %v", x.header)
			}
			head, _, _ := strings.Cut(text, "\n")
			bad := &upload{"bad.csv", head + ",Owner\n" + strings.Repeat("x,", strings.Count(head, ",")+1) + "nobody@known.test\n"}
			var faults SheetImport
			s.post("/"+noun+"/import?dry_run=true", bad).want(200).into(&faults)
			if len(faults.Faults) == 0 || faults.Faults[0].Row != 2 || faults.Faults[0].Text == "" {
				t.Errorf("an owner nobody knows: %+v", faults)
			}
			s.post("/"+noun+"/import", bad).want(422)
			s.post("/"+noun+"/import", &upload{"x.csv", "Colour\nred\n"}).want(422)
		})
	}
}

func TestEntriesNameEachOtherByCode(t *testing.T) {
	s := newSite(t)
	var sys, place RegisterEntry
	s.post("/systems", SystemText{Name: "Platform", Kind: "production", Criticality: "high"}).want(201).into(&sys)
	s.post("/sites", SiteText{Name: "Berlin", Kind: "office"}).want(201).into(&place)
	var a Asset
	s.post("/assets", AssetText{Name: "Keys", Kind: "secrets", Classification: "restricted", System: strings.ToLower(sys.Code), Site: place.Code}).want(201).into(&a)
	if a.System != sys.ID || a.Site != place.ID {
		t.Errorf("%+v", a)
	}
	var l List[Asset]
	if s.get("/assets?system=" + sys.ID).into(&l); l.Total != 1 {
		t.Errorf("%d assets of the system", l.Total)
	}
	var v Vendor
	s.post("/vendors", VendorText{Name: "Northwind", Kind: "cloud-service", Tier: "high", Systems: []string{sys.Code}}).want(201).into(&v)
	if !slices.Equal(v.Systems, []string{sys.ID}) {
		t.Errorf("%+v", v)
	}
	p := s.post("/vendors", VendorText{Name: "Southwind", Kind: "software", Tier: "low", Systems: []string{"SYS-99"}}).want(422).problem()
	if p.Errors[0].Location != "body.systems" {
		t.Errorf("%+v", p)
	}
}

func TestShippedCommitmentsAreAdopted(t *testing.T) {
	s := newSite(t)
	id := system.Library()[0].Library
	var got Adopted
	s.post("/commitment-library/adopt", CommitmentChoice{[]string{id}}).want(200).into(&got)
	var l List[ShippedCommitment]
	s.get("/commitment-library?limit=200").want(200).into(&l)
	adopted := 0
	for _, c := range l.Items {
		if c.Adopted {
			adopted++
		}
	}
	if len(got.Created) != 1 || adopted != 1 || l.Total != len(system.Library()) {
		t.Errorf("%+v, %d of %d adopted", got, adopted, l.Total)
	}
	if p := s.post("/commitment-library/adopt", CommitmentChoice{[]string{"none"}}).want(422).problem(); p.Errors[0].Location != "body.library" {
		t.Errorf("%+v", p)
	}
}

func TestARiskIsScoredPlannedAndAccepted(t *testing.T) {
	s := newSite(t)
	s.must(s.People.LinkAccount(t.Context(), s.boss, s.ann.ID, s.admin.ID, s.now)) // the token acts for Ann
	mia := s.newToken(s.member(access.Manager, "Mia"), access.Grantable(access.Manager), s.now.Add(time.Hour))
	viewer := s.newToken(s.member(access.Viewer, "Vera"), access.Grantable(access.Viewer), s.now.Add(time.Hour))
	text := RiskText{Title: "Backups fail", Event: "Backups cannot be restored.", Category: "continuity", Affects: []string{"availability"}, Owner: s.ann.ID, Contingency: "Rebuild by hand."}
	var r RiskDetail
	made := s.post("/risks", text).want(201).into(&r)
	at := "/risks/" + r.Code
	if made.header.Get("Location") != "/api/v1/o/meridian"+at || r.State != "unscored" || r.Current != nil || made.header.Get("ETag") != s.get(at).want(200).header.Get("ETag") {
		t.Fatalf("%+v", r)
	}
	s.call(call{method: "GET", path: "/risks", token: viewer}).want(403)
	s.call(call{method: "GET", path: "/api/v1/o/umbra" + at}).want(404)
	if p := s.post("/risks", RiskText{Title: "x", Event: "y", Category: "weather", Affects: []string{"integrity"}}).want(422).problem(); p.Errors[0].Location != "body.category" {
		t.Errorf("%+v", p)
	}

	score := RiskScoring{Kind: "inherent", Likelihood: 4, Impact: 4, Column: risk.Shipped().Scales.Columns[0], Basis: "judgement", Reasons: "Nobody has tried."}
	bad := score
	bad.Column = "weather"
	if p := s.post(at+"/scores", bad).want(422).problem(); p.Errors[0].Location != "body.column" {
		t.Errorf("%+v", p)
	}
	s.post(at+"/accept", RiskAccepting{Reason: "Rare.", Until: "2026-04-30"}).want(409)
	r = RiskDetail{}
	s.post(at+"/scores", score).want(200).into(&r)
	if r.Current == nil || r.Current.Score != 16 || !r.Above || r.Level == "" || r.Verdict == "" {
		t.Fatalf("scored: %+v", r)
	}
	for query, want := range map[string]int{"": 1, "?above_appetite=true": 1, "?scored=no": 0, "?level=" + r.Level: 1, "?owner=nobody": 0, "?category=continuity&state=" + r.State: 1, "?state=closed": 0} {
		var l List[Risk]
		if s.get("/risks" + query).want(200).into(&l); l.Total != want {
			t.Errorf("%q: %d, want %d", query, l.Total, want)
		}
	}

	s.post("/risk-seconds", nil).want(200)
	second := SecondScoring{Likelihood: 2, Impact: 4, Column: score.Column, Basis: "judgement", Reasons: "Nobody has tried."}
	s.post(at+"/second-scores", second).want(403)
	if p := s.call(call{method: "POST", path: at + "/second-scores", token: mia, body: score}).want(422).problem(); p.Errors[0].Location != "body.kind" { // it is that of the first
		t.Errorf("%+v", p)
	}
	s.call(call{method: "POST", path: at + "/second-scores", token: mia, body: second}).want(200)
	var seconds RiskSeconds
	if s.get("/risk-seconds").want(200).into(&seconds); seconds.Pairs != 1 || seconds.Apart != 1 || len(seconds.Drawn) != 1 || seconds.Drawn[0].Second == nil {
		t.Errorf("%+v", seconds)
	}
	var scores List[RiskScore]
	if s.get(at + "/scores").want(200).into(&scores); scores.Total != 2 || scores.Items[0].Seconds != scores.Items[1].ID {
		t.Errorf("%+v", scores)
	}

	if p := s.post(at+"/plan", RiskPlanText{Choice: "reduce", Reason: "Restore once a quarter.", Due: "2026-12-31"}).want(422).problem(); p.Errors[0].Location != "body.target" {
		t.Errorf("%+v", p)
	}
	r = RiskDetail{}
	s.post(at+"/plan", RiskPlanText{Choice: "reduce", Reason: "Restore once a quarter.", Due: "2026-12-31", Target: &RiskStep{1, 4}}).want(200).into(&r)
	if r.State != "planned" || r.Plan == nil || r.Target == nil || r.Target.Score != 4 {
		t.Fatalf("planned: %+v", r)
	}
	s.post(at+"/actions", ActionPlan{Title: "Try it", Owner: s.ann.ID, Due: "2026-06-30"}).want(200)
	s.call(call{method: "POST", path: at + "/plan/approve", token: mia}).want(403) // only its owner
	r = RiskDetail{}
	s.post(at+"/plan/approve", nil).want(200).into(&r)
	if r.State != "treating" || len(r.Actions) != 1 || r.Actions[0].Source.Kind != "risk" {
		t.Fatalf("approved: %+v", r)
	}
	s.post(at+"/plan/complete", PlanCompletion{"The record."}).want(409) // an action is open
	s.post("/actions/"+r.Actions[0].Code+"/complete", ActionDone{Outcome: "It worked."}).want(200)
	r = RiskDetail{}
	s.post(at+"/plan/complete", PlanCompletion{"The record of the restore."}).want(200).into(&r)
	if r.State != "treated" || len(r.Triggers) != 1 {
		t.Errorf("complete: %+v", r)
	}
	r = RiskDetail{}
	s.post(at+"/scores", RiskScoring{Kind: "inherent", Likelihood: 2, Impact: 2, Column: score.Column, Basis: "own", Reasons: "Tried, and it works."}).want(200).into(&r)
	if r.Above || len(r.Triggers) != 0 {
		t.Errorf("scored again: %+v", r)
	}
	s.call(call{method: "POST", path: at + "/second-scores", token: mia, body: second}).want(200) // so that nobody scored it alone
	if p := s.post(at+"/accept", RiskAccepting{Reason: "It is small.", Until: "2036-01-01"}).want(422).problem(); p.Errors[0].Location != "body.until" || !strings.Contains(p.Detail, "at most") {
		t.Errorf("%+v", p)
	}
	r = RiskDetail{}
	s.post(at+"/accept", RiskAccepting{Reason: "It is small.", Until: "2026-06-30"}).want(200).into(&r)
	if r.State != "accepted" || r.Acceptance == nil || r.Acceptance.Until != "2026-06-30" || r.Acceptance.Person != s.ann.ID {
		t.Errorf("accepted: %+v", r)
	}
	s.post(at+"/withdraw", Because{""}).want(422)
	r = RiskDetail{}
	s.post(at+"/withdraw", Because{"It is not."}).want(200).into(&r)
	if r.Acceptance == nil || r.Acceptance.Withdrawn.IsZero() {
		t.Errorf("withdrawn: %+v", r)
	}
	var past List[History]
	if s.get(at + "/history").want(200).into(&past); past.Total < 8 || past.Items[0].Words == "" {
		t.Errorf("%+v", past)
	}

	tag := s.get(at).header.Get("ETag")
	text.Title = "Backups cannot be restored"
	s.change(at, tag, text).want(200)
	s.change(at, tag, text).want(412)
	s.post(at+"/close", Because{"We keep no data any more."}).want(200)
	s.change(at, "*", text).want(409)
	s.post(at+"/reopen", Because{"We do."}).want(200)
	s.must(s.log.Verify(t.Context(), s.DB, s.boss.Org()))
}

func TestRisksAreSeenFromSeveralSides(t *testing.T) {
	s := newSite(t)
	s.keepsRegisters()
	at := "/risks/" + s.codes["risks"]
	tag := s.get(at + "/links").want(200).header.Get("ETag")
	var links RiskLinks
	s.change(at+"/links", tag, RiskLinks{[]RiskLink{{Kind: "asset", Target: s.codes["assets"]}, {Kind: "requirement", Requirement: &Ref{"iso27001-2022", "A.8.13"}}}}).want(200).into(&links)
	if len(links.Links) != 2 {
		t.Fatalf("%+v", links)
	}
	if p := s.change(at+"/links", "*", RiskLinks{[]RiskLink{{Kind: "vendor", Target: "VEN-99"}}}).want(422).problem(); p.Errors[0].Location != "body.links" {
		t.Errorf("%+v", p)
	}
	var sum RiskSummary
	s.get("/risk-summary").want(200).into(&sum)
	if sum.Open != 2 || sum.Unscored != 1 || sum.Above != 1 || sum.ReviewDue == "" {
		t.Errorf("%+v", sum)
	}
	var heat RiskHeatMap
	s.get("/risk-heat-map").want(200).into(&heat)
	on := 0
	for _, c := range heat.Cells {
		if on += len(c.Risks); len(c.Risks) > 0 && (c.Likelihood != 4 || c.Impact != 4) {
			t.Errorf("%+v", c)
		}
	}
	if len(heat.Cells) != 25 || on != 1 || heat.Score != "current" {
		t.Errorf("%d cells, %d risks of %s", len(heat.Cells), on, heat.Score)
	}
	var views RiskViews
	s.get("/risk-views").want(200).into(&views)
	if !slices.Equal(views.OnlyThreats, []string{s.codes["risks"]}) || !slices.Equal(views.Neither, []string{s.codes["bare"]}) || len(views.Unthreatened) != 1 || len(views.Annex) != 1 {
		t.Errorf("%+v", views)
	}
	var library List[RiskScenario]
	if s.get("/risk-library?text=RS-001").want(200).into(&library); library.Total != 1 || library.Items[0].Risk != "" {
		t.Errorf("%+v", library)
	}
	var got Adopted
	s.post("/risk-library/adopt", ScenarioChoice{[]string{"RS-001"}}).want(200).into(&got)
	if s.get("/risk-library?text=RS-001").into(&library); len(got.Created) != 1 || library.Items[0].Risk != got.Created[0] {
		t.Errorf("%+v %+v", got, library)
	}
	if p := s.post("/risk-library/adopt", ScenarioChoice{[]string{"RS-999"}}).want(422).problem(); p.Errors[0].Location != "body.scenarios" {
		t.Errorf("%+v", p)
	}
	s.post("/risk-reviews", RiskReview{}).want(422)
	s.post("/risk-reviews", RiskReview{"Everybody was there."}).want(200)
	if s.get("/risk-summary").into(&sum); sum.Reviewed != "2026-03-01" {
		t.Errorf("reviewed on %q", sum.Reviewed)
	}
}

func TestAnAssessmentIsFrozenAndApprovedByAnother(t *testing.T) {
	s := newSite(t)
	mia := s.newToken(s.member(access.Manager, "Mia"), access.Grantable(access.Manager), s.now.Add(time.Hour))
	s.keepsRegisters()
	at := "/risk-snapshots/" + s.codes["snapshot"]
	var x RiskSnapshot
	s.get(at).want(200).into(&x)
	if p := s.post("/risk-snapshots", NewSnapshot{Title: "Another"}).want(422).problem(); p.Errors[0].Location != "body.participants" {
		t.Errorf("%+v", p)
	}
	if x.State != "waits" || x.Count != 2 || len(x.Risks) != 2 || x.Risks[0].Current == nil && x.Risks[0].Inherent == nil {
		t.Fatalf("%+v", x)
	}
	s.post(at+"/decide", Verdict{Yes: true}).want(403) // its author
	x = RiskSnapshot{}
	s.call(call{method: "POST", path: at + "/decide", token: mia, body: Verdict{Yes: true}}).want(200).into(&x)
	if x.State != "approved" || x.Evidence == "" {
		t.Errorf("%+v", x)
	}
	s.get("/evidence/" + x.Evidence).want(200)
	var l List[RiskSnapshot]
	if s.get("/risk-snapshots").want(200).into(&l); l.Total != 1 || l.Items[0].Risks != nil {
		t.Errorf("%+v", l)
	}

	var m RiskMethod
	s.get("/risk-method").want(200).into(&m)
	if !m.InForce || m.Version != risk.ShippedVersion || len(m.Levels) == 0 || m.Appetite == 0 || m.Matrix == "" {
		t.Fatalf("%+v", m)
	}
	next := NewRiskMethod{m.Text, strings.Replace(m.Matrix, m.Version, "1.1.0", 1), "Clearer words."}
	m = RiskMethod{}
	s.post("/risk-methods", next).want(200).into(&m)
	if m.State != "waits" || m.InForce || m.ID == "" {
		t.Fatalf("%+v", m)
	}
	s.post("/risk-methods/"+m.ID+"/decide", Verdict{Yes: true}).want(403)
	m2 := RiskMethod{}
	s.call(call{method: "POST", path: "/risk-methods/" + m.ID + "/decide", token: mia, body: Verdict{Yes: true}}).want(200).into(&m2)
	if m2.State != "approved" || !m2.InForce || m2.Version != "1.1.0" {
		t.Errorf("%+v", m2)
	}
	s.get("/risk-method?version=9.9.9").want(404)
}

func TestAFindingGoesAlongItsLine(t *testing.T) {
	s := newSite(t)
	s.post("/controls", ControlText{Code: "AC-01", Title: "Named accounts"}).want(201)
	viewer := s.newToken(s.member(access.Viewer, "Vera"), access.Grantable(access.Viewer), s.now.Add(time.Hour))
	text := FindingText{Title: "A review was late", Statement: "It came a month late.", Owner: s.ann.ID, Controls: []string{"AC-01"}, Requirements: []Ref{{"iso27001-2022", "A.5.18"}}}
	if p := s.post("/findings", NewFinding{FindingText: text, Kind: "nonconformity", Source: "self"}).want(422).problem(); p.Errors[0].Location != "body.grade" {
		t.Errorf("%+v", p)
	}
	wrong := text
	wrong.Requirements = []Ref{{"iso27001-2022", "A.99"}}
	if p := s.post("/findings", NewFinding{FindingText: wrong, Kind: "observation", Source: "self"}).want(422).problem(); p.Errors[0].Location != "body.requirements" {
		t.Errorf("%+v", p)
	}
	var f FindingDetail
	made := s.post("/findings", NewFinding{FindingText: text, Kind: "nonconformity", Grade: "minor", Reason: "Once.", Source: "self"}).want(201).into(&f)
	at := strings.TrimPrefix(made.header.Get("Location"), "/api/v1/o/meridian")
	if f.Stage != "correction" || !f.Open || len(f.Missing) == 0 || f.FoundOn != "2026-03-01" || len(f.Controls) != 1 {
		t.Fatalf("%+v", f)
	}
	if s.get("/findings/"+strings.ToLower(f.Code)).want(200).body != s.get(at).want(200).body {
		t.Error("code and id are not the same finding")
	}
	s.call(call{method: "GET", path: at, token: viewer}).want(403)
	s.call(call{method: "GET", path: "/api/v1/o/umbra" + at}).want(404)
	s.get("/findings/NONE").want(404)

	tag := s.get(at).header.Get("ETag")
	text.Objective = "The record of May."
	s.change(at, tag, text).want(200)
	s.change(at, tag, text).want(412)
	if p := s.post(at+"/close", FindingEnd{}).want(409).problem(); !strings.Contains(p.Detail, "cannot be closed yet") {
		t.Errorf("%+v", p)
	}
	s.post(at+"/correction", FindingCorrection{Text: "It was done.", On: "soon"}).want(422)
	if p := s.post(at+"/correction", FindingCorrection{Text: "It was done.", Evidence: []string{"none"}}).want(422).problem(); p.Errors[0].Location != "body.evidence" {
		t.Errorf("%+v", p)
	}
	s.post(at+"/correction", FindingCorrection{Text: "It was done."}).want(200)
	if p := s.post(at+"/cause", FindingCause{"Human error."}).want(422).problem(); p.Errors[0].Location != "body.cause" {
		t.Errorf("%+v", p)
	}
	s.post(at+"/cause", FindingCause{"Nobody was asked to do it in time."}).want(200)
	s.post(at+"/response", FindingResponse{"We do."}).want(409) // a nonconformity has a cause
	f = FindingDetail{}
	s.post(at+"/actions", ActionPlan{Title: "Ask a month before", Owner: s.ann.ID, Due: "2026-04-30"}).want(200).into(&f)
	if f.Stage != "action" || len(f.Actions) != 1 || f.OpenActions != 1 {
		t.Fatalf("%+v", f)
	}
	s.post(at+"/check", EffectCheck{Worked: true, Note: "Two reviews."}).want(409)
	step := at + "/actions/" + f.Actions[0].Code
	if p := s.change(step, "*", ActionChange{ActionPlan: ActionPlan{Title: "Ask six weeks before", Owner: s.ann.ID, Due: "2026-05-31"}}).want(422).problem(); p.Errors[0].Location != "body.why" {
		t.Errorf("%+v", p)
	}
	var moved Action
	s.change(step, s.get("/actions/"+f.Actions[0].Code).header.Get("ETag"), ActionChange{ActionPlan{Title: "Ask six weeks before", Owner: s.ann.ID, Due: "2026-05-31"}, "The tool comes in May."}).want(200).into(&moved)
	if moved.Title != "Ask six weeks before" || moved.Moved != 1 {
		t.Errorf("%+v", moved)
	}
	var alone Action
	s.post("/actions", NewAction{ActionPlan: ActionPlan{Title: "Something else"}}).want(201).into(&alone)
	s.change(at+"/actions/"+alone.Code, "*", ActionChange{ActionPlan: ActionPlan{Title: "Taken over"}}).want(404) // it is not the finding's
	s.post("/actions/"+f.Actions[0].ID+"/complete", ActionDone{Outcome: "The calendar asks."}).want(200)
	if p := s.post(at+"/check-plan", PlannedCheck{s.ann.ID, "2026-03-20"}).want(422).problem(); p.Errors[0].Location != "body.checker" { // she answers for it
		t.Errorf("%+v", p)
	}
	s.now = s.now.Add(30 * 24 * time.Hour)
	s.token = s.newToken(s.boss, access.Grantable(access.Administrator), s.now.Add(time.Hour))
	f = FindingDetail{}
	s.post(at+"/check", EffectCheck{Worked: false, Note: "Late again."}).want(200).into(&f)
	if f.Stage != "cause" || f.Failed != 1 || f.Cause != "" {
		t.Fatalf("a cure that failed: %+v", f)
	}
	s.post(at+"/cause", FindingCause{"The calendar asks somebody who left."}).want(200)
	var l List[Action]
	s.post(at+"/actions", ActionPlan{Title: "Ask the team", Due: "2026-05-30"}).want(200)
	if s.get("/actions?source=finding").want(200).into(&l); l.Total != 1 {
		t.Fatalf("%+v", l)
	}
	s.post("/actions/"+l.Items[0].Code+"/complete", ActionDone{Outcome: "It does."}).want(200)
	f = FindingDetail{}
	s.post(at+"/check", EffectCheck{Worked: true, Note: "Two reviews were in time."}).want(200).into(&f)
	if f.Worked != "yes" || len(f.Missing) != 0 {
		t.Fatalf("%+v", f)
	}
	f = FindingDetail{}
	s.post(at+"/close", FindingEnd{"Done."}).want(200).into(&f)
	if f.Open || f.Stage != "closed" {
		t.Errorf("%+v", f)
	}
	for query, want := range map[string]int{"": 0, "?state=closed": 1, "?state=all&kind=nonconformity&grade=minor": 1, "?state=all&framework=iso27001-2022": 1, "?state=all&framework=pci-dss-4": 0, "?state=all&owner=nobody": 0, "?state=all&source=self&text=review": 1} {
		var l List[Finding]
		if s.get("/findings" + query).want(200).into(&l); l.Total != want {
			t.Errorf("%q: %d, want %d", query, l.Total, want)
		}
	}
	f = FindingDetail{}
	s.post(at+"/reopen", Because{"It came back."}).want(200).into(&f)
	if !f.Open || f.Reopened != 1 || f.Worked != "" {
		t.Errorf("%+v", f)
	}
	s.post(at+"/grade", FindingGrade{"nonconformity", "major", ""}).want(422)
	s.post(at+"/grade", FindingGrade{"nonconformity", "major", "The second time."}).want(200)
	var past List[History]
	if s.get(at + "/history").want(200).into(&past); past.Total < 10 {
		t.Errorf("%d lines of history", past.Total)
	}
	s.must(s.log.Verify(t.Context(), s.DB, s.boss.Org()))
}

func TestReportsAreHandedOut(t *testing.T) {
	s := newSite(t)
	s.keepsRegisters()
	viewer := s.newToken(s.member(access.Viewer, "Vera"), access.Grantable(access.Viewer), s.now.Add(time.Hour))
	for path, name := range map[string]string{"/risk-report": "meridian-risks.pdf", "/risk-snapshots/" + s.codes["snapshot"] + "/report": "meridian-risk-assessment.pdf", "/findings-report": "meridian-findings.pdf"} {
		r := s.get(path).want(200)
		if !strings.HasPrefix(r.body, "%PDF") || r.header.Get("Content-Type") != "application/pdf" || !strings.Contains(r.header.Get("Content-Disposition"), name) {
			t.Errorf("%s: %v %.20q", path, r.header, r.body)
		}
		s.call(call{method: "GET", path: path, token: viewer}).want(403)
	}
}

func TestTheBacklogIsWorkedOffByTheAPI(t *testing.T) {
	s := newSite(t)
	viewer := s.newToken(s.member(access.Viewer, "Vera"), access.Grantable(access.Viewer), s.now.Add(time.Hour))
	var codes []string
	for _, due := range []string{"", "2026-05-01", "2026-02-01", "2026-04-01"} {
		var a Action
		s.post("/actions", NewAction{ActionPlan: ActionPlan{Title: "Due " + due, Due: due}, From: "A talk", Requirements: []Ref{{"soc2-2017", "CC6.1"}}}).want(201).into(&a)
		codes = append(codes, a.Code)
	}
	var got []string
	for path := "/actions?limit=2"; path != ""; {
		var l List[Action]
		s.get(path).want(200).into(&l)
		for _, a := range l.Items {
			got = append(got, a.Code)
		}
		if path = ""; l.Next != "" {
			path = "/actions?limit=2&cursor=" + l.Next
		}
	}
	if want := []string{codes[2], codes[3], codes[1], codes[0]}; !slices.Equal(got, want) {
		t.Errorf("in the order %q, want %q: the most urgent first", got, want)
	}
	s.call(call{method: "POST", path: "/actions", token: viewer, body: NewAction{ActionPlan: ActionPlan{Title: "x"}}}).want(403)
	s.call(call{method: "GET", path: "/api/v1/o/umbra/actions/" + codes[0]}).want(404)
	s.post("/actions/hand", ActionsHanded{codes[:2], s.ann.ID}).want(200)
	if p := s.post("/actions/move", ActionsMoved{[]string{codes[1]}, "2026-07-01", ""}).want(422).problem(); p.Errors[0].Location != "body.why" {
		t.Errorf("%+v", p)
	}
	s.post("/actions/move", ActionsMoved{codes[1:3], "2026-07-01", "The team is away."}).want(200)
	read := s.get("/actions/" + codes[1]).want(200)
	var a Action
	read.into(&a)
	if a.Owner != s.ann.ID || a.Due != "2026-07-01" || a.Moved != 1 {
		t.Errorf("%+v", a)
	}
	s.change("/actions/"+codes[1], read.header.Get("ETag"), ActionChange{ActionPlan: ActionPlan{Title: "Write it", Owner: s.ann.ID, Due: "2026-07-01"}}).want(200)
	s.change("/actions/"+codes[1], read.header.Get("ETag"), ActionChange{ActionPlan: ActionPlan{Title: "Write it"}}).want(412)
	s.post("/actions/"+codes[0]+"/drop", Because{"Nobody needs it."}).want(200)
	if p := s.post("/actions/"+codes[1]+"/drop", Because{""}).want(422).problem(); p.Errors[0].Location != "body.reason" {
		t.Errorf("%+v", p)
	}
	s.post("/actions/"+codes[3]+"/complete", ActionDone{Outcome: "Done.", On: "2026-03-01"}).want(200)
	for query, want := range map[string]int{"": 2, "?state=overdue": 0, "?state=free": 1, "?state=done": 1, "?state=dropped": 1, "?state=all": 4, "?owner=" + s.ann.ID: 1, "?framework=soc2-2017&state=all": 4, "?source=risk": 0} {
		var l List[Action]
		if s.get("/actions" + query).want(200).into(&l); l.Total != want {
			t.Errorf("%q: %d, want %d", query, l.Total, want)
		}
	}
	s.post("/actions/"+codes[0]+"/reopen", Because{"We do."}).want(200)
	var past List[History]
	if s.get("/actions/" + codes[0] + "/history").want(200).into(&past); past.Total < 4 {
		t.Errorf("%+v", past)
	}
	s.must(s.log.Verify(t.Context(), s.DB, s.boss.Org()))
}
