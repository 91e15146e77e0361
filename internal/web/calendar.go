package web

import (
	"bytes"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/cadence"
	"github.com/toucan-grc/toucan/internal/document"
	"github.com/toucan-grc/toucan/internal/isms"
	"github.com/toucan-grc/toucan/internal/problem"
)

// calendarPage is one month of the one calendar.
type calendarPage struct {
	frame
	Month      cadence.Date // its first day
	Today      cadence.Date
	Kind       string
	Prev, Next string
	Now        string
	Kinds      []option
	Weeks      [][]calendarDay
	Listed     []calendarDay // days with entries
	Count      int
	CanManage  bool
}

// calendarDay is one day of the grid.
type calendarDay struct {
	On      cadence.Date
	Within  bool // of the month shown
	Today   bool
	Entries []calendarItem
}

// calendarItem is an entry as the page shows it.
type calendarItem struct {
	isms.CalendarEntry
	To    string // address, or empty
	Until string // last day, where it takes several
}

// calendarFeedPage are the addresses at which programs read the calendar.
type calendarFeedPage struct {
	frame
	Feeds   []isms.CalendarFeed
	Zone    *time.Location
	Secret  string // of one just made: its whole address, shown once
	Name    string
	Problem *problem.Error
}

const calendarShown = 3 // entries of a day in the grid

// getCalendar shows a month: GET /o/{org}/calendar?month=2026-11&kind=.
func (s *Server) getCalendar(w http.ResponseWriter, r *http.Request, who visitor) error {
	zone, err := s.courseZone(r, who)
	if err != nil {
		return err
	}
	p := calendarPage{Today: cadence.DateOf(s.Now(), zone), Kind: r.FormValue("kind"), CanManage: who.Can(access.ManageISMS)}
	p.Month = monthOf(r.FormValue("month"), p.Today)
	y, m, _ := p.Month.Civil()
	last := cadence.On(y, m+1, 1) - 1
	first := p.Month - cadence.Date((int(p.Month.Weekday())+6)%7)
	end := last + cadence.Date((7-int(last.Weekday()))%7)
	list, err := s.ISMS.Calendar(r.Context(), who.Actor, cadence.Days{From: first, To: end}, s.Now())
	if err != nil {
		return err
	}
	p.frame = s.frame(w, r, who, "calendar", "Calendar")
	days := map[cadence.Date][]calendarItem{}
	for _, e := range list {
		if p.Kind != "" && string(e.Kind) != p.Kind {
			continue
		}
		item := calendarItem{CalendarEntry: e, To: calendarPath(p.frame, e)}
		if e.To > e.From {
			item.Until = dayWords(e.To)
		}
		for d := max(e.From, first); d <= min(e.To, end); d++ {
			if d != e.From && d != first && e.To-e.From > 31 {
				continue // a period of months is named where it begins and ends
			}
			days[d] = append(days[d], item)
		}
		if e.To-e.From > 31 && e.To <= end && e.To > first {
			days[e.To] = append(days[e.To], item)
		}
	}
	for d := first; d <= end; d++ {
		day := calendarDay{On: d, Within: d >= p.Month && d <= last, Today: d == p.Today, Entries: days[d]}
		if (d-first)%7 == 0 {
			p.Weeks = append(p.Weeks, nil)
		}
		p.Weeks[len(p.Weeks)-1] = append(p.Weeks[len(p.Weeks)-1], day)
		if day.Within && len(day.Entries) > 0 {
			p.Listed = append(p.Listed, day)
			p.Count += len(day.Entries)
		}
	}
	to := func(d cadence.Date) string {
		return query(p.path("calendar"), "month", d.String()[:7], "kind", p.Kind)
	}
	p.Prev, p.Next, p.Now = to(p.Month.AddMonths(-1)), to(p.Month.AddMonths(1)), query(p.path("calendar"), "kind", p.Kind)
	p.Kinds = []option{{"", "Everything"}}
	for _, k := range isms.CalendarKinds() {
		p.Kinds = append(p.Kinds, option{string(k), k.Words()})
	}
	return s.render(w, r, http.StatusOK, showCalendar(p))
}

