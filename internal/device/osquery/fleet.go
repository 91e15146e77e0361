package osquery

import (
	"fmt"
	"strings"

	"github.com/toucan-grc/toucan/internal/wire"
)

// Policy is a check as a policy of Fleet, which knows pass and fail alone: a query that
// returns a row or none. So that "nobody could tell" does not become a fail, each check
// is two policies: one that passes when the check passes, and one that passes when it
// could be told at all.
type Policy struct {
	Name     string
	Platform wire.Platform
	Check    wire.Check
	Told     bool // whether the check could be told, not how it stands
	SQL      string
}

// policyName is what we call the policy of a check on a platform.
func policyName(p wire.Platform, c wire.Check, told bool) string {
	name := "Toucan: " + c.Label() + " on " + p.Label()
	if told {
		name += " can be told"
	}
	return name
}

// Policies are the policies for Fleet: of every check that osquery's tables can pass on a
// platform.
func Policies(s wire.Settings) []Policy {
	var out []Policy
	for _, p := range []wire.Platform{wire.MacOS, wire.Windows, wire.Linux} {
		for _, r := range rulings(p, s) {
			if len(r.rules) == 0 {
				continue
			}
			query := strings.TrimSuffix(r.sql(), ";")
			for _, told := range []bool{false, true} {
				where := "verdict = 'pass'"
				if told {
					where = "verdict IN ('pass', 'fail')"
				}
				out = append(out, Policy{policyName(p, r.check, told), p, r.check, told, fmt.Sprintf("SELECT 1 FROM (%s) WHERE %s;", query, where)})
			}
		}
	}
	return out
}

// FleetPolicies writes the policies as the YAML that fleetctl apply takes.
func FleetPolicies(s wire.Settings) []byte {
	var b strings.Builder
	b.WriteString("# Policies that answer Toucan's checks. Each query compares on the machine and says yes or no.\n# A check whose policy \"... can be told\" fails is read as could not tell, whatever its other policy says.\n")
	for _, p := range Policies(s) {
		platform := string(p.Platform)
		if p.Platform == wire.MacOS {
			platform = "darwin"
		}
		description := "Passes when the check passes."
		if p.Told {
			description = "Passes when osquery could tell, one way or the other."
		}
		fmt.Fprintf(&b, "---\napiVersion: v1\nkind: policy\nspec:\n  name: %q\n  platform: %s\n  description: %q\n  query: >-\n    %s\n", p.Name, platform, description, p.SQL)
	}
	return []byte(b.String())
}
