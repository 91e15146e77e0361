package cli

import (
	"github.com/toucan-grc/toucan/internal/demo"
	"github.com/toucan-grc/toucan/internal/joiner"
	"github.com/toucan-grc/toucan/internal/monitor"
	"github.com/toucan-grc/toucan/internal/policy"
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
func facts(demo.Stores) []monitor.Facts { return nil }
