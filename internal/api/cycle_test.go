package api

import (
	"strings"
	"testing"
	"time"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/control"
	"github.com/toucan-grc/toucan/internal/crosswalk"
	"github.com/toucan-grc/toucan/internal/framework"
	"github.com/toucan-grc/toucan/internal/people"
	"github.com/toucan-grc/toucan/internal/problem"
	"github.com/toucan-grc/toucan/internal/system"
)

func (s *site) post(path string, body any) reply {
	s.t.Helper()
	return s.call(call{method: "POST", path: path, body: body})
}

// edit changes what is there, on what is there now.
func (s *site) edit(path string, body any) reply {
	s.t.Helper()
	return s.call(call{method: "PUT", path: path, body: body, header: map[string]string{"If-Match": s.get(path).want(200).header.Get("ETag")}})
}

// colleague returns a token of another member, with all the role may.
func (s *site) colleague(role access.Role, name string) string {
	s.t.Helper()
	return s.newToken(s.member(role, name), access.Grantable(role), s.now.Add(24*time.Hour))
}

// proven files evidence of a control.
func (s *site) proven(name, text string) string {
	s.t.Helper()
	_, err := s.Controls.Create(s.t.Context(), s.boss, control.Control{Code: "AC-01", Title: "Named accounts"}, s.now)
	s.must(err)
	return s.filed("AC-01", name, text)
}

// follows makes the organisation follow frameworks.
func (s *site) follows(ids ...string) {
	s.t.Helper()
	for _, id := range ids {
		s.must(s.Crosswalk.Enable(s.t.Context(), s.boss, id, s.now))
	}
}

func TestAScopeIsWrittenSentAndAgreedTo(t *testing.T) {
	s := newSite(t)
	sys, err := s.Systems.PutSystem(t.Context(), s.boss, system.System{Name: "Platform", Kind: "production", Criticality: "critical", Owner: s.ann.ID}, s.now)
	s.must(err)
	text := ScopeText{Statement: "Platform, and those who run it.", Items: []ScopeItem{{Sort: "system", ID: sys.ID, In: true}}, Exclusions: []ScopeLine{}, Interfaces: []ScopeLine{{"Hosting", "By contract."}}}
	var v ScopeVersion
	s.post("/isms/scope/isms/draft", ScopeDraft{ScopeText: text, Change: "The first."}).want(200).into(&v)
	if v.Number != 1 || v.State != "draft" || v.Stamp == "" {
		t.Fatalf("%+v", v)
	}
	stale := ScopeDraft{ScopeText: text, Stamp: "another"}
	s.post("/isms/scope/isms/draft", stale).want(409)
	mia := s.colleague(access.Manager, "Mia")
	s.post("/isms/scope/isms/send", nil).want(200).into(&v)
	if v.State != "waiting" {
		t.Fatalf("sent: %+v", v)
	}
	s.post("/isms/scope/isms/decide", Verdict{Yes: true}).want(403) // whoever wrote it does not agree to it
	s.call(call{method: "POST", path: "/isms/scope/isms/decide", token: mia, body: Verdict{}}).want(422)
	var a ApprovalState
	s.call(call{method: "POST", path: "/isms/scope/isms/decide", token: mia, body: Verdict{Yes: true}}).want(200).into(&a)
	if a.State != "approved" || len(a.Said) != 1 || a.Said[0].Name != "Mia" {
		t.Errorf("%+v", a)
	}
	var d ScopeDetail
	s.get("/isms/scope/isms/versions/1").want(200).into(&d)
	if d.State != "in_force" || d.Text.Statement != text.Statement || len(d.Text.Items) != 1 || d.Text.Items[0].Words != "SYS-1 Platform" || len(d.Acts) != 3 {
		t.Errorf("%+v", d)
	}
	var sc SystemScope
	s.get("/isms/scope").want(200).into(&sc)
	if sc.ISMS == nil || sc.ISMS.Number != 1 || sc.SOC2 != nil || sc.Open == 0 {
		t.Errorf("%+v", sc)
	}
}

