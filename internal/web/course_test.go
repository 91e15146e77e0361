package web

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"github.com/toucan-grc/toucan/internal/people"
	"github.com/toucan-grc/toucan/internal/training"
)

const coursePage1 = "/o/meridian-cloud/training/security"

// learner links the administrator's account to somebody of the register who began today.
func (s *site) learner() people.Person {
	s.t.Helper()
	who := s.admin()
	p, err := s.People.Add(s.t.Context(), who, people.Person{Name: "Zoë Ünal", Email: "zoe@meridian.example", Kind: people.Employee, StartOn: s.Now().Format("2006-01-02")}, s.Now())
	if err == nil {
		err = s.People.LinkAccount(s.t.Context(), who, p.ID, who.Account(), s.Now())
	}
	if err == nil {
		err = s.Training.Tend(s.t.Context(), who.Org(), s.Now())
	}
	if err != nil {
		s.t.Fatal(err)
	}
	return p
}

// questionOf is the address of a question.
func questionOf(l training.Lesson, n int) string {
	return fmt.Sprintf("%s/lessons/%s/%d", coursePage1, l.Slug, n+1)
}

// TestCourseWithoutScript is a course from the task to the certificate, as a form.
func TestCourseWithoutScript(t *testing.T) {
	s := newSite(t)
	s.fill()
	if a := s.get(coursePage1); a.Status != http.StatusNotFound || !strings.Contains(a.Body, "linked to nobody") {
		t.Errorf("an account of nobody: %d, %.300s", a.Status, a.Body)
	}
	s.learner()
	tasks := s.get("/o/meridian-cloud/tasks").Body
	if !strings.Contains(tasks, "Complete security awareness training") {
		t.Fatal("the joiner has no task")
	}
	course := training.Courses()[training.Security]
	if a := s.get(questionOf(course.Lessons[0], 0)); a.Status != http.StatusConflict {
		t.Errorf("a question before the course began: %d", a.Status)
	}
	to := s.post(coursePage1 + "/begin").To
	if to != coursePage1+"/lessons/"+course.Lessons[0].Slug {
		t.Fatalf("the course begins at %q", to)
	}
	s.has(strings.TrimPrefix(to, "/o/meridian-cloud"), "Lesson 1 of 9", "What it can look like", "To the 4 questions")
	for _, l := range course.Lessons {
		s.expect(s.post(coursePage1+"/lessons/"+l.Slug+"/read"), http.StatusSeeOther)
		for n, q := range l.Questions {
			right := q.Judge(nil)
			page := s.get(questionOf(l, n)).Body
			if strings.Contains(page, right.Explanation) || strings.Contains(page, "is-right") {
				t.Fatalf("%s tells what is right before an answer is in", q.ID)
			}
			if a := s.post(questionOf(l, n)); a.Status != http.StatusUnprocessableEntity || !strings.Contains(a.Body, "Choose an answer first") {
				t.Fatalf("no answer: %d", a.Status)
			}
			var pairs []string
			for _, id := range right.Correct {
				pairs = append(pairs, "chosen", id)
			}
			s.expect(s.post(questionOf(l, n), pairs...), http.StatusSeeOther)
			page = s.get(questionOf(l, n)).Body
			if !strings.Contains(page, `id="verdict"`) || !strings.Contains(page, "Right") {
				t.Fatalf("%s does not say that the answer was right", q.ID)
			}
		}
	}
	result := s.has("/training/security/result", "Passed", "100%", "Your certificate")
	pdf := s.get(coursePage1 + "/certificates/" + between(result, coursePage1+"/certificates/", `"`))
	if pdf.Status != http.StatusOK || pdf.Header.Get("Content-Type") != "application/pdf" || !strings.HasPrefix(pdf.Body, "%PDF") {
		t.Errorf("the certificate: %d, %s", pdf.Status, pdf.Header.Get("Content-Type"))
	}
	if strings.Contains(s.get("/o/meridian-cloud/tasks").Body, "Complete security awareness training</a>") {
		t.Error("the task is still open")
	}
	// anybody can check the code, and learns no name
	s.client = s.browser()
	code := "/certificates/" + between(result, `"/certificates/`, `"`)
	checked := s.get(code)
	if checked.Status != http.StatusOK || !strings.Contains(checked.Body, "The code is genuine") || strings.Contains(checked.Body, "Ünal") {
		t.Errorf("the check: %d, %.400s", checked.Status, checked.Body)
	}
	if a := s.get("/certificates/AAAA"); a.Status != http.StatusNotFound || !strings.Contains(a.Body, "No certificate with this code") {
		t.Errorf("a code that is none: %d", a.Status)
	}
}

