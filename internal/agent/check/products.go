package check

// manager is a password manager the agent knows: only what stands here is looked for,
// and which of them was found stays on the device.
type manager struct {
	Name     string
	BuiltIn  bool     // comes with the system: counts only where the organisation accepts it
	Chromium []string // ids of its extension in the stores of Chrome, Edge and Opera
	Firefox  []string // ids of its add-on
	Safari   []string // bundle identifiers of its Safari extension
	Mac      []macApp // applications in /Applications or ~/Applications
	Programs []string // Windows: below Program Files and Program Files (x86)
	Local    []string // Windows: below AppData\Local of a user
	Linux    []string // absolute paths of its program
	Flatpak  []string // ids of its application
	Snap     []string // names of its snap
}

// macApp is an application of macOS: its folder and what its Info.plist calls it.
type macApp struct {
	Folder string   // such as "Bitwarden.app"
	IDs    []string // the CFBundleIdentifiers it may have
}

// managers is the catalogue. The ids of extensions are those of a public list whose
// author looked each up in the stores on 2026-09-30. Keyrings of desktops are no
// password managers: every GNOME has one.
var managers = []manager{
	{
		Name:     "1Password",
		Chromium: []string{"aeblfdkhhhdcdjpifhhbdiojplfjncoa", "khgocmkkpikpnmmkgmdnfckapcdkgfaf", "dppgmdbiimibapkepcbdbmkaabgiofem"},
		Firefox:  []string{"{d634138d-c276-4fc8-924b-40a0ea21d284}"},
		Safari:   []string{"com.1password.safari.extension"},
		Mac: []macApp{
			{"1Password.app", []string{"com.1password.1password"}},
			{"1Password 7.app", []string{"com.agilebits.onepassword7"}},
		},
		Programs: []string{`1Password\app\8\1Password.exe`},
		Local:    []string{`1Password\app\8\1Password.exe`},
		Linux:    []string{"/usr/bin/1password", "/opt/1Password/1password"},
		Flatpak:  []string{"com.onepassword.OnePassword"},
		Snap:     []string{"1password"},
	},
	{
		Name:     "Bitwarden",
		Chromium: []string{"nngceckbapebfimnlniiiahkandclblb", "jbkfoedolllekgbhcbcoahefnbanhhlh", "ccnckbpmaceehanjmeomladnmlffdjgn"},
		Firefox:  []string{"{446900e4-71c2-419f-a6a7-df9c091e268b}"},
		Safari:   []string{"com.bitwarden.desktop.safari"},
		Mac:      []macApp{{"Bitwarden.app", []string{"com.bitwarden.desktop"}}},
		Programs: []string{`Bitwarden\Bitwarden.exe`},
		Local:    []string{`Programs\Bitwarden\Bitwarden.exe`, `Packages\8bitSolutionsLLC.bitwardendesktop_h4e712dmw3xyy`}, // the second is that of the Store
		Linux:    []string{"/usr/bin/bitwarden", "/opt/Bitwarden/bitwarden", "/usr/bin/bitwarden-desktop"},
		Flatpak:  []string{"com.bitwarden.desktop"},
		Snap:     []string{"bitwarden"},
	},
	{
		Name:     "LastPass",
		Chromium: []string{"hdokiejnpimakedhajhdlcegeplioahd", "bbcinlkgjjkejfdpemiealijmmooekmp"},
		Firefox:  []string{"support@lastpass.com"},
		Mac:      []macApp{{"LastPass.app", []string{"com.lastpass.lastpassmacdesktop", "com.lastpass.LastPass"}}},
		Programs: []string{`LastPass\lastpass.exe`},
	},
	{
		Name:     "Dashlane",
		Chromium: []string{"fdjamakpfbbddfjaooikfcpapjohcfmg", "gehmmocbbkpblljhkekmfhjpfbkclbph"},
		Firefox:  []string{"jetpack-extension@dashlane.com"},
		Mac:      []macApp{{"Dashlane.app", []string{"com.dashlane.dashlanephonefinal", "com.dashlane.Dashlane"}}},
	},
	{
		Name:     "Keeper",
		Chromium: []string{"bfogiafebfohielmmehodmfbbebbbpei", "lfochlioelphaglamdcakfjemolpichk", "mpfckamfocjknfipmpjdkkebpnieooca"},
		Firefox:  []string{"KeeperFFStoreExtension@KeeperSecurityInc"},
		Mac:      []macApp{{"Keeper Password Manager.app", []string{"com.keepersecurity.passwordmanager", "com.callpod.keepermac", "com.callpod.keepermac.lite"}}},
		Local:    []string{`Programs\keeperpasswordmanager\Keeper Password Manager.exe`},
		Linux:    []string{"/usr/bin/keeperpasswordmanager", "/usr/lib/keeperpasswordmanager/keeperpasswordmanager"},
	},
	{
		Name:     "NordPass",
		Chromium: []string{"eiaeiblijfjekdanodkjadfinkhbfgcd", "fooolghllnmhmmndgjiamiiodkpenpbb", "oakginmjipboeflcgnbipnjojnpchnpd"},
		Mac:      []macApp{{"NordPass.app", []string{"com.nordsec.nordpass", "com.nordpass.macos.NordPass"}}},
		Local:    []string{`Programs\nordpass\NordPass.exe`},
		Snap:     []string{"nordpass"},
	},
	{
		Name:     "Proton Pass",
		Chromium: []string{"ghmbeldphafepmbegfdlkpapadhbakde", "gcllgfdnfnllodcaambdaknbipemelie"},
		Firefox:  []string{"78272b6fa58f4a1abaac99321d503a20@proton.me"},
		Mac:      []macApp{{"Proton Pass.app", []string{"me.proton.pass.electron", "me.proton.pass.catalyst"}}},
		Local:    []string{`ProtonPass\ProtonPass.exe`},
		Linux:    []string{"/usr/bin/proton-pass"},
		Flatpak:  []string{"me.proton.Pass"},
		Snap:     []string{"proton-pass"},
	},
	{
		Name:     "KeePassXC",
		Chromium: []string{"oboonakemofpalcgghocfoadofidjkkk", "pdffhmdngciaglkoonimfcmckehcpafo"},
		Firefox:  []string{"keepassxc-browser@keepassxc.org"},
		Mac:      []macApp{{"KeePassXC.app", []string{"org.keepassxc.keepassxc"}}},
		Programs: []string{`KeePassXC\KeePassXC.exe`},
		Linux:    []string{"/usr/bin/keepassxc"},
		Flatpak:  []string{"org.keepassxc.KeePassXC"},
		Snap:     []string{"keepassxc"},
	},
	{
		Name:     "KeePass",
		Programs: []string{`KeePass Password Safe 2\KeePass.exe`},
		Linux:    []string{"/usr/bin/keepass2"},
	},
	{
		Name:     "Enpass",
		Chromium: []string{"kmcfomidfpdkfieipokbalgegidffkal", "mliehcloacfoicbanjhhnlimealolgoi"},
		Mac:      []macApp{{"Enpass.app", []string{"in.sinew.Enpass-Desktop", "in.sinew.Enpass-Desktop.App"}}},
		Programs: []string{`Enpass\Enpass.exe`},
		Linux:    []string{"/opt/enpass/Enpass"},
	},
	{
		Name:     "RoboForm",
		Chromium: []string{"pnlccmojcmeohlpggmfnbbiapkmbliob", "ljfpcifpgbbchoddpjefaipoiigpdmag"},
		Mac:      []macApp{{"RoboForm.app", []string{"com.SiberSystems.RoboForm", "com.sibersystems.RoboFormMac"}}},
		Programs: []string{`Siber Systems\AI RoboForm\robotaskbaricon.exe`},
	},
	{Name: "Zoho Vault", Chromium: []string{"igkpcodhieompeloncfnbekccinhapdb", "aomonpiegmnimnhlnpjkoinpiopofgkc"}},
	{Name: "Passbolt", Chromium: []string{"didegimhafipceonhjepacocaffmoppf", "ljeppgjhohmhpbdhjjjbiflabdgfkhpo"}},
	{
		Name:     "iCloud Passwords",
		BuiltIn:  true,
		Chromium: []string{"pejdijmoenmkgeppbflobdenhhabjlaj", "mfbcdcnpokpoajjciilocoachedjkima"},
		Mac:      []macApp{{"Passwords.app", []string{"com.apple.Passwords"}}},
	},
	{
		Name:     "Strongbox",
		Chromium: []string{"mnilpkfepdibngheginihjpknnopchbn"},
		Mac:      []macApp{{"Strongbox.app", []string{"com.markmcguill.strongbox", "com.markmcguill.strongbox.mac", "com.markmcguill.strongbox.pro", "com.markmcguill.strongbox.mac.pro"}}},
	},
	{Name: "KeePassium", Mac: []macApp{{"KeePassium.app", []string{"com.keepassium.ios", "com.keepassium.ios.pro"}}}},
	{Name: "MacPass", Mac: []macApp{{"MacPass.app", []string{"com.hicknhacksoftware.MacPass"}}}},
	{Name: "Secrets", Mac: []macApp{{"Secrets.app", []string{"com.outercorner.Secrets"}}}},
	{Name: "mSecure", Mac: []macApp{{"mSecure.app", []string{"com.mseven.msecuremac"}}}},
	{Name: "SafeInCloud", Mac: []macApp{{"SafeInCloud.app", []string{"com.safeincloud.Safe-In-Cloud.OSX"}}}},
	{Name: "Codebook", Mac: []macApp{{"Codebook.app", []string{"net.zetetic.Strip.mac"}}}},
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
