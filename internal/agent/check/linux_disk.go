package check

import (
	"context"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/toucan-grc/toucan/internal/wire"
)

var onDisk = []wire.Check{wire.DiskEncryption}

var (
	linuxBlock = line(Read{
		ID: "linux.block", Platform: wire.Linux, Kind: Link, Where: "/sys/dev/block/{number}", For: onDisk,
		Why: "The name of the device of a volume, and whether it hangs on USB.",
	})
	linuxDM = line(Read{
		ID: "linux.dm-uuid", Platform: wire.Linux, Kind: File, Where: "/sys/class/block/{device}/dm/uuid", Max: 4096, For: onDisk,
		Why: "Whether a device is encrypted: its id then begins with CRYPT-.",
	})
	linuxDMName = line(Read{
		ID: "linux.dm-name", Platform: wire.Linux, Kind: File, Where: "/sys/class/block/{device}/dm/name", Max: 4096, For: onDisk,
		Why: "VeraCrypt gives its devices a name and no id.",
	})
	linuxSlaves = line(Read{
		ID: "linux.slaves", Platform: wire.Linux, Kind: Names, Where: "/sys/class/block/{device}/slaves", For: onDisk,
		Why: "The devices below a device, such as the disks of an array.",
	})
	linuxPartition = line(Read{
		ID: "linux.partition", Platform: wire.Linux, Kind: Stat, Where: "/sys/class/block/{device}/partition", For: onDisk,
		Why: "Whether a device is a part of another.",
	})
	linuxNumber = line(Read{
		ID: "linux.number", Platform: wire.Linux, Kind: File, Where: "/sys/class/block/{device}/dev", Max: 64, For: onDisk,
		Why: "The number of a device that is known by its name.",
	})
	linuxBacking = line(Read{
		ID: "linux.loop", Platform: wire.Linux, Kind: File, Where: "/sys/class/block/{device}/loop/backing_file", Max: 8192, For: onDisk,
		Why: "A volume within a file is as encrypted as the disk the file lies on.",
	})
	linuxRemovable = line(Read{
		ID: "linux.removable", Platform: wire.Linux, Kind: File, Where: "/sys/class/block/{device}/removable", Max: 16, For: onDisk,
		Why: "Memory cards and sticks do not count.",
	})
	linuxDevice = line(Read{
		ID: "linux.device", Platform: wire.Linux, Kind: Stat, Where: "/dev/{path}", For: onDisk,
		Why: "The number of the device of a btrfs, which mountinfo does not give. The device is not opened.",
	})
	linuxBtrfs = line(Read{
		ID: "linux.btrfs", Platform: wire.Linux, Kind: Names, Where: "/sys/fs/btrfs", For: onDisk,
		Why: "A btrfs may lie on several devices.",
	})
	linuxBtrfsDevices = line(Read{
		ID: "linux.btrfs-devices", Platform: wire.Linux, Kind: Names, Where: "/sys/fs/btrfs/{id}/devices", For: onDisk,
		Why: "The devices of a btrfs.",
	})
	linuxZFS = line(Read{
		ID: "linux.zfs", Platform: wire.Linux, Kind: Command, Where: "/usr/sbin/zfs", Args: []string{"get", "-H", "-o", "value", "encryption", "{path}"}, Max: 4096, For: onDisk,
		Why: "Whether a volume of ZFS is encrypted.",
	})
	linuxPool = line(Read{
		ID: "linux.zpool", Platform: wire.Linux, Kind: Command, Where: "/usr/sbin/zpool", Args: []string{"list", "-v", "-H", "-P", "-L", "{pool}"}, Max: 64 << 10, For: onDisk,
		Why: "The devices below a volume of ZFS that is not encrypted itself.",
	})
	linuxFscrypt = []Read{
		line(Read{ID: "linux.fscrypt", Platform: wire.Linux, Kind: Stat, Where: "/.fscrypt", For: onDisk, Why: "Whether single folders are encrypted, which is not enough."}),
		line(Read{ID: "linux.fscrypt-home", Platform: wire.Linux, Kind: Stat, Where: "/home/.fscrypt", For: onDisk, Why: "Whether single folders are encrypted, which is not enough."}),
	}
)

