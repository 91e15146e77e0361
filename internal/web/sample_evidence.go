package web

import (
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/audit"
	"github.com/toucan-grc/toucan/internal/cadence"
	"github.com/toucan-grc/toucan/internal/evidence"
	"github.com/toucan-grc/toucan/internal/problem"
)

// offeredItem is an evidence item as the page of a sample item offers it.
type offeredItem struct {
	ID, Title, About string
	On               bool
}

const offeredItems = 200 // of one control; more cannot be chosen from in a list

// offerEvidence fills in the evidence a judgement rests on, and for who may judge
// all that is filed for the control and can be linked.
func (s *Server) offerEvidence(r *http.Request, who visitor, p *pickedPage) error {
	if !who.Can(access.ViewEvidence) {
		return nil
	}
	page, err := s.Evidence.List(r.Context(), who.Actor, evidence.Filter{Control: p.Population.Control, Superseded: true, Limit: offeredItems}, s.Now())
	if err != nil {
		return err
	}
	known := map[string]offeredItem{}
	for _, i := range page.Items {
		known[i.ID] = offeredItem{ID: i.ID, Title: i.Title, About: "captured " + i.CapturedAt.UTC().Format("2 January 2006")}
	}
	linked := map[string]bool{}
	p.Links = map[string][]offeredItem{}
	for letter, j := range p.Item.Found {
		for _, id := range j.Evidence {
			linked[id] = true
			e, ok := known[id]
			if !ok {
				if e, err = s.linkedItem(r, who, id); err != nil {
					return err
				}
				known[id] = e
			}
			p.Links[letter] = append(p.Links[letter], e)
		}
	}
	for id, e := range known {
		e.On = linked[id]
		p.Offered = append(p.Offered, e)
	}
	slices.SortFunc(p.Offered, func(a, b offeredItem) int { return strings.Compare(b.ID, a.ID) }) // the newest filed first
	return nil
}

// linkedItem is an item that is no longer offered for the control, or not here any more.
func (s *Server) linkedItem(r *http.Request, who visitor, id string) (offeredItem, error) {
	i, err := s.Evidence.Find(r.Context(), who.Actor, id)
	if err != nil {
		if problem.Of(err).Code == problem.NotFound {
			return offeredItem{ID: id, Title: "An item that is not here", About: id}, nil
		}
		return offeredItem{}, err
	}
	return offeredItem{ID: i.ID, Title: i.Title, About: "captured " + i.CapturedAt.UTC().Format("2 January 2006") + ", no longer offered for the control"}, nil
}

// instancesFiled makes one row of each item filed for the control and captured in the
// window, by the days of the organisation's zone.
func (s *Server) instancesFiled(r *http.Request, who visitor, x audit.Population, zone *time.Location) ([]audit.Row, error) {
	f := evidence.Filter{Control: x.Control, CapturedFrom: x.Window.From.Start(zone), CapturedTo: x.Window.To.End(zone), Limit: 500}
	var out []audit.Row
	for {
		page, err := s.Evidence.List(r.Context(), who.Actor, f, s.Now())
		if err != nil {
			return nil, err
		}
		for _, i := range page.Items {
			out = append(out, audit.Row{Key: i.ID, Date: cadence.DateOf(i.CapturedAt, zone), Cells: []string{i.Title, i.Kind}})
		}
		if page.Next == "" || len(out) > audit.MaxRows {
			return out, nil
		}
		f.After = page.Next
	}
}
