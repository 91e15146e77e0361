package web

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/cadence"
	"github.com/toucan-grc/toucan/internal/finding"
	"github.com/toucan-grc/toucan/internal/problem"
	"github.com/toucan-grc/toucan/internal/risk"
)

// riskPage is one risk.
type riskPage struct {
	frame
	*risk.Detail
	Zone      *time.Location
	Mark      string // of its level
	Scores3   []riskScoreRow
	LinkGroup []riskLinkGroup
	Actions   []riskActionRow
	Persons   []option
	CanManage bool
	CanDecide bool
	Until     string // longest day it can be accepted
	Form      riskDecideForm
	Problem   *problem.Error
	Which     string // of the forms that was refused
	Follow    []option
}

// riskScoreRow is one of the three scores on the page.
type riskScoreRow struct {
	Kind   risk.ScoreKind
	Score  *risk.Score
	At     risk.Point // as it stands today
	Level  string
	Mark   string
	By     string
	Note   string
	Method string
}

type riskLinkGroup struct {
	Kind  risk.LinkKind
	Links []riskLinked
}

type riskLinked struct{ Text, Note, Mark, To string }

type riskActionRow struct {
	finding.Action
	Standing string
	Late     bool
	To       string
}

// riskDecideForm is what was typed into one of the small forms.
type riskDecideForm struct {
	Reason, Conditions, Until string
	Title, Owner, Due         string
	Kind, Words               string
}

// getRisk shows it: GET /o/{org}/risks/{risk}.
func (s *Server) getRisk(w http.ResponseWriter, r *http.Request, who visitor) error {
	return s.showRisk(w, r, who, http.StatusOK, "", riskDecideForm{}, nil)
}

func (s *Server) showRisk(w http.ResponseWriter, r *http.Request, who visitor, status int, which string, form riskDecideForm, refused *problem.Error) error {
	d, err := s.Risks.Detail(r.Context(), who.Actor, r.PathValue("risk"), s.Now())
	if err != nil {
		return err
	}
	b, err := s.shelf.open(r.Context(), who.Actor)
	if err != nil {
		return err
	}
	p := riskPage{Detail: d, Zone: b.Zone, CanManage: who.Can(access.ManageRisks), CanDecide: who.Can(access.DecideRisks), Form: form, Problem: refused, Which: which, Persons: b.personOptions()}
	p.frame = s.riskFrame(w, r, who, "register", d.Code)
	p.Mark = riskMark(d.Judged, d.Verdict.Level.ID)
	if d.Longest.Known() {
		p.Until = d.Longest.String()
	}
	p.Scores3 = riskScores(d)
	p.LinkGroup = riskLinks(who, d)
	for _, a := range d.Entry.Actions {
		p.Actions = append(p.Actions, riskActionRow{a, a.Standing(d.Today), a.Overdue(d.Today), orgPath(who.Slug(), "findings", "backlog", a.ID)})
	}
	for _, n := range risk.TriggerKinds() {
		p.Follow = append(p.Follow, option{n.ID, n.Label})
	}
	return s.render(w, r, status, riskShow(p))
}

// riskScores are the three scores with who gave them.
func riskScores(d *risk.Detail) []riskScoreRow {
	var out []riskScoreRow
	for _, k := range risk.ScoreKinds() {
		row := riskScoreRow{Kind: k}
		switch k {
		case risk.Inherent:
			row.Score, row.Note = d.Inherent, "as if your own controls did not work"
		case risk.Current:
			row.Score, row.Note = d.Current, "with the controls that have evidence of operating"
		case risk.Target:
			row.Score, row.Note = d.Target, "after the planned treatment"
		}
		if row.Score != nil {
			row.At, row.Method = row.Score.Point, row.Score.Method
			m := d.Judged
			if k == risk.Current {
				row.At = d.Effective.Point
			}
			row.Level = m.LevelOf(row.At.Score()).ID
			row.Mark = riskMark(m, row.Level)
			for _, x := range d.Scores {
				if x.Of.ID == row.Score.ID {
					row.By = x.ByName
				}
			}
		}
		out = append(out, row)
	}
	return out
}

