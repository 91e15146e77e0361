package web

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/toucan-grc/toucan/internal/isms"
	"github.com/toucan-grc/toucan/internal/problem"
)

// scopeEditPage is the form of the next version of a side.
type scopeEditPage struct {
	frame
	Side       isms.ScopeSide
	Number     int
	Statement  string
	Change     string
	Exclusions string
	Interfaces string
	Stamp      string
	Groups     []scopeEditGroup
	Rest       int // vendors of little weight that the form leaves out
	Problem    *problem.Error
}

type scopeEditGroup struct {
	Label string
	Rows  []scopeEditRow
}

// scopeEditRow is one thing and what is said of it.
type scopeEditRow struct {
	isms.ScopeThing
	Key    string
	Stance string // in, out or nothing
	Reason string
	Other  string // what the other side says
	Wrong  string
}

// names are the fields whose problems stand beside them.
func (p scopeEditPage) names() []string {
	out := []string{"statement", "change", "exclusions", "interfaces"}
	for _, g := range p.Groups {
		for _, row := range g.Rows {
			out = append(out, "reason-"+row.Key)
		}
	}
	return out
}

func scopeSideOf(r *http.Request) (isms.ScopeSide, error) {
	side := isms.ScopeSide(r.PathValue("side"))
	if side != isms.ScopeISMS && side != isms.ScopeSOC2 {
		return "", problem.New(problem.NotFound, "There is no such scope.")
	}
	return side, nil
}

// getScopeEdit shows the form: GET /o/{org}/isms/scope/{side}/edit.
func (s *Server) getScopeEdit(w http.ResponseWriter, r *http.Request, who visitor) error {
	return s.showScopeEdit(w, r, who, http.StatusOK, nil, nil)
}

func (s *Server) showScopeEdit(w http.ResponseWriter, r *http.Request, who visitor, status int, form url.Values, wrong *problem.Error) error {
	side, err := scopeSideOf(r)
	if err != nil {
		return err
	}
	board, err := s.ISMS.Scope(r.Context(), who.Actor, s.Now())
	if err != nil {
		return err
	}
	p := scopeEditPage{Side: side, Number: 1, Problem: wrong}
	var c isms.ScopeContent
	if list := board.Of(side); len(list) > 0 {
		c, p.Number, p.Change, p.Stamp = list[0].Content, list[0].Number, list[0].Change, list[0].Stamp
		if list[0].State == isms.ScopeWaiting {
			return back(w, r, orgPath(who.Slug(), "isms", "scope"), list[0].Words()+" waits for approval. Withdraw it first, then change it.")
		}
		if !list[0].Open() {
			p.Number, p.Change, p.Stamp = list[0].Number+1, "", ""
		}
	}
	p.Statement, p.Exclusions, p.Interfaces = c.Statement, scopeText(c.Exclusions), scopeText(c.Interfaces)
	if form != nil {
		p.Statement, p.Exclusions, p.Interfaces, p.Change, p.Stamp = form.Get("statement"), form.Get("exclusions"), form.Get("interfaces"), form.Get("change"), form.Get("stamp")
	}
	p.fill(board, c, form)
	p.frame = s.scopeFrame(w, r, who, "Write the "+side.Label())
	return s.render(w, r, status, scopeEdit(p))
}

// mostVendors is how many vendors of little weight a form offers.
const mostVendors = 100

// fill lists the things with what is said of them.
func (p *scopeEditPage) fill(board isms.ScopeBoard, c isms.ScopeContent, form url.Values) {
	other := board.SOC2
	if p.Side == isms.ScopeSOC2 {
		other = board.ISMS
	}
	light := 0
	for _, sort := range isms.ScopeSorts() {
		g := scopeEditGroup{Label: sort.Label()}
		for _, t := range board.Things {
			if t.Sort != sort {
				continue
			}
			stance, why := c.Stance(t)
			row := scopeEditRow{ScopeThing: t, Key: string(t.Sort) + ":" + t.ID, Reason: why}
			if stance != isms.ScopeUnnamed {
				row.Stance = string(stance)
			}
			if t.Retired && stance == isms.ScopeUnnamed {
				continue
			}
			if sort == isms.ScopeVendor && !t.Weighty && stance == isms.ScopeUnnamed {
				if light++; light > mostVendors {
					p.Rest++
					continue
				}
			}
			if form != nil {
				row.Stance, row.Reason = form.Get("stance-"+row.Key), form.Get("reason-"+row.Key)
			}
			if other != nil {
				o, _ := other.Content.Stance(t)
				row.Other = stanceWords(o)
			}
			row.Wrong = wrong(p.Problem, "reason-"+row.Key)
			g.Rows = append(g.Rows, row)
		}
		if len(g.Rows) > 0 {
			p.Groups = append(p.Groups, g)
		}
	}
}

