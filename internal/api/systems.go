package api

import (
	"context"
	"slices"
	"strings"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/framework"
	"github.com/toucan-grc/toucan/internal/register"
	"github.com/toucan-grc/toucan/internal/sheet"
	"github.com/toucan-grc/toucan/internal/system"
)

// SystemText is what can be said of a system.
type SystemText struct {
	Name        string   `json:"name" maxLength:"120" doc:"What people call it." example:"Production platform"`
	Kind        string   `json:"kind" enum:"production,internal,saas,ci-cd,identity,data,network,process" doc:"process: a core business process rather than a machine."`
	Criticality string   `json:"criticality" enum:"critical,high,medium,low" doc:"How much stands still when it does."`
	Cloud       bool     `json:"cloud,omitempty" doc:"Somebody else runs what it runs on."`
	Owner       string   `json:"owner,omitempty" maxLength:"100" doc:"Id in the register of persons."`
	Controls    []string `json:"controls,omitempty" maxItems:"100" doc:"Controls it is bound to, by code or id; answered as ids."`
	Description string   `json:"description,omitempty" maxLength:"4000"`
}

// System is something the company runs or uses as one, or a core process.
type System struct {
	RegisterEntry
	SystemText
}

// SiteText is what can be said of a site.
type SiteText struct {
	Name        string `json:"name" maxLength:"120" example:"Berlin office"`
	Kind        string `json:"kind" enum:"office,data-centre,cloud-region,home-working,coworking,storage"`
	Country     string `json:"country,omitempty" maxLength:"60"`
	Owner       string `json:"owner,omitempty" maxLength:"100" doc:"Id in the register of persons."`
	Description string `json:"description,omitempty" maxLength:"4000"`
}

// Site is a place where the company works or keeps something.
type Site struct {
	RegisterEntry
	SiteText
}

// AssetText is what can be said of an asset.
type AssetText struct {
	Name           string `json:"name" maxLength:"120" example:"Laptops of staff"`
	Kind           string `json:"kind" enum:"ai-model,backup,ci-cd,cloud-account,customer-data,database,dns-domain,documentation,endpoint,identity-provider,logs,network,office,people,personal-data,production-system,saas-application,secrets,source-code,storage-media,training-data,vendor-service" doc:"Risk scenarios are about kinds of assets."`
	Classification string `json:"classification" enum:"public,internal,confidential,restricted"`
	System         string `json:"system,omitempty" maxLength:"100" doc:"The system it is part of, by code or id; answered as an id."`
	Site           string `json:"site,omitempty" maxLength:"100" doc:"Where it is, by code or id; answered as an id."`
	Owner          string `json:"owner,omitempty" maxLength:"100" doc:"Id in the register of persons."`
	ReviewedOn     string `json:"reviewed_on,omitempty" maxLength:"10" doc:"The last day somebody checked that all this is so." example:"2026-03-01"`
	Description    string `json:"description,omitempty" maxLength:"4000"`
}

// Asset is something of value that is to be protected.
type Asset struct {
	RegisterEntry
	AssetText
}

// CommitmentText is what can be said of a commitment.
type CommitmentText struct {
	Statement    string   `json:"statement" maxLength:"1000" doc:"One sentence. Names in double braces, such as {{product}}, are filled in from the values policies use."`
	Kind         string   `json:"kind" enum:"service-commitment,system-requirement" doc:"What was promised to customers, or what the service needs to keep the promise."`
	Category     string   `json:"category" enum:"security,availability,confidentiality,processing-integrity,privacy"`
	Measure      string   `json:"measure,omitempty" maxLength:"300"`
	Target       string   `json:"target,omitempty" maxLength:"300" example:">=99.9 percent"`
	Criteria     []Ref    `json:"criteria,omitempty" maxItems:"100" doc:"Criteria it bears on."`
	Controls     []string `json:"controls,omitempty" maxItems:"100" doc:"Controls that keep it, by code or id; answered as ids."`
	EvidenceKind string   `json:"evidence_kind,omitempty" maxLength:"60" doc:"Of the vocabulary of evidence."`
	Scenarios    []string `json:"scenarios,omitempty" maxItems:"100" doc:"Risk scenarios of the library that threaten it." example:"RS-038"`
	Owner        string   `json:"owner,omitempty" maxLength:"100" doc:"Id in the register of persons."`
}

