package crosswalk

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/control"
	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/ledger"
	"github.com/toucan-grc/toucan/internal/problem"
)

// Adoption says that a control of the organisation is an entry of the library.
type Adoption struct {
	Control  string // id
	Entry    string
	At       time.Time // when it was adopted
	By       string    // account id
	Base     Taken     // the entry as it was when adopted or last updated
	Digest   string    // of Base
	Declined string    // digest of the newest wording that was declined, or empty
}

// AdoptResult says what adopting did, as codes of the library in its order.
type AdoptResult struct {
	Created, Attached, Unchanged []string
	Clashes                      []AdoptStep // left alone: a person must say what is meant
	Links                        int         // links that were not there before
}

// Adopt makes entries of the library controls of the organisation, in one
// transaction: new ones are entered with all their links, those that are there
// keep their words, status and owner. Adopting the same again changes nothing.
func (s *Store) Adopt(ctx context.Context, who access.Actor, plan AdoptPlan, now time.Time) (AdoptResult, error) {
	if err := who.May(access.AdoptControls); err != nil {
		return AdoptResult{}, err
	}
	now = now.UTC().Truncate(time.Microsecond)
	var res AdoptResult
	err := s.db.Write(ctx, who.Org(), db.People, func(ctx context.Context, tx *db.Tx) error {
		res = AdoptResult{}
		steps, err := s.prepare(ctx, tx, who, plan, now)
		if err != nil {
			return err
		}
		if err := s.create(ctx, tx, who, steps, now); err != nil {
			return err
		}
		res, err = s.attach(ctx, tx, who, steps, now)
		return err
	})
	return res, err
}

// TryAdopt says what Adopt would do, and writes nothing.
func (s *Store) TryAdopt(ctx context.Context, who access.Actor, plan AdoptPlan, now time.Time) ([]AdoptStep, error) {
	if err := who.May(access.AdoptControls); err != nil {
		return nil, err
	}
	var steps []AdoptStep
	err := s.db.Read(ctx, who.Org(), func(tx *db.Tx) (err error) {
		steps, err = s.prepare(ctx, tx, who, plan, now)
		return err
	})
	return steps, err
}

// prepare reads what the organisation has, and says what the plan does to it.
func (s *Store) prepare(ctx context.Context, tx *db.Tx, who access.Actor, plan AdoptPlan, now time.Time) ([]AdoptStep, error) {
	controls, err := s.controls.ListIn(ctx, tx, who)
	if err != nil {
		return nil, err
	}
	taken, err := s.adoptions(ctx, tx, who.Org(), now)
	if err != nil {
		return nil, err
	}
	said, err := judgements(ctx, tx, who.Org(), now)
	if err != nil {
		return nil, err
	}
	return s.reach().Prepare(plan, controls, taken, said)
}

// create enters the controls that are new and fills in their ids.
func (s *Store) create(ctx context.Context, tx *db.Tx, who access.Actor, steps []AdoptStep, now time.Time) error {
	var fresh []control.Control
	var at []int
	for i, step := range steps {
		if step.Action == AdoptNew {
			fresh, at = append(fresh, step.Control), append(at, i)
		}
	}
	outcomes, err := s.controls.Adopt(ctx, tx, who, fresh, now)
	if err != nil {
		return err
	}
	for i, o := range outcomes {
		steps[at[i]].Control.ID = o.ID
	}
	return nil
}

// attach remembers the origin of controls and adds the links of their entries.
func (s *Store) attach(ctx context.Context, tx *db.Tx, who access.Actor, steps []AdoptStep, now time.Time) (AdoptResult, error) {
	var res AdoptResult
	have, err := openLinks(ctx, tx, who.Org(), `1 = 1`)
	if err != nil {
		return res, err
	}
	l, err := s.libraryAt(ctx, tx, who.Org(), now)
	if err != nil {
		return res, err
	}
	w, rows := s.linkWriter(who, now), adoptionRows()
	for _, step := range steps {
		switch step.Action {
		case AdoptNew:
			res.Created = append(res.Created, step.Entry)
		case AdoptAttach:
			res.Attached = append(res.Attached, step.Entry)
		case AdoptUnchanged:
			res.Unchanged = append(res.Unchanged, step.Entry)
			continue
		default:
			res.Clashes = append(res.Clashes, step)
			continue
		}
		taken, _ := s.reach().Take(step.Entry)
		if err := s.adopted(ctx, tx, who, rows, adoptionFact{step.Control.ID, step.Entry, "adopted", s.reach().Digest(step.Entry)}, taken, now); err != nil {
			return res, err
		}
		open := have[step.Control.ID]
		if err := w.set(ctx, tx, step.Control.ID, open, Joined(plain(open), taken.Links, l.Frameworks.Has)); err != nil {
			return res, err
		}
	}
	res.Links = w.opened
	if err := rows.Insert(ctx, tx); err != nil {
		if db.IsUnique(err) {
			return res, &problem.Error{Code: problem.Conflict, Err: err, Text: "Somebody adopted some of these meanwhile. Open the library again and adopt the rest."}
		}
		return res, err
	}
	return res, w.insert(ctx, tx)
}