// scopeText writes lines as the form holds them: what, a colon, how.
func scopeText(lines []isms.ScopeLine) string {
	var out []string
	for _, l := range lines {
		text := l.What
		if l.How != "" {
			text += ": " + strings.ReplaceAll(l.How, "\n", " ")
		}
		out = append(out, text)
	}
	return strings.Join(out, "\n")
}

// scopeLinesOf reads them back.
func scopeLinesOf(text string) []isms.ScopeLine {
	var out []isms.ScopeLine
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); line == "" {
			continue
		}
		what, how, _ := strings.Cut(line, ":")
		out = append(out, isms.ScopeLine{What: strings.TrimSpace(what), How: strings.TrimSpace(how)})
	}
	return out
}

// scopeContentOf reads the form.
func scopeContentOf(form url.Values) isms.ScopeContent {
	c := isms.ScopeContent{Statement: form.Get("statement"), Exclusions: scopeLinesOf(form.Get("exclusions")), Interfaces: scopeLinesOf(form.Get("interfaces"))}
	for name := range form {
		key, ok := strings.CutPrefix(name, "stance-")
		stance := form.Get(name)
		if !ok || stance != "in" && stance != "out" {
			continue
		}
		sort, id, _ := strings.Cut(key, ":")
		c.Items = append(c.Items, isms.ScopeItem{Sort: isms.ScopeSort(sort), ID: id, In: stance == "in", Reason: form.Get("reason-" + key)})
	}
	return c
}

// postScopeEdit keeps the draft, and sends it when that is asked for: POST /o/{org}/isms/scope/{side}/edit.
func (s *Server) postScopeEdit(w http.ResponseWriter, r *http.Request, who visitor) error {
	side, err := scopeSideOf(r)
	if err != nil {
		return err
	}
	if err := r.ParseForm(); err != nil {
		return problem.New(problem.Invalid, "The form did not arrive whole. Send it again.")
	}
	v, err := s.ISMS.WriteScope(r.Context(), who.Actor, side, scopeContentOf(r.PostForm), r.PostForm.Get("change"), r.PostForm.Get("stamp"), s.Now())
	done := "The draft was kept. Nothing is in force until it is approved."
	if err == nil && r.PostForm.Get("do") == "send" {
		r.PostForm.Set("stamp", v.Stamp) // it is kept, whatever sending it finds
		if v, err = s.ISMS.SendScope(r.Context(), who.Actor, side, s.Now()); err == nil {
			done = upperFirst(v.Words()) + " was sent for approval."
			if v.State == isms.ScopeInForce {
				done = upperFirst(v.Words()) + " is in force: here nobody else has to agree."
			}
		}
	}
	if err != nil {
		if p := problem.Of(err); p.Code == problem.Invalid || p.Code == problem.Conflict {
			return s.showScopeEdit(w, r, who, statusOf(p.Code), r.PostForm, p)
		}
		return err
	}
	return back(w, r, orgPath(who.Slug(), "isms", "scope"), done)
}

// postScopeSend asks for approval: POST /o/{org}/isms/scope/{side}/send.
func (s *Server) postScopeSend(w http.ResponseWriter, r *http.Request, who visitor) error {
	side, err := scopeSideOf(r)
	if err != nil {
		return err
	}
	v, err := s.ISMS.SendScope(r.Context(), who.Actor, side, s.Now())
	if err != nil {
		if p := problem.Of(err); p.Code == problem.Invalid {
			return s.showScopeEdit(w, r, who, statusOf(p.Code), nil, p)
		}
		return err
	}
	return back(w, r, orgPath(who.Slug(), "isms", "scope"), upperFirst(v.Words())+" was sent for approval.")
}

// postScopeWithdraw takes it back: POST /o/{org}/isms/scope/{side}/withdraw.
func (s *Server) postScopeWithdraw(w http.ResponseWriter, r *http.Request, who visitor) error {
	side, err := scopeSideOf(r)
	if err != nil {
		return err
	}
	if err := s.ISMS.WithdrawScope(r.Context(), who.Actor, side, s.Now()); err != nil {
		return err
	}
	return back(w, r, orgPath(who.Slug(), "isms", "scope"), "It is a draft again.")
}

