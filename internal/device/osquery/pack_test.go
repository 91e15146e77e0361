package osquery

import (
	"database/sql"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ncruces/go-sqlite3/driver"

	"github.com/toucan-grc/toucan/internal/wire"
)

var update = flag.Bool("update", false, "write the golden files anew")

// schema are osquery's tables as its documentation describes them, as far as the pack
// reads them. They were written from documentation; osquery itself never ran here.
const schema = `
CREATE TABLE bitlocker_info (device_id TEXT, drive_letter TEXT, persistent_volume_id TEXT, conversion_status INTEGER, protection_status INTEGER, encryption_method TEXT, version INTEGER, percentage_encrypted INTEGER, lock_status INTEGER);
CREATE TABLE logical_drives (device_id TEXT, type TEXT, description TEXT, free_space BIGINT, size BIGINT, file_system TEXT, boot_partition INTEGER);
CREATE TABLE windows_security_center (firewall TEXT, autoupdate TEXT, antivirus TEXT, antispyware TEXT, internet_settings TEXT, windows_security_center_service TEXT, user_account_control TEXT);
CREATE TABLE windows_security_products (type TEXT, name TEXT, state TEXT, state_timestamp TEXT, remediation_path TEXT, signatures_up_to_date INTEGER);
CREATE TABLE registry (key TEXT COLLATE NOCASE, path TEXT COLLATE NOCASE, name TEXT, type TEXT, data TEXT, mtime BIGINT);
CREATE TABLE programs (name TEXT, version TEXT);
CREATE TABLE logged_in_users (type TEXT, user TEXT, tty TEXT, host TEXT, time BIGINT, pid INTEGER, sid TEXT, registry_hive TEXT);
CREATE TABLE users (uid BIGINT, username TEXT, directory TEXT);
CREATE TABLE chrome_extensions (uid BIGINT, identifier TEXT, name TEXT, state INTEGER);
CREATE TABLE firefox_addons (uid BIGINT, identifier TEXT, name TEXT, active INTEGER, disabled INTEGER);
CREATE TABLE disk_encryption (name TEXT, uuid TEXT, encrypted INTEGER, type TEXT, encryption_status TEXT, uid TEXT, user_uuid TEXT, filevault_status TEXT);
CREATE TABLE mounts (device TEXT, device_alias TEXT, path TEXT, type TEXT, flags TEXT);
CREATE TABLE screenlock (enabled INTEGER, grace_period INTEGER);
CREATE TABLE managed_policies (domain TEXT, uuid TEXT, name TEXT, value TEXT, username TEXT, manual INTEGER);
CREATE TABLE system_extensions (path TEXT, UUID TEXT, state TEXT, identifier TEXT, version TEXT, category TEXT, bundle_path TEXT, team TEXT, mdm_managed INTEGER);
CREATE TABLE sip_config (config_flag TEXT, enabled INTEGER, enabled_nvram INTEGER);
CREATE TABLE file (path TEXT, mtime BIGINT);
CREATE TABLE plist (key TEXT, subkey TEXT, value TEXT, path TEXT);
CREATE TABLE apps (name TEXT, path TEXT, bundle_identifier TEXT);
CREATE TABLE alf (allow_signed_enabled INTEGER, firewall_unload INTEGER, global_state INTEGER, logging_enabled INTEGER, logging_option INTEGER, stealth_enabled INTEGER, version TEXT);
CREATE TABLE os_version (name TEXT, version TEXT, major INTEGER, minor INTEGER, patch INTEGER, build TEXT, platform TEXT, platform_like TEXT, codename TEXT, arch TEXT);
CREATE TABLE osquery_info (version TEXT);
CREATE TABLE systemd_units (id TEXT, active_state TEXT);
CREATE TABLE deb_packages (name TEXT, version TEXT);
CREATE TABLE rpm_packages (name TEXT, version TEXT);
`

// today stands for date('now') and strftime in the queries, so that the tests hold on
// every day.
const today = "2026-11-26"

func on(day, query string) string {
	return strings.NewReplacer("'now'", "'"+day+"'").Replace(query)
}

// ask runs the query of a check on a machine whose tables hold rows, and returns the
// verdict with its reason.
func ask(t *testing.T, p wire.Platform, c wire.Check, s wire.Settings, day string, rows ...string) string {
	t.Helper()
	d, err := driver.Open("file::memory:")
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	d.SetMaxOpenConns(1)
	for _, q := range append([]string{schema}, rows...) {
		if _, err := d.Exec(q); err != nil {
			t.Fatalf("%v: %s", err, q)
		}
	}
	pack := Pack(p, s)
	i := slices.IndexFunc(pack, func(q Query) bool { return q.Check == c })
	return answer(t, d, on(day, pack[i].SQL), c)
}

