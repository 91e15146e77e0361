package source

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/device"
	"github.com/toucan-grc/toucan/internal/job"
	"github.com/toucan-grc/toucan/internal/ledger"
	"github.com/toucan-grc/toucan/internal/notify"
	"github.com/toucan-grc/toucan/internal/problem"
	"github.com/toucan-grc/toucan/internal/remote"
	"github.com/toucan-grc/toucan/internal/seal"
)

// SealKey is the name of the key file that seals the secrets, and what is said when it is
// damaged.
const (
	SealKey     = "devices.key"
	SealKeyCure = "Give it back to the user who runs Toucan, or remove it: the secrets of the systems that manage devices then have to be entered again."
)

// Taker takes what a source says of machines; the store of devices is one.
type Taker interface {
	Take(ctx context.Context, who access.Actor, words []device.Word, now time.Time) (device.Taken, error)
}

// Config is what a store needs.
type Config struct {
	DB      *db.DB
	Log     *ledger.Log
	Devices Taker
	Seal    *seal.Sealer
	Guard   *notify.Guard                                                // what typed addresses may lead to
	HTTP    *http.Client                                                 // follows no redirect, and goes where Guard allows
	Clock   remote.Clock                                                 // nil: the one on the wall
	Machine func(ctx context.Context, slug string) (access.Actor, error) // as whom a sync hands in what it heard

	Graph, Login string // where stand-ins of Microsoft listen; empty: Microsoft
}

// Store keeps which systems are asked, and asks them. It is safe for concurrent use.
type Store struct{ Config }

// NewStore returns a store.
func NewStore(c Config) *Store {
	if c.Clock == nil {
		c.Clock = remote.Wall{}
	}
	if c.Graph == "" {
		c.Graph = graphBase
	}
	if c.Login == "" {
		c.Login = loginBase
	}
	return &Store{c}
}

func newID() string { return uuid.Must(uuid.NewV7()).String() }

func moment(t time.Time) time.Time { return t.UTC().Truncate(time.Microsecond) }

// fact is what the log says of a connection: never its secret.
type fact struct {
	Kind    device.SourceKind `json:"kind"`
	Name    string            `json:"name"`
	Address string            `json:"address"`
	Tenant  string            `json:"tenant"`
	Client  string            `json:"client"`
	State   string            `json:"state"` // made, secret, paused, resumed or ended
}

func (s *Store) record(ctx context.Context, tx *db.Tx, who access.Actor, c Connection, state, salt string, now time.Time) error {
	return s.Log.Append(ctx, tx, ledger.Leaf{Org: who.Org(), At: moment(now), Actor: who.Account(), Kind: "device.connection", ID: c.ID, Salt: salt,
		Payload: fact{c.Kind, c.Name, c.Address, c.Tenant, c.Client, state}})
}

const maxConnections = 10

// Put makes a connection.
func (s *Store) Put(ctx context.Context, who access.Actor, n New, now time.Time) (Connection, error) {
	if err := who.May(access.ManageDevices); err != nil {
		return Connection{}, err
	}
	n, err := n.checked(s.Guard)
	if err != nil {
		return Connection{}, err
	}
	c := Connection{ID: newID(), Kind: n.Kind, Name: n.Name, Address: n.Address, Tenant: n.Tenant, Client: n.Client, By: who.Account(), At: moment(now)}
	if c.Kind == device.Fleet {
		c.Mapping = DefaultMapping()
	}
	mapping, err := json.Marshal(c.Mapping)
	if err != nil {
		return Connection{}, err
	}
	err = s.DB.Write(ctx, who.Org(), db.People, func(ctx context.Context, tx *db.Tx) error {
		list, err := readConnections(ctx, tx, who.Org(), "")
		if err != nil {
			return err
		}
		if len(list) >= maxConnections {
			return problem.New(problem.Conflict, "There are %d connections already. Remove one that is not used.", maxConnections)
		}
		if slices.ContainsFunc(list, func(x Connection) bool { return x.Name == c.Name }) {
			return &problem.Error{Code: problem.Conflict, Field: "name", Text: "Another connection is called " + c.Name + ". Give this one another name."}
		}
		salt := ledger.Salt()
		if _, err := tx.Exec(ctx, `INSERT INTO device_connection (org, id, kind, name, address, tenant, client, secret, mapping, account, at, salt) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`,
			who.Org(), c.ID, string(c.Kind), c.Name, c.Address, c.Tenant, c.Client, s.Seal.Seal(who.Org(), n.Secret), string(mapping), c.By, db.Micros(c.At), salt); err != nil {
			return err
		}
		return s.record(ctx, tx, who, c, "made", salt, now)
	})
	return c, err
}

