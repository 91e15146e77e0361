package crosswalk

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"sync"

	"github.com/toucan-grc/toucan/internal/control"
	"github.com/toucan-grc/toucan/internal/framework"
)

// Cover is the smallest set of library controls that together meet a
// requirement. When one of them does not run, the requirement is not met by it.
type Cover struct {
	Target   framework.Ref
	Controls []string // codes of library entries
	Complete bool     // they meet all of it; otherwise Note says what is still missing
	Note     string
}

// Reach is a control library with what its controls count for: how each relates
// to the requirements of every framework, and which of them together meet one. It
// is immutable once read and safe for concurrent use. Nothing is ever composed
// through a control: a relation answers only whether this control meets that
// requirement.
type Reach struct {
	Library *control.Library
	Covers  []Cover // in file order

	links   map[string][]Link          // by entry, in the order of compareLinks
	serving map[framework.Ref][]string // the entries that relate to a requirement
	covers  map[framework.Ref]int
	digests map[string]string // by entry
}

// ShippedReach returns what the library built in counts for. It is read once.
var ShippedReach = sync.OnceValue(func() *Reach {
	sub, err := fs.Sub(control.Data, "data")
	if err == nil {
		var r *Reach
		if r, err = ReadReach(sub, control.Shipped()); err == nil {
			return r
		}
	}
	panic(fmt.Sprintf("crosswalk: built-in controls: %v", err)) // a test reads all of it
})

// ReadReach reads control-mappings.csv and requirement-covers.csv, which speak of
// the entries of lib.
func ReadReach(fsys fs.FS, lib *control.Library) (*Reach, error) {
	r := &Reach{Library: lib, links: map[string][]Link{}, serving: map[framework.Ref][]string{}, covers: map[framework.Ref]int{}, digests: map[string]string{}}
	err := errors.Join(
		framework.Table{File: "control-mappings.csv", Required: []string{"control", "framework", "requirement", "relationship", "rationale"}}.Each(fsys, r.mapping),
		framework.Table{File: "requirement-covers.csv", Required: []string{"framework", "requirement", "controls", "complete", "note"}}.Each(fsys, r.cover))
	if err != nil {
		return nil, err
	}
	for _, e := range lib.Entries {
		slices.SortFunc(r.links[e.Code], compareLinks)
		if r.digests[e.Code], err = digest(Taken{e, r.links[e.Code]}); err != nil {
			return nil, err
		}
	}
	return r, nil
}

func (r *Reach) mapping(f []string) error {
	l := Link{Ref: framework.Ref{Framework: f[1], ID: f[2]}, Relation: f[3], Rationale: f[4]}
	if _, known := r.Library.Find(f[0]); !known {
		return fmt.Errorf("there is no control %s", f[0])
	}
	if m, ok := ParseRelation(f[3]); !ok || m == None {
		return fmt.Errorf("%q is no relation a control can have to a requirement", f[3])
	}
	if slices.ContainsFunc(r.links[f[0]], func(x Link) bool { return x.Ref == l.Ref }) {
		return fmt.Errorf("%s and %s stand here twice", f[0], l.Ref)
	}
	r.links[f[0]] = append(r.links[f[0]], l)
	r.serving[l.Ref] = append(r.serving[l.Ref], f[0])
	return nil
}

func (r *Reach) cover(f []string) error {
	c := Cover{Target: framework.Ref{Framework: f[0], ID: f[1]}, Controls: strings.Split(f[2], "+"), Complete: f[3] == "yes", Note: f[4]}
	if _, twice := r.covers[c.Target]; twice {
		return fmt.Errorf("%s has two covers", c.Target)
	}
	if f[3] != "yes" && f[3] != "no" || !c.Complete && c.Note == "" {
		return fmt.Errorf("%s: complete is yes, or no with a note that says what is missing", c.Target)
	}
	for _, code := range c.Controls {
		if _, ok := r.Link(code, c.Target); !ok {
			return fmt.Errorf("%s: its member %s does not relate to it", c.Target, code)
		}
	}
	r.covers[c.Target] = len(r.Covers)
	r.Covers = append(r.Covers, c)
	return nil
}

// Links returns what an entry counts for, by framework and requirement.
func (r *Reach) Links(code string) []Link { return r.links[code] }

// Link returns how an entry relates to one requirement; false if it does not.
func (r *Reach) Link(code string, ref framework.Ref) (Link, bool) {
	links := r.links[code]
	if i := slices.IndexFunc(links, func(l Link) bool { return l.Ref == ref }); i >= 0 {
		return links[i], true
	}
	return Link{}, false
}

// Cover returns the cover of a requirement; false if none is stated.
func (r *Reach) Cover(ref framework.Ref) (Cover, bool) {
	if i, ok := r.covers[ref]; ok {
		return r.Covers[i], true
	}
	return Cover{}, false
}

// Ways returns the sets of entries each of which, run in full, meets the
// requirement: every entry that holds all of it, and its cover if that is
// complete. None means that the library alone cannot meet it.
func (r *Reach) Ways(ref framework.Ref) [][]string {
	var out [][]string
	for _, code := range r.serving[ref] {
		if l, _ := r.Link(code, ref); l.Mask().Full() {
			out = append(out, []string{code})
		}
	}
	if c, ok := r.Cover(ref); ok && c.Complete && len(c.Controls) > 1 {
		out = append(out, c.Controls)
	}
	return out
}

// Components returns every entry with what it counts for and how often it is
// asked, as documents carry them.
func (r *Reach) Components() []control.Component {
	type asked struct {
		control string
		ref     framework.Ref
	}
	often := make(map[asked]control.Interval, len(r.Library.Intervals))
	for _, i := range r.Library.Intervals {
		often[asked{i.Control, i.Ref}] = i
	}
	out := make([]control.Component, len(r.Library.Entries))
	for n, e := range r.Library.Entries {
		out[n] = control.Component{Entry: e}
		for _, l := range r.links[e.Code] {
			i := often[asked{e.Code, l.Ref}]
			out[n].Serves = append(out[n].Serves, control.Service{Ref: l.Ref, Relation: l.Relation, Rationale: l.Rationale, Frequency: i.Frequency, Basis: i.Basis})
		}
	}
	return out
}

// Mask is what a link says of control and requirement; a tag whose relation
// nobody stated says no more than that they share something.
func (l Link) Mask() Mask {
	if m, ok := ParseRelation(l.Relation); ok {
		return m
	}
	return Overlaps
}

// Taken is an entry as it was at some moment, with what it counted for. An
// organisation that adopts an entry keeps it, so that later it can be told what
// changed here and what changed in the library.
type Taken struct {
	Entry control.Entry
	Links []Link
}

// Take returns an entry as it is now.
func (r *Reach) Take(code string) (Taken, bool) {
	e, ok := r.Library.Find(code)
	return Taken{e, r.links[code]}, ok
}

// Digest names the present wording of an entry and its links: it changes when
// either does.
func (r *Reach) Digest(code string) string { return r.digests[code] }

func digest(t Taken) (string, error) {
	raw, err := json.Marshal(t)
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256(raw)
	return hex.EncodeToString(sum[:]), nil
}
