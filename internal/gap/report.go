// Package gap answers what one framework still asks of a company that meets
// another: for each requirement how far it is covered, by which control, through
// which row, why, what is left, and the first task. It takes an inventory as it
// is claimed and says so; it never looks at evidence.
package gap

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/toucan-grc/toucan/internal/control"
	"github.com/toucan-grc/toucan/internal/crosswalk"
	"github.com/toucan-grc/toucan/internal/framework"
	"github.com/toucan-grc/toucan/internal/posture"
	"github.com/toucan-grc/toucan/internal/problem"
)

// Guide is the benchmark that the field's own guide gives for the overlap of
// SOC 2 and ISO 27001. It is shown beside our figures, never computed with.
const Guide = "60 to 80 percent"

// Tagged is a control of the inventory with the requirements it is tagged to.
type Tagged struct {
	Code, Title, Owner string
	Status             control.Status
	Requirements       []framework.Ref
}

// SkippedRow is a row of the inventory that became no control, and why.
type SkippedRow struct {
	Row    int    `json:"row"`
	Text   string `json:"text"`
	Reason string `json:"reason"`
}

// Question is everything a gap analysis looks at.
type Question struct {
	Library    *crosswalk.Library
	Stack      *crosswalk.Stack
	From, To   *framework.Framework
	Source     string // what the inventory is called: a file, or an organisation
	Controls   []Tagged
	Categories []string          // keys or ids of categories in scope beside the mandatory ones; nil takes those that a control is tagged to
	Adopted    []posture.Adopted // those of Controls that were taken from the library
	Reach      *crosswalk.Reach  // what the library's controls count for; needed with Adopted
	Attested   []posture.Attestation
	Excluded   map[string]string // requirement of To → why it was scoped out
	Skipped    []SkippedRow
	Notes      []string // what the reader of the inventory had to say, a sentence each
}

// Totals counts requirements by coverage. NetNew counts a flag beside them.
type Totals struct {
	Requirements  int `json:"requirements"`
	Full          int `json:"full"`
	FullUnion     int `json:"full_union"`
	FullAttested  int `json:"full_attested"`
	Partial       int `json:"partial"`
	Candidate     int `json:"candidate"`
	None          int `json:"none"`
	NotApplicable int `json:"not_applicable"`
	NetNew        int `json:"net_new"`
}

// Overlap is the share of requirements touched and the share closed. The two are
// never added and never shown one without the other.
type Overlap struct {
	Touched       int    `json:"touched"`         // full, union, attested or partial
	TouchedNetNew int    `json:"touched_net_new"` // of those, partial and net new: the rows share evidence and close nothing
	Closed        int    `json:"closed"`          // full, union or attested
	Of            int    `json:"of"`              // applicable requirements
	Guide         string `json:"guide"`           // the guide's figure, for comparison; empty for other pairs
	Sentence      string `json:"sentence"`
}

// Inventory counts the controls by declared status.
type Inventory struct {
	Source   string `json:"source"`
	Controls int    `json:"controls"`
	Operated int    `json:"operated"`
	OnPaper  int    `json:"on_paper"`
	Planned  int    `json:"planned"`
	Unknown  int    `json:"unknown"`
	Untagged int    `json:"untagged"` // controls tagged to nothing in the source framework
}

// By is one source of a requirement's coverage.
type By struct {
	Source    string   `json:"source"`
	Relation  string   `json:"relation"`
	Set       string   `json:"set"`
	Controls  []string `json:"controls"` // operated ones
	Rationale string   `json:"rationale"`
	Residual  string   `json:"residual,omitempty"`
	Strength  int      `json:"strength,omitempty"` // editorial, 1 to 10
}

// Own is how far controls adopted from the library meet a requirement themselves.
type Own struct {
	Coverage posture.Coverage `json:"coverage"`
	Decides  bool             `json:"decides"`  // the coverage of the requirement is this one, not that through the source framework
	Controls []string         `json:"controls"` // operated ones
	Waiting  []string         `json:"waiting"`  // would count, but are not operated: "IS-02 (planned)"
	Missing  []string         `json:"missing"`  // library controls still to be adopted
}

