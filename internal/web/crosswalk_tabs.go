package web

// crosswalkTabs lists the pages of the crosswalk; here is the key of the present one.
func crosswalkTabs(slug, here string) []pill {
	var out []pill
	for _, t := range []struct {
		key, text string
		path      []string
	}{
		{"heat", "Heat map", []string{"crosswalk"}},
		{"rows", "Rows", []string{"crosswalk", "edges"}},
		{"compare", "Compare sets", []string{"crosswalk", "compare"}},
		{"contradictions", "Contradictions", []string{"crosswalk", "contradictions"}},
		{"reviews", "Reviews", []string{"crosswalk", "reviews"}},
		{"confirmations", "Confirmations", []string{"confirmations"}},
		{"stack", "Stack", []string{"settings", "stack"}},
	} {
		out = append(out, pill{Text: t.text, To: orgPath(slug, t.path...), On: t.key == here, Bare: true})
	}
	return out
}
