package check

import (
	"context"
	"encoding/base64"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/toucan-grc/toucan/internal/wire"
)

// now is the day on which the fixtures are looked at.
var now = time.Date(2026, 11, 26, 12, 0, 0, 0, time.UTC)

// fake is a Source that answers from memory and, like the real ones, refuses what the
// table does not hold. The keys of its maps are what a read is once it is filled in:
// a path, "key\value" of the registry, the name of a call, a command line.
type fake struct {
	files    map[string]string // content; its folders exist too
	links    map[string]string
	changed  map[string]time.Time // a file not named here was changed at now
	devs     map[string]uint64
	outputs  map[string]Output
	registry map[string]Value
	calls    map[string]int64
	users    []User
	theirs   map[string]bool  // folders that are not root's
	errs     map[string]error // what is answered instead
	asked    map[string]bool  // what was asked for
}

func newFake() *fake {
	return &fake{
		files: map[string]string{}, links: map[string]string{}, changed: map[string]time.Time{}, devs: map[string]uint64{},
		outputs: map[string]Output{}, registry: map[string]Value{}, calls: map[string]int64{}, errs: map[string]error{}, asked: map[string]bool{},
	}
}

// machine loads testdata/<name>.txt: sections, each begun by one of
//
//	-- file PATH --            the content follows
//	-- base64 PATH --          likewise, in base64
//	-- link PATH -> TARGET --
//	-- device PATH MAJOR:MINOR --
//	-- command EXIT LINE --    what it printed follows
//	-- stderr LINE --          what it printed there follows
//	-- registry KEY\VALUE --   a line of text, or a number written as #16
//	-- call NAME NUMBER --
//	-- user NAME HOME --       one who is signed in
//
// Text before the first section says where the fixture is from.
func machine(t *testing.T, name string) *fake {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", filepath.FromSlash(name)+".txt"))
	if err != nil {
		t.Fatal(err)
	}
	return parseMachine(t, string(b))
}

func parseMachine(t *testing.T, text string) *fake {
	t.Helper()
	f := newFake()
	head, body := "", &strings.Builder{}
	flush := func() {
		if head != "" {
			f.section(t, head, body.String())
		}
		body.Reset()
	}
	for l := range strings.Lines(text) {
		trimmed := strings.TrimRight(l, "\n")
		if strings.HasPrefix(trimmed, "-- ") && strings.HasSuffix(trimmed, " --") {
			flush()
			head = strings.TrimSuffix(strings.TrimPrefix(trimmed, "-- "), " --")
			continue
		}
		body.WriteString(l)
	}
	flush()
	return f
}

func (f *fake) section(t *testing.T, head, body string) {
	t.Helper()
	kind, rest, _ := strings.Cut(head, " ")
	last := rest[strings.LastIndexByte(rest, ' ')+1:]
	front := strings.TrimSuffix(rest, " "+last)
	number := func(s string) int64 {
		n, err := strconv.ParseInt(s, 0, 64)
		if err != nil {
			t.Fatalf("section %q: %v", head, err)
		}
		return n
	}
	switch kind {
	case "file":
		f.files[rest] = body
	case "base64":
		b, err := base64.StdEncoding.DecodeString(strings.Join(strings.Fields(body), ""))
		if err != nil {
			t.Fatalf("section %q: %v", head, err)
		}
		f.files[rest] = string(b)
	case "link":
		from, to, _ := strings.Cut(rest, " -> ")
		f.links[from] = to
	case "device":
		major, minor, _ := strings.Cut(last, ":")
		f.devs[front] = device(uint64(number(major)), uint64(number(minor)))
	case "command":
		exit, argv, _ := strings.Cut(rest, " ")
		o := f.outputs[argv]
		o.Exit, o.Stdout = int(number(exit)), []byte(body)
		f.outputs[argv] = o
	case "stderr":
		o := f.outputs[rest]
		o.Stderr = []byte(body)
		f.outputs[rest] = o
	case "registry":
		v := Value{Text: strings.TrimRight(body, "\n"), IsText: true}
		if n, ok := strings.CutPrefix(v.Text, "#"); ok {
			v = Value{Number: uint64(number(n))}
		}
		f.registry[rest] = v
	case "call":
		f.calls[front] = number(last)
	case "user":
		f.users = append(f.users, User{Name: front, Home: last, ID: "1000", Session: true})
	default:
		t.Fatalf("section %q is of no kind", head)
	}
}

// with returns the machine with one file written, without returns it with what begins
// with the path gone.
func (f *fake) with(path, content string) *fake {
	c := f.copy()
	c.files[path] = content
	return c
}

func (f *fake) without(prefix string) *fake {
	c := f.copy()
	gone := func(p string) bool { return strings.HasPrefix(p, prefix) }
	maps.DeleteFunc(c.files, func(p, _ string) bool { return gone(p) })
	maps.DeleteFunc(c.links, func(p, _ string) bool { return gone(p) })
	maps.DeleteFunc(c.devs, func(p string, _ uint64) bool { return gone(p) })
	maps.DeleteFunc(c.outputs, func(p string, _ Output) bool { return gone(p) })
	maps.DeleteFunc(c.registry, func(p string, _ Value) bool { return gone(p) })
	return c
}

// says returns the machine with one command answering otherwise.
func (f *fake) says(line, stdout string, exit int) *fake {
	c := f.copy()
	c.outputs[line] = Output{Stdout: []byte(stdout), Exit: exit}
	return c
}

