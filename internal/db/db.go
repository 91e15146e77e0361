// Package db opens the database, embedded SQLite or PostgreSQL, and gives the
// stores two ways in: Write, through a bounded queue that puts several changes
// into one transaction, and Read. It knows the tables' migrations and nothing
// about what the rows mean.
package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/ncruces/go-sqlite3"
	"github.com/ncruces/go-sqlite3/driver"

	"github.com/toucan-grc/toucan/internal/problem"
)

// Config says where the database is.
type Config struct {
	DataDir string       // folder of the embedded database, the keys and the blobs; made if absent
	URL     string       // postgres://...; empty means the embedded database in DataDir
	Log     *slog.Logger // nil discards
}

const (
	sqliteName   = "sqlite"
	postgresName = "postgres"

	// FileName is what the embedded database is called in its data folder.
	FileName = "toucan.db"
	lockName = "toucan.lock"
)

// DB is one open database. It is safe for concurrent use.
type DB struct {
	engine string
	dir    string
	url    string // of PostgreSQL, password included; never shown
	where  string // sentence for Describe
	writer *sql.DB
	reader *sql.DB // the same pool as writer on PostgreSQL
	log    *slog.Logger
	unlock func() error

	mu     sync.Mutex
	lanes  map[string]*lane
	closed bool
	busy   sync.WaitGroup // running lanes
	stats  counters
}

// Open opens the database, brings its tables up to date, and starts the write
// queue. It returns an Invalid or Conflict problem when an administrator must
// change something first: the folder is in use, the role is too powerful, the
// file system cannot do write-ahead logging.
func Open(ctx context.Context, c Config) (*DB, error) {
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	d := &DB{log: c.Log, dir: c.DataDir, url: c.URL, lanes: map[string]*lane{}, unlock: func() error { return nil }}
	var err error
	if c.URL != "" {
		err = d.openPostgres(ctx, c)
	} else {
		err = d.openSQLite(ctx, c)
	}
	if err == nil {
		err = d.migrate(ctx)
	}
	if err != nil {
		return nil, errors.Join(err, d.closePools())
	}
	return d, nil
}

// openSQLite takes the folder for this process and opens its file: one writer
// connection, since SQLite has one writer anyway, and a pool of readers that
// cannot write.
func (d *DB) openSQLite(ctx context.Context, c Config) error {
	if c.DataDir == "" {
		return problem.New(problem.Invalid, "No data folder was named. Start Toucan with --data-dir, or with --database for PostgreSQL.")
	}
	if err := os.MkdirAll(c.DataDir, 0o700); err != nil {
		return &problem.Error{Code: problem.Invalid, Err: err,
			Text: fmt.Sprintf("The data folder %s cannot be made. Choose a folder this user may write to.", c.DataDir)}
	}
	unlock, err := lockFile(filepath.Join(c.DataDir, lockName))
	if err != nil {
		return err
	}
	d.unlock = unlock
	d.engine = sqliteName
	path := filepath.Join(c.DataDir, FileName)
	d.where = "embedded SQLite in " + path
	if d.writer, err = openFile(path, 1, "busy_timeout(5000)", "journal_mode(wal)", "synchronous(full)", "foreign_keys(on)", "cache_size(-32000)"); err != nil {
		return err
	}
	if err := checkWAL(ctx, d.writer, path); err != nil {
		return err
	}
	if err := os.Chmod(path, 0o600); err != nil {
		return fmt.Errorf("keeping %s to this user: %w", path, err)
	}
	// 16 MB of pages a reader (SQLite's own default is 2): a list of 10,000 controls fits
	d.reader, err = openFile(path, 8, "busy_timeout(5000)", "query_only(on)", "foreign_keys(on)", "cache_size(-16000)")
	return err
}

// openFile opens a pool of n connections to a SQLite file. synchronous stays at
// full for the writer: what the server said it stored survives a power cut, and
// the write queue spreads the cost of the sync over a batch.
func openFile(path string, n int, pragmas ...string) (*sql.DB, error) {
	q := url.Values{"_txlock": {"immediate"}, "_pragma": pragmas}
	u := url.URL{Scheme: "file", Opaque: (&url.URL{Path: filepath.ToSlash(path)}).EscapedPath(), RawQuery: q.Encode()}
	pool, err := driver.Open(u.String(), func(*sqlite3.Conn) error { return nil })
	if err != nil {
		return nil, fmt.Errorf("opening %s: %w", path, err)
	}
	pool.SetMaxOpenConns(n)
	pool.SetMaxIdleConns(n)
	return pool, nil
}

// checkWAL reads the pragma back: drivers differ in how they spell it, and some
// ignore it without a word.
func checkWAL(ctx context.Context, pool *sql.DB, path string) error {
	var mode string
	if err := pool.QueryRowContext(ctx, `PRAGMA journal_mode`).Scan(&mode); err != nil {
		return fmt.Errorf("opening %s: %w", path, err)
	}
	if mode != "wal" {
		return problem.New(problem.Invalid, "The file system under %s does not support write-ahead logging (journal mode is %q). Put the data folder on a local disk.", path, mode)
	}
	return nil
}

