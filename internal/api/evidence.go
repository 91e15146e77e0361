package api

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/cadence"
	"github.com/toucan-grc/toucan/internal/control"
	"github.com/toucan-grc/toucan/internal/evidence"
	"github.com/toucan-grc/toucan/internal/framework"
	"github.com/toucan-grc/toucan/internal/problem"
)

// Days is a stretch of civil days.
type Days struct {
	From string `json:"from" format:"date" doc:"The first day of it." example:"2026-01-01"`
	To   string `json:"to" format:"date" doc:"The last day of it." example:"2026-03-31"`
}

// EvidenceLink is an address that evidence points at.
type EvidenceLink struct {
	URL    string `json:"url" maxLength:"2000" example:"https://tickets.example/OPS-17"`
	SHA256 string `json:"sha256,omitempty" maxLength:"64" doc:"Of what stood there when it was captured; left out when nobody hashed it."`
}

// EvidenceText is what can be said of a piece of evidence.
type EvidenceText struct {
	Title        string         `json:"title" maxLength:"2000" doc:"One line, shown in lists." example:"Access review, first quarter"`
	Note         string         `json:"note,omitempty" maxLength:"20000" doc:"What a reader should know."`
	Kind         string         `json:"kind" maxLength:"100" doc:"Of the vocabulary of evidence kinds." example:"access-review-record"`
	CapturedAt   time.Time      `json:"captured_at" doc:"When the system was observed, not when the file is sent."`
	Period       *Days          `json:"period,omitempty" doc:"The stretch it speaks of; left out when it speaks of the moment of capture."`
	ValidForDays int            `json:"valid_for_days,omitempty" minimum:"0" maximum:"7300" doc:"How long from its capture it may be relied on, in days of 24 hours; left out if it never lapses."`
	Source       string         `json:"source,omitempty" enum:"person,connector,agent,system" doc:"Who or what captured it; left out: the person the token acts for."`
	Collector    string         `json:"collector,omitempty" maxLength:"400" doc:"Name of the program that captured it, when the source is no person." example:"backup-report"`
	Version      string         `json:"version,omitempty" maxLength:"200" doc:"Of that program."`
	Links        []EvidenceLink `json:"links,omitempty" maxItems:"100"`
	Supersedes   string         `json:"supersedes,omitempty" maxLength:"100" doc:"Id of the evidence it corrects. What that one counts for is taken over when nothing is named here."`
	Request      string         `json:"request,omitempty" maxLength:"100" doc:"Id of the request it answers. The controls of the request are taken over."`
}

// NewEvidence is evidence on its way in.
type NewEvidence struct {
	EvidenceText
	Controls     []string `json:"controls,omitempty" maxItems:"500" doc:"Controls it is offered for, by code or id." example:"AC-04"`
	Requirements []Ref    `json:"requirements,omitempty" maxItems:"500" doc:"Requirements it is offered for directly."`
}

// EvidenceFile is one file of a piece of evidence.
type EvidenceFile struct {
	Name   string `json:"name" doc:"As it was called when it was filed."`
	Media  string `json:"media" doc:"Found out from the bytes." example:"application/pdf"`
	Bytes  int64  `json:"bytes"`
	SHA256 string `json:"sha256"`
}

// EvidenceTag says what evidence is offered for, and since when.
type EvidenceTag struct {
	Control     string    `json:"control,omitempty" doc:"Id of the control."`
	Code        string    `json:"code,omitempty" doc:"Its code, if the token may see controls."`
	Requirement *Ref      `json:"requirement,omitempty"`
	At          time.Time `json:"at"`
	By          string    `json:"by" doc:"Id of the account."`
}

// Erased is what stays of evidence whose content was erased.
type Erased struct {
	At     time.Time `json:"at"`
	By     string    `json:"by,omitempty" doc:"Id of the account; absent when its time was over."`
	Reason string    `json:"reason"`
}

// Evidence is one artefact that shows that a control operated.
type Evidence struct {
	ID string `json:"id"`
	EvidenceText
	FiledAt      time.Time      `json:"filed_at"`
	FiledBy      string         `json:"filed_by" doc:"Id of the account."`
	LapsesAt     time.Time      `json:"lapses_at,omitzero" doc:"First moment at which it may not be relied on any more; absent if it never lapses."`
	Files        []EvidenceFile `json:"files"`
	Tags         []EvidenceTag  `json:"tags" doc:"What it is offered for."`
	Counts       bool           `json:"counts" doc:"It was neither rejected nor superseded nor erased, and has not lapsed."`
	Review       string         `json:"review" enum:"unreviewed,accepted,rejected"`
	ReviewedBy   string         `json:"reviewed_by,omitempty" doc:"Id of the account."`
	ReviewedAt   time.Time      `json:"reviewed_at,omitzero"`
	ReviewNote   string         `json:"review_note,omitempty"`
	SupersededBy string         `json:"superseded_by,omitempty" doc:"Id of the evidence that took its place."`
	Erased       *Erased        `json:"erased,omitempty"`
}