func plain(open []openLink) []Link {
	out := make([]Link, len(open))
	for i, o := range open {
		out[i] = o.Link
	}
	return out
}

// adoptionFact is what the log says of a decision about an entry.
type adoptionFact struct {
	Control  string `json:"control"`
	Entry    string `json:"entry"`
	Decision string `json:"decision"`
	Digest   string `json:"digest"`
}

func adoptionRows() *db.Rows {
	return db.Into(`adoption (org, id, control, entry, decision, digest, content, at, account, salt)`)
}

// adopted adds a decision to rows and its leaf to the log.
func (s *Store) adopted(ctx context.Context, tx *db.Tx, who access.Actor, rows *db.Rows, f adoptionFact, t Taken, now time.Time) error {
	content, err := json.Marshal(t)
	if err != nil {
		return err
	}
	id, salt := newID(), ledger.Salt()
	rows.Add(who.Org(), id, f.Control, f.Entry, f.Decision, f.Digest, string(content), db.Micros(now), who.Account(), salt)
	return s.log.Append(ctx, tx, ledger.Leaf{Org: who.Org(), At: now, Actor: who.Account(), Kind: "control." + f.Decision, ID: id, Salt: salt, Payload: f})
}

// Adoptions returns what was adopted from the library as of a moment, by entry.
func (s *Store) Adoptions(ctx context.Context, who access.Actor, at time.Time) ([]Adoption, error) {
	if err := who.May(access.ViewControls); err != nil {
		return nil, err
	}
	var out []Adoption
	err := s.db.Read(ctx, who.Org(), func(tx *db.Tx) (err error) {
		out, err = s.adoptions(ctx, tx, who.Org(), at)
		return err
	})
	return out, err
}

