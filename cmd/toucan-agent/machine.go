package main

import (
	"github.com/toucan-grc/toucan/internal/agent"
	"github.com/toucan-grc/toucan/internal/agent/host"
)

// machine is the one this program runs on.
func machine() agent.Machine {
	return agent.On(platform, host.New())
}
