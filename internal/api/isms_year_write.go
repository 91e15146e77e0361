package api

import (
	"context"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/isms"
	"github.com/toucan-grc/toucan/internal/problem"
)

func createObligation(s *Server, ctx context.Context, who access.Actor, in *struct {
	InOrg
	InOnce
	Body ObligationText
}) (*createdOut[Obligation], error) {
	t, err := in.Body.text()
	if err != nil {
		return nil, err
	}
	code, err := s.ISMS.ObligationAdd(ctx, who, t, s.Now())
	out := told(Obligation{Code: code, ObligationText: in.Body})
	if err == nil && who.Can(access.ViewISMS) {
		out, err = s.obligation(ctx, who, code)
	}
	return fresh(out, address(who, "isms", "obligations", code), err)
}

func putObligation(s *Server, ctx context.Context, who access.Actor, in *struct {
	InObligation
	InMatch
	Body ObligationChange
}) (*oneOut[Obligation], error) {
	t, err := in.Body.text()
	if err != nil {
		return nil, err
	}
	t.Why = in.Body.Why
	read := func() (Obligation, error) { return s.obligation(ctx, who, in.Obligation) }
	return replace(s, ctx, who, in.InMatch, read, func(ctx context.Context, _ Obligation) error {
		return s.ISMS.ObligationChange(ctx, who, in.Obligation, t, s.Now())
	})
}

func endObligation(s *Server, ctx context.Context, who access.Actor, in *struct {
	InObligation
	InOnce
	Body Why
}) (*oneOut[Done], error) {
	return single(Done{true}, s.ISMS.ObligationEnd(ctx, who, in.Obligation, in.Body.Why, s.Now()))
}

// Why is the reason of an act.
type Why struct {
	Why string `json:"why" maxLength:"4000"`
}

// Doing is a person's word that an obligation was met.
type Doing struct {
	Due  string `json:"due" maxLength:"10" doc:"Of the occurrence." example:"2026-06-30"`
	On   string `json:"on,omitempty" maxLength:"10" doc:"When it was done; left out: today."`
	Item string `json:"item,omitempty" maxLength:"100" doc:"Id of the evidence that shows it."`
	Note string `json:"note,omitempty" maxLength:"4000"`
}

func doneObligation(s *Server, ctx context.Context, who access.Actor, in *struct {
	InObligation
	InOnce
	Body Doing
}) (*oneOut[Obligation], error) {
	due, err := dayOf("due", in.Body.Due)
	if err != nil {
		return nil, err
	}
	on, err := dayOf("on", in.Body.On)
	if err != nil {
		return nil, err
	}
	if err := s.ISMS.ObligationDone(ctx, who, in.Obligation, isms.Doing{Due: due, On: on, Item: in.Body.Item, Note: in.Body.Note}, s.Now()); err != nil {
		return nil, err
	}
	return single(s.obligation(ctx, who, in.Obligation))
}

func undoneObligation(s *Server, ctx context.Context, who access.Actor, in *struct {
	InOrg
	InOnce
	Act  string `path:"act" maxLength:"100" doc:"Id of the word that is taken back."`
	Body Why
}) (*oneOut[Done], error) {
	return single(Done{true}, s.ISMS.ObligationUndone(ctx, who, in.Act, in.Body.Why, s.Now()))
}

// engagement is a date of the external audits as the store takes it.
func (t AuditDateText) engagement(id string) (isms.Engagement, error) {
	e := isms.Engagement{ID: id, Kind: isms.EngagementKind(t.Kind), Title: t.Title, Firm: t.Firm, State: isms.EngagementState(t.State), Note: t.Note}
	span, err := stretch("from", t.From, "to", t.To)
	if err != nil {
		return e, err
	}
	e.From, e.To = span.From, span.To
	if e.ReportOn, err = dayOf("report_on", t.ReportOn); err != nil {
		return e, err
	}
	e.Fee, err = isms.ReadMoney(t.Fee, t.Currency)
	return e, err
}

