package policy

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/approval"
	"github.com/toucan-grc/toucan/internal/cadence"
	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/problem"
	"github.com/toucan-grc/toucan/internal/task"
)

// ready says what a draft still lacks before it can be approved or published.
func ready(v Version, first bool) error {
	switch {
	case !v.Uploaded() && strings.TrimSpace(v.Body) == "":
		return problem.Field("body", "The policy has no text yet. Write it, or upload a document.")
	case len(v.Unfilled) > 0:
		return problem.Field("variables", fmt.Sprintf("The text still has variables without a value: %s. Fill them in first; owner and approver are chosen in the settings of the policy.", strings.Join(v.Unfilled, ", ")))
	case !first && v.Change == "":
		return problem.Field("change", "Say in a sentence what changed, so that those who approve and read it need not search for it.")
	}
	return nil
}

// ask is what others are asked to agree to. The round tells a text that was sent
// again from the one that was rejected.
func (v Version) ask() approval.Ask {
	version := v.Number()
	if v.round > 1 {
		version = fmt.Sprintf("%s (%d)", version, v.round)
	}
	return approval.Ask{Author: v.WrittenBy, Subject: approval.Subject{Kind: approval.PolicyVersion, ID: v.ID, Version: version, Digest: v.Digest, Words: v.Words()}}
}

// Submit asks for the approval of a draft, under the policy of approvals; while
// nobody chose one, the approver of the policy is asked if an account of theirs may
// decide. The text is kept as it is now, with its variables filled in. When nobody
// has to agree it is approved at once. A change that is not material needs no
// approval: publish it.
func (s *Store) Submit(ctx context.Context, who access.Actor, policy string, now time.Time) (Version, error) {
	if err := who.May(access.WritePolicies); err != nil {
		return Version{}, err
	}
	now = moment(now)
	var v Version
	err := s.db.Write(ctx, who.Org(), db.People, func(ctx context.Context, tx *db.Tx) error {
		p, list, open, err := s.open(ctx, tx, who.Org(), policy)
		if err != nil {
			return err
		}
		v = open
		before, published := inForce(list)
		if v.State != Draft {
			return problem.New(problem.Conflict, "%s waits for approval already, or has it.", v.Words())
		}
		if !v.Material {
			return problem.New(problem.Conflict, "This change is not material, so nobody has to approve it. Publish it, or say that it is material.")
		}
		if err := ready(v, !published); err != nil {
			return err
		}
		v.State, v.SentBy, v.round = InApproval, who.Account(), v.round+1
		v.Digest = v.digest()
		ask := v.ask() // its author is who wrote the text, whoever sends it
		if ask.Tiers, err = s.approverTier(ctx, tx, who.Org(), p, v); err != nil {
			return err
		}
		a, err := s.approvals.Open(ctx, tx, who.Org(), who.Account(), ask, now)
		if err != nil {
			return err
		}
		if a.State == approval.Approved {
			v.State, v.ApprovedAt = Approved, now
		}
		_, err = tx.Exec(ctx, `UPDATE policy_version SET state = $3, title = $4, text = $5, sent_by = $6, round = $7, digest = $8, approved_at = $9, stamp = $10 WHERE org = $1 AND id = $2`,
			who.Org(), v.ID, string(v.State), v.Title, v.Text, v.SentBy, v.round, v.Digest, db.Micros(v.ApprovedAt), newID())
		if err != nil {
			return err
		}
		if err := s.record(ctx, tx, who, act{p.ID, v.ID, sentKind, v.fact(before)}, now); err != nil || v.State != Approved {
			return err
		}
		return s.record(ctx, tx, who, act{p.ID, v.ID, approvedKind, v.fact(before)}, now)
	})
	return v, err
}

