package job

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"

	"github.com/toucan-grc/toucan/internal/problem"
)

// State is where a job stands.
type State string

const (
	Waiting   State = "waiting"   // for a free hand
	Running   State = "running"   // at work
	Scheduled State = "scheduled" // for a moment to come
	Retrying  State = "retrying"  // failed, and is tried again at a moment to come
	Done      State = "done"
	Failed    State = "failed"    // and is not tried again
	Cancelled State = "cancelled" // by a person
)

// Over reports whether the job is left alone from now on.
func (s State) Over() bool { return s == Done || s == Failed || s == Cancelled }

// Group is a part of the list of jobs.
type Group string

const (
	All       Group = ""
	AtWork    Group = "running"   // Running and Waiting
	ToCome    Group = "scheduled" // Scheduled and Retrying
	GivenUp   Group = "failed"    // Failed
	Completed Group = "finished"  // Done and Cancelled
)

// Groups returns the parts in the order a page shows them.
func Groups() []Group { return []Group{All, AtWork, ToCome, GivenUp, Completed} }

// River writes this into a job that a person cancels; without it, a cancelled
// job is one whose handler said that trying again would not help.
const byPerson = `metadata ->> 'cancel_attempted_at'`

// where picks the jobs of a group; the words are River's.
var where = map[Group]string{
	All:       `1 = 1`,
	AtWork:    `state IN ('running', 'available', 'pending')`,
	ToCome:    `state IN ('scheduled', 'retryable')`,
	GivenUp:   `(state = 'discarded' OR state = 'cancelled' AND ` + byPerson + ` IS NULL)`,
	Completed: `(state = 'completed' OR state = 'cancelled' AND ` + byPerson + ` IS NOT NULL)`,
}

// Job is one job as a page shows it.
type Job struct {
	ID       int64
	Kind     string
	Org      string
	Account  string // who asked for it, or empty
	Work     json.RawMessage
	State    State
	QueuedAt time.Time
	DueAt    time.Time // when it is or was to begin
	BegunAt  time.Time // of the last attempt; zero before the first
	EndedAt  time.Time // zero until State.Over
	Attempt  int       // 0 before the first
	Attempts int       // at most
	Why      string    // sentence about the last failure, or empty
	Progress Progress
}

// Took returns how long the last attempt took, or has taken so far.
func (j Job) Took(now time.Time) time.Duration {
	switch {
	case j.BegunAt.IsZero():
		return 0
	case j.State == Running:
		return now.Sub(j.BegunAt)
	case !j.EndedAt.IsZero():
		return j.EndedAt.Sub(j.BegunAt)
	}
	return 0
}

// CanRetry reports whether Retry would begin the job again.
func (j Job) CanRetry() bool {
	return j.State == Failed || j.State == Cancelled || j.State == Retrying || j.State == Scheduled
}

// CanCancel reports whether Cancel would end the job.
func (j Job) CanCancel() bool { return !j.State.Over() }

// List returns jobs of an organisation and of no other, the newest first: at
// most n, and with before set only those queued before that one.
func (r *Runner) List(ctx context.Context, org string, g Group, before int64, n int) ([]Job, error) {
	cond, ok := where[g]
	if !ok {
		return nil, problem.New(problem.NotFound, "There is no such list of jobs.")
	}
	p := river.NewJobListParams().OrderBy(river.JobListOrderByID, river.SortOrderDesc).First(n).
		Where(`args ->> 'org' = @org`, river.NamedArgs{"org": org}).Where(cond)
	if before > 0 {
		p = p.Where(`id < @before`, river.NamedArgs{"before": before})
	}
	if org == "" {
		return nil, errors.New("jobs of no organisation were asked for")
	}
	res, err := r.read.JobList(ctx, p)
	if err != nil {
		return nil, err
	}
	out := make([]Job, len(res.Jobs))
	for i, row := range res.Jobs {
		out[i] = r.job(row)
	}
	return out, nil
}

// Find returns one job of an organisation. A job of another one is a NotFound
// problem like one that never was.
func (r *Runner) Find(ctx context.Context, org string, id int64) (Job, error) {
	row, err := r.read.JobGet(ctx, id)
	if err != nil && !errors.Is(err, rivertype.ErrNotFound) {
		return Job{}, err
	}
	if err == nil {
		if j := r.job(row); j.Org == org && org != "" {
			return j, nil
		}
	}
	return Job{}, problem.New(problem.NotFound, "There is no such job here. Finished jobs are kept for a week, failed ones for a month.")
}

