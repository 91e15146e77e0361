package conformance

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/cadence"
	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/people"
	"github.com/toucan-grc/toucan/internal/problem"
	"github.com/toucan-grc/toucan/internal/register"
	sheets "github.com/toucan-grc/toucan/internal/sheet"
	"github.com/toucan-grc/toucan/internal/system"
	"github.com/toucan-grc/toucan/internal/vendor"
)

// queued counts the jobs of a kind that wait.
func (h *house) queued(t testing.TB, kind string) []string {
	t.Helper()
	var out []string
	must(t, h.d.Read(t.Context(), h.actors[access.Administrator].Org(), func(tx *db.Tx) error {
		args := `args`
		if tx.Engine() == "postgres" {
			args = `args::text`
		}
		rows, err := tx.Query(t.Context(), `SELECT `+args+` FROM river_job WHERE kind = $1 ORDER BY id`, kind)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var a string
			if err := rows.Scan(&a); err != nil {
				return err
			}
			out = append(out, a)
		}
		return rows.Err()
	}))
	return out
}

func TestASystemIsKeptWithItsHistory(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx, who := t.Context(), h.actors[access.Contributor]
		owner := h.person(t, h.actors[access.Manager], people.Person{Name: "Olga Owner", Email: "olga@one.test", Kind: people.Employee})
		from := h.leaves(t, who.Org())
		shop, err := h.systems.PutSystem(ctx, who, system.System{Name: " Shop ", Kind: "production", Criticality: "critical", Owner: owner.ID, Cloud: true}, now)
		must(t, err)
		if shop.Code != "SYS-1" || shop.Version != 1 || shop.Name != "Shop" {
			t.Errorf("entered as %+v", shop)
		}
		if q := h.queued(t, "system.changed"); len(q) != 1 || !strings.Contains(q[0], `cloud`) || !strings.Contains(q[0], `new`) {
			t.Errorf("a new cloud service tells %v", q)
		}
		same, err := h.systems.PutSystem(ctx, who, shop, now.Add(time.Hour))
		must(t, err)
		if same.Version != 1 {
			t.Errorf("an unchanged system became version %d", same.Version)
		}
		shop.Owner = ""
		shop, err = h.systems.PutSystem(ctx, who, shop, now.Add(time.Hour))
		must(t, err)
		if q := h.queued(t, "system.changed"); len(q) != 1 {
			t.Errorf("another owner tells %v", q[1:])
		}
		stale := shop
		shop.Criticality = "high"
		shop, err = h.systems.PutSystem(ctx, who, shop, now.Add(2*time.Hour))
		must(t, err)
		if q := h.queued(t, "system.changed"); len(q) != 2 || !strings.Contains(q[1], "changed") {
			t.Errorf("another criticality tells %v", q)
		}
		stale.Name = "Stale"
		if _, err := h.systems.PutSystem(ctx, who, stale, now.Add(3*time.Hour)); codeOf(err) != problem.Conflict {
			t.Errorf("a change of an older version: %v, want a conflict", err)
		}
		if err := h.systems.Retire(ctx, who, system.Systems, []string{shop.ID}, " ", now); codeOf(err) != problem.Invalid {
			t.Errorf("retired without a reason: %v", err)
		}
		must(t, h.systems.Retire(ctx, who, system.Systems, []string{shop.ID}, "Replaced by Shop 2.", now.Add(4*time.Hour)))
		if _, err := h.systems.PutSystem(ctx, who, system.System{Entry: register.Entry{ID: shop.ID}, Name: "X", Kind: "internal", Criticality: "low"}, now); codeOf(err) != problem.Conflict {
			t.Errorf("a retired system was changed: %v", err)
		}
		second, err := h.systems.PutSystem(ctx, who, system.System{Name: "shop", Kind: "production", Criticality: "high"}, now.Add(5*time.Hour))
		must(t, err)
		if second.Code != "SYS-2" {
			t.Errorf("the next code is %s", second.Code)
		}
		if err := h.systems.Restore(ctx, who, system.Systems, []string{shop.ID}, now.Add(6*time.Hour)); codeOf(err) != problem.Invalid {
			t.Errorf("brought back beside one of its name: %v", err)
		}
		history, err := h.systems.History(ctx, who, system.Systems, shop.ID)
		must(t, err)
		var acts []string
		for _, v := range history {
			acts = append(acts, fmt.Sprint(v.Number, " ", v.Act, " ", v.Fields))
		}
		want := []string{"4 retired []", "3 changed [{criticality critical high}]", "2 changed [{owner " + owner.ID + " }]", "1 added []"}
		if !slices.Equal(acts, want) || history[0].Reason != "Replaced by Shop 2." || history[0].ByName == "" {
			t.Errorf("history %q, want %q", acts, want)
		}
		if kinds := h.kinds(t, who.Org(), from); !slices.Equal(kinds, []string{"system.changed", "system.changed", "system.changed", "system.changed", "system.changed"}) {
			t.Errorf("leaves %v", kinds)
		}
		must(t, h.d.Read(ctx, who.Org(), func(tx *db.Tx) error {
			for _, tt := range []struct {
				at    time.Time
				want  string
				count int
			}{{now, "critical", 1}, {now.Add(3 * time.Hour), "high", 1}, {now.Add(-1), "", 0}, {now.Add(9 * time.Hour), "high", 2}} {
				v, err := system.SnapshotAt(ctx, tx, who.Org(), tt.at)
				if err != nil {
					return err
				}
				s, _ := v.System(shop.ID)
				if s.Criticality != tt.want || len(v.Systems) != tt.count {
					t.Errorf("at %v: %q of %d systems, want %q of %d", tt.at, s.Criticality, len(v.Systems), tt.want, tt.count)
				}
			}
			return nil
		}))
		if theirs, err := h.systems.Systems(ctx, h.other); err != nil || len(theirs) != 0 {
			t.Errorf("another organisation sees %v, %v", theirs, err)
		}
	})
}

