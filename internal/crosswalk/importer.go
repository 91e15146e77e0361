package crosswalk

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/control"
	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/job"
	"github.com/toucan-grc/toucan/internal/people"
	"github.com/toucan-grc/toucan/internal/problem"
	"github.com/toucan-grc/toucan/internal/upload"
)

// LongImport is how many controls are entered while a person waits for the page;
// a longer list is entered by a job.
const LongImport = 500

// Importer enters the inventories people upload. It is safe for concurrent use.
type Importer struct {
	links    *Store
	register *people.Store
	uploads  *upload.Store
	db       *db.DB
}

// NewImporter returns an importer.
func NewImporter(links *Store, register *people.Store, uploads *upload.Store) *Importer {
	return &Importer{links: links, register: register, uploads: uploads, db: links.db}
}

// ImportWork is the job that enters an uploaded inventory.
type ImportWork struct {
	Upload string `json:"upload"`
}

// Kind implements job.Work.
func (ImportWork) Kind() string { return "inventory.import" }

// Outcome is what came of a confirmation: the result of an import that is
// done, or the job that is going to do it.
type Outcome struct {
	File       string
	Result     ImportResult
	Job        int64 // 0: it is done
	Unfollowed error // why the frameworks of the list could not be followed, which undoes nothing
}

// Confirm enters an uploaded inventory, all of it or nothing: at once when it is
// short, and otherwise by a job. The whole list is checked before a job is
// queued. layout nil means the proposed one. Confirming twice queues one job.
func (m *Importer) Confirm(ctx context.Context, who access.Actor, id string, layout *control.Layout, now time.Time) (Outcome, error) {
	for _, a := range []access.Action{access.ImportInventory, access.EditLinks} {
		if err := who.May(a); err != nil {
			return Outcome{}, err
		}
	}
	f, err := m.uploads.Open(ctx, who, upload.Controls, id, now)
	if err != nil {
		return Outcome{}, err
	}
	if f.Job != 0 {
		return Outcome{File: f.Name, Job: f.Job}, nil
	}
	plan, err := m.plan(ctx, who, f, layout, now)
	if err != nil {
		return Outcome{}, err
	}
	if len(plan.Rows) <= LongImport {
		plan.Finish = func(ctx context.Context, tx *db.Tx, _ ImportResult) error {
			return m.uploads.Finish(ctx, tx, who, upload.Controls, id, "")
		}
		res, err := m.links.Import(ctx, who, plan, now)
		if err != nil {
			return Outcome{}, err
		}
		return Outcome{File: plan.File, Result: res, Unfollowed: m.follow(ctx, who, plan, now)}, nil
	}
	if err := m.links.CheckImport(ctx, who, plan, now); err != nil {
		return Outcome{}, err
	}
	return m.queue(ctx, who, f, layout, now)
}

// queue confirms the upload and queues the job, both or neither.
func (m *Importer) queue(ctx context.Context, who access.Actor, f upload.File, layout *control.Layout, now time.Time) (Outcome, error) {
	read, err := json.Marshal(layout)
	if err != nil {
		return Outcome{}, fmt.Errorf("keeping the layout: %w", err)
	}
	c := Outcome{File: f.Name}
	err = m.db.Write(ctx, who.Org(), db.People, func(ctx context.Context, tx *db.Tx) error {
		c.Job, err = m.uploads.Confirm(ctx, tx, who, upload.Controls, f.ID, string(read), now, func() (int64, error) {
			return job.Insert(ctx, tx, job.Order{Org: who.Org(), Account: who.Account(), Once: true}, ImportWork{f.ID})
		})
		return err
	})
	return c, err
}

