package crosswalk

import (
	"context"
	"slices"
	"time"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/framework"
	"github.com/toucan-grc/toucan/internal/ledger"
	"github.com/toucan-grc/toucan/internal/problem"
)

// decisionFact is what the log says of a decision.
type decisionFact struct {
	Set       string `json:"set"`
	Source    string `json:"source"`
	Target    string `json:"target"`
	Kind      string `json:"kind"`
	Authority string `json:"authority"`
	Relation  string `json:"relation"`
	Strength  int    `json:"strength"`
	Rationale string `json:"rationale"`
	Residual  string `json:"residual"`
}

// authorityOf says on whose behalf somebody decides.
func authorityOf(who access.Actor) Authority {
	if who.Role() == access.Auditor {
		return OfAuditor
	}
	return OfOrganisation
}

// Decide records what somebody decided about a pair, from now on. ID, Authority,
// By and At of d are filled in, and Relation where a row is confirmed or
// challenged. Saying again what holds already writes nothing and returns the
// decision that says so.
//
// A proposal is confirmed by somebody else than its author, unless nobody else
// may. A Conflict says that somebody else's proposal stands in the way, or that
// there is nothing to withdraw.
func (s *Store) Decide(ctx context.Context, who access.Actor, d Decision, now time.Time) (Decision, error) {
	if err := who.May(access.DecideEdges); err != nil {
		return Decision{}, err
	}
	if d.Kind == Override || d.Kind == Retract && d.Set == EverySet {
		if err := who.May(access.OverrideEdges); err != nil {
			return Decision{}, err
		}
	}
	err := s.db.Write(ctx, who.Org(), db.People, func(ctx context.Context, tx *db.Tx) (err error) {
		d, err = s.decideIn(ctx, tx, who, d, now)
		return err
	})
	if err != nil {
		return Decision{}, err
	}
	return d, nil
}

// decideIn is Decide in the caller's transaction, of somebody who may.
func (s *Store) decideIn(ctx context.Context, tx *db.Tx, who access.Actor, d Decision, now time.Time) (Decision, error) {
	d.ID, d.Authority, d.By, d.ByName, d.At = newID(), authorityOf(who), who.Account(), who.Name(), now.UTC().Truncate(time.Microsecond)
	l, err := s.libraryAt(ctx, tx, who.Org(), now)
	if err != nil {
		return d, err
	}
	if d, err = d.checked(l); err != nil {
		return d, err
	}
	have, err := s.standing(ctx, tx, who.Org(), d)
	if err != nil {
		return d, err
	}
	if old := have.repeated(d); old != nil {
		return *old, nil
	}
	if d, err = s.fits(ctx, tx, who, d, have); err != nil {
		return d, err
	}
	return d, s.write(ctx, tx, who, d)
}

// standing reads what holds on the subject of d.
func (s *Store) standing(ctx context.Context, tx *db.Tx, org string, d Decision) (*standing, error) {
	history, err := readDecisions(ctx, tx, org, d.At, ` AND d.mapping_set = $3`+ofPair, d.Set, d.Source.Framework, d.Source.ID, d.Target.Framework, d.Target.ID)
	if err != nil {
		return nil, err
	}
	if have := fold(history)[d.subject()]; have != nil {
		return have, nil
	}
	return &standing{}, nil
}

// ofPair narrows to one pair, from either side; its parameters are $4 to $7.
const ofPair = ` AND (d.source_framework = $4 AND d.source = $5 AND d.target_framework = $6 AND d.target = $7
	OR d.source_framework = $6 AND d.source = $7 AND d.target_framework = $4 AND d.target = $5)`

// repeated returns the decision in force that says what d says, of the same
// person, or nil.
func (s *standing) repeated(d Decision) *Decision {
	old := *s.of(d.Authority)
	if d.Kind == Propose {
		old = s.proposal
	}
	if old == nil || old.Kind != d.Kind || old.By != d.By || old.Rationale != d.Rationale || old.Residual != d.Residual || old.Strength != d.Strength {
		return nil
	}
	if d.Set != Proposed || d.Kind == Propose {
		if old.from(d.Source) != d.Relation {
			return nil
		}
	}
	return old
}

// fits checks d against what holds on its subject, and fills in the relation of a
// proposal that is confirmed or challenged.
func (s *Store) fits(ctx context.Context, tx *db.Tx, who access.Actor, d Decision, have *standing) (Decision, error) {
	switch {
	case d.Kind == Retract:
		mine := *have.of(d.Authority)
		if mine == nil && (have.proposal == nil || have.proposal.Authority != d.Authority) {
			return d, problem.New(problem.Conflict, "There is nothing of yours to withdraw here. Somebody may have withdrawn it already; open the page again.")
		}
	case d.Kind == Propose:
		if p := have.proposal; p != nil && p.By != d.By {
			return d, problem.New(problem.Conflict, "%s proposed a row on this pair already. Confirm or challenge it, or have it withdrawn first.", nameOr(p.ByName, "Somebody"))
		}
	case d.Set == Proposed:
		p := have.proposal
		if p == nil {
			return d, problem.New(problem.Conflict, "Nobody proposes a row on this pair any more. Open the page again.")
		}
		d.Relation = p.from(d.Source)
		if d.Kind == Confirm && p.By == who.Account() {
			other, err := s.controls.Approvers().SomebodyElse(ctx, tx, who.Org(), who.Account(), access.DecideEdges)
			if err != nil {
				return d, err
			}
			if other {
				return d, problem.New(problem.Forbidden, "You proposed this row. Somebody else has to confirm it before it counts.")
			}
		}
	}
	return d, nil
}

