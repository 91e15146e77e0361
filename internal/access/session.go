package access

import (
	"context"
	"database/sql"
	"errors"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/problem"
)

const (
	sessionFor  = 30 * 24 * time.Hour    // a session ends after this, however busy
	idleFor     = 12 * time.Hour         // and after this without a request
	seenEvery   = time.Minute            // how exact the time of the last request is
	seenWithin  = 300 * time.Millisecond // nobody waits longer for that note
	linkFor     = 10 * time.Minute       // a sign-in link works this long, once
	firstRunFor = 24 * time.Hour

	kindSession = "session"
	kindLink    = "link"
	kindFirst   = "first"
)

// SignedIn is the outcome of signing in. Token goes into the cookie and is
// nowhere else.
type SignedIn struct {
	Token     string
	ExpiresAt time.Time
	Account   Account
}

// Session is one signed-in browser, for the list of them.
type Session struct {
	ID        string
	CreatedAt time.Time
	SeenAt    time.Time // to the minute
	ExpiresAt time.Time
	IP, Agent string
	Current   bool // the one that asks
}

// Credentials are what a person types to sign in. Code is a code of the second
// factor or a recovery code; empty at the first try.
type Credentials struct{ Email, Passphrase, Code string }

// errWrong is the same whatever was wrong, so that nobody learns who has an account.
func errWrong() error {
	return problem.New(problem.Forbidden, "The e-mail address or the passphrase is wrong. Try again.")
}

// SignIn starts a session. It returns a Forbidden problem if the e-mail address
// or the passphrase is wrong, an Invalid problem about the field "code" if the
// account has a second factor and the code is missing or wrong, and a Busy
// problem after too many tries from one place or at one account.
func (s *Store) SignIn(ctx context.Context, c Credentials, from Client, now time.Time) (SignedIn, error) {
	email := strings.ToLower(strings.TrimSpace(c.Email))
	if len(email) > 254 {
		return SignedIn{}, errWrong()
	}
	if err := s.byIP.try(from.Network(), now); err != nil {
		return SignedIn{}, err
	}
	if err := s.byEmail.try(email, now); err != nil {
		return SignedIn{}, err
	}
	if !utf8.ValidString(email) || strings.ContainsRune(email, 0) {
		return SignedIn{}, errWrong()
	}
	a, x, err := s.account(ctx, `email = $1`, email)
	if err != nil && problem.Of(err).Code != problem.NotFound {
		return SignedIn{}, err
	}
	// an unknown address costs the same work, so the answer takes as long
	ok, err := s.hasher.check(ctx, c.Passphrase, x.passphrase)
	if err != nil {
		return SignedIn{}, err
	}
	if !ok {
		return SignedIn{}, errWrong()
	}
	var in SignedIn
	err = s.db.Write(ctx, "", db.People, func(ctx context.Context, tx *db.Tx) error {
		if x.totpOn {
			if err := s.spendCode(ctx, tx, a.ID, c.Code, now); err != nil {
				return err
			}
		}
		in, err = startSession(ctx, tx, a, from, now)
		return err
	})
	if err == nil {
		s.byEmail.clear(email)
	}
	return in, err
}

// startSession writes a session and, while it is at it, drops what has expired.
func startSession(ctx context.Context, tx *db.Tx, a Account, from Client, now time.Time) (SignedIn, error) {
	if _, err := tx.Exec(ctx, `DELETE FROM session WHERE expires_at <= $1`, db.Micros(now)); err != nil {
		return SignedIn{}, err
	}
	token, hash := newToken()
	a.Session = newID()
	until := now.Add(sessionFor)
	_, err := tx.Exec(ctx, `INSERT INTO session (id, kind, account, token, created_at, seen_at, expires_at, ip, agent) VALUES ($1, $2, $3, $4, $5, $5, $6, $7, $8)`,
		a.Session, kindSession, a.ID, hash, db.Micros(now), db.Micros(until), printable(from.IP, 64), printable(from.Agent, 200))
	return SignedIn{Token: token, ExpiresAt: until, Account: a}, err
}

// printable shortens what a browser says of itself to something that can be
// stored and shown.
func printable(text string, max int) string {
	var b strings.Builder
	for _, r := range strings.ToValidUTF8(text, "") {
		if r < ' ' || r == 0x7f {
			continue
		}
		if max--; max < 0 {
			break
		}
		b.WriteRune(r)
	}
	return b.String()
}

// Authenticate returns the account of a session. It returns a Forbidden problem
// if the session has ended or never was.
func (s *Store) Authenticate(ctx context.Context, token string, now time.Time) (Account, error) {
	var a Account
	var seen, expires, created int64
	err := s.db.Read(ctx, "", func(tx *db.Tx) error {
		return tx.QueryRow(ctx, `
			SELECT a.id, a.email, a.name, a.totp_on, a.created_at, s.id, s.seen_at, s.expires_at
			FROM session s JOIN account a ON a.id = s.account WHERE s.token = $1 AND s.kind = 'session'`, hashOf(token)).
			Scan(&a.ID, &a.Email, &a.Name, &a.SecondFactor, &created, &a.Session, &seen, &expires)
	})
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return Account{}, err
	}
	if err != nil || !now.Before(db.Time(expires)) || now.Sub(db.Time(seen)) >= idleFor {
		return Account{}, problem.New(problem.Forbidden, "You are signed out. Sign in to go on.")
	}
	a.CreatedAt = db.Time(created)
	if now.Sub(db.Time(seen)) >= seenEvery {
		if err := s.saw(ctx, a.Session, now); err != nil {
			return Account{}, err
		}
	}
	return a, nil
}

