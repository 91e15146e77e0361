package crosswalk

import (
	"regexp"
	"slices"
	"strings"
	"testing"
)

// relationOf returns the base relation of two non-empty sets of obligations.
func relationOf(a, b uint32) Mask {
	switch {
	case a == b:
		return Equal
	case a&b == 0:
		return None
	case a&^b == 0:
		return Subset
	case b&^a == 0:
		return Superset
	}
	return Intersects
}

// enumerated is the composition table found by going through every way in which
// the seven regions of a Venn diagram of three sets can be empty or not.
func enumerated() (table [5][5]Mask) {
	for pattern := 1; pattern < 128; pattern++ {
		var sets [3]uint32
		for region := range 7 { // region+1 says in which of the three sets it lies
			if pattern&(1<<region) != 0 {
				for s := range sets {
					if (region+1)&(1<<s) != 0 {
						sets[s] |= 1 << region
					}
				}
			}
		}
		if sets[0] == 0 || sets[1] == 0 || sets[2] == 0 {
			continue // a requirement without obligations asks nothing
		}
		table[bit(relationOf(sets[0], sets[1]))][bit(relationOf(sets[1], sets[2]))] |= relationOf(sets[0], sets[2])
	}
	return table
}

func bit(m Mask) int { return slices.Index([]Mask{Equal, Subset, Superset, Intersects, None}, m) }

func TestCompositionIsWhatVennDiagramsAllow(t *testing.T) {
	if got := enumerated(); got != composition {
		t.Errorf("enumerated\n%v\nwritten down\n%v", got, composition)
	}
}

// The table of standards.md 2.2, cell by cell.
func TestCompositionTable(t *testing.T) {
	const golden = `
EQ  | EQ  | SUB            | SUP        | INT        | NO
SUB | SUB | SUB            | any        | SUB,INT,NO | NO
SUP | SUP | EQ,SUB,SUP,INT | SUP        | SUP,INT    | SUP,INT,NO
INT | INT | SUB,INT        | SUP,INT,NO | any        | SUP,INT,NO
NO  | NO  | SUB,INT,NO     | NO         | SUB,INT,NO | any`
	short := map[string]Mask{"EQ": Equal, "SUB": Subset, "SUP": Superset, "INT": Intersects, "NO": None, "any": Any}
	triples, single := 0, 0
	for i, line := range strings.Split(strings.TrimSpace(golden), "\n") {
		for j, cell := range strings.Split(line, "|")[1:] {
			want := Mask(0)
			for _, name := range strings.Split(strings.TrimSpace(cell), ",") {
				want |= short[name]
			}
			if got := Compose(1<<i, 1<<j); got != want {
				t.Errorf("%v then %v gives %v, want %v", Mask(1)<<i, Mask(1)<<j, got, want)
			}
			triples += want.count()
			if want.count() == 1 {
				single++
			}
		}
	}
	if triples != 54 || single != 13 {
		t.Errorf("%d base triples and %d single cells, want 54 and 13", triples, single)
	}
}

func TestComposeWeakMasks(t *testing.T) {
	const atMost, atLeast = Equal | Subset, Equal | Superset
	for _, tt := range []struct {
		name       string
		a, b, want Mask
	}{
		{"at most, at most", atMost, atMost, atMost},
		{"at least, at least", atLeast, atLeast, atLeast},
		{"at least, at most", atLeast, atMost, Overlaps},
		{"at least, overlaps", atLeast, Overlaps, Overlaps},
		{"overlaps, at most", Overlaps, atMost, Overlaps},
		{"at most, none", atMost, None, None},
		{"none, at least", None, atLeast, None},
		{"at most, at least", atMost, atLeast, Any},
		{"overlaps, overlaps", Overlaps, Overlaps, Any},
		{"unknown, equal", Any, Equal, Any},
		{"a contradiction stays one", 0, Equal, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := Compose(tt.a, tt.b); got != tt.want {
				t.Errorf("got %v, want %v", got, tt.want)
			}
		})
	}
}

func TestMaskLaws(t *testing.T) {
	for a := range Mask(32) {
		if a.Inverse().Inverse() != a {
			t.Errorf("%v read backwards twice is %v", a, a.Inverse().Inverse())
		}
		if Compose(Equal, a) != a || Compose(a, Equal) != a {
			t.Errorf("equal is not neutral to %v", a)
		}
		if a != 0 && (Compose(Any, a) != Any || Compose(a, a.Inverse())&Equal == 0) {
			t.Errorf("the laws the walk rests on fail for %v", a)
		}
		for b := range Mask(32) {
			if Compose(a, b).Inverse() != Compose(b.Inverse(), a.Inverse()) {
				t.Errorf("%v then %v differs backwards", a, b)
			}
			for c := range Mask(32) {
				if Compose(Compose(a, b), c) != Compose(a, Compose(b, c)) {
					t.Fatalf("%v, %v, %v: the order of composing matters", a, b, c)
				}
			}
		}
	}
}

// The three laws of paths, for every word of up to five base relations.
func TestPathLaws(t *testing.T) {
	full := regexp.MustCompile(`^[ep]+$`)
	overlap := regexp.MustCompile(`^[ep]*i?[eb]*$`)
	disjoint := regexp.MustCompile(`^[eb]*n[ep]*$`)
	var try func(word string, m Mask)
	try = func(word string, m Mask) {
		if word != "" {
			if got := m.Full(); got != full.MatchString(word) {
				t.Errorf("%s: full %t", word, got)
			}
			if got := m.Overlap(); got != overlap.MatchString(word) {
				t.Errorf("%s: overlap %t", word, got)
			}
			if got := m == None; got != disjoint.MatchString(word) {
				t.Errorf("%s: disjoint %t", word, got)
			}
		}
		if len(word) < 5 {
			for i, letter := range "ebpin" { // equal, suBset, suPerset, intersects, none
				try(word+string(letter), Compose(m, 1<<i))
			}
		}
	}
	try("", Equal)
}

func TestMaskWords(t *testing.T) {
	for _, tt := range []struct {
		mask      Mask
		word      string
		relations string
	}{
		{Equal, "equal", "equal"},
		{Equal | Superset, "equal or superset", "equal superset"},
		{Overlaps, "overlaps", "equal subset superset intersects"},
		{Any, "unknown", "equal subset superset intersects none"},
		{Subset | Intersects | None, "subset, intersects or none", "subset intersects none"},
		{0, "contradiction", ""},
	} {
		if got := tt.mask.String(); got != tt.word {
			t.Errorf("%05b is %q, want %q", tt.mask, got, tt.word)
		}
		if got := strings.Join(tt.mask.Relations(), " "); got != tt.relations {
			t.Errorf("%v lists %q", tt.mask, got)
		}
	}
	for _, token := range []string{"equal", "subset", "superset", "intersects", "none", "overlaps"} {
		if m, ok := ParseRelation(token); !ok || m.String() != token {
			t.Errorf("%s is read as %v", token, m)
		}
	}
	for _, token := range []string{"", "Equal", "unknown", "related", "no relationship"} {
		if _, ok := ParseRelation(token); ok {
			t.Errorf("%q must not be a relation", token)
		}
	}
}