func init() { checkers[wire.Linux][wire.DiskEncryption] = linuxDisk }

// state says how a device keeps what is written to it.
type state int

const (
	plain state = iota
	encrypted
	working // encryption has begun and not finished
	unknown
	removable // not on a disk of this machine
)

// ways of encryption that device mapper ids name. CRYPT-VERITY and CRYPT-INTEGRITY
// protect against changes and hide nothing.
var encrypting = []string{"CRYPT-LUKS1-", "CRYPT-LUKS2-", "CRYPT-PLAIN-", "CRYPT-LOOPAES-", "CRYPT-TCRYPT-", "CRYPT-BITLK-", "CRYPT-FVAULT2-"}

// byDrive is the id of a volume whose drive encrypts, wholly or besides: LUKS unlocks it,
// and whether anything is encrypted is the word of the drive.
const byDrive = "CRYPT-LUKS2-OPAL-"

// disks follows devices down to what is written to.
type disks struct {
	src    Source
	mounts []mount
	reason wire.Reason // why a device is unknown
	detail []string
}

// linuxDisk passes when every volume that keeps data lies wholly on encrypted devices,
// and swap too.
func linuxDisk(ctx context.Context, src Source, _ Input) Answer {
	b, err := src.File(ctx, linuxMounts)
	if err != nil {
		return couldNotTell(because(err))
	}
	d := &disks{src: src, mounts: parseMounts(string(b))}
	if inContainer(ctx, src, d.mounts) {
		return Answer{Result: wire.Result{Verdict: wire.NotApplicable, Reason: wire.Container}}
	}
	count := map[state]int{}
	for _, m := range volumes(d.mounts) {
		s := d.volume(ctx, m)
		count[s]++
		d.detail = append(d.detail, fmt.Sprintf("%s (%s): %s", m.Point, m.Type, s))
	}
	if len(count) == 0 || (len(count) == 1 && count[removable] > 0) {
		return Answer{Result: wire.Result{Verdict: wire.CouldNotTell, Reason: wire.UnknownMechanism}, Detail: d.detail}
	}
	for _, s := range d.swaps(ctx) {
		count[s]++
	}
	return Answer{Result: d.judge(ctx, count), Detail: d.detail}
}

// judge makes one verdict of all volumes. What is known to be in the clear outweighs
// what is not known.
func (d *disks) judge(ctx context.Context, count map[state]int) wire.Result {
	fail := func(r wire.Reason) wire.Result { return wire.Result{Verdict: wire.Fail, Reason: r} }
	switch {
	case count[plain] > 0 && (count[encrypted] > 0 || count[working] > 0 || d.folders(ctx)):
		return fail(wire.Partial)
	case count[plain] > 0:
		return fail(wire.Off)
	case count[working] > 0:
		return fail(wire.InProgress)
	case count[unknown] > 0:
		return wire.Result{Verdict: wire.CouldNotTell, Reason: d.reason}
	}
	return wire.Result{Verdict: wire.Pass}
}

// folders reports whether single folders are encrypted, by fscrypt or eCryptfs.
func (d *disks) folders(ctx context.Context) bool {
	for _, r := range linuxFscrypt {
		if _, err := d.src.Stat(ctx, r); err == nil {
			return true
		}
	}
	return slices.ContainsFunc(d.mounts, func(m mount) bool { return m.Type == "ecryptfs" })
}

// volume says how a mounted filesystem is kept.
func (d *disks) volume(ctx context.Context, m mount) state {
	switch {
	case m.Type == "zfs":
		return d.zfs(ctx, m.Source)
	case !strings.HasPrefix(m.Device, "0:"):
		return d.device(ctx, m.Device, matters(m.Point), 0)
	case m.Type == "btrfs":
		return d.btrfs(ctx, m)
	}
	return d.lost(wire.UnknownMechanism)
}

