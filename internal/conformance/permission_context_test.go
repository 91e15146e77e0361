package conformance

import (
	"context"
	"maps"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/isms"
	sheets "github.com/toucan-grc/toucan/internal/sheet"
)

func init() {
	tenantTables = append(tenantTables,
		"isms_entry",
		"isms_entry_version",
		"isms_climate",
		"isms_measure",
		"isms_review",
		"isms_review_point",
		"isms_review_decision",
		"isms_review_act",
	)
	see := func(do func(context.Context, *house, access.Actor) error) call { return call{access.ViewISMS, do} }
	manage := func(do func(context.Context, *house, access.Actor) error) call {
		return call{access.ManageISMS, do}
	}
	maps.Copy(calls, map[string]call{
		"isms.Parties": see(func(ctx context.Context, h *house, who access.Actor) error {
			_, err := h.isms.Parties(ctx, who, now)
			return err
		}),
		"isms.Party": see(func(ctx context.Context, h *house, who access.Actor) error {
			_, _, err := h.isms.Party(ctx, who, "none")
			return err
		}),
		"isms.ExportParties": see(func(ctx context.Context, h *house, who access.Actor) error {
			_, err := h.isms.ExportParties(ctx, who, now)
			return err
		}),
		"isms.Issues": see(func(ctx context.Context, h *house, who access.Actor) error {
			_, err := h.isms.Issues(ctx, who, now)
			return err
		}),
		"isms.Issue": see(func(ctx context.Context, h *house, who access.Actor) error {
			_, _, err := h.isms.Issue(ctx, who, "none")
			return err
		}),
		"isms.ExportIssues": see(func(ctx context.Context, h *house, who access.Actor) error {
			_, err := h.isms.ExportIssues(ctx, who, now)
			return err
		}),
		"isms.Climate": see(func(ctx context.Context, h *house, who access.Actor) error {
			_, _, err := h.isms.Climate(ctx, who, now)
			return err
		}),
		"isms.Objectives": see(func(ctx context.Context, h *house, who access.Actor) error {
			_, err := h.isms.Objectives(ctx, who, now)
			return err
		}),
		"isms.Objective": see(func(ctx context.Context, h *house, who access.Actor) error {
			_, err := h.isms.Objective(ctx, who, "none", now)
			return err
		}),
		"isms.ExportObjectives": see(func(ctx context.Context, h *house, who access.Actor) error {
			_, err := h.isms.ExportObjectives(ctx, who, now)
			return err
		}),
		"isms.Reviews": see(func(ctx context.Context, h *house, who access.Actor) error {
			_, err := h.isms.Reviews(ctx, who)
			return err
		}),
		"isms.Review": see(func(ctx context.Context, h *house, who access.Actor) error {
			_, err := h.isms.Review(ctx, who, "none", now)
			return err
		}),
		"isms.FrozenPack": see(func(ctx context.Context, h *house, who access.Actor) error {
			_, _, err := h.isms.FrozenPack(ctx, who, "none")
			return err
		}),
		"isms.FrozenMinutes": see(func(ctx context.Context, h *house, who access.Actor) error {
			_, _, err := h.isms.FrozenMinutes(ctx, who, "none")
			return err
		}),

		"isms.EntryNames": see(func(ctx context.Context, h *house, who access.Actor) error {
			_, err := h.isms.EntryNames(ctx, who)
			return err
		}),
		"isms.OwnEntries": manage(func(ctx context.Context, h *house, who access.Actor) error {
			return h.isms.OwnEntries(ctx, who, isms.PartyRegister, []string{"none"}, "", now)
		}),
		"isms.PutParty": manage(func(ctx context.Context, h *house, who access.Actor) error {
			_, err := h.isms.PutParty(ctx, who, isms.Party{Name: "Customers", Side: "external", Needs: "Proof"}, now)
			return err
		}),
		"isms.SeedParties": manage(func(ctx context.Context, h *house, who access.Actor) error {
			_, err := h.isms.SeedParties(ctx, who, nil, now)
			return err
		}),
		"isms.PlanParties": manage(func(ctx context.Context, h *house, who access.Actor) error {
			_, err := h.isms.PlanParties(ctx, who, &sheets.Sheet{}, now)
			return err
		}),
		"isms.ImportParties": manage(func(ctx context.Context, h *house, who access.Actor) error {
			_, err := h.isms.ImportParties(ctx, who, &sheets.Sheet{}, now)
			return err
		}),
		"isms.PutIssue": manage(func(ctx context.Context, h *house, who access.Actor) error {
			_, err := h.isms.PutIssue(ctx, who, isms.Issue{Side: "external", Topic: "law", Text: "Laws change"}, now)
			return err
		}),
		"isms.SeedIssues": manage(func(ctx context.Context, h *house, who access.Actor) error {
			_, err := h.isms.SeedIssues(ctx, who, nil, now)
			return err
		}),
		"isms.PlanIssues": manage(func(ctx context.Context, h *house, who access.Actor) error {
			_, err := h.isms.PlanIssues(ctx, who, &sheets.Sheet{}, now)
			return err
		}),
		"isms.ImportIssues": manage(func(ctx context.Context, h *house, who access.Actor) error {
			_, err := h.isms.ImportIssues(ctx, who, &sheets.Sheet{}, now)
			return err
		}),
		"isms.RetireEntry": manage(func(ctx context.Context, h *house, who access.Actor) error {
			return h.isms.RetireEntry(ctx, who, isms.PartyRegister, "none", "Not there any more.", now)
		}),
		"isms.ReturnEntry": manage(func(ctx context.Context, h *house, who access.Actor) error {
			return h.isms.ReturnEntry(ctx, who, isms.IssueRegister, "none", now)
		}),
		"isms.ConfirmEntries": manage(func(ctx context.Context, h *house, who access.Actor) error {
			return h.isms.ConfirmEntries(ctx, who, isms.PartyRegister, []string{"none"}, "", now)
		}),
		"isms.DecideClimate": manage(func(ctx context.Context, h *house, who access.Actor) error {
			_, err := h.isms.DecideClimate(ctx, who, false, "Nothing of ours stands near water.", now)
			return err
		}),
		"isms.PutObjective": manage(func(ctx context.Context, h *house, who access.Actor) error {
			_, err := h.isms.PutObjective(ctx, who, isms.Objective{}, now)
			return err
		}),
		"isms.SeedObjectives": manage(func(ctx context.Context, h *house, who access.Actor) error {
			_, err := h.isms.SeedObjectives(ctx, who, nil, now)
			return err
		}),
		"isms.Measure": manage(func(ctx context.Context, h *house, who access.Actor) error {
			_, err := h.isms.Measure(ctx, who, isms.HandMeasure{}, now)
			return err
		}),
		"isms.TakeObjective": manage(func(ctx context.Context, h *house, who access.Actor) error {
			_, err := h.isms.TakeObjective(ctx, who, "none", now)
			return err
		}),
		"isms.PlanReview": manage(func(ctx context.Context, h *house, who access.Actor) error {
			_, err := h.isms.PlanReview(ctx, who, isms.NewReview{}, now)
			return err
		}),
		"isms.ChangeReview": manage(func(ctx context.Context, h *house, who access.Actor) error {
			return h.isms.ChangeReview(ctx, who, "none", isms.NewReview{}, now)
		}),
		"isms.CancelReview": manage(func(ctx context.Context, h *house, who access.Actor) error {
			return h.isms.CancelReview(ctx, who, "none", "No time.", now)
		}),
		"isms.BringReview": manage(func(ctx context.Context, h *house, who access.Actor) error {
			return h.isms.BringReview(ctx, who, "none", nil, now)
		}),
		"isms.PreviewPack": manage(func(ctx context.Context, h *house, who access.Actor) error {
			_, err := h.isms.PreviewPack(ctx, who, "none", now)
			return err
		}),
		"isms.FreezePack": manage(func(ctx context.Context, h *house, who access.Actor) error {
			return h.isms.FreezePack(ctx, who, "none", now)
		}),
		"isms.WriteMinutes": manage(func(ctx context.Context, h *house, who access.Actor) error {
			return h.isms.WriteMinutes(ctx, who, "none", nil, now)
		}),
		"isms.DecideReview": manage(func(ctx context.Context, h *house, who access.Actor) error {
			_, err := h.isms.DecideReview(ctx, who, "none", isms.Decision{}, now)
			return err
		}),
		"isms.DropDecision": manage(func(ctx context.Context, h *house, who access.Actor) error {
			return h.isms.DropDecision(ctx, who, "none", "none", now)
		}),
		"isms.SendMinutes": manage(func(ctx context.Context, h *house, who access.Actor) error {
			return h.isms.SendMinutes(ctx, who, "none", now)
		}),
		"isms.WithdrawMinutes": manage(func(ctx context.Context, h *house, who access.Actor) error {
			return h.isms.WithdrawMinutes(ctx, who, "none", now)
		}),
		"isms.DecideMinutes": {access.ApproveISMS, func(ctx context.Context, h *house, who access.Actor) error {
			_, err := h.isms.DecideMinutes(ctx, who, "none", false, "No.", now)
			return err
		}},
	})
}
