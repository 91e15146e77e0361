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
	"github.com/toucan-grc/toucan/internal/people"
	"github.com/toucan-grc/toucan/internal/training"
)

// newcomer is somebody who begins today and signs in as an employee, in a company
// with one policy in force, a course and checklists. It returns the client of the
// newcomer's account.
func (s *site) newcomer() *http.Client {
	s.t.Helper()
	ada, manager := s.client, s.member(access.Manager)
	s.adoptAccess(s.person("Ines Okafor"))
	s.expect(s.post(accessPolicyAt+"/edit", "do", "submit", "base", s.stamp(), "body", "A password has at least 16 characters."), http.StatusSeeOther)
	s.expect(s.post(accessPolicyAt+"/submit", "material", "yes"), http.StatusSeeOther)
	s.client = manager
	s.expect(s.post(accessPolicyAt+"/decide", "approval", between(s.get(accessPolicyAt+"/decide").Body, `name="approval" value="`, `"`), "word", "yes"), http.StatusSeeOther)
	s.client = ada
	s.expect(s.post(accessPolicyAt+"/publish"), http.StatusSeeOther)

	client, ctx, now, who := s.member(access.Employee), s.t.Context(), s.Now(), s.admin()
	account, err := s.Access.AccountByEmail(ctx, "employee@meridian.example")
	if err != nil {
		s.t.Fatal(err)
	}
	p, err := s.People.Add(ctx, who, people.Person{Name: "Zoë Ünal", Email: "zoe@meridian.example", Kind: people.Employee, StartOn: now.Format("2006-01-02")}, now)
	if err == nil {
		err = s.People.LinkAccount(ctx, who, p.ID, account.ID, now)
	}
	if err != nil {
		s.t.Fatal(err)
	}
	s.expect(s.post("/o/meridian-cloud/joiners/settings", "begins", now.Format("2006-01-02"), "ahead", "30", "hours", "24"), http.StatusSeeOther)
	for _, tend := range []error{s.Policies.Tend(ctx, who.Org(), now), s.Training.Tend(ctx, who.Org(), now), s.Joiners.Tend(ctx, who.Org(), now)} {
		if tend != nil {
			s.t.Fatal(tend)
		}
	}
	return client
}

// fits fails when the page is wider than the phone.
func fits(t *testing.T, ctx context.Context) {
	t.Helper()
	if wide := evaluate[int](t, ctx, `document.documentElement.scrollWidth - innerWidth`); wide > 0 {
		at, _ := chromedp.Run(ctx, chromedp.Location())
		t.Errorf("%s is %d pixels wider than the phone", at, wide)
	}
}

