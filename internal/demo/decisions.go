package demo

import (
	"context"
	"fmt"
	"time"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/crosswalk"
	"github.com/toucan-grc/toucan/internal/framework"
)

// decisions are what the company decided about the crosswalk so far. None of them
// moves a coverage: the company looked at what counts already, and at the guide.
var decisions = []struct {
	set, source, target string
	kind                crosswalk.DecisionKind
	relation            crosswalk.Mask
	why                 string
}{
	{"toucan-curated-1", "CC6.1", "A.8.22", crosswalk.Confirm, 0, "Read with the network team against the zones as they are built."},
	{"toucan-curated-1", "CC8.1", "A.8.32", crosswalk.Confirm, 0, ""},
	{"soc2-iso27001-guide", "CC2", "A.8.2", crosswalk.Dispute, 0, "A.8.2 is about privileged access, not about communication. Our controls for it stand under CC6.3."},
	{"soc2-iso27001-guide", "CC9", "A.6.7", crosswalk.Dispute, 0, "Working from elsewhere is no matter of suppliers here; the laptops are covered under CC6."},
	{crosswalk.Proposed, "CC9.1", "A.8.13", crosswalk.Propose, crosswalk.Intersects, "What we do against disruption rests on restores from backup, which the exercise of spring tried."},
}

// decide enters them.
func (s Stores) decide(ctx context.Context, who access.Actor, now time.Time) error {
	for _, d := range decisions {
		_, err := s.Crosswalk.Decide(ctx, who, crosswalk.Decision{Set: d.set, Kind: d.kind, Relation: d.relation, Rationale: d.why,
			Source: framework.Ref{Framework: "soc2-2017", ID: d.source}, Target: framework.Ref{Framework: "iso27001-2022", ID: d.target}}, now)
		if err != nil {
			return fmt.Errorf("decide about %s and %s: %w", d.source, d.target, err)
		}
	}
	return nil
}
