package isms

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/toucan-grc/toucan/internal/cadence"
)

// StepState says how far a step of building the management system is.
type StepState string

const (
	StepOpen    StepState = "open"
	StepBegun   StepState = "begun"
	StepDone    StepState = "done"
	StepUnknown StepState = "unknown" // nobody could tell
)

// Words is the state as a person reads it.
func (s StepState) Words() string {
	switch s {
	case StepOpen:
		return "not begun"
	case StepBegun:
		return "under way"
	}
	return string(s)
}

// Mark is the shape the state is shown with.
func (s StepState) Mark() string {
	return map[StepState]string{StepOpen: "waiting", StepBegun: "warn", StepDone: "good", StepUnknown: "unknown"}[s]
}

// HomeStep is one step of building the management system, in the order it is built.
type HomeStep struct {
	Key, Title string
	State      StepState
	Why        string
	To         []string // page below the organisation
	Clause     string   // of ISO/IEC 27001:2022
}

// HomeNext is one thing to do now.
type HomeNext struct {
	Mark  string
	Title string
	Why   string
	To    []string // page below the organisation
}

// HomeQuarter is one part of the cycle of plan, do, check and act.
type HomeQuarter struct {
	Title string
	Facts []HomeFact
}

// HomeFact is one line of a quarter: what is known, or that it is not.
type HomeFact struct {
	Label string
	Value string // "7 of 9"; "unknown" when nobody could tell
	Mark  string // "good", "warn", "bad", "waiting" or "unknown"
	To    []string
}

// HomeFacts is what the home of the management system is drawn from. A number below
// zero is not known.
type HomeFacts struct {
	Today cadence.Date

	ScopeApproved, ScopeDraft        bool
	Parties, Issues                  int
	Climate                          bool // a decision about climate is recorded
	Duties                           int  // roles somebody holds
	RolesEmpty                       []string
	MethodApproved                   bool
	Risks, RisksScored               int
	RisksUnaccepted                  int
	StatementVersions                int
	StatementApprovedOn              cadence.Date
	Objectives, ObjectivesMeasured   int
	AuditsPlanned, AuditsDone        int
	LastAudit                        cadence.Date
	ReviewsPlanned, ReviewsHeld      int
	LastReview, NextReview           cadence.Date
	Findings, FindingsOverdue        int // open
	Actions, ActionsOverdue          int // open
	FindingsClosed                   int
	Obligations, DutyMissed, DutyDue int
	DutyPast, DutyKept               int
	Policies, PoliciesInForce        int
	Missed                           []ObligationRow // what was missed or is due, what is worst first
	Gates                            []Gate
	Remarks                          []Remark
	Engagements                      int
}

// Steps is the guided start: what a management system is built from, and how far
// each part is.
func (f HomeFacts) Steps() []HomeStep {
	step := func(key, title, clause string, done, begun bool, why string, to ...string) HomeStep {
		s := HomeStep{Key: key, Title: title, Clause: clause, State: StepOpen, Why: why, To: to}
		switch {
		case done:
			s.State = StepDone
		case begun:
			s.State = StepBegun
		}
		return s
	}
	scope := "Say where the management system begins and ends."
	if f.ScopeApproved {
		scope = "A scope is approved."
	} else if f.ScopeDraft {
		scope = "A scope is written; approve it."
	}
	return []HomeStep{
		step("scope", "Scope", "4.3", f.ScopeApproved, f.ScopeDraft, scope, "isms", "scope"),
		step("context", "Parties and issues", "4.1, 4.2", f.Parties > 0 && f.Issues > 0 && f.Climate, f.Parties > 0 || f.Issues > 0, contextWords(f), "isms", "parties"),
		step("duties", "Roles", "5.3", f.Duties > 0 && len(f.RolesEmpty) == 0, f.Duties > 0, dutyWords(f), "isms", "duties"),
		step("method", "Risk method", "6.1.2", f.MethodApproved, f.Risks > 0, homeEither(f.MethodApproved, "A method is approved.", "Choose scales and the appetite, and have them approved."), "risks", "method"),
		step("register", "Risk register", "8.2", f.Risks > 0 && f.RisksScored == f.Risks, f.Risks > 0, riskWords(f), "risks"),
		step("statement", "Statement of applicability", "6.1.3 d", f.StatementVersions > 0, false, homeEither(f.StatementVersions > 0, "Approved on "+f.StatementApprovedOn.Words()+".", "Decide on each control of Annex A, and have it approved."), "isms", "statement"),
		step("objectives", "Objectives", "6.2", f.ObjectivesMeasured > 0, f.Objectives > 0, objectiveWords(f), "isms", "objectives"),
		step("obligations", "Recurring obligations", "8.1", f.Obligations > 0, false, homeEither(f.Obligations > 0, fmt.Sprintf("%s adopted.", linesWord(f.Obligations, "is", "are")), "Choose what is done again and again; tasks come by themselves."), "isms", "obligations"),
		step("programme", "Internal audits", "9.2", f.AuditsDone > 0, f.AuditsPlanned > 0, auditWords(f), "isms", "audits"),
		step("review", "Management review", "9.3", f.ReviewsHeld > 0, f.ReviewsPlanned > 0, reviewWords(f), "isms", "reviews"),
	}
}

func homeEither(yes bool, a, b string) string {
	if yes {
		return a
	}
	return b
}

func contextWords(f HomeFacts) string {
	switch {
	case f.Parties == 0 && f.Issues == 0:
		return "Say who expects what, and what bears on the system."
	case !f.Climate:
		return fmt.Sprintf("%s, %s; the decision on climate is missing.", linesWord(f.Parties, "party", "parties"), linesWord(f.Issues, "issue", "issues"))
	}
	return fmt.Sprintf("%s, %s.", linesWord(f.Parties, "party", "parties"), linesWord(f.Issues, "issue", "issues"))
}

