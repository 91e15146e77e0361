package check

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/toucan-grc/toucan/internal/wire"
)

var onUpdate = []wire.Check{wire.AutoUpdate}

var (
	linuxAptConfig = line(Read{
		ID: "linux.apt-config", Platform: wire.Linux, Kind: Command, Where: "/usr/bin/apt-config", Args: []string{"dump"}, Max: 1 << 20, For: onUpdate,
		Why: "Whether apt installs security updates by itself.",
	})
	linuxUnattended = line(Read{
		ID: "linux.unattended-upgrades", Platform: wire.Linux, Kind: Stat, Where: "/usr/bin/unattended-upgrade", For: onUpdate,
		Why: "Whether what installs them is there.",
	})
	linuxDNFConfig = line(Read{
		ID: "linux.dnf-automatic", Platform: wire.Linux, Kind: File, Where: "/etc/dnf/automatic.conf", Max: 64 << 10, For: onUpdate, Watch: true,
		Why: "Whether dnf installs what it finds.",
	})
	linuxDNFShipped = line(Read{
		ID: "linux.dnf5-automatic", Platform: wire.Linux, Kind: File, Where: "/usr/share/dnf5/dnf5-plugins/automatic.conf", Max: 64 << 10, For: onUpdate,
		Why: "The same, as the distribution has it.",
	})
	linuxOstreeBooted = line(Read{
		ID: "linux.ostree", Platform: wire.Linux, Kind: Stat, Where: "/run/ostree-booted", For: onUpdate,
		Why: "Whether the system is an image.",
	})
	linuxOstree = line(Read{
		ID: "linux.rpm-ostree", Platform: wire.Linux, Kind: File, Where: "/etc/rpm-ostreed.conf", Max: 64 << 10, For: onUpdate, Watch: true,
		Why: "Whether new images are fetched and made ready.",
	})
	linuxYaST = line(Read{
		ID: "linux.yast", Platform: wire.Linux, Kind: File, Where: "/etc/sysconfig/automatic_online_update", Max: 64 << 10, For: onUpdate,
		Why: "Whether YaST installs updates by itself.",
	})
	linuxMint = line(Read{
		ID: "linux.mint", Platform: wire.Linux, Kind: Stat, Where: "/var/lib/linuxmint/mintupdate-automatic-upgrades-enabled", For: onUpdate,
		Why: "Whether the update manager of Linux Mint installs updates by itself.",
	})
	linuxTimers = timerReads()
)

func init() { checkers[wire.Linux][wire.AutoUpdate] = linuxUpdate }

// timer is how a systemd timer is looked at.
type timer struct {
	enabled []Read
	masked  Read
}

// timers that install updates, or only look for them.
func timerReads() map[string]timer {
	out := map[string]timer{}
	for _, name := range []string{
		"apt-daily", "apt-daily-upgrade", "mintupdate-automation-upgrade",
		"dnf-automatic", "dnf-automatic-install", "dnf-automatic-download", "dnf-automatic-notifyonly", "dnf5-automatic",
		"rpm-ostreed-automatic", "bootc-fetch-apply-updates", "uupd", "transactional-update", "os-update", "nixos-upgrade",
	} {
		var t timer
		for i, dir := range []string{"/etc/systemd/system", "/usr/lib/systemd/system"} {
			t.enabled = append(t.enabled, line(Read{
				ID: fmt.Sprintf("linux.timer.%s.%d", name, i), Platform: wire.Linux, Kind: Stat, Where: dir + "/timers.target.wants/" + name + ".timer", For: onUpdate, Watch: i == 0,
				Why: "Whether the timer that starts it is on.",
			}))
		}
		t.masked = line(Read{
			ID: "linux.masked." + name, Platform: wire.Linux, Kind: Link, Where: "/etc/systemd/system/" + name + ".timer", For: onUpdate,
			Why: "Whether the timer is barred: it then leads to /dev/null.",
		})
		out[name] = t
	}
	return out
}

// on reports whether a timer is switched on.
func (t timer) on(ctx context.Context, src Source) (bool, error) {
	to, err := src.Link(ctx, t.masked)
	if err == nil && to == "/dev/null" {
		return false, nil
	}
	for _, r := range t.enabled {
		if _, err = src.Stat(ctx, r); err == nil {
			return true, nil
		}
		if !absent(err) {
			return false, err
		}
	}
	return false, nil
}

