package web

import (
	"context"
	"net/http"
	"slices"
	"strings"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/control"
	"github.com/toucan-grc/toucan/internal/problem"
	registry "github.com/toucan-grc/toucan/internal/register"
	"github.com/toucan-grc/toucan/internal/system"
)

var commitmentNoun = nounOf(inventoryNoun{
	Path: []string{"systems", "commitments"}, Word: "commitment", One: "commitment", List: "Commitments",
	find: func(in *inventory, code string) int {
		return entryAt(in.Commitments, code, func(e *system.Commitment) *registry.Entry { return &e.Entry })
	},
	show: showCommitment, fields: commitmentFields,
	put: func(ctx context.Context, s *Server, in *inventory, i int, f inventoryForm) (registry.Entry, error) {
		e := pickAt(in.Commitments, i)
		e.Version = f.Version
		e.Statement, e.Kind, e.Category, e.Measure, e.Target = f.Get("statement"), f.line("kind"), f.line("category"), f.line("measure"), f.line("target")
		e.EvidenceKind, e.Owner = f.line("evidence_kind"), f.line("owner")
		e.Scenarios = strings.FieldsFunc(f.Get("scenarios"), func(r rune) bool { return r == ',' || r == ';' || r == ' ' || r == '\n' || r == '\r' })
		e.Criteria = criteriaTyped(f.Get("criteria"))
		var err error
		if e.Controls, err = in.controlIDs(f.Get("controls")); err != nil {
			return e.Entry, err
		}
		e, err = s.Systems.PutCommitment(ctx, in.who.Actor, e, s.Now())
		return e.Entry, err
	},
	words: func(in *inventory, key, value string) string {
		switch key {
		case "kind":
			return registry.Label(system.CommitmentKinds(), value)
		case "category":
			return registry.Label(system.Categories(), value)
		case "evidence_kind":
			return evidenceKindLabel(value)
		}
		return in.historyWords(key, value)
	},
}, system.Commitments)

func evidenceKindLabel(id string) string {
	if k, ok := control.Shipped().Kind(id); ok {
		return k.Label
	}
	return id
}

func showCommitment(in *inventory, i int) inventoryPage {
	e := in.Commitments[i]
	p := inventoryPage{Entry: e.Entry, Name: e.Words(), Sub: registry.Label(system.CommitmentKinds(), e.Kind) + " · " + registry.Label(system.Categories(), e.Category)}
	if len(e.Unfilled) > 0 && e.InUse() {
		p.Note = "Nobody filled in " + strings.Join(e.Unfilled, ", ") + " yet, so the sentence cannot be given to customers."
		if in.who.Can(access.ManagePolicies) {
			p.NoteTo = orgPath(in.Slug, "policies", "words")
		}
	}
	p.Facts = []inventoryFact{{Label: "Measured by", Text: e.Measure}, {Label: "Target", Text: targetWords(e.Target)}, {Label: "Evidence", Text: evidenceKindLabel(e.EvidenceKind)},
		{Label: "Owner", Text: in.owner(e.Owner), Person: true}, {Label: "Threatened by", Text: strings.Join(e.Scenarios, ", ")}}
	if e.Library != "" {
		p.Facts = append(p.Facts, inventoryFact{Label: "From", Text: "the library"})
	}
	criteria := inventoryList{Title: "Criteria", None: "It bears on no criterion yet."}
	for _, r := range e.Refs() {
		l := inventoryLink{Code: r.ID, Text: r.Framework}
		if f, ok := in.library.Frameworks.Find(r.Framework); ok {
			l.Sub = f.Short
			if q, ok := f.Find(r.ID); ok {
				l.Text, l.To = q.Label, orgPath(in.Slug, "frameworks", r.Framework, r.ID)
			}
		}
		criteria.Items = append(criteria.Items, l)
	}
	p.Lists = []inventoryList{criteria, in.controlList(e.Controls)}
	return p
}

// targetWords writes ">=99.9 percent" as a person does.
func targetWords(t string) string {
	switch t {
	case "<=0 count":
		return "none"
	case ">=100 percent":
		return "all of them"
	}
	for from, to := range map[string]string{">=": "at least ", "<=": "at most "} {
		if rest, ok := strings.CutPrefix(t, from); ok {
			return to + rest
		}
	}
	return t
}

