package check

import (
	"context"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/toucan-grc/toucan/internal/wire"
)

const (
	macFdesetup   = "/usr/bin/fdesetup status"
	macDiskutil   = "/usr/sbin/diskutil info -plist /System/Volumes/Data"
	macSocket     = "/usr/libexec/ApplicationFirewall/socketfilterfw --getglobalstate"
	macPmset      = "/usr/bin/pmset -g custom"
	macSysext     = "/usr/bin/systemextensionsctl list"
	macAsUser     = "/bin/launchctl asuser 1000 /usr/bin/sudo -u #1000 "
	macSysadmin   = macAsUser + "/usr/sbin/sysadminctl -screenLock status"
	macSaver      = macAsUser + "/usr/bin/defaults -currentHost read com.apple.screensaver idleTime"
	macPrefs      = "/Library/Preferences/com.apple.SoftwareUpdate.plist"
	macManagedDir = "/Library/Managed Preferences/"
)

// plistOf writes a property list with flags and numbers.
func plistOf(pairs ...string) string {
	var b strings.Builder
	b.WriteString(`<?xml version="1.0"?><plist version="1.0"><dict>`)
	for i := 0; i < len(pairs); i += 2 {
		fmt.Fprintf(&b, "<key>%s</key>%s", pairs[i], pairs[i+1])
	}
	return b.String() + "</dict></plist>"
}

// tried is a machine somebody changed, and the verdict it has to get.
type tried struct {
	change func(*fake) *fake
	want   string
}

func tryAll(t *testing.T, machineName string, p wire.Platform, c wire.Check, all map[string]tried) {
	t.Helper()
	for name, x := range all {
		t.Run(name, func(t *testing.T) {
			if got := x.change(machine(t, machineName)).verdict(t, p, c, Input{}); got != x.want {
				t.Errorf("%s, want %s", got, x.want)
			}
		})
	}
}

func same(f *fake) *fake { return f }

func saying(line, stdout string) func(*fake) *fake {
	return func(f *fake) *fake { return f.says(line, stdout, 0) }
}

func refusing(place string, err error) func(*fake) *fake {
	return func(f *fake) *fake { return f.refusing(place, err) }
}

func holding(path, content string) func(*fake) *fake {
	return func(f *fake) *fake { return f.with(path, content) }
}

func both(all ...func(*fake) *fake) func(*fake) *fake {
	return func(f *fake) *fake {
		for _, x := range all {
			f = x(f)
		}
		return f
	}
}

