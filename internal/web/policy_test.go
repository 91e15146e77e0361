package web

import (
	"net/http"
	"strings"
	"testing"

	"github.com/toucan-grc/toucan/internal/access"
)

const policiesAt = "/o/meridian-cloud/policies"
const accessPolicyAt = "/o/meridian-cloud/policy/access-control"

// adoptAccess makes a draft of the template on access, with everything filled in.
func (s *site) adoptAccess(owner string) {
	s.t.Helper()
	a := s.post(policiesAt+"/templates", "template", "access-control", "var-company", "Meridian Cloud", "var-product", "Meridian", "var-security_contact", "security@meridian.example",
		"var-privacy_contact", "privacy@meridian.example", "var-concerns_contact", "concerns@meridian.example", "role-security-officer", owner, "role-chief-executive", owner)
	s.expect(a, http.StatusSeeOther)
	if a.To != accessPolicyAt+"/edit" {
		s.t.Fatalf("adopting one template leads to %q, not to its editor", a.To)
	}
}

// person returns the id of somebody in the register.
func (s *site) person(name string) string {
	s.t.Helper()
	list, err := s.People.List(s.t.Context(), s.admin())
	if err != nil {
		s.t.Fatal(err)
	}
	for _, p := range list {
		if p.Name == name {
			return p.ID
		}
	}
	s.t.Fatalf("nobody is called %q", name)
	return ""
}

// stamp is the token of the saved text that the editor carries.
func (s *site) stamp() string {
	s.t.Helper()
	a := s.get(accessPolicyAt + "/edit")
	s.expect(a, http.StatusOK)
	return between(a.Body, `name="base" value="`, `"`)
}

