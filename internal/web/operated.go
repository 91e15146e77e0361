package web

import (
	"context"
	"slices"
	"time"

	"github.com/toucan-grc/toucan/internal/control"
	"github.com/toucan-grc/toucan/internal/posture"
	"github.com/toucan-grc/toucan/internal/standing"
)

// operatedCard is how one control was carried out over the last twelve months.
type operatedCard struct {
	State  posture.State
	Why    []string
	Year   year
	Rhythm string
	To     string // the window explorer, with the same days
}

// operatedOf works it out; nil when the control is not there any more.
func (s *Server) operatedOf(ctx context.Context, who visitor, id string, now time.Time) (*operatedCard, error) {
	st, err := s.Standing.Open(ctx, who.Actor, now)
	if err != nil {
		return nil, err
	}
	o, ok := st.Of(id)
	if !ok {
		return nil, nil
	}
	asked := standing.Asked{Window: lastYear(st.Zones.DateOf(now) + 1)}
	if followsEvents(&o) {
		asked.Window = lastYear(st.Zones.DateOf(now)) // of a day that is not over nobody has a list yet
	}
	q := st.Question(asked, now)
	said := posture.Ask(q).Of(&o)
	return &operatedCard{said.State, said.Why, yearOf(&o, said, q, asked.Window), rhythmWords(&o, asked.Window),
		windowQuery{From: asked.Window.From.String(), To: asked.Window.To.String(), Text: o.Code}.at(orgPath(who.Slug(), "window"))}, nil
}

// followsEvents reports whether a control acts when something happens, and at no
// interval: then it is judged by the days that lists of what happened speak of.
func followsEvents(o *posture.Operation) bool {
	return o.Kind == control.Event && !slices.ContainsFunc(o.Rhythms, func(r posture.Rhythm) bool { return r.Every.Known() })
}

// operatedSums counts how all controls operated over the last twelve months.
type operatedSums struct {
	Of     int
	States []counted
	To     string
	addrs  map[string]string
}

func (s *Server) operatedSums(ctx context.Context, who visitor, now time.Time) (*operatedSums, error) {
	st, err := s.Standing.Open(ctx, who.Actor, now)
	if err != nil {
		return nil, err
	}
	asked := standing.Asked{Window: lastYear(st.Zones.DateOf(now))}
	answer := st.Answer(asked, now)
	n := map[posture.State]int{}
	out := &operatedSums{To: orgPath(who.Slug(), "window"), addrs: map[string]string{}}
	for i, state := range answer.States {
		if st.Lives[i].Retired.IsZero() {
			n[state]++
			out.Of++
		}
	}
	for _, state := range standing.Concerns() {
		if n[state] > 0 {
			c := counted{operationMark(state), withState(n[state], state), n[state]}
			out.States = append(out.States, c)
			out.addrs[c.Mark] = query(out.To, "state", string(state))
		}
	}
	return out, nil
}
