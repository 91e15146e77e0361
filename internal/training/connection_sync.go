package training

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/job"
	"github.com/toucan-grc/toucan/internal/people"
	"github.com/toucan-grc/toucan/internal/problem"
)

// SyncWork is the job that syncs one connection.
type SyncWork struct {
	Connection string `json:"connection"`
}

// Kind implements job.Work.
func (SyncWork) Kind() string { return "training.sync" }

// RoundWork is the job that queues the syncs that are due.
type RoundWork struct{}

// Kind implements job.Work.
func (RoundWork) Kind() string { return "training.round" }

// RoundEvery is how often is looked whether a sync is due.
const RoundEvery = time.Hour

// maxCertificates bounds how many certificates one sync fetches.
const maxCertificates = 200

// Round queues a sync of every connection that a track is completed through and
// that was not synced for a day.
func (s *Connections) Round(ctx context.Context, org string, now time.Time) error {
	var list []Connection
	err := s.db.Read(ctx, org, func(tx *db.Tx) error {
		all, err := readConnections(ctx, tx, org)
		if err != nil {
			return err
		}
		for _, c := range all {
			used, err := tracksOf(ctx, tx, org, c.ID, now)
			if err != nil {
				return err
			}
			if c.Kind.Asks() && len(used) > 0 && due(c.Last, now) {
				list = append(list, c)
			}
		}
		return nil
	})
	if err != nil || len(list) == 0 {
		return err
	}
	return s.db.Write(ctx, org, db.Jobs, func(ctx context.Context, tx *db.Tx) error {
		for _, c := range list {
			if _, err := job.Insert(ctx, tx, job.Order{Org: org, Once: true}, SyncWork{Connection: c.ID}); err != nil {
				return err
			}
		}
		return nil
	})
}

// Sync asks the provider about everybody who has not completed what is completed
// through the connection, and takes in what it says: of each track all of it, or
// nothing and why. What goes wrong at the provider is the outcome of the run and
// no error. by is the account that asked for it, or empty.
func (s *Connections) Sync(ctx context.Context, org, id, by string, now func() time.Time) (Run, error) {
	c, p, err := s.open(ctx, org, id)
	if err != nil && problem.Of(err).Code != problem.Invalid {
		return Run{}, err
	}
	began := moment(now())
	y := syncing{s: s, org: org, c: c, p: p, now: began, run: Run{ID: newID(), Connection: id, By: by, BeganAt: began}}
	if err == nil {
		err = y.all(ctx)
	}
	if p != nil { // what was asked counts, whatever came of it
		if err := s.spent(context.WithoutCancel(ctx), org, id, p.Asked()); err != nil {
			return Run{}, err
		}
	}
	switch {
	case ctx.Err() != nil:
		return Run{}, ctx.Err()
	case err != nil && problem.Of(err).Code == problem.Internal:
		return Run{}, err
	case err != nil:
		y.fault(problem.Of(err).Text)
	}
	y.run.EndedAt = moment(now())
	return y.run, s.keep(ctx, org, y)
}

// syncing is one sync at work.
type syncing struct {
	s        *Connections
	org      string
	c        Connection
	p        Provider
	now      time.Time
	run      Run
	troubles []Trouble
	heard    bool // the provider answered, so that the troubles are those of now
	roster   *people.Roster
	numbers  map[string][]string
	fetched  int // certificates
}

func (y *syncing) fault(text string) {
	y.run.Fault = strings.TrimSpace(y.run.Fault + " " + text)
}

func (y *syncing) note(text string) {
	if !strings.Contains(y.run.Note, text) {
		y.run.Note = strings.TrimSpace(y.run.Note + " " + text)
	}
}

