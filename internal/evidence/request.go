package evidence

import (
	"context"
	"database/sql"
	"errors"
	"slices"
	"time"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/cadence"
	"github.com/toucan-grc/toucan/internal/control"
	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/problem"
)

// RequestState is how far a request is. The values are stored.
type RequestState string

const (
	Open      RequestState = "open"
	Answered  RequestState = "answered"  // something was filed for it; whoever asked looks at it next
	Satisfied RequestState = "accepted"  // what came is what was asked for
	Cancelled RequestState = "cancelled" // nobody needs it any more
)

// Request asks a person of the register for evidence by a day.
type Request struct {
	ID         string
	Person     string   // people id
	Kind       string   // of evidence
	Controls   []string // ids, by code
	DueOn      cadence.Date
	Note       string
	State      RequestState
	AskedAt    time.Time
	AskedBy    string // account id
	AnsweredAt time.Time
	ClosedAt   time.Time
	Items      []string // ids of what came, the oldest first
}

// Overdue reports whether a day is past the date and nothing has come yet.
func (r Request) Overdue(today cadence.Date) bool { return r.State == Open && today > r.DueOn }

// Ask is a request before it is made.
type Ask struct {
	Person   string
	Kind     string
	Controls []string // ids or codes
	DueOn    cadence.Date
	Note     string
}

const (
	askedKind    = "evidence.requested"
	answeredKind = "evidence.answered"
	settledKind  = "evidence.settled"
)

// askedFact is what the log says of a request when it is made.
type askedFact struct {
	Request  string   `json:"request"`
	Person   string   `json:"person"`
	Kind     string   `json:"kind"`
	Controls []string `json:"controls"`
	DueOn    string   `json:"due_on"`
	Note     string   `json:"note"`
	At       int64    `json:"at_us"`
}

// stepFact is what the log says of a step of a request.
type stepFact struct {
	Request string       `json:"request"`
	State   RequestState `json:"state"`
	Item    string       `json:"item"` // what came, or empty
	Note    string       `json:"note"`
	At      int64        `json:"at_us"`
}

// Ask asks a person for evidence of a kind for controls.
func (s *Store) Ask(ctx context.Context, who access.Actor, a Ask, now time.Time) (Request, error) {
	if err := who.May(access.RequestEvidence); err != nil {
		return Request{}, err
	}
	r := Request{ID: newID(), Person: a.Person, Kind: a.Kind, DueOn: a.DueOn, State: Open, AskedAt: moment(now), AskedBy: who.Account()}
	var err error
	if r.Note, err = db.Prose("note", "The note", a.Note, 2000); err != nil {
		return r, err
	}
	if _, ok := control.Shipped().Kind(a.Kind); !ok {
		return r, problem.Field("kind", "Choose what kind of evidence you need, from the list.")
	}
	if !a.DueOn.Known() || a.DueOn < cadence.DateOf(now, time.UTC)-1 { // a day less: the reader's zone may be behind UTC
		return r, problem.Field("due_on", "Say by which day you need it, today or later.")
	}
	if a.DueOn > cadence.DateOf(now, time.UTC)+5*366 {
		return r, problem.Field("due_on", "That day is more than five years away. Check the year.")
	}
	return r, s.db.Write(ctx, who.Org(), db.People, func(ctx context.Context, tx *db.Tx) error {
		return s.ask(ctx, tx, who, &r, a)
	})
}

