package crosswalk

import (
	"fmt"
	"strings"
	"testing"

	"github.com/toucan-grc/toucan/internal/control"
	"github.com/toucan-grc/toucan/internal/framework"
)

// asked follows the named frameworks, all of each in scope.
func asked(t testing.TB, ids ...string) Asked { return AskedOf(followed(t, ids...)) }

func followed(t testing.TB, ids ...string) ([]*framework.Framework, Scope) {
	t.Helper()
	var list []*framework.Framework
	scope := Scope{Categories: map[string][]string{"soc2-2017": {"CC", "A", "PI", "C", "P"}}, Excluded: map[framework.Ref]string{}}
	for _, id := range ids {
		f, ok := framework.Shipped().Find(id)
		if !ok {
			t.Fatal("no framework", id)
		}
		list = append(list, f)
	}
	return list, scope
}

func refs(list ...string) []framework.Ref {
	var out []framework.Ref
	for _, r := range list {
		f, id, _ := strings.Cut(r, " ")
		out = append(out, framework.Ref{Framework: f, ID: id})
	}
	return out
}

func TestEffectiveFrequency(t *testing.T) {
	const soc2, iso, pci, cis = "soc2-2017", "iso27001-2022", "pci-dss-4.0.1", "cis-v8.1"
	for _, tt := range []struct {
		name, own, entry string
		links            []framework.Ref
		follows          []string
		want             string // frequency, who set it, basis, flags
	}{
		{"nothing followed: its own", "annual", "AC-04", nil, nil, "annual own"},
		{"customary where nothing is stated", "", "AC-04", nil, []string{soc2}, "quarterly CC6.2 customary"},
		{"stated goes before a stricter custom", "", "AC-04", nil, []string{soc2, pci}, "semiannual PCI DSS 7.2 stated binding"},
		{"the strictest of those stated", "", "AC-04", nil, []string{soc2, pci, cis}, "quarterly CIS 5.1 stated binding"},
		{"own looser than stated", "annual", "AC-04", nil, []string{pci}, "semiannual PCI DSS 7.2 stated binding looser"},
		{"own looser than customary", "annual", "AC-04", nil, []string{soc2}, "quarterly CC6.2 customary looser"},
		{"own stricter than stated", "monthly", "AC-04", nil, []string{pci}, "monthly own"},
		{"own equal: the framework is named", "every 6 months", "AC-04", nil, []string{pci}, "semiannual PCI DSS 7.2 stated binding"},
		{"planned makes the own one binding", "quarterly", "AC-04", nil, []string{iso}, "quarterly own binding"},
		{"planned, and the own one is what is customary", "annual", "AC-04", nil, []string{iso}, "annual A.8.2 customary binding"},
		{"planned and customary: the custom holds", "", "AC-04", nil, []string{iso}, "annual A.8.2 customary"},
		{"planned alone sets none", "", "AC-08", nil, []string{pci}, " missing"},
		{"a control nobody matched", "annual", "", refs("cis-v8.1 5.1"), []string{cis}, "annual own"},
		{"linked to that requirement", "", "AC-04", refs("pci-dss-4.0.1 7.2"), []string{pci}, "semiannual PCI DSS 7.2 stated binding"},
		{"linked to another one of the framework", "", "AC-04", refs("pci-dss-4.0.1 8.2"), []string{pci}, ""},
		{"linked in one framework, the entry stands in for the other", "", "AC-04", refs("soc2-2017 CC6.2"), []string{soc2, cis}, "quarterly CIS 5.1 stated binding"},
		{"an interval nobody understands", "now and then", "AC-04", nil, nil, " unread"},
		{"runs all the time, yet something is asked", "continuous", "AC-04", nil, []string{cis}, "quarterly CIS 5.1 stated binding"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			e := EffectiveFrequency(Performed{control.Control{Frequency: tt.own}, tt.links, tt.entry}, asked(t, tt.follows...))
			if got := said(e); got != tt.want {
				t.Errorf("%q, want %q (%s)", got, tt.want, e.Why)
			}
			if e.Why == "" {
				t.Error("it does not say why")
			}
		})
	}
}

