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
	"strings"
	"time"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/approval"
	"github.com/toucan-grc/toucan/internal/audit"
	"github.com/toucan-grc/toucan/internal/control"
	"github.com/toucan-grc/toucan/internal/crosswalk"
	"github.com/toucan-grc/toucan/internal/evidence"
	"github.com/toucan-grc/toucan/internal/ledger"
	"github.com/toucan-grc/toucan/internal/notify"
	"github.com/toucan-grc/toucan/internal/people"
	"github.com/toucan-grc/toucan/internal/result"
	"github.com/toucan-grc/toucan/internal/task"
	"github.com/toucan-grc/toucan/internal/trail"
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
)

// Stores is where the company is entered.
type Stores struct {
	Access    *access.Store
	People    *people.Store
	Controls  *control.Store
	Crosswalk *crosswalk.Store
	Keeper    *ledger.Keeper
	Samples   *audit.Store
	Results   *result.Store
	Evidence  *evidence.Store
	Trail     *trail.Store
	Tasks     *task.Store
	Approvals *approval.Store
	Outbox    *notify.Outbox
}

// Seed enters the company into an empty installation. token is the one-time
// first-run token; passphrase becomes that of the administrator. It reports
// false without doing anything if token is empty, which means that somebody is
// already there.
func Seed(ctx context.Context, s Stores, token, passphrase string, now time.Time) (bool, error) {
	if token == "" {
		return false, nil
	}
	in, err := s.Access.CreateFirst(ctx, access.First{
		Token: token, Organisation: Organisation, Slug: Slug, Name: name, Email: Email, Passphrase: passphrase,
	}, access.Client{Agent: "demonstration"}, now)
	if err != nil {
		return false, fmt.Errorf("create the organisation: %w", err)
	}
	if err := s.Access.SignOut(ctx, in.Token); err != nil {
		return false, err
	}
	who, err := s.Access.Enter(ctx, in.Account, Slug)
	if err != nil {
		return false, err
	}
	owners, err := s.register(ctx, who, now)
	if err != nil {
		return false, fmt.Errorf("enter the people: %w", err)
	}
	for _, f := range []string{"soc2-2017", "iso27001-2022", "nist-csf-2.0"} {
		if err := s.Crosswalk.Enable(ctx, who, f, now); err != nil {
			return false, err
		}
	}
	if err := s.Crosswalk.SetCategories(ctx, who, "soc2-2017", []string{"CC", "A", "C"}, now); err != nil {
		return false, err
	}
	plan, err := controls(owners)
	if err != nil {
		return false, err
	}
	if _, err := s.Crosswalk.Import(ctx, who, plan, now); err != nil {
		return false, fmt.Errorf("enter the controls: %w", err)
	}
	if err := s.decide(ctx, who, now); err != nil {
		return false, err
	}
	return true, nil
}

// register enters the people and returns their ids by name.
func (s Stores) register(ctx context.Context, who access.Actor, now time.Time) (map[string]string, error) {
	raw, err := data.ReadFile("data/people.csv")
	if err != nil {
		return nil, err
	}
	sheet, err := people.ReadSheet("people.csv", raw)
	if err != nil {
		return nil, err
	}
	if _, err := s.People.Import(ctx, who, sheet, now); err != nil {
		return nil, err
	}
	all, err := s.People.List(ctx, who)
	if err != nil {
		return nil, err
	}
	ids := map[string]string{}
	for _, p := range all {
		ids[p.Name] = p.ID
	}
	return ids, nil
}

// controls joins what the company claims with the texts of the control library.
// The company wrote its own list long ago: the controls are tagged to what it
// meets, and nothing about the library is remembered.
func controls(owners map[string]string) (crosswalk.ImportPlan, error) {
	plan, reach := crosswalk.ImportPlan{File: "Meridian controls"}, crosswalk.ShippedReach()
	claims, err := read("data/controls.csv")
	if err != nil {
		return plan, err
	}
	for _, c := range claims {
		entry, ok := reach.Library.Find(c["code"])
		if !ok || owners[c["owner"]] == "" {
			return plan, fmt.Errorf("demo/data/controls.csv: %s or its owner %s is unknown", c["code"], c["owner"])
		}
		row := crosswalk.ImportRow{Control: entry.Control()}
		row.Control.Owner, row.Control.Status = owners[c["owner"]], control.Status(c["status"])
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
