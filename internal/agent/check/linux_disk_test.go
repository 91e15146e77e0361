package check

import (
	"fmt"
	"io/fs"
	"strings"
	"testing"

	"github.com/toucan-grc/toucan/internal/wire"
)

// laptop is a Linux machine whose mounts are lines of "point type device-number source".
func laptop(mounts ...string) *fake {
	return newFake().swap().mounted(mounts...)
}

func (f *fake) mounted(mounts ...string) *fake {
	for i, m := range mounts {
		w := strings.Fields(m)
		f.files["/proc/self/mountinfo"] += fmt.Sprintf("%d 1 %s / %s rw,relatime shared:1 - %s %s rw\n", 20+i, w[2], w[0], w[1], w[3])
	}
	return f
}

// disk adds a block device that lies upon others.
func (f *fake) disk(name, number string, below ...string) *fake {
	dir := "../../devices/virtual/block/"
	if len(below) == 0 {
		dir = "../../devices/pci0000:00/0000:00:1d.0/nvme/nvme0/"
	}
	return f.device(dir+name, number, below...)
}

func (f *fake) device(link, number string, below ...string) *fake {
	name := link[strings.LastIndexByte(link, '/')+1:]
	f.links["/sys/dev/block/"+number] = link
	f.files["/sys/class/block/"+name+"/dev"] = number + "\n"
	for _, b := range below {
		f.files["/sys/class/block/"+name+"/slaves/"+b] = ""
	}
	return f
}

// part adds a partition.
func (f *fake) part(disk, name, number string) *fake {
	f.files["/sys/class/block/"+name+"/partition"] = "1\n"
	return f.device("../../devices/pci0000:00/0000:00:1d.0/nvme/nvme0/"+disk+"/"+name, number)
}

func (f *fake) mapped(name, number, uuid string, below ...string) *fake {
	f.files["/sys/class/block/"+name+"/dm/uuid"] = uuid + "\n"
	return f.disk(name, number, below...)
}

// homed makes the source of a home of systemd-homed lead to dm-0.
func (f *fake) homed() *fake {
	f.devs["/dev/mapper/home-ann"] = device(253, 0)
	f.files["/sys/fs/btrfs/1d/devices/dm-0"] = ""
	return f
}

func (f *fake) swap(lines ...string) *fake {
	return f.with("/proc/swaps", "Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n"+strings.Join(lines, "\n")+"\n")
}

// plainDisk is a disk with three partitions, nothing of it encrypted.
func (f *fake) plainDisk() *fake {
	return f.disk("nvme0n1", "259:0").part("nvme0n1", "nvme0n1p1", "259:1").part("nvme0n1", "nvme0n1p2", "259:2").part("nvme0n1", "nvme0n1p3", "259:3")
}

const luks2 = "CRYPT-LUKS2-0f8fad5bd9cb469fa165708677289501-luks-0f8f"

// luksDisk is that disk with LUKS on the third partition, as dm-0.
func (f *fake) luksDisk() *fake {
	return f.plainDisk().mapped("dm-0", "253:0", luks2, "nvme0n1p3")
}