func TestMacDisk(t *testing.T) {
	off := saying(macDiskutil, plistOf("Encryption", "<true/>", "FileVault", "<false/>"))
	tryAll(t, "macos/26", wire.MacOS, wire.DiskEncryption, map[string]tried{
		"FileVault is on": {same, "pass"},
		"a drive that encrypts by itself with FileVault off is no pass":   {both(off, saying(macFdesetup, "FileVault is Off.\n")), "fail(off)"},
		"encryption in progress is no pass":                               {both(off, saying(macFdesetup, "FileVault is On.\nEncryption in progress: Percent completed = 42\n")), "fail(in_progress)"},
		"encryption that waits for the mains is no pass":                  {saying(macFdesetup, "FileVault is On.\nEncryption in progress: Pending\n"), "fail(in_progress)"},
		"decryption in progress is no pass":                               {saying(macFdesetup, "FileVault is On.\nDecryption in progress: Percent completed = 10\n"), "fail(in_progress)"},
		"deferred to the next sign-in is off":                             {both(off, saying(macFdesetup, "FileVault is Off.\nDeferred enablement appears to be active for user 'anna'.\n")), "fail(off)"},
		"after the next restart is off":                                   {both(off, saying(macFdesetup, "FileVault is Off, but will be enabled after the next restart.\n")), "fail(off)"},
		"an institutional key does not matter":                            {saying(macFdesetup, "FileVault master keychain appears to be installed.\nFileVault is On.\n"), "pass"},
		"two sources that disagree are no pass":                           {off, "could_not_tell(sources_disagree)"},
		"two sources that disagree are no fail":                           {saying(macFdesetup, "FileVault is Off.\n"), "could_not_tell(sources_disagree)"},
		"without a second source the first counts":                        {refusing(macDiskutil, fs.ErrNotExist), "pass"},
		"a second source without the entry is none":                       {saying(macDiskutil, plistOf("Encryption", "<true/>")), "pass"},
		"an answer in French is not guessed at":                           {saying(macFdesetup, "FileVault est activé.\n"), "could_not_tell(unexpected_answer)"},
		"an answer in German is not guessed at":                           {saying(macFdesetup, "FileVault ist aktiviert.\n"), "could_not_tell(unexpected_answer)"},
		"an answer in Japanese is not guessed at":                         {saying(macFdesetup, "FileVaultはオンです。\n"), "could_not_tell(unexpected_answer)"},
		"an error of the program is no verdict":                           {func(f *fake) *fake { return f.says(macFdesetup, "FileVault is On.\n", 11) }, "could_not_tell(unexpected_answer)"},
		"no answer is no verdict":                                         {saying(macFdesetup, ""), "could_not_tell(unexpected_answer)"},
		"a program that is not there":                                     {refusing(macFdesetup, fs.ErrNotExist), "could_not_tell(tool_missing)"},
		"a program that hangs":                                            {refusing(macFdesetup, context.DeadlineExceeded), "could_not_tell(timeout)"},
		"a program that may not be run":                                   {refusing(macFdesetup, fs.ErrPermission), "could_not_tell(no_permission)"},
		"a word that holds FileVault is On. in another sentence is no on": {saying(macFdesetup, "FileVault is On. Not.\n"), "could_not_tell(unexpected_answer)"},
	})
}

func TestMacFirewall(t *testing.T) {
	profile := macManagedDir + "com.apple.security.firewall.plist"
	tryAll(t, "macos/26", wire.MacOS, wire.Firewall, map[string]tried{
		"on":                  {same, "pass"},
		"blocking everything": {saying(macSocket, "Firewall is blocking all non-essential incoming connections. (State = 2)\n"), "pass"},
		"off":                 {saying(macSocket, "Firewall is disabled. (State = 0)\n"), "fail(off)"},
		"the file an older release left behind is not believed": {
			both(saying(macSocket, "Firewall is disabled. (State = 0)\n"), holding("/Library/Preferences/com.apple.alf.plist", plistOf("globalstate", "<integer>1</integer>"))), "fail(off)"},
		"a profile that turns it on while it is off":  {both(saying(macSocket, "Firewall is disabled. (State = 0)\n"), holding(profile, plistOf("EnableFirewall", "<true/>"))), "could_not_tell(sources_disagree)"},
		"a profile that turns it on while it is on":   {holding(profile, plistOf("EnableFirewall", "<true/>")), "pass"},
		"a profile that leaves it off":                {both(saying(macSocket, "Firewall is disabled. (State = 0)\n"), holding(profile, plistOf("EnableFirewall", "<false/>"))), "fail(off)"},
		"a profile alone is not believed":             {both(refusing(macSocket, fs.ErrNotExist), holding(profile, plistOf("EnableFirewall", "<true/>"))), "could_not_tell(tool_missing)"},
		"the number counts and not the words, French": {saying(macSocket, "Le coupe-feu est activé. (State = 1)\n"), "pass"},
		"the number counts and not the words, German": {saying(macSocket, "Die Firewall ist deaktiviert. (State = 0)\n"), "fail(off)"},
		"words without a number are not guessed at":   {saying(macSocket, "ファイアウォールは有効です。\n"), "could_not_tell(unexpected_answer)"},
		"a refusal": {func(f *fake) *fake { return f.says(macSocket, "", 1) }, "could_not_tell(unexpected_answer)"},
	})
}

