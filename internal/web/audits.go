package web

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/cadence"
	"github.com/toucan-grc/toucan/internal/framework"
	"github.com/toucan-grc/toucan/internal/isms"
	"github.com/toucan-grc/toucan/internal/problem"
)

// auditsPage is the programme, what it covers, and the audits that took place.
type auditsPage struct {
	frame
	isms.Programme
	Show     string // audits, plan or cover
	Pills    []pill
	Only     string // of the coverage: unplanned, undone, or everything
	Rows     []isms.AuditCoverRow
	Quarters []option
	Zone     *time.Location
	Problem  *problem.Error
	CanLead  bool
}

// auditFrame is the shell around a page below the management system.
func (s *Server) auditFrame(w http.ResponseWriter, r *http.Request, who visitor, title string, above ...crumb) frame {
	first := crumb{"Internal audits", orgPath(who.Slug(), "isms", "audits")}
	if title == first.Text {
		f := s.frame(w, r, who, "isms", title, crumb{"Management system", orgPath(who.Slug(), "isms")})
		f.Tabs = ismsTabs(who.Slug(), "audits")
		return f
	}
	return s.frame(w, r, who, "isms", title, append([]crumb{{"Management system", orgPath(who.Slug(), "isms")}, first}, above...)...)
}

// getAudits shows it: GET /o/{org}/isms/audits?show=&only=.
func (s *Server) getAudits(w http.ResponseWriter, r *http.Request, who visitor) error {
	return s.showAudits(w, r, who, http.StatusOK, nil)
}

func (s *Server) showAudits(w http.ResponseWriter, r *http.Request, who visitor, status int, wrong *problem.Error) error {
	prog, err := s.ISMS.Programme(r.Context(), who.Actor, s.Now())
	if err != nil {
		return err
	}
	b, err := s.shelf.open(r.Context(), who.Actor)
	if err != nil {
		return err
	}
	p := auditsPage{Programme: prog, Show: r.FormValue("show"), Only: r.FormValue("only"), Zone: b.Zone, Problem: wrong, CanLead: who.Can(access.ManageISMS)}
	p.frame = s.auditFrame(w, r, who, "Internal audits")
	if p.Show != "plan" && p.Show != "cover" {
		p.Show = "audits"
	}
	at := p.path("isms", "audits")
	if prog.ID != "" {
		p.Pills = []pill{{Text: "Audits", To: at, N: len(prog.Audits), On: p.Show == "audits"}, {Text: "Programme", To: query(at, "show", "plan"), N: len(prog.Entries), On: p.Show == "plan"},
			{Text: "Coverage", To: query(at, "show", "cover"), N: len(prog.Coverage.Rows), On: p.Show == "cover"}}
	}
	switch p.Only {
	case "unplanned":
		p.Rows = prog.Coverage.Unplanned
	case "undone":
		p.Rows = prog.Coverage.Undone
	default:
		p.Rows = prog.Coverage.Rows
	}
	for q := isms.QuarterOf(prog.Today) - 4; q < isms.QuarterOf(prog.Today)+5; q++ {
		p.Quarters = append(p.Quarters, option{q.String(), q.String()})
	}
	return s.render(w, r, status, auditsAll(p))
}

// postProgramme begins a programme: POST /o/{org}/isms/audits.
func (s *Server) postProgramme(w http.ResponseWriter, r *http.Request, who visitor) error {
	q, ok := isms.ParseQuarter(r.FormValue("quarter"))
	var err error = problem.Field("quarter", "Choose the quarter the programme begins with.")
	if ok {
		err = s.ISMS.BeginProgramme(r.Context(), who.Actor, q, s.Now())
	}
	if err != nil {
		p := problem.Of(err)
		if p.Code != problem.Invalid {
			return err
		}
		return s.showAudits(w, r, who, statusOf(p.Code), p)
	}
	return back(w, r, query(orgPath(who.Slug(), "isms", "audits"), "show", "plan"), "The programme of three years is there. Move and drop what does not fit.")
}

// getProgrammeReport is the programme as a report: GET /o/{org}/isms/programme?format=.
func (s *Server) getProgrammeReport(w http.ResponseWriter, r *http.Request, who visitor) error {
	prog, err := s.ISMS.Programme(r.Context(), who.Actor, s.Now())
	if err != nil {
		return err
	}
	b, err := s.shelf.open(r.Context(), who.Actor)
	if err != nil {
		return err
	}
	return s.showReport(w, r, s.auditFrame(w, r, who, "Internal audit programme"), prog.Report(b.Name, s.Now().In(b.Zone)))
}

// auditMark is the mark of a state.
func auditMark(st isms.AuditState) string {
	return map[isms.AuditState]string{isms.AuditPlanned: "planned", isms.AuditRunning: "warn", isms.AuditReported: "info", isms.AuditClosed: "good", isms.AuditCancelled: "left"}[st]
}

// auditTeam names those who audit.
func auditTeam(a isms.Audit) string {
	var out []string
	for _, x := range a.Team {
		if x.Gone {
			continue
		}
		n := x.Name
		if x.Outside() {
			n += " (outside)"
		}
		out = append(out, n)
	}
	return strings.Join(out, ", ")
}

