package conformance

import (
	"context"
	"maps"

	"github.com/toucan-grc/toucan/internal/access"
)

func init() {
	maps.Copy(calls, map[string]call{
		"standing.Judge": {access.ViewPosture, func(ctx context.Context, h *house, who access.Actor) error {
			_, err := h.standing().Judge(ctx, who, "iso27001-2022", now)
			return err
		}},
	})
}
