package demo

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/cadence"
	"github.com/toucan-grc/toucan/internal/people"
	"github.com/toucan-grc/toucan/internal/sheet"
	"github.com/toucan-grc/toucan/internal/system"
	"github.com/toucan-grc/toucan/internal/vendor"
)

// The management system began six months ago: until then the company had a SOC 2
// report and no more. What belongs to it is planned here, part by part, in days
// before the day of seeding.

// started is the day on which the management system began.
func (t *story) started() cadence.Date { return t.before(6, 0) }

// before is a working day: so many months before the day of seeding, and so many days
// after that.
func (t *story) before(months int, days cadence.Date) cadence.Date {
	return t.workday(t.today.AddMonths(-months) + days)
}

// tuesday is that of the week of a day: audits begin then.
func (t *story) tuesday(d cadence.Date) cadence.Date {
	return d + cadence.Date(int(time.Tuesday)-int(d.Weekday()))
}

// manage plans the management system.
func (t *story) manage() {
	m := &management{systems: map[string]string{}, vendors: map[string]string{}, risks: map[string]string{}, findings: map[string]string{}, actions: map[string]string{}}
	t.duties()
	t.inventories(m)
	t.surroundings()
	t.scopes(m)
	t.assess(m)
	t.applicability(m)
	t.audits(m)
	t.remedy(m)
	t.lead(m)
	t.cycle()
	t.mapping(m)
	t.records()
}

// management is what deeds of the management system hand on to later ones: ids by
// the names the company uses.
type management struct {
	systems, vendors, risks, findings, actions map[string]string
	review, next                               string // codes of the management reviews
}

// mara keeps the management system day by day since she is the security officer; nils
// writes, and lena decides.
func (t *story) mara() access.Actor { return t.actors["Mara Velasco"] }
func (t *story) lena() access.Actor { return t.actors[chief] }

// does what has to be done, and says in which part it failed.
func (t *story) deed(day cadence.Date, hour, minute int, what string, do func(ctx context.Context, at time.Time) error) {
	t.then(t.at(day, hour, minute), func(ctx context.Context, at time.Time) error {
		if err := do(ctx, at); err != nil {
			return fmt.Errorf("%s: %w", what, err)
		}
		return nil
	})
}

// leaders sit in the management review.
var leaders = []string{"Omar Castellan", "Celia Raman", "Nils Eriksen", "Ada Brandt"}

// officer was the security officer until Mara Velasco took over.
const officer = "Omar Castellan"

// duties plans who answers for what.
func (t *story) duties() {
	t.deed(t.started(), 9, 0, "give the duties", func(ctx context.Context, at time.Time) error {
		held := []struct{ role, person string }{{"chief-executive", chief}, {"security-officer", officer}, {"privacy-officer", "Tomas Lind"},
			{"engineering-lead", "Ada Brandt"}, {"people-lead", "Priya Raman"}, {"ai-officer", "Sam Whitfield"}}
		for _, l := range leaders {
			held = append(held, struct{ role, person string }{"leadership-team", l})
		}
		for _, h := range held {
			if _, err := t.People.GiveDuty(ctx, t.admin, people.Giving{Role: h.role, Person: t.persons[h.person], From: t.started()}, at); err != nil {
				return err
			}
		}
		return nil
	})
	t.deed(t.before(3, 0), 9, 0, "hand over the security office", func(ctx context.Context, at time.Time) error {
		_, err := t.People.GiveDuty(ctx, t.admin, people.Giving{Role: "security-officer", Person: t.persons["Mara Velasco"], Alone: true}, at)
		return err
	})
}

// file reads a table of the company as somebody uploads it.
func (t *story) table(path string, columns []sheet.Column) (*sheet.Sheet, error) {
	raw, err := data.ReadFile("data/" + path)
	if err != nil {
		return nil, err
	}
	return sheet.Read(path, raw, columns)
}

