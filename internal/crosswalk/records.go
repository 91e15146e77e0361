package crosswalk

import "github.com/toucan-grc/toucan/internal/record"

// Records are what stands for evidence here: reviews of the crosswalk and answers of owners.
func Records() []record.Kind { return records }

var records = []record.Kind{
	{Evidence: "owner-confirmation", Source: "confirmation", Part: true, Query: `SELECT id, 'Answer of a control owner', at, 1 FROM confirmation_answer WHERE org = $1`},
	{Evidence: "crosswalk-review", Source: "crosswalk", Query: `SELECT id, 'Review of the crosswalk', closed_at, 1 FROM crosswalk_review WHERE org = $1 AND closed_at > 0`},
}
