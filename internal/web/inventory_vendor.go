package web

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"strings"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/cadence"
	"github.com/toucan-grc/toucan/internal/isms"
	registry "github.com/toucan-grc/toucan/internal/register"
	"github.com/toucan-grc/toucan/internal/system"
	"github.com/toucan-grc/toucan/internal/task"
	"github.com/toucan-grc/toucan/internal/vendor"
)

func init() {
	maps.Copy(taskPlaces, map[string]taskPlace{
		vendor.TaskReview:    {"Vendor", "Review", "", func(slug string, t task.Task) string { return orgPath(slug, "vendor", t.Subject.ID) }},
		"isms.scope.approve": {"Scope", "Decide", "", func(slug string, _ task.Task) string { return orgPath(slug, "isms", "scope") }},
	})
}

var vendorNoun = inventoryNoun{
	Path: []string{"vendors"}, Word: "vendor", Here: "vendors", One: "vendor", List: "Vendors", View: access.ViewVendors, Change: access.ManageVendors,
	find: func(in *inventory, code string) int {
		return entryAt(in.Vendors, code, func(e *vendor.Vendor) *registry.Entry { return &e.Entry })
	},
	show: showVendor, fields: vendorFields, put: putVendor,
	history: func(ctx context.Context, s *Server, in *inventory, id string) ([]registry.Version, error) {
		return s.Vendors.History(ctx, in.who.Actor, id)
	},
	retire: func(ctx context.Context, s *Server, in *inventory, ids []string, reason string) error {
		return s.Vendors.Retire(ctx, in.who.Actor, ids, reason, s.Now())
	},
	restore: func(ctx context.Context, s *Server, in *inventory, ids []string) error {
		return s.Vendors.Restore(ctx, in.who.Actor, ids, s.Now())
	},
	words: func(in *inventory, key, value string) string {
		switch key {
		case "kind":
			return registry.Label(vendor.Kinds(), value)
		case "data":
			return labels(vendor.DataClasses(), strings.Fields(value))
		case "systems":
			var out []string
			for _, id := range strings.Fields(value) {
				s, _ := in.System(id)
				out = append(out, s.Code)
			}
			return strings.Join(out, " ")
		}
		return in.historyWords(key, value)
	},
}

// labels are several values of a list as they are read.
func labels(list []registry.Choice, keys []string) string {
	var out []string
	for _, k := range keys {
		out = append(out, registry.Label(list, k))
	}
	return strings.Join(out, ", ")
}

func showVendor(in *inventory, i int) inventoryPage {
	e := in.Vendors[i]
	p := inventoryPage{Entry: e.Entry, Name: e.Name, Sub: registry.Label(vendor.Kinds(), e.Kind), Text: e.Does}
	p.Chips = []inventoryChip{{weightMark(e.Tier), registry.Label(vendor.Tiers(), e.Tier)}}
	if e.Subprocessor {
		p.Chips = append(p.Chips, inventoryChip{"info", "subprocessor"})
	}
	p.Facts = []inventoryFact{{Label: "Owner", Text: in.owner(e.Owner), Person: true}, {Label: "Website", Text: e.Website, To: e.Website}, {Label: "Data it holds", Text: cmp.Or(labels(vendor.DataClasses(), e.Data), "none of ours")},
		{Label: "Next review", Text: vendorDue(e, in.today()), Mark: vendorDueMark[e.Near(in.today())]}, {Label: "Contract from", Text: dayWords(e.ContractFrom)}, {Label: "Renews on", Text: dayWords(e.RenewsOn)}, {Label: "Certificates", Text: e.Certificates}}
	if e.Notes != "" {
		p.Facts = append(p.Facts, inventoryFact{Label: "Notes", Text: e.Notes})
	}
	p.Facts = append(p.Facts, in.scopeFacts(isms.ScopeVendor, e.ID)...)
	systems := inventoryList{Title: "Systems it serves", None: "It serves no system of the register."}
	for _, id := range e.Systems {
		if s, ok := in.System(id); ok {
			sub := registry.Label(system.SystemKinds(), s.Kind)
			if !s.InUse() {
				sub = "retired"
			}
			systems.Items = append(systems.Items, inventoryLink{s.Code, s.Name, sub, orgPath(in.Slug, "system", s.Code)})
		}
	}
	p.Lists = []inventoryList{systems}
	return p
}

