package web

import (
	"context"
	"regexp"
	"strings"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/evidence"
	"github.com/toucan-grc/toucan/internal/problem"
)

// pickNames is how many pieces of evidence a form offers by name; what is older is
// found by typing its name.
const pickNames = 200

const pickHint = "Type a word of its name and choose it; the address of its page does as well. May stay empty."

// pickName is what a form calls a piece of evidence. The end of its id tells apart
// pieces of one title.
func pickName(i evidence.Item) string {
	return i.Title + ", captured " + i.CapturedAt.UTC().Format("2 Jan 2006") + pickEnd(i.ID)
}

func pickEnd(id string) string { return " (" + id[max(0, len(id)-8):] + ")" }

// evidenceNames are the pieces a form offers, the newest first; none to who may not
// see the library.
func (s *Server) evidenceNames(ctx context.Context, who visitor) ([]string, error) {
	if !who.Can(access.ViewEvidence) {
		return nil, nil
	}
	page, err := s.Evidence.List(ctx, who.Actor, evidence.Filter{Limit: pickNames}, s.Now())
	if err != nil {
		return nil, err
	}
	var out []string
	for _, i := range page.Items {
		out = append(out, pickName(i))
	}
	return out, nil
}

// pickedEvidence reads pieces of evidence as they were chosen or typed: the names of
// the list, their ids, or the addresses of their pages.
func (s *Server) pickedEvidence(ctx context.Context, who visitor, field string, typed []string) ([]string, error) {
	var out []string
	for _, text := range typed {
		if text = strings.TrimSpace(text); text == "" {
			continue
		}
		if ids, ok := pickIDs(text); ok {
			out = append(out, ids...)
			continue
		}
		id, err := s.namedEvidence(ctx, who, field, text)
		if err != nil {
			return nil, err
		}
		out = append(out, id)
	}
	return out, nil
}

// pickTail is what pickName puts behind a title.
var pickTail = regexp.MustCompile(`, captured \d{1,2} [A-Z][a-z]{2} \d{4} \([0-9a-f]{8}\)$`)

// namedEvidence finds the one piece of a name: by the end of its id where the name has
// one, and by its whole title otherwise.
func (s *Server) namedEvidence(ctx context.Context, who visitor, field, name string) (string, error) {
	if !who.Can(access.ViewEvidence) {
		return "", problem.Field(field, "Paste the address of its page or its id: the library is not for your role.")
	}
	title, chosen := name, false
	if at := pickTail.FindStringIndex(name); at != nil {
		title, chosen = name[:at[0]], true
	}
	page, err := s.Evidence.List(ctx, who.Actor, evidence.Filter{Text: firstRunes(title, 120), Limit: pickNames}, s.Now())
	if err != nil {
		return "", err
	}
	var found []string
	for _, i := range page.Items {
		if chosen && strings.HasSuffix(name, pickEnd(i.ID)) || !chosen && strings.EqualFold(i.Title, title) {
			found = append(found, i.ID)
		}
	}
	switch {
	case len(found) > 1, !chosen && page.Next != "": // what is beyond the page may have the title too
		return "", problem.Field(field, "Several pieces of evidence are called “"+name+"”, or too many have it in their name. Choose one from the list that shows as you type, or paste the address of its page.")
	case len(found) == 1:
		return found[0], nil
	case chosen:
		return "", problem.Field(field, "“"+name+"” is not in the library now: it may have been corrected or erased. Choose another from the list that shows as you type, or paste the address of its page.")
	}
	return "", problem.Field(field, "There is no evidence called “"+name+"”. Choose it from the list that shows as you type, or paste the address of its page.")
}

// pickIDs takes ids and addresses, with spaces between; false where the text is a name.
func pickIDs(text string) ([]string, bool) {
	var out []string
	for _, w := range strings.Fields(text) {
		id := lastPart(w)
		if len(id) != 36 || strings.Count(id, "-") != 4 {
			return nil, false
		}
		out = append(out, id)
	}
	return out, true
}

func firstRunes(text string, n int) string {
	if r := []rune(text); len(r) > n {
		return string(r[:n])
	}
	return text
}
