package policy

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/ledger"
	"github.com/toucan-grc/toucan/internal/problem"
)

const (
	maxVariables = 200
	maxValue     = 500
)

// values reads what the organisation filled in.
func values(ctx context.Context, tx *db.Tx, org string) (map[string]Variable, error) {
	rows, err := tx.Query(ctx, `SELECT name, value, at FROM policy_variable WHERE org = $1 ORDER BY at, id`, org)
	if err != nil {
		return nil, err
	}
	out := map[string]Variable{}
	err = db.Each(rows, func(scan func(...any) error) error {
		var v Variable
		var at int64
		err := scan(&v.Name, &v.Value, &at)
		v.At = db.Time(at)
		out[v.Name] = v
		return err
	})
	return out, err
}

// Filler returns how a text with variables is filled in with the values of an
// organisation now, in the caller's transaction, for nouns that keep such texts
// beside the policies.
func Filler(ctx context.Context, tx *db.Tx, org string) (func(text string) (filled string, unfilled []string), error) {
	have, err := values(ctx, tx, org)
	if err != nil {
		return nil, err
	}
	plain := map[string]string{}
	for name, v := range have {
		plain[name] = v.Value
	}
	return func(text string) (string, []string) { return Fill(text, plain) }, nil
}

// valuesFor returns the values for the text of one policy: those of the
// organisation, and its owner and approver, by their title or else by name.
func valuesFor(ctx context.Context, tx *db.Tx, org string, p Policy) (map[string]string, error) {
	have, err := values(ctx, tx, org)
	if err != nil {
		return nil, err
	}
	out := map[string]string{}
	for name, v := range have {
		out[name] = v.Value
	}
	for name, id := range map[string]string{ownerVariable: p.Owner, approverVariable: p.Approver} {
		var person, title string
		if err := ignoreNone(tx.QueryRow(ctx, `SELECT name, title FROM person WHERE org = $1 AND id = $2`, org, id).Scan(&person, &title)); err != nil {
			return nil, err
		}
		out[name] = cmp.Or(title, person)
	}
	return out, nil
}

// Variables returns what stands in the place of variables: those that ship, those
// that texts use, and those filled in. Owner and approver are not among them; each
// policy has its own.
func (s *Store) Variables(ctx context.Context, who access.Actor) ([]Variable, error) {
	if err := who.May(access.ViewPolicies); err != nil {
		return nil, err
	}
	var out []Variable
	err := s.db.Read(ctx, who.Org(), func(tx *db.Tx) error {
		have, err := values(ctx, tx, who.Org())
		if err != nil {
			return err
		}
		used, err := used(ctx, tx, who.Org())
		if err != nil {
			return err
		}
		for _, n := range variables() {
			if n.ID != ownerVariable && n.ID != approverVariable {
				v := have[n.ID]
				delete(have, n.ID)
				out = append(out, Variable{Name: n.ID, Label: n.Label, Example: n.About, Value: v.Value, At: v.At, Used: used[n.ID]})
				delete(used, n.ID)
			}
		}
		for name := range used {
			if _, ok := have[name]; !ok {
				have[name] = Variable{Name: name}
			}
		}
		for _, name := range slices.Sorted(maps.Keys(have)) {
			v := have[name]
			if v.Used = used[name]; v.Value != "" || len(v.Used) > 0 {
				out = append(out, v)
			}
		}
		return nil
	})
	return out, err
}

// used says which policies have which variables in their newest text.
func used(ctx context.Context, tx *db.Tx, org string) (map[string][]string, error) {
	rows, err := tx.Query(ctx, `SELECT p.slug, v.policy, v.body FROM policy_version v JOIN policy p ON p.org = v.org AND p.id = v.policy
		WHERE v.org = $1 AND p.archived_at = 0 AND v.state IN ('draft', 'in_approval', 'approved', 'published') ORDER BY p.slug, v.major DESC, v.minor DESC`, org)
	if err != nil {
		return nil, err
	}
	out, last := map[string][]string{}, ""
	err = db.Each(rows, func(scan func(...any) error) error {
		var slug, policy, body string
		if err := scan(&slug, &policy, &body); err != nil || policy == last {
			return err
		}
		last = policy
		for _, name := range VariablesOf(body) {
			if name != ownerVariable && name != approverVariable {
				out[name] = append(out[name], slug)
			}
		}
		return nil
	})
	return out, err
}