// lost notes why a device is unknown.
func (d *disks) lost(r wire.Reason) state {
	if d.reason == "" {
		d.reason = r
	}
	return unknown
}

// maxDepth is how many devices may lie below each other.
const maxDepth = 16

// device follows a device known by its number. always counts it where it is plugged in
// from outside.
func (d *disks) device(ctx context.Context, number string, always bool, depth int) state {
	to, err := d.src.Link(ctx, linuxBlock, number)
	if err != nil {
		return d.lost(because(err))
	}
	name := path.Base(to)
	if strings.HasPrefix(name, "zram") {
		return removable // it lies in memory, and is gone when the machine is off
	}
	disk := name
	if _, err := d.src.Stat(ctx, linuxPartition, name); err == nil {
		disk = path.Base(path.Dir(to))
	}
	if !always && d.outside(ctx, to, disk) {
		return removable
	}
	return d.below(ctx, name, disk, depth)
}

// outside reports whether a disk is plugged in from outside.
func (d *disks) outside(ctx context.Context, to, disk string) bool {
	if slices.ContainsFunc(strings.Split(to, "/"), func(e string) bool { return strings.HasPrefix(e, "usb") }) {
		return true
	}
	b, err := d.src.File(ctx, linuxRemovable, disk)
	return err == nil && strings.TrimSpace(string(b)) == "1"
}

// below says how the device name, which is disk or a part of it, is kept.
func (d *disks) below(ctx context.Context, name, disk string, depth int) state {
	if depth > maxDepth {
		return d.lost(wire.UnexpectedAnswer)
	}
	b, err := d.src.File(ctx, linuxDM, name)
	if err != nil && !absent(err) {
		return d.lost(because(err))
	}
	id := strings.TrimSpace(string(b))
	if strings.HasPrefix(id, byDrive) {
		return d.lost(wire.HardwareEncryption)
	}
	if slices.ContainsFunc(encrypting, func(p string) bool { return strings.HasPrefix(id, p) }) {
		return d.finished(ctx, name)
	}
	if err == nil && id == "" {
		if n, _ := d.src.File(ctx, linuxDMName, name); strings.HasPrefix(string(n), "veracrypt") {
			return d.lost(wire.UnknownMechanism)
		}
	}
	slaves, err := d.src.Names(ctx, linuxSlaves, disk)
	if err != nil && !absent(err) {
		return d.lost(because(err))
	}
	if len(slaves) == 0 {
		return d.leaf(ctx, name, depth)
	}
	return d.all(ctx, slaves, depth)
}

// finished says whether an encrypted device is encrypted from end to end: while it is
// being encrypted, it lies upon helpers.
func (d *disks) finished(ctx context.Context, name string) state {
	slaves, err := d.src.Names(ctx, linuxSlaves, name)
	if err != nil && !absent(err) {
		return d.lost(because(err))
	}
	for _, s := range slaves {
		if b, err := d.src.File(ctx, linuxDM, s); err == nil && strings.HasPrefix(string(b), "CRYPT-SUBDEV-") {
			return working
		}
	}
	return encrypted
}

// all says how several devices are kept together: as the worst of them.
func (d *disks) all(ctx context.Context, names []string, depth int) state {
	worst := encrypted
	for _, n := range names {
		b, err := d.src.File(ctx, linuxNumber, n)
		var s state
		if err != nil {
			s = d.lost(because(err))
		} else {
			s = d.device(ctx, strings.TrimSpace(string(b)), true, depth+1)
		}
		switch {
		case s == plain, worst == encrypted, worst == unknown && s == working:
			worst = s
		}
	}
	return worst
}

