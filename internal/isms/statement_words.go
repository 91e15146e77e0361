package isms

import (
	"strings"
	"time"

	"github.com/toucan-grc/toucan/internal/cadence"
)

func commaList(list []string) string { return strings.Join(list, ", ") }

func statementDay(d cadence.Date) string { return d.Start(time.UTC).Format("2 January 2006") }

// ReasonWords are the reasons of an entry in a line or two; for one that is left out
// it is why.
func (e StatementEntry) ReasonWords() string {
	if !e.Included {
		return e.WhyOut
	}
	var out []string
	for _, r := range e.Reasons {
		text := r.Kind.Words()
		if r.Kind == BecauseOfRisk && len(e.Risks) > 0 {
			text += " " + commaList(e.Risks)
		}
		text = strings.ToUpper(text[:1]) + text[1:]
		if r.Text != "" {
			text += ": " + r.Text
		}
		out = append(out, text)
	}
	return strings.Join(out, "\n")
}

// ClaimWords is the claim with its day.
func (e StatementEntry) ClaimWords() string {
	switch {
	case !e.Included || e.Claim == ClaimNone:
		return ""
	case e.On.Known() && e.Claim == ClaimPlanned:
		return e.Claim.Words() + " for " + statementDay(e.On)
	case e.On.Known():
		return e.Claim.Words() + " since " + statementDay(e.On)
	}
	return e.Claim.Words()
}

// Applies is how a document writes whether a row is included.
func (e StatementEntry) Applies() string {
	if e.Included {
		return "Yes"
	}
	return "No"
}