func (s *Store) adoptions(ctx context.Context, tx *db.Tx, org string, at time.Time) ([]Adoption, error) {
	rows, err := tx.Query(ctx, `SELECT id, control, entry, decision, digest, at, account FROM adoption WHERE org = $1 AND at <= $2 ORDER BY at, id`, org, db.Micros(at))
	if err != nil {
		return nil, err
	}
	var out []Adoption
	place, kept := map[string]int{}, map[string]string{} // by control: where in out; the row that holds the base
	err = db.Each(rows, func(scan func(...any) error) error {
		var id, c, entry, decision, digest, by string
		var when int64
		if err := scan(&id, &c, &entry, &decision, &digest, &when, &by); err != nil {
			return err
		}
		switch i := place[c]; decision {
		case "adopted":
			place[c], kept[c] = len(out), id
			out = append(out, Adoption{Control: c, Entry: entry, At: db.Time(when), By: by, Digest: digest})
		case "updated":
			out[i].Digest, kept[c] = digest, id
		default:
			out[i].Declined = digest
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	for i, a := range out {
		if a.Digest == s.reach().Digest(a.Entry) { // most are as the library is now
			out[i].Base, _ = s.reach().Take(a.Entry)
			continue
		}
		var content string
		if err := tx.QueryRow(ctx, `SELECT content FROM adoption WHERE org = $1 AND id = $2`, org, kept[a.Control]).Scan(&content); err != nil {
			return nil, err
		}
		if err := json.Unmarshal([]byte(content), &out[i].Base); err != nil {
			return nil, fmt.Errorf("what was adopted of %s cannot be read: %w", a.Entry, err)
		}
	}
	if out, err = inherited(ctx, tx, org, at, out); err != nil {
		return nil, err
	}
	slices.SortFunc(out, func(a, b Adoption) int { return control.CompareCodes(a.Entry, b.Entry) })
	return out, nil
}

// inherited gives the adoption of a control that was merged into another one to
// that other one, for as long as the merge holds. One that adopted an entry of its
// own keeps that; the other entry then has no control.
func inherited(ctx context.Context, tx *db.Tx, org string, at time.Time, list []Adoption) ([]Adoption, error) {
	rows, err := tx.Query(ctx, `SELECT control, successor FROM retirement WHERE org = $1 AND from_at <= $2 AND (to_at IS NULL OR to_at > $2)`, org, db.Micros(at))
	if err != nil {
		return nil, err
	}
	into := map[string]string{}
	err = db.Each(rows, func(scan func(...any) error) error {
		var from, to string
		err := scan(&from, &to)
		into[from] = to
		return err
	})
	if err != nil || len(into) == 0 {
		return list, err
	}
	busy := map[string]bool{}
	for _, a := range list {
		busy[a.Control] = into[a.Control] == ""
	}
	var out []Adoption
	for _, a := range list {
		if into[a.Control] != "" {
			for into[a.Control] != "" {
				a.Control = into[a.Control]
			}
			if busy[a.Control] {
				continue
			}
			busy[a.Control] = true
		}
		out = append(out, a)
	}
	return out, nil
}

// AdoptUpdate is which parts of a newer wording an organisation takes over.
type AdoptUpdate struct {
	Digest string   // of the wording the person looked at
	Fields []string // names of control.FieldDrift
	Links  bool     // follow the library where the links are as they were adopted
}

// TakeUpdate brings an adopted control to the wording of the library as it is now,
// in the fields chosen. Changed title and statement wait for a second person when
// there is one. It reports whether text waits.
func (s *Store) TakeUpdate(ctx context.Context, who access.Actor, entry string, u AdoptUpdate, now time.Time) (pending bool, err error) {
	err = s.aboutUpdate(ctx, who, entry, u.Digest, now, func(ctx context.Context, tx *db.Tx, a Adoption, shipped Taken, now time.Time) error {
		if len(u.Fields) == 0 && !u.Links {
			return problem.Field("field", "Choose at least one part to take over, or decline the update.")
		}
		c, err := s.adoptedControl(ctx, tx, who, a.Control)
		if err != nil {
			return err
		}
		o, err := s.controls.EditIn(ctx, tx, who, c, c.Taking(shipped.Entry, u.Fields), "Updated from the library. ", now)
		if err != nil {
			return err
		}
		pending = o.Pending
		if u.Links {
			l, err := s.libraryAt(ctx, tx, who.Org(), now)
			if err != nil {
				return err
			}
			open, err := openLinks(ctx, tx, who.Org(), `l.control = $2`, a.Control)
			if err != nil {
				return err
			}
			w, have := s.linkWriter(who, now), open[a.Control]
			if err := w.set(ctx, tx, a.Control, have, updated(plain(have), a.Base.Links, shipped.Links, l.Frameworks.Has)); err != nil {
				return err
			}
			if err := w.insert(ctx, tx); err != nil {
				return err
			}
		}
		return s.decideUpdate(ctx, tx, who, a, "updated", shipped, now)
	})
	return pending, err
}

// DeclineUpdate remembers that the organisation looked at a newer wording and
// keeps its own. The next newer wording is offered again.
func (s *Store) DeclineUpdate(ctx context.Context, who access.Actor, entry, digest string, now time.Time) error {
	return s.aboutUpdate(ctx, who, entry, digest, now, func(ctx context.Context, tx *db.Tx, a Adoption, shipped Taken, now time.Time) error {
		if a.Digest == digest || a.Declined == digest {
			return nil
		}
		return s.decideUpdate(ctx, tx, who, a, "declined", shipped, now)
	})
}

// aboutUpdate reads an adoption and its entry as it is now, for a decision.
func (s *Store) aboutUpdate(ctx context.Context, who access.Actor, entry, digest string, now time.Time,
	decide func(context.Context, *db.Tx, Adoption, Taken, time.Time) error) error {
	if err := who.May(access.AdoptControls); err != nil {
		return err
	}
	now = now.UTC().Truncate(time.Microsecond)
	return s.db.Write(ctx, who.Org(), db.People, func(ctx context.Context, tx *db.Tx) error {
		list, err := s.adoptions(ctx, tx, who.Org(), now)
		if err != nil {
			return err
		}
		i := slices.IndexFunc(list, func(a Adoption) bool { return a.Entry == entry })
		shipped, ok := s.reach().Take(entry)
		if i < 0 || !ok {
			return problem.New(problem.NotFound, "%s was not adopted from the library here.", entry)
		}
		if s.reach().Digest(entry) != digest {
			return problem.New(problem.Conflict, "The library changed since you looked at %s. Open it again to see the newest words.", entry)
		}
		return decide(ctx, tx, list[i], shipped, now)
	})
}

func (s *Store) adoptedControl(ctx context.Context, tx *db.Tx, who access.Actor, id string) (control.Control, error) {
	all, err := s.controls.ListIn(ctx, tx, who)
	if err != nil {
		return control.Control{}, err
	}
	i := slices.IndexFunc(all, func(c control.Control) bool { return c.ID == id })
	if i < 0 {
		return control.Control{}, problem.New(problem.NotFound, "The adopted control is gone.")
	}
	return all[i], nil
}

func (s *Store) decideUpdate(ctx context.Context, tx *db.Tx, who access.Actor, a Adoption, decision string, t Taken, now time.Time) error {
	rows := adoptionRows()
	if err := s.adopted(ctx, tx, who, rows, adoptionFact{a.Control, a.Entry, decision, s.reach().Digest(a.Entry)}, t, now); err != nil {
		return err
	}
	return rows.Insert(ctx, tx)
}

// AdoptedAs returns the control in force that an entry of the library was adopted
// as, or "". It reads in the caller's transaction.
func AdoptedAs(ctx context.Context, tx *db.Tx, org, entry string) (string, error) {
	var id string
	err := tx.QueryRow(ctx, `SELECT coalesce(r.successor, a.control) FROM adoption a
		LEFT JOIN retirement r ON r.org = a.org AND r.control = a.control AND r.to_at IS NULL
		WHERE a.org = $1 AND a.entry = $2 AND a.decision = 'adopted'
		AND NOT EXISTS (SELECT 1 FROM retirement x WHERE x.org = r.org AND x.control = r.successor AND x.to_at IS NULL)`, org, entry).Scan(&id)
	if errors.Is(err, sql.ErrNoRows) {
		return "", nil
	}
	return id, err
}
