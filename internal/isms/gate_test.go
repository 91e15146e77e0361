package isms

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/toucan-grc/toucan/internal/cadence"
	"github.com/toucan-grc/toucan/internal/finding"
	"github.com/toucan-grc/toucan/internal/framework"
	"github.com/toucan-grc/toucan/internal/policy"
)

func line(t testing.TB, g Gate, id string) GateLine {
	t.Helper()
	i := slices.IndexFunc(g.Lines, func(l GateLine) bool { return l.ID == id })
	if i < 0 {
		t.Fatalf("%s is not asked at %s", id, g.Stage)
	}
	return g.Lines[i]
}

// trail makes records of "kind day" pairs.
func trail(t testing.TB, pairs ...string) *Trail {
	var list []Record
	for i := 0; i < len(pairs); i += 2 {
		list = append(list, Record{Kind: pairs[i], ID: pairs[i] + pairs[i+1], At: noon(t, pairs[i+1]), Whole: true})
	}
	return NewTrail(list, cadence.In(time.UTC))
}

func TestALineOfTheGate(t *testing.T) {
	today := day(t, "2026-11-26")
	one, two := plan(t, "stage_1 2027-01-25")[0], plan(t, "stage_2 2027-03-01")[0]
	for _, tt := range []struct {
		name  string
		audit Engagement
		id    string
		trail *Trail
		want  GateState
		ready string
	}{
		{"old enough to the day", one, "MG-01", trail(t, "isms-scope", "2026-12-26"), GateReady, "2027-01-25"},
		{"a day too young", one, "MG-01", trail(t, "isms-scope", "2026-12-27"), GateYoung, "2027-01-26"},
		{"of several the oldest counts", one, "MG-01", trail(t, "isms-scope", "2027-01-20", "isms-scope", "2026-06-01"), GateReady, "2026-07-01"},
		{"missing, and made today early enough", one, "MG-01", trail(t), GateMissing, "2026-12-26"},
		{"missing, and made today old enough on the day itself", one, "MG-05", trail(t), GateMissing, "2027-01-25"},
		{"made after the audit it is none", one, "MG-01", trail(t, "isms-scope", "2027-02-01"), GateMissing, "2026-12-26"},
		{"another kind that shows the same", one, "MG-03", trail(t, "policy-approval", "2026-10-01"), GateReady, "2026-10-31"},
		{"too few", two, "MG-19", trail(t, "metrics-report", "2026-09-01", "metrics-report", "2026-12-01"), GateFew, "2026-11-30"},
		{"enough and old enough", two, "MG-19", trail(t, "metrics-report", "2026-09-01", "metrics-report", "2026-10-01", "metrics-report", "2026-11-01"), GateReady, "2026-11-30"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			l := line(t, GateFor(tt.audit, tt.trail, GatePast{}, today), tt.id)
			if l.State != tt.want || l.ReadyOn.String() != tt.ready {
				t.Errorf("got %s, ready on %s (%s); want %s, %s", l.State, l.ReadyOn, l.Why, tt.want, tt.ready)
			}
		})
	}
}

func TestForAManagementReviewADateIsEnoughAtStageOne(t *testing.T) {
	today, audit := day(t, "2026-11-26"), plan(t, "stage_1 2027-01-25")[0]
	for _, tt := range []struct {
		name    string
		held    *Trail
		planned []cadence.Date
		want    GateState
	}{
		{"neither", trail(t), nil, GateMissing},
		{"planned", trail(t), []cadence.Date{day(t, "2027-02-10")}, GatePlanned},
		{"planned for a day that is over", trail(t), []cadence.Date{day(t, "2026-11-01")}, GateMissing},
		{"planned for the last day of three months", trail(t), []cadence.Date{day(t, "2027-04-25")}, GatePlanned},
		{"planned for a day later", trail(t), []cadence.Date{day(t, "2027-04-26")}, GateMissing},
		{"held", trail(t, "management-review-minutes", "2026-11-01"), nil, GateReady},
	} {
		if l := line(t, GateFor(audit, tt.held, GatePast{Planned: tt.planned}, today), "MG-13"); l.State != tt.want {
			t.Errorf("%s: got %s, want %s", tt.name, l.State, tt.want)
		}
	}
}

