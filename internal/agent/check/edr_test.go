package check

import (
	"slices"
	"testing"
)

func TestCollectorsAndPoliciesAreNoAntivirus(t *testing.T) {
	for _, name := range []string{"osqueryd", "wazuh-agent", "elastic-agent", "Elastic Agent", "apparmor", "auditd", "WazuhSvc", "MBEndpointAgent", "preset", "reset"} {
		if slices.Contains(guardUnits(), name) || slices.Contains(guardServices(false), name) {
			t.Errorf("%s counts as antivirus", name)
		}
	}
}

func TestAMakersOtherExtensionIsNoAntivirus(t *testing.T) {
	for _, x := range [][2]string{
		{"DE8Y96K9QP", "com.cisco.anyconnect.macos.acsockext"},
		{"UBF8T346G9", "com.microsoft.wdav.netext"},
		{"2H5GFH3774", "com.sophos.endpoint.networkextension"},
		{"GVZRY6KDKR", "com.malwarebytes.dns-proxy.ext"},
		{"P8DQRXPVLP", "com.eset.firewall"},
		{"GUNFMW623Y", "com.bitdefender.cst.net.dci.dci-network-extension"},
		{"ABCDE12345", "com.crowdstrike.falcon.Agent"}, // the id of another maker
	} {
		if g, ok := guardOfExtension(x[0], x[1]); ok {
			t.Errorf("%s of %s counts as %s", x[1], x[0], g.Name)
		}
	}
	if _, ok := guardOfExtension("X9E956P446", "com.crowdstrike.falcon.Agent"); !ok {
		t.Error("Falcon is not known")
	}
}
