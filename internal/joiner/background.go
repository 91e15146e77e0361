package joiner

import (
	"slices"
	"time"

	"github.com/toucan-grc/toucan/internal/cadence"
	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/people"
	"github.com/toucan-grc/toucan/internal/problem"
)

// BackgroundEvidence is the kind of evidence no file is taken for.
const BackgroundEvidence = "background-check"

// Outcome is all that is recorded of what a background check found. The values
// are stored.
type Outcome string

const (
	Undecided    Outcome = ""
	Clear        Outcome = "clear"
	Reviewed     Outcome = "cleared_after_review"
	NotCleared   Outcome = "not_cleared"
	Waived       Outcome = "waived"
	NotPermitted Outcome = "not_permitted"
)

var outcomes = []struct {
	key   Outcome
	label string
}{
	{Clear, "Clear"}, {Reviewed, "Cleared after review"}, {NotCleared, "Not cleared"}, {Waived, "Waived"}, {NotPermitted, "Not permitted here"},
}

// Outcomes returns what can be decided.
func Outcomes() []Outcome {
	out := make([]Outcome, len(outcomes))
	for i, o := range outcomes {
		out[i] = o.key
	}
	return out
}

// Label is the outcome as a page writes it.
func (o Outcome) Label() string {
	for _, x := range outcomes {
		if x.key == o {
			return x.label
		}
	}
	return "Not decided yet"
}

// CheckKind is a kind of background check. That one took place says nothing of
// what it found.
type CheckKind struct{ Key, Label string }

// CheckKinds returns the kinds that can be recorded.
func CheckKinds() []CheckKind {
	return []CheckKind{
		{"identity", "Identity"}, {"right-to-work", "Right to work"}, {"employment", "Employment history"}, {"education", "Education and licences"},
		{"references", "References"}, {"criminal-record", "Criminal record, where the law allows"}, {"sanctions", "Sanctions and exclusion lists"}, {"agency", "Attested by the agency"},
	}
}

// Background is the record of one background check: that it took place and who
// decided, never what was found.
type Background struct {
	ID        string       `json:"-"`
	Person    string       `json:"-"`
	Day       cadence.Date `json:"-"`    // first day of the stint it is for
	Role      string       `json:"role"` // that the check has to fit
	Kinds     []string     `json:"kinds"`
	Provider  string       `json:"provider"`  // or "internal"
	Reference string       `json:"reference"` // the provider's number of the case
	NoticeOn  cadence.Date `json:"notice_on"` // when the person was told or agreed
	Form      string       `json:"form"`      // version of the notice or consent
	OrderedOn cadence.Date `json:"ordered_on"`
	Completed cadence.Date `json:"-"`
	Outcome   Outcome      `json:"-"`
	DecidedBy string       `json:"decided_by"` // a role, such as "Head of People"
	Decided   cadence.Date `json:"-"`
	Waiver    string       `json:"waiver"`     // why it was waived or is not permitted
	Instead   string       `json:"substitute"` // what was done in its place
	DeleteBy  cadence.Date `json:"-"`          // the report, where it is kept
	At        time.Time    `json:"-"`          // last change
	By        string       `json:"-"`          // account
	ErasedAt  time.Time    `json:"-"`
}

// Settled reports whether somebody decided.
func (b Background) Settled() bool { return b.Outcome != Undecided && b.ErasedAt.IsZero() }

// checked returns the record as it is kept on a day, or an Invalid problem about
// the field at fault.
func (b Background) checked(today cadence.Date) (Background, error) {
	var err error
	for _, f := range []struct {
		name, label string
		text        *string
	}{
		{"role", "The role", &b.Role}, {"provider", "The provider", &b.Provider}, {"reference", "The reference", &b.Reference}, {"form", "The form", &b.Form},
		{"decided_by", "Who decided", &b.DecidedBy}, {"waiver", "The reason", &b.Waiver}, {"substitute", "What was done instead", &b.Instead},
	} {
		if *f.text, err = db.Line(f.name, f.label, *f.text, 200); err != nil {
			return b, err
		}
	}
	for _, k := range b.Kinds {
		if !slices.ContainsFunc(CheckKinds(), func(x CheckKind) bool { return x.Key == k }) {
			return b, problem.Field("kinds", "Choose from the kinds listed.")
		}
	}
	slices.Sort(b.Kinds)
	b.Kinds = slices.Compact(b.Kinds)
	for _, d := range []struct {
		field string
		day   cadence.Date
		what  string
	}{{"notice_on", b.NoticeOn, "The notice"}, {"ordered_on", b.OrderedOn, "The order"}, {"completed_on", b.Completed, "The completion"}, {"decided_on", b.Decided, "The decision"}} {
		if d.day > today {
			return b, problem.Field(d.field, d.what+" lies in the future. Record it when it has happened.")
		}
	}
	if b.Completed.Known() && b.OrderedOn.Known() && b.Completed < b.OrderedOn {
		return b, problem.Field("completed_on", "It was completed before it was ordered. Check the two days.")
	}
	return b, b.decision()
}

