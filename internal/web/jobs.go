package web

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/crosswalk"
	"github.com/toucan-grc/toucan/internal/job"
	"github.com/toucan-grc/toucan/internal/people"
	"github.com/toucan-grc/toucan/internal/problem"
	"github.com/toucan-grc/toucan/internal/trail"
	"github.com/toucan-grc/toucan/internal/upload"
)

const jobsOnPage = 25

func jobPath(slug string, id int64) string {
	return orgPath(slug, "jobs", strconv.FormatInt(id, 10))
}

// jobView is a job with the words a page needs.
type jobView struct {
	job.Job
	By    string                  // who asked for it
	File  string                  // name of the file it works off, or empty
	Did   *crosswalk.ImportResult // what an import did, once it is done
	Took  string                  // "1.2 s", or empty before it began
	About string                  // one sentence about where it stands
	To    string
}

// jobsPage is the list of jobs.
type jobsPage struct {
	frame
	Group   job.Group
	Pills   []pill
	Jobs    []jobView
	All     int
	Newest  string // address of the first page, or empty on it
	Older   string // address of the next page, or empty on the last
	Address string // of this page
	Moving  bool   // something on it changes by itself
	Manage  bool
}

// getJobs lists the background work: GET /o/{org}/jobs?group=&before=
func (s *Server) getJobs(w http.ResponseWriter, r *http.Request, who visitor) error {
	group := job.Group(r.FormValue("group"))
	before, _ := strconv.ParseInt(r.FormValue("before"), 10, 64)
	list, err := s.jobs.List(r.Context(), who.Actor, group, before, jobsOnPage+1)
	if err != nil {
		return err
	}
	counts, err := s.jobs.Counts(r.Context(), who.Actor)
	if err != nil {
		return err
	}
	p := jobsPage{Group: group, All: counts[job.All], Manage: who.Can(access.ManageJobs), Moving: counts[job.AtWork] > 0}
	path := orgPath(who.Slug(), "jobs")
	p.Address = query(path, "group", string(group), "before", r.FormValue("before"))
	if before > 0 {
		p.Newest = query(path, "group", string(group))
	}
	if len(list) > jobsOnPage {
		list = list[:jobsOnPage]
		p.Older = query(path, "group", string(group), "before", strconv.FormatInt(list[jobsOnPage-1].ID, 10))
	}
	if p.Jobs, err = s.jobViews(r, who, list); err != nil {
		return err
	}
	for _, g := range job.Groups() {
		p.Pills = append(p.Pills, pill{Text: groupWords(g), To: query(path, "group", string(g)), N: counts[g], On: g == group})
	}
	p.frame = s.frame(w, r, who, "jobs", "Jobs")
	p.Again = p.Moving
	return s.render(w, r, http.StatusOK, showJobs(p))
}

// jobPage is one job.
type jobPage struct {
	frame
	Job    jobView
	Manage bool
}

// getJob shows one job, and how far it is: GET /o/{org}/jobs/{job}.
func (s *Server) getJob(w http.ResponseWriter, r *http.Request, who visitor) error {
	j, err := s.jobs.Find(r.Context(), who.Actor, jobID(r))
	if err != nil {
		return err
	}
	views, err := s.jobViews(r, who, []job.Job{j})
	if err != nil {
		return err
	}
	p := jobPage{Job: views[0], Manage: who.Can(access.ManageJobs)}
	p.frame = s.frame(w, r, who, "jobs", jobWords(j.Kind), crumb{"Jobs", orgPath(who.Slug(), "jobs")})
	p.Again = !j.State.Over()
	return s.render(w, r, http.StatusOK, showJob(p))
}

// jobID is the number in the address; what is no number is no job.
func jobID(r *http.Request) int64 {
	id, err := strconv.ParseInt(r.PathValue("job"), 10, 64)
	if err != nil {
		return 0
	}
	return id
}

// postRetryJob begins a job anew: POST /o/{org}/jobs/{job}/retry.
func (s *Server) postRetryJob(w http.ResponseWriter, r *http.Request, who visitor) error {
	id := jobID(r)
	if err := s.jobs.Retry(r.Context(), who.Actor, id); err != nil {
		return err
	}
	return back(w, r, jobPath(who.Slug(), id), "")
}

// postCancelJob ends a job: POST /o/{org}/jobs/{job}/cancel.
func (s *Server) postCancelJob(w http.ResponseWriter, r *http.Request, who visitor) error {
	id := jobID(r)
	if err := s.jobs.Cancel(r.Context(), who.Actor, id); err != nil {
		return err
	}
	return back(w, r, jobPath(who.Slug(), id), "")
}

