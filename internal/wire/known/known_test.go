package known

import (
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestTheTableOfReleasesIsWhole(t *testing.T) {
	if AsOf.Before(time.Date(2026, time.January, 1, 0, 0, 0, 0, time.UTC)) || len(Lifetimes) < 60 {
		t.Fatalf("a table of %d rows as of %v", len(Lifetimes), AsOf)
	}
	seen := map[string]bool{}
	for _, l := range Lifetimes {
		key := l.Product + " " + l.Release + " " + l.Edition
		if seen[key] {
			t.Errorf("%s stands there twice", key)
		}
		seen[key] = true
		if !l.Extended.IsZero() && !l.Extended.After(l.EOL) {
			t.Errorf("%s: extended support ends before support", key)
		}
	}
}

func TestTheCatalogueOfGuardsIsWellFormed(t *testing.T) {
	team := regexp.MustCompile(`^[0-9A-Z]{10}$`)
	seen := map[string]bool{}
	for _, g := range Guards {
		if (g.Team == "") != (len(g.Extensions) == 0) || (g.Team != "" && !team.MatchString(g.Team)) {
			t.Errorf("%s: team %q, extensions %v", g.Name, g.Team, g.Extensions)
		}
		for _, s := range slices.Concat([]string{g.Name}, g.Extensions, g.Services, g.Registered, g.Units) {
			if s == "" || (seen[s] && s != "ElasticEndpoint" && s != "ds_agent") || strings.ContainsAny(s, "/\\") {
				t.Errorf("%s: %q is empty, a path, or stands twice", g.Name, s)
			}
			seen[s] = true
		}
	}
}

func TestTheCatalogueOfManagersIsWellFormed(t *testing.T) {
	extension := regexp.MustCompile(`^[a-p]{32}$`)
	seen := map[string]bool{}
	for _, m := range Managers {
		ids := slices.Concat([]string{m.Name}, m.Chromium, m.Firefox, m.Safari)
		for _, a := range m.Mac {
			ids = append(ids, a.IDs...)
		}
		for _, s := range ids {
			if s == "" || seen[s] {
				t.Errorf("%s: %q is empty or stands twice", m.Name, s)
			}
			seen[s] = true
		}
		for _, s := range m.Chromium {
			if !extension.MatchString(s) {
				t.Errorf("%s: %q is no id of an extension", m.Name, s)
			}
		}
		if (len(m.Programs) > 0 && m.Listed == "") || (len(m.Linux) > 0 && len(m.Packages) == 0) {
			t.Errorf("%s: a program without the name it is listed by", m.Name)
		}
	}
}
