package api

import (
	"context"
	"strings"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/control"
	"github.com/toucan-grc/toucan/internal/crosswalk"
	"github.com/toucan-grc/toucan/internal/problem"
)

// Entry is one control of the library that ships, and whether it was adopted.
type Entry struct {
	Code          string   `json:"code" example:"AC-04"`
	Title         string   `json:"title"`
	Statement     string   `json:"statement"`
	Domain        string   `json:"domain"`
	OwnerFunction string   `json:"owner_function" doc:"The function that runs it."`
	Kind          string   `json:"kind" enum:"periodic,continuous,event"`
	Frequency     string   `json:"frequency,omitempty"`
	Evidence      []string `json:"evidence" doc:"Kinds of evidence it leaves."`
	Control       string   `json:"control,omitempty" doc:"Code of the organisation's control that was adopted from it; absent if none was."`
	Drift         string   `json:"drift,omitempty" doc:"How that control differs from the entry." example:"same"`
	Digest        string   `json:"digest" doc:"Names the present wording; an update must say which one it was made on."`
}

// EntryDetail is one entry with what it counts for and how the control differs.
type EntryDetail struct {
	Entry
	Links   []Link       `json:"links"`
	Changes []EntryDrift `json:"changes" doc:"Fields in which the adopted control and the entry differ, or that changed here."`
}

// EntryDrift is one field of an adopted control beside its entry.
type EntryDrift struct {
	Field   string `json:"field"`
	Adopted string `json:"adopted" doc:"As the entry was when it was adopted."`
	Here    string `json:"here" doc:"As the organisation has it."`
	Shipped string `json:"shipped" doc:"As the entry is now."`
	Newer   bool   `json:"newer" doc:"The library has newer words."`
}

func (s *Server) entry(e control.Entry, a *adoption) Entry {
	out := Entry{Code: e.Code, Title: e.Title, Statement: e.Statement, Domain: e.Domain, OwnerFunction: e.OwnerFunction, Kind: string(e.Kind),
		Frequency: e.Frequency, Evidence: nonNil(e.Evidence), Digest: s.Crosswalk.Reach().Digest(e.Code)}
	if a != nil {
		out.Control, out.Drift = a.control.Code, string(a.drift.State)
	}
	return out
}

// taken returns what was adopted, by entry.
func (s *Server) taken(ctx context.Context, who access.Actor) (map[string]*adoption, inventory, error) {
	lib, err := s.library(ctx, who)
	if err != nil {
		return nil, inventory{}, err
	}
	v, err := s.inventory(ctx, who, lib)
	out := map[string]*adoption{}
	for i := range v.adopted {
		out[v.adopted[i].Entry] = &v.adopted[i]
	}
	return out, v, err
}

func listEntries(s *Server, ctx context.Context, who access.Actor, in *struct {
	InOrg
	InPage
	Domain  string `query:"domain" maxLength:"200"`
	Adopted string `query:"adopted" enum:"true,false"`
	Text    string `query:"text" maxLength:"200" doc:"Only those with this in code, title or statement."`
}) (*listOut[Entry], error) {
	taken, _, err := s.taken(ctx, who)
	if err != nil {
		return nil, err
	}
	var list []Entry
	text := strings.ToLower(strings.TrimSpace(in.Text))
	for _, e := range s.Crosswalk.Reach().Library.Entries {
		a := taken[e.Code]
		if (in.Domain == "" || e.Domain == in.Domain) && (in.Adopted == "" || (in.Adopted == "true") == (a != nil)) &&
			strings.Contains(strings.ToLower(e.Code+"\n"+e.Title+"\n"+e.Statement), text) {
			list = append(list, s.entry(e, a))
		}
	}
	which := strings.Join([]string{"library", in.Domain, in.Adopted, text}, "\x00")
	return paged(in.InPage, list, which, func(e Entry) string { return e.Code }, control.CompareCodes)
}

// InEntry is what every operation on one entry takes.
type InEntry struct {
	InOrg
	Entry string `path:"entry" maxLength:"60" doc:"Code of the library." example:"AC-04"`
}

