package web

import (
	"net/http"
	"slices"
	"strings"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/cadence"
	"github.com/toucan-grc/toucan/internal/evidence"
	"github.com/toucan-grc/toucan/internal/problem"
)

// requestsPage lists what people were asked for.
type requestsPage struct {
	frame
	Rows    []requestRow
	Pills   []pill
	Nothing string
	CanAsk  bool
	CanSee  bool // evidence beyond one's own requests
}

// requestRow is one request in a list.
type requestRow struct {
	ID, Kind, Note string
	Controls       []codeOption
	Person         string
	Due, DueIn     string
	Mark, State    string
	group          string // which filter it belongs to
}

// getRequests lists them, those due first in front: GET /o/{org}/requests?show=.
func (s *Server) getRequests(w http.ResponseWriter, r *http.Request, who visitor) error {
	b, err := s.shelf.open(r.Context(), who.Actor)
	if err != nil {
		return err
	}
	list, err := s.Evidence.Requests(r.Context(), who.Actor, evidence.RequestFilter{Mine: r.FormValue("mine") == "yes"})
	if err != nil {
		return err
	}
	show := r.FormValue("show")
	p := requestsPage{CanAsk: who.Can(access.RequestEvidence), CanSee: who.Can(access.ViewEvidence), Nothing: "No request fits this filter"}
	if len(list) == 0 {
		p.Nothing = "Nothing was asked for yet"
	}
	n := map[string]int{}
	for _, q := range list {
		row := b.requestRow(q, dateIn(s.Now(), b.Zone))
		n[row.group]++
		if row.group == "overdue" {
			n["open"]++
		}
		if show == "" || show == row.group || show == "open" && row.group == "overdue" {
			p.Rows = append(p.Rows, row)
		}
	}
	p.frame = s.frame(w, r, who, "evidence", "Requests", crumb{"Evidence", orgPath(who.Slug(), "evidence")})
	if !p.CanSee {
		p.Crumbs[len(p.Crumbs)-2].To = ""
	}
	for _, x := range []struct{ key, words, mark string }{{"", "All", ""}, {"open", "Open", "waiting"}, {"overdue", "Overdue", "bad"}, {"answered", "Answered", "info"}, {"closed", "Closed", "good"}} {
		of := n[x.key]
		if x.key == "" {
			of = len(list)
		}
		p.Pills = append(p.Pills, pill{Text: x.words, N: of, Mark: x.mark, On: show == x.key, To: query(p.path("requests"), "show", x.key, "mine", r.FormValue("mine"))})
	}
	return s.render(w, r, http.StatusOK, requestList(p))
}

// requestRow says how a request stands on a day.
func (b *book) requestRow(q evidence.Request, today cadence.Date) requestRow {
	row := requestRow{ID: q.ID, Kind: kindOf(q.Kind), Note: q.Note, Person: b.People[q.Person].Name, Due: dayWords(q.DueOn), DueIn: dueWords(q.DueOn, today)}
	for _, id := range q.Controls {
		if c, ok := b.byID(id); ok {
			row.Controls = append(row.Controls, codeOption{c.Code, c.Title})
		}
	}
	switch {
	case q.State == evidence.Satisfied:
		row.Mark, row.State, row.group, row.DueIn = "good", "accepted", "closed", ""
	case q.State == evidence.Cancelled:
		row.Mark, row.State, row.group, row.DueIn = "left", "cancelled", "closed", ""
	case q.State == evidence.Answered:
		row.Mark, row.State, row.group, row.DueIn = "info", "answered", "answered", ""
	case q.Overdue(today):
		row.Mark, row.State, row.group = "bad", "overdue", "overdue"
	default:
		row.Mark, row.State, row.group = "waiting", "open", "open"
	}
	return row
}

// askPage is the form that asks somebody.
type askPage struct {
	filePage
	Person, Due string
	People      []option
	PersonHint  string
}

// getNewRequest shows it: GET /o/{org}/requests/new?controls=&kind=.
func (s *Server) getNewRequest(w http.ResponseWriter, r *http.Request, who visitor) error {
	v := r.URL.Query()
	return s.showAsk(w, r, who, http.StatusOK, askPage{filePage: filePage{typedFiling: typedFilingOf(v)}, Person: v.Get("person"), Due: v.Get("due")})
}

