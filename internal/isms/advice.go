package isms

import "fmt"

// AdviceAnswers are what somebody says of their company to be advised which framework
// comes first. The values are in addresses.
type AdviceAnswers struct {
	Buyers   string // "us", "world", "both", "unknown": where those who ask are
	Asked    string // "soc2", "iso", "both", "nobody": what they ask for
	Has      string // "nothing", "type1", "type2", "iso": what there is already
	Deadline string // "months3", "months6", "months12", "none"
	Size     string // "small" (under 20), "middle" (20 to 100), "large"
	Others   string // "yes", "no": more frameworks are expected
}

// AdviceQuestion is one question of the adviser.
type AdviceQuestion struct {
	Key, Text string
	Choices   [][2]string // value and words
}

// AdviceQuestions are what the adviser asks, in order.
func AdviceQuestions() []AdviceQuestion {
	return []AdviceQuestion{
		{"buyers", "Where are the buyers who ask?", [][2]string{{"us", "Mostly in the United States"}, {"world", "Mostly elsewhere"}, {"both", "Both"}, {"unknown", "We do not know yet"}}},
		{"asked", "What do they ask for by name?", [][2]string{{"soc2", "A SOC 2 report"}, {"iso", "An ISO/IEC 27001 certificate"}, {"both", "Some one, some the other"}, {"nobody", "Nobody has asked yet"}}},
		{"has", "What do you have already?", [][2]string{{"nothing", "Neither"}, {"type1", "A SOC 2 Type 1 report"}, {"type2", "A SOC 2 Type 2 report"}, {"iso", "An ISO/IEC 27001 certificate"}}},
		{"deadline", "By when do you need something to show?", [][2]string{{"months3", "Within three months"}, {"months6", "Within six months"}, {"months12", "Within a year"}, {"none", "No date is set"}}},
		{"size", "How many people work for the company?", [][2]string{{"small", "Under 20"}, {"middle", "20 to 100"}, {"large", "More than 100"}}},
		{"others", "Do you expect more frameworks later?", [][2]string{{"yes", "Yes"}, {"no", "No"}}},
	}
}

// Checked returns the answers with those that are none of the choices left out, and
// whether all are there.
func (a AdviceAnswers) Checked() (AdviceAnswers, bool) {
	whole := true
	for i, p := range []*string{&a.Buyers, &a.Asked, &a.Has, &a.Deadline, &a.Size, &a.Others} {
		known := false
		for _, c := range AdviceQuestions()[i].Choices {
			known = known || c[0] == *p
		}
		if !known {
			*p, whole = "", false
		}
	}
	return a, whole
}

// AdviceFigures are what is known of this organisation, of one framework each: how many
// requirements are in scope and how many are covered in design. Known is false when
// nobody could tell.
type AdviceFigures struct {
	SOC2, ISO AdviceFigure
	Net       int // requirements of ISO that nothing of SOC 2 meets, and that are new work
	NetKnown  bool
	Operated  int // controls said to be operated
}

// AdviceFigure is design coverage of one framework. It says nothing about operation.
type AdviceFigure struct {
	Asked, Covered int
	Known          bool
}

// FigureFor is a figure that is known.
func FigureFor(asked, covered int) AdviceFigure {
	return AdviceFigure{Asked: asked, Covered: covered, Known: true}
}

// AdvicePath is which comes first.
type AdvicePath string

const (
	SOC2First AdvicePath = "soc2"
	ISOFirst  AdvicePath = "iso"
	Either    AdvicePath = "either"
)

// AdviceReason is one line of the decision table that applied.
type AdviceReason struct {
	For    AdvicePath
	Weight int // from 1 to 3: how much it speaks for it
	Text   string
}

// Advice is which framework to begin with, and everything that spoke for and
// against. It is a weighing of answers, never a finding.
type Advice struct {
	First   AdvicePath
	Title   string
	Text    string
	For     []AdviceReason // for what is advised
	Against []AdviceReason // for the other
	Also    []AdviceReason // for neither: what holds whatever comes first
	Steps   []string       // what to do now
}

