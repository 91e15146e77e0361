package policy

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/cadence"
	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/ledger"
	"github.com/toucan-grc/toucan/internal/people"
	"github.com/toucan-grc/toucan/internal/problem"
	"github.com/toucan-grc/toucan/internal/task"
)

// The tasks that come of policies, and what they are about. The values are stored.
const (
	TaskAcknowledge = "policy.acknowledge" // read a policy and acknowledge it
	TaskReview      = "policy.review"      // look at a policy again

	SubjectPolicy  = "policy"         // of a review: the policy as its owner has it
	SubjectReading = "policy.reading" // of an acknowledgement: the policy as its reader has it
)

func subject(p Policy) task.Subject {
	return task.Subject{Kind: SubjectPolicy, ID: p.ID, Words: p.Title}
}

func reading(id, title string) task.Subject {
	return task.Subject{Kind: SubjectReading, ID: id, Words: title}
}

// Shelf is what somebody has to read, and what else binds them.
type Shelf struct {
	Person string         // id; empty: the account is linked to nobody in the register
	Zone   *time.Location // of the organisation
	Items  []Item         // what is to be acknowledged first, the most urgent first; then by title
}

// Item is a policy in force that binds somebody.
type Item struct {
	Policy  string // id
	Slug    string
	Title   string
	Version Version      // in force, without its text
	State   people.State // NotAsked: to be read, and not acknowledged
	Due     cadence.Date // while it is Due or Missing
	At      time.Time    // when they acknowledged it; zero: not yet
}

// Asked reports whether the policy waits for its reader.
func (i Item) Asked() bool { return i.State == people.Due || i.State == people.Missing }

// Mine returns the policies that bind the actor. Somebody who is not in the
// register, or is not asked at present, has none to acknowledge.
func (s *Store) Mine(ctx context.Context, who access.Actor, now time.Time) (Shelf, error) {
	if err := who.May(access.OwnPolicies); err != nil {
		return Shelf{}, err
	}
	r, err := s.roster(ctx, who.Org())
	if err != nil {
		return Shelf{}, err
	}
	var shelf Shelf
	err = s.db.Read(ctx, who.Org(), func(tx *db.Tx) error {
		var err error
		if shelf.Zone, err = zoneOf(ctx, tx, who.Org()); err != nil {
			return err
		}
		person, err := s.persons.PersonOf(ctx, tx, who.Org(), who.Account())
		if err != nil || person == "" {
			return err
		}
		sc, err := readScene(ctx, tx, who.Org(), now)
		if err != nil {
			return err
		}
		ms, err := marksOf(ctx, tx, who.Org(), person)
		shelf = sc.shelf(r, person, ms)
		return err
	})
	return shelf, err
}

// marksOf reads the marks of one person.
func marksOf(ctx context.Context, tx *db.Tx, org, person string) (marks, error) {
	var text string
	err := tx.QueryRow(ctx, `SELECT marks FROM policy_person WHERE org = $1 AND id = $2`, org, person).Scan(&text)
	return readMarks(text, nil), ignoreNone(err)
}

// shelf puts together what binds one person.
func (sc scene) shelf(r Register, person string, ms marks) Shelf {
	out := Shelf{Person: person, Zone: sc.Zone}
	asked := asks(r.StatusOn(person, sc.Today))
	for _, p := range sc.policies {
		v, ok := inForce(sc.versions[p.ID])
		if !ok || !p.ArchivedAt.IsZero() || !slices.ContainsFunc(p.Audience, func(g string) bool { return r.In(g, person) }) {
			continue
		}
		i := Item{Policy: p.ID, Slug: p.Slug, Title: v.Title, Version: v, State: people.NotAsked}
		if b, ok := boundOf(p, sc.versions[p.ID]); ok && asked {
			var since time.Time
			i.State, i.Due, since = b.judge(ms.find(b.num), r.StartOf(person, sc.Today), sc.Moment)
			if i.State == people.Done {
				i.At = since
			}
		}
		out.Items = append(out.Items, i)
	}
	rank := func(i Item) int {
		if i.Asked() {
			return 0
		}
		return 1
	}
	slices.SortStableFunc(out.Items, func(a, b Item) int {
		return cmp.Or(rank(a)-rank(b), cmp.Compare(a.Due, b.Due), strings.Compare(strings.ToLower(a.Title), strings.ToLower(b.Title)))
	})
	return out
}

