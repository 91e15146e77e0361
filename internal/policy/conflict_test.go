package policy

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// pair is a conflict as the expected file lists it.
type pair struct {
	Files     [2]string `json:"files"`
	Topic     string    `json:"topic"`
	Subject   string    `json:"subject"`
	Property  Property  `json:"property"`
	Values    [2]string `json:"values"`
	Sentences [2]string `json:"sentences"`
}

func expected(t *testing.T) []pair {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(sharedPolicies, "conflicts-fixture/expected.json"))
	if err != nil {
		t.Skip("the fixture of conflicts is not beside the repository")
	}
	var file struct {
		Conflicts []pair `json:"conflicts"`
	}
	if err := json.Unmarshal(b, &file); err != nil {
		t.Fatal(err)
	}
	return file.Conflicts
}

// conflictsOf finds the conflicts of documents, with or without their front matter.
func conflictsOf(t *testing.T, docs []Document, bare bool) []pair {
	t.Helper()
	var list []Stating
	for _, d := range docs {
		if bare {
			d = Document{Name: d.Name, Slug: slugOf(d.Slug), Title: d.Title, Body: d.Body}
		}
		s, _, notes := StatingOf(d)
		if len(notes) > 0 {
			t.Errorf("%s: %v", d.Name, notes)
		}
		list = append(list, s)
	}
	var out []pair
	for _, c := range FindConflicts(list) {
		out = append(out, pair{[2]string{c.Documents[0].Name, c.Documents[1].Name}, c.Topic, c.Subject, c.Property, c.Values, c.Sentences})
	}
	return out
}

func same(t *testing.T, got, want []pair) {
	t.Helper()
	for _, w := range want {
		if !slices.Contains(got, w) {
			t.Errorf("not found: %+v", w)
		}
	}
	for i, g := range got {
		if !slices.Contains(want, g) || slices.Contains(got[:i], g) {
			t.Errorf("found and not expected: %+v", g)
		}
	}
}

func TestFindConflictsFindsTheFixture(t *testing.T) {
	clean, fixture := shared(t, ""), shared(t, "conflicts-fixture")
	want := expected(t)
	if len(want) != 18 {
		t.Fatalf("the fixture lists %d conflicts, want 18", len(want))
	}
	t.Run("the set alone has none", func(t *testing.T) { same(t, conflictsOf(t, clean, false), nil) })
	t.Run("the set without front matter has none", func(t *testing.T) { same(t, conflictsOf(t, clean, true), nil) })
	both := append(slices.Clone(clean), fixture...)
	t.Run("with the fixture", func(t *testing.T) { same(t, conflictsOf(t, both, false), want) })
	t.Run("without front matter", func(t *testing.T) { same(t, conflictsOf(t, both, true), want) })
}
