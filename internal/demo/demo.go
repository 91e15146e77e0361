// Package demo is Meridian Cloud, the demonstration company: 120 people, a SOC 2
// report, ISO 27001 in progress, and NIST CSF. It is entered through the same
// stores as anybody's data, so that it is in the log like anybody's data, and it
// is the same on every machine.
package demo

import (
	"bytes"
	"context"
	"embed"
	"encoding/csv"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/approval"
	"github.com/toucan-grc/toucan/internal/audit"
	"github.com/toucan-grc/toucan/internal/control"
	"github.com/toucan-grc/toucan/internal/crosswalk"
	"github.com/toucan-grc/toucan/internal/device"
	"github.com/toucan-grc/toucan/internal/device/osquery"
	"github.com/toucan-grc/toucan/internal/device/source"
	"github.com/toucan-grc/toucan/internal/evidence"
	"github.com/toucan-grc/toucan/internal/finding"
	"github.com/toucan-grc/toucan/internal/gap"
	"github.com/toucan-grc/toucan/internal/isms"
	"github.com/toucan-grc/toucan/internal/joiner"
	"github.com/toucan-grc/toucan/internal/ledger"
	"github.com/toucan-grc/toucan/internal/monitor"
	"github.com/toucan-grc/toucan/internal/notify"
	"github.com/toucan-grc/toucan/internal/people"
	"github.com/toucan-grc/toucan/internal/policy"
	"github.com/toucan-grc/toucan/internal/problem"
	"github.com/toucan-grc/toucan/internal/report"
	"github.com/toucan-grc/toucan/internal/result"
	"github.com/toucan-grc/toucan/internal/risk"
	"github.com/toucan-grc/toucan/internal/standing"
	"github.com/toucan-grc/toucan/internal/system"
	"github.com/toucan-grc/toucan/internal/task"
	"github.com/toucan-grc/toucan/internal/trail"
	"github.com/toucan-grc/toucan/internal/training"
	"github.com/toucan-grc/toucan/internal/vendor"
)

//go:embed data
var data embed.FS

// The organisation and the person who administers it. The passphrase opens a
// company that does not exist, on the machine it was seeded on.
const (
	Organisation = "Meridian Cloud"
	Slug         = "meridian"
	Email        = "nils.sorensen@meridian.example"
	name         = "Nils Sorensen"

	NewcomerEmail = "piet.quist@meridian.example" // an employee who started two weeks ago
)

// Stores is where the company is entered.
type Stores struct {
	Access    *access.Store
	People    *people.Store
	Controls  *control.Store
	Crosswalk *crosswalk.Store
	Keeper    *ledger.Keeper
	Samples   *audit.Store
	Evidence  *evidence.Store
	Results   *result.Store
	Trail     *trail.Store
	Tasks     *task.Store
	Approvals *approval.Store
	Outbox    *notify.Outbox
	Standing  *standing.Store
	Report    *report.Store
	Joiners   *joiner.Store
	Monitor   *monitor.Store
	Training  *training.Store
	Policies  *policy.Store
	Systems   *system.Store
	Vendors   *vendor.Store
	Devices   *device.Store
	Hosts     *osquery.Store // machines with osquery
	Sources   *source.Store  // systems that manage devices
	Findings  *finding.Store
	Risks     *risk.Store
	Gaps      *gap.Store
	ISMS      *isms.Store

	Connections *training.Connections // to training providers

	// Forget takes work of some kinds out of the outbox: what follows an event was done
	// when it happened, and is not to be done again today.
	Forget func(ctx context.Context, org string, kinds ...string) error
}

// unfinished is what the organisation is called until everything is entered.
const unfinished = Organisation + " (being entered)"

// Seed enters the company into an empty installation: fourteen months of it, up to
// now. token is the one-time first-run token; passphrase becomes that of all who
// have an account. It reports false without doing anything if token is empty, which
// means that somebody is already there. Without the stores of evidence, results and
// samples only people, frameworks and controls are entered.
func Seed(ctx context.Context, s Stores, token, passphrase string, now time.Time) (bool, error) {
	if token == "" {
		return false, nil
	}
	c, err := newCalendar(now)
	if err != nil {
		return false, err
	}
	t := &story{Stores: s, calendar: c, passphrase: passphrase, items: map[string]string{}}
	if err := t.found(ctx, token); err != nil {
		return false, err
	}
	if s.Evidence != nil {
		if err := t.happen(ctx); err != nil {
			return false, err
		}
	}
	return true, s.Access.EditOrganisation(ctx, t.admin, Organisation, zone, now)
}

// Whole returns a Conflict problem if the seeding of the company was interrupted.
func Whole(ctx context.Context, s Stores, account access.Account) error {
	who, err := s.Access.Enter(ctx, account, Slug)
	if err != nil {
		return err
	}
	o, err := s.Access.Organisation(ctx, who)
	if err == nil && o.Name == unfinished {
		err = problem.New(problem.Conflict, "The demonstration was interrupted while it was entered, so a part of it is missing. Delete the data folder, or choose an empty --data-dir, and start again.")
	}
	return err
}

