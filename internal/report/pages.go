package report

import (
	"bytes"
	"context"
	_ "embed"
	"encoding/json"
	"fmt"
	"html/template"
	"slices"
	"strings"
	"time"

	"github.com/toucan-grc/toucan/internal/document"
	"github.com/toucan-grc/toucan/internal/posture"
	"github.com/toucan-grc/toucan/internal/standing"
)

//go:embed readme.txt
var readme []byte

//go:embed readiness.html
var readinessPage string

// pages adds what a person reads: how the framework and its controls stand, the
// evidence with the names of its files, and the samples.
func (c *composing) pages(ctx context.Context) error {
	populations, err := c.populations(ctx)
	if err != nil {
		return err
	}
	page := c.page()
	list, err := json.MarshalIndent(page, "", " ")
	if err != nil {
		return fmt.Errorf("report: %w", err)
	}
	var html bytes.Buffer
	t, err := template.New("readiness").Parse(readinessPage)
	if err != nil {
		return fmt.Errorf("report: %w", err)
	}
	if err := t.Execute(&html, page); err != nil {
		return fmt.Errorf("report: %w", err)
	}
	members := []Member{text("README.txt", readme), text("readiness.json", list), text("readiness.html", html.Bytes())}
	for _, table := range []struct {
		name string
		rows [][]string
	}{{"requirements.csv", page.requirementRows()}, {"controls.csv", page.controlRows()}, {"evidence.csv", c.evidenceRows()}, {resultsName, c.resultRows()}, {"samples.csv", sampleRows(populations)}} {
		var out bytes.Buffer
		if err := document.WriteCSV(&out, document.Table{Rows: table.rows}); err != nil {
			return err
		}
		members = append(members, text(table.name, out.Bytes()))
	}
	c.bundle.Members = append(members, c.bundle.Members...)
	return nil
}

// readinessOf is how a framework stands, for a program and for a page.
type readinessOf struct {
	Organisation string            `json:"organisation"`
	Framework    string            `json:"framework"`
	Title        string            `json:"title"`
	From         string            `json:"from,omitempty"`
	To           string            `json:"to,omitempty"`
	AsOf         string            `json:"as_of"`
	Through      string            `json:"read_through,omitempty"` // framework it is read through; empty: by its own controls
	Warnings     []string          `json:"warnings"`
	Coverage     []figure          `json:"coverage"`  // of requirements, in design
	Operation    []figure          `json:"operation"` // of requirements, by the controls behind them
	Requirements []requirementPage `json:"requirements"`
	Controls     []controlPage     `json:"controls"`
}

type figure struct {
	State string `json:"state"`
	Words string `json:"words"`
	N     int    `json:"n"`
}

type requirementPage struct {
	ID        string   `json:"id"`
	Label     string   `json:"label"`
	Coverage  string   `json:"coverage"`
	Operation string   `json:"operation"`
	Readiness string   `json:"readiness"`
	Controls  []string `json:"controls"`
	Next      string   `json:"next,omitempty"`
}

type controlPage struct {
	Code   string   `json:"code"`
	Title  string   `json:"title"`
	State  string   `json:"state"`
	Judged string   `json:"judged,omitempty"`
	Why    []string `json:"why"`
}

func (c *composing) page() readinessOf {
	m, r := c.bundle.Manifest, c.ready
	p := readinessOf{Organisation: m.Organisation, Framework: m.Framework, Title: r.Framework.Title, From: m.From, To: m.To, AsOf: m.MadeAt.Format(time.RFC3339),
		Warnings: append([]string{}, r.Question.Warnings()...)}
	if c.asked.Reading.Report != nil {
		p.Through = c.asked.Reading.Report.From
	}
	for _, x := range posture.Coverages() {
		p.Coverage = append(p.Coverage, figure{string(x), x.Words(), r.Summary.Coverage[x]})
	}
	for _, x := range posture.States() {
		p.Operation = append(p.Operation, figure{string(x), x.Words(), r.Summary.Operation[x]})
	}
	for _, q := range r.Requirements {
		p.Requirements = append(p.Requirements, requirementPage{q.ID, q.Requirement.Label, q.Coverage.Words(), q.Operation.Words(), q.Readiness.Words(), codes(q.Controls), q.Next})
	}
	for _, o := range c.controls {
		told, _ := r.Control(o.Code)
		title := ""
		if i, ok := c.book.Place(o.Code); ok {
			title = c.book.Lives[i].Title
		}
		p.Controls = append(p.Controls, controlPage{o.Code, title, told.State.Words(), told.Judged.String(), told.Why})
	}
	return p
}

