package crosswalk

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/toucan-grc/toucan/internal/control"
	"github.com/toucan-grc/toucan/internal/framework"
	"github.com/toucan-grc/toucan/internal/oscal"
)

const fixtures = "../../../shared/fixtures/oscal"

var edition = oscal.Edition{Version: "3", At: time.Date(2026, 11, 26, 9, 0, 0, 0, time.UTC)}

// written returns a set as OSCAL.
func written(t testing.TB, l *Library, s *Set) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := WriteOSCAL(&b, l, s, edition); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// plainRow is a row without what differs between files.
func plainRow(e Edge) Edge {
	e.Line = 0
	return e
}

// unordered compares two lists whose order means nothing.
func unordered[T any](t *testing.T, what string, got, want []T) {
	t.Helper()
	key := func(v T) string {
		text, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	byKey := func(a, b T) int { return strings.Compare(key(a), key(b)) }
	got, want = slices.SortedFunc(slices.Values(got), byKey), slices.SortedFunc(slices.Values(want), byKey)
	if len(got) != len(want) {
		t.Errorf("%s: %d read back, %d written", what, len(got), len(want))
		return
	}
	for i := range got {
		if key(got[i]) != key(want[i]) {
			t.Errorf("%s: read back %s, written %s", what, key(got[i]), key(want[i]))
			return
		}
	}
}

func TestEverySetComesBackFromOSCAL(t *testing.T) {
	l := Shipped()
	rows := 0
	for _, s := range l.Sets {
		f, faults := ReadFile(s.ID+".json", written(t, l, s), l.Frameworks, false)
		if len(faults) > 0 {
			t.Fatalf("%s: %v", s.ID, faults[0])
		}
		got := f.Sets[0]
		if got.ID != s.ID || got.Title != s.Title || got.Kind != s.Kind || got.Source != s.Source || got.Licence != s.Licence {
			t.Errorf("%s came back as %s, %q, %s, %q, %q", s.ID, got.ID, got.Title, got.Kind, got.Source, got.Licence)
		}
		want := make([]Edge, len(s.Edges))
		for i := range s.Edges {
			want[i] = plainRow(s.Edges[i])
			if want[i].Provenance == "" {
				want[i].Provenance = s.Source
			}
		}
		read := make([]Edge, len(got.Edges))
		for i := range got.Edges {
			read[i] = plainRow(got.Edges[i])
		}
		if !reflect.DeepEqual(read, want) {
			unordered(t, s.ID, read, want)
		}
		rows += len(read)
		clear := func(u Union) Union { u.Line, u.owners, u.file = 0, nil, ""; return u }
		var unions []Union
		for _, u := range l.UnionsOf(s.ID) {
			u = clear(u)
			u.Set = s.ID
			unions = append(unions, u)
		}
		var back []Union
		for _, u := range f.Unions {
			back = append(back, clear(u))
		}
		unordered(t, s.ID+" unions", back, unions)
		unordered(t, s.ID+" net new", withoutLine(f.NetNew, func(n *NetNew) { n.Line = 0 }), withoutLine(l.NetNewOf(s.ID), func(n *NetNew) { n.Line = 0 }))
		unordered(t, s.ID+" no home", withoutLine(f.NoHome, func(n *NoHome) { n.Line = 0 }), withoutLine(l.NoHomeOf(s.ID), func(n *NoHome) { n.Line = 0 }))
	}
	if rows < 5000 {
		t.Errorf("only %d rows made the trip", rows)
	}
}

func withoutLine[T any](list []T, clear func(*T)) []T {
	out := slices.Clone(list)
	for i := range out {
		clear(&out[i])
	}
	return out
}

func TestTheSameSetGivesTheSameBytes(t *testing.T) {
	l := Shipped()
	s, _ := l.Set("toucan-curated-1")
	first := written(t, l, s)
	if !bytes.Equal(first, written(t, l, s)) {
		t.Error("two exports of one set differ")
	}
	uuid := func(data []byte) string {
		d, _ := oscal.Read(data, false)
		return d.Mappings.UUID
	}
	later := oscal.Edition{Version: "3", At: edition.At.Add(time.Hour)}
	var b bytes.Buffer
	if err := WriteOSCAL(&b, l, s, later); err != nil {
		t.Fatal(err)
	}
	if uuid(first) != uuid(b.Bytes()) {
		t.Error("the document has another uuid an hour later, and says the same")
	}
	changed := &Set{ID: s.ID, Title: s.Title, Kind: s.Kind, Edges: slices.Clone(s.Edges)}
	changed.Edges[0].Relation = Equal
	other := written(t, l, changed)
	if uuid(first) == uuid(other) {
		t.Error("a changed relation keeps the document's uuid")
	}
	d1, _ := oscal.Read(first, false)
	d2, _ := oscal.Read(other, false)
	if d1.Mappings.Mappings[0].Maps[0].UUID != d2.Mappings.Mappings[0].Maps[0].UUID {
		t.Error("a corrected relation gets another uuid, although it is about the same two")
	}
}

// TestFixtureSchemaAcceptsWhatIsWritten holds everything that is written against
// the schema of NIST, which stands beside the project.
func TestFixtureSchemaAcceptsWhatIsWritten(t *testing.T) {
	validate := schema(t)
	l := Shipped()
	var b bytes.Buffer
	for _, s := range l.Sets {
		validate(t, s.ID, written(t, l, s))
	}
	validate(t, "a set of sets", written(t, &Library{Frameworks: l.Frameworks}, statements(t)))
	for _, f := range l.Frameworks.Frameworks {
		b.Reset()
		if err := framework.WriteOSCAL(&b, f, edition); err != nil {
			t.Fatal(err)
		}
		validate(t, f.ID, b.Bytes())
		b.Reset()
		if err := framework.WriteProfile(&b, f, "baseline", "A baseline", []string{f.Asked()[0].ID, f.Asked()[1].ID}, edition); err != nil {
			t.Fatal(err)
		}
		validate(t, "profile of "+f.ID, b.Bytes())
	}
	list := ShippedReach().Components()
	b.Reset()
	if err := control.WriteOSCAL(&b, "Unified control library", list, l.Frameworks, edition); err != nil {
		t.Fatal(err)
	}
	validate(t, "library", b.Bytes())
}

// schema compiles the official schema, or skips the test where it is absent.
func schema(t *testing.T) func(t *testing.T, name string, data []byte) {
	t.Helper()
	path := filepath.Join(fixtures, "oscal_complete_schema-1.2.2.json")
	if _, err := os.Stat(path); errors.Is(err, os.ErrNotExist) {
		t.Skip("The official OSCAL schema is not beside the project, so nothing can be held against it.")
	}
	c := jsonschema.NewCompiler()
	raw, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer raw.Close()
	doc, err := jsonschema.UnmarshalJSON(raw)
	if err != nil {
		t.Fatal(err)
	}
	if err := c.AddResource("oscal.json", doc); err != nil {
		t.Fatal(err)
	}
	compiled, err := c.Compile("oscal.json")
	if err != nil {
		t.Fatal(err)
	}
	return func(t *testing.T, name string, data []byte) {
		t.Helper()
		v, err := jsonschema.UnmarshalJSON(bytes.NewReader(data))
		if err != nil {
			t.Fatal(err)
		}
		root := ""
		for key := range v.(map[string]any) {
			root = key
		}
		if err := compiled.Validate(v); err != nil {
			t.Errorf("%s: %s", name, branch(err, root))
		}
	}
}

// branch returns the fault of the model the document is of, not of the seven it is not.
func branch(err error, root string) string {
	var worst *jsonschema.ValidationError
	if !errors.As(err, &worst) {
		return err.Error()
	}
	var deepest *jsonschema.ValidationError
	var walk func(e *jsonschema.ValidationError)
	walk = func(e *jsonschema.ValidationError) {
		if len(e.InstanceLocation) > 0 && e.InstanceLocation[0] == root && (deepest == nil || len(e.InstanceLocation) > len(deepest.InstanceLocation)) {
			deepest = e
		}
		for _, c := range e.Causes {
			walk(c)
		}
	}
	walk(worst)
	if deepest == nil {
		return err.Error()
	}
	return strings.Join(deepest.InstanceLocation, "/") + ": " + deepest.Error()
}

// statements returns a set that holds every kind of statement about sets.
func statements(t testing.TB) *Set { return statementsFile(t).Sets[0] }

func statementsFile(t testing.TB) *File {
	t.Helper()
	data, err := os.ReadFile("testdata/sets-of-controls.json")
	if err != nil {
		t.Fatal(err)
	}
	f, faults := ReadFile("sets-of-controls.json", data, framework.Shipped(), false)
	if errs := framework.Errors(faults); len(errs) > 0 {
		t.Fatal(errs[0])
	}
	return f
}
