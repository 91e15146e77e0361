package api

import (
	"context"
	"slices"
	"time"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/control"
	"github.com/toucan-grc/toucan/internal/isms"
)

// ObligationText is what an obligation asks from a day on.
type ObligationText struct {
	Title        string `json:"title" maxLength:"400"`
	Detail       string `json:"detail,omitempty" maxLength:"8000"`
	Every        string `json:"every" maxLength:"10" example:"P3M"`
	Basis        string `json:"basis" enum:"stated,customary,own" doc:"Whether a framework states the interval, audits expect it, or it is our choice."`
	Subject      string `json:"subject,omitempty" maxLength:"100" doc:"Of the vocabulary of policies, whose interval must agree."`
	Role         string `json:"role,omitempty" maxLength:"60" doc:"Who does it, as a role of the programme."`
	Person       string `json:"person,omitempty" maxLength:"100" doc:"Who does it, by id; goes before the role."`
	Kind         string `json:"kind" maxLength:"100" doc:"Of evidence that shows it."`
	Grace        int    `json:"grace,omitempty" minimum:"0" maximum:"400" doc:"Days after the due day before it counts as missed."`
	Closes       string `json:"closes" enum:"item,own,person" doc:"One record of its kind closes it, one that Toucan made, or a person's word with evidence."`
	Requirements []Ref  `json:"requirements,omitempty" maxItems:"100"`
	From         string `json:"from,omitempty" maxLength:"10" doc:"First day it holds; left out, or as it was read: today. Nothing is asked of the past."`
}

// ObligationChange is an obligation as it is to be.
type ObligationChange struct {
	ObligationText
	Why string `json:"why,omitempty" maxLength:"4000" doc:"Of the change."`
}

// Obligation is something the organisation does again and again.
type Obligation struct {
	Code string `json:"code" example:"OBL-01"`
	ObligationText
	Ended       bool        `json:"ended" doc:"It is asked no more."`
	Asks        string      `json:"asks,omitempty" doc:"The interval that holds, the strictest of all that bind." example:"quarterly"`
	Because     string      `json:"because,omitempty"`
	Binds       string      `json:"binds,omitempty" doc:"What its basis means here."`
	Differences []string    `json:"differences" doc:"Claims about the interval that do not agree."`
	Holders     []string    `json:"holders" doc:"Names of those who do it; none: nobody holds the role."`
	Present     *Occurrence `json:"present,omitempty"`
	Past        int         `json:"past" doc:"Occurrences that fell due so far."`
	Kept        int         `json:"kept" doc:"Of them, those done, and on record, in time."`
}

// Occurrence is one period of an obligation.
type Occurrence struct {
	From    string   `json:"from"`
	Due     string   `json:"due" doc:"Last day of the period."`
	Until   string   `json:"until" doc:"Last day of grace."`
	State   string   `json:"state" enum:"done,late,missed,due,not_yet_due"`
	Partly  bool     `json:"partly" doc:"The obligation began or changed within the period: not done is not missed."`
	Because string   `json:"because,omitempty"`
	Shown   []Record `json:"shown" doc:"What shows it, the oldest first."`
	Filed   string   `json:"filed,omitempty" doc:"First day on which any of that was on record here."`
	Late    bool     `json:"filed_late" doc:"It counts as done in time by the day somebody named, and came on record after the days of grace."`
}

// Record is something that shows that something was done.
type Record struct {
	Kind   string `json:"kind" doc:"Of the vocabulary of evidence."`
	Source string `json:"source" doc:"Where it stands." example:"evidence"`
	ID     string `json:"id"`
	Words  string `json:"words"`
	Item   string `json:"item,omitempty" doc:"Id of the evidence."`
	On     string `json:"on"`
	Lapses string `json:"lapses,omitempty" doc:"First day on which it may not be relied on."`
}

func recordOf(r isms.Record) Record {
	return Record{r.Kind, r.Source, r.ID, r.Words, r.Item, r.On.String(), r.Lapses.String()}
}

func occurrenceOf(x isms.Occurrence) Occurrence {
	return Occurrence{x.Period.From.String(), x.Due.String(), x.Until.String(), string(x.State), x.Partly, x.Because, each(x.Shown, recordOf), x.Filed.String(), x.FiledLate()}
}

