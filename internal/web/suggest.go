package web

import (
	"fmt"
	"slices"
	"strings"

	"github.com/toucan-grc/toucan/internal/control"
	"github.com/toucan-grc/toucan/internal/crosswalk"
	"github.com/toucan-grc/toucan/internal/framework"
	"github.com/toucan-grc/toucan/internal/posture"
)

// likeRow is a requirement that uses the same words as something else. It is a
// hint for a person, never counted.
type likeRow struct {
	crosswalk.Likeness
	Framework *framework.Framework
	To        string // where a row about the pair is proposed, or empty
}

// likeControl is a control that uses the same words as a requirement.
type likeControl struct {
	Control control.Control
	Share   int
	Words   []crosswalk.SharedWord
}

// The numbers of suggestions a page shows.
const likeSources, likeControls, likePerFramework = 5, 3, 2

// likenedControls is the number of controls beyond which none are likened to a
// requirement: reading all their words anew after every change would keep people waiting.
const likenedControls = 2000

// suggest looks for requirements and controls that use the same words, where
// nothing certain is known about the requirement.
func (p *requirementPage) suggest(b *book) {
	ref := framework.Ref{Framework: p.Framework.ID, ID: p.Requirement.ID}
	text := crosswalk.TextOf(p.Framework, p.Requirement.ID)
	unknown := p.Tagged == 0
	if p.From != nil {
		unknown = p.Verdict.Coverage == posture.Candidate || p.Verdict.Coverage == posture.None
		if unknown {
			known := func(id string) bool { return len(b.Stack.Direct(framework.Ref{Framework: p.From.ID, ID: id}, ref)) > 0 }
			for _, x := range b.library.Alike(text, p.From.ID, likeSources, known) {
				p.Alike = append(p.Alike, likeRow{x, p.From, pairAddress(p.frame, x.Ref, ref)})
			}
		}
	}
	if !unknown || len(b.Controls) == 0 {
		return
	}
	if p.TooMany = len(b.Controls) > likenedControls; p.TooMany {
		return
	}
	tagged := b.Tagged[ref]
	for _, x := range b.words().Like(text, likeControls, func(at int) bool { return !slices.Contains(tagged, at) }) {
		p.AlikeControls = append(p.AlikeControls, likeControl{b.Controls[x.At], x.Share, x.Words})
	}
}

// words indexes the titles and statements of the controls; it is read once per book.
func (b *book) words() *crosswalk.Index {
	b.wordsOnce.Do(func() {
		texts := make([]crosswalk.Text, len(b.Controls))
		for i, c := range b.Controls {
			texts[i] = crosswalk.Text{Title: c.Title, Body: c.Statement}
		}
		b.index = crosswalk.NewIndex(texts)
	})
	return b.index
}

// likeTo suggests requirements of the frameworks followed to a control that is not
// linked to them.
func (b *book) likeTo(c control.Control, links []crosswalk.Link) []likeRow {
	var out []likeRow
	for _, f := range b.Enabled {
		linked := func(id string) bool {
			return slices.ContainsFunc(links, func(l crosswalk.Link) bool { return l.Ref == framework.Ref{Framework: f.ID, ID: id} })
		}
		for _, x := range b.library.Alike(crosswalk.Text{Title: c.Title, Body: c.Statement}, f.ID, likePerFramework, linked) {
			out = append(out, likeRow{Likeness: x, Framework: f})
		}
	}
	return out
}

// sharedWords says what a suggestion rests on: "Shares “response” 52% and “incident”
// 48%. Together they carry 75% of the weight of its words."
func sharedWords(words []crosswalk.SharedWord, share int) string {
	said := make([]string, len(words))
	for i, w := range words {
		said[i] = "“" + w.Word + "”"
		if w.As != "" {
			said[i] += " (there “" + w.As + "”)"
		}
		if len(words) > 1 {
			said[i] += fmt.Sprintf(" %d%%", w.Share)
		}
	}
	if len(said) == 1 {
		return fmt.Sprintf("Shares %s, which carries %d%% of the weight of its words.", said[0], share)
	}
	last := len(said) - 1
	list := strings.Join(said[:last], ", ") + " and " + said[last]
	return fmt.Sprintf("Shares %s. Together they carry %d%% of the weight of its words.", list, share)
}
