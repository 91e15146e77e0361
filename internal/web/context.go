package web

import (
	"cmp"
	"context"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/a-h/templ"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/cadence"
	"github.com/toucan-grc/toucan/internal/isms"
	"github.com/toucan-grc/toucan/internal/people"
	"github.com/toucan-grc/toucan/internal/problem"
	"github.com/toucan-grc/toucan/internal/sheet"
)

// contextNoun is one of the registers of surroundings and objectives: what its pages
// show, and how its forms are read. The pages are the same for all.
type contextNoun struct {
	Part      string // of the address, and key of the tab
	One, Many string
	Register  isms.Register
	Shipped   func() []contextShipped
	Seed      func(ctx context.Context, s *Server, who visitor, codes []string) (int, error)
	Open      func(ctx context.Context, s *Server, who visitor, code string) (contextPage, error)
	Form      func(ctx context.Context, s *Server, who visitor, code string) (contextFormPage, error)
	Put       func(s *Server, r *http.Request, who visitor, id string, no int) (code string, err error)
}

var contextNouns = []*contextNoun{partyNoun, issueNoun, objectiveNoun}

// contextFact is one line about an entry.
type contextFact struct {
	Label, Text string
	Person      bool
	Links       []crumb // instead of the text
}

// contextPage is one entry.
type contextPage struct {
	frame
	Noun      *contextNoun
	Kept      isms.Kept
	Name, Sub string
	Chips     []registerCell
	Facts     []contextFact
	Past      []isms.EntryPast
	Due       cadence.Date // to be looked at again
	Today     cadence.Date
	Main      templ.Component // in the place of the facts alone, or nil
	Side      templ.Component // above the history, or nil
	CanChange bool
	Problem   *problem.Error
}

// contextField is one field of a form.
type contextField struct {
	input
	Rows    string
	Options []option
	Many    bool
	On      []string
	Tick    bool
	Wide    bool
	Head    string // a heading before it
}

// contextFormPage is the form of an entry.
type contextFormPage struct {
	frame
	Noun    *contextNoun
	ID      string
	No      int
	Code    string
	Intro   string
	Fields  []contextField
	Problem *problem.Error
}

func (p contextFormPage) names() []string {
	out := []string{"note"}
	for _, f := range p.Fields {
		out = append(out, f.Name)
	}
	return out
}

// contextShipped is one row of a list that ships.
type contextShipped struct {
	Code, Name, Sub, Group string
	Have                   bool
}

// contextListPage is the list that ships, to choose from.
type contextListPage struct {
	frame
	Noun   *contextNoun
	Groups []string
	Rows   map[string][]contextShipped
	Left   int
}

func (n *contextNoun) frame(s *Server, w http.ResponseWriter, r *http.Request, who visitor, title string) frame {
	f := s.frame(w, r, who, "isms", title, append(contextCrumbs(who.Slug()), crumb{upperFirst(n.Many), orgPath(who.Slug(), "isms", n.Part)})...)
	f.Tabs = ismsTabs(who.Slug(), n.Part)
	return f
}

func (n *contextNoun) at(who visitor, parts ...string) string {
	return orgPath(who.Slug(), append([]string{"isms", n.Part}, parts...)...)
}

// getOne shows an entry: GET /o/{org}/isms/{register}/{code}.
func (n *contextNoun) getOne(s *Server, w http.ResponseWriter, r *http.Request, who visitor) error {
	return n.showOne(s, w, r, who, nil)
}

func (n *contextNoun) showOne(s *Server, w http.ResponseWriter, r *http.Request, who visitor, wrong *problem.Error) error {
	p, err := n.Open(r.Context(), s, who, r.PathValue("code"))
	if err != nil {
		return err
	}
	p.Noun, p.Problem, p.CanChange = n, wrong, who.Can(access.ManageISMS)
	if p.Today, err = s.contextToday(r.Context(), who); err != nil {
		return err
	}
	p.frame = n.frame(s, w, r, who, p.Kept.Code)
	status := http.StatusOK
	if wrong != nil {
		status = statusOf(wrong.Code)
	}
	return s.render(w, r, status, contextShow(p))
}

// getNew is the empty form: GET /o/{org}/isms/{register}/new.
func (n *contextNoun) getNew(s *Server, w http.ResponseWriter, r *http.Request, who visitor) error {
	return n.showForm(s, w, r, who, "", nil)
}

// getEdit is the form of an entry: GET /o/{org}/isms/{register}/{code}/edit.
func (n *contextNoun) getEdit(s *Server, w http.ResponseWriter, r *http.Request, who visitor) error {
	return n.showForm(s, w, r, who, r.PathValue("code"), nil)
}

