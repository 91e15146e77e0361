package web

import (
	"cmp"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/control"
	"github.com/toucan-grc/toucan/internal/isms"
	"github.com/toucan-grc/toucan/internal/problem"
)

// statementForm is what a form says of one row. It holds what was typed, so that a
// mistake costs nobody their text.
type statementForm struct {
	Code, Title  string
	Custom       bool
	Seen         string // id of the line the form was made from
	Back         string // where to go on; empty: the page of the row
	Included     bool
	WhyOut       string
	Kinds        map[isms.ReasonKind]bool
	Texts        map[isms.ReasonKind]string
	Risks        string // codes
	Gone         []string
	Claim        string
	On           string
	Owner        string
	Note         string
	Name, Source string // of an own control
	Controls     string // codes, of an own control
	Owners       []option
	SeesRisks    bool
	Problem      *problem.Error
}

func (f statementForm) to(slug string) string {
	if f.Code == "" {
		return statementPath(slug, "new")
	}
	return statementPath(slug, "rows", f.Code)
}

// statementFormOf fills a form from a row.
func statementFormOf(live *isms.Statement, r isms.StatementRow, b *book) statementForm {
	f := statementForm{Code: r.Code, Title: r.Title, Custom: r.Custom, Seen: r.Line, Included: r.Included, WhyOut: r.WhyOut, Kinds: map[isms.ReasonKind]bool{}, Texts: map[isms.ReasonKind]string{},
		Risks: codesOfRisks(live, r.Risks), Claim: string(r.Claim), Owner: r.Owner, Note: r.Note, Name: r.StatementDecision.Title, Source: r.Source, Controls: strings.Join(r.Own, ", "), Owners: b.personOptions()}
	for _, x := range r.Reasons {
		f.Kinds[x.Kind], f.Texts[x.Kind] = true, x.Text
	}
	if r.On.Known() {
		f.On = r.On.String()
	}
	return f
}

// readStatementForm reads what was sent. Values the form did not have stay as the
// row has them: the one in the list is shorter than that of the page.
func readStatementForm(r *http.Request, was statementForm) statementForm {
	v := func(name string) string { return strings.TrimSpace(r.FormValue(name)) }
	f := was
	f.Seen, f.Included, f.WhyOut = r.FormValue("seen"), r.FormValue("included") != "no", v("whyOut")
	f.Kinds, f.Texts = map[isms.ReasonKind]bool{}, map[isms.ReasonKind]string{}
	for _, k := range isms.ReasonKinds() {
		f.Texts[k] = v("reason-" + string(k))
		f.Kinds[k] = slices.Contains(r.Form["reason"], string(k)) || f.Texts[k] != "" && f.Texts[k] != was.Texts[k] // who types a text means the reason
	}
	f.Risks, f.Claim, f.On, f.Owner, f.Note = v("risks"), v("claim"), v("on"), v("owner"), v("note")
	f.Name, f.Source, f.Controls = v("title"), v("source"), v("controls")
	f.Back = ""
	if to := r.FormValue("back"); strings.HasPrefix(to, "/o/") {
		f.Back = to
	}
	return f
}

// decision is what the form says, with codes turned into what they stand for. What
// the row names and the form could not show, because it is gone, stays.
func (f statementForm) decision(r *http.Request, live *isms.Statement, b *book, was isms.StatementRow) (isms.StatementDecision, error) {
	d := isms.StatementDecision{Title: f.Name, Source: f.Source, Claim: isms.Claim(f.Claim), Owner: f.Owner, Note: f.Note}
	for _, k := range isms.ReasonKinds() {
		if f.Kinds[k] {
			d.Reasons = append(d.Reasons, isms.Reason{Kind: k, Text: f.Texts[k]})
		}
	}
	var err error
	if d.On, err = formDay(r, "on"); err != nil {
		return d, err
	}
	if d.Controls, err = b.controlIDs(f.Controls); err != nil {
		return d, err
	}
	if d.Risks, err = riskIDs(live, f.Risks); err != nil {
		return d, err
	}
	if len(live.Risks) == 0 { // somebody who may not see the register names nothing of it
		d.Risks = was.Risks
	}
	shown, err := b.controlIDs(strings.Join(was.Own, ", "))
	if err != nil {
		return d, err
	}
	for _, id := range was.Controls {
		if !slices.Contains(shown, id) {
			d.Controls = append(d.Controls, id)
		}
	}
	for _, id := range was.Risks {
		if !slices.ContainsFunc(live.Risks, func(x isms.StatementRisk) bool { return x.ID == id }) && !slices.Contains(d.Risks, id) {
			d.Risks = append(d.Risks, id)
		}
	}
	return d, nil
}