func TestWhatCannotBeInTheRegistersOfSystems(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx, who := t.Context(), h.actors[access.Contributor]
		good := system.System{Name: "Shop", Kind: "production", Criticality: "high"}
		_, err := h.systems.PutSystem(ctx, who, good, now)
		must(t, err)
		theirs, err := h.systems.PutSystem(ctx, h.other, good, now)
		must(t, err)
		for _, tt := range []struct {
			name  string
			field string
			do    func() error
		}{
			{"no name", "name", func() error {
				_, err := h.systems.PutSystem(ctx, who, system.System{Kind: "internal", Criticality: "low"}, now)
				return err
			}},
			{"a name that is taken", "name", func() error {
				_, err := h.systems.PutSystem(ctx, who, system.System{Name: "  SHOP", Kind: "internal", Criticality: "low"}, now)
				return err
			}},
			{"an unknown kind", "kind", func() error {
				_, err := h.systems.PutSystem(ctx, who, system.System{Name: "A", Kind: "spaceship", Criticality: "low"}, now)
				return err
			}},
			{"an owner nobody knows", "owner", func() error {
				_, err := h.systems.PutSystem(ctx, who, system.System{Name: "A", Kind: "internal", Criticality: "low", Owner: "nobody"}, now)
				return err
			}},
			{"a control nobody knows", "controls", func() error {
				_, err := h.systems.PutSystem(ctx, who, system.System{Name: "A", Kind: "internal", Criticality: "low", Controls: []string{"none"}}, now)
				return err
			}},
			{"an asset on the system of another organisation", "system", func() error {
				_, err := h.systems.PutAsset(ctx, who, system.Asset{Name: "A", Kind: "database", Classification: "internal", System: theirs.ID}, now)
				return err
			}},
			{"a criterion in another form", "criteria", func() error {
				_, err := h.systems.PutCommitment(ctx, who, system.Commitment{Statement: "S", Kind: "service-commitment", Category: "security", Criteria: []string{"CC6.1"}}, now)
				return err
			}},
			{"a vendor with a website of another sort", "website", func() error {
				_, err := h.vendors.Put(ctx, who, vendor.Vendor{Name: "V", Kind: "software", Tier: "low", Website: "javascript://alert.example"}, now)
				return err
			}},
			{"a contract that ends before it begins", "renews_on", func() error {
				_, err := h.vendors.Put(ctx, who, vendor.Vendor{Name: "V", Kind: "software", Tier: "low", ContractFrom: 20000, RenewsOn: 19999}, now)
				return err
			}},
		} {
			err := tt.do()
			if err == nil || problem.Of(err).Code != problem.Invalid || problem.Of(err).Field != tt.field {
				t.Errorf("%s: %v, want a problem of %s", tt.name, err, tt.field)
			}
		}
	})
}

