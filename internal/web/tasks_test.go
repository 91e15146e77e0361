package web

import (
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/isms"
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

// Who is asked to meet an obligation is led to its page, where they say that they
// did; who may not see that page reads the task itself.
func TestATaskOfAnObligationLeadsToIt(t *testing.T) {
	s := newSite(t)
	s.fill()
	ctx, boss, keep := t.Context(), s.admin(), s.client
	list, err := s.People.List(ctx, boss)
	if err != nil {
		t.Fatal(err)
	}
	for i, k := range []struct {
		role access.Role
		to   string
	}{{access.Viewer, "/o/meridian-cloud/isms/obligations/OBL-101"}, {access.Employee, ""}} {
		who := s.member(k.role)
		account, err := s.Access.AccountByEmail(ctx, string(k.role)+"@meridian.example")
		if err == nil {
			err = s.People.LinkAccount(ctx, boss, list[i].ID, account.ID, s.Now())
		}
		if err == nil {
			_, err = s.ISMS.ObligationAdd(ctx, boss, isms.ObligationText{Title: "Review of badges", Every: "P1M", Basis: isms.BasisOwn, Kind: "site-record", Person: list[i].ID, Closes: isms.ByItem}, s.Now().AddDate(0, -2, 0))
		}
		if err == nil {
			err = s.ISMS.TendObligations(ctx, boss.Org(), s.Now())
		}
		if err != nil {
			t.Fatal(err)
		}
		s.client = who
		mine := s.get("/o/meridian-cloud/tasks")
		at := regexp.MustCompile(`/o/meridian-cloud/tasks/[0-9a-f-]{36}`).FindString(mine.Body)
		if at == "" || !strings.Contains(mine.Body, "Review of badges") {
			t.Fatalf("the %s is not asked: %s", k.role, mine.Body)
		}
		if a := s.get(at); a.To != k.to {
			t.Errorf("the task leads the %s to %q, want %q", k.role, a.To, k.to)
		}
		s.client = keep
	}
}
