package crosswalk

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/toucan-grc/toucan/internal/control"
	"github.com/toucan-grc/toucan/internal/framework"
)

// seeds returns files of every format that is read, made by us, so that the
// tests below run everywhere.
func seeds(t testing.TB) map[string][]byte {
	t.Helper()
	l := Shipped()
	soc2, _ := l.Frameworks.Find("soc2-2017")
	guide, _ := l.Set("soc2-iso27001-guide")
	list := ShippedReach().Components()
	var catalog, profile, library, rows, csv bytes.Buffer
	for _, e := range []error{framework.WriteOSCAL(&catalog, soc2, edition), framework.WriteProfile(&profile, soc2, "p", "P", []string{"CC6.1", "CC6.2"}, edition),
		control.WriteOSCAL(&library, "L", list[:3], l.Frameworks, edition), WriteCSV(&rows, guide), framework.WriteCSV(&csv, soc2)} {
		if e != nil {
			t.Fatal(e)
		}
	}
	return map[string][]byte{
		"catalog.json": catalog.Bytes(), "profile.json": profile.Bytes(), "library.json": library.Bytes(), "guide.json": written(t, l, guide),
		"sets.json": sample(t, "sets-of-controls.json"), "framework.yaml": sample(t, "ciso-framework.yaml"), "mapping.yaml": sample(t, "ciso-mapping.yaml"),
		"faulty.yaml": sample(t, "ciso-mapping-faulty.yaml"), "rows.csv": rows.Bytes(), "framework.csv": csv.Bytes(),
	}
}

// mutations are ways to break a file, as programs, networks and people do.
var mutations = []struct {
	name string
	how  func(rng *rand.Rand, data []byte) []byte
}{
	{"a byte flipped", func(rng *rand.Rand, d []byte) []byte { d[rng.IntN(len(d))] ^= 1 << rng.IntN(8); return d }},
	{"some bytes flipped", func(rng *rand.Rand, d []byte) []byte {
		for range 1 + rng.IntN(20) {
			d[rng.IntN(len(d))] = byte(rng.IntN(256))
		}
		return d
	}},
	{"a stretch cut out", func(rng *rand.Rand, d []byte) []byte {
		at := rng.IntN(len(d))
		return append(d[:at:at], d[min(len(d), at+1+rng.IntN(200)):]...)
	}},
	{"the end cut off", func(rng *rand.Rand, d []byte) []byte { return d[:rng.IntN(len(d))] }},
	{"the start cut off", func(rng *rand.Rand, d []byte) []byte { return d[rng.IntN(len(d)):] }},
	{"a stretch doubled", func(rng *rand.Rand, d []byte) []byte {
		at := rng.IntN(len(d))
		end := min(len(d), at+1+rng.IntN(400))
		return bytes.Join([][]byte{d[:end], d[at:end], d[end:]}, nil)
	}},
	{"a line doubled", func(rng *rand.Rand, d []byte) []byte {
		lines := bytes.SplitAfter(d, []byte("\n"))
		at := rng.IntN(len(lines))
		return bytes.Join([][]byte{bytes.Join(lines[:at+1], nil), lines[at], bytes.Join(lines[at+1:], nil)}, nil)
	}},
	{"a line lost", func(rng *rand.Rand, d []byte) []byte {
		lines := bytes.SplitAfter(d, []byte("\n"))
		at := rng.IntN(len(lines))
		return bytes.Join([][]byte{bytes.Join(lines[:at], nil), bytes.Join(lines[at+1:], nil)}, nil)
	}},
	{"two lines swapped", func(rng *rand.Rand, d []byte) []byte {
		lines := bytes.SplitAfter(d, []byte("\n"))
		i, j := rng.IntN(len(lines)), rng.IntN(len(lines))
		lines[i], lines[j] = lines[j], lines[i]
		return bytes.Join(lines, nil)
	}},
	{"a text replaced by another type", func(rng *rand.Rand, d []byte) []byte {
		quotes := bytes.Split(d, []byte(`"`))
		if len(quotes) < 3 {
			return append(d, ": {"...)
		}
		at := 1 + 2*rng.IntN((len(quotes)-1)/2)
		with := []string{"null", "[]", "{}", "1e999", "-0", "true", `["x"]`, `{"a": {}}`, strings.Repeat("9", 400)}[rng.IntN(9)]
		return bytes.Join([][]byte{bytes.Join(quotes[:at], []byte(`"`)), []byte(with), bytes.Join(quotes[at+1:], []byte(`"`))}, nil)
	}},
	{"a text replaced by a long or odd one", func(rng *rand.Rand, d []byte) []byte {
		quotes := bytes.Split(d, []byte(`"`))
		at := rng.IntN(len(quotes))
		quotes[at] = []byte([]string{"", " ", "\n", strings.Repeat("x", 5000), "\\ud800", "\\u0000", "🦜", "../../etc/passwd", "=cmd()", "<script>", "\xff\xfe", "A.5.15"}[rng.IntN(12)])
		return bytes.Join(quotes, []byte(`"`))
	}},
	{"deep nesting", func(rng *rand.Rand, d []byte) []byte {
		at := rng.IntN(len(d))
		open := []string{"[", "{\"a\":", "- ", "? "}[rng.IntN(4)]
		return bytes.Join([][]byte{d[:at], bytes.Repeat([]byte(open), 200+rng.IntN(20_000)), d[at:]}, nil)
	}},
	{"an alias bomb", func(rng *rand.Rand, d []byte) []byte {
		var b strings.Builder
		b.WriteString("a0: &a0 [x, x, x, x, x, x, x, x, x]\n")
		for i := range 9 + rng.IntN(20) {
			fmt.Fprintf(&b, "a%d: &a%d [%s]\n", i+1, i+1, strings.TrimSuffix(strings.Repeat(fmt.Sprintf("*a%d, ", i), 9), ", "))
		}
		return append([]byte(b.String()), d...)
	}},
	{"an anchor in the middle", func(rng *rand.Rand, d []byte) []byte {
		return bytes.Replace(d, []byte(": "), []byte([]string{": &x ", ": *x ", ": !!binary ", ": !!python/object "}[rng.IntN(4)]), 1+rng.IntN(5))
	}},
	{"two documents", func(_ *rand.Rand, d []byte) []byte { return bytes.Join([][]byte{d, d}, []byte("\n---\n")) }},
	{"another encoding", func(rng *rand.Rand, d []byte) []byte {
		var out []byte
		for _, c := range d {
			out = append(out, c, 0)
		}
		return out
	}},
}

