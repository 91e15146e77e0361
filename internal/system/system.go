package system

import (
	"github.com/toucan-grc/toucan/internal/cadence"
	"github.com/toucan-grc/toucan/internal/register"
)

// System is something the company runs or uses as one, or a core process of its
// business.
type System struct {
	register.Entry `json:"-"`
	Name           string   `json:"name"`
	Kind           string   `json:"kind"` // key of SystemKinds
	Criticality    string   `json:"criticality"`
	Cloud          bool     `json:"cloud"`    // somebody else runs what it runs on
	Owner          string   `json:"owner"`    // person, or empty
	Controls       []string `json:"controls"` // ids of the controls it is bound to
	Description    string   `json:"description"`
}

// Process is the kind of a core business process: no machine, and yet what the
// company depends on, and what an auditor asks about when it changes.
const Process = "process"

var (
	systemKinds = []register.Choice{
		{Key: "production", Label: "Production"}, {Key: "internal", Label: "Internal tool"}, {Key: "saas", Label: "Software as a service"}, {Key: "ci-cd", Label: "Build and delivery"},
		{Key: "identity", Label: "Identity and access"}, {Key: "data", Label: "Data store or warehouse"}, {Key: "network", Label: "Network"}, {Key: Process, Label: "Core business process"},
	}
	criticalities = []register.Choice{{Key: "critical", Label: "Critical"}, {Key: "high", Label: "High"}, {Key: "medium", Label: "Medium"}, {Key: "low", Label: "Low"}}
	siteKinds     = []register.Choice{
		{Key: "office", Label: "Office"}, {Key: "data-centre", Label: "Data centre"}, {Key: "cloud-region", Label: "Cloud region"}, {Key: "home-working", Label: "Home working"},
		{Key: "coworking", Label: "Shared office"}, {Key: "storage", Label: "Storage or archive"},
	}
	assetKinds = []register.Choice{ // as the library of risk scenarios names them
		{Key: "ai-model", Label: "AI model"}, {Key: "backup", Label: "Backups"}, {Key: "ci-cd", Label: "Build and delivery"}, {Key: "cloud-account", Label: "Cloud account"}, {Key: "customer-data", Label: "Customer data"},
		{Key: "database", Label: "Database"}, {Key: "dns-domain", Label: "Domain"}, {Key: "documentation", Label: "Documentation"}, {Key: "endpoint", Label: "Endpoints"}, {Key: "identity-provider", Label: "Identity provider"},
		{Key: "logs", Label: "Logs"}, {Key: "network", Label: "Network"}, {Key: "office", Label: "Office"}, {Key: "people", Label: "People"}, {Key: "personal-data", Label: "Personal data"},
		{Key: "production-system", Label: "Production system"}, {Key: "saas-application", Label: "SaaS application"}, {Key: "secrets", Label: "Secrets"}, {Key: "source-code", Label: "Source code"},
		{Key: "storage-media", Label: "Storage media"}, {Key: "training-data", Label: "Training data"}, {Key: "vendor-service", Label: "Service of a vendor"},
	}
	classes         = []register.Choice{{Key: "public", Label: "Public"}, {Key: "internal", Label: "Internal"}, {Key: "confidential", Label: "Confidential"}, {Key: "restricted", Label: "Restricted"}}
	commitmentKinds = []register.Choice{{Key: "service-commitment", Label: "Service commitment"}, {Key: "system-requirement", Label: "System requirement"}}
	categories      = []register.Choice{
		{Key: "security", Label: "Security"}, {Key: "availability", Label: "Availability"}, {Key: "confidentiality", Label: "Confidentiality"},
		{Key: "processing-integrity", Label: "Processing integrity"}, {Key: "privacy", Label: "Privacy"},
	}
)

// SystemKinds are the kinds of systems, in the order a page shows them.
func SystemKinds() []register.Choice { return systemKinds }

// Criticalities say how much hangs on a system, the most first.
func Criticalities() []register.Choice { return criticalities }

// SiteKinds are the kinds of sites.
func SiteKinds() []register.Choice { return siteKinds }

// AssetKinds are the kinds of assets: those that risk scenarios are about.
func AssetKinds() []register.Choice { return assetKinds }

// Classes are the classes of information, the least protected first.
func Classes() []register.Choice { return classes }

