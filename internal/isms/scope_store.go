package isms

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/approval"
	"github.com/toucan-grc/toucan/internal/cadence"
	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/ledger"
	"github.com/toucan-grc/toucan/internal/people"
	"github.com/toucan-grc/toucan/internal/problem"
	"github.com/toucan-grc/toucan/internal/register"
	"github.com/toucan-grc/toucan/internal/system"
	"github.com/toucan-grc/toucan/internal/vendor"
)

// Kinds of leaves about scopes.
const (
	scopeWritten   = "isms.scope_written"
	scopeSent      = "isms.scope_sent"
	scopeApproved  = "isms.scope_approved"
	scopeRejected  = "isms.scope_rejected"
	scopeWithdrawn = "isms.scope_withdrawn"
	scopeDecided   = "isms.scope_decided"
)

// ReadScope reads the two scopes in force, everything that could be in them and
// what was decided about their mismatches, in the caller's transaction.
func ReadScope(ctx context.Context, tx *db.Tx, org string, now time.Time) (*ScopePicture, error) {
	roster, err := people.ReadRoster(ctx, tx, org)
	if err != nil {
		return nil, err
	}
	p := &ScopePicture{Today: roster.Today(now)}
	if p.Zone, err = zoneOf(ctx, tx, org); err != nil {
		return nil, err
	}
	if p.Things, err = scopeThings(ctx, tx, org, roster, p.Today); err != nil {
		return nil, err
	}
	for _, side := range []ScopeSide{ScopeISMS, ScopeSOC2} {
		list, err := scopeVersions(ctx, tx, org, `AND s.side = $2 AND s.state = 'in_force'`, string(side))
		if err != nil {
			return nil, err
		}
		if len(list) > 0 {
			if side == ScopeISMS {
				p.ISMS = &list[0]
			} else {
				p.SOC2 = &list[0]
			}
		}
	}
	p.addGone()
	p.Decisions, err = scopeDecisions(ctx, tx, org)
	return p, err
}

func zoneOf(ctx context.Context, tx *db.Tx, org string) (*time.Location, error) {
	var name string
	if err := tx.QueryRow(ctx, `SELECT zone FROM organisation WHERE id = $1`, org).Scan(&name); err != nil {
		return nil, err
	}
	return time.LoadLocation(name)
}

// scopeThings lists what could be in scope: of teams the functions in which
// somebody works, and the groups made here.
func scopeThings(ctx context.Context, tx *db.Tx, org string, roster *people.Roster, today cadence.Date) ([]ScopeThing, error) {
	inv, err := system.Snapshot(ctx, tx, org)
	if err != nil {
		return nil, err
	}
	vendors, err := vendor.All(ctx, tx, org)
	if err != nil {
		return nil, err
	}
	var out []ScopeThing
	for _, s := range inv.Systems {
		out = append(out, ScopeThing{Sort: ScopeSystem, ID: s.ID, Code: s.Code, Name: s.Name, About: register.Label(system.SystemKinds(), s.Kind), Owner: s.Owner, Owned: true, Weighty: true, Retired: !s.InUse()})
	}
	out = append(out, teamsOf(roster, today)...)
	for _, s := range inv.Sites {
		out = append(out, ScopeThing{Sort: ScopeSite, ID: s.ID, Code: s.Code, Name: s.Name, About: strings.Trim(register.Label(system.SiteKinds(), s.Kind)+", "+s.Country, ", "), Owner: s.Owner, Owned: true, Weighty: true, Retired: !s.InUse()})
	}
	for _, v := range vendors {
		weighty := v.Tier == "critical" || v.Tier == "high" || v.Subprocessor || len(v.Data) > 0
		out = append(out, ScopeThing{Sort: ScopeVendor, ID: v.ID, Code: v.Code, Name: v.Name, About: register.Label(vendor.Kinds(), v.Kind), Owner: v.Owner, Owned: true, Weighty: weighty, Retired: !v.InUse(), Serves: v.Systems})
	}
	return out, nil
}

