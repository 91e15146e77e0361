package isms

import "strings"

// KeptBySystem says whether a requirement is about the management system itself: the
// clauses of ISO 27001, which its own home speaks of, and not the controls of Annex A.
func KeptBySystem(framework, requirement string) bool {
	return framework == iso27001 && !strings.HasPrefix(requirement, "A.")
}
