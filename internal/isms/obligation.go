package isms

import (
	"embed"
	"encoding/csv"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/toucan-grc/toucan/internal/cadence"
	"github.com/toucan-grc/toucan/internal/control"
	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/framework"
	"github.com/toucan-grc/toucan/internal/people"
	"github.com/toucan-grc/toucan/internal/policy"
	"github.com/toucan-grc/toucan/internal/problem"
)

//go:embed data/obligations.csv data/obligation-rules.csv data/maturity-gate.csv data/required-documents.csv
var cycleFiles embed.FS

// Basis says where an interval comes from. The values are stored.
type Basis string

const (
	BasisStated    Basis = "stated"    // a framework states the number
	BasisCustomary Basis = "customary" // audits expect it; no text says it
	BasisOwn       Basis = "own"       // our choice
)

// Bases lists them.
func Bases() []Basis { return []Basis{BasisStated, BasisCustomary, BasisOwn} }

// Words is the basis as a person reads it.
func (b Basis) Words() string {
	switch b {
	case BasisStated:
		return "stated by a framework"
	case BasisCustomary:
		return "customary: audits expect it"
	case BasisOwn:
		return "our own choice"
	}
	return string(b)
}

// Closing says what shows that an obligation was met. The values are stored.
type Closing string

const (
	ByItem   Closing = "item"   // one record of its kind in the period
	ByOwn    Closing = "own"    // one that Toucan made itself: a held review, an approved snapshot
	ByPerson Closing = "person" // a person says so, with evidence: one record of the kind speaks of a part only
)

// Closings lists them.
func Closings() []Closing { return []Closing{ByItem, ByOwn, ByPerson} }

// Words is what shows it, as a person reads it.
func (c Closing) Words() string {
	switch c {
	case ByItem:
		return "any record of the kind, in the period"
	case ByOwn:
		return "what Toucan itself recorded: a held review, an approved snapshot"
	case ByPerson:
		return "a person says so, with evidence"
	}
	return string(c)
}

// ObligationText is what an obligation asks from a day on.
type ObligationText struct {
	Title        string          `json:"title"`
	Detail       string          `json:"detail"`
	Every        string          `json:"every"` // ISO 8601, such as "P3M"
	Basis        Basis           `json:"basis"`
	Subject      string          `json:"subject"` // of the vocabulary of policies, whose interval must agree; or empty
	Role         string          `json:"role"`    // of the programme; or empty
	Person       string          `json:"person"`  // id, before the role; or empty
	Kind         string          `json:"kind"`    // of evidence
	Grace        int             `json:"grace"`   // days after the due day before it counts as missed
	Closes       Closing         `json:"closes"`
	Requirements []framework.Ref `json:"requirements"`
	Ended        bool            `json:"ended"` // it is asked no more
	Why          string          `json:"why"`   // of the change, in the words of who made it

	From cadence.Date `json:"-"` // first day it holds
	At   time.Time    `json:"-"` // when it was written
	By   string       `json:"-"` // account

	id string // of its row, where it was read from one
}

// Frequency is how often the text asks.
func (t ObligationText) Frequency() cadence.Frequency {
	f, _ := ReadInterval(t.Every)
	return f
}

// Obligation is something the organisation does again and again. Its history is
// the texts, by the day they hold from.
type Obligation struct {
	ID    string
	Code  string // "OBL-01" of those that ship, "OBL-101" and on of one's own
	Texts []ObligationText
}

// Since is the first day on which it is asked.
func (o Obligation) Since() cadence.Date { return o.Texts[0].From }

// On is the text that holds on a day: before the first, the first.
func (o Obligation) On(d cadence.Date) ObligationText {
	t := o.Texts[0]
	for _, x := range o.Texts[1:] {
		if x.From <= d {
			t = x
		}
	}
	return t
}

// Ended reports whether it is asked no more on a day.
func (o Obligation) Ended(d cadence.Date) bool { return o.On(d).Ended }

// ShippedObligation is a row of those to choose from.
type ShippedObligation struct {
	Code string
	ObligationText
	States map[string]cadence.Frequency // what frameworks state, by id
	Rule   string                       // what states it to whoever holds a certificate, where no framework does
}

// Frameworks lists the frameworks it is asked for by, in the order of its rows.
func (t ObligationText) Frameworks() []string {
	var out []string
	for _, r := range t.Requirements {
		if !slices.Contains(out, r.Framework) {
			out = append(out, r.Framework)
		}
	}
	return out
}

