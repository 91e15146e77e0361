package joiner

import (
	"testing"

	"github.com/toucan-grc/toucan/internal/people"
	"github.com/toucan-grc/toucan/internal/problem"
)

func fieldOf(err error) string {
	if err == nil {
		return ""
	}
	return problem.Of(err).Field
}

func TestWhatAStepMustSay(t *testing.T) {
	good := Step{List: Leaving, Title: "Give back the car", Doer: Self, Days: 7, Groups: []string{"remote"}, Evidence: "asset-return-record"}
	for _, tt := range []struct {
		name   string
		change func(*Step)
		field  string
	}{
		{"all that is asked", func(*Step) {}, ""},
		{"for those under HIPAA", func(s *Step) { s.Groups = []string{WithHIPAA} }, ""},
		{"no list", func(s *Step) { s.List = "moving" }, "list"},
		{"no title", func(s *Step) { s.Title = " " }, "title"},
		{"nobody", func(s *Step) { s.Doer = "the cat" }, "doer"},
		{"years ahead", func(s *Step) { s.Days = -1000 }, "days"},
		{"no such group", func(s *Step) { s.Groups = []string{"astronauts"} }, "groups"},
		{"no such evidence", func(s *Step) { s.Evidence = "hearsay" }, "evidence"},
		{"removal while joining", func(s *Step) { s.List, s.Removal = Joining, true }, "removal"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := good
			tt.change(&s)
			if _, err := s.checked(people.Shipped()); fieldOf(err) != tt.field {
				t.Errorf("the fault is with %q (%v), want %q", fieldOf(err), err, tt.field)
			}
		})
	}
}

func TestNoFileIsTakenForABackgroundCheck(t *testing.T) {
	if err := RefuseFile(BackgroundEvidence); err == nil || problem.Of(err).Field != "file" {
		t.Errorf("a report was taken: %v", err)
	}
	if err := RefuseFile("training-record"); err != nil {
		t.Errorf("a certificate was refused: %v", err)
	}
}
