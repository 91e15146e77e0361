// Package host looks at the machine the agent runs on: the one real check.Source. It
// answers only what stands in the table of reads, starts programs only by their absolute
// path with fixed arguments, and holds no function that writes.
package host

import (
	"bytes"
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/toucan-grc/toucan/internal/agent/check"
)

// Limits of one read.
const (
	commandFor = 5 * time.Second // after which a program is ended
	maxNames   = 4096            // of a folder
)

// source is this machine. It holds nothing, so it is safe for concurrent use.
type source struct{}

// New returns this machine as a source of reads.
func New() check.Source { return source{} }

// place is the path of a read, if the table allows it.
func place(r check.Read, kind check.Kind, fill []string) (string, error) {
	if !check.Allowed(r) || r.Kind != kind || r.Platform != platform {
		return "", check.ErrRefused
	}
	path, err := check.Fill(r.Where, fill)
	if err != nil {
		return "", err
	}
	if !filepath.IsAbs(path) && !isKey(path) {
		return "", check.ErrRefused
	}
	return path, nil
}

// File reads a regular file. A pipe or a device that somebody put there is not waited for.
func (source) File(ctx context.Context, r check.Read, fill ...string) ([]byte, error) {
	path, err := place(r, check.File, fill)
	if err != nil {
		return nil, err
	}
	ofUser := strings.HasPrefix(r.Where, "{home}")
	return timed(ctx, func() ([]byte, error) { return content(path, r.Max, ofUser) })
}

