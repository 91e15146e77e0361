package web

import (
	"html"
	"net/http"
	"strings"
	"testing"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/isms"
	"github.com/toucan-grc/toucan/internal/people"
)

// TestEvidenceIsChosenByName takes a piece of evidence into the correction of a finding
// by the name the form offers, and says what to do about a name that fits none or many.
func TestEvidenceIsChosenByName(t *testing.T) {
	s := newSite(t)
	s.fill()
	const home = "/o/meridian-cloud"
	first := s.file(evidencePath, []sent{{"a.csv", "account\nada\n"}}, review...).To
	second := s.file(evidencePath, []sent{{"b.csv", "account\nbob\n"}}, review...).To
	keys := with(review)
	keys[3] = "Key rotation, 100% done"
	s.file(evidencePath, []sent{{"c.csv", "key\n1\n"}}, keys...)
	made := s.post(home+"/findings/new", "title", "Review missed", "kind", "nonconformity minor", "reason", "One of four.", "statement", "It was not done.", "requirements", "iso27001-2022:A.5.18")
	s.expect(made, http.StatusSeeOther)
	page := s.get(made.To).Body
	var names []string
	for _, o := range strings.Split(between(page, `<datalist id="evidence-names">`, `</datalist>`), `<option value="`)[1:] {
		names = append(names, html.UnescapeString(between("|"+o, "|", `"`)))
	}
	if len(names) != 3 || !strings.HasPrefix(names[0], "Key rotation, 100% done, captured 2 Jan 2026 (") {
		t.Fatalf("the form offers %q, want the three pieces by name, the newest first", names)
	}
	gone := strings.Replace(names[0], names[0][len(names[0])-9:], "00000000)", 1)
	for typed, want := range map[string]string{
		"access review, q3": "Several pieces of evidence are called “access review, q3”",
		"Access review":     "There is no evidence called “Access review”",
		"Fire drill":        "There is no evidence called “Fire drill”",
		"key rotation":      "There is no evidence called “key rotation”",
		gone:                "is not in the library now",
	} {
		if a := s.post(made.To, "do", "correct", "text", "Done now.", "items", typed); a.Status != http.StatusUnprocessableEntity || !strings.Contains(a.Body, want) || !strings.Contains(a.Body, `value="`+typed+`"`) {
			t.Errorf("%q: %d, want %q, and what was typed", typed, a.Status, want)
		}
	}
	s.expect(s.post(made.To, "do", "correct", "text", "Done now.", "items", names[2], "items", s.url+second, "items", "key rotation, 100% DONE", "items", ""), http.StatusSeeOther)
	page = s.get(made.To).Body
	for _, want := range []string{first, second} {
		if !strings.Contains(page, `href="`+want+`"`) {
			t.Errorf("the finding does not lead to %s", want)
		}
	}
	if n := strings.Count(page, `class="tag" href="`+evidencePath); n != 3 {
		t.Errorf("%d pieces stand under the correction, want 3", n)
	}
}

// TestWhoDoesNotSeeTheLibraryPastesAnAddress lets an employee say that an action was
// done, and a viewer that an obligation was met.
func TestWhoDoesNotSeeTheLibraryPastesAnAddress(t *testing.T) {
	s := newSite(t)
	s.fill()
	const home = "/o/meridian-cloud"
	item := s.file(evidencePath, []sent{{"a.csv", "account\nada\n"}}, review...).To
	id := strings.TrimPrefix(item, evidencePath+"/")
	admin, employee, viewer := s.client, s.member(access.Employee), s.member(access.Viewer)
	is := func(role access.Role, name string) string {
		t.Helper()
		account, err := s.Access.AccountByEmail(t.Context(), string(role)+"@meridian.example")
		if err != nil {
			t.Fatal(err)
		}
		p, err := s.People.Add(t.Context(), s.admin(), people.Person{Name: name, Email: string(role) + "@meridian.example", Kind: people.Employee, StartOn: "2025-01-01"}, s.Now())
		if err == nil {
			err = s.People.LinkAccount(t.Context(), s.admin(), p.ID, account.ID, s.Now())
		}
		if err != nil {
			t.Fatal(err)
		}
		return p.ID
	}
	doer, holder := is(access.Employee, "Zoë Ünal"), is(access.Viewer, "Vera Holt")
	action := s.post(home+"/findings/backlog/new", "title", "Name a deputy", "owner", doer, "due", "2099-01-01", "source", "self").To
	code, err := s.ISMS.ObligationAdd(t.Context(), s.admin(), isms.ObligationText{Title: "Look at spare keys", Every: "P1M", Basis: isms.BasisOwn, Person: holder, Kind: "access-review-record", Closes: isms.ByPerson}, s.Now())
	if err != nil {
		t.Fatal(err)
	}
	duty := home + "/isms/obligations/" + code
	due := optionsOf(s.get(duty).Body, "due")
	for _, x := range []struct {
		client *http.Client
		at, to string
		field  string
		form   []string
	}{
		{employee, action, action, "items", []string{"do", "done", "outcome", "Two are named."}},
		{viewer, duty, duty + "/done", "item_name", []string{"due", due[0], "note", "All there."}},
	} {
		s.client = x.client
		if body := s.get(x.at).Body; !strings.Contains(body, pasteHint) || strings.Contains(body, "Access review, Q3") || strings.Contains(body, "Type a word") || strings.Contains(body, evidencePath+"/new") {
			t.Errorf("%s offers names, or does not say what to do", x.at)
		}
		a := s.post(x.to, append(x.form, x.field, "Access review, Q3")...)
		if a.Status != http.StatusUnprocessableEntity || strings.Count(a.Body, pasteHint) != 2 || !strings.Contains(a.Body, `value="Access review, Q3"`) {
			t.Errorf("%s takes a name: %d", x.to, a.Status)
		}
		if a = s.post(x.to, append(x.form, x.field, s.url+item+"?file=1#"+home+"/other")...); a.Status != http.StatusSeeOther {
			t.Errorf("%s takes no address: %d, %s", x.to, a.Status, between(a.Body, `role="alert">`, "</div>"))
		}
	}
	s.client = admin
	if !strings.Contains(s.get(action).Body, id) || !strings.Contains(s.get(duty).Body, id) {
		t.Error("the evidence does not stand there")
	}
}
