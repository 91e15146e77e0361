package web

import (
	"context"

	"github.com/toucan-grc/toucan/internal/task"
)

// taskPlace says of a kind of task what a page calls it, where it is done and about
// how many minutes it takes.
type taskPlace struct {
	Words   string
	To      func(slug string, t task.Task) string
	Minutes func(s *Server, ctx context.Context, who visitor, t task.Task) (int, error) // nil: nobody can say
	Verb    string                                                                      // of the button: "Read", "Begin"
}

// taskPlaces by kind of task; the others are led to by placeOf.
var taskPlaces = map[string]taskPlace{}
