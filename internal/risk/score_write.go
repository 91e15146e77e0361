package risk

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/cadence"
	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/problem"
)

// NewScore is what somebody says of a risk. Of a current score, Relied may be left
// empty: then the controls that carry most carry the way down.
type NewScore struct {
	Kind ScoreKind
	Point
	Column  string
	Basis   Basis
	Reasons string
	Relied  []Relied
}

func (n NewScore) checked(m *Method) (NewScore, error) {
	if !slices.Contains(ScoreKinds(), n.Kind) {
		return n, problem.Field("kind", "Choose which score it is: inherent, current or target.")
	}
	if err := checkPoint(n.Point); err != nil {
		return n, err
	}
	if !slices.Contains(m.Scales.Columns, n.Column) {
		return n, problem.Field("column", "Say which column of the scale of impact decided, so that a second person can follow.")
	}
	if !slices.ContainsFunc(Bases(), func(b Named) bool { return b.ID == string(n.Basis) }) {
		return n, problem.Field("basis", "Say what the likelihood rests on.")
	}
	if step := m.Numbers.Review.NoData.Likelihood; n.Basis == NoData && n.Kind != Target && n.Likelihood != step && n.Kind == Inherent {
		return n, problem.Field("likelihood", fmt.Sprintf("Without data the method says step %d. Choose it, or say what else the likelihood rests on.", step))
	}
	var err error
	if n.Reasons, err = db.Prose("reasons", "The reasons", n.Reasons, maxPart); err != nil {
		return n, err
	}
	if n.Reasons == "" {
		return n, problem.Field("reasons", "Say why. A number without reasons cannot be repeated by anybody else.")
	}
	return n, nil
}

// scoreFact is what the log says of a score.
type scoreFact struct {
	Risk       string    `json:"risk"`
	Score      string    `json:"score"`
	Kind       ScoreKind `json:"kind"`
	Likelihood int       `json:"likelihood"`
	Impact     int       `json:"impact"`
	Column     string    `json:"column"`
	Basis      Basis     `json:"basis"`
	Reasons    string    `json:"reasons"`
	Relied     []Relied  `json:"relied"`
	Method     string    `json:"method"`
	Seconds    string    `json:"seconds"`
}

// Score records what the actor says of a risk. It returns an Invalid problem about
// the field at fault: what controls cannot carry among them.
func (s *Store) Score(ctx context.Context, who access.Actor, id string, n NewScore, now time.Time) (Score, error) {
	if err := who.May(access.ManageRisks); err != nil {
		return Score{}, err
	}
	now = moment(now)
	states, err := s.statesFor(ctx, who, id, now)
	if err != nil {
		return Score{}, err
	}
	var out Score
	err = s.DB.Write(ctx, who.Org(), db.People, func(ctx context.Context, tx *db.Tx) error {
		r, e, err := readEntry(ctx, tx, who.Org(), id, now)
		if err != nil {
			return err
		}
		if e.Closed() {
			return problem.New(problem.Conflict, "%s is closed. Open it again before you score it.", e.Code)
		}
		things, err := readThings(ctx, tx, who.Org())
		if err != nil {
			return err
		}
		if n, err = n.checked(r.Method); err != nil {
			return err
		}
		if n, err = e.fit(r.Method, n, e.supports(things, states)); err != nil {
			return err
		}
		out, err = s.insertScore(ctx, tx, who, r, e, n, "", now)
		return err
	})
	return out, err
}

// statesFor asks how the controls of a risk operate. It is asked before the risk is
// written: it reads what other nouns keep.
func (s *Store) statesFor(ctx context.Context, who access.Actor, id string, now time.Time) (map[string]Operating, error) {
	var e *Entry
	err := s.DB.Read(ctx, who.Org(), func(tx *db.Tx) (err error) {
		_, e, err = readEntry(ctx, tx, who.Org(), id, now)
		return err
	})
	if err != nil {
		return nil, err
	}
	return s.operating(ctx, who, e.controls(), now)
}