// inventories plans the registers of what the company has, from whom, and what it
// promised.
func (t *story) inventories(m *management) {
	day := t.before(6, 1)
	t.deed(day, 9, 10, "enter the systems", func(ctx context.Context, at time.Time) error {
		s, err := t.table("systems.csv", system.SystemColumns())
		if err == nil {
			_, err = t.Systems.ImportSystems(ctx, t.admin, s, at)
		}
		return err
	})
	t.deed(day, 9, 20, "enter the sites", func(ctx context.Context, at time.Time) error {
		s, err := t.table("sites.csv", system.SiteColumns())
		if err == nil {
			_, err = t.Systems.ImportSites(ctx, t.admin, s, at)
		}
		return err
	})
	t.deed(day, 9, 40, "enter the assets", func(ctx context.Context, at time.Time) error {
		s, err := t.assets()
		if err == nil {
			_, err = t.Systems.ImportAssets(ctx, t.admin, s, at)
		}
		return err
	})
	t.deed(day, 10, 0, "enter the vendors", func(ctx context.Context, at time.Time) error {
		s, err := t.suppliers()
		if err == nil {
			_, err = t.Vendors.Import(ctx, t.admin, s, at)
		}
		if err != nil {
			return err
		}
		return t.name(ctx, m)
	})
	t.deed(day, 10, 30, "adopt the commitments", func(ctx context.Context, at time.Time) error {
		if err := t.Policies.SetVariables(ctx, t.admin, promised, at); err != nil {
			return err
		}
		var ids []string
		for _, c := range system.Library() { // what the report speaks of: its three categories
			if c.Category == "security" || c.Category == "availability" || c.Category == "confidentiality" {
				ids = append(ids, c.Library)
			}
		}
		list, err := t.Systems.Adopt(ctx, t.admin, ids, at)
		if err != nil {
			return err
		}
		return t.bind(ctx, list, at.Add(20*time.Minute))
	})
	t.newcomers(m)
}

// name reads the ids of systems and vendors.
func (t *story) name(ctx context.Context, m *management) error {
	systems, err := t.Systems.Systems(ctx, t.admin)
	if err != nil {
		return err
	}
	for _, s := range systems {
		m.systems[s.Name] = s.ID
	}
	vendors, err := t.Vendors.List(ctx, t.admin)
	for _, v := range vendors {
		m.vendors[v.Name] = v.ID
	}
	return err
}

// assets are the inventory, each looked at on some day of the weeks before.
func (t *story) assets() (*sheet.Sheet, error) {
	rows, err := read("data/assets.csv")
	s := &sheet.Sheet{File: "assets.csv"}
	for i, r := range rows {
		r["reviewed_on"] = t.workday(t.started() - 3 - cadence.Date(hash(r["name"])%40)).String()
		s.Rows = append(s.Rows, sheet.Row{Number: i + 2, Cells: r})
	}
	return s, err
}

// suppliers are the register of vendors. Contracts began so many months ago, renew in
// so many, and are looked at again in so many: of some that day has gone by.
func (t *story) suppliers() (*sheet.Sheet, error) {
	rows, err := read("data/vendors.csv")
	s := &sheet.Sheet{File: "vendors.csv"}
	months := func(text string, sign int) string {
		var n int
		if _, err := fmt.Sscan(text, &n); err != nil {
			return ""
		}
		return t.today.AddMonths(sign * n).String()
	}
	for i, r := range rows {
		r["contract_from"], r["renews_on"], r["review_on"] = months(r["from"], -1), months(r["renews"], 1), months(r["review"], 1)
		if r["name"] == "Deskline" || r["name"] == "Leasewell Devices" { // nobody has looked yet
			r["review_on"] = (t.today - 12).String()
		}
		s.Rows = append(s.Rows, sheet.Row{Number: i + 2, Cells: r})
	}
	return s, err
}

// promised are the figures of the commitments.
var promised = map[string]string{"uptime_commitment": "99.9 percent", "maintenance_notice": "five working days", "rto": "4 hours", "rpo": "1 hour", "backup_frequency": "daily",
	"customer_data_deletion": "30 days", "customer_breach_notice": "48 hours", "support_hours": "8:00 to 18:00 on working days", "access_removal_deadline": "24 hours", "log_retention": "12 months"}

// keeps says who answers for a commitment, and which controls keep it.
var keeps = map[string]struct{ owner, controls string }{
	"SC-01": {"Ada Brandt", "BC-01;MO-03"}, "SC-02": {"Nora Grigoryan", "CH-01;GV-08"}, "SC-03": {"Ada Brandt", "BC-01;BC-03"}, "SC-04": {"Kofi Mensah", "BC-02;BC-03"},
	"SC-05": {"Mara Velasco", "AC-04;AC-10"}, "SC-06": {"Tomas Lind", "CR-04"}, "SC-07": {"Ines Okafor", "IN-08;PR-09"}, "SC-08": {"Mara Velasco", "VU-04"},
	"SC-09": {"Nora Grigoryan", "IN-02;IN-03"}, "SC-14": {"Jun Okada", "AC-01;AC-06"}, "SC-15": {"Jun Okada", "AC-03;AC-04"}, "SC-16": {"Ada Brandt", "CH-01;CH-02"},
	"SC-17": {"Kofi Mensah", "VU-01;VU-03"}, "SC-18": {"Kofi Mensah", "MO-01;MO-02;MO-03"}, "SC-19": {"Kofi Mensah", "CR-01;NW-02"}, "SC-20": {"Ada Brandt", ""},
}

