package training

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"slices"
	"time"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/job"
	"github.com/toucan-grc/toucan/internal/ledger"
	"github.com/toucan-grc/toucan/internal/notify"
	"github.com/toucan-grc/toucan/internal/problem"
	"github.com/toucan-grc/toucan/internal/remote"
	"github.com/toucan-grc/toucan/internal/seal"
)

// Dial makes a client of a provider out of a connection and its opened secret.
type Dial func(c Connection, secret string) (Provider, error)

// ConnectionsConfig is what the store of connections is made of.
type ConnectionsConfig struct {
	DB       *db.DB
	Log      *ledger.Log
	Training *Store
	Seal     *seal.Sealer
	Dial     Dial
}

// Connections keeps what leads to training providers, and takes in what they say.
// It is safe for concurrent use.
type Connections struct {
	db       *db.DB
	log      *ledger.Log
	training *Store
	seal     *seal.Sealer
	dial     Dial
}

// NewConnections returns a store.
func NewConnections(c ConnectionsConfig) *Connections {
	return &Connections{c.DB, c.Log, c.Training, c.Seal, c.Dial}
}

// SealKey is the name of the key file that seals secrets of providers, and what is
// said when it is damaged.
const (
	SealKey     = "training.key"
	SealKeyCure = "Give it back to the user who runs Toucan, or remove it: the secrets of training providers then have to be entered again."
)

// connectionFact is what the log says of a connection: never its secret.
type connectionFact struct {
	Kind   ConnectionKind `json:"kind"`
	Name   string         `json:"name"`
	Region string         `json:"region"`
	Client string         `json:"client"`
	State  string         `json:"state"` // made, secret or ended
}