// Requirement is one line of the answer.
type Requirement struct {
	ID        string           `json:"id"`
	Label     string           `json:"label"`
	Group     string           `json:"group"` // the theme or chapter it stands in
	Coverage  posture.Coverage `json:"coverage"`
	NetNew    bool             `json:"net_new"`
	Why       string           `json:"why"`
	By        []By             `json:"by"`
	Also      []By             `json:"also,omitempty"` // share ground, not needed for the coverage
	Uncounted []string         `json:"uncounted"`      // controls tagged to a bearing source that are not operated: listed, never counted
	Own       *Own             `json:"own,omitempty"`  // what adopted library controls say themselves
	Residual  []string         `json:"residual"`
	FirstTask string           `json:"first_task"`

	first  []string // codes of the first operated controls behind By
	behind int      // how many there are
}

// Report is a gap analysis. Its JSON form is part of the command line's contract.
type Report struct {
	From         string        `json:"from"`
	To           string        `json:"to"`
	FromTitle    string        `json:"from_title"`
	ToTitle      string        `json:"to_title"`
	Stack        []string      `json:"stack"`
	Categories   []string      `json:"categories"`
	Assumption   string        `json:"assumption"`
	Inventory    Inventory     `json:"inventory"`
	Met          []string      `json:"met"`   // requirements of From taken as met
	Unmet        []string      `json:"unmet"` // in scope, but no operated control is tagged to them
	Totals       Totals        `json:"totals"`
	Overlap      Overlap       `json:"overlap"`
	Requirements []Requirement `json:"requirements"`
	Notes        []string      `json:"notes"`
	Skipped      []SkippedRow  `json:"skipped_rows"`
}

// Analyse answers q as of now. It returns an Invalid problem if a category is unknown.
func Analyse(q Question, now time.Time) (*Report, error) {
	scope, err := newScope(q.From, q.Categories, q.Controls)
	if err != nil {
		return nil, err
	}
	r := &Report{
		From: q.From.ID, To: q.To.ID, FromTitle: q.From.Title, ToTitle: q.To.Title,
		Stack: q.Stack.IDs, Categories: scope.names,
		Assumption: assumption(q.From),
		Notes:      nonNil(q.Notes), Skipped: nonNil(q.Skipped),
		Met: []string{}, Unmet: []string{},
	}
	tags := tagsOf(q, r)
	design := posture.Design{
		Library: q.Library, Stack: q.Stack, From: q.From, To: q.To,
		Met: map[string]bool{}, InScope: scope.in, Attested: q.Attested, Excluded: q.Excluded,
	}
	var own map[string]posture.Own
	if len(q.Adopted) > 0 {
		own, design.Own = posture.OwnCoverage(q.From, q.Adopted, q.Reach), posture.OwnCoverage(q.To, q.Adopted, q.Reach)
	}
	covered := 0 // of those met, the ones that rest on what adopted controls meet together
	for _, req := range q.From.Asked() {
		if !scope.in[req.ID] {
			continue
		}
		o := own[req.ID]
		met := o.Coverage.Closed() || !o.Governed && len(tags.operated[req.ID]) > 0
		if !met {
			r.Unmet = append(r.Unmet, req.ID)
			continue
		}
		if o.Coverage.Closed() {
			covered++
		}
		design.Met[req.ID] = true
		r.Met = append(r.Met, req.ID)
	}
	if len(q.Adopted) > 0 {
		r.Assumption = rests(q.From, covered, len(r.Met)-covered)
	}
	for _, v := range posture.CoverageOf(design, now) {
		line := tags.line(design.Explain(v), q.To)
		r.Requirements = append(r.Requirements, line)
		r.Totals.add(line)
	}
	r.Overlap = overlap(r)
	return r, nil
}

func assumption(from *framework.Framework) string {
	return fmt.Sprintf("Assumption: a %s of %s is taken as met when at least one operated control is tagged to it. "+
		"No evidence was looked at, and one tag does not show that the whole %s is met. Planned and paper controls are listed, never counted.",
		from.Noun, from.Short, from.Noun)
}

// rests says what the requirements taken as met rest on, once controls of the
// library are adopted: so many on covers, so many on the assumption.
func rests(from *framework.Framework, covered, assumed int) string {
	noun := from.Nouns
	if covered+assumed == 1 {
		noun = from.Noun
	}
	said := fmt.Sprintf("Taken as met: %d %s of %s. By covers %d: all the library controls that together meet it are adopted and operated. By assumption %d.",
		covered+assumed, noun, from.Short, covered, assumed)
	if assumed == 0 {
		return said + " No evidence was looked at: this is design. Planned and paper controls are listed, never counted."
	}
	return said + " " + assumption(from)
}

