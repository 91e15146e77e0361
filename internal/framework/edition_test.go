package framework_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/toucan-grc/toucan/internal/framework"
)

func TestAFrameworkComesBackFromItsContent(t *testing.T) {
	seen := map[string]string{}
	for _, f := range framework.Shipped().Frameworks {
		again, err := framework.Decode(f.Encode())
		if err != nil {
			t.Fatal(err)
		}
		if again.Digest() != f.Digest() || string(again.Encode()) != string(f.Encode()) {
			t.Errorf("%s changed on the way", f.ID)
		}
		for _, r := range f.Requirements {
			got, ok := again.Find(r.ID)
			if !ok || got.Label != r.Label || got.Kind != r.Kind || got.Parent != r.Parent || again.Excludable(r.ID) != f.Excludable(r.ID) {
				t.Errorf("%s %s came back as %+v", f.ID, r.ID, got)
			}
		}
		if other := seen[f.Digest()]; other != "" {
			t.Errorf("%s and %s have one digest", f.ID, other)
		}
		seen[f.Digest()] = f.ID
		if f.Family == "" || f.Version == "" {
			t.Errorf("%s has family %q and version %q", f.ID, f.Family, f.Version)
		}
		if faults := f.Check(f.ID); len(faults) > 0 {
			t.Errorf("%s: %v", f.ID, faults)
		}
	}
}

func TestEverythingCountsForTheDigest(t *testing.T) {
	const rows = "1,,group,People,\n1.1,1,requirement,Screening,layer=annex"
	base := edition(t, "acme-1", rows).Digest()
	if base != edition(t, "acme-1", rows).Digest() {
		t.Error("the same content has two digests")
	}
	changed := map[string]*framework.Framework{
		"another label":     edition(t, "acme-1", strings.Replace(rows, "Screening", "Vetting", 1)),
		"another id":        edition(t, "acme-1", strings.Replace(rows, "1.1", "1.2", 1)),
		"another attribute": edition(t, "acme-1", strings.Replace(rows, "annex", "clause", 1)),
		"another framework": edition(t, "acme-2", rows),
		"another title":     edition(t, "acme-1", rows),
	}
	changed["another title"].Title = "Acme"
	for what, f := range changed {
		if f.Digest() == base {
			t.Errorf("%s has the same digest", what)
		}
	}
}

func TestWhatAnEditionIsCalled(t *testing.T) {
	for _, tt := range []struct{ id, family, version, short, sentence string }{
		{"iso27001-2022", "iso27001", "2022", "ISO 27001", "A.5.1"},
		{"iso27001-2029", "iso27001", "2029", "ISO 27001:2029", "ISO 27001:2029 A.5.1"},
		{"soc2-2017", "soc2", "2017", "SOC 2", "A.5.1"},
		{"acme-policy-2026", "acme-policy", "2026", "acme-policy-2026", "acme-policy-2026 A.5.1"},
		{"acme-v2", "acme", "v2", "acme-v2", "acme-v2 A.5.1"},
		{"acme-rules", "acme-rules", "", "acme-rules", "acme-rules A.5.1"},
		{"iso27001-", "iso27001-", "", "iso27001-", "iso27001- A.5.1"},
	} {
		f := framework.New(tt.id, nil)
		if f.Family != tt.family || f.Version != tt.version || f.Short != tt.short {
			t.Errorf("%s: family %q, version %q, short %q", tt.id, f.Family, f.Version, f.Short)
		}
		if got := (framework.Ref{Framework: tt.id, ID: "A.5.1"}).Words(); got != tt.sentence {
			t.Errorf("%s in a sentence: %q, want %q", tt.id, got, tt.sentence)
		}
	}
}

func TestAFrameworkThatCannotBeUsedIsRefused(t *testing.T) {
	row := framework.Requirement{ID: "1", Kind: framework.KindRequirement, Label: "One", Line: 2}
	with := func(change func(*framework.Requirement)) []framework.Requirement {
		r := row
		change(&r)
		return []framework.Requirement{row, r}
	}
	for name, f := range map[string]*framework.Framework{
		"an id with a slash":      framework.New("acme/1", []framework.Requirement{row}),
		"an id that climbs":       framework.New("a..b", []framework.Requirement{row}),
		"no rows":                 framework.New("acme", nil),
		"headings only":           framework.New("acme", []framework.Requirement{{ID: "1", Kind: framework.KindGroup}}),
		"a kind nobody knows":     framework.New("acme", with(func(r *framework.Requirement) { r.ID, r.Kind = "2", "chapter" })),
		"a parent that is absent": framework.New("acme", with(func(r *framework.Requirement) { r.ID, r.Parent = "2", "9" })),
		"a row under itself":      framework.New("acme", with(func(r *framework.Requirement) { r.ID, r.Parent = "2", "2" })),
		"a control character":     framework.New("acme", with(func(r *framework.Requirement) { r.ID, r.Label = "2", "a\x00b" })),
		"a label that is a text":  framework.New("acme", with(func(r *framework.Requirement) { r.ID, r.Label = "2", strings.Repeat("x", 201) })),
	} {
		faults := f.Check("acme.csv")
		if len(faults) == 0 || !strings.HasPrefix(faults[0].String(), "acme.csv") {
			t.Errorf("%s: %v", name, faults)
		}
	}
	if faults := framework.New("acme", []framework.Requirement{{ID: "2", Parent: "1", Kind: framework.KindRequirement, Label: "Two"}, {ID: "1", Kind: framework.KindGroup, Label: "One"}}).Check("x"); len(faults) > 0 {
		t.Errorf("a parent that stands later: %v", faults)
	}
}

func TestReferencesToAFrameworkOfOnesOwnAreItsIDs(t *testing.T) {
	f := edition(t, "acme-2026", "R-1,,requirement,One,\nR-2 (b),,requirement,Two,\nr-1x,,requirement,Three,")
	c := framework.Shipped().With(f)
	refs, unknown := c.References("r-1, R-2 (b); CC6.1\nR-1", framework.Hint{Frameworks: []string{"acme-2026"}})
	var got []string
	for _, r := range refs {
		got = append(got, r.String())
	}
	if want := []string{"acme-2026 R-1", "acme-2026 R-2 (b)"}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
	if len(unknown) != 1 || !strings.HasPrefix(unknown[0], "CC6.1: is not known in acme-2026") {
		t.Errorf("unknown %q", unknown)
	}
}
