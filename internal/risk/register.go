package risk

import (
	"slices"
	"strings"
	"time"

	"github.com/toucan-grc/toucan/internal/cadence"
	"github.com/toucan-grc/toucan/internal/framework"
)

// Register is all risks of an organisation with everything that is known of them,
// as of one moment. It is read once and then only asked, so many may share it.
type Register struct {
	Org   string
	Now   time.Time
	Today cadence.Date
	Risks []*Entry // by code, the closed ones too

	Methods []*Method // approved or not, the shipped one first
	Method  *Method   // in force now

	States map[string]Operating // of the controls that scores rest on; nil: nobody asked, so no score was lowered or raised
	byID   map[string]*Entry
	zones  cadence.Zones
}

// Find returns a risk by id or code.
func (r *Register) Find(name string) (*Entry, bool) {
	if e, ok := r.byID[name]; ok {
		return e, true
	}
	for _, e := range r.Risks {
		if strings.EqualFold(e.Code, name) {
			return e, true
		}
	}
	return nil, false
}

// MethodOf returns the method a score was given under.
func (r *Register) MethodOf(version string) *Method {
	for _, m := range r.Methods {
		if m.Version == version {
			return m
		}
	}
	return r.Method
}

// Operating returns the register as it stands when controls are in these states:
// what failing controls took off is given back. A control that is not in states
// carries nothing.
func (r *Register) Operating(states map[string]Operating) *Register {
	out := *r
	out.States = states
	if out.States == nil {
		out.States = map[string]Operating{}
	}
	out.Risks = make([]*Entry, len(r.Risks))
	out.byID = make(map[string]*Entry, len(r.Risks))
	for i, e := range r.Risks {
		c := *e
		out.Risks[i], out.byID[c.ID] = &c, &c
	}
	out.settle()
	return &out
}

func (r *Register) settle() {
	for _, e := range r.Risks {
		m := r.Method
		if s := e.Counting(); s != nil {
			m = r.MethodOf(s.Method)
		}
		e.settle(m, r.States, r.Today)
	}
}

// Rests returns the ids of the controls that scores in force rest on.
func (r *Register) Rests() []string {
	var out []string
	for _, e := range r.Risks {
		if s := e.Counting(); s != nil && !e.Closed() {
			for _, x := range s.Relied {
				out = append(out, x.Control)
			}
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// Open returns the risks that are in the register.
func (r *Register) Open() []*Entry {
	return r.where(func(e *Entry) bool { return !e.Closed() })
}

// AboveAppetite returns the risks that were scored and lie outside the appetite,
// the highest first.
func (r *Register) AboveAppetite() []*Entry {
	out := r.where((*Entry).Above)
	slices.SortStableFunc(out, func(a, b *Entry) int { return b.Verdict.Score - a.Verdict.Score })
	return out
}

// Of returns the risks that are linked to a requirement.
func (r *Register) Of(ref framework.Ref) []*Entry {
	return r.linked(func(l Link) bool { return l.Kind == ToRequirement && l.Requirement == ref })
}

// To returns the risks that are linked to a thing.
func (r *Register) To(kind LinkKind, id string) []*Entry {
	return r.linked(func(l Link) bool { return l.Kind == kind && l.Target == id })
}

func (r *Register) linked(is func(Link) bool) []*Entry {
	return r.where(func(e *Entry) bool { return !e.Closed() && slices.ContainsFunc(e.Links, is) })
}

func (r *Register) where(is func(*Entry) bool) []*Entry {
	var out []*Entry
	for _, e := range r.Risks {
		if is(e) {
			out = append(out, e)
		}
	}
	return out
}

// Counts says how many risks there are of each sort.
type Counts struct {
	Open     int
	Unscored int            // nobody here scored them; in no level
	Above    int            // outside the appetite
	Levels   map[string]int // by id of the level, of the scored ones
	States   map[State]int
	Overdue  int // reassessments that are overdue
	Old      int // scored under another method than the one in force
}

// Count counts the risks of the register.
func (r *Register) Count() Counts {
	c := Counts{Levels: map[string]int{}, States: map[State]int{}}
	for _, e := range r.Risks {
		c.States[e.State]++
		if e.Closed() {
			continue
		}
		c.Open++
		if !e.Scored() {
			c.Unscored++
			continue
		}
		c.Levels[e.Verdict.Level.ID]++
		if e.Above() {
			c.Above++
		}
		if e.Counting().Method != r.Method.Version {
			c.Old++
		}
		for _, t := range e.Triggers {
			if t.Due < r.Today {
				c.Overdue++
				break
			}
		}
	}
	return c
}

// Assessed is the day of the newest score, or no date.
func (r *Register) Assessed() cadence.Date {
	var last cadence.Date
	for _, e := range r.Risks {
		if s := e.Counting(); s != nil {
			last = max(last, s.On)
		}
	}
	return last
}

// Cell is one field of the heat map.
type Cell struct {
	Point
	Level    Level
	Risks    []*Entry // scored here
	Defaults []*Entry // not scored by anybody here; the library puts them into this field
}

// Heat lays the risks on the matrix, by the score of a kind: rows from the highest
// likelihood down, columns from the lowest impact up. A risk that has no current
// score stands at its inherent one. Numbers of the library are kept apart.
func (r *Register) Heat(kind ScoreKind) [Steps][Steps]Cell {
	var out [Steps][Steps]Cell
	for row := range out {
		for col := range out[row] {
			p := Point{Likelihood: Steps - row, Impact: col + 1}
			out[row][col] = Cell{Point: p, Level: r.Method.LevelOf(p.Score())}
		}
	}
	for _, e := range r.Open() {
		p := Point{}
		switch {
		case kind == Inherent && e.Inherent != nil:
			p = e.Inherent.Point
		case kind == Current && e.Scored():
			p = e.Effective.Point
		case kind == Target && e.Target != nil:
			p = e.Target.Point
		}
		if p.Known() {
			c := &out[Steps-p.Likelihood][p.Impact-1]
			c.Risks = append(c.Risks, e)
		} else if d, ok := e.Default(); ok && kind == Inherent && !e.Scored() {
			c := &out[Steps-d.Likelihood][d.Impact-1]
			c.Defaults = append(c.Defaults, e)
		}
	}
	return out
}

// local is a moment as the clocks of the organisation showed it then.
func (r *Register) local(t time.Time) time.Time { return t.In(r.zones.Of(r.zones.DateOf(t))) }

// sameDay reports whether a moment lies on the day the register was read for.
func (r *Register) sameDay(now time.Time) bool { return r.zones.DateOf(now) == r.Today }
