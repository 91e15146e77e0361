package web

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/people"
)

// ines returns the entry of Ines of the file that fill brings in.
func (s *site) ines() people.Person {
	s.t.Helper()
	list, err := s.People.List(s.t.Context(), s.admin())
	if err != nil {
		s.t.Fatal(err)
	}
	for _, p := range list {
		if p.Name == "Ines Okafor" {
			return p
		}
	}
	s.t.Fatal("Ines is not in the register")
	return people.Person{}
}

// says fails when a page lacks one of some texts.
func (a answer) says(t *testing.T, texts ...string) {
	t.Helper()
	if a.Status != http.StatusOK {
		t.Fatalf("status %d: %.600s", a.Status, a.Body)
	}
	for _, want := range texts {
		if !strings.Contains(a.Body, want) {
			t.Errorf("the page does not say %q", want)
		}
	}
}

// TestWhoIsMissingWhat goes from the list to a person, lets them off a check, sees
// the reason as an auditor, and ends it.
func TestWhoIsMissingWhat(t *testing.T) {
	s := newSite(t)
	s.fill()
	ines, home := s.ines(), "/o/meridian-cloud/people"
	s.get(home).says(t, "Ines Okafor", "Security training", "What is missing")
	s.get(home+"?asked=people.training-security:done").says(t, "Nobody matches")
	s.get(home+"?text=ines").says(t, "Ines Okafor")
	if b := s.get(home + "?text=ines").Body; strings.Contains(b, "Tomas Lind") {
		t.Error("the list is not narrowed")
	}
	list := s.get(home + "/missing.csv?text=ines")
	list.says(t, "Name,E-mail,Function,Status,Check,State,Due,Reason", "Ines Okafor,ines@meridian.example,IT,Here,Security awareness training")
	page := home + "/" + ines.ID
	s.get(page).says(t, "What is asked", "File a certificate", "First day", "Head of IT")

	off := home + "/exclude"
	s.get(off+"?"+url.Values{"person": {ines.ID}, "check": {string(people.SecurityCheck)}}.Encode()).says(t, "Ines Okafor", "An auditor reads this")
	bad := s.post(off, "person", ines.ID, "check", string(people.SecurityCheck), "reason", "")
	if bad.Status != http.StatusUnprocessableEntity || !strings.Contains(bad.Body, "Say why") || !strings.Contains(bad.Body, "Ines Okafor") {
		t.Errorf("without a reason: %d, and whom it is about has to stay", bad.Status)
	}
	made := s.post(off, "person", ines.ID, "check", string(people.SecurityCheck), "reason", "Trained by the parent company.")
	if s.expect(made, http.StatusSeeOther); made.To != page {
		t.Errorf("leads to %s", made.To)
	}
	boss := s.client
	s.client = s.member(access.Auditor)
	a := s.get(page)
	a.says(t, "let off", "Trained by the parent company.", "by Ada Quist")
	if strings.Contains(a.Body, "/exclusions/") || strings.Contains(a.Body, "File a certificate") {
		t.Error("an auditor is offered to change it")
	}
	s.expect(s.post(off, "person", ines.ID, "check", string(people.AICheck), "reason", "x"), http.StatusForbidden)
	s.client = boss
	end := regexp.MustCompile(regexp.QuoteMeta(page) + `/exclusions/[0-9a-f-]{36}/end`).FindString(s.get(page).Body)
	s.expect(s.post(end), http.StatusSeeOther)
	s.get(page).says(t, "ended")
	s.get(home+"?asked=people.training-security:excluded").says(t, "Nobody matches")
	s.get(home+"/checks").says(t, "Security awareness training", "people.training-security")
	s.expect(s.get(home+"/none-such"), http.StatusNotFound)
}

