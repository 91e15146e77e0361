package risk

import (
	"encoding/csv"
	"strconv"
	"strings"
	"sync"

	"github.com/toucan-grc/toucan/internal/framework"
)

// Scenario is a risk of the library that ships. Its numbers are where a
// conversation begins: they are nobody's score.
type Scenario struct {
	ID            string // such as "RS-001"
	Title         string
	Text          string
	Category      string
	Affects       []string
	Assets        []string // kinds of asset it concerns
	Threat        string
	Vulnerability string
	Default       Point
	Topics        []string // of policies whose controls bear on it
	Requirements  []framework.Ref
}

// Library returns the scenarios that ship, by id.
var Library = sync.OnceValue(func() []Scenario {
	data, err := files.ReadFile("data/scenarios.csv")
	if err != nil {
		panic(err)
	}
	rows, err := csv.NewReader(strings.NewReader(string(data))).ReadAll()
	if err != nil {
		panic(err)
	}
	out := make([]Scenario, 0, len(rows)-1)
	for _, r := range rows[1:] {
		s := Scenario{ID: r[0], Title: r[1], Text: r[2], Category: r[3], Affects: parts(r[4]), Assets: parts(r[5]), Threat: r[6], Vulnerability: r[7], Topics: parts(r[10])}
		var err1, err2 error
		s.Default.Likelihood, err1 = strconv.Atoi(r[8])
		s.Default.Impact, err2 = strconv.Atoi(r[9])
		if err1 != nil || err2 != nil {
			panic("risk: the scenario " + s.ID + " has no numbers")
		}
		for _, ref := range parts(r[11]) {
			f, id, _ := strings.Cut(ref, ":")
			s.Requirements = append(s.Requirements, framework.Ref{Framework: f, ID: id})
		}
		out = append(out, s)
	}
	return out
})

var scenarios = sync.OnceValue(func() map[string]*Scenario {
	all := Library()
	out := make(map[string]*Scenario, len(all))
	for i := range all {
		out[all[i].ID] = &all[i]
	}
	return out
})

// FindScenario returns a scenario of the library.
func FindScenario(id string) (Scenario, bool) {
	s, ok := scenarios()[id]
	if !ok {
		return Scenario{}, false
	}
	return *s, true
}

// parts are the parts of a cell that holds several.
func parts(cell string) []string {
	var out []string
	for p := range strings.SplitSeq(cell, ";") {
		if p = strings.TrimSpace(p); p != "" {
			out = append(out, p)
		}
	}
	return out
}

// Risk is the scenario as a risk of the organisation, before anybody said anything
// about it.
func (s Scenario) Risk() Risk {
	return Risk{Title: s.Title, Cause: stop(s.Vulnerability) + " " + stop(s.Threat), Event: s.Text, Category: s.Category, Affects: s.Affects, Scenario: s.ID}
}
