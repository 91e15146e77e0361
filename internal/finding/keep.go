package finding

import (
	"cmp"
	"context"
	"slices"
	"sync"
	"time"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/register"
)

// ownTables are those of the register whose every change has its act; besideTables
// the others it is read from.
var (
	ownTables    = []string{"finding", "finding_action", "finding_about", "finding_item"}
	besideTables = []string{"person", "control", "link", "framework_change", "organisation_zone"}
)

// patched is how many findings and how many actions that changed are read one by
// one, and patchedActs how much may have happened to them; of more, everything is
// read.
const patched, patchedActs = 100, 1000

// keptRegister is the register last read for an organisation. It holds for its day,
// as long as nothing it was read from is written.
type keptRegister struct {
	mu       sync.Mutex
	written  db.Written
	from, to time.Time // the day it was read for
	acts     register.Acts
	register *Register
}

// All returns the register to whoever sees findings. It is shared: nobody may
// change it.
func (s *Store) All(ctx context.Context, who access.Actor, now time.Time) (*Register, error) {
	if err := who.May(access.ViewFindings); err != nil {
		return nil, err
	}
	org := who.Org()
	written, err := s.DB.Written(ctx, org)
	if err != nil {
		return nil, err
	}
	slot, _ := s.kept.LoadOrStore(org, &keptRegister{})
	k := slot.(*keptRegister)
	k.mu.Lock()
	defer k.mu.Unlock()
	beside := k.register != nil && !now.Before(k.from) && now.Before(k.to) && !written.Since(k.written, besideTables...)
	if beside && !written.Since(k.written, ownTables...) {
		return k.register, nil
	}
	err = s.DB.Read(ctx, org, func(tx *db.Tx) error {
		acts, err := register.ReadActs(ctx, tx, org, "finding_act")
		if err != nil {
			return err
		}
		var r *Register
		if beside {
			r, err = k.register.patch(ctx, tx, org, k.acts, now)
		}
		if err == nil && r == nil {
			r, err = ReadLog(ctx, tx, org, now)
		}
		if err != nil {
			return err
		}
		zones, err := access.Days(ctx, tx, org)
		if err != nil {
			return err
		}
		if r.repeats == nil {
			r.repeats = repeatsOf(r.Findings)
		}
		r.Find("") // what is shared is worked out before it is
		k.written, k.acts, k.register, k.from, k.to = written, acts, r, zones.Start(r.Today), zones.End(r.Today)
		return nil
	})
	return k.register, err
}

// patch returns the register with the findings and actions read anew that something
// happened to since; nil when those are many.
func (r *Register) patch(ctx context.Context, tx *db.Tx, org string, since register.Acts, now time.Time) (*Register, error) {
	ofFindings, ofActions := map[string]bool{}, map[string]bool{}
	known, err := since.Since(ctx, tx, org, `coalesce(finding, ''), coalesce(action, '')`, patchedActs, func(scan func(...any) error) error {
		var finding, action string
		err := scan(&finding, &action)
		if finding != "" {
			ofFindings[finding] = true
		}
		if action != "" {
			ofActions[action] = true
		}
		return err
	})
	if err != nil || !known || len(ofFindings) > patched || len(ofActions) > patched {
		return nil, err
	}
	actions, err := readActions(ctx, tx, org, `a.id`+among(ofActions), ids(ofActions)...)
	if err != nil {
		return nil, err
	}
	for _, a := range actions {
		if a.Source.Kind == FromFinding {
			ofFindings[a.Source.ID] = true // it counts its actions
		}
	}
	findings, err := readFindings(ctx, tx, org, r.Today, `f.id`+among(ofFindings), ids(ofFindings)...)
	if err != nil {
		return nil, err
	}
	out := &Register{Today: r.Today, Reach: r.Reach}
	out.Findings = replaced(r.Findings, findings, func(f Finding) bool { return ofFindings[f.ID] }, func(a, b Finding) int { return cmp.Compare(b.N, a.N) })
	out.Actions = replaced(r.Actions, actions, func(a Action) bool { return ofActions[a.ID] }, urgency)
	if r.sameKin(findings) {
		out.repeats, out.at = r.repeats, r.at
	}
	if !r.reaches(findings, actions) {
		out.Reach, err = readReach(ctx, tx, org, now)
	}
	return out, err
}

// among is the condition that a column is one of the ids, which are $2 and on.
func among(set map[string]bool) string {
	args := []any{""}
	return ` IN (` + db.Among(&args, sorted(set)) + `)`
}

func ids(set map[string]bool) []any {
	var args []any
	db.Among(&args, sorted(set))
	return args
}

func sorted(set map[string]bool) []string {
	out := make([]string, 0, len(set))
	for id := range set {
		out = append(out, id)
	}
	slices.Sort(out)
	return out
}

// replaced returns a sorted list without what is old and with what is fresh.
func replaced[T any](list, fresh []T, old func(T) bool, order func(a, b T) int) []T {
	out := slices.Grow([]T(nil), len(list)+len(fresh))
	for i := range list {
		if !old(list[i]) {
			out = append(out, list[i])
		}
	}
	for _, x := range fresh {
		at, _ := slices.BinarySearchFunc(out, x, order)
		out = slices.Insert(out, at, x)
	}
	return out
}

// sameKin reports whether findings read anew are those of the register, and repeat
// what they repeated.
func (r *Register) sameKin(fresh []Finding) bool {
	for _, f := range fresh {
		was, ok := r.Find(f.ID)
		if !ok || was.wrong() != f.wrong() || was.FoundOn != f.FoundOn || !slices.Equal(was.Controls, f.Controls) || !slices.Equal(was.Requirements, f.Requirements) {
			return false
		}
	}
	return true
}

// reaches reports whether the register knows every control that these are about.
func (r *Register) reaches(findings []Finding, actions []Action) bool {
	lacks := func(c string) bool { _, ok := r.Reach[c]; return !ok }
	return !slices.ContainsFunc(findings, func(f Finding) bool { return slices.ContainsFunc(f.Controls, lacks) }) &&
		!slices.ContainsFunc(actions, func(a Action) bool { return slices.ContainsFunc(a.Controls, lacks) })
}
