package monitor

import (
	"context"
	"fmt"
	"time"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/cadence"
	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/people"
	"github.com/toucan-grc/toucan/internal/problem"
)

// MaxSample is how many persons one answer to a sample may name.
const MaxSample = 100

// Verdict says what a window holds of a person and a check.
type Verdict string

const (
	Found     Verdict = "found"     // done, with a date inside the window
	Earlier   Verdict = "earlier"   // done before the window and still good in it
	Exception Verdict = "exception" // not there, and a reason is named
	Lacking   Verdict = "lacking"   // asked for in the window, and not there
)

// Words is the verdict as a page writes it.
func (v Verdict) Words() string {
	return map[Verdict]string{Found: "Inside the window", Earlier: "Before the window, still good", Exception: "Exception", Lacking: "Missing"}[v]
}

// Picked is what a window holds of one person and one check.
type Picked struct {
	Check    people.Check
	Verdict  Verdict
	On       cadence.Date // when it was done; no date without one
	Reason   string       // what it is, or why there is none
	Evidence []string     // ids of items
}

// Sampled is what a window holds of one person.
type Sampled struct {
	Person people.Person
	Judged cadence.Date // the day it was judged on: the last of the window, or the person's last within it
	Why    string       // why nothing was asked of the person in the window at all; otherwise empty
	Picked []Picked
}

// Sample says for each of the persons what shows that they did what was asked, with
// a date inside the window, or names the exception. It is judged as of the last
// moment of the window, or of the person's last day within it.
func (s *Store) Sample(ctx context.Context, who access.Actor, persons []string, window cadence.Days, now time.Time) ([]Sampled, error) {
	if err := who.May(access.ViewPeople); err != nil {
		return nil, err
	}
	if len(persons) == 0 || len(persons) > MaxSample {
		return nil, problem.Field("persons", fmt.Sprintf("Name 1 to %d persons; these are %d.", MaxSample, len(persons)))
	}
	if !window.Known() {
		return nil, problem.Field("from", "The window ends before it begins.")
	}
	b, err := s.board(ctx, who.Org(), now, 0)
	if err != nil {
		return nil, err
	}
	if window.From > b.Day {
		return nil, problem.Field("from", "The window has not begun yet. Choose one that has.")
	}
	window.To = min(window.To, b.Day)
	out := make([]Sampled, len(persons))
	days := map[cadence.Date][]int{}
	for i, id := range persons {
		if out[i], err = placed(b.Roster, id, window); err != nil {
			return nil, err
		}
		if out[i].Why == "" {
			days[out[i].Judged] = append(days[out[i].Judged], i)
		}
	}
	for day, places := range days {
		at := now
		if day < b.Day {
			at = day.End(b.Zone).Add(-time.Microsecond)
		}
		said, err := s.asOf(ctx, who.Org(), b.Roster, b.Zone, at)
		if err != nil {
			return nil, err
		}
		for _, i := range places {
			out[i].Picked = pick(said[out[i].Person.ID], window, b.Zone)
		}
	}
	return out, nil
}

// placed says on which day somebody is judged, or why not at all.
func placed(r *people.Roster, id string, window cadence.Days) (Sampled, error) {
	p, ok := r.Person(id)
	if !ok {
		return Sampled{}, problem.New(problem.NotFound, "One of the persons is not in the register.")
	}
	s := Sampled{Person: p, Judged: window.To}
	if !p.ErasedAt.IsZero() {
		s.Why = "The entry was erased."
		return s, nil
	}
	switch r.StatusOn(id, window.To) {
	case people.Former:
		last := r.StintOn(id, window.To).To
		if last > window.To { // they will be back; the stint before counts
			for _, x := range r.Spans(id) {
				if x.Kind == people.Stint && x.To.Known() && x.To <= window.To {
					last = x.To
				}
			}
		}
		if s.Judged = last; last < window.From {
			s.Why = "Left on " + dayWords(last) + ", before the window."
		}
	case people.Future:
		s.Why = "Joined" + on(" on ", r.StartOf(id, window.To)) + ", after the window."
	case people.OutOfScope:
		s.Why = "Out of scope: " + scopeReason(r, id, window.To)
	case people.NotAPerson:
		s.Why = "An account of a machine or a team, not a person."
	}
	return s, nil
}

func scopeReason(r *people.Roster, id string, day cadence.Date) string {
	for _, x := range r.Spans(id) {
		if x.Kind == people.NoScope && x.Has(day) {
			return x.Reason
		}
	}
	return "no reason is kept."
}

// asOf asks all parts how people stood at a moment.
func (s *Store) asOf(ctx context.Context, org string, r *people.Roster, zone *time.Location, at time.Time) (map[string][]people.Standing, error) {
	out := map[string][]people.Standing{}
	err := s.DB.Read(ctx, org, func(tx *db.Tx) error {
		for _, p := range s.Parts {
			list, err := p.Ask(ctx, tx, org, r, at)
			if err != nil {
				return err
			}
			for _, x := range Judge(list, r, zone, at) {
				out[x.Person] = append(out[x.Person], x)
			}
		}
		return nil
	})
	return out, err
}

// pick turns standings at the end of a window into what it holds.
func pick(list []people.Standing, window cadence.Days, zone *time.Location) []Picked {
	var out []Picked
	for _, c := range people.Checks() {
		for _, s := range list {
			if s.Check != c {
				continue
			}
			p := Picked{Check: c, Reason: s.Reason, Evidence: s.Evidence}
			switch s.State {
			case people.Done:
				p.Verdict = Found
				if !s.Since.IsZero() {
					if p.On = cadence.DateOf(s.Since, zone); p.On < window.From {
						p.Verdict = Earlier
					}
				}
			case people.Missing, people.Unclear:
				p.Verdict = Lacking
			case people.Due:
				p.Verdict, p.Reason = Exception, "Not yet due"+on(", due on ", s.Due)+". "+s.Reason
			default:
				p.Verdict = Exception
			}
			out = append(out, p)
		}
	}
	return out
}
