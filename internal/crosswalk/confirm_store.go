package crosswalk

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/cadence"
	"github.com/toucan-grc/toucan/internal/control"
	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/job"
	"github.com/toucan-grc/toucan/internal/ledger"
	"github.com/toucan-grc/toucan/internal/people"
	"github.com/toucan-grc/toucan/internal/problem"
	"github.com/toucan-grc/toucan/internal/task"
)

// NewRound says whom to ask.
type NewRound struct {
	Functions []string     // keys; none: every function
	Controls  []string     // ids; none: every mapped control of those functions
	Due       cadence.Date // the last day to answer
}

// Began says what a round came to.
type Began struct {
	ID        string
	Asked     int // controls that are asked about now
	People    int
	Waiting   int // that their owner is asked about already
	Ownerless int // that have no owner, or one who left
}

// roundFact is what the log says of a round and of its asks.
type roundFact struct {
	Round     string    `json:"round"`
	Functions []string  `json:"functions"`
	Due       string    `json:"due"`
	Asks      []askFact `json:"asks"`
}

type askFact struct {
	Ask     string `json:"ask"`
	Control string `json:"control"`
	Person  string `json:"person"`
}

// BeginRound asks the owners of controls whether they are what really happens: one
// question for each control, one task for each person. A control that its owner is
// asked about already is left alone.
func (s *Store) BeginRound(ctx context.Context, who access.Actor, n NewRound, now time.Time) (Began, error) {
	if err := who.May(access.ReviewCrosswalk); err != nil {
		return Began{}, err
	}
	for _, f := range n.Functions {
		if people.Label(f) == f {
			return Began{}, problem.Field("functions", fmt.Sprintf("There is no function %q. Choose from those listed.", f))
		}
	}
	now = now.UTC().Truncate(time.Microsecond)
	b := Began{ID: newID()}
	err := s.db.Write(ctx, who.Org(), db.People, func(ctx context.Context, tx *db.Tx) error {
		today, err := dayOf(ctx, tx, who.Org(), now)
		if err != nil {
			return err
		}
		if n.Due < today {
			return problem.Field("due", "The last day to answer has passed. Choose today or a later day.")
		}
		list, err := s.toAsk(ctx, tx, who.Org(), n, today, &b)
		if err != nil {
			return err
		}
		if len(list) == 0 {
			return problem.New(problem.Conflict, "There is nobody to ask: %s.", b.nobody())
		}
		salt := ledger.Salt()
		if _, err := tx.Exec(ctx, `INSERT INTO confirmation_round (org, id, functions, due, at, account, salt) VALUES ($1, $2, $3, $4, $5, $6, $7)`,
			who.Org(), b.ID, strings.Join(n.Functions, "\n"), n.Due, db.Micros(now), who.Account(), salt); err != nil {
			return err
		}
		fact := roundFact{Round: b.ID, Functions: append([]string{}, n.Functions...), Due: n.Due.String()}
		rows := db.Into(`confirmation_ask (org, id, round, control, person, function, at)`)
		for _, a := range list {
			rows.Add(who.Org(), a.ID, b.ID, a.Control.ID, a.Person, a.Function, db.Micros(now))
			fact.Asks = append(fact.Asks, askFact{a.ID, a.Control.ID, a.Person})
		}
		if err := rows.Insert(ctx, tx); err != nil {
			return err
		}
		b.Asked = len(list)
		if b.People, err = s.askOwners(ctx, tx, who.Org(), who.Account(), b.ID, now); err != nil {
			return err
		}
		return s.log.Append(ctx, tx, ledger.Leaf{Org: who.Org(), At: now, Actor: who.Account(), Kind: "confirmation.asked", ID: b.ID, Salt: salt, Payload: fact})
	})
	return b, err
}

func (b Began) nobody() string {
	switch {
	case b.Waiting > 0:
		return fmt.Sprintf("%d controls wait for an answer already", b.Waiting)
	case b.Ownerless > 0:
		return fmt.Sprintf("%d controls have no owner who works here; give them one first", b.Ownerless)
	}
	return "no control that counts for something is owned by these functions"
}

