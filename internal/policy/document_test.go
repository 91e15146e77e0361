package policy

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/toucan-grc/toucan/internal/problem"
)

const sharedPolicies = "../../../shared/data/policies"

// shared reads the documents of a folder of the shared data; README.md is none.
func shared(t testing.TB, folder string) []Document {
	t.Helper()
	paths, _ := filepath.Glob(filepath.Join(sharedPolicies, folder, "*.md"))
	if len(paths) == 0 {
		t.Skip("the shared policies are not beside the repository")
	}
	var out []Document
	for _, path := range paths {
		if filepath.Base(path) == "README.md" {
			continue
		}
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		d, err := ReadDocument(filepath.ToSlash(filepath.Join(folder, filepath.Base(path))), b)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, d)
	}
	return out
}

func TestReadDocumentReadsTheSharedSet(t *testing.T) {
	docs := shared(t, "")
	undertakings := 0
	for _, d := range docs {
		if len(d.Notes) > 0 {
			t.Errorf("%s: %v", d.Name, d.Notes)
		}
		if d.Slug+".md" != d.Name || d.Title == "" || d.ReviewEvery != 12 || len(d.Governs) == 0 || len(d.Frameworks) == 0 || !strings.HasPrefix(d.Body, "# "+d.Title) {
			t.Errorf("%s was read as %+v", d.Name, d)
		}
		undertakings += len(d.Undertakings)
	}
	if len(docs) != 28 || undertakings != 307 {
		t.Errorf("read %d documents with %d undertakings, want 28 with 307", len(docs), undertakings)
	}
	at := slices.IndexFunc(docs, func(d Document) bool { return d.Slug == "access-control" })
	d := docs[at]
	if !slices.Equal(d.Governs, []string{"access-control", "access-review", "authentication", "privileged-access"}) || d.OwnerRole != "security-officer" || !d.Acknowledge ||
		!slices.Equal(d.Audience, []string{"all-personnel"}) || len(d.Undertakings) != 15 || d.Frameworks[0].Requirements[2] != "CC6.3" || d.Version != "1.0.0" {
		t.Errorf("access-control.md was read as %+v", d)
	}
}

func TestReadDocumentWithoutFrontMatter(t *testing.T) {
	d, err := ReadDocument("Our Rules.txt", []byte("\xef\xbb\xbfEverybody is kind.\r\n"))
	if err != nil || d.Slug != "our-rules" || d.Title != "Our Rules" || d.Body != "Everybody is kind.\n" || !d.InForce() {
		t.Errorf("read %+v, %v", d, err)
	}
	d, err = ReadDocument("rule.md", []byte("---\n\nA rule across the page.\n"))
	if err != nil || !strings.HasPrefix(d.Body, "---") {
		t.Errorf("a rule across the page was read as %+v, %v", d, err)
	}
	d, err = ReadDocument("hugo.md", []byte("---\ntitle: Ours\ndate: 2026-01-01\ntags:\n  - a\nstatus: draft\n---\nText.\n"))
	if err != nil || d.Title != "Ours" || len(d.Notes) != 2 || d.InForce() {
		t.Errorf("keys of other programs: %+v, %v", d, err)
	}
}

