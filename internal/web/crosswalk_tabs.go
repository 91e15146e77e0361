package web

// crosswalkTabs lists the parts of the crosswalk, for frame.Tabs.
func crosswalkTabs(slug, here string) []pill {
	var out []pill
	for _, t := range []struct{ key, text, to string }{
		{"map", "Heat map", orgPath(slug, "crosswalk")},
		{"edges", "Rows", orgPath(slug, "crosswalk", "edges")},
		{"compare", "Compare sets", orgPath(slug, "crosswalk", "compare")},
		{"stack", "Stack", orgPath(slug, "settings", "stack")},
	} {
		out = append(out, pill{Text: t.text, To: t.to, On: t.key == here, Bare: true})
	}
	return out
}
