package isms

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"database/sql"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/cadence"
	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/document"
	"github.com/toucan-grc/toucan/internal/ledger"
	"github.com/toucan-grc/toucan/internal/problem"
)

// CalendarFeed is an address at which a person's own calendar program reads the
// calendar. Whoever knows the address reads it, so it can be taken back.
type CalendarFeed struct {
	ID        string
	Name      string // what for, such as "phone"
	CreatedAt time.Time
	SeenAt    time.Time // last read, to the hour; zero: never
}

const (
	kindFeed     = "calendar.feed"
	feedPrefix   = "tcal_"
	feedsEach    = 10
	feedSeen     = time.Hour
	feedBack     = 92  // days before today in a feed
	feedAhead    = 731 // days after today
	feedEvery    = 12 * time.Hour
	feedLong     = 200 // characters of a token at most
	maxFeedName  = 60
	feedTokenLen = 48
)

// feedFact is what the log says of an address.
type feedFact struct {
	Account string `json:"account"`
	Name    string `json:"name"`
	State   string `json:"state"` // open or revoked
}

// CalendarFeeds lists the actor's own addresses, the newest first.
func (s *Store) CalendarFeeds(ctx context.Context, who access.Actor) ([]CalendarFeed, error) {
	if err := who.May(access.ViewISMS); err != nil {
		return nil, err
	}
	var out []CalendarFeed
	err := s.DB.Read(ctx, who.Org(), func(tx *db.Tx) error {
		rows, err := tx.Query(ctx, `SELECT id, name, created_at, seen_at FROM calendar_feed WHERE org = $1 AND account = $2 AND revoked_at = 0 ORDER BY id DESC`, who.Org(), who.Account())
		if err != nil {
			return err
		}
		return db.Each(rows, func(scan func(...any) error) error {
			var f CalendarFeed
			var created, seen int64
			err := scan(&f.ID, &f.Name, &created, &seen)
			f.CreatedAt, f.SeenAt = db.Time(created), db.Time(seen)
			out = append(out, f)
			return err
		})
	})
	return out, err
}

// CalendarFeedOpen makes an address for the actor and returns its secret part, which
// is shown once: only a hash is kept.
func (s *Store) CalendarFeedOpen(ctx context.Context, who access.Actor, name string, now time.Time) (string, error) {
	if err := who.May(access.ViewISMS); err != nil {
		return "", err
	}
	name, err := db.Line("name", "The name", name, maxFeedName)
	if err == nil && name == "" {
		err = problem.Field("name", "Say what will read it, such as phone.")
	}
	if err != nil {
		return "", err
	}
	org, err := uuid.Parse(who.Org())
	if err != nil {
		return "", err
	}
	raw := make([]byte, feedTokenLen)
	copy(raw, org[:])
	rand.Read(raw[16:])
	secret := feedPrefix + base64.RawURLEncoding.EncodeToString(raw)
	now = cycleMoment(now)
	return secret, s.DB.Write(ctx, who.Org(), db.People, func(ctx context.Context, tx *db.Tx) error {
		var live int
		if err := tx.QueryRow(ctx, `SELECT count(*) FROM calendar_feed WHERE org = $1 AND account = $2 AND revoked_at = 0`, who.Org(), who.Account()).Scan(&live); err != nil {
			return err
		}
		if live >= feedsEach {
			return problem.New(problem.Conflict, "You have %d calendar addresses here. Take back one that is no longer read first.", live)
		}
		id, salt := newID(), ledger.Salt()
		_, err := tx.Exec(ctx, `INSERT INTO calendar_feed (org, id, account, name, token, created_at, salt) VALUES ($1, $2, $3, $4, $5, $6, $7)`,
			who.Org(), id, who.Account(), name, feedHash(secret), db.Micros(now), salt)
		if err != nil {
			return err
		}
		return s.Log.Append(ctx, tx, ledger.Leaf{Org: who.Org(), At: now, Actor: who.Account(), Kind: kindFeed, ID: id, Salt: salt, Payload: feedFact{who.Account(), name, "open"}})
	})
}

func feedHash(secret string) string {
	sum := sha256.Sum256([]byte(secret))
	return hex.EncodeToString(sum[:])
}

