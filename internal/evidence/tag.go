package evidence

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/framework"
	"github.com/toucan-grc/toucan/internal/problem"
)

// Target is what evidence is offered for.
type Target struct {
	Controls     []string // ids or codes
	Requirements []framework.Ref
}

func (t *Target) add(controls []string) {
	for _, c := range controls {
		if !slices.Contains(t.Controls, c) {
			t.Controls = append(t.Controls, c)
		}
	}
}

func (t *Target) take(tag Tag) {
	if tag.Control != "" {
		t.add([]string{tag.Control})
	} else if !slices.Contains(t.Requirements, tag.Requirement) {
		t.Requirements = append(t.Requirements, tag.Requirement)
	}
}

// sort brings the target into the order in which the log tells of it.
func (t *Target) sort() {
	slices.Sort(t.Controls)
	slices.SortFunc(t.Requirements, compareRefs)
}

func compareRefs(a, b framework.Ref) int {
	if c := strings.Compare(a.Framework, b.Framework); c != 0 {
		return c
	}
	return strings.Compare(a.ID, b.ID)
}

// resolve turns codes into ids and refuses what nothing can be offered for.
func (s *Store) resolve(ctx context.Context, tx *db.Tx, org string, t Target, at time.Time) (Target, error) {
	var out Target
	if len(t.Controls)+len(t.Requirements) > maxTags {
		return out, problem.Field("controls", fmt.Sprintf("Evidence is offered for at most %d controls and requirements at once. Choose fewer.", maxTags))
	}
	for _, c := range t.Controls {
		id, code, err := findControl(ctx, tx, org, c)
		if err != nil {
			return out, err
		}
		var successor string
		err = tx.QueryRow(ctx, `SELECT s.code FROM retirement r JOIN control s ON s.org = r.org AND s.id = r.successor
			WHERE r.org = $1 AND r.control = $2 AND r.to_at IS NULL`, org, id).Scan(&successor)
		if err == nil {
			return out, problem.Field("controls", fmt.Sprintf("%s is retired: %s took its place. Choose that one.", code, successor))
		}
		if !errors.Is(err, sql.ErrNoRows) {
			return out, err
		}
		out.add([]string{id})
	}
	if len(t.Requirements) == 0 {
		return out, nil
	}
	l, err := s.links.LibraryIn(ctx, tx, org, at)
	if err != nil {
		return out, err
	}
	for _, r := range t.Requirements {
		f, ok := l.Frameworks.Find(r.Framework)
		if !ok {
			return out, problem.Field("requirements", fmt.Sprintf("There is no framework %q here. Choose one of those listed.", r.Framework))
		}
		if _, ok := f.Find(r.ID); !ok {
			return out, problem.Field("requirements", fmt.Sprintf("%s has no %q. Check the number.", f.Short, r.ID))
		}
		out.take(Tag{Requirement: r})
	}
	return out, nil
}

// findControl returns id and code of a control that is named by either.
func findControl(ctx context.Context, tx *db.Tx, org, name string) (id, code string, err error) {
	name, err = db.Line("controls", "The control", name, 120)
	if err != nil {
		return "", "", err
	}
	err = tx.QueryRow(ctx, `SELECT id, code FROM control WHERE org = $1 AND (id = $2 OR code_key = $3)`, org, name, strings.ToLower(name)).Scan(&id, &code)
	if errors.Is(err, sql.ErrNoRows) {
		err = problem.Field("controls", fmt.Sprintf("There is no control %s. Look in the list; it may have another code by now.", name))
	}
	return id, code, err
}

const tagColumns = `evidence_tag (org, id, item, control, framework, requirement, from_at, account, act, kind, captured_at, lapses_at, period_from, period_to, out_at, wrong, reviewed)`

// addTag adds the row of one tag of an item as it stands now.
func addTag(rows *db.Rows, org string, i Item, t Tag, act string) {
	out, wrong := i.out()
	rows.Add(org, newID(), i.ID, orNull(t.Control), t.Requirement.Framework, t.Requirement.ID, db.Micros(t.At), t.By, act,
		i.Kind, db.Micros(i.CapturedAt), db.Micros(i.LapsesAt()), int32(i.Period.From), int32(i.Period.To), db.Micros(out), wrong, i.Review == Accepted)
}