func TestReadDocumentSaysWhatIsWrongAndWhere(t *testing.T) {
	with := func(lines ...string) string { return "---\nslug: a\n" + strings.Join(lines, "\n") + "\n---\n\n# A\n" }
	u := []string{"undertakings:", "  - id: a.b", "    topic: t", "    subject: s", "    property: frequency", `    value: "P3M"`, `    text: "A."`}
	swap := func(at int, line string) string { l := slices.Clone(u); l[at] = line; return with(l...) }
	for _, tt := range []struct{ name, text, want string }{
		{"never ends", "---\nslug: a\n# A\n", "a.md, line 1"},
		{"empty", " \n", "a.md is empty"},
		{"not text", "a\x00b", "a.md is not plain text"},
		{"key twice", with("slug: b"), "line 3, slug: the key stands here and on line 2"},
		{"no colon", with("title"), `line 3, front matter: "title" is no key`},
		{"indented", with("  x: y"), "line 3, front matter: this line is indented"},
		{"comment", with("# x"), "line 3, front matter: comments"},
		{"comment behind", with("title: x # y"), "line 3, title: comments"},
		{"anchor", with("title: &x y"), "line 3, title: a plain value cannot begin"},
		{"folded text", with("title: >"), "line 3, title"},
		{"open quote", with(`title: "x`), "line 3, title: the text in quotes"},
		{"no value", with("title:"), "line 3, title: the value is missing"},
		{"open list", with("governs: [a,"), "line 3, governs: the list has no closing bracket"},
		{"comma at the end", with("governs: [a, ]"), "line 3, governs: nothing follows"},
		{"twice in a list", with("topics: [a, a]"), "line 3, topics"},
		{"review never", with("review_every: soon"), "line 3, review_every"},
		{"acknowledged perhaps", with("acknowledgement: maybe"), "line 3, acknowledgement"},
		{"slug with spaces", "---\nslug: My Policy\n---\nA\n", `line 2, slug: "My Policy" is no slug`},
		{"framework without list", with("frameworks:", "  soc2-2017:"), "line 4, frameworks.soc2-2017"},
		{"undertaking without hyphen", with("undertakings:", "    id: x"), "line 4, undertakings: the first line"},
		{"undertaking without value", swap(5, "    why: x"), "line 4, undertakings.value"},
		{"undertaking with a bad value", swap(5, "    value: often"), "line 4, undertakings.value: “often” is no stretch of time"},
		{"undertaking of no property", swap(4, "    property: colour"), "line 4, undertakings.value: “colour” is no property"},
		{"undertaking twice", with(append(slices.Clone(u), u[1:]...)...), "line 10, undertakings.id"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := ReadDocument("dir/a.md", []byte(tt.text))
			if err == nil || !strings.Contains(problem.Of(err).Text, tt.want) || problem.Of(err).Code != problem.Invalid {
				t.Errorf("err = %v, want %q", err, tt.want)
			}
		})
	}
}

func TestNormal(t *testing.T) {
	for _, tt := range []struct {
		p           Property
		value, want string
	}{
		{Frequency, "P12M", "P1Y"}, {Frequency, "P1W", "P7D"}, {Frequency, "PT24H", "P1D"}, {Frequency, "P24M", "P2Y"}, {Frequency, "P365D", "P1Y"}, {Frequency, "P90D", "P90D"},
		{Deadline, "P1D", "PT24H"}, {Deadline, "P3D", "PT72H"}, {Deadline, "P4D", "P4D"}, {Deadline, "PT96H", "P4D"}, {Deadline, "PT48H", "PT48H"}, {Deadline, "P2D business", "P2D business"},
		{Threshold, ">= 14 characters", ">=14 characters"}, {Threshold, "<=1,000 USD", "<=1000 USD"},
		{Scope, "employees+Contractors+employees", "contractors+employees"},
		{Definition, " Any  Thing. ", "any thing"}, {Role, "system-owner", "system-owner"},
	} {
		if got, err := Normal(tt.p, tt.value); err != nil || got != tt.want {
			t.Errorf("Normal(%s, %q) = %q, %v; want %q", tt.p, tt.value, got, err, tt.want)
		}
	}
}

func FuzzReadDocument(f *testing.F) {
	for _, seed := range []string{"---\nslug: a\ngoverns: [\"x, y\", z]\nframeworks:\n  soc2-2017: [\"CC6.1\"]\nundertakings:\n  - id: a.b\n    topic: t\n    subject: s\n    property: scope\n    value: \"b+a\"\n    text: \"A \\\" b.\"\n---\n\n# A\n",
		"---\n---\n", "# A\n\n1. Rule.\n", "---\nx: [\n---\n", "---\nundertakings: []\n---\nA"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		d, err := ReadDocument("f.md", b)
		if err != nil {
			if problem.Of(err).Code == problem.Internal {
				t.Fatalf("no problem a person can act on: %v", err)
			}
			return
		}
		if d.Title == "" && strings.TrimSpace(d.Body) != "" {
			t.Fatalf("no title: %+v", d)
		}
		for _, u := range d.Undertakings {
			if again, err := Normal(u.Property, u.Value); err != nil || again != u.Value {
				t.Fatalf("value %q becomes %q, %v", u.Value, again, err)
			}
		}
	})
}
