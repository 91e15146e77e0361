package check

import (
	"maps"
	"slices"

	"github.com/toucan-grc/toucan/internal/wire"
)

// device is the number of a block device as Info.Dev holds it: the way Linux writes it.
func device(major, minor uint64) uint64 {
	return (major&0xfff)<<8 | (major&^0xfff)<<32 | minor&0xff | (minor&^0xff)<<12
}

func majorMinor(dev uint64) (major, minor uint64) {
	return (dev>>8)&0xfff | (dev>>32)&^0xfff, dev&0xff | (dev>>12)&^0xff
}

func sorted(set map[string]bool) []string { return slices.Sorted(maps.Keys(set)) }

// couldNotTell is a verdict that could not be made.
func couldNotTell(r wire.Reason) Answer {
	return Answer{Result: wire.Result{Verdict: wire.CouldNotTell, Reason: r}}
}
