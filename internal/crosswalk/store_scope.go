package crosswalk

import (
	"context"
	"fmt"
	"iter"
	"slices"
	"strings"
	"time"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/framework"
	"github.com/toucan-grc/toucan/internal/ledger"
	"github.com/toucan-grc/toucan/internal/problem"
)

// A decision about a framework, or about a part of it: parts are "" for the
// framework as a whole, "category:CC" and "requirement:A.7.1".
const (
	whole       = ""
	categoryOf  = "category:"
	requirement = "requirement:"
)

// Scope is what an organisation asks of its frameworks at a moment.
type Scope struct {
	// Categories in scope, by framework, as Framework.Categories names them. A
	// framework without an entry has all those it must have and nothing was chosen.
	Categories map[string][]string
	// Excluded requirements, with the reason.
	Excluded map[framework.Ref]string
}

// CategoriesOf says of each category of a framework whether it is in scope, and why.
// tagged names what controls are tagged to, which decides where nobody chose.
func (sc Scope) CategoriesOf(f *framework.Framework, tagged iter.Seq[framework.Ref]) []framework.Scoped {
	return f.Scope(sc.Categories[f.ID], tagged)
}

// LeftOut names the requirements of f whose category is not in scope.
func (sc Scope) LeftOut(f *framework.Framework, tagged iter.Seq[framework.Ref]) map[string]bool {
	out := map[string]bool{}
	for id := range f.LeftOut(sc.Categories[f.ID], tagged) {
		out[id] = true
	}
	return out
}

// Outside names the requirements of f that are out of scope: those whose category is
// not in it, and those excluded with a reason.
func (sc Scope) Outside(f *framework.Framework, tagged iter.Seq[framework.Ref]) map[string]bool {
	out := sc.LeftOut(f, tagged)
	for ref := range sc.Excluded {
		if ref.Framework == f.ID && f.Excludable(ref.ID) {
			out[ref.ID] = true
		}
	}
	return out
}

// Tagged are the requirements that controls are linked to, of links by control.
func Tagged(links map[string][]Link) iter.Seq[framework.Ref] {
	return func(yield func(framework.Ref) bool) {
		for _, list := range links {
			for _, l := range list {
				if !yield(l.Ref) {
					return
				}
			}
		}
	}
}

// decisions reads what holds at a moment: the last row of each part.
func (s *Store) decisions(ctx context.Context, tx *db.Tx, org string, at time.Time, fn func(f, part string, included bool, reason string)) error {
	rows, err := tx.Query(ctx, `
		SELECT framework, part, included, reason, withdrawn FROM framework_change WHERE org = $1 AND at <= $2 ORDER BY at, id`, org, db.Micros(at))
	if err != nil {
		return err
	}
	type key struct{ f, part string }
	type value struct {
		included  bool
		reason    string
		withdrawn bool // as though nobody had decided
	}
	last := map[key]value{}
	var order []key
	err = db.Each(rows, func(scan func(...any) error) error {
		var k key
		var v value
		err := scan(&k.f, &k.part, &v.included, &v.reason, &v.withdrawn)
		if _, seen := last[k]; !seen {
			order = append(order, k)
		}
		last[k] = v
		return err
	})
	for _, k := range order {
		if last[k].withdrawn {
			continue
		}
		fn(k.f, k.part, last[k].included, last[k].reason)
	}
	return err
}

// Frameworks returns the ids of the frameworks enabled at a moment, in the order
// of the catalogue.
func (s *Store) Frameworks(ctx context.Context, who access.Actor, at time.Time) ([]string, error) {
	if err := who.May(access.ViewPosture); err != nil {
		return nil, err
	}
	on := map[string]bool{}
	var out []string
	err := s.db.Read(ctx, who.Org(), func(tx *db.Tx) error {
		err := s.decisions(ctx, tx, who.Org(), at, func(f, part string, included bool, _ string) {
			if part == whole {
				on[f] = included
			}
		})
		if err != nil {
			return err
		}
		l, err := s.libraryAt(ctx, tx, who.Org(), at)
		if err != nil {
			return err
		}
		for _, f := range l.Frameworks.Frameworks {
			if on[f.ID] {
				out = append(out, f.ID)
			}
		}
		return nil
	})
	return out, err
}

// Enable brings a framework into use from now on. It changes nothing about
// earlier days.
func (s *Store) Enable(ctx context.Context, who access.Actor, id string, now time.Time) error {
	return s.decide(ctx, who, id, now, func(*framework.Framework) ([]part, error) { return []part{{whole, true, ""}}, nil })
}

// Disable takes a framework out of use from now on.
func (s *Store) Disable(ctx context.Context, who access.Actor, id string, now time.Time) error {
	return s.decide(ctx, who, id, now, func(*framework.Framework) ([]part, error) { return []part{{whole, false, ""}}, nil })
}

