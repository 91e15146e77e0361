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
		out.Gates = c.gates(planned)
		if ask.From.Known() {
			if !ask.To.Known() {
				ask.To = ask.From
			}
			out.Asked = GateFor(ask, c.Trail, c.since(ask), c.Today, planned)
		}
		return nil
	})
	return out, err
}

// gateKinds are the kinds of evidence the gate asks for.
func gateKinds(*cycle) []string {
	var out []string
	for _, r := range GateRows() {
		out = append(out, r.Kinds...)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

func (c *cycle) gates(planned []cadence.Date) []Gate {
	var out []Gate
	for _, e := range c.Engagements {
		_, ok := StageOf(e.Kind)
		if ok && e.State != Held && e.State != Cancelled && e.Judged() >= c.Today {
			out = append(out, GateFor(e, c.Trail, c.since(e), c.Today, planned))
		}
	}
	slices.SortStableFunc(out, func(a, b Gate) int { return cmp.Compare(a.Audit.Judged(), b.Audit.Judged()) })
	return out
}

// since is the first day whose records count for an audit: after the last visit that
// was held, for a surveillance visit; otherwise all count.
func (c *cycle) since(e Engagement) cadence.Date {
	if e.Kind != Surveillance {
		return 0
	}
	var last cadence.Date
	for _, x := range c.Engagements {
		if x.State == Held && x.From < e.From && (x.Kind == StageTwo || x.Kind == Surveillance || x.Kind == Recertification) {
			last = max(last, x.To+1)
		}
	}
	return last
}
