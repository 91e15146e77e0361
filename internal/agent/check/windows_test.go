package check

import (
	"context"
	"errors"
	"io/fs"
	"testing"
	"time"

	"github.com/toucan-grc/toucan/internal/wire"
)

const (
	bdeCall   = "shell32.dll!SHGetPropertyStoreFromParsingName System.Volume.BitLockerProtection "
	bdeRun    = `C:\Windows\System32\manage-bde.exe -status C: -protectionaserrorlevel`
	bdeRunD   = `C:\Windows\System32\manage-bde.exe -status D: -protectionaserrorlevel`
	winLimit  = `HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\Policies\System\InactivityTimeoutSecs`
	winDesk   = `HKU\1000\Control Panel\Desktop\`
	winDeskGP = `HKU\1000\SOFTWARE\Policies\Microsoft\Windows\Control Panel\Desktop\`
	fwOwn     = `HKLM\SYSTEM\CurrentControlSet\Services\SharedAccess\Parameters\FirewallPolicy\`
	fwGP      = `HKLM\SOFTWARE\Policies\Microsoft\WindowsFirewall\`
)

func calling(name string, n int64) func(*fake) *fake {
	return func(f *fake) *fake {
		f = f.copy()
		f.calls[name] = n
		return f
	}
}

// number and text set a value of the registry, unset takes it away.
func number(key string, n uint64) func(*fake) *fake {
	return func(f *fake) *fake {
		f = f.copy()
		f.registry[key] = Value{Number: n}
		return f
	}
}

func text(key, s string) func(*fake) *fake {
	return func(f *fake) *fake {
		f = f.copy()
		f.registry[key] = Value{Text: s, IsText: true}
		return f
	}
}

func unset(key string) func(*fake) *fake {
	return func(f *fake) *fake {
		f = f.copy()
		delete(f.registry, key)
		delete(f.calls, key)
		delete(f.outputs, key)
		return f
	}
}

func ending(line, stdout string, exit int) func(*fake) *fake {
	return func(f *fake) *fake { return f.says(line, stdout, exit) }
}

func TestWindowsDisk(t *testing.T) {
	state := func(n int64) func(*fake) *fake { return calling(bdeCall+"C:", n) }
	open := ending(bdeRun, "", 1)
	gone := unset(bdeRun)
	french := "Chiffrement de lecteur BitLocker : outil de configuration\nVolume C: []\n    État de la protection : Protection activée\n"
	german := "BitLocker-Laufwerkverschlüsselung: Konfigurationstool\nVolume \"C:\" []\n    Schutzstatus: Der Schutz ist aktiviert.\n"
	japanese := "BitLocker ドライブ暗号化: 構成ツール\nボリューム C: []\n    保護状態: 保護はオンです\n"
	tryAll(t, "windows/11", wire.Windows, wire.DiskEncryption, map[string]tried{
		"on":                              {same, "pass"},
		"off":                             {both(state(2), open), "fail(off)"},
		"suspended protection is no pass": {both(state(5), open), "fail(suspended)"},
		"a value of which sources disagree is no pass":           {both(state(5), gone), "could_not_tell(unexpected_answer)"},
		"nor is it where the drive is said to be protected":      {state(5), "could_not_tell(sources_disagree)"},
		"encrypting is no pass":                                  {both(state(3), open), "fail(in_progress)"},
		"decrypting is no pass":                                  {state(4), "fail(in_progress)"},
		"a drive that waits for its key is open":                 {both(state(8), open), "fail(off)"},
		"a drive that is encrypted with an open key is open":     {both(state(1), open), "could_not_tell(sources_disagree)"},
		"off, while the other source says on":                    {state(2), "could_not_tell(sources_disagree)"},
		"without the second source":                              {gone, "pass"},
		"without the first source":                               {unset(bdeCall + "C:"), "pass"},
		"without the first source, open":                         {both(unset(bdeCall+"C:"), open), "fail(off)"},
		"without any":                                            {both(unset(bdeCall+"C:"), gone), "could_not_tell(tool_missing)"},
		"Windows Home is asked like any other":                   {both(text(winCurrent+"EditionID", "Core"), state(2), open), "fail(off)"},
		"Windows Home with device encryption passes":             {text(winCurrent+"EditionID", "Core"), "pass"},
		"fully encrypted in words, and open":                     {both(state(2), ending(bdeRun, "    Conversion Status:    Fully Encrypted\n    Protection Status:    Protection Off\n", 1)), "fail(off)"},
		"protected in French, and off":                           {both(state(2), ending(bdeRun, french, 1)), "fail(off)"},
		"protected in German, and off":                           {both(state(2), ending(bdeRun, german, 1)), "fail(off)"},
		"protected in Japanese, and off":                         {both(state(2), ending(bdeRun, japanese, 1)), "fail(off)"},
		"on, in French":                                          {ending(bdeRun, french, 0), "pass"},
		"on, in German":                                          {ending(bdeRun, german, 0), "pass"},
		"on, in Japanese":                                        {ending(bdeRun, japanese, 0), "pass"},
		"an error of the second source is no source":             {ending(bdeRun, "ERROR: access denied", -2147024891), "pass"},
		"a profile on a drive that is open":                      {both(func(f *fake) *fake { f.users[0].Home = `D:\Users\anna`; return f }, calling(bdeCall+"D:", 2), ending(bdeRunD, "", 1)), "fail(partial)"},
		"a paging file on a drive that is open":                  {both(text(`HKLM\SYSTEM\CurrentControlSet\Control\Session Manager\Memory Management\PagingFiles`, "?:\\pagefile.sys\nd:\\pagefile.sys 0 0"), calling(bdeCall+"D:", 2), ending(bdeRunD, "", 1)), "fail(partial)"},
		"a drive with neither is not looked at":                  {calling(bdeCall+"E:", 2), "pass"},
		"VeraCrypt may encrypt the system, which cannot be seen": {both(state(2), open, calling("advapi32.dll!QueryServiceStatus veracrypt", 4)), "could_not_tell(unknown_mechanism)"},
		"VeraCrypt that is not running does not":                 {both(state(2), open, calling("advapi32.dll!QueryServiceStatus veracrypt", 1)), "fail(off)"},
		"VeraCrypt beside a suspended BitLocker":                 {both(state(5), open, calling("advapi32.dll!QueryServiceStatus veracrypt", 4)), "fail(suspended)"},
		"a drive that is locked":                                 {state(6), "could_not_tell(locked)"},
		"the only protected drive is another one":                {both(state(2), open, calling(bdeCall+"D:", 1)), "fail(off)"},
		"a call that may not be made, and no other source":       {both(refusing(bdeCall+"C:", fs.ErrPermission), gone), "could_not_tell(no_permission)"},
		"a call that does not answer, and no other source":       {both(refusing(bdeCall+"C:", context.DeadlineExceeded), gone), "could_not_tell(timeout)"},
		"a second source that does not answer leaves it to it":   {refusing(bdeRun, context.DeadlineExceeded), "pass"},
	})
}

func TestWindowsScreenLock(t *testing.T) {
	none := unset(winLimit)
	saver := func(key, active, secure, program, timeout string) func(*fake) *fake {
		return both(none, text(key+"ScreenSaveActive", active), text(key+"ScreenSaverIsSecure", secure), text(key+"SCRNSAVE.EXE", program), text(key+"ScreenSaveTimeOut", timeout))
	}
	const exe = `C:\Windows\system32\scrnsave.scr`
	sleep := func(mains, battery int64) func(*fake) *fake {
		return both(none, calling("powrprof.dll!PowerReadACValueIndex SUB_SLEEP STANDBYIDLE", mains), calling("powrprof.dll!PowerReadDCValueIndex SUB_SLEEP STANDBYIDLE", battery))
	}
	dark := both(calling("powrprof.dll!PowerReadACValueIndex SUB_VIDEO VIDEOIDLE", 600), calling("powrprof.dll!PowerReadDCValueIndex SUB_VIDEO VIDEOIDLE", 300))
	awake := calling("powrprof.dll!PowerReadACValueIndex SUB_NONE CONSOLELOCK", 0)
	absent := func(f *fake) *fake { f.users[0].Session = false; return f }
	tryAll(t, "windows/11", wire.Windows, wire.ScreenLock, map[string]tried{
		"the policy of the machine":                                    {same, "pass"},
		"the policy of the machine holds for whoever is not signed in": {absent, "pass"},
		"a policy of 0 is never":                                       {number(winLimit, 0), "fail(no_timeout)"},
		"a policy later than allowed":                                  {number(winLimit, 3600), "fail(timeout_too_long)"},
		"nothing set":                                                  {none, "fail(no_timeout)"},
		"a screen saver with a password":                               {saver(winDesk, "1", "1", exe, "600"), "pass"},
		"a screen saver without a password is no lock":                 {saver(winDesk, "1", "0", exe, "600"), "fail(no_password)"},
		"a password without a pause is no lock":                        {saver(winDesk, "1", "1", exe, "0"), "fail(no_timeout)"},
		"a screen saver that is not there begins nothing":              {saver(winDesk, "1", "1", "", "600"), "fail(no_timeout)"},
		"a screen saver that is off":                                   {saver(winDesk, "0", "1", exe, "600"), "fail(no_timeout)"},
		"a screen saver that begins too late":                          {saver(winDesk, "1", "1", exe, "1800"), "fail(timeout_too_long)"},
		"the policy of the user wins":                                  {both(saver(winDesk, "1", "1", exe, "600"), text(winDeskGP+"ScreenSaverIsSecure", "0")), "fail(no_password)"},
		"the policy of the user alone":                                 {saver(winDeskGP, "1", "1", exe, "600"), "pass"},
		"the policy of the user, as numbers":                           {both(saver(winDeskGP, "1", "1", exe, "600"), number(winDeskGP+"ScreenSaverIsSecure", 1), number(winDeskGP+"ScreenSaveTimeOut", 900)), "pass"},
		"sleep from which only a password wakes":                       {sleep(900, 600), "pass"},
		"sleep after which no password is ever asked for":              {both(sleep(900, 600), number(winDesk+"DelayLockInterval", 0xFFFFFFFF)), "fail(grace_too_long)"},
		"sleep after which it is asked for at once":                    {both(sleep(900, 600), number(winDesk+"DelayLockInterval", 0)), "pass"},
		"sleep after which it is asked for in time":                    {both(sleep(600, 600), number(winDesk+"DelayLockInterval", 300)), "pass"},
		"sleep after which it is asked for too late":                   {both(sleep(900, 600), number(winDesk+"DelayLockInterval", 60)), "fail(grace_too_long)"},
		"a screen saver that locks where sleep does not":               {both(sleep(900, 600), number(winDesk+"DelayLockInterval", 0xFFFFFFFF), saver(winDesk, "1", "1", exe, "600")), "pass"},
		"sleep on battery alone":                                       {sleep(0, 600), "fail(no_timeout)"},
		"sleep that anybody wakes":                                     {both(sleep(900, 600), awake), "fail(no_timeout)"},
		"a policy lets anybody wake it":                                {both(sleep(900, 600), number(winPowerPolicy+winWakeGUID+"ACSettingIndex", 0)), "fail(no_timeout)"},
		"a policy of sleep":                                            {both(sleep(0, 600), number(winPowerPolicy+winSleepGUID+"ACSettingIndex", 600)), "pass"},
		"a display that goes dark may lock, so no fail":                {both(none, dark), "could_not_tell(unknown_mechanism)"},
		"a display that goes dark without a password is a fail":        {both(none, dark, awake), "fail(no_timeout)"},
		"without a word on sleep a fail would be a guess":              {both(none, unset("powrprof.dll!PowerReadACValueIndex SUB_SLEEP STANDBYIDLE")), "could_not_tell(tool_missing)"},
		"a screen saver that locks needs no word on sleep":             {both(saver(winDesk, "1", "1", exe, "600"), unset("powrprof.dll!PowerReadACValueIndex SUB_NONE CONSOLELOCK")), "pass"},
		"device management sets a lock":                                {both(none, number(`HKLM\SOFTWARE\Microsoft\PolicyManager\current\device\DeviceLock\MaxInactivityTimeDeviceLock`, 15)), "could_not_tell(managed_elsewhere)"},
		"a hive that is not loaded":                                    {both(none, absent), "could_not_tell(no_session)"},
		"the hive of SYSTEM is not asked":                              {both(none, text(`HKU\S-1-5-18\Control Panel\Desktop\ScreenSaverIsSecure`, "1"), text(`HKU\.DEFAULT\Control Panel\Desktop\ScreenSaverIsSecure`, "1")), "fail(no_timeout)"},
		"a hive that may not be read":                                  {both(none, refusing(winDeskGP+"ScreenSaveActive", fs.ErrPermission)), "could_not_tell(no_permission)"},
		"accounts that cannot be listed":                               {both(none, refusing("users", fs.ErrPermission)), "could_not_tell(no_permission)"},
	})
}

func TestWindowsAntivirus(t *testing.T) {
	health := func(n int64) func(*fake) *fake {
		return calling("wscapi.dll!WscGetSecurityProviderHealth ANTIVIRUS", n)
	}
	defender := func(n uint64) func(*fake) *fake {
		return number(`HKLM\SOFTWARE\Microsoft\Security Center\Provider\Av\{D68DDC3A-831F-4fae-9E44-DA132C1ACF46}\STATE`, n)
	}
	service := func(name string, n int64) func(*fake) *fake {
		return calling("advapi32.dll!QueryServiceStatus "+name, n)
	}
	signed := func(days int) func(*fake) *fake {
		at := now.AddDate(0, 0, -days).Unix() + 11_644_473_600
		return number(winDefenderKey+`Signature Updates\AVSignatureApplied`, uint64(at)*10_000_000)
	}
	server := unset("wscapi.dll!WscGetSecurityProviderHealth ANTIVIRUS")
	tryAll(t, "windows/11", wire.Windows, wire.Antivirus, map[string]tried{
		"Defender": {same, "pass"},
		"another antivirus, while Defender is off":        {both(defender(393216), service("WinDefend", 1)), "pass"},
		"393216 is off, though a number above 0":          {both(health(2), defender(393216)), "fail(off)"},
		"old signatures":                                  {both(health(2), defender(397584)), "fail(signatures_old)"},
		"snoozed":                                         {health(3), "fail(snoozed)"},
		"snoozed, by how Defender is registered":          {both(health(2), defender(0x62000)), "fail(snoozed)"},
		"expired":                                         {both(health(2), defender(0x63000)), "fail(expired)"},
		"not content, while Defender is well":             {health(2), "could_not_tell(sources_disagree)"},
		"not content, and Defender is not there":          {both(health(2), unset(`HKLM\SOFTWARE\Microsoft\Security Center\Provider\Av\{D68DDC3A-831F-4fae-9E44-DA132C1ACF46}\STATE`)), "fail(off)"},
		"an EDR that does not register":                   {both(health(2), defender(393216), service("CSFalconService", 4)), "pass"},
		"an EDR that is stopped":                          {both(health(2), defender(393216), service("CSFalconService", 1)), "fail(off)"},
		"a product that registers does not count by name": {both(health(2), defender(393216), service("ekrn", 4)), "fail(off)"},
		"ClamAV with fresh signatures":                    {both(health(2), defender(393216), service("ClamD", 4), holding(`C:\Program Files\ClamAV\database\daily.cld`, "")), "pass"},
		"ClamAV without signatures":                       {both(health(2), defender(393216), service("ClamD", 4)), "fail(off)"},
		"ClamAV with old signatures": {both(health(2), defender(393216), service("ClamD", 4), holding(`C:\Program Files\ClamAV\database\daily.cld`, ""), func(f *fake) *fake {
			f.changed = map[string]time.Time{`C:\Program Files\ClamAV\database\daily.cld`: now.AddDate(0, 0, -60)}
			return f
		}), "fail(off)"},
		"a server with Defender":                               {both(server, signed(1)), "pass"},
		"a server with Defender and old signatures":            {both(server, signed(40)), "fail(signatures_old)"},
		"a server with Defender stopped":                       {both(server, service("WinDefend", 1)), "fail(not_running)"},
		"a server with real-time protection off":               {both(server, signed(1), number(winDefenderKey+`Real-Time Protection\DisableRealtimeMonitoring`, 1)), "fail(off)"},
		"a server whose policy turns Defender off":             {both(server, signed(1), number(`HKLM\SOFTWARE\Policies\Microsoft\Windows Defender\DisableAntiSpyware`, 1)), "fail(off)"},
		"a Defender that only watches":                         {both(server, signed(1), number(winDefenderKey+"PassiveMode", 1)), "fail(off)"},
		"a server with another antivirus":                      {both(server, service("ekrn", 4), service("WinDefend", 1)), "pass"},
		"a server with nothing":                                {both(server, unset("advapi32.dll!QueryServiceStatus WinDefend")), "fail(missing)"},
		"nobody watches, and Defender is well":                 {both(health(1), signed(2)), "pass"},
		"a server whose real-time protection is said to be on": {both(server, signed(1), number(winDefenderKey+`Real-Time Protection\DisableRealtimeMonitoring`, 0)), "pass"},
		"nobody watches, and Defender is not there":            {both(health(1), unset("advapi32.dll!QueryServiceStatus WinDefend")), "fail(missing)"},
		"nobody watches, and Defender is stopped":              {both(health(1), service("WinDefend", 1)), "fail(not_running)"},
		"an answer nobody knows":                               {health(9), "could_not_tell(unexpected_answer)"},
		"a Security Center that may not be asked": {both(refusing("wscapi.dll!WscGetSecurityProviderHealth ANTIVIRUS", fs.ErrPermission),
			refusing("advapi32.dll!QueryServiceStatus WinDefend", errors.New("x"))), "could_not_tell(no_permission)"},
	})
}

func TestWindowsFirewall(t *testing.T) {
	health := func(n int64) func(*fake) *fake {
		return calling("wscapi.dll!WscGetSecurityProviderHealth FIREWALL", n)
	}
	own := func(name string) func(*fake) *fake { return number(fwOwn+name+`\EnableFirewall`, 0) }
	allOff := both(own("DomainProfile"), own("StandardProfile"), own("PublicProfile"))
	other := func(state uint64) func(*fake) *fake {
		return number(`HKLM\SOFTWARE\Microsoft\Security Center\Provider\Fw\{634985E4-9E49-0F00-ABB6-20B202DBA5D7}\STATE`, state)
	}
	stopped := calling("advapi32.dll!QueryServiceStatus mpssvc", 1)
	tryAll(t, "windows/11", wire.Windows, wire.Firewall, map[string]tried{
		"on":                                    {same, "pass"},
		"off on public networks":                {both(own("PublicProfile"), health(2)), "fail(some_profile_off)"},
		"off on public networks, while at home": {own("PublicProfile"), "fail(some_profile_off)"},
		"off":                                   {both(allOff, health(2)), "fail(off)"},
		"a policy turns it on":                  {both(own("PublicProfile"), number(fwGP+`PublicProfile\EnableFirewall`, 1)), "pass"},
		"a policy turns it off":                 {both(health(2), number(fwGP+`PrivateProfile\EnableFirewall`, 0)), "fail(some_profile_off)"},
		"a policy in the older place turns it off":                             {both(health(2), number(fwGP+`StandardProfile\EnableFirewall`, 0)), "fail(some_profile_off)"},
		"another firewall that is on":                                          {both(allOff, other(0x61000)), "pass"},
		"another firewall that is off":                                         {both(allOff, other(0x60000), health(2)), "fail(off)"},
		"another firewall that left its number behind":                         {both(allOff, other(0x61000), health(2)), "fail(off)"},
		"all off, and the Security Center content":                             {allOff, "could_not_tell(sources_disagree)"},
		"another firewall, registered and off, with a content Security Center": {both(allOff, other(0x60000)), "could_not_tell(sources_disagree)"},
		"another firewall, with the service of Windows stopped":                {both(stopped, other(0x61000)), "pass"},
		"the service stopped, while the Security Center is content":            {stopped, "fail(not_running)"},
		"on, and its service stopped":                                          {both(stopped, health(2)), "fail(not_running)"},
		"on, and the Security Center not content":                              {health(2), "could_not_tell(sources_disagree)"},
		"on, and letting everything in on public networks":                     {number(fwOwn+`PublicProfile\DefaultInboundAction`, 0), "fail(allows_all)"},
		"on, and keeping out what no rule allows":                              {number(fwOwn+`PublicProfile\DefaultInboundAction`, 1), "pass"},
		"a policy lets everything in":                                          {number(fwGP+`DomainProfile\DefaultInboundAction`, 0), "fail(allows_all)"},
		"a policy keeps out what its user lets in":                             {both(number(fwOwn+`PublicProfile\DefaultInboundAction`, 0), number(fwGP+`PublicProfile\DefaultInboundAction`, 1)), "pass"},
		"letting everything in, behind another firewall that is on":            {both(number(fwOwn+`PublicProfile\DefaultInboundAction`, 0), other(0x61000)), "pass"},
		"a server has no Security Center":                                      {unset("wscapi.dll!WscGetSecurityProviderHealth FIREWALL"), "pass"},
		"a server with its service stopped":                                    {both(unset("wscapi.dll!WscGetSecurityProviderHealth FIREWALL"), stopped), "fail(not_running)"},
		"a profile that is not there":                                          {unset(fwOwn + `PublicProfile\EnableFirewall`), "could_not_tell(tool_missing)"},
		"settings that may not be read":                                        {refusing(fwOwn+`PublicProfile\EnableFirewall`, fs.ErrPermission), "could_not_tell(no_permission)"},
		"a service that cannot be asked is no verdict":                         {refusing("advapi32.dll!QueryServiceStatus mpssvc", fs.ErrPermission), "could_not_tell(no_permission)"},
		"off in every language: netsh is not looked at":                        {both(allOff, health(2), saying(`C:\Windows\System32\netsh.exe advfirewall show allprofiles state`, "État AKTIV EIN オン ON")), "fail(off)"},
	})
}

func TestWindowsSupported(t *testing.T) {
	is := func(build int64, shown, edition string) func(*fake) *fake {
		return both(calling("ntdll.dll!RtlGetVersion", build), text(winCurrent+"CurrentBuildNumber", shown), text(winCurrent+"EditionID", edition))
	}
	esu := func(ubr uint64) func(*fake) *fake {
		return both(is(19045, "19045", "Professional"), number(winCurrent+"UBR", ubr))
	}
	tryAll(t, "windows/11", wire.Windows, wire.OSSupported, map[string]tried{
		"25H2, which calls itself Windows 10 Pro": {same, "pass"},
		"24H2 Home":                       {is(26100, "26100", "Core"), "fail(eol_passed)"},
		"24H2 Pro without a media player": {is(26100, "26100", "ProfessionalN"), "fail(eol_passed)"},
		"24H2 Enterprise":                 {is(26100, "26100", "Enterprise"), "pass"},
		"24H2 LTSC":                       {is(26100, "26100", "EnterpriseS"), "pass"},
		"23H2 Enterprise":                 {is(22631, "22631", "Enterprise"), "fail(eol_passed)"},
		"10 without extended support":     {esu(6456), "fail(eol_passed)"},
		"10 whose updates come from extended support": {esu(6937), "pass(extended_support)"},
		"10 LTSC 2021":                                  {is(19044, "19044", "EnterpriseS"), "pass(eol_within_90_days)"},
		"10 LTSC 2021 for devices":                      {is(19044, "19044", "IoTEnterpriseS"), "pass"},
		"10 21H2 Pro has the build of an LTSC":          {is(19044, "19044", "Professional"), "fail(eol_passed)"},
		"a server":                                      {both(is(20348, "20348", "ServerStandard"), text(winCurrent+"InstallationType", "Server")), "pass"},
		"a server without a desktop":                    {both(is(17763, "17763", "ServerDatacenter"), text(winCurrent+"InstallationType", "Server Core")), "pass"},
		"a build nobody knows":                          {is(31000, "31000", "Professional"), "could_not_tell(unknown_release)"},
		"an edition nobody knows":                       {is(26200, "26200", "Galaxy"), "could_not_tell(unknown_release)"},
		"a program told another build than the machine": {is(9200, "26200", "Professional"), "could_not_tell(sources_disagree)"},
		"a registry that may not be read":               {refusing(winCurrent+"EditionID", fs.ErrPermission), "could_not_tell(no_permission)"},
	})
	strict := wire.Usual()
	strict.AcceptExtended = false
	if got := esu(6937)(machine(t, "windows/11")).verdict(t, wire.Windows, wire.OSSupported, Input{Settings: strict}); got != "fail(eol_passed)" {
		t.Errorf("extended support where it does not count: %s", got)
	}
	late := Input{Now: time.Date(2028, 10, 11, 12, 0, 0, 0, time.UTC)}
	if got := esu(6937)(machine(t, "windows/11")).verdict(t, wire.Windows, wire.OSSupported, late); got != "fail(eol_passed)" {
		t.Errorf("after extended support: %s", got)
	}
}

func TestWindowsUpdates(t *testing.T) {
	policy := func(name string, n uint64) func(*fake) *fake { return number(winAU+name, n) }
	paused := func(s string) func(*fake) *fake { return text(winUX+"PauseUpdatesExpiryTime", s) }
	const start = `HKLM\SYSTEM\CurrentControlSet\Services\wuauserv\Start`
	const mdm = `HKLM\SOFTWARE\Microsoft\PolicyManager\current\device\Update\AllowAutoUpdate`
	tryAll(t, "windows/11", wire.Windows, wire.AutoUpdate, map[string]tried{
		"nothing set, and the service not running at the moment": {same, "pass"},
		"turned off":                                {policy("NoAutoUpdate", 1), "fail(off)"},
		"a policy that turns nothing off":           {policy("NoAutoUpdate", 0), "pass"},
		"announced only":                            {policy("AUOptions", 2), "fail(notify_only)"},
		"fetched, and announced for installing":     {policy("AUOptions", 3), "pass"},
		"installed on a schedule":                   {policy("AUOptions", 4), "pass"},
		"fetched only":                              {policy("AUOptions", 7), "fail(download_only)"},
		"an option nobody knows":                    {policy("AUOptions", 12), "could_not_tell(unexpected_answer)"},
		"device management announces only":          {number(mdm, 0), "fail(notify_only)"},
		"device management installs":                {number(mdm, 2), "pass"},
		"device management turns it off":            {number(mdm, 5), "fail(off)"},
		"the service is disabled":                   {number(start, 4), "fail(off)"},
		"the service is not there":                  {unset(start), "fail(no_mechanism)"},
		"paused":                                    {paused("2026-12-20T09:02:26Z"), "fail(paused)"},
		"paused for a hundred years":                {paused("2123-08-22T09:02:26Z"), "fail(paused)"},
		"a pause that is over":                      {paused("2026-11-20T09:02:26Z"), "pass"},
		"security updates paused":                   {text(winUX+"PauseQualityUpdatesEndTime", "2026-12-20T09:02:26Z"), "fail(paused)"},
		"a day in the language of the system":       {paused("20.12.2026 09:02"), "could_not_tell(unexpected_answer)"},
		"a registry that may not be read":           {refusing(start, fs.ErrPermission), "could_not_tell(no_permission)"},
		"a policy that leaves it to somebody":       {policy("AUOptions", 5), "pass"},
		"a policy that says no and another options": {both(policy("NoAutoUpdate", 1), policy("AUOptions", 4)), "fail(off)"},
	})
}

func TestWindowsUsersAreThoseWhoseProfileWasUsed(t *testing.T) {
	f := newFake()
	const sid = "S-1-5-21-1-2-3-"
	profile := func(id, home string, days int) {
		at := uint64(now.AddDate(0, 0, -days).Unix()+11_644_473_600) * 10_000_000
		f.registry[winProfileList+`\`+id+`\ProfileImagePath`] = Value{Text: home, IsText: true}
		f.registry[winProfileList+`\`+id+`\LocalProfileLoadTimeHigh`] = Value{Number: at >> 32}
		f.registry[winProfileList+`\`+id+`\LocalProfileLoadTimeLow`] = Value{Number: at & 0xffffffff}
	}
	profile(sid+"1001", `C:\Users\anna`, 90)
	profile(sid+"1002", `C:\Users\ben`, 3)
	profile(sid+"1003", `C:\Users\gone`, 60)
	profile(sid+"1004.bak", `C:\Users\broken`, 1)
	profile("S-1-12-1-9-8-7-6", `C:\Users\cora`, 2)
	profile("S-1-5-18", `C:\WINDOWS\system32\config\systemprofile`, 0)
	f.registry[`HKU\`+sid+`1001\Control Panel\Desktop\`] = Value{}
	got, err := WindowsUsers(t.Context(), f, now)
	want := []User{
		{Name: "cora", Home: `C:\Users\cora`, ID: "S-1-12-1-9-8-7-6"},
		{Name: "anna", Home: `C:\Users\anna`, ID: sid + "1001", Session: true},
		{Name: "ben", Home: `C:\Users\ben`, ID: sid + "1002"},
	}
	if err != nil || len(got) != len(want) {
		t.Fatalf("%+v, %v", got, err)
	}
	for i := range want {
		if got[i] != want[i] {
			t.Errorf("%+v, want %+v", got[i], want[i])
		}
	}
}

func TestTheDriveOfAPath(t *testing.T) {
	for path, want := range map[string]string{
		`C:\Users\anna`: "C:", "d:": "D:", `?:\pagefile.sys`: "", `\\server\share`: "", "C": "", "": "", "Users": "", `1:\x`: "", "@:": "", "[:": "",
	} {
		if got := driveOf(path); got != want {
			t.Errorf("%q lies on %q, want %q", path, got, want)
		}
	}
}
