package evidence

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/cadence"
	"github.com/toucan-grc/toucan/internal/control"
	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/framework"
)

// Wanted is evidence that somebody is about to ask for.
type Wanted struct {
	Control      string          // id
	Code         string          // of the control
	Kinds        []string        // that would do; empty: those the control is proved by
	ControlKinds []string        // the control is proved by
	Requirements []framework.Ref // the control counts for
	Period       cadence.Days    // that it should speak of, or none
	Zone         *time.Location  // in which the days of the period are counted; nil: UTC
}

// Relative is another control, as far as its evidence may do for this one.
type Relative struct {
	Code   string
	Shares []framework.Ref // requirements that both count for
}

// Offer is an item that exists and may do instead of a new one.
type Offer struct {
	Item  Item
	Why   string   // one sentence: why it may do
	Short []string // what it would not do, a sentence each
	Fits  bool     // nothing is short
	Here  bool     // it is offered for this control already
}

// Offers looks through items for those that may do for what is wanted, the best
// first. relatives are other controls by their id. It offers nothing that was
// rejected, superseded or erased, and nothing of a kind that proves something else.
func Offers(w Wanted, relatives map[string]Relative, items []Item, now time.Time) []Offer {
	if w.Zone == nil {
		w.Zone = time.UTC
	}
	kinds := w.Kinds
	if len(kinds) == 0 {
		kinds = w.ControlKinds
	}
	var out []Offer
	for _, i := range items {
		if !i.Stands() {
			continue
		}
		asked := proves(kinds, i.Kind)
		if !asked && !proves(w.ControlKinds, i.Kind) {
			continue
		}
		o := Offer{Item: i, Here: i.For(w.Control)}
		o.Why = w.why(i, o.Here, relatives)
		o.Short = w.short(i, asked, now)
		o.Fits = len(o.Short) == 0
		out = append(out, o)
	}
	slices.SortStableFunc(out, func(a, b Offer) int {
		return cmp.Or(cmp.Compare(len(a.Short), len(b.Short)), compareTrue(a.Here, b.Here), compareTrue(w.related(a.Item, relatives) != "", w.related(b.Item, relatives) != ""),
			compareTrue(a.Item.Review == Accepted, b.Item.Review == Accepted), b.Item.CapturedAt.Compare(a.Item.CapturedAt), strings.Compare(a.Item.ID, b.Item.ID))
	})
	return out
}

// compareTrue puts what is true first.
func compareTrue(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return -1
	}
	return 1
}

// why says what speaks for an item.
func (w Wanted) why(i Item, here bool, relatives map[string]Relative) string {
	what := fmt.Sprintf("%s, captured on %s", label(i.Kind), day(i.CapturedAt, w.Zone))
	if i.Review == Accepted {
		what += " and accepted by a reviewer"
	}
	if here {
		return what + ", is filed for " + w.Code + " already."
	}
	if r := w.related(i, relatives); r != "" {
		return what + ", is filed for " + r + "."
	}
	return what + ", is of the kind that proves " + w.Code + "."
}

// related says through what an item is near to the control, or "".
func (w Wanted) related(i Item, relatives map[string]Relative) string {
	for _, t := range i.Tags {
		if r, ok := relatives[t.Control]; ok && t.Control != "" && t.Control != w.Control && len(r.Shares) > 0 {
			text := r.Code + ", which counts for " + r.Shares[0].Words() + " as well"
			if n := len(r.Shares) - 1; n > 0 {
				text += fmt.Sprintf(" and %d more", n)
			}
			return text
		}
		if t.Control == "" && slices.Contains(w.Requirements, t.Requirement) {
			return t.Requirement.Words() + ", which " + w.Code + " counts for"
		}
	}
	return ""
}

