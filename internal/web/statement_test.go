package web

import (
	"net/http"
	"strings"
	"testing"

	"github.com/toucan-grc/toucan/internal/isms"
)

// The pages and the management system must not say different things about coverage.
func TestTheJudgeReadsCoverageAsThePagesDo(t *testing.T) {
	s := newSite(t)
	s.fill()
	who := s.admin()
	b, err := s.shelf.open(t.Context(), who)
	if err != nil {
		t.Fatal(err)
	}
	compared := 0
	for _, f := range b.library.Frameworks.Frameworks {
		j, err := s.Standing.Judge(t.Context(), who, f.ID, s.Now())
		if err != nil {
			t.Fatal(err)
		}
		reading, err := b.reading(f, b.through(f, ""))
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range reading.Rests() {
			if got := j.Requirements[r.Requirement.ID].Coverage; got != r.Coverage {
				t.Errorf("%s %s: the judge says %s, the pages %s", f.ID, r.Requirement.ID, got, r.Coverage)
			}
			if r.Coverage.Closed() {
				compared++
			}
		}
	}
	if compared == 0 {
		t.Error("nothing is covered, so nothing was compared")
	}
}

// Everything is done by forms, as a browser without scripts sends them.
func TestAStatementIsMadeFromTheFirstReasonToTheApproval(t *testing.T) {
	s := newSite(t)
	s.fill()
	s.said("/isms/statement", "stop approval", "Yes, without a reason", "A.8.34")
	s.said("/isms/statement?edit=A.8.5", "Save A.8.5")
	typed := []string{"back", "/o/meridian-cloud/isms/statement?theme=A.8", "included", "no", "whyOut", "", "reason", "legal", "reason-legal", "GDPR, Article 32", "claim", "planned", "on", "2027-01-31"}
	if a := s.post("/o/meridian-cloud/isms/statement/rows/A.8.5", append(typed, "seen", "")...); a.Status != http.StatusUnprocessableEntity || !strings.Contains(a.Body, "GDPR, Article 32") || !strings.Contains(a.Body, "Say why it does not apply") {
		t.Errorf("a mistake in the list: status %d", a.Status)
	}
	typed[3] = "yes"
	a := s.post("/o/meridian-cloud/isms/statement/rows/A.8.5", append(typed, "seen", "")...)
	if s.expect(a, http.StatusSeeOther); !strings.HasSuffix(a.Header.Get("Location"), "/isms/statement?theme=A.8#row-A.8.5") {
		t.Errorf("saved, and led to %s", a.Header.Get("Location"))
	}
	s.said("/isms/statement/rows/A.8.5", "GDPR, Article 32", "planned for 31 January 2027", "What is derived")
	s.sent("/isms/statement/versions", http.StatusConflict, "note", "Too early")
	form := []string{"reason", "business", "reason-business", "Customers ask.", "claim", claimDerived}
	live, err := s.ISMS.Statement(t.Context(), s.admin(), s.Now())
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range live.Rows {
		form = append(form, "code", r.Code)
	}
	s.sent("/isms/statement/many", http.StatusSeeOther, form...)
	s.sent("/isms/statement/many", http.StatusSeeOther, "code", "A.7.4", "scope", "out", "whyOut", "No premises.")
	s.sent("/isms/statement/new", http.StatusSeeOther, "title", "Review of model releases", "reason", "contractual", "claim", "planned")
	s.said("/isms/statement?show=excluded", "No premises.")
	s.said("/isms/statement?show=own", "Review of model releases")
	s.sent("/isms/statement/versions", http.StatusSeeOther, "note", "The first one.")
	list, err := s.ISMS.StatementVersions(t.Context(), s.admin())
	if err != nil || len(list) != 1 {
		t.Fatalf("%d versions: %v", len(list), err)
	}
	at := "/isms/statement/versions/" + list[0].ID
	s.said(at, "The first one.", "nothing differs")
	s.said("/isms/statement/document?version="+list[0].ID, "Controls of our own", "6.1.3 d")
	for _, format := range []string{"csv", "xlsx", "oscal", "pdf"} {
		s.said("/isms/statement/export?format=" + format + "&version=" + list[0].ID)
	}
	if list[0].State == isms.VersionApproved { // nobody else is here who could agree
		return
	}
	s.sent(at+"/withdraw", http.StatusSeeOther)
}
