package people

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/ledger"
	"github.com/toucan-grc/toucan/internal/problem"
	"github.com/toucan-grc/toucan/internal/sheet"
)

const maxGroups = 200

// isShipped reports whether a key is that of a group that is always there.
func isShipped(key string) bool {
	return slices.ContainsFunc(Shipped(), func(g Group) bool { return g.Key == key })
}

// checked returns a group as it is kept, or an Invalid problem.
func (g Group) checked() (Group, error) {
	var err error
	if g.Label, err = db.Line("label", "The name", g.Label, 60); err != nil {
		return g, err
	}
	if g.Label == "" {
		return g, problem.Field("label", "Say what the group is called.")
	}
	if g.About, err = db.Line("about", "The description", g.About, 200); err != nil {
		return g, err
	}
	for _, k := range g.Kinds {
		if k != Employee && k != Contractor {
			return g, problem.Field("kinds", "Choose employees or contractors. A service account is added by hand.")
		}
	}
	for _, f := range g.Functions {
		if Label(f) == f {
			return g, problem.Field("functions", "Choose functions of those listed.")
		}
	}
	g.Kinds, g.Functions = slices.Compact(slices.Sorted(slices.Values(g.Kinds))), slices.Compact(slices.Sorted(slices.Values(g.Functions)))
	return g, nil
}

// groupFact is what the log says of a group.
type groupFact struct {
	Label     string   `json:"label"`
	About     string   `json:"about"`
	Everyone  bool     `json:"everyone"`
	Managers  bool     `json:"managers"`
	Kinds     []Kind   `json:"kinds"`
	Functions []string `json:"functions"`
	Closed    bool     `json:"closed,omitempty"`
}

// PutGroup makes a group, or changes the name and the rule of one made here; with
// an empty key it is a new one. Who is in it by hand stays. The groups that ship
// keep their rules.
func (s *Store) PutGroup(ctx context.Context, who access.Actor, g Group, now time.Time) (Group, error) {
	if err := who.May(access.ManagePeople); err != nil {
		return Group{}, err
	}
	g, err := g.checked()
	if err != nil {
		return Group{}, err
	}
	if isShipped(g.Key) {
		return Group{}, problem.New(problem.Conflict, "The rule of %s is fixed. Add people to it by hand, or make a group of your own.", g.Key)
	}
	err = s.db.Write(ctx, who.Org(), db.People, func(ctx context.Context, tx *db.Tx) error {
		all, err := readGroups(ctx, tx, who.Org())
		if err != nil {
			return err
		}
		for _, x := range all {
			if x.Key != g.Key && sheet.Key(x.Label) == sheet.Key(g.Label) {
				return &problem.Error{Code: problem.Conflict, Field: "label", Text: "There is a group of this name already. Choose another name."}
			}
		}
		fresh := g.Key == ""
		switch {
		case fresh && len(all) >= maxGroups+len(Shipped()):
			return problem.New(problem.Conflict, "There are %d groups made here, and more do not fit. Close one that is not needed.", maxGroups)
		case fresh:
			g.Key = uuid.Must(uuid.NewV7()).String()
		case !slices.ContainsFunc(all, func(x Group) bool { return x.Key == g.Key }):
			return errNoGroup()
		}
		return s.keepGroup(ctx, tx, who, g, now)
	})
	return g, err
}

func errNoGroup() error { return problem.New(problem.NotFound, "There is no such group.") }

func (s *Store) keepGroup(ctx context.Context, tx *db.Tx, who access.Actor, g Group, now time.Time) error {
	var kinds []string
	for _, k := range g.Kinds {
		kinds = append(kinds, string(k))
	}
	salt := ledger.Salt()
	_, err := tx.Exec(ctx, `
		INSERT INTO people_group (org, id, label, about, everyone, managers, kinds, functions, at, salt) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
		ON CONFLICT (org, id) DO UPDATE SET label = excluded.label, about = excluded.about, everyone = excluded.everyone, managers = excluded.managers, kinds = excluded.kinds, functions = excluded.functions, salt = excluded.salt`,
		who.Org(), g.Key, g.Label, g.About, g.Everyone, g.Managers, strings.Join(kinds, ","), strings.Join(g.Functions, ","), db.Micros(now), salt)
	if err != nil {
		return fmt.Errorf("keeping a group: %w", err)
	}
	return s.recordGroup(ctx, tx, who, g, salt, false, now)
}

func (s *Store) recordGroup(ctx context.Context, tx *db.Tx, who access.Actor, g Group, salt string, closed bool, now time.Time) error {
	return s.log.Append(ctx, tx, ledger.Leaf{Org: who.Org(), At: now, Actor: who.Account(), Kind: "people.group", ID: g.Key, Salt: salt,
		Payload: groupFact{g.Label, g.About, g.Everyone, g.Managers, g.Kinds, g.Functions, closed}})
}