func TestCommitmentsAreAdoptedAndFilledIn(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx, who, boss := t.Context(), h.actors[access.Contributor], h.actors[access.Manager]
		must(t, h.policies.SetVariables(ctx, boss, map[string]string{"product": "Meridian"}, now))
		got, err := h.systems.Adopt(ctx, who, []string{"SC-05", "SC-01", "SC-05"}, now)
		must(t, err)
		if len(got) != 2 || got[0].Code != "SC-01" || got[1].Code != "SC-05" {
			t.Errorf("adopted %+v", got)
		}
		again, err := h.systems.Adopt(ctx, who, []string{"SC-05", "SC-02"}, now)
		must(t, err)
		if len(again) != 1 || again[0].Code != "SC-02" {
			t.Errorf("adopted again %+v", again)
		}
		own, err := h.systems.PutCommitment(ctx, who, system.Commitment{Statement: "We answer within a day.", Kind: "service-commitment", Category: "security", Criteria: []string{"soc2-2017:CC2.3"}}, now)
		must(t, err)
		if own.Code != "SC-21" {
			t.Errorf("one of our own got %s, want the first number after the library", own.Code)
		}
		list, err := h.systems.Commitments(ctx, who)
		must(t, err)
		if c := list[0]; !strings.HasPrefix(c.Text, "Meridian is available {{uptime_commitment}}") || !slices.Equal(c.Unfilled, []string{"uptime_commitment"}) || len(c.Refs()) != 3 {
			t.Errorf("filled in as %q, missing %v, %v", c.Text, c.Unfilled, c.Refs())
		}
	})
}

