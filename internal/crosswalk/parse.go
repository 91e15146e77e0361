package crosswalk

import "github.com/toucan-grc/toucan/internal/framework"

// ParseSet fills the rows of a set from a mapping file. Rows that cannot be read
// are left out and reported; what they refer to is not looked up.
func ParseSet(s *Set, data []byte) []framework.Fault {
	r := reader{Library: new(Library), names: make(map[string]string)}
	faults := rowTable(s.File).Rows(data, func(line int, f []string) { r.row(s, line, f) })
	return append(faults, r.faults...)
}
