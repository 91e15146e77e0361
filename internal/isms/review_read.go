package isms

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/approval"
	"github.com/toucan-grc/toucan/internal/cadence"
	"github.com/toucan-grc/toucan/internal/crosswalk"
	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/people"
	"github.com/toucan-grc/toucan/internal/problem"
)

// readReviews returns reviews without their texts, the latest meeting first; where
// may narrow them, with its parameters from $2 on.
func readReviews(ctx context.Context, tx *db.Tx, org, where string, args ...any) ([]Review, error) {
	rows, err := tx.Query(ctx, `SELECT r.id, r.code, r.title, r.on_day, r.state, r.participants, r.pack, r.pack_sha256, r.frozen_at, r.round, r.digest, r.sent_at, r.sent_by, r.minutes, r.ended_at, r.reason, r.at, r.account
		FROM isms_review r WHERE r.org = $1`+where+` ORDER BY r.on_day DESC, r.code DESC`, append([]any{org}, args...)...)
	if err != nil {
		return nil, err
	}
	var out []Review
	err = db.Each(rows, func(scan func(...any) error) error {
		var r Review
		var list string
		var frozen, sent, ended, at int64
		err := scan(&r.ID, &r.Code, &r.Title, &r.On, &r.State, &list, &r.Pack, &r.PackSHA256, &frozen, &r.round, &r.digest, &sent, &r.SentBy, &r.Minutes, &ended, &r.Reason, &at, &r.CreatedBy)
		if err != nil {
			return err
		}
		r.FrozenAt, r.SentAt, r.EndedAt, r.CreatedAt = db.Time(frozen), db.Time(sent), db.Time(ended), db.Time(at)
		if err := json.Unmarshal([]byte(list), &r.Participants); err != nil {
			return fmt.Errorf("isms: participants of %s: %w", r.Code, err)
		}
		out = append(out, r)
		return nil
	})
	return out, err
}

// readReview returns one review with its texts and decisions, by its code or id.
func readReview(ctx context.Context, tx *db.Tx, org, key string) (Review, error) {
	where := ` AND r.code = $2`
	if entryID(key) != "" {
		where = ` AND r.id = $2`
	}
	if key, _ = db.Line("code", "The code", key, 100); key == "" {
		return Review{}, errNoReview()
	}
	list, err := readReviews(ctx, tx, org, where, key)
	if err != nil {
		return Review{}, err
	}
	if len(list) == 0 {
		return Review{}, errNoReview()
	}
	r := list[0]
	if err := r.texts(ctx, tx, org); err != nil {
		return r, err
	}
	if r.Decisions, err = readDecisions(ctx, tx, org, r.ID); err != nil {
		return r, err
	}
	return r, r.name(ctx, tx, org)
}

// texts reads what was brought and what the minutes say: the last words hold.
func (r *Review) texts(ctx context.Context, tx *db.Tx, org string) error {
	r.Brought, r.Written = map[string]ReviewPoint{}, map[string]ReviewPoint{}
	rows, err := tx.Query(ctx, `SELECT p.part, p.item, p.words, p.at, p.account, coalesce(a.name, '') FROM isms_review_point p LEFT JOIN account a ON a.id = p.account
		WHERE p.org = $1 AND p.review = $2 ORDER BY p.at, p.id`, org, r.ID)
	if err != nil {
		return err
	}
	return db.Each(rows, func(scan func(...any) error) error {
		var part, item string
		var p ReviewPoint
		var at int64
		err := scan(&part, &item, &p.Words, &at, &p.By, &p.ByName)
		p.At = db.Time(at)
		if part == "brought" {
			r.Brought[item] = p
		} else {
			r.Written[item] = p
		}
		return err
	})
}

func readDecisions(ctx context.Context, tx *db.Tx, org, review string) ([]Decision, error) {
	rows, err := tx.Query(ctx, `SELECT d.id, d.item, d.unchanged, d.words, d.reason, d.effect, d.owner, d.due, d.action, d.at, d.account, coalesce(p.name, '')
		FROM isms_review_decision d LEFT JOIN person p ON p.org = d.org AND p.id = d.owner WHERE d.org = $1 AND d.review = $2 ORDER BY d.item, d.id`, org, review)
	if err != nil {
		return nil, err
	}
	var out []Decision
	err = db.Each(rows, func(scan func(...any) error) error {
		var d Decision
		var at int64
		err := scan(&d.ID, &d.Item, &d.Unchanged, &d.Words, &d.Why, &d.Effect, &d.Owner, &d.Due, &d.Action, &at, &d.By, &d.OwnerName)
		d.At = db.Time(at)
		out = append(out, d)
		return err
	})
	return out, err
}