// riskLinks are what the risk concerns, kind by kind.
func riskLinks(who visitor, d *risk.Detail) []riskLinkGroup {
	var out []riskLinkGroup
	for _, k := range risk.LinkKinds() {
		g := riskLinkGroup{Kind: k}
		for _, l := range d.Links {
			if l.Kind != k {
				continue
			}
			x := riskLinked{Text: d.Things.Words(l)}
			t, _ := d.Things.Find(k, l.Target)
			switch k {
			case risk.ToControl:
				x.To = orgPath(who.Slug(), "control", t.Code)
				op := d.States[l.Target]
				x.Note, x.Mark = l.Nature+" · "+op.State.Words(), riskOperatingMark(op.State)
			case risk.ToRequirement:
				x.To = orgPath(who.Slug(), "frameworks", l.Requirement.Framework, l.Requirement.ID)
			case risk.ToSystem:
				x.To = orgPath(who.Slug(), "system", t.Code)
			case risk.ToAsset:
				x.To = orgPath(who.Slug(), "asset", t.Code)
			case risk.ToCommitment:
				x.To = orgPath(who.Slug(), "commitment", t.Code)
			case risk.ToVendor:
				x.To = orgPath(who.Slug(), "vendor", t.Code)
			}
			if t.Gone {
				x.Note, x.Mark = "no longer in use", "warn"
			}
			g.Links = append(g.Links, x)
		}
		if len(g.Links) > 0 {
			out = append(out, g)
		}
	}
	return out
}

func riskOperatingMark(s risk.ControlState) string {
	switch s {
	case risk.OperatingTested:
		return "good"
	case risk.OperatingUntested:
		return "info"
	}
	return "warn"
}

// riskDone goes back to a risk, or shows it again with what was wrong.
func (s *Server) riskDone(w http.ResponseWriter, r *http.Request, who visitor, which string, form riskDecideForm, err error, done string) error {
	if err != nil {
		refused := problem.Of(err)
		if refused.Code == problem.Internal || refused.Code == problem.NotFound {
			return err
		}
		return s.showRisk(w, r, who, statusOf(refused.Code), which, form, refused)
	}
	return back(w, r, orgPath(who.Slug(), "risks", r.PathValue("risk")), done)
}

// riskID is the id of the risk an address names by code or id.
func (s *Server) riskID(r *http.Request, who visitor) (string, error) {
	reg, err := s.Risks.Register(r.Context(), who.Actor, s.Now())
	if err != nil {
		return "", err
	}
	e, ok := reg.Find(r.PathValue("risk"))
	if !ok {
		return "", problem.New(problem.NotFound, "There is no such risk here. Look in the register.")
	}
	return e.ID, nil
}

// postRiskAction adds a line of the backlog: POST /o/{org}/risks/{risk}/action.
func (s *Server) postRiskAction(w http.ResponseWriter, r *http.Request, who visitor) error {
	id, err := s.riskID(r, who)
	if err != nil {
		return err
	}
	f := riskDecideForm{Title: strings.TrimSpace(r.FormValue("title")), Owner: r.FormValue("owner"), Due: r.FormValue("due")}
	due, err := riskDate("due", f.Due)
	if err == nil {
		err = s.Risks.AddAction(r.Context(), who.Actor, id, finding.Action{Title: f.Title, Owner: f.Owner, Due: due}, s.Now())
	}
	return s.riskDone(w, r, who, "action", f, err, "The action is in the backlog.")
}

// riskDate reads a day of a form; empty is no day.
func riskDate(field, text string) (cadence.Date, error) {
	if text = strings.TrimSpace(text); text == "" {
		return 0, nil
	}
	d, err := cadence.ParseDate(text)
	if err != nil {
		return 0, problem.Field(field, "Write the day as 2026-03-31.")
	}
	return d, nil
}

// postRiskApprove records the owner's yes: POST /o/{org}/risks/{risk}/approve.
func (s *Server) postRiskApprove(w http.ResponseWriter, r *http.Request, who visitor) error {
	id, err := s.riskID(r, who)
	if err != nil {
		return err
	}
	return s.riskDone(w, r, who, "approve", riskDecideForm{}, s.Risks.ApprovePlan(r.Context(), who.Actor, id, s.Now()), "You approved the plan and the risk it leaves.")
}

