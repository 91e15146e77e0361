package monitor

import (
	"context"
	"fmt"
	"slices"
	"strings"
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
	On       cadence.Date      // when it was done; no date without one
	Reason   string            // what it is, or why there is none
	Evidence []string          // ids of items
	Shown    []people.Artefact // inside the window, the newest first
}

// Sampled is what a window holds of one person.
type Sampled struct {
	Person people.Person
	Judged cadence.Date // the day it was judged on: the last of the window, or the person's last within it
	Why    string       // why nothing was asked of the person in the window at all; otherwise empty
	Picked []Picked
}

// Sample says for each of the persons what shows that they did what was asked, with
// a date inside the window, or names the exception. What is dated inside the window
// counts, whatever happened since. Beyond it, people are judged as of its last moment;
// who left or went on leave within it, as of their last day before; leaving always as
// of its end.
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
	days := map[cadence.Date][]string{} // whom to ask about as of which day
	for i, id := range persons {
		if out[i], err = placed(b.Roster, id, window); err != nil {
			return nil, err
		}
		if out[i].Why != "" {
			continue
		}
		days[out[i].Judged] = append(days[out[i].Judged], id)
		if out[i].Judged != window.To {
			days[window.To] = append(days[window.To], id)
		}
	}
	shown, stood, err := s.past(ctx, who.Org(), b, persons, days, now)
	if err != nil {
		return nil, err
	}
	for i, x := range out {
		if x.Why != "" {
			continue
		}
		said := func(c people.Check) (people.Standing, bool) {
			day := x.Judged
			if c == people.LeavingCheck {
				day = window.To
			}
			return worst(stood[day], x.Person.ID, c)
		}
		out[i].Picked = pick(said, shown[x.Person.ID], window, b.Zone)
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
		s.Judged = lastDay(r, id, window.To)
		if s.Judged < window.From {
			s.Why = "Left on " + dayWords(s.Judged) + ", before the window."
			return s, nil
		}
	case people.Future:
		s.Why = "Joined" + on(" on ", r.StartOf(id, window.To)) + ", after the window."
		return s, nil
	case people.OutOfScope:
		s.Why = "Out of scope: " + scopeReason(r, id, window.To)
		return s, nil
	case people.NotAPerson:
		s.Why = "An account of a machine or a team, not a person."
		return s, nil
	}
	// what was asked of them before they went away is not excused by it
	for day := s.Judged; day >= window.From && r.StatusOn(id, day) == people.OnLeave; day-- {
		if day > window.From && r.StatusOn(id, day-1) == people.Current {
			s.Judged = day - 1
		}
	}
	return s, nil
}

// lastDay is the last day of somebody who is gone on a day; they may be back since.
func lastDay(r *people.Roster, id string, day cadence.Date) cadence.Date {
	last := r.StintOn(id, day).To
	if last.Known() && last <= day {
		return last
	}
	last = 0
	for _, x := range r.Spans(id) {
		if x.Kind == people.Stint && x.To.Known() && x.To <= day {
			last = max(last, x.To)
		}
	}
	return last
}

func scopeReason(r *people.Roster, id string, day cadence.Date) string {
	for _, x := range r.Spans(id) {
		if x.Kind == people.NoScope && x.Has(day) {
			return x.Reason
		}
	}
	return "no reason is kept."
}

// past asks all parts what ever showed that the persons did something, by person, and
// how they stood at the end of days.
func (s *Store) past(ctx context.Context, org string, b *Board, persons []string, days map[cadence.Date][]string, now time.Time) (map[string][]people.Artefact, map[cadence.Date][]people.Standing, error) {
	shown, stood := map[string][]people.Artefact{}, map[cadence.Date][]people.Standing{}
	err := s.DB.Read(ctx, org, func(tx *db.Tx) error {
		for _, p := range s.Parts {
			if p.Shown == nil {
				continue
			}
			list, err := p.Shown(ctx, tx, org, persons, now)
			if err != nil {
				return err
			}
			for _, a := range list {
				shown[a.Person] = append(shown[a.Person], a)
			}
		}
		for day, of := range days {
			at := now
			if day < b.Day {
				at = day.End(b.Zone).Add(-time.Microsecond)
			}
			list, err := s.stood(ctx, tx, org, b.Roster, of, at)
			if err != nil {
				return err
			}
			stood[day] = Judge(list, b.Roster, b.Zone, at)
		}
		return nil
	})
	return shown, stood, err
}

