package web

import (
	"bytes"
	"mime/multipart"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/toucan-grc/toucan/internal/access"
)

// sent is a file of a form.
type sent struct{ name, content string }

// file sends a form with files; the values come in pairs.
func (s *site) file(path string, files []sent, pairs ...string) answer {
	s.t.Helper()
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	for i := 0; i+1 < len(pairs); i += 2 {
		form.WriteField(pairs[i], pairs[i+1])
	}
	for _, f := range files {
		part, _ := form.CreateFormFile("file", f.name)
		part.Write([]byte(f.content))
	}
	form.Close()
	req, _ := http.NewRequest(http.MethodPost, s.url+path, &body)
	req.Header.Set("Content-Type", form.FormDataContentType())
	return s.send(s.client, req)
}

// member signs somebody in with a role, in a browser of their own.
func (s *site) member(role access.Role) *http.Client {
	s.t.Helper()
	token, _, err := s.Access.Invite(s.t.Context(), s.admin(), string(role)+"@meridian.example", role, s.Now())
	if err != nil {
		s.t.Fatal(err)
	}
	keep := s.client
	defer func() { s.client = keep }()
	s.client = s.browser()
	s.expect(s.post("/invitation", "token", token, "name", "Some "+string(role), "passphrase", passphrase), http.StatusSeeOther)
	return s.client
}

const evidencePath = "/o/meridian-cloud/evidence"

var review = []string{"controls", "AC-04", "title", "Access review, Q3", "kind", "Access review record", "captured_at", "2026-01-02T10:00", "valid_for", "0", "from", "2025-10-01", "to", "2025-12-31"}

func with(pairs []string, more ...string) []string {
	return append(append([]string{}, pairs...), more...)
}

// TestEvidenceFiledByForm is the life of an item without any script.
func TestEvidenceFiledByForm(t *testing.T) {
	s := newSite(t)
	s.fill()
	a := s.file(evidencePath, []sent{{"accounts.csv", "account,decision\nada,keep\n"}, {"page.html", "<script>alert(1)</script>"}}, review...)
	s.expect(a, http.StatusSeeOther)
	item := a.To
	page := s.get(item)
	for _, want := range []string{"Access review, Q3", "accounts.csv", "<td>ada</td>", "1 Oct 2025 to 31 Dec 2025", "AC-04", "You filed it"} {
		if !strings.Contains(page.Body, want) {
			t.Errorf("the page of the item does not say %q", want)
		}
	}
	if control := s.get("/o/meridian-cloud/control/AC-04"); !strings.Contains(control.Body, item) {
		t.Error("the page of the control does not lead to the item")
	}
	if list := s.get(evidencePath + "?control=AC-04"); !strings.Contains(list.Body, item) {
		t.Error("the library does not list the item under its control")
	}

	csv := s.get(item + "/files/0")
	if h := csv.Header; csv.Status != http.StatusOK || h.Get("Content-Type") != "text/plain; charset=utf-8" || !strings.Contains(h.Get("Content-Security-Policy"), "sandbox") || h.Get("X-Content-Type-Options") != "nosniff" {
		t.Errorf("a table is sent as %d %v", csv.Status, h)
	}
	html := s.get(item + "/files/1")
	if h := html.Header; !strings.HasPrefix(h.Get("Content-Disposition"), "attachment") || h.Get("Content-Type") != "application/octet-stream" {
		t.Errorf("a page of HTML is sent as %v, want a download", h)
	}
	if a := s.get(item + "/files/7"); a.Status != http.StatusNotFound {
		t.Errorf("a file that is not there answers %d", a.Status)
	}
	req, _ := http.NewRequest(http.MethodGet, s.url+item+"/files/0", nil)
	req.Header.Set("Range", "bytes=0-6")
	if a := s.send(s.client, req); a.Status != http.StatusPartialContent || a.Body != "account" {
		t.Errorf("the first seven bytes: %d %q", a.Status, a.Body)
	}

	if a := s.post(item+"/review", "verdict", "accepted"); a.Status != http.StatusConflict {
		t.Errorf("who filed it accepts it: %d, want 409", a.Status)
	}
	admin := s.client
	s.client = s.member(access.Manager)
	if a := s.post(item+"/review", "verdict", "rejected"); a.Status != http.StatusUnprocessableEntity || !strings.Contains(a.Body, `aria-invalid="true"`) {
		t.Errorf("a rejection without a note: %d", a.Status)
	}
	s.expect(s.post(item+"/review", "verdict", "accepted", "note", "All accounts are there."), http.StatusSeeOther)
	if page := s.get(item); !strings.Contains(page.Body, "All accounts are there.") || !strings.Contains(page.Body, "Some manager") {
		t.Error("the page does not say who accepted it, and why")
	}
	s.client = admin

	s.expect(s.get(item+"/erase"), http.StatusOK)
	if a := s.post(item + "/erase"); a.Status != http.StatusUnprocessableEntity {
		t.Errorf("erasing without a reason: %d", a.Status)
	}
	s.expect(s.post(item+"/erase", "reason", "Names of customers."), http.StatusSeeOther)
	page = s.get(item)
	if strings.Contains(page.Body, "accounts.csv") || !strings.Contains(page.Body, "Names of customers.") {
		t.Error("the page of an erased item tells its content, or not the reason")
	}
	if a := s.get(item + "/files/0"); a.Status != http.StatusNotFound {
		t.Errorf("the file of an erased item answers %d", a.Status)
	}
}

