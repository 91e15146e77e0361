package web

import "context"

// policyConflicts says how many conflicts each policy is part of that nobody has
// decided on.
type policyConflicts struct {
	Known bool // the reader may see them
	All   int
	Of    map[string]int // by id of the policy
	To    string         // address of the page about them
}

// policyClashes counts the conflicts that nobody has decided on.
func (s *Server) policyClashes(ctx context.Context, who visitor) (policyConflicts, error) {
	list, _, _, err := s.clashes(ctx, who)
	out := policyConflicts{Known: true, Of: map[string]int{}, To: orgPath(who.Slug(), "policies", "conflicts")}
	for _, c := range list {
		if c.Settled() {
			continue
		}
		out.All++
		out.Of[c.Documents[0].Policy]++
		if c.Documents[1].Policy != c.Documents[0].Policy { // one may be looser than its own control
			out.Of[c.Documents[1].Policy]++
		}
	}
	return out, err
}