// Commitment is something promised to customers, or needed to keep a promise.
type Commitment struct {
	RegisterEntry
	CommitmentText
	Library  string   `json:"library,omitempty" doc:"Id in the library it was adopted from."`
	Words    string   `json:"words" doc:"The statement with the values of the organisation filled in."`
	Unfilled []string `json:"unfilled" doc:"Names in the statement that nobody filled in yet."`
}

// ShippedCommitment is a commitment of the library.
type ShippedCommitment struct {
	ID        string   `json:"id"`
	Kind      string   `json:"kind"`
	Category  string   `json:"category"`
	Statement string   `json:"statement"`
	Words     string   `json:"words" doc:"With the values of the organisation filled in."`
	Unfilled  []string `json:"unfilled"`
	Measure   string   `json:"measure,omitempty"`
	Target    string   `json:"target,omitempty"`
	Criteria  []Ref    `json:"criteria"`
	Adopted   bool     `json:"adopted" doc:"It is in the register already, retired or not."`
}

// CommitmentChoice names commitments of the library.
type CommitmentChoice struct {
	Library []string `json:"library" minItems:"1" maxItems:"200" doc:"Ids in the library."`
}

// Adopted says what came of an adoption.
type Adopted struct {
	Created []string `json:"created" doc:"Codes in the register. What was adopted before is left alone."`
}

var systemBook = book[system.System, SystemText, System]{
	path: "systems", label: "system",
	entry: func(e *system.System) *register.Entry { return &e.Entry },
	view: func(e system.System) System {
		return System{registerEntry(e.Entry), SystemText{e.Name, e.Kind, e.Criticality, e.Cloud, e.Owner, e.Controls, e.Description}}
	},
	say: func(s *Server, ctx context.Context, who access.Actor, e system.System, t SystemText) (system.System, error) {
		controls, err := s.controlIDs(ctx, who, "controls", t.Controls)
		e.Name, e.Kind, e.Criticality, e.Cloud, e.Owner, e.Controls, e.Description = t.Name, t.Kind, t.Criticality, t.Cloud, t.Owner, controls, t.Description
		return e, err
	},
	all: func(s *Server, ctx context.Context, who access.Actor) ([]system.System, error) {
		return s.Systems.Systems(ctx, who)
	},
	put: func(s *Server, ctx context.Context, who access.Actor, e system.System) (system.System, error) {
		return s.Systems.PutSystem(ctx, who, e, s.Now())
	},
	history: inventoryHistory(system.Systems), retire: inventoryRetire(system.Systems), restore: inventoryRestore(system.Systems),
	file: sheetFile{"Systems", system.SystemColumns,
		func(s *Server, ctx context.Context, who access.Actor) ([][]string, error) {
			return s.Systems.ExportSystems(ctx, who)
		},
		func(s *Server, ctx context.Context, who access.Actor, sh *sheet.Sheet) (sheet.Plan, error) {
			return s.Systems.PlanSystems(ctx, who, sh, s.Now())
		},
		func(s *Server, ctx context.Context, who access.Actor, sh *sheet.Sheet) (sheet.Plan, error) {
			return s.Systems.ImportSystems(ctx, who, sh, s.Now())
		}},
}

