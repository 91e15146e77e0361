package conformance

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/control"
	"github.com/toucan-grc/toucan/internal/crosswalk"
	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/job"
	"github.com/toucan-grc/toucan/internal/people"
	"github.com/toucan-grc/toucan/internal/problem"
	"github.com/toucan-grc/toucan/internal/upload"
)

// longList is an inventory that is entered by a job.
func longList(n int) []byte {
	var b strings.Builder
	b.WriteString("Code,Control,Description,Requirements,Status\n")
	for i := range n {
		fmt.Fprintf(&b, "LX-%04d,Control number %d,Somebody looks after matter %d.,ISO 27001 A.5.%d,Operated\n", i, i, i, 1+i%37)
	}
	return []byte(b.String())
}

// work starts a server's worth of jobs that ends with the test.
func (h *house) work(t testing.TB, run func(ctx context.Context, who access.Actor, k job.Task[crosswalk.ImportWork]) error) {
	t.Helper()
	if run == nil {
		run = func(ctx context.Context, who access.Actor, k job.Task[crosswalk.ImportWork]) error {
			return h.importer.Run(ctx, who, k, now)
		}
	}
	job.Handle(h.runner, access.AsMember(h.access, run))
	must(t, h.runner.Start(t.Context()))
	t.Cleanup(func() { must(t, h.runner.Stop(context.Background())) })
}

// confirm uploads a list and confirms it.
func (h *house) confirm(t testing.TB, who access.Actor, data []byte) crosswalk.Outcome {
	t.Helper()
	id, err := h.uploads.Put(t.Context(), who, upload.Controls, "list.csv", data, now)
	must(t, err)
	c, err := h.importer.Confirm(t.Context(), who, id, nil, now)
	must(t, err)
	return c
}

// until waits for a job to be over, or to come into one of the states.
func (h *house) until(t testing.TB, who access.Actor, id int64, states ...job.State) job.Job {
	t.Helper()
	for range 6000 {
		j, err := h.jobs.Find(t.Context(), who, id)
		must(t, err)
		for _, s := range states {
			if j.State == s {
				return j
			}
		}
		if j.State.Over() {
			t.Fatalf("the job is %s: %s", j.State, j.Why)
		}
		time.Sleep(5 * time.Millisecond)
	}
	t.Fatal("the job is never over")
	return job.Job{}
}

func TestAShortListIsEnteredAtOnce(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		who := h.actors[access.Manager]
		c := h.confirm(t, who, longList(crosswalk.LongImport))
		if c.Job != 0 || len(c.Result.Created) != crosswalk.LongImport || c.Unfollowed != nil {
			t.Errorf("%d controls: job %d, %d entered, %v", crosswalk.LongImport, c.Job, len(c.Result.Created), c.Unfollowed)
		}
		if n := h.rows(t, who.Org())["upload"]; n != 0 {
			t.Errorf("%d uploads are left", n)
		}
		enabled, err := h.links.Frameworks(t.Context(), who, now)
		if must(t, err); len(enabled) != 1 {
			t.Errorf("%d frameworks are followed, want the one the list speaks of", len(enabled))
		}
	})
}

