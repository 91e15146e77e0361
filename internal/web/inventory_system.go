package web

import (
	"context"
	"slices"
	"strings"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/cadence"
	"github.com/toucan-grc/toucan/internal/isms"
	registry "github.com/toucan-grc/toucan/internal/register"
	"github.com/toucan-grc/toucan/internal/system"
)

// entryAt finds an entry by code or id.
func entryAt[T any](list []T, code string, entry func(*T) *registry.Entry) int {
	return slices.IndexFunc(list, func(e T) bool { h := entry(&e); return strings.EqualFold(h.Code, code) || h.ID == code })
}

// pickAt returns the entry at a place, or a fresh one.
func pickAt[T any](list []T, i int) T {
	var e T
	if i >= 0 {
		e = list[i]
	}
	return e
}

func ownerField(in *inventory, f inventoryForm, have, hint string) inventoryField {
	return inventoryField{input: input{Name: "owner", Label: "Owner", Value: f.or("owner", have), Hint: hint}, Options: in.personOptions()}
}

func controlsField(in *inventory, f inventoryForm, have []string) inventoryField {
	return inventoryField{input: input{Name: "controls", Label: "Controls it is bound to", Value: f.or("controls", strings.Join(in.codesOf(have), " ")), Placeholder: "AC-04 CH-02", Hint: "Codes, with spaces between"}, Wide: true}
}

func aboutField(f inventoryForm, have, hint string) inventoryField {
	return inventoryField{input: input{Name: "description", Label: "Description", Value: f.or("description", have), Hint: hint}, Rows: "4"}
}

func nameField(f inventoryForm, have string) inventoryField {
	return inventoryField{input: input{Name: "name", Label: "Name", Value: f.or("name", have), Required: true, Auto: "off"}}
}

// nounOf fills in what the four registers of package system share.
func nounOf(n inventoryNoun, kind system.Noun) inventoryNoun {
	n.Here, n.View, n.Change = "systems", access.ViewSystems, access.ManageSystems
	n.history = func(ctx context.Context, s *Server, in *inventory, id string) ([]registry.Version, error) {
		return s.Systems.History(ctx, in.who.Actor, kind, id)
	}
	n.retire = func(ctx context.Context, s *Server, in *inventory, ids []string, reason string) error {
		return s.Systems.Retire(ctx, in.who.Actor, kind, ids, reason, s.Now())
	}
	n.restore = func(ctx context.Context, s *Server, in *inventory, ids []string) error {
		return s.Systems.Restore(ctx, in.who.Actor, kind, ids, s.Now())
	}
	return n
}

var systemNoun = nounOf(inventoryNoun{
	Path: []string{"systems"}, Word: "system", One: "system", List: "Systems",
	find: func(in *inventory, code string) int {
		return entryAt(in.Systems, code, func(e *system.System) *registry.Entry { return &e.Entry })
	},
	show: showSystem, fields: systemFields,
	put: func(ctx context.Context, s *Server, in *inventory, i int, f inventoryForm) (registry.Entry, error) {
		e := pickAt(in.Systems, i)
		e.Version = f.Version
		e.Name, e.Kind, e.Criticality, e.Owner, e.Description, e.Cloud = f.line("name"), f.line("kind"), f.line("criticality"), f.line("owner"), f.Get("description"), f.Get("cloud") == "yes"
		var err error
		if e.Controls, err = in.controlIDs(f.Get("controls")); err != nil {
			return e.Entry, err
		}
		e, err = s.Systems.PutSystem(ctx, in.who.Actor, e, s.Now())
		return e.Entry, err
	},
	words: func(in *inventory, key, value string) string {
		if key == "kind" {
			return registry.Label(system.SystemKinds(), value)
		}
		return in.historyWords(key, value)
	},
}, system.Systems)

func showSystem(in *inventory, i int) inventoryPage {
	e := in.Systems[i]
	p := inventoryPage{Entry: e.Entry, Name: e.Name, Sub: registry.Label(system.SystemKinds(), e.Kind), Text: e.Description}
	p.Chips = []inventoryChip{{weightMark(e.Criticality), registry.Label(system.Criticalities(), e.Criticality)}}
	if e.Cloud {
		p.Chips = append(p.Chips, inventoryChip{"info", "cloud service"})
	}
	p.Facts = append([]inventoryFact{{Label: "Owner", Text: in.owner(e.Owner), Person: true}}, in.scopeFacts(isms.ScopeSystem, e.ID)...)
	assets := inventoryList{Title: "Assets", None: "No asset is part of it."}
	for _, a := range in.Assets {
		if a.System == e.ID && a.InUse() {
			assets.Items = append(assets.Items, inventoryLink{a.Code, a.Name, registry.Label(system.AssetKinds(), a.Kind), orgPath(in.Slug, "asset", a.Code)})
		}
	}
	vendors := inventoryList{Title: "Vendors that serve it", None: "No vendor of the register serves it."}
	for _, v := range in.Vendors {
		if slices.Contains(v.Systems, e.ID) && v.InUse() {
			vendors.Items = append(vendors.Items, inventoryLink{v.Code, v.Name, v.Does, orgPath(in.Slug, "vendor", v.Code)})
		}
	}
	p.Lists = []inventoryList{assets, vendors, in.controlList(e.Controls)}
	return p
}

