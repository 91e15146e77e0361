package risk

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/crosswalk"
	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/framework"
)

// carrier takes the links of risks to requirements from one edition of a framework
// to another.
type carrier struct{ s *Store }

// Kind implements crosswalk.Carrier.
func (carrier) Kind() string { return "risk" }

// carriedLink is a link to a requirement in force.
type carriedLink struct {
	risk, code string
	link       Link
}

func linksOn(ctx context.Context, tx *db.Tx, org, id string) ([]carriedLink, error) {
	rows, err := tx.Query(ctx, `SELECT l.id, l.risk, r.num, l.requirement FROM risk_link l JOIN risk r ON r.org = l.org AND r.id = l.risk
		WHERE l.org = $1 AND l.framework = $2 AND l.kind = 'requirement' AND l.to_at IS NULL ORDER BY r.num, l.id`, org, id)
	if err != nil {
		return nil, err
	}
	var out []carriedLink
	err = db.Each(rows, func(scan func(...any) error) error {
		c := carriedLink{link: Link{Kind: ToRequirement, Requirement: framework.Ref{Framework: id}}}
		var num int
		err := scan(&c.link.ID, &c.risk, &num, &c.link.Requirement.ID)
		c.code = codeOf(num)
		out = append(out, c)
		return err
	})
	return out, err
}

// Hanging implements crosswalk.Carrier.
func (carrier) Hanging(ctx context.Context, tx *db.Tx, org, id string, _ time.Time) ([]crosswalk.Hanging, error) {
	links, err := linksOn(ctx, tx, org, id)
	var out []crosswalk.Hanging
	for _, l := range links {
		out = append(out, crosswalk.Hanging{Kind: "risk", Requirement: l.link.Requirement.ID, Text: "risk " + l.code})
	}
	return out, err
}

// carriedFact is what the log says of links an upgrade carried, and what Undo needs.
type carriedFact struct {
	Risk  string    `json:"risk"`
	Code  string    `json:"code"`
	Ended []refFact `json:"ended"`
	Added []refFact `json:"added"`
}

type refFact struct {
	Framework   string `json:"framework"`
	Requirement string `json:"requirement"`
}

// Carry implements crosswalk.Carrier.
func (c carrier) Carry(ctx context.Context, tx *db.Tx, who access.Actor, p *crosswalk.UpgradePlan, now time.Time) (any, error) {
	links, err := linksOn(ctx, tx, who.Org(), p.From.Ref)
	if err != nil {
		return nil, err
	}
	trace := []carriedFact{}
	for _, l := range links {
		added, stays := p.Targets(l.link.Requirement.ID)
		if stays && len(added) == 0 {
			continue
		}
		if n := len(trace); n == 0 || trace[n-1].Risk != l.risk {
			trace = append(trace, carriedFact{Risk: l.risk, Code: l.code, Ended: []refFact{}, Added: []refFact{}})
		}
		f := &trace[len(trace)-1]
		if !stays {
			f.Ended = append(f.Ended, refFact{l.link.Requirement.Framework, l.link.Requirement.ID})
		}
		for _, id := range added {
			f.Added = append(f.Added, refFact{p.To.Ref, id})
		}
	}
	for i := range trace {
		if err := c.move(ctx, tx, who, &trace[i], now); err != nil {
			return nil, err
		}
	}
	return trace, nil
}

// move ends and adds links of a risk. What it is linked to already is not added, and
// f says so afterwards.
func (c carrier) move(ctx context.Context, tx *db.Tx, who access.Actor, f *carriedFact, now time.Time) error {
	now = moment(now)
	for _, r := range f.Ended {
		_, err := tx.Exec(ctx, `UPDATE risk_link SET to_at = $5 WHERE org = $1 AND risk = $2 AND kind = 'requirement' AND framework = $3 AND requirement = $4 AND to_at IS NULL`,
			who.Org(), f.Risk, r.Framework, r.Requirement, db.Micros(now))
		if err != nil {
			return err
		}
	}
	have, err := openRefs(ctx, tx, who.Org(), f.Risk)
	if err != nil {
		return err
	}
	rows := db.Into(`risk_link (org, id, risk, kind, target, framework, requirement, nature, from_at, account)`)
	kept := []refFact{}
	for _, r := range f.Added {
		if have[r] {
			continue
		}
		have[r] = true
		kept = append(kept, r)
		rows.Add(who.Org(), newID(), f.Risk, string(ToRequirement), "", r.Framework, r.Requirement, "", db.Micros(now), who.Account())
	}
	f.Added = kept
	if err := rows.Insert(ctx, tx); err != nil {
		return err
	}
	return c.s.record(ctx, tx, who.Org(), who.Account(), now, act{f.Risk, kindCarried, *f})
}

func openRefs(ctx context.Context, tx *db.Tx, org, risk string) (map[refFact]bool, error) {
	rows, err := tx.Query(ctx, `SELECT framework, requirement FROM risk_link WHERE org = $1 AND risk = $2 AND kind = 'requirement' AND to_at IS NULL`, org, risk)
	if err != nil {
		return nil, err
	}
	out := map[refFact]bool{}
	err = db.Each(rows, func(scan func(...any) error) error {
		var r refFact
		err := scan(&r.Framework, &r.Requirement)
		out[r] = true
		return err
	})
	return out, err
}

// Undo implements crosswalk.Carrier.
func (c carrier) Undo(ctx context.Context, tx *db.Tx, who access.Actor, p *crosswalk.UpgradePlan, trace json.RawMessage, now time.Time) ([]string, error) {
	var moved []carriedFact
	if err := json.Unmarshal(trace, &moved); err != nil {
		return nil, err
	}
	var way []string
	for _, m := range moved {
		have, err := openRefs(ctx, tx, who.Org(), m.Risk)
		if err != nil {
			return nil, err
		}
		for _, r := range m.Added {
			if !have[r] {
				way = append(way, fmt.Sprintf("The link of %s to %s was carried, and somebody ended it since.", m.Code, framework.Ref{Framework: r.Framework, ID: r.Requirement}.Words()))
			}
		}
		back := carriedFact{Risk: m.Risk, Code: m.Code, Ended: m.Added, Added: m.Ended}
		if err := c.move(ctx, tx, who, &back, now); err != nil {
			return nil, err
		}
	}
	if !p.InPlace() {
		return way, nil
	}
	// with the older content in force, these would point at nothing
	links, err := linksOn(ctx, tx, who.Org(), p.From.Ref)
	for _, l := range links {
		if _, ok := p.Old.Find(l.link.Requirement.ID); !ok {
			way = append(way, fmt.Sprintf("%s was linked to %s since, which the older edition does not have.", l.code, l.link.Requirement.Words()))
		}
	}
	return way, err
}