func TestAMismatchIsDecidedAboutAsItWasRead(t *testing.T) {
	s := newSite(t)
	sys, err := s.Systems.PutSystem(t.Context(), s.boss, system.System{Name: "Platform", Kind: "production", Criticality: "critical", Owner: s.ann.ID}, s.now)
	s.must(err)
	s.post("/isms/scope/soc2/draft", ScopeDraft{ScopeText: ScopeText{Statement: "SYS-1 Platform.", Items: []ScopeItem{{Sort: "system", ID: sys.ID, In: true}}, Exclusions: []ScopeLine{}, Interfaces: []ScopeLine{}}}).want(200)
	mia := s.colleague(access.Manager, "Mia")
	s.post("/isms/scope/soc2/send", nil).want(200)
	s.call(call{method: "POST", path: "/isms/scope/soc2/decide", token: mia, body: Verdict{Yes: true}}).want(200)
	var l List[ScopeMismatch]
	s.get("/isms/scope/mismatches?open=true").want(200).into(&l)
	if l.Total != 1 || l.Items[0].Kind != "no-scope" || !l.Items[0].Pitfall {
		t.Fatalf("%+v", l)
	}
	m := l.Items[0]
	wrong := ScopeRuling{Mismatches: []ScopeShown{{m.Key, "as it was once"}}, Choice: "deliberate", Reason: "No certificate is planned."}
	s.post("/isms/scope/decisions", wrong).want(409)
	right := wrong
	right.Mismatches = []ScopeShown{{m.Key, m.Fingerprint}}
	bare := right
	bare.Reason = ""
	s.refuses("/isms/scope/decisions", bare, "body.reason")
	var sc SystemScope
	s.post("/isms/scope/decisions", right).want(200).into(&sc)
	if sc.Mismatches != 1 || sc.Open != 0 {
		t.Errorf("%+v", sc)
	}
	s.get("/isms/scope/mismatches?open=false").want(200).into(&l)
	if l.Total != 1 || l.Items[0].Decision == nil || l.Items[0].Decision.Choice != "deliberate" {
		t.Errorf("%+v", l)
	}
}

// refuses checks that a body is objected to, and that the objection names the field.
func (s *site) refuses(path string, body any, location string) {
	s.t.Helper()
	p := s.post(path, body).want(422).problem()
	if len(p.Errors) == 0 || p.Errors[0].Location != location || p.Detail == "" {
		s.t.Errorf("%s: want %s named: %+v", path, location, p)
	}
}

func TestARowOfTheStatementSaysWhatPeopleSayAndWhatIsDerived(t *testing.T) {
	s := newSite(t)
	var r StatementRow
	s.get("/isms/statement/rows/A.5.15").want(200).into(&r)
	if !r.Included || r.Claim != "" || r.State != "absent" || len(r.Remarks) == 0 || r.Remarks[0].Cure == "" {
		t.Fatalf("%+v", r)
	}
	say := StatementText{Included: true, Claim: "implemented", Owner: s.ann.ID, Reasons: []StatementReason{{"contractual", "Northwind asks for it"}}}
	s.edit("/isms/statement/rows/A.5.15", say).want(200).into(&r)
	if r.Claim != "implemented" || r.Agreement != "ahead" || r.Owner != s.ann.ID || r.Said == "" {
		t.Errorf("%+v", r)
	}
	s.call(call{method: "PUT", path: "/isms/statement/rows/A.5.15", body: say}).want(428)
	s.call(call{method: "PUT", path: "/isms/statement/rows/A.5.15", body: say, header: map[string]string{"If-Match": `"old"`}}).want(412)
	s.edit("/isms/statement/rows/A.7.4", StatementText{WhyOut: "There are no premises."}).want(200)
	var l List[StatementRow]
	s.get("/isms/statement/rows?included=false").want(200).into(&l)
	if l.Total != 1 || l.Items[0].Code != "A.7.4" || l.Items[0].State != "excluded" {
		t.Errorf("%+v", l)
	}
	if s.get("/isms/statement/rows?agreement=ahead").want(200).into(&l); l.Total != 1 {
		t.Errorf("%d rows claim more than is shown, want 1", l.Total)
	}
	var st Statement
	s.get("/isms/statement").want(200).into(&st)
	if st.Rows != 93 || st.Excluded != 1 || st.Claims["implemented"] != 1 || st.Remarks["stop"] == 0 {
		t.Errorf("%+v", st)
	}
	if p := s.post("/isms/statement/versions", Note{"The first."}).want(409).problem(); !strings.Contains(p.Detail, "remarks stop it") {
		t.Errorf("%+v", p)
	}
	s.get("/isms/statement/rows/A.9.9").want(404)
	s.refuses("/isms/statement/rows", StatementText{Included: true, Reasons: []StatementReason{{"business", ""}}}, "body.own_title")
	s.refuses("/isms/statement/many", StatementMany{Rows: []string{"A.5.16"}, Include: true, Exclude: "No."}, "body.exclude")
	if p := s.edit("/isms/statement/rows/A.7.5", StatementText{}).want(422).problem(); p.Errors[0].Location != "body.why_out" {
		t.Errorf("%+v", p)
	}
}

