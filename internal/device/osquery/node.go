package osquery

import (
	"cmp"
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"database/sql"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"sync/atomic"
	"time"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/ledger"
	"github.com/toucan-grc/toucan/internal/wire"
)

// node is an enrolled host in memory.
type node struct {
	id       string // ours: what Take knows the machine by
	platform wire.Platform
	until    time.Time    // after which it is read again, for another server may have enrolled the host anew
	seen     atomic.Int64 // last heard of, in micros
	noted    atomic.Int64 // what is written of it
}

const (
	nodeFor    = time.Hour
	maxUnknown = 100_000
	maxHost    = 512 // bytes of a host identifier
)

// enrolFact is what the log says of an enrolment: nothing of the host.
type enrolFact struct {
	Node     string        `json:"node"`
	Platform wire.Platform `json:"platform"`
	Secret   string        `json:"secret"` // id of the secret it used
}

// What a secret gives in the hands of somebody else is bounded: so many new machines as
// it is for, and of each that is known another key so often.
const (
	anewEvery  = 10 * time.Minute // a host identifier
	fromEvery  = time.Second      // hosts that are known, of one address and organisation
	fromBurst  = 300
	fromKept   = 10_000 // addresses
	logEvery   = 3 * time.Second
	logBurst   = 20 // results of one host at once
	logOfHosts = 100_000
)

// enrol gives a host a key of its own. The same host identifier is the same host, with a
// new key in place of the old. from is the address it asks from. An empty key says no:
// the secret is not one in force, it has enrolled as many machines as it may, or the host
// was given another key just now.
func (s *Store) enrol(ctx context.Context, who access.Actor, e enrolling, from string, now time.Time) (string, error) {
	if err := who.May(access.ReportDevices); err != nil {
		return "", err
	}
	if e.Host == "" || len(e.Host) > maxHost || !wire.IsCode(e.Secret) {
		return "", nil
	}
	place := who.Org() + " " + from
	// A secret nobody made, and a host that comes too soon, cost a reading and no place in
	// the queue of changes.
	err := s.DB.Read(ctx, who.Org(), func(tx *db.Tx) error {
		x, err := s.asks(ctx, tx, who.Org(), e, now)
		if err == nil && x.old != "" && !s.anew.Left(place, now) {
			err = errTurnedAway
		}
		return err
	})
	var x *asking
	key := newKey()
	if err == nil {
		err = s.DB.Write(ctx, who.Org(), db.Devices, func(ctx context.Context, tx *db.Tx) error {
			var err error
			if x, err = s.asks(ctx, tx, who.Org(), e, now); err != nil {
				return err
			}
			if x.old != "" && !s.anew.Take(place, now) {
				return errTurnedAway
			}
			return s.admit(ctx, tx, who.Org(), x, key, e.platform(), now)
		})
	}
	switch {
	case errors.Is(err, errTurnedAway):
		s.count(who.Org(), now, TurnedAway, 1)
		return "", nil
	case errors.Is(err, errNoSecret):
		return "", nil
	case err != nil:
		return "", err
	}
	if b, err := hex.DecodeString(x.old); err == nil && len(b) == sha256.Size {
		s.mu.Lock()
		delete(s.nodes, nodeKey{who.Org(), [sha256.Size]byte(b)})
		s.mu.Unlock()
	}
	return key, nil
}

var (
	errNoSecret   = errors.New("osquery: no secret in force")
	errTurnedAway = errors.New("osquery: a secret in force, and no place or too soon")
)

// asking is a host that asks for a key with a secret in force.
type asking struct {
	secret, host string // id of the one, hash of the other
	id, old      string // of a host that is known: its own id, and the hash of its key
}

// asks says who asks, or why the answer is no.
func (s *Store) asks(ctx context.Context, tx *db.Tx, org string, e enrolling, now time.Time) (*asking, error) {
	x := &asking{}
	var salt string
	var most, used int
	err := tx.QueryRow(ctx, `SELECT id, host_salt, most, used FROM device_osquery_secret WHERE org = $1 AND hash = $2 AND ended_at = 0 AND (until = 0 OR until > $3)`,
		org, hashText(e.Secret), db.Micros(now)).Scan(&x.secret, &salt, &most, &used)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, errNoSecret
	}
	if err != nil {
		return nil, err
	}
	x.host = hostHash(salt, e.Host)
	var at int64
	err = tx.QueryRow(ctx, `SELECT id, key_hash, enrolled_at FROM device_osquery_node WHERE org = $1 AND host = $2`, org, x.host).Scan(&x.id, &x.old, &at)
	switch {
	case errors.Is(err, sql.ErrNoRows) && used < most:
		return x, nil
	case errors.Is(err, sql.ErrNoRows), err == nil && at > db.Micros(now.Add(-anewEvery)) && at <= db.Micros(now): // one of the future: a clock was put back
		return nil, errTurnedAway
	}
	return x, err
}

