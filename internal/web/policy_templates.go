package web

import (
	"net/http"
	"slices"
	"strings"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/policy"
	"github.com/toucan-grc/toucan/internal/problem"
)

// policyTemplatesPage lets a person choose shipped templates and fill in what they leave open.
type policyTemplatesPage struct {
	frame
	Rows      []policyTemplateRow
	Fresh     int // not adopted yet
	Fitting   int // not adopted yet, and speaking to a framework that is followed
	Follows   bool
	Variables []policyVariable
	Roles     []policyRole // who stands behind the roles of the templates
	People    []option
	MayManage bool // may fill in the variables
	Problem   *problem.Error
}

// policyTemplateRow is one template.
type policyTemplateRow struct {
	Slug, Title string
	About       string // its first sentence
	Serves      []policyServes
	Audience    string
	Acknowledge bool
	Have        bool // adopted before
	Chosen      bool
	Extra       string // when it is worth adopting, where not everybody needs it
}

// policyServes is a framework that a template speaks to.
type policyServes struct {
	Short    string
	N        int // requirements
	Followed bool
}

// policyVariable is one variable with what the organisation calls it.
type policyVariable struct {
	Name, Label, Example, Value string
	Used                        int // policies that use it
}

// policyRole is a role of the templates with the person who fills it.
type policyRole struct{ ID, Label, About, Person string }

// getPolicyTemplates shows what ships: GET /o/{org}/policies/templates?pick=.
func (s *Server) getPolicyTemplates(w http.ResponseWriter, r *http.Request, who visitor) error {
	return s.showPolicyTemplates(w, r, who, http.StatusOK, policyChoice{pick: r.FormValue("pick")})
}

// policyChoice is what a person has ticked and typed on the page of templates.
type policyChoice struct {
	pick      string // "followed", "all" or nothing
	templates []string
	variables map[string]string
	roles     map[string]string
	problem   *problem.Error
}

func (s *Server) showPolicyTemplates(w http.ResponseWriter, r *http.Request, who visitor, status int, c policyChoice) error {
	b, err := s.shelf.open(r.Context(), who.Actor)
	if err != nil {
		return err
	}
	list, err := s.Policies.Templates(r.Context(), who.Actor, s.Now())
	if err != nil {
		return err
	}
	groups, err := s.policyGroups(r.Context(), who)
	if err != nil {
		return err
	}
	p := policyTemplatesPage{Problem: c.problem, Follows: len(b.Enabled) > 0, People: b.personOptions(), MayManage: who.Can(access.ManagePolicies)}
	if p.Variables, err = s.policyVariables(r, who, c.variables); err != nil {
		return err
	}
	p.Variables = slices.DeleteFunc(p.Variables, func(v policyVariable) bool { return v.Example == "" }) // those that ship
	owns, approves := map[string]int{}, map[string]int{}
	for _, t := range list {
		row := policyTemplateRowOf(t, b, groups)
		fits := t.Offers && slices.ContainsFunc(row.Serves, func(f policyServes) bool { return f.Followed })
		if !row.Have {
			p.Fresh++
			owns[t.OwnerRole]++
			approves[t.ApproverRole]++
			if fits {
				p.Fitting++
			}
			row.Chosen = slices.Contains(c.templates, t.Slug) || c.pick == "all" || c.pick == "followed" && fits
		}
		p.Rows = append(p.Rows, row)
	}
	for _, role := range policy.Roles() {
		if owns[role.ID]+approves[role.ID] > 0 {
			p.Roles = append(p.Roles, policyRole{role.ID, upperFirst(role.Label), policyRoleWords(owns[role.ID], approves[role.ID]), c.roles[role.ID]})
		}
	}
	p.frame = s.frame(w, r, who, "policies", "Templates", crumb{"Policies", orgPath(who.Slug(), "policies")})
	return s.render(w, r, status, policyTemplates(p))
}

// policyTemplateRowOf is a template as the page lists it.
func policyTemplateRowOf(t policy.Template, b *book, groups policyGroups) policyTemplateRow {
	about, _ := policy.Fill(t.About, map[string]string{"company": "the company", "product": "the product"})
	row := policyTemplateRow{Slug: t.Slug, Title: t.Title, About: about, Audience: groups.words(t.Audience), Acknowledge: t.Acknowledge, Have: t.Policy != ""}
	for _, c := range t.Frameworks {
		f, ok := b.library.Frameworks.Find(c.Framework)
		if !ok {
			continue
		}
		row.Serves = append(row.Serves, policyServes{f.Short, len(c.Requirements), b.enabled(f.ID)})
	}
	slices.SortStableFunc(row.Serves, func(x, y policyServes) int {
		if x.Followed != y.Followed && x.Followed {
			return -1
		} else if x.Followed != y.Followed {
			return 1
		}
		return 0
	})
	if len(t.Needs) > 0 && !t.Offers {
		row.Extra = "Only for those who follow " + policyNeeds(t.Needs, b) + "."
	}
	return row
}

func policyNeeds(ids []string, b *book) string {
	var out []string
	for _, id := range ids {
		if f, ok := b.library.Frameworks.Find(id); ok {
			out = append(out, f.Short)
		}
	}
	return strings.Join(out, " or ")
}

// postPolicyTemplates fills in the variables and adopts what was ticked:
// POST /o/{org}/policies/templates.
func (s *Server) postPolicyTemplates(w http.ResponseWriter, r *http.Request, who visitor) error {
	if err := r.ParseForm(); err != nil {
		return err
	}
	c := policyChoice{templates: r.Form["template"], variables: typedVariables(r), roles: map[string]string{}}
	for name := range r.Form {
		if id, ok := strings.CutPrefix(name, "role-"); ok && r.FormValue(name) != "" {
			c.roles[id] = r.FormValue(name)
		}
	}
	var made []policy.Policy
	err := error(nil)
	if who.Can(access.ManagePolicies) {
		err = s.Policies.SetVariables(r.Context(), who.Actor, c.variables, s.Now())
	}
	if err == nil {
		made, err = s.Policies.Adopt(r.Context(), who.Actor, c.templates, c.roles, s.Now())
	}
	if err != nil {
		if c.problem = variableProblem(err, c.variables); c.problem.Code == problem.Internal || c.problem.Code == problem.Forbidden {
			return err
		}
		return s.showPolicyTemplates(w, r, who, statusOf(c.problem.Code), c)
	}
	if len(made) == 1 {
		return back(w, r, orgPath(who.Slug(), "policy", made[0].Slug, "edit"), made[0].Title+" is a draft of yours now.")
	}
	return back(w, r, query(orgPath(who.Slug(), "policies"), "show", "making"), plural(len(made), "draft is", "drafts are")+" yours now. Read each, change what is not true here, and hand it in.")
}
