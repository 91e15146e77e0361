package posture

import (
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/toucan-grc/toucan/internal/crosswalk"
	"github.com/toucan-grc/toucan/internal/framework"
)

var now = time.Date(2026, 11, 24, 9, 0, 0, 0, time.UTC)

// library is a small world: framework s asks S1 to S5, framework t asks T1 to T8,
// and m stands between them.
func library(t *testing.T, extra string) *crosswalk.Library {
	t.Helper()
	const header = "source_framework,source_id,relationship,target_framework,target_id,strength,provenance,rationale,residual\n"
	files := map[string]string{
		"frameworks/s.csv": "id,parent,kind,label,attributes\nG,,group,Group,\nS1,G,requirement,One,\nS2,G,requirement,Two,\nS3,G,requirement,Three,\nS4,G,requirement,Four,\nS5,G,requirement,Five,\n",
		"frameworks/m.csv": "id,parent,kind,label,attributes\nM1,,requirement,Middle,\n",
		"frameworks/t.csv": "id,parent,kind,label,attributes\nC,,group,Clauses,layer=clause\nT1,C,requirement,Clause,\nX,,group,Rest,\n" +
			"T2,X,requirement,Two,\nT3,X,requirement,Three,\nT4,X,requirement,Four,\nT5,X,requirement,Five,\nT6,X,requirement,Six,\nT7,X,requirement,Seven,\nT8,X,requirement,Eight,\n",
		"mappings/s-t.toucan.csv": header +
			"s,S1,superset,t,T2,9,own,S1 holds T2,\n" +
			"s,S1,intersects,t,T3,4,own,shares,Do the rest after S1\n" +
			"s,S2,intersects,t,T3,7,own,shares more,Do the rest after S2\n" +
			"s,S3,intersects,t,T4,5,own,,left by S3\ns,S4,intersects,t,T4,5,own,,left by S4\n" +
			"s,S5,subset,t,T5,6,own,inside,\n" +
			"s,S1,intersects,t,T1,3,own,,clause work\n" + extra,
		"mappings/s-t.unions.csv":  "target_id,source_ids,rationale\nT4,S3+S4,together\n",
		"mappings/s-t.net-new.csv": "target_framework,target_id,reason,first_task\nt,T1,Nobody asks for it.,Begin it.\n",
		"mappings/s-m.csv":         header + "s,S1,overlaps,m,M1,,pub,,\n",
		"mappings/m-t.csv":         header + "m,M1,overlaps,t,T6,,pub,,\n",
		"mappings/sets.csv": "id,file,title,kind,source,licence,default\nown,s-t.toucan.csv,Own,authored,us,ours,yes\n" +
			"sm,s-m.csv,S and M,published,them,free,no\nmt,m-t.csv,M and T,published,them,free,no\n",
	}
	fs := fstest.MapFS{}
	for name, text := range files {
		fs[name] = &fstest.MapFile{Data: []byte(text)}
	}
	lib, faults, err := crosswalk.Read(fs)
	if err != nil || len(faults) > 0 {
		t.Fatalf("reading the small world: %v %v", faults, err)
	}
	return lib
}

func design(t *testing.T, met ...string) Design {
	t.Helper()
	return designOver(t, library(t, ""), met...)
}

func designOver(t *testing.T, lib *crosswalk.Library, met ...string) Design {
	t.Helper()
	stack, err := lib.Stack(lib.DefaultStack())
	if err != nil {
		t.Fatal(err)
	}
	from, _ := lib.Frameworks.Find("s")
	to, _ := lib.Frameworks.Find("t")
	q := Design{Library: lib, Stack: stack, From: from, To: to, Met: map[string]bool{}, InScope: map[string]bool{}}
	for _, r := range from.Asked() {
		q.InScope[r.ID] = true
	}
	for _, id := range met {
		q.Met[id] = true
	}
	return q
}