// content is what a regular file holds, if that is not more than limit bytes. Nothing
// else is opened: a link in a home may lead to a device, which opening would start. Nor
// is a file of a user read that says it is empty, as those of the kernel do: some of
// them give a line once and to one reader only.
func content(path string, limit int, ofUser bool) ([]byte, error) {
	st, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if !st.Mode().IsRegular() || st.Size() > int64(limit) {
		return nil, fs.ErrInvalid
	}
	if ofUser && st.Size() == 0 {
		return nil, nil
	}
	f, err := open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	st, err = f.Stat()
	if err != nil || !st.Mode().IsRegular() || st.Size() > int64(limit) {
		return nil, errors.Join(err, fs.ErrInvalid)
	}
	b := bytes.NewBuffer(make([]byte, 0, st.Size()+bytes.MinRead)) // files of the kernel say 0
	if _, err = b.ReadFrom(io.LimitReader(f, int64(limit)+1)); err == nil && b.Len() > limit {
		err = fs.ErrInvalid
	}
	if err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

// waiting are the looks at files that go on now. A home on a server that is gone holds
// them up for ever, so there are only so many.
var waiting = make(chan struct{}, 8)

// timed looks for as long as a command may run. What takes longer goes on by itself and
// is not waited for; when too much does, nothing new is begun.
func timed[T any](ctx context.Context, look func() (T, error)) (T, error) {
	type answer struct {
		v   T
		err error
	}
	var none T
	if err := ctx.Err(); err != nil {
		return none, err
	}
	select {
	case waiting <- struct{}{}:
	default:
		return none, context.DeadlineExceeded
	}
	got := make(chan answer, 1)
	go func() {
		defer func() { <-waiting }()
		v, err := look()
		got <- answer{v, err}
	}()
	limit := time.NewTimer(commandFor)
	defer limit.Stop()
	select {
	case a := <-got:
		return a.v, a.err
	case <-ctx.Done():
		return none, ctx.Err()
	case <-limit.C:
		return none, context.DeadlineExceeded
	}
}

// Stat follows symbolic links.
func (source) Stat(ctx context.Context, r check.Read, fill ...string) (check.Info, error) {
	path, err := place(r, check.Stat, fill)
	if err != nil {
		return check.Info{}, err
	}
	st, err := timed(ctx, func() (fs.FileInfo, error) { return os.Stat(path) })
	if err != nil {
		return check.Info{}, err
	}
	return check.Info{Dir: st.IsDir(), Size: st.Size(), ModTime: st.ModTime(), Dev: deviceOf(st), Root: ofRoot(st)}, nil
}

// Names returns the names in a folder, in no order, and refuses a folder with more than
// maxNames of them.
func (source) Names(ctx context.Context, r check.Read, fill ...string) ([]string, error) {
	path, err := place(r, check.Names, fill)
	if err != nil {
		return nil, err
	}
	if isKey(path) {
		return keyNames(path)
	}
	return timed(ctx, func() ([]string, error) { return namesIn(path) })
}

func namesIn(path string) ([]string, error) {
	f, err := openFolder(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	names, err := f.Readdirnames(maxNames + 1)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	if len(names) > maxNames {
		return nil, fs.ErrInvalid
	}
	return names, nil
}

// Link says where a symbolic link leads, as it is written.
func (source) Link(ctx context.Context, r check.Read, fill ...string) (string, error) {
	path, err := place(r, check.Link, fill)
	if err != nil {
		return "", err
	}
	return timed(ctx, func() (string, error) { return os.Readlink(path) })
}

// Run starts a program: no shell, no input, an environment of LC_ALL=C and PATH, 5
// seconds and Max bytes of output.
func (s source) Run(ctx context.Context, r check.Read, fill ...string) (check.Output, error) {
	argv, err := command(r, fill)
	if err != nil {
		return check.Output{}, err
	}
	if _, err := os.Stat(argv[0]); err != nil {
		return check.Output{}, err
	}
	ctx, cancel := context.WithTimeout(ctx, commandFor)
	defer cancel()
	cmd := exec.CommandContext(ctx, argv[0], argv[1:]...)
	cmd.Env = environment
	cmd.Dir = root
	cmd.WaitDelay = time.Second
	stdout, stderr := &limited{left: r.Max}, &limited{left: r.Max}
	cmd.Stdout, cmd.Stderr = stdout, stderr
	prepare(cmd)
	err = cmd.Run()
	if e := ctx.Err(); e != nil {
		return check.Output{}, e
	}
	if stdout.cut || stderr.cut {
		return check.Output{}, fs.ErrInvalid
	}
	out := check.Output{Stdout: stdout.b.Bytes(), Stderr: stderr.b.Bytes()}
	if exit := new(exec.ExitError); errors.As(err, &exit) {
		out.Exit = exit.ExitCode()
		return out, nil
	}
	return out, err
}

// command is the program of a read and its arguments, filled in the order in which the
// {names} stand there: first those of the program, then those of the arguments.
func command(r check.Read, fill []string) ([]string, error) {
	if !check.Allowed(r) || r.Kind != check.Command || r.Platform != platform {
		return nil, check.ErrRefused
	}
	argv := make([]string, 0, 1+len(r.Args))
	for _, pattern := range append([]string{r.Where}, r.Args...) {
		n := bytes.Count([]byte(pattern), []byte("{"))
		if n > len(fill) {
			return nil, check.ErrRefused
		}
		s, err := check.Fill(pattern, fill[:n])
		if err != nil {
			return nil, err
		}
		argv, fill = append(argv, s), fill[n:]
	}
	if len(fill) > 0 || !filepath.IsAbs(argv[0]) {
		return nil, check.ErrRefused
	}
	argv[0] = inSystem(argv[0], root)
	return argv, nil
}

// inSystem is where a program of Windows lies, whose folder the table calls C:\Windows as
// everybody does. Where it is another one, anybody may have made that.
func inSystem(program, root string) string {
	if rest, ok := strings.CutPrefix(program, `C:\Windows\`); ok {
		return root + `\` + rest
	}
	return program
}

// limited keeps the first bytes of an output, and that there were more.
type limited struct {
	b    bytes.Buffer
	left int
	cut  bool
}

func (l *limited) Write(p []byte) (int, error) {
	n := min(len(p), l.left)
	l.b.Write(p[:n])
	l.left -= n
	l.cut = l.cut || n < len(p)
	return len(p), nil
}
