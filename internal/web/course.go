package web

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"path"
	"strconv"
	"strings"
	"time"

	"github.com/toucan-grc/toucan/internal/blob"
	"github.com/toucan-grc/toucan/internal/cadence"
	"github.com/toucan-grc/toucan/internal/evidence"
	"github.com/toucan-grc/toucan/internal/people"
	"github.com/toucan-grc/toucan/internal/problem"
	"github.com/toucan-grc/toucan/internal/training"
)

// coursePage is where somebody sees one training of theirs.
type coursePage struct {
	frame
	courseSide
	Reading  *training.Reading
	Label    string
	Zone     *time.Location
	State    courseState
	Go       courseGo
	Earlier  []training.Completion // the newest first
	Paper    coursePaper
	Problem  *problem.Error
	Provider string // what the provider said last, or empty
}

// courseState is how the person stands, as a mark and words.
type courseState struct{ Mark, Word, Why string }

// courseGo is what the person does next.
type courseGo struct {
	Text string
	To   string // address to open; empty: begin
}

// coursePaper is the form of a certificate, as it was typed.
type coursePaper struct{ On, Course string }

// courseSide is the list of lessons beside a page of a course.
type courseSide struct {
	Course   *training.Course
	Lessons  []courseLesson
	Answered int
	Of       int
	Overview string // address of the page of the training
}

// courseLesson is a lesson in the list.
type courseLesson struct {
	Title, To      string
	Minutes        int
	Mark, Word     string
	Here           bool
	Open           bool // may be opened
	Answered, Asks int
}

func (s *Server) courseTrack(r *http.Request) training.Track {
	return training.Track(r.PathValue("track"))
}

func coursePath(slug string, t training.Track, parts ...string) string {
	return orgPath(slug, append([]string{"training", string(t)}, parts...)...)
}

// courseReading is how far the visitor is with the training of the address.
func (s *Server) courseReading(r *http.Request, who visitor) (*training.Reading, error) {
	return s.Training.Reading(r.Context(), who.Actor, s.courseTrack(r), s.Now())
}

// side lists the lessons; here is the slug of the one that is shown.
func (s *Server) side(who visitor, rd *training.Reading, here string) courseSide {
	c := courseSide{Course: rd.Course, Of: rd.Course.Questions(), Overview: coursePath(who.Slug(), rd.Track)}
	c.Answered, _ = rd.Total()
	begun := rd.Attempt.ID != "" && !rd.Attempt.Ended()
	for _, l := range rd.Course.Lessons {
		x := courseLesson{Title: l.Title, Minutes: l.Minutes, To: coursePath(who.Slug(), rd.Track, "lessons", l.Slug), Here: l.Slug == here, Open: rd.Attempt.ID != "", Asks: len(l.Questions), Answered: rd.Answered(l)}
		switch {
		case rd.Attempt.Ended(), x.Answered == x.Asks:
			x.Mark, x.Word = "good", "done"
		case x.Answered > 0:
			x.Mark, x.Word = "waiting", fmt.Sprintf("%d of %d answered", x.Answered, x.Asks)
		case begun && rd.Read(l.Slug):
			x.Mark, x.Word = "info", "read"
		default:
			x.Mark, x.Word = "unknown", "to do"
		}
		c.Lessons = append(c.Lessons, x)
	}
	return c
}

// getCourse shows a training to whom it asks: GET /o/{org}/training/{track}.
func (s *Server) getCourse(w http.ResponseWriter, r *http.Request, who visitor) error {
	return s.showCourse(w, r, who, http.StatusOK, coursePaper{}, nil)
}

func (s *Server) showCourse(w http.ResponseWriter, r *http.Request, who visitor, status int, typed coursePaper, fault *problem.Error) error {
	rd, err := s.courseReading(r, who)
	if err != nil {
		return err
	}
	h, err := s.Training.HistoryOf(r.Context(), who.Actor, rd.Person.ID, s.Now())
	if err != nil {
		return err
	}
	p := coursePage{Reading: rd, Label: rd.Track.Label(), Paper: typed, Problem: fault, State: courseStateOf(rd.Standing), courseSide: s.side(who, rd, "")}
	if p.Zone, err = s.courseZone(r, who); err != nil {
		return err
	}
	for _, c := range h.Completions {
		if c.Track == rd.Track {
			p.Earlier = append(p.Earlier, c)
		}
	}
	p.Go = courseNext(who.Slug(), rd)
	p.frame = s.frame(w, r, who, "tasks", p.Label, crumb{"My tasks", orgPath(who.Slug(), "tasks")})
	return s.render(w, r, status, courseHome(p))
}

