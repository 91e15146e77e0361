package isms

import (
	"fmt"
	"time"

	"github.com/toucan-grc/toucan/internal/document"
)

// ScopeReport is one version of a scope as a document, for the certification body
// or the service auditor. org is whose it is.
func ScopeReport(v ScopeVersion, org string, zone *time.Location, now time.Time) document.Report {
	title := "Scope of the information security management system"
	about := "What the management system covers, what it leaves out and why, and where it meets what is outside (ISO/IEC 27001:2022, 4.3)."
	if v.Side == ScopeSOC2 {
		title, about = "Boundary of the system", "What the SOC 2 report describes: the system, and what of the company belongs to it."
	}
	r := document.Report{Title: title, Of: org, At: now.In(zone), About: about}
	r.Facts = [][2]string{{"Version", fmt.Sprint(v.Number)}, {"State", v.StateWords(zone)}, {"Written by", cmpName(v.WriterName)}}
	r.Parts = append(r.Parts, document.Part{Heading: "Statement", Text: paragraphs(v.Content.Statement)})
	for _, sort := range ScopeSorts() {
		r.Parts = append(r.Parts, document.Part{Heading: sort.Label() + " in scope", Table: scopeGrid(v, sort, true)})
	}
	var out [][]string
	for _, sort := range ScopeSorts() {
		out = append(out, scopeGrid(v, sort, false).Rows...)
	}
	for _, l := range v.Content.Exclusions {
		out = append(out, []string{l.What, l.How})
	}
	r.Parts = append(r.Parts, document.Part{Heading: "Left out, and why", Table: &document.Grid{Caption: "What is left out", Head: []string{"What", "Reason"}, Weights: []float64{1, 2}, Rows: out, None: "Nothing is left out."}})
	var meets [][]string
	for _, l := range v.Content.Interfaces {
		meets = append(meets, []string{l.What, l.How})
	}
	r.Parts = append(r.Parts, document.Part{Heading: "Interfaces and dependencies", Table: &document.Grid{Caption: "Interfaces and dependencies", Head: []string{"What", "How it is governed"}, Weights: []float64{1, 2}, Rows: meets, None: "None is named."}})
	return r
}

func scopeGrid(v ScopeVersion, sort ScopeSort, in bool) *document.Grid {
	g := &document.Grid{Caption: sort.Label(), Head: []string{"What"}, None: "None."}
	for _, i := range v.Content.Items {
		switch {
		case i.Sort != sort || i.In != in:
		case in:
			g.Rows = append(g.Rows, []string{i.Words})
		default:
			g.Rows = append(g.Rows, []string{i.Words, i.Reason})
		}
	}
	return g
}

func paragraphs(text string) []string {
	if text == "" {
		return []string{"Nothing was written yet."}
	}
	return []string{text}
}

func cmpName(name string) string {
	if name == "" {
		return "somebody who left"
	}
	return name
}

// StateWords say how far a version has come, with the day.
func (v ScopeVersion) StateWords(zone *time.Location) string {
	day := func(t time.Time) string { return t.In(zone).Format("2 January 2006") }
	switch v.State {
	case ScopeWaiting:
		return "waits for approval"
	case ScopeInForce:
		return "in force since " + day(v.ApprovedAt)
	case ScopeSuperseded:
		return "in force from " + day(v.ApprovedAt) + " to " + day(v.EndedAt)
	}
	return "draft"
}
