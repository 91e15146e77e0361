package audit

import (
	"context"
	"encoding/json"
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/cadence"
	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/ledger"
	"github.com/toucan-grc/toucan/internal/problem"
)

// Signer signs checkpoints of an organisation's log.
type Signer interface {
	// Sign returns a signed checkpoint of at least atLeast leaves. It returns a
	// Conflict problem while the log refuses to sign. It writes to the log's own
	// tables, and so must not be called inside a Write.
	Sign(ctx context.Context, org string, atLeast int64, now time.Time) (ledger.Signed, error)
}

// Store keeps populations, what was drawn from them and what was found. It is
// safe for concurrent use.
type Store struct {
	db     *db.DB
	log    *ledger.Log
	signer Signer
}

// New returns a store.
func New(d *db.DB, log *ledger.Log, signer Signer) *Store {
	return &Store{db: d, log: log, signer: signer}
}

func newID() string { return uuid.Must(uuid.NewV7()).String() }

// populationFact is what the log says of a population. The rows are in their hash.
type populationFact struct {
	Control      string   `json:"control"`
	From         string   `json:"from"`
	To           string   `json:"to"`
	Name         string   `json:"name"`
	Source       string   `json:"source"`
	Parameters   string   `json:"parameters"`
	ExtractedAt  int64    `json:"extracted_at_us"`
	Completeness string   `json:"completeness"`
	Pace         string   `json:"pace"`
	Columns      []string `json:"columns"`
	File         string   `json:"file"`
	Rows         int      `json:"rows"`
	SHA256       string   `json:"sha256"`
}

func factOf(p Population) populationFact {
	return populationFact{p.Control, p.Window.From.String(), p.Window.To.String(), p.Name, p.Source, p.Parameters, db.Micros(p.ExtractedAt), p.Completeness,
		string(p.Pace), append([]string{}, p.Columns...), p.File, p.Rows, p.Hash}
}

// fixedLeaf is the leaf of the fixing of a population.
func fixedLeaf(org string, p Population, salt string) ledger.Leaf {
	return ledger.Leaf{Org: org, At: p.FixedAt, Actor: p.FixedBy, Kind: "population.fixed", ID: p.ID, Salt: salt, Payload: factOf(p)}
}

const populationColumns = `id, control, from_day, to_day, name, source, parameters, extracted_at, completeness, pace, columns, file, row_count, hash, made_at, made_by, fixed_at, coalesce(fixed_by, ''), salt, erased_at, coalesce(erased_by, ''), erased_because, erase_salt`

// stored is a population with the salts of its leaves.
type stored struct {
	Population
	salt, eraseSalt string
}

func populations(ctx context.Context, tx *db.Tx, org, where string, args ...any) ([]stored, error) {
	rows, err := tx.Query(ctx, `SELECT `+populationColumns+` FROM population WHERE org = $1`+where+` ORDER BY made_at DESC, id DESC`, append([]any{org}, args...)...)
	if err != nil {
		return nil, err
	}
	var out []stored
	err = db.Each(rows, func(scan func(...any) error) error {
		var p stored
		var from, to, extracted, made, fixed, erased int64
		var columns string
		err := scan(&p.ID, &p.Control, &from, &to, &p.Name, &p.Source, &p.Parameters, &extracted, &p.Completeness, &p.Pace, &columns, &p.File, &p.Rows, &p.Hash,
			&made, &p.MadeBy, &fixed, &p.FixedBy, &p.salt, &erased, &p.ErasedBy, &p.ErasedBecause, &p.eraseSalt)
		if err != nil {
			return err
		}
		p.Window = cadence.Days{From: cadence.Date(from), To: cadence.Date(to)}
		p.ExtractedAt, p.MadeAt, p.FixedAt, p.ErasedAt = moment(extracted), moment(made), moment(fixed), moment(erased)
		out = append(out, p)
		return json.Unmarshal([]byte(columns), &out[len(out)-1].Columns)
	})
	return out, err
}

// moment is a time as it is stored; 0 is none.
func moment(us int64) time.Time {
	if us == 0 {
		return time.Time{}
	}
	return db.Time(us)
}

