package web

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/cadence"
	"github.com/toucan-grc/toucan/internal/control"
	"github.com/toucan-grc/toucan/internal/evidence"
	"github.com/toucan-grc/toucan/internal/framework"
)

// evidenceCard is what the page of a control says of its evidence.
type evidenceCard struct {
	Shown   bool // the role may see evidence
	Code    string
	Of      int
	Kinds   []cardKind // what it should leave
	Others  []cardKind // what is there beyond that, the newest few
	Missing string     // label of the first kind that is missing
	CanFile bool
	CanAsk  bool
}

// cardKind is one line of a card: a kind, and the newest item of it.
type cardKind struct {
	Label, Mark, Words string
	ID, Title, When    string
	Through, Not       string
}

// requirementCard is what the page of a requirement says of its evidence.
type requirementCard struct {
	Shown   bool
	Sum     string
	Rows    []cardKind
	More    int
	MoreTo  string
	Nothing string
}

const (
	cardItems  = 200 // that a card looks at, the newest first
	cardOthers = 3
	cardRows   = 8
)

// evidenceCardOf fills the card of a control.
func (s *Server) evidenceCardOf(ctx context.Context, who visitor, b *book, c control.Control) (evidenceCard, error) {
	card := evidenceCard{Code: c.Code, Shown: who.Can(access.ViewEvidence), CanFile: who.Can(access.FileEvidence) && c.MergedInto == "", CanAsk: who.Can(access.RequestEvidence) && c.MergedInto == ""}
	if !card.Shown {
		return card, nil
	}
	page, err := s.Evidence.List(ctx, who.Actor, evidence.Filter{Control: c.ID, Limit: cardItems}, s.Now())
	if err != nil {
		return card, err
	}
	card.Of = page.Total
	kinds := b.kindsOf(c)
	for _, k := range kinds {
		line := cardKind{Label: kindOf(k), Mark: "untagged", Words: "none filed"}
		if i, ok := newestOf(page.Items, k); ok {
			line = b.cardLine(i, s.Now())
		} else if card.Missing == "" {
			card.Missing = line.Label
		}
		card.Kinds = append(card.Kinds, line)
	}
	for _, i := range page.Items {
		if len(card.Others) < cardOthers && i.Stands() && !slices.Contains(kinds, i.Kind) {
			card.Others = append(card.Others, b.cardLine(i, s.Now()))
		}
	}
	return card, nil
}

// kindsOf returns the kinds that a control should leave. What somebody wrote in
// words of their own is no kind, and stands in the facts of the control only.
func (b *book) kindsOf(c control.Control) []string {
	var out []string
	for _, text := range c.Evidence {
		if k := kindTyped(text); isKind(k) && !slices.Contains(out, k) {
			out = append(out, k)
		}
	}
	return out
}

func isKind(k string) bool { _, ok := control.Shipped().Kind(k); return ok }

// newestOf returns the item of a kind that was captured last and stands.
func newestOf(items []evidence.Item, kind string) (evidence.Item, bool) {
	var best evidence.Item
	found := false
	for _, i := range items {
		if i.Kind == kind && i.Stands() && (!found || i.CapturedAt.After(best.CapturedAt)) {
			best, found = i, true
		}
	}
	return best, found
}

func (b *book) cardLine(i evidence.Item, now time.Time) cardKind {
	st := standingOf(i, now, b.Zone)
	line := cardKind{Label: kindOf(i.Kind), Mark: st.Mark, Words: st.Words, ID: i.ID, Title: itemTitle(i), When: "captured " + dayWords(dateIn(i.CapturedAt, b.Zone))}
	if i.Period.Known() {
		line.When = "for " + daysWords(i.Period)
	}
	return line
}

// requirementEvidenceOf fills the card of a requirement: items tagged to it
// directly, to a control that is linked to it, and to a control behind what it
// rests on in the framework it is read through.
func (s *Server) requirementEvidenceOf(ctx context.Context, who visitor, b *book, ref framework.Ref, rests []framework.Ref) (requirementCard, error) {
	card := requirementCard{Shown: who.Can(access.ViewEvidence), MoreTo: query(orgPath(who.Slug(), "evidence"), "framework", ref.Framework, "requirement", ref.ID)}
	if !card.Shown {
		return card, nil
	}
	counted := 0
	seen := map[string]bool{}
	controls := len(b.Tagged[ref])
	for n, at := range append([]framework.Ref{ref}, rests...) {
		page, err := s.Evidence.List(ctx, who.Actor, evidence.Filter{Requirement: at, Through: true, Limit: cardItems}, s.Now())
		if err != nil {
			return card, err
		}
		if n > 0 {
			controls += len(b.Tagged[at])
		}
		for _, i := range page.Items {
			if !i.Stands() || seen[i.ID] {
				continue
			}
			line := b.cardLine(i, s.Now())
			if line.Through, line.Not = b.reachedBy(i, at, ref); line.Through == "" {
				continue
			}
			seen[i.ID] = true
			if n > 0 {
				line.Through += ", behind " + at.ID
			}
			if line.Not == "" {
				counted++
			}
			card.Rows = append(card.Rows, line)
		}
	}
	// what counts comes first; the newest stay first within
	slices.SortStableFunc(card.Rows, func(x, y cardKind) int { return strings.Compare(x.Not, y.Not) })
	if card.More = max(0, len(card.Rows)-cardRows); card.More > 0 {
		card.Rows = card.Rows[:cardRows]
	}
	card.Sum = plural(counted, "item counts", "items count")
	card.Nothing = "No evidence counts for it yet. File some for one of its controls, or tag it directly."
	if controls == 0 {
		card.Nothing = "No control is linked to it and nothing is tagged to it directly, so no evidence can count yet."
	}
	return card, nil
}

// reachedBy says by which control an item reaches a requirement, and why it does
// not count for another that rests on it, or for itself, if it does not.
func (b *book) reachedBy(i evidence.Item, at, ref framework.Ref) (through, not string) {
	var codes []string
	counts := false
	for _, t := range i.Tags {
		var kinds []string
		if t.Control == "" {
			if t.Requirement != at || at != ref {
				continue
			}
			codes = append(codes, "tagged directly")
		} else {
			c, ok := b.byID(t.Control)
			if !ok || !slices.Contains(b.Links[c.ID], at) {
				continue
			}
			codes = append(codes, "through "+c.Code)
			kinds = b.kindsOf(c)
		}
		ok, why := takes(i.Kind, kinds, ref.Framework)
		counts = counts || ok
		not = why
	}
	if counts {
		not = ""
	}
	return strings.Join(codes, ", "), not
}

// byID returns a control by its id.
func (b *book) byID(id string) (control.Control, bool) {
	i, ok := b.ids[id]
	if !ok {
		return control.Control{}, false
	}
	return b.Controls[i], true
}

// takes reports whether a framework takes evidence of a kind for a control that
// is proved by kinds, and why not if it does not.
func takes(kind string, kinds []string, of string) (bool, string) {
	t := evidence.Takes(kind, kinds)
	if iso := framework.ManagementSystem(of); iso && t.ISO || !iso && t.Others {
		return true, ""
	}
	return false, t.Why
}

// dateIn is the civil day of a moment in a zone.
func dateIn(t time.Time, zone *time.Location) cadence.Date { return cadence.DateOf(t, zone) }