// toAsk lists what a round asks about.
func (s *Store) toAsk(ctx context.Context, tx *db.Tx, org string, n NewRound, today cadence.Date, b *Began) ([]Ask, error) {
	roster, err := people.ReadRoster(ctx, tx, org)
	if err != nil {
		return nil, err
	}
	mapped, err := mappedControls(ctx, tx, org, "")
	if err != nil {
		return nil, err
	}
	open, err := readAsks(ctx, tx, org, ` AND k.ended_at = 0`)
	if err != nil {
		return nil, err
	}
	waiting := map[string]bool{}
	for _, a := range open {
		waiting[a.Control.ID+" "+a.Person] = true
	}
	var out []Ask
	for _, c := range mapped {
		if len(n.Controls) > 0 && !slices.Contains(n.Controls, c.ID) {
			continue
		}
		p, ok := roster.Person(c.Owner)
		if !ok || c.Owner == "" || roster.StatusOn(c.Owner, today) != people.Current {
			if len(n.Functions) == 0 {
				b.Ownerless++
			}
			continue
		}
		if len(n.Functions) > 0 && !slices.Contains(n.Functions, p.Function) {
			continue
		}
		if waiting[c.ID+" "+p.ID] {
			b.Waiting++
			continue
		}
		out = append(out, Ask{ID: newID(), Control: c, Person: p.ID, Function: p.Function})
	}
	return out, nil
}

// mappedControls reads the controls in use that count for something, by code; where
// narrows them.
func mappedControls(ctx context.Context, tx *db.Tx, org, where string) ([]control.Control, error) {
	rows, err := tx.Query(ctx, `
		SELECT c.id, c.code, c.title, c.statement, c.kind, c.frequency, c.evidence, coalesce(c.owner, ''), c.version FROM control c
		WHERE c.org = $1 AND EXISTS (SELECT 1 FROM link l WHERE l.org = c.org AND l.control = c.id AND l.to_at IS NULL)
			AND NOT EXISTS (SELECT 1 FROM retirement r WHERE r.org = c.org AND r.control = c.id AND r.to_at IS NULL)`+where, org)
	if err != nil {
		return nil, err
	}
	var out []control.Control
	err = db.Each(rows, func(scan func(...any) error) error {
		var c control.Control
		var evidence string
		err := scan(&c.ID, &c.Code, &c.Title, &c.Statement, &c.Kind, &c.Frequency, &evidence, &c.Owner, &c.Version)
		if evidence != "" {
			c.Evidence = strings.Split(evidence, "\n")
		}
		out = append(out, c)
		return err
	})
	slices.SortFunc(out, func(a, b control.Control) int { return control.CompareCodes(a.Code, b.Code) })
	return out, err
}

// askOwners brings the tasks of a round up to date: one for each person who still
// has something to answer. It returns how many they are.
func (s *Store) askOwners(ctx context.Context, tx *db.Tx, org, by, round string, now time.Time) (int, error) {
	asks, err := readAsks(ctx, tx, org, ` AND k.round = $2 AND k.ended_at = 0`, round)
	if err != nil {
		return 0, err
	}
	count, order := map[string]int{}, []string(nil)
	for _, a := range asks {
		if count[a.Person]++; count[a.Person] == 1 {
			order = append(order, a.Person)
		}
	}
	var list []task.New
	for _, p := range order {
		title := fmt.Sprintf("Say whether %d controls are what really happens", count[p])
		if count[p] == 1 {
			title = "Say whether a control is what really happens"
		}
		list = append(list, task.New{Assignee: task.Assignee{Person: p}, Kind: TaskConfirm, Subject: confirmSubject(round), Title: title, Due: asks[0].Due, Fixed: true})
	}
	_, err = task.PutAll(ctx, tx, org, by, list, now)
	return len(order), err
}

func confirmSubject(round string) task.Subject {
	return task.Subject{Kind: "confirmation", ID: round, Words: "controls you own"}
}

// settleTask ends the task of a person who has nothing left to answer in a round.
func (s *Store) settleTask(ctx context.Context, tx *db.Tx, org, by, round, person string, now time.Time) error {
	left, err := readAsks(ctx, tx, org, ` AND k.round = $2 AND k.person = $3 AND k.ended_at = 0`, round, person)
	if err != nil {
		return err
	}
	if len(left) > 0 {
		_, err := s.askOwners(ctx, tx, org, by, round, now)
		return err
	}
	_, err = task.Close(ctx, tx, s.log, org, by, task.Closing{Kind: TaskConfirm, Subject: confirmSubject(round), Assignee: task.Assignee{Person: person}, State: task.Done, Quiet: true}, now)
	return err
}

// Saying is an owner's answer as it is given.
type Saying struct {
	Ask       string
	Version   int // of the control as it was shown
	Reply     Reply
	Reason    string
	Suggested string // person whose it is, with NotMine; may be empty
}

// sayingFact is what the log says of an answer.
type sayingFact struct {
	Ask       string `json:"ask"`
	Control   string `json:"control"`
	Version   int    `json:"version"`
	Digest    string `json:"digest"`
	Person    string `json:"person"`
	Reply     Reply  `json:"reply"`
	Reason    string `json:"reason"`
	Suggested string `json:"suggested"`
}

