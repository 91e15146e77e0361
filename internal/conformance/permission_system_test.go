package conformance

import (
	"context"
	"maps"

	"github.com/toucan-grc/toucan/internal/access"
	sheets "github.com/toucan-grc/toucan/internal/sheet"
	"github.com/toucan-grc/toucan/internal/system"
	"github.com/toucan-grc/toucan/internal/vendor"
)

func init() {
	tenantTables = append(tenantTables, "system", "site", "asset", "commitment", "vendor", "register_version")

	view := func(do func(context.Context, *house, access.Actor) error) call { return call{access.ViewSystems, do} }
	manage := func(do func(context.Context, *house, access.Actor) error) call {
		return call{access.ManageSystems, do}
	}
	file := func() *sheets.Sheet { return &sheets.Sheet{File: "list.csv"} }
	maps.Copy(calls, map[string]call{
		"system.Inventory": view(func(ctx context.Context, h *house, who access.Actor) error {
			_, err := h.systems.Inventory(ctx, who)
			return err
		}),
		"system.Filling": view(func(ctx context.Context, h *house, who access.Actor) error {
			_, err := h.systems.Filling(ctx, who)
			return err
		}),
		"system.Systems": view(func(ctx context.Context, h *house, who access.Actor) error {
			_, err := h.systems.Systems(ctx, who)
			return err
		}),
		"system.Sites": view(func(ctx context.Context, h *house, who access.Actor) error {
			_, err := h.systems.Sites(ctx, who)
			return err
		}),
		"system.Assets": view(func(ctx context.Context, h *house, who access.Actor) error {
			_, err := h.systems.Assets(ctx, who)
			return err
		}),
		"system.Commitments": view(func(ctx context.Context, h *house, who access.Actor) error {
			_, err := h.systems.Commitments(ctx, who)
			return err
		}),
		"system.History": view(func(ctx context.Context, h *house, who access.Actor) error {
			_, err := h.systems.History(ctx, who, system.Systems, "none")
			return err
		}),
		"system.ExportSystems": view(func(ctx context.Context, h *house, who access.Actor) error {
			_, err := h.systems.ExportSystems(ctx, who)
			return err
		}),
		"system.ExportSites": view(func(ctx context.Context, h *house, who access.Actor) error {
			_, err := h.systems.ExportSites(ctx, who)
			return err
		}),
		"system.ExportAssets": view(func(ctx context.Context, h *house, who access.Actor) error {
			_, err := h.systems.ExportAssets(ctx, who)
			return err
		}),
		"system.ExportCommitments": view(func(ctx context.Context, h *house, who access.Actor) error {
			_, err := h.systems.ExportCommitments(ctx, who)
			return err
		}),
		"system.PutSystem": manage(func(ctx context.Context, h *house, who access.Actor) error {
			_, err := h.systems.PutSystem(ctx, who, system.System{Name: "Shop of " + who.Name(), Kind: "production", Criticality: "high"}, now)
			return err
		}),
		"system.PutSite": manage(func(ctx context.Context, h *house, who access.Actor) error {
			_, err := h.systems.PutSite(ctx, who, system.Site{Name: "Office of " + who.Name(), Kind: "office"}, now)
			return err
		}),
		"system.PutAsset": manage(func(ctx context.Context, h *house, who access.Actor) error {
			_, err := h.systems.PutAsset(ctx, who, system.Asset{Name: "Laptops of " + who.Name(), Kind: "endpoint", Classification: "internal"}, now)
			return err
		}),
		"system.PutCommitment": manage(func(ctx context.Context, h *house, who access.Actor) error {
			_, err := h.systems.PutCommitment(ctx, who, system.Commitment{Statement: "We answer.", Kind: "service-commitment", Category: "security"}, now)
			return err
		}),
		"system.Adopt": manage(func(ctx context.Context, h *house, who access.Actor) error {
			_, err := h.systems.Adopt(ctx, who, []string{"SC-01"}, now)
			return err
		}),
		"system.Retire": manage(func(ctx context.Context, h *house, who access.Actor) error {
			return h.systems.Retire(ctx, who, system.Assets, []string{"none"}, "Sold.", now)
		}),
		"system.Restore": manage(func(ctx context.Context, h *house, who access.Actor) error {
			return h.systems.Restore(ctx, who, system.Assets, []string{"none"}, now)
		}),
		"system.Own": manage(func(ctx context.Context, h *house, who access.Actor) error {
			return h.systems.Own(ctx, who, system.Assets, []string{"none"}, "", now)
		}),
		"vendor.Own": {access.ManageVendors, func(ctx context.Context, h *house, who access.Actor) error {
			return h.vendors.Own(ctx, who, []string{"none"}, "", now)
		}},
		"system.PlanSystems": manage(func(ctx context.Context, h *house, who access.Actor) error {
			_, err := h.systems.PlanSystems(ctx, who, file(), now)
			return err
		}),
		"system.PlanSites": manage(func(ctx context.Context, h *house, who access.Actor) error {
			_, err := h.systems.PlanSites(ctx, who, file(), now)
			return err
		}),
		"system.PlanAssets": manage(func(ctx context.Context, h *house, who access.Actor) error {
			_, err := h.systems.PlanAssets(ctx, who, file(), now)
			return err
		}),
		"system.PlanCommitments": manage(func(ctx context.Context, h *house, who access.Actor) error {
			_, err := h.systems.PlanCommitments(ctx, who, file(), now)
			return err
		}),
		"system.ImportSystems": manage(func(ctx context.Context, h *house, who access.Actor) error {
			_, err := h.systems.ImportSystems(ctx, who, file(), now)
			return err
		}),
		"system.ImportSites": manage(func(ctx context.Context, h *house, who access.Actor) error {
			_, err := h.systems.ImportSites(ctx, who, file(), now)
			return err
		}),
		"system.ImportAssets": manage(func(ctx context.Context, h *house, who access.Actor) error {
			_, err := h.systems.ImportAssets(ctx, who, file(), now)
			return err
		}),
		"system.ImportCommitments": manage(func(ctx context.Context, h *house, who access.Actor) error {
			_, err := h.systems.ImportCommitments(ctx, who, file(), now)
			return err
		}),

		"vendor.List": {access.ViewVendors, func(ctx context.Context, h *house, who access.Actor) error {
			_, err := h.vendors.List(ctx, who)
			return err
		}},
		"vendor.History": {access.ViewVendors, func(ctx context.Context, h *house, who access.Actor) error {
			_, err := h.vendors.History(ctx, who, "none")
			return err
		}},
		"vendor.Export": {access.ViewVendors, func(ctx context.Context, h *house, who access.Actor) error {
			_, err := h.vendors.Export(ctx, who)
			return err
		}},
		"vendor.Put": {access.ManageVendors, func(ctx context.Context, h *house, who access.Actor) error {
			_, err := h.vendors.Put(ctx, who, vendor.Vendor{Name: "Host of " + who.Name(), Kind: "cloud-service", Tier: "high"}, now)
			return err
		}},
		"vendor.Retire": {access.ManageVendors, func(ctx context.Context, h *house, who access.Actor) error {
			return h.vendors.Retire(ctx, who, []string{"none"}, "Left.", now)
		}},
		"vendor.Restore": {access.ManageVendors, func(ctx context.Context, h *house, who access.Actor) error {
			return h.vendors.Restore(ctx, who, []string{"none"}, now)
		}},
		"vendor.Plan": {access.ManageVendors, func(ctx context.Context, h *house, who access.Actor) error {
			_, err := h.vendors.Plan(ctx, who, file(), now)
			return err
		}},
		"vendor.Import": {access.ManageVendors, func(ctx context.Context, h *house, who access.Actor) error {
			_, err := h.vendors.Import(ctx, who, file(), now)
			return err
		}},
	})
}
