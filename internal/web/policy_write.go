package web

import (
	"net/http"
	"strings"

	"github.com/toucan-grc/toucan/internal/policy"
	"github.com/toucan-grc/toucan/internal/problem"
)

// getPolicyEdit shows the editor: GET /o/{org}/policy/{policy}/edit. It starts from
// the draft, else from the version in force.
func (s *Server) getPolicyEdit(w http.ResponseWriter, r *http.Request, who visitor) error {
	o, _, err := s.openPolicy(r, who)
	if err != nil {
		return err
	}
	next, ok := o.Next()
	if ok && next.State != policy.Draft {
		return back(w, r, orgPath(who.Slug(), "policy", o.Slug), "Version "+next.Number()+" is on its way into force. Take it back first to change its text.")
	}
	p := policyEditPage{Body: policyStart(o), Change: next.Change, Base: next.Stamp}
	return s.showPolicyEdit(w, r, who, http.StatusOK, o, p)
}

// policyStart is the text that the editor begins with.
func policyStart(o policyOpen) string {
	if next, ok := o.Next(); ok {
		return policyBody(next, false)
	}
	v, _ := o.InForce()
	return policyBody(v, false)
}

// showPolicyEdit fills in what stands beside the text and shows the editor.
func (s *Server) showPolicyEdit(w http.ResponseWriter, r *http.Request, who visitor, status int, o policyOpen, p policyEditPage) error {
	known, err := s.Policies.Variables(r.Context(), who.Actor)
	if err != nil {
		return err
	}
	p.policyHead = s.policyHead(w, r, who, o, "", "Editor")
	p.Step = policyStep{}
	values := map[string]string{}
	for _, v := range known {
		values[v.Name] = v.Value
	}
	values["policy_owner"], values["policy_approver"] = o.OwnerName, o.ApproverName
	for _, name := range policy.VariablesOf(p.Body) {
		_, ok := values[name]
		p.Variables = append(p.Variables, policyUse{Name: name, Value: values[name], Known: ok})
	}
	text, _ := policy.Fill(p.Body, values)
	p.Reading = policyTitle(text, o.Title)
	was, ok := o.InForce()
	p.Against = "As against nothing: it is the first version"
	if ok {
		p.Against = "As against version " + was.Number() + ", in force"
	}
	p.Diff = diffOf(p.Against, "Nothing is changed yet.", policyBody(was, false), p.Body)
	if !ok {
		p.Against = "First version"
		p.Diff = diffView{Nothing: "Nothing is in force yet. From the second version on, what changes shows here."}
	}
	return s.render(w, r, status, policyEdit(p))
}

// postPolicyEdit saves, previews or hands on what was written:
// POST /o/{org}/policy/{policy}/edit.
func (s *Server) postPolicyEdit(w http.ResponseWriter, r *http.Request, who visitor) error {
	o, _, err := s.openPolicy(r, who)
	if err != nil {
		return err
	}
	p := policyEditPage{Body: strings.ReplaceAll(r.FormValue("body"), "\r\n", "\n"), Change: strings.TrimSpace(r.FormValue("change")), Base: r.FormValue("base")}
	if r.FormValue("do") == "preview" {
		return s.showPolicyEdit(w, r, who, http.StatusOK, o, p)
	}
	next, _ := o.Next()
	_, err = s.Policies.Save(r.Context(), who.Actor, o.ID, policy.Text{Body: p.Body, Change: p.Change, Material: next.Material, Stamp: p.Base}, s.Now())
	if err != nil {
		return s.policyNotSaved(w, r, who, p, problem.Of(err))
	}
	if r.FormValue("do") == "submit" {
		return back(w, r, orgPath(who.Slug(), "policy", o.Slug, "submit"), "The draft is saved.")
	}
	return back(w, r, orgPath(who.Slug(), "policy", o.Slug, "edit"), "The draft is saved.")
}

// policyNotSaved shows the editor again with everything that was typed. When
// somebody else saved the draft meanwhile it shows how the two texts differ, and
// saving again is then meant to take the place of theirs.
func (s *Server) policyNotSaved(w http.ResponseWriter, r *http.Request, who visitor, p policyEditPage, wrong *problem.Error) error {
	if wrong.Code == problem.Internal || wrong.Code == problem.Forbidden {
		return wrong
	}
	o, _, err := s.openPolicy(r, who)
	if err != nil {
		return err
	}
	p.Problem = wrong
	next, ok := o.Next()
	if ok && wrong.Code == problem.Conflict && next.State == policy.Draft && next.Stamp != p.Base {
		p.Problem = nil
		p.Base = next.Stamp
		p.Clash = &policyClash{By: o.name(next.WrittenBy), At: momentWords(next.WrittenAt, o.zone),
			Diff: diffOf("How your text differs from the saved one", "Your text says the same as theirs, word for word.", policyBody(next, false), p.Body)}
	} else if wrong.Code == problem.Conflict && !ok {
		p.Base = "" // what it was based on is gone: saving again begins a new draft with it
	}
	return s.showPolicyEdit(w, r, who, statusOf(wrong.Code), o, p)
}

// getPolicyNew offers to write or upload a policy: GET /o/{org}/policies/new.
func (s *Server) getPolicyNew(w http.ResponseWriter, r *http.Request, who visitor) error {
	return s.showPolicyNew(w, r, who, http.StatusOK, policyNewPage{})
}

func (s *Server) showPolicyNew(w http.ResponseWriter, r *http.Request, who visitor, status int, p policyNewPage) error {
	p.frame = s.frame(w, r, who, "policies", "New policy", crumb{"Policies", orgPath(who.Slug(), "policies")})
	return s.render(w, r, status, policyNew(p))
}

// postPolicyNew begins a policy that is written here: POST /o/{org}/policies/new.
func (s *Server) postPolicyNew(w http.ResponseWriter, r *http.Request, who visitor) error {
	p := policyNewPage{Title: strings.TrimSpace(r.FormValue("title"))}
	made, err := s.Policies.Create(r.Context(), who.Actor, policy.Policy{Title: p.Title, ReviewEvery: policyMonths}, "", s.Now())
	if err != nil {
		if p.Problem = problem.Of(err); p.Problem.Code == problem.Internal {
			return err
		}
		if p.Problem.Field == "slug" {
			p.Problem.Field = "title"
		}
		return s.showPolicyNew(w, r, who, statusOf(p.Problem.Code), p)
	}
	page := "edit"
	if r.FormValue("how") == "upload" {
		page = "upload"
	}
	return back(w, r, orgPath(who.Slug(), "policy", made.Slug, page), made.Title+" is begun. Say in its settings whom it binds.")
}

// policyTextLimit bounds the form of the editor: the store takes 200,000 characters,
// and a form may write one as nine bytes.
const policyTextLimit = 4 << 20

// policyMonths is how often a policy that was written here is reviewed, unless its
// settings say otherwise.
const policyMonths = 12

// postPolicyDiscard drops the draft: POST /o/{org}/policy/{policy}/discard.
func (s *Server) postPolicyDiscard(w http.ResponseWriter, r *http.Request, who visitor) error {
	slug := r.PathValue("policy")
	if err := s.Policies.Discard(r.Context(), who.Actor, slug, s.Now()); err != nil {
		return err
	}
	return back(w, r, orgPath(who.Slug(), "policy", slug), "The draft is dropped. What is in force stays as it is.")
}