// Page is a policy as its reader has it.
type Page struct {
	Item
	Text     string // Markdown; of a file what could be read out of it
	File     File
	Owner    string         // what the owner is called
	Bound    bool           // it binds the reader; otherwise they read it because their role lets them
	Person   string         // of the reader, or empty
	Zone     *time.Location // of the organisation
	Others   []Item         // of theirs that wait besides this one
	Change   string         // what changed since the version before, in the words of who changed it
	Approved []Signature
}

// Read returns a policy in force for its reader, by id or slug: one that binds
// them, or any if their role lets them see all policies.
func (s *Store) Read(ctx context.Context, who access.Actor, key string, now time.Time) (Page, error) {
	shelf, err := s.Mine(ctx, who, now)
	if err != nil {
		return Page{}, err
	}
	var page Page
	err = s.db.Read(ctx, who.Org(), func(tx *db.Tx) error {
		p, err := findPolicy(ctx, tx, who.Org(), key)
		if err != nil {
			return err
		}
		page.Person, page.Zone = shelf.Person, shelf.Zone
		for _, i := range shelf.Items {
			if i.Asked() && i.Policy != p.ID {
				page.Others = append(page.Others, i)
			}
		}
		i := slices.IndexFunc(shelf.Items, func(i Item) bool { return i.Policy == p.ID })
		if page.Bound = i >= 0; page.Bound {
			page.Item = shelf.Items[i]
		} else if !who.Can(access.ViewPolicies) {
			return errNone() // what binds others is not shown, not even that it is there
		}
		list, err := readVersions(ctx, tx, who.Org(), true, `AND v.policy = $2 AND v.state = 'published'`, p.ID)
		if err != nil {
			return err
		}
		v, ok := inForce(list)
		if !ok {
			return problem.New(problem.NotFound, "Nothing of this policy is in force, so there is nothing to read yet.")
		}
		page.Text, page.File, page.Change = v.Reading(), v.File, v.Change
		if !page.Bound {
			page.Item = Item{Policy: p.ID, Slug: p.Slug, Title: v.Title, State: people.NotAsked}
		}
		page.Version = v
		names, err := personNames(ctx, tx, who.Org(), []Policy{p})
		if err != nil {
			return err
		}
		page.Owner = names[p.Owner]
		page.Approved, err = signatures(ctx, tx, who.Org(), v)
		return err
	})
	return page, err
}

// Acknowledge records that the actor has read the version of a policy that is in
// force and will follow it. Nobody can do that for somebody else. Version is its
// id: when another came into force meanwhile, it is a Conflict, and that one is to
// be read. A second time changes nothing.
func (s *Store) Acknowledge(ctx context.Context, who access.Actor, policy, version string, now time.Time) error {
	if err := who.May(access.OwnPolicies); err != nil {
		return err
	}
	now = moment(now)
	r, err := s.roster(ctx, who.Org())
	if err != nil {
		return err
	}
	return s.db.Write(ctx, who.Org(), db.People, func(ctx context.Context, tx *db.Tx) error {
		person, err := s.persons.PersonOf(ctx, tx, who.Org(), who.Account())
		if err != nil {
			return err
		}
		if person == "" {
			return problem.New(problem.Conflict, "Your account is not linked to anybody in the people register, so an acknowledgement would be nobody's. Ask your compliance manager to link it.")
		}
		p, err := findPolicy(ctx, tx, who.Org(), policy)
		if err != nil {
			return err
		}
		if _, err := tx.Revision(ctx, who.Org()); err != nil { // one change of marks at a time, on any server
			return err
		}
		return s.acknowledge(ctx, tx, who, r, p, person, version, now)
	})
}