var siteBook = book[system.Site, SiteText, Site]{
	path: "sites", label: "site",
	entry: func(e *system.Site) *register.Entry { return &e.Entry },
	view: func(e system.Site) Site {
		return Site{registerEntry(e.Entry), SiteText{e.Name, e.Kind, e.Country, e.Owner, e.Description}}
	},
	say: func(_ *Server, _ context.Context, _ access.Actor, e system.Site, t SiteText) (system.Site, error) {
		e.Name, e.Kind, e.Country, e.Owner, e.Description = t.Name, t.Kind, t.Country, t.Owner, t.Description
		return e, nil
	},
	all: func(s *Server, ctx context.Context, who access.Actor) ([]system.Site, error) {
		return s.Systems.Sites(ctx, who)
	},
	put: func(s *Server, ctx context.Context, who access.Actor, e system.Site) (system.Site, error) {
		return s.Systems.PutSite(ctx, who, e, s.Now())
	},
	history: inventoryHistory(system.Sites), retire: inventoryRetire(system.Sites), restore: inventoryRestore(system.Sites),
	file: sheetFile{"Sites", system.SiteColumns,
		func(s *Server, ctx context.Context, who access.Actor) ([][]string, error) {
			return s.Systems.ExportSites(ctx, who)
		},
		func(s *Server, ctx context.Context, who access.Actor, sh *sheet.Sheet) (sheet.Plan, error) {
			return s.Systems.PlanSites(ctx, who, sh, s.Now())
		},
		func(s *Server, ctx context.Context, who access.Actor, sh *sheet.Sheet) (sheet.Plan, error) {
			return s.Systems.ImportSites(ctx, who, sh, s.Now())
		}},
}

var assetBook = book[system.Asset, AssetText, Asset]{
	path: "assets", label: "asset",
	entry: func(e *system.Asset) *register.Entry { return &e.Entry },
	view: func(e system.Asset) Asset {
		return Asset{registerEntry(e.Entry), AssetText{e.Name, e.Kind, e.Classification, e.System, e.Site, e.Owner, e.ReviewedOn.String(), e.Description}}
	},
	say: func(s *Server, ctx context.Context, who access.Actor, e system.Asset, t AssetText) (system.Asset, error) {
		var err error
		e.Name, e.Kind, e.Classification, e.Owner, e.Description = t.Name, t.Kind, t.Classification, t.Owner, t.Description
		if e.System, err = entryID(s, ctx, who, systemBook, t.System); err != nil {
			return e, err
		}
		if e.Site, err = entryID(s, ctx, who, siteBook, t.Site); err != nil {
			return e, err
		}
		e.ReviewedOn, err = dayOf("reviewed_on", t.ReviewedOn)
		return e, err
	},
	all: func(s *Server, ctx context.Context, who access.Actor) ([]system.Asset, error) {
		return s.Systems.Assets(ctx, who)
	},
	put: func(s *Server, ctx context.Context, who access.Actor, e system.Asset) (system.Asset, error) {
		return s.Systems.PutAsset(ctx, who, e, s.Now())
	},
	history: inventoryHistory(system.Assets), retire: inventoryRetire(system.Assets), restore: inventoryRestore(system.Assets),
	file: sheetFile{"Assets", system.AssetColumns,
		func(s *Server, ctx context.Context, who access.Actor) ([][]string, error) {
			return s.Systems.ExportAssets(ctx, who)
		},
		func(s *Server, ctx context.Context, who access.Actor, sh *sheet.Sheet) (sheet.Plan, error) {
			return s.Systems.PlanAssets(ctx, who, sh, s.Now())
		},
		func(s *Server, ctx context.Context, who access.Actor, sh *sheet.Sheet) (sheet.Plan, error) {
			return s.Systems.ImportAssets(ctx, who, sh, s.Now())
		}},
}

