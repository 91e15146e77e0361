package web

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/toucan-grc/toucan/internal/people"
	"github.com/toucan-grc/toucan/internal/training"
	"github.com/toucan-grc/toucan/internal/training/knowbe4/knowbe4test"
)

// knowbe4Standin is a tenant with two campaigns. Its limits are on a clock of their
// own that is always a day ahead, so that no page meets them.
func knowbe4Standin() *knowbe4test.Server {
	at := time.Now()
	done := at.Add(-time.Hour)
	return &knowbe4test.Server{Now: func() time.Time { at = at.Add(time.Minute); return at }, Level: "Diamond",
		Users:      []knowbe4test.User{{ID: 1, Email: "ann@one.test"}, {ID: 2, Email: "bob@one.test"}, {ID: 3, Email: "guest@else.test"}},
		Campaigns:  []knowbe4test.Campaign{{ID: 10, Name: "Awareness", Status: "In Progress", Modules: []string{"Basics"}, Nested: true}, {ID: 11, Name: "Long over", Status: "Closed", Modules: []string{"Old"}}},
		Enrolments: []knowbe4test.Enrolment{{ID: 1, Campaign: 10, User: 1, Module: "Basics", Status: "Passed", Completed: done}, {ID: 2, Campaign: 10, User: 2, Module: "Basics", Status: "Deferred"}, {ID: 3, Campaign: 10, User: 3, Module: "Basics", Status: "Passed", Completed: done}}}
}

// register adds people who began long ago.
func (s *site) register(names ...string) {
	s.t.Helper()
	for _, n := range names {
		if _, err := s.People.Add(s.t.Context(), s.admin(), people.Person{Name: n, Email: n + "@one.test", StartOn: "2020-01-01"}, s.Now()); err != nil {
			s.t.Fatal(err)
		}
	}
}

// shows fails unless an answer has a status and every one of some texts.
func (s *site) shows(a answer, status int, texts ...string) {
	s.t.Helper()
	s.expect(a, status)
	for _, text := range texts {
		if !strings.Contains(a.Body, text) {
			s.t.Errorf("the page does not say %q", text)
		}
	}
}

func TestAProviderIsConnectedSelectedAndSynced(t *testing.T) {
	s := newSite(t)
	s.settle()
	s.register("ann", "bob", "cem")
	home := "/o/meridian-cloud/settings/training"
	a := s.post(home+"/connections", "kind", "knowbe4", "name", "Ours", "region", "mars", "secret", "x")
	s.shows(a, http.StatusUnprocessableEntity, "Choose where your tenant is")
	a = s.post(home+"/connections", "kind", "knowbe4", "name", "Ours", "region", "eu", "secret", knowbe4test.Token)
	s.expect(a, http.StatusSeeOther)
	at := a.To
	a = s.post(at + "/test")
	s.shows(a, http.StatusOK, "KB4-Demo", "Awareness", "Long over", "It is over at KnowBe4", "Not yet verified against a live tenant")
	if strings.Contains(a.Body, knowbe4test.Token) {
		t.Error("the page shows the token")
	}
	s.expect(s.post(at+"/campaigns", "has-security", "1", "for-security", "10", "title-10", "Awareness"), http.StatusSeeOther)
	track := home + "/tracks/security"
	s.shows(s.post(track, "method", "connected", "renewal", "after_a_year", "due_days", "30"), http.StatusUnprocessableEntity, "Choose the connection")
	id := at[strings.LastIndex(at, "/")+1:]
	form := []string{"method", "connected", "provider", id, "renewal", "after_a_year", "due_days", "30"}
	s.shows(s.post(track, form...), http.StatusOK, "What saving changes", "never shown as done")
	s.shows(s.post(track, append(form, "flips", "7")...), http.StatusConflict, "you were shown 7")
	s.expect(s.post(track, append(form, "flips", "0")...), http.StatusSeeOther)
	s.expect(s.post(at+"/sync"), http.StatusSeeOther)
	if _, err := s.Connections.Sync(t.Context(), s.admin().Org(), id, "", s.Now); err != nil {
		t.Fatal(err)
	}
	s.shows(s.get(at), http.StatusOK, "No account there", "Nobody in the register", "guest@else.test", "What is said cannot be read", "Deferred")
	s.shows(s.get("/o/meridian-cloud/training/security/progress?state=done"), http.StatusOK, "ann", "Awareness")
	a = s.get("/o/meridian-cloud/training/security/progress/export")
	s.shows(a, http.StatusOK, "ann@one.test", "cem@one.test", "Awareness")
	s.expect(s.post(at+"/remove"), http.StatusSeeOther)
	s.shows(s.get(at), http.StatusOK, "is completed through this connection")
	s.shows(s.post("/o/meridian-cloud/training/security/progress/reset", "all", "on"), http.StatusUnprocessableEntity, "Say why")
	s.expect(s.post("/o/meridian-cloud/training/security/progress/reset", "all", "on", "reason", "A new course"), http.StatusSeeOther)
}

func TestAWebhookShowsItsSecretOnce(t *testing.T) {
	s := newSite(t)
	s.settle()
	a := s.post("/o/meridian-cloud/settings/training/connections", "kind", "webhook", "name", "Our LMS")
	s.shows(a, http.StatusOK, "whsec_", "shown only this once", "/api/v1/o/meridian-cloud/training-records")
	list, err := s.Connections.All(t.Context(), s.admin())
	if err != nil || len(list) != 1 {
		t.Fatalf("%v, %v", list, err)
	}
	at := "/o/meridian-cloud/settings/training/connections/" + list[0].ID
	if a = s.get(at); strings.Contains(a.Body, "whsec_") {
		t.Error("the secret is shown again")
	}
	s.expect(s.post(at+"/campaigns", "has-security", "1", "courses-security", "Awareness 2026\n\n Phishing \n"), http.StatusSeeOther)
	c, _, err := s.Connections.Find(t.Context(), s.admin(), list[0].ID, s.Now())
	if err != nil || len(c.Selected[training.Security]) != 2 {
		t.Errorf("selected %+v, %v", c.Selected, err)
	}
}
