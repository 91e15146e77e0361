package training

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/document"
	"github.com/toucan-grc/toucan/internal/people"
	"github.com/toucan-grc/toucan/internal/problem"
)

// Record is one completion as another system tells it.
type Record struct {
	Row      int    // of the file or the message, from 1; of a file as a spreadsheet numbers it
	Email    string // this, or External
	External string // what a source of the register calls the person
	Course   string
	At       time.Time
	Score    int    // per cent; 0: none
	File     string // name of the certificate, or empty
}

// maxRecords bounds one file or message.
const (
	maxRecords  = 50_000
	maxDelivery = 1000
)

// RowFault is a record that was not taken, and why.
type RowFault struct {
	Row  int
	Text string // what is wrong and what to do
}

// Sheet is what a file of completions holds.
type Sheet struct {
	Name    string
	Records []Record
	Faults  []RowFault
	Notes   []string
}

// columns of a file of completions, with the words its head may use.
var recordColumns = map[string][]string{
	"email":    {"email", "e-mail", "email address", "e-mail address", "user email", "learner email"},
	"external": {"external id", "external_id", "employee id", "employee_id", "employee number", "employee_number", "personnel number"},
	"course":   {"course", "course name", "course_name", "training", "module", "title", "course title"},
	"at":       {"completed_at", "completed at", "completed on", "completed", "completion date", "completion_date", "date completed", "date"},
	"score":    {"score", "score %", "grade", "result", "score_percent"},
	"file":     {"certificate", "certificate file", "certificate_file", "certificate_file_name", "file"},
}

// ReadSheet reads a file of completions: CSV or XLSX. Rows at fault are named and
// left out; a file that is no such list is an Invalid problem.
func ReadSheet(name string, data []byte) (Sheet, error) {
	out := Sheet{Name: name}
	book, err := document.ReadTables(name, data, document.Limits{Bytes: 20 << 20, Rows: maxRecords + 100, Columns: 200, Cell: 2000})
	if err != nil {
		return out, err
	}
	for _, n := range book.Notes {
		out.Notes = append(out.Notes, n.String())
	}
	for _, t := range book.Tables {
		head, at := recordHead(t.Rows)
		if head < 0 || t.Hidden {
			continue
		}
		out.read(t.Rows[head+1:], head+2, at)
		if len(out.Records)+len(out.Faults) == 0 {
			return out, problem.Field("file", name+" has a head and no rows below it. Check that the export holds completions.")
		}
		return out, nil
	}
	return out, problem.Field("file", name+" has no head with the columns of completions. The first row names them: email (or external_id), course, completed_at, and if you like score and certificate.")
}

// recordHead finds the row that names the columns: among the first ten, since
// exports put a title above it.
func recordHead(rows [][]string) (int, map[string]int) {
	for i, row := range rows[:min(len(rows), 10)] {
		at := map[string]int{}
		for c, cell := range row {
			word := strings.ToLower(strings.Join(strings.Fields(cell), " "))
			for key, words := range recordColumns {
				if _, twice := at[key]; !twice && slices.Contains(words, word) {
					at[key] = c
				}
			}
		}
		_, email := at["email"]
		_, external := at["external"]
		_, when := at["at"]
		if (email || external) && when {
			return i, at
		}
	}
	return -1, nil
}

func (s *Sheet) read(rows [][]string, first int, at map[string]int) {
	for i, row := range rows {
		if len(row) == 0 {
			continue
		}
		cell := func(key string) string {
			if c, ok := at[key]; ok && c < len(row) {
				return strings.TrimSpace(row[c])
			}
			return ""
		}
		r, why := recordOf(cell)
		if r.Row = first + i; why != "" {
			s.Faults = append(s.Faults, RowFault{r.Row, why})
			continue
		}
		if len(s.Records) == maxRecords {
			s.Faults = append(s.Faults, RowFault{r.Row, fmt.Sprintf("The file has more than %d rows. Split it: from here on nothing was read.", maxRecords)})
			return
		}
		s.Records = append(s.Records, r)
	}
}

