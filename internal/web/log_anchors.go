package web

import (
	"fmt"
	"net/http"
	"strconv"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/problem"
	"github.com/toucan-grc/toucan/internal/trail"
)

const sendingsOnPage = 20

// anchorsPage is where checkpoints are sent, and were sent.
type anchorsPage struct {
	frame
	Anchors   []anchorRow
	Sendings  []sendingRow
	CanManage bool
	MailWords string // how mail is sent, or why it is not
	Secret    string // of a webhook just set; shown this once
	Typed     trail.NewAnchor
	Problem   *problem.Error
}

// anchorRow is an address with the words a page needs.
type anchorRow struct {
	trail.Anchor
	Name  string // the address, or what is left of it
	ByWho string
	Every string
	Mark  string
	State string
	About string // one sentence about the newest sending
}

// sendingRow is one checkpoint on its way, or there.
type sendingRow struct {
	trail.Sending
	Name        string
	Mark, State string
}

// getAnchors shows them: GET /o/{org}/log/anchors.
func (s *Server) getAnchors(w http.ResponseWriter, r *http.Request, who visitor) error {
	return s.anchors(w, r, who, anchorsPage{Typed: trail.NewAnchor{Way: trail.Mail, Days: 1}})
}

func (s *Server) anchors(w http.ResponseWriter, r *http.Request, who visitor, p anchorsPage) error {
	list, err := s.Trail.Anchors(r.Context(), who.Actor)
	if err != nil {
		return err
	}
	sendings, err := s.Trail.Sendings(r.Context(), who.Actor, sendingsOnPage)
	if err != nil {
		return err
	}
	names, err := s.Access.Names(r.Context(), who.Actor)
	if err != nil {
		return err
	}
	called := map[string]string{}
	for _, a := range list {
		row := anchorRow{Anchor: a, Name: a.Address, ByWho: actorName(a.By, names), Every: everyWords(a.Days)}
		if row.Name == "" {
			row.Name = "somebody at " + a.Domain
		}
		row.Mark, row.State, row.About = anchorWords(a)
		called[a.ID] = row.Name
		p.Anchors = append(p.Anchors, row)
	}
	for _, x := range sendings {
		row := sendingRow{Sending: x, Name: called[x.Anchor]}
		row.Mark, row.State = sendingWords(x)
		p.Sendings = append(p.Sendings, row)
	}
	p.CanManage, p.MailWords = who.Can(access.ManageLog), s.Outbox.Describe()
	p.frame = s.logFrame(w, r, who, "Where checkpoints are sent", "anchors")
	status := http.StatusOK
	if p.Problem != nil {
		status = http.StatusUnprocessableEntity
	}
	return s.render(w, r, status, showAnchors(p))
}

func everyWords(days int) string {
	switch days {
	case 1:
		return "daily"
	case 7:
		return "weekly"
	case 30:
		return "monthly"
	}
	return fmt.Sprintf("every %d days", days)
}

// anchorWords says how an address stands.
func anchorWords(a trail.Anchor) (mark, state, about string) {
	if !a.EndedAt.IsZero() {
		return "unknown", "removed", "Removed on " + a.EndedAt.UTC().Format("2 January 2006") + ". The address was erased."
	}
	if a.Last == nil {
		return "unknown", "nothing yet", "The next checkpoint goes there within minutes."
	}
	covers := fmt.Sprintf("over %s", plural(int(a.Last.Size), "entry", "entries"))
	switch {
	case a.Last.Fault != "":
		return "bad", "failed", "The checkpoint " + covers + " could not be delivered: " + a.Last.Fault
	case a.Last.SentAt.IsZero():
		return "info", "on its way", "The checkpoint " + covers + " was handed over on " + stamp(a.Last.At) + "."
	}
	return "good", "arrived", "The checkpoint " + covers + " was taken on " + stamp(a.Last.SentAt) + "."
}

func sendingWords(x trail.Sending) (mark, state string) {
	switch {
	case x.Fault != "":
		return "bad", "failed"
	case x.SentAt.IsZero():
		return "info", "on its way"
	}
	return "good", "arrived"
}

// postAnchor has checkpoints sent somewhere: POST /o/{org}/log/anchors.
func (s *Server) postAnchor(w http.ResponseWriter, r *http.Request, who visitor) error {
	days, err := strconv.Atoi(r.FormValue("days"))
	if err != nil {
		days = 0 // the store says what can be chosen
	}
	n := trail.NewAnchor{Way: trail.Way(r.FormValue("way")), Address: r.FormValue("address"), Days: days}
	_, secret, err := s.Trail.SetAnchor(r.Context(), who.Actor, n, s.Now())
	if err != nil {
		p := problem.Of(err)
		if p.Code != problem.Invalid && p.Code != problem.Conflict {
			return err
		}
		return s.anchors(w, r, who, anchorsPage{Typed: n, Problem: p})
	}
	if secret == "" {
		return back(w, r, orgPath(who.Slug(), "log", "anchors"), "Checkpoints are sent there from now on.")
	}
	return s.anchors(w, r, who, anchorsPage{Typed: trail.NewAnchor{Way: trail.Mail, Days: 1}, Secret: secret})
}

// postRemoveAnchor ends the sending: POST /o/{org}/log/anchors/{anchor}/remove.
func (s *Server) postRemoveAnchor(w http.ResponseWriter, r *http.Request, who visitor) error {
	if err := s.Trail.RemoveAnchor(r.Context(), who.Actor, r.PathValue("anchor"), s.Now()); err != nil {
		return err
	}
	return back(w, r, orgPath(who.Slug(), "log", "anchors"), "Nothing is sent there any more, and the address is erased.")
}

// postSendAnchor sends the newest checkpoint at once: POST /o/{org}/log/anchors/{anchor}/send.
func (s *Server) postSendAnchor(w http.ResponseWriter, r *http.Request, who visitor) error {
	err := s.Trail.SendNow(r.Context(), who.Actor, r.PathValue("anchor"), s.Now())
	if err != nil && problem.Of(err).Code == problem.Conflict {
		return s.anchors(w, r, who, anchorsPage{Typed: trail.NewAnchor{Way: trail.Mail, Days: 1}, Problem: problem.Of(err)})
	}
	if err != nil {
		return err
	}
	return back(w, r, orgPath(who.Slug(), "log", "anchors"), "The newest checkpoint is on its way.")
}
