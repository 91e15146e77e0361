//go:build !windows

package host

import "github.com/toucan-grc/toucan/internal/agent/check"

// isKey and keyNames are of Windows: nowhere else is there a registry.
func isKey(string) bool { return false }

func keyNames(string) ([]string, error) { return nil, check.ErrRefused }
