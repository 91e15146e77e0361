package crosswalk

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/framework"
	"github.com/toucan-grc/toucan/internal/problem"
)

// DecisionKind says what somebody decided about a pair of requirements.
type DecisionKind string

const (
	Confirm   DecisionKind = "confirm"   // the row is right; a row of a derived set, or of one outside the stack, counts from now on
	Dispute   DecisionKind = "challenge" // the row is wrong, with the reason; it counts no longer
	Override  DecisionKind = "override"  // this holds between the two, whatever the sets say
	Propose   DecisionKind = "propose"   // a row no set has; it counts once a second person confirms it
	Retract   DecisionKind = "withdraw"  // the last decision of one's own side ends
	longest                = 2000        // characters of a reason
	strongest              = 10
)

// Authority says on whose behalf something was decided. An auditor's decision
// holds over the organisation's, and the organisation's over the sets.
type Authority string

const (
	OfOrganisation Authority = "organisation"
	OfAuditor      Authority = "auditor"
)

// What a decision is about, where that is no set of the library.
const (
	Proposed = ""  // the row somebody proposed
	EverySet = "*" // an override is about the pair, not about one row
)

// Decision is what one person decided about the rows of one set on one pair, or
// about the pair as such. A stored decision never changes: the next one on the
// same subject and of the same authority takes its place.
type Decision struct {
	ID             string
	Set            string // id of a set, Proposed or EverySet
	Source, Target framework.Ref
	Kind           DecisionKind
	Authority      Authority
	Relation       Mask // read from Source: what is stated, or what the row said when it was judged; 0 where that is not known
	Strength       int  // editorial, 1 to 10, of a proposal; 0 where nobody stated one
	Rationale      string
	Residual       string // of a proposal or override: what is left to do on the target side
	By, ByName     string // account
	At             time.Time
}

// Decisions are those in force at a moment, at most one of each subject and
// authority, and the proposal where there is one. They stand in a fixed order.
type Decisions []Decision

// subject is what decisions replace each other on. The ends are in a fixed
// order, so that a pair is the same pair from either side.
type subject struct {
	a, b framework.Ref
	set  string
}

func (d Decision) subject() subject {
	s := subject{d.Source, d.Target, d.Set}
	if compareRefs(s.a, s.b) > 0 {
		s.a, s.b = s.b, s.a
	}
	return s
}

func compareRefs(a, b framework.Ref) int {
	return cmp.Or(cmp.Compare(a.Framework, b.Framework), cmp.Compare(a.ID, b.ID))
}

// standing is what holds on one subject.
type standing struct {
	proposal              *Decision
	organisation, auditor *Decision
}

func (s *standing) of(a Authority) **Decision {
	if a == OfAuditor {
		return &s.auditor
	}
	return &s.organisation
}

// holds returns the decision that holds: the auditor's, else the organisation's, or nil.
func (s *standing) holds() *Decision {
	if s == nil {
		return nil
	}
	if s.auditor != nil {
		return s.auditor
	}
	return s.organisation
}

func (s *standing) take(d *Decision) {
	mine := s.of(d.Authority)
	switch {
	case d.Kind == Propose: // what was said of an earlier proposal says nothing of this one
		*s = standing{proposal: d}
	case d.Kind != Retract:
		*mine = d
	case *mine != nil:
		*mine = nil
	case s.proposal != nil && s.proposal.Authority == d.Authority:
		*s = standing{}
	}
}

// fold replays decisions, the oldest first.
func fold(history []Decision) map[subject]*standing {
	out := make(map[subject]*standing)
	for i := range history {
		key := history[i].subject()
		if out[key] == nil {
			out[key] = &standing{}
		}
		out[key].take(&history[i])
	}
	return out
}

// InForce returns the decisions of a history, the oldest first, that hold after
// the last of them.
func InForce(history []Decision) Decisions {
	var out Decisions
	for _, s := range fold(history) {
		for _, d := range []*Decision{s.proposal, s.organisation, s.auditor} {
			if d != nil {
				out = append(out, *d)
			}
		}
	}
	slices.SortFunc(out, compareDecisions)
	return out
}

// compareDecisions orders by pair, then subject, proposals before what was said
// of them, the organisation's before the auditor's.
func compareDecisions(x, y Decision) int {
	a, b := x.subject(), y.subject()
	proposal := func(d Decision) int {
		if d.Kind == Propose {
			return 0
		}
		return 1
	}
	return cmp.Or(compareRefs(a.a, b.a), compareRefs(a.b, b.b), cmp.Compare(a.set, b.set),
		cmp.Compare(proposal(x), proposal(y)), -cmp.Compare(x.Authority, y.Authority), x.At.Compare(y.At), cmp.Compare(x.ID, y.ID))
}