// TestEvidenceMistakeKeepsEverything sends a form with a mistake, and then only
// what was wrong: the file need not be chosen again.
func TestEvidenceMistakeKeepsEverything(t *testing.T) {
	s := newSite(t)
	s.fill()
	a := s.file(evidencePath, []sent{{"log.txt", "backup ok"}}, "controls", "AC-04", "title", "Backups & restores", "kind", "no such thing", "captured_at", "2026-01-02T10:00", "valid_for", "92", "note", "See the last line.")
	if a.Status != http.StatusUnprocessableEntity {
		t.Fatalf("a kind that is none: %d", a.Status)
	}
	for _, want := range []string{`value="Backups &amp; restores"`, `value="no such thing"`, "See the last line.", `value="2026-01-02T10:00"`, `value="92" selected`, "log.txt", `value="AC-04"`} {
		if !strings.Contains(a.Body, want) {
			t.Errorf("the form shown again lacks %s", want)
		}
	}
	kept := regexp.MustCompile(`name="kept" value="([^"]+)"`).FindStringSubmatch(a.Body)
	if kept == nil {
		t.Fatal("the file that arrived is not kept for the next try")
	}
	a = s.file(evidencePath, nil, with(review, "kept", kept[1])...)
	s.expect(a, http.StatusSeeOther)
	if b := s.get(a.To + "/files/0"); b.Body != "backup ok" {
		t.Errorf("the kept file holds %q", b.Body)
	}
	s.client = s.member(access.Contributor)
	if a := s.file(evidencePath, nil, with(review, "kept", kept[1])...); a.Status != http.StatusUnprocessableEntity {
		t.Errorf("somebody else uses the seal: %d, want 422", a.Status)
	}
}

func TestEvidenceSeveralFiles(t *testing.T) {
	s := newSite(t)
	s.fill()
	files := []sent{{"q1-review.txt", "one"}, {"q2_review.txt", "two"}}
	form := []string{"controls", "AC-04", "kind", "Access review record", "captured_at", "2026-01-02T10:00", "valid_for", "0", "key", "once"}
	s.expect(s.file(evidencePath, files, with(form, "each", "yes")...), http.StatusSeeOther)
	s.expect(s.file(evidencePath, files, with(form, "each", "yes")...), http.StatusSeeOther) // sent twice by a nervous finger
	list := s.get(evidencePath)
	if !strings.Contains(list.Body, "q1 review") || !strings.Contains(list.Body, "q2 review") || !strings.Contains(list.Body, `All
						<b>2</b>`) && !regexp.MustCompile(`All\s*<b>2</b>`).MatchString(list.Body) {
		t.Error("two files of one form are not two items with the names of the files as titles")
	}
}

// TestEvidenceRequest asks, answers with what exists, and sends back.
func TestEvidenceRequest(t *testing.T) {
	s := newSite(t)
	s.fill()
	a := s.file(evidencePath, []sent{{"review.txt", "done"}}, review...)
	s.expect(a, http.StatusSeeOther)
	item := strings.TrimPrefix(a.To, evidencePath+"/")
	form := s.get("/o/meridian-cloud/requests/new?controls=AC-04&kind=access-review-record")
	if !strings.Contains(form.Body, item) {
		t.Error("what exists is not offered before it is asked for again")
	}
	person := between(form.Body[strings.Index(form.Body, `id="person"`):], `<option value="0`, `"`)
	if a := s.post("/o/meridian-cloud/requests", "controls", "AC-04", "kind", "Access review record", "person", "0"+person); a.Status != http.StatusUnprocessableEntity || !strings.Contains(a.Body, "by which day") {
		t.Errorf("a request without a day: %d", a.Status)
	}
	a = s.post("/o/meridian-cloud/requests", "controls", "AC-04", "kind", "Access review record", "person", "0"+person, "due", s.Now().AddDate(0, 0, 14).Format("2006-01-02"), "note", "With removals.")
	s.expect(a, http.StatusSeeOther)
	request := a.To
	if page := s.get(request); !strings.Contains(page.Body, "With removals.") || !strings.Contains(page.Body, "Use this") {
		t.Error("the page of the request does not say what is asked, or what would do")
	}
	s.expect(s.post(evidencePath+"/reuse", "item", item, "request", between(request+"|", "/requests/", "|")), http.StatusSeeOther)
	s.expect(s.post(request+"/settle", "verdict", "back", "note", "The removals are missing."), http.StatusSeeOther)
	a = s.file(request+"/answer", []sent{{"more.txt", "removed"}}, "title", "Removals", "captured_at", "2026-01-03T10:00", "valid_for", "0")
	s.expect(a, http.StatusSeeOther)
	s.expect(s.post(request+"/settle", "verdict", "accepted"), http.StatusSeeOther)
	if page := s.get("/o/meridian-cloud/requests?show=closed"); !strings.Contains(page.Body, between(request+"|", "/requests/", "|")) {
		t.Error("an accepted request is not listed as closed")
	}
}