// monthOf reads "2026-11"; the month of today when it says nothing that can be one.
func monthOf(text string, today cadence.Date) cadence.Date {
	y, m, _ := today.Civil()
	if d, ok := cadence.ReadDate(text + "-01"); ok && len(text) == 7 {
		y, m, _ = d.Civil()
	}
	return cadence.On(y, m, 1)
}

func monthWords(d cadence.Date) string {
	y, m, _ := d.Civil()
	return m.String() + " " + time.Date(y, m, 1, 0, 0, 0, 0, time.UTC).Format("2006")
}

func dayNumber(d cadence.Date) string {
	s := d.String()
	return strings.TrimPrefix(s[len(s)-2:], "0")
}

// calendarPath is the page of what an entry is about.
func calendarPath(f frame, e isms.CalendarEntry) string {
	switch e.Source {
	case "engagement":
		return f.path("isms", "plan", e.Ref)
	case "obligation":
		return f.path("isms", "obligations", e.Ref)
	case "policy":
		return f.path("policies", e.Ref)
	case "evidence":
		return query(f.path("evidence"), "state", "lapsing")
	case "requirement":
		framework, id, _ := strings.Cut(e.Ref, " ")
		return f.path("frameworks", framework, id)
	case "review":
		return f.path("isms", "reviews", e.Ref)
	case "internal_audit":
		return f.path("isms", "audits", e.Ref)
	case "objective":
		return f.path("isms", "objectives", e.Ref)
	case "vendor":
		return f.path("vendors")
	case "risk":
		return f.path("risks", e.Ref)
	case "action":
		return f.path("findings", "backlog", e.Ref)
	}
	return ""
}

// recordPath is the page of a record of the trail, or empty.
func recordPath(f frame, r isms.Record) string {
	if r.Item != "" {
		return f.path("evidence", r.Item)
	}
	switch r.Source {
	case "evidence":
		return f.path("evidence", r.ID)
	case "policy":
		return f.path("policies", r.ID)
	case "training":
		return f.path("training", r.ID, "progress")
	case "joiner":
		return f.path("joiner", r.ID)
	case "sample":
		return f.path("samples", r.ID)
	case "duty":
		return f.path("isms", "duties")
	case "context":
		return f.path("isms", map[string]string{"party": "parties", "issue": "issues"}[r.ID])
	case "objective":
		return f.path("isms", "objectives", r.ID)
	case "scope":
		return f.path("isms", "scope")
	case "programme":
		return f.path("isms", "audits")
	case "risk":
		return f.path("risks")
	case "finding":
		return f.path("findings", r.ID)
	case "vendor":
		return f.path("vendors")
	case "system":
		return f.path("systems")
	case "commitment":
		return f.path("systems", "commitments")
	case "confirmation":
		return f.path("confirmations")
	case "crosswalk":
		return f.path("crosswalk", "reviews")
	}
	return ""
}

// getCalendarFeeds lists one's own addresses: GET /o/{org}/calendar/feeds.
func (s *Server) getCalendarFeeds(w http.ResponseWriter, r *http.Request, who visitor) error {
	return s.showCalendarFeeds(w, r, who, http.StatusOK, calendarFeedPage{})
}

func (s *Server) showCalendarFeeds(w http.ResponseWriter, r *http.Request, who visitor, status int, p calendarFeedPage) error {
	var err error
	if p.Feeds, err = s.ISMS.CalendarFeeds(r.Context(), who.Actor); err != nil {
		return err
	}
	if p.Zone, err = s.courseZone(r, who); err != nil {
		return err
	}
	p.frame = s.frame(w, r, who, "calendar", "In your own calendar", crumb{"Calendar", orgPath(who.Slug(), "calendar")})
	return s.render(w, r, status, showCalendarFeeds(p))
}

