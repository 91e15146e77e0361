//go:build unix

package db

import (
	"errors"
	"fmt"
	"os"
	"syscall"

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
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		f.Close()
		if errors.Is(err, syscall.EWOULDBLOCK) {
			return nil, inUse(path)
		}
		return nil, fmt.Errorf("locking %s: %w", path, err)
	}
	return f.Close, nil
}