func (s *Server) courseZone(r *http.Request, who visitor) (*time.Location, error) {
	zones, err := s.Access.Zones(r.Context(), who.Actor)
	if err != nil || len(zones) == 0 {
		return time.UTC, err
	}
	return zones[len(zones)-1].Place, nil
}

// courseStateOf puts a standing into a mark and a word.
func courseStateOf(s people.Standing) courseState {
	x := courseState{Why: s.Reason}
	switch s.State {
	case people.Done:
		x.Mark, x.Word = "good", "done"
	case people.Missing:
		x.Mark, x.Word = "bad", "overdue"
	case people.Due:
		x.Mark, x.Word = "waiting", "to do"
	case people.Unclear:
		x.Mark, x.Word = "warn", "unclear"
	default:
		x.Mark, x.Word = "unknown", "not asked"
	}
	return x
}

// courseNext is what the person does next with the course.
func courseNext(slug string, rd *training.Reading) courseGo {
	if rd.Setting.Method != training.Embedded || rd.Standing.State == people.NotAsked {
		return courseGo{}
	}
	switch {
	case rd.Attempt.ID == "":
		return courseGo{Text: "Begin the course"}
	case rd.Attempt.Ended() && rd.Attempt.Passed && rd.Done.ID != "":
		return courseGo{Text: "Do it again"}
	case rd.Attempt.Ended():
		return courseGo{Text: "Try again"}
	}
	l, n, ok := rd.Next()
	if !ok {
		return courseGo{Text: "See the result", To: coursePath(slug, rd.Track, "result")}
	}
	to := coursePath(slug, rd.Track, "lessons", l.Slug)
	if rd.Read(l.Slug) {
		to = coursePath(slug, rd.Track, "lessons", l.Slug, strconv.Itoa(n+1))
	}
	return courseGo{Text: "Go on", To: to}
}

// postBegin starts the course, or starts it again: POST /o/{org}/training/{track}/begin.
func (s *Server) postBegin(w http.ResponseWriter, r *http.Request, who visitor) error {
	rd, err := s.Training.Begin(r.Context(), who.Actor, s.courseTrack(r), s.Now())
	if err != nil {
		return err
	}
	return back(w, r, courseNext(who.Slug(), rd).To, "")
}

// lessonPage is the text of a lesson.
type lessonPage struct {
	frame
	courseSide
	Lesson training.Lesson
	Place  int    // from 1
	Text   string // Markdown
	Go     courseGo
	Next   string // address of the next lesson, or empty
}

// getLesson shows a lesson: GET /o/{org}/training/{track}/lessons/{lesson}.
func (s *Server) getLesson(w http.ResponseWriter, r *http.Request, who visitor) error {
	rd, l, at, err := s.courseLesson(r, who)
	if err != nil {
		return err
	}
	p := lessonPage{Lesson: l, Place: at + 1, Text: l.Body, courseSide: s.side(who, rd, l.Slug)}
	if rd.Attempt.Ended() {
		p.Go = courseGo{"To the result", coursePath(who.Slug(), rd.Track, "result")}
	} else if rd.Answered(l) == len(l.Questions) {
		p.Go = courseNext(who.Slug(), rd)
	}
	p.frame = s.lessonFrame(w, r, who, rd, l.Title)
	return s.render(w, r, http.StatusOK, courseLessonText(p))
}

func (s *Server) lessonFrame(w http.ResponseWriter, r *http.Request, who visitor, rd *training.Reading, title string) frame {
	return s.frame(w, r, who, "tasks", title, crumb{"My tasks", orgPath(who.Slug(), "tasks")}, crumb{rd.Track.Label(), coursePath(who.Slug(), rd.Track)})
}