// postCalendarFeed makes one, and shows its address once: POST /o/{org}/calendar/feeds.
func (s *Server) postCalendarFeed(w http.ResponseWriter, r *http.Request, who visitor) error {
	p := calendarFeedPage{Name: r.FormValue("name")}
	secret, err := s.ISMS.CalendarFeedOpen(r.Context(), who.Actor, p.Name, s.Now())
	if err != nil {
		if f := problem.Of(err); f.Code == problem.Invalid || f.Code == problem.Conflict {
			p.Problem = f
			return s.showCalendarFeeds(w, r, who, http.StatusUnprocessableEntity, p)
		}
		return err
	}
	p.Secret = strings.TrimSuffix(s.BaseURL, "/") + "/calendar/" + secret + ".ics"
	w.Header().Set("Cache-Control", "no-store")
	return s.showCalendarFeeds(w, r, who, http.StatusOK, p)
}

// postCalendarFeedClose takes one back: POST /o/{org}/calendar/feeds/{id}/close.
func (s *Server) postCalendarFeedClose(w http.ResponseWriter, r *http.Request, who visitor) error {
	if err := s.ISMS.CalendarFeedClose(r.Context(), who.Actor, r.PathValue("id"), s.Now()); err != nil {
		return err
	}
	return back(w, r, orgPath(who.Slug(), "calendar", "feeds"), "Taken back. Programs that read it get nothing any more.")
}

// getCalendarICS hands the calendar to a program that knows an address: GET
// /calendar/{file}. It needs no session; the role is that of the member now.
func (s *Server) getCalendarICS(w http.ResponseWriter, r *http.Request, _ visitor) error {
	if err := s.Access.AllowPublic(s.client(r), s.Now()); err != nil {
		return err
	}
	secret, ok := strings.CutSuffix(r.PathValue("file"), ".ics")
	none := problem.New(problem.NotFound, "This calendar address opens nothing: it was taken back, or is not complete.")
	if !ok {
		return none
	}
	org, account, err := s.ISMS.CalendarFeedOwner(r.Context(), secret, s.Now())
	if err != nil {
		return err
	}
	who, err := s.Access.Resume(r.Context(), org, account)
	if err != nil || !who.Can(access.ViewISMS) {
		return none // who left, or may not see it any more, gets what a stranger gets
	}
	f := frame{Slug: who.Slug()}
	base := strings.TrimSuffix(s.BaseURL, "/")
	events, every, err := s.ISMS.CalendarEvents(r.Context(), who, func(e isms.CalendarEntry) string {
		if to := calendarPath(f, e); to != "" {
			return base + to
		}
		return ""
	}, s.Now())
	if err != nil {
		return err
	}
	var b bytes.Buffer
	if err := document.WriteICS(&b, "Compliance · "+who.Slug(), events, s.Now(), every); err != nil {
		return err
	}
	w.Header().Set("Content-Type", "text/calendar; charset=utf-8")
	w.Header().Set("Cache-Control", "private, no-store")
	w.Header().Set("X-Robots-Tag", "noindex")
	_, err = w.Write(b.Bytes())
	return quiet(err)
}

// entriesShown are the entries of a day that the grid has room for.
func (d calendarDay) entriesShown() []calendarItem {
	return d.Entries[:min(len(d.Entries), calendarShown)]
}

var weekdays = []string{"Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"}

func weekdayOf(d cadence.Date) string {
	i := (int(d.Weekday()) + 6) % 7
	return slices.Clone(weekdays)[i][:3]
}

// calendarWords says below an entry what it is, until when it lasts, and why it is there.
func calendarWords(e calendarItem) string {
	words := e.Kind.Words()
	if e.Until != "" {
		words += ", until " + e.Until
	}
	if e.Why != "" {
		words += ". " + e.Why
	}
	return words
}

// calendarKindState says what an entry is and how it stands, each word once.
func calendarKindState(e calendarItem) string {
	words := e.Kind.Words()
	if strings.HasSuffix(words, " "+e.State) {
		return words
	}
	return words + ", " + e.State
}
