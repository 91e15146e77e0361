package device

import (
	"context"
	"crypto/ed25519"
	"database/sql"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/time/rate"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/problem"
	"github.com/toucan-grc/toucan/internal/wire"
)

// Refused is why a message of a device got no receipt.
type Refused struct {
	Code       wire.Code
	Revocation []byte        // signed, with wire.RevokedHere
	After      time.Duration // when to try again; 0: says nothing
}

func (r *Refused) Error() string { return "device: refused: " + string(r.Code) }

// Counts are what the store did since the start, for the metrics page.
type Counts struct {
	Reports  int64 // deliveries that got a receipt
	Quiet    int64 // of them, those that brought nothing new
	Refused  int64 // messages of devices that were refused
	Enrolled int64
	Words    int64 // what other sources said of a device, taken
	Commits  int64 // transactions that stored deliveries
}

type counters struct{ reports, quiet, refused, enrolled, words, commits atomic.Int64 }

// Counts returns the counts.
func (s *Store) Counts() Counts {
	c := &s.count
	return Counts{c.reports.Load(), c.quiet.Load(), c.refused.Load(), c.enrolled.Load(), c.words.Load(), c.commits.Load()}
}

// known is what is kept in memory of a device that reported, so that a signature can be
// looked at without the database. The transaction reads the rows again.
type known struct {
	key  ed25519.PublicKey
	text string // key as messages have it

	mu   sync.Mutex
	rate *rate.Limiter // deliveries
}

// A device may deliver this often: an agent reports what changes, and every few hours.
const (
	deliverEvery = 3 * time.Second
	deliverBurst = 20
)

func (k *known) allow(now time.Time) bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.rate == nil {
		k.rate = rate.NewLimiter(rate.Every(deliverEvery), deliverBurst)
	}
	return k.rate.AllowN(now, 1)
}

func knownKey(org string, id wire.ID) string { return org + string(id) }

// keyOf returns what is known of a device, or nil if it has no key that counts.
func (s *Store) keyOf(ctx context.Context, org string, id wire.ID) (*known, error) {
	if k, ok := s.known.Load(knownKey(org, id)); ok {
		return k.(*known), nil
	}
	k := &known{}
	err := s.DB.Read(ctx, org, func(tx *db.Tx) error {
		return tx.QueryRow(ctx, `SELECT key FROM device_key WHERE org = $1 AND device = $2 AND to_at = 0`, org, string(id)).Scan(&k.text)
	})
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	k.key = wire.Key(k.text)
	s.known.Store(knownKey(org, id), k)
	return k, nil
}

// Report takes a delivery of a device and returns the signed receipt. The receipt is
// signed after the commit: who holds one holds the proof that its reports are stored.
// Everything that gives no receipt is a *Refused, or a failure of ours.
func (s *Store) Report(ctx context.Context, who access.Actor, m wire.Signed[wire.Delivery], now time.Time) ([]byte, error) {
	if err := who.May(access.ReportDevices); err != nil {
		return nil, err
	}
	r, err := s.report(ctx, who.Org(), m, now.UTC().Truncate(time.Microsecond))
	if err != nil {
		if problem.Of(err).Code == problem.Busy {
			err = &Refused{Code: wire.Busy, After: busyAfter}
		}
		s.count.refused.Add(1)
		return nil, err
	}
	s.count.reports.Add(1)
	return wire.Sign(r, s.signer), nil
}

// busyAfter is when who was turned away for want of room may try again.
const busyAfter = 15 * time.Second

// errStale says that what was known of a device in memory is not so any more.
var errStale = errors.New("device: known otherwise")

