package conformance

import (
	"os"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/control"
	"github.com/toucan-grc/toucan/internal/ledger"
	"github.com/toucan-grc/toucan/internal/problem"
	"github.com/toucan-grc/toucan/internal/trail"
)

func TestTheLogIsFoundByWhatSomebodyKnows(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx, who := t.Context(), h.actors[access.Administrator]
		later := now.Add(48 * time.Hour)
		c, err := h.controls.Create(ctx, h.actors[access.Manager], control.Control{Code: "X-1", Title: "One"}, later)
		must(t, err)
		all, err := h.trail.Leaves(ctx, who, trail.Filter{}, 100)
		must(t, err)
		if int64(len(all.Leaves)) != all.Size || all.Next != 0 || all.Leaves[0].N != all.Size-1 {
			t.Fatalf("%d entries of %d, next %d", len(all.Leaves), all.Size, all.Next)
		}
		for name, tt := range map[string]struct {
			filter trail.Filter
			fits   func(ledger.Record) bool
		}{
			"its kind":         {trail.Filter{Kind: "member.role"}, func(r ledger.Record) bool { return r.Kind == "member.role" }},
			"an area":          {trail.Filter{Kind: "control."}, func(r ledger.Record) bool { return r.ID == all.Leaves[0].ID }},
			"no area":          {trail.Filter{Kind: "contr."}, func(ledger.Record) bool { return false }},
			"its id":           {trail.Filter{ID: all.Leaves[0].ID}, func(r ledger.Record) bool { return r.ID == all.Leaves[0].ID }},
			"who":              {trail.Filter{Account: h.accounts[access.Manager].ID}, func(r ledger.Record) bool { return r.Actor == h.accounts[access.Manager].ID }},
			"from a day on":    {trail.Filter{From: later}, func(r ledger.Record) bool { return !r.At.Before(later) }},
			"before a day":     {trail.Filter{To: later}, func(r ledger.Record) bool { return r.At.Before(later) }},
			"everything":       {trail.Filter{Kind: "member.role", To: later, From: now, Before: 3}, func(r ledger.Record) bool { return r.Kind == "member.role" && r.N < 3 }},
			"a quote in an id": {trail.Filter{ID: `x" OR 1=1 --`}, func(ledger.Record) bool { return false }},
		} {
			got, err := h.trail.Leaves(ctx, who, tt.filter, 100)
			must(t, err)
			var want []int64
			for _, r := range all.Leaves {
				if tt.fits(r) {
					want = append(want, r.N)
				}
			}
			if len(got.Leaves) != len(want) {
				t.Errorf("%s: %d entries, want %d", name, len(got.Leaves), len(want))
				continue
			}
			for i, r := range got.Leaves {
				if r.N != want[i] {
					t.Errorf("%s: entry %d in place %d, want %d", name, r.N, i, want[i])
				}
			}
		}
		var paged []int64
		for f := (trail.Filter{}); ; {
			p, err := h.trail.Leaves(ctx, who, f, 3)
			must(t, err)
			for _, r := range p.Leaves {
				paged = append(paged, r.N)
			}
			if f.Before = p.Next; p.Next == 0 {
				break
			}
		}
		if int64(len(paged)) != all.Size {
			t.Errorf("page by page there are %d entries of %d", len(paged), all.Size)
		}
		if c.Code != "X-1" {
			t.Error(c)
		}
	})
}