func teamsOf(roster *people.Roster, today cadence.Date) []ScopeThing {
	n := map[string]int{}
	for _, p := range roster.Current(today) {
		n[p.Function]++
	}
	var out []ScopeThing
	for _, f := range people.Functions() {
		if n[f.Key] > 0 {
			about := fmt.Sprintf("%d people", n[f.Key])
			if n[f.Key] == 1 {
				about = "1 person"
			}
			out = append(out, ScopeThing{Sort: ScopeTeam, ID: "function:" + f.Key, Name: f.Label, About: about, Weighty: true})
		}
	}
	for _, g := range roster.Groups() {
		if !slices.ContainsFunc(people.Shipped(), func(s people.Group) bool { return s.Key == g.Key }) {
			out = append(out, ScopeThing{Sort: ScopeTeam, ID: "group:" + g.Key, Name: g.Label, About: "group"})
		}
	}
	return out
}

func scopeVersions(ctx context.Context, tx *db.Tx, org, where string, args ...any) ([]ScopeVersion, error) {
	rows, err := tx.Query(ctx, `SELECT s.id, s.side, s.number, s.state, s.change_note, s.content, s.digest, s.stamp, s.written_by, coalesce(a.name, ''), s.written_at, s.sent_by, s.round, s.approved_at, s.ended_at
		FROM isms_scope s LEFT JOIN account a ON a.id = s.written_by WHERE s.org = $1 `+where+` ORDER BY s.side, s.number DESC`, append([]any{org}, args...)...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []ScopeVersion
	for rows.Next() {
		var v ScopeVersion
		var content string
		var written, approved, ended int64
		if err := rows.Scan(&v.ID, &v.Side, &v.Number, &v.State, &v.Change, &content, &v.Digest, &v.Stamp, &v.WrittenBy, &v.WriterName, &written, &v.SentBy, &v.round, &approved, &ended); err != nil {
			return nil, err
		}
		v.WrittenAt, v.ApprovedAt, v.EndedAt = db.Time(written), db.Time(approved), db.Time(ended)
		if err := json.Unmarshal([]byte(content), &v.Content); err != nil {
			return nil, fmt.Errorf("a version of a scope cannot be read: %w", err)
		}
		out = append(out, v)
	}
	return out, rows.Err()
}

// ScopeBoard is what the page of the scope shows.
type ScopeBoard struct {
	*ScopePicture
	Versions []ScopeVersion // of both sides, the newest first
	Found    []ScopeMismatch
}

// Of returns the versions of one side, the newest first.
func (b ScopeBoard) Of(side ScopeSide) []ScopeVersion {
	return slices.DeleteFunc(slices.Clone(b.Versions), func(v ScopeVersion) bool { return v.Side != side })
}

// OpenOf returns the version of a side that is on its way.
func (b ScopeBoard) OpenOf(side ScopeSide) (ScopeVersion, bool) {
	for _, v := range b.Of(side) {
		if v.Open() {
			return v, true
		}
	}
	return ScopeVersion{}, false
}

// Scope returns the two scopes beside each other, their versions, and what does not
// fit.
func (s *Store) Scope(ctx context.Context, who access.Actor, now time.Time) (ScopeBoard, error) {
	if err := who.May(access.ViewISMS); err != nil {
		return ScopeBoard{}, err
	}
	var b ScopeBoard
	err := s.DB.Read(ctx, who.Org(), func(tx *db.Tx) (err error) {
		if b.ScopePicture, err = ReadScope(ctx, tx, who.Org(), now); err != nil {
			return err
		}
		b.Versions, err = scopeVersions(ctx, tx, who.Org(), "")
		return err
	})
	if err == nil {
		b.Found = b.Mismatches()
	}
	return b, err
}

// Ahead is the board as it would be with what is on its way in force; without
// decisions, for nobody can decide about what may never come.
func (b ScopeBoard) Ahead() ScopeBoard {
	p := *b.ScopePicture
	p.Decisions = nil
	if v, ok := b.OpenOf(ScopeISMS); ok {
		p.ISMS = &v
	}
	if v, ok := b.OpenOf(ScopeSOC2); ok {
		p.SOC2 = &v
	}
	b.ScopePicture = &p
	b.Found = p.Mismatches()
	return b
}

// openScope reads the version of a side that is on its way.
func openScope(ctx context.Context, tx *db.Tx, org string, side ScopeSide) (ScopeVersion, error) {
	list, err := scopeVersions(ctx, tx, org, `AND s.side = $2 AND s.state IN ('draft', 'waiting')`, string(side))
	if err == nil && len(list) == 0 {
		err = problem.New(problem.NotFound, "No version of the %s is on its way. Write a new one first.", side.Label())
	}
	if err != nil {
		return ScopeVersion{}, err
	}
	return list[0], nil
}

// WriteScope keeps what the next version of a side says: a new draft, or the text of
// the one there is. stamp is that of the draft the text was made from, or empty for
// whichever there is.
func (s *Store) WriteScope(ctx context.Context, who access.Actor, side ScopeSide, c ScopeContent, change, stamp string, now time.Time) (ScopeVersion, error) {
	if err := who.May(access.ManageISMS); err != nil {
		return ScopeVersion{}, err
	}
	if side != ScopeISMS && side != ScopeSOC2 {
		return ScopeVersion{}, problem.New(problem.NotFound, "There is no such scope.")
	}
	change, err := db.Prose("change", "What changed", change, maxScopeLine)
	if err != nil {
		return ScopeVersion{}, err
	}
	now = now.UTC().Truncate(time.Microsecond)
	var v ScopeVersion
	err = s.DB.Write(ctx, who.Org(), db.People, func(ctx context.Context, tx *db.Tx) error {
		roster, err := people.ReadRoster(ctx, tx, who.Org())
		if err != nil {
			return err
		}
		things, err := scopeThings(ctx, tx, who.Org(), roster, roster.Today(now))
		if err != nil {
			return err
		}
		if c, err = c.checked(things); err != nil {
			return err
		}
		list, err := scopeVersions(ctx, tx, who.Org(), `AND s.side = $2`, string(side))
		if err != nil {
			return err
		}
		v, err = nextScope(list, side, stamp)
		if err != nil {
			return err
		}
		fresh := v.ID == ""
		v.Content, v.Change, v.Digest, v.Stamp, v.WrittenBy, v.WriterName, v.WrittenAt = c, change, c.digest(), newID(), who.Account(), who.Name(), now
		if fresh {
			v.ID = newID()
		}
		return s.keepScope(ctx, tx, who, v, fresh)
	})
	return v, err
}

// nextScope is the draft to write into, without an id for a new one.
func nextScope(list []ScopeVersion, side ScopeSide, stamp string) (ScopeVersion, error) {
	v := ScopeVersion{Side: side, Number: 1, State: ScopeDraft}
	if len(list) == 0 {
		return v, nil
	}
	switch have := list[0]; {
	case have.State == ScopeWaiting:
		return have, problem.New(problem.Conflict, "The %s waits for approval. Withdraw it first, then change it.", have.Words())
	case have.State == ScopeDraft && stamp != "" && stamp != have.Stamp:
		return have, problem.New(problem.Conflict, "Somebody else changed the draft in the meantime. Look at it again, then make your change.")
	case have.State == ScopeDraft:
		return have, nil
	}
	v.Number = list[0].Number + 1
	return v, nil
}

func (s *Store) keepScope(ctx context.Context, tx *db.Tx, who access.Actor, v ScopeVersion, fresh bool) error {
	content, err := json.Marshal(v.Content)
	if err != nil {
		return err
	}
	if fresh {
		_, err = tx.Exec(ctx, `INSERT INTO isms_scope (org, id, side, number, state, change_note, content, digest, stamp, written_by, written_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
			who.Org(), v.ID, string(v.Side), v.Number, string(v.State), v.Change, string(content), v.Digest, v.Stamp, v.WrittenBy, db.Micros(v.WrittenAt))
	} else {
		_, err = tx.Exec(ctx, `UPDATE isms_scope SET change_note = $3, content = $4, digest = $5, stamp = $6, written_by = $7, written_at = $8 WHERE org = $1 AND id = $2`,
			who.Org(), v.ID, v.Change, string(content), v.Digest, v.Stamp, v.WrittenBy, db.Micros(v.WrittenAt))
	}
	if err != nil {
		return err
	}
	return s.scopeAct(ctx, tx, who, v, scopeWritten, v.Change, v.WrittenAt)
}

// scopeFact is what the log says of a version.
type scopeFact struct {
	Side    ScopeSide    `json:"side"`
	Number  int          `json:"number"`
	Digest  string       `json:"digest"`
	Note    string       `json:"note"`
	Content ScopeContent `json:"content"`
}

func (s *Store) scopeAct(ctx context.Context, tx *db.Tx, who access.Actor, v ScopeVersion, kind, note string, now time.Time) error {
	id, salt := newID(), ledger.Salt()
	_, err := tx.Exec(ctx, `INSERT INTO isms_scope_act (org, id, scope, kind, digest, note, at, account, salt) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
		who.Org(), id, v.ID, kind, v.Digest, note, db.Micros(now), who.Account(), salt)
	if err != nil {
		return err
	}
	return s.Log.Append(ctx, tx, ledger.Leaf{Org: who.Org(), At: now, Actor: who.Account(), Kind: kind, ID: id, Salt: salt, Payload: scopeFact{v.Side, v.Number, v.Digest, note, v.Content}})
}

// SendScope asks for the approval of the draft of a side. Where nobody has to agree
// it is in force at once.
func (s *Store) SendScope(ctx context.Context, who access.Actor, side ScopeSide, now time.Time) (ScopeVersion, error) {
	if err := who.May(access.ManageISMS); err != nil {
		return ScopeVersion{}, err
	}
	now = now.UTC().Truncate(time.Microsecond)
	var v ScopeVersion
	err := s.DB.Write(ctx, who.Org(), db.People, func(ctx context.Context, tx *db.Tx) (err error) {
		if v, err = openScope(ctx, tx, who.Org(), side); err != nil {
			return err
		}
		if v.State == ScopeWaiting {
			return problem.New(problem.Conflict, "The %s waits for approval already.", v.Words())
		}
		if err := v.ready(); err != nil {
			return err
		}
		v.round++
		a, err := s.Approvals.Open(ctx, tx, who.Org(), who.Account(), v.ask(), now)
		if err != nil {
			return err
		}
		v.State, v.SentBy = ScopeWaiting, who.Account()
		if _, err := tx.Exec(ctx, `UPDATE isms_scope SET state = 'waiting', sent_by = $3, round = $4, stamp = $5 WHERE org = $1 AND id = $2`, who.Org(), v.ID, v.SentBy, v.round, newID()); err != nil {
			return err
		}
		if err := s.scopeAct(ctx, tx, who, v, scopeSent, "", now); err != nil || a.State != approval.Approved {
			return err
		}
		v.State, v.ApprovedAt = ScopeInForce, now
		return s.enforceScope(ctx, tx, who, v, "", now)
	})
	return v, err
}

// enforceScope brings a version into force and ends the one before.
func (s *Store) enforceScope(ctx context.Context, tx *db.Tx, who access.Actor, v ScopeVersion, note string, now time.Time) error {
	_, err := tx.Exec(ctx, `UPDATE isms_scope SET state = 'superseded', ended_at = $3 WHERE org = $1 AND side = $2 AND state = 'in_force'`, who.Org(), string(v.Side), db.Micros(now))
	if err == nil {
		_, err = tx.Exec(ctx, `UPDATE isms_scope SET state = 'in_force', approved_at = $3, stamp = $4 WHERE org = $1 AND id = $2`, who.Org(), v.ID, db.Micros(now), newID())
	}
	if err != nil {
		return err
	}
	return s.scopeAct(ctx, tx, who, v, scopeApproved, note, now)
}

// WithdrawScope takes a version back that waits for approval. It is a draft again.
func (s *Store) WithdrawScope(ctx context.Context, who access.Actor, side ScopeSide, now time.Time) error {
	if err := who.May(access.ManageISMS); err != nil {
		return err
	}
	now = now.UTC().Truncate(time.Microsecond)
	return s.DB.Write(ctx, who.Org(), db.People, func(ctx context.Context, tx *db.Tx) error {
		v, err := openScope(ctx, tx, who.Org(), side)
		if err != nil {
			return err
		}
		if v.State != ScopeWaiting {
			return problem.New(problem.Conflict, "The %s does not wait for approval. Change it as you like.", v.Words())
		}
		if err := s.Approvals.Withdraw(ctx, tx, who.Org(), who.Account(), v.ask().Subject, now); err != nil {
			return err
		}
		return s.redraft(ctx, tx, who, v, scopeWithdrawn, "", now)
	})
}

// redraft makes a version a draft again.
func (s *Store) redraft(ctx context.Context, tx *db.Tx, who access.Actor, v ScopeVersion, kind, note string, now time.Time) error {
	if _, err := tx.Exec(ctx, `UPDATE isms_scope SET state = 'draft', sent_by = '', stamp = $3 WHERE org = $1 AND id = $2`, who.Org(), v.ID, newID()); err != nil {
		return err
	}
	return s.scopeAct(ctx, tx, who, v, kind, note, now)
}

// DecideScope records whether the actor agrees to the version of a side that waits.
// The last yes brings it into force; one no, which needs a reason, makes it a draft again.
func (s *Store) DecideScope(ctx context.Context, who access.Actor, side ScopeSide, yes bool, reason string, now time.Time) (approval.Approval, error) {
	if err := who.May(access.ApproveISMS); err != nil {
		return approval.Approval{}, err
	}
	now = now.UTC().Truncate(time.Microsecond)
	var out approval.Approval
	err := s.DB.Write(ctx, who.Org(), db.People, func(ctx context.Context, tx *db.Tx) error {
		v, err := openScope(ctx, tx, who.Org(), side)
		if err != nil {
			return err
		}
		if v.State != ScopeWaiting {
			return problem.New(problem.Conflict, "The %s does not wait for approval.", v.Words())
		}
		if out, err = s.Approvals.Decide(ctx, tx, who, v.ask(), yes, reason, now); err != nil {
			return err
		}
		switch note := strings.TrimSpace(reason); out.State {
		case approval.Approved:
			return s.enforceScope(ctx, tx, who, v, note, now)
		case approval.Rejected:
			return s.redraft(ctx, tx, who, v, scopeRejected, note, now)
		}
		return nil
	})
	return out, err
}

// ScopeAct is something that happened to a version.
type ScopeAct struct {
	Kind, Note string
	At         time.Time
	ByName     string
}

// ScopeHistory returns a version of a side, and what happened to it, the newest first.
func (s *Store) ScopeHistory(ctx context.Context, who access.Actor, side ScopeSide, number int) (v ScopeVersion, acts []ScopeAct, err error) {
	if err := who.May(access.ViewISMS); err != nil {
		return v, nil, err
	}
	err = s.DB.Read(ctx, who.Org(), func(tx *db.Tx) error {
		list, err := scopeVersions(ctx, tx, who.Org(), `AND s.side = $2 AND s.number = $3`, string(side), number)
		if err == nil && len(list) == 0 {
			err = problem.New(problem.NotFound, "There is no such version of the %s.", side.Label())
		}
		if err != nil {
			return err
		}
		v = list[0]
		rows, err := tx.Query(ctx, `SELECT t.kind, t.note, t.at, coalesce(a.name, '') FROM isms_scope_act t LEFT JOIN account a ON a.id = t.account WHERE t.org = $1 AND t.scope = $2 ORDER BY t.at DESC, t.id DESC`, who.Org(), v.ID)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var a ScopeAct
			var at int64
			if err := rows.Scan(&a.Kind, &a.Note, &at, &a.ByName); err != nil {
				return err
			}
			a.At = db.Time(at)
			acts = append(acts, a)
		}
		return errors.Join(rows.Err(), rows.Close())
	})
	return v, acts, err
}
