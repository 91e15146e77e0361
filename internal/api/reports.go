package api

import (
	"context"
	"time"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/document"
)

// withReport describes what a report answers.
func withReport(register func(*Server, operation)) func(*Server, operation) {
	return handsOut(register, "The report, as a download.", "application/pdf")
}

// printed is a report as it leaves for an auditor.
func printed(who access.Actor, name string, r document.Report, err error) (*fileOut, error) {
	if err != nil {
		return nil, err
	}
	data, err := r.PDF()
	return attached("application/pdf", who.Slug()+"-"+name+".pdf", data), err
}

func getRiskReport(s *Server, ctx context.Context, who access.Actor, _ *InOrg) (*fileOut, error) {
	r, err := s.Risks.Report(ctx, who, s.Now())
	return printed(who, "risks", r, err)
}

func getRiskSnapshotReport(s *Server, ctx context.Context, who access.Actor, in *InSnapshot) (*fileOut, error) {
	r, err := s.Risks.FrozenReport(ctx, who, in.Snapshot)
	return printed(who, "risk-assessment", r, err)
}

func getFindingsReport(s *Server, ctx context.Context, who access.Actor, _ *InOrg) (*fileOut, error) {
	all, err := s.Findings.All(ctx, who, s.Now())
	if err != nil {
		return nil, err
	}
	o, err := s.Access.Organisation(ctx, who)
	if err != nil {
		return nil, err
	}
	zone, err := time.LoadLocation(o.Zone)
	if err != nil {
		return nil, err
	}
	return printed(who, "findings", all.Report(o.Name, s.Now().In(zone)), nil)
}
