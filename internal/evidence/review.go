package evidence

import (
	"context"
	"strconv"
	"strings"
	"time"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/approval"
	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/problem"
	"github.com/toucan-grc/toucan/internal/task"
)

const reviewedKind = "evidence.reviewed"

// reviewFact is what the log says of a review.
type reviewFact struct {
	Item   string `json:"item"`
	At     int64  `json:"at_us"`
	Review Review `json:"review"`
	Note   string `json:"note"`
}

const agreedKind = "evidence.agreed" // one of several who have to accept it

// Review records what a second person says of an item. A rejection needs a note.
// An item is accepted once as many people agreed as the organisation wants; until
// then it stays as it was. The last word counts, and the earlier ones stay in its
// history.
func (s *Store) Review(ctx context.Context, who access.Actor, id string, review Review, note string, now time.Time) error {
	if err := who.May(access.ReviewEvidence); err != nil {
		return err
	}
	note, err := db.Prose("note", "The note", note, 2000)
	if err != nil {
		return err
	}
	if review != Accepted && review != Rejected {
		return problem.Field("review", "Accept the evidence or reject it.")
	}
	if review == Rejected && note == "" {
		return problem.Field("note", "Say what is wrong with it, so that somebody can file what is missing.")
	}
	return s.db.Write(ctx, who.Org(), db.People, func(ctx context.Context, tx *db.Tx) error {
		i, err := reviewable(ctx, tx, who, id)
		if err != nil {
			return err
		}
		if i.Review == review && i.ReviewNote == note && i.ReviewedBy == who.Account() {
			return nil
		}
		at := later(moment(now), i.FiledAt)
		agreed, err := s.decide(ctx, tx, who, i, review == Accepted, at)
		if err != nil {
			return err
		}
		a := act{org: who.Org(), id: newID(), item: i.ID, kind: reviewedKind, at: at, account: who.Account(), payload: reviewFact{i.ID, db.Micros(at), review, note}}
		if !agreed {
			a.kind = agreedKind
			return s.record(ctx, tx, a)
		}
		i.Review, i.ReviewedBy, i.ReviewedAt, i.ReviewNote = review, who.Account(), at, note
		_, err = tx.Exec(ctx, `UPDATE evidence_item SET review = $3, reviewed_by = $4, reviewed_at = $5, review_note = $6 WHERE org = $1 AND id = $2`,
			who.Org(), i.ID, string(review), who.Account(), db.Micros(at), note)
		if err != nil {
			return err
		}
		if err := follow(ctx, tx, who.Org(), i); err != nil {
			return err
		}
		if err := s.reviewOver(ctx, tx, who.Org(), who.Account(), i.ID, task.Done, "", now); err != nil {
			return err
		}
		return s.record(ctx, tx, a)
	})
}

// reviewable returns an item that the actor may say something of now.
func reviewable(ctx context.Context, tx *db.Tx, who access.Actor, id string) (Item, error) {
	i, err := readItem(ctx, tx, who.Org(), id)
	if err != nil {
		return i, err
	}
	switch {
	case i.FiledBy == who.Account():
		err = problem.New(problem.Conflict, "You filed this yourself, and a review is a second person's word. Ask somebody else who may review.")
	case i.Erased != nil:
		err = problem.New(problem.Conflict, "The content of this evidence was erased, so there is nothing to review.")
	case i.SupersededBy != "":
		err = problem.New(problem.Conflict, "A newer item took the place of this one. Review that one (%s).", i.SupersededBy)
	}
	return i, err
}

// round is the approval of an item: a new one begins after each word that counted.
// Its words hold nothing that would have to be erased with the item.
func round(ctx context.Context, tx *db.Tx, org string, i Item) (approval.Ask, error) {
	n := 0
	err := tx.QueryRow(ctx, `SELECT count(*) FROM evidence_act WHERE org = $1 AND item = $2 AND kind = $3`, org, i.ID, reviewedKind).Scan(&n)
	return approval.Ask{Author: i.FiledBy, Subject: approval.Subject{Kind: approval.EvidenceReview, ID: i.ID, Version: strconv.Itoa(n + 1),
		Words: "the " + strings.ToLower(label(i.Kind)) + " of " + day(i.CapturedAt, time.UTC)}}, err
}

// decide asks package approval whether what the actor says settles the matter.
// What was noted stays with the item, where an erasure reaches it.
func (s *Store) decide(ctx context.Context, tx *db.Tx, who access.Actor, i Item, yes bool, now time.Time) (bool, error) {
	ask, err := round(ctx, tx, who.Org(), i)
	if err != nil {
		return false, err
	}
	reason := ""
	if !yes {
		reason = "The reason stands with the evidence."
	}
	a, err := s.approvals.Decide(ctx, tx, who, ask, yes, reason, now)
	return a.State != approval.Open, err
}