func TestAProofCanBeHad(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx, who := t.Context(), h.actors[access.Auditor]
		if _, err := h.trail.Policy(ctx, who); err == nil || problem.Of(err).Code != problem.Conflict {
			t.Errorf("a policy before anything was signed: %v", err)
		}
		if e, err := h.trail.Proof(ctx, who, 0); err != nil || e.Proof != nil || e.Leaf.N != 0 {
			t.Errorf("before a checkpoint: %+v, %v", e, err)
		}
		if _, err := h.trail.Proof(ctx, who, 9999); err == nil || problem.Of(err).Code != problem.NotFound {
			t.Errorf("an entry there is not: %v", err)
		}
		first, err := h.trail.SignNow(ctx, who, now)
		must(t, err)
		_, err = h.controls.Create(ctx, h.actors[access.Manager], control.Control{Code: "X-1", Title: "One"}, now)
		must(t, err)
		second, err := h.trail.SignNow(ctx, who, now.Add(time.Minute))
		must(t, err)
		policy, err := h.trail.Policy(ctx, who)
		must(t, err)
		known, err := policy.Verifiers()
		must(t, err)
		e, err := h.trail.ProofOf(ctx, who, "member.role", h.memberRow(t))
		must(t, err)
		if e.First == nil || e.First.Size != first.Size || e.Checkpoint.Size != second.Size {
			t.Errorf("covered since %+v, proved against %+v", e.First, e.Checkpoint)
		}
		if _, err := e.Proof.Check([]byte(e.Leaf.Data), known); err != nil {
			t.Error(err)
		}
		growth, err := h.trail.Growth(ctx, who, first.Size, second.Size)
		must(t, err)
		if err := tlog.CheckTree(growth, second.Size, second.Root, first.Size, first.Root); err != nil {
			t.Error(err)
		}
		if _, err := h.trail.ProofOf(ctx, who, "member.role", "none"); err == nil || problem.Of(err).Code != problem.NotFound {
			t.Errorf("the proof of nothing: %v", err)
		}
		list, all, err := h.trail.Checkpoints(ctx, who, 1, 10)
		if err != nil || all != 2 || len(list) != 1 || list[0].Note != first.Note {
			t.Errorf("%d checkpoints, %+v, %v", all, list, err)
		}
	})
}

// memberRow is the id of what the first entry about a member speaks of.
func (h *house) memberRow(t *testing.T) string {
	t.Helper()
	p, err := h.trail.Leaves(t.Context(), h.actors[access.Administrator], trail.Filter{Kind: "member.role"}, 500)
	must(t, err)
	return p.Leaves[len(p.Leaves)-1].ID
}

// TestOneOrganisationDoesNotSeeAnothersLog: nor does it stop when the other's refuses.
func TestOneOrganisationDoesNotSeeAnothersLog(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx, one := t.Context(), h.actors[access.Administrator]
		_, err := h.trail.SignNow(ctx, one, now)
		must(t, err)
		if list, all, err := h.trail.Checkpoints(ctx, h.other, 0, 10); err != nil || all != 0 || len(list) != 0 {
			t.Errorf("the other sees %v, %d, %v", list, all, err)
		}
		s, err := h.trail.SignNow(ctx, h.other, now)
		must(t, err)
		if s.Origin != ledger.Origin(h.other.Org(), 1) {
			t.Errorf("signed as %s", s.Origin)
		}
		mine, err := h.trail.Policy(ctx, one)
		must(t, err)
		known, err := mine.Verifiers()
		must(t, err)
		if _, err := ledger.OpenCheckpoint(s.Note, known); err == nil {
			t.Error("the policy of one opens a checkpoint of the other")
		}
	})
}

func TestANewEpochWantsAReasonAndAnEnd(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx, who := t.Context(), h.actors[access.Administrator]
		first, err := h.trail.SignNow(ctx, who, now)
		must(t, err)
		if _, err := h.trail.NewEpoch(ctx, who, "Just so.", now); err == nil || problem.Of(err).Code != problem.Conflict {
			t.Errorf("a new epoch of a log that is well: %v", err)
		}
		must(t, os.RemoveAll(h.keys))
		if hl, err := h.trail.Health(ctx, who); err != nil || hl.Refusal == nil || hl.Refusal.Cause != ledger.LostKey {
			t.Errorf("%+v, %v", hl, err)
		}
		if _, err := h.trail.NewEpoch(ctx, who, " ", now); err == nil || problem.Of(err).Field != "reason" {
			t.Errorf("without a reason: %v", err)
		}
		before := h.leaves(t, who.Org())
		_, err = h.trail.NewEpoch(ctx, who, "The disk of the keys failed.", now)
		must(t, err)
		if kinds := h.kinds(t, who.Org(), before); len(kinds) != 1 || kinds[0] != ledger.KindEpoch {
			t.Errorf("leaves %v", kinds)
		}
		epochs, err := h.trail.Epochs(ctx, who)
		if err != nil || len(epochs) != 2 || epochs[1].Account != who.Account() || epochs[1].OldNote != first.Note {
			t.Errorf("%+v, %v", epochs, err)
		}
		policy, err := h.trail.Policy(ctx, h.actors[access.Auditor])
		if err != nil || len(policy.Logs) != 2 {
			t.Errorf("the policy has %v, %v; want both keys", policy.Logs, err)
		}
		if hl, err := h.trail.Health(ctx, who); err != nil || hl.Refusal != nil || hl.Last.Epoch != 2 || hl.Since() != 0 {
			t.Errorf("%+v, %v", hl, err)
		}
	})
}