func (n *contextNoun) showForm(s *Server, w http.ResponseWriter, r *http.Request, who visitor, code string, wrong *problem.Error) error {
	p, err := n.Form(r.Context(), s, who, code)
	if err != nil {
		return err
	}
	p.Noun, p.Problem, p.Code = n, wrong, code
	title, status := "New "+n.One, http.StatusOK
	if code != "" {
		title = "Change " + code
		p.Fields = append(p.Fields, contextField{input: input{Name: "note", Label: "Why it changes", Hint: "Stays in the history. May stay empty."}, Rows: "2", Wide: true})
	}
	if wrong != nil {
		status = statusOf(wrong.Code)
		if no, err := strconv.Atoi(r.PostFormValue("no")); err == nil {
			p.No = no
		}
		for i := range p.Fields {
			f := &p.Fields[i]
			f.Wrong = ""
			if f.Name == wrong.Field {
				f.Wrong = wrong.Text
			}
			switch {
			case f.Many:
				f.On = r.PostForm[f.Name]
			default:
				f.Value = r.PostFormValue(f.Name)
			}
		}
	}
	p.frame = n.frame(s, w, r, who, title)
	return s.render(w, r, status, contextForm(p))
}

// postNew enters an entry: POST /o/{org}/isms/{register}.
func (n *contextNoun) postNew(s *Server, w http.ResponseWriter, r *http.Request, who visitor) error {
	code, err := n.Put(s, r, who, "", 0)
	if err != nil {
		return n.again(s, w, r, who, "", err)
	}
	return back(w, r, n.at(who, code), code+" entered.")
}

// postEdit changes an entry: POST /o/{org}/isms/{register}/{code}.
func (n *contextNoun) postEdit(s *Server, w http.ResponseWriter, r *http.Request, who visitor) error {
	no, err := strconv.Atoi(r.FormValue("no"))
	if err != nil {
		return problem.New(problem.Invalid, "The form did not arrive whole. Open the entry again.")
	}
	code, err := n.Put(s, r, who, r.FormValue("id"), no)
	if err != nil {
		return n.again(s, w, r, who, r.PathValue("code"), err)
	}
	return back(w, r, n.at(who, code), code+" saved.")
}

// again shows the form once more when a person can put it right.
func (n *contextNoun) again(s *Server, w http.ResponseWriter, r *http.Request, who visitor, code string, err error) error {
	if p := problem.Of(err); p.Code == problem.Invalid || p.Code == problem.Conflict {
		return n.showForm(s, w, r, who, code, p)
	}
	return err
}

// turn does something to an entry and goes back to it.
func (n *contextNoun) turn(s *Server, w http.ResponseWriter, r *http.Request, who visitor, said string, do func(id string) error) error {
	p, err := n.Open(r.Context(), s, who, r.PathValue("code"))
	if err != nil {
		return err
	}
	if err := do(p.Kept.ID); err != nil {
		if x := problem.Of(err); x.Code == problem.Invalid || x.Code == problem.Conflict {
			return n.showOne(s, w, r, who, x)
		}
		return err
	}
	return back(w, r, n.at(who, p.Kept.Code), p.Kept.Code+" "+said)
}

// postConfirm says that an entry is still right: POST /o/{org}/isms/{register}/{code}/confirm.
func (n *contextNoun) postConfirm(s *Server, w http.ResponseWriter, r *http.Request, who visitor) error {
	return n.turn(s, w, r, who, "looked at and found still right.", func(id string) error {
		return s.ISMS.ConfirmEntries(r.Context(), who.Actor, n.Register, []string{id}, r.FormValue("note"), s.Now())
	})
}

// postRetire ends an entry: POST /o/{org}/isms/{register}/{code}/retire.
func (n *contextNoun) postRetire(s *Server, w http.ResponseWriter, r *http.Request, who visitor) error {
	return n.turn(s, w, r, who, "retired.", func(id string) error {
		return s.ISMS.RetireEntry(r.Context(), who.Actor, n.Register, id, r.FormValue("reason"), s.Now())
	})
}

// postReturn takes an entry back: POST /o/{org}/isms/{register}/{code}/return.
func (n *contextNoun) postReturn(s *Server, w http.ResponseWriter, r *http.Request, who visitor) error {
	return n.turn(s, w, r, who, "taken back.", func(id string) error {
		return s.ISMS.ReturnEntry(r.Context(), who.Actor, n.Register, id, s.Now())
	})
}

// getShipped is the list to choose from: GET /o/{org}/isms/{register}/list.
func (n *contextNoun) getShipped(s *Server, w http.ResponseWriter, r *http.Request, who visitor) error {
	have, err := s.contextSeeds(r.Context(), who, n.Register)
	if err != nil {
		return err
	}
	p := contextListPage{Noun: n, Rows: map[string][]contextShipped{}}
	for _, x := range n.Shipped() {
		if x.Have = slices.Contains(have, x.Code); !x.Have {
			p.Left++
		}
		if !slices.Contains(p.Groups, x.Group) {
			p.Groups = append(p.Groups, x.Group)
		}
		p.Rows[x.Group] = append(p.Rows[x.Group], x)
	}
	p.frame = n.frame(s, w, r, who, "Take from the list")
	return s.render(w, r, http.StatusOK, contextList(p))
}

