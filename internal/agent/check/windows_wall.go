package check

import (
	"context"

	"github.com/toucan-grc/toucan/internal/wire"
)

func init() {
	checkers[wire.Windows][wire.Firewall] = winWall
}

// wallLine is a line of the table for the firewall.
func wallLine(id string, kind Kind, where, why string) Read {
	return line(Read{ID: "windows." + id, Platform: wire.Windows, Kind: kind, Where: where, For: []wire.Check{wire.Firewall}, Why: why})
}

var (
	winWallHealth = wallLine("firewall-health", Call, "wscapi.dll!WscGetSecurityProviderHealth FIREWALL",
		"What the Windows Security Center says of the firewall, whichever it is.")
	winWallPolicy = wallLine("firewall-policy", Registry, `HKLM\SOFTWARE\Policies\Microsoft\WindowsFirewall\{profile}\EnableFirewall`,
		"Whether a policy turns the Windows firewall on or off for a kind of network.")
	winWallOwn = wallLine("firewall", Registry, `HKLM\SYSTEM\CurrentControlSet\Services\SharedAccess\Parameters\FirewallPolicy\{profile}\EnableFirewall`,
		"Whether the Windows firewall is on for a kind of network.")
	winInboundPolicy = wallLine("firewall-inbound-policy", Registry, `HKLM\SOFTWARE\Policies\Microsoft\WindowsFirewall\{profile}\DefaultInboundAction`,
		"Whether a policy lets in what no rule allows.")
	winInboundOwn = wallLine("firewall-inbound", Registry, `HKLM\SYSTEM\CurrentControlSet\Services\SharedAccess\Parameters\FirewallPolicy\{profile}\DefaultInboundAction`,
		"Whether what no rule allows is let in; unless somebody set it, it is kept out.")
	winWallOthers = wallLine("firewalls-registered", Names, `HKLM\SOFTWARE\Microsoft\Security Center\Provider\Fw`,
		"Which other firewalls are registered, by numbers and not by names.")
	winWallState = wallLine("firewall-registered", Registry, `HKLM\SOFTWARE\Microsoft\Security Center\Provider\Fw\{id}\STATE`,
		"Whether such a firewall is on.")
)

// winProfiles are the kinds of network: what policies call each, then what Windows does.
var winProfiles = []struct {
	policies []string
	own      string
}{
	{[]string{"DomainProfile"}, "DomainProfile"},
	{[]string{"PrivateProfile", "StandardProfile"}, "StandardProfile"},
	{[]string{"PublicProfile"}, "PublicProfile"},
}

// winWall wants the firewall on for every kind of network, keeping out what no rule
// allows, and its service running. A
// firewall of another maker counts if it is registered, on, and the Security Center is
// content. What netsh prints is in the language of the system and is not looked at.
func winWall(ctx context.Context, src Source, in Input) Answer {
	p := newProbe(ctx, src, in)
	health, healthErr := p.call(winWallHealth)
	good := healthErr == nil && health == healthGood
	on, open := 0, false
	for _, x := range winProfiles {
		is, err := winProfile(p, x.policies, x.own)
		if err != nil {
			return p.because(err)
		}
		if is {
			on++
			open = open || winOpen(p, x.policies, x.own)
		}
	}
	if on < len(winProfiles) {
		switch {
		case good && winOtherWall(p):
			return p.pass()
		case on > 0:
			return p.fail(wire.SomeProfileOff)
		case good:
			return p.unknown(wire.SourcesDisagree)
		}
		return p.fail(wire.Off)
	}
	running, err := p.running("mpssvc")
	switch {
	case err != nil:
		return p.because(err)
	case !running && good && winOtherWall(p):
		return p.pass()
	case !running:
		return p.fail(wire.NotRunning)
	case open && good && winOtherWall(p):
		return p.pass()
	case open:
		return p.fail(wire.AllowsAll)
	case healthErr == nil && (health == healthPoor || health == healthSnooze):
		return p.unknown(wire.SourcesDisagree)
	}
	return p.pass()
}

// winProfile reports whether the firewall is on for a kind of network. A policy wins.
func winProfile(p *probe, policies []string, own string) (bool, error) {
	for _, name := range policies {
		if n, ok := p.number(winWallPolicy, name); ok {
			return n == 1, nil
		}
	}
	v, err := p.registry(winWallOwn, own)
	return err == nil && !v.IsText && v.Number == 1, err
}

// winOpen reports whether a firewall that is on lets in what no rule allows, for a kind of
// network. A policy wins.
func winOpen(p *probe, policies []string, own string) bool {
	for _, name := range policies {
		if n, ok := p.number(winInboundPolicy, name); ok {
			return n == 0
		}
	}
	n, ok := p.number(winInboundOwn, own)
	return ok && n == 0
}

// winOtherWall reports whether a firewall of another maker is registered and on.
func winOtherWall(p *probe) bool {
	names, err := p.src.Names(p.ctx, winWallOthers)
	if err != nil {
		return false
	}
	for _, id := range names {
		n, ok := p.number(winWallState, id)
		if ok && n&0xF000 == 0x1000 {
			return true
		}
	}
	return false
}