// approverTier asks the approver the policy names, if they have an account that
// may decide and did not write the text.
func (s *Store) approverTier(ctx context.Context, tx *db.Tx, org string, p Policy, v Version) ([]approval.Tier, error) {
	if p.Approver == "" {
		return nil, nil
	}
	var account string
	var role access.Role
	err := tx.QueryRow(ctx, `SELECT m.account, m.role FROM person_account l JOIN member m ON m.org = l.org AND m.account = l.account
		WHERE l.org = $1 AND l.person = $2 AND l.to_at IS NULL AND m.role <> ''`, org, p.Approver).Scan(&account, &role)
	if err := ignoreNone(err); err != nil || account == "" || account == v.WrittenBy || !access.Allowed(role, access.ApprovePolicies) {
		return nil, err
	}
	return []approval.Tier{{Need: 1, Accounts: []string{account}}}, nil
}

// Withdraw takes a version back that waits for approval or has it, so that its
// text can be changed. It is a draft again.
func (s *Store) Withdraw(ctx context.Context, who access.Actor, policy string, now time.Time) error {
	if err := who.May(access.WritePolicies); err != nil {
		return err
	}
	now = moment(now)
	return s.db.Write(ctx, who.Org(), db.People, func(ctx context.Context, tx *db.Tx) error {
		p, list, v, err := s.open(ctx, tx, who.Org(), policy)
		if err != nil {
			return err
		}
		if v.State == Draft {
			return problem.New(problem.Conflict, "%s does not wait for approval. Change its text as you like.", v.Words())
		}
		if err := s.approvals.Withdraw(ctx, tx, who.Org(), who.Account(), v.ask().Subject, now); err != nil {
			return err
		}
		before, _ := inForce(list)
		if err := s.backToDraft(ctx, tx, who.Org(), v); err != nil {
			return err
		}
		return s.record(ctx, tx, who, act{p.ID, v.ID, withdrawnKind, v.fact(before)}, now)
	})
}

func (s *Store) backToDraft(ctx context.Context, tx *db.Tx, org string, v Version) error {
	_, err := tx.Exec(ctx, `UPDATE policy_version SET state = 'draft', text = '', digest = '', approved_at = 0, stamp = $3 WHERE org = $1 AND id = $2`, org, v.ID, newID())
	return err
}

// Decide records whether the actor agrees to the version that waits, and returns
// how its approval stands then. The last yes makes it approved; one no, which needs
// a reason, makes it a draft again.
func (s *Store) Decide(ctx context.Context, who access.Actor, policy string, yes bool, reason string, now time.Time) (approval.Approval, error) {
	if err := who.May(access.ApprovePolicies); err != nil {
		return approval.Approval{}, err
	}
	now = moment(now)
	var out approval.Approval
	err := s.db.Write(ctx, who.Org(), db.People, func(ctx context.Context, tx *db.Tx) error {
		p, list, v, err := s.open(ctx, tx, who.Org(), policy)
		if err != nil {
			return err
		}
		if v.State != InApproval {
			return problem.New(problem.Conflict, "%s does not wait for approval.", v.Words())
		}
		if out, err = s.approvals.Decide(ctx, tx, who, v.ask(), yes, reason, now); err != nil {
			return err
		}
		before, _ := inForce(list)
		f := v.fact(before)
		switch out.State {
		case approval.Approved:
			if _, err := tx.Exec(ctx, `UPDATE policy_version SET state = 'approved', approved_at = $3, stamp = $4 WHERE org = $1 AND id = $2`, who.Org(), v.ID, db.Micros(now), newID()); err != nil {
				return err
			}
			return s.record(ctx, tx, who, act{p.ID, v.ID, approvedKind, f}, now)
		case approval.Rejected:
			if err := s.backToDraft(ctx, tx, who.Org(), v); err != nil {
				return err
			}
			f.Change = strings.TrimSpace(reason)
			return s.record(ctx, tx, who, act{p.ID, v.ID, rejectedKind, f}, now)
		}
		return nil
	})
	return out, err
}

