package main

import (
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const module = "github.com/toucan-grc/toucan/"

// goTool runs the go tool for another system and returns what it prints.
func goTool(t *testing.T, system string, args ...string) string {
	t.Helper()
	cmd := exec.Command("go", args...)
	cmd.Env = append(os.Environ(), "GOOS="+system, "CGO_ENABLED=0", "GOFLAGS=") // as it is shipped, whatever the tests are built with
	out, err := cmd.Output()
	if err != nil {
		if exit, ok := errors.AsType[*exec.ExitError](err); ok {
			t.Fatalf("go %s for %s: %s", strings.Join(args, " "), system, exit.Stderr)
		}
		t.Fatal(err)
	}
	return string(out)
}

var systems = []string{"linux", "darwin", "windows"}

// TestWhatTheProgramIsMadeOf reads the build: our own packages are these six, and beside
// the standard library there is golang.org/x/sys only.
func TestWhatTheProgramIsMadeOf(t *testing.T) {
	ours := []string{"cmd/toucan-agent", "internal/agent", "internal/agent/check", "internal/agent/host", "internal/wire", "internal/wire/known"}
	// What could run what is brought to it, or render it, or answer somebody who calls.
	never := []string{"plugin", "text/template", "html/template", "database/sql", "net/rpc", "net/http/httptest", "net/http/cgi", "net/http/fcgi", "net/http/pprof", "net/smtp", "expvar", "testing", "go/parser", "encoding/gob"}
	for _, system := range systems {
		t.Run(system, func(t *testing.T) {
			var seen []string
			for line := range strings.Lines(goTool(t, system, "list", "-deps", "-f", "{{.ImportPath}} {{.Standard}}", ".")) {
				path, standard, _ := strings.Cut(strings.TrimSpace(line), " ")
				own, isOurs := strings.CutPrefix(path, module)
				switch {
				case isOurs:
					seen = append(seen, own)
				case standard == "true":
					if slices.Contains(never, path) {
						t.Errorf("it is built with %s", path)
					}
				case path != "golang.org/x/sys" && !strings.HasPrefix(path, "golang.org/x/sys/"):
					t.Errorf("it is built with %s", path)
				}
			}
			slices.Sort(seen)
			if !slices.Equal(seen, ours) {
				t.Errorf("of ours it is built with %v, want %v", seen, ours)
			}
		})
	}
}

// TestWhichPackageTouchesWhat: programs are started by host alone, the network is
// reached by agent alone, and none but these is imported where it could do either.
func TestWhichPackageTouchesWhat(t *testing.T) {
	allowed := map[string][]string{
		"os/exec":  {"internal/agent/host"},
		"net/http": {"internal/agent"},
		"net":      {"internal/agent", "cmd/toucan-agent"}, // the latter tells systemd that it is ready
		"reflect":  nil,
		"plugin":   nil,
	}
	for _, system := range systems {
		t.Run(system, func(t *testing.T) {
			out := goTool(t, system, "list", "-f", `{{.ImportPath}}{{range .Imports}} {{.}}{{end}}`, ".", module+"internal/agent/...", module+"internal/wire/...")
			execs := 0
			for line := range strings.Lines(out) {
				fields := strings.Fields(line)
				from := strings.TrimPrefix(fields[0], module)
				for _, path := range fields[1:] {
					by, watched := allowed[path]
					if watched && !slices.Contains(by, from) {
						t.Errorf("%s imports %s", from, path)
					}
					if path == "os/exec" {
						execs++
					}
				}
			}
			if execs == 0 {
				t.Error("nothing starts a program, so this test looks at the wrong packages")
			}
		})
	}
}

// TestNothingListens looks at the program as it is linked: the code that would accept a
// connection is not in it, nor is any that loads code.
func TestNothingListens(t *testing.T) {
	for _, system := range systems {
		t.Run(system, func(t *testing.T) {
			program := filepath.Join(t.TempDir(), "toucan-agent")
			goTool(t, system, "build", "-o", program, ".")
			symbols := goTool(t, system, "tool", "nm", program)
			for _, never := range []string{"net/http.(*Server).Serve", "net/http.ListenAndServe", "net.Listen", "net.(*ListenConfig).Listen", "net.(*netFD).accept", "net.(*TCPListener).Accept", "net.ListenPacket", "plugin.Open", "reflect.Value.MethodByName", "net/http/httptest."} {
				for line := range strings.Lines(symbols) {
					if fields := strings.Fields(line); len(fields) > 2 && strings.HasPrefix(fields[2], never) {
						t.Errorf("%s is in the program", fields[2])
						break
					}
				}
			}
			for _, there := range []string{"net/http.(*Transport).RoundTrip", module + "internal/agent/check.Run"} {
				if !strings.Contains(symbols, there) {
					t.Errorf("%s is not in the program, so this test looks at the wrong thing", there)
				}
			}
		})
	}
}

// TestNoSwitchInTheEnvironment reads the source: no variable of the environment changes
// what the program does. systemd's socket, to which it says that it is ready, is the one
// it asks for; net/http reads those of a proxy.
func TestNoSwitchInTheEnvironment(t *testing.T) {
	asked := map[string]int{}
	for _, dir := range []string{".", "../../internal/agent", "../../internal/agent/check", "../../internal/agent/host", "../../internal/wire", "../../internal/wire/known"} {
		files, err := filepath.Glob(filepath.Join(dir, "*.go"))
		if err != nil || len(files) == 0 {
			t.Fatal(dir, err)
		}
		for _, name := range files {
			if strings.HasSuffix(name, "_test.go") {
				continue
			}
			file, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
			if err != nil {
				t.Fatal(err)
			}
			ast.Inspect(file, func(n ast.Node) bool {
				call, ok := n.(*ast.CallExpr)
				if !ok {
					return true
				}
				sel, ok := call.Fun.(*ast.SelectorExpr)
				if !ok || !slices.Contains([]string{"Getenv", "LookupEnv", "Environ", "ExpandEnv", "Expand"}, sel.Sel.Name) {
					return true
				}
				what := sel.Sel.Name
				if len(call.Args) == 1 {
					if lit, ok := call.Args[0].(*ast.BasicLit); ok {
						what, _ = strconv.Unquote(lit.Value)
					}
				}
				asked[what]++
				return true
			})
		}
	}
	if len(asked) != 1 || asked["NOTIFY_SOCKET"] != 1 {
		t.Errorf("asked of the environment: %v, want NOTIFY_SOCKET once", asked)
	}
}