func TestPolicyFromTemplateToForce(t *testing.T) {
	s := newSite(t)
	s.fill()
	ada, manager := s.client, s.member(access.Manager)
	s.client = ada
	s.adoptAccess(s.person("Ines Okafor"))
	body := "A password has at least 16 characters.\n\n{{company}} checks it."
	s.says(s.post(accessPolicyAt+"/edit", "do", "preview", "base", s.stamp(), "body", body), http.StatusOK, "<p>Meridian Cloud checks it.</p>", "{{company}} checks it.</textarea>")
	s.expect(s.post(accessPolicyAt+"/edit", "do", "submit", "base", s.stamp(), "body", body), http.StatusSeeOther)
	s.expect(s.post(accessPolicyAt+"/submit", "material", "yes"), http.StatusSeeOther)
	s.says(s.get(accessPolicyAt), http.StatusOK, "Version 1.0 waits for approval.", "See the change")
	s.says(s.get(accessPolicyAt+"/decide"), http.StatusOK, "Nobody approves their own text.")
	s.says(s.post(accessPolicyAt+"/publish"), http.StatusSeeOther) // leads back: it waits

	s.client = manager
	task := between(s.get("/o/meridian-cloud/tasks").Body, `<a class="what" href="`, `"`)
	if a := s.get(task); a.Status != http.StatusSeeOther || !strings.HasSuffix(a.To, "/decide") {
		t.Errorf("the task of the approver (%q) leads to %q, status %d", task, a.To, a.Status)
	} else {
		s.says(s.get(a.To), http.StatusOK, "Your word on version 1.0")
	}
	s.says(s.get(accessPolicyAt), http.StatusOK, "Version 1.0 waits for your word.")
	waits := between(s.get(accessPolicyAt+"/decide").Body, `name="approval" value="`, `"`)
	s.says(s.post(accessPolicyAt+"/decide", "approval", waits, "word", "no"), http.StatusUnprocessableEntity, `id="reason-wrong"`)
	s.expect(s.post(accessPolicyAt+"/decide", "approval", waits, "word", "no", "reason", "Say 14."), http.StatusSeeOther)
	s.client = ada
	s.says(s.get(accessPolicyAt), http.StatusOK, "Version 1.0 was not approved.", "Some manager: Say 14.")
	s.expect(s.post(accessPolicyAt+"/edit", "do", "save", "base", s.stamp(), "body", strings.Replace(body, "16", "14", 1)), http.StatusSeeOther)
	s.expect(s.post(accessPolicyAt+"/submit", "material", "yes"), http.StatusSeeOther)
	s.client = manager
	if a := s.post(accessPolicyAt+"/decide", "approval", waits, "word", "yes"); a.Status != http.StatusSeeOther || !strings.Contains(s.get(accessPolicyAt).Body, "waits for your word") {
		t.Fatal("a word on the text that was rejected counted for the one that followed")
	}
	waits = between(s.get(accessPolicyAt+"/decide").Body, `name="approval" value="`, `"`)
	s.expect(s.post(accessPolicyAt+"/decide", "approval", waits, "word", "yes"), http.StatusSeeOther)
	s.says(s.get(accessPolicyAt+"/publish"), http.StatusOK, "4 people are asked to acknowledge it by")
	s.expect(s.post(accessPolicyAt+"/publish"), http.StatusSeeOther)
	s.says(s.get(accessPolicyAt), http.StatusOK, "Version 1.0, in force", "<p>A password has at least 14 characters.</p>", "0 of 4")
	s.says(s.get(accessPolicyAt+"/people"), http.StatusOK, "has no account here", "Ines Okafor")
	s.says(s.get(accessPolicyAt+"/people/export"), http.StatusOK, "Access Control Policy,Ines Okafor,ines@meridian.example,Head of IT,has time")
	s.says(s.get(accessPolicyAt+"/versions"), http.StatusOK, "Rejected by Some manager", "Approved by Some manager", "Say 14.")
	s.says(s.get(accessPolicyAt+"/history"), http.StatusOK, "Policy published, version 1.0", "Policy not approved, version 1.0")

	s.expect(s.post(accessPolicyAt+"/edit", "do", "submit", "base", "", "body", strings.Replace(body, "16 characters", "14 signs", 1)), http.StatusSeeOther)
	s.says(s.post(accessPolicyAt+"/submit", "change", "Another word."), http.StatusUnprocessableEntity, `id="material-wrong"`)
	if a := s.post(accessPolicyAt+"/submit", "material", "no", "change", "Another word."); a.To != accessPolicyAt+"/publish" {
		t.Errorf("a change that is not material leads to %q (%d), not to publishing", a.To, a.Status)
	}
	s.says(s.get(accessPolicyAt+"/publish"), http.StatusOK, "Publish version 1.1", "Nobody is asked to acknowledge it again", "[deleted: </span>characters", "[added: </span>signs")
	s.expect(s.post(accessPolicyAt+"/publish"), http.StatusSeeOther)
	s.says(s.get(accessPolicyAt+"/versions"), http.StatusOK, "From version 1.0 to 1.1")
	if pdf := s.get(accessPolicyAt + "/versions/" + between(s.get(accessPolicyAt+"/versions").Body, "/versions/", "/pdf") + "/pdf"); !strings.HasPrefix(pdf.Body, "%PDF-") {
		t.Errorf("the PDF is none: status %d", pdf.Status)
	}
}

// says fails unless an answer has a status and all of these words.
func (s *site) says(a answer, status int, want ...string) {
	s.t.Helper()
	s.expect(a, status)
	for _, w := range want {
		if !strings.Contains(a.Body, w) {
			s.t.Errorf("the page does not say %q", w)
		}
	}
}

func TestTwoPeopleWriteOneDraft(t *testing.T) {
	s := newSite(t)
	s.fill()
	s.adoptAccess("")
	mine := s.stamp()
	s.expect(s.post(accessPolicyAt+"/edit", "do", "save", "base", mine, "body", "The first text."), http.StatusSeeOther)
	a := s.post(accessPolicyAt+"/edit", "do", "save", "base", mine, "body", "The second text.", "change", "Said anew.")
	if a.Status != http.StatusConflict {
		t.Fatalf("saving on top of a text that changed: status %d", a.Status)
	}
	for _, want := range []string{">The second text.</textarea>", "Ada Quist saved this draft while you were writing", `[deleted: </span>first`, `[added: </span>second`, `value="Said anew."`} {
		if !strings.Contains(a.Body, want) {
			t.Errorf("the second person does not see %q", want)
		}
	}
	again := between(a.Body, `name="base" value="`, `"`)
	s.expect(s.post(accessPolicyAt+"/edit", "do", "save", "base", again, "body", "Both texts."), http.StatusSeeOther)
	if text := s.get(accessPolicyAt + "/edit").Body; !strings.Contains(text, ">Both texts.</textarea>") {
		t.Error("the text that both agreed on was not saved")
	}
}
