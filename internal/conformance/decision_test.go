package conformance

import (
	"context"
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/crosswalk"
	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/framework"
	"github.com/toucan-grc/toucan/internal/problem"
)

const curated, consensus = "toucan-curated-1", "soc2-iso27001-consensus"

var (
	cc61        = framework.Ref{Framework: "soc2-2017", ID: "CC6.1"}
	cc66        = framework.Ref{Framework: "soc2-2017", ID: "CC6.6"}
	a822        = framework.Ref{Framework: "iso27001-2022", ID: "A.8.22"}
	a54         = framework.Ref{Framework: "iso27001-2022", ID: "A.5.4"}
	attestation = crosswalk.Attestation{Target: a54, From: "soc2-2017", Sources: []string{"CC1.1", "CC1.5"}, Reason: "The board minutes show it.", Until: now.AddDate(0, 6, 0)}
)

// at is a moment some hours after the tests begin.
func at(hours int) time.Time { return now.Add(time.Duration(hours) * time.Hour) }

func (h *house) decide(t testing.TB, r access.Role, d crosswalk.Decision, when time.Time) crosswalk.Decision {
	t.Helper()
	out, err := h.links.Decide(t.Context(), h.actors[r], d, when)
	must(t, err)
	return out
}

// direct says what the rows on a pair state together at a moment, and whether that is firm.
func (h *house) direct(t testing.TB, a, b framework.Ref, when time.Time) string {
	t.Helper()
	s, err := h.links.StackAt(t.Context(), h.actors[access.Viewer], when)
	must(t, err)
	for _, p := range s.Paths(a, b) {
		if len(p.Hops) == 1 {
			if p.Candidate {
				return p.Mask.String() + ", a suggestion"
			}
			return p.Mask.String()
		}
	}
	return "nothing"
}

func TestDecisionsHoldFromTheirMoment(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		row := crosswalk.Decision{Set: curated, Source: cc61, Target: a822, Rationale: "Our network is flat."}
		row.Kind = crosswalk.Dispute
		h.decide(t, access.Contributor, row, at(1))
		row.Kind = crosswalk.Confirm
		h.decide(t, access.Auditor, row, at(2))
		row.Kind = crosswalk.Retract
		h.decide(t, access.Auditor, row, at(3))
		h.decide(t, access.Manager, crosswalk.Decision{Source: a822, Target: cc61, Kind: crosswalk.Override, Relation: crosswalk.Intersects, Rationale: "They overlap, no more."}, at(4))
		h.decide(t, access.Auditor, crosswalk.Decision{Source: cc61, Target: a822, Kind: crosswalk.Override, Relation: crosswalk.None, Rationale: "Nothing shared."}, at(5))
		h.decide(t, access.Auditor, crosswalk.Decision{Set: crosswalk.EverySet, Source: cc61, Target: a822, Kind: crosswalk.Retract}, at(6))
		for hours, want := range []string{"superset", "nothing", "superset", "nothing", "intersects", "none", "intersects"} {
			if got := h.direct(t, cc61, a822, at(hours)); got != want {
				t.Errorf("after %d hours CC6.1 to A.8.22 is %s, want %s", hours, got, want)
			}
		}
		history, err := h.links.HistoryOf(t.Context(), h.actors[access.Viewer], a822, cc61, at(9))
		must(t, err)
		if len(history) != 6 || history[0].Kind != crosswalk.Retract || history[5].ByName != "Person Contributor" || history[5].Authority != crosswalk.OfOrganisation ||
			history[4].Authority != crosswalk.OfAuditor || !history[5].At.Equal(at(1)) || history[5].Relation != crosswalk.Superset || history[5].Rationale != row.Rationale {
			t.Errorf("history %+v", history)
		}
		must(t, h.log.Verify(t.Context(), h.d, h.actors[access.Viewer].Org()))
	})
}

func TestARowOutsideTheStackCountsOnceConfirmed(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		a53 := framework.Ref{Framework: "iso27001-2022", ID: "4.3"}
		cc11 := framework.Ref{Framework: "soc2-2017", ID: "CC1.1"}
		before := h.direct(t, cc11, a53, now)
		h.decide(t, access.Contributor, crosswalk.Decision{Set: consensus, Source: cc11, Target: a53, Kind: crosswalk.Confirm}, at(1))
		if after := h.direct(t, cc11, a53, at(1)); before != "nothing" || after != "overlaps" {
			t.Errorf("before %s, after %s", before, after)
		}
	})
}

