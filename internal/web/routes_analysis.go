package web

import "github.com/toucan-grc/toucan/internal/access"

func analysisRoutes() []route {
	return []route{
		{"GET", "/o/{org}/gap/analyses", member, access.ViewPosture, 0, (*Server).getAnalyses},
		{"POST", "/o/{org}/gap/analyses", member, access.ManageISMS, 0, (*Server).postAnalyses},
		{"GET", "/o/{org}/gap/analyses/{id}", member, access.ViewPosture, 0, (*Server).getAnalysis},
		{"GET", "/o/{org}/gap/analyses/{id}/report", member, access.ViewPosture, 0, (*Server).getAnalysisReport},
		{"GET", "/o/{org}/gap/analyses/{id}/steps/{step}", member, access.ViewPosture, 0, (*Server).getAnalysisStep},
		{"POST", "/o/{org}/gap/analyses/{id}/steps/{step}", member, access.ManageISMS, 0, (*Server).postAnalysisStep},
		{"POST", "/o/{org}/gap/analyses/{id}/work", member, access.ManageISMS, 0, (*Server).postAnalysisWork},
	}
}
