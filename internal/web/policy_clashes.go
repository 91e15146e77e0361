package web

import "context"

// policyConflicts says how many conflicts each policy is part of.
type policyConflicts struct {
	Known bool // conflicts are looked for
	All   int
	Of    map[string]int // by id of the policy
	To    string         // address of the page about them
}

// policyClashes counts the subjects about which documents contradict each other and
// nobody has decided.
func (s *Server) policyClashes(ctx context.Context, who visitor) (policyConflicts, error) {
	list, _, _, err := s.clashes(ctx, who)
	if err != nil {
		return policyConflicts{}, err
	}
	p := policyConflicts{Known: true, Of: map[string]int{}, To: orgPath(who.Slug(), "policies", "conflicts")}
	seen := map[[2]string]bool{} // subject and policy, or subject alone
	for _, c := range list {
		if c.Settled() {
			continue
		}
		id := clashID(c)
		if !seen[[2]string{id}] {
			seen[[2]string{id}] = true
			p.All++
		}
		for _, d := range c.Documents {
			if d.Policy != "" && !seen[[2]string{id, d.Policy}] {
				seen[[2]string{id, d.Policy}] = true
				p.Of[d.Policy]++
			}
		}
	}
	return p, nil
}
