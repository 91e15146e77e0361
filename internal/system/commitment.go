package system

import (
	"bytes"
	_ "embed" // the commitments that ship
	"encoding/csv"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/toucan-grc/toucan/internal/framework"
	"github.com/toucan-grc/toucan/internal/register"
)

// Commitment is something promised to customers, or something the service must do
// so that the promise is kept. An examination after SOC 2 asks whether these were
// met, and nothing else.
type Commitment struct {
	register.Entry `json:"-"`
	Library        string   `json:"library"`  // id in the library that ships, or empty for one of our own
	Kind           string   `json:"kind"`     // key of CommitmentKinds
	Category       string   `json:"category"` // key of Categories
	Statement      string   `json:"statement"`
	Measure        string   `json:"measure"`
	Target         string   `json:"target"`
	Criteria       []string `json:"criteria"` // "soc2-2017:A1.1"
	Controls       []string `json:"controls"` // ids
	EvidenceKind   string   `json:"evidence_kind"`
	Scenarios      []string `json:"scenarios"` // ids of the risk scenarios that threaten it
	Owner          string   `json:"owner"`     // person, or empty

	// Text is the statement with the values of the organisation in the place of
	// variables; Unfilled names those nobody filled in. Both are worked out when it is read.
	Text     string   `json:"-"`
	Unfilled []string `json:"-"`
}

// Words is the statement as a person reads it.
func (c Commitment) Words() string {
	if c.Text != "" {
		return c.Text
	}
	return c.Statement
}

// Refs are the criteria it bears on.
func (c Commitment) Refs() []framework.Ref {
	var out []framework.Ref
	for _, r := range c.Criteria {
		if f, id, ok := strings.Cut(r, ":"); ok {
			out = append(out, framework.Ref{Framework: f, ID: id})
		}
	}
	return out
}

// Shipped is a commitment of the library, which an organisation adopts or leaves.
type Shipped struct {
	Commitment
	Topics []string // topics of the controls that usually keep it
}

//go:embed data/commitments.csv
var commitmentsCSV []byte

// Library returns the commitments that ship.
func Library() []Shipped { return slices.Clone(shipped()) }

var shipped = sync.OnceValue(func() []Shipped {
	rows, err := csv.NewReader(bytes.NewReader(commitmentsCSV)).ReadAll()
	if err != nil || len(rows) < 2 || len(rows[0]) != 10 { // a test reads them, so that no binary gets here
		panic(fmt.Sprintf("system: the commitments that ship cannot be read: %v", err))
	}
	list := func(s string) []string { return register.Tidy(strings.Split(s, ";")) }
	var out []Shipped
	for _, r := range rows[1:] {
		out = append(out, Shipped{Commitment{Library: r[0], Kind: r[1], Category: r[2], Statement: r[3], Measure: r[4], Target: r[5],
			Criteria: list(r[6]), EvidenceKind: r[8], Scenarios: list(r[9])}, list(r[7])})
	}
	return out
})

// FindShipped returns a commitment of the library.
func FindShipped(id string) (Shipped, bool) {
	i := slices.IndexFunc(shipped(), func(s Shipped) bool { return s.Library == id })
	if i < 0 {
		return Shipped{}, false
	}
	return shipped()[i], true
}
