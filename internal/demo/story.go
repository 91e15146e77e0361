package demo

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/cadence"
	"github.com/toucan-grc/toucan/internal/control"
	"github.com/toucan-grc/toucan/internal/evidence"
)

// story is what happened in the company, deed by deed. Every deed enters the
// stores on the day it was done, in order, so the log grew as a real one does.
type story struct {
	Stores
	calendar
	passphrase string
	admin      access.Actor
	actors     map[string]access.Actor // by name, of those who have an account
	persons    map[string]string       // ids of the register by name
	names      []string                // of the register, in order
	controls   map[string]control.Control
	items      map[string]string // ids of evidence by the key its routine gives it
	drafts     []draft
	deeds      []deed
	mu         sync.Mutex // of items, actors and deeds
}

// deed is something done at a moment.
type deed struct {
	at    time.Time
	do    func(ctx context.Context, at time.Time) error
	alone bool // it is not done together with others of the same moment
}

// then adds a deed. What would be done in the future is not done.
func (t *story) then(at time.Time, do func(ctx context.Context, at time.Time) error) {
	t.add(deed{at, do, true})
}

// meanwhile adds a deed that is done together with others of the same moment, as they
// come: many of them then share a transaction.
func (t *story) meanwhile(at time.Time, do func(ctx context.Context, at time.Time) error) {
	t.add(deed{at, do, false})
}

