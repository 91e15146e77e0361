package web

import (
	"context"
	"errors"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/control"
	"github.com/toucan-grc/toucan/internal/crosswalk"
	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/framework"
	"github.com/toucan-grc/toucan/internal/gap"
	"github.com/toucan-grc/toucan/internal/people"
	"github.com/toucan-grc/toucan/internal/posture"
)

// book is an organisation as one role may read it, at one revision. It is filled
// once and then only read, so many requests may share it.
type book struct {
	written   db.Written // as of when it was read, and what had been written when
	At        time.Time  // the moment it was read for
	Name      string
	Slug      string
	Zone      *time.Location             // of its due dates; the days and times of pages are written in it
	Controls  []control.Control          // by code
	Links     map[string][]framework.Ref // by control id
	Tagged    map[framework.Ref][]int    // positions in Controls, by code
	People    map[string]people.Person   // by id
	Enabled   []*framework.Framework     // in catalogue order
	Scope     crosswalk.Scope
	StackIDs  []string
	Stack     *crosswalk.Stack
	library   *crosswalk.Library
	Decisions crosswalk.Decisions
	Attested  []crosswalk.Attestation // in force
	Operated  map[string]int          // requirements with an operated control, by framework
	byCode    map[string]int
	ids       map[string]int                    // control id → position in Controls
	readable  map[string][]*framework.Framework // by framework: those it can be read through
	upgrades  []crosswalk.Upgrade               // the newest first
	offers    []crosswalk.Offer

	Adoptions map[string]crosswalk.Adoption // by control id
	Adopted   []posture.Adopted             // by entry of the library
	reach     *crosswalk.Reach
	stated    map[string][]crosswalk.Link // links of adopted controls, by control id
	rhythm    rhythm
	clash     clashShelf // what policies say differently; see clashes.go
	mapping   mappingShelf

	mu      sync.Mutex
	reports map[[2]string]*gap.Report
	answers map[string]map[string]posture.Own // by framework
	heats   map[[3]string]*crosswalk.Heat     // by the two frameworks and the view; see heat.go

	wordsOnce sync.Once
	index     *crosswalk.Index // of the controls' words; see suggest.go
}

// shelf keeps the books last read. Every write bumps the revision of its
// organisation, so a book is never older than the database, on any node.
type shelf struct {
	s     *Server
	mu    sync.Mutex
	books map[shelfKey]*book
	order []shelfKey // least recently read first
	names map[string]string
	turns sync.Map // shelfKey → *sync.Mutex: one reader fills a book, the others wait for it
}

type shelfKey struct {
	org  string
	role access.Role
}

const shelfRoom = 128 // books

func newShelf(s *Server) *shelf {
	return &shelf{s: s, books: map[shelfKey]*book{}, names: map[string]string{}}
}

// peek returns the book last read, of whatever revision, or nil.
func (sh *shelf) peek(who access.Actor) *book {
	sh.mu.Lock()
	defer sh.mu.Unlock()
	return sh.books[shelfKey{who.Org(), who.Role()}]
}

// name returns what the organisation is called, or its slug while that is unknown.
func (sh *shelf) name(ctx context.Context, s *Server, who access.Actor) string {
	if b := sh.peek(who); b != nil && b.Name != "" {
		return b.Name
	}
	o, err := s.Access.Organisation(ctx, who)
	if err != nil {
		return who.Slug()
	}
	return o.Name
}

// open returns the book at the present revision. What the role may not read is empty.
func (sh *shelf) open(ctx context.Context, who access.Actor) (*book, error) {
	key := shelfKey{who.Org(), who.Role()}
	turn, _ := sh.turns.LoadOrStore(key, &sync.Mutex{})
	revision, err := sh.s.DB.Revision(ctx, who.Org())
	if err != nil {
		return nil, err
	}
	if b := sh.current(key, revision); b != nil {
		return b, nil
	}
	turn.(*sync.Mutex).Lock()
	defer turn.(*sync.Mutex).Unlock()
	if b := sh.current(key, revision); b != nil {
		return b, nil
	}
	b, err := sh.s.read(ctx, who, sh.peek(who))
	if err != nil {
		return nil, err
	}
	sh.mu.Lock()
	defer sh.mu.Unlock()
	sh.books[key] = b
	sh.touch(key)
	for len(sh.order) > shelfRoom {
		delete(sh.books, sh.order[0])
		sh.order = sh.order[1:]
	}
	return b, nil
}

