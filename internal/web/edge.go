package web

import (
	"net/http"
	"slices"
	"strconv"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/crosswalk"
	"github.com/toucan-grc/toucan/internal/framework"
	"github.com/toucan-grc/toucan/internal/problem"
)

// edgePage is everything about one pair: what follows, why, and who decided what.
type edgePage struct {
	frame
	Source, Target           framework.Ref
	SourceLabel, TargetLabel string
	SourceOf, TargetOf       *framework.Framework
	Follows                  follows
	Rows                     []statedRow
	History                  []crosswalk.Decision // the newest first
	Titles                   map[string]string    // of the sets that decisions speak of
	CanDecide, CanOverride   bool
	CanPropose               bool // both are requirements, not headings
	Auditor                  bool // the reader decides as the auditor
	Me                       string
	Backing                  crosswalk.Confirmation // of the controls behind either end
	Backed                   map[crosswalk.Backing]int
	Typed                    crosswalk.Decision // as sent, after a mistake
	Problem                  *problem.Error
}

// follows is what the stack says about a pair, in words.
type follows struct {
	Kind      string // mark and colour
	State     string // in a word or two
	Sentence  string
	Meaning   []string // what it means for coverage, from either side
	Conflict  []string // the paths that exclude each other
	Paths     []string // why, the best first
	MorePaths int      // which say less, or nothing
}

// fewPaths is how many paths a page lists.
const fewPaths = 12

// getEdge shows it: GET /o/{org}/crosswalk/edge?from=&source=&to=&target=.
func (s *Server) getEdge(w http.ResponseWriter, r *http.Request, who visitor) error {
	source, target := pairIn(r)
	return s.showEdgePage(w, r, who, http.StatusOK, edgePage{Source: source, Target: target})
}

func (s *Server) showEdgePage(w http.ResponseWriter, r *http.Request, who visitor, status int, p edgePage) error {
	b, err := s.shelf.open(r.Context(), who.Actor)
	if err != nil {
		return err
	}
	for _, end := range []struct {
		ref   framework.Ref
		f     **framework.Framework
		label *string
	}{{p.Source, &p.SourceOf, &p.SourceLabel}, {p.Target, &p.TargetOf, &p.TargetLabel}} {
		f, ok := b.library.Frameworks.Find(end.ref.Framework)
		if !ok {
			return problem.New(problem.NotFound, "There is no such pair of requirements. Open the list of rows and choose one there.")
		}
		req, ok := f.Find(end.ref.ID)
		if !ok {
			return problem.New(problem.NotFound, "%s has no %q. Open the list of rows and choose a pair there.", f.Title, end.ref.ID)
		}
		*end.f, *end.label = f, req.Label
		p.CanPropose = req.Kind == framework.KindRequirement && (p.CanPropose || end.ref == p.Source)
	}
	if p.Source == p.Target {
		return problem.New(problem.NotFound, "A pair is two different requirements. Open the list of rows and choose a pair there.")
	}
	if p.History, err = s.Crosswalk.HistoryOf(r.Context(), who.Actor, p.Source, p.Target, s.Now()); err != nil {
		return err
	}
	p.Titles = map[string]string{}
	for _, d := range p.History {
		p.Titles[d.Set] = b.setTitle(d.Set)
	}
	p.Follows = b.follows(p.Source, p.Target)
	st, err := s.mappingState(r.Context(), who, b)
	if err != nil {
		return err
	}
	p.Backing, p.Backed = st.backingOf(b, p.Source, p.Target)
	for _, e := range b.Stack.RowsOn(p.Source, p.Target) {
		p.Rows = append(p.Rows, b.rowOf(who.Slug(), e))
	}
	slices.SortStableFunc(p.Rows, func(x, y statedRow) int { return x.weight() - y.weight() })
	p.CanDecide, p.CanOverride, p.Auditor, p.Me = who.Can(access.DecideEdges), who.Can(access.OverrideEdges), who.Role() == access.Auditor, who.Actor.Account()
	title := p.Source.Words() + " and " + p.Target.Words()
	p.frame = s.frame(w, r, who, "crosswalk", title, crumb{"Crosswalk", orgPath(who.Slug(), "crosswalk")},
		crumb{p.SourceOf.Short + " and " + p.TargetOf.Short, query(orgPath(who.Slug(), "crosswalk", "edges"), "from", p.Source.Framework, "to", p.Target.Framework)})
	p.Tabs = crosswalkTabs(who.Slug(), "rows")
	return s.render(w, r, status, showEdge(p))
}