// CalendarFeedClose takes an address back at once. Its owner may.
func (s *Store) CalendarFeedClose(ctx context.Context, who access.Actor, id string, now time.Time) error {
	if err := who.May(access.ViewISMS); err != nil {
		return err
	}
	now = cycleMoment(now)
	return s.DB.Write(ctx, who.Org(), db.People, func(ctx context.Context, tx *db.Tx) error {
		var name, salt string
		err := tx.QueryRow(ctx, `SELECT name, salt FROM calendar_feed WHERE org = $1 AND id = $2 AND account = $3 AND revoked_at = 0`, who.Org(), cycleKnown(id), who.Account()).Scan(&name, &salt)
		if errors.Is(err, sql.ErrNoRows) {
			return problem.New(problem.NotFound, "There is no such address of yours, or it was taken back already.")
		}
		if err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `UPDATE calendar_feed SET revoked_at = $3 WHERE org = $1 AND id = $2`, who.Org(), id, db.Micros(now)); err != nil {
			return err
		}
		return s.Log.Append(ctx, tx, ledger.Leaf{Org: who.Org(), At: now, Actor: who.Account(), Kind: kindFeed, ID: id, Salt: salt, Payload: feedFact{who.Account(), name, "revoked"}})
	})
}

// CalendarFeedOwner says whose address a secret is: organisation and account. The
// door makes the account an actor, so that a member who left or lost the role reads
// nothing. It is a NotFound problem, always the same, if the secret opens nothing.
func (s *Store) CalendarFeedOwner(ctx context.Context, secret string, now time.Time) (org, account string, err error) {
	none := problem.New(problem.NotFound, "This calendar address opens nothing: it was taken back, or is not complete.")
	text, ok := strings.CutPrefix(secret, feedPrefix)
	raw, err := base64.RawURLEncoding.DecodeString(text)
	if !ok || err != nil || len(raw) != feedTokenLen || len(secret) > feedLong {
		return "", "", none
	}
	org = uuid.UUID(raw[:16]).String()
	var id string
	var seen int64
	err = s.DB.Read(ctx, org, func(tx *db.Tx) error {
		return tx.QueryRow(ctx, `SELECT id, account, seen_at FROM calendar_feed WHERE org = $1 AND token = $2 AND revoked_at = 0`, org, feedHash(secret)).Scan(&id, &account, &seen)
	})
	if errors.Is(err, sql.ErrNoRows) {
		return "", "", none
	}
	if err != nil {
		return "", "", err
	}
	if now.Sub(db.Time(seen)) >= feedSeen {
		err = s.DB.Note(ctx, org, db.Jobs, func(ctx context.Context, tx *db.Tx) error {
			_, err := tx.Exec(ctx, `UPDATE calendar_feed SET seen_at = $3 WHERE org = $1 AND id = $2`, org, id, db.Micros(now.Truncate(feedSeen)))
			return err
		})
		if err != nil && problem.Of(err).Code == problem.Busy { // a full queue is no reason to turn a program away
			err = nil
		}
	}
	return org, account, err
}

// CalendarEvents is the calendar as programs read it: from three months back to two
// years ahead. link makes the address of an entry.
func (s *Store) CalendarEvents(ctx context.Context, who access.Actor, link func(CalendarEntry) string, now time.Time) ([]document.Event, time.Duration, error) {
	if err := who.May(access.ViewISMS); err != nil {
		return nil, 0, err
	}
	today := cadence.DateOf(now, time.UTC)
	list, err := s.Calendar(ctx, who, cadence.Days{From: today - feedBack, To: today + feedAhead}, now)
	var out []document.Event
	for _, e := range list {
		x := document.Event{UID: e.ID + "@" + who.Org() + ".toucan", Title: e.Title, Text: feedText(e), URL: link(e), Kind: e.Kind.Words(), From: e.From, To: e.To, Status: document.Confirmed}
		if !e.Sure {
			x.Status = document.Tentative
		}
		out = append(out, x)
	}
	return out, feedEvery, err
}

func feedText(e CalendarEntry) string {
	text := e.Kind.Words() + ": " + e.State + "."
	if e.Why != "" {
		text += "\n" + e.Why
	}
	return text
}