func TestTheStatementIsSentApprovedAndTakenAlong(t *testing.T) {
	s := newSite(t)
	var all List[StatementRow]
	s.get("/isms/statement/rows?limit=200").want(200).into(&all)
	many := StatementMany{Add: []StatementReason{{"best_practice", ""}}, Claim: "planned", On: "2026-12-31", Owner: s.ann.ID}
	for _, r := range all.Items {
		many.Rows = append(many.Rows, r.Code)
	}
	s.post("/isms/statement/many", many).want(200)
	mia := s.colleague(access.Manager, "Mia")
	var v StatementVersion
	s.post("/isms/statement/versions", Note{"The first."}).want(200).into(&v)
	if v.State != "sent" || v.Number != 1 || v.Rows != 93 {
		t.Fatalf("%+v", v)
	}
	s.call(call{method: "POST", path: "/isms/statement/versions/" + v.ID + "/decide", token: mia, body: Verdict{Yes: true}}).want(200)
	var f StatementFrozen
	kept := s.get("/isms/statement/versions/" + v.ID).want(200).into(&f)
	if f.State != "approved" || f.Evidence == "" || len(f.Entries) != 93 || f.Entries[0].Claim != "planned" || f.Entries[0].On != "2026-12-31" || !strings.Contains(kept.body, `"on":"2026-12-31"`) {
		t.Errorf("%+v", f.StatementVersion)
	}
	for format, begin := range map[string]string{"csv": "Control", "xlsx": "PK", "oscal": "{", "pdf": "%PDF"} {
		r := s.get("/isms/statement/export?format=" + format + "&version=" + v.ID).want(200)
		if !strings.HasPrefix(strings.TrimLeft(r.body, "\ufeff"), begin) || !strings.HasPrefix(r.header.Get("Content-Disposition"), "attachment") {
			t.Errorf("%s: %.40q %v", format, r.body, r.header)
		}
	}
}

func TestSurroundingsAreKept(t *testing.T) {
	s := newSite(t)
	var p Party
	made := s.post("/isms/parties", PartyText{Name: "Customers", Side: "external", Needs: "Their data stays theirs.", Basis: []string{"contract"}, ReviewEvery: "P1Y"}).want(201).into(&p)
	if p.Code != "IP-01" || p.Reviewed != "2026-03-01" || p.Due != "2027-03-01" || made.header.Get("Location") != "/api/v1/o/meridian/isms/parties/IP-01" {
		t.Fatalf("%+v %v", p, made.header)
	}
	s.edit("/isms/parties/IP-01", PartyText{Name: "Customers", Side: "external", Needs: "Their data stays theirs.", How: "By encryption."}).want(200)
	var after Party
	if s.get("/isms/parties/IP-01").want(200).into(&after); after.Version != 2 || after.How != "By encryption." || len(after.Basis) != 0 { // what the body leaves out is gone
		t.Errorf("%+v", after)
	}
	s.refuses("/isms/parties", PartyText{Name: "X", Side: "external", Needs: "y", Basis: []string{"mood"}}, "body.basis")
	s.refuses("/isms/parties", PartyText{Name: "X", Side: "external", Needs: "y", Owner: "nobody"}, "body.owner")
	s.post("/isms/parties/IP-01/retire", Reason{"They are all gone."}).want(200)
	var l List[Party]
	if s.get("/isms/parties").want(200).into(&l); l.Total != 0 {
		t.Errorf("%d parties count, want none", l.Total)
	}
	if s.get("/isms/parties?retired=true").want(200).into(&l); l.Total != 1 || l.Items[0].Retired != "They are all gone." {
		t.Errorf("%+v", l)
	}
	s.post("/isms/parties/IP-01/confirm", Note{}).want(409)
	s.post("/isms/parties/IP-01/return", nil).want(200)
	s.post("/isms/parties/IP-01/confirm", Note{"Asked them."}).want(200)
	var h List[EntryPast]
	if s.get("/isms/parties/IP-01/history").want(200).into(&h); h.Total != 5 || h.Items[4].What != "Entered" {
		t.Errorf("%+v", h)
	}

	var i Issue
	s.post("/isms/issues", IssueText{Side: "internal", Topic: "Growth", Text: "Many join."}).want(201).into(&i)
	s.edit("/isms/issues/"+i.Code, IssueText{Side: "internal", Topic: "Growth", Text: "Very many join."}).want(200).into(&i)
	if i.Text != "Very many join." {
		t.Errorf("%+v", i)
	}
	s.refuses("/isms/issues", IssueText{Side: "internal", Topic: "X", Text: "y", Requirements: []string{"iso27001-2022:99"}}, "body.requirements")

	var o List[Offered]
	s.get("/isms/shipped/parties").want(200).into(&o)
	var took Seeded
	s.post("/isms/shipped/parties/adopt", Codes{[]string{o.Items[0].Code, o.Items[1].Code}}).want(200).into(&took)
	if s.get("/isms/shipped/parties").want(200).into(&o); took.Adopted != 2 || !o.Items[0].Taken || o.Items[2].Taken {
		t.Errorf("%+v, %+v", took, o.Items[:3])
	}

	var c Climate
	if s.get("/isms/climate").want(200).into(&c); c.State != "missing" {
		t.Errorf("%+v", c)
	}
	s.refuses("/isms/climate", NewClimate{Why: "No."}, "body.why")
	s.post("/isms/climate", NewClimate{Relevant: true, Why: "Heat waves reach our server rooms."}).want(200)
	if s.get("/isms/climate").want(200).into(&c); c.State != "current" || c.Due != "2027-03-01" || !c.Decisions[0].Relevant {
		t.Errorf("%+v", c)
	}
}

