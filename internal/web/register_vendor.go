package web

import (
	"context"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/cadence"
	registry "github.com/toucan-grc/toucan/internal/register"
	"github.com/toucan-grc/toucan/internal/sheet"
	"github.com/toucan-grc/toucan/internal/upload"
	"github.com/toucan-grc/toucan/internal/vendor"
)

func vendorRegisters() []register {
	return []register{{
		Path: vendorNoun.Path, Here: "vendors", Title: "Vendors", Sub: "Whom the company buys from, what they hold of it, and who answers for the relation.", One: "vendor", Many: "vendors",
		View: access.ViewVendors, Change: access.ManageVendors, New: "new", Rows: vendorRows, Purpose: upload.Vendors,
		Bulk: inventoryBulk(vendorNoun, func(ctx context.Context, s *Server, who visitor, ids []string, owner string) error {
			return s.Vendors.Own(ctx, who.Actor, ids, owner, s.Now())
		}),
		Columns: vendor.Columns, Export: func(ctx context.Context, s *Server, who visitor) ([][]string, error) {
			return s.Vendors.Export(ctx, who.Actor)
		},
		Plan: func(ctx context.Context, s *Server, who visitor, sh *sheet.Sheet) (sheet.Plan, error) {
			return s.Vendors.Plan(ctx, who.Actor, sh, s.Now())
		},
		Enter: func(ctx context.Context, s *Server, who visitor, sh *sheet.Sheet) (sheet.Plan, error) {
			return s.Vendors.Import(ctx, who.Actor, sh, s.Now())
		},
		Icon: "building-store", None: "No vendor is in the register", First: "Enter those you depend on or who hold your data first, or import the list finance keeps.",
	}}
}

func vendorRows(ctx context.Context, s *Server, who visitor) (registerRows, error) {
	in, err := s.inventory(ctx, who)
	if err != nil {
		return registerRows{}, err
	}
	today := in.today()
	var l rowsOf
	for i := range in.Vendors {
		e := &in.Vendors[i]
		sub := ""
		if e.Subprocessor {
			sub = "subprocessor"
		}
		near := vendorNear(*e, today)
		l.add(e.Entry, registerRow{Name: e.Name, Sub: e.Does, To: orgPath(in.Slug, "vendor", e.Code),
			Facets: map[string][]string{"tier": facet(e.Entry, e.Tier), "kind": {e.Kind}, "data": e.Data, "owner": ownedFacet(e.Owner), "review": {string(near)}},
			Cells: func() []registerCell {
				return []registerCell{{Text: registry.Label(vendor.Kinds(), e.Kind), Sub: sub}, {Text: registry.Label(vendor.Tiers(), e.Tier), Mark: weightMark(e.Tier), Order: weightOrder(e.Tier)},
					{Text: labels(vendor.DataClasses(), e.Data)}, {Text: in.owner(e.Owner), Person: true}, {Text: vendorDue(*e, today), Mark: nearMark[near], Order: e.ReviewOn.String()}}
			}}, e.Tier)
	}
	return registerRows{Rows: l.Rows, Heads: []registerHead{{Text: "Kind"}, {Text: "Tier"}, {Text: "Data it holds", Wide: true}, {Text: "Owner"}, {Text: "Next review"}},
		Filters: []registerFilter{kindFilter("tier", "Tier", "All tiers", vendor.Tiers(), l.hasKind, l.gone), {Name: "kind", Label: "Kind", All: "All kinds", Options: inventoryOptions(vendor.Kinds(), "")},
			{Name: "data", Label: "Data", All: "Any data or none", Options: inventoryOptions(vendor.DataClasses(), "")}, ownedFilter,
			{Name: "review", Label: "Review", All: "Reviewed or not", Options: []option{{"overdue", "Review overdue"}, {"soon", "Due within two weeks"}, {"none", "No review planned"}}}}}, nil
}

// vendorNear is how near the review of a vendor in use is; no retired one waits for it.
func vendorNear(e vendor.Vendor, today cadence.Date) cadence.Nearness {
	if !e.InUse() {
		return ""
	}
	return e.Near(today)
}
