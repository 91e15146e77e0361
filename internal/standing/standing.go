// Package standing is how an organisation stands over time: it reads what posture
// asks for out of the stores, keeps it as long as nothing of it was written, and
// hands it to the doors. What it means is said by posture, which reads no store.
package standing

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/audit"
	"github.com/toucan-grc/toucan/internal/cadence"
	"github.com/toucan-grc/toucan/internal/control"
	"github.com/toucan-grc/toucan/internal/crosswalk"
	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/evidence"
	"github.com/toucan-grc/toucan/internal/framework"
	"github.com/toucan-grc/toucan/internal/posture"
	"github.com/toucan-grc/toucan/internal/result"
)

// Stores is where everything is read from.
type Stores struct {
	DB        *db.DB
	Access    *access.Store
	Controls  *control.Store
	Crosswalk *crosswalk.Store
	Evidence  *evidence.Store // nil: nothing was filed
	Results   *result.Store   // nil: nothing was tested
	Audit     *audit.Store    // nil: nothing was sampled
}

// Store reads books and keeps those last read. It is safe for concurrent use.
type Store struct {
	Stores
	mu     sync.Mutex
	books  map[string]*Book // by organisation
	order  []string         // organisations, least recently asked first
	turns  sync.Map         // organisation → *sync.Mutex: one reader fills a book, the others wait for it
	judged sync.Map         // organisation → *judged
}

// New returns a store.
func New(s Stores) *Store { return &Store{Stores: s, books: map[string]*Book{}} }

// Book is what is known of how the controls of an organisation were carried out, at
// one revision. It is filled once and then only read, so many may share it.
type Book struct {
	Zones      cadence.Zones
	Operations []posture.Operation // by the code of the control; retired ones too
	Lives      []control.Life      // in the same order

	Direct map[framework.Ref][]posture.Proof // evidence that is tagged to a requirement and to no control

	ReadAt time.Time // when it was read: nothing that was known by then is missing

	written db.Written
	places  map[string]int    // by control id: position in both
	heirs   map[string][]heir // by the id of a control that was merged into others
	codes   map[string]int    // by code
	proofs  int64             // up to where the evidence was read
	weight  int               // items and intervals

	mu      sync.Mutex
	answers map[Asked]*Answer
	asked   []Asked // of answers, the oldest first
}

// heir is a control that took the place of another, at once or at the end of a
// chain of merges, and when it did.
type heir struct {
	place int
	since posture.Moment
}

// Room for books, counted in items and intervals of all organisations together.
const room = 4_000_000

// Of returns the operation of a control by its id.
func (b *Book) Of(id string) (posture.Operation, bool) {
	i, ok := b.places[id]
	if !ok {
		return posture.Operation{}, false
	}
	return b.Operations[i], true
}

// Revision is the revision of the organisation the book was read at.
func (b *Book) Revision() int64 { return b.written.Revision }

// Open returns the book at the present revision. Every write raises the revision
// of its organisation, so a book is never older than the database, on any node.
func (s *Store) Open(ctx context.Context, who access.Actor, now time.Time) (*Book, error) {
	for _, a := range []access.Action{access.ViewPosture, access.ViewControls} {
		if err := who.May(a); err != nil {
			return nil, err
		}
	}
	revision, err := s.DB.Revision(ctx, who.Org())
	if err != nil {
		return nil, err
	}
	if b := s.kept(who.Org()); b != nil && b.written.Revision == revision {
		return b, nil
	}
	turn, _ := s.turns.LoadOrStore(who.Org(), &sync.Mutex{})
	turn.(*sync.Mutex).Lock()
	defer turn.(*sync.Mutex).Unlock()
	old := s.kept(who.Org())
	if old != nil && old.written.Revision >= revision {
		return old, nil
	}
	b, err := s.read(ctx, who, old, now)
	if err != nil {
		return nil, err
	}
	s.keep(who.Org(), b)
	return b, nil
}

func (s *Store) kept(org string) *Book {
	s.mu.Lock()
	defer s.mu.Unlock()
	b := s.books[org]
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

// keep puts a book on the shelf and takes the least recently asked ones away until
// there is room. The one just read stays, whatever its weight.
func (s *Store) keep(org string, b *Book) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.books[org] = b
	s.touch(org)
	sum := 0
	for _, x := range s.books {
		sum += x.weight
	}
	for sum > room && len(s.order) > 1 {
		sum -= s.books[s.order[0]].weight
		delete(s.books, s.order[0])
		s.order = s.order[1:]
	}
}

// ByCode returns the operation of a control by its code. It is shared: nobody may
// change it.
func (b *Book) ByCode(code string) (*posture.Operation, bool) {
	i, ok := b.codes[code]
	if !ok {
		return nil, false
	}
	return &b.Operations[i], true
}

// Place returns the place of a control in Operations and Lives by its code.
func (b *Book) Place(code string) (int, bool) {
	i, ok := b.codes[code]
	return i, ok
}
