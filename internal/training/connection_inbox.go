package training

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/notify"
	"github.com/toucan-grc/toucan/internal/problem"
)

// Message is a delivery as it came in: the three headers of Standard Webhooks 1.0.0
// and the body they sign.
type Message struct {
	ID, Timestamp, Signature string
	Body                     []byte
}

// MaxMessage is the most bytes a body may have.
const MaxMessage = 1 << 20

// replayFor is how far the time of a message may be from ours.
const replayFor = 5 * time.Minute

// Received says what came of a message.
type Received struct {
	Repeated  bool       // it had come before, and nothing was done
	Completed int        // new completions
	Ignored   int        // of people who had completed it, who do not work here, or out of its time
	Faults    []RowFault // records that were not taken
}

// errUnsigned is the one answer to whatever does not open the door, so that nobody
// learns which organisations and connections there are.
func errUnsigned() error {
	return problem.New(problem.Forbidden, "The message is not signed by a connection of this organisation, or its time is more than five minutes off. Sign webhook-id, webhook-timestamp and the body with the secret Toucan showed when the connection was made.")
}

// Receive takes in a message for the organisation of a slug. A Forbidden problem
// says that no connection there signed it. A message that comes again does nothing.
func (s *Connections) Receive(ctx context.Context, slug string, m Message, now time.Time) (Received, error) {
	if len(m.Body) > MaxMessage {
		return Received{}, problem.New(problem.Invalid, "A message has at most 1 MB. Send the records in parts.")
	}
	org, c, err := s.signer(ctx, slug, m, now)
	if err != nil {
		return Received{}, err
	}
	sum := sha256.Sum256([]byte(m.ID))
	digest := hex.EncodeToString(sum[:])
	var before int
	err = s.db.Read(ctx, org, func(tx *db.Tx) error {
		return tx.QueryRow(ctx, `SELECT count(*) FROM training_delivery WHERE org = $1 AND connection = $2 AND message = $3`, org, c.ID, digest).Scan(&before)
	})
	if err != nil || before > 0 {
		return Received{Repeated: before > 0}, err
	}
	records, faults, err := ReadDelivery(m.Body)
	if err != nil {
		return Received{}, err
	}
	in := inbox{s: s, org: org, c: c, now: moment(now), out: Received{Faults: faults}, run: Run{ID: newID(), Connection: c.ID, BeganAt: moment(now), EndedAt: moment(now), Heard: len(records) + len(faults)}}
	if err := in.take(ctx, records); err != nil {
		return Received{}, err
	}
	return in.out, in.keep(ctx, digest)
}

// signer finds the connection that signed a message.
func (s *Connections) signer(ctx context.Context, slug string, m Message, now time.Time) (string, Connection, error) {
	secs, err := strconv.ParseInt(m.Timestamp, 10, 64)
	at := time.Unix(secs, 0)
	if err != nil || m.ID == "" || len(m.ID) > 200 || len(m.Signature) > 4000 || now.Sub(at).Abs() > replayFor {
		return "", Connection{}, errUnsigned()
	}
	org, err := s.organisation(ctx, slug)
	if err != nil {
		return "", Connection{}, err
	}
	var list []Connection
	sealed := map[string]string{}
	err = s.db.Read(ctx, org, func(tx *db.Tx) error {
		if list, err = readConnections(ctx, tx, org); err != nil {
			return err
		}
		rows, err := tx.Query(ctx, `SELECT id, secret FROM training_connection WHERE org = $1 AND ended_at = 0 AND kind = $2`, org, string(Webhook))
		if err != nil {
			return err
		}
		return db.Each(rows, func(scan func(...any) error) error {
			var id, secret string
			err := scan(&id, &secret)
			sealed[id] = secret
			return err
		})
	})
	if err != nil {
		return "", Connection{}, err
	}
	for _, c := range list {
		secret, err := s.seal.Open(org, sealed[c.ID])
		if sealed[c.ID] == "" || err != nil {
			continue
		}
		want, err := notify.Sign(secret, m.ID, at, m.Body)
		if err != nil {
			return "", Connection{}, err
		}
		for have := range strings.FieldsSeq(m.Signature) { // several while a sender changes its secret
			if hmac.Equal([]byte(have), []byte(want)) {
				return org, c, nil
			}
		}
	}
	return "", Connection{}, errUnsigned()
}

func (s *Connections) organisation(ctx context.Context, slug string) (string, error) {
	if len(slug) > 40 || strings.Trim(slug, "abcdefghijklmnopqrstuvwxyz0123456789-") != "" {
		return "", errUnsigned()
	}
	var org string
	err := s.db.Read(ctx, "", func(tx *db.Tx) error {
		return tx.QueryRow(ctx, `SELECT id FROM organisation WHERE slug = $1`, slug).Scan(&org)
	})
	if errors.Is(err, sql.ErrNoRows) {
		return "", errUnsigned()
	}
	return org, err
}