// name fills in names and roles of the participants as they are on the day of the
// meeting.
func (r *Review) name(ctx context.Context, tx *db.Tx, org string) error {
	duties, err := people.ReadDuties(ctx, tx, org)
	if err != nil {
		return err
	}
	names, err := personNamesOf(ctx, tx, org)
	if err != nil {
		return err
	}
	for i := range r.Participants {
		p := &r.Participants[i]
		p.Name = names[p.Person]
		var roles []string
		for _, id := range duties.Of(p.Person, r.On) {
			if role, ok := people.FindDutyRole(id); ok {
				roles = append(roles, role.Label)
			}
			p.Top = p.Top || slices.Contains(topRoles, id)
		}
		p.Roles = strings.Join(roles, ", ")
	}
	return nil
}

// personNamesOf returns the names of everybody who ever stood in the register.
func personNamesOf(ctx context.Context, tx *db.Tx, org string) (map[string]string, error) {
	rows, err := tx.Query(ctx, `SELECT id, name FROM person WHERE org = $1`, org)
	if err != nil {
		return nil, err
	}
	out := map[string]string{}
	err = db.Each(rows, func(scan func(...any) error) error {
		var id, name string
		err := scan(&id, &name)
		out[id] = name
		return err
	})
	return out, err
}

// Reviews returns all management reviews, the latest meeting first, without their
// texts.
func (s *Store) Reviews(ctx context.Context, who access.Actor) ([]Review, error) {
	if err := who.May(access.ViewISMS); err != nil {
		return nil, err
	}
	var out []Review
	err := s.DB.Read(ctx, who.Org(), func(tx *db.Tx) (err error) {
		if out, err = readReviews(ctx, tx, who.Org(), ""); err != nil {
			return err
		}
		for i := range out {
			if out[i].Decisions, err = readDecisions(ctx, tx, who.Org(), out[i].ID); err != nil {
				return err
			}
			if err := out[i].name(ctx, tx, who.Org()); err != nil {
				return err
			}
		}
		return nil
	})
	return out, err
}

// ReviewFolder is everything about one review.
type ReviewFolder struct {
	Review
	Lacks    []string // before the minutes can be sent
	Past     []ReviewPast
	Approval *approval.Approval // of the minutes; nil while nobody was asked
	Standing approval.Standing  // how it stands, when it is open
	Next     string             // code of the next review that is planned, or empty
	Today    cadence.Date
}

// Review returns one management review by its code.
func (s *Store) Review(ctx context.Context, who access.Actor, code string, now time.Time) (ReviewFolder, error) {
	var f ReviewFolder
	if err := who.May(access.ViewISMS); err != nil {
		return f, err
	}
	err := s.DB.Read(ctx, who.Org(), func(tx *db.Tx) (err error) {
		if f.Review, err = readReview(ctx, tx, who.Org(), code); err != nil {
			return err
		}
		if f.Today, err = people.Today(ctx, tx, who.Org(), now); err != nil {
			return err
		}
		f.Lacks = f.Review.Lacks(f.Today)
		f.Past, err = pastOfReview(ctx, tx, who.Org(), f.ID)
		if err != nil {
			return err
		}
		next, err := readReviews(ctx, tx, who.Org(), ` AND r.state = 'planned' AND r.on_day > $2`, int64(f.On))
		if n := len(next); n > 0 {
			f.Next = next[n-1].Code
		}
		return err
	})
	if err != nil || f.SentAt.IsZero() {
		return f, err
	}
	list, err := s.Approvals.Of(ctx, who, approval.ReviewMinutes, f.ID)
	if err != nil {
		return f, err
	}
	if len(list) > 0 { // the newest first
		f.Approval, f.Standing = &list[0].Approval, list[0].Standing
	}
	return f, nil
}

