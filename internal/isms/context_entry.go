package isms

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/cadence"
	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/ledger"
	"github.com/toucan-grc/toucan/internal/problem"
)

// Register names one of the registers of surroundings and objectives. The values
// are stored.
type Register string

const (
	PartyRegister     Register = "party"
	IssueRegister     Register = "issue"
	ObjectiveRegister Register = "objective"
)

// entryShape is what differs between the registers: how codes look, and what one
// entry is called.
type entryShape struct{ code, one string }

var entryShapes = map[Register]entryShape{
	PartyRegister:     {"IP-%02d", "interested party"},
	IssueRegister:     {"IS-%02d", "issue"},
	ObjectiveRegister: {"OBJ-%d", "objective"},
}

const (
	maxEntries   = 5_000
	maxEntryLine = 200
	maxEntryText = 4_000
)

// Kept is what is known of an entry beside what it says: its code, and since when
// and by whom it says that.
type Kept struct {
	ID      string
	Code    string // unique in the register, never reused
	No      int    // of the version, from 1
	At      time.Time
	By      string // account
	ByName  string
	Retired string // why it does not count any more; empty while it counts
	Note    string // what was said about the change
}

// Care is who looks after an entry, and how often.
type Care struct {
	Owner       string       `json:"owner,omitempty"` // person; empty: whoever is Security Officer
	ReviewEvery string       `json:"review_every"`    // such as "P1Y"
	Reviewed    cadence.Date `json:"reviewed"`        // when somebody last said that it is still right
}

// Due is the last day by which the entry has to be looked at again; no date when
// nobody asks for that.
func (c Care) Due() cadence.Date {
	f, ok := ReadEvery(c.ReviewEvery)
	if !ok || !c.Reviewed.Known() {
		return 0
	}
	return afterEvery(c.Reviewed, f)
}

// nearDays is how many days before its day an entry is marked in its list.
const nearDays = 30

// Near says how near the day is by which the entry has to be looked at again.
func (c Care) Near(today cadence.Date) cadence.Nearness { return c.Due().Near(today, nearDays) }

// afterEvery is the day one interval after d.
func afterEvery(d cadence.Date, f cadence.Frequency) cadence.Date {
	switch f.Unit {
	case cadence.Month:
		return d.AddMonths(f.N)
	case cadence.Week:
		return d + cadence.Date(7*f.N)
	}
	return d + cadence.Date(f.N)
}

// ReadEvery reads an interval as the shipped lists write it: P7D, P1M, P3M, P1Y.
// Whole weeks and years are what a calendar calls them.
func ReadEvery(text string) (cadence.Frequency, bool) {
	if len(text) < 3 || text[0] != 'P' {
		return cadence.Frequency{}, false
	}
	n, err := strconv.Atoi(text[1 : len(text)-1])
	if err != nil || n < 1 || n > 1000 {
		return cadence.Frequency{}, false
	}
	switch text[len(text)-1] {
	case 'D':
		if n%7 == 0 {
			return cadence.Frequency{N: n / 7, Unit: cadence.Week}, true
		}
		return cadence.Frequency{N: n, Unit: cadence.Day}, true
	case 'W':
		return cadence.Frequency{N: n, Unit: cadence.Week}, true
	case 'M':
		return cadence.Frequency{N: n, Unit: cadence.Month}, true
	case 'Y':
		return cadence.Frequency{N: 12 * n, Unit: cadence.Month}, true
	}
	return cadence.Frequency{}, false
}

// entryID is what may be compared with an id of ours, or "": PostgreSQL does not take
// every text.
func entryID(id string) string {
	if _, err := uuid.Parse(id); err != nil {
		return ""
	}
	return id
}

// entryMoment is a time as the tables hold it.
func entryMoment(t time.Time) time.Time { return t.UTC().Truncate(time.Microsecond) }

// body is what an entry says, and where it is kept.
type entryBody interface {
	Party | Issue | Objective
}

// keptOf returns where an entry keeps its code and version.
func keptOf[T entryBody](e *T) *Kept {
	switch e := any(e).(type) {
	case *Party:
		return &e.Kept
	case *Issue:
		return &e.Kept
	case *Objective:
		return &e.Kept
	}
	return nil
}

