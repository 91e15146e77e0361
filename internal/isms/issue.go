package isms

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/cadence"
	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/ledger"
	"github.com/toucan-grc/toucan/internal/people"
	"github.com/toucan-grc/toucan/internal/problem"
)

// Issue is something outside or inside the organisation that bears on what its
// management system can reach (ISO/IEC 27001:2022, 4.1).
type Issue struct {
	Kept `json:"-"`
	Care
	Seed         string   `json:"seed,omitempty"`
	Side         string   `json:"side"` // external or internal
	Topic        string   `json:"topic"`
	Text         string   `json:"text"`
	Effect       string   `json:"effect"` // on the management system
	Response     string   `json:"response"`
	Climate      bool     `json:"climate"`             // it speaks of climate change
	Risks        []string `json:"risks,omitempty"`     // codes of the register of risks
	Scenarios    []string `json:"scenarios,omitempty"` // of the library of risks that the shipped row names
	Requirements []string `json:"requirements,omitempty"`
}

func (i Issue) checked(ctx context.Context, tx *db.Tx, org string) (Issue, error) {
	var err error
	if !slices.Contains(Sides(), i.Side) {
		return i, problem.Field("side", "Say whether the issue is external or internal.")
	}
	if i.Topic, err = entryLine("topic", "The topic", i.Topic); err != nil {
		return i, err
	}
	if i.Text, err = entryProse("text", "The issue", i.Text); err != nil {
		return i, err
	}
	if i.Effect, err = db.Prose("effect", "The effect", i.Effect, maxEntryText); err != nil {
		return i, err
	}
	if i.Response, err = db.Prose("response", "The response", i.Response, maxEntryText); err != nil {
		return i, err
	}
	if i.Care, err = i.Care.checked(ctx, tx, org); err != nil {
		return i, err
	}
	if i.Risks, err = checkRisks(i.Risks); err != nil {
		return i, err
	}
	i.Requirements, err = checkRequirements(i.Requirements)
	return i, err
}

// Issues returns the issues as they stood at a moment, by code; those that were
// retired are among them.
func (s *Store) Issues(ctx context.Context, who access.Actor, at time.Time) ([]Issue, error) {
	return listEntries[Issue](ctx, s, who, IssueRegister, at)
}

// Issue returns one issue by its code, and what became of it.
func (s *Store) Issue(ctx context.Context, who access.Actor, code string) (Issue, []EntryPast, error) {
	return openEntry[Issue](ctx, s, who, IssueRegister, code)
}

// PutIssue enters an issue, or changes the one whose ID is set.
func (s *Store) PutIssue(ctx context.Context, who access.Actor, i Issue, now time.Time) (Issue, error) {
	return putEntry(ctx, s, who, IssueRegister, i, now, func(ctx context.Context, tx *db.Tx, i Issue, today cadence.Date) (Issue, error) {
		i.Reviewed = today
		return i.checked(ctx, tx, who.Org())
	})
}

// SeedIssues enters those of the issues that ship whose codes are named.
func (s *Store) SeedIssues(ctx context.Context, who access.Actor, codes []string, now time.Time) (int, error) {
	return seedEntries(ctx, s, who, IssueRegister, codes, ShippedIssues(), func(i *Issue) string { return i.Seed }, func(i *Issue, today cadence.Date) { i.Reviewed = today }, now)
}

// ClimateDecision says whether climate change is a relevant issue for the
// management system, and why (Amd 1:2024 to 4.1).
type ClimateDecision struct {
	ID       string
	Relevant bool
	Why      string
	On       cadence.Date
	At       time.Time
	By       string // account
	ByName   string
}

// Words is the decision as a heading has it.
func (d ClimateDecision) Words() string {
	if d.Relevant {
		return "Climate change is a relevant issue"
	}
	return "Climate change is not a relevant issue"
}

// climateEvery is how long a decision holds before it is asked for again, and
// climateSoon how many days before its end that is said.
const (
	climateEvery = 12
	climateSoon  = 30
)

// ClimateStanding is how the decision stands on a day.
type ClimateStanding struct {
	State string // missing, overdue, soon or current
	Last  *ClimateDecision
	Due   cadence.Date
	Why   string
}

