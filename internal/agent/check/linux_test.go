package check

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/toucan-grc/toucan/internal/wire"
)

// fact is one line of a table of facts about a check.
type fact struct {
	name string
	on   *fake
	want string
}

// hold tests the facts about one check on Linux.
func hold(t *testing.T, c wire.Check, in Input, facts []fact) {
	t.Helper()
	for _, f := range facts {
		t.Run(f.name, func(t *testing.T) {
			if got := f.on.verdict(t, wire.Linux, c, in); got != f.want {
				t.Errorf("%s, want %s", got, f.want)
			}
		})
	}
}

func TestAntivirusOnLinux(t *testing.T) {
	bare := newFake().with("/run/systemd/system/x", "")
	unit := func(f *fake, name string) *fake {
		return f.with("/usr/lib/systemd/system/"+name+".service", "").with("/sys/fs/cgroup/system.slice/"+name+".service/cgroup.procs", "812\n813\n")
	}
	clam := func(age time.Duration) *fake {
		f := unit(bare, "clamav-daemon").with("/var/lib/clamav/daily.cld", "")
		f.changed["/var/lib/clamav/daily.cld"] = now.Add(-age)
		return f
	}
	mdatp := unit(bare, "mdatp")
	asks := "/usr/bin/mdatp health --field real_time_protection_enabled"
	falcon := unit(bare, "falcon-sensor")
	rfm := "/opt/CrowdStrike/falconctl -g --rfm-state"
	stopped := bare.with("/usr/lib/systemd/system/clamav-daemon.service", "")
	week := 7 * 24 * time.Hour
	hold(t, wire.Antivirus, Input{}, []fact{
		{"nothing is nothing", bare, "fail(missing)"},
		{"an EDR that runs passes", unit(bare, "ds_agent"), "pass"},
		{"installed is not running", stopped, "fail(not_running)"},
		{"a unit without processes is not running", stopped.with("/sys/fs/cgroup/system.slice/clamav-daemon.service/cgroup.procs", "\n"), "fail(not_running)"},
		{"ClamAV with signatures of a week passes", clam(week), "pass"},
		{"a moment older does not", clam(week + time.Second), "fail(signatures_old)"},
		{"ClamAV without signatures does not", unit(bare, "clamav-daemon"), "fail(signatures_old)"},
		{"ClamAV of Fedora runs in a slice of its own", bare.with("/sys/fs/cgroup/system.slice/system-clamd.slice/clamd@scan.service/cgroup.procs", "9\n").with("/var/lib/clamav/daily.cvd", ""), "pass"},
		{"systemd on the older cgroups is seen too", bare.with("/sys/fs/cgroup/systemd/system.slice/ds_agent.service/cgroup.procs", "9\n"), "pass"},
		{"only freshclam fetches signatures for nobody", unit(bare, "clamav-freshclam"), "fail(missing)"},
		{"Defender that protects passes", mdatp.says(asks, "true\n", 0), "pass"},
		{"Defender that runs and does not protect fails", mdatp.says(asks, "false\n", 0), "fail(off)"},
		{"Defender that says something else is no pass", mdatp.says(asks, "unavailable\n", 0), "could_not_tell(unexpected_answer)"},
		{"Defender that cannot be asked is no pass", mdatp, "could_not_tell(tool_missing)"},
		{"Falcon passes", falcon.says(rfm, "rfm-state=false.\n", 0), "pass"},
		{"Falcon on a kernel it does not know fails", falcon.says(rfm, "rfm-state=true.\n", 0), "fail(not_running)"},
		{"one that protects outweighs one that does not", unit(mdatp.says(asks, "false\n", 0), "ds_agent"), "pass"},
		{"AppArmor and SELinux are no antivirus", unit(unit(bare, "apparmor"), "selinux-autorelabel"), "fail(missing)"},
		{"what only collects is no antivirus", unit(unit(unit(bare, "osqueryd"), "wazuh-agent"), "elastic-agent"), "fail(missing)"},
		{"a name that holds another is not it", unit(bare, "preset-esets-like"), "fail(missing)"},
		{"without systemd it cannot be told", newFake(), "could_not_tell(unknown_mechanism)"},
		{"without rights it cannot be told", stopped.refusing("/sys/fs/cgroup/system.slice/clamav-daemon.service/cgroup.procs", fs.ErrPermission), "could_not_tell(no_permission)"},
	})
	exempt := wire.Usual()
	exempt.LinuxAntivirus = false
	hold(t, wire.Antivirus, Input{Settings: exempt}, []fact{
		{"an organisation may not ask it of Linux", bare, "not_applicable(policy_exempt)"},
	})
}

