package crosswalk

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/approval"
	"github.com/toucan-grc/toucan/internal/control"
	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/framework"
	"github.com/toucan-grc/toucan/internal/ledger"
	"github.com/toucan-grc/toucan/internal/problem"
)

// Link says that a control counts for a requirement.
type Link struct {
	Ref       framework.Ref
	Relation  string // token of a relation, control to requirement; empty: a tag whose relation nobody stated
	Rationale string
}

// Store keeps what an organisation decides about mappings: the links of its
// controls, its frameworks and their scope, its stack. Everything is
// effective-dated, so any day in the past can be asked about. It is safe for
// concurrent use.
type Store struct {
	db        *db.DB
	log       *ledger.Log
	controls  *control.Store
	approvals *approval.Store
	library   func() *Library // what ships; the organisation's own is libraryAt
	made      libraries
	reach     func() *Reach
	also      []Carrier // of the stores above
}

// NewStore returns a store. library is what ships; what an organisation brings
// comes on top of it.
func NewStore(d *db.DB, log *ledger.Log, controls *control.Store, library func() *Library) *Store {
	return &Store{db: d, log: log, controls: controls, approvals: approval.New(d, log), library: library, reach: ShippedReach}
}

// WithReach makes the store adopt from another control library than the one that
// ships, and returns it.
func (s *Store) WithReach(reach func() *Reach) *Store {
	s.reach = reach
	return s
}

// Reach returns the control library that is adopted from.
func (s *Store) Reach() *Reach { return s.reach() }

func newID() string { return uuid.Must(uuid.NewV7()).String() }

// SetLinks makes links the links of a control from now on. Links that stay are
// left alone; the others end now.
func (s *Store) SetLinks(ctx context.Context, who access.Actor, controlID string, links []Link, now time.Time) error {
	if err := who.May(access.EditLinks); err != nil {
		return err
	}
	now = now.UTC().Truncate(time.Microsecond)
	return s.db.Write(ctx, who.Org(), db.People, func(ctx context.Context, tx *db.Tx) error {
		l, err := s.libraryAt(ctx, tx, who.Org(), now)
		if err != nil {
			return err
		}
		links, err := checkLinks(l, links)
		if err != nil {
			return err
		}
		var n int
		if err := tx.QueryRow(ctx, `SELECT count(*) FROM control WHERE org = $1 AND id = $2`, who.Org(), controlID).Scan(&n); err != nil {
			return err
		}
		if n == 0 {
			return problem.New(problem.NotFound, "There is no such control.")
		}
		if err := s.controls.Standing(ctx, tx, who, controlID); err != nil {
			return err
		}
		have, err := openLinks(ctx, tx, who.Org(), `l.control = $2`, controlID)
		if err != nil {
			return err
		}
		w := s.linkWriter(who, now)
		if err := w.set(ctx, tx, controlID, have[controlID], links); err != nil {
			return err
		}
		return w.insert(ctx, tx)
	})
}

// checkLinks refuses links to nothing, and keeps one link for each requirement.
func checkLinks(library *Library, links []Link) ([]Link, error) {
	var out []Link
	for _, l := range links {
		f, ok := library.Frameworks.Find(l.Ref.Framework)
		if !ok {
			return nil, problem.Field("links", fmt.Sprintf("There is no framework %q here. Choose one of those listed.", l.Ref.Framework))
		}
		if _, ok := f.Find(l.Ref.ID); !ok {
			return nil, problem.Field("links", fmt.Sprintf("%s has no %q. Check the number.", f.Short, l.Ref.ID))
		}
		if l.Relation != "" {
			if m, ok := ParseRelation(l.Relation); !ok || m == None {
				return nil, problem.Field("links", fmt.Sprintf("%q is no relation a control can have to a requirement. Choose equal, subset, superset, intersects or overlaps.", l.Relation))
			}
		}
		var err error
		if l.Rationale, err = db.Prose("links", "The rationale", l.Rationale, 2000); err != nil {
			return nil, err
		}
		if i := slices.IndexFunc(out, func(x Link) bool { return x.Ref == l.Ref }); i >= 0 {
			if out[i] != l {
				return nil, problem.Field("links", fmt.Sprintf("%s is linked twice, in two ways. Keep one.", l.Ref.Words()))
			}
			continue
		}
		out = append(out, l)
	}
	slices.SortFunc(out, compareLinks)
	return out, nil
}

func compareLinks(a, b Link) int {
	if c := strings.Compare(a.Ref.Framework, b.Ref.Framework); c != 0 {
		return c
	}
	return control.CompareCodes(a.Ref.ID, b.Ref.ID)
}

// openLink is a link in force and its row.
type openLink struct {
	Link
	id string
}

