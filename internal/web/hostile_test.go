package web

import (
	"html"
	"net/http"
	"strings"
	"testing"
)

const hostile = `<img src=x onerror="alert(1)">'"; DROP TABLE control; -- {{.}} %s`

// TestHostileText puts markup and SQL into every field a person can fill, and
// looks at every page: it must come back as text, and nothing may break.
func TestHostileText(t *testing.T) {
	s := newSite(t)
	s.fill()
	org := "/o/meridian-cloud"
	for _, a := range []answer{
		s.post(org+"/settings", "organisation", hostile, "zone", "Europe/Berlin"),
		s.post(org+"/account/name", "name", hostile),
		s.post(org+"/people", "name", hostile, "email", "h@meridian.example", "title", hostile, "kind", "employee"),
		s.post(org+"/controls", "code", "EV-1", "title", hostile, "statement", hostile, "domain", hostile, "frequency", "weekly", "evidence", hostile, "population", hostile),
		s.post(org+"/frameworks/iso27001-2022/A.7.4/scope", "out", "yes", "reason", hostile),
	} {
		if a.Status != http.StatusSeeOther {
			t.Errorf("status %d: %s", a.Status, between(a.Body, `class="wrong"`, "</span>"))
		}
	}
	inventory := "Code,Title,Statement,Owner,Criteria,Status\n" +
		`EV-2,"` + strings.ReplaceAll(hostile, `"`, `""`) + `","` + strings.ReplaceAll(hostile, `"`, `""`) + `","` + strings.ReplaceAll(hostile, `"`, `""`) + `","CC6.1 <b>","<i>yes</i>"` + "\n"
	a := s.upload(org+"/import", `<b>"x".csv`, []byte(inventory))
	s.expect(a, http.StatusSeeOther)
	pages := append([]string{strings.TrimPrefix(a.To, org), "/control/EV-1", "/control/EV-1/edit", "/frameworks/iso27001-2022/A.7.4",
		"/search?q=%3Cimg+src%3Dx+onerror%3D%22alert(1)%22%3E", "/controls?text=%3Cimg+src%3Dx&domain=%22%3E%3Cimg+src%3Dx+onerror%3D1%3E"}, everyPage...)
	shown := 0
	for _, path := range pages {
		a := s.get(org + path)
		if a.Status != http.StatusOK {
			t.Errorf("%s: status %d", path, a.Status)
		}
		if strings.Contains(a.Body, "<img src=x") || strings.Contains(a.Body, "<b>\"x\"") {
			t.Errorf("%s: markup of a visitor reached the page", path)
		}
		if strings.Contains(html.UnescapeString(a.Body), hostile) {
			shown++
		}
	}
	if shown < 10 {
		t.Errorf("the text is shown on %d pages only: it was lost on the way", shown)
	}
	s.expect(s.post(a.To+"/confirm"), http.StatusSeeOther)
	for _, format := range []string{"csv", "html", "json", "xlsx"} {
		a := s.get(org + "/gap/export?from=soc2-2017&to=iso27001-2022&format=" + format)
		if a.Status != http.StatusOK || !strings.HasPrefix(a.Header.Get("Content-Disposition"), "attachment") || len(a.Body) < 1000 {
			t.Errorf("export as %s: status %d, %d bytes", format, a.Status, len(a.Body))
		}
		if format == "html" && strings.Contains(a.Body, "<img src=x") {
			t.Error("markup of a visitor reached the exported page")
		}
	}
}