func TestTheManagementSystemGoesOutAndComesBackAsAFile(t *testing.T) {
	s := newSite(t)
	s.keepsCycle()
	for _, noun := range []string{"parties", "issues", "obligations", "statement"} {
		file := s.get("/isms/" + noun + "/export?format=xlsx").want(200)
		if !strings.HasPrefix(file.body, "PK") || !strings.HasPrefix(file.header.Get("Content-Disposition"), "attachment") {
			t.Errorf("%s: %.20q %v", noun, file.body, file.header)
		}
		var r SheetImport
		s.post("/isms/"+noun+"/import?dry_run=true", &upload{noun + ".xlsx", file.body}).want(200).into(&r)
		if len(r.Created) != 0 || len(r.Updated) != 0 || len(r.Faults) != 0 || r.Unchanged == 0 {
			t.Errorf("%s: what left does not come back as it was: %+v", noun, r)
		}
	}
	var r SheetImport
	s.post("/isms/parties/import", &upload{"parties.csv", "Party,Side,Needs\nRegulator,external,Answers\n"}).want(200).into(&r)
	var l List[Party]
	if s.get("/isms/parties").want(200).into(&l); len(r.Created) != 1 || l.Total != 2 || l.Items[1].Name != "Regulator" {
		t.Errorf("%+v, %+v", r, l)
	}
	s.post("/isms/parties/import", &upload{"parties.csv", "Party\nRegulator\n"}).want(422)
	if r := s.get("/isms/objectives/export").want(200); !strings.Contains(r.body, "Everybody is trained") {
		t.Errorf("%.100s", r.body)
	}
}

func TestAnObjectiveIsMeasured(t *testing.T) {
	s := newSite(t)
	goal := ObjectiveText{Title: "Restores work", Metric: "Share that worked", Unit: "percent", Target: ">=95", MeasureEvery: "P1M", From: "2026-01-01", Owner: s.ann.ID}
	var o Objective
	s.post("/isms/objectives", goal).want(201).into(&o)
	if o.Code == "" || o.State != "awaited" && o.State != "no_data" || len(o.Lacking) != 5 {
		t.Fatalf("%+v", o)
	}
	bad := goal
	bad.Target = "many"
	s.refuses("/isms/objectives", bad, "body.target")
	path := "/isms/objectives/" + o.Code
	s.refuses(path+"/measures", NewMeasure{On: "2026-01-15", Known: "value", Num: 48, Den: 50}, "body.item") // a value needs what it was read from
	proof := s.proven("restores.txt", "48 of 50 worked.\n")
	var m Measure
	s.post(path+"/measures", NewMeasure{On: "2026-01-15", Known: "value", Num: 48, Den: 50, Item: proof}).want(200).into(&m)
	if m.Value != 96 || m.Share != "48 of 50" {
		t.Errorf("%+v", m)
	}
	var l List[ObjectivePeriod]
	s.get(path + "/periods").want(200).into(&l)
	if l.Total != 3 || l.Items[2].From != "2026-01-01" || l.Items[2].Verdict != "met" || l.Items[2].Measure == nil || l.Items[0].Verdict != "running" {
		t.Errorf("%+v", l)
	}
	goal.Target, goal.From = ">=99", ""
	s.edit(path, goal).want(200).into(&o)
	if s.get(path + "/periods").want(200).into(&l); o.Target != ">=99" || o.From != "2026-01-01" || l.Items[2].Target != ">=95" {
		t.Errorf("a new target reaches back: %+v, %+v", o, l.Items[2])
	}
}

