package crosswalk

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/cadence"
	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/ledger"
	"github.com/toucan-grc/toucan/internal/task"
)

// Doubt takes an event that another noun announced: it opens a review of the lines
// of the crosswalk that the event puts in doubt, or extends the one that is open.
// The same event, told by its key, twice changes nothing.
func (s *Store) Doubt(ctx context.Context, org string, t Trigger, now time.Time) error {
	if !t.Kind.fromOutside() || t.Key == "" {
		return fmt.Errorf("crosswalk: %q with the key %q is no event from outside", t.Kind, t.Key)
	}
	now = now.UTC().Truncate(time.Microsecond)
	return s.db.Write(ctx, org, db.Jobs, func(ctx context.Context, tx *db.Tx) error {
		return s.doubt(ctx, tx, org, "", []Trigger{t}, now)
	})
}

// doubt is Doubt for several triggers of any kind, in the caller's transaction.
func (s *Store) doubt(ctx context.Context, tx *db.Tx, org, by string, list []Trigger, now time.Time) error {
	list, err := untold(ctx, tx, org, list)
	if err != nil || len(list) == 0 {
		return err
	}
	m, err := s.mappingIn(ctx, tx, org, now)
	if err != nil {
		return err
	}
	d := doubter{s: s, org: org, by: by, now: now, triggers: db.Into(`crosswalk_trigger (org, id, review, kind, ref, event, words, named, at, account, salt)`),
		items: db.Into(`crosswalk_item (org, id, review, control, mapping_set, source_framework, source, framework, requirement, reason, asked_at)`)}
	if err := d.open(ctx, tx); err != nil {
		return err
	}
	for _, t := range list {
		if err := d.take(ctx, tx, t, m.Affects(t)); err != nil {
			return err
		}
	}
	if err := d.triggers.Insert(ctx, tx); err != nil {
		return err
	}
	if err := d.items.Insert(ctx, tx); err != nil {
		return err
	}
	if d.named == 0 {
		return nil
	}
	return s.askReview(ctx, tx, org, by, d.review, now)
}

// untold leaves out the triggers whose event was taken before.
func untold(ctx context.Context, tx *db.Tx, org string, list []Trigger) ([]Trigger, error) {
	var out []Trigger
	seen := map[string]bool{}
	for _, t := range list {
		var n int
		if err := tx.QueryRow(ctx, `SELECT count(*) FROM crosswalk_trigger WHERE org = $1 AND event = $2`, org, t.Key).Scan(&n); err != nil {
			return nil, err
		}
		if n == 0 && !seen[t.Key] {
			seen[t.Key] = true
			out = append(out, t)
		}
	}
	return out, nil
}

// doubter writes what triggers put in doubt into the open review.
type doubter struct {
	s       *Store
	org, by string
	now     time.Time
	review  string // empty until there is something to look at
	have    map[Affected]ReviewItem
	named   int

	triggers, items *db.Rows
}

// open finds the open review and what it names.
func (d *doubter) open(ctx context.Context, tx *db.Tx) error {
	d.have = map[Affected]ReviewItem{}
	list, err := readReviews(ctx, tx, d.org, ` AND r.closed_at = 0`)
	if err != nil || len(list) == 0 {
		return err
	}
	d.review = list[0].ID
	items, err := readItems(ctx, tx, d.org, d.review)
	for _, i := range items {
		if !i.Gone {
			d.have[i.line()] = i
		}
	}
	return err
}

// triggerFact is what the log says of a trigger. Lines are hashed: there may be
// hundreds, and they name controls.
type triggerFact struct {
	Review string      `json:"review"`
	Kind   TriggerKind `json:"kind"`
	Ref    string      `json:"ref"`
	Words  string      `json:"words"`
	Lines  int         `json:"lines"`
	Digest string      `json:"digest"`
}

