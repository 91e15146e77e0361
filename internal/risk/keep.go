package risk

import (
	"cmp"
	"context"
	"encoding/hex"
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/toucan-grc/toucan/internal/db"
)

// registers of so many organisations are kept
const maxKept = 20

// patched is how many changed risks are read one by one; of more, everything is.
const patched = 20

// bare returns the register without states of controls: the one read last, as long
// as nothing of it was written and it is the same day. Where a few risks changed
// since, only those are read.
func (s *Store) bare(ctx context.Context, org string, now time.Time) (*Register, error) {
	written, err := s.DB.Written(ctx, org)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	k, ok := s.kept[org]
	s.mu.Unlock()
	ok = ok && k.r.sameDay(now) && !now.Before(k.r.Now)
	if ok && !written.Since(k.written, Tables()...) {
		return k.r, nil
	}
	next := kept{written: written}
	err = s.DB.Read(ctx, org, func(tx *db.Tx) (err error) {
		if err := tx.QueryRow(ctx, `SELECT coalesce(max(id), '') FROM risk_act WHERE org = $1`, org).Scan(&next.last); err != nil {
			return err
		}
		if ok && k.last != "" && !written.Since(k.written, besideTables...) {
			if next.r, err = k.r.patch(ctx, tx, k.last, k.acts, &next, now); err != nil || next.r != nil {
				return err
			}
		}
		next.acts = map[string]bool{}
		if err := recent(ctx, tx, org, next.last, func(act, _ string) { next.acts[act] = true }); err != nil {
			return err
		}
		next.r, err = ReadRegister(ctx, tx, org, now)
		return err
	})
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.kept[org] = next
	for other := range s.kept {
		if len(s.kept) > maxKept && other != org {
			delete(s.kept, other)
		}
	}
	return next.r, nil
}

// besideTables are those of Tables whose changes no act of a risk tells of.
var besideTables = []string{"risk_method", "finding_action", "person", "control", "organisation_zone"}

// patch returns the register with the risks read anew that something happened to
// since an act; nil when those are many.
func (r *Register) patch(ctx context.Context, tx *db.Tx, last string, seen map[string]bool, next *kept, now time.Time) (*Register, error) {
	var changed []string
	acts := map[string]bool{}
	err := recent(ctx, tx, r.Org, last, func(act, id string) {
		acts[act] = true
		if !seen[act] && !slices.Contains(changed, id) && len(changed) <= patched {
			changed = append(changed, id)
		}
	})
	if err != nil || len(changed) > patched || len(acts) == manyActs {
		return nil, err
	}
	next.acts = acts
	out := *r
	out.Now, out.Risks, out.byID = now, slices.Clone(r.Risks), make(map[string]*Entry, len(r.byID)+len(changed))
	for i, e := range out.Risks {
		out.byID[e.ID] = out.Risks[i]
	}
	for _, id := range changed {
		_, e, err := readEntry(ctx, tx, r.Org, id, now)
		if err != nil {
			return nil, err
		}
		if i := slices.IndexFunc(out.Risks, func(x *Entry) bool { return x.ID == id }); i >= 0 {
			out.Risks[i] = e
		} else {
			out.Risks = append(out.Risks, e)
		}
		out.byID[id] = e
	}
	slices.SortFunc(out.Risks, func(a, b *Entry) int {
		return cmp.Or(cmp.Compare(len(a.Code), len(b.Code)), cmp.Compare(a.Code, b.Code))
	})
	return &out, nil
}

// acts that are looked at; where more happened, everything is read
const manyActs = 50_000

// recent calls fn for the acts since shortly before one.
func recent(ctx context.Context, tx *db.Tx, org, last string, fn func(act, risk string)) error {
	rows, err := tx.Query(ctx, `SELECT id, risk FROM risk_act WHERE org = $1 AND id > $2 AND risk IS NOT NULL ORDER BY id LIMIT $3`, org, shortlyBefore(last), manyActs)
	if err != nil {
		return err
	}
	return each(rows, func(scan func(...any) error) error {
		var act, risk string
		if err := scan(&act, &risk); err != nil {
			return err
		}
		fn(act, risk)
		return nil
	})
}

// shortlyBefore is an id a minute before another: servers whose clocks differ a
// little, and changes that took a while, are not passed over. Reading a risk once
// more than needed harms nobody.
func shortlyBefore(id string) string {
	u, err := uuid.Parse(id)
	if err != nil {
		return ""
	}
	sec, nsec := u.Time().UnixTime()
	ms := time.Unix(sec, nsec).Add(-time.Minute).UnixMilli()
	var b [16]byte
	for i := range 6 {
		b[i] = byte(ms >> (8 * (5 - i)))
	}
	h := hex.EncodeToString(b[:])
	return h[:8] + "-" + h[8:12] + "-" + h[12:16] + "-" + h[16:20] + "-" + h[20:]
}
