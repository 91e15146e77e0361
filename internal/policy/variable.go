package policy

import (
	"regexp"
	"slices"
	"strings"
	"time"
)

// Variable is a name that stands in the text of policies in double braces, and the
// value the organisation gave it.
type Variable struct {
	Name    string // such as "security_contact"
	Label   string // what it stands for; empty for one made by hand
	Example string
	Value   string // empty: not filled in yet
	At      time.Time
	Used    []string // slugs of the policies whose newest text has it
}

// The variables that a policy fills itself, from its owner and its approver.
const (
	ownerVariable    = "policy_owner"
	approverVariable = "policy_approver"
)

var braces = regexp.MustCompile(`\{\{\s*([A-Za-z0-9_]{1,60})\s*\}\}`)

// VariablesOf returns the names of the variables in a text, each once, as they come.
func VariablesOf(body string) []string {
	var out []string
	for _, m := range braces.FindAllStringSubmatch(body, -1) {
		if !slices.Contains(out, m[1]) {
			out = append(out, m[1])
		}
	}
	return out
}

// Fill puts values in the place of variables, and returns the names of those that
// have none: they stay in the text as they are.
func Fill(body string, values map[string]string) (text string, unfilled []string) {
	text = braces.ReplaceAllStringFunc(body, func(m string) string {
		name := braces.FindStringSubmatch(m)[1]
		if v := strings.TrimSpace(values[name]); v != "" {
			return v
		}
		if !slices.Contains(unfilled, name) {
			unfilled = append(unfilled, name)
		}
		return m
	})
	return text, unfilled
}
