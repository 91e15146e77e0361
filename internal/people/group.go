package people

import "slices"

// Group is a set of persons by rule, by hand, or both. Whom a policy binds, which
// steps a joiner gets and whom training concerns is said with groups.
type Group struct {
	Key       string // stored; of the shipped ones, such as "engineering", or made by hand
	Label     string
	About     string
	Everyone  bool     // all employees and contractors
	Kinds     []Kind   // by rule: of one of these kinds
	Functions []string // by rule: in one of these functions
	Managers  bool     // by rule: somebody reports to them
	Members   []string // by hand: ids of persons
}

// Has reports whether a person belongs to the group; leads says whether anybody
// reports to them. A service account belongs to none by rule.
func (g Group) Has(p Person, leads bool) bool {
	if slices.Contains(g.Members, p.ID) {
		return true
	}
	if p.Kind == Service {
		return false
	}
	return g.Everyone || slices.Contains(g.Kinds, p.Kind) || slices.Contains(g.Functions, p.Function) || g.Managers && leads
}
