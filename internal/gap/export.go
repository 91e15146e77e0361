package gap

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/toucan-grc/toucan/internal/document"
	"github.com/toucan-grc/toucan/internal/posture"
)

// WriteJSON writes the report in its documented form, indented.
func WriteJSON(w io.Writer, r *Report) error {
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	e.SetEscapeHTML(false)
	return e.Encode(r)
}

// WriteCSV writes one row per requirement. Cells that a spreadsheet would run as
// a formula are neutralised.
func WriteCSV(w io.Writer, r *Report) error {
	return document.WriteCSV(w, document.Table{Rows: append([][]string{requirementHeader}, requirementRows(r)...)})
}

// WriteXLSX writes a workbook with a summary, the requirements, the tasks and
// the rows that were skipped.
func WriteXLSX(w io.Writer, r *Report) error {
	return document.WriteXLSX(w, []document.Sheet{
		{Name: "Summary", Header: []string{"Item", "Value", "Note"}, Rows: summaryRows(r), Widths: []float64{30, 18, 100}},
		{Name: "Requirements", Header: requirementHeader, Rows: requirementRows(r), Widths: []float64{10, 34, 30, 16, 9, 60, 24, 24, 40, 28, 60, 60, 60}},
		{Name: "Tasks", Header: []string{"Requirement", "Label", "Theme", "Coverage", "Net new", "Order", "Task"}, Rows: taskRows(r), Widths: []float64{12, 34, 30, 16, 9, 8, 110}},
		{Name: "Skipped rows", Header: []string{"Row", "Text", "Reason"}, Rows: skippedRows(r), Widths: []float64{8, 70, 70}},
	})
}

var requirementHeader = []string{"Requirement", "Label", "Theme", "Coverage", "Net new", "Why", "Sources", "Relations", "Operated controls",
	"Not counted", "Rationale", "What is left", "First task"}

func requirementRows(r *Report) [][]string {
	rows := make([][]string, len(r.Requirements))
	for i, q := range r.Requirements {
		var sources, relations, controls, rationale []string
		for _, b := range q.By {
			sources = append(sources, b.Source)
			relations = append(relations, b.Source+" "+b.Relation)
			rationale = append(rationale, b.Source+": "+b.Rationale)
			for _, c := range b.Controls {
				if !slices.Contains(controls, c) {
					controls = append(controls, c)
				}
			}
		}
		if q.Own != nil && len(q.Own.Controls) > 0 {
			sources = append(sources, "own controls")
			relations = append(relations, "own controls "+q.Own.Coverage.Words())
			for _, c := range q.Own.Controls {
				if !slices.Contains(controls, c) {
					controls = append(controls, c)
				}
			}
		}
		rows[i] = []string{q.ID, q.Label, q.Group, q.Coverage.Words(), yes(q.NetNew), q.Why, strings.Join(sources, "; "),
			strings.Join(relations, "; "), strings.Join(controls, "; "), strings.Join(q.Uncounted, "; "),
			strings.Join(rationale, "\n"), strings.Join(q.Residual, "\n"), q.FirstTask}
	}
	return rows
}

// taskRows lists what is left to do: the first task of every open requirement,
// then whatever else its sources leave open.
func taskRows(r *Report) [][]string {
	var rows [][]string
	for _, q := range r.Requirements {
		if q.Coverage.Closed() || q.Coverage == posture.NotApplicable {
			continue
		}
		tasks := []string{q.FirstTask}
		for _, t := range q.Residual {
			if !slices.Contains(tasks, t) {
				tasks = append(tasks, t)
			}
		}
		for n, t := range tasks {
			rows = append(rows, []string{q.ID, q.Label, q.Group, q.Coverage.Words(), yes(q.NetNew), strconv.Itoa(n + 1), t})
		}
	}
	return rows
}

func summaryRows(r *Report) [][]string {
	rows := [][]string{
		{"From", r.From, r.FromTitle},
		{"To", r.To, r.ToTitle},
		{"Stack", strings.Join(r.Stack, ", "), "the mapping sets every figure rests on"},
		{"Inventory", strconv.Itoa(r.Inventory.Controls), r.InventorySentence()},
		{"Assumption", "", r.Assumption},
		{"Requirements", strconv.Itoa(r.Totals.Requirements), ""},
	}
	for _, c := range posture.Coverages() {
		rows = append(rows, []string{c.Words(), strconv.Itoa(r.Totals.of(c)), ""})
	}
	rows = append(rows,
		[]string{"net new", strconv.Itoa(r.Totals.NetNew), "a flag beside the coverage: " + r.FromTitle + " does not ask for it"},
		[]string{"touched", fmt.Sprintf("%d of %d", r.Overlap.Touched, r.Overlap.Of), percent(r.Overlap.Touched, r.Overlap.Of)},
		[]string{"closed", fmt.Sprintf("%d of %d", r.Overlap.Closed, r.Overlap.Of), percent(r.Overlap.Closed, r.Overlap.Of)},
		[]string{"overlap", "", r.Overlap.Sentence})
	for _, n := range r.Notes {
		rows = append(rows, []string{"note", "", n})
	}
	return rows
}

func skippedRows(r *Report) [][]string {
	rows := make([][]string, len(r.Skipped))
	for i, s := range r.Skipped {
		rows[i] = []string{strconv.Itoa(s.Row), s.Text, s.Reason}
	}
	return rows
}

func yes(b bool) string {
	if b {
		return "yes"
	}
	return "no"
}
