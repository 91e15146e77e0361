package check

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"github.com/toucan-grc/toucan/internal/wire"
)

var onWall = []wire.Check{wire.Firewall}

var (
	linuxUFW = line(Read{
		ID: "linux.ufw", Platform: wire.Linux, Kind: File, Where: "/etc/ufw/ufw.conf", Max: 64 << 10, For: onWall, Watch: true,
		Why: "Whether ufw is switched on. That alone is no pass: its rules have to be loaded too.",
	})
	linuxNFT = line(Read{
		ID: "linux.nft", Platform: wire.Linux, Kind: Command, Where: "/usr/sbin/nft", Args: []string{"-j", "-t", "list", "ruleset"}, Max: 4 << 20, For: onWall,
		Why: "The rules of the firewall that are loaded. Only whether they keep out what nobody asked for is worked out; which ports are open is not.",
	})
	linuxTables4 = line(Read{
		ID: "linux.ip-tables", Platform: wire.Linux, Kind: File, Where: "/proc/net/ip_tables_names", Max: 4096, For: onWall,
		Why: "Whether rules of the old kind are loaded.",
	})
	linuxTables6 = line(Read{
		ID: "linux.ip6-tables", Platform: wire.Linux, Kind: File, Where: "/proc/net/ip6_tables_names", Max: 4096, For: onWall,
		Why: "Whether rules of the old kind are loaded.",
	})
	linuxSaved4 = savedReads("iptables")
	linuxSaved6 = savedReads("ip6tables")
	linuxIPv6   = line(Read{
		ID: "linux.ipv6", Platform: wire.Linux, Kind: Stat, Where: "/proc/net/if_inet6", For: onWall,
		Why: "Whether the machine speaks IPv6, which a firewall for IPv4 leaves open.",
	})
	linuxIPv6Off = line(Read{
		ID: "linux.ipv6-off", Platform: wire.Linux, Kind: File, Where: "/proc/sys/net/ipv6/conf/all/disable_ipv6", Max: 16, For: onWall,
		Why: "Whether IPv6 is switched off.",
	})
)

// savedReads are the two names under which rules of the old kind are listed.
func savedReads(name string) []Read {
	var out []Read
	for i, program := range []string{"/usr/sbin/" + name + "-legacy", "/usr/sbin/" + name} {
		out = append(out, line(Read{
			ID: fmt.Sprintf("linux.%s.%d", name, i), Platform: wire.Linux, Kind: Command, Where: program, Args: []string{"-S"}, Max: 4 << 20, For: onWall,
			Why: "The rules of the old kind, where some are loaded.",
		}))
	}
	return out
}

func init() { checkers[wire.Linux][wire.Firewall] = linuxFirewall }

// protection says what the rules do with a stranger's packet.
type protection int

const (
	nothing protection = iota // no rule decides: it comes in
	open                      // a rule lets everything in
	closed                    // it is kept out
)

// linuxFirewall passes when the rules that are loaded keep out what nobody asked for, of
// IPv4 and, where it is spoken, of IPv6.
func linuxFirewall(ctx context.Context, src Source, _ Input) Answer {
	if b, err := src.File(ctx, linuxMounts); err == nil && inContainer(ctx, src, parseMounts(string(b))) {
		return Answer{Result: wire.Result{Verdict: wire.NotApplicable, Reason: wire.Container}}
	}
	v4, v6, ufw, err := loaded(ctx, src)
	if err != nil {
		return couldNotTell(whyNoRules(err))
	}
	detail := []string{fmt.Sprintf("IPv4: %s, IPv6: %s", v4, v6)}
	fail := func(r wire.Reason) Answer {
		return Answer{Result: wire.Result{Verdict: wire.Fail, Reason: r}, Detail: detail}
	}
	speaks6 := speaksIPv6(ctx, src)
	switch {
	case v4 == closed && (v6 == closed || !speaks6):
		return Answer{Result: wire.Result{Verdict: wire.Pass}, Detail: detail}
	case v4 == closed || v6 == closed:
		return fail(wire.SomeProfileOff)
	case v4 == open || v6 == open:
		return fail(wire.AllowsAll)
	}
	b, err := src.File(ctx, linuxUFW)
	switch on := ufwEnabled(string(b)); {
	case err == nil && on && ufw:
		return fail(wire.AllowsAll)
	case err == nil && on:
		return fail(wire.NotRunning)
	case err == nil:
		return fail(wire.Off)
	}
	return fail(wire.NoFirewall)
}