func (t *story) add(d deed) {
	if d.at.After(t.now) {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	place, _ := slices.BinarySearchFunc(t.deeds, d, func(x, d deed) int {
		if x.at.After(d.at) || x.at.Equal(d.at) && x.alone && !d.alone {
			return 1
		}
		return -1
	})
	t.deeds = slices.Insert(t.deeds, place, d)
}

// live does the deeds, the earliest first. A deed may add later ones.
func (t *story) live(ctx context.Context) error {
	for len(t.deeds) > 0 {
		n := 1
		for n < len(t.deeds) && !t.deeds[n].alone && !t.deeds[0].alone && t.deeds[n].at.Equal(t.deeds[0].at) {
			n++
		}
		now := slices.Clone(t.deeds[:n])
		t.deeds = t.deeds[n:]
		failed := make([]error, n)
		var wg sync.WaitGroup
		for i, d := range now {
			wg.Go(func() { failed[i] = d.do(ctx, d.at) })
		}
		if wg.Wait(); errors.Join(failed...) != nil {
			return fmt.Errorf("what happened on %s: %w", now[0].at.Format(time.DateTime), errors.Join(failed...))
		}
	}
	return nil
}

// colleagues are those who have an account beside the administrator.
var colleagues = []struct {
	name, email string
	role        access.Role
}{
	{chief, "lena.haddad@meridian.example", access.Manager},
	{"Mara Velasco", "mara.velasco@meridian.example", access.Manager},
	{"Jun Okada", "jun.okada@meridian.example", access.Contributor},
	{"Kofi Mensah", "kofi.mensah@meridian.example", access.Contributor},
	{"Priya Raman", "priya.raman@meridian.example", access.Contributor},
	{officer, "omar.castellan@meridian.example", access.Manager},
	{"Ada Brandt", "ada.brandt@meridian.example", access.Contributor},
	{"Tomas Lind", "tomas.lind@meridian.example", access.Contributor},
	{inspector, "clara.moreau@meridian.example", access.Contributor},
	{auditor, "elin.haug@haug-revision.example", access.Auditor},
}

// auditor is from outside: she is in no register of the company.
const auditor = "Elin Haug"

// invite lets them in, and says which of them is who in the register.
func (t *story) invite(ctx context.Context, at time.Time) error {
	t.actors = map[string]access.Actor{name: t.admin}
	if err := t.People.LinkAccount(ctx, t.admin, t.persons[name], t.admin.Account(), at); err != nil {
		return err
	}
	for _, c := range colleagues {
		if err := t.let(ctx, c.name, c.email, c.role, at); err != nil {
			return err
		}
	}
	return nil
}

// let lets one person in, and says who of the register they are. Employees have no
// passphrase: making more than a hundred takes longer than all the rest.
func (t *story) let(ctx context.Context, name, email string, role access.Role, at time.Time) error {
	token, _, err := t.Access.Invite(ctx, t.admin, email, role, at)
	if err != nil {
		return err
	}
	account, err := t.enter(ctx, token, name, role, at)
	if err != nil {
		return err
	}
	who, err := t.Access.Enter(ctx, account, Slug)
	if err != nil {
		return err
	}
	t.mu.Lock()
	t.actors[name] = who
	t.mu.Unlock()
	if person := t.persons[name]; person != "" {
		return t.People.LinkAccount(ctx, t.admin, person, who.Account(), at)
	}
	return nil
}

func (t *story) enter(ctx context.Context, token, name string, role access.Role, at time.Time) (access.Account, error) {
	if role == access.Employee {
		return t.Access.AcceptByLink(ctx, token, name, at)
	}
	in, err := t.Access.AcceptNew(ctx, token, name, t.passphrase, access.Client{Agent: "demonstration"}, at)
	if err != nil {
		return access.Account{}, err
	}
	return in.Account, t.Access.SignOut(ctx, in.Token)
}

// files is who files the evidence of a control: its owner, or the compliance
// manager for those who have no account.
func (t *story) files(code string) access.Actor {
	for person, id := range t.persons {
		if who, ok := t.actors[person]; ok && id == t.controls[code].Owner {
			return who
		}
	}
	return t.admin
}

// reviews is who looks at what somebody filed: never the same person.
func (t *story) reviews(filer access.Actor) access.Actor {
	if mara := t.actors["Mara Velasco"]; mara.Account() != filer.Account() {
		return mara
	}
	return t.admin
}

// paper is a file of an item before it is kept.
type paper struct {
	name string
	data []byte
}

// filed is an item as a routine wants it filed.
type filed struct {
	evidence.Filing
	key    string // of story.items, or empty
	papers []paper
	by     access.Actor
	review bool // a second person accepts it a day or two later
}

// file plans that an item is filed in the evening of the day it was captured on, and
// reviewed.
func (t *story) file(f filed) {
	day := cadence.DateOf(f.CapturedAt, t.zone)
	evening := t.at(day, 18, 30)
	t.drafts = append(t.drafts, draft{f, evening})
	place := len(t.drafts) - 1
	t.meanwhile(evening, func(ctx context.Context, at time.Time) error { return t.put(ctx, t.drafts[place].filed, at) })
}

// draft is an item whose papers are kept before the story begins to be lived: that
// leaves nothing in the log, and many can be kept at once.
type draft struct {
	filed
	at time.Time
}

// keep keeps the papers of what is planned.
func (t *story) keep(ctx context.Context) error {
	failed := make([]error, len(t.drafts))
	var wg sync.WaitGroup
	slots := make(chan struct{}, 24)
	for i := range t.drafts {
		if t.drafts[i].at.After(t.now) {
			continue
		}
		slots <- struct{}{}
		wg.Go(func() {
			failed[i] = t.take(ctx, &t.drafts[i].filed, t.drafts[i].at)
			<-slots
		})
	}
	wg.Wait()
	return errors.Join(failed...)
}

// take keeps the papers of one item.
func (t *story) take(ctx context.Context, f *filed, at time.Time) error {
	for _, p := range f.papers {
		kept, err := t.Evidence.Keep(ctx, f.by, p.name, bytes.NewReader(p.data), at)
		if err != nil {
			return err
		}
		f.Files = append(f.Files, kept)
	}
	f.papers = nil
	return nil
}

// put files an item, and plans its review.
func (t *story) put(ctx context.Context, f filed, at time.Time) error {
	if err := t.take(ctx, &f, at); err != nil { // what was planned on the way
		return err
	}
	i, err := t.Evidence.File(ctx, f.by, f.Filing, at)
	if err != nil {
		return fmt.Errorf("file “%s”: %w", f.Title, err)
	}
	if f.key != "" {
		t.mu.Lock()
		t.items[f.key] = i.ID
		t.mu.Unlock()
	}
	if f.review {
		t.meanwhile(t.reviewed(at), func(ctx context.Context, at time.Time) error {
			return t.Evidence.Review(ctx, t.reviews(f.by), i.ID, evidence.Accepted, "", at)
		})
	}
	return nil
}

// reviewed is when a second person looks at what was filed: on Friday afternoon. What
// was filed by yesterday was looked at by yesterday night.
func (t *story) reviewed(filed time.Time) time.Time {
	day := cadence.DateOf(filed, t.zone)
	friday := day + cadence.Date((int(time.Friday)-int(day.Weekday())+7)%7)
	if friday == day { // it is filed in the evening
		friday += 7
	}
	at := t.at(friday, 15, 10)
	if night := t.at(t.yesterday, 21, 0); at.After(night) && filed.Before(night) {
		return night
	}
	return at
}

// sign plans a checkpoint for the first morning of each month, as the schedule of a
// server does more often.
func (t *story) sign() {
	for i := 1; i <= months; i++ {
		t.then(t.at(t.month(i).From, 6, 0), func(ctx context.Context, at time.Time) error {
			_, err := t.Keeper.Sign(ctx, t.admin.Org(), 1, at)
			return err
		})
	}
}
