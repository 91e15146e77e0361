package web

import (
	"net/http"
	"net/url"
	"slices"
	"time"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/finding"
	"github.com/toucan-grc/toucan/internal/framework"
	"github.com/toucan-grc/toucan/internal/isms"
	"github.com/toucan-grc/toucan/internal/problem"
)

// auditPage is one internal audit with its checklist.
type auditPage struct {
	frame
	isms.AuditView
	Groups   []auditGroup
	Missing  []string
	Zone     *time.Location
	People   []option
	Kinds    []option
	Evidence []string // names the forms offer
	Form     url.Values
	Do, Line string // the form that was sent, and its line
	Problem  *problem.Error
	CanLead  bool
	CanAudit bool // of the team, or keeps the management system
}

// auditGroup is a requirement with its lines.
type auditGroup struct {
	Ref   framework.Ref
	Label string
	To    string
	Lines []isms.AuditLine
}

// getAudit shows it: GET /o/{org}/isms/audits/{audit}?show=&line=.
func (s *Server) getAudit(w http.ResponseWriter, r *http.Request, who visitor) error {
	switch r.FormValue("show") {
	case "report":
		return s.showAuditReport(w, r, who)
	case "plan":
		return s.showAuditPlan(w, r, who)
	}
	return s.showAudit(w, r, who, http.StatusOK, auditPage{Line: r.FormValue("line")})
}

func (s *Server) showAuditReport(w http.ResponseWriter, r *http.Request, who visitor) error {
	v, err := s.ISMS.Audit(r.Context(), who.Actor, r.PathValue("audit"), s.Now())
	if err != nil {
		return err
	}
	b, err := s.shelf.open(r.Context(), who.Actor)
	if err != nil {
		return err
	}
	f := s.auditFrame(w, r, who, "Report", crumb{v.Code(), orgPath(who.Slug(), "isms", "audits", v.ID)})
	return s.showReport(w, r, f, v.Audit.Report(b.Name, s.Now().In(b.Zone)))
}

func (s *Server) showAuditPlan(w http.ResponseWriter, r *http.Request, who visitor) error {
	if err := who.May(access.ManageISMS); err != nil {
		return err
	}
	v, err := s.ISMS.Audit(r.Context(), who.Actor, r.PathValue("audit"), s.Now())
	if err != nil {
		return err
	}
	outside := ""
	for i, n := range v.Outside {
		if i > 0 {
			outside += ", "
		}
		outside += n
	}
	f := auditForm{v.Entry, v.Audit.Title, v.Criteria, v.Method, v.Sample, v.Period.From.String(), v.Period.To.String(), v.Days.From.String(), v.Days.To.String(), auditScopeText(v.Scope), outside, v.Auditors, v.Auditees}
	return s.showNewAudit(w, r, who, http.StatusOK, auditNewPage{Form: f, ID: v.ID, Code: v.Code()})
}

func (s *Server) showAudit(w http.ResponseWriter, r *http.Request, who visitor, status int, p auditPage) error {
	v, err := s.ISMS.Audit(r.Context(), who.Actor, r.PathValue("audit"), s.Now())
	if err != nil {
		return err
	}
	b, err := s.shelf.open(r.Context(), who.Actor)
	if err != nil {
		return err
	}
	p.AuditView, p.Zone, p.Missing, p.CanLead = v, b.Zone, v.Audit.Missing(), who.Can(access.ManageISMS)
	p.CanAudit = p.CanLead || who.Can(access.AuditInternally) && v.Person != "" && slices.Contains(v.Auditors, v.Person)
	p.People, p.Kinds = b.personOptions(), findingKinds()
	if p.CanAudit && v.State == isms.AuditRunning {
		if p.Evidence, err = s.evidenceNames(r.Context(), who); err != nil {
			return err
		}
	}
	for _, l := range v.Lines {
		if n := len(p.Groups); n == 0 || p.Groups[n-1].Ref != l.Ref {
			p.Groups = append(p.Groups, auditGroup{Ref: l.Ref, Label: v.Labels[l.Ref], To: orgPath(who.Slug(), "frameworks", l.Ref.Framework, l.Ref.ID)})
		}
		g := &p.Groups[len(p.Groups)-1]
		g.Lines = append(g.Lines, l)
	}
	if p.Form == nil {
		p.Form = url.Values{}
	}
	p.frame = s.auditFrame(w, r, who, v.Code()+" "+v.Audit.Title)
	return s.render(w, r, status, auditOne(p))
}

