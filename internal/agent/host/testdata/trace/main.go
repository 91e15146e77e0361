// Command trace makes all checks on this machine and prints the verdicts: what
// TestNothingIsTouchedButTheTable traces.
package main

import (
	"context"
	"fmt"
	"time"

	"github.com/toucan-grc/toucan/internal/agent/check"
	"github.com/toucan-grc/toucan/internal/agent/host"
	"github.com/toucan-grc/toucan/internal/wire"
)

func main() {
	in := check.Input{Platform: wire.Linux, Settings: wire.Usual(), Now: time.Now()}
	for _, a := range check.Run(context.Background(), host.New(), in) {
		fmt.Println(a.Check, a.Verdict, a.Reason)
		for _, d := range a.Detail {
			fmt.Println("  ", d)
		}
	}
}