func commitmentFields(in *inventory, i int, f inventoryForm) []inventoryField {
	e := pickAt(in.Commitments, i)
	if i < 0 {
		e.Category = "security"
	}
	kinds := []option{{"", "None in particular"}}
	for _, k := range control.Shipped().Kinds {
		kinds = append(kinds, option{k.Kind, k.Label})
	}
	slices.SortFunc(kinds[1:], func(a, b option) int { return strings.Compare(a.Text, b.Text) })
	return []inventoryField{
		{input: input{Name: "statement", Label: "What is promised", Value: f.or("statement", e.Statement), Required: true, Hint: "One sentence. Names in double braces, such as {{product}}, are filled in from the values your policies use."}, Rows: "2"},
		{input: input{Name: "kind", Label: "Kind", Value: f.or("kind", e.Kind)}, Options: inventoryOptions(system.CommitmentKinds(), "")},
		{input: input{Name: "category", Label: "Category", Value: f.or("category", e.Category)}, Options: inventoryOptions(system.Categories(), "")},
		{input: input{Name: "measure", Label: "Measured by", Value: f.or("measure", e.Measure)}},
		{input: input{Name: "target", Label: "Target", Value: f.or("target", e.Target), Placeholder: ">=99.9 percent"}},
		{input: input{Name: "evidence_kind", Label: "Evidence", Value: f.or("evidence_kind", e.EvidenceKind)}, Options: kinds},
		ownerField(in, f, e.Owner, ""),
		{input: input{Name: "criteria", Label: "Criteria it bears on", Value: f.or("criteria", strings.Join(e.Criteria, " ")), Hint: "With spaces between: soc2-2017:A1.1 soc2-2017:CC7.4"}, Wide: true},
		controlsField(in, f, e.Controls),
		{input: input{Name: "scenarios", Label: "Risk scenarios that threaten it", Value: f.or("scenarios", strings.Join(e.Scenarios, " ")), Hint: "Codes of the library, with spaces between: RS-038"}, Wide: true},
	}
}

// commitmentLibraryPage is the commitments that ship, to be adopted by choice.
type commitmentLibraryPage struct {
	frame
	Rows      []commitmentOffer
	CanChange bool
	Problem   *problem.Error
}

// commitmentOffer is one of them.
type commitmentOffer struct {
	system.Shipped
	Text     string
	Unfilled []string
	Adopted  bool
}

// getCommitmentLibrary lists them: GET /o/{org}/systems/commitments/library.
func (s *Server) getCommitmentLibrary(w http.ResponseWriter, r *http.Request, who visitor) error {
	return s.showCommitmentLibrary(w, r, who, http.StatusOK, nil)
}

func (s *Server) showCommitmentLibrary(w http.ResponseWriter, r *http.Request, who visitor, status int, wrong *problem.Error) error {
	fill, err := s.Systems.Filling(r.Context(), who.Actor)
	if err != nil {
		return err
	}
	have, err := s.Systems.Commitments(r.Context(), who.Actor)
	if err != nil {
		return err
	}
	p := commitmentLibraryPage{CanChange: who.Can(access.ManageSystems), Problem: wrong}
	for _, l := range system.Library() {
		o := commitmentOffer{Shipped: l, Adopted: slices.ContainsFunc(have, func(c system.Commitment) bool { return c.Library == l.Library })}
		o.Text, o.Unfilled = fill(l.Statement)
		p.Rows = append(p.Rows, o)
	}
	p.frame = s.frame(w, r, who, "systems", "Library of commitments", commitmentNoun.crumbs(who.Slug())...)
	return s.render(w, r, status, commitmentLibrary(p))
}

// postCommitmentLibrary adopts what was chosen: POST /o/{org}/systems/commitments/library.
func (s *Server) postCommitmentLibrary(w http.ResponseWriter, r *http.Request, who visitor) error {
	if err := r.ParseForm(); err != nil {
		return problem.New(problem.Invalid, "The form did not arrive whole. Send it again.")
	}
	got, err := s.Systems.Adopt(r.Context(), who.Actor, r.PostForm["library"], s.Now())
	if err != nil {
		if p := problem.Of(err); p.Code == problem.Invalid {
			return s.showCommitmentLibrary(w, r, who, statusOf(p.Code), p)
		}
		return err
	}
	return back(w, r, orgPath(who.Slug(), "systems", "commitments"), plural(len(got), "commitment was", "commitments were")+" adopted.")
}
