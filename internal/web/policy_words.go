package web

import (
	"slices"
	"strconv"

	"github.com/toucan-grc/toucan/internal/policy"
)

// policyState is the mark and the words of a state.
func policyState(s policy.State) (mark, words string) {
	switch s {
	case policy.Draft:
		return "planned", "draft"
	case policy.InApproval:
		return "waiting", "in approval"
	case policy.Approved:
		return "info", "approved"
	case policy.Published:
		return "good", "in force"
	}
	return "unknown", "archived"
}

func policyNoneWords(p policiesPage) string {
	if !p.CanWrite {
		return "When a manager of the programme adopts one, it is listed here."
	}
	return "Toucan ships 28 templates for a software company. Choose those you need, say once what your company is called, and edit them as you like. Nothing is in force before you publish it."
}

func policyRestWords(p policiesPage) string {
	if p.Waiting == 0 {
		return "no text waits"
	}
	return plural(p.Waiting, "text is", "texts are") + " in the making"
}

func policyAckFigure(done, of int) string {
	if of == 0 {
		return "nobody is asked yet"
	}
	return group(done) + " of " + group(of) + " asked for"
}

func policyReviewFigure(p policiesPage) string {
	if p.DueSoon == 0 {
		return "none due in the next 30 days"
	}
	return group(p.DueSoon) + " due in the next 30 days"
}

func policyConflictFigure(n int) string {
	if n == 0 {
		return "no two documents disagree"
	}
	return "documents that disagree"
}

// policyTemplateAbout is the line below the title of a template.
func policyTemplateAbout(t policyTemplateRow) string {
	said := "For " + lowerFirst(t.Audience)
	if t.Acknowledge {
		said += ", who acknowledge it"
	}
	said += "."
	if t.Extra != "" {
		said += " " + t.Extra
	}
	return said
}

// policyVariableNames lists the fields of the form of variables.
func policyVariableNames(list []policyVariable) []string {
	var out []string
	for _, v := range list {
		out = append(out, "var-"+v.Name)
	}
	return out
}

func policyVariablesWords(list []policyUse) string {
	open := 0
	for _, v := range list {
		if v.Value == "" {
			open++
		}
	}
	if open == 0 {
		return plural(len(list), "stands", "stand") + " in this text, all filled in"
	}
	return plural(len(list), "stands", "stand") + " in this text, " + group(open) + " not filled in"
}

func policyFirstWords(p policySubmitPage) string {
	return "It is the first version, so it is approved before it comes into force, and everybody it binds is asked for what the settings say."
}

// policyMaterialWords says what a material change brings about.
func policyMaterialWords(p policySubmitPage) string {
	said := "Somebody has to do something differently: a rule, a limit, a deadline, whom it binds."
	if p.Approver != "" {
		said += " " + p.Approver + " has to approve it."
	} else {
		said += " Somebody has to approve it."
	}
	if p.Ask > 0 {
		said += " Once published, " + plural(p.Ask, "person is", "people are") + " asked to acknowledge it again."
	}
	return said
}

// policyTicked reports whether a value was ticked.
func policyTicked(list []string, value string) bool { return slices.Contains(list, value) }

// policyUnfilledWords says what has to happen before a text can be handed in.
func policyUnfilledWords(names []string) string {
	said := "Before it can be handed in, fill in " + fewWords(names, 6) + "."
	for _, n := range names {
		if n == "policy_owner" || n == "policy_approver" {
			return said + " Owner and approver are chosen in the settings of the policy."
		}
	}
	return said
}

func policyDecideTitle(p policyDecidePage) string {
	if p.Review {
		return "Your word on the review"
	}
	return "Your word on version " + p.Number
}

func policyUsedWords(v policyVariable) string {
	if v.Used == 0 {
		return "No policy uses it yet."
	}
	return "Used by " + plural(v.Used, "policy", "policies") + "."
}

func policyRoleWords(owns, approves int) string {
	switch {
	case approves == 0:
		return "Owns " + strconv.Itoa(owns) + " of them"
	case owns == 0:
		return "Approves " + strconv.Itoa(approves) + " of them"
	}
	return "Owns " + strconv.Itoa(owns) + ", approves " + strconv.Itoa(approves)
}