// Publish brings the version into force: one that is approved, or a draft whose
// change is not material. It ends the version before. After a material change the
// audience is asked to acknowledge it, at once and by tasks; the acknowledgements
// of the version before stay and do not count for it.
func (s *Store) Publish(ctx context.Context, who access.Actor, policy string, now time.Time) (Version, error) {
	if err := who.May(access.ManagePolicies); err != nil {
		return Version{}, err
	}
	now = moment(now)
	v, err := s.printed(ctx, who, policy, now)
	if err != nil {
		return Version{}, err
	}
	err = s.db.Write(ctx, who.Org(), db.People, func(ctx context.Context, tx *db.Tx) error {
		p, list, have, err := s.open(ctx, tx, who.Org(), policy)
		if err != nil {
			return err
		}
		if have.Stamp != v.Stamp || have.Text != v.Text || have.Title != v.Title {
			return problem.New(problem.Conflict, "The text changed at this very moment. Look at it again, then publish it.")
		}
		if _, err := s.blobs.Stat(ctx, who.Org(), v.PDF); err != nil {
			return problem.New(problem.Busy, "The PDF of this version could not be kept. Publish it again.")
		}
		before, _ := inForce(list)
		if before.ID != "" {
			if _, err := tx.Exec(ctx, `UPDATE policy_version SET state = 'archived', ended_at = $3 WHERE org = $1 AND id = $2`, who.Org(), before.ID, db.Micros(now)); err != nil {
				return err
			}
		}
		_, err = tx.Exec(ctx, `UPDATE policy_version SET state = 'published', title = $3, text = $4, digest = $5, published_at = $6, published_by = $7, pdf_sha256 = $8, stamp = $9 WHERE org = $1 AND id = $2`,
			who.Org(), v.ID, v.Title, v.Text, v.Digest, db.Micros(now), who.Account(), v.PDF, newID())
		if err != nil {
			return err
		}
		if err := s.closeReview(ctx, tx, who, p, v.Material, now); err != nil {
			return err
		}
		return s.record(ctx, tx, who, act{p.ID, v.ID, publishedKind, v.fact(before)}, now)
	})
	if err != nil {
		return Version{}, err
	}
	return v, s.tend(ctx, who.Org(), who.Account(), db.People, now)
}

// printed is the version that may be published now, with its PDF kept.
func (s *Store) printed(ctx context.Context, who access.Actor, policy string, now time.Time) (Version, error) {
	var v Version
	var paper Paper
	err := s.db.Read(ctx, who.Org(), func(tx *db.Tx) error {
		p, list, open, err := s.open(ctx, tx, who.Org(), policy)
		if err != nil {
			return err
		}
		v = open
		_, published := inForce(list)
		switch {
		case v.State == InApproval:
			return problem.New(problem.Conflict, "%s waits for approval. It can be published once everybody has agreed who must.", v.Words())
		case v.State == Draft && v.Material:
			return problem.New(problem.Conflict, "%s is a draft of a material change. Ask for its approval first.", v.Words())
		case v.State == Draft:
			if err := ready(v, !published); err != nil {
				return err
			}
			v.Digest = v.digest()
		}
		v.State, v.PublishedAt, v.PublishedBy = Published, now, who.Account()
		paper, err = paperOf(ctx, tx, who.Org(), p, v, list)
		return err
	})
	if err != nil {
		return v, err
	}
	data, err := paper.PDF()
	if err != nil {
		return v, err
	}
	b, err := s.blobs.Put(ctx, who.Org(), strings.NewReader(string(data)), int64(len(data)))
	v.PDF = b.SHA256
	return v, err
}

// closeReview ends the task to review the policy when a material change came into
// force: whoever wrote it looked at all of it.
func (s *Store) closeReview(ctx context.Context, tx *db.Tx, who access.Actor, p Policy, material bool, now time.Time) error {
	if !material {
		return nil
	}
	_, err := task.Close(ctx, tx, s.log, who.Org(), who.Account(), task.Closing{Kind: TaskReview, Subject: subject(p), State: task.Done, Reason: "A new version was published.", Quiet: true}, now)
	return err
}

const maxReason = 2000

