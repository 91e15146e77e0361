package isms

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/toucan-grc/toucan/internal/cadence"
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
		{"no age is asked", two, "MG-31", trail(t, "corrective-action-record", "2027-03-01"), GateReady, "2027-03-01"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			l := line(t, GateFor(tt.audit, tt.trail, 0, today, nil), tt.id)
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
		{"planned for long after", trail(t), []cadence.Date{day(t, "2028-02-10")}, GateMissing},
		{"held", trail(t, "management-review-minutes", "2026-11-01"), nil, GateReady},
	} {
		if l := line(t, GateFor(audit, tt.held, 0, today, tt.planned), "MG-13"); l.State != tt.want {
			t.Errorf("%s: got %s, want %s", tt.name, l.State, tt.want)
		}
	}
}

func TestTheEarliestHonestDateIsThatOfTheLastLine(t *testing.T) {
	today, audit := day(t, "2026-11-26"), plan(t, "stage_1 2026-12-10")[0]
	g := GateFor(audit, trail(t), 0, today, nil)
	if g.Honest != today+60 { // the risk method has to be two months old
		t.Errorf("earliest honest date %s, want %s", g.Honest, today+60)
	}
	if g.Blockers != 7 || g.Majors != 7 || g.Ready != 0 || len(g.Lines) != 14 {
		t.Errorf("%d blockers, %d majors, %d ready of %d lines", g.Blockers, g.Majors, g.Ready, len(g.Lines))
	}
	if !strings.Contains(g.Verdict, "too early") {
		t.Errorf("verdict: %s", g.Verdict)
	}
	later := GateFor(plan(t, "stage_1 2027-01-25")[0], trail(t), 0, today, nil)
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
	if l := line(t, GateFor(visit, c.Trail, c.since(visit), today, nil), "MG-32"); l.State != GateMissing {
		t.Errorf("an audit from before the last visit counts: %s", l.Why)
	}
	c.Trail = trail(t, "internal-audit-report", "2026-02-04")
	if l := line(t, GateFor(visit, c.Trail, c.since(visit), today, nil), "MG-32"); l.State != GateReady {
		t.Errorf("an audit from the day after the last visit does not count: %s", l.Why)
	}
}

func TestAWindowIsLookedAtItself(t *testing.T) {
	today := day(t, "2026-11-26")
	for _, tt := range []struct {
		window string
		want   GateState
	}{{"2027-01-01 2027-03-31", GateReady}, {"2027-01-01 2027-03-01", GateYoung}, {"2027-02-01 2027-04-30", GateReady}, {"2027-02-01 2027-04-29", GateYoung}, {"2027-07-01 2027-09-29", GateYoung}} {
		audit := plan(t, "soc2_type_2 "+tt.window)[0]
		if l := line(t, GateFor(audit, trail(t), 0, today, nil), "MG-35"); l.State != tt.want {
			t.Errorf("%s: %s (%s), want %s", tt.window, l.State, l.Why, tt.want)
		}
	}
	audit := plan(t, "soc2_type_2 2026-05-01 2026-10-31")[0]
	if l := line(t, GateFor(audit, trail(t, "access-review-record", "2026-04-30"), 0, today, nil), "MG-36"); l.State != GateMissing {
		t.Errorf("what was done the day before the window counts in it: %s", l.Why)
	}
	if l := line(t, GateFor(audit, trail(t, "access-review-record", "2026-10-31"), 0, today, nil), "MG-36"); l.State != GateReady {
		t.Errorf("what was done on the last day of the window does not count in it: %s", l.Why)
	}
}

func TestWhatSOC2EvidenceCarries(t *testing.T) {
	g := GateFor(plan(t, "stage_2 2027-03-01")[0], trail(t), 0, day(t, "2026-11-26"), nil)
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
	if l := line(t, GateFor(audit, half, 0, today, nil), wholeCase); l.State != GateMissing {
		t.Errorf("a case nobody checked is %s", l.State)
	}
	if l := line(t, GateFor(audit, trail(t, "nonconformity-log", "2026-06-01"), 0, today, nil), wholeCase); l.State != GateReady {
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