// controls are the ids of the controls the risk names or its scores rest on.
func (e *Entry) controls() []string {
	var out []string
	for _, l := range e.Links {
		if l.Kind == ToControl {
			out = append(out, l.Target)
		}
	}
	if s := e.Counting(); s != nil {
		for _, x := range s.Relied {
			out = append(out, x.Control)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// supports are the controls the risk names, as they stand.
func (e *Entry) supports(things *Things, states map[string]Operating) []Support {
	var out []Support
	for _, l := range e.Links {
		if t, ok := things.Find(ToControl, l.Target); l.Kind == ToControl && ok {
			state := states[l.Target].State
			if state == "" || t.Gone {
				state = DesignedOnly
			}
			out = append(out, Support{Control: l.Target, Code: t.Code, Nature: l.Nature, State: state})
		}
	}
	return out
}

// fit checks a score against those there are and what controls can carry.
func (e *Entry) fit(m *Method, n NewScore, list []Support) (NewScore, error) {
	switch n.Kind {
	case Inherent:
		n.Relied = nil
	case Target:
		n.Relied = nil
		if s := e.Counting(); s == nil {
			return n, problem.New(problem.Conflict, "Score the risk as it is first; a target is where treatment should bring it.")
		} else if n.Score() > s.Score() {
			return n, problem.Field("likelihood", fmt.Sprintf("The target of %d lies above the score of %d it has now. Treatment should lower it.", n.Score(), s.Score()))
		}
	case Current:
		if e.Inherent == nil {
			return n, problem.New(problem.Conflict, "Score the inherent risk first: the current score begins from it.")
		}
		from := e.Inherent.Point
		for _, a := range []Axis{Likelihood, Impact} {
			if n.On(a) > from.On(a) {
				return n, problem.Field(string(a), fmt.Sprintf("The inherent %s is %d, and controls do not raise it to %d. Score the inherent risk anew if it rose.", a, from.On(a), n.On(a)))
			}
		}
		if len(n.Relied) == 0 {
			var err error
			n.Relied, err = m.Spread(from, n.Point, list)
			return n, err
		}
		for i := range n.Relied {
			for _, c := range list {
				if c.Control == n.Relied[i].Control {
					n.Relied[i].State, n.Relied[i].Code = c.State, c.Code
				}
			}
		}
		return n, m.CheckRelied(from, n.Point, n.Relied, list)
	}
	return n, nil
}

// insertScore writes a score, and ends what asked for it.
func (s *Store) insertScore(ctx context.Context, tx *db.Tx, who access.Actor, r *Register, e *Entry, n NewScore, seconds string, now time.Time) (Score, error) {
	person, err := s.personOf(ctx, tx, who)
	if err != nil {
		return Score{}, err
	}
	out := Score{ID: newID(), Risk: e.ID, Kind: n.Kind, Point: n.Point, Column: n.Column, Basis: n.Basis, Reasons: n.Reasons, Relied: n.Relied,
		Account: who.Account(), Person: person, Method: r.Method.Version, Seconds: seconds, At: now, On: r.Today}
	if err := s.putScores(ctx, tx, who.Org(), []Score{out}); err != nil {
		return out, err
	}
	kind := kindScored
	if seconds != "" {
		kind = kindSeconded
	}
	if err := s.record(ctx, tx, who.Org(), who.Account(), now, act{e.ID, kind, out.fact()}); err != nil || seconds != "" {
		return out, err
	}
	e.take(out)
	if n.Kind == Current || n.Kind == Inherent && e.Current == nil {
		if err := s.answer(ctx, tx, who.Org(), out, now); err != nil {
			return out, err
		}
		e.Triggers = nil
	}
	if n.Basis == NoData && n.Kind != Target {
		t := Trigger{Risk: e.ID, Kind: WithoutData, Words: "The likelihood was scored without data.", Due: r.Method.Numbers.Review.NoData.Within.After(r.Today), By: who.Account()}
		if err := s.trigger(ctx, tx, who.Org(), who.Account(), e, t, now); err != nil {
			return out, err
		}
	}
	return out, s.align(ctx, tx, who.Org(), who.Account(), r, e, now)
}

func (s Score) fact() scoreFact {
	if s.Relied == nil {
		s.Relied = []Relied{}
	}
	return scoreFact{s.Risk, s.ID, s.Kind, s.Likelihood, s.Impact, s.Column, s.Basis, s.Reasons, s.Relied, s.Method, s.Seconds}
}

func (s *Store) putScores(ctx context.Context, tx *db.Tx, org string, list []Score) error {
	rows := db.Into(`risk_score (org, id, risk, kind, likelihood, impact, decided, basis, reasons, relied, account, person, method, seconds, at, on_day)`)
	for _, x := range list {
		relied := ""
		if len(x.Relied) > 0 {
			body, err := json.Marshal(x.Relied)
			if err != nil {
				return err
			}
			relied = string(body)
		}
		rows.Add(org, x.ID, x.Risk, string(x.Kind), x.Likelihood, x.Impact, x.Column, string(x.Basis), x.Reasons, relied, x.Account, x.Person, x.Method, x.Seconds, db.Micros(x.At), x.On)
	}
	return rows.Insert(ctx, tx)
}

// answer ends the reasons to look at a risk again.
func (s *Store) answer(ctx context.Context, tx *db.Tx, org string, score Score, now time.Time) error {
	_, err := tx.Exec(ctx, `UPDATE risk_trigger SET done_at = $3, score = $4 WHERE org = $1 AND risk = $2 AND done_at = 0`, org, score.Risk, db.Micros(now), score.ID)
	return err
}

// triggerFact is what the log says of a reason to look at a risk again.
type triggerFact struct {
	Risk    string       `json:"risk"`
	Trigger string       `json:"trigger"`
	Kind    TriggerKind  `json:"kind"`
	Words   string       `json:"words"`
	Control string       `json:"control"`
	Due     cadence.Date `json:"due_day"`
}

// trigger writes a reason to look at a risk again.
func (s *Store) trigger(ctx context.Context, tx *db.Tx, org, account string, e *Entry, t Trigger, now time.Time) error {
	t.ID, t.Risk, t.At = newID(), e.ID, now
	_, err := tx.Exec(ctx, `INSERT INTO risk_trigger (org, id, risk, kind, words, control, due, at, account) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
		org, t.ID, t.Risk, string(t.Kind), t.Words, t.Control, t.Due, db.Micros(now), account)
	if err != nil {
		return err
	}
	e.Triggers = append(e.Triggers, t)
	return s.record(ctx, tx, org, account, now, act{e.ID, kindTriggered, triggerFact{t.Risk, t.ID, t.Kind, t.Words, t.Control, t.Due}})
}

// Trigger notes why a risk has to be looked at again: an incident, a change of law.
// Its owner is asked to, within the time of the method.
func (s *Store) Trigger(ctx context.Context, who access.Actor, id string, kind TriggerKind, words string, now time.Time) error {
	if err := who.May(access.ManageRisks); err != nil {
		return err
	}
	if !slices.ContainsFunc(TriggerKinds(), func(n Named) bool { return n.ID == string(kind) }) {
		return problem.Field("kind", "Choose one of the reasons listed.")
	}
	words, err := db.Prose("words", "What happened", words, maxPart)
	if err != nil {
		return err
	}
	if words == "" {
		return problem.Field("words", "Say what happened, in a sentence.")
	}
	now = moment(now)
	return s.DB.Write(ctx, who.Org(), db.People, func(ctx context.Context, tx *db.Tx) error {
		r, e, err := readEntry(ctx, tx, who.Org(), id, now)
		if err != nil {
			return err
		}
		if e.Closed() {
			return problem.New(problem.Conflict, "%s is closed. Open it again: what happened shows that it is there.", e.Code)
		}
		t := Trigger{Kind: kind, Words: words, Due: r.Method.Numbers.Review.Trigger.After(r.Today), By: who.Account()}
		if err := s.trigger(ctx, tx, who.Org(), who.Account(), e, t, now); err != nil {
			return err
		}
		return s.align(ctx, tx, who.Org(), who.Account(), r, e, now)
	})
}
