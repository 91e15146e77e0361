package risk

import (
	"strings"
	"testing"

	"github.com/toucan-grc/toucan/internal/problem"
)

func TestHowFarControlsLetAScoreGo(t *testing.T) {
	prevent := func(s ControlState) Support {
		return Support{Control: "p" + string(s), Code: "P", Nature: "preventive", State: s}
	}
	restore := func(s ControlState) Support {
		return Support{Control: "r" + string(s), Code: "R", Nature: "restoring", State: s}
	}
	for _, tt := range []struct {
		name         string
		list         []Support
		likely, hard int
	}{
		{"no control", nil, 0, 0},
		{"tested", []Support{prevent(OperatingTested)}, 2, 0},
		{"not tested", []Support{prevent(OperatingUntested)}, 1, 0},
		{"designed only", []Support{prevent(DesignedOnly)}, 0, 0},
		{"two tested are three at most", []Support{prevent(OperatingTested), prevent(OperatingTested)}, 3, 0},
		{"each acts on its scale", []Support{prevent(OperatingTested), restore(OperatingUntested)}, 2, 1},
		{"detecting acts on impact", []Support{{Control: "d", Nature: "detective", State: OperatingTested}}, 0, 2},
		{"limiting acts on impact", []Support{{Control: "c", Nature: "corrective", State: OperatingTested}}, 0, 2},
		{"of no known nature: on nothing", []Support{{Control: "x", Nature: "magic", State: OperatingTested}}, 0, 0},
	} {
		l := Shipped().Limits(tt.list)
		if l[0].Steps != tt.likely || l[1].Steps != tt.hard || l[0].Why == "" || l[1].Why == "" {
			t.Errorf("%s: %+v", tt.name, l)
		}
	}
}

func TestControlsCarryTheWayDown(t *testing.T) {
	m := Shipped()
	list := []Support{
		{Control: "a", Code: "AC-01", Nature: "preventive", State: OperatingTested},
		{Control: "b", Code: "BK-01", Nature: "restoring", State: OperatingUntested},
		{Control: "c", Code: "CH-01", Nature: "preventive", State: OperatingUntested},
	}
	relied, err := m.Spread(Point{5, 4}, Point{2, 3}, list)
	if err != nil || len(relied) != 3 || relied[0].Control != "a" || relied[0].Steps != 2 || relied[1].Control != "c" || relied[1].Steps != 1 || relied[2].Control != "b" || relied[2].Axis != Impact {
		t.Fatalf("%+v, %v", relied, err)
	}
	if err := m.CheckRelied(Point{5, 4}, Point{2, 3}, relied, list); err != nil {
		t.Errorf("what was spread does not hold: %v", err)
	}
	for _, tt := range []struct {
		to    Point
		field string
	}{{Point{1, 4}, "likelihood"}, {Point{5, 2}, "impact"}} {
		if _, err := m.Spread(Point{5, 4}, tt.to, list); err == nil || problem.Of(err).Field != tt.field {
			t.Errorf("to %v: %v", tt.to, err)
		}
	}
	for name, bad := range map[string][]Relied{
		"too much for its state":   {{Control: "c", Axis: Likelihood, Steps: 2}},
		"another scale":            {{Control: "a", Axis: Impact, Steps: 1}},
		"a control nobody named":   {{Control: "z", Axis: Likelihood, Steps: 1}},
		"twice":                    {{Control: "a", Axis: Likelihood, Steps: 1}, {Control: "a", Axis: Likelihood, Steps: 1}},
		"less than the score says": {{Control: "a", Axis: Likelihood, Steps: 1}},
	} {
		if err := m.CheckRelied(Point{5, 4}, Point{3, 4}, bad, list); err == nil {
			t.Errorf("%s is taken", name)
		}
	}
}

func TestAFailingControlGivesItsStepsBackAtOnce(t *testing.T) {
	m := Shipped()
	relied := []Relied{{Control: "a", Code: "AC-01", Axis: Likelihood, Steps: 2}, {Control: "b", Code: "BK-01", Axis: Impact, Steps: 1}}
	for _, tt := range []struct {
		name string
		a, b ControlState
		want Point
	}{
		{"both carry", OperatingTested, OperatingUntested, Point{3, 3}},
		{"one is no longer tested", OperatingUntested, OperatingUntested, Point{4, 3}},
		{"one fails", DesignedOnly, OperatingTested, Point{5, 3}},
		{"both fail", DesignedOnly, DesignedOnly, Point{5, 4}},
		{"nothing is known", "", "", Point{5, 4}},
	} {
		e := m.Effective(Point{3, 3}, relied, map[string]Operating{"a": {State: tt.a}, "b": {State: tt.b}})
		if e.Point != tt.want || (e.Why() == "") != (e.Point == Point{3, 3}) {
			t.Errorf("%s: %v, %q", tt.name, e.Point, e.Why())
		}
	}
	e := m.Effective(Point{3, 3}, relied, nil)
	if !strings.Contains(e.Why(), "AC-01 gave back 2 steps of likelihood") {
		t.Errorf("why: %s", e.Why())
	}
}

func TestSecondScoresAreDrawnReproducibly(t *testing.T) {
	m := Shipped()
	ids := make([]string, 100)
	for i := range ids {
		ids[i] = "risk-" + string(rune('a'+i%26)) + strings.Repeat("x", i/26)
	}
	for _, tt := range []struct{ n, want int }{{0, 0}, {3, 3}, {5, 5}, {25, 5}, {26, 6}, {50, 10}, {100, 20}} {
		if got := len(m.Choose("seed", ids[:tt.n])); got != tt.want {
			t.Errorf("of %d: %d, want %d", tt.n, got, tt.want)
		}
	}
	first := strings.Join(m.Choose("2026", ids), " ")
	turned := append([]string(nil), ids[50:]...)
	if again := strings.Join(m.Choose("2026", append(turned, ids[:50]...)), " "); again != first {
		t.Error("the order of the register changes the draw")
	}
	if strings.Join(m.Choose("2027", ids), " ") == first {
		t.Error("another year draws the same risks")
	}
}

func TestWhetherTheScalesHold(t *testing.T) {
	same, one, two := Pair{Point{3, 3}, Point{3, 3}}, Pair{Point{3, 3}, Point{2, 4}}, Pair{Point{3, 3}, Point{3, 5}}
	for _, tt := range []struct {
		name  string
		pairs []Pair
		apart int
		loose bool
	}{
		{"none", nil, 0, false},
		{"a step apart is no difference", []Pair{same, one, one, one}, 0, false},
		{"a quarter is tolerated", []Pair{two, one, same, same}, 1, false},
		{"more than a quarter is not", []Pair{two, one, same}, 1, true},
	} {
		if a := Shipped().Agree(tt.pairs); a.Apart != tt.apart || a.Loose != tt.loose || a.Why == "" {
			t.Errorf("%s: %+v", tt.name, a)
		}
	}
}
