package host

import (
	"context"
	"io/fs"
	"os"
	"os/exec"
	"time"

	"golang.org/x/sys/windows"

	"github.com/toucan-grc/toucan/internal/agent/check"
	"github.com/toucan-grc/toucan/internal/wire"
)

const platform = wire.Windows

var (
	// root is where programs are started: the folder of Windows.
	root = windowsFolder()
	// environment is that of every program started here; os/exec adds SYSTEMROOT.
	environment = []string{"PATH=" + root + `\System32`}
)

func windowsFolder() string {
	dir, err := windows.GetSystemWindowsDirectory()
	if err != nil {
		return `C:\Windows`
	}
	return dir
}

func open(path string) (*os.File, error)       { return os.Open(path) }
func openFolder(path string) (*os.File, error) { return os.Open(path) }

// deviceOf is 0: no check on Windows asks for a device.
func deviceOf(fs.FileInfo) uint64 { return 0 }

// ofRoot is false: no check on Windows asks whose a file is.
func ofRoot(fs.FileInfo) bool { return false }

// prepare starts a program without a window.
func prepare(cmd *exec.Cmd) {
	cmd.SysProcAttr = &windows.SysProcAttr{HideWindow: true, CreationFlags: windows.CREATE_NO_WINDOW}
}

// Users are those of check.WindowsUsers.
func (s source) Users(ctx context.Context) ([]check.User, error) {
	return check.WindowsUsers(ctx, s, time.Now())
}

// Watch watches nothing on Windows and returns at once: what is looked at lies in the
// registry and in the system, and is seen at the next look.
func Watch(context.Context, []check.Read, func()) error { return nil }
