package isms

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"time"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/approval"
	"github.com/toucan-grc/toucan/internal/cadence"
	"github.com/toucan-grc/toucan/internal/crosswalk"
	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/document"
	"github.com/toucan-grc/toucan/internal/evidence"
	"github.com/toucan-grc/toucan/internal/finding"
	"github.com/toucan-grc/toucan/internal/framework"
	"github.com/toucan-grc/toucan/internal/people"
	"github.com/toucan-grc/toucan/internal/problem"
	"github.com/toucan-grc/toucan/internal/task"
)

// The kinds of evidence that reviews leave behind.
const (
	packKind    = "leadership-report"
	minutesKind = "management-review-minutes"
)

// stage keeps a value as JSON and its report as PDF, the JSON first: that is what is
// read again.
func (s *Store) stage(ctx context.Context, who access.Actor, name string, value any, report document.Report, now time.Time) ([]evidence.File, error) {
	data, err := json.MarshalIndent(value, "", "  ")
	if err != nil {
		return nil, err
	}
	paper, err := report.PDF()
	if err != nil {
		return nil, err
	}
	first, err := s.Evidence.Stage(ctx, who.Org(), who.Account(), name+".json", bytes.NewReader(data), now)
	if err != nil {
		return nil, err
	}
	second, err := s.Evidence.Stage(ctx, who.Org(), who.Account(), name+".pdf", bytes.NewReader(paper), now)
	return []evidence.File{first, second}, err
}

// issue files what was staged, offered for the requirements that are followed.
func (s *Store) issue(ctx context.Context, tx *db.Tx, who access.Actor, f evidence.Filing, requirements []string, now time.Time) (evidence.Item, error) {
	followed, err := crosswalk.Followed(ctx, tx, who.Org(), now)
	if err != nil {
		return evidence.Item{}, err
	}
	if _, ok := followed[iso27001]; ok {
		for _, r := range requirements {
			f.Requirements = append(f.Requirements, framework.Ref{Framework: iso27001, ID: r})
		}
	}
	f.CapturedAt, f.Collector = now, "toucan"
	return s.Evidence.Issue(ctx, tx, who.Org(), who.Account(), f, now)
}

// FreezePack reads the pack a last time and keeps it as evidence, so that anybody can
// see later what was on the table. A pack that was frozen before the meeting can be
// frozen anew until minutes are written; the earlier one stays in the library.
func (s *Store) FreezePack(ctx context.Context, who access.Actor, code string, now time.Time) error {
	now = entryMoment(now)
	p, err := s.PreviewPack(ctx, who, code, now)
	if err != nil {
		return err
	}
	zone, err := s.zone(ctx, who)
	if err != nil {
		return err
	}
	files, err := s.stage(ctx, who, "management-review-pack-"+p.Code, p, p.Report(zone), now)
	if err != nil {
		return err
	}
	return s.changeReview(ctx, who, code, now, func(ctx context.Context, tx *db.Tx, r Review) (string, reviewFact, error) {
		f := r.fact()
		if err := r.settled(); err != nil {
			return "", f, err
		}
		if r.State != ReviewPlanned && (len(r.Written) > 0 || len(r.Decisions) > 0) {
			return "", f, problem.New(problem.Conflict, "The minutes of %s speak of the pack that is frozen. It cannot be frozen anew.", r.Code)
		}
		item, err := s.issue(ctx, tx, who, evidence.Filing{Title: "Pack of management review " + r.Code, Kind: packKind, Files: files,
			Note: "What was put before top management on " + r.On.Words() + ", one section for each input of 9.3.2."}, []string{"9.3.2"}, now)
		if err != nil {
			return "", f, err
		}
		_, err = tx.Exec(ctx, `UPDATE isms_review SET state = 'prepared', pack = $3, pack_sha256 = $4, frozen_at = $5 WHERE org = $1 AND id = $2`, who.Org(), r.ID, item.ID, files[0].SHA256, db.Micros(now))
		if err != nil {
			return "", f, err
		}
		f.Item, f.Digest = item.ID, files[0].SHA256
		return reviewFrozenKind, f, s.closeReviewTasks(ctx, tx, who.Org(), who.Account(), r, "The pack was frozen.", task.Done, now)
	})
}

