package web

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/cadence"
	"github.com/toucan-grc/toucan/internal/control"
	"github.com/toucan-grc/toucan/internal/framework"
	"github.com/toucan-grc/toucan/internal/isms"
	"github.com/toucan-grc/toucan/internal/people"
	"github.com/toucan-grc/toucan/internal/policy"
	"github.com/toucan-grc/toucan/internal/problem"
)

// obligationPage is one obligation with everything about it.
type obligationPage struct {
	frame
	V         isms.ObligationView
	Kind      string // label of the evidence
	Role      string
	Subject   string
	Says      isms.Doing // as typed
	CanManage bool
	CanSay    bool
	Library   bool     // they may see the library of evidence
	Files     bool     // and may file there
	Open      []option // occurrences that can be said to be met
	Items     []option
	Evidence  []string // names the form offers besides
	Typed     []string
	Problem   *problem.Error
}

// obligationForm is the form of a new or changed obligation, as typed.
type obligationForm struct {
	frame
	Code         string // empty: a new one
	T            isms.ObligationText
	Requirements string
	From         string
	Grace        string
	Intervals    []option
	Roles        []option
	People       []option
	Kinds        []option
	Subjects     []option
	Problem      *problem.Error
}

// obligationAdoptPage offers the obligations that ship.
type obligationAdoptPage struct {
	frame
	Offer    []obligationOffer
	Followed []string
	Problem  *problem.Error
}

// obligationOffer is one of them, with what is asked here.
type obligationOffer struct {
	isms.ShippedObligation
	Asked string // by which frameworks that are followed
	On    bool   // proposed
}

func cycleRoleOptions() []option {
	var out []option
	for _, r := range people.DutyRoles() {
		out = append(out, option{r.ID, upperFirst(r.Label)})
	}
	return out
}

func dutyRoleLabel(id string) string {
	if r, ok := people.FindDutyRole(id); ok {
		return upperFirst(r.Label)
	}
	return id
}

// orderOf writes a number so that texts sort like numbers, the largest first.
func orderOf(perYear float64) string { return fmt.Sprintf("%012.4f", 1e6-perYear) }

// getObligationAdopt offers what ships: GET /o/{org}/isms/obligations/adopt.
func (s *Server) getObligationAdopt(w http.ResponseWriter, r *http.Request, who visitor) error {
	return s.showObligationAdopt(w, r, who, http.StatusOK, nil)
}

func (s *Server) showObligationAdopt(w http.ResponseWriter, r *http.Request, who visitor, status int, fault *problem.Error) error {
	l, err := s.ISMS.Obligations(r.Context(), who.Actor, s.Now())
	if err != nil {
		return err
	}
	followed, err := s.Crosswalk.Frameworks(r.Context(), who.Actor, s.Now())
	if err != nil {
		return err
	}
	p := obligationAdoptPage{Problem: fault}
	for _, o := range l.Offer {
		x := obligationOffer{ShippedObligation: o}
		var by []string
		for _, id := range o.Frameworks() {
			if slices.Contains(followed, id) {
				by = append(by, frameworkTitle(id))
			}
		}
		x.Asked, x.On = strings.Join(by, ", "), len(by) > 0
		p.Offer = append(p.Offer, x)
	}
	p.frame = s.frame(w, r, who, "isms", "Take over", crumb{"Management system", orgPath(who.Slug(), "isms")}, crumb{"Obligations", orgPath(who.Slug(), "isms", "obligations")})
	p.frame.Tabs = ismsTabs(who.Slug(), "obligations")
	return s.render(w, r, status, obligationAdopt(p))
}

func frameworkTitle(id string) string {
	if f, ok := framework.Shipped().Find(id); ok {
		return f.Short
	}
	return id
}

