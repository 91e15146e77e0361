package posture

import (
	"fmt"
	"slices"
	"strings"

	"github.com/toucan-grc/toucan/internal/control"
	"github.com/toucan-grc/toucan/internal/crosswalk"
	"github.com/toucan-grc/toucan/internal/framework"
)

// Adopted is a control of the organisation that was taken from the library, as it
// stands at the moment asked about.
type Adopted struct {
	Code   string // what the organisation calls it
	Entry  string // code of the library's entry
	Status control.Status
	Edited bool             // its text is no longer the entry's
	Links  []crosswalk.Link // what it counts for here; the organisation may have changed them
}

// Claim is one adopted control, seen from one requirement it is linked to.
type Claim struct {
	Code, Entry string
	Relation    crosswalk.Mask
	Status      control.Status
	Edited      bool
	Rationale   string
}

// Own is how far the adopted controls of an organisation meet a requirement by
// themselves, with no other requirement in between. It rests on what the library
// says its controls meet together, not on the assumption that one tag is enough.
type Own struct {
	Coverage Coverage // Full, FullUnion, Partial or None
	Why      string
	By       []Claim          // operated, and what the coverage rests on
	Also     []Claim          // operated, shares ground, not needed
	Waiting  []Claim          // would count, but is not operated
	Missing  []string         // entries of the cover that nobody adopted, or whose link was taken away
	Residual []string         // what is left to do, the nearest first; empty when closed
	Cover    *crosswalk.Cover // nil where the library states none
	Governed bool             // a control of the cover is adopted, so that the cover speaks, and no tag
}

// OwnCoverage answers for every requirement of f on which an adopted control
// bears; the others are not in the map.
func OwnCoverage(f *framework.Framework, adopted []Adopted, reach *crosswalk.Reach) map[string]Own {
	claims := map[string][]Claim{}
	for _, a := range adopted {
		for _, l := range a.Links {
			if l.Ref.Framework == f.ID {
				claims[l.Ref.ID] = append(claims[l.Ref.ID], Claim{a.Code, a.Entry, l.Mask(), a.Status, a.Edited, l.Rationale})
			}
		}
	}
	out := make(map[string]Own, len(claims))
	for _, r := range f.Asked() {
		if len(claims[r.ID]) == 0 {
			continue
		}
		o := Own{}
		if c, ok := reach.Cover(framework.Ref{Framework: f.ID, ID: r.ID}); ok {
			o.Cover = &c
		}
		out[r.ID] = o.of(claims[r.ID])
	}
	return out
}

// of works out the coverage from the claims on one requirement.
func (o Own) of(claims []Claim) Own {
	slices.SortStableFunc(claims, func(a, b Claim) int { return control.CompareCodes(a.Code, b.Code) })
	var full, shares, members []Claim
	operatedMembers := 0
	for _, c := range claims {
		member := o.Cover != nil && slices.Contains(o.Cover.Controls, c.Entry)
		if member {
			members = append(members, c)
		}
		switch {
		case c.Status != control.Operated:
			o.Waiting = append(o.Waiting, c)
		case c.Relation.Full():
			full = append(full, c)
		default:
			shares = append(shares, c)
		}
		if member && c.Status == control.Operated {
			operatedMembers++
		}
	}
	o.Governed = len(members) > 0
	if o.Cover != nil {
		for _, code := range o.Cover.Controls {
			if !slices.ContainsFunc(members, func(c Claim) bool { return c.Entry == code }) {
				o.Missing = append(o.Missing, code)
			}
		}
	}
	whole := o.Cover != nil && len(o.Missing) == 0 && operatedMembers == len(members)
	switch {
	case len(full) > 0:
		o.Coverage, o.By, o.Also = Full, full, shares
	case whole && o.Cover.Complete:
		o.Coverage = FullUnion
		for _, c := range shares {
			if slices.Contains(o.Cover.Controls, c.Entry) {
				o.By = append(o.By, c)
			} else {
				o.Also = append(o.Also, c)
			}
		}
	case len(shares) > 0:
		o.Coverage, o.By = Partial, shares
		o.Residual = o.left(whole)
	default:
		o.Coverage = None
		o.Residual = o.left(whole)
	}
	o.Why = o.why(whole, operatedMembers)
	return o
}

