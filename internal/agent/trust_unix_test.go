//go:build !windows

package agent

import (
	"os"
	"strings"
	"testing"
	"time"
)

// TestAFolderOfSomebodyElseIsNotUsed: whoever owns the folder could let the agent report to
// a server of theirs, and write where they point it.
func TestAFolderOfSomebodyElseIsNotUsed(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only root can give a folder to somebody else")
	}
	w := newWorld(t)
	w.enrol()
	if err := os.Chown(w.agent.Dir.path(), 65534, -1); err != nil {
		t.Fatal(err)
	}
	w.restart()
	before := len(w.server.bodies)
	w.pass(10 * time.Minute)
	if n := len(w.server.bodies) - before; n > 0 {
		t.Errorf("%d reports were sent to the server that a folder of somebody else names", n)
	}
	to, err := ParseAddress(w.server.URL+"/o/acme#"+code, "")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.agent.Enrol(t.Context(), to, ""); err == nil || !strings.Contains(err.Error(), "belongs to somebody who is no administrator") {
		t.Errorf("it enrolled into it: %v", err)
	}
	if err := os.Chown(w.agent.Dir.path(), 0, -1); err != nil {
		t.Fatal(err)
	}
	w.restart()
	w.pass(10 * time.Minute)
	if len(w.server.bodies) == before {
		t.Error("once the folder is root's again, nothing is sent")
	}
}