func evidenceOf(i evidence.Item, codes map[string]string, now time.Time) Evidence {
	out := Evidence{ID: i.ID, FiledAt: i.FiledAt, FiledBy: i.FiledBy, LapsesAt: i.LapsesAt(), Files: []EvidenceFile{}, Tags: []EvidenceTag{},
		Counts: i.Stands() && i.Current(now), Review: "unreviewed", ReviewNote: i.ReviewNote, SupersededBy: i.SupersededBy,
		EvidenceText: EvidenceText{Title: i.Title, Note: i.Note, Kind: i.Kind, CapturedAt: i.CapturedAt, ValidForDays: int(i.ValidFor / (24 * time.Hour)),
			Source: string(i.Source), Collector: i.Collector, Version: i.Version, Supersedes: i.Supersedes, Request: i.Request}}
	if i.Period.Known() {
		out.Period = &Days{i.Period.From.String(), i.Period.To.String()}
	}
	for _, l := range i.Links {
		out.Links = append(out.Links, EvidenceLink(l))
	}
	for _, f := range i.Files {
		out.Files = append(out.Files, EvidenceFile(f))
	}
	for _, t := range i.Tags {
		tag := EvidenceTag{Control: t.Control, Code: codes[t.Control], At: t.At, By: t.By}
		if t.Control == "" {
			r := refOf(t.Requirement)
			tag.Requirement = &r
		}
		out.Tags = append(out.Tags, tag)
	}
	if i.Review != evidence.Unreviewed {
		out.Review, out.ReviewedBy, out.ReviewedAt = string(i.Review), i.ReviewedBy, i.ReviewedAt
	}
	if e := i.Erased; e != nil {
		out.Erased = &Erased{e.At, e.By, e.Reason}
	}
	return out
}

// codes are the codes of all controls by id, or nothing for a token that may not
// see controls.
func (s *Server) codes(ctx context.Context, who access.Actor) (map[string]string, error) {
	if !who.Can(access.ViewControls) {
		return nil, nil
	}
	list, err := s.list(ctx, who, control.Filter{})
	codes := make(map[string]string, len(list))
	for _, c := range list {
		codes[c.ID] = c.Code
	}
	return codes, err
}

// EvidenceList is one page of evidence.
type EvidenceList struct {
	List[Evidence]
	More bool `json:"more,omitempty" doc:"Total stops at 10,000, and there are more."`
}

// EvidenceFilter chooses evidence.
type EvidenceFilter struct {
	Control      string    `query:"control" maxLength:"100" doc:"Only what is offered for this control, by code."`
	Framework    string    `query:"framework" maxLength:"100" doc:"Only what is offered for a requirement of this framework directly."`
	Requirement  string    `query:"requirement" maxLength:"100" doc:"Only what is offered for this requirement of framework directly."`
	Through      bool      `query:"through" doc:"With framework: also what is offered for a control that counts for it."`
	Kind         string    `query:"kind" maxLength:"100"`
	Source       string    `query:"source" enum:"person,connector,agent,system"`
	Review       string    `query:"review" enum:"unreviewed,accepted,rejected"`
	Text         string    `query:"text" maxLength:"200" doc:"Only what has this in title, note or the name of a file."`
	CapturedFrom time.Time `query:"captured_from" doc:"Only what was captured then or later."`
	CapturedTo   time.Time `query:"captured_to" doc:"Only what was captured earlier."`
	State        string    `query:"state" enum:"current,lapsed,untagged,superseded,erased" doc:"Left out: all but what was superseded or erased."`
}

