//go:build unix

package cli

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

func TestADeviceIsWrittenToAndStaysADevice(t *testing.T) {
	pipe := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Skip("skipped: this system has no named pipes")
	}
	read := make(chan []byte)
	go func() {
		data, _ := os.ReadFile(pipe)
		read <- data
	}()
	file := write(t, t.TempDir(), "controls.csv", inventory)
	if code, _, errs := run(t, "gap", "--inventory", file, "--out", pipe); code != 0 {
		t.Fatalf("exit %d: %s", code, errs)
	}
	if data := <-read; len(data) == 0 {
		t.Error("nothing came through the pipe")
	}
	if info, err := os.Stat(pipe); err != nil || info.Mode().IsRegular() {
		t.Errorf("the pipe became a file: %v", err)
	}
}
