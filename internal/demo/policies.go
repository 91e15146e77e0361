package demo

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/cadence"
	"github.com/toucan-grc/toucan/internal/people"
	"github.com/toucan-grc/toucan/internal/policy"
	"github.com/toucan-grc/toucan/internal/problem"
)

// chief is the chief executive, who approves what binds everybody.
const chief = "Lena Haddad"

// keepers says who holds the roles that policies name.
var keepers = map[string]string{
	"chief-executive": chief, "security-officer": "Mara Velasco", "privacy-officer": "Tomas Lind", "engineering-lead": "Ada Brandt", "people-lead": "Priya Raman",
}

// How the shipped templates stand that are not simply in force. Those for
// frameworks the company does not follow are left out.
const (
	drafted  = "isms-scope-and-management"
	waiting  = "internal-audit"
	approved = "corrective-action-and-improvement"
	revised  = "acceptable-use"    // version 2.0, two weeks ago
	unseen   = "vendor-management" // its review is overdue
)

var leftOut = []string{"hipaa-safeguards", "ai-governance"}

// signed are those that people acknowledge; it is enough to know the others.
var signed = []string{"acceptable-use", "code-of-conduct", "information-security", "secure-development"}

// own are documents the company wrote itself.
var own = []struct {
	title, body string
	month       int // of the history, in which it came into force
	audience    string
}{
	{"Clean Desk Rules", "## Purpose\n\nThese rules keep papers and screens out of sight.\n\n## Rules\n\nLock the screen when you leave your desk. Put papers into the cabinet in the evening.\n", 0, people.AllPersonnel},
	{"Backup Runbook", "## Purpose\n\nThis runbook tells the operations team how backups are made and kept.\n\n## Backups\n\nBackups are kept for 14 days.\n", 8, "engineering"},
	{"Log Store Standard", "## Purpose\n\nThis standard tells engineers how the log store is set up.\n\n## Retention\n\nAudit logs are kept for 6 months.\n", 6, "engineering"},
}

// policies plans the life of the documents.
func (t *story) policies() {
	day := t.in(0, 2)
	ids := map[string]string{} // of policies by slug
	var slugs []string
	for _, x := range policy.Templates() {
		if !slices.Contains(leftOut, x.Slug) && !slices.Contains([]string{drafted, waiting, approved}, x.Slug) {
			slugs = append(slugs, x.Slug)
		}
	}
	t.then(t.at(day, 9, 0), func(ctx context.Context, at time.Time) error {
		values := map[string]string{"company": Organisation, "product": "Meridian", "security_contact": "security@meridian.example", "privacy_contact": "privacy@meridian.example", "concerns_contact": "concerns@meridian.example"}
		if err := t.Policies.SetVariables(ctx, t.admin, values, at); err != nil {
			return err
		}
		return t.adopt(ctx, slugs, ids, at)
	})
	for _, slug := range slugs {
		t.enforce(slug, func() string { return ids[slug] }, day)
		if slug != unseen {
			t.meanwhile(t.at(t.in(11, 20), 14, 0), func(ctx context.Context, at time.Time) error {
				_, err := t.Policies.Reviewed(ctx, t.admin, ids[slug], t.in(11, 20), "Read against the present way of working; nothing has to change.", at)
				return err
			})
		}
	}
	t.written(ids)
	t.underway(ids)
	t.revise(ids)
	t.clash(ids)
}

// adopt makes drafts of templates; only some of them have to be acknowledged.
func (t *story) adopt(ctx context.Context, slugs []string, ids map[string]string, at time.Time) error {
	roles := map[string]string{}
	for role, person := range keepers {
		roles[role] = t.persons[person]
	}
	made, err := t.Policies.Adopt(ctx, t.admin, slugs, roles, at)
	if err != nil {
		return err
	}
	for _, p := range made {
		ids[p.Slug] = p.ID
		if p.Acknowledge && !slices.Contains(signed, p.Slug) {
			p.Acknowledge = false
			if err := t.Policies.Change(ctx, t.admin, p, at.Add(time.Minute)); err != nil {
				return err
			}
		}
	}
	return nil
}

// enforce plans that a draft is sent on a day, approved two days later by somebody
// else than its writer, and published the day after.
func (t *story) enforce(slug string, id func() string, day cadence.Date) {
	t.meanwhile(t.at(day, 11, 0), func(ctx context.Context, at time.Time) error {
		_, err := t.Policies.Submit(ctx, t.admin, id(), at)
		return named(slug, err)
	})
	t.meanwhile(t.at(day+2, 14, 0), func(ctx context.Context, at time.Time) error { return named(slug, t.agree(ctx, id(), at)) })
	t.meanwhile(t.at(day+3, 9, 0), func(ctx context.Context, at time.Time) error {
		_, err := t.Policies.Publish(ctx, t.admin, id(), at)
		return named(slug, err)
	})
}

func named(slug string, err error) error {
	if err != nil {
		return fmt.Errorf("policy %s: %w", slug, err)
	}
	return nil
}

// agree approves what waits: the approver the policy names, where they have an
// account that may, and otherwise the head of security.
func (t *story) agree(ctx context.Context, id string, at time.Time) error {
	f, err := t.Policies.Find(ctx, t.admin, id, at)
	if err != nil {
		return err
	}
	who := t.actors["Mara Velasco"]
	if f.Approver == t.persons[chief] {
		who = t.actors[chief]
	}
	_, err = t.Policies.Decide(ctx, who, id, true, "", at)
	return err
}

