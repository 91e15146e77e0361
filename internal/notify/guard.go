package notify

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/toucan-grc/toucan/internal/problem"
)

// Guard keeps addresses that a person typed from leading into the network the
// server stands in. It looks at the address a connection is really made to, after
// names were resolved, so that no name can point inside. The zero value lets
// through public addresses only. It is safe for concurrent use.
type Guard struct {
	names  []string // hosts that may be anywhere
	ranges []netip.Prefix
}

// NewGuard returns a guard that also lets through the hosts and ranges an
// administrator of the machine named: "hooks.corp.example", "10.1.2.0/24".
func NewGuard(allow []string) (*Guard, error) {
	g := &Guard{}
	for _, a := range allow {
		a = strings.ToLower(strings.TrimSpace(a))
		if p, err := netip.ParsePrefix(a); err == nil {
			g.ranges = append(g.ranges, p.Masked())
		} else if ip, err := netip.ParseAddr(a); err == nil {
			g.ranges = append(g.ranges, netip.PrefixFrom(ip, ip.BitLen()))
		} else if a != "" && !strings.ContainsAny(a, "/: ") {
			g.names = append(g.names, a)
		} else {
			return nil, problem.Field("allow-private", fmt.Sprintf("%q is neither a host name nor a range of addresses such as 10.1.2.0/24.", a))
		}
	}
	return g, nil
}

// inside are the ranges that lead to the machine itself, to its network, or to
// nowhere: the special-purpose registries of IPv4 and IPv6 (RFC 6890).
var inside = prefixes(
	"0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24",
	"192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
	"::/128", "::1/128", "64:ff9b:1::/48", "100::/64", "2001::/23", "2001:db8::/32", "3fff::/20", "5f00::/16", "fc00::/7", "fe80::/10", "fec0::/10", "ff00::/8",
)

func prefixes(list ...string) []netip.Prefix {
	var out []netip.Prefix
	for _, s := range list {
		out = append(out, netip.MustParsePrefix(s))
	}
	return out
}

// embedded says where an IPv6 address carries an IPv4 address that a gateway
// would go to: NAT64 (RFC 6052), 6to4, and the old compatible form.
var embedded = []struct {
	in netip.Prefix
	at int // byte of the IPv4 address
}{
	{netip.MustParsePrefix("64:ff9b::/96"), 12},
	{netip.MustParsePrefix("2002::/16"), 2},
	{netip.MustParsePrefix("::/96"), 12},
	{netip.MustParsePrefix("::ffff:0:0:0/96"), 12}, // translated form of RFC 2765
}

// Reach says whether a connection to ip may be made; the error says why not.
func (g *Guard) Reach(ip netip.Addr) error {
	ip = ip.Unmap().WithZone("")
	if slices.ContainsFunc(g.ranges, func(p netip.Prefix) bool { return p.Contains(ip) }) {
		return nil
	}
	if !ip.IsValid() || slices.ContainsFunc(inside, func(p netip.Prefix) bool { return p.Contains(ip) }) {
		return errPrivate
	}
	for _, e := range embedded {
		if e.in.Contains(ip) {
			b := ip.As16()
			return g.Reach(netip.AddrFrom4([4]byte(b[e.at : e.at+4])))
		}
	}
	return nil
}

var errPrivate = errors.New("the address leads into a private network")

// control is asked by the dialler for every address it is about to connect to.
func (g *Guard) control(_ context.Context, _, address string, _ syscall.RawConn) error {
	at, err := netip.ParseAddrPort(address)
	if err != nil {
		return errPrivate
	}
	return g.Reach(at.Addr())
}

// Named reports whether an administrator of the machine named the host.
func (g *Guard) Named(host string) bool {
	host = strings.ToLower(strings.TrimSuffix(host, "."))
	if slices.Contains(g.names, host) {
		return true
	}
	ip, err := netip.ParseAddr(host)
	return err == nil && slices.ContainsFunc(g.ranges, func(p netip.Prefix) bool { return p.Contains(ip.Unmap()) })
}

// DialContext connects to an address that a person typed.
func (g *Guard) DialContext(ctx context.Context, network, address string) (net.Conn, error) {
	d := net.Dialer{Timeout: 10 * time.Second, ControlContext: g.control}
	if host, _, err := net.SplitHostPort(address); err == nil && g.Named(host) {
		d.ControlContext = nil
	}
	return d.DialContext(ctx, network, address)
}

// Client returns a client for addresses that a person typed: it follows no
// redirect, uses no proxy, keeps no connection, and ends after timeout.
func (g *Guard) Client(timeout time.Duration) *http.Client {
	return &http.Client{
		Timeout:       timeout,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Transport: &http.Transport{DialContext: g.DialContext, Proxy: nil, DisableKeepAlives: true, ForceAttemptHTTP2: true,
			TLSHandshakeTimeout: 10 * time.Second, ResponseHeaderTimeout: timeout, MaxResponseHeaderBytes: 64 << 10},
	}
}