// FrozenPack returns the pack as it was frozen.
func (s *Store) FrozenPack(ctx context.Context, who access.Actor, code string) (Pack, Review, error) {
	var p Pack
	r, err := s.frozen(ctx, who, code, func(r Review) string { return r.Pack }, "The pack of %s is not frozen yet.", &p)
	return p, r, err
}

// FrozenMinutes returns the minutes as they were approved.
func (s *Store) FrozenMinutes(ctx context.Context, who access.Actor, code string) (Minutes, Review, error) {
	var m Minutes
	r, err := s.frozen(ctx, who, code, func(r Review) string { return r.Minutes }, "The minutes of %s are not approved yet.", &m)
	return m, r, err
}

// frozen reads a value out of the first file of an item.
func (s *Store) frozen(ctx context.Context, who access.Actor, code string, item func(Review) string, none string, into any) (Review, error) {
	var r Review
	if err := who.May(access.ViewISMS); err != nil {
		return r, err
	}
	err := s.DB.Read(ctx, who.Org(), func(tx *db.Tx) (err error) {
		r, err = readReview(ctx, tx, who.Org(), code)
		return err
	})
	if err != nil {
		return r, err
	}
	if item(r) == "" {
		return r, problem.New(problem.NotFound, none, r.Code)
	}
	_, content, err := s.Evidence.OpenIssued(ctx, who.Org(), item(r))
	if err != nil {
		return r, err
	}
	defer content.Close()
	data, err := io.ReadAll(content)
	if err != nil {
		return r, err
	}
	if err := json.Unmarshal(data, into); err != nil {
		return r, fmt.Errorf("isms: what was frozen of %s: %w", r.Code, err)
	}
	return r, nil
}

// zone is where the organisation is, for the times of a report.
func (s *Store) zone(ctx context.Context, who access.Actor) (*time.Location, error) {
	zone := time.UTC
	err := s.DB.Read(ctx, who.Org(), func(tx *db.Tx) error {
		zones, err := access.Days(ctx, tx, who.Org())
		if err != nil {
			return err
		}
		for _, z := range zones {
			if z.Location != nil {
				zone = z.Location
			}
		}
		return nil
	})
	return zone, err
}

// topTier asks those of top management who have an account that may decide.
func topTier(ctx context.Context, tx *db.Tx, org string, r Review, author string) ([]approval.Tier, error) {
	duties, err := people.ReadDuties(ctx, tx, org)
	if err != nil {
		return nil, err
	}
	var accounts []string
	for _, role := range topRoles {
		for _, person := range duties.Holders(role, r.On) {
			rows, err := tx.Query(ctx, `SELECT m.account, m.role FROM person_account l JOIN member m ON m.org = l.org AND m.account = l.account
				WHERE l.org = $1 AND l.person = $2 AND l.to_at IS NULL AND m.role <> ''`, org, person)
			if err != nil {
				return nil, err
			}
			err = db.Each(rows, func(scan func(...any) error) error {
				var account string
				var role access.Role
				err := scan(&account, &role)
				if account != author && access.Allowed(role, access.ApproveISMS) {
					accounts = append(accounts, account)
				}
				return err
			})
			if err != nil {
				return nil, err
			}
		}
	}
	if len(accounts) == 0 {
		return nil, nil
	}
	return []approval.Tier{{Need: 1, Accounts: accounts}}, nil
}

