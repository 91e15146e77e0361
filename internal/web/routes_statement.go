package web

import "github.com/toucan-grc/toucan/internal/access"

// statementRoutes are the pages of the statement of applicability.
func statementRoutes() []route {
	const at = "/o/{org}/isms/statement"
	g := statementRegister()
	return []route{
		{"GET", at, member, access.ViewISMS, 0, (*Server).getStatement},
		{"GET", at + "/export", member, access.ViewISMS, 0, (*Server).getStatementExport},
		{"GET", at + "/document", member, access.ViewISMS, 0, (*Server).getStatementDocument},
		{"GET", at + "/import", member, access.ManageISMS, 0, g.getImport},
		{"POST", at + "/import", member, access.ManageISMS, uploadLimit, g.postImport},
		{"POST", at + "/import/confirm", member, access.ManageISMS, 0, g.postConfirm},
		{"GET", at + "/many", member, access.ManageISMS, 0, (*Server).getStatementMany},
		{"POST", at + "/many", member, access.ManageISMS, 0, (*Server).postStatementMany},
		{"GET", at + "/new", member, access.ManageISMS, 0, (*Server).getStatementNew},
		{"POST", at + "/new", member, access.ManageISMS, 0, (*Server).postStatementNew},
		{"GET", at + "/rows/{code}", member, access.ViewISMS, 0, (*Server).getStatementRow},
		{"POST", at + "/rows/{code}", member, access.ManageISMS, 0, (*Server).postStatementRow},
		{"POST", at + "/rows/{code}/retire", member, access.ManageISMS, 0, (*Server).postStatementRetire},
		{"GET", at + "/versions", member, access.ViewISMS, 0, (*Server).getStatementVersions},
		{"POST", at + "/versions", member, access.ManageISMS, 0, (*Server).postStatementSend},
		{"GET", at + "/versions/{version}", member, access.ViewISMS, 0, (*Server).getStatementVersion},
		{"POST", at + "/versions/{version}/decide", member, access.ApproveISMS, 0, (*Server).postStatementDecide},
		{"POST", at + "/versions/{version}/withdraw", member, access.ManageISMS, 0, (*Server).postStatementWithdraw},
	}
}
