package isms

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/toucan-grc/toucan/internal/cadence"
	"github.com/toucan-grc/toucan/internal/problem"
)

var (
	shop    = ScopeThing{Sort: ScopeSystem, ID: "shop", Code: "SYS-1", Name: "Shop", Owner: "olga", Owned: true, Weighty: true}
	payroll = ScopeThing{Sort: ScopeSystem, ID: "payroll", Code: "SYS-2", Name: "Payroll", Owner: "olga", Owned: true, Weighty: true}
	office  = ScopeThing{Sort: ScopeSite, ID: "office", Code: "SITE-1", Name: "Office", Owner: "olga", Owned: true, Weighty: true}
	people1 = ScopeThing{Sort: ScopeTeam, ID: "function:people", Name: "People", Weighty: true}
	host    = ScopeThing{Sort: ScopeVendor, ID: "host", Code: "VEN-1", Name: "Host", Owner: "olga", Owned: true, Weighty: true, Serves: []string{"shop"}}
	coffee  = ScopeThing{Sort: ScopeVendor, ID: "coffee", Code: "VEN-2", Name: "Coffee", Owned: true}
)

func scopeOf(text string, in []ScopeThing, out ...ScopeThing) *ScopeVersion {
	v := &ScopeVersion{Content: ScopeContent{Statement: text}}
	for _, t := range in {
		v.Content.Items = append(v.Content.Items, ScopeItem{Sort: t.Sort, ID: t.ID, Words: t.Words(), In: true})
	}
	for _, t := range out {
		v.Content.Items = append(v.Content.Items, ScopeItem{Sort: t.Sort, ID: t.ID, Words: t.Words(), Reason: "Not ours."})
	}
	return v
}

func TestScopeMismatches(t *testing.T) {
	all := []ScopeThing{shop, payroll, people1, office, host, coffee}
	gone, orphan := shop, shop
	gone.Retired, orphan.Owner = true, ""
	for _, tt := range []struct {
		name   string
		isms   *ScopeVersion
		soc2   *ScopeVersion
		things []ScopeThing
		want   string // keys
	}{
		{"nothing at all", nil, nil, all, ""},
		{"a boundary and no scope is the pitfall", nil, scopeOf("Shop", []ScopeThing{shop}), all, "no-scope"},
		{"a scope and no boundary", scopeOf("", []ScopeThing{shop, payroll, people1, office, host}), nil, all, "no-boundary"},
		{"both the same is the pitfall", scopeOf("", []ScopeThing{shop, host}), scopeOf("Shop", []ScopeThing{shop, host}), []ScopeThing{shop, host, coffee}, "assumed"},
		{"a part of the boundary is the pitfall too", scopeOf("", []ScopeThing{shop}, payroll), scopeOf("Shop, Payroll", []ScopeThing{shop, payroll}), []ScopeThing{shop, payroll},
			"assumed only-boundary:system:payroll"},
		{"a wider scope", scopeOf("", []ScopeThing{shop, payroll, people1, office, host}), scopeOf("Shop", []ScopeThing{shop, host}), all,
			"only-scope:system:payroll only-scope:team:function:people only-scope:site:office"},
		{"what nobody spoke of, but the coffee", scopeOf("", []ScopeThing{payroll}), scopeOf("", []ScopeThing{payroll, shop}), all,
			"assumed only-boundary:system:shop neither:team:function:people neither:site:office neither:vendor:host"},
		{"what is left out with a reason is decided", scopeOf("", []ScopeThing{shop, people1, host}, payroll, office), scopeOf("Shop", []ScopeThing{shop, host}), all, "only-scope:team:function:people"},
		{"a vendor behind what is in scope", scopeOf("", []ScopeThing{shop, people1}), scopeOf("Shop", []ScopeThing{shop}), []ScopeThing{shop, people1, host}, "depends:vendor:host only-scope:team:function:people"},
		{"retired and still in both", scopeOf("", []ScopeThing{shop, people1}), scopeOf("", []ScopeThing{shop}), []ScopeThing{gone, people1}, "retired:system:shop only-scope:team:function:people"},
		{"nobody owns it", scopeOf("", []ScopeThing{shop, people1}), scopeOf("Shop", []ScopeThing{shop}), []ScopeThing{orphan, people1}, "only-scope:team:function:people no-owner:system:shop"},
		{"the description does not name it", scopeOf("", []ScopeThing{shop, people1}), scopeOf("Our service.", []ScopeThing{shop}), []ScopeThing{shop, people1}, "only-scope:team:function:people undescribed:system:shop"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p := &ScopePicture{ISMS: tt.isms, SOC2: tt.soc2, Things: tt.things}
			var keys []string
			for _, m := range p.Mismatches() {
				keys = append(keys, m.Key)
				if m.Consequence == "" || m.Title == "" || m.Fingerprint == "" || !m.Open() {
					t.Errorf("%s lacks something: %+v", m.Key, m)
				}
				if m.Pitfall != strings.Contains(m.Consequence, ScopePitfall) {
					t.Errorf("%s: the pitfall is %t and the consequence says %q", m.Key, m.Pitfall, m.Consequence)
				}
			}
			if got := strings.Join(keys, " "); got != tt.want {
				t.Errorf("found %q\nwant  %q", got, tt.want)
			}
		})
	}
}

