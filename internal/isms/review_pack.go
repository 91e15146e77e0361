package isms

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/toucan-grc/toucan/internal/cadence"
)

// Pack is what is put before top management: one section for each input of the
// agenda, with what Toucan knows and what it does not. It is a value: it is frozen
// as a file and read from there.
type Pack struct {
	Code         string        `json:"code"`
	Title        string        `json:"title"`
	Of           string        `json:"organisation"`
	On           string        `json:"meeting"`
	Since        string        `json:"since,omitempty"` // day of the review before; empty: this is the first
	Before       string        `json:"before,omitempty"`
	At           time.Time     `json:"prepared_at"`
	By           string        `json:"prepared_by"`
	Participants []PackPerson  `json:"participants"`
	Sections     []PackSection `json:"sections"`
}

// PackPerson is somebody who is invited.
type PackPerson struct {
	Name  string `json:"name"`
	Roles string `json:"roles,omitempty"`
	Top   bool   `json:"top_management"`
}

// PackSection is one input.
type PackSection struct {
	Item     string       `json:"item"`
	Clause   string       `json:"clause"` // item of 9.3.2, or "own"
	Topic    string       `json:"topic"`
	Question string       `json:"question"`
	Figures  []PackFigure `json:"figures,omitempty"`
	Lists    []PackList   `json:"lists,omitempty"`
	Missing  []string     `json:"not_known,omitempty"` // what Toucan cannot say
	Brought  *PackNote    `json:"brought,omitempty"`
}

// PackFigure is one number with its meaning.
type PackFigure struct {
	Label string `json:"label"`
	Value string `json:"value"`
	Note  string `json:"note,omitempty"`
	Mark  string `json:"mark,omitempty"` // good, warn or bad; empty: neither
}

// PackList is a table.
type PackList struct {
	Title string     `json:"title"`
	Head  []string   `json:"head"`
	Rows  [][]string `json:"rows"`
	More  int        `json:"left_out,omitempty"` // rows beyond those listed
}

// PackNote is what somebody brought by hand.
type PackNote struct {
	Words string    `json:"words"`
	By    string    `json:"by"`
	At    time.Time `json:"at"`
}

// PackFacts are the values a pack is built from, read in one place. A pointer that is
// nil says that nothing could be read.
type PackFacts struct {
	Review Review
	Before *Review // the last one whose minutes were approved
	Of     string  // name of the organisation
	Today  cadence.Date
	At     time.Time
	By     string

	Privacy, AI bool // a framework of that kind is followed

	Actions              []PackAction // of earlier reviews: open, or closed since the last one
	Issues, IssuesWere   []Issue
	Parties, PartiesWere []Party
	Climate              ClimateStanding
	Log                  *FindingFacts
	Tracks               []Track
	Checks               *CheckFacts
	Audits               *AuditFacts
	Risks                *RiskFacts
	Vendors              *VendorFacts
	Commitments          *[]CommitmentLine
	Training             *TrainingFacts
	Names                map[string]string // of persons
}

// PackAction is one line of the backlog.
type PackAction struct {
	Code, Title, From, Owner string
	Due                      cadence.Date
	Standing                 string
	Overdue, Done            bool
}

// FindingFacts is what the log of findings says.
type FindingFacts struct {
	Open, Overdue, Raised, Closed, Failed int
	ByGrade                               [][2]string // of those that are open: grade and number
	OpenList                              []FindingLine
	Repeated                              []string // in words
	Opportunities                         []FindingLine
}

// FindingLine is one finding.
type FindingLine struct{ Code, Title, Kind, Grade, Owner, Standing string }

// CheckFacts is what tests and controls say.
type CheckFacts struct {
	Controls, Effective int
	Open                [][3]string // code, title and state of controls that are not effective
	Failing             []FailingTest
	NoControls          string // why there is nothing to say of controls
	NoTests             string // likewise of tests
}

// FailingTest is a test that fails, and since when.
type FailingTest struct {
	Name     string
	Subjects int
	Since    cadence.Date
}

// AuditFacts is what the programme of internal audits says.
type AuditFacts struct {
	Planned, Held int
	List          [][4]string // code, title, day and result
}