// left lists what would bring the requirement nearer to closed.
func (o Own) left(whole bool) []string {
	var out []string
	if !whole {
		for _, c := range o.Waiting {
			if o.Cover == nil && c.Relation.Full() || o.Cover != nil && slices.Contains(o.Cover.Controls, c.Entry) {
				out = append(out, fmt.Sprintf("Bring %s (%s) into operation.", c.Code, c.Status.Words()))
			}
		}
		if len(o.Missing) > 0 {
			out = append(out, "Adopt "+list(o.Missing)+" from the library and bring "+plural(len(o.Missing), "it", "them")+" into operation.")
		}
	}
	switch {
	case o.Cover != nil && !o.Cover.Complete:
		out = append(out, o.Cover.Note)
	case o.Cover == nil && len(o.By) > 0:
		out = append(out, "Compare what it asks with what "+codesOf(o.By)+plural(len(o.By), " does", " do")+", and write down what is left: the library does not say what would complete it.")
	case len(out) == 0:
		out = append(out, "Bring "+codesOf(o.Waiting)+" into operation.")
	}
	return out
}

func (o Own) why(whole bool, operated int) string {
	var s strings.Builder
	switch {
	case o.Coverage == Full:
		s.WriteString(o.By[0].Code + ", taken from the library and operated, holds all of it.")
	case o.Coverage == FullUnion:
		s.WriteString(codesOf(o.By) + " are all adopted and operated, and together hold all of it.")
	case whole:
		s.WriteString("All that the library has for it is operated (" + codesOf(o.By) + "), and that does not complete it.")
	case o.Governed && len(o.Cover.Controls) == 1:
		s.WriteString("The one library control that " + covers(o.Cover.Complete, "holds") + " it is not operated.")
	case o.Governed:
		n := len(o.Cover.Controls)
		fmt.Fprintf(&s, "Of the %d library controls that %s it, %d %s operated.", n, covers(o.Cover.Complete, "together hold"), operated, plural(operated, "is", "are"))
	case len(o.By) > 0:
		s.WriteString("The adopted " + codesOf(o.By) + plural(len(o.By), " shares", " share") + " ground with it.")
	default:
		s.WriteString("The adopted " + codesOf(o.Waiting) + plural(len(o.Waiting), " bears", " bear") + " on it, but " + plural(len(o.Waiting), "is", "are") + " not operated.")
	}
	if o.Coverage.Closed() && o.Cover != nil && o.Cover.Note != "" {
		s.WriteString(" Note: " + o.Cover.Note)
	}
	var edited []string
	for _, c := range o.By {
		if c.Edited {
			edited = append(edited, c.Code)
		}
	}
	if len(edited) > 0 {
		s.WriteString(" " + list(edited) + plural(len(edited), " was", " were") + " edited here since: see that the text still does what the library counts on.")
	}
	return s.String()
}

// covers says what the controls of a cover do to the requirement.
func covers(complete bool, hold string) string {
	if complete {
		return hold
	}
	return "bear on"
}

// codesOf names the controls of some claims.
func codesOf(claims []Claim) string {
	names := make([]string, len(claims))
	for i, c := range claims {
		names[i] = c.Code
	}
	return list(names)
}

// answer joins what the organisation's own controls say to the verdict. The
// better of the two routes is the coverage; the reasons of both stay.
func (v *Verdict) answer(own Own) {
	v.Own = &own
	switch {
	case rank(own.Coverage) < rank(v.Coverage):
		v.ByOwn = true
		if v.Coverage != Candidate { // suggestions are no sources
			v.Also = slices.Concat(v.By, v.Also)
		}
		v.By, v.Union, v.Attestation = nil, nil, nil
		v.Coverage, v.Residual = own.Coverage, own.Residual
	case !v.Coverage.Closed():
		v.Residual = slices.Concat(own.Residual, v.Residual)
	}
}