func recordOf(cell func(string) string) (Record, string) {
	r := Record{Email: cell("email"), External: cell("external"), Course: cell("course"), File: cell("file")}
	when := cell("at")
	if when == "" {
		return r, "It has no date of completion. Leave it out, or say when it was completed."
	}
	at, ok := readMoment(when)
	if !ok {
		return r, fmt.Sprintf("“%.40s” is no date. It looks like 2026-03-01 or 2026-03-01T09:30:00Z; 3/1/2026 could be two days, so it is not read.", when)
	}
	r.At = at
	if text := strings.TrimSuffix(strings.TrimSpace(strings.TrimSuffix(cell("score"), "%")), ".0"); text != "" {
		var n int
		if _, err := fmt.Sscanf(text+"\n", "%d\n", &n); err != nil || n < 0 || n > 100 {
			return r, fmt.Sprintf("The score “%.40s” is no whole number from 0 to 100.", text)
		}
		r.Score = n
	}
	return r, r.lacks()
}

// lacks says what keeps a record from being one, or nothing.
func (r Record) lacks() string {
	for _, text := range []string{r.Email, r.External, r.Course, r.File} {
		if _, err := db.Line("record", "A field", text, 300); err != nil {
			return "A field of it is longer than 300 characters, or holds characters that are no text."
		}
	}
	switch {
	case r.Email == "" && r.External == "":
		return "It names nobody: give an e-mail address or an external id."
	case r.At.IsZero():
		return "It does not say when it was completed."
	case r.At.Year() < 1990 || r.At.Year() > 2200:
		return "The year of its date cannot be right."
	case r.Score < 0 || r.Score > 100:
		return "Its score is not between 0 and 100."
	}
	return ""
}

// readMoment reads a day or a moment of a file. A day begins at noon UTC, so that
// it is that day in nearly every zone.
func readMoment(text string) (time.Time, bool) {
	for _, layout := range []string{time.RFC3339, "2006-01-02T15:04:05", "2006-01-02 15:04:05", "2006-01-02 15:04"} {
		if t, err := time.Parse(layout, text); err == nil {
			return t.UTC(), true
		}
	}
	for _, layout := range []string{time.DateOnly, "2 Jan 2006", "2 January 2006", "Jan 2, 2006", "January 2, 2006", "02-Jan-2006"} {
		if t, err := time.Parse(layout, text); err == nil {
			return t.Add(12 * time.Hour), true
		}
	}
	return time.Time{}, false
}

// Assorted is what records come to for one track.
type Assorted struct {
	Said   []Enrolment
	Faults []RowFault
}

