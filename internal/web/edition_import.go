package web

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/toucan-grc/toucan/internal/crosswalk"
	"github.com/toucan-grc/toucan/internal/framework"
	"github.com/toucan-grc/toucan/internal/problem"
	"github.com/toucan-grc/toucan/internal/upload"
)

// bringPage asks for a file with a framework or a mapping set.
type bringPage struct {
	frame
	Own     []crosswalk.Edition
	Problem *problem.Error
}

// getBring asks for it: GET /o/{org}/editions/import.
func (s *Server) getBring(w http.ResponseWriter, r *http.Request, who visitor) error {
	return s.showBring(w, r, who, http.StatusOK, nil)
}

func (s *Server) showBring(w http.ResponseWriter, r *http.Request, who visitor, status int, trouble *problem.Error) error {
	p := bringPage{Problem: trouble, frame: s.bringFrame(w, r, who, "Import")}
	return s.render(w, r, status, chooseEdition(p))
}

func (s *Server) bringFrame(w http.ResponseWriter, r *http.Request, who visitor, title string) frame {
	return s.frame(w, r, who, "frameworks", title, crumb{"Frameworks", orgPath(who.Slug(), "frameworks")}, crumb{"Versions", orgPath(who.Slug(), "editions")})
}

// postBring keeps a file until it is confirmed: POST /o/{org}/editions/import.
func (s *Server) postBring(w http.ResponseWriter, r *http.Request, who visitor) error {
	name, data, err := uploaded(r)
	if err != nil {
		if p := problem.Of(err); p.Code != problem.Internal {
			return s.showBring(w, r, who, statusOf(p.Code), p)
		}
		return err
	}
	id, err := s.uploads.Put(r.Context(), who.Actor, upload.Catalogue, name, data, s.Now())
	if err != nil {
		if p := problem.Of(err); p.Code != problem.Internal {
			return s.showBring(w, r, who, statusOf(p.Code), p)
		}
		return err
	}
	return back(w, r, orgPath(who.Slug(), "editions", "import", id), "")
}

// bringPreview is the second step: what the file holds, what is wrong with it,
// and what it is to be called.
type bringPreview struct {
	frame
	Upload, File, Format string
	Items                []pill // where the file holds several
	Item                 int
	Framework            *framework.Framework // nil for a set
	Set                  *crosswalk.Publication
	Names                url.Values // what it is called, as typed or as found
	Errors, Notes        []framework.Fault
	Known                bool // an edition of that id is in force: this one will wait
	Problem              *problem.Error
}

const (
	shownFaults = 200
	shownRows   = 60
)

// getBringPreview shows it: GET /o/{org}/editions/import/{upload}?item=&id=&title=...
func (s *Server) getBringPreview(w http.ResponseWriter, r *http.Request, who visitor) error {
	p, err := s.previewBrought(w, r, who)
	if err != nil {
		return err
	}
	return s.render(w, r, http.StatusOK, showBrought(p))
}

// previewBrought reads the file again with the names somebody gave.
func (s *Server) previewBrought(w http.ResponseWriter, r *http.Request, who visitor) (bringPreview, error) {
	p := bringPreview{Upload: r.PathValue("upload")}
	u, err := s.uploads.Open(r.Context(), who.Actor, upload.Catalogue, p.Upload, s.Now())
	if err != nil {
		return p, err
	}
	b, err := s.shelf.open(r.Context(), who.Actor)
	if err != nil {
		return p, err
	}
	if err := r.ParseForm(); err != nil {
		return p, err
	}
	found, faults := readBrought(u.Name, u.Data, b.library.Frameworks)
	p.File, p.Format = u.Name, found.Format
	p.frame = s.bringFrame(w, r, who, u.Name)
	p.choose(found, r.Form)
	var more []framework.Fault
	switch {
	case p.Framework != nil:
		_, p.Known = b.library.Frameworks.Find(p.Framework.ID)
		more, err = s.Crosswalk.CheckFramework(r.Context(), who.Actor, p.Framework, u.Name)
	case p.Set != nil:
		_, p.Known = b.library.Set(p.Set.Set.ID)
		more, err = s.Crosswalk.CheckSet(r.Context(), who.Actor, p.Set, s.Now())
	}
	p.sort(append(faults, more...))
	return p, err
}

