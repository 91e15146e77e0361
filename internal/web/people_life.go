package web

import (
	"net/http"
	"slices"

	"github.com/toucan-grc/toucan/internal/cadence"
	"github.com/toucan-grc/toucan/internal/people"
	"github.com/toucan-grc/toucan/internal/problem"
)

// This file has what is said of a person beside the fields of the entry.

// entryTrouble shows the form of an entry again, with what was wrong above it.
func (s *Server) entryTrouble(w http.ResponseWriter, r *http.Request, who visitor, err error) error {
	x, found := s.People.Find(r.Context(), who.Actor, r.PathValue("id"))
	if found != nil {
		return err
	}
	p := problem.Of(err)
	return s.personTrouble(w, r, who, personPage{Person: x}, &problem.Error{Code: p.Code, Text: p.Text, Err: p.Err})
}

// typedDay is a day as typed; empty is no day.
func typedDay(r *http.Request, field string) (cadence.Date, error) {
	text := r.FormValue(field)
	if text == "" {
		return 0, nil
	}
	d, err := cadence.ParseDate(text)
	if err != nil {
		return 0, problem.Field(field, "This is not a date. It looks like 2026-03-01.")
	}
	return d, nil
}

// postSpan says that somebody is on leave or out of scope: POST /o/{org}/people/{id}/spans.
func (s *Server) postSpan(w http.ResponseWriter, r *http.Request, who visitor) error {
	x := people.Span{Person: r.PathValue("id"), Kind: people.SpanKind(r.FormValue("kind")), Reason: r.FormValue("reason")}
	var err error
	if x.From, err = typedDay(r, "from"); err == nil {
		x.To, err = typedDay(r, "to")
	}
	if err == nil {
		_, err = s.People.AddSpan(r.Context(), who.Actor, x, s.Now())
	}
	if err != nil {
		return s.entryTrouble(w, r, who, err)
	}
	return back(w, r, orgPath(who.Slug(), "people", x.Person, "edit"), "Noted.")
}

// postEndSpan says when that ends: POST /o/{org}/people/{id}/spans/{span}/end.
func (s *Server) postEndSpan(w http.ResponseWriter, r *http.Request, who visitor) error {
	last, err := typedDay(r, "last")
	if err == nil {
		err = s.People.EndSpan(r.Context(), who.Actor, r.PathValue("span"), last, s.Now())
	}
	if err != nil {
		return s.entryTrouble(w, r, who, err)
	}
	return back(w, r, orgPath(who.Slug(), "people", r.PathValue("id"), "edit"), "Noted.")
}

// postReturn begins a new stint: POST /o/{org}/people/{id}/return.
func (s *Server) postReturn(w http.ResponseWriter, r *http.Request, who visitor) error {
	first, err := typedDay(r, "first")
	if err == nil {
		err = s.People.Return(r.Context(), who.Actor, r.PathValue("id"), first, s.Now())
	}
	if err != nil {
		return s.entryTrouble(w, r, who, err)
	}
	return back(w, r, orgPath(who.Slug(), "people", r.PathValue("id"), "edit"), "They are new again from that day on. The time before is kept.")
}

// postHandBack lets the lists decide a field: POST /o/{org}/people/{id}/hand-back.
func (s *Server) postHandBack(w http.ResponseWriter, r *http.Request, who visitor) error {
	if err := s.People.HandBack(r.Context(), who.Actor, r.PathValue("id"), r.FormValue("field"), s.Now()); err != nil {
		return s.entryTrouble(w, r, who, err)
	}
	return back(w, r, orgPath(who.Slug(), "people", r.PathValue("id"), "edit"), people.FieldLabel(r.FormValue("field"))+" follows the lists again.")
}

// postPersonGroups says in which groups somebody is by hand: POST /o/{org}/people/{id}/groups.
func (s *Server) postPersonGroups(w http.ResponseWriter, r *http.Request, who visitor) error {
	if err := r.ParseForm(); err != nil {
		return err
	}
	id := r.PathValue("id")
	roster, err := s.People.Roster(r.Context(), who.Actor)
	if err != nil {
		return err
	}
	for _, g := range roster.Groups() {
		is, wanted := slices.Contains(g.Members, id), slices.Contains(r.Form["group"], g.Key)
		switch {
		case wanted && !is:
			err = s.People.AddMembers(r.Context(), who.Actor, g.Key, []string{id}, s.Now())
		case is && !wanted:
			err = s.People.RemoveMember(r.Context(), who.Actor, g.Key, id, s.Now())
		}
		if err != nil {
			return s.entryTrouble(w, r, who, err)
		}
	}
	return back(w, r, orgPath(who.Slug(), "people", id, "edit"), "The groups are saved.")
}

// postErasePerson erases who somebody was: POST /o/{org}/people/{id}/erase.
func (s *Server) postErasePerson(w http.ResponseWriter, r *http.Request, who visitor) error {
	if err := s.People.Erase(r.Context(), who.Actor, r.PathValue("id"), r.FormValue("reason"), s.Now()); err != nil {
		return s.entryTrouble(w, r, who, err)
	}
	return back(w, r, orgPath(who.Slug(), "people", r.PathValue("id")), "The name and the address are erased.")
}
