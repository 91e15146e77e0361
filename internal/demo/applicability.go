package demo

import (
	"context"
	"strings"
	"time"

	"github.com/toucan-grc/toucan/internal/cadence"
	"github.com/toucan-grc/toucan/internal/isms"
)

// leftOutOf are the controls of Annex A that do not apply, and why.
var leftOutOf = map[string]string{
	"A.8.30": "No part of the product is developed by others; everybody who writes code is on our staff or works under our direction in our own systems.",
	"A.7.6":  "There is no room with a protection of its own beyond the offices: servers stand with the hosting provider, and the network rooms hold no customer data.",
}

// answers says who answers for a row where nobody was named: by theme.
func answers(code string) string {
	switch {
	case strings.HasPrefix(code, "A.6."):
		return "Priya Raman"
	case strings.HasPrefix(code, "A.7."):
		return "Jun Okada"
	case strings.HasPrefix(code, "A.8."):
		return "Kofi Mensah"
	}
	return "Mara Velasco"
}

// law are the rows a law asks for, and which.
var law = map[string]string{
	"A.5.31": "The register of duties names all of them.", "A.5.32": "Copyright law, and the licences of what we use.", "A.5.33": "Accounting and tax law: five years.", "A.5.34": "General Data Protection Regulation, article 32.",
	"A.6.1": "Employment law says what may be asked.", "A.6.4": "Employment law says how.", "A.8.10": "General Data Protection Regulation, articles 5 and 17.", "A.5.26": "General Data Protection Regulation, articles 33 and 34.",
}

// applicability plans the statement and its two versions.
func (t *story) applicability(m *management) {
	t.deed(t.before(5, 8), 10, 0, "fill the statement", t.statement)
	send := func(day cadence.Date, note string) {
		t.deed(day, 16, 0, "send the statement", func(ctx context.Context, at time.Time) error {
			v, err := t.ISMS.SendStatement(ctx, t.admin, note, at)
			if err != nil {
				return err
			}
			t.deed(t.workday(day+5), 15, 30, "approve the statement", func(ctx context.Context, at time.Time) error {
				_, err := t.ISMS.DecideStatement(ctx, t.lena(), v.ID, true, "", at)
				return err
			})
			return nil
		})
	}
	send(t.before(5, 11), "The first version.")
	t.deed(t.before(1, -7), 10, 0, "renew the statement", func(ctx context.Context, at time.Time) error {
		s, err := t.ISMS.Statement(ctx, t.admin, at)
		if err != nil {
			return err
		}
		var codes []string
		for _, r := range s.Rows {
			if r.Included && r.Code != unproven {
				codes = append(codes, r.Code)
			}
		}
		if err := t.ISMS.ChangeStatement(ctx, t.admin, isms.BulkStatement{Codes: codes, Derived: true}, at); err != nil {
			return err
		}
		_, err = t.ISMS.AddStatementRow(ctx, t.admin, isms.StatementDecision{Title: "Rules for assistants that write text or code", Source: "Our own, after the rules for assistants", Controls: t.ids("TR-01;GV-04"),
			Reasons: []isms.Reason{{Kind: isms.BecauseOfRisk}}, Risks: []string{m.risks["RS-075"]}, Claim: isms.ClaimPartly, Owner: t.persons["Mara Velasco"], Note: "The rules are in force; approving two assistants and stopping the others is under way."}, at.Add(20*time.Minute))
		return err
	})
	send(t.before(1, -3), "What is derived was taken over row by row; a control of our own for assistants.")
	t.deed(t.workday(t.today-4), 11, 20, "take a reason back", func(ctx context.Context, at time.Time) error {
		return t.ISMS.ChangeStatement(ctx, t.mara(), isms.BulkStatement{Codes: []string{reasonless}, Remove: isms.ReasonKinds()}, at)
	})
}

// What is still wrong with the statement: one row claims what nothing shows, and of one the reason is being written anew.
const (
	unproven   = "A.8.17"
	reasonless = "A.5.7"
)

// statement says of every row why it is included, and claims what is derived.
func (t *story) statement(ctx context.Context, at time.Time) error {
	s, err := t.ISMS.Statement(ctx, t.admin, at)
	if err != nil {
		return err
	}
	var list []isms.StatementChange
	for _, r := range s.Rows {
		c := isms.StatementChange{Code: r.Code, Included: true}
		if c.WhyOut = leftOutOf[r.Code]; c.WhyOut != "" {
			c.Included = false
			list = append(list, c)
			continue
		}
		c.Owner, c.Claim = t.persons[answers(r.Code)], isms.ClaimOf(r.Status.State)
		if len(r.Names) > 0 {
			c.Reasons = append(c.Reasons, isms.Reason{Kind: isms.BecauseOfRisk})
		}
		if text := law[r.Code]; text != "" {
			c.Reasons = append(c.Reasons, isms.Reason{Kind: isms.BecauseOfLaw, Text: text})
		}
		if len(r.Judged.Controls) > 0 && len(r.Names) == 0 {
			c.Reasons = append(c.Reasons, isms.Reason{Kind: isms.BecauseOfContract, Text: "The commitments to customers, as the SOC 2 report tests them."})
		}
		if len(c.Reasons) == 0 {
			c.Reasons = append(c.Reasons, isms.Reason{Kind: isms.BecauseOfPractice})
		}
		switch {
		case r.Code == unproven:
			c.Claim, c.Note = isms.ClaimDone, "All servers take the time of the hosting provider."
		case c.Claim == isms.ClaimNone:
			c.Claim = isms.ClaimPlanned
		}
		if c.Claim == isms.ClaimPlanned {
			c.On = t.today + 75
		}
		list = append(list, c)
	}
	return t.ISMS.SetStatement(ctx, t.admin, list, at)
}
