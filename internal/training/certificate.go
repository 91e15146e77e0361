package training

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/blob"
	"github.com/toucan-grc/toucan/internal/cadence"
	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/document"
	"github.com/toucan-grc/toucan/internal/evidence"
	"github.com/toucan-grc/toucan/internal/problem"
)

// certificate is a certificate in the making.
type certificate struct {
	Person       string
	Organisation organisation
	Course       string
	Version      string
	Score        int
	PassMark     int
	At           time.Time

	code string
	file evidence.File
}

// organisation is what a certificate says of who made it.
type organisation struct {
	name string
	zone *time.Location
}

func (s *Store) organisation(ctx context.Context, org string) (organisation, error) {
	o := organisation{zone: time.UTC}
	var zone string
	err := s.db.Read(ctx, org, func(tx *db.Tx) error {
		return tx.QueryRow(ctx, `SELECT name, zone FROM organisation WHERE id = $1`, org).Scan(&o.name, &zone)
	})
	if place, bad := time.LoadLocation(zone); bad == nil {
		o.zone = place
	}
	return o, err
}

// newCode makes a code nobody can guess: 130 bits, in letters and digits that are
// not mistaken for each other when somebody types them from paper.
func newCode() string { return rand.Text() }

// Spaced is a code as a certificate prints it.
func Spaced(code string) string {
	var b strings.Builder
	for i, r := range code {
		if i > 0 && i%5 == 0 {
			b.WriteByte('-')
		}
		b.WriteRune(r)
	}
	return b.String()
}

// plain is a code as somebody typed it.
func plain(code string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '-' || r == ' ':
			return -1
		case r == '0':
			return 'O'
		case r == '1':
			return 'I'
		}
		return r
	}, strings.ToUpper(strings.TrimSpace(code)))
}

// pdf draws the certificate. base is the address of the server.
func (c *certificate) pdf(base string) ([]byte, error) {
	day := cadence.DateOf(c.At, c.Organisation.zone)
	p := document.NewPDF("Certificate of completion", c.At)
	p.Space(34)
	p.Centre(11, false, c.Organisation.name)
	p.Space(14)
	p.Centre(26, true, "Certificate of completion")
	p.Space(16)
	p.Centre(11, false, "This is to certify that")
	p.Space(6)
	p.Centre(22, true, c.Person)
	p.Space(6)
	p.Centre(11, false, "has completed the training")
	p.Space(6)
	p.Centre(18, true, c.Course)
	p.Space(4)
	p.Centre(11, false, fmt.Sprintf("version %s, with %d%% of all questions right (%d%% are needed)", c.Version, c.Score, c.PassMark))
	p.Space(4)
	p.Centre(11, false, "on "+dayOf(day))
	p.Space(30)
	p.Line()
	p.Space(2)
	p.Centre(10, true, "Code: "+Spaced(c.code))
	p.Space(3)
	p.Centre(9, false, "Whoever holds this certificate can check it at")
	p.Centre(9, false, base+"/certificates/"+c.code)
	return p.Bytes()
}

// Checked is what anybody who has a code may know of the certificate: not whose it
// is, which is printed on the certificate itself.
type Checked struct {
	Organisation string
	Course       string
	Version      string
	On           cadence.Date
	Until        cadence.Date // last day it counts there; none: no end is known
	Void         string       // why it counts no longer, or empty
	Entry        int64        // place of its entry in the organisation's log, from 0
	LoggedAt     time.Time
	SHA256       string // what that entry says of the completion, hashed with a salt
}

// Check looks a certificate up by its code alone. A code that is none is NotFound.
func (s *Store) Check(ctx context.Context, code string, now time.Time) (Checked, error) {
	var out Checked
	code = plain(code)
	org, err := s.issuer(ctx, code)
	if err != nil {
		return out, err
	}
	if org == "" {
		return out, problem.New(problem.NotFound, "No certificate with this code was made here. Compare it with the certificate, sign by sign.")
	}
	o, err := s.organisation(ctx, org)
	if err != nil {
		return out, err
	}
	out.Organisation = o.name
	return out, s.db.Read(ctx, org, func(tx *db.Tx) error {
		c, err := scanCompletion(tx.QueryRow(ctx, `SELECT `+completionColumns+` FROM training_completion WHERE org = $1 AND code = $2`, org, code).Scan)
		if err != nil {
			return err
		}
		fates, err := evidence.Fates(ctx, tx, org, recordKind)
		if err != nil {
			return err
		}
		c.judge(fates)
		out.Course, out.Version, out.On = c.Course, c.Version, cadence.DateOf(c.At, o.zone)
		if course := Courses()[c.Track]; course != nil && course.ID == c.Course {
			out.Course = course.Title
		}
		if !c.stands(now) {
			out.Void = "The organisation said on " + dayOf(cadence.DateOf(c.VoidAt, o.zone)) + " that it does not count."
		}
		rec, found, err := s.log.Find(ctx, tx, org, completedKind, c.ID)
		if found {
			out.Entry, out.LoggedAt, out.SHA256 = rec.N, rec.At, rec.SHA256
		}
		return err
	})
}

// Certificate opens the PDF of a completion for its holder, or for whoever may see
// training.
func (s *Store) Certificate(ctx context.Context, who access.Actor, completion string) (evidence.File, *blob.Reader, error) {
	if err := who.May(access.OwnTasks); err != nil {
		return evidence.File{}, nil, err
	}
	var item string
	err := s.db.Read(ctx, who.Org(), func(tx *db.Tx) error {
		var person string
		err := tx.QueryRow(ctx, `SELECT person, coalesce(evidence, '') FROM training_completion WHERE org = $1 AND id = $2`, who.Org(), known(completion)).Scan(&person, &item)
		if errors.Is(err, sql.ErrNoRows) {
			return problem.New(problem.NotFound, "There is no such completion.")
		}
		if err != nil || who.Can(access.ViewTraining) {
			return err
		}
		own, err := s.people.PersonOf(ctx, tx, who.Org(), who.Account())
		if err == nil && (own == "" || own != person) {
			err = problem.New(problem.NotFound, "There is no such completion.")
		}
		return err
	})
	if err != nil {
		return evidence.File{}, nil, err
	}
	if item == "" {
		return evidence.File{}, nil, problem.New(problem.NotFound, "No certificate is kept for this completion.")
	}
	return s.evidence.OpenIssued(ctx, who.Org(), item)
}

// issuer returns the organisation that made the certificate with a code, or "".
// Whoever checks one knows no organisation, so each is asked behind its own wall:
// a table of codes over all of them would have none.
func (s *Store) issuer(ctx context.Context, code string) (string, error) {
	var all []string
	err := s.db.Read(ctx, "", func(tx *db.Tx) error {
		rows, err := tx.Query(ctx, `SELECT id FROM organisation ORDER BY id`)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var id string
			if err := rows.Scan(&id); err != nil {
				return err
			}
			all = append(all, id)
		}
		return rows.Err()
	})
	if err != nil || code == "" {
		return "", err
	}
	for _, org := range all {
		var n int
		err := s.db.Read(ctx, org, func(tx *db.Tx) error {
			return tx.QueryRow(ctx, `SELECT count(*) FROM training_completion WHERE org = $1 AND code = $2 AND code <> ''`, org, code).Scan(&n)
		})
		if err != nil || n > 0 {
			return org, err
		}
	}
	return "", nil
}
