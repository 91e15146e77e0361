package gap

import (
	"fmt"
	"slices"
	"strings"

	"github.com/toucan-grc/toucan/internal/control"
	"github.com/toucan-grc/toucan/internal/framework"
	"github.com/toucan-grc/toucan/internal/posture"
)

// tags knows which controls stand behind each requirement of the source framework.
type tags struct {
	operated map[string][]string // requirement → codes, inventory order
	waiting  map[string][]string // requirement → "AC-02 (on paper)", inventory order
	noun     string              // what the source framework calls a requirement
}

// tagsOf sorts the controls by requirement and counts them into r.Inventory.
func tagsOf(q Question, r *Report) tags {
	t := tags{operated: map[string][]string{}, waiting: map[string][]string{}, noun: q.From.Noun}
	r.Inventory.Source, r.Inventory.Controls = q.Source, len(q.Controls)
	for _, c := range q.Controls {
		switch c.Status {
		case control.Operated:
			r.Inventory.Operated++
		case control.OnPaper:
			r.Inventory.OnPaper++
		case control.Planned:
			r.Inventory.Planned++
		default:
			r.Inventory.Unknown++
		}
		tagged := false
		for _, ref := range c.Requirements {
			if ref.Framework != q.From.ID {
				continue
			}
			tagged = true
			if c.Status == control.Operated {
				t.operated[ref.ID] = append(t.operated[ref.ID], c.Code)
			} else {
				t.waiting[ref.ID] = append(t.waiting[ref.ID], fmt.Sprintf("%s (%s)", c.Code, c.Status.Words()))
			}
		}
		if !tagged {
			r.Inventory.Untagged++
		}
	}
	return t
}

// line turns a verdict into a line of the report.
func (t tags) line(v posture.Verdict, to *framework.Framework) Requirement {
	out := Requirement{
		ID: v.Requirement.ID, Label: v.Requirement.Label, Group: group(to, v.Requirement.ID),
		Coverage: v.Coverage, NetNew: v.NetNew != nil, Why: v.Why,
		By: t.by(v.By), Also: t.by(v.Also), Residual: nonNil(v.Residual), Uncounted: []string{},
	}
	if v.Own != nil {
		out.Own = ownOf(v)
	}
	if v.Refused != "" {
		out.Why += " " + v.Refused
	}
	seen := map[string]bool{} // a large organisation has hundreds behind one requirement
	for _, s := range slices.Concat(v.By, v.Also, v.Waiting) {
		for _, code := range t.waiting[s.ID] {
			if !seen[code] {
				seen[code] = true
				out.Uncounted = append(out.Uncounted, code)
			}
		}
	}
	if out.Own != nil {
		for _, code := range out.Own.Waiting {
			if !seen[code] {
				seen[code] = true
				out.Uncounted = append(out.Uncounted, code)
			}
		}
	}
	out.FirstTask = t.firstTask(v, out)
	return out
}

func ownOf(v posture.Verdict) *Own {
	o := &Own{Coverage: v.Own.Coverage, Decides: v.ByOwn, Controls: []string{}, Waiting: []string{}, Missing: nonNil(v.Own.Missing)}
	for _, c := range slices.Concat(v.Own.By, v.Own.Also) {
		o.Controls = append(o.Controls, c.Code)
	}
	for _, c := range v.Own.Waiting {
		o.Waiting = append(o.Waiting, fmt.Sprintf("%s (%s)", c.Code, c.Status.Words()))
	}
	return o
}

func (t tags) by(sources []posture.Source) []By {
	out := make([]By, len(sources))
	for i, s := range sources {
		out[i] = By{
			Source: s.ID, Relation: s.Relation.String(), Set: strings.Join(s.Sets, " + "),
			Controls: nonNil(t.operated[s.ID]), Rationale: s.Rationale, Residual: s.Residual, Strength: s.Strength,
		}
	}
	return out
}

// firstTask is the one thing to do next about a requirement.
func (t tags) firstTask(v posture.Verdict, line Requirement) string {
	switch {
	case v.Coverage == posture.NotApplicable:
		return "Keep the reason for the exclusion under review."
	case v.Coverage.Closed() && v.ByOwn:
		return "Nothing to build. File the evidence of " + codes([]By{{Controls: line.Own.Controls}}) + " under " + v.Requirement.ID + "."
	case v.Coverage.Closed():
		return "Nothing to build. File the evidence of " + codes(line.By) + " under " + v.Requirement.ID + " too, and have the auditor confirm the mapping."
	case v.Own != nil && len(v.Own.Residual) > 0:
		return v.Own.Residual[0]
	case v.NetNew != nil && v.NetNew.FirstTask != "":
		return v.NetNew.FirstTask
	case len(v.Residual) > 0:
		return v.Residual[0]
	case v.Coverage == posture.Partial:
		return fmt.Sprintf("Compare what %s and %s ask, write down what is left, and confirm the mapping.", v.By[0].ID, v.Requirement.ID)
	case len(v.Waiting) > 0 && len(line.Uncounted) > 0:
		return fmt.Sprintf("Bring %s into operation: %s would then share ground with %s.", line.Uncounted[0], v.Waiting[0].ID, v.Requirement.ID)
	case len(v.Waiting) > 0:
		return fmt.Sprintf("Put a control in place for %s: it would share ground with %s.", v.Waiting[0].ID, v.Requirement.ID)
	case v.Coverage == posture.Candidate && len(v.By) > 0:
		return fmt.Sprintf("Compare what %s and %s ask, then confirm the suggestion with a relation or reject it.", v.By[0].ID, v.Requirement.ID)
	default:
		return fmt.Sprintf("Define a control for %s (%s), name its owner and bring it into operation.", v.Requirement.ID, v.Requirement.Label)
	}
}

// codes names the controls behind the sources, a few of them.
func codes(by []By) string {
	const few = 3
	var first []string
	seen := map[string]bool{}
	for _, b := range by {
		for _, c := range b.Controls {
			if !seen[c] && len(first) < few {
				first = append(first, c)
			}
			seen[c] = true
		}
	}
	if len(seen) > few {
		return fmt.Sprintf("%s and %d more", strings.Join(first, ", "), len(seen)-few)
	}
	return strings.Join(first, ", ")
}

// group names the theme a requirement stands in, such as "A.8 Technological controls".
func group(f *framework.Framework, id string) string {
	theme, ok := f.Theme(id)
	if !ok {
		return ""
	}
	return theme.ID + " " + theme.Label
}
