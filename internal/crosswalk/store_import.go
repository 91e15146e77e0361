package crosswalk

import (
	"context"
	"slices"
	"time"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/control"
	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/framework"
	"github.com/toucan-grc/toucan/internal/ledger"
	"github.com/toucan-grc/toucan/internal/problem"
)

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
	Stated  []Link // those of Refs whose relation the file states
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
	waiting := db.People
	if plan.Progress != nil { // who is told of the progress does not wait for the page
		waiting = db.Jobs
	}
	var res ImportResult
	err = s.db.Write(ctx, who.Org(), waiting, func(ctx context.Context, tx *db.Tx) error {
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
			if o.Retired { // its links are with the control it was merged into
				res.Unchanged = append(res.Unchanged, o.Code)
				continue
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
		if err := plan.progress("Being stored", len(outcomes)); err != nil {
			return err
		}
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
			if at := slices.IndexFunc(r.Stated, func(s Link) bool { return s.Ref == ref }); at >= 0 {
				links[i] = r.Stated[at]
			}
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
		at := slices.IndexFunc(want, func(l Link) bool { return l.Ref == t.Ref })
		switch {
		case at < 0:
			want = append(want, t)
		case want[at].Relation == "" && t.Relation != "": // the file says more than the tag did
			want[at] = t
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
		return db.Each(rows, func(scan func(...any) error) error {
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
