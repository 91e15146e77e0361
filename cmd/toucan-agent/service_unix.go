//go:build !windows

package main

import (
	"context"
	"net"
	"os"
	"time"
)

// serve works in the foreground, as systemd, launchd and OpenRC expect it, and ends
// within a second of being asked to.
func serve(ctx context.Context, work func(ctx context.Context, ready func())) error {
	stop := context.AfterFunc(ctx, func() {
		time.Sleep(900 * time.Millisecond)
		os.Exit(0) // whatever still runs holds nothing that a new process needs
	})
	defer stop()
	work(ctx, func() { notify(os.Getenv("NOTIFY_SOCKET")) })
	return nil
}

// notify tells systemd that the service is at work. Without systemd there is nobody to
// tell.
func notify(socket string) {
	if socket == "" {
		return
	}
	if socket[0] == '@' {
		socket = "\x00" + socket[1:]
	}
	c, err := net.DialUnix("unixgram", nil, &net.UnixAddr{Name: socket, Net: "unixgram"})
	if err != nil {
		return
	}
	_, _ = c.Write([]byte("READY=1"))
	_ = c.Close() // a datagram needs no goodbye
}
