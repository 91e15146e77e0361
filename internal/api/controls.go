package api

import (
	"context"
	"slices"
	"strconv"
	"time"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/cadence"
	"github.com/toucan-grc/toucan/internal/control"
	"github.com/toucan-grc/toucan/internal/crosswalk"
	"github.com/toucan-grc/toucan/internal/framework"
	"github.com/toucan-grc/toucan/internal/problem"
)

// ControlText is what can be said of a control.
type ControlText struct {
	Code       string   `json:"code" maxLength:"60" doc:"What people call it; one control each." example:"AC-04"`
	Title      string   `json:"title" maxLength:"2000" doc:"One line, shown in lists."`
	Statement  string   `json:"statement,omitempty" maxLength:"20000" doc:"What is really done, by whom and when."`
	Domain     string   `json:"domain,omitempty" maxLength:"200" doc:"The organisation's own grouping."`
	Owner      string   `json:"owner,omitempty" maxLength:"100" doc:"Id in the register of persons."`
	Kind       string   `json:"kind,omitempty" enum:"periodic,continuous,event" doc:"What makes it act; left out when nobody has said."`
	Frequency  string   `json:"frequency,omitempty" maxLength:"200" example:"quarterly"`
	Evidence   []string `json:"evidence,omitempty" maxItems:"100" doc:"Kinds of evidence it leaves."`
	Population string   `json:"population,omitempty" maxLength:"2000" doc:"Where every instance can be listed from."`
	Status     string   `json:"status,omitempty" enum:"planned,on_paper,operated,unknown" doc:"What the organisation declares; a claim, not evidence."`
	Since      string   `json:"since,omitempty" format:"date" doc:"First day it is said to operate; left out: the day it was first declared operated." example:"2026-03-01"`
}

// Control is one thing the organisation does, as it stands now.
type Control struct {
	ID string `json:"id"`
	ControlText
	Version   int       `json:"version" doc:"Of what is in force."`
	UpdatedAt time.Time `json:"updated_at"`
	Origin    string    `json:"origin" doc:"How it came here." example:"entered"`
	Pending   *Version  `json:"pending,omitempty" doc:"Text that waits for a second person; not in lists."`
}

// Version is one version of a control.
type Version struct {
	Number     int       `json:"number"`
	At         time.Time `json:"at"`
	By         string    `json:"by" doc:"Id of the account that wrote it."`
	ByName     string    `json:"by_name"`
	What       string    `json:"what" doc:"What changed, in a sentence."`
	Title      string    `json:"title"`
	Statement  string    `json:"statement"`
	Approval   string    `json:"approval" enum:"not_needed,pending,approved,rejected,withdrawn"`
	ApprovedBy string    `json:"approved_by,omitempty" doc:"Id of the account that approved or withdrew it."`
	ApprovedAt time.Time `json:"approved_at,omitzero"`
}

func statusOf(s control.Status) string {
	if s == control.Unknown {
		return "unknown"
	}
	return string(s)
}

func controlOf(c control.Control) Control {
	return Control{ID: c.ID, Version: c.Version, UpdatedAt: c.UpdatedAt, Origin: c.Origin, ControlText: ControlText{
		Code: c.Code, Title: c.Title, Statement: c.Statement, Domain: c.Domain, Owner: c.Owner, Kind: string(c.Kind), Frequency: c.Frequency,
		Evidence: c.Evidence, Population: c.Population, Status: statusOf(c.Status), Since: c.Since.String()}}
}

// into says it of a control; what the body leaves out becomes empty.
func (t ControlText) into(c control.Control) control.Control {
	c.Code, c.Title, c.Statement, c.Domain, c.Owner, c.Kind = t.Code, t.Title, t.Statement, t.Domain, t.Owner, control.Kind(t.Kind)
	c.Frequency, c.Evidence, c.Population, c.Status = t.Frequency, t.Evidence, t.Population, control.Status(t.Status)
	c.Since, _ = cadence.ParseDate(t.Since) // the schema lets nothing but a date or nothing through
	if t.Status == "unknown" {
		c.Status = control.Unknown
	}
	return c
}

