// Package crosswalk holds what relates the requirements of one framework to
// those of another: rows, the sets they come in, and what follows from them. Rows
// may be wrong or silent; the inference is sound: it says what must hold if the
// rows are true, and otherwise that nothing follows.
//
// Relations are those of NIST IR 8477, which are the base relations of RCC-5.
// What is known about a pair is a Mask: the set of relations still possible.
package crosswalk

import (
	"slices"
	"strings"
)

// Mask is the set of relations that can hold between two requirements, each seen
// as a non-empty set of obligations. More bits mean less knowledge. The zero Mask
// leaves nothing possible: what led to it contradicts itself.
type Mask uint8

// The five base relations, of which exactly one holds between any two
// requirements, and the two weak masks that have a name.
const (
	Equal      Mask = 1 << iota // both ask the same
	Subset                      // the source lies inside the target, which asks more
	Superset                    // the source holds the target and asks more
	Intersects                  // they share something, and each asks something the other does not
	None                        // they share nothing

	Overlaps = Equal | Subset | Superset | Intersects // they share something; nothing more was stated
	Any      = Overlaps | None                        // nothing is known
)

// relations names the base relations in bit order.
var relations = [5]string{"equal", "subset", "superset", "intersects", "none"}

// composition is the table of standards.md 2.2: the relations possible between A
// and C when the row holds between A and B and the column between B and C.
var composition = [5][5]Mask{
	/* equal      */ {Equal, Subset, Superset, Intersects, None},
	/* subset     */ {Subset, Subset, Any, Subset | Intersects | None, None},
	/* superset   */ {Superset, Overlaps, Superset, Superset | Intersects, Superset | Intersects | None},
	/* intersects */ {Intersects, Subset | Intersects, Superset | Intersects | None, Any, Superset | Intersects | None},
	/* none       */ {None, Subset | Intersects | None, None, Subset | Intersects | None, Any},
}

// composed extends the table from base relations to masks: the union of the
// cells over the bits set.
var composed = func() (table [32][32]Mask) {
	for a := range Mask(32) {
		for b := range Mask(32) {
			for i := range 5 {
				for j := range 5 {
					if a&(1<<i) != 0 && b&(1<<j) != 0 {
						table[a][b] |= composition[i][j]
					}
				}
			}
		}
	}
	return table
}()

// Compose returns what can hold between A and C when a holds between A and B and
// b between B and C. Composing with a contradiction gives a contradiction;
// callers that must go on treat it as Any.
func Compose(a, b Mask) Mask { return composed[a&Any][b&Any] }

// Inverse returns the same knowledge read from the other side.
func (m Mask) Inverse() Mask {
	return m&^(Subset|Superset) | m&Subset<<1 | m&Superset>>1
}

// Full reports whether a met source meets the target for certain: whatever holds
// is equal or superset.
func (m Mask) Full() bool { return m != 0 && m&^(Equal|Superset) == 0 }

// Overlap reports whether the two share something for certain.
func (m Mask) Overlap() bool { return m != 0 && m&None == 0 }

// Relations lists the base relations still possible, strongest knowledge of
// sameness first; empty for a contradiction.
func (m Mask) Relations() []string {
	out := make([]string, 0, 5)
	for i, name := range relations {
		if m&(1<<i) != 0 {
			out = append(out, name)
		}
	}
	return out
}

// String returns the mask as a reader of lists wants it: "superset", "equal or
// superset", "overlaps", "unknown".
func (m Mask) String() string {
	switch m & Any {
	case 0:
		return "contradiction"
	case Overlaps:
		return "overlaps"
	case Any:
		return "unknown"
	}
	return join(m.Relations(), "or")
}

// count returns how many relations are possible.
func (m Mask) count() int {
	n := 0
	for ; m != 0; m &= m - 1 {
		n++
	}
	return n
}

// ParseRelation reads a relationship token of a mapping file: a base relation,
// "overlaps", or several base relations joined by "-or-".
func ParseRelation(token string) (Mask, bool) {
	if token == "overlaps" {
		return Overlaps, true
	}
	if i := slices.Index(relations[:], token); i >= 0 {
		return 1 << i, true
	}
	mask := Mask(0)
	for word := range strings.SplitSeq(token, "-or-") {
		i := slices.Index(relations[:], word)
		if i < 0 || mask&(1<<i) != 0 {
			return 0, false
		}
		mask |= 1 << i
	}
	return mask, true
}

// join writes a list as prose does: "a", "a or b", "a, b or c".
func join(words []string, last string) string {
	if len(words) < 2 {
		return strings.Join(words, "")
	}
	return strings.Join(words[:len(words)-1], ", ") + " " + last + " " + words[len(words)-1]
}
