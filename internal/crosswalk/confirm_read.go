package crosswalk

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/control"
	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/problem"
)

// Confirmations returns how every mapped control stands with those who do the work,
// by id of the control.
func (s *Store) Confirmations(ctx context.Context, who access.Actor, now time.Time) (map[string]Confirmation, error) {
	if err := who.May(access.ViewControls); err != nil {
		return nil, err
	}
	out := map[string]Confirmation{}
	err := s.db.Read(ctx, who.Org(), func(tx *db.Tx) error {
		rows, err := tx.Query(ctx, `SELECT DISTINCT l.control FROM link l WHERE l.org = $1 AND l.to_at IS NULL
			AND NOT EXISTS (SELECT 1 FROM retirement r WHERE r.org = l.org AND r.control = l.control AND r.to_at IS NULL)`, who.Org())
		if err != nil {
			return err
		}
		if err := db.Each(rows, func(scan func(...any) error) error {
			var id string
			err := scan(&id)
			out[id] = BackingOf(nil, "", nil)
			return err
		}); err != nil {
			return err
		}
		controls, err := mappedControls(ctx, tx, who.Org(), ` AND EXISTS (SELECT 1 FROM confirmation_answer t WHERE t.org = c.org AND t.control = c.id)`)
		if err != nil {
			return err
		}
		told, err := readTold(ctx, tx, who.Org(), now, "")
		if err != nil {
			return err
		}
		authors, err := authorsOf(ctx, tx, who.Org())
		if err != nil {
			return err
		}
		by := map[string][]Told{}
		for _, t := range told {
			by[t.Control] = append(by[t.Control], t)
		}
		for _, c := range controls {
			out[c.ID] = BackingOf(by[c.ID], ShownDigest(c), authors[c.ID])
		}
		return nil
	})
	return out, err
}

// FindTold returns one answer and the control it speaks of, for whoever opens a
// finding about it. It is asked by a job, for an organisation.
func (s *Store) FindTold(ctx context.Context, tx *db.Tx, org, id string) (Told, control.Control, error) {
	list, err := readTold(ctx, tx, org, farFuture, ` AND t.id = $3`, id)
	if err == nil && len(list) == 0 {
		err = problem.New(problem.NotFound, "There is no such answer.")
	}
	if err != nil {
		return Told{}, control.Control{}, err
	}
	c := control.Control{ID: list[0].Control}
	err = tx.QueryRow(ctx, `SELECT code, title, coalesce(owner, '') FROM control WHERE org = $1 AND id = $2`, org, c.ID).Scan(&c.Code, &c.Title, &c.Owner)
	return list[0], c, err
}

// farFuture reads all there is.
var farFuture = time.Date(9000, 1, 1, 0, 0, 0, 0, time.UTC)

// readTold reads answers up to a moment, the oldest first; where may use $3 and on.
func readTold(ctx context.Context, tx *db.Tx, org string, at time.Time, where string, args ...any) ([]Told, error) {
	rows, err := tx.Query(ctx, `
		SELECT t.id, t.ask, t.control, t.version, t.digest, t.person, coalesce(p.name, ''), t.function, t.answer, t.reason, coalesce(t.suggested, ''), t.at, t.account
		FROM confirmation_answer t LEFT JOIN person p ON p.org = t.org AND p.id = t.person WHERE t.org = $1 AND t.at <= $2`+where+` ORDER BY t.at, t.id`,
		append([]any{org, db.Micros(at)}, args...)...)
	if err != nil {
		return nil, err
	}
	var out []Told
	err = db.Each(rows, func(scan func(...any) error) error {
		var t Told
		var at int64
		err := scan(&t.ID, &t.Ask, &t.Control, &t.Version, &t.Digest, &t.Person, &t.PersonName, &t.Function, &t.Reply, &t.Reason, &t.Suggested, &at, &t.Account)
		t.At = db.Time(at)
		out = append(out, t)
		return err
	})
	return out, err
}

