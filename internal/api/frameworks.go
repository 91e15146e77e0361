package api

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/framework"
	"github.com/toucan-grc/toucan/internal/gap"
	"github.com/toucan-grc/toucan/internal/problem"
)

// Organisation is the organisation a token works in.
type Organisation struct {
	ID        string          `json:"id"`
	Slug      string          `json:"slug" doc:"Short name in addresses."`
	Name      string          `json:"name"`
	Zone      string          `json:"zone" doc:"IANA name of the time zone of its due dates." example:"Europe/Berlin"`
	CreatedAt time.Time       `json:"created_at"`
	Role      access.Role     `json:"role" doc:"Role of the member the token acts for."`
	Actions   []access.Action `json:"actions" doc:"What the token may do now: its scope and the role both allow it."`
}

func getOrganisation(s *Server, ctx context.Context, who access.Actor, _ *struct{ InOrg }) (*oneOut[Organisation], error) {
	o, err := s.Access.Organisation(ctx, who)
	out := Organisation{ID: o.ID, Slug: o.Slug, Name: o.Name, Zone: o.Zone, CreatedAt: o.CreatedAt.UTC(), Role: who.Role(), Actions: []access.Action{}}
	for _, r := range access.Rules() {
		if who.Can(r.Action) {
			out.Actions = append(out.Actions, r.Action)
		}
	}
	return single(out, err)
}

// Framework is a published standard in one version.
type Framework struct {
	ID           string     `json:"id" example:"iso27001-2022"`
	Title        string     `json:"title"`
	Short        string     `json:"short"`
	Noun         string     `json:"noun" doc:"What the standard's readers call one requirement."`
	Requirements int        `json:"requirements" doc:"How many it asks."`
	Enabled      bool       `json:"enabled" doc:"Whether the organisation follows it."`
	Categories   []Category `json:"categories" doc:"Parts that are taken or left as a whole; empty where the standard has none."`
	Chosen       bool       `json:"chosen" doc:"Whether the organisation chose the categories; if not, those count that a control is tagged to."`
	Excluded     int        `json:"excluded" doc:"How many requirements are scoped out."`
}

// Category is a part of a framework that is taken or left as a whole.
type Category struct {
	ID        string `json:"id"`
	Key       string `json:"key"`
	Label     string `json:"label"`
	Mandatory bool   `json:"mandatory"`
	Chosen    bool   `json:"chosen" doc:"In scope by choice, or because it is mandatory."`
}

func (st design) show(f *framework.Framework) Framework {
	out := Framework{ID: f.ID, Title: f.Title, Short: f.Short, Noun: f.Noun, Requirements: len(f.Asked()), Enabled: st.follows(f.ID), Categories: []Category{}}
	_, out.Chosen = st.scope.Categories[f.ID]
	for _, c := range st.scope.CategoriesOf(f, nil) {
		out.Categories = append(out.Categories, Category{c.ID, c.Key, c.Label, c.Mandatory, c.In()})
	}
	for ref := range st.scope.Excluded {
		if ref.Framework == f.ID {
			out.Excluded++
		}
	}
	return out
}

func listFrameworks(s *Server, ctx context.Context, who access.Actor, in *struct {
	InOrg
	InPage
	Enabled string `query:"enabled" enum:"true,false" doc:"Only those that are followed, or only the others."`
}) (*listOut[Framework], error) {
	st, err := s.design(ctx, who)
	if err != nil {
		return nil, err
	}
	var list []Framework
	place := map[string]int{}
	for i, f := range st.library.Frameworks.Frameworks {
		place[f.ID] = i
		if in.Enabled == "" || (in.Enabled == "true") == st.follows(f.ID) {
			list = append(list, st.show(f))
		}
	}
	return paged(in.InPage, list, "frameworks "+in.Enabled, func(f Framework) string { return f.ID }, func(a, b string) int { return place[a] - place[b] })
}

type InFramework struct {
	InOrg
	Framework string `path:"framework" maxLength:"100" example:"iso27001-2022"`
}

func getFramework(s *Server, ctx context.Context, who access.Actor, in *InFramework) (*oneOut[Framework], error) {
	return single(s.framework(ctx, who, in.Framework))
}

func (s *Server) framework(ctx context.Context, who access.Actor, id string) (Framework, error) {
	st, err := s.design(ctx, who)
	if err != nil {
		return Framework{}, err
	}
	f, err := st.framework(id, "path.framework")
	if err != nil {
		return Framework{}, err
	}
	return st.show(f), nil
}

// FrameworkChange is what can be decided about a framework.
type FrameworkChange struct {
	Enabled    bool     `json:"enabled" doc:"Whether the organisation follows it from now on."`
	Categories []string `json:"categories,omitempty" maxItems:"50" doc:"Ids of the categories in scope from now on, the mandatory ones included; left out: they stay as they are."`
}

