package web

import (
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/toucan-grc/toucan/internal/access"
)

// Somebody is asked by hand, sees it under My tasks, says it is done, and the one
// who asked sees that.
func TestATaskGoesFromOnePersonToAnother(t *testing.T) {
	s := newSite(t)
	s.fill()
	employee := s.member(access.Employee)
	form := s.get("/o/meridian-cloud/tasks/new").Body
	choices := regexp.MustCompile(`<option value="(a:[^"]+)"`).FindAllStringSubmatch(form, -1)
	if len(choices) < 2 {
		t.Fatalf("the form offers %d accounts: %s", len(choices), form)
	}
	var whom string
	for _, c := range choices { // the administrator is one, the employee the other
		if !strings.HasSuffix(c[1], s.admin().Account()) {
			whom = c[1]
		}
	}
	s.expect(s.post("/o/meridian-cloud/tasks", "assignee", whom, "title", "", "due", "2031-05-06"), http.StatusUnprocessableEntity)
	s.expect(s.post("/o/meridian-cloud/tasks", "assignee", whom, "title", "Return the old laptop", "due", "2031-05-06"), http.StatusSeeOther)

	boss := s.client
	s.client = employee
	mine := s.get("/o/meridian-cloud/tasks")
	if mine.Status != http.StatusOK || !strings.Contains(mine.Body, "Return the old laptop") || !strings.Contains(mine.Body, "6 May 2031") {
		t.Fatalf("status %d: the task is not among mine", mine.Status)
	}
	at := regexp.MustCompile(`/o/meridian-cloud/tasks/[0-9a-f-]{36}`).FindString(mine.Body)
	if at == "" {
		t.Fatal("the task has no address")
	}
	s.expect(s.get(at), http.StatusOK)
	s.expect(s.post(at+"/cancel", "reason", "I do not want to."), http.StatusForbidden)
	s.expect(s.post(at+"/done", "words", "Handed to Jun."), http.StatusSeeOther)
	if again := s.post(at+"/done", "words", "Twice."); again.Status < 400 {
		t.Errorf("a task can be done twice: %d", again.Status)
	}

	s.client = boss
	if !strings.Contains(s.get(at).Body, "Handed to Jun.") {
		t.Error("who asked does not see what was said")
	}
}
