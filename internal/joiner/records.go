package joiner

import "github.com/toucan-grc/toucan/internal/record"

// Records are what stands for evidence here: checklists that were gone through.
func Records() []record.Kind { return records }

var records = []record.Kind{
	{Evidence: "onboarding-checklist", Source: "joiner", Part: true, Query: `SELECT id, 'Checklist of joining', ended_at, 1 FROM joiner_run WHERE org = $1 AND list = 'joining' AND state = 'done'`},
	{Evidence: "offboarding-checklist", Source: "joiner", Part: true, Query: `SELECT id, 'Checklist of leaving', ended_at, 1 FROM joiner_run WHERE org = $1 AND list = 'leaving' AND state = 'done'`},
}
