package osquery

import "strings"

// What counts as a password manager or an antivirus, by the names osquery's tables have
// for it: the catalogue of our agent (internal/agent/check), as far as a table shows it.
// The comparison happens inside the query, so no name of a program leaves the machine.
// Keyrings of desktops and managers that come with the system are not among them.
var (
	managersMac = []string{
		"com.1password.1password", "com.agilebits.onepassword7", "com.bitwarden.desktop", "com.lastpass.lastpassmacdesktop", "com.lastpass.LastPass",
		"com.dashlane.dashlanephonefinal", "com.dashlane.Dashlane", "com.keepersecurity.passwordmanager", "com.callpod.keepermac", "com.callpod.keepermac.lite",
		"com.nordsec.nordpass", "com.nordpass.macos.NordPass", "me.proton.pass.electron", "me.proton.pass.catalyst", "org.keepassxc.keepassxc",
		"in.sinew.Enpass-Desktop", "in.sinew.Enpass-Desktop.App", "com.SiberSystems.RoboForm", "com.sibersystems.RoboFormMac",
		"com.markmcguill.strongbox", "com.markmcguill.strongbox.mac", "com.markmcguill.strongbox.pro", "com.markmcguill.strongbox.mac.pro",
		"com.keepassium.ios", "com.keepassium.ios.pro", "com.hicknhacksoftware.MacPass", "com.outercorner.Secrets", "com.mseven.msecuremac",
		"com.safeincloud.Safe-In-Cloud.OSX", "net.zetetic.Strip.mac",
	}
	managersWindows = []string{"1Password", "Bitwarden", "LastPass", "Dashlane", "Keeper Password Manager", "NordPass", "Proton Pass", "KeePassXC", "KeePass Password Safe", "Enpass", "RoboForm"}
	managersLinux   = []string{"1password", "bitwarden", "keeperpasswordmanager", "proton-pass", "keepassxc", "keepass2", "keepass", "enpass"}
	managersChrome  = []string{
		"aeblfdkhhhdcdjpifhhbdiojplfjncoa", "khgocmkkpikpnmmkgmdnfckapcdkgfaf", "dppgmdbiimibapkepcbdbmkaabgiofem",
		"nngceckbapebfimnlniiiahkandclblb", "jbkfoedolllekgbhcbcoahefnbanhhlh", "ccnckbpmaceehanjmeomladnmlffdjgn",
		"hdokiejnpimakedhajhdlcegeplioahd", "bbcinlkgjjkejfdpemiealijmmooekmp", "fdjamakpfbbddfjaooikfcpapjohcfmg", "gehmmocbbkpblljhkekmfhjpfbkclbph",
		"bfogiafebfohielmmehodmfbbebbbpei", "lfochlioelphaglamdcakfjemolpichk", "mpfckamfocjknfipmpjdkkebpnieooca",
		"eiaeiblijfjekdanodkjadfinkhbfgcd", "fooolghllnmhmmndgjiamiiodkpenpbb", "oakginmjipboeflcgnbipnjojnpchnpd",
		"ghmbeldphafepmbegfdlkpapadhbakde", "gcllgfdnfnllodcaambdaknbipemelie", "oboonakemofpalcgghocfoadofidjkkk", "pdffhmdngciaglkoonimfcmckehcpafo",
		"kmcfomidfpdkfieipokbalgegidffkal", "mliehcloacfoicbanjhhnlimealolgoi", "pnlccmojcmeohlpggmfnbbiapkmbliob", "ljfpcifpgbbchoddpjefaipoiigpdmag",
		"igkpcodhieompeloncfnbekccinhapdb", "aomonpiegmnimnhlnpjkoinpiopofgkc", "didegimhafipceonhjepacocaffmoppf", "ljeppgjhohmhpbdhjjjbiflabdgfkhpo",
		"mnilpkfepdibngheginihjpknnopchbn", "neimonjjffhehnojilepgfejkneaidmo", "eljmjmgjkbmpmfljlmklcfineebidmlo", "kghbmcgihmefcbjlfiafjcigdcbmecbf",
		"appojfilknpkghkebigcdkmopdfcjhim", "mfpddejbpnbjkjoaicfedaljnfeollkh", "admmjipmmciaobhojoghlmleefbicajg", "dhnkblpjbkfklfloegejegedcafpliaa",
		"bnfdmghkeppfadphbnkjcicejfepnbfe", "glnpjglilkicbckjpbgcfkogebgllemb", "mhajlicjhgoofheldnmollgbgjheenbi",
	}
	managersFirefox = []string{
		"{d634138d-c276-4fc8-924b-40a0ea21d284}", "{446900e4-71c2-419f-a6a7-df9c091e268b}", "support@lastpass.com", "jetpack-extension@dashlane.com",
		"KeeperFFStoreExtension@KeeperSecurityInc", "78272b6fa58f4a1abaac99321d503a20@proton.me", "keepassxc-browser@keepassxc.org",
	}
	builtInChrome = []string{"pejdijmoenmkgeppbflobdenhhabjlaj", "mfbcdcnpokpoajjciilocoachedjkima"} // iCloud Passwords
)

