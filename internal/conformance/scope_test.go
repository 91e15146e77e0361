package conformance

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/approval"
	"github.com/toucan-grc/toucan/internal/cadence"
	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/finding"
	"github.com/toucan-grc/toucan/internal/isms"
	"github.com/toucan-grc/toucan/internal/problem"
	"github.com/toucan-grc/toucan/internal/system"
	"github.com/toucan-grc/toucan/internal/vendor"
)

// landscape is what the company has when its scopes are written.
type landscape struct {
	shop, payroll system.System
	office        system.Site
	host          vendor.Vendor
}

func (h *house) landscape(t testing.TB) landscape {
	t.Helper()
	ctx, who := t.Context(), h.actors[access.Contributor]
	owner := h.inRegister(t, access.Contributor, "Cora")
	var l landscape
	var err error
	l.shop, err = h.systems.PutSystem(ctx, who, system.System{Name: "Shop", Kind: "production", Criticality: "critical", Owner: owner.ID}, now)
	must(t, err)
	l.payroll, err = h.systems.PutSystem(ctx, who, system.System{Name: "Payroll", Kind: "saas", Criticality: "high", Owner: owner.ID}, now)
	must(t, err)
	l.office, err = h.systems.PutSite(ctx, who, system.Site{Name: "Office", Kind: "office", Country: "Ireland", Owner: owner.ID}, now)
	must(t, err)
	l.host, err = h.vendors.Put(ctx, who, vendor.Vendor{Name: "Host", Kind: "cloud-service", Tier: "critical", Owner: owner.ID, Systems: []string{l.shop.ID}}, now)
	must(t, err)
	return l
}

func in(sort isms.ScopeSort, id string) isms.ScopeItem {
	return isms.ScopeItem{Sort: sort, ID: id, In: true}
}

// enact writes a version of a side and has it approved.
func (h *house) enact(t testing.TB, side isms.ScopeSide, c isms.ScopeContent, at time.Time) isms.ScopeVersion {
	t.Helper()
	ctx := t.Context()
	_, err := h.isms.WriteScope(ctx, h.actors[access.Manager], side, c, "", "", at)
	must(t, err)
	_, err = h.isms.SendScope(ctx, h.actors[access.Manager], side, at)
	must(t, err)
	a, err := h.isms.DecideScope(ctx, h.actors[access.Administrator], side, true, "", at)
	must(t, err)
	if a.State != approval.Approved {
		t.Fatalf("approved as %s", a.State)
	}
	b, err := h.isms.Scope(ctx, h.actors[access.Viewer], at)
	must(t, err)
	return b.Of(side)[0]
}