// postObligationAdopt takes some over: POST /o/{org}/isms/obligations/adopt.
func (s *Server) postObligationAdopt(w http.ResponseWriter, r *http.Request, who visitor) error {
	if err := r.ParseForm(); err != nil {
		return err
	}
	n, err := s.ISMS.ObligationAdopt(r.Context(), who.Actor, r.PostForm["codes"], s.Now())
	if err != nil {
		if p := problem.Of(err); p.Code == problem.Invalid {
			return s.showObligationAdopt(w, r, who, http.StatusUnprocessableEntity, p)
		}
		return err
	}
	return back(w, r, orgPath(who.Slug(), "isms", "obligations"), plural(n, "obligation", "obligations")+" taken over. Tasks come by themselves, some time before each day.")
}

// getObligation shows one: GET /o/{org}/isms/obligations/{code}.
func (s *Server) getObligation(w http.ResponseWriter, r *http.Request, who visitor) error {
	return s.showObligation(w, r, who, http.StatusOK, isms.Doing{}, nil)
}

func (s *Server) showObligation(w http.ResponseWriter, r *http.Request, who visitor, status int, says isms.Doing, fault *problem.Error) error {
	v, err := s.ISMS.ObligationFind(r.Context(), who.Actor, r.PathValue("code"), s.Now())
	if err != nil {
		return err
	}
	p := obligationPage{V: v, Kind: evidenceKindLabel(v.Text.Kind), Role: dutyRoleLabel(v.Text.Role), Subject: policy.Words().Label(v.Text.Subject), Says: says, CanManage: who.Can(access.ManageISMS), Problem: fault}
	p.CanSay = (p.CanManage || v.Yours) && !v.Text.Ended
	for _, x := range slices.Backward(v.Occurrences) {
		if x.State == isms.DutyMissed || x.State == isms.DutyDue || x.State == isms.DutyAhead && x.Period.From <= v.Today {
			p.Open = append(p.Open, option{x.Due.String(), "due " + dayWords(x.Due) + ", " + x.State.Words()})
		}
	}
	p.Items = []option{{"", "Choose, or name another"}}
	for _, c := range v.Candidates {
		if c.Item == "" { // it is not for their role
			continue
		}
		p.Items = append(p.Items, option{c.Item, c.Words + ", " + dayWords(c.On)})
	}
	if p.CanSay && len(p.Open) > 0 {
		if p.Evidence, err = s.evidenceNames(r.Context(), who); err != nil {
			return err
		}
		p.Typed, p.Library, p.Files = r.Form["item_name"], who.Can(access.ViewEvidence), who.Can(access.FileEvidence)
	}
	if !says.Due.Known() && v.Known {
		p.Says.Due = v.Present.Due
	}
	p.frame = s.frame(w, r, who, "isms", v.Code, crumb{"Management system", orgPath(who.Slug(), "isms")}, crumb{"Obligations", orgPath(who.Slug(), "isms", "obligations")})
	p.frame.Tabs = ismsTabs(who.Slug(), "obligations")
	return s.render(w, r, status, showObligation(p))
}

// postObligationDone says that one was met: POST /o/{org}/isms/obligations/{code}/done.
func (s *Server) postObligationDone(w http.ResponseWriter, r *http.Request, who visitor) error {
	d := isms.Doing{Item: r.FormValue("item"), Note: r.FormValue("note")}
	named, err := s.pickedEvidence(r.Context(), who, "item_name", []string{r.FormValue("item_name")})
	if len(named) > 0 {
		d.Item = named[0]
	}
	if err == nil {
		d.Due, err = cycleDate(r, "due")
	}
	if err == nil {
		d.On, err = cycleDate(r, "on")
	}
	if err == nil {
		err = s.ISMS.ObligationDone(r.Context(), who.Actor, r.PathValue("code"), d, s.Now())
	}
	if err != nil {
		if p := problem.Of(err); who.Can(access.ViewISMS) && (p.Code == problem.Invalid || p.Code == problem.Conflict) {
			return s.showObligation(w, r, who, http.StatusUnprocessableEntity, d, p)
		}
		return err
	}
	to := orgPath(who.Slug(), "isms", "obligations", r.PathValue("code"))
	if !who.Can(access.ViewISMS) {
		to = orgPath(who.Slug(), "tasks")
	}
	return back(w, r, to, "Kept: it was met for the period due "+dayWords(d.Due)+".")
}