// packFacts reads what a pack is built from. who sees what controls do.
func (s *Store) packFacts(ctx context.Context, who access.Actor, code string, now time.Time) (PackFacts, error) {
	f := PackFacts{At: now, By: who.Name()}
	var followed map[string]time.Time
	err := s.DB.Read(ctx, who.Org(), func(tx *db.Tx) (err error) {
		if f.Review, err = readReview(ctx, tx, who.Org(), code); err != nil {
			return err
		}
		if followed, err = crosswalk.Followed(ctx, tx, who.Org(), now); err != nil {
			return err
		}
		return f.read(ctx, tx, who.Org(), now)
	})
	if err != nil {
		return f, err
	}
	for id := range followed {
		f.Privacy = f.Privacy || slices.ContainsFunc([]string{"gdpr", "iso27701", "iso27018", "hipaa-privacy", "ccpa"}, func(p string) bool { return strings.HasPrefix(id, p) })
		f.AI = f.AI || slices.ContainsFunc([]string{"iso42001", "nist-ai", "eu-ai"}, func(p string) bool { return strings.HasPrefix(id, p) })
	}
	if s.Monitor != nil {
		b, err := s.Monitor.BoardOf(ctx, who.Org(), now)
		if err != nil {
			return f, err
		}
		f.Training = trainingFacts(b.Here())
	}
	return f, s.packBelow(ctx, who, &f, now)
}

// read reads what this package keeps.
func (f *PackFacts) read(ctx context.Context, tx *db.Tx, org string, now time.Time) error {
	var err error
	if err = tx.QueryRow(ctx, `SELECT name FROM organisation WHERE id = $1`, org).Scan(&f.Of); err != nil {
		return err
	}
	if f.Today, err = people.Today(ctx, tx, org, now); err != nil {
		return err
	}
	before, err := readReviews(ctx, tx, org, ` AND r.state = 'approved' AND r.id <> $2 AND r.on_day <= $3`, f.Review.ID, int64(f.Review.On))
	if err != nil {
		return err
	}
	since := now
	if len(before) > 0 {
		f.Before = &before[0]
		since = before[0].FrozenAt // what was on the table then
	}
	if f.Issues, err = readEntries[Issue](ctx, tx, org, IssueRegister, now, ""); err != nil {
		return err
	}
	if f.IssuesWere, err = readEntries[Issue](ctx, tx, org, IssueRegister, since, ""); err != nil {
		return err
	}
	if f.Parties, err = readEntries[Party](ctx, tx, org, PartyRegister, now, ""); err != nil {
		return err
	}
	if f.PartiesWere, err = readEntries[Party](ctx, tx, org, PartyRegister, since, ""); err != nil {
		return err
	}
	climate, err := readClimate(ctx, tx, org)
	if err != nil {
		return err
	}
	f.Climate = JudgeClimate(climate, f.Today)
	if f.Tracks, err = readTracks(ctx, tx, org, "", now); err != nil {
		return err
	}
	if f.Names, err = personNamesOf(ctx, tx, org); err != nil {
		return err
	}
	return f.readBelow(ctx, tx, org, now)
}

// trainingFacts counts how people stand with training and policies.
func trainingFacts(list [][]people.Standing) *TrainingFacts {
	out := &TrainingFacts{}
	t := Figures{People: list}.peopleReady()
	if t.Known == Valued {
		out.Asked, out.Ready = t.Den, t.Num
	}
	for _, p := range list {
		if slices.ContainsFunc(p, func(s people.Standing) bool { return s.State == people.Missing }) {
			out.Overdue++
		}
	}
	return out
}

// PreviewPack returns the pack as it would be frozen now.
func (s *Store) PreviewPack(ctx context.Context, who access.Actor, code string, now time.Time) (Pack, error) {
	if err := who.May(access.ManageISMS); err != nil {
		return Pack{}, err
	}
	f, err := s.packFacts(ctx, who, code, now)
	if err != nil {
		return Pack{}, err
	}
	if f.Review.State == ReviewCancelled {
		return Pack{}, problem.New(problem.Conflict, "%s was cancelled.", f.Review.Code)
	}
	return BuildPack(f), nil
}