// riskIDs are the ids of the risks that codes name.
func riskIDs(live *isms.Statement, text string) ([]string, error) {
	byCode := map[string]string{}
	for _, x := range live.Risks {
		byCode[strings.ToLower(x.Code)] = x.ID
	}
	var out []string
	for _, code := range namedCodes(text) {
		id := byCode[strings.ToLower(code)]
		if id == "" {
			return nil, problem.Field("risks", "There is no risk "+code+" in the register. Write codes such as R-001, with commas between.")
		}
		out = append(out, id)
	}
	return out, nil
}

// statementRowPage is everything about one row.
type statementRowPage struct {
	frame
	Row                     isms.StatementRow
	Form                    statementForm
	CanChange, CanRetire    bool
	SeesRisks, SeesPolicies bool
	Through                 string
	Behind                  []statementBehind
	Evidence                [][2]string // words and values
	History                 []statementActView
	Prev, Next              *isms.StatementRow
	Wrong                   *problem.Error // of taking it out
}

// statementBehind is one control behind the row.
type statementBehind struct {
	Code, Title string
	Mark, Words string
	Why         []string
	Rests       bool // the coverage rests on it
}

// statementActView is one line of the history.
type statementActView struct {
	isms.StatementAct
	When string
}

// getStatementRow shows it: GET /o/{org}/isms/statement/rows/{code}.
func (s *Server) getStatementRow(w http.ResponseWriter, r *http.Request, who visitor) error {
	return s.showStatementRow(w, r, who, http.StatusOK, nil, nil)
}

func (s *Server) showStatementRow(w http.ResponseWriter, r *http.Request, who visitor, status int, form *statementForm, wrong *problem.Error) error {
	live, row, b, err := s.statementRow(r, who)
	if err != nil {
		return err
	}
	p := statementRowPage{Row: row, CanChange: who.Can(access.ManageISMS), Through: live.Through, Wrong: wrong, SeesRisks: who.Can(access.ViewRisks), SeesPolicies: who.Can(access.ViewPolicies)}
	p.CanRetire = p.CanChange && row.Custom
	if form != nil {
		p.Form = *form
	} else {
		p.Form = statementFormOf(live, row, b)
	}
	p.Form.SeesRisks = p.SeesRisks
	p.frame = s.frame(w, r, who, "soa", row.Code+" "+row.Title, crumb{"Statement of applicability", statementPath(who.Slug())})
	p.behind(live, b)
	p.evidence(live)
	p.neighbours(live)
	history, err := s.ISMS.StatementHistory(r.Context(), who.Actor, row.Code, s.Now())
	if err != nil {
		return err
	}
	for _, a := range history {
		p.History = append(p.History, statementActView{a, momentWords(a.At, live.Zone)})
	}
	return s.render(w, r, status, showStatementRow(p))
}

// statementRow finds the row of the address.
func (s *Server) statementRow(r *http.Request, who visitor) (*isms.Statement, isms.StatementRow, *book, error) {
	live, err := s.ISMS.Statement(r.Context(), who.Actor, s.Now())
	if err != nil {
		return nil, isms.StatementRow{}, nil, err
	}
	row, ok := live.Row(r.PathValue("code"))
	if !ok {
		return nil, row, nil, problem.New(problem.NotFound, "The statement has no row %q. It may have been taken out.", r.PathValue("code"))
	}
	b, err := s.shelf.open(r.Context(), who.Actor)
	return live, row, b, err
}

// behind lists the controls behind the row, those it rests on first.
func (p *statementRowPage) behind(live *isms.Statement, b *book) {
	add := func(code string, rests bool) {
		i, known := b.byCode[code]
		if !known {
			return
		}
		c := b.Controls[i]
		x := statementBehind{Code: code, Title: c.Title, Rests: rests, Mark: string(c.Status), Words: c.Status.Words()}
		if c.Status == control.Operated {
			x.Why = live.Explain(code)
		}
		p.Behind = append(p.Behind, x)
	}
	for _, code := range p.Row.Judged.Controls {
		add(code, true)
	}
	for _, code := range p.Row.Judged.Operated {
		if !slices.Contains(p.Row.Judged.Controls, code) {
			add(code, false)
		}
	}
	for _, code := range p.Row.Judged.Waiting {
		add(code, false)
	}
}

func (p *statementRowPage) evidence(live *isms.Statement) {
	e := p.Row.Judged.Evidence
	if e.All == 0 {
		return
	}
	p.Evidence = [][2]string{{"Items that stand", group(e.All)}, {"Current today", group(e.Current)},
		{"Newest captured", dayWords(dateIn(e.Newest, live.Zone))}, {"Oldest captured", dayWords(dateIn(e.Oldest, live.Zone))}}
}