func TestAPlannedReviewComesBeforeStageTwo(t *testing.T) {
	today, audit := day(t, "2026-11-26"), plan(t, "stage_1 2027-01-25")[0]
	for on, want := range map[string]GateState{"2027-02-28": GatePlanned, "2027-03-01": GateMissing} {
		past := GatePast{Planned: []cadence.Date{day(t, on)}, Next: plan(t, "stage_2 2027-03-01")[0]}
		if l := line(t, GateFor(audit, trail(t), past, today), "MG-13"); l.State != want {
			t.Errorf("a review on %s before stage 2 on 1 March: %s, want %s", on, l.State, want)
		}
	}
}

func TestTheEarliestHonestDateIsThatOfTheLastLine(t *testing.T) {
	today, audit := day(t, "2026-11-26"), plan(t, "stage_1 2026-12-10")[0]
	g := GateFor(audit, trail(t), GatePast{}, today)
	if g.Honest != today+60 { // the risk method has to be two months old
		t.Errorf("earliest honest date %s, want %s", g.Honest, today+60)
	}
	if g.Blockers != 7 || g.Majors != 7 || g.Ready != 0 || len(g.Lines) != 14 {
		t.Errorf("%d blockers, %d majors, %d ready of %d lines", g.Blockers, g.Majors, g.Ready, len(g.Lines))
	}
	if !strings.Contains(g.Verdict, "too early") {
		t.Errorf("verdict: %s", g.Verdict)
	}
	later := GateFor(plan(t, "stage_1 2027-01-25")[0], trail(t), GatePast{}, today)
	if later.Honest > later.Audit.From || !strings.Contains(later.Verdict, "can be kept") {
		t.Errorf("two months ahead: honest %s, verdict %s", later.Honest, later.Verdict)
	}
	if !later.Lines[0].Blocker {
		t.Errorf("%s comes first, and is no blocker", later.Lines[0].Item)
	}
}

func TestASurveillanceVisitLooksAtTheTimeSinceTheLast(t *testing.T) {
	today := day(t, "2026-11-26")
	c := cycle{Engagements: plan(t, "stage_2 2026-02-01 2026-02-03 held", "surveillance 2027-01-20"), Today: today, Trail: trail(t, "internal-audit-report", "2026-01-15")}
	visit := c.Engagements[1]
	if l := line(t, GateFor(visit, c.Trail, c.past(visit, nil, nil), today), "MG-32"); l.State != GateMissing {
		t.Errorf("an audit from before the last visit counts: %s", l.Why)
	}
	c.Trail = trail(t, "internal-audit-report", "2026-02-04", "management-review-minutes", "2026-02-04")
	if l := line(t, GateFor(visit, c.Trail, c.past(visit, nil, nil), today), "MG-32"); l.State != GateReady {
		t.Errorf("what is from the day after the last visit does not count: %s", l.Why)
	}
}

func TestASurveillanceVisitWantsAuditAndReview(t *testing.T) {
	today, visit := day(t, "2026-11-26"), plan(t, "surveillance 2027-01-20")[0]
	for _, tt := range []struct {
		name  string
		trail *Trail
		want  GateState
		ready string
	}{
		{"an audit alone", trail(t, "internal-audit-report", "2026-06-01"), GateMissing, "2026-12-26"},
		{"a review alone", trail(t, "management-review-minutes", "2026-06-01"), GateMissing, "2026-12-26"},
		{"a review that is too young", trail(t, "internal-audit-report", "2026-06-01", "management-review-minutes", "2027-01-01"), GateYoung, "2027-01-31"},
		{"both", trail(t, "internal-audit-report", "2026-06-01", "management-review-minutes", "2026-12-21"), GateReady, "2027-01-20"},
	} {
		if l := line(t, GateFor(visit, tt.trail, GatePast{}, today), "MG-32"); l.State != tt.want || l.ReadyOn.String() != tt.ready {
			t.Errorf("%s: %s on %s (%s), want %s on %s", tt.name, l.State, l.ReadyOn, l.Why, tt.want, tt.ready)
		}
	}
}