// Connect makes a connection. Of a webhook it returns the secret, which is shown
// this once.
func (s *Connections) Connect(ctx context.Context, who access.Actor, n NewConnection, now time.Time) (Connection, string, error) {
	if err := who.May(access.ManageTraining); err != nil {
		return Connection{}, "", err
	}
	n, err := n.checked()
	if err != nil {
		return Connection{}, "", err
	}
	shown := ""
	if n.Kind == Webhook {
		shown = notify.NewSecret()
		n.Secret = shown
	}
	c := Connection{ID: newID(), Kind: n.Kind, Name: n.Name, Region: n.Region, Client: n.Client, By: who.Account(), At: moment(now)}
	err = s.db.Write(ctx, who.Org(), db.People, func(ctx context.Context, tx *db.Tx) error {
		if err := s.room(ctx, tx, who.Org(), n); err != nil {
			return err
		}
		salt := ledger.Salt()
		_, err := tx.Exec(ctx, `INSERT INTO training_connection (org, id, kind, name, region, client, secret, account, at, salt) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
			who.Org(), c.ID, string(c.Kind), c.Name, c.Region, c.Client, s.seal.Seal(who.Org(), n.Secret), c.By, db.Micros(c.At), salt)
		if err != nil {
			return err
		}
		return s.record(ctx, tx, who, c, "made", salt, now)
	})
	return c, shown, err
}

// room keeps the number of connections small, and their names apart.
func (s *Connections) room(ctx context.Context, tx *db.Tx, org string, n NewConnection) error {
	const most = 10
	list, err := readConnections(ctx, tx, org)
	if err != nil {
		return err
	}
	if len(list) >= most {
		return problem.New(problem.Conflict, "There are %d connections already. Remove one that is not used.", most)
	}
	if slices.ContainsFunc(list, func(c Connection) bool { return c.Name == n.Name }) {
		return &problem.Error{Code: problem.Conflict, Field: "name", Text: "Another connection is called " + n.Name + ". Give this one another name."}
	}
	return nil
}

func (s *Connections) record(ctx context.Context, tx *db.Tx, who access.Actor, c Connection, state, salt string, now time.Time) error {
	return s.log.Append(ctx, tx, ledger.Leaf{Org: who.Org(), At: moment(now), Actor: who.Account(), Kind: "training.connection", ID: c.ID, Salt: salt,
		Payload: connectionFact{c.Kind, c.Name, c.Region, c.Client, state}})
}

// Reopen replaces the secret of a connection. Of a webhook Toucan makes the new
// one and returns it; the old one is good no longer.
func (s *Connections) Reopen(ctx context.Context, who access.Actor, id, client, secret string, now time.Time) (string, error) {
	if err := who.May(access.ManageTraining); err != nil {
		return "", err
	}
	shown := ""
	err := s.db.Write(ctx, who.Org(), db.People, func(ctx context.Context, tx *db.Tx) error {
		c, err := findConnection(ctx, tx, who.Org(), id)
		if err != nil {
			return err
		}
		n, err := NewConnection{Kind: c.Kind, Name: c.Name, Region: c.Region, Client: client, Secret: secret}.secrets()
		if err != nil {
			return err
		}
		if c.Kind == Webhook {
			shown = notify.NewSecret()
			n.Secret = shown
		}
		c.Client = n.Client
		salt := ledger.Salt()
		if _, err := tx.Exec(ctx, `UPDATE training_connection SET client = $3, secret = $4, salt = $5 WHERE org = $1 AND id = $2`,
			who.Org(), id, c.Client, s.seal.Seal(who.Org(), n.Secret), salt); err != nil {
			return err
		}
		return s.record(ctx, tx, who, c, "secret", salt, now)
	})
	return shown, err
}

// Disconnect ends a connection and forgets its secret. What it brought stays. It is
// a Conflict while a track is completed through it.
func (s *Connections) Disconnect(ctx context.Context, who access.Actor, id string, now time.Time) error {
	if err := who.May(access.ManageTraining); err != nil {
		return err
	}
	now = moment(now)
	return s.db.Write(ctx, who.Org(), db.People, func(ctx context.Context, tx *db.Tx) error {
		c, err := findConnection(ctx, tx, who.Org(), id)
		if err != nil {
			return err
		}
		used, err := tracksOf(ctx, tx, who.Org(), id, now)
		if err != nil {
			return err
		}
		if len(used) > 0 {
			return problem.New(problem.Conflict, "%s is completed through this connection. Choose another way for it first, then remove the connection.", used[0].Label())
		}
		salt := ledger.Salt()
		if _, err := tx.Exec(ctx, `UPDATE training_connection SET ended_at = $3, secret = '', salt = $4 WHERE org = $1 AND id = $2`, who.Org(), id, db.Micros(now), salt); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `DELETE FROM training_trouble WHERE org = $1 AND connection = $2`, who.Org(), id); err != nil {
			return err
		}
		return s.record(ctx, tx, who, c, "ended", salt, now)
	})
}

// selectionFact is what the log says of a selection.
type selectionFact struct {
	Connection string   `json:"connection"`
	Track      Track    `json:"track"`
	Campaigns  []Choice `json:"campaigns"`
}

// Select says which campaigns count for a track from now on.
func (s *Connections) Select(ctx context.Context, who access.Actor, id string, t Track, list []Choice, now time.Time) error {
	if err := who.May(access.ManageTraining); err != nil {
		return err
	}
	if !slices.Contains(Tracks(), t) {
		return problem.Field("track", "Choose one of the trainings.")
	}
	list, err := choices(list)
	if err != nil {
		return err
	}
	now = moment(now)
	return s.db.Write(ctx, who.Org(), db.People, func(ctx context.Context, tx *db.Tx) error {
		c, err := findConnection(ctx, tx, who.Org(), id)
		if err != nil || slices.Equal(c.Selected[t], list) {
			return err
		}
		text, err := json.Marshal(list)
		if err != nil {
			return err
		}
		row, salt := newID(), ledger.Salt()
		if _, err := tx.Exec(ctx, `INSERT INTO training_selection (org, id, connection, track, campaigns, account, at, salt) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
			who.Org(), row, id, string(t), string(text), who.Account(), db.Micros(now), salt); err != nil {
			return err
		}
		return s.log.Append(ctx, tx, ledger.Leaf{Org: who.Org(), At: now, Actor: who.Account(), Kind: "training.campaigns", ID: row, Salt: salt, Payload: selectionFact{id, t, list}})
	})
}

// Order has a connection synced as soon as possible. One that waits or runs
// already is enough. It returns the job.
func (s *Connections) Order(ctx context.Context, who access.Actor, id string, now time.Time) (int64, error) {
	if err := who.May(access.ManageTraining); err != nil {
		return 0, err
	}
	var n int64
	err := s.db.Write(ctx, who.Org(), db.People, func(ctx context.Context, tx *db.Tx) error {
		c, err := findConnection(ctx, tx, who.Org(), id)
		if err != nil {
			return err
		}
		if !c.Kind.Asks() {
			return problem.New(problem.Conflict, "Toucan does not ask a webhook: it waits for what the other system sends.")
		}
		n, err = job.Insert(ctx, tx, job.Order{Org: who.Org(), Account: who.Account(), Once: true}, SyncWork{Connection: id})
		return err
	})
	return n, err
}