var commitmentBook = book[system.Commitment, CommitmentText, Commitment]{
	path: "commitments", label: "commitment",
	entry: func(e *system.Commitment) *register.Entry { return &e.Entry },
	view: func(e system.Commitment) Commitment {
		return Commitment{registerEntry(e.Entry), CommitmentText{e.Statement, e.Kind, e.Category, e.Measure, e.Target, refsOf(e.Refs()), e.Controls, e.EvidenceKind, e.Scenarios, e.Owner},
			e.Library, e.Words(), nonNil(e.Unfilled)}
	},
	say: func(s *Server, ctx context.Context, who access.Actor, e system.Commitment, t CommitmentText) (system.Commitment, error) {
		controls, err := s.controlIDs(ctx, who, "controls", t.Controls)
		e.Statement, e.Kind, e.Category, e.Measure, e.Target = t.Statement, t.Kind, t.Category, t.Measure, t.Target
		e.Controls, e.EvidenceKind, e.Scenarios, e.Owner, e.Criteria = controls, t.EvidenceKind, t.Scenarios, t.Owner, nil
		for _, r := range t.Criteria {
			e.Criteria = append(e.Criteria, r.Framework+":"+r.ID)
		}
		return e, err
	},
	all: func(s *Server, ctx context.Context, who access.Actor) ([]system.Commitment, error) {
		return s.Systems.Commitments(ctx, who)
	},
	put: func(s *Server, ctx context.Context, who access.Actor, e system.Commitment) (system.Commitment, error) {
		return s.Systems.PutCommitment(ctx, who, e, s.Now())
	},
	history: inventoryHistory(system.Commitments), retire: inventoryRetire(system.Commitments), restore: inventoryRestore(system.Commitments),
	file: sheetFile{"Commitments", system.CommitmentColumns,
		func(s *Server, ctx context.Context, who access.Actor) ([][]string, error) {
			return s.Systems.ExportCommitments(ctx, who)
		},
		func(s *Server, ctx context.Context, who access.Actor, sh *sheet.Sheet) (sheet.Plan, error) {
			return s.Systems.PlanCommitments(ctx, who, sh, s.Now())
		},
		func(s *Server, ctx context.Context, who access.Actor, sh *sheet.Sheet) (sheet.Plan, error) {
			return s.Systems.ImportCommitments(ctx, who, sh, s.Now())
		}},
}

func inventoryHistory(n system.Noun) func(*Server, context.Context, access.Actor, string) ([]register.Version, error) {
	return func(s *Server, ctx context.Context, who access.Actor, id string) ([]register.Version, error) {
		return s.Systems.History(ctx, who, n, id)
	}
}

func inventoryRetire(n system.Noun) func(*Server, context.Context, access.Actor, []string, string) error {
	return func(s *Server, ctx context.Context, who access.Actor, ids []string, reason string) error {
		return s.Systems.Retire(ctx, who, n, ids, reason, s.Now())
	}
}

func inventoryRestore(n system.Noun) func(*Server, context.Context, access.Actor, []string) error {
	return func(s *Server, ctx context.Context, who access.Actor, ids []string) error {
		return s.Systems.Restore(ctx, who, n, ids, s.Now())
	}
}

// entryID is the id of an entry that is named by code or id; one that is not there
// stays as it is, and the store says so.
func entryID[E, T, V any](s *Server, ctx context.Context, who access.Actor, b book[E, T, V], name string) (string, error) {
	if name == "" || !who.Can(access.ViewSystems) {
		return name, nil
	}
	all, err := b.all(s, ctx, who)
	for _, e := range all {
		if k := b.entry(&e); strings.EqualFold(k.Code, name) {
			return k.ID, nil
		}
	}
	return name, err
}

func refsOf(list []framework.Ref) []Ref {
	out := []Ref{}
	for _, r := range list {
		out = append(out, refOf(r))
	}
	return out
}

func listSystems(s *Server, ctx context.Context, who access.Actor, in *struct {
	InOrg
	InPage
	InState
	Kind        string `query:"kind" enum:"production,internal,saas,ci-cd,identity,data,network,process"`
	Criticality string `query:"criticality" enum:"critical,high,medium,low"`
}) (*listOut[System], error) {
	return systemBook.page(s, ctx, who, in.InPage, in.InState, in.Kind+"\x00"+in.Criticality,
		func(e system.System) (string, []string) { return e.Owner, []string{e.Name, e.Description} },
		func(e system.System) bool {
			return (in.Kind == "" || e.Kind == in.Kind) && (in.Criticality == "" || e.Criticality == in.Criticality)
		})
}

func listSites(s *Server, ctx context.Context, who access.Actor, in *struct {
	InOrg
	InPage
	InState
	Kind string `query:"kind" enum:"office,data-centre,cloud-region,home-working,coworking,storage"`
}) (*listOut[Site], error) {
	return siteBook.page(s, ctx, who, in.InPage, in.InState, in.Kind,
		func(e system.Site) (string, []string) { return e.Owner, []string{e.Name, e.Description, e.Country} },
		func(e system.Site) bool { return in.Kind == "" || e.Kind == in.Kind })
}

