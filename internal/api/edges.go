package api

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/crosswalk"
	"github.com/toucan-grc/toucan/internal/framework"
	"github.com/toucan-grc/toucan/internal/problem"
)

// Set is one mapping set.
type Set struct {
	ID      string `json:"id"`
	Title   string `json:"title"`
	Kind    string `json:"kind" enum:"authored,published,derived" doc:"Rows of derived sets are suggestions until a person confirms them."`
	Source  string `json:"source" doc:"Whose work it is."`
	Licence string `json:"licence"`
	Default bool   `json:"default" doc:"In the stack unless another is chosen."`
	Rows    int    `json:"rows"`
	InStack bool   `json:"in_stack"`
}

func listSets(s *Server, ctx context.Context, who access.Actor, in *struct {
	InOrg
	InPage
}) (*listOut[Set], error) {
	st, err := s.design(ctx, who)
	if err != nil {
		return nil, err
	}
	var list []Set
	place := map[string]int{}
	for i, x := range st.library.Sets {
		place[x.ID] = i
		list = append(list, Set{x.ID, x.Title, string(x.Kind), x.Source, x.Licence, x.Default, len(x.Edges), slices.Contains(st.stack.IDs, x.ID)})
	}
	return paged(in.InPage, list, "sets", func(x Set) string { return x.ID }, func(a, b string) int { return place[a] - place[b] })
}

// Stack is the ordered choice of mapping sets.
type Stack struct {
	Sets    []string `json:"sets" doc:"Ids in order."`
	Default bool     `json:"default" doc:"Nothing was chosen, so the default stack holds."`
}

func getStack(s *Server, ctx context.Context, who access.Actor, _ *struct{ InOrg }) (*oneOut[Stack], error) {
	return single(s.stack(ctx, who))
}

func (s *Server) stack(ctx context.Context, who access.Actor) (Stack, error) {
	st, err := s.design(ctx, who)
	if err != nil {
		return Stack{}, err
	}
	return Stack{append([]string{}, st.stack.IDs...), len(st.chosen) == 0}, nil
}

// StackChange is a new choice of sets.
type StackChange struct {
	Sets []string `json:"sets" maxItems:"500" doc:"Ids in order; none means the default stack."`
}

func putStack(s *Server, ctx context.Context, who access.Actor, in *struct {
	InOrg
	InMatch
	Body StackChange
}) (*oneOut[Stack], error) {
	read := func() (Stack, error) { return s.stack(ctx, who) }
	return replace(s, ctx, who, in.InMatch, read, func(ctx context.Context, _ Stack) error {
		return s.Crosswalk.SelectStack(ctx, who, in.Body.Sets, s.Now())
	})
}

// Ref names one requirement of one framework.
type Ref struct {
	Framework string `json:"framework" maxLength:"100" example:"iso27001-2022"`
	ID        string `json:"id" maxLength:"100" example:"A.8.8"`
}

func refOf(r framework.Ref) Ref { return Ref{r.Framework, r.ID} }

// Edge is one row of a mapping set, as its author wrote it.
type Edge struct {
	Set        string    `json:"set"`
	Line       int       `json:"line" doc:"In the file of the set, from 1."`
	Source     Ref       `json:"source"`
	Target     Ref       `json:"target"`
	Relation   string    `json:"relation" doc:"In words, read from the source." example:"superset"`
	Relations  []string  `json:"relations" doc:"What can hold: equal, subset, superset, intersects, none."`
	Strength   int       `json:"strength,omitempty" doc:"1 to 10, editorial; never computed with."`
	Provenance string    `json:"provenance,omitempty"`
	Rationale  string    `json:"rationale,omitempty"`
	Residual   string    `json:"residual,omitempty" doc:"What it leaves open on the target's side."`
	InStack    bool      `json:"in_stack"`
	State      string    `json:"state" enum:"draft,proposed,confirmed,challenged,overridden,override" doc:"What people decided about it."`
	Counts     bool      `json:"counts" doc:"Whether inference uses it at all."`
	JudgedBy   string    `json:"judged_by,omitempty" doc:"Name of who confirmed or challenged it."`
	JudgedAt   time.Time `json:"judged_at,omitzero"`
	Reason     string    `json:"reason,omitempty" doc:"What they said."`
}

func (st design) edge(e crosswalk.Edge) Edge {
	out := Edge{Set: e.Set, Line: e.Line, Source: refOf(e.Source), Target: refOf(e.Target), Relation: e.Relation.String(), Relations: nonNil(e.Relation.Relations()),
		Strength: e.Strength, Provenance: e.Provenance, Rationale: e.Rationale, Residual: e.Residual, InStack: slices.Contains(st.stack.IDs, e.Set)}
	status := st.stack.Status(e)
	out.State, out.Counts = string(status.State), status.Takes
	if j := status.Judged; j != nil {
		out.JudgedBy, out.JudgedAt, out.Reason = j.ByName, j.At, j.Rationale
	}
	return out
}

func nonNil[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}

type EdgeFilter struct {
	From     string `query:"from" required:"true" maxLength:"100" doc:"One framework." example:"soc2-2017"`
	To       string `query:"to" required:"true" maxLength:"100" doc:"The other." example:"iso27001-2022"`
	Set      string `query:"set" maxLength:"100" doc:"Only rows of this set."`
	Source   string `query:"source" maxLength:"100" doc:"Only rows that touch this requirement of from."`
	Target   string `query:"target" maxLength:"100" doc:"Only rows that touch this requirement of to."`
	Relation string `query:"relation" maxLength:"40" doc:"Only rows with this relation, in words as in the answer."`
	InStack  string `query:"in_stack" enum:"true,false" doc:"Only rows of the stack, or only the others."`
}