// cycleDate reads a day of a form; no date when the field is empty.
func cycleDate(r *http.Request, name string) (cadence.Date, error) {
	text := strings.TrimSpace(r.FormValue(name))
	if text == "" {
		return 0, nil
	}
	d, ok := cadence.ReadDate(text)
	if !ok {
		return 0, problem.Field(name, "“"+text+"” is no day. Write it as 2026-03-31.")
	}
	return d, nil
}

// postObligationUndone takes such a word back: POST /o/{org}/isms/obligations/{code}/undone.
func (s *Server) postObligationUndone(w http.ResponseWriter, r *http.Request, who visitor) error {
	err := s.ISMS.ObligationUndone(r.Context(), who.Actor, r.FormValue("act"), r.FormValue("why"), s.Now())
	if err != nil {
		if p := problem.Of(err); p.Code == problem.Invalid {
			return s.showObligation(w, r, who, http.StatusUnprocessableEntity, isms.Doing{}, p)
		}
		return err
	}
	return back(w, r, orgPath(who.Slug(), "isms", "obligations", r.PathValue("code")), "Taken back. The log keeps both.")
}

// postObligationEnd asks it no more: POST /o/{org}/isms/obligations/{code}/end.
func (s *Server) postObligationEnd(w http.ResponseWriter, r *http.Request, who visitor) error {
	err := s.ISMS.ObligationEnd(r.Context(), who.Actor, r.PathValue("code"), r.FormValue("why"), s.Now())
	if err != nil {
		if p := problem.Of(err); p.Code == problem.Invalid || p.Code == problem.Conflict {
			return s.showObligation(w, r, who, http.StatusUnprocessableEntity, isms.Doing{}, p)
		}
		return err
	}
	return back(w, r, orgPath(who.Slug(), "isms", "obligations", r.PathValue("code")), "It is asked no more. What fell due before stays as it is.")
}

// getObligationNew and getObligationEdit show the form.
func (s *Server) getObligationNew(w http.ResponseWriter, r *http.Request, who visitor) error {
	return s.showObligationForm(w, r, who, http.StatusOK, obligationForm{T: isms.ObligationText{Every: "P3M", Basis: isms.BasisOwn, Closes: isms.ByPerson, Role: "security-officer"}, Grace: "14"})
}

func (s *Server) getObligationEdit(w http.ResponseWriter, r *http.Request, who visitor) error {
	v, err := s.ISMS.ObligationFind(r.Context(), who.Actor, r.PathValue("code"), s.Now())
	if err != nil {
		return err
	}
	t := v.Texts[len(v.Texts)-1]
	t.Why = ""
	return s.showObligationForm(w, r, who, http.StatusOK, obligationForm{Code: v.Code, T: t, Requirements: refText(t.Requirements), Grace: strconv.Itoa(t.Grace)})
}

func refText(list []framework.Ref) string {
	var out []string
	for _, r := range list {
		out = append(out, r.Framework+":"+r.ID)
	}
	return strings.Join(out, "; ")
}

var obligationIntervals = []option{{"P1D", "Every day"}, {"P7D", "Every week"}, {"P1M", "Every month"}, {"P2M", "Every two months"}, {"P3M", "Every quarter"}, {"P6M", "Every six months"}, {"P1Y", "Every year"}, {"P2Y", "Every two years"}, {"P3Y", "Every three years"}}