// leaf is a device with nothing below it: a disk, or a file on another volume.
func (d *disks) leaf(ctx context.Context, name string, depth int) state {
	b, err := d.src.File(ctx, linuxBacking, name)
	if err != nil {
		return plain
	}
	m, ok := covers(d.mounts, strings.TrimSpace(string(b)))
	if !ok || depth > maxDepth {
		return plain
	}
	if !strings.HasPrefix(m.Device, "0:") {
		return d.device(ctx, m.Device, true, depth+1)
	}
	return d.volume(ctx, m)
}

// btrfs has no device number of its own: its source is looked up, and all its devices.
func (d *disks) btrfs(ctx context.Context, m mount) state {
	below, ok := strings.CutPrefix(m.Source, "/dev/")
	if !ok {
		return d.lost(wire.UnexpectedAnswer)
	}
	info, err := d.src.Stat(ctx, linuxDevice, below)
	if err != nil {
		return d.lost(because(err))
	}
	major, minor := majorMinor(info.Dev)
	number := fmt.Sprintf("%d:%d", major, minor)
	first := d.device(ctx, number, matters(m.Point), 0)
	to, err := d.src.Link(ctx, linuxBlock, number)
	if first != encrypted || err != nil {
		return first
	}
	ids, err := d.src.Names(ctx, linuxBtrfs)
	if err != nil {
		return d.lost(because(err))
	}
	for _, id := range ids {
		names, err := d.src.Names(ctx, linuxBtrfsDevices, id)
		if err == nil && slices.Contains(names, path.Base(to)) {
			return d.all(ctx, names, 0)
		}
	}
	return d.lost(wire.UnexpectedAnswer)
}

// zfs asks the volume, then the devices of its pool.
func (d *disks) zfs(ctx context.Context, dataset string) state {
	if strings.HasPrefix(dataset, "-") {
		return d.lost(wire.UnexpectedAnswer)
	}
	out, err := d.src.Run(ctx, linuxZFS, dataset)
	if err != nil {
		return d.lost(because(err))
	}
	switch v := strings.TrimSpace(string(out.Stdout)); {
	case out.Exit != 0 || v == "":
		return d.lost(wire.UnexpectedAnswer)
	case strings.HasPrefix(v, "aes-"):
		return encrypted
	case v != "off" && v != "-":
		return d.lost(wire.UnexpectedAnswer)
	}
	pool, _, _ := strings.Cut(dataset, "/")
	out, err = d.src.Run(ctx, linuxPool, pool)
	if err != nil {
		return d.lost(because(err))
	}
	var names []string
	for f := range strings.FieldsSeq(string(out.Stdout)) {
		if strings.HasPrefix(f, "/dev/") {
			names = append(names, path.Base(f))
		}
	}
	if out.Exit != 0 || len(names) == 0 {
		return d.lost(wire.UnexpectedAnswer)
	}
	return d.all(ctx, names, 0)
}

// swaps says how each swap that reaches a disk is kept.
func (d *disks) swaps(ctx context.Context) []state {
	b, err := d.src.File(ctx, linuxSwaps)
	if err != nil {
		return []state{d.lost(because(err))} // also where it is hidden: then there may be one
	}
	var out []state
	for i, l := range strings.Split(string(b), "\n") {
		f := strings.Fields(l)
		if i == 0 || len(f) < 2 {
			continue
		}
		where := unescape(f[0])
		if strings.HasPrefix(path.Base(where), "zram") {
			continue // it lies in memory
		}
		var s state
		switch m, ok := covers(d.mounts, where); {
		case f[1] == "partition":
			s = d.all(ctx, []string{path.Base(where)}, 0)
		case ok:
			s = d.volume(ctx, mount{Device: m.Device, Point: "/", Type: m.Type, Source: m.Source})
		default:
			s = d.lost(wire.UnexpectedAnswer)
		}
		out = append(out, s)
		d.detail = append(d.detail, fmt.Sprintf("swap (%s): %s", f[1], s))
	}
	return out
}

func (s state) String() string {
	return [...]string{"not encrypted", "encrypted", "being encrypted", "not known", "not on a disk of this machine"}[s]
}