// postRiskComplete records that a plan is done: POST /o/{org}/risks/{risk}/complete.
func (s *Server) postRiskComplete(w http.ResponseWriter, r *http.Request, who visitor) error {
	id, err := s.riskID(r, who)
	if err != nil {
		return err
	}
	f := riskDecideForm{Words: r.FormValue("completion")}
	return s.riskDone(w, r, who, "complete", f, s.Risks.CompletePlan(r.Context(), who.Actor, id, f.Words, s.Now()), "The plan is complete. Score what remains.")
}

// postRiskAccept accepts a risk: POST /o/{org}/risks/{risk}/accept.
func (s *Server) postRiskAccept(w http.ResponseWriter, r *http.Request, who visitor) error {
	id, err := s.riskID(r, who)
	if err != nil {
		return err
	}
	f := riskDecideForm{Reason: r.FormValue("reason"), Conditions: r.FormValue("conditions"), Until: r.FormValue("until")}
	until, err := riskDate("until", f.Until)
	if err == nil {
		err = s.Risks.Accept(r.Context(), who.Actor, id, risk.NewAcceptance{Reason: f.Reason, Conditions: f.Conditions, Until: until}, s.Now())
	}
	return s.riskDone(w, r, who, "accept", f, err, "You accepted the risk until "+dayWords(until)+".")
}

// postRiskWithdraw takes an acceptance back: POST /o/{org}/risks/{risk}/withdraw.
func (s *Server) postRiskWithdraw(w http.ResponseWriter, r *http.Request, who visitor) error {
	id, err := s.riskID(r, who)
	if err != nil {
		return err
	}
	f := riskDecideForm{Reason: r.FormValue("reason")}
	return s.riskDone(w, r, who, "withdraw", f, s.Risks.Withdraw(r.Context(), who.Actor, id, f.Reason, s.Now()), "The acceptance is withdrawn.")
}

// postRiskTrigger notes why it has to be looked at again: POST /o/{org}/risks/{risk}/trigger.
func (s *Server) postRiskTrigger(w http.ResponseWriter, r *http.Request, who visitor) error {
	id, err := s.riskID(r, who)
	if err != nil {
		return err
	}
	f := riskDecideForm{Kind: r.FormValue("kind"), Words: r.FormValue("words")}
	return s.riskDone(w, r, who, "trigger", f, s.Risks.Trigger(r.Context(), who.Actor, id, risk.TriggerKind(f.Kind), f.Words, s.Now()), "Noted. Its owner is asked to score it again.")
}

// postRiskClose closes a risk or opens it again: POST /o/{org}/risks/{risk}/close.
func (s *Server) postRiskClose(w http.ResponseWriter, r *http.Request, who visitor) error {
	id, err := s.riskID(r, who)
	if err != nil {
		return err
	}
	f := riskDecideForm{Reason: r.FormValue("reason")}
	if r.FormValue("do") == "reopen" {
		return s.riskDone(w, r, who, "close", f, s.Risks.Reopen(r.Context(), who.Actor, id, f.Reason, s.Now()), "The risk is in the register again.")
	}
	return s.riskDone(w, r, who, "close", f, s.Risks.Close(r.Context(), who.Actor, id, f.Reason, s.Now()), "The risk is closed. Its history stays.")
}

// riskSecondsPage is the draw of the year.
type riskSecondsPage struct {
	frame
	risk.Seconds
	Method    *risk.Method
	Zone      *time.Location
	Year      int
	Drawable  bool // nothing was drawn this year
	CanDraw   bool
	CanSecond bool
}

// getRiskSeconds shows it: GET /o/{org}/risks/seconds.
func (s *Server) getRiskSeconds(w http.ResponseWriter, r *http.Request, who visitor) error {
	x, err := s.Risks.Seconds(r.Context(), who.Actor, s.Now())
	if err != nil {
		return err
	}
	_, force, err := s.Risks.Methods(r.Context(), who.Actor, s.Now())
	if err != nil {
		return err
	}
	b, err := s.shelf.open(r.Context(), who.Actor)
	if err != nil {
		return err
	}
	year, _, _ := cadence.DateOf(s.Now(), b.Zone).Civil()
	p := riskSecondsPage{frame: s.riskFrame(w, r, who, "seconds", "Second scores"), Seconds: x, Method: force, Zone: b.Zone, Year: year, CanDraw: who.Can(access.ManageRiskMethod), CanSecond: who.Can(access.ManageRisks)}
	drawn, _, _ := x.Draw.On.Civil()
	p.Drawable = x.Draw.ID == "" || drawn != year
	return s.render(w, r, http.StatusOK, riskSeconds(p))
}

