package check

import (
	"strings"

	"github.com/toucan-grc/toucan/internal/wire/known"
)

// guardOfExtension is the line of the catalogue that a system extension of macOS belongs
// to: both the maker and the extension have to be known, because makers sign more than
// their antivirus.
func guardOfExtension(team, bundle string) (known.Guard, bool) {
	for _, g := range known.Guards {
		if g.Team == "" || g.Team != team {
			continue
		}
		for _, e := range g.Extensions {
			if bundle == e || strings.HasPrefix(bundle, e) {
				return g, true
			}
		}
	}
	return known.Guard{}, false
}

// guardServices are the services of Windows that are looked at beside the Security
// Center; where there is none, those of all others too.
func guardServices(center bool) []string {
	var out []string
	for _, g := range known.Guards {
		out = append(out, g.Services...)
		if !center {
			out = append(out, g.Registered...)
		}
	}
	return out
}

// guardUnits are the systemd units of the catalogue.
func guardUnits() []string {
	var out []string
	for _, g := range known.Guards {
		out = append(out, g.Units...)
	}
	return out
}