func TestADecisionHoldsWhileBothSidesStay(t *testing.T) {
	today := cadence.On(2026, time.March, 1)
	p := &ScopePicture{ISMS: scopeOf("", []ScopeThing{shop, payroll}), SOC2: scopeOf("Shop", []ScopeThing{shop}), Things: []ScopeThing{shop, payroll}, Today: today}
	m := p.Mismatches()[0]
	at := time.Date(2026, 2, 1, 12, 0, 0, 0, time.UTC)
	for _, tt := range []struct {
		name string
		d    ScopeDecision
		open bool
		why  string
	}{
		{"as it was", ScopeDecision{Mismatch: m.Key, Fingerprint: m.Fingerprint, At: at}, false, "Decided on 1 February 2026. It holds while both sides stay as they are."},
		{"one side changed since", ScopeDecision{Mismatch: m.Key, Fingerprint: "another", At: at}, true, "A decision of 1 February 2026 does not hold any more: what it was about has changed since."},
		{"on its last day", ScopeDecision{Mismatch: m.Key, Fingerprint: m.Fingerprint, At: at, Until: today}, false, "Decided on 1 February 2026. It holds until 1 March 2026, while both sides stay as they are."},
		{"the day after", ScopeDecision{Mismatch: m.Key, Fingerprint: m.Fingerprint, At: at, Until: today - 1}, true, "A decision of 1 February 2026 held until 28 February 2026. Decide again."},
		{"about another mismatch", ScopeDecision{Mismatch: "only-scope:system:shop", Fingerprint: m.Fingerprint, At: at}, true, ""},
	} {
		p.Decisions = []ScopeDecision{tt.d}
		if got := p.Mismatches()[0]; got.Open() != tt.open || got.Why != tt.why {
			t.Errorf("%s: open %t, %q; want %t, %q", tt.name, got.Open(), got.Why, tt.open, tt.why)
		}
	}
	p.Decisions = []ScopeDecision{{Mismatch: m.Key, Fingerprint: "newer", At: at.Add(time.Hour)}, {Mismatch: m.Key, Fingerprint: m.Fingerprint, At: at}}
	if !p.Mismatches()[0].Open() {
		t.Error("an older decision holds although a newer one was made")
	}
}

