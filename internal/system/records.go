package system

import "github.com/toucan-grc/toucan/internal/record"

// Records are what stands for evidence here: that there are registers.
func Records() []record.Kind { return records }

var records = []record.Kind{
	{Evidence: "software-inventory", Source: "system", Part: true, Query: `SELECT '', 'Register of systems', min(created_at), 1 FROM system WHERE org = $1 AND retired_at = 0 HAVING count(*) > 0`},
	{Evidence: "commitment-register", Source: "commitment", Part: true, Query: `SELECT '', 'Register of commitments', min(created_at), 1 FROM commitment WHERE org = $1 AND retired_at = 0 HAVING count(*) > 0`},
}
