package main

import (
	"os/exec"
	"strings"
	"testing"
)

// order is the folder order of the style guide: a package imports only what
// stands above it, or to its left on its own line. Packages that do not exist
// yet keep their place.
var order = `
	wire problem
	cadence document sheet oscal blob seal remote
	db job notify ledger
	access
	upload trail record people task approval register
	framework control
	crosswalk result
	system vendor device
	evidence policy training
	joiner monitor
	posture
	finding risk
	isms gap audit standing
	report trust
	agent demo
	api web cli`

// TestImportsPointUp walks the import graph and fails on an arrow pointing back.
func TestImportsPointUp(t *testing.T) {
	const prefix = "github.com/toucan-grc/toucan/internal/"
	place := map[string]int{}
	for _, name := range strings.Fields(order) {
		place[name] = len(place)
	}
	out, err := exec.Command("go", "list", "-f", `{{.ImportPath}}{{range .Imports}} {{.}}{{end}}`, "github.com/toucan-grc/toucan/internal/...").Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	// Suites and tools belong to a noun but ship in no binary; they may look at everything.
	outside := map[string]bool{"conformance": true}
	seen := 0
	for line := range strings.Lines(string(out)) {
		fields := strings.Fields(line)
		from := strings.TrimPrefix(fields[0], prefix)
		noun, sub, _ := strings.Cut(from, "/")
		if outside[noun] || sub == "build" || sub == "screenshots" || sub == "dbtest" {
			continue
		}
		at, known := place[noun]
		if !known {
			t.Errorf("%s has no place in the order of folders; give it one in the style guide and here", noun)
			continue
		}
		seen++
		for _, imported := range fields[1:] {
			rest, ours := strings.CutPrefix(imported, prefix)
			if !ours {
				continue
			}
			to, _, _ := strings.Cut(rest, "/")
			if to != noun && place[to] >= at {
				t.Errorf("%s imports %s, which stands below it or to its right", noun, to)
			}
		}
	}
	if seen == 0 {
		t.Error("no package was looked at")
	}
}
