package risk

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/toucan-grc/toucan/internal/cadence"
)

// Frozen is one risk as a snapshot keeps it. Its form is stored and stays readable.
type Frozen struct {
	ID         string       `json:"id"`
	Code       string       `json:"code"`
	Title      string       `json:"title"`
	Category   string       `json:"category"`
	Owner      string       `json:"owner"` // person
	Affects    []string     `json:"affects"`
	Inherent   *FrozenScore `json:"inherent"`
	Current    *FrozenScore `json:"current"` // as it stood, with what failing controls gave back
	Target     *FrozenScore `json:"target"`
	Level      string       `json:"level"`
	Within     bool         `json:"within_appetite"`
	State      State        `json:"state"`
	Choice     Choice       `json:"treatment"`
	PlanDue    cadence.Date `json:"plan_due_day"`
	AcceptedTo cadence.Date `json:"accepted_until_day"`
	Links      []FrozenLink `json:"links"`
}

// FrozenScore is a score as a snapshot keeps it.
type FrozenScore struct {
	Likelihood int          `json:"likelihood"`
	Impact     int          `json:"impact"`
	Method     string       `json:"method"`
	On         cadence.Date `json:"on_day"`
	Reasons    string       `json:"reasons"`
	Assessor   string       `json:"assessor"` // account
}

// FrozenLink is a link as a snapshot keeps it.
type FrozenLink struct {
	Kind        LinkKind `json:"kind"`
	Target      string   `json:"target,omitempty"`
	Requirement string   `json:"requirement,omitempty"`
}

// Point is where the score lies; the zero Point when there is none.
func (f *FrozenScore) Point() Point {
	if f == nil {
		return Point{}
	}
	return Point{f.Likelihood, f.Impact}
}

// Counting is the score that counted.
func (f Frozen) Counting() Point {
	if f.Current != nil {
		return f.Current.Point()
	}
	return f.Inherent.Point()
}

// Snapshot is the whole register as it was at a moment: nothing of it changes.
type Snapshot struct {
	ID           string
	Title        string
	Note         string
	Method       string // version in force
	Participants []string
	Count        int
	Digest       string // hex SHA-256 of the body
	State        MethodState
	Item         string // evidence it became, once approved
	At           time.Time
	By           string // account
	ByName       string
	ApprovedAt   time.Time
	Risks        []Frozen // empty in lists
}

// freeze is the register as a snapshot keeps it, closed risks left out.
func (r *Register) freeze() []Frozen {
	out := []Frozen{}
	for _, e := range r.Open() {
		f := Frozen{ID: e.ID, Code: e.Code, Title: e.Title, Category: e.Category, Owner: e.Owner, Affects: e.Affects, Inherent: frozen(e.Inherent), Current: frozen(e.Current), Target: frozen(e.Target),
			Level: e.Verdict.Level.ID, Within: e.Verdict.Within, State: e.State, Links: []FrozenLink{}}
		if f.Current != nil {
			f.Current.Likelihood, f.Current.Impact = e.Effective.Likelihood, e.Effective.Impact
		}
		if e.Plan != nil {
			f.Choice, f.PlanDue = e.Plan.Choice, e.Plan.Due
		}
		if e.State == Accepted {
			f.AcceptedTo = e.Acceptance.Until
		}
		for _, l := range e.Links {
			x := FrozenLink{Kind: l.Kind, Target: l.Target}
			if l.Kind == ToRequirement {
				x.Requirement = refWords(l.Requirement)
			}
			f.Links = append(f.Links, x)
		}
		out = append(out, f)
	}
	return out
}

func frozen(s *Score) *FrozenScore {
	if s == nil {
		return nil
	}
	return &FrozenScore{s.Likelihood, s.Impact, s.Method, s.On, s.Reasons, s.Account}
}

func thaw(body string) ([]Frozen, error) {
	var out []Frozen
	if err := json.Unmarshal([]byte(body), &out); err != nil {
		return nil, fmt.Errorf("a snapshot of risks: %w", err)
	}
	return out, nil
}

// Move says what became of one risk between two moments.
type Move struct {
	ID, Code, Title string
	What            MoveKind
	Was, Is         Point
	WasState        State
	IsState         State
	Words           string // one sentence
}

// MoveKind is the sort of a move, the most important first.
type MoveKind string

const (
	Rose     MoveKind = "rose"
	Appeared MoveKind = "new"
	Fell     MoveKind = "fell"
	Decided  MoveKind = "state"
	Gone     MoveKind = "gone"
)

var moveOrder = []MoveKind{Rose, Appeared, Fell, Decided, Gone}

// Compare says what moved between two snapshots, what rose first. What stayed is
// left out.
func Compare(was, is []Frozen) []Move {
	before := make(map[string]Frozen, len(was))
	for _, f := range was {
		before[f.ID] = f
	}
	var out []Move
	for _, f := range is {
		o, ok := before[f.ID]
		delete(before, f.ID)
		m := Move{ID: f.ID, Code: f.Code, Title: f.Title, Was: o.Counting(), Is: f.Counting(), WasState: o.State, IsState: f.State}
		switch {
		case !ok:
			m.What, m.Words = Appeared, "It is new."
			if m.Is.Known() {
				m.Words = fmt.Sprintf("It is new, with a score of %d.", m.Is.Score())
			}
		case !m.Was.Known() && m.Is.Known():
			m.What, m.Words = Appeared, fmt.Sprintf("It was scored for the first time: %d.", m.Is.Score())
		case m.Is.Score() > m.Was.Score():
			m.What, m.Words = Rose, fmt.Sprintf("Its score rose from %d to %d.", m.Was.Score(), m.Is.Score())
		case m.Is.Score() < m.Was.Score():
			m.What, m.Words = Fell, fmt.Sprintf("Its score fell from %d to %d.", m.Was.Score(), m.Is.Score())
		case o.State != f.State:
			m.What, m.Words = Decided, fmt.Sprintf("It was “%s” and is “%s”.", o.State.Label(), f.State.Label())
		default:
			continue
		}
		out = append(out, m)
	}
	for _, f := range was {
		if _, gone := before[f.ID]; gone {
			out = append(out, Move{ID: f.ID, Code: f.Code, Title: f.Title, What: Gone, Was: f.Counting(), WasState: f.State, IsState: Closed, Words: "It is closed."})
		}
	}
	slices.SortStableFunc(out, func(a, b Move) int {
		return cmp.Or(cmp.Compare(slices.Index(moveOrder, a.What), slices.Index(moveOrder, b.What)), cmp.Compare(b.Is.Score()-b.Was.Score(), a.Is.Score()-a.Was.Score())*sign(a.What), cmp.Compare(a.Code, b.Code))
	})
	return out
}

// sign turns the order round for what fell: the deepest fall comes first there.
func sign(k MoveKind) int {
	if k == Fell {
		return -1
	}
	return 1
}

// Since says what moved since a snapshot was taken.
func (r *Register) Since(s Snapshot) []Move { return Compare(s.Risks, r.freeze()) }