// Say records what an owner says of a control they are asked about. Only the person
// who was asked may, and only about the text that was shown: a Conflict says that
// it changed meanwhile. A no is announced, so that a finding is opened.
func (s *Store) Say(ctx context.Context, who access.Actor, y Saying, now time.Time) (Told, error) {
	if err := who.May(access.ConfirmControls); err != nil {
		return Told{}, err
	}
	y, err := y.checked()
	if err != nil {
		return Told{}, err
	}
	now = now.UTC().Truncate(time.Microsecond)
	var t Told
	err = s.db.Write(ctx, who.Org(), db.People, func(ctx context.Context, tx *db.Tx) error {
		a, err := s.askedOf(ctx, tx, who, y)
		if err != nil {
			return err
		}
		t = Told{ID: newID(), Ask: a.ID, Control: a.Control.ID, Version: a.Control.Version, Digest: ShownDigest(a.Control), Person: a.Person, PersonName: a.PersonName,
			Function: a.Function, Reply: y.Reply, Reason: y.Reason, Suggested: y.Suggested, At: now, Account: who.Account()}
		if y.Suggested != "" {
			var n int
			if err := tx.QueryRow(ctx, `SELECT count(*) FROM person WHERE org = $1 AND id = $2`, who.Org(), y.Suggested).Scan(&n); err != nil {
				return err
			}
			if n == 0 || y.Suggested == a.Person {
				return problem.Field("suggested", "Choose somebody else of the people register, or leave it empty.")
			}
		}
		salt := ledger.Salt()
		if _, err := tx.Exec(ctx, `INSERT INTO confirmation_answer (org, id, ask, control, version, digest, person, function, answer, reason, suggested, at, account, salt)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)`,
			who.Org(), t.ID, t.Ask, t.Control, t.Version, t.Digest, t.Person, t.Function, string(t.Reply), t.Reason, null(t.Suggested), db.Micros(now), t.Account, salt); err != nil {
			return err
		}
		if err := endAsk(ctx, tx, who.Org(), a.ID, "answered", now); err != nil {
			return err
		}
		if err := s.settleTask(ctx, tx, who.Org(), who.Account(), a.Round, a.Person, now); err != nil {
			return err
		}
		if t.Reply == No {
			if _, err := job.Insert(ctx, tx, job.Order{Org: who.Org(), Account: who.Account(), Once: true}, Answered{t.ID}); err != nil {
				return err
			}
		}
		return s.log.Append(ctx, tx, ledger.Leaf{Org: who.Org(), At: now, Actor: who.Account(), Kind: "confirmation.answered", ID: t.ID, Salt: salt,
			Payload: sayingFact{t.Ask, t.Control, t.Version, t.Digest, t.Person, t.Reply, t.Reason, t.Suggested}})
	})
	return t, err
}

func (y Saying) checked() (Saying, error) {
	var err error
	if y.Reason, err = db.Prose("reason", "The reason", y.Reason, longest); err != nil {
		return y, err
	}
	switch y.Reply {
	case Yes:
		y.Suggested = ""
	case No:
		y.Suggested = ""
		if y.Reason == "" {
			return y, problem.Field("reason", "Say what really happens. It becomes a finding that somebody works on.")
		}
	case NotMine:
	default:
		return y, problem.Field("reply", "Answer yes, no, or that it is not yours.")
	}
	return y, nil
}

// askedOf finds an open ask of the actor about the text that was shown.
func (s *Store) askedOf(ctx context.Context, tx *db.Tx, who access.Actor, y Saying) (Ask, error) {
	list, err := readAsks(ctx, tx, who.Org(), ` AND k.id = $2 AND k.person IN (SELECT p.person FROM person_account p WHERE p.org = $1 AND p.account = $3 AND p.to_at IS NULL)`, y.Ask, who.Account())
	if err != nil {
		return Ask{}, err
	}
	if len(list) == 0 {
		return Ask{}, problem.New(problem.NotFound, "You are not asked about this control. It may have been given to somebody else.")
	}
	a := list[0]
	if !a.Waits() {
		return a, problem.New(problem.Conflict, "This was answered already. The next round asks again.")
	}
	if a.Control.Version != y.Version {
		return a, problem.New(problem.Conflict, "%s changed while you read it. Read it again, then answer.", a.Control.Code)
	}
	return a, nil
}