func TestARegisterComesBackFromItsFile(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx, who := t.Context(), h.actors[access.Contributor]
		h.person(t, h.actors[access.Manager], people.Person{Name: "Olga Owner", Email: "olga@one.test", Kind: people.Employee})
		h.control(t, "AC-1")
		text := "Name,Kind,Criticality,Cloud service,Owner,Controls,Description\n" +
			"Shop,Production,critical,yes,OLGA@one.test,AC-1,Sells\n" +
			"Payroll,SaaS,,,Olga Owner,,\n" +
			"Billing,process,high,no,,,\"=1+1\"\n"
		read := func(text string) *sheets.Sheet {
			s, err := sheets.Read("systems.csv", []byte(text), system.SystemColumns())
			must(t, err)
			return s
		}
		from := h.leaves(t, who.Org())
		plan, err := h.systems.PlanSystems(ctx, who, read(text), now)
		must(t, err)
		if len(plan.New) != 3 || len(plan.Faults) != 0 || h.leaves(t, who.Org()) != from {
			t.Fatalf("planned %+v", plan)
		}
		_, err = h.systems.ImportSystems(ctx, who, read(text), now)
		must(t, err)
		again, err := h.systems.ImportSystems(ctx, who, read(text), now.Add(time.Hour))
		must(t, err)
		if again.Same != 3 || len(again.New)+len(again.Changed) != 0 {
			t.Errorf("a second import: %+v", again)
		}
		list, err := h.systems.Systems(ctx, who)
		must(t, err)
		if s := list[0]; s.Code != "SYS-1" || !s.Cloud || s.Owner == "" || len(s.Controls) != 1 || list[1].Criticality != "medium" || list[1].Owner != s.Owner {
			t.Errorf("imported as %+v", list)
		}
		rows, err := h.systems.ExportSystems(ctx, who)
		must(t, err)
		for _, format := range sheets.Formats() {
			var b strings.Builder
			must(t, sheets.Write(&b, format, "Systems", system.SystemColumns(), rows))
			s, err := sheets.Read("systems."+format, []byte(b.String()), system.SystemColumns())
			must(t, err)
			p, err := h.systems.PlanSystems(ctx, who, s, now)
			must(t, err)
			if p.Same != 3 || len(p.Faults) != 0 {
				t.Errorf("what was written as %s reads as %+v", format, p)
			}
		}
		p, err := h.systems.ImportSystems(ctx, who, read("Code,Name,Criticality\nSYS-2,Wages,low\n"), now.Add(2*time.Hour))
		must(t, err)
		if len(p.Changed) != 1 || !slices.Equal(p.Changed[0].Fields, []string{"Name", "Criticality"}) {
			t.Errorf("renamed by code: %+v", p)
		}
		if list, err = h.systems.Systems(ctx, who); err != nil || list[1].Kind != "saas" || list[1].Owner == "" {
			t.Errorf("columns the file does not have changed: %+v, %v", list[1], err)
		}
	})
}

func TestHostileFilesAreRefusedWithRowsNamed(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx, who := t.Context(), h.actors[access.Contributor]
		for _, n := range []string{"Shop", "Gone"} {
			_, err := h.systems.PutSystem(ctx, who, system.System{Name: n, Kind: "production", Criticality: "high"}, now)
			must(t, err)
		}
		list, err := h.systems.Systems(ctx, who)
		must(t, err)
		must(t, h.systems.Retire(ctx, who, system.Systems, []string{list[1].ID}, "Sold.", now))
		text := "Code,Name,Kind,Criticality,Owner,Controls\n" +
			",Good,internal,low,,\n" +
			"SYS-99,Nine,internal,low,,\n" +
			"SYS-2,Gone,internal,low,,\n" +
			",,internal,low,,\n" +
			",Rocket,spaceship,low,,\n" +
			",Orphan,internal,low,nobody@one.test,\n" +
			",Wired,internal,low,,ZZ-9\n" +
			",good,internal,low,,\n" +
			"SYS-1,Shop,internal,low,,\n" +
			"sys-1,Shop again,internal,low,,\n" +
			",Long " + strings.Repeat("x", 200) + ",internal,low,,\n"
		s, err := sheets.Read("systems.csv", []byte(text), system.SystemColumns())
		must(t, err)
		p, err := h.systems.PlanSystems(ctx, who, s, now)
		must(t, err)
		at := map[int]string{}
		for _, f := range p.Faults {
			at[f.Row] = f.Field
		}
		want := map[int]string{3: "Code", 4: "Code", 5: "Name", 6: "Kind", 7: "Owner", 8: "Controls", 9: "Name", 11: "Code", 12: "Name"}
		for row, field := range want {
			if at[row] != field {
				t.Errorf("row %d: a fault of %q, want %q", row, at[row], field)
			}
		}
		if len(at) != len(want) {
			t.Errorf("faults %v", p.Faults)
		}
		before := h.rows(t, who.Org())
		if _, err := h.systems.ImportSystems(ctx, who, s, now); codeOf(err) != problem.Invalid || !strings.Contains(err.Error(), "systems.csv, row") {
			t.Errorf("entered: %v", err)
		}
		if after := h.rows(t, who.Org()); fmt.Sprint(before) != fmt.Sprint(after) {
			t.Error("a refused file wrote something")
		}
		if _, err := sheets.Read("systems.csv", []byte("Title\nShop\n"), system.SystemColumns()); err == nil {
			t.Error("a file without names was read")
		}
	})
}

