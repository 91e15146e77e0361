package api

import (
	"context"
	"fmt"
	"slices"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/isms"
	"github.com/toucan-grc/toucan/internal/problem"
)

// CalendarEntry is one entry of the calendar.
type CalendarEntry struct {
	ID     string `json:"id" doc:"The same for the same entry, for ever."`
	Kind   string `json:"kind" enum:"audit,window,deadline,obligation,review,internal,objective,policy,evidence,attested,vendor,action"`
	From   string `json:"from"`
	To     string `json:"to" doc:"Last day."`
	Title  string `json:"title" doc:"It names nobody."`
	State  string `json:"state,omitempty" doc:"In a word or two."`
	Why    string `json:"why,omitempty"`
	Source string `json:"source" doc:"What it is about." example:"obligation"`
	Ref    string `json:"ref" doc:"And which, by its code or id."`
	Sure   bool   `json:"sure" doc:"Agreed, or following from what happened; otherwise planned."`
}

func listCalendar(s *Server, ctx context.Context, who access.Actor, in *struct {
	InOrg
	InPage
	From string `query:"from" required:"true" format:"date"`
	To   string `query:"to" required:"true" format:"date" doc:"Last day; ten years after from at most."`
	Kind string `query:"kind" enum:"audit,window,deadline,obligation,review,internal,objective,policy,evidence,attested,vendor,action"`
}) (*listOut[CalendarEntry], error) {
	span, err := stretch("from", in.From, "to", in.To)
	if err != nil {
		return nil, err
	}
	all, err := s.ISMS.Calendar(ctx, who, span, s.Now())
	if problem.Of(err).Field == "to" {
		err = inQuery("to", err)
	}
	if err != nil {
		return nil, err
	}
	all = slices.DeleteFunc(slices.Clone(all), func(e isms.CalendarEntry) bool { return in.Kind != "" && string(e.Kind) != in.Kind })
	return asListed(in.InPage, all, "calendar "+in.From+" "+in.To+" "+in.Kind, func(e isms.CalendarEntry) string { return e.ID }, func(e isms.CalendarEntry) CalendarEntry {
		return CalendarEntry{e.ID, string(e.Kind), e.From.String(), e.To.String(), e.Title, e.State, e.Why, e.Source, e.Ref, e.Sure}
	})
}

// AuditDateText is what can be said of a date of the external audits.
type AuditDateText struct {
	Kind     string `json:"kind" enum:"stage_1,stage_2,certification,surveillance,recertification,soc2_type_1,soc2_type_2,bridge_letter,other"`
	Title    string `json:"title,omitempty" maxLength:"200" doc:"Left out: the words of the kind."`
	Firm     string `json:"firm,omitempty" maxLength:"200" doc:"Certification body or audit firm."`
	From     string `json:"from" maxLength:"10" doc:"First day of the visit, or of the window."`
	To       string `json:"to,omitempty" maxLength:"10" doc:"Last day."`
	ReportOn string `json:"report_on,omitempty" maxLength:"10"`
	State    string `json:"state" enum:"planned,booked,held,cancelled"`
	Fee      string `json:"fee,omitempty" maxLength:"20" example:"12500.00"`
	Currency string `json:"currency,omitempty" maxLength:"3" example:"EUR"`
	Note     string `json:"note,omitempty" maxLength:"4000"`
}

// AuditDateChange is a date as it is to be.
type AuditDateChange struct {
	AuditDateText
	Why string `json:"why,omitempty" maxLength:"4000" doc:"Of the change."`
}

// AuditDate is a visit, a decision, a window with its report, or a letter.
type AuditDate struct {
	ID string `json:"id"`
	AuditDateText
	Remarks []DateRemark `json:"remarks" doc:"What the rules of certification and the customs of SOC 2 say of it."`
}

// DateRemark is what a rule says of a date.
type DateRemark struct {
	Weight string `json:"weight" enum:"refused,warned,noted"`
	Text   string `json:"text"`
}

func auditDateOf(e isms.Engagement, remarks []isms.Remark) AuditDate {
	d := AuditDate{e.ID, AuditDateText{Kind: string(e.Kind), Title: e.Title, Firm: e.Firm, From: e.From.String(), To: e.To.String(), ReportOn: e.ReportOn.String(), State: string(e.State), Note: e.Note}, []DateRemark{}}
	if e.Fee.Known() {
		d.Currency, d.Fee = e.Fee.Currency, amount(e.Fee)
	}
	for _, r := range remarks {
		d.Remarks = append(d.Remarks, DateRemark{string(r.Weight), r.Text})
	}
	return d
}

// amount is a fee as it is typed.
func amount(m isms.Money) string { return fmt.Sprintf("%d.%02d", m.Minor/100, m.Minor%100) }

func listAuditDates(s *Server, ctx context.Context, who access.Actor, in *struct {
	InOrg
	InPage
}) (*listOut[AuditDate], error) {
	p, err := s.ISMS.Engagements(ctx, who, s.Now())
	if err != nil {
		return nil, err
	}
	return asListed(in.InPage, p.List, "audit dates", func(e isms.Engagement) string { return e.ID }, func(e isms.Engagement) AuditDate { return auditDateOf(e, p.Of(e.ID)) })
}

// InAuditDate names a date of the external audits.
type InAuditDate struct {
	InOrg
	Date string `path:"date" maxLength:"100" doc:"Its id."`
}

