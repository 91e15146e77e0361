package training

import (
	"bytes"
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/evidence"
	"github.com/toucan-grc/toucan/internal/people"
	"github.com/toucan-grc/toucan/internal/problem"
)

// Attempt is one way of a person through a course.
type Attempt struct {
	ID      string
	Number  int // first, second ...
	Version string
	BegunAt time.Time
	EndedAt time.Time // zero while it goes on
	Right   int       // of Of, once it has ended
	Of      int
	Passed  bool

	seed string
}

// Ended reports whether all questions were answered.
func (a Attempt) Ended() bool { return !a.EndedAt.IsZero() }

// Score is the result in per cent, rounded down.
func (a Attempt) Score() int {
	if a.Of == 0 {
		return 0
	}
	return a.Right * 100 / a.Of
}

// Reading is how far somebody is with a course.
type Reading struct {
	Track    Track
	Setting  Setting
	Course   *Course
	Person   people.Person
	Standing people.Standing
	Attempt  Attempt // the last one; with an empty ID nobody began
	Done     Completion

	read    map[string]bool
	answers map[string][]string // chosen, by question
}

// Read reports whether a lesson was read to its end.
func (r *Reading) Read(lesson string) bool { return r.read[lesson] }

// Answer returns what was answered to a question of the last attempt, and whether
// that was right. It is there only once an answer is in.
func (r *Reading) Answer(question string) (Verdict, bool) {
	chosen, ok := r.answers[question]
	if !ok {
		return Verdict{}, false
	}
	q, _, found := r.Course.Question(question)
	if !found {
		return Verdict{}, false
	}
	return q.Judge(chosen), true
}

// Options are the options of a question in the order of the attempt.
func (r *Reading) Options(q Question) []Option { return q.Shuffled(r.Attempt.seed) }

// Answered returns how many questions of a lesson were answered.
func (r *Reading) Answered(l Lesson) int {
	n := 0
	for _, q := range l.Questions {
		if _, ok := r.answers[q.ID]; ok {
			n++
		}
	}
	return n
}

// Total returns how many questions of the course were answered, and how many of
// them right.
func (r *Reading) Total() (answered, right int) {
	for id := range r.answers {
		if v, ok := r.Answer(id); ok {
			if answered++; v.Right {
				right++
			}
		}
	}
	return answered, right
}

// Next is where to go on: the first lesson with an open question, and that
// question's place; ok is false when all are answered.
func (r *Reading) Next() (lesson Lesson, question int, ok bool) {
	for _, l := range r.Course.Lessons {
		for i, q := range l.Questions {
			if _, done := r.answers[q.ID]; !done {
				return l, i, true
			}
		}
	}
	return Lesson{}, 0, false
}

// Reading returns how far the actor is with the course of a track. It is a NotFound
// problem when the account is linked to nobody or the track is not in use.
func (s *Store) Reading(ctx context.Context, who access.Actor, t Track, now time.Time) (*Reading, error) {
	if err := who.May(access.OwnTasks); err != nil {
		return nil, err
	}
	var out *Reading
	err := s.db.Read(ctx, who.Org(), func(tx *db.Tx) (err error) {
		out, err = s.reading(ctx, tx, who, t, now)
		return err
	})
	return out, err
}

