package web

import "github.com/toucan-grc/toucan/internal/access"

// contextRoutes are the pages of parties, issues, climate, objectives and roles
// beside their lists.
func contextRoutes() []route {
	see, change := access.ViewISMS, access.ManageISMS
	out := []route{
		{"POST", "/o/{org}/isms/climate", member, change, 0, (*Server).postClimate},
		{"POST", "/o/{org}/isms/objectives/{code}/measure", member, change, 0, (*Server).postMeasure},
		{"POST", "/o/{org}/isms/objectives/{code}/take", member, change, 0, (*Server).postTake},
		{"GET", "/o/{org}/isms/duties", member, see, 0, (*Server).getDuties},
		{"POST", "/o/{org}/isms/duties", member, change, 0, (*Server).postDuty},
		{"POST", "/o/{org}/isms/duties/end", member, change, 0, (*Server).postDutyEnd},

		{"GET", "/o/{org}/isms/reviews/new", member, change, 0, (*Server).getPlanReview},
		{"POST", "/o/{org}/isms/reviews", member, change, 0, (*Server).postPlanReview},
		{"GET", "/o/{org}/isms/reviews/{code}", member, see, 0, (*Server).getReviewOf},
		{"GET", "/o/{org}/isms/reviews/{code}/edit", member, change, 0, (*Server).getPlanReview},
		{"POST", "/o/{org}/isms/reviews/{code}", member, change, 0, (*Server).postPlanReview},
		{"POST", "/o/{org}/isms/reviews/{code}/bring", member, change, 0, (*Server).postBringReview},
		{"GET", "/o/{org}/isms/reviews/{code}/preview", member, change, 0, (*Server).getPackPreview},
		{"GET", "/o/{org}/isms/reviews/{code}/pack", member, see, 0, (*Server).getPack},
		{"POST", "/o/{org}/isms/reviews/{code}/freeze", member, change, 0, (*Server).postFreezePack},
		{"GET", "/o/{org}/isms/reviews/{code}/write", member, change, 0, (*Server).getWriteMinutes},
		{"POST", "/o/{org}/isms/reviews/{code}/write", member, change, 0, (*Server).postWriteMinutes},
		{"POST", "/o/{org}/isms/reviews/{code}/decision", member, change, 0, (*Server).postReviewDecision},
		{"POST", "/o/{org}/isms/reviews/{code}/decision/drop", member, change, 0, (*Server).postDropDecision},
		{"POST", "/o/{org}/isms/reviews/{code}/send", member, change, 0, (*Server).postSendMinutes},
		{"POST", "/o/{org}/isms/reviews/{code}/withdraw", member, change, 0, (*Server).postWithdrawMinutes},
		{"POST", "/o/{org}/isms/reviews/{code}/cancel", member, change, 0, (*Server).postCancelReview},
		{"POST", "/o/{org}/isms/reviews/{code}/decide", member, access.ApproveISMS, 0, (*Server).postDecideMinutes},
		{"GET", "/o/{org}/isms/reviews/{code}/minutes", member, see, 0, (*Server).getMinutes},
	}
	for _, n := range contextNouns {
		at := "/o/{org}/isms/" + n.Part
		out = append(out,
			route{"GET", at + "/new", member, change, 0, n.getNew},
			route{"POST", at, member, change, 0, n.postNew},
			route{"GET", at + "/list", member, change, 0, n.getShipped},
			route{"POST", at + "/list", member, change, 0, n.postShipped},
			route{"GET", at + "/{code}", member, see, 0, n.getOne},
			route{"GET", at + "/{code}/edit", member, change, 0, n.getEdit},
			route{"POST", at + "/{code}", member, change, 0, n.postEdit},
			route{"POST", at + "/{code}/confirm", member, change, 0, n.postConfirm},
			route{"POST", at + "/{code}/retire", member, change, 0, n.postRetire},
			route{"POST", at + "/{code}/return", member, change, 0, n.postReturn})
	}
	return out
}