func TestPasswordManagerOnLinux(t *testing.T) {
	const (
		bitwarden = "nngceckbapebfimnlniiiahkandclblb"
		firefox   = "/home/ann/.mozilla/firefox/"
	)
	ann := newFake()
	ann.users = []User{{Name: "ann", Home: "/home/ann", ID: "1000"}}
	in := func(root, profile, id, entry string) *fake {
		dir := "/home/ann/" + root + "/" + profile + "/"
		return ann.with(dir+"Extensions/"+id+"/1.0_0/manifest.json", "{}").with(dir+"Preferences", `{"extensions":{"settings":{"`+id+`":`+entry+`}},"account_info":[{"email":"ann@example.org"}]}`)
	}
	fox := func(addon string) *fake {
		return ann.with(firefox+"profiles.ini", "[Profile0]\nName=default\nIsRelative=1\nPath=ab12.default-release\n").
			with(firefox+"ab12.default-release/extensions.json", `{"schemaVersion":36,"addons":[{"id":"someone@else","active":true},`+addon+`]}`)
	}
	both := ann.with("/home/ann/.local/share/flatpak/app/com.bitwarden.desktop/current", "")
	both.users = append(ann.users[:1:1], User{Name: "bob", Home: "/home/bob"})
	nobody := newFake()
	chrome := ".config/google-chrome"
	facts := []fact{
		{"nothing is nothing", ann, "fail(missing)"},
		{"a program for everybody passes", ann.with("/usr/bin/keepassxc", ""), "pass"},
		{"also where nobody was for 30 days", nobody.with("/opt/1Password/1password", ""), "pass"},
		{"a snap passes", ann.with("/snap/bitwarden/current/x", ""), "pass"},
		{"a Flatpak of a user passes", ann.with("/home/ann/.local/share/flatpak/app/com.bitwarden.desktop/current/x", ""), "pass"},
		{"GNOME's keyring is no password manager", ann.with("/usr/bin/gnome-keyring-daemon", "").with("/usr/bin/seahorse", "").with("/usr/bin/kwalletd6", ""), "fail(missing)"},
		{"an extension that is on passes", in(chrome, "Default", bitwarden, `{"state":1}`), "pass"},
		{"an extension in another profile passes", in(chrome, "Profile 3", bitwarden, `{"state":1}`), "pass"},
		{"an extension in another browser passes", in(".config/BraveSoftware/Brave-Browser", "Default", bitwarden, `{"state":1}`), "pass"},
		{"Edge's store has ids of its own", in(".config/microsoft-edge", "Default", "jbkfoedolllekgbhcbcoahefnbanhhlh", `{"state":1}`), "pass"},
		{"a browser from a snap passes", in("snap/chromium/common/chromium", "Default", bitwarden, `{"state":1}`), "pass"},
		{"an extension that is off does not", in(chrome, "Default", bitwarden, `{"state":0}`), "fail(missing)"},
		{"nor one that newer browsers switched off", in(chrome, "Default", bitwarden, `{"disable_reasons":[1]}`), "fail(missing)"},
		{"reasons of nothing are none", in(chrome, "Default", bitwarden, `{"disable_reasons":[]}`), "pass"},
		{"older browsers write the reasons as a number", in(chrome, "Default", bitwarden, `{"state":1,"disable_reasons":8192}`), "fail(missing)"},
		{"a folder that was left behind does not", in(chrome, "Default", "x", `{}`).with("/home/ann/"+chrome+"/Default/Extensions/"+bitwarden+"/1/x", ""), "fail(missing)"},
		{"a guest's profile does not", in(chrome, "Guest Profile", bitwarden, `{"state":1}`), "fail(missing)"},
		{"an id that is shorter by a letter is another", in(chrome, "Default", bitwarden[:31], `{"state":1}`), "fail(missing)"},
		{"an id that is longer by a letter is another", in(chrome, "Default", bitwarden+"x", `{"state":1}`), "fail(missing)"},
		{"settings that are no JSON are no pass", in(chrome, "Default", bitwarden, `{`), "could_not_tell(unreadable)"},
		{"an add-on of Firefox that is on passes", fox(`{"id":"{446900e4-71c2-419f-a6a7-df9c091e268b}","active":true}`), "pass"},
		{"one that is off does not", fox(`{"id":"{446900e4-71c2-419f-a6a7-df9c091e268b}","active":false}`), "fail(missing)"},
		{"an add-on that is none does not", fox(`{"id":"password-manager@example.org","active":true}`), "fail(missing)"},
		{"every user needs one", both, "fail(missing)"},
		{"iCloud's extension is built in", in(chrome, "Default", "pejdijmoenmkgeppbflobdenhhabjlaj", `{"state":1}`), "fail(missing)"},
		{"without rights it cannot be told", ann.refusing("/home/ann/.config/google-chrome", fs.ErrPermission), "could_not_tell(no_permission)"},
		{"nobody in 30 days cannot be told", nobody, "could_not_tell(no_session)"},
		{"without accounts it cannot be told", ann.refusing("users", errors.New("x")), "could_not_tell(unreadable)"},
	}
	hold(t, wire.PasswordManager, Input{}, facts)
	accepting := wire.Usual()
	accepting.AcceptBuiltIn = true
	hold(t, wire.PasswordManager, Input{Settings: accepting}, []fact{
		{"a browser's own counts where it is accepted", fox(`{"id":"x","active":true}`), "pass(built_in)"},
		{"a user without a browser has none", ann, "fail(missing)"},
		{"one of its own is better", in(chrome, "Default", bitwarden, `{"state":1}`), "pass"},
	})
}