// JudgeClimate says whether a decision on climate is there and young enough.
func JudgeClimate(list []ClimateDecision, today cadence.Date) ClimateStanding {
	var last *ClimateDecision
	for i := range list {
		if list[i].On <= today && (last == nil || list[i].On > last.On || list[i].On == last.On && list[i].ID > last.ID) {
			last = &list[i]
		}
	}
	if last == nil {
		return ClimateStanding{State: "missing", Why: "Nobody has decided yet whether climate change is a relevant issue. Since Amendment 1:2024 an auditor asks for that decision and its reason."}
	}
	s := ClimateStanding{State: "current", Last: last, Due: last.On.AddMonths(climateEvery)}
	switch {
	case today > s.Due:
		s.State, s.Why = "overdue", fmt.Sprintf("The decision is of %s and was to be looked at again by %s.", statementDay(last.On), statementDay(s.Due))
	case today+climateSoon >= s.Due:
		s.State, s.Why = "soon", fmt.Sprintf("The decision is of %s. Look at it again by %s.", statementDay(last.On), statementDay(s.Due))
	default:
		s.Why = fmt.Sprintf("Decided on %s, to be looked at again by %s.", statementDay(last.On), statementDay(s.Due))
	}
	return s
}

// readClimate returns all decisions on climate, the newest first.
func readClimate(ctx context.Context, tx *db.Tx, org string) ([]ClimateDecision, error) {
	rows, err := tx.Query(ctx, `SELECT c.id, c.relevant, c.why, c.on_day, c.at, c.account, coalesce(a.name, '') FROM isms_climate c LEFT JOIN account a ON a.id = c.account
		WHERE c.org = $1 ORDER BY c.on_day DESC, c.id DESC`, org)
	if err != nil {
		return nil, err
	}
	var out []ClimateDecision
	err = db.Each(rows, func(scan func(...any) error) error {
		var d ClimateDecision
		var at int64
		err := scan(&d.ID, &d.Relevant, &d.Why, &d.On, &at, &d.By, &d.ByName)
		d.At = db.Time(at)
		out = append(out, d)
		return err
	})
	return out, err
}

// Climate returns how the decision on climate change stands, and all decisions, the
// newest first.
func (s *Store) Climate(ctx context.Context, who access.Actor, now time.Time) (ClimateStanding, []ClimateDecision, error) {
	if err := who.May(access.ViewISMS); err != nil {
		return ClimateStanding{}, nil, err
	}
	var list []ClimateDecision
	var today cadence.Date
	err := s.DB.Read(ctx, who.Org(), func(tx *db.Tx) (err error) {
		if today, err = people.Today(ctx, tx, who.Org(), now); err != nil {
			return err
		}
		list, err = readClimate(ctx, tx, who.Org())
		return err
	})
	return JudgeClimate(list, today), list, err
}

type climateFact struct {
	Relevant bool   `json:"relevant"`
	Why      string `json:"why"`
	On       string `json:"on"`
}

// DecideClimate records whether climate change is a relevant issue, and why. It is
// asked for again a year later.
func (s *Store) DecideClimate(ctx context.Context, who access.Actor, relevant bool, why string, now time.Time) (ClimateDecision, error) {
	d := ClimateDecision{Relevant: relevant, By: who.Account(), ByName: who.Name(), At: entryMoment(now)}
	if err := who.May(access.ManageISMS); err != nil {
		return d, err
	}
	var err error
	if d.Why, err = db.Prose("why", "The reason", why, maxEntryText); err != nil {
		return d, err
	}
	if len(strings.Fields(d.Why)) < 3 {
		return d, problem.Field("why", "Say why: which sites, suppliers, staff or duties were looked at, and what follows from it.")
	}
	err = s.DB.Write(ctx, who.Org(), db.People, func(ctx context.Context, tx *db.Tx) error {
		if d.On, err = people.Today(ctx, tx, who.Org(), d.At); err != nil {
			return err
		}
		salt := ledger.Salt()
		d.ID = newID()
		_, err := tx.Exec(ctx, `INSERT INTO isms_climate (org, id, relevant, why, on_day, at, account, salt) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
			who.Org(), d.ID, d.Relevant, d.Why, int64(d.On), db.Micros(d.At), who.Account(), salt)
		if err != nil {
			return err
		}
		err = s.Log.Append(ctx, tx, ledger.Leaf{Org: who.Org(), At: d.At, Actor: who.Account(), Kind: "isms.climate", ID: d.ID, Salt: salt, Payload: climateFact{d.Relevant, d.Why, d.On.String()}})
		if err != nil {
			return err
		}
		return closeContextTask(ctx, tx, s, who, TaskClimate, "climate", "It was decided.", d.At)
	})
	return d, err
}
