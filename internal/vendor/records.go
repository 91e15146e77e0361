package vendor

import "github.com/toucan-grc/toucan/internal/record"

// Records are what stands for evidence here: that there is a register.
func Records() []record.Kind { return records }

var records = []record.Kind{
	{Evidence: "vendor-register", Source: "vendor", Part: true, Query: `SELECT '', 'Register of vendors', min(created_at), 1 FROM vendor WHERE org = $1 AND retired_at = 0 HAVING count(*) > 0`},
}
