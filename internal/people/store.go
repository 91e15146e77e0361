package people

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"github.com/google/uuid"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/ledger"
	"github.com/toucan-grc/toucan/internal/problem"
)

// Store keeps the register. It is safe for concurrent use.
type Store struct {
	db      *db.DB
	log     *ledger.Log
	rosters *rosters
}

// New returns a store.
func New(d *db.DB, log *ledger.Log) *Store { return &Store{d, log, &rosters{of: map[string]*held{}}} }

// Add puts a person into the register. A second person with the same e-mail
// address is a Conflict.
func (s *Store) Add(ctx context.Context, who access.Actor, p Person, now time.Time) (Person, error) {
	if err := who.May(access.ManagePeople); err != nil {
		return Person{}, err
	}
	p, err := p.checked()
	if err != nil {
		return Person{}, err
	}
	p.ID, p.UpdatedAt = uuid.Must(uuid.NewV7()).String(), now.UTC().Truncate(time.Microsecond)
	err = s.db.Write(ctx, who.Org(), db.People, func(ctx context.Context, tx *db.Tx) error {
		return s.insert(ctx, tx, who, p)
	})
	return p, err
}

// Edit replaces an entry. It is a NotFound problem if there is none with its id.
func (s *Store) Edit(ctx context.Context, who access.Actor, p Person, now time.Time) error {
	if err := who.May(access.ManagePeople); err != nil {
		return err
	}
	p, err := p.checked()
	if err != nil {
		return err
	}
	return s.db.Write(ctx, who.Org(), db.People, func(ctx context.Context, tx *db.Tx) error {
		have, err := scanOne(tx.QueryRow(ctx, query+`WHERE org = $1 AND id = $2`, who.Org(), p.ID))
		if err != nil {
			return err
		}
		p.UpdatedAt = have.UpdatedAt
		if have == p {
			return nil
		}
		p.UpdatedAt = now.UTC().Truncate(time.Microsecond)
		return s.update(ctx, tx, who, p)
	})
}

// fact is what the log says of an entry. Editing or erasing the entry replaces
// its salt, and the old leaf can no longer be guessed.
type fact struct {
	Name     string `json:"name"`
	Email    string `json:"email"`
	Function string `json:"function"`
	Title    string `json:"title"`
	Kind     Kind   `json:"kind"`
	StartOn  string `json:"start_on"`
	EndOn    string `json:"end_on"`
}

