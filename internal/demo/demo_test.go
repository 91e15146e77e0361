package demo

import (
	"testing"
	"time"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/control"
	"github.com/toucan-grc/toucan/internal/crosswalk"
	"github.com/toucan-grc/toucan/internal/db/dbtest"
	"github.com/toucan-grc/toucan/internal/ledger"
	"github.com/toucan-grc/toucan/internal/people"
)

func TestMeridianIsEnteredThroughTheStores(t *testing.T) {
	ctx, now := t.Context(), time.Date(2026, 11, 24, 9, 0, 0, 0, time.UTC)
	d, log := dbtest.SQLite(t), ledger.New()
	accounts, err := access.New(access.Config{DB: d, Ledger: log, KeyDir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	own := control.New(d, log, accounts)
	s := Stores{Access: accounts, People: people.New(d, log), Controls: own, Crosswalk: crosswalk.NewStore(d, log, own, crosswalk.Shipped)}
	token, needed, err := accounts.FirstRun(ctx, now)
	if err != nil || !needed {
		t.Fatalf("first run: %v, needed %t", err, needed)
	}
	if done, err := Seed(ctx, s, token, "a passphrase for a test", now); err != nil || !done {
		t.Fatalf("seed: %t, %v", done, err)
	}
	in, err := accounts.SignIn(ctx, access.Credentials{Email: Email, Passphrase: "a passphrase for a test"}, access.Client{IP: "127.0.0.1"}, now)
	if err != nil {
		t.Fatal(err)
	}
	who, err := accounts.Enter(ctx, in.Account, Slug)
	if err != nil {
		t.Fatal(err)
	}
	list, err := own.List(ctx, who, control.Filter{})
	if err != nil {
		t.Fatal(err)
	}
	staff, err := s.People.List(ctx, who)
	if err != nil {
		t.Fatal(err)
	}
	if len(list) != 106 || len(staff) != 120 {
		t.Errorf("%d controls and %d people, want 106 and 120", len(list), len(staff))
	}
	byStatus := map[control.Status]int{}
	for _, c := range list {
		byStatus[c.Status]++
		if c.Owner == "" || c.Statement == "" {
			t.Errorf("%s has owner %q and statement %q", c.Code, c.Owner, c.Statement)
		}
	}
	if byStatus[control.Operated] != 87 || byStatus[control.OnPaper] == 0 || byStatus[control.Planned] == 0 {
		t.Errorf("declared: %v; the company should have gaps", byStatus)
	}
	with, err := s.Crosswalk.StackAt(ctx, who, now)
	if err != nil {
		t.Fatal(err)
	}
	stands := map[crosswalk.State]int{}
	for _, e := range with.Rows("soc2-2017", "iso27001-2022") {
		stands[with.Status(e).State]++
	}
	if stands[crosswalk.Confirmed] != 2 || stands[crosswalk.Challenged] != 2 || stands[crosswalk.Suggested] != 1 {
		t.Errorf("rows stand as %v", stands)
	}
	without, err := crosswalk.Shipped().Stack(with.IDs)
	if err != nil {
		t.Fatal(err)
	}
	m := without.Relate("soc2-2017", "iso27001-2022")
	for p := range with.Relate("soc2-2017", "iso27001-2022").All() {
		if q, _ := m.Pair(p.Source.ID, p.Target.ID); p != q && !p.Candidate {
			t.Errorf("the decisions turn %+v into %+v: the figures of the documentation rest on the sets alone", q, p)
		}
	}
	size, _, err := log.Root(ctx, d, who.Org())
	if err != nil {
		t.Fatal(err)
	}
	if size < int64(len(list)+len(staff)) {
		t.Errorf("the log has %d leaves for %d controls and %d people", size, len(list), len(staff))
	}
	if err := log.Verify(ctx, d, who.Org()); err != nil {
		t.Error(err)
	}
}

func TestSeedLeavesAnInstallationAlone(t *testing.T) {
	if done, err := Seed(t.Context(), Stores{}, "", "", time.Time{}); done || err != nil {
		t.Errorf("seeded %t, %v; without a first-run token somebody is already there", done, err)
	}
}
