package demo

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/toucan-grc/toucan/internal/access"
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
	deeds      []deed
}

// deed is something done at a moment.
type deed struct {
	at time.Time
	do func(ctx context.Context, at time.Time) error
}

// then adds a deed after those of the same moment. What would be done in the future
// is not done.
func (t *story) then(at time.Time, do func(ctx context.Context, at time.Time) error) {
	if at.After(t.now) {
		return
	}
	place, _ := slices.BinarySearchFunc(t.deeds, at, func(d deed, at time.Time) int {
		if d.at.After(at) {
			return 1
		}
		return -1
	})
	t.deeds = slices.Insert(t.deeds, place, deed{at, do})
}

// live does the deeds, the earliest first. A deed may add later ones.
func (t *story) live(ctx context.Context) error {
	for len(t.deeds) > 0 {
		d := t.deeds[0]
		t.deeds = t.deeds[1:]
		if err := d.do(ctx, d.at); err != nil {
			return fmt.Errorf("what happened on %s: %w", d.at.Format(time.DateTime), err)
		}
	}
	return nil
}

// colleagues are those who have an account beside the administrator.
var colleagues = []struct {
	name, email string
	role        access.Role
}{
	{"Mara Velasco", "mara.velasco@meridian.example", access.Manager},
	{"Jun Okada", "jun.okada@meridian.example", access.Contributor},
	{"Kofi Mensah", "kofi.mensah@meridian.example", access.Contributor},
	{"Priya Raman", "priya.raman@meridian.example", access.Contributor},
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
		token, _, err := t.Access.Invite(ctx, t.admin, c.email, c.role, at)
		if err != nil {
			return err
		}
		in, err := t.Access.AcceptNew(ctx, token, c.name, t.passphrase, access.Client{Agent: "demonstration"}, at)
		if err != nil {
			return err
		}
		if err := t.Access.SignOut(ctx, in.Token); err != nil {
			return err
		}
		who, err := t.Access.Enter(ctx, in.Account, Slug)
		if err != nil {
			return err
		}
		t.actors[c.name] = who
		if person := t.persons[c.name]; person != "" {
			if err := t.People.LinkAccount(ctx, t.admin, person, who.Account(), at); err != nil {
				return err
			}
		}
	}
	return nil
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

// file plans that an item is filed two hours after it was captured, and reviewed.
func (t *story) file(f filed) {
	t.then(f.CapturedAt.Add(2*time.Hour), func(ctx context.Context, at time.Time) error { return t.put(ctx, f, at) })
}

// put files an item, and plans its review.
func (t *story) put(ctx context.Context, f filed, at time.Time) error {
	for _, p := range f.papers {
		kept, err := t.Evidence.Keep(ctx, f.by, p.name, bytes.NewReader(p.data), at)
		if err != nil {
			return err
		}
		f.Files = append(f.Files, kept)
	}
	i, err := t.Evidence.File(ctx, f.by, f.Filing, at)
	if err != nil {
		return fmt.Errorf("file “%s”: %w", f.Title, err)
	}
	if f.key != "" {
		t.items[f.key] = i.ID
	}
	if f.review {
		t.then(t.reviewed(at), func(ctx context.Context, at time.Time) error {
			return t.Evidence.Review(ctx, t.reviews(f.by), i.ID, evidence.Accepted, "", at)
		})
	}
	return nil
}

// reviewed is when a second person looks at what was filed: the next day or the one
// after. What was filed by yesterday was looked at by yesterday evening.
func (t *story) reviewed(filed time.Time) time.Time {
	at := filed.AddDate(0, 0, 1+filed.Day()%2).Add(37 * time.Minute)
	if evening := t.at(t.yesterday, 21, 0); at.After(evening) && filed.Before(evening) {
		return evening
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