func (s *Store) reading(ctx context.Context, tx *db.Tx, who access.Actor, t Track, now time.Time) (*Reading, error) {
	person, err := s.person(ctx, tx, who)
	if err != nil {
		return nil, err
	}
	b, err := read(ctx, tx, who.Org(), person, now)
	if err != nil {
		return nil, err
	}
	regime, on := b.regimes[t]
	if !on {
		return nil, errOff(t)
	}
	r := &Reading{Track: t, Setting: regime.Setting, Course: Courses()[t], read: map[string]bool{}, answers: map[string][]string{}}
	r.Person, _ = b.roster.Person(person)
	h := b.of(t, person)
	r.Standing, r.Done = people.Standing{Person: person, Check: t.Check(), State: people.NotAsked}, regime.Cycle(h, now).Done
	if st := b.roster.StatusOn(person, b.day()); asked(st) {
		r.Standing = regime.Standing(h, now)
	} else {
		r.Standing.Reason = unasked(st)
	}
	var begun, ended int64
	err = tx.QueryRow(ctx, `SELECT id, number, version, seed, begun_at, ended_at, right_n, of_n, passed FROM training_attempt
		WHERE org = $1 AND person = $2 AND track = $3 ORDER BY begun_at DESC, id DESC LIMIT 1`, who.Org(), person, string(t)).
		Scan(&r.Attempt.ID, &r.Attempt.Number, &r.Attempt.Version, &r.Attempt.seed, &begun, &ended, &r.Attempt.Right, &r.Attempt.Of, &r.Attempt.Passed)
	if errors.Is(err, sql.ErrNoRows) {
		return r, nil
	}
	if err != nil {
		return nil, err
	}
	r.Attempt.BegunAt, r.Attempt.EndedAt = db.Time(begun), db.Time(ended)
	return r, r.follow(ctx, tx, who.Org())
}

// follow reads what was read and answered in the attempt.
func (r *Reading) follow(ctx context.Context, tx *db.Tx, org string) error {
	rows, err := tx.Query(ctx, `SELECT lesson FROM training_lesson WHERE org = $1 AND attempt = $2`, org, r.Attempt.ID)
	if err != nil {
		return err
	}
	if err := db.Each(rows, func(scan func(...any) error) error {
		var lesson string
		err := scan(&lesson)
		r.read[lesson] = true
		return err
	}); err != nil {
		return err
	}
	rows, err = tx.Query(ctx, `SELECT question, chosen FROM training_answer WHERE org = $1 AND attempt = $2`, org, r.Attempt.ID)
	if err != nil {
		return err
	}
	return db.Each(rows, func(scan func(...any) error) error {
		var id, chosen string
		err := scan(&id, &chosen)
		if _, _, there := r.Course.Question(id); there { // a later version may have dropped it
			r.answers[id] = strings.Split(chosen, ",")
		}
		return err
	})
}

// Begin starts a course, or starts it again once it was answered to its end; while
// an attempt goes on, it stays. Repeating costs nothing: the lessons that were read
// stay read, and only the questions are asked anew.
func (s *Store) Begin(ctx context.Context, who access.Actor, t Track, now time.Time) (*Reading, error) {
	if err := who.May(access.OwnTasks); err != nil {
		return nil, err
	}
	now = moment(now)
	var out *Reading
	err := s.db.Write(ctx, who.Org(), db.People, func(ctx context.Context, tx *db.Tx) error {
		r, err := s.reading(ctx, tx, who, t, now)
		if err != nil {
			return err
		}
		if err := r.offered(); err != nil {
			return err
		}
		old := r.Attempt
		if old.ID != "" && !old.Ended() && major(old.Version) == major(r.Course.Version) {
			out = r
			return nil
		}
		if old.ID != "" && !old.Ended() { // of a version that is not asked any more
			if _, err := tx.Exec(ctx, `UPDATE training_attempt SET ended_at = $3 WHERE org = $1 AND id = $2`, who.Org(), old.ID, db.Micros(now)); err != nil {
				return err
			}
		}
		if _, err := tx.Exec(ctx, `DELETE FROM training_answer WHERE org = $1 AND attempt = $2`, who.Org(), old.ID); err != nil {
			return err
		}
		a := Attempt{ID: newID(), Number: old.Number + 1, Version: r.Course.Version, BegunAt: now, seed: rand.Text()}
		_, err = tx.Exec(ctx, `INSERT INTO training_attempt (org, id, person, track, course, version, number, seed, begun_at, ended_at, right_n, of_n, passed) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 0, 0, 0, $10)`,
			who.Org(), a.ID, r.Person.ID, string(t), r.Course.ID, a.Version, a.Number, a.seed, db.Micros(now), false)
		if err != nil {
			return err
		}
		if old.ID == "" || major(old.Version) != major(r.Course.Version) {
			r.read = map[string]bool{}
		}
		rows := db.Into(`training_lesson (org, id, attempt, lesson, at)`)
		for lesson := range r.read {
			rows.Add(who.Org(), newID(), a.ID, lesson, db.Micros(now))
		}
		r.Attempt, r.answers = a, map[string][]string{}
		out = r
		return rows.Insert(ctx, tx)
	})
	return out, err
}