func putFramework(s *Server, ctx context.Context, who access.Actor, in *struct {
	InFramework
	InMatch
	Body FrameworkChange
}) (*oneOut[Framework], error) {
	read := func() (Framework, error) { return s.framework(ctx, who, in.Framework) }
	return replace(s, ctx, who, in.InMatch, read, func(ctx context.Context, _ Framework) error {
		if in.Body.Categories != nil {
			if err := s.Crosswalk.SetCategories(ctx, who, in.Framework, in.Body.Categories, s.Now()); err != nil {
				return err
			}
		}
		if in.Body.Enabled {
			return s.Crosswalk.Enable(ctx, who, in.Framework, s.Now())
		}
		return s.Crosswalk.Disable(ctx, who, in.Framework, s.Now())
	})
}

// Tagged is a control that is tagged to a requirement.
type Tagged struct {
	Code   string `json:"code"`
	Title  string `json:"title"`
	Status string `json:"status" enum:"planned,on_paper,operated,unknown" doc:"What the organisation declares; a claim, not evidence."`
}

// Requirement is one thing a framework asks, in a list.
type Requirement struct {
	ID        string `json:"id" example:"A.8.8"`
	Label     string `json:"label" doc:"Topic in our own words."`
	Group     string `json:"group" doc:"The heading it stands under."`
	Controls  int    `json:"controls" doc:"How many controls are tagged to it."`
	Operated  int    `json:"operated" doc:"How many of them are declared operated."`
	Excluded  bool   `json:"excluded" doc:"Scoped out, with a reason."`
	Coverage  string `json:"coverage,omitempty" enum:"full,full_union,full_attested,partial,candidate,none,not_applicable" doc:"How far it is covered through via; absent without via."`
	NetNew    bool   `json:"net_new,omitempty" doc:"The framework in via does not ask for it at all."`
	Why       string `json:"why,omitempty"`
	FirstTask string `json:"first_task,omitempty"`
}

// RequirementDetail is one requirement with everything that bears on it.
type RequirementDetail struct {
	ID         string           `json:"id"`
	Label      string           `json:"label"`
	Kind       string           `json:"kind" enum:"group,requirement"`
	Path       []string         `json:"path" doc:"Ids of the headings above it, from the top."`
	Children   []string         `json:"children" doc:"Ids directly below it."`
	Excludable bool             `json:"excludable" doc:"Whether the standard allows it to be scoped out."`
	Excluded   string           `json:"excluded,omitempty" doc:"Why it is scoped out."`
	Controls   []Tagged         `json:"controls" doc:"Controls tagged to it, the first 200."`
	Via        string           `json:"via,omitempty"`
	Answer     *gap.Requirement `json:"answer,omitempty" doc:"How far it is covered through via, by what, why, and what is left."`
}

type InVia struct {
	Via string `query:"via" maxLength:"100" doc:"Framework to read the coverage through, such as soc2-2017."`
}

// through is the gap analysis into f; nil if nothing to read it through was named.
func (s *Server) through(ctx context.Context, who access.Actor, st design, v inventory, via string, f *framework.Framework) (map[string]gap.Requirement, error) {
	if via == "" {
		return nil, nil
	}
	from, err := st.framework(via, "query.via")
	if err != nil {
		return nil, err
	}
	if from.ID == f.ID {
		return nil, problem.New(problem.Invalid, "Name another framework in via than the one that is asked about.")
	}
	r, err := s.report(ctx, who, st, v, from, f)
	if err != nil {
		return nil, err
	}
	out := map[string]gap.Requirement{}
	for _, q := range r.Requirements {
		out[q.ID] = q
	}
	return out, nil
}

func listRequirements(s *Server, ctx context.Context, who access.Actor, in *struct {
	InFramework
	InPage
	InVia
	Text     string `query:"text" maxLength:"200" doc:"Only those with this in number or label."`
	Coverage string `query:"coverage" enum:"full,full_union,full_attested,partial,candidate,none,not_applicable" doc:"Only those with this coverage; needs via."`
}) (*listOut[Requirement], error) {
	st, err := s.design(ctx, who)
	if err != nil {
		return nil, err
	}
	f, err := st.framework(in.Framework, "path.framework")
	if err != nil {
		return nil, err
	}
	if in.Coverage != "" && in.Via == "" {
		return nil, &Problem{Status: http.StatusUnprocessableEntity, Code: problem.Invalid, Title: "The request cannot be followed as it was sent", Type: "/api#problem-invalid",
			Detail: "Coverage is read through another framework. Name one in via.", Errors: []FieldError{{"query.via", "Name a framework."}}}
	}
	v, err := s.inventory(ctx, who, st.library)
	if err != nil {
		return nil, err
	}
	answers, err := s.through(ctx, who, st, v, in.Via, f)
	if err != nil {
		return nil, err
	}
	tagged, text := v.tagged(f), strings.ToLower(strings.TrimSpace(in.Text))
	var list []Requirement
	for _, r := range f.Asked() {
		if text != "" && !strings.Contains(strings.ToLower(r.ID+" "+r.Label), text) {
			continue
		}
		q := Requirement{ID: r.ID, Label: r.Label, Controls: len(tagged[r.ID])}
		if theme, ok := f.Theme(r.ID); ok {
			q.Group = theme.ID + " " + theme.Label
		}
		_, q.Excluded = st.scope.Excluded[framework.Ref{Framework: f.ID, ID: r.ID}]
		for _, c := range tagged[r.ID] {
			if c.Status == "operated" {
				q.Operated++
			}
		}
		if a, ok := answers[r.ID]; ok {
			q.Coverage, q.NetNew, q.Why, q.FirstTask = string(a.Coverage), a.NetNew, a.Why, a.FirstTask
		}
		if in.Coverage == "" || in.Coverage == q.Coverage {
			list = append(list, q)
		}
	}
	which := strings.Join([]string{"requirements", f.ID, in.Via, text, in.Coverage}, "\x00")
	return paged(in.InPage, list, which, func(r Requirement) string { return r.ID }, func(a, b string) int {
		x, _ := f.Position(a)
		y, _ := f.Position(b)
		return x - y
	})
}

