package web

// frameworkSub is the sentence under the title of a framework.
func frameworkSub(p frameworkPage) string {
	s := plural(p.Of, p.Framework.Noun, p.Framework.Nouns)
	if !p.Enabled {
		return s + " · not followed"
	}
	if p.From != nil {
		return s + " · coverage in design, read through " + p.From.Short
	}
	return s + " · by the controls tagged to it"
}

func frameworksLabel(followed bool) string {
	if followed {
		return "Frameworks that are followed"
	}
	return "Frameworks that are not followed"
}

// viaValue is what the choice "read through" shows as chosen.
func viaValue(p frameworkPage) string {
	if p.From == nil {
		return "own"
	}
	return p.From.ID
}

func viaOptions(p frameworkPage) []option {
	out := []option{{"own", "By its own controls"}}
	for _, f := range p.Sources {
		out = append(out, option{f.ID, "Through " + f.Short})
	}
	return out
}