func versionOf(v control.Version) Version {
	out := Version{Number: v.Number, At: v.At, By: v.By, ByName: v.ByName, What: v.What, Title: v.Title, Statement: v.Statement, Approval: string(v.Approval), ApprovedBy: v.ApprovedBy}
	if v.Approval == control.NotNeeded {
		out.Approval = "not_needed"
	}
	if v.ApprovedBy != "" {
		out.ApprovedAt = v.ApprovedAt
	}
	return out
}

func listControls(s *Server, ctx context.Context, who access.Actor, in *struct {
	InOrg
	InPage
	Text   string `query:"text" maxLength:"200" doc:"Only those with this in code, title or statement."`
	Domain string `query:"domain" maxLength:"200"`
	Owner  string `query:"owner" maxLength:"100" doc:"Id in the register of persons."`
	Status string `query:"status" enum:"planned,on_paper,operated,unknown"`
	Kind   string `query:"kind" enum:"periodic,continuous,event"`
}) (*listOut[Control], error) {
	f := control.Filter{Text: in.Text, Domain: in.Domain, Owner: in.Owner, Status: in.Status, Kind: in.Kind}
	found, err := s.list(ctx, who, f)
	if err != nil {
		return nil, err
	}
	page, err := paged(in.InPage, found, "controls "+fingerprint([]byte(in.Text+"\x00"+in.Domain+"\x00"+in.Owner+"\x00"+in.Status+"\x00"+in.Kind)),
		func(c control.Control) string { return c.Code }, control.CompareCodes)
	if err != nil {
		return nil, err
	}
	out := &listOut[Control]{List[Control]{Items: []Control{}, Next: page.Body.Next, Total: page.Body.Total}}
	for _, c := range page.Body.Items {
		out.Body.Items = append(out.Body.Items, controlOf(c))
	}
	return out, nil
}

// list is Controls.List, without reading the whole list again for each page of it.
func (s *Server) list(ctx context.Context, who access.Actor, f control.Filter) ([]control.Control, error) {
	if f != (control.Filter{}) {
		return s.Controls.List(ctx, who, f)
	}
	lib, err := s.library(ctx, who)
	if err != nil {
		return nil, err
	}
	v, err := s.inventory(ctx, who, lib)
	return v.controls, err
}

func createControl(s *Server, ctx context.Context, who access.Actor, in *struct {
	InOrg
	InOnce
	Body ControlText
}) (*createdOut[Control], error) {
	c, err := s.Controls.Create(ctx, who, in.Body.into(control.Control{}), s.Now())
	return fresh(controlOf(c), address(who, "controls", c.Code), err)
}

type InControl struct {
	InOrg
	Code string `path:"code" maxLength:"60" doc:"The control's code, in whatever case." example:"AC-04"`
}

// control reads a control with the text that waits.
func (s *Server) control(ctx context.Context, who access.Actor, code string) (Control, error) {
	c, err := s.Controls.Find(ctx, who, code)
	if err != nil {
		return Control{}, err
	}
	out := controlOf(c)
	vs, err := s.Controls.History(ctx, who, c.Code)
	for _, v := range vs {
		if v.Approval == control.Pending {
			p := versionOf(v)
			out.Pending = &p
			break
		}
	}
	return out, err
}

func getControl(s *Server, ctx context.Context, who access.Actor, in *InControl) (*oneOut[Control], error) {
	return single(s.control(ctx, who, in.Code))
}

func putControl(s *Server, ctx context.Context, who access.Actor, in *struct {
	InControl
	InMatch
	Body ControlText
}) (*oneOut[Control], error) {
	code := in.Code // a change may give it another
	read := func() (Control, error) { return s.control(ctx, who, code) }
	return replace(s, ctx, who, in.InMatch, read, func(ctx context.Context, now Control) error {
		have := control.Control{ID: now.ID, Version: now.Version, Origin: now.Origin}
		_, err := s.Controls.Edit(ctx, who, in.Body.into(have), s.Now())
		if err == nil {
			code = in.Body.Code
		}
		return err
	})
}

