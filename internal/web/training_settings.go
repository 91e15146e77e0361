package web

import (
	"cmp"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/toucan-grc/toucan/internal/problem"
	"github.com/toucan-grc/toucan/internal/training"
)

// trainingSettingsPage is how each training is completed, and what leads to providers.
type trainingSettingsPage struct {
	frame
	Tracks      []training.Chosen
	Connections []training.Connection
	Names       map[string]string // of connections, by id
	Files       []training.Run
	Now         time.Time
}

// getTrainingSettings shows it: GET /o/{org}/settings/training.
func (s *Server) getTrainingSettings(w http.ResponseWriter, r *http.Request, who visitor) error {
	p := trainingSettingsPage{Now: s.Now()}
	var err error
	if p.Tracks, err = s.Training.Settings(r.Context(), who.Actor, s.Now()); err != nil {
		return err
	}
	if p.Connections, err = s.Connections.All(r.Context(), who.Actor); err != nil {
		return err
	}
	if p.Files, err = s.Connections.Runs(r.Context(), who.Actor, ""); err != nil {
		return err
	}
	p.Names = connectionNames(p.Connections)
	p.frame = s.settingsFrame(w, r, who, "Training")
	return s.render(w, r, http.StatusOK, trainingSettings(p))
}

func connectionNames(list []training.Connection) map[string]string {
	out := map[string]string{}
	for _, c := range list {
		out[c.ID] = c.Name
	}
	return out
}

// trainingTrackPage is the form of one training, and what saving it would change.
type trainingTrackPage struct {
	frame
	Now         training.Chosen
	Typed       trainingTyped
	Connections []option
	Preview     *training.Preview // nil on first view
	Problem     *problem.Error
}

// trainingTyped is the form as typed.
type trainingTyped struct {
	Track                                                        training.Track
	Method, Link, Reason, Provider, Renewal, Month, Day, DueDays string
}

func typedOf(c training.Setting) trainingTyped {
	t := trainingTyped{Track: c.Track, Method: string(c.Method), Link: c.Link, Reason: c.Reason, Provider: c.Provider, Renewal: string(c.Renewal.Kind), DueDays: strconv.Itoa(c.DueDays)}
	if c.Renewal.Kind == training.OnOneDate {
		t.Month, t.Day = strconv.Itoa(int(c.Renewal.Month)), strconv.Itoa(c.Renewal.Day)
	}
	return t
}

// setting is the form as a setting; what is no number becomes one that is refused.
func (t trainingTyped) setting() training.Setting {
	number := func(text string, empty int) int {
		if text == "" {
			return empty
		}
		n, err := strconv.Atoi(text)
		if err != nil {
			return -1
		}
		return n
	}
	return training.Setting{Track: t.Track, Method: training.Method(t.Method), Link: t.Link, Reason: t.Reason, Provider: t.Provider, DueDays: number(t.DueDays, 0),
		Renewal: training.Renewal{Kind: training.RenewalKind(t.Renewal), Month: time.Month(number(t.Month, 0)), Day: number(t.Day, 0)}}
}

// getTrainingTrack shows the form: GET /o/{org}/settings/training/tracks/{track}.
func (s *Server) getTrainingTrack(w http.ResponseWriter, r *http.Request, who visitor) error {
	c, err := s.chosenTrack(r, who)
	if err != nil {
		return err
	}
	return s.showTrainingTrack(w, r, who, http.StatusOK, trainingTrackPage{Now: c, Typed: typedOf(c.Setting)})
}

func (s *Server) chosenTrack(r *http.Request, who visitor) (training.Chosen, error) {
	list, err := s.Training.Settings(r.Context(), who.Actor, s.Now())
	if err != nil {
		return training.Chosen{}, err
	}
	i := slices.IndexFunc(list, func(c training.Chosen) bool { return string(c.Track) == r.PathValue("track") })
	if i < 0 {
		return training.Chosen{}, problem.New(problem.NotFound, "There is no such training here. HIPAA and AI training appear once their framework is followed.")
	}
	return list[i], nil
}

func (s *Server) showTrainingTrack(w http.ResponseWriter, r *http.Request, who visitor, status int, p trainingTrackPage) error {
	list, err := s.Connections.All(r.Context(), who.Actor)
	if err != nil {
		return err
	}
	p.Connections = []option{{"", "Choose a connection"}}
	for _, c := range list {
		p.Connections = append(p.Connections, option{c.ID, c.Name + " (" + c.Kind.Label() + ")"})
	}
	p.frame = s.settingsFrame(w, r, who, "Training")
	p.Crumbs = append(p.Crumbs[:len(p.Crumbs)-1], crumb{"Training", p.path("settings", "training")}, crumb{Text: p.Now.Track.Label()})
	p.Title = p.Now.Track.Label()
	return s.render(w, r, status, trainingTrack(p))
}