// courseLesson finds the lesson of the address; the course must have been begun.
func (s *Server) courseLesson(r *http.Request, who visitor) (*training.Reading, training.Lesson, int, error) {
	rd, err := s.courseReading(r, who)
	if err != nil {
		return nil, training.Lesson{}, 0, err
	}
	l, at, ok := rd.Course.Lesson(r.PathValue("lesson"))
	if !ok {
		return nil, l, 0, problem.New(problem.NotFound, "The course has no such lesson.")
	}
	if rd.Attempt.ID == "" || rd.Setting.Method != training.Embedded {
		return nil, l, 0, problem.New(problem.Conflict, "Begin the course first: open it from your tasks.")
	}
	return rd, l, at, nil
}

// postRead goes on to the questions: POST /o/{org}/training/{track}/lessons/{lesson}/read.
func (s *Server) postRead(w http.ResponseWriter, r *http.Request, who visitor) error {
	t, lesson := s.courseTrack(r), r.PathValue("lesson")
	if err := s.Training.ReadLesson(r.Context(), who.Actor, t, lesson, s.Now()); err != nil {
		return err
	}
	rd, l, _, err := s.courseLesson(r, who)
	if err != nil {
		return err
	}
	n := 1
	for i, q := range l.Questions {
		if _, done := rd.Answer(q.ID); !done {
			n = i + 1
			break
		}
	}
	return back(w, r, coursePath(who.Slug(), t, "lessons", lesson, strconv.Itoa(n)), "")
}

// questionPage is one question, before or after the answer.
type questionPage struct {
	frame
	courseSide
	Lesson   training.Lesson
	Question training.Question
	Place    int // from 1
	Options  []questionOption
	Answered bool
	Verdict  training.Verdict
	Go       courseGo // once it is answered
	Problem  *problem.Error
	Post     string
	Text     string // address of the lesson
}

// questionOption is an option and, once the answer is in, what it was.
type questionOption struct {
	training.Option
	Chosen, Correct bool
}

// getQuestion shows a question: GET /o/{org}/training/{track}/lessons/{lesson}/{n}.
func (s *Server) getQuestion(w http.ResponseWriter, r *http.Request, who visitor) error {
	return s.showQuestion(w, r, who, http.StatusOK, nil, nil)
}

func (s *Server) showQuestion(w http.ResponseWriter, r *http.Request, who visitor, status int, chosen []string, fault *problem.Error) error {
	rd, l, _, err := s.courseLesson(r, who)
	if err != nil {
		return err
	}
	n, err := strconv.Atoi(r.PathValue("n"))
	if err != nil || n < 1 || n > len(l.Questions) {
		return problem.New(problem.NotFound, "The lesson has no such question.")
	}
	q := l.Questions[n-1]
	p := questionPage{Lesson: l, Question: q, Place: n, Problem: fault, Post: coursePath(who.Slug(), rd.Track, "lessons", l.Slug, strconv.Itoa(n)),
		Text: coursePath(who.Slug(), rd.Track, "lessons", l.Slug), courseSide: s.side(who, rd, l.Slug)}
	p.Verdict, p.Answered = rd.Answer(q.ID)
	if !p.Answered && rd.Attempt.Ended() {
		return back(w, r, coursePath(who.Slug(), rd.Track, "result"), "") // single answers are kept no longer than needed
	}
	for _, o := range rd.Options(q) {
		x := questionOption{Option: o, Chosen: has(chosen, o.ID)}
		if p.Answered {
			x.Chosen, x.Correct = has(p.Verdict.Chosen, o.ID), has(p.Verdict.Correct, o.ID)
		}
		p.Options = append(p.Options, x)
	}
	if p.Answered {
		p.Go = courseAfter(who.Slug(), rd, l, n)
	}
	p.frame = s.lessonFrame(w, r, who, rd, fmt.Sprintf("Question %d", n))
	return s.render(w, r, status, courseQuestion(p))
}