// all syncs the tracks of the connection that somebody has not completed.
func (y *syncing) all(ctx context.Context) error {
	var tracks []Track
	err := y.s.db.Read(ctx, y.org, func(tx *db.Tx) (err error) {
		if tracks, err = tracksOf(ctx, tx, y.org, y.c.ID, y.now); err != nil {
			return err
		}
		y.roster, y.numbers, err = registered(ctx, tx, y.org)
		return err
	})
	if err != nil {
		return err
	}
	if len(tracks) == 0 {
		return problem.New(problem.Conflict, "No training is completed through this connection. Choose it in the settings of a training.")
	}
	wanting := map[Track]map[string]bool{}
	var campaigns []string
	for _, t := range tracks {
		list, err := y.s.training.Wanting(ctx, y.org, t, y.now)
		if err != nil {
			return err
		}
		if len(list) == 0 {
			continue
		}
		if len(y.c.Selected[t]) == 0 {
			y.fault(t.Label() + ": no campaign is selected, so nobody can complete it. Select one.")
			continue
		}
		wanting[t] = map[string]bool{}
		for _, p := range list {
			wanting[t][p.ID] = true
		}
		y.run.Asked += len(list)
		for _, c := range y.c.Selected[t] {
			campaigns = append(campaigns, c.ID)
		}
	}
	if len(wanting) == 0 {
		y.heard = y.run.Fault == ""
		y.note("Nobody is left who has not completed it, so the provider was not asked.")
		return nil
	}
	slices.Sort(campaigns)
	rep, err := y.p.Report(ctx, slices.Compact(campaigns))
	if err != nil {
		return err
	}
	y.heard = true
	y.run.Heard = len(rep.Learners)
	for _, n := range rep.Notes {
		y.note(n)
	}
	for _, t := range tracks {
		if wanting[t] == nil {
			continue
		}
		if err := y.track(ctx, t, wanting[t], rep); err != nil {
			return err
		}
	}
	y.run.tally(y.troubles)
	return nil
}

// track takes in what a report says for one track.
func (y *syncing) track(ctx context.Context, t Track, wanted map[string]bool, rep Report) error {
	selected := map[string]string{}
	for _, c := range y.c.Selected[t] {
		if !slices.ContainsFunc(rep.Campaigns, func(x Campaign) bool { return x.ID == c.ID }) {
			y.fault(fmt.Sprintf("%s: “%s” is selected and is not there any more, so it cannot be told who is enrolled. Select again.", t.Label(), cmp.Or(c.Title, c.ID)))
			return nil
		}
		selected[c.ID] = c.Title
	}
	own := narrowed(rep, selected)
	m := Match(t, y.people(wanted), own, y.now)
	if err := y.certificates(ctx, &m, own); err != nil {
		return err
	}
	taken, err := y.s.training.Take(ctx, y.org, Sync{Track: t, Connection: y.c.ID, Provider: y.c.Kind.Label(), Account: y.c.By, Said: m.Said}, y.now)
	if err != nil {
		return err
	}
	y.run.Completed += len(taken.Completed)
	y.run.Changed += len(taken.Changed)
	y.troubles = append(y.troubles, Warnings(t, selected, own, m)...)
	y.troubles = append(y.troubles, m.Troubles...)
	for _, k := range taken.Refused {
		y.troubles = append(y.troubles, Trouble{t, TooOld, k.Person, "", k.Reason})
	}
	return nil
}

// narrowed leaves of a report what is said of some campaigns.
func narrowed(rep Report, selected map[string]string) Report {
	in := func(id string) bool { _, ok := selected[id]; return ok }
	out := Report{Notes: rep.Notes}
	for _, c := range rep.Campaigns {
		if in(c.ID) {
			out.Campaigns = append(out.Campaigns, c)
		}
	}
	for _, id := range rep.Unreadable {
		if in(id) {
			out.Unreadable = append(out.Unreadable, id)
		}
	}
	out.Learners = make([]Learner, len(rep.Learners))
	for i, l := range rep.Learners {
		rows := l.Rows
		l.Rows = nil
		for _, r := range rows {
			if in(r.Course) {
				l.Rows = append(l.Rows, r)
			}
		}
		out.Learners[i] = l
	}
	return out
}

// people is the register as a provider may know it.
func (y *syncing) people(wanted map[string]bool) []Registered {
	all := y.roster.All()
	out := make([]Registered, len(all))
	for i, p := range all {
		out[i] = Registered{ID: p.ID, Name: p.Name, Email: p.Email, Numbers: y.numbers[p.ID], Wanted: wanted[p.ID]}
	}
	return out
}

