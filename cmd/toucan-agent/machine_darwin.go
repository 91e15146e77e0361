package main

import "github.com/toucan-grc/toucan/internal/wire"

const platform = wire.MacOS

func stateDir() string { return "/Library/Application Support/Toucan Agent" }