func TestFirewallOnLinux(t *testing.T) {
	const nft = "/usr/sbin/nft -j -t list ruleset"
	rules := func(name string) *fake {
		b, err := os.ReadFile(filepath.Join("testdata", "linux", "nft", name+".json"))
		if err != nil {
			t.Fatal(err)
		}
		return newFake().with("/proc/net/if_inet6", "").says(nft, string(b), 0)
	}
	none := newFake().with("/proc/net/if_inet6", "").says(nft, `{"nftables": [{"metainfo": {"version": "1.0.6"}}]}`, 0)
	old := func(v4, v6 string) *fake {
		f := none.with("/proc/net/ip_tables_names", "filter\n").with("/proc/net/ip6_tables_names", "filter\n")
		return f.says("/usr/sbin/iptables-legacy -S", v4, 0).says("/usr/sbin/ip6tables-legacy -S", v6, 0)
	}
	drop := "-P INPUT DROP\n-P FORWARD ACCEPT\n-A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT\n-A INPUT -p tcp -m tcp --dport 22 -j ACCEPT\n"
	refused := none.says(nft, "", 1)
	refused.outputs[nft] = Output{Exit: 1, Stderr: []byte("Operation not permitted (you must be root)\nnetlink: Error: cache initialization failed: Operation not permitted\n")}
	hold(t, wire.Firewall, Input{}, []fact{
		{"a chain of one's own that drops passes", rules("own"), "pass"},
		{"ufw, loaded, passes", rules("ufw").with("/etc/ufw/ufw.conf", "ENABLED=yes\n"), "pass"},
		{"ufw that lets everything in does not", rules("ufw-allow").with("/etc/ufw/ufw.conf", "ENABLED=yes\n"), "fail(allows_all)"},
		{"ufw, switched on and not loaded, is not running", none.with("/etc/ufw/ufw.conf", "# x\nENABLED=yes\n"), "fail(not_running)"},
		{"ufw, switched off, is off", none.with("/etc/ufw/ufw.conf", "ENABLED=no\n"), "fail(off)"},
		{"firewalld passes: it rejects at its end", rules("firewalld"), "pass"},
		{"firewalld whose usual zone trusts everybody does not", rules("firewalld-trusted"), "fail(allows_all)"},
		{"firewalld that trusts everybody on the wireless card does not", rules("firewalld-card-trusted"), "fail(allows_all)"},
		{"chains of Docker and libvirt are no firewall", rules("docker-libvirt"), "fail(no_firewall)"},
		{"rules that are asleep are none", rules("dormant"), "fail(no_firewall)"},
		{"rules that belong to a running program count", none.says(nft, owned(`["owner","persist"]`), 0), "pass"},
		{"those asleep do not in newer releases either", none.says(nft, owned(`["dormant"]`), 0), "fail(no_firewall)"},
		{"a machine on which nothing listens has no firewall either", none.with("/proc/net/tcp", "  sl  local_address\n").with("/proc/net/udp", "  sl\n"), "fail(no_firewall)"},
		{"no rules are none", none, "fail(no_firewall)"},
		{"rules for IPv4 alone leave IPv6 open", none.says(nft, inputChain("ip", "drop", ""), 0), "fail(some_profile_off)"},
		{"and are enough where IPv6 is off", none.says(nft, inputChain("ip", "drop", ""), 0).with("/proc/sys/net/ipv6/conf/all/disable_ipv6", "1\n"), "pass"},
		{"a rule that lets all in undoes the policy", none.says(nft, inputChain("inet", "drop", `{"accept":null}`), 0), "fail(allows_all)"},
		{"a reject within a condition is no firewall", none.says(nft, inputChain("inet", "accept", `{"match":{"op":"==","left":{"payload":{"protocol":"tcp","field":"dport"}},"right":23}},{"reject":null}`), 0), "fail(no_firewall)"},
		{"a chain named input that is no base chain is no firewall", none.says(nft, `{"nftables":[{"chain":{"family":"inet","table":"t","name":"input"}},{"rule":{"family":"inet","table":"t","chain":"input","expr":[{"drop":null}]}}]}`, 0), "fail(no_firewall)"},
		{"a chain of forwarding is none", none.says(nft, strings.ReplaceAll(inputChain("inet", "drop", ""), `"input"`, `"forward"`), 0), "fail(no_firewall)"},
		{"a drop that packets may leave before is no firewall", old("-P INPUT ACCEPT\n-A INPUT -s 10.0.0.0/8 -j RETURN\n-A INPUT -j DROP\n", drop), "fail(some_profile_off)"},
		{"rules of the old kind pass", old(drop, drop), "pass"},
		{"rules of the old kind that end in a reject pass", old("-P INPUT ACCEPT\n-A INPUT -i lo -j ACCEPT\n-A INPUT -j LOG --log-prefix \"a -j ACCEPT\"\n-A INPUT -j REJECT --reject-with icmp-port-unreachable\n", drop), "pass"},
		{"a comment is no rule", old("-P INPUT DROP\n-A INPUT -p tcp -m comment --comment \"x -j ACCEPT\" -j DROP\n", drop), "pass"},
		{"rules of the old kind for IPv4 alone leave IPv6 open", old(drop, "-P INPUT ACCEPT\n"), "fail(some_profile_off)"},
		{"rules that are not loaded are not listed", none.says("/usr/sbin/iptables-legacy -S", drop, 0), "fail(no_firewall)"},
		{"without nft the old tool is asked", newFake().says("/usr/sbin/iptables -S", drop, 0).says("/usr/sbin/ip6tables -S", drop, 0), "pass"},
		{"also where its rules lie in nftables, and the older tool is there and knows of none", newFake().says("/usr/sbin/iptables-legacy -S", "-P INPUT ACCEPT\n", 0).says("/usr/sbin/ip6tables-legacy -S", "", 3).
			says("/usr/sbin/iptables -S", drop, 0).says("/usr/sbin/ip6tables -S", drop, 0), "pass"},
		{"with neither it cannot be told", newFake(), "could_not_tell(tool_missing)"},
		{"without rights it cannot be told", refused, "could_not_tell(no_permission)"},
		{"an answer that is none is no pass", none.says(nft, "table inet filter {", 0), "could_not_tell(unexpected_answer)"},
		{"no answer in time is no pass", none.refusing(nft, context.DeadlineExceeded), "could_not_tell(timeout)"},
		{"a container has the host's", rules("own").with("/run/systemd/container", "lxc").with("/proc/self/mountinfo", ""), "not_applicable(container)"},
	})
}