func TestMacScreenLock(t *testing.T) {
	delay := func(s string) func(*fake) *fake {
		return saying(macSysadmin, "2026-11-26 12:00:00.123 sysadminctl[4711:123456] screenLock "+s+"\n")
	}
	quiet := func(f *fake) *fake {
		f = f.copy()
		f.outputs[macSysadmin] = Output{}
		return f
	}
	saver := func(s string) func(*fake) *fake { return saying(macSaver, s+"\n") }
	unset := func(f *fake) *fake { return f.says(macSaver, "", 1) }
	display := func(battery, mains int) func(*fake) *fake {
		return saying(macPmset, fmt.Sprintf("Battery Power:\n displaysleep         %d\nAC Power:\n displaysleep         %d\n", battery, mains))
	}
	locks := func(s string) func(*fake) *fake { return both(quiet, delay(s)) }
	user := macManagedDir + "anna/com.apple.screensaver.plist"
	all := macManagedDir + "com.apple.screensaver.plist"
	policy := macManagedDir + "com.apple.mobiledevice.passwordpolicy.plist"
	tryAll(t, "macos/26", wire.MacOS, wire.ScreenLock, map[string]tried{
		"at once":                                 {same, "pass"},
		"a grace of five seconds passes":          {locks("delay is 5 seconds"), "pass"},
		"a grace of five seconds, as a real":      {locks("delay is 5.000000 seconds"), "pass"},
		"a grace of a minute":                     {locks("delay is 60 seconds"), "fail(grace_too_long)"},
		"no password":                             {locks("is off"), "fail(no_password)"},
		"no password, as a negative delay":        {locks("delay is -1.000000 seconds"), "fail(no_password)"},
		"a password without any pause is no lock": {both(saver("0"), display(0, 0)), "fail(no_timeout)"},
		"a password and a screen that never sleeps on mains is no lock": {both(saver("0"), display(2, 0)), "fail(no_timeout)"},
		"whoever locks by the display going dark passes":                {both(saver("0"), display(5, 15)), "pass"},
		"whoever locks by the screen saver passes":                      {both(saver("900"), display(0, 0)), "pass"},
		"the shorter of both counts":                                    {both(saver("3600"), display(10, 10)), "pass"},
		"later than allowed on mains":                                   {both(saver("1200"), display(2, 30)), "fail(timeout_too_long)"},
		"a screen saver nobody chose begins after 20 minutes":           {both(unset, display(0, 0)), "fail(timeout_too_long)"},
		"a screen saver nobody chose, and a display that sleeps":        {both(unset, display(2, 10)), "pass"},
		"the profile wins over the choice":                              {both(saver("300"), display(0, 0), holding(user, plistOf("idleTime", "<integer>3600</integer>"))), "fail(timeout_too_long)"},
		"the profile of everybody wins over the choice":                 {both(saver("0"), display(0, 0), holding(all, plistOf("idleTime", "<real>600</real>"))), "pass"},
		"the passcode profile locks":                                    {both(saver("0"), display(0, 0), holding(policy, plistOf("maxInactivity", "<integer>10</integer>"))), "pass"},
		"settings that ask for a password while none is asked":          {both(locks("is off"), holding(all, plistOf("askForPassword", "<true/>"))), "could_not_tell(sources_disagree)"},
		"settings of a short grace while it is long":                    {both(locks("delay is 300 seconds"), holding(all, plistOf("askForPassword", "<integer>1</integer>", "askForPasswordDelay", "<integer>5</integer>"))), "could_not_tell(sources_disagree)"},
		"settings alone are not believed":                               {both(refusing(macSysadmin, fs.ErrNotExist), holding(all, plistOf("askForPassword", "<true/>", "askForPasswordDelay", "<integer>0</integer>"))), "could_not_tell(tool_missing)"},
		"nobody is signed in":                                           {func(f *fake) *fake { f.users[0].Session = false; return f }, "could_not_tell(no_session)"},
		"nobody used it":                                                {func(f *fake) *fake { f.users = nil; return f }, "could_not_tell(no_session)"},
		"one of two is not signed in": {func(f *fake) *fake {
			f.users = append(f.users, User{Name: "ben", Home: "/Users/ben", ID: "502"})
			return f
		}, "could_not_tell(no_session)"},
		"one of two has no lock, and the other is not signed in": {both(locks("is off"), func(f *fake) *fake {
			f.users = append(f.users, User{Name: "ben", Home: "/Users/ben", ID: "502"})
			return f
		}), "fail(no_password)"},
		"an answer in French is not guessed at":   {both(quiet, saying(macSysadmin, "le verrouillage de l’écran est immédiat\n")), "could_not_tell(unexpected_answer)"},
		"an answer in Japanese is not guessed at": {both(quiet, saying(macSysadmin, "画面ロックはオフです\n")), "could_not_tell(unexpected_answer)"},
		"asked without the rights of root": {func(f *fake) *fake {
			f = f.copy()
			f.outputs[macSysadmin] = Output{Exit: 1, Stderr: []byte("Could not switch to audit session 0x186a9: 1: Operation not permitted\n")}
			return f
		}, "could_not_tell(no_permission)"},
		"no answer from within the session": {quiet, "could_not_tell(unexpected_answer)"},
		"no sleep settings":                 {saying(macPmset, "AC Power:\n sleep 1\n"), "could_not_tell(unexpected_answer)"},
	})
	strict := wire.Usual()
	strict.LockMinutes = 5
	f := both(saver("600"), display(10, 10))(machine(t, "macos/26"))
	if got := f.verdict(t, wire.MacOS, wire.ScreenLock, Input{Settings: strict}); got != "fail(timeout_too_long)" {
		t.Errorf("ten minutes where five are allowed: %s", got)
	}
}

