package web

import (
	"net/http"
	"strings"
	"testing"
)

// TestOverviewSpeaksOfTheManagementSystem says what the clauses ask until somebody began
// to build the system; from then on it says what its own home says.
func TestOverviewSpeaksOfTheManagementSystem(t *testing.T) {
	s := newSite(t)
	s.fill()
	const home = "/o/meridian-cloud"
	before := s.get(home).Body
	if !strings.Contains(before, "/frameworks/iso27001-2022/4.") || strings.Contains(before, "What controls leave open") {
		t.Fatal("before anything is built, the overview does not lead to the clauses")
	}
	s.expect(s.post(home+"/isms/obligations/adopt", "codes", "OBL-01"), http.StatusSeeOther)
	after := s.get(home).Body
	if strings.Contains(between(after, `aria-labelledby="next"`, "</section>"), "/frameworks/iso27001-2022/4.") {
		t.Error("the overview still asks for clauses that the home of the management system keeps")
	}
	next := between(after, `aria-labelledby="system"`, "</section>")
	for _, want := range []string{`href="` + home + `/isms/scope"`, "Say where the management system begins and ends.", `href="` + home + `/isms"`} {
		if !strings.Contains(next, want) {
			t.Errorf("what to do next lacks %s", want)
		}
	}
}
