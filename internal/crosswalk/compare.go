package crosswalk

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/toucan-grc/toucan/internal/framework"
)

// Voice is one column of a comparison: a mapping set, or those of its rows that
// enough of its sources agree on.
type Voice struct {
	Set   *Set
	Votes int // rows with fewer votes are left out; zero takes every row
	Of    int // how many sources had a vote, or zero
}

// Name returns the voice as a heading of a table: "consensus, 3 of 5 or more".
func (v Voice) Name() string {
	if v.Votes == 0 {
		return v.Set.ID
	}
	return fmt.Sprintf("%s, %d of %d votes or more", v.Set.ID, v.Votes, v.Of)
}

// takes reports whether the voice says what the row says.
func (v Voice) takes(e *Edge) bool {
	if v.Votes == 0 {
		return true
	}
	n, _, ok := e.Votes()
	return ok && n >= v.Votes
}

// Votes returns how many of how many sources agree on a row, where its
// provenance says so; false where it does not.
func (e Edge) Votes() (votes, of int, ok bool) {
	n, err := fmt.Sscanf(e.Provenance, "derived consensus %d/%d", &votes, &of)
	return votes, of, err == nil && n == 2 && votes <= of
}

// Voices returns what can be compared between two frameworks: every set with rows
// between them, in library order. A set whose rows carry votes speaks once for
// every number of votes but unanimity, which few rows have.
func (l *Library) Voices(from, to string) []Voice {
	var out []Voice
	for _, s := range l.Sets {
		if !slices.Contains(s.joins(), pairOf(from, to)) {
			continue
		}
		least, of := 0, 0
		for i := range s.Edges {
			if n, all, ok := s.Edges[i].Votes(); ok && (least == 0 || n < least) {
				least, of = n, all
			}
		}
		if least == 0 || least >= of {
			out = append(out, Voice{Set: s})
			continue
		}
		for n := least; n < of; n++ {
			out = append(out, Voice{s, n, of})
		}
	}
	return out
}

// Comparison sets what several voices say about two frameworks side by side. Sets
// may disagree: a difference is shown, it is no error.
type Comparison struct {
	From, To *framework.Framework
	Core     string // the categories of From that are always in scope: "security"; empty where it has none
	Tallies  []Tally
}

// Tally is the figures of one voice.
type Tally struct {
	Voice     Voice
	Core, All Figures     // with the mandatory categories alone, and with every category
	Confirms  []Agreement // for each voice of the comparison: how many of its pairs this one has too
}

// Agreement says how many pairs of another voice a voice has as well. Where one
// of the two speaks of a whole series, it is enough that the other speaks of a
// member.
type Agreement struct {
	Pairs, Of int
	Parts     []Share // the same for each part of the target framework
}

// Figures counts what a voice reaches. A row that ends on a heading counts for
// every requirement below it; a row that starts at one counts once.
type Figures struct {
	Pairs   int    // distinct pairs of a source as written and a requirement
	Touched Share  // requirements that share ground with some source
	Parts   []Part // the layers of the target, such as Annex A and the clauses; nil where it has none
	Themes  []Part // its themes
	Full    int    // requirements that one source equals or holds, by a row
	Union   int    // further ones that an authored union holds
}

// Closed returns how many requirements have nothing left to design.
func (f Figures) Closed() int { return f.Full + f.Union }

// Share is a number out of another.
type Share struct{ N, Of int }

// Part is a share of a part of a framework.
type Part struct {
	ID, Label string
	Touched   Share
	Pairs     int // that end there
}

// Compare works out the figures of the voices between two frameworks.
func (l *Library) Compare(from, to *framework.Framework, voices []Voice) *Comparison {
	c := &Comparison{From: from, To: to}
	inCore := func(string) bool { return true }
	for _, cat := range from.Categories() {
		if cat.Mandatory {
			c.Core = cat.Key
			inCore = func(id string) bool { return from.Within(id, cat.ID) }
			break
		}
	}
	layers, themes := divide(to, layerOf), divide(to, themeOf)
	said := make([][]saying, len(voices))
	for i, v := range voices {
		said[i] = sayings(v, from, to)
	}
	for i, v := range voices {
		t := Tally{Voice: v}
		t.Core = l.figures(from, to.ID, layers, themes, v, said[i], inCore)
		t.All = l.figures(from, to.ID, layers, themes, v, said[i], func(string) bool { return true })
		for j := range voices {
			t.Confirms = append(t.Confirms, confirmed(from, layers, said[i], said[j]))
		}
		c.Tallies = append(c.Tallies, t)
	}
	return c
}

// saying is one row of a voice for one requirement of the target, read from the
// source framework.
type saying struct {
	source, target string
	mask           Mask
	edge           *Edge
}

