package web

import (
	"context"
	"fmt"
	"strings"

	"github.com/toucan-grc/toucan/internal/access"
	registry "github.com/toucan-grc/toucan/internal/register"
	"github.com/toucan-grc/toucan/internal/sheet"
	"github.com/toucan-grc/toucan/internal/system"
	"github.com/toucan-grc/toucan/internal/upload"
)

// systemTabs is the row of tabs over the registers of package system.
func systemTabs(here string) func(slug string) []pill {
	return func(slug string) []pill {
		to := func(parts ...string) string { return orgPath(slug, append([]string{"systems"}, parts...)...) }
		return []pill{{Text: "Systems", To: to(), On: here == "systems"}, {Text: "Sites", To: to("sites"), On: here == "sites"},
			{Text: "Assets", To: to("assets"), On: here == "assets"}, {Text: "Commitments", To: to("commitments"), On: here == "commitments"}}
	}
}

// gone is the value of the first filter that shows what was retired.
const gone = "retired"

// facet is the value of the first filter of an entry.
func facet(e registry.Entry, value string) []string {
	if !e.InUse() {
		return []string{gone}
	}
	return []string{value}
}

// kindFilter is the first filter of a register: the kinds it has, and what was retired.
func kindFilter(name, label, all string, list []registry.Choice, has func(key string) bool, retired bool) registerFilter {
	f := registerFilter{Name: name, Label: label, All: all}
	for _, c := range list {
		if has(c.Key) {
			f.Options = append(f.Options, option{c.Key, c.Label})
		}
	}
	if retired {
		f.Options = append(f.Options, option{gone, "Retired"})
	}
	return f
}

// ownedFilter narrows to what nobody owns.
var ownedFilter = registerFilter{Name: "owner", Label: "Owner", All: "All owners", Options: []option{{"none", "Nobody owns it"}}}

func ownedFacet(owner string) []string {
	if owner == "" {
		return []string{"none"}
	}
	return nil
}

// rowsOf collects the rows of a register, which kinds they have and whether some are retired.
type rowsOf struct {
	Rows []registerRow
	has  map[string]bool
	gone bool
}

func (l *rowsOf) add(e registry.Entry, row registerRow, kind string) {
	if l.has == nil {
		l.has = map[string]bool{}
	}
	if row.ID, row.Code, row.Gone = e.ID, e.Code, !e.InUse(); row.Gone {
		l.gone = true
	} else {
		l.has[kind] = true
	}
	l.Rows = append(l.Rows, row)
}

func (l *rowsOf) hasKind(key string) bool { return l.has[key] }

func systemRegisters() []register {
	base := func(g register, n inventoryNoun, kind system.Noun, here string) register {
		g.Path, g.Here, g.One, g.Many, g.View, g.Change, g.New, g.Tabs, g.Purpose = n.Path, "systems", n.One, n.One+"s", access.ViewSystems, access.ManageSystems, "new", systemTabs(here), upload.Systems
		if here != "systems" {
			g.Crumbs = func(slug string) []crumb { return []crumb{{"Systems", orgPath(slug, "systems")}} }
		}
		g.Bulk = inventoryBulk(n, func(ctx context.Context, s *Server, who visitor, ids []string, owner string) error {
			return s.Systems.Own(ctx, who.Actor, kind, ids, owner, s.Now())
		})
		return g
	}
	return []register{
		base(register{Title: "Systems", Sub: "What the company runs and uses, and the processes its business rests on.", Rows: systemRows,
			Columns: system.SystemColumns, Export: func(ctx context.Context, s *Server, who visitor) ([][]string, error) {
				return s.Systems.ExportSystems(ctx, who.Actor)
			},
			Plan: func(ctx context.Context, s *Server, who visitor, sh *sheet.Sheet) (sheet.Plan, error) {
				return s.Systems.PlanSystems(ctx, who.Actor, sh, s.Now())
			},
			Enter: func(ctx context.Context, s *Server, who visitor, sh *sheet.Sheet) (sheet.Plan, error) {
				return s.Systems.ImportSystems(ctx, who.Actor, sh, s.Now())
			},
			Icon: "server-2", None: "No system is in the register", First: "Enter what you run and use, or import the list you keep. Risks, scopes and reviews of the crosswalk start from here."}, systemNoun, system.Systems, "systems"),
		base(register{Title: "Sites", Sub: "Where people work and where information is kept. Home working counts.", Rows: siteRows,
			Columns: system.SiteColumns, Export: func(ctx context.Context, s *Server, who visitor) ([][]string, error) {
				return s.Systems.ExportSites(ctx, who.Actor)
			},
			Plan: func(ctx context.Context, s *Server, who visitor, sh *sheet.Sheet) (sheet.Plan, error) {
				return s.Systems.PlanSites(ctx, who.Actor, sh, s.Now())
			},
			Enter: func(ctx context.Context, s *Server, who visitor, sh *sheet.Sheet) (sheet.Plan, error) {
				return s.Systems.ImportSites(ctx, who.Actor, sh, s.Now())
			},
			Icon: "building", None: "No site is in the register", First: "Enter offices, data centres and home working: a scope has to say which of them it covers."}, siteNoun, system.Sites, "sites"),
		base(register{Title: "Assets", Sub: "What is of value and has to be protected, with who answers for it and how it is classified.", Rows: assetRows,
			Columns: system.AssetColumns, Export: func(ctx context.Context, s *Server, who visitor) ([][]string, error) {
				return s.Systems.ExportAssets(ctx, who.Actor)
			},
			Plan: func(ctx context.Context, s *Server, who visitor, sh *sheet.Sheet) (sheet.Plan, error) {
				return s.Systems.PlanAssets(ctx, who.Actor, sh, s.Now())
			},
			Enter: func(ctx context.Context, s *Server, who visitor, sh *sheet.Sheet) (sheet.Plan, error) {
				return s.Systems.ImportAssets(ctx, who.Actor, sh, s.Now())
			},
			Icon: "key", None: "No asset is in the register", First: "Enter what has to be protected, in groups that are managed as one: “laptops of staff”, not each laptop."}, assetNoun, system.Assets, "assets"),
		base(register{Title: "Commitments", Sub: "What was promised to customers, and what the service has to do so that the promise is kept. A SOC 2 report is judged against these.", Rows: commitmentRows,
			Columns: system.CommitmentColumns, Export: func(ctx context.Context, s *Server, who visitor) ([][]string, error) {
				return s.Systems.ExportCommitments(ctx, who.Actor)
			},
			Plan: func(ctx context.Context, s *Server, who visitor, sh *sheet.Sheet) (sheet.Plan, error) {
				return s.Systems.PlanCommitments(ctx, who.Actor, sh, s.Now())
			},
			Enter: func(ctx context.Context, s *Server, who visitor, sh *sheet.Sheet) (sheet.Plan, error) {
				return s.Systems.ImportCommitments(ctx, who.Actor, sh, s.Now())
			},
			Icon: "certificate", None: "No commitment is in the register", First: "Adopt those of the library that you have made, or write your own."}, commitmentNoun, system.Commitments, "commitments"),
	}
}