// openLinks reads the links in force now, by control; where may use $2 and on.
func openLinks(ctx context.Context, tx *db.Tx, org, where string, args ...any) (map[string][]openLink, error) {
	rows, err := tx.Query(ctx, `SELECT l.id, l.control, l.framework, l.requirement, l.relation, l.rationale FROM link l WHERE l.org = $1 AND l.to_at IS NULL AND `+where,
		append([]any{org}, args...)...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	out := map[string][]openLink{}
	for rows.Next() {
		var l openLink
		var c string
		if err := rows.Scan(&l.id, &c, &l.Ref.Framework, &l.Ref.ID, &l.Relation, &l.Rationale); err != nil {
			return nil, err
		}
		out[c] = append(out[c], l)
	}
	return out, rows.Err()
}

// linkWriter gathers changed links, so that an import costs few statements.
type linkWriter struct {
	s              *Store
	who            access.Actor
	now            time.Time
	links, changes *db.Rows
	opened         int
}

func (s *Store) linkWriter(who access.Actor, now time.Time) *linkWriter {
	return &linkWriter{s: s, who: who, now: now,
		links:   db.Into(`link (org, id, control, framework, requirement, relation, rationale, from_at)`),
		changes: db.Into(`link_change (org, id, control, at, account, salt)`)}
}

// linksFact is what the log says of the links of a control.
type linksFact struct {
	Control string     `json:"control"`
	At      int64      `json:"at_us"`
	Links   []linkFact `json:"links"`
}

type linkFact struct {
	Framework   string `json:"framework"`
	Requirement string `json:"requirement"`
	Relation    string `json:"relation"`
	Rationale   string `json:"rationale"`
}

// set turns the links have of a control into want, which is in order.
func (w *linkWriter) set(ctx context.Context, tx *db.Tx, controlID string, have []openLink, want []Link) error {
	org, at := w.who.Org(), db.Micros(w.now)
	changed := false
	for _, h := range have {
		if !slices.Contains(want, h.Link) {
			changed = true
			// a link of this very moment never held: it would end as it began
			if _, err := tx.Exec(ctx, `UPDATE link SET to_at = CASE WHEN from_at > $3 THEN from_at ELSE $3 END WHERE org = $1 AND id = $2`, org, h.id, at); err != nil {
				return err
			}
		}
	}
	fact := linksFact{Control: controlID, At: at, Links: []linkFact{}}
	for _, l := range want {
		fact.Links = append(fact.Links, linkFact{l.Ref.Framework, l.Ref.ID, l.Relation, l.Rationale})
		if slices.ContainsFunc(have, func(h openLink) bool { return h.Link == l }) {
			continue
		}
		changed = true
		w.opened++
		w.links.Add(org, newID(), controlID, l.Ref.Framework, l.Ref.ID, l.Relation, l.Rationale, at)
	}
	if !changed {
		return nil
	}
	id, salt := newID(), ledger.Salt()
	w.changes.Add(org, id, controlID, at, w.who.Account(), salt)
	return w.s.log.Append(ctx, tx, ledger.Leaf{Org: org, At: w.now, Actor: w.who.Account(), Kind: "link.set", ID: id, Salt: salt, Payload: fact})
}

func (w *linkWriter) insert(ctx context.Context, tx *db.Tx) error {
	if err := w.links.Insert(ctx, tx); err != nil {
		return err
	}
	return w.changes.Insert(ctx, tx)
}

// LinksOf returns the links of one control at a moment, in order.
func (s *Store) LinksOf(ctx context.Context, who access.Actor, controlID string, at time.Time) ([]Link, error) {
	all, err := s.linksAt(ctx, who, at, ` AND control = $3`, controlID)
	return all[controlID], err
}

// AllLinks returns the links of every control at a moment, by the control's id
// and in order.
func (s *Store) AllLinks(ctx context.Context, who access.Actor, at time.Time) (map[string][]Link, error) {
	return s.linksAt(ctx, who, at, "")
}

func (s *Store) linksAt(ctx context.Context, who access.Actor, at time.Time, where string, args ...any) (map[string][]Link, error) {
	if err := who.May(access.ViewControls); err != nil {
		return nil, err
	}
	out := map[string][]Link{}
	const held = ` FROM link WHERE org = $1 AND from_at <= $2 AND (to_at IS NULL OR to_at > $2)`
	args = append([]any{who.Org(), db.Micros(at)}, args...)
	err := s.db.Read(ctx, who.Org(), func(tx *db.Tx) error {
		rows, err := tx.Query(ctx, `SELECT control, framework, requirement, relation`+held+where, args...)
		if err != nil {
			return err
		}
		names := map[string]string{} // a few frameworks and a hundred requirements, said thousands of times
		err = db.Each(rows, func(scan func(...any) error) error {
			var c, f, r, rel sql.RawBytes
			if err := scan(&c, &f, &r, &rel); err != nil {
				return err
			}
			l := Link{Ref: framework.Ref{Framework: once(names, f), ID: once(names, r)}, Relation: once(names, rel)}
			out[string(c)] = append(out[string(c)], l)
			return nil
		})
		if err != nil {
			return err
		}
		// few links have a rationale, and it is too long for an index
		rows, err = tx.Query(ctx, `SELECT control, framework, requirement, rationale`+held+` AND rationale <> ''`+where, args...)
		if err != nil {
			return err
		}
		return db.Each(rows, func(scan func(...any) error) error {
			var c, why string
			var ref framework.Ref
			if err := scan(&c, &ref.Framework, &ref.ID, &why); err != nil {
				return err
			}
			for i := range out[c] {
				if out[c][i].Ref == ref {
					out[c][i].Rationale = why
				}
			}
			return nil
		})
	})
	for _, links := range out {
		slices.SortFunc(links, compareLinks)
	}
	return out, err
}

// once returns b as a string, the same one for the same bytes.
func once(seen map[string]string, b []byte) string {
	if s, ok := seen[string(b)]; ok {
		return s
	}
	s := string(b)
	seen[s] = s
	return s
}
