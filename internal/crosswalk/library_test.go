package crosswalk

import (
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/toucan-grc/toucan/internal/framework"
	"github.com/toucan-grc/toucan/internal/problem"
)

func read(t *testing.T, fsys fstest.MapFS) *Library {
	t.Helper()
	l, faults, err := Read(fsys)
	if err != nil || len(faults) > 0 {
		t.Fatal(err, faults)
	}
	return l
}

func stackFrom(t *testing.T, l *Library, ids ...string) *Stack {
	t.Helper()
	s, err := l.Stack(ids)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func left(id string) framework.Ref  { return framework.Ref{Framework: "left", ID: id} }
func right(id string) framework.Ref { return framework.Ref{Framework: "right", ID: id} }

func TestReadWithoutSets(t *testing.T) {
	l := read(t, small("left,a1,equal,right,b1,7,someone\n", "mappings/another.csv",
		"source_framework,source_id,relationship,target_framework,target_id\nright,b2,subset,left,a2\n"))
	if got := strings.Join(l.DefaultStack(), " "); got != "another pair" {
		t.Errorf("default stack %q", got)
	}
	s, _ := l.Set("pair")
	want := Edge{Set: "pair", Source: left("a1"), Target: right("b1"), Relation: Equal, Strength: 7, Provenance: "someone", Line: 2}
	if s.Kind != Authored || !s.Default || s.File != "mappings/pair.csv" || len(s.Edges) != 1 || s.Edges[0] != want {
		t.Errorf("got %+v", s)
	}
	if p, ok := stackFrom(t, l, "another").Relate("left", "right").Pair("a2", "b2"); !ok || p.Mask != Superset {
		t.Errorf("a row read backwards gives %+v", p)
	}
}

func TestReadWithoutMappings(t *testing.T) {
	l := read(t, fstest.MapFS{"frameworks/left.csv": file("id,parent,kind,label\na1,,requirement,One\n")})
	if len(l.Sets) != 0 || len(l.Check()) != 0 {
		t.Errorf("got %v, %v", l.Sets, l.Check())
	}
	s := stackFrom(t, l)
	if len(s.Relate("left", "left").Pairs()) != 0 || len(s.Relate("left", "nowhere").Pairs()) != 0 || s.Paths(left("a1"), right("b1")) != nil {
		t.Error("nothing follows from nothing")
	}
	if _, ok := s.Relate("nowhere", "left").Pair("x", "a1"); ok {
		t.Error("an unknown framework has no pairs")
	}
}

func TestUnknownSet(t *testing.T) {
	_, err := Shipped().Stack([]string{"toucan-curated-1", "tucan"})
	if p := problem.Of(err); p.Code != problem.Invalid || !strings.Contains(p.Text, `"tucan"`) || !strings.Contains(p.Text, "csf2-cis") {
		t.Errorf("got %v", err)
	}
	if s := stackOf(t, "csf2-cis", "csf2-cis"); len(s.IDs) != 1 {
		t.Errorf("a set named twice gives %v", s.IDs)
	}
}

// Published sets join the default stack where no default set speaks.
func TestDefaultStackOfOthers(t *testing.T) {
	const head = "source_framework,source_id,relationship,target_framework,target_id\n"
	l := read(t, small("left,a1,equal,right,b1,,\n",
		"mappings/same.csv", head+"right,b1,overlaps,left,a1\n",
		"mappings/within.csv", head+"left,a1,overlaps,left,a2\n",
		"mappings/guess.csv", head+"right,b1,overlaps,right,b2\n",
		"mappings/sets.csv", "id,file,title,kind,source,licence,default\nours,pair.csv,P,authored,us,ours,yes\ntheirs,same.csv,S,published,them,theirs,no\nwithin,within.csv,W,published,them,theirs,no\nguess,guess.csv,G,derived,us,ours,no\n"))
	if got := strings.Join(l.DefaultStack(), " "); got != "ours within" {
		t.Errorf("default stack %q", got)
	}
}

func TestLists(t *testing.T) {
	s := defaultStack(t)
	target := framework.Ref{Framework: iso, ID: "A.5.3"}
	unions := s.Unions(target, soc)
	if len(unions) != 1 || unions[0].Set != "toucan-curated-1" || len(unions[0].Sources) != 2 || unions[0].Sources[1] != (framework.Ref{Framework: soc, ID: "CC6.3"}) {
		t.Errorf("unions %+v", unions)
	}
	if len(s.Unions(target, csf)) != 0 {
		t.Error("a union of criteria says nothing about CSF")
	}
	n, ok := s.NetNew(framework.Ref{Framework: iso, ID: "4.4"}, soc)
	if !ok || n.From != soc || n.FirstTask == "" {
		t.Errorf("net-new %+v", n)
	}
	if _, ok := s.NetNew(framework.Ref{Framework: iso, ID: "4.4"}, csf); ok {
		t.Error("net-new to SOC 2 says nothing about CSF")
	}
	if h, ok := s.NoHome(framework.Ref{Framework: soc, ID: "CC1.2"}, iso); !ok || h.Reason == "" {
		t.Errorf("no-home %+v", h)
	}
	without := stackOf(t, "soc2-iso27001-consensus")
	if _, ok := without.NetNew(framework.Ref{Framework: iso, ID: "4.4"}, soc); ok || len(without.Unions(target, soc)) != 0 {
		t.Error("lists must count only with the set they stand beside")
	}
}

func TestOutside(t *testing.T) {
	s := defaultStack(t)
	rows := Shipped().Outside(s, framework.Ref{Framework: iso, ID: "A.8.22"}, soc)
	count := make(map[string]int)
	for _, e := range rows {
		count[e.Set]++
		if e.Source.Framework != soc || e.Target.Framework != iso {
			t.Errorf("row %+v", e)
		}
	}
	if count["soc2-iso27001-criteria"] == 0 || count["soc2-iso27001-consensus"] == 0 || count["toucan-curated-1"] != 0 {
		t.Errorf("rows outside the stack: %v", count)
	}
	groups := Shipped().Outside(s, framework.Ref{Framework: iso, ID: "6.1.2"}, soc) // the guide names clause 6
	if !slices.ContainsFunc(groups, func(e Edge) bool { return e.Set == "soc2-iso27001-guide" && e.Target.ID == "6" }) {
		t.Error("a row about a heading above the requirement must be found")
	}
	if len(Shipped().Outside(s, framework.Ref{Framework: iso, ID: "A.8.22"}, "gdpr")) != 0 {
		t.Error("no set joins GDPR and ISO 27001")
	}
	all := everything(t)
	if got := Shipped().Outside(all, framework.Ref{Framework: iso, ID: "A.8.22"}, soc); len(got) != 0 {
		t.Errorf("nothing is outside the stack of everything, got %v", got)
	}
}

func TestEdges(t *testing.T) {
	l := read(t, small("left,a1,equal,right,b1,,\nright,b1,superset,left,a2,,\nleft,a2,none,right,b2,,\n"))
	s := stackFrom(t, l, "pair")
	if got := s.EdgesOf(right("b1")); len(got) != 2 || got[0].Line != 2 || got[1].Line != 3 {
		t.Errorf("rows of b1: %v", got)
	}
	got := s.Direct(left("a2"), right("b1"))
	if len(got) != 1 || got[0].Source != right("b1") || got[0].Relation != Superset { // as its author wrote it
		t.Errorf("rows of a2 and b1: %v", got)
	}
}

// FuzzRead holds reading and checking to their promises on any mapping file.
func FuzzRead(f *testing.F) {
	f.Add("left,a1,equal,right,b1,7,x\n", "b1,a1+a2,Both\n")
	f.Add("left,a1,subset,right,b1,,\nleft,a1,none,right,b1,,\n", "")
	f.Add("left,a9,similar,wrong,b1,x,\n\"", "b9,,\n")
	f.Add("left,a1,equal,left,a1,99,\nleft,a1,equal,left,a2,-1,\nleft,a1,none,left,a2,,\n", "b1,a1+a1+,\n")
	f.Fuzz(func(t *testing.T, rows, unions string) {
		l, faults, err := Read(small(rows, "mappings/pair.unions.csv", "target_id,source_ids,rationale\n"+unions))
		if err != nil {
			t.Fatal(err)
		}
		all := l.Check()
		if len(all) < len(faults) {
			t.Errorf("%d faults while reading, %d when checked", len(faults), len(all))
		}
		for _, f := range all {
			if f.Text == "" || f.File == "" {
				t.Errorf("fault %+v", f)
			}
		}
		s := stackFrom(t, l, l.DefaultStack()...)
		for p := range s.Relate("left", "right").All() {
			paths := s.Paths(p.Source, p.Target)
			if len(paths) == 0 || p.Contradiction != (s.Conflict(p.Source, p.Target) != nil) {
				t.Errorf("%+v has %d paths", p, len(paths))
			}
		}
	})
}