const connectionColumns = `id, kind, name, region, client, account, at, asked_since, asked`

func scanConnection(scan func(...any) error) (Connection, error) {
	c := Connection{Selected: map[Track][]Choice{}}
	var at, since int64
	err := scan(&c.ID, &c.Kind, &c.Name, &c.Region, &c.Client, &c.By, &at, &since, &c.Usage.Calls)
	c.At, c.Usage.Since = db.Time(at), db.Time(since)
	return c, err
}

func errNoConnection() error {
	return problem.New(problem.NotFound, "There is no such connection. It may have been removed.")
}

// findConnection reads one that has not ended.
func findConnection(ctx context.Context, tx *db.Tx, org, id string) (Connection, error) {
	c, err := scanConnection(tx.QueryRow(ctx, `SELECT `+connectionColumns+` FROM training_connection WHERE org = $1 AND id = $2 AND ended_at = 0`, org, known(id)).Scan)
	if errors.Is(err, sql.ErrNoRows) {
		return c, errNoConnection()
	}
	if err != nil {
		return c, err
	}
	one := []Connection{c}
	err = fill(ctx, tx, org, one)
	return one[0], err
}

// readConnections reads those that have not ended.
func readConnections(ctx context.Context, tx *db.Tx, org string) ([]Connection, error) {
	rows, err := tx.Query(ctx, `SELECT `+connectionColumns+` FROM training_connection WHERE org = $1 AND ended_at = 0 ORDER BY at, id`, org)
	if err != nil {
		return nil, err
	}
	var out []Connection
	if err := db.Each(rows, func(scan func(...any) error) error {
		c, err := scanConnection(scan)
		out = append(out, c)
		return err
	}); err != nil {
		return nil, err
	}
	return out, fill(ctx, tx, org, out)
}

// fill adds what is selected and the last run.
func fill(ctx context.Context, tx *db.Tx, org string, list []Connection) error {
	for i := range list {
		c := &list[i]
		rows, err := tx.Query(ctx, `SELECT track, campaigns FROM training_selection WHERE org = $1 AND connection = $2 ORDER BY at, id`, org, c.ID)
		if err != nil {
			return err
		}
		if err := db.Each(rows, func(scan func(...any) error) error {
			var t Track
			var text string
			if err := scan(&t, &text); err != nil {
				return err
			}
			var chosen []Choice
			if err := json.Unmarshal([]byte(text), &chosen); err != nil {
				return err
			}
			c.Selected[t] = chosen
			return nil
		}); err != nil {
			return err
		}
		runs, err := readRuns(ctx, tx, org, c.ID, 1)
		if err != nil {
			return err
		}
		if len(runs) > 0 {
			c.Last = runs[0]
		}
	}
	return nil
}

// tracksOf are the tracks that are completed through a connection.
func tracksOf(ctx context.Context, tx *db.Tx, org, id string, now time.Time) ([]Track, error) {
	rs, err := regimes(ctx, tx, org, now)
	if err != nil {
		return nil, err
	}
	var out []Track
	for _, t := range Tracks() {
		if r, on := rs[t]; on && r.Method == Connected && r.Provider == id {
			out = append(out, t)
		}
	}
	return out, nil
}

// All returns the connections there are, the oldest first.
func (s *Connections) All(ctx context.Context, who access.Actor) ([]Connection, error) {
	if err := who.May(access.ManageTraining); err != nil {
		return nil, err
	}
	var out []Connection
	err := s.db.Read(ctx, who.Org(), func(tx *db.Tx) (err error) {
		out, err = readConnections(ctx, tx, who.Org())
		return err
	})
	return out, err
}

// Find returns a connection and the tracks that are completed through it.
func (s *Connections) Find(ctx context.Context, who access.Actor, id string, now time.Time) (Connection, []Track, error) {
	if err := who.May(access.ManageTraining); err != nil {
		return Connection{}, nil, err
	}
	var c Connection
	var used []Track
	err := s.db.Read(ctx, who.Org(), func(tx *db.Tx) (err error) {
		if c, err = findConnection(ctx, tx, who.Org(), id); err != nil {
			return err
		}
		used, err = tracksOf(ctx, tx, who.Org(), id, now)
		return err
	})
	return c, used, err
}