// Scope returns the categories chosen and the requirements excluded at a moment.
func (s *Store) Scope(ctx context.Context, who access.Actor, at time.Time) (Scope, error) {
	sc := Scope{Categories: map[string][]string{}, Excluded: map[framework.Ref]string{}}
	if err := who.May(access.ViewPosture); err != nil {
		return sc, err
	}
	err := s.db.Read(ctx, who.Org(), func(tx *db.Tx) error {
		err := s.decisions(ctx, tx, who.Org(), at, func(f, part string, included bool, reason string) {
			sc.take(f, part, included, reason)
		})
		if err != nil {
			return err
		}
		l, err := s.libraryAt(ctx, tx, who.Org(), at)
		if err != nil {
			return err
		}
		for f, ids := range sc.Categories {
			if fw, ok := l.Frameworks.Find(f); ok {
				slices.SortFunc(ids, func(a, b string) int { return position(fw, a) - position(fw, b) })
			}
		}
		return nil
	})
	return sc, err
}

func position(f *framework.Framework, id string) int {
	n, _ := f.Position(id)
	return n
}

// SetCategories chooses the categories of a framework that are in scope from now
// on, by id. Those a framework must have cannot be left out.
func (s *Store) SetCategories(ctx context.Context, who access.Actor, id string, categories []string, now time.Time) error {
	return s.decide(ctx, who, id, now, func(f *framework.Framework) ([]part, error) {
		all := f.Categories()
		if len(all) == 0 && len(categories) > 0 {
			return nil, problem.Field("categories", f.Short+" has no categories to choose from.")
		}
		for _, c := range categories {
			if !slices.ContainsFunc(all, func(x framework.Category) bool { return x.ID == c }) {
				return nil, problem.Field("categories", fmt.Sprintf("%s has no category %q.", f.Short, c))
			}
		}
		var parts []part
		for _, c := range all {
			in := slices.Contains(categories, c.ID)
			if c.Mandatory && !in {
				return nil, problem.Field("categories", fmt.Sprintf("The category %s of %s is always in scope.", c.Key, f.Short))
			}
			parts = append(parts, part{categoryOf + c.ID, in, ""})
		}
		return parts, nil
	})
}

// Exclude takes a requirement out of scope from now on, with the reason. What a
// framework does not allow to be excluded is refused.
func (s *Store) Exclude(ctx context.Context, who access.Actor, ref framework.Ref, reason string, now time.Time) error {
	return s.decide(ctx, who, ref.Framework, now, leavesOut(ref, reason))
}

// ExcludeIn is Exclude in the transaction of another noun that asks for it.
func (s *Store) ExcludeIn(ctx context.Context, tx *db.Tx, who access.Actor, ref framework.Ref, reason string, now time.Time) error {
	return s.decideScopeIn(ctx, tx, who, ref.Framework, now, leavesOut(ref, reason))
}

func leavesOut(ref framework.Ref, reason string) func(*framework.Framework) ([]part, error) {
	return func(f *framework.Framework) ([]part, error) {
		if r, ok := f.Find(ref.ID); !ok || r.Kind != framework.KindRequirement {
			return nil, problem.New(problem.NotFound, "%s has no %q.", f.Short, ref.ID)
		}
		if !f.Excludable(ref.ID) {
			return nil, problem.New(problem.Invalid, "%s of %s can never be out of scope: whoever claims the framework has to meet it.", ref.ID, f.Short)
		}
		reason, err := db.Prose("reason", "The reason", reason, 2000)
		if err != nil {
			return nil, err
		}
		if reason == "" {
			return nil, problem.Field("reason", "Say why it does not apply. An auditor will ask.")
		}
		return []part{{requirement + ref.ID, false, reason}}, nil
	}
}

// Include brings an excluded requirement back into scope from now on.
func (s *Store) Include(ctx context.Context, who access.Actor, ref framework.Ref, now time.Time) error {
	return s.decide(ctx, who, ref.Framework, now, takesIn(ref))
}

// IncludeIn is Include in the transaction of another noun that asks for it.
func (s *Store) IncludeIn(ctx context.Context, tx *db.Tx, who access.Actor, ref framework.Ref, now time.Time) error {
	return s.decideScopeIn(ctx, tx, who, ref.Framework, now, takesIn(ref))
}

func takesIn(ref framework.Ref) func(*framework.Framework) ([]part, error) {
	return func(f *framework.Framework) ([]part, error) {
		if _, ok := f.Find(ref.ID); !ok {
			return nil, problem.New(problem.NotFound, "%s has no %q.", f.Short, ref.ID)
		}
		return []part{{requirement + ref.ID, true, ""}}, nil
	}
}

