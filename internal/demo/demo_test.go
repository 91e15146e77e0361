package demo

import (
	"testing"
	"time"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/audit"
	"github.com/toucan-grc/toucan/internal/blob"
	"github.com/toucan-grc/toucan/internal/control"
	"github.com/toucan-grc/toucan/internal/crosswalk"
	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/db/dbtest"
	"github.com/toucan-grc/toucan/internal/evidence"
	"github.com/toucan-grc/toucan/internal/ledger"
	"github.com/toucan-grc/toucan/internal/people"
	"github.com/toucan-grc/toucan/internal/result"
	"github.com/toucan-grc/toucan/internal/standing"
)

// meridian is the demonstration company as a test asks it.
type meridian struct {
	Stores
	t     *testing.T
	d     *db.DB
	log   *ledger.Log
	who   access.Actor
	stand *standing.Store
	now   time.Time
}

// seeded enters the company as of a day.
func seeded(t *testing.T, now time.Time) *meridian {
	t.Helper()
	m := &meridian{t: t, d: dbtest.SQLite(t), log: ledger.New(), now: now}
	ctx, dir := t.Context(), t.TempDir()
	accounts, err := access.New(access.Config{DB: m.d, Ledger: m.log, KeyDir: dir})
	if err != nil {
		t.Fatal(err)
	}
	blobs, err := blob.Open(ctx, blob.Config{DataDir: dir}, now)
	if err != nil {
		t.Fatal(err)
	}
	s := Stores{Access: accounts, People: people.New(m.d, m.log), Controls: control.New(m.d, m.log, accounts), Keeper: ledger.NewKeeper(m.d, dir)}
	s.Crosswalk = crosswalk.NewStore(m.d, m.log, s.Controls, crosswalk.Shipped)
	s.Samples = audit.New(m.d, m.log, s.Keeper)
	s.Results = result.New(m.d, m.log, s.Crosswalk)
	s.Evidence = evidence.New(evidence.Config{DB: m.d, Log: m.log, Controls: s.Controls, Links: s.Crosswalk, Blobs: blobs, Persons: s.People})
	m.Stores = s
	m.stand = standing.New(standing.Stores{DB: m.d, Access: accounts, Controls: s.Controls, Crosswalk: s.Crosswalk, Evidence: s.Evidence, Audit: s.Samples})
	token, needed, err := accounts.FirstRun(ctx, now)
	if err != nil || !needed {
		t.Fatalf("first run: %v, needed %t", err, needed)
	}
	begun := time.Now()
	if done, err := Seed(ctx, s, token, "a passphrase for a test", now); err != nil || !done {
		t.Fatalf("seed: %t, %v", done, err)
	}
	t.Log("seeded in", time.Since(begun))
	in, err := accounts.SignIn(ctx, access.Credentials{Email: Email, Passphrase: "a passphrase for a test"}, access.Client{IP: "127.0.0.1"}, now)
	if err != nil {
		t.Fatal(err)
	}
	if m.who, err = accounts.Enter(ctx, in.Account, Slug); err != nil {
		t.Fatal(err)
	}
	return m
}

func TestQuick(t *testing.T) {
	m := seeded(t, time.Date(2026, 11, 26, 12, 0, 0, 0, time.UTC))
	_ = m
}
