package web

import (
	"net/http"
	"slices"
	"strings"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/cadence"
	"github.com/toucan-grc/toucan/internal/isms"
	"github.com/toucan-grc/toucan/internal/problem"
)

// auditPlanPage is the dates of the audits and what the rules say of them.
type auditPlanPage struct {
	frame
	Plan      isms.AuditPlan
	Fees      []string // what is known of them, by currency
	CanManage bool
}

// engagementPage is one date of the audits: its form, its remarks and its history.
type engagementPage struct {
	frame
	V         isms.EngagementView
	E         isms.Engagement // as typed
	Amount    string
	Currency  string
	From, To  string
	ReportOn  string
	Kinds     []option
	States    []option
	CanManage bool
	Problem   *problem.Error
}

// getEngagementPlan lists the dates of the audits: GET /o/{org}/isms/plan.
func (s *Server) getEngagementPlan(w http.ResponseWriter, r *http.Request, who visitor) error {
	plan, err := s.ISMS.Engagements(r.Context(), who.Actor, s.Now())
	if err != nil {
		return err
	}
	p := auditPlanPage{Plan: plan, CanManage: who.Can(access.ManageISMS), Fees: feesOf(plan.List)}
	p.frame = s.frame(w, r, who, "isms", "Plan of audits", crumb{"Management system", orgPath(who.Slug(), "isms")})
	p.frame.Tabs = ismsTabs(who.Slug(), "gate")
	return s.render(w, r, http.StatusOK, showEngagementPlan(p))
}

// feesOf sums the fees of what was not cancelled, a line for each currency.
func feesOf(list []isms.Engagement) []string {
	sum := map[string]int64{}
	var order []string
	for _, e := range list {
		if e.Fee.Known() && e.State != isms.Cancelled {
			if !slices.Contains(order, e.Fee.Currency) {
				order = append(order, e.Fee.Currency)
			}
			sum[e.Fee.Currency] += e.Fee.Minor
		}
	}
	var out []string
	for _, c := range order {
		out = append(out, isms.Money{Minor: sum[c], Currency: c}.String())
	}
	return out
}

// getEngagement shows one, or an empty form: GET /o/{org}/isms/plan/{id}.
func (s *Server) getEngagement(w http.ResponseWriter, r *http.Request, who visitor) error {
	return s.showEngagement(w, r, who, http.StatusOK, nil)
}

func (s *Server) getNewEngagement(w http.ResponseWriter, r *http.Request, who visitor) error {
	return s.showEngagement(w, r, who, http.StatusOK, &engagementPage{E: isms.Engagement{Kind: isms.EngagementKind(r.FormValue("kind")), State: isms.Planned}, Currency: "EUR"})
}

func (s *Server) showEngagement(w http.ResponseWriter, r *http.Request, who visitor, status int, typed *engagementPage) error {
	p := engagementPage{CanManage: who.Can(access.ManageISMS)}
	id := r.PathValue("id")
	if id != "" {
		v, err := s.ISMS.EngagementFind(r.Context(), who.Actor, id, s.Now())
		if err != nil {
			return err
		}
		p.V, p.E, p.Currency = v, v.Engagement, "EUR"
		p.From, p.To, p.ReportOn = v.From.String(), v.To.String(), v.ReportOn.String()
		if v.Fee.Known() {
			amount, _ := strings.CutPrefix(v.Fee.String(), v.Fee.Currency+" ")
			p.Amount, p.Currency = amount, v.Fee.Currency
		}
		p.E.Why = ""
	}
	if typed != nil {
		typed.V, typed.CanManage = p.V, p.CanManage
		p = *typed
	}
	for _, k := range isms.EngagementKinds() {
		p.Kinds = append(p.Kinds, option{string(k), k.Words()})
	}
	for _, x := range isms.EngagementStates() {
		p.States = append(p.States, option{string(x), upperFirst(string(x))})
	}
	title := "New date"
	if id != "" {
		title = p.V.Name()
	}
	p.frame = s.frame(w, r, who, "isms", title, crumb{"Management system", orgPath(who.Slug(), "isms")}, crumb{"Plan of audits", orgPath(who.Slug(), "isms", "plan")})
	p.frame.Tabs = ismsTabs(who.Slug(), "gate")
	return s.render(w, r, status, showEngagement(p))
}

// postEngagement enters or changes one: POST /o/{org}/isms/plan and /isms/plan/{id}.
func (s *Server) postEngagement(w http.ResponseWriter, r *http.Request, who visitor) error {
	p := engagementPage{Amount: r.FormValue("fee"), Currency: r.FormValue("currency"), From: r.FormValue("from"), To: r.FormValue("to"), ReportOn: r.FormValue("report_on"),
		E: isms.Engagement{ID: r.PathValue("id"), Kind: isms.EngagementKind(r.FormValue("kind")), Title: r.FormValue("title"), Firm: r.FormValue("firm"), State: isms.EngagementState(r.FormValue("state")),
			Note: r.FormValue("note"), Why: r.FormValue("why")}}
	err := p.read(r)
	id := p.E.ID
	if err == nil {
		id, err = s.ISMS.EngagementPut(r.Context(), who.Actor, p.E, s.Now())
	}
	if err != nil {
		if f := problem.Of(err); f.Code == problem.Invalid || f.Code == problem.Conflict {
			p.Problem = f
			return s.showEngagement(w, r, who, http.StatusUnprocessableEntity, &p)
		}
		return err
	}
	plan, err := s.ISMS.Engagements(r.Context(), who.Actor, s.Now())
	if err != nil {
		return err
	}
	said := "Kept."
	if n := len(plan.Of(id)); n > 0 {
		said = "Kept, with " + plural(n, "remark", "remarks") + " below."
		return back(w, r, orgPath(who.Slug(), "isms", "plan", id), said)
	}
	return back(w, r, orgPath(who.Slug(), "isms", "plan"), said)
}

// read reads days and fee.
func (p *engagementPage) read(r *http.Request) error {
	for name, into := range map[string]*cadence.Date{"from": &p.E.From, "to": &p.E.To, "report_on": &p.E.ReportOn} {
		d, err := cycleDate(r, name)
		if err != nil {
			return err
		}
		*into = d
	}
	var err error
	p.E.Fee, err = isms.ReadMoney(p.Amount, p.Currency)
	return err
}

// cycleDaysWords writes a stretch of days as a person does.
func cycleDaysWords(d cadence.Days) string {
	if d.From == d.To || !d.To.Known() {
		return dayWords(d.From)
	}
	return dayWords(d.From) + " to " + dayWords(d.To)
}

// engagementMark is the shape of the state of a date.
func engagementMark(e isms.Engagement) string {
	switch e.State {
	case isms.Held:
		return "good"
	case isms.Cancelled:
		return "left"
	case isms.Booked:
		return "info"
	}
	return "waiting"
}

func weightMarkOf(w isms.Weight) string {
	switch w {
	case isms.Refused:
		return "bad"
	case isms.Warned:
		return "warn"
	}
	return "info"
}