// decision checks what belongs to an outcome.
func (b Background) decision() error {
	waived := b.Outcome == Waived || b.Outcome == NotPermitted
	switch {
	case b.Outcome == Undecided && (b.Decided.Known() || b.DecidedBy != ""):
		return problem.Field("outcome", "Somebody decided, so say what the outcome is.")
	case b.Outcome == Undecided:
		return nil
	case !slices.Contains(Outcomes(), b.Outcome):
		return problem.Field("outcome", "Choose one of the outcomes listed.")
	case b.DecidedBy == "":
		return problem.Field("decided_by", "Say in which role somebody decided. A person decides, not a score.")
	case !b.Decided.Known():
		return problem.Field("decided_on", "Say when it was decided.")
	case waived && b.Waiver == "":
		return problem.Field("waiver", "Say why there was no check.")
	case waived && b.Instead == "":
		return problem.Field("substitute", "Say what was done instead: a waiver without a substitute is a gap.")
	case !waived && (b.Waiver != "" || b.Instead != ""):
		return problem.Field("waiver", "These two lines are for a check that was waived or is not permitted. Leave them empty; why somebody was cleared stays with those who decided.")
	case !waived && len(b.Kinds) == 0:
		return problem.Field("kinds", "Say which kinds of check were done.")
	case !waived && b.Provider == "":
		return problem.Field("provider", "Say who did the check, or “internal”.")
	case !waived && !b.Completed.Known():
		return problem.Field("completed_on", "Say when it was completed.")
	case b.Completed.Known() && b.Decided < b.Completed:
		return problem.Field("decided_on", "It was decided before it was completed. Check the two days.")
	}
	return nil
}

// Late is how many days after the first day the check was completed; 0: before it,
// or never.
func (b Background) Late() int {
	if !b.Completed.Known() || !b.Day.Known() || b.Completed < b.Day {
		return 0
	}
	return int(b.Completed-b.Day) + 1
}

// decided returns the newest decision among records of one stint.
func decided(records []Background) (Background, bool) {
	var last Background
	for _, b := range records {
		if b.Settled() && (last.ID == "" || b.Decided > last.Decided || b.Decided == last.Decided && b.ID > last.ID) {
			last = b
		}
	}
	return last, last.ID != ""
}

// RefuseFile says why no file is taken for a kind of evidence, or nil.
func RefuseFile(kind string) error {
	if kind != BackgroundEvidence {
		return nil
	}
	return problem.Field("file", "No file is taken for a background check: a report, an identity document or a picture of either does not belong here. Fill in the form; it holds all that an auditor asks for. If such a file was sent by mistake elsewhere, erase it and tell your privacy contact.")
}

// Passed reports whether the outcome lets somebody work with what they were
// checked for.
func (o Outcome) Passed() bool { return o != Undecided && o != NotCleared }

// standBackground says how a person stands with the check. What was found is in no
// sentence: those who manage people see that it is done, or not.
func (w *World) standBackground(p people.Person, records []Background) people.Standing {
	s := people.Standing{Person: p.ID, Check: people.BackgroundCheck, State: people.NotAsked}
	today := w.Zones.DateOf(w.Now)
	stint := w.Roster.StintOn(p.ID, today)
	switch status := w.Roster.StatusOn(p.ID, today); {
	case status == people.NotAPerson || status == people.OutOfScope:
		s.Reason = "Nothing is asked of them."
		return s
	case status == people.Former:
		s.Reason = "They have left."
		return s
	case !w.Setting.Background.Known():
		s.Reason = "The programme asks for no background checks."
		return s
	case !stint.From.Known():
		s.Reason = "The register names no first day, so they count as having been here before the programme began."
		return s
	case stint.From < w.Setting.Background:
		s.Reason = "They started before " + w.Setting.Background.String() + ", when the programme began to ask for it."
		return s
	}
	stints := w.stints(p)
	records = slices.DeleteFunc(slices.Clone(records), func(b Background) bool { return stintFor(stints, Joining, b.Day) != stint })
	s.Due = stint.From - 1
	for _, r := range w.byPerson[p.ID] {
		if r.List == Joining && r.State != Cancelled && w.stintOf(r) == stint {
			s.Due = max(s.Due, w.Zones.DateOf(r.BeganAt))
		}
	}
	b, ok := decided(records)
	switch {
	case ok && b.Outcome.Passed():
		b.Day = stint.From
		s.State, s.Since, s.Due = people.Done, w.Zones.Start(b.Decided), 0
		if n := b.Late(); n > 0 && stint.From < b.Completed {
			s.Reason = "Completed on " + b.Completed.String() + ", after the first day."
		}
	case ok:
		s.State, s.Since, s.Reason = people.Missing, w.Zones.Start(b.Decided), "The check does not count as done. Who may see the record finds more."
	case today <= s.Due:
		s.State, s.Reason = people.Due, "To be completed before the first day."
	default:
		s.State, s.Since, s.Reason = people.Missing, w.Zones.End(s.Due), "No background check is decided, and they have started or are about to."
	}
	if s.State == people.Missing && len(records) > 0 && !ok {
		s.Reason = "A background check is under way and not decided, and they have started or are about to."
	}
	return s
}
