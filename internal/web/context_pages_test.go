package web

import (
	"net/http"
	"strings"
	"testing"

	"github.com/toucan-grc/toucan/internal/isms"
)

func init() {
	everyPage = append(everyPage, "/isms/parties", "/isms/parties?side=retired&due=overdue&text=zzz", "/isms/parties/new", "/isms/parties/list", "/isms/parties/import",
		"/isms/issues", "/isms/issues/new", "/isms/issues/list", "/isms/issues/import", "/isms/objectives", "/isms/objectives/new", "/isms/objectives/list",
		"/isms/duties", "/isms/duties?role=ai-officer", "/isms/reviews", "/isms/reviews/new")
}

// said opens a page and fails the test when it does not say some words.
func (s *site) said(path string, words ...string) string {
	s.t.Helper()
	a := s.get("/o/meridian-cloud" + path)
	if a.Status != http.StatusOK {
		s.t.Fatalf("%s: status %d: %.300s", path, a.Status, a.Body)
	}
	for _, w := range words {
		if !strings.Contains(a.Body, w) {
			s.t.Errorf("%s does not say %q", path, w)
		}
	}
	return a.Body
}

func (s *site) sent(path string, want int, form ...string) string {
	s.t.Helper()
	a := s.post("/o/meridian-cloud"+path, form...)
	if a.Status != want {
		s.t.Fatalf("POST %s: status %d, want %d: %.600s", path, a.Status, want, a.Body)
	}
	return a.Body
}

func TestSurroundingsAreEnteredAndLookedAt(t *testing.T) {
	s := newSite(t)
	s.fill()
	s.sent("/isms/parties/list", http.StatusSeeOther, "code", "IP-01", "code", "IP-09")
	s.said("/isms/parties", "Customers", "IP-09", "Look at again")
	s.said("/isms/parties/IP-01", "trust centre", "Entered", "in date", "4.2")
	s.said("/isms/parties/list", "Is in the register")
	if body := s.sent("/isms/parties", http.StatusUnprocessableEntity, "name", "Neighbours", "side", "external", "requirements", "iso27001-2022:99"); !strings.Contains(body, "Neighbours") {
		t.Error("a mistake costs what was typed")
	}
	s.sent("/isms/parties", http.StatusSeeOther, "name", "Neighbours", "side", "external", "needs", "Quiet", "review_every", "P1Y", "basis", "law")
	s.said("/isms/parties/IP-10", "Neighbours", "Quiet")
	s.sent("/isms/parties/IP-10/retire", http.StatusUnprocessableEntity, "reason", "")
	s.sent("/isms/parties/IP-10/retire", http.StatusSeeOther, "reason", "They moved away.")
	s.said("/isms/parties/IP-10", "They moved away.", "Take it back")
	s.sent("/isms/parties/IP-10/return", http.StatusSeeOther)
	s.said("/isms/issues", "Nobody has decided yet whether climate change", "Decide it")
	s.sent("/isms/climate", http.StatusSeeOther, "relevant", "no", "why", "Nothing of ours stands near water.")
	s.said("/isms/issues", "Climate change is not a relevant issue", "Nothing of ours stands near water.")
}

func TestAnObjectiveSaysHowItIsMeasured(t *testing.T) {
	s := newSite(t)
	s.fill()
	s.sent("/isms/objectives/list", http.StatusSeeOther, "code", "OBJ-1", "code", "OBJ-3")
	s.said("/isms/objectives/OBJ-1", "read live", "≥ 98 %", "The plan does not say what will be done", "No period is over yet.")
	s.said("/isms/objectives/OBJ-3", "Measured by hand.", "weekly")
	s.said("/isms/objectives/OBJ-1/edit", "Training records")
}

func TestAReviewIsPlannedAndItsPackRead(t *testing.T) {
	s := newSite(t)
	s.fill()
	body := s.said("/isms/reviews/new", "Who takes part")
	person := between(body, `name="person" value="`, `"`)
	s.sent("/isms/reviews", http.StatusUnprocessableEntity, "title", "Yearly", "on", "2026-12-01")
	s.sent("/isms/reviews", http.StatusSeeOther, "title", "Yearly", "on", "2026-12-01", "person", person)
	code := "MR-2026-1"
	s.said("/isms/reviews/"+code, "The pack, as it would be now", "Toucan keeps no register of incidents.", "17. Resources and competence")
	s.sent("/isms/reviews/"+code+"/bring", http.StatusSeeOther, "MR-12", "One near miss.")
	s.said("/isms/reviews/"+code+"/preview", "One near miss.", "not frozen")
	s.sent("/isms/reviews/"+code+"/freeze", http.StatusSeeOther)
	s.said("/isms/reviews/"+code, "frozen", "missing before the minutes can be sent")
	s.said("/isms/reviews/"+code+"/pack", "One near miss.")
	if a := s.get("/o/meridian-cloud/isms/reviews/" + code + "/pack?format=pdf"); !strings.HasPrefix(a.Body, "%PDF") {
		t.Error("the pack is no PDF")
	}
	s.said("/isms/reviews/"+code+"/write", "Decisions on resources", "Suitability")
	form := []string{}
	for _, f := range isms.MinutesFields() {
		form = append(form, f.Key, "Seen.")
	}
	s.sent("/isms/reviews/"+code+"/write", http.StatusSeeOther, form...)
	if body := s.sent("/isms/reviews/"+code+"/decision", http.StatusUnprocessableEntity, "item", "MR-18", "words", "Buy keys", "why", "Phishing"); !strings.Contains(body, "Say who does it.") || !strings.Contains(body, "Buy keys") {
		t.Error("a decision without an owner")
	}
	s.sent("/isms/reviews/"+code+"/decision", http.StatusSeeOther, "item", "MR-18", "words", "Buy keys", "why", "Phishing", "effect", "No stolen session", "owner", person, "due", "2027-01-31")
	s.said("/isms/reviews/"+code+"/write", "Buy keys", "20 of 20 written")
	s.said("/isms/reviews/"+code, "Buy keys")
}
