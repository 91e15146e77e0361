package crosswalk

import (
	"slices"

	"github.com/toucan-grc/toucan/internal/control"
	"github.com/toucan-grc/toucan/internal/framework"
)

// DriftState says how an adopted control stands to its entry.
type DriftState string

// The states of an adopted control.
const (
	Same       DriftState = "same"   // as adopted, and the library has nothing newer
	EditedHere DriftState = "edited" // the organisation made it its own
	Newer      DriftState = "newer"  // the library has newer words
	BothMoved  DriftState = "both"   // both
)

// Words is the state as a person reads it.
func (s DriftState) Words() string {
	switch s {
	case EditedHere:
		return "edited here"
	case Newer:
		return "update available"
	case BothMoved:
		return "edited here, update available"
	}
	return "as in the library"
}

// LinkDrift is one requirement for which the links of an adopted control are not
// those of its entry. A zero Link means that there is none.
type LinkDrift struct {
	Ref                    framework.Ref
	Adopted, Here, Shipped Link
}

// Edited reports whether the organisation changed the link in its own way.
func (l LinkDrift) Edited() bool {
	return l.Here.Relation != l.Adopted.Relation && l.Here.Relation != l.Shipped.Relation
}

// Newer reports whether the library changed the link since, and the organisation
// does not have the new one.
func (l LinkDrift) Newer() bool { return l.Shipped != l.Adopted && l.Here != l.Shipped }

// Drift is how an adopted control differs from its entry.
type Drift struct {
	State    DriftState
	Fields   []control.FieldDrift
	Links    []LinkDrift
	Declined bool // the organisation looked at the newer words and does not want them
}

// Worded reports whether what the control says is no longer what was adopted.
func (d Drift) Worded() bool {
	return slices.ContainsFunc(d.Fields, func(f control.FieldDrift) bool {
		return f.Edited() && (f.Field == "statement" || f.Field == "frequency" || f.Field == "kind")
	})
}

// DriftOf compares an adopted control and its links with the entry as it was
// adopted and as it is now. Links the organisation added itself are its own
// affair. digest names the entry as it is now; known says which requirements the
// organisation has at hand.
func DriftOf(c control.Control, links []Link, a Adoption, shipped Taken, digest string, known func(framework.Ref) bool) Drift {
	d := Drift{Fields: control.Drift(c, a.Base.Entry, shipped.Entry), Declined: a.Declined == digest}
	edited, newer := false, false
	for _, f := range d.Fields {
		edited, newer = edited || f.Edited(), newer || f.Newer()
	}
	here, then, now := byRef(links), byRef(a.Base.Links), byRef(shipped.Links)
	for _, l := range slices.Concat(a.Base.Links, shipped.Links) {
		if !known(l.Ref) || slices.ContainsFunc(d.Links, func(x LinkDrift) bool { return x.Ref == l.Ref }) {
			continue
		}
		x := LinkDrift{l.Ref, then[l.Ref], here[l.Ref], now[l.Ref]}
		if x.Edited() || x.Newer() {
			d.Links = append(d.Links, x)
			edited, newer = edited || x.Edited(), newer || x.Newer()
		}
	}
	newer = newer && !d.Declined && a.Digest != digest
	switch {
	case edited && newer:
		d.State = BothMoved
	case edited:
		d.State = EditedHere
	case newer:
		d.State = Newer
	default:
		d.State = Same
	}
	return d
}

func byRef(links []Link) map[framework.Ref]Link {
	out := make(map[framework.Ref]Link, len(links))
	for _, l := range links {
		out[l.Ref] = l
	}
	return out
}

// updated returns the links of a control once it takes over those of the entry
// as it is now: what the organisation left as it was adopted follows the library,
// what it changed stays.
func updated(have []Link, was, is []Link, known func(framework.Ref) bool) []Link {
	here, then, now := byRef(have), byRef(was), byRef(is)
	var out []Link
	for _, l := range have {
		next, stays := now[l.Ref]
		switch old, taken := then[l.Ref]; {
		case !taken && (!stays || l.Relation != ""), taken && l.Relation != old.Relation:
			out = append(out, l) // the organisation's own
		case stays:
			out = append(out, next)
		}
	}
	for _, l := range is {
		_, has := here[l.Ref]
		_, had := then[l.Ref]
		if !has && !had && known(l.Ref) {
			out = append(out, l)
		}
	}
	slices.SortFunc(out, compareLinks)
	return out
}
