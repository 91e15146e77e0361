package crosswalk

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/cadence"
	"github.com/toucan-grc/toucan/internal/control"
	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/problem"
)

// ReviewBoard is how the review of the whole crosswalk stands.
type ReviewBoard struct {
	Today  cadence.Date
	Zone   *time.Location
	Pairs  []PairState
	Open   *Review    // without its items; nil when none is open
	Closed []Review   // the newest first, without their items
	Idle   []Happened // events that nothing of the crosswalk rested on, the newest first; the last twenty
}

// Overdue counts the pairs whose yearly review is late.
func (b ReviewBoard) Overdue() int {
	n := 0
	for _, p := range b.Pairs {
		if p.Freshness == ReviewLate {
			n++
		}
	}
	return n
}

// Late reports whether the open review is past its day.
func (b ReviewBoard) Late() bool { return b.Open != nil && b.Today > b.Open.Due }

// Reviews returns how the review of the crosswalk stands.
func (s *Store) Reviews(ctx context.Context, who access.Actor, now time.Time) (ReviewBoard, error) {
	if err := who.May(access.ViewPosture); err != nil {
		return ReviewBoard{}, err
	}
	var b ReviewBoard
	err := s.db.Read(ctx, who.Org(), func(tx *db.Tx) (err error) {
		b, err = s.boardIn(ctx, tx, who.Org(), now)
		return err
	})
	return b, err
}

// boardIn is Reviews in a transaction.
func (s *Store) boardIn(ctx context.Context, tx *db.Tx, org string, now time.Time) (ReviewBoard, error) {
	var b ReviewBoard
	var err error
	if b.Zone, err = zoneOf(ctx, tx, org); err != nil {
		return b, err
	}
	b.Today = cadence.DateOf(now, b.Zone)
	m, err := s.rowsIn(ctx, tx, org, now)
	if err != nil {
		return b, err
	}
	followed, err := Followed(ctx, tx, org, now)
	if err != nil {
		return b, err
	}
	all, err := readReviews(ctx, tx, org, "")
	if err != nil {
		return b, err
	}
	var items []ReviewItem
	last := map[string]*Review{}
	asked := map[string]bool{}
	for i := range all {
		r := &all[i]
		if r.Open() {
			if items, err = readItems(ctx, tx, org, r.ID); err != nil {
				return b, err
			}
			r.Items = items
			r.counted()
			r.Items = nil
			b.Open = r
		} else {
			b.Closed = append(b.Closed, *r)
		}
		for _, t := range r.Triggers {
			if t.Kind != OfYear {
				continue
			}
			if r.Open() {
				asked[t.Ref] = true
			} else if last[t.Ref] == nil || last[t.Ref].ClosedAt.Before(r.ClosedAt) {
				last[t.Ref] = r
			}
		}
	}
	b.Pairs = pairsOf(m)
	for i := range b.Pairs {
		p := &b.Pairs[i]
		p.Since = cadence.DateOf(latest(followed[p.A], followed[p.B]), b.Zone)
		id := pairID(p.A, p.B)
		if r := last[id]; r != nil {
			p.Last, p.LastBy = cadence.DateOf(r.ClosedAt, b.Zone), r.ClosedBy
		}
		p.Open = asked[id]
		p.Next, p.Freshness = yearly{p.Since, p.Last, p.Open}.judge(b.Today)
		for _, x := range items {
			if !x.IsLink() && x.Waits() && pairOf(x.Source.Framework, x.Target.Framework) == pairOf(p.A, p.B) {
				p.Doubted++
			}
		}
	}
	b.Idle, err = readTriggers(ctx, tx, org, ` AND t.review IS NULL ORDER BY t.at DESC, t.id DESC LIMIT 20`)
	return b, err
}

