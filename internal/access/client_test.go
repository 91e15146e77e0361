package access

import (
	"net/http"
	"strings"
	"testing"
)

func TestTheAddressOfAClient(t *testing.T) {
	for name, tt := range map[string]struct {
		remote, forwarded string
		trust             bool
		want, network     string
	}{
		"IPv4":                          {"192.0.2.1:4444", "", false, "192.0.2.1", "192.0.2.1"},
		"a proxy nobody trusts":         {"192.0.2.1:4444", "198.51.100.7", false, "192.0.2.1", "192.0.2.1"},
		"a proxy that is trusted":       {"192.0.2.1:4444", "203.0.113.9, 198.51.100.7", true, "198.51.100.7", "198.51.100.7"},
		"one with a line of its own":    {"192.0.2.1:4444", "203.0.113.9\n198.51.100.7", true, "198.51.100.7", "198.51.100.7"},
		"one that names the port":       {"192.0.2.1:4444", "198.51.100.7:51234", true, "198.51.100.7", "198.51.100.7"},
		"one that names IPv6":           {"192.0.2.1:4444", "2001:db8:1:2::1", true, "2001:db8:1:2::1", "2001:db8:1:2::/64"},
		"one that says nothing":         {"192.0.2.1:4444", "", true, "192.0.2.1", "192.0.2.1"},
		"one that ends with nothing":    {"192.0.2.1:4444", "203.0.113.9, ", true, "192.0.2.1", "192.0.2.1"},
		"IPv6 is a network":             {"[2001:db8:1:2:3:4:5:6]:4444", "", false, "2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"},
		"another address of it":         {"[2001:db8:1:2::1]:4444", "", false, "2001:db8:1:2::1", "2001:db8:1:2::/64"},
		"with a zone":                   {"[fe80::1%eth0]:4444", "", false, "fe80::1%eth0", "fe80::/64"},
		"IPv4 in the clothes of IPv6":   {"[::ffff:192.0.2.1]:4444", "", false, "::ffff:192.0.2.1", "::ffff:192.0.2.1"},
		"a name, as in tests and pipes": {"@", "", false, "@", "@"},
	} {
		r := &http.Request{RemoteAddr: tt.remote, Header: http.Header{"User-Agent": {"test"}}}
		for l := range strings.Lines(tt.forwarded) {
			r.Header.Add("X-Forwarded-For", strings.TrimSpace(l))
		}
		got := ClientOf(r, tt.trust)
		if got != (Client{tt.want, "test"}) || got.Network() != tt.network {
			t.Errorf("%s: %+v of %s, want %s of %s", name, got, got.Network(), tt.want, tt.network)
		}
	}
}