// refusing returns the machine with an error at one place.
func (f *fake) refusing(place string, err error) *fake {
	c := f.copy()
	c.errs[place] = err
	return c
}

func (f *fake) copy() *fake {
	return &fake{
		files: maps.Clone(f.files), links: maps.Clone(f.links), changed: maps.Clone(f.changed), devs: maps.Clone(f.devs),
		outputs: maps.Clone(f.outputs), registry: maps.Clone(f.registry), calls: maps.Clone(f.calls), users: f.users, theirs: f.theirs,
		errs: maps.Clone(f.errs), asked: map[string]bool{},
	}
}

// place is what a read is asked at.
func (f *fake) place(r Read, kind Kind, fill []string) (string, error) {
	if !Allowed(r) || r.Kind != kind {
		return "", ErrRefused
	}
	where, err := Fill(strings.Join(append([]string{r.Where}, r.Args...), " "), fill)
	if err != nil {
		return "", err
	}
	f.asked[where] = true
	return where, f.errs[where]
}

func (f *fake) File(_ context.Context, r Read, fill ...string) ([]byte, error) {
	p, err := f.place(r, File, fill)
	if err != nil {
		return nil, err
	}
	c, ok := f.files[p]
	if !ok {
		return nil, fs.ErrNotExist
	}
	if len(c) > r.Max {
		return nil, fs.ErrInvalid
	}
	return []byte(c), nil
}

func (f *fake) Stat(_ context.Context, r Read, fill ...string) (Info, error) {
	p, err := f.place(r, Stat, fill)
	if err != nil {
		return Info{}, err
	}
	at, ok := f.changed[p]
	if !ok {
		at = now
	}
	if c, ok := f.files[p]; ok {
		return Info{Size: int64(len(c)), ModTime: at, Dev: f.devs[p]}, nil
	}
	if d, ok := f.devs[p]; ok {
		return Info{ModTime: at, Dev: d}, nil
	}
	if len(f.below(p)) > 0 {
		return Info{Dir: true, ModTime: at, Root: !f.theirs[p]}, nil
	}
	return Info{}, fs.ErrNotExist
}

func (f *fake) Names(_ context.Context, r Read, fill ...string) ([]string, error) {
	p, err := f.place(r, Names, fill)
	if err != nil {
		return nil, err
	}
	names := f.below(p)
	if len(names) == 0 {
		return nil, fs.ErrNotExist
	}
	return names, nil
}

// below are the names in a folder.
func (f *fake) below(dir string) []string {
	seen := map[string]bool{}
	add := func(p string) {
		rest, ok := strings.CutPrefix(p, strings.TrimRight(dir, `/\`))
		if !ok || rest == "" || (rest[0] != '/' && rest[0] != '\\') {
			return
		}
		if i := strings.IndexAny(rest[1:], `/\`); i >= 0 {
			rest = rest[:i+1]
		}
		if rest[1:] != "" {
			seen[rest[1:]] = true
		}
	}
	for p := range f.files {
		add(p)
	}
	for p := range f.links {
		add(p)
	}
	for p := range f.devs {
		add(p)
	}
	for p := range f.registry {
		add(p)
	}
	return sorted(seen)
}

func (f *fake) Link(_ context.Context, r Read, fill ...string) (string, error) {
	p, err := f.place(r, Link, fill)
	if err != nil {
		return "", err
	}
	to, ok := f.links[p]
	if !ok {
		return "", fs.ErrNotExist
	}
	return to, nil
}

func (f *fake) Run(_ context.Context, r Read, fill ...string) (Output, error) {
	p, err := f.place(r, Command, fill)
	if err != nil {
		return Output{}, err
	}
	o, ok := f.outputs[p]
	if !ok {
		return Output{}, fs.ErrNotExist
	}
	return o, nil
}

func (f *fake) Registry(_ context.Context, r Read, fill ...string) (Value, error) {
	p, err := f.place(r, Registry, fill)
	if err != nil {
		return Value{}, err
	}
	v, ok := f.registry[p]
	if !ok {
		return Value{}, fs.ErrNotExist
	}
	return v, nil
}

func (f *fake) Call(_ context.Context, r Read, fill ...string) (int64, error) {
	p, err := f.place(r, Call, fill)
	if err != nil {
		return 0, err
	}
	n, ok := f.calls[p]
	if !ok {
		return 0, fs.ErrNotExist
	}
	return n, nil
}

func (f *fake) Users(context.Context) ([]User, error) { return f.users, f.errs["users"] }

// verdict makes one check on the machine and writes it as "fail(off)".
func (f *fake) verdict(t *testing.T, p wire.Platform, c wire.Check, in Input) string {
	t.Helper()
	in.Platform = p
	if in.Now.IsZero() {
		in.Now = now
	}
	if in.Settings == (wire.Settings{}) {
		in.Settings = wire.Usual()
	}
	make := checkers[p][c]
	if make == nil {
		t.Fatalf("nothing makes %s on %s", c, p)
	}
	a := make(t.Context(), f, in)
	if a.Reason != "" && !a.Reason.Fits(c, a.Verdict) {
		t.Errorf("%s(%s) is no verdict of %s", a.Verdict, a.Reason, c)
	}
	if a.Reason == "" {
		return string(a.Verdict)
	}
	return string(a.Verdict) + "(" + string(a.Reason) + ")"
}