const entryColumns = `e.id, e.code, v.no, v.body, v.retired, v.note, v.from_at, v.account, coalesce(a.name, '')`

// readEntries returns the entries of a register as they stood at a moment, by code;
// where may narrow them, with its parameters from $4 on.
func readEntries[T entryBody](ctx context.Context, tx *db.Tx, org string, r Register, at time.Time, where string, args ...any) ([]T, error) {
	rows, err := tx.Query(ctx, `SELECT `+entryColumns+` FROM isms_entry_version v JOIN isms_entry e ON e.org = v.org AND e.id = v.entry LEFT JOIN account a ON a.id = v.account
		WHERE v.org = $1 AND v.register = $2 AND v.from_at <= $3 AND (v.to_at IS NULL OR v.to_at > $3)`+where, append([]any{org, string(r), db.Micros(at)}, args...)...)
	if err != nil {
		return nil, err
	}
	out, err := scanEntries[T](rows)
	slices.SortFunc(out, func(a, b T) int { return compareEntryCodes(keptOf(&a).Code, keptOf(&b).Code) })
	return out, err
}

// readVersions returns all versions of the entries of a register, or of one, the
// oldest of each first.
func readEntryVersions[T entryBody](ctx context.Context, tx *db.Tx, org string, r Register, entry string) ([]T, error) {
	rows, err := tx.Query(ctx, `SELECT `+entryColumns+` FROM isms_entry_version v JOIN isms_entry e ON e.org = v.org AND e.id = v.entry LEFT JOIN account a ON a.id = v.account
		WHERE v.org = $1 AND v.register = $2 AND ($3 = '' OR v.entry = $3) ORDER BY v.entry, v.no`, org, string(r), entry)
	if err != nil {
		return nil, err
	}
	return scanEntries[T](rows)
}

func scanEntries[T entryBody](rows *sql.Rows) ([]T, error) {
	var out []T
	err := db.Each(rows, func(scan func(...any) error) error {
		var e T
		k := keptOf(&e)
		var text string
		var at int64
		var kept Kept
		if err := scan(&kept.ID, &kept.Code, &kept.No, &text, &kept.Retired, &kept.Note, &at, &kept.By, &kept.ByName); err != nil {
			return err
		}
		if err := json.Unmarshal([]byte(text), &e); err != nil {
			return fmt.Errorf("isms: %s, version %d: %w", kept.Code, kept.No, err)
		}
		kept.At = db.Time(at)
		*k = kept
		out = append(out, e)
		return nil
	})
	return out, err
}

// findEntry returns one entry of a register as it stands now, by its code or id.
func findEntry[T entryBody](ctx context.Context, tx *db.Tx, org string, r Register, key string) (T, error) {
	where := ` AND e.code = $4`
	if entryID(key) != "" {
		where = ` AND e.id = $4`
	}
	var none T
	if key, _ = db.Line("code", "The code", key, 100); key == "" {
		return none, errNoEntry(r)
	}
	rows, err := tx.Query(ctx, `SELECT `+entryColumns+` FROM isms_entry_version v JOIN isms_entry e ON e.org = v.org AND e.id = v.entry LEFT JOIN account a ON a.id = v.account
		WHERE v.org = $1 AND v.register = $2 AND $3 = '' AND v.to_at IS NULL`+where, org, string(r), "", key)
	if err != nil {
		return none, err
	}
	list, err := scanEntries[T](rows)
	if err != nil {
		return none, err
	}
	if len(list) == 0 {
		return none, errNoEntry(r)
	}
	return list[0], nil
}

func errNoEntry(r Register) error {
	return problem.New(problem.NotFound, "There is no such %s here. Look in the register.", entryShapes[r].one)
}

// compareEntryCodes orders codes by their number.
func compareEntryCodes(a, b string) int {
	if n, m := codeNumber(a), codeNumber(b); n != m {
		return n - m
	}
	return strings.Compare(a, b)
}

func codeNumber(code string) int {
	n, _ := strconv.Atoi(code[strings.LastIndexByte(code, '-')+1:])
	return n
}

// entryFact is what the log says of a version of an entry.
type entryFact struct {
	Entry   string          `json:"entry"`
	Code    string          `json:"code"`
	No      int             `json:"no"`
	Body    json.RawMessage `json:"body"`
	Retired string          `json:"retired,omitempty"`
}

