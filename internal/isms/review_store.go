package isms

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/cadence"
	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/ledger"
	"github.com/toucan-grc/toucan/internal/problem"
	"github.com/toucan-grc/toucan/internal/task"
)

const (
	maxParticipants = 60
	maxDecisions    = 100
)

// The kinds of leaves about a review.
const (
	reviewPlannedKind   = "isms.review.planned"
	reviewChangedKind   = "isms.review.changed"
	reviewCancelledKind = "isms.review.cancelled"
	reviewBroughtKind   = "isms.review.brought"
	reviewFrozenKind    = "isms.review.frozen"
	reviewWrittenKind   = "isms.review.written"
	reviewSentKind      = "isms.review.sent"
	reviewWithdrawnKind = "isms.review.withdrawn"
	reviewRejectedKind  = "isms.review.rejected"
	reviewApprovedKind  = "isms.review.approved"
)

// reviewFact is what the log says of an act about a review.
type reviewFact struct {
	Review string   `json:"review"`
	Code   string   `json:"code"`
	On     string   `json:"on,omitempty"`
	Items  []string `json:"items,omitempty"`  // points of the agenda it is about
	Digest string   `json:"sha256,omitempty"` // of what was written or frozen
	Item   string   `json:"item,omitempty"`   // id of the evidence
	Why    string   `json:"why,omitempty"`
}

// reviewAct writes an act and its leaf.
func (s *Store) reviewAct(ctx context.Context, tx *db.Tx, org, account, kind string, f reviewFact, now time.Time) error {
	body, err := json.Marshal(f)
	if err != nil {
		return err
	}
	id, salt := newID(), ledger.Salt()
	_, err = tx.Exec(ctx, `INSERT INTO isms_review_act (org, id, review, kind, body, at, account, salt) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
		org, id, f.Review, kind, string(body), db.Micros(now), account, salt)
	if err != nil {
		return err
	}
	return s.Log.Append(ctx, tx, ledger.Leaf{Org: org, At: now, Actor: account, Kind: kind, ID: id, Salt: salt, Payload: json.RawMessage(body)})
}

func (r Review) fact() reviewFact { return reviewFact{Review: r.ID, Code: r.Code, On: r.On.String()} }

func wordsDigest(words string) string {
	sum := sha256.Sum256([]byte(words))
	return hex.EncodeToString(sum[:])
}

func errNoReview() error {
	return problem.New(problem.NotFound, "There is no such management review here. Look in the list.")
}

// NewReview is a review to be planned, or the changes of one.
type NewReview struct {
	Title        string
	On           cadence.Date
	Participants []string // persons
	Present      []string // those of them who were there
}

func (n NewReview) checked(ctx context.Context, tx *db.Tx, org string) (NewReview, []Participant, error) {
	var err error
	if n.Title, err = entryLine("title", "The title", n.Title); err != nil {
		return n, nil, err
	}
	if n.On < cadence.On(2000, time.January, 1) || n.On > cadence.On(2100, time.January, 1) {
		return n, nil, problem.Field("on", "Say on which day the meeting is, like 2026-03-01.")
	}
	if len(n.Participants) == 0 || len(n.Participants) > maxParticipants {
		return n, nil, problem.Field("participants", fmt.Sprintf("Say who takes part: 1 to %d people.", maxParticipants))
	}
	var out []Participant
	for _, p := range n.Participants {
		if slices.ContainsFunc(out, func(x Participant) bool { return x.Person == p }) {
			continue
		}
		if err := checkPerson(ctx, tx, org, "participants", p); err != nil {
			return n, nil, err
		}
		out = append(out, Participant{Person: p, Present: slices.Contains(n.Present, p)})
	}
	return n, out, nil
}

// PlanReview plans a management review.
func (s *Store) PlanReview(ctx context.Context, who access.Actor, n NewReview, now time.Time) (Review, error) {
	r := Review{State: ReviewPlanned, CreatedBy: who.Account(), CreatedAt: entryMoment(now)}
	if err := who.May(access.ManageISMS); err != nil {
		return r, err
	}
	return r, s.DB.Write(ctx, who.Org(), db.People, func(ctx context.Context, tx *db.Tx) error {
		n, list, err := n.checked(ctx, tx, who.Org())
		if err != nil {
			return err
		}
		if _, err := tx.Revision(ctx, who.Org()); err != nil { // one code at a time, on any server
			return err
		}
		year, _, _ := n.On.Civil()
		prefix := fmt.Sprintf("MR-%d-", year)
		last := 0
		rows, err := tx.Query(ctx, `SELECT code FROM isms_review WHERE org = $1`, who.Org())
		if err != nil {
			return err
		}
		err = db.Each(rows, func(scan func(...any) error) error {
			var code string
			err := scan(&code)
			if strings.HasPrefix(code, prefix) {
				last = max(last, codeNumber(code))
			}
			return err
		})
		if err != nil {
			return err
		}
		r.ID, r.Code, r.Title, r.On, r.Participants = newID(), fmt.Sprintf("%s%d", prefix, last+1), n.Title, n.On, list
		text, err := json.Marshal(list)
		if err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `INSERT INTO isms_review (org, id, code, title, on_day, state, participants, at, account) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
			who.Org(), r.ID, r.Code, r.Title, int64(r.On), string(r.State), string(text), db.Micros(r.CreatedAt), who.Account())
		if err != nil {
			return err
		}
		return s.reviewAct(ctx, tx, who.Org(), who.Account(), reviewPlannedKind, r.fact(), r.CreatedAt)
	})
}

