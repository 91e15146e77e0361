package policy

import (
	"slices"
	"testing"
)

// TestExtractReadsTheShapesOfDocuments is about what sentences lean on: lists under
// an introduction, tables, headings and the sentence before.
func TestExtractReadsTheShapesOfDocuments(t *testing.T) {
	for _, tt := range []struct {
		name, text string
		want       []string // subject, value and sentence
	}{
		{"a list under an introduction", "Vulnerabilities are fixed within:\n\n- Critical: 7 days\n- High: 30 days\n- Low: when convenient\n",
			[]string{"vulnerability-fix-critical P7D Critical: 7 days", "vulnerability-fix-high P30D High: 30 days"}},
		{"password rules as a list", "Passwords are set to require:\n\n* a minimum length of 12 characters;\n* modifying at least 6 characters when changing them;\n* account lockout after 5 invalid attempts.\n",
			[]string{"failed-sign-in-limit <=5 attempts account lockout after 5 invalid attempts.", "password-length >=12 characters a minimum length of 12 characters;"}},
		{"a table", "We remediate security vulnerabilities in these times.\n\n| Severity | Time |\n| --- | ---: |\n| Critical | 48 hours |\n| Medium | 60 days |\n| Low | best effort |\n",
			[]string{"vulnerability-fix-critical PT48H | Critical | 48 hours |", "vulnerability-fix-medium P60D | Medium | 60 days |"}},
		{"a table of retention", "## Retention\n\n| Record | Kept for |\n| --- | --- |\n| Training records | 3 years |\n| Audit logs | 13 months |\n",
			[]string{"audit-log-retention P13M | Audit logs | 13 months |", "training-record-retention P3Y | Training records | 3 years |"}},
		{"the heading says of what", "## User access\n\nReviews take place every 6 months.\n", []string{"user-access-review P6M Reviews take place every 6 months."}},
		{"the sentence before says of what", "Backups are encrypted. They are kept for 30 days.\n", []string{"backup-retention P30D They are kept for 30 days."}},
		{"a heading alone says nothing of another thing", "## User access\n\nThe coffee machine is reviewed every 6 months.\n", nil},
		{"a sentence over two lines", "Audit logs are\nkept for 90 days.\n", []string{"audit-log-retention P90D Audit logs are\nkept for 90 days."}},
		{"code is no text", "```\nAudit logs are kept for 90 days.\n```\n", nil},
		{"a comment is no text", "<!-- Audit logs are kept for 90 days. -->\n", nil},
		{"plain text with headings", "LOGS\n\n4.1 Retention of logs\nAudit logs are kept for 90 days.\n", []string{"audit-log-retention P90D Audit logs are kept for 90 days."}},
		{"two things in one sentence", "Audit logs are kept for 12 months and reviewed every week.\n",
			[]string{"audit-log-retention P1Y Audit logs are kept for 12 months and reviewed every week.", "log-review P7D Audit logs are kept for 12 months and reviewed every week."}},
		{"of two times the one that is said first", "All access of leavers is revoked within 24 hours or one business day, whichever is shorter.\n",
			[]string{"offboarding-access-removal PT24H All access of leavers is revoked within 24 hours or one business day, whichever is shorter."}},
		{"two values for one thing are none", "Audit logs are kept for 90 days, and audit logs are kept for 12 months.\n", nil},
		{"a scan for malware is none for weaknesses", "All systems are scanned for malicious software every 2 hours.\n", nil},
		{"what it governs", "This policy governs access reviews, logging and monitoring and privacy.\n",
			[]string{"access-review access-review This policy governs access reviews, logging and monitoring and privacy.",
				"logging-monitoring logging-monitoring This policy governs access reviews, logging and monitoring and privacy.",
				"privacy privacy This policy governs access reviews, logging and monitoring and privacy."}},
		{"a glossary refers elsewhere", "## Definitions\n\n- ePHI: health data, as defined in the HIPAA policy.\n- Restricted data: data that would ruin us.\n",
			[]string{"restricted-definition data that would ruin us Restricted data: data that would ruin us."}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var got []string
			for _, u := range Extract(tt.text).Undertakings {
				got = append(got, u.Subject+" "+u.Value+" "+u.Sentence)
			}
			slices.Sort(got)
			if !slices.Equal(got, tt.want) {
				t.Errorf("got  %q\nwant %q", got, tt.want)
			}
		})
	}
}

func TestExtractListsWhatItDoesNotRecognise(t *testing.T) {
	got := Extract("Parking permits are renewed every 12 months. We are friendly. The pool is cleaned within 3 days of use.\n").Unknown
	want := []Unknown{{Frequency, "P1Y", "Parking permits are renewed every 12 months."}, {Deadline, "PT72H", "The pool is cleaned within 3 days of use."}}
	if !slices.Equal(got, want) {
		t.Errorf("got %+v", got)
	}
}
