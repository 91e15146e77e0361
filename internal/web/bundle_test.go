package web

import (
	"net/http"
	"strings"
	"testing"

	"github.com/toucan-grc/toucan/internal/report"
)

func TestABundleIsTakenFromThePage(t *testing.T) {
	s := newSite(t)
	s.fill()
	page := s.get("/o/meridian-cloud/frameworks/soc2-2017/readiness")
	if page.Status != http.StatusOK || !strings.Contains(page.Body, "Bundle for an auditor") {
		t.Fatalf("status %d, no way to a bundle", page.Status)
	}
	bundle := s.get("/o/meridian-cloud/frameworks/soc2-2017/bundle?from=2026-01-01&to=2026-06-30")
	if bundle.Status != http.StatusOK || bundle.Header.Get("Content-Type") != "application/zip" {
		t.Fatalf("status %d: %.300s", bundle.Status, bundle.Body)
	}
	policy := s.get("/o/meridian-cloud/log/keys/policy")
	if policy.Status != http.StatusOK {
		t.Fatalf("policy: status %d", policy.Status)
	}
	found := report.Verify(strings.NewReader(bundle.Body), int64(len(bundle.Body)), report.Check{Policy: []byte(policy.Body)})
	if len(found.Failures) > 0 || found.Manifest.From != "2026-01-01" {
		t.Errorf("%+v", found)
	}
}
