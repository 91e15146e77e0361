package people

import (
	"context"
	"database/sql"
	"errors"
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/cadence"
	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/problem"
)

// checked returns a span as it is kept, or an Invalid problem about the field at
// fault.
func (s Span) checked() (Span, error) {
	var err error
	if s.Reason, err = db.Prose("reason", "The reason", s.Reason, maxReason); err != nil {
		return s, err
	}
	switch {
	case s.Kind != Stint && s.Kind != Leave && s.Kind != NoScope:
		return s, problem.Field("kind", "Choose a leave, out of scope, or an earlier stint.")
	case !s.From.Known():
		return s, problem.Field("from", "Say from which day on. It looks like 2026-03-01.")
	case s.To.Known() && s.To < s.From:
		return s, problem.Field("to", "The last day lies before the first.")
	case s.Kind == Stint && !s.To.Known():
		return s, problem.Field("to", "An earlier stint has a last day. The present one is said by the first day of the person.")
	case s.Kind == NoScope && s.Reason == "":
		return s, problem.Field("reason", "Say why this person is not part of the programme. Auditors expect it to be rare.")
	case s.Kind != NoScope && s.Reason != "":
		return s, problem.Field("reason", "Why somebody is away is not kept here. Leave it empty.")
	}
	return s, nil
}

// AddSpan says that a person is on leave, out of scope or was here before, from one
// day to another. It must not meet another span of its kind.
func (s *Store) AddSpan(ctx context.Context, who access.Actor, x Span, now time.Time) (Span, error) {
	if err := who.May(access.ManagePeople); err != nil {
		return Span{}, err
	}
	x, err := x.checked()
	if err != nil {
		return Span{}, err
	}
	x.ID = uuid.Must(uuid.NewV7()).String()
	err = s.db.Write(ctx, who.Org(), db.People, func(ctx context.Context, tx *db.Tx) error {
		have, err := find(ctx, tx, who.Org(), x.Person)
		if err != nil {
			return err
		}
		spans, err := readSpans(ctx, tx, who.Org(), x.Person)
		if err != nil {
			return err
		}
		for _, y := range append(spans, have.stint()) {
			if y.Kind == x.Kind && y.meets(x) {
				return problem.Field("from", "This meets what is known already, "+y.words()+". Choose other days, or end that first.")
			}
		}
		return s.keepSpan(ctx, tx, who, x, db.Micros(now))
	})
	return x, err
}

// EndSpan says which day was or will be the last of a span; a day before its first
// takes it back altogether. It is kept that it was said otherwise before.
func (s *Store) EndSpan(ctx context.Context, who access.Actor, id string, last cadence.Date, now time.Time) error {
	if err := who.May(access.ManagePeople); err != nil {
		return err
	}
	if !last.Known() {
		return problem.Field("to", "Say which day is the last one. It looks like 2026-03-01.")
	}
	return s.db.Write(ctx, who.Org(), db.People, func(ctx context.Context, tx *db.Tx) error {
		var x Span
		err := tx.QueryRow(ctx, `SELECT id, person, kind, from_day, to_day, reason FROM person_span WHERE org = $1 AND id = $2 AND ended_at = 0`, who.Org(), id).
			Scan(&x.ID, &x.Person, &x.Kind, &x.From, &x.To, &x.Reason)
		if errors.Is(err, sql.ErrNoRows) {
			return problem.New(problem.NotFound, "This is not there any more. Somebody may have ended it; open the person again.")
		}
		if err != nil || x.To == last {
			return err
		}
		spans, err := readSpans(ctx, tx, who.Org(), x.Person)
		if err != nil {
			return err
		}
		have, err := find(ctx, tx, who.Org(), x.Person)
		if err != nil {
			return err
		}
		if err := s.dropSpan(ctx, tx, who, x, db.Micros(now)); err != nil || last < x.From {
			return err
		}
		next := x
		next.ID, next.To = uuid.Must(uuid.NewV7()).String(), last
		for _, y := range append(spans, have.stint()) {
			if y.ID != x.ID && y.Kind == x.Kind && y.meets(next) {
				return problem.Field("to", "This would meet what is known already, "+y.words()+". Choose an earlier day.")
			}
		}
		return s.keepSpan(ctx, tx, who, next, db.Micros(now))
	})
}

// End says which day is the last of a person here.
func (s *Store) End(ctx context.Context, who access.Actor, person string, last cadence.Date, now time.Time) error {
	if err := who.May(access.ManagePeople); err != nil {
		return err
	}
	if !last.Known() {
		return problem.Field("end_on", "Say which day is the last one. It looks like 2026-03-01.")
	}
	return s.alter(ctx, who, person, now, func(p *Person) error {
		p.EndOn = last.String()
		return nil
	})
}

