// Package dbtest opens databases for tests: SQLite always, PostgreSQL when
// TOUCAN_TEST_POSTGRES names one. Nothing that ships imports it.
package dbtest

import (
	"crypto/rand"
	"database/sql"
	"encoding/hex"
	"log/slog"
	"net/url"
	"os"
	"testing"

	_ "github.com/jackc/pgx/v5/stdlib" // driver "pgx"

	"github.com/toucan-grc/toucan/internal/db"
)

// Variable names the address of a PostgreSQL role that is no superuser and may
// create schemas in its database.
const Variable = "TOUCAN_TEST_POSTGRES"

// Each runs body on every engine there is, each time on an empty database.
func Each(t *testing.T, body func(t *testing.T, d *db.DB)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) { body(t, SQLite(t)) })
	t.Run("postgres", func(t *testing.T) { body(t, Postgres(t)) })
}

// SQLite opens an empty embedded database that ends with the test.
func SQLite(t testing.TB) *db.DB {
	t.Helper()
	return open(t, db.Config{DataDir: t.TempDir(), Log: slog.New(slog.DiscardHandler)})
}

// Postgres opens an empty schema of its own, dropped at the end of the test. It
// skips the test where there is no PostgreSQL.
func Postgres(t testing.TB) *db.DB {
	t.Helper()
	return open(t, db.Config{URL: Schema(t), DataDir: t.TempDir(), Log: slog.New(slog.DiscardHandler)})
}

// Schema makes an empty schema and returns the address that leads to it.
func Schema(t testing.TB) string {
	t.Helper()
	address := os.Getenv(Variable)
	if address == "" {
		t.Skip("PostgreSQL is skipped: set " + Variable + " to the address of a role that is no superuser to test it.")
	}
	u, err := url.Parse(address)
	if err != nil {
		t.Fatalf("%s is no address", Variable)
	}
	name := "t_" + hex.EncodeToString(random())
	admin, err := sql.Open("pgx", address)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := admin.Exec(`CREATE SCHEMA ` + name); err != nil {
		t.Fatalf("making a schema: %v", err)
	}
	t.Cleanup(func() {
		if _, err := admin.Exec(`DROP SCHEMA ` + name + ` CASCADE`); err != nil {
			t.Errorf("dropping the schema: %v", err)
		}
		admin.Close()
	})
	q := u.Query()
	q.Set("search_path", name)
	u.RawQuery = q.Encode()
	return u.String()
}

func open(t testing.TB, c db.Config) *db.DB {
	t.Helper()
	d, err := db.Open(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := d.Close(); err != nil {
			t.Errorf("closing: %v", err)
		}
	})
	return d
}

func random() []byte {
	b := make([]byte, 8)
	rand.Read(b)
	return b
}