// owned is a table with flags and a chain that keeps all out.
func owned(flags string) string {
	return strings.Replace(inputChain("inet", "drop", ""), `[`, `[{"table":{"family":"inet","name":"t","flags":`+flags+`}},`, 1)
}

// inputChain is a base chain for input with one rule, as nft prints it.
func inputChain(family, policy, expr string) string {
	rule := ""
	if expr != "" {
		rule = `,{"rule":{"family":"` + family + `","table":"t","chain":"c","expr":[` + expr + `]}}`
	}
	return `{"nftables":[{"chain":{"family":"` + family + `","table":"t","name":"c","type":"filter","hook":"input","prio":0,"policy":"` + policy + `"}}` + rule + `]}`
}

func TestOSSupportedOnLinux(t *testing.T) {
	rel := func(lines string) *fake { return newFake().with("/etc/os-release", lines) }
	aged := func(f *fake, path string, age time.Duration) *fake {
		f = f.with(path, "")
		f.changed[path] = now.Add(-age)
		return f
	}
	days := func(n int) time.Duration { return time.Duration(n) * 24 * time.Hour }
	arch := rel("ID=arch\n")
	pro := func(attached, status, expires string) *fake {
		return rel("ID=ubuntu\nVERSION_ID=\"20.04\"\n").with("/var/lib/ubuntu-advantage/status.json",
			`{"account":{"name":"Ann Ltd"},"attached":`+attached+`,"expires":`+expires+`,"services":[{"name":"esm-apps","status":"enabled"},{"name":"esm-infra","entitled":"yes","status":"`+status+`"}]}`)
	}
	year := `"2027-11-26T00:00:00+00:00"`
	hold(t, wire.OSSupported, Input{}, []fact{
		{"Debian 12, as captured, has its community's extended support", machine(t, "linux/debian12"), "pass(extended_support)"},
		{"Debian 13 passes", rel("ID=debian\nVERSION_ID=\"13\"\n"), "pass"},
		{"Ubuntu with quotes of the other kind passes", rel("ID='ubuntu'\nVERSION_ID='24.04'\n"), "pass"},
		{"Ubuntu of which only paid support is left, and has none, fails", rel("ID=ubuntu\nVERSION_ID=\"20.04\"\n"), "fail(eol_passed)"},
		{"Ubuntu Pro that is on is extended support", pro("true", "enabled", year), "pass(extended_support)"},
		{"Ubuntu Pro without its security updates is none", pro("true", "disabled", year), "fail(eol_passed)"},
		{"a machine that was taken out of Ubuntu Pro has none", pro("false", "enabled", year), "fail(eol_passed)"},
		{"a contract that has ended brings none", pro("true", "enabled", `"2026-11-26T12:00:00+00:00"`), "fail(eol_passed)"},
		{"a contract without an end is not understood", pro("true", "enabled", "null"), "fail(eol_passed)"},
		{"Fedora that ends within 90 days passes with a word", rel("ID=fedora\nVERSION_ID=43\n"), "pass(eol_within_90_days)"},
		{"RHEL is judged by its major number", rel("ID=\"rhel\"\nVERSION_ID=\"9.6\"\n"), "pass"},
		{"Mint is judged by its major number", rel("ID=linuxmint\nVERSION_ID=\"22.1\"\nNAME=\"Linux Mint\"\n"), "pass"},
		{"Mint's Debian edition is another", rel("ID=linuxmint\nVERSION_ID=\"7\"\nNAME=\"LMDE\"\n"), "pass"},
		{"what looks like Ubuntu is not Ubuntu", rel("ID=zorin\nID_LIKE=\"ubuntu debian\"\nVERSION_ID=\"17\"\n"), "could_not_tell(unknown_release)"},
		{"a release newer than the table is no pass", rel("ID=ubuntu\nVERSION_ID=\"26.10\"\n"), "could_not_tell(unknown_release)"},
		{"a rolling release fetched 59 days ago passes", aged(arch, "/var/lib/pacman/sync/core.db", days(60)-time.Second), "pass(rolling_release)"},
		{"one fetched 60 days ago cannot be told", aged(arch, "/var/lib/pacman/sync/core.db", days(60)), "could_not_tell(sync_old)"},
		{"one that never was cannot be told", arch, "could_not_tell(tool_missing)"},
		{"Debian without a number is rolling", aged(rel("ID=debian\nVERSION_CODENAME=forky\n"), "/var/lib/apt/lists", days(1)), "pass(rolling_release)"},
		{"Tumbleweed's number is its day", rel("ID=opensuse-tumbleweed\nVERSION_ID=\"20261101\"\n"), "pass(rolling_release)"},
		{"an old Tumbleweed cannot be told", rel("ID=opensuse-tumbleweed\nVERSION_ID=\"20260801\"\n"), "could_not_tell(sync_old)"},
		{"the other place of os-release is looked at", newFake().with("/usr/lib/os-release", "ID=debian\nVERSION_ID=13\n"), "pass"},
		{"without os-release it cannot be told", newFake(), "could_not_tell(tool_missing)"},
		{"an empty one is an unknown release", rel(""), "could_not_tell(unknown_release)"},
	})
}

