// Package monitor says how every person stands with what the programme asks of
// them: it reads the policies, the training and the steps of joining and leaving,
// lays exclusions, leave and scope over them, keeps the board as long as nothing
// was written, and turns it into results over time that posture reads.
package monitor

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/cadence"
	"github.com/toucan-grc/toucan/internal/crosswalk"
	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/people"
	"github.com/toucan-grc/toucan/internal/problem"
	"github.com/toucan-grc/toucan/internal/result"
)

// Part is a part of the programme that asks something of people. Ask says how all
// of them stand at a moment, without exclusions and leave.
type Part struct {
	Tables []string // whose writing may change the answer, beside those of the register
	Ask    func(ctx context.Context, tx *db.Tx, org string, r *people.Roster, now time.Time) ([]people.Standing, error)
	// Stood says how some persons stood at a moment that has passed; nil: Ask knows.
	Stood func(ctx context.Context, tx *db.Tx, org string, r *people.Roster, persons []string, at time.Time) ([]people.Standing, error)
	// Shown is all that ever showed that some persons did what the part asks.
	Shown func(ctx context.Context, tx *db.Tx, org string, persons []string, now time.Time) ([]people.Artefact, error)
}

// Facts says what is to be told of policies at a moment.
type Facts struct {
	Tables []string
	Ask    func(ctx context.Context, tx *db.Tx, org string, r *people.Roster, now time.Time) ([]Fact, error)
}

// Fact is the answer to a test that is not about a person.
type Fact struct {
	Test    string // such as result.PolicyApproved
	Subject string
	State   people.State
	Reason  string
	Since   time.Time
}

// Config is what the store works with.
type Config struct {
	DB      *db.DB
	Results *result.Store
	Links   *crosswalk.Store // knows which controls were adopted from the library
	People  *people.Store
	Parts   []Part
	Facts   []Facts
}

// Store keeps boards. It is safe for concurrent use.
type Store struct {
	Config
	mu     sync.Mutex
	boards map[string]*Board // by organisation
	order  []string          // organisations, least recently asked first
	turns  sync.Map          // organisation → *sync.Mutex: one reader fills a board, the others wait for it
	swept  map[string]sweep  // by organisation
}

// New returns a store.
func New(c Config) *Store {
	return &Store{Config: c, boards: map[string]*Board{}, swept: map[string]sweep{}}
}

// register are the tables that say who somebody is and what lets them off, and
// when a day begins.
var register = []string{"person", "person_span", "people_group", "people_group_member", "person_exclusion", "organisation", "organisation_zone"}

// room for boards, counted in standings of all organisations together.
const room = 3_000_000

// Board returns how everybody stands now. Every write raises the revision of its
// organisation, so it is never older than the database, on any node.
func (s *Store) Board(ctx context.Context, who access.Actor, now time.Time) (*Board, error) {
	if err := who.May(access.ViewPeople); err != nil {
		return nil, err
	}
	return s.board(ctx, who.Org(), now, 0)
}

// BoardOf is Board for what Toucan does by itself.
func (s *Store) BoardOf(ctx context.Context, org string, now time.Time) (*Board, error) {
	return s.board(ctx, org, now, 0)
}

// Here returns what is asked of each person who is here, in the order of the rows.
func (b *Board) Here() [][]people.Standing {
	var out [][]people.Standing
	for _, r := range b.rows {
		if r.Status == people.Current {
			out = append(out, r.Standings())
		}
	}
	return out
}

// slow is what a board may take to read before a person looking at their own tasks
// is content with one that is somewhat older.
const (
	slow  = 150 * time.Millisecond
	older = time.Minute
)

// Mine returns how the reader stands, by the entry of the register their account is
// linked to, or false when there is none. In a very large organisation what was
// done within the last minute may be missing.
func (s *Store) Mine(ctx context.Context, who access.Actor, now time.Time) (Row, bool, error) {
	if err := who.May(access.OwnTasks); err != nil {
		return Row{}, false, err
	}
	var person string
	err := s.DB.Read(ctx, who.Org(), func(tx *db.Tx) (err error) {
		person, err = s.People.PersonOf(ctx, tx, who.Org(), who.Account())
		return err
	})
	if err != nil || person == "" {
		return Row{}, false, err
	}
	b, err := s.board(ctx, who.Org(), now, older)
	if err != nil {
		return Row{}, false, err
	}
	r, ok := b.Find(person)
	return r, ok, nil
}