// takes reports whether a row joins the two frameworks and passes the filter.
func (f EdgeFilter) takes(e Edge) bool {
	a, b := e.Source, e.Target
	if a.Framework != f.From {
		a, b = b, a
	}
	return a.Framework == f.From && b.Framework == f.To &&
		(f.Set == "" || e.Set == f.Set) && (f.Source == "" || a.ID == f.Source) && (f.Target == "" || b.ID == f.Target) &&
		(f.Relation == "" || e.Relation == f.Relation) && (f.InStack == "" || (f.InStack == "true") == e.InStack)
}

func listEdges(s *Server, ctx context.Context, who access.Actor, in *struct {
	InOrg
	InPage
	EdgeFilter
}) (*listOut[Edge], error) {
	st, err := s.design(ctx, who)
	if err != nil {
		return nil, err
	}
	if _, _, err := st.ways(in.From, in.To); err != nil {
		return nil, err
	}
	var list []Edge
	place := map[string]int{}
	for _, set := range st.library.Sets {
		for _, row := range set.Edges {
			if e := st.edge(row); in.takes(e) {
				list = append(list, e)
			}
		}
	}
	key := func(e Edge) string { return fmt.Sprint(e.Set, " ", e.Line) }
	for i, e := range list {
		place[key(e)] = i
	}
	return paged(in.InPage, list, fmt.Sprint("edges", in.EdgeFilter), key, func(a, b string) int { return place[a] - place[b] })
}

// Path is one chain of rows between two requirements.
type Path struct {
	Sentence  string   `json:"sentence" example:"CC6.1 contains A.8.22, which lies inside CIS 12.2, so CC6.1 and CIS 12.2 share ground."`
	Relations []string `json:"relations" doc:"What can hold after this chain alone."`
	Candidate bool     `json:"candidate" doc:"A step rests on derived rows only."`
	Rows      []Edge   `json:"rows"`
}

// Relation is what follows about two requirements.
type Relation struct {
	Source        Ref      `json:"source"`
	Target        Ref      `json:"target"`
	Words         string   `json:"words" doc:"What can hold, in words; unknown if no path joins the two." example:"superset"`
	Relations     []string `json:"relations" doc:"What can hold: equal, subset, superset, intersects, none."`
	Contradiction bool     `json:"contradiction" doc:"The paths exclude each other: nothing follows."`
	Candidate     bool     `json:"candidate" doc:"What follows is only a suggestion."`
	Direct        []Edge   `json:"direct" doc:"Rows of the stack between the two."`
	Paths         []Path   `json:"paths" doc:"Up to 50, the firmest first."`
	Conflict      []Path   `json:"conflict" doc:"The fewest paths that cannot all be true."`
	TotalPaths    int      `json:"total_paths"`
}

func getRelation(s *Server, ctx context.Context, who access.Actor, in *struct {
	InOrg
	From   string `query:"from" required:"true" maxLength:"100" doc:"Framework of the source." example:"soc2-2017"`
	Source string `query:"source" required:"true" maxLength:"100" example:"CC6.1"`
	To     string `query:"to" required:"true" maxLength:"100" doc:"Framework of the target." example:"iso27001-2022"`
	Target string `query:"target" required:"true" maxLength:"100" example:"A.8.22"`
}) (*oneOut[Relation], error) {
	st, err := s.design(ctx, who)
	if err != nil {
		return nil, err
	}
	from, err := st.framework(in.From, "query.from")
	if err != nil {
		return nil, err
	}
	to, err := st.framework(in.To, "query.to")
	if err != nil {
		return nil, err
	}
	a, b := framework.Ref{Framework: from.ID, ID: in.Source}, framework.Ref{Framework: to.ID, ID: in.Target}
	if a == b {
		return nil, problem.New(problem.Invalid, "Name two different requirements.")
	}
	if _, err := st.requirement(from, in.Source); err != nil {
		return nil, err
	}
	if _, err := st.requirement(to, in.Target); err != nil {
		return nil, err
	}
	out := Relation{Source: refOf(a), Target: refOf(b), Words: crosswalk.Any.String(), Relations: crosswalk.Any.Relations(), Direct: []Edge{}, Paths: []Path{}, Conflict: []Path{}}
	if p, ok := st.stack.Relate(from.ID, to.ID).Pair(a.ID, b.ID); ok {
		out.Words, out.Relations, out.Contradiction, out.Candidate = p.Mask.String(), nonNil(p.Mask.Relations()), p.Contradiction, p.Candidate
	}
	for _, e := range st.stack.Direct(a, b) {
		out.Direct = append(out.Direct, st.edge(e))
	}
	paths := st.stack.Paths(a, b)
	out.TotalPaths = len(paths)
	for _, p := range paths[:min(len(paths), 50)] {
		out.Paths = append(out.Paths, st.path(p))
	}
	for _, p := range st.stack.Conflict(a, b) {
		out.Conflict = append(out.Conflict, st.path(p))
	}
	return single(out, nil)
}

func (st design) path(p crosswalk.Path) Path {
	out := Path{Sentence: strings.TrimSpace(p.Sentence()), Relations: nonNil(p.Mask.Relations()), Candidate: p.Candidate, Rows: []Edge{}}
	for _, h := range p.Hops {
		out.Rows = append(out.Rows, st.edge(h.Edge))
	}
	return out
}
