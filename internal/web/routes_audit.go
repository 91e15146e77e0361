package web

import "github.com/toucan-grc/toucan/internal/access"

func auditRoutes() []route {
	return []route{
		{"GET", "/o/{org}/isms/audits", member, access.ViewISMS, 0, (*Server).getAudits},
		{"POST", "/o/{org}/isms/audits", member, access.ManageISMS, 0, (*Server).postProgramme},
		{"GET", "/o/{org}/isms/audits/new", member, access.ManageISMS, 0, (*Server).getNewAudit},
		{"POST", "/o/{org}/isms/audits/new", member, access.ManageISMS, 0, (*Server).postNewAudit},
		{"GET", "/o/{org}/isms/audits/{audit}", member, access.ViewISMS, 0, (*Server).getAudit},
		{"POST", "/o/{org}/isms/audits/{audit}", member, access.AuditInternally, 0, (*Server).postAudit},
		{"GET", "/o/{org}/isms/programme", member, access.ViewISMS, 0, (*Server).getProgrammeReport},
		{"GET", "/o/{org}/isms/programme/{entry}", member, access.ViewISMS, 0, (*Server).getAuditEntry},
		{"POST", "/o/{org}/isms/programme/{entry}", member, access.ManageISMS, 0, (*Server).postAuditEntry},
	}
}