// authorsOf reads who wrote each control that was ever answered about, or linked it last.
func authorsOf(ctx context.Context, tx *db.Tx, org string) (map[string]map[string]bool, error) {
	out := map[string]map[string]bool{}
	put := func(c, account string) {
		if out[c] == nil {
			out[c] = map[string]bool{}
		}
		out[c][account] = true
	}
	const answered = ` AND EXISTS (SELECT 1 FROM confirmation_answer t WHERE t.org = x.org AND t.control = x.control)`
	rows, err := tx.Query(ctx, `SELECT DISTINCT x.control, x.author FROM control_version x WHERE x.org = $1 AND x.approval IN ('', 'approved')`+answered, org)
	if err != nil {
		return nil, err
	}
	if err := db.Each(rows, func(scan func(...any) error) error {
		var c, account string
		err := scan(&c, &account)
		put(c, account)
		return err
	}); err != nil {
		return nil, err
	}
	rows, err = tx.Query(ctx, `SELECT x.control, x.account FROM link_change x WHERE x.org = $1`+answered+` ORDER BY x.at, x.id`, org)
	if err != nil {
		return nil, err
	}
	last := map[string]string{}
	err = db.Each(rows, func(scan func(...any) error) error {
		var c, account string
		err := scan(&c, &account)
		last[c] = account
		return err
	})
	for c, account := range last {
		put(c, account)
	}
	return out, err
}

// Rounds returns every round with how far it is, the newest first.
func (s *Store) Rounds(ctx context.Context, who access.Actor) ([]Round, error) {
	if err := who.May(access.ViewControls); err != nil {
		return nil, err
	}
	var out []Round
	err := s.db.Read(ctx, who.Org(), func(tx *db.Tx) (err error) {
		out, err = readRounds(ctx, tx, who.Org(), "")
		return err
	})
	return out, err
}

// Round returns one round and everything it asked, by code.
func (s *Store) Round(ctx context.Context, who access.Actor, id string) (Round, []Ask, error) {
	if err := who.May(access.ViewControls); err != nil {
		return Round{}, nil, err
	}
	var r Round
	var asks []Ask
	err := s.db.Read(ctx, who.Org(), func(tx *db.Tx) error {
		list, err := readRounds(ctx, tx, who.Org(), ` AND r.id = $2`, id)
		if err != nil {
			return err
		}
		if len(list) == 0 {
			return problem.New(problem.NotFound, "There is no such round. Open the list of rounds.")
		}
		r = list[0]
		asks, err = readAsks(ctx, tx, who.Org(), ` AND k.round = $2`, id)
		return err
	})
	return r, asks, err
}

// MyAsks returns what the actor is asked about, and what they answered before.
func (s *Store) MyAsks(ctx context.Context, who access.Actor) ([]Ask, error) {
	if err := who.May(access.ConfirmControls); err != nil {
		return nil, err
	}
	var out []Ask
	err := s.db.Read(ctx, who.Org(), func(tx *db.Tx) (err error) {
		out, err = readAsks(ctx, tx, who.Org(), ` AND k.person IN (SELECT p.person FROM person_account p WHERE p.org = $1 AND p.account = $2 AND p.to_at IS NULL)`, who.Account())
		return err
	})
	return out, err
}