func TestNoConcernIsToldFromNoneAnswered(t *testing.T) {
	today := day(t, "2026-11-26")
	two, visit := plan(t, "stage_2 2027-03-01")[0], plan(t, "surveillance 2027-03-01")[0]
	one, last := plan(t, "stage_1 2026-10-01 2026-10-02 held")[0], plan(t, "stage_2 2026-03-01 2026-03-03 held")[0]
	raised := func(pairs ...string) []Concern {
		var out []Concern
		for i := 0; i < len(pairs); i += 2 {
			c := Concern{Code: "F-00" + string(rune('1'+i/2)), On: day(t, pairs[i])}
			if pairs[i+1] != "" {
				c.Answered = day(t, pairs[i+1])
			}
			out = append(out, c)
		}
		return out
	}
	report := trail(t, "certification-report", "2026-10-10")
	own := NewTrail([]Record{{Kind: "corrective-action-record", ID: "f", At: noon(t, "2026-10-10"), Own: true}}, cadence.In(time.UTC))
	for _, tt := range []struct {
		name  string
		audit Engagement
		id    string
		trail *Trail
		past  GatePast
		want  GateState
		says  string
	}{
		{"stage 1 is in no plan", two, "MG-31", report, GatePast{}, GateMissing, "Enter it in the plan"},
		{"stage 1 is to come", two, "MG-31", trail(t), GatePast{Before: plan(t, "stage_1 2027-01-10")[0]}, GatePlanned, "10 Jan 2027"},
		{"stage 1 is on its last day", two, "MG-31", trail(t), GatePast{Before: plan(t, "stage_1 2026-11-25 2026-11-26")[0]}, GatePlanned, "25 Nov 2026"},
		{"stage 1 is over, and nobody said that it was held", two, "MG-31", report, GatePast{Before: plan(t, "stage_1 2026-11-20 2026-11-25")[0]}, GateMissing, "not entered as held"},
		{"held, and nothing tells what it found", two, "MG-31", trail(t), GatePast{Visit: one}, GateMissing, "nothing tells whether there was any"},
		{"held, and something else was put right", two, "MG-31", own, GatePast{Visit: one}, GateMissing, "nothing tells whether there was any"},
		{"held, and a record of a correction was filed", two, "MG-31", trail(t, "corrective-action-record", "2026-10-10"), GatePast{Visit: one}, GateMissing, "nothing tells whether there was any"},
		{"a report from before the visit", two, "MG-31", trail(t, "certification-report", "2026-09-30"), GatePast{Visit: one}, GateMissing, "nothing tells"},
		{"a report of the day to come", two, "MG-31", trail(t, "certification-report", "2026-11-27"), GatePast{Visit: one}, GateMissing, "nothing tells"},
		{"held without a concern", two, "MG-31", report, GatePast{Visit: one}, GateReady, "No concern"},
		{"one of two answered", two, "MG-31", report, GatePast{Visit: one, Concerns: raised("2026-10-02", "2026-11-01", "2026-10-02", "")}, GateFew, "Open: F-002"},
		{"all answered", two, "MG-31", report, GatePast{Visit: one, Concerns: raised("2026-10-02", "2026-11-01", "2026-10-02", "2027-03-01")}, GateReady, "2 concerns"},
		{"answered a day after the audit", two, "MG-31", report, GatePast{Visit: one, Concerns: raised("2026-10-02", "2027-03-02")}, GateFew, "0 of 1"},
		{"one of an earlier visit that is open still", two, "MG-31", report, GatePast{Visit: one, Concerns: raised("2025-01-01", "")}, GateFew, "Open: F-001"},
		{"one of an earlier visit that was answered then", two, "MG-31", trail(t), GatePast{Visit: one, Concerns: raised("2025-01-01", "2025-02-01")}, GateMissing, "nothing tells"},
		{"one of an earlier visit that was answered since", two, "MG-31", trail(t), GatePast{Visit: one, Concerns: raised("2025-01-01", "2026-11-01")}, GateMissing, "nothing tells"},
		{"of the last visit, effective for long enough", visit, "MG-33", trail(t), GatePast{Visit: last, Concerns: raised("2026-03-03", "2026-12-31")}, GateReady, "1 concern"},
		{"of the last visit, a day too young", visit, "MG-33", trail(t), GatePast{Visit: last, Concerns: raised("2026-03-03", "2027-01-01")}, GateYoung, "60 days"},
	} {
		if l := line(t, GateFor(tt.audit, tt.trail, tt.past, today), tt.id); l.State != tt.want || !strings.Contains(l.Why, tt.says) {
			t.Errorf("%s: %s (%s), want %s: %s", tt.name, l.State, l.Why, tt.want, tt.says)
		}
	}
}

