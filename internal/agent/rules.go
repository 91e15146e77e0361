package agent

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/toucan-grc/toucan/internal/agent/check"
	"github.com/toucan-grc/toucan/internal/wire"
)

// rulesText is what verdicts are made by, as text: the build of the agent, which holds
// the code of the checks, the thresholds of the organisation, and every line of the table
// of reads. Its hash stands in each report.
func rulesText(p wire.Platform, build uint32, s wire.Settings) string {
	var b strings.Builder
	fmt.Fprintf(&b, "build %d\nlock_minutes %d\naccept_built_in %t\nlinux_antivirus %t\naccept_extended %t\n",
		build, s.LockMinutes, s.AcceptBuiltIn, s.LinuxAntivirus, s.AcceptExtended)
	for _, r := range check.Reads(p) {
		line, err := json.Marshal(r)
		if err != nil {
			panic(err) // a line of the table is words and numbers
		}
		b.Write(append(line, '\n'))
	}
	return b.String()
}

// Rules is the hash of rulesText.
func Rules(p wire.Platform, build uint32, s wire.Settings) wire.Hash {
	return wire.HashOf([]byte(rulesText(p, build, s)))
}