func TestALongListIsEnteredByAJob(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		who := h.actors[access.Manager]
		n := crosswalk.LongImport + 1
		c := h.confirm(t, who, longList(n))
		if c.Job == 0 || h.rows(t, who.Org())["control"] != 0 {
			t.Fatalf("confirmed: %+v, want a job and nothing entered yet", c)
		}
		var mu sync.Mutex
		var seen []string
		h.work(t, func(ctx context.Context, who access.Actor, k job.Task[crosswalk.ImportWork]) error {
			report := k.Report
			k.Report = func(words string, done, total int) {
				mu.Lock()
				if len(seen) == 0 || seen[len(seen)-1] != words {
					seen = append(seen, words)
				}
				mu.Unlock()
				if done > total {
					t.Errorf("%s: %d of %d", words, done, total)
				}
				report(words, done, total)
			}
			return h.importer.Run(ctx, who, k, now)
		})
		j := h.until(t, who, c.Job, job.Done)
		want := fmt.Sprintf("%d entered, 0 changed, 0 as they were, %d links.", n, n)
		if j.Progress.Said != want || j.Account != who.Account() {
			t.Errorf("the job of %s says %q, want %q", j.Account, j.Progress.Said, want)
		}
		if got := strings.Join(seen, ", "); got != "Reading the file, Controls entered, Links set, Being stored" {
			t.Errorf("it reported %q", got)
		}
		rows := h.rows(t, who.Org())
		if rows["control"] != n || rows["link"] != n || rows["import_run"] != 1 {
			t.Errorf("the tables hold %v", rows)
		}
		must(t, h.log.Verify(t.Context(), h.d, who.Org()))

		again := h.confirm(t, who, longList(n))
		j = h.until(t, who, again.Job, job.Done)
		if want := fmt.Sprintf("0 entered, 0 changed, %d as they were, 0 links.", n); j.Progress.Said != want {
			t.Errorf("importing twice says %q, want %q", j.Progress.Said, want)
		}
	})
}

func TestConfirmingTwiceQueuesOneJob(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		who := h.actors[access.Manager]
		id, err := h.uploads.Put(t.Context(), who, upload.Controls, "list.csv", longList(600), now)
		must(t, err)
		var wg sync.WaitGroup
		jobs := make([]int64, 4)
		for i := range jobs {
			wg.Go(func() {
				c, err := h.importer.Confirm(t.Context(), who, id, nil, now)
				if err != nil {
					t.Error(err)
				}
				jobs[i] = c.Job
			})
		}
		wg.Wait()
		list, err := h.jobs.List(t.Context(), who, job.All, 0, 10)
		if must(t, err); len(list) != 1 {
			t.Fatalf("%d jobs, want 1", len(list))
		}
		for _, n := range jobs {
			if n != list[0].ID {
				t.Errorf("somebody was sent to job %d, want %d", n, list[0].ID)
			}
		}
		if err := h.uploads.Drop(t.Context(), who, upload.Controls, id); err != nil || h.rows(t, who.Org())["upload"] != 1 {
			t.Errorf("what is confirmed stays when it is dropped: %v", err)
		}
	})
}

func TestAListThatCannotBeEnteredQueuesNothing(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		who := h.actors[access.Manager]
		id, err := h.uploads.Put(t.Context(), who, upload.Controls, "list.csv", longList(5001), now)
		must(t, err)
		_, err = h.importer.Confirm(t.Context(), who, id, nil, now)
		if err == nil || problem.Of(err).Code != problem.Invalid {
			t.Errorf("5,001 controls: %v, want invalid", err)
		}
		n, err := h.jobs.Counts(t.Context(), who)
		if must(t, err); n[job.All] != 0 {
			t.Errorf("%d jobs were queued", n[job.All])
		}
	})
}

func TestTheJobOfARemovedMemberFails(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		who, admin := h.actors[access.Manager], h.actors[access.Administrator]
		removed := h.confirm(t, who, longList(600))
		must(t, h.access.RemoveMember(t.Context(), admin, who.Account(), now))
		before := h.rows(t, who.Org())
		h.work(t, nil)
		j := h.until(t, admin, removed.Job, job.Failed)
		if !strings.Contains(j.Why, "not a member") || j.Attempt != 1 {
			t.Errorf("after %d attempts it says %q", j.Attempt, j.Why)
		}
		if after := h.rows(t, who.Org()); !maps.Equal(before, after) {
			t.Errorf("it wrote: %v, before %v", after, before)
		}
	})
}

func TestTheJobOfADemotedMemberFails(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		who, admin := h.actors[access.Manager], h.actors[access.Administrator]
		c := h.confirm(t, who, longList(600))
		must(t, h.access.SetRole(t.Context(), admin, who.Account(), access.Viewer, now))
		h.work(t, nil)
		if j := h.until(t, admin, c.Job, job.Failed); !strings.Contains(j.Why, "viewer, may not import") {
			t.Errorf("it says %q", j.Why)
		}
		must(t, h.access.SetRole(t.Context(), admin, who.Account(), access.Manager, now))
		must(t, h.jobs.Retry(t.Context(), admin, c.Job))
		h.until(t, admin, c.Job, job.Done)
	})
}

