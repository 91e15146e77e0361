package approval

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/ledger"
	"github.com/toucan-grc/toucan/internal/problem"
)

// Policy says who signs off one kind of thing, from a moment on.
type Policy struct {
	About
	Tiers  []Tier // in order; empty: nobody has to agree
	Chosen bool   // somebody chose it; otherwise it is the one that ships
	At     time.Time
	ByName string
}

const (
	maxTiers = 4
	maxNeed  = 10
)

// policyAt returns the policy of a kind at a moment.
func policyAt(ctx context.Context, tx *db.Tx, org string, about About, at time.Time) (Policy, error) {
	p := Policy{About: about, Tiers: about.Ships}
	var tiers string
	var since int64
	err := tx.QueryRow(ctx, `
		SELECT p.tiers, p.at, coalesce(a.name, '') FROM approval_policy p LEFT JOIN account a ON a.id = p.account
		WHERE p.org = $1 AND p.kind = $2 AND p.at <= $3 ORDER BY p.at DESC, p.id DESC LIMIT 1`, org, string(about.Kind), db.Micros(at)).Scan(&tiers, &since, &p.ByName)
	if errors.Is(err, sql.ErrNoRows) {
		return p, nil
	}
	if err != nil {
		return p, err
	}
	p.Chosen, p.At, p.Tiers = true, db.Time(since), nil
	if err := json.Unmarshal([]byte(tiers), &p.Tiers); err != nil {
		return p, fmt.Errorf("a policy of approvals cannot be read: %w", err)
	}
	return p, nil
}

// Policies returns the policy of every kind at a moment, and who may decide about
// what: every member, by name.
func (s *Store) Policies(ctx context.Context, who access.Actor, at time.Time) ([]Policy, []Member, error) {
	if err := who.May(access.ViewPosture); err != nil {
		return nil, nil, err
	}
	var out []Policy
	var members []Member
	err := s.db.Read(ctx, who.Org(), func(tx *db.Tx) (err error) {
		for _, about := range kinds {
			p, err := policyAt(ctx, tx, who.Org(), about, at)
			if err != nil {
				return err
			}
			out = append(out, p)
		}
		members, err = membersOf(ctx, tx, who.Org())
		return err
	})
	return out, members, err
}

// policyFact is what the log says of a policy.
type policyFact struct {
	Kind  Kind   `json:"kind"`
	Tiers []Tier `json:"tiers"`
}

// SetPolicy says who signs off a kind of thing from now on. What waits already
// keeps the policy it was asked under. A step that asks for more people than may
// decide in it is refused.
func (s *Store) SetPolicy(ctx context.Context, who access.Actor, kind Kind, tiers []Tier, now time.Time) error {
	if err := who.May(access.ManageApprovals); err != nil {
		return err
	}
	about, ok := Find(kind)
	if !ok {
		return problem.New(problem.NotFound, "There is nothing of this kind to be signed off.")
	}
	now = now.UTC().Truncate(time.Microsecond)
	return s.db.Write(ctx, who.Org(), db.People, func(ctx context.Context, tx *db.Tx) error {
		members, err := membersOf(ctx, tx, who.Org())
		if err != nil {
			return err
		}
		if tiers, err = checked(about, tiers, members); err != nil {
			return err
		}
		have, err := policyAt(ctx, tx, who.Org(), about, now)
		if err != nil || have.Chosen && slices.EqualFunc(have.Tiers, tiers, Tier.same) {
			return err
		}
		content, err := json.Marshal(tiers)
		if err != nil {
			return err
		}
		id, salt := newID(), ledger.Salt()
		_, err = tx.Exec(ctx, `INSERT INTO approval_policy (org, id, kind, tiers, at, account, salt) VALUES ($1, $2, $3, $4, $5, $6, $7)`,
			who.Org(), id, string(kind), string(content), db.Micros(now), who.Account(), salt)
		if err != nil {
			return err
		}
		return s.log.Append(ctx, tx, ledger.Leaf{Org: who.Org(), At: now, Actor: who.Account(), Kind: "approval.policy", ID: id, Salt: salt, Payload: policyFact{kind, tiers}})
	})
}

func (t Tier) same(u Tier) bool {
	return t.Need == u.Need && slices.Equal(t.Roles, u.Roles) && slices.Equal(t.Accounts, u.Accounts)
}

// checked returns the steps as they are kept, or says which cannot work.
func checked(about About, tiers []Tier, members []Member) ([]Tier, error) {
	out := []Tier{}
	if len(tiers) > maxTiers {
		return nil, problem.Field("tiers", fmt.Sprintf("An approval has %d steps at most.", maxTiers))
	}
	if about.Always && len(tiers) == 0 {
		return nil, problem.Field("tiers", "Somebody has to decide about this. Ask for one person at least.")
	}
	for i, t := range tiers {
		field := fmt.Sprintf("need-%d", i+1)
		if t.Need < 1 || t.Need > maxNeed {
			return nil, problem.Field(field, fmt.Sprintf("Step %d: say how many people have to agree, 1 to %d.", i+1, maxNeed))
		}
		for _, r := range t.Roles {
			if !access.Allowed(r, about.Action) {
				return nil, problem.Field(field, fmt.Sprintf("Step %d: the role %s may not decide this at all. Choose another.", i+1, r.Label()))
			}
		}
		able := map[string]bool{}
		for _, m := range members {
			if access.Allowed(m.Role, about.Action) {
				able[m.Account] = t.admits(m)
			}
		}
		n := 0
		for _, admitted := range able {
			if admitted {
				n++
			}
		}
		for _, a := range t.Accounts {
			if _, ok := able[a]; !ok {
				return nil, problem.Field(field, fmt.Sprintf("Step %d names somebody who may not decide this. Give them another role first, or leave them out.", i+1))
			}
		}
		if n < t.Need {
			return nil, problem.Field(field, fmt.Sprintf("Step %d asks for %d people, and %d who are members may decide in it. Ask for fewer, or invite more.", i+1, t.Need, n))
		}
		slices.Sort(t.Roles)
		slices.Sort(t.Accounts)
		out = append(out, Tier{t.Need, slices.Compact(t.Roles), slices.Compact(t.Accounts)})
	}
	return out, nil
}
