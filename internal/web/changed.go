package web

import (
	"fmt"
	"slices"
	"strings"

	"github.com/toucan-grc/toucan/internal/crosswalk"
	"github.com/toucan-grc/toucan/internal/framework"
	"github.com/toucan-grc/toucan/internal/gap"
	"github.com/toucan-grc/toucan/internal/posture"
)

// fewChanges is how many pairs of frameworks a sentence speaks of.
const fewChanges = 3

// changed says which coverage a decision moved, over every framework that is
// followed and everything it can be read through: "ISO 27001 through SOC 2: 3
// requirements moved from partial to full (A.5.15, A.5.16 and A.8.2)."
func changed(before, after *book) string {
	var told []string
	more := 0
	for _, to := range after.Enabled {
		for _, from := range after.sources(to) {
			c, err := changeOf(before, after, from, to)
			if err != nil || c.Empty() {
				continue
			}
			if len(told) == fewChanges {
				more++
				continue
			}
			told = append(told, to.Short+" through "+from.Short+": "+c.Sentence())
		}
	}
	if len(told) == 0 {
		return "No coverage moved."
	}
	if more > 0 {
		told = append(told, fmt.Sprintf("%s more moved too.", plural(more, "pair of frameworks", "pairs of frameworks")))
	}
	return strings.Join(told, " ")
}

// changeOf compares one framework read through another. Where nothing that was
// decided bears on it, nothing is worked out.
func changeOf(before, after *book, from, to *framework.Framework) (posture.Change, error) {
	if untouched(before, after, from, to) {
		return posture.Change{}, nil
	}
	was, err := before.report(from, to)
	if err != nil {
		return posture.Change{}, err
	}
	is, err := after.report(from, to)
	if err != nil {
		return posture.Change{}, err
	}
	return posture.Changes(verdictsOf(was), verdictsOf(is)), nil
}

// untouched reports whether the stack says the same about every pair of the two
// frameworks, and nobody decided or attested anything between them.
func untouched(before, after *book, from, to *framework.Framework) bool {
	between := func(d crosswalk.Decision) bool {
		return d.Source.Framework == from.ID && d.Target.Framework == to.ID || d.Source.Framework == to.ID && d.Target.Framework == from.ID
	}
	only := func(x, y crosswalk.Decisions) bool {
		return slices.ContainsFunc(x, func(d crosswalk.Decision) bool { return between(d) && !slices.Contains(y, d) })
	}
	same := func(a, b posture.Attestation) bool { return a.Target == b.Target && slices.Equal(a.Sources, b.Sources) }
	return !only(before.Decisions, after.Decisions) && !only(after.Decisions, before.Decisions) &&
		slices.EqualFunc(before.attested(from, to), after.attested(from, to), same) &&
		before.Stack.Relate(from.ID, to.ID).Equal(after.Stack.Relate(from.ID, to.ID))
}

// verdictsOf takes the coverage out of a report.
func verdictsOf(r *gap.Report) []posture.Verdict {
	out := make([]posture.Verdict, len(r.Requirements))
	for i, q := range r.Requirements {
		out[i] = posture.Verdict{Requirement: framework.Requirement{ID: q.ID, Label: q.Label}, Coverage: q.Coverage}
	}
	return out
}
