package audit

import (
	"context"
	"encoding/json"
	"time"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/cadence"
	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/ledger"
	"github.com/toucan-grc/toucan/internal/problem"
)

// Create enters a population as a draft without rows, and returns it.
func (s *Store) Create(ctx context.Context, who access.Actor, p Population, now time.Time) (Population, error) {
	if err := who.May(access.ManagePopulations); err != nil {
		return Population{}, err
	}
	now = now.UTC().Truncate(time.Microsecond)
	p, err := p.checked(now)
	if err != nil {
		return Population{}, err
	}
	p = Population{ID: newID(), Control: p.Control, Window: p.Window, Name: p.Name, Source: p.Source, Parameters: p.Parameters, ExtractedAt: p.ExtractedAt.UTC().Truncate(time.Microsecond),
		Completeness: p.Completeness, Pace: p.Pace, Columns: []string{}, MadeAt: now, MadeBy: who.Account()}
	return p, s.db.Write(ctx, who.Org(), db.People, func(ctx context.Context, tx *db.Tx) error {
		if err := knownControl(ctx, tx, who.Org(), p.Control); err != nil {
			return err
		}
		salt := ledger.Salt()
		_, err := tx.Exec(ctx, `INSERT INTO population (org, id, control, from_day, to_day, name, source, parameters, extracted_at, completeness, pace, columns, file, row_count, hash, made_at, made_by, salt)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, '[]', '', 0, '', $12, $13, $14)`,
			who.Org(), p.ID, p.Control, int64(p.Window.From), int64(p.Window.To), p.Name, p.Source, p.Parameters, micros(p.ExtractedAt), p.Completeness, string(p.Pace), db.Micros(now), who.Account(), salt)
		if err != nil {
			return err
		}
		return s.drafted(ctx, tx, who, p, salt, now)
	})
}

func knownControl(ctx context.Context, tx *db.Tx, org, id string) error {
	var n int
	if err := tx.QueryRow(ctx, `SELECT count(*) FROM control WHERE org = $1 AND id = $2`, org, id).Scan(&n); err != nil {
		return err
	}
	if n == 0 {
		return problem.Field("control", "Choose the control that the population belongs to.")
	}
	return nil
}

// drafted writes the leaf of a draft as it is now.
func (s *Store) drafted(ctx context.Context, tx *db.Tx, who access.Actor, p Population, salt string, now time.Time) error {
	return s.log.Append(ctx, tx, ledger.Leaf{Org: who.Org(), At: now, Actor: who.Account(), Kind: "population.drafted", ID: p.ID, Salt: salt, Payload: factOf(p)})
}

// Edit changes what a draft says of itself. Its rows stay.
func (s *Store) Edit(ctx context.Context, who access.Actor, p Population, now time.Time) error {
	if err := who.May(access.ManagePopulations); err != nil {
		return err
	}
	now = now.UTC().Truncate(time.Microsecond)
	p, err := p.checked(now)
	if err != nil {
		return err
	}
	return s.db.Write(ctx, who.Org(), db.People, func(ctx context.Context, tx *db.Tx) error {
		have, err := draft(ctx, tx, who.Org(), p.ID)
		if err != nil {
			return err
		}
		if err := knownControl(ctx, tx, who.Org(), p.Control); err != nil {
			return err
		}
		next := have.Population
		next.Control, next.Window, next.Name, next.Source, next.Parameters, next.ExtractedAt, next.Completeness, next.Pace = p.Control, p.Window, p.Name, p.Source, p.Parameters, p.ExtractedAt.UTC().Truncate(time.Microsecond), p.Completeness, p.Pace
		salt := ledger.Salt()
		_, err = tx.Exec(ctx, `UPDATE population SET control = $3, from_day = $4, to_day = $5, name = $6, source = $7, parameters = $8, extracted_at = $9, completeness = $10, pace = $11, salt = $12 WHERE org = $1 AND id = $2`,
			who.Org(), p.ID, p.Control, int64(p.Window.From), int64(p.Window.To), p.Name, p.Source, p.Parameters, micros(p.ExtractedAt), p.Completeness, string(p.Pace), salt)
		if err != nil {
			return err
		}
		return s.drafted(ctx, tx, who, next, salt, now)
	})
}

