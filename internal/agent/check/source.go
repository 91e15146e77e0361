// Package check makes the verdicts of a device: seven checks on three platforms, each a
// pure function of what a Source answers. All of it is tested on Linux, from outputs
// written down or captured, because nothing here touches a machine.
//
// What can be asked of a Source stands in one table, Reads. A check names a line of the
// table, never a path of its own, and `toucan-agent list-reads` prints the same table.
package check

import (
	"context"
	"errors"
	"io/fs"
	"time"

	"github.com/toucan-grc/toucan/internal/wire"
)

// Kind is how something is looked at. There is no kind that writes.
type Kind string

const (
	File     Kind = "file"     // its content, up to Max bytes
	Stat     Kind = "stat"     // whether it is there, and when it was changed
	Names    Kind = "names"    // the names in a folder, which are compared with known ones and forgotten
	Link     Kind = "link"     // where a symbolic link leads
	Command  Kind = "command"  // what a fixed command prints: an absolute path and fixed arguments, no shell
	Registry Kind = "registry" // one value of a key of the Windows registry, or whether the key is there
	Call     Kind = "call"     // a function of the operating system, named by its library
)

// Read is one line of the table of what the agent may look at.
type Read struct {
	ID       string        // such as "linux.os-release"; unique
	Platform wire.Platform // on which it is looked at
	Kind     Kind
	Where    string   // path, key and value, or function; {name} is filled in by the check, see Fill
	Args     []string // of a command, fixed but for {name}
	Max      int      // bytes of a file or an output that are read; the rest is an error
	For      []wire.Check
	Why      string // one sentence for the owner of the device
	Watch    bool   // a change of the file wakes the agent
	AsUser   bool   // a command that only answers within the session of {user}
}

// Info is what Stat says.
type Info struct {
	Dir     bool
	Size    int64
	ModTime time.Time
	Dev     uint64 // device number of a block device, or of what the file lies on
	Root    bool   // it belongs to root, of Linux
}

// Output is what a command printed.
type Output struct {
	Stdout, Stderr []byte
	Exit           int
}

// Value is a value of the registry. The zero value is an empty text.
type Value struct {
	Text   string
	Number uint64
	IsText bool
}

// Source answers reads. fill gives the values of the {names} of the read, in the order
// in which they stand there. A read that is not in the table, or a value that leads
// elsewhere than its place allows, is refused with ErrRefused.
//
// Absence is fs.ErrNotExist, a lack of rights is fs.ErrPermission, no answer in time is
// context.DeadlineExceeded. A Source never writes and is safe for concurrent use.
type Source interface {
	File(ctx context.Context, r Read, fill ...string) ([]byte, error)
	Stat(ctx context.Context, r Read, fill ...string) (Info, error)
	Names(ctx context.Context, r Read, fill ...string) ([]string, error)
	Link(ctx context.Context, r Read, fill ...string) (string, error)
	Run(ctx context.Context, r Read, fill ...string) (Output, error)
	Registry(ctx context.Context, r Read, fill ...string) (Value, error)
	Call(ctx context.Context, r Read, fill ...string) (int64, error)
	// Users are the people whose sessions count: accounts with a home folder that signed
	// in within 30 days.
	Users(ctx context.Context) ([]User, error)
}

// User is somebody who uses the device. It never leaves the device.
type User struct {
	Name, Home string
	ID         string // uid, or SID on Windows
	Session    bool   // signed in now
}

// ErrRefused is a read that the table does not allow.
var ErrRefused = errors.New("check: not in the table of reads")

// Answer is the verdict of a check and what it rests on, which stays on the device.
type Answer struct {
	wire.Result
	Detail []string // raw outputs and values, in the order in which they were read
}

// because turns an error of a source into the reason of a verdict that could not be made.
func because(err error) wire.Reason {
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		return wire.Timeout
	case errors.Is(err, fs.ErrPermission):
		return wire.NoPermission
	case errors.Is(err, fs.ErrNotExist):
		return wire.ToolMissing
	}
	return wire.Unreadable
}

// Input is what all checks are made from, beside the source.
type Input struct {
	Platform wire.Platform
	Settings wire.Settings
	Now      time.Time
}

// checker makes one check on one platform.
type checker func(ctx context.Context, src Source, in Input) Answer

// checkers are registered by the files of each platform: linux_*.go, macos_*.go,
// windows_*.go.
var checkers = map[wire.Platform]map[wire.Check]checker{wire.Linux: {}, wire.MacOS: {}, wire.Windows: {}}

// Run makes all checks, in the order of wire.Checks. A check that does not exist on the
// platform could not tell. What could not be told rests on all that was asked for it,
// where the check itself keeps none of it.
func Run(ctx context.Context, src Source, in Input) []Answer {
	out := make([]Answer, 0, len(wire.Checks()))
	for _, c := range wire.Checks() {
		a := Answer{Result: wire.Result{Verdict: wire.CouldNotTell, Reason: wire.Unsupported}}
		if f := checkers[in.Platform][c]; f != nil {
			w := &witness{Source: src}
			a = f(ctx, w, in)
			if a.Verdict == wire.CouldNotTell && in.Platform == wire.Linux {
				a.Detail = append(a.Detail, w.seen...)
			}
		}
		a.Check = c
		out = append(out, a)
	}
	return out
}