func listVersions(s *Server, ctx context.Context, who access.Actor, in *struct {
	InControl
	InPage
}) (*listOut[Version], error) {
	vs, err := s.Controls.History(ctx, who, in.Code)
	if err != nil {
		return nil, err
	}
	slices.SortFunc(vs, func(a, b control.Version) int { return b.Number - a.Number })
	list := make([]Version, len(vs))
	for i, v := range vs {
		list[i] = versionOf(v)
	}
	return paged(in.InPage, list, "versions "+in.Code, func(v Version) string { return strconv.Itoa(v.Number) }, func(a, b string) int {
		x, _ := strconv.Atoi(a)
		y, _ := strconv.Atoi(b)
		return y - x
	})
}

type InVersion struct {
	InControl
	InOnce
	Number int `path:"number" minimum:"1"`
}

// controlled answers with the control after an act, to whoever may see it.
func (s *Server) controlled(ctx context.Context, who access.Actor, code string, err error) (*oneOut[Control], error) {
	if err != nil || !who.Can(access.ViewControls) {
		return single(Control{ControlText: ControlText{Code: code}}, err)
	}
	return single(s.control(ctx, who, code))
}

func approveVersion(s *Server, ctx context.Context, who access.Actor, in *InVersion) (*oneOut[Control], error) {
	return s.controlled(ctx, who, in.Code, s.Controls.Approve(ctx, who, in.Code, in.Number, s.Now()))
}

func withdrawVersion(s *Server, ctx context.Context, who access.Actor, in *InVersion) (*oneOut[Control], error) {
	return s.controlled(ctx, who, in.Code, s.Controls.Withdraw(ctx, who, in.Code, in.Number, s.Now()))
}

// Links is everything a control counts for.
type Links struct {
	Links []Link `json:"links" maxItems:"500"`
}

// Link says that a control counts for a requirement.
type Link struct {
	Framework   string `json:"framework" maxLength:"100" example:"soc2-2017"`
	Requirement string `json:"requirement" maxLength:"100" example:"CC6.1"`
	Relation    string `json:"relation,omitempty" enum:"equal,subset,superset,intersects,overlaps" doc:"Control to requirement; left out for a tag whose relation nobody stated."`
	Rationale   string `json:"rationale,omitempty" maxLength:"2000"`
}

func (s *Server) links(ctx context.Context, who access.Actor, code string) (Links, string, error) {
	out := Links{Links: []Link{}}
	c, err := s.Controls.Find(ctx, who, code)
	if err != nil {
		return out, "", err
	}
	list, err := s.Crosswalk.LinksOf(ctx, who, c.ID, s.Now())
	for _, l := range list {
		out.Links = append(out.Links, Link{l.Ref.Framework, l.Ref.ID, l.Relation, l.Rationale})
	}
	return out, c.ID, err
}

func getLinks(s *Server, ctx context.Context, who access.Actor, in *InControl) (*oneOut[Links], error) {
	l, _, err := s.links(ctx, who, in.Code)
	return single(l, err)
}

func putLinks(s *Server, ctx context.Context, who access.Actor, in *struct {
	InControl
	InMatch
	Body Links
}) (*oneOut[Links], error) {
	var want []crosswalk.Link
	for _, l := range in.Body.Links {
		want = append(want, crosswalk.Link{Ref: framework.Ref{Framework: l.Framework, ID: l.Requirement}, Relation: l.Relation, Rationale: l.Rationale})
	}
	var id string
	read := func() (l Links, err error) {
		l, id, err = s.links(ctx, who, in.Code)
		return l, err
	}
	return replace(s, ctx, who, in.InMatch, read, func(ctx context.Context, _ Links) error {
		return s.Crosswalk.SetLinks(ctx, who, id, want, s.Now())
	})
}

// errNoFile is what an import without a file is told.
var errNoFile = problem.Field("file", "Send the list as the part file of a form: a CSV or XLSX file.")