// board returns the board at the present revision; one that took long to read may
// be as old as the caller allows.
func (s *Store) board(ctx context.Context, org string, now time.Time, age time.Duration) (*Board, error) {
	revision, err := s.DB.Revision(ctx, org)
	if err != nil {
		return nil, err
	}
	fresh := func(b *Board) bool {
		return b != nil && now.Before(b.next) && cadence.DateOf(now, b.Zone) == b.Day && (b.written.Revision >= revision || b.took > slow && now.Sub(b.ReadAt) < age)
	}
	if b := s.kept(org); fresh(b) {
		return b, nil
	}
	turn, _ := s.turns.LoadOrStore(org, &sync.Mutex{})
	turn.(*sync.Mutex).Lock()
	defer turn.(*sync.Mutex).Unlock()
	old := s.kept(org)
	if fresh(old) {
		return old, nil
	}
	b, err := s.read(ctx, org, old, now)
	if err != nil {
		return nil, err
	}
	s.keep(org, b)
	return b, nil
}

// read fills a board. What was written is asked first: should something be written
// meanwhile, the board is newer than it says and is only read once more. What a
// part said is taken from the board before where nothing of it was written since.
func (s *Store) read(ctx context.Context, org string, old *Board, now time.Time) (*Board, error) {
	began := time.Now()
	written, err := s.DB.Written(ctx, org)
	if err != nil {
		return nil, err
	}
	if old != nil && (!now.Before(old.next) || cadence.DateOf(now, old.Zone) != old.Day) {
		old = nil // a day has turned, or a state has lapsed
	}
	same := old != nil && !written.Since(old.written, register...)
	b := &Board{ReadAt: now, written: written, parts: make([][]people.Standing, len(s.Parts))}
	fresh := 0
	err = s.DB.Read(ctx, org, func(tx *db.Tx) error {
		if same {
			b.Roster, b.Zone, b.Day = old.Roster, old.Zone, old.Day
		} else if err := b.readRegister(ctx, tx, org, now); err != nil {
			return err
		}
		for i, p := range s.Parts {
			if same && !written.Since(old.written, p.Tables...) {
				b.parts[i] = old.parts[i]
				continue
			}
			list, err := p.Ask(ctx, tx, org, b.Roster, now)
			if err != nil {
				return err
			}
			b.parts[i] = Judge(list, b.Roster, b.Zone, now)
			fresh++
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	if same && fresh == 0 { // something else was written
		b.rows, b.at, b.asked, b.tallies, b.next, b.took = old.rows, old.at, old.asked, old.tallies, old.next, old.took
		return b, nil
	}
	if same {
		b.rows, b.at = slices.Clone(old.rows), old.at
	}
	b.fill()
	b.next = b.changes(now)
	b.took = time.Since(began)
	return b, nil
}

func (b *Board) readRegister(ctx context.Context, tx *db.Tx, org string, now time.Time) error {
	var err error
	if b.Zone, err = zoneOf(ctx, tx, org); err != nil {
		return err
	}
	b.Day = cadence.DateOf(now, b.Zone)
	b.Roster, err = people.ReadRoster(ctx, tx, org)
	return err
}

func zoneOf(ctx context.Context, tx *db.Tx, org string) (*time.Location, error) {
	var name string
	if err := tx.QueryRow(ctx, `SELECT zone FROM organisation WHERE id = $1`, org).Scan(&name); err != nil {
		return nil, err
	}
	if zone, err := time.LoadLocation(name); err == nil {
		return zone, nil
	}
	return time.UTC, nil // the store takes known zones only; this system may know fewer
}

// changes is the first moment at which the board changes by itself: a day turns in
// the organisation's zone, or a state ends.
func (b *Board) changes(now time.Time) time.Time {
	next := b.Day.End(b.Zone)
	for _, part := range b.parts {
		for i := range part {
			if u := part[i].Until; u.After(now) && u.Before(next) {
				next = u
			}
		}
	}
	return next
}

func (s *Store) kept(org string) *Board {
	s.mu.Lock()
	defer s.mu.Unlock()
	b := s.boards[org]
	if b != nil {
		s.touch(org)
	}
	return b
}

func (s *Store) touch(org string) {
	if i := slices.Index(s.order, org); i >= 0 {
		s.order = slices.Delete(s.order, i, i+1)
	}
	s.order = append(s.order, org)
}

// keep puts a board on the shelf and takes the least recently asked ones away until
// there is room. The one just read stays, whatever its weight.
func (s *Store) keep(org string, b *Board) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.boards[org] = b
	s.touch(org)
	sum := 0
	for _, x := range s.boards {
		sum += x.weight()
	}
	for sum > room && len(s.order) > 1 {
		sum -= s.boards[s.order[0]].weight()
		delete(s.boards, s.order[0])
		s.order = s.order[1:]
	}
}

func (b *Board) weight() int {
	n := len(b.rows)
	for _, p := range b.parts {
		n += len(p)
	}
	return n
}

// Person returns how one person stands now.
func (s *Store) Person(ctx context.Context, who access.Actor, id string, now time.Time) (Row, *Board, error) {
	b, err := s.Board(ctx, who, now)
	if err != nil {
		return Row{}, nil, err
	}
	r, ok := b.Find(id)
	if !ok {
		return Row{}, nil, problem.New(problem.NotFound, "This person is not in the register.")
	}
	return r, b, nil
}
