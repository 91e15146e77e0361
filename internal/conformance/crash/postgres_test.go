//go:build crash

package crash

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"sync"
	"syscall"
	"testing"
	"time"
)

// cluster is a PostgreSQL of our own, which may be killed.
type cluster struct {
	bin, dir string
	port     int
	as       *syscall.Credential // PostgreSQL refuses to run as root
}

func newCluster(t *testing.T) *cluster {
	t.Helper()
	found, err := filepath.Glob("/usr/lib/postgresql/*/bin/initdb")
	must(t, err)
	if len(found) == 0 {
		t.Skip("There is no PostgreSQL in /usr/lib/postgresql to kill.")
	}
	dir, err := os.MkdirTemp("", "crash")
	must(t, err)
	t.Cleanup(func() { os.RemoveAll(dir) })
	c := &cluster{bin: filepath.Dir(slices.Max(found)), dir: dir}
	if os.Getuid() == 0 {
		u, err := user.Lookup("postgres")
		must(t, err)
		uid, err := strconv.ParseUint(u.Uid, 10, 32)
		must(t, err)
		gid, err := strconv.ParseUint(u.Gid, 10, 32)
		must(t, err)
		must(t, os.Chown(dir, int(uid), int(gid)))
		c.as = &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
	}
	free, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	c.port = free.Addr().(*net.TCPAddr).Port
	must(t, free.Close())
	c.run(t, "initdb", "-D", c.data(), "-U", "owner", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8")
	c.start(t)
	t.Cleanup(func() { _ = c.command("pg_ctl", "-D", c.data(), "-m", "immediate", "stop").Run() })
	c.run(t, "psql", "-h", "127.0.0.1", "-p", strconv.Itoa(c.port), "-U", "owner", "-d", "postgres", "-qc", "CREATE ROLE toucan LOGIN NOSUPERUSER NOBYPASSRLS")
	c.run(t, "psql", "-h", "127.0.0.1", "-p", strconv.Itoa(c.port), "-U", "owner", "-d", "postgres", "-qc", "CREATE DATABASE toucan OWNER toucan")
	return c
}

func (c *cluster) data() string { return filepath.Join(c.dir, "data") }

func (c *cluster) command(name string, args ...string) *exec.Cmd {
	cmd := exec.Command(filepath.Join(c.bin, name), args...)
	cmd.Dir = c.dir
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: c.as}
	return cmd
}

func (c *cluster) run(t *testing.T, name string, args ...string) {
	t.Helper()
	if err := c.command(name, args...).Run(); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
}

func (c *cluster) start(t *testing.T) {
	t.Helper()
	c.run(t, "pg_ctl", "-D", c.data(), "-w", "-l", filepath.Join(c.dir, "log"), "-o", fmt.Sprintf("-p %d -c listen_addresses=127.0.0.1 -c unix_socket_directories=%s", c.port, c.dir), "start")
}

// TestWhatWasAcknowledgedSurvivesTheDatabase kills PostgreSQL under a server that
// takes evidence. The server says so with a problem document, goes on once the
// database is back, and nothing that was acknowledged is lost.
func TestWhatWasAcknowledgedSurvivesTheDatabase(t *testing.T) {
	c := newCluster(t)
	h := found(t, fmt.Sprintf("postgres://toucan@127.0.0.1:%d/toucan?sslmode=disable", c.port))
	began, times, refused := time.Now(), max(1, rounds(t)/10), 0
	server, base := h.start(t)
	for n := range times {
		ctx, cancel := context.WithCancel(t.Context())
		answers := make([]sent, senders)
		filed := make(chan struct{}, senders)
		var wg sync.WaitGroup
		for i := range answers {
			o := h.orgs[i%len(h.orgs)]
			s := sender{h: h, filed: filed, base: base, chance: rand.New(rand.NewPCG(uint64(n), uint64(500+i))), org: o, token: o.tokens[i/len(h.orgs)], name: fmt.Sprintf("db/%d/%d", n, i), patient: true}
			first := h.open[i]
			wg.Go(func() { answers[i] = s.send(ctx, first) })
		}
		select {
		case <-filed: // the server is up, and has found the database again
		case <-time.After(20 * time.Second):
			t.Error("nothing was filed within 20 seconds")
		}
		time.Sleep(time.Duration(rand.New(rand.NewPCG(uint64(n), 5)).IntN(300)) * time.Millisecond)
		c.run(t, "pg_ctl", "-D", c.data(), "-m", "immediate", "stop")
		time.Sleep(100 * time.Millisecond) // somebody is refused
		c.start(t)
		time.Sleep(300 * time.Millisecond) // and gets through again
		cancel()
		wg.Wait()
		var kept []piece
		for i, a := range answers {
			if a.err != nil {
				t.Errorf("round %d: %v", n, a.err)
			}
			kept = append(kept, a.kept...)
			h.open[i] = a.open
			refused += a.refused
		}
		h.acknowledged += len(kept)
		if h.check(t, kept, time.Now()); t.Failed() {
			t.Fatalf("round %d", n)
		}
	}
	must(t, server.Process.Kill())
	_ = server.Wait()
	h.settle(t)
	if refused == 0 || h.acknowledged == 0 {
		t.Errorf("%d were refused, %d acknowledged: the database was never missed", refused, h.acknowledged)
	}
	fmt.Printf("crash: PostgreSQL killed %d times, %d items acknowledged, %d requests refused, %.0f s\n", times, h.acknowledged, refused, time.Since(began).Seconds())
}