func listAssets(s *Server, ctx context.Context, who access.Actor, in *struct {
	InOrg
	InPage
	InState
	Kind           string `query:"kind" maxLength:"40" doc:"Such as database."`
	Classification string `query:"classification" enum:"public,internal,confidential,restricted"`
	System         string `query:"system" maxLength:"100" doc:"Only those that are part of this system, by its id."`
	Before         string `query:"reviewed_before" maxLength:"10" doc:"Only those that nobody has reviewed since this day." example:"2026-01-01"`
}) (*listOut[Asset], error) {
	before, err := queryDay("reviewed_before", in.Before)
	if err != nil {
		return nil, err
	}
	return assetBook.page(s, ctx, who, in.InPage, in.InState, strings.Join([]string{in.Kind, in.Classification, in.System, in.Before}, "\x00"),
		func(e system.Asset) (string, []string) { return e.Owner, []string{e.Name, e.Description} },
		func(e system.Asset) bool {
			return (in.Kind == "" || e.Kind == in.Kind) && (in.Classification == "" || e.Classification == in.Classification) &&
				(in.System == "" || e.System == in.System) && (!before.Known() || e.ReviewedOn < before)
		})
}

func listCommitments(s *Server, ctx context.Context, who access.Actor, in *struct {
	InOrg
	InPage
	InState
	Kind     string `query:"kind" enum:"service-commitment,system-requirement"`
	Category string `query:"category" enum:"security,availability,confidentiality,processing-integrity,privacy"`
	Unfilled bool   `query:"unfilled" doc:"Only those in which a value is missing."`
}) (*listOut[Commitment], error) {
	return commitmentBook.page(s, ctx, who, in.InPage, in.InState, in.Kind+"\x00"+in.Category+yes(in.Unfilled),
		func(e system.Commitment) (string, []string) { return e.Owner, []string{e.Words(), e.Measure} },
		func(e system.Commitment) bool {
			return (in.Kind == "" || e.Kind == in.Kind) && (in.Category == "" || e.Category == in.Category) && (!in.Unfilled || len(e.Unfilled) > 0)
		})
}

func yes(b bool) string {
	if b {
		return "\x00yes"
	}
	return ""
}

func listCommitmentLibrary(s *Server, ctx context.Context, who access.Actor, in *struct {
	InOrg
	InPage
}) (*listOut[ShippedCommitment], error) {
	fill, err := s.Systems.Filling(ctx, who)
	if err != nil {
		return nil, err
	}
	have, err := s.Systems.Commitments(ctx, who)
	if err != nil {
		return nil, err
	}
	list := []ShippedCommitment{}
	for _, l := range system.Library() {
		x := ShippedCommitment{ID: l.Library, Kind: l.Kind, Category: l.Category, Statement: l.Statement, Measure: l.Measure, Target: l.Target, Criteria: refsOf(l.Refs())}
		x.Words, x.Unfilled = fill(l.Statement)
		x.Unfilled = nonNil(x.Unfilled)
		x.Adopted = slices.ContainsFunc(have, func(c system.Commitment) bool { return c.Library == l.Library })
		list = append(list, x)
	}
	slices.SortFunc(list, func(a, b ShippedCommitment) int { return strings.Compare(a.ID, b.ID) })
	return paged(in.InPage, list, "commitment library", func(x ShippedCommitment) string { return x.ID }, strings.Compare)
}

func adoptCommitments(s *Server, ctx context.Context, who access.Actor, in *struct {
	InOrg
	InOnce
	Body CommitmentChoice
}) (*oneOut[Adopted], error) {
	got, err := s.Systems.Adopt(ctx, who, in.Body.Library, s.Now())
	out := Adopted{[]string{}}
	for _, c := range got {
		out.Created = append(out.Created, c.Code)
	}
	return single(out, err)
}