// Archive ends a policy, with a reason: it binds nobody any more, and nobody is
// asked to acknowledge it. What was acknowledged stays.
func (s *Store) Archive(ctx context.Context, who access.Actor, policy, reason string, now time.Time) error {
	if err := who.May(access.ManagePolicies); err != nil {
		return err
	}
	reason, err := db.Prose("reason", "The reason", reason, maxReason)
	if err != nil {
		return err
	}
	if reason == "" {
		return problem.Field("reason", "Say why the policy ends, and what holds in its place.")
	}
	now = moment(now)
	err = s.db.Write(ctx, who.Org(), db.People, func(ctx context.Context, tx *db.Tx) error {
		p, err := findPolicy(ctx, tx, who.Org(), policy)
		if err != nil {
			return err
		}
		if !p.ArchivedAt.IsZero() {
			return problem.New(problem.Conflict, "This policy was archived already.")
		}
		list, err := readVersions(ctx, tx, who.Org(), true, `AND v.policy = $2`, p.ID)
		if err != nil {
			return err
		}
		if v, ok := onItsWay(list); ok {
			if err := s.approvals.Withdraw(ctx, tx, who.Org(), who.Account(), v.ask().Subject, now); err != nil {
				return err
			}
		}
		_, err = tx.Exec(ctx, `UPDATE policy_version SET state = 'archived', ended_at = $3 WHERE org = $1 AND policy = $2 AND state IN ('draft', 'in_approval', 'approved', 'published')`, who.Org(), p.ID, db.Micros(now))
		if err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `UPDATE policy SET archived_at = $3, archived_for = $4 WHERE org = $1 AND id = $2`, who.Org(), p.ID, db.Micros(now), reason); err != nil {
			return err
		}
		if _, err := task.Close(ctx, tx, s.log, who.Org(), who.Account(), task.Closing{Kind: TaskReview, Subject: subject(p), State: task.Cancelled, Reason: "The policy was archived.", Quiet: true}, now); err != nil {
			return err
		}
		return s.record(ctx, tx, who, act{p.ID, "", archivedKind, archivedFact{p.ID, reason}}, now)
	})
	if err != nil {
		return err
	}
	return s.tend(ctx, who.Org(), who.Account(), db.People, now)
}