func getEntry(s *Server, ctx context.Context, who access.Actor, in *InEntry) (*oneOut[EntryDetail], error) {
	reach := s.Crosswalk.Reach()
	e, ok := reach.Library.Find(in.Entry)
	if !ok {
		return nil, problem.New(problem.NotFound, "The library has no %q.", in.Entry)
	}
	taken, _, err := s.taken(ctx, who)
	if err != nil {
		return nil, err
	}
	a := taken[e.Code]
	out := EntryDetail{Entry: s.entry(e, a), Links: []Link{}, Changes: []EntryDrift{}}
	for _, l := range reach.Links(e.Code) {
		out.Links = append(out.Links, Link{l.Ref.Framework, l.Ref.ID, l.Relation, l.Rationale})
	}
	if a != nil {
		for _, f := range a.drift.Fields {
			out.Changes = append(out.Changes, EntryDrift{f.Field, f.Adopted, f.Here, f.Shipped, f.Newer()})
		}
	}
	return single(out, nil)
}

// Plan is the order in which to adopt entries for one framework.
type Plan struct {
	Framework string     `json:"framework"`
	Before    int        `json:"before" doc:"Requirements closed by what was adopted already, once it operates."`
	Closed    int        `json:"closed" doc:"Requirements closed once the whole plan operates."`
	Of        int        `json:"of" doc:"Requirements in scope."`
	Steps     []PlanStep `json:"steps"`
	Knee      int        `json:"knee" doc:"Number of steps up to which each set closes at least as many requirements as it has controls."`
	Open      []PlanOpen `json:"open" doc:"Requirements that the library does not complete."`
	Unknown   []string   `json:"unknown" doc:"Requirements of which the library does not say what meets them."`
}

// PlanStep is one entry and what adopting it closes.
type PlanStep struct {
	Entry       string   `json:"entry"`
	Title       string   `json:"title"`
	For         string   `json:"for" doc:"Requirement it was chosen for."`
	Closes      []string `json:"closes"`
	Closed      int      `json:"closed" doc:"Requirements closed so far."`
	Occurrences int      `json:"occurrences" doc:"A year, of the periodic controls so far."`
	Standing    int      `json:"standing" doc:"Controls without a period so far."`
	Evidence    int      `json:"evidence" doc:"Kinds of evidence to keep so far."`
	Partial     bool     `json:"partial" doc:"Chosen for a requirement that the library does not complete."`
}

// PlanOpen is a requirement that the library does not complete.
type PlanOpen struct {
	Requirement string   `json:"requirement"`
	Controls    []string `json:"controls" doc:"What the library has for it."`
	Missing     string   `json:"missing"`
}

func getPlan(s *Server, ctx context.Context, who access.Actor, in *struct {
	InOrg
	Framework string `query:"framework" required:"true" maxLength:"100" example:"iso27001-2022"`
}) (*oneOut[Plan], error) {
	st, err := s.design(ctx, who)
	if err != nil {
		return nil, err
	}
	f, err := st.framework(in.Framework, "query.framework")
	if err != nil {
		return nil, err
	}
	v, err := s.inventory(ctx, who, st.library)
	if err != nil {
		return nil, err
	}
	have := map[string]bool{}
	for _, a := range v.adopted {
		have[a.Entry] = true
	}
	p := s.Crosswalk.Reach().PlanFor(f, have, st.outside(f, v))
	out := Plan{Framework: f.ID, Before: p.Before, Closed: p.Closed, Of: p.Of, Knee: p.Knee, Steps: []PlanStep{}, Open: []PlanOpen{}, Unknown: nonNil(p.Unknown)}
	for _, x := range p.Steps {
		out.Steps = append(out.Steps, PlanStep{x.Entry.Code, x.Entry.Title, x.For, nonNil(x.Closes), x.Closed, x.Effort.Occurrences, x.Effort.Standing, x.Effort.Evidence, x.Partial})
	}
	for _, c := range p.Open {
		out.Open = append(out.Open, PlanOpen{c.Target.ID, nonNil(c.Controls), c.Note})
	}
	return single(out, nil)
}

