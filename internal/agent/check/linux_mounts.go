package check

import (
	"context"
	"errors"
	"io/fs"
	"slices"
	"strconv"
	"strings"

	"github.com/toucan-grc/toucan/internal/wire"
)

var (
	linuxMounts = line(Read{
		ID: "linux.mounts", Platform: wire.Linux, Kind: File, Where: "/proc/self/mountinfo", Max: 1 << 20, Watch: true,
		For: []wire.Check{wire.DiskEncryption, wire.Firewall},
		Why: "Which volumes are mounted, and from which devices.",
	})
	linuxSwaps = line(Read{
		ID: "linux.swaps", Platform: wire.Linux, Kind: File, Where: "/proc/swaps", Max: 64 << 10,
		For: []wire.Check{wire.DiskEncryption},
		Why: "Memory is written to swap, so it has to be encrypted too.",
	})
	linuxContainer = containerReads()
)

// containerReads are the marks of what is no machine of its own.
func containerReads() []Read {
	var out []Read
	for _, m := range [][2]string{{"systemd", "/run/systemd/container"}, {"wsl", "/run/WSL"}} {
		out = append(out, line(Read{
			ID: "linux.container." + m[0], Platform: wire.Linux, Kind: Stat, Where: m[1], For: []wire.Check{wire.DiskEncryption, wire.Firewall},
			Why: "Whether this is a container, whose disk is the host's.",
		}))
	}
	return out
}

// mount is one line of mountinfo.
type mount struct {
	Device string // "8:2"; major 0 is no block device
	Root   string // the folder of the filesystem that is seen
	Point  string
	Type   string
	Source string
}

// parseMounts reads mountinfo. Lines it does not understand are left out.
func parseMounts(text string) []mount {
	var out []mount
	for l := range strings.Lines(text) {
		front, back, ok := strings.Cut(strings.TrimRight(l, "\n"), " - ")
		f, b := strings.Fields(front), strings.Fields(back)
		if !ok || len(f) < 6 || len(b) < 2 {
			continue
		}
		out = append(out, mount{Device: f[2], Root: unescape(f[3]), Point: unescape(f[4]), Type: b[0], Source: unescape(b[1])})
	}
	return out
}

// unescape undoes the octal escapes of the kernel: a space is \040.
func unescape(s string) string {
	if !strings.Contains(s, `\`) {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] == '\\' && i+3 < len(s) {
			if n, err := strconv.ParseUint(s[i+1:i+4], 8, 8); err == nil {
				b.WriteByte(byte(n))
				i += 3
				continue
			}
		}
		b.WriteByte(s[i])
	}
	return b.String()
}

// covers returns the mount on which a path lies: of those above it the deepest, and of
// two at one place the later.
func covers(mounts []mount, path string) (mount, bool) {
	best, found := mount{}, false
	for _, m := range mounts {
		if (m.Point == "/" || path == m.Point || strings.HasPrefix(path, m.Point+"/")) && len(m.Point) >= len(best.Point) {
			best, found = m, true
		}
	}
	return best, found
}

// storing are the filesystems that keep data on a device of this machine.
var storing = []string{
	"ext2", "ext3", "ext4", "xfs", "btrfs", "f2fs", "jfs", "reiserfs", "nilfs2", "bcachefs", "zfs", "vfat", "exfat", "ntfs", "ntfs3", "fuseblk",
}

// volumes are the mounted filesystems that have to be encrypted: all that keep data,
// but what starts the machine and cannot be encrypted, each once.
func volumes(mounts []mount) []mount {
	var out []mount
	for _, m := range mounts {
		if !slices.Contains(storing, m.Type) || starts(m) {
			continue
		}
		if i := slices.IndexFunc(out, func(x mount) bool { return x.Device == m.Device && x.Source == m.Source }); i >= 0 {
			if matters(m.Point) && !matters(out[i].Point) {
				out[i] = m
			}
			continue
		}
		out = append(out, m)
	}
	return out
}

// starts reports whether a volume only starts or installs the machine: an Ubuntu that
// unlocks by the TPM keeps its kernel below /run/mnt, and Pop!_OS its installer in /recovery.
func starts(m mount) bool {
	switch m.Point {
	case "/efi", "/esp", "/boot", "/run/mnt/ubuntu-boot", "/run/mnt/ubuntu-seed":
		return true
	case "/recovery":
		return m.Type == "vfat"
	}
	return strings.HasPrefix(m.Point, "/boot/")
}

// matters reports whether what is mounted there counts wherever its device is plugged in.
func matters(point string) bool {
	return point == "/" || point == "/home" || strings.HasPrefix(point, "/home/") || point == "/var" || point == "/usr" || point == "/sysroot" || point == "/nix"
}

// inContainer reports whether this is no machine of its own. A mark within the image,
// such as /.dockerenv, is none: machines are made from such images too.
func inContainer(ctx context.Context, src Source, mounts []mount) bool {
	for _, r := range linuxContainer {
		if _, err := src.Stat(ctx, r); err == nil {
			return true
		}
	}
	// what starts containers lays these over the image
	over := func(point string) bool {
		return slices.ContainsFunc(mounts, func(m mount) bool { return m.Point == point })
	}
	return over("/etc/hosts") && over("/etc/resolv.conf")
}

// absent reports whether an error says that something is not there.
func absent(err error) bool { return errors.Is(err, fs.ErrNotExist) }