func (d *doubter) take(ctx context.Context, tx *db.Tx, t Trigger, lines []Affected) error {
	if len(lines) > 0 && d.review == "" {
		if err := d.begin(ctx, tx, t); err != nil {
			return err
		}
	}
	for _, a := range lines {
		old, ok := d.have[a.line()]
		if !ok {
			i := ReviewItem{ID: newID(), Affected: a, AskedAt: d.now}
			d.have[a.line()] = i
			d.items.Add(d.org, i.ID, d.review, null(a.Control), a.Set, a.Source.Framework, a.Source.ID, a.Target.Framework, a.Target.ID, a.Reason, db.Micros(d.now))
			continue
		}
		if old.AskedAt.Equal(d.now) {
			continue // by this very transaction
		}
		asked, reason := old.AskedAt, also(old.Reason, a.Reason)
		if old.Answer != "" {
			asked = d.now // answered before this happened
		}
		if reason == old.Reason && asked.Equal(old.AskedAt) {
			continue
		}
		if _, err := tx.Exec(ctx, `UPDATE crosswalk_item SET reason = $3, asked_at = $4 WHERE org = $1 AND id = $2`, d.org, old.ID, reason, db.Micros(asked)); err != nil {
			return err
		}
		old.Reason, old.AskedAt, old.Answer = reason, asked, ""
		d.have[a.line()] = old
	}
	d.named += len(lines)
	id, salt, review := newID(), ledger.Salt(), d.review
	if len(lines) == 0 {
		review = ""
	}
	d.triggers.Add(d.org, id, null(review), string(t.Kind), t.ID, t.Key, t.Words, len(lines), db.Micros(d.now), d.by, salt)
	return d.s.log.Append(ctx, tx, ledger.Leaf{Org: d.org, At: d.now, Actor: d.by, Kind: "crosswalk.doubted", ID: id, Salt: salt,
		Payload: triggerFact{review, t.Kind, t.ID, t.Words, len(lines), digestOfLines(lines)}})
}

// also adds a reason to those there are, unless it is among them or there are plenty.
func also(have, more string) string {
	if slices.Contains(strings.Split(have, "\n"), more) || len(have)+len(more) > longest {
		return have
	}
	return have + "\n" + more
}

func digestOfLines(lines []Affected) string {
	h := sha256.New()
	for _, a := range lines {
		fmt.Fprintf(h, "%s\x00%s\x00%s\x00%s\x00%s\n", a.Control, a.Set, a.Source, a.Target, a.Reason)
	}
	return hex.EncodeToString(h.Sum(nil))
}

// null is an id as a column that refers to a row holds it.
func null(id string) any {
	if id == "" {
		return nil
	}
	return id
}

// reviewFact is what the log says of a review as it is opened and closed.
type reviewFact struct {
	Review   string `json:"review"`
	Reviewer string `json:"reviewer"`
	Due      string `json:"due"`
	Words    string `json:"words,omitempty"`
	Digest   string `json:"digest,omitempty"` // of what was answered
}

// begin opens a review.
func (d *doubter) begin(ctx context.Context, tx *db.Tx, t Trigger) error {
	today, err := dayOf(ctx, tx, d.org, d.now)
	if err != nil {
		return err
	}
	person, err := reviewer(ctx, tx, d.org, today)
	if err != nil {
		return err
	}
	d.review = newID()
	salt, due := ledger.Salt(), today+reviewDays
	_, err = tx.Exec(ctx, `INSERT INTO crosswalk_review (org, id, opened_at, opened_by, reviewer, due, salt) VALUES ($1, $2, $3, $4, $5, $6, $7)`,
		d.org, d.review, db.Micros(d.now), d.by, null(person), due, salt)
	if err != nil {
		return err
	}
	return d.s.log.Append(ctx, tx, ledger.Leaf{Org: d.org, At: d.now, Actor: d.by, Kind: "crosswalk.review", ID: d.review, Salt: salt,
		Payload: reviewFact{Review: d.review, Reviewer: person, Due: due.String()}})
}

// askReview gives the review as a task: to its reviewer, else to everybody who may
// hold it.
func (s *Store) askReview(ctx context.Context, tx *db.Tx, org, by, id string, now time.Time) error {
	r, err := findReview(ctx, tx, org, id)
	if err != nil {
		return err
	}
	to := []task.Assignee{{Person: r.Reviewer}}
	if r.Reviewer == "" {
		if to, err = membersWho(ctx, tx, org, access.ReviewCrosswalk); err != nil {
			return err
		}
	}
	title := fmt.Sprintf("Review %d lines of the crosswalk", r.Left)
	switch r.Left {
	case 0:
		title = "Close the review of the crosswalk"
	case 1:
		title = "Review a line of the crosswalk"
	}
	var list []task.New
	for _, a := range to {
		list = append(list, task.New{Assignee: a, Kind: TaskReview, Subject: task.Subject{Kind: "crosswalk review", ID: id, Words: "the crosswalk"}, Title: title, Due: r.Due})
	}
	_, err = task.PutAll(ctx, tx, org, by, list, now)
	return err
}