func TestMacAntivirus(t *testing.T) {
	row := func(stars, team, id, state string) func(*fake) *fake {
		return saying(macSysext, "1 extension(s)\n--- com.apple.system_extension.endpoint_security\nenabled\tactive\tteamID\tbundleID (version)\tname\t[state]\n"+stars+"\t"+team+"\t"+id+" (7.29/202.01)\tSensor\t["+state+"]\n")
	}
	const xprotect = "/Library/Apple/System/Library/CoreServices/XProtect.bundle/Contents/Info.plist"
	const newer = "/private/var/protected/xprotect/XProtect.bundle/Contents/Info.plist"
	aged := func(path string, days int) func(*fake) *fake {
		return func(f *fake) *fake {
			f = f.with(path, "")
			if f.changed == nil {
				f.changed = map[string]time.Time{}
			}
			f.changed[path] = now.AddDate(0, 0, -days)
			return f
		}
	}
	none := func(f *fake) *fake { return f.without(xprotect) }
	const csrutil = "/usr/bin/csrutil status"
	tryAll(t, "macos/26", wire.MacOS, wire.Antivirus, map[string]tried{
		"XProtect alone passes, and the verdict says that it is no more": {same, "pass(platform_protection)"},
		"an active EDR": {row("*\t*", "X9E956P446", "com.crowdstrike.falcon.Agent", "activated enabled"), "pass"},
		"an EDR that waits for the user is not active":      {both(none, row("\t*", "X9E956P446", "com.crowdstrike.falcon.Agent", "activated waiting for user")), "fail(missing)"},
		"an EDR that waits to be uninstalled is not active": {both(none, row("\t", "GVZRY6KDKR", "com.malwarebytes.mbam.engine.sys.ext", "terminated waiting to uninstall on reboot")), "fail(missing)"},
		"an EDR that is enabled and not active":             {both(none, row("*\t", "X9E956P446", "com.crowdstrike.falcon.Agent", "activated enabled")), "fail(missing)"},
		"an EDR that is active and not enabled":             {both(none, row("\t*", "X9E956P446", "com.crowdstrike.falcon.Agent", "activated enabled")), "fail(missing)"},
		"a row that ends early":                             {both(none, saying(macSysext, "*\t*\t[activated enabled]\n")), "fail(missing)"},
		"an EDR whose maker is another is none":             {both(none, row("*\t*", "ABCDE12345", "com.crowdstrike.falcon.Agent", "activated enabled")), "fail(missing)"},
		"a network filter of a maker of antivirus is none":  {both(none, row("*\t*", "DE8Y96K9QP", "com.cisco.anyconnect.macos.acsockext", "activated enabled")), "fail(missing)"},
		"XProtect that is stale":                            {aged(xprotect, 120), "fail(signatures_old)"},
		"XProtect that is kept elsewhere since macOS 15":    {both(aged(xprotect, 400), aged(newer, 9)), "pass(platform_protection)"},
		"XProtect without updates":                          {holding(macPrefs, plistOf("ConfigDataInstall", "<false/>")), "fail(off)"},
		"XProtect whose updates a profile turns off":        {holding(macManagedDir+"com.apple.SoftwareUpdate.plist", plistOf("ConfigDataInstall", "<false/>")), "fail(off)"},
		"XProtect without integrity protection":             {saying(csrutil, "System Integrity Protection status: disabled.\n"), "fail(off)"},
		"integrity protection in parts is not guessed at":   {saying(csrutil, "System Integrity Protection status: unknown (Custom Configuration).\n\nConfiguration:\n\tKext Signing: disabled\n"), "could_not_tell(unexpected_answer)"},
		"an answer in German is not guessed at":             {saying(csrutil, "Status des Systemintegritätsschutzes: aktiviert.\n"), "could_not_tell(unexpected_answer)"},
		"no XProtect at all":                                {none, "fail(missing)"},
	})
}

