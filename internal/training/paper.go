package training

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/cadence"
	"github.com/toucan-grc/toucan/internal/crosswalk"
	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/evidence"
	"github.com/toucan-grc/toucan/internal/people"
	"github.com/toucan-grc/toucan/internal/problem"
)

// maxPaper is how large a certificate may be.
const maxPaper = 25 << 20

// Paper is a certificate that shows a training done elsewhere.
type Paper struct {
	Person string // id; empty: the actor
	Track  Track
	On     cadence.Date // when it was completed, as the certificate says
	Course string       // what was completed, in a few words
	File   evidence.File
}

// Filed says what filing a certificate did.
type Filed struct {
	Completion Completion
	Warn       string // one sentence when something looks odd, or empty
}

// KeepPaper takes in the file of a certificate, so that it can be filed with Filing.
func (s *Store) KeepPaper(ctx context.Context, who access.Actor, name string, r io.Reader, now time.Time) (evidence.File, error) {
	if !who.Can(access.RecordTraining) {
		if err := who.May(access.OwnTasks); err != nil {
			return evidence.File{}, err
		}
		err := s.db.Read(ctx, who.Org(), func(tx *db.Tx) error {
			if _, err := s.person(ctx, tx, who); err != nil {
				return err
			}
			rs, err := regimes(ctx, tx, who.Org(), now)
			if err != nil {
				return err
			}
			for _, r := range rs {
				if r.Method.Files() {
					return nil
				}
			}
			return errNotByHand()
		})
		if err != nil {
			return evidence.File{}, err
		}
	}
	limited := &io.LimitedReader{R: r, N: maxPaper + 1}
	f, err := s.evidence.Stage(ctx, who.Org(), who.Account(), name, limited, now)
	if err == nil && f.Bytes > maxPaper {
		return f, problem.Field("file", "The file has more than 25 MB. A photo or a PDF of the certificate is enough.")
	}
	return f, err
}

func errNotByHand() error {
	return problem.New(problem.Forbidden, "Nobody is asked to file a certificate for this training here. Ask your compliance manager if you have one.")
}

// File files a certificate for oneself, where that is how the track is completed,
// or on behalf of somebody. It counts from the day the certificate names, which lies
// in the present round; otherwise it is an Invalid problem about the date.
func (s *Store) File(ctx context.Context, who access.Actor, p Paper, now time.Time) (Filed, error) {
	if !who.Can(access.RecordTraining) {
		if err := who.May(access.OwnTasks); err != nil {
			return Filed{}, err
		}
	}
	course, err := db.Line("course", "The name of the training", p.Course, 200)
	if err != nil {
		return Filed{}, err
	}
	p.Course, now = course, moment(now)
	var out Filed
	err = s.db.Write(ctx, who.Org(), db.People, func(ctx context.Context, tx *db.Tx) (err error) {
		out, err = s.file(ctx, tx, who, p, now)
		return err
	})
	return out, err
}

func (s *Store) file(ctx context.Context, tx *db.Tx, who access.Actor, p Paper, now time.Time) (Filed, error) {
	var out Filed
	own, err := s.people.PersonOf(ctx, tx, who.Org(), who.Account())
	if err != nil {
		return out, err
	}
	if p.Person == "" {
		if p.Person = own; own == "" {
			return out, errUnlinked()
		}
	}
	if p.Person != own && !who.Can(access.RecordTraining) {
		return out, who.May(access.RecordTraining)
	}
	b, err := read(ctx, tx, who.Org(), known(p.Person), now)
	if err != nil {
		return out, err
	}
	r, on := b.regimes[p.Track]
	if !on {
		return out, errOff(p.Track)
	}
	if p.Person == own && !r.Method.Files() && !who.Can(access.RecordTraining) {
		return out, errNotByHand()
	}
	person, ok := b.roster.Person(p.Person)
	if !ok {
		return out, errNobody()
	}
	if st := b.roster.StatusOn(person.ID, b.day()); !asked(st) {
		return out, problem.Field("person", person.Name+" is not asked for this training. "+unasked(st))
	}
	cycle := r.Cycle(b.of(p.Track, person.ID), now)
	at, err := r.dated(cycle, p.On, now)
	if err != nil {
		return out, err
	}
	c := Completion{ID: newID(), Person: person.ID, Track: p.Track, Method: ByOrganiser, Course: p.Course, At: at, HeardAt: now, Source: who.Account()}
	if p.Person == own && r.Method.Files() {
		c.Method = r.Method
	}
	if c.Evidence, err = s.fileItem(ctx, tx, who, r, person, c, p.File, now); err != nil {
		return out, err
	}
	if err := s.insert(ctx, tx, who.Org(), who.Account(), c); err != nil {
		return out, err
	}
	out = Filed{Completion: c, Warn: r.odd(cycle, c, now)}
	if cycle.Done.ID != "" {
		return out, nil
	}
	return out, s.finish(ctx, tx, who.Org(), who.Account(), p.Track, []Completion{c}, now)
}