func TestAutoUpdateOnLinux(t *testing.T) {
	const dump = "/usr/bin/apt-config dump"
	deb := machine(t, "linux/debian12")
	apt := func(replace ...string) *fake {
		return deb.says(dump, strings.NewReplacer(replace...).Replace(string(deb.outputs[dump].Stdout)), 0)
	}
	sys := func(release string) *fake {
		return newFake().with("/etc/os-release", release).with("/run/systemd/system/x", "")
	}
	timer := func(f *fake, names ...string) *fake {
		for _, n := range names {
			f = f.with("/etc/systemd/system/timers.target.wants/"+n+".timer", "")
		}
		return f
	}
	masked := deb.copy()
	masked.links["/etc/systemd/system/apt-daily-upgrade.timer"] = "/dev/null"
	fedora := sys("ID=fedora\nVERSION_ID=44\n")
	dnf := func(f *fake, lines string) *fake { return f.with("/etc/dnf/automatic.conf", "[commands]\n"+lines) }
	blue := fedora.with("/run/ostree-booted", "")
	policy := func(p string) *fake {
		return blue.with("/etc/rpm-ostreed.conf", "[Daemon]\nAutomaticUpdatePolicy="+p+"\n")
	}
	mint := sys("ID=linuxmint\nID_LIKE=\"ubuntu debian\"\n").says(dump, "APT::Periodic::Update-Package-Lists \"1\";\n", 0)
	mintOn := mint.with("/var/lib/linuxmint/mintupdate-automatic-upgrades-enabled", "")
	leap := sys("ID=\"opensuse-leap\"\nID_LIKE=\"suse opensuse\"\nVERSION_ID=\"16.0\"\n")
	hold(t, wire.AutoUpdate, Input{}, []fact{
		{"Debian 12 with unattended-upgrades, as captured, passes", deb, "pass"},
		{"refreshing lists alone installs nothing", apt(`Unattended-Upgrade "1"`, `Unattended-Upgrade "0"`), "fail(notify_only)"},
		{"downloading alone installs nothing", apt(`Unattended-Upgrade "1"`, `Download-Upgradeable-Packages "1"`), "fail(download_only)"},
		{"a file of settings without the package installs nothing", deb.without("/usr/bin/unattended-upgrade"), "fail(no_mechanism)"},
		{"a timer that is off starts nothing", deb.without("/etc/systemd/system/timers.target.wants/apt-daily-upgrade"), "fail(timer_off)"},
		{"a timer that is barred starts nothing", masked, "fail(timer_off)"},
		{"installing from lists that are never fetched is paused", apt(`Update-Package-Lists "1"`, `Update-Package-Lists "0"`), "fail(paused)"},
		{"periodic work can be switched off whole", apt(`APT::Periodic "";`, `APT::Periodic::Enable "0";`), "fail(off)"},
		{"security updates have to be among the origins", apt("label=Debian-Security", "label=Debian", " -security", "", "-security", ""), "fail(off)"},
		{"Ubuntu writes its origins otherwise", apt("Origins-Pattern::", "Allowed-Origins::", "origin=Debian,codename=${distro_codename},label=Debian-Security", "${distro_id}:${distro_codename}-security"), "pass"},
		{"without apt-config it cannot be told", deb.without(dump), "could_not_tell(tool_missing)"},
		{"Mint's own automation passes", timer(mintOn, "mintupdate-automation-upgrade"), "pass"},
		{"Mint's automation without its timer does not", mintOn, "fail(notify_only)"},
		{"Mint's timer without its switch does not", timer(mint, "mintupdate-automation-upgrade"), "fail(notify_only)"},

		{"dnf4 that applies passes", dnf(timer(fedora, "dnf-automatic"), "apply_updates = yes\n"), "pass"},
		{"dnf4 that only downloads does not", dnf(timer(fedora, "dnf-automatic"), "apply_updates = no\ndownload_updates = yes\n"), "fail(download_only)"},
		{"dnf4 that only tells does not", dnf(timer(fedora, "dnf-automatic"), "apply_updates = no\ndownload_updates = no\n"), "fail(notify_only)"},
		{"dnf4's timer that always installs passes", timer(fedora, "dnf-automatic-install"), "pass"},
		{"dnf5 that applies passes", dnf(timer(fedora, "dnf5-automatic"), "apply_updates=true\n"), "pass"},
		{"dnf5 as it comes does not", timer(fedora, "dnf5-automatic"), "fail(notify_only)"},
		{"dnf5 of a distribution that applies passes", timer(fedora, "dnf5-automatic").with("/usr/share/dnf5/dnf5-plugins/automatic.conf", "[commands]\napply_updates = yes\n"), "pass"},
		{"the administrator outweighs the distribution", dnf(timer(fedora, "dnf5-automatic"), "apply_updates = no\n").with("/usr/share/dnf5/dnf5-plugins/automatic.conf", "[commands]\napply_updates = yes\n"), "fail(notify_only)"},
		{"set up without its timer is off", dnf(fedora, "apply_updates = yes\n"), "fail(timer_off)"},
		{"Fedora as it comes installs nothing", fedora, "fail(off)"},
		{"rpm-ostree that stages passes", timer(policy("stage"), "rpm-ostreed-automatic"), "pass"},
		{"rpm-ostree that stages without its timer does not", policy("stage"), "fail(timer_off)"},
		{"rpm-ostree that checks does not", timer(policy("check"), "rpm-ostreed-automatic"), "fail(notify_only)"},
		{"rpm-ostree as it comes does not", blue, "fail(off)"},
		{"an image fetched by bootc passes", timer(blue, "bootc-fetch-apply-updates"), "pass"},
		{"MicroOS passes", timer(sys("ID=\"opensuse-microos\"\nID_LIKE=\"suse opensuse opensuse-tumbleweed\"\n"), "transactional-update"), "pass"},
		{"Leap as it comes does not", leap, "fail(off)"},
		{"Leap with YaST's job passes", leap.with("/etc/sysconfig/automatic_online_update", "AOU_ENABLE_CRONJOB=\"true\"\n"), "pass"},
		{"Arch has nothing that installs by itself", sys("ID=arch\n"), "fail(no_mechanism)"},
		{"what is made after Arch has not either", sys("ID=cachyos\nID_LIKE=arch\n"), "fail(no_mechanism)"},
		{"NixOS has not unless it is set up", sys("ID=nixos\n"), "fail(no_mechanism)"},
		{"NixOS that is set up passes", timer(sys("ID=nixos\n"), "nixos-upgrade"), "pass"},
		{"Gentoo without systemd has nothing", newFake().with("/etc/os-release", "ID=gentoo\n"), "fail(no_mechanism)"},
		{"an unknown system cannot be told", sys("ID=haiku\n"), "could_not_tell(unknown_mechanism)"},
		{"Debian without systemd cannot be told", newFake().with("/etc/os-release", "ID=debian\n"), "could_not_tell(unknown_mechanism)"},
	})
}

func FuzzRules(f *testing.F) {
	f.Add(inputChain("inet", "drop", `{"accept":null}`))
	f.Add("-P INPUT DROP\n-A INPUT ! -i lo -j ACCEPT\n-A INPUT -m comment --comment \"a \\\" b\" -g X\n-N X\n-A X -j INPUT\n")
	f.Fuzz(func(t *testing.T, text string) {
		if tables, err := parseNFT([]byte(text)); err == nil {
			guards4and6(tables)
		}
		chains := parseSaved(text)
		outcome(chains["INPUT"], chains)
		parseApt(text).security()
	})
}

func FuzzExtensions(f *testing.F) {
	f.Add([]byte(`{"extensions":{"settings":{"a":{"state":1,"disable_reasons":[1]}}}}`))
	f.Add([]byte(`{"addons":[{"id":"{446900e4-71c2-419f-a6a7-df9c091e268b}","active":true}]}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		if known, on, err := extensionOn(b, "a"); on && (!known || err != nil) {
			t.Error("an extension that is on and not known")
		}
		_, _ = addonsOn(b)
	})
}
