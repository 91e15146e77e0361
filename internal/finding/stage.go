package finding

import (
	"fmt"
	"slices"
	"strings"

	"github.com/toucan-grc/toucan/internal/cadence"
)

// Stage is a part of the line every finding goes along.
type Stage string

const (
	Problem    Stage = "problem"
	Correction Stage = "correction" // of the present case
	Cause      Stage = "cause"
	Response   Stage = "response" // what was decided
	Acting     Stage = "action"   // that removes the cause
	Check      Stage = "check"    // that it worked
	Closing    Stage = "closed"
)

// Label is the stage as a page writes it.
func (s Stage) Label() string {
	return map[Stage]string{Problem: "Problem", Correction: "Correction", Cause: "Cause", Response: "Answer", Acting: "Action", Check: "Check", Closing: "Closed"}[s]
}

// stages says which parts a kind has. Nobody asks the cause of an idea.
func (k Kind) stages() []Stage {
	switch k {
	case Nonconformity:
		return []Stage{Problem, Correction, Cause, Acting, Check, Closing}
	case Exception:
		return []Stage{Problem, Correction, Cause, Response, Acting, Closing}
	}
	return []Stage{Problem, Response, Acting, Closing}
}

// Asks reports whether the line of a kind has a stage.
func (k Kind) Asks(s Stage) bool { return slices.Contains(k.stages(), s) }

// Step is one part of the line of a finding.
type Step struct {
	Stage Stage
	Done  bool
	Now   bool         // the first that is not done
	Words string       // how it stands: what is missing, in words, or when it was done
	Due   cadence.Date // the last day for it, or none
}

// Line says how far a finding is: every step with what it still needs. It reads
// nothing but the finding.
func (f Finding) Line() []Step {
	var out []Step
	missing := false
	for _, s := range f.Kind.stages() {
		st := Step{Stage: s}
		st.Done, st.Words = f.step(s)
		if s == Closing && !f.Closed() && missing {
			st.Words = "Not closed."
		}
		if !st.Done && !missing {
			st.Now, missing = true, true
		}
		if !st.Done {
			st.Due = f.dueOf(s)
		}
		out = append(out, st)
	}
	return out
}

// step says whether one step is done, and what is missing or what was done.
func (f Finding) step(s Stage) (bool, string) {
	switch s {
	case Problem:
		if f.Owner == "" && !f.Closed() {
			return true, "Found on " + f.FoundOn.Words() + ". Nobody answers for it yet."
		}
		return true, "Found on " + f.FoundOn.Words() + "."
	case Correction:
		if f.Correction == "" {
			return false, "A correction is missing: what was done about the present case."
		}
		return true, "Corrected on " + f.CorrectedOn.Words() + "."
	case Cause:
		if f.Cause == "" {
			return false, "A cause is missing: what made it possible."
		}
		return true, "The cause is stated."
	case Response:
		if f.Response == "" && f.Kind == Exception {
			return false, "An answer is missing: what management says to the exception."
		}
		if f.Response == "" {
			return false, "An answer is missing: what is done about it, or why nothing is."
		}
		return true, "It was answered."
	case Acting:
		return f.acted()
	case Check:
		return f.checkedStep()
	}
	if f.Closed() {
		return true, "Closed on " + f.ClosedOn.Words() + "."
	}
	return false, "Ready to be closed."
}

// acted says whether everything planned was done.
func (f Finding) acted() (bool, string) {
	t := f.Actions
	switch {
	case t.Open > 0 && t.Overdue == t.Open:
		return false, some(t.Open, "action is", "actions are") + " still open and overdue."
	case t.Open > 0 && t.Overdue > 0:
		return false, fmt.Sprintf("%s still open, %d of them overdue.", some(t.Open, "action is", "actions are"), t.Overdue)
	case t.Open > 0:
		return false, some(t.Open, "action is", "actions are") + " still open."
	case t.Done > 0 && f.Verdict() == "no":
		return false, "A new action is missing: what was done before did not work."
	case t.Done > 0:
		return true, some(t.Done, "action", "actions") + " done, the last on " + t.LastDone.Words() + "."
	case f.Kind == Nonconformity || f.Kind == Exception:
		return false, "An action is missing: what removes the cause."
	}
	return true, "No action was needed."
}

// Verdict is what the check said of the actions as they stand: an action done
// after it makes it say nothing.
func (f Finding) Verdict() string {
	if f.Worked == "" || f.Actions.LastSaid.After(f.CheckedAt) {
		return ""
	}
	return f.Worked
}

func (f Finding) checkedStep() (bool, string) {
	switch {
	case f.Verdict() == "yes":
		return true, "It worked, as was checked on " + f.CheckedOn.Words() + "."
	case f.Verdict() == "no":
		return false, "The check of " + f.CheckedOn.Words() + " found that it did not work."
	case f.Worked == "yes":
		return false, "An action was done after the check of " + f.CheckedOn.Words() + ". Check again whether it worked."
	case !f.CheckOn.Known():
		return false, "A check is missing: a day, and somebody else than who did it, to see whether it worked."
	}
	return false, "To be checked on " + f.CheckOn.Words() + "."
}

func some(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}

// Now returns the step a finding waits for. Of a closed one it is the last.
func (f Finding) Now() Step {
	line := f.Line()
	for _, s := range line {
		if s.Now {
			return s
		}
	}
	return line[len(line)-1]
}

