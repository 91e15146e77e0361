package endpoint

import (
	"crypto/tls"
	"net/http"
	"testing"
)

// TestTheServerAsAgentsNameIt: the name stands in what an agent signs, so that a message
// to one server is none to another.
func TestTheServerAsAgentsNameIt(t *testing.T) {
	for name, tt := range map[string]struct {
		configured string
		trust      bool
		secure     bool
		forwarded  string
		host, want string
	}{
		"in the clear":                      {host: "Toucan.Example:80", want: "toucan.example"},
		"in the clear at a port of its own": {host: "toucan.example:8484", want: "toucan.example:8484"},
		"over TLS":                          {secure: true, host: "toucan.example:443", want: "toucan.example"},
		"over TLS at the port of the other": {secure: true, host: "toucan.example:80", want: "toucan.example:80"},
		"a trusted proxy":                   {trust: true, forwarded: "https", host: "toucan.example:443", want: "toucan.example"},
		"a proxy nobody trusts":             {forwarded: "https", host: "toucan.example:443", want: "toucan.example:443"},
		"told by who runs it":               {configured: "toucan.example", host: "10.0.0.7:8484", want: "toucan.example"},
	} {
		r := &http.Request{Host: tt.host, Header: http.Header{}}
		if tt.secure {
			r.TLS = &tls.ConnectionState{}
		}
		if tt.forwarded != "" {
			r.Header.Set("X-Forwarded-Proto", tt.forwarded)
		}
		d := &door{Config: Config{Host: tt.configured, TrustProxy: tt.trust}}
		if got := d.host(r); got != tt.want {
			t.Errorf("%s: %q, want %q", name, got, tt.want)
		}
	}
}