// adviceRow is a line of the decision table.
type adviceRow struct {
	when func(AdviceAnswers, AdviceFigures) bool
	AdviceReason
}

func whereAnswer(get func(AdviceAnswers) string, values ...string) func(AdviceAnswers, AdviceFigures) bool {
	return func(a AdviceAnswers, _ AdviceFigures) bool {
		for _, v := range values {
			if get(a) == v {
				return true
			}
		}
		return false
	}
}

var (
	answerBuyers   = func(a AdviceAnswers) string { return a.Buyers }
	answerAsked    = func(a AdviceAnswers) string { return a.Asked }
	answerHas      = func(a AdviceAnswers) string { return a.Has }
	answerDeadline = func(a AdviceAnswers) string { return a.Deadline }
	answerSize     = func(a AdviceAnswers) string { return a.Size }
)

// adviceTable is all that speaks for one or the other.
var adviceTable = []adviceRow{
	{whereAnswer(answerAsked, "soc2"), AdviceReason{SOC2First, 3, "Those who buy ask for a SOC 2 report by name."}},
	{whereAnswer(answerAsked, "iso"), AdviceReason{ISOFirst, 3, "Those who buy ask for an ISO/IEC 27001 certificate by name."}},
	{whereAnswer(answerBuyers, "us"), AdviceReason{SOC2First, 2, "Buyers in the United States usually read a SOC 2 report: they want the description of the system and the tests, which a certificate does not show."}},
	{whereAnswer(answerBuyers, "world"), AdviceReason{ISOFirst, 2, "Buyers outside the United States usually know the ISO/IEC 27001 certificate better."}},
	{whereAnswer(answerHas, "type1"), AdviceReason{SOC2First, 2, "There is a Type 1 report; readers expect Type 2 to follow."}},
	{whereAnswer(answerHas, "type2"), AdviceReason{ISOFirst, 3, "There is a Type 2 report already. Keep its periods without a gap; what is new is the certificate."}},
	{whereAnswer(answerHas, "iso"), AdviceReason{SOC2First, 3, "There is a certificate already. Keep its visits; what is new is the report."}},
	{whereAnswer(answerDeadline, "months3"), AdviceReason{SOC2First, 2, "A SOC 2 Type 1 report speaks of one day, so it can be ready soonest. A certificate needs a management system that ran for some months before stage 2."}},
	{whereAnswer(answerDeadline, "months6"), AdviceReason{SOC2First, 1, "Within six months a Type 1 report, or a Type 2 over three months, is within reach; a certificate only if the management system runs already."}},
	{whereAnswer(answerDeadline, "none"), AdviceReason{ISOFirst, 1, "Without a date the management system can be built in peace, and it carries everything that comes later."}},
	{whereAnswer(answerSize, "small"), AdviceReason{SOC2First, 1, "A small team begins a SOC 2 report with fewer standing meetings and records than a management system asks for."}},
	{whereAnswer(answerSize, "large"), AdviceReason{ISOFirst, 1, "A larger company needs the management system anyway to keep many teams to one way."}},
	{func(a AdviceAnswers, _ AdviceFigures) bool { return a.Others == "yes" }, AdviceReason{ISOFirst, 1, "More frameworks are to come. A management system with one risk method and one programme of audits carries them."}},
	{func(_ AdviceAnswers, f AdviceFigures) bool { return closer(f.SOC2, f.ISO) }, AdviceReason{SOC2First, 1, "In design, more of SOC 2 is covered here than of ISO/IEC 27001."}},
	{func(_ AdviceAnswers, f AdviceFigures) bool { return closer(f.ISO, f.SOC2) }, AdviceReason{ISOFirst, 1, "In design, more of ISO/IEC 27001 is covered here than of SOC 2."}},
	{whereAnswer(answerAsked, "both"), AdviceReason{Either, 1, "Buyers ask for both, so both come; the order is yours."}},
	{whereAnswer(answerAsked, "nobody"), AdviceReason{Either, 1, "Nobody has asked yet. Ask your three largest prospects before you spend on an audit."}},
	{func(AdviceAnswers, AdviceFigures) bool { return true }, AdviceReason{Either, 1, "Run one programme rather than two: one control set, one risk register, one calendar of reviews, evidence collected once."}},
}