func TestMacSupported(t *testing.T) {
	version := func(v string) func(*fake) *fake {
		return holding("/System/Library/CoreServices/SystemVersion.plist", plistOf("ProductVersion", "<string>"+v+"</string>"))
	}
	tryAll(t, "macos/26", wire.MacOS, wire.OSSupported, map[string]tried{
		"26": {same, "pass"},
		"26 that calls itself 16 to programs built for older systems": {version("16.0"), "pass"},
		"15":                           {version("15.7.9"), "pass"},
		"13":                           {version("13.7.8"), "fail(eol_passed)"},
		"10.15":                        {version("10.15.8"), "fail(eol_passed)"},
		"11 with a late update":        {version("11.7.11"), "fail(eol_passed)"},
		"14 where the table ends":      {version("14.8.9"), "could_not_tell(table_old)"},
		"a release nobody knows":       {version("31.0"), "could_not_tell(unknown_release)"},
		"no version":                   {version(""), "could_not_tell(unexpected_answer)"},
		"a file that cannot be read":   {holding("/System/Library/CoreServices/SystemVersion.plist", "26"), "could_not_tell(unreadable)"},
		"a file that may not be read":  {refusing("/System/Library/CoreServices/SystemVersion.plist", fs.ErrPermission), "could_not_tell(no_permission)"},
		"a file that is not there yet": {refusing("/System/Library/CoreServices/SystemVersion.plist", fs.ErrNotExist), "could_not_tell(tool_missing)"},
	})
}