func (sh *shelf) current(key shelfKey, revision int64) *book {
	sh.mu.Lock()
	defer sh.mu.Unlock()
	if b := sh.books[key]; b != nil && b.written.Revision == revision && !b.lapsed(sh.s.Now()) {
		sh.touch(key)
		return b
	}
	return nil
}

func (sh *shelf) touch(key shelfKey) {
	if i := slices.Index(sh.order, key); i >= 0 {
		sh.order = slices.Delete(sh.order, i, i+1)
	}
	sh.order = append(sh.order, key)
}

// read fills a book. What was written is asked first: should something be written
// meanwhile, the book is newer than it says and is only read once more. Controls,
// links and people are taken from the book before where nobody wrote them since:
// there are thousands of them, and a decision about a row changes none.
func (s *Server) read(ctx context.Context, who access.Actor, old *book) (*book, error) {
	now := s.Now()
	written, err := s.DB.Written(ctx, who.Org())
	if err != nil {
		return nil, err
	}
	b := &book{written: written, At: now, library: s.Library, Operated: map[string]int{}, readable: map[string][]*framework.Framework{}, reports: map[[2]string]*gap.Report{}, answers: map[string]map[string]posture.Own{}}
	o, err := s.Access.Organisation(ctx, who)
	if err != nil {
		return nil, err
	}
	b.Name, b.Slug = o.Name, o.Slug
	if b.Zone, err = time.LoadLocation(o.Zone); err != nil {
		b.Zone = time.UTC // the store takes known zones only; this system may know fewer
	}
	if who.Can(access.ViewPosture) {
		if b.library, err = s.Crosswalk.Library(ctx, who, now); err != nil {
			return nil, err
		}
		if err := b.readVersions(ctx, s, who); err != nil {
			return nil, err
		}
	}
	if b.inherits(old) {
		b.Controls, b.Links, b.Tagged, b.byCode, b.ids = old.Controls, old.Links, old.Tagged, old.byCode, old.ids
		b.Adoptions, b.Adopted, b.reach, b.stated = old.Adoptions, old.Adopted, old.reach, old.stated
		b.rhythm.said = old.rhythm.said
	} else if err := s.readControls(ctx, who, b); err != nil {
		return nil, err
	}
	if old != nil && !written.Since(old.written, "merge_decision") {
		b.rhythm.said = old.rhythm.said
	} else if who.Can(access.ViewControls) {
		if b.rhythm.said, err = s.Crosswalk.Judgements(ctx, who, now); err != nil {
			return nil, err
		}
	}
	if old != nil && !written.Since(old.written, "person") {
		b.People = old.People
	} else if err := s.readPeople(ctx, who, b); err != nil {
		return nil, err
	}
	if !who.Can(access.ViewPosture) { // somebody who only answers what they are asked
		return b, nil
	}
	if err := s.readCrosswalk(ctx, who, b); err != nil {
		return nil, err
	}
	b.rhythm.asked = crosswalk.AskedOf(b.Enabled, b.Scope)
	b.rhythm.entries = crosswalk.Entries(slices.Collect(maps.Values(b.Adoptions)), b.rhythm.said)
	b.countOperated()
	return b, nil
}

// inherits reports whether the controls of the book before, what they are linked
// to, what was adopted and what was merged still hold.
func (b *book) inherits(old *book) bool {
	return old != nil && old.library == b.library && !b.written.Since(old.written, "control", "link", "adoption", "retirement", "merge_decision")
}