// weight orders rows by how much they count.
func (r statedRow) weight() int {
	switch {
	case r.Status.Firm:
		return 0
	case r.Status.Takes:
		return 1
	}
	return 2
}

// follows says what follows about a pair, and why.
func (b *book) follows(source, target framework.Ref) follows {
	pair, ok := b.Stack.Relate(source.Framework, target.Framework).Pair(source.ID, target.ID)
	if !ok {
		return follows{Kind: "none", State: "no relation", Sentence: "Nothing in the stack joins the two."}
	}
	var f follows
	paths := b.Stack.Paths(source, target)
	for _, path := range paths { // those that say most come first
		if len(f.Paths) == fewPaths || len(f.Paths) > 0 && path.Mask == crosswalk.Any {
			break
		}
		f.Paths = append(f.Paths, path.Sentence())
	}
	f.MorePaths = len(paths) - len(f.Paths)
	a, t := source.Words(), target.Words()
	switch {
	case pair.Contradiction:
		f.Kind, f.State = "bad", "contradiction"
		f.Sentence = "The rows contradict each other, so nothing is inferred about the two. Challenge or override one of them."
		for _, path := range b.Stack.Conflict(source, target) {
			f.Conflict = append(f.Conflict, path.Sentence())
		}
	case pair.Candidate:
		f.Kind, f.State = "candidate", "suggestion"
		f.Sentence = "Rows lead from " + a + " to " + t + ", but nothing certain follows from them. It counts for nothing until somebody confirms a row."
	default:
		f.Kind, f.State = maskKind(pair.Mask), pair.Mask.String()
		f.Sentence = pair.Mask.Between(a, t) + "."
		f.Meaning = []string{meaning(a, pair.Mask, t), meaning(t, pair.Mask.Inverse(), a)}
	}
	return f
}

// meaning says what meeting one requirement does for another.
func meaning(a string, m crosswalk.Mask, b string) string {
	switch {
	case m.Full():
		return "Whoever meets " + a + " meets " + b + "."
	case m.Overlap():
		return "Meeting " + a + " covers a part of " + b + "."
	}
	return "Meeting " + a + " does nothing for " + b + "."
}

func maskKind(m crosswalk.Mask) string {
	switch {
	case m.Full():
		return "full"
	case m.Overlap():
		return "partial"
	}
	return "none"
}

// postEdge records a decision: POST /o/{org}/crosswalk/edge.
func (s *Server) postEdge(w http.ResponseWriter, r *http.Request, who visitor) error {
	source, target := pairIn(r)
	d := crosswalk.Decision{Set: r.FormValue("set"), Source: source, Target: target,
		Kind: crosswalk.DecisionKind(r.FormValue("kind")), Rationale: r.FormValue("rationale"), Residual: r.FormValue("residual")}
	d.Relation, _ = crosswalk.ParseRelation(r.FormValue("relation"))
	again := func(p *problem.Error) error {
		return s.showEdgePage(w, r, who, statusOf(p.Code), edgePage{Source: d.Source, Target: d.Target, Typed: d, Problem: p})
	}
	if text := r.FormValue("strength"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil {
			return again(problem.Field("strength", "A strength is a number from 1 to 10, or empty."))
		}
		d.Strength = n
	}
	before, err := s.shelf.open(r.Context(), who.Actor)
	if err != nil {
		return err
	}
	made, err := s.Crosswalk.Decide(r.Context(), who.Actor, d, s.Now())
	if err != nil {
		if p := problem.Of(err); p.Code == problem.Invalid || p.Code == problem.Conflict || p.Code == problem.Forbidden && who.Can(access.DecideEdges) {
			return again(p)
		}
		return err
	}
	after, err := s.shelf.open(r.Context(), who.Actor)
	if err != nil {
		return err
	}
	return back(w, r, edgePath(who.Slug(), d.Source, d.Target), doneWords(made)+" "+changed(before, after))
}