func TestAScopeComesIntoForceByApproval(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx, boss, admin := t.Context(), h.actors[access.Manager], h.actors[access.Administrator]
		l := h.landscape(t)
		from := h.leaves(t, boss.Org())
		c := isms.ScopeContent{Statement: "All we do.", Items: []isms.ScopeItem{in(isms.ScopeSystem, l.shop.ID), {Sort: isms.ScopeSite, ID: l.office.ID}}, Interfaces: []isms.ScopeLine{{What: "Host", How: "contract"}}}
		v, err := h.isms.WriteScope(ctx, boss, isms.ScopeISMS, c, "First.", "", now)
		must(t, err)
		if _, err := h.isms.SendScope(ctx, boss, isms.ScopeISMS, now); codeOf(err) != problem.Invalid || problem.Of(err).Field != "reason-site:"+l.office.ID {
			t.Errorf("sent with a site left out without a reason: %v", err)
		}
		c.Items[1].Reason = "Nobody works there."
		stale := v.Stamp
		_, err = h.isms.WriteScope(ctx, boss, isms.ScopeISMS, c, "First.", v.Stamp, now)
		must(t, err)
		if _, err := h.isms.WriteScope(ctx, boss, isms.ScopeISMS, c, "", stale, now); codeOf(err) != problem.Conflict {
			t.Errorf("written over a newer draft: %v", err)
		}
		v, err = h.isms.SendScope(ctx, boss, isms.ScopeISMS, now)
		must(t, err)
		if v.State != isms.ScopeWaiting || v.Number != 1 {
			t.Errorf("sent as %+v", v)
		}
		if got := h.titles(t, access.Administrator); !slices.Contains(got, "Approve or reject the ISMS scope, version 1") {
			t.Errorf("asked: %v", got)
		}
		if _, err := h.isms.WriteScope(ctx, boss, isms.ScopeISMS, c, "", "", now); codeOf(err) != problem.Conflict {
			t.Errorf("written while it waits: %v", err)
		}
		if _, err := h.isms.DecideScope(ctx, boss, isms.ScopeISMS, true, "", now); codeOf(err) != problem.Forbidden {
			t.Errorf("the author approved: %v", err)
		}
		_, err = h.isms.DecideScope(ctx, admin, isms.ScopeISMS, false, "The office counts.", now)
		must(t, err)
		b, err := h.isms.Scope(ctx, boss, now)
		must(t, err)
		if d, ok := b.OpenOf(isms.ScopeISMS); !ok || d.State != isms.ScopeDraft || d.Number != 1 || b.ISMS != nil {
			t.Errorf("after a no: %+v", b.Versions)
		}
		v = h.enact(t, isms.ScopeISMS, c, now.Add(time.Hour))
		if v.State != isms.ScopeInForce || !v.ApprovedAt.Equal(now.Add(time.Hour).Truncate(time.Microsecond)) || v.Content.Items[1].Words != "SYS-1 Shop" {
			t.Errorf("in force as %+v", v)
		}
		c.Items[1] = in(isms.ScopeSite, l.office.ID)
		v2 := h.enact(t, isms.ScopeISMS, c, now.Add(2*time.Hour))
		b, err = h.isms.Scope(ctx, boss, now.Add(3*time.Hour))
		must(t, err)
		if list := b.Of(isms.ScopeISMS); v2.Number != 2 || len(list) != 2 || list[1].State != isms.ScopeSuperseded || !list[1].EndedAt.Equal(v2.ApprovedAt) || b.ISMS.Number != 2 {
			t.Errorf("the versions are %+v", list)
		}
		if diff := isms.ScopeDiff(b.Versions[1].Content, b.Versions[0].Content); len(diff) != 1 || diff[0].To != "in" {
			t.Errorf("they differ in %+v", diff)
		}
		_, acts, err := h.isms.ScopeHistory(ctx, boss, isms.ScopeISMS, 1)
		must(t, err)
		if len(acts) != 7 || acts[0].Kind != "isms.scope_approved" {
			t.Errorf("what happened: %+v", acts)
		}
		kinds := h.kinds(t, boss.Org(), from)
		if !slices.Contains(kinds, "isms.scope_rejected") || !slices.Contains(kinds, "isms.scope_approved") {
			t.Errorf("leaves %v", kinds)
		}
		err = h.d.Write(ctx, boss.Org(), db.People, func(_ context.Context, tx *db.Tx) error {
			_, err := tx.Exec(ctx, `UPDATE isms_scope SET content = '{}' WHERE org = $1 AND number = 1`, boss.Org())
			return err
		})
		if err == nil {
			t.Error("what was approved can be changed")
		}
		must(t, h.log.Verify(ctx, h.d, boss.Org()))
	})
}

