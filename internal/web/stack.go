package web

import (
	"net/http"
	"net/url"
	"slices"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/crosswalk"
	"github.com/toucan-grc/toucan/internal/framework"
	"github.com/toucan-grc/toucan/internal/posture"
	"github.com/toucan-grc/toucan/internal/problem"
)

// stackPage is the ordered choice of mapping sets, as it is or as a draft.
type stackPage struct {
	frame
	Chosen, Others []*crosswalk.Set
	Default        bool // nobody chose: the stack is the one that ships
	Draft          bool // the choice shown is not the one that holds
	CanSet         bool
	Preview        *stackPreview // of a draft
	Problem        *problem.Error
}

// stackPreview is what a draft would change.
type stackPreview struct {
	Pairs          []previewPair
	Same           int              // followed pairs in which nothing would move
	Contradictions []crosswalk.Pair // that the present stack does not have
	Settled        int              // contradictions that would go
}

// previewPair is what would move between two frameworks that are followed.
type previewPair struct {
	From, To      *framework.Framework
	Change        posture.Change
	Before, After pairCount
}

// pairCount counts the pairs of requirements between two frameworks.
type pairCount struct{ Firm, Candidate int }

// getStack shows the stack, or a draft of it with what it would change:
// GET /o/{org}/settings/stack?draft=yes&set=...&up=&down=&add=&drop=.
func (s *Server) getStack(w http.ResponseWriter, r *http.Request, who visitor) error {
	b, err := s.shelf.open(r.Context(), who.Actor)
	if err != nil {
		return err
	}
	selected, err := s.Crosswalk.Selected(r.Context(), who.Actor, s.Now())
	if err != nil {
		return err
	}
	if err := r.ParseForm(); err != nil {
		return err
	}
	p := stackPage{Default: len(selected) == 0, CanSet: who.Can(access.ManageFrameworks)}
	chosen := b.StackIDs
	if r.Form.Get("draft") != "" {
		chosen = inLibrary(b.library, r.Form["set"])
		if moved, id, ok := arranged(b.library, chosen, r.Form); ok {
			http.Redirect(w, r, draftAddress(who.Slug(), moved)+"#set-"+url.PathEscape(id), http.StatusSeeOther)
			return nil
		}
		p.Draft = !slices.Equal(chosen, b.StackIDs)
	}
	for _, id := range chosen {
		set, _ := b.library.Set(id)
		p.Chosen = append(p.Chosen, set)
	}
	for _, set := range b.library.Sets {
		if !slices.Contains(chosen, set.ID) {
			p.Others = append(p.Others, set)
		}
	}
	if p.Draft && len(chosen) == 0 {
		p.Problem = problem.Field("set", "Choose at least one mapping set, or go back to the stack that ships.")
	} else if p.Draft {
		if p.Preview, err = b.preview(chosen); err != nil {
			return err
		}
	}
	p.frame = s.frame(w, r, who, "crosswalk", "Stack", crumb{"Crosswalk", orgPath(who.Slug(), "crosswalk")})
	p.Tabs = crosswalkTabs(who.Slug(), "stack")
	return s.render(w, r, http.StatusOK, showStack(p))
}

// inLibrary leaves out ids that the library does not have, and repetitions.
func inLibrary(l *crosswalk.Library, ids []string) []string {
	var out []string
	for _, id := range ids {
		if _, ok := l.Set(id); ok && !slices.Contains(out, id) {
			out = append(out, id)
		}
	}
	return out
}

// arranged carries out one wish about a draft: a set up, down, in or out. It
// returns the new draft and the set it was about; false if nothing was wished.
func arranged(l *crosswalk.Library, ids []string, form url.Values) ([]string, string, bool) {
	out := slices.Clone(ids)
	for _, wish := range []string{"up", "down", "add", "drop"} {
		id := form.Get(wish)
		if _, ok := l.Set(id); !ok {
			continue
		}
		i := slices.Index(out, id)
		switch {
		case wish == "add" && i < 0:
			out = append(out, id)
		case wish == "drop" && i >= 0:
			out = slices.Delete(out, i, i+1)
		case wish == "up" && i > 0:
			out[i-1], out[i] = out[i], out[i-1]
		case wish == "down" && i >= 0 && i+1 < len(out):
			out[i+1], out[i] = out[i], out[i+1]
		}
		return out, id, true
	}
	return nil, "", false
}

func draftAddress(slug string, ids []string) string {
	return orgPath(slug, "settings", "stack") + "?" + url.Values{"draft": {"yes"}, "set": ids}.Encode()
}

// preview works out what another stack would change for the frameworks followed, with
// what people decided on top of either. Nothing is written.
func (b *book) preview(ids []string) (*stackPreview, error) {
	after, err := b.library.StackWith(ids, b.Decisions)
	if err != nil {
		return nil, err
	}
	p := &stackPreview{}
	for _, to := range b.Enabled {
		for _, from := range b.Enabled {
			if from.ID == to.ID || b.operated(from) == 0 {
				continue
			}
			report, err := b.report(from, to)
			if err != nil {
				return nil, err
			}
			now, then := b.design(from, to, report), b.design(from, to, report)
			then.Stack = after
			x := previewPair{From: from, To: to, Before: countPairs(now.Stack, from, to), After: countPairs(after, from, to)}
			x.Change = posture.Changes(posture.CoverageOf(now, b.At), posture.CoverageOf(then, b.At))
			if len(x.Change.Moves) == 0 && x.Before == x.After {
				p.Same++
				continue
			}
			p.Pairs = append(p.Pairs, x)
		}
	}
	was := map[[2]framework.Ref]bool{}
	for _, c := range b.Stack.Contradictions() {
		was[[2]framework.Ref{c.Source, c.Target}] = true
	}
	p.Settled = len(was)
	for _, c := range after.Contradictions() {
		if was[[2]framework.Ref{c.Source, c.Target}] {
			p.Settled--
		} else {
			p.Contradictions = append(p.Contradictions, c)
		}
	}
	return p, nil
}

// countPairs counts what a stack says about the requirements of two frameworks.
func countPairs(s *crosswalk.Stack, from, to *framework.Framework) pairCount {
	var n pairCount
	for p := range s.Relate(from.ID, to.ID).All() {
		switch a, _ := from.Find(p.Source.ID); {
		case a.Kind != framework.KindRequirement:
		case p.Candidate:
			n.Candidate++
		case p.Mask.Overlap():
			n.Firm++
		}
	}
	return n
}

// postStack takes the sets in the order given: POST /o/{org}/settings/stack.
func (s *Server) postStack(w http.ResponseWriter, r *http.Request, who visitor) error {
	if err := r.ParseForm(); err != nil {
		return err
	}
	to := orgPath(who.Slug(), "settings", "stack")
	if r.FormValue("reset") != "" {
		if err := s.Crosswalk.SelectStack(r.Context(), who.Actor, nil, s.Now()); err != nil {
			return err
		}
		return back(w, r, to, "The stack is the one that ships again.")
	}
	ids := r.Form["set"]
	if len(ids) == 0 {
		return problem.Field("set", "Choose at least one mapping set, or go back to the stack that ships.")
	}
	if err := s.Crosswalk.SelectStack(r.Context(), who.Actor, ids, s.Now()); err != nil {
		return err
	}
	return back(w, r, to, "The stack is set. Every coverage is worked out anew.")
}