// courseAfter is where to go after question n of a lesson.
func courseAfter(slug string, rd *training.Reading, l training.Lesson, n int) courseGo {
	for i := n; i < len(l.Questions); i++ {
		if _, done := rd.Answer(l.Questions[i].ID); !done {
			return courseGo{"Next question", coursePath(slug, rd.Track, "lessons", l.Slug, strconv.Itoa(i+1))}
		}
	}
	if rd.Attempt.Ended() {
		return courseGo{"See the result", coursePath(slug, rd.Track, "result")}
	}
	next := courseNext(slug, rd)
	if next.Text == "Go on" {
		next.Text = "Next lesson"
	}
	return next
}

func has(list []string, id string) bool {
	for _, x := range list {
		if x == id {
			return true
		}
	}
	return false
}

// postQuestion takes an answer: POST /o/{org}/training/{track}/lessons/{lesson}/{n}.
func (s *Server) postQuestion(w http.ResponseWriter, r *http.Request, who visitor) error {
	if err := r.ParseForm(); err != nil {
		return err
	}
	_, l, _, err := s.courseLesson(r, who)
	if err != nil {
		return err
	}
	n, err := strconv.Atoi(r.PathValue("n"))
	if err != nil || n < 1 || n > len(l.Questions) {
		return problem.New(problem.NotFound, "The lesson has no such question.")
	}
	_, err = s.Training.Answer(r.Context(), who.Actor, s.courseTrack(r), l.Questions[n-1].ID, r.PostForm["chosen"], s.Now())
	if err != nil {
		if p := problem.Of(err); p.Field == "chosen" {
			return s.showQuestion(w, r, who, http.StatusUnprocessableEntity, r.PostForm["chosen"], p)
		}
		return err
	}
	return back(w, r, coursePath(who.Slug(), s.courseTrack(r), "lessons", l.Slug, strconv.Itoa(n))+"#verdict", "")
}

// resultPage says how an attempt ended.
type resultPage struct {
	frame
	courseSide
	Reading *training.Reading
	Rows    []resultRow // by lesson; empty once single answers are gone
	On      string
	Code    string
	PDF     string // address of the certificate, or empty
	Check   string // address where anybody can check it
	Until   string
}

// resultRow is one lesson of a result.
type resultRow struct {
	Title, To string
	Right, Of int
}

// getCourseResult shows it: GET /o/{org}/training/{track}/result.
func (s *Server) getCourseResult(w http.ResponseWriter, r *http.Request, who visitor) error {
	rd, err := s.courseReading(r, who)
	if err != nil {
		return err
	}
	if !rd.Attempt.Ended() {
		return back(w, r, coursePath(who.Slug(), rd.Track), "")
	}
	zone, err := s.courseZone(r, who)
	if err != nil {
		return err
	}
	p := resultPage{Reading: rd, On: dayWords(dateIn(rd.Attempt.EndedAt, zone)), courseSide: s.side(who, rd, "")}
	if answered, _ := rd.Total(); answered > 0 {
		for _, l := range rd.Course.Lessons {
			row := resultRow{Title: l.Title, To: coursePath(who.Slug(), rd.Track, "lessons", l.Slug), Of: len(l.Questions)}
			for _, q := range l.Questions {
				if v, ok := rd.Answer(q.ID); ok && v.Right {
					row.Right++
				}
			}
			p.Rows = append(p.Rows, row)
		}
	}
	if c := rd.Done; c.Code != "" {
		p.Code, p.PDF, p.Check = training.Spaced(c.Code), coursePath(who.Slug(), rd.Track, "certificates", c.ID), "/certificates/"+url.PathEscape(c.Code)
		if u := rd.Standing.Until; !u.IsZero() {
			p.Until = dayWords(dateIn(u, zone))
		}
	}
	p.frame = s.lessonFrame(w, r, who, rd, "Result")
	return s.render(w, r, http.StatusOK, courseResult(p))
}