func (s *Server) showAsk(w http.ResponseWriter, r *http.Request, who visitor, status int, p askPage) error {
	b, err := s.shelf.open(r.Context(), who.Actor)
	if err != nil {
		return err
	}
	if err := s.offer(r, who, b, &p.filePage); err != nil {
		return err
	}
	if isKind(p.Kind) { // as an address says it
		p.Kind = kindOf(p.Kind)
	}
	today := dateIn(s.Now(), b.Zone).String()
	p.People = []option{{"", "Choose"}}
	for _, x := range b.list() {
		if x.Works(today) {
			p.People = append(p.People, option{x.ID, x.Name})
		}
	}
	slices.SortFunc(p.People[1:], func(x, y option) int { return strings.Compare(x.Text, y.Text) })
	p.PersonHint = "Somebody of the register of people."
	if target, fault := b.target(p.Controls, ""); fault == nil {
		for _, id := range target.Controls {
			if c, ok := b.byID(id); ok && c.Owner != "" {
				if p.Person == "" {
					p.Person = c.Owner
				}
				p.PersonHint = b.owner(c) + " owns " + c.Code + "."
				break
			}
		}
	}
	p.frame = s.frame(w, r, who, "evidence", "Ask", crumb{"Evidence", orgPath(who.Slug(), "evidence")}, crumb{"Requests", orgPath(who.Slug(), "requests")})
	return s.render(w, r, status, newRequest(p))
}

// postRequest asks: POST /o/{org}/requests.
func (s *Server) postRequest(w http.ResponseWriter, r *http.Request, who visitor) error {
	if err := r.ParseForm(); err != nil {
		return err
	}
	b, err := s.shelf.open(r.Context(), who.Actor)
	if err != nil {
		return err
	}
	p := askPage{filePage: filePage{typedFiling: typedFilingOf(r.Form)}, Person: r.FormValue("person"), Due: r.FormValue("due")}
	target, fault := b.target(p.Controls, "")
	due, err := cadence.ParseDate(p.Due)
	if fault == nil && err != nil {
		fault = problem.Field("due", "Say by which day it is needed.")
	}
	var q evidence.Request
	if fault == nil {
		q, err = s.Evidence.Ask(r.Context(), who.Actor, evidence.Ask{Person: p.Person, Kind: kindTyped(p.Kind), Controls: target.Controls, DueOn: due, Note: p.Note}, s.Now())
		if err != nil {
			if fault = problem.Of(err); fault.Code == problem.Internal {
				return err
			}
		}
	}
	if fault != nil {
		if fault.Field == "due_on" {
			fault = &problem.Error{Code: fault.Code, Field: "due", Text: fault.Text, Err: fault.Err}
		}
		p.Problem = fault
		return s.showAsk(w, r, who, statusOf(fault.Code), p)
	}
	return back(w, r, orgPath(who.Slug(), "requests", q.ID), "Asked. "+b.People[q.Person].Name+" finds it under requests, and here it is tracked.")
}

// requestPage is one request, for who was asked and for who asked.
type requestPage struct {
	frame
	Row            requestRow
	Sub, KindAbout string
	Answers        []answerRow
	Form           filePage
	SettleNote     string
	Trail          []trailLine
	CanSee         bool
	CanAnswer      bool
	CanSettle      bool
	CanCancel      bool
	Problem        *problem.Error
}

type answerRow struct{ ID, Text string }

// getRequest shows it: GET /o/{org}/requests/{request}.
func (s *Server) getRequest(w http.ResponseWriter, r *http.Request, who visitor) error {
	return s.showRequestPage(w, r, who, http.StatusOK, requestPage{})
}

func (s *Server) showRequestPage(w http.ResponseWriter, r *http.Request, who visitor, status int, p requestPage) error {
	b, err := s.shelf.open(r.Context(), who.Actor)
	if err != nil {
		return err
	}
	q, err := s.Evidence.FindRequest(r.Context(), who.Actor, r.PathValue("request"))
	if err != nil {
		return err
	}
	names, err := s.Access.Names(r.Context(), who.Actor)
	if err != nil {
		return err
	}
	p.Row = b.requestRow(q, dateIn(s.Now(), b.Zone))
	p.KindAbout = kindAbout(q.Kind)
	p.Sub = "Asked by " + nameOf(names, q.AskedBy) + " on " + momentWords(q.AskedAt, b.Zone)
	if p.Row.Person != "" {
		p.Sub = "Asked of " + p.Row.Person + " by " + nameOf(names, q.AskedBy) + " on " + momentWords(q.AskedAt, b.Zone)
	}
	p.CanSee = who.Can(access.ViewEvidence)
	for _, id := range q.Items {
		i, err := s.Evidence.Find(r.Context(), who.Actor, id)
		if err != nil {
			if problem.Of(err).Code == problem.NotFound { // somebody else's answer
				continue
			}
			return err
		}
		p.Answers = append(p.Answers, answerRow{i.ID, itemTitle(i)})
	}
	waiting := q.State == evidence.Open || q.State == evidence.Answered
	p.CanAnswer = waiting && (who.Can(access.FileEvidence) || who.Can(access.AnswerRequests)) && q.State == evidence.Open
	p.CanSettle = q.State == evidence.Answered && who.Can(access.RequestEvidence)
	p.CanCancel = waiting && who.Can(access.RequestEvidence)
	if p.CanAnswer {
		if err := s.answerForm(r, who, b, q, &p); err != nil {
			return err
		}
	}
	p.frame = s.frame(w, r, who, "evidence", p.Row.Kind, crumb{"Evidence", orgPath(who.Slug(), "evidence")}, crumb{"Requests", orgPath(who.Slug(), "requests")})
	if !p.CanSee {
		p.Crumbs[1].To = ""
	}
	p.Form.frame = p.frame
	return s.render(w, r, status, showRequest(p))
}