// TestACertificateOnBehalfShowsInASample files one, and an auditor's sample finds it.
func TestACertificateOnBehalfShowsInASample(t *testing.T) {
	s := newSite(t)
	s.fill()
	ines, home := s.ines(), "/o/meridian-cloud/people"
	today := s.Now().UTC().Format("2006-01-02")
	at := home + "/" + ines.ID + "/certificate"
	s.get(at+"?track=security").says(t, "Ines Okafor", "Completed on")
	bad := s.file(at, []sent{{"certificate.txt", "Passed."}}, "track", "security", "on", "", "course", "Phishing 101")
	if bad.Status != http.StatusUnprocessableEntity || !strings.Contains(bad.Body, "Say when it was completed") {
		t.Errorf("without a day: %d", bad.Status)
	}
	s.expect(s.file(at, []sent{{"certificate.txt", "Passed."}}, "track", "security", "on", today, "course", "Phishing 101"), http.StatusSeeOther)
	s.get(home+"/"+ines.ID).says(t, "done", "Ask again", "/o/meridian-cloud/evidence/")
	ask := home + "/sample?" + url.Values{"names": {"Ines Okafor\ntomas@meridian.example\n"}, "from": {"2026-01-01"}, "to": {today}}.Encode()
	s.get(ask).says(t, "Ines Okafor", "inside the window", "Tomas Lind", "2 persons")
	s.get(ask+"&format=csv").says(t, "Ines Okafor,ines@meridian.example,"+today+",Security awareness training,Inside the window")
	s.get(strings.Replace(ask, "Ines+Okafor", "Nobody+Known", 1))
	if a := s.get(home + "/sample?names=Nobody+Known&from=2026-01-01&to=" + today); a.Status != http.StatusUnprocessableEntity || !strings.Contains(a.Body, "is not in the people register") {
		t.Errorf("somebody unknown: %d", a.Status)
	}
	s.get(home+"/reset?person="+ines.ID+"&track=security").says(t, "Ines Okafor", "Nothing of what they completed is lost")
	s.expect(s.post(home+"/reset", "person", ines.ID, "track", "security", "reason", "A new course."), http.StatusSeeOther)
	if b := s.get(home + "/" + ines.ID).Body; !strings.Contains(b, "File a certificate") {
		t.Error("after being asked again it is still done")
	}
}

// TestAnEmployeeHasOneHome links an account to Ines: what is asked of her is her
// first page, and is seen by her as the company sees it.
func TestAnEmployeeHasOneHome(t *testing.T) {
	s := newSite(t)
	s.fill()
	ines := s.ines()
	boss := s.client
	s.client = s.member(access.Employee)
	if a := s.get("/"); a.To != "/o/meridian-cloud/tasks" {
		t.Errorf("an employee lands on %s", a.To)
	}
	s.get("/o/meridian-cloud/tasks").says(t, "Nothing waits for you")
	s.expect(s.get("/o/meridian-cloud/people"), http.StatusForbidden)
	who, err := s.Access.AccountByEmail(t.Context(), "employee@meridian.example")
	if err != nil {
		t.Fatal(err)
	}
	employee := s.client
	s.client = boss
	s.expect(s.post("/o/meridian-cloud/people/"+ines.ID+"/account", "account", who.ID), http.StatusSeeOther)
	if err := s.Training.Tend(t.Context(), s.admin().Org(), s.Now()); err != nil {
		t.Fatal(err)
	}
	s.client = employee
	s.get("/o/meridian-cloud/tasks").says(t, "1 thing to do", "about 50 minutes", "0 of 1 done", "What the company sees of you", "Security awareness training", "/o/meridian-cloud/training/security")
	s.client = boss
	today := s.Now().UTC().Format("2006-01-02")
	s.expect(s.file("/o/meridian-cloud/people/"+ines.ID+"/certificate", []sent{{"certificate.txt", "Passed."}}, "track", "security", "on", today, "course", "Phishing 101"), http.StatusSeeOther)
	s.client = employee
	s.get("/o/meridian-cloud/tasks").says(t, "You are done", "good until", "1 task done")
}