// Retry begins a job again now that failed, was cancelled or waits for its next
// attempt. It runs for the account that asked for it in the first place.
func (r *Runner) Retry(ctx context.Context, org string, id int64) error {
	j, err := r.Find(ctx, org, id)
	if err != nil {
		return err
	}
	if !j.CanRetry() {
		return problem.New(problem.Conflict, "This job is %s, so there is nothing to try again.", j.State)
	}
	_, err = r.write.JobRetry(ctx, id)
	return err
}

// Cancel ends a job. One that runs is told to stop; what it has written so far
// is rolled back with its transaction. One that ends before it hears of it stays
// as it ended.
func (r *Runner) Cancel(ctx context.Context, org string, id int64) error {
	j, err := r.Find(ctx, org, id)
	if err != nil {
		return err
	}
	if !j.CanCancel() {
		return problem.New(problem.Conflict, "This job is %s already.", j.State)
	}
	r.mu.Lock()
	if a := r.now[id]; a != nil {
		// before the database is asked: on SQLite the job may hold its only writer
		a.cancel(rivertype.ErrJobCancelledRemotely)
	}
	r.mu.Unlock()
	_, err = r.write.JobCancel(ctx, id)
	return err
}

// job turns River's row into ours.
func (r *Runner) job(row *rivertype.JobRow) Job {
	var e struct {
		Org, Account string
		Work         json.RawMessage
	}
	if err := json.Unmarshal(row.EncodedArgs, &e); err != nil {
		r.log.Error("read a job", "job", row.ID, "error", err)
	}
	j := Job{ID: row.ID, Kind: row.Kind, Org: e.Org, Account: e.Account, Work: e.Work, QueuedAt: row.CreatedAt.UTC(), DueAt: row.ScheduledAt.UTC(),
		Attempt: row.Attempt, Attempts: row.MaxAttempts, Progress: r.progressOf(row.ID, row.Output())}
	if row.AttemptedAt != nil {
		j.BegunAt = row.AttemptedAt.UTC()
	}
	if row.FinalizedAt != nil {
		j.EndedAt = row.FinalizedAt.UTC()
	}
	j.State = stateOf(row)
	if n := len(row.Errors); n > 0 && j.State != Done && j.State != Cancelled {
		j.Why = strings.TrimPrefix(row.Errors[n-1].Error, "JobCancelError: ")
	} else if j.State == Failed {
		j.Why = "The server stopped each time this job ran. Look at its log, then try the job again."
	}
	return j
}

func stateOf(row *rivertype.JobRow) State {
	switch row.State {
	case rivertype.JobStateRunning:
		return Running
	case rivertype.JobStateScheduled:
		return Scheduled
	case rivertype.JobStateRetryable:
		return Retrying
	case rivertype.JobStateCompleted:
		return Done
	case rivertype.JobStateDiscarded:
		return Failed
	case rivertype.JobStateCancelled:
		var m struct {
			At string `json:"cancel_attempted_at"`
		}
		if json.Unmarshal(row.Metadata, &m) == nil && m.At != "" {
			return Cancelled
		}
		return Failed
	case rivertype.JobStateAvailable, rivertype.JobStatePending:
	}
	return Waiting
}

// Counts returns how many jobs of an organisation are in each group; an empty
// org counts those of everybody, for the metrics.
func (r *Runner) Counts(ctx context.Context, org string) (map[Group]int, error) {
	query := `SELECT count(*)`
	for _, g := range Groups()[1:] {
		query += `, count(*) FILTER (WHERE ` + where[g] + `)`
	}
	query += ` FROM river_job`
	var args []any
	if org != "" {
		query += ` WHERE args ->> 'org' = $1`
		args = append(args, org)
	}
	_, reader := r.db.Pools()
	var n [5]int
	if err := reader.QueryRowContext(ctx, query, args...).Scan(&n[0], &n[1], &n[2], &n[3], &n[4]); err != nil {
		return nil, err
	}
	out := map[Group]int{}
	for i, g := range Groups() {
		out[g] = n[i]
	}
	return out, nil
}