func TestAProposalNeedsASecondPerson(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx := t.Context()
		row := crosswalk.Decision{Source: cc66, Target: a54, Kind: crosswalk.Propose, Relation: crosswalk.Superset, Strength: 6, Rationale: "Ours does.", Residual: "Little."}
		made := h.decide(t, access.Contributor, row, at(1))
		if made.Set != crosswalk.Proposed || made.By != h.accounts[access.Contributor].ID || made.Strength != 6 {
			t.Errorf("%+v", made)
		}
		confirm := crosswalk.Decision{Source: a54, Target: cc66, Kind: crosswalk.Confirm}
		_, err := h.links.Decide(ctx, h.actors[access.Contributor], confirm, at(2))
		if err == nil || problem.Of(err).Code != problem.Forbidden {
			t.Errorf("the author confirms: %v, want it refused", err)
		}
		_, err = h.links.Decide(ctx, h.actors[access.Manager], row, at(2))
		if err == nil || problem.Of(err).Code != problem.Conflict || !strings.Contains(problem.Of(err).Text, "Person Contributor") {
			t.Errorf("a second proposal on the pair: %v, want a conflict that names the first", err)
		}
		if got := h.direct(t, cc66, a54, at(2)); got != "superset, a suggestion" {
			t.Errorf("before somebody confirmed it: %s", got)
		}
		done := h.decide(t, access.Manager, confirm, at(3))
		if done.Relation != crosswalk.Subset {
			t.Errorf("the confirmation says what it confirmed: %v", done.Relation)
		}
		if got := h.direct(t, cc66, a54, at(3)); got != "superset" {
			t.Errorf("confirmed: %s", got)
		}
		row.Relation = crosswalk.Intersects
		h.decide(t, access.Contributor, row, at(4))
		if got := h.direct(t, cc66, a54, at(4)); got != "intersects, a suggestion" {
			t.Errorf("proposed anew: %s", got)
		}
		h.decide(t, access.Contributor, crosswalk.Decision{Source: cc66, Target: a54, Kind: crosswalk.Retract}, at(5))
		if got := h.direct(t, cc66, a54, at(5)); got != "nothing" {
			t.Errorf("withdrawn: %s", got)
		}
		// where nobody else may, one person is enough
		_, err = h.links.Decide(ctx, h.other, row, at(1))
		must(t, err)
		_, err = h.links.Decide(ctx, h.other, confirm, at(2))
		must(t, err)
	})
}

func TestDecidingTwiceIsDecidingOnce(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		who := h.actors[access.Manager]
		row := crosswalk.Decision{Set: curated, Source: cc61, Target: a822, Kind: crosswalk.Confirm}
		first := h.decide(t, access.Manager, row, at(1))
		before := h.rows(t, who.Org())
		again := h.decide(t, access.Manager, row, at(2))
		if after := h.rows(t, who.Org()); again.ID != first.ID || !again.At.Equal(first.At) || !maps.Equal(before, after) {
			t.Errorf("again %+v, first %+v; rows %v, before %v", again, first, after, before)
		}
		if second := h.decide(t, access.Administrator, row, at(3)); second.ID == first.ID {
			t.Error("a second person's confirmation is one of its own")
		}
		row.Rationale = "I looked at the rules of the firewall."
		if third := h.decide(t, access.Administrator, row, at(4)); third.Rationale != row.Rationale || !third.At.Equal(at(4)) {
			t.Errorf("with another reason %+v", third)
		}
	})
}

func TestOnlySomeMayOverride(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		override := crosswalk.Decision{Source: cc61, Target: a822, Kind: crosswalk.Override, Relation: crosswalk.None, Rationale: "x"}
		for _, r := range []access.Role{access.Contributor, access.Viewer, access.Employee} {
			if _, err := h.links.Decide(t.Context(), h.actors[r], override, now); err == nil || problem.Of(err).Code != problem.Forbidden {
				t.Errorf("%s overrides: %v", r, err)
			}
		}
		h.decide(t, access.Manager, override, at(1))
		retract := crosswalk.Decision{Set: crosswalk.EverySet, Source: cc61, Target: a822, Kind: crosswalk.Retract}
		if _, err := h.links.Decide(t.Context(), h.actors[access.Contributor], retract, at(2)); err == nil || problem.Of(err).Code != problem.Forbidden {
			t.Errorf("a contributor withdraws an override: %v", err)
		}
		if _, err := h.links.Decide(t.Context(), h.actors[access.Auditor], retract, at(2)); err == nil || problem.Of(err).Code != problem.Conflict {
			t.Errorf("an auditor withdraws what the organisation decided: %v", err)
		}
	})
}