func (t *Totals) add(r Requirement) {
	t.Requirements++
	if r.NetNew {
		t.NetNew++
	}
	switch r.Coverage {
	case posture.Full:
		t.Full++
	case posture.FullUnion:
		t.FullUnion++
	case posture.FullAttested:
		t.FullAttested++
	case posture.Partial:
		t.Partial++
	case posture.Candidate:
		t.Candidate++
	case posture.None:
		t.None++
	case posture.NotApplicable:
		t.NotApplicable++
	}
}

func overlap(r *Report) Overlap {
	o := Overlap{Of: r.Totals.Requirements - r.Totals.NotApplicable}
	for _, req := range r.Requirements {
		if req.Coverage.Touched() {
			o.Touched++
			if req.NetNew && !req.Coverage.Closed() {
				o.TouchedNetNew++
			}
		}
		if req.Coverage.Closed() {
			o.Closed++
		}
	}
	o.Sentence = fmt.Sprintf("Touched: %d of %d (%s). Closed: %d of %d (%s). Stack: %s.",
		o.Touched, o.Of, percent(o.Touched, o.Of), o.Closed, o.Of, percent(o.Closed, o.Of), strings.Join(r.Stack, ", "))
	if o.TouchedNetNew > 0 {
		o.Sentence += fmt.Sprintf(" Of those touched, %d are net new: what they share is evidence at the edge.", o.TouchedNetNew)
	}
	if r.From == "soc2-2017" && r.To == "iso27001-2022" {
		o.Guide = Guide
		o.Sentence += " The guide speaks of " + Guide + "; that can at best mean touched."
	}
	return o
}

// SaysMoreThan reports whether r closes more than other, a report into the same
// framework; where they close as much, the one that touches more says more.
func (r *Report) SaysMoreThan(other *Report) bool {
	return r.Overlap.Closed > other.Overlap.Closed ||
		r.Overlap.Closed == other.Overlap.Closed && r.Overlap.Touched > other.Overlap.Touched
}

// percent rounds to whole numbers; nothing of nothing is a dash, not zero.
func percent(n, of int) string {
	if of == 0 {
		return "–"
	}
	return fmt.Sprintf("%d%%", (200*n+of)/(2*of))
}

func nonNil[T any](s []T) []T {
	if s == nil {
		return []T{}
	}
	return s
}

// scope is which requirements of the source framework are in the report's scope.
type scope struct {
	in    map[string]bool
	names []string // keys of the categories in scope, mandatory ones first in catalogue order
}

func newScope(f *framework.Framework, asked []string, controls []Tagged) (scope, error) {
	s := scope{in: map[string]bool{}, names: []string{}}
	chosen, err := categoryIDs(f, asked)
	if err != nil {
		return s, err
	}
	tagged := func(yield func(framework.Ref) bool) {
		for _, c := range controls {
			for _, ref := range c.Requirements {
				if !yield(ref) {
					return
				}
			}
		}
	}
	for _, c := range f.Scope(chosen, tagged) {
		if c.In() {
			s.names = append(s.names, c.Key)
		}
	}
	left := f.LeftOut(chosen, tagged)
	for _, r := range f.Asked() {
		if _, out := left[r.ID]; !out {
			s.in[r.ID] = true
		}
	}
	return s, nil
}

// categoryIDs are the ids of the categories somebody asks for, by id or key; nil
// where nobody asks.
func categoryIDs(f *framework.Framework, asked []string) ([]string, error) {
	if asked == nil {
		return nil, nil
	}
	cats, ids := f.Categories(), []string{}
	if len(cats) == 0 && len(asked) > 0 {
		return nil, problem.Field("categories", f.Title+" has no categories. Leave the choice of categories out.")
	}
	for _, name := range asked {
		i := slices.IndexFunc(cats, func(c framework.Category) bool {
			return strings.EqualFold(c.ID, name) || strings.EqualFold(c.Key, strings.ReplaceAll(name, " ", "-"))
		})
		if i < 0 {
			known := make([]string, len(cats))
			for i, c := range cats {
				known[i] = c.Key
			}
			return nil, problem.Field("categories", fmt.Sprintf("There is no category %q in %s. Known are %s.", name, f.Title, strings.Join(known, ", ")))
		}
		ids = append(ids, cats[i].ID)
	}
	return ids, nil
}