// postRiskSeconds draws: POST /o/{org}/risks/seconds.
func (s *Server) postRiskSeconds(w http.ResponseWriter, r *http.Request, who visitor) error {
	d, err := s.Risks.DrawSeconds(r.Context(), who.Actor, s.Now())
	if err != nil {
		return err
	}
	return back(w, r, orgPath(who.Slug(), "risks", "seconds"), plural(len(d.Risks), "risk was", "risks were")+" drawn from "+fmt.Sprint(d.Pool)+".")
}

// getRiskSecond shows the form to somebody who has not seen the first score:
// GET /o/{org}/risk-seconds/{risk}.
func (s *Server) getRiskSecond(w http.ResponseWriter, r *http.Request, who visitor) error {
	return s.showRiskSecond(w, r, who, http.StatusOK, riskScoreForm{}, nil)
}

func (s *Server) showRiskSecond(w http.ResponseWriter, r *http.Request, who visitor, status int, form riskScoreForm, refused *problem.Error) error {
	d, err := s.Risks.Detail(r.Context(), who.Actor, r.PathValue("risk"), s.Now())
	if err != nil {
		return err
	}
	c := d.Counting()
	if c == nil {
		return problem.New(problem.Conflict, "There is no first score of %s to give a second one beside.", d.Code)
	}
	form.Kind = c.Kind
	p := riskScorePage{Detail: d, Form: form, Problem: refused, Blind: true}
	p.frame = s.riskFrame(w, r, who, "seconds", d.Code+", a second score")
	p.Columns = riskColumns(d.Method)
	return s.render(w, r, status, riskScore(p))
}

// postRiskSecond records it: POST /o/{org}/risk-seconds/{risk}.
func (s *Server) postRiskSecond(w http.ResponseWriter, r *http.Request, who visitor) error {
	id, err := s.riskID(r, who)
	if err != nil {
		return err
	}
	form := riskScoreFormOf(r)
	err = s.Risks.Second(r.Context(), who.Actor, id, form.score(), s.Now())
	if err != nil {
		refused := problem.Of(err)
		if refused.Code == problem.Internal || refused.Code == problem.NotFound {
			return err
		}
		return s.showRiskSecond(w, r, who, statusOf(refused.Code), form, refused)
	}
	return back(w, r, orgPath(who.Slug(), "risks", "seconds"), "Your score is recorded beside the first one.")
}

// riskColumns are the columns of the scale of impact, for a choice.
func riskColumns(m *risk.Method) []option {
	out := []option{{"", "Choose"}}
	for _, c := range m.Scales.Columns {
		out = append(out, option{c, upperFirst(c)})
	}
	return slices.Clip(out)
}

// riskOwned says who owns a risk, for the line below its title.
func riskOwned(name string) string {
	if name == "" {
		return "nobody owns it yet"
	}
	return "owned by " + name
}

// riskApproverWords says who approves a plan.
func riskApproverWords(owner string) string {
	if owner == "" {
		return "Only the owner of the risk approves its plan, and it has none. Name one."
	}
	return "Only the owner of the risk approves its plan: " + owner + "."
}

// riskNames is a list of names in a sentence.
func riskNames(names []string) string {
	if len(names) < 2 {
		return strings.Join(names, "")
	}
	return strings.Join(names[:len(names)-1], ", ") + " or " + names[len(names)-1]
}

// riskWrong is what is wrong with a field of one of the small forms.
func riskWrong(p riskPage, which, field string) string {
	if p.Which != which {
		return ""
	}
	return wrong(p.Problem, field)
}

// riskRefusal says why the reader may not accept the risk.
//
// Who may stands above it, and is said again only when nobody may.
func riskRefusal(p riskPage) string {
	text := problem.Of(p.MayAccept).Text
	if len(p.Acceptors) > 0 {
		text, _, _ = strings.Cut(text, p.Authority.Why)
	}
	return strings.TrimSpace(text)
}

func riskPoint(x risk.Point) string { return fmt.Sprintf("%d × %d", x.Likelihood, x.Impact) }
