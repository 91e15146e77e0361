package risk

import (
	"strings"
	"testing"

	"github.com/toucan-grc/toucan/internal/cadence"
	"github.com/toucan-grc/toucan/internal/problem"
)

func TestTheRulesAboveTheNumber(t *testing.T) {
	for _, tt := range []struct {
		name   string
		facts  Facts
		within bool
		limit  int
		lacks  bool
		breach bool
	}{
		{"8 lies within", Facts{Point: Point{2, 4}}, true, 8, false, false},
		{"9 lies outside", Facts{Point: Point{3, 3}}, false, 8, false, false},
		{"people: 5 lies within", Facts{Point: Point{5, 1}, People: true}, true, 5, false, false},
		{"people: 6 lies outside", Facts{Point: Point{2, 3}, People: true}, false, 5, false, false},
		{"impact 5 needs a contingency", Facts{Point: Point{1, 5}}, true, 8, true, false},
		{"impact 5 with a contingency", Facts{Point: Point{1, 5}, Contingency: true}, true, 8, false, false},
		{"impact 4 needs none", Facts{Point: Point{2, 4}}, true, 8, false, false},
		{"a breach is never within", Facts{Point: Point{1, 1}, Breach: true}, false, 8, false, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			v := Shipped().Judge(tt.facts)
			if v.Within != tt.within || v.Limit != tt.limit || (v.Lacks != "") != tt.lacks || v.Breach != tt.breach || v.Why == "" {
				t.Errorf("%+v", v)
			}
		})
	}
}

// Who may accept what for how long, by hand from section 6 of the method: the last
// day is counted from 15 May 2026.
func TestWhoMayAccept(t *testing.T) {
	on := cadence.On(2026, 5, 15)
	holders := map[string][]string{"leadership-team": {"lead", "chief"}, "chief-executive": {"chief"}, "security-officer": {"officer"}}
	for _, tt := range []struct {
		name string
		at   Point
		by   []string // who may, of everybody
		last string
		plan bool // asked for
	}{
		{"low, 4", Point{2, 2}, []string{"owner"}, "2027-05-15", false},
		{"moderate, 5", Point{5, 1}, []string{"owner"}, "2027-05-15", false},
		{"moderate, 8", Point{4, 2}, []string{"owner"}, "2027-05-15", false},
		{"elevated, 9", Point{3, 3}, []string{"chief", "lead"}, "2026-11-15", false},
		{"elevated, 12", Point{3, 4}, []string{"chief", "lead"}, "2026-11-15", false},
		{"high, 15", Point{5, 3}, []string{"chief"}, "2026-08-15", true},
		{"high, 16", Point{4, 4}, []string{"chief"}, "2026-08-15", true},
		{"severe, 20", Point{5, 4}, []string{"chief"}, "2026-06-14", true},
		{"severe, 25", Point{5, 5}, []string{"chief"}, "2026-06-14", true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			last, err := cadence.ParseDate(tt.last)
			if err != nil {
				t.Fatal(err)
			}
			c := Case{Facts: Facts{Point: tt.at, Contingency: true}, Scored: true, Owner: "owner", Scorers: []string{"officer"}, Holders: holders, Planned: true, On: on, Until: last, Name: func(id string) string { return "Name of " + id }}
			var may []string
			for _, who := range []string{"chief", "lead", "officer", "owner", "stranger", ""} {
				c.Acceptor, c.Account = who, "account of "+who
				err := Shipped().MayAccept(c)
				if err == nil {
					may = append(may, who)
					continue
				}
				if p := problem.Of(err); p.Code != problem.Forbidden || !strings.Contains(p.Text, "Name of "+tt.by[0]) {
					t.Errorf("%s is refused with %v, which names nobody who may", who, err)
				}
			}
			if strings.Join(may, " ") != strings.Join(tt.by, " ") {
				t.Errorf("%v may accept, want %v", may, tt.by)
			}
			c.Acceptor = tt.by[0]
			c.Until = last + 1
			if err := Shipped().MayAccept(c); err == nil || problem.Of(err).Field != "until" {
				t.Errorf("a day longer: %v", err)
			}
			c.Until, c.Planned = last, false
			if err := Shipped().MayAccept(c); (err != nil) != tt.plan {
				t.Errorf("without a plan: %v", err)
			}
		})
	}
}

func TestWhatStandsInTheWayOfAcceptance(t *testing.T) {
	on := cadence.On(2026, 5, 15)
	good := Case{Facts: Facts{Point: Point{2, 3}, Contingency: true}, Scored: true, Owner: "owner", Acceptor: "owner", Account: "a-owner", Scorers: []string{"other"}, Holders: map[string][]string{"leadership-team": {"lead"}},
		On: on, Until: on + 30, Name: func(id string) string { return id }}
	if err := Shipped().MayAccept(good); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name string
		turn func(*Case)
		says string
	}{
		{"nobody scored it", func(c *Case) { c.Scored = false }, "Nobody here has scored"},
		{"a law is broken", func(c *Case) { c.Breach = true }, "nonconformity"},
		{"impact 5 without a contingency", func(c *Case) { c.Point, c.Contingency = Point{1, 5}, false }, "written contingency"},
		{"they scored it alone", func(c *Case) { c.Scorers = []string{"owner"} }, "scored alone"},
		{"their account scored it alone", func(c *Case) { c.Scorers = []string{"a-owner"} }, "scored alone"},
		{"it touches people, so the owner is not enough", func(c *Case) { c.People = true }, "Today that is lead"},
		{"it ends today", func(c *Case) { c.Until = c.On }, "ends after today"},
		{"it never ends", func(c *Case) { c.Until = 0 }, "ends after today"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := good
			tt.turn(&c)
			if err := Shipped().MayAccept(c); err == nil || !strings.Contains(err.Error(), tt.says) {
				t.Errorf("got %v, want %q", err, tt.says)
			}
		})
	}
	seconded := good
	seconded.Scorers = []string{"owner", "other"}
	if err := Shipped().MayAccept(seconded); err != nil {
		t.Errorf("somebody else seconded the score: %v", err)
	}
	people := good
	people.People, people.Acceptor = true, "lead"
	if err := Shipped().MayAccept(people); err != nil {
		t.Errorf("a member of the leadership team accepts what touches people: %v", err)
	}
	nobody := good
	nobody.Point, nobody.Holders = Point{4, 4}, nil
	if err := Shipped().MayAccept(nobody); err == nil || !strings.Contains(err.Error(), "Nobody holds that role") {
		t.Errorf("nobody is chief executive: %v", err)
	}
}

func TestAnAcceptanceEndsAndDoesNotGrow(t *testing.T) {
	a := &Acceptance{Point: Point{2, 4}, Until: cadence.On(2026, 6, 30)}
	for _, tt := range []struct {
		name string
		on   cadence.Date
		at   Point
		want bool
	}{
		{"on its last day", cadence.On(2026, 6, 30), Point{2, 4}, true},
		{"the day after", cadence.On(2026, 7, 1), Point{2, 4}, false},
		{"the score fell", cadence.On(2026, 6, 1), Point{2, 3}, true},
		{"the score rose", cadence.On(2026, 6, 1), Point{3, 4}, false},
	} {
		if got, why := a.Holds(tt.on, tt.at); got != tt.want || why == "" {
			t.Errorf("%s: %v, %s", tt.name, got, why)
		}
	}
	if got, _ := (*Acceptance)(nil).Holds(1, Point{1, 1}); got {
		t.Error("silence is acceptance")
	}
}