func TestWhatAScopeNeedsBeforeItIsSent(t *testing.T) {
	full := func() ScopeVersion {
		v := *scopeOf("All we do.", []ScopeThing{shop}, payroll)
		v.Side = ScopeISMS
		v.Content.Interfaces = []ScopeLine{{"Host", "contract"}}
		return v
	}
	for _, tt := range []struct {
		name, field string
		change      func(*ScopeVersion)
	}{
		{"complete", "", func(*ScopeVersion) {}},
		{"no statement", "statement", func(v *ScopeVersion) { v.Content.Statement = "" }},
		{"nothing in it", "items", func(v *ScopeVersion) { v.Content.Items = v.Content.Items[1:] }},
		{"left out without a reason", "reason-system:payroll", func(v *ScopeVersion) { v.Content.Items[1].Reason = "" }},
		{"an exclusion without a reason", "exclusions", func(v *ScopeVersion) { v.Content.Exclusions = []ScopeLine{{"Labs", ""}} }},
		{"no interface", "interfaces", func(v *ScopeVersion) { v.Content.Interfaces = nil }},
		{"a boundary needs none", "", func(v *ScopeVersion) { v.Side, v.Content.Interfaces = ScopeSOC2, nil }},
	} {
		v := full()
		tt.change(&v)
		field := ""
		if err := v.ready(); err != nil {
			field = problem.Of(err).Field
		}
		if field != tt.field {
			t.Errorf("%s: the problem is of %q, want %q", tt.name, field, tt.field)
		}
	}
}

func TestScopeDiff(t *testing.T) {
	a, b := scopeOf("", []ScopeThing{shop, office}).Content, scopeOf("", []ScopeThing{shop, host}, office).Content
	a.Interfaces = []ScopeLine{{"Post", "by hand"}, {"Phone", "by ear"}}
	b.Interfaces = []ScopeLine{{"Post", "by drone"}, {"Bank", "by wire"}}
	want := []ScopeChange{{"VEN-1 Host", "not named", "in"}, {"SITE-1 Office", "in", "out: Not ours."}, {"Interface: Post", "by hand", "by drone"}, {"Interface: Bank", "", "by wire"}, {"Interface: Phone", "by ear", "taken out"}}
	if got := ScopeDiff(a, b); !slices.Equal(got, want) {
		t.Errorf("differs in %v\nwant %v", got, want)
	}
	if got := ScopeDiff(a, a); len(got) != 0 {
		t.Errorf("a version differs from itself in %v", got)
	}
}

func TestATeamThatIsGoneIsStillSpokenOf(t *testing.T) {
	p := &ScopePicture{ISMS: scopeOf("", []ScopeThing{shop, people1}), SOC2: scopeOf("Shop", []ScopeThing{shop}), Things: []ScopeThing{shop}, Today: cadence.On(2026, 3, 1)}
	p.addGone()
	var keys []string
	for _, m := range p.Mismatches() {
		keys = append(keys, m.Key)
	}
	if !slices.Contains(keys, "retired:team:function:people") {
		t.Errorf("a team in which nobody works any more is in scope, and only this is said: %v", keys)
	}
	if n := len(p.Things); n != 2 {
		t.Errorf("%d things, want the shop and the team that is gone", n)
	}
}

func TestToBePutRightHoldsWhileSomebodyDoesIt(t *testing.T) {
	p := &ScopePicture{ISMS: scopeOf("", []ScopeThing{shop, payroll}), SOC2: scopeOf("Shop", []ScopeThing{shop}), Things: []ScopeThing{shop, payroll}, Today: cadence.On(2026, 3, 1)}
	m := p.Mismatches()[0]
	for _, over := range []bool{false, true} {
		p.Decisions = []ScopeDecision{{ID: "d", Mismatch: m.Key, Fingerprint: m.Fingerprint, Choice: ScopeAlign, Action: "a", Over: over}}
		if got := p.Mismatches()[0]; (got.Decision == nil) != over || got.Last == nil || got.Why == "" {
			t.Errorf("with the action over %t: decided %t (%s)", over, got.Decision != nil, got.Why)
		}
	}
}
