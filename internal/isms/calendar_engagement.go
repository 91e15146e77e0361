package isms

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/toucan-grc/toucan/internal/cadence"
	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/problem"
)

// EngagementKind is a kind of date in the life of a certificate or of a report. The
// values are stored.
type EngagementKind string

const (
	StageOne        EngagementKind = "stage_1"
	StageTwo        EngagementKind = "stage_2"
	Certification   EngagementKind = "certification" // the decision of the certification body
	Surveillance    EngagementKind = "surveillance"
	Recertification EngagementKind = "recertification"
	TypeOne         EngagementKind = "soc2_type_1"
	TypeTwo         EngagementKind = "soc2_type_2"
	BridgeLetter    EngagementKind = "bridge_letter"
	OtherVisit      EngagementKind = "other"
)

// EngagementKinds lists them in the order of a cycle.
func EngagementKinds() []EngagementKind {
	return []EngagementKind{StageOne, StageTwo, Certification, Surveillance, Recertification, TypeOne, TypeTwo, BridgeLetter, OtherVisit}
}

// Words is the kind as a person reads it.
func (k EngagementKind) Words() string {
	switch k {
	case StageOne:
		return "ISO stage 1"
	case StageTwo:
		return "ISO stage 2"
	case Certification:
		return "Certification decision"
	case Surveillance:
		return "ISO surveillance"
	case Recertification:
		return "ISO recertification"
	case TypeOne:
		return "SOC 2 Type 1"
	case TypeTwo:
		return "SOC 2 Type 2"
	case BridgeLetter:
		return "Bridge letter"
	case OtherVisit:
		return "Other audit"
	}
	return string(k)
}

// SOC2 reports whether the date belongs to the life of a SOC 2 report.
func (k EngagementKind) SOC2() bool { return k == TypeOne || k == TypeTwo || k == BridgeLetter }

// Windowed reports whether the date is a stretch that is judged or covered, rather
// than days on which somebody visits.
func (k EngagementKind) Windowed() bool { return k == TypeTwo || k == BridgeLetter }

// EngagementState says how far it is. The values are stored.
type EngagementState string

const (
	Planned   EngagementState = "planned" // wished for
	Booked    EngagementState = "booked"  // agreed with whoever comes
	Held      EngagementState = "held"    // over: visited, decided, reported
	Cancelled EngagementState = "cancelled"
)

// EngagementStates lists them.
func EngagementStates() []EngagementState {
	return []EngagementState{Planned, Booked, Held, Cancelled}
}

// Money is an amount of one currency in its smallest unit.
type Money struct {
	Minor    int64  `json:"minor"`
	Currency string `json:"currency"` // "EUR"; empty: no amount
}

// Known reports whether there is an amount.
func (m Money) Known() bool { return m.Currency != "" }

// String is "EUR 12,500.00"; empty without an amount.
func (m Money) String() string {
	if !m.Known() {
		return ""
	}
	whole := fmt.Sprint(m.Minor / 100)
	for i := len(whole) - 3; i > 0; i -= 3 {
		whole = whole[:i] + "," + whole[i:]
	}
	return fmt.Sprintf("%s %s.%02d", m.Currency, whole, m.Minor%100)
}

const maxMoney = 1_000_000_000_00

// ReadMoney reads an amount as people type it, "12500" or "12,500.50", and the three
// letters of its currency.
func ReadMoney(amount, currency string) (Money, error) {
	amount, currency = strings.TrimSpace(amount), strings.ToUpper(strings.TrimSpace(currency))
	if amount == "" {
		return Money{}, nil
	}
	wrong := problem.Field("fee", "Give the fee as a number such as 12500 or 12500.50, without the currency.")
	whole, cents, dotted := strings.Cut(strings.ReplaceAll(strings.ReplaceAll(amount, ",", ""), " ", ""), ".")
	if dotted && len(cents) != 2 || whole == "" {
		return Money{}, wrong
	}
	var n int64
	for _, r := range whole + (cents + "00")[:2] {
		if r < '0' || r > '9' || n > maxMoney {
			return Money{}, wrong
		}
		n = 10*n + int64(r-'0')
	}
	if len(currency) != 3 || strings.Trim(currency, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") != "" {
		return Money{}, problem.Field("currency", "Give the currency as three letters, such as EUR.")
	}
	return Money{n, currency}, nil
}

// Engagement is one date of the audits: a visit, a decision, an observation window
// with its report, a letter.
type Engagement struct {
	ID       string          `json:"-"`
	Kind     EngagementKind  `json:"kind"`
	Title    string          `json:"title"` // empty: the words of the kind
	Firm     string          `json:"firm"`  // certification body or audit firm, as an organisation
	From     cadence.Date    `json:"from"`  // first day: of the visit, or of the window
	To       cadence.Date    `json:"to"`    // last day
	ReportOn cadence.Date    `json:"report_on"`
	State    EngagementState `json:"state"`
	Fee      Money           `json:"fee"`
	Note     string          `json:"note"`
	Why      string          `json:"why"` // of the change

	At time.Time `json:"-"`
	By string    `json:"-"` // account
}

// Name is what it is called.
func (e Engagement) Name() string {
	if e.Title != "" {
		return e.Title
	}
	return e.Kind.Words()
}

// Days is the visit or the window.
func (e Engagement) Days() cadence.Days { return cadence.Days{From: e.From, To: e.To} }

// Judged is the day on which the trail is looked at: the first of a visit, the last
// of a window.
func (e Engagement) Judged() cadence.Date {
	if e.Kind.Windowed() {
		return e.To
	}
	return e.From
}

// checked returns the engagement as it is kept, or an Invalid problem.
func (e Engagement) checked() (Engagement, error) {
	var err error
	if e.Title, err = db.Line("title", "The title", e.Title, 120); err != nil {
		return e, err
	}
	if e.Firm, err = db.Line("firm", "The firm", e.Firm, 120); err != nil {
		return e, err
	}
	if e.Note, err = db.Prose("note", "The note", e.Note, 2000); err != nil {
		return e, err
	}
	if e.Why, err = db.Prose("why", "The reason", e.Why, 500); err != nil {
		return e, err
	}
	if !e.To.Known() {
		e.To = e.From
	}
	switch {
	case !slices.Contains(EngagementKinds(), e.Kind):
		return e, problem.Field("kind", "Choose what it is.")
	case !slices.Contains(EngagementStates(), e.State):
		return e, problem.Field("state", "Say how far it is.")
	case !e.From.Known():
		return e, problem.Field("from", "Give the first day.")
	case e.To < e.From:
		return e, problem.Field("to", "The last day comes before the first. Change one of them.")
	case e.To > e.From.AddMonths(36):
		return e, problem.Field("to", "This is longer than three years. Check the year.")
	case e.Kind.Windowed() && e.To == e.From:
		return e, problem.Field("to", "Give the last day of the period: it speaks of a stretch, not of a day.")
	case !e.Kind.Windowed() && e.To > e.From+60:
		return e, problem.Field("to", "A visit does not last longer than two months. Enter each visit by itself.")
	case e.ReportOn.Known() && e.ReportOn < e.To:
		return e, problem.Field("report_on", "The report cannot come before the last day it speaks of.")
	}
	if e.Kind == BridgeLetter || e.Kind == Certification {
		e.ReportOn = 0
	}
	return e, nil
}

// same reports whether two say the same.
func (e Engagement) same(x Engagement) bool {
	x.ID, x.At, x.By, x.Why = e.ID, e.At, e.By, e.Why
	return e == x
}
