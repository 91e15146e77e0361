//go:build measure && linux

package main

import (
	"bufio"
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
	if out, err := exec.Command("go", "build", "-trimpath", "-ldflags", "-s -w -X main.version=1.2.3", "-o", program, ".").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	got := make(chan wire.Delivery, 1000)
	s := httptest.NewServer(accept(t, got))
	defer s.Close()
	state := filepath.Join(dir, "state")
	if out, err := exec.Command(program, "enroll", s.URL+"/o/acme#"+code, "--state", state).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	run := exec.Command(program, "run", "--state", state)
	run.Stderr = os.Stderr
	if err := run.Start(); err != nil {
		t.Fatal(err)
	}
	<-got
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

// cpuOf is what a process and the programs it started have used.
func cpuOf(t *testing.T, pid int) time.Duration {
	b, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	if err != nil {
		t.Fatal(err)
	}
	_, after, _ := strings.Cut(string(b), ") ")
	var ticks int64
	for _, f := range strings.Fields(after)[11:15] { // utime, stime, and both of the children
		n, err := strconv.ParseInt(f, 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		ticks += n
	}
	return time.Duration(ticks) * 10 * time.Millisecond
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