// guardsMac are antivirus and EDRs of macOS: the maker, and how the id of the extension
// that watches begins.
var guardsMac = []struct{ team, begins string }{
	{"X9E956P446", "com.crowdstrike.falcon.Agent"}, {"4AYE5J54KN", "com.sentinelone.extensions-wrapper"}, {"UBF8T346G9", "com.microsoft.wdav.epsext"},
	{"483DWKW443", "com.jamf.protect.security-extension"}, {"PXPZ95SK77", "com.paloaltonetworks.traps.securityextension"},
	{"2H5GFH3774", "com.sophos.endpoint.scanextension"}, {"7AGZNQ2S2T", "com.vmware.carbonblack.cloud.se"}, {"DE8Y96K9QP", "com.cisco.endpoint.svc.securityextension"},
	{"2BT3HPN62Z", "co.elastic.systemextension"}, {"P8DQRXPVLP", "com.eset."}, {"9PTGMPNXZ2", "com.symantec.mes.systemextension"},
	{"P2BNL68L2C", "com.mcafee.CMF.systemextension"}, {"P2BNL68L2C", "com.trellix.CMF.systemextension"}, {"GUNFMW623Y", "com.bitdefender."},
	{"E8P47U2H32", "com.trendmicro.icore.es"}, {"GVZRY6KDKR", "com.malwarebytes.mbam.engine.sys.ext"}, {"GVZRY6KDKR", "com.malwarebytes.ncep.engine.sys.ext"},
	{"2Y8XE5CQ94", "com.kaspersky."}, {"6H4HRTU5E3", "com.avast."}, {"6H4HRTU5E3", "com.avg."},
}

// guardsLinux are the systemd units of antivirus and EDRs. ClamAV is looked at apart: it
// is worth nothing without its signatures.
var guardsLinux = []string{
	"falcon-sensor.service", "sentinelone.service", "mdatp.service", "traps_pmd.service", "sophos-spl.service", "sav-protect.service", "cbagentd.service",
	"cisco-amp.service", "ElasticEndpoint.service", "eea.service", "efs.service", "esets.service", "sisamdagent.service", "mfetpd.service", "bdsec.service",
	"ds_agent.service", "mbdaemon.service", "kesl.service", "fsma.service",
}

// guardMac is a condition: an extension of the catalogue is active.
func guardMac() string {
	var any []string
	for _, g := range guardsMac {
		any = append(any, "(team = "+text(g.team)+" AND substr(identifier, 1, "+length(g.begins)+") = "+text(g.begins)+")")
	}
	return exists("system_extensions WHERE state = 'activated_enabled' AND (" + strings.Join(any, " OR ") + ")")
}

// browserManager is a condition: somebody has a password manager in a browser, and it is
// switched on.
func browserManager() string {
	return exists("users CROSS JOIN chrome_extensions USING (uid) WHERE identifier IN "+among(managersChrome)+" AND state IS NOT 0") + " OR " +
		exists("users CROSS JOIN firefox_addons USING (uid) WHERE identifier IN "+among(managersFirefox)+" AND active = 1 AND disabled = 0")
}

// builtInManager is a condition: a manager that comes with the system is used in a
// browser.
func builtInManager() string {
	return exists("users CROSS JOIN chrome_extensions USING (uid) WHERE identifier IN " + among(builtInChrome) + " AND state IS NOT 0")
}