// offered refuses a course that nobody is asked to do here.
func (r *Reading) offered() error {
	if r.Setting.Method != Embedded {
		return problem.New(problem.Conflict, "This training is not completed with the course in Toucan. Your list of tasks says what to do.")
	}
	if r.Standing.State == people.NotAsked {
		return problem.New(problem.Conflict, "You are not asked for this training. %s", r.Standing.Reason)
	}
	return nil
}

// going refuses what needs an attempt that goes on.
func (r *Reading) going() error {
	if err := r.offered(); err != nil {
		return err
	}
	if r.Attempt.ID == "" || r.Attempt.Ended() || major(r.Attempt.Version) != major(r.Course.Version) {
		return problem.New(problem.Conflict, "Begin the course first.")
	}
	return nil
}

// ReadLesson says that the actor read a lesson to its end.
func (s *Store) ReadLesson(ctx context.Context, who access.Actor, t Track, lesson string, now time.Time) error {
	if err := who.May(access.OwnTasks); err != nil {
		return err
	}
	return s.db.Write(ctx, who.Org(), db.People, func(ctx context.Context, tx *db.Tx) error {
		r, err := s.reading(ctx, tx, who, t, now)
		if err != nil {
			return err
		}
		if err := r.going(); err != nil {
			return err
		}
		if _, _, ok := r.Course.Lesson(lesson); !ok {
			return problem.New(problem.NotFound, "The course has no such lesson.")
		}
		if r.read[lesson] {
			return nil
		}
		_, err = tx.Exec(ctx, `INSERT INTO training_lesson (org, id, attempt, lesson, at) VALUES ($1, $2, $3, $4, $5)`, who.Org(), newID(), r.Attempt.ID, lesson, db.Micros(now))
		return err
	})
}

// Answer takes an answer and says whether it is right, and why. The first answer to
// a question counts: another one is told what was right, and changes nothing. With
// the last question the attempt ends; when it is passed, the completion, its
// certificate and the evidence are there together.
func (s *Store) Answer(ctx context.Context, who access.Actor, t Track, question string, chosen []string, now time.Time) (Verdict, error) {
	if err := who.May(access.OwnTasks); err != nil {
		return Verdict{}, err
	}
	now = moment(now)
	r, err := s.Reading(ctx, who, t, now)
	if err != nil {
		return Verdict{}, err
	}
	q, _, ok := r.Course.Question(question)
	if !ok {
		return Verdict{}, problem.New(problem.NotFound, "The course has no such question.")
	}
	if v, done := r.Answer(question); done {
		return v, nil
	}
	v, err := q.answered(chosen)
	if err != nil {
		return Verdict{}, err
	}
	var paper *certificate
	if r.last(v) {
		if paper, err = s.draw(ctx, who, r, r.result(v), now); err != nil {
			return Verdict{}, err
		}
	}
	err = s.db.Write(ctx, who.Org(), db.People, func(ctx context.Context, tx *db.Tx) error { return s.answer(ctx, tx, who, t, question, v, paper, now) })
	return v, err
}

// answered checks what was chosen.
func (q Question) answered(chosen []string) (Verdict, error) {
	if len(chosen) == 0 {
		return Verdict{}, problem.Field("chosen", "Choose an answer first.")
	}
	if !q.Multiple && len(chosen) > 1 {
		return Verdict{}, problem.Field("chosen", "Choose one answer.")
	}
	for _, id := range chosen {
		if !slices.ContainsFunc(q.Options, func(o Option) bool { return o.ID == id }) {
			return Verdict{}, problem.Field("chosen", "Choose one of the answers listed.")
		}
	}
	return q.Judge(chosen), nil
}

// last reports whether one more answer ends the attempt and passes it.
func (r *Reading) last(v Verdict) bool {
	a := r.result(v)
	return a.Of == r.Course.Questions() && a.Passed
}