// closer reports whether clearly more of a is covered than of b, in parts of a hundred.
func closer(a, b AdviceFigure) bool {
	return a.Known && b.Known && a.Asked > 0 && b.Asked > 0 && 100*a.Covered/a.Asked >= 100*b.Covered/b.Asked+10
}

// Advise weighs answers and figures. It is pure, and the same answers give the same
// advice.
func Advise(a AdviceAnswers, f AdviceFigures) Advice {
	var sum = map[AdvicePath]int{}
	var all []AdviceReason
	for _, row := range adviceTable {
		if row.when(a, f) {
			all = append(all, row.AdviceReason)
			sum[row.For] += row.Weight
		}
	}
	out := Advice{First: Either}
	switch d := sum[SOC2First] - sum[ISOFirst]; {
	case d >= 2:
		out.First = SOC2First
	case d <= -2:
		out.First = ISOFirst
	}
	for _, r := range all {
		switch {
		case r.For == Either:
			out.Also = append(out.Also, r)
		case r.For == out.First || out.First == Either && r.For == SOC2First:
			out.For = append(out.For, r)
		default:
			out.Against = append(out.Against, r)
		}
	}
	out.say(a, f, sum)
	return out
}

func (out *Advice) say(a AdviceAnswers, f AdviceFigures, sum map[AdvicePath]int) {
	weighed := fmt.Sprintf("Weighed from your answers: %d for SOC 2 first, %d for ISO/IEC 27001 first.", sum[SOC2First], sum[ISOFirst])
	switch out.First {
	case SOC2First:
		out.Title = "More speaks for the SOC 2 report first"
		out.Steps = []string{"Choose the categories: Security always, the others where you promise them.", "Describe the system and its commitments.",
			"Ask a CPA firm early: only such a firm issues the report, and its judgement shapes the scope.", "Book the window: three to twelve months for Type 2."}
		if a.Has == "iso" {
			out.Steps = append(out.Steps, "Build on the certificate: the risk register, the controls and most records count; a report also asks for the system description.")
		}
	case ISOFirst:
		out.Title = "More speaks for the ISO/IEC 27001 certificate first"
		out.Steps = []string{"Fix the scope of the management system, deliberately: a narrow SOC 2 boundary is not it by itself.", "Approve the risk method and assess.",
			"Write the Statement of Applicability.", "Hold an internal audit and a management review before stage 2.", "Ask an accredited certification body for dates."}
		if a.Has == "type2" || a.Has == "type1" {
			out.Steps = append(out.Steps, "Let access reviews, change records, scans and training records of SOC 2 count; internal audits and management reviews are new and nothing replaces them.")
		}
	default:
		out.Title = "Either order is sound"
		out.Steps = []string{"Ask your three largest prospects what they would accept.", "Begin with what both ask for: access, incidents, change, vendors, backup, risk.", "Decide when the first buyer names one."}
	}
	out.Text = weighed + " This is a weighing, not a finding: your buyers and your auditor decide."
	if f.NetKnown && out.First != SOC2First {
		out.Text += fmt.Sprintf(" By the crosswalk you rest on, %s of ISO/IEC 27001 are not met by what you do for SOC 2 and are new work in design.", linesWord(f.Net, "requirement", "requirements"))
	}
	if a.Deadline == "months3" && out.First == ISOFirst {
		out.Text += " Three months are short for a certificate: the gate says what would have to be old enough."
	}
}
