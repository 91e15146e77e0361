package evidence

import (
	"context"
	"time"

	"github.com/toucan-grc/toucan/internal/access"
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

// Review records what a second person says of an item. A rejection needs a note.
// The last word counts; the earlier ones stay in its history.
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
	now = moment(now)
	return s.db.Write(ctx, who.Org(), db.People, func(ctx context.Context, tx *db.Tx) error {
		i, err := readItem(ctx, tx, who.Org(), id)
		if err != nil {
			return err
		}
		switch {
		case i.FiledBy == who.Account():
			return problem.New(problem.Conflict, "You filed this yourself, and a review is a second person's word. Ask somebody else who may review.")
		case i.Erased != nil:
			return problem.New(problem.Conflict, "The content of this evidence was erased, so there is nothing to review.")
		case i.SupersededBy != "":
			return problem.New(problem.Conflict, "A newer item took the place of this one. Review that one (%s).", i.SupersededBy)
		case i.Review == review && i.ReviewNote == note && i.ReviewedBy == who.Account():
			return nil
		}
		i.Review, i.ReviewedBy, i.ReviewedAt = review, who.Account(), later(now, i.FiledAt)
		_, err = tx.Exec(ctx, `UPDATE evidence_item SET review = $3, reviewed_by = $4, reviewed_at = $5, review_note = $6 WHERE org = $1 AND id = $2`,
			who.Org(), i.ID, string(review), who.Account(), db.Micros(i.ReviewedAt), note)
		if err != nil {
			return err
		}
		if err := follow(ctx, tx, who.Org(), i); err != nil {
			return err
		}
		if err := s.reviewOver(ctx, tx, who.Org(), who.Account(), i.ID, task.Done, "", now); err != nil {
			return err
		}
		return s.record(ctx, tx, act{org: who.Org(), id: newID(), item: i.ID, kind: reviewedKind, at: i.ReviewedAt, account: who.Account(),
			payload: reviewFact{i.ID, db.Micros(i.ReviewedAt), review, note}})
	})
}