// Run is the job: it enters what was confirmed. The outcome is written in the
// transaction of the import, so a job that runs again after the server was
// killed says what the first run did, and enters nothing twice.
func (m *Importer) Run(ctx context.Context, who access.Actor, t job.Task[ImportWork], now time.Time) error {
	for _, a := range []access.Action{access.ImportInventory, access.EditLinks} {
		if err := who.May(a); err != nil {
			return err
		}
	}
	t.Report("Reading the file", 0, 0)
	f, err := m.uploads.Open(ctx, who, upload.Controls, t.Work.Upload, now)
	if err != nil {
		return err
	}
	if f.Job == 0 {
		return problem.New(problem.Conflict, "This file was not confirmed, so nothing was entered. Open the import again.")
	}
	var res ImportResult
	if f.Result != "" {
		if err := json.Unmarshal([]byte(f.Result), &res); err != nil {
			return fmt.Errorf("reading the result of an import: %w", err)
		}
		t.Say(res.Sentence())
		return nil
	}
	var layout *control.Layout
	if err := json.Unmarshal([]byte(f.Plan), &layout); err != nil {
		return fmt.Errorf("reading the layout: %w", err)
	}
	plan, err := m.plan(ctx, who, f, layout, now)
	if err != nil {
		return err
	}
	plan.Progress = func(words string, done, total int) error {
		t.Report(words, done, total)
		return ctx.Err() // somebody cancelled it, or the server stops
	}
	plan.Finish = func(ctx context.Context, tx *db.Tx, res ImportResult) error {
		raw, err := json.Marshal(res)
		if err != nil {
			return fmt.Errorf("keeping the result of an import: %w", err)
		}
		return m.uploads.Finish(ctx, tx, who, upload.Controls, f.ID, string(raw))
	}
	if res, err = m.links.Import(ctx, who, plan, now); err != nil {
		return err
	}
	t.Say(res.Sentence())
	if err := m.follow(ctx, who, plan, now); err != nil {
		t.Say(res.Sentence() + " Its frameworks could not be followed; choose them under Frameworks.")
	}
	return nil
}

// plan reads the file and finds the owners it names.
func (m *Importer) plan(ctx context.Context, who access.Actor, f upload.File, layout *control.Layout, now time.Time) (ImportPlan, error) {
	l, err := m.links.Library(ctx, who, now)
	if err != nil {
		return ImportPlan{}, err
	}
	inv, err := l.Inventory(f.Name, f.Data, layout)
	if err != nil {
		return ImportPlan{}, err
	}
	list, err := m.register.List(ctx, who)
	if err != nil {
		return ImportPlan{}, err
	}
	return PlanOf(inv, people.NewRegister(list)), nil
}

// PlanOf is what an inventory would enter, with the owners the register knows.
func PlanOf(inv *control.Inventory, register *people.Register) ImportPlan {
	plan := ImportPlan{File: inv.File}
	for _, row := range inv.Rows {
		c := row.Control
		if row.OwnerText != "" {
			c.Owner = register.Match(row.OwnerText).Person.ID
		}
		r := ImportRow{Control: c, Refs: row.References}
		for _, s := range row.Serves {
			r.Stated = append(r.Stated, Link{Ref: s.Ref, Relation: s.Relation, Rationale: s.Rationale})
		}
		plan.Rows = append(plan.Rows, r)
	}
	return plan
}

// follow begins to follow the frameworks a plan speaks of, if nothing is followed
// yet: somebody who brings a SOC 2 list wants to see SOC 2.
func (m *Importer) follow(ctx context.Context, who access.Actor, plan ImportPlan, now time.Time) error {
	if !who.Can(access.ManageFrameworks) {
		return nil
	}
	enabled, err := m.links.Frameworks(ctx, who, now)
	if err != nil || len(enabled) > 0 {
		return err
	}
	var seen []string
	var errs []error
	for _, row := range plan.Rows {
		for _, ref := range row.Refs {
			if !slices.Contains(seen, ref.Framework) {
				seen = append(seen, ref.Framework)
				errs = append(errs, m.links.Enable(ctx, who, ref.Framework, now))
			}
		}
	}
	return errors.Join(errs...)
}

// Sentence says what an import did.
func (r ImportResult) Sentence() string {
	s := strconv.Itoa(len(r.Created)) + " entered, " + strconv.Itoa(len(r.Updated)) + " changed, " + strconv.Itoa(len(r.Unchanged)) + " as they were, "
	if r.Links == 1 {
		s += "1 link."
	} else {
		s += strconv.Itoa(r.Links) + " links."
	}
	switch n := len(r.Pending); n {
	case 0:
	case 1:
		s += " 1 new text waits for a second person."
	default:
		s += " " + strconv.Itoa(n) + " new texts wait for a second person."
	}
	return s
}
