package known

// Guard is an antivirus or an EDR that is known, and how each system shows it. What is
// not in this table is never looked for, and which line matched never leaves the device.
//
// An agent that only collects or installs (osquery, Wazuh, MBEndpointAgent, elastic-agent
// without Elastic Defend) and a policy of the system (AppArmor, SELinux, Gatekeeper) is no
// antivirus and not here.
type Guard struct {
	Name       string
	Team       string   // Apple's id of the maker, ten characters
	Extensions []string // system extensions of macOS that watch the machine, by the beginning of their id; a mere network filter is not among them
	Services   []string // services of Windows of those that may keep away from the Security Center
	Registered []string // services of Windows of those that register there; looked at only where there is no Security Center, as on a server
	Units      []string // systemd units, without ".service"
}

// ClamAV is worth nothing without its signatures, which are looked at apart.
const ClamAV = "ClamAV"

// Guards are the catalogue. The ids come from makers' deployment guides and from public
// lists of administrators; see internal/agent/check/testdata/README.md.
var Guards = []Guard{
	{"CrowdStrike Falcon", "X9E956P446", []string{"com.crowdstrike.falcon.Agent"}, []string{"CSFalconService"}, nil, []string{"falcon-sensor"}},
	{"SentinelOne", "4AYE5J54KN", []string{"com.sentinelone.extensions-wrapper"}, []string{"SentinelAgent"}, nil, []string{"sentinelone"}},
	{"Microsoft Defender for Endpoint", "UBF8T346G9", []string{"com.microsoft.wdav.epsext"}, nil, nil, []string{"mdatp"}},
	{"Jamf Protect", "483DWKW443", []string{"com.jamf.protect.security-extension"}, nil, nil, nil},
	{"Cortex XDR", "PXPZ95SK77", []string{"com.paloaltonetworks.traps.securityextension"}, []string{"cyserver"}, nil, []string{"traps_pmd"}},
	{"Sophos", "2H5GFH3774", []string{"com.sophos.endpoint.scanextension"}, nil, []string{"Sophos Endpoint Defense Service", "SAVService"}, []string{"sophos-spl", "sav-protect"}},
	{"Carbon Black", "7AGZNQ2S2T", []string{"com.vmware.carbonblack.cloud.se"}, []string{"CbDefense", "CarbonBlack"}, nil, []string{"cbagentd"}},
	{"Cisco Secure Endpoint", "DE8Y96K9QP", []string{"com.cisco.endpoint.svc.securityextension"}, nil, []string{"CiscoAMP"}, []string{"cisco-amp"}},
	{"Elastic Defend", "2BT3HPN62Z", []string{"co.elastic.systemextension"}, []string{"ElasticEndpoint"}, nil, []string{"ElasticEndpoint"}},
	{"ESET", "P8DQRXPVLP", []string{"com.eset.endpoint"}, nil, []string{"ekrn"}, []string{"eea", "efs", "esets"}},
	{"Symantec Endpoint Security", "9PTGMPNXZ2", []string{"com.symantec.mes.systemextension"}, nil, []string{"SepMasterService"}, []string{"sisamdagent"}},
	{"Symantec, as Broadcom signs it", "Y2CCP3S9W7", []string{"com.broadcom.mes.systemextension"}, nil, nil, nil},
	{"Trellix", "P2BNL68L2C", []string{"com.mcafee.CMF.systemextension", "com.trellix.CMF.systemextension"}, nil, []string{"mfetp", "mfemms"}, []string{"mfetpd"}},
	{"Bitdefender", "GUNFMW623Y", []string{"com.bitdefender.epsecurity"}, nil, []string{"EPSecurityService", "VSSERV"}, []string{"bdsec"}},
	{"Trend Micro", "E8P47U2H32", []string{"com.trendmicro.icore.es"}, nil, []string{"ntrtscan", "ds_agent"}, []string{"ds_agent"}},
	{"Malwarebytes", "GVZRY6KDKR", []string{"com.malwarebytes.mbam.engine.sys.ext", "com.malwarebytes.ncep.engine.sys.ext"}, nil, []string{"MBAMService"}, []string{"mbdaemon"}},
	{"Kaspersky", "2Y8XE5CQ94", []string{"com.kaspersky.kav.sysext"}, nil, nil, []string{"kesl"}},
	{"Avast and AVG", "6H4HRTU5E3", []string{"com.avast.Antivirus", "com.avg.Antivirus"}, nil, nil, nil},
	{"WithSecure", "", nil, nil, nil, []string{"fsma"}},
	{"Huntress", "", nil, []string{"HuntressAgent"}, nil, nil},
	{ClamAV, "", nil, []string{"ClamD"}, nil, []string{"clamav-daemon", "clamd@scan"}},
}
