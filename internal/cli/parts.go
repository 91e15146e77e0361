package cli

import (
	"github.com/toucan-grc/toucan/internal/demo"
	"github.com/toucan-grc/toucan/internal/monitor"
	"github.com/toucan-grc/toucan/internal/training"
)

// parts are what asks something of people.
func parts(s demo.Stores) []monitor.Part {
	return []monitor.Part{
		{Tables: training.Tables(), Ask: s.Training.Standings},
	}
}

// facts are what is known of policies.
func facts(demo.Stores) []monitor.Facts { return nil }
