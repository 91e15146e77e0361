package host

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"path"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"github.com/toucan-grc/toucan/internal/agent/check"
)

// rearm is how often Watch looks whether people came or went. Between two of these it
// sleeps in one call of the kernel.
const rearm = time.Hour

// Watch calls wake when a file of the reads that are marked Watch may have changed, or a
// volume was mounted or unmounted. It blocks until ctx ends.
//
// Folders are watched, not files, because whoever changes a setting replaces its file. A
// folder that is not there yet is waited for in the one above it.
func Watch(ctx context.Context, reads []check.Read, wake func()) error {
	stop, err := unix.Eventfd(0, unix.EFD_CLOEXEC|unix.EFD_NONBLOCK)
	if err != nil {
		return fmt.Errorf("host: eventfd: %w", err)
	}
	defer shut(stop)
	done := make(chan struct{})
	end := context.AfterFunc(ctx, func() {
		defer close(done)
		_, _ = unix.Write(stop, binary.NativeEndian.AppendUint64(nil, 1)) // a counter of our own takes it
	})
	defer func() {
		if !end() {
			<-done // the descriptor is still written to
		}
	}()
	mounts := openMounts(reads)
	if mounts >= 0 {
		defer shut(mounts)
	}
	for ctx.Err() == nil {
		a, err := arm(spots(reads, homes(ctx)))
		if err != nil {
			return err
		}
		changed, err := a.wait(stop, mounts)
		a.close()
		if err != nil {
			return err
		}
		if changed && ctx.Err() == nil {
			wake()
		}
	}
	return nil
}

// openMounts opens the list of mounts, on which the kernel wakes, if it is among the reads
// to watch; else it returns -1. The file stays out of the runtime's own poller, which
// would take the news of a change for itself.
func openMounts(reads []check.Read) int {
	for _, r := range reads {
		if r.Watch && r.Kind == check.File && r.Where == "/proc/self/mountinfo" {
			if fd, err := unix.Open(r.Where, unix.O_RDONLY|unix.O_CLOEXEC, 0); err == nil {
				return fd
			}
		}
	}
	return -1
}

func homes(ctx context.Context) []string {
	users, err := source{}.Users(ctx)
	if err != nil {
		return nil // without a list of accounts, what is the system's is still watched
	}
	out := make([]string, 0, len(users))
	for _, u := range users {
		out = append(out, u.Home)
	}
	return out
}

// spot is a name in a folder; an empty name is any.
type spot struct{ dir, name string }

// spots are where the reads to watch look.
func spots(reads []check.Read, homes []string) []spot {
	var out []spot
	add := func(p string) {
		dir, name := path.Split(p)
		if strings.Contains(name, "{") {
			name = ""
		}
		if dir = path.Clean(dir); !strings.Contains(dir, "{") && !strings.HasPrefix(dir, "/proc") {
			out = append(out, spot{dir, name})
		}
	}
	for _, r := range reads {
		if !r.Watch || r.Platform != platform || (r.Kind != check.File && r.Kind != check.Stat) {
			continue
		}
		rest, ofUser := strings.CutPrefix(r.Where, "{home}")
		if !ofUser {
			add(r.Where)
			continue
		}
		for _, h := range homes {
			add(h + rest)
		}
	}
	return out
}

// armed is an inotify instance and the names that count in each of its folders.
type armed struct {
	fd    int
	names map[int32]map[string]bool
}

const changes = unix.IN_CLOSE_WRITE | unix.IN_CREATE | unix.IN_DELETE | unix.IN_MOVED_FROM | unix.IN_MOVED_TO | unix.IN_DELETE_SELF | unix.IN_MOVE_SELF

func arm(spots []spot) (*armed, error) {
	fd, err := unix.InotifyInit1(unix.IN_CLOEXEC | unix.IN_NONBLOCK)
	if err != nil {
		return nil, fmt.Errorf("host: inotify: %w", err)
	}
	a := &armed{fd: fd, names: map[int32]map[string]bool{}}
	for _, s := range spots {
		for {
			wd, err := unix.InotifyAddWatch(fd, s.dir, changes|unix.IN_ONLYDIR)
			if err == nil {
				if a.names[int32(wd)] == nil {
					a.names[int32(wd)] = map[string]bool{}
				}
				a.names[int32(wd)][s.name] = true
				break
			}
			if s.dir == "/" || !errors.Is(err, unix.ENOENT) {
				break // not to be watched: the next regular look finds the change
			}
			s = spot{path.Dir(s.dir), path.Base(s.dir)}
		}
	}
	return a, nil
}

func (a *armed) close() { shut(a.fd) }

// shut gives a descriptor back that only this package knows; there is nothing to lose.
func shut(fd int) { _ = unix.Close(fd) }

// wait waits until something counts, and says so; false is that it is time to arm anew.
func (a *armed) wait(stop, mounts int) (bool, error) {
	fds := []unix.PollFd{{Fd: int32(stop), Events: unix.POLLIN}, {Fd: int32(a.fd), Events: unix.POLLIN}}
	if mounts >= 0 {
		fds = append(fds, unix.PollFd{Fd: int32(mounts), Events: unix.POLLPRI})
	}
	until := time.Now().Add(rearm)
	for {
		left := time.Until(until)
		if left <= 0 {
			return false, nil
		}
		n, err := unix.Poll(fds, int(left.Milliseconds())+1)
		switch {
		case errors.Is(err, unix.EINTR):
			continue
		case err != nil:
			return false, fmt.Errorf("host: poll: %w", err)
		case n == 0 || fds[0].Revents != 0:
			return false, nil
		case mounts >= 0 && fds[2].Revents != 0:
			return true, nil
		case a.counts():
			return true, nil
		}
	}
}

// counts reads what happened and reports whether any of it counts.
func (a *armed) counts() bool {
	buf := make([]byte, 16<<10)
	found := false
	for {
		n, err := unix.Read(a.fd, buf)
		if n < unix.SizeofInotifyEvent || err != nil {
			return found
		}
		for b := buf[:n]; len(b) >= unix.SizeofInotifyEvent; {
			wd, mask := int32(binary.NativeEndian.Uint32(b)), binary.NativeEndian.Uint32(b[4:])
			size := int(binary.NativeEndian.Uint32(b[12:]))
			if len(b) < unix.SizeofInotifyEvent+size {
				return true
			}
			name := strings.TrimRight(string(b[unix.SizeofInotifyEvent:][:size]), "\x00")
			names := a.names[wd]
			gone := mask&(unix.IN_DELETE_SELF|unix.IN_MOVE_SELF|unix.IN_Q_OVERFLOW|unix.IN_IGNORED) != 0
			found = found || gone || names[name] || names[""]
			b = b[unix.SizeofInotifyEvent+size:]
		}
	}
}
