package web

// ismsPages are the pages of the management system, in the order it is built.
var ismsPages = []struct {
	key, text string
	path      []string
}{
	{"home", "Overview", nil},
	{"scope", "Scope", []string{"scope"}},
	{"parties", "Interested parties", []string{"parties"}},
	{"issues", "Issues", []string{"issues"}},
	{"duties", "Roles", []string{"duties"}},
	{"objectives", "Objectives", []string{"objectives"}},
	{"obligations", "Obligations", []string{"obligations"}},
	{"audits", "Internal audits", []string{"audits"}},
	{"reviews", "Management reviews", []string{"reviews"}},
	{"documents", "Documents", []string{"documents"}},
	{"gate", "Audit readiness", []string{"gate"}},
}

// ismsTabs is the row of tabs over them; here is the key of the page itself.
func ismsTabs(slug, here string) []pill {
	var out []pill
	for _, p := range ismsPages {
		out = append(out, pill{Text: p.text, To: orgPath(slug, append([]string{"isms"}, p.path...)...), On: p.key == here})
	}
	return out
}
