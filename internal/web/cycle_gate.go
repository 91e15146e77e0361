package web

import (
	"net/http"
	"time"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/cadence"
	"github.com/toucan-grc/toucan/internal/document"
	"github.com/toucan-grc/toucan/internal/isms"
	"github.com/toucan-grc/toucan/internal/problem"
)

// gatePage is the gate of each audit that is to come, and of one asked about.
type gatePage struct {
	frame
	Today     cadence.Date
	Shown     []isms.Gate
	Pills     []pill
	Kind, On  string // asked about
	Kinds     []option
	Remarks   []isms.Remark
	CanManage bool
	Problem   *problem.Error
}

// gateKindsAsked are the kinds of audits the gate can be asked about.
var gateKindsAsked = []isms.EngagementKind{isms.StageOne, isms.StageTwo, isms.Surveillance, isms.TypeTwo}

// getGate shows it: GET /o/{org}/isms/gate?audit=&kind=&on=.
func (s *Server) getGate(w http.ResponseWriter, r *http.Request, who visitor) error {
	p := gatePage{Kind: r.FormValue("kind"), On: r.FormValue("on"), CanManage: who.Can(access.ManageISMS)}
	ask, fault := askedGate(r)
	p.Problem = fault
	l, err := s.ISMS.Gates(r.Context(), who.Actor, ask, s.Now())
	if err != nil {
		return err
	}
	p.Today, p.Remarks = l.Today, l.Plan.Remarks
	chosen := r.FormValue("audit")
	for i, g := range l.Gates {
		on := chosen == g.Audit.ID || chosen == "" && !ask.From.Known() && i == 0
		p.Pills = append(p.Pills, pill{Text: g.Audit.Name() + ", " + dayWords(g.Audit.Judged()), N: g.Blockers + g.Majors, On: on, To: query(orgPath(who.Slug(), "isms", "gate"), "audit", g.Audit.ID)})
		if on {
			p.Shown = append(p.Shown, g)
		}
	}
	if ask.From.Known() && fault == nil {
		p.Shown = []isms.Gate{l.Asked}
	}
	for _, k := range gateKindsAsked {
		p.Kinds = append(p.Kinds, option{string(k), k.Words()})
	}
	p.frame = s.frame(w, r, who, "isms", "Audit readiness", crumb{"Management system", orgPath(who.Slug(), "isms")})
	p.frame.Tabs = ismsTabs(who.Slug(), "gate")
	if r.FormValue("format") != "" && len(p.Shown) == 1 {
		zone, err := s.courseZone(r, who)
		if err != nil {
			return err
		}
		return s.showReport(w, r, p.frame, gateReport(p.Shown[0], who.Org, s.Now().In(zone)))
	}
	return s.render(w, r, http.StatusOK, showGate(p))
}

// askedGate reads a date somebody asks about without entering it.
func askedGate(r *http.Request) (isms.Engagement, *problem.Error) {
	if r.FormValue("on") == "" {
		return isms.Engagement{}, nil
	}
	on, err := cycleDate(r, "on")
	if err != nil {
		return isms.Engagement{}, problem.Of(err)
	}
	e := isms.Engagement{Kind: isms.EngagementKind(r.FormValue("kind")), From: on, To: on, State: isms.Planned}
	if e.Kind == isms.TypeTwo {
		e.From = (on + 1).AddMonths(-3)
	}
	for _, k := range gateKindsAsked {
		if k == e.Kind {
			return e, nil
		}
	}
	return isms.Engagement{}, problem.Field("kind", "Choose what audit it would be.")
}

// gateMark is the shape of the state of a line.
func gateMark(l isms.GateLine) string {
	switch {
	case l.State == isms.GateReady:
		return "good"
	case l.State == isms.GatePlanned:
		return "info"
	case l.Blocker:
		return "bad"
	}
	return "warn"
}

func gateWeight(l isms.GateLine) string {
	if l.Blocker {
		return "do not go without"
	}
	return "expect a finding"
}

// gateReport is the gate as a report.
func gateReport(g isms.Gate, org string, at time.Time) document.Report {
	rep := document.Report{Title: "Audit readiness: " + g.Audit.Name(), Of: org, At: at, Wide: true,
		About: "What an auditor customarily wants to see, and how old its trail will be on the day. It counts what is kept in Toucan and what was filed as evidence; it says nothing of quality, and it is no promise of any outcome.",
		Facts: [][2]string{{"Audit", g.Audit.Name() + ", " + cycleDaysWords(g.Audit.Days())}, {"Verdict", g.Verdict}, {"Ready", group(g.Ready) + " of " + group(len(g.Lines))}, {"Earliest honest date", dayWords(g.Honest)}}}
	grid := document.Grid{Caption: "Lines of the gate", Head: []string{"State", "Item", "What is wanted", "What is there", "If missing", "SOC 2 evidence"}, Weights: []float64{1, 2, 3, 3, 1.4, 2}}
	for _, l := range g.Lines {
		grid.Rows = append(grid.Rows, []string{l.State.Words(), l.Item, l.Wants, l.Why, gateWeight(l), l.Carries})
	}
	rep.Parts = []document.Part{{Table: &grid}}
	return rep
}
