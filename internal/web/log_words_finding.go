package web

import "maps"

func init() {
	maps.Copy(leafWords, map[string]string{
		"action.added":          "Action entered",
		"action.carried":        "Action carried to a new edition",
		"action.changed":        "Action changed",
		"action.done":           "Action done",
		"action.dropped":        "Action given up",
		"action.handed":         "Action handed to somebody else",
		"action.moved":          "Day of an action moved",
		"action.reopened":       "Action opened again",
		"finding.carried":       "Finding carried to a new edition",
		"finding.cause":         "Cause of a finding stated",
		"finding.changed":       "Finding changed",
		"finding.check_planned": "Check of a finding planned",
		"finding.checked":       "Effect of what was done about a finding checked",
		"finding.closed":        "Finding closed",
		"finding.corrected":     "Finding corrected",
		"finding.graded":        "Finding graded",
		"finding.raised":        "Finding raised",
		"finding.reopened":      "Finding opened again",
		"finding.response":      "Finding answered",
	})
}
