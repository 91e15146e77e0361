package web

import (
	"net/http"
	"strings"
	"testing"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/people"
	"github.com/toucan-grc/toucan/internal/policy"
)

// bind publishes a policy that everybody has to acknowledge, written by somebody
// else than whoever approves it, and returns the version.
func (s *site) bind(title, body string) policy.Version {
	s.t.Helper()
	ctx, admin := s.t.Context(), s.admin()
	p, err := s.Policies.Create(ctx, admin, policy.Policy{Title: title, Audience: []string{"all-personnel"}, Acknowledge: true}, body, s.Now())
	if err != nil {
		s.t.Fatal(err)
	}
	v, err := s.Policies.Submit(ctx, admin, p.ID, s.Now())
	if err != nil || v.State != policy.Approved { // nobody else here may approve
		s.t.Fatalf("%s, %v", v.State, err)
	}
	if v, err = s.Policies.Publish(ctx, admin, p.ID, s.Now()); err != nil {
		s.t.Fatal(err)
	}
	return v
}

// enrol puts the account of a browser into the register.
func (s *site) enrol(email string) people.Person {
	s.t.Helper()
	ctx, admin := s.t.Context(), s.admin()
	account, err := s.Access.AccountByEmail(ctx, email)
	if err != nil {
		s.t.Fatal(err)
	}
	p, err := s.People.Add(ctx, admin, people.Person{Name: "Reader", Email: "reader@meridian.example", Kind: people.Employee, StartOn: "2020-01-01"}, s.Now())
	if err != nil {
		s.t.Fatal(err)
	}
	if err := s.People.LinkAccount(ctx, admin, p.ID, account.ID, s.Now()); err != nil {
		s.t.Fatal(err)
	}
	return p
}

func TestAPolicyIsReadAndAcknowledged(t *testing.T) {
	s := newSite(t)
	s.fill()
	boss := s.client
	reader := s.member(access.Employee)
	s.enrol("employee@meridian.example")
	v := s.bind("Access Control Policy", "## Purpose\n\nAccess <b>ends</b>.\n\n## Rules\n\n1. One.\n\n## Questions\n\nAsk.\n")
	other := s.bind("Privacy Policy", "Short.")

	s.client = reader
	list := s.get("/o/meridian-cloud/policies/mine")
	if list.Status != http.StatusOK || !strings.Contains(list.Body, "2 policies wait for you.") {
		t.Errorf("status %d: %s", list.Status, between(list.Body, "<main", "</main"))
	}
	const at = "/o/meridian-cloud/policies/access-control-policy"
	page := s.get(at + "/read")
	for _, want := range []string{"Acknowledge by ", `href="#s-rules"`, `<h2 id="s-rules">Rules</h2>`, "I have read it and will follow it", `value="` + v.ID + `"`, "Access ends."} {
		if !strings.Contains(page.Body, want) {
			t.Errorf("the page does not have %q", want)
		}
	}
	if wrong := s.post(at+"/acknowledge", "version", other.ID); wrong.Status != http.StatusConflict || !strings.Contains(wrong.Body, "A newer version of this policy is in force") {
		t.Errorf("another version: status %d", wrong.Status)
	}
	s.expect(s.post(at+"/acknowledge", "version", v.ID), http.StatusSeeOther)
	after := s.get(at + "/read").Body
	if !strings.Contains(after, "You acknowledged this policy") || !strings.Contains(after, "Next: Privacy Policy") || strings.Contains(after, "I have read it") {
		t.Errorf("after acknowledging: %s", between(after, `class="reading-end"`, "</section"))
	}
	if pdf := s.get(at + "/read/pdf"); pdf.Status != http.StatusOK || !strings.HasPrefix(pdf.Body, "%PDF-") || pdf.Header.Get("Content-Type") != "application/pdf" {
		t.Errorf("the PDF: %d %s", pdf.Status, pdf.Header.Get("Content-Type"))
	}
	if none := s.get(at + "/read/document"); none.Status != http.StatusNotFound {
		t.Errorf("a document that is not there: %d", none.Status)
	}
	if none := s.get("/o/meridian-cloud/policies/none/read"); none.Status != http.StatusNotFound {
		t.Errorf("a policy that is not there: %d", none.Status)
	}

	s.client = boss
	if body := s.get(at + "/read").Body; !strings.Contains(body, "This policy binds others") {
		t.Errorf("the administrator, who is nobody in the register, reads %s", between(body, `class="reading-end"`, "</section"))
	}
	if body := s.get("/o/meridian-cloud/policies/mine").Body; !strings.Contains(body, "Your account is nobody’s yet") && !strings.Contains(body, "Your account is nobody&#39;s yet") {
		t.Error("an account of nobody is not told so")
	}
}