func TestDiskEncryptionOnLinux(t *testing.T) {
	root, boot := "/ ext4 253:0 /dev/mapper/luks-0f8f", "/boot ext4 259:2 /dev/nvme0n1p2"
	efi := "/boot/efi vfat 259:1 /dev/nvme0n1p1"
	whole := func() *fake { return laptop(root, boot, efi).luksDisk() }
	usb := func(f *fake) *fake {
		return f.device("../../devices/pci0000:00/0000:00:14.0/usb1/1-2/1-2:1.0/host4/target4:0:0/4:0:0:0/block/sda", "8:0")
	}
	onLVM := func(physical ...string) *fake {
		return laptop("/ ext4 253:1 /dev/mapper/vg-root").luksDisk().disk("nvme1n1", "259:8").mapped("dm-1", "253:1", "LVM-abc", physical...)
	}
	btrfs := func() *fake {
		f := laptop("/ btrfs 0:31 /dev/mapper/luks-0f8f", "/home btrfs 0:31 /dev/mapper/luks-0f8f", boot).luksDisk().disk("nvme1n1", "259:8")
		f.devs["/dev/mapper/luks-0f8f"] = device(253, 0)
		f.files["/sys/fs/btrfs/7d5d/devices/dm-0"] = ""
		return f
	}
	zfs := func(value string) *fake {
		return laptop("/ zfs 0:28 rpool/ROOT/debian").luksDisk().says("/usr/sbin/zfs get -H -o value encryption rpool/ROOT/debian", value+"\n", 0)
	}
	swapPart, noSwap := "/dev/nvme0n1p2 partition 8388604 0 -2", whole()
	for _, tt := range []struct {
		name string
		on   *fake
		want string
	}{
		{"the root on LUKS passes, what starts the machine may be in the clear", noSwap, "pass"},
		{"a disk in the clear fails", laptop("/ ext4 259:3 /dev/nvme0n1p3").plainDisk(), "fail(off)"},
		{"a LUKS stick does not make a disk encrypted", usb(laptop("/ ext4 259:3 /dev/nvme0n1p3", "/media/stick ext4 253:9 /dev/mapper/stick").plainDisk()).mapped("dm-9", "253:9", luks2, "sda"), "fail(partial)"},
		{"nor does a line in /etc/crypttab", laptop("/ ext4 259:3 /dev/nvme0n1p3").plainDisk().with("/etc/crypttab", "luks-0f8f UUID=0f8f none luks\n"), "fail(off)"},
		{"a stick in the clear says nothing of the machine", usb(laptop(root, boot, "/media/stick vfat 8:0 /dev/sda").luksDisk()), "pass"},
		{"a root on a stick counts", usb(laptop("/ ext4 8:0 /dev/sda")), "fail(off)"},
		{"what starts an Ubuntu that unlocks by the TPM may be in the clear", laptop(root, "/run/mnt/ubuntu-boot ext4 259:2 /dev/nvme0n1p2", "/run/mnt/ubuntu-seed vfat 259:1 /dev/nvme0n1p1").luksDisk(), "pass"},
		{"and what installs a Pop!_OS anew", laptop(root, efi, "/recovery vfat 259:2 /dev/nvme0n1p2").luksDisk(), "pass"},
		{"but not a disk of another kind that is called so", laptop(root, efi, "/recovery ext4 259:2 /dev/nvme0n1p2").luksDisk(), "fail(partial)"},
		{"a second disk in the clear is partial", laptop(root, "/data xfs 259:8 /dev/nvme1n1").luksDisk().disk("nvme1n1", "259:8"), "fail(partial)"},
		{"a drive that encrypts by itself looks like one in the clear, and is no pass", laptop("/ ext4 259:3 /dev/nvme0n1p3").plainDisk(), "fail(off)"},
		{"a home of systemd-homed is partial", laptop("/ ext4 259:3 x", "/home/ann btrfs 0:40 /dev/mapper/home-ann").plainDisk().mapped("dm-0", "253:0", "CRYPT-LUKS2-ab-home-ann", "loop0").homed(), "fail(partial)"},
		{"a home that alone is encrypted is partial", laptop("/ ext4 259:2 /dev/nvme0n1p2", "/home ext4 253:0 /dev/mapper/home").luksDisk(), "fail(partial)"},
		{"folders by fscrypt are partial", laptop("/ ext4 259:3 /dev/nvme0n1p3").plainDisk().with("/.fscrypt/policies/x", ""), "fail(partial)"},
		{"folders by eCryptfs are partial", laptop("/ ext4 259:3 /dev/nvme0n1p3", "/home/ann ecryptfs 0:50 /home/.ecryptfs/ann/.Private").plainDisk(), "fail(partial)"},
		{"LVM on LUKS passes", onLVM("dm-0"), "pass"},
		{"LVM on LUKS and on a bare disk does not", onLVM("dm-0", "nvme1n1"), "fail(off)"},
		{"an array of a LUKS and a bare disk does not", laptop("/ ext4 9:0 /dev/md0").luksDisk().disk("nvme1n1", "259:8").disk("md0", "9:0", "dm-0", "nvme1n1"), "fail(off)"},
		{"an array below LUKS passes", laptop("/ ext4 253:5 /dev/mapper/x").plainDisk().disk("md0", "9:0", "nvme0n1p3").mapped("dm-5", "253:5", luks2, "md0"), "pass"},
		{"a part of an array follows the array", laptop("/ ext4 259:9 /dev/md0p1").luksDisk().disk("md0", "9:0", "dm-0").part("md0", "md0p1", "259:9"), "pass"},
		{"dm-verity hides nothing", laptop("/ ext4 253:5 /dev/dm-5").plainDisk().mapped("dm-5", "253:5", "CRYPT-VERITY-abc-root", "nvme0n1p3"), "fail(off)"},
		{"dm-integrity hides nothing", laptop("/ ext4 253:5 /dev/dm-5").plainDisk().mapped("dm-5", "253:5", "CRYPT-INTEGRITY-abc-root", "nvme0n1p3"), "fail(off)"},
		{"a disk that is being encrypted fails until it is done", laptop("/ ext4 253:5 /dev/dm-5").plainDisk().mapped("dm-6", "253:6", "CRYPT-SUBDEV-abc-hotzone", "nvme0n1p3").mapped("dm-5", "253:5", luks2, "dm-6"), "fail(in_progress)"},
		{"LUKS1 and plain dm-crypt count", laptop("/ ext4 253:5 /dev/dm-5", "/home ext4 253:6 /dev/dm-6").plainDisk().mapped("dm-5", "253:5", "CRYPT-LUKS1-a-b", "nvme0n1p3").mapped("dm-6", "253:6", "CRYPT-PLAIN-b", "nvme0n1p2"), "pass"},
		{"a drive that LUKS unlocks and that encrypts by itself cannot be told", laptop("/ ext4 253:5 /dev/dm-5").plainDisk().mapped("dm-5", "253:5", "CRYPT-LUKS2-OPAL-0f8fad5bd9cb469fa165708677289501-root", "nvme0n1p3"), "could_not_tell(hardware_encryption)"},
		{"VeraCrypt cannot be told", laptop(root, "/media/v ext4 253:7 /dev/mapper/veracrypt1").luksDisk().mapped("dm-7", "253:7", "", "nvme0n1p2").with("/sys/class/block/dm-7/dm/name", "veracrypt1\n"), "could_not_tell(unknown_mechanism)"},
		{"swap in the clear is partial", whole().swap(swapPart), "fail(partial)"},
		{"swap on LUKS passes", whole().swap("/dev/dm-0 partition 8388604 0 -2"), "pass"},
		{"swap in a file is as the disk it lies on", whole().swap("/swap.img file 8388604 0 -2"), "pass"},
		{"a swap file on a disk in the clear is partial", laptop(root, "/boot ext4 259:2 x").luksDisk().swap("/boot/swapfile file 8388604 0 -2"), "fail(partial)"},
		{"a program that lays its own names of servers over makes no container", laptop(root, "/etc/resolv.conf tmpfs 0:44 tmpfs").luksDisk(), "pass"},
		{"where it is hidden whether there is swap, it cannot be told", whole().without("/proc/swaps"), "could_not_tell(tool_missing)"},
		{"swap in compressed memory passes", whole().swap("/dev/zram0 partition 8388604 0 100"), "pass"},
		{"and makes a disk in the clear no better", laptop("/ ext4 259:3 x").plainDisk().swap("/dev/zram0 partition 8388604 0 100"), "fail(off)"},
		{"encrypted swap alone is partial, not a pass", laptop("/ ext4 259:2 x").luksDisk().swap("/dev/dm-0 partition 8388604 0 -2"), "fail(partial)"},
		{"btrfs, whose device number is none, is found by its source", btrfs(), "pass"},
		{"btrfs to which a bare disk was added is not encrypted", btrfs().with("/sys/fs/btrfs/7d5d/devices/nvme1n1", ""), "fail(off)"},
		{"btrfs whose source is not there cannot be told", laptop("/ btrfs 0:31 /dev/root").luksDisk(), "could_not_tell(tool_missing)"},
		{"ZFS that encrypts passes", zfs("aes-256-gcm"), "pass"},
		{"ZFS in the clear on LUKS passes", zfs("off").says("/usr/sbin/zpool list -v -H -P -L rpool", "rpool\t928G\t1G\n\t/dev/dm-0\t928G\t1G\n", 0), "pass"},
		{"ZFS in the clear on a bare disk fails", zfs("off").says("/usr/sbin/zpool list -v -H -P -L rpool", "rpool\t928G\t1G\n\t/dev/nvme0n1p3\t928G\t1G\n", 0), "fail(off)"},
		{"an answer of ZFS that is new is no pass", zfs("maybe"), "could_not_tell(unexpected_answer)"},
		{"ZFS without its tool cannot be told", laptop("/ zfs 0:28 rpool/ROOT/debian"), "could_not_tell(tool_missing)"},
		{"a container has no disk", whole().with("/run/systemd/container", "lxc\n"), "not_applicable(container)"},
		{"a machine made from an image of Docker is a machine", laptop("/ ext4 259:3 x").plainDisk().with("/.dockerenv", ""), "fail(off)"},
		{"an overlay alone cannot be told", laptop("/ overlay 0:40 overlay"), "could_not_tell(unknown_mechanism)"},
		{"Docker and pods have a hosts file laid over the image", laptop("/ overlay 0:40 overlay", "/etc/hosts ext4 259:3 /dev/nvme0n1p3", "/etc/resolv.conf ext4 259:3 /dev/nvme0n1p3").plainDisk(), "not_applicable(container)"},
		{"an image-based system has an overlay and is a machine", laptop("/ overlay 0:40 composefs", "/sysroot xfs 259:3 /dev/nvme0n1p3", "/var xfs 259:3 /dev/nvme0n1p3").plainDisk(), "fail(off)"},
		{"a volume in compressed memory does not count", laptop(root, "/var/log ext4 252:0 /dev/zram0").luksDisk().disk("zram0", "252:0"), "pass"},
		{"a root in memory is judged by what keeps data", laptop("/ tmpfs 0:30 tmpfs", "/nix ext4 253:0 /dev/dm-0").luksDisk(), "pass"},
		{"nothing that keeps data cannot be told", laptop("/ tmpfs 0:30 tmpfs"), "could_not_tell(unknown_mechanism)"},
		{"snaps are read-only and do not count", laptop(root, "/snap/core22/1 squashfs 7:0 /dev/loop0").luksDisk(), "pass"},
		{"a volume in a file is as the disk the file lies on", laptop("/ ext4 259:3 x", "/mnt ext4 7:1 /dev/loop1").plainDisk().disk("loop1", "7:1").with("/sys/class/block/loop1/loop/backing_file", "/var/disk.img\n"), "fail(off)"},
		{"and passes on LUKS", laptop(root, "/mnt ext4 7:1 /dev/loop1").luksDisk().disk("loop1", "7:1").with("/sys/class/block/loop1/loop/backing_file", "/var/disk.img\n"), "pass"},
		{"a path with a space is understood", laptop(root, `/data\040disk ext4 259:3 /dev/nvme0n1p3`).luksDisk(), "fail(partial)"},
		{"without sysfs nothing can be told", laptop(root), "could_not_tell(tool_missing)"},
		{"without rights nothing can be told", whole().refusing("/sys/class/block/dm-0/dm/uuid", fs.ErrPermission), "could_not_tell(no_permission)"},
		{"without mountinfo nothing can be told", newFake(), "could_not_tell(tool_missing)"},
		{"what is known to be in the clear outweighs what is not known", laptop("/ ext4 259:3 x", "/home ext4 99:1 y").plainDisk(), "fail(off)"},
		{"devices in a ring end", laptop("/ ext4 253:1 x").disk("dm-1", "253:1", "dm-2").disk("dm-2", "253:2", "dm-1"), "could_not_tell(unexpected_answer)"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := tt.on.verdict(t, wire.Linux, wire.DiskEncryption, Input{}); got != tt.want {
				t.Errorf("%s, want %s", got, tt.want)
			}
		})
	}
}

func TestAVolumeThatComesAndGoesChangesTheVerdict(t *testing.T) {
	f := laptop("/ ext4 253:0 /dev/mapper/luks-0f8f").luksDisk().disk("nvme1n1", "259:8").mapped("dm-9", "253:9", luks2, "nvme1n1")
	want := func(want string) {
		t.Helper()
		if got := f.verdict(t, wire.Linux, wire.DiskEncryption, Input{}); got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
	want("pass")
	without := f.files["/proc/self/mountinfo"]
	f.mounted("/data ext4 259:8 /dev/nvme1n1")
	want("fail(partial)")
	f.files["/proc/self/mountinfo"] = without
	f.mounted("/data ext4 253:9 /dev/mapper/data")
	want("pass")
}

func FuzzMounts(f *testing.F) {
	f.Add("27 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda rw\n")
	f.Add(`40 27 0:31 /@home /home\040x rw shared:2 - btrfs /dev/mapper/luks-\134 rw,subvol=/@home`)
	f.Fuzz(func(t *testing.T, text string) {
		m := parseMounts(text)
		covers(m, "/home/x")
		if len(volumes(m)) > len(m) {
			t.Error("more volumes than mounts")
		}
	})
}
