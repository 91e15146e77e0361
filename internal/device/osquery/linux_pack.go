package osquery

import "github.com/toucan-grc/toucan/internal/wire"

// linuxRulings are what osquery's tables can answer on Linux. It has no table for the
// screen lock of a desktop and none for automatic updates, and of the firewall it shows
// only the older iptables for IPv4: these stay untold.
func linuxRulings(s wire.Settings) map[wire.Check]ruling {
	ends, until := endsSQL("ubuntu", "debian", "fedora", "rhel", "almalinux", "rocky", "centos", "linuxmint", "lmde", "pop", "opensuse-leap", "nixos")
	return map[wire.Check]ruling{
		wire.DiskEncryption:  linuxDisk(),
		wire.Antivirus:       linuxGuard(s),
		wire.PasswordManager: linuxManager(),
		wire.OSSupported: supported(ends, `SELECT e.* FROM os_version o JOIN ends e ON e.product = o.platform AND e.release IN (CAST(o.major AS TEXT), printf('%d.%02d', o.major, o.minor), printf('%d.%d', o.major, o.minor))`,
			until, s),
	}
}

// linuxDisk looks at what /, /home and /var lie on; disk_encryption names a volume by its
// device, and looks through to what is below it.
func linuxDisk() ruling {
	const with = `vol AS (SELECT m.path, m.type, (SELECT max(d.encrypted) FROM disk_encryption d WHERE d.name IN (m.device, m.device_alias)) AS encrypted FROM mounts m WHERE m.path IN ('/', '/home', '/var'))`
	return ruling{with: with, rules: []rule{
		{exists("vol WHERE path = '/' AND type = 'overlay'"), wire.Container},
		{none("disk_encryption"), wire.Unreadable},
		{none("vol WHERE path = '/'"), wire.Unreadable},
		{exists("vol WHERE encrypted IS NULL"), wire.UnknownMechanism},
		{none("vol WHERE encrypted = 1"), wire.Off},
		{exists("vol WHERE encrypted <> 1"), wire.Partial},
	}}
}

// linuxGuard takes an active unit of the catalogue, or ClamAV with signatures of the last
// week.
func linuxGuard(s wire.Settings) ruling {
	if !s.LinuxAntivirus {
		return ruling{otherwise: wire.PolicyExempt}
	}
	clam := exists("systemd_units WHERE id IN ('clamav-daemon.service', 'clamd@scan.service') AND active_state = 'active'")
	return ruling{rules: []rule{
		{none("systemd_units"), wire.Unreadable},
		{exists("systemd_units WHERE active_state = 'active' AND id IN " + among(guardsLinux)), ""},
		{clam + " AND " + exists("file WHERE path IN ('/var/lib/clamav/daily.cld', '/var/lib/clamav/daily.cvd') AND mtime > CAST(strftime('%s', 'now', '-7 days') AS INTEGER)"), ""},
		{clam, wire.SignaturesOld},
		{exists("systemd_units WHERE id IN ('clamav-daemon.service', 'clamd@scan.service') OR id IN " + among(guardsLinux)), wire.NotRunning},
	}, otherwise: wire.Missing}
}

// linuxManager looks among packages and extensions of browsers. Snaps, Flatpaks and
// AppImages are in no table, so what was not found may be there all the same.
func linuxManager() ruling {
	return ruling{rules: []rule{
		{exists("deb_packages WHERE name IN "+among(managersLinux)) + " OR " + exists("rpm_packages WHERE name IN "+among(managersLinux)), ""},
		{browserManager(), ""},
	}, otherwise: wire.UnknownMechanism}
}
