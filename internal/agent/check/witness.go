package check

import (
	"context"
	"fmt"
	"strings"
)

// maxWitness is how much of one output is kept: enough to see what it is.
const maxWitness = 4 << 10

// witness keeps what a source answered to one check, for the owner who is told that it
// could not be told. It stays on the device, and what is not there is passed over.
type witness struct {
	Source
	seen []string
}

func (w *witness) note(id string, fill []string, err error, format string, args ...any) {
	if absent(err) {
		return
	}
	said := fmt.Sprintf(format, args...)
	if err != nil {
		said = err.Error()
	}
	w.seen = append(w.seen, strings.Join(append([]string{id}, fill...), " ")+": "+said)
}

func (w *witness) File(ctx context.Context, r Read, fill ...string) ([]byte, error) {
	b, err := w.Source.File(ctx, r, fill...)
	w.note(r.ID, fill, err, "%d bytes", len(b))
	return b, err
}

func (w *witness) Stat(ctx context.Context, r Read, fill ...string) (Info, error) {
	i, err := w.Source.Stat(ctx, r, fill...)
	w.note(r.ID, fill, err, "is there")
	return i, err
}

func (w *witness) Names(ctx context.Context, r Read, fill ...string) ([]string, error) {
	names, err := w.Source.Names(ctx, r, fill...)
	w.note(r.ID, fill, err, "%d names", len(names))
	return names, err
}

func (w *witness) Link(ctx context.Context, r Read, fill ...string) (string, error) {
	to, err := w.Source.Link(ctx, r, fill...)
	w.note(r.ID, fill, err, "leads to %q", to)
	return to, err
}

func (w *witness) Run(ctx context.Context, r Read, fill ...string) (Output, error) {
	o, err := w.Source.Run(ctx, r, fill...)
	w.note(r.ID, fill, err, "exit %d, %q, %q", o.Exit, o.Stdout[:min(len(o.Stdout), maxWitness)], o.Stderr[:min(len(o.Stderr), maxWitness)])
	return o, err
}

func (w *witness) Users(ctx context.Context) ([]User, error) {
	users, err := w.Source.Users(ctx)
	w.note("users", nil, err, "%d", len(users))
	return users, err
}