// stood asks all parts how some persons stood at a moment.
func (s *Store) stood(ctx context.Context, tx *db.Tx, org string, r *people.Roster, persons []string, at time.Time) ([]people.Standing, error) {
	var out []people.Standing
	for _, p := range s.Parts {
		if p.Stood != nil {
			list, err := p.Stood(ctx, tx, org, r, persons, at)
			if err != nil {
				return nil, err
			}
			out = append(out, list...)
			continue
		}
		list, err := p.Ask(ctx, tx, org, r, at)
		if err != nil {
			return nil, err
		}
		for _, x := range list {
			if slices.Contains(persons, x.Person) {
				out = append(out, x)
			}
		}
	}
	return out, nil
}

// worst is how a person stands with a check; false when nobody asks it of them.
func worst(list []people.Standing, person string, c people.Check) (people.Standing, bool) {
	var out people.Standing
	for _, s := range list {
		if s.Person == person && s.Check == c && (out.Check == "" || worse(s.State, out.State)) {
			out = s
		}
	}
	return out, out.Check != ""
}

// pick says what a window holds of each check, given how the person stood at its end
// and all that ever showed something.
func pick(said func(people.Check) (people.Standing, bool), shown []people.Artefact, window cadence.Days, zone *time.Location) []Picked {
	var out []Picked
	for _, c := range people.Checks() {
		s, asked := said(c)
		var inside []people.Artefact
		for _, a := range shown {
			if a.Check == c && window.Has(cadence.DateOf(a.At, zone)) {
				inside = append(inside, a)
			}
		}
		if !asked && len(inside) == 0 {
			continue
		}
		slices.SortStableFunc(inside, func(a, b people.Artefact) int { return b.At.Compare(a.At) })
		out = append(out, judged(c, s, inside, window, zone))
	}
	return out
}

// judged weighs what a window holds of one check. One completion, decision or list
// is all that a check asks; of policies every one is asked.
func judged(c people.Check, s people.Standing, inside []people.Artefact, window cadence.Days, zone *time.Location) Picked {
	p := Picked{Check: c, Verdict: Exception, Reason: s.Reason, Shown: inside}
	for _, a := range inside {
		p.Evidence = append(p.Evidence, a.Evidence...)
	}
	switch {
	case len(inside) > 0 && (c != people.PoliciesCheck || s.State == people.Done):
		p.Verdict, p.On, p.Reason = Found, cadence.DateOf(inside[0].At, zone), named(inside)
		if s.State != people.Done && s.Reason != "" {
			p.Reason += " At the end of the window: " + s.Reason
		}
	case s.State == people.Done && !s.Since.IsZero():
		if p.Verdict, p.On, p.Evidence = Earlier, cadence.DateOf(s.Since, zone), s.Evidence; p.On >= window.From {
			p.Verdict, p.On, p.Evidence, p.Reason = Lacking, 0, nil, "What showed it does not stand any more. "+s.Reason
		}
	case s.State == people.Done:
		p.Verdict, p.Reason = Lacking, "Nothing dated was found in the window. "+s.Reason
	case s.State == people.Missing, s.State == people.Unclear:
		p.Verdict = Lacking
		if len(inside) == 0 {
			p.Reason = "Nothing was found in the window. " + s.Reason
		}
	case s.State == people.Due:
		p.Reason = "Not yet due" + on(", due on ", s.Due) + ". " + s.Reason
	}
	return p
}

// named lists what was found, at most three by name.
func named(list []people.Artefact) string {
	var words []string
	for _, a := range list[:min(3, len(list))] {
		words = append(words, a.What)
	}
	if n := len(list) - 3; n > 0 {
		words = append(words, fmt.Sprintf("and %d more", n))
	}
	return strings.Join(words, ", ") + "."
}