// Missing returns what must be there before the finding can be closed, in words;
// none when it can.
func (f Finding) Missing() []string {
	var out []string
	for _, s := range f.Line() {
		if !s.Done && s.Stage != Closing {
			out = append(out, s.Words)
		}
	}
	return out
}

// Limit is how many days each part may take, counted from the day a finding was
// found, and why so many.
type Limit struct {
	Correct int // until the present case is corrected
	Plan    int // until cause and action, or an answer, are there
	Close   int // until it is closed; 0: no limit of ours
	Why     string
}

// CheckWithin is how many days after the last action was done somebody must have
// checked that it worked. The policy that ships says the same.
const CheckWithin = 90

// LimitOf returns the limit for a kind and grade. Certification bodies set their
// own; these are what they customarily ask, or stricter.
func LimitOf(k Kind, g Grade) Limit {
	switch {
	case g == Major:
		return Limit{14, 14, 90, "Until a major nonconformity is corrected and the action shown to work, no certificate is issued or kept; bodies customarily give 90 days. Half of the 30 days of the policy are ours for the plan."}
	case k == Nonconformity:
		return Limit{30, 30, 365, "The policy gives 30 days for the plan. Whether it worked is looked at in the next yearly visit at the latest."}
	case k == Exception:
		return Limit{30, 30, 180, "A report names every exception with what management did about it; half a year lets the control run again within a window of a year."}
	case k == Observation:
		return Limit{Plan: 60, Why: "Nothing is required; 60 days keep an area of concern from becoming a nonconformity unseen."}
	}
	return Limit{Plan: 90, Why: "Ideas are answered within a quarter, so that people go on having them."}
}

// dueOf returns the last day for a step that is not done.
func (f Finding) dueOf(s Stage) cadence.Date {
	l := LimitOf(f.Kind, f.Grade)
	after := func(n int) cadence.Date {
		if n == 0 {
			return 0
		}
		return f.FoundOn + cadence.Date(n)
	}
	switch s {
	case Correction:
		return after(l.Correct)
	case Cause, Response:
		return after(l.Plan)
	case Acting:
		switch {
		case f.Actions.NextDue.Known():
			return f.Actions.NextDue
		case f.Actions.Open > 0:
			return after(l.Close)
		}
		return after(l.Plan)
	case Check:
		if f.Actions.Open == 0 && f.Actions.LastDone.Known() {
			last := f.Actions.LastDone + CheckWithin
			if f.CheckOn.Known() {
				last = min(last, f.CheckOn)
			}
			return last
		}
	}
	return after(l.Close)
}

// Overdue reports whether the step the finding waits for should have been done
// before today, or one of its actions.
func (f Finding) Overdue(today cadence.Date) bool {
	if f.Closed() {
		return false
	}
	due := f.Now().Due
	return f.Actions.Overdue > 0 || due.Known() && due < today
}

// MayCheck says why somebody may not check whether it worked, or returns "". Who
// answers for the finding, or did one of its actions, looks at their own work.
func (f Finding) MayCheck(person string) string {
	switch {
	case person == "":
		return ""
	case person == f.Owner:
		return "Who answers for the finding cannot check whether it worked. Ask somebody else."
	case slices.Contains(f.Actions.Owners, person):
		return "Who did one of the actions cannot check whether it worked. Ask somebody else."
	}
	return ""
}

// Repeats returns the findings that say the same again: about one of the same
// requirements or controls, found within 12 months before this one. Only what did
// not conform repeats.
func (f Finding) Repeats(all []Finding) []Finding {
	var out []Finding
	for i := range all {
		if f.repeats(&all[i], f.FoundOn.AddMonths(-12)) && f.shares(all[i]) {
			out = append(out, all[i])
		}
	}
	return out
}

// repeats reports whether another lies before, not earlier than a day, and both
// did not conform.
func (f *Finding) repeats(o *Finding, since cadence.Date) bool {
	return o.ID != f.ID && f.wrong() && o.wrong() && (o.FoundOn < f.FoundOn || o.FoundOn == f.FoundOn && o.N < f.N) && o.FoundOn >= since
}

func (f *Finding) wrong() bool { return f.Kind == Nonconformity || f.Kind == Exception }

func (f Finding) shares(o Finding) bool {
	for _, r := range f.Requirements {
		if slices.Contains(o.Requirements, r) {
			return true
		}
	}
	for _, c := range f.Controls {
		if slices.Contains(o.Controls, c) {
			return true
		}
	}
	return false
}

// Escalation says why a minor nonconformity may have become a major one, a
// sentence each. It is a hint: a person grades.
func (f Finding) Escalation(repeats []Finding, today cadence.Date) []string {
	if f.Kind != Nonconformity || f.Grade != Minor || f.Closed() {
		return nil
	}
	var out []string
	if f.Correction == "" {
		if due := f.dueOf(Correction); due < today {
			out = append(out, fmt.Sprintf("It should have been corrected by %s and is not.", due))
		}
	}
	if len(repeats) > 0 {
		codes := make([]string, len(repeats))
		for i, r := range repeats {
			codes[i] = r.Code()
		}
		out = append(out, "It repeats "+strings.Join(codes, ", ")+", found within the 12 months before: the earlier cure may not have held.")
	}
	if f.Failed > 0 {
		out = append(out, "A check found that what was done did not work.")
	}
	if due := f.dueOf(Closing); due.Known() && due < today {
		out = append(out, fmt.Sprintf("It should have been closed by %s.", due))
	}
	return out
}
