package finding

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/toucan-grc/toucan/internal/cadence"
	"github.com/toucan-grc/toucan/internal/document"
)

// Report is the record of nonconformities and corrective actions, as it leaves for
// an auditor: a summary, a table, and a page for each finding. Account names are
// left out; people of the register stand by name.
func (r *Register) Report(of string, at time.Time) document.Report {
	actions := r.ByFinding()
	out := document.Report{Title: "Nonconformities and corrective actions", Of: of, At: at,
		About: "What did not conform or could be better, what was done about the case and about its cause, and whether that worked (ISO/IEC 27001:2022, 10.2). Findings of all sources and frameworks stand in one log.",
		Facts: [][2]string{
			{"Open", strconv.Itoa(len(r.Open()))}, {"Of these overdue", strconv.Itoa(len(r.Overdue()))},
			{"Open major nonconformities", strconv.Itoa(len(r.Of(Nonconformity, Major)))}, {"Open minor nonconformities", strconv.Itoa(len(r.Of(Nonconformity, Minor)))},
			{"Repeated within 12 months", strconv.Itoa(len(r.Repeated()))}, {"Cures that did not work at first", strconv.Itoa(len(r.Failed()))},
			{"Closed within the last 12 months", strconv.Itoa(len(r.ClosedIn(cadence.Days{From: r.Today.AddMonths(-12), To: r.Today})))},
		}}
	list := &document.Grid{Caption: "All findings", Head: []string{"Code", "Finding", "What", "Found on", "Answers for it", "Stands at"}, Weights: []float64{1, 4, 2.2, 1.5, 2, 3.3}, None: "Nothing was found yet."}
	for _, f := range r.Findings {
		list.Rows = append(list.Rows, []string{f.Code(), f.Title, f.What(), f.FoundOn.Words(), orNobody(f.OwnerName), f.Now().Words})
	}
	out.Parts = append(out.Parts, document.Part{Heading: "All findings", Table: list})
	for _, f := range r.Findings {
		if f.Kind == Nonconformity || f.Kind == Exception {
			out.Parts = append(out.Parts, r.sheetOf(f, actions[f.ID])...)
		}
	}
	return out
}

func orNobody(name string) string {
	if name == "" {
		return "nobody yet"
	}
	return name
}

// sheetOf is the record of one finding.
func (r *Register) sheetOf(f Finding, actions []Action) []document.Part {
	orNone := func(s string) string {
		if s == "" {
			return "Not yet."
		}
		return s
	}
	what := f.What()
	if f.Reason != "" {
		what += ": " + f.Reason
	}
	facts := [][2]string{{"What", what}, {"Found on", f.FoundOn.Words()}, {"Source", sourceWords(f.Source)}, {"Answers for it", orNobody(f.OwnerName)}, {"Counts for", strings.Join(r.refWords(f), ", ")},
		{"Statement", f.Statement}}
	if f.Objective != "" || len(f.Items) > 0 {
		facts = append(facts, [2]string{"Objective evidence", with(f.Objective, f.Items)})
	}
	if f.Kind.Asks(Correction) {
		text := with(f.Correction, f.CorrectionItems)
		if f.Correction != "" {
			text = f.CorrectedOn.Words() + ": " + text
		}
		facts = append(facts, [2]string{"Correction", orNone(text)}, [2]string{"Cause", orNone(f.Cause)})
	}
	if f.Kind.Asks(Response) {
		facts = append(facts, [2]string{"Answer", orNone(f.Response)})
	}
	if f.Kind.Asks(Check) {
		_, words := f.step(Check)
		if f.CheckNote != "" {
			words += " " + with(f.CheckNote, f.CheckItems)
		}
		facts = append(facts, [2]string{"Check of the effect", words})
	}
	closed := "Open: " + f.Now().Words
	if f.Closed() {
		closed = strings.TrimSpace("Closed on " + f.ClosedOn.Words() + ". " + f.CloseNote)
	}
	if f.Reopened > 0 {
		closed += fmt.Sprintf(" It was opened again %s.", some(f.Reopened, "time", "times"))
	}
	facts = append(facts, [2]string{"State", closed})
	grid := &document.Grid{Caption: "Actions of " + f.Code(), Head: []string{"Code", "Action", "Who", "Due", "How it stands"}, Weights: []float64{1.2, 4, 2, 1.5, 4}, None: "No action is planned."}
	for _, a := range actions {
		grid.Rows = append(grid.Rows, []string{a.Code(), a.Title, orNobody(a.OwnerName), a.Due.Words(), strings.TrimSpace(a.Standing(r.Today) + " " + a.Outcome)})
	}
	return []document.Part{{Heading: f.Code() + " " + f.Title, Facts: facts}, {Heading: "Corrective actions of " + f.Code(), Level: 2, Table: grid}}
}

// with adds to a text how much evidence is filed for it.
func with(text string, items []string) string {
	if len(items) == 0 {
		return text
	}
	return strings.TrimSpace(text + fmt.Sprintf(" (%s filed)", some(len(items), "piece of evidence", "pieces of evidence")))
}

func sourceWords(s Source) string {
	if s.Words == "" {
		return SourceLabel(s.Kind)
	}
	return SourceLabel(s.Kind) + ": " + s.Words
}

// refWords are the requirements a finding counts for, in words.
func (r *Register) refWords(f Finding) []string {
	var out []string
	for _, x := range r.Reached(f) {
		out = append(out, x.Words())
	}
	if len(out) == 0 {
		out = append(out, "no requirement is named")
	}
	return out
}

// ByFinding returns the actions of findings, by the id of the finding.
func (r *Register) ByFinding() map[string][]Action {
	out := map[string][]Action{}
	for _, a := range r.Actions {
		if a.Source.Kind == FromFinding {
			out[a.Source.ID] = append(out[a.Source.ID], a)
		}
	}
	return out
}