// SendMinutes asks top management to approve the minutes. They cannot be changed
// meanwhile. While nobody chose who approves minutes, one person of top management
// is asked who has an account here; where none has, somebody who may approve.
func (s *Store) SendMinutes(ctx context.Context, who access.Actor, code string, now time.Time) error {
	now = entryMoment(now)
	return s.changeReview(ctx, who, code, now, func(ctx context.Context, tx *db.Tx, r Review) (string, reviewFact, error) {
		f := r.fact()
		if err := r.writable(); err != nil {
			return "", f, err
		}
		today, err := people.Today(ctx, tx, who.Org(), now)
		if err != nil {
			return "", f, err
		}
		if lacks := r.Lacks(today); len(lacks) > 0 {
			return "", f, problem.New(problem.Conflict, "The minutes of %s are not complete. %s", r.Code, lacks[0])
		}
		r.State, r.SentBy, r.SentAt, r.round, r.digest = ReviewSent, who.Account(), now, r.round+1, r.minutesDigest()
		tiers, err := topTier(ctx, tx, who.Org(), r, who.Account())
		if err != nil {
			return "", f, err
		}
		a, err := s.Approvals.Open(ctx, tx, who.Org(), who.Account(), r.ask(tiers), now)
		if err != nil {
			return "", f, err
		}
		if a.State == approval.Approved {
			return "", f, problem.New(problem.Conflict, "Nobody else here may approve minutes: top management has to. Invite somebody of the leadership as a manager, and link their account to their entry in the register of people.")
		}
		_, err = tx.Exec(ctx, `UPDATE isms_review SET state = 'sent', round = $3, digest = $4, sent_at = $5, sent_by = $6 WHERE org = $1 AND id = $2`, who.Org(), r.ID, r.round, r.digest, db.Micros(now), who.Account())
		f.Digest = r.digest
		return reviewSentKind, f, err
	})
}

// WithdrawMinutes takes minutes back that wait for approval, so that they can be
// changed.
func (s *Store) WithdrawMinutes(ctx context.Context, who access.Actor, code string, now time.Time) error {
	now = entryMoment(now)
	return s.changeReview(ctx, who, code, now, func(ctx context.Context, tx *db.Tx, r Review) (string, reviewFact, error) {
		f := r.fact()
		if r.State != ReviewSent {
			return "", f, problem.New(problem.Conflict, "The minutes of %s do not wait for approval.", r.Code)
		}
		if err := s.Approvals.Withdraw(ctx, tx, who.Org(), who.Account(), r.ask(nil).Subject, now); err != nil {
			return "", f, err
		}
		_, err := tx.Exec(ctx, `UPDATE isms_review SET state = 'prepared', digest = '' WHERE org = $1 AND id = $2`, who.Org(), r.ID)
		return reviewWithdrawnKind, f, err
	})
}

// DecideMinutes records whether the actor agrees to the minutes, and returns how
// their approval stands then. The last yes freezes them as evidence and makes a line
// of the backlog of each decision; one no, which needs a reason, gives them back.
func (s *Store) DecideMinutes(ctx context.Context, who access.Actor, code string, yes bool, reason string, now time.Time) (approval.Approval, error) {
	var a approval.Approval
	if err := who.May(access.ApproveISMS); err != nil {
		return a, err
	}
	now = entryMoment(now)
	var files []evidence.File
	var digest string
	if yes { // drawn beforehand: should somebody else have to agree as well, it goes again a day later
		m, r, err := s.minutesNow(ctx, who, code, now)
		if err != nil {
			return a, err
		}
		zone, err := s.zone(ctx, who)
		if err != nil {
			return a, err
		}
		if files, err = s.stage(ctx, who, "management-review-minutes-"+m.Code, m, m.Report(zone), now); err != nil {
			return a, err
		}
		digest = r.digest
	}
	return a, s.DB.Write(ctx, who.Org(), db.People, func(ctx context.Context, tx *db.Tx) error {
		r, err := readReview(ctx, tx, who.Org(), code)
		if err != nil {
			return err
		}
		if r.State != ReviewSent {
			return problem.New(problem.Conflict, "The minutes of %s do not wait for approval.", r.Code)
		}
		if yes && r.digest != digest {
			return problem.New(problem.Conflict, "The minutes changed at this very moment. Read them again, then decide.")
		}
		tiers, err := topTier(ctx, tx, who.Org(), r, r.SentBy)
		if err != nil {
			return err
		}
		if a, err = s.Approvals.Decide(ctx, tx, who, r.ask(tiers), yes, reason, now); err != nil {
			return err
		}
		switch a.State {
		case approval.Approved:
			return s.approveMinutes(ctx, tx, who, r, files, now)
		case approval.Rejected:
			f := r.fact()
			f.Why = reason
			if _, err := tx.Exec(ctx, `UPDATE isms_review SET state = 'prepared', digest = '' WHERE org = $1 AND id = $2`, who.Org(), r.ID); err != nil {
				return err
			}
			return s.reviewAct(ctx, tx, who.Org(), who.Account(), reviewRejectedKind, f, now)
		}
		return nil
	})
}