// Adoption is which entries to adopt, and how.
type Adoption struct {
	Entries []string          `json:"entries" minItems:"1" maxItems:"1000" doc:"Codes of the library."`
	Status  string            `json:"status,omitempty" enum:"planned,on_paper,operated" doc:"Declared for controls that are new; left out: planned."`
	Owners  map[string]string `json:"owners,omitempty" doc:"Function of the entry to id of a person, for controls that are new."`
	As      map[string]string `json:"as,omitempty" doc:"Entry to the code of the control it is kept as, where that is not the entry's own."`
}

// AdoptionResult says what adopting did, or would do, as codes of the library.
type AdoptionResult struct {
	DryRun    bool     `json:"dry_run" doc:"Nothing was written."`
	Created   []string `json:"created"`
	Attached  []string `json:"attached" doc:"The organisation has the control; its origin is remembered and missing links are added."`
	Unchanged []string `json:"unchanged"`
	Clashes   []Clash  `json:"clashes" doc:"Left alone: a person must say what is meant."`
	Links     int      `json:"links" doc:"Links that were not there before; 0 in a dry run."`
}

// Clash is an entry that was left alone.
type Clash struct {
	Entry  string `json:"entry"`
	Code   string `json:"code" doc:"Of the control it clashes with."`
	Reason string `json:"reason"`
}

func adoptEntries(s *Server, ctx context.Context, who access.Actor, in *struct {
	InOrg
	InOnce
	DryRun bool `query:"dry_run" doc:"Say what would happen, and write nothing."`
	Body   Adoption
}) (*oneOut[AdoptionResult], error) {
	b := in.Body
	plan := crosswalk.AdoptPlan{Entries: b.Entries, Status: control.Status(b.Status), Owners: b.Owners, As: b.As}
	out := AdoptionResult{DryRun: in.DryRun, Created: []string{}, Attached: []string{}, Unchanged: []string{}, Clashes: []Clash{}}
	if !in.DryRun {
		res, err := s.Crosswalk.Adopt(ctx, who, plan, s.Now())
		out.Created, out.Attached, out.Unchanged, out.Links = nonNil(res.Created), nonNil(res.Attached), nonNil(res.Unchanged), res.Links
		out.clash(res.Clashes)
		return single(out, err)
	}
	steps, err := s.Crosswalk.TryAdopt(ctx, who, plan, s.Now())
	if err != nil {
		return nil, err
	}
	for _, x := range steps {
		switch x.Action {
		case crosswalk.AdoptNew:
			out.Created = append(out.Created, x.Entry)
		case crosswalk.AdoptAttach:
			out.Attached = append(out.Attached, x.Entry)
		case crosswalk.AdoptUnchanged:
			out.Unchanged = append(out.Unchanged, x.Entry)
		case crosswalk.AdoptClash:
			out.clash([]crosswalk.AdoptStep{x})
		}
	}
	return single(out, nil)
}

func (r *AdoptionResult) clash(steps []crosswalk.AdoptStep) {
	for _, x := range steps {
		r.Clashes = append(r.Clashes, Clash{x.Entry, x.Code, x.Reason})
	}
}

// Update is which parts of a newer wording to take over.
type Update struct {
	Digest  string   `json:"digest" maxLength:"200" doc:"Of the wording that was looked at."`
	Decline bool     `json:"decline,omitempty" doc:"Keep one's own words; the next newer wording is offered again."`
	Fields  []string `json:"fields,omitempty" maxItems:"50" doc:"Fields to take over."`
	Links   bool     `json:"links,omitempty" doc:"Follow the library where the links are as they were adopted."`
}

func updateEntry(s *Server, ctx context.Context, who access.Actor, in *struct {
	InEntry
	InOnce
	Body Update
}) (*oneOut[EntryDetail], error) {
	var err error
	if in.Body.Decline {
		err = s.Crosswalk.DeclineUpdate(ctx, who, in.Entry, in.Body.Digest, s.Now())
	} else {
		_, err = s.Crosswalk.TakeUpdate(ctx, who, in.Entry, crosswalk.AdoptUpdate{Digest: in.Body.Digest, Fields: in.Body.Fields, Links: in.Body.Links}, s.Now())
	}
	if err != nil || !who.Can(access.ViewControls) {
		return single(told(EntryDetail{Entry: Entry{Code: in.Entry}}), err)
	}
	return getEntry(s, ctx, who, &in.InEntry)
}
