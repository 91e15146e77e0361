package wire

import "cmp"

// Hint tells the owner of a device what to do about a verdict: how to put a fail right,
// or how to make tellable what could not be told. It is one or two sentences, the same in
// the agent and on the pages, and empty for a verdict that needs nothing done.
func Hint(c Check, r Reason, p Platform) string {
	v := r.Verdict()
	if !r.Fits(c, v) || (v != Fail && v != CouldNotTell && r != EOLSoon && r != ExtendedSupport) {
		return ""
	}
	return cmp.Or(advice[about{c, r, p}], advice[about{c, r, ""}], advice[about{"", r, p}], advice[about{"", r, ""}], advice[about{c, "", p}], advice[about{c, "", ""}])
}

// about is what an advice is for: empty is every check, reason or platform. The closest
// one is given.
type about struct {
	check    Check
	reason   Reason
	platform Platform
}

// How the pages of settings are reached that several advices name.
const (
	macLock   = "Open System Settings > Lock Screen"
	winSaver  = "Search for \"Change screen saver\""
	linuxLock = "Open the settings of your desktop for the screen lock (GNOME: Privacy > Screen Lock; KDE: Screen Locking)"
)

var advice = map[about]string{
	// disk encryption
	{DiskEncryption, "", MacOS}:                 "Open System Settings > Privacy & Security > FileVault and turn it on.",
	{DiskEncryption, "", Windows}:               "Search for \"Manage BitLocker\" (Windows Home: Settings > Privacy & security > Device encryption) and turn it on for the drive of Windows.",
	{DiskEncryption, "", Linux}:                 "The disk of the system is encrypted when Linux is installed: save your data, install again and choose to encrypt the disk. Ask your IT before you begin.",
	{DiskEncryption, "", Other}:                 "Turn on the encryption of the whole disk in the settings of the device.",
	{DiskEncryption, Suspended, Windows}:        "BitLocker is suspended, so the drive opens without a key. Search for \"Manage BitLocker\" and choose Resume protection.",
	{DiskEncryption, Suspended, ""}:             "Protection of the disk is suspended. Resume it in the settings of disk encryption.",
	{DiskEncryption, InProgress, ""}:            "The disk is being encrypted or decrypted. Leave the device switched on and plugged in; if it is decrypting, turn encryption on again.",
	{DiskEncryption, Partial, Windows}:          "A drive with a profile or a paging file is open. Search for \"Manage BitLocker\" and turn it on for that drive too.",
	{DiskEncryption, Partial, Linux}:            "The system, /home, /var or the swap space lies outside the encrypted part; lsblk shows which. Move it there, or install again and encrypt the whole disk.",
	{DiskEncryption, Partial, ""}:               "One volume is not encrypted. Turn on encryption for every volume that holds data of the system or yours.",
	{DiskEncryption, Locked, ""}:                "The volume is locked. Unlock it, and the next look can tell.",
	{DiskEncryption, HardwareEncryption, ""}:    "The drive may encrypt by itself, which cannot be seen. Use the encryption of the system, or give your IT evidence of the drive's settings.",
	{DiskEncryption, SourcesDisagree, Windows}:  "The Explorer and manage-bde say different things of the drive. Search for \"Manage BitLocker\", see that protection is on and not suspended, and restart.",
	{DiskEncryption, SourcesDisagree, MacOS}:    "The programs fdesetup and diskutil say different things of FileVault. Restart the Mac; if it stays, turn FileVault off and on again.",
	{DiskEncryption, UnexpectedAnswer, Windows}: "Windows does not say clearly whether the drive is protected. Search for \"Manage BitLocker\" and see that protection is on and not suspended.",
	{DiskEncryption, UnknownMechanism, ""}:      "The disk is encrypted by something the agent does not know, such as VeraCrypt. Give your IT evidence of it.",
	{ScreenLock, "", MacOS}:                     macLock + " and let the password be required immediately, after a few minutes without use.",
	{ScreenLock, "", Windows}:                   winSaver + ", choose one, set a few minutes and tick \"On resume, display logon screen\".",
	{ScreenLock, "", Linux}:                     linuxLock + " and turn on locking after a few minutes.",
	{ScreenLock, "", Other}:                     "Let the screen lock after a few minutes without use, in the settings of the device.",
	{ScreenLock, NoPassword, MacOS}:             macLock + " and set \"Require password after screen saver begins or display is turned off\" to Immediately.",
	{ScreenLock, NoPassword, Windows}:           winSaver + " and tick \"On resume, display logon screen\".",
	{ScreenLock, NoPassword, Linux}:             linuxLock + " and turn on that the screen locks when it goes blank.",
	{ScreenLock, NoTimeout, MacOS}:              macLock + " and choose after how many minutes the display turns off, on battery and on the power adapter.",
	{ScreenLock, NoTimeout, Windows}:            winSaver + ", choose one, set the minutes to wait and tick \"On resume, display logon screen\".",
	{ScreenLock, NoTimeout, Linux}:              linuxLock + " and choose after how many minutes without use it locks.",
	{ScreenLock, TooLong, MacOS}:                macLock + " and choose a shorter time until the display turns off, on battery and on the power adapter.",
	{ScreenLock, TooLong, Windows}:              winSaver + " and choose fewer minutes to wait.",
	{ScreenLock, TooLong, Linux}:                linuxLock + " and choose a shorter time.",
	{ScreenLock, GraceTooLong, MacOS}:           macLock + " and set \"Require password after screen saver begins or display is turned off\" to Immediately or 5 seconds.",
	{ScreenLock, GraceTooLong, Windows}:         "The password is asked for too late after the machine slept, or never. Open Settings > Accounts > Sign-in options and set \"If you've been away\" to Every time.",
	{ScreenLock, GraceTooLong, Linux}:           linuxLock + " and set the delay between blanking and locking to none.",
	{ScreenLock, LockForbidden, Linux}:          "A setting forbids locking. For GNOME run: gsettings set org.gnome.desktop.lockdown disable-lock-screen false; if your IT set it, ask them.",
	{ScreenLock, UnknownDesktop, ""}:            "The agent does not know how your desktop locks the screen. Give your IT evidence of it, or tell the makers of the agent which desktop it is.",
	{ScreenLock, UnknownMechanism, Windows}:     "The display goes dark, but whether that locks cannot be seen. " + winSaver + " and tick \"On resume, display logon screen\", or ask your IT for the policy of the machine.",
	{ScreenLock, NoSession, ""}:                 "The screen lock of an account can be read only while its owner is signed in. Everybody who uses the device has to sign in; an account nobody needs can be removed.",
	{ScreenLock, SourcesDisagree, MacOS}:        "Your organisation's profile asks for a password, and the Mac says that none is required. Sign out and in again; if it stays, tell your IT.",
	{Antivirus, "", MacOS}:                      "Let macOS protect itself: System Settings > General > Software Update > Automatic Updates, and turn on security responses and system files. Or install the antivirus of your organisation.",
	{Antivirus, "", Windows}:                    "Open Windows Security > Virus & threat protection and turn on real-time protection.",
	{Antivirus, "", Linux}:                      "Install the antivirus of your organisation, or ClamAV (packages clamav-daemon and clamav-freshclam), and see that it runs.",
	{Antivirus, "", Other}:                      "Install and switch on the antivirus of your organisation.",
	{Antivirus, Off, MacOS}:                     "System Integrity Protection or the updates of XProtect are off. Turn on System Settings > General > Software Update > Automatic Updates > security responses and system files; csrutil enable in Recovery turns on the protection.",
	{Antivirus, SignaturesOld, MacOS}:           "XProtect got no update for a long time. Connect the Mac to the internet and turn on automatic updates of security responses and system files.",
	{Antivirus, SignaturesOld, Windows}:         "Open Windows Security > Virus & threat protection > Protection updates and choose Check for updates.",
	{Antivirus, SignaturesOld, Linux}:           "The signatures are old. See that clamav-freshclam, or the updater of your antivirus, runs and reaches the internet.",
	{Antivirus, Snoozed, ""}:                    "The antivirus is switched off for a while. Switch it on again.",
	{Antivirus, Expired, ""}:                    "The licence of the antivirus has expired. Renew it, or remove it: on Windows Microsoft Defender then takes over.",
	{Antivirus, NotRunning, Linux}:              "The antivirus is installed and does not run. Start its service with systemctl enable --now.",
	{Antivirus, SourcesDisagree, Windows}:       "The Windows Security Center is not content, though Microsoft Defender is on. Open Windows Security and follow what it asks for.",
	{PasswordManager, "", ""}:                   "Install the password manager of your organisation, as an application or an extension of your browser. That it is used is not looked at.",
	{PasswordManager, NoSession, ""}:            "Nobody is signed in, or nobody used the device in the last 30 days. Sign in, and the next look can tell.",
	{Firewall, "", MacOS}:                       "Open System Settings > Network > Firewall and turn it on.",
	{Firewall, "", Windows}:                     "Open Windows Security > Firewall & network protection and turn it on for all three kinds of network.",
	{Firewall, "", Linux}:                       "Turn a firewall on: sudo ufw enable (Debian, Ubuntu), or sudo systemctl enable --now firewalld (Fedora, SUSE).",
	{Firewall, "", Other}:                       "Turn on the firewall in the settings of the device.",
	{Firewall, SomeProfileOff, Windows}:         "The firewall is off for some kind of network. Open Windows Security > Firewall & network protection and turn it on for domain, private and public networks.",
	{Firewall, NotRunning, Windows}:             "The firewall is set up and its service does not run. Restart the machine; if it stays, set the service \"Windows Defender Firewall\" (mpssvc) to Automatic.",
	{Firewall, NotRunning, Linux}:               "The firewall is set up and not loaded. Start it: sudo systemctl enable --now ufw, firewalld or nftables.",
	{Firewall, AllowsAll, Linux}:                "The rules let everything in. Let the chain for incoming packets drop what no rule allows, as ufw and firewalld do.",
	{Firewall, AllowsAll, Windows}:              "The firewall is on and lets everything in. Open Windows Defender Firewall with Advanced Security > Properties and set inbound connections to Block; a policy that lets them in is your IT's to change.",
	{Firewall, SourcesDisagree, MacOS}:          "Your organisation's profile turns the firewall on, and macOS says that it is off. Restart the Mac; if it stays, tell your IT.",
	{Firewall, SourcesDisagree, Windows}:        "The Windows Security Center and the settings of the firewall say different things. Open Windows Security > Firewall & network protection and follow what it asks for.",
	{Firewall, NoPermission, Linux}:             "Only root may read the rules of the firewall. If you typed the command yourself, type sudo toucan-agent check; the service of the package has the right (CAP_NET_ADMIN).",
	{OSSupported, "", MacOS}:                    "Open System Settings > General > Software Update and install the newest macOS. A Mac that does not get it needs a successor.",
	{OSSupported, "", Windows}:                  "Open Settings > Windows Update and install the newest version of Windows. A machine that does not get it needs a successor, or paid extended updates.",
	{OSSupported, "", Linux}:                    "Upgrade to a release that still gets security updates; your distribution's notes say how. Save your data before.",
	{OSSupported, "", Other}:                    "Install a release of the system that still gets security updates.",
	{OSSupported, EOLSoon, ""}:                  "Security updates for this release end within 90 days. Plan the upgrade now.",
	{OSSupported, ExtendedSupport, ""}:          "Only extended support is left for this release. Plan the upgrade.",
	{OSSupported, SyncOld, Linux}:               "The list of packages is older than 60 days. Update the system (Arch: sudo pacman -Syu; Tumbleweed: sudo zypper dup; Debian sid: sudo apt update and sudo apt full-upgrade).",
	{OSSupported, UnknownRelease, ""}:           "The agent does not know this release. Update the agent; if it stays, give your IT evidence that the release is supported.",
	{OSSupported, TableOld, ""}:                 "The agent's table of releases is too old to say. Update the agent.",
	{OSSupported, SourcesDisagree, Windows}:     "Windows tells the agent two different builds. Update the agent, and see that no compatibility mode is set for it.",
	{AutoUpdate, "", MacOS}:                     "Open System Settings > General > Software Update > Automatic Updates and turn on all of it.",
	{AutoUpdate, "", Windows}:                   "Open Settings > Windows Update and see that updates are neither paused nor turned off; a policy that turns them off is your IT's to change.",
	{AutoUpdate, "", Linux}:                     "Let updates install themselves: sudo apt install unattended-upgrades and sudo dpkg-reconfigure unattended-upgrades (Debian, Ubuntu), Update Manager > Preferences > Automation (Mint), or dnf-automatic with apply_updates = yes (Fedora, RHEL).",
	{AutoUpdate, "", Other}:                     "Turn on automatic updates in the settings of the device.",
	{AutoUpdate, DownloadOnly, MacOS}:           "Updates are fetched and wait. Open System Settings > General > Software Update > Automatic Updates and turn on installing macOS updates, security responses and system files.",
	{AutoUpdate, DownloadOnly, Linux}:           "Updates are fetched and wait. Turn on installing them: unattended-upgrades on Debian and Ubuntu, apply_updates = yes in /etc/dnf/automatic.conf on Fedora and RHEL.",
	{AutoUpdate, NotifyOnly, Windows}:           "A policy has updates announced and not installed. Your IT can set \"Configure Automatic Updates\" to 4.",
	{AutoUpdate, Paused, Windows}:               "Open Settings > Windows Update and choose Resume updates.",
	{AutoUpdate, TimerOff, Linux}:               "Turn on the timer: sudo systemctl enable --now apt-daily.timer apt-daily-upgrade.timer (Debian, Ubuntu) or dnf-automatic.timer (Fedora, RHEL).",
	{AutoUpdate, NotRunning, Linux}:             "What installs updates does not run. Start its service or timer with systemctl enable --now.",
	{AutoUpdate, NoMechanism, Windows}:          "The service of Windows Update is missing. Repair Windows, or ask your IT how updates get here.",
	{AutoUpdate, NoMechanism, Linux}:            "Nothing installs updates by itself. Install unattended-upgrades (Debian, Ubuntu) or dnf-automatic (Fedora, RHEL); where there is none, ask your IT for an exception.",
	{AutoUpdate, ManagedElsewhere, MacOS}:       "Your organisation manages updates by a declaration, which the agent cannot read. The device management can be connected as a source of its own.",
	{"", NoSession, ""}:                         "It can be read only while somebody is signed in. Sign in, and the next look can tell.",
	{"", NoPermission, Linux}:                   "The agent may not read it. If you typed the command yourself, type sudo toucan-agent check; else see that the agent runs as root, from its own service (systemctl status toucan-agent).",
	{"", NoPermission, MacOS}:                   "The agent may not read it. If you typed the command yourself, type sudo toucan-agent check; else see that it runs as root from its own service. System Settings > Privacy & Security > Full Disk Access can give the rest.",
	{"", NoPermission, Windows}:                 "The agent may not read it. If you typed the command yourself, do so in PowerShell as administrator; else see that it runs as the service ToucanAgent, under the local system account.",
	{"", NoPermission, ""}:                      "What looks at the device may not read it. Ask your IT to give it the right.",
	{"", ToolMissing, ""}:                       "What would answer is not on this device. Update the system and the agent; if it stays, give your IT evidence.",
	{"", Timeout, ""}:                           "What was asked did not answer in time. It is asked again at the next look; restart the device if it stays.",
	{"", UnknownMechanism, ""}:                  "This device does it in a way the agent does not know. Give your IT evidence of it.",
	{"", SourcesDisagree, ""}:                   "Two places on the device say different things. Restart it; if it stays, toucan-agent check --detail shows you what was read.",
	{"", Unreadable, ""}:                        "It could not be read: a file is damaged or larger than expected. toucan-agent check --detail shows you which.",
	{"", UnexpectedAnswer, ""}:                  "The agent did not understand an answer. Update the agent; toucan-agent check --detail shows you the answer, which never leaves the device.",
	{"", ManagedElsewhere, ""}:                  "It is managed in a way the agent cannot read. The device management can be connected as a source of its own.",
	{"", Unsupported, ""}:                       "It is not looked at here. Give your IT evidence of it.",
	{"", NotReported, ""}:                       "The source says nothing of it. Install the agent on the device, or give your IT evidence.",
}
