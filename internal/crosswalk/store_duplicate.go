package crosswalk

import (
	"context"
	"database/sql"
	"errors"
	"slices"
	"time"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/control"
	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/framework"
	"github.com/toucan-grc/toucan/internal/ledger"
	"github.com/toucan-grc/toucan/internal/problem"
)

// JudgementKind is what a person said about two controls that look alike.
type JudgementKind string

const (
	Distinct JudgementKind = "distinct"  // the two are different controls
	IsEntry  JudgementKind = "entry"     // the control is this entry of the library
	NotEntry JudgementKind = "not_entry" // it is not
)

// Judgement is one such word, remembered so that nobody is asked again.
type Judgement struct {
	ID         string
	Kind       JudgementKind
	Control    string // id
	Other      string // id of the other control, for Distinct
	Entry      string // code of the entry, otherwise
	At         time.Time
	By, ByName string
}

const maxJudgements = 5000

// Judgements returns what holds at a moment, the newest first.
func (s *Store) Judgements(ctx context.Context, who access.Actor, at time.Time) ([]Judgement, error) {
	if err := who.May(access.ViewControls); err != nil {
		return nil, err
	}
	var out []Judgement
	err := s.db.Read(ctx, who.Org(), func(tx *db.Tx) (err error) {
		out, err = judgements(ctx, tx, who.Org(), at)
		return err
	})
	return out, err
}

func judgements(ctx context.Context, tx *db.Tx, org string, at time.Time) ([]Judgement, error) {
	rows, err := tx.Query(ctx, `
		SELECT m.id, m.kind, m.control, coalesce(m.other, ''), m.entry, m.from_at, m.account, coalesce(a.name, '')
		FROM merge_decision m LEFT JOIN account a ON a.id = m.account
		WHERE m.org = $1 AND m.from_at <= $2 AND (m.to_at IS NULL OR m.to_at > $2) ORDER BY m.from_at DESC, m.id DESC`, org, db.Micros(at))
	if err != nil {
		return nil, err
	}
	var out []Judgement
	err = db.Each(rows, func(scan func(...any) error) error {
		var j Judgement
		var from int64
		err := scan(&j.ID, &j.Kind, &j.Control, &j.Other, &j.Entry, &from, &j.By, &j.ByName)
		j.At = db.Time(from)
		out = append(out, j)
		return err
	})
	return out, err
}

// judgementFact is what the log says of a judgement and of its end.
type judgementFact struct {
	Judgement string        `json:"judgement"`
	Kind      JudgementKind `json:"kind"`
	Control   string        `json:"control"`
	Other     string        `json:"other"`
	Entry     string        `json:"entry"`
	At        int64         `json:"at_us"`
}

// Judge records what a person says about controls that look alike, all of it or
// nothing. Saying the same again writes nothing; saying that a control is another
// entry than before ends the word said before.
func (s *Store) Judge(ctx context.Context, who access.Actor, list []Judgement, now time.Time) error {
	if err := who.May(access.MergeControls); err != nil {
		return err
	}
	if len(list) == 0 || len(list) > maxJudgements {
		return problem.New(problem.Invalid, "Decide on 1 to %d suggestions at once.", maxJudgements)
	}
	now = now.UTC().Truncate(time.Microsecond)
	return s.db.Write(ctx, who.Org(), db.People, func(ctx context.Context, tx *db.Tx) error {
		for _, j := range list {
			if err := s.judge(ctx, tx, who, j, now); err != nil {
				return err
			}
		}
		return nil
	})
}

