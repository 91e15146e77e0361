package agent

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

// Dir is the folder an agent keeps its state in, the only place it writes to:
//
//	enrolment   which server, which device, which keys are believed; no secret
//	state       the newest report, the queue, the settings, the last answer; no secret
//	sent/       the exact bytes of the last deliveries, and of the answers
//	private/    key: the key of the device; detail/: what the last verdicts rest on;
//	            lock: held during a turn, and closed to others so that nobody else holds it
//	former/     the first three of enrolments that were replaced
//
// Only private/ is closed to the people who use the device: they may read all else.
type Dir string

// maxFile is the most that is read of any file of the state.
const maxFile = 1 << 20

func (d Dir) path(name ...string) string {
	return filepath.Join(append([]string{string(d)}, name...)...)
}

// trusted reports whether the folder of the state is an administrator's, or is not there
// yet. Whoever else owns it could choose the server, and where the agent writes: on
// Windows everybody may create a folder in its place before the first enrolment.
func (d Dir) trusted() error {
	ok, err := owned(string(d))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	if !ok {
		return fmt.Errorf("%s belongs to somebody who is no administrator, so it is not used; delete it and enrol this machine", d)
	}
	return nil
}

// make creates the folders. The private one is closed before anything lies in it.
func (d Dir) make() error {
	if err := d.trusted(); err != nil {
		return err
	}
	for _, f := range []struct {
		name   string
		mode   fs.FileMode
		rights func(string) error
	}{{"", 0o755, claim}, {"sent", 0o755, nil}, {"private", 0o700, closeOff}, {"private/detail", 0o700, nil}} {
		p := d.path(filepath.FromSlash(f.name))
		if err := os.MkdirAll(p, f.mode); err != nil {
			return err
		}
		if err := os.Chmod(p, f.mode); err != nil { // the mask of the service does not decide who may read
			return err
		}
		if f.rights == nil {
			continue
		}
		if err := f.rights(p); err != nil {
			return fmt.Errorf("the rights of %s cannot be set: %w", p, err)
		}
	}
	return nil
}

// read returns a file of the state.
func (d Dir) read(name ...string) ([]byte, error) {
	p := d.path(name...)
	info, err := os.Stat(p)
	if err != nil {
		return nil, err
	}
	if info.Size() > maxFile {
		return nil, fmt.Errorf("%s is larger than any file of the agent's", p)
	}
	return os.ReadFile(p)
}

// write replaces a file of the state at once: after a crash there is the old one or the
// new one, whole, and what is written here is on the disk when write returns.
func (d Dir) write(b []byte, mode fs.FileMode, name ...string) (err error) {
	p := d.path(name...)
	f, err := os.OpenFile(p+".new", os.O_WRONLY|os.O_CREATE|os.O_TRUNC, mode)
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			os.Remove(p + ".new")
		}
	}()
	_, err = f.Write(b)
	err = errors.Join(err, f.Sync(), f.Close())
	if err != nil {
		return err
	}
	if err = os.Chmod(p+".new", mode); err != nil {
		return err
	}
	if err = os.Rename(p+".new", p); err != nil {
		return err
	}
	return syncFolder(filepath.Dir(p))
}

// errBusy is a lock that another process held for too long.
var errBusy = errors.New("the agent is busy with the same state; try again in a minute")

// lock keeps other processes away from the state until release is called. It waits for
// at most the given time.
func (d Dir) lock(ctx context.Context, atMost time.Duration) (release func(), err error) {
	f, err := os.OpenFile(d.path("private", "lock"), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	for waited := time.Duration(0); ; waited += 50 * time.Millisecond {
		err := tryLock(f)
		if err == nil {
			return func() { f.Close() }, nil // closing lets go of it
		}
		if waited >= atMost {
			f.Close()
			return nil, errBusy
		}
		select {
		case <-ctx.Done():
			f.Close()
			return nil, ctx.Err()
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// Wipe removes everything the agent kept, its key first. It is no error if there is
// nothing.
func (d Dir) Wipe(ctx context.Context) error {
	if _, err := os.Stat(d.path("private")); errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	release, err := d.lock(ctx, time.Minute)
	if err != nil {
		return err
	}
	defer release()
	for _, name := range []string{"private/key", "private/detail", "enrolment", "state", "sent", "former"} {
		if err := os.RemoveAll(d.path(filepath.FromSlash(name))); err != nil {
			return err
		}
	}
	return syncFolder(string(d))
}
