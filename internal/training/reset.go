package training

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/cadence"
	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/people"
	"github.com/toucan-grc/toucan/internal/problem"
	"github.com/toucan-grc/toucan/internal/task"
)

// Asking says whom to ask again, and why.
type Asking struct {
	Track  Track
	People []string // ids; with All, empty
	All    bool     // everybody who has completed it
	Reason string
}

// Reset asks people again who have completed a track. What they completed stays in
// the history. Whoever has not completed it is left alone, so that nothing overdue
// gets a later date. It returns who is asked again.
func (s *Store) Reset(ctx context.Context, who access.Actor, a Asking, now time.Time) ([]people.Person, error) {
	if err := who.May(access.RecordTraining); err != nil {
		return nil, err
	}
	reason, err := db.Line("reason", "The reason", a.Reason, 300)
	if err != nil {
		return nil, err
	}
	if reason == "" {
		return nil, problem.Field("reason", "Say why they are asked again. The reason stays in the history.")
	}
	if a.All == (len(a.People) > 0) {
		return nil, problem.Field("people", "Choose the people first, or everybody.")
	}
	now = moment(now)
	var out []people.Person
	err = s.db.Write(ctx, who.Org(), db.People, func(ctx context.Context, tx *db.Tx) error {
		out = nil
		b, err := read(ctx, tx, who.Org(), "", now)
		if err != nil {
			return err
		}
		r, on := b.regimes[a.Track]
		if !on {
			return errOff(a.Track)
		}
		chosen := map[string]bool{}
		for _, id := range a.People {
			if _, ok := b.roster.Person(id); !ok {
				return errNobody()
			}
			chosen[id] = true
		}
		var list []Reset
		for _, p := range b.roster.All() {
			if !a.All && !chosen[p.ID] || !asked(b.roster.StatusOn(p.ID, b.day())) || r.Cycle(b.of(a.Track, p.ID), now).Done.ID == "" {
				continue
			}
			out = append(out, p)
			list = append(list, Reset{Person: p.ID, Track: a.Track, At: now, By: who.Account(), Reason: reason, Due: r.Zones.DateOf(now) + cadence.Date(r.days())})
		}
		if len(list) == 0 {
			return problem.New(problem.Conflict, "None of them has completed this training, so there is nothing to ask again.")
		}
		if err := s.reset(ctx, tx, who.Org(), who.Account(), a.Track, reason, list, now); err != nil {
			return err
		}
		return s.tend(ctx, tx, who.Org(), now)
	})
	return out, err
}

// reset writes resets and their leaf.
func (s *Store) reset(ctx context.Context, tx *db.Tx, org, by string, t Track, reason string, resets []Reset, now time.Time) error {
	b := batch{id: newID(), kind: resetKind, track: t, reason: reason, account: by}
	for _, x := range resets {
		b.changes = append(b.changes, resetFact{x.Person, x.Due.String()})
	}
	if err := s.record(ctx, tx, org, b, now); err != nil {
		return err
	}
	rows := db.Into(`training_reset (org, id, person, track, at, account, reason, due, batch)`)
	for _, x := range resets {
		rows.Add(org, newID(), x.Person, string(t), db.Micros(x.At), by, x.Reason, x.Due, b.id)
	}
	return rows.Insert(ctx, tx)
}

// Tend writes down whose completion is over and brings the tasks in line with how
// people stand: joiners get theirs, what is done ends. It runs every hour, and
// doing it twice changes nothing more.
func (s *Store) Tend(ctx context.Context, org string, now time.Time) error {
	return s.db.Write(ctx, org, db.Jobs, func(ctx context.Context, tx *db.Tx) error { return s.tend(ctx, tx, org, moment(now)) })
}

func (s *Store) tend(ctx context.Context, tx *db.Tx, org string, now time.Time) error {
	b, err := read(ctx, tx, org, "", now)
	if err != nil {
		return err
	}
	for _, t := range Tracks() {
		if r, on := b.regimes[t]; on {
			if err := s.renew(ctx, tx, org, b, r); err != nil {
				return err
			}
		}
		if err := s.tasks(ctx, tx, org, b, t); err != nil {
			return err
		}
	}
	_, err = tx.Exec(ctx, `DELETE FROM training_answer WHERE org = $1 AND attempt IN (SELECT id FROM training_attempt WHERE org = $1 AND ended_at > 0 AND ended_at < $2)`,
		org, db.Micros(now.Add(-keepAnswers)))
	return err
}

// keepAnswers is how long single answers are kept to show a result.
const keepAnswers = 24 * time.Hour

// renew writes down whose round is over, and whose course has a new major version.
func (s *Store) renew(ctx context.Context, tx *db.Tx, org string, b *book, r Regime) error {
	var over, newer []Reset
	course, ships := Courses()[r.Track]
	day := b.day()
	for _, p := range b.roster.All() {
		if !asked(b.roster.StatusOn(p.ID, day)) {
			continue
		}
		h := b.of(r.Track, p.ID)
		c := r.Cycle(h, b.now)
		if c.Renewed {
			over = append(over, Reset{Person: p.ID, Track: r.Track, At: c.From, Reason: "Renewed " + r.Renewal.Words(), Due: r.Zones.DateOf(c.From) + cadence.Date(r.daysAt(c.From))})
		}
		if ships && r.Method == Embedded && c.Done.Method == Embedded && major(c.Done.Version) < major(course.Version) {
			newer = append(newer, Reset{Person: p.ID, Track: r.Track, At: b.now, Reason: "Version " + course.Version + " of the course is out", Due: r.Zones.DateOf(b.now) + cadence.Date(r.days())})
		}
	}
	for _, list := range [][]Reset{over, newer} {
		if len(list) == 0 {
			continue
		}
		if err := s.reset(ctx, tx, org, "", r.Track, list[0].Reason, list, b.now); err != nil {
			return err
		}
		for _, x := range list {
			h := b.histories[r.Track][x.Person]
			h.Resets = append(h.Resets, x)
		}
	}
	return nil
}