func latest(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// Review returns one review with everything it names.
func (s *Store) Review(ctx context.Context, who access.Actor, id string) (Review, error) {
	if err := who.May(access.ViewPosture); err != nil {
		return Review{}, err
	}
	var r Review
	err := s.db.Read(ctx, who.Org(), func(tx *db.Tx) (err error) {
		r, err = findReview(ctx, tx, who.Org(), id)
		return err
	})
	return r, err
}

// findReview reads a review with its items, or a NotFound problem.
func findReview(ctx context.Context, tx *db.Tx, org, id string) (Review, error) {
	list, err := readReviews(ctx, tx, org, ` AND r.id = $2`, id)
	if err != nil {
		return Review{}, err
	}
	if len(list) == 0 {
		return Review{}, problem.New(problem.NotFound, "There is no such review of the crosswalk. Open the list of reviews.")
	}
	r := list[0]
	if r.Items, err = readItems(ctx, tx, org, id); err != nil {
		return r, err
	}
	r.counted()
	return r, nil
}

// readReviews reads reviews with their triggers, the newest first; where may use $2 and on.
func readReviews(ctx context.Context, tx *db.Tx, org, where string, args ...any) ([]Review, error) {
	rows, err := tx.Query(ctx, `
		SELECT r.id, r.opened_at, coalesce(o.name, ''), coalesce(r.reviewer, ''), coalesce(p.name, ''), r.due, r.closed_at, coalesce(c.name, ''), r.words,
			(SELECT count(*) FROM crosswalk_item i WHERE i.org = r.org AND i.review = r.id)
		FROM crosswalk_review r LEFT JOIN account o ON o.id = r.opened_by LEFT JOIN account c ON c.id = r.closed_by
			LEFT JOIN person p ON p.org = r.org AND p.id = r.reviewer
		WHERE r.org = $1`+where+` ORDER BY r.opened_at DESC, r.id DESC`, append([]any{org}, args...)...)
	if err != nil {
		return nil, err
	}
	var out []Review
	at := map[string]int{}
	err = db.Each(rows, func(scan func(...any) error) error {
		var r Review
		var opened, closed int64
		err := scan(&r.ID, &opened, &r.OpenedBy, &r.Reviewer, &r.ReviewerName, &r.Due, &closed, &r.ClosedBy, &r.Words, &r.Named)
		r.OpenedAt, r.ClosedAt = db.Time(opened), db.Time(closed)
		at[r.ID] = len(out)
		out = append(out, r)
		return err
	})
	if err != nil || len(out) == 0 {
		return nil, err
	}
	where, args = "", nil
	if len(out) == 1 {
		where, args = ` AND t.review = $2`, []any{out[0].ID}
	}
	triggers, err := readTriggers(ctx, tx, org, where+` ORDER BY t.at, t.id`, args...)
	for _, t := range triggers {
		if i, ok := at[t.Review]; ok {
			out[i].Triggers = append(out[i].Triggers, t)
		}
	}
	return out, err
}

func readTriggers(ctx context.Context, tx *db.Tx, org, where string, args ...any) ([]Happened, error) {
	rows, err := tx.Query(ctx, `
		SELECT t.id, coalesce(t.review, ''), t.kind, t.ref, t.words, t.named, t.at, coalesce(a.name, '')
		FROM crosswalk_trigger t LEFT JOIN account a ON a.id = t.account WHERE t.org = $1`+where, append([]any{org}, args...)...)
	if err != nil {
		return nil, err
	}
	var out []Happened
	err = db.Each(rows, func(scan func(...any) error) error {
		var h Happened
		var at int64
		err := scan(&h.ID, &h.Review, &h.Kind, &h.Ref, &h.Words, &h.Named, &at, &h.ByName)
		h.At = db.Time(at)
		out = append(out, h)
		return err
	})
	return out, err
}

// readItems reads what a review names, links by code, then rows.
func readItems(ctx context.Context, tx *db.Tx, org, review string) ([]ReviewItem, error) {
	rows, err := tx.Query(ctx, `
		SELECT i.id, coalesce(i.control, ''), coalesce(c.code, ''), coalesce(c.title, ''), i.mapping_set, i.source_framework, i.source, i.framework, i.requirement,
			i.reason, i.asked_at, i.gone_at
		FROM crosswalk_item i LEFT JOIN control c ON c.org = i.org AND c.id = i.control WHERE i.org = $1 AND i.review = $2`, org, review)
	if err != nil {
		return nil, err
	}
	var out []ReviewItem
	err = db.Each(rows, func(scan func(...any) error) error {
		var i ReviewItem
		var asked, gone int64
		err := scan(&i.ID, &i.Control, &i.Code, &i.Title, &i.Set, &i.Source.Framework, &i.Source.ID, &i.Target.Framework, &i.Target.ID, &i.Reason, &asked, &gone)
		i.AskedAt, i.Gone = db.Time(asked), gone != 0
		out = append(out, i)
		return err
	})
	if err != nil {
		return nil, err
	}
	slices.SortFunc(out, func(a, b ReviewItem) int {
		if a.IsLink() != b.IsLink() {
			if a.IsLink() {
				return -1
			}
			return 1
		}
		return cmp.Or(control.CompareCodes(a.Code, b.Code), cmp.Compare(a.Source.Framework, b.Source.Framework), control.CompareCodes(a.Source.ID, b.Source.ID),
			cmp.Compare(a.Target.Framework, b.Target.Framework), control.CompareCodes(a.Target.ID, b.Target.ID), cmp.Compare(a.Set, b.Set), cmp.Compare(a.ID, b.ID))
	})
	return out, readAnswers(ctx, tx, org, review, out)
}

// readAnswers fills in the last answer of each item, if it was given since the item was doubted.
func readAnswers(ctx context.Context, tx *db.Tx, org, review string, items []ReviewItem) error {
	at := make(map[string]int, len(items))
	for i := range items {
		at[items[i].ID] = i
	}
	rows, err := tx.Query(ctx, `
		SELECT d.item, a.answer, a.note, a.at, coalesce(n.name, '') FROM crosswalk_answer a JOIN crosswalk_answered d ON d.org = a.org AND d.id = a.id
			LEFT JOIN account n ON n.id = a.account WHERE a.org = $1 AND a.review = $2 ORDER BY a.at, a.id`, org, review)
	if err != nil {
		return err
	}
	return db.Each(rows, func(scan func(...any) error) error {
		var item, name, note string
		var answer Answer
		var when int64
		if err := scan(&item, &answer, &note, &when, &name); err != nil {
			return err
		}
		i, ok := at[item]
		if moment := db.Time(when); ok && !moment.Before(items[i].AskedAt) {
			items[i].Answer, items[i].Note, items[i].AnsweredAt, items[i].AnsweredBy = answer, note, moment, name
		}
		return nil
	})
}
