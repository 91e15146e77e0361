// Package dbtest opens databases for tests: SQLite always, PostgreSQL when
// TOUCAN_TEST_POSTGRES names one. Nothing that ships imports it.
//
// The steps that bring the tables up to date are the same for every test, so they
// are taken once and every test gets a copy: of the file, or of the database.
package dbtest

import (
	"context"
	"crypto/rand"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"sync"
	"testing"

	_ "github.com/jackc/pgx/v5/stdlib" // driver "pgx"

	"github.com/toucan-grc/toucan/internal/db"
)

// Variable names the address of a PostgreSQL role that is no superuser. With leave
// to create databases it is quicker; without, it has to own the database.
const Variable = "TOUCAN_TEST_POSTGRES"

// Each runs body on every engine there is, each time on an empty database.
func Each(t *testing.T, body func(t *testing.T, d *db.DB)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) { body(t, SQLite(t)) })
	t.Run("postgres", func(t *testing.T) { body(t, Postgres(t)) })
}

// Also adds tables to those that every database of a test package has from the
// start. It is called before the first is opened, in an init.
func Also(name string, prepare func(context.Context, *db.DB) error) {
	also = append(also, addition{name, prepare})
}

type addition struct {
	name    string
	prepare func(context.Context, *db.DB) error
}

var also []addition

// prepare makes the tables that the databases of tests are copies of.
func prepare(ctx context.Context, c db.Config) error {
	d, err := db.Open(ctx, c)
	if err != nil {
		return err
	}
	for _, a := range also {
		err = errors.Join(err, a.prepare(ctx, d))
	}
	return errors.Join(err, d.Close()) // closed, what was written ahead is in the file
}

// SQLite opens an empty embedded database that ends with the test.
func SQLite(t testing.TB) *db.DB {
	t.Helper()
	image, err := file()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, db.FileName), image, 0o600); err != nil {
		t.Fatal(err)
	}
	return open(t, db.Config{DataDir: dir, Log: slog.New(slog.DiscardHandler)})
}

// file is an embedded database with the tables of today and nothing in them.
var file = sync.OnceValues(func() ([]byte, error) {
	dir, err := os.MkdirTemp("", "toucan-tables")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	if err := prepare(context.Background(), db.Config{DataDir: dir}); err != nil {
		return nil, err
	}
	return os.ReadFile(filepath.Join(dir, db.FileName))
})

// Postgres opens an empty database of its own, dropped at the end of the test. It
// skips the test where there is no PostgreSQL.
func Postgres(t testing.TB) *db.DB {
	t.Helper()
	address := given(t)
	from, err := template(address)
	if err != nil {
		t.Fatalf("making the database that the tests copy: %v", err)
	}
	if from == "" {
		address = Schema(t)
	} else {
		admin, name := connect(t, address), "t_"+random()
		if _, err := admin.Exec(`CREATE DATABASE ` + name + ` TEMPLATE ` + from); err != nil {
			t.Fatalf("copying the empty database: %v", err)
		}
		t.Cleanup(func() {
			// without FORCE PostgreSQL sends its own vacuuming away, which a role that is
			// no superuser may not; with it, connections that a test left open
			_, err := admin.Exec(`DROP DATABASE ` + name)
			if err != nil {
				_, err = admin.Exec(`DROP DATABASE ` + name + ` WITH (FORCE)`)
			}
			if err != nil {
				t.Errorf("dropping the database: %v", err)
			}
		})
		address = within(address, func(u *url.URL) { u.Path = "/" + name })
	}
	return open(t, db.Config{URL: address, DataDir: t.TempDir(), Log: slog.New(slog.DiscardHandler)})
}

// Schema makes an empty schema, without any tables, and returns the address that
// leads to it.
func Schema(t testing.TB) string {
	t.Helper()
	address := given(t)
	admin, name := connect(t, address), "t_"+random()
	if _, err := admin.Exec(`CREATE SCHEMA ` + name); err != nil {
		t.Fatalf("making a schema: %v", err)
	}
	t.Cleanup(func() {
		if _, err := admin.Exec(`DROP SCHEMA ` + name + ` CASCADE`); err != nil {
			t.Errorf("dropping the schema: %v", err)
		}
	})
	return within(address, func(u *url.URL) {
		q := u.Query()
		q.Set("search_path", name)
		u.RawQuery = q.Encode()
	})
}

// turn is the number under which the tests of several packages take turns to make
// the database they copy.
const turn = 7_203_318_552

// templates are the names of the databases to copy, by address.
var templates sync.Map

// template returns the name of a database with the tables of today and nothing in
// them, which stays for the next run; "" where the role may not create databases.
func template(address string) (string, error) {
	once, _ := templates.LoadOrStore(address, sync.OnceValues(func() (string, error) { return makeTemplate(context.Background(), address) }))
	return once.(func() (string, error))()
}

func makeTemplate(ctx context.Context, address string) (name string, err error) {
	pool, err := sql.Open("pgx", address)
	if err != nil {
		return "", err
	}
	defer pool.Close()
	c, err := pool.Conn(ctx) // the turn is the connection's
	if err != nil {
		return "", err
	}
	defer c.Close()
	var may, there bool
	if err := c.QueryRowContext(ctx, `SELECT rolcreatedb FROM pg_roles WHERE rolname = current_user`).Scan(&may); err != nil || !may {
		return "", err
	}
	steps, err := db.Fingerprint()
	if err != nil {
		return "", err
	}
	name = "toucan_tables_" + hex.EncodeToString(steps[:8])
	for _, a := range also {
		name += "_" + a.name
	}
	if _, err := c.ExecContext(ctx, `SELECT pg_advisory_lock($1)`, int64(turn)); err != nil {
		return "", err
	}
	defer func() {
		_, e := c.ExecContext(ctx, `SELECT pg_advisory_unlock($1)`, int64(turn))
		err = errors.Join(err, e)
	}()
	if err := c.QueryRowContext(ctx, `SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1)`, name).Scan(&there); err != nil || there {
		return name, err
	}
	// half-made it has another name, so that one with this name is whole
	making := name + "_making"
	for _, q := range []string{`DROP DATABASE IF EXISTS ` + making + ` WITH (FORCE)`, `CREATE DATABASE ` + making} {
		if _, err := c.ExecContext(ctx, q); err != nil {
			return "", err
		}
	}
	if err := prepare(ctx, db.Config{URL: within(address, func(u *url.URL) { u.Path = "/" + making })}); err != nil {
		return "", err
	}
	_, err = c.ExecContext(ctx, `ALTER DATABASE `+making+` RENAME TO `+name)
	return name, err
}

// given is the address of the role of the tests; without one the test is skipped.
func given(t testing.TB) string {
	t.Helper()
	address := os.Getenv(Variable)
	if address == "" {
		t.Skip("PostgreSQL is skipped: set " + Variable + " to the address of a role that is no superuser to test it.")
	}
	if _, err := url.Parse(address); err != nil {
		t.Fatalf("%s is no address", Variable)
	}
	return address
}

// within changes an address that given has seen.
func within(address string, change func(*url.URL)) string {
	u, err := url.Parse(address)
	if err != nil {
		panic(fmt.Sprintf("%s is no address", Variable)) // given has parsed it
	}
	change(u)
	return u.String()
}

// connect gives a way in as the role of the tests, closed after everything that
// the test tidies later.
func connect(t testing.TB, address string) *sql.DB {
	t.Helper()
	admin, err := sql.Open("pgx", address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { admin.Close() })
	return admin
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

func random() string {
	b := make([]byte, 8)
	rand.Read(b)
	return hex.EncodeToString(b)
}
