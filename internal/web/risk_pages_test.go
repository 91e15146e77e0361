package web

import (
	"net/http"
	"strings"
	"testing"
)

func init() {
	everyPage = append(everyPage, "/risks", "/risks?state=unscored&text=zzz", "/risks/new", "/risks/import", "/risks/heat", "/risks/heat?score=inherent", "/risks/heat?score=target", "/risks/library",
		"/risks/library?category=vendor&text=backup&pick=all", "/risks/views", "/risks/seconds", "/risks/snapshots", "/risks/method", "/risks/method/new", "/risks/report")
}

// TestARiskGoesItsWayOnItsPages enters, scores, treats and closes a risk as a person does.
func TestARiskGoesItsWayOnItsPages(t *testing.T) {
	s := newSite(t)
	s.fill()
	o := "/o/meridian-cloud"
	a := s.post(o+"/risks/new", "title", "", "event", "It <burns>.", "category", "physical", "affects", "availability")
	if a.Status != http.StatusUnprocessableEntity || !strings.Contains(a.Body, "Give the risk a title") || !strings.Contains(a.Body, "It &lt;burns&gt;.") {
		t.Fatalf("without a title: %d", a.Status)
	}
	if a = s.post(o+"/risks/new", "title", "Fire", "event", "It burns.", "category", "physical", "affects", "availability"); a.Status != http.StatusSeeOther || a.To != o+"/risks/R-001" {
		t.Fatalf("entered: %d to %s: %.600s", a.Status, a.To, a.Body)
	}
	has := func(path string, want ...string) string {
		t.Helper()
		a := s.get(o + path)
		if a.Status != http.StatusOK {
			t.Fatalf("%s: %d", path, a.Status)
		}
		for _, w := range want {
			if !strings.Contains(a.Body, w) {
				t.Errorf("%s lacks %q", path, w)
			}
		}
		return a.Body
	}
	has("/risks/R-001", "Not yet scored by you", "Score it.")
	score := []string{"kind", "inherent", "likelihood", "4", "impact", "5", "column", "money", "basis", "judgement"}
	if a = s.post(o+"/risks/R-001/score", score...); a.Status != http.StatusUnprocessableEntity || !strings.Contains(a.Body, "A number without reasons") || !strings.Contains(a.Body, `value="4" checked`) {
		t.Errorf("without reasons: %d", a.Status)
	}
	if a = s.post(o+"/risks/R-001/score", append(score, "reasons", "It is a wooden house.")...); a.Status != http.StatusSeeOther {
		t.Fatalf("scored: %d %.500s", a.Status, a.Body)
	}
	has("/risks/R-001", "severe", "4 likely × 5 severe", "It is a wooden house.", "needs a written contingency", "the chief executive")
	has("/risks/heat", "severe", "R-001")
	has("/risks/heat?score=target", "1 without such a score")
	has("/risks/R-001/score?kind=current", "No control with evidence acts on likelihood")
	if a = s.post(o+"/risks/R-001/score", "kind", "current", "likelihood", "2", "impact", "5", "column", "money", "basis", "judgement", "reasons", "We hope."); a.Status != http.StatusUnprocessableEntity || !strings.Contains(a.Body, "controls let it go down to 4 and not to 2") {
		t.Errorf("hope is no control: %d", a.Status)
	}
	if a = s.post(o+"/risks/R-001/plan", "choice", "reduce", "reason", "Build of stone."); a.Status != http.StatusUnprocessableEntity || !strings.Contains(a.Body, "Say which score is expected afterwards") {
		t.Errorf("without a target: %d", a.Status)
	}
	if a = s.post(o+"/risks/R-001/plan", "choice", "reduce", "reason", "Build of stone.", "likelihood", "2", "impact", "4", "shown_by", "A house"); a.Status != http.StatusSeeOther {
		t.Fatalf("planned: %d", a.Status)
	}
	if a = s.post(o+"/risks/R-001/action", "title", "Buy stones"); a.Status != http.StatusSeeOther {
		t.Errorf("an action: %d %.400s", a.Status, between(a.Body, `role="alert"`, "</div>"))
	}
	has("/risks/R-001", "Buy stones", "ACT-001", "waits for the owner")
	if a = s.post(o+"/risks/R-001/accept", "reason", "It will not burn.", "until", "2099-01-01"); a.Status == http.StatusSeeOther {
		t.Error("somebody without the authority accepts a severe risk")
	}
	if a = s.post(o+"/risks/library", "scenario", "RS-001", "scenario", "RS-011"); a.Status != http.StatusSeeOther {
		t.Fatalf("adopted: %d", a.Status)
	}
	has("/risks/R-002", "The library suggests 5 × 4 = 20", "Not yet scored by you")
	body := has("/risks/heat?score=inherent", "of the library, not scored by you")
	if strings.Contains(body, ">R-002<") {
		t.Error("a number of the library stands on the map as a score")
	}
	has("/risks", "(20)", "library", "Not yet scored by you")
	has("/risks/R-002/edit", "Reused password")
	has("/risks/R-002/links", "iso27001-2022:A.8.5", "Prevents it")
	has("/risks/views", "linked to nothing")
	has("/risks/report", "Risk assessment and treatment plan", "Buy stones")
	if a = s.post(o+"/risks/R-002/links", "refs", "iso27001-2022:A.99"); a.Status != http.StatusUnprocessableEntity || !strings.Contains(a.Body, "There is no requirement") {
		t.Errorf("a requirement that is none: %d", a.Status)
	}
	if a = s.post(o+"/risks/R-002/trigger", "kind", "incident", "words", "A guess worked."); a.Status != http.StatusSeeOther {
		t.Errorf("trigger: %d", a.Status)
	}
	if a = s.post(o+"/risks/R-002/close", "reason", "No passwords any more."); a.Status != http.StatusSeeOther {
		t.Errorf("closed: %d", a.Status)
	}
	has("/risks/R-002", "Closed: No passwords any more.", "Open it again")
	if a = s.post(o + "/risks/seconds"); a.Status != http.StatusSeeOther {
		t.Errorf("drawn: %d", a.Status)
	}
	has("/risks/seconds", "hidden until the second score", "you scored it first")
	if a = s.post(o+"/risks/method/new", "text", "No tables.", "matrix", "version: x", "note", "Ours."); a.Status != http.StatusUnprocessableEntity || !strings.Contains(a.Body, "No tables.") {
		t.Errorf("a bad method: %d", a.Status)
	}
}
