package web

import "github.com/toucan-grc/toucan/internal/access"

func mappingRoutes() []route {
	return []route{
		{"GET", "/o/{org}/crosswalk/reviews", member, access.ViewPosture, 0, (*Server).getMappingReviews},
		{"POST", "/o/{org}/crosswalk/reviews", member, access.ReviewCrosswalk, 0, (*Server).postMappingReview},
		{"GET", "/o/{org}/crosswalk/reviews/{id}", member, access.ViewPosture, 0, (*Server).getMappingReview},
		{"POST", "/o/{org}/crosswalk/reviews/{id}/answer", member, access.ReviewCrosswalk, 0, (*Server).postMappingAnswer},
		{"POST", "/o/{org}/crosswalk/reviews/{id}/close", member, access.ReviewCrosswalk, 0, (*Server).postMappingClose},
		{"GET", "/o/{org}/confirmations", member, access.ViewControls, 0, (*Server).getConfirmations},
		{"POST", "/o/{org}/confirmations", member, access.ReviewCrosswalk, 0, (*Server).postConfirmations},
		{"GET", "/o/{org}/confirmations/mine", member, access.ConfirmControls, 0, (*Server).getMyAsks},
		{"POST", "/o/{org}/confirmations/mine", member, access.ConfirmControls, 0, (*Server).postMyAsk},
		{"GET", "/o/{org}/confirmations/rounds/{id}", member, access.ViewControls, 0, (*Server).getRound},
		{"POST", "/o/{org}/confirmations/rounds/{id}/hand", member, access.ReviewCrosswalk, 0, (*Server).postHandOver},
		{"POST", "/o/{org}/confirmations/rounds/{id}/due", member, access.ReviewCrosswalk, 0, (*Server).postHasten},
	}
}
