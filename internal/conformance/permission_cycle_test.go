package conformance

import (
	"context"
	"maps"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/cadence"
	"github.com/toucan-grc/toucan/internal/isms"
	sheets "github.com/toucan-grc/toucan/internal/sheet"
)

// ownObligation is an obligation of an organisation's own.
func ownObligation(title string) isms.ObligationText {
	return isms.ObligationText{Title: title, Every: "P3M", Basis: isms.BasisOwn, Role: "security-officer", Kind: "badge-review-record", Grace: 14, Closes: isms.ByPerson}
}

func init() {
	tenantTables = append(tenantTables, "obligation", "obligation_text", "obligation_act", "engagement", "engagement_text", "calendar_feed")

	maps.Copy(calls, map[string]call{
		"isms.ObligationExport": {access.ViewISMS, func(ctx context.Context, h *house, who access.Actor) error {
			_, err := h.isms.ObligationExport(ctx, who, now)
			return err
		}},
		"isms.ObligationPlan": {access.ManageISMS, func(ctx context.Context, h *house, who access.Actor) error {
			_, err := h.isms.ObligationPlan(ctx, who, &sheets.Sheet{}, now)
			return err
		}},
		"isms.ObligationImport": {access.ManageISMS, func(ctx context.Context, h *house, who access.Actor) error {
			_, err := h.isms.ObligationImport(ctx, who, &sheets.Sheet{}, now)
			return err
		}},
		"isms.Obligations": {access.ViewISMS, func(ctx context.Context, h *house, who access.Actor) error {
			_, err := h.isms.Obligations(ctx, who, now)
			return err
		}},
		"isms.ObligationFind": {access.ViewISMS, func(ctx context.Context, h *house, who access.Actor) error {
			_, err := h.isms.ObligationFind(ctx, who, "OBL-01", now)
			return err
		}},
		"isms.ObligationAdopt": {access.ManageISMS, func(ctx context.Context, h *house, who access.Actor) error {
			_, err := h.isms.ObligationAdopt(ctx, who, []string{"OBL-01"}, now)
			return err
		}},
		"isms.ObligationAdd": {access.ManageISMS, func(ctx context.Context, h *house, who access.Actor) error {
			_, err := h.isms.ObligationAdd(ctx, who, ownObligation("Review of badges"), now)
			return err
		}},
		"isms.ObligationChange": {access.ManageISMS, func(ctx context.Context, h *house, who access.Actor) error {
			return h.isms.ObligationChange(ctx, who, "none", ownObligation("Review of badges"), now)
		}},
		"isms.ObligationEnd": {access.ManageISMS, func(ctx context.Context, h *house, who access.Actor) error {
			return h.isms.ObligationEnd(ctx, who, "none", "We have no badges.", now)
		}},
		"isms.ObligationDone": {access.OwnTasks, func(ctx context.Context, h *house, who access.Actor) error {
			return h.isms.ObligationDone(ctx, who, "none", isms.Doing{Due: today}, now)
		}},
		"isms.ObligationUndone": {access.ManageISMS, func(ctx context.Context, h *house, who access.Actor) error {
			return h.isms.ObligationUndone(ctx, who, "none", "Wrong file.", now)
		}},
		"isms.Engagements": {access.ViewISMS, func(ctx context.Context, h *house, who access.Actor) error {
			_, err := h.isms.Engagements(ctx, who, now)
			return err
		}},
		"isms.EngagementFind": {access.ViewISMS, func(ctx context.Context, h *house, who access.Actor) error {
			_, err := h.isms.EngagementFind(ctx, who, "none", now)
			return err
		}},
		"isms.EngagementPut": {access.ManageISMS, func(ctx context.Context, h *house, who access.Actor) error {
			_, err := h.isms.EngagementPut(ctx, who, isms.Engagement{Kind: isms.StageOne, From: today + 60, State: isms.Booked, Note: string(who.Role())}, now)
			return err
		}},
		"isms.Gates": {access.ViewISMS, func(ctx context.Context, h *house, who access.Actor) error {
			_, err := h.isms.Gates(ctx, who, isms.Engagement{}, now)
			return err
		}},
		"isms.Documents": {access.ViewISMS, func(ctx context.Context, h *house, who access.Actor) error {
			_, err := h.isms.Documents(ctx, who, "iso27001-2022", now)
			return err
		}},
		"isms.Calendar": {access.ViewISMS, func(ctx context.Context, h *house, who access.Actor) error {
			_, err := h.isms.Calendar(ctx, who, cadence.Days{From: today, To: today + 30}, now)
			return err
		}},
		"isms.CalendarEvents": {access.ViewISMS, func(ctx context.Context, h *house, who access.Actor) error {
			_, _, err := h.isms.CalendarEvents(ctx, who, func(isms.CalendarEntry) string { return "" }, now)
			return err
		}},
		"isms.CalendarFeeds": {access.ViewISMS, func(ctx context.Context, h *house, who access.Actor) error {
			_, err := h.isms.CalendarFeeds(ctx, who)
			return err
		}},
		"isms.CalendarFeedOpen": {access.ViewISMS, func(ctx context.Context, h *house, who access.Actor) error {
			_, err := h.isms.CalendarFeedOpen(ctx, who, "phone", now)
			return err
		}},
		"isms.CalendarFeedClose": {access.ViewISMS, func(ctx context.Context, h *house, who access.Actor) error {
			return h.isms.CalendarFeedClose(ctx, who, "none", now)
		}},
		"isms.Home": {access.ViewISMS, func(ctx context.Context, h *house, who access.Actor) error {
			_, err := h.isms.Home(ctx, who, now)
			return err
		}},
	})
}
