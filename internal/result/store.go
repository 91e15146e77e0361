package result

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/crosswalk"
	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/ledger"
	"github.com/toucan-grc/toucan/internal/problem"
)

// Store keeps results, and which test feeds which control. It is safe for
// concurrent use.
type Store struct {
	db    *db.DB
	log   *ledger.Log
	links *crosswalk.Store // knows which controls were adopted from the library
}

// New returns a store.
func New(d *db.DB, log *ledger.Log, links *crosswalk.Store) *Store {
	return &Store{db: d, log: log, links: links}
}

func newID() string { return uuid.Must(uuid.NewV7()).String() }

// Pushed says what a batch did.
type Pushed struct {
	Batch       string // id; empty when nothing else is known than before
	Reports     int
	Unchanged   int // series of which nothing else is known, not even for longer
	Extended    int // series that go on as they were
	Transitions int // stretches of which something else is known than before
}

// Push takes a batch of reports, all of it or nothing. The same reports again
// change nothing, and it does not matter in which order they come: one that is
// older than what is known is entered into the past. A batch that changes what is
// known of some state leaves one leaf in the log, with the root over its changes;
// one that only goes on leaves none.
//
// A report that is refused comes back as an Invalid problem about "results[N]",
// which counts from 0 as the batch does; its text counts from 1.
func (s *Store) Push(ctx context.Context, who access.Actor, reports []Report, now time.Time) (Pushed, error) {
	if err := who.May(access.PushResults); err != nil {
		return Pushed{}, err
	}
	devices := DeviceTests()
	for i, r := range reports {
		if ours(r.Test) {
			return Pushed{}, fault(i, "test", fmt.Sprintf("%s is found out by Toucan itself, from the register, the policies and the training. Use a key of your own.", clip(r.Test)))
		}
		if slices.Contains(devices, r.Test) {
			return Pushed{}, fault(i, "test", fmt.Sprintf("%s is found out from devices: from the agent, osquery, or a system that manages devices. Connect that, or use a key of your own.", clip(r.Test)))
		}
	}
	return s.push(ctx, who.Org(), who.Account(), reports, now)
}

// push takes a batch; without an account it is Toucan's own.
func (s *Store) push(ctx context.Context, org, account string, reports []Report, now time.Time) (Pushed, error) {
	now = now.UTC().Truncate(time.Microsecond)
	batch, err := check(reports, now)
	if err != nil {
		return Pushed{}, err
	}
	var out Pushed
	err = s.db.Write(ctx, org, db.Devices, func(ctx context.Context, tx *db.Tx) (err error) {
		out, err = s.enter(ctx, tx, org, account, batch, len(reports), false, now)
		return err
	})
	if err != nil {
		return Pushed{}, err
	}
	return out, nil
}

// enter takes a batch that was checked. With leave it leaves out the reports that come
// too late to be entered, which otherwise spoil the batch.
func (s *Store) enter(ctx context.Context, tx *db.Tx, org, account string, batch []*sorted, reports int, leave bool, now time.Time) (Pushed, error) {
	out := Pushed{Reports: reports}
	if _, err := tx.Revision(ctx, org); err != nil { // one batch of an organisation at a time, on any server
		return out, err
	}
	w := &writer{ctx: ctx, tx: tx, org: org, leave: leave}
	if err := w.load(batch); err != nil {
		return out, err
	}
	changes, err := w.enter(batch, now, &out)
	if err != nil {
		return out, err
	}
	if err := w.flush(); err != nil || len(changes) == 0 {
		return out, err
	}
	return out, s.record(ctx, tx, org, account, changes, &out, now)
}

// entered is a change and the series it is of.
type entered struct {
	change
	series, test, subject string
}

// Change is what the root of a batch says of one change: a stretch of which something
// else is known than before. Stale is a stretch of which nothing is known any more.
type Change struct {
	Test    string `json:"test"`
	Subject string `json:"subject"`
	State   State  `json:"state"`
	Reason  string `json:"reason"`
	From    int64  `json:"from"` // microseconds
	To      int64  `json:"to"`
}