// Reopen replaces the secret of a connection.
func (s *Store) Reopen(ctx context.Context, who access.Actor, id, client, secret string, now time.Time) error {
	return s.alter(ctx, who, id, now, func(ctx context.Context, tx *db.Tx, c Connection, salt string) (Connection, string, error) {
		n, err := New{Kind: c.Kind, Client: client, Secret: secret}.secrets()
		if err != nil {
			return c, "", err
		}
		c.Client = n.Client
		_, err = tx.Exec(ctx, `UPDATE device_connection SET client = $3, secret = $4, salt = $5 WHERE org = $1 AND id = $2`, who.Org(), id, c.Client, s.Seal.Seal(who.Org(), n.Secret), salt)
		return c, "secret", err
	})
}

// Pause has a connection asked no more, or again. What it said grows old meanwhile.
func (s *Store) Pause(ctx context.Context, who access.Actor, id string, paused bool, now time.Time) error {
	return s.alter(ctx, who, id, now, func(ctx context.Context, tx *db.Tx, c Connection, salt string) (Connection, string, error) {
		if paused == !c.PausedAt.IsZero() {
			return c, "", nil
		}
		state, at := "resumed", time.Time{}
		if paused {
			state, at = "paused", moment(now)
		}
		_, err := tx.Exec(ctx, `UPDATE device_connection SET paused_at = $3, salt = $4 WHERE org = $1 AND id = $2`, who.Org(), id, db.Micros(at), salt)
		return c, state, err
	})
}

// Delete ends a connection and forgets its secret. What it said stays and grows old.
func (s *Store) Delete(ctx context.Context, who access.Actor, id string, now time.Time) error {
	return s.alter(ctx, who, id, now, func(ctx context.Context, tx *db.Tx, c Connection, salt string) (Connection, string, error) {
		_, err := tx.Exec(ctx, `UPDATE device_connection SET ended_at = $3, secret = '', salt = $4 WHERE org = $1 AND id = $2`, who.Org(), id, db.Micros(moment(now)), salt)
		return c, "ended", err
	})
}

// alter changes a connection and writes the leaf of the state it is in then; none when
// nothing changed.
func (s *Store) alter(ctx context.Context, who access.Actor, id string, now time.Time, change func(context.Context, *db.Tx, Connection, string) (Connection, string, error)) error {
	if err := who.May(access.ManageDevices); err != nil {
		return err
	}
	return s.DB.Write(ctx, who.Org(), db.People, func(ctx context.Context, tx *db.Tx) error {
		c, err := findConnection(ctx, tx, who.Org(), id)
		if err != nil {
			return err
		}
		salt := ledger.Salt()
		c, state, err := change(ctx, tx, c, salt)
		if err != nil || state == "" {
			return err
		}
		return s.record(ctx, tx, who, c, state, salt, now)
	})
}

// mappingFact is what the log says of a mapping.
type mappingFact struct {
	Connection string    `json:"connection"`
	Mapping    []Mapping `json:"mapping"`
}

// Map says which policies of Fleet answer which checks, from the next sync on.
func (s *Store) Map(ctx context.Context, who access.Actor, id string, list []Mapping, now time.Time) error {
	if err := who.May(access.ManageDevices); err != nil {
		return err
	}
	list, err := mapped(list)
	if err != nil {
		return err
	}
	text, err := json.Marshal(list)
	if err != nil {
		return err
	}
	return s.DB.Write(ctx, who.Org(), db.People, func(ctx context.Context, tx *db.Tx) error {
		c, err := findConnection(ctx, tx, who.Org(), id)
		if err != nil {
			return err
		}
		if c.Kind != device.Fleet {
			return problem.New(problem.Conflict, "%s has no policies to name: what it says of each check is fixed.", Label(c.Kind))
		}
		if slices.Equal(c.Mapping, list) {
			return nil
		}
		if _, err := tx.Exec(ctx, `UPDATE device_connection SET mapping = $3 WHERE org = $1 AND id = $2`, who.Org(), id, string(text)); err != nil {
			return err
		}
		return s.Log.Append(ctx, tx, ledger.Leaf{Org: who.Org(), At: moment(now), Actor: who.Account(), Kind: "device.mapping", ID: id, Salt: ledger.Salt(), Payload: mappingFact{id, list}})
	})
}

// SyncNow has a connection asked as soon as possible. One that waits or runs already is
// enough. It returns the job.
func (s *Store) SyncNow(ctx context.Context, who access.Actor, id string, _ time.Time) (int64, error) {
	if err := who.May(access.ManageDevices); err != nil {
		return 0, err
	}
	var n int64
	err := s.DB.Write(ctx, who.Org(), db.People, func(ctx context.Context, tx *db.Tx) error {
		if _, err := findConnection(ctx, tx, who.Org(), id); err != nil {
			return err
		}
		var err error
		n, err = job.Insert(ctx, tx, job.Order{Org: who.Org(), Account: who.Account(), Once: true}, SyncWork{Connection: id})
		return err
	})
	return n, err
}

// Connections returns the connections there are, the oldest first.
func (s *Store) Connections(ctx context.Context, who access.Actor) ([]Connection, error) {
	if err := who.May(access.ManageDevices); err != nil {
		return nil, err
	}
	var out []Connection
	err := s.DB.Read(ctx, who.Org(), func(tx *db.Tx) (err error) {
		out, err = readConnections(ctx, tx, who.Org(), "")
		return err
	})
	return out, err
}

