package isms

import (
	"fmt"
	"slices"

	"github.com/toucan-grc/toucan/internal/cadence"
	"github.com/toucan-grc/toucan/internal/joiner"
	"github.com/toucan-grc/toucan/internal/people"
)

// The live figures. The keys are stored.
const (
	SourcePeople   = "people-ready"
	SourceLeavers  = "leavers-in-time"
	SourceRestores = "restore-tests"
	SourceRisks    = "risks-undecided"
	SourceActions  = "actions-overdue"
	SourceControls = "controls-operating"
	SourceReviews  = "reviews-in-time"
)

// Source is a figure that Toucan reads from what it keeps.
type Source struct {
	Key   string
	Label string
	Unit  string
	About string // what is counted, and what it does not know
	Asks  bool   // it is read with the eyes of a person, so that somebody has to take it
	Wait  int    // for figures over a whole period: how many days after its end all is known that counts; 0: it is a snapshot of the day it is taken
}

var sources = []Source{
	{SourcePeople, "People with training and policies in date", "percent", "Of the people who are here and asked for something: those whose training is in date and who acknowledged every policy of theirs. Who still has time to do it does not count as done.", false, 0},
	{SourceLeavers, "Leavers whose access ended within 24 hours", "percent", "Of those who left in the period: whose last removal of access was ticked off within 24 hours after the end of the last day. It knows the checklists of leaving; accounts nobody listed there it does not know.", false, 2},
	{SourceRestores, "Restore tests that were accepted", "percent", "Of the restore test records captured in the twelve months up to the last day of the period: those that a reviewer did not reject. Whether recovery time and recovery point were met is what the reviewer looked at.", false, 1},
	{SourceRisks, "Risks above appetite that nobody decided about", "count", "Risks of the register above the appetite without an approved plan or an acceptance that is still valid, on the day the figure is taken.", false, 0},
	{SourceActions, "Actions that are overdue", "count", "Open lines of the one backlog whose day is over, on the day the figure is taken.", false, 0},
	{SourceControls, "Controls that operate", "percent", "Of the controls in operation: those judged effective, on the day the figure is taken. It is read with the eyes of whoever takes it.", true, 0},
	{SourceReviews, "Surroundings looked at in time", "percent", "Of the interested parties and issues that have to be looked at again: those whose day is not over, and the decision on climate change.", false, 0},
}

// Sources returns the live figures.
func Sources() []Source { return slices.Clone(sources) }

// FindSource returns a live figure by its key.
func FindSource(key string) (Source, bool) {
	i := slices.IndexFunc(sources, func(s Source) bool { return s.Key == key })
	if i < 0 {
		return Source{}, false
	}
	return sources[i], true
}

// Figures are the values live figures are worked out from. Only what a source needs
// is filled in.
type Figures struct {
	Today    cadence.Date
	Days     cadence.Days        // the period
	People   [][]people.Standing // of each person who is here
	Left     []joiner.Gone
	Restores []Restore
	Risks    *RiskFigures   // nil: the register cannot be read
	Overdue  *int           // actions; nil: likewise
	Controls []ControlState // in operation
	Care     []Care         // of parties and issues that count
	Climate  ClimateStanding
}

// Restore is one record of a restore test.
type Restore struct {
	On       cadence.Date // when it was captured
	Rejected bool
}

// RiskFigures counts the register of risks.
type RiskFigures struct {
	All, Scored, Above int
	Undecided          []string // codes of those above appetite without a plan or an acceptance
}

// ControlState is one control in operation.
type ControlState struct {
	Code      string
	Effective bool
}

// Taken is a live figure as it was worked out.
type Taken struct {
	Known    MeasureKnown
	Value    float64
	Num, Den int // negative: it is no share
	Words    string
}

func share(num, den int, words string) Taken {
	return Taken{Valued, 100 * float64(num) / float64(den), num, den, words}
}

func tally(n int, words string) Taken { return Taken{Valued, float64(n), -1, -1, words} }

func cannot(format string, args ...any) Taken {
	return Taken{NoValue, 0, -1, -1, fmt.Sprintf(format, args...)}
}