func TestJobsOfAnotherOrganisation(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		c := h.confirm(t, h.actors[access.Manager], longList(600))
		list, err := h.jobs.List(t.Context(), h.other, job.All, 0, 10)
		must(t, err)
		n, err := h.jobs.Counts(t.Context(), h.other)
		must(t, err)
		if len(list) != 0 || n[job.All] != 0 {
			t.Errorf("two sees %d jobs and counts %v", len(list), n)
		}
		_, found := h.jobs.Find(t.Context(), h.other, c.Job)
		for what, err := range map[string]error{"find": found, "retry": h.jobs.Retry(t.Context(), h.other, c.Job), "cancel": h.jobs.Cancel(t.Context(), h.other, c.Job)} {
			if err == nil || problem.Of(err).Code != problem.NotFound {
				t.Errorf("%s: %v, want not found", what, err)
			}
		}
	})
}

// TestAJobThatDiesAfterItsWorkSaysWhatItDid kills the server between the commit
// of an import and the note that the job is done.
func TestAJobThatDiesAfterItsWorkSaysWhatItDid(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		who := h.actors[access.Manager]
		c := h.confirm(t, who, longList(600))
		h.work(t, func(ctx context.Context, who access.Actor, k job.Task[crosswalk.ImportWork]) error {
			if err := h.importer.Run(ctx, who, k, now); err != nil || k.Attempt > 1 {
				return err
			}
			return errors.New("the power went")
		})
		j := h.until(t, who, c.Job, job.Done)
		if !strings.HasPrefix(j.Progress.Said, "600 entered, 0 changed") || j.Attempt != 2 {
			t.Errorf("after %d attempts it says %q", j.Attempt, j.Progress.Said)
		}
		if n := h.rows(t, who.Org())["import_run"]; n != 1 {
			t.Errorf("%d imports are recorded, want 1", n)
		}
	})
}

// TestACancelledImportLeavesNothing cancels while rows are being written.
func TestACancelledImportLeavesNothing(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		who := h.actors[access.Manager]
		c := h.confirm(t, who, longList(2000))
		before := h.rows(t, who.Org())
		under := make(chan struct{})
		var once sync.Once
		h.work(t, func(ctx context.Context, who access.Actor, k job.Task[crosswalk.ImportWork]) error {
			report := k.Report
			k.Report = func(words string, done, total int) {
				report(words, done, total)
				if words == "Links set" && done > 0 {
					once.Do(func() { close(under) })
					<-ctx.Done()
				}
			}
			return h.importer.Run(ctx, who, k, now)
		})
		<-under
		if j, err := h.jobs.Find(t.Context(), who, c.Job); err != nil || j.State != job.Running || j.Progress.Total != 2000 {
			t.Errorf("while it writes, the page sees %+v, %v", j, err)
		}
		must(t, h.jobs.Cancel(t.Context(), who, c.Job))
		h.until(t, who, c.Job, job.Cancelled)
		if after := h.rows(t, who.Org()); !maps.Equal(before, after) {
			t.Errorf("it left %v, before %v", after, before)
		}
		must(t, h.log.Verify(t.Context(), h.d, who.Org()))
	})
}

