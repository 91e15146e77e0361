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
	return slices.Contains(g.Members, p.ID) || g.rules(p, func() bool { return leads })
}

// rules reports whether a person belongs to the group by rule.
func (g *Group) rules(p Person, leads func() bool) bool {
	if p.Kind == Service {
		return false
	}
	return g.Everyone || slices.Contains(g.Kinds, p.Kind) || slices.Contains(g.Functions, p.Function) || g.Managers && leads()
}

// ByRule reports whether the group has a rule at all; without one it is filled by hand.
func (g Group) ByRule() bool {
	return g.Everyone || g.Managers || len(g.Kinds) > 0 || len(g.Functions) > 0
}

// AllPersonnel is the key of the group everybody belongs to.
const AllPersonnel = "all-personnel"

// Shipped returns the groups that are always there. Their rules are fixed; people
// can be added to each by hand.
func Shipped() []Group {
	return []Group{
		{Key: AllPersonnel, Label: "All personnel", About: "Every employee and contractor.", Everyone: true},
		{Key: "contractor", Label: "Contractors", About: "Everybody under contract who is not employed.", Kinds: []Kind{Contractor}},
		{Key: "manager", Label: "Managers", About: "Everybody somebody reports to.", Managers: true},
		{Key: "engineering", Label: "Engineering", About: "The function engineering.", Functions: []string{"engineering"}},
		{Key: "executives", Label: "Executives", About: "The function leadership.", Functions: []string{"executive"}},
		{Key: "security", Label: "Security", About: "The function security.", Functions: []string{"security"}},
		{Key: "finance", Label: "Finance", About: "The function finance.", Functions: []string{"finance"}},
		{Key: "privileged", Label: "Privileged access", About: "Those who administer systems or can read production data."},
		{Key: "data-access", Label: "Access to customer data", About: "Those whose work lets them see data of customers."},
		{Key: "customer-facing", Label: "Customer facing", About: "Those who speak for the company with customers."},
		{Key: "security-role", Label: "Security roles", About: "Those who carry a task of security, whatever their function."},
		{Key: "control-owner", Label: "Control owners", About: "Those who answer for a control."},
		{Key: "vendor-owner", Label: "Vendor owners", About: "Those who answer for a supplier."},
		{Key: "remote", Label: "Remote", About: "Those who work mostly away from an office."},
		{Key: "on-site", Label: "On site", About: "Those who work mostly in an office."},
		{Key: "legal-hold", Label: "Legal hold", About: "Those whose records must be kept for a dispute."},
	}
}