// short lists what an item would not do.
func (w Wanted) short(i Item, asked bool, now time.Time) []string {
	var out []string
	if !asked {
		out = append(out, "It is of another kind than the one you ask for.")
	}
	if i.ValidFor != 0 && !now.Before(i.LapsesAt()) {
		out = append(out, "It lapsed on "+day(i.LapsesAt(), w.Zone)+".")
	}
	if w.Period.Known() {
		switch captured := cadence.DateOf(i.CapturedAt, w.Zone); {
		case i.Period.Known() && !i.Period.Common(w.Period).Known():
			out = append(out, fmt.Sprintf("It speaks of %s, which is outside the period you need, %s.", i.Period, w.Period))
		case i.Period.Known():
		case captured < w.Period.From:
			out = append(out, "It was captured before the period began on "+date(w.Period.From)+".")
		case captured > w.Period.To:
			out = append(out, "It was captured after the period ended on "+date(w.Period.To)+".")
		}
	}
	if t := Takes(i.Kind, w.ControlKinds); !t.ISO && needsISO(w.ControlKinds) {
		out = append(out, t.Why)
	}
	return out
}

func day(t time.Time, zone *time.Location) string { return t.In(zone).Format("2 January 2006") }

func date(d cadence.Date) string {
	y, m, n := d.Civil()
	return fmt.Sprintf("%d %s %d", n, m, y)
}

const (
	candidates = 200 // newest items looked at for each kind
	offered    = 20
)

// Reuse offers what exists before somebody is asked for evidence for a control,
// by id or code. With no kinds, those that prove the control.
func (s *Store) Reuse(ctx context.Context, who access.Actor, controlName string, kinds []string, period cadence.Days, zone *time.Location, now time.Time) ([]Offer, error) {
	if err := who.May(access.ViewEvidence); err != nil {
		return nil, err
	}
	links, err := s.links.AllLinks(ctx, who, now)
	if err != nil {
		return nil, err
	}
	list, err := s.controls.List(ctx, who, control.Filter{})
	if err != nil {
		return nil, err
	}
	w := Wanted{Kinds: kinds, Period: period, Zone: zone}
	var items []Item
	err = s.db.Read(ctx, who.Org(), func(tx *db.Tx) error {
		if w.Control, w.Code, err = findControl(ctx, tx, who.Org(), controlName); err != nil {
			return err
		}
		for _, c := range list {
			if c.ID == w.Control {
				w.ControlKinds = c.Evidence
			}
		}
		wanted := append(slices.Clone(kinds), w.ControlKinds...)
		slices.Sort(wanted)
		for _, k := range slices.Compact(wanted) {
			more, err := newest(ctx, tx, who.Org(), k)
			if err != nil {
				return err
			}
			items = append(items, more...)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	relatives := map[string]Relative{}
	for _, l := range links[w.Control] {
		w.Requirements = append(w.Requirements, l.Ref)
	}
	for _, c := range list {
		r := Relative{Code: c.Code}
		for _, l := range links[c.ID] {
			if c.ID != w.Control && slices.Contains(w.Requirements, l.Ref) {
				r.Shares = append(r.Shares, l.Ref)
			}
		}
		if len(r.Shares) > 0 {
			relatives[c.ID] = r
		}
	}
	out := Offers(w, relatives, items, now)
	return out[:min(len(out), offered)], nil
}

// newest reads the newest items of a kind that stand.
func newest(ctx context.Context, tx *db.Tx, org, kind string) ([]Item, error) {
	rows, err := tx.Query(ctx, `SELECT `+itemColumns+` FROM evidence_item i WHERE i.org = $1 AND i.kind = $2 AND i.superseded_by = '' AND i.erased_at = 0 AND i.review <> 'rejected'
		ORDER BY i.filed_at DESC, i.id DESC LIMIT $3`, org, kind, candidates)
	if err != nil {
		return nil, err
	}
	var out []Item
	err = db.Each(rows, func(scan func(...any) error) error {
		i, err := scanItem(scan)
		out = append(out, i)
		return err
	})
	if err != nil {
		return nil, err
	}
	return out, complete(ctx, tx, org, out)
}