// variablesFact is what the log says of values.
type variablesFact struct {
	Names  []string `json:"names"`
	Values []string `json:"values"`
}

// SetVariables fills in values from now on; an empty one takes it away. Texts that
// were sent for approval or published keep the values they had.
func (s *Store) SetVariables(ctx context.Context, who access.Actor, next map[string]string, now time.Time) error {
	if err := who.May(access.ManagePolicies); err != nil {
		return err
	}
	now = moment(now)
	return s.db.Write(ctx, who.Org(), db.People, func(ctx context.Context, tx *db.Tx) error {
		have, err := values(ctx, tx, who.Org())
		if err != nil {
			return err
		}
		var f variablesFact
		id, salt := newID(), ledger.Salt()
		rows := db.Into(`policy_variable (org, id, name, value, at, account, salt)`)
		for _, name := range slices.Sorted(maps.Keys(next)) {
			value, err := db.Line(name, "The value", next[name], maxValue)
			if err != nil {
				return err
			}
			if braces.FindString("{{"+name+"}}") == "" || name == ownerVariable || name == approverVariable {
				return problem.Field("name", "A variable has a name of letters, figures and _, and owner and approver are chosen for each policy. Change the name.")
			}
			if strings.Contains(value, "{{") {
				return problem.Field(name, "A value is plain text: it cannot hold a variable itself.")
			}
			if value != have[name].Value {
				row := id
				if rows.Len() > 0 {
					row = newID()
				}
				rows.Add(who.Org(), row, name, value, db.Micros(now), who.Account(), salt)
				f.Names, f.Values = append(f.Names, name), append(f.Values, value)
			}
		}
		if rows.Len() == 0 {
			return nil
		}
		if len(have)+rows.Len() > maxVariables {
			return problem.Field("name", fmt.Sprintf("More than %d variables do not fit. Write the value into the texts instead.", maxVariables))
		}
		if err := rows.Insert(ctx, tx); err != nil {
			return err
		}
		return s.log.Append(ctx, tx, ledger.Leaf{Org: who.Org(), At: now, Actor: who.Account(), Kind: variablesKind, ID: id, Salt: salt, Payload: f})
	})
}

// defaultDays is how long people have to acknowledge while nobody chose otherwise.
const defaultDays = 30

// daysOf is how many days people have to acknowledge a policy.
func daysOf(ctx context.Context, tx *db.Tx, org string) (int, error) {
	days := defaultDays
	err := tx.QueryRow(ctx, `SELECT due_days FROM policy_rule WHERE org = $1 ORDER BY at DESC, id DESC LIMIT 1`, org).Scan(&days)
	return days, ignoreNone(err)
}

// Days returns how many days people have to acknowledge a policy from the day they
// are asked.
func (s *Store) Days(ctx context.Context, who access.Actor) (int, error) {
	if err := who.May(access.OwnPolicies); err != nil {
		return 0, err
	}
	var days int
	err := s.db.Read(ctx, who.Org(), func(tx *db.Tx) (err error) {
		days, err = daysOf(ctx, tx, who.Org())
		return err
	})
	return days, err
}

// ruleFact is what the log says of the time people have.
type ruleFact struct {
	DueDays int `json:"due_days"`
}

// SetDays says how many days people have from now on. Who was asked already keeps
// the day they were told.
func (s *Store) SetDays(ctx context.Context, who access.Actor, days int, now time.Time) error {
	if err := who.May(access.ManagePolicies); err != nil {
		return err
	}
	if days < 1 || days > 180 {
		return problem.Field("days", "Give people 1 to 180 days to acknowledge a policy.")
	}
	now = moment(now)
	return s.db.Write(ctx, who.Org(), db.People, func(ctx context.Context, tx *db.Tx) error {
		have, err := daysOf(ctx, tx, who.Org())
		if err != nil || have == days {
			return err
		}
		id, salt := newID(), ledger.Salt()
		_, err = tx.Exec(ctx, `INSERT INTO policy_rule (org, id, due_days, at, account, salt) VALUES ($1, $2, $3, $4, $5, $6)`, who.Org(), id, days, db.Micros(now), who.Account(), salt)
		if err != nil {
			return err
		}
		return s.log.Append(ctx, tx, ledger.Leaf{Org: who.Org(), At: now, Actor: who.Account(), Kind: ruleKind, ID: id, Salt: salt, Payload: ruleFact{days}})
	})
}
