package web

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/approval"
	"github.com/toucan-grc/toucan/internal/problem"
)

// approvalsPage says who signs off what.
type approvalsPage struct {
	frame
	Rows   []policyRow
	CanSet bool
}

// policyRow is the policy of one kind of thing, with its form.
type policyRow struct {
	approval.Policy
	Says    string // the policy in a sentence
	Since   string // "since 1 Mar 2026, by Ada", or that it is the one that ships
	Steps   []stepForm
	Roles   []access.Role     // those whose role allows to decide
	Members []approval.Member // likewise
	Problem *problem.Error
}

// stepForm is one step as a form has it.
type stepForm struct {
	N        int // from 1
	Need     string
	Roles    []string
	Accounts []string
}

const shownSteps = 3

// getApprovals shows it: GET /o/{org}/settings/approvals.
func (s *Server) getApprovals(w http.ResponseWriter, r *http.Request, who visitor) error {
	return s.showApprovals(w, r, who, http.StatusOK, "", nil, nil)
}

// showApprovals draws the page; typed are the steps of a kind that were refused.
func (s *Server) showApprovals(w http.ResponseWriter, r *http.Request, who visitor, status int, kind approval.Kind, typed []stepForm, wrong *problem.Error) error {
	policies, members, err := s.Approvals.Policies(r.Context(), who.Actor, s.Now())
	if err != nil {
		return err
	}
	names := map[string]string{}
	for _, m := range members {
		names[m.Account] = m.Name
	}
	p := approvalsPage{CanSet: who.Can(access.ManageApprovals)}
	for _, x := range policies {
		row := policyRow{Policy: x, Says: approval.Describe(x.Tiers, names), Since: "as Toucan ships it"}
		if x.Chosen {
			row.Since = "since " + x.At.UTC().Format("2 January 2006") + ", by " + x.ByName
		}
		for _, role := range access.Roles() {
			if access.Allowed(role, x.Action) {
				row.Roles = append(row.Roles, role)
			}
		}
		for _, m := range members {
			if access.Allowed(m.Role, x.Action) {
				row.Members = append(row.Members, m)
			}
		}
		row.Steps = stepsOf(x.Tiers)
		if x.Kind == kind {
			row.Steps, row.Problem = typed, wrong
		}
		p.Rows = append(p.Rows, row)
	}
	p.frame = s.settingsFrame(w, r, who, "Approvals")
	return s.render(w, r, status, approvalSettings(p))
}

// stepsOf are the steps of a policy, with empty ones up to three.
func stepsOf(tiers []approval.Tier) []stepForm {
	var out []stepForm
	for i, t := range tiers {
		f := stepForm{N: i + 1, Need: strconv.Itoa(t.Need), Accounts: t.Accounts}
		for _, r := range t.Roles {
			f.Roles = append(f.Roles, string(r))
		}
		out = append(out, f)
	}
	for len(out) < shownSteps {
		out = append(out, stepForm{N: len(out) + 1})
	}
	return out
}

// postApprovals changes the policy of a kind: POST /o/{org}/settings/approvals/{kind}.
func (s *Server) postApprovals(w http.ResponseWriter, r *http.Request, who visitor) error {
	if err := r.ParseForm(); err != nil {
		return problem.New(problem.Invalid, "The form cannot be read. Open the page again.")
	}
	kind := approval.Kind(r.PathValue("kind"))
	var tiers []approval.Tier
	var typed []stepForm
	var err error
	for n := 1; n <= shownSteps+1; n++ {
		f := stepForm{N: n, Need: r.FormValue(fmt.Sprintf("need-%d", n)), Roles: r.Form[fmt.Sprintf("roles-%d", n)], Accounts: r.Form[fmt.Sprintf("accounts-%d", n)]}
		if n <= shownSteps || f.Need != "" {
			typed = append(typed, f)
		}
		if f.Need == "" || f.Need == "0" {
			continue
		}
		t := approval.Tier{Accounts: f.Accounts}
		for _, role := range f.Roles {
			t.Roles = append(t.Roles, access.Role(role))
		}
		if t.Need, err = strconv.Atoi(f.Need); err != nil {
			err = problem.Field(fmt.Sprintf("need-%d", n), fmt.Sprintf("Step %d: say how many people have to agree, as a number.", n))
			break
		}
		tiers = append(tiers, t)
	}
	if err == nil {
		err = s.Approvals.SetPolicy(r.Context(), who.Actor, kind, tiers, s.Now())
	}
	if err != nil {
		p := problem.Of(err)
		if p.Code != problem.Invalid {
			return err
		}
		return s.showApprovals(w, r, who, statusOf(p.Code), kind, typed, p)
	}
	return back(w, r, orgPath(who.Slug(), "settings", "approvals"), "Saved. It holds for what is asked from now on.")
}

func (f stepForm) has(list []string, value string) bool { return slices.Contains(list, value) }
