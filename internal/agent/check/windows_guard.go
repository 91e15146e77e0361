package check

import (
	"context"
	"errors"
	"io/fs"
	"slices"
	"strings"
	"time"

	"github.com/toucan-grc/toucan/internal/wire"
	"github.com/toucan-grc/toucan/internal/wire/known"
)

func init() {
	checkers[wire.Windows][wire.Antivirus] = winGuard
}

const winDefenderKey = `HKLM\SOFTWARE\Microsoft\Windows Defender\`

// guardLine is a line of the table for the antivirus.
func guardLine(id string, kind Kind, where, why string) Read {
	return line(Read{ID: "windows." + id, Platform: wire.Windows, Kind: kind, Where: where, For: []wire.Check{wire.Antivirus}, Why: why})
}

var (
	winGuardHealth = guardLine("antivirus-health", Call, "wscapi.dll!WscGetSecurityProviderHealth ANTIVIRUS",
		"What the Windows Security Center says of the antivirus, whichever it is.")
	winDefenderState = guardLine("defender-registered", Registry, `HKLM\SOFTWARE\Microsoft\Security Center\Provider\Av\{id}\STATE`,
		"How Microsoft Defender is registered there: on, off, snoozed, or with old signatures.")
	winDefenderOff = []Read{
		guardLine("defender-disabled-policy", Registry, `HKLM\SOFTWARE\Policies\Microsoft\Windows Defender\DisableAntiSpyware`, "Whether a policy turns Microsoft Defender off."),
		guardLine("defender-realtime-policy", Registry, `HKLM\SOFTWARE\Policies\Microsoft\Windows Defender\Real-Time Protection\DisableRealtimeMonitoring`, "Whether a policy turns its real-time protection off."),
		guardLine("defender-realtime", Registry, winDefenderKey+`Real-Time Protection\DisableRealtimeMonitoring`, "Whether its real-time protection is off."),
		guardLine("defender-passive", Registry, winDefenderKey+"PassiveMode", "Whether it only watches because another antivirus protects the machine."),
	}
	winDefenderFresh = guardLine("defender-signatures", Registry, winDefenderKey+`Signature Updates\AVSignatureApplied`,
		"When its signatures were renewed.")
	winClam = []Read{
		guardLine("clamav-daily", Stat, `C:\Program Files\ClamAV\database\daily.cvd`, "When the signatures of ClamAV were renewed."),
		guardLine("clamav-daily-changes", Stat, `C:\Program Files\ClamAV\database\daily.cld`, "The same, where only changes were fetched."),
	}
)

const clamService = "ClamD"

// winServices are the services that are looked at, each by its own line of the table.
var winServices = serviceReads()

func serviceReads() map[string]Read {
	out := map[string]Read{}
	add := func(name, why string, of wire.Check) {
		out[name] = line(Read{
			ID: "windows.service." + strings.ToLower(strings.ReplaceAll(name, " ", "-")), Platform: wire.Windows, Kind: Call,
			Where: "advapi32.dll!QueryServiceStatus " + name, For: []wire.Check{of}, Why: why,
		})
	}
	add("veracrypt", "Whether the driver of VeraCrypt is running, which may encrypt the system.", wire.DiskEncryption)
	add("mpssvc", "Whether the service of the Windows firewall is running.", wire.Firewall)
	add("WinDefend", "Whether Microsoft Defender is running, where the Security Center says nothing.", wire.Antivirus)
	for _, g := range known.Guards {
		for _, s := range slices.Concat(g.Services, g.Registered) {
			add(s, "Whether "+g.Name+" is running, where the Security Center does not know it.", wire.Antivirus)
		}
	}
	return out
}

// running reports whether a service of the table is running.
func (p *probe) running(name string) (bool, error) {
	n, err := p.call(winServices[name])
	return n == serviceRunning, err
}

// What WscGetSecurityProviderHealth answers.
const (
	healthGood         = 0
	healthNotMonitored = 1
	healthPoor         = 2
	healthSnooze       = 3
)

const (
	defenderID     = "{D68DDC3A-831F-4fae-9E44-DA132C1ACF46}" // of Microsoft Defender in the Security Center
	serviceRunning = 4
	signaturesFor  = 14 * 24 * time.Hour
)

// winGuard asks the Security Center, which knows every antivirus that registers there. An
// EDR that keeps away from it counts by its service. Where nobody watches, as on a server,
// Defender and the services of the catalogue are looked at themselves.
func winGuard(ctx context.Context, src Source, in Input) Answer {
	p := newProbe(ctx, src, in)
	health, err := p.call(winGuardHealth)
	if err == nil && health == healthGood {
		return p.pass()
	}
	center := err == nil && (health == healthPoor || health == healthSnooze)
	for _, s := range guardServices(center) {
		if on, err := p.running(s); err == nil && on && (s != clamService || p.clamFresh()) {
			return p.pass()
		}
	}
	switch {
	case center && health == healthSnooze:
		return p.fail(wire.Snoozed)
	case center:
		return winPoor(p)
	case err == nil && health != healthNotMonitored:
		return p.unknown(wire.UnexpectedAnswer)
	}
	return winDefender(p, err)
}

// clamFresh reports whether ClamAV, which nobody else asks, got new signatures lately.
func (p *probe) clamFresh() bool {
	for _, r := range winClam {
		if i, err := p.stat(r); err == nil && p.in.Now.Sub(i.ModTime) <= signaturesFor {
			return true
		}
	}
	return false
}

// winPoor says why the Security Center is not content, from how Defender is registered.
func winPoor(p *probe) Answer {
	state, ok := p.number(winDefenderState, defenderID)
	if !ok {
		return p.fail(wire.Off)
	}
	on, reason := productState(state)
	if on {
		return p.unknown(wire.SourcesDisagree)
	}
	return p.fail(reason)
}

// productState reads how a product is registered in the Security Center, which Microsoft
// does not document: 0xF000 tells whether it is on, 0x00F0 whether its signatures are old.
// A number above 0 means nothing: 393216 is a product that is off.
func productState(state int64) (on bool, why wire.Reason) {
	switch state & 0xF000 {
	case 0x1000:
		if state&0xF0 != 0 {
			return false, wire.SignaturesOld
		}
		return true, ""
	case 0x2000:
		return false, wire.Snoozed
	case 0x3000:
		return false, wire.Expired
	}
	return false, wire.Off
}

// winDefender looks at Defender where the Security Center says nothing.
func winDefender(p *probe, center error) Answer {
	on, err := p.running("WinDefend")
	switch {
	case errors.Is(err, fs.ErrNotExist) && (center == nil || errors.Is(center, fs.ErrNotExist)):
		return p.fail(wire.Missing)
	case err != nil && center != nil:
		return p.because(center)
	case err != nil:
		return p.because(err)
	case !on:
		return p.fail(wire.NotRunning)
	}
	for _, r := range winDefenderOff {
		if n, ok := p.number(r); ok && n != 0 {
			return p.fail(wire.Off)
		}
	}
	at, ok := p.number(winDefenderFresh)
	switch {
	case !ok:
		return p.unknown(wire.Unreadable)
	case p.in.Now.Sub(filetime(at)) > signaturesFor:
		return p.fail(wire.SignaturesOld)
	}
	return p.pass()
}

// filetime is a moment as Windows counts it: tenths of microseconds since 1601.
func filetime(n int64) time.Time {
	const to1970 = 11_644_473_600
	return time.Unix(n/10_000_000-to1970, n%10_000_000*100).UTC()
}