// out is when the item ceased to count, and whether it never should have; the
// zero time while it stands.
func (i Item) out() (at time.Time, wrong bool) {
	first := func(t time.Time) {
		if at.IsZero() || t.Before(at) {
			at = t
		}
	}
	if i.Review == Rejected {
		first(i.ReviewedAt)
		wrong = true
	}
	if i.SupersededBy != "" {
		first(i.SupersededAt)
		wrong = true
	}
	if i.Erased != nil {
		first(i.Erased.At)
	}
	return at, wrong
}

// follow brings the tags of an item, those that ended as well, in line with what
// became of it.
func follow(ctx context.Context, tx *db.Tx, org string, i Item) error {
	out, wrong := i.out()
	_, err := tx.Exec(ctx, `UPDATE evidence_tag SET out_at = CASE WHEN CAST($3 AS BIGINT) = 0 THEN coalesce(to_at, 0) WHEN to_at < $3 THEN to_at ELSE $3 END, wrong = CASE WHEN end_act <> '' THEN TRUE ELSE $4 END, reviewed = $5
		WHERE org = $1 AND item = $2`, org, i.ID, db.Micros(out), wrong, i.Review == Accepted)
	return err
}

// tagFact is what the log says when tags of an item begin or end.
type tagFact struct {
	Item         string    `json:"item"`
	At           int64     `json:"at_us"`
	Controls     []string  `json:"controls"`
	Requirements []refFact `json:"requirements"`
}

type refFact struct {
	Framework string `json:"framework"`
	ID        string `json:"requirement"`
}

func refFacts(refs []framework.Ref) []refFact {
	out := []refFact{}
	for _, r := range refs {
		out = append(out, refFact{r.Framework, r.ID})
	}
	return out
}

const maxBulk = 2000 // items tagged at once

// Tag offers items for controls and requirements from now on. What an item is
// offered for already is left alone. It returns how many items changed.
func (s *Store) Tag(ctx context.Context, who access.Actor, ids []string, t Target, now time.Time) (int, error) {
	return s.retag(ctx, who, ids, t, now, taggedKind, begin)
}

// Untag takes back what items were offered for: with what is known now it never
// counted there. What was known on earlier days stays as it was.
func (s *Store) Untag(ctx context.Context, who access.Actor, ids []string, t Target, now time.Time) (int, error) {
	return s.retag(ctx, who, ids, t, now, untaggedKind, end)
}

// begin offers an item for what it is not offered for yet, and returns that.
func begin(ctx context.Context, tx *db.Tx, who access.Actor, i Item, t Target, id string, now time.Time) (Target, error) {
	var added Target
	rows := db.Into(tagColumns)
	for _, tag := range t.tags(now, who.Account()) {
		if i.place(tag) >= 0 {
			continue
		}
		added.take(tag)
		addTag(rows, who.Org(), i, tag, id)
	}
	if len(i.Tags)+rows.Len() > maxTags {
		return added, problem.Field("controls", fmt.Sprintf("“%s” would be offered for more than %d controls and requirements. Take some away first.", i.Title, maxTags))
	}
	return added, rows.Insert(ctx, tx)
}

// end takes away what an item is offered for, and returns that.
func end(ctx context.Context, tx *db.Tx, who access.Actor, i Item, t Target, id string, now time.Time) (Target, error) {
	var ended Target
	for _, tag := range t.tags(now, who.Account()) {
		n := i.place(tag)
		if n < 0 {
			continue
		}
		ended.take(tag)
		at := db.Micros(later(now, i.Tags[n].At)) // a tag of this very moment never held
		_, err := tx.Exec(ctx, `UPDATE evidence_tag SET to_at = $6, end_act = $7, wrong = TRUE, out_at = CASE WHEN out_at > 0 AND out_at < $6 THEN out_at ELSE $6 END
			WHERE org = $1 AND item = $2 AND to_at IS NULL AND coalesce(control, '') = $3 AND framework = $4 AND requirement = $5`,
			who.Org(), i.ID, tag.Control, tag.Requirement.Framework, tag.Requirement.ID, at, id)
		if err != nil {
			return ended, err
		}
	}
	return ended, nil
}

