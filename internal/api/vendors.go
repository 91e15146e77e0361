package api

import (
	"context"
	"slices"
	"strings"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/register"
	"github.com/toucan-grc/toucan/internal/sheet"
	"github.com/toucan-grc/toucan/internal/vendor"
)

// VendorText is what can be said of a vendor.
type VendorText struct {
	Name         string   `json:"name" maxLength:"120" doc:"As it stands on the contract." example:"Northwind Hosting"`
	Website      string   `json:"website,omitempty" maxLength:"300" example:"https://example.com"`
	Does         string   `json:"does,omitempty" maxLength:"2000" doc:"What it does for the company."`
	Kind         string   `json:"kind" enum:"cloud-service,software,processor,professional-services,hardware,facilities,people,other"`
	Tier         string   `json:"tier" enum:"critical,high,medium,low" doc:"How much hangs on it."`
	Data         []string `json:"data,omitempty" maxItems:"20" doc:"What it holds of the company: customer-data, personal-data, employee-data, health-data, card-data, financial-data, source-code, credentials, logs."`
	Subprocessor bool     `json:"subprocessor,omitempty" doc:"It handles personal data of customers on the company's behalf."`
	Owner        string   `json:"owner,omitempty" maxLength:"100" doc:"Id in the register of persons: who answers for the relation, and is asked to review it."`
	Systems      []string `json:"systems,omitempty" maxItems:"100" doc:"Systems it serves, by code or id; answered as ids."`
	ContractFrom string   `json:"contract_from,omitempty" maxLength:"10" example:"2026-01-01"`
	RenewsOn     string   `json:"renews_on,omitempty" maxLength:"10" example:"2026-12-31"`
	ReviewOn     string   `json:"review_on,omitempty" maxLength:"10" doc:"When it is looked at again." example:"2026-09-01"`
	Certificates string   `json:"certificates,omitempty" maxLength:"1000"`
	Notes        string   `json:"notes,omitempty" maxLength:"4000"`
}

// Vendor is somebody the company buys from.
type Vendor struct {
	RegisterEntry
	VendorText
}

var vendorBook = book[vendor.Vendor, VendorText, Vendor]{
	path: "vendors", label: "vendor",
	entry: func(e *vendor.Vendor) *register.Entry { return &e.Entry },
	view: func(e vendor.Vendor) Vendor {
		return Vendor{registerEntry(e.Entry), VendorText{e.Name, e.Website, e.Does, e.Kind, e.Tier, e.Data, e.Subprocessor, e.Owner, e.Systems,
			e.ContractFrom.String(), e.RenewsOn.String(), e.ReviewOn.String(), e.Certificates, e.Notes}}
	},
	say: sayVendor,
	all: func(s *Server, ctx context.Context, who access.Actor) ([]vendor.Vendor, error) {
		return s.Vendors.List(ctx, who)
	},
	put: func(s *Server, ctx context.Context, who access.Actor, e vendor.Vendor) (vendor.Vendor, error) {
		return s.Vendors.Put(ctx, who, e, s.Now())
	},
	history: func(s *Server, ctx context.Context, who access.Actor, id string) ([]register.Version, error) {
		return s.Vendors.History(ctx, who, id)
	},
	retire: func(s *Server, ctx context.Context, who access.Actor, ids []string, reason string) error {
		return s.Vendors.Retire(ctx, who, ids, reason, s.Now())
	},
	restore: func(s *Server, ctx context.Context, who access.Actor, ids []string) error {
		return s.Vendors.Restore(ctx, who, ids, s.Now())
	},
	file: sheetFile{"Vendors", vendor.Columns,
		func(s *Server, ctx context.Context, who access.Actor) ([][]string, error) {
			return s.Vendors.Export(ctx, who)
		},
		func(s *Server, ctx context.Context, who access.Actor, sh *sheet.Sheet) (sheet.Plan, error) {
			return s.Vendors.Plan(ctx, who, sh, s.Now())
		},
		func(s *Server, ctx context.Context, who access.Actor, sh *sheet.Sheet) (sheet.Plan, error) {
			return s.Vendors.Import(ctx, who, sh, s.Now())
		}},
}

func sayVendor(s *Server, ctx context.Context, who access.Actor, e vendor.Vendor, t VendorText) (vendor.Vendor, error) {
	e.Name, e.Website, e.Does, e.Kind, e.Tier, e.Data, e.Subprocessor = t.Name, t.Website, t.Does, t.Kind, t.Tier, t.Data, t.Subprocessor
	e.Owner, e.Certificates, e.Notes, e.Systems = t.Owner, t.Certificates, t.Notes, nil
	for _, name := range t.Systems {
		id, err := entryID(s, ctx, who, systemBook, name)
		if err != nil {
			return e, err
		}
		e.Systems = append(e.Systems, id)
	}
	var err error
	if e.ContractFrom, err = dayOf("contract_from", t.ContractFrom); err != nil {
		return e, err
	}
	if e.RenewsOn, err = dayOf("renews_on", t.RenewsOn); err != nil {
		return e, err
	}
	e.ReviewOn, err = dayOf("review_on", t.ReviewOn)
	return e, err
}

func listVendors(s *Server, ctx context.Context, who access.Actor, in *struct {
	InOrg
	InPage
	InState
	Kind   string `query:"kind" enum:"cloud-service,software,processor,professional-services,hardware,facilities,people,other"`
	Tier   string `query:"tier" enum:"critical,high,medium,low"`
	Data   string `query:"data" maxLength:"40" doc:"Only those that hold this, such as customer-data."`
	Before string `query:"review_before" maxLength:"10" doc:"Only those whose next review lies before this day, or that have none planned." example:"2026-04-01"`
}) (*listOut[Vendor], error) {
	before, err := queryDay("review_before", in.Before)
	if err != nil {
		return nil, err
	}
	return vendorBook.page(s, ctx, who, in.InPage, in.InState, strings.Join([]string{in.Kind, in.Tier, in.Data, in.Before}, "\x00"),
		func(e vendor.Vendor) (string, []string) { return e.Owner, []string{e.Name, e.Does} },
		func(e vendor.Vendor) bool {
			return (in.Kind == "" || e.Kind == in.Kind) && (in.Tier == "" || e.Tier == in.Tier) && (in.Data == "" || slices.Contains(e.Data, in.Data)) &&
				(!before.Known() || e.ReviewOn < before)
		})
}