func TestTheGateKnowsTheVisitsBefore(t *testing.T) {
	c := cycle{Engagements: plan(t, "stage_1 2026-01-10 2026-01-11 held", "stage_2 2026-03-01 2026-03-03 held", "surveillance 2027-01-20", "surveillance 2027-11-20", "stage_2 2028-03-01")}
	for _, tt := range []struct{ id, since, visit, before, next string }{
		{"a", "", "", "", "b"}, {"b", "", "a", "", "e"}, {"c", "2026-03-04", "b", "", "e"}, {"d", "2026-03-04", "b", "c", "e"}, {"e", "", "a", "", ""},
	} {
		e := c.Engagements[slices.IndexFunc(c.Engagements, func(e Engagement) bool { return e.ID == tt.id })]
		p := c.past(e, nil, nil)
		if p.Since.String() != tt.since || p.Visit.ID != tt.visit || p.Before.ID != tt.before || p.Next.ID != tt.next {
			t.Errorf("%s: since %q, visit %q, before %q, next %q; want %+v", tt.id, p.Since, p.Visit.ID, p.Before.ID, p.Next.ID, tt)
		}
	}
}

func TestWhatIsDoneAgainAndAgainIsDoneInTheWindow(t *testing.T) {
	access := duty(t, "OBL-16", "2026-01-01", "P3M", 7)
	access.Texts[0].Requirements = []framework.Ref{{Framework: "soc2-2017", ID: "CC6.2"}}
	iso := duty(t, "OBL-17", "2026-01-01", "P3M", 7)
	iso.Texts[0].Kind = "vendor-register"
	now := noon(t, "2026-11-26")
	window := plan(t, "soc2_type_2 2026-05-01 2026-10-31")[0]
	for _, tt := range []struct {
		name  string
		audit Engagement
		done  []string
		want  GateState
		says  string
	}{
		{"never", window, nil, GateFew, "0 were met in it. Not met once: OBL-16."},
		{"before the window", window, []string{"2026-03-20"}, GateFew, "Not met once: OBL-16."},
		{"before the window, for a period that ends in it", window, []string{"2026-04-10"}, GateFew, "0 were met in it. Not met once: OBL-16."},
		{"before a window that runs, and not due in it again", plan(t, "soc2_type_2 2026-11-01 2027-02-28")[0], []string{"2026-10-20"}, GateFew, "0 were met in it. Done before it, and to be done once more in it: OBL-16."},
		{"before a window that runs, and due in it again", plan(t, "soc2_type_2 2026-11-01 2027-04-30")[0], []string{"2026-10-20"}, GateReady, "0 were met in it. Still to be met: OBL-16."},
		{"once", window, []string{"2026-08-20"}, GateReady, "1 were met in it."},
		{"still to come", plan(t, "soc2_type_2 2026-11-01 2027-01-31")[0], nil, GateReady, "Still to be met: OBL-16."},
	} {
		c := cycle{Now: now, Today: day(t, "2026-11-26"), Binding: Binding{Zones: cadence.In(time.UTC)}, Obligations: []Obligation{access, iso}}
		records := of(t, "badge-review-record", tt.done...)
		records = append(records, of(t, "access-review-record", "2026-08-20", "2026-11-20")...)
		c.Trail = NewTrail(records, c.Binding.Zones)
		if l := line(t, GateFor(tt.audit, c.Trail, c.past(tt.audit, nil, nil), c.Today), "MG-36"); l.State != tt.want || !strings.Contains(l.Why, tt.says) {
			t.Errorf("%s: %s (%s), want %s: %s", tt.name, l.State, l.Why, tt.want, tt.says)
		}
	}
}

func TestAListCountsForTheWindowItSpeaksOf(t *testing.T) {
	today := day(t, "2026-11-26")
	window, running := plan(t, "soc2_type_2 2026-05-01 2026-10-31")[0], plan(t, "soc2_type_2 2026-09-01 2027-02-28")[0]
	list := func(on, from, to string) *Trail {
		r := Record{Kind: "population-record", ID: "p", At: noon(t, on), Own: true}
		if from != "" {
			r.Speaks = cadence.Days{From: day(t, from), To: day(t, to)}
		}
		return NewTrail([]Record{r}, cadence.In(time.UTC))
	}
	for _, tt := range []struct {
		name  string
		audit Engagement
		trail *Trail
		want  GateState
	}{
		{"none", window, trail(t), GateMissing},
		{"taken after the window, of all of it", window, list("2026-11-10", "2026-05-01", "2026-10-31"), GateReady},
		{"taken in the window, of the year before", window, list("2026-06-10", "2025-01-01", "2025-12-31"), GateMissing},
		{"of the first half", window, list("2026-08-10", "2026-05-01", "2026-07-31"), GateFew},
		{"of what is over of a window that runs", running, list("2026-11-10", "2026-09-01", "2026-10-31"), GatePlanned},
		{"filed without saying of what", running, list("2026-11-10", "", ""), GatePlanned},
		{"taken in a window that is over, of all of it", window, list("2026-08-10", "2026-05-01", "2026-10-31"), GateFew},
		{"taken before the window, of all of it", window, list("2026-04-10", "2026-04-01", "2026-10-31"), GateMissing},
	} {
		if l := line(t, GateFor(tt.audit, tt.trail, GatePast{}, today), "MG-37"); l.State != tt.want {
			t.Errorf("%s: %s (%s), want %s", tt.name, l.State, l.Why, tt.want)
		}
	}
}