func TestMismatchesAreDecided(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx, boss := t.Context(), h.actors[access.Manager]
		l := h.landscape(t)
		owner := h.inRegister(t, access.Manager, "Max")
		today := cadence.DateOf(now, time.UTC)
		found := func(at time.Time) map[string]isms.ScopeMismatch {
			b, err := h.isms.Scope(ctx, boss, at)
			must(t, err)
			out := map[string]isms.ScopeMismatch{}
			for _, m := range b.Found {
				out[m.Key] = m
			}
			return out
		}
		h.enact(t, isms.ScopeSOC2, isms.ScopeContent{Statement: "The Shop.", Items: []isms.ScopeItem{in(isms.ScopeSystem, l.shop.ID)}}, now)
		if m := found(now); len(m) != 1 || !m["no-scope"].Pitfall {
			t.Errorf("a boundary alone: %+v", m)
		}
		scope := isms.ScopeContent{Statement: "All.", Items: []isms.ScopeItem{in(isms.ScopeSystem, l.shop.ID)}, Interfaces: []isms.ScopeLine{{What: "Post", How: "contract"}}}
		h.enact(t, isms.ScopeISMS, scope, now)
		m := found(now)
		for _, key := range []string{"assumed", "depends:vendor:" + l.host.ID, "neither:system:" + l.payroll.ID, "neither:site:" + l.office.ID} {
			if m[key].Key == "" {
				t.Errorf("%s was not found among %v", key, m)
			}
		}
		rule := func(r isms.ScopeRuling, keys ...string) error {
			fingerprints := map[string]string{}
			for _, k := range keys {
				fingerprints[k] = m[k].Fingerprint
			}
			return h.isms.RuleScope(ctx, boss, fingerprints, r, now)
		}
		for _, tt := range []struct {
			name, field string
			r           isms.ScopeRuling
		}{
			{"without a choice", "choice", isms.ScopeRuling{Reason: "So."}},
			{"deliberate without a reason", "reason", isms.ScopeRuling{Choice: isms.ScopeDeliberate}},
			{"until yesterday", "until", isms.ScopeRuling{Choice: isms.ScopeDeliberate, Reason: "So.", Until: today - 1}},
			{"to be put right by nobody", "owner", isms.ScopeRuling{Choice: isms.ScopeAlign, Due: today + 30}},
			{"to be put right by an unknown", "owner", isms.ScopeRuling{Choice: isms.ScopeAlign, Due: today + 30, Owner: "none"}},
			{"to be put right some day", "due", isms.ScopeRuling{Choice: isms.ScopeAlign, Owner: owner.ID}},
		} {
			if err := rule(tt.r, "assumed"); codeOf(err) != problem.Invalid || problem.Of(err).Field != tt.field {
				t.Errorf("%s: %v, want a problem of %s", tt.name, err, tt.field)
			}
		}
		must(t, rule(isms.ScopeRuling{Choice: isms.ScopeDeliberate, Reason: "One product, one team.", Until: today + 30}, "assumed"))
		payroll := "neither:system:" + l.payroll.ID
		must(t, rule(isms.ScopeRuling{Choice: isms.ScopeAlign, Owner: owner.ID, Due: today + 10}, payroll, "neither:site:"+l.office.ID))
		m = found(now)
		if m["assumed"].Open() || m[payroll].Open() || !m["depends:vendor:"+l.host.ID].Open() {
			t.Errorf("after the decisions: %+v", m)
		}
		actions := func() (titles []string) {
			must(t, h.d.Read(ctx, boss.Org(), func(tx *db.Tx) error {
				list, err := finding.ReadActions(ctx, tx, boss.Org(), finding.Source{Kind: isms.ScopeSource})
				for _, a := range list {
					titles = append(titles, string(a.State)+" "+a.Title)
				}
				return err
			}))
			return titles
		}
		if got := actions(); len(got) != 2 || !strings.Contains(got[0], "Align the scopes: ") {
			t.Errorf("the backlog has %v", got)
		}
		must(t, rule(isms.ScopeRuling{Choice: isms.ScopeDeliberate, Reason: "It holds no data."}, payroll))
		if got := actions(); !slices.ContainsFunc(got, func(s string) bool { return strings.HasPrefix(s, "dropped ") && strings.Contains(s, "Payroll") }) {
			t.Errorf("after another decision the backlog has %v", got)
		}
		if m := found(now.AddDate(0, 0, 31)); !m["assumed"].Open() || m["assumed"].Why == "" || m[payroll].Open() {
			t.Errorf("after the last day of a decision: %+v", m["assumed"])
		}
		scope.Items = append(scope.Items, isms.ScopeItem{Sort: isms.ScopeSystem, ID: l.payroll.ID, Reason: "It holds no data."})
		h.enact(t, isms.ScopeISMS, scope, now.Add(time.Hour))
		later := found(now.Add(time.Hour))
		if _, still := later[payroll]; still || later["assumed"].Open() {
			t.Errorf("what is left out with a reason is still a mismatch: %+v", later)
		}
		scope.Items = append(scope.Items, in(isms.ScopeVendor, l.host.ID))
		h.enact(t, isms.ScopeISMS, scope, now.Add(2*time.Hour))
		must(t, h.systems.Retire(ctx, h.actors[access.Contributor], system.Systems, []string{l.shop.ID}, "Sold.", now.Add(2*time.Hour)))
		if later = found(now.Add(3 * time.Hour)); later["retired:system:"+l.shop.ID].Key == "" || later["assumed"].Key != "" {
			t.Errorf("after the shop was sold and the host taken in: %+v", later)
		}
		if err := rule(isms.ScopeRuling{Choice: isms.ScopeDeliberate, Reason: "So."}, "assumed"); codeOf(err) != problem.Conflict {
			t.Errorf("decided about what is no mismatch any more: %v", err)
		}
	})
}
