package posture

import (
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/toucan-grc/toucan/internal/control"
	"github.com/toucan-grc/toucan/internal/crosswalk"
	"github.com/toucan-grc/toucan/internal/framework"
)

// reach is a small control library that counts for the framework t: A holds T2,
// B and C together hold T3, D and E are all there is for T4 and do not complete
// it, B shares ground with T5, for which no cover is stated.
func reach(t *testing.T) *crosswalk.Reach {
	t.Helper()
	controls := "code,title,statement,domain,owner_function,kind,frequency,frequency_basis,evidence,population,tests,iso_layer\n"
	for _, code := range []string{"A", "B", "C", "D", "E"} {
		controls += code + ",Control " + code + ",Does it.,access,it,event,,no number,record,All of them,,annex\n"
	}
	files := fstest.MapFS{
		"controls.csv":            {Data: []byte(controls)},
		"evidence-kinds.csv":      {Data: []byte("kind,label,description,carries_to_iso\nrecord,Record,A record,yes\n")},
		"control-frequencies.csv": {Data: []byte("control,framework,requirement,frequency,basis\n")},
		"control-mappings.csv": {Data: []byte("control,framework,requirement,relationship,rationale\n" +
			"A,t,T2,superset,all of it\nB,t,T3,subset,one half\nC,t,T3,subset,other half\nD,t,T4,subset,some\nE,t,T4,intersects,more\nB,t,T5,intersects,a bit\nE,t,T3,intersects,a bit\n")},
		"requirement-covers.csv": {Data: []byte("framework,requirement,controls,complete,note\nt,T2,A,yes,Needs a board.\nt,T3,B+C,yes,\nt,T4,D+E,no,A rule in the policy text.\n")},
	}
	lib, err := control.ReadLibrary(files)
	if err != nil {
		t.Fatal(err)
	}
	r, err := crosswalk.ReadReach(files, lib)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// adopt returns adopted controls from words such as "A" (operated), "B?" (planned)
// and "C!" (operated, and edited here).
func adopt(r *crosswalk.Reach, words ...string) []Adopted {
	var out []Adopted
	for _, w := range words {
		code := strings.TrimRight(w, "?!")
		a := Adopted{Code: code, Entry: code, Status: control.Operated, Edited: strings.HasSuffix(w, "!"), Links: r.Links(code)}
		if strings.HasSuffix(w, "?") {
			a.Status = control.Planned
		}
		out = append(out, a)
	}
	return out
}

func TestOwnCoverageFollowsTheCover(t *testing.T) {
	r := reach(t)
	to, _ := library(t, "").Frameworks.Find("t")
	for _, tt := range []struct {
		adopted  string
		id       string
		want     Coverage
		governed bool
		why      string
		residual []string
	}{
		{"A", "T2", Full, true, "A, taken from the library and operated, holds all of it. Note: Needs a board.", nil},
		{"A?", "T2", None, true, "The one library control that holds it is not operated.", []string{"Bring A (planned) into operation."}},
		{"A!", "T2", Full, true, "A was edited here since", nil},
		{"B C", "T3", FullUnion, true, "B and C are all adopted and operated, and together hold all of it.", nil},
		{"B C E", "T3", FullUnion, true, "B and C are all adopted", nil},
		{"B", "T3", Partial, true, "Of the 2 library controls that together hold it, 1 is operated.", []string{"Adopt C from the library and bring it into operation."}},
		{"B C?", "T3", Partial, true, "1 is operated", []string{"Bring C (planned) into operation."}},
		{"E", "T3", Partial, false, "The adopted E shares ground with it.", []string{"Adopt B and C from the library and bring them into operation."}},
		{"D E", "T4", Partial, true, "All that the library has for it is operated (D and E), and that does not complete it.", []string{"A rule in the policy text."}},
		{"D", "T4", Partial, true, "Of the 2 library controls that bear on it, 1 is operated.", []string{"Adopt E from the library and bring it into operation.", "A rule in the policy text."}},
		{"B", "T5", Partial, false, "The adopted B shares ground with it.", []string{"Compare what it asks with what B does, and write down what is left: the library does not say what would complete it."}},
		{"B?", "T5", None, false, "The adopted B bears on it, but is not operated.", []string{"Bring B into operation."}},
	} {
		got, ok := OwnCoverage(to, adopt(r, strings.Fields(tt.adopted)...), r)[tt.id]
		if !ok || got.Coverage != tt.want || got.Governed != tt.governed || !slices.Equal(got.Residual, tt.residual) || !strings.Contains(got.Why, tt.why) {
			t.Errorf("%s with %s: %s (governed %t): %q, left %q; want %+v", tt.id, tt.adopted, got.Coverage, got.Governed, got.Why, got.Residual, tt)
		}
	}
	if got := OwnCoverage(to, adopt(r, "A"), r); len(got) != 1 {
		t.Errorf("A bears on %v, want T2 only", got)
	}
}

// TestALinkTakenAwayOpensTheCover: who says that a control does not count here is believed.
func TestALinkTakenAwayOpensTheCover(t *testing.T) {
	r := reach(t)
	to, _ := library(t, "").Frameworks.Find("t")
	list := adopt(r, "B", "C")
	list[1].Links = nil
	if got := OwnCoverage(to, list, r)["T3"]; got.Coverage != Partial || !slices.Equal(got.Missing, []string{"C"}) {
		t.Errorf("%+v", got)
	}
}

func TestTheBetterRouteIsTheCoverage(t *testing.T) {
	r, lib := reach(t), library(t, "")
	for _, tt := range []struct {
		name, met, adopted, id string
		want                   Coverage
		byOwn                  bool
		left                   []string
	}{
		{"own closes what the crosswalk only touches", "S1", "B C", "T3", FullUnion, true, nil},
		{"own touches what nothing else bears on", "", "D E", "T4", Partial, true, []string{"A rule in the policy text."}},
		{"the crosswalk closes what own only touches", "S3 S4", "D", "T4", FullUnion, false, nil},
		{"both touch it: both say what is left", "S1", "B", "T3", Partial, false, []string{"Adopt C from the library and bring it into operation.", "Do the rest after S1"}},
		{"nobody adopted anything that bears on it", "S1", "D", "T3", Partial, false, []string{"Do the rest after S1"}},
		{"own controls touch what no met source does", "S1", "B", "T5", Partial, true, nil},
	} {
		q := designOver(t, lib, strings.Fields(tt.met)...)
		q.Own = OwnCoverage(q.To, adopt(r, strings.Fields(tt.adopted)...), r)
		v, ok := CoverageOfOne(q, tt.id, now)
		if !ok || v.Coverage != tt.want || v.ByOwn != tt.byOwn || tt.left != nil && !slices.Equal(v.Residual, tt.left) {
			t.Errorf("%s: %s, by own %t, left %q (%s)", tt.name, v.Coverage, v.ByOwn, v.Residual, v.Why)
		}
		if v.ByOwn && len(v.By) > 0 {
			t.Errorf("%s: own controls decide, and %v is said to", tt.name, v.By)
		}
		if v.Own != nil && !strings.Contains(v.Why, v.Own.Why) {
			t.Errorf("%s: the reason %q leaves out %q", tt.name, v.Why, v.Own.Why)
		}
		if v.Coverage.Closed() && len(v.Residual) > 0 {
			t.Errorf("%s is closed and leaves %q", tt.name, v.Residual)
		}
	}
}

// TestAdoptingNeverOpensWhatWasClosed holds over every set of adopted controls:
// one more operated control leaves no requirement worse off.
func TestAdoptingNeverOpensWhatWasClosed(t *testing.T) {
	r := crosswalk.ShippedReach()
	iso, _ := framework.Shipped().Find("iso27001-2022")
	var list []Adopted
	before := map[string]Own{}
	for _, e := range r.Library.Entries {
		list = append(list, Adopted{Code: e.Code, Entry: e.Code, Status: control.Operated, Links: r.Links(e.Code)})
		after := OwnCoverage(iso, list, r)
		for id, o := range before {
			if rank(after[id].Coverage) > rank(o.Coverage) {
				t.Errorf("%s went from %s to %s when %s was adopted", id, o.Coverage, after[id].Coverage, e.Code)
			}
		}
		before = after
	}
	closed, open := 0, []string{}
	for _, q := range iso.Asked() {
		if before[q.ID].Coverage.Closed() {
			closed++
		} else {
			open = append(open, q.ID)
		}
	}
	if want := []string{"4.4", "5.1", "A.5.4", "A.5.14", "A.5.32"}; closed != 118 || !slices.Equal(open, want) {
		t.Errorf("the whole library closes %d and leaves %v, want 118 and %v", closed, open, want)
	}
}
