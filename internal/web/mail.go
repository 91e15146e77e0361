package web

import (
	"net/http"
	"strconv"
	"strings"

	"github.com/toucan-grc/toucan/internal/approval"
	"github.com/toucan-grc/toucan/internal/notify"
	"github.com/toucan-grc/toucan/internal/problem"
	"github.com/toucan-grc/toucan/internal/task"
)

// mailPage is what leaves the organisation by mail and webhook.
type mailPage struct {
	frame
	CanMail bool
	How     string // how mail is sent
	List    []notify.Delivery
	Setting task.Setting
	Hour    string // as typed
	Problem *problem.Error
}

const shownDeliveries = 50

// getMail shows it: GET /o/{org}/settings/mail.
func (s *Server) getMail(w http.ResponseWriter, r *http.Request, who visitor) error {
	set, err := s.Tasks.Setting(r.Context(), who.Actor)
	if err != nil {
		return err
	}
	return s.showMail(w, r, who, http.StatusOK, mailPage{Setting: set, Hour: strconv.Itoa(set.Hour)})
}

func (s *Server) showMail(w http.ResponseWriter, r *http.Request, who visitor, status int, p mailPage) error {
	var err error
	if p.How, err = s.notices.Describe(who.Actor); err != nil {
		return err
	}
	p.CanMail = s.notices.CanMail()
	if p.List, err = s.notices.List(r.Context(), who.Actor, shownDeliveries); err != nil {
		return err
	}
	p.frame = s.settingsFrame(w, r, who, "Mail")
	return s.render(w, r, status, mailSettings(p))
}

// postMail says when reminders go out: POST /o/{org}/settings/mail.
func (s *Server) postMail(w http.ResponseWriter, r *http.Request, who visitor) error {
	p := mailPage{Hour: r.FormValue("hour"), Setting: task.Setting{Weekends: r.FormValue("weekends") == "on"}}
	var err error
	if p.Setting.Hour, err = strconv.Atoi(p.Hour); err != nil {
		p.Setting.Hour = -1 // refused below, with a sentence
	}
	if err := s.Tasks.ChangeSetting(r.Context(), who.Actor, p.Setting, s.Now()); err != nil {
		if p.Problem = problem.Of(err); p.Problem.Code != problem.Invalid {
			return err
		}
		return s.showMail(w, r, who, statusOf(p.Problem.Code), p)
	}
	return back(w, r, orgPath(who.Slug(), "settings", "mail"), "Saved.")
}

// postMailTest sends the reader a mail: POST /o/{org}/settings/mail/test.
func (s *Server) postMailTest(w http.ResponseWriter, r *http.Request, who visitor) error {
	to := orgPath(who.Slug(), "settings", "mail")
	if err := s.notices.Test(r.Context(), who.Actor, s.Now()); err != nil {
		if p := problem.Of(err); p.Code == problem.Busy || p.Code == problem.Conflict {
			return back(w, r, to, p.Text)
		}
		return err
	}
	return back(w, r, to, "A test is on its way to "+who.Account.Email+". The list shows what became of it.")
}

// postMailRetry tries a failed message again: POST /o/{org}/settings/mail/{notice}/retry.
func (s *Server) postMailRetry(w http.ResponseWriter, r *http.Request, who visitor) error {
	if err := s.notices.Retry(r.Context(), who.Actor, r.PathValue("notice"), s.Now()); err != nil {
		return err
	}
	return back(w, r, orgPath(who.Slug(), "settings", "mail"), "It is tried again.")
}

// noticeWords is what a message is about.
func noticeWords(kind string) string {
	if w, ok := map[string]string{"task.reminder": "Reminder", "mail.test": "Test"}[kind]; ok {
		return w
	}
	return upperFirst(strings.ReplaceAll(kind, ".", " "))
}

// hookHost is the host of a webhook: the rest of its address may be a secret.
func hookHost(d notify.Delivery) string {
	if d.Channel != notify.Webhook {
		return d.Target
	}
	_, rest, _ := strings.Cut(d.Target, "://")
	host, _, _ := strings.Cut(rest, "/")
	return host
}

func deliveryMark(s notify.State) string {
	switch s {
	case notify.Sent:
		return "good"
	case notify.Failed:
		return "bad"
	}
	return "warn"
}

func namesOf(list []approval.Member) string {
	var out []string
	for _, m := range list {
		out = append(out, m.Name)
	}
	return strings.Join(out, ", ")
}

// hourOptions are the hours reminders can begin at.
func hourOptions() []option {
	var out []option
	for h := range task.QuietFrom {
		out = append(out, option{strconv.Itoa(h), hourWords(h)})
	}
	return out
}