// changeReview runs do on a review in one transaction. do says what the log is told.
func (s *Store) changeReview(ctx context.Context, who access.Actor, code string, now time.Time, do func(ctx context.Context, tx *db.Tx, r Review) (kind string, f reviewFact, err error)) error {
	if err := who.May(access.ManageISMS); err != nil {
		return err
	}
	return s.DB.Write(ctx, who.Org(), db.People, func(ctx context.Context, tx *db.Tx) error {
		r, err := readReview(ctx, tx, who.Org(), code)
		if err != nil {
			return err
		}
		kind, f, err := do(ctx, tx, r)
		if err != nil || kind == "" {
			return err
		}
		return s.reviewAct(ctx, tx, who.Org(), who.Account(), kind, f, now)
	})
}

// settled refuses what cannot be done any more.
func (r Review) settled() error {
	switch r.State {
	case ReviewApproved:
		return problem.New(problem.Conflict, "The minutes of %s are approved and frozen. What was decided since belongs into the next review.", r.Code)
	case ReviewCancelled:
		return problem.New(problem.Conflict, "%s was cancelled.", r.Code)
	case ReviewSent:
		return problem.New(problem.Conflict, "The minutes of %s wait for approval. Take them back first.", r.Code)
	}
	return nil
}

// ChangeReview replaces title, day and participants of a review.
func (s *Store) ChangeReview(ctx context.Context, who access.Actor, code string, n NewReview, now time.Time) error {
	now = entryMoment(now)
	return s.changeReview(ctx, who, code, now, func(ctx context.Context, tx *db.Tx, r Review) (string, reviewFact, error) {
		if err := r.settled(); err != nil {
			return "", reviewFact{}, err
		}
		n, list, err := n.checked(ctx, tx, who.Org())
		if err != nil {
			return "", reviewFact{}, err
		}
		text, err := json.Marshal(list)
		if err != nil {
			return "", reviewFact{}, err
		}
		_, err = tx.Exec(ctx, `UPDATE isms_review SET title = $3, on_day = $4, participants = $5 WHERE org = $1 AND id = $2`, who.Org(), r.ID, n.Title, int64(n.On), string(text))
		f := r.fact()
		f.On, f.Digest = n.On.String(), wordsDigest(n.Title+"\n"+string(text))
		return reviewChangedKind, f, err
	})
}

// CancelReview ends a review that will not be held, with a reason.
func (s *Store) CancelReview(ctx context.Context, who access.Actor, code, reason string, now time.Time) error {
	if err := who.May(access.ManageISMS); err != nil {
		return err
	}
	now = entryMoment(now)
	reason, err := db.Prose("reason", "The reason", reason, maxEntryText)
	if err != nil {
		return err
	}
	return s.changeReview(ctx, who, code, now, func(ctx context.Context, tx *db.Tx, r Review) (string, reviewFact, error) {
		if err := r.settled(); err != nil {
			return "", reviewFact{}, err
		}
		if reason == "" {
			return "", reviewFact{}, problem.Field("reason", "Say why it is not held.")
		}
		if _, err := tx.Exec(ctx, `UPDATE isms_review SET state = 'cancelled', reason = $3, ended_at = $4 WHERE org = $1 AND id = $2`, who.Org(), r.ID, reason, db.Micros(now)); err != nil {
			return "", reviewFact{}, err
		}
		f := r.fact()
		f.Why = reason
		if err := s.closeReviewTasks(ctx, tx, who.Org(), who.Account(), r, "The review was cancelled.", task.Cancelled, now); err != nil {
			return "", f, err
		}
		return reviewCancelledKind, f, nil
	})
}

func (s *Store) closeReviewTasks(ctx context.Context, tx *db.Tx, org, by string, r Review, reason string, as task.State, now time.Time) error {
	_, err := task.Close(ctx, tx, s.Log, org, by, task.Closing{Kind: TaskPack, Subject: task.Subject{Kind: reviewSubject, ID: r.ID}, State: as, Reason: reason, Quiet: true}, now)
	return err
}

