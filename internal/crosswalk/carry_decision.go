package crosswalk

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/framework"
)

// judgedAgain says that what was judged of one requirement is not known of another.
func judgedAgain(p *UpgradePlan, r UpgradeRow, h Hanging) string {
	if h.Stays != "" {
		return h.Stays
	}
	if p.inPlace() && slices.Equal(r.To, []string{r.Old}) {
		return ""
	}
	if _, same := p.route(r.Old); same {
		return ""
	}
	if len(r.To) == 0 {
		return "Nothing in the new edition was chosen for " + r.Old + "."
	}
	return "What was judged of " + r.Old + " need not hold of " + strings.Join(r.To, ", ") + ". Judge it again there."
}

// reroute returns where a reference of the old edition stands in the new one;
// false if it is not the same thing there. References elsewhere stay.
func (p *UpgradePlan) reroute(ref framework.Ref) (framework.Ref, bool) {
	if ref.Framework != p.From.Ref {
		return ref, true
	}
	to, same := p.route(ref.ID)
	if p.inPlace() && slices.Equal(to, []string{ref.ID}) {
		return ref, true
	}
	if !same {
		return ref, false
	}
	return framework.Ref{Framework: p.To.Ref, ID: to[0]}, true
}

// carriedFrom marks a reason that was written for an older edition.
func carriedFrom(reason, by string, at time.Time, p *UpgradePlan) string {
	mark := fmt.Sprintf("Carried over from %s; said by %s on %s.", p.From.Name(), nameOr(by, "somebody"), at.UTC().Format("2 January 2006"))
	text := strings.TrimSpace(reason + "\n" + mark)
	if len([]rune(text)) > longest {
		return reason
	}
	return text
}

// decisionCarrier carries what people decided about pairs: proposals, overrides,
// and what was said of proposals. Decisions on rows of a set stay with that set.
// The originals stay in force on the old pair.
type decisionCarrier struct{}

func (decisionCarrier) kind() string { return "decision" }

func (decisionCarrier) stranded(p *UpgradePlan, r UpgradeRow, h Hanging) string {
	if _, still := p.New.Find(r.Old); h.Stays != "" && p.inPlace() && still {
		return "" // the pair is there as before
	}
	return judgedAgain(p, r, h)
}

func (decisionCarrier) hanging(ctx context.Context, tx *db.Tx, org, id string, at time.Time) ([]Hanging, error) {
	history, err := readDecisions(ctx, tx, org, at, ` AND (d.source_framework = $3 OR d.target_framework = $3)`, id)
	if err != nil {
		return nil, err
	}
	var out []Hanging
	for _, d := range InForce(history) {
		h := Hanging{Kind: "decision", Text: fmt.Sprintf("%s on %s and %s", d.Kind, d.Source.Words(), d.Target.Words())}
		switch {
		case d.Authority == OfAuditor:
			h.Stays = "It is the auditor's word, and nobody else can give it again."
		case d.Set != Proposed && d.Set != EverySet:
			h.Stays = "It is about a row of the set " + d.Set + ", which speaks of the old edition."
		}
		for _, ref := range []framework.Ref{d.Source, d.Target} {
			if ref.Framework == id {
				h.Requirement = ref.ID
				out = append(out, h)
			}
		}
	}
	return out, nil
}

// carriedDecision is one that carry wrote.
type carriedDecision struct {
	ID        string `json:"id"`
	Set       string `json:"set"`
	Kind      string `json:"kind"`
	Source    string `json:"source_framework"`
	SourceID  string `json:"source"`
	Target    string `json:"target_framework"`
	TargetID  string `json:"target"`
	Authority string `json:"authority"`
}

func (c carriedDecision) decision() Decision {
	return Decision{ID: c.ID, Set: c.Set, Kind: DecisionKind(c.Kind), Authority: Authority(c.Authority),
		Source: framework.Ref{Framework: c.Source, ID: c.SourceID}, Target: framework.Ref{Framework: c.Target, ID: c.TargetID}}
}

func (decisionCarrier) carry(ctx context.Context, tx *db.Tx, j changeover) (any, error) {
	history, err := readDecisions(ctx, tx, j.who.Org(), j.now, "")
	if err != nil {
		return nil, err
	}
	standing := fold(history)
	trace := []carriedDecision{}
	written := map[subject]bool{}
	for _, d := range InForce(history) {
		if d.Authority == OfAuditor || d.Set != Proposed && d.Set != EverySet {
			continue
		}
		source, ok := j.plan.reroute(d.Source)
		target, also := j.plan.reroute(d.Target)
		if !ok || !also || source == d.Source && target == d.Target || source == target {
			continue
		}
		rationale := carriedFrom(d.Rationale, d.ByName, d.At, j.plan)
		d.ID, d.Source, d.Target, d.Rationale, d.By, d.ByName, d.At = newID(), source, target, rationale, j.who.Account(), j.who.Name(), j.now
		if have := standing[d.subject()]; have != nil && !written[d.subject()] && (have.proposal != nil || have.organisation != nil) {
			continue // the new edition has a decision of its own there
		}
		written[d.subject()] = true
		if err := j.s.write(ctx, tx, j.who, d); err != nil {
			return nil, err
		}
		trace = append(trace, carriedDecision{d.ID, d.Set, string(d.Kind), source.Framework, source.ID, target.Framework, target.ID, string(d.Authority)})
	}
	return trace, nil
}