func TestAnObligationFallsDueAndIsMet(t *testing.T) {
	s := newSite(t)
	duty := ObligationText{Title: "Look at access", Every: "P1M", Basis: "own", Kind: "access-review-record", Person: s.ann.ID, Closes: "person"}
	var o Obligation
	s.post("/isms/obligations", duty).want(201).into(&o)
	if o.Code != "OBL-101" || o.Present == nil || len(o.Holders) != 1 || o.Holders[0] != "Ann Example" {
		t.Fatalf("%+v", o)
	}
	late := duty
	late.From = "2025-01-01"
	s.refuses("/isms/obligations", late, "body.from")
	path := "/isms/obligations/OBL-101"
	due := o.Present.Due
	proof := s.proven("review.txt", "All accounts.\n")
	s.post(path+"/done", Doing{Due: due, Item: proof, Note: "All of them."}).want(200)
	var acts List[ObligationAct]
	if s.get(path + "/acts").want(200).into(&acts); acts.Total != 1 || acts.Items[0].Item != proof || acts.Items[0].ByName != "Ada" {
		t.Fatalf("%+v", acts)
	}
	var l List[Occurrence]
	s.get(path + "/occurrences?limit=200").want(200).into(&l)
	state := map[string]string{}
	for _, x := range l.Items {
		state[x.Due] = x.State
	}
	if state[due] != "done" {
		t.Errorf("%s: %v", due, state)
	}
	s.refuses("/isms/obligation-acts/"+acts.Items[0].ID+"/undone", Why{}, "body.why")
	s.post("/isms/obligation-acts/"+acts.Items[0].ID+"/undone", Why{"It was another system."}).want(200)
	s.now = s.now.Add(20 * 24 * time.Hour) // what is read is older than the day of the change
	s.token = s.newToken(s.boss, access.Grantable(access.Administrator), s.now.Add(time.Hour))
	s.get(path).want(200).into(&o)
	o.Every = "P3M"
	s.edit(path, ObligationChange{o.ObligationText, "Once a month was too often."}).want(200).into(&o)
	if o.Every != "P3M" || o.From != "2026-03-21" {
		t.Errorf("what was read comes back changed from today on: %+v", o)
	}
	s.edit(path, ObligationChange{o.ObligationText, "Once more."}).want(409) // nothing is left of the change before that could be one
	s.post(path+"/end", Why{"Another one asks it."}).want(200)
	var list List[Obligation]
	if s.get("/isms/obligations?state=ended").want(200).into(&list); list.Total != 1 {
		t.Errorf("%+v", list)
	}
	con := s.colleague(access.Contributor, "Con") // neither does it nor keeps the management system
	s.call(call{method: "POST", path: path + "/done", token: con, body: Doing{Due: due}}).want(404)
}

func TestDatesOfAuditsStandInTheCalendarAndAtTheGate(t *testing.T) {
	s := newSite(t)
	visit := AuditDateText{Kind: "stage_1", From: "2026-09-01", To: "2026-09-02", State: "booked", Fee: "12500", Currency: "EUR"}
	var d AuditDate
	s.post("/isms/plan", visit).want(201).into(&d)
	if d.Fee != "12500.00" || d.Currency != "EUR" {
		t.Errorf("%+v", d)
	}
	s.refuses("/isms/plan", AuditDateText{Kind: "stage_1", From: "2026-09-03", To: "2026-09-02", State: "booked"}, "body.to")
	d.Note = "By video."
	s.edit("/isms/plan/"+d.ID, AuditDateChange{d.AuditDateText, "They asked for it."}).want(200).into(&d)
	if d.Note != "By video." || d.Fee != "12500.00" {
		t.Errorf("what was read comes back changed: %+v", d)
	}
	if again := s.get("/isms/plan/" + d.ID).want(200); strings.Contains(again.body, "They asked for it.") {
		t.Errorf("the reason of the last change stands where the next one belongs: %s", again.body)
	}
	var l List[CalendarEntry]
	s.get("/calendar?from=2026-08-01&to=2026-09-30&kind=audit").want(200).into(&l)
	if l.Total == 0 || l.Items[0].Ref != d.ID || l.Items[0].From != "2026-09-01" {
		t.Errorf("%+v", l)
	}
	for _, last := range []string{"2026-07-01", "2036-08-02"} {
		if p := s.get("/calendar?from=2026-08-01&to=" + last).want(422).problem(); len(p.Errors) != 1 || p.Errors[0].Location != "query.to" {
			t.Errorf("to %s: %+v", last, p)
		}
	}
	s.get("/calendar?from=2026-08-01").want(422)
	var g List[Gate]
	s.get("/isms/gates").want(200).into(&g)
	if g.Total != 1 || g.Items[0].Audit != d.ID || g.Items[0].Stage != "stage-1" || len(g.Items[0].Lines) == 0 || g.Items[0].Blockers == 0 || g.Items[0].Verdict == "" {
		t.Errorf("%+v", g)
	}
	var one Gate
	s.get("/isms/gate?kind=stage_2&from=2026-12-01").want(200).into(&one)
	if one.Stage != "stage-2" || one.Audit != "" || one.Honest == "" {
		t.Errorf("%+v", one)
	}
	var dry DryRun
	s.get("/isms/documents/iso27001-2022").want(200).into(&dry)
	if len(dry.Lines) == 0 || dry.Counts["missing"] == 0 {
		t.Errorf("%+v", dry.Counts)
	}
	s.get("/isms/documents/none").want(404)
}