func TestMacUpdates(t *testing.T) {
	const profile = macManagedDir + "com.apple.SoftwareUpdate.plist"
	const declared = "/private/var/db/softwareupdate/SoftwareUpdateDDMStatePersistence.plist"
	off := func(key string) func(*fake) *fake { return holding(macPrefs, plistOf(key, "<false/>")) }
	tryAll(t, "macos/26", wire.MacOS, wire.AutoUpdate, map[string]tried{
		"everything on":                                        {same, "pass"},
		"switches nobody touched are on":                       {holding(macPrefs, plistOf()), "pass"},
		"a file that was never written is no sign of anything": {func(f *fake) *fake { return f.without(macPrefs) }, "could_not_tell(tool_missing)"},
		"no checking":                                          {off("AutomaticCheckEnabled"), "fail(off)"},
		"no downloading":                                       {off("AutomaticDownload"), "fail(notify_only)"},
		"no installing":                                        {off("AutomaticallyInstallMacOSUpdates"), "fail(download_only)"},
		"no installing of security responses":                  {off("CriticalUpdateInstall"), "fail(download_only)"},
		"no installing, written as a number":                   {holding(macPrefs, plistOf("AutomaticallyInstallMacOSUpdates", "<integer>0</integer>")), "fail(download_only)"},
		"the profile wins over the switch":                     {both(off("AutomaticallyInstallMacOSUpdates"), holding(profile, plistOf("AutomaticallyInstallMacOSUpdates", "<true/>"))), "pass"},
		"the profile turns it off":                             {holding(profile, plistOf("AutomaticCheckEnabled", "<false/>")), "fail(off)"},
		"a declaration is not seen, so no fail":                {both(off("AutomaticCheckEnabled"), holding(declared, plistOf("SUCorePersistedStatePolicyFields", "<dict><key>SUCoreDDMDeclarationGlobalSettings</key><dict><key>automaticallyDownload</key><integer>1</integer></dict></dict>"))), "could_not_tell(managed_elsewhere)"},
		"a declaration of a version":                           {holding(declared, plistOf("SUCorePersistedStatePolicyFields", "<dict><key>Declarations</key><dict><key>x</key><dict><key>TargetOSVersion</key><string>26.7</string></dict></dict></dict>")), "could_not_tell(managed_elsewhere)"},
		"a state without declarations":                         {holding(declared, plistOf("SUCorePersistedStatePolicyFields", "<dict><key>Declarations</key><dict/></dict>")), "pass"},
		"a list of declarations":                               {holding(declared, plistOf("SUCorePersistedStatePolicyFields", "<dict><key>Declarations</key><array><string>x</string></array></dict>")), "could_not_tell(managed_elsewhere)"},
		"an empty list of declarations":                        {holding(declared, plistOf("SUCorePersistedStatePolicyFields", "<dict><key>Declarations</key><array/></dict>")), "pass"},
		"a state that cannot be understood":                    {holding(declared, "x"), "could_not_tell(managed_elsewhere)"},
		"settings that cannot be understood":                   {holding(macPrefs, "x"), "could_not_tell(unreadable)"},
		"settings that may not be read":                        {refusing(macPrefs, fs.ErrPermission), "could_not_tell(no_permission)"},
		"a binary list says the same as one in XML":            {holding(macPrefs, binaryOff), "fail(off)"},
	})
}

// binaryOff is {"AutomaticCheckEnabled": false} in the binary form.
const binaryOff = "bplist00" + "\xd1\x01\x02" + "\x5f\x10\x15AutomaticCheckEnabled" + "\x08" +
	"\x08\x0b\x23" + "\x00\x00\x00\x00\x00\x00\x01\x01" + "\x00\x00\x00\x00\x00\x00\x00\x03" + "\x00\x00\x00\x00\x00\x00\x00\x00" + "\x00\x00\x00\x00\x00\x00\x00\x24"

