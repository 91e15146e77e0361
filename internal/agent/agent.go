// Package agent is the device agent: it looks at the machine, puts the verdicts into
// signed reports, brings them to the server, and keeps what it sent so that anybody can
// read it. What it looks at is the business of check and host; what may be sent is the
// business of wire.
//
// Everything an agent remembers lies in one folder, see Dir. Each turn of the loop reads
// it under a lock, acts, and writes it back before anything leaves the machine, so a
// crash, a second process or an enrolment in between cannot make two reports of one
// number.
package agent

import (
	"context"
	"strconv"
	"strings"
	"time"

	"github.com/toucan-grc/toucan/internal/agent/check"
	"github.com/toucan-grc/toucan/internal/wire"
)

// Machine is what the agent looks at.
type Machine struct {
	Platform wire.Platform
	// Look makes all checks, in the order of wire.Checks.
	Look func(ctx context.Context, s wire.Settings, now time.Time) []check.Answer
	// Watch calls wake when something the checks rest on may have changed, until ctx
	// ends. It may be nil, and it may return early: then only the clock wakes the agent.
	Watch func(ctx context.Context, wake func()) error
}

// On is the machine that a source answers for.
func On(p wire.Platform, src check.Source) Machine {
	return Machine{Platform: p, Look: func(ctx context.Context, s wire.Settings, now time.Time) []check.Answer {
		return check.Run(ctx, src, check.Input{Platform: p, Settings: s, Now: now})
	}}
}

// Clock is the time, so that a week passes in a test at once.
type Clock interface {
	Now() time.Time
	After(d time.Duration) <-chan time.Time
}

// Agent is one agent on one machine.
type Agent struct {
	Dir     Dir
	Machine Machine
	Build   uint32 // see BuildOf
	Clock   Clock
	Rand    func() float64    // uniform in [0, 1)
	Log     func(line string) // for the journal; it never gets what the checks read
}

// BuildOf is the number of a version such as "1.2.3": 1,002,003. Everything else,
// such as a build of a working copy, is 0.
func BuildOf(version string) uint32 {
	parts := strings.Split(version, ".")
	if len(parts) != 3 {
		return 0
	}
	var out uint64
	for _, p := range parts {
		n, err := strconv.ParseUint(p, 10, 32)
		if err != nil || n > 999 {
			return 0
		}
		out = out*1000 + n
	}
	return uint32(out)
}
