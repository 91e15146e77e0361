package risk

import (
	"cmp"
	"slices"
	"strings"

	"github.com/toucan-grc/toucan/internal/control"
	"github.com/toucan-grc/toucan/internal/framework"
)

// View is one of the two ways to look at the register.
type View string

const (
	Threats  View = "threats"  // to assets: how ISO/IEC 27001 asks
	Promises View = "promises" // risks to commitments and to the criteria they rest on: how SOC 2 asks
)

// Views is the register seen in both ways, and what each alone would miss.
type Views struct {
	Rows []ViewRow

	OnlyThreats  []*Entry // name things and no commitment or criterion: the view of SOC 2 misses them
	OnlyPromises []*Entry // name commitments or criteria and no thing: the view of ISO misses them
	Neither      []*Entry // name nothing at all: both miss them

	Bare         []Thing         // things no risk names
	Unthreatened []Thing         // commitments no risk threatens
	Criteria     []framework.Ref // criteria of commitments that no risk bears on

	Rows27001 []Included // rows of Annex A that a risk leads to, and through which view
}

// ViewRow is one risk with what each view sees of it.
type ViewRow struct {
	Entry       *Entry
	Things      []string        // assets, systems and vendors, by id
	Commitments []string        // by id
	Criteria    []framework.Ref // linked to directly, or rested on by its commitments
	Annex       []framework.Ref // rows of the Statement of Applicability
}

// InThreats reports whether the view of threats shows the risk.
func (r ViewRow) InThreats() bool { return len(r.Things) > 0 }

// InPromises reports whether the view of promises shows the risk.
func (r ViewRow) InPromises() bool { return len(r.Commitments)+len(r.Criteria) > 0 }

// Included is a row of Annex A with the views that lead to it.
type Included struct {
	Requirement framework.Ref
	Risks       []*Entry
	By          []View
}

// annexA marks the rows of the Statement of Applicability.
const annexA = "iso27001-2022"

// ViewsOf looks at the risks of the register in both ways. Of a risk in the
// register nothing is left out: it stands in one view, in both, or in neither.
func ViewsOf(risks []*Entry, things *Things) Views {
	var v Views
	named := map[string]bool{}
	bearing := map[framework.Ref]bool{}
	rows := map[framework.Ref]*Included{}
	for _, e := range risks {
		if e.Closed() {
			continue
		}
		row := rowOf(e, things)
		v.Rows = append(v.Rows, row)
		for _, l := range e.Links {
			if l.Kind != ToRequirement && l.Kind != ToControl {
				named[string(l.Kind)+l.Target] = true
			}
		}
		for _, ref := range row.Criteria {
			bearing[ref] = true
		}
		switch {
		case row.InThreats() && !row.InPromises():
			v.OnlyThreats = append(v.OnlyThreats, e)
		case row.InPromises() && !row.InThreats():
			v.OnlyPromises = append(v.OnlyPromises, e)
		case !row.InThreats():
			v.Neither = append(v.Neither, e)
		}
		for _, ref := range row.Annex {
			if rows[ref] == nil {
				rows[ref] = &Included{Requirement: ref}
			}
			rows[ref].add(row)
		}
	}
	for _, t := range things.All() {
		switch {
		case t.Gone || t.Kind == ToControl:
		case t.Kind == ToCommitment:
			if !named[string(t.Kind)+t.ID] {
				v.Unthreatened = append(v.Unthreatened, t)
			}
			for _, ref := range t.Criteria {
				if !bearing[ref] && !slices.Contains(v.Criteria, ref) {
					v.Criteria = append(v.Criteria, ref)
				}
			}
		case !named[string(t.Kind)+t.ID]:
			v.Bare = append(v.Bare, t)
		}
	}
	slices.SortFunc(v.Criteria, byRef)
	for _, i := range rows {
		v.Rows27001 = append(v.Rows27001, *i)
	}
	slices.SortFunc(v.Rows27001, func(a, b Included) int { return byRef(a.Requirement, b.Requirement) })
	return v
}

// rowOf is what each view sees of a risk.
func rowOf(e *Entry, things *Things) ViewRow {
	row := ViewRow{Entry: e}
	for _, l := range e.Links {
		switch l.Kind {
		case ToAsset, ToSystem, ToVendor:
			row.Things = append(row.Things, l.Target)
		case ToCommitment:
			row.Commitments = append(row.Commitments, l.Target)
			if t, ok := things.Find(ToCommitment, l.Target); ok {
				row.Criteria = append(row.Criteria, t.Criteria...)
			}
		case ToRequirement:
			switch {
			case strings.HasPrefix(l.Requirement.Framework, "soc2-"):
				row.Criteria = append(row.Criteria, l.Requirement)
			case l.Requirement.Framework == annexA && strings.HasPrefix(l.Requirement.ID, "A."):
				row.Annex = append(row.Annex, l.Requirement)
			}
		}
	}
	slices.SortFunc(row.Criteria, byRef)
	row.Criteria = slices.Compact(row.Criteria)
	return row
}

func (i *Included) add(row ViewRow) {
	i.Risks = append(i.Risks, row.Entry)
	if row.InThreats() && !slices.Contains(i.By, Threats) {
		i.By = append(i.By, Threats)
	}
	if row.InPromises() && !slices.Contains(i.By, Promises) {
		i.By = append(i.By, Promises)
	}
	slices.Sort(i.By)
	slices.Reverse(i.By) // threats first
}

// OnlyBy reports whether a single view leads to the row, and which.
func (i Included) OnlyBy() (View, bool) {
	if len(i.By) != 1 {
		return "", false
	}
	return i.By[0], true
}

func byRef(a, b framework.Ref) int {
	return cmp.Or(cmp.Compare(a.Framework, b.Framework), control.CompareCodes(a.ID, b.ID))
}