// linuxUpdate passes when security updates are installed without anybody doing anything.
func linuxUpdate(ctx context.Context, src Source, _ Input) Answer {
	rel, err := releaseOf(ctx, src)
	if err != nil {
		return couldNotTell(because(err))
	}
	if _, err := src.Stat(ctx, linuxSystemd); absent(err) {
		if family(rel, "alpine", "void", "gentoo") {
			return Answer{Result: wire.Result{Verdict: wire.Fail, Reason: wire.NoMechanism}}
		}
		return couldNotTell(wire.UnknownMechanism)
	} else if err != nil {
		return couldNotTell(because(err))
	}
	u := &updates{ctx: ctx, src: src}
	var r wire.Reason
	_, booted := src.Stat(ctx, linuxOstreeBooted)
	switch {
	case booted == nil:
		r = u.ostree()
	case family(rel, "debian", "ubuntu"):
		r = u.apt()
	case family(rel, "fedora", "rhel", "centos"):
		r = u.dnf()
	case family(rel, "suse", "opensuse", "sles"):
		r = u.suse()
	case family(rel, "nixos"):
		if !u.timer("nixos-upgrade") {
			r = wire.NoMechanism
		}
	case family(rel, "arch", "gentoo", "void", "alpine"):
		r = wire.NoMechanism
	default:
		r = wire.UnknownMechanism
	}
	if u.err != nil {
		r = because(u.err)
	}
	if r == "" {
		return Answer{Result: wire.Result{Verdict: wire.Pass}, Detail: u.detail}
	}
	return Answer{Result: wire.Result{Verdict: r.Verdict(), Reason: r}, Detail: u.detail}
}

// family reports whether a release is one of these or made after one.
func family(rel map[string]string, ids ...string) bool {
	names := append(strings.Fields(rel["ID_LIKE"]), rel["ID"])
	return slices.ContainsFunc(names, func(n string) bool {
		return slices.Contains(ids, n) || (slices.Contains(ids, "opensuse") && strings.HasPrefix(n, "opensuse-"))
	})
}

// updates asks the mechanisms of one machine. An empty reason is a pass; err is set when
// something could not be looked at.
type updates struct {
	ctx    context.Context
	src    Source
	err    error
	detail []string
}

func (u *updates) timer(name string) bool {
	on, err := linuxTimers[name].on(u.ctx, u.src)
	if err != nil {
		u.err = err
	}
	u.detail = append(u.detail, fmt.Sprintf("%s.timer: %t", name, on))
	return on
}

// config reads a file of settings; one that is not there has none.
func (u *updates) config(r Read) map[string]map[string]string {
	b, err := u.src.File(u.ctx, r)
	if err != nil && !absent(err) {
		u.err = err
	}
	return parseINI(string(b))
}

// apt passes with the automation of Linux Mint, or with unattended-upgrades installed, switched on, with security updates among
// what it may install, and started by both timers.
func (u *updates) apt() wire.Reason {
	if _, err := u.src.Stat(u.ctx, linuxMint); err == nil && u.timer("mintupdate-automation-upgrade") {
		return ""
	}
	out, err := u.src.Run(u.ctx, linuxAptConfig)
	if err != nil {
		u.err = err
		return wire.ToolMissing
	}
	if out.Exit != 0 {
		return wire.UnexpectedAnswer
	}
	c := parseApt(string(out.Stdout))
	every := func(key string) bool { return aptInterval(c.first("APT::Periodic::" + key)) }
	u.detail = append(u.detail, fmt.Sprintf("APT::Periodic: Enable %q, Update-Package-Lists %t, Unattended-Upgrade %t", c.first("APT::Periodic::Enable"), every("Update-Package-Lists"), every("Unattended-Upgrade")))
	switch _, err := u.src.Stat(u.ctx, linuxUnattended); {
	case c.first("APT::Periodic::Enable") == "0":
		return wire.Off
	case every("Unattended-Upgrade") && absent(err):
		return wire.NoMechanism
	case err != nil && !absent(err):
		u.err = err
		return wire.Unreadable
	case !every("Unattended-Upgrade") && every("Download-Upgradeable-Packages"):
		return wire.DownloadOnly
	case !every("Unattended-Upgrade") && every("Update-Package-Lists"):
		return wire.NotifyOnly
	case !every("Unattended-Upgrade"):
		return wire.Off
	case !every("Update-Package-Lists"):
		return wire.Paused // it installs only what an old list knows
	case !c.security():
		return wire.Off
	}
	lists, upgrade := u.timer("apt-daily"), u.timer("apt-daily-upgrade")
	if !lists || !upgrade {
		return wire.TimerOff
	}
	return ""
}