func (s *Store) ask(ctx context.Context, tx *db.Tx, who access.Actor, r *Request, a Ask) error {
	var name string
	err := tx.QueryRow(ctx, `SELECT name FROM person WHERE org = $1 AND id = $2`, who.Org(), known(a.Person)).Scan(&name)
	if errors.Is(err, sql.ErrNoRows) {
		return problem.Field("person", "Choose somebody of the people register.")
	}
	if err != nil {
		return err
	}
	target, err := s.resolve(ctx, tx, who.Org(), Target{Controls: a.Controls}, r.AskedAt)
	if err != nil {
		return err
	}
	if len(target.Controls) == 0 {
		return problem.Field("controls", "Say for which controls you need it.")
	}
	target.sort()
	r.Controls = target.Controls
	if _, err := tx.Exec(ctx, `INSERT INTO evidence_request (org, id, person, kind, due_on, note, state, asked_at, asked_by) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
		who.Org(), r.ID, r.Person, r.Kind, int32(r.DueOn), r.Note, string(Open), db.Micros(r.AskedAt), who.Account()); err != nil {
		return err
	}
	asked := db.Into(`evidence_asked (org, id, control)`)
	for _, c := range r.Controls {
		asked.Add(who.Org(), r.ID, c)
	}
	if err := asked.Insert(ctx, tx); err != nil {
		return err
	}
	if err := assign(ctx, tx, who, *r, r.AskedAt); err != nil {
		return err
	}
	return s.record(ctx, tx, act{org: who.Org(), id: newID(), request: r.ID, kind: askedKind, at: r.AskedAt, account: who.Account(),
		payload: askedFact{r.ID, r.Person, r.Kind, r.Controls, r.DueOn.String(), r.Note, db.Micros(r.AskedAt)}})
}

// RequestFilter chooses requests; an empty field chooses all.
type RequestFilter struct {
	State   RequestState
	Person  string // people id
	Control string // id
	Mine    bool   // addressed to the person the actor is
}

// Requests returns requests, those due first in front. Who may not see evidence
// sees those addressed to the person he or she is.
func (s *Store) Requests(ctx context.Context, who access.Actor, f RequestFilter) ([]Request, error) {
	if !who.Can(access.ViewEvidence) {
		if err := who.May(access.AnswerRequests); err != nil {
			return nil, err
		}
		f.Mine = true
	}
	var out []Request
	err := s.db.Read(ctx, who.Org(), func(tx *db.Tx) error {
		w := &where{args: []any{who.Org()}}
		if f.State != "" {
			w.and(`r.state = ?`, string(f.State))
		}
		if f.Person != "" {
			w.and(`r.person = ?`, f.Person)
		}
		if f.Control != "" {
			w.and(`EXISTS (SELECT 1 FROM evidence_asked a WHERE a.org = r.org AND a.id = r.id AND a.control = ?)`, f.Control)
		}
		if f.Mine {
			person, err := s.personOf(ctx, tx, who)
			if err != nil {
				return err
			}
			w.and(`r.person = ?`, person)
		}
		var err error
		out, err = readRequests(ctx, tx, w)
		return err
	})
	return out, err
}

// FindRequest returns one request, to whoever may see it.
func (s *Store) FindRequest(ctx context.Context, who access.Actor, id string) (Request, error) {
	if !who.Can(access.ViewEvidence) {
		if err := who.May(access.AnswerRequests); err != nil {
			return Request{}, err
		}
	}
	var r Request
	err := s.db.Read(ctx, who.Org(), func(tx *db.Tx) (err error) {
		if r, err = readRequest(ctx, tx, who.Org(), id); err != nil || who.Can(access.ViewEvidence) {
			return err
		}
		person, err := s.personOf(ctx, tx, who)
		if err == nil && r.Person != person {
			err = errNoRequest()
		}
		return err
	})
	return r, err
}

func errNoRequest() error {
	return problem.New(problem.NotFound, "There is no such request here. Look in the list of requests.")
}

func readRequest(ctx context.Context, tx *db.Tx, org, id string) (Request, error) {
	w := &where{args: []any{org}}
	w.and(`r.id = ?`, known(id))
	list, err := readRequests(ctx, tx, w)
	if err == nil && len(list) == 0 {
		err = errNoRequest()
	}
	if err != nil {
		return Request{}, err
	}
	return list[0], nil
}

func readRequests(ctx context.Context, tx *db.Tx, w *where) ([]Request, error) {
	rows, err := tx.Query(ctx, `SELECT r.id, r.person, r.kind, r.due_on, r.note, r.state, r.asked_at, r.asked_by, r.answered_at, r.closed_at
		FROM evidence_request r WHERE r.org = $1`+w.sql.String()+` ORDER BY r.due_on, r.id`, w.args...)
	if err != nil {
		return nil, err
	}
	var out []Request
	err = db.Each(rows, func(scan func(...any) error) error {
		var r Request
		var due int32
		var asked, answered, closed int64
		err := scan(&r.ID, &r.Person, &r.Kind, &due, &r.Note, &r.State, &asked, &r.AskedBy, &answered, &closed)
		r.DueOn, r.AskedAt, r.AnsweredAt, r.ClosedAt = cadence.Date(due), db.Time(asked), db.Time(answered), db.Time(closed)
		out = append(out, r)
		return err
	})
	if err != nil {
		return nil, err
	}
	at := map[string]int{}
	for n, r := range out {
		at[r.ID] = n
	}
	for _, part := range []struct {
		sql string
		put func(r *Request, id string)
	}{
		{`SELECT a.id, a.control FROM evidence_asked a JOIN evidence_request r ON r.org = a.org AND r.id = a.id JOIN control c ON c.org = a.org AND c.id = a.control WHERE r.org = $1` + w.sql.String() + ` ORDER BY c.code_key`,
			func(r *Request, id string) { r.Controls = append(r.Controls, id) }},
		{`SELECT a.request, a.item FROM evidence_act a JOIN evidence_request r ON r.org = a.org AND r.id = a.request WHERE r.org = $1 AND a.kind = '` + answeredKind + `' AND a.item IS NOT NULL` + w.sql.String() + ` ORDER BY a.at, a.id`,
			func(r *Request, id string) {
				if !slices.Contains(r.Items, id) {
					r.Items = append(r.Items, id)
				}
			}},
	} {
		rows, err := tx.Query(ctx, part.sql, w.args...)
		if err != nil {
			return nil, err
		}
		err = db.Each(rows, func(scan func(...any) error) error {
			var request, id string
			err := scan(&request, &id)
			if n, ok := at[request]; ok {
				part.put(&out[n], id)
			}
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	return out, nil
}

// answerable returns a request that the actor may answer now. own: only one
// addressed to the person the actor is.
func (s *Store) answerable(ctx context.Context, tx *db.Tx, who access.Actor, id string, own bool) (Request, error) {
	r, err := readRequest(ctx, tx, who.Org(), id)
	if err != nil {
		return r, err
	}
	if own {
		person, err := s.personOf(ctx, tx, who)
		if err != nil {
			return r, err
		}
		if r.Person != person {
			return Request{}, errNoRequest()
		}
	}
	if r.State == Satisfied || r.State == Cancelled {
		return r, problem.New(problem.Conflict, "This request is closed. Ask whoever made it whether it is still needed.")
	}
	return r, nil
}

// answered says, in the caller's transaction, that an item came for a request.
func (s *Store) answered(ctx context.Context, tx *db.Tx, who access.Actor, id, item string, now time.Time) error {
	if _, err := tx.Exec(ctx, `UPDATE evidence_request SET state = $3, answered_at = $4 WHERE org = $1 AND id = $2`, who.Org(), id, string(Answered), db.Micros(now)); err != nil {
		return err
	}
	if err := s.hand(ctx, tx, who, id, now); err != nil {
		return err
	}
	return s.record(ctx, tx, act{org: who.Org(), id: newID(), item: item, request: id, kind: answeredKind, at: now, account: who.Account(),
		payload: stepFact{id, Answered, item, "", db.Micros(now)}})
}

// Answer gives an item that is filed already for a request, and offers it for the
// controls it was asked for.
func (s *Store) Answer(ctx context.Context, who access.Actor, requestID, itemID string, now time.Time) error {
	if err := who.May(access.TagEvidence); err != nil {
		return err
	}
	now = moment(now)
	return s.db.Write(ctx, who.Org(), db.People, func(ctx context.Context, tx *db.Tx) error {
		r, err := s.answerable(ctx, tx, who, requestID, false)
		if err != nil {
			return err
		}
		i, err := readItem(ctx, tx, who.Org(), itemID)
		if err != nil {
			return err
		}
		if !i.Stands() {
			return problem.New(problem.Conflict, "“%s” was rejected, replaced or erased, so it answers nothing. Choose another.", i.Title)
		}
		if slices.Contains(r.Items, i.ID) {
			return nil
		}
		if _, err := s.retagOne(ctx, tx, who, i, Target{Controls: r.Controls}, now, taggedKind, begin); err != nil {
			return err
		}
		return s.answered(ctx, tx, who, r.ID, i.ID, now)
	})
}

// Settle says whether what came is what was asked for. If it is not, the request
// is open again.
func (s *Store) Settle(ctx context.Context, who access.Actor, id string, enough bool, note string, now time.Time) error {
	return s.step(ctx, who, id, note, now, func(r Request) (RequestState, error) {
		if r.State != Answered {
			return "", problem.New(problem.Conflict, "Nothing came for this request yet, or it is closed.")
		}
		if enough {
			return Satisfied, nil
		}
		return Open, nil
	})
}

// Cancel withdraws a request.
func (s *Store) Cancel(ctx context.Context, who access.Actor, id, note string, now time.Time) error {
	return s.step(ctx, who, id, note, now, func(r Request) (RequestState, error) {
		if r.State == Satisfied || r.State == Cancelled {
			return "", problem.New(problem.Conflict, "This request is closed already.")
		}
		return Cancelled, nil
	})
}

func (s *Store) step(ctx context.Context, who access.Actor, id, note string, now time.Time, next func(Request) (RequestState, error)) error {
	if err := who.May(access.RequestEvidence); err != nil {
		return err
	}
	note, err := db.Prose("note", "The note", note, 2000)
	if err != nil {
		return err
	}
	now = moment(now)
	return s.db.Write(ctx, who.Org(), db.People, func(ctx context.Context, tx *db.Tx) error {
		r, err := readRequest(ctx, tx, who.Org(), id)
		if err != nil {
			return err
		}
		state, err := next(r)
		if err != nil {
			return err
		}
		closed := int64(0)
		if state != Open {
			closed = db.Micros(now)
		}
		res, err := tx.Exec(ctx, `UPDATE evidence_request SET state = $3, closed_at = $4 WHERE org = $1 AND id = $2 AND state = $5`, who.Org(), r.ID, string(state), closed, string(r.State))
		if err != nil {
			return err
		}
		if n, err := res.RowsAffected(); err != nil {
			return err
		} else if n == 0 {
			return problem.New(problem.Conflict, "Somebody else changed this request at the same moment. Open it again.")
		}
		if err := s.settleTasks(ctx, tx, who, r, state, note, now); err != nil {
			return err
		}
		return s.record(ctx, tx, act{org: who.Org(), id: newID(), request: r.ID, kind: settledKind, at: now, account: who.Account(),
			payload: stepFact{r.ID, state, "", note, db.Micros(now)}})
	})
}
