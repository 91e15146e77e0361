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
// Controls are numbers here, by code in inventory order: behind a requirement of a
// large organisation stand hundreds of them, behind its report millions of codes.
type tags struct {
	codes    []string            // by number
	words    []string            // by number: "AC-02 (on paper)", of those not operated
	operated map[string][]int32  // requirement → numbers
	waiting  map[string][]int32  // the same, not operated
	named    map[string][]string // requirement → codes of the operated ones
	noun     string              // what the source framework calls a requirement
	seen     []int32             // by number: the last question it was counted in
	asked    int32               // questions so far
}

// tagsOf sorts the controls by requirement and counts them into r.Inventory.
func tagsOf(q Question, r *Report) *tags {
	t := &tags{operated: map[string][]int32{}, waiting: map[string][]int32{}, named: map[string][]string{}, noun: q.From.Noun}
	r.Inventory.Source, r.Inventory.Controls = q.Source, len(q.Controls)
	numbers := make(map[string]int32, len(q.Controls))
	for _, c := range q.Controls {
		n, known := numbers[c.Code]
		if !known {
			n = int32(len(t.codes))
			numbers[c.Code] = n
			t.codes, t.words = append(t.codes, c.Code), append(t.words, "")
		}
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
		if c.Status != control.Operated {
			t.words[n] = c.Code + " (" + c.Status.Words() + ")"
		}
		tagged := false
		for _, ref := range c.Requirements {
			if ref.Framework != q.From.ID {
				continue
			}
			tagged = true
			if c.Status == control.Operated {
				t.operated[ref.ID] = append(t.operated[ref.ID], n)
				t.named[ref.ID] = append(t.named[ref.ID], c.Code)
			} else {
				t.waiting[ref.ID] = append(t.waiting[ref.ID], n)
			}
		}
		if !tagged {
			r.Inventory.Untagged++
		}
	}
	t.seen = make([]int32, len(t.codes))
	return t
}

// each calls fn once for every control in the lists, in their order.
func (t *tags) each(lists [][]int32, fn func(n int32)) {
	t.asked++
	for _, list := range lists {
		for _, n := range list {
			if t.seen[n] != t.asked {
				t.seen[n] = t.asked
				fn(n)
			}
		}
	}
}

// line turns a verdict into a line of the report.
func (t *tags) line(v posture.Verdict, to *framework.Framework) Requirement {
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
	var waiting, operated [][]int32
	for _, s := range slices.Concat(v.By, v.Also, v.Waiting) {
		waiting = append(waiting, t.waiting[s.ID])
	}
	for _, s := range v.By {
		operated = append(operated, t.operated[s.ID])
	}
	t.each(waiting, func(n int32) { out.Uncounted = append(out.Uncounted, t.words[n]) })
	if out.Own != nil {
		for _, words := range out.Own.Waiting {
			if !slices.Contains(out.Uncounted, words) {
				out.Uncounted = append(out.Uncounted, words)
			}
		}
	}
	t.each(operated, func(n int32) {
		if len(out.first) < fewest {
			out.first = append(out.first, t.codes[n])
		}
		out.behind++
	})
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

func (t *tags) by(sources []posture.Source) []By {
	out := make([]By, len(sources))
	for i, s := range sources {
		out[i] = By{
			Source: s.ID, Relation: s.Relation.String(), Set: strings.Join(s.Sets, " + "),
			Controls: nonNil(t.named[s.ID]), Rationale: s.Rationale, Residual: s.Residual, Strength: s.Strength,
		}
	}
	return out
}

// firstTask is the one thing to do next about a requirement.
func (t *tags) firstTask(v posture.Verdict, line Requirement) string {
	switch {
	case v.Coverage == posture.NotApplicable:
		return "Keep the reason for the exclusion under review."
	case v.Coverage.Closed() && v.ByOwn:
		return "Nothing to build. File the evidence of " + named(distinct(line.Own.Controls)) + " under " + v.Requirement.ID + "."
	case v.Coverage.Closed():
		return "Nothing to build. File the evidence of " + line.codes() + " under " + v.Requirement.ID + " too, and have the auditor confirm the mapping."
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

// fewest is how many of the controls behind a requirement are remembered by code.
const fewest = 4

// Behind returns the codes of the first few operated controls behind the sources
// that establish the coverage, at most four, and how many there are.
func (r Requirement) Behind(few int) ([]string, int) {
	return r.first[:min(few, len(r.first))], r.behind
}

// codes names the controls behind the sources, a few of them.
func (r Requirement) codes() string {
	return named(r.Behind(3))
}

// distinct returns the first few of some codes, and how many differ.
func distinct(codes []string) ([]string, int) {
	codes = slices.Compact(slices.Clone(codes))
	return codes[:min(3, len(codes))], len(codes)
}

// named joins the first few codes and says how many more there are.
func named(first []string, all int) string {
	if all > len(first) {
		return fmt.Sprintf("%s and %d more", strings.Join(first, ", "), all-len(first))
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
