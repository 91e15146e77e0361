package isms

import (
	"context"
	"fmt"
	"time"

	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/risk"
)

// acceptanceSoon is how many days before its end an acceptance is named in a pack.
const acceptanceSoon = 90

// undecided reports whether a risk lies above the appetite while nobody decided to
// carry it or approved a plan that is still in time.
func undecided(e *risk.Entry) bool {
	if !e.Above() {
		return false
	}
	switch e.State {
	case risk.Treating, risk.Accepted:
		return false
	}
	return true
}

func riskFigures(r *risk.Register) *RiskFigures {
	out := &RiskFigures{}
	for _, e := range r.Open() {
		out.All++
		if e.Scored() {
			out.Scored++
		}
		if e.Above() {
			out.Above++
		}
		if undecided(e) {
			out.Undecided = append(out.Undecided, e.Code)
		}
	}
	return out
}

func readRiskFigures(ctx context.Context, tx *db.Tx, org string, now time.Time) (*RiskFigures, error) {
	r, err := risk.ReadRegister(ctx, tx, org, now)
	if err != nil {
		return nil, err
	}
	return riskFigures(r), nil
}

// readRiskFacts reads what a pack says of risks.
func readRiskFacts(ctx context.Context, tx *db.Tx, org string, now time.Time) (*RiskFacts, error) {
	r, err := risk.ReadRegister(ctx, tx, org, now)
	if err != nil {
		return nil, err
	}
	names, err := personNamesOf(ctx, tx, org)
	if err != nil {
		return nil, err
	}
	return riskFacts(r, names), nil
}

func riskFacts(r *risk.Register, names map[string]string) *RiskFacts {
	out := &RiskFacts{RiskFigures: *riskFigures(r)}
	for _, e := range r.AboveAppetite() {
		out.AboveList = append(out.AboveList, [5]string{e.Code, e.Title, e.Verdict.Level.ID, orNobody(e.OwnerName), e.State.Label()})
	}
	for _, e := range r.Open() {
		if a := e.Acceptance; a != nil && a.WithdrawnAt.IsZero() && a.Until <= r.Today+acceptanceSoon {
			until := a.Until.Words()
			if a.Until < r.Today {
				until += fmt.Sprintf(", %s ago", plainCount(int(r.Today-a.Until), "day", "days"))
			}
			out.Expiring = append(out.Expiring, [4]string{e.Code, e.Title, orNobody(names[a.Person]), until})
		}
		for _, a := range e.Actions {
			if a.Overdue(r.Today) {
				out.Overdue = append(out.Overdue, packAction(a, r.Today))
			}
		}
	}
	sortActions(out.Overdue)
	return out
}
