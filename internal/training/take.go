package training

import (
	"bytes"
	"context"
	"encoding/csv"
	"fmt"
	"slices"
	"time"

	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/evidence"
	"github.com/toucan-grc/toucan/internal/people"
	"github.com/toucan-grc/toucan/internal/problem"
	"github.com/toucan-grc/toucan/internal/task"
)

// Wanting returns the people who work here, are not on leave, and have not
// completed a track in the present round: the only ones a sync may ask about.
func (s *Store) Wanting(ctx context.Context, org string, t Track, now time.Time) ([]people.Person, error) {
	roster, err := s.people.RosterOf(ctx, org)
	if err != nil {
		return nil, err
	}
	var out []people.Person
	err = s.db.Read(ctx, org, func(tx *db.Tx) error {
		b, err := readWith(ctx, tx, org, "", roster, now)
		if err != nil {
			return err
		}
		r, on := b.regimes[t]
		if !on {
			return errOff(t)
		}
		for _, p := range b.roster.Current(b.day()) {
			if r.Cycle(b.of(t, p.ID), now).Done.ID == "" {
				out = append(out, p)
			}
		}
		return nil
	})
	return out, err
}

// Sync is what a provider said in one go.
type Sync struct {
	Track      Track
	Connection string // id; with another one the provider is another
	Provider   string // what a page calls it, such as "KnowBe4"
	Account    string // who set the connection up, or whose file it is: the evidence comes from them
	Said       []Enrolment
}

// Taken says what a sync did.
type Taken struct {
	Batch     string       // id, when anything changed
	Evidence  string       // id of the item that lists the completions, or empty
	Completed []Completion // new
	Changed   []Known      // what is now said of people who have not completed it
	Same      int          // said before already
	Already   int          // people who had completed it: nothing of theirs was touched
	Rerun     []string     // of these, people whom the provider has at work again: to run them again, reset them here first
	Strangers int          // not in the register, or not working here
	Refused   []Known      // completions that do not count, with the reason; among Changed or Same as well
}

// Take takes in what a provider said. Only people who have not completed the track
// in the present round are touched; a completion counts when it lies in that round,
// and is never overwritten. Everything else is kept as what the provider said last.
// All of it is stored, or nothing.
func (s *Store) Take(ctx context.Context, org string, in Sync, now time.Time) (Taken, error) {
	now = moment(now)
	if in.Connection == "" || in.Account == "" || in.Provider == "" {
		return Taken{}, problem.New(problem.Invalid, "A sync says which connection it is of, what the provider is called and who set it up.")
	}
	roster, err := s.people.RosterOf(ctx, org)
	if err != nil {
		return Taken{}, err
	}
	var plan Taken
	err = s.db.Read(ctx, org, func(tx *db.Tx) error {
		b, err := readWith(ctx, tx, org, "", roster, now)
		if err == nil {
			plan, err = b.weigh(in)
		}
		return err
	})
	if err != nil {
		return plan, err
	}
	papers, err := s.papers(ctx, org, in, plan, roster, now)
	if err != nil {
		return plan, err
	}
	var out Taken
	err = s.db.Write(ctx, org, db.Jobs, func(ctx context.Context, tx *db.Tx) error {
		b, err := read(ctx, tx, org, "", now)
		if err != nil {
			return err
		}
		if out, err = b.weigh(in); err != nil {
			return err
		}
		return s.enter(ctx, tx, org, in, b.regimes[in.Track], &out, papers, now)
	})
	return out, err
}

