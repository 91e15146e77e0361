package check

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"time"

	"github.com/toucan-grc/toucan/internal/wire"
)

var onVirus = []wire.Check{wire.Antivirus}

// unitReads are how one systemd unit is looked at: its processes, in the two places where
// they may be listed, and the file that says that it is installed.
type unitReads struct {
	unit      string
	processes []Read
	installed []Read
}

var (
	linuxGuards  = guardReads()
	linuxSystemd = line(Read{
		ID: "linux.systemd", Platform: wire.Linux, Kind: Stat, Where: "/run/systemd/system", For: []wire.Check{wire.Antivirus, wire.AutoUpdate},
		Why: "Whether systemd runs the services of this machine.",
	})
	linuxSignatures = []Read{
		line(Read{ID: "linux.clamav-cld", Platform: wire.Linux, Kind: Stat, Where: "/var/lib/clamav/daily.cld", For: onVirus, Why: "When ClamAV got its last signatures."}),
		line(Read{ID: "linux.clamav-cvd", Platform: wire.Linux, Kind: Stat, Where: "/var/lib/clamav/daily.cvd", For: onVirus, Why: "When ClamAV got its last signatures."}),
	}
	linuxMDATP = line(Read{
		ID: "linux.mdatp", Platform: wire.Linux, Kind: Command, Where: "/usr/bin/mdatp", Args: []string{"health", "--field", "real_time_protection_enabled"}, Max: 4096, For: onVirus,
		Why: "Whether Microsoft Defender protects, or only runs.",
	})
	linuxFalcon = line(Read{
		ID: "linux.falcon", Platform: wire.Linux, Kind: Command, Where: "/opt/CrowdStrike/falconctl", Args: []string{"-g", "--rfm-state"}, Max: 4096, For: onVirus,
		Why: "Whether CrowdStrike Falcon knows the kernel, or only runs.",
	})
)

func init() { checkers[wire.Linux][wire.Antivirus] = linuxAntivirus }

// freshFor is how old the signatures of ClamAV may be.
const freshFor = 7 * 24 * time.Hour

func guardReads() []unitReads {
	var out []unitReads
	for _, unit := range guardUnits() {
		u := unitReads{unit: unit}
		slice := "system.slice/"
		if name, _, ok := strings.Cut(unit, "@"); ok {
			slice += "system-" + name + ".slice/"
		}
		for i, root := range []string{"/sys/fs/cgroup/", "/sys/fs/cgroup/systemd/"} {
			u.processes = append(u.processes, line(Read{
				ID: fmt.Sprintf("linux.running.%s.%d", unit, i), Platform: wire.Linux, Kind: File, Where: root + slice + unit + ".service/cgroup.procs", Max: 64 << 10, For: onVirus,
				Why: "Whether this antivirus runs: the file lists numbers of its processes.",
			}))
		}
		name := unit
		if n, _, ok := strings.Cut(unit, "@"); ok {
			name = n + "@"
		}
		for i, dir := range []string{"/usr/lib/systemd/system/", "/lib/systemd/system/", "/etc/systemd/system/"} {
			u.installed = append(u.installed, line(Read{
				ID: fmt.Sprintf("linux.unit.%s.%d", unit, i), Platform: wire.Linux, Kind: Stat, Where: dir + name + ".service", For: onVirus,
				Why: "Whether this antivirus is installed.",
			}))
		}
		out = append(out, u)
	}
	return out
}

// linuxAntivirus passes when an antivirus of the catalogue runs and, where that can be
// asked, protects.
func linuxAntivirus(ctx context.Context, src Source, in Input) Answer {
	if !in.Settings.LinuxAntivirus {
		return Answer{Result: wire.Result{Verdict: wire.NotApplicable, Reason: wire.PolicyExempt}}
	}
	if _, err := src.Stat(ctx, linuxSystemd); absent(err) {
		return couldNotTell(wire.UnknownMechanism)
	} else if err != nil {
		return couldNotTell(because(err))
	}
	a := Answer{Result: wire.Result{Verdict: wire.Fail, Reason: wire.Missing}}
	for _, u := range linuxGuards {
		r := guarding(ctx, src, u, in.Now)
		if r == (wire.Result{}) {
			continue
		}
		a.Detail = append(a.Detail, fmt.Sprintf("%s: %s %s", u.unit, r.Verdict, r.Reason))
		if r.Verdict == wire.Pass || a.Reason == wire.Missing || (r.Verdict == wire.CouldNotTell && a.Verdict == wire.Fail) {
			a.Result = r
		}
		if r.Verdict == wire.Pass {
			break
		}
	}
	return a
}

// guarding says how one antivirus does. The zero result is one that is not here.
func guarding(ctx context.Context, src Source, u unitReads, at time.Time) wire.Result {
	result := func(v wire.Verdict, r wire.Reason) wire.Result { return wire.Result{Verdict: v, Reason: r} }
	running, err := runs(ctx, src, u)
	if err != nil {
		return result(wire.CouldNotTell, because(err))
	}
	if !running {
		for _, r := range u.installed {
			if _, err := src.Stat(ctx, r); err == nil {
				return result(wire.Fail, wire.NotRunning)
			}
		}
		return wire.Result{}
	}
	switch u.unit {
	case "clamav-daemon", "clamd@scan":
		if !fresh(ctx, src, at) {
			return result(wire.Fail, wire.SignaturesOld)
		}
	case "mdatp":
		return asked(ctx, src, linuxMDATP, "true", "false", wire.Off)
	case "falcon-sensor":
		return asked(ctx, src, linuxFalcon, "rfm-state=false", "rfm-state=true", wire.NotRunning)
	}
	return result(wire.Pass, "")
}

// runs reports whether a unit has a process.
func runs(ctx context.Context, src Source, u unitReads) (bool, error) {
	for _, r := range u.processes {
		b, err := src.File(ctx, r)
		if err == nil && strings.TrimSpace(string(b)) != "" {
			return true, nil
		}
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return false, err
		}
	}
	return false, nil
}

// fresh reports whether ClamAV got signatures within freshFor.
func fresh(ctx context.Context, src Source, at time.Time) bool {
	for _, r := range linuxSignatures {
		if info, err := src.Stat(ctx, r); err == nil && !info.ModTime.Before(at.Add(-freshFor)) {
			return true
		}
	}
	return false
}

// asked asks a product whether it protects.
func asked(ctx context.Context, src Source, r Read, yes, no string, reason wire.Reason) wire.Result {
	out, err := src.Run(ctx, r)
	if err != nil {
		return wire.Result{Verdict: wire.CouldNotTell, Reason: because(err)}
	}
	switch said := strings.Trim(strings.TrimSpace(string(out.Stdout)), "."); {
	case out.Exit == 0 && said == yes:
		return wire.Result{Verdict: wire.Pass}
	case out.Exit == 0 && said == no:
		return wire.Result{Verdict: wire.Fail, Reason: reason}
	}
	return wire.Result{Verdict: wire.CouldNotTell, Reason: wire.UnexpectedAnswer}
}