func said(e Effective) string {
	out := e.Frequency.String()
	if e.SetBy.ID != "" {
		out += " " + e.SetBy.Words()
	}
	if e.Basis != "" {
		out += " " + string(e.Basis)
	}
	for _, f := range []struct {
		on   bool
		name string
	}{{e.Binding, "binding"}, {e.Looser, "looser"}, {e.Missing, "missing"}, {e.Unread, "unread"}} {
		if f.on {
			out += " " + f.name
		}
	}
	return out
}

func TestScopeDecidesWhatIsAsked(t *testing.T) {
	list, scope := followed(t, "pci-dss-4.0.1", "cis-v8.1", "soc2-2017")
	review, backup := Performed{Entry: "AC-04"}, Performed{Entry: "BC-02", Links: refs("cis-v8.1 9.9")}
	expect := func(when string, p Performed, want string) {
		t.Helper()
		if got := said(EffectiveFrequency(p, AskedOf(list, scope))); got != want {
			t.Errorf("%s: %q, want %q", when, got, want)
		}
	}
	scope.Excluded[framework.Ref{Framework: "cis-v8.1", ID: "5.1"}] = "not here"
	expect("with CIS 5.1 out of scope", review, "semiannual PCI DSS 7.2 stated binding")
	scope.Excluded[framework.Ref{Framework: "pci-dss-4.0.1", ID: "7"}] = "all of 7"
	expect("with what stands above PCI 7.2 out of scope too", review, "semiannual PCI DSS A3.4 stated binding")
	expect("backups with Availability", backup, "daily A1.2 customary")
	scope.Categories["soc2-2017"] = []string{"CC"}
	expect("backups without Availability", backup, "")
	delete(scope.Categories, "soc2-2017")
	expect("nobody chose, and nothing is linked", backup, "")
	backup.Links = append(backup.Links, refs("soc2-2017 A1.2")...)
	expect("nobody chose, and the control is linked to it", backup, "daily A1.2 customary")
}

func TestFrequencyChanges(t *testing.T) {
	list := []Performed{
		{Control: control.Control{Code: "AC-4", Frequency: "annual"}, Entry: "AC-04"},
		{Control: control.Control{Code: "AC-8", Frequency: "quarterly"}, Entry: "AC-08"},
		{Control: control.Control{Code: "X-1", Frequency: "annual"}},
	}
	for _, tt := range []struct {
		name          string
		before, after Asked
		want          string
	}{
		{"PCI on", asked(t), asked(t, "pci-dss-4.0.1"), "AC-4 stricter; AC-8 bound"},
		{"PCI off", asked(t, "pci-dss-4.0.1"), asked(t), "AC-4 looser; AC-8 released"},
		{"nothing", asked(t, "gdpr"), asked(t, "gdpr"), ""},
	} {
		var got []string
		for _, c := range FrequencyChanges(tt.before, tt.after, list) {
			got = append(got, c.Control.Code+" "+string(c.Shift()))
		}
		if s := strings.Join(got, "; "); s != tt.want {
			t.Errorf("%s: %q, want %q", tt.name, s, tt.want)
		}
	}
}

func BenchmarkEffectiveFrequency(b *testing.B) {
	var list []Performed
	for i := range 10_000 {
		list = append(list, Performed{Control: control.Control{Code: fmt.Sprint("C-", i), Frequency: "every 6 months"}, Entry: "AC-04", Links: refs("soc2-2017 CC6.2")})
	}
	a := asked(b, "soc2-2017", "iso27001-2022", "pci-dss-4.0.1", "cis-v8.1")
	for b.Loop() {
		for _, p := range list {
			EffectiveFrequency(p, a)
		}
	}
	b.ReportMetric(float64(b.N*len(list))/b.Elapsed().Seconds(), "controls/s")
}
