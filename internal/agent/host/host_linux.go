package host

import (
	"context"
	"io/fs"
	"os"
	"os/exec"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"github.com/toucan-grc/toucan/internal/agent/check"
	"github.com/toucan-grc/toucan/internal/wire"
)

const (
	platform = wire.Linux
	root     = "/"
)

// environment is that of every program started here.
var environment = []string{"LC_ALL=C", "PATH=/usr/sbin:/usr/bin:/sbin:/bin"}

// open opens for reading without waiting for the other end of a pipe.
func open(path string) (*os.File, error) {
	return os.OpenFile(path, os.O_RDONLY|unix.O_NONBLOCK|unix.O_NOCTTY, 0)
}

// openFolder opens a folder, and nothing that is none.
func openFolder(path string) (*os.File, error) {
	return os.OpenFile(path, os.O_RDONLY|unix.O_NONBLOCK|unix.O_NOCTTY|unix.O_DIRECTORY, 0)
}

// deviceOf is the number of a block device, or of the device a file lies on.
func deviceOf(st fs.FileInfo) uint64 {
	s, ok := st.Sys().(*syscall.Stat_t)
	switch {
	case !ok:
		return 0
	case st.Mode()&fs.ModeDevice != 0:
		return s.Rdev
	}
	return s.Dev
}

// ofRoot reports whether a file belongs to root.
func ofRoot(st fs.FileInfo) bool {
	s, ok := st.Sys().(*syscall.Stat_t)
	return ok && s.Uid == 0
}

// prepare puts a program into a group of its own, which ends with it.
func prepare(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
}

// Registry and Call are of other systems.
func (source) Registry(context.Context, check.Read, ...string) (check.Value, error) {
	return check.Value{}, check.ErrRefused
}

func (source) Call(context.Context, check.Read, ...string) (int64, error) {
	return 0, check.ErrRefused
}

// Users are those of check.LinuxUsers.
func (s source) Users(ctx context.Context) ([]check.User, error) {
	return check.LinuxUsers(ctx, s, time.Now())
}