// RiskFacts is what the register of risks says.
type RiskFacts struct {
	RiskFigures
	AboveList [][5]string // code, title, level, owner, what was decided
	Expiring  [][4]string // acceptances near their end: code, title, accepted by, until
	Overdue   []PackAction
}

// VendorFacts is what the register of vendors says.
type VendorFacts struct {
	All, Critical, Overdue int
	List                   [][5]string // code, name, tier, review by, standing
}

// CommitmentLine is one service commitment.
type CommitmentLine struct{ Code, Statement, Measure, Target string }

// TrainingFacts is how people stand with what they are asked.
type TrainingFacts struct{ Asked, Ready, Overdue int }

const packRows = 40 // of one list

// BuildPack writes the pack. It invents nothing: what was not recorded is named as
// not known.
func BuildPack(f PackFacts) Pack {
	p := Pack{Code: f.Review.Code, Title: f.Review.Title, Of: f.Of, On: f.Review.On.String(), At: f.At, By: f.By}
	if f.Before != nil {
		p.Since, p.Before = f.Before.On.String(), f.Before.Code
	}
	for _, x := range f.Review.Participants {
		p.Participants = append(p.Participants, PackPerson{cmp.Or(x.Name, "somebody who is not in the register any more"), x.Roles, x.Top})
	}
	build := map[string]func(PackFacts, *PackSection){
		"MR-01": packActions, "MR-02": packIssues, "MR-03": packClimate, "MR-04": packParties, "MR-05": packFindings, "MR-06": packMonitoring,
		"MR-07": packAudits, "MR-08": packObjectives, "MR-09": packFeedback, "MR-10": packRisks, "MR-11": packImprovements, "MR-12": packIncidents,
		"MR-13": packCommitments, "MR-14": packVendors, "MR-15": packPrivacy, "MR-16": packAI, "MR-17": packResources,
	}
	for _, a := range ReviewAgenda() {
		if a.Output {
			continue
		}
		s := PackSection{Item: a.ID, Clause: a.Clause, Topic: a.Topic, Question: a.Question}
		build[a.ID](f, &s)
		if n, ok := f.Review.Brought[a.ID]; ok && n.Words != "" {
			s.Brought = &PackNote{n.Words, n.ByName, n.At}
		}
		p.Sections = append(p.Sections, s)
	}
	return p
}

func (s *PackSection) figure(label, value, note, mark string) {
	s.Figures = append(s.Figures, PackFigure{label, value, note, mark})
}

func (s *PackSection) number(label string, n int, note string) {
	s.figure(label, strconv.Itoa(n), note, "")
}

// alarm is a number that should be zero.
func (s *PackSection) alarm(label string, n int, note string) {
	mark := "good"
	if n > 0 {
		mark = "bad"
	}
	s.figure(label, strconv.Itoa(n), note, mark)
}

func (s *PackSection) missing(format string, args ...any) {
	s.Missing = append(s.Missing, fmt.Sprintf(format, args...))
}

func (s *PackSection) list(title string, head []string, rows [][]string) {
	if len(rows) == 0 {
		return
	}
	l := PackList{Title: title, Head: head, Rows: rows}
	if n := len(rows) - packRows; n > 0 {
		l.Rows, l.More = rows[:packRows], n
	}
	s.Lists = append(s.Lists, l)
}

// byHand says that an input cannot be read here, unless somebody brought something.
func (f PackFacts) byHand(s *PackSection, what string) {
	if f.Review.Brought[s.Item].Words == "" {
		s.missing("%s Nobody has brought anything to this point yet.", what)
		return
	}
	s.missing("%s What stands here was brought by hand.", what)
}

func packActions(f PackFacts, s *PackSection) {
	if f.Before == nil {
		s.missing("No earlier review has approved minutes in Toucan, so that there is nothing to follow up.")
		return
	}
	var rows [][]string
	open, overdue, done := 0, 0, 0
	for _, a := range f.Actions {
		switch {
		case a.Done:
			done++
		case a.Overdue:
			open, overdue = open+1, overdue+1
		default:
			open++
		}
		rows = append(rows, []string{a.Code, a.Title, a.From, a.Owner, a.Due.Words(), a.Standing})
	}
	s.number("Open", open, "actions of earlier reviews")
	s.alarm("Overdue", overdue, "of those")
	s.number("Closed", done, "since "+f.Before.On.Words())
	s.list("Actions of earlier reviews", []string{"Action", "What", "Review", "Owner", "By", "Standing"}, rows)
	if len(rows) == 0 {
		s.missing("No review before decided anything that became an action.")
	}
}

