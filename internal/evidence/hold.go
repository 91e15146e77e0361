package evidence

import (
	"context"
	"slices"
	"time"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/control"
	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/ledger"
	"github.com/toucan-grc/toucan/internal/problem"
)

// Held says what a hold keeps: items, or all of a kind, or all of a control. One
// of the three is set.
type Held struct {
	Items   []string // ids
	Kind    string
	Control string // id or code
}

// Hold keeps evidence from being erased, by anybody, until it is released. One on
// a kind or a control keeps what comes later as well.
type Hold struct {
	ID      string
	Item    string // id, or empty
	Control string // id, or empty
	Kind    string // or empty
	Reason  string
	At      time.Time
	By      string // account id
}

// covers reports whether the hold keeps the item.
func (h Hold) covers(i Item) bool {
	return h.Item == i.ID || h.Kind != "" && h.Kind == i.Kind || h.Control != "" && i.For(h.Control)
}

// holdFact is what the log says when a hold begins and when it ends.
type holdFact struct {
	Hold    string `json:"hold"`
	Item    string `json:"item"`
	Control string `json:"control"`
	Kind    string `json:"kind"`
	Reason  string `json:"reason"`
	At      int64  `json:"at_us"`
}

// Hold puts evidence under a legal hold.
func (s *Store) Hold(ctx context.Context, who access.Actor, h Held, reason string, now time.Time) ([]Hold, error) {
	if err := who.May(access.HoldEvidence); err != nil {
		return nil, err
	}
	reason, err := db.Prose("reason", "The reason", reason, 2000)
	if err != nil {
		return nil, err
	}
	if reason == "" {
		return nil, problem.Field("reason", "Say what the hold is for, such as the name of the proceedings.")
	}
	if len(h.Items) > maxBulk {
		return nil, problem.Field("items", "At most 2,000 pieces of evidence are held at once. Hold their kind or their control instead.")
	}
	now = moment(now)
	var out []Hold
	err = s.db.Write(ctx, who.Org(), db.People, func(ctx context.Context, tx *db.Tx) error {
		out = nil
		list, err := s.holdsOn(ctx, tx, who.Org(), h)
		if err != nil {
			return err
		}
		rows := db.Into(`evidence_hold (org, id, item, control, kind, reason, from_at, account, salt)`)
		for _, x := range list {
			x.ID, x.Reason, x.At, x.By = newID(), reason, now, who.Account()
			salt := ledger.Salt()
			rows.Add(who.Org(), x.ID, orNull(x.Item), orNull(x.Control), x.Kind, x.Reason, db.Micros(now), x.By, salt)
			if err := s.log.Append(ctx, tx, x.leaf(who.Org(), salt)); err != nil {
				return err
			}
			out = append(out, x)
		}
		return rows.Insert(ctx, tx)
	})
	return out, err
}

func (h Hold) leaf(org, salt string) ledger.Leaf {
	return ledger.Leaf{Org: org, At: h.At, Actor: h.By, Kind: "evidence.held", ID: h.ID, Salt: salt, Payload: holdFact{h.ID, h.Item, h.Control, h.Kind, h.Reason, db.Micros(h.At)}}
}

// holdsOn checks what is to be held.
func (s *Store) holdsOn(ctx context.Context, tx *db.Tx, org string, h Held) ([]Hold, error) {
	var out []Hold
	switch {
	case len(h.Items) > 0 && h.Kind == "" && h.Control == "":
		for _, id := range slices.Compact(slices.Sorted(slices.Values(h.Items))) {
			i, err := readItem(ctx, tx, org, id)
			if err != nil {
				return nil, err
			}
			if i.Erased != nil {
				return nil, problem.New(problem.Conflict, "One of these was erased already, so nothing is left to hold. Leave it out.")
			}
			out = append(out, Hold{Item: i.ID})
		}
		return out, nil
	case h.Kind != "" && len(h.Items) == 0 && h.Control == "":
		if _, ok := control.Shipped().Kind(h.Kind); !ok {
			return nil, problem.Field("kind", "Choose a kind of evidence from the list.")
		}
		return []Hold{{Kind: h.Kind}}, nil
	case h.Control != "" && len(h.Items) == 0 && h.Kind == "":
		id, _, err := findControl(ctx, tx, org, h.Control)
		return []Hold{{Control: id}}, err
	}
	return nil, problem.New(problem.Invalid, "Say what to hold: items, or all of a kind, or all of a control.")
}

// Release ends a hold. What it kept may be erased again.
func (s *Store) Release(ctx context.Context, who access.Actor, id, reason string, now time.Time) error {
	if err := who.May(access.HoldEvidence); err != nil {
		return err
	}
	reason, err := db.Prose("reason", "The reason", reason, 2000)
	if err != nil {
		return err
	}
	if reason == "" {
		return problem.Field("reason", "Say why the hold ends.")
	}
	now = moment(now)
	return s.db.Write(ctx, who.Org(), db.People, func(ctx context.Context, tx *db.Tx) error {
		list, err := readHolds(ctx, tx, who.Org(), ` AND id = $2`, known(id))
		if err != nil {
			return err
		}
		if len(list) == 0 {
			return problem.New(problem.NotFound, "There is no such hold, or it was released. Look in the list of holds.")
		}
		h, salt := list[0], ledger.Salt()
		if _, err := tx.Exec(ctx, `UPDATE evidence_hold SET to_at = $3, ended_by = $4, end_reason = $5, end_salt = $6 WHERE org = $1 AND id = $2 AND to_at IS NULL`,
			who.Org(), h.ID, db.Micros(later(now, h.At)), who.Account(), reason, salt); err != nil {
			return err
		}
		return s.log.Append(ctx, tx, ledger.Leaf{Org: who.Org(), At: now, Actor: who.Account(), Kind: "evidence.released", ID: h.ID, Salt: salt,
			Payload: holdFact{h.ID, h.Item, h.Control, h.Kind, reason, db.Micros(now)}})
	})
}

// Holds returns the holds in force, the newest first.
func (s *Store) Holds(ctx context.Context, who access.Actor) ([]Hold, error) {
	if err := who.May(access.ViewEvidence); err != nil {
		return nil, err
	}
	var out []Hold
	err := s.db.Read(ctx, who.Org(), func(tx *db.Tx) (err error) {
		out, err = readHolds(ctx, tx, who.Org(), "")
		return err
	})
	return out, err
}

func readHolds(ctx context.Context, tx *db.Tx, org, where string, args ...any) ([]Hold, error) {
	rows, err := tx.Query(ctx, `SELECT id, coalesce(item, ''), coalesce(control, ''), kind, reason, from_at, account FROM evidence_hold
		WHERE org = $1 AND to_at IS NULL`+where+` ORDER BY from_at DESC, id DESC`, append([]any{org}, args...)...)
	if err != nil {
		return nil, err
	}
	var out []Hold
	err = db.Each(rows, func(scan func(...any) error) error {
		var h Hold
		var at int64
		err := scan(&h.ID, &h.Item, &h.Control, &h.Kind, &h.Reason, &at, &h.By)
		h.At = db.Time(at)
		out = append(out, h)
		return err
	})
	return out, err
}

// heldBy returns the holds that keep an item.
func heldBy(ctx context.Context, tx *db.Tx, org string, i Item) ([]Hold, error) {
	list, err := readHolds(ctx, tx, org, ` AND (item = $2 OR item IS NULL)`, i.ID)
	return slices.DeleteFunc(list, func(h Hold) bool { return !h.covers(i) }), err
}
