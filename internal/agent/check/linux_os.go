package check

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"github.com/toucan-grc/toucan/internal/wire"
	"github.com/toucan-grc/toucan/internal/wire/known"
)

var (
	ofSystem = []wire.Check{wire.OSSupported, wire.AutoUpdate}

	linuxRelease = []Read{
		line(Read{
			ID: "linux.os-release", Platform: wire.Linux, Kind: File, Where: "/etc/os-release", Max: 64 << 10, For: ofSystem,
			Why: "Which release this is. It is compared with a table within the agent and never sent.",
		}),
		line(Read{
			ID: "linux.os-release-usr", Platform: wire.Linux, Kind: File, Where: "/usr/lib/os-release", Max: 64 << 10, For: ofSystem,
			Why: "The same, where the first is not there.",
		}),
	}
	linuxPro = line(Read{
		ID: "linux.ubuntu-pro", Platform: wire.Linux, Kind: File, Where: "/var/lib/ubuntu-advantage/status.json", Max: 256 << 10, For: []wire.Check{wire.OSSupported},
		Why: "Whether an Ubuntu whose free support has ended gets updates from Ubuntu Pro. Of the contract only its last day is looked at.",
	})
	linuxPacman = syncRead("pacman", "/var/lib/pacman/sync/core.db")
	linuxApt    = syncRead("apt", "/var/lib/apt/lists")
	linuxGentoo = syncRead("portage", "/var/db/repos/gentoo/metadata/timestamp.chk")
	linuxXbps   = syncRead("xbps", "/var/db/xbps")
)

func syncRead(id, where string) Read {
	return line(Read{
		ID: "linux.sync." + id, Platform: wire.Linux, Kind: Stat, Where: where, For: []wire.Check{wire.OSSupported},
		Why: "When the list of packages was fetched last: a rolling release is supported as long as it is kept up.",
	})
}

func init() { checkers[wire.Linux][wire.OSSupported] = linuxOS }

// syncedFor is how old the list of packages of a rolling release may be.
const syncedFor = 60 * 24 * time.Hour

// rolling are the releases without an end, and what shows that they are kept up.
var rolling = map[string]Read{
	"arch": linuxPacman, "archarm": linuxPacman, "manjaro": linuxPacman, "endeavouros": linuxPacman, "cachyos": linuxPacman, "garuda": linuxPacman,
	"gentoo": linuxGentoo, "void": linuxXbps, "kali": linuxApt,
}

// releaseOf reads os-release.
func releaseOf(ctx context.Context, src Source) (map[string]string, error) {
	var err error
	for _, r := range linuxRelease {
		var b []byte
		if b, err = src.File(ctx, r); err == nil {
			return parseRelease(string(b)), nil
		}
		if !absent(err) {
			return nil, err
		}
	}
	return nil, err
}

// parseRelease reads lines of KEY=value and KEY="value".
func parseRelease(text string) map[string]string {
	out := map[string]string{}
	for l := range strings.Lines(text) {
		k, v, ok := strings.Cut(strings.TrimSpace(l), "=")
		if ok && !strings.HasPrefix(k, "#") {
			out[k] = strings.Trim(v, `"'`)
		}
	}
	return out
}

// linuxOS passes when the release still gets security updates.
func linuxOS(ctx context.Context, src Source, in Input) Answer {
	rel, err := releaseOf(ctx, src)
	if err != nil {
		return couldNotTell(because(err))
	}
	id, version := rel["ID"], rel["VERSION_ID"]
	detail := []string{"ID=" + id, "VERSION_ID=" + version}
	if id == "opensuse-tumbleweed" {
		at, err := time.Parse("20060102", version)
		if err != nil {
			return couldNotTell(wire.UnexpectedAnswer)
		}
		return Answer{Result: keptUp(at, in.Now), Detail: detail}
	}
	read, ok := rolling[id]
	if id == "debian" && version == "" { // testing and sid
		read, ok = linuxApt, true
	}
	if ok {
		info, err := src.Stat(ctx, read)
		if err != nil {
			return couldNotTell(because(err))
		}
		return Answer{Result: keptUp(info.ModTime, in.Now), Detail: append(detail, "packages fetched "+info.ModTime.UTC().Format(time.DateOnly))}
	}
	product, release := linuxProduct(id, version, rel["NAME"])
	r := judgeRelease(product, release, "", in)
	if r.Reason == wire.EOLPassed && product == "ubuntu" && in.Settings.AcceptExtended && extended(product, release, "", in.Now) && pro(ctx, src, in.Now) {
		r = wire.Result{Verdict: wire.Pass, Reason: wire.ExtendedSupport}
	}
	return Answer{Result: r, Detail: append(detail, "table of "+known.AsOf.Format(time.DateOnly))}
}

// pro reports whether Ubuntu Pro brings security updates: attached, switched on, and the
// contract still runs.
func pro(ctx context.Context, src Source, now time.Time) bool {
	b, err := src.File(ctx, linuxPro)
	if err != nil {
		return false
	}
	var s struct {
		Attached bool      `json:"attached"`
		Expires  time.Time `json:"expires"`
		Services []struct {
			Name   string `json:"name"`
			Status string `json:"status"`
		} `json:"services"`
	}
	if json.Unmarshal(b, &s) != nil || !s.Attached || !now.Before(s.Expires) {
		return false
	}
	for _, v := range s.Services {
		if v.Name == "esm-infra" {
			return v.Status == "enabled"
		}
	}
	return false
}

// linuxProduct is the line of the table of ends that a release belongs to.
func linuxProduct(id, version, name string) (product, release string) {
	if id == "linuxmint" && strings.HasPrefix(name, "LMDE") {
		id = "lmde"
	}
	if slices.Contains([]string{"rhel", "almalinux", "rocky", "centos", "linuxmint", "lmde", "debian"}, id) {
		version, _, _ = strings.Cut(version, ".")
	}
	return id, version
}

func keptUp(at, now time.Time) wire.Result {
	if now.Sub(at) >= syncedFor {
		return wire.Result{Verdict: wire.CouldNotTell, Reason: wire.SyncOld}
	}
	return wire.Result{Verdict: wire.Pass, Reason: wire.Rolling}
}
