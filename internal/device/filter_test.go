package device

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/toucan-grc/toucan/internal/result"
	"github.com/toucan-grc/toucan/internal/wire"
)

func TestWhatAFilterOfDevicesTakes(t *testing.T) {
	yes, no := true, false
	heard := []Source{{Kind: Agent}}
	fails := Device{State: InUse, Owner: "p", Platform: wire.Linux, Sources: heard, Checks: []Verdict{{Check: wire.DiskEncryption, State: result.Fail}}}
	allowed := Device{State: InUse, Platform: wire.Linux, Checks: []Verdict{{Check: wire.DiskEncryption, State: result.NotApplicable, Waiver: "w"}}}
	lost := Device{State: Lost, Platform: wire.Linux, Checks: fails.Checks}
	for _, tt := range []struct {
		name                 string
		f                    Filter
		fails, allowed, lost bool
	}{
		{"nothing", Filter{}, true, true, true},
		{"a state", Filter{State: Lost}, false, false, true},
		{"an owner", Filter{Owner: "p"}, true, false, false},
		{"nobody's", Filter{Owner: Nobody}, false, true, true},
		{"a check that fails", Filter{Check: wire.DiskEncryption, Stands: "fail"}, true, false, true},
		{"a waived check is counted apart", Filter{Check: wire.DiskEncryption, Stands: "not_applicable"}, false, false, false},
		{"a waived check", Filter{Check: wire.DiskEncryption, Stands: Waiving}, false, true, false},
		{"heard of", Filter{Reporting: &yes}, true, false, false},
		{"not heard of", Filter{Reporting: &no}, false, true, true},
	} {
		if a, b, c := tt.f.Takes(fails), tt.f.Takes(allowed), tt.f.Takes(lost); a != tt.fails || b != tt.allowed || c != tt.lost {
			t.Errorf("%s takes %t, %t, %t", tt.name, a, b, c)
		}
	}
	for d, want := range map[*Device]string{
		&fails:   "check=disk_encryption.fail platform=linux show=fail source=agent",
		&allowed: "check=disk_encryption.waived owner=none platform=linux show=silent show=waived show=nobody",
		&lost:    "platform=linux show=lost",
	} {
		var got []string
		facets := d.Facets()
		for _, k := range slices.Sorted(maps.Keys(facets)) {
			for _, v := range facets[k] {
				got = append(got, k+"="+v)
			}
		}
		if s := strings.Join(got, " "); s != want {
			t.Errorf("facets %s, want %s", s, want)
		}
	}
}