// sayings lists what a voice says about the requirements of to. A heading stands
// for all requirements below it.
func sayings(v Voice, from, to *framework.Framework) []saying {
	below := leaves(to)
	var out []saying
	for i := range v.Set.Edges {
		e := &v.Set.Edges[i]
		s, t, mask := e.Source, e.Target, e.Relation
		if s.Framework != from.ID || t.Framework != to.ID {
			s, t, mask = t, s, mask.Inverse()
		}
		if s.Framework != from.ID || t.Framework != to.ID || !v.takes(e) || mask == None {
			continue
		}
		if _, ok := from.Find(s.ID); !ok {
			continue
		}
		for _, id := range below[t.ID] {
			m := mask
			if id != t.ID {
				m = Overlaps // what holds of a heading says only that its members are concerned
			}
			out = append(out, saying{s.ID, id, m, e})
		}
	}
	return out
}

// leaves returns for every id of a framework what a row about it speaks of: a
// requirement of itself, a heading of every requirement below it.
func leaves(f *framework.Framework) map[string][]string {
	out := make(map[string][]string, len(f.Requirements))
	for _, r := range f.Asked() {
		for _, up := range f.Path(r.ID) {
			if up.ID == r.ID || up.Kind == framework.KindGroup {
				out[up.ID] = append(out[up.ID], r.ID)
			}
		}
	}
	return out
}

// figures counts the sayings whose source is taken.
func (l *Library) figures(from *framework.Framework, to string, layers, themes *division, v Voice, said []saying, takes func(source string) bool) Figures {
	touched, full := map[string]bool{}, map[string]bool{}
	pairs := map[[2]string]bool{}
	for _, s := range said {
		if !takes(s.source) {
			continue
		}
		touched[s.target], pairs[[2]string{s.source, s.target}] = true, true
		if r, _ := from.Find(s.source); r.Kind == framework.KindRequirement && s.mask.Full() && v.Set.Kind != Derived {
			full[s.target] = true
		}
	}
	f := Figures{Pairs: len(pairs), Full: len(full)}
	for _, u := range l.Unions {
		outside := func(r framework.Ref) bool { return r.Framework != from.ID || !takes(r.ID) }
		if u.Target.Framework == to && !full[u.Target.ID] && slices.Contains(u.owners, v.Set.ID) && !slices.ContainsFunc(u.Sources, outside) {
			full[u.Target.ID] = true
			f.Union++
		}
	}
	f.Parts, f.Themes = layers.share(touched, pairs), themes.share(touched, pairs)
	f.Touched.N = len(touched)
	for _, t := range themes.parts {
		f.Touched.Of += t.Touched.Of
	}
	return f
}

// division is the parts of a framework; nil where it has none.
type division struct {
	parts []Part         // with nothing touched
	at    map[string]int // by requirement
}

func divide(f *framework.Framework, of func(*framework.Framework, string) (id, label string)) *division {
	d := &division{at: map[string]int{}}
	place := map[string]int{}
	for _, r := range f.Asked() {
		id, label := of(f, r.ID)
		if id == "" {
			return nil
		}
		n, ok := place[id]
		if !ok {
			n = len(d.parts)
			place[id] = n
			d.parts = append(d.parts, Part{ID: id, Label: label})
		}
		d.at[r.ID] = n
		d.parts[n].Touched.Of++
	}
	return d
}

// share counts what is touched, and the pairs, by part.
func (d *division) share(touched map[string]bool, pairs map[[2]string]bool) []Part {
	if d == nil {
		return nil
	}
	out := slices.Clone(d.parts)
	for id := range touched {
		out[d.at[id]].Touched.N++
	}
	for p := range pairs {
		out[d.at[p[1]]].Pairs++
	}
	return out
}

// layerOf names the layer of a requirement; empty where the framework has none.
func layerOf(f *framework.Framework, id string) (string, string) {
	layer := f.Attribute(id, "layer")
	switch layer {
	case "annex-a":
		return layer, "Annex A"
	case "clause":
		return layer, "clauses"
	}
	return layer, layer
}

func themeOf(f *framework.Framework, id string) (string, string) {
	t, ok := f.Theme(id)
	if !ok {
		return id, id
	}
	return t.ID, t.Label
}

// confirmed counts the pairs of theirs that mine has as well.
func confirmed(from *framework.Framework, layers *division, mine, theirs []saying) Agreement {
	have := map[string][]string{} // by target: sources
	for _, s := range mine {
		have[s.target] = append(have[s.target], s.source)
	}
	var c Agreement
	if layers != nil {
		c.Parts = make([]Share, len(layers.parts))
	}
	seen := map[[2]string]bool{}
	for _, s := range theirs {
		if seen[[2]string{s.source, s.target}] {
			continue
		}
		seen[[2]string{s.source, s.target}] = true
		n := 0
		if list := have[s.target]; slices.Contains(list, s.source) ||
			slices.ContainsFunc(list, func(id string) bool { return from.Within(id, s.source) || from.Within(s.source, id) }) {
			n = 1
		}
		c.Pairs, c.Of = c.Pairs+n, c.Of+1
		if layers != nil {
			part := &c.Parts[layers.at[s.target]]
			part.N, part.Of = part.N+n, part.Of+1
		}
	}
	return c
}