func obligationOf(r isms.ObligationRow) Obligation {
	t := r.Text
	o := Obligation{Code: r.Code, Ended: t.Ended, Because: r.Interval.Because, Binds: r.Binds, Differences: nonNil(r.Differences), Holders: nonNil(r.Holders), Past: r.Past, Kept: r.Kept,
		ObligationText: ObligationText{t.Title, t.Detail, t.Every, string(t.Basis), t.Subject, t.Role, t.Person, t.Kind, t.Grace, string(t.Closes), refList(t.Requirements), t.From.String()}}
	if r.Interval.Every.Known() {
		o.Asks = r.Interval.Every.String()
	}
	if r.Known {
		p := occurrenceOf(r.Present)
		o.Present = &p
	}
	return o
}

// text is what the store keeps.
func (t ObligationText) text() (isms.ObligationText, error) {
	from, err := dayOf("from", t.From)
	return isms.ObligationText{Title: t.Title, Detail: t.Detail, Every: t.Every, Basis: isms.Basis(t.Basis), Subject: t.Subject, Role: t.Role, Person: t.Person, Kind: t.Kind,
		Grace: t.Grace, Closes: isms.Closing(t.Closes), Requirements: refsSaid(t.Requirements), From: from}, err
}

func listObligations(s *Server, ctx context.Context, who access.Actor, in *struct {
	InOrg
	InPage
	State string `query:"state" enum:"done,late,missed,due,not_yet_due,ended" doc:"Only those whose present occurrence stands so, or that are asked no more."`
}) (*listOut[Obligation], error) {
	all, err := s.ISMS.Obligations(ctx, who, s.Now())
	if err != nil {
		return nil, err
	}
	rows := slices.DeleteFunc(slices.Clone(all.Rows), func(r isms.ObligationRow) bool {
		switch in.State {
		case "":
			return false
		case "ended":
			return !r.Text.Ended
		}
		return !r.Known || string(r.Present.State) != in.State
	})
	return paged(in.InPage, each(rows, obligationOf), "obligations "+in.State, func(o Obligation) string { return o.Code }, control.CompareCodes)
}

// InObligation names an obligation.
type InObligation struct {
	InOrg
	Obligation string `path:"obligation" maxLength:"20" doc:"Its code." example:"OBL-01"`
}

func (s *Server) obligation(ctx context.Context, who access.Actor, code string) (Obligation, error) {
	v, err := s.ISMS.ObligationFind(ctx, who, code, s.Now())
	return obligationOf(v.ObligationRow), err
}

func getObligation(s *Server, ctx context.Context, who access.Actor, in *InObligation) (*oneOut[Obligation], error) {
	return single(s.obligation(ctx, who, in.Obligation))
}

func listOccurrences(s *Server, ctx context.Context, who access.Actor, in *struct {
	InObligation
	InPage
}) (*listOut[Occurrence], error) {
	v, err := s.ISMS.ObligationFind(ctx, who, in.Obligation, s.Now())
	if err != nil {
		return nil, err
	}
	return asListed(in.InPage, v.Occurrences, "occurrences of "+v.ID, func(x isms.Occurrence) string { return x.Due.String() }, occurrenceOf)
}

// ObligationAct is a person's word that an obligation was met for a period.
type ObligationAct struct {
	ID     string    `json:"id" doc:"What undone takes."`
	From   string    `json:"from"`
	Due    string    `json:"due"`
	On     string    `json:"on" doc:"When it was done."`
	Item   string    `json:"item,omitempty" doc:"Id of the evidence."`
	Title  string    `json:"item_title,omitempty"`
	Note   string    `json:"note,omitempty"`
	At     time.Time `json:"at"`
	ByName string    `json:"by_name,omitempty"`
}

func listObligationActs(s *Server, ctx context.Context, who access.Actor, in *struct {
	InObligation
	InPage
}) (*listOut[ObligationAct], error) {
	v, err := s.ISMS.ObligationFind(ctx, who, in.Obligation, s.Now())
	if err != nil {
		return nil, err
	}
	return newest(in.InPage, each(v.Acts, func(a isms.ObligationAct) ObligationAct {
		return ObligationAct{a.ID, a.Period.From.String(), a.Period.To.String(), a.On.String(), a.Item, a.ItemTitle, a.Note, a.At, v.Accounts[a.By]}
	}), "acts of "+v.ID, func(a ObligationAct) string { return a.ID })
}