func (s *Server) showObligationForm(w http.ResponseWriter, r *http.Request, who visitor, status int, p obligationForm) error {
	roster, err := s.People.Roster(r.Context(), who.Actor)
	if err != nil {
		return err
	}
	today := roster.Today(s.Now())
	p.People = []option{{"", "Whoever holds the role"}}
	for _, x := range roster.All() {
		if x.Kind != people.Service && roster.StatusOn(x.ID, today) == people.Current {
			p.People = append(p.People, option{x.ID, x.Name})
		}
	}
	p.Roles = append([]option{{"", "No role: the person below"}}, cycleRoleOptions()...)
	p.Intervals = obligationIntervals
	if !slices.ContainsFunc(p.Intervals, func(o option) bool { return o.Value == p.T.Every }) && p.T.Every != "" {
		p.Intervals = append([]option{{p.T.Every, upperFirst(p.T.Frequency().Phrase())}}, p.Intervals...)
	}
	for _, k := range control.Shipped().Kinds {
		p.Kinds = append(p.Kinds, option{k.Kind, k.Label})
	}
	p.Subjects = []option{{"", "None: no policy speaks of it"}}
	for _, x := range policy.Words().Subjects {
		if x.Property == policy.Frequency {
			p.Subjects = append(p.Subjects, option{x.ID, x.Label})
		}
	}
	title := "New obligation"
	crumbs := []crumb{{"Management system", orgPath(who.Slug(), "isms")}, {"Obligations", orgPath(who.Slug(), "isms", "obligations")}}
	if p.Code != "" {
		title, crumbs = "Change", append(crumbs, crumb{p.Code, orgPath(who.Slug(), "isms", "obligations", p.Code)})
	}
	p.frame = s.frame(w, r, who, "isms", title, crumbs...)
	p.frame.Tabs = ismsTabs(who.Slug(), "obligations")
	return s.render(w, r, status, obligationFormPage(p))
}

// readObligationForm reads what was typed.
func readObligationForm(r *http.Request) (obligationForm, error) {
	p := obligationForm{Code: r.PathValue("code"), Requirements: r.FormValue("requirements"), From: r.FormValue("from"), Grace: strings.TrimSpace(r.FormValue("grace")),
		T: isms.ObligationText{Title: r.FormValue("title"), Detail: r.FormValue("detail"), Every: r.FormValue("every"), Basis: isms.Basis(r.FormValue("basis")), Subject: r.FormValue("subject"),
			Role: r.FormValue("role"), Person: r.FormValue("person"), Kind: r.FormValue("kind"), Closes: isms.Closing(r.FormValue("closes")), Why: r.FormValue("why")}}
	var err error
	if p.T.Grace, err = strconv.Atoi(p.Grace); err != nil {
		return p, problem.Field("grace", "Give the days of grace as a number; 0 is none.")
	}
	if p.T.From, err = cycleDate(r, "from"); err != nil {
		return p, err
	}
	p.T.Requirements, err = isms.ReadRefs(p.Requirements)
	return p, err
}

// postObligation enters a new one or changes one: POST /o/{org}/isms/obligations and
// POST /o/{org}/isms/obligations/{code}.
func (s *Server) postObligation(w http.ResponseWriter, r *http.Request, who visitor) error {
	p, err := readObligationForm(r)
	code, said := p.Code, "Changed. The days before keep what they had."
	switch {
	case err != nil:
	case code == "":
		said = "Entered. Whoever does it is asked in time."
		code, err = s.ISMS.ObligationAdd(r.Context(), who.Actor, p.T, s.Now())
	default:
		err = s.ISMS.ObligationChange(r.Context(), who.Actor, code, p.T, s.Now())
	}
	if err != nil {
		if f := problem.Of(err); f.Code == problem.Invalid || f.Code == problem.Conflict {
			p.Problem = f
			return s.showObligationForm(w, r, who, http.StatusUnprocessableEntity, p)
		}
		return err
	}
	return back(w, r, orgPath(who.Slug(), "isms", "obligations", code), said)
}