// jobViews finds the words for jobs.
func (s *Server) jobViews(r *http.Request, who visitor, list []job.Job) ([]jobView, error) {
	if len(list) == 0 {
		return nil, nil
	}
	names, err := s.jobs.Names(r.Context(), who.Actor)
	if err != nil {
		return nil, err
	}
	now := s.Now()
	out := make([]jobView, len(list))
	for i, j := range list {
		v := jobView{Job: j, By: names[j.Account], To: jobPath(who.Slug(), j.ID), About: about(j, now)}
		if took := j.Took(now); took > 0 {
			v.Took = durationWords(took)
		}
		if j.Kind == (crosswalk.ImportWork{}).Kind() || j.Kind == (people.ImportWork{}).Kind() {
			var work crosswalk.ImportWork
			if err := json.Unmarshal(j.Work, &work); err != nil {
				return nil, fmt.Errorf("read the work of job %d: %w", j.ID, err)
			}
			f, err := s.uploads.Look(r.Context(), who.Actor, work.Upload, now)
			if err != nil && problem.Of(err).Code != problem.NotFound {
				return nil, err
			}
			v.File = f.Name
			if f.Result != "" && j.State == job.Done && f.Purpose == upload.Controls {
				if err := json.Unmarshal([]byte(f.Result), &v.Did); err != nil {
					return nil, fmt.Errorf("read the result of job %d: %w", j.ID, err)
				}
			}
		}
		out[i] = v
	}
	return out, nil
}

// importsUnderWay returns the imports that wait or run, for those who see jobs.
func (s *Server) importsUnderWay(r *http.Request, who visitor) ([]jobView, error) {
	if !who.Can(access.ViewJobs) {
		return nil, nil
	}
	list, err := s.jobs.List(r.Context(), who.Actor, job.AtWork, 0, jobsOnPage)
	if err != nil {
		return nil, err
	}
	list = slices.DeleteFunc(list, func(j job.Job) bool { return j.Kind != (crosswalk.ImportWork{}).Kind() })
	return s.jobViews(r, who, list)
}

// about says in one sentence where a job stands.
func about(j job.Job, now time.Time) string {
	switch j.State {
	case job.Waiting:
		if j.Attempt > 0 {
			return "It begins again in a moment."
		}
		return "It begins as soon as a worker is free."
	case job.Running:
		if j.Progress.Words == "" {
			return "It has begun."
		}
		return j.Progress.Words + "."
	case job.Scheduled:
		return "It begins " + moment(j.DueAt, now) + "."
	case job.Retrying:
		return fmt.Sprintf("Attempt %d of %d failed. It is tried again %s.", j.Attempt, j.Attempts, moment(j.DueAt, now))
	case job.Done:
		if j.Progress.Said != "" {
			return j.Progress.Said
		}
		return "It is done."
	case job.Cancelled:
		return "It was cancelled. What it had not finished is undone."
	case job.Failed:
	}
	return j.Why
}

// moment says when something is to come.
func moment(at, now time.Time) string {
	switch d := at.Sub(now).Round(time.Second); {
	case d < 2*time.Second:
		return "in a moment"
	case d < time.Hour:
		return "in " + durationWords(d)
	}
	return "on " + stamp(at)
}

func stamp(at time.Time) string {
	if at.IsZero() {
		return "–"
	}
	return at.UTC().Format("2 Jan 2006, 15:04 UTC")
}

// durationWords writes "0.4 s", "12 s", "3 min 20 s" or "2 h 5 min".
func durationWords(d time.Duration) string {
	switch {
	case d < 10*time.Second:
		return strconv.FormatFloat(d.Round(100*time.Millisecond).Seconds(), 'f', 1, 64) + " s"
	case d < time.Minute:
		return strconv.Itoa(int(d.Seconds())) + " s"
	case d < time.Hour:
		return fmt.Sprintf("%d min %d s", int(d.Minutes()), int(d.Seconds())%60)
	}
	return fmt.Sprintf("%d h %d min", int(d.Hours()), int(d.Minutes())%60)
}

func jobWords(kind string) string {
	switch kind {
	case people.ImportWork{}.Kind():
		return "Import of people"
	case crosswalk.ImportWork{}.Kind():
		return "Import of controls"
	case trail.Tend{}.Kind():
		return "Stamp and send a checkpoint"
	}
	return upperFirst(kind)
}

func groupWords(g job.Group) string {
	switch g {
	case job.AtWork:
		return "Running or waiting"
	case job.ToCome:
		return "Scheduled"
	case job.GivenUp:
		return "Failed"
	case job.Completed:
		return "Finished"
	case job.All:
	}
	return "All"
}

// stateMark is the shape of a state; its word stands beside it.
func stateMark(s job.State) string {
	switch s {
	case job.Running:
		return "info"
	case job.Done:
		return "good"
	case job.Failed:
		return "bad"
	case job.Retrying:
		return "warn"
	case job.Waiting, job.Scheduled, job.Cancelled:
	}
	return "unknown"
}
