package vendor

import (
	"context"
	"time"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/cadence"
	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/register"
	"github.com/toucan-grc/toucan/internal/sheet"
)

func day(key, title string, at func(*Vendor) *cadence.Date, also ...string) register.Column[Vendor] {
	return register.Column[Vendor]{Column: sheet.Column{Key: key, Title: title, Also: also, Help: "A day, written as 2026-03-31."},
		Take: func(e *Vendor, s *sheet.Sheet, r sheet.Row, _ *register.Names) { *at(e) = s.Date(r, key) }, Show: func(e *Vendor, _ *register.Names) string { return at(e).String() }}
}

var columns = []register.Column[Vendor]{
	register.Texts(sheet.Column{Key: "name", Title: "Name", Also: []string{"Vendor", "Supplier"}, Required: true, Max: 120, Help: "Write the name that stands on its contract."}, func(e *Vendor) *string { return &e.Name }),
	register.Texts(sheet.Column{Key: "website", Title: "Website", Also: []string{"URL"}, Max: 300}, func(e *Vendor) *string { return &e.Website }),
	register.Texts(sheet.Column{Key: "does", Title: "What it does", Also: []string{"Service", "Description", "Purpose"}, Max: 2000}, func(e *Vendor) *string { return &e.Does }),
	register.Options(sheet.Column{Key: "kind", Title: "Kind", Also: []string{"Type"}}, kinds, "other", func(e *Vendor) *string { return &e.Kind }),
	register.Options(sheet.Column{Key: "tier", Title: "Tier", Also: []string{"Criticality"}}, tiers, "medium", func(e *Vendor) *string { return &e.Tier }),
	dataColumn(),
	register.YesNo(sheet.Column{Key: "subprocessor", Title: "Subprocessor"}, func(e *Vendor) *bool { return &e.Subprocessor }),
	register.Link(sheet.Column{Key: "owner", Title: "Owner", Help: "Write the e-mail address, or the full name, of somebody in the people register."}, register.Person, func(e *Vendor) *string { return &e.Owner }),
	register.Links(sheet.Column{Key: "systems", Title: "Systems", Help: "Codes or names as in the register of systems, with semicolons between."}, "system", func(e *Vendor) *[]string { return &e.Systems }),
	day("contract_from", "Contract from", func(e *Vendor) *cadence.Date { return &e.ContractFrom }, "Contract start"),
	day("renews_on", "Renews on", func(e *Vendor) *cadence.Date { return &e.RenewsOn }, "Renewal"),
	day("review_on", "Next review", func(e *Vendor) *cadence.Date { return &e.ReviewOn }, "Review on"),
	register.Texts(sheet.Column{Key: "certificates", Title: "Certificates", Also: []string{"Certifications"}, Max: 1000}, func(e *Vendor) *string { return &e.Certificates }),
	register.Texts(sheet.Column{Key: "notes", Title: "Notes", Max: 4000}, func(e *Vendor) *string { return &e.Notes }),
}

func dataColumn() register.Column[Vendor] {
	return register.Lists(sheet.Column{Key: "data", Title: "Data it holds", Also: []string{"Data"}, OneOf: register.Keys(dataClasses)}, func(e *Vendor) *[]string { return &e.Data })
}

// Columns are those of a file of vendors.
func Columns() []sheet.Column { return register.Columns(columns) }

func plan(ctx context.Context, tx *db.Tx, org string, sh *sheet.Sheet) (sheet.Plan, []Vendor, error) {
	have, err := All(ctx, tx, org)
	if err != nil {
		return sheet.Plan{}, nil, err
	}
	names, err := register.ReadNames(ctx, tx, org, register.Person, "system")
	if err != nil {
		return sheet.Plan{}, nil, err
	}
	p, list := kind.Plan(have, register.File[Vendor]{Sheet: sh, Columns: columns, Names: names, Key: "name", Title: kind.Name, Checked: Vendor.checked})
	return p, list, nil
}

// Plan says what Import would do, and writes nothing.
func (s *Store) Plan(ctx context.Context, who access.Actor, sh *sheet.Sheet, _ time.Time) (p sheet.Plan, err error) {
	if err := who.May(access.ManageVendors); err != nil {
		return p, err
	}
	err = s.DB.Read(ctx, who.Org(), func(tx *db.Tx) (err error) {
		p, _, err = plan(ctx, tx, who.Org(), sh)
		return err
	})
	return p, err
}

// Import keeps the rows of a file: found again by code, else by name. Nothing is
// written while one of them has a fault.
func (s *Store) Import(ctx context.Context, who access.Actor, sh *sheet.Sheet, now time.Time) (p sheet.Plan, err error) {
	if err := who.May(access.ManageVendors); err != nil {
		return p, err
	}
	err = s.DB.Write(ctx, who.Org(), db.People, func(ctx context.Context, tx *db.Tx) error {
		var list []Vendor
		if p, list, err = plan(ctx, tx, who.Org(), sh); err != nil {
			return err
		}
		if err := p.Err(); err != nil {
			return err
		}
		changes, err := kind.Put(ctx, tx, s.writer(who, now), list)
		if err != nil {
			return err
		}
		return s.follow(ctx, tx, who.Org(), who.Account(), changes, now)
	})
	return p, err
}

// Export returns the vendors in use as rows of a file with Columns.
func (s *Store) Export(ctx context.Context, who access.Actor) (rows [][]string, err error) {
	if err := who.May(access.ViewVendors); err != nil {
		return nil, err
	}
	err = s.DB.Read(ctx, who.Org(), func(tx *db.Tx) error {
		list, err := All(ctx, tx, who.Org())
		if err != nil {
			return err
		}
		names, err := register.ReadNames(ctx, tx, who.Org(), register.Person, "system")
		rows = kind.Rows(list, columns, names)
		return err
	})
	return rows, err
}