func TestNamesMaySwapInOneFile(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx, who := t.Context(), h.actors[access.Contributor]
		for _, n := range []string{"North", "South", "West"} {
			_, err := h.systems.PutSite(ctx, who, system.Site{Name: n, Kind: "office"}, now)
			must(t, err)
		}
		read := func(text string) *sheets.Sheet {
			s, err := sheets.Read("sites.csv", []byte(text), system.SiteColumns())
			must(t, err)
			return s
		}
		_, err := h.systems.ImportSites(ctx, who, read("Code,Name\nSITE-1,South\nSITE-2,North\n"), now)
		must(t, err)
		sites, err := h.systems.Sites(ctx, who)
		must(t, err)
		if sites[0].Name != "South" || sites[1].Name != "North" {
			t.Errorf("swapped to %s and %s", sites[0].Name, sites[1].Name)
		}
		p, err := h.systems.PlanSites(ctx, who, read("Code,Name\nSITE-1,West\n"), now)
		must(t, err)
		if len(p.Faults) != 1 || !strings.Contains(p.Faults[0].Text, "SITE-3") {
			t.Errorf("a name that another site has: %+v", p.Faults)
		}
	})
}

func TestTheOwnerIsAskedToReviewAVendor(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx, who := t.Context(), h.actors[access.Contributor]
		owner, next := h.inRegister(t, access.Contributor, "Cora"), h.inRegister(t, access.Manager, "Max")
		today := cadence.DateOf(now, time.UTC)
		v, err := h.vendors.Put(ctx, who, vendor.Vendor{Name: "Host", Kind: "cloud-service", Tier: "critical", Owner: owner.ID, Website: "host.example", ReviewOn: today + 60}, now)
		must(t, err)
		if v.Code != "VEN-1" || v.Website != "https://host.example" {
			t.Errorf("entered as %+v", v)
		}
		if q := h.queued(t, "vendor.changed"); len(q) != 1 {
			t.Errorf("a new vendor tells %v", q)
		}
		asked := func(r access.Role) (out []string) {
			for _, x := range h.mine(t, r).Open {
				if x.Kind == vendor.TaskReview {
					out = append(out, x.Title+" by "+x.Due.String())
				}
			}
			return out
		}
		must(t, h.vendors.Tend(ctx, who.Org(), now))
		if got := asked(access.Contributor); len(got) != 0 {
			t.Errorf("asked long before: %v", got)
		}
		v.ReviewOn = today + 10
		v, err = h.vendors.Put(ctx, who, v, now)
		must(t, err)
		if got := asked(access.Contributor); len(got) != 1 || got[0] != "Review VEN-1, Host by "+v.ReviewOn.String() {
			t.Errorf("asked %v", got)
		}
		before := h.rows(t, who.Org())
		must(t, h.vendors.Tend(ctx, who.Org(), now))
		if after := h.rows(t, who.Org()); fmt.Sprint(after) != fmt.Sprint(before) {
			t.Error("a second round wrote something")
		}
		v.Owner = next.ID
		v, err = h.vendors.Put(ctx, who, v, now)
		must(t, err)
		if a, b := asked(access.Contributor), asked(access.Manager); len(a) != 0 || len(b) != 1 {
			t.Errorf("with another owner the tasks are %v and %v", a, b)
		}
		v.ReviewOn += 365
		_, err = h.vendors.Put(ctx, who, v, now)
		must(t, err)
		if b := asked(access.Manager); len(b) != 0 {
			t.Errorf("after the review: %v", b)
		}
		must(t, h.vendors.Retire(ctx, who, []string{v.ID}, "We left.", now))
		if q := h.queued(t, "vendor.changed"); len(q) != 2 {
			t.Errorf("new and retired, of the owner and the day nothing: %v", q)
		}
	})
}
