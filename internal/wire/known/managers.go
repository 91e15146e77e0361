package known

// Manager is a password manager that is known: only what stands here is looked for,
// and which of them was found stays on the device.
type Manager struct {
	Name     string
	BuiltIn  bool     // comes with the system: counts only where the organisation accepts it
	Chromium []string // ids of its extension in the stores of Chrome, Edge and Opera
	Firefox  []string // ids of its add-on
	Safari   []string // bundle identifiers of its Safari extension
	Mac      []MacApp // applications in /Applications or ~/Applications
	Programs []string // Windows: below Program Files and Program Files (x86)
	Local    []string // Windows: below AppData\Local of a user
	Linux    []string // absolute paths of its program
	Flatpak  []string // ids of its application
	Snap     []string // names of its snap
	Packages []string // names of its deb or rpm
	Listed   string   // how its name begins in the list of programs of Windows
}

// MacApp is an application of macOS: its folder and what its Info.plist calls it.
type MacApp struct {
	Folder string   // such as "Bitwarden.app"
	IDs    []string // the CFBundleIdentifiers it may have
}

// Managers is the catalogue. The ids of extensions are those of a public list whose
// author looked each up in the stores on 2026-09-30. Keyrings of desktops are no
// password managers: every GNOME has one.
var Managers = []Manager{
	{
		Name:     "1Password",
		Chromium: []string{"aeblfdkhhhdcdjpifhhbdiojplfjncoa", "khgocmkkpikpnmmkgmdnfckapcdkgfaf", "dppgmdbiimibapkepcbdbmkaabgiofem"},
		Firefox:  []string{"{d634138d-c276-4fc8-924b-40a0ea21d284}"},
		Safari:   []string{"com.1password.safari.extension"},
		Mac: []MacApp{
			{"1Password.app", []string{"com.1password.1password"}},
			{"1Password 7.app", []string{"com.agilebits.onepassword7"}},
		},
		Programs: []string{`1Password\app\8\1Password.exe`},
		Local:    []string{`1Password\app\8\1Password.exe`},
		Linux:    []string{"/usr/bin/1password", "/opt/1Password/1password"},
		Flatpak:  []string{"com.onepassword.OnePassword"},
		Snap:     []string{"1password"},
		Packages: []string{"1password"},
		Listed:   "1Password",
	},
	{
		Name:     "Bitwarden",
		Chromium: []string{"nngceckbapebfimnlniiiahkandclblb", "jbkfoedolllekgbhcbcoahefnbanhhlh", "ccnckbpmaceehanjmeomladnmlffdjgn"},
		Firefox:  []string{"{446900e4-71c2-419f-a6a7-df9c091e268b}"},
		Safari:   []string{"com.bitwarden.desktop.safari"},
		Mac:      []MacApp{{"Bitwarden.app", []string{"com.bitwarden.desktop"}}},
		Programs: []string{`Bitwarden\Bitwarden.exe`},
		Local:    []string{`Programs\Bitwarden\Bitwarden.exe`, `Packages\8bitSolutionsLLC.bitwardendesktop_h4e712dmw3xyy`}, // the second is that of the Store
		Linux:    []string{"/usr/bin/bitwarden", "/opt/Bitwarden/bitwarden", "/usr/bin/bitwarden-desktop"},
		Flatpak:  []string{"com.bitwarden.desktop"},
		Snap:     []string{"bitwarden"},
		Packages: []string{"bitwarden"},
		Listed:   "Bitwarden",
	},
	{
		Name:     "LastPass",
		Chromium: []string{"hdokiejnpimakedhajhdlcegeplioahd", "bbcinlkgjjkejfdpemiealijmmooekmp"},
		Firefox:  []string{"support@lastpass.com"},
		Mac:      []MacApp{{"LastPass.app", []string{"com.lastpass.lastpassmacdesktop", "com.lastpass.LastPass"}}},
		Programs: []string{`LastPass\lastpass.exe`},
		Listed:   "LastPass",
	},
	{
		Name:     "Dashlane",
		Chromium: []string{"fdjamakpfbbddfjaooikfcpapjohcfmg", "gehmmocbbkpblljhkekmfhjpfbkclbph"},
		Firefox:  []string{"jetpack-extension@dashlane.com"},
		Mac:      []MacApp{{"Dashlane.app", []string{"com.dashlane.dashlanephonefinal", "com.dashlane.Dashlane"}}},
		Listed:   "Dashlane",
	},
	{
		Name:     "Keeper",
		Chromium: []string{"bfogiafebfohielmmehodmfbbebbbpei", "lfochlioelphaglamdcakfjemolpichk", "mpfckamfocjknfipmpjdkkebpnieooca"},
		Firefox:  []string{"KeeperFFStoreExtension@KeeperSecurityInc"},
		Mac:      []MacApp{{"Keeper Password Manager.app", []string{"com.keepersecurity.passwordmanager", "com.callpod.keepermac", "com.callpod.keepermac.lite"}}},
		Local:    []string{`Programs\keeperpasswordmanager\Keeper Password Manager.exe`},
		Linux:    []string{"/usr/bin/keeperpasswordmanager", "/usr/lib/keeperpasswordmanager/keeperpasswordmanager"},
		Packages: []string{"keeperpasswordmanager"},
		Listed:   "Keeper Password Manager",
	},
	{
		Name:     "NordPass",
		Chromium: []string{"eiaeiblijfjekdanodkjadfinkhbfgcd", "fooolghllnmhmmndgjiamiiodkpenpbb", "oakginmjipboeflcgnbipnjojnpchnpd"},
		Mac:      []MacApp{{"NordPass.app", []string{"com.nordsec.nordpass", "com.nordpass.macos.NordPass"}}},
		Local:    []string{`Programs\nordpass\NordPass.exe`},
		Snap:     []string{"nordpass"},
		Listed:   "NordPass",
	},
	{
		Name:     "Proton Pass",
		Chromium: []string{"ghmbeldphafepmbegfdlkpapadhbakde", "gcllgfdnfnllodcaambdaknbipemelie"},
		Firefox:  []string{"78272b6fa58f4a1abaac99321d503a20@proton.me"},
		Mac:      []MacApp{{"Proton Pass.app", []string{"me.proton.pass.electron", "me.proton.pass.catalyst"}}},
		Local:    []string{`ProtonPass\ProtonPass.exe`},
		Linux:    []string{"/usr/bin/proton-pass"},
		Flatpak:  []string{"me.proton.Pass"},
		Snap:     []string{"proton-pass"},
		Packages: []string{"proton-pass"},
		Listed:   "Proton Pass",
	},
	{
		Name:     "KeePassXC",
		Chromium: []string{"oboonakemofpalcgghocfoadofidjkkk", "pdffhmdngciaglkoonimfcmckehcpafo"},
		Firefox:  []string{"keepassxc-browser@keepassxc.org"},
		Mac:      []MacApp{{"KeePassXC.app", []string{"org.keepassxc.keepassxc"}}},
		Programs: []string{`KeePassXC\KeePassXC.exe`},
		Linux:    []string{"/usr/bin/keepassxc"},
		Flatpak:  []string{"org.keepassxc.KeePassXC"},
		Snap:     []string{"keepassxc"},
		Packages: []string{"keepassxc"},
		Listed:   "KeePassXC",
	},
	{
		Name:     "KeePass",
		Programs: []string{`KeePass Password Safe 2\KeePass.exe`},
		Linux:    []string{"/usr/bin/keepass2"},
		Packages: []string{"keepass2", "keepass"},
		Listed:   "KeePass Password Safe",
	},
	{
		Name:     "Enpass",
		Chromium: []string{"kmcfomidfpdkfieipokbalgegidffkal", "mliehcloacfoicbanjhhnlimealolgoi"},
		Mac:      []MacApp{{"Enpass.app", []string{"in.sinew.Enpass-Desktop", "in.sinew.Enpass-Desktop.App"}}},
		Programs: []string{`Enpass\Enpass.exe`},
		Linux:    []string{"/opt/enpass/Enpass"},
		Packages: []string{"enpass"},
		Listed:   "Enpass",
	},
	{
		Name:     "RoboForm",
		Chromium: []string{"pnlccmojcmeohlpggmfnbbiapkmbliob", "ljfpcifpgbbchoddpjefaipoiigpdmag"},
		Mac:      []MacApp{{"RoboForm.app", []string{"com.SiberSystems.RoboForm", "com.sibersystems.RoboFormMac"}}},
		Programs: []string{`Siber Systems\AI RoboForm\robotaskbaricon.exe`},
		Listed:   "RoboForm",
	},
	{Name: "Zoho Vault", Chromium: []string{"igkpcodhieompeloncfnbekccinhapdb", "aomonpiegmnimnhlnpjkoinpiopofgkc"}},
	{Name: "Passbolt", Chromium: []string{"didegimhafipceonhjepacocaffmoppf", "ljeppgjhohmhpbdhjjjbiflabdgfkhpo"}},
	{
		Name:     "iCloud Passwords",
		BuiltIn:  true,
		Chromium: []string{"pejdijmoenmkgeppbflobdenhhabjlaj", "mfbcdcnpokpoajjciilocoachedjkima"},
		Mac:      []MacApp{{"Passwords.app", []string{"com.apple.Passwords"}}},
	},
	{
		Name:     "Strongbox",
		Chromium: []string{"mnilpkfepdibngheginihjpknnopchbn"},
		Mac:      []MacApp{{"Strongbox.app", []string{"com.markmcguill.strongbox", "com.markmcguill.strongbox.mac", "com.markmcguill.strongbox.pro", "com.markmcguill.strongbox.mac.pro"}}},
	},
	{Name: "KeePassium", Mac: []MacApp{{"KeePassium.app", []string{"com.keepassium.ios", "com.keepassium.ios.pro"}}}},
	{Name: "MacPass", Mac: []MacApp{{"MacPass.app", []string{"com.hicknhacksoftware.MacPass"}}}},
	{Name: "Secrets", Mac: []MacApp{{"Secrets.app", []string{"com.outercorner.Secrets"}}}},
	{Name: "mSecure", Mac: []MacApp{{"mSecure.app", []string{"com.mseven.msecuremac"}}}},
	{Name: "SafeInCloud", Mac: []MacApp{{"SafeInCloud.app", []string{"com.safeincloud.Safe-In-Cloud.OSX"}}}},
	{Name: "Codebook", Mac: []MacApp{{"Codebook.app", []string{"net.zetetic.Strip.mac"}}}},
	{Name: "Devolutions", Chromium: []string{"neimonjjffhehnojilepgfejkneaidmo"}},
	{Name: "Psono", Chromium: []string{"eljmjmgjkbmpmfljlmklcfineebidmlo"}},
	{Name: "heylogin", Chromium: []string{"kghbmcgihmefcbjlfiafjcigdcbmecbf"}},
	{Name: "Passwordstate", Chromium: []string{"appojfilknpkghkebigcdkmopdfcjhim"}},
	{Name: "Delinea", Chromium: []string{"mfpddejbpnbjkjoaicfedaljnfeollkh"}},
	{Name: "Norton Password Manager", Chromium: []string{"admmjipmmciaobhojoghlmleefbicajg"}},
	{Name: "Kaspersky Password Manager", Chromium: []string{"dhnkblpjbkfklfloegejegedcafpliaa"}},
	{Name: "Sticky Password", Chromium: []string{"bnfdmghkeppfadphbnkjcicejfepnbfe"}},
	{Name: "Okta", Chromium: []string{"glnpjglilkicbckjpbgcfkogebgllemb"}},
	{Name: "Nextcloud Passwords", Chromium: []string{"mhajlicjhgoofheldnmollgbgjheenbi"}},
}