// membersWho returns the members whose role allows an action.
func membersWho(ctx context.Context, tx *db.Tx, org string, action access.Action) ([]task.Assignee, error) {
	rows, err := tx.Query(ctx, `SELECT account, role FROM member WHERE org = $1 AND role <> '' ORDER BY account`, org)
	if err != nil {
		return nil, err
	}
	var out []task.Assignee
	err = db.Each(rows, func(scan func(...any) error) error {
		var account string
		var role access.Role
		err := scan(&account, &role)
		if access.Allowed(role, action) {
			out = append(out, task.Assignee{Account: account})
		}
		return err
	})
	return out, err
}

// dayOf is the day a moment falls on for the organisation.
func dayOf(ctx context.Context, tx *db.Tx, org string, at time.Time) (cadence.Date, error) {
	zone, err := zoneOf(ctx, tx, org)
	return cadence.DateOf(at, zone), err
}

func zoneOf(ctx context.Context, tx *db.Tx, org string) (*time.Location, error) {
	var name string
	if err := tx.QueryRow(ctx, `SELECT zone FROM organisation WHERE id = $1`, org).Scan(&name); err != nil {
		return time.UTC, err
	}
	if zone, err := time.LoadLocation(name); err == nil {
		return zone, nil
	}
	return time.UTC, nil
}

// rowsIn reads the rows between followed frameworks as they stand at a moment.
func (s *Store) rowsIn(ctx context.Context, tx *db.Tx, org string, at time.Time) (Mapping, error) {
	var m Mapping
	var err error
	if m.Library, err = s.libraryAt(ctx, tx, org, at); err != nil {
		return m, err
	}
	history, err := readDecisions(ctx, tx, org, at, "")
	if err != nil {
		return m, err
	}
	ids, err := selected(ctx, tx, org, at)
	if err != nil {
		return m, err
	}
	if len(ids) == 0 {
		ids = m.Library.DefaultStack()
	}
	stack, err := m.Library.StackWith(ids, InForce(history))
	if err != nil {
		return m, err
	}
	followed, err := Followed(ctx, tx, org, at)
	if err != nil {
		return m, err
	}
	m.Rows = firmRows(stack, followed)
	return m, nil
}

// mappingIn reads the whole crosswalk as it stands at a moment.
func (s *Store) mappingIn(ctx context.Context, tx *db.Tx, org string, at time.Time) (Mapping, error) {
	m, err := s.rowsIn(ctx, tx, org, at)
	if err != nil {
		return m, err
	}
	m.Codes, m.Links = map[string]string{}, map[string][]Link{}
	rows, err := tx.Query(ctx, `SELECT c.id, c.code FROM control c WHERE c.org = $1 AND NOT EXISTS (SELECT 1 FROM retirement r WHERE r.org = c.org AND r.control = c.id AND r.to_at IS NULL)`, org)
	if err != nil {
		return m, err
	}
	if err := db.Each(rows, func(scan func(...any) error) error {
		var id, code string
		err := scan(&id, &code)
		m.Codes[id] = code
		return err
	}); err != nil {
		return m, err
	}
	open, err := openLinks(ctx, tx, org, `1 = 1`)
	for c, links := range open {
		for _, l := range links {
			m.Links[c] = append(m.Links[c], l.Link)
		}
	}
	return m, err
}

// firmRows are the rows between followed frameworks that narrow what is possible,
// in the order of the catalogue.
func firmRows(stack *Stack, followed map[string]time.Time) []Edge {
	var on []string
	for _, f := range stack.library.Frameworks.Frameworks {
		if _, ok := followed[f.ID]; ok {
			on = append(on, f.ID)
		}
	}
	var out []Edge
	for i, a := range on {
		for _, b := range on[i+1:] {
			for _, e := range stack.Rows(a, b) {
				if st := stack.Status(e); st.Takes && st.Firm {
					out = append(out, e)
				}
			}
		}
	}
	return out
}
