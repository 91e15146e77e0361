//go:build crash

package crash

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/toucan-grc/toucan/internal/cli"
	"github.com/toucan-grc/toucan/internal/db/dbtest"
)

const (
	childVariable  = "TOUCAN_CRASH_CHILD" // set: this process is the server, and its arguments are those of toucan
	roundsVariable = "ROUNDS"
	senders        = 6
)

// TestMain is the server when the test starts this binary again, and the test
// otherwise.
func TestMain(m *testing.M) {
	if os.Getenv(childVariable) == "" {
		os.Exit(m.Run())
	}
	os.Exit(cli.Run(context.Background(), &cli.App{Stdout: os.Stdout, Stderr: os.Stderr, Now: time.Now, Version: "crash", Environ: os.Getenv}, os.Args[1:]))
}

func rounds(t *testing.T) int {
	text := os.Getenv(roundsVariable)
	if text == "" {
		return 200
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 {
		t.Fatalf("%s=%q is no number of rounds", roundsVariable, text)
	}
	return n
}

// TestWhatWasAcknowledgedSurvivesAKill kills a server that takes evidence from
// several senders for two organisations, at a moment of chance, and opens what it
// left.
func TestWhatWasAcknowledgedSurvivesAKill(t *testing.T) {
	for engine, address := range map[string]func(t *testing.T) string{
		"sqlite":   func(*testing.T) string { return "" },
		"postgres": func(t *testing.T) string { return dbtest.Schema(t) },
	} {
		t.Run(engine, func(t *testing.T) {
			t.Parallel()
			h := found(t, address(t))
			began := time.Now()
			for n := range rounds(t) {
				if h.round(t, n); t.Failed() {
					t.Fatalf("round %d", n)
				}
			}
			h.settle(t)
			fmt.Printf("crash: %s: %d rounds, %d items acknowledged, %d of them sent again after a kill, %d were there already, %d drafts swept, %.0f s\n",
				engine, rounds(t), h.acknowledged, h.again, h.there, h.swept, time.Since(began).Seconds())
		})
	}
}

// round lets senders send until the server is killed, and checks what is left.
func (h *house) round(t *testing.T, n int) {
	chance := rand.New(rand.NewPCG(uint64(n), 4))
	server, base := h.start(t)
	delay := time.Duration(20+chance.IntN(400)) * time.Millisecond
	ctx, cancel := context.WithCancel(t.Context())
	answers := make([]sent, senders)
	filed := make(chan struct{}, senders)
	var wg sync.WaitGroup
	for i := range answers {
		s := sender{h: h, filed: filed, base: base, chance: rand.New(rand.NewPCG(uint64(n), uint64(100+i))), org: h.orgs[i%len(h.orgs)], token: h.orgs[i%len(h.orgs)].tokens[i/len(h.orgs)], name: fmt.Sprintf("%d/%d", n, i)}
		first := h.open[i] // was on its way when the server was killed last
		wg.Go(func() { answers[i] = s.send(ctx, first) })
	}
	if n%2 == 1 { // every other time, the server may file something first
		select {
		case <-filed:
		case <-time.After(10 * time.Second):
			t.Error("nothing was filed within ten seconds")
		}
	}
	time.Sleep(delay)
	if err := server.Process.Kill(); err != nil {
		t.Errorf("kill: %v", err)
	}
	_ = server.Wait()
	cancel()
	wg.Wait()
	var kept []piece
	for i, a := range answers {
		if a.err != nil {
			t.Errorf("round %d: %v", n, a.err)
		}
		kept = append(kept, a.kept...)
		h.open[i] = a.open
		h.again += a.again
		h.there += a.there
	}
	h.acknowledged += len(kept)
	drafts, _ := h.files(t)
	h.swept += drafts
	h.check(t, kept, time.Now().Add(2*time.Hour)) // by then, uploads that stand still are swept
	if drafts, _ := h.files(t); drafts > 0 {
		t.Errorf("%d drafts are left after a sweep", drafts)
	}
}

// start runs the server as a process of its own, and returns where it listens.
func (h *house) start(t *testing.T) (*exec.Cmd, string) {
	t.Helper()
	args := []string{"serve", "--data-dir", h.dir, "--addr", "127.0.0.1:0"}
	if h.address != "" {
		args = append(args, "--database", h.address)
	}
	c := exec.Command(os.Args[0], args...)
	c.Env = append(os.Environ(), childVariable+"=1")
	out, err := c.StdoutPipe()
	must(t, err)
	said := &strings.Builder{}
	c.Stderr = said
	must(t, c.Start())
	t.Cleanup(func() { _ = c.Process.Kill() }) // of one that was killed already, nothing
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		if _, rest, ok := strings.Cut(lines.Text(), "listens on "); ok {
			address, _, _ := strings.Cut(rest, " ")
			u, err := url.Parse(strings.TrimSuffix(address, "."))
			must(t, err)
			go func() { _, _ = io.Copy(io.Discard, out) }()
			return c, u.String() + "/api/v1/o/"
		}
	}
	_ = c.Wait()
	t.Fatalf("the server did not start: %s", said)
	return nil, ""
}

// drafts counts what unfinished uploads left, and blobs the files that are kept.
func (h *house) files(t *testing.T) (drafts, blobs int) {
	t.Helper()
	root := filepath.Join(h.dir, "blobs")
	must(t, filepath.WalkDir(root, func(path string, e os.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		switch {
		case strings.HasPrefix(path, filepath.Join(root, "tmp")+string(filepath.Separator)):
			drafts++
		case len(e.Name()) >= 60:
			blobs++
		}
		return nil
	}))
	return drafts, blobs
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