// Side is everything the library says about two frameworks, side by side.
type Side struct {
	*Comparison
	Sets  []*Set // every set between the two, in library order
	Lines []Line
}

// SideBySide compares every voice and sets every row side by side. It is worked
// out once for two frameworks.
func (l *Library) SideBySide(from, to *framework.Framework) *Side {
	key := [2]string{from.ID, to.ID}
	l.mu.Lock()
	defer l.mu.Unlock()
	if s := l.sides[key]; s != nil {
		return s
	}
	voices := l.Voices(from.ID, to.ID)
	s := &Side{Comparison: l.Compare(from, to, voices)}
	for _, v := range voices {
		if !slices.Contains(s.Sets, v.Set) {
			s.Sets = append(s.Sets, v.Set)
		}
	}
	s.Lines = Lines(from, to, s.Sets)
	if l.sides == nil {
		l.sides = make(map[[2]string]*Side)
	}
	l.sides[key] = s
	return s
}

// Standpoint says how the sets stand to one another on a line of a comparison.
type Standpoint string

// The standpoints, the most serious first.
const (
	Clashing Standpoint = "clash"   // two sets state relations of one pair that cannot both hold
	Differ   Standpoint = "silent"  // some sets have a row, others none
	Sharper  Standpoint = "sharper" // all speak; on some pair one says more than another, and they can both be right
	Agree    Standpoint = "agree"   // all speak, and none says more than another
)

// Standpoints lists them all.
func Standpoints() []Standpoint { return []Standpoint{Clashing, Differ, Sharper, Agree} }

// Line is what several sets say about one series of the source and one
// requirement of the target. It is as wide as the widest row: where a set speaks
// of CC6 as a whole, what others say of CC6.1 stands beside it.
type Line struct {
	Source     framework.Requirement // a series or, failing one, a requirement
	Target     framework.Requirement
	Said       [][]Said // for each set
	Standpoint Standpoint
}

// Said is one row of a set as a line shows it.
type Said struct {
	Source string // as the set has it, such as CC6.1
	Mask   Mask   // read from the source framework
	Edge   *Edge
}

// Lines sets the rows of sets side by side, in catalogue order of the target,
// then of the source.
func Lines(from, to *framework.Framework, sets []*Set) []Line {
	wide := map[string]bool{}
	said := make([][]saying, len(sets))
	for i, s := range sets {
		said[i] = sayings(Voice{Set: s}, from, to)
		for _, x := range said[i] {
			if r, _ := from.Find(x.source); r.Kind == framework.KindGroup {
				wide[x.source] = true
			}
		}
	}
	at, series := map[[2]string]int{}, map[string]framework.Requirement{}
	var out []Line
	for i := range sets {
		for _, x := range said[i] {
			if _, ok := series[x.source]; !ok {
				series[x.source] = seriesOf(from, x.source, wide)
			}
			key := [2]string{series[x.source].ID, x.target}
			n, ok := at[key]
			if !ok {
				n = len(out)
				at[key] = n
				target, _ := to.Find(x.target)
				out = append(out, Line{Source: series[x.source], Target: target, Said: make([][]Said, len(sets))})
			}
			out[n].Said[i] = append(out[n].Said[i], Said{x.source, x.mask, x.edge})
		}
	}
	for i := range out {
		out[i].Standpoint = standpoint(out[i].Said)
	}
	place := func(f *framework.Framework, id string) int { n, _ := f.Position(id); return n }
	slices.SortFunc(out, func(x, y Line) int {
		return cmp.Or(cmp.Compare(place(to, x.Target.ID), place(to, y.Target.ID)), cmp.Compare(place(from, x.Source.ID), place(from, y.Source.ID)))
	})
	return out
}

// seriesOf returns the widest heading some set speaks of that holds the id, or
// its theme, or itself.
func seriesOf(f *framework.Framework, id string, wide map[string]bool) framework.Requirement {
	for _, r := range f.Path(id) {
		if wide[r.ID] {
			return r
		}
	}
	if t, ok := f.Theme(id); ok {
		return t
	}
	r, _ := f.Find(id)
	return r
}

// standpoint compares what the sets say on one line.
func standpoint(said [][]Said) Standpoint {
	out := Agree
	masks := map[string]Mask{} // by source
	for _, rows := range said {
		for _, r := range rows {
			have, ok := masks[r.Source]
			switch {
			case !ok:
				masks[r.Source] = r.Mask
			case have&r.Mask == 0:
				return Clashing
			case have != r.Mask:
				masks[r.Source] = have & r.Mask
				out = Sharper
			}
		}
	}
	if slices.ContainsFunc(said, func(rows []Said) bool { return len(rows) == 0 }) {
		return Differ
	}
	return out
}