func (s *Server) auditDate(ctx context.Context, who access.Actor, id string) (AuditDate, error) {
	v, err := s.ISMS.EngagementFind(ctx, who, id, s.Now())
	return auditDateOf(v.Engagement, v.Remarks), err
}

func getAuditDate(s *Server, ctx context.Context, who access.Actor, in *InAuditDate) (*oneOut[AuditDate], error) {
	return single(s.auditDate(ctx, who, in.Date))
}

// Gate is what the trail says of one audit: whether it is there, and old enough.
type Gate struct {
	Audit    string     `json:"audit,omitempty" doc:"Id of the date; absent when it was only asked about."`
	Kind     string     `json:"kind"`
	Name     string     `json:"name"`
	From     string     `json:"from"`
	Stage    string     `json:"stage,omitempty" enum:"stage-1,stage-2,surveillance,soc2-type-2"`
	Blockers int        `json:"blockers" doc:"Not ready, and not to be without."`
	Majors   int        `json:"majors" doc:"Not ready, a finding to expect."`
	Ready    int        `json:"ready" doc:"Ready, or planned where a plan is enough."`
	Honest   string     `json:"honest,omitempty" doc:"Earliest day on which every line is ready, if what is missing is made today."`
	HonestBy string     `json:"honest_by,omitempty" doc:"The line that decides it."`
	Verdict  string     `json:"verdict"`
	Lines    []GateLine `json:"lines"`
}

// GateLine is one thing an auditor wants to see.
type GateLine struct {
	ID       string   `json:"id" example:"MG-03"`
	Item     string   `json:"item"`
	Wants    string   `json:"wants"`
	Kinds    []string `json:"kinds" doc:"Of evidence; any of them shows it."`
	MinDays  int      `json:"min_days" doc:"Age of the oldest record on the day of the audit."`
	MinCount int      `json:"min_count"`
	Blocker  bool     `json:"blocker"`
	State    string   `json:"state" enum:"ready,planned,too_young,too_few,missing"`
	Count    int      `json:"count"`
	Age      int      `json:"age"`
	ReadyOn  string   `json:"ready_on,omitempty"`
	Why      string   `json:"why"`
}

func gateOf(g isms.Gate) Gate {
	return Gate{g.Audit.ID, string(g.Audit.Kind), g.Audit.Name(), g.Audit.From.String(), string(g.Stage), g.Blockers, g.Majors, g.Ready, g.Honest.String(), g.HonestBy, g.Verdict,
		each(g.Lines, func(l isms.GateLine) GateLine {
			return GateLine{l.ID, l.Item, l.Wants, nonNil(l.Kinds), l.MinDays, l.MinCount, l.Blocker, string(l.State), l.Count, l.Age, l.ReadyOn.String(), l.Why}
		})}
}

func listGates(s *Server, ctx context.Context, who access.Actor, in *struct {
	InOrg
	InPage
}) (*listOut[Gate], error) {
	l, err := s.ISMS.Gates(ctx, who, isms.Engagement{}, s.Now())
	if err != nil {
		return nil, err
	}
	return asListed(in.InPage, l.Gates, "gates", func(g isms.Gate) string { return g.Audit.ID }, gateOf)
}

func askGate(s *Server, ctx context.Context, who access.Actor, in *struct {
	InOrg
	Kind string `query:"kind" required:"true" enum:"stage_1,stage_2,surveillance,recertification,soc2_type_2"`
	From string `query:"from" required:"true" format:"date" doc:"First day of the visit, or of the window."`
	To   string `query:"to" format:"date" doc:"Last day; left out: the same."`
}) (*oneOut[Gate], error) {
	span, err := stretch("from", in.From, "to", in.To)
	if err != nil {
		return nil, err
	}
	l, err := s.ISMS.Gates(ctx, who, isms.Engagement{Kind: isms.EngagementKind(in.Kind), From: span.From, To: span.To}, s.Now())
	return single(gateOf(l.Asked), err)
}

// DryRun is a stage 1 over the required documents of a framework.
type DryRun struct {
	Framework string         `json:"framework"`
	On        string         `json:"on" doc:"The day it is judged for: the next audit, or today."`
	Counts    map[string]int `json:"counts" doc:"Lines by state."`
	Lines     []DryRunLine   `json:"lines"`
}

// DryRunLine is one required document.
type DryRunLine struct {
	Requirement Ref      `json:"requirement"`
	Sort        string   `json:"sort" example:"policy"`
	Label       string   `json:"label"`
	State       string   `json:"state" enum:"exists,too_young,lapsed,not_in_force,missing,not_applicable"`
	Why         string   `json:"why"`
	Shows       []Record `json:"shows" doc:"What it is, the newest first; three at most."`
	Ready       string   `json:"ready,omitempty"`
}

func getDocuments(s *Server, ctx context.Context, who access.Actor, in *InFramework) (*oneOut[DryRun], error) {
	d, err := s.ISMS.Documents(ctx, who, in.Framework, s.Now())
	if err != nil {
		return nil, err
	}
	out := DryRun{Framework: d.Framework, On: d.On.String(), Counts: map[string]int{}, Lines: each(d.Lines, func(l isms.DocumentLine) DryRunLine {
		return DryRunLine{Ref{l.Requirement.Framework, l.Requirement.ID}, l.Sort, l.Label, string(l.State), l.Why, each(l.Shows, recordOf), l.Ready.String()}
	})}
	for k, n := range d.Counts {
		out.Counts[string(k)] = n
	}
	return single(out, nil)
}