// found makes the organisation on the days before the history begins, and enters
// people, frameworks and controls on its first day.
func (t *story) found(ctx context.Context, token string) error {
	founded := t.at(t.begin-3, 10, 0)
	in, err := t.Access.CreateFirst(ctx, access.First{
		Token: token, Organisation: unfinished, Slug: Slug, Name: name, Email: Email, Passphrase: t.passphrase,
	}, access.Client{Agent: "demonstration"}, founded)
	if err != nil {
		return fmt.Errorf("create the organisation: %w", err)
	}
	if err := t.Access.SignOut(ctx, in.Token); err != nil {
		return err
	}
	if t.admin, err = t.Access.Enter(ctx, in.Account, Slug); err != nil {
		return err
	}
	if err := t.Access.EditOrganisation(ctx, t.admin, unfinished, zone, founded.Add(time.Minute)); err != nil {
		return err
	}
	if t.persons, err = t.register(ctx, t.admin, founded.Add(time.Hour)); err != nil {
		return fmt.Errorf("enter the people: %w", err)
	}
	t.names = slices.Sorted(maps.Keys(t.persons))
	t.names = slices.DeleteFunc(t.names, func(name string) bool { return name == machine })
	first := t.at(t.begin-1, 15, 0) // what operates does so from the day after
	for _, f := range []string{"soc2-2017", "iso27001-2022", "nist-csf-2.0"} {
		if err := t.Crosswalk.Enable(ctx, t.admin, f, first); err != nil {
			return err
		}
	}
	if err := t.Crosswalk.SetCategories(ctx, t.admin, "soc2-2017", []string{"CC", "A", "C"}, first); err != nil {
		return err
	}
	plan, err := t.inventory()
	if err != nil {
		return err
	}
	if _, err := t.Crosswalk.Import(ctx, t.admin, plan, first); err != nil {
		return fmt.Errorf("enter the controls: %w", err)
	}
	return t.decide(ctx, t.admin, t.at(t.in(1, 20), 14, 0))
}

// happen lives through the fourteen months.
func (t *story) happen(ctx context.Context) error {
	list, err := t.Controls.List(ctx, t.admin, control.Filter{})
	if err != nil {
		return err
	}
	t.controls = map[string]control.Control{}
	for _, c := range list {
		t.controls[c.Code] = c
	}
	if err := t.invite(ctx, t.at(t.begin-1, 16, 0)); err != nil {
		return fmt.Errorf("let colleagues in: %w", err)
	}
	habits, err := routines()
	if err != nil {
		return err
	}
	watches, err := tests()
	if err != nil {
		return err
	}
	t.plan(habits)
	t.watch(watches)
	if err := t.devices(); err != nil {
		return err
	}
	t.examine()
	t.loose()
	t.sign()
	if err := t.programme(); err != nil {
		return err
	}
	t.manage()
	if err := t.keep(ctx); err != nil {
		return err
	}
	if err := t.live(ctx); err != nil {
		return err
	}
	if err := t.Monitor.Tend(ctx, t.admin.Org(), t.now); err != nil {
		return err
	}
	if t.Forget != nil {
		if err := t.Forget(ctx, t.admin.Org(), system.Changed{}.Kind(), vendor.Changed{}.Kind(), crosswalk.Answered{}.Kind()); err != nil {
			return err
		}
	}
	_, err = t.Keeper.Sign(ctx, t.admin.Org(), 1, t.now)
	return err
}

// programme plans what is asked of people and by which documents.
func (t *story) programme() error {
	t.staff()
	t.policies()
	t.courses()
	if err := t.onboarding(); err != nil {
		return err
	}
	return t.admit()
}

// register enters the people and returns their ids by name.
func (t *story) register(ctx context.Context, who access.Actor, now time.Time) (map[string]string, error) {
	sheet, err := t.list(false)
	if err != nil {
		return nil, err
	}
	if _, err := t.People.Import(ctx, who, sheet, people.List{Source: people.HR, Full: true}, now); err != nil {
		return nil, err
	}
	all, err := t.People.List(ctx, who)
	if err != nil {
		return nil, err
	}
	ids := map[string]string{}
	for _, p := range all {
		ids[p.Name] = p.ID
	}
	return ids, nil
}

// inventory joins what the company claims with the texts of the control library.
// The company wrote its own list long ago: the controls are tagged to what it
// meets, and nothing about the library is remembered.
func (t *story) inventory() (crosswalk.ImportPlan, error) {
	plan, reach := crosswalk.ImportPlan{File: "Meridian controls"}, crosswalk.ShippedReach()
	claims, err := read("data/controls.csv")
	if err != nil {
		return plan, err
	}
	for _, c := range claims {
		entry, ok := reach.Library.Find(c["code"])
		if !ok || t.persons[c["owner"]] == "" {
			return plan, fmt.Errorf("demo/data/controls.csv: %s or its owner %s is unknown", c["code"], c["owner"])
		}
		row := crosswalk.ImportRow{Control: entry.Control()}
		row.Control.Owner, row.Control.Status = t.persons[c["owner"]], control.Status(c["status"])
		if c["kind"] != "" { // the library has them done daily; here machines do them and tests watch them, so they run all the time
			row.Control.Kind, row.Control.Frequency = control.Kind(c["kind"]), ""
		}
		if row.Control.Status == control.Operated {
			row.Control.Since = t.begin
		}
		for _, l := range reach.Links(entry.Code) {
			if f := l.Ref.Framework; f == "soc2-2017" && !strings.HasPrefix(l.Ref.ID, "P") || f == "nist-csf-2.0" {
				row.Refs = append(row.Refs, l.Ref)
			}
		}
		plan.Rows = append(plan.Rows, row)
	}
	return plan, nil
}

// read returns the rows of an embedded table by column name.
func read(path string) ([]map[string]string, error) {
	raw, err := data.ReadFile(path)
	if err != nil {
		return nil, err
	}
	rows, err := csv.NewReader(bytes.NewReader(raw)).ReadAll()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	out := make([]map[string]string, 0, len(rows))
	for _, r := range rows[1:] {
		m := make(map[string]string, len(r))
		for i, cell := range r {
			m[rows[0][i]] = cell
		}
		out = append(out, m)
	}
	return out, nil
}