func (s *Store) report(ctx context.Context, org string, m wire.Signed[wire.Delivery], now time.Time) (wire.Receipt, error) {
	d := m.Message
	if d.Reports[len(d.Reports)-1].Seq > maxSeq {
		return wire.Receipt{}, &Refused{Code: wire.Malformed}
	}
	for range 2 {
		k, err := s.keyOf(ctx, org, d.Device)
		if err != nil {
			return wire.Receipt{}, err
		}
		if k == nil || !m.By(k.key) {
			s.known.Delete(knownKey(org, d.Device)) // another server may have enrolled it anew
			if k == nil {
				return wire.Receipt{}, s.unknown(ctx, org, m, now)
			}
			continue
		}
		if !k.allow(now) {
			return wire.Receipt{}, &Refused{Code: wire.TooMany, After: time.Minute}
		}
		out, err := s.deliver(ctx, org, &delivery{d: d, key: k.text, now: now})
		if !errors.Is(err, errStale) {
			return out, err
		}
		s.known.Delete(knownKey(org, d.Device))
		if err := s.revoke(ctx, org, d.Device, now); err != nil {
			return wire.Receipt{}, err
		}
	}
	return wire.Receipt{}, s.unknown(ctx, org, m, now)
}

// maxSeq is what the columns of both engines hold.
const maxSeq = 1 << 62

// unknown says why a delivery that the present key of its device did not sign is
// refused: one signed with an earlier key of it is told, signed, what became of that.
func (s *Store) unknown(ctx context.Context, org string, m wire.Signed[wire.Delivery], now time.Time) error {
	type former struct {
		key string
		at  int64
		why wire.Why
	}
	var list []former
	err := s.DB.Read(ctx, org, func(tx *db.Tx) error {
		return query(ctx, tx, `SELECT key, to_at, why FROM device_key WHERE org = $1 AND device = $2 AND to_at <> 0 ORDER BY to_at DESC LIMIT 20`,
			[]any{org, string(m.Message.Device)}, func(scan func(...any) error) error {
				var f former
				err := scan(&f.key, &f.at, &f.why)
				list = append(list, f)
				return err
			})
	})
	if err != nil {
		return err
	}
	for _, f := range list {
		if m.By(wire.Key(f.key)) {
			return &Refused{Code: wire.RevokedHere, Revocation: wire.Sign(wire.Revocation{V: wire.Version, Device: m.Message.Device, At: db.Time(f.at).Unix(), Why: f.why}, s.signer)}
		}
	}
	return &Refused{Code: wire.Unknown}
}

// revoke ends the key of a device that is lost or retired, now that it speaks: from
// here on only an enrolment brings it back. Until then it could have been restored.
func (s *Store) revoke(ctx context.Context, org string, id wire.ID, now time.Time) error {
	var out error
	err := s.DB.Write(ctx, org, db.Devices, func(ctx context.Context, tx *db.Tx) error {
		var state State
		err := tx.QueryRow(ctx, `SELECT state FROM device WHERE org = $1 AND id = $2`, org, string(id)).Scan(&state)
		if errors.Is(err, sql.ErrNoRows) || err == nil && state == InUse {
			return nil
		}
		if err != nil {
			return err
		}
		res, err := tx.Exec(ctx, `UPDATE device_key SET to_at = $3, why = $4 WHERE org = $1 AND device = $2 AND to_at = 0`, org, string(id), db.Micros(now), string(state))
		if err != nil {
			return err
		}
		if n, err := res.RowsAffected(); err != nil || n == 0 {
			return err
		}
		return s.event(ctx, tx, org, "", event{device: string(id), kind: evRevoked}, now)
	})
	return errors.Join(out, err)
}

// receipt is the answer to a delivery that is stored.
func (s *source) receipt(id wire.ID, settings wire.Settings) wire.Receipt {
	return wire.Receipt{V: wire.Version, Device: id, Seq: s.seq, Report: s.hash, ReceivedAt: db.Time(s.filed).Unix(), Batch: s.batch, Settings: settings}
}

// deliver hands a delivery to the committer of the organisation and waits until it is
// stored.
func (s *Store) deliver(ctx context.Context, org string, d *delivery) (wire.Receipt, error) {
	d.done = make(chan struct{})
	s.mu.Lock()
	c := s.commits[org]
	if c == nil {
		c = &committer{s: s, org: org}
		s.commits[org] = c
	}
	s.mu.Unlock()
	if err := c.put(d); err != nil {
		return wire.Receipt{}, err
	}
	select {
	case <-d.done:
		return d.receipt, d.err
	case <-ctx.Done():
		return wire.Receipt{}, fmt.Errorf("waiting for a commit: %w", ctx.Err())
	}
}