// inbox is one delivery being taken in.
type inbox struct {
	s        *Connections
	org      string
	c        Connection
	now      time.Time
	out      Received
	run      Run
	troubles []Trouble
}

// take sorts the records by what their course counts for, and takes them in.
func (in *inbox) take(ctx context.Context, records []Record) error {
	var used []Track
	err := in.s.db.Read(ctx, in.org, func(tx *db.Tx) (err error) {
		used, err = tracksOf(ctx, tx, in.org, in.c.ID, in.now)
		return err
	})
	if err != nil {
		return err
	}
	byTrack := map[Track][]Record{}
	for _, r := range records {
		counted := false
		for _, t := range used {
			if countsFor(in.c.Selected[t], r.Course) {
				byTrack[t] = append(byTrack[t], r)
				counted = true
			}
		}
		if !counted {
			in.fault(r.Row, "", OfCampaign, fmt.Sprintf("The course “%.80s” counts for no training here. Select it on the page of the connection, then send it again.", r.Course), r.Course)
		}
	}
	for _, t := range used {
		if len(byTrack[t]) == 0 {
			continue
		}
		if err := in.track(ctx, t, byTrack[t]); err != nil {
			return err
		}
	}
	for _, f := range in.out.Faults {
		if f.Row > 0 && in.run.Fault == "" {
			in.run.Fault = fmt.Sprintf("Record %d: %s", f.Row, f.Text)
			if n := len(in.out.Faults); n > 1 {
				in.run.Fault += fmt.Sprintf(" %d more were not taken.", n-1)
			}
		}
	}
	in.run.Completed = in.out.Completed
	in.run.tally(in.troubles)
	return nil
}

func (in *inbox) fault(row int, t Track, kind TroubleKind, text, account string) {
	in.out.Faults = append(in.out.Faults, RowFault{row, text})
	in.troubles = append(in.troubles, Trouble{t, kind, "", account, text})
}

func (in *inbox) track(ctx context.Context, t Track, records []Record) error {
	wanted, roster, numbers, err := in.s.wantedNow(ctx, in.org, t, in.now)
	if err != nil {
		return err
	}
	a := Assort(roster, numbers, records, nil, in.now)
	for _, f := range a.Faults {
		in.fault(f.Row, t, UnknownHere, f.Text, "")
	}
	taken, err := in.s.training.Take(ctx, in.org, Sync{Track: t, Connection: in.c.ID, Provider: in.c.Name, Account: in.c.By, Said: a.Said}, in.now)
	if err != nil {
		return err
	}
	in.run.Asked += len(wanted)
	in.run.Changed += len(taken.Changed)
	in.out.Completed += len(taken.Completed)
	in.out.Ignored += taken.Already + taken.Same + taken.Strangers + len(taken.Changed)
	for _, k := range taken.Refused {
		in.troubles = append(in.troubles, Trouble{t, TooOld, k.Person, "", k.Reason})
	}
	return nil
}

// countsFor reports whether a course is among the selected ones, by its title in
// whatever case.
func countsFor(list []Choice, course string) bool {
	fold := func(s string) string { return strings.ToLower(strings.Join(strings.Fields(s), " ")) }
	for _, c := range list {
		if fold(c.ID) == fold(course) || fold(c.Title) == fold(course) {
			return true
		}
	}
	return false
}

// keptTroubles is how many troubles of deliveries are kept.
const keptTroubles = 200

// keep writes down that a message was taken in. Its records are in already: should
// this fail, the message comes again and changes nothing.
func (in *inbox) keep(ctx context.Context, digest string) error {
	err := in.s.db.Write(ctx, in.org, db.Jobs, func(ctx context.Context, tx *db.Tx) error {
		if err := insertRun(ctx, tx, in.org, in.run); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `INSERT INTO training_delivery (org, id, connection, message, at, run) VALUES ($1, $2, $3, $4, $5, $6)`,
			in.org, newID(), in.c.ID, digest, db.Micros(in.now), in.run.ID); err != nil {
			return err
		}
		rows := db.Into(`training_trouble (org, id, connection, run, n, track, kind, person, account, text)`)
		for i, t := range in.troubles[:min(len(in.troubles), keptTroubles)] {
			rows.Add(in.org, newID(), in.c.ID, in.run.ID, -db.Micros(in.now)+int64(i), string(t.Track), string(t.Kind), t.Person, clipped(t.Account), clipped(t.Text))
		}
		if err := rows.Insert(ctx, tx); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, `DELETE FROM training_trouble WHERE org = $1 AND connection = $2 AND id NOT IN (SELECT id FROM training_trouble WHERE org = $1 AND connection = $2 ORDER BY n LIMIT $3)`, in.org, in.c.ID, keptTroubles)
		return err
	})
	if db.IsUnique(err) { // the same message came twice at once
		in.out.Repeated = true
		return nil
	}
	return err
}
