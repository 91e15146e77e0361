package framework

import (
	"cmp"
	"fmt"
	"slices"
)

// Severity says what a fault does to the answer.
type Severity string

// The severities, worst first.
const (
	Error   Severity = "error"   // the row is wrong and was not used, or must not be
	Warning Severity = "warning" // usable, but probably not what was meant
	Info    Severity = "info"    // worth knowing; nothing to mend
)

// Fault is something wrong in a file, with where and how to cure it.
type Fault struct {
	File     string // as the reader was given it: "frameworks/acme.csv"
	Line     int    // counted from 1; 0 if the fault is about the whole file
	Severity Severity
	Text     string // what is wrong, and what to do about it
}

// String returns the fault as compilers print theirs: "file:line: severity: text".
func (f Fault) String() string {
	where := f.File
	if f.Line > 0 {
		where = fmt.Sprintf("%s:%d", f.File, f.Line)
	}
	if where == "" {
		return fmt.Sprintf("%s: %s", f.Severity, f.Text)
	}
	return fmt.Sprintf("%s: %s: %s", where, f.Severity, f.Text)
}

// Errors returns only the faults that are errors.
func Errors(faults []Fault) []Fault {
	var out []Fault
	for _, f := range faults {
		if f.Severity == Error {
			out = append(out, f)
		}
	}
	return out
}

// SortFaults puts faults in the order of file, line and text, so that a report
// reads the same whoever found what first.
func SortFaults(faults []Fault) {
	slices.SortStableFunc(faults, func(a, b Fault) int {
		return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Text, b.Text))
	})
}