// looks are the auditors who may look at a line, for a choice.
func (p auditPage) looks(l isms.AuditLine) []option {
	var out []option
	for _, a := range l.Free(p.Team) {
		n := a.Name
		if a.Outside() {
			n += " (from outside)"
		}
		out = append(out, option{a.ID, n})
	}
	return out
}

// looked is who looked at a line.
func (p auditPage) looked(l isms.AuditLine) string {
	a, _ := p.Auditor(l.Auditor)
	return a.Name
}

// barred are the auditors who may not look at a line, with the reasons.
func (p auditPage) barred(l isms.AuditLine) []string {
	var out []string
	for _, a := range p.Team {
		if !a.Gone {
			out = append(out, l.Conflicts[a.ID]...)
		}
	}
	return out
}

func (p auditPage) val(do, line, name, is string) string {
	if p.Problem != nil && p.Do == do && (line == "" || p.Line == line) {
		return p.Form.Get(name)
	}
	return is
}

func (p auditPage) bad(do, line, name string) string {
	if p.Do != do || line != "" && p.Line != line {
		return ""
	}
	return wrong(p.Problem, name)
}

// typed is the evidence of an answer that could not be taken.
func (p auditPage) typed(line string) []string {
	if p.Problem != nil && p.Do == "answer" && p.Line == line {
		return p.Form["items"]
	}
	return nil
}

// postAudit takes one step: POST /o/{org}/isms/audits/{audit}.
func (s *Server) postAudit(w http.ResponseWriter, r *http.Request, who visitor) error {
	if err := r.ParseForm(); err != nil {
		return problem.New(problem.Invalid, "The form did not arrive whole. Send it again.")
	}
	f, id := r.PostForm, r.PathValue("audit")
	at := orgPath(who.Slug(), "isms", "audits", id)
	if f.Get("do") == "plan" {
		if err := who.May(access.ManageISMS); err != nil {
			return err
		}
		v, err := s.ISMS.Audit(r.Context(), who.Actor, id, s.Now())
		if err != nil {
			return err
		}
		return s.saveAudit(w, r, who, id, v.Code())
	}
	said, err := s.auditStep(r, who, id)
	if err == nil {
		if line := f.Get("line"); line != "" {
			at += "#line-" + line
		}
		return back(w, r, at, said)
	}
	p := problem.Of(err)
	if p.Code != problem.Invalid && p.Code != problem.Conflict {
		return err
	}
	return s.showAudit(w, r, who, statusOf(p.Code), auditPage{Do: f.Get("do"), Line: f.Get("line"), Form: f, Problem: p})
}

// auditStep does what a form of the page asks, and says what was done.
func (s *Server) auditStep(r *http.Request, who visitor, id string) (string, error) {
	f, ctx, now := r.PostForm, r.Context(), s.Now()
	switch f.Get("do") {
	case "begin":
		return "The audit has begun.", s.ISMS.BeginAudit(ctx, who.Actor, id, now)
	case "answer":
		items, err := s.pickedEvidence(ctx, who, "items", f["items"])
		if err != nil {
			return "", err
		}
		return "Answered.", s.ISMS.AnswerLine(ctx, who.Actor, id, f.Get("line"), isms.LineAnswer{Answer: isms.AuditAnswer(f.Get("answer")), Note: f.Get("note"), Auditor: f.Get("auditor"), Items: items}, now)
	case "raise":
		d := finding.Draft{Reason: f.Get("reason"), Title: f.Get("title"), Statement: f.Get("statement"), Objective: f.Get("objective"), Owner: f.Get("owner")}
		d.Kind, d.Grade = findingKind(f.Get("kind"))
		x, err := s.ISMS.RaiseFinding(ctx, who.Actor, id, f.Get("line"), d, now)
		return x.Code() + " is raised.", err
	case "report":
		return "Reported. The report is frozen as evidence.", s.ISMS.ReportAudit(ctx, who.Actor, id, f.Get("summary"), f.Get("conclusion"), now)
	case "close":
		return "Closed.", s.ISMS.CloseAudit(ctx, who.Actor, id, now)
	case "cancel":
		return "Cancelled.", s.ISMS.CancelAudit(ctx, who.Actor, id, f.Get("reason"), now)
	}
	return "", problem.Field("do", "Choose one of the forms of this page.")
}
