package web

import "github.com/toucan-grc/toucan/internal/access"

func scopeRoutes() []route {
	return []route{
		{"GET", "/o/{org}/isms/scope", member, access.ViewISMS, 0, (*Server).getScope},
		{"GET", "/o/{org}/isms/scope/decide", member, access.ManageISMS, 0, (*Server).getScopeDecide},
		{"POST", "/o/{org}/isms/scope/decide", member, access.ManageISMS, 0, (*Server).postScopeDecide},
		{"GET", "/o/{org}/isms/scope/{side}/edit", member, access.ManageISMS, 0, (*Server).getScopeEdit},
		{"POST", "/o/{org}/isms/scope/{side}/edit", member, access.ManageISMS, 0, (*Server).postScopeEdit},
		{"POST", "/o/{org}/isms/scope/{side}/send", member, access.ManageISMS, 0, (*Server).postScopeSend},
		{"POST", "/o/{org}/isms/scope/{side}/withdraw", member, access.ManageISMS, 0, (*Server).postScopeWithdraw},
		{"POST", "/o/{org}/isms/scope/{side}/answer", member, access.ApproveISMS, 0, (*Server).postScopeAnswer},
		{"GET", "/o/{org}/isms/scope/{side}/{number}", member, access.ViewISMS, 0, (*Server).getScopeVersion},
		{"GET", "/o/{org}/isms/scope/{side}/{number}/report", member, access.ViewISMS, 0, (*Server).getScopeReport},
	}
}