func TestEveryDecisionIsInTheLog(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		who := h.actors[access.Manager]
		from := h.leaves(t, who.Org())
		h.decide(t, access.Manager, crosswalk.Decision{Set: curated, Source: cc61, Target: a822, Kind: crosswalk.Confirm}, at(1))
		h.decide(t, access.Auditor, crosswalk.Decision{Source: cc61, Target: a822, Kind: crosswalk.Override, Relation: crosswalk.Equal, Rationale: "x"}, at(2))
		a, err := h.links.Attest(t.Context(), who, attestation, at(3))
		must(t, err)
		must(t, h.links.EndAttestation(t.Context(), who, a.ID, at(4)))
		if got := h.kinds(t, who.Org(), from); !slices.Equal(got, []string{"edge.decided", "edge.decided", "attestation.made", "attestation.ended"}) {
			t.Errorf("leaves %v", got)
		}
		must(t, h.log.Verify(t.Context(), h.d, who.Org()))
	})
}

func TestARefusedDecisionLeavesNothing(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		who, ctx := h.actors[access.Manager], t.Context()
		before := h.rows(t, who.Org())
		refuse := func(name string, err error) {
			t.Helper()
			if err == nil || problem.Of(err).Code == problem.Internal {
				t.Errorf("%s: %v, want a sentence a person can act on", name, err)
			}
			if after := h.rows(t, who.Org()); !maps.Equal(before, after) {
				t.Fatalf("%s left something: %v, before %v", name, after, before)
			}
		}
		for name, d := range map[string]crosswalk.Decision{
			"a challenge without a reason":         {Set: curated, Source: cc61, Target: a822, Kind: crosswalk.Dispute},
			"a row that is not there":              {Set: curated, Source: cc61, Target: a54, Kind: crosswalk.Confirm},
			"a proposal that is not there":         {Source: cc61, Target: a54, Kind: crosswalk.Confirm},
			"an override of no relation":           {Source: cc61, Target: a822, Kind: crosswalk.Override, Rationale: "x"},
			"nothing to withdraw":                  {Set: curated, Source: cc61, Target: a822, Kind: crosswalk.Retract},
			"a set that is not there":              {Set: "none", Source: cc61, Target: a822, Kind: crosswalk.Confirm},
			"a requirement that is not there":      {Set: curated, Source: cc61, Target: framework.Ref{Framework: "iso27001-2022", ID: "A.9.99"}, Kind: crosswalk.Confirm},
			"a proposal about a heading":           {Source: cc61, Target: framework.Ref{Framework: "iso27001-2022", ID: "A.8"}, Kind: crosswalk.Propose, Relation: crosswalk.Equal, Rationale: "x"},
			"a reason that cannot be kept":         {Set: curated, Source: cc61, Target: a822, Kind: crosswalk.Dispute, Rationale: "x\x00"},
			"a kind of decision that is not there": {Set: curated, Source: cc61, Target: a822, Kind: "guess"},
		} {
			_, err := h.links.Decide(ctx, who, d, now)
			refuse(name, err)
		}
		for name, change := range map[string]func(*crosswalk.Attestation){
			"no reason":              func(a *crosswalk.Attestation) { a.Reason = " " },
			"no source":              func(a *crosswalk.Attestation) { a.Sources = nil },
			"a group as source":      func(a *crosswalk.Attestation) { a.Sources = []string{"CC6"} },
			"a source unknown":       func(a *crosswalk.Attestation) { a.Sources = []string{"CC99"} },
			"a group as target":      func(a *crosswalk.Attestation) { a.Target.ID = "A.5" },
			"from the same":          func(a *crosswalk.Attestation) { a.From = a.Target.Framework },
			"until yesterday":        func(a *crosswalk.Attestation) { a.Until = now },
			"for two years":          func(a *crosswalk.Attestation) { a.Until = now.AddDate(2, 0, 0) },
			"until never":            func(a *crosswalk.Attestation) { a.Until = time.Time{} },
			"of an unknown standard": func(a *crosswalk.Attestation) { a.Target.Framework = "none" },
		} {
			a := attestation
			change(&a)
			_, err := h.links.Attest(ctx, who, a, now)
			refuse("an attestation with "+name, err)
		}
		refuse("ending an attestation that is not there", h.links.EndAttestation(ctx, who, "none", now))
	})
}

