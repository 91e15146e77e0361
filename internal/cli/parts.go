package cli

import (
	"context"
	"time"

	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/demo"
	"github.com/toucan-grc/toucan/internal/device"
	"github.com/toucan-grc/toucan/internal/joiner"
	"github.com/toucan-grc/toucan/internal/monitor"
	"github.com/toucan-grc/toucan/internal/people"
	"github.com/toucan-grc/toucan/internal/policy"
	"github.com/toucan-grc/toucan/internal/training"
)

// parts are what asks something of people.
func parts(s demo.Stores) []monitor.Part {
	return []monitor.Part{
		{Tables: policy.Tables(), Ask: policy.Standings, Stood: policy.Stood, Shown: policy.Shown},
		{Tables: training.Tables(), Ask: s.Training.Standings, Shown: s.Training.Shown},
		{Tables: joiner.Tables(), Ask: s.Joiners.Standings, Stood: s.Joiners.Stood, Shown: s.Joiners.Shown},
	}
}

// fulfilled is what closes steps of joining that are left to other nouns.
func fulfilled(s demo.Stores) []joiner.Facts {
	return []joiner.Facts{policy.Standings, s.Training.Standings, device.Standings}
}

// facts are what is known of policies.
func facts(demo.Stores) []monitor.Facts {
	return []monitor.Facts{{Tables: policy.Tables(), Ask: policyFacts}}
}

// policyFacts tells every policy twice: as a subject of the test over all policies,
// which controls adopted from the library are fed by, and as a test of its own.
func policyFacts(ctx context.Context, tx *db.Tx, org string, r *people.Roster, now time.Time) ([]monitor.Fact, error) {
	list, err := policy.Facts(ctx, tx, org, r, now)
	var out []monitor.Fact
	for _, f := range list {
		x := monitor.Fact{Test: f.Test, Subject: f.Policy, State: f.State, Reason: f.Reason, Since: f.Since}
		out = append(out, x)
		x.Test += "." + f.Slug
		out = append(out, x)
	}
	return out, err
}
