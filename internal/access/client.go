package access

import (
	"net"
	"net/http"
	"net/netip"
	"strings"
)

// Client is where a request comes from: the address, and what the program that sent it
// calls itself.
type Client struct{ IP, Agent string }

// ClientOf reads who sent a request. With trustProxy the address is the last that a proxy
// names: those before it are the word of whoever asked.
func ClientOf(r *http.Request, trustProxy bool) Client {
	ip := r.RemoteAddr
	list := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",") // a proxy may add a line of its own
	if last := strings.TrimSpace(list[len(list)-1]); trustProxy && last != "" {
		ip = last
	}
	if host, _, err := net.SplitHostPort(ip); err == nil { // some proxies name the port too
		ip = host
	}
	return Client{IP: ip, Agent: r.UserAgent()}
}

// Network is the address, or of IPv6 its network, in which everybody has as many addresses
// as they like: tries are counted by it.
func (c Client) Network() string {
	if a, err := netip.ParseAddr(c.IP); err == nil && a.Is6() && !a.Is4In6() {
		if p, err := a.WithZone("").Prefix(64); err == nil {
			return p.String()
		}
	}
	return c.IP
}
