package framework

import "strings"

// own returns the one framework a text speaks of, if it is not one of the
// standards that ship: nobody knows how its readers abbreviate.
func (c *Catalogue) own(ids []string) (*Framework, bool) {
	if len(ids) != 1 || IsKnown(ids[0]) {
		return nil, false
	}
	return c.Find(ids[0])
}

// exact reads ids as they stand in the catalogue, separated by commas, semicolons
// or line breaks; only the case may differ.
func (f *Framework) exact(text string) (refs []Ref, unknown []string) {
	seen := make(map[string]bool)
	for word := range strings.FieldsFuncSeq(text, func(r rune) bool { return r == ',' || r == ';' || r == '\n' }) {
		word = strings.TrimSpace(word)
		if word == "" {
			continue
		}
		id, ok := f.spelt(word)
		switch {
		case !ok:
			unknown = append(unknown, word+": is not known in "+f.Short+"; write ids as they stand there, separated by commas")
		case !seen[id]:
			seen[id] = true
			refs = append(refs, Ref{f.ID, id})
		}
	}
	return refs, unknown
}

// spelt returns the id of the catalogue that a word is, whatever its case.
func (f *Framework) spelt(word string) (string, bool) {
	if _, ok := f.position[word]; ok {
		return word, true
	}
	found := ""
	for i := range f.Requirements {
		if strings.EqualFold(f.Requirements[i].ID, word) {
			if found != "" {
				return "", false // two ids differ in case only: write the one that is meant
			}
			found = f.Requirements[i].ID
		}
	}
	return found, found != ""
}
