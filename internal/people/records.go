package people

import "github.com/toucan-grc/toucan/internal/record"

// Records are what stands for evidence here: who holds which role.
func Records() []record.Kind { return records }

var records = []record.Kind{
	{Evidence: "responsibility-matrix", Source: "duty", Part: true, Query: `SELECT role, 'Who holds the role ' || role, min(at), 1 FROM duty WHERE org = $1 GROUP BY role`},
}
