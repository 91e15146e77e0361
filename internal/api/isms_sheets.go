package api

import (
	"context"
	"time"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/isms"
	"github.com/toucan-grc/toucan/internal/sheet"
)

// ismsTake looks what a file would change in the management system, or takes it.
type ismsTake func(s *isms.Store, ctx context.Context, who access.Actor, sh *sheet.Sheet, now time.Time) (sheet.Plan, error)

// ismsSheet is a register of the management system as a file.
func ismsSheet(title string, columns func() []sheet.Column, rows func(s *isms.Store, ctx context.Context, who access.Actor, now time.Time) ([][]string, error), plan, enter ismsTake) sheetFile {
	by := func(take ismsTake) func(*Server, context.Context, access.Actor, *sheet.Sheet) (sheet.Plan, error) {
		return func(s *Server, ctx context.Context, who access.Actor, sh *sheet.Sheet) (sheet.Plan, error) {
			return take(s.ISMS, ctx, who, sh, s.Now())
		}
	}
	return sheetFile{title, columns, func(s *Server, ctx context.Context, who access.Actor) ([][]string, error) {
		return rows(s.ISMS, ctx, who, s.Now())
	}, by(plan), by(enter)}
}

var (
	partyFile      = ismsSheet("Interested parties", isms.PartyColumns, (*isms.Store).ExportParties, (*isms.Store).PlanParties, (*isms.Store).ImportParties)
	issueFile      = ismsSheet("Issues", isms.IssueColumns, (*isms.Store).ExportIssues, (*isms.Store).PlanIssues, (*isms.Store).ImportIssues)
	objectiveFile  = ismsSheet("Objectives", isms.ObjectiveColumns, (*isms.Store).ExportObjectives, nil, nil) // it only leaves
	obligationFile = ismsSheet("Obligations", isms.ObligationColumns, (*isms.Store).ObligationExport, (*isms.Store).ObligationPlan, (*isms.Store).ObligationImport)
	statementFile  = ismsSheet("Statement of applicability", isms.StatementColumns, nil, (*isms.Store).PlanStatement, (*isms.Store).ImportStatement) // it leaves by an export of its own
)
