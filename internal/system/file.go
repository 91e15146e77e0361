package system

import (
	"context"
	"time"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/register"
	"github.com/toucan-grc/toucan/internal/sheet"
)

var ownerHelp = "Write the e-mail address, or the full name, of somebody in the people register."

var systemColumns = []register.Column[System]{
	register.Texts(sheet.Column{Key: "name", Title: "Name", Also: []string{"System", "Process"}, Required: true, Max: maxName, Help: "Write what people call it."}, func(e *System) *string { return &e.Name }),
	register.Options(sheet.Column{Key: "kind", Title: "Kind", Also: []string{"Type"}}, systemKinds, "internal", func(e *System) *string { return &e.Kind }),
	register.Options(sheet.Column{Key: "criticality", Title: "Criticality"}, criticalities, "medium", func(e *System) *string { return &e.Criticality }),
	register.YesNo(sheet.Column{Key: "cloud", Title: "Cloud service", Also: []string{"Cloud"}}, func(e *System) *bool { return &e.Cloud }),
	register.Link(sheet.Column{Key: "owner", Title: "Owner", Help: ownerHelp}, register.Person, func(e *System) *string { return &e.Owner }),
	register.Links(sheet.Column{Key: "controls", Title: "Controls", Help: "Codes such as AC-04, with semicolons or spaces between."}, register.Control, func(e *System) *[]string { return &e.Controls }),
	register.Texts(sheet.Column{Key: "description", Title: "Description", Also: []string{"About", "Purpose"}, Max: maxText}, func(e *System) *string { return &e.Description }),
}

var siteColumns = []register.Column[Site]{
	register.Texts(sheet.Column{Key: "name", Title: "Name", Also: []string{"Site", "Location"}, Required: true, Max: maxName, Help: "Write what people call it."}, func(e *Site) *string { return &e.Name }),
	register.Options(sheet.Column{Key: "kind", Title: "Kind", Also: []string{"Type"}}, siteKinds, "office", func(e *Site) *string { return &e.Kind }),
	register.Texts(sheet.Column{Key: "country", Title: "Country", Max: 60}, func(e *Site) *string { return &e.Country }),
	register.Link(sheet.Column{Key: "owner", Title: "Owner", Help: ownerHelp}, register.Person, func(e *Site) *string { return &e.Owner }),
	register.Texts(sheet.Column{Key: "description", Title: "Description", Also: []string{"About", "Address"}, Max: maxText}, func(e *Site) *string { return &e.Description }),
}

var assetColumns = []register.Column[Asset]{
	register.Texts(sheet.Column{Key: "name", Title: "Name", Also: []string{"Asset"}, Required: true, Max: maxName, Help: "Write what people call it."}, func(e *Asset) *string { return &e.Name }),
	register.Options(sheet.Column{Key: "kind", Title: "Kind", Also: []string{"Type"}}, assetKinds, "", func(e *Asset) *string { return &e.Kind }),
	register.Link(sheet.Column{Key: "system", Title: "System", Help: "Its code or its name, as in the register of systems."}, "system", func(e *Asset) *string { return &e.System }),
	register.Link(sheet.Column{Key: "site", Title: "Site", Also: []string{"Location"}, Help: "Its code or its name, as in the register of sites."}, "site", func(e *Asset) *string { return &e.Site }),
	register.Link(sheet.Column{Key: "owner", Title: "Owner", Help: ownerHelp}, register.Person, func(e *Asset) *string { return &e.Owner }),
	register.Options(sheet.Column{Key: "classification", Title: "Classification", Also: []string{"Class"}}, classes, "internal", func(e *Asset) *string { return &e.Classification }),
	{Column: sheet.Column{Key: "reviewed_on", Title: "Reviewed on", Also: []string{"Last reviewed"}, Help: "A day, written as 2026-03-31."},
		Take: func(e *Asset, s *sheet.Sheet, r sheet.Row, _ *register.Names) {
			e.ReviewedOn = s.Date(r, "reviewed_on")
		}, Show: func(e *Asset, _ *register.Names) string { return e.ReviewedOn.String() }},
	register.Texts(sheet.Column{Key: "description", Title: "Description", Also: []string{"About"}, Max: maxText}, func(e *Asset) *string { return &e.Description }),
}