var (
	errRules = errors.New("check: rules that are not understood")
	errAsked = errors.New("check: not allowed to list the rules")
)

func whyNoRules(err error) wire.Reason {
	switch {
	case errors.Is(err, errAsked):
		return wire.NoPermission
	case errors.Is(err, errRules):
		return wire.UnexpectedAnswer
	}
	return because(err)
}

// ufwEnabled reads ENABLED out of ufw.conf.
func ufwEnabled(text string) bool {
	return strings.EqualFold(parseRelease(text)["ENABLED"], "yes")
}

func speaksIPv6(ctx context.Context, src Source) bool {
	if _, err := src.Stat(ctx, linuxIPv6); absent(err) {
		return false
	}
	b, err := src.File(ctx, linuxIPv6Off)
	return err != nil || strings.TrimSpace(string(b)) != "1"
}

// loaded works out what the rules of both kinds do, and whether those of ufw are among
// them. A packet has to pass both, so one that keeps it out is enough.
func loaded(ctx context.Context, src Source) (v4, v6 protection, ufw bool, err error) {
	out, err := src.Run(ctx, linuxNFT)
	asked := err == nil
	switch {
	case err != nil && !absent(err):
		return 0, 0, false, err
	case err == nil && out.Exit != 0:
		return 0, 0, false, refused(out)
	case err == nil:
		chains, err := parseNFT(out.Stdout)
		if err != nil {
			return 0, 0, false, err
		}
		v4, v6 = guards4and6(chains)
		ufw = chains["ip filter"]["ufw-before-input"] != nil
	}
	old4, ok4, err4 := oldRules(ctx, src, linuxTables4, linuxSaved4, asked)
	old6, ok6, err6 := oldRules(ctx, src, linuxTables6, linuxSaved6, asked)
	if err := errors.Join(err4, err6); err != nil {
		return 0, 0, false, err
	}
	if !asked && !ok4 && !ok6 {
		return 0, 0, false, fs.ErrNotExist // nothing that could list rules
	}
	return max(v4, old4), max(v6, old6), ufw, nil
}

// refused says why a listing failed. The programs run in English.
func refused(out Output) error {
	text := string(out.Stderr)
	if strings.Contains(text, "ermitted") || strings.Contains(text, "ermission denied") || strings.Contains(text, "must be root") {
		return errAsked
	}
	return errRules
}

// oldRules works out rules of the old kind. The older program lists them only if the
// kernel says that some are loaded: listing would load them else. The other one may list
// those of nftables, so it is asked where nft did not answer.
func oldRules(ctx context.Context, src Source, names Read, lists []Read, asked bool) (protection, bool, error) {
	b, err := src.File(ctx, names)
	if err != nil && !absent(err) {
		return nothing, false, err
	}
	loaded := slices.Contains(strings.Fields(string(b)), "filter")
	if asked && !loaded {
		return nothing, true, nil
	}
	p, told := nothing, false
	for i, r := range lists {
		if i == 0 && !loaded {
			continue
		}
		out, err := src.Run(ctx, r)
		if absent(err) {
			continue
		}
		if err != nil {
			return nothing, false, err
		}
		if out.Exit != 0 {
			return nothing, false, refused(out)
		}
		chains := parseSaved(string(out.Stdout))
		p, told = max(p, outcome(chains["INPUT"], chains)), true
		if asked {
			break
		}
	}
	return p, told, nil
}

func (p protection) String() string {
	return [...]string{"no rule decides", "everything comes in", "kept out"}[p]
}