func (s *Server) evidenceFilter(ctx context.Context, who access.Actor, in EvidenceFilter) (evidence.Filter, error) {
	f := evidence.Filter{Requirement: framework.Ref{Framework: in.Framework, ID: in.Requirement}, Through: in.Through, Kind: in.Kind, Source: evidence.Source(in.Source), Text: in.Text}
	if in.Requirement != "" && in.Framework == "" {
		return f, inQuery("framework", problem.New(problem.Invalid, "Name the framework the requirement belongs to."))
	}
	if in.Control != "" {
		c, err := s.Controls.Find(ctx, who, in.Control)
		if err != nil {
			return f, inQuery("control", err)
		}
		f.Control = c.ID
	}
	switch review := evidence.Review(in.Review); in.Review {
	case "":
	case "unreviewed":
		review = evidence.Unreviewed
		f.Review = &review
	default:
		f.Review = &review
	}
	f.CapturedFrom, f.CapturedTo = in.CapturedFrom, in.CapturedTo
	f.Current, f.Lapsed, f.Untagged = in.State == "current", in.State == "lapsed", in.State == "untagged"
	f.SupersededOnly, f.ErasedOnly = in.State == "superseded", in.State == "erased"
	return f, nil
}

// inQuery says which parameter a problem is about.
func inQuery(name string, err error) error { return at("query."+name, err) }

// at says which part of a request a problem is about.
func at(location string, err error) error {
	if err == nil {
		return nil
	}
	p := problemOf(err)
	p.Errors = []FieldError{{location, p.Detail}}
	return p
}

func listEvidence(s *Server, ctx context.Context, who access.Actor, in *struct {
	InOrg
	InPage
	EvidenceFilter
}) (*struct{ Body EvidenceList }, error) {
	f, err := s.evidenceFilter(ctx, who, in.EvidenceFilter)
	if err != nil {
		return nil, err
	}
	f.After, f.Limit = in.Cursor, in.Limit
	page, err := s.Evidence.List(ctx, who, f, s.Now())
	if err != nil {
		if p := problem.Of(err); p.Field == "after" {
			err = inQuery("cursor", err)
		}
		return nil, err
	}
	codes, err := s.codes(ctx, who)
	if err != nil {
		return nil, err
	}
	out := &struct{ Body EvidenceList }{EvidenceList{List[Evidence]{Items: []Evidence{}, Next: page.Next, Total: page.Total}, page.More}}
	for _, i := range page.Items {
		out.Body.Items = append(out.Body.Items, evidenceOf(i, codes, s.Now()))
	}
	return out, nil
}

// InEvidence names one piece of evidence.
type InEvidence struct {
	InOrg
	Item string `path:"item" maxLength:"100" doc:"Id of the evidence."`
}

func getEvidence(s *Server, ctx context.Context, who access.Actor, in *InEvidence) (*oneOut[Evidence], error) {
	return single(s.evidence(ctx, who, in.Item))
}

func (s *Server) evidence(ctx context.Context, who access.Actor, id string) (Evidence, error) {
	i, err := s.Evidence.Find(ctx, who, id)
	if err != nil {
		return Evidence{}, err
	}
	codes, err := s.codes(ctx, who)
	return evidenceOf(i, codes, s.Now()), err
}

// EvidenceReview is what a second person says of evidence.
type EvidenceReview struct {
	Review string `json:"review" enum:"unreviewed,accepted,rejected" doc:"What is rejected is shown and never counted; unreviewed takes the word back."`
	Note   string `json:"note,omitempty" maxLength:"20000" doc:"Why; required to reject."`
}

func reviewEvidence(s *Server, ctx context.Context, who access.Actor, in *struct {
	InEvidence
	InOnce
	Body EvidenceReview
}) (*oneOut[Evidence], error) {
	review := evidence.Review(in.Body.Review)
	if in.Body.Review == "unreviewed" {
		review = evidence.Unreviewed
	}
	if err := s.Evidence.Review(ctx, who, in.Item, review, in.Body.Note, s.Now()); err != nil {
		return nil, err
	}
	if !who.Can(access.ViewEvidence) { // the word is recorded; the item is not theirs to read
		return single(told(Evidence{ID: in.Item, Review: in.Body.Review}), nil)
	}
	return single(s.evidence(ctx, who, in.Item))
}

// EvidenceTags says what evidence is offered for from now on, or no longer.
type EvidenceTags struct {
	Items        []string `json:"items" minItems:"1" maxItems:"500" doc:"Ids of the evidence."`
	Controls     []string `json:"controls,omitempty" maxItems:"500" doc:"By code or id."`
	Requirements []Ref    `json:"requirements,omitempty" maxItems:"500"`
	Remove       bool     `json:"remove,omitempty" doc:"Take it back: with what is known now, it never counted there."`
}

// Retagged says how many items changed.
type Retagged struct {
	Changed int `json:"changed" doc:"How many pieces of evidence changed; the others were as asked already."`
}