// postScopeAnswer agrees or refuses: POST /o/{org}/isms/scope/{side}/answer.
func (s *Server) postScopeAnswer(w http.ResponseWriter, r *http.Request, who visitor) error {
	side, err := scopeSideOf(r)
	if err != nil {
		return err
	}
	yes := r.FormValue("answer") == "yes"
	a, err := s.ISMS.DecideScope(r.Context(), who.Actor, side, yes, r.FormValue("reason"), s.Now())
	if err != nil {
		if p := problem.Of(err); p.Code == problem.Invalid {
			return s.showScope(w, r, who, statusOf(p.Code), p)
		}
		return err
	}
	done := map[string]string{"approved": "Approved: it is in force from now on.", "rejected": "Not approved. It is a draft again, with your reason in its history."}[string(a.State)]
	if done == "" {
		done = "You agreed. Others have to agree as well."
	}
	return back(w, r, orgPath(who.Slug(), "isms", "scope"), done)
}

// scopeVersionPage is one version.
type scopeVersionPage struct {
	frame
	isms.ScopeVersion
	State    string
	Mark     string
	In       []scopeGroupWords
	Out      []isms.ScopeItem
	Before   int // the version it is compared with, or 0
	Changes  []isms.ScopeChange
	Text     diffView
	Trail    []trailLine
	ReportTo string
}

type scopeGroupWords struct {
	Label string
	Words []string
}

// getScopeVersion shows it: GET /o/{org}/isms/scope/{side}/{number}.
func (s *Server) getScopeVersion(w http.ResponseWriter, r *http.Request, who visitor) error {
	side, err := scopeSideOf(r)
	if err != nil {
		return err
	}
	b, err := s.shelf.open(r.Context(), who.Actor)
	if err != nil {
		return err
	}
	v, acts, err := s.ISMS.ScopeHistory(r.Context(), who.Actor, side, number(r.PathValue("number")))
	if err != nil {
		return err
	}
	p := scopeVersionPage{ScopeVersion: v, State: v.StateWords(b.Zone), Mark: scopeStateMark(v.State)}
	for _, sort := range isms.ScopeSorts() {
		g := scopeGroupWords{Label: sort.Label()}
		for _, i := range v.Content.Items {
			if i.Sort == sort && i.In {
				g.Words = append(g.Words, i.Words)
			} else if i.Sort == sort {
				p.Out = append(p.Out, i)
			}
		}
		if len(g.Words) > 0 {
			p.In = append(p.In, g)
		}
	}
	if v.Number > 1 {
		old, _, err := s.ISMS.ScopeHistory(r.Context(), who.Actor, side, v.Number-1)
		if err != nil {
			return err
		}
		p.Before, p.Changes = old.Number, isms.ScopeDiff(old.Content, v.Content)
		p.Text = diffOf("What changed in the statement", "The statement is the same.", old.Content.Statement, v.Content.Statement)
	}
	for _, a := range acts {
		p.Trail = append(p.Trail, trailLine{What: leafTitle(a.Kind), By: a.ByName, At: momentWords(a.At, b.Zone), Note: a.Note})
	}
	p.ReportTo = orgPath(who.Slug(), "isms", "scope", string(side), strconv.Itoa(v.Number), "report")
	p.frame = s.scopeFrame(w, r, who, upperFirst(v.Words()))
	return s.render(w, r, http.StatusOK, scopeVersionShow(p))
}

// getScopeReport hands a version out, as a page or as PDF: GET /o/{org}/isms/scope/{side}/{number}/report.
func (s *Server) getScopeReport(w http.ResponseWriter, r *http.Request, who visitor) error {
	side, err := scopeSideOf(r)
	if err != nil {
		return err
	}
	b, err := s.shelf.open(r.Context(), who.Actor)
	if err != nil {
		return err
	}
	v, _, err := s.ISMS.ScopeHistory(r.Context(), who.Actor, side, number(r.PathValue("number")))
	if err != nil {
		return err
	}
	return s.showReport(w, r, s.scopeFrame(w, r, who, upperFirst(v.Words())), isms.ScopeReport(v, b.Name, b.Zone, s.Now()))
}
