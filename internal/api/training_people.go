package api

import (
	"bytes"
	"context"
	"net/http"
	"strings"
	"time"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/cadence"
	"github.com/toucan-grc/toucan/internal/people"
	"github.com/toucan-grc/toucan/internal/problem"
	"github.com/toucan-grc/toucan/internal/training"
)

// Training is how one track runs.
type Training struct {
	Track   string     `json:"track" enum:"security,hipaa,ai"`
	Label   string     `json:"label"`
	Method  string     `json:"method" enum:"embedded,connected,by_person,by_organiser,external_link,opted_out" doc:"How it is completed, for the whole organisation."`
	Renewal string     `json:"renewal" enum:"never,after_a_year,on_one_date"`
	Month   int        `json:"month,omitempty" doc:"Of on_one_date."`
	Day     int        `json:"day,omitempty" doc:"Of on_one_date."`
	DueDays int        `json:"due_days" doc:"Days a joiner has, and whoever is asked again."`
	Link    string     `json:"link,omitempty" doc:"Of external_link."`
	Reason  string     `json:"reason,omitempty" doc:"Of opted_out; administrators alone see it."`
	Since   *time.Time `json:"since,omitempty" doc:"When it was chosen; left out while nobody chose."`
}

func trainingOf(c training.Chosen) Training {
	t := Training{Track: string(c.Track), Label: c.Track.Label(), Method: string(c.Method), Renewal: string(c.Renewal.Kind), Month: int(c.Renewal.Month), Day: c.Renewal.Day, DueDays: c.DueDays, Link: c.Link, Reason: c.Reason}
	if c.Chosen {
		t.Since = &c.At
	}
	return t
}

// Trainings are the tracks whose framework is followed.
type Trainings struct {
	Items []Training `json:"items"`
}

func listTrainings(s *Server, ctx context.Context, who access.Actor, _ *InOrg) (*oneOut[Trainings], error) {
	list, err := s.Training.Settings(ctx, who, s.Now())
	out := Trainings{Items: []Training{}}
	for _, c := range list {
		out.Items = append(out.Items, trainingOf(c))
	}
	return single(out, err)
}

// TrainingLine is how one person stands with a track.
type TrainingLine struct {
	Person      string     `json:"person" doc:"Id in the register."`
	Name        string     `json:"name"`
	Email       string     `json:"email,omitempty"`
	State       string     `json:"state" enum:"missing,unclear,due,done,excluded,paused" doc:"Only done is done: unclear is what a provider says that nobody can read."`
	Reason      string     `json:"reason"`
	Due         string     `json:"due,omitempty" doc:"Last day to do it." example:"2026-03-31"`
	CompletedAt *time.Time `json:"completed_at,omitempty" doc:"The newest completion that stands, of whatever round."`
	Until       *time.Time `json:"until,omitempty" doc:"When what is done is over by itself."`
}

func trainingLine(l training.Line) TrainingLine {
	out := TrainingLine{Person: l.Person.ID, Name: l.Person.Name, Email: l.Person.Email, State: string(l.State), Reason: l.Standing.Reason, Due: l.Standing.Due.String()}
	if l.State == people.Excluded {
		out.Reason = l.Exclusion.Reason
	}
	if !l.Last.At.IsZero() {
		out.CompletedAt = &l.Last.At
	}
	if l.Standing.State == people.Done && !l.Standing.Until.IsZero() {
		out.Until = &l.Standing.Until
	}
	return out
}

// InTrack names a track in the address.
type InTrack struct {
	InOrg
	Track string `path:"track" enum:"security,hipaa,ai"`
}

func listTraining(s *Server, ctx context.Context, who access.Actor, in *struct {
	InTrack
	InPage
	State string `query:"state" enum:"missing,unclear,due,done,excluded,paused" doc:"Only those in this state."`
	Text  string `query:"text" maxLength:"200" doc:"Only those with this in name or e-mail address."`
}) (*listOut[TrainingLine], error) {
	p, err := s.Training.ProgressOf(ctx, who, training.Track(in.Track), training.Pick{State: people.State(in.State), Text: in.Text, Limit: -1}, s.Now())
	if err != nil {
		return nil, err
	}
	var list []TrainingLine
	place := map[string]int{}
	for i, l := range p.Rows {
		place[l.Person.ID] = i
		list = append(list, trainingLine(l))
	}
	return paged(in.InPage, list, "training "+in.Track+" "+in.State+" "+strings.ToLower(in.Text), func(l TrainingLine) string { return l.Person }, func(a, b string) int { return place[a] - place[b] })
}

// Completion is one training of one person, done.
type Completion struct {
	ID       string    `json:"id"`
	Track    string    `json:"track"`
	Method   string    `json:"method"`
	Course   string    `json:"course,omitempty"`
	Version  string    `json:"version,omitempty" doc:"Of a course that ships with Toucan."`
	Score    int       `json:"score,omitempty" doc:"Per cent; left out when none was reported."`
	At       time.Time `json:"at"`
	HeardAt  time.Time `json:"heard_at" doc:"When Toucan learnt of it."`
	Evidence string    `json:"evidence,omitempty" doc:"Id of the evidence that shows it."`
	Void     string    `json:"void,omitempty" doc:"Why it does not count any more."`
}

