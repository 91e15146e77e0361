package main

import (
	"context"

	"github.com/toucan-grc/toucan/internal/agent"
	"github.com/toucan-grc/toucan/internal/agent/check"
	"github.com/toucan-grc/toucan/internal/agent/host"
)

// machine is the one this program runs on.
func machine() agent.Machine {
	m := agent.On(platform, host.New())
	m.Watch = func(ctx context.Context, wake func()) error { return host.Watch(ctx, check.Reads(platform), wake) }
	return m
}
