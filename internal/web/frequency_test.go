package web

import (
	"mime/multipart"
	"net/http"
	"strings"
	"testing"

	"github.com/toucan-grc/toucan/internal/control"
)

// has fails unless the page says all of it.
func (s *site) has(path string, want ...string) string {
	s.t.Helper()
	a := s.get("/o/meridian-cloud" + path)
	s.expect(a, http.StatusOK)
	for _, w := range want {
		if !strings.Contains(a.Body, w) {
			s.t.Errorf("%s does not say %q", path, w)
		}
	}
	return a.Body
}

// add enters a control through the form.
func (s *site) add(code, title, statement, frequency string) {
	s.t.Helper()
	s.expect(s.post("/o/meridian-cloud/controls", "code", code, "title", title, "statement", statement, "frequency", frequency, "kind", "periodic"), http.StatusSeeOther)
}

func (s *site) id(code string) string {
	s.t.Helper()
	list, err := s.Controls.List(s.t.Context(), s.admin(), control.Filter{})
	if err != nil {
		s.t.Fatal(err)
	}
	for _, c := range list {
		if c.Code == code {
			return c.ID
		}
	}
	return ""
}

func TestAFrameworkSetsTheInterval(t *testing.T) {
	s := newSite(t)
	s.settle()
	s.add("UR-1", "User access review", "The system owners review every account each year and record a keep-or-remove decision.", "annual")
	s.has("/control/UR-1", "annual", "Nobody has said which entry of the library this control is")
	s.expect(s.post("/o/meridian-cloud/controls/duplicates", "decision", "entry", "control", s.id("UR-1"), "entry", "AC-04"), http.StatusSeeOther)
	s.has("/frameworks/pci-dss-4.0.1/switch", "Follow PCI DSS 4.0.1?", "UR-1", "semiannual", "own interval too loose")
	s.expect(s.post("/o/meridian-cloud/frameworks/pci-dss-4.0.1/enable"), http.StatusSeeOther)
	s.has("/control/UR-1", "semiannual", "PCI DSS 7.2", "looser than required", "states a looser frequency", "“each year”")
	s.has("/control/UR-1/edit", "states a looser frequency")
	s.has("/controls/frequencies?show=looser", "UR-1", "PCI DSS 7.2 asks for it every six months.")
	if body := s.has("/controls?hint=promises", "UR-1"); strings.Contains(body, "Nothing matches") {
		t.Error("the filter by hint finds nothing")
	}
	s.has("/controls?hint=product", "Nothing matches")
	s.has("/frameworks/pci-dss-4.0.1/switch", "Stop following PCI DSS 4.0.1?", "looser")
}

func TestDuplicatesAreDecidedAndTakenBack(t *testing.T) {
	s := newSite(t)
	s.settle()
	const statement = "The company's system owners review every account and its rights on in-scope systems each quarter and record a keep-or-remove decision."
	s.add("AC-9", "Quarterly access review", statement, "quarterly")
	s.add("UR-1", "Access review each quarter", statement, "every 3 months")
	s.has("/controls/duplicates", "AC-04", "It is AC-04", "Both speak of")
	s.has("/controls/duplicates?show=within", "Merge, keep AC-9", "Merge, keep UR-1 instead")
	decide := func(pairs ...string) {
		t.Helper()
		s.expect(s.post("/o/meridian-cloud/controls/duplicates", pairs...), http.StatusSeeOther)
	}
	decide("decision", "distinct", "control", s.id("AC-9"), "other", s.id("UR-1"))
	s.has("/controls/duplicates?show=within", "Nothing looks like a duplicate")
	body := s.has("/controls/duplicates?show=decided", "is not the same as UR-1", "Ada Quist")
	decide("decision", "reconsider", "control", between(body, `name="control" value="`, `"`))
	gone, kept := s.id("UR-1"), s.id("AC-9")
	decide("decision", "merge", "control", kept, "other", gone)
	if s.id("UR-1") != "" {
		t.Error("the merged control is still listed")
	}
	if a := s.get("/o/meridian-cloud/control/UR-1"); a.Status != http.StatusSeeOther || !strings.HasSuffix(a.To, "/control/AC-9") {
		t.Errorf("its code answers %d and leads to %q", a.Status, a.To)
	}
	s.has("/control/AC-9", "Took the place of", "UR-1")
	s.has("/control/UR-1?retired=yes", "This control was merged into", "Version 1")
	s.has("/controls/duplicates?show=decided", "merged into AC-9", "Take back")
	decide("decision", "unmerge", "control", gone)
	s.has("/control/UR-1", "Access review each quarter")
	if a := s.post("/o/meridian-cloud/controls/duplicates", "decision", "perhaps"); a.Status != http.StatusUnprocessableEntity && a.Status != http.StatusBadRequest {
		t.Errorf("no decision answers %d", a.Status)
	}
}

