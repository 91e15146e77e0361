package agent

import "testing"

// careful has nothing to set: rights are taken over from the folder above.
func careful(*testing.T) {}