func systemRows(ctx context.Context, s *Server, who visitor) (registerRows, error) {
	in, err := s.inventory(ctx, who)
	if err != nil {
		return registerRows{}, err
	}
	assets := map[string]int{}
	for _, a := range in.Assets {
		if a.InUse() {
			assets[a.System]++
		}
	}
	var l rowsOf
	for i := range in.Systems {
		e := &in.Systems[i]
		cloud := ""
		if e.Cloud {
			cloud = "cloud service"
		}
		l.add(e.Entry, registerRow{Name: e.Name, Sub: e.Description, To: orgPath(in.Slug, "system", e.Code),
			Facets: map[string][]string{"criticality": facet(e.Entry, e.Criticality), "kind": {e.Kind}, "owner": ownedFacet(e.Owner)},
			Cells: func() []registerCell {
				return []registerCell{{Text: registry.Label(system.SystemKinds(), e.Kind), Sub: cloud}, {Text: registry.Label(system.Criticalities(), e.Criticality), Mark: weightMark(e.Criticality), Order: weightOrder(e.Criticality)},
					{Text: in.owner(e.Owner), Person: true}, count0(assets[e.ID]), count0(len(e.Controls))}
			}}, e.Criticality)
	}
	return registerRows{Rows: l.Rows, Heads: []registerHead{{Text: "Kind"}, {Text: "Criticality"}, {Text: "Owner"}, {Text: "Assets", Num: true, Wide: true}, {Text: "Controls", Num: true, Wide: true}},
		Filters: []registerFilter{kindFilter("criticality", "Criticality", "All systems", system.Criticalities(), l.hasKind, l.gone),
			{Name: "kind", Label: "Kind", All: "All kinds", Options: inventoryOptions(system.SystemKinds(), "")}, ownedFilter}}, nil
}

// count0 is a number as a cell that sorts by it.
func count0(n int) registerCell {
	text := group(n)
	if n == 0 {
		text = "–"
	}
	return registerCell{Text: text, Order: fmt.Sprintf("%08d", n)}
}

