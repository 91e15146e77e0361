package finding

import "github.com/toucan-grc/toucan/internal/record"

// Records are what stands for evidence here: findings and what was done about them.
func Records() []record.Kind { return records }

// works is Verdict in the words of the database: checked, and no action said to be done since.
const works = `worked = 'yes' AND NOT EXISTS (SELECT 1 FROM finding_action a WHERE a.org = finding.org AND a.source_kind = 'finding' AND a.source = finding.id AND a.state = 'done' AND a.ended_at > finding.checked_at)`

var records = []record.Kind{
	{Evidence: "nonconformity-log", Source: "finding", Part: true, Query: `SELECT id, title, raised_at, CASE WHEN ` + works + ` THEN 1 ELSE 0 END FROM finding WHERE org = $1 AND kind = 'nonconformity'`},
	{Evidence: "finding-record", Source: "finding", Part: true, Query: `SELECT id, title, raised_at, 1 FROM finding WHERE org = $1`},
	{Evidence: "corrective-action-record", Source: "finding", Part: true, Query: `SELECT id, title, checked_at, 1 FROM finding WHERE org = $1 AND checked_at > 0 AND ` + works},
}