// CloseGroup takes a group made here out of use. What names it as an audience then
// concerns nobody, so whoever closes it should have looked. Who was in it is kept.
func (s *Store) CloseGroup(ctx context.Context, who access.Actor, key string, now time.Time) error {
	if err := who.May(access.ManagePeople); err != nil {
		return err
	}
	if isShipped(key) {
		return problem.New(problem.Conflict, "This group is always there and cannot be closed.")
	}
	return s.db.Write(ctx, who.Org(), db.People, func(ctx context.Context, tx *db.Tx) error {
		g, err := findGroup(ctx, tx, who.Org(), key)
		if err != nil {
			return err
		}
		salt := ledger.Salt()
		if _, err := tx.Exec(ctx, `UPDATE people_group SET ended_at = $3, salt = $4 WHERE org = $1 AND id = $2`, who.Org(), key, db.Micros(now), salt); err != nil {
			return err
		}
		return s.recordGroup(ctx, tx, who, g, salt, true, now)
	})
}

func findGroup(ctx context.Context, tx *db.Tx, org, key string) (Group, error) {
	all, err := readGroups(ctx, tx, org)
	if err != nil {
		return Group{}, err
	}
	i := slices.IndexFunc(all, func(g Group) bool { return g.Key == key })
	if i < 0 {
		return Group{}, errNoGroup()
	}
	return all[i], nil
}

// memberFact is what the log says of a member by hand.
type memberFact struct {
	Group  string `json:"group"`
	Person string `json:"person"`
	Ended  bool   `json:"ended,omitempty"`
}

// AddMembers puts people into a group by hand, all or nobody. Who is in it already
// stays in it.
func (s *Store) AddMembers(ctx context.Context, who access.Actor, key string, people []string, now time.Time) error {
	if err := who.May(access.ManagePeople); err != nil {
		return err
	}
	return s.db.Write(ctx, who.Org(), db.People, func(ctx context.Context, tx *db.Tx) error {
		g, err := findGroup(ctx, tx, who.Org(), key)
		if err != nil {
			return err
		}
		for _, id := range people {
			if _, err := find(ctx, tx, who.Org(), id); err != nil {
				return err
			}
		}
		_, err = s.addMembers(ctx, tx, who, g, people, now)
		return err
	})
}

// addMembers puts people into a group who are in the register, and returns how
// many were not in it before.
func (s *Store) addMembers(ctx context.Context, tx *db.Tx, who access.Actor, g Group, people []string, now time.Time) (int, error) {
	in := map[string]bool{}
	for _, id := range g.Members {
		in[id] = true
	}
	rows := db.Into(`people_group_member (org, id, group_key, person, from_at, account, salt)`)
	for _, person := range people {
		if in[person] {
			continue
		}
		in[person] = true
		id, salt := uuid.Must(uuid.NewV7()).String(), ledger.Salt()
		rows.Add(who.Org(), id, g.Key, person, db.Micros(now), who.Account(), salt)
		if err := s.recordMember(ctx, tx, who, id, salt, memberFact{Group: g.Key, Person: person}, now); err != nil {
			return 0, err
		}
	}
	n := rows.Len()
	return n, rows.Insert(ctx, tx)
}

func (s *Store) recordMember(ctx context.Context, tx *db.Tx, who access.Actor, id, salt string, f memberFact, now time.Time) error {
	return s.log.Append(ctx, tx, ledger.Leaf{Org: who.Org(), At: now, Actor: who.Account(), Kind: "people.member", ID: id, Salt: salt, Payload: f})
}

// RemoveMember takes somebody out of a group whom somebody put into it by hand. Who
// belongs to it by rule stays.
func (s *Store) RemoveMember(ctx context.Context, who access.Actor, key, person string, now time.Time) error {
	if err := who.May(access.ManagePeople); err != nil {
		return err
	}
	return s.db.Write(ctx, who.Org(), db.People, func(ctx context.Context, tx *db.Tx) error {
		if _, err := findGroup(ctx, tx, who.Org(), key); err != nil {
			return err
		}
		salt := ledger.Salt()
		rows, err := tx.Query(ctx, `UPDATE people_group_member SET to_at = $4, salt = $5 WHERE org = $1 AND group_key = $2 AND person = $3 AND to_at = 0 RETURNING id`, who.Org(), key, person, db.Micros(now), salt)
		if err != nil {
			return err
		}
		defer rows.Close()
		id := ""
		for rows.Next() {
			if err := rows.Scan(&id); err != nil {
				return err
			}
		}
		if err := rows.Err(); err != nil || id == "" {
			return err
		}
		return s.recordMember(ctx, tx, who, id, salt, memberFact{key, person, true}, now)
	})
}

// Membership is a time for which somebody is or was in a group by hand.
type Membership struct {
	Person   string // id
	From, To time.Time
	By       string // account; To is zero while it holds
}

// Memberships returns who is or ever was in a group by hand, the newest first.
func (s *Store) Memberships(ctx context.Context, who access.Actor, key string) ([]Membership, error) {
	if err := who.May(access.ViewPeople); err != nil {
		return nil, err
	}
	var out []Membership
	err := s.db.Read(ctx, who.Org(), func(tx *db.Tx) error {
		rows, err := tx.Query(ctx, `SELECT person, from_at, to_at, account FROM people_group_member WHERE org = $1 AND group_key = $2 ORDER BY id DESC`, who.Org(), key)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var m Membership
			var from, to int64
			if err := rows.Scan(&m.Person, &from, &to, &m.By); err != nil {
				return err
			}
			m.From, m.To = db.Time(from), db.Time(to)
			out = append(out, m)
		}
		return rows.Err()
	})
	return out, err
}