func readRounds(ctx context.Context, tx *db.Tx, org, where string, args ...any) ([]Round, error) {
	rows, err := tx.Query(ctx, `SELECT r.id, r.functions, r.due, r.at, coalesce(a.name, '') FROM confirmation_round r LEFT JOIN account a ON a.id = r.account
		WHERE r.org = $1`+where+` ORDER BY r.at DESC, r.id DESC`, append([]any{org}, args...)...)
	if err != nil {
		return nil, err
	}
	var out []Round
	at := map[string]int{}
	err = db.Each(rows, func(scan func(...any) error) error {
		r := Round{Said: map[Reply]int{}}
		var functions string
		var when int64
		err := scan(&r.ID, &functions, &r.Due, &when, &r.ByName)
		if functions != "" {
			r.Functions = strings.Split(functions, "\n")
		}
		r.At = db.Time(when)
		at[r.ID] = len(out)
		out = append(out, r)
		return err
	})
	if err != nil {
		return nil, err
	}
	rows, err = tx.Query(ctx, `SELECT k.round, k.ended, coalesce(t.answer, ''), count(*) FROM confirmation_ask k LEFT JOIN confirmation_answer t ON t.org = k.org AND t.ask = k.id
		WHERE k.org = $1 GROUP BY k.round, k.ended, coalesce(t.answer, '')`, org)
	if err != nil {
		return nil, err
	}
	return out, db.Each(rows, func(scan func(...any) error) error {
		var round, ended string
		var reply Reply
		var n int
		if err := scan(&round, &ended, &reply, &n); err != nil {
			return err
		}
		i, ok := at[round]
		if !ok {
			return nil
		}
		r := &out[i]
		switch {
		case ended == "handed":
			r.Handed += n
			return nil // whoever has it now is counted
		case reply != "":
			r.Said[reply] += n
		case ended == "":
			r.Waiting += n
		}
		r.Asked += n
		return nil
	})
}

// readAsks reads asks with the controls as they stand now, by code; where may use
// $2 and on.
func readAsks(ctx context.Context, tx *db.Tx, org, where string, args ...any) ([]Ask, error) {
	rows, err := tx.Query(ctx, `
		SELECT k.id, k.round, k.person, coalesce(p.name, ''), k.function, k.at, r.due, k.ended,
			c.id, c.code, c.title, c.statement, c.kind, c.frequency, c.evidence, coalesce(c.owner, ''), c.version, c.domain,
			coalesce(t.id, ''), coalesce(t.version, 0), coalesce(t.digest, ''), coalesce(t.answer, ''), coalesce(t.reason, ''), coalesce(t.suggested, ''), coalesce(t.at, 0), coalesce(t.account, '')
		FROM confirmation_ask k JOIN confirmation_round r ON r.org = k.org AND r.id = k.round JOIN control c ON c.org = k.org AND c.id = k.control
			LEFT JOIN person p ON p.org = k.org AND p.id = k.person LEFT JOIN confirmation_answer t ON t.org = k.org AND t.ask = k.id
		WHERE k.org = $1`+where, append([]any{org}, args...)...)
	if err != nil {
		return nil, err
	}
	var out []Ask
	err = db.Each(rows, func(scan func(...any) error) error {
		var a Ask
		var t Told
		var at, said int64
		var evidence string
		c := &a.Control
		err := scan(&a.ID, &a.Round, &a.Person, &a.PersonName, &a.Function, &at, &a.Due, &a.Ended,
			&c.ID, &c.Code, &c.Title, &c.Statement, &c.Kind, &c.Frequency, &evidence, &c.Owner, &c.Version, &c.Domain,
			&t.ID, &t.Version, &t.Digest, &t.Reply, &t.Reason, &t.Suggested, &said, &t.Account)
		if evidence != "" {
			c.Evidence = strings.Split(evidence, "\n")
		}
		a.At = db.Time(at)
		if t.ID != "" {
			t.Ask, t.Control, t.Person, t.PersonName, t.Function, t.At = a.ID, c.ID, a.Person, a.PersonName, a.Function, db.Time(said)
			a.Told = &t
		}
		if a.Ended == "answered" {
			a.Ended = ""
		}
		out = append(out, a)
		return err
	})
	slices.SortFunc(out, func(a, b Ask) int {
		if c := control.CompareCodes(a.Control.Code, b.Control.Code); c != 0 {
			return c
		}
		return strings.Compare(a.ID, b.ID)
	})
	return out, err
}
