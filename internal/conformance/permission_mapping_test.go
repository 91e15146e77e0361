package conformance

import (
	"context"
	"maps"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/crosswalk"
	"github.com/toucan-grc/toucan/internal/gap"
)

func init() {
	maps.Copy(calls, map[string]call{
		"crosswalk.Reviews": {access.ViewPosture, func(ctx context.Context, h *house, who access.Actor) error {
			_, err := h.links.Reviews(ctx, who, now)
			return err
		}},
		"crosswalk.Review": {access.ViewPosture, func(ctx context.Context, h *house, who access.Actor) error {
			_, err := h.links.Review(ctx, who, "none")
			return err
		}},
		"crosswalk.BeginReview": {access.ReviewCrosswalk, func(ctx context.Context, h *house, who access.Actor) error {
			_, err := h.links.BeginReview(ctx, who, "soc2-2017", "iso27001-2022", now)
			return err
		}},
		"crosswalk.AnswerReview": {access.ReviewCrosswalk, func(ctx context.Context, h *house, who access.Actor) error {
			return h.links.AnswerReview(ctx, who, "none", []string{"none"}, crosswalk.StillTrue, "", now)
		}},
		"crosswalk.CloseReview": {access.ReviewCrosswalk, func(ctx context.Context, h *house, who access.Actor) error {
			return h.links.CloseReview(ctx, who, "none", "", now)
		}},
		"crosswalk.Confirmations": {access.ViewControls, func(ctx context.Context, h *house, who access.Actor) error {
			_, err := h.links.Confirmations(ctx, who, now)
			return err
		}},
		"crosswalk.Rounds": {access.ViewControls, func(ctx context.Context, h *house, who access.Actor) error {
			_, err := h.links.Rounds(ctx, who)
			return err
		}},
		"crosswalk.Round": {access.ViewControls, func(ctx context.Context, h *house, who access.Actor) error {
			_, _, err := h.links.Round(ctx, who, "none")
			return err
		}},
		"crosswalk.MyAsks": {access.ConfirmControls, func(ctx context.Context, h *house, who access.Actor) error {
			_, err := h.links.MyAsks(ctx, who)
			return err
		}},
		"crosswalk.BeginRound": {access.ReviewCrosswalk, func(ctx context.Context, h *house, who access.Actor) error {
			_, err := h.links.BeginRound(ctx, who, crosswalk.NewRound{Due: today + 14}, now)
			return err
		}},
		"crosswalk.Say": {access.ConfirmControls, func(ctx context.Context, h *house, who access.Actor) error {
			_, err := h.links.Say(ctx, who, crosswalk.Saying{Ask: "none", Reply: crosswalk.Yes}, now)
			return err
		}},
		"crosswalk.HandOver": {access.ReviewCrosswalk, func(ctx context.Context, h *house, who access.Actor) error {
			return h.links.HandOver(ctx, who, "none", "none", now)
		}},
		"gap.Open": {access.ManageISMS, func(ctx context.Context, h *house, who access.Actor) error {
			_, err := h.gaps.Open(ctx, who, "First certification", "soc2-2017", "iso27001-2022", now)
			return err
		}},
		"gap.Begin": {access.ManageISMS, func(ctx context.Context, h *house, who access.Actor) error {
			return h.gaps.Begin(ctx, who, "none", gap.StepInventory, now)
		}},
		"gap.Note": {access.ManageISMS, func(ctx context.Context, h *house, who access.Actor) error {
			return h.gaps.Note(ctx, who, "none", gap.StepRisks, "Ours.", now)
		}},
		"gap.Complete": {access.ManageISMS, func(ctx context.Context, h *house, who access.Actor) error {
			return h.gaps.Complete(ctx, who, "none", gap.StepInventory, "Done.", now)
		}},
		"gap.Reopen": {access.ManageISMS, func(ctx context.Context, h *house, who access.Actor) error {
			return h.gaps.Reopen(ctx, who, "none", gap.StepInventory, "Again.", now)
		}},
		"gap.Analyses": {access.ViewPosture, func(ctx context.Context, h *house, who access.Actor) error {
			_, err := h.gaps.Analyses(ctx, who)
			return err
		}},
		"gap.Find": {access.ViewPosture, func(ctx context.Context, h *house, who access.Actor) error {
			_, err := h.gaps.Find(ctx, who, "none")
			return err
		}},
		"gap.Plan": {access.ManageISMS, func(ctx context.Context, h *house, who access.Actor) error {
			_, err := h.gaps.Plan(ctx, who, "none", []gap.Chosen{{Requirement: "A.5.7"}}, now)
			return err
		}},
		"gap.Today": {access.ViewPosture, func(ctx context.Context, h *house, who access.Actor) error {
			_, err := h.gaps.Today(ctx, who, gap.Analysis{From: "soc2-2017", To: "iso27001-2022"}, gap.StepUnified, now)
			return err
		}},
		"gap.Report": {access.ViewPosture, func(ctx context.Context, h *house, who access.Actor) error {
			_, err := h.gaps.Report(ctx, who, "soc2-2017", "iso27001-2022", now)
			return err
		}},
		"gap.Work": {access.ViewPosture, func(ctx context.Context, h *house, who access.Actor) error {
			_, _, err := h.gaps.Work(ctx, who, gap.Analysis{From: "soc2-2017", To: "iso27001-2022"}, now)
			return err
		}},
		"crosswalk.Hasten": {access.ReviewCrosswalk, func(ctx context.Context, h *house, who access.Actor) error {
			return h.links.Hasten(ctx, who, "none", today+3, now)
		}},
	})
}