func TestUploadsBelongToWhoSentThem(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		who, ctx := h.actors[access.Manager], t.Context()
		id, err := h.uploads.Put(ctx, who, upload.Controls, "list.csv", []byte("a,b\n"), now)
		must(t, err)
		f, err := h.uploads.Open(ctx, who, upload.Controls, id, now)
		if must(t, err); string(f.Data) != "a,b\n" || f.Name != "list.csv" || f.Job != 0 {
			t.Errorf("it came back as %+v", f)
		}
		for name, try := range map[string]func() error{
			"somebody else": func() error {
				_, err := h.uploads.Open(ctx, h.actors[access.Administrator], upload.Controls, id, now)
				return err
			},
			"another house":   func() error { _, err := h.uploads.Open(ctx, h.other, upload.Controls, id, now); return err },
			"another purpose": func() error { _, err := h.uploads.Open(ctx, who, upload.People, id, now); return err },
			"after two hours": func() error {
				_, err := h.uploads.Open(ctx, who, upload.Controls, id, now.Add(2*time.Hour))
				return err
			},
			"under a bad name": func() error { _, err := h.uploads.Open(ctx, who, upload.Controls, "../x\x00", now); return err },
		} {
			if err := try(); err == nil || problem.Of(err).Code != problem.NotFound {
				t.Errorf("%s: %v, want not found", name, err)
			}
		}
		must(t, h.uploads.Sweep(ctx, who.Org(), now.Add(time.Hour)))
		if n := h.rows(t, who.Org())["upload"]; n != 1 {
			t.Errorf("%d uploads after an hour, want 1", n)
		}
		must(t, h.uploads.Sweep(ctx, who.Org(), now.Add(2*time.Hour)))
		if n := h.rows(t, who.Org())["upload"]; n != 0 {
			t.Errorf("%d uploads after two hours, want none", n)
		}
	})
}

func TestRoomForUploadsEnds(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		who := h.actors[access.Manager]
		var err error
		n := 0
		for ; err == nil && n <= 100; n++ {
			_, err = h.uploads.Put(t.Context(), who, upload.Controls, "list.csv", []byte("a,b\n"), now)
		}
		if err == nil || problem.Of(err).Code != problem.Conflict || n != 101 {
			t.Errorf("file %d: %v, want a conflict at the 101st", n, err)
		}
		if _, err := h.uploads.Put(t.Context(), h.other, upload.Controls, "list.csv", []byte("a,b\n"), now); err != nil {
			t.Errorf("another organisation: %v", err)
		}
	})
}

func TestCleaningRemovesWhatIsOver(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		sessions := func() (n int) {
			must(t, h.d.Read(t.Context(), "", func(tx *db.Tx) error {
				return tx.QueryRow(context.Background(), `SELECT count(*) FROM session`).Scan(&n)
			}))
			return n
		}
		_, err := h.access.SignInLink(t.Context(), h.admin.ID, now)
		must(t, err)
		all := sessions()
		must(t, h.access.Sweep(t.Context(), now.Add(5*time.Minute)))
		if n := sessions(); n != all {
			t.Errorf("%d of %d are left after five minutes; all are good", n, all)
		}
		must(t, h.access.Sweep(t.Context(), now.Add(11*time.Minute)))
		if n := sessions(); n != all-1 {
			t.Errorf("%d of %d are left after eleven minutes, want all but the link", n, all)
		}
		must(t, h.access.Sweep(t.Context(), now.Add(12*time.Hour)))
		if n := sessions(); n != 0 {
			t.Errorf("%d are left after twelve idle hours, want none", n)
		}
		var orgs []string
		must(t, h.access.EachOrganisation(t.Context(), func(org string) error { orgs = append(orgs, org); return nil }))
		if len(orgs) != 2 {
			t.Errorf("%d organisations were gone through, want 2", len(orgs))
		}
	})
}

func TestPlanOfFindsOwners(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		who := h.actors[access.Manager]
		p, err := h.people.Add(t.Context(), who, people.Person{Name: "Ada Quist"}, now)
		must(t, err)
		c := h.confirm(t, who, []byte("Code,Control,Owner\nOW-1,Looked after,Ada Quist\nOW-2,Left alone,Somebody Unknown\n"))
		if len(c.Result.Created) != 2 {
			t.Fatalf("entered %+v", c.Result)
		}
		list, err := h.controls.List(t.Context(), who, control.Filter{})
		must(t, err)
		for _, x := range list {
			want := map[string]string{"OW-1": p.ID}[x.Code]
			if x.Owner != want {
				t.Errorf("%s belongs to %q, want %q", x.Code, x.Owner, want)
			}
		}
	})
}
