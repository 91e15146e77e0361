package db

import (
	"errors"
	"fmt"
	"os"

	"golang.org/x/sys/windows"

	"github.com/toucan-grc/toucan/internal/problem"
)

// lockFile takes the folder for this process. The lock belongs to the open file,
// so it goes when the process does, however it ends.
func lockFile(path string) (func() error, error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, &problem.Error{Code: problem.Invalid, Err: err,
			Text: fmt.Sprintf("The lock file %s cannot be written. Choose a data folder this user may write to.", path)}
	}
	flags := uint32(windows.LOCKFILE_EXCLUSIVE_LOCK | windows.LOCKFILE_FAIL_IMMEDIATELY)
	if err := windows.LockFileEx(windows.Handle(f.Fd()), flags, 0, 1, 0, new(windows.Overlapped)); err != nil {
		f.Close()
		if errors.Is(err, windows.ERROR_LOCK_VIOLATION) {
			return nil, inUse(path)
		}
		return nil, fmt.Errorf("locking %s: %w", path, err)
	}
	return f.Close, nil
}