func TestCoverage(t *testing.T) {
	all := []string{"S1", "S2", "S3", "S4", "S5"}
	for _, tt := range []struct {
		name   string
		met    []string
		target string
		want   Coverage
	}{
		{"a met superset closes", all, "T2", Full},
		{"an unmet superset closes nothing", []string{"S5"}, "T2", None},
		{"two intersecting sources stay partial", all, "T3", Partial},
		{"a source inside the requirement is partial", all, "T5", Partial},
		{"a union closes when every member is met", all, "T4", FullUnion},
		{"a union with a member missing does not close", []string{"S3"}, "T4", Partial},
		{"two weak steps are a candidate", all, "T6", Candidate},
		{"a path from something unmet is nothing", []string{"S2"}, "T6", None},
		{"no path is nothing", all, "T7", None},
		{"net new does not replace partial", all, "T1", Partial},
		{"a met group says nothing of its members", []string{"G"}, "T2", None},
	} {
		t.Run(tt.name, func(t *testing.T) {
			v, ok := CoverageOfOne(design(t, tt.met...), tt.target, now)
			if !ok || v.Coverage != tt.want {
				t.Errorf("coverage of %s = %s (%s), want %s", tt.target, v.Coverage, v.Why, tt.want)
			}
			if v.Why == "" {
				t.Error("a verdict without a reason")
			}
		})
	}
}

func TestNothingIsSilent(t *testing.T) {
	for _, met := range [][]string{nil, {"S1"}, {"S1", "S2", "S3", "S4", "S5"}} {
		verdicts := CoverageOf(design(t, met...), now)
		if len(verdicts) != 8 {
			t.Fatalf("%d verdicts for 8 requirements", len(verdicts))
		}
		for _, v := range verdicts {
			if !slices.Contains(Coverages(), v.Coverage) || v.Why == "" {
				t.Errorf("%s: coverage %q, why %q", v.Requirement.ID, v.Coverage, v.Why)
			}
		}
	}
}

func TestResidualsReadStrongestFirst(t *testing.T) {
	v, _ := CoverageOfOne(design(t, "S1", "S2"), "T3", now)
	want := []string{"Do the rest after S2", "Do the rest after S1"}
	if !slices.Equal(v.Residual, want) {
		t.Errorf("residual = %q, want %q", v.Residual, want)
	}
}

func TestNetNewIsAFlagWithAReason(t *testing.T) {
	v, _ := CoverageOfOne(design(t, "S1"), "T1", now)
	if v.NetNew == nil || v.NetNew.FirstTask != "Begin it." || !strings.Contains(v.Why, "Nobody asks for it.") {
		t.Errorf("net new = %+v, why = %q", v.NetNew, v.Why)
	}
}

func TestUnmetSourcesAreNamed(t *testing.T) {
	v, _ := CoverageOfOne(design(t), "T2", now)
	if len(v.Waiting) != 1 || v.Waiting[0].ID != "S1" {
		t.Errorf("waiting = %+v, want S1", v.Waiting)
	}
	q := design(t)
	q.InScope["S1"] = false
	if v, _ = CoverageOfOne(q, "T2", now); len(v.Waiting) != 0 {
		t.Errorf("a criterion out of scope is still waited for: %+v", v.Waiting)
	}
}

func TestAttestation(t *testing.T) {
	a := Attestation{Target: "T3", Sources: []string{"S1", "S2"}, By: "Mara Velasco", Reason: "read both", Until: now.Add(time.Hour)}
	for _, tt := range []struct {
		name string
		met  []string
		at   time.Time
		want Coverage
	}{
		{"holds while it runs", []string{"S1", "S2"}, now, FullAttested},
		{"ends at its moment", []string{"S1", "S2"}, a.Until, Partial},
		{"needs every source met", []string{"S1"}, now, Partial},
	} {
		t.Run(tt.name, func(t *testing.T) {
			q := design(t, tt.met...)
			q.Attested = []Attestation{a}
			if v, _ := CoverageOfOne(q, "T3", tt.at); v.Coverage != tt.want {
				t.Errorf("coverage = %s, want %s", v.Coverage, tt.want)
			}
		})
	}
}

