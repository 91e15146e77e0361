package crosswalk

import (
	"context"
	"slices"
	"time"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/framework"
	"github.com/toucan-grc/toucan/internal/ledger"
	"github.com/toucan-grc/toucan/internal/problem"
)

// PointImport says who brought the points of a framework in, and that the
// organisation holds a licence for their text.
type PointImport struct {
	ID, Framework, File string
	Points              int
	At                  time.Time
	By, ByName          string
}

// pointsFact is what the log says of an import: its hash, salted, and no word of
// the text.
type pointsFact struct {
	Framework string      `json:"framework"`
	File      string      `json:"file"`
	Licensed  bool        `json:"licensed"`
	Points    []pointFact `json:"points"`
}

type pointFact struct {
	Requirement string `json:"requirement"`
	Number      string `json:"number"`
	Text        string `json:"text"`
}

// erasedFact is what the log says of an erasure.
type erasedFact struct {
	Framework string `json:"framework"`
	Points    int    `json:"points"`
}

// ImportPoints replaces the points of focus of a framework by those of a sheet,
// all of them or none. licensed is the word of the person that the organisation
// holds a licence for the text; without it nothing is kept. The same points again
// write nothing.
func (s *Store) ImportPoints(ctx context.Context, who access.Actor, sheet *PointSheet, licensed bool, now time.Time) error {
	if err := who.May(access.ManageFrameworks); err != nil {
		return err
	}
	l, err := s.Library(ctx, who, now)
	if err != nil {
		return err
	}
	f, err := l.framework(sheet.Framework)
	if err != nil {
		return err
	}
	if !licensed {
		return problem.Field("licensed", "Say that you hold a licence for this text. Without one it cannot be kept here: the text belongs to its publisher.")
	}
	if len(sheet.Faults) > 0 {
		return problem.New(problem.Invalid, "%s has %d faults, so nothing was written. Correct them in the file and send it again.", sheet.File, len(sheet.Faults))
	}
	if len(sheet.Points) == 0 || len(sheet.Points) > maxPoints {
		return problem.New(problem.Invalid, "%s has %d points. An import takes 1 to %d.", sheet.File, len(sheet.Points), maxPoints)
	}
	file, err := db.Line("file", "The name of the file", sheet.File, 300)
	if err != nil {
		return err
	}
	for _, p := range sheet.Points {
		if _, ok := f.Find(p.Requirement); !ok {
			return problem.New(problem.Invalid, "%s has no %q. Read the file again.", f.Short, p.Requirement)
		}
	}
	now = now.UTC().Truncate(time.Microsecond)
	return s.db.Write(ctx, who.Org(), db.People, func(ctx context.Context, tx *db.Tx) error {
		have, err := pointsOf(ctx, tx, who.Org(), f.ID, "")
		if err != nil || slices.Equal(have, sheet.Points) {
			return err
		}
		if _, err := s.dropPoints(ctx, tx, who.Org(), f.ID, "", now); err != nil {
			return err
		}
		id, salt := newID(), ledger.Salt()
		if _, err := tx.Exec(ctx, `INSERT INTO point_import (org, id, framework, file, points, at, account, salt) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
			who.Org(), id, f.ID, file, len(sheet.Points), db.Micros(now), who.Account(), salt); err != nil {
			return err
		}
		rows := db.Into(`point_of_focus (org, id, import, framework, requirement, number, position, text)`)
		fact := pointsFact{Framework: f.ID, File: file, Licensed: true}
		for i, p := range sheet.Points {
			rows.Add(who.Org(), newID(), id, f.ID, p.Requirement, p.Number, i, p.Text)
			fact.Points = append(fact.Points, pointFact(p))
		}
		if err := rows.Insert(ctx, tx); err != nil {
			return err
		}
		return s.log.Append(ctx, tx, ledger.Leaf{Org: who.Org(), At: now, Actor: who.Account(), Kind: "points.imported", ID: id, Salt: salt, Payload: fact})
	})
}

// ErasePoints removes the text of all points of a framework, and the salts with
// which the log could be asked about it. That there were some stays in the log.
func (s *Store) ErasePoints(ctx context.Context, who access.Actor, frameworkID string, now time.Time) error {
	if err := who.May(access.ManageFrameworks); err != nil {
		return err
	}
	now = now.UTC().Truncate(time.Microsecond)
	return s.db.Write(ctx, who.Org(), db.People, func(ctx context.Context, tx *db.Tx) error {
		salt := ledger.Salt()
		n, err := s.dropPoints(ctx, tx, who.Org(), frameworkID, salt, now)
		if err != nil {
			return err
		}
		if n == 0 {
			return problem.New(problem.NotFound, "There are no points of focus of this framework here.")
		}
		return s.log.Append(ctx, tx, ledger.Leaf{Org: who.Org(), At: now, Actor: who.Account(), Kind: "points.erased", ID: newID(), Salt: salt, Payload: erasedFact{frameworkID, n}})
	})
}

// dropPoints deletes the text of a framework's points and says how many there were.
func (s *Store) dropPoints(ctx context.Context, tx *db.Tx, org, frameworkID, endSalt string, now time.Time) (int, error) {
	res, err := tx.Exec(ctx, `DELETE FROM point_of_focus WHERE org = $1 AND framework = $2`, org, frameworkID)
	if err != nil {
		return 0, err
	}
	if _, err := tx.Exec(ctx, `UPDATE point_import SET salt = '', erased_at = $3, end_salt = $4 WHERE org = $1 AND framework = $2 AND erased_at = 0`, org, frameworkID, db.Micros(now), endSalt); err != nil {
		return 0, err
	}
	n, err := res.RowsAffected()
	return int(n), err
}

// Points returns the points of focus of one requirement, in the order of the file.
// Members of the organisation see them, and no report has them.
func (s *Store) Points(ctx context.Context, who access.Actor, ref framework.Ref) ([]Point, error) {
	if err := who.May(access.ViewPosture); err != nil {
		return nil, err
	}
	var out []Point
	err := s.db.Read(ctx, who.Org(), func(tx *db.Tx) (err error) {
		out, err = pointsOf(ctx, tx, who.Org(), ref.Framework, ref.ID)
		return err
	})
	return out, err
}

// pointsOf reads points in the order of the file; of a whole framework with an
// empty requirement.
func pointsOf(ctx context.Context, tx *db.Tx, org, frameworkID, requirement string) ([]Point, error) {
	rows, err := tx.Query(ctx, `SELECT requirement, number, text FROM point_of_focus WHERE org = $1 AND framework = $2 AND (requirement = $3 OR $3 = '') ORDER BY position`, org, frameworkID, requirement)
	if err != nil {
		return nil, err
	}
	var out []Point
	err = db.Each(rows, func(scan func(...any) error) error {
		var p Point
		err := scan(&p.Requirement, &p.Number, &p.Text)
		out = append(out, p)
		return err
	})
	return out, err
}

// PointImports lists whose points are here now, by framework.
func (s *Store) PointImports(ctx context.Context, who access.Actor) ([]PointImport, error) {
	if err := who.May(access.ViewPosture); err != nil {
		return nil, err
	}
	var out []PointImport
	err := s.db.Read(ctx, who.Org(), func(tx *db.Tx) error {
		rows, err := tx.Query(ctx, `
			SELECT p.id, p.framework, p.file, p.points, p.at, p.account, coalesce(a.name, '')
			FROM point_import p LEFT JOIN account a ON a.id = p.account WHERE p.org = $1 AND p.erased_at = 0 ORDER BY p.framework, p.at`, who.Org())
		if err != nil {
			return err
		}
		return db.Each(rows, func(scan func(...any) error) error {
			var p PointImport
			var at int64
			err := scan(&p.ID, &p.Framework, &p.File, &p.Points, &at, &p.By, &p.ByName)
			p.At = db.Time(at)
			out = append(out, p)
			return err
		})
	})
	return out, err
}