// SetRows gives a draft its rows, in place of those it had. file says where they
// came from.
func (s *Store) SetRows(ctx context.Context, who access.Actor, id, file string, columns []string, rows []Row, now time.Time) error {
	if err := who.May(access.ManagePopulations); err != nil {
		return err
	}
	if err := checkRows(columns, rows); err != nil {
		return err
	}
	file, err := db.Line("file", "The name of the file", file, 300)
	if err != nil {
		return err
	}
	now = now.UTC().Truncate(time.Microsecond)
	headings, err := json.Marshal(append([]string{}, columns...))
	if err != nil {
		return err
	}
	return s.db.Write(ctx, who.Org(), db.People, func(ctx context.Context, tx *db.Tx) error {
		p, err := draft(ctx, tx, who.Org(), id)
		if err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `DELETE FROM population_row WHERE org = $1 AND population = $2`, who.Org(), id); err != nil {
			return err
		}
		in := db.Into(`population_row (org, population, n, row_key, day, stratum, cells)`)
		for _, r := range rows {
			cells, err := json.Marshal(append([]string{}, r.Cells...))
			if err != nil {
				return err
			}
			in.Add(who.Org(), id, r.N, r.Key, int64(r.Date), r.Stratum, string(cells))
		}
		if err := in.Insert(ctx, tx); err != nil {
			return err
		}
		salt := ledger.Salt()
		p.Columns, p.Rows, p.File = columns, len(rows), file
		if _, err := tx.Exec(ctx, `UPDATE population SET columns = $3, file = $4, row_count = $5, salt = $6 WHERE org = $1 AND id = $2`, who.Org(), id, string(headings), file, len(rows), salt); err != nil {
			return err
		}
		return s.drafted(ctx, tx, who, p.Population, salt, now)
	})
}

// dropFact is what the log says of a draft that was dropped.
type dropFact struct {
	Name string `json:"name"`
}

// Drop removes a draft with its rows. The log keeps that there was one.
func (s *Store) Drop(ctx context.Context, who access.Actor, id string, now time.Time) error {
	if err := who.May(access.ManagePopulations); err != nil {
		return err
	}
	now = now.UTC().Truncate(time.Microsecond)
	return s.db.Write(ctx, who.Org(), db.People, func(ctx context.Context, tx *db.Tx) error {
		p, err := draft(ctx, tx, who.Org(), id)
		if err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `DELETE FROM population_row WHERE org = $1 AND population = $2`, who.Org(), id); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `DELETE FROM population WHERE org = $1 AND id = $2`, who.Org(), id); err != nil {
			return err
		}
		// the salt goes with the row: the leaf shows that a draft was dropped, and not which
		return s.log.Append(ctx, tx, ledger.Leaf{Org: who.Org(), At: now, Actor: who.Account(), Kind: "population.dropped", ID: id, Salt: ledger.Salt(), Payload: dropFact{p.Name}})
	})
}

// Fix ends the drafting: the rows are hashed, the leaf is written, and nothing
// about the population changes any more. Items are drawn from a fixed population only.
func (s *Store) Fix(ctx context.Context, who access.Actor, id string, now time.Time) (Population, error) {
	if err := who.May(access.ManagePopulations); err != nil {
		return Population{}, err
	}
	now = now.UTC().Truncate(time.Microsecond)
	var out Population
	err := s.db.Write(ctx, who.Org(), db.People, func(ctx context.Context, tx *db.Tx) error {
		p, err := draft(ctx, tx, who.Org(), id)
		if err != nil {
			return err
		}
		if err := p.fixable(); err != nil {
			return err
		}
		rows, err := rowsOf(ctx, tx, who.Org(), id, 1, MaxRows)
		if err != nil {
			return err
		}
		if p.Hash, err = HashOf(p.Columns, rows); err != nil {
			return err
		}
		salt := ledger.Salt()
		p.FixedAt, p.FixedBy = now, who.Account()
		// what waits to be fixed has fixed_at 0, so that two who fix at once do not both
		res, err := tx.Exec(ctx, `UPDATE population SET hash = $3, fixed_at = $4, fixed_by = $5, salt = $6 WHERE org = $1 AND id = $2 AND fixed_at = 0`,
			who.Org(), id, p.Hash, db.Micros(now), who.Account(), salt)
		if err != nil {
			return err
		}
		if n, err := res.RowsAffected(); err != nil || n == 0 {
			return problem.New(problem.Conflict, "Somebody fixed this population a moment ago. Open it again.")
		}
		out = p.Population
		return s.log.Append(ctx, tx, fixedLeaf(who.Org(), p.Population, salt))
	})
	return out, err
}

// eraseFact is what the log says of an erasure.
type eraseFact struct {
	Reason string `json:"reason"`
}

func erasedLeaf(org string, p Population, salt string) ledger.Leaf {
	return ledger.Leaf{Org: org, At: p.ErasedAt, Actor: p.ErasedBy, Kind: "population.erased", ID: p.ID, Salt: salt, Payload: eraseFact{p.ErasedBecause}}
}