// point writes texts of one part of a review: those that differ from what is there.
func point(ctx context.Context, tx *db.Tx, org, by, part string, r Review, words map[string]string, now time.Time) (reviewFact, error) {
	f := r.fact()
	have := r.Written
	if part == "brought" {
		have = r.Brought
	}
	rows := db.Into(`isms_review_point (org, id, review, part, item, words, at, account)`)
	all := ""
	for _, m := range MinutesFields() {
		text, given := words[m.Key]
		if !given {
			continue
		}
		text, err := db.Prose(m.Key, "What is said of “"+m.Label+"”", text, 2*maxEntryText)
		if err != nil {
			return f, err
		}
		if text == have[m.Key].Words {
			continue
		}
		rows.Add(org, newID(), r.ID, part, m.Key, text, db.Micros(now), by)
		f.Items = append(f.Items, m.Key)
		all += m.Key + "\n" + text + "\n"
	}
	f.Digest = wordsDigest(all)
	return f, rows.Insert(ctx, tx)
}

// BringReview says what is brought to points of the agenda by hand. It is part of
// the pack, so that it can be changed until that is frozen.
func (s *Store) BringReview(ctx context.Context, who access.Actor, code string, words map[string]string, now time.Time) error {
	now = entryMoment(now)
	return s.changeReview(ctx, who, code, now, func(ctx context.Context, tx *db.Tx, r Review) (string, reviewFact, error) {
		if err := r.settled(); err != nil {
			return "", reviewFact{}, err
		}
		if r.State != ReviewPlanned {
			return "", reviewFact{}, problem.New(problem.Conflict, "The pack of %s is frozen. Say it in the minutes.", r.Code)
		}
		f, err := point(ctx, tx, who.Org(), who.Account(), "brought", r, words, now)
		if len(f.Items) == 0 {
			return "", f, err
		}
		return reviewBroughtKind, f, err
	})
}

// WriteMinutes says what the minutes hold of points of the agenda and of the three
// conclusions. What is not named stays.
func (s *Store) WriteMinutes(ctx context.Context, who access.Actor, code string, words map[string]string, now time.Time) error {
	now = entryMoment(now)
	return s.changeReview(ctx, who, code, now, func(ctx context.Context, tx *db.Tx, r Review) (string, reviewFact, error) {
		if err := r.writable(); err != nil {
			return "", reviewFact{}, err
		}
		f, err := point(ctx, tx, who.Org(), who.Account(), "minutes", r, words, now)
		if len(f.Items) == 0 {
			return "", f, err
		}
		return reviewWrittenKind, f, err
	})
}

func (r Review) writable() error {
	if err := r.settled(); err != nil {
		return err
	}
	if r.State == ReviewPlanned {
		return problem.New(problem.Conflict, "Freeze the pack of %s first: minutes speak of what was on the table.", r.Code)
	}
	return nil
}

// checked returns the decision as it is kept.
func (d Decision) checked(ctx context.Context, tx *db.Tx, org string) (Decision, error) {
	if !slices.ContainsFunc(DecisionItems(), func(a AgendaItem) bool { return a.ID == d.Item }) {
		return d, problem.Field("item", "Say what the decision is about.")
	}
	var err error
	if d.Words, err = db.Line("words", "The decision", d.Words, maxEntryLine); err != nil {
		return d, err
	}
	if d.Why, err = entryProse("why", "The reason", d.Why); err != nil {
		return d, err
	}
	if d.Effect, err = db.Prose("effect", "The expected effect", d.Effect, maxEntryText); err != nil {
		return d, err
	}
	if d.Unchanged {
		d.Owner, d.Due = "", 0
		if d.Words == "" {
			d.Words = "No change"
		}
		return d, nil
	}
	if d.Words == "" {
		return d, problem.Field("words", "The decision is missing. Say in one line what will be done.")
	}
	if d.Owner == "" {
		return d, problem.Field("owner", "Say who does it.")
	}
	if d.Due < cadence.On(2000, time.January, 1) || d.Due > cadence.On(2100, time.January, 1) {
		return d, problem.Field("due", "Say by when, like 2026-03-01.")
	}
	if d.Effect == "" {
		return d, problem.Field("effect", "Say what is expected of it, so that somebody can tell later whether it worked.")
	}
	return d, checkPerson(ctx, tx, org, "owner", d.Owner)
}