// TestAThousandBrokenFiles reads a thousand broken files strictly and leniently.
// None may do harm: no panic, no answer without a reason, no error without a
// line that the file has, and strictly nothing beside an error.
func TestAThousandBrokenFiles(t *testing.T) {
	files := seeds(t)
	if published, err := filepath.Glob(filepath.Join(fixtures, "*.json")); err == nil {
		for _, path := range published {
			data, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if len(data) < 100_000 { // the large ones are read as they are, in another test
				files[filepath.Base(path)] = data
			}
		}
	}
	names := slices.Sorted(maps.Keys(files))
	rng := rand.New(rand.NewPCG(7, 11))
	refused, loaded := 0, 0
	for n := range 1000 {
		name, m := names[n%len(names)], mutations[n/len(names)%len(mutations)]
		data := m.how(rng, bytes.Clone(files[name]))
		lines := 1 + bytes.Count(data, []byte("\n"))
		f, faults := ReadFile(name, bytes.Clone(data), framework.Shipped(), false)
		errs := framework.Errors(faults)
		if (len(errs) > 0) != f.Empty() {
			t.Errorf("%s with %s: %d errors, nothing loaded %t", name, m.name, len(errs), f.Empty())
		}
		for _, e := range errs {
			if e.Line < 1 || e.Line > lines || e.Text == "" || e.File != name {
				t.Errorf("%s with %s: an error that says nothing, or of line %d of %d: %v", name, m.name, e.Line, lines, e)
			}
		}
		if len(errs) > 0 {
			refused++
		} else {
			loaded++
		}
		g, more := ReadFile(name, data, framework.Shipped(), true)
		if g.Empty() && len(framework.Errors(more)) == 0 {
			t.Errorf("%s with %s: leniently nothing and no reason", name, m.name)
		}
		for _, s := range g.Sets {
			for _, e := range s.Edges {
				if !framework.Shipped().Has(e.Source) || !framework.Shipped().Has(e.Target) || e.Relation == 0 || e.Strength < 0 || e.Strength > 10 {
					t.Errorf("%s with %s: leniently a row that means nothing: %+v", name, m.name, e)
				}
			}
		}
	}
	t.Logf("%d refused, %d harmless", refused, loaded)
	if refused < 400 || loaded < 50 {
		t.Errorf("%d files refused and %d loaded: the mutations are too weak or too strong to show anything", refused, loaded)
	}
}

