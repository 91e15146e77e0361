package web

import (
	"context"
	"net/http"
	"slices"
	"time"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/crosswalk"
	"github.com/toucan-grc/toucan/internal/framework"
)

// editionsPage lists which content of each framework and mapping set there is.
type editionsPage struct {
	frame
	Offers   []offerRow
	Own      []crosswalk.Edition // what somebody brought
	Shipped  []crosswalk.Edition // what is kept of what ships
	Upgrades []crosswalk.Upgrade
	Older    map[string]bool // frameworks whose place another edition took
	CanSet   bool
}

// offerRow is one upgrade that could be made.
type offerRow struct {
	crosswalk.Offer
	From string // what is in force, for a person
}

// getEditions lists them: GET /o/{org}/editions.
func (s *Server) getEditions(w http.ResponseWriter, r *http.Request, who visitor) error {
	ctx, now := r.Context(), s.Now()
	b, err := s.shelf.open(ctx, who.Actor)
	if err != nil {
		return err
	}
	p := editionsPage{CanSet: who.Can(access.ManageFrameworks), Older: map[string]bool{}}
	for _, f := range b.library.Frameworks.Frameworks {
		p.Older[f.ID] = b.versions(f).Upgraded != nil
	}
	offers, err := s.Crosswalk.Offers(ctx, who.Actor, now)
	if err != nil {
		return err
	}
	for _, o := range offers {
		p.Offers = append(p.Offers, offerRow{o, b.title(o.Kind, o.From)})
	}
	all, err := s.Crosswalk.Editions(ctx, who.Actor, now)
	if err != nil {
		return err
	}
	for _, e := range all {
		if e.Source == "" {
			p.Shipped = append(p.Shipped, e)
		} else {
			p.Own = append(p.Own, e)
		}
	}
	if p.Upgrades, err = s.Crosswalk.Upgrades(ctx, who.Actor, now); err != nil {
		return err
	}
	p.frame = s.frame(w, r, who, "frameworks", "Versions", crumb{"Frameworks", orgPath(who.Slug(), "frameworks")})
	return s.render(w, r, http.StatusOK, editionList(p))
}

// readVersions fills in what there is to upgrade to, and what was upgraded.
func (b *book) readVersions(ctx context.Context, s *Server, who access.Actor) (err error) {
	if b.upgrades, err = s.Crosswalk.Upgrades(ctx, who, b.At); err != nil {
		return err
	}
	b.offers, err = s.Crosswalk.Offers(ctx, who, b.At)
	return err
}

// versionNote is what the page of a framework says about its editions.
type versionNote struct {
	Upgraded *crosswalk.Upgrade // another edition took its place
	Offer    *crosswalk.Offer   // there is something to go to
}

// versions returns what there is to say about the editions of a framework.
func (b *book) versions(f *framework.Framework) versionNote {
	var n versionNote
	for i, u := range b.upgrades {
		if u.Kind == crosswalk.FrameworkEdition && u.From.Ref == f.ID && u.To.Ref != f.ID && u.UndoneAt.IsZero() {
			n.Upgraded = &b.upgrades[i]
			return n
		}
	}
	for i, o := range b.offers {
		if o.Kind == crosswalk.FrameworkEdition && o.From == f.ID {
			n.Offer = &b.offers[i]
			return n
		}
	}
	return n
}

// title is what a framework or a set of the library is called.
func (b *book) title(kind crosswalk.EditionKind, id string) string {
	if kind == crosswalk.SetEdition {
		if set, ok := b.library.Set(id); ok {
			return set.Title
		}
	} else if f, ok := b.library.Frameworks.Find(id); ok {
		return f.Title
	}
	return id
}

// editionPage shows the content of one edition, whatever holds today.
type editionPage struct {
	frame
	Edition   crosswalk.Edition
	Framework *framework.Framework // nil for a set
	Groups    []editionGroup
	Set       *crosswalk.Publication
	Edges     []crosswalk.Edge // the first of the set's
	Answers   time.Time        // when the controls shown were tagged; zero for today
	Next      *crosswalk.Upgrade
}

type editionGroup struct {
	Theme framework.Requirement
	Rows  []editionRow
}

type editionRow struct {
	framework.Requirement
	Codes []string // controls tagged to it
}

const shownEdges = 500

// getEdition shows it: GET /o/{org}/editions/{edition}.
func (s *Server) getEdition(w http.ResponseWriter, r *http.Request, who visitor) error {
	ctx, now, id := r.Context(), s.Now(), r.PathValue("edition")
	list, err := s.Crosswalk.Editions(ctx, who.Actor, now)
	if err != nil {
		return err
	}
	var p editionPage
	at := slices.IndexFunc(list, func(e crosswalk.Edition) bool { return e.ID == id })
	if at >= 0 && list[at].Kind == crosswalk.SetEdition {
		if p.Edition, p.Set, err = s.Crosswalk.EditionSet(ctx, who.Actor, id, now); err != nil {
			return err
		}
		p.Edges = p.Set.Set.Edges[:min(shownEdges, len(p.Set.Set.Edges))]
	} else if err := s.editionFramework(r, who, &p, id); err != nil {
		return err
	}
	p.frame = s.frame(w, r, who, "frameworks", p.Edition.Name(), crumb{"Frameworks", orgPath(who.Slug(), "frameworks")}, crumb{"Versions", orgPath(who.Slug(), "editions")})
	return s.render(w, r, http.StatusOK, showEdition(p))
}

// editionFramework fills in a framework with the controls tagged to it: today's,
// or those of the moment before it was upgraded.
func (s *Server) editionFramework(r *http.Request, who visitor, p *editionPage, id string) error {
	ctx, at := r.Context(), s.Now()
	b, err := s.shelf.open(ctx, who.Actor)
	if err != nil {
		return err
	}
	if p.Edition, p.Framework, err = s.Crosswalk.EditionFramework(ctx, who.Actor, id, at); err != nil {
		return err
	}
	upgrades, err := s.Crosswalk.Upgrades(ctx, who.Actor, at)
	if err != nil {
		return err
	}
	if i := slices.IndexFunc(upgrades, func(u crosswalk.Upgrade) bool { return u.From.ID == id && u.UndoneAt.IsZero() }); i >= 0 {
		p.Next = &upgrades[i]
		at = upgrades[i].At.Add(-time.Microsecond)
		p.Answers = at
	}
	codes := map[string][]string{}
	if who.Can(access.ViewControls) {
		links, err := s.Crosswalk.AllLinks(ctx, who.Actor, at)
		if err != nil {
			return err
		}
		for _, c := range b.Controls {
			for _, l := range links[c.ID] {
				if l.Ref.Framework == p.Framework.ID {
					codes[l.Ref.ID] = append(codes[l.Ref.ID], c.Code)
				}
			}
		}
	}
	for _, q := range p.Framework.Asked() {
		theme, _ := p.Framework.Theme(q.ID)
		if n := len(p.Groups); n == 0 || p.Groups[n-1].Theme.ID != theme.ID {
			p.Groups = append(p.Groups, editionGroup{Theme: theme})
		}
		g := &p.Groups[len(p.Groups)-1]
		g.Rows = append(g.Rows, editionRow{q, codes[q.ID]})
	}
	return nil
}