// openPostgres opens the pool and refuses a role that would walk through the
// row-level security between organisations.
func (d *DB) openPostgres(ctx context.Context, c Config) error {
	cfg, err := pgx.ParseConfig(c.URL)
	if err != nil {
		// the error of ParseConfig quotes the address, password included
		return problem.New(problem.Invalid, "The address given to --database is not one PostgreSQL understands. It looks like postgres://user:password@host:5432/name.")
	}
	if c.DataDir != "" {
		if err := os.MkdirAll(c.DataDir, 0o700); err != nil {
			return &problem.Error{Code: problem.Invalid, Err: err,
				Text: fmt.Sprintf("The data folder %s cannot be made. Choose a folder this user may write to.", c.DataDir)}
		}
	}
	if cfg.RuntimeParams["application_name"] == "" {
		cfg.RuntimeParams["application_name"] = "toucan"
	}
	cfg.RuntimeParams["lock_timeout"] = "10000" // ms; another node may hold the head of a log, but not for long
	cfg.RuntimeParams["timezone"] = "UTC"
	d.engine = postgresName
	d.where = fmt.Sprintf("PostgreSQL database %s on %s", cfg.Database, cfg.Host)
	d.writer = stdlib.OpenDB(*cfg)
	d.writer.SetMaxOpenConns(24)
	d.writer.SetMaxIdleConns(24) // a connection costs more to make than to keep
	d.writer.SetConnMaxIdleTime(5 * time.Minute)
	d.reader = d.writer

	var super, bypass bool
	err = d.writer.QueryRowContext(ctx, `SELECT rolsuper, rolbypassrls FROM pg_roles WHERE rolname = current_user`).Scan(&super, &bypass)
	if err != nil {
		return &problem.Error{Code: problem.Invalid, Err: withoutAddress(err),
			Text: "The " + d.where + " cannot be reached. Check that it runs, that the address is right, and that the role may log in."}
	}
	if super || bypass {
		return problem.New(problem.Invalid, "The PostgreSQL role %s is a superuser or has BYPASSRLS, so row-level security between organisations would not bind it. "+
			"Make a role for Toucan with CREATE ROLE toucan LOGIN PASSWORD '...' NOSUPERUSER NOBYPASSRLS, make it the owner of the database, and name it in --database.", cfg.User)
	}
	return nil
}

// withoutAddress keeps the cause of a failed connection without the address,
// which may hold a password.
func withoutAddress(err error) error {
	if ce, ok := errors.AsType[*pgconn.ConnectError](err); ok {
		return errors.New("connect: " + fmt.Sprint(errors.Unwrap(ce)))
	}
	return err
}

// Close lets the changes already queued finish, refuses new ones, and closes
// the database.
func (d *DB) Close() error {
	d.mu.Lock()
	d.closed = true
	for _, l := range d.lanes {
		l.stop()
	}
	d.mu.Unlock()
	d.busy.Wait()
	return d.closePools()
}

func (d *DB) closePools() error {
	var errs []error
	if d.reader != nil && d.reader != d.writer {
		errs = append(errs, d.reader.Close())
	}
	if d.writer != nil {
		errs = append(errs, d.writer.Close())
	}
	return errors.Join(append(errs, d.unlock())...)
}

// Engine returns "sqlite" or "postgres".
func (d *DB) Engine() string { return d.engine }

// Describe says in a few words where the data is, without any password.
func (d *DB) Describe() string { return d.where }

// Ping reports whether the database answers.
func (d *DB) Ping(ctx context.Context) error { return d.reader.PingContext(ctx) }

// Revision returns the number of changes an organisation has seen. Every Write
// with that organisation raises it in the same transaction, so a value computed
// at a revision is good until the revision moves.
func (d *DB) Revision(ctx context.Context, org string) (int64, error) {
	var n int64
	err := d.reader.QueryRowContext(ctx, d.rewrite(`SELECT revision FROM organisation WHERE id = $1`), org).Scan(&n)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, problem.New(problem.NotFound, "There is no such organisation.")
	}
	return n, err
}

// Micros turns a time into what the tables hold: microseconds since 1970, UTC.
// The zero time becomes 0.
func Micros(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMicro()
}

// Time is the inverse of Micros: 0 becomes the zero time.
func Time(us int64) time.Time {
	if us == 0 {
		return time.Time{}
	}
	return time.UnixMicro(us).UTC()
}

// IsUnique reports whether err says that a row with this key is already there.
func IsUnique(err error) bool {
	if pg, ok := errors.AsType[*pgconn.PgError](err); ok {
		return pg.Code == "23505"
	}
	return errors.Is(err, sqlite3.CONSTRAINT_UNIQUE) || errors.Is(err, sqlite3.CONSTRAINT_PRIMARYKEY)
}