func packIssues(f PackFacts, s *PackSection) {
	s.number("Issues", counted(f.Issues), "in the register")
	if len(f.Issues) == 0 {
		s.missing("The register of issues is empty: nobody has said what bears on the management system.")
		return
	}
	packChanges(f, s, f.Issues, f.IssuesWere, "issues", func(i Issue) string { return i.Topic + ": " + i.Text })
	packCare(f, s, len(f.Issues), func(n int) (Care, bool) { return f.Issues[n].Care, f.Issues[n].Retired == "" })
}

func packParties(f PackFacts, s *PackSection) {
	s.number("Parties", counted(f.Parties), "in the register")
	if len(f.Parties) == 0 {
		s.missing("The register of interested parties is empty: nobody has said who expects what.")
		return
	}
	packChanges(f, s, f.Parties, f.PartiesWere, "interested parties", func(p Party) string { return p.Name + ": " + p.Needs })
	packCare(f, s, len(f.Parties), func(n int) (Care, bool) { return f.Parties[n].Care, f.Parties[n].Retired == "" })
}

func counted[T entryBody](list []T) int {
	n := 0
	for i := range list {
		if keptOf(&list[i]).Retired == "" {
			n++
		}
	}
	return n
}

// packChanges lists what was entered, changed and retired since the last review.
func packChanges[T entryBody](f PackFacts, s *PackSection, now, were []T, many string, words func(T) string) {
	if f.Before == nil {
		s.missing("There is no earlier review to compare with: all %s are new to this one.", many)
		return
	}
	had := map[string]T{}
	for i := range were {
		had[keptOf(&were[i]).ID] = were[i]
	}
	var rows [][]string
	for i := range now {
		k := keptOf(&now[i])
		was, known := had[k.ID]
		what := ""
		switch {
		case !known && k.Retired == "":
			what = "New"
		case !known:
		case k.Retired != "" && keptOf(&was).Retired == "":
			what = "Retired: " + k.Retired
		case k.Retired == "":
			if fields := changedEntry(was, now[i]); len(fields) > 0 {
				what = "Changed: " + joined(fields)
			}
		}
		if what != "" {
			rows = append(rows, []string{k.Code, words(now[i]), what})
		}
	}
	s.number("Changed", len(rows), "since "+f.Before.On.Words())
	s.list("Changes since "+f.Before.On.Words(), []string{"Entry", "What it says", "Change"}, rows)
}

func joined(list []string) string {
	out := ""
	for i, x := range list {
		if i > 0 {
			out += ", "
		}
		out += x
	}
	return out
}

// packCare counts entries nobody has looked at in time.
func packCare(f PackFacts, s *PackSection, n int, of func(int) (Care, bool)) {
	late, silent := 0, 0
	for i := range n {
		c, counts := of(i)
		switch due := c.Due(); {
		case !counts:
		case !due.Known():
			silent++
		case due < f.Today:
			late++
		}
	}
	s.alarm("Not looked at in time", late, "their day is over")
	if silent > 0 {
		s.missing("%d say not when they have to be looked at again.", silent)
	}
}

func packClimate(f PackFacts, s *PackSection) {
	c := f.Climate
	if c.Last == nil {
		s.figure("Decision", "missing", "", "bad")
		s.missing("%s", c.Why)
	} else {
		mark := "good"
		if c.State == "overdue" {
			mark = "bad"
		}
		s.figure("Decision", map[bool]string{true: "relevant", false: "not relevant"}[c.Last.Relevant], c.Why, mark)
		s.list("What was decided", []string{"Day", "By", "Because"}, [][]string{{c.Last.On.Words(), c.Last.ByName, c.Last.Why}})
	}
	var rows [][]string
	for _, i := range f.Issues {
		if i.Climate && i.Retired == "" {
			rows = append(rows, []string{i.Code, i.Text, i.Effect, i.Response})
		}
	}
	s.list("Issues that speak of climate", []string{"Issue", "What", "Effect", "Response"}, rows)
	if len(rows) == 0 {
		s.missing("No issue of the register speaks of climate.")
	}
	rows = nil
	for _, p := range f.Parties {
		if p.Retired == "" && p.Climate != "" && p.Climate != "None known" {
			rows = append(rows, []string{p.Code, p.Name, p.Climate})
		}
	}
	s.list("What interested parties ask about climate", []string{"Party", "Who", "What"}, rows)
}

