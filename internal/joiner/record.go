package joiner

import (
	"context"
	"encoding/json"
	"time"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/cadence"
	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/ledger"
	"github.com/toucan-grc/toucan/internal/people"
	"github.com/toucan-grc/toucan/internal/problem"
)

// The kinds of leaves of background checks.
const (
	kindRecorded = "background.recorded"
	kindErased   = "background.erased"
)

// recordFact is what the log says of a background check: its hash, with a salt
// that goes when the record is erased.
type recordFact struct {
	Person    string     `json:"person"`
	Day       string     `json:"day"`
	Outcome   Outcome    `json:"outcome"`
	Completed string     `json:"completed"`
	Decided   string     `json:"decided"`
	DeleteBy  string     `json:"delete_by"`
	Rest      Background `json:"rest"`
}

// Record keeps what is known of a background check: a new record when it has no
// id, or a newer state of one. It closes the step that asks for it.
func (s *Store) Record(ctx context.Context, who access.Actor, b Background, now time.Time) (Background, error) {
	if err := who.May(access.RecordBackground); err != nil {
		return b, err
	}
	now = moment(now)
	err := s.db.Write(ctx, who.Org(), db.People, func(ctx context.Context, tx *db.Tx) error {
		z, err := access.Days(ctx, tx, who.Org())
		if err != nil {
			return err
		}
		today := z.DateOf(now)
		if b, err = b.checked(today); err != nil {
			return err
		}
		records, err := readBackground(ctx, tx, who.Org(), known(b.Person))
		if err != nil {
			return err
		}
		fresh := b.ID == ""
		if fresh {
			if b.Day, err = firstDay(ctx, tx, who.Org(), b.Person, today); err != nil {
				return err
			}
			b.ID = newID()
		} else if b.Day, err = dayOf(records[b.Person], b.ID); err != nil {
			return err
		}
		b.At, b.By = now, who.Account()
		return s.keep(ctx, tx, who.Org(), b, fresh)
	})
	if err == nil {
		err = s.tend(ctx, who.Org(), who.Account(), now)
	}
	return b, err
}

// firstDay is the first day of the stint a new check is for: the present one, or
// the next.
func firstDay(ctx context.Context, tx *db.Tx, org, person string, today cadence.Date) (cadence.Date, error) {
	r, err := people.ReadRoster(ctx, tx, org)
	if err != nil {
		return 0, err
	}
	if _, ok := r.Person(person); !ok {
		return 0, problem.Field("person", "This person is not in the register.")
	}
	if from := r.StartOf(person, today); from.Known() {
		return from, nil
	}
	return today, nil
}

// dayOf finds a record that is to be changed.
func dayOf(records []Background, id string) (cadence.Date, error) {
	for _, r := range records {
		if r.ID == id && r.ErasedAt.IsZero() {
			return r.Day, nil
		}
	}
	return 0, problem.New(problem.NotFound, "There is no such record of a background check; it may have been erased. Begin a new one.")
}

func (s *Store) keep(ctx context.Context, tx *db.Tx, org string, b Background, fresh bool) error {
	body, err := json.Marshal(b)
	if err != nil {
		return err
	}
	salt := ledger.Salt()
	if fresh {
		rows := db.Into(`background_check (org, id, person, day, outcome, completed, decided, delete_by, body, at, account, salt)`)
		rows.Add(org, b.ID, b.Person, b.Day, string(b.Outcome), b.Completed, b.Decided, b.DeleteBy, string(body), db.Micros(b.At), b.By, salt)
		err = rows.Insert(ctx, tx)
	} else {
		_, err = tx.Exec(ctx, `UPDATE background_check SET outcome = $3, completed = $4, decided = $5, delete_by = $6, body = $7, at = $8, account = $9, salt = $10 WHERE org = $1 AND id = $2`,
			org, b.ID, string(b.Outcome), b.Completed, b.Decided, b.DeleteBy, string(body), db.Micros(b.At), b.By, salt)
	}
	if err != nil {
		return err
	}
	return s.log.Append(ctx, tx, ledger.Leaf{Org: org, At: b.At, Actor: b.By, Kind: kindRecorded, ID: b.ID, Salt: salt,
		Payload: recordFact{b.Person, b.Day.String(), b.Outcome, b.Completed.String(), b.Decided.String(), b.DeleteBy.String(), b}})
}

// EraseRecord empties the record of a background check for good. That there was
// one stays.
func (s *Store) EraseRecord(ctx context.Context, who access.Actor, id, reason string, now time.Time) error {
	if err := who.May(access.RecordBackground); err != nil {
		return err
	}
	reason, err := db.Line("reason", "The reason", reason, 200)
	if err != nil {
		return err
	}
	if reason == "" {
		return problem.Field("reason", "Say why the record is erased, such as “time of retention over”.")
	}
	now = moment(now)
	return s.db.Write(ctx, who.Org(), db.People, func(ctx context.Context, tx *db.Tx) error {
		salt := ledger.Salt()
		res, err := tx.Exec(ctx, `UPDATE background_check SET outcome = '', completed = 0, decided = 0, delete_by = 0, body = '{}', at = $3, account = $4, erased_at = $3, salt = $5
			WHERE org = $1 AND id = $2 AND erased_at = 0`, who.Org(), known(id), db.Micros(now), who.Account(), salt)
		if err != nil {
			return err
		}
		if n, err := res.RowsAffected(); err != nil {
			return err
		} else if n == 0 {
			return problem.New(problem.NotFound, "There is no such record of a background check, or it is erased already.")
		}
		return s.log.Append(ctx, tx, ledger.Leaf{Org: who.Org(), At: now, Actor: who.Account(), Kind: kindErased, ID: id, Salt: salt, Payload: struct {
			Reason string `json:"reason"`
		}{reason}})
	})
}

// Records returns the background checks of a person, the oldest first, erased ones
// too.
func (s *Store) Records(ctx context.Context, who access.Actor, person string) ([]Background, error) {
	if err := who.May(access.ViewBackground); err != nil {
		return nil, err
	}
	var out []Background
	err := s.db.Read(ctx, who.Org(), func(tx *db.Tx) error {
		all, err := readBackground(ctx, tx, who.Org(), known(person))
		out = all[person]
		return err
	})
	return out, err
}

// readBackground reads the records of one person or of all, by person.
func readBackground(ctx context.Context, tx *db.Tx, org, person string) (map[string][]Background, error) {
	rows, err := tx.Query(ctx, `SELECT id, person, day, outcome, completed, decided, delete_by, body, at, account, erased_at FROM background_check
		WHERE org = $1 AND ($2 = '' OR person = $2) ORDER BY id`, org, person)
	if err != nil {
		return nil, err
	}
	out := map[string][]Background{}
	return out, db.Each(rows, func(scan func(...any) error) error {
		var b Background
		var body string
		var at, erased int64
		if err := scan(&b.ID, &b.Person, &b.Day, &b.Outcome, &b.Completed, &b.Decided, &b.DeleteBy, &body, &at, &b.By, &erased); err != nil {
			return err
		}
		b.At, b.ErasedAt = db.Time(at), db.Time(erased)
		err := json.Unmarshal([]byte(body), &b)
		out[b.Person] = append(out[b.Person], b)
		return err
	})
}