func TestAnInternalAuditIsPlannedCarriedOutAndClosed(t *testing.T) {
	s := newSite(t)
	s.follows("iso27001-2022")
	plan := AuditText{Title: "Internal audit of audits", PeriodFrom: "2026-01-01", PeriodTo: "2026-02-28", StartsOn: "2026-03-01", EndsOn: "2026-03-05", Outside: []string{"Eva Extern"}, Auditees: []string{s.ann.ID}}
	for _, id := range []string{"9.2.1", "9.2.2", "9.3.1", "9.3.2", "9.3.3"} {
		plan.Scope = append(plan.Scope, Ref{"iso27001-2022", id})
	}
	var a Audit
	s.post("/isms/audits", plan).want(201).into(&a)
	bad := plan
	bad.PeriodTo = "2025-01-01"
	s.refuses("/isms/audits", bad, "body.period_to")
	path := "/isms/audits/" + a.ID
	plan.Method = "Interviews."
	var d AuditDetail
	s.edit(path, plan).want(200).into(&d)
	if d.Code != "IA-2026-1" || d.State != "planned" || len(d.Missing) != 0 || len(d.Team) != 1 || d.Method != "Interviews." {
		t.Fatalf("%+v", d)
	}
	s.post(path+"/begin", nil).want(200)
	s.call(call{method: "PUT", path: path, body: plan, header: map[string]string{"If-Match": "*"}}).want(409)
	var lines, page List[AuditLine]
	s.get(path + "/lines?limit=200").want(200).into(&lines)
	if lines.Total == 0 {
		t.Fatal("no lines")
	}
	s.refuses(path+"/lines/"+lines.Items[0].ID+"/answer", LineAnswer{Answer: "conforms", Auditor: d.Team[0].ID}, "body.note")
	answered := 0
	for next := ""; ; next = "&cursor=" + page.Next { // a line that is answered leaves the list
		page = List[AuditLine]{}
		s.get(path + "/lines?answer=none&limit=2" + next).want(200).into(&page)
		for _, l := range page.Items {
			answer := LineAnswer{Answer: "conforms", Note: "Seen on the day, in the register.", Auditor: d.Team[0].ID}
			if answered == 0 {
				answer.Answer = "fails"
			}
			s.post(path+"/lines/"+l.ID+"/answer", answer).want(200)
			answered++
		}
		if page.Next == "" {
			break
		}
	}
	if answered != lines.Total || answered < 5 {
		t.Errorf("page by page %d of %d lines were answered", answered, lines.Total)
	}
	s.post(path+"/report", AuditReport{"All was seen.", "It works."}).want(409) // what fails has no finding yet
	var f Raised
	s.post(path+"/lines/"+lines.Items[0].ID+"/findings", AuditFinding{Kind: "nonconformity", Grade: "minor", Reason: "Once.", Title: "One audit was late", Statement: "It came in May."}).want(200).into(&f)
	s.get(path + "/lines?answer=fails").want(200).into(&lines)
	if lines.Total != 1 || len(lines.Items[0].Findings) != 1 || lines.Items[0].Findings[0] != f.Code {
		t.Errorf("%+v", lines)
	}
	s.post(path+"/report", AuditReport{"All was seen.", "It works."}).want(200).into(&d)
	if d.State != "reported" || d.Report == "" {
		t.Errorf("%+v", d)
	}
	s.post(path+"/close", nil).want(200).into(&d)
	if d.State != "closed" || d.EndedAt == nil {
		t.Errorf("%+v", d)
	}
	s.post(path+"/cancel", Reason{"Too late."}).want(409)
}

// TestACursorOfWhatLeftTheListIsRefused: nobody knows where the next page began.
func TestACursorOfWhatLeftTheListIsRefused(t *testing.T) {
	s := newSite(t)
	s.follows("iso27001-2022")
	for _, title := range []string{"First", "Second", "Third"} {
		s.post("/isms/audits", AuditText{Title: title, PeriodFrom: "2026-01-01", PeriodTo: "2026-02-28", StartsOn: "2026-03-01", EndsOn: "2026-03-05", Scope: []Ref{{"iso27001-2022", "9.2.1"}}, Outside: []string{"Eva Extern"}, Auditees: []string{s.ann.ID}}).want(201)
	}
	var page List[Audit]
	s.get("/isms/audits?state=planned&limit=1").want(200).into(&page)
	next := "/isms/audits?state=planned&limit=1&cursor=" + page.Next
	s.get(next).want(200)
	s.post("/isms/audits/"+page.Items[0].ID+"/cancel", Reason{"It was merged with another."}).want(200)
	if p := s.get(next).want(409).problem(); p.Code != problem.Conflict || p.Errors[0].Location != "query.cursor" {
		t.Errorf("%+v", p)
	}
}