// Find returns a connection.
func (s *Store) Find(ctx context.Context, who access.Actor, id string) (Connection, error) {
	if err := who.May(access.ManageDevices); err != nil {
		return Connection{}, err
	}
	var out Connection
	err := s.DB.Read(ctx, who.Org(), func(tx *db.Tx) (err error) {
		out, err = findConnection(ctx, tx, who.Org(), id)
		return err
	})
	return out, err
}

// Runs returns the newest syncs of a connection.
func (s *Store) Runs(ctx context.Context, who access.Actor, id string) ([]Run, error) {
	if err := who.May(access.ManageDevices); err != nil {
		return nil, err
	}
	var out []Run
	err := s.DB.Read(ctx, who.Org(), func(tx *db.Tx) (err error) {
		out, err = readRuns(ctx, tx, who.Org(), id, 50)
		return err
	})
	return out, err
}

func findConnection(ctx context.Context, tx *db.Tx, org, id string) (Connection, error) {
	if _, err := uuid.Parse(id); err == nil {
		list, err := readConnections(ctx, tx, org, id)
		if err != nil || len(list) == 1 {
			return append(list, Connection{})[0], err
		}
	}
	return Connection{}, problem.New(problem.NotFound, "There is no such connection. It may have been removed.")
}

// readConnections reads those that have not ended, or one of them.
func readConnections(ctx context.Context, tx *db.Tx, org, id string) ([]Connection, error) {
	rows, err := tx.Query(ctx, `SELECT id, kind, name, address, tenant, client, mapping, account, at, paused_at, asked_since, asked FROM device_connection WHERE org = $1 AND ended_at = 0 AND ($2 = '' OR id = $2) ORDER BY at, id`, org, id)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []Connection
	for rows.Next() {
		var c Connection
		var mapping string
		var at, paused, since int64
		if err := rows.Scan(&c.ID, &c.Kind, &c.Name, &c.Address, &c.Tenant, &c.Client, &mapping, &c.By, &at, &paused, &since, &c.Usage.Calls); err != nil {
			return nil, err
		}
		if err := json.Unmarshal([]byte(mapping), &c.Mapping); err != nil {
			return nil, err
		}
		c.At, c.PausedAt, c.Usage.Since = db.Time(at), db.Time(paused), db.Time(since)
		out = append(out, c)
	}
	if err := errors.Join(rows.Err(), rows.Close()); err != nil {
		return nil, err
	}
	for i := range out {
		runs, err := readRuns(ctx, tx, org, out[i].ID, 1)
		if err != nil {
			return nil, err
		}
		if len(runs) > 0 {
			out[i].Last = runs[0]
		}
	}
	return out, nil
}

func readRuns(ctx context.Context, tx *db.Tx, org, connection string, n int) ([]Run, error) {
	rows, err := tx.Query(ctx, `SELECT id, connection, account, began_at, ended_at, heard, skipped, owned, created, changed, fault FROM device_connection_run WHERE org = $1 AND connection = $2 ORDER BY began_at DESC, id DESC LIMIT $3`, org, connection, n)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []Run
	for rows.Next() {
		var r Run
		var began, ended int64
		if err := rows.Scan(&r.ID, &r.Connection, &r.By, &began, &ended, &r.Heard, &r.Skipped, &r.Owned, &r.Created, &r.Changed, &r.Fault); err != nil {
			return nil, err
		}
		r.BeganAt, r.EndedAt = db.Time(began), db.Time(ended)
		out = append(out, r)
	}
	return out, rows.Err()
}

// open reads a connection and makes what asks its system.
func (s *Store) open(ctx context.Context, org, id string) (Connection, system, error) {
	var c Connection
	var sealed string
	err := s.DB.Read(ctx, org, func(tx *db.Tx) (err error) {
		if c, err = findConnection(ctx, tx, org, id); err != nil {
			return err
		}
		return tx.QueryRow(ctx, `SELECT secret FROM device_connection WHERE org = $1 AND id = $2`, org, id).Scan(&sealed)
	})
	if errors.Is(err, sql.ErrNoRows) || err != nil {
		return c, nil, err
	}
	secret, err := s.Seal.Open(org, sealed)
	if err != nil {
		return c, nil, &problem.Error{Code: problem.Invalid, Err: err, Text: "The secret of this connection was sealed with another key file. Enter it again."}
	}
	switch c.Kind {
	case device.Fleet:
		return c, newFleet(c.Address, secret, c.Mapping, s.HTTP, s.Clock, c.Usage), nil
	case device.Intune:
		return c, newIntune(s.Graph, s.Login, c.Tenant, c.Client, secret, s.HTTP, s.Clock, c.Usage), nil
	case device.Jamf:
		return c, newJamf(c.Address, c.Client, secret, s.HTTP, s.Clock, c.Usage), nil
	}
	return c, nil, problem.New(problem.Invalid, "There is no connector for %s.", c.Kind)
}
