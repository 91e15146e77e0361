package main

import "github.com/toucan-grc/toucan/internal/wire"

const platform = wire.Linux

func stateDir() string { return "/var/lib/toucan-agent" }
