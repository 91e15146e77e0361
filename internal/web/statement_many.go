package web

import (
	"net/http"
	"slices"
	"strings"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/isms"
	"github.com/toucan-grc/toucan/internal/problem"
)

// statementManyPage is the form about several rows.
type statementManyPage struct {
	frame
	Codes     []string
	Named     string // the first few
	Own       int    // how many are our own: those cannot be left out
	Form      statementManyForm
	Owners    []option
	SeesRisks bool
	Problem   *problem.Error
	Back      string
}

// statementManyForm is what was typed.
type statementManyForm struct {
	Kinds                                 map[isms.ReasonKind]bool
	Texts                                 map[isms.ReasonKind]string
	Risks, Claim, On, Owner, Scope, Cause string
}

const claimDerived = "derived"

// getStatementMany shows it: GET /o/{org}/isms/statement/many?code=&code=.
func (s *Server) getStatementMany(w http.ResponseWriter, r *http.Request, who visitor) error {
	if err := r.ParseForm(); err != nil {
		return problem.New(problem.Invalid, "The form could not be read. Go back and send it again.")
	}
	if len(r.Form["code"]) == 0 {
		return back(w, r, statementBack(r, who), "Mark the rows first that are to change.")
	}
	return s.showStatementMany(w, r, who, http.StatusOK, statementManyForm{Kinds: map[isms.ReasonKind]bool{}, Texts: map[isms.ReasonKind]string{}}, nil)
}

// statementBack is the list a form was sent from.
func statementBack(r *http.Request, who visitor) string {
	if to := r.FormValue("back"); strings.HasPrefix(to, statementPath(who.Slug())) {
		return to
	}
	return statementPath(who.Slug())
}

func (s *Server) showStatementMany(w http.ResponseWriter, r *http.Request, who visitor, status int, f statementManyForm, wrong *problem.Error) error {
	b, err := s.shelf.open(r.Context(), who.Actor)
	if err != nil {
		return err
	}
	p := statementManyPage{Codes: slices.Compact(slices.Clone(r.Form["code"])), Form: f, Owners: b.personOptions(), SeesRisks: who.Can(access.ViewRisks), Problem: wrong, Back: statementBack(r, who)}
	p.Owners[0].Text = "As it is"
	const few = 12
	p.Named = strings.Join(p.Codes[:min(few, len(p.Codes))], ", ")
	if n := len(p.Codes) - few; n > 0 {
		p.Named += " and " + group(n) + " more"
	}
	for _, code := range p.Codes {
		if isms.OwnRow(code) {
			p.Own++
		}
	}
	p.frame = s.frame(w, r, who, "soa", "Change "+plural(len(p.Codes), "row", "rows"), crumb{"Statement of applicability", statementPath(who.Slug())})
	return s.render(w, r, status, showStatementMany(p))
}

// postStatementMany changes them, all or none: POST /o/{org}/isms/statement/many.
func (s *Server) postStatementMany(w http.ResponseWriter, r *http.Request, who visitor) error {
	v := func(name string) string { return strings.TrimSpace(r.FormValue(name)) }
	f := statementManyForm{Kinds: map[isms.ReasonKind]bool{}, Texts: map[isms.ReasonKind]string{}, Risks: v("risks"), Claim: v("claim"), On: v("on"), Owner: v("owner"), Scope: v("scope"), Cause: v("whyOut")}
	change := isms.BulkStatement{Codes: r.Form["code"], Owner: f.Owner, Include: f.Scope == "in"}
	for _, k := range isms.ReasonKinds() {
		f.Texts[k] = v("reason-" + string(k))
		if f.Kinds[k] = slices.Contains(r.Form["reason"], string(k)) || f.Texts[k] != ""; f.Kinds[k] {
			change.Add = append(change.Add, isms.Reason{Kind: k, Text: f.Texts[k]})
		}
	}
	if f.Claim == claimDerived {
		change.Derived = true
	} else {
		change.Claim = isms.Claim(f.Claim)
	}
	err := s.manyOf(r, who, f, &change)
	if err == nil {
		err = s.ISMS.ChangeStatement(r.Context(), who.Actor, change, s.Now())
	}
	if err == nil {
		return back(w, r, statementBack(r, who), plural(len(change.Codes), "row is saved.", "rows are saved."))
	}
	p := problem.Of(err)
	if p.Code == problem.Internal || p.Code == problem.Forbidden {
		return err
	}
	return s.showStatementMany(w, r, who, statusOf(p.Code), f, p)
}

// manyOf reads what has to be looked up.
func (s *Server) manyOf(r *http.Request, who visitor, f statementManyForm, change *isms.BulkStatement) (err error) {
	if change.On, err = formDay(r, "on"); err != nil {
		return err
	}
	if f.Scope == "out" {
		if change.Exclude = f.Cause; f.Cause == "" {
			return problem.Field("whyOut", "Say why they do not apply. An auditor will ask.")
		}
	}
	if f.Risks != "" {
		live, err := s.ISMS.Statement(r.Context(), who.Actor, s.Now())
		if err != nil {
			return err
		}
		if change.Risks, err = riskIDs(live, f.Risks); err != nil {
			return err
		}
	}
	if len(change.Add)+len(change.Risks) == 0 && change.Claim == isms.ClaimNone && !change.Derived && change.Owner == "" && !change.Include && change.Exclude == "" {
		return problem.New(problem.Invalid, "Nothing was filled in, so nothing would change. Give a reason, a claim, an owner, or say whether they apply.")
	}
	return nil
}
