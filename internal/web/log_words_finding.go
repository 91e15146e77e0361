package web

import "maps"

func init() {
	maps.Copy(leafWords, map[string]string{
		"action.added":             "Action entered",
		"action.carried":           "Action carried to a new edition",
		"action.changed":           "Action changed",
		"action.done":              "Action done",
		"action.dropped":           "Action given up",
		"action.handed":            "Action handed to somebody else",
		"action.moved":             "Day of an action moved",
		"action.reopened":          "Action opened again",
		"audit_programme.added":    "Audit entered in the programme",
		"audit_programme.begun":    "Programme of internal audits begun",
		"audit_programme.carried":  "Programme of internal audits carried to a new edition",
		"audit_programme.dropped":  "Audit dropped from the programme",
		"audit_programme.moved":    "Audit planned anew in the programme",
		"internal_audit.answered":  "Line of an internal audit answered",
		"internal_audit.begun":     "Internal audit begun",
		"internal_audit.cancelled": "Internal audit cancelled",
		"internal_audit.carried":   "Internal audit carried to a new edition",
		"internal_audit.changed":   "Plan of an internal audit changed",
		"internal_audit.closed":    "Internal audit closed",
		"internal_audit.planned":   "Internal audit planned",
		"internal_audit.reported":  "Internal audit reported",
		"finding.carried":          "Finding carried to a new edition",
		"finding.cause":            "Cause of a finding stated",
		"finding.changed":          "Finding changed",
		"finding.check_planned":    "Check of a finding planned",
		"finding.checked":          "Effect of what was done about a finding checked",
		"finding.closed":           "Finding closed",
		"finding.corrected":        "Finding corrected",
		"finding.graded":           "Finding graded",
		"finding.raised":           "Finding raised",
		"finding.reopened":         "Finding opened again",
		"finding.response":         "Finding answered",
	})
}