// coverWords says how a requirement is covered in one year.
func coverWords(c isms.AuditCoverCell) (mark, words string) {
	switch {
	case len(c.Done) > 0:
		return "full", "audited: " + strings.Join(c.Done, ", ")
	case len(c.Planned) > 0:
		return "planned", "planned: " + strings.Join(c.Planned, ", ")
	}
	return "none", "not covered"
}

// auditEntryPage is one entry of the programme.
type auditEntryPage struct {
	frame
	isms.AuditEntryView
	New      bool
	Quarters []option
	Zone     *time.Location
	Form     url.Values
	Do       string
	Problem  *problem.Error
	CanLead  bool
}

func (p auditEntryPage) val(name, is string) string {
	if p.Problem != nil && p.Do == "move" {
		return p.Form.Get(name)
	}
	return is
}

// getAuditEntry shows it: GET /o/{org}/isms/programme/{entry}; "new" is an empty form.
func (s *Server) getAuditEntry(w http.ResponseWriter, r *http.Request, who visitor) error {
	return s.showAuditEntry(w, r, who, http.StatusOK, auditEntryPage{})
}

func (s *Server) showAuditEntry(w http.ResponseWriter, r *http.Request, who visitor, status int, p auditEntryPage) error {
	b, err := s.shelf.open(r.Context(), who.Actor)
	if err != nil {
		return err
	}
	p.Zone, p.CanLead = b.Zone, who.Can(access.ManageISMS)
	if r.PathValue("entry") == "new" {
		prog, err := s.ISMS.Programme(r.Context(), who.Actor, s.Now())
		if err != nil {
			return err
		}
		p.New, p.AuditEntryView.From, p.Today = true, prog.From, prog.Today
		p.Quarter = max(prog.From, isms.QuarterOf(prog.Today))
	} else if p.AuditEntryView, err = s.ISMS.AuditEntry(r.Context(), who.Actor, r.PathValue("entry"), s.Now()); err != nil {
		return err
	}
	for q := p.AuditEntryView.From; q < p.AuditEntryView.From+12; q++ {
		p.Quarters = append(p.Quarters, option{q.String(), q.String()})
	}
	title := p.Code + " " + p.AuditEntry.Title
	if p.New {
		title = "New audit in the programme"
	}
	p.frame = s.auditFrame(w, r, who, title)
	return s.render(w, r, status, auditEntryOne(p))
}

// postAuditEntry plans it anew or drops it: POST /o/{org}/isms/programme/{entry}.
func (s *Server) postAuditEntry(w http.ResponseWriter, r *http.Request, who visitor) error {
	if err := r.ParseForm(); err != nil {
		return problem.New(problem.Invalid, "The form did not arrive whole. Send it again.")
	}
	f, id, said := r.PostForm, r.PathValue("entry"), "Planned anew."
	var err error
	if f.Get("do") == "drop" {
		said, err = "Dropped. See in the coverage what nothing else covers.", s.ISMS.DropEntry(r.Context(), who.Actor, id, f.Get("reason"), s.Now())
	} else {
		e := isms.AuditEntry{ID: id, Title: f.Get("title"), Method: f.Get("method"), Sample: f.Get("sample")}
		if id == "new" {
			e.ID, said = "", "Entered."
		}
		var ok bool
		if e.Quarter, ok = isms.ParseQuarter(f.Get("quarter")); !ok {
			err = problem.Field("quarter", "Choose one of the quarters.")
		} else if e.Scope, err = s.auditScope(r, who, f.Get("scope")); err == nil {
			id, err = s.ISMS.ReplanEntry(r.Context(), who.Actor, e, f.Get("reason"), s.Now())
		}
	}
	if err != nil {
		p := problem.Of(err)
		if p.Code != problem.Invalid && p.Code != problem.Conflict {
			return err
		}
		return s.showAuditEntry(w, r, who, statusOf(p.Code), auditEntryPage{Form: f, Do: f.Get("do"), Problem: p})
	}
	return back(w, r, orgPath(who.Slug(), "isms", "programme", id), said)
}

// auditScope reads requirements of a form: of the standard itself by their id
// alone, of another with its name in front.
func (s *Server) auditScope(r *http.Request, who visitor, text string) ([]framework.Ref, error) {
	b, err := s.shelf.open(r.Context(), who.Actor)
	if err != nil {
		return nil, err
	}
	var out []framework.Ref
	for _, x := range findingSplit(text) {
		f, id, ok := strings.Cut(x, ":")
		if !ok {
			f, id = isms.ProgrammeFramework, x
		}
		ref := framework.Ref{Framework: strings.ToLower(strings.TrimSpace(f)), ID: strings.TrimSpace(id)}
		fw, known := b.library.Frameworks.Find(ref.Framework)
		if known {
			_, known = fw.Find(ref.ID)
		}
		if !known {
			return nil, problem.Field("scope", "“"+x+"” is no requirement known here. Write ids such as 9.2.1 or A.8.8 with commas between, or another framework in front: soc2-2017:CC7.1.")
		}
		out = append(out, ref)
	}
	return out, nil
}

