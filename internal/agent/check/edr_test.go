package check

import (
	"regexp"
	"slices"
	"strings"
	"testing"
)

func TestTheCatalogueOfGuardsIsWellFormed(t *testing.T) {
	team := regexp.MustCompile(`^[0-9A-Z]{10}$`)
	seen := map[string]bool{}
	for _, g := range guards {
		if (g.team == "") != (len(g.extensions) == 0) || (g.team != "" && !team.MatchString(g.team)) {
			t.Errorf("%s: team %q, extensions %v", g.name, g.team, g.extensions)
		}
		for _, s := range slices.Concat([]string{g.name}, g.extensions, g.services, g.registered, g.units) {
			if s == "" || (seen[s] && s != "ElasticEndpoint" && s != "ds_agent") || strings.ContainsAny(s, "/\\") {
				t.Errorf("%s: %q is empty, a path, or stands twice", g.name, s)
			}
			seen[s] = true
		}
	}
}

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
			t.Errorf("%s of %s counts as %s", x[1], x[0], g.name)
		}
	}
	if _, ok := guardOfExtension("X9E956P446", "com.crowdstrike.falcon.Agent"); !ok {
		t.Error("Falcon is not known")
	}
}
