package web

import (
	"net/http"
	"strings"
	"testing"
)

// TestAFindingGoesAlongItsLine takes one from the report to the end in the browser's
// forms, and reads on the page what is missing before each step.
func TestAFindingGoesAlongItsLine(t *testing.T) {
	s := newSite(t)
	s.fill()
	const home = "/o/meridian-cloud"
	people := optionsOf(s.get(home+"/findings/new").Body, "owner")
	if len(people) < 3 {
		t.Fatalf("only %d people to choose from", len(people))
	}
	a := s.post(home+"/findings/new", "title", "Review missed", "kind", "nonconformity", "statement", "It was not done.")
	if a.Status != http.StatusUnprocessableEntity || !strings.Contains(a.Body, "Choose major or minor") || !strings.Contains(a.Body, "It was not done.") {
		t.Errorf("without a grade: %d", a.Status)
	}
	made := s.post(home+"/findings/new", "title", "Review missed", "kind", "nonconformity minor", "reason", "One of four.", "statement", "It was not done.", "requirements", "iso27001-2022:A.5.18", "owner", people[1])
	s.expect(made, http.StatusSeeOther)
	says := func(words string) {
		t.Helper()
		if body := s.get(made.To).Body; !strings.Contains(body, words) {
			t.Errorf("the page does not say %q", words)
		}
	}
	says("A correction is missing")
	if a := s.post(made.To, "do", "close"); a.Status != http.StatusConflict || !strings.Contains(a.Body, "A cause is missing") {
		t.Errorf("it closes without a cause: %d", a.Status)
	}
	s.expect(s.post(made.To, "do", "correct", "text", "Done now."), http.StatusSeeOther)
	says("A cause is missing")
	if a := s.post(made.To, "do", "cause", "cause", "Human error."); a.Status != http.StatusUnprocessableEntity || !strings.Contains(a.Body, "alone is no cause") {
		t.Errorf("human error is a cause: %d", a.Status)
	}
	s.expect(s.post(made.To, "do", "cause", "cause", "Nobody was told who reviews while the lead is away."), http.StatusSeeOther)
	s.expect(s.post(made.To, "do", "act", "title", "Name a deputy", "owner", people[1], "due", "2099-01-01"), http.StatusSeeOther)
	says("1 action is still open.")
	action := home + "/findings/backlog/" + between(s.get(made.To).Body, "/findings/backlog/", `"`)
	s.expect(s.post(action, "do", "edit", "title", "Name two deputies", "owner", people[1], "due", "2099-02-01", "why", "It takes two."), http.StatusSeeOther)
	if body := s.get(action).Body; !strings.Contains(body, "The day moved from 1 Jan 2099 to 1 Feb 2099.") || !strings.Contains(body, "It takes two.") {
		t.Error("the history does not say that the day moved, and why")
	}
	s.expect(s.post(action, "do", "done", "outcome", "Two are named."), http.StatusSeeOther)
	if a := s.post(made.To, "do", "plan", "checker", people[1], "on", "2099-03-01"); a.Status != http.StatusUnprocessableEntity || !strings.Contains(a.Body, "cannot check") {
		t.Errorf("who did it may check it: %d", a.Status)
	}
	s.expect(s.post(made.To, "do", "check", "worked", "yes", "note", "Two reviews in time."), http.StatusSeeOther)
	s.expect(s.post(made.To, "do", "close"), http.StatusSeeOther)
	says("Why it is opened again")
	if body := s.get(home + "/findings/report").Body; !strings.Contains(body, "Nobody was told who reviews") || !strings.Contains(body, "Two are named.") {
		t.Error("the report lacks cause or action")
	}
	if a := s.get(home + "/findings/report?format=pdf"); a.Status != http.StatusOK || !strings.HasPrefix(a.Body, "%PDF") {
		t.Errorf("the report as PDF: %d", a.Status)
	}
}

// TestAnAuditorIsRefusedWithTheReason plans an audit by who owns the control.
func TestAnAuditorIsRefusedWithTheReason(t *testing.T) {
	s := newSite(t)
	s.fill()
	const home = "/o/meridian-cloud"
	s.expect(s.post(home+"/isms/audits", "quarter", "2026 Q1"), http.StatusSeeOther)
	if body := s.get(home + "/isms/audits?show=cover").Body; !strings.Contains(body, "planned: IA-Y1Q1-C") {
		t.Error("the coverage shows no plan")
	}
	entry := home + "/isms/programme/" + between(s.get(home+"/isms/audits?show=plan").Body, home+"/isms/programme/", `"`)
	if a := s.post(entry, "do", "move", "quarter", "2026 Q2", "title", "Context", "scope", "4.1, Z.9", "reason", "Later."); a.Status != http.StatusUnprocessableEntity || !strings.Contains(a.Body, "no requirement known here") {
		t.Errorf("an unknown requirement: %d", a.Status)
	}
	s.expect(s.post(entry, "do", "move", "quarter", "2026 Q2", "title", "Context", "scope", "4.1, 4.2", "reason", "The lead is away."), http.StatusSeeOther)
	made := s.post(home+"/isms/audits/new", "do", "plan", "title", "Context", "scope", "4.1", "period_from", "2026-01-01", "period_to", "2026-02-01", "starts_on", "2026-03-01", "ends_on", "2026-03-02", "outside", "Ines Kurz")
	s.expect(made, http.StatusSeeOther)
	s.expect(s.post(made.To, "do", "begin"), http.StatusSeeOther)
	body := s.get(made.To).Body
	line, auditor := between(body, `name="line" value="`, `"`), optionsOf(body, "auditor-"+between(body, `name="line" value="`, `"`))
	if len(auditor) != 1 {
		t.Fatalf("%d may look", len(auditor))
	}
	for _, x := range strings.Split(body, `name="line" value="`)[1:] {
		s.expect(s.post(made.To, "do", "answer", "line", x[:36], "answer", "conforms", "note", "Seen.", "auditor", auditor[0]), http.StatusSeeOther)
	}
	s.expect(s.post(made.To, "do", "raise", "line", line, "kind", "observation", "title", "Old list", "statement", "The list is of last year."), http.StatusSeeOther)
	s.expect(s.post(made.To, "do", "report", "summary", "Short.", "conclusion", "It works."), http.StatusSeeOther)
	if a := s.get(made.To + "?show=report&format=pdf"); a.Status != http.StatusOK || !strings.HasPrefix(a.Body, "%PDF") {
		t.Errorf("the report as PDF: %d", a.Status)
	}
	s.expect(s.post(made.To, "do", "close"), http.StatusSeeOther)
}

// optionsOf returns the values a choice offers, without the empty one.
func optionsOf(body, id string) []string {
	var out []string
	for _, x := range strings.Split(between(body, `id="`+id+`"`, "</select>"), `<option value="`)[1:] {
		if v, _, _ := strings.Cut(x, `"`); v != "" {
			out = append(out, v)
		}
	}
	return out
}
