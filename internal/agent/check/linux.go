package check

import (
	"maps"
	"slices"
)

// device is the number of a block device as Info.Dev holds it: the way Linux writes it.
func device(major, minor uint64) uint64 {
	return (major&0xfff)<<8 | (major&^0xfff)<<32 | minor&0xff | (minor&^0xff)<<12
}

func majorMinor(dev uint64) (major, minor uint64) {
	return (dev>>8)&0xfff | (dev>>32)&^0xfff, dev&0xff | (dev>>12)&^0xff
}

func sorted(set map[string]bool) []string { return slices.Sorted(maps.Keys(set)) }
