package web

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
)

const meridian = "/o/meridian-cloud"

// bring uploads a file and takes what it holds.
func (s *site) bring(name string, data []byte) answer {
	s.t.Helper()
	a := s.upload(meridian+"/editions/import", name, data)
	s.expect(a, http.StatusSeeOther)
	s.expect(s.get(a.To), http.StatusOK)
	return s.post(a.To + "/confirm")
}

// versions brings frameworks, upgrades one, and returns the pages about it all.
func (s *site) versions() []string {
	s.t.Helper()
	for _, name := range []string{"acme-2025.csv", "acme-2026.csv", "acme-iso.csv"} {
		s.expect(s.bring(name, read(s.t, "testdata/"+name)), http.StatusSeeOther)
	}
	faulty := s.upload(meridian+"/editions/import", "faulty.csv", []byte("id,parent,kind,label\n1,,chapter,One\n2,,requirement,Two\n"))
	set := s.upload(meridian+"/editions/import", "acme-iso.csv", []byte(strings.Replace(string(read(s.t, "testdata/acme-iso.csv")), "equal", "superset", 1)))
	s.expect(s.post(set.To+"/confirm"), http.StatusSeeOther)
	s.expect(s.post(meridian+"/frameworks/acme-2025/enable"), http.StatusSeeOther)
	s.expect(s.post(meridian+"/control/AC-04/links", "links-acme-2025", "R2, R3, R5", "links-soc2-2017", "CC6.1"), http.StatusSeeOther)
	again := s.upload(meridian+"/editions/import", "acme-2026.csv", read(s.t, "testdata/acme-2026.csv"))
	out := []string{faulty.To, again.To, meridian + "/editions"}
	var plans []string
	for rest := s.get(meridian + "/editions").Body; strings.Contains(rest, `/editions/upgrade?`); {
		_, rest, _ = strings.Cut(rest, `/editions/upgrade?`)
		query, _, _ := strings.Cut(rest, `"`)
		plans = append(plans, strings.ReplaceAll(query, "&amp;", "&"))
	}
	if len(plans) != 2 {
		s.t.Fatalf("upgrades to consider: %q", plans)
	}
	for _, p := range plans {
		v, err := url.ParseQuery(p)
		if err != nil {
			s.t.Fatal(err)
		}
		form := []string{"kind", v.Get("kind"), "from", v.Get("from"), "to", v.Get("to")}
		s.expect(s.get(meridian+"/editions/upgrade?"+p), http.StatusOK)
		done := s.post(meridian+"/editions/upgrade", form...)
		s.expect(done, http.StatusSeeOther)
		if v.Get("kind") == "set" { // a set can be compared again from the other side
			s.expect(s.post(done.To+"/undo"), http.StatusSeeOther)
			out = append(out, meridian+"/editions/upgrade?"+p)
		}
		out = append(out, done.To)
	}
	for rest := s.get(meridian + "/editions").Body; strings.Contains(rest, `class="row" href="`+meridian+`/editions/`); {
		_, rest, _ = strings.Cut(rest, `class="row" href="`+meridian+`/editions/`)
		id, _, _ := strings.Cut(rest, `"`)
		out = append(out, meridian+"/editions/"+id)
		if len(out) > 12 {
			break
		}
	}
	return append(out, meridian+"/frameworks/acme-2025")
}

func TestThePagesOfVersionsAnswer(t *testing.T) {
	s := newSite(t)
	s.fill()
	for _, path := range s.versions() {
		if a := s.get(path); a.Status != http.StatusOK || strings.Contains(a.Body, "%!") {
			t.Errorf("%s: status %d: %.300s", path, a.Status, a.Body)
		}
	}
}