func TestExclusion(t *testing.T) {
	q := design(t, "S1")
	q.Excluded = map[string]string{"T2": "no such thing here", "T1": "we would rather not"}
	if v, _ := CoverageOfOne(q, "T2", now); v.Coverage != NotApplicable || v.Exclusion != "no such thing here" {
		t.Errorf("an excluded control = %s, %q", v.Coverage, v.Exclusion)
	}
	v, _ := CoverageOfOne(q, "T1", now)
	if v.Coverage != Partial || v.Refused == "" {
		t.Errorf("an excluded clause = %s, refused %q; clauses can never be scoped out", v.Coverage, v.Refused)
	}
}

func TestContradictionInfersNothing(t *testing.T) {
	lib := library(t, "")
	other := lib.Sets[0].Edges[0] // S1 superset T2, said again by another set as its opposite
	other.Set, other.Relation = "contrary", crosswalk.None
	lib.Sets = append(lib.Sets, &crosswalk.Set{ID: "contrary", Kind: crosswalk.Authored, Edges: []crosswalk.Edge{other}})
	stack, err := lib.Stack([]string{"own", "contrary"})
	if err != nil {
		t.Fatal(err)
	}
	q := designOver(t, lib, "S1")
	q.Stack = stack
	v, _ := CoverageOfOne(q, "T2", now)
	if v.Coverage.Touched() || len(v.Disputed) != 1 || !strings.Contains(v.Why, "contradicts itself") {
		t.Errorf("coverage = %s, disputed = %+v, why = %q", v.Coverage, v.Disputed, v.Why)
	}
}

// What people decided is what a verdict says.
func TestDecisionsReachTheVerdict(t *testing.T) {
	lib := library(t, "")
	at := func(id string) framework.Ref { return framework.Ref{Framework: id[:1], ID: strings.ToUpper(id)} }
	for name, tt := range map[string]struct {
		ds     crosswalk.Decisions
		target string
		want   Coverage
		why    string // of the first source
	}{
		"as the set has it": {nil, "T2", Full, "S1 holds T2"},
		"challenged":        {crosswalk.Decisions{{ID: "1", Set: "own", Source: at("s1"), Target: at("t2"), Kind: crosswalk.Dispute, Authority: crosswalk.OfOrganisation}}, "T2", None, ""},
		"overridden": {crosswalk.Decisions{{ID: "2", Set: crosswalk.EverySet, Source: at("s1"), Target: at("t2"), Kind: crosswalk.Override, Relation: crosswalk.Intersects,
			Authority: crosswalk.OfAuditor, Rationale: "Only in part.", Residual: "The other half."}}, "T2", Partial, "Only in part."},
		"a proposal counts for nothing": {crosswalk.Decisions{{ID: "3", Source: at("s1"), Target: at("t7"), Kind: crosswalk.Propose, Relation: crosswalk.Equal, Authority: crosswalk.OfOrganisation,
			Rationale: "The same."}}, "T7", Candidate, "The same."},
		"and confirmed it does": {crosswalk.Decisions{{ID: "4", Source: at("s1"), Target: at("t7"), Kind: crosswalk.Propose, Relation: crosswalk.Equal, Authority: crosswalk.OfOrganisation, Rationale: "The same."},
			{ID: "5", Source: at("s1"), Target: at("t7"), Kind: crosswalk.Confirm, Authority: crosswalk.OfOrganisation}}, "T7", Full, "The same."},
	} {
		q := designOver(t, lib, "S1")
		var err error
		if q.Stack, err = lib.StackWith(lib.DefaultStack(), tt.ds); err != nil {
			t.Fatal(err)
		}
		v, _ := CoverageOfOne(q, tt.target, now)
		if v.Coverage != tt.want || tt.why != "" && (len(v.By) == 0 || v.By[0].Rationale != tt.why) {
			t.Errorf("%s: %s %+v, want %s by %q", name, v.Coverage, v.By, tt.want, tt.why)
		}
	}
}
