// Package audit is how a control is examined: the population of everything it
// acted on, the selection drawn from it, and what was found item by item. It
// keeps who may choose and who may judge apart from what chance decides, and
// writes each step into the log.
package audit

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"
	"time"

	"github.com/toucan-grc/toucan/internal/cadence"
	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/document"
	"github.com/toucan-grc/toucan/internal/problem"
)

// Limits of a population.
const (
	MaxRows    = 100_000
	MaxColumns = 20
	MaxItems   = 2_000 // of a selection, replacements included
	maxKey     = 200
	maxCell    = 500
)

// Row is one instance of a control, as a list of its source has it.
type Row struct {
	N       int    // position in the population, from 1
	Key     string // what it is known by, such as the number of a ticket; no two rows have the same
	Date    cadence.Date
	Stratum string   // the group it belongs to, or empty
	Cells   []string // what else the list says, one for each column of the population
}

// Population is every instance of a control over an observation window. It is a
// draft until it is fixed; from then on neither it nor its rows ever change, only
// the rows can be erased, which leaves their hash.
type Population struct {
	ID           string
	Control      string       // id
	Window       cadence.Days // the observation window it is examined for
	Name         string       // what it is, in a few words, such as "Joiners of 2026"
	Source       string       // where the list comes from: the system, and the query or command
	Parameters   string       // what was set: filters, time zone, account
	ExtractedAt  time.Time    // UTC; when the list was taken
	Completeness string       // how it was checked that nothing is missing and nothing is wrong
	Pace         Pace
	Columns      []string // headings of the cells of its rows
	File         string   // the file the rows came in, or how they were made
	Rows         int      // how many there are
	Hash         string   // SHA-256 of Canonical, in hex; empty while it is a draft

	MadeAt        time.Time
	MadeBy        string // account id
	FixedAt       time.Time
	FixedBy       string
	ErasedAt      time.Time
	ErasedBy      string
	ErasedBecause string
}

// Fixed reports whether the population can no longer change.
func (p Population) Fixed() bool { return !p.FixedAt.IsZero() }

// Erased reports whether its rows were erased.
func (p Population) Erased() bool { return !p.ErasedAt.IsZero() }

// Canonical is a population as its hash has it, and as it leaves Toucan: a CSV
// file in UTF-8 with a heading and one line for each row, in order, each ended by
// a line feed. What a spreadsheet would take for a formula has an apostrophe in
// front. sha256sum of the file gives the hash.
func Canonical(columns []string, rows []Row) ([]byte, error) {
	t := document.Table{Rows: make([][]string, 0, len(rows)+1)}
	t.Rows = append(t.Rows, append([]string{"key", "date", "stratum"}, columns...))
	for _, r := range rows {
		t.Rows = append(t.Rows, append([]string{r.Key, r.Date.String(), r.Stratum}, r.Cells...))
	}
	var b bytes.Buffer
	err := document.WriteCSV(&b, t)
	return b.Bytes(), err
}

// HashOf is the hash of a population's rows.
func HashOf(columns []string, rows []Row) (string, error) {
	data, err := Canonical(columns, rows)
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:]), nil
}

// Strata returns how many rows each stratum has.
func Strata(rows []Row) map[string]int {
	out := map[string]int{}
	for _, r := range rows {
		out[r.Stratum]++
	}
	return out
}

// checked returns the population as a person may enter it, or what is wrong.
func (p Population) checked(now time.Time) (Population, error) {
	var err error
	if p.Name, err = db.Line("name", "The name", p.Name, 200); err != nil {
		return p, err
	}
	if p.Name == "" {
		return p, problem.Field("name", "Say in a few words what the population is, such as “Joiners of 2026”.")
	}
	if !p.Window.Known() {
		return p, problem.Field("from", "Give the first and the last day of the observation window.")
	}
	if p.Window.Len() > 5*366 {
		return p, problem.Field("to", "The window is longer than five years. Split it.")
	}
	for _, f := range []struct {
		field, label string
		text         *string
	}{{"source", "The source", &p.Source}, {"parameters", "The list of parameters", &p.Parameters}, {"completeness", "The note on completeness", &p.Completeness}} {
		if *f.text, err = db.Prose(f.field, f.label, *f.text, 4000); err != nil {
			return p, err
		}
	}
	if !slices.ContainsFunc(CustomaryBands(), func(b Band) bool { return b.Pace == p.Pace }) {
		return p, problem.Field("pace", "Choose how often the control acts.")
	}
	if p.ExtractedAt.After(now.Add(5 * time.Minute)) {
		return p, problem.Field("extracted", "The list cannot have been taken in the future. Check date and time.")
	}
	return p, nil
}

// fixable says what is missing before the population can be fixed.
func (p Population) fixable() error {
	switch {
	case p.Rows == 0:
		return problem.New(problem.Invalid, "The population has no rows yet. Bring the list in first.")
	case p.Source == "":
		return problem.Field("source", "Say where the list comes from, so that somebody else could take it again.")
	case p.ExtractedAt.IsZero():
		return problem.Field("extracted", "Say when the list was taken.")
	case p.Completeness == "":
		return problem.Field("completeness", "Say how it was checked that the list is complete and correct. An auditor relies on it as much as on the items.")
	}
	return nil
}

// checkRows refuses rows that cannot be kept, naming the first one at fault.
func checkRows(columns []string, rows []Row) error {
	if len(rows) == 0 {
		return problem.Field("rows", "The list has no rows.")
	}
	if len(rows) > MaxRows {
		return problem.Field("rows", "The list has more than 100,000 rows. Split the population, by month or by system.")
	}
	if len(columns) > MaxColumns {
		return problem.Field("rows", "At most 20 columns are kept beside key, date and stratum. Leave out those that are not needed to find an item.")
	}
	seen := make(map[string]bool, len(rows))
	for i, r := range rows {
		if r.Key == "" || strings.TrimSpace(r.Key) != r.Key || len(r.Cells) != len(columns) || r.N != i+1 {
			return problem.New(problem.Invalid, "Row %d of the list is not well formed. Read the file again.", i+1)
		}
		if seen[r.Key] {
			return problem.New(problem.Invalid, "Row %d: the key “%s” stands twice. Every item needs a key of its own.", i+1, r.Key)
		}
		seen[r.Key] = true
	}
	return nil
}