func TestTheProgrammeIsBegunAndReplanned(t *testing.T) {
	s := newSite(t)
	s.follows("iso27001-2022")
	var p Programme
	if s.get("/isms/programme").want(200).into(&p); p.Begun {
		t.Errorf("%+v", p)
	}
	s.refuses("/isms/programme", Quarter{"spring"}, "body.quarter")
	s.post("/isms/programme", Quarter{"2026 Q2"}).want(200).into(&p)
	if !p.Begun || p.From != "2026 Q2" || p.To != "2029 Q1" || p.Entries == 0 || p.Asked == 0 {
		t.Fatalf("%+v", p)
	}
	var l List[ProgrammeEntry]
	s.get("/isms/programme/entries").want(200).into(&l)
	e := l.Items[0]
	path := "/isms/programme/entries/" + e.ID
	e.Quarter = "2026 Q4"
	s.edit(path, Replanned{e.ProgrammeEntryText, "People are away."}).want(200).into(&e)
	if e.Quarter != "2026 Q4" || e.Moved != 1 {
		t.Errorf("%+v", e)
	}
	s.refuses(path+"/drop", Reason{}, "body.reason")
	s.post(path+"/drop", Reason{"Another one covers it."}).want(200)
	if s.get(path).want(200).into(&e); !e.Dropped {
		t.Errorf("%+v", e)
	}
	var c List[CoverageRow]
	if s.get("/isms/programme/coverage?open=unplanned").want(200).into(&c); c.Total == 0 || len(c.Items[0].Years) != 3 {
		t.Errorf("%+v", c)
	}
}

func TestAManagementReviewIsHeldAndItsMinutesApproved(t *testing.T) {
	s := newSite(t)
	var r Review
	s.post("/isms/reviews", ReviewText{Title: "First review", On: "2026-03-01", Participants: []string{s.ann.ID}}).want(201).into(&r)
	s.refuses("/isms/reviews", ReviewText{Title: "x", On: "soon", Participants: []string{s.ann.ID}}, "body.on")
	path := "/isms/reviews/" + r.Code
	s.get(path + "/pack").want(404)
	s.post(path+"/bring", AgendaWords{map[string]string{"MR-09": "Customers praised the support."}}).want(200)
	if r := s.post(path+"/preview", nil).want(200); !strings.Contains(r.body, "praised the support") {
		t.Errorf("the pack leaves out what was brought: %.200s", r.body)
	}
	var d ReviewDetail
	s.post(path+"/freeze", nil).want(200).into(&d)
	if d.State != "prepared" || d.Pack == "" {
		t.Fatalf("%+v", d)
	}
	if r := s.get(path + "/pack").want(200); !strings.Contains(r.body, "praised the support") {
		t.Errorf("%.200s", r.body)
	}
	var agenda List[AgendaPoint]
	s.get("/isms/agenda?limit=200").want(200).into(&agenda)
	words := map[string]string{}
	for _, a := range agenda.Items {
		switch a.Use {
		case "minutes":
			words[a.Key] = "Heard, and taken note of."
		case "decision":
			s.post(path+"/decisions", ReviewDecisionText{Item: a.Key, Unchanged: true, Why: "It works."}).want(200)
		}
	}
	s.post(path+"/minutes", AgendaWords{words}).want(200).into(&d)
	if len(d.Written) != len(words) || len(d.Lacks) == 0 { // nobody was marked as having been there
		t.Errorf("%d points written, lacks %q", len(d.Written), d.Lacks)
	}
	s.post(path+"/send", nil).want(409)
	var dropped ReviewDecision
	s.post(path+"/decisions/"+d.Decided[0].ID, ReviewDecisionText{Item: d.Decided[0].Item, Words: "Train everybody.", Why: "They asked.", Effect: "Fewer slips.", Owner: s.ann.ID, Due: "2026-09-30"}).want(200).into(&dropped)
	s.post(path+"/decisions/"+dropped.ID+"/drop", nil).want(200)
	s.post(path+"/cancel", Reason{}).want(422)
	s.post(path+"/cancel", Reason{"Half of us were ill."}).want(200).into(&d)
	if d.State != "cancelled" || d.Reason == "" {
		t.Errorf("%+v", d)
	}
}

func TestAGapAnalysisIsLedThroughItsSteps(t *testing.T) {
	s := newSite(t)
	s.follows("soc2-2017", "iso27001-2022")
	s.refuses("/gap/analyses", NewAnalysis{"One", "soc2-2017", "soc2-2017"}, "body.to")
	var a Analysis
	s.post("/gap/analyses", NewAnalysis{"First certification", "soc2-2017", "iso27001-2022"}).want(201).into(&a)
	path := "/gap/analyses/" + a.ID
	s.refuses(path+"/steps/1", StepMove{Act: "complete"}, "body.note")
	var d AnalysisStepDetail
	s.post(path+"/steps/1", StepMove{"complete", "Nothing is on paper only."}).want(200).into(&d)
	if d.Stage != "done" || d.Kept == nil || d.Today == nil || len(d.Acts) != 1 || len(d.Kept.Facts) == 0 {
		t.Fatalf("%+v", d)
	}
	s.post(path+"/steps/1", StepMove{"note", "More."}).want(409)
	s.post(path+"/steps/1", StepMove{"reopen", "A control was forgotten."}).want(200)
	if s.get(path).want(200).into(&a); a.Done != 0 || a.Steps[0].Stage != "under_way" {
		t.Errorf("%+v", a.Steps[0])
	}
	var w GapWorkMade
	s.post(path+"/work", GapWork{[]string{"9.2.1"}, s.ann.ID, "2026-09-30"}).want(200).into(&w)
	s.refuses(path+"/work", GapWork{[]string{"none"}, s.ann.ID, "2026-09-30"}, "body.requirements")
	if w.Actions != 1 {
		t.Errorf("%+v", w)
	}
	viewer := s.colleague(access.Viewer, "Val") // may see the analysis, not the risks it rests on
	var seen AnalysisStepDetail
	s.call(call{method: "GET", path: path + "/steps/2", token: viewer}).want(200).into(&seen)
	if seen.Today != nil {
		t.Errorf("a viewer sees what the second step rests on: %+v", seen)
	}
	s.get(path + "/steps/6").want(422)
}