// weigh decides what counts of a sync, and why not.
func (b *book) weigh(in Sync) (Taken, error) {
	var out Taken
	now := b.now
	r, on := b.regimes[in.Track]
	if !on {
		return out, errOff(in.Track)
	}
	said := map[string]Enrolment{}
	for _, e := range in.Said { // of two words about one person the better founded one
		if have, twice := said[e.Person]; !twice || e.State.rank() > have.State.rank() || e.State == have.State && e.At.After(have.At) {
			said[e.Person] = e
		}
	}
	for _, e := range in.Said {
		if x, left := said[e.Person]; !left {
			continue
		} else {
			e = x
		}
		delete(said, e.Person)
		if !asked(b.roster.StatusOn(e.Person, b.day())) {
			out.Strangers++
			continue
		}
		h := b.of(in.Track, e.Person)
		c := r.Cycle(h, now)
		if c.Done.ID != "" {
			if out.Already++; e.State == Enrolled {
				out.Rerun = append(out.Rerun, e.Person)
			}
			continue
		}
		k := Known{Person: e.Person, State: e.State, Reason: e.Reason, Connection: in.Connection, At: now}
		if e.State == Completed {
			if k.State, k.Reason = r.counts(c, e, now); k.Reason == "" {
				out.Completed = append(out.Completed, Completion{ID: newID(), Person: e.Person, Track: in.Track, Method: Connected, Course: e.Course, Score: min(max(e.Score, 0), 100), At: moment(e.At), HeardAt: now, Source: in.Connection})
				continue
			}
			out.Refused = append(out.Refused, k)
		}
		i := slices.IndexFunc(h.Known, func(x Known) bool { return x.Connection == in.Connection })
		if i >= 0 && h.Known[i].State == k.State && h.Known[i].Reason == k.Reason {
			out.Same++
			continue
		}
		out.Changed = append(out.Changed, k)
	}
	return out, nil
}

// rank orders states by how much they say.
func (s EnrolmentState) rank() int {
	return slices.Index([]EnrolmentState{NotEnrolled, Unknown, Exempted, Enrolled, Completed}, s)
}

// counts says whether a completion a provider reports counts for a round; the
// reason is empty when it does.
func (r Regime) counts(c Cycle, e Enrolment, now time.Time) (EnrolmentState, string) {
	switch {
	case e.At.IsZero():
		return Unknown, "The provider says that it is completed and not when."
	case e.At.After(now):
		return Unknown, fmt.Sprintf("The provider says it was completed on %s, which is still to come.", r.day(e.At))
	case e.At.Before(c.From):
		return Completed, fmt.Sprintf("The provider says it was completed on %s, before it was asked for anew on %s.", r.day(e.At), r.day(c.From))
	case r.tooOld(e.At, now):
		return Completed, fmt.Sprintf("The provider says it was completed on %s, more than a year ago.", r.day(e.At))
	}
	return Completed, ""
}

// tooOld reports whether a completion lies more than a year back where the track
// is renewed at all.
func (r Regime) tooOld(at, now time.Time) bool {
	return r.Renewal.Kind != Never && !r.Zones.Start(r.Zones.DateOf(at).AddMonths(12)).After(now)
}

// papers are the files that show completions, put away before the transaction.
type papers struct {
	list   evidence.File            // of all completions without a file of their own
	single map[string]evidence.File // by person
	named  map[string]bool          // people on the list
}

// papers makes the evidence of a sync: the certificates the provider gave, and for
// the rest one list of who completed what and when, as it was reported.
func (s *Store) papers(ctx context.Context, org string, in Sync, plan Taken, roster *people.Roster, now time.Time) (papers, error) {
	p := papers{single: map[string]evidence.File{}, named: map[string]bool{}}
	if len(plan.Completed) == 0 {
		return p, nil
	}
	given := map[string][]byte{}
	for _, e := range in.Said {
		if len(e.Certificate) > 0 {
			given[e.Person] = e.Certificate
		}
	}
	var text bytes.Buffer
	w := csv.NewWriter(&text)
	rows := [][]string{{"person", "name", "email", "course", "completed_at", "provider"}}
	for _, c := range plan.Completed {
		if b, ok := given[c.Person]; ok {
			f, err := s.evidence.Stage(ctx, org, in.Account, "certificate.pdf", bytes.NewReader(b), now)
			if err != nil {
				return p, err
			}
			p.single[c.Person] = f
			continue
		}
		who, _ := roster.Person(c.Person)
		rows = append(rows, []string{who.ID, who.Name, who.Email, c.Course, c.At.Format(time.RFC3339), in.Provider})
		p.named[c.Person] = true
	}
	if len(rows) == 1 {
		return p, nil
	}
	if err := w.WriteAll(rows); err != nil {
		return p, err
	}
	var err error
	p.list, err = s.evidence.Stage(ctx, org, in.Account, "completions.csv", &text, now)
	return p, err
}

