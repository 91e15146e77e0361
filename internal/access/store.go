package access

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"database/sql"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"net/mail"
	"strings"
	"sync"
	"time"
	_ "time/tzdata" // organisations have time zones also where the machine has no list of them

	"github.com/google/uuid"

	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/ledger"
	"github.com/toucan-grc/toucan/internal/problem"
	"github.com/toucan-grc/toucan/internal/seal"
)

// Config is what the store is built from.
type Config struct {
	DB     *db.DB
	Ledger *ledger.Log
	KeyDir string // folder of the key that seals second factors; it must not be in the backup of the database
	Cost   Cost   // of a passphrase check; zero means DefaultCost
}

// Store keeps accounts, sessions, organisations and memberships. It is safe for
// concurrent use.
type Store struct {
	db      *db.DB
	log     *ledger.Log
	hasher  *hasher
	seal    *seal.Sealer
	byEmail *limiter
	byIP    *limiter
	byToken *limiter

	machines sync.Map // organisation by address, of the devices
}

// New returns a store. It makes the key file in KeyDir if there is none.
func New(c Config) (*Store, error) {
	seal, err := openSealer(c.KeyDir)
	if err != nil {
		return nil, err
	}
	return &Store{
		db: c.DB, log: c.Ledger, hasher: newHasher(c.Cost), seal: seal,
		byEmail: newLimiter(30*time.Second, 8), // about 2,900 tries a day at one account
		byIP:    newLimiter(2*time.Second, 60), // an office signs in behind one address
		byToken: newLimiter(50*time.Millisecond, 400),
	}, nil
}

// Account is a person's way to sign in. It exists once for all organisations.
type Account struct {
	ID           string
	Name         string
	Email        string // lower case
	SecondFactor bool
	Session      string // id of the session it was authenticated by, or empty
	CreatedAt    time.Time
}

// Organisation is one tenant.
type Organisation struct {
	ID        string
	Slug      string // in every address: /o/{slug}
	Name      string
	Zone      string // IANA name of the time zone of its due dates
	CreatedAt time.Time
}

// NewID returns an opaque id that sorts by the time it was made.
func newID() string { return uuid.Must(uuid.NewV7()).String() }

// newToken returns a secret for an address or a cookie, and the hash to keep.
func newToken() (token, hash string) {
	b := make([]byte, 32)
	rand.Read(b)
	token = base64.RawURLEncoding.EncodeToString(b)
	return token, hashOf(token)
}

// hashOf is how tokens are kept. They are random, so one SHA-256 is enough.
func hashOf(token string) string {
	sum := sha256.Sum256([]byte(token))
	return hex.EncodeToString(sum[:])
}

// checkEmail returns the address as it is kept.
func checkEmail(email string) (string, error) {
	email, err := db.Line("email", "The e-mail address", email, 254)
	if err != nil {
		return "", err
	}
	a, err := mail.ParseAddress(email)
	if err != nil || a.Address != email || !strings.Contains(email, ".") && !strings.HasSuffix(email, "@localhost") {
		return "", problem.Field("email", "This is not an e-mail address. It looks like name@example.com.")
	}
	return strings.ToLower(email), nil
}

// checkName returns a person's name as it is kept.
func checkName(name string) (string, error) {
	name, err := db.Line("name", "The name", name, 120)
	if err == nil && name == "" {
		err = problem.Field("name", "Say what the person is called.")
	}
	return name, err
}

// AccountByEmail finds an account, for the command line of whoever runs the
// server. Pages never call it: an e-mail address proves nothing.
func (s *Store) AccountByEmail(ctx context.Context, email string) (Account, error) {
	a, _, err := s.account(ctx, `email = $1`, strings.ToLower(strings.TrimSpace(email)))
	return a, err
}

// secrets are the columns of an account that never leave this package.
type secrets struct {
	passphrase string
	totp       string
	totpOn     bool
	totpStep   int64
	recovery   string
}

func (s *Store) account(ctx context.Context, where, arg string) (Account, secrets, error) {
	var a Account
	var x secrets
	err := s.db.Read(ctx, "", func(tx *db.Tx) (err error) {
		a, x, err = readAccount(ctx, tx, where, arg)
		return err
	})
	return a, x, err
}

func readAccount(ctx context.Context, tx *db.Tx, where, arg string) (Account, secrets, error) {
	var a Account
	var x secrets
	var created int64
	err := tx.QueryRow(ctx, `SELECT id, email, name, passphrase, totp, totp_on, totp_step, recovery, created_at FROM account WHERE `+where, arg).
		Scan(&a.ID, &a.Email, &a.Name, &x.passphrase, &x.totp, &x.totpOn, &x.totpStep, &x.recovery, &created)
	if errors.Is(err, sql.ErrNoRows) {
		return a, x, problem.New(problem.NotFound, "There is no such account.")
	}
	a.SecondFactor, a.CreatedAt = x.totpOn, db.Time(created)
	return a, x, err
}

// insertAccount writes a new account in the caller's transaction.
func insertAccount(ctx context.Context, tx *db.Tx, email, name, passphrase string, now time.Time) (Account, error) {
	a := Account{ID: newID(), Email: email, Name: name, CreatedAt: now}
	_, err := tx.Exec(ctx, `INSERT INTO account (id, email, name, passphrase, created_at) VALUES ($1, $2, $3, $4, $5)`,
		a.ID, email, name, passphrase, db.Micros(now))
	if db.IsUnique(err) {
		return a, &problem.Error{Code: problem.Conflict, Field: "email", Err: err,
			Text: "There is an account with this e-mail address already. Sign in with it first, then open the link again."}
	}
	return a, err
}

// RenameAccount changes what the person is called, everywhere.
func (s *Store) RenameAccount(ctx context.Context, a Account, name string) error {
	name, err := checkName(name)
	if err != nil {
		return err
	}
	return s.db.Write(ctx, "", db.People, func(ctx context.Context, tx *db.Tx) error {
		_, err := tx.Exec(ctx, `UPDATE account SET name = $2 WHERE id = $1`, a.ID, name)
		return err
	})
}

// ChangePassphrase replaces the passphrase and ends every other session.
func (s *Store) ChangePassphrase(ctx context.Context, a Account, old, next string, now time.Time) error {
	if err := s.confirm(ctx, a, "old", old, now); err != nil {
		return err
	}
	if err := checkPassphrase("passphrase", next, a.Email); err != nil {
		return err
	}
	hash, err := s.hasher.hash(ctx, next)
	if err != nil {
		return err
	}
	return s.db.Write(ctx, "", db.People, func(ctx context.Context, tx *db.Tx) error {
		if _, err := tx.Exec(ctx, `UPDATE account SET passphrase = $2 WHERE id = $1`, a.ID, hash); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, `DELETE FROM session WHERE account = $1 AND id <> $2`, a.ID, a.Session)
		return err
	})
}

// confirm checks the passphrase of somebody signed in, before a change that a
// borrowed browser must not make.
func (s *Store) confirm(ctx context.Context, a Account, field, passphrase string, now time.Time) error {
	if err := s.byEmail.try(a.Email, now); err != nil {
		return err
	}
	_, x, err := s.account(ctx, `id = $1`, a.ID)
	if err != nil {
		return err
	}
	ok, err := s.hasher.check(ctx, passphrase, x.passphrase)
	if err == nil && !ok {
		err = problem.Field(field, "This is not your present passphrase.")
	}
	return err
}