// neighbours are the rows before and after it.
func (p *statementRowPage) neighbours(live *isms.Statement) {
	i := slices.IndexFunc(live.Rows, func(r isms.StatementRow) bool { return r.Code == p.Row.Code })
	if i > 0 {
		p.Prev = &live.Rows[i-1]
	}
	if i+1 < len(live.Rows) {
		p.Next = &live.Rows[i+1]
	}
}

// postStatementRow changes it: POST /o/{org}/isms/statement/rows/{code}. A fault
// shows the form again, in the list when it was sent from there.
func (s *Server) postStatementRow(w http.ResponseWriter, r *http.Request, who visitor) error {
	live, row, b, err := s.statementRow(r, who)
	if err != nil {
		return err
	}
	f := readStatementForm(r, statementFormOf(live, row, b))
	d, err := f.decision(r, live, b, row)
	if err == nil {
		err = s.ISMS.SetStatement(r.Context(), who.Actor, []isms.StatementChange{{Code: row.Code, Seen: &f.Seen, Included: f.Included, WhyOut: f.WhyOut, StatementDecision: d}}, s.Now())
	}
	if err == nil {
		to := cmp.Or(f.Back, statementPath(who.Slug(), "rows", row.Code))
		if f.Back != "" {
			to += "#row-" + url.PathEscape(row.Code)
		}
		return back(w, r, to, row.Code+" is saved.")
	}
	if f.Problem = problem.Of(err); f.Problem.Code == problem.Internal || f.Problem.Code == problem.Forbidden {
		return err
	}
	if f.Back != "" {
		q := statementQuery{}
		if at, err := url.Parse(f.Back); err == nil {
			q = readStatementQuery(at.Query())
		}
		q.Edit = row.Code
		return s.showStatement(w, r, who, statusOf(f.Problem.Code), q, &f)
	}
	return s.showStatementRow(w, r, who, statusOf(f.Problem.Code), &f, nil)
}

// statementNewPage is the form of a control of our own.
type statementNewPage struct {
	frame
	Form statementForm
}

// getStatementNew shows it: GET /o/{org}/isms/statement/new.
func (s *Server) getStatementNew(w http.ResponseWriter, r *http.Request, who visitor) error {
	b, err := s.shelf.open(r.Context(), who.Actor)
	if err != nil {
		return err
	}
	f := statementForm{Custom: true, Included: true, Kinds: map[isms.ReasonKind]bool{}, Texts: map[isms.ReasonKind]string{}, Owners: b.personOptions()}
	return s.showStatementNew(w, r, who, http.StatusOK, f)
}

func (s *Server) showStatementNew(w http.ResponseWriter, r *http.Request, who visitor, status int, f statementForm) error {
	f.SeesRisks = who.Can(access.ViewRisks)
	p := statementNewPage{Form: f}
	p.frame = s.frame(w, r, who, "soa", "New control of our own", crumb{"Statement of applicability", statementPath(who.Slug())})
	return s.render(w, r, status, showStatementNew(p))
}

// postStatementNew adds it: POST /o/{org}/isms/statement/new.
func (s *Server) postStatementNew(w http.ResponseWriter, r *http.Request, who visitor) error {
	live, err := s.ISMS.Statement(r.Context(), who.Actor, s.Now())
	if err != nil {
		return err
	}
	b, err := s.shelf.open(r.Context(), who.Actor)
	if err != nil {
		return err
	}
	f := readStatementForm(r, statementForm{Custom: true, Owners: b.personOptions()})
	f.Included = true
	d, err := f.decision(r, live, b, isms.StatementRow{})
	var code string
	if err == nil {
		code, err = s.ISMS.AddStatementRow(r.Context(), who.Actor, d, s.Now())
	}
	if err == nil {
		return back(w, r, statementPath(who.Slug(), "rows", code), code+" is in the statement.")
	}
	if f.Problem = problem.Of(err); f.Problem.Code == problem.Internal || f.Problem.Code == problem.Forbidden {
		return err
	}
	return s.showStatementNew(w, r, who, statusOf(f.Problem.Code), f)
}

// postStatementRetire takes an own control out: POST /o/{org}/isms/statement/rows/{code}/retire.
func (s *Server) postStatementRetire(w http.ResponseWriter, r *http.Request, who visitor) error {
	code := r.PathValue("code")
	err := s.ISMS.RetireStatementRow(r.Context(), who.Actor, code, r.FormValue("reason"), s.Now())
	if err == nil {
		return back(w, r, statementPath(who.Slug()), code+" is out of the statement. What was said of it stays in the log.")
	}
	p := problem.Of(err)
	if p.Field != "reason" {
		return err
	}
	return s.showStatementRow(w, r, who, statusOf(p.Code), nil, p)
}
