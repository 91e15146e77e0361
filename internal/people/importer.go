package people

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"time"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/job"
	"github.com/toucan-grc/toucan/internal/problem"
	"github.com/toucan-grc/toucan/internal/upload"
)

// LongImport is how many people are entered while somebody waits for the page; a
// longer list is entered by a job.
const LongImport = 1000

// Importer enters the lists of people that were uploaded. It is safe for
// concurrent use.
type Importer struct {
	people  *Store
	uploads *upload.Store
}

// NewImporter returns an importer.
func NewImporter(people *Store, uploads *upload.Store) *Importer { return &Importer{people, uploads} }

// ImportWork is the job that enters an uploaded list.
type ImportWork struct {
	Upload string `json:"upload"`
}

// Kind implements job.Work.
func (ImportWork) Kind() string { return "people.import" }

// Outcome is what came of a confirmation: what was done, or the job that does it.
type Outcome struct {
	File   string
	Result Result
	Job    int64 // 0: it is done
}

// Confirm enters an uploaded list, all of it or nothing: at once when it is short,
// and otherwise by a job. The list is checked before the job is queued. Confirming
// twice queues one job.
func (m *Importer) Confirm(ctx context.Context, who access.Actor, id string, l List, now time.Time) (Outcome, error) {
	if err := who.May(access.ManagePeople); err != nil {
		return Outcome{}, err
	}
	f, err := m.uploads.Open(ctx, who, upload.People, id, now)
	if err != nil || f.Job != 0 {
		return Outcome{File: f.Name, Job: f.Job}, err
	}
	sheet, err := ReadSheet(f.Name, f.Data)
	if err != nil {
		return Outcome{}, err
	}
	c := Outcome{File: f.Name}
	if len(sheet.Entries) <= LongImport {
		c.Result, err = m.people.enter(ctx, who, sheet, l, steps{finish: func(ctx context.Context, tx *db.Tx, _ Result) error {
			return m.uploads.Finish(ctx, tx, who, upload.People, id, "")
		}}, now)
		return c, err
	}
	if _, faults, err := m.people.Preview(ctx, who, sheet, l, now); err != nil {
		return Outcome{}, err
	} else if len(faults) > 0 {
		return Outcome{}, refused(f.Name, faults)
	}
	read, err := json.Marshal(l)
	if err != nil {
		return Outcome{}, fmt.Errorf("keeping what a list is: %w", err)
	}
	err = m.people.db.Write(ctx, who.Org(), db.People, func(ctx context.Context, tx *db.Tx) error {
		c.Job, err = m.uploads.Confirm(ctx, tx, who, upload.People, id, string(read), now, func() (int64, error) {
			return job.Insert(ctx, tx, job.Order{Org: who.Org(), Account: who.Account(), Once: true}, ImportWork{id})
		})
		return err
	})
	return c, err
}

// Run is the job: it enters what was confirmed. What came of it is written in the
// transaction of the import, so a job that runs again after the server was killed
// enters nothing twice.
func (m *Importer) Run(ctx context.Context, who access.Actor, t job.Task[ImportWork], now time.Time) error {
	if err := who.May(access.ManagePeople); err != nil {
		return err
	}
	t.Report("Reading the file", 0, 0)
	f, err := m.uploads.Open(ctx, who, upload.People, t.Work.Upload, now)
	if err != nil {
		return err
	}
	if f.Job == 0 {
		return problem.New(problem.Conflict, "This file was not confirmed, so nobody was entered. Open the import again.")
	}
	if f.Result != "" {
		t.Say(f.Result)
		return nil
	}
	var l List
	if err := json.Unmarshal([]byte(f.Plan), &l); err != nil {
		return fmt.Errorf("reading what a list is: %w", err)
	}
	sheet, err := ReadSheet(f.Name, f.Data)
	if err != nil {
		return err
	}
	res, err := m.people.enter(ctx, who, sheet, l, steps{
		progress: func(words string, done, total int) error {
			t.Report(words, done, total)
			return ctx.Err() // somebody cancelled it, or the server stops
		},
		finish: func(ctx context.Context, tx *db.Tx, res Result) error {
			return m.uploads.Finish(ctx, tx, who, upload.People, f.ID, res.Sentence())
		},
	}, now)
	if err != nil {
		return err
	}
	t.Say(res.Sentence())
	return nil
}

// Sentence says what an import did.
func (r Result) Sentence() string {
	s := strconv.Itoa(len(r.Created)) + " entered, " + strconv.Itoa(len(r.Updated)) + " changed, " + strconv.Itoa(r.Unchanged) + " as they were."
	if n := len(r.Kept); n > 0 {
		s += " " + counted(n, "value", "values") + " of the list not taken."
	}
	if n := len(r.Missing); n > 0 {
		s += " " + counted(n, "person is", "people are") + " not in the list any more."
	}
	return s
}

func counted(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return strconv.Itoa(n) + " " + many
}