func (s *Store) insert(ctx context.Context, tx *db.Tx, who access.Actor, p Person) error {
	salt := ledger.Salt()
	_, err := tx.Exec(ctx, `
		INSERT INTO person (org, id, name, email, function, title, kind, start_on, end_on, updated_at, salt)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
		who.Org(), p.ID, p.Name, p.Email, p.Function, p.Title, string(p.Kind), p.StartOn, p.EndOn, db.Micros(p.UpdatedAt), salt)
	if err != nil {
		return clash(err, p)
	}
	return s.record(ctx, tx, who, p, salt)
}

func (s *Store) update(ctx context.Context, tx *db.Tx, who access.Actor, p Person) error {
	salt := ledger.Salt()
	_, err := tx.Exec(ctx, `
		UPDATE person SET name = $3, email = $4, function = $5, title = $6, kind = $7, start_on = $8, end_on = $9, updated_at = $10, salt = $11
		WHERE org = $1 AND id = $2`,
		who.Org(), p.ID, p.Name, p.Email, p.Function, p.Title, string(p.Kind), p.StartOn, p.EndOn, db.Micros(p.UpdatedAt), salt)
	if err != nil {
		return clash(err, p)
	}
	return s.record(ctx, tx, who, p, salt)
}

func (s *Store) record(ctx context.Context, tx *db.Tx, who access.Actor, p Person, salt string) error {
	return s.log.Append(ctx, tx, ledger.Leaf{Org: who.Org(), At: p.UpdatedAt, Actor: who.Account(), Kind: "person.put", ID: p.ID, Salt: salt,
		Payload: fact{p.Name, p.Email, p.Function, p.Title, p.Kind, p.StartOn, p.EndOn}})
}

func clash(err error, p Person) error {
	if !db.IsUnique(err) {
		return err
	}
	return &problem.Error{Code: problem.Conflict, Field: "email", Err: err,
		Text: "Somebody with the e-mail address " + p.Email + " is in the register already. Change that entry instead."}
}

const query = `SELECT id, name, email, function, title, kind, manager, start_on, end_on, updated_at, erased_at FROM person `

func scan(from func(...any) error) (Person, error) {
	var p Person
	var updated, erased int64
	err := from(&p.ID, &p.Name, &p.Email, &p.Function, &p.Title, &p.Kind, &p.Manager, &p.StartOn, &p.EndOn, &updated, &erased)
	p.UpdatedAt, p.ErasedAt = db.Time(updated), db.Time(erased)
	return p, err
}

func scanOne(row *sql.Row) (Person, error) {
	p, err := scan(row.Scan)
	if errors.Is(err, sql.ErrNoRows) {
		return p, problem.New(problem.NotFound, "This person is not in the register.")
	}
	return p, err
}

// List returns the whole register by name.
func (s *Store) List(ctx context.Context, who access.Actor) ([]Person, error) {
	if err := who.May(access.ViewPeople); err != nil {
		return nil, err
	}
	var out []Person
	err := s.db.Read(ctx, who.Org(), func(tx *db.Tx) (err error) {
		out, err = list(ctx, tx, who.Org())
		return err
	})
	return out, err
}

func list(ctx context.Context, tx *db.Tx, org string) ([]Person, error) {
	rows, err := tx.Query(ctx, query+`WHERE org = $1`, org)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []Person
	for rows.Next() {
		p, err := scan(rows.Scan)
		if err != nil {
			return nil, err
		}
		out = append(out, p)
	}
	byName(out)
	return out, rows.Err()
}

// Find returns one entry by id.
func (s *Store) Find(ctx context.Context, who access.Actor, id string) (Person, error) {
	if err := who.May(access.ViewPeople); err != nil {
		return Person{}, err
	}
	var p Person
	err := s.db.Read(ctx, who.Org(), func(tx *db.Tx) (err error) {
		p, err = scanOne(tx.QueryRow(ctx, query+`WHERE org = $1 AND id = $2`, who.Org(), id))
		return err
	})
	return p, err
}

// Result says what an import did, or would do.
type Result struct {
	Created, Updated, Unchanged []Person
}

// Preview says what Import would do, and writes nothing.
func (s *Store) Preview(ctx context.Context, who access.Actor, sheet *Sheet) (Result, error) {
	if err := who.May(access.ManagePeople); err != nil {
		return Result{}, err
	}
	if err := sheet.problem(); err != nil {
		return Result{}, err
	}
	var res Result
	err := s.db.Read(ctx, who.Org(), func(tx *db.Tx) error {
		have, err := list(ctx, tx, who.Org())
		if err == nil {
			res = sheet.against(have)
		}
		return err
	})
	return res, err
}

// Import adds the people of a sheet and changes those whose e-mail address is in
// the register already; an empty cell leaves what is there. A second import of
// the same sheet changes nothing. A sheet with faults is refused whole.
func (s *Store) Import(ctx context.Context, who access.Actor, sheet *Sheet, now time.Time) (Result, error) {
	if err := who.May(access.ManagePeople); err != nil {
		return Result{}, err
	}
	if err := sheet.problem(); err != nil {
		return Result{}, err
	}
	now = now.UTC().Truncate(time.Microsecond)
	var res Result
	err := s.db.Write(ctx, who.Org(), db.People, func(ctx context.Context, tx *db.Tx) error {
		have, err := list(ctx, tx, who.Org())
		if err != nil {
			return err
		}
		res = sheet.against(have)
		for i := range res.Created {
			p := &res.Created[i]
			p.ID, p.UpdatedAt = uuid.Must(uuid.NewV7()).String(), now
			if err := s.insert(ctx, tx, who, *p); err != nil {
				return err
			}
		}
		for i := range res.Updated {
			res.Updated[i].UpdatedAt = now
			if err := s.update(ctx, tx, who, res.Updated[i]); err != nil {
				return err
			}
		}
		return nil
	})
	return res, err
}
