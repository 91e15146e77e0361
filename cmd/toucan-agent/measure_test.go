//go:build measure && linux

package main

import (
	"bufio"
	"encoding/pem"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/toucan-grc/toucan/internal/wire"
)

// TestIdle runs the program as it ships against a server on the same machine, for
// MINUTES, and holds memory and processor time against what is promised. What the
// programs took that the checks started counts too. Nothing is left out but the enrolment:
// the first look and the first report are counted, as if they came every hour.
func TestIdle(t *testing.T) {
	minutes, err := strconv.Atoi(os.Getenv("MINUTES"))
	if err != nil || minutes < 1 {
		t.Fatal("MINUTES is how long to measure")
	}
	dir := t.TempDir()
	program := filepath.Join(dir, "toucan-agent")
	build := exec.Command("go", "build", "-trimpath", "-ldflags", "-s -w -X main.version=1.2.3", "-o", program, ".")
	build.Env = append(os.Environ(), "CGO_ENABLED=0", "GOFLAGS=") // as the packages are built
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	got := make(chan wire.Delivery, 1000)
	s := httptest.NewTLSServer(accept(t, got))
	defer s.Close()
	// the authorities of the system and the one of the server: as many as on a laptop
	bundle, err := os.ReadFile("/etc/ssl/certs/ca-certificates.crt")
	if err != nil {
		t.Fatal(err)
	}
	bundle = append(bundle, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.Certificate().Raw})...)
	authorities := filepath.Join(dir, "authorities.pem")
	if err := os.WriteFile(authorities, bundle, 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("SSL_CERT_FILE", authorities)
	state := filepath.Join(dir, "state")
	if out, err := exec.Command(program, "enroll", s.URL+"/o/acme#"+code, "--state", state).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	args := []string{program, "run", "--state", state}
	if os.Geteuid() == 0 { // what others mount on this machine would wake the agent: see mounts of its own
		args = append([]string{"unshare", "--mount", "--propagation", "private"}, args...)
	}
	run := exec.Command(args[0], args[1:]...)
	run.Stderr = os.Stderr
	if err := run.Start(); err != nil {
		t.Fatal(err)
	}
	<-got
	time.Sleep(5 * time.Second) // until the receipt is kept
	first := cpuOf(t, run.Process.Pid)
	time.Sleep(time.Duration(minutes) * time.Minute)
	all, rss, peak := cpuOf(t, run.Process.Pid), memory(t, run.Process.Pid, "VmRSS"), memory(t, run.Process.Pid, "VmHWM")
	if err := run.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	asked := time.Now()
	if err := run.Wait(); err != nil {
		t.Errorf("it ends with %v", err)
	}
	t.Logf("ended %v after SIGTERM", time.Since(asked).Round(time.Millisecond))
	perHour := first + (all-first)*60/time.Duration(minutes)
	t.Logf("%d minutes: %.1f MB resident at rest, %.1f MB at most; %v of processor time for the start, a look and a report, %v in the minutes after; %v an hour with one look and one report in it",
		minutes, rss, peak, first, all-first, perHour)
	if rss >= 20 || perHour >= 300*time.Millisecond {
		t.Errorf("promised are less than 20 MB and 300 ms")
	}
}

// cpuOf is what a process and the programs it started have used: its own threads to the
// nanosecond, the programs to the hundredth of a second.
func cpuOf(t *testing.T, pid int) time.Duration {
	threads, err := filepath.Glob("/proc/" + strconv.Itoa(pid) + "/task/*/schedstat")
	if err != nil || len(threads) == 0 {
		t.Fatal("no /proc/PID/task/*/schedstat", err)
	}
	number := func(text string) int64 {
		n, err := strconv.ParseInt(text, 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	var all time.Duration
	for _, name := range threads {
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		all += time.Duration(number(strings.Fields(string(b))[0]))
	}
	b, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	if err != nil {
		t.Fatal(err)
	}
	_, after, _ := strings.Cut(string(b), ") ")
	for _, f := range strings.Fields(after)[13:15] { // cutime, cstime
		all += time.Duration(number(f)) * 10 * time.Millisecond
	}
	return all.Round(100 * time.Microsecond)
}

// memory is a line of /proc/PID/status, in megabytes.
func memory(t *testing.T, pid int, name string) float64 {
	f, err := os.Open("/proc/" + strconv.Itoa(pid) + "/status")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for lines := bufio.NewScanner(f); lines.Scan(); {
		if rest, ok := strings.CutPrefix(lines.Text(), name+":"); ok {
			n, err := strconv.ParseFloat(strings.Fields(rest)[0], 64)
			if err != nil {
				t.Fatal(err)
			}
			return n / 1024
		}
	}
	t.Fatalf("no %s", name)
	return 0
}
