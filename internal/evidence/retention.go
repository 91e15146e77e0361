package evidence

import (
	"context"
	"fmt"
	"time"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/control"
	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/ledger"
	"github.com/toucan-grc/toucan/internal/problem"
)

// Keeping says how long evidence of a kind is kept.
type Keeping struct {
	Kind   string // empty: every kind that has no line of its own
	Months int    // 0: until somebody erases it
	At     time.Time
	By     string // account id
}

// Until returns when an item is past its retention: so many months after it was
// captured, yet not before it lapses. The zero time means never.
func (k Keeping) Until(i Item) time.Time {
	if k.Months == 0 {
		return time.Time{}
	}
	return later(i.CapturedAt.AddDate(0, k.Months, 0), i.LapsesAt())
}

type keepingFact struct {
	Kind   string `json:"kind"`
	Months int    `json:"months"`
	At     int64  `json:"at_us"`
}

// SetRetention says how long a kind is kept from now on; an empty kind stands for
// all that have no line of their own.
func (s *Store) SetRetention(ctx context.Context, who access.Actor, kind string, months int, now time.Time) error {
	if err := who.May(access.ManageRetention); err != nil {
		return err
	}
	if _, ok := control.Shipped().Kind(kind); !ok && kind != "" {
		return problem.Field("kind", "Choose a kind of evidence from the list.")
	}
	if months < 0 || months > 1200 || months > 0 && months < 12 {
		return problem.Field("months", "Evidence is kept for 12 months at least, as an audit looks back a year; 0 keeps it until somebody erases it.")
	}
	now = moment(now)
	return s.db.Write(ctx, who.Org(), db.People, func(ctx context.Context, tx *db.Tx) error {
		have, err := keepings(ctx, tx, who.Org(), now)
		if err != nil {
			return err
		}
		if k, ok := have[kind]; ok && k.Months == months || !ok && kind == "" && months == 0 {
			return nil
		}
		id, salt := newID(), ledger.Salt()
		if _, err := tx.Exec(ctx, `INSERT INTO evidence_retention (org, id, kind, months, at, account, salt) VALUES ($1, $2, $3, $4, $5, $6, $7)`,
			who.Org(), id, kind, months, db.Micros(now), who.Account(), salt); err != nil {
			return err
		}
		return s.log.Append(ctx, tx, ledger.Leaf{Org: who.Org(), At: now, Actor: who.Account(), Kind: "evidence.retention", ID: id, Salt: salt, Payload: keepingFact{kind, months, db.Micros(now)}})
	})
}

// Retention returns what was said of each kind, as it holds at a moment, in the
// order of the vocabulary; the line for all others comes first.
func (s *Store) Retention(ctx context.Context, who access.Actor, at time.Time) ([]Keeping, error) {
	if err := who.May(access.ViewEvidence); err != nil {
		return nil, err
	}
	var have map[string]Keeping
	err := s.db.Read(ctx, who.Org(), func(tx *db.Tx) (err error) {
		have, err = keepings(ctx, tx, who.Org(), at)
		return err
	})
	out := []Keeping{have[""]}
	for _, k := range control.Shipped().Kinds {
		if x, ok := have[k.Kind]; ok {
			out = append(out, x)
		}
	}
	return out, err
}

func keepings(ctx context.Context, tx *db.Tx, org string, at time.Time) (map[string]Keeping, error) {
	rows, err := tx.Query(ctx, `SELECT kind, months, at, account FROM evidence_retention WHERE org = $1 AND at <= $2 ORDER BY at, id`, org, db.Micros(at))
	if err != nil {
		return nil, err
	}
	out := map[string]Keeping{}
	err = db.Each(rows, func(scan func(...any) error) error {
		var k Keeping
		var us int64
		err := scan(&k.Kind, &k.Months, &us, &k.By)
		k.At = db.Time(us)
		out[k.Kind] = k
		return err
	})
	return out, err
}

// Expiry is an item that is past its retention.
type Expiry struct {
	Item  Item
	Until time.Time // it was to be kept until then
	Held  bool      // a hold keeps it
	Why   string    // one sentence; it becomes the reason of its erasure
}

// Expired returns items past their retention, those whose time was over first.
// The sweep erases those that no hold keeps.
func (s *Store) Expired(ctx context.Context, who access.Actor, now time.Time) ([]Expiry, error) {
	if err := who.May(access.ViewEvidence); err != nil {
		return nil, err
	}
	var out []Expiry
	err := s.db.Read(ctx, who.Org(), func(tx *db.Tx) (err error) {
		out, err = expired(ctx, tx, who.Org(), now, sweepAtOnce)
		return err
	})
	return out, err
}

// expired reads up to limit items past their retention, kind by kind. Held ones
// come on top of the limit, so that they never keep the others from their turn.
func expired(ctx context.Context, tx *db.Tx, org string, now time.Time, limit int) ([]Expiry, error) {
	keep, err := keepings(ctx, tx, org, now)
	if err != nil {
		return nil, err
	}
	holds, err := readHolds(ctx, tx, org, "")
	if err != nil {
		return nil, err
	}
	var out []Expiry
	free := 0
	for _, k := range control.Shipped().Kinds {
		kept, own := keep[k.Kind]
		if !own {
			kept = keep[""]
		}
		if kept.Months == 0 || free >= limit {
			continue
		}
		items, err := olderThan(ctx, tx, org, k.Kind, now.AddDate(0, -kept.Months, 1), now)
		if err != nil {
			return nil, err
		}
		for _, i := range items {
			until := kept.Until(i)
			if until.After(now) {
				continue
			}
			e := Expiry{Item: i, Until: until, Why: fmt.Sprintf("Past its retention: evidence of the kind “%s” is kept for %d months.", k.Label, kept.Months)}
			for _, h := range holds {
				e.Held = e.Held || h.covers(i)
			}
			if !e.Held {
				free++
			}
			out = append(out, e)
			if free >= limit {
				break
			}
		}
	}
	return out, nil
}

// olderThan reads items of a kind that were captured before a moment and are not
// current any more. A month has not always as many days, so the moment is generous.
func olderThan(ctx context.Context, tx *db.Tx, org, kind string, before, now time.Time) ([]Item, error) {
	rows, err := tx.Query(ctx, `SELECT `+itemColumns+` FROM evidence_item i WHERE i.org = $1 AND i.kind = $2 AND i.captured_at < $3 AND i.lapses_at <= $4 AND i.erased_at = 0 ORDER BY i.captured_at, i.id LIMIT 2000`,
		org, kind, db.Micros(before), db.Micros(now))
	if err != nil {
		return nil, err
	}
	var out []Item
	err = db.Each(rows, func(scan func(...any) error) error {
		i, err := scanItem(scan)
		out = append(out, i)
		return err
	})
	if err != nil {
		return nil, err
	}
	for from := 0; from < len(out); from += 500 {
		if err := complete(ctx, tx, org, out[from:min(from+500, len(out))]); err != nil {
			return nil, err
		}
	}
	return out, nil
}
