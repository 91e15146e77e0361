package web

import "context"

// policyConflicts says how many conflicts each policy is part of.
type policyConflicts struct {
	Known bool // conflicts are looked for
	All   int
	Of    map[string]int // by id of the policy
	To    string         // address of the page about them
}

// policyClashes counts the conflicts that nobody has decided on.
func (s *Server) policyClashes(_ context.Context, _ visitor) (policyConflicts, error) {
	return policyConflicts{}, nil
}