func dutyWords(f HomeFacts) string {
	switch {
	case f.Duties == 0:
		return "Say who holds which role; tasks go to whoever does."
	case len(f.RolesEmpty) > 0:
		return "Nobody holds: " + homeJoined(f.RolesEmpty) + "."
	}
	return "Every role that obligations name is held."
}

func homeJoined(list []string) string {
	switch n := len(list); {
	case n == 0:
		return ""
	case n == 1:
		return list[0]
	case n > 4:
		return fmt.Sprintf("%s, %s and %d more", list[0], list[1], n-2)
	default:
		out := list[0]
		for _, s := range list[1 : n-1] {
			out += ", " + s
		}
		return out + " and " + list[n-1]
	}
}

func riskWords(f HomeFacts) string {
	switch {
	case f.Risks == 0:
		return "Begin from the library of scenarios; its figures are not yours until you score them."
	case f.RisksScored < f.Risks:
		return fmt.Sprintf("%d of %s scored by you.", f.RisksScored, linesWord(f.Risks, "risk is", "risks are"))
	}
	return fmt.Sprintf("%s, all scored by you.", linesWord(f.Risks, "risk", "risks"))
}

func objectiveWords(f HomeFacts) string {
	switch {
	case f.Objectives == 0:
		return "Set what is to be reached, measurably, with an owner."
	case f.ObjectivesMeasured == 0:
		return fmt.Sprintf("%s set; none has a value yet.", linesWord(f.Objectives, "is", "are"))
	}
	return fmt.Sprintf("%d of %d have values.", f.ObjectivesMeasured, f.Objectives)
}

func auditWords(f HomeFacts) string {
	switch {
	case f.AuditsDone > 0:
		return fmt.Sprintf("%s done, the last on %s.", linesWord(f.AuditsDone, "is", "are"), f.LastAudit.Words())
	case f.AuditsPlanned > 0:
		return fmt.Sprintf("%s planned; none is done.", linesWord(f.AuditsPlanned, "is", "are"))
	}
	return "Plan the programme: every clause each year, every control in three."
}

func reviewWords(f HomeFacts) string {
	switch {
	case f.ReviewsHeld > 0:
		return fmt.Sprintf("Held %s, the last on %s.", homeTimes(f.ReviewsHeld), f.LastReview.Words())
	case f.ReviewsPlanned > 0:
		return "Planned for " + f.NextReview.Words() + "."
	}
	return "Plan it with top management; the pack fills itself from live data."
}

func homeTimes(n int) string {
	switch n {
	case 1:
		return "once"
	case 2:
		return "twice"
	}
	return fmt.Sprintf("%d times", n)
}

const nextShown = 6

// Next is what to do now: few things, what is most pressing first.
func (f HomeFacts) Next() []HomeNext {
	var out []HomeNext
	add := func(mark, title, why string, to ...string) { out = append(out, HomeNext{mark, title, why, to}) }
	for _, r := range f.Remarks {
		if r.Weight == Refused || r.Weight == Warned {
			add("warn", "A date of your audits needs a look", r.Text, "isms", "plan")
			break
		}
	}
	for _, g := range f.Gates {
		if g.Blockers > 0 {
			mark := "bad"
			if g.Honest <= g.Audit.Judged() { // the day can still be kept
				mark = "warn"
			}
			add(mark, fmt.Sprintf("%s on %s: %s", g.Audit.Name(), g.Audit.Judged().Words(), linesWord(g.Blockers, "line is not ready that you should not go without", "lines are not ready that you should not go without")), g.Verdict, "isms", "gate")
			break
		}
	}
	for _, r := range f.Missed {
		if len(out) >= 4 {
			break
		}
		mark, what := "warn", "is due on "+r.Present.Due.Words()
		if r.Present.State == DutyMissed {
			mark, what = "bad", "was missed on "+r.Present.Due.Words()
		}
		add(mark, r.Text.Title+" "+what, r.Interval.Because, "isms", "obligations", r.Code)
	}
	if f.FindingsOverdue > 0 {
		add("bad", linesWord(f.FindingsOverdue, "finding waits longer than it should", "findings wait longer than they should"), "Look at the oldest first.", "findings")
	}
	if f.ActionsOverdue > 0 {
		add("bad", linesWord(f.ActionsOverdue, "action is overdue", "actions are overdue"), "Do it, or say why its day moves.", "findings", "backlog")
	}
	if f.RisksUnaccepted > 0 {
		add("warn", linesWord(f.RisksUnaccepted, "risk waits for a decision", "risks wait for a decision"), "Treat it, or have it accepted by whoever may.", "risks")
	}
	for _, s := range f.Steps() {
		if s.State != StepDone && s.State != StepUnknown && len(out) < nextShown {
			add("info", s.Title+": "+s.State.Words(), s.Why, s.To...)
		}
	}
	if f.Engagements == 0 && len(out) < nextShown {
		add("info", "Enter the date of your next audit", "Then the gate says what has to be old enough by then.", "isms", "plan")
	}
	slices.SortStableFunc(out, func(a, b HomeNext) int { return cmp.Compare(nextRank(a.Mark), nextRank(b.Mark)) })
	return out[:min(len(out), nextShown)]
}

func nextRank(mark string) int { return map[string]int{"bad": 0, "warn": 1, "info": 2}[mark] }

func cycleCount(n int) string { return fmt.Sprint(n) }