// saw notes that a session was used. Whether that is stored is no reason to turn
// somebody away, nor to let them wait behind a long import; the next request
// tries again.
func (s *Store) saw(ctx context.Context, session string, now time.Time) error {
	brief, cancel := context.WithTimeout(ctx, seenWithin)
	defer cancel()
	err := s.db.Write(brief, "", db.People, func(ctx context.Context, tx *db.Tx) error {
		_, err := tx.Exec(ctx, `UPDATE session SET seen_at = $2 WHERE id = $1 AND seen_at < $2`, session, db.Micros(now))
		return err
	})
	if err == nil || ctx.Err() == nil && errors.Is(err, context.DeadlineExceeded) || problem.Of(err).Code == problem.Busy {
		return nil
	}
	return err
}

// SignOut ends the session of a token. It is no error if it has ended already.
func (s *Store) SignOut(ctx context.Context, token string) error {
	return s.db.Write(ctx, "", db.People, func(ctx context.Context, tx *db.Tx) error {
		_, err := tx.Exec(ctx, `DELETE FROM session WHERE token = $1`, hashOf(token))
		return err
	})
}

// Sessions lists where the account is signed in, the last seen first.
func (s *Store) Sessions(ctx context.Context, a Account, now time.Time) ([]Session, error) {
	var out []Session
	err := s.db.Read(ctx, "", func(tx *db.Tx) error {
		rows, err := tx.Query(ctx, `
			SELECT id, created_at, seen_at, expires_at, ip, agent FROM session
			WHERE account = $1 AND kind = 'session' AND expires_at > $2 AND seen_at > $3 ORDER BY seen_at DESC, id DESC`,
			a.ID, db.Micros(now), db.Micros(now.Add(-idleFor)))
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var x Session
			var created, seen, expires int64
			if err := rows.Scan(&x.ID, &created, &seen, &expires, &x.IP, &x.Agent); err != nil {
				return err
			}
			x.CreatedAt, x.SeenAt, x.ExpiresAt, x.Current = db.Time(created), db.Time(seen), db.Time(expires), x.ID == a.Session
			out = append(out, x)
		}
		return rows.Err()
	})
	return out, err
}

// Revoke ends one of the account's own sessions.
func (s *Store) Revoke(ctx context.Context, a Account, session string) error {
	return s.db.Write(ctx, "", db.People, func(ctx context.Context, tx *db.Tx) error {
		res, err := tx.Exec(ctx, `DELETE FROM session WHERE account = $1 AND id = $2 AND kind = 'session'`, a.ID, session)
		if err != nil {
			return err
		}
		if n, err := res.RowsAffected(); err != nil || n == 0 {
			return errors.Join(err, problem.New(problem.NotFound, "This session has ended already."))
		}
		return nil
	})
}

// RevokeOthers ends all sessions of the account but the one that asks.
func (s *Store) RevokeOthers(ctx context.Context, a Account) error {
	return s.db.Write(ctx, "", db.People, func(ctx context.Context, tx *db.Tx) error {
		_, err := tx.Exec(ctx, `DELETE FROM session WHERE account = $1 AND id <> $2`, a.ID, a.Session)
		return err
	})
}

// SignInLink makes a token that signs the account in once within ten minutes.
// It is for whoever holds the machine, such as make run, and skips the second factor.
func (s *Store) SignInLink(ctx context.Context, account string, now time.Time) (string, error) {
	return s.newLink(ctx, kindLink, &account, now, linkFor)
}

func (s *Store) newLink(ctx context.Context, kind string, account *string, now time.Time, valid time.Duration) (string, error) {
	token, hash := newToken()
	err := s.db.Write(ctx, "", db.People, func(ctx context.Context, tx *db.Tx) error {
		if kind == kindFirst { // only the newest counts
			if _, err := tx.Exec(ctx, `DELETE FROM session WHERE kind = $1`, kind); err != nil {
				return err
			}
		}
		_, err := tx.Exec(ctx, `INSERT INTO session (id, kind, account, token, created_at, seen_at, expires_at, ip, agent) VALUES ($1, $2, $3, $4, $5, $5, $6, '', '')`,
			newID(), kind, account, hash, db.Micros(now), db.Micros(now.Add(valid)))
		return err
	})
	return token, err
}

// spendLink uses up a link in the caller's transaction and returns whose it was.
func spendLink(ctx context.Context, tx *db.Tx, kind, token string, now time.Time) (account string, err error) {
	var acc sql.NullString
	err = tx.QueryRow(ctx, `DELETE FROM session WHERE kind = $1 AND token = $2 AND expires_at > $3 RETURNING account`, kind, hashOf(token), db.Micros(now)).Scan(&acc)
	if errors.Is(err, sql.ErrNoRows) {
		return "", problem.New(problem.Forbidden, "This link has been used or has expired. Start Toucan again to get a new one.")
	}
	return acc.String, err
}

// SignInByLink starts a session with a link of SignInLink and uses it up.
func (s *Store) SignInByLink(ctx context.Context, token string, from Client, now time.Time) (SignedIn, error) {
	if err := s.byIP.try(from.Network(), now); err != nil {
		return SignedIn{}, err
	}
	var in SignedIn
	err := s.db.Write(ctx, "", db.People, func(ctx context.Context, tx *db.Tx) error {
		account, err := spendLink(ctx, tx, kindLink, token, now)
		if err != nil {
			return err
		}
		a, _, err := readAccount(ctx, tx, `id = $1`, account)
		if err != nil {
			return err
		}
		in, err = startSession(ctx, tx, a, from, now)
		return err
	})
	return in, err
}
