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

// Add puts a person into the register; what is said of them counts as set by hand.
// A second person with the same e-mail address is a Conflict.
func (s *Store) Add(ctx context.Context, who access.Actor, p Person, now time.Time) (Person, error) {
	if err := who.May(access.ManagePeople); err != nil {
		return Person{}, err
	}
	p, err := p.checked()
	if err != nil {
		return Person{}, err
	}
	p.ID, p.UpdatedAt, p.ErasedAt = uuid.Must(uuid.NewV7()).String(), now.UTC().Truncate(time.Microsecond), time.Time{}
	hand := byHand{}
	for _, key := range differing(Person{}, p) {
		hand[key] = db.Micros(p.UpdatedAt)
	}
	err = s.db.Write(ctx, who.Org(), db.People, func(ctx context.Context, tx *db.Tx) error {
		if err := checkManager(ctx, tx, who.Org(), p); err != nil {
			return err
		}
		return s.write(ctx, tx, who, []entry{{p, hand}}, nil)
	})
	return p, err
}

// Edit replaces an entry. What changes counts as set by hand, so that no list
// changes it back. A first day after the last day of before begins a new stint and
// keeps the old one. It is a NotFound problem if there is no entry with its id.
func (s *Store) Edit(ctx context.Context, who access.Actor, p Person, now time.Time) error {
	if err := who.May(access.ManagePeople); err != nil {
		return err
	}
	p, err := p.checked()
	if err != nil {
		return err
	}
	return s.db.Write(ctx, who.Org(), db.People, func(ctx context.Context, tx *db.Tx) error {
		have, err := find(ctx, tx, who.Org(), p.ID)
		if err != nil {
			return err
		}
		return s.change(ctx, tx, who, have, p, now)
	})
}

// change writes a person over an entry, if they differ.
func (s *Store) change(ctx context.Context, tx *db.Tx, who access.Actor, have entry, p Person, now time.Time) error {
	p.UpdatedAt, p.ErasedAt = have.UpdatedAt, have.ErasedAt
	if have.Person == p {
		return nil
	}
	if !have.ErasedAt.IsZero() {
		return problem.New(problem.Conflict, "The name of this person was erased, and the entry stays as it is. Enter somebody who comes back as a new person.")
	}
	p.UpdatedAt = now.UTC().Truncate(time.Microsecond)
	if err := checkManager(ctx, tx, who.Org(), p); err != nil {
		return err
	}
	spans, err := readSpans(ctx, tx, who.Org(), p.ID)
	if err != nil {
		return err
	}
	before, again := stintBefore(have.Person, p)
	if again {
		before.ID = uuid.Must(uuid.NewV7()).String()
		spans = append(spans, before)
		if err := s.keepSpan(ctx, tx, who, before, db.Micros(p.UpdatedAt)); err != nil {
			return err
		}
	}
	for _, x := range spans {
		if x.Kind == Stint && x.meets(p.stint()) {
			return problem.Field("start_on", "This person was here "+x.words()+" already. Begin the present time after it.")
		}
	}
	for _, key := range differing(have.Person, p) {
		have.hand[key] = db.Micros(p.UpdatedAt)
	}
	return s.write(ctx, tx, who, []entry{{p, have.hand}}, nil)
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
