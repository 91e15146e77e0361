package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"
)

// server is the process that is measured.
type server struct {
	cmd  *exec.Cmd
	said *tail
	gone chan struct{}
}

// tail keeps the end of what was written.
type tail struct {
	mu sync.Mutex
	b  []byte
}

func (t *tail) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.b = append(t.b, p...)
	t.b = t.b[max(0, len(t.b)-4000):]
	return len(p), nil
}

func (s *server) tail() string {
	s.said.mu.Lock()
	defer s.said.mu.Unlock()
	return string(s.said.b)
}

// start runs the server and waits until it answers.
func (b *bench) start(ctx context.Context) error {
	args := []string{"serve", "--data-dir", filepath.Join(b.dir, "data"), "--addr", fmt.Sprintf("%s:%d", host, b.port),
		"--tls-cert", filepath.Join(b.dir, "cert.pem"), "--tls-key", filepath.Join(b.dir, "key.pem")}
	if b.database != "" {
		args = append(args, "--database", b.database)
	}
	s := &server{cmd: exec.Command(b.binary, args...), said: &tail{}, gone: make(chan struct{})}
	s.cmd.Stdout, s.cmd.Stderr = s.said, s.said
	if b.serverCPU != "" {
		s.cmd.Env = append(os.Environ(), "GOMAXPROCS="+strconv.Itoa(1+strings.Count(b.serverCPU, ",")))
	}
	if err := s.cmd.Start(); err != nil {
		return err
	}
	b.server = s
	go func() { _ = s.cmd.Wait(); close(s.gone) }() // how it ended shows in what it said
	if err := pin(s.cmd.Process.Pid, b.serverCPU); err != nil {
		return err
	}
	for until := time.Now().Add(time.Minute); ; {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, fmt.Sprintf("https://%s:%d/", host, b.port), nil)
		if err != nil {
			return err
		}
		res, err := b.client.Do(req)
		if err == nil {
			return res.Body.Close()
		}
		select {
		case <-s.gone:
			return fmt.Errorf("the server ended: %s", s.tail())
		case <-time.After(50 * time.Millisecond):
		}
		if time.Now().After(until) {
			return fmt.Errorf("the server does not answer: %w: %s", err, s.tail())
		}
	}
}

func (s *server) stop() {
	_ = s.cmd.Process.Signal(syscall.SIGTERM) // it may have ended
	<-s.gone
}

// kill ends it as a power cut would end the process.
func (s *server) kill() {
	_ = s.cmd.Process.Kill() // it may have ended
	<-s.gone
}

// pin binds all threads of a process to cores. Threads that begin later inherit it.
func pin(pid int, cpus string) error {
	if cpus == "" {
		return nil
	}
	out, err := exec.Command("taskset", "-a", "-p", "-c", cpus, strconv.Itoa(pid)).CombinedOutput()
	if err != nil {
		return fmt.Errorf("taskset: %w: %s", err, bytes.TrimSpace(out))
	}
	return nil
}

// spent is the processor time of a process and, with children, of those it began.
func spent(pid int, children bool) (time.Duration, error) {
	var total time.Duration
	fields, err := stat(pid)
	if err != nil {
		return 0, err
	}
	const user, kernel, tick = 11, 12, 10 * time.Millisecond // see proc(5); a tick of Linux is a hundredth of a second
	for _, i := range []int{user, kernel} {
		n, err := strconv.ParseInt(fields[i], 10, 64)
		if err != nil {
			return 0, err
		}
		total += time.Duration(n) * tick
	}
	if !children {
		return total, nil
	}
	list, err := filepath.Glob("/proc/[0-9]*/stat")
	if err != nil {
		return 0, err
	}
	for _, p := range list {
		id, err := strconv.Atoi(strings.Split(p, "/")[2])
		if err != nil {
			return 0, err
		}
		f, err := stat(id)
		if errors.Is(err, os.ErrNotExist) || errors.Is(err, syscall.ESRCH) {
			continue // it has just ended
		}
		if err != nil {
			return 0, err
		}
		if f[1] == strconv.Itoa(pid) {
			t, err := spent(id, false)
			if err == nil {
				total += t
			}
		}
	}
	return total, nil
}

// stat returns the fields of a process behind its name: state, parent and so on.
func stat(pid int) ([]string, error) {
	raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return nil, err
	}
	_, rest, ok := strings.Cut(string(raw), ") ")
	f := strings.Fields(rest)
	if !ok || len(f) < 15 {
		return nil, fmt.Errorf("the state of process %d is not as expected", pid)
	}
	return f, nil
}

// cpu is the processor time of the server and its database.
func (b *bench) cpu() (time.Duration, error) {
	t, err := spent(b.server.cmd.Process.Pid, false)
	if err != nil || b.postgres == 0 {
		return t, err
	}
	p, err := spent(b.postgres, true)
	return t + p, err
}