func micros(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return db.Micros(t)
}

func find(ctx context.Context, tx *db.Tx, org, id string) (stored, error) {
	if uuid.Validate(id) != nil {
		return stored{}, problem.New(problem.NotFound, "There is no such population.")
	}
	list, err := populations(ctx, tx, org, ` AND id = $2`, id)
	if err == nil && len(list) == 0 {
		err = problem.New(problem.NotFound, "There is no such population.")
	}
	if err != nil {
		return stored{}, err
	}
	return list[0], nil
}

// draft is find for what only a draft allows.
func draft(ctx context.Context, tx *db.Tx, org, id string) (stored, error) {
	p, err := find(ctx, tx, org, id)
	if err == nil && p.Fixed() {
		err = problem.New(problem.Conflict, "This population is fixed: nothing about it changes any more. Enter a new one if it was wrong.")
	}
	return p, err
}

// Bands returns how many items are customarily examined at each pace, as it held
// at a moment.
func (s *Store) Bands(ctx context.Context, who access.Actor, at time.Time) (Bands, error) {
	if err := who.May(access.ViewSamples); err != nil {
		return nil, err
	}
	var out Bands
	err := s.db.Read(ctx, who.Org(), func(tx *db.Tx) (err error) {
		out, err = bandsAt(ctx, tx, who.Org(), at)
		return err
	})
	return out, err
}

func bandsAt(ctx context.Context, tx *db.Tx, org string, at time.Time) (Bands, error) {
	out := Bands(CustomaryBands())
	rows, err := tx.Query(ctx, `SELECT pace, low, high, percent, least FROM sample_band WHERE org = $1 AND at <= $2 ORDER BY at, id`, org, db.Micros(at))
	if err != nil {
		return nil, err
	}
	err = db.Each(rows, func(scan func(...any) error) error {
		var b Band
		if err := scan(&b.Pace, &b.Low, &b.High, &b.Percent, &b.Least); err != nil {
			return err
		}
		if i := slices.IndexFunc(out, func(x Band) bool { return x.Pace == b.Pace }); i >= 0 {
			out[i] = b
		}
		return nil
	})
	return out, err
}

// bandFact is what the log says of a band.
type bandFact struct {
	Pace    string `json:"pace"`
	Low     int    `json:"low"`
	High    int    `json:"high"`
	Percent int    `json:"percent"`
	Least   int    `json:"least"`
}

// SetBands sets how many items are customary from now on. What was drawn stays
// as it is. Paces that are not named keep theirs.
func (s *Store) SetBands(ctx context.Context, who access.Actor, bands Bands, now time.Time) error {
	if err := who.May(access.ManagePopulations); err != nil {
		return err
	}
	for _, b := range bands {
		if !slices.ContainsFunc(CustomaryBands(), func(x Band) bool { return x.Pace == b.Pace }) {
			return problem.Field("pace", "There is no such pace. Reload the page.")
		}
		if err := b.check(); err != nil {
			return err
		}
	}
	now = now.UTC().Truncate(time.Microsecond)
	return s.db.Write(ctx, who.Org(), db.People, func(ctx context.Context, tx *db.Tx) error {
		have, err := bandsAt(ctx, tx, who.Org(), now)
		if err != nil {
			return err
		}
		for _, b := range bands {
			if slices.Contains(have, b) {
				continue
			}
			id, salt := newID(), ledger.Salt()
			_, err := tx.Exec(ctx, `INSERT INTO sample_band (org, id, pace, low, high, percent, least, at, account, salt) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
				who.Org(), id, string(b.Pace), b.Low, b.High, b.Percent, b.Least, db.Micros(now), who.Account(), salt)
			if err != nil {
				return err
			}
			leaf := ledger.Leaf{Org: who.Org(), At: now, Actor: who.Account(), Kind: "sample.band", ID: id, Salt: salt, Payload: bandFact{string(b.Pace), b.Low, b.High, b.Percent, b.Least}}
			if err := s.log.Append(ctx, tx, leaf); err != nil {
				return err
			}
		}
		return nil
	})
}