// TestAFrameworkFromItsFileToItsNextEdition goes the whole way through the pages.
func TestAFrameworkFromItsFileToItsNextEdition(t *testing.T) {
	s := newSite(t)
	s.fill()
	s.expect(s.bring("acme-2025.csv", read(t, "testdata/acme-2025.csv")), http.StatusSeeOther)
	s.expect(s.bring("acme-iso.csv", read(t, "testdata/acme-iso.csv")), http.StatusSeeOther)
	s.expect(s.post(meridian+"/frameworks/acme-2025/enable"), http.StatusSeeOther)
	s.expect(s.post(meridian+"/control/AC-04/links", "links-acme-2025", "r2, R3; R5", "links-soc2-2017", "CC6.1"), http.StatusSeeOther)
	s.expect(s.post(meridian+"/settings/stack", "set", "toucan-curated-1", "set", "acme-iso"), http.StatusSeeOther)
	for path, want := range map[string]string{
		"/frameworks":                          "acme-2025",
		"/frameworks/acme-2025":                "Lock the doors",
		"/frameworks/acme-2025/R2":             "A.7.1",
		"/frameworks/iso27001-2022/A.7.1":      "acme-2025 R2",
		"/control/AC-04":                       "Count the keys",
		"/gap?from=acme-2025&to=iso27001-2022": "A.7.1",
		"/search?q=fence":                      "R5",
		"/editions":                            "acme-iso.csv",
	} {
		if a := s.get(meridian + path); a.Status != http.StatusOK || !strings.Contains(a.Body, want) {
			t.Errorf("%s: status %d, and it does not say %q", path, a.Status, want)
		}
	}

	s.expect(s.bring("acme-2026.csv", read(t, "testdata/acme-2026.csv")), http.StatusSeeOther)
	list := s.get(meridian + "/editions")
	plan := strings.ReplaceAll(between(list.Body, `href="`+meridian+`/editions/upgrade?`, `"`), "&amp;", "&")
	page := s.get(meridian + "/editions/upgrade?" + plan)
	s.expect(page, http.StatusOK)
	for _, want := range []string{"Set the clock", "Paint the fence", `name="to-R3" value="R6"`, `name="to-R4" value="R7, R8"`, `name="to-R5" value=""`, "acme-iso"} {
		if !strings.Contains(page.Body, want) {
			t.Errorf("the comparison does not say %q", want)
		}
	}
	field := func(name string) string { return between(page.Body, `name="`+name+`" value="`, `"`) }
	form := []string{"kind", field("kind"), "from", field("from"), "to", field("to")}
	wrong := s.post(meridian+"/editions/upgrade", append(form, "to-R2", "R77")...)
	if wrong.Status != http.StatusUnprocessableEntity || !strings.Contains(wrong.Body, "has no &#34;R77&#34;") || !strings.Contains(wrong.Body, `name="to-R2" value="R77"`) {
		t.Errorf("a wrong id: status %d: %s", wrong.Status, between(wrong.Body, `role="alert"`, "</div>"))
	}
	done := s.post(meridian+"/editions/upgrade", append(form, "to-R2", "R2, R9")...)
	s.expect(done, http.StatusSeeOther)
	for path, want := range map[string]string{
		strings.TrimPrefix(done.To, meridian): "Paint the fence",
		"/frameworks/acme-2025":               "Older edition.",
		"/frameworks/acme-2026/R9":            "AC-04",
		"/frameworks/acme-2026/R6":            "AC-04",
	} {
		a := s.get(meridian + path)
		if path == strings.TrimPrefix(done.To, meridian) {
			want = "Nothing in the new edition was chosen for R5."
		}
		if a.Status != http.StatusOK || !strings.Contains(a.Body, want) {
			t.Errorf("%s: status %d, and it does not say %q", path, a.Status, want)
		}
	}
	s.expect(s.post(done.To+"/undo"), http.StatusSeeOther)
	if a := s.get(meridian + "/frameworks/acme-2025"); strings.Contains(a.Body, "Older edition.") || !strings.Contains(a.Body, "There is another edition") {
		t.Error("after undo the old edition is the one in force")
	}
	if a := s.get(done.To); !strings.Contains(a.Body, "Undone on") {
		t.Error("the upgrade does not say that it was undone")
	}
}

func TestAFileWithFaultsIsShownLineByLine(t *testing.T) {
	s := newSite(t)
	s.fill()
	for name, x := range map[string]struct{ data, want string }{
		"rows.csv":          {"id,parent,kind,label\n1,,chapter,One\n2,9,requirement,Two\n", "line 2"},
		"iso27001-2022.csv": {"id,parent,kind,label\n1,,requirement,One\n", "ships with Toucan. Give yours another id"},
		"words.txt":         {"Hello, this is no table.\n", "line 1"},
		"empty.csv":         {"", "The file is empty"},
		"set.csv":           {"source_framework,source_id,relationship,target_framework,target_id\nnowhere,1,equal,iso27001-2022,A.7.1\n", "There is no framework"},
		"cut.csv":           {"source_framework,source_id,relationship,target_framework\nnowhere,1,equal,iso27001-2022\n", "target_id"},
		"<b>.csv":           {"id,parent,kind,label\n1,,requirement,<script>alert(1)</script>\n", "&lt;script&gt;"},
	} {
		a := s.upload(meridian+"/editions/import", name, []byte(x.data))
		s.expect(a, http.StatusSeeOther)
		page := s.get(a.To)
		if page.Status != http.StatusOK || !strings.Contains(page.Body, x.want) || strings.Contains(page.Body, "<script>alert") {
			t.Errorf("%s: status %d, want %q: %s", name, page.Status, x.want, between(page.Body, `class="lines"`, "</ul>"))
		}
		if name != "<b>.csv" {
			if c := s.post(a.To + "/confirm"); c.Status != http.StatusUnprocessableEntity {
				t.Errorf("%s was taken: status %d", name, c.Status)
			}
		}
		s.expect(s.post(a.To+"/drop"), http.StatusSeeOther)
		if gone := s.get(a.To); gone.Status != http.StatusNotFound {
			t.Errorf("%s is still there", name)
		}
	}
	// names typed by a person cure a clash of ids
	a := s.upload(meridian+"/editions/import", "iso27001-2022.csv", []byte("id,parent,kind,label\n1,,requirement,One\n"))
	s.expect(s.post(a.To+"/confirm", "id", "house-rules-1", "title", "House rules", "short", "House", "family", "house-rules", "version", "1", "noun", "rule", "nouns", "rules"), http.StatusSeeOther)
	if page := s.get(meridian + "/frameworks/house-rules-1"); !strings.Contains(page.Body, "House rules") || !strings.Contains(page.Body, "1 rule") {
		t.Error("the framework does not go by the names that were typed")
	}
}