func (l *Library) framework(id string) (*framework.Framework, error) {
	f, ok := l.Frameworks.Find(id)
	if !ok {
		return nil, problem.New(problem.NotFound, "There is no framework %q here. Choose one of those listed.", id)
	}
	return f, nil
}

// part is one decision to write.
type part struct {
	name     string
	included bool
	reason   string
}

// scopeFact is what the log says of a decision.
type scopeFact struct {
	Framework string `json:"framework"`
	Part      string `json:"part"`
	Included  bool   `json:"included"`
	Reason    string `json:"reason"`
	Withdrawn bool   `json:"withdrawn,omitempty"`
}

// decide writes the decisions about a framework that differ from what holds. What
// it decides is worked out from the framework as the organisation has it.
func (s *Store) decide(ctx context.Context, who access.Actor, id string, now time.Time, what func(*framework.Framework) ([]part, error)) error {
	if err := who.May(access.ManageFrameworks); err != nil {
		return err
	}
	return s.db.Write(ctx, who.Org(), db.People, func(ctx context.Context, tx *db.Tx) error {
		return s.decideScopeIn(ctx, tx, who, id, now, what)
	})
}

func (s *Store) decideScopeIn(ctx context.Context, tx *db.Tx, who access.Actor, id string, now time.Time, what func(*framework.Framework) ([]part, error)) error {
	if err := who.May(access.ManageFrameworks); err != nil {
		return err
	}
	now = now.UTC().Truncate(time.Microsecond)
	l, err := s.libraryAt(ctx, tx, who.Org(), now)
	if err != nil {
		return err
	}
	f, err := l.framework(id)
	if err != nil {
		return err
	}
	parts, err := what(f)
	if err != nil {
		return err
	}
	have, err := s.partsOf(ctx, tx, who.Org(), id, now)
	if err != nil {
		return err
	}
	for _, p := range parts {
		old, decided := have[p.name]
		if decided && old == p || !decided && p.name == whole && !p.included || !decided && strings.HasPrefix(p.name, requirement) && p.included {
			continue
		}
		if err := s.writePart(ctx, tx, who, id, p, false, now); err != nil {
			return err
		}
		if p.name == whole && p.included {
			if err := s.restOn(ctx, tx, who, l, id, now); err != nil {
				return err
			}
		}
	}
	return nil
}

// partsOf reads what is decided about a framework at a moment, by part.
func (s *Store) partsOf(ctx context.Context, tx *db.Tx, org, id string, at time.Time) (map[string]part, error) {
	have := map[string]part{}
	err := s.decisions(ctx, tx, org, at, func(f, name string, included bool, reason string) {
		if f == id {
			have[name] = part{name, included, reason}
		}
	})
	return have, err
}

