package approval

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/ledger"
	"github.com/toucan-grc/toucan/internal/problem"
	"github.com/toucan-grc/toucan/internal/task"
)

// Store keeps approvals and the policies they follow. It is safe for concurrent use.
type Store struct {
	db  *db.DB
	log *ledger.Log
}

// New returns a store.
func New(d *db.DB, log *ledger.Log) *Store { return &Store{db: d, log: log} }

func newID() string { return uuid.Must(uuid.NewV7()).String() }

// Ask is something to be signed off.
type Ask struct {
	Subject
	Author string    // account
	At     time.Time // when it came to wait; zero means now
	Tiers  []Tier    // whom the subject itself names; asked for while nobody chose a policy of the kind
}

// Open asks for an approval in the caller's transaction, under the policy of the
// moment, and gives a task to everybody who may decide; by is the account that
// asks, or empty. The state is Approved at once when nobody has to agree: when the
// policy asks for nobody, or when the one that ships asks for a second person and
// there is none. A policy somebody chose is never passed by. Asking again for the
// same version returns what is there. Whether by may ask is the caller's business.
func (s *Store) Open(ctx context.Context, tx *db.Tx, org, by string, ask Ask, now time.Time) (Approval, error) {
	list, err := s.OpenAll(ctx, tx, org, by, []Ask{ask}, now)
	if err != nil {
		return Approval{}, err
	}
	return list[0], nil
}

// OpenAll is Open for many; the approvals are in the order of what is asked.
func (s *Store) OpenAll(ctx context.Context, tx *db.Tx, org, by string, asks []Ask, now time.Time) ([]Approval, error) {
	if len(asks) == 0 {
		return nil, nil
	}
	members, err := membersOf(ctx, tx, org)
	if err != nil {
		return nil, err
	}
	have, err := already(ctx, tx, org, asks)
	if err != nil {
		return nil, err
	}
	policies := map[policyKey]Policy{}
	rows := db.Into(`approval (org, id, kind, subject, version, digest, words, author, tiers, chosen, state, at, ended_at)`)
	var tasks []task.New
	out := make([]Approval, len(asks))
	for i, ask := range asks {
		known, ok := have[ask.Subject.key()]
		if ok {
			out[i] = known
			continue
		}
		a, err := asked(ctx, tx, org, ask, policies, now)
		if err != nil {
			return nil, err
		}
		if out[i] = a; passes(a, members) {
			out[i].State = Approved
			continue
		}
		tiers, err := json.Marshal(a.Tiers)
		if err != nil {
			return nil, err
		}
		rows.Add(org, a.ID, string(a.Subject.Kind), a.Subject.ID, a.Subject.Version, a.Subject.Digest, a.Subject.Words, a.Author, string(tiers), a.Chosen, string(Open), db.Micros(a.At), 0)
		tasks = append(tasks, a.tasks(members)...)
	}
	if err := rows.Insert(ctx, tx); err != nil {
		return nil, err
	}
	if len(tasks) > 0 {
		_, err = task.PutAll(ctx, tx, org, by, tasks, now)
	}
	return out, err
}

// subjectKey is what there is one approval of.
type subjectKey struct {
	kind        Kind
	id, version string
}

func (s Subject) key() subjectKey { return subjectKey{s.Kind, s.ID, s.Version} }

// already reads the approvals that asks might open a second time: one is looked
// for alone; many are new versions, and what is open may be one of them.
func already(ctx context.Context, tx *db.Tx, org string, asks []Ask) (map[subjectKey]Approval, error) {
	where, args := `a.state = 'open'`, []any(nil)
	if len(asks) == 1 {
		s := asks[0].Subject
		where, args = `a.kind = $2 AND a.subject = $3 AND a.version = $4`, []any{string(s.Kind), s.ID, s.Version}
	}
	list, err := read(ctx, tx, org, where, args...)
	out := map[subjectKey]Approval{}
	for _, a := range list {
		out[a.Subject.key()] = a
	}
	return out, err
}