func codes(list []standing.Behind) []string {
	out := make([]string, len(list))
	for i, b := range list {
		out[i] = b.Code
	}
	slices.Sort(out)
	return out
}

func (p readinessOf) requirementRows() [][]string {
	rows := [][]string{{"Requirement", "Label", "Coverage (design)", "Operation", "Readiness", "Controls", "What to do next"}}
	for _, q := range p.Requirements {
		rows = append(rows, []string{q.ID, q.Label, q.Coverage, q.Operation, q.Readiness, strings.Join(q.Controls, " "), q.Next})
	}
	return rows
}

func (p readinessOf) controlRows() [][]string {
	rows := [][]string{{"Control", "Title", "Operation", "Judged", "Why"}}
	for _, c := range p.Controls {
		rows = append(rows, []string{c.Code, c.Title, c.State, c.Judged, strings.Join(c.Why, " ")})
	}
	return rows
}

// evidenceRows lists every file of every item, so that a name leads to its bytes.
func (c *composing) evidenceRows() [][]string {
	rows := [][]string{{"Item", "Title", "Kind", "Captured at (UTC)", "Filed at (UTC)", "Period", "Review", "Superseded by", "Erased", "File", "In this bundle", "Bytes", "Link"}}
	for _, i := range c.items {
		erased := ""
		if i.Erased != nil {
			erased = i.Erased.At.UTC().Format(time.RFC3339)
		}
		row := []string{i.ID, i.Title, i.Kind, i.CapturedAt.UTC().Format(time.RFC3339), i.FiledAt.UTC().Format(time.RFC3339), i.Period.String(), string(i.Review), i.SupersededBy, erased}
		for _, f := range i.Files {
			rows = append(rows, append(slices.Clone(row), f.Name, fileName(f.SHA256), fmt.Sprint(f.Bytes), ""))
		}
		for _, l := range i.Links {
			rows = append(rows, append(slices.Clone(row), "", "", "", l.URL))
		}
		if len(i.Files)+len(i.Links) == 0 {
			rows = append(rows, append(row, "", "", "", ""))
		}
	}
	return rows
}

// resultHead are the columns of results.csv.
var resultHead = []string{"Control", "Test", "Subject", "State", "From (UTC)", "Until (UTC)", "First heard of (UTC)", "Reason"}

// resultRows lists what the tests that feed the controls found in the window, as
// intervals: between two of them, nothing is known.
func (c *composing) resultRows() [][]string {
	rows := [][]string{resultHead}
	for _, i := range c.proven.Intervals {
		rows = append(rows, []string{strings.Join(c.byTest[i.Test], " "), i.Test, i.Subject, string(i.State), i.From.UTC().Format(time.RFC3339),
			i.To.UTC().Format(time.RFC3339), i.FiledAt.UTC().Format(time.RFC3339), i.Reason})
	}
	return rows
}

func sampleRows(list []sampled) [][]string {
	rows := [][]string{{"Population", "Window", "Rows", "Hash of the population", "Round", "Method", "Seed", "Place", "Item", "Attribute", "Result", "Reason"}}
	for _, p := range list {
		rounds := map[int]int{}
		for i, r := range p.selection.Rounds {
			rounds[r.Number] = i
		}
		for _, i := range p.selection.Items {
			seed := ""
			if n, ok := rounds[i.Round]; ok {
				seed = p.selection.Rounds[n].Seed
			}
			row := []string{p.line.Name, p.line.Window.String(), fmt.Sprint(p.line.Rows), p.line.Hash, fmt.Sprint(i.Round), string(i.Method), seed, fmt.Sprint(i.Place), i.Row.Key}
			if len(i.Found) == 0 {
				rows = append(rows, append(slices.Clone(row), "", "not judged yet", ""))
			}
			for _, a := range p.selection.Attributes {
				if j, ok := i.Found[a.Letter]; ok {
					rows = append(rows, append(slices.Clone(row), a.Letter, string(j.Result), j.Reason))
				}
			}
		}
	}
	return rows
}