func TestAWindowIsLookedAtItself(t *testing.T) {
	today := day(t, "2026-11-26")
	for _, tt := range []struct {
		window string
		want   GateState
	}{{"2027-01-01 2027-03-31", GateReady}, {"2027-01-01 2027-03-01", GateYoung}, {"2027-02-01 2027-04-30", GateReady}, {"2027-02-01 2027-04-29", GateYoung}, {"2027-07-01 2027-09-29", GateYoung}} {
		audit := plan(t, "soc2_type_2 "+tt.window)[0]
		if l := line(t, GateFor(audit, trail(t), GatePast{}, today), "MG-35"); l.State != tt.want {
			t.Errorf("%s: %s (%s), want %s", tt.window, l.State, l.Why, tt.want)
		}
	}
	audit := plan(t, "soc2_type_2 2026-05-01 2026-10-31")[0]
	if l := line(t, GateFor(audit, trail(t, "access-review-record", "2026-04-30"), GatePast{}, today), "MG-36"); l.State != GateMissing {
		t.Errorf("what was done the day before the window counts in it: %s", l.Why)
	}
	if l := line(t, GateFor(audit, trail(t, "access-review-record", "2026-10-31"), GatePast{}, today), "MG-36"); l.State != GateReady {
		t.Errorf("what was done on the last day of the window does not count in it: %s", l.Why)
	}
}

func TestWhatSOC2EvidenceCarries(t *testing.T) {
	g := GateFor(plan(t, "stage_2 2027-03-01")[0], trail(t), GatePast{}, day(t, "2026-11-26"))
	for id, only := range map[string]bool{"MG-15": true, "MG-17": true, "MG-18": true, "MG-21": false, "MG-22": false, "MG-24": false, "MG-26": false} { // R35
		l := line(t, g, id)
		if l.ISOOnly != only || l.Carries == "" {
			t.Errorf("%s %s: nothing replaces it = %t (%q), want %t", id, l.Item, l.ISOOnly, l.Carries, only)
		}
	}
}

func TestOnlyAWholeCaseShowsThatNonconformitiesAreHandled(t *testing.T) {
	today, audit := day(t, "2026-11-26"), plan(t, "stage_2 2027-03-01")[0]
	half := NewTrail([]Record{{Kind: "nonconformity-log", ID: "f", At: noon(t, "2026-06-01")}}, cadence.In(time.UTC))
	if l := line(t, GateFor(audit, half, GatePast{}, today), wholeCase); l.State != GateMissing {
		t.Errorf("a case nobody checked is %s", l.State)
	}
	if l := line(t, GateFor(audit, trail(t, "nonconformity-log", "2026-06-01"), GatePast{}, today), wholeCase); l.State != GateReady {
		t.Errorf("a whole case is %s", l.State)
	}
}

