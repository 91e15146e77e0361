package crosswalk

import (
	"context"
	"slices"
	"time"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/ledger"
	"github.com/toucan-grc/toucan/internal/problem"
	"github.com/toucan-grc/toucan/internal/task"
)

// BeginReview opens the yearly review of a pair of frameworks now, or takes the pair
// into the review that is open, and returns the review.
func (s *Store) BeginReview(ctx context.Context, who access.Actor, a, b string, now time.Time) (string, error) {
	if err := who.May(access.ReviewCrosswalk); err != nil {
		return "", err
	}
	now = now.UTC().Truncate(time.Microsecond)
	id := ""
	err := s.db.Write(ctx, who.Org(), db.People, func(ctx context.Context, tx *db.Tx) error {
		board, err := s.boardIn(ctx, tx, who.Org(), now)
		if err != nil {
			return err
		}
		i := slices.IndexFunc(board.Pairs, func(p PairState) bool { return pairOf(p.A, p.B) == pairOf(a, b) })
		if i < 0 {
			return problem.New(problem.NotFound, "No row of the stack joins these two frameworks, or one of them is not followed. Choose a pair that is listed.")
		}
		if board.Pairs[i].Open {
			id = board.Open.ID
			return nil
		}
		t := yearOf(board.Pairs[i], newID())
		if err := s.doubt(ctx, tx, who.Org(), who.Account(), []Trigger{t}, now); err != nil {
			return err
		}
		list, err := readReviews(ctx, tx, who.Org(), ` AND r.closed_at = 0`)
		if err == nil && len(list) > 0 {
			id = list[0].ID
		}
		return err
	})
	return id, err
}

// yearOf is the trigger of a yearly review.
func yearOf(p PairState, key string) Trigger {
	last := ""
	if p.Last.Known() {
		last = ", last reviewed on " + p.Last.String()
	}
	id := pairID(p.A, p.B)
	return Trigger{Kind: OfYear, ID: id, Key: "year:" + id + ":" + key, Words: "The yearly review of " + p.Words + last, Name: p.Words, Pairs: [][2]string{{p.A, p.B}}}
}

// answerFact is what the log says of an answer.
type answerFact struct {
	Review string   `json:"review"`
	Answer Answer   `json:"answer"`
	Note   string   `json:"note"`
	Items  []string `json:"items"`
}

// AnswerReview says of lines of an open review that they are still true, have to be
// changed, or are wrong. A row of a set that is called wrong is challenged with the
// same reason, and counts no longer. An answer can be given anew while the review
// is open.
func (s *Store) AnswerReview(ctx context.Context, who access.Actor, id string, items []string, answer Answer, note string, now time.Time) error {
	if err := who.May(access.ReviewCrosswalk); err != nil {
		return err
	}
	note, err := db.Prose("note", "The reason", note, longest)
	if err != nil {
		return err
	}
	switch {
	case answer != StillTrue && answer != ToChange && answer != InDoubt:
		return problem.Field("answer", "Say whether the line is still true, has to be changed, or is wrong.")
	case answer != StillTrue && note == "":
		return problem.Field("note", "Say what is no longer so. Whoever changes it has to know.")
	case len(items) == 0:
		return problem.Field("items", "Choose at least one line.")
	}
	now = now.UTC().Truncate(time.Microsecond)
	return s.db.Write(ctx, who.Org(), db.People, func(ctx context.Context, tx *db.Tx) error {
		r, err := findReview(ctx, tx, who.Org(), id)
		if err != nil {
			return err
		}
		if !r.Open() {
			return problem.New(problem.Conflict, "This review is closed. What happened since opens another one.")
		}
		items = slices.Compact(slices.Sorted(slices.Values(items)))
		answerID, salt := newID(), ledger.Salt()
		if _, err := tx.Exec(ctx, `INSERT INTO crosswalk_answer (org, id, review, answer, note, at, account, salt) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
			who.Org(), answerID, id, string(answer), note, db.Micros(now), who.Account(), salt); err != nil {
			return err
		}
		rows := db.Into(`crosswalk_answered (org, id, item)`)
		for _, item := range items {
			i := slices.IndexFunc(r.Items, func(x ReviewItem) bool { return x.ID == item && !x.Gone })
			if i < 0 {
				return problem.New(problem.NotFound, "One of the lines is not in this review. Open the page again.")
			}
			rows.Add(who.Org(), answerID, item)
			if answer == InDoubt && !r.Items[i].IsLink() {
				if err := s.disputeRow(ctx, tx, who, r.Items[i], note, now); err != nil {
					return err
				}
			}
		}
		if err := rows.Insert(ctx, tx); err != nil {
			return err
		}
		if err := s.log.Append(ctx, tx, ledger.Leaf{Org: who.Org(), At: now, Actor: who.Account(), Kind: "crosswalk.answered", ID: answerID, Salt: salt,
			Payload: answerFact{id, answer, note, items}}); err != nil {
			return err
		}
		return s.askReview(ctx, tx, who.Org(), who.Account(), id, now)
	})
}

// disputeRow challenges a row, in the caller's transaction. An override is no row of
// a set: it is withdrawn on its own page.
func (s *Store) disputeRow(ctx context.Context, tx *db.Tx, who access.Actor, i ReviewItem, why string, now time.Time) error {
	set := i.Set
	switch set {
	case SetOfOrganisation, SetOfAuditor:
		return nil
	case SetOfProposals:
		set = Proposed
	}
	if err := who.May(access.DecideEdges); err != nil {
		return err
	}
	_, err := s.decideIn(ctx, tx, who, Decision{Set: set, Source: i.Source, Target: i.Target, Kind: Dispute, Rationale: why}, now)
	return err
}

// CloseReview closes a review whose every line is answered, with what was found.
func (s *Store) CloseReview(ctx context.Context, who access.Actor, id, words string, now time.Time) error {
	if err := who.May(access.ReviewCrosswalk); err != nil {
		return err
	}
	words, err := db.Prose("words", "What you found", words, longest)
	if err != nil {
		return err
	}
	now = now.UTC().Truncate(time.Microsecond)
	return s.db.Write(ctx, who.Org(), db.People, func(ctx context.Context, tx *db.Tx) error {
		r, err := findReview(ctx, tx, who.Org(), id)
		if err != nil {
			return err
		}
		if err := r.closable(); err != nil {
			return err
		}
		salt := ledger.Salt()
		if _, err := tx.Exec(ctx, `UPDATE crosswalk_review SET closed_at = $3, closed_by = $4, words = $5, closed_salt = $6 WHERE org = $1 AND id = $2 AND closed_at = 0`,
			who.Org(), id, db.Micros(now), who.Account(), words, salt); err != nil {
			return err
		}
		if _, err := task.Close(ctx, tx, s.log, who.Org(), who.Account(), task.Closing{Kind: TaskReview, Subject: task.Subject{Kind: "crosswalk review", ID: id},
			State: task.Done, Quiet: true}, now); err != nil {
			return err
		}
		lines := make([]Affected, len(r.Items))
		for i, x := range r.Items {
			lines[i] = x.Affected
			lines[i].Reason = string(x.Answer) + " " + x.Note
		}
		return s.log.Append(ctx, tx, ledger.Leaf{Org: who.Org(), At: now, Actor: who.Account(), Kind: "crosswalk.reviewed", ID: newID(), Salt: salt,
			Payload: reviewFact{id, r.Reviewer, r.Due.String(), words, digestOfLines(lines)}})
	})
}
