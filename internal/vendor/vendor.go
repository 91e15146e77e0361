package vendor

import (
	"context"
	"fmt"
	"net/url"
	"strings"

	"github.com/toucan-grc/toucan/internal/cadence"
	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/problem"
	"github.com/toucan-grc/toucan/internal/register"
)

// Vendor is somebody the company buys from.
type Vendor struct {
	register.Entry `json:"-"`
	Name           string       `json:"name"`
	Website        string       `json:"website"`
	Does           string       `json:"does"` // what it does for the company
	Kind           string       `json:"kind"` // key of Kinds
	Tier           string       `json:"tier"` // key of Tiers
	Data           []string     `json:"data"` // keys of DataClasses: what it holds
	Subprocessor   bool         `json:"subprocessor"`
	Owner          string       `json:"owner"`   // person, or empty
	Systems        []string     `json:"systems"` // ids of the systems it serves
	ContractFrom   cadence.Date `json:"contract_from"`
	RenewsOn       cadence.Date `json:"renews_on"`
	ReviewOn       cadence.Date `json:"review_on"` // when it is looked at again
	Certificates   string       `json:"certificates"`
	Notes          string       `json:"notes"`
}

var (
	kinds = []register.Choice{
		{Key: "cloud-service", Label: "Cloud service"}, {Key: "software", Label: "Software"}, {Key: "processor", Label: "Processor of data"}, {Key: "professional-services", Label: "Professional services"},
		{Key: "hardware", Label: "Hardware"}, {Key: "facilities", Label: "Facilities"}, {Key: "people", Label: "Staffing and payroll"}, {Key: "other", Label: "Other"},
	}
	tiers       = []register.Choice{{Key: "critical", Label: "Critical"}, {Key: "high", Label: "High"}, {Key: "medium", Label: "Medium"}, {Key: "low", Label: "Low"}}
	dataClasses = []register.Choice{
		{Key: "customer-data", Label: "Customer data"}, {Key: "personal-data", Label: "Personal data"}, {Key: "employee-data", Label: "Data of employees"}, {Key: "health-data", Label: "Health data"},
		{Key: "card-data", Label: "Card data"}, {Key: "financial-data", Label: "Financial data"}, {Key: "source-code", Label: "Source code"}, {Key: "credentials", Label: "Credentials and keys"}, {Key: "logs", Label: "Logs"},
	}
)

// Kinds are the kinds of vendors, in the order a page shows them.
func Kinds() []register.Choice { return kinds }

// Tiers say how much hangs on a vendor, the most first.
func Tiers() []register.Choice { return tiers }

// DataClasses are what a vendor can hold.
func DataClasses() []register.Choice { return dataClasses }

const vendorLeaf = "vendor.changed"

var kind = register.Kind[Vendor]{
	Noun: "vendor", Leaf: vendorLeaf, Label: "The vendor", Prefix: "VEN-", Table: "vendor",
	Columns: "name, website, does, kind, tier, data, subprocessor, owner, systems, contract_from, renews_on, review_on, certificates, notes",
	Entry:   func(e *Vendor) *register.Entry { return &e.Entry }, Name: func(e *Vendor) string { return e.Name },
	Cells: func(e *Vendor) []any {
		return []any{&e.Name, &e.Website, &e.Does, &e.Kind, &e.Tier, register.Words(&e.Data), &e.Subprocessor, register.Null(&e.Owner), register.Words(&e.Systems),
			&e.ContractFrom, &e.RenewsOn, &e.ReviewOn, &e.Certificates, &e.Notes}
	},
}

// Cloud reports whether the vendor runs something the company uses over the network.
func (v Vendor) Cloud() bool { return v.Kind == "cloud-service" }

// checked returns the vendor as it is kept, or says what is wrong with it.
func (v Vendor) checked() (Vendor, error) {
	var err [5]error
	v.Name, err[0] = db.Line("name", "The name", v.Name, 120)
	v.Website, err[1] = website(v.Website)
	v.Does, err[2] = db.Prose("does", "What it does", v.Does, 2000)
	v.Certificates, err[3] = db.Prose("certificates", "The text about certificates", v.Certificates, 1000)
	v.Notes, err[4] = db.Prose("notes", "The note", v.Notes, 4000)
	if v.Name == "" && err[0] == nil {
		err[0] = problem.Field("name", "Give the vendor the name that stands on its contract.")
	}
	checks := append(err[:], register.Choose("kind", "The kind", v.Kind, kinds), register.Choose("tier", "The tier", v.Tier, tiers))
	v.Data, v.Systems = register.Tidy(v.Data), register.Tidy(v.Systems)
	for _, d := range v.Data {
		checks = append(checks, register.Choose("data", "A class of data", d, dataClasses))
	}
	if len(v.Systems) > 100 {
		checks = append(checks, problem.Field("systems", fmt.Sprintf("%d systems are more than the 100 that fit.", len(v.Systems))))
	}
	if v.ContractFrom.Known() && v.RenewsOn.Known() && v.RenewsOn < v.ContractFrom {
		checks = append(checks, problem.Field("renews_on", fmt.Sprintf("The contract would renew on %s, before it starts on %s. Check both days.", v.RenewsOn, v.ContractFrom)))
	}
	for _, e := range checks {
		if e != nil {
			return v, e
		}
	}
	return v, nil
}

// website checks an address; one without a scheme gets https.
func website(text string) (string, error) {
	text, err := db.Line("website", "The website", text, 300)
	if err != nil || text == "" {
		return text, err
	}
	if !strings.Contains(text, "://") {
		text = "https://" + text
	}
	u, err := url.Parse(text)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || !strings.Contains(u.Hostname(), ".") || strings.ContainsAny(u.Host, " <>\"'") || u.User != nil {
		return "", problem.Field("website", "This is not an address of a website. Write it as https://example.com.")
	}
	return text, nil
}

func (v Vendor) exist(ctx context.Context, tx *db.Tx, org string) error {
	if err := register.Owners(ctx, tx, org, []string{v.Owner}); err != nil {
		return err
	}
	return register.Exist(ctx, tx, org, "system", v.Systems, "systems", "A system is not in the register. Choose from the list, or enter it first.")
}

// All returns the vendors of an organisation in the caller's transaction, in the
// order of their codes, the retired ones among them.
func All(ctx context.Context, tx *db.Tx, org string) ([]Vendor, error) { return kind.All(ctx, tx, org) }

// Coming returns the vendors in use that are to be looked at again, or whose contract
// renews, within days.
func Coming(ctx context.Context, tx *db.Tx, org string, days cadence.Days) ([]Vendor, error) {
	return kind.Matching(ctx, tx, org, `retired_at = 0 AND (review_on BETWEEN $2 AND $3 OR renews_on BETWEEN $2 AND $3)`, days.From, days.To)
}
