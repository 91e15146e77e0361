package standing

import (
	"slices"
	"testing"
	"time"

	"github.com/toucan-grc/toucan/internal/cadence"
	"github.com/toucan-grc/toucan/internal/control"
	"github.com/toucan-grc/toucan/internal/framework"
	"github.com/toucan-grc/toucan/internal/gap"
	"github.com/toucan-grc/toucan/internal/posture"
)

func soc2(t *testing.T) *framework.Framework {
	t.Helper()
	f, ok := framework.Shipped().Find("soc2-2017")
	if !ok {
		t.Fatal("SOC 2 does not ship")
	}
	return f
}

func find(list []Rested, id string) Rested {
	return list[slices.IndexFunc(list, func(r Rested) bool { return r.Requirement.ID == id })]
}

func TestWhatARequirementRestsOn(t *testing.T) {
	f := soc2(t)
	own := Reading{Framework: f, Outside: map[string]bool{"A1.1": true},
		Operated: map[string][]string{"CC6.1": {"AC-10", "AC-2"}, "CC6.2": {"AC-3"}, "A1.1": {"BC-1"}},
		Own: map[string]posture.Own{
			"CC6.2": {Coverage: posture.Partial, By: []posture.Claim{{Code: "AC-4"}}, Residual: []string{"Add the rest."}},
			"CC6.3": {Coverage: posture.None},
		}}
	list := own.Rests()
	for _, tt := range []struct {
		id, why string
		want    posture.Coverage
		codes   []string
		first   string
	}{
		{"CC6.1", "an operated control that is tagged to it is taken to meet it, AC-2 before AC-10", posture.Full, []string{"AC-2", "AC-10"}, ""},
		{"CC6.2", "adopted controls say more than a tag", posture.Partial, []string{"AC-4"}, "Add the rest."},
		{"CC6.3", "adopted controls that touch nothing leave it open", posture.None, nil, ""},
		{"CC6.6", "nothing at all", posture.None, nil, ""},
		{"A1.1", "out of scope, whatever is tagged to it", posture.NotApplicable, nil, ""},
	} {
		got := find(list, tt.id)
		if got.Coverage != tt.want || !slices.Equal(got.Codes, tt.codes) || got.First != tt.first {
			t.Errorf("%s (%s): %s by %q, first %q", tt.id, tt.why, got.Coverage, got.Codes, got.First)
		}
	}
}

func TestReadThroughAnotherFrameworkTheReportDecides(t *testing.T) {
	f := soc2(t)
	report := &gap.Report{}
	for _, q := range f.Asked() {
		report.Requirements = append(report.Requirements, gap.Requirement{ID: q.ID, Coverage: posture.None})
	}
	at := 0
	for i, q := range f.Asked() {
		if q.ID == "CC6.1" {
			at = i
		}
	}
	report.Requirements[at] = gap.Requirement{ID: "CC6.1", Coverage: posture.Full, By: []gap.By{{Controls: []string{"AC-4"}}, {Controls: []string{"AC-2", "AC-4"}}}}
	got := find(Reading{Framework: f, Report: report, Operated: map[string][]string{"CC6.1": {"XX-1"}}}.Rests(), "CC6.1")
	if got.Coverage != posture.Full || !slices.Equal(got.Codes, []string{"AC-2", "AC-4"}) {
		t.Errorf("%+v", got)
	}
}

func TestAControlNobodyKnowsKeepsARequirementFromBeingReady(t *testing.T) {
	now, closed := time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC), time.Date(2026, 1, 2, 8, 0, 0, 0, time.UTC) // the list of the year is taken after it
	b := &Book{ReadAt: now, codes: map[string]int{"AC-2": 0}, places: map[string]int{"c1": 0},
		Operations: []posture.Operation{{Control: "c1", Code: "AC-2", Kind: control.Event, Since: cadence.On(2025, 1, 1),
			Proofs: []posture.Proof{{Captured: posture.MomentOf(closed), Filed: posture.MomentOf(closed), Period: cadence.Days{From: cadence.On(2025, 1, 1), To: cadence.On(2025, 12, 31)}, Accepts: posture.ByAll}}}}}
	asked := Asked{Window: cadence.Days{From: cadence.On(2025, 1, 1), To: cadence.On(2025, 12, 31)}}
	r := b.Readiness(Reading{Framework: soc2(t), Operated: map[string][]string{"CC6.1": {"AC-2"}, "CC6.2": {"AC-2", "GONE-1"}}}, asked, now)
	for _, q := range r.Requirements {
		switch q.ID {
		case "CC6.1":
			if q.Readiness != posture.Ready || q.Next != "" {
				t.Errorf("CC6.1 is %s: %s", q.Readiness, q.Next)
			}
		case "CC6.2":
			if q.Readiness != posture.Unshown || q.Controls[0].Code != "GONE-1" || q.Next != "Nothing shows how GONE-1 operates." {
				t.Errorf("CC6.2 is %s by %+v: %s", q.Readiness, q.Controls, q.Next)
			}
		case "CC6.3":
			if q.Readiness != posture.Open || q.Next == "" {
				t.Errorf("CC6.3 is %s: %q", q.Readiness, q.Next)
			}
		}
	}
}