// TestReadingStaysWithinBounds reads files made to grow and counts the memory.
func TestReadingStaysWithinBounds(t *testing.T) {
	for _, tt := range []struct{ name, data string }{
		{"a.json", strings.Repeat("[", 4<<20)},
		{"a.json", `{"catalog": {"a": [` + strings.Repeat("[],", 1_200_000) + "1]}}"},
		{"a.json", `{"catalog": "` + strings.Repeat("\\u0041", 2<<20) + `"}`},
		{"a.yaml", strings.Repeat("[", 4<<20)},
		{"a.yaml", "a: " + strings.Repeat("{b: ", 2000)},
		{"a.yaml", strings.Repeat("- ", 1<<20)},
		{"a.yaml", "objects: 1\n" + strings.Repeat("# x\n", 1<<20)},
		{"a.yaml", "a: \"" + strings.Repeat("x", 9<<20) + "\""},
		{"a.csv", "id,parent,kind,label\n" + strings.Repeat("\n", 4<<20)},
	} {
		var before, after runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&before)
		f, faults := ReadFile(tt.name, []byte(tt.data), framework.Shipped(), true)
		runtime.ReadMemStats(&after)
		if !f.Empty() || len(framework.Errors(faults)) == 0 {
			t.Errorf("%s %.20q: read as %+v", tt.name, tt.data, f)
		}
		if used := (after.TotalAlloc - before.TotalAlloc) >> 20; used > 600 {
			t.Errorf("%s %.20q: %d MB were allocated for a file of %d MB", tt.name, tt.data, used, len(tt.data)>>20)
		}
	}
}

func FuzzReadFile(f *testing.F) {
	for name, data := range seeds(f) {
		if len(data) < 20_000 {
			f.Add(name, data)
		}
	}
	f.Add("a.json", []byte(`{"mapping-collection":{"mappings":{"maps":[{"sources":[{}]}]}}}`))
	f.Add("a.yaml", []byte("objects: {requirement_mapping_sets: [{requirement_mappings: [1]}]}"))
	f.Fuzz(func(t *testing.T, name string, data []byte) {
		for _, lenient := range []bool{false, true} {
			got, faults := ReadFile(name, bytes.Clone(data), framework.Shipped(), lenient)
			errs := framework.Errors(faults)
			if !lenient && (len(errs) > 0) != got.Empty() {
				t.Errorf("%d errors, nothing loaded %t", len(errs), got.Empty())
			}
			for _, e := range errs {
				if e.Line < 1 {
					t.Errorf("an error without a line: %v", e)
				}
			}
		}
	})
}

// BenchmarkReadPublishedCatalog reads the largest catalog at hand: NIST's own
// where it is, else ours of the same standard.
func BenchmarkReadPublishedCatalog(b *testing.B) {
	data, err := os.ReadFile(filepath.Join(fixtures, "NIST_SP-800-53_rev5_LOW-baseline-resolved-profile_catalog.json"))
	if errors.Is(err, os.ErrNotExist) {
		var own bytes.Buffer
		f, _ := framework.Shipped().Find("nist-800-53-rev5")
		err = framework.WriteOSCAL(&own, f, edition)
		data = own.Bytes()
	}
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(len(data)))
	for b.Loop() {
		if f, faults := ReadFile("catalog.json", data, framework.Shipped(), false); f.Empty() {
			b.Fatal(faults)
		}
	}
}

func BenchmarkWriteCuratedSet(b *testing.B) {
	l := Shipped()
	s, _ := l.Set("toucan-curated-1")
	for b.Loop() {
		written(b, l, s)
	}
	b.ReportMetric(float64(len(s.Edges)*b.N)/b.Elapsed().Seconds(), "rows/s")
}

func BenchmarkReadCuratedSet(b *testing.B) {
	l := Shipped()
	s, _ := l.Set("toucan-curated-1")
	data := written(b, l, s)
	b.SetBytes(int64(len(data)))
	for b.Loop() {
		if f, faults := ReadFile("set.json", data, l.Frameworks, false); f.Empty() {
			b.Fatal(faults)
		}
	}
}