var commitmentColumns = []register.Column[Commitment]{
	register.Texts(sheet.Column{Key: "statement", Title: "Statement", Also: []string{"Commitment", "Requirement"}, Required: true, Max: 1000, Help: "Say what is promised, in one sentence."}, func(e *Commitment) *string { return &e.Statement }),
	register.Options(sheet.Column{Key: "kind", Title: "Kind", Also: []string{"Type"}}, commitmentKinds, "service-commitment", func(e *Commitment) *string { return &e.Kind }),
	register.Options(sheet.Column{Key: "category", Title: "Category"}, categories, "security", func(e *Commitment) *string { return &e.Category }),
	register.Texts(sheet.Column{Key: "measure", Title: "Measure", Max: maxLine}, func(e *Commitment) *string { return &e.Measure }),
	register.Texts(sheet.Column{Key: "target", Title: "Target", Max: maxLine}, func(e *Commitment) *string { return &e.Target }),
	register.Lists(sheet.Column{Key: "criteria", Title: "Criteria", Help: "Write them as soc2-2017:A1.1."}, func(e *Commitment) *[]string { return &e.Criteria }),
	register.Links(sheet.Column{Key: "controls", Title: "Controls", Help: "Codes such as AC-04, with semicolons or spaces between."}, register.Control, func(e *Commitment) *[]string { return &e.Controls }),
	register.Texts(sheet.Column{Key: "evidence_kind", Title: "Kind of evidence", Also: []string{"Evidence"}, Max: 60}, func(e *Commitment) *string { return &e.EvidenceKind }),
	register.Lists(sheet.Column{Key: "scenarios", Title: "Risk scenarios", Help: "Codes such as RS-038, with semicolons between."}, func(e *Commitment) *[]string { return &e.Scenarios }),
	register.Link(sheet.Column{Key: "owner", Title: "Owner", Help: ownerHelp}, register.Person, func(e *Commitment) *string { return &e.Owner }),
}

// filing is how the file of one register is read and written.
type filing[T any] struct {
	kind    register.Kind[T]
	columns []register.Column[T]
	key     string
	title   func(*T) string
	checked func(T) (T, error)
	nouns   []string // whose names stand in it
	tell    func(ctx context.Context, tx *db.Tx, org string, c []register.Change[T]) error
	also    func(ctx context.Context, tx *db.Tx, org string, have []T) func(T) error // nil, or what else is checked of each
}

var (
	systemFile     = filing[System]{systemKind, systemColumns, "name", systemKind.Name, System.checked, []string{register.Person, register.Control}, tell, nil}
	siteFile       = filing[Site]{siteKind, siteColumns, "name", siteKind.Name, Site.checked, []string{register.Person}, nil, nil}
	assetFile      = filing[Asset]{assetKind, assetColumns, "name", assetKind.Name, Asset.checked, []string{register.Person, "system", "site"}, nil, nil}
	commitmentFile = filing[Commitment]{commitmentKind, commitmentColumns, "statement", func(e *Commitment) string { return e.Statement }, Commitment.checked, []string{register.Person, register.Control}, nil, nil}
)

func (f filing[T]) plan(ctx context.Context, tx *db.Tx, org string, sh *sheet.Sheet) (sheet.Plan, []T, error) {
	have, err := f.kind.All(ctx, tx, org)
	if err != nil {
		return sheet.Plan{}, nil, err
	}
	names, err := register.ReadNames(ctx, tx, org, f.nouns...)
	if err != nil {
		return sheet.Plan{}, nil, err
	}
	checked := f.checked
	if f.also != nil {
		also := f.also(ctx, tx, org, have)
		checked = func(e T) (T, error) {
			e, err := f.checked(e)
			if err == nil {
				err = also(e)
			}
			return e, err
		}
	}
	p, list := f.kind.Plan(have, register.File[T]{Sheet: sh, Columns: f.columns, Names: names, Key: f.key, Title: f.title, Checked: checked})
	return p, list, nil
}

// preview says what an import of a file would do.
func (f filing[T]) preview(ctx context.Context, s *Store, who access.Actor, sh *sheet.Sheet) (p sheet.Plan, err error) {
	if err := who.May(access.ManageSystems); err != nil {
		return p, err
	}
	err = s.DB.Read(ctx, who.Org(), func(tx *db.Tx) (err error) {
		p, _, err = f.plan(ctx, tx, who.Org(), sh)
		return err
	})
	return p, err
}

// enter keeps what a file says, or nothing of it.
func (f filing[T]) enter(ctx context.Context, s *Store, who access.Actor, sh *sheet.Sheet, now time.Time) (p sheet.Plan, err error) {
	if err := who.May(access.ManageSystems); err != nil {
		return p, err
	}
	err = s.DB.Write(ctx, who.Org(), db.People, func(ctx context.Context, tx *db.Tx) error {
		var list []T
		if p, list, err = f.plan(ctx, tx, who.Org(), sh); err != nil {
			return err
		}
		if err := p.Err(); err != nil {
			return err
		}
		changes, err := f.kind.Put(ctx, tx, s.writer(who, now), list)
		if err != nil || f.tell == nil {
			return err
		}
		return f.tell(ctx, tx, who.Org(), changes)
	})
	return p, err
}