// DecideReview adds a decision to a review, or replaces the one whose ID is set. It
// becomes a line of the one backlog when the minutes are approved.
func (s *Store) DecideReview(ctx context.Context, who access.Actor, code string, d Decision, now time.Time) (Decision, error) {
	d.At, d.By = entryMoment(now), who.Account()
	err := s.changeReview(ctx, who, code, d.At, func(ctx context.Context, tx *db.Tx, r Review) (string, reviewFact, error) {
		if err := r.writable(); err != nil {
			return "", reviewFact{}, err
		}
		var err error
		if d, err = d.checked(ctx, tx, who.Org()); err != nil {
			return "", reviewFact{}, err
		}
		f := r.fact()
		f.Items, f.Digest = []string{d.Item}, wordsDigest(strings.Join([]string{d.Words, d.Why, d.Effect, d.Owner, d.Due.String()}, "\n"))
		if d.ID != "" {
			res, err := tx.Exec(ctx, `UPDATE isms_review_decision SET item = $4, unchanged = $5, words = $6, reason = $7, effect = $8, owner = $9, due = $10, at = $11, account = $12 WHERE org = $1 AND review = $2 AND id = $3`,
				who.Org(), r.ID, entryID(d.ID), d.Item, d.Unchanged, d.Words, d.Why, d.Effect, d.Owner, int64(d.Due), db.Micros(d.At), d.By)
			if err != nil {
				return "", f, err
			}
			if n, err := res.RowsAffected(); err != nil || n == 0 {
				return "", f, problem.New(problem.NotFound, "There is no such decision in %s.", r.Code)
			}
			return reviewWrittenKind, f, nil
		}
		if len(r.Decisions) >= maxDecisions {
			return "", f, problem.New(problem.Invalid, "There are %d decisions already, and that is as many as fit.", len(r.Decisions))
		}
		d.ID = newID()
		_, err = tx.Exec(ctx, `INSERT INTO isms_review_decision (org, id, review, item, unchanged, words, reason, effect, owner, due, at, account) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`,
			who.Org(), d.ID, r.ID, d.Item, d.Unchanged, d.Words, d.Why, d.Effect, d.Owner, int64(d.Due), db.Micros(d.At), d.By)
		return reviewWrittenKind, f, err
	})
	return d, err
}

// DropDecision takes a decision out of minutes that are still being written.
func (s *Store) DropDecision(ctx context.Context, who access.Actor, code, id string, now time.Time) error {
	now = entryMoment(now)
	return s.changeReview(ctx, who, code, now, func(ctx context.Context, tx *db.Tx, r Review) (string, reviewFact, error) {
		f := r.fact()
		if err := r.writable(); err != nil {
			return "", f, err
		}
		i := slices.IndexFunc(r.Decisions, func(d Decision) bool { return d.ID == id })
		if i < 0 {
			return "", f, problem.New(problem.NotFound, "There is no such decision in %s.", r.Code)
		}
		f.Items = []string{r.Decisions[i].Item}
		_, err := tx.Exec(ctx, `DELETE FROM isms_review_decision WHERE org = $1 AND review = $2 AND id = $3`, who.Org(), r.ID, id)
		return reviewWrittenKind, f, err
	})
}

// reviewTasks asks whoever runs the management system to freeze the pack of a review
// that is near.
func (s *Store) reviewTasks(ctx context.Context, tx *db.Tx, org string, officer []string, today cadence.Date) ([]wantedTasks, error) {
	list, err := readReviews(ctx, tx, org, ` AND r.state = 'planned'`)
	if err != nil {
		return nil, err
	}
	var out []wantedTasks
	for _, r := range list {
		var put []task.New
		if r.On <= today+careSoon {
			put = asked(officer, "Freeze the pack of "+r.Code+" and hand it out", r.On-1)
		}
		w, err := want(ctx, tx, org, TaskPack, task.Subject{Kind: reviewSubject, ID: r.ID, Words: r.Code}, put)
		if err != nil {
			return nil, err
		}
		out = append(out, w)
	}
	return out, nil
}

// ReviewPast is one line of the history of a review.
type ReviewPast struct {
	Kind   string // of the leaf
	At     time.Time
	ByName string
	Items  []string // points of the agenda
	Why    string
}

// pastOfReview reads what became of a review, the newest first.
func pastOfReview(ctx context.Context, tx *db.Tx, org, id string) ([]ReviewPast, error) {
	rows, err := tx.Query(ctx, `SELECT x.kind, x.body, x.at, coalesce(a.name, '') FROM isms_review_act x LEFT JOIN account a ON a.id = x.account
		WHERE x.org = $1 AND x.review = $2 ORDER BY x.at DESC, x.id DESC LIMIT 500`, org, id)
	if err != nil {
		return nil, err
	}
	var out []ReviewPast
	err = db.Each(rows, func(scan func(...any) error) error {
		var p ReviewPast
		var body string
		var at int64
		if err := scan(&p.Kind, &body, &at, &p.ByName); err != nil {
			return err
		}
		var f reviewFact
		err := json.Unmarshal([]byte(body), &f)
		p.At, p.Items, p.Why = db.Time(at), f.Items, f.Why
		out = append(out, p)
		return err
	})
	return out, err
}
