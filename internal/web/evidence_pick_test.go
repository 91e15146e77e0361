package web

import (
	"html"
	"net/http"
	"strings"
	"testing"
)

// TestEvidenceIsChosenByName takes a piece of evidence into the correction of a finding
// by the name the form offers, and says what to do about a name that fits none or many.
func TestEvidenceIsChosenByName(t *testing.T) {
	s := newSite(t)
	s.fill()
	const home = "/o/meridian-cloud"
	first := s.file(evidencePath, []sent{{"a.csv", "account\nada\n"}}, review...).To
	second := s.file(evidencePath, []sent{{"b.csv", "account\nbob\n"}}, review...).To
	keys := with(review)
	keys[3] = "Key rotation, 100% done"
	s.file(evidencePath, []sent{{"c.csv", "key\n1\n"}}, keys...)
	made := s.post(home+"/findings/new", "title", "Review missed", "kind", "nonconformity minor", "reason", "One of four.", "statement", "It was not done.", "requirements", "iso27001-2022:A.5.18")
	s.expect(made, http.StatusSeeOther)
	page := s.get(made.To).Body
	var names []string
	for _, o := range strings.Split(between(page, `<datalist id="evidence-names">`, `</datalist>`), `<option value="`)[1:] {
		names = append(names, html.UnescapeString(between("|"+o, "|", `"`)))
	}
	if len(names) != 3 || !strings.HasPrefix(names[0], "Key rotation, 100% done, captured 2 Jan 2026 (") {
		t.Fatalf("the form offers %q, want the three pieces by name, the newest first", names)
	}
	gone := strings.Replace(names[0], names[0][len(names[0])-9:], "00000000)", 1)
	for typed, want := range map[string]string{
		"access review, q3": "Several pieces of evidence are called “access review, q3”",
		"Access review":     "There is no evidence called “Access review”",
		"Fire drill":        "There is no evidence called “Fire drill”",
		"key rotation":      "There is no evidence called “key rotation”",
		gone:                "is not in the library now",
	} {
		if a := s.post(made.To, "do", "correct", "text", "Done now.", "items", typed); a.Status != http.StatusUnprocessableEntity || !strings.Contains(a.Body, want) || !strings.Contains(a.Body, `value="`+typed+`"`) {
			t.Errorf("%q: %d, want %q, and what was typed", typed, a.Status, want)
		}
	}
	s.expect(s.post(made.To, "do", "correct", "text", "Done now.", "items", names[2], "items", s.url+second, "items", "key rotation, 100% DONE", "items", ""), http.StatusSeeOther)
	page = s.get(made.To).Body
	for _, want := range []string{first, second} {
		if !strings.Contains(page, `href="`+want+`"`) {
			t.Errorf("the finding does not lead to %s", want)
		}
	}
	if n := strings.Count(page, `class="tag" href="`+evidencePath); n != 3 {
		t.Errorf("%d pieces stand under the correction, want 3", n)
	}
}