// export returns the entries in use as rows of a file.
func (f filing[T]) export(ctx context.Context, s *Store, who access.Actor) (rows [][]string, err error) {
	if err := who.May(access.ViewSystems); err != nil {
		return nil, err
	}
	err = s.DB.Read(ctx, who.Org(), func(tx *db.Tx) error {
		list, err := f.kind.All(ctx, tx, who.Org())
		if err != nil {
			return err
		}
		names, err := register.ReadNames(ctx, tx, who.Org(), f.nouns...)
		rows = f.kind.Rows(list, f.columns, names)
		return err
	})
	return rows, err
}

// SystemColumns are those of a file of systems.
func SystemColumns() []sheet.Column { return register.Columns(systemColumns) }

// PlanSystems says what ImportSystems would do, and writes nothing.
func (s *Store) PlanSystems(ctx context.Context, who access.Actor, sh *sheet.Sheet, _ time.Time) (sheet.Plan, error) {
	return systemFile.preview(ctx, s, who, sh)
}

// ImportSystems keeps the rows of a file: found again by code, else by name. Nothing
// is written while one of them has a fault.
func (s *Store) ImportSystems(ctx context.Context, who access.Actor, sh *sheet.Sheet, now time.Time) (sheet.Plan, error) {
	return systemFile.enter(ctx, s, who, sh, now)
}

// ExportSystems returns the systems in use as rows of a file with SystemColumns.
func (s *Store) ExportSystems(ctx context.Context, who access.Actor) ([][]string, error) {
	return systemFile.export(ctx, s, who)
}

// SiteColumns are those of a file of sites.
func SiteColumns() []sheet.Column { return register.Columns(siteColumns) }

// PlanSites says what ImportSites would do, and writes nothing.
func (s *Store) PlanSites(ctx context.Context, who access.Actor, sh *sheet.Sheet, _ time.Time) (sheet.Plan, error) {
	return siteFile.preview(ctx, s, who, sh)
}

// ImportSites keeps the rows of a file, as ImportSystems does.
func (s *Store) ImportSites(ctx context.Context, who access.Actor, sh *sheet.Sheet, now time.Time) (sheet.Plan, error) {
	return siteFile.enter(ctx, s, who, sh, now)
}

// ExportSites returns the sites in use as rows of a file with SiteColumns.
func (s *Store) ExportSites(ctx context.Context, who access.Actor) ([][]string, error) {
	return siteFile.export(ctx, s, who)
}

// AssetColumns are those of a file of assets.
func AssetColumns() []sheet.Column { return register.Columns(assetColumns) }

// PlanAssets says what ImportAssets would do, and writes nothing.
func (s *Store) PlanAssets(ctx context.Context, who access.Actor, sh *sheet.Sheet, _ time.Time) (sheet.Plan, error) {
	return assetFile.preview(ctx, s, who, sh)
}

// ImportAssets keeps the rows of a file, as ImportSystems does.
func (s *Store) ImportAssets(ctx context.Context, who access.Actor, sh *sheet.Sheet, now time.Time) (sheet.Plan, error) {
	return assetFile.enter(ctx, s, who, sh, now)
}

// ExportAssets returns the assets in use as rows of a file with AssetColumns.
func (s *Store) ExportAssets(ctx context.Context, who access.Actor) ([][]string, error) {
	return assetFile.export(ctx, s, who)
}

// CommitmentColumns are those of a file of commitments.
func CommitmentColumns() []sheet.Column { return register.Columns(commitmentColumns) }

// commitments is how a file of commitments is read at a moment.
func (s *Store) commitments(now time.Time) filing[Commitment] {
	f := commitmentFile
	f.also = func(ctx context.Context, tx *db.Tx, org string, have []Commitment) func(Commitment) error {
		return s.criteria(ctx, tx, org, have, now)
	}
	return f
}

// PlanCommitments says what ImportCommitments would do, and writes nothing.
func (s *Store) PlanCommitments(ctx context.Context, who access.Actor, sh *sheet.Sheet, now time.Time) (sheet.Plan, error) {
	return s.commitments(now).preview(ctx, s, who, sh)
}

// ImportCommitments keeps the rows of a file, as ImportSystems does; without a code
// they are found again by their statement.
func (s *Store) ImportCommitments(ctx context.Context, who access.Actor, sh *sheet.Sheet, now time.Time) (sheet.Plan, error) {
	return s.commitments(now).enter(ctx, s, who, sh, now)
}

// ExportCommitments returns the commitments in use as rows of a file with CommitmentColumns.
func (s *Store) ExportCommitments(ctx context.Context, who access.Actor) ([][]string, error) {
	return commitmentFile.export(ctx, s, who)
}
