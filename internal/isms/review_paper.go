package isms

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/toucan-grc/toucan/internal/document"
)

// Minutes are the record of a management review, as they are frozen.
type Minutes struct {
	Code         string            `json:"code"`
	Title        string            `json:"title"`
	Of           string            `json:"organisation"`
	On           string            `json:"meeting"`
	At           time.Time         `json:"written_at"`
	PackSHA256   string            `json:"pack_sha256"`
	Participants []MinutesPerson   `json:"participants"`
	Points       []MinutesPoint    `json:"points"`
	Conclusions  []MinutesPoint    `json:"conclusions"`
	Decisions    []MinutesDecision `json:"decisions"`
	Approved     []MinutesApproval `json:"approved"`
}

// MinutesPerson is somebody who was invited.
type MinutesPerson struct {
	Name    string `json:"name"`
	Roles   string `json:"roles,omitempty"`
	Top     bool   `json:"top_management"`
	Present bool   `json:"present"`
}

// MinutesPoint is what was said of one point.
type MinutesPoint struct {
	Item   string `json:"item"`
	Clause string `json:"clause"`
	Topic  string `json:"topic"`
	Words  string `json:"words"`
}

// MinutesDecision is one decision.
type MinutesDecision struct {
	Item      string `json:"item"`
	Topic     string `json:"topic"`
	Unchanged bool   `json:"unchanged"`
	Words     string `json:"words"`
	Why       string `json:"why"`
	Effect    string `json:"effect,omitempty"`
	Owner     string `json:"owner,omitempty"`
	Due       string `json:"due,omitempty"`
}

// MinutesApproval is who approved the minutes.
type MinutesApproval struct {
	Name string    `json:"name"`
	At   time.Time `json:"at"`
	Top  bool      `json:"top_management"` // by the page of roles, on that day
}

// buildMinutes writes the minutes of a review.
func buildMinutes(r Review, of string, at time.Time) Minutes {
	m := Minutes{Code: r.Code, Title: r.Title, Of: of, On: r.On.String(), At: at, PackSHA256: r.PackSHA256}
	for _, p := range r.Participants {
		m.Participants = append(m.Participants, MinutesPerson{cmp.Or(p.Name, "somebody who is not in the register any more"), p.Roles, p.Top, p.Present})
	}
	for _, f := range MinutesFields() {
		p := MinutesPoint{f.Key, f.Clause, f.Label, r.Written[f.Key].Words}
		if strings.HasPrefix(f.Key, "MR-22") {
			m.Conclusions = append(m.Conclusions, p)
		} else {
			m.Points = append(m.Points, p)
		}
	}
	for _, a := range DecisionItems() {
		for _, d := range r.Decisions {
			if d.Item == a.ID {
				m.Decisions = append(m.Decisions, MinutesDecision{d.Item, a.Topic, d.Unchanged, d.Words, d.Why, d.Effect, d.OwnerName, d.Due.String()})
			}
		}
	}
	return m
}

// clauseWords is where a point of the agenda comes from.
func clauseWords(clause string) string {
	if clause == "own" {
		return "our own point"
	}
	return "ISO/IEC 27001:2022, " + clause
}

// Report is the pack as a document.
func (p Pack) Report(zone *time.Location) document.Report {
	r := document.Report{Title: "Management review " + p.Code + ": pack", Of: p.Of, At: p.At.In(zone),
		About: "What is put before top management, one section for each input of ISO/IEC 27001:2022, 9.3.2, and those of our own. The figures are those of the moment above. Each section names what Toucan could not know.",
		Facts: [][2]string{{"Review", p.Title}, {"Meeting", p.On}, {"Prepared by", p.By}, {"Review before", cmp.Or(p.Before, "none: this is the first")}}}
	var rows [][]string
	for _, x := range p.Participants {
		rows = append(rows, []string{x.Name, x.Roles, yesNo(x.Top)})
	}
	r.Parts = append(r.Parts, document.Part{Heading: "Who is invited", Table: &document.Grid{Caption: "Participants", Head: []string{"Name", "Roles", "Top management"}, Weights: []float64{3, 4, 2}, Rows: rows}})
	for i, s := range p.Sections {
		r.Parts = append(r.Parts, s.parts(i+1, zone)...)
	}
	return r
}