// TakeFigure works a live figure out.
func TakeFigure(source string, f Figures) Taken {
	switch source {
	case SourcePeople:
		return f.peopleReady()
	case SourceLeavers:
		return f.leaversInTime()
	case SourceRestores:
		return f.restores()
	case SourceRisks:
		switch {
		case f.Risks == nil || f.Risks.All == 0:
			return cannot("The register of risks is empty, so that it says nothing.")
		case f.Risks.Scored == 0:
			return cannot("No risk of the register has been scored, so that none can lie above the appetite.")
		}
		words := fmt.Sprintf("%d of %d scored risks lie above the appetite.", f.Risks.Above, f.Risks.Scored)
		if n := f.Risks.All - f.Risks.Scored; n > 0 {
			words += fmt.Sprintf(" %d are not scored, and may lie above it.", n)
		}
		return tally(len(f.Risks.Undecided), words+figureCodes(" Nobody decided about ", f.Risks.Undecided))
	case SourceActions:
		if f.Overdue == nil {
			return cannot("The backlog could not be read.")
		}
		return tally(*f.Overdue, "")
	case SourceControls:
		return f.controls()
	case SourceReviews:
		return f.reviews()
	}
	return cannot("Toucan has no figure called %s any more.", source)
}

func (f Figures) peopleReady() Taken {
	asked, done := 0, 0
	for _, list := range f.People {
		any, all := false, true
		for _, s := range list {
			switch s.Check {
			case people.PoliciesCheck, people.SecurityCheck, people.HIPAACheck, people.AICheck:
			default:
				continue
			}
			if s.State == people.NotAsked {
				continue
			}
			any = true
			all = all && (s.State == people.Done || s.State == people.Excluded)
		}
		if any {
			asked++
			if all {
				done++
			}
		}
	}
	if asked == 0 {
		return cannot("Of %d people who are here, nobody is asked for training or policies.", len(f.People))
	}
	return share(done, asked, "")
}

func (f Figures) leaversInTime() Taken {
	in := 0
	var late []string
	for _, g := range f.Left {
		switch g.Removed.Timing {
		case joiner.InTime, joiner.NotAsked:
			in++
		default:
			late = append(late, string(g.Removed.Timing))
		}
	}
	if len(f.Left) == 0 {
		return Taken{Nothing, 0, 0, 0, "Nobody left in this period."}
	}
	words := ""
	if n := len(late); n > 0 {
		words = fmt.Sprintf("%d late, open, or without any step that removes access.", n)
	}
	return share(in, len(f.Left), words)
}

func (f Figures) restores() Taken {
	from := (f.Days.To + 1).AddMonths(-12)
	all, good := 0, 0
	for _, r := range f.Restores {
		if r.On < from || r.On > f.Days.To {
			continue
		}
		all++
		if !r.Rejected {
			good++
		}
	}
	if all == 0 {
		return cannot("No record of a restore test was captured from %s to %s.", from, f.Days.To)
	}
	return share(good, all, "")
}

func (f Figures) controls() Taken {
	n := 0
	var open []string
	for _, c := range f.Controls {
		if c.Effective {
			n++
		} else {
			open = append(open, c.Code)
		}
	}
	if len(f.Controls) == 0 {
		return cannot("No control is in operation.")
	}
	return share(n, len(f.Controls), figureCodes("Not effective, or not known to be: ", open))
}

func (f Figures) reviews() Taken {
	in, all := 0, 1
	for _, c := range f.Care {
		due := c.Due()
		if c.ReviewEvery == "" {
			continue
		}
		all++
		if due.Known() && f.Today <= due {
			in++
		}
	}
	words := "The decision on climate change is in date."
	switch f.Climate.State {
	case "current", "soon":
		in++
	default:
		words = "The decision on climate change is not in date."
	}
	return share(in, all, words)
}

// figureCodes names the first few codes behind some words; nothing when there are none.
func figureCodes(words string, codes []string) string {
	const few = 5
	for i, c := range codes {
		switch {
		case i == few:
			return words + fmt.Sprintf(" and %d more.", len(codes)-few)
		case i > 0:
			words += ", "
		}
		words += c
	}
	if len(codes) == 0 {
		return ""
	}
	return words + "."
}