func (decisionCarrier) undo(ctx context.Context, tx *db.Tx, j changeover, trace json.RawMessage) ([]string, error) {
	var list []carriedDecision
	if err := json.Unmarshal(trace, &list); err != nil {
		return nil, err
	}
	history, err := readDecisions(ctx, tx, j.who.Org(), j.now, "")
	if err != nil {
		return nil, err
	}
	holds := map[string]bool{}
	standing := fold(history)
	for _, d := range InForce(history) {
		holds[d.ID] = true
	}
	carriedIDs := map[string]bool{}
	for _, c := range list {
		carriedIDs[c.ID] = true
	}
	var way []string
	for _, c := range slices.Backward(list) { // what was said of a proposal before the proposal itself
		d := c.decision()
		s := standing[d.subject()]
		foreign := s != nil && (s.organisation != nil && !carriedIDs[s.organisation.ID] || s.auditor != nil || s.proposal != nil && !carriedIDs[s.proposal.ID])
		if !holds[c.ID] || foreign {
			way = append(way, fmt.Sprintf("Somebody decided anew about %s and %s.", d.Source.Words(), d.Target.Words()))
			continue
		}
		d.ID, d.Kind, d.At = newID(), Retract, j.now
		d.Rationale = "The upgrade that carried it was undone."
		if err := j.s.write(ctx, tx, j.who, d); err != nil {
			return nil, err
		}
	}
	return way, nil
}

// attestationCarrier carries attestations: somebody vouches for them again, with
// the name of who did first. The originals stay in force for the old edition.
type attestationCarrier struct{}

func (attestationCarrier) kind() string { return "attestation" }

func (attestationCarrier) stranded(p *UpgradePlan, r UpgradeRow, h Hanging) string {
	return judgedAgain(p, r, h)
}

func inForceAt(ctx context.Context, tx *db.Tx, org string, at time.Time) ([]Attestation, error) {
	return readAttestations(ctx, tx, org, ` AND `+holding, db.Micros(at))
}

func (attestationCarrier) hanging(ctx context.Context, tx *db.Tx, org, id string, at time.Time) ([]Hanging, error) {
	list, err := inForceAt(ctx, tx, org, at)
	var out []Hanging
	for _, a := range list {
		text := "attestation for " + a.Target.Words() + " by " + nameOr(a.ByName, "somebody")
		if a.Target.Framework == id {
			out = append(out, Hanging{Requirement: a.Target.ID, Kind: "attestation", Text: text})
		}
		for _, source := range a.Sources {
			if a.From == id {
				out = append(out, Hanging{Requirement: source, Kind: "attestation", Text: text})
			}
		}
	}
	return out, err
}

func (attestationCarrier) carry(ctx context.Context, tx *db.Tx, j changeover) (any, error) {
	list, err := inForceAt(ctx, tx, j.who.Org(), j.now)
	if err != nil {
		return nil, err
	}
	trace := []string{}
	for _, a := range list {
		next, ok := a.reroute(j.plan)
		if !ok || next.Target == a.Target && next.From == a.From && slices.Equal(next.Sources, a.Sources) {
			continue
		}
		next.Reason = carriedFrom(a.Reason, a.ByName, a.At, j.plan)
		if next, err = j.s.writeAttestation(ctx, tx, j.who, next, j.now); err != nil {
			return nil, err
		}
		trace = append(trace, next.ID)
	}
	return trace, nil
}

// reroute returns the attestation as it reads in the new edition; false if one of
// its requirements is not the same thing there.
func (a Attestation) reroute(p *UpgradePlan) (Attestation, bool) {
	target, ok := p.reroute(a.Target)
	a.Target = target
	sources := make([]string, 0, len(a.Sources))
	from := a.From
	for _, id := range a.Sources {
		ref, same := p.reroute(framework.Ref{Framework: a.From, ID: id})
		ok = ok && same
		from = ref.Framework
		sources = append(sources, ref.ID)
	}
	a.From, a.Sources = from, sources
	return a, ok
}

func (attestationCarrier) undo(ctx context.Context, tx *db.Tx, j changeover, trace json.RawMessage) ([]string, error) {
	var ids []string
	if err := json.Unmarshal(trace, &ids); err != nil {
		return nil, err
	}
	var way []string
	for _, id := range ids {
		list, err := readAttestations(ctx, tx, j.who.Org(), ` AND t.id = $2`, id)
		if err != nil {
			return nil, err
		}
		switch {
		case len(list) == 0 || !j.now.Before(list[0].Until):
			continue // it lapsed by itself
		case !list[0].EndedAt.IsZero():
			way = append(way, fmt.Sprintf("The attestation for %s that was carried over was ended since.", list[0].Target.Words()))
		default:
			if err := j.s.endAttestation(ctx, tx, j.who, id, j.now); err != nil {
				return nil, err
			}
		}
	}
	return way, nil
}