// Assort finds whose completions records are, and
// judges nothing: the record is of one completion. Nobody is guessed.
func Assort(roster *people.Roster, numbers map[string][]string, records []Record, files map[string][]byte, now time.Time) Assorted {
	byEmail, byNumber := map[string]string{}, map[string][]string{}
	for _, p := range roster.All() {
		if p.Email != "" {
			byEmail[address(p.Email)] = p.ID
		}
		for _, n := range numbers[p.ID] {
			if key := numeral(n); !slices.Contains(byNumber[key], p.ID) {
				byNumber[key] = append(byNumber[key], p.ID)
			}
		}
	}
	var out Assorted
	best := map[string]int{} // person → index in Said
	for _, r := range records {
		id, why := whose(byEmail, byNumber, r)
		if why == "" && r.At.After(now.Add(24*time.Hour)) {
			why = "It says it was completed on " + r.At.Format(time.DateOnly) + ", which is still to come."
		}
		if why != "" {
			out.Faults = append(out.Faults, RowFault{r.Row, why})
			continue
		}
		e := Enrolment{Person: id, State: Completed, Reason: "Reported as completed.", At: r.At, Course: r.Course, Score: r.Score}
		if e.At.After(now) { // a zone ahead
			e.At = now
		}
		if r.File != "" {
			b, ok := files[strings.ToLower(path.Base(strings.ReplaceAll(r.File, `\`, "/")))]
			if !ok && len(files) > 0 {
				out.Faults = append(out.Faults, RowFault{r.Row, "The certificate " + r.File + " is not among the files that were sent. The completion is taken without it."})
			}
			e.Certificate = b
		}
		if i, twice := best[id]; twice {
			if e.At.After(out.Said[i].At) {
				out.Said[i] = e
			}
			continue
		}
		best[id] = len(out.Said)
		out.Said = append(out.Said, e)
	}
	return out
}

// whose finds the person of a record, or says why nobody is.
func whose(byEmail map[string]string, byNumber map[string][]string, r Record) (string, string) {
	byAddress, byExternal := byEmail[address(r.Email)], byNumber[numeral(r.External)]
	switch {
	case r.Email != "" && byAddress != "":
		if r.External != "" && len(byExternal) == 1 && byExternal[0] != byAddress {
			return "", fmt.Sprintf("%s and %s are two people in the register. Correct the one that is wrong.", r.Email, r.External)
		}
		return byAddress, ""
	case r.External != "" && len(byExternal) == 1:
		return byExternal[0], ""
	case r.External != "" && len(byExternal) > 1:
		return "", fmt.Sprintf("%d people of the register have the external id %s. Give the e-mail address.", len(byExternal), r.External)
	case r.Email != "":
		return "", r.Email + " is nobody in the register. Add the person first, or correct the address."
	}
	return "", r.External + " is nobody in the register. Give the e-mail address."
}

// Delivery is the body of a message: POST /api/v1/o/{slug}/training-records.
type Delivery struct {
	Records []DeliveredRecord `json:"records"`
}

// DeliveredRecord is one completion in a message.
type DeliveredRecord struct {
	Email       string    `json:"email,omitempty"`
	External    string    `json:"external_id,omitempty"`
	Course      string    `json:"course"`
	CompletedAt time.Time `json:"completed_at"`
	Score       int       `json:"score,omitempty"`
}

// ReadDelivery reads a message. Records at fault are named; a message that is none
// is an Invalid problem, and nothing of it is used.
func ReadDelivery(body []byte) ([]Record, []RowFault, error) {
	var raw struct {
		Records []json.RawMessage `json:"records"`
	}
	d := json.NewDecoder(bytes.NewReader(body))
	d.DisallowUnknownFields()
	if err := d.Decode(&raw); err != nil {
		return nil, nil, &problem.Error{Code: problem.Invalid, Err: err, Text: `The message is not JSON of the form {"records":[{"email":"...","course":"...","completed_at":"2026-03-01T09:30:00Z"}]}.`}
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, nil, problem.New(problem.Invalid, "Something follows the message. Send one JSON object.")
	}
	if n := len(raw.Records); n == 0 || n > maxDelivery {
		return nil, nil, problem.New(problem.Invalid, "A message holds 1 to %d records; this one has %d.", maxDelivery, n)
	}
	var out []Record
	var faults []RowFault
	for i, one := range raw.Records {
		var x DeliveredRecord
		if err := json.Unmarshal(one, &x); err != nil || string(bytes.TrimSpace(one)) == "null" {
			faults = append(faults, RowFault{i + 1, "It is no object with email or external_id, course, completed_at (such as 2026-03-01T09:30:00Z) and score (a whole number)."})
			continue
		}
		r := Record{Row: i + 1, Email: strings.TrimSpace(x.Email), External: strings.TrimSpace(x.External), Course: strings.TrimSpace(x.Course), At: x.CompletedAt.UTC(), Score: x.Score}
		why := r.lacks()
		if why == "" && r.Course == "" {
			why = "It names no course."
		}
		if why != "" {
			faults = append(faults, RowFault{i + 1, why})
			continue
		}
		out = append(out, r)
	}
	return out, faults, nil
}

// wantedNow are the people a track still wants, and the register to find them in.
func (s *Connections) wantedNow(ctx context.Context, org string, t Track, now time.Time) (wanted map[string]bool, roster *people.Roster, numbers map[string][]string, err error) {
	list, err := s.training.Wanting(ctx, org, t, now)
	if err != nil {
		return nil, nil, nil, err
	}
	wanted = map[string]bool{}
	for _, p := range list {
		wanted[p.ID] = true
	}
	err = s.db.Read(ctx, org, func(tx *db.Tx) error {
		roster, numbers, err = registered(ctx, tx, org)
		return err
	})
	return wanted, roster, numbers, err
}