// Reviewed records that somebody looked at the policy in force and left it as it
// is. It counts from the day on, or once it is approved when the policy asks for
// that.
func (s *Store) Reviewed(ctx context.Context, who access.Actor, policy string, on cadence.Date, note string, now time.Time) (Review, error) {
	if err := who.May(access.WritePolicies); err != nil {
		return Review{}, err
	}
	note, err := db.Prose("note", "What was looked at", note, maxReason)
	if err != nil {
		return Review{}, err
	}
	now = moment(now)
	r := Review{ID: newID(), On: on, Note: note, By: who.Account(), At: now, State: ReviewCounts}
	err = s.db.Write(ctx, who.Org(), db.People, func(ctx context.Context, tx *db.Tx) error {
		p, err := findPolicy(ctx, tx, who.Org(), policy)
		if err != nil {
			return err
		}
		v, err := s.reviewable(ctx, tx, who.Org(), p, on, now)
		if err != nil {
			return err
		}
		r.Policy, r.Version = p.ID, v.ID
		if p.ReviewApproval {
			tiers, err := s.approverTier(ctx, tx, who.Org(), p, Version{WrittenBy: who.Account()})
			if err != nil {
				return err
			}
			ask := r.ask(v)
			ask.Tiers = tiers
			a, err := s.approvals.Open(ctx, tx, who.Org(), who.Account(), ask, now)
			if err != nil {
				return err
			}
			if a.State == approval.Open {
				r.State = ReviewWaits
			}
		}
		_, err = tx.Exec(ctx, `INSERT INTO policy_review (org, id, policy, version, on_day, note, state, at, account) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
			who.Org(), r.ID, r.Policy, r.Version, r.On, r.Note, string(r.State), db.Micros(r.At), r.By)
		if err != nil {
			return err
		}
		return s.reviewEnds(ctx, tx, who, p, v, r, now)
	})
	return r, err
}

// reviewable is the version a review is about.
func (s *Store) reviewable(ctx context.Context, tx *db.Tx, org string, p Policy, on cadence.Date, now time.Time) (Version, error) {
	list, err := readVersions(ctx, tx, org, false, `AND v.policy = $2 AND v.state = 'published'`, p.ID)
	if err != nil {
		return Version{}, err
	}
	v, ok := inForce(list)
	if !ok {
		return v, problem.New(problem.Conflict, "Nothing of this policy is in force, so there is nothing to review. Publish it first.")
	}
	zone, err := zoneOf(ctx, tx, org)
	if err != nil {
		return v, err
	}
	if from, to := cadence.DateOf(v.PublishedAt, zone), cadence.DateOf(now, zone); on < from || on > to {
		return v, problem.Field("on", fmt.Sprintf("The version in force is of %s and today is %s. Give a day between the two.", from, to))
	}
	waits, err := readReviews(ctx, tx, org, `AND policy = $2 AND state = 'waits'`, p.ID)
	if err == nil && len(waits) > 0 {
		err = problem.New(problem.Conflict, "A review of %s waits for approval already.", waits[0].On)
	}
	return v, err
}

func (r Review) ask(v Version) approval.Ask {
	return approval.Ask{Author: r.By, Subject: approval.Subject{Kind: approval.PolicyReview, ID: r.ID, Version: "1", Digest: v.Digest, Words: "the review of " + v.Words() + " of " + r.On.String()}}
}

// reviewEnds writes the leaf of a review, and ends the task once it counts.
func (s *Store) reviewEnds(ctx context.Context, tx *db.Tx, who access.Actor, p Policy, v Version, r Review, now time.Time) error {
	if r.State == ReviewCounts {
		c := task.Closing{Kind: TaskReview, Subject: subject(p), State: task.Done, Reason: "The policy was reviewed and left as it is.", Quiet: true}
		if _, err := task.Close(ctx, tx, s.log, who.Org(), who.Account(), c, now); err != nil {
			return err
		}
	}
	return s.record(ctx, tx, who, act{p.ID, v.ID, reviewedKind, reviewFact{p.ID, v.Number(), r.On.String(), r.Note, r.State}}, now)
}

// DecideReview records whether the actor agrees that the policy stays as it is.
func (s *Store) DecideReview(ctx context.Context, who access.Actor, policy string, yes bool, reason string, now time.Time) (approval.Approval, error) {
	if err := who.May(access.ApprovePolicies); err != nil {
		return approval.Approval{}, err
	}
	now = moment(now)
	var out approval.Approval
	err := s.db.Write(ctx, who.Org(), db.People, func(ctx context.Context, tx *db.Tx) error {
		p, err := findPolicy(ctx, tx, who.Org(), policy)
		if err != nil {
			return err
		}
		waits, err := readReviews(ctx, tx, who.Org(), `AND policy = $2 AND state = 'waits'`, p.ID)
		if err != nil {
			return err
		}
		if len(waits) == 0 {
			return problem.New(problem.Conflict, "No review of this policy waits for approval.")
		}
		r := waits[0]
		versions, err := readVersions(ctx, tx, who.Org(), false, `AND v.id = $2`, r.Version)
		if err != nil || len(versions) == 0 {
			return errors.Join(err, errNoVersion())
		}
		if out, err = s.approvals.Decide(ctx, tx, who, r.ask(versions[0]), yes, reason, now); err != nil || out.State == approval.Open {
			return err
		}
		if r.State = ReviewRejected; out.State == approval.Approved {
			r.State = ReviewCounts
		}
		if _, err := tx.Exec(ctx, `UPDATE policy_review SET state = $3, approved_at = $4 WHERE org = $1 AND id = $2`, who.Org(), r.ID, string(r.State), db.Micros(now)); err != nil {
			return err
		}
		return s.reviewEnds(ctx, tx, who, p, versions[0], r, now)
	})
	return out, err
}