func (s *Store) judge(ctx context.Context, tx *db.Tx, who access.Actor, j Judgement, now time.Time) error {
	org := who.Org()
	if err := s.judged(ctx, tx, who, j); err != nil {
		return err
	}
	other := sql.NullString{String: j.Other, Valid: j.Other != ""}
	var said int
	err := tx.QueryRow(ctx, `
		SELECT count(*) FROM merge_decision WHERE org = $1 AND to_at IS NULL AND kind = $2 AND entry = $5
			AND (control = $3 AND coalesce(other, '') = $4 OR control = $4 AND coalesce(other, '') = $3)`, org, string(j.Kind), j.Control, j.Other, j.Entry).Scan(&said)
	if err != nil || said > 0 {
		return err
	}
	if j.Kind != Distinct { // a control is one entry at most, and is not and is the same one never
		rows, err := tx.Query(ctx, `SELECT id FROM merge_decision WHERE org = $1 AND control = $2 AND to_at IS NULL AND kind <> 'distinct' AND (entry = $3 OR kind = 'entry' AND $4 = 'entry')`,
			org, j.Control, j.Entry, string(j.Kind))
		if err != nil {
			return err
		}
		var before []string
		err = db.Each(rows, func(scan func(...any) error) error {
			var id string
			err := scan(&id)
			before = append(before, id)
			return err
		})
		for _, id := range before {
			if err == nil {
				err = s.reconsider(ctx, tx, who, id, now)
			}
		}
		if err != nil {
			return err
		}
	}
	id, salt := newID(), ledger.Salt()
	_, err = tx.Exec(ctx, `INSERT INTO merge_decision (org, id, kind, control, other, entry, from_at, account, salt) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
		org, id, string(j.Kind), j.Control, other, j.Entry, db.Micros(now), who.Account(), salt)
	if err != nil {
		return err
	}
	return s.log.Append(ctx, tx, ledger.Leaf{Org: org, At: now, Actor: who.Account(), Kind: "duplicate.judged", ID: id, Salt: salt,
		Payload: judgementFact{id, j.Kind, j.Control, j.Other, j.Entry, db.Micros(now)}})
}

// judged refuses a judgement about what is not there, or no longer counts.
func (s *Store) judged(ctx context.Context, tx *db.Tx, who access.Actor, j Judgement) error {
	ids := []string{j.Control}
	switch j.Kind {
	case Distinct:
		if ids = append(ids, j.Other); j.Entry != "" || j.Control == j.Other {
			return problem.New(problem.Invalid, "Two controls are distinct. Choose two.")
		}
	case IsEntry, NotEntry:
		if _, ok := s.reach().Library.Find(j.Entry); !ok || j.Other != "" {
			return problem.Field("entry", "The library has no such entry. Choose one that is suggested.")
		}
	default:
		return problem.Field("kind", "Choose whether the two are the same or not.")
	}
	for _, id := range ids {
		var n int
		if err := tx.QueryRow(ctx, `SELECT count(*) FROM control WHERE org = $1 AND id = $2`, who.Org(), id).Scan(&n); err != nil {
			return err
		}
		if n == 0 {
			return problem.New(problem.NotFound, "There is no such control.")
		}
		if err := s.controls.Standing(ctx, tx, who, id); err != nil {
			return err
		}
	}
	return nil
}

// Reconsider ends a judgement: the suggestion comes back.
func (s *Store) Reconsider(ctx context.Context, who access.Actor, id string, now time.Time) error {
	if err := who.May(access.MergeControls); err != nil {
		return err
	}
	return s.db.Write(ctx, who.Org(), db.People, func(ctx context.Context, tx *db.Tx) error {
		return s.reconsider(ctx, tx, who, id, now.UTC().Truncate(time.Microsecond))
	})
}

func (s *Store) reconsider(ctx context.Context, tx *db.Tx, who access.Actor, id string, now time.Time) error {
	salt, fact := ledger.Salt(), judgementFact{Judgement: id, At: db.Micros(now)}
	err := tx.QueryRow(ctx, `
		UPDATE merge_decision SET to_at = CASE WHEN from_at > $3 THEN from_at ELSE $3 END, ended_by = $4, end_salt = $5
		WHERE org = $1 AND id = $2 AND to_at IS NULL RETURNING kind, control, coalesce(other, ''), entry`,
		who.Org(), id, db.Micros(now), who.Account(), salt).Scan(&fact.Kind, &fact.Control, &fact.Other, &fact.Entry)
	if errors.Is(err, sql.ErrNoRows) {
		return problem.New(problem.NotFound, "This decision no longer holds. Somebody may have taken it back already.")
	}
	if err != nil {
		return err
	}
	return s.log.Append(ctx, tx, ledger.Leaf{Org: who.Org(), At: now, Actor: who.Account(), Kind: "duplicate.reconsidered", ID: newID(), Salt: salt, Payload: fact})
}

// MergeControls retires a control in favour of another one, which takes over the
// links it does not have yet. Unmerge takes it back.
func (s *Store) MergeControls(ctx context.Context, who access.Actor, retired, survivor string, now time.Time) error {
	for _, a := range []access.Action{access.MergeControls, access.EditLinks} {
		if err := who.May(a); err != nil {
			return err
		}
	}
	now = now.UTC().Truncate(time.Microsecond)
	return s.db.Write(ctx, who.Org(), db.People, func(ctx context.Context, tx *db.Tx) error {
		have, err := openLinks(ctx, tx, who.Org(), `l.control IN ($2, $3)`, retired, survivor)
		if err != nil {
			return err
		}
		if err := s.controls.Retire(ctx, tx, who, retired, survivor, now); err != nil {
			return err
		}
		w := s.linkWriter(who, now)
		if err := w.set(ctx, tx, retired, have[retired], nil); err != nil {
			return err
		}
		if err := w.set(ctx, tx, survivor, have[survivor], taken(have[survivor], have[retired])); err != nil {
			return err
		}
		return w.insert(ctx, tx)
	})
}

// taken returns the links of a control with those of another one that it lacks.
func taken(have, more []openLink) []Link {
	var out []Link
	has := map[framework.Ref]bool{}
	for _, list := range [][]openLink{have, more} {
		for _, l := range list {
			if !has[l.Ref] {
				has[l.Ref] = true
				out = append(out, l.Link)
			}
		}
	}
	slices.SortFunc(out, compareLinks)
	return out
}

// Unmerge brings a retired control back with the links it had, and takes from the
// survivor those it only got by the merge and nobody changed since.
func (s *Store) Unmerge(ctx context.Context, who access.Actor, retired string, now time.Time) error {
	for _, a := range []access.Action{access.MergeControls, access.EditLinks} {
		if err := who.May(a); err != nil {
			return err
		}
	}
	now = now.UTC().Truncate(time.Microsecond)
	return s.db.Write(ctx, who.Org(), db.People, func(ctx context.Context, tx *db.Tx) error {
		r, err := s.controls.Restore(ctx, tx, who, retired, now)
		if err != nil {
			return err
		}
		before, got, err := s.mergedLinks(ctx, tx, who.Org(), r)
		if err != nil {
			return err
		}
		have, err := openLinks(ctx, tx, who.Org(), `l.control = $2`, r.Successor)
		if err != nil {
			return err
		}
		var keep []Link
		for _, l := range have[r.Successor] {
			if !got[l.id] {
				keep = append(keep, l.Link)
			}
		}
		w := s.linkWriter(who, now)
		if err := w.set(ctx, tx, retired, nil, before); err != nil {
			return err
		}
		// the survivor may be retired itself by now; then it has no links to give back
		if err := w.set(ctx, tx, r.Successor, have[r.Successor], keep); err != nil {
			return err
		}
		return w.insert(ctx, tx)
	})
}

// mergedLinks reads the links a control had when it was retired, and the rows of
// its successor that began at that moment.
func (s *Store) mergedLinks(ctx context.Context, tx *db.Tx, org string, r control.Retirement) (before []Link, got map[string]bool, err error) {
	got = map[string]bool{}
	rows, err := tx.Query(ctx, `
		SELECT id, control, framework, requirement, relation, rationale FROM link
		WHERE org = $1 AND (control = $2 AND to_at = $4 AND from_at < $4 OR control = $3 AND from_at = $4)`, org, r.Control, r.Successor, db.Micros(r.At))
	if err != nil {
		return nil, nil, err
	}
	err = db.Each(rows, func(scan func(...any) error) error {
		var id, c string
		var l Link
		err := scan(&id, &c, &l.Ref.Framework, &l.Ref.ID, &l.Relation, &l.Rationale)
		if c == r.Control {
			before = append(before, l)
		} else {
			got[id] = true
		}
		return err
	})
	slices.SortFunc(before, compareLinks)
	return before, got, err
}