func packObjectives(f PackFacts, s *PackSection) {
	var rows [][]string
	met, missed, blind := 0, 0, 0
	for _, t := range f.Tracks {
		if t.Objective.Retired != "" {
			continue
		}
		value := "not measured yet"
		if last, ok := t.Last(); ok {
			if value = last.Verdict.Label(); last.Measure != nil && last.Measure.Known == Valued {
				value = Amount(last.Measure.Value, last.Unit)
			}
			switch last.Verdict {
			case TargetMet:
				met++
			case TargetMissed:
				missed++
			case NoData:
				missed, blind = missed+1, blind+1
			}
		}
		rows = append(rows, []string{t.Objective.Code, t.Objective.Title, t.Objective.Target.Words(t.Objective.Unit), value, cmp.Or(t.Move, "–"), fmt.Sprintf("%d of %d", t.Met, t.Judged())})
	}
	if len(rows) == 0 {
		s.missing("No objective has been set, so that none can be met (6.2).")
		return
	}
	s.number("Met", met, "in the last period of each")
	s.alarm("Missed", missed, "likewise")
	if blind > 0 {
		s.missing("%d of the missed ones have no data. A period without data counts as a miss.", blind)
	}
	s.list("Objectives", []string{"Objective", "What", "Target", "Last value", "Since the period before", "Periods met"}, rows)
}

func packFeedback(f PackFacts, s *PackSection) {
	f.byHand(s, "Toucan keeps no questionnaires, complaints or letters of authorities.")
}

func packIncidents(f PackFacts, s *PackSection) {
	f.byHand(s, "Toucan keeps no register of incidents.")
}

func packPrivacy(f PackFacts, s *PackSection) {
	if !f.Privacy {
		s.missing("No privacy framework is followed here. Say so in the minutes, or bring what there is.")
		return
	}
	f.byHand(s, "Toucan keeps no log of requests by individuals and no record of processing.")
}

func packAI(f PackFacts, s *PackSection) {
	if !f.AI {
		s.missing("No framework about AI is followed here. Say so in the minutes, or bring what there is.")
		return
	}
	f.byHand(s, "Toucan keeps no inventory of AI and no impact assessments.")
}

func packResources(f PackFacts, s *PackSection) {
	if t := f.Training; t != nil && t.Asked > 0 {
		s.figure("In date", fmt.Sprintf("%d of %d", t.Ready, t.Asked), "people with training and policies", "")
		s.alarm("Overdue", t.Overdue, "people with something overdue")
	} else {
		s.missing("Nobody is asked for training or policies yet.")
	}
	f.byHand(s, "Toucan knows no open posts, skills or budgets.")
}

func packImprovements(f PackFacts, s *PackSection) {
	if f.Log == nil {
		f.byHand(s, "The log of findings could not be read.")
		return
	}
	var rows [][]string
	for _, o := range f.Log.Opportunities {
		rows = append(rows, []string{o.Code, o.Title, o.Owner, o.Standing})
	}
	s.number("Opportunities", len(rows), "open in the log of findings")
	s.list("Opportunities for improvement", []string{"Finding", "What", "Owner", "Standing"}, rows)
	if len(rows) == 0 {
		f.byHand(s, "No opportunity for improvement is open in the log of findings.")
	}
}

// sortActions puts overdue ones first, then open ones by day, then those that are done.
func sortActions(list []PackAction) {
	rank := func(a PackAction) int {
		switch {
		case a.Overdue:
			return 0
		case a.Done:
			return 2
		}
		return 1
	}
	slices.SortStableFunc(list, func(a, b PackAction) int {
		return cmp.Or(rank(a)-rank(b), int(a.Due-b.Due), cmp.Compare(a.Code, b.Code))
	})
}
