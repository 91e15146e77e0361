package web

import "github.com/toucan-grc/toucan/internal/access"

// riskRoutes are the pages about risks; the register itself is one of registers.
func riskRoutes() []route {
	return []route{
		{"GET", "/o/{org}/risks/new", member, access.ManageRisks, 0, (*Server).getRiskNew},
		{"POST", "/o/{org}/risks/new", member, access.ManageRisks, 0, (*Server).postRiskNew},
		{"GET", "/o/{org}/risks/heat", member, access.ViewRisks, 0, (*Server).getRiskHeat},
		{"GET", "/o/{org}/risks/library", member, access.ViewRisks, 0, (*Server).getRiskLibrary},
		{"POST", "/o/{org}/risks/library", member, access.ManageRisks, 0, (*Server).postRiskLibrary},
		{"GET", "/o/{org}/risks/views", member, access.ViewRisks, 0, (*Server).getRiskViews},
		{"GET", "/o/{org}/risks/report", member, access.ViewRisks, 0, (*Server).getRiskReport},
		{"GET", "/o/{org}/risks/seconds", member, access.ViewRisks, 0, (*Server).getRiskSeconds},
		{"POST", "/o/{org}/risks/seconds", member, access.ManageRiskMethod, 0, (*Server).postRiskSeconds},
		{"GET", "/o/{org}/risk-seconds/{risk}", member, access.ManageRisks, 0, (*Server).getRiskSecond},
		{"POST", "/o/{org}/risk-seconds/{risk}", member, access.ManageRisks, 0, (*Server).postRiskSecond},
		{"GET", "/o/{org}/risks/snapshots", member, access.ViewRisks, 0, (*Server).getRiskSnapshots},
		{"POST", "/o/{org}/risks/snapshots", member, access.ManageRiskMethod, 0, (*Server).postRiskFreeze},
		{"POST", "/o/{org}/risks/review", member, access.ManageRiskMethod, 0, (*Server).postRiskReview},
		{"GET", "/o/{org}/risk-snapshots/{snapshot}", member, access.ViewRisks, 0, (*Server).getRiskSnapshot},
		{"POST", "/o/{org}/risk-snapshots/{snapshot}", member, access.ManageRiskMethod, 0, (*Server).postRiskSnapshot},
		{"GET", "/o/{org}/risk-snapshots/{snapshot}/report", member, access.ViewRisks, 0, (*Server).getRiskSnapshotReport},
		{"GET", "/o/{org}/risks/method", member, access.ViewRisks, 0, (*Server).getRiskMethod},
		{"POST", "/o/{org}/risks/method", member, access.ManageRiskMethod, 0, (*Server).postRiskMethod},
		{"GET", "/o/{org}/risks/method/new", member, access.ManageRiskMethod, 0, (*Server).getRiskMethodNew},
		{"POST", "/o/{org}/risks/method/new", member, access.ManageRiskMethod, 0, (*Server).postRiskMethodNew},
		{"GET", "/o/{org}/risks/{risk}", member, access.ViewRisks, 0, (*Server).getRisk},
		{"GET", "/o/{org}/risks/{risk}/edit", member, access.ManageRisks, 0, (*Server).getRiskEdit},
		{"POST", "/o/{org}/risks/{risk}/edit", member, access.ManageRisks, 0, (*Server).postRiskEdit},
		{"GET", "/o/{org}/risks/{risk}/links", member, access.ManageRisks, 0, (*Server).getRiskLinks},
		{"POST", "/o/{org}/risks/{risk}/links", member, access.ManageRisks, 0, (*Server).postRiskLinks},
		{"GET", "/o/{org}/risks/{risk}/score", member, access.ManageRisks, 0, (*Server).getRiskScore},
		{"POST", "/o/{org}/risks/{risk}/score", member, access.ManageRisks, 0, (*Server).postRiskScore},
		{"GET", "/o/{org}/risks/{risk}/plan", member, access.ManageRisks, 0, (*Server).getRiskPlan},
		{"POST", "/o/{org}/risks/{risk}/plan", member, access.ManageRisks, 0, (*Server).postRiskPlan},
		{"POST", "/o/{org}/risks/{risk}/action", member, access.ManageRisks, 0, (*Server).postRiskAction},
		{"POST", "/o/{org}/risks/{risk}/complete", member, access.ManageRisks, 0, (*Server).postRiskComplete},
		{"POST", "/o/{org}/risks/{risk}/approve", member, access.DecideRisks, 0, (*Server).postRiskApprove},
		{"POST", "/o/{org}/risks/{risk}/accept", member, access.DecideRisks, 0, (*Server).postRiskAccept},
		{"POST", "/o/{org}/risks/{risk}/withdraw", member, access.DecideRisks, 0, (*Server).postRiskWithdraw},
		{"POST", "/o/{org}/risks/{risk}/trigger", member, access.ManageRisks, 0, (*Server).postRiskTrigger},
		{"POST", "/o/{org}/risks/{risk}/close", member, access.ManageRisks, 0, (*Server).postRiskClose},
	}
}
