package web

import (
	"net/http"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/isms"
)

// ismsHomePage is the first page of the management system.
type ismsHomePage struct {
	frame
	H         isms.Home
	Steps     []isms.HomeStep
	Done      int
	Next      []isms.HomeNext
	Dates     []calendarItem
	CanManage bool
}

// getISMS shows it: GET /o/{org}/isms.
func (s *Server) getISMS(w http.ResponseWriter, r *http.Request, who visitor) error {
	h, err := s.ISMS.Home(r.Context(), who.Actor, s.Now())
	if err != nil {
		return err
	}
	p := ismsHomePage{H: h, Steps: h.Steps(), Next: h.Next(), CanManage: who.Can(access.ManageISMS)}
	p.frame = s.frame(w, r, who, "isms", "Management system")
	p.frame.Tabs = ismsTabs(who.Slug(), "home")
	for _, x := range p.Steps {
		if x.State == isms.StepDone {
			p.Done++
		}
	}
	for _, e := range h.Dates {
		p.Dates = append(p.Dates, calendarItem{CalendarEntry: e, To: calendarPath(p.frame, e)})
	}
	return s.render(w, r, http.StatusOK, showISMS(p))
}
