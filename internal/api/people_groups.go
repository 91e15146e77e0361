package api

import (
	"context"
	"fmt"
	"io"
	"slices"

	"github.com/danielgtaylor/huma/v2"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/document"
	"github.com/toucan-grc/toucan/internal/people"
	"github.com/toucan-grc/toucan/internal/problem"
)

// GroupText is what can be said of a group made here.
type GroupText struct {
	Label     string   `json:"label" maxLength:"60"`
	About     string   `json:"about,omitempty" maxLength:"200"`
	Everyone  bool     `json:"everyone,omitempty" doc:"All employees and contractors."`
	Managers  bool     `json:"managers,omitempty" doc:"Everybody somebody reports to."`
	Kinds     []string `json:"kinds,omitempty" maxItems:"2" doc:"All of these kinds." example:"contractor"`
	Functions []string `json:"functions,omitempty" maxItems:"20" doc:"All in these functions." example:"engineering"`
}

// Group is a set of people by rule, by hand, or both.
type Group struct {
	Key string `json:"key" doc:"What audiences name it by."`
	GroupText
	Shipped bool     `json:"shipped" doc:"It is always there, and its rule is fixed."`
	Members []string `json:"members" doc:"Ids of those who are in it by hand."`
	Size    int      `json:"size" doc:"How many of those who are here today are in it, by rule or by hand."`
}

func (s *Server) groups(ctx context.Context, who access.Actor) ([]Group, error) {
	r, err := s.People.Roster(ctx, who)
	if err != nil {
		return nil, err
	}
	shipped := people.Shipped()
	here := r.Current(r.Today(s.Now()))
	var out []Group
	for _, g := range r.Groups() {
		x := groupOf(g)
		x.Shipped = slices.ContainsFunc(shipped, func(y people.Group) bool { return y.Key == g.Key })
		for _, p := range here {
			if r.In(g.Key, p.ID) {
				x.Size++
			}
		}
		out = append(out, x)
	}
	return out, nil
}

func groupOf(g people.Group) Group {
	x := Group{Key: g.Key, GroupText: GroupText{Label: g.Label, About: g.About, Everyone: g.Everyone, Managers: g.Managers, Functions: g.Functions}, Members: nonNil(g.Members)}
	for _, k := range g.Kinds {
		x.Kinds = append(x.Kinds, string(k))
	}
	return x
}

func (t GroupText) group(key string) people.Group {
	g := people.Group{Key: key, Label: t.Label, About: t.About, Everyone: t.Everyone, Managers: t.Managers, Functions: t.Functions}
	for _, k := range t.Kinds {
		g.Kinds = append(g.Kinds, people.Kind(k))
	}
	return g
}

func listGroups(s *Server, ctx context.Context, who access.Actor, in *struct {
	InOrg
	InPage
}) (*listOut[Group], error) {
	list, err := s.groups(ctx, who)
	if err != nil {
		return nil, err
	}
	place := map[string]int{}
	for i, g := range list {
		place[g.Key] = i
	}
	return paged(in.InPage, list, "groups", func(g Group) string { return g.Key }, func(a, b string) int { return place[a] - place[b] })
}

func (s *Server) group(ctx context.Context, who access.Actor, key string) (Group, error) {
	list, err := s.groups(ctx, who)
	if err != nil {
		return Group{}, err
	}
	i := slices.IndexFunc(list, func(g Group) bool { return g.Key == key })
	if i < 0 {
		return Group{}, problem.New(problem.NotFound, "There is no such group.")
	}
	return list[i], nil
}

// InGroup names a group.
type InGroup struct {
	InOrg
	Group string `path:"group" maxLength:"100" doc:"Key of the group." example:"privileged"`
}

func getGroup(s *Server, ctx context.Context, who access.Actor, in *InGroup) (*oneOut[Group], error) {
	return single(s.group(ctx, who, in.Group))
}

func createGroup(s *Server, ctx context.Context, who access.Actor, in *struct {
	InOrg
	InOnce
	Body GroupText
}) (*oneOut[Group], error) {
	g, err := s.People.PutGroup(ctx, who, in.Body.group(""), s.Now())
	if err != nil || !who.Can(access.ViewPeople) {
		return single(told(groupOf(g)), err)
	}
	return single(s.group(ctx, who, g.Key))
}

func putGroup(s *Server, ctx context.Context, who access.Actor, in *struct {
	InGroup
	InMatch
	Body GroupText
}) (*oneOut[Group], error) {
	read := func() (Group, error) { return s.group(ctx, who, in.Group) }
	return replace(s, ctx, who, in.InMatch, read, func(ctx context.Context, _ Group) error {
		_, err := s.People.PutGroup(ctx, who, in.Body.group(in.Group), s.Now())
		return err
	})
}

func closeGroup(s *Server, ctx context.Context, who access.Actor, in *struct {
	InGroup
	InOnce
}) (*oneOut[Ended], error) {
	return single(Ended{1}, s.People.CloseGroup(ctx, who, in.Group, s.Now()))
}

// Membership puts people into a group by hand, or takes them out.
type Membership struct {
	People []string `json:"people" minItems:"1" maxItems:"5000" doc:"Ids."`
	Remove bool     `json:"remove,omitempty" doc:"Take them out. Who belongs to the group by rule stays."`
}