func answer(t *testing.T, d *sql.DB, query string, c wire.Check) string {
	t.Helper()
	out, err := d.Query(query)
	if err != nil {
		t.Fatalf("%v: %s", err, query)
	}
	defer out.Close()
	columns, _ := out.Columns()
	if !slices.Equal(columns, []string{"check_id", "verdict", "reason"}) {
		t.Fatalf("the columns are %q", columns)
	}
	var said []string
	for out.Next() {
		var check, verdict, reason string
		if err := out.Scan(&check, &verdict, &reason); err != nil {
			t.Fatal(err)
		}
		r, ok := judge(check, verdict, reason)
		if !ok || r.Check != c {
			t.Fatalf("%s says %s, %s, %s, which the server refuses", c, check, verdict, reason)
		}
		if reason != "" {
			verdict += "(" + reason + ")"
		}
		said = append(said, verdict)
	}
	if err := out.Err(); err != nil {
		t.Fatal(err)
	}
	if len(said) != 1 {
		t.Fatalf("%s gives %d rows", c, len(said))
	}
	return said[0]
}

func reg(path, data string) string {
	return "INSERT INTO registry (path, data) VALUES ('" + path + "', '" + data + "')"
}

const (
	hklm   = `HKEY_LOCAL_MACHINE\`
	winNT  = hklm + `SOFTWARE\Microsoft\Windows NT\CurrentVersion\`
	wall   = hklm + `SYSTEM\CurrentControlSet\Services\SharedAccess\Parameters\FirewallPolicy\`
	hive   = `HKEY_USERS\S-1-5-21-1`
	saver  = hive + `\Control Panel\Desktop\`
	wuKey  = hklm + `SYSTEM\CurrentControlSet\Services\wuauserv\Start`
	auKey  = hklm + `SOFTWARE\Policies\Microsoft\Windows\WindowsUpdate\AU\`
	signed = `INSERT INTO logged_in_users (type, sid, registry_hive) VALUES ('active', 'S-1-5-21-1', 'HKEY_USERS\S-1-5-21-1')`
)

func drive(conversion, protection, lock string) string {
	return "INSERT INTO bitlocker_info (drive_letter, conversion_status, protection_status, lock_status) VALUES ('C:', " + conversion + ", " + protection + ", " + lock + ")"
}

func product(kind, state, signatures string) string {
	return "INSERT INTO windows_security_products (type, name, state, signatures_up_to_date) VALUES ('" + kind + "', 'X', '" + state + "', " + signatures + ")"
}

func center(antivirus, firewall string) string {
	return "INSERT INTO windows_security_center (antivirus, firewall) VALUES ('" + antivirus + "', '" + firewall + "')"
}

func walls(domain, standard, public string) []string {
	return []string{reg(wall+`DomainProfile\EnableFirewall`, domain), reg(wall+`StandardProfile\EnableFirewall`, standard), reg(wall+`PublicProfile\EnableFirewall`, public)}
}

func windows(build, edition, kind string) []string {
	return []string{reg(winNT+"CurrentBuildNumber", build), reg(winNT+"EditionID", edition), reg(winNT+"InstallationType", kind), "INSERT INTO os_version (name) VALUES ('Microsoft Windows 11 Professionnel')"}
}

func savers(active, secure, program, timeout string) []string {
	return []string{signed, reg(saver+"ScreenSaveActive", active), reg(saver+"ScreenSaverIsSecure", secure), reg(saver+"SCRNSAVE.EXE", program), reg(saver+"ScreenSaveTimeOut", timeout)}
}

func release(platform, major, minor string) []string {
	return []string{"INSERT INTO os_version (platform, major, minor) VALUES ('" + platform + "', " + major + ", " + minor + ")"}
}

func policyOf(domain, name, value string) string {
	return "INSERT INTO managed_policies (domain, name, value) VALUES ('" + domain + "', '" + name + "', '" + value + "')"
}

func plistOf(key, value string) string {
	return "INSERT INTO plist (path, key, subkey, value) VALUES ('" + updatesPlist + "', '" + key + "', '', '" + value + "')"
}

func chrome(id, state string) string {
	return "INSERT INTO users (uid, username) VALUES (501, 'ann'); INSERT INTO chrome_extensions (uid, identifier, state) VALUES (501, '" + id + "', " + state + ")"
}

const (
	xprotect = "INSERT INTO file (path, mtime) VALUES ('/private/var/protected/xprotect/XProtect.bundle/Contents/Info.plist', CAST(strftime('%s', '2026-11-20') AS INTEGER))"
	sip      = "INSERT INTO sip_config (config_flag, enabled) VALUES ('sip', 1)"
	falcon   = "INSERT INTO system_extensions (state, identifier, team) VALUES ('activated_enabled', 'com.crowdstrike.falcon.Agent', 'X9E956P446')"
	clamd    = "INSERT INTO systemd_units (id, active_state) VALUES ('clamav-daemon.service', 'active')"
)

type story struct {
	name string
	rows []string
	want string
	set  func(*wire.Settings)
	day  string
}

// stories are the pitfalls of each check on each platform.
var stories = map[wire.Platform]map[wire.Check][]story{
	wire.Windows: {
		wire.DiskEncryption: {
			{name: "no row: Home without Device Encryption, or a driver that failed", want: "could_not_tell(unreadable)"},
			{name: "a stick is encrypted, the system drive is not named", rows: []string{"INSERT INTO bitlocker_info (drive_letter, conversion_status, protection_status, lock_status) VALUES ('E:', 1, 1, 0)"}, want: "could_not_tell(unreadable)"},
			{name: "encrypted and protected", rows: []string{drive("1", "1", "0")}, want: "pass"},
			{name: "suspended", rows: []string{drive("1", "0", "0")}, want: "fail(suspended)"},
			{name: "encrypting", rows: []string{drive("2", "0", "0")}, want: "fail(in_progress)"},
			{name: "decrypting, still protected", rows: []string{drive("3", "1", "0")}, want: "fail(in_progress)"},
			{name: "never encrypted", rows: []string{drive("0", "0", "0")}, want: "fail(off)"},
			{name: "protection unknown", rows: []string{drive("1", "2", "1")}, want: "could_not_tell(locked)"},
			{name: "Windows is on D:", rows: []string{drive("0", "0", "0"), "INSERT INTO logical_drives (device_id, boot_partition) VALUES ('C:', 0), ('D:', 1)", "INSERT INTO bitlocker_info (drive_letter, conversion_status, protection_status, lock_status) VALUES ('D:', 1, 1, 0)"}, want: "pass"},
		},
		wire.Antivirus: {
			{name: "no Security Center, as on a server", want: "could_not_tell(unreadable)"},
			{name: "another maker's, Defender off", rows: []string{center("Good", "Good"), product("Antivirus", "On", "1"), product("Antivirus", "Off", "1")}, want: "pass"},
			{name: "registered but off", rows: []string{center("Poor", "Good"), product("Antivirus", "Off", "1")}, want: "fail(off)"},
			{name: "old signatures", rows: []string{center("Poor", "Good"), product("Antivirus", "On", "0")}, want: "fail(signatures_old)"},
			{name: "snoozed", rows: []string{center("Snoozed", "Good"), product("Antivirus", "Snoozed", "1")}, want: "fail(snoozed)"},
			{name: "expired", rows: []string{center("Poor", "Good"), product("Antivirus", "Expired", "1")}, want: "fail(expired)"},
			{name: "none", rows: []string{center("Poor", "Good")}, want: "fail(missing)"},
			{name: "good, and no product on", rows: []string{center("Good", "Good")}, want: "could_not_tell(sources_disagree)"},
			{name: "a firewall is no antivirus", rows: []string{center("Poor", "Good"), product("Firewall", "On", "1")}, want: "fail(missing)"},
			{name: "the center failed", rows: []string{center("Error", "Error"), product("Antivirus", "On", "1")}, want: "could_not_tell(unreadable)"},
		},
		wire.ScreenLock: {
			{name: "nobody is signed in", want: "could_not_tell(no_session)"},
			{name: "the machine locks", rows: []string{reg(hklm+`SOFTWARE\Microsoft\Windows\CurrentVersion\Policies\System\InactivityTimeoutSecs`, "900")}, want: "pass"},
			{name: "0 is never", rows: []string{reg(hklm+`SOFTWARE\Microsoft\Windows\CurrentVersion\Policies\System\InactivityTimeoutSecs`, "0"), signed}, want: "could_not_tell(unknown_mechanism)"},
			{name: "later than allowed", rows: []string{reg(hklm+`SOFTWARE\Microsoft\Windows\CurrentVersion\Policies\System\InactivityTimeoutSecs`, "1200"), signed}, want: "could_not_tell(unknown_mechanism)"},
			{name: "a secure screen saver", rows: savers("1", "1", `C:\Windows\x.scr`, "600"), want: "pass"},
			{name: "a saver without a password may be locked by the display", rows: savers("1", "0", `C:\Windows\x.scr`, "600"), want: "could_not_tell(unknown_mechanism)"},
			{name: "no saver chosen", rows: savers("1", "1", "", "600"), want: "could_not_tell(unknown_mechanism)"},
			{name: "the policy counts before the choice", rows: append(savers("1", "1", `C:\Windows\x.scr`, "600"), reg(hive+`\Software\Policies\Microsoft\Windows\Control Panel\Desktop\ScreenSaverIsSecure`, "0")), want: "could_not_tell(unknown_mechanism)"},
			{name: "the worst of two people", rows: append(savers("1", "1", `C:\Windows\x.scr`, "600"), `INSERT INTO logged_in_users (registry_hive) VALUES ('HKEY_USERS\S-1-5-21-2')`), want: "could_not_tell(unknown_mechanism)"},
		},
		wire.PasswordManager: {
			{name: "nothing is readable", want: "could_not_tell(unreadable)"},
			{name: "with its version in the name", rows: []string{"INSERT INTO programs (name) VALUES ('KeePass Password Safe 2.57')"}, want: "pass"},
			{name: "another program that begins alike", rows: []string{"INSERT INTO programs (name) VALUES ('Enpassant Chess')"}, want: "fail(missing)"},
			{name: "an extension", rows: []string{"INSERT INTO programs (name) VALUES ('Notepad')", chrome("nngceckbapebfimnlniiiahkandclblb", "1")}, want: "pass"},
			{name: "an extension switched off", rows: []string{"INSERT INTO programs (name) VALUES ('Notepad')", chrome("nngceckbapebfimnlniiiahkandclblb", "0")}, want: "fail(missing)"},
			{name: "an id one letter short", rows: []string{"INSERT INTO programs (name) VALUES ('Notepad')", chrome("ngceckbapebfimnlniiiahkandclblb", "1")}, want: "fail(missing)"},
		},
		wire.Firewall: {
			{name: "nothing is readable", want: "could_not_tell(unreadable)"},
			{name: "on everywhere", rows: append(walls("1", "1", "1"), center("Good", "Good")), want: "pass"},
			{name: "off for one network", rows: append(walls("1", "1", "0"), center("Poor", "Poor")), want: "fail(some_profile_off)"},
			{name: "off", rows: append(walls("0", "0", "0"), center("Poor", "Poor")), want: "fail(off)"},
			{name: "another maker's", rows: append(walls("0", "0", "0"), center("Good", "Good"), product("Firewall", "On", "1")), want: "pass"},
			{name: "off, and the center is content", rows: append(walls("0", "0", "0"), center("Good", "Good")), want: "could_not_tell(sources_disagree)"},
			{name: "a policy turns it off", rows: append(walls("1", "1", "1"), center("Poor", "Poor"), reg(hklm+`SOFTWARE\Policies\Microsoft\WindowsFirewall\PublicProfile\EnableFirewall`, "0")), want: "fail(some_profile_off)"},
			{name: "on without a Security Center", rows: walls("1", "1", "1"), want: "could_not_tell(unreadable)"},
		},
		wire.OSSupported: {
			{name: "nothing is readable", want: "could_not_tell(unreadable)"},
			{name: "24H2 Pro has ended", rows: windows("26100", "Professional", "Client"), want: "fail(eol_passed)"},
			{name: "24H2 Home N has ended", rows: windows("26100", "CoreN", "Client"), want: "fail(eol_passed)"},
			{name: "24H2 Enterprise has not", rows: windows("26100", "Enterprise", "Client"), want: "pass"},
			{name: "the same build as LTSC", rows: windows("26100", "EnterpriseS", "Client"), want: "pass"},
			{name: "25H2 Pro", rows: windows("26200", "Professional", "Client"), want: "pass"},
			{name: "Windows 10 without what is sold", rows: windows("19045", "Professional", "Client"), want: "fail(eol_passed)"},
			{name: "LTSC 2021 ends within 90 days", rows: windows("19044", "EnterpriseS", "Client"), want: "pass(eol_within_90_days)"},
			{name: "a server of the same build", rows: windows("26100", "ServerStandard", "Server"), want: "pass"},
			{name: "an edition nobody knows", rows: windows("26100", "Holographic", "Client"), want: "could_not_tell(unknown_release)"},
			{name: "a build nobody knows", rows: windows("30000", "Professional", "Client"), want: "could_not_tell(unknown_release)"},
			{name: "the table is too old to know", rows: windows("30000", "Professional", "Client"), day: "2027-06-01", want: "could_not_tell(table_old)"},
			{name: "an old table still knows what ended", rows: windows("26100", "Professional", "Client"), day: "2027-06-01", want: "fail(eol_passed)"},
			{name: "an old table passes nothing", rows: windows("26200", "Professional", "Client"), day: "2027-06-01", want: "could_not_tell(table_old)"},
		},
		wire.AutoUpdate: {
			{name: "nothing is readable", want: "could_not_tell(unreadable)"},
			{name: "nothing set, service waiting to be started", rows: []string{reg(wuKey, "3")}, want: "pass"},
			{name: "service disabled", rows: []string{reg(wuKey, "4")}, want: "fail(off)"},
			{name: "off by policy", rows: []string{reg(wuKey, "3"), reg(auKey+"NoAutoUpdate", "1")}, want: "fail(off)"},
			{name: "announced only", rows: []string{reg(wuKey, "3"), reg(auKey+"AUOptions", "2")}, want: "fail(notify_only)"},
			{name: "installed on a schedule", rows: []string{reg(wuKey, "3"), reg(auKey+"AUOptions", "4")}, want: "pass"},
			{name: "an option nobody knows", rows: []string{reg(wuKey, "3"), reg(auKey+"AUOptions", "9")}, want: "could_not_tell(unexpected_answer)"},
			{name: "paused", rows: []string{reg(wuKey, "3"), reg(hklm+`SOFTWARE\Microsoft\WindowsUpdate\UX\Settings\PauseUpdatesExpiryTime`, "2026-12-24T08:00:00Z")}, want: "fail(paused)"},
			{name: "a pause that is over", rows: []string{reg(wuKey, "3"), reg(hklm+`SOFTWARE\Microsoft\WindowsUpdate\UX\Settings\PauseUpdatesExpiryTime`, "2026-10-01T08:00:00Z")}, want: "pass"},
		},
	},
	wire.MacOS: {
		wire.DiskEncryption: {
			{name: "nothing is readable", want: "could_not_tell(unreadable)"},
			{name: "FileVault on", rows: []string{"INSERT INTO disk_encryption (encrypted, user_uuid, filevault_status) VALUES (1, 'A', 'on')"}, want: "pass"},
			{name: "encrypted by the chip, FileVault off", rows: []string{"INSERT INTO disk_encryption (encrypted, user_uuid, filevault_status) VALUES (1, '', 'off')"}, want: "fail(off)"},
			{name: "unknown", rows: []string{"INSERT INTO disk_encryption (encrypted, user_uuid, filevault_status) VALUES (1, '', 'unknown')"}, want: "could_not_tell(unreadable)"},
		},
		wire.ScreenLock: {
			{name: "the table is empty for root", want: "could_not_tell(no_session)"},
			{name: "no password", rows: []string{"INSERT INTO screenlock VALUES (0, -1)"}, want: "fail(no_password)"},
			{name: "a password, and nobody knows when the screen goes dark", rows: []string{"INSERT INTO screenlock VALUES (1, 0)"}, want: "could_not_tell(no_session)"},
			{name: "a profile sets all of it", rows: []string{policyOf("com.apple.screensaver", "idleTime", "600"), policyOf("com.apple.screensaver", "askForPassword", "1"), policyOf("com.apple.screensaver", "askForPasswordDelay", "5")}, want: "pass"},
			{name: "a profile without a time", rows: []string{policyOf("com.apple.screensaver", "askForPassword", "1"), policyOf("com.apple.screensaver", "askForPasswordDelay", "0")}, want: "could_not_tell(no_session)"},
			{name: "0 is never", rows: []string{policyOf("com.apple.screensaver", "idleTime", "0"), policyOf("com.apple.screensaver", "askForPassword", "1"), policyOf("com.apple.screensaver", "askForPasswordDelay", "0")}, want: "could_not_tell(no_session)"},
			{name: "a long delay", rows: []string{policyOf("com.apple.screensaver", "idleTime", "600"), policyOf("com.apple.screensaver", "askForPassword", "1"), policyOf("com.apple.screensaver", "askForPasswordDelay", "300")}, want: "could_not_tell(no_session)"},
		},
		wire.Antivirus: {
			{name: "nothing is readable", want: "could_not_tell(unreadable)"},
			{name: "an EDR", rows: []string{falcon}, want: "pass"},
			{name: "an EDR that waits for the user", rows: []string{strings.Replace(falcon, "activated_enabled", "activated_waiting_for_user", 1), sip, xprotect}, want: "pass(platform_protection)"},
			{name: "the id of one maker under the name of another", rows: []string{strings.Replace(falcon, "X9E956P446", "AAAAAAAAAA", 1), sip, xprotect}, want: "pass(platform_protection)"},
			{name: "a network filter of a maker of antivirus is none", rows: []string{strings.NewReplacer("X9E956P446", "P8DQRXPVLP", "com.crowdstrike.falcon.Agent", "com.eset.firewall").Replace(falcon), sip, xprotect}, want: "pass(platform_protection)"},
			{name: "XProtect, protected and fresh", rows: []string{sip, xprotect}, want: "pass(platform_protection)"},
			{name: "XProtect not renewed", rows: []string{sip, xprotect}, day: "2027-03-01", want: "fail(signatures_old)"},
			{name: "no System Integrity Protection", rows: []string{"INSERT INTO sip_config (config_flag, enabled) VALUES ('sip', 0)", xprotect}, want: "fail(off)"},
			{name: "no XProtect", rows: []string{sip}, want: "fail(missing)"},
			{name: "its updates switched off", rows: []string{sip, xprotect, plistOf("ConfigDataInstall", "0")}, want: "fail(off)"},
		},
		wire.PasswordManager: {
			{name: "nothing is readable", want: "could_not_tell(unreadable)"},
			{name: "an application", rows: []string{"INSERT INTO apps (bundle_identifier) VALUES ('com.bitwarden.desktop')"}, want: "pass"},
			{name: "the one that comes with macOS", rows: []string{"INSERT INTO apps (bundle_identifier) VALUES ('com.apple.Passwords')"}, want: "fail(missing)"},
			{name: "the same where the organisation accepts it", rows: []string{"INSERT INTO apps (bundle_identifier) VALUES ('com.apple.Passwords')"}, set: func(s *wire.Settings) { s.AcceptBuiltIn = true }, want: "pass(built_in)"},
			{name: "a Firefox add-on", rows: []string{"INSERT INTO apps (bundle_identifier) VALUES ('x')", "INSERT INTO users (uid) VALUES (501)", "INSERT INTO firefox_addons (uid, identifier, active, disabled) VALUES (501, '{446900e4-71c2-419f-a6a7-df9c091e268b}', 1, 0)"}, want: "pass"},
		},
		wire.Firewall: {
			{name: "nothing is readable", want: "could_not_tell(unreadable)"},
			{name: "on", rows: []string{"INSERT INTO alf (global_state) VALUES (1)"}, want: "pass"},
			{name: "off", rows: []string{"INSERT INTO alf (global_state) VALUES (0)"}, want: "fail(off)"},
			{name: "an osquery that reads the file an upgrade left", rows: append(release("darwin", "15", "2"), "INSERT INTO osquery_info VALUES ('5.9.1')", "INSERT INTO alf (global_state) VALUES (1)"), want: "could_not_tell(unsupported)"},
			{name: "5.14.0 as well", rows: append(release("darwin", "26", "1"), "INSERT INTO osquery_info VALUES ('5.14.0')", "INSERT INTO alf (global_state) VALUES (1)"), want: "could_not_tell(unsupported)"},
			{name: "5.14.1 knows", rows: append(release("darwin", "15", "2"), "INSERT INTO osquery_info VALUES ('5.14.1')", "INSERT INTO alf (global_state) VALUES (1)"), want: "pass"},
			{name: "and what came after", rows: append(release("darwin", "15", "2"), "INSERT INTO osquery_info VALUES ('5.20.0')", "INSERT INTO alf (global_state) VALUES (1)"), want: "pass"},
		},
		wire.OSSupported: {
			{name: "nothing is readable", want: "could_not_tell(unreadable)"},
			{name: "15", rows: release("darwin", "15", "7"), want: "pass"},
			{name: "26, which may call itself 16", rows: release("darwin", "16", "0"), want: "pass"},
			{name: "13", rows: release("darwin", "13", "7"), want: "fail(eol_passed)"},
			{name: "14, of which nobody is sure any more", rows: release("darwin", "14", "8"), want: "could_not_tell(table_old)"},
			{name: "10.15", rows: release("darwin", "10", "15"), want: "fail(eol_passed)"},
			{name: "27", rows: release("darwin", "27", "0"), want: "could_not_tell(unknown_release)"},
		},
		wire.AutoUpdate: {
			{name: "nothing is readable: unset is no default here", want: "could_not_tell(unreadable)"},
			{name: "never touched", rows: []string{plistOf("LastSuccessfulDate", "x")}, want: "pass"},
			{name: "check off", rows: []string{plistOf("AutomaticCheckEnabled", "0")}, want: "fail(off)"},
			{name: "download off", rows: []string{plistOf("AutomaticDownload", "false")}, want: "fail(notify_only)"},
			{name: "installation off", rows: []string{plistOf("AutomaticallyInstallMacOSUpdates", "0")}, want: "fail(download_only)"},
			{name: "the profile counts before the switch", rows: []string{plistOf("AutomaticallyInstallMacOSUpdates", "0"), policyOf("com.apple.SoftwareUpdate", "AutomaticallyInstallMacOSUpdates", "1")}, want: "pass"},
			{name: "a declaration overrules the switches", rows: []string{plistOf("AutomaticCheckEnabled", "0"), "INSERT INTO plist (path, key, subkey, value) VALUES ('/private/var/db/softwareupdate/SoftwareUpdateDDMStatePersistence.plist', 'SUCorePersistedStatePolicyFields', 'Declarations/x', 'y')"}, want: "could_not_tell(managed_elsewhere)"},
		},
	},
	wire.Linux: {
		wire.DiskEncryption: {
			{name: "the table is empty for who is not root", rows: []string{"INSERT INTO mounts (device, device_alias, path, type) VALUES ('/dev/dm-0', '/dev/dm-0', '/', 'ext4')"}, want: "could_not_tell(unreadable)"},
			{name: "a container", rows: []string{"INSERT INTO mounts (device, path, type) VALUES ('overlay', '/', 'overlay')"}, want: "not_applicable(container)"},
			{name: "LUKS below LVM, named by its alias", rows: []string{"INSERT INTO mounts (device, device_alias, path, type) VALUES ('/dev/mapper/vg-root', '/dev/dm-1', '/', 'ext4')", "INSERT INTO disk_encryption (name, encrypted) VALUES ('/dev/dm-1', 1)"}, want: "pass"},
			{name: "an encrypted stick and a bare root", rows: []string{"INSERT INTO mounts (device, device_alias, path, type) VALUES ('/dev/sda2', '/dev/sda2', '/', 'ext4')", "INSERT INTO disk_encryption (name, encrypted) VALUES ('/dev/sda2', 0), ('/dev/dm-7', 1)"}, want: "fail(off)"},
			{name: "only the home", rows: []string{"INSERT INTO mounts (device, device_alias, path, type) VALUES ('/dev/sda2', '/dev/sda2', '/', 'ext4'), ('/dev/dm-0', '/dev/dm-0', '/home', 'ext4')", "INSERT INTO disk_encryption (name, encrypted) VALUES ('/dev/sda2', 0), ('/dev/dm-0', 1)"}, want: "fail(partial)"},
			{name: "a root on ZFS", rows: []string{"INSERT INTO mounts (device, device_alias, path, type) VALUES ('rpool/root', 'rpool/root', '/', 'zfs')", "INSERT INTO disk_encryption (name, encrypted) VALUES ('/dev/sda1', 0)"}, want: "could_not_tell(unknown_mechanism)"},
		},
		wire.ScreenLock: {{name: "no table has it", want: "could_not_tell(unsupported)"}},
		wire.Firewall:   {{name: "only the older iptables are in a table", want: "could_not_tell(unsupported)"}},
		wire.AutoUpdate: {{name: "no table has it", want: "could_not_tell(unsupported)"}},
		wire.Antivirus: {
			{name: "nothing is readable", want: "could_not_tell(unreadable)"},
			{name: "an EDR", rows: []string{"INSERT INTO systemd_units VALUES ('falcon-sensor.service', 'active')"}, want: "pass"},
			{name: "an EDR that was stopped", rows: []string{"INSERT INTO systemd_units VALUES ('falcon-sensor.service', 'inactive')"}, want: "fail(not_running)"},
			{name: "AppArmor and osquery are none", rows: []string{"INSERT INTO systemd_units VALUES ('apparmor.service', 'active'), ('osqueryd.service', 'active')"}, want: "fail(missing)"},
			{name: "ClamAV without signatures", rows: []string{clamd}, want: "fail(signatures_old)"},
			{name: "ClamAV with fresh ones", rows: []string{clamd, "INSERT INTO file VALUES ('/var/lib/clamav/daily.cld', CAST(strftime('%s', '2026-11-25') AS INTEGER))"}, want: "pass"},
			{name: "not asked of Linux", set: func(s *wire.Settings) { s.LinuxAntivirus = false }, want: "not_applicable(policy_exempt)"},
		},
		wire.PasswordManager: {
			{name: "not found, which proves nothing: snaps are in no table", want: "could_not_tell(unknown_mechanism)"},
			{name: "a package", rows: []string{"INSERT INTO deb_packages (name) VALUES ('keepassxc')"}, want: "pass"},
			{name: "a keyring of the desktop is none", rows: []string{"INSERT INTO deb_packages (name) VALUES ('gnome-keyring')"}, want: "could_not_tell(unknown_mechanism)"},
		},
		wire.OSSupported: {
			{name: "nothing is readable", want: "could_not_tell(unreadable)"},
			{name: "Ubuntu 24.04", rows: release("ubuntu", "24", "4"), want: "pass"},
			{name: "Ubuntu 25.10", rows: release("ubuntu", "25", "10"), want: "fail(eol_passed)"},
			{name: "Debian 12 lives on by its community", rows: release("debian", "12", "0"), want: "pass(extended_support)"},
			{name: "Debian 12 where that does not count", rows: release("debian", "12", "0"), set: func(s *wire.Settings) { s.AcceptExtended = false }, want: "fail(eol_passed)"},
			{name: "Fedora 43 ends soon", rows: release("fedora", "43", "0"), want: "pass(eol_within_90_days)"},
			{name: "Arch", rows: release("arch", "0", "0"), want: "could_not_tell(unknown_release)"},
		},
	},
}

func TestThePackAnswersTruthfully(t *testing.T) {
	for platform, checks := range stories {
		for _, check := range wire.Checks() {
			if len(checks[check]) == 0 {
				t.Errorf("no story of %s on %s", check, platform)
			}
			for _, s := range checks[check] {
				set := wire.Usual()
				if s.set != nil {
					s.set(&set)
				}
				day := s.day
				if day == "" {
					day = today
				}
				if got := ask(t, platform, check, set, day, s.rows...); got != s.want {
					t.Errorf("%s, %s, %s: %s, want %s", platform, check, s.name, got, s.want)
				}
			}
		}
	}
}

func TestNothingReadableIsNeverAPassOrAFail(t *testing.T) {
	for _, p := range wire.Platforms() {
		for _, c := range wire.Checks() {
			if got := ask(t, p, c, wire.Usual(), today); !strings.HasPrefix(got, "could_not_tell(") {
				t.Errorf("%s on %s with every table empty: %s", c, p, got)
			}
		}
	}
}

func TestThePackIsWhatWasReviewed(t *testing.T) {
	for _, p := range []wire.Platform{wire.Linux, wire.MacOS, wire.Windows} {
		var got strings.Builder
		for _, q := range Pack(p, wire.Usual()) {
			got.WriteString("-- " + q.Name() + "\n" + q.SQL + "\n\n")
		}
		golden(t, string(p)+".sql", got.String())
	}
	golden(t, "fleet-policies.yml", string(FleetPolicies(wire.Usual())))
}

// table is the table of ends of life inside a query, which has a test of its own.
var table = regexp.MustCompile(`\(VALUES .*?\)\), mine AS`)

func golden(t *testing.T, name, got string) {
	t.Helper()
	got = table.ReplaceAllString(got, "(VALUES ... of eol.csv), mine AS")
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if string(want) != got {
		t.Errorf("%s is not what the pack is now; look at the difference and run the test with -update", path)
	}
}

func TestTheConfigurationAsksForThePackAndNothingElse(t *testing.T) {
	var c struct {
		Options  map[string]any
		Schedule map[string]struct {
			Query    string
			Interval int
			Snapshot bool
		}
		Packs, Decorators, Events, FilePaths json.RawMessage
	}
	if err := json.Unmarshal(Configuration(wire.MacOS, wire.Usual()), &c); err != nil {
		t.Fatal(err)
	}
	if len(c.Schedule) != len(wire.Checks()) || c.Options["disable_distributed"] != true || c.Packs != nil || c.Decorators != nil || c.Events != nil || c.FilePaths != nil {
		t.Errorf("the configuration is %+v", c)
	}
	for name, q := range c.Schedule {
		if !q.Snapshot || q.Interval != int(time.Hour/time.Second) || !strings.HasPrefix(q.Query, "SELECT '") && !strings.HasPrefix(q.Query, "WITH ") {
			t.Errorf("%s is %+v", name, q)
		}
	}
}