// approveMinutes freezes the minutes and makes actions of the decisions.
func (s *Store) approveMinutes(ctx context.Context, tx *db.Tx, who access.Actor, r Review, files []evidence.File, now time.Time) error {
	item, err := s.issue(ctx, tx, who, evidence.Filing{Title: "Minutes of management review " + r.Code, Kind: minutesKind, Files: files,
		Note: "Meeting of " + r.On.Words() + ". The pack it speaks of has SHA-256 " + r.PackSHA256 + "."}, []string{"9.3.2", "9.3.3"}, now)
	if err != nil {
		return err
	}
	for _, d := range r.Decisions {
		if d.Unchanged {
			continue
		}
		a := finding.Action{Source: finding.Source{Kind: "review", ID: r.ID, Words: r.Code + " " + r.Title}, Title: d.Words, Detail: d.Why + "\n\nExpected: " + d.Effect, Owner: d.Owner, Due: d.Due}
		id, err := s.Findings.PutAction(ctx, tx, who.Org(), who.Account(), a, now)
		if err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `UPDATE isms_review_decision SET action = $4 WHERE org = $1 AND review = $2 AND id = $3`, who.Org(), r.ID, d.ID, id); err != nil {
			return err
		}
	}
	if _, err := tx.Exec(ctx, `UPDATE isms_review SET state = 'approved', minutes = $3, ended_at = $4 WHERE org = $1 AND id = $2`, who.Org(), r.ID, item.ID, db.Micros(now)); err != nil {
		return err
	}
	f := r.fact()
	f.Item, f.Digest = item.ID, r.digest
	return s.reviewAct(ctx, tx, who.Org(), who.Account(), reviewApprovedKind, f, now)
}

// minutesNow writes the minutes as they would be frozen if the actor approved them
// now.
func (s *Store) minutesNow(ctx context.Context, who access.Actor, code string, now time.Time) (Minutes, Review, error) {
	f, err := s.Review(ctx, who, code, now)
	if err != nil {
		return Minutes{}, Review{}, err
	}
	var of string
	var me string
	var top bool
	err = s.DB.Read(ctx, who.Org(), func(tx *db.Tx) error {
		if err := tx.QueryRow(ctx, `SELECT name FROM organisation WHERE id = $1`, who.Org()).Scan(&of); err != nil {
			return err
		}
		rows, err := tx.Query(ctx, `SELECT person FROM person_account WHERE org = $1 AND account = $2 AND to_at IS NULL`, who.Org(), who.Account())
		if err != nil {
			return err
		}
		if err := db.Each(rows, func(scan func(...any) error) error { return scan(&me) }); err != nil {
			return err
		}
		duties, err := people.ReadDuties(ctx, tx, who.Org())
		top = me != "" && holdsTop(duties, me, f.Today)
		return err
	})
	m := buildMinutes(f.Review, of, now)
	if f.Approval != nil {
		for _, d := range f.Approval.Decisions {
			if d.Yes {
				m.Approved = append(m.Approved, MinutesApproval{Name: d.Name, At: d.At})
			}
		}
	}
	m.Approved = append(m.Approved, MinutesApproval{Name: who.Name(), At: now, Top: top})
	return m, f.Review, err
}

func holdsTop(d *people.Duties, person string, on cadence.Date) bool {
	for _, role := range d.Of(person, on) {
		for _, t := range topRoles {
			if role == t {
				return true
			}
		}
	}
	return false
}