// Erase removes the rows of a fixed population and the words in which results were
// reasoned, for they can name people. The hash, the selection by number and the
// results stay, so a copy that somebody holds can still be checked.
func (s *Store) Erase(ctx context.Context, who access.Actor, id, reason string, now time.Time) error {
	if err := who.May(access.ManagePopulations); err != nil {
		return err
	}
	reason, err := db.Prose("reason", "The reason", reason, 2000)
	if err != nil {
		return err
	}
	if reason == "" {
		return problem.Field("reason", "Say why the rows are erased. It is kept in their place.")
	}
	now = now.UTC().Truncate(time.Microsecond)
	return s.db.Write(ctx, who.Org(), db.People, func(ctx context.Context, tx *db.Tx) error {
		p, err := find(ctx, tx, who.Org(), id)
		if err != nil {
			return err
		}
		if !p.Fixed() {
			return problem.New(problem.Conflict, "This population is a draft. Drop it instead.")
		}
		if p.Erased() {
			return problem.New(problem.Conflict, "The rows were erased before.")
		}
		salt := ledger.Salt()
		p.ErasedAt, p.ErasedBy, p.ErasedBecause = now, who.Account(), reason
		if _, err := tx.Exec(ctx, `UPDATE population SET erased_at = $3, erased_by = $4, erased_because = $5, erase_salt = $6 WHERE org = $1 AND id = $2`,
			who.Org(), id, db.Micros(now), who.Account(), reason, salt); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `DELETE FROM population_row WHERE org = $1 AND population = $2`, who.Org(), id); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `UPDATE sample_result SET reason = '', salt = '' WHERE org = $1 AND population = $2`, who.Org(), id); err != nil {
			return err
		}
		return s.log.Append(ctx, tx, erasedLeaf(who.Org(), p.Population, salt))
	})
}

// Find returns a population.
func (s *Store) Find(ctx context.Context, who access.Actor, id string) (Population, error) {
	if err := who.May(access.ViewSamples); err != nil {
		return Population{}, err
	}
	var p stored
	err := s.db.Read(ctx, who.Org(), func(tx *db.Tx) (err error) {
		p, err = find(ctx, tx, who.Org(), id)
		return err
	})
	return p.Population, err
}

// Rows returns up to limit rows of a population, from row number from on.
func (s *Store) Rows(ctx context.Context, who access.Actor, id string, from, limit int) ([]Row, error) {
	if err := who.May(access.ViewSamples); err != nil {
		return nil, err
	}
	var out []Row
	err := s.db.Read(ctx, who.Org(), func(tx *db.Tx) (err error) {
		if _, err := find(ctx, tx, who.Org(), id); err != nil {
			return err
		}
		out, err = rowsOf(ctx, tx, who.Org(), id, from, limit)
		return err
	})
	return out, err
}

// Outline returns all rows of a population without their cells: what a draw and a
// look at the window need.
func (s *Store) Outline(ctx context.Context, who access.Actor, id string) ([]Row, error) {
	if err := who.May(access.ViewSamples); err != nil {
		return nil, err
	}
	var out []Row
	err := s.db.Read(ctx, who.Org(), func(tx *db.Tx) (err error) {
		if _, err := find(ctx, tx, who.Org(), id); err != nil {
			return err
		}
		out, err = outline(ctx, tx, who.Org(), id)
		return err
	})
	return out, err
}

func outline(ctx context.Context, tx *db.Tx, org, id string) ([]Row, error) {
	rows, err := tx.Query(ctx, `SELECT n, row_key, day, stratum FROM population_row WHERE org = $1 AND population = $2 ORDER BY n`, org, id)
	if err != nil {
		return nil, err
	}
	var out []Row
	err = db.Each(rows, func(scan func(...any) error) error {
		var r Row
		var day int64
		err := scan(&r.N, &r.Key, &day, &r.Stratum)
		r.Date = cadence.Date(day)
		out = append(out, r)
		return err
	})
	return out, err
}

func rowsOf(ctx context.Context, tx *db.Tx, org, id string, from, limit int) ([]Row, error) {
	rows, err := tx.Query(ctx, `SELECT n, row_key, day, stratum, cells FROM population_row WHERE org = $1 AND population = $2 AND n >= $3 ORDER BY n LIMIT $4`, org, id, from, limit)
	if err != nil {
		return nil, err
	}
	var out []Row
	err = db.Each(rows, func(scan func(...any) error) error {
		r, err := scanRow(scan)
		out = append(out, r)
		return err
	})
	return out, err
}

// scanRow reads number, key, day, stratum and cells, after what comes before them.
func scanRow(scan func(...any) error, before ...any) (Row, error) {
	var r Row
	var day int64
	var cells string
	if err := scan(append(before, &r.N, &r.Key, &day, &r.Stratum, &cells)...); err != nil {
		return r, err
	}
	r.Date = cadence.Date(day)
	return r, json.Unmarshal([]byte(cells), &r.Cells)
}
