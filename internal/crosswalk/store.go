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
	db       *db.DB
	log      *ledger.Log
	controls *control.Store
	library  func() *Library // what ships; the organisation's own is libraryAt
	made     libraries
	reach    func() *Reach
}

// NewStore returns a store. library is what ships; what an organisation brings
// comes on top of it.
func NewStore(d *db.DB, log *ledger.Log, controls *control.Store, library func() *Library) *Store {
	return &Store{db: d, log: log, controls: controls, library: library, reach: ShippedReach}
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
		err = each(rows, func(scan func(...any) error) error {
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
		return each(rows, func(scan func(...any) error) error {
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

// ImportPlan is an inventory somebody looked through and confirmed. Owners are
// ids of the people register by now.
type ImportPlan struct {
	File string
	Rows []ImportRow

	// Progress is told now and then how far the import is, if it is set. An error
	// of it ends the import, which then leaves nothing behind.
	Progress func(words string, done, total int) error

	// Finish is called in the transaction of the import, at its end, if it is set.
	Finish func(ctx context.Context, tx *db.Tx, res ImportResult) error
}

// ImportRow is one control of the inventory and the requirements it is tagged with.
type ImportRow struct {
	Control control.Control
	Refs    []framework.Ref
}

// ImportResult says what an import did, as codes in the order of the file.
type ImportResult struct {
	Created, Updated, Unchanged []string
	Pending                     []string // of Updated: the new text waits for a second person
	Links                       int      // links that were not there before
}

const maxImport = 5000

// Import writes an inventory in one transaction: all of it or nothing. Controls
// are known by code, and an empty cell leaves what is there. Tags of a framework
// the row speaks of are replaced by the row's; links with a stated relation
// and links to other frameworks stay. Importing the same again changes nothing.
func (s *Store) Import(ctx context.Context, who access.Actor, plan ImportPlan, now time.Time) (ImportResult, error) {
	file, err := importable(who, plan)
	if err != nil {
		return ImportResult{}, err
	}
	now = now.UTC().Truncate(time.Microsecond)
	var res ImportResult
	err = s.db.Write(ctx, who.Org(), db.People, func(ctx context.Context, tx *db.Tx) error {
		res = ImportResult{}
		l, err := s.libraryAt(ctx, tx, who.Org(), now)
		if err != nil {
			return err
		}
		tags, list, err := checkImport(l, plan)
		if err != nil {
			return err
		}
		outcomes, err := s.controls.Merge(ctx, tx, who, list, now, func(done int) error { return plan.progress("Controls entered", done) })
		if err != nil {
			return err
		}
		have, err := openLinks(ctx, tx, who.Org(), `1 = 1`)
		if err != nil {
			return err
		}
		w := s.linkWriter(who, now)
		for i, o := range outcomes {
			if err := plan.progress("Links set", i); err != nil {
				return err
			}
			before := w.links.Len() + w.changes.Len()
			if err := w.set(ctx, tx, o.ID, have[o.ID], retag(have[o.ID], tags[i])); err != nil {
				return err
			}
			switch {
			case o.Created:
				res.Created = append(res.Created, o.Code)
			case o.Updated || w.links.Len()+w.changes.Len() > before:
				res.Updated = append(res.Updated, o.Code)
			default:
				res.Unchanged = append(res.Unchanged, o.Code)
			}
			if o.Pending {
				res.Pending = append(res.Pending, o.Code)
			}
		}
		res.Links = w.opened
		if err := w.insert(ctx, tx); err != nil {
			return err
		}
		if err := s.recordImport(ctx, tx, who, file, res, now); err != nil {
			return err
		}
		if plan.Finish != nil {
			return plan.Finish(ctx, tx, res)
		}
		return nil
	})
	return res, err
}

// progress tells how many of the rows have been through a step.
func (p ImportPlan) progress(words string, done int) error {
	if p.Progress == nil || done%50 != 0 && done != len(p.Rows) {
		return nil
	}
	return p.Progress(words, done, len(p.Rows))
}

// CheckImport returns the error Import would return before it writes anything,
// so that a list that cannot be entered is refused while somebody still looks at it.
func (s *Store) CheckImport(ctx context.Context, who access.Actor, plan ImportPlan, now time.Time) error {
	if _, err := importable(who, plan); err != nil {
		return err
	}
	l, err := s.Library(ctx, who, now)
	if err != nil {
		return err
	}
	_, _, err = checkImport(l, plan)
	return err
}

// importable checks what can be checked without the database, and returns the
// name of the file as it is kept.
func importable(who access.Actor, plan ImportPlan) (string, error) {
	for _, a := range []access.Action{access.ImportInventory, access.EditLinks} {
		if err := who.May(a); err != nil {
			return "", err
		}
	}
	file, err := db.Line("file", "The name of the file", plan.File, 300)
	if err != nil {
		return "", err
	}
	if len(plan.Rows) == 0 || len(plan.Rows) > maxImport {
		return "", problem.New(problem.Invalid, "%s has %d controls. An import takes 1 to %d; split a longer list.", file, len(plan.Rows), maxImport)
	}
	return file, nil
}

// checkImport checks every row before anything is written.
func checkImport(l *Library, plan ImportPlan) (tags [][]Link, list []control.Control, err error) {
	for _, r := range plan.Rows {
		links := make([]Link, len(r.Refs))
		for i, ref := range r.Refs {
			links[i].Ref = ref
		}
		if links, err = checkLinks(l, links); err != nil {
			p := problem.Of(err)
			return nil, nil, &problem.Error{Code: p.Code, Field: p.Field, Err: err, Text: r.Control.Code + ": " + p.Text}
		}
		c := r.Control
		c.Origin = "imported"
		tags, list = append(tags, links), append(list, c)
	}
	return tags, list, nil
}

// retag returns the links a control has once its tags are those of a row.
func retag(have []openLink, tags []Link) []Link {
	spoken := map[string]bool{}
	for _, t := range tags {
		spoken[t.Ref.Framework] = true
	}
	var want []Link
	for _, h := range have {
		if h.Relation != "" || !spoken[h.Ref.Framework] || slices.ContainsFunc(tags, func(t Link) bool { return t.Ref == h.Ref }) {
			want = append(want, h.Link)
		}
	}
	for _, t := range tags {
		if !slices.ContainsFunc(want, func(l Link) bool { return l.Ref == t.Ref }) {
			want = append(want, t)
		}
	}
	slices.SortFunc(want, compareLinks)
	return want
}

// importFact is what the log says of an import.
type importFact struct {
	File      string `json:"file"`
	Created   int    `json:"created"`
	Updated   int    `json:"updated"`
	Unchanged int    `json:"unchanged"`
}

// recordImport writes that an import took place. One that changed nothing leaves
// no trace: importing twice is importing once.
func (s *Store) recordImport(ctx context.Context, tx *db.Tx, who access.Actor, file string, res ImportResult, now time.Time) error {
	if len(res.Created)+len(res.Updated) == 0 {
		return nil
	}
	id, salt := newID(), ledger.Salt()
	f := importFact{file, len(res.Created), len(res.Updated), len(res.Unchanged)}
	_, err := tx.Exec(ctx, `INSERT INTO import_run (org, id, file, at, account, created, updated, unchanged, salt) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
		who.Org(), id, file, db.Micros(now), who.Account(), f.Created, f.Updated, f.Unchanged, salt)
	if err != nil {
		return err
	}
	return s.log.Append(ctx, tx, ledger.Leaf{Org: who.Org(), At: now, Actor: who.Account(), Kind: "import.applied", ID: id, Salt: salt, Payload: f})
}

// ImportRun is an import that changed something.
type ImportRun struct {
	ID, File, By, ByName        string
	At                          time.Time
	Created, Updated, Unchanged int
}

// Imports lists the imports, the newest first.
func (s *Store) Imports(ctx context.Context, who access.Actor) ([]ImportRun, error) {
	if err := who.May(access.ViewControls); err != nil {
		return nil, err
	}
	var out []ImportRun
	err := s.db.Read(ctx, who.Org(), func(tx *db.Tx) error {
		rows, err := tx.Query(ctx, `
			SELECT i.id, i.file, i.account, coalesce(a.name, ''), i.at, i.created, i.updated, i.unchanged
			FROM import_run i LEFT JOIN account a ON a.id = i.account WHERE i.org = $1 ORDER BY i.at DESC, i.id DESC LIMIT 200`, who.Org())
		if err != nil {
			return err
		}
		return each(rows, func(scan func(...any) error) error {
			var r ImportRun
			var at int64
			err := scan(&r.ID, &r.File, &r.By, &r.ByName, &at, &r.Created, &r.Updated, &r.Unchanged)
			r.At = db.Time(at)
			out = append(out, r)
			return err
		})
	})
	return out, err
}

// each calls fn for every row and closes them.
func each(rows *sql.Rows, fn func(scan func(...any) error) error) error {
	defer rows.Close()
	for rows.Next() {
		if err := fn(rows.Scan); err != nil {
			return err
		}
	}
	return rows.Err()
}
