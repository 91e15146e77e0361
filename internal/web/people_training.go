package web

import (
	"bytes"
	"net/http"

	"github.com/toucan-grc/toucan/internal/cadence"
	"github.com/toucan-grc/toucan/internal/people"
	"github.com/toucan-grc/toucan/internal/problem"
	"github.com/toucan-grc/toucan/internal/training"
)

// resetPage asks people to do a training again.
type resetPage struct {
	frame
	People  []people.Person
	Tracks  []option
	Track   string
	Reason  string
	Problem *problem.Error
}

// getPeopleReset shows it: GET /o/{org}/people/reset?person=&track=.
func (s *Server) getPeopleReset(w http.ResponseWriter, r *http.Request, who visitor) error {
	return s.showPeopleReset(w, r, who, http.StatusOK, resetPage{Track: r.FormValue("track")})
}

func (s *Server) showPeopleReset(w http.ResponseWriter, r *http.Request, who visitor, status int, p resetPage) error {
	if err := r.ParseForm(); err != nil {
		return problem.New(problem.Invalid, "The form could not be read. Send it again.")
	}
	b, err := s.Monitor.Board(r.Context(), who.Actor, s.Now())
	if err != nil {
		return err
	}
	for _, id := range r.Form["person"] {
		if row, ok := b.Find(id); ok {
			p.People = append(p.People, row.Person)
		}
	}
	if len(p.People) == 0 {
		return problem.New(problem.Invalid, "Nobody was chosen. Go back, tick the people and try again.")
	}
	for _, t := range training.Tracks() {
		for _, c := range b.Checks() {
			if t.Check() == c {
				p.Tracks = append(p.Tracks, option{string(t), t.Label()})
			}
		}
	}
	p.frame = s.frame(w, r, who, "people", "Ask again", crumb{"People", orgPath(who.Slug(), "people")})
	return s.render(w, r, status, peopleResetForm(p))
}

// postPeopleReset asks them again: POST /o/{org}/people/reset.
func (s *Server) postPeopleReset(w http.ResponseWriter, r *http.Request, who visitor) error {
	p := resetPage{Track: r.FormValue("track"), Reason: r.FormValue("reason")}
	again, err := s.Training.Reset(r.Context(), who.Actor, training.Asking{Track: training.Track(p.Track), People: r.Form["person"], Reason: p.Reason}, s.Now())
	if err != nil {
		if p.Problem = problem.Of(err); p.Problem.Code != problem.Invalid {
			return err
		}
		return s.showPeopleReset(w, r, who, statusOf(p.Problem.Code), p)
	}
	to := orgPath(who.Slug(), "people")
	if ids := r.Form["person"]; len(ids) == 1 {
		to = orgPath(who.Slug(), "people", ids[0])
	}
	if len(again) == 0 {
		return back(w, r, to, "Nobody had completed it, so nothing changed.")
	}
	return back(w, r, to, plural(len(again), "person is", "people are")+" asked again. What they completed stays in the history.")
}

// onBehalfPage files a certificate on behalf of somebody.
type onBehalfPage struct {
	frame
	Person     people.Person
	Track      training.Track
	On, Course string // as typed
	Problem    *problem.Error
}

// getPersonCertificate shows it: GET /o/{org}/people/{id}/certificate?track=.
func (s *Server) getPersonCertificate(w http.ResponseWriter, r *http.Request, who visitor) error {
	return s.showPersonCertificate(w, r, who, http.StatusOK, onBehalfPage{Track: training.Track(r.FormValue("track"))})
}

func (s *Server) showPersonCertificate(w http.ResponseWriter, r *http.Request, who visitor, status int, p onBehalfPage) error {
	if !p.Track.Valid() {
		return problem.New(problem.NotFound, "There is no such training.")
	}
	row, _, err := s.Monitor.Person(r.Context(), who.Actor, r.PathValue("id"), s.Now())
	if err != nil {
		return err
	}
	p.Person = row.Person
	p.frame = s.frame(w, r, who, "people", "File a certificate", crumb{"People", orgPath(who.Slug(), "people")}, crumb{p.Person.Name, orgPath(who.Slug(), "people", p.Person.ID)})
	return s.render(w, r, status, personCertificate(p))
}

// postPersonCertificate files it: POST /o/{org}/people/{id}/certificate.
func (s *Server) postPersonCertificate(w http.ResponseWriter, r *http.Request, who visitor) error {
	name, data, err := uploaded(r)
	p := onBehalfPage{Track: training.Track(r.FormValue("track")), On: r.FormValue("on"), Course: r.FormValue("course")}
	paper := training.Paper{Person: r.PathValue("id"), Track: p.Track, Course: p.Course}
	if err == nil {
		var on cadence.Date
		if on, err = formDay(r, "on"); err == nil && !on.Known() {
			err = problem.Field("on", "Say when it was completed, as the certificate says.")
		}
		paper.On = on
	} else if e := problem.Of(err); e.Field == "file" && len(data) == 0 && r.MultipartForm != nil {
		err = problem.Field("file", "Choose the certificate first: a PDF, a picture or another file.")
	}
	var filed training.Filed
	if err == nil {
		paper.File, err = s.Training.KeepPaper(r.Context(), who.Actor, name, bytes.NewReader(data), s.Now())
	}
	if err == nil {
		filed, err = s.Training.File(r.Context(), who.Actor, paper, s.Now())
	}
	if err != nil {
		if p.Problem = problem.Of(err); p.Problem.Code != problem.Invalid {
			return err
		}
		return s.showPersonCertificate(w, r, who, statusOf(p.Problem.Code), p)
	}
	said := "Filed. It counts from the day on the certificate."
	if filed.Warn != "" {
		said = "Filed. " + filed.Warn
	}
	return back(w, r, orgPath(who.Slug(), "people", r.PathValue("id")), said)
}

// trackOf is the track whose check this is, or "".
func trackOf(c people.Check) training.Track {
	for _, t := range training.Tracks() {
		if t.Check() == c {
			return t
		}
	}
	return ""
}