func TestACertificateIsFiledByThePerson(t *testing.T) {
	s := newSite(t)
	s.fill()
	s.learner()
	way := training.Default(training.Security)
	way.Method = training.ByPerson
	if err := s.Training.Change(t.Context(), s.admin(), way, 0, s.Now()); err != nil {
		t.Fatal(err)
	}
	today := s.Now().UTC().Format("2006-01-02")
	a := s.file(coursePage1+"/certificate", []sent{{"c.pdf", "%PDF-1.4 certificate"}}, "on", "2001-01-01", "course", "Phishing 101")
	if a.Status != http.StatusUnprocessableEntity || !strings.Contains(a.Body, `value="Phishing 101"`) {
		t.Errorf("an old certificate: %d; what was typed must stay", a.Status)
	}
	s.expect(s.file(coursePage1+"/certificate", []sent{{"c.pdf", "%PDF-1.4 certificate"}}, "on", today, "course", "Phishing 101"), http.StatusSeeOther)
	s.has("/training/security", "done", "Phishing 101")
}

// TestBrowserCourse answers a question with the keyboard alone and lets axe-core
// look at the pages of a course, on a desk and on a phone.
func TestBrowserCourse(t *testing.T) {
	ctx := newBrowser(t)
	s := newSite(t)
	s.fill()
	s.learner()
	s.expect(s.post(coursePage1+"/begin"), http.StatusSeeOther)
	course := training.Courses()[training.Security]
	first := course.Lessons[0]
	s.expect(s.post(coursePage1+"/lessons/"+first.Slug+"/read"), http.StatusSeeOther)
	s.enter(ctx)
	do(t, ctx, chromedp.Navigate(s.url+questionOf(first, 0)))
	evaluate[bool](t, ctx, `document.querySelector("[name=chosen]").focus(); true`)
	do(t, ctx, chromedp.KeyEvent(" "), chromedp.KeyEvent("\t"), chromedp.KeyEvent("\r"))
	do(t, ctx, chromedp.WaitVisible(chromedp.CSS("#verdict")))
	if said := evaluate[string](t, ctx, `document.getElementById("verdict").innerText`); !strings.Contains(strings.ToLower(said), "right") {
		t.Errorf("after the answer the page says %q", said)
	}
	axe, err := os.ReadFile("../../node_modules/axe-core/axe.min.js")
	if err != nil {
		t.Skip("axe-core is not installed, so accessibility is not checked: npm ci --ignore-scripts")
	}
	for _, look := range []struct {
		theme string
		width int64
	}{{"light", 1440}, {"dark", 390}} {
		evaluate[bool](t, ctx, fmt.Sprintf(`document.cookie = "toucan_theme=%s;path=/"; true`, look.theme))
		do(t, ctx, chromedp.EmulateViewport(look.width, 900))
		for _, p := range []string{coursePage1, coursePage1 + "/lessons/" + first.Slug, questionOf(first, 0), questionOf(first, 1), "/certificates", "/certificates/AAAA"} {
			do(t, ctx, chromedp.Navigate(s.url+p))
			if wide := evaluate[int](t, ctx, `document.documentElement.scrollWidth - innerWidth`); wide > 0 {
				t.Errorf("%s is %d pixels wider than a window of %d", p, wide, look.width)
			}
			if _, err := chromedp.Run(ctx, chromedp.Evaluate[int](string(axe)+";1")); err != nil {
				t.Fatal(err)
			}
			found := evaluate[string](t, ctx, `axe.run().then((r) => JSON.stringify(r.violations.map((v) => v.id + ": " + v.help + " " + v.nodes.slice(0, 3).map((n) => n.html.slice(0, 200)).join(" | "))))`, chromedp.EvalAwaitPromise)
			var violations []string
			if err := json.Unmarshal([]byte(found), &violations); err != nil {
				t.Fatal(err)
			}
			for _, v := range violations {
				t.Errorf("%s, %s: %s", p, look.theme, v)
			}
		}
	}
}
