package web

import (
	"net/http"
	"strings"
	"testing"

	"github.com/toucan-grc/toucan/internal/crosswalk"
	"github.com/toucan-grc/toucan/internal/framework"
)

func TestWhatIsHandedOutIsReadAgain(t *testing.T) {
	s := newSite(t)
	s.fill()
	const org = "/o/meridian-cloud"
	for _, tt := range []struct {
		path, format, file string
		want               crosswalk.Format
	}{
		{"/export/frameworks/iso27001-2022", "oscal", "meridian-cloud-iso27001-2022.json", crosswalk.CatalogFormat},
		{"/export/frameworks/iso27001-2022", "csv", "meridian-cloud-iso27001-2022.csv", crosswalk.FrameworkCSV},
		{"/export/sets/toucan-curated-1", "oscal", "meridian-cloud-toucan-curated-1.json", crosswalk.MappingFormat},
		{"/export/sets/toucan-curated-1", "csv", "meridian-cloud-toucan-curated-1.csv", crosswalk.SetCSV},
		{"/export/library", "oscal", "meridian-cloud-library.json", crosswalk.ComponentFormat},
	} {
		a := s.get(org + tt.path + "?format=" + tt.format)
		if a.Status != http.StatusOK || !strings.Contains(a.Header.Get("Content-Disposition"), tt.file) || a.Header.Get("Cache-Control") != "no-store" {
			t.Errorf("%s as %s: %d, %v", tt.path, tt.format, a.Status, a.Header)
			continue
		}
		f, faults := crosswalk.ReadFile(tt.file, []byte(a.Body), framework.Shipped(), false)
		if f.Format != tt.want || f.Empty() {
			t.Errorf("%s as %s is read as %q: %v", tt.path, tt.format, f.Format, faults)
		}
	}
	for _, path := range []string{"/export/frameworks/iso27001-2022", "/export/sets/toucan-curated-1", "/export/library"} {
		if a := s.get(org + path + "?format=xlsx"); a.Status != http.StatusOK || !strings.HasPrefix(a.Body, "PK") {
			t.Errorf("%s as a workbook: %d", path, a.Status)
		}
		if a := s.get(org + path + "?format=pdf"); a.Status != http.StatusUnprocessableEntity && a.Status != http.StatusBadRequest {
			t.Errorf("%s in a form that is none: %d", path, a.Status)
		}
	}
	for _, path := range []string{"/export/frameworks/none?format=csv", "/export/sets/none?format=csv"} {
		if a := s.get(org + path); a.Status != http.StatusNotFound {
			t.Errorf("%s: %d, want 404", path, a.Status)
		}
	}
	if page := s.get(org + "/frameworks/iso27001-2022"); !strings.Contains(page.Body, org+"/export/frameworks/iso27001-2022") {
		t.Error("the page of a framework offers no export")
	}
}