func systemFields(in *inventory, i int, f inventoryForm) []inventoryField {
	e := pickAt(in.Systems, i)
	if i < 0 {
		e.Kind, e.Criticality = "internal", "medium"
	}
	cloud := "no"
	if e.Cloud {
		cloud = "yes"
	}
	if f.Typed {
		cloud = f.Get("cloud")
	}
	return []inventoryField{
		nameField(f, e.Name),
		{input: input{Name: "kind", Label: "Kind", Value: f.or("kind", e.Kind)}, Options: inventoryOptions(system.SystemKinds(), "")},
		{input: input{Name: "criticality", Label: "Criticality", Value: f.or("criticality", e.Criticality), Hint: "How much stands still when it does"}, Options: inventoryOptions(system.Criticalities(), "")},
		ownerField(in, f, e.Owner, ""),
		{input: input{Name: "cloud", Label: "Cloud service", Value: cloud, Hint: "Somebody else runs what it runs on."}, Tick: true, Wide: true},
		aboutField(f, e.Description, "What it does, for whom, and what it holds. A change of this text asks for a look at the crosswalk."),
		controlsField(in, f, e.Controls),
	}
}

var siteNoun = nounOf(inventoryNoun{
	Path: []string{"systems", "sites"}, Word: "site", One: "site", List: "Sites",
	find: func(in *inventory, code string) int {
		return entryAt(in.Sites, code, func(e *system.Site) *registry.Entry { return &e.Entry })
	},
	show: func(in *inventory, i int) inventoryPage {
		e := in.Sites[i]
		p := inventoryPage{Entry: e.Entry, Name: e.Name, Sub: registry.Label(system.SiteKinds(), e.Kind), Text: e.Description}
		p.Facts = append([]inventoryFact{{Label: "Country", Text: e.Country}, {Label: "Owner", Text: in.owner(e.Owner), Person: true}}, in.scopeFacts(isms.ScopeSite, e.ID)...)
		assets := inventoryList{Title: "Assets", None: "No asset is kept there."}
		for _, a := range in.Assets {
			if a.Site == e.ID && a.InUse() {
				assets.Items = append(assets.Items, inventoryLink{a.Code, a.Name, registry.Label(system.AssetKinds(), a.Kind), orgPath(in.Slug, "asset", a.Code)})
			}
		}
		p.Lists = []inventoryList{assets}
		return p
	},
	fields: func(in *inventory, i int, f inventoryForm) []inventoryField {
		e := pickAt(in.Sites, i)
		return []inventoryField{
			nameField(f, e.Name),
			{input: input{Name: "kind", Label: "Kind", Value: f.or("kind", e.Kind)}, Options: inventoryOptions(system.SiteKinds(), "")},
			{input: input{Name: "country", Label: "Country", Value: f.or("country", e.Country), Auto: "country-name"}},
			ownerField(in, f, e.Owner, ""),
			aboutField(f, e.Description, "Address, what is done or kept there, and who is let in."),
		}
	},
	put: func(ctx context.Context, s *Server, in *inventory, i int, f inventoryForm) (registry.Entry, error) {
		e := pickAt(in.Sites, i)
		e.Version = f.Version
		e.Name, e.Kind, e.Country, e.Owner, e.Description = f.line("name"), f.line("kind"), f.line("country"), f.line("owner"), f.Get("description")
		e, err := s.Systems.PutSite(ctx, in.who.Actor, e, s.Now())
		return e.Entry, err
	},
	words: func(in *inventory, key, value string) string {
		if key == "kind" {
			return registry.Label(system.SiteKinds(), value)
		}
		return in.historyWords(key, value)
	},
}, system.Sites)