// major is the first number of a version.
func major(version string) int {
	first, _, _ := strings.Cut(version, ".")
	n, _ := strconv.Atoi(first)
	return n
}

// tasks brings the tasks of a track in line with how people stand.
func (s *Store) tasks(ctx context.Context, tx *db.Tx, org string, b *book, t Track) error {
	subject := task.Subject{Kind: SubjectTrack, ID: string(t), Words: t.Label()}
	open, err := task.Of(ctx, tx, org, subject)
	if err != nil {
		return err
	}
	have := map[string]task.Task{}
	for _, x := range open {
		if x.Kind == TaskComplete {
			have[x.Assignee.Person] = x
		}
	}
	over := map[string][]task.Assignee{} // by reason; none: it is done
	var want []task.New
	missing := 0
	r, on := b.regimes[t]
	for _, p := range b.roster.All() {
		_, has := have[p.ID]
		why, due, done := s.wants(b, r, on, p)
		if why == "" && !done && on {
			missing++
			if !r.Method.asksPerson() {
				why = "An administrator files it now."
			}
		}
		if why != "" || done {
			if has {
				over[why] = append(over[why], task.Assignee{Person: p.ID})
			}
			continue
		}
		n := task.New{Assignee: task.Assignee{Person: p.ID}, Kind: TaskComplete, Subject: subject, Title: r.title(), Due: due, Fixed: true}
		if !has || have[p.ID].New != n {
			want = append(want, n)
		}
	}
	for why, of := range over {
		c := task.Closing{Kind: TaskComplete, Subject: subject, State: task.Cancelled, Reason: why, Quiet: true}
		if why == "" {
			c.State = task.Done
		}
		if _, err := task.CloseFor(ctx, tx, org, "", c, of, b.now); err != nil {
			return err
		}
	}
	if len(want) > 0 {
		if _, err := task.PutAll(ctx, tx, org, "", want, b.now); err != nil {
			return err
		}
	}
	return s.organise(ctx, tx, org, b, r, subject, open, missing)
}

// wants says why a person has no task, or by when it is due.
func (s *Store) wants(b *book, r Regime, on bool, p people.Person) (why string, due cadence.Date, done bool) {
	if !on {
		return "The training is not used any more.", 0, false
	}
	switch st := b.roster.StatusOn(p.ID, b.day()); st {
	case people.Current:
	case people.OnLeave:
		return "They are on leave.", 0, false
	default:
		return unasked(st), 0, false
	}
	if _, out := b.roster.Excluded(p.ID, r.Track.Check(), b.now); out {
		return "They are excluded from this training.", 0, false
	}
	c := r.Cycle(b.of(r.Track, p.ID), b.now)
	return "", c.Due, c.Done.ID != ""
}

// title is what there is to do.
func (r Regime) title() string {
	name := strings.ToLower(r.Track.Label()[:1]) + r.Track.Label()[1:]
	if r.Track != Security {
		name = r.Track.Label()
	}
	switch r.Method {
	case ByPerson:
		return "File your certificate of " + name
	case Connected:
		return "Complete " + name + " at the training provider"
	case ExternalLink:
		return "Complete " + name + " and file the certificate"
	}
	return "Complete " + name
}

// TaskOrganise is the task of whoever files certificates for everybody.
const TaskOrganise = "training.organise"

// organise keeps one task for whoever chose that certificates are filed for
// people, for as long as any is missing: otherwise nobody would feel asked.
func (s *Store) organise(ctx context.Context, tx *db.Tx, org string, b *book, r Regime, subject task.Subject, open []task.Task, missing int) error {
	i := slices.IndexFunc(open, func(x task.Task) bool { return x.Kind == TaskOrganise })
	if r.Method != ByOrganiser || missing == 0 {
		if i < 0 {
			return nil
		}
		_, err := task.Close(ctx, tx, s.log, org, "", task.Closing{Kind: TaskOrganise, Subject: subject, State: task.Done, Quiet: true}, b.now)
		return err
	}
	n := task.New{Assignee: task.Assignee{Account: r.By}, Kind: TaskOrganise, Subject: subject, Title: fmt.Sprintf("File certificates: %s, %s", r.Track.Label(), count(missing, "person", "people")), Due: r.Zones.DateOf(r.At) + cadence.Date(r.days())}
	if i >= 0 {
		n.Assignee, n.Due = open[i].Assignee, open[i].Due // it may have been handed to somebody
		if open[i].New == n {
			return nil
		}
	}
	_, err := task.Put(ctx, tx, org, "", n, b.now)
	if err != nil && problem.Of(err).Field == "assignee" { // who chose it is no member any more: the people page shows what is missing
		return nil
	}
	return err
}

// Work is the job that tends the training of all organisations.
type Work struct{}

// Kind implements job.Work.
func (Work) Kind() string { return "training.tend" }

// TendEvery is how often somebody looks.
const TendEvery = time.Hour

// Tables are those whose rows decide how people stand with the tracks.
func Tables() []string {
	return []string{"training_setting", "training_completion", "training_reset", "training_known", "framework_change", "evidence_item", "organisation_zone"}
}