// checked returns the decision with its texts cleaned, or says what is wrong with
// it. said is what the set says about the pair, where it is about a set.
func (d Decision) checked(l *Library) (Decision, error) {
	if d.Source == d.Target {
		return d, problem.Field("target", "Choose two different requirements.")
	}
	for field, ref := range map[string]framework.Ref{"source": d.Source, "target": d.Target} {
		if err := d.known(l, field, ref); err != nil {
			return d, err
		}
	}
	var err error
	if d.Rationale, err = db.Prose("rationale", "The reason", d.Rationale, longest); err != nil {
		return d, err
	}
	if d.Residual, err = db.Prose("residual", "What is left", d.Residual, longest); err != nil {
		return d, err
	}
	if d.Strength < 0 || d.Strength > strongest {
		return d, problem.Field("strength", fmt.Sprintf("A strength is a number from 1 to %d, or empty.", strongest))
	}
	switch d.Kind {
	case Confirm, Dispute:
		return d.checkedJudgement(l)
	case Propose, Override:
		return d.checkedStatement()
	case Retract:
		d.Relation, d.Residual, d.Strength = 0, "", 0
		return d, nil
	}
	return d, problem.Field("kind", fmt.Sprintf("There is no decision %q. Choose confirm, challenge, override, propose or withdraw.", d.Kind))
}

func (d Decision) known(l *Library, field string, ref framework.Ref) error {
	f, ok := l.Frameworks.Find(ref.Framework)
	if !ok {
		return problem.Field(field, fmt.Sprintf("There is no framework %q here. Choose one of those listed.", ref.Framework))
	}
	r, ok := f.Find(ref.ID)
	if !ok {
		return problem.Field(field, fmt.Sprintf("%s has no %q. Check the number.", f.Short, ref.ID))
	}
	if d.Kind == Propose && r.Kind != framework.KindRequirement {
		return problem.Field(field, fmt.Sprintf("%s is a heading of %s, and a row about a heading says nothing of what stands below it. Choose a %s in it.", ref.ID, f.Short, f.Noun))
	}
	return nil
}

// checkedJudgement checks a confirmation or a challenge of rows.
func (d Decision) checkedJudgement(l *Library) (Decision, error) {
	d.Residual, d.Strength = "", 0
	if d.Kind == Dispute && d.Rationale == "" {
		return d, problem.Field("rationale", "Say why the row is wrong. Whoever reads the coverage will ask.")
	}
	if d.Set == EverySet {
		return d, problem.Field("set", "An override is not confirmed or challenged. Withdraw it, or let the auditor override it.")
	}
	if d.Set == Proposed {
		d.Relation = 0 // the store knows what was proposed
		return d, nil
	}
	set, ok := l.Set(d.Set)
	if !ok {
		return d, problem.Field("set", fmt.Sprintf("There is no mapping set %q. Choose from: %s.", d.Set, strings.Join(l.SetIDs(), ", ")))
	}
	if d.Relation, ok = set.says(d.Source, d.Target); !ok {
		return d, problem.New(problem.NotFound, "%s has no row on %s and %s. Propose one, or choose another set.", set.Title, d.Source.Words(), d.Target.Words())
	}
	return d, nil
}

// checkedStatement checks an override or a proposal.
func (d Decision) checkedStatement() (Decision, error) {
	if _, ok := ParseRelation(token(d.Relation)); !ok {
		return d, problem.Field("relation", "Choose what holds between the two: equal, subset, superset, intersects, overlaps or none.")
	}
	if d.Rationale == "" {
		return d, problem.Field("rationale", "Say why. An auditor will ask, and so will the next person.")
	}
	d.Set = Proposed
	if d.Kind == Override {
		d.Set, d.Strength = EverySet, 0
	}
	return d, nil
}

// says returns what the rows of the set on a pair allow together, read from the
// source; false if it has none.
func (s *Set) says(source, target framework.Ref) (Mask, bool) {
	m, found := Any, false
	for i := range s.touching(source) {
		switch e := &s.Edges[i]; {
		case e.Source == source && e.Target == target:
			m, found = m&e.Relation, true
		case e.Target == source && e.Source == target:
			m, found = m&e.Relation.Inverse(), true
		}
	}
	return m, found
}

// token writes a mask as it is stored: "superset", "overlaps", "equal|superset".
func token(m Mask) string {
	if m == Overlaps {
		return "overlaps"
	}
	return strings.Join(m.Relations(), "|")
}

// parseMask reads what token wrote.
func parseMask(text string) Mask {
	var m Mask
	for t := range strings.SplitSeq(text, "|") {
		one, _ := ParseRelation(t)
		m |= one
	}
	return m
}

// from returns the relation of the decision, read from ref.
func (d *Decision) from(ref framework.Ref) Mask {
	if d.Target == ref {
		return d.Relation.Inverse()
	}
	return d.Relation
}
