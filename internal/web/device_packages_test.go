package web

import (
	"crypto/sha256"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/toucan-grc/toucan/internal/device/packages"
)

// TestPeopleDownloadTheAgentFromMyDevices: what the list names, for people of the
// organisation, and nothing else of the folder.
func TestPeopleDownloadTheAgentFromMyDevices(t *testing.T) {
	s := newSite(t)
	s.fill()
	s.linkAdmin()
	o := "/o/meridian-cloud/my/devices"
	const name, text = "toucan-agent_2.0.1_amd64.deb", "a package\n"
	if a := s.post(o + "/code"); a.Status != http.StatusOK || !strings.Contains(a.Body, "come from whoever runs IT") || strings.Contains(a.Body, "/packages/") {
		t.Errorf("without a folder: %d", a.Status)
	}
	s.expect(s.get(o+"/packages/"+name), http.StatusNotFound)

	dir, sum := t.TempDir(), fmt.Sprintf("%x", sha256.Sum256([]byte(text)))
	for file, holds := range map[string]string{name: text, "unlisted.txt": "secret", packages.List: sum + "  " + name + "\n"} {
		if err := os.WriteFile(filepath.Join(dir, file), []byte(holds), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	var err error
	if s.Packages, err = packages.Open(dir); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Packages.Close() })
	page := s.post(o + "/code").Body
	for _, want := range []string{o + "/packages/" + name, sum, "apt install ./" + name} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	s.client = s.member("employee")
	a := s.get(o + "/packages/" + name)
	s.expect(a, http.StatusOK)
	if a.Body != text {
		t.Errorf("it sends %q", a.Body)
	}
	for header, want := range map[string]string{
		"Content-Disposition": "attachment; filename=" + name, "Content-Length": fmt.Sprint(len(text)), "ETag": `"` + sum + `"`,
		"X-Content-Type-Options": "nosniff", "Content-Type": "application/octet-stream",
	} {
		if got := a.Header.Get(header); got != want {
			t.Errorf("%s is %q, want %q", header, got, want)
		}
	}
	for _, other := range []string{"unlisted.txt", packages.List, "..%2F" + filepath.Base(dir) + "%2Funlisted.txt", "..%2F..%2Fetc%2Fpasswd"} {
		s.expect(s.get(o+"/packages/"+other), http.StatusNotFound)
	}
	s.client = &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	if a := s.get(o + "/packages/" + name); a.Status == http.StatusOK || a.Body == text {
		t.Errorf("without signing in: %d", a.Status)
	}
}
