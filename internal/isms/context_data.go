package isms

import (
	"embed"
	"encoding/csv"
	"slices"
	"strconv"
	"strings"
	"sync"
)

//go:embed data/interested-parties.csv data/issues.csv data/objectives.csv data/management-review-agenda.csv
var surroundingFiles embed.FS

// shippedRows reads one of the lists that ship, a map of columns for each row.
func shippedRows(name string) []map[string]string {
	f, err := surroundingFiles.Open("data/" + name)
	if err != nil {
		panic(err) // it ships with the program
	}
	defer func() { _ = f.Close() }()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		panic(err)
	}
	var out []map[string]string
	for _, row := range rows[1:] {
		m := map[string]string{}
		for i, h := range rows[0] {
			m[h] = row[i]
		}
		out = append(out, m)
	}
	return out
}

func shippedList(text string) []string {
	var out []string
	for _, p := range strings.Split(text, ";") {
		if p = strings.TrimSpace(p); p != "" {
			out = append(out, p)
		}
	}
	return out
}

// ShippedParties are the interested parties to start from. Their codes are in Seed.
var ShippedParties = sync.OnceValue(func() []Party {
	var out []Party
	for _, m := range shippedRows("interested-parties.csv") {
		out = append(out, Party{Seed: m["id"], Name: m["party"], Side: m["side"], Needs: m["needs"], How: m["how_addressed"], Basis: shippedList(m["source_of_need"]),
			Climate: m["climate_note"], Requirements: shippedList(m["requirements"]), Care: Care{ReviewEvery: m["review_every"]}})
	}
	return out
})

// ShippedIssues are the outside and inside issues to start from.
var ShippedIssues = sync.OnceValue(func() []Issue {
	var out []Issue
	for _, m := range shippedRows("issues.csv") {
		out = append(out, Issue{Seed: m["id"], Side: m["side"], Topic: m["topic"], Text: m["issue"], Effect: m["effect_on_isms"], Response: m["response"], Climate: m["climate"] == "yes",
			Scenarios: shippedList(m["linked_risks"]), Requirements: shippedList(m["requirements"]), Care: Care{ReviewEvery: "P1Y"}})
	}
	return out
})

// shippedSources says which live figure an objective that ships is read from; the
// others are measured by hand, because Toucan keeps nothing they could be read from.
var shippedSources = map[string]string{"OBJ-1": SourcePeople, "OBJ-2": SourceLeavers, "OBJ-7": SourceRestores, "OBJ-8": SourceRisks}

// ShippedObjectives are the objectives to start from. What will be done, with what
// and how it is evaluated is for the organisation to say.
var ShippedObjectives = sync.OnceValue(func() []Objective {
	var out []Objective
	for _, m := range shippedRows("objectives.csv") {
		t, err := ParseTarget(m["target"])
		if err != nil {
			panic(err)
		}
		out = append(out, Objective{Seed: m["id"], Title: m["objective"], Metric: m["metric"], Unit: m["unit"], Target: t, Source: shippedSources[m["id"]], From: 0,
			MeasureEvery: m["measure_every"], OwnerRole: m["owner_role"], ReadFrom: m["source_in_platform"], Requirements: shippedList(m["requirements"])})
	}
	return out
})

// AgendaItem is one point of the agenda of a management review.
type AgendaItem struct {
	ID           string // such as "MR-01"
	Output       bool   // a decision, not something that is looked at
	Clause       string // item of 9.3.2 or 9.3.3, or "own"
	Topic        string
	Bring        string // what belongs on the table
	Question     string
	From         string // where Toucan reads it, in words
	OwnerRole    string
	Requirements []string
}

// Own reports whether the standard does not name the point.
func (a AgendaItem) Own() bool { return a.Clause == "own" }

// ReviewAgenda is the agenda of a management review: inputs first, then outputs.
var ReviewAgenda = sync.OnceValue(func() []AgendaItem {
	var out []AgendaItem
	for _, m := range shippedRows("management-review-agenda.csv") {
		out = append(out, AgendaItem{ID: m["id"], Output: m["kind"] == "output", Clause: m["clause_item"], Topic: m["topic"], Bring: m["what_to_bring"],
			Question: m["question_to_answer"], From: m["source_in_platform"], OwnerRole: m["owner_role"], Requirements: shippedList(m["requirements"])})
	}
	return out
})

// FindAgendaItem returns a point of the agenda by its id.
func FindAgendaItem(id string) (AgendaItem, bool) {
	i := slices.IndexFunc(ReviewAgenda(), func(a AgendaItem) bool { return a.ID == id })
	if i < 0 {
		return AgendaItem{}, false
	}
	return ReviewAgenda()[i], true
}

// ParseTarget reads a target as the lists write it: ">=98".
func ParseTarget(text string) (ObjectiveTarget, error) {
	text = strings.TrimSpace(text)
	for _, op := range targetOps {
		rest, ok := strings.CutPrefix(text, op)
		if !ok {
			continue
		}
		n, err := strconv.ParseFloat(strings.TrimSpace(rest), 64)
		if err != nil {
			break
		}
		return ObjectiveTarget{op, n}, nil
	}
	return ObjectiveTarget{}, errTarget()
}
