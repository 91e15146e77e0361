package crosswalk

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/approval"
	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/framework"
	"github.com/toucan-grc/toucan/internal/ledger"
	"github.com/toucan-grc/toucan/internal/problem"
)

// Attestation is a named person's word that the listed requirements of one
// framework together suffice for a requirement of another that no relation
// closes. It never changes; it lapses, or somebody ends it.
type Attestation struct {
	ID         string
	Target     framework.Ref
	From       string   // framework of the sources
	Sources    []string // its requirements; the attestation counts while all are met
	Reason     string
	Until      time.Time // the moment it lapses, itself excluded
	By, ByName string
	At         time.Time
	EndedAt    time.Time      // zero: nobody ended it
	EndedBy    string         // what that person is called
	Approval   approval.State // empty: nobody had to agree; otherwise it counts once approved
	ApprovedAt time.Time      // when it came to be approved
}

const (
	maxAttested  = 50 // sources
	attestMonths = 15 // an annual review with three months of grace
)

// checked returns the attestation with its texts cleaned, or says what is wrong.
func (a Attestation) checked(l *Library, now time.Time) (Attestation, error) {
	to, ok := l.Frameworks.Find(a.Target.Framework)
	if !ok {
		return a, problem.Field("target", fmt.Sprintf("There is no framework %q here. Choose one of those listed.", a.Target.Framework))
	}
	if r, ok := to.Find(a.Target.ID); !ok || r.Kind != framework.KindRequirement {
		return a, problem.Field("target", fmt.Sprintf("%s has no %s %q. Check the number.", to.Short, to.Noun, a.Target.ID))
	}
	from, ok := l.Frameworks.Find(a.From)
	if !ok || from.ID == to.ID {
		return a, problem.Field("from", "Choose another framework whose requirements suffice.")
	}
	if len(a.Sources) == 0 || len(a.Sources) > maxAttested {
		return a, problem.Field("sources", fmt.Sprintf("Name the %s of %s that suffice, one to %d of them.", from.Nouns, from.Short, maxAttested))
	}
	var sources []string
	for _, id := range a.Sources {
		r, ok := from.Find(id)
		if !ok || r.Kind != framework.KindRequirement {
			return a, problem.Field("sources", fmt.Sprintf("%s has no %s %q. Check the number.", from.Short, from.Noun, id))
		}
		if !slices.Contains(sources, id) {
			sources = append(sources, id)
		}
	}
	a.Sources = sources
	var err error
	if a.Reason, err = db.Prose("reason", "The reason", a.Reason, longest); err != nil {
		return a, err
	}
	if a.Reason == "" {
		return a, problem.Field("reason", "Say why these suffice. The auditor will read it.")
	}
	a.Until = a.Until.UTC().Truncate(time.Microsecond)
	if !a.Until.After(now) {
		return a, problem.Field("until", "Choose a day in the future: an attestation holds until it lapses.")
	}
	if last := now.AddDate(0, attestMonths, 0); a.Until.After(last) {
		return a, problem.Field("until", fmt.Sprintf("An attestation lasts %d months at most, so that somebody looks again. Choose a day up to %s.", attestMonths, last.Format("2 January 2006")))
	}
	return a, nil
}

// attestationFact is what the log says of an attestation, and of its end.
type attestationFact struct {
	Target  string   `json:"target"`
	From    string   `json:"from"`
	Sources []string `json:"sources"`
	Reason  string   `json:"reason"`
	Until   int64    `json:"until_us"`
	Ended   bool     `json:"ended"`
}

// Attest records an attestation of the actor, from now until a.Until, at most
// fifteen months ahead. ID, By and At are filled in. Where the organisation asks
// others to agree, it counts from the moment they have.
func (s *Store) Attest(ctx context.Context, who access.Actor, a Attestation, now time.Time) (Attestation, error) {
	if err := who.May(access.Attest); err != nil {
		return Attestation{}, err
	}
	now = now.UTC().Truncate(time.Microsecond)
	err := s.db.Write(ctx, who.Org(), db.People, func(ctx context.Context, tx *db.Tx) error {
		l, err := s.libraryAt(ctx, tx, who.Org(), now)
		if err != nil {
			return err
		}
		if a, err = a.checked(l, now); err != nil {
			return err
		}
		if a, err = s.writeAttestation(ctx, tx, who, a, now); err != nil {
			return err
		}
		sign, err := s.approvals.Open(ctx, tx, who.Org(), who.Account(), a.ask(), now)
		if err != nil || sign.State != approval.Open {
			return err
		}
		a.Approval = approval.Open
		return s.settleAttestation(ctx, tx, who.Org(), a.ID, approval.Open, time.Time{})
	})
	if err != nil {
		return Attestation{}, err
	}
	return a, nil
}

