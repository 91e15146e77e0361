package web

import (
	"context"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/approval"
	"github.com/toucan-grc/toucan/internal/policy"
	"github.com/toucan-grc/toucan/internal/task"
	"github.com/toucan-grc/toucan/internal/training"
)

// taskPlace says of a kind of task what a page calls it and where it is done.
type taskPlace struct {
	Words string
	Verb  string // of the button
	Many  string // of what several of them are called together: "Read and acknowledge %d policies"; empty: each stands alone
	To    func(slug string, t task.Task) string
}

// taskPlaces by kind of task; the others are led to by placeOf.
var taskPlaces = map[string]taskPlace{
	policy.TaskAcknowledge: {"Policy", "Read", "Read and acknowledge %d policies", func(slug string, t task.Task) string {
		return orgPath(slug, "policies", t.Subject.ID, "read")
	}},
	string(approval.StatementVersion) + ".approve": {"Approval", "Decide", "", func(slug string, t task.Task) string { return statementPath(slug, "versions", t.Subject.ID) }},
	training.TaskComplete:                          {"Training", "Begin", "", func(slug string, t task.Task) string { return orgPath(slug, "training", t.Subject.ID) }},
}

// minutes says about how long each of some tasks takes, by task; those of which
// nobody can say are left out.
func (s *Server) minutes(ctx context.Context, who visitor, list []task.Task) (map[string]int, error) {
	out, read := map[string]int{}, map[string]int{}
	for _, t := range list {
		switch t.Kind {
		case policy.TaskAcknowledge:
			read[t.Subject.ID] = 0
		case training.TaskComplete:
			if c := training.Courses()[training.Track(t.Subject.ID)]; c != nil {
				out[t.ID] = c.Minutes
			}
		}
	}
	if len(read) == 0 || s.Policies == nil || !who.Can(access.OwnPolicies) {
		return out, nil
	}
	shelf, err := s.Policies.Mine(ctx, who.Actor, s.Now())
	if err != nil {
		return nil, err
	}
	for _, i := range shelf.Items {
		read[i.Policy] = i.Version.Minutes()
	}
	for _, t := range list {
		if n := read[t.Subject.ID]; t.Kind == policy.TaskAcknowledge && n > 0 {
			out[t.ID] = n
		}
	}
	return out, nil
}
