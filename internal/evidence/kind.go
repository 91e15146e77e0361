package evidence

import (
	"fmt"
	"slices"

	"github.com/toucan-grc/toucan/internal/control"
)

// Taken says which frameworks take evidence of a kind for a control, and why.
type Taken struct {
	ISO    bool   // management-system standards, such as ISO/IEC 27001, 27701 and 42001
	Others bool   // all other frameworks, such as SOC 2
	Why    string // one sentence when one of the two does not; empty when both do
}

// Takes says who takes evidence of a kind for a control that is proved by
// controlKinds. Some kinds are of use outside management-system standards only.
// Some are asked for by those standards only, and there nothing replaces them: a
// control that is proved by such a kind is proved there by it alone.
func Takes(kind string, controlKinds []string) Taken {
	l := control.Shipped()
	k, known := l.Kind(kind)
	if !known {
		return Taken{Why: fmt.Sprintf("Nobody knows what “%s” is evidence of: it is not in the vocabulary.", kind)}
	}
	switch k.CarriesToISO {
	case "no":
		return Taken{Others: true, Why: fmt.Sprintf("“%s” is of use in a SOC 2 report; management-system standards do not take it.", k.Label)}
	case isoOnly:
		return Taken{ISO: true, Why: fmt.Sprintf("“%s” is what management-system standards ask for; other frameworks do not take it.", k.Label)}
	}
	for _, needed := range controlKinds {
		if x, ok := l.Kind(needed); ok && x.CarriesToISO == isoOnly {
			return Taken{Others: true, Why: fmt.Sprintf("For this control, management-system standards take “%s” and nothing in its place.", x.Label)}
		}
	}
	return Taken{ISO: true, Others: true}
}

// isoOnly marks kinds that only management-system standards ask for.
const isoOnly = "iso-only"

// needsISO reports whether a control is proved by a kind that nothing replaces.
func needsISO(controlKinds []string) bool {
	return slices.ContainsFunc(controlKinds, func(kind string) bool {
		k, ok := control.Shipped().Kind(kind)
		return ok && k.CarriesToISO == isoOnly
	})
}

// label is a kind as a person reads it.
func label(kind string) string {
	if k, ok := control.Shipped().Kind(kind); ok {
		return k.Label
	}
	return kind
}

// proves reports whether a control is proved by a kind.
func proves(controlKinds []string, kind string) bool { return slices.Contains(controlKinds, kind) }