// sendPoints uploads a list of points of SOC 2.
func (s *site) sendPoints(data string) answer {
	s.t.Helper()
	var body strings.Builder
	form := multipart.NewWriter(&body)
	form.WriteField("framework", "soc2-2017")
	part, _ := form.CreateFormFile("file", "points.csv")
	part.Write([]byte(data))
	form.Close()
	req, _ := http.NewRequest(http.MethodPost, s.url+"/o/meridian-cloud/settings/points", strings.NewReader(body.String()))
	req.Header.Set("Content-Type", form.FormDataContentType())
	return s.send(s.client, req)
}

func TestPointsOfFocusComeInUnderALicence(t *testing.T) {
	s := newSite(t)
	s.settle()
	a := s.sendPoints("Criterion,Text\nCC6.1,Words of our own <b>\nCC99,More\n")
	if a.Status != http.StatusUnprocessableEntity || !strings.Contains(a.Body, "points.csv, row 3, requirement: SOC 2 has no requirement") || strings.Contains(a.Body, "We hold a licence") {
		t.Errorf("a faulty file: %d", a.Status)
	}
	a = s.sendPoints("Criterion,Text\nCC6.1,Words of our own <b>\n,And more words\n")
	s.expect(a, http.StatusOK)
	upload := between(a.Body, `name="upload" value="`, `"`)
	if !strings.Contains(a.Body, "2 points for 1 criterion of SOC 2 (TSC 2017). 1 took the criterion of the row above.") {
		t.Error("the preview does not say what was understood")
	}
	if a := s.post("/o/meridian-cloud/settings/points/confirm", "upload", upload, "framework", "soc2-2017"); a.Status != http.StatusUnprocessableEntity || !strings.Contains(a.Body, "Say that you hold a licence") {
		t.Errorf("without the licence: %d", a.Status)
	}
	s.expect(s.post("/o/meridian-cloud/settings/points/confirm", "upload", upload, "framework", "soc2-2017", "licensed", "yes"), http.StatusSeeOther)
	s.has("/frameworks/soc2-2017/CC6.1", "Points of focus", "Words of our own &lt;b&gt;", "And more words")
	s.has("/settings/points", "Here now", "points.csv", "Ada Quist")
	s.expect(s.post("/o/meridian-cloud/settings/points/erase", "framework", "soc2-2017"), http.StatusSeeOther)
	if body := s.has("/frameworks/soc2-2017/CC6.1"); strings.Contains(body, "And more words") {
		t.Error("the text is still there after the erasure")
	}
}

func TestCategoriesAreChosenThroughThePage(t *testing.T) {
	s := newSite(t)
	s.settle()
	s.expect(s.post("/o/meridian-cloud/frameworks/soc2-2017/enable"), http.StatusSeeOther)
	s.expect(s.post("/o/meridian-cloud/frameworks/soc2-2017/categories", "category", "availability"), http.StatusSeeOther)
	scope, err := s.Crosswalk.Scope(t.Context(), s.admin(), s.Now())
	if got := strings.Join(scope.Categories["soc2-2017"], " "); err != nil || got != "CC A" {
		t.Errorf("in scope: %q, %v; want Security, which always is, and Availability", got, err)
	}
}
