//go:build !windows

package main

import (
	"net"
	"path/filepath"
	"testing"
)

// TestSystemdIsTold: a unit of Type=notify waits for it.
func TestSystemdIsTold(t *testing.T) {
	path := filepath.Join(t.TempDir(), "notify")
	c, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: path, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	notify("")
	notify(path + "-of-nobody")
	notify(path)
	b := make([]byte, 64)
	n, err := c.Read(b)
	if err != nil || string(b[:n]) != "READY=1" {
		t.Errorf("it was told %q, %v", b[:n], err)
	}
}