func TestTheDryRun(t *testing.T) {
	today := day(t, "2026-11-26")
	policies := []PolicyFact{
		{Slug: "our-isp", Title: "Information Security Policy", Template: "information-security", State: policy.Published, Number: "1.0", On: day(t, "2026-05-01"), ReviewDue: day(t, "2027-05-01")},
		{Slug: "risk", Title: "Risk Management", Template: "risk-management", State: policy.Approved, Number: "1.0", On: today},
		{Slug: "isms", Title: "ISMS", Template: "isms-scope-and-management", State: policy.Published, Number: "1.0", On: day(t, "2025-05-01"), ReviewDue: day(t, "2026-05-01")},
		{Slug: "access-control", Title: "Access", State: policy.Draft, Number: "0.1", On: today}, // not made from the template, but called so
	}
	tr := trail(t, "isms-scope", "2026-11-20", "soa", "2026-06-01", "competence-record", "2026-06-01", "risk-acceptance", "2026-06-01")
	tr.kinds["competence-record"][0].Lapses = day(t, "2026-11-01")
	out := map[framework.Ref]string{{Framework: "iso27001-2022", ID: "A.8.32"}: "We change nothing."}
	d := DryRunOf("iso27001-2022", plan(t, "stage_1 2026-12-10")[0], tr, policies, out, today)
	want := map[string]DocumentState{
		"Top-level security policy":                        DocumentExists,
		"How risks are found and scored":                   DocumentNotYet,
		"How the management system is run (customary)":     DocumentLapsed,
		"Where the management system begins and ends":      DocumentYoung,
		"Which controls apply and why":                     DocumentExists,
		"Proof that people have the skills":                DocumentLapsed,
		"Risk owners' approval of plan and remaining risk": DocumentExists,
		"Rules for access":                                 DocumentNotYet,
		"Results of internal audits":                       DocumentMissing,
		"Rules for change":                                 DocumentExcluded,
		"Rules for using information and assets":           DocumentMissing,
	}
	seen := 0
	for _, l := range d.Lines {
		if w, ok := want[l.Label]; ok {
			seen++
			if l.State != w || l.Why == "" {
				t.Errorf("%s: %s (%s), want %s", l.Label, l.State, l.Why, w)
			}
		}
	}
	if seen != len(want) {
		t.Errorf("%d of %d lines were found", seen, len(want))
	}
	total := 0
	for _, n := range d.Counts {
		total += n
	}
	if total != len(d.Lines) || len(d.Lines) != 77 {
		t.Errorf("%d lines, %d counted, want 77", len(d.Lines), total)
	}
}

func TestTheAdviser(t *testing.T) {
	none := AdviceFigures{}
	for _, tt := range []struct {
		name string
		a    AdviceAnswers
		f    AdviceFigures
		want AdvicePath
	}{
		{"American buyers who name it", AdviceAnswers{"us", "soc2", "nothing", "months6", "small", "no"}, none, SOC2First},
		{"European buyers who name it", AdviceAnswers{"world", "iso", "nothing", "months12", "middle", "no"}, none, ISOFirst},
		{"both ask, and there is a Type 2 report", AdviceAnswers{"both", "both", "type2", "months12", "middle", "no"}, none, ISOFirst},
		{"both ask, and there is a certificate", AdviceAnswers{"both", "both", "iso", "months12", "middle", "no"}, none, SOC2First},
		{"nobody asked", AdviceAnswers{"unknown", "nobody", "nothing", "months12", "middle", "no"}, none, Either},
		{"figures alone tip no scale", AdviceAnswers{"unknown", "nobody", "nothing", "months12", "middle", "no"}, AdviceFigures{SOC2: FigureFor(50, 40), ISO: FigureFor(100, 10)}, Either},
	} {
		t.Run(tt.name, func(t *testing.T) {
			a, whole := tt.a.Checked()
			if !whole {
				t.Fatal("an answer is none of the choices")
			}
			got := Advise(a, tt.f)
			if got.First != tt.want {
				t.Errorf("got %s: %+v", got.First, got)
			}
			text := got.Title + got.Text + strings.Join(got.Steps, "\n")
			for _, r := range slices.Concat(got.For, got.Against, got.Also) {
				text += r.Text
			}
			for _, never := range []string{"SOC 2 certif", "certified", "guarantee", "SOC2"} {
				if strings.Contains(text, never) {
					t.Errorf("it says %q", never)
				}
			}
			if !strings.Contains(got.Text, "not a finding") {
				t.Error("it does not say that it is a weighing")
			}
		})
	}
	if _, whole := (AdviceAnswers{Buyers: "mars"}).Checked(); whole {
		t.Error("an answer that is no choice is taken")
	}
}

func TestAnActionAfterTheCheckLeavesAConcernUnanswered(t *testing.T) {
	checked := noon(t, "2026-10-20")
	for said, want := range map[string]string{"2026-10-20": "2026-10-20", "2026-10-21": ""} {
		f := finding.Finding{Worked: "yes", CheckedOn: day(t, "2026-10-20"), CheckedAt: checked, Actions: finding.Tally{Done: 1, LastSaid: noon(t, said)}}
		if got := concernOf(f).Answered.String(); got != want {
			t.Errorf("checked on 20 October, the last action said to be done on %s: answered on %q, want %q", said, got, want)
		}
	}
}