func siteRows(ctx context.Context, s *Server, who visitor) (registerRows, error) {
	in, err := s.inventory(ctx, who)
	if err != nil {
		return registerRows{}, err
	}
	assets := map[string]int{}
	for _, a := range in.Assets {
		if a.InUse() {
			assets[a.Site]++
		}
	}
	var l rowsOf
	for i := range in.Sites {
		e := &in.Sites[i]
		l.add(e.Entry, registerRow{Name: e.Name, Sub: e.Description, To: orgPath(in.Slug, "site", e.Code), Facets: map[string][]string{"kind": facet(e.Entry, e.Kind), "owner": ownedFacet(e.Owner)},
			Cells: func() []registerCell {
				return []registerCell{{Text: registry.Label(system.SiteKinds(), e.Kind)}, {Text: e.Country}, {Text: in.owner(e.Owner), Person: true}, count0(assets[e.ID])}
			}}, e.Kind)
	}
	return registerRows{Rows: l.Rows, Heads: []registerHead{{Text: "Kind"}, {Text: "Country"}, {Text: "Owner"}, {Text: "Assets", Num: true, Wide: true}},
		Filters: []registerFilter{kindFilter("kind", "Kind", "All kinds", system.SiteKinds(), l.hasKind, l.gone), ownedFilter}}, nil
}

func assetRows(ctx context.Context, s *Server, who visitor) (registerRows, error) {
	in, err := s.inventory(ctx, who)
	if err != nil {
		return registerRows{}, err
	}
	names := map[string]string{}
	for _, e := range in.Systems {
		names[e.ID] = e.Name
	}
	for _, e := range in.Sites {
		names[e.ID] = e.Name
	}
	today := in.today()
	var l rowsOf
	for i := range in.Assets {
		e := &in.Assets[i]
		review := []string{}
		if e.Looked(today).Stale() {
			review = append(review, "stale")
		}
		l.add(e.Entry, registerRow{Name: e.Name, Sub: e.Description, To: orgPath(in.Slug, "asset", e.Code),
			Facets: map[string][]string{"class": facet(e.Entry, e.Classification), "kind": {e.Kind}, "owner": ownedFacet(e.Owner), "review": review},
			Cells: func() []registerCell {
				return []registerCell{{Text: registry.Label(system.AssetKinds(), e.Kind)}, {Text: registry.Label(system.Classes(), e.Classification), Mark: classMark(e.Classification)},
					{Text: names[e.System], Sub: names[e.Site]}, {Text: in.owner(e.Owner), Person: true}, {Text: reviewedWords(*e, today), Order: fmt.Sprintf("%08d", e.ReviewedOn)}}
			}}, e.Classification)
	}
	return registerRows{Rows: l.Rows, Heads: []registerHead{{Text: "Kind"}, {Text: "Class"}, {Text: "Where", Wide: true}, {Text: "Owner"}, {Text: "Reviewed", Wide: true}},
		Filters: []registerFilter{kindFilter("class", "Class", "All classes", system.Classes(), l.hasKind, l.gone), {Name: "kind", Label: "Kind", All: "All kinds", Options: inventoryOptions(system.AssetKinds(), "")},
			ownedFilter, {Name: "review", Label: "Review", All: "Reviewed or not", Options: []option{{"stale", "Not reviewed for a year"}}}}}, nil
}

func commitmentRows(ctx context.Context, s *Server, who visitor) (registerRows, error) {
	in, err := s.inventory(ctx, who)
	if err != nil {
		return registerRows{}, err
	}
	var l rowsOf
	for i := range in.Commitments {
		e := &in.Commitments[i]
		filled := []string{}
		sub := ""
		if len(e.Unfilled) > 0 {
			filled, sub = append(filled, "no"), "Not filled in: "+strings.Join(e.Unfilled, ", ")
		}
		var ids []string
		for _, r := range e.Refs() {
			ids = append(ids, r.ID)
		}
		l.add(e.Entry, registerRow{Name: e.Words(), Sub: sub, To: orgPath(in.Slug, "commitment", e.Code),
			Facets: map[string][]string{"category": facet(e.Entry, e.Category), "kind": {e.Kind}, "owner": ownedFacet(e.Owner), "filled": filled},
			Cells: func() []registerCell {
				return []registerCell{{Text: registry.Label(system.Categories(), e.Category), Sub: strings.ToLower(registry.Label(system.CommitmentKinds(), e.Kind))}, {Text: e.Measure, Sub: targetWords(e.Target)},
					{Text: strings.Join(ids, ", ")}, count0(len(e.Controls)), {Text: in.owner(e.Owner), Person: true}}
			}}, e.Category)
	}
	out := registerRows{Rows: l.Rows, Heads: []registerHead{{Text: "Category"}, {Text: "Measured by", Wide: true}, {Text: "Criteria", Wide: true}, {Text: "Controls", Num: true, Wide: true}, {Text: "Owner"}},
		Filters: []registerFilter{kindFilter("category", "Category", "All categories", system.Categories(), l.hasKind, l.gone), {Name: "kind", Label: "Kind", All: "All kinds", Options: inventoryOptions(system.CommitmentKinds(), "")},
			ownedFilter, {Name: "filled", Label: "Values", All: "Filled in or not", Options: []option{{"no", "A value is missing"}}}}}
	out.Acts = []registerAct{{"Library", "books", orgPath(in.Slug, "systems", "commitments", "library"), true}}
	return out, nil
}
