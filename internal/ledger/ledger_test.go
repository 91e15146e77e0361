package ledger_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/db/dbtest"
	"github.com/toucan-grc/toucan/internal/ledger"
)

var at = time.Date(2026, 3, 1, 9, 0, 0, 123456789, time.UTC)

func organisation(t testing.TB, d *db.DB, ids ...string) {
	t.Helper()
	for _, id := range ids {
		err := d.Write(t.Context(), "", db.People, func(ctx context.Context, tx *db.Tx) error {
			_, err := tx.Exec(ctx, `INSERT INTO organisation (id, slug, name, zone, created_at) VALUES ($1, $1, $1, 'UTC', 1)`, id)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}

func leaf(org, id string) ledger.Leaf {
	return ledger.Leaf{Org: org, At: at, Actor: "a1", Kind: "control.version", ID: id, Salt: strings.Repeat("0f", 16),
		Payload: struct {
			Title string `json:"title"`
		}{"Access review <b>"}}
}

func add(d *db.DB, leaves ...ledger.Leaf) error {
	l := ledger.New()
	return d.Write(context.Background(), leaves[0].Org, db.People, func(ctx context.Context, tx *db.Tx) error {
		for _, x := range leaves {
			if err := l.Append(ctx, tx, x); err != nil {
				return err
			}
		}
		return nil
	})
}

func TestTheTreeIsTheOneOfItsLeaves(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		l := ledger.New()
		organisation(t, d, "o1")
		var size int
		for n := range 40 { // 0, 1, 2 ... leaves in one transaction: every shape of the right edge
			var many []ledger.Leaf
			for i := range n % 7 {
				many = append(many, leaf("o1", fmt.Sprintf("v%d-%d", n, i)))
			}
			if len(many) == 0 {
				continue
			}
			if err := add(d, many...); err != nil {
				t.Fatal(err)
			}
			size += len(many)
		}
		got, root, err := l.Root(t.Context(), d, "o1")
		if err != nil || got != int64(size) {
			t.Fatalf("size %d, %v; %d leaves were appended", got, err, size)
		}
		all, err := l.Records(t.Context(), d, "o1", 0, size+10)
		if err != nil || len(all) != size {
			t.Fatalf("%d records, %v", len(all), err)
		}
		if want := rebuild(t, all); root != want {
			t.Errorf("root %s, rebuilt by tlog from the leaves alone %s", root, want)
		}
		if err := l.Verify(t.Context(), d, "o1"); err != nil {
			t.Error(err)
		}
	})
}

// rebuild makes the tree from nothing but the leaves' bytes, keeping all hashes.
func rebuild(t *testing.T, all []ledger.Record) string {
	t.Helper()
	var stored []tlog.Hash
	reader := tlog.HashReaderFunc(func(idx []int64) ([]tlog.Hash, error) {
		var out []tlog.Hash
		for _, i := range idx {
			out = append(out, stored[i])
		}
		return out, nil
	})
	for i, r := range all {
		h, err := tlog.StoredHashes(int64(i), []byte(r.Data), reader)
		if err != nil {
			t.Fatal(err)
		}
		stored = append(stored, h...)
	}
	root, err := tlog.TreeHash(int64(len(all)), reader)
	if err != nil {
		t.Fatal(err)
	}
	return root.String()
}

func TestALeafIsTheseBytes(t *testing.T) {
	d := dbtest.SQLite(t)
	organisation(t, d, "o1")
	if err := add(d, leaf("o1", "v1")); err != nil {
		t.Fatal(err)
	}
	got, err := ledger.New().Records(t.Context(), d, "o1", 0, 1)
	if err != nil {
		t.Fatal(err)
	}
	// printf '\x0f...(16)' + '{"title":"Access review \u003cb\u003e"}' | sha256sum
	want := `{"v":1,"kind":"control.version","id":"v1","at":"2026-03-01T09:00:00.123456Z","actor":"a1","sha256":"` + got[0].SHA256 + `"}`
	if got[0].Data != want {
		t.Errorf("leaf\n%s, want\n%s", got[0].Data, want)
	}
	if sum, err := ledger.Hash(strings.Repeat("0f", 16), map[string]string{"title": "Access review <b>"}); err != nil || sum != got[0].SHA256 {
		t.Errorf("the content's hash is %s, %v; the leaf says %s", sum, err, got[0].SHA256)
	}
	if strings.Contains(got[0].Data, "Access") {
		t.Error("the leaf holds content")
	}
	if !got[0].At.Equal(at.Truncate(time.Microsecond)) {
		t.Errorf("time %v", got[0].At)
	}
}

func TestAFailedChangeLeavesNoLeaf(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		organisation(t, d, "o1")
		l := ledger.New()
		d.Write(t.Context(), "o1", db.People, func(ctx context.Context, tx *db.Tx) error {
			return errors.Join(l.Append(ctx, tx, leaf("o1", "v1")), errors.New("no"))
		})
		if size, _, err := l.Root(t.Context(), d, "o1"); size != 0 || err != nil {
			t.Errorf("%d leaves, %v", size, err)
		}
	})
}