// aptConfig is what `apt-config dump` printed: values by key, in their order.
type aptConfig map[string][]string

func parseApt(text string) aptConfig {
	out := aptConfig{}
	for l := range strings.Lines(text) {
		k, v, ok := strings.Cut(strings.TrimSuffix(strings.TrimSpace(l), ";"), " ")
		if ok {
			out[k] = append(out[k], strings.Trim(v, `"`))
		}
	}
	return out
}

// first is the value of a key that holds: apt prints each once.
func (c aptConfig) first(key string) string {
	if v := c[key]; len(v) > 0 {
		return v[0]
	}
	return ""
}

// security reports whether unattended-upgrades may install security updates: one of its
// patterns names them, or takes everything.
func (c aptConfig) security() bool {
	patterns := slices.Concat(c["Unattended-Upgrade::Origins-Pattern::"], c["Unattended-Upgrade::Allowed-Origins::"])
	return slices.ContainsFunc(patterns, func(p string) bool {
		return strings.Contains(strings.ToLower(p), "security") || p == "*:*" || p == "origin=*" || p == "site=*"
	})
}

// aptInterval reports whether an interval of apt is one: a number of days, or with a
// unit, or always.
func aptInterval(v string) bool {
	if v == "always" {
		return true
	}
	n, err := strconv.Atoi(strings.TrimRight(v, "smhd"))
	return err == nil && n > 0
}

// dnf passes with a timer that is on and installs.
func (u *updates) dnf() wire.Reason {
	if u.timer("dnf-automatic-install") {
		return ""
	}
	if u.timer("dnf-automatic") || u.timer("dnf5-automatic") {
		commands := u.commands()
		switch {
		case truth(commands["apply_updates"]):
			return ""
		case truth(commands["download_updates"]):
			return wire.DownloadOnly
		}
		return wire.NotifyOnly
	}
	switch {
	case u.timer("dnf-automatic-download"):
		return wire.DownloadOnly
	case u.timer("dnf-automatic-notifyonly"):
		return wire.NotifyOnly
	case truth(u.commands()["apply_updates"]):
		return wire.TimerOff
	}
	return wire.Off
}

// commands are what dnf's automatic updates are told to do: by the administrator, else by
// the distribution.
func (u *updates) commands() map[string]string {
	out := map[string]string{}
	for _, r := range []Read{linuxDNFShipped, linuxDNFConfig} {
		maps.Copy(out, u.config(r)["commands"])
	}
	return out
}

// truth reads yes as dnf does.
func truth(v string) bool {
	return slices.Contains([]string{"yes", "true", "1", "on"}, strings.ToLower(v))
}

// ostree passes where images are made ready by themselves.
func (u *updates) ostree() wire.Reason {
	if u.timer("bootc-fetch-apply-updates") || u.timer("uupd") {
		return ""
	}
	policy := u.config(linuxOstree)["Daemon"]["AutomaticUpdatePolicy"]
	u.detail = append(u.detail, "AutomaticUpdatePolicy: "+policy)
	switch policy {
	case "stage", "apply":
		if !u.timer("rpm-ostreed-automatic") {
			return wire.TimerOff
		}
		return ""
	case "check":
		return wire.NotifyOnly
	case "", "none":
		return wire.Off
	}
	return wire.UnexpectedAnswer
}

// suse passes with the timer of an image-based system, or YaST's job.
func (u *updates) suse() wire.Reason {
	if u.timer("transactional-update") || u.timer("os-update") {
		return ""
	}
	b, err := u.src.File(u.ctx, linuxYaST)
	if err != nil && !absent(err) {
		u.err = err
	}
	if parseRelease(string(b))["AOU_ENABLE_CRONJOB"] == "true" {
		return ""
	}
	return wire.Off
}