func (s *Store) acknowledge(ctx context.Context, tx *db.Tx, who access.Actor, r *people.Roster, p Policy, person, version string, now time.Time) error {
	zone, err := zoneOf(ctx, tx, who.Org())
	if err != nil {
		return err
	}
	versions, err := readVersions(ctx, tx, who.Org(), false, `AND v.policy = $2`, p.ID)
	if err != nil {
		return err
	}
	v, ok := inForce(versions)
	b, asked := boundOf(p, versions)
	today := cadence.DateOf(now, zone)
	switch {
	case !ok || !p.ArchivedAt.IsZero():
		return problem.New(problem.Conflict, "This policy is not in force any more. There is nothing to acknowledge.")
	case v.ID != version:
		return problem.New(problem.Conflict, "A newer version of this policy is in force: %s. Open it and read that one.", v.Words())
	case !asked:
		return problem.New(problem.Conflict, "Nobody has to acknowledge this policy. It is enough to read it.")
	case !asks(r.StatusOn(person, today)) || !slices.ContainsFunc(p.Audience, func(g string) bool { return r.In(g, person) }):
		return problem.New(problem.Forbidden, "This policy is not meant for you, so there is nothing to acknowledge.")
	}
	ms, err := marksOf(ctx, tx, who.Org(), person)
	if err != nil {
		return err
	}
	m := ms.find(p.num)
	if state, _, _ := b.judge(m, r.StartOf(person, today), Moment{At: now, Today: today, Zone: zone}); state == people.Done {
		return nil
	}
	id, salt := newID(), ledger.Salt()
	_, err = tx.Exec(ctx, `INSERT INTO policy_acknowledgement (org, id, policy, version, major, person, account, at, salt) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
		who.Org(), id, p.ID, v.ID, v.Major, person, who.Account(), db.Micros(now), salt)
	if err != nil {
		return err
	}
	m.acked, m.at, m.asked, m.since, m.due = v.Major, db.Micros(now), 0, 0, 0
	ms.put(m)
	_, err = tx.Exec(ctx, `INSERT INTO policy_person (org, id, marks) VALUES ($1, $2, $3) ON CONFLICT (org, id) DO UPDATE SET marks = excluded.marks`, who.Org(), person, ms.String())
	if err != nil {
		return err
	}
	done := task.Closing{Kind: TaskAcknowledge, Subject: reading(p.ID, p.Title), State: task.Done, Reason: "Version " + v.Number() + " was acknowledged.", Quiet: true}
	if _, err := task.CloseFor(ctx, tx, who.Org(), who.Account(), done, []task.Assignee{{Person: person}}, now); err != nil {
		return err
	}
	return s.log.Append(ctx, tx, ledger.Leaf{Org: who.Org(), At: now, Actor: who.Account(), Kind: acknowledgedKind, ID: id, Salt: salt,
		Payload: acknowledgement{p.ID, v.Number(), v.Digest, person}})
}

// Acknowledgement is one that was given.
type Acknowledgement struct {
	ID      string // of the row and of its leaf
	Policy  string // id
	Title   string
	Version string // "2.1"
	Person  string // id
	At      time.Time
}

// AcknowledgementsOf returns what a person acknowledged, the newest first, whether
// it still counts or not.
func (s *Store) AcknowledgementsOf(ctx context.Context, who access.Actor, person string) ([]Acknowledgement, error) {
	if err := who.May(access.ViewPolicies); err != nil {
		return nil, err
	}
	return s.acknowledgements(ctx, who.Org(), `a.person = $2`, known(person))
}

// AcknowledgementsTo returns who acknowledged a policy and when, the newest first,
// at most 100,000.
func (s *Store) AcknowledgementsTo(ctx context.Context, who access.Actor, policy string) ([]Acknowledgement, error) {
	if err := who.May(access.ViewPolicies); err != nil {
		return nil, err
	}
	return s.acknowledgements(ctx, who.Org(), `a.policy = $2`, known(policy))
}

func (s *Store) acknowledgements(ctx context.Context, org, where string, args ...any) ([]Acknowledgement, error) {
	var out []Acknowledgement
	err := s.db.Read(ctx, org, func(tx *db.Tx) error {
		rows, err := tx.Query(ctx, `SELECT a.id, a.policy, v.title, v.major, v.minor, a.person, a.at FROM policy_acknowledgement a
			JOIN policy_version v ON v.org = a.org AND v.id = a.version WHERE a.org = $1 AND `+where+` ORDER BY a.at DESC, a.id DESC LIMIT 100000`, append([]any{org}, args...)...)
		if err != nil {
			return err
		}
		return db.Each(rows, func(scan func(...any) error) error {
			var a Acknowledgement
			var v Version
			var at int64
			err := scan(&a.ID, &a.Policy, &a.Title, &v.Major, &v.Minor, &a.Person, &at)
			a.Version, a.At = v.Number(), db.Time(at)
			out = append(out, a)
			return err
		})
	})
	return out, err
}

// Progress is how the audience of a policy stands, person by person.
type Progress struct {
	Count
	Rows []Row // who is missing first, then who has time, then who is done; by name
}

// Row is one person of an audience.
type Row struct {
	Person  people.Person
	State   people.State // Done, Due, Missing, Excluded or Paused
	Due     cadence.Date
	Since   cadence.Date // when they were asked, while it is Due or Missing
	At      time.Time    // when they acknowledged it
	Version string       // what they acknowledged last, such as "2.1", or empty
	Reason  string       // of the exclusion
	Reaches bool         // an account is linked, so they see what is asked
	place   int
}

// Progress returns how the audience of a policy stands now.
func (s *Store) Progress(ctx context.Context, who access.Actor, policy string, now time.Time) (Progress, error) {
	if err := who.May(access.ViewPolicies); err != nil {
		return Progress{}, err
	}
	r, err := s.roster(ctx, who.Org())
	if err != nil {
		return Progress{}, err
	}
	var out Progress
	err = s.db.Read(ctx, who.Org(), func(tx *db.Tx) error {
		p, err := findPolicy(ctx, tx, who.Org(), policy)
		if err != nil {
			return err
		}
		sc, err := readScene(ctx, tx, who.Org(), now)
		if err != nil {
			return err
		}
		i := slices.IndexFunc(sc.bound, func(b Bound) bool { return b.Policy == p.ID })
		if i < 0 {
			return nil
		}
		held, err := readHeld(ctx, tx, who.Org())
		if err != nil {
			return err
		}
		linked, err := linked(ctx, tx, who.Org())
		if err != nil {
			return err
		}
		out = progress(sc.bound[i], held, linked, r, sc.Moment)
		last, err := lastVersions(ctx, tx, who.Org(), p.ID)
		for k := range out.Rows {
			out.Rows[k].Version = last[out.Rows[k].Person.ID]
		}
		return err
	})
	return out, err
}

// lastVersions returns which version of a policy each person acknowledged last.
func lastVersions(ctx context.Context, tx *db.Tx, org, policy string) (map[string]string, error) {
	rows, err := tx.Query(ctx, `SELECT a.person, v.major, v.minor FROM policy_acknowledgement a JOIN policy_version v ON v.org = a.org AND v.id = a.version
		WHERE a.org = $1 AND a.policy = $2 ORDER BY a.at, a.id`, org, policy)
	if err != nil {
		return nil, err
	}
	out := map[string]string{}
	err = db.Each(rows, func(scan func(...any) error) error {
		var person string
		var v Version
		err := scan(&person, &v.Major, &v.Minor)
		out[person] = v.Number()
		return err
	})
	return out, err
}

func linked(ctx context.Context, tx *db.Tx, org string) (map[string]bool, error) {
	rows, err := tx.Query(ctx, `SELECT l.person FROM person_account l JOIN member m ON m.org = l.org AND m.account = l.account AND m.role <> '' WHERE l.org = $1 AND l.to_at IS NULL`, org)
	if err != nil {
		return nil, err
	}
	out := map[string]bool{}
	err = db.Each(rows, func(scan func(...any) error) error {
		var id string
		err := scan(&id)
		out[id] = true
		return err
	})
	return out, err
}

func progress(b Bound, held map[string]string, linked map[string]bool, r Register, now Moment) Progress {
	var out Progress
	a := audiencesOf([]Bound{b})
	rank := map[people.State]int{people.Missing: 0, people.Due: 1, people.Paused: 2, people.Excluded: 3, people.Done: 4}
	for _, p := range r.All() {
		status := r.StatusOn(p.ID, now.Today)
		if a.look(r, p.ID); !asks(status) || !a.binds(0) {
			continue
		}
		row := Row{Person: p, Reaches: linked[p.ID]}
		var since time.Time
		m := readMarks(held[p.ID], nil).find(b.num)
		row.State, row.Due, since = b.judge(m, r.StartOf(p.ID, now.Today), now)
		if m.asked == b.Major {
			row.Since = m.since
		}
		if row.State == people.Done {
			row.At = since
		}
		x, excluded := r.Excluded(p.ID, people.PoliciesCheck, now.At)
		switch {
		case status == people.OnLeave:
			if row.State != people.Done {
				row.State, row.Due = people.Paused, 0
			}
		case excluded:
			row.State, row.Due, row.Reason = people.Excluded, 0, x.Reason
		}
		if status == people.Current {
			out.add(row.State)
		}
		row.place = rank[row.State]
		out.Rows = append(out.Rows, row)
	}
	slices.SortStableFunc(out.Rows, func(a, b Row) int { return cmp.Compare(a.place, b.place) }) // the register is by name
	return out
}

func (c *Count) add(s people.State) {
	c.Bound++
	switch s {
	case people.Done:
		c.Done++
	case people.Missing:
		c.Missing++
	case people.Excluded:
		c.Excluded++
	default:
		c.Due++
	}
}
