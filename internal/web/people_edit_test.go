package web

import (
	"net/http"
	"strings"
	"testing"

	"github.com/toucan-grc/toucan/internal/people"
)

// somebody is a person of the site's register by name.
func (s *site) somebody(name string) people.Person {
	s.t.Helper()
	list, err := s.People.List(s.t.Context(), s.admin())
	if err != nil {
		s.t.Fatal(err)
	}
	for _, p := range list {
		if p.Name == name {
			return p
		}
	}
	s.t.Fatalf("nobody is called %s", name)
	return people.Person{}
}

func TestAPersonIsEditedWithAllThatIsKnown(t *testing.T) {
	s := newSite(t)
	s.fill()
	const home = "/o/meridian-cloud"
	for _, name := range []string{"Ann Edited", "Bo Boss"} {
		s.expect(s.post(home+"/people", "name", name, "kind", "employee", "start_on", "2024-01-01"), http.StatusSeeOther)
	}
	ann, bo := s.somebody("Ann Edited"), s.somebody("Bo Boss")
	at := home + "/people/" + ann.ID
	save := func(id string, more ...string) answer {
		return s.post(home+"/people/"+id, append([]string{"name", map[string]string{ann.ID: "Ann Edited", bo.ID: "Bo Boss"}[id], "kind", "employee", "start_on", "2024-01-01"}, more...)...)
	}
	s.expect(save(ann.ID, "manager", "bo boss"), http.StatusSeeOther)
	if p := s.somebody("Ann Edited"); p.Manager != bo.ID {
		t.Errorf("the manager is %q", p.Manager)
	}
	for manager, words := range map[string]string{"Nobody Known": "is not in the people register", "Ann Edited": "This would make a circle"} {
		if a := save(bo.ID, "manager", manager); a.Status != http.StatusUnprocessableEntity || !strings.Contains(a.Body, words) || !strings.Contains(a.Body, manager) {
			t.Errorf("%s as manager: %d, and no “%s”", manager, a.Status, words)
		}
	}

	s.expect(s.post(at+"/spans", "kind", "leave", "from", "2024-05-01"), http.StatusSeeOther)
	if a := s.post(at+"/spans", "kind", "out_of_scope", "from", "2024-05-01"); a.Status != http.StatusUnprocessableEntity || !strings.Contains(a.Body, "Say why this person is not part of the programme") {
		t.Errorf("out of scope for no reason: %d", a.Status)
	}
	s.expect(s.post(at+"/groups", "group", "remote"), http.StatusSeeOther)
	a := s.get(at + "/edit")
	for _, words := range []string{"On leave from", "until further notice", "By hand", `value="remote" checked`, "Bo Boss"} {
		if !strings.Contains(a.Body, words) {
			t.Errorf("the form does not say “%s”", words)
		}
	}

	a = s.post(home+"/groups", "label", "Berlin", "function", "it")
	if a.Status != http.StatusSeeOther {
		t.Fatalf("a new group: %d", a.Status)
	}
	to := a.To
	if a := s.post(to+"/members", "people", "Ann Edited\nNobody Known"); a.Status != http.StatusUnprocessableEntity || !strings.Contains(a.Body, "Nobody Known") {
		t.Errorf("somebody unknown in a group: %d", a.Status)
	}
	s.expect(s.post(to+"/members", "people", "Ann Edited\n\nBo Boss"), http.StatusSeeOther)
	if a := s.get(to); !strings.Contains(a.Body, "Take out: Ann Edited") {
		t.Error("the group does not show who was added")
	}
	s.expect(s.post(to+"/members/"+ann.ID+"/remove"), http.StatusSeeOther)
	if a := s.get(to); strings.Contains(a.Body, "Take out: Ann Edited") || !strings.Contains(a.Body, "Was in it by hand") {
		t.Error("who was taken out is forgotten or still there")
	}
}
