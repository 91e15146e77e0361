package main

import (
	"golang.org/x/sys/windows"

	"github.com/toucan-grc/toucan/internal/wire"
)

const platform = wire.Windows

// stateDir asks Windows, not the environment, so nobody but an administrator can have
// the key of the device written elsewhere.
func stateDir() string {
	data, err := windows.KnownFolderPath(windows.FOLDERID_ProgramData, windows.KF_FLAG_DEFAULT)
	if err != nil {
		data = `C:\ProgramData`
	}
	return data + `\Toucan Agent`
}