// bind says of each commitment who answers for it and what keeps it.
func (t *story) bind(ctx context.Context, list []system.Commitment, at time.Time) error {
	for _, c := range list {
		k := keeps[c.Library]
		c.Owner, c.Controls = t.persons[k.owner], t.ids(k.controls)
		if c.Library == "SC-03" { // the promise is four hours, the library says a day
			c.Target = "<=4 hours"
		}
		if _, err := t.Systems.PutCommitment(ctx, t.admin, c, at); err != nil {
			return err
		}
	}
	return nil
}

// ids are the ids of controls by their codes.
func (t *story) ids(codes string) []string {
	var out []string
	for _, code := range strings.FieldsFunc(codes, func(r rune) bool { return r == ';' }) {
		out = append(out, t.controls[code].ID)
	}
	return out
}

// The service that was brought in three weeks ago: it writes down what is said in
// calls with customers.
const (
	notes    = "Call notes"
	notesman = "Minutewise"
)

// newcomers plans what changed since: a process four months ago, and a cloud service
// three weeks ago.
func (t *story) newcomers(m *management) {
	t.deed(t.before(4, 0), 10, 0, "change a process", func(ctx context.Context, at time.Time) error {
		list, err := t.Systems.Systems(ctx, t.admin)
		if err != nil {
			return err
		}
		for _, s := range list {
			if s.Name != "Incident handling" {
				continue
			}
			s.Description = "From the first report or alert to the lessons: triage by the person on call, containment, notice to customers by support, review within ten days. The service desk of the night was given up."
			if s, err = t.Systems.PutSystem(ctx, t.mara(), s, at); err != nil {
				return err
			}
			return t.ISMS.MappingOfSystem(ctx, t.admin.Org(), system.Changed{Sort: "process", ID: s.ID, What: "changed"}, "demonstration: process", at)
		}
		return nil
	})
	t.deed(t.workday(t.today-21), 11, 0, "bring in a cloud service", func(ctx context.Context, at time.Time) error {
		s, err := t.Systems.PutSystem(ctx, t.mara(), system.System{Name: notes, Kind: "saas", Criticality: "medium", Cloud: true, Owner: t.persons["Nora Grigoryan"], Controls: t.ids("AC-01;AC-10;PR-08;VM-02"),
			Description: "Writes down what is said in calls with customers, and sums it up; support tries it with twelve people."}, at)
		if err != nil {
			return err
		}
		m.systems[notes] = s.ID
		v, err := t.Vendors.Put(ctx, t.mara(), vendor.Vendor{Name: notesman, Website: "https://minutewise.example", Does: "Records and transcribes calls with customers.", Kind: "cloud-service", Tier: "high",
			Data: []string{"customer-data", "personal-data"}, Owner: t.persons["Nora Grigoryan"], Systems: []string{s.ID}, ContractFrom: t.today - 24, RenewsOn: t.today.AddMonths(11), ReviewOn: t.today + 20,
			Certificates: "A SOC 2 Type 1 report was promised", Notes: "A trial of three months; the contract for more waits for the review."}, at)
		if err != nil {
			return err
		}
		m.vendors[notesman] = v.ID
		if err := t.ISMS.MappingOfSystem(ctx, t.admin.Org(), system.Changed{Sort: "cloud", ID: s.ID, What: "new"}, "demonstration: service", at); err != nil {
			return err
		}
		return t.ISMS.MappingOfVendor(ctx, t.admin.Org(), vendor.Changed{ID: v.ID, What: "new"}, "demonstration: vendor", at)
	})
}

// document files a record of the management system, which a second person accepts.
func (t *story) document(day cadence.Date, kind, title string, refs string, lines ...string) {
	f := t.note(t.admin, kind, title, t.at(day, 14, 10), lines...)
	f.Requirements, f.review, f.key = iso(refs), true, title
	t.file(f)
}