// admit writes the host and its key.
func (s *Store) admit(ctx context.Context, tx *db.Tx, org string, x *asking, key string, platform wire.Platform, now time.Time) error {
	hash := hashText(key)
	if x.id == "" {
		x.id = newID()
		res, err := tx.Exec(ctx, `UPDATE device_osquery_secret SET used = used + 1 WHERE org = $1 AND id = $2 AND used < most`, org, x.secret)
		if err != nil {
			return err
		}
		if n, err := res.RowsAffected(); err != nil || n == 0 {
			return cmp.Or(err, errTurnedAway)
		}
		_, err = tx.Exec(ctx, `INSERT INTO device_osquery_node (org, id, host, key_hash, platform, secret, enrolled_at, seen_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $7)`,
			org, x.id, x.host, hash, string(platform), x.secret, db.Micros(now))
		if err != nil {
			return err
		}
	} else {
		_, err := tx.Exec(ctx, `UPDATE device_osquery_node SET key_hash = $3, platform = $4, secret = $5, enrolled_at = $6, seen_at = $6 WHERE org = $1 AND id = $2`,
			org, x.id, hash, string(platform), x.secret, db.Micros(now))
		if err != nil {
			return err
		}
	}
	return s.Log.Append(ctx, tx, ledger.Leaf{Org: org, At: now, Kind: "device.osquery_enrolled", ID: x.id, Salt: ledger.Salt(), Payload: enrolFact{x.id, platform, x.secret}})
}

// newKey makes a node key of 256 random bits.
func newKey() string {
	b := make([]byte, 32)
	rand.Read(b)
	return base64.RawURLEncoding.EncodeToString(b)
}

func hashText(s string) string {
	sum := sha256.Sum256([]byte(s))
	return hex.EncodeToString(sum[:])
}

// hostHash is what is kept of a host identifier: enough to know the same host again.
func hostHash(salt, host string) string {
	m := hmac.New(sha256.New, []byte(salt))
	m.Write([]byte(host))
	return hex.EncodeToString(m.Sum(nil))
}

// find returns the host with a node key, or nil. A key that was used within the last hour
// costs no database.
func (s *Store) find(ctx context.Context, who access.Actor, key []byte, now time.Time) (*node, error) {
	if len(key) == 0 || len(key) > 200 {
		return nil, nil
	}
	k := nodeKey{who.Org(), sha256.Sum256(key)}
	s.mu.RLock()
	n, ok := s.nodes[k]
	_, nobody := s.unknown[k]
	s.mu.RUnlock()
	if nobody || ok && now.Before(n.until) {
		return n, nil
	}
	return s.load(ctx, who, k, now)
}

// load reads a host.
func (s *Store) load(ctx context.Context, who access.Actor, k nodeKey, now time.Time) (*node, error) {
	if err := who.May(access.ReportDevices); err != nil {
		return nil, err
	}
	n := &node{until: now.Add(nodeFor)}
	var seen int64
	err := s.DB.Read(ctx, k.org, func(tx *db.Tx) error {
		return tx.QueryRow(ctx, `SELECT id, platform, seen_at FROM device_osquery_node WHERE org = $1 AND key_hash = $2`, k.org, hex.EncodeToString(k.hash[:])).Scan(&n.id, &n.platform, &seen)
	})
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if err != nil {
		if len(s.unknown) >= maxUnknown {
			clear(s.unknown)
		}
		s.unknown[k] = struct{}{}
		delete(s.nodes, k)
		return nil, nil
	}
	n.seen.Store(seen)
	n.noted.Store(seen)
	if have, ok := s.nodes[k]; ok && have.seen.Load() > seen {
		n.seen.Store(have.seen.Load())
	}
	s.nodes[k] = n
	return n, nil
}

// FlushEvery is how often Flush is meant to be called.
const FlushEvery = 30 * time.Second

// Run flushes until ctx ends, and once more then.
func (s *Store) Run(ctx context.Context) error {
	t := time.NewTicker(FlushEvery)
	defer t.Stop()
	for {
		select {
		case <-ctx.Done():
			last, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
			defer cancel()
			return s.Flush(last)
		case <-t.C:
			_ = s.Flush(ctx) // what could not be written is written the next time
			s.sweep(time.Now())
		}
	}
}

// sweep lets go of hosts that have to be read again anyhow.
func (s *Store) sweep(now time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for k, n := range s.nodes {
		if now.After(n.until) && n.seen.Load() <= n.noted.Load() {
			delete(s.nodes, k)
		}
	}
}

// Flush writes when hosts were last heard of, and what was counted, in one small change
// an organisation.
func (s *Store) Flush(ctx context.Context) error {
	type mark struct {
		n    *node
		seen int64
	}
	marks := map[string][]mark{}
	s.mu.RLock()
	for k, n := range s.nodes {
		if seen := n.seen.Load(); seen > n.noted.Load() {
			marks[k.org] = append(marks[k.org], mark{n, seen})
		}
	}
	s.mu.RUnlock()
	counts := s.takeCounts()
	for org := range counts {
		if _, ok := marks[org]; !ok {
			marks[org] = nil
		}
	}
	var all error
	for org, list := range marks {
		err := s.DB.Note(ctx, org, db.Devices, func(ctx context.Context, tx *db.Tx) error {
			for len(list) > 0 {
				part := list[:min(len(list), 500)]
				list = list[len(part):]
				ids, latest := make([]string, len(part)), int64(0)
				for i, m := range part {
					ids[i], latest = m.n.id, max(latest, m.seen)
				}
				args := []any{org, latest}
				if _, err := tx.Exec(ctx, `UPDATE device_osquery_node SET seen_at = $2 WHERE org = $1 AND id IN (`+db.Among(&args, ids)+`)`, args...); err != nil {
					return err
				}
			}
			return insertCounts(ctx, tx, org, counts[org])
		})
		if err != nil {
			s.giveBack(org, counts[org])
			all = errors.Join(all, err)
			continue
		}
		for _, m := range marks[org] {
			m.n.noted.Store(m.seen)
		}
	}
	return all
}