func nameOr(name, otherwise string) string {
	if name == "" {
		return otherwise
	}
	return name
}

func (s *Store) write(ctx context.Context, tx *db.Tx, who access.Actor, d Decision) error {
	salt := ledger.Salt()
	_, err := tx.Exec(ctx, `
		INSERT INTO edge_decision (org, id, mapping_set, source_framework, source, target_framework, target, kind, authority, relation, strength, rationale, residual, at, account, salt)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)`,
		who.Org(), d.ID, d.Set, d.Source.Framework, d.Source.ID, d.Target.Framework, d.Target.ID, string(d.Kind), string(d.Authority), token(d.Relation),
		d.Strength, d.Rationale, d.Residual, db.Micros(d.At), who.Account(), salt)
	if err != nil {
		return err
	}
	return s.log.Append(ctx, tx, ledger.Leaf{Org: who.Org(), At: d.At, Actor: who.Account(), Kind: "edge.decided", ID: d.ID, Salt: salt, Payload: decisionFact{
		d.Set, d.Source.String(), d.Target.String(), string(d.Kind), string(d.Authority), token(d.Relation), d.Strength, d.Rationale, d.Residual}})
}

// Decisions returns the decisions in force at a moment.
func (s *Store) Decisions(ctx context.Context, who access.Actor, at time.Time) (Decisions, error) {
	history, err := s.History(ctx, who, at)
	if err != nil {
		return nil, err
	}
	return InForce(history), nil
}

// History returns every decision made up to a moment, the oldest first, those
// that something else has replaced too.
func (s *Store) History(ctx context.Context, who access.Actor, at time.Time) ([]Decision, error) {
	if err := who.May(access.ViewPosture); err != nil {
		return nil, err
	}
	var out []Decision
	err := s.db.Read(ctx, who.Org(), func(tx *db.Tx) (err error) {
		out, err = readDecisions(ctx, tx, who.Org(), at, "")
		return err
	})
	return out, err
}

// HistoryOf returns every decision on a pair made up to a moment, from either
// side and about any set, the newest first.
func (s *Store) HistoryOf(ctx context.Context, who access.Actor, a, b framework.Ref, at time.Time) ([]Decision, error) {
	if err := who.May(access.ViewPosture); err != nil {
		return nil, err
	}
	var out []Decision
	err := s.db.Read(ctx, who.Org(), func(tx *db.Tx) (err error) {
		out, err = readDecisions(ctx, tx, who.Org(), at, ` AND $3 = ''`+ofPair, "", a.Framework, a.ID, b.Framework, b.ID)
		return err
	})
	slices.Reverse(out)
	return out, err
}

// readDecisions reads decisions up to a moment, the oldest first; where may use $3 and on.
func readDecisions(ctx context.Context, tx *db.Tx, org string, at time.Time, where string, args ...any) ([]Decision, error) {
	rows, err := tx.Query(ctx, `
		SELECT d.id, d.mapping_set, d.source_framework, d.source, d.target_framework, d.target, d.kind, d.authority, d.relation, d.strength, d.rationale, d.residual,
			d.at, d.account, coalesce(a.name, '')
		FROM edge_decision d LEFT JOIN account a ON a.id = d.account WHERE d.org = $1 AND d.at <= $2`+where+` ORDER BY d.at, d.id`,
		append([]any{org, db.Micros(at)}, args...)...)
	if err != nil {
		return nil, err
	}
	var out []Decision
	err = db.Each(rows, func(scan func(...any) error) error {
		var d Decision
		var relation string
		var at int64
		err := scan(&d.ID, &d.Set, &d.Source.Framework, &d.Source.ID, &d.Target.Framework, &d.Target.ID, &d.Kind, &d.Authority, &relation, &d.Strength, &d.Rationale, &d.Residual,
			&at, &d.By, &d.ByName)
		d.Relation, d.At = parseMask(relation), db.Time(at)
		out = append(out, d)
		return err
	})
	return out, err
}

// StackAt returns the stack the organisation reasons with at a moment: the sets
// it chose, or the default ones, with its decisions over them.
func (s *Store) StackAt(ctx context.Context, who access.Actor, at time.Time) (*Stack, error) {
	ids, err := s.Selected(ctx, who, at)
	if err != nil {
		return nil, err
	}
	ds, err := s.Decisions(ctx, who, at)
	if err != nil {
		return nil, err
	}
	l, err := s.Library(ctx, who, at)
	if err != nil {
		return nil, err
	}
	if len(ids) == 0 {
		ids = l.DefaultStack()
	}
	return l.StackWith(ids, ds)
}
