package cli

import (
	"fmt"
	"io"
	"strings"
)

// text prints a relation as one line, and its paths below it.
func (r relation) text(w io.Writer) error {
	what := strings.Join(r.Possible, " or ")
	switch {
	case r.Contradiction:
		what = "contradiction: the stack rules out every relation"
	case r.Candidate:
		what = "candidate: " + what
	}
	if _, err := fmt.Fprintf(w, "%-18s %-18s %s\n", r.Source, r.Target, what); err != nil {
		return err
	}
	for _, p := range append(r.Conflict, r.Paths...) {
		if _, err := fmt.Fprintf(w, "    %s\n", p.Sentence); err != nil {
			return err
		}
	}
	return nil
}