func TestAReviewOfTheCrosswalkIsBegunAnsweredAndClosed(t *testing.T) {
	s := newSite(t)
	s.follows("soc2-2017", "iso27001-2022")
	var pairs List[MappingPair]
	s.get("/crosswalk/pairs").want(200).into(&pairs)
	if pairs.Total == 0 {
		t.Fatal("no pairs")
	}
	var r MappingReview
	s.post("/crosswalk/reviews", NewLook{pairs.Items[0].A, pairs.Items[0].B}).want(200).into(&r)
	if r.ID == "" || r.Lines == 0 || len(r.Items) != r.Lines || r.Left != r.Lines {
		t.Fatalf("%d lines, %d left", r.Lines, r.Left)
	}
	path := "/crosswalk/reviews/" + r.ID
	s.post(path+"/close", Words{"Done."}).want(409)
	s.refuses(path+"/answer", LookAnswer{Items: []string{r.Items[0].ID}, Answer: "change"}, "body.note")
	var ids []string
	for _, i := range r.Items {
		ids = append(ids, i.ID)
	}
	s.post(path+"/answer", LookAnswer{Items: ids, Answer: "true"}).want(200).into(&r)
	if r.Left != 0 || r.Items[0].Answer != "true" {
		t.Errorf("%d left", r.Left)
	}
	s.post(path+"/close", Words{"All is as it was."}).want(200)
	var l List[MappingReview]
	if s.get("/crosswalk/reviews").want(200).into(&l); l.Total != 1 || l.Items[0].ClosedAt == nil || l.Items[0].Words != "All is as it was." {
		t.Errorf("%+v", l)
	}
}

func TestAnOwnerAnswersForTheirControl(t *testing.T) {
	s := newSite(t)
	con := s.member(access.Contributor, "Con")
	owner, err := s.People.Add(t.Context(), s.boss, people.Person{Name: "Con", Email: "con@meridian.test"}, s.now)
	s.must(err)
	s.must(s.People.LinkAccount(t.Context(), s.boss, owner.ID, con.Account(), s.now))
	c, err := s.Controls.Create(t.Context(), s.boss, control.Control{Code: "AC-01", Title: "Named accounts", Owner: owner.ID, Status: control.Operated}, s.now)
	s.must(err)
	s.must(s.Crosswalk.SetLinks(t.Context(), s.boss, c.ID, []crosswalk.Link{{Ref: framework.Ref{Framework: "soc2-2017", ID: "CC6.1"}}}, s.now))
	s.refuses("/confirmation-rounds", NewRound{Due: "2026-02-01"}, "body.due")
	var b RoundBegun
	s.post("/confirmation-rounds", NewRound{Due: "2026-04-01"}).want(200).into(&b)
	var l List[Question]
	s.get("/confirmation-rounds/" + b.ID + "/questions?person=" + owner.ID).want(200).into(&l)
	if b.Asked != 1 || l.Total != 1 || l.Items[0].Control != "AC-01" || l.Items[0].State != "waiting" {
		t.Fatalf("%+v %+v", b, l)
	}
	q := l.Items[0]
	path := "/confirmation-questions/" + q.ID + "/answer"
	s.post(path, Saying{Version: q.Version, Reply: "yes"}).want(404) // only who was asked
	mine := s.newToken(con, access.Grantable(access.Contributor), s.now.Add(time.Hour))
	if p := s.call(call{method: "POST", path: path, token: mine, body: Saying{Version: q.Version, Reply: "no"}}).want(422).problem(); p.Errors[0].Location != "body.reason" {
		t.Errorf("%+v", p)
	}
	s.call(call{method: "POST", path: path, token: mine, body: Saying{Version: q.Version, Reply: "no", Reason: "Two share one account."}}).want(200)
	var back List[Backing]
	s.get("/confirmations?backing=contradicted").want(200).into(&back)
	if back.Total != 1 || back.Items[0].Control != "AC-01" || back.Items[0].Reason != "Two share one account." {
		t.Errorf("%+v", back)
	}
	s.post("/confirmation-rounds/"+b.ID+"/due", Day{"2026-02-01"}).want(422)
}