var assetNoun = nounOf(inventoryNoun{
	Path: []string{"systems", "assets"}, Word: "asset", One: "asset", List: "Assets",
	find: func(in *inventory, code string) int {
		return entryAt(in.Assets, code, func(e *system.Asset) *registry.Entry { return &e.Entry })
	},
	show: showAsset, fields: assetFields,
	put: func(ctx context.Context, s *Server, in *inventory, i int, f inventoryForm) (registry.Entry, error) {
		e := pickAt(in.Assets, i)
		e.Version = f.Version
		e.Name, e.Kind, e.System, e.Site, e.Owner = f.line("name"), f.line("kind"), f.line("system"), f.line("site"), f.line("owner")
		e.Classification, e.Description = f.line("classification"), f.Get("description")
		var err error
		if e.ReviewedOn, err = f.day("reviewed_on"); err != nil {
			return e.Entry, err
		}
		e, err = s.Systems.PutAsset(ctx, in.who.Actor, e, s.Now())
		return e.Entry, err
	},
	words: func(in *inventory, key, value string) string {
		switch key {
		case "kind":
			return registry.Label(system.AssetKinds(), value)
		case "classification":
			return registry.Label(system.Classes(), value)
		case "system":
			e, _ := in.System(value)
			return strings.TrimSpace(e.Code + " " + e.Name)
		case "site":
			e, _ := in.Site(value)
			return strings.TrimSpace(e.Code + " " + e.Name)
		}
		return in.historyWords(key, value)
	},
}, system.Assets)

// classMark is how a class of information is drawn.
func classMark(key string) string {
	return map[string]string{"restricted": "warn", "confidential": "info", "internal": "left", "public": "left"}[key]
}

func showAsset(in *inventory, i int) inventoryPage {
	e := in.Assets[i]
	p := inventoryPage{Entry: e.Entry, Name: e.Name, Sub: registry.Label(system.AssetKinds(), e.Kind), Text: e.Description}
	p.Chips = []inventoryChip{{classMark(e.Classification), registry.Label(system.Classes(), e.Classification)}}
	p.Facts = []inventoryFact{{Label: "Owner", Text: in.owner(e.Owner), Person: true}}
	if s, ok := in.System(e.System); ok {
		p.Facts = append(p.Facts, inventoryFact{Label: "System", Text: s.Code + " " + s.Name, To: orgPath(in.Slug, "system", s.Code)})
	}
	if s, ok := in.Site(e.Site); ok {
		p.Facts = append(p.Facts, inventoryFact{Label: "Site", Text: s.Code + " " + s.Name, To: orgPath(in.Slug, "site", s.Code)})
	}
	p.Facts = append(p.Facts, inventoryFact{Label: "Last reviewed", Text: reviewedWords(e, in.today())})
	return p
}

// today is the day of the book, where the organisation is.
func (in *inventory) today() cadence.Date { return cadence.DateOf(in.At, in.Zone) }

func reviewedWords(a system.Asset, today cadence.Date) string {
	switch a.Looked(today) {
	case system.NeverLooked:
		return "never"
	case system.LookedLong:
		return dayWords(a.ReviewedOn) + ", more than a year ago"
	}
	return dayWords(a.ReviewedOn)
}

func assetFields(in *inventory, i int, f inventoryForm) []inventoryField {
	e := pickAt(in.Assets, i)
	if i < 0 {
		e.Classification = "internal"
	}
	return []inventoryField{
		nameField(f, e.Name),
		{input: input{Name: "kind", Label: "Kind", Value: f.or("kind", e.Kind), Required: true, Hint: "Risk scenarios are about kinds of assets."}, Options: inventoryOptions(system.AssetKinds(), "Choose a kind")},
		{input: input{Name: "classification", Label: "Classification", Value: f.or("classification", e.Classification)}, Options: inventoryOptions(system.Classes(), "")},
		ownerField(in, f, e.Owner, ""),
		{input: input{Name: "system", Label: "System it is part of", Value: f.or("system", e.System)}, Options: entryOptions(in.Systems, "None", e.System, func(x *system.System) (registry.Entry, string) { return x.Entry, x.Name })},
		{input: input{Name: "site", Label: "Where it is", Value: f.or("site", e.Site)}, Options: entryOptions(in.Sites, "Nowhere in particular", e.Site, func(x *system.Site) (registry.Entry, string) { return x.Entry, x.Name })},
		{input: input{Name: "reviewed_on", Label: "Last reviewed on", Type: "date", Value: f.or("reviewed_on", e.ReviewedOn.String()), Hint: "The last day somebody checked that all this is so"}},
		aboutField(f, e.Description, ""),
	}
}

// criteriaTyped takes criteria as typed apart: those without a framework are of SOC 2.
func criteriaTyped(typed string) []string {
	var out []string
	for _, r := range strings.FieldsFunc(typed, func(r rune) bool { return r == ',' || r == ';' || r == ' ' || r == '\n' || r == '\r' }) {
		if !strings.Contains(r, ":") {
			r = "soc2-2017:" + r
		}
		out = append(out, r)
	}
	return out
}