func completionOf(c training.Completion) Completion {
	return Completion{c.ID, string(c.Track), string(c.Method), c.Course, c.Version, c.Score, c.At, c.HeardAt, c.Evidence, c.VoidWhy}
}

// TrainingReset is one time somebody was asked again.
type TrainingReset struct {
	Track  string    `json:"track"`
	At     time.Time `json:"at"`
	By     string    `json:"by,omitempty" doc:"Id of the account; left out for the renewal of the track."`
	Reason string    `json:"reason"`
	Due    string    `json:"due"`
}

// PersonTraining is all that is known of one person's training.
type PersonTraining struct {
	Tracks      []TrackStanding `json:"tracks"`
	Completions []Completion    `json:"completions" doc:"The newest first."`
	Resets      []TrainingReset `json:"resets" doc:"The newest first."`
}

// TrackStanding is how a person stands with one track.
type TrackStanding struct {
	Check  string     `json:"check" example:"people.training-security"`
	State  string     `json:"state"`
	Reason string     `json:"reason,omitempty"`
	Due    string     `json:"due,omitempty"`
	Until  *time.Time `json:"until,omitempty"`
}

func getTraining(s *Server, ctx context.Context, who access.Actor, in *InPerson) (*oneOut[PersonTraining], error) {
	h, err := s.Training.HistoryOf(ctx, who, in.Person, s.Now())
	out := PersonTraining{Tracks: []TrackStanding{}, Completions: []Completion{}, Resets: []TrainingReset{}}
	for _, x := range h.Standings {
		t := TrackStanding{Check: string(x.Check), State: string(x.State), Reason: x.Reason, Due: x.Due.String()}
		if x.State == people.Done && !x.Until.IsZero() {
			t.Until = &x.Until
		}
		out.Tracks = append(out.Tracks, t)
	}
	for _, c := range h.Completions {
		out.Completions = append(out.Completions, completionOf(c))
	}
	for _, r := range h.Resets {
		out.Resets = append(out.Resets, TrainingReset{string(r.Track), r.At, r.By, r.Reason, r.Due.String()})
	}
	return single(out, err)
}

// TrainingAsking asks people again who have completed a track.
type TrainingAsking struct {
	People []string `json:"people,omitempty" maxItems:"50000" doc:"Ids in the register; left out with all."`
	All    bool     `json:"all,omitempty" doc:"Everybody who has completed it."`
	Reason string   `json:"reason" minLength:"1" maxLength:"300" doc:"It stays in the history."`
}

// TrainingAsked says who is asked again.
type TrainingAsked struct {
	People []string `json:"people" doc:"Ids of those who had completed it. The others were asked already, and keep their day."`
}

func resetTraining(s *Server, ctx context.Context, who access.Actor, in *struct {
	InTrack
	InOnce
	Body TrainingAsking
}) (*oneOut[TrainingAsked], error) {
	list, err := s.Training.Reset(ctx, who, training.Asking{Track: training.Track(in.Track), People: in.Body.People, All: in.Body.All, Reason: in.Body.Reason}, s.Now())
	out := TrainingAsked{People: []string{}}
	for _, p := range list {
		out.People = append(out.People, p.ID)
	}
	return single(out, err)
}

// paperLimit is a certificate of 25 MB in base64, and the rest.
const paperLimit = 36 << 20

// TrainingPaper is a certificate filed on behalf of somebody.
type TrainingPaper struct {
	Person      string `json:"person" maxLength:"100" doc:"Id in the register."`
	On          string `json:"on" maxLength:"10" doc:"When it was completed, as the certificate says." example:"2026-03-10"`
	Course      string `json:"course,omitempty" maxLength:"200"`
	FileName    string `json:"file_name" minLength:"1" maxLength:"300" example:"certificate.pdf"`
	Certificate []byte `json:"certificate" doc:"The file in base64, up to 25 MB."`
}

// TrainingFiled is what came of it.
type TrainingFiled struct {
	Completion
	Warning string `json:"warning,omitempty" doc:"What an auditor will ask about."`
}

func fileTraining(s *Server, ctx context.Context, who access.Actor, in *struct {
	InTrack
	InOnce
	Body TrainingPaper
}) (*createdOut[TrainingFiled], error) {
	on, err := cadence.ParseDate(in.Body.On)
	if err != nil {
		return nil, refuse(http.StatusUnprocessableEntity, problem.Invalid, "This is not a date. It looks like 2026-03-10.")
	}
	file, err := s.Training.KeepPaper(ctx, who, in.Body.FileName, bytes.NewReader(in.Body.Certificate), s.Now())
	if err != nil {
		return nil, err
	}
	f, err := s.Training.File(ctx, who, training.Paper{Person: in.Body.Person, Track: training.Track(in.Track), On: on, Course: in.Body.Course, File: file}, s.Now())
	return fresh(TrainingFiled{completionOf(f.Completion), f.Warn}, address(who, "people", in.Body.Person, "training"), err)
}