// contextSeeds returns which rows of a list that ships are in a register.
func (s *Server) contextSeeds(ctx context.Context, who visitor, reg isms.Register) ([]string, error) {
	var out []string
	switch reg {
	case isms.PartyRegister:
		list, err := s.ISMS.Parties(ctx, who.Actor, s.Now())
		for _, x := range list {
			out = append(out, x.Seed)
		}
		return out, err
	case isms.IssueRegister:
		list, err := s.ISMS.Issues(ctx, who.Actor, s.Now())
		for _, x := range list {
			out = append(out, x.Seed)
		}
		return out, err
	}
	list, err := s.ISMS.Objectives(ctx, who.Actor, s.Now())
	for _, x := range list {
		out = append(out, x.Objective.Seed)
	}
	return out, err
}

// postShipped takes rows of the list: POST /o/{org}/isms/{register}/list.
func (n *contextNoun) postShipped(s *Server, w http.ResponseWriter, r *http.Request, who visitor) error {
	if err := r.ParseForm(); err != nil {
		return problem.New(problem.Invalid, "The form did not arrive whole. Send it again.")
	}
	count, err := n.Seed(r.Context(), s, who, r.PostForm["code"])
	if err != nil {
		return err
	}
	return back(w, r, n.at(who), plural(count, n.One, n.Many)+" entered. Read them once: they are a start, and yours to change.")
}

// postClimate records the decision on climate change: POST /o/{org}/isms/climate.
func (s *Server) postClimate(w http.ResponseWriter, r *http.Request, who visitor) error {
	relevant := r.FormValue("relevant")
	var err error = problem.Field("relevant", "Say whether climate change is a relevant issue.")
	if relevant == "yes" || relevant == "no" {
		_, err = s.ISMS.DecideClimate(r.Context(), who.Actor, relevant == "yes", r.FormValue("why"), s.Now())
	}
	if err != nil {
		if p := problem.Of(err); p.Code == problem.Invalid {
			return back(w, r, orgPath(who.Slug(), "isms", "issues")+"#climate", p.Text)
		}
		return err
	}
	return back(w, r, orgPath(who.Slug(), "isms", "issues"), "The decision is recorded, and asked for again in a year.")
}

// climatePage is the card about climate change.
type climatePage struct {
	slug      string
	Standing  isms.ClimateStanding
	Past      []isms.ClimateDecision
	CanDecide bool
}

func (p climatePage) mark() string {
	switch p.Standing.State {
	case "missing", "overdue":
		return "bad"
	case "soon":
		return "warn"
	}
	return "good"
}

func (p climatePage) word() string {
	switch p.Standing.State {
	case "missing":
		return "not decided"
	case "overdue":
		return "overdue"
	case "soon":
		return "due soon"
	}
	return "in date"
}

// requirementLinks leads to requirements, written as framework:id.
func requirementLinks(slug string, refs []string) []crumb {
	var out []crumb
	for _, r := range refs {
		f, id, ok := strings.Cut(r, ":")
		if !ok {
			continue
		}
		out = append(out, crumb{contextFrameworkWord(f) + " " + id, orgPath(slug, "frameworks", f, id)})
	}
	return out
}

func linkedRisks(slug string, codes []string) []crumb {
	var out []crumb
	for _, c := range codes {
		out = append(out, crumb{c, query(orgPath(slug, "risks"), "text", c)})
	}
	return out
}

// formList reads a field of several values.
func formList(r *http.Request, name string) []string { return sheet.Split(r.FormValue(name)) }

// careFields are the fields that parties and issues have in common.
func careFields(c isms.Care, risks, refs []string, persons []option) []contextField {
	intervals := []option{{"", "Nobody has to"}}
	for _, i := range isms.ReviewIntervals() {
		intervals = append(intervals, option{i, upperFirst(measuredEvery(i))})
	}
	return []contextField{
		{input: input{Name: "owner", Label: "Owner", Value: c.Owner}, Options: append([]option{{"", "Whoever is Security Officer"}}, persons...)},
		{input: input{Name: "review_every", Label: "Look at it again", Value: cmp.Or(c.ReviewEvery, "P1Y")}, Options: intervals},
		{input: input{Name: "risks", Label: "Risks", Value: strings.Join(risks, "; "), Hint: "Codes of the register of risks: R-004; R-012."}},
		{input: input{Name: "requirements", Label: "Requirements", Value: strings.Join(refs, "; "), Hint: "Framework and number: iso27001-2022:4.2."}},
	}
}

func careOf(r *http.Request) isms.Care {
	return isms.Care{Owner: r.FormValue("owner"), ReviewEvery: r.FormValue("review_every")}
}

// dutyRoleOptions are the roles of the programme, for a choice.
func dutyRoleOptions() []option {
	out := []option{{"", "Nobody by role"}}
	for _, d := range people.DutyRoles() {
		if d.ID != people.SystemOwner {
			out = append(out, option{d.ID, upperFirst(d.Label)})
		}
	}
	return out
}