// Return begins a new stint of somebody who has left; the old one is kept.
func (s *Store) Return(ctx context.Context, who access.Actor, person string, first cadence.Date, now time.Time) error {
	if err := who.May(access.ManagePeople); err != nil {
		return err
	}
	return s.alter(ctx, who, person, now, func(p *Person) error {
		switch {
		case !first.Known():
			return problem.Field("start_on", "Say which day is the first one. It looks like 2026-03-01.")
		case p.EndOn == "":
			return problem.Field("start_on", p.Name+" has not left. Enter the last day of the present time first.")
		case first.String() <= p.EndOn:
			return problem.Field("start_on", "The last day was "+p.EndOn+". Somebody returns after it.")
		}
		p.StartOn, p.EndOn = first.String(), ""
		return nil
	})
}

// alter changes an entry by hand.
func (s *Store) alter(ctx context.Context, who access.Actor, person string, now time.Time, do func(*Person) error) error {
	return s.db.Write(ctx, who.Org(), db.People, func(ctx context.Context, tx *db.Tx) error {
		have, err := find(ctx, tx, who.Org(), person)
		if err != nil {
			return err
		}
		next := have.Person
		if err := do(&next); err != nil {
			return err
		}
		if next, err = next.checked(); err != nil {
			return err
		}
		return s.change(ctx, tx, who, have, next, now)
	})
}

// Detail is everything that is known of one person but the groups.
type Detail struct {
	Person
	Spans      []Span // as they happened
	Origins    []Origin
	Unlisted   map[Source]time.Time // lists that do not name them any more, and since when
	Exclusions []Exclusion          // the newest first
}

// Detail returns what is known of a person.
func (s *Store) Detail(ctx context.Context, who access.Actor, id string) (Detail, error) {
	if err := who.May(access.ViewPeople); err != nil {
		return Detail{}, err
	}
	d := Detail{Unlisted: map[Source]time.Time{}}
	err := s.db.Read(ctx, who.Org(), func(tx *db.Tx) error {
		have, err := find(ctx, tx, who.Org(), id)
		if err != nil {
			return err
		}
		d.Person = have.Person
		if d.Spans, err = readSpans(ctx, tx, who.Org(), id); err != nil {
			return err
		}
		slices.SortFunc(d.Spans, bySpan)
		listings, err := readListings(ctx, tx, who.Org(), id)
		if err != nil {
			return err
		}
		d.Origins = originsOf(have.Person, have.hand, listings)
		for _, l := range listings {
			if l.Unlisted != 0 {
				d.Unlisted[l.Source] = db.Time(l.Unlisted)
			}
		}
		d.Exclusions, err = readExclusions(ctx, tx, who.Org(), id)
		slices.SortFunc(d.Exclusions, newestFirst)
		return err
	})
	return d, err
}

// HandBack lets the lists say again what a field of a person is.
func (s *Store) HandBack(ctx context.Context, who access.Actor, person, field string, now time.Time) error {
	if err := who.May(access.ManagePeople); err != nil {
		return err
	}
	return s.db.Write(ctx, who.Org(), db.People, func(ctx context.Context, tx *db.Tx) error {
		have, err := find(ctx, tx, who.Org(), person)
		if err != nil {
			return err
		}
		if have.hand[field] == 0 {
			return nil
		}
		listings, err := readListings(ctx, tx, who.Org(), person)
		if err != nil {
			return err
		}
		delete(have.hand, field)
		next := settled(have.Person, have.hand, listings)
		if next, err = next.checked(); err != nil {
			return err
		}
		if err := checkManager(ctx, tx, who.Org(), next); err != nil {
			return err
		}
		next.UpdatedAt = now.UTC().Truncate(time.Microsecond)
		return s.write(ctx, tx, who, []entry{{next, have.hand}}, nil)
	})
}

// Erase removes the name, the address and what else names somebody who has left.
// The entry, its days and what was recorded about it stay, under an opaque id.
func (s *Store) Erase(ctx context.Context, who access.Actor, person, reason string, now time.Time) error {
	if err := who.May(access.ErasePeople); err != nil {
		return err
	}
	reason, err := db.Prose("reason", "The reason", reason, maxReason)
	if err != nil {
		return err
	}
	if reason == "" {
		return problem.Field("reason", "Say why, such as a request of the person. It is kept; do not name them in it.")
	}
	now = now.UTC().Truncate(time.Microsecond)
	return s.db.Write(ctx, who.Org(), db.People, func(ctx context.Context, tx *db.Tx) error {
		have, err := find(ctx, tx, who.Org(), person)
		if err != nil || !have.ErasedAt.IsZero() {
			return err
		}
		today, err := Today(ctx, tx, who.Org(), now)
		if err != nil {
			return err
		}
		if have.EndOn == "" || have.EndOn >= today.String() {
			return problem.New(problem.Conflict, "Only somebody who has left can be erased. Enter the last day first.")
		}
		return s.erase(ctx, tx, who, have.Person, reason, now)
	})
}