func tagEvidence(s *Server, ctx context.Context, who access.Actor, in *struct {
	InOrg
	InOnce
	Body EvidenceTags
}) (*oneOut[Retagged], error) {
	tag := s.Evidence.Tag
	if in.Body.Remove {
		tag = s.Evidence.Untag
	}
	n, err := tag(ctx, who, in.Body.Items, evidence.Target{Controls: in.Body.Controls, Requirements: refs(in.Body.Requirements)}, s.Now())
	return single(Retagged{n}, err)
}

func refs(list []Ref) []framework.Ref {
	var out []framework.Ref
	for _, r := range list {
		out = append(out, r.ref())
	}
	return out
}

// NewRequest asks a person for evidence.
type NewRequest struct {
	Person   string   `json:"person" maxLength:"100" doc:"Id in the register of persons."`
	Kind     string   `json:"kind" maxLength:"100" doc:"Of evidence, of the vocabulary." example:"access-review-record"`
	Controls []string `json:"controls" maxItems:"500" doc:"By code or id; the answer is offered for them."`
	DueOn    string   `json:"due_on" format:"date" doc:"The day it is needed by." example:"2026-04-15"`
	Note     string   `json:"note,omitempty" maxLength:"20000" doc:"What exactly is needed."`
}

// Request asks a person for evidence by a day.
type Request struct {
	ID string `json:"id"`
	NewRequest
	State      string    `json:"state" enum:"open,answered,accepted,cancelled"`
	Overdue    bool      `json:"overdue" doc:"The day is over and nothing has come yet."`
	AskedAt    time.Time `json:"asked_at"`
	AskedBy    string    `json:"asked_by" doc:"Id of the account."`
	AnsweredAt time.Time `json:"answered_at,omitzero"`
	ClosedAt   time.Time `json:"closed_at,omitzero"`
	Items      []string  `json:"items" doc:"Ids of the evidence that came."`
}

func requestOf(r evidence.Request, today cadence.Date) Request {
	return Request{ID: r.ID, State: string(r.State), Overdue: r.Overdue(today), AskedAt: r.AskedAt, AskedBy: r.AskedBy, AnsweredAt: r.AnsweredAt, ClosedAt: r.ClosedAt, Items: nonNil(r.Items),
		NewRequest: NewRequest{Person: r.Person, Kind: r.Kind, Controls: nonNil(r.Controls), DueOn: r.DueOn.String(), Note: r.Note}}
}

// today is the day it is where the organisation is.
func (s *Server) today(ctx context.Context, who access.Actor) (cadence.Date, error) {
	o, err := s.Access.Organisation(ctx, who)
	if err != nil {
		return 0, err
	}
	zone, err := time.LoadLocation(o.Zone)
	return cadence.DateOf(s.Now(), zone), err
}

func listRequests(s *Server, ctx context.Context, who access.Actor, in *struct {
	InOrg
	InPage
	State  string `query:"state" enum:"open,answered,accepted,cancelled"`
	Person string `query:"person" maxLength:"100" doc:"Id in the register of persons."`
}) (*listOut[Request], error) {
	found, err := s.Evidence.Requests(ctx, who, evidence.RequestFilter{State: evidence.RequestState(in.State), Person: in.Person})
	if err != nil {
		return nil, err
	}
	today, err := s.today(ctx, who)
	if err != nil {
		return nil, err
	}
	list := make([]Request, len(found))
	for n, r := range found {
		list[n] = requestOf(r, today)
	}
	slices.SortFunc(list, func(a, b Request) int { return strings.Compare(dueKey(a), dueKey(b)) })
	return paged(in.InPage, list, fmt.Sprintf("requests %q %q", in.State, in.Person), dueKey, strings.Compare)
}

// dueKey orders requests by the day they are due.
func dueKey(r Request) string { return r.DueOn + " " + r.ID }

func createRequest(s *Server, ctx context.Context, who access.Actor, in *struct {
	InOrg
	InOnce
	Body NewRequest
}) (*oneOut[Request], error) {
	due, err := cadence.ParseDate(in.Body.DueOn)
	if err != nil {
		return nil, problem.Field("due_on", "Give the day it is needed by, such as 2026-04-15.")
	}
	r, err := s.Evidence.Ask(ctx, who, evidence.Ask{Person: in.Body.Person, Kind: in.Body.Kind, Controls: in.Body.Controls, DueOn: due, Note: in.Body.Note}, s.Now())
	if err != nil {
		return nil, err
	}
	today, err := s.today(ctx, who)
	return single(requestOf(r, today), err)
}