// batchFact is what the log says of a batch.
type batchFact struct {
	Reports int    `json:"reports"`
	Changes int    `json:"changes"`
	Root    string `json:"root"` // of the Merkle tree over the changes, each behind a salt of its own
}

// record writes the changes of a batch and its leaf.
func (s *Store) record(ctx context.Context, tx *db.Tx, org, account string, changes []entered, out *Pushed, now time.Time) error {
	salt, secret := ledger.Salt(), ledger.Salt()
	out.Batch, out.Transitions = newID(), len(changes)
	tree, err := ledger.FactsBehind(facts(changes), secret, "")
	if err != nil {
		return err
	}
	root, err := tree.Root()
	if err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, `INSERT INTO result_batch (org, id, at, account, reports, changes, root, salt, secret) VALUES ($1, $2, $3, nullif($4, ''), $5, $6, $7, $8, $9)`,
		org, out.Batch, db.Micros(now), account, out.Reports, len(changes), root, salt, secret); err != nil {
		return err
	}
	rows := db.Into(`result_change (org, batch, n, series, state, reason, from_at, to_at)`)
	for i, c := range changes {
		rows.Add(org, out.Batch, i+1, c.series, string(c.state), c.reason, c.from, c.to)
	}
	if err := rows.Insert(ctx, tx); err != nil {
		return err
	}
	return s.log.Append(ctx, tx, batchLeaf(org, out.Batch, account, salt, batchFact{out.Reports, len(changes), root}, now))
}

func batchLeaf(org, id, account, salt string, f batchFact, at time.Time) ledger.Leaf {
	return ledger.Leaf{Org: org, At: at, Actor: account, Kind: "result.batch", ID: id, Salt: salt, Payload: f}
}

// facts are what the log says of the changes of a batch.
func facts(changes []entered) []any {
	out := make([]any, len(changes))
	for i, c := range changes {
		out[i] = Change{c.test, c.subject, c.state, c.reason, c.from, c.to}
	}
	return out
}

// Disclosures returns what stands behind the leaves of batches and assignments with
// these ids.
func (s *Store) Disclosures(ctx context.Context, who access.Actor, ids []string) ([]ledger.Disclosure, error) {
	if err := who.May(access.ViewResults); err != nil {
		return nil, err
	}
	if len(ids) > 10_000 {
		return nil, problem.New(problem.Invalid, "At most 10,000 leaves are disclosed at once. Ask for them in parts.")
	}
	var out []ledger.Disclosure
	err := s.db.Read(ctx, who.Org(), func(tx *db.Tx) error {
		for _, id := range ids {
			leaves, err := leavesOf(ctx, tx, who.Org(), id)
			if err != nil {
				return err
			}
			for _, l := range leaves {
				d, err := l.Disclose()
				if err != nil {
					return err
				}
				out = append(out, d)
			}
		}
		return nil
	})
	return out, err
}

// leavesOf makes the leaves about one row again.
func leavesOf(ctx context.Context, tx *db.Tx, org, id string) ([]ledger.Leaf, error) {
	var out []ledger.Leaf
	rows, err := tx.Query(ctx, `SELECT at, coalesce(account, ''), reports, changes, root, salt FROM result_batch WHERE org = $1 AND id = $2`, org, id)
	if err != nil {
		return nil, err
	}
	err = db.Each(rows, func(scan func(...any) error) error {
		var at int64
		var account, salt string
		var f batchFact
		err := scan(&at, &account, &f.Reports, &f.Changes, &f.Root, &salt)
		out = append(out, batchLeaf(org, id, account, salt, f, db.Time(at)))
		return err
	})
	if err != nil || len(out) > 0 {
		return out, err
	}
	rows, err = tx.Query(ctx, `SELECT `+assignmentColumns+` FROM test_assignment a WHERE a.org = $1 AND a.id = $2`, org, id)
	if err != nil {
		return nil, err
	}
	err = db.Each(rows, func(scan func(...any) error) error {
		a, err := scanAssignment(scan)
		if err != nil {
			return err
		}
		out = append(out, a.opened(org))
		if !a.To.IsZero() {
			out = append(out, a.ended(org))
		}
		return nil
	})
	return out, err
}