// sort puts errors before the rest and says each once.
func (p *bringPreview) sort(faults []framework.Fault) {
	seen := map[framework.Fault]bool{}
	for _, f := range faults {
		f.File = p.File
		switch {
		case seen[f]:
		case f.Severity == framework.Error:
			p.Errors = append(p.Errors, f)
		default:
			p.Notes = append(p.Notes, f)
		}
		seen[f] = true
	}
}

// choose takes the one item of the file that was asked for, under the names that
// were typed.
func (p *bringPreview) choose(found *brought, form url.Values) {
	p.Item, _ = strconv.Atoi(form.Get("item"))
	n := len(found.Frameworks) + len(found.Sets)
	if p.Item < 0 || p.Item >= n {
		p.Item = 0
	}
	for i := range n {
		var text string
		if i < len(found.Frameworks) {
			text = found.Frameworks[i].Title
		} else {
			text = found.Sets[i-len(found.Frameworks)].Set.Title
		}
		p.Items = append(p.Items, pill{Text: text, To: query(p.path("editions", "import", p.Upload), "item", strconv.Itoa(i)), On: i == p.Item})
	}
	p.Names = url.Values{}
	name := func(key string, to *string) {
		if v, typed := form[key]; typed {
			*to = strings.TrimSpace(v[0])
		}
		p.Names.Set(key, *to)
	}
	switch {
	case n == 0:
	case p.Item < len(found.Frameworks):
		p.Framework = found.Frameworks[p.Item].Under(strings.TrimSpace(form.Get("id")))
		f := p.Framework
		name("id", &f.ID)
		name("title", &f.Title)
		name("short", &f.Short)
		name("family", &f.Family)
		name("version", &f.Version)
		name("noun", &f.Noun)
		name("nouns", &f.Nouns)
	default:
		p.Set = found.Sets[p.Item-len(found.Frameworks)]
		x, kind := p.Set.Set, string(p.Set.Set.Kind)
		name("id", &x.ID)
		name("title", &x.Title)
		name("version", &x.Version)
		name("kind", &kind)
		name("source", &x.Source)
		name("licence", &x.Licence)
		x.Kind = crosswalk.SetKind(kind)
	}
	p.Names.Set("item", strconv.Itoa(p.Item))
}

// postBringConfirm takes it, whole or not at all: POST /o/{org}/editions/import/{upload}/confirm.
func (s *Server) postBringConfirm(w http.ResponseWriter, r *http.Request, who visitor) error {
	p, err := s.previewBrought(w, r, who)
	if err != nil {
		return err
	}
	var e crosswalk.Edition
	switch {
	case len(p.Errors) > 0:
		err = problem.Field("file", "The file has faults, so nothing was written. They stand below, line by line; correct them and send the file again.")
	case p.Framework != nil:
		e, err = s.Crosswalk.ImportFramework(r.Context(), who.Actor, p.Framework, p.File, s.Now())
	default:
		e, err = s.Crosswalk.ImportSet(r.Context(), who.Actor, p.Set, p.File, s.Now())
	}
	if err != nil {
		if p.Problem = problem.Of(err); p.Problem.Code == problem.Internal {
			return err
		}
		if refused, ok := errors.AsType[*crosswalk.RefusedError](err); ok {
			p.Errors, p.Notes = nil, nil
			p.sort(refused.Faults)
		}
		return s.render(w, r, statusOf(p.Problem.Code), showBrought(p))
	}
	if len(p.Items) > 1 {
		return back(w, r, orgPath(who.Slug(), "editions", "import", p.Upload), e.Title+" is here. The file holds more.")
	}
	if err := s.uploads.Drop(r.Context(), who.Actor, upload.Catalogue, p.Upload); err != nil {
		return err
	}
	if !e.InForce {
		return back(w, r, orgPath(who.Slug(), "editions"), fmt.Sprintf("%s is kept and waits: answers rest on the content in force. Compare the two, then upgrade.", e.Title))
	}
	return back(w, r, orgPath(who.Slug(), "editions"), fmt.Sprintf("%s is here, with %s.", e.Title, plural(e.Rows, "row", "rows")))
}

// postBringDrop forgets the file: POST /o/{org}/editions/import/{upload}/drop.
func (s *Server) postBringDrop(w http.ResponseWriter, r *http.Request, who visitor) error {
	if err := s.uploads.Drop(r.Context(), who.Actor, upload.Catalogue, r.PathValue("upload")); err != nil {
		return err
	}
	return back(w, r, orgPath(who.Slug(), "editions", "import"), "The file is dropped. Nothing was written.")
}
