package finding

import (
	"context"
	"slices"
	"time"

	"github.com/toucan-grc/toucan/internal/crosswalk"
	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/framework"
)

// Reach is what a control is called and what it counts for. What is found about a
// control is found about every framework its links reach.
type Reach struct {
	Code, Title string
	Refs        []framework.Ref // in frameworks that are followed
}

// readReach reads the reach of the controls findings and actions are about.
func readReach(ctx context.Context, tx *db.Tx, org string, now time.Time) (map[string]Reach, error) {
	followed, err := crosswalk.Followed(ctx, tx, org, now)
	if err != nil {
		return nil, err
	}
	rows, err := tx.Query(ctx, `SELECT c.id, c.code, c.title, coalesce(l.framework, ''), coalesce(l.requirement, '') FROM control c
		LEFT JOIN link l ON l.org = c.org AND l.control = c.id AND l.to_at IS NULL
		WHERE c.org = $1 AND c.id IN (SELECT control FROM finding_about WHERE org = $1 AND control IS NOT NULL) ORDER BY c.id, l.framework, l.requirement`, org)
	if err != nil {
		return nil, err
	}
	out := map[string]Reach{}
	err = db.Each(rows, func(scan func(...any) error) error {
		var id string
		var r framework.Ref
		var c Reach
		if err := scan(&id, &c.Code, &c.Title, &r.Framework, &r.ID); err != nil {
			return err
		}
		if have, ok := out[id]; ok {
			c = have
		}
		if _, ok := followed[r.Framework]; ok {
			c.Refs = append(c.Refs, r)
		}
		out[id] = c
		return nil
	})
	return out, err
}

// Reached returns what a finding counts for: the requirements it names, and those
// its controls are linked to.
func (r *Register) Reached(f Finding) []framework.Ref { return r.reached(f.Controls, f.Requirements) }

func (r *Register) reached(controls []string, refs []framework.Ref) []framework.Ref {
	out := slices.Clone(refs)
	for _, c := range controls {
		out = append(out, r.Reach[c].Refs...)
	}
	slices.SortFunc(out, compareRefs)
	return slices.Compact(out)
}

// Frameworks returns the frameworks a finding counts for, in order.
func (r *Register) Frameworks(f Finding) []string {
	return r.frameworks(f.Controls, f.Requirements)
}

// FrameworksOf returns the frameworks an action counts for: its own, or those of
// the finding it belongs to.
func (r *Register) FrameworksOf(a Action) []string {
	if a.Source.Kind == FromFinding {
		if f, ok := r.Find(a.Source.ID); ok {
			return r.Frameworks(f)
		}
	}
	return r.frameworks(a.Controls, a.Requirements)
}

func (r *Register) frameworks(controls []string, refs []framework.Ref) []string {
	var out []string
	add := func(list []framework.Ref) {
		for _, x := range list {
			if !slices.Contains(out, x.Framework) {
				out = append(out, x.Framework)
			}
		}
	}
	add(refs)
	for _, c := range controls {
		add(r.Reach[c].Refs)
	}
	slices.Sort(out)
	return out
}

// Find returns a finding by its id.
func (r *Register) Find(id string) (Finding, bool) {
	if r.at == nil {
		r.at = make(map[string]int, len(r.Findings))
		for i, f := range r.Findings {
			r.at[f.ID] = i
		}
	}
	i, ok := r.at[id]
	if !ok {
		return Finding{}, false
	}
	return r.Findings[i], true
}

// About returns the findings about a requirement, by name or through a control.
func (r *Register) About(ref framework.Ref) []Finding {
	return r.which(func(f Finding) bool {
		return slices.Contains(f.Requirements, ref) || slices.ContainsFunc(f.Controls, func(c string) bool { return slices.Contains(r.Reach[c].Refs, ref) })
	})
}