// writePart writes one decision about a framework; withdrawn makes it as though
// nobody had ever decided.
func (s *Store) writePart(ctx context.Context, tx *db.Tx, who access.Actor, id string, p part, withdrawn bool, now time.Time) error {
	row, salt := newID(), ledger.Salt()
	_, err := tx.Exec(ctx, `INSERT INTO framework_change (org, id, framework, part, included, reason, at, account, salt, withdrawn) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
		who.Org(), row, id, p.name, p.included, p.reason, db.Micros(now), who.Account(), salt, withdrawn)
	if err != nil {
		return err
	}
	kind := "scope.set"
	if p.name == whole {
		kind = "framework.enabled"
	}
	return s.log.Append(ctx, tx, ledger.Leaf{Org: who.Org(), At: now, Actor: who.Account(), Kind: kind, ID: row, Salt: salt,
		Payload: scopeFact{id, p.name, p.included, p.reason, withdrawn}})
}

// restOn pins a framework that is followed from now on, and the sets of the stack:
// those that do not speak of it are steps on the way to others.
func (s *Store) restOn(ctx context.Context, tx *db.Tx, who access.Actor, l *Library, id string, now time.Time) error {
	if err := s.rest(ctx, tx, who, FrameworkEdition, []string{id}, now); err != nil {
		return err
	}
	ids, err := selected(ctx, tx, who.Org(), now)
	if err != nil {
		return err
	}
	if len(ids) == 0 {
		ids = l.DefaultStack()
	}
	return s.rest(ctx, tx, who, SetEdition, ids, now)
}

// stackFact is what the log says of a choice of sets.
type stackFact struct {
	Sets []string `json:"sets"`
}

// SelectStack chooses the mapping sets to reason with from now on, in order. No
// sets means the default stack.
func (s *Store) SelectStack(ctx context.Context, who access.Actor, ids []string, now time.Time) error {
	if err := who.May(access.ManageFrameworks); err != nil {
		return err
	}
	now = now.UTC().Truncate(time.Microsecond)
	return s.db.Write(ctx, who.Org(), db.People, func(ctx context.Context, tx *db.Tx) error {
		if len(ids) > 0 {
			l, err := s.libraryAt(ctx, tx, who.Org(), now)
			if err != nil {
				return err
			}
			if _, err := l.Stack(ids); err != nil {
				return err
			}
		}
		have, err := selected(ctx, tx, who.Org(), now)
		if err != nil || slices.Equal(have, ids) {
			return err
		}
		if err := s.writeStack(ctx, tx, who, ids, now); err != nil {
			return err
		}
		if err := s.rest(ctx, tx, who, SetEdition, ids, now); err != nil {
			return err
		}
		return s.doubtStack(ctx, tx, who, have, ids, now)
	})
}

// writeStack writes a choice of sets that was checked.
func (s *Store) writeStack(ctx context.Context, tx *db.Tx, who access.Actor, ids []string, now time.Time) error {
	id, salt := newID(), ledger.Salt()
	_, err := tx.Exec(ctx, `INSERT INTO stack_change (org, id, sets, at, account, salt) VALUES ($1, $2, $3, $4, $5, $6)`,
		who.Org(), id, strings.Join(ids, "\n"), db.Micros(now), who.Account(), salt)
	if err != nil {
		return err
	}
	return s.log.Append(ctx, tx, ledger.Leaf{Org: who.Org(), At: now, Actor: who.Account(), Kind: "stack.selected", ID: id, Salt: salt, Payload: stackFact{append([]string{}, ids...)}})
}

// Selected returns the sets chosen at a moment, in order; none means that the
// default stack holds.
func (s *Store) Selected(ctx context.Context, who access.Actor, at time.Time) ([]string, error) {
	if err := who.May(access.ViewPosture); err != nil {
		return nil, err
	}
	var out []string
	err := s.db.Read(ctx, who.Org(), func(tx *db.Tx) (err error) {
		out, err = selected(ctx, tx, who.Org(), at)
		return err
	})
	return out, err
}

func selected(ctx context.Context, tx *db.Tx, org string, at time.Time) ([]string, error) {
	rows, err := tx.Query(ctx, `SELECT sets FROM stack_change WHERE org = $1 AND at <= $2 ORDER BY at DESC, id DESC LIMIT 1`, org, db.Micros(at))
	if err != nil {
		return nil, err
	}
	var out []string
	err = db.Each(rows, func(scan func(...any) error) error {
		var sets string
		err := scan(&sets)
		if sets != "" {
			out = strings.Split(sets, "\n")
		}
		return err
	})
	return out, err
}

// Followed returns the frameworks enabled at a moment, and since when without a
// break, for a noun that depends on them. It reads in the caller's transaction.
func Followed(ctx context.Context, tx *db.Tx, org string, at time.Time) (map[string]time.Time, error) {
	rows, err := tx.Query(ctx, `SELECT framework, included AND NOT withdrawn, at FROM framework_change
		WHERE org = $1 AND part = '' AND at <= $2 ORDER BY at, id`, org, db.Micros(at))
	if err != nil {
		return nil, err
	}
	out := map[string]time.Time{}
	err = db.Each(rows, func(scan func(...any) error) error {
		var id string
		var included bool
		var since int64
		if err := scan(&id, &included, &since); err != nil {
			return err
		}
		if _, on := out[id]; !included {
			delete(out, id)
		} else if !on {
			out[id] = db.Time(since)
		}
		return nil
	})
	return out, err
}

// Scoped is one decision about whether a requirement is in scope.
type Scoped struct {
	Requirement string
	Included    bool
	Reason      string // why it is out of scope
	At          time.Time
	ByName      string
}

// ReadScoped returns every decision about the requirements of a framework up to a
// moment, the oldest first, for a noun that shows them. The last one of a
// requirement holds. It reads in the caller's transaction.
func ReadScoped(ctx context.Context, tx *db.Tx, org, framework string, at time.Time) ([]Scoped, error) {
	rows, err := tx.Query(ctx, `SELECT f.part, f.included OR f.withdrawn, f.reason, f.at, coalesce(a.name, '') FROM framework_change f LEFT JOIN account a ON a.id = f.account
		WHERE f.org = $1 AND f.framework = $2 AND f.part LIKE 'requirement:%' AND f.at <= $3 ORDER BY f.at, f.id`, org, framework, db.Micros(at))
	if err != nil {
		return nil, err
	}
	var out []Scoped
	err = db.Each(rows, func(scan func(...any) error) error {
		var x Scoped
		var since int64
		err := scan(&x.Requirement, &x.Included, &x.Reason, &since, &x.ByName)
		x.Requirement, x.At = strings.TrimPrefix(x.Requirement, requirement), db.Time(since)
		out = append(out, x)
		return err
	})
	return out, err
}