func endAsk(ctx context.Context, tx *db.Tx, org, id, how string, now time.Time) error {
	_, err := tx.Exec(ctx, `UPDATE confirmation_ask SET ended_at = $3, ended = $4 WHERE org = $1 AND id = $2 AND ended_at = 0`, org, id, db.Micros(now), how)
	return err
}

// HandOver asks somebody else about a control, because whoever was asked said that
// it is not theirs, or is not there to answer.
func (s *Store) HandOver(ctx context.Context, who access.Actor, ask, person string, now time.Time) error {
	if err := who.May(access.ReviewCrosswalk); err != nil {
		return err
	}
	now = now.UTC().Truncate(time.Microsecond)
	return s.db.Write(ctx, who.Org(), db.People, func(ctx context.Context, tx *db.Tx) error {
		list, err := readAsks(ctx, tx, who.Org(), ` AND k.id = $2`, ask)
		if err != nil {
			return err
		}
		if len(list) == 0 {
			return problem.New(problem.NotFound, "There is no such question. Open the list of rounds.")
		}
		a := list[0]
		roster, err := people.ReadRoster(ctx, tx, who.Org())
		if err != nil {
			return err
		}
		today, err := dayOf(ctx, tx, who.Org(), now)
		if err != nil {
			return err
		}
		p, ok := roster.Person(person)
		switch {
		case !ok || roster.StatusOn(person, today) != people.Current:
			return problem.Field("person", "Choose somebody of the people register who works here.")
		case person == a.Person:
			return problem.Field("person", "This person was asked already. Choose somebody else.")
		case a.Ended != "" || a.Told != nil && a.Told.Reply != NotMine:
			return problem.New(problem.Conflict, "This question is settled already.")
		}
		open, err := readAsks(ctx, tx, who.Org(), ` AND k.ended_at = 0 AND k.control = $2 AND k.person = $3`, a.Control.ID, person)
		if err != nil {
			return err
		}
		if len(open) > 0 {
			return problem.New(problem.Conflict, "%s is asked about %s already.", p.Name, a.Control.Code)
		}
		if _, err := tx.Exec(ctx, `UPDATE confirmation_ask SET ended_at = $3, ended = 'handed' WHERE org = $1 AND id = $2`, who.Org(), a.ID, db.Micros(now)); err != nil {
			return err
		}
		id, salt := newID(), ledger.Salt()
		rows := db.Into(`confirmation_ask (org, id, round, control, person, function, at)`)
		rows.Add(who.Org(), id, a.Round, a.Control.ID, person, p.Function, db.Micros(now))
		if err := rows.Insert(ctx, tx); err != nil {
			return err
		}
		if err := s.settleTask(ctx, tx, who.Org(), who.Account(), a.Round, a.Person, now); err != nil {
			return err
		}
		if _, err := s.askOwners(ctx, tx, who.Org(), who.Account(), a.Round, now); err != nil {
			return err
		}
		return s.log.Append(ctx, tx, ledger.Leaf{Org: who.Org(), At: now, Actor: who.Account(), Kind: "confirmation.handed", ID: id, Salt: salt,
			Payload: askFact{id, a.Control.ID, person}})
	})
}

// Hasten sets another last day for what a round still waits for; reminders follow it.
func (s *Store) Hasten(ctx context.Context, who access.Actor, round string, due cadence.Date, now time.Time) error {
	if err := who.May(access.ReviewCrosswalk); err != nil {
		return err
	}
	now = now.UTC().Truncate(time.Microsecond)
	return s.db.Write(ctx, who.Org(), db.People, func(ctx context.Context, tx *db.Tx) error {
		today, err := dayOf(ctx, tx, who.Org(), now)
		if err != nil {
			return err
		}
		if due < today {
			return problem.Field("due", "The last day to answer has passed. Choose today or a later day.")
		}
		salt := ledger.Salt()
		res, err := tx.Exec(ctx, `UPDATE confirmation_round SET due = $3 WHERE org = $1 AND id = $2`, who.Org(), round, due)
		if err != nil {
			return err
		}
		if n, err := res.RowsAffected(); err != nil || n == 0 {
			return cmpOr(err, problem.New(problem.NotFound, "There is no such round. Open the list of rounds."))
		}
		if _, err := s.askOwners(ctx, tx, who.Org(), who.Account(), round, now); err != nil {
			return err
		}
		return s.log.Append(ctx, tx, ledger.Leaf{Org: who.Org(), At: now, Actor: who.Account(), Kind: "confirmation.hastened", ID: newID(), Salt: salt,
			Payload: roundFact{Round: round, Functions: []string{}, Due: due.String()}})
	})
}

func cmpOr(err error, otherwise *problem.Error) error {
	if err != nil {
		return err
	}
	return otherwise
}
