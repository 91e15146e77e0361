package osquery

import (
	"fmt"

	"github.com/toucan-grc/toucan/internal/wire"
)

const updatesPlist = "/Library/Preferences/com.apple.SoftwareUpdate.plist"

// macRulings are what osquery's tables can answer on macOS.
func macRulings(s wire.Settings) map[wire.Check]ruling {
	ends, until := endsSQL("macos")
	return map[wire.Check]ruling{
		wire.DiskEncryption:  macDisk(),
		wire.ScreenLock:      macLock(s),
		wire.Antivirus:       macGuard(),
		wire.PasswordManager: macManager(s),
		wire.Firewall:        macWall(),
		wire.AutoUpdate:      macUpdate(),
		// macOS 26 calls itself 16 to programs built for older systems
		wire.OSSupported: supported(ends, `SELECT e.* FROM os_version o JOIN ends e ON e.product = 'macos' AND e.release = CASE o.major WHEN 16 THEN '26' WHEN 10 THEN '10.' || o.minor ELSE CAST(o.major AS TEXT) END`, until, s),
	}
}

// macDisk asks FileVault. The column encrypted says 1 of every Mac with a T2 or an Apple
// chip, whether or not FileVault is on.
func macDisk() ruling {
	return ruling{rules: []rule{
		{exists("disk_encryption WHERE user_uuid IS NOT '' AND filevault_status = 'on'"), ""},
		{exists("disk_encryption WHERE filevault_status = 'off'"), wire.Off},
	}, otherwise: wire.Unreadable}
}

// macLock takes the profile of the organisation. The table screenlock is empty for root,
// as whom osquery runs; and without a profile nobody but the session knows when the
// screen goes dark.
func macLock(s wire.Settings) ruling {
	forced := func(domain, name string) string {
		return fmt.Sprintf("(SELECT CAST(value AS INTEGER) FROM managed_policies WHERE domain = %s AND name = %s LIMIT 1)", text(domain), text(name))
	}
	saver := "com.apple.screensaver"
	profile := fmt.Sprintf("%s BETWEEN 1 AND %d AND %s = 1 AND %s BETWEEN 0 AND 5",
		forced(saver, "idleTime"), s.LockMinutes*60, forced(saver, "askForPassword"), forced(saver, "askForPasswordDelay"))
	return ruling{rules: []rule{
		{exists("screenlock WHERE enabled = 0"), wire.NoPassword},
		{profile, ""},
	}, otherwise: wire.NoSession}
}

// macGuard wants an active extension of a known maker; else XProtect counts, if System
// Integrity Protection is on and it was renewed within 90 days.
func macGuard() ruling {
	const xprotect = "file WHERE path IN ('/Library/Apple/System/Library/CoreServices/XProtect.bundle/Contents/Info.plist', '/private/var/protected/xprotect/XProtect.bundle/Contents/Info.plist')"
	return ruling{rules: []rule{
		{guardMac(), ""},
		{none("sip_config WHERE config_flag = 'sip'"), wire.Unreadable},
		{exists("sip_config WHERE config_flag = 'sip' AND enabled = 0"), wire.Off},
		{none(xprotect), wire.Missing},
		{none(xprotect + " AND mtime > CAST(strftime('%s', 'now', '-90 days') AS INTEGER)"), wire.SignaturesOld},
		{switchedOff("ConfigDataInstall"), wire.Off},
	}, otherwise: wire.PlatformOnly}
}

// macManager looks for known bundles and extensions. That the table of applications is
// empty says nothing, for every Mac has some.
func macManager(s wire.Settings) ruling {
	r := ruling{rules: []rule{
		{exists("apps WHERE bundle_identifier IN " + among(managersMac)), ""},
		{browserManager(), ""},
	}, otherwise: wire.Missing}
	if s.AcceptBuiltIn {
		r.rules = append(r.rules, rule{exists("apps WHERE bundle_identifier = 'com.apple.Passwords'") + " OR " + builtInManager(), wire.BuiltIn})
	}
	r.rules = append(r.rules, rule{none("apps"), wire.Unreadable})
	return r
}

// macWall asks the application firewall. Since macOS 15 only osquery 5.14.1 and later
// know where it is kept; an older one reads a file that an upgrade left behind.
func macWall() ruling {
	const minor = "CAST(substr(version, instr(version, '.') + 1) AS INTEGER)"
	const old = "CAST(version AS INTEGER) < 5 OR CAST(version AS INTEGER) = 5 AND (" + minor + " < 14 OR version = '5.14.0')"
	return ruling{rules: []rule{
		{exists("os_version WHERE major >= 15") + " AND " + exists("osquery_info WHERE "+old), wire.Unsupported},
		{none("alf"), wire.Unreadable},
		{exists("alf WHERE global_state IN (1, 2)"), ""},
		{exists("alf WHERE global_state = 0"), wire.Off},
	}, otherwise: wire.UnexpectedAnswer}
}

// switchedOff is a condition: a switch of the updates is off, by profile or by hand. One
// that nobody touched is on.
func switchedOff(key string) string {
	return fmt.Sprintf("coalesce((SELECT value FROM managed_policies WHERE domain = 'com.apple.SoftwareUpdate' AND name = %s LIMIT 1), (SELECT value FROM plist WHERE path = %s AND key = %s LIMIT 1), '1') IN ('0', 'false')",
		text(key), text(updatesPlist), text(key))
}

// macUpdate looks at the switches, unless a declaration overrules them.
func macUpdate() ruling {
	const declared = "plist WHERE path = '/private/var/db/softwareupdate/SoftwareUpdateDDMStatePersistence.plist' AND key = 'SUCorePersistedStatePolicyFields' AND (subkey LIKE 'SUCoreDDMDeclarationGlobalSettings%' OR subkey LIKE 'Declarations%')"
	return ruling{rules: []rule{
		{exists(declared), wire.ManagedElsewhere},
		{none("plist WHERE path = "+text(updatesPlist)) + " AND " + none("managed_policies WHERE domain = 'com.apple.SoftwareUpdate'"), wire.Unreadable},
		{switchedOff("AutomaticCheckEnabled"), wire.Off},
		{switchedOff("AutomaticDownload"), wire.NotifyOnly},
		{switchedOff("AutomaticallyInstallMacOSUpdates") + " OR " + switchedOff("CriticalUpdateInstall") + " OR " + switchedOff("ConfigDataInstall"), wire.DownloadOnly},
	}}
}
