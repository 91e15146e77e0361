package web

import "maps"

func init() {
	maps.Copy(leafWords, map[string]string{
		"isms.climate":           "Relevance of climate change decided",
		"isms.issue":             "Issue entered or changed",
		"isms.issue.retired":     "Issue retired",
		"isms.measure":           "Objective measured",
		"isms.objective":         "Objective entered or changed",
		"isms.objective.retired": "Objective retired",
		"isms.party":             "Interested party entered or changed",
		"isms.party.retired":     "Interested party retired",
		"isms.review.approved":   "Minutes of a management review approved and frozen",
		"isms.review.brought":    "Something brought to a management review",
		"isms.review.cancelled":  "Management review cancelled",
		"isms.review.changed":    "Management review changed",
		"isms.review.frozen":     "Pack of a management review frozen",
		"isms.review.planned":    "Management review planned",
		"isms.review.rejected":   "Minutes of a management review not approved",
		"isms.review.sent":       "Approval of minutes asked for",
		"isms.review.withdrawn":  "Minutes of a management review taken back",
		"isms.review.written":    "Minutes of a management review written",
	})
}
