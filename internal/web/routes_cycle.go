package web

import "github.com/toucan-grc/toucan/internal/access"

func cycleRoutes() []route {
	return []route{
		{"GET", "/o/{org}/isms", member, access.ViewISMS, 0, (*Server).getISMS},

		{"GET", "/o/{org}/isms/obligations/adopt", member, access.ManageISMS, 0, (*Server).getObligationAdopt},
		{"POST", "/o/{org}/isms/obligations/adopt", member, access.ManageISMS, 0, (*Server).postObligationAdopt},
		{"GET", "/o/{org}/isms/obligations/new", member, access.ManageISMS, 0, (*Server).getObligationNew},
		{"POST", "/o/{org}/isms/obligations", member, access.ManageISMS, 0, (*Server).postObligation},
		{"GET", "/o/{org}/isms/obligations/{code}", member, access.ViewISMS, 0, (*Server).getObligation},
		{"GET", "/o/{org}/isms/obligations/{code}/edit", member, access.ManageISMS, 0, (*Server).getObligationEdit},
		{"POST", "/o/{org}/isms/obligations/{code}", member, access.ManageISMS, 0, (*Server).postObligation},
		{"POST", "/o/{org}/isms/obligations/{code}/done", member, access.OwnTasks, 0, (*Server).postObligationDone},
		{"POST", "/o/{org}/isms/obligations/{code}/undone", member, access.ManageISMS, 0, (*Server).postObligationUndone},
		{"POST", "/o/{org}/isms/obligations/{code}/end", member, access.ManageISMS, 0, (*Server).postObligationEnd},

		{"GET", "/o/{org}/isms/plan", member, access.ViewISMS, 0, (*Server).getEngagementPlan},
		{"GET", "/o/{org}/isms/plan/new", member, access.ManageISMS, 0, (*Server).getNewEngagement},
		{"POST", "/o/{org}/isms/plan", member, access.ManageISMS, 0, (*Server).postEngagement},
		{"GET", "/o/{org}/isms/plan/{id}", member, access.ViewISMS, 0, (*Server).getEngagement},
		{"POST", "/o/{org}/isms/plan/{id}", member, access.ManageISMS, 0, (*Server).postEngagement},

		{"GET", "/o/{org}/isms/gate", member, access.ViewISMS, 0, (*Server).getGate},
		{"GET", "/o/{org}/isms/documents", member, access.ViewISMS, 0, (*Server).getDocuments},
		{"GET", "/o/{org}/isms/advice", member, access.ViewISMS, 0, (*Server).getAdvice},
		{"GET", "/o/{org}/isms/advice/soc2", member, access.ViewPosture, 0, (*Server).getSOC2Checklist},

		{"GET", "/o/{org}/calendar", member, access.ViewISMS, 0, (*Server).getCalendar},
		{"GET", "/o/{org}/calendar/feeds", member, access.ViewISMS, 0, (*Server).getCalendarFeeds},
		{"POST", "/o/{org}/calendar/feeds", member, access.ViewISMS, 0, (*Server).postCalendarFeed},
		{"POST", "/o/{org}/calendar/feeds/{id}/close", member, access.ViewISMS, 0, (*Server).postCalendarFeedClose},
		{"GET", "/calendar/{file}", public, "", 0, (*Server).getCalendarICS},
	}
}
