package crosswalk

import (
	"reflect"
	"slices"
	"testing"

	"github.com/toucan-grc/toucan/internal/framework"
)

func TestASetComesBackFromItsContent(t *testing.T) {
	shipped := Shipped()
	var again []*Publication
	for _, s := range shipped.Sets {
		p, _ := shipped.Publication(s.ID)
		content, digest := p.Encode()
		q, err := DecodeSet(content)
		if err != nil {
			t.Fatal(err)
		}
		if _, d := q.Encode(); d != digest {
			t.Errorf("%s changed on the way", s.ID)
		}
		for i, e := range q.Set.Edges {
			want := s.Edges[i]
			want.Line = e.Line // lines of the file are not kept
			if e != want {
				t.Fatalf("%s: %+v, was %+v", s.ID, e, want)
			}
		}
		again = append(again, q)
	}
	// a library made of what was kept says what the shipped one says
	l := shipped.With(nil, again)
	if !slices.Equal(l.SetIDs(), shipped.SetIDs()) || !slices.Equal(l.DefaultStack(), shipped.DefaultStack()) {
		t.Errorf("sets %q, stack %q", l.SetIDs(), l.DefaultStack())
	}
	if len(l.Unions) != len(shipped.Unions) || len(l.NetNew) != len(shipped.NetNew) || len(l.NoHome) != len(shipped.NoHome) || len(l.Challenged) != len(shipped.Challenged) {
		t.Errorf("lists of %d, %d, %d and %d rows", len(l.Unions), len(l.NetNew), len(l.NoHome), len(l.Challenged))
	}
	a, b := stackFrom(t, shipped, shipped.DefaultStack()...), stackFrom(t, l, l.DefaultStack()...)
	iso, _ := shipped.Frameworks.Find("iso27001-2022")
	for _, r := range iso.Asked() {
		ref := framework.Ref{Framework: iso.ID, ID: r.ID}
		x, y := a.Unions(ref, "soc2-2017"), b.Unions(ref, "soc2-2017")
		_, n := a.NetNew(ref, "soc2-2017")
		_, m := b.NetNew(ref, "soc2-2017")
		if len(x) != len(y) || n != m {
			t.Errorf("%s: %d unions and net new %t, was %d and %t", r.ID, len(y), m, len(x), n)
		}
	}
	if got, want := b.Relate("soc2-2017", iso.ID).Pairs(), a.Relate("soc2-2017", iso.ID).Pairs(); !reflect.DeepEqual(got, want) {
		t.Error("the relations differ")
	}
}

func TestStatementsAboutSetsAreKept(t *testing.T) {
	p := &Publication{Set: &Set{ID: "x", Title: "X", Kind: Authored, File: "x.csv",
		Edges: []Edge{{Set: "x", Source: left("a1"), Target: right("b1"), Relation: Overlaps, Map: "m1", Line: 4}},
		Maps:  []SetMap{{ID: "m1", Sources: []framework.Ref{left("a1"), left("a2")}, Targets: []framework.Ref{right("b1")}, Relation: Equal, Qualifiers: []Qualifier{{"both", "has-requirement", "restricted", "Only then."}}, Line: 4}}},
		Unions: []Union{{Set: "x", Target: right("b1"), Sources: []framework.Ref{left("a1"), left("a2")}, Rationale: "Both.", Map: "m1", Line: 4}}}
	p.settle()
	content, digest := p.Encode()
	q, err := DecodeSet(content)
	if err != nil {
		t.Fatal(err)
	}
	if _, d := q.Encode(); d != digest || q.Set.Edges[0].Map != "m1" || q.Unions[0].Map != "m1" || len(q.Set.Maps) != 1 || q.Set.Maps[0].Qualifiers[0].Text != "Only then." {
		t.Errorf("came back as %+v, %+v, %+v", q.Set.Edges, q.Set.Maps, q.Unions)
	}
	p.Set.Maps[0].Line, p.Set.Edges[0].Line = 9, 9
	if _, d := p.Encode(); d != digest {
		t.Error("where a row stands in a file changes what it says")
	}
}

func FuzzDecodeSet(f *testing.F) {
	shipped := Shipped()
	for _, s := range shipped.Sets[:2] {
		p, _ := shipped.Publication(s.ID)
		content, _ := p.Encode()
		f.Add(content[:min(len(content), 2000)])
	}
	f.Add([]byte(`{"id":"x","rows":[["a","1","equal|subset","b","2","","","",""]],"unions":[{"refs":[],"text":[],"owners":null}]}`))
	f.Fuzz(func(t *testing.T, content []byte) {
		p, err := DecodeSet(content)
		if err != nil {
			return
		}
		again, _ := p.Encode()
		if _, err := DecodeSet(again); err != nil {
			t.Errorf("what was written cannot be read: %v", err)
		}
	})
}