type InRequirement struct {
	InFramework
	Requirement string `path:"requirement" maxLength:"100" example:"A.8.8"`
}

func getRequirement(s *Server, ctx context.Context, who access.Actor, in *struct {
	InRequirement
	InVia
}) (*oneOut[RequirementDetail], error) {
	st, f, r, err := s.find(ctx, who, in.InRequirement)
	if err != nil {
		return nil, err
	}
	v, err := s.inventory(ctx, who, st.library)
	if err != nil {
		return nil, err
	}
	out := RequirementDetail{ID: r.ID, Label: r.Label, Kind: string(r.Kind), Path: []string{}, Children: []string{}, Excludable: f.Excludable(r.ID),
		Excluded: st.scope.Excluded[framework.Ref{Framework: f.ID, ID: r.ID}], Controls: v.tagged(f)[r.ID]}
	if out.Controls == nil {
		out.Controls = []Tagged{}
	}
	out.Controls = out.Controls[:min(len(out.Controls), 200)]
	path := f.Path(r.ID)
	for _, p := range path[:max(0, len(path)-1)] {
		out.Path = append(out.Path, p.ID)
	}
	for _, c := range f.Children(r.ID) {
		out.Children = append(out.Children, c.ID)
	}
	answers, err := s.through(ctx, who, st, v, in.Via, f)
	if err != nil {
		return nil, err
	}
	if a, ok := answers[r.ID]; ok {
		out.Via, out.Answer = in.Via, &a
	}
	return single(out, nil)
}

func (s *Server) find(ctx context.Context, who access.Actor, in InRequirement) (design, *framework.Framework, framework.Requirement, error) {
	st, err := s.design(ctx, who)
	if err != nil {
		return st, nil, framework.Requirement{}, err
	}
	f, err := st.framework(in.Framework, "path.framework")
	if err != nil {
		return st, nil, framework.Requirement{}, err
	}
	r, err := st.requirement(f, in.Requirement)
	return st, f, r, err
}

// Scope says whether a requirement applies to the organisation.
type Scope struct {
	Applies bool   `json:"applies"`
	Reason  string `json:"reason,omitempty" maxLength:"2000" doc:"Why it does not apply; required then."`
}

func getScope(s *Server, ctx context.Context, who access.Actor, in *InRequirement) (*oneOut[Scope], error) {
	return single(s.applies(ctx, who, *in))
}

func (s *Server) applies(ctx context.Context, who access.Actor, in InRequirement) (Scope, error) {
	st, f, r, err := s.find(ctx, who, in)
	if err != nil {
		return Scope{}, err
	}
	reason, out := st.scope.Excluded[framework.Ref{Framework: f.ID, ID: r.ID}]
	return Scope{!out, reason}, nil
}

func putScope(s *Server, ctx context.Context, who access.Actor, in *struct {
	InRequirement
	InMatch
	Body Scope
}) (*oneOut[Scope], error) {
	read := func() (Scope, error) { return s.applies(ctx, who, in.InRequirement) }
	return replace(s, ctx, who, in.InMatch, read, func(ctx context.Context, _ Scope) error {
		ref := framework.Ref{Framework: in.Framework, ID: in.Requirement}
		if in.Body.Applies {
			return s.Crosswalk.Include(ctx, who, ref, s.Now())
		}
		return s.Crosswalk.Exclude(ctx, who, ref, in.Body.Reason, s.Now())
	})
}

// address makes a path below the organisation, each part escaped.
func address(who access.Actor, parts ...string) string {
	out := "/api/v1/o/" + who.Slug()
	for _, p := range parts {
		out += "/" + url.PathEscape(p)
	}
	return out
}