// place is where a tag stands among those of the item; -1 if it has none such.
func (i Item) place(t Tag) int {
	return slices.IndexFunc(i.Tags, func(x Tag) bool { return x.Control == t.Control && x.Requirement == t.Requirement })
}

func later(a, b time.Time) time.Time {
	if a.Before(b) {
		return b
	}
	return a
}

func (t Target) tags(at time.Time, by string) []Tag {
	var out []Tag
	for _, c := range t.Controls {
		out = append(out, Tag{Control: c, At: at, By: by})
	}
	for _, r := range t.Requirements {
		out = append(out, Tag{Requirement: r, At: at, By: by})
	}
	return out
}

const (
	taggedKind   = "evidence.tagged"
	untaggedKind = "evidence.untagged"
)

// change begins or ends tags of one item and returns those that did.
type change func(ctx context.Context, tx *db.Tx, who access.Actor, i Item, t Target, act string, now time.Time) (Target, error)

// retag changes the tags of items, with a leaf for each item that changes.
func (s *Store) retag(ctx context.Context, who access.Actor, ids []string, t Target, now time.Time, kind string, do change) (int, error) {
	if err := who.May(access.TagEvidence); err != nil {
		return 0, err
	}
	if len(ids) == 0 {
		return 0, problem.Field("items", "Choose the evidence first.")
	}
	if len(ids) > maxBulk {
		return 0, problem.Field("items", fmt.Sprintf("At most %d pieces of evidence are tagged at once. Choose fewer.", maxBulk))
	}
	if len(t.Controls)+len(t.Requirements) == 0 {
		return 0, problem.Field("controls", "Choose the controls or requirements it is about.")
	}
	now = moment(now)
	changed := 0
	err := s.db.Write(ctx, who.Org(), db.People, func(ctx context.Context, tx *db.Tx) error {
		changed = 0
		target, err := s.resolveFor(ctx, tx, who.Org(), t, kind, now)
		if err != nil {
			return err
		}
		for _, id := range slices.Compact(slices.Sorted(slices.Values(ids))) {
			i, err := readItem(ctx, tx, who.Org(), id)
			if err != nil {
				return err
			}
			did, err := s.retagOne(ctx, tx, who, i, target, now, kind, do)
			if err != nil {
				return err
			}
			if did {
				changed++
			}
		}
		return nil
	})
	return changed, err
}

// retagOne changes the tags of one item and reports whether there was anything to change.
func (s *Store) retagOne(ctx context.Context, tx *db.Tx, who access.Actor, i Item, t Target, now time.Time, kind string, do change) (bool, error) {
	if i.Erased != nil {
		return false, problem.New(problem.Conflict, "One of these was erased and counts for nothing any more. Leave it out.")
	}
	a := act{org: who.Org(), id: newID(), item: i.ID, kind: kind, at: now, account: who.Account()}
	done, err := do(ctx, tx, who, i, t, a.id, now)
	if err != nil || len(done.Controls)+len(done.Requirements) == 0 {
		return false, err
	}
	done.sort()
	a.payload = tagFact{i.ID, db.Micros(now), orEmpty(done.Controls), refFacts(done.Requirements)}
	if err := recount(ctx, tx, who.Org(), i.ID); err != nil {
		return false, err
	}
	return true, s.record(ctx, tx, a)
}

// recount brings the number of tags in force of an item up to date.
func recount(ctx context.Context, tx *db.Tx, org, id string) error {
	_, err := tx.Exec(ctx, `UPDATE evidence_item SET tags = (SELECT count(*) FROM evidence_tag t WHERE t.org = $1 AND t.item = $2 AND t.to_at IS NULL) WHERE org = $1 AND id = $2`, org, id)
	return err
}

// resolveFor is resolve, but what is retired or gone can still be taken away.
func (s *Store) resolveFor(ctx context.Context, tx *db.Tx, org string, t Target, kind string, at time.Time) (Target, error) {
	if kind == taggedKind {
		return s.resolve(ctx, tx, org, t, at)
	}
	out := Target{Requirements: t.Requirements}
	for _, c := range t.Controls {
		id, _, err := findControl(ctx, tx, org, c)
		if err != nil {
			return out, err
		}
		out.add([]string{id})
	}
	return out, nil
}