// writeAttestation writes one that was checked, as the actor's word from now on.
func (s *Store) writeAttestation(ctx context.Context, tx *db.Tx, who access.Actor, a Attestation, now time.Time) (Attestation, error) {
	a.ID, a.By, a.ByName, a.At, a.EndedAt, a.EndedBy = newID(), who.Account(), who.Name(), now, time.Time{}, ""
	salt := ledger.Salt()
	_, err := tx.Exec(ctx, `
		INSERT INTO attestation (org, id, target_framework, target, source_framework, sources, reason, until, at, account, salt)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
		who.Org(), a.ID, a.Target.Framework, a.Target.ID, a.From, strings.Join(a.Sources, "\n"), a.Reason, db.Micros(a.Until), db.Micros(now), who.Account(), salt)
	if err != nil {
		return a, err
	}
	return a, s.log.Append(ctx, tx, ledger.Leaf{Org: who.Org(), At: now, Actor: who.Account(), Kind: "attestation.made", ID: a.ID, Salt: salt, Payload: a.fact(false)})
}

func (a Attestation) fact(ended bool) attestationFact {
	return attestationFact{a.Target.String(), a.From, a.Sources, a.Reason, db.Micros(a.Until), ended}
}

// EndAttestation ends an attestation before it lapses. Days before now keep it.
func (s *Store) EndAttestation(ctx context.Context, who access.Actor, id string, now time.Time) error {
	if err := who.May(access.Attest); err != nil {
		return err
	}
	now = now.UTC().Truncate(time.Microsecond)
	return s.db.Write(ctx, who.Org(), db.People, func(ctx context.Context, tx *db.Tx) error {
		return s.endAttestation(ctx, tx, who, id, now)
	})
}

func (s *Store) endAttestation(ctx context.Context, tx *db.Tx, who access.Actor, id string, now time.Time) error {
	var salt string
	err := tx.QueryRow(ctx, `UPDATE attestation SET ended_at = $3, ended_by = $4 WHERE org = $1 AND id = $2 AND ended_at = 0 AND until > $3 RETURNING salt`,
		who.Org(), id, db.Micros(now), who.Account()).Scan(&salt)
	if errors.Is(err, sql.ErrNoRows) {
		return problem.New(problem.NotFound, "There is no such attestation in force. It may have lapsed or been ended; open the page again.")
	}
	if err != nil {
		return err
	}
	list, err := readAttestations(ctx, tx, who.Org(), ` AND t.id = $2`, id)
	if err != nil {
		return err
	}
	if err := s.approvals.Withdraw(ctx, tx, who.Org(), who.Account(), list[0].ask().Subject, now); err != nil {
		return err
	}
	return s.log.Append(ctx, tx, ledger.Leaf{Org: who.Org(), At: now, Actor: who.Account(), Kind: "attestation.ended", ID: id, Salt: salt, Payload: list[0].fact(true)})
}

// Attestations returns those that hold at a moment, the oldest first.
func (s *Store) Attestations(ctx context.Context, who access.Actor, at time.Time) ([]Attestation, error) {
	if err := who.May(access.ViewPosture); err != nil {
		return nil, err
	}
	var out []Attestation
	err := s.db.Read(ctx, who.Org(), func(tx *db.Tx) (err error) {
		out, err = readAttestations(ctx, tx, who.Org(), ` AND `+holding, db.Micros(at))
		return err
	})
	return out, err
}

// AttestationsOf returns every attestation ever made for a requirement, the
// newest first: those in force, lapsed and ended.
func (s *Store) AttestationsOf(ctx context.Context, who access.Actor, target framework.Ref) ([]Attestation, error) {
	if err := who.May(access.ViewPosture); err != nil {
		return nil, err
	}
	var out []Attestation
	err := s.db.Read(ctx, who.Org(), func(tx *db.Tx) (err error) {
		out, err = readAttestations(ctx, tx, who.Org(), ` AND t.target_framework = $2 AND t.target = $3`, target.Framework, target.ID)
		return err
	})
	slices.Reverse(out)
	return out, err
}

func readAttestations(ctx context.Context, tx *db.Tx, org, where string, args ...any) ([]Attestation, error) {
	rows, err := tx.Query(ctx, `
		SELECT t.id, t.target_framework, t.target, t.source_framework, t.sources, t.reason, t.until, t.at, t.account, coalesce(a.name, ''), t.ended_at, coalesce(e.name, ''), t.approval, t.approved_at
		FROM attestation t LEFT JOIN account a ON a.id = t.account LEFT JOIN account e ON e.id = t.ended_by WHERE t.org = $1`+where+` ORDER BY t.at, t.id`,
		append([]any{org}, args...)...)
	if err != nil {
		return nil, err
	}
	var out []Attestation
	err = db.Each(rows, func(scan func(...any) error) error {
		var a Attestation
		var sources string
		var until, at, ended, approved int64
		err := scan(&a.ID, &a.Target.Framework, &a.Target.ID, &a.From, &sources, &a.Reason, &until, &at, &a.By, &a.ByName, &ended, &a.EndedBy, &a.Approval, &approved)
		a.Sources, a.Until, a.At, a.ApprovedAt = strings.Split(sources, "\n"), db.Time(until), db.Time(at), db.Time(approved)
		if ended != 0 {
			a.EndedAt = db.Time(ended)
		}
		out = append(out, a)
		return err
	})
	return out, err
}

// InForce reports whether the attestation holds at a moment.
func (a Attestation) InForce(at time.Time) bool {
	if a.Approval != "" && (a.Approval != approval.Approved || at.Before(a.ApprovedAt)) {
		return false
	}
	return !at.Before(a.At) && at.Before(a.Until) && (a.EndedAt.IsZero() || at.Before(a.EndedAt))
}
