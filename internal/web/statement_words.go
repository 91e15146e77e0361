package web

import (
	"strings"

	"github.com/toucan-grc/toucan/internal/isms"
)

// statementPath is an address below the statement.
func statementPath(slug string, parts ...string) string {
	return orgPath(slug, append([]string{"isms", "statement"}, parts...)...)
}

// statementTabs are the pages of the statement; here is the one that is shown.
func statementTabs(slug, here string) []pill {
	return []pill{
		{Text: "Controls", To: statementPath(slug), On: here == "rows"},
		{Text: "Versions", To: statementPath(slug, "versions"), On: here == "versions"},
		{Text: "As a document", To: statementPath(slug, "document"), On: here == "document"},
	}
}

// claimMark is the mark of what a person claims.
func claimMark(c isms.Claim) string {
	switch c {
	case isms.ClaimDone:
		return "operated"
	case isms.ClaimPartly:
		return "waiting"
	case isms.ClaimPlanned:
		return "planned"
	case isms.ClaimNot:
		return "untagged"
	}
	return "unknown"
}

// rowMark is the mark of what is derived for a row.
func rowMark(s isms.StatementState) string {
	switch s {
	case isms.RowShown:
		return "effective"
	case isms.RowUnshown:
		return "unheard"
	case isms.RowFailing:
		return "exceptions"
	case isms.RowPartly:
		return "partial"
	case isms.RowWaiting:
		return "on_paper"
	case isms.RowAbsent:
		return "none"
	}
	return "not_applicable"
}

// agreementWords says how a claim stands to what is derived; nothing where it agrees.
func agreementWords(a isms.Agreement) (mark, words string) {
	switch a {
	case isms.ClaimAhead:
		return "warn", "claims more than is shown"
	case isms.ClaimBehind:
		return "info", "claims less than is shown"
	}
	return "", ""
}

// severityMark is the mark of a remark.
func severityMark(s isms.LintSeverity) string {
	switch s {
	case isms.LintStop:
		return "bad"
	case isms.LintWarn:
		return "warn"
	}
	return "info"
}

// versionMark is the mark of the state of a version.
func versionMark(s isms.VersionState) (mark, words string) {
	switch s {
	case isms.VersionApproved:
		return "good", "approved"
	case isms.VersionSent:
		return "info", "waits for approval"
	case isms.VersionRejected:
		return "bad", "not approved"
	}
	return "left", "withdrawn"
}

func claimOptions(none string) []option {
	out := []option{{"", none}}
	for _, c := range isms.Claims() {
		out = append(out, option{string(c), upperFirst(c.Words())})
	}
	return out
}

// codesOfRisks are the codes of risks by which a form names them.
func codesOfRisks(s *isms.Statement, ids []string) string {
	byID := map[string]string{}
	for _, x := range s.Risks {
		byID[x.ID] = x.Code
	}
	var out []string
	for _, id := range ids {
		if code := byID[id]; code != "" {
			out = append(out, code)
		}
	}
	return strings.Join(out, ", ")
}

// namedCodes takes a list of codes apart, as a person types it.
func namedCodes(text string) []string {
	return strings.FieldsFunc(text, func(r rune) bool { return r == ',' || r == ';' || r == '\n' || r == ' ' || r == '\t' || r == '\r' })
}