// postTrainingTrack shows what the form would change, or, once that was read, saves
// it: POST /o/{org}/settings/training/tracks/{track}.
func (s *Server) postTrainingTrack(w http.ResponseWriter, r *http.Request, who visitor) error {
	c, err := s.chosenTrack(r, who)
	if err != nil {
		return err
	}
	p := trainingTrackPage{Now: c, Typed: trainingTyped{c.Track, r.FormValue("method"), r.FormValue("link"), r.FormValue("reason"), r.FormValue("provider"), r.FormValue("renewal"), r.FormValue("month"), r.FormValue("day"), r.FormValue("due_days")}}
	next := p.Typed.setting()
	if next.Method == training.Connected && next.Provider == "" {
		err = problem.Field("provider", "Choose the connection that reports who is through. If there is none yet, make one first.")
	}
	if err == nil && r.FormValue("flips") != "" {
		n, _ := strconv.Atoi(r.FormValue("flips"))
		if err = s.Training.Change(r.Context(), who.Actor, next, n, s.Now()); err == nil {
			return back(w, r, orgPath(who.Slug(), "settings", "training"), c.Track.Label()+": saved. It holds from now on.")
		}
	}
	if err == nil || problem.Of(err).Code == problem.Conflict { // it changed since: show it again
		var preview training.Preview
		again := err
		if preview, err = s.Training.Preview(r.Context(), who.Actor, next, s.Now()); err == nil {
			p.Preview = &preview
			status := http.StatusOK
			if again != nil {
				p.Problem, status = problem.Of(again), http.StatusConflict
			}
			return s.showTrainingTrack(w, r, who, status, p)
		}
	}
	if p.Problem = problem.Of(err); p.Problem.Code != problem.Invalid {
		return err
	}
	return s.showTrainingTrack(w, r, who, http.StatusUnprocessableEntity, p)
}

// methodAbout says what a way asks of whom.
func methodAbout(m training.Method) string {
	switch m {
	case training.Embedded:
		return "Everybody gets a task, takes the course here and gets a certificate. Nothing has to be filed."
	case training.Connected:
		return "A provider reports who is through. Campaigns, enrolment and completion there decide."
	case training.ByPerson:
		return "Everybody gets a task and files a certificate of their own."
	case training.ByOrganiser:
		return "Nobody is asked. You file a certificate for each person, contractors too."
	case training.ExternalLink:
		return "Everybody gets a task with the link, and files the certificate of the course there."
	case training.OptedOut:
		return "Everything about this training disappears here. The reason stays in the log, and an auditor can ask for it."
	}
	return ""
}

var renewalOptions = []option{
	{string(training.AfterAYear), "12 months after each person's completion"},
	{string(training.OnOneDate), "On one date each year, for everybody"},
	{string(training.Never), "Only when somebody resets it"},
}

func monthOptions() []option {
	out := []option{{"", "Month"}}
	for m := time.January; m <= time.December; m++ {
		out = append(out, option{strconv.Itoa(int(m)), m.String()})
	}
	return out
}

// runWords is the outcome of a sync as a list has it.
func runWords(r training.Run) string {
	if r.BeganAt.IsZero() {
		return "never"
	}
	return stamp(r.BeganAt)
}

func runMark(r training.Run) (string, string) {
	switch {
	case r.BeganAt.IsZero():
		return "unknown", "not synced yet"
	case r.Fault != "" && r.Heard == 0:
		return "bad", "failed"
	case r.Fault != "":
		return "warn", "in part"
	}
	return "good", "done"
}

// providerWords names what a track is completed with.
func providerWords(c training.Chosen, names map[string]string) string {
	if c.Method != training.Connected {
		return c.Method.Label()
	}
	return "Provider: " + cmp.Or(names[c.Provider], "no connection is chosen")
}

func flipNames(p training.Preview, n int) (shown []string, more int) {
	for _, x := range p.Flips {
		if len(shown) == n {
			return shown, len(p.Flips) - n
		}
		shown = append(shown, x.Name)
	}
	return shown, 0
}

func trainingDays(c training.Setting) string { return fmt.Sprintf("%d days to do it", c.DueDays) }