// answerForm fills the form of the page of a request: what it is for and of which
// kind are known.
func (s *Server) answerForm(r *http.Request, who visitor, b *book, q evidence.Request, p *requestPage) error {
	var codes []string
	for _, c := range p.Row.Controls {
		codes = append(codes, c.Code)
	}
	p.Form.Controls, p.Form.Kind, p.Form.Request, p.Form.Problem = strings.Join(codes, ", "), kindOf(q.Kind), q.ID, p.Problem
	p.Form.ZoneHint, p.Form.Quick = "Time of "+b.Zone.String()+".", quickPeriods(dateIn(s.Now(), b.Zone))
	_, often := b.leaves(q.Controls)
	p.Form.ValidHint = "How long it may be relied on."
	if p.Form.Valid == "" {
		p.Form.Valid = validDays(often)
	}
	if p.Form.Key == "" {
		p.Form.Key = newKey()
	}
	if !p.CanSee {
		return nil
	}
	var err error
	p.Form.Fits, err = s.fits(r, who, b, evidence.Target{Controls: q.Controls}, q.Kind, p.Form.period())
	return err
}

// postAnswer files an answer: POST /o/{org}/requests/{request}/answer.
func (s *Server) postAnswer(w http.ResponseWriter, r *http.Request, who visitor) error {
	q, err := s.Evidence.FindRequest(r.Context(), who.Actor, r.PathValue("request"))
	if err != nil {
		return err
	}
	f, form, err := s.receive(w, r, who)
	if err != nil {
		return err
	}
	f.filing.Request, f.filing.Kind, f.filing.Supersedes, f.filing.Controls, f.filing.Requirements = q.ID, q.Kind, "", nil, nil
	form.Request = q.ID
	var items []evidence.Item
	if form.Problem == nil {
		if items, form.Problem, err = s.fileAll(r, who, f); err != nil {
			return err
		}
	}
	if form.Problem != nil {
		return s.showRequestPage(w, r, who, statusOf(form.Problem.Code), requestPage{Form: form, Problem: form.Problem})
	}
	return s.filed(w, r, who, form.typedFiling, items)
}

// postSettle accepts an answer or sends it back: POST /o/{org}/requests/{request}/settle.
func (s *Server) postSettle(w http.ResponseWriter, r *http.Request, who visitor) error {
	enough := r.FormValue("verdict") == "accepted"
	if err := s.Evidence.Settle(r.Context(), who.Actor, r.PathValue("request"), enough, r.FormValue("note"), s.Now()); err != nil {
		if p := problem.Of(err); p.Code == problem.Invalid || p.Code == problem.Conflict {
			return s.showRequestPage(w, r, who, statusOf(p.Code), requestPage{Problem: p, SettleNote: r.FormValue("note")})
		}
		return err
	}
	said := "Accepted: the request is closed."
	if !enough {
		said = "Sent back: the request is open again."
	}
	return back(w, r, orgPath(who.Slug(), "requests", r.PathValue("request")), said)
}

// postCancelRequest withdraws it: POST /o/{org}/requests/{request}/cancel.
func (s *Server) postCancelRequest(w http.ResponseWriter, r *http.Request, who visitor) error {
	if err := s.Evidence.Cancel(r.Context(), who.Actor, r.PathValue("request"), r.FormValue("note"), s.Now()); err != nil {
		return err
	}
	return back(w, r, orgPath(who.Slug(), "requests"), "The request is cancelled.")
}