func TestMacUsersAreThoseWhoUsedIt(t *testing.T) {
	record := func(user, line string, kind byte) string {
		b := make([]byte, utmpxSize)
		copy(b, user)
		copy(b[utmpxLine:], line)
		b[utmpxType] = kind
		return string(b)
	}
	f := newFake()
	f.changed = map[string]time.Time{}
	account := func(name string, days int, id string) {
		p := "/Users/" + name + "/Library/Preferences"
		f.files[p+"/x.plist"] = ""
		f.changed[p] = now.AddDate(0, 0, -days)
		f.outputs["/usr/bin/id -u "+name] = Output{Stdout: []byte(id + "\n")}
	}
	account("anna", 200, "501")
	account("ben", 3, "502")
	account("cora", 60, "503")
	account("admin", 1, "80")
	account("dora", 2, "504")
	account(".hidden", 1, "505")
	account("-rf", 1, "506")
	f.files["/Users/Shared/x"], f.files["/Users/.localized"] = "", ""
	f.files["/private/var/run/utmpx"] = record("utmpx-1.00", "", 10) + record("anna", "console", 7) + record("dora", "ttys001", 7) + record("ben", "console", 8)
	got, err := MacUsers(t.Context(), f, now)
	want := []User{{"anna", "/Users/anna", "501", true}, {"ben", "/Users/ben", "502", false}, {"dora", "/Users/dora", "504", false}}
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("%+v, %v", got, err)
	}
}

// What a line of the table promises is what the source runs: nothing is put together
// anywhere else.
func TestTheTablesOfMacsAndWindows(t *testing.T) {
	seen := map[string]bool{}
	for _, p := range []wire.Platform{wire.MacOS, wire.Windows} {
		for _, r := range Reads(p) {
			if seen[r.ID] || !strings.HasPrefix(r.ID, string(p)+".") {
				t.Errorf("%s stands twice, or on the wrong platform", r.ID)
			}
			seen[r.ID] = true
			if len(r.Why) < 20 || !strings.HasSuffix(r.Why, ".") || len(r.For) == 0 {
				t.Errorf("%s: %q is no sentence, or it is for nothing", r.ID, r.Why)
			}
			if (r.Kind == File || r.Kind == Command) && (r.Max == 0 || r.Max > 64<<20) {
				t.Errorf("%s may read %d bytes", r.ID, r.Max)
			}
			rooted := map[wire.Platform][]string{wire.MacOS: {"/", "{home}"}, wire.Windows: {"HKLM\\", "HKU\\{sid}\\", "C:\\Windows\\System32\\", "C:\\Program Files", "{home}"}}[p]
			if r.Kind != Call && !slices.ContainsFunc(rooted, func(s string) bool { return strings.HasPrefix(r.Where, s) }) {
				t.Errorf("%s looks at %s", r.ID, r.Where)
			}
			for _, shell := range []string{"/sh", "bash", "osascript", "powershell", "cmd.exe", "python"} {
				if r.Kind == Command && strings.Contains(strings.ToLower(r.Where+" "+strings.Join(r.Args, " ")), shell) {
					t.Errorf("%s starts %s, which runs anything", r.ID, shell)
				}
			}
		}
	}
}

// Whatever a program prints, the readers of text answer one of the words they know.
func FuzzMacText(f *testing.F) {
	for _, s := range []string{
		"FileVault is On.\nEncryption in progress: Percent completed = 42\n", "screenLock delay is 5.000000 seconds", "AC Power:\n displaysleep         10\n",
		"*\t*\tX9E956P446\tcom.crowdstrike.falcon.Agent (7.29/202.01)\tFalcon Sensor\t[activated enabled]\n", "System Integrity Protection status: enabled.\n", strings.Repeat("\x07\x00console", 200),
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if v := fileVault(s); !slices.Contains([]string{"", vaultOn, vaultOff, vaultBusy}, v) {
			t.Errorf("FileVault is %q", v)
		}
		if n, on, ok := lockDelay(s); (on && !ok) || (on && n < 0) {
			t.Errorf("%d seconds, %t, %t", n, on, ok)
		}
		for _, n := range displaySleep(s) {
			if n < 0 {
				t.Errorf("%d minutes", n)
			}
		}
		if activeGuard(s) && !strings.Contains(s, "[activated enabled]") {
			t.Error("an extension that is not active counts")
		}
		integrity(s)
		for name := range atConsole([]byte(s)) {
			if strings.Contains(name, "\x00") {
				t.Errorf("%q sits at the machine", name)
			}
		}
	})
}
