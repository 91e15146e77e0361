package osquery

import (
	"strings"

	"github.com/toucan-grc/toucan/internal/wire/known"
)

// What counts as a password manager or an antivirus is the catalogue of package known, as
// far as a table of osquery shows it. The comparison happens inside the query, so no name
// of a program leaves the machine.
var (
	managersMac = managerNames(false, func(m known.Manager) (out []string) {
		for _, a := range m.Mac {
			out = append(out, a.IDs...)
		}
		return out
	})
	managersLinux   = managerNames(false, func(m known.Manager) []string { return m.Packages })
	managersChrome  = managerNames(false, func(m known.Manager) []string { return m.Chromium })
	managersFirefox = managerNames(false, func(m known.Manager) []string { return m.Firefox })
	builtInChrome   = managerNames(true, func(m known.Manager) []string { return m.Chromium })
	guardsLinux     = guardUnits()
)

// managerNames collects names of the managers that come with the system, or of all others.
func managerNames(builtIn bool, names func(known.Manager) []string) []string {
	var out []string
	for _, m := range known.Managers {
		if m.BuiltIn == builtIn {
			out = append(out, names(m)...)
		}
	}
	return out
}

// guardUnits are the systemd units of antivirus and EDRs. ClamAV is looked at apart: it is
// worth nothing without its signatures.
func guardUnits() []string {
	var out []string
	for _, g := range known.Guards {
		for _, u := range g.Units {
			if g.Name != known.ClamAV {
				out = append(out, u+".service")
			}
		}
	}
	return out
}

// guardMac is a condition: an extension of the catalogue is active.
func guardMac() string {
	var any []string
	for _, g := range known.Guards {
		for _, begins := range g.Extensions {
			any = append(any, "(team = "+text(g.Team)+" AND substr(identifier, 1, "+length(begins)+") = "+text(begins)+")")
		}
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