// ShippedObligations are the obligations to adopt from. They are starting points.
var ShippedObligations = sync.OnceValue(func() []ShippedObligation {
	rules := map[string]map[string]string{}
	for _, r := range cycleRows("obligation-rules") {
		rules[r["id"]] = r
	}
	var out []ShippedObligation
	for _, r := range cycleRows("obligations") {
		grace, err := strconv.Atoi(r["grace_days"])
		if err != nil {
			panic(err)
		}
		o := ShippedObligation{Code: r["id"], Rule: rules[r["id"]]["rule"], States: map[string]cadence.Frequency{}, ObligationText: ObligationText{
			Title: r["title"], Detail: r["detail"], Every: r["frequency"], Basis: Basis(r["frequency_basis"]), Subject: r["policy_subject"], Role: r["owner_role"],
			Kind: r["evidence_kind"], Grace: grace, Closes: Closing(rules[r["id"]]["closes"]), Requirements: cycleRefs(r["requirements"])}}
		for _, s := range cycleList(rules[r["id"]]["stated"]) {
			id, every, _ := strings.Cut(s, "=")
			f, ok := ReadInterval(every)
			if !ok {
				panic("isms: obligation-rules.csv: " + s)
			}
			o.States[id] = f
		}
		out = append(out, o)
	}
	return out
})

// FindShipped returns the shipped obligation of a code.
func FindShipped(code string) (ShippedObligation, bool) {
	i := slices.IndexFunc(ShippedObligations(), func(o ShippedObligation) bool { return o.Code == code })
	if i < 0 {
		return ShippedObligation{}, false
	}
	return ShippedObligations()[i], true
}

// cycleRows reads a table that ships; a test reads them all.
func cycleRows(name string) []map[string]string {
	f, err := cycleFiles.Open("data/" + name + ".csv")
	if err != nil {
		panic(err)
	}
	defer func() { _ = f.Close() }()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		panic(fmt.Sprintf("isms: %s.csv: %v", name, err))
	}
	var out []map[string]string
	for _, r := range rows[1:] {
		m := map[string]string{}
		for i, head := range rows[0] {
			m[head] = r[i]
		}
		out = append(out, m)
	}
	return out
}

func cycleList(text string) []string {
	return slices.DeleteFunc(strings.Split(text, ";"), func(s string) bool { return s == "" })
}

// refs reads "iso27001-2022:9.3.1;soc2-2017:CC4.2".
func cycleRefs(text string) []framework.Ref {
	var out []framework.Ref
	for _, s := range cycleList(text) {
		f, id, _ := strings.Cut(s, ":")
		out = append(out, framework.Ref{Framework: f, ID: id})
	}
	return out
}

// ReadInterval reads an interval as data and policies write it: "P3M", "P7D", "P1Y".
// Whole weeks follow the calendar's weeks.
func ReadInterval(text string) (cadence.Frequency, bool) {
	l, ok := policy.ParseLength(text)
	if !ok || l.Business {
		return cadence.Frequency{}, false
	}
	switch {
	case l.Unit == 'M':
		return cadence.Frequency{N: l.N, Unit: cadence.Month}, true
	case l.Unit == 'D' && l.N%7 == 0:
		return cadence.Frequency{N: l.N / 7, Unit: cadence.Week}, true
	case l.Unit == 'D':
		return cadence.Frequency{N: l.N, Unit: cadence.Day}, true
	}
	return cadence.Frequency{}, false
}

const (
	maxObligationTitle = 120
	maxObligationText  = 1000
	maxGrace           = 120
	maxObligations     = 5000
)

// checked returns the text as it is kept, or an Invalid problem about the first
// field at fault.
func (t ObligationText) checked() (ObligationText, error) {
	var err error
	if t.Title, err = db.Line("title", "The title", t.Title, maxObligationTitle); err != nil {
		return t, err
	}
	if t.Detail, err = db.Prose("detail", "The detail", t.Detail, maxObligationText); err != nil {
		return t, err
	}
	if t.Why, err = db.Prose("why", "The reason", t.Why, maxObligationText); err != nil {
		return t, err
	}
	f, ok := ReadInterval(t.Every)
	switch {
	case t.Title == "":
		return t, problem.Field("title", "Say what is to be done, such as “Review of the visitor log”.")
	case !ok || f.PerYear() > 366 || f.PerYear() < 0.1:
		return t, problem.Field("every", "Choose how often: from daily to every ten years.")
	case !slices.Contains(Bases(), t.Basis):
		return t, problem.Field("basis", "Say where the interval comes from.")
	case t.Grace < 0 || t.Grace > maxGrace:
		return t, problem.Field("grace", fmt.Sprintf("Give between 0 and %d days of grace.", maxGrace))
	case !slices.Contains(Closings(), t.Closes):
		return t, problem.Field("closes", "Say what shows that it was done.")
	case t.Role == "" && t.Person == "":
		return t, problem.Field("role", "Say who does it: a role, or a person.")
	}
	if t.Role != "" {
		if _, ok := people.FindDutyRole(t.Role); !ok {
			return t, problem.Field("role", "Choose a role of the list.")
		}
	}
	if _, ok := control.Shipped().Kind(t.Kind); !ok {
		return t, problem.Field("kind", "Choose what kind of evidence shows it.")
	}
	if _, ok := policy.Words().Subject(t.Subject); t.Subject != "" && !ok {
		return t, problem.Field("subject", "Choose a subject of the list, or none.")
	}
	if len(t.Requirements) > 30 {
		return t, problem.Field("requirements", "At most 30 requirements fit. Name those that ask for it most plainly.")
	}
	return t, nil
}
