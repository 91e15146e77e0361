package risk

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/register"
)

// registers of so many organisations are kept
const maxKept = 20

// patched is how many changed risks are read one by one, and patchedActs how much
// may have happened to them; of more, everything is read.
const patched, patchedActs = 20, 1000

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
		if next.acts, err = register.ReadActs(ctx, tx, org, "risk_act"); err != nil {
			return err
		}
		if ok && !written.Since(k.written, besideTables...) {
			if next.r, err = k.r.patch(ctx, tx, k.acts, now); err != nil || next.r != nil {
				return err
			}
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
// since; nil when those are many.
func (r *Register) patch(ctx context.Context, tx *db.Tx, since register.Acts, now time.Time) (*Register, error) {
	var changed []string
	known, err := since.Since(ctx, tx, r.Org, `coalesce(risk, '')`, patchedActs, func(scan func(...any) error) error {
		var id string
		if err := scan(&id); err != nil {
			return err
		}
		if id != "" && !slices.Contains(changed, id) {
			changed = append(changed, id)
		}
		return nil
	})
	if err != nil || !known || len(changed) > patched {
		return nil, err
	}
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
