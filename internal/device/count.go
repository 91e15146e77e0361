package device

import (
	"github.com/toucan-grc/toucan/internal/result"
	"github.com/toucan-grc/toucan/internal/wire"
)

// Count is how the devices in use stand with a check. Only a pass is a pass; whoever
// shows one number shows Of beside it.
type Count struct {
	Check         wire.Check
	Pass          int
	Fail          int
	CouldNotTell  int
	NotApplicable int
	Waived        int // by an exception that is in force; in no other number but Of
	Stale         int // not heard of lately
	Of            int // all devices in use
}

// Sum counts the devices in use for each check, in the order of wire.Checks. Lost and
// retired ones are not counted.
func Sum(list []Device) []Count {
	out := make([]Count, 0, len(wire.Checks()))
	for i, c := range wire.Checks() {
		n := Count{Check: c}
		for k := range list {
			d := &list[k]
			if d.State != InUse || i >= len(d.Checks) {
				continue
			}
			n.Of++
			switch v := &d.Checks[i]; {
			case v.Waiver != "":
				n.Waived++
			case v.State == result.Pass:
				n.Pass++
			case v.State == result.Fail:
				n.Fail++
			case v.State == result.CouldNotTell:
				n.CouldNotTell++
			case v.State == result.NotApplicable:
				n.NotApplicable++
			default:
				n.Stale++
			}
		}
		out = append(out, n)
	}
	return out
}

// Reporting counts the devices in use that were heard of lately, of all in use.
func Reporting(list []Device) (n, of int) {
	for i := range list {
		if d := &list[i]; d.State == InUse {
			of++
			if d.Reporting() {
				n++
			}
		}
	}
	return n, of
}