// tap clicks the first element that fits and waits until the page says that something is so.
func tap(t *testing.T, ctx context.Context, selector, until string) {
	t.Helper()
	do(t, ctx, chromedp.WaitVisible(chromedp.CSS(selector)))
	evaluate[bool](t, ctx, fmt.Sprintf(`document.querySelector(%q).click(); true`, selector))
	for range 200 {
		if so, err := chromedp.Run(ctx, chromedp.Evaluate[bool](`document.readyState === "complete" && Boolean(`+until+`)`)); err == nil && so {
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
	at, _ := chromedp.Run(ctx, chromedp.Location())
	t.Fatalf("%s after a tap on %s: never so: %s", at, selector, until)
}

// answerRight sends the right answers of some lessons without the browser.
func (s *site) answerRight(lessons []training.Lesson) {
	s.t.Helper()
	for _, l := range lessons {
		s.expect(s.post(coursePage1+"/lessons/"+l.Slug+"/read"), http.StatusSeeOther)
		for n, q := range l.Questions {
			var pairs []string
			for _, id := range q.Judge(nil).Correct {
				pairs = append(pairs, "chosen", id)
			}
			s.expect(s.post(questionOf(l, n), pairs...), http.StatusSeeOther)
		}
	}
}

// TestBrowserNewEmployee is the first day of an employee with a phone: from the
// sign-in to nothing left to do.
func TestBrowserNewEmployee(t *testing.T) {
	ctx := newBrowser(t)
	s := newSite(t)
	s.fill()
	s.client = s.newcomer()
	do(t, ctx,
		chromedp.EmulateViewport(390, 844),
		chromedp.Navigate(s.url+"/sign-in"),
		chromedp.SendKeys(chromedp.CSS("#email"), "employee@meridian.example"),
		chromedp.SendKeys(chromedp.CSS("#passphrase"), passphrase),
		chromedp.Click(chromedp.CSS("form .btn")))
	arrive(t, ctx, "/o/meridian-cloud/tasks")
	fits(t, ctx)
	nav := evaluate[string](t, ctx, `[...document.querySelectorAll("#nav ul a span:first-of-type")].map((a) => a.textContent.trim()).join(", ")`)
	if nav != "My tasks, My policies, My devices, My account" {
		t.Errorf("an employee is led to %q", nav)
	}

	// the policy
	do(t, ctx, chromedp.Click(chromedp.CSS(`.own-steps a.btn[href$="/read"]`)))
	arrive(t, ctx, "/o/meridian-cloud/policies/")
	fits(t, ctx)
	tap(t, ctx, "#acknowledge form .btn", `document.querySelector("#acknowledge") && !document.querySelector("#acknowledge form")`)
	if said := evaluate[string](t, ctx, `document.getElementById("acknowledge").innerText`); !strings.Contains(said, "You acknowledged this policy") {
		t.Errorf("after the acknowledgement the page says %q", said)
	}

	// the course: the first lesson by hand, the others without the browser
	course := training.Courses()[training.Security]
	first := course.Lessons[0]
	do(t, ctx, chromedp.Navigate(s.url+"/o/meridian-cloud/tasks"), chromedp.Click(chromedp.CSS(`.own-steps a.btn[aria-label^="Begin"]`)))
	arrive(t, ctx, coursePage1)
	fits(t, ctx)
	do(t, ctx, chromedp.Click(chromedp.CSS("form[action$=begin] .btn")))
	arrive(t, ctx, coursePage1+"/lessons/"+first.Slug)
	fits(t, ctx)
	tap(t, ctx, ".course-go .btn", `document.querySelector(".course-option")`)
	for n, q := range first.Questions {
		arrive(t, ctx, questionOf(first, n))
		fits(t, ctx)
		for _, id := range q.Judge(nil).Correct {
			do(t, ctx, chromedp.Click(chromedp.CSS(fmt.Sprintf(".course-option input[value=%q]", id))))
		}
		tap(t, ctx, "form .course-go .btn", `document.querySelector("#verdict.is-right")`)
		if n < len(first.Questions)-1 {
			tap(t, ctx, ".course-go .btn", `document.querySelector(".course-option input")`)
		}
	}
	s.answerRight(course.Lessons[1:])
	do(t, ctx, chromedp.Navigate(s.url+coursePage1+"/result"))
	fits(t, ctx)
	if said := evaluate[string](t, ctx, `document.querySelector(".course-main").innerText`); !strings.Contains(said, "Passed") || !strings.Contains(said, "100%") || !strings.Contains(said, "Your certificate") {
		t.Errorf("after the last answer the page says %q", said)
	}
	do(t, ctx, chromedp.Click(chromedp.CSS(`a[href^="/certificates/"]`)))
	arrive(t, ctx, "/certificates/")
	fits(t, ctx)
	if said := evaluate[string](t, ctx, `document.body.innerText`); !strings.Contains(said, "The code is genuine") {
		t.Errorf("the check of the certificate says %q", said)
	}

	// the steps of joining that are the newcomer's own
	for left := 0; left < 10; left++ {
		do(t, ctx, chromedp.Navigate(s.url+"/o/meridian-cloud/tasks"))
		if !evaluate[bool](t, ctx, `document.querySelector(".own-steps a.btn") !== null`) {
			break
		}
		do(t, ctx, chromedp.Click(chromedp.CSS(".own-steps a.btn")))
		arrive(t, ctx, "/o/meridian-cloud/joiner/")
		fits(t, ctx)
		tap(t, ctx, `.joiner-open button[name=state][value=done]`, `document.querySelector(".flash")`)
	}
	if said := evaluate[string](t, ctx, `document.querySelector("main").innerText`); !strings.Contains(said, "Nothing waits for you") {
		t.Errorf("with everything done the page says %q", said)
	}
}
