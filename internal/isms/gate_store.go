package isms

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/cadence"
	"github.com/toucan-grc/toucan/internal/db"
)

// GateList is the gate of each audit that is still to come.
type GateList struct {
	Today cadence.Date
	Gates []Gate
	Plan  AuditPlan
	Asked Gate // of a date somebody asked about without entering it; no audit otherwise
}

// Gates judges the trail for every audit that is planned or booked, and for one that
// is only asked about: its kind and its day may be anything.
func (s *Store) Gates(ctx context.Context, who access.Actor, ask Engagement, now time.Time) (GateList, error) {
	if err := who.May(access.ViewISMS); err != nil {
		return GateList{}, err
	}
	var out GateList
	err := s.DB.Read(ctx, who.Org(), func(tx *db.Tx) error {
		c, err := readCycle(ctx, tx, who.Org(), now, gateKinds)
		if err != nil {
			return err
		}
		c.hideFrom(who)
		planned, err := plannedReviews(ctx, tx, who.Org())
		if err != nil {
			return err
		}
		out.Today, out.Plan = c.Today, AuditPlan{Today: c.Today, List: c.Engagements, Remarks: Remarks(c.Engagements, c.Today)}
		concerns, err := readConcerns(ctx, tx, who.Org(), c.Now)
		if err != nil {
			return err
		}
		out.Gates = c.gates(planned, concerns)
		if ask.From.Known() {
			if !ask.To.Known() {
				ask.To = ask.From
			}
			out.Asked = GateFor(ask, c.Trail, c.past(ask, planned, concerns), c.Today)
		}
		return nil
	})
	return out, err
}

// gateKinds are the kinds of evidence the gate asks for, and those that obligations
// speak of.
func gateKinds(c *cycle) []string {
	out := dutyKinds(c)
	for _, r := range GateRows() {
		out = append(out, r.Kinds...)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

func (c *cycle) gates(planned []cadence.Date, concerns []Concern) []Gate {
	var out []Gate
	for _, e := range c.Engagements {
		_, ok := stageOf(e.Kind)
		if ok && e.State != Held && e.State != Cancelled && e.Judged() >= c.Today {
			out = append(out, GateFor(e, c.Trail, c.past(e, planned, concerns), c.Today))
		}
	}
	slices.SortStableFunc(out, func(a, b Gate) int { return cmp.Compare(a.Audit.Judged(), b.Audit.Judged()) })
	return out
}