func TestManyWritersOneLog(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		organisation(t, d, "o1", "o2")
		var wg sync.WaitGroup
		for w := range 16 {
			org := []string{"o1", "o2"}[w%2]
			wg.Go(func() {
				for i := range 10 {
					if err := add(d, leaf(org, fmt.Sprintf("%d-%d", w, i))); err != nil {
						t.Error(err)
					}
				}
			})
		}
		wg.Wait()
		for _, org := range []string{"o1", "o2"} {
			size, _, err := ledger.New().Root(t.Context(), d, org)
			if size != 80 || err != nil {
				t.Errorf("%s has %d leaves, %v; want 80", org, size, err)
			}
			if err := ledger.New().Verify(t.Context(), d, org); err != nil {
				t.Errorf("%s: %v", org, err)
			}
		}
	})
}

func TestTheLogIsOnlyEverAddedTo(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		organisation(t, d, "o1")
		if err := add(d, leaf("o1", "v1"), leaf("o1", "v2")); err != nil {
			t.Fatal(err)
		}
		statements := []string{
			`UPDATE log_leaf SET data = '{}' WHERE org = 'o1'`, `DELETE FROM log_leaf WHERE org = 'o1'`,
			`UPDATE log_hash SET h = '' WHERE org = 'o1'`, `DELETE FROM log_hash WHERE org = 'o1'`,
			`DELETE FROM log_head WHERE org = 'o1'`, `UPDATE log_head SET size = 1 WHERE org = 'o1'`,
		}
		if d.Engine() == "postgres" {
			statements = append(statements, `TRUNCATE log_leaf`, `TRUNCATE log_hash`)
		}
		for _, s := range statements {
			err := d.Write(t.Context(), "o1", db.People, func(ctx context.Context, tx *db.Tx) error {
				_, err := tx.Exec(ctx, s)
				return err
			})
			if err == nil {
				t.Errorf("%s was allowed", s)
			}
		}
		if err := ledger.New().Verify(t.Context(), d, "o1"); err != nil {
			t.Error(err)
		}
	})
}

func TestVerifyNoticesAForgedLeaf(t *testing.T) {
	d := dbtest.SQLite(t)
	organisation(t, d, "o1")
	if err := add(d, leaf("o1", "v1"), leaf("o1", "v2"), leaf("o1", "v3")); err != nil {
		t.Fatal(err)
	}
	err := d.Write(t.Context(), "", db.People, func(ctx context.Context, tx *db.Tx) error { // with the file in hand, triggers fall
		if _, err := tx.Exec(ctx, `DROP TRIGGER log_leaf_update`); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, `UPDATE log_leaf SET data = replace(data, '"a1"', '"a2"') WHERE n = 1`)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := ledger.New().Verify(t.Context(), d, "o1"); err == nil || !strings.Contains(err.Error(), "leaf 1") {
		t.Errorf("err = %v, want leaf 1 named", err)
	}
}

// BenchmarkAppend counts stored changes of one leaf each, in one organisation.
func BenchmarkAppend(b *testing.B) {
	for _, engine := range []struct {
		name string
		open func(testing.TB) *db.DB
	}{{"sqlite", dbtest.SQLite}, {"postgres", dbtest.Postgres}} {
		for _, writers := range []int{1, 8, 64} {
			b.Run(fmt.Sprintf("%s/%d", engine.name, writers), func(b *testing.B) {
				d := engine.open(b)
				organisation(b, d, "o1")
				work := make(chan int)
				var wg sync.WaitGroup
				for range writers {
					wg.Go(func() {
						for i := range work {
							if err := add(d, leaf("o1", fmt.Sprint(i))); err != nil {
								b.Error(err)
							}
						}
					})
				}
				b.ResetTimer()
				for i := range b.N {
					work <- i
				}
				close(work)
				wg.Wait()
				b.StopTimer()
				s := d.Stats()
				b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "leaves/s")
				b.ReportMetric(float64(s.Changes)/float64(s.Batches), "changes/commit")
			})
		}
	}
}
