package web

import (
	"net/http"
	"regexp"
	"strings"
	"testing"
)

// everyPage lists the addresses of all pages of a filled organisation.
var everyPage = []string{
	"", "/keys", "/search", "/search?q=access", "/search?q=zzz",
	"/frameworks", "/frameworks/soc2-2017", "/frameworks/iso27001-2022", "/frameworks/iso27001-2022?state=partial&text=access", "/frameworks/iso27001-2022?text=zzz",
	"/frameworks/pci-dss-4.0.1", "/frameworks/iso27001-2022/A.5.15", "/frameworks/iso27001-2022/A.8", "/frameworks/soc2-2017/CC6.1", "/frameworks/iso27001-2022/9.2.1",
	"/controls", "/controls?status=operated&domain=Access", "/controls?text=zzz", "/controls?owner=nobody", "/controls?pending=yes", "/controls/new",
	"/controls/duplicates", "/controls/duplicates?show=within", "/controls/duplicates?show=decided", "/controls/frequencies", "/controls/frequencies?show=looser&text=access", "/controls?hint=any", "/controls?hint=looser", "/frameworks/pci-dss-4.0.1/switch", "/frameworks/iso27001-2022/switch",
	"/control/AC-04", "/control/AC-04/edit", "/import", "/gap", "/gap?from=soc2-2017&to=nist-csf-2.0&state=none", "/gap?from=soc2-2017&to=soc2-2017",
	"/policies", "/policies?show=making&text=access&owner=nobody&audience=all-personnel", "/policies?text=zzz", "/policies?show=archived", "/policies/templates", "/policies/templates?pick=all", "/policies/templates?pick=followed", "/policies/words", "/policies/new", "/policies/conflicts", "/policies/conflicts?show=decided", "/policies/mine",
	"/library", "/library?state=new&domain=access&framework=gdpr", "/library?text=zzz", "/library/AC-04", "/library/adopt?whole=yes", "/library/adopt?domain=isms", "/library/adopt?framework=iso27001-2022&n=34", "/library/plan?framework=iso27001-2022&n=34", "/library/plan?framework=pci-dss-4.0.1",
	"/crosswalk/edges", "/crosswalk/edges?from=soc2-2017&to=iso27001-2022&state=draft&relation=superset&text=access&page=2", "/crosswalk/edges?text=zzz", "/crosswalk/edges?from=gdpr&to=hipaa-security",
	"/crosswalk/edge?from=soc2-2017&source=CC6.1&to=iso27001-2022&target=A.8.22", "/crosswalk/edge?from=soc2-2017&source=CC6&to=iso27001-2022&target=A.7.1",
	"/crosswalk", "/crosswalk?from=nist-csf-2.0&to=cis-v8.1&view=met", "/crosswalk/cell?source=CC6&theme=A.8", "/crosswalk/cell?source=CC6&theme=A.8&level=candidate&view=met", "/crosswalk/cell",
	"/crosswalk/compare", "/crosswalk/compare?show=differ&theme=A.8&text=access&page=2", "/crosswalk/compare?from=gdpr&to=cis-v8.1", "/crosswalk/compare?from=hipaa-security&to=nist-csf-2.0",
	"/crosswalk/contradictions", "/crosswalk/contradictions?framework=cis-v8.1", "/settings/stack?draft=yes&set=soc2-iso27001-guide&set=csf2-iso27001", "/settings/stack?draft=yes",
	"/evidence", "/evidence?state=current&source=manual&text=access", "/evidence?text=zzz", "/evidence/new", "/evidence/new?controls=AC-04", "/requests", "/requests/new", "/settings/retention",
	"/log", "/log?kind=control.&from=2026-01-01&to=2030-01-01", "/log?id=zzz", "/log?from=soon", "/log/0", "/log/checkpoints", "/log/keys", "/log/anchors",
	"/window", "/window?framework=iso27001-2022&as=known&known=2026-01-01", "/window?from=2025-01-01&to=2025-02-01&state=exceptions&text=zzz", "/frameworks/soc2-2017/readiness", "/frameworks/iso27001-2022/readiness?type=1", "/frameworks/pci-dss-4.0.1/readiness?state=open&page=2",
	"/samples", "/samples?text=zzz&state=open", "/samples/new", "/samples/new?control=AC-04", "/samples/sizes",
	"/tasks", "/tasks/all", "/tasks/all?when=overdue&who=unreachable&kind=asked&text=zzz", "/tasks/new", "/settings/approvals", "/settings/mail",
	"/joiners", "/joiners?show=over&text=zzz", "/joiners?show=overdue", "/joiners/steps", "/joiners/steps?list=leaving", "/joiners/steps/ON-01", "/joiners/steps/OF-07", "/joiners/steps/new?list=leaving", "/joiners/settings",
	"/people", "/people?status=all", "/people?text=zzz", "/people/checks", "/people/sample", "/people/exclude?group=engineering", "/people/new", "/people/import", "/groups", "/groups/new", "/groups/remote",
	"/training/security/progress", "/training/security/progress?state=missing&text=zzz", "/settings/training", "/settings/training/tracks/security", "/settings/training/connections/new", "/settings/training/connections/new?kind=huntress", "/settings/training/connections/new?kind=webhook", "/settings/training/import",
	"/jobs", "/jobs?group=failed", "/settings", "/settings/members", "/settings/frameworks", "/settings/stack", "/settings/points", "/editions", "/editions/import", "/account", "/account/tokens",
}

func TestEveryPageAnswers(t *testing.T) {
	s := newSite(t)
	s.fill()
	for _, path := range everyPage {
		a := s.get("/o/meridian-cloud" + path)
		if a.Status != http.StatusOK {
			t.Errorf("%q: status %d: %.300s", path, a.Status, a.Body)
		}
		if strings.Contains(a.Body, "%!") {
			t.Errorf("%q: a format is broken: %s", path, between(a.Body, "%!", "<"))
		}
		seen := map[string]bool{}
		for _, m := range oneID.FindAllStringSubmatch(a.Body, -1) {
			if seen[m[1]] {
				t.Errorf("%q: two elements are called %q, so that a label or a link leads to the wrong one", path, m[1])
			}
			seen[m[1]] = true
		}
	}
}

var oneID = regexp.MustCompile(`\sid="([^"]+)"`)

func TestEmptyOrganisation(t *testing.T) {
	s := newSite(t)
	s.settle()
	for path, want := range map[string]string{
		"":                          "Import a list of controls",
		"/controls":                 "No control yet",
		"/evidence":                 "File the first item",
		"/requests":                 "Nothing was asked for yet",
		"/people":                   "Nobody yet",
		"/window":                   "No controls yet",
		"/samples":                  "No population yet",
		"/joiners":                  "Checklists have not been switched on",
		"/jobs":                     "No job yet",
		"/gap":                      "Nothing to analyse yet",
		"/policies":                 "No policy yet",
		"/library":                  "Adopt the whole library",
		"/frameworks":               "None yet",
		"/frameworks/iso27001-2022": "Follow this framework",
	} {
		a := s.get("/o/meridian-cloud" + path)
		if a.Status != http.StatusOK || !strings.Contains(a.Body, want) {
			t.Errorf("%q: status %d, and it does not say %q", path, a.Status, want)
		}
	}
}