type policyKey struct {
	kind Kind
	at   time.Time
}

// asked is an approval under the policy of when it came to wait.
func asked(ctx context.Context, tx *db.Tx, org string, ask Ask, policies map[policyKey]Policy, now time.Time) (Approval, error) {
	about, ok := Find(ask.Kind)
	if !ok {
		return Approval{}, fmt.Errorf("approval: unknown kind %q", ask.Kind)
	}
	if ask.At.IsZero() {
		ask.At = now
	}
	at := policyKey{ask.Kind, ask.At.UTC().Truncate(time.Microsecond)}
	p, ok := policies[at]
	if !ok {
		var err error
		if p, err = policyAt(ctx, tx, org, about, at.at); err != nil {
			return Approval{}, err
		}
		policies[at] = p
	}
	if !p.Chosen && len(ask.Tiers) > 0 {
		p.Tiers = ask.Tiers
	}
	return Approval{ID: newID(), Subject: ask.Subject, Author: ask.Author, Tiers: p.Tiers, Chosen: p.Chosen, State: Open, At: at.at}, nil
}

// passes reports whether nobody has to agree, or nobody could.
func passes(a Approval, members []Member) bool {
	st := a.Stand(members)
	return st.State == Approved || !a.Chosen && len(st.May) == 0
}

// Needed reports whether something by an author would have to wait now; if not,
// why says so in a sentence.
func (s *Store) Needed(ctx context.Context, tx *db.Tx, org string, kind Kind, author string, now time.Time) (needed bool, why string, err error) {
	a, err := asked(ctx, tx, org, Ask{Subject: Subject{Kind: kind}, Author: author}, map[policyKey]Policy{}, now)
	if err != nil {
		return false, "", err
	}
	members, err := membersOf(ctx, tx, org)
	switch {
	case err != nil || !passes(a, members):
		return true, "", err
	case a.Chosen:
		return false, "Here nobody has to approve it.", nil
	}
	return false, "No second person could approve the text: nobody else here may.", nil
}

// decisionFact is what the log says of a decision.
type decisionFact struct {
	Approval string `json:"approval"`
	Kind     Kind   `json:"kind"`
	Subject  string `json:"subject"`
	Version  string `json:"version"`
	Digest   string `json:"digest"`
	Tiers    []Tier `json:"tiers"` // the policy it was asked under
	Tier     int    `json:"tier"`
	Yes      bool   `json:"yes"`
	Reason   string `json:"reason"`
	State    State  `json:"state"` // after it
}

const maxReason = 2000

// Decide records what the actor says of something that waits, in the caller's
// transaction, and returns how it stands then: the caller acts when the state is
// Approved or Rejected. What waits without an approval, because it was written
// before there were any, gets one. A no needs a reason. The author, and whoever
// the step does not name, are refused.
func (s *Store) Decide(ctx context.Context, tx *db.Tx, who access.Actor, ask Ask, yes bool, reason string, now time.Time) (Approval, error) {
	about, _ := Find(ask.Kind)
	if err := who.May(about.Action); err != nil {
		return Approval{}, err
	}
	reason, err := db.Prose("reason", "The reason", reason, maxReason)
	if err != nil {
		return Approval{}, err
	}
	if !yes && reason == "" {
		return Approval{}, problem.Field("reason", "Say why not, so that the author knows what to change.")
	}
	a, err := s.Open(ctx, tx, who.Org(), who.Account(), ask, now)
	if err != nil {
		return a, err
	}
	if a.Author == who.Account() {
		return a, problem.New(problem.Forbidden, "You are the author of this. Somebody else has to approve it.")
	}
	if a.State != Open {
		return a, problem.New(problem.Conflict, "This no longer waits for approval.")
	}
	members, err := membersOf(ctx, tx, who.Org())
	if err != nil {
		return a, err
	}
	st := a.Stand(members)
	if !slices.ContainsFunc(st.May, func(m Member) bool { return m.Account == who.Account() }) {
		return a, refused(a, who)
	}
	return s.decide(ctx, tx, who, a, members, Decision{Tier: st.Tier, Account: who.Account(), Name: who.Name(), Yes: yes, Reason: reason}, now)
}

