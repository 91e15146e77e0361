package gap

import (
	"slices"
	"strings"
	"time"

	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/problem"
)

// Step is one of the five steps of a gap analysis that is kept. The numbers are stored.
type Step int

const (
	StepInventory Step = iota + 1 // what is there
	StepRisks                     // one risk method
	StepDocuments                 // documents that overlap or contradict each other
	StepScope                     // the two scopes beside each other
	StepUnified                   // one set of controls, and what is new work
)

// StepInfo is what a step is about, for whoever is led through it.
type StepInfo struct {
	Step    Step
	Title   string
	What    string // one sentence: what is done in it
	Decide  string // what has to be decided before it is done
	Pitfall string // what goes wrong where it is left out
}

var steps = []StepInfo{
	{StepInventory, "Inventory of controls", "List every control with its owner, how often it is carried out and the evidence it leaves.",
		"Say which controls are only on paper, and what happens with them.", "A control that only exists on paper fails the second audit as quickly as the first."},
	{StepRisks, "One risk method", "See which risk method is in force, and which risks only one of the two views knows.",
		"Decide which one method both frameworks rest on from now on.", "Two assessments with two scales cannot be compared, and the treatment plan hangs in the air."},
	{StepDocuments, "Overlapping documents", "Find policies that contradict each other, or govern one topic together.",
		"Decide for each contradiction which document staff really follow.", "Two documents in force without a word on which one governs is a finding in either audit."},
	{StepScope, "Scope", "Lay the boundary of the SOC 2 system and the scope of the ISMS beside each other.",
		"Decide on purpose what is in either, and why they differ where they do.", "A narrow SOC 2 boundary quietly becomes the assumed scope of the ISMS."},
	{StepUnified, "One set of controls", "See what the target framework asks that nothing covers yet, and hand it out as work.",
		"Choose what is done, by whom and by when.", "A crosswalk that leads to no work makes nobody compliant with anything."},
}

// Steps returns the five steps in their order.
func Steps() []StepInfo { return slices.Clone(steps) }

// Info returns what a step is about; of an unknown one, false.
func (s Step) Info() (StepInfo, bool) {
	if s < StepInventory || s > StepUnified {
		return StepInfo{}, false
	}
	return steps[s-1], true
}

// Stage says how far a step is.
type Stage string

const (
	NotBegun Stage = "not_begun"
	UnderWay Stage = "under_way"
	Done     Stage = "done"
)

// Words is the stage as a page says it.
func (s Stage) Words() string {
	switch s {
	case UnderWay:
		return "Under way"
	case Done:
		return "Done"
	}
	return "Not begun"
}

// Act is one thing that somebody did about a step. The values of What are stored.
type Act struct {
	ID     string
	Step   Step
	What   string // begun, noted, done or reopened
	Note   string
	Output *Output // of done
	At     time.Time
	ByName string
}

const (
	actBegun    = "begun"
	actNoted    = "noted"
	actDone     = "done"
	actReopened = "reopened"
)

// StepState is how a step stands.
type StepState struct {
	StepInfo
	Stage  Stage
	At     time.Time // of the last act; zero: none
	ByName string
	Note   string  // the last that was noted or decided
	Output *Output // what was kept when it was done last; stays while it is open again
	KeptAt time.Time
	KeptBy string
	Acts   []Act // the newest first
	Hidden bool  // whoever reads it may not see what it is made of
}

// hide takes away what was kept: the figures, the risks and documents by name, and
// what was said of them.
func (s *StepState) hide() {
	s.Output, s.Note, s.Hidden = nil, "", true
	for i := range s.Acts {
		s.Acts[i].Output, s.Acts[i].Note = nil, ""
	}
}

// Analysis is a gap analysis that is kept.
type Analysis struct {
	ID       string
	Name     string
	From, To string // frameworks, by id
	At       time.Time
	ByName   string
	Steps    [5]StepState
}

// Of returns how a step of the analysis stands.
func (a *Analysis) Of(s Step) *StepState { return &a.Steps[s-1] }

// Done counts the steps that are done.
func (a *Analysis) Done() int {
	n := 0
	for _, s := range a.Steps {
		if s.Stage == Done {
			n++
		}
	}
	return n
}

// Next is the first step that is not done; all five are when ok is false.
func (a *Analysis) Next() (s Step, ok bool) {
	for _, x := range a.Steps {
		if x.Stage != Done {
			return x.Step, true
		}
	}
	return 0, false
}

// fold replays acts, the oldest first.
func (a *Analysis) fold(acts []Act) {
	for i, info := range steps {
		a.Steps[i] = StepState{StepInfo: info, Stage: NotBegun}
	}
	for _, x := range acts {
		if _, ok := x.Step.Info(); !ok {
			continue
		}
		s := a.Of(x.Step)
		s.At, s.ByName = x.At, x.ByName
		s.Acts = slices.Insert(s.Acts, 0, x)
		switch x.What {
		case actBegun, actReopened:
			s.Stage = UnderWay
		case actNoted:
			s.Note = x.Note
			if s.Stage == NotBegun {
				s.Stage = UnderWay
			}
		case actDone:
			s.Stage, s.Note, s.Output, s.KeptAt, s.KeptBy = Done, x.Note, x.Output, x.At, x.ByName
		}
	}
}

// maxName and maxNote bound what a person types.
const (
	maxName = 160
	maxNote = 4000
)

// checkedName is a name of an analysis as it is kept.
func checkedName(name string) (string, error) {
	name, err := db.Line("name", "The name", name, maxName)
	if err == nil && name == "" {
		err = problem.Field("name", "Give the analysis a name, such as “ISO 27001, first certification”.")
	}
	return name, err
}

// mayComplete says why a step cannot be completed as it stands, or nil.
func (s *StepState) mayComplete(note string) error {
	if s.Stage == Done {
		return problem.New(problem.Conflict, "This step is done already. Open it again with a reason, then complete it anew.")
	}
	if strings.TrimSpace(note) == "" {
		return problem.Field("note", s.Decide+" Write it down; the output is kept with it.")
	}
	return nil
}
