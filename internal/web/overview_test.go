package web

import (
	"net/http"
	"strings"
	"testing"
)

// TestOverviewSpeaksOfTheManagementSystem says on the overview what the home of the
// management system says, and leaves its clauses out of what controls leave open.
func TestOverviewSpeaksOfTheManagementSystem(t *testing.T) {
	s := newSite(t)
	s.fill()
	const home = "/o/meridian-cloud"
	body := s.get(home).Body
	if strings.Contains(between(body, `aria-labelledby="next"`, "</section>"), "/frameworks/iso27001-2022/4.") {
		t.Error("what controls leave open names clauses that the home of the management system keeps")
	}
	next := between(body, `aria-labelledby="system"`, "</section>")
	for _, want := range []string{`href="` + home + `/isms/scope"`, "Say where the management system begins and ends.", `href="` + home + `/isms"`} {
		if !strings.Contains(next, want) {
			t.Errorf("what to do next lacks %s", want)
		}
	}
	s.expect(s.post(home+"/frameworks/iso27001-2022/disable"), http.StatusSeeOther)
	if body := s.get(home).Body; strings.Contains(body, `aria-labelledby="system"`) {
		t.Error("the overview speaks of the management system although ISO 27001 is not followed")
	}
}
