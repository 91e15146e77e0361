package device

import (
	"context"
	"crypto/ed25519"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"
	"unique"

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
	key   [ed25519.PublicKeySize]byte
	spent spent // of its deliveries
}

// A device may deliver this often: an agent reports what changes, and every few hours. A
// full queue of 64 reports counts as nine deliveries.
const (
	deliverEvery = 3 * time.Second
	deliverBurst = 20
	reportsATurn = 8
)

// knownDevices is how many devices are known in memory at least, and twice as many at
// most. How often one delivered is forgotten when so many others came after it.
const knownDevices = 100_000

// knownKey names a device in memory.
type knownKey struct {
	org unique.Handle[string]
	id  [16]byte
}

// keyring is what is known of devices. It is safe for concurrent use.
type keyring struct {
	mu sync.Mutex
	of recent[knownKey, known]
}

func keyOfKnown(org string, id wire.ID) (knownKey, bool) {
	k := knownKey{org: unique.Make(org)}
	n, err := hex.Decode(k.id[:], []byte(id[:min(len(id), 2*len(k.id))]))
	return k, err == nil && n == len(k.id) && len(id) == 2*len(k.id)
}

func (r *keyring) get(k knownKey) (known, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.of.get(k)
}

// learn keeps the key of a device. How often it delivered stays what it was: whoever
// sends what it did not sign makes its key be read again, and no more.
func (r *keyring) learn(k knownKey, key ed25519.PublicKey) {
	r.mu.Lock()
	defer r.mu.Unlock()
	x, _ := r.of.get(k)
	copy(x.key[:], key)
	r.of.put(k, x)
}

func (r *keyring) forget(k knownKey) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.of.forget(k)
}

// allow takes a delivery of so many reports of a device.
func (r *keyring) allow(k knownKey, key ed25519.PublicKey, reports int, now time.Time) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	x, _ := r.of.get(k)
	copy(x.key[:], key)
	var ok bool
	x.spent, ok = x.spent.take(1+reports/reportsATurn, deliverEvery, deliverBurst, now)
	r.of.put(k, x)
	return ok
}

// keyOf returns the key of a device that counts, or nil if it has none. With anew it is
// read again: another server may have enrolled the device since.
func (s *Store) keyOf(ctx context.Context, org string, id wire.ID, anew bool) (ed25519.PublicKey, error) {
	at, ok := keyOfKnown(org, id)
	if !ok {
		return nil, nil
	}
	if k, ok := s.known.get(at); ok && !anew {
		return k.key[:], nil
	}
	var text string
	err := s.DB.Read(ctx, org, func(tx *db.Tx) error {
		return tx.QueryRow(ctx, `SELECT key FROM device_key WHERE org = $1 AND device = $2 AND to_at = 0`, org, string(id)).Scan(&text)
	})
	if errors.Is(err, sql.ErrNoRows) {
		s.known.forget(at)
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	key := wire.Key(text)
	s.known.learn(at, key)
	return key, nil
}

// forget lets the key of a device be read again.
func (s *Store) forget(org string, id wire.ID) {
	if at, ok := keyOfKnown(org, id); ok {
		s.known.forget(at)
	}
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
	for _, anew := range []bool{false, true} {
		key, err := s.keyOf(ctx, org, d.Device, anew)
		if err != nil {
			return wire.Receipt{}, err
		}
		if key == nil {
			return wire.Receipt{}, s.unknown(ctx, org, m, now)
		}
		if !m.By(key) {
			continue
		}
		at, _ := keyOfKnown(org, d.Device)
		if !s.known.allow(at, key, len(d.Reports), now) {
			return wire.Receipt{}, &Refused{Code: wire.TooMany, After: time.Minute}
		}
		out, err := s.deliver(ctx, org, &delivery{d: d, key: wire.KeyText(key), now: now})
		if !errors.Is(err, errStale) {
			return out, err
		}
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