func TestWhereCheckpointsAreSent(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx, who := t.Context(), h.actors[access.Administrator]
		for name, n := range map[string]trail.NewAnchor{
			"no address":          {Way: trail.Mail, Address: "auditor", Days: 1},
			"a way there is not":  {Way: "pigeon", Address: "auditor@firm.test", Days: 1},
			"an odd interval":     {Way: trail.Mail, Address: "auditor@firm.test", Days: 3},
			"an open webhook":     {Way: trail.Webhook, Address: "http://hooks.firm.test/x", Days: 1},
			"a webhook inside":    {Way: trail.Webhook, Address: "ftp://hooks.firm.test/x", Days: 1},
			"a header in a field": {Way: trail.Mail, Address: "a@firm.test\r\nBcc: b@firm.test", Days: 1},
		} {
			if _, _, err := h.trail.SetAnchor(ctx, who, n, now); err == nil || problem.Of(err).Code != problem.Invalid {
				t.Errorf("%s: %v", name, err)
			}
		}
		before := h.leaves(t, who.Org())
		mail, secret, err := h.trail.SetAnchor(ctx, who, trail.NewAnchor{Way: trail.Mail, Address: "auditor@firm.test", Days: 1}, now)
		if err != nil || secret != "" {
			t.Fatalf("%q, %v", secret, err)
		}
		_, secret, err = h.trail.SetAnchor(ctx, who, trail.NewAnchor{Way: trail.Webhook, Address: "https://hooks.firm.test/x", Days: 7}, now)
		if err != nil || secret == "" {
			t.Fatalf("%q, %v", secret, err)
		}
		if _, _, err := h.trail.SetAnchor(ctx, who, trail.NewAnchor{Way: trail.Mail, Address: "Auditor@firm.test", Days: 7}, now); err == nil || problem.Of(err).Field != "address" {
			t.Errorf("the same address twice: %v", err)
		}
		if err := h.trail.SendNow(ctx, who, mail, now); err == nil || problem.Of(err).Code != problem.Conflict {
			t.Errorf("sending before anything was signed: %v", err)
		}
		_, err = h.trail.SignNow(ctx, who, now)
		must(t, err)
		must(t, h.trail.SendNow(ctx, who, mail, now))
		if err := h.trail.SendNow(ctx, who, mail, now); err == nil || problem.Of(err).Code != problem.Conflict {
			t.Errorf("the same checkpoint twice: %v", err)
		}
		if all, err := h.trail.Anchors(ctx, h.other); err != nil || len(all) != 0 {
			t.Errorf("the other organisation sees %+v, %v", all, err)
		}
		must(t, h.trail.RemoveAnchor(ctx, who, mail, now.Add(time.Hour)))
		if err := h.trail.RemoveAnchor(ctx, who, mail, now.Add(time.Hour)); err == nil || problem.Of(err).Code != problem.NotFound {
			t.Errorf("removed twice: %v", err)
		}
		all, err := h.trail.Anchors(ctx, h.actors[access.Auditor])
		must(t, err)
		last := all[len(all)-1]
		if len(all) != 2 || last.ID != mail || last.Address != "" || last.Domain != "firm.test" || last.EndedAt.IsZero() || last.Last == nil {
			t.Errorf("after the removal: %+v", all)
		}
		if kinds := h.kinds(t, who.Org(), before); len(kinds) != 3 || kinds[0] != trail.KindAnchor || kinds[2] != trail.KindAnchor {
			t.Errorf("leaves %v", kinds)
		}
		if s, err := h.trail.Sendings(ctx, who, 10); err != nil || len(s) != 1 || s[0].Anchor != mail {
			t.Errorf("sendings %+v, %v", s, err)
		}
	})
}
