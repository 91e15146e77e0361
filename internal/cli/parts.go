package cli

import (
	"github.com/toucan-grc/toucan/internal/demo"
	"github.com/toucan-grc/toucan/internal/monitor"
)

// parts are what asks something of people.
func parts(demo.Stores) []monitor.Part { return nil }

// facts are what is known of policies.
func facts(demo.Stores) []monitor.Facts { return nil }