// result is the attempt with one more answer.
func (r *Reading) result(v Verdict) Attempt {
	a := r.Attempt
	a.Of, a.Right = r.Total()
	if a.Of++; v.Right {
		a.Right++
	}
	a.Passed = r.Course.Passes(a.Right, r.Course.Questions())
	return a
}

func (s *Store) answer(ctx context.Context, tx *db.Tx, who access.Actor, t Track, question string, v Verdict, paper *certificate, now time.Time) error {
	r, err := s.reading(ctx, tx, who, t, now)
	if err != nil {
		return err
	}
	if err := r.going(); err != nil {
		return err
	}
	if _, done := r.Answer(question); done {
		return nil // sent twice at once
	}
	_, err = tx.Exec(ctx, `INSERT INTO training_answer (org, id, attempt, question, chosen, correct, at) VALUES ($1, $2, $3, $4, $5, $6, $7)`,
		who.Org(), newID(), r.Attempt.ID, question, strings.Join(v.Chosen, ","), v.Right, db.Micros(now))
	if err != nil {
		return err
	}
	a := r.result(v)
	if a.Of < r.Course.Questions() {
		return nil
	}
	_, err = tx.Exec(ctx, `UPDATE training_attempt SET ended_at = $3, right_n = $4, of_n = $5, passed = $6, version = $7 WHERE org = $1 AND id = $2`,
		who.Org(), a.ID, db.Micros(now), a.Right, a.Of, a.Passed, r.Course.Version)
	if err != nil || !a.Passed {
		return err
	}
	if paper == nil {
		return problem.New(problem.Conflict, "Two answers came at the same moment. Send the last one again.")
	}
	return s.pass(ctx, tx, who, r, a, paper, now)
}

// pass writes a completion with its certificate.
func (s *Store) pass(ctx context.Context, tx *db.Tx, who access.Actor, r *Reading, a Attempt, paper *certificate, now time.Time) error {
	rs, err := regimes(ctx, tx, who.Org(), now)
	if err != nil {
		return err
	}
	c := Completion{ID: newID(), Person: r.Person.ID, Track: r.Track, Method: Embedded, Course: r.Course.ID, Version: r.Course.Version, Score: a.Score(), At: now, HeardAt: now, Source: who.Account(), Code: paper.code}
	f, err := filing(ctx, tx, who.Org(), rs[r.Track], c, now)
	if err != nil {
		return err
	}
	f.Title = fmt.Sprintf("%s: certificate of %s", r.Track.Label(), r.Person.Name)
	f.Note = fmt.Sprintf("%s, version %s, passed with %d of %d right.", r.Course.Title, r.Course.Version, a.Right, a.Of)
	f.Source, f.Collector, f.Version, f.Files = evidence.System, "training", r.Course.Version, []evidence.File{paper.file}
	i, err := s.evidence.Issue(ctx, tx, who.Org(), who.Account(), f, now)
	if err != nil {
		return err
	}
	c.Evidence = i.ID
	if err := s.insert(ctx, tx, who.Org(), who.Account(), c); err != nil {
		return err
	}
	return s.finish(ctx, tx, who.Org(), who.Account(), r.Track, []Completion{c}, now)
}

// draw makes the certificate of an attempt that is about to be passed, and puts the
// file away.
func (s *Store) draw(ctx context.Context, who access.Actor, r *Reading, a Attempt, now time.Time) (*certificate, error) {
	c := &certificate{code: newCode()}
	var err error
	if c.Organisation, err = s.organisation(ctx, who.Org()); err != nil {
		return nil, err
	}
	c.Person, c.Course, c.Version, c.Score, c.PassMark, c.At = r.Person.Name, r.Course.Title, r.Course.Version, a.Score(), r.Course.PassMark, now
	pdf, err := c.pdf(s.base)
	if err != nil {
		return nil, err
	}
	c.file, err = s.evidence.Stage(ctx, who.Org(), who.Account(), "certificate-"+r.Course.ID+".pdf", bytes.NewReader(pdf), now)
	return c, err
}