// dated is the moment a certificate of a day counts from. A certificate names no
// hour, so one of the day a round began counts as being after its beginning.
func (r Regime) dated(c Cycle, on cadence.Date, now time.Time) (time.Time, error) {
	today := r.Zones.DateOf(now)
	switch {
	case !on.Known():
		return time.Time{}, problem.Field("on", "Say on which day the training was completed, as the certificate has it.")
	case on > today:
		return time.Time{}, problem.Field("on", "The training cannot have been completed in the future. Check the date on the certificate.")
	case on < cadence.On(2000, time.January, 1):
		return time.Time{}, problem.Field("on", "The training was completed before the year 2000. Check the year.")
	}
	at := r.Zones.Start(on)
	if on == today {
		at = now
	}
	switch {
	case r.tooOld(at, now):
		return at, problem.Field("on", fmt.Sprintf("The certificate is of %s, more than 12 months ago, so it does not count any more. Do the training again and file the new one.", dayOf(on)))
	case !at.Before(c.From):
		return at, nil
	case on == r.Zones.DateOf(c.From):
		return c.From, nil
	}
	return at, problem.Field("on", fmt.Sprintf("The certificate is of %s, and the training is asked for since %s, because %s. Only one completed since then counts.", dayOf(on), r.day(c.From), c.Why))
}

// odd is a sentence about a certificate that counts and will make an auditor ask.
func (r Regime) odd(c Cycle, x Completion, now time.Time) string {
	until := r.over(x.At, now)
	switch day := r.Zones.DateOf(x.At); {
	case c.Done.ID != "" && x.At.Before(c.Done.At):
		return fmt.Sprintf("A newer completion, of %s, is there already. This one is kept in the history.", r.day(c.Done.At))
	case c.Done.ID == "" && day > c.Due:
		return fmt.Sprintf("The training was due by %s, so it was completed late. The certificate counts from %s.", dayOf(c.Due), dayOf(day))
	case !until.IsZero() && until.Before(now.AddDate(0, 1, 0)):
		return fmt.Sprintf("The training is due again soon, on %s.", r.day(until))
	}
	return ""
}

// fileItem files the item that shows a completion.
func (s *Store) fileItem(ctx context.Context, tx *db.Tx, who access.Actor, r Regime, p people.Person, c Completion, file evidence.File, now time.Time) (string, error) {
	if file.SHA256 == "" {
		return "", problem.Field("file", "Add the certificate: a PDF, a photo or a screenshot of it.")
	}
	f, err := filing(ctx, tx, who.Org(), r, c, now)
	if err != nil {
		return "", err
	}
	f.Title = fmt.Sprintf("%s: certificate of %s", r.Track.Label(), p.Name)
	f.Note = c.Course
	f.Source, f.Collector, f.Files = evidence.Person, "", []evidence.File{file}
	i, err := s.evidence.Issue(ctx, tx, who.Org(), who.Account(), f, now)
	if err != nil && problem.Of(err).Code == problem.Conflict {
		return "", problem.Field("file", "This file was filed before, for the same day. Choose the certificate of this person.")
	}
	return i.ID, err
}

// filing is what the evidence of a completion has in common: its kind, the control
// of the library it is offered for, and until when it may be relied on.
func filing(ctx context.Context, tx *db.Tx, org string, r Regime, c Completion, now time.Time) (evidence.Filing, error) {
	f := evidence.Filing{Kind: recordKind, CapturedAt: c.At}
	if until := r.over(c.At, now); !until.IsZero() && until.After(c.At) {
		f.ValidFor = until.Sub(c.At)
	}
	entry := "TR-04" // training on regulated subjects
	if r.Track == Security {
		entry = "TR-01"
	}
	id, err := crosswalk.AdoptedAs(ctx, tx, org, entry)
	if id != "" {
		f.Controls = []string{id}
	}
	return f, err
}
