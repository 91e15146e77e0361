package crosswalk

import (
	"fmt"
	"maps"
	"slices"

	"github.com/toucan-grc/toucan/internal/framework"
)

// keeper fills a set from statements of a foreign file, and the lists beside it.
type keeper struct {
	set       *Set
	found     *File
	file      string
	faults    []framework.Fault
	silent    map[string]int // how many statements nothing follows from, by reason
	rows      map[[2]framework.Ref]keptRow
	dropped   map[int]bool // places in the set's edges
	resolvers map[string]*framework.Resolver
}

// keptRow is a row of its own and how its author compared the two ends.
type keptRow struct {
	at    int
	basis string
}

func newKeeper(s *Set, file string) *keeper {
	return &keeper{set: s, found: &File{Sets: []*Set{s}}, file: file, silent: make(map[string]int), rows: make(map[[2]framework.Ref]keptRow),
		dropped: make(map[int]bool), resolvers: make(map[string]*framework.Resolver)}
}

func (k *keeper) fault(line int, severity framework.Severity, format string, args ...any) {
	switch n := len(k.faults); {
	case n < maxFileFaults:
		k.faults = append(k.faults, framework.Fault{File: k.file, Line: line, Severity: severity, Text: fmt.Sprintf(format, args...)})
	case n == maxFileFaults:
		k.faults = append(k.faults, framework.Fault{File: k.file, Line: line, Severity: severity, Text: "Further faults in this file are left out. Mend the others first."})
	case severity == framework.Error:
		k.faults[maxFileFaults].Severity = framework.Error
	}
}

// maxFileFaults bounds what is reported about one file.
const maxFileFaults = 200

func (k *keeper) resolver(f *framework.Framework) *framework.Resolver {
	if k.resolvers[f.ID] == nil {
		k.resolvers[f.ID] = framework.NewResolver(f)
	}
	return k.resolvers[f.ID]
}

// keep adds a statement: an ordinary one as a row, any other as it is together
// with what follows from it.
func (k *keeper) keep(m SetMap) {
	if len(m.Sources) == 1 && len(m.Targets) == 1 && m.Sources[0] == m.Targets[0] {
		k.fault(m.Line, framework.Error, "%s is mapped to itself. Remove it.", m.Sources[0].Words())
		return
	}
	edges, unions := m.Follows(k.set.ID)
	if m.plain() {
		if !k.first(m, edges[0]) {
			return
		}
		edges[0].Map = ""
	} else {
		k.set.Maps = append(k.set.Maps, m)
		if why := m.Silent(); why != "" {
			k.silent[why]++
		}
	}
	k.set.Edges = append(k.set.Edges, edges...)
	for _, u := range unions {
		k.union(u)
	}
}

// first reports whether a row is to be kept beside those before it. Of two that
// state one pair, the same is kept once. Where they differ and were compared in
// the same way, neither is: which of them is right is not for us to say, and must
// not depend on their order. Compared in two ways, meaning goes before function.
func (k *keeper) first(m SetMap, e Edge) bool {
	key, mask := oriented(&e)
	other, ok := k.rows[key]
	if !ok {
		k.rows[key] = keptRow{len(k.set.Edges), m.Basis}
		return true
	}
	before := &k.set.Edges[other.at]
	_, said := oriented(before)
	switch {
	case said == mask:
		k.fault(m.Line, framework.Warning, "%s and %s are already related like this on line %d. The second row was left out.", key[0].Words(), key[1].Words(), before.Line)
	case other.basis == m.Basis:
		k.fault(m.Line, framework.Error, "%s and %s are %s on line %d and %s here. Both cannot be true; keep one.", key[0].Words(), key[1].Words(), said, before.Line, mask)
		k.dropped[other.at] = true
	default:
		k.fault(m.Line, framework.Warning, "%s and %s are %s by %s comparison on line %d and %s by %s comparison here. The one by meaning was kept.",
			key[0].Words(), key[1].Words(), said, other.basis, before.Line, mask, m.Basis)
		if m.Basis == "semantic" {
			k.dropped[other.at] = true
			k.rows[key] = keptRow{len(k.set.Edges), m.Basis}
			return true
		}
	}
	return false
}

// union adds a union. A derived set states none: its rows are suggestions, and a
// union counts as soon as its members are met.
func (k *keeper) union(u Union) {
	if k.set.Kind == Derived {
		k.silent["it says what several requirements hold together, and what a machine made is only a suggestion"]++
		return
	}
	u.owners, u.file = []string{k.set.ID}, k.file
	k.found.Unions = append(k.found.Unions, u)
}

func (k *keeper) netNew(n NetNew) {
	n.owners, n.file = []string{k.set.ID}, k.file
	k.found.NetNew = append(k.found.NetNew, n)
}

func (k *keeper) noHome(n NoHome) {
	n.owners, n.file = []string{k.set.ID}, k.file
	k.found.NoHome = append(k.found.NoHome, n)
}

// summary tells once for each reason what was kept and not inferred from.
func (k *keeper) summary() {
	kept := k.set.Edges[:0]
	for i, e := range k.set.Edges {
		if !k.dropped[i] {
			kept = append(kept, e)
		}
	}
	k.set.Edges = kept
	for _, why := range slices.Sorted(maps.Keys(k.silent)) {
		k.fault(0, framework.Info, "%d statements are kept and nothing is inferred from them: %s.", k.silent[why], why)
	}
	if len(k.set.Edges) == 0 && len(k.set.Maps) == 0 && len(k.found.Unions) == 0 && len(framework.Errors(k.faults)) == 0 {
		k.fault(1, framework.Error, "The file states no relation that can be used.")
	}
}