func createAuditDate(s *Server, ctx context.Context, who access.Actor, in *struct {
	InOrg
	InOnce
	Body AuditDateText
}) (*createdOut[AuditDate], error) {
	e, err := in.Body.engagement("")
	if err != nil {
		return nil, err
	}
	id, err := s.ISMS.EngagementPut(ctx, who, e, s.Now())
	out := told(AuditDate{ID: id, AuditDateText: in.Body})
	if err == nil && who.Can(access.ViewISMS) {
		out, err = s.auditDate(ctx, who, id)
	}
	return fresh(out, address(who, "isms", "plan", id), err)
}

func putAuditDate(s *Server, ctx context.Context, who access.Actor, in *struct {
	InAuditDate
	InMatch
	Body AuditDateChange
}) (*oneOut[AuditDate], error) {
	e, err := in.Body.engagement(in.Date)
	if err != nil {
		return nil, err
	}
	e.Why = in.Body.Why
	read := func() (AuditDate, error) { return s.auditDate(ctx, who, in.Date) }
	return replace(s, ctx, who, in.InMatch, read, func(ctx context.Context, _ AuditDate) error {
		_, err := s.ISMS.EngagementPut(ctx, who, e, s.Now())
		return err
	})
}

// Quarter is a quarter of a year.
type Quarter struct {
	Quarter string `json:"quarter" maxLength:"10" example:"2026 Q1"`
}

func quarterOf(text string) (isms.Quarter, error) {
	q, ok := isms.ParseQuarter(text)
	if !ok {
		return q, problem.Field("quarter", "This is no quarter. It looks like 2026 Q1.")
	}
	return q, nil
}

func beginProgramme(s *Server, ctx context.Context, who access.Actor, in *struct {
	InOrg
	InOnce
	Body Quarter
}) (*oneOut[Programme], error) {
	q, err := quarterOf(in.Body.Quarter)
	if err == nil {
		err = s.ISMS.BeginProgramme(ctx, who, q, s.Now())
	}
	if err != nil || !who.Can(access.ViewISMS) {
		return single(Programme{Begun: true, From: q.String()}, err)
	}
	return single(s.programme(ctx, who))
}

// Replanned is an entry of the programme with the reason of the change.
type Replanned struct {
	ProgrammeEntryText
	Reason string `json:"reason" maxLength:"2000" doc:"It stays in the history."`
}

func (t Replanned) entry(id string) (isms.AuditEntry, error) {
	q, err := quarterOf(t.Quarter)
	return isms.AuditEntry{ID: id, Quarter: q, Title: t.Title, Scope: refsSaid(t.Scope), Method: t.Method, Sample: t.Sample}, err
}

func createProgrammeEntry(s *Server, ctx context.Context, who access.Actor, in *struct {
	InOrg
	InOnce
	Body Replanned
}) (*createdOut[ProgrammeEntry], error) {
	e, err := in.Body.entry("")
	if err != nil {
		return nil, err
	}
	id, err := s.ISMS.ReplanEntry(ctx, who, e, in.Body.Reason, s.Now())
	out := told(ProgrammeEntry{ID: id, ProgrammeEntryText: in.Body.ProgrammeEntryText})
	if err == nil && who.Can(access.ViewISMS) {
		out, err = s.programmeEntry(ctx, who, id)
	}
	return fresh(out, address(who, "isms", "programme", "entries", id), err)
}

func putProgrammeEntry(s *Server, ctx context.Context, who access.Actor, in *struct {
	InProgrammeEntry
	InMatch
	Body Replanned
}) (*oneOut[ProgrammeEntry], error) {
	e, err := in.Body.entry(in.Entry)
	if err != nil {
		return nil, err
	}
	read := func() (ProgrammeEntry, error) { return s.programmeEntry(ctx, who, in.Entry) }
	return replace(s, ctx, who, in.InMatch, read, func(ctx context.Context, _ ProgrammeEntry) error {
		_, err := s.ISMS.ReplanEntry(ctx, who, e, in.Body.Reason, s.Now())
		return err
	})
}

func dropProgrammeEntry(s *Server, ctx context.Context, who access.Actor, in *struct {
	InProgrammeEntry
	InOnce
	Body Reason
}) (*oneOut[Done], error) {
	return single(Done{true}, s.ISMS.DropEntry(ctx, who, in.Entry, in.Body.Reason, s.Now()))
}
