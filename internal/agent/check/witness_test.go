package check

import (
	"io/fs"
	"strings"
	"testing"

	"github.com/toucan-grc/toucan/internal/wire"
)

// Whoever reads that an answer was not understood, or that something may not be read, is
// told by `toucan-agent check --detail` what that was.
func TestWhatCouldNotBeToldNamesWhatWasRead(t *testing.T) {
	desk := machine(t, "linux/debian12")
	for _, tt := range []struct {
		name  string
		on    *fake
		check wire.Check
		says  string
	}{
		{"a file nobody may read", desk.refusing("/proc/self/mountinfo", fs.ErrPermission), wire.DiskEncryption, "linux.mounts: permission denied"},
		{"an answer that is not understood", desk.says("/usr/sbin/nft -j -t list ruleset", "strange words", 0), wire.Firewall, `linux.nft: exit 0, "strange words", ""`},
		{"accounts nobody may read", desk.with("/usr/share/xsessions/gnome.desktop", "").refusing("users", fs.ErrPermission), wire.ScreenLock, "users: permission denied"},
	} {
		for _, a := range Run(t.Context(), tt.on, Input{Platform: wire.Linux, Settings: wire.Usual(), Now: now}) {
			if a.Check != tt.check {
				continue
			}
			if detail := strings.Join(a.Detail, "\n"); a.Verdict != wire.CouldNotTell || !strings.Contains(detail, tt.says) {
				t.Errorf("%s: %s %s rests on %q, want %q in it", tt.name, a.Verdict, a.Reason, detail, tt.says)
			}
		}
	}
}