// readControls fills in the controls, what they are linked to and what was adopted.
func (s *Server) readControls(ctx context.Context, who access.Actor, b *book) error {
	b.Links, b.Tagged, b.byCode, b.ids = map[string][]framework.Ref{}, map[framework.Ref][]int{}, map[string]int{}, map[string]int{}
	if !who.Can(access.ViewControls) {
		return nil
	}
	var links map[string][]crosswalk.Link
	var unread, unsaid, err error
	var wg sync.WaitGroup
	wg.Go(func() { b.rhythm.said, unsaid = s.Crosswalk.Judgements(ctx, who, b.At) })
	wg.Go(func() { links, unread = s.Crosswalk.AllLinks(ctx, who, b.At) }) // as long as the controls themselves
	b.Controls, err = s.Controls.List(ctx, who, control.Filter{})
	if wg.Wait(); err != nil || unread != nil || unsaid != nil {
		return errors.Join(err, unread, unsaid)
	}
	if err := b.adopt(ctx, s, who, links); err != nil {
		return err
	}
	for id, list := range links {
		refs := make([]framework.Ref, len(list))
		for i, l := range list {
			refs[i] = l.Ref
		}
		b.Links[id] = refs
	}
	for i, c := range b.Controls {
		b.byCode[c.Code], b.ids[c.ID] = i, i
		for _, ref := range b.Links[c.ID] {
			b.Tagged[ref] = append(b.Tagged[ref], i)
		}
	}
	return nil
}

func (s *Server) readPeople(ctx context.Context, who access.Actor, b *book) error {
	b.People = map[string]people.Person{}
	if !who.Can(access.ViewPeople) {
		return nil
	}
	list, err := s.People.List(ctx, who)
	for _, p := range list {
		b.People[p.ID] = p
	}
	return err
}

// readCrosswalk fills in the frameworks followed, their scope, and the stack with
// what was decided about it.
func (s *Server) readCrosswalk(ctx context.Context, who access.Actor, b *book) error {
	enabled, err := s.Crosswalk.Frameworks(ctx, who, b.At)
	if err != nil {
		return err
	}
	for _, f := range b.library.Frameworks.Frameworks {
		if slices.Contains(enabled, f.ID) {
			b.Enabled = append(b.Enabled, f)
		}
	}
	if b.Scope, err = s.Crosswalk.Scope(ctx, who, b.At); err != nil {
		return err
	}
	if b.StackIDs, err = s.Crosswalk.Selected(ctx, who, b.At); err != nil {
		return err
	}
	if len(b.StackIDs) == 0 {
		b.StackIDs = b.library.DefaultStack()
	}
	if b.Decisions, err = s.Crosswalk.Decisions(ctx, who, b.At); err != nil {
		return err
	}
	if b.Stack, err = b.library.StackWith(b.StackIDs, b.Decisions); err != nil {
		return err
	}
	if b.Attested, err = s.Crosswalk.Attestations(ctx, who, b.At); err != nil {
		return err
	}
	return nil
}

// lapsed reports whether an attestation in the book no longer holds: nothing is
// written when one lapses, so the revision does not tell.
func (b *book) lapsed(now time.Time) bool {
	return slices.ContainsFunc(b.Attested, func(a crosswalk.Attestation) bool { return !now.Before(a.Until) })
}

// owner returns what the owner of a control is called, or "".
func (b *book) owner(c control.Control) string { return b.People[c.Owner].Name }

// enabled reports whether the organisation follows the framework.
func (b *book) enabled(id string) bool {
	return slices.ContainsFunc(b.Enabled, func(f *framework.Framework) bool { return f.ID == id })
}

// fewControls is how many controls of a requirement a page names; it says how
// many more there are and links to the list.
const fewControls = 12

// few returns the first controls tagged to a requirement, operated ones first.
func (b *book) few(ref framework.Ref) []control.Control {
	var out []control.Control
	for _, operated := range []bool{true, false} {
		for _, i := range b.Tagged[ref] {
			if len(out) == fewControls {
				return out
			}
			if (b.Controls[i].Status == control.Operated) == operated {
				out = append(out, b.Controls[i])
			}
		}
	}
	return out
}