// vendorDue says when a vendor is to be reviewed.
func vendorDue(e vendor.Vendor, today cadence.Date) string {
	switch near := e.Near(today); {
	case near == cadence.Unset:
		return "not planned"
	case near == cadence.Overdue:
		return dayWords(e.ReviewOn) + ", overdue by " + plural(int(today-e.ReviewOn), "day", "days")
	case e.ReviewOn == today:
		return "today"
	}
	return dayWords(e.ReviewOn)
}

// vendorDueMark is how the day is drawn on the page of a vendor.
var vendorDueMark = map[cadence.Nearness]string{cadence.Unset: "unknown", cadence.Overdue: "bad", cadence.Soon: "warn", cadence.Later: "good"}

func vendorFields(in *inventory, i int, f inventoryForm) []inventoryField {
	e := pickAt(in.Vendors, i)
	if i < 0 {
		e.Kind, e.Tier = "cloud-service", "medium"
	}
	sub := "no"
	if f.Typed && f.Get("subprocessor") == "yes" || !f.Typed && e.Subprocessor {
		sub = "yes"
	}
	systems := entryOptions(in.Systems, "", "", func(x *system.System) (registry.Entry, string) { return x.Entry, x.Name })
	return []inventoryField{
		nameField(f, e.Name),
		{input: input{Name: "website", Label: "Website", Value: f.or("website", e.Website), Placeholder: "https://example.com"}},
		{input: input{Name: "kind", Label: "Kind", Value: f.or("kind", e.Kind)}, Options: inventoryOptions(vendor.Kinds(), "")},
		{input: input{Name: "tier", Label: "Tier", Value: f.or("tier", e.Tier), Hint: "How much hangs on it"}, Options: inventoryOptions(vendor.Tiers(), "")},
		{input: input{Name: "does", Label: "What it does for you", Value: f.or("does", e.Does)}, Rows: "2"},
		ownerField(in, f, e.Owner, "Who answers for the relation, and is asked to review it"),
		{input: input{Name: "review_on", Label: "Next review", Type: "date", Value: f.or("review_on", e.ReviewOn.String())}},
		{input: input{Name: "contract_from", Label: "Contract from", Type: "date", Value: f.or("contract_from", e.ContractFrom.String())}},
		{input: input{Name: "renews_on", Label: "Renews on", Type: "date", Value: f.or("renews_on", e.RenewsOn.String())}},
		{input: input{Name: "data", Label: "Data it holds"}, Options: inventoryOptions(vendor.DataClasses(), ""), Many: true, On: f.list("data", e.Data)},
		{input: input{Name: "subprocessor", Label: "Subprocessor", Value: sub, Hint: "It handles personal data of your customers on your behalf."}, Tick: true, Wide: true},
		{input: input{Name: "systems", Label: "Systems it serves", Placeholder: "No system is in the register yet."}, Options: systems, Many: true, On: f.list("systems", e.Systems)},
		{input: input{Name: "certificates", Label: "Certificates it names", Value: f.or("certificates", e.Certificates), Placeholder: "SOC 2 Type 2, ISO/IEC 27001"}, Wide: true},
		{input: input{Name: "notes", Label: "Notes", Value: f.or("notes", e.Notes)}, Rows: "3"},
	}
}

func putVendor(ctx context.Context, s *Server, in *inventory, i int, f inventoryForm) (registry.Entry, error) {
	e := pickAt(in.Vendors, i)
	e.Version = f.Version
	// systems that were retired are not offered, and stay
	kept := slices.DeleteFunc(slices.Clone(e.Systems), func(id string) bool { x, ok := in.System(id); return !ok || x.InUse() })
	e.Name, e.Website, e.Does, e.Kind, e.Tier, e.Owner = f.line("name"), f.line("website"), f.Get("does"), f.line("kind"), f.line("tier"), f.line("owner")
	e.Data, e.Systems, e.Subprocessor, e.Certificates, e.Notes = f.Values["data"], append(kept, f.Values["systems"]...), f.Get("subprocessor") == "yes", f.Get("certificates"), f.Get("notes")
	for name, to := range map[string]*cadence.Date{"contract_from": &e.ContractFrom, "renews_on": &e.RenewsOn, "review_on": &e.ReviewOn} {
		var err error
		if *to, err = f.day(name); err != nil {
			return e.Entry, err
		}
	}
	e, err := s.Vendors.Put(ctx, in.who.Actor, e, s.Now())
	return e.Entry, err
}