// entryWriter gathers new versions, so that an import costs few statements.
type entryWriter struct {
	s                 *Store
	who               access.Actor
	r                 Register
	now               time.Time
	codes             map[string]bool
	last              int // highest number given so far
	entries, versions *db.Rows
}

func (s *Store) entryWriter(ctx context.Context, tx *db.Tx, who access.Actor, r Register, now time.Time) (*entryWriter, error) {
	w := &entryWriter{s: s, who: who, r: r, now: now, codes: map[string]bool{},
		entries:  db.Into(`isms_entry (org, id, register, code, at, account)`),
		versions: db.Into(`isms_entry_version (org, id, entry, register, no, body, retired, note, from_at, account, salt)`)}
	if _, err := tx.Revision(ctx, who.Org()); err != nil { // one writer of codes at a time, on any server
		return nil, err
	}
	rows, err := tx.Query(ctx, `SELECT code FROM isms_entry WHERE org = $1 AND register = $2`, who.Org(), string(r))
	if err != nil {
		return nil, err
	}
	return w, db.Each(rows, func(scan func(...any) error) error {
		var code string
		err := scan(&code)
		w.codes[code], w.last = true, max(w.last, codeNumber(code))
		return err
	})
}

// put adds a version of an entry, new or changed, and returns it as it is kept.
func (w *entryWriter) put(ctx context.Context, tx *db.Tx, k Kept, body any) (Kept, error) {
	text, err := json.Marshal(body)
	if err != nil {
		return k, err
	}
	if k.ID == "" {
		if len(w.codes) >= maxEntries {
			return k, problem.New(problem.Invalid, "There are %d entries in this register already, and that is as many as fit.", len(w.codes))
		}
		if k.Code == "" || w.codes[k.Code] {
			w.last++
			k.Code = fmt.Sprintf(entryShapes[w.r].code, w.last)
		}
		w.codes[k.Code], w.last = true, max(w.last, codeNumber(k.Code))
		k.ID, k.No = newID(), 1
		w.entries.Add(w.who.Org(), k.ID, string(w.r), k.Code, db.Micros(w.now), w.who.Account())
	} else {
		// a version of the very moment stays for no time at all, so that no two hold at once
		res, err := tx.Exec(ctx, `UPDATE isms_entry_version SET to_at = $4 WHERE org = $1 AND entry = $2 AND no = $3 AND to_at IS NULL`, w.who.Org(), k.ID, k.No, db.Micros(w.now))
		if err != nil {
			return k, err
		}
		if n, err := res.RowsAffected(); err != nil || n == 0 {
			return k, errors.Join(err, problem.New(problem.Conflict, "%s was changed by somebody else meanwhile. Open it again, then change it.", k.Code))
		}
		k.No++
	}
	k.At, k.By, k.ByName = w.now, w.who.Account(), w.who.Name()
	salt := ledger.Salt()
	w.versions.Add(w.who.Org(), newID(), k.ID, string(w.r), k.No, string(text), k.Retired, k.Note, db.Micros(w.now), w.who.Account(), salt)
	kind := "isms." + string(w.r)
	if k.Retired != "" {
		kind += ".retired"
	}
	return k, w.s.Log.Append(ctx, tx, ledger.Leaf{Org: w.who.Org(), At: w.now, Actor: w.who.Account(), Kind: kind, ID: k.ID, Salt: salt,
		Payload: entryFact{k.ID, k.Code, k.No, text, k.Retired}})
}

// flush writes what was gathered.
func (w *entryWriter) flush(ctx context.Context, tx *db.Tx) error {
	if err := w.entries.Insert(ctx, tx); err != nil {
		return err
	}
	return w.versions.Insert(ctx, tx)
}

// writeEntries runs do with a writer of a register, in one transaction.
func (s *Store) writeEntries(ctx context.Context, who access.Actor, r Register, now time.Time, do func(ctx context.Context, tx *db.Tx, w *entryWriter) error) error {
	return s.DB.Write(ctx, who.Org(), db.People, func(ctx context.Context, tx *db.Tx) error {
		w, err := s.entryWriter(ctx, tx, who, r, now)
		if err != nil {
			return err
		}
		if err := do(ctx, tx, w); err != nil {
			return err
		}
		return w.flush(ctx, tx)
	})
}
