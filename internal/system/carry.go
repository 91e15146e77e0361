package system

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/crosswalk"
	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/register"
)

// carrier takes the criteria of commitments from one edition of a framework to
// another: each commitment gets a version that names the new ones.
type carrier struct{ s *Store }

// Kind implements crosswalk.Carrier.
func (carrier) Kind() string { return "commitment" }

// Hanging implements crosswalk.Carrier.
func (carrier) Hanging(ctx context.Context, tx *db.Tx, org, framework string, _ time.Time) ([]crosswalk.Hanging, error) {
	list, err := commitmentKind.All(ctx, tx, org)
	var out []crosswalk.Hanging
	for _, c := range list {
		for _, r := range c.Refs() {
			if c.InUse() && r.Framework == framework {
				out = append(out, crosswalk.Hanging{Kind: "commitment", Requirement: r.ID, Text: c.Code})
			}
		}
	}
	return out, err
}

// carried is what an upgrade changed of one commitment.
type carried struct {
	ID     string   `json:"id"`
	Before []string `json:"before"`
	After  []string `json:"after"`
}

// Carry implements crosswalk.Carrier.
func (c carrier) Carry(ctx context.Context, tx *db.Tx, who access.Actor, p *crosswalk.UpgradePlan, now time.Time) (any, error) {
	list, err := commitmentKind.All(ctx, tx, who.Org())
	if err != nil {
		return nil, err
	}
	trace := []carried{}
	var next []Commitment
	for _, m := range list {
		if !m.InUse() {
			continue
		}
		var after []string
		for _, r := range m.Refs() {
			if r.Framework != p.From.Ref {
				after = append(after, r.Framework+":"+r.ID)
				continue
			}
			added, stays := p.Targets(r.ID)
			if stays {
				after = append(after, r.Framework+":"+r.ID)
			}
			for _, id := range added {
				after = append(after, p.To.Ref+":"+id)
			}
		}
		if after = register.Tidy(after); slices.Equal(after, m.Criteria) {
			continue
		}
		trace = append(trace, carried{m.ID, m.Criteria, after})
		m.Criteria = after
		next = append(next, m)
	}
	_, err = commitmentKind.Put(ctx, tx, c.s.writer(who, now), next)
	return trace, err
}

// Undo implements crosswalk.Carrier.
func (c carrier) Undo(ctx context.Context, tx *db.Tx, who access.Actor, _ *crosswalk.UpgradePlan, trace json.RawMessage, now time.Time) ([]string, error) {
	var moved []carried
	if err := json.Unmarshal(trace, &moved); err != nil {
		return nil, err
	}
	list, err := commitmentKind.All(ctx, tx, who.Org())
	if err != nil {
		return nil, err
	}
	var way []string
	var back []Commitment
	for _, m := range moved {
		i := slices.IndexFunc(list, func(x Commitment) bool { return x.ID == m.ID })
		switch {
		case i < 0 || !list[i].InUse():
		case !slices.Equal(list[i].Criteria, m.After):
			way = append(way, fmt.Sprintf("The criteria of %s were carried and somebody changed them since.", list[i].Code))
		default:
			list[i].Criteria = m.Before
			back = append(back, list[i])
		}
	}
	if len(way) > 0 {
		return way, nil
	}
	_, err = commitmentKind.Put(ctx, tx, c.s.writer(who, now), back)
	return nil, err
}