// parts is one input as parts of a document.
func (s PackSection) parts(n int, zone *time.Location) []document.Part {
	head := document.Part{Heading: fmt.Sprintf("%d. %s", n, s.Topic), Text: []string{s.Question}}
	for _, f := range s.Figures {
		value := f.Value
		if f.Note != "" {
			value += ", " + f.Note
		}
		head.Facts = append(head.Facts, [2]string{f.Label, value})
	}
	head.Note = clauseWords(s.Clause)
	out := []document.Part{head}
	for _, l := range s.Lists {
		p := document.Part{Heading: l.Title, Level: 2, Table: &document.Grid{Caption: l.Title, Head: l.Head, Weights: packWeights(l), Rows: l.Rows}}
		if l.More > 0 {
			p.Note = fmt.Sprintf("%d more are in the register.", l.More)
		}
		out = append(out, p)
	}
	if s.Brought != nil {
		out = append(out, document.Part{Heading: "Brought by hand", Level: 2, Text: strings.Split(s.Brought.Words, "\n\n"), Note: s.Brought.By + ", " + s.Brought.At.In(zone).Format("2 January 2006, 15:04 MST")})
	}
	if len(s.Missing) > 0 {
		out = append(out, document.Part{Heading: "Not known", Level: 2, List: s.Missing})
	}
	return out
}

// packWeights gives columns of long texts more room.
func packWeights(l PackList) []float64 {
	out := make([]float64, len(l.Head))
	for i, h := range l.Head {
		longest := len(h)
		for _, row := range l.Rows {
			if i < len(row) {
				longest = max(longest, len(row[i]))
			}
		}
		out[i] = float64(min(max(longest, 11), 40))
	}
	return out
}

func yesNo(b bool) string {
	if b {
		return "yes"
	}
	return "no"
}

// Report is the minutes as a document.
func (m Minutes) Report(zone *time.Location) document.Report {
	r := document.Report{Title: "Management review " + m.Code + ": minutes", Of: m.Of, At: m.At.In(zone),
		About: "The record of the review of the management system by top management (ISO/IEC 27001:2022, 9.3). It speaks of the pack that was frozen before the meeting and is kept beside it.",
		Facts: [][2]string{{"Review", m.Title}, {"Meeting", m.On}, {"Pack, SHA-256", m.PackSHA256}}}
	var rows [][]string
	for _, p := range m.Participants {
		rows = append(rows, []string{p.Name, p.Roles, yesNo(p.Top), yesNo(p.Present)})
	}
	r.Parts = append(r.Parts, document.Part{Heading: "Who took part", Table: &document.Grid{Caption: "Participants", Head: []string{"Name", "Roles", "Top management", "Present"}, Weights: []float64{3, 4, 2, 2}, Rows: rows}})
	r.Parts = append(r.Parts, document.Part{Heading: "Inputs"})
	for i, p := range m.Points {
		r.Parts = append(r.Parts, document.Part{Heading: strconv.Itoa(i+1) + ". " + p.Topic, Level: 2, Text: strings.Split(p.Words, "\n\n"), Note: clauseWords(p.Clause)})
	}
	rows = nil
	for _, d := range m.Decisions {
		rows = append(rows, []string{d.Topic, d.Words, d.Why, d.Effect, cmp.Or(d.Owner, "–"), cmp.Or(d.Due, "–")})
	}
	r.Parts = append(r.Parts, document.Part{Heading: "Decisions", Table: &document.Grid{Caption: "Decisions", Head: []string{"About", "Decision", "Because", "Expected effect", "Owner", "By"}, Weights: []float64{3, 4, 4, 4, 2, 2}, Rows: rows, None: "Nothing was decided."}, Note: "Each decision with an owner became a line of the one backlog when these minutes were approved."})
	r.Parts = append(r.Parts, document.Part{Heading: "Conclusion"})
	for _, c := range m.Conclusions {
		r.Parts = append(r.Parts, document.Part{Heading: c.Topic, Level: 2, Text: strings.Split(c.Words, "\n\n")})
	}
	rows = nil
	for _, a := range m.Approved {
		rows = append(rows, []string{a.Name, map[bool]string{true: "top management", false: "not in the register as top management on that day"}[a.Top], a.At.In(zone).Format("2 January 2006, 15:04 MST")})
	}
	r.Parts = append(r.Parts, document.Part{Heading: "Approval", Table: &document.Grid{Caption: "Who approved the minutes", Head: []string{"Name", "As", "When"}, Weights: []float64{3, 4, 3}, Rows: rows, None: "These minutes are not approved yet."}})
	return r
}
