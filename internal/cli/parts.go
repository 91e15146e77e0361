package cli

import (
	"context"
	"time"

	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/demo"
	"github.com/toucan-grc/toucan/internal/joiner"
	"github.com/toucan-grc/toucan/internal/monitor"
	"github.com/toucan-grc/toucan/internal/people"
	"github.com/toucan-grc/toucan/internal/policy"
	"github.com/toucan-grc/toucan/internal/result"
	"github.com/toucan-grc/toucan/internal/training"
)

// parts are what asks something of people.
func parts(s demo.Stores) []monitor.Part {
	return []monitor.Part{
		{Tables: policy.Tables, Ask: policy.Standings},
		{Tables: training.Tables(), Ask: s.Training.Standings},
		{Tables: joiner.Tables(), Ask: s.Joiners.Standings},
	}
}

// fulfilled is what closes steps of joining that are left to other nouns.
func fulfilled(s demo.Stores) []joiner.Facts {
	return []joiner.Facts{policy.Standings, s.Training.Standings}
}

// facts are what is known of policies.
func facts(demo.Stores) []monitor.Facts {
	return []monitor.Facts{{Tables: policy.Tables, Ask: policyFacts}}
}

// policyFacts tells each fact of a policy twice: under the test of all policies,
// and under the one of that policy alone, which can feed a control of its own.
func policyFacts(ctx context.Context, tx *db.Tx, org string, r *people.Roster, now time.Time) ([]monitor.Fact, error) {
	list, err := policy.Facts(ctx, tx, org, r, now)
	var out []monitor.Fact
	for _, f := range list {
		m := monitor.Fact{Test: f.Test, Subject: f.Policy, State: result.NotApplicable, Reason: f.Reason, Since: f.Since}
		switch f.State {
		case people.Done:
			m.State = result.Pass
		case people.Missing:
			m.State = result.Fail
		}
		out = append(out, m)
		m.Test += "." + f.Slug
		out = append(out, m)
	}
	return out, err
}