// enter writes a sync.
func (s *Store) enter(ctx context.Context, tx *db.Tx, org string, in Sync, r Regime, out *Taken, p papers, now time.Time) error {
	if len(out.Completed)+len(out.Changed) == 0 {
		return nil
	}
	out.Batch = newID()
	b := batch{id: out.Batch, kind: syncKind, source: in.Connection, track: in.Track}
	for i := range out.Completed {
		if err := s.show(ctx, tx, org, in, r, &out.Completed[i], out, p, now); err != nil {
			return err
		}
		b.changes = append(b.changes, out.Completed[i].fact())
	}
	for _, k := range out.Changed {
		b.changes = append(b.changes, knownFact{k.Person, k.State, k.Reason})
	}
	if err := s.record(ctx, tx, org, b, now); err != nil {
		return err
	}
	rows := completionRows()
	gone := make([]string, 0, len(out.Completed)+len(out.Changed))
	for _, c := range out.Completed {
		c.add(rows, org, b.id, "")
		gone = append(gone, c.Person)
	}
	if err := rows.Insert(ctx, tx); err != nil {
		return err
	}
	fresh := db.Into(`training_known (org, id, person, track, connection, state, reason, at)`)
	for _, k := range out.Changed {
		fresh.Add(org, newID(), k.Person, string(in.Track), in.Connection, string(k.State), k.Reason, db.Micros(now))
		gone = append(gone, k.Person)
	}
	for part := range slices.Chunk(gone, 500) {
		args := []any{org, string(in.Track), in.Connection}
		if _, err := tx.Exec(ctx, `DELETE FROM training_known WHERE org = $1 AND track = $2 AND connection = $3 AND person IN (`+list(&args, part)+`)`, args...); err != nil {
			return err
		}
	}
	if err := fresh.Insert(ctx, tx); err != nil {
		return err
	}
	return s.finish(ctx, tx, org, "", in.Track, out.Completed, now)
}

// list adds values to args and returns their places.
func list(args *[]any, values []string) string {
	var text []byte
	for i, v := range values {
		*args = append(*args, v)
		if i > 0 {
			text = append(text, ", "...)
		}
		text = fmt.Appendf(text, "$%d", len(*args))
	}
	return string(text)
}

// show files what shows a completion of a sync.
func (s *Store) show(ctx context.Context, tx *db.Tx, org string, in Sync, r Regime, c *Completion, out *Taken, p papers, now time.Time) error {
	single, alone := p.single[c.Person]
	if !alone && out.Evidence != "" && p.named[c.Person] {
		c.Evidence = out.Evidence
		return nil
	}
	f, err := filing(ctx, tx, org, r, *c, now)
	if err != nil {
		return err
	}
	f.Source, f.Collector = evidence.Connector, in.Provider
	if alone {
		f.Title, f.Files = in.Track.Label()+": certificate from "+in.Provider, []evidence.File{single}
		i, err := s.evidence.Issue(ctx, tx, org, in.Account, f, now)
		c.Evidence = i.ID
		return err
	}
	if !p.named[c.Person] {
		return errRace // somebody became due between the two readings; the next sync has them
	}
	f.Title, f.Files, f.CapturedAt, f.ValidFor = in.Track.Label()+": completions reported by "+in.Provider, []evidence.File{p.list}, now, 0
	f.Note = "Who completed what and when, as the provider reported it."
	i, err := s.evidence.Issue(ctx, tx, org, in.Account, f, now)
	out.Evidence, c.Evidence = i.ID, i.ID
	return err
}

// finish ends the tasks of people who have completed a track.
func (s *Store) finish(ctx context.Context, tx *db.Tx, org, by string, t Track, done []Completion, now time.Time) error {
	of := make([]task.Assignee, len(done))
	for i, c := range done {
		of[i] = task.Assignee{Person: c.Person}
	}
	_, err := task.CloseFor(ctx, tx, org, by, task.Closing{Kind: TaskComplete, Subject: task.Subject{Kind: SubjectTrack, ID: string(t)}, State: task.Done, Quiet: true}, of, now)
	return err
}

// The task of a training, and what it is about. The values are stored.
const (
	TaskComplete = "training.complete"
	SubjectTrack = "training_track"
)