// auditScopeText writes requirements as auditScope reads them.
func auditScopeText(refs []framework.Ref) string {
	var out []string
	for _, r := range refs {
		if r.Framework == isms.ProgrammeFramework {
			out = append(out, r.ID)
			continue
		}
		out = append(out, r.Framework+":"+r.ID)
	}
	return strings.Join(out, ", ")
}

// auditForm is what is typed of a plan.
type auditForm struct {
	Entry, Title, Criteria, Method, Sample, PeriodFrom, PeriodTo, StartsOn, EndsOn, Scope, Outside string
	Auditors, Auditees                                                                             []string
}

// auditNewPage is the form of a plan.
type auditNewPage struct {
	frame
	Form    auditForm
	ID      string // of the audit that changes; empty: a new one
	Code    string
	People  []option
	Problem *problem.Error
}

// getNewAudit shows the form: GET /o/{org}/isms/audits/new?entry=.
func (s *Server) getNewAudit(w http.ResponseWriter, r *http.Request, who visitor) error {
	b, err := s.shelf.open(r.Context(), who.Actor)
	if err != nil {
		return err
	}
	today := cadence.DateOf(s.Now(), b.Zone)
	f := auditForm{Criteria: "ISO/IEC 27001:2022, the policies in force, and the controls as they are written", PeriodFrom: today.AddMonths(-12).String(), PeriodTo: (today - 1).String()}
	if id := r.FormValue("entry"); id != "" {
		e, err := s.ISMS.AuditEntry(r.Context(), who.Actor, id, s.Now())
		if err != nil {
			return err
		}
		f.Entry, f.Title, f.Method, f.Sample, f.Scope = e.ID, e.Title, e.Method, e.Sample, auditScopeText(e.Scope)
	}
	return s.showNewAudit(w, r, who, http.StatusOK, auditNewPage{Form: f})
}

func (s *Server) showNewAudit(w http.ResponseWriter, r *http.Request, who visitor, status int, p auditNewPage) error {
	b, err := s.shelf.open(r.Context(), who.Actor)
	if err != nil {
		return err
	}
	p.People = b.personOptions()[1:]
	if p.ID == "" {
		p.frame = s.auditFrame(w, r, who, "New audit")
	} else {
		p.frame = s.auditFrame(w, r, who, "Plan of "+p.Code, crumb{p.Code, orgPath(who.Slug(), "isms", "audits", p.ID)})
	}
	return s.render(w, r, status, auditPlan(p))
}

// auditDraft reads the form of a plan.
func (s *Server) auditDraft(r *http.Request, who visitor) (auditForm, isms.AuditDraft, error) {
	v := r.PostForm
	f := auditForm{v.Get("entry"), v.Get("title"), v.Get("criteria"), v.Get("method"), v.Get("sample"), v.Get("period_from"), v.Get("period_to"), v.Get("starts_on"), v.Get("ends_on"), v.Get("scope"), v.Get("outside"),
		slices.DeleteFunc(slices.Clone(v["auditors"]), func(x string) bool { return x == "" }), slices.DeleteFunc(slices.Clone(v["auditees"]), func(x string) bool { return x == "" })}
	d := isms.AuditDraft{Entry: f.Entry, Title: f.Title, Criteria: f.Criteria, Method: f.Method, Sample: f.Sample, Auditors: f.Auditors, Outside: findingSplit(f.Outside), Auditees: f.Auditees}
	for _, x := range []struct {
		field, text string
		to          *cadence.Date
	}{{"period_from", f.PeriodFrom, &d.Period.From}, {"period_to", f.PeriodTo, &d.Period.To}, {"starts_on", f.StartsOn, &d.Days.From}, {"ends_on", f.EndsOn, &d.Days.To}} {
		var err error
		if *x.to, err = findingDay(x.text, x.field); err != nil {
			return f, d, err
		}
	}
	var err error
	d.Scope, err = s.auditScope(r, who, f.Scope)
	return f, d, err
}

// postNewAudit plans one: POST /o/{org}/isms/audits/new.
func (s *Server) postNewAudit(w http.ResponseWriter, r *http.Request, who visitor) error {
	return s.saveAudit(w, r, who, "", "")
}

func (s *Server) saveAudit(w http.ResponseWriter, r *http.Request, who visitor, id, code string) error {
	if err := r.ParseForm(); err != nil {
		return problem.New(problem.Invalid, "The form did not arrive whole. Send it again.")
	}
	f, d, err := s.auditDraft(r, who)
	var a isms.Audit
	if err == nil {
		a, err = s.ISMS.PlanAudit(r.Context(), who.Actor, id, d, s.Now())
	}
	if err != nil {
		p := problem.Of(err)
		if p.Code != problem.Invalid && p.Code != problem.Conflict {
			return err
		}
		return s.showNewAudit(w, r, who, statusOf(p.Code), auditNewPage{Form: f, ID: id, Code: code, Problem: p})
	}
	return back(w, r, orgPath(who.Slug(), "isms", "audits", a.ID), fmt.Sprintf("%s is planned with %s.", a.Code(), plural(len(a.Lines), "line", "lines")))
}