func TestAttestationsLapseAndEnd(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		who, ctx := h.actors[access.Manager], t.Context()
		a, err := h.links.Attest(ctx, who, attestation, at(1))
		must(t, err)
		second := attestation
		second.Reason = "And the training records."
		b, err := h.links.Attest(ctx, who, second, at(2))
		must(t, err)
		must(t, h.links.EndAttestation(ctx, who, b.ID, at(4)))
		for _, tt := range []struct {
			when time.Time
			want int
		}{{now, 0}, {at(1), 1}, {at(2), 2}, {at(3), 2}, {at(4), 1}, {attestation.Until.Add(-time.Microsecond), 1}, {attestation.Until, 0}} {
			list, err := h.links.Attestations(ctx, h.actors[access.Viewer], tt.when)
			must(t, err)
			if len(list) != tt.want {
				t.Errorf("at %v: %d attestations, want %d", tt.when, len(list), tt.want)
			}
			for _, x := range list {
				if !x.InForce(tt.when) {
					t.Errorf("at %v: %+v does not think so", tt.when, x)
				}
			}
		}
		if err := h.links.EndAttestation(ctx, who, b.ID, at(5)); err == nil || problem.Of(err).Code != problem.NotFound {
			t.Errorf("ended twice: %v", err)
		}
		all, err := h.links.AttestationsOf(ctx, who, a54)
		must(t, err)
		if len(all) != 2 || all[0].ID != b.ID || all[0].EndedBy != "Person Manager" || !all[0].EndedAt.Equal(at(4)) || all[1].ID != a.ID || !all[1].EndedAt.IsZero() ||
			!slices.Equal(all[1].Sources, attestation.Sources) || all[1].Reason != attestation.Reason || !all[1].Until.Equal(attestation.Until) || all[1].ByName != "Person Manager" {
			raw, _ := json.MarshalIndent(all, "", " ")
			t.Errorf("history %s", raw)
		}
	})
}

func TestDecisionsOfAnotherOrganisationAreInvisible(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx := t.Context()
		h.decide(t, access.Manager, crosswalk.Decision{Set: curated, Source: cc61, Target: a822, Kind: crosswalk.Dispute, Rationale: "x"}, at(1))
		a, err := h.links.Attest(ctx, h.actors[access.Manager], attestation, at(1))
		must(t, err)
		ds, err := h.links.History(ctx, h.other, at(2))
		must(t, err)
		of, err := h.links.HistoryOf(ctx, h.other, cc61, a822, at(2))
		must(t, err)
		as, err := h.links.Attestations(ctx, h.other, at(2))
		must(t, err)
		ofA, err := h.links.AttestationsOf(ctx, h.other, a54)
		must(t, err)
		if len(ds)+len(of)+len(as)+len(ofA) != 0 {
			t.Errorf("the other organisation sees %d and %d decisions, %d and %d attestations", len(ds), len(of), len(as), len(ofA))
		}
		if err := h.links.EndAttestation(ctx, h.other, a.ID, at(2)); err == nil || problem.Of(err).Code != problem.NotFound {
			t.Errorf("ending another organisation's attestation: %v", err)
		}
		s, err := h.links.StackAt(ctx, h.other, at(2))
		must(t, err)
		if len(s.Direct(cc61, a822)) != 1 || s.Status(s.Direct(cc61, a822)[0]).State != crosswalk.Draft {
			t.Error("the other organisation's stack has our decision")
		}
	})
}

// What was decided is never changed, not even from inside the database.
func TestDecisionsAreFixed(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		who, ctx := h.actors[access.Manager], t.Context()
		h.decide(t, access.Manager, crosswalk.Decision{Set: curated, Source: cc61, Target: a822, Kind: crosswalk.Confirm}, at(1))
		_, err := h.links.Attest(ctx, who, attestation, at(1))
		must(t, err)
		for _, statement := range []string{
			`UPDATE edge_decision SET kind = 'challenge' WHERE org = $1`, `DELETE FROM edge_decision WHERE org = $1`,
			`UPDATE attestation SET reason = 'other' WHERE org = $1`, `UPDATE attestation SET until = until + 1 WHERE org = $1`, `DELETE FROM attestation WHERE org = $1`,
		} {
			err := h.d.Write(ctx, who.Org(), db.People, func(ctx context.Context, tx *db.Tx) error {
				_, err := tx.Exec(ctx, statement, who.Org())
				return err
			})
			if err == nil {
				t.Errorf("%s was done", statement)
			}
		}
	})
}