// registered reads the roster and what the sources of the register call people.
func registered(ctx context.Context, tx *db.Tx, org string) (*people.Roster, map[string][]string, error) {
	roster, err := people.ReadRoster(ctx, tx, org)
	if err != nil {
		return nil, nil, err
	}
	rows, err := tx.Query(ctx, `SELECT person, external FROM person_source WHERE org = $1 AND external <> ''`, org)
	if err != nil {
		return nil, nil, err
	}
	numbers := map[string][]string{}
	err = db.Each(rows, func(scan func(...any) error) error {
		var person, external string
		err := scan(&person, &external)
		numbers[person] = append(numbers[person], external)
		return err
	})
	return roster, numbers, err
}

// certificates fetches those of people who are through, where the provider has any.
// A completion does not wait for its certificate.
func (y *syncing) certificates(ctx context.Context, m *Matched, rep Report) error {
	p, ok := y.p.(Certifier)
	if !ok {
		return nil
	}
	for i := range m.Said {
		e := &m.Said[i]
		if e.State != Completed {
			continue
		}
		if y.fetched >= maxCertificates {
			y.note(fmt.Sprintf("Certificates were fetched for the first %d; of the others the list of completions is the evidence.", maxCertificates))
			return nil
		}
		l := m.Learner[e.Person]
		i := slices.IndexFunc(l.Rows, func(r Row) bool { return r.State == RowDone && r.CompletedAt.Equal(e.At) })
		if i < 0 {
			continue
		}
		y.fetched++
		b, err := p.Certificate(ctx, l.Rows[i].Course, l.ID)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err != nil {
			y.note("Some certificates could not be fetched; the list of completions is the evidence.")
			if problem.Of(err).Code == problem.Busy {
				return nil
			}
			continue
		}
		if b == nil { // this provider has none to give; asking for the next costs as much
			return nil
		}
		e.Certificate = b
	}
	return nil
}

// keep writes a run down. The troubles of the run before make room for its own,
// unless the provider could not be heard.
func (s *Connections) keep(ctx context.Context, org string, y syncing) error {
	return s.db.Write(ctx, org, db.Jobs, func(ctx context.Context, tx *db.Tx) error {
		if err := insertRun(ctx, tx, org, y.run); err != nil || !y.heard {
			return err
		}
		return replaceTroubles(ctx, tx, org, y.run, y.troubles)
	})
}

func insertRun(ctx context.Context, tx *db.Tx, org string, r Run) error {
	_, err := tx.Exec(ctx, `INSERT INTO training_run (org, id, connection, account, began_at, ended_at, asked, heard, completed, changed, not_enrolled, unclear, mismatched, fault, note) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)`,
		org, r.ID, orNull(r.Connection), r.By, db.Micros(r.BeganAt), db.Micros(r.EndedAt), r.Asked, r.Heard, r.Completed, r.Changed, r.NotEnrolled, r.Unclear, r.Mismatched, clipped(r.Fault), clipped(r.Note))
	return err
}

func replaceTroubles(ctx context.Context, tx *db.Tx, org string, r Run, list []Trouble) error {
	if _, err := tx.Exec(ctx, `DELETE FROM training_trouble WHERE org = $1 AND connection = $2`, org, r.Connection); err != nil {
		return err
	}
	rows := db.Into(`training_trouble (org, id, connection, run, n, track, kind, person, account, text)`)
	for n, t := range list {
		rows.Add(org, newID(), r.Connection, r.ID, n, string(t.Track), string(t.Kind), t.Person, clipped(t.Account), clipped(t.Text))
	}
	return rows.Insert(ctx, tx)
}

// clipped keeps what a provider wrote within a column, and free of what a database
// does not take.
func clipped(s string) string {
	s = strings.ToValidUTF8(strings.ReplaceAll(s, "\x00", ""), "")
	if r := []rune(s); len(r) > 2000 {
		return string(r[:1999]) + "…"
	}
	return s
}

// Words is the outcome of a run in one sentence.
func (r Run) Words() string {
	if r.Fault != "" && r.Heard == 0 {
		return r.Fault
	}
	text := fmt.Sprintf("%s read, %d new, %d changed, %d not enrolled, %d unclear, %d not matched.", count(r.Heard, "account", "accounts"), r.Completed, r.Changed, r.NotEnrolled, r.Unclear, r.Mismatched)
	return strings.TrimSpace(text + " " + r.Fault)
}
