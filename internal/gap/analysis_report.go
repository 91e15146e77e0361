package gap

import (
	"fmt"
	"io"
	"time"

	"github.com/toucan-grc/toucan/internal/document"
)

// Document is the analysis with everything its steps kept, as a report: the page
// and the PDF are made of it. of is the organisation, zone that of its reader.
func (a *Analysis) Document(of string, fromTitle, toTitle string, now time.Time, zone *time.Location) document.Report {
	on := func(t time.Time) string { return t.In(zone).Format("2 January 2006") }
	r := document.Report{Title: "Gap analysis: " + a.Name, Of: of, At: now.In(zone), Wide: true,
		About: "What " + toTitle + " asks of a company that works by " + fromTitle + ", in five steps. Each step shows what was kept on the day it was done; what came later is not in it. Coverage is design: it says nothing about whether controls operate.",
		Facts: [][2]string{{"From", fromTitle}, {"To", toTitle}, {"Opened", on(a.At) + " by " + dash(a.ByName)}, {"Steps done", fmt.Sprintf("%d of %d", a.Done(), len(a.Steps))}}}
	for _, s := range a.Steps {
		p := document.Part{Heading: fmt.Sprintf("%d. %s", s.Step, s.Title), Level: 1, Text: []string{s.What}}
		if s.Output == nil {
			p.Note = "Nothing was kept of this step yet: it is " + lower(s.Stage.Words()) + "."
			if s.Hidden {
				p.Note = "What was kept of this step is not for your role."
			}
			r.Parts = append(r.Parts, p)
			continue
		}
		p.Facts = [][2]string{{"State", s.Stage.Words()}, {"Kept", on(s.KeptAt) + " by " + dash(s.KeptBy)}, {"Decided", s.keptNote()}}
		p.List = s.Output.Says
		r.Parts = append(r.Parts, p)
		var figures [][]string
		for _, f := range s.Output.Facts {
			figures = append(figures, []string{f.Name, f.Value})
		}
		r.Parts = append(r.Parts, document.Part{Table: &document.Grid{Caption: "Figures", Head: []string{"Figure", "Value"}, Weights: []float64{3, 2}, Rows: figures}})
		for _, t := range s.Output.Tables {
			r.Parts = append(r.Parts, document.Part{Heading: t.Title, Level: 2, Table: &document.Grid{Caption: t.Title, Head: t.Head, Rows: t.Rows, None: t.None, Weights: t.weights()}})
		}
	}
	return r
}

// keptNote is what was decided when the step was done last.
func (s *StepState) keptNote() string {
	for _, x := range s.Acts {
		if x.What == actDone {
			return x.Note
		}
	}
	return ""
}

func lower(s string) string {
	if s == "" {
		return s
	}
	return string(s[0]|0x20) + s[1:]
}

// weights gives each column of a table room by the longest of its words and by how
// much it holds.
func (t Table) weights() []float64 {
	out := make([]float64, len(t.Head))
	for i, h := range t.Head {
		long, sum := len(h), 0
		for _, r := range t.Rows {
			if i < len(r) {
				long, sum = max(long, min(len(r[i]), 60)), sum+min(len(r[i]), 120)
			}
		}
		out[i] = float64(max(8, long/2, sum/max(1, len(t.Rows))))
	}
	return out
}

// WriteXLSX writes the analysis as a workbook: an overview, then a sheet for each
// table that a step kept.
func (a *Analysis) WriteXLSX(w io.Writer, fromTitle, toTitle string, zone *time.Location) error {
	on := func(t time.Time) string {
		if t.IsZero() {
			return ""
		}
		return t.In(zone).Format(time.DateOnly)
	}
	over := document.Sheet{Name: "Overview", Header: []string{"Step", "Title", "State", "Kept on", "Kept by", "Figure", "Value"}}
	sheets := []document.Sheet{over}
	notes := document.Sheet{Name: "Decisions", Header: []string{"Step", "Act", "On", "By", "Words"}}
	for _, s := range a.Steps {
		step := fmt.Sprint(int(s.Step))
		sheets[0].Rows = append(sheets[0].Rows, []string{step, s.Title, s.Stage.Words(), on(s.KeptAt), s.KeptBy, "", ""})
		for i := len(s.Acts) - 1; i >= 0; i-- {
			x := s.Acts[i]
			notes.Rows = append(notes.Rows, []string{step, x.What, on(x.At), x.ByName, x.Note})
		}
		if s.Output == nil {
			continue
		}
		for _, f := range s.Output.Facts {
			sheets[0].Rows = append(sheets[0].Rows, []string{step, s.Title, "", "", "", f.Name, f.Value})
		}
		for i, t := range s.Output.Tables {
			name := fmt.Sprintf("%d %s", s.Step, s.Title)
			if i > 0 {
				name += fmt.Sprintf(" %d", i+1)
			}
			sheets = append(sheets, document.Sheet{Name: name, Header: t.Head, Rows: t.Rows})
		}
	}
	sheets[0].Rows = append([][]string{{"", a.Name + ": " + fromTitle + " to " + toTitle, "", on(a.At), a.ByName, "", ""}}, sheets[0].Rows...)
	return document.WriteXLSX(w, append(sheets, notes))
}
