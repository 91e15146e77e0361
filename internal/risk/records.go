package risk

import "github.com/toucan-grc/toucan/internal/record"

// Records are what stands for evidence here: how risks are judged, treated and accepted.
func Records() []record.Kind { return records }

var records = []record.Kind{
	{Evidence: "risk-method", Source: "risk", Part: true, Query: `SELECT id, 'Risk method ' || version, approved_at, 1 FROM risk_method WHERE org = $1 AND approved_at > 0`},
	{Evidence: "risk-treatment-plan", Source: "risk", Part: true, Query: `SELECT p.risk, 'Treatment of ' || r.title, p.approved_at, 1 FROM risk_plan p JOIN risk r ON r.org = p.org AND r.id = p.risk WHERE p.org = $1 AND p.approved_at > 0`},
	{Evidence: "risk-acceptance", Source: "risk", Part: true, Query: `SELECT a.risk, 'Accepted: ' || r.title, a.at, 1 FROM risk_acceptance a JOIN risk r ON r.org = a.org AND r.id = a.risk WHERE a.org = $1 AND a.withdrawn_at = 0`},
}