// getCoursePaper sends the certificate of a completion: GET /o/{org}/training/{track}/certificates/{completion}.
func (s *Server) getCoursePaper(w http.ResponseWriter, r *http.Request, who visitor) error {
	f, body, err := s.Training.Certificate(r.Context(), who.Actor, r.PathValue("completion"))
	if err != nil {
		return err
	}
	defer body.Close()
	as, inline := blob.Inline(f.Media)
	how := "inline"
	if !inline {
		how = "attachment"
	}
	h := w.Header()
	h.Set("Content-Type", as)
	h.Set("Content-Disposition", disposition(how, f.Name))
	h.Set("Content-Security-Policy", filePolicy)
	if as == "application/pdf" {
		h.Set("Content-Security-Policy", pdfPolicy)
	}
	h.Set("Cache-Control", "private, no-cache")
	http.ServeContent(w, r, "", time.Time{}, body)
	return nil
}

// paperLimit is how large the form with a certificate may be.
const paperLimit = 26 << 20

// postPaper takes the certificate of a training done elsewhere: POST /o/{org}/training/{track}/certificate.
func (s *Server) postPaper(w http.ResponseWriter, r *http.Request, who visitor) error {
	form, err := r.MultipartReader()
	if err != nil {
		return problem.New(problem.Invalid, "The form did not arrive as a form with a file. Open the page and send it again.")
	}
	typed, file := coursePaper{}, evidence.File{}
	var fault error
	for {
		part, err := form.NextPart()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return err
		}
		if part.FormName() == "file" {
			if part.FileName() != "" {
				if file, err = s.Training.KeepPaper(r.Context(), who.Actor, path.Base(part.FileName()), part, s.Now()); err != nil {
					fault = err
				}
			}
			continue
		}
		text, err := io.ReadAll(io.LimitReader(part, 4096))
		if err != nil {
			return err
		}
		switch part.FormName() {
		case "on":
			typed.On = strings.TrimSpace(string(text))
		case "course":
			typed.Course = strings.TrimSpace(string(text))
		}
	}
	on, bad := cadence.ParseDate(typed.On)
	if fault == nil && bad != nil {
		fault = problem.Field("on", "Say on which day you completed it, as the certificate has it.")
	}
	var done training.Filed
	if fault == nil {
		done, fault = s.Training.File(r.Context(), who.Actor, training.Paper{Track: s.courseTrack(r), On: on, Course: typed.Course, File: file}, s.Now())
	}
	if fault != nil {
		if p := problem.Of(fault); p.Field != "" {
			return s.showCourse(w, r, who, http.StatusUnprocessableEntity, typed, p)
		}
		return fault
	}
	return back(w, r, coursePath(who.Slug(), s.courseTrack(r)), strings.TrimSpace("Your certificate is filed. Thank you. "+done.Warn))
}

// certificatePage checks a certificate for anybody.
type certificatePage struct {
	Theme, Code string
	Found       *training.Checked
	Logged      string
	Problem     *problem.Error
}

// getCertificates asks for a code: GET /certificates?code=.
func (s *Server) getCertificates(w http.ResponseWriter, r *http.Request, _ visitor) error {
	if code := strings.TrimSpace(r.FormValue("code")); code != "" && len(code) < 100 {
		http.Redirect(w, r, "/certificates/"+url.PathEscape(code), http.StatusSeeOther)
		return nil
	}
	return s.render(w, r, http.StatusOK, certificateCheck(certificatePage{Theme: theme(r)}))
}

// getCertificate says whether a code is genuine: GET /certificates/{code}. It needs
// no account and names nobody.
func (s *Server) getCertificate(w http.ResponseWriter, r *http.Request, _ visitor) error {
	p := certificatePage{Theme: theme(r), Code: r.PathValue("code")}
	if err := s.Access.AllowPublic(s.client(r), s.Now()); err != nil {
		return err
	}
	found, err := s.Training.Check(r.Context(), p.Code, s.Now())
	if err != nil {
		if p.Problem = problem.Of(err); p.Problem.Code != problem.NotFound {
			return err
		}
		return s.render(w, r, http.StatusNotFound, certificateCheck(p))
	}
	p.Found = &found
	if !found.LoggedAt.IsZero() {
		p.Logged = found.LoggedAt.UTC().Format("2 January 2006, 15:04 UTC")
	}
	return s.render(w, r, http.StatusOK, certificateCheck(p))
}
