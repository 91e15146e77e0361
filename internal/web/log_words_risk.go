package web

import "maps"

func init() {
	maps.Copy(leafWords, map[string]string{
		"risk.accepted":             "Risk accepted until a day",
		"risk.acceptance_withdrawn": "Acceptance of a risk withdrawn",
		"risk.batch":                "Several changes of risks at once",
		"risk.carried":              "Risk carried to a new edition",
		"risk.changed":              "Text of a risk changed",
		"risk.closed":               "Risk closed",
		"risk.drawn":                "Risks drawn to be scored a second time",
		"risk.entered":              "Risk entered",
		"risk.frozen":               "Register of risks frozen",
		"risk.frozen_decided":       "Risk assessment approved or refused",
		"risk.linked":               "Risk linked",
		"risk.method_decided":       "Risk method approved or refused",
		"risk.method_written":       "Version of the risk method written",
		"risk.plan_approved":        "Treatment plan approved by the owner of the risk",
		"risk.plan_completed":       "Treatment of a risk completed",
		"risk.planned":              "Treatment of a risk chosen",
		"risk.reopened":             "Risk opened again",
		"risk.reviewed":             "Register of risks looked through",
		"risk.scored":               "Risk scored",
		"risk.seconded":             "Risk scored a second time",
		"risk.triggered":            "Reason to look at a risk again noted",
		"risk.unlinked":             "Link of a risk ended",
	})
}