// written plans the documents the company wrote itself, and the end of one of them.
func (t *story) written(ids map[string]string) {
	for _, o := range own {
		day := t.in(o.month, 2)
		slug := strings.ReplaceAll(strings.ToLower(o.title), " ", "-")
		t.then(t.at(day, 9, 30), func(ctx context.Context, at time.Time) error {
			p := policy.Policy{Title: o.title, Owner: t.persons["Ada Brandt"], Approver: t.persons["Mara Velasco"], Audience: []string{o.audience}, ReviewEvery: 24}
			p, err := t.Policies.Create(ctx, t.admin, p, o.body, at)
			ids[slug] = p.ID
			return err
		})
		t.enforce(slug, func() string { return ids[slug] }, day)
	}
	t.then(t.at(t.in(9, 10), 11, 0), func(ctx context.Context, at time.Time) error {
		return t.Policies.Archive(ctx, t.admin, ids["clean-desk-rules"], "What it asked for stands in the Physical Security Policy and the Acceptable Use Policy.", at)
	})
}

// underway are three that are not in force yet.
func (t *story) underway(ids map[string]string) {
	t.then(t.at(t.today-21, 10, 0), func(ctx context.Context, at time.Time) error {
		return t.adopt(ctx, []string{drafted, waiting, approved}, ids, at)
	})
	t.then(t.at(t.today-8, 10, 0), func(ctx context.Context, at time.Time) error {
		for _, slug := range []string{waiting, approved} {
			if _, err := t.Policies.Submit(ctx, t.admin, ids[slug], at); err != nil {
				return named(slug, err)
			}
		}
		return nil
	})
	t.then(t.at(t.today-3, 15, 0), func(ctx context.Context, at time.Time) error { return t.agree(ctx, ids[approved], at) })
}

// revise makes version 2.0 of one that everybody has acknowledged.
func (t *story) revise(ids map[string]string) {
	day := t.today - 17
	t.then(t.at(day, 9, 0), func(ctx context.Context, at time.Time) error {
		f, err := t.Policies.Find(ctx, t.admin, ids[revised], at)
		if err != nil {
			return err
		}
		v, ok := f.InForce()
		if !ok {
			return fmt.Errorf("%s is not in force", revised)
		}
		body := v.Body + "\n## Assistants that write\n\nDo not enter customer data into an assistant that the company has not approved.\n"
		_, err = t.Policies.Save(ctx, t.admin, ids[revised], policy.Text{Body: body, Change: "New rules for assistants that write text or code.", Material: true}, at)
		return err
	})
	t.enforce(revised, func() string { return ids[revised] }, day)
}

// clash plans that one of two contradictions is decided; the other is still open.
func (t *story) clash(ids map[string]string) {
	t.then(t.at(t.in(6, 20), 10, 0), func(ctx context.Context, at time.Time) error {
		list, err := t.Policies.Conflicts(ctx, t.admin, nil)
		if err != nil {
			return err
		}
		for _, c := range list {
			if c.Pair.First != ids["log-store-standard"] && c.Pair.Second != ids["log-store-standard"] {
				continue
			}
			governing := ids["logging-and-monitoring"]
			if c.Pair.First != governing && c.Pair.Second != governing {
				governing = c.Pair.First
				if governing == ids["log-store-standard"] {
					governing = c.Pair.Second
				}
			}
			d := policy.Decision{Pair: c.Pair, Choice: policy.OneGoverns, Governing: governing, Reason: "The policy holds; the standard describes the store of the test system and is being rewritten."}
			if err := t.Policies.DecideConflicts(ctx, t.admin, []policy.Decision{d}, nil, at); err != nil {
				return err
			}
		}
		return nil
	})
}

// reads plans that somebody opens their policies on a day and acknowledges what is
// asked; every second of them did so again once version 2.0 was out.
func (t *story) reads(name string, day cadence.Date) {
	if name == newcomer {
		return
	}
	t.meanwhile(t.at(t.workday(day+3), 13, 20), func(ctx context.Context, at time.Time) error { return t.acknowledge(ctx, name, at) })
	if hash(name)%2 == 0 {
		t.meanwhile(t.at(t.today-12+cadence.Date(hash(name)%10), 9, 40), func(ctx context.Context, at time.Time) error { return t.acknowledge(ctx, name, at) })
	}
}

func (t *story) acknowledge(ctx context.Context, name string, at time.Time) error {
	who, ok := t.actor(name)
	if !ok {
		return nil
	}
	shelf, err := t.Policies.Mine(ctx, who, at)
	if err != nil {
		return named("of "+name, err)
	}
	for _, i := range shelf.Items {
		if !i.Asked() {
			continue
		}
		err := t.Policies.Acknowledge(ctx, who, i.Policy, i.Version.ID, at)
		if err != nil && problem.Of(err).Code != problem.Forbidden {
			return named(i.Slug+" of "+name, err)
		}
	}
	return nil
}

func (t *story) actor(name string) (access.Actor, bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	who, ok := t.actors[name]
	return who, ok
}