// doneWords says what was done, for the page that follows.
func doneWords(d crosswalk.Decision) string {
	switch d.Kind {
	case crosswalk.Confirm:
		return "Confirmed."
	case crosswalk.Dispute:
		return "Challenged; the row counts for nothing from now on."
	case crosswalk.Override:
		return "The override holds from now on."
	case crosswalk.Propose:
		return "Proposed. It counts once a second person confirms it."
	}
	return "Withdrawn."
}

// decisionWords says what somebody did, after their name.
func decisionWords(p edgePage, d crosswalk.Decision) string {
	row := "the row of " + p.Titles[d.Set]
	if d.Set == crosswalk.Proposed {
		row = "the proposed row"
	}
	states := d.Relation.Between(d.Source.Words(), d.Target.Words())
	switch d.Kind {
	case crosswalk.Confirm:
		return "confirmed " + row + ": " + states
	case crosswalk.Dispute:
		return "challenged " + row + ": " + states
	case crosswalk.Override:
		return "overrode the sets: " + states
	case crosswalk.Propose:
		return "proposed a row: " + states
	}
	if d.Set == crosswalk.EverySet {
		return "withdrew the override"
	}
	return "withdrew what was decided about " + row
}

// own returns the decision in force of the reader's side on a row, which it may withdraw; nil if there is none.
func (p edgePage) own(r statedRow) *crosswalk.Decision {
	side := crosswalk.OfOrganisation
	if p.Auditor {
		side = crosswalk.OfAuditor
	}
	switch {
	case r.Status.State == crosswalk.Deciding || r.Edge.Set == crosswalk.SetOfAuditor || r.Edge.Set == crosswalk.SetOfOrganisation:
		if mine := r.Edge.Set == crosswalk.SetOfAuditor; mine == p.Auditor && p.CanOverride {
			return &crosswalk.Decision{Set: crosswalk.EverySet}
		}
		return nil
	case r.Status.Judged != nil && r.Status.Judged.Authority == side:
		return r.Status.Judged
	case r.Status.Proposal != nil && r.Status.Proposal.Authority == side:
		return r.Status.Proposal
	}
	return nil
}

// opened reports whether the form about a set was sent and sent back.
func (p edgePage) opened(set string, kinds ...crosswalk.DecisionKind) bool {
	if p.Problem == nil || p.Typed.Set != set {
		return false
	}
	for _, k := range kinds {
		if p.Typed.Kind == k {
			return true
		}
	}
	return false
}

// crosswalkRef is a requirement, as templates name it.
type crosswalkRef = framework.Ref

// setOf is the set a decision about a row names.
func setOf(e crosswalk.Edge) string {
	switch e.Set {
	case crosswalk.SetOfProposals:
		return crosswalk.Proposed
	case crosswalk.SetOfOrganisation, crosswalk.SetOfAuditor:
		return crosswalk.EverySet
	}
	return e.Set
}

// rowFacts is what is known about a row beside its words.
func rowFacts(r statedRow) string {
	text := "Relation: " + r.Edge.Relation.String()
	if r.Edge.Strength > 0 {
		text += " · strength " + strconv.Itoa(r.Edge.Strength) + " of 10, as its author judged"
	}
	if r.Edge.Provenance != "" && r.Edge.Rationale != "" {
		text += " · " + r.Edge.Provenance
	}
	if !r.Inside {
		text += " · the set is outside the stack"
	}
	return text
}

func withdrawWords(p edgePage, r statedRow) string {
	d := p.own(r)
	switch {
	case d.Set == crosswalk.EverySet:
		return "Withdraw the override"
	case d.Kind == crosswalk.Propose:
		return "Withdraw the proposal"
	case d.Kind == crosswalk.Dispute:
		return "Withdraw the challenge"
	}
	return "Withdraw the confirmation"
}

func overrideHint(p edgePage) string {
	if p.Auditor {
		return "Your override holds in the place of every row on the pair, and over the organisation's. The rows stay visible."
	}
	return "It holds in the place of every row on the pair, until somebody withdraws it or an auditor judges otherwise. The rows stay visible."
}

func wrongIf(typed bool, p edgePage, field string) string {
	if !typed {
		return ""
	}
	return wrong(p.Problem, field)
}

func rationaleWrong(p edgePage, set string, kinds ...crosswalk.DecisionKind) string {
	return wrongIf(p.opened(set, kinds...), p, "rationale")
}
