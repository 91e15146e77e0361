package web

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/crosswalk"
	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/db/dbtest"
	"github.com/toucan-grc/toucan/internal/job"
)

// longInventory is a list that is entered in the background.
func longInventory() []byte {
	var b strings.Builder
	b.WriteString("Code,Control,Requirements\n")
	for i := range crosswalk.LongImport + 100 {
		fmt.Fprintf(&b, "LX-%04d,Control number %d,SOC 2 CC%d.1\n", i, i, 1+i%8)
	}
	return []byte(b.String())
}

// queueLong uploads and confirms a long list, and returns the path of its job.
func (s *site) queueLong() string {
	s.t.Helper()
	a := s.upload("/o/meridian-cloud/import", "long.csv", longInventory())
	s.expect(a, http.StatusSeeOther)
	if p := s.get(a.To); !strings.Contains(p.Body, "entered in the background") {
		s.t.Error("the preview of a long list does not say that it is entered in the background")
	}
	c := s.post(a.To + "/confirm")
	s.expect(c, http.StatusSeeOther)
	if again := s.post(a.To + "/confirm"); again.To != c.To {
		s.t.Errorf("confirming twice leads to %q, and at first to %q", again.To, c.To)
	}
	if p := s.get(a.To); p.To != c.To {
		s.t.Errorf("the preview of a confirmed list leads to %q, want its job %q", p.To, c.To)
	}
	return c.To
}

// work begins to work off jobs; each row of an import passes through slow first.
func (s *site) work(slow func(ctx context.Context)) {
	s.t.Helper()
	job.Handle(s.Runner, access.AsMember(s.Access, func(ctx context.Context, who access.Actor, k job.Task[crosswalk.ImportWork]) error {
		report := k.Report
		k.Report = func(words string, done, total int) {
			report(words, done, total)
			if done > 0 && slow != nil {
				slow(ctx)
			}
		}
		return s.importer.Run(ctx, who, k, s.Now())
	}))
	if err := s.Runner.Start(s.t.Context()); err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		if err := s.Runner.Stop(ctx); err != nil {
			s.t.Error(err)
		}
	})
}

// until loads a page until it says something.
func (s *site) until(path, want string) answer {
	s.t.Helper()
	for range 1000 {
		if a := s.get(path); strings.Contains(a.Body, want) {
			return a
		}
		time.Sleep(10 * time.Millisecond)
	}
	s.t.Fatalf("%s never says %q", path, want)
	return answer{}
}

func TestALongImportShowsItsProgress(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := newSiteOn(t, d)
		s.settle()
		path := s.queueLong()
		waiting := s.get(path)
		for _, want := range []string{"waiting", "long.csv", "Ada Quist", `http-equiv="refresh"`, `hx-trigger="every 1s"`, "Cancel the job"} {
			if !strings.Contains(waiting.Body, want) {
				t.Errorf("a job that waits does not show %q", want)
			}
		}
		at, release := make(chan struct{}), make(chan struct{})
		first := true
		s.work(func(context.Context) {
			if first {
				first = false
				close(at)
				<-release
			}
		})
		<-at
		running := s.get(path)
		for _, want := range []string{"running", `aria-valuenow="8"`, "50 of 600", "Controls entered"} {
			if !strings.Contains(running.Body, want) {
				t.Errorf("a job that runs does not show %q", want)
			}
		}
		for _, other := range []string{"/jobs?group=running", "/import"} {
			if a := s.get("/o/meridian-cloud" + other); !strings.Contains(a.Body, "50 of 600") || !strings.Contains(a.Body, "long.csv") {
				t.Errorf("%s does not show the progress", other)
			}
		}
		close(release)
		done := s.until(path, "See the controls")
		if !strings.Contains(done.Body, "600 entered") || strings.Contains(done.Body, "every 1s") || strings.Contains(done.Body, `http-equiv="refresh"`) {
			t.Errorf("a job that is done: %s", between(done.Body, `id="job"`, "</section>"))
		}
		if list := s.get("/o/meridian-cloud/controls"); !strings.Contains(list.Body, "LX-0000") {
			t.Error("the controls are not in the list")
		}
		if a := s.get("/o/meridian-cloud/import"); strings.Contains(a.Body, "Being entered now") {
			t.Error("the page of imports still says that the list is being entered")
		}
		s.client = s.browser()
		if a := s.get(path); a.Status != http.StatusSeeOther {
			t.Errorf("a stranger sees the job: %d", a.Status)
		}
	})
}

func TestAJobCanBeCancelledAndTriedAgain(t *testing.T) {
	s := newSite(t)
	s.settle()
	path := s.queueLong()
	s.expect(s.post(path+"/cancel"), http.StatusSeeOther)
	if a := s.get(path); !strings.Contains(a.Body, "It was cancelled") || !strings.Contains(a.Body, "Try again") {
		t.Error("a cancelled job does not say so, or cannot be tried again")
	}
	if a := s.post(path + "/cancel"); a.Status != http.StatusConflict {
		t.Errorf("cancelling it twice: status %d", a.Status)
	}
	s.expect(s.post(path+"/retry"), http.StatusSeeOther)
	s.work(nil)
	s.until(path, "600 entered")
	for _, bad := range []string{"/o/meridian-cloud/jobs/999", "/o/meridian-cloud/jobs/x", "/o/meridian-cloud/jobs?group=x"} {
		if a := s.get(bad); a.Status != http.StatusNotFound {
			t.Errorf("%s: status %d, want 404", bad, a.Status)
		}
	}
	if a := s.get("/metrics"); !strings.Contains(a.Body, `toucan_jobs{group="finished"} 1`) || !strings.Contains(a.Body, `toucan_job_attempts_total{kind="inventory.import",outcome="done"} 1`) {
		t.Error("the metrics do not count the job")
	}
}

// TestBrowserProgress watches a long import without loading the page anew.
func TestBrowserProgress(t *testing.T) {
	ctx := newBrowser(t)
	s := newSite(t)
	s.settle()
	account, err := s.Access.AccountByEmail(t.Context(), "ada@meridian.example")
	if err != nil {
		t.Fatal(err)
	}
	link, err := s.Access.SignInLink(t.Context(), account.ID, s.Now())
	if err != nil {
		t.Fatal(err)
	}
	path := s.queueLong()
	do(t, ctx, chromedp.Navigate(s.url+"/sign-in/link?token="+link), chromedp.Navigate(s.url+path))
	evaluate[bool](t, ctx, `window.same = true; document.querySelector("#job form .btn").focus(); true`)
	release := make(chan struct{})
	s.work(func(context.Context) { <-release })
	shows := func(js string) bool {
		for range 200 {
			if evaluate[bool](t, ctx, js) {
				return true
			}
			time.Sleep(50 * time.Millisecond)
		}
		return false
	}
	if !shows(`document.querySelector("[role=progressbar]")?.getAttribute("aria-valuenow") === "8"`) {
		t.Error("the bar never appeared")
	}
	if !evaluate[bool](t, ctx, `document.activeElement.innerText.includes("Cancel")`) {
		t.Error("the button lost the focus while the page was drawn anew")
	}
	close(release)
	if !shows(`document.querySelector("#job").innerText.includes("See the controls") && !document.querySelector("#job [hx-trigger]")`) {
		t.Error("the page never said that the job is done, or goes on asking")
	}
	if !evaluate[bool](t, ctx, `window.same === true`) {
		t.Error("the page was loaded anew; only its part should be")
	}
}
