package finding

import "github.com/toucan-grc/toucan/internal/record"

// Records are what stands for evidence here: findings and what was done about them.
func Records() []record.Kind { return records }

var records = []record.Kind{
	{Evidence: "nonconformity-log", Source: "finding", Part: true, Query: `SELECT id, title, raised_at, CASE WHEN worked = 'yes' THEN 1 ELSE 0 END FROM finding WHERE org = $1 AND kind = 'nonconformity'`},
	{Evidence: "finding-record", Source: "finding", Part: true, Query: `SELECT id, title, raised_at, 1 FROM finding WHERE org = $1`},
	{Evidence: "corrective-action-record", Source: "finding", Part: true, Query: `SELECT id, title, checked_at, 1 FROM finding WHERE org = $1 AND worked = 'yes' AND checked_at > 0`},
}
