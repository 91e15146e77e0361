package crosswalk

import (
	"path"
	"slices"
	"strings"

	"github.com/toucan-grc/toucan/internal/framework"
)

// list reads one of the files that stand beside an authored set.
func (r reader) list(name string) error {
	file := path.Join(r.dir, name)
	end := lists[slices.IndexFunc(lists, func(end string) bool { return strings.HasSuffix(name, end) })]
	owners := r.owners(strings.TrimSuffix(name, end))
	if len(owners) == 0 {
		r.fault(file, 0, "No authored set stands beside this list, so it was not read. Name it after the set's file, or add the set.")
		return nil
	}
	var ids []string
	for _, s := range owners {
		ids = append(ids, s.ID)
	}
	from, to := "", ""
	for _, s := range owners {
		if len(s.Edges) > 0 {
			from, to = s.Edges[0].Source.Framework, s.Edges[0].Target.Framework
			break
		}
	}
	other := func(f string) string {
		if f == from {
			return to
		}
		return from
	}
	switch end {
	case ".unions.csv":
		return r.table(framework.Table{File: file, Required: []string{"target_id", "source_ids", "rationale"}}, func(line int, f []string) {
			u := Union{Set: ids[0], Target: framework.Ref{Framework: to, ID: f[0]}, Rationale: f[2], Line: line, owners: ids, file: file}
			for id := range strings.SplitSeq(f[1], "+") {
				u.Sources = append(u.Sources, framework.Ref{Framework: from, ID: strings.TrimSpace(id)})
			}
			r.Unions = append(r.Unions, u)
		})
	case ".net-new.csv":
		return r.table(framework.Table{File: file, Required: []string{"target_framework", "target_id", "reason"}, Optional: []string{"first_task"}}, func(line int, f []string) {
			r.NetNew = append(r.NetNew, NetNew{Target: framework.Ref{Framework: r.one(f[0]), ID: f[1]}, From: other(f[0]), Reason: f[2], FirstTask: f[3], Line: line, owners: ids, file: file})
		})
	case ".no-home.csv":
		return r.table(framework.Table{File: file, Required: []string{"source_framework", "source_id", "reason"}}, func(line int, f []string) {
			r.NoHome = append(r.NoHome, NoHome{Source: framework.Ref{Framework: r.one(f[0]), ID: f[1]}, To: other(f[0]), Reason: f[2], Line: line, owners: ids, file: file})
		})
	default:
		return r.table(framework.Table{File: file, Required: []string{"guide_source", "target_id", "reason"}}, func(line int, f []string) {
			r.Challenged = append(r.Challenged, Challenge{framework.Ref{Framework: from, ID: f[0]}, framework.Ref{Framework: to, ID: f[1]}, f[2], line, ids, file})
		})
	}
}

// owners returns the authored sets a list of that stem belongs to: those whose
// file is named after the stem, the default ones before the others.
func (r reader) owners(stem string) []*Set {
	var out []*Set
	for _, preferred := range []bool{true, false} {
		for _, s := range r.Sets {
			name := strings.TrimSuffix(path.Base(s.File), ".csv")
			if s.Kind == Authored && s.Default == preferred && (name == stem || strings.HasPrefix(name, stem+".")) {
				out = append(out, s)
			}
		}
	}
	return out
}

// applies reports whether one of the owners is in the stack.
func (s *Stack) applies(owners []string) bool {
	return slices.ContainsFunc(owners, func(id string) bool { return slices.Contains(s.IDs, id) })
}

// Unions returns the unions of requirements of the framework from that together
// hold the target, in file order.
func (s *Stack) Unions(target framework.Ref, from string) []Union {
	var out []Union
	for _, u := range s.library.Unions {
		if u.Target == target && len(u.Sources) > 0 && u.Sources[0].Framework == from && s.applies(u.owners) {
			out = append(out, u)
		}
	}
	return out
}

// NetNew says whether, and why, the framework from does not ask for the target.
func (s *Stack) NetNew(target framework.Ref, from string) (NetNew, bool) {
	for _, n := range s.library.NetNew {
		if n.Target == target && n.From == from && s.applies(n.owners) {
			return n, true
		}
	}
	return NetNew{}, false
}

// NoHome says whether, and why, the framework to has no place for the source.
func (s *Stack) NoHome(source framework.Ref, to string) (NoHome, bool) {
	for _, n := range s.library.NoHome {
		if n.Source == source && n.To == to && s.applies(n.owners) {
			return n, true
		}
	}
	return NoHome{}, false
}
