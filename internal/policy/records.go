package policy

import "github.com/toucan-grc/toucan/internal/record"

// Records are what stands for evidence here: policies approved and published, and who
// acknowledged them.
func Records() []record.Kind { return records }

var records = []record.Kind{
	{Evidence: "policy-approval", Source: "policy", Part: true, Query: `SELECT p.slug, v.title || ' ' || v.major || '.' || v.minor, v.approved_at, 1 FROM policy_version v JOIN policy p ON p.org = v.org AND p.id = v.policy
		WHERE v.org = $1 AND v.approved_at > 0`},
	{Evidence: "policy-document", Source: "policy", Part: true, Query: `SELECT p.slug, v.title || ' ' || v.major || '.' || v.minor, v.published_at, 1 FROM policy_version v JOIN policy p ON p.org = v.org AND p.id = v.policy
		WHERE v.org = $1 AND v.published_at > 0`},
	{Evidence: "policy-acknowledgement", Source: "policy", Part: true, Query: `SELECT p.slug, 'Acknowledged: ' || v.title || ' ' || v.major || '.' || v.minor, min(a.at), 1 FROM policy_acknowledgement a
		JOIN policy_version v ON v.org = a.org AND v.id = a.version JOIN policy p ON p.org = v.org AND p.id = v.policy
		WHERE a.org = $1 GROUP BY p.slug, v.title, v.major, v.minor`},
}