// open reads a connection with its secret and makes a client of it.
func (s *Connections) open(ctx context.Context, org, id string) (Connection, Provider, error) {
	var c Connection
	var sealed string
	err := s.db.Read(ctx, org, func(tx *db.Tx) (err error) {
		if c, err = findConnection(ctx, tx, org, id); err != nil {
			return err
		}
		return tx.QueryRow(ctx, `SELECT secret FROM training_connection WHERE org = $1 AND id = $2`, org, id).Scan(&sealed)
	})
	if err != nil {
		return c, nil, err
	}
	secret, err := s.seal.Open(org, sealed)
	if err != nil {
		return c, nil, &problem.Error{Code: problem.Invalid, Err: err, Text: "The secret of this connection was sealed with another key file. Enter it again."}
	}
	if !c.Kind.Asks() {
		return c, nil, problem.New(problem.Conflict, "Toucan does not ask a webhook: it waits for what the other system sends.")
	}
	p, err := s.dial(c, secret)
	return c, p, err
}

// Probe asks the provider whose account the secret opens, and what can be selected.
func (s *Connections) Probe(ctx context.Context, who access.Actor, id string, now time.Time) (Tenant, []Campaign, error) {
	if err := who.May(access.ManageTraining); err != nil {
		return Tenant{}, nil, err
	}
	c, p, err := s.open(ctx, who.Org(), id)
	if err != nil {
		return Tenant{}, nil, err
	}
	tenant, err := p.Tenant(ctx)
	var list []Campaign
	if err == nil {
		list, err = p.Campaigns(ctx)
	}
	return tenant, list, errors.Join(err, s.spent(ctx, who.Org(), c.ID, p.Asked()))
}

// spent keeps how much of a provider's day is used up.
func (s *Connections) spent(ctx context.Context, org, id string, u remote.Usage) error {
	return s.db.Note(ctx, org, db.Jobs, func(ctx context.Context, tx *db.Tx) error {
		_, err := tx.Exec(ctx, `UPDATE training_connection SET asked_since = $3, asked = $4 WHERE org = $1 AND id = $2`, org, id, db.Micros(u.Since), u.Calls)
		return err
	})
}

const runColumns = `id, coalesce(connection, ''), account, began_at, ended_at, asked, heard, completed, changed, not_enrolled, unclear, mismatched, fault, note`

// readRuns reads the newest runs of a connection, or with an empty id of files.
func readRuns(ctx context.Context, tx *db.Tx, org, connection string, n int) ([]Run, error) {
	where, args := `connection = $2`, []any{org, connection}
	if connection == "" {
		where, args = `connection IS NULL AND $2 = ''`, []any{org, ""}
	}
	rows, err := tx.Query(ctx, `SELECT `+runColumns+` FROM training_run WHERE org = $1 AND `+where+` ORDER BY began_at DESC, id DESC LIMIT $3`, append(args, n)...)
	if err != nil {
		return nil, err
	}
	var out []Run
	err = db.Each(rows, func(scan func(...any) error) error {
		var r Run
		var began, ended int64
		err := scan(&r.ID, &r.Connection, &r.By, &began, &ended, &r.Asked, &r.Heard, &r.Completed, &r.Changed, &r.NotEnrolled, &r.Unclear, &r.Mismatched, &r.Fault, &r.Note)
		r.BeganAt, r.EndedAt = db.Time(began), db.Time(ended)
		out = append(out, r)
		return err
	})
	return out, err
}

// Runs returns the newest syncs or deliveries of a connection, or with an empty id
// the newest files.
func (s *Connections) Runs(ctx context.Context, who access.Actor, connection string) ([]Run, error) {
	if err := who.May(access.ManageTraining); err != nil {
		return nil, err
	}
	var out []Run
	err := s.db.Read(ctx, who.Org(), func(tx *db.Tx) (err error) {
		out, err = readRuns(ctx, tx, who.Org(), known(connection), 50)
		return err
	})
	return out, err
}

// Troubles returns what the newest run of a connection found that somebody has to
// look at.
func (s *Connections) Troubles(ctx context.Context, who access.Actor, connection string) ([]Trouble, error) {
	if err := who.May(access.ManageTraining); err != nil {
		return nil, err
	}
	var out []Trouble
	err := s.db.Read(ctx, who.Org(), func(tx *db.Tx) error {
		rows, err := tx.Query(ctx, `SELECT track, kind, person, account, text FROM training_trouble WHERE org = $1 AND connection = $2 ORDER BY n`, who.Org(), known(connection))
		if err != nil {
			return err
		}
		return db.Each(rows, func(scan func(...any) error) error {
			var t Trouble
			err := scan(&t.Track, &t.Kind, &t.Person, &t.Account, &t.Text)
			out = append(out, t)
			return err
		})
	})
	return out, err
}
