package osquery

import (
	"fmt"
	"strings"

	"github.com/toucan-grc/toucan/internal/wire"
	"github.com/toucan-grc/toucan/internal/wire/known"
)

const (
	machine = `HKEY_LOCAL_MACHINE\`
	current = machine + `SOFTWARE\Microsoft\Windows NT\CurrentVersion\`
)

// registered is a value of the registry, or null.
func registered(path string) string {
	return "(SELECT data FROM registry WHERE path = " + text(path) + " LIMIT 1)"
}

// windowsRulings are what osquery's tables can answer on Windows. Nothing in them is in
// the language of the system.
func windowsRulings(s wire.Settings) map[wire.Check]ruling {
	return map[wire.Check]ruling{
		wire.DiskEncryption:  windowsDisk(),
		wire.ScreenLock:      windowsLock(s),
		wire.Antivirus:       windowsGuard(),
		wire.PasswordManager: windowsManager(),
		wire.Firewall:        windowsWall(),
		wire.OSSupported:     windowsSupported(s),
		wire.AutoUpdate:      windowsUpdate(),
	}
}

// windowsDisk asks BitLocker, which is what Device Encryption of the Home editions is as
// well. Where the table is empty, or does not name the drive Windows is on, nothing is
// known: no edition can be taken for encrypted or not.
func windowsDisk() ruling {
	const with = `drive AS (SELECT * FROM bitlocker_info WHERE drive_letter = coalesce((SELECT device_id FROM logical_drives WHERE boot_partition = 1 LIMIT 1), 'C:'))`
	return ruling{with: with, rules: []rule{
		{none("drive"), wire.Unreadable},
		{exists("drive WHERE lock_status = 1 OR protection_status = 2"), wire.Locked},
		{exists("drive WHERE conversion_status IN (2, 3, 4, 5)"), wire.InProgress},
		{exists("drive WHERE conversion_status = 1 AND protection_status = 1"), ""},
		{exists("drive WHERE conversion_status = 1 AND protection_status = 0"), wire.Suspended},
		{exists("drive WHERE conversion_status = 0"), wire.Off},
	}, otherwise: wire.UnexpectedAnswer}
}

// windowsLock passes by the policy for the machine or by the screen savers of everybody
// who is signed in. A display that goes dark may lock as well, which is in no table, so
// nothing here can be a fail.
func windowsLock(s wire.Settings) ruling {
	limit := s.LockMinutes * 60
	value := func(name string) string {
		return fmt.Sprintf(`coalesce((SELECT data FROM registry WHERE path = l.registry_hive || '\Software\Policies\Microsoft\Windows\Control Panel\Desktop\%[1]s' LIMIT 1), (SELECT data FROM registry WHERE path = l.registry_hive || '\Control Panel\Desktop\%[1]s' LIMIT 1), '')`, name)
	}
	locks := fmt.Sprintf("%s = '1' AND %s = '1' AND %s <> '' AND CAST(%s AS INTEGER) BETWEEN 1 AND %d",
		value("ScreenSaveActive"), value("ScreenSaverIsSecure"), value("SCRNSAVE.EXE"), value("ScreenSaveTimeOut"), limit)
	return ruling{rules: []rule{
		{fmt.Sprintf("CAST(%s AS INTEGER) BETWEEN 1 AND %d", registered(machine+`SOFTWARE\Microsoft\Windows\CurrentVersion\Policies\System\InactivityTimeoutSecs`), limit), ""},
		{none("logged_in_users WHERE registry_hive <> ''"), wire.NoSession},
		{none("logged_in_users l WHERE l.registry_hive <> '' AND NOT (" + locks + ")"), ""},
	}, otherwise: wire.UnknownMechanism}
}

// windowsGuard wants both the Security Center content and a product that is on and has
// its signatures. A server has no Security Center.
func windowsGuard() ruling {
	product := func(cond string) string {
		return exists("windows_security_products WHERE type = 'Antivirus' AND " + cond)
	}
	center := func(words string) string { return exists("windows_security_center WHERE antivirus IN " + words) }
	return ruling{rules: []rule{
		{none("windows_security_center") + " OR " + center("('Error', '')"), wire.Unreadable},
		{center("('Good')") + " AND " + product("state = 'On' AND signatures_up_to_date = 1"), ""},
		{center("('Good')"), wire.SourcesDisagree},
		{product("state = 'On' AND signatures_up_to_date = 1"), wire.SourcesDisagree},
		{product("state = 'On'"), wire.SignaturesOld},
		{product("state = 'Snoozed'") + " OR " + center("('Snoozed')"), wire.Snoozed},
		{product("state = 'Expired'"), wire.Expired},
		{product("state = 'Off'"), wire.Off},
		{none("windows_security_products WHERE type = 'Antivirus'"), wire.Missing},
	}, otherwise: wire.UnexpectedAnswer}
}

// windowsManager looks for known programs by the beginning of their name, and for
// extensions of browsers.
func windowsManager() ruling {
	var names []string
	for _, m := range known.Managers {
		if m.Listed != "" {
			names = append(names, "name = "+text(m.Listed)+" OR name LIKE "+text(m.Listed+" %"))
		}
	}
	return ruling{rules: []rule{
		{exists("programs WHERE " + strings.Join(names, " OR ")), ""},
		{browserManager(), ""},
		{none("programs"), wire.Unreadable},
	}, otherwise: wire.Missing}
}

// windowsWall wants the firewall on for every kind of network, or another maker's on and
// the Security Center content.
func windowsWall() ruling {
	const own = machine + `SYSTEM\CurrentControlSet\Services\SharedAccess\Parameters\FirewallPolicy\`
	const policy = machine + `SOFTWARE\Policies\Microsoft\WindowsFirewall\`
	off := func(own1 string, policies ...string) string {
		list := []string{}
		for _, p := range policies {
			list = append(list, registered(policy+p+`\EnableFirewall`))
		}
		return "(coalesce(" + strings.Join(append(list, registered(own+own1+`\EnableFirewall`)), ", ") + ", '') <> '1')"
	}
	count := off("DomainProfile", "DomainProfile") + " + " + off("StandardProfile", "PrivateProfile", "StandardProfile") + " + " + off("PublicProfile", "PublicProfile")
	with := "off AS (SELECT " + count + " AS n)"
	other := exists("windows_security_products WHERE type = 'Firewall' AND state = 'On'")
	good := exists("windows_security_center WHERE firewall = 'Good'")
	poor := exists("windows_security_center WHERE firewall IN ('Poor', 'Not Monitored', 'Snoozed')")
	return ruling{with: with, rules: []rule{
		{none("registry WHERE path = " + text(own+`PublicProfile\EnableFirewall`)), wire.Unreadable},
		{good + " AND " + other + " AND " + exists("off WHERE n > 0"), ""},
		{exists("off WHERE n = 3") + " AND " + good, wire.SourcesDisagree},
		{exists("off WHERE n = 3"), wire.Off},
		{exists("off WHERE n > 0"), wire.SomeProfileOff},
		{good, ""},
		{poor, wire.SourcesDisagree},
	}, otherwise: wire.Unreadable}
}

// windowsEditions are the editions by how long Microsoft supports them, as eol.csv names
// it. Editions without a media player (N) count like the others.
var windowsEditions = []struct {
	is    string
	names []string
}{
	{"pro", []string{"Core", "CoreSingleLanguage", "CoreCountrySpecific", "Professional", "ProfessionalWorkstation", "ProfessionalEducation", "ProfessionalSingleLanguage", "ProfessionalCountrySpecific", "Cloud", "CloudEdition", "PPIPro"}},
	{"enterprise", []string{"Enterprise", "Education", "IoTEnterprise", "EnterpriseG", "ServerRdsh"}},
	{"ltsc", []string{"EnterpriseS"}},
	{"iot-ltsc", []string{"IoTEnterpriseS"}},
}

// windowsSupported goes by build and edition; the name of the product says Windows 10 on
// Windows 11, and is translated.
func windowsSupported(s wire.Settings) ruling {
	ends, until := endsSQL("windows", "windows-server")
	var cases strings.Builder
	for _, e := range windowsEditions {
		all := append([]string{}, e.names...)
		for _, n := range e.names {
			all = append(all, n+"N")
		}
		fmt.Fprintf(&cases, " WHEN %s IN %s THEN %s", registered(current+"EditionID"), among(all), text(e.is))
	}
	build := "CAST(CAST(" + registered(current+"CurrentBuildNumber") + " AS INTEGER) AS TEXT)"
	server := registered(current+"InstallationType") + " LIKE 'Server%'"
	mine := "SELECT e.* FROM ends e WHERE e.release = " + build + " AND e.product = CASE WHEN " + server + " THEN 'windows-server' ELSE 'windows' END" +
		" AND e.edition = CASE WHEN " + server + " THEN ''" + cases.String() + " ELSE '?' END"
	r := supported(ends, mine, until, s)
	r.rules = append([]rule{{registered(current+"CurrentBuildNumber") + " IS NULL", wire.Unreadable}}, r.rules...)
	return r
}

// windowsUpdate looks for what keeps Windows from updating by itself, which it does where
// nothing is set. That the service does not run means nothing: it is started when needed.
func windowsUpdate() ruling {
	const policy = machine + `SOFTWARE\Policies\Microsoft\Windows\WindowsUpdate\AU\`
	const pause = machine + `SOFTWARE\Microsoft\WindowsUpdate\UX\Settings\`
	later := func(name string) string {
		return "coalesce(" + registered(pause+name) + ", '') > strftime('%Y-%m-%dT%H:%M:%SZ', 'now')"
	}
	start := registered(machine + `SYSTEM\CurrentControlSet\Services\wuauserv\Start`)
	option := registered(policy + "AUOptions")
	allow := registered(machine + `SOFTWARE\Microsoft\PolicyManager\current\device\Update\AllowAutoUpdate`)
	return ruling{rules: []rule{
		{start + " IS NULL", wire.Unreadable},
		{start + " = '4'", wire.Off},
		{registered(policy+"NoAutoUpdate") + " = '1'", wire.Off},
		{option + " = '1'", wire.Off},
		{option + " = '2'", wire.NotifyOnly},
		{option + " = '7'", wire.DownloadOnly},
		{option + " NOT IN ('3', '4', '5')", wire.UnexpectedAnswer},
		{allow + " = '0'", wire.NotifyOnly},
		{allow + " = '5'", wire.Off},
		{"CAST(" + allow + " AS INTEGER) > 5", wire.UnexpectedAnswer},
		{later("PauseUpdatesExpiryTime") + " OR " + later("PauseQualityUpdatesEndTime"), wire.Paused},
	}}
}