// refused says why somebody whose role allows it cannot decide now.
func refused(a Approval, who access.Actor) error {
	if slices.ContainsFunc(a.Decisions, func(d Decision) bool { return d.Account == who.Account() }) {
		return problem.New(problem.Conflict, "You agreed already. Others have to agree as well.")
	}
	return problem.New(problem.Forbidden, "It is not your turn: this step waits for other people. Settings, Approvals says who signs off what.")
}

func (s *Store) decide(ctx context.Context, tx *db.Tx, who access.Actor, a Approval, members []Member, d Decision, now time.Time) (Approval, error) {
	d.At = now.UTC().Truncate(time.Microsecond)
	a.Decisions = append(a.Decisions, d)
	a.State = a.Stand(members).State
	id, salt := newID(), ledger.Salt()
	_, err := tx.Exec(ctx, `INSERT INTO approval_decision (org, id, approval, tier, account, yes, reason, at, salt) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
		who.Org(), id, a.ID, d.Tier, d.Account, d.Yes, d.Reason, db.Micros(d.At), salt)
	if db.IsUnique(err) {
		return a, problem.New(problem.Conflict, "You agreed already. Others have to agree as well.")
	}
	if err != nil {
		return a, err
	}
	err = s.log.Append(ctx, tx, ledger.Leaf{Org: who.Org(), At: d.At, Actor: who.Account(), Kind: "approval.decided", ID: id, Salt: salt,
		Payload: decisionFact{a.ID, a.Subject.Kind, a.Subject.ID, a.Subject.Version, a.Subject.Digest, a.Tiers, d.Tier, d.Yes, d.Reason, a.State}})
	if err != nil {
		return a, err
	}
	if a.State != Open {
		if err := s.settle(ctx, tx, who.Org(), &a, d.At); err != nil {
			return a, err
		}
	}
	mine := task.Closing{Kind: taskKind(a), Subject: subjectOf(a), Assignee: task.Assignee{Account: who.Account()}, State: task.Done, Reason: d.Reason, Quiet: true}
	if _, err := task.Close(ctx, tx, s.log, who.Org(), who.Account(), mine, d.At); err != nil {
		return a, err
	}
	return a, s.align(ctx, tx, who.Org(), who.Account(), a, members, d.At)
}

// settle writes the end of an approval.
func (s *Store) settle(ctx context.Context, tx *db.Tx, org string, a *Approval, now time.Time) error {
	a.EndedAt = now
	res, err := tx.Exec(ctx, `UPDATE approval SET state = $3, ended_at = $4 WHERE org = $1 AND id = $2 AND state = 'open'`, org, a.ID, string(a.State), db.Micros(now))
	if err != nil {
		return err
	}
	if n, err := res.RowsAffected(); err != nil || n == 0 {
		return errors.Join(err, problem.New(problem.Conflict, "This no longer waits for approval."))
	}
	return nil
}

// Withdraw ends an open approval in the caller's transaction; whether by
// may is the caller's business. Without one there is nothing to do.
func (s *Store) Withdraw(ctx context.Context, tx *db.Tx, org, by string, subject Subject, now time.Time) error {
	a, err := find(ctx, tx, org, subject)
	if err != nil && problem.Of(err).Code == problem.NotFound || err == nil && a.State != Open {
		return nil
	}
	if err != nil {
		return err
	}
	now = now.UTC().Truncate(time.Microsecond)
	a.State = Withdrawn
	if err := s.settle(ctx, tx, org, &a, now); err != nil {
		return err
	}
	return s.align(ctx, tx, org, by, a, nil, now)
}