func setMembers(s *Server, ctx context.Context, who access.Actor, in *struct {
	InGroup
	InOnce
	Body Membership
}) (*oneOut[Group], error) {
	if in.Body.Remove {
		for _, id := range in.Body.People {
			if err := s.People.RemoveMember(ctx, who, in.Group, id, s.Now()); err != nil {
				return nil, err
			}
		}
	} else if err := s.People.AddMembers(ctx, who, in.Group, in.Body.People, s.Now()); err != nil {
		return nil, err
	}
	if !who.Can(access.ViewPeople) {
		return single(told(Group{Key: in.Group}), nil)
	}
	return single(s.group(ctx, who, in.Group))
}

// PeopleImport says what a list of people changed, or would change.
type PeopleImport struct {
	File      string         `json:"file"`
	DryRun    bool           `json:"dry_run" doc:"Nothing was written."`
	Created   []string       `json:"created" doc:"Ids; in a dry run those they would not keep."`
	Updated   []PersonChange `json:"updated"`
	Unchanged int            `json:"unchanged"`
	Kept      []PersonKept   `json:"kept" doc:"Values of the list that were not taken, because something else holds."`
	Missing   []string       `json:"missing" doc:"Ids of those whom a full list does not name any more. Nobody is ended by that."`
	Notes     []RowFault     `json:"notes" doc:"What somebody should look at; it stops nothing."`
	Faults    []RowFault     `json:"faults" doc:"Only in a dry run: what refuses the list. All of it is entered or nothing."`
}

// PersonChange is somebody whom a list changes.
type PersonChange struct {
	Person  string   `json:"person"`
	Fields  []string `json:"fields"`
	Returns bool     `json:"returns,omitempty" doc:"They left before, and a new time here begins."`
}

// PersonKept is a value that was not taken.
type PersonKept struct {
	Person string `json:"person"`
	Field  string `json:"field"`
	Holder string `json:"holder" enum:"hand,hr,directory" doc:"Who says what holds."`
	Says   string `json:"says" doc:"What the list says."`
}

// RowFault is something about one cell, and how to put it right.
type RowFault struct {
	Row   int    `json:"row" doc:"As a spreadsheet numbers it."`
	Field string `json:"field" doc:"Heading of the column."`
	Text  string `json:"text"`
}

func rowFaults(list []people.Fault) []RowFault {
	out := []RowFault{}
	for _, f := range list {
		out = append(out, RowFault{f.Row, f.Field, f.Text})
	}
	return out
}

type peopleForm struct {
	File huma.FormFile `form:"file" contentType:"application/octet-stream,text/csv,application/vnd.openxmlformats-officedocument.spreadsheetml.sheet" required:"true" doc:"CSV or XLSX with headings such as Name, Email, Employee ID, Department, Job title, Type, Start date, End date, Manager, Groups, Leave from, Leave to."`
}

func importPeople(s *Server, ctx context.Context, who access.Actor, in *struct {
	InOrg
	InOnce
	DryRun  bool   `query:"dry_run" doc:"Say what would happen, and write nothing."`
	Source  string `query:"source" enum:"hr,directory" default:"hr" doc:"Where the list comes from. The personnel list counts more than the directory, and what was set by hand more than both."`
	Full    bool   `query:"full" doc:"The list names everybody, so that whoever is missing is shown."`
	RawBody huma.MultipartFormFiles[peopleForm]
}) (*oneOut[PeopleImport], error) {
	f := in.RawBody.Data().File
	if !f.IsSet {
		return nil, errNoFile
	}
	if f.Size > document.DefaultLimits.Bytes {
		return nil, problem.Field("file", fmt.Sprintf("%s is larger than %d MB, so it was not read. Split it and send the parts one by one.", f.Filename, document.DefaultLimits.Bytes>>20))
	}
	data, err := io.ReadAll(f)
	if err != nil {
		return nil, err
	}
	sheet, err := people.ReadSheet(f.Filename, data)
	if err != nil {
		return nil, err
	}
	list := people.List{Source: people.Source(in.Source), Full: in.Full}
	var res people.Result
	var faults []people.Fault
	if in.DryRun {
		res, faults, err = s.People.Preview(ctx, who, sheet, list, s.Now())
	} else {
		res, err = s.People.Import(ctx, who, sheet, list, s.Now())
	}
	if err != nil {
		return nil, err
	}
	return single(peopleImport(f.Filename, in.DryRun, res, faults), nil)
}

func peopleImport(file string, dry bool, res people.Result, faults []people.Fault) PeopleImport {
	out := PeopleImport{File: file, DryRun: dry, Created: []string{}, Updated: []PersonChange{}, Unchanged: res.Unchanged, Kept: []PersonKept{}, Missing: []string{}, Notes: rowFaults(res.Notes), Faults: rowFaults(faults)}
	for _, p := range res.Created {
		out.Created = append(out.Created, p.ID)
	}
	for _, c := range res.Updated {
		out.Updated = append(out.Updated, PersonChange{c.After.ID, c.Fields, c.Returns})
	}
	for _, k := range res.Kept {
		out.Kept = append(out.Kept, PersonKept{k.Person.ID, k.Field, string(k.Holder), k.Says})
	}
	for _, p := range res.Missing {
		out.Missing = append(out.Missing, p.ID)
	}
	return out
}