// CommitmentKinds tell what was promised to customers from what the service needs
// to keep the promise.
func CommitmentKinds() []register.Choice { return commitmentKinds }

// Categories are those of the trust services criteria.
func Categories() []register.Choice { return categories }

// Site is a place where the company works or keeps something.
type Site struct {
	register.Entry `json:"-"`
	Name           string `json:"name"`
	Kind           string `json:"kind"` // key of SiteKinds
	Country        string `json:"country"`
	Owner          string `json:"owner"` // person, or empty
	Description    string `json:"description"`
}

// Asset is something of value that is to be protected.
type Asset struct {
	register.Entry `json:"-"`
	Name           string       `json:"name"`
	Kind           string       `json:"kind"`   // key of AssetKinds
	System         string       `json:"system"` // id of the system it is part of, or empty
	Site           string       `json:"site"`   // id of where it is, or empty
	Owner          string       `json:"owner"`  // person, or empty
	Classification string       `json:"classification"`
	ReviewedOn     cadence.Date `json:"reviewed_on"` // the last day somebody checked that all this is so
	Description    string       `json:"description"`
}

// staleDays is after how many days an asset nobody looked at is worth a word.
const staleDays = 365

// Look says when somebody last checked what is said about an asset.
type Look string

const (
	NeverLooked Look = "never"
	LookedLong  Look = "long ago" // more than a year
	LookedSince Look = "since"
)

// Stale reports whether somebody should look again.
func (l Look) Stale() bool { return l != LookedSince }

// Looked says how long ago somebody looked at the asset.
func (a Asset) Looked(today cadence.Date) Look {
	switch {
	case !a.ReviewedOn.Known():
		return NeverLooked
	case int(today-a.ReviewedOn) > staleDays:
		return LookedLong
	}
	return LookedSince
}

var (
	systemKind = register.Kind[System]{
		Noun: "system", Leaf: systemLeaf, Label: "The system", Prefix: "SYS-", Table: "system", Columns: "name, kind, criticality, cloud, owner, controls, description",
		Entry: func(e *System) *register.Entry { return &e.Entry }, Name: func(e *System) string { return e.Name },
		Cells: func(e *System) []any {
			return []any{&e.Name, &e.Kind, &e.Criticality, &e.Cloud, register.Null(&e.Owner), register.Words(&e.Controls), &e.Description}
		},
	}
	siteKind = register.Kind[Site]{
		Noun: "site", Leaf: siteLeaf, Label: "The site", Prefix: "SITE-", Table: "site", Columns: "name, kind, country, owner, description",
		Entry: func(e *Site) *register.Entry { return &e.Entry }, Name: func(e *Site) string { return e.Name },
		Cells: func(e *Site) []any {
			return []any{&e.Name, &e.Kind, &e.Country, register.Null(&e.Owner), &e.Description}
		},
	}
	assetKind = register.Kind[Asset]{
		Noun: "asset", Leaf: assetLeaf, Label: "The asset", Prefix: "AST-", Table: "asset", Columns: "name, kind, system, site, owner, classification, reviewed_on, description",
		Entry: func(e *Asset) *register.Entry { return &e.Entry }, Name: func(e *Asset) string { return e.Name },
		Cells: func(e *Asset) []any {
			return []any{&e.Name, &e.Kind, register.Null(&e.System), register.Null(&e.Site), register.Null(&e.Owner), &e.Classification, &e.ReviewedOn, &e.Description}
		},
	}
	commitmentKind = register.Kind[Commitment]{
		Noun: "commitment", Leaf: commitmentLeaf, Label: "The commitment", Prefix: "SC-", Width: 2, First: len(shipped()) + 1, Table: "commitment",
		Columns: "library, kind, category, statement, measure, target, criteria, controls, evidence_kind, scenarios, owner",
		Entry:   func(e *Commitment) *register.Entry { return &e.Entry },
		Cells: func(e *Commitment) []any {
			return []any{&e.Library, &e.Kind, &e.Category, &e.Statement, &e.Measure, &e.Target, register.Words(&e.Criteria), register.Words(&e.Controls), &e.EvidenceKind, register.Words(&e.Scenarios), register.Null(&e.Owner)}
		},
	}
)

const (
	systemLeaf     = "system.changed"
	siteLeaf       = "site.changed"
	assetLeaf      = "asset.changed"
	commitmentLeaf = "commitment.changed"
)
