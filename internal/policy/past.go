package policy

import (
	"context"
	"slices"
	"time"

	"github.com/toucan-grc/toucan/internal/cadence"
	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/people"
)

// Shown returns every acknowledgement that some persons gave, in the caller's
// transaction, the oldest first.
func Shown(ctx context.Context, tx *db.Tx, org string, persons []string, _ time.Time) ([]people.Artefact, error) {
	given, err := given(ctx, tx, org, persons)
	out := make([]people.Artefact, len(given))
	for i, g := range given {
		out[i] = people.Artefact{Person: g.person, Check: people.PoliciesCheck, At: g.at, What: g.words, Leaf: g.id}
	}
	return out, err
}

// gave is an acknowledgement as the past is worked out of it.
type gave struct {
	id, policy, person, words string
	major                     int
	at                        time.Time
}

func given(ctx context.Context, tx *db.Tx, org string, persons []string) ([]gave, error) {
	args := []any{org}
	rows, err := tx.Query(ctx, `SELECT a.id, a.policy, v.title, v.major, v.minor, a.person, a.at FROM policy_acknowledgement a
		JOIN policy_version v ON v.org = a.org AND v.id = a.version WHERE a.org = $1 AND a.person IN (`+db.Among(&args, persons)+`) ORDER BY a.at, a.id`, args...)
	if err != nil {
		return nil, err
	}
	var out []gave
	return out, db.Each(rows, func(scan func(...any) error) error {
		var g gave
		var v Version
		var at int64
		err := scan(&g.id, &g.policy, &v.Title, &v.Major, &v.Minor, &g.person, &at)
		g.words, g.major, g.at = v.Words(), v.Major, db.Time(at)
		out = append(out, g)
		return err
	})
}

// Stood returns how some persons stood at a moment that has passed, in the caller's
// transaction: with the policies and settings of that moment, and by what they had
// acknowledged until then.
func Stood(ctx context.Context, tx *db.Tx, org string, roster *people.Roster, persons []string, at time.Time) ([]people.Standing, error) {
	now := Moment{At: at}
	var err error
	if now.Zone, err = zoneOf(ctx, tx, org); err != nil {
		return nil, err
	}
	now.Today = cadence.DateOf(at, now.Zone)
	err = tx.QueryRow(ctx, `SELECT due_days FROM policy_rule WHERE org = $1 AND at <= $2 ORDER BY at DESC, id DESC LIMIT 1`, org, db.Micros(at)).Scan(&now.Days)
	if now.Days == 0 {
		now.Days = defaultDays
	}
	if err := ignoreNone(err); err != nil {
		return nil, err
	}
	policies, err := readPolicies(ctx, tx, org, `AND s.at <= $2`, db.Micros(at))
	if err != nil {
		return nil, err
	}
	versions, err := readVersions(ctx, tx, org, false, `AND v.published_at > 0 AND v.published_at <= $2`, db.Micros(at))
	if err != nil {
		return nil, err
	}
	bound := boundAt(policies, versions, at)
	if len(bound) == 0 {
		return nil, nil
	}
	acknowledged, err := given(ctx, tx, org, persons)
	if err != nil {
		return nil, err
	}
	held, err := heldBy(ctx, tx, org, persons)
	if err != nil {
		return nil, err
	}
	return stood(bound, acknowledged, held, roster, persons, now), nil
}

func heldBy(ctx context.Context, tx *db.Tx, org string, persons []string) (map[string]string, error) {
	args := []any{org}
	rows, err := tx.Query(ctx, `SELECT id, marks FROM policy_person WHERE org = $1 AND id IN (`+db.Among(&args, persons)+`)`, args...)
	if err != nil {
		return nil, err
	}
	out := map[string]string{}
	return out, db.Each(rows, func(scan func(...any) error) error {
		var id, text string
		err := scan(&id, &text)
		out[id] = text
		return err
	})
}

// boundAt are the policies that had to be acknowledged at a moment.
func boundAt(policies []Policy, versions []Version, at time.Time) []Bound {
	of := map[string][]Version{}
	for _, v := range versions {
		v.State = Archived
		if v.InForceAt(at) {
			v.State = Published
		}
		of[v.Policy] = append(of[v.Policy], v)
	}
	var out []Bound
	for _, p := range policies {
		if p.ArchivedAt.After(at) {
			p.ArchivedAt = time.Time{}
		}
		if b, ok := boundOf(p, of[p.ID]); ok {
			out = append(out, b)
		}
	}
	return out
}

// stood works out how persons stood. A mark that is still there says since when they
// were asked; where it is gone because they acknowledged since, they had been asked
// when the version came into force or when they began, whichever was later.
func stood(bound []Bound, acknowledged []gave, held map[string]string, r Register, persons []string, now Moment) []people.Standing {
	var out []people.Standing
	a := audiencesOf(bound)
	for _, id := range persons {
		if !asks(r.StatusOn(id, now.Today)) {
			continue
		}
		start := r.StartOf(id, now.Today)
		present := readMarks(held[id], nil)
		var ms marks
		for _, b := range bound {
			m := mark{num: b.num, asked: b.Major, since: max(cadence.DateOf(b.From, now.Zone), start)}
			m.due = m.since + cadence.Date(now.Days)
			if x := present.find(b.num); x.asked == b.Major && x.since <= now.Today {
				m.since, m.due = x.since, x.due
			}
			for _, g := range acknowledged {
				if g.person == id && g.policy == b.Policy && !g.at.After(now.At) {
					m.acked, m.at = g.major, db.Micros(g.at)
				}
			}
			ms.put(m)
		}
		a.look(r, id)
		s, ok := sum(bound, a, ms, start, now)
		if !ok {
			s = people.Standing{Check: people.PoliciesCheck, State: people.NotAsked, Reason: "No policy in force has them in its audience."}
		}
		s.Person = id
		out = append(out, s)
	}
	return slices.Clip(out)
}
