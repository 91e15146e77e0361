package framework

import "strings"

// Theme returns the group a person looks for a requirement under: the first one
// on its path that is not a mere container of other groups, such as A.8 rather
// than Annex A, CC6 rather than the Common Criteria, clause 6 rather than 6.1.
// It returns false for an unknown id and for a requirement without a group.
func (f *Framework) Theme(id string) (Requirement, bool) {
	for _, r := range f.Path(id) {
		if r.Kind == KindGroup && !f.container(r.ID) {
			return r, true
		}
	}
	return Requirement{}, false
}

// container reports whether a root group holds only further groups.
func (f *Framework) container(id string) bool {
	r, _ := f.Find(id)
	if r.Parent != "" {
		return false
	}
	for _, c := range f.Children(id) {
		if c.Kind != KindGroup {
			return false
		}
	}
	return true
}

// ManagementSystem reports whether a framework is a management-system standard,
// by its id: ISO/IEC 27001, 27701 and 42001, in any edition. Such standards take
// some kinds of evidence that others do not, and the other way round.
func ManagementSystem(id string) bool {
	return strings.HasPrefix(id, "iso27001") || strings.HasPrefix(id, "iso27701") || strings.HasPrefix(id, "iso42001")
}
