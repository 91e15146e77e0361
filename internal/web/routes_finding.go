package web

import "github.com/toucan-grc/toucan/internal/access"

func findingRoutes() []route {
	return []route{
		{"GET", "/o/{org}/findings/new", member, access.ReportFindings, 0, (*Server).getNewFinding},
		{"POST", "/o/{org}/findings/new", member, access.ReportFindings, 0, (*Server).postNewFinding},
		{"GET", "/o/{org}/findings/report", member, access.ViewFindings, 0, (*Server).getFindingsReport},
		{"GET", "/o/{org}/findings/{finding}", member, access.ViewFindings, 0, (*Server).getFinding},
		{"POST", "/o/{org}/findings/{finding}", member, access.ReportFindings, 0, (*Server).postFinding},
		{"GET", "/o/{org}/findings/backlog/new", member, access.ManageFindings, 0, (*Server).getNewAction},
		{"POST", "/o/{org}/findings/backlog/new", member, access.ManageFindings, 0, (*Server).postNewAction},
		{"GET", "/o/{org}/findings/backlog/{action}", member, access.OwnTasks, 0, (*Server).getAction},
		{"POST", "/o/{org}/findings/backlog/{action}", member, access.OwnTasks, 0, (*Server).postAction},
	}
}
