// Command toucan is the whole product in one binary: the server, the offline
// commands, and the embedded database.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/toucan-grc/toucan/internal/cli"
)

// version is set at build time with -ldflags "-X main.version=...".
var version = "dev"

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := cli.Run(ctx, &cli.App{
		Stdout: os.Stdout, Stderr: os.Stderr, Now: time.Now, Version: version, Environ: os.Getenv,
	}, os.Args[1:])
	stop()
	os.Exit(code)
}
